#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The rstack authors
"""rstack-load against rstack over a memif, as README.md shows it, and against the kernel."""
import contextlib
import functools
import http.server
import json
import os
import re
import signal
import socket
import subprocess
import tempfile
import threading

from e2e import ALARMS, PATIENCE, TAP, Telemetry, equal, rstack_path, run, sh, until
from load import ROOT, TARGET6, Load, expect, kernel_tap, load

MEMIF_SERVER = os.path.join(ROOT, 'config/memif-server.ini')
TELEMETRY = '/run/dpdk/rstack-server/dpdk_telemetry.v2'
SOCKET = '/run/rstack-memif.sock'
MEMIF_LOAD = os.path.join(ROOT, 'config/memif-load.ini')


def ask_server(command):
    """One telemetry command to rstack on the memif."""
    with contextlib.closing(Telemetry('rstack-server')) as telemetry:
        return telemetry.ask(command)


@contextlib.contextmanager
def memif_server(more='', workers=1, role='server'):
    """
    rstack with config/memif-server.ini, with the lines `more` appended. With role='client' it
    connects to a memif of rstack-load, which is there.
    """
    with tempfile.TemporaryDirectory() as directory:
        config = os.path.join(directory, 'server.ini')
        with open(MEMIF_SERVER, encoding='utf-8') as shipped:
            text = shipped.read().replace('lcores = 0@0,1@0', 'lcores = 0@0' + ''.join(
                f',{worker}@0' for worker in range(1, workers + 1))).replace(
                    'role=server', f'role={role}')
        with open(config, 'w', encoding='utf-8') as file:
            file.write(text + more)
        with open(os.path.join(directory, 'out'), 'w+', encoding='utf-8') as out:
            # sockets of an earlier server do not show that this one is ready
            for path in (TELEMETRY, SOCKET) if role == 'server' else (TELEMETRY,):
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(path)
            process = subprocess.Popen([rstack_path(), '--', '-c', config], stdout=out,
                                       stderr=out, stdin=subprocess.DEVNULL)
            try:
                for path in (TELEMETRY, SOCKET):
                    until(lambda path=path: os.path.exists(path) or process.poll() is not None,
                          f'{path} is there', 60)
                # a client that is there before the port has started must connect again
                until(lambda: process.poll() is not None or
                      (ask_server('/ethdev/info,0') or {}).get('dev_started'),
                      'the port has started', 60)
                yield
                process.send_signal(signal.SIGINT)
                equal(process.wait(PATIENCE), 0, 'exit status of rstack')
            except AssertionError as error:
                out.seek(0)
                raise AssertionError(f'{error}; rstack said: {out.read()}') from error
            finally:
                process.kill()
                process.wait()
            out.seek(0)
            said = out.read()
            for alarm in ALARMS:
                assert alarm not in said, f'rstack said {said}'


memif_load = functools.partial(load, config=MEMIF_LOAD)


def memif_pair_as_shipped():
    """Both files of config/ unchanged: both ends agree on every connection."""
    with memif_server():
        numbers = memif_load('--duration', '1s')
        assert numbers['attempted'] > 100, numbers
        expect(numbers, established=numbers['attempted'], completed=numbers['attempted'],
               failed=0, refused=0, reset=0, timed_out=0, unreachable=0, stopped=0)
        equal(numbers['whole_us']['count'], numbers['completed'])
        stats = ask_server('/rstack/stats')
        equal(stats['established'], numbers['established'])
        equal(stats['rx_data_bytes'], numbers['tx_bytes'])
        equal(stats['tx_data_bytes'], numbers['rx_bytes'])


def workers_of_a_memif_share_its_queue():
    """Two workers, and a memif whose other side has one queue: each connection has its worker."""
    with memif_server(workers=2):
        expect(memif_load('--count', '300', '--rate', '300'), established=300, completed=300,
               failed=0)
        port = ask_server('/rstack/port/info,0')
        equal((port['queues'], port['steering'].split(':')[0]), (1, 'software'))
        stats = ask_server('/rstack/stats')
        assert stats['handed_over'] > 300 and stats['tx_handed_over'] > 300, stats
        equal(stats['handed_in'], stats['handed_over'])
        equal(stats['resets_sent'], 0)


def client_connects_until_the_other_side_is_ready():
    """
    The socket of a memif takes connections before the server's port has started, and ends them.
    Here it is one of this test that does so, until the server's own takes its name.
    """
    aside = SOCKET + '.aside'
    with memif_server():
        os.rename(SOCKET, aside)
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as early:
            early.bind(SOCKET)
            early.listen(1)
            early.settimeout(PATIENCE)
            client = Load('--count', '20', '--output', 'json', config=MEMIF_LOAD)
            early.accept()[0].close()
            os.rename(aside, SOCKET)
        status, output = client.wait()
        equal(status, 0, output)
        expect(json.loads(output.splitlines()[-1]), completed=20, failed=0)
        equal(output.count('it connects again'), 1, output)
        assert 'the link is down' not in output, output


def served():
    """Connections that rstack on the memif has served."""
    return (ask_server('/rstack/stats') or {}).get('closed', 0)


def serves_on():
    """rstack serves more connections."""
    before = served()
    until(lambda: served() > before + 20, 'connections are served')


@contextlib.contextmanager
def running_load(**more):
    """
    rstack-load with a low rate, until it is stopped. It ends in order, and with the exit status 1
    if connections failed while its other side was away.
    """
    client = Load('--rate', '100', '--duration', '600s', '--output', 'json', **more)
    try:
        yield client
        client.process.send_signal(signal.SIGINT)
        status, output = client.wait()
        numbers = json.loads(output.splitlines()[-1])
        equal(status, int(numbers['failed'] > 0), output)
    finally:
        client.kill()


def client_connects_again_to_a_server_that_restarts():
    """The other side of rstack-load's memif ends, and comes back, twice."""
    with contextlib.ExitStack() as stack:
        for times in range(3):
            with memif_server():
                if times == 0:
                    client = stack.enter_context(running_load(config=MEMIF_LOAD))
                serves_on()
        until(lambda: client.output().count('connects again') == 3, 'it is said')
        equal(client.output().count('the link is down'), 3, client.output())
        equal(client.output().count('the link is up'), 2, client.output())
        assert 'memif_connect' not in client.output(), client.output()


def rstack_connects_again_to_a_server_that_restarts():
    """The same, where rstack is the client and rstack-load the server."""
    with contextlib.suppress(FileNotFoundError):
        os.unlink(SOCKET)  # of a server that was killed
    with tempfile.NamedTemporaryFile('w') as file:
        with open(MEMIF_LOAD, encoding='utf-8') as shipped:
            file.write(shipped.read().replace('role=client', 'role=server'))
        file.flush()
        with contextlib.ExitStack() as stack:
            for times in range(3):
                with running_load(config=file.name) as load_server:
                    load_server.wait_up()
                    if times == 0:
                        stack.enter_context(memif_server(role='client'))
                    serves_on()


def server_serves_the_next_client():
    """The client of rstack's memif is killed, and another one takes its place, twice."""
    with memif_server():
        for _ in range(3):
            client = Load('--rate', '100', '--duration', '600s', config=MEMIF_LOAD)
            try:
                serves_on()
            finally:
                client.kill()
            until(lambda: ask_server('/ethdev/link_status,0')['status'] == 'DOWN', 'it is gone')
        expect(memif_load('--count', '20'), completed=20, failed=0)


def text_is_printed_each_interval_and_at_the_end():
    """The lines add up to the final report."""
    with memif_server():
        status, output = Load('--count', '1000', '--rate', '500', '--report', '100ms',
                              config=MEMIF_LOAD).wait()
        equal(status, 0, output)
        heading = next(line.split() for line in output.splitlines() if 'p99_us' in line)
        rows = [line.split() for line in output.splitlines()
                if re.fullmatch(r' +[0-9]+\.[0-9]( +[0-9]+)+', line)]
        assert len(rows) >= 5, output
        column = heading.index('attempted')
        assert 500 < sum(int(row[column]) for row in rows) <= 1000, output
        assert re.search(r'^  completed +1000  ', output, re.M), output
        assert re.search(r'^  whole( +[0-9]+){5}  ', output, re.M), output


def rate_is_not_exceeded():
    """500 connections at 500 a second take a second."""
    with memif_server():
        numbers = memif_load('--count', '500', '--rate', '500')
        expect(numbers, completed=500, failed=0)
        assert numbers['seconds'] > 0.99, numbers


def refused_is_counted_and_not_retried():
    """A closed port answers each SYN with a reset."""
    with memif_server():
        for target in ('192.0.2.1:81', '[2001:db8::1]:81'):
            expect(memif_load('--target', target, '--count', '50', status=1),
                   attempted=50, established=0, refused=50, reset=0, retried=0, failed=50)


def reset_is_retried_three_times():
    """A service that accepts and resets: each request is sent four times."""
    with memif_server('[listen reset]\nport = 104\nservice = reset\n'):
        expect(memif_load('--target', '192.0.2.1:104', '--count', '20', status=1),
               attempted=80, refused=0, reset=80, retried=60, failed=20, completed=0)
        expect(memif_load('--target', '192.0.2.1:104', '--count', '20', '--retry', '0',
                          status=1),
               attempted=20, reset=20, retried=0, failed=20)


def silence_times_out():
    """A port that drops SYNs: the connect time-out ends the attempt."""
    with memif_server('[closed silent]\nport = 82\nanswer = drop\n'):
        expect(memif_load('--target', '192.0.2.1:82', '--count', '3', '--connect-timeout',
                          '200ms', status=1),
               attempted=3, timed_out=3, retried=0, failed=3, established=0)


def missing_neighbour_is_unreachable():
    """No host answers ARP or neighbour discovery for the target."""
    with memif_server():
        for target in ('192.0.2.9:80', '[2001:db8::9]:80'):
            expect(memif_load('--target', target, '--count', '3', status=1),
                   attempted=3, unreachable=3, failed=3, established=0)


def bytes_come_back_from_echo():
    """A megabyte each way on each of 20 connections, closed by FIN and by reset."""
    with memif_server():
        for close, target in (('fin', '192.0.2.1:7'), ('reset', '[2001:db8::1]:7')):
            expect(memif_load('--target', target, '--count', '20', '--request', 'bytes',
                              '--body', '1M', '--answer', 'size', '--answer-size', '1M',
                              '--close', close),
                   completed=20, failed=0, tx_bytes=20 << 20, rx_bytes=20 << 20)


def half_close_and_close_end_an_answer():
    """We close our side after the request, the echo service its own after the answer."""
    with memif_server():
        for target in ('192.0.2.1:7', '[2001:db8::1]:7'):
            expect(memif_load('--target', target, '--count', '20', '--request', 'bytes',
                              '--body', '1000', '--half-close', 'yes', '--answer', 'close'),
                   completed=20, failed=0, tx_bytes=20000, rx_bytes=20000)


def requests_follow_each_other():
    """100 requests on each connection."""
    with memif_server():
        for target in ('192.0.2.1:80', '[2001:db8::1]:80'):
            expect(memif_load('--count', '20', '--requests', '100', '--concurrency', '5',
                              '--target', target),
                   attempted=20, established=20, completed=2000, failed=0)


def stop_is_in_order():
    """Without a limit it runs until Ctrl-C, which is no failure."""
    with memif_server():
        running = Load('--output', 'json', '--rate', '100', config=MEMIF_LOAD)
        running.wait_up()
        with contextlib.closing(Telemetry('rstack-load')) as telemetry:
            until(lambda: telemetry.ask('/rstack/load/stats')['completed'] > 20, 'it runs')
            times = telemetry.ask('/rstack/load/stats')
            assert 0 < times['whole_us_p50'] <= times['whole_us_p99_9'] <= times['whole_us_max']
        running.process.send_signal(signal.SIGINT)
        status, output = running.wait()
        equal(status, 0, output)
        assert '"failed": 0,' in output, output


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves files and writes no log."""

    def log_message(self, *args):  # pylint: disable=arguments-differ
        pass


class BothFamilies(http.server.ThreadingHTTPServer):
    """A server of IPv4 and IPv6."""

    address_family = socket.AF_INET6
    request_queue_size = 512


@contextlib.contextmanager
def http_server(size, kind=Quiet):
    """Python's http.server on the kernel's end of the TAP."""
    with tempfile.TemporaryDirectory() as directory:
        with open(os.path.join(directory, 'file'), 'wb') as file:
            file.write(os.urandom(size))
        handler = functools.partial(Quiet, directory=directory) if kind is Quiet else kind
        server = BothFamilies(('::', 80), handler)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()
            server.server_close()


class Chunked(http.server.BaseHTTPRequestHandler):
    """Answers in chunks, except to /missing and /other."""

    protocol_version = 'HTTP/1.1'

    def do_GET(self):  # pylint: disable=invalid-name
        """One answer."""
        if self.path == '/other':
            self.wfile.write(b'SSH-2.0-x\r\n')
            self.close_connection = True
            return
        self.send_response(404 if self.path == '/missing' else 200)
        self.send_header('Transfer-Encoding', 'chunked')
        self.end_headers()
        for piece in (b'x', b'y' * 5000, b'z' * 70000):
            self.wfile.write(b'%x;note=1\r\n%s\r\n' % (len(piece), piece))
        self.wfile.write(b'0\r\nTrailer: a\r\n\r\n')

    def log_message(self, *args):  # pylint: disable=arguments-differ
        pass


def chunked_answers_are_read_and_bad_ones_shown():
    """Ten chunked answers on each connection; then a status and a protocol that are errors."""
    with kernel_tap(), http_server(1, Chunked):
        numbers = load('--count', '8', '--concurrency', '4', '--requests', '10')
        expect(numbers, attempted=8, completed=80, bad=0, status={'200': 80}, bad_samples=[])
        assert numbers['rx_bytes'] > 80 * 75001, numbers
        sh('ip', 'link', 'set', TAP, 'up')  # the end of rstack-load took it down
        expect(load('--count', '8', '--concurrency', '4', '--requests', '10', *TARGET6),
               attempted=8, completed=80, bad=0, status={'200': 80}, bad_samples=[])
        sh('ip', 'link', 'set', TAP, 'up')
        numbers = load('--count', '2', '--path', '/missing', status=1)
        expect(numbers, completed=0, bad=2, status={'404': 2})
        equal({sample['why'] for sample in numbers['bad_samples']}, {'status 404'})
        status, output = Load('--count', '1', '--path', '/other').wait()
        equal(status, 1, output)
        assert re.search(r'^bad answers, the first 1:\n  local port [0-9]+, not HTTP after 11 bytes'
                         r': "SSH-2.0-x\\r\\n"$', output, re.M), output


def json_is_alone_on_standard_output():
    """A program reads standard output as one JSON text; times never measured are null."""
    with kernel_tap():
        running = Load('--output', 'json', '--count', '1', stderr=subprocess.DEVNULL)
        status, output = running.wait()
        equal(status, 1, output)
        numbers = json.loads(output)
        expect(numbers, refused=1, failed=1)
        equal(numbers['whole_us'],
              {'count': 0, 'p50': None, 'p90': None, 'p99': None, 'p99.9': None, 'max': None})


def two_workers_on_one_tap():
    """Each worker uses its share of the ports; Python's http.server answers both."""
    with kernel_tap(), http_server(20000):
        numbers = load('--count', '400', '--concurrency', '20', '--path', '/file',
                       '--source', '198.18.0.0/24', lcores='0@0,1@0,2@1')
        expect(numbers, attempted=400, established=400, completed=400, failed=0)
        assert numbers['rx_bytes'] > 400 * 20000, numbers
        sh('ip', 'link', 'set', TAP, 'up')  # the end of rstack-load took it down
        expect(load('--count', '100', '--concurrency', '20', '--path', '/file', *TARGET6,
                    lcores='0@0,1@0,2@1'),
               attempted=100, established=100, completed=100, failed=0)


def frames_of_the_other_worker_are_handed_over():
    """
    The kernel keeps 4096 flows of a TAP on the queue that they came from; replies of further
    flows go to any queue. All 20000 resets reach their connection, so none times out.
    """
    with kernel_tap():
        status, output = Load('--count', '20000', '--concurrency', '500', '--source',
                              '198.18.0.0/28', lcores='0@0,1@0,2@1').wait()
        equal(status, 1, output)
        for name, value in (('attempted', 20000), ('refused', 20000), ('timed_out', 0)):
            assert re.search(rf'^  {name} +{value}  ', output, re.M), output
        over = re.search(r'^  handed over +([0-9]+)', output, re.M)
        assert over and int(over[1]) > 100, output


if __name__ == '__main__':
    run([
        memif_pair_as_shipped,
        workers_of_a_memif_share_its_queue,
        client_connects_until_the_other_side_is_ready,
        client_connects_again_to_a_server_that_restarts,
        rstack_connects_again_to_a_server_that_restarts,
        server_serves_the_next_client,
        text_is_printed_each_interval_and_at_the_end,
        rate_is_not_exceeded,
        refused_is_counted_and_not_retried,
        reset_is_retried_three_times,
        silence_times_out,
        missing_neighbour_is_unreachable,
        bytes_come_back_from_echo,
        half_close_and_close_end_an_answer,
        requests_follow_each_other,
        stop_is_in_order,
        chunked_answers_are_read_and_bad_ones_shown,
        json_is_alone_on_standard_output,
        two_workers_on_one_tap,
        frames_of_the_other_worker_are_handed_over,
    ], one_family='requests are under test; test_clients and test_router have targets of both')
