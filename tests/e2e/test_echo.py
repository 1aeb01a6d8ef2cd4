#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The rstack authors
"""Bytes in both directions: echo, discard, half close, back-pressure."""
import random
import socket
import threading
import time

from e2e import (PATIENCE, Rstack, connect, echoes, echoes_on_many, equal, receive, receive_all,
                 run, server, sh, until)

MIB = 1 << 20


def echo_of_64_mib_is_exact():
    """64 MiB of random bytes come back as they went, sent and read at the same time."""
    data = random.Random(3).randbytes(64 * MIB)
    with Rstack() as rstack:
        with connect(7) as sock:
            echoes(sock, data)
            sock.shutdown(socket.SHUT_WR)
            equal(receive_all(sock), b'')
        stats = rstack.ask('/rstack/listener/stats,0')
        equal(stats['rx_bytes'], len(data))
        equal(stats['tx_bytes'], len(data))


def echo_through_nc():
    """The line that the README gives."""
    with Rstack():
        result = sh('nc', '-N', '-w', '10', server(), '7', input='hello\n')
        equal(result.stdout, 'hello\n')


def echo_of_single_bytes():
    """Each byte in a segment of its own, answered before the next."""
    with Rstack() as rstack:
        with connect(7) as sock:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for value in range(256):
                sock.sendall(bytes([value]))
                equal(receive(sock, 1), bytes([value]))
        equal(rstack.stats()['rx_data_bytes'], 256)


def echo_after_half_close():
    """All that was sent before the FIN still comes back, then the end."""
    data = random.Random(4).randbytes(200000)
    with Rstack():
        with connect(7) as sock:
            sender = threading.Thread(target=lambda: (sock.sendall(data),
                                                      sock.shutdown(socket.SHUT_WR)))
            sender.start()
            back = receive_all(sock)
            sender.join()
        assert back == data, f'{len(back)} bytes of {len(data)}'


def a_client_that_does_not_read_is_held_back():
    """Unread data closes the window: a bounded amount goes in, and all of it comes out."""
    with Rstack() as rstack:
        with connect(7) as sock:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65536)
            sock.setblocking(False)
            rng = random.Random(5)
            sent = bytearray()
            quiet = time.monotonic() + 1
            while time.monotonic() < quiet:
                piece = rng.randbytes(65536)
                try:
                    count = sock.send(piece)
                    sent += piece[:count]
                    quiet = time.monotonic() + 1
                except BlockingIOError:
                    time.sleep(0.01)
                assert len(sent) < 16 * MIB, 'no end of what it takes'
            sock.setblocking(True)
            sock.settimeout(PATIENCE)
            sock.shutdown(socket.SHUT_WR)
            assert receive_all(sock) == sent, 'the bytes differ'
        equal(rstack.stats()['rx_data_bytes'], len(sent))


def many_echoes_at_once():
    """50 connections with 200 kB each, all at the same time."""
    with Rstack():
        echoes_on_many(50, 200000)


def discard_takes_all():
    """RFC 863: it throws away any data it receives, and sends nothing."""
    with Rstack() as rstack:
        with connect(9) as sock:
            sock.sendall(bytes(8 * MIB))
            sock.shutdown(socket.SHUT_WR)
            equal(receive_all(sock), b'')
        until(lambda: rstack.ask('/rstack/listener/stats,1')['rx_bytes'] == 8 * MIB, 'all taken')


def sleeping_worker_serves():
    """idle = sleep loses nothing."""
    data = random.Random(6).randbytes(4 * MIB)
    with Rstack(idle='sleep'):
        with connect(7) as sock:
            echoes(sock, data)


if __name__ == '__main__':
    tests = [
        echo_of_64_mib_is_exact,
        echo_through_nc,
        echo_of_single_bytes,
        echo_after_half_close,
        a_client_that_does_not_read_is_held_back,
        many_echoes_at_once,
        discard_takes_all,
        sleeping_worker_serves,
    ]
    run(tests, both=tests)
