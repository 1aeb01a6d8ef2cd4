#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The rstack authors
"""IPv6 with the kernel as the neighbour: neighbour discovery, ping, UDP, TCP, rstack-load."""
import errno
import json
import os
import random
import socket
import tempfile

from e2e import (CLIENT6, ECHO, MANY6, MIDDLE, SERVER, SERVER6, SERVICES, TAP, Bridge, Rstack,
                 Tap6, connect, echoes, equal, raises, receive, run, sh, until)

BOTH = f'{SERVER}/24, {SERVER6}/64'
PORT = f'terminate = {MANY6}\n'


def rstack6(config=SERVICES, **options):
    """rstack with both families; its IPv6 address is in use."""
    options.setdefault('path', Tap6())
    options.setdefault('port', PORT)
    rstack = Rstack(config, address=BOTH, **options)
    until(lambda: sh('ping', '-6', '-c', '1', '-W', '1', SERVER6, check=False).returncode == 0,
          'the address is in use')
    return rstack


def neighbour(address):
    """The kernel's neighbour entry of an address."""
    entries = json.loads(sh('ip', '-6', '-j', 'neigh', 'show', 'dev', TAP).stdout)
    return next(entry for entry in entries if entry['dst'] == address)


def ping_is_answered():
    """Every echo request, with every length up to the MTU, also to all nodes."""
    with rstack6() as rstack:
        for size in (0, 1, 8, 56, 1000, 1452) * 3:
            result = sh('ping', '-6', '-c', '1', '-W', '10', '-M', 'do', '-s', str(size), SERVER6)
            assert '1 received, 0% packet loss' in result.stdout, result.stdout
        sh('ping', '-6', '-c', '1', '-W', '10', f'ff02::1%{TAP}')
        assert rstack.stats()['echo_replies'] >= 20
        assert rstack.stats()['nd_advertisements'] >= 1


def every_address_of_a_prefix_is_answered():
    """Some of 2^80 addresses."""
    rng = random.Random(7)
    with rstack6():
        for _ in range(10):
            with connect(7, f'2001:db8:1:{rng.randrange(65536):x}::{rng.randrange(1, 65536):x}') \
                    as sock:
                sock.sendall(b'ping')
                equal(receive(sock, 4), b'ping')


def kernel_finds_the_neighbour_reachable():
    """Its solicitation is answered as one of a host, not of a router."""
    with rstack6() as rstack:
        before = rstack.stats()['nd_advertisements']
        sh('ip', '-6', 'neigh', 'flush', 'dev', TAP)
        with connect(7, SERVER6) as sock:
            echoes(sock)
        equal(neighbour(SERVER6)['state'], ['REACHABLE'])
        assert rstack.stats()['nd_advertisements'] > before
        assert 'router' not in neighbour(SERVER6)


def bytes_come_back():
    """16 MiB through the echo service; the MSS of IPv6."""
    with rstack6() as rstack:
        with connect(7, SERVER6) as sock:
            equal(sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG), 1500 - 60 - 12)
            echoes(sock, random.Random(1).randbytes(16 << 20))
        equal(rstack.ask('/rstack/drop')['tcp_checksum'], 0)


def curl_gets_the_page():
    """HTTP; the log of the server's resets stays empty."""
    with rstack6() as rstack:
        with tempfile.TemporaryDirectory() as path:
            page = os.path.join(path, 'page')
            for _ in range(5):
                sh('curl', '-6', '-g', '-s', '-f', '-o', page, f'http://[{SERVER6}]/')
            equal(os.path.getsize(page), 1024)
        equal(rstack.ask('/rstack/drop')['ip6_extension'], 0)


def many_short_connections():
    """2,000 one after the other, to addresses of a prefix."""
    with rstack6() as rstack:
        for i in range(2000):
            with connect(7, f'2001:db8:1::{i % 64 + 1:x}') as sock:
                sock.sendall(b'x')
                equal(sock.recv(1), b'x')
        assert rstack.stats()['established'] >= 2000


def closed_ports_are_refused():
    """A reset for TCP, which the log has in the text form of RFC 5952, ICMPv6 for UDP."""
    with rstack6() as rstack:
        raises(errno.ECONNREFUSED, connect, 9998, SERVER6)
        recent = rstack.ask('/rstack/reset/recent')
        assert f'[{SERVER6}]:9998 [{CLIENT6}]:' in str(recent), recent
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as sock:
            sock.settimeout(10)
            sock.connect((SERVER6, 9999))
            sock.send(b'anybody?')
            raises(errno.ECONNREFUSED, sock.recv, 1)
        equal(rstack.stats()['icmp_unreachables'], 1)


def syn_cookies_are_taken():
    """Each connection by a cookie."""
    with rstack6('syn_cookies = always\n' + ECHO) as rstack:
        for _ in range(20):
            with connect(7, SERVER6) as sock:
                echoes(sock)
        assert rstack.stats()['cookies_taken'] >= 20


def kernel_detects_our_address():
    """Duplicate address detection of the kernel (RFC 4862 5.4) finds rstack."""
    with rstack6() as rstack:
        sh('ip', 'addr', 'add', f'{SERVER6}/128', 'dev', TAP)
        until(lambda: 'dadfailed' in sh('ip', '-6', 'addr', 'show', 'dev', TAP).stdout,
              'the kernel refuses the address')
        sh('ip', 'addr', 'del', f'{SERVER6}/128', 'dev', TAP)
        equal(rstack.stats()['dad_duplicates'], 0)


def duplicate_of_our_address_is_detected():
    """The kernel has the address first: rstack does not use it, but the others."""
    path = Tap6(address=SERVER6)
    path.attach = lambda: (
        sh('sysctl', '-qw', f'net.ipv6.conf.{TAP}.disable_ipv6=0'),
        sh('ip', 'addr', 'add', '192.0.2.2/24', 'dev', TAP),
        sh('ip', 'link', 'set', TAP, 'up'),
        sh('ip', 'addr', 'add', f'{SERVER6}/64', 'dev', TAP, 'nodad'))
    with Rstack(SERVICES, address=BOTH, path=path, port='dad_transmits = 10\n') as rstack:
        until(lambda: rstack.stats()['dad_duplicates'] == 1, 'detected')
        with connect(7) as sock:  # IPv4 goes on
            echoes(sock)


def duplicate_is_detected_by_each_worker():
    """One of two workers asks, and the answer reaches the other, too."""
    path = Tap6(address=SERVER6)
    path.attach = lambda: (
        sh('sysctl', '-qw', f'net.ipv6.conf.{TAP}.disable_ipv6=0'),
        sh('ip', 'addr', 'add', '192.0.2.2/24', 'dev', TAP),
        sh('ip', 'link', 'set', TAP, 'up'),
        sh('ip', 'addr', 'add', f'{SERVER6}/64', 'dev', TAP, 'nodad'))
    with Rstack(SERVICES, address=BOTH, path=path, port='dad_transmits = 10\n',
                lcores='0@0,1@0,2@1') as rstack:
        until(lambda: rstack.stats()['dad_duplicates'] == 2, 'detected by both')


def one_worker_detects_for_all():
    """Two addresses, a solicitation each, whatever the number of workers."""
    with rstack6(lcores='0@0,1@0,2@1') as rstack:
        for _ in range(20):
            with connect(7, SERVER6) as sock:
                echoes(sock)
        equal(rstack.stats()['dad_solicitations'], 2)


def switch_that_snoops_learns_the_group():
    """The kernel's bridge as the switch and the querier of MLD."""
    path = Bridge()
    with Rstack(SERVICES, address=BOTH, path=path) as rstack:
        sh(*path.prefix, 'sysctl', '-qw', 'net.ipv6.conf.br0.disable_ipv6=0')
        sh('ip', '-n', MIDDLE, 'link', 'set', 'br0', 'type', 'bridge', 'mcast_snooping', '1',
           'mcast_querier', '1', 'mcast_query_interval', '100',
           'mcast_startup_query_interval', '100', 'mcast_query_response_interval', '50')
        until(lambda: 'ff02::1:ff00:1' in sh('bridge', '-n', MIDDLE, 'mdb').stdout,
              'the bridge has the group')
        until(lambda: rstack.stats()['mld_queries'] > 0, 'the bridge has asked')
        assert rstack.stats()['mld_reports'] >= 2
        equal(rstack.ask('/rstack/drop')['mld_bad'], 0)


def ping_waits_for_detection():
    """No answer before the address is known to be ours alone."""
    with Rstack(ECHO, address=BOTH, path=Tap6(), port=PORT + 'dad_transmits = 3\n') as rstack:
        result = sh('ping', '-6', '-c', '1', '-W', '1', SERVER6, check=False)
        equal(result.returncode, 1)
        until(lambda: sh('ping', '-6', '-c', '1', '-W', '1', SERVER6, check=False).returncode
              == 0, 'the address is in use')
        assert rstack.stats()['dad_solicitations'] >= 2


def main():
    """Run them all."""
    run([ping_is_answered, every_address_of_a_prefix_is_answered,
         kernel_finds_the_neighbour_reachable, bytes_come_back, curl_gets_the_page,
         many_short_connections, closed_ports_are_refused, syn_cookies_are_taken,
         kernel_detects_our_address, duplicate_of_our_address_is_detected,
         duplicate_is_detected_by_each_worker, one_worker_detects_for_all,
         switch_that_snoops_learns_the_group, ping_waits_for_detection],
        one_family='the other family has test_link')


if __name__ == '__main__':
    main()
