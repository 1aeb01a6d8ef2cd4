#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The rstack authors
"""Resets as the kernel sees them, and what rstack says of each."""
import contextlib
import errno
import socket
import time

from e2e import (CHARGEN, DISCARD, ECHO, Bridge, Rstack, abort_at_close, client, connect, echoes,
                 equal, listen, named, raises, receive, receive_all, run, server, sh, tcp_socket,
                 until)

CONFIG = (ECHO + DISCARD + CHARGEN + listen('web', 80, 'http') + listen('reset', 90) +
          listen('later', 91, 'reset', reset_after=1000) +
          '[closed quiet]\nport = 1000-1999\nanswer = drop\n' +
          listen('lingers', 92, 'echo', linger=0))


def closed_ports_refuse_at_once():
    """1,000 of them, each ECONNREFUSED, each counted under its reason."""
    with Rstack(CONFIG) as rstack:
        begin = time.monotonic()
        for port in range(2000, 3000):
            raises(errno.ECONNREFUSED, connect, port)
        took = time.monotonic() - begin
        assert took < 10, f'1000 refusals took {took} s'
        sent = rstack.ask('/rstack/reset/sent')
        equal(sent.pop('no_listener'), 1000)
        assert not any(sent.values()), sent


def resets_are_limited():
    """20 SYNs at once, 5 resets a second; the kernel retransmits the others until it has one."""
    with Rstack(CONFIG + '[limits]\nresets_per_second = 5\n') as rstack, \
            contextlib.ExitStack() as stack:
        for port in range(2000, 2020):
            sock = stack.enter_context(tcp_socket())
            sock.setblocking(False)
            sock.connect_ex((server(), port))
        until(lambda: rstack.stats()['resets_limited'] >= 10, 'resets are withheld')
        until(lambda: rstack.stats()['resets_sent'] >= 8, 'later ones are sent')
        sent = rstack.ask('/rstack/reset/sent')
        limited = rstack.ask('/rstack/reset/limited')
        equal((limited['listener'], limited['source']), (0, 0))
        assert sent['no_listener'] < 20, sent
        # other segments are none of it
        with connect(7) as sock:
            echoes(sock)


def nc_says_refused():
    """What the quick start shows."""
    with Rstack(CONFIG):
        result = sh('nc', '-v', '-w', '5', server(), '99', check=False)
        equal(result.returncode, 1)
        assert 'Connection refused' in result.stderr, result.stderr


def service_that_resets_at_once():
    """ECONNRESET, no data, no end of stream."""
    with Rstack(CONFIG) as rstack:
        def visit():
            # the reset may be there before connect() has returned
            with connect(90) as sock:
                sock.recv(1)
        for _ in range(20):
            raises(errno.ECONNRESET, visit)
        equal(rstack.ask('/rstack/reset/sent')['service_abort'], 20)


def service_that_resets_after_bytes():
    """Not before the thousandth byte."""
    with Rstack(CONFIG) as rstack:
        with connect(91) as sock:
            sock.sendall(bytes(999))
            time.sleep(0.3)
            equal(rstack.ask('/rstack/reset/sent')['service_abort'], 0)
            sock.sendall(b'x')
            raises(errno.ECONNRESET, sock.recv, 1)
        equal(rstack.ask('/rstack/reset/sent')['service_abort'], 1)


def silent_ports_say_nothing():
    """answer = drop: no reset, no connection, one counter."""
    with Rstack(CONFIG) as rstack:
        try:
            connect(1500, seconds=1.5)
            raise AssertionError('it connected')
        except socket.timeout:
            pass
        assert rstack.ask('/rstack/drop')['closed_drop'] >= 2  # the SYN and its repetition
        equal(rstack.stats()['resets_sent'], 0)
        raises(errno.ECONNREFUSED, connect, 2000)


def everything_closed_and_silent():
    """[tcp] closed = drop holds for all ports that nobody listens on."""
    with Rstack('closed = drop\n' + CONFIG) as rstack:
        try:
            connect(2000, seconds=0.5)
            raise AssertionError('it connected')
        except socket.timeout:
            pass
        equal(rstack.stats()['resets_sent'], 0)
        with connect(7) as sock:
            sock.sendall(b'still there')
            equal(receive(sock, 11), b'still there')


def client_that_resets():
    """A reset by the kernel is believed and ends the connection."""
    with Rstack(CONFIG) as rstack:
        for _ in range(20):
            sock = connect(7)
            sock.sendall(b'x')
            receive(sock, 1)
            abort_at_close(sock)
            sock.close()
        until(lambda: rstack.stats()['aborted'] == 20, 'all are aborted')
        equal(rstack.ask('/rstack/reset/received')['accepted'], 20)
        equal(rstack.stats()['resets_sent'], 0)


def client_aborts_an_upload():
    """In the middle of a stream, from or to rstack: believed, told once, and nothing is left."""
    for port in (7, 9, 80, 7, 9, 80):
        with Rstack(CONFIG) as rstack:
            sock = connect(port)
            abort_at_close(sock)
            sock.setblocking(False)
            if port == 80:
                sock.send(b'GET / HTTP/1.1\r\nHost: e2e\r\nContent-Length: 1000000\r\n\r\n')
            with contextlib.suppress(BlockingIOError):
                # what echo sends back is not read: the windows close
                for _ in range(10 if port == 80 else 1000):
                    sock.send(bytes(65536))
            sock.close()
            rstack.wait_empty()
            equal(rstack.stats()['aborted'], 1)
            received = rstack.ask('/rstack/reset/received')
            equal(received.pop('accepted'), 1)
            equal(received['out_of_window'], 0)
            equal(rstack.stats()['resets_sent'], 0)


def client_aborts_with_data_lost():
    """RFC 5961 3.2: its reset lies beyond RCV.NXT: challenged, then believed."""
    path = Bridge()
    with Rstack(CONFIG, path=path) as rstack:
        sock = connect(7)
        echoes(sock)
        with path.rules('meta length > 500 drop', 'accept'):
            sock.sendall(bytes(10000))
            abort_at_close(sock)
            sock.close()
            rstack.wait_empty()
        received = rstack.ask('/rstack/reset/received')
        equal((received['challenged'], received['accepted']), (1, 1))
        equal(rstack.stats()['challenge_acks'], 1)
        equal(rstack.stats()['aborted'], 1)
        equal(rstack.stats()['resets_sent'], 0)


def bytes_before_a_reset_are_read_first():
    """What rstack sent before it aborted is the application's, then comes ECONNRESET, once."""
    with Rstack(CONFIG) as rstack:
        sock = connect(19)
        own = sock.getsockname()[1]
        receive(sock, 1 << 20)
        until(lambda: rstack.stats()['window_probes'] > 0, 'the window is closed')
        ends = f'{named(server(), 19)},{named(client(), own)}'
        equal(rstack.ask(f'/rstack/conn/kill,{ends}'), {'killed': 1})
        until(lambda: 'ESTAB' not in sh('ss', '-tnH', 'sport', '=', f':{own}').stdout,
              'the kernel knows')
        got = receive(sock, 16384)
        equal(len(set(got)) > 90, True)
        raises(errno.ECONNRESET, receive_all, sock)
        equal(sock.recv(1), b'')
        sock.close()


def recent_resets_are_told():
    """Time, tuple and reason, newest first, in pages."""
    with Rstack(CONFIG) as rstack:
        ports = []
        for port in range(2000, 2010):
            with tcp_socket() as sock:
                sock.bind((client(), 0))
                ports.append((port, sock.getsockname()[1]))
                raises(errno.ECONNREFUSED, sock.connect, (server(), port))
        expected = [f'{named(server(), port)} {named(client(), own)} CLOSED'
                    for port, own in reversed(ports)]
        recent = rstack.ask('/rstack/reset/recent')
        equal(len(recent), 10)
        for line, part in zip(recent, expected):
            assert f' sent no_listener {part} seq=0 ack=' in line, (line, part)
        page = rstack.ask('/rstack/reset/recent,3,2')
        equal([line.split(' ', 1)[1] for line in page],
              [line.split(' ', 1)[1] for line in recent[3:5]])
        equal(rstack.ask('/rstack/reset/recent,10'), [])


def operator_kills_a_connection():
    """/rstack/conn/kill: the peer sees ECONNRESET, the reason is `killed`."""
    with Rstack(CONFIG) as rstack:
        with connect(7) as sock:
            sock.sendall(b'x')
            receive(sock, 1)
            own = sock.getsockname()[1]
            name = f'{named(server(), 7)},{named(client(), own)}'
            equal(rstack.ask(f'/rstack/conn/show,{name}')['state'], 'ESTABLISHED')
            equal(rstack.ask(f'/rstack/conn/kill,{name}'), {'killed': 1})
            raises(errno.ECONNRESET, sock.recv, 1)
            equal(rstack.ask(f'/rstack/conn/show,{name}'),
                  {'error': 'there is no such connection'})
            equal(rstack.ask(f'/rstack/conn/kill,{name}'), {'killed': 0})
        equal(rstack.ask('/rstack/reset/sent')['killed'], 1)


def linger_zero_is_an_abort():
    """A service that closes with linger 0 resets (RFC 9293 3.10.5)."""
    with Rstack(CONFIG) as rstack:
        with connect(92) as sock:
            sock.sendall(b'x')
            receive(sock, 1)
            sock.shutdown(socket.SHUT_WR)
            raises(errno.ECONNRESET, sock.recv, 1)
        equal(rstack.ask('/rstack/reset/sent')['linger'], 1)


if __name__ == '__main__':
    tests = [
        closed_ports_refuse_at_once,
        resets_are_limited,
        nc_says_refused,
        service_that_resets_at_once,
        service_that_resets_after_bytes,
        silent_ports_say_nothing,
        everything_closed_and_silent,
        client_that_resets,
        recent_resets_are_told,
        operator_kills_a_connection,
        linger_zero_is_an_abort,
        client_aborts_an_upload,
        client_aborts_with_data_lost,
        bytes_before_a_reset_are_read_first,
    ]
    run(tests, both=tests)
