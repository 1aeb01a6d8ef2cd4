#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The rstack authors
"""The http service, with curl and with many connections."""
import hashlib
import os
import random
import select
import socket
import subprocess
import time

from e2e import (PATIENCE, Rstack, abort_at_close, connect, equal, listen, receive_all,
                 run, server, sh, tcp_socket, until, url)

PAGE = b'The quick brown fox jumps over the lazy dog.\n' * 23
BIG = random.Random(1).randbytes(100 * 1000 * 1000)
REQUEST = b'GET / HTTP/1.1\r\nHost: e2e\r\nConnection: close\r\n\r\n'

WEB = (listen('web', 80, 'http', body='@DIR@/page') +
       listen('big', 81, 'http', body='@DIR@/big'))


def web(**options):
    """An appliance that serves PAGE on port 80 and BIG on port 81."""
    return Rstack(WEB, files={'page': PAGE, 'big': BIG}, **options)


def curl_gets_a_page():
    """One request, one answer, byte for byte."""
    with web():
        result = subprocess.run(['curl', '-g', '-s', '-m', str(PATIENCE), url()],
                                stdout=subprocess.PIPE, check=True)
        equal(result.stdout, PAGE)


def curl_keeps_the_connection():
    """Three requests over one connection."""
    with web() as rstack:
        result = sh('curl', '-g', '-s', '-m', str(PATIENCE), '-w', '%{num_connects} %{http_code}\n',
                    *['-o', '/dev/null', url()] * 3)
        equal(result.stdout.split('\n')[:3], ['1 200', '0 200', '0 200'])
        equal(rstack.stats()['established'], 1)


def curl_gets_100_megabytes():
    """100 MB with the SHA-256 of what was put in."""
    with web():
        curl = subprocess.Popen(['curl', '-g', '-s', '-m', '240', url(81)],
                                stdout=subprocess.PIPE)
        digest = hashlib.sha256()
        while piece := curl.stdout.read(1 << 20):
            digest.update(piece)
        equal(curl.wait(), 0, 'curl')
        equal(digest.hexdigest(), hashlib.sha256(BIG).hexdigest())


def ten_thousand_connections_in_a_row():
    """Connect, request, answer, close; 10,000 times without one failure."""
    with web() as rstack:
        for _ in range(10000):
            with connect(80) as sock:
                sock.sendall(REQUEST)
                answer = receive_all(sock)
            assert answer.startswith(b'HTTP/1.1 200 ') and answer.endswith(PAGE), answer
        stats = rstack.stats()
        equal(stats['established'], 10000)
        until(lambda: rstack.stats()['closed'] == 10000, 'all are closed in order')
        equal(rstack.stats()['aborted'], 0)
        equal(rstack.stats()['resets_sent'], 0)


def five_hundred_connections_at_once():
    """All established before the first one asks; none fails."""
    with web() as rstack:
        socks = {}
        for _ in range(500):
            sock = connect(80)
            socks[sock.fileno()] = [sock, b'']
        equal(rstack.stats()['established'], 500)
        equal(rstack.ask('/rstack/tcp/states')['ESTABLISHED'], 500)
        poll = select.poll()
        for number, (sock, _) in socks.items():
            sock.sendall(REQUEST)
            poll.register(number, select.POLLIN)
        waiting = len(socks)
        while waiting:
            ready = poll.poll(PATIENCE * 1000)
            assert ready, f'{waiting} connections without an answer'
            for number, _ in ready:
                piece = socks[number][0].recv(65536)
                socks[number][1] += piece
                if not piece:
                    waiting -= 1
                    poll.unregister(number)
        for sock, answer in socks.values():
            sock.close()
            assert answer.startswith(b'HTTP/1.1 200 ') and answer.endswith(PAGE), answer


def curl_is_killed_in_mid_transfer():
    """The kernel resets what a dead client leaves; nothing of it stays in rstack."""
    with web() as rstack:
        with subprocess.Popen(['curl', '-g', '-s', '--limit-rate', '1M', url(81)],
                              stdout=subprocess.DEVNULL) as curl:
            until(lambda: rstack.stats()['tx_data_bytes'] > 1000000, 'the transfer goes on')
            curl.kill()
            curl.wait()
        rstack.wait_empty()
        stats = rstack.stats()
        equal(stats['aborted'], 1)
        assert stats['resets_received'] >= 1, stats
        equal(rstack.ask('/rstack/reset/received')['accepted'], 1)
        assert stats['tx_data_bytes'] < len(BIG), stats
        # and it goes on serving
        equal(sh('curl', '-g', '-s', '-m', '30', url()).stdout.encode(), PAGE)


def a_reader_that_stops_stops_the_sender():
    """A closed window holds the data back; when it opens again all of it comes."""
    with web() as rstack:
        with tcp_socket() as sock:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
            sock.settimeout(PATIENCE)
            sock.connect((server(), 81))
            sock.sendall(REQUEST)
            until(lambda: rstack.stats()['window_probes'] > 0, 'a zero window is probed')
            assert rstack.stats()['tx_data_bytes'] < 1000000
            digest = hashlib.sha256(receive_all(sock).split(b'\r\n\r\n', 1)[1])
        equal(digest.hexdigest(), hashlib.sha256(BIG).hexdigest())


def a_client_that_never_closes_is_forgotten():
    """RFC 9112 9.6: after the last answer its time to close is limited; the answer is whole."""
    with Rstack('fin_wait_2 = 1s\n' + WEB, files={'page': PAGE, 'big': PAGE}) as rstack:
        with connect(80) as sock:
            sock.sendall(REQUEST)
            until(lambda: rstack.stats()['aborted'] == 1, 'rstack gives it up')
            equal(rstack.ask('/rstack/reset/sent')['user_timeout'], 1)
            assert sock.recv(1 << 20).endswith(PAGE)
        # and one that is silent after a bad request
        with connect(80) as sock:
            sock.sendall(b'nonsense\r\n\r\n' + bytes(5000))
            assert receive_all(sock).startswith(b'HTTP/1.1 400 ')
            until(lambda: rstack.stats()['aborted'] == 2, 'rstack gives it up')


def slow_clients_make_way():
    """Half requests get a 408, a reader that stops is reset; curl is served beside them."""
    limits = {'header_timeout': '2s', 'idle_timeout': '1s', 'send_timeout': '2s'}
    config = (listen('web', 80, 'http', body='@DIR@/page', **limits) +
              listen('big', 81, 'http', body='@DIR@/big', **limits))
    with Rstack(config, files={'page': PAGE, 'big': BIG}) as rstack:
        halves = [connect(80) for _ in range(100)]
        for sock in halves:
            sock.sendall(REQUEST[:20])
        with tcp_socket() as reader:
            reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
            reader.settimeout(PATIENCE)
            reader.connect((server(), 81))
            reader.sendall(REQUEST)
            equal(sh('curl', '-g', '-s', '-m', '30', url()).stdout.encode(), PAGE)
            for sock in halves:
                assert receive_all(sock).startswith(b'HTTP/1.1 408 ')
                sock.close()
            until(lambda: rstack.ask('/rstack/reset/sent')['service_timeout'] == 1,
                  'the reader is reset')
        with connect(80) as sock:
            sock.sendall(REQUEST.replace(b'Connection: close\r\n', b''))
            # the answer, and a close though nobody asked for it
            assert receive_all(sock).endswith(PAGE)
        rstack.wait_empty()


def clients_that_abort_leave_nothing():
    """Resets at all moments of a connection's life."""
    with web() as rstack:
        rng = random.Random(2)
        for _ in range(300):
            sock = connect(rng.choice((80, 81)))
            abort_at_close(sock)
            if rng.random() < 0.8:
                sock.sendall(REQUEST[:rng.randrange(1, len(REQUEST) + 1)])
            if rng.random() < 0.5:
                time.sleep(rng.random() / 100)
            sock.close()
        rstack.wait_empty()
        equal(rstack.stats()['established'], 300)


if __name__ == '__main__':
    os.environ.pop('http_proxy', None)
    tests = [
        curl_gets_a_page,
        curl_keeps_the_connection,
        curl_gets_100_megabytes,
        ten_thousand_connections_in_a_row,
        five_hundred_connections_at_once,
        curl_is_killed_in_mid_transfer,
        a_reader_that_stops_stops_the_sender,
        a_client_that_never_closes_is_forgotten,
        slow_clients_make_way,
        clients_that_abort_leave_nothing,
    ]
    run(tests, both=tests)
