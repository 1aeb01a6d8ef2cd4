#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The rstack authors
"""Every byte arrives, and soon, where 1 % of the segments is lost in each direction."""
import contextlib
import hashlib
import socket
import threading
import time

from e2e import (DISCARD, ECHO, Bridge, Rstack, connect, equal, listen, receive_all, run,
                 sysctl)

MB = 1000 * 1000
LINE = b'0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-\n'
REQUEST = b'GET / HTTP/1.1\r\nHost: e2e\r\nConnection: close\r\n\r\n'


def services(size):
    """Echo, discard and a page of so many bytes."""
    return ECHO + DISCARD + listen('big', 80, 'http', body=size)


class Stream:
    """Bytes that are different everywhere, made a piece at a time; and their digest."""

    PIECE = 1 << 20

    def __init__(self, size):
        self.size = size
        self.digest = hashlib.sha256()

    def pieces(self):
        """The bytes."""
        left = self.size
        seed = b'rstack'
        while left > 0:
            seed = hashlib.sha256(seed).digest()
            piece = hashlib.shake_128(seed).digest(min(left, self.PIECE))
            self.digest.update(piece)
            left -= len(piece)
            yield piece

    def send(self, sock):
        """All of them, then FIN."""
        for piece in self.pieces():
            sock.sendall(piece)
        sock.shutdown(socket.SHUT_WR)


def digest_of(sock):
    """SHA-256 of all up to the end of the stream; and how much that is."""
    digest = hashlib.sha256()
    size = 0
    while piece := sock.recv(1 << 20):
        digest.update(piece)
        size += len(piece)
    return digest.hexdigest(), size


@contextlib.contextmanager
def lossy(percent, size, config=''):
    """An appliance behind a path that loses so many of 100 segments each way; then a report."""
    bridge = Bridge()
    with Rstack(config + services(size), path=bridge) as rstack:
        # what the kernel learnt of the path in one test is none of the next one's
        sysctl(tcp_no_metrics_save=1)
        with bridge.loss(percent):
            begin = time.monotonic()
            yield rstack
            took = time.monotonic() - begin
        stats = rstack.stats()
        print(f'# {size / MB:g} MB, {percent} % loss: {took:.1f} s, '
              f'{size / took / MB:.1f} MB/s; {stats["retransmitted"]} sent again, '
              f'{stats["rto_expired"]} time-outs, {stats["rx_out_of_order"]} out of order',
              flush=True)
        equal(stats['aborted'], 0)


def download(percent, size, config=''):
    """From rstack to the kernel."""
    with lossy(percent, size, config) as rstack:
        with connect(80, seconds=240) as sock:
            sock.sendall(REQUEST)
            head = b''
            while b'\r\n\r\n' not in head:
                head += sock.recv(1)
            got = digest_of(sock)
        body = (LINE * (size // len(LINE) + 1))[:size]
        equal(got, (hashlib.sha256(body).hexdigest(), size))
        return rstack.stats()


def both_ways(percent, size, config=''):
    """From the kernel to rstack and back, at the same time."""
    with lossy(percent, size, config) as rstack:
        with connect(7, seconds=240) as sock:
            stream = Stream(size)
            sender = threading.Thread(target=stream.send, args=(sock,))
            sender.start()
            got = digest_of(sock)
            sender.join()
        equal(got, (stream.digest.hexdigest(), size))
        return rstack.stats()


def download_of_100_mb():
    """rstack sends: what SACK, RACK-TLP and CUBIC make of 1 % loss."""
    stats = download(1, 100 * MB)
    assert stats['retransmitted'] > 300, stats


def upload_of_100_mb_that_comes_back():
    """100 MB up and the same 100 MB down at once, both with 1 % loss."""
    stats = both_ways(1, 100 * MB)
    assert stats['retransmitted'] > 300 and stats['rx_out_of_order'] > 300, stats


@contextlib.contextmanager
def kernel(**values):
    """The kernel without some of its options."""
    sysctl(**values)
    try:
        yield
    finally:
        sysctl(**{name: 1 for name in values})


def both(size, config=''):
    """Down, then both ways."""
    download(1, size, config)
    both_ways(1, size, config)


def without_sack():
    """RFC 6582: NewReno's recovery; without probes a tail that is lost costs an RTO."""
    with kernel(tcp_sack=0):
        both(10 * MB, 'rto_min = 200ms\n')


def without_timestamps():
    """RACK without them."""
    with kernel(tcp_timestamps=0):
        both(10 * MB)


def without_any_option():
    """Nor a window scale: 64 KiB in flight at the most."""
    with kernel(tcp_timestamps=0, tcp_sack=0, tcp_window_scaling=0):
        both(5 * MB, 'rto_min = 200ms\n')


def with_newreno():
    """The other algorithm."""
    both(10 * MB, 'congestion = newreno\n')


def five_percent():
    """A path that is nearly useless; handshakes and FINs get lost, too."""
    download(5, 2 * MB)
    both_ways(5, 2 * MB)


def many_short_connections():
    """300 pages over a connection each, where 5 % of SYN, FIN and all others are lost."""
    bridge = Bridge()
    with Rstack('rto_initial = 200ms\nrto_min = 200ms\n' + services(20000),
                path=bridge) as rstack, bridge.loss(5):
        body = (LINE * 400)[:20000]
        results = []

        def visit():
            for _ in range(20):
                with connect(80) as sock:
                    sock.sendall(REQUEST)
                    results.append(receive_all(sock).split(b'\r\n\r\n', 1)[1] == body)

        threads = [threading.Thread(target=visit) for _ in range(15)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        equal(results, [True] * 300)
        rstack.wait_empty()
        equal(rstack.stats()['aborted'], 0)


if __name__ == '__main__':
    run([
        download_of_100_mb,
        upload_of_100_mb_that_comes_back,
        without_sack,
        without_timestamps,
        without_any_option,
        with_newreno,
        five_percent,
        many_short_connections,
    ], both=[with_newreno, five_percent, many_short_connections],
        one_family='100 MB, and paths without an option, take long; the others run over both')
