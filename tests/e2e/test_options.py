#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The rstack authors
"""TCP's options with the kernel's switched on and off: agreed to by both, and every byte right."""
import contextlib
import hashlib
import itertools
import random
import re
import socket
import threading

from e2e import (CHARGEN, DISCARD, ECHO, PATIENCE, Bridge, Family, Rstack, Skip, equal, listen,
                 receive, receive_all, run, server, sh, sysctl, tcp_socket, until)

CONFIG = ECHO + DISCARD + CHARGEN + listen('web', 80, 'http', body=300000)
REQUEST = b'GET / HTTP/1.1\r\nHost: e2e\r\nConnection: close\r\n\r\n'
LINE = b'0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-\n'
PATTERN = b''.join(bytes(32 + (line + i) % 95 for i in range(72)) + b'\r\n'
                   for line in range(95)) * 50  # RFC 864
DATA = random.Random(9).randbytes(300000)

DEFAULTS = {'tcp_timestamps': 1, 'tcp_sack': 1, 'tcp_window_scaling': 1, 'tcp_ecn': 2}


@contextlib.contextmanager
def kernel(**values):
    """The kernel's parameters for a while."""
    sysctl(**values)
    try:
        yield
    finally:
        sysctl(**{name: DEFAULTS[name] for name in values})


def sha256(data):
    """As text."""
    return hashlib.sha256(data).hexdigest()


def ss_host():
    """The address of rstack in a filter of ss."""
    return f'[{server()}]' if Family.ipv6 else server()


class Transfers:
    """One of each service's, by a kernel with these options and this algorithm."""

    def __init__(self, expected, algorithm='cubic'):
        self.expected = sorted(expected)
        self.algorithm = algorithm

    def connect(self, port):
        """A connection; the namespace may not set the algorithm, a socket may."""
        sock = tcp_socket()
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, self.algorithm.encode())
        sock.settimeout(PATIENCE)
        sock.connect((server(), port))
        return sock

    def check(self, sock):
        """The kernel says that both ends agreed on what is expected."""
        own = sock.getsockname()[1]
        info = sh('ss', '-tinoH', 'sport', '=', f':{own}', 'dst', ss_host()).stdout
        words = {word.split(':')[0] for word in info.split()}
        equal(sorted(words & {'ecn', 'sack', 'ts', 'wscale'}), self.expected, info)
        assert self.algorithm in words, info

    def echo(self):
        """There and back again at the same time."""
        with self.connect(7) as sock:
            sender = threading.Thread(target=sock.sendall, args=(DATA,))
            sender.start()
            back = receive(sock, len(DATA))
            sender.join()
            self.check(sock)
            sock.shutdown(socket.SHUT_WR)
            equal(receive_all(sock), b'')
        equal(sha256(back), sha256(DATA), 'echo')

    def discard(self):
        """All is taken, then discard closes."""
        with self.connect(9) as sock:
            sock.sendall(DATA)
            sock.shutdown(socket.SHUT_WR)
            equal(receive_all(sock), b'')

    def chargen(self):
        """The first 300,000 bytes of a stream without end."""
        with self.connect(19) as sock:
            got = receive(sock, len(DATA))
        equal(sha256(got), sha256(PATTERN[:len(DATA)]), 'chargen')

    def http(self):
        """The whole body."""
        with self.connect(80) as sock:
            sock.sendall(REQUEST)
            body = receive_all(sock).split(b'\r\n\r\n', 1)[1]
        equal(sha256(body), sha256((LINE * 5000)[:300000]), 'http')

    def run(self):
        """All four."""
        self.echo()
        self.discard()
        self.chargen()
        self.http()


def matrix(algorithm):
    """All that the kernel can be told of its options, with one of its algorithms."""
    with open('/proc/sys/net/ipv4/tcp_available_congestion_control', encoding='utf-8') as file:
        if algorithm not in file.read().split():
            raise Skip(f'this kernel has no {algorithm}')
    with Rstack(CONFIG) as rstack:
        rounds = 0
        for ts, sack, scale, ecn in itertools.product((0, 1), (0, 1), (0, 1), (0, 1, 2)):
            expected = [name for name, on in (('ecn', ecn == 1), ('sack', sack), ('ts', ts),
                                              ('wscale', scale)) if on]
            with kernel(tcp_timestamps=ts, tcp_sack=sack, tcp_window_scaling=scale, tcp_ecn=ecn):
                Transfers(expected, algorithm).run()
            rounds += 1
        until(lambda: rstack.ask('/rstack/listener/stats,1')['rx_bytes'] == rounds * len(DATA),
              'all is discarded')
        stats = rstack.stats()
        equal(stats['established'], 4 * rounds)
        equal(stats['bad_options'], 0)
        equal(stats['resets_sent'], 0)


def all_options_with_cubic():
    """Timestamps, SACK, window scale on and off, ECN in its three settings: 24 combinations."""
    matrix('cubic')


def all_options_with_reno():
    """The same with Reno."""
    matrix('reno')


def all_options_with_bbr():
    """The same with BBR, which sends at a rate."""
    matrix('bbr')


def rstack_declines_each():
    """What [tcp] switches off is not agreed to, whatever the kernel offers; the rest is."""
    for key, value, missing in (('timestamps', 'no', 'ts'), ('sack', 'no', 'sack'),
                                ('window_scale', 'no', 'wscale'), ('ecn', 'off', 'ecn')):
        with kernel(tcp_ecn=1), Rstack(f'{key} = {value}\n' + CONFIG):
            Transfers({'ecn', 'sack', 'ts', 'wscale'} - {missing}).run()


MARK = '{0} ecn {{ ect0, ect1 }} numgen random mod 100 < 1 {0} ecn set ce'


def kernel_info(sock, word):
    """A number that `ss -i` shows of a connection; 0: it does not."""
    info = sh('ss', '-tinH', 'sport', '=', f':{sock.getsockname()[1]}', 'dst', ss_host()).stdout
    found = re.search(rf'\b{word}:(\d+)', info)
    return int(found[1]) if found else 0


def marks_that_rstack_receives_are_echoed():
    """RFC 3168 6.1.3: of 1 % of the kernel's segments congestion is told, and none is lost."""
    path = Bridge()
    with kernel(tcp_ecn=1), Rstack(CONFIG, path=path) as rstack:
        mark = MARK.format('ip6' if Family.ipv6 else 'ip')
        with path.rules(mark, 'accept'), Transfers([], 'cubic').connect(9) as sock:
            for _ in range(20):
                sock.sendall(DATA)
            until(lambda: rstack.ask('/rstack/listener/stats,1')['rx_bytes'] == 20 * len(DATA),
                  'all is discarded')
            delivered = kernel_info(sock, 'delivered_ce')
            again = kernel_info(sock, 'bytes_retrans')
        marked = rstack.stats()['rx_ce']
        assert marked > 5 and delivered >= marked, (marked, delivered)
        # a tail loss probe now and then, but not what was marked
        assert again < 1000 * marked, (marked, again)


if __name__ == '__main__':
    run([
        all_options_with_cubic,
        all_options_with_reno,
        all_options_with_bbr,
        rstack_declines_each,
        marks_that_rstack_receives_are_echoed,
    ], both=[
        all_options_with_cubic,
        marks_that_rstack_receives_are_echoed,
    ], one_family='the matrix takes long; all options with CUBIC, and ECN, run over both')
