#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The rstack authors
"""TIME-WAIT (RFC 9293 3.6.1, RFC 6191): a port that is used again while the old one waits."""
import time

from e2e import (ECHO, Rstack, client, connect, connect_from, echoes, equal, listen, named,
                 receive_all, run, server, sysctl, until)

# which closes first when it is asked to
CONFIG = listen('web', 80, 'http', body=1000) + ECHO
LONG = '10s'
REQUEST = b'GET / HTTP/1.1\r\nHost: e2e\r\nConnection: close\r\n\r\n'
TIMES = 50


def visit(sock):
    """One request; the answer, after which rstack closes, and then the client."""
    sock.sendall(REQUEST)
    answer = receive_all(sock)
    sock.close()
    assert answer.startswith(b'HTTP/1.1 200 ') and len(answer) > 1000, answer


def state(rstack, own, port=80):
    """Of a connection, or None."""
    shown = rstack.ask(f'/rstack/conn/show,{named(server(), port)},{named(client(), own)}')
    return shown.get('state')


def reuse():
    """The client's port, over and over, while rstack has it in TIME-WAIT; the counters."""
    with Rstack(CONFIG, msl=LONG) as rstack:
        sock = connect(80)
        own = sock.getsockname()[1]
        begin = time.monotonic()
        visit(sock)
        for _ in range(TIMES):
            until(lambda: state(rstack, own) == 'TIME_WAIT', 'rstack closed first')
            visit(connect_from(own, 80))
        took = time.monotonic() - begin
        until(lambda: state(rstack, own) == 'TIME_WAIT', 'the last FIN has arrived')
        stats = rstack.stats()
        equal(stats['established'], TIMES + 1)
        equal(stats['time_waits'], TIMES + 1)
        equal(stats['reopened'], TIMES)
        equal(stats['resets_sent'], 0)
        equal(stats['resets_received'], 0)
        # A SYN that is not taken would be sent again after a second.
        assert took < TIMES / 2, f'{TIMES} connections took {took} s'
        rstack.kill()


def a_port_is_reused_by_timestamps():
    """RFC 6191 2: a later timestamp; each is accepted at once."""
    sysctl(tcp_timestamps=1)
    reuse()


def a_port_is_reused_by_sequence_numbers():
    """RFC 9293 3.6.1, MAY-2: without timestamps, a larger initial sequence number."""
    sysctl(tcp_timestamps=0)
    try:
        reuse()
    finally:
        sysctl(tcp_timestamps=1)


def a_port_is_reused_after_timestamps_stopped():
    """RFC 6191 2: had timestamps, has none now: the sequence number decides; and back again."""
    with Rstack(CONFIG, msl=LONG) as rstack:
        sock = connect(80)
        own = sock.getsockname()[1]
        visit(sock)
        try:
            for times in range(6):
                sysctl(tcp_timestamps=times % 2)
                until(lambda: state(rstack, own) == 'TIME_WAIT', 'rstack closed first')
                visit(connect_from(own, 80))
        finally:
            sysctl(tcp_timestamps=1)
        equal(rstack.stats()['reopened'], 6)
        rstack.kill()


def time_wait_ends_after_two_msl():
    """MUST-13: 2 MSL, then nothing is left of it; and its port starts anew."""
    with Rstack(CONFIG, msl='1s') as rstack:
        sock = connect(80)
        own = sock.getsockname()[1]
        visit(sock)
        until(lambda: state(rstack, own) == 'TIME_WAIT', 'TIME-WAIT')
        begin = time.monotonic()
        until(lambda: state(rstack, own) is None, 'TIME-WAIT ends', 10)
        took = time.monotonic() - begin
        assert 1.5 < took < 5, f'TIME-WAIT took {took} s'
        visit(connect_from(own, 80))
        equal(rstack.stats()['reopened'], 0)


def who_closes_second_does_not_wait():
    """The kernel closes first and has TIME-WAIT; rstack forgets at once; the port works again."""
    sysctl(tcp_tw_reuse=1)
    with Rstack(CONFIG, msl=LONG) as rstack:
        sock = connect_from(0, 7)
        own = sock.getsockname()[1]
        for _ in range(3):
            echoes(sock)
            sock.close()
            until(lambda: rstack.ask('/rstack/tcp/states')['LAST_ACK'] == 0 and
                  state(rstack, own, 7) is None, 'rstack has forgotten it')
            # the kernel leaves TIME-WAIT only where its timestamp is a second further
            time.sleep(1.1)
            sock = connect_from(own, 7)
        sock.close()
        equal(rstack.stats()['time_waits'], 0)
        equal(rstack.stats()['established'], 4)


def many_in_time_wait_cost_no_connection():
    """2000 in TIME-WAIT, and all of their ports are good for another."""
    with Rstack(CONFIG, msl=LONG) as rstack:
        ports = []
        for _ in range(2000):
            sock = connect(80)
            ports.append(sock.getsockname()[1])
            visit(sock)
        until(lambda: rstack.ask('/rstack/tcp/states')['TIME_WAIT'] == len(set(ports)),
              'all are in TIME-WAIT')
        before = rstack.stats()['reopened']
        for own in set(ports):
            visit(connect_from(own, 80))
        equal(rstack.stats()['reopened'] - before, len(set(ports)))
        equal(rstack.stats()['resets_sent'], 0)
        rstack.kill()


if __name__ == '__main__':
    tests = [
        a_port_is_reused_by_timestamps,
        a_port_is_reused_by_sequence_numbers,
        a_port_is_reused_after_timestamps_stopped,
        time_wait_ends_after_two_msl,
        who_closes_second_does_not_wait,
        many_in_time_wait_cost_no_connection,
    ]
    run(tests, both=tests)
