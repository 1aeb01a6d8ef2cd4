#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The rstack authors
"""Clients that people use against rstack, and rstack-load against servers that people use."""
import contextlib
import fcntl
import os
import re
import socket
import subprocess
import tempfile
import termios
import threading

from e2e import (CLIENT, CLIENT6, ECHO, MANY, PATIENCE, TAP, Rstack, abort_at_close, equal,
                 families, listen, quiet_namespace, run, sh, sysctl, until, url)
from e2e import server as rstack_address
from load import TARGET6, expect, kernel_tap
from load import load as load_from_one

FAR = '203.0.113.2'
FAR_NAMESPACE = 'far'
GATEWAY = '203.0.113.1'
PAGE = bytes(range(256)) * 80

WEB = listen('web', 80, 'http', body='@DIR@/page') + ECHO

NGINX = """
daemon off;
user root;
worker_processes 1;
pid {dir}/pid;
error_log stderr;
events {{ worker_connections 2048; }}
http {{
	log_format counts '$status $body_bytes_sent $bytes_sent $connection $request_method';
	access_log {dir}/access.log counts;
	client_body_temp_path {dir}/body;
	proxy_temp_path {dir}/proxy;
	fastcgi_temp_path {dir}/fastcgi;
	uwsgi_temp_path {dir}/uwsgi;
	scgi_temp_path {dir}/scgi;
	server {{
		listen {address}:80 backlog=1024;
		{more}
		root {dir}/root;
	}}
}}
"""


class Nginx:
    """Debian's nginx with files, configuration and log of its own."""

    def __init__(self, address=CLIENT, prefix=()):
        self.dir = tempfile.TemporaryDirectory()
        os.mkdir(f'{self.dir.name}/root')
        for name, data in (('page', PAGE), ('big', bytes(100 * 1000 * 1000))):
            with open(f'{self.dir.name}/root/{name}', 'wb') as file:
                file.write(data)
        config = f'{self.dir.name}/nginx.conf'
        with open(config, 'w', encoding='utf-8') as file:
            file.write(NGINX.format(dir=self.dir.name, address=address, more='' if prefix else
                                    f'listen [{CLIENT6}]:80 backlog=1024;'))
        self.process = subprocess.Popen([*prefix, 'nginx', '-c', config, '-p', self.dir.name,
                                         '-e', 'stderr'], stdin=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL)
        until(lambda: os.path.exists(f'{self.dir.name}/pid') or self.process.poll() is not None,
              'nginx runs')
        assert self.process.poll() is None, 'nginx did not start'

    def log(self):
        """The access log: a list of (status, bytes of the body, bytes, connection, method)."""
        with open(f'{self.dir.name}/access.log', encoding='utf-8') as file:
            rows = [line.split() for line in file]
        return [(int(status), int(body), int(size), connection, method)
                for status, body, size, connection, method in rows]

    def __enter__(self):
        return self

    def __exit__(self, *args):
        self.process.terminate()
        self.process.wait(PATIENCE)
        self.dir.cleanup()


def load(*options, **more):
    """
    rstack-load from many addresses. A new process begins its sequence numbers and timestamps
    anew, so what the kernel has in TIME-WAIT of the one before can cost a SYN.
    """
    # the end of the one before took the TAP down, and the route with it
    sh('ip', 'link', 'set', TAP, 'up')
    sh('ip', 'route', 'replace', MANY, 'dev', TAP)
    return load_from_one(*options, '--source', '198.18.7.0/24', **more)


@contextlib.contextmanager
def server(serve, port=80):
    """A server of our own in the kernel: serve(connection, its number) for each, in turn."""
    listener = socket.create_server((CLIENT, port), backlog=512)

    def accept():
        number = 0
        while True:
            try:
                sock, _ = listener.accept()
            except OSError:
                return
            with sock, contextlib.suppress(ConnectionError):
                serve(sock, number)
            number += 1

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(PATIENCE)


def curl_in_parallel():
    """60 pages at once over one connection each, then 60 over as few as curl likes."""
    with Rstack(WEB, files={'page': PAGE}) as rstack:
        with tempfile.TemporaryDirectory() as directory:
            for _ in families():
                for extra in (['-H', 'Connection: close'], []):
                    sh('curl', '-sf', '-Z', '--parallel-max', '60', '-m', str(PATIENCE), *extra,
                       f'{url()}?[1-60]', '-o', f'{directory}/#1')
                    for number in range(1, 61):
                        with open(f'{directory}/{number}', 'rb') as file:
                            equal(file.read(), PAGE)
                        os.unlink(f'{directory}/{number}')
        assert 122 <= rstack.stats()['established'] <= 240, rstack.stats()
        equal(rstack.stats()['resets_sent'], 0)


def curl_keeps_a_connection_for_each_kind_of_request():
    """GET, HEAD, content to read over, 404 and 405: one connection."""
    with Rstack(WEB, files={'page': PAGE}) as rstack:
        for count, _ in enumerate(families(), 1):
            page = url()
            with tempfile.NamedTemporaryFile() as content:
                content.write(bytes(900000))
                content.flush()
                quiet = ['-g', '-s', '-m', str(PATIENCE), '-o', '/dev/null', '-w', '%{http_code} ']
                result = sh('curl', *quiet, page,
                            '-:', *quiet, '-I', page,
                            '-:', *quiet, '-X', 'GET', '-H', 'Expect:', '--data-binary',
                            f'@{content.name}', page,
                            '-:', *quiet, page + 'nothing',
                            '-:', *quiet, '-X', 'DELETE', page,
                            '-:', *quiet, page)
            equal(result.stdout.split(), ['200', '200', '200', '404', '405', '200'])
            equal(rstack.stats()['established'], count)


def nc_sends_and_half_closes():
    """nc -N: a megabyte through echo, the end behind it."""
    with Rstack(WEB, files={'page': PAGE}) as rstack:
        data = bytes(range(256)) * 4096
        for _ in families():
            result = subprocess.run(['nc', '-N', '-w', '20', rstack_address(), '7'], input=data,
                                    check=True, stdout=subprocess.PIPE, timeout=2 * PATIENCE)
            equal(len(result.stdout), len(data))
            assert result.stdout == data
        equal(rstack.stats()['aborted'], 0)


def nginx_counts_what_rstack_load_counts():
    """5000 pages, each over a connection of its own: requests and bytes agree."""
    with kernel_tap(), Nginx() as nginx:
        numbers = load('--count', '5000', '--concurrency', '100', '--path', '/page')
        expect(numbers, attempted=5000, established=5000, completed=5000, failed=0, reset=0,
               refused=0, timed_out=0, retried=0)
        until(lambda: len(nginx.log()) == 5000, 'nginx wrote its log')
        rows = nginx.log()
        equal({(status, body, method) for status, body, _, _, method in rows},
              {(200, len(PAGE), 'GET')})
        equal(len({row[3] for row in rows}), 5000, 'connections')
        equal(sum(row[2] for row in rows), numbers['rx_bytes'], 'bytes')
        equal(numbers['whole_us']['count'], 5000)
        sh('ip', 'link', 'set', TAP, 'up')  # the end of rstack-load took it down
        over_ipv6 = load_from_one('--count', '500', '--concurrency', '100', '--path', '/page',
                                  *TARGET6)
        expect(over_ipv6, attempted=500, established=500, completed=500, failed=0, retried=0)
        until(lambda: len(nginx.log()) == 5500, 'nginx wrote its log')
        equal(sum(row[2] for row in nginx.log()[5000:]), over_ipv6['rx_bytes'], 'bytes')


def nginx_keeps_the_connection():
    """50 requests on each of 40 connections."""
    with kernel_tap(), Nginx() as nginx:
        numbers = load('--count', '40', '--requests', '50', '--concurrency', '10', '--path',
                       '/page', '--close', 'fin')
        expect(numbers, attempted=40, established=40, completed=2000, failed=0)
        until(lambda: len(nginx.log()) == 2000, 'nginx wrote its log')
        equal(len({row[3] for row in nginx.log()}), 40, 'connections')
        equal(sum(row[2] for row in nginx.log()), numbers['rx_bytes'], 'bytes')
        sh('ip', 'link', 'set', TAP, 'up')
        expect(load_from_one('--count', '10', '--requests', '50', '--path', '/page', '--close',
                             'fin', *TARGET6), attempted=10, completed=500, failed=0)


def nginx_serves_100_megabytes():
    """Three times, at the same time; and what is not there is told as bad."""
    with kernel_tap(), Nginx() as nginx:
        numbers = load('--count', '3', '--concurrency', '3', '--path', '/big',
                       '--request_timeout', '120s')
        expect(numbers, completed=3, failed=0)
        until(lambda: len(nginx.log()) == 3, 'nginx wrote its log')
        equal(sum(row[2] for row in nginx.log()), numbers['rx_bytes'], 'bytes')
        numbers = load('--count', '7', '--path', '/nothing', status=1)
        expect(numbers, attempted=7, completed=0, bad=7, failed=7)
        until(lambda: len(nginx.log()) == 10, 'nginx wrote its log')
        equal([row[0] for row in nginx.log()[3:]], [404] * 7)


def ports_in_the_servers_time_wait_are_used_again():
    """nginx closes first: 20 ports, 600 connections, though the kernel keeps each for 60 s."""
    for timestamps in (1, 0):
        with kernel_tap(), Nginx() as nginx:
            sysctl(tcp_timestamps=timestamps)
            try:
                numbers = load_from_one('--count', '600', '--concurrency', '10', '--path',
                                        '/page', tcp='local_ports = 2000-2019')
            finally:
                sysctl(tcp_timestamps=1)
            expect(numbers, completed=600, failed=0, reset=0, timed_out=0)
            assert numbers['seconds'] < 30, numbers
            until(lambda: len(nginx.log()) == 600, 'nginx wrote its log')


def refused_by_the_kernel():
    """No server: each SYN is answered by a reset, and not asked again."""
    with kernel_tap():
        for target in ((), TARGET6):
            expect(load_from_one('--count', '100', *target, status=1), attempted=100,
                   established=0, refused=100, reset=0, retried=0, failed=100)
            sh('ip', 'link', 'set', TAP, 'up')  # the end of rstack-load took it down


def answer(sock, body=PAGE, lie=0):
    """Read a request, and answer it; lie: bytes that are promised and do not come."""
    data = b''
    while b'\r\n\r\n' not in data:
        piece = sock.recv(65536)
        if not piece:
            return
        data += piece
    sock.sendall(b'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n'
                 % (len(body) + lie) + body)


def reset_every_other(sock, number):
    """Resets the first, answers the second, and so on."""
    if number % 2 == 0:
        sock.recv(65536)
        abort_at_close(sock)
    else:
        answer(sock)


def a_server_that_resets_is_asked_again():
    """One at a time, each needs two attempts; the second is answered."""
    with kernel_tap(), server(reset_every_other):
        expect(load('--count', '50', '--concurrency', '1'), attempted=100, completed=50,
               reset=50, retried=50, failed=0)
    with kernel_tap(), server(reset_every_other):
        expect(load('--count', '50', '--concurrency', '1', '--retry', '0', status=1),
               attempted=50, completed=25, reset=25, retried=0, failed=25)


def reset_in_mid_answer(sock, _):
    """A part of the answer, and when the client has it, a reset."""
    answer(sock, lie=1)
    until(lambda: fcntl.ioctl(sock, termios.TIOCOUTQ, bytes(4)) == bytes(4), 'the client has it')
    abort_at_close(sock)


def what_may_not_be_repeated_is_not():
    """RFC 9110 9.2.2: a part of the answer has come; GET is asked again, other things not."""
    with kernel_tap(), server(reset_in_mid_answer):
        expect(load('--count', '5', '--concurrency', '1', status=1), attempted=20, reset=20,
               retried=15, failed=5, completed=0)
        expect(load('--count', '5', '--concurrency', '1', '--idempotent', 'no', status=1),
               attempted=5, reset=5, retried=0, failed=5, completed=0)


def answer_short(sock, _):
    """One byte less than promised."""
    answer(sock, lie=1)


def an_answer_cut_short_is_told():
    """FIN before all that was promised: bad, and no reset."""
    with kernel_tap(), server(answer_short):
        expect(load('--count', '20', status=1), attempted=20, bad=20, failed=20, reset=0,
               retried=0)


@contextlib.contextmanager
def far_network():
    """Behind the kernel, which routes: a namespace with a server on another network."""
    sh('ip', 'netns', 'add', FAR_NAMESPACE)
    prefix = ('nsenter', f'--net=/run/netns/{FAR_NAMESPACE}')
    try:
        quiet_namespace(*prefix)
        sh('ip', 'link', 'add', 'far0', 'type', 'veth', 'peer', 'name', 'far0', 'netns',
           FAR_NAMESPACE)
        sh('ip', 'addr', 'add', f'{GATEWAY}/24', 'dev', 'far0')
        sh('ip', 'link', 'set', 'far0', 'up')
        sh('ip', '-n', FAR_NAMESPACE, 'addr', 'add', f'{FAR}/24', 'dev', 'far0')
        sh('ip', '-n', FAR_NAMESPACE, 'link', 'set', 'far0', 'up')
        sh('ip', '-n', FAR_NAMESPACE, 'route', 'add', 'default', 'via', GATEWAY)
        sysctl(ip_forward=1)
        yield prefix
    finally:
        sysctl(ip_forward=0)
        sh('ip', 'netns', 'del', FAR_NAMESPACE)


def through_a_gateway():
    """The next hop is the gateway for what is not on the subnet, and the target where it is."""
    with kernel_tap(), far_network() as prefix, Nginx(FAR, prefix) as nginx:
        numbers = load('--count', '500', '--path', '/page', '--target', f'{FAR}:80',
                       port=f'gateway = {CLIENT}')
        expect(numbers, attempted=500, completed=500, failed=0)
        until(lambda: len(nginx.log()) == 500, 'nginx wrote its log')
        with Nginx() as near:
            expect(load('--count', '50', '--path', '/page', port=f'gateway = {CLIENT}'),
                   completed=50, failed=0)
            equal(len(near.log()), 50)


def without_a_way():
    """No gateway, one that does not answer, a neighbour that is not there, a host that is not."""
    with kernel_tap(), far_network():
        def unreachable(target, **more):
            expect(load('--count', '5', '--target', f'{target}:80', status=1, **more),
                   attempted=5, established=0, unreachable=5, timed_out=0, refused=0, failed=5)
        unreachable(FAR)
        unreachable(FAR, port='gateway = 192.0.2.99')
        unreachable('192.0.2.77')
        # the router tells that by ICMP, which is a soft error: R2 or the limit ends it
        expect(load('--count', '2', '--target', '203.0.113.9:80', '--connect_timeout', '3s',
                    port=f'gateway = {CLIENT}', status=1), attempted=2, timed_out=2, failed=2)


def a_neighbour_with_another_address_is_believed():
    """RFC 5227 3: while connections are opened the server announces another MAC address."""
    with kernel_tap(), Nginx() as nginx:
        def change():
            until(lambda: len(nginx.log()) > 200, 'it runs')
            sysctl(**{f'conf/{TAP}/arp_notify': 1})
            sh('ip', 'link', 'set', TAP, 'address', '02:00:00:00:00:77')
        thread = threading.Thread(target=change)
        thread.start()
        numbers = load('--count', '2000', '--rate', '500', '--path', '/page')
        thread.join()
        expect(numbers, completed=2000, failed=0)


def a_path_that_drops_ecn_is_crossed():
    """RFC 3168 6.1.1.1: SYNs that ask for ECN are lost; the one sent again does not ask."""
    rules = ('table inet e2e {\nchain from_load { type filter hook input priority 0;\n'
             f'iifname "{TAP}" tcp flags & (syn | ecn | cwr) == (syn | ecn | cwr) '
             'counter drop\n}\n}\n')
    with kernel_tap(), Nginx() as nginx:
        expect(load('--count', '20', '--path', '/page', tcp='ecn = on'), completed=20)
        sh('nft', '-f', '-', input=rules)
        try:
            numbers = load('--count', '20', '--path', '/page', tcp='ecn = on')
            counted = sh('nft', 'list', 'table', 'inet', 'e2e').stdout
        finally:
            sh('nft', 'delete', 'table', 'inet', 'e2e')
        expect(numbers, attempted=20, completed=20, failed=0)
        equal(re.search(r'packets (\d+)', counted)[1], '20', 'SYNs with ECN')
        assert numbers['connect_us']['p50'] > 900000, numbers
        equal(len(nginx.log()), 40)


if __name__ == '__main__':
    os.environ.pop('http_proxy', None)
    run([
        curl_in_parallel,
        curl_keeps_a_connection_for_each_kind_of_request,
        nc_sends_and_half_closes,
        nginx_counts_what_rstack_load_counts,
        nginx_keeps_the_connection,
        nginx_serves_100_megabytes,
        ports_in_the_servers_time_wait_are_used_again,
        refused_by_the_kernel,
        a_server_that_resets_is_asked_again,
        what_may_not_be_repeated_is_not,
        an_answer_cut_short_is_told,
        through_a_gateway,
        without_a_way,
        a_neighbour_with_another_address_is_believed,
        a_path_that_drops_ecn_is_crossed,
    ], dual=True)
