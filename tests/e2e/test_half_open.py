#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The rstack authors
"""Half-open connections (RFC 9293 3.5.1): one side crashed, and came back or did not."""
import errno
import socket
import time

from e2e import (CHARGEN, DISCARD, ECHO, PATIENCE, TAP, Rstack, client, connect, connect_from,
                 crash, echoes, equal, listen, named, raises, receive, run, server, sh, tcp_socket,
                 until)

CONFIG = ECHO + DISCARD + CHARGEN + listen('alive', 70, 'echo', keepalive='yes')
SHORT_KEEPALIVE = """
keepalive_time = 300ms
keepalive_interval = 100ms
keepalive_probes = 3
"""


def open_echo(port=7):
    """An idle connection that has been used; and the client's port."""
    sock = connect(port)
    echoes(sock)
    return sock, sock.getsockname()[1]


def show(rstack, own, port=7):
    """What rstack knows of a connection."""
    return rstack.ask(f'/rstack/conn/show,{named(server(), port)},{named(client(), own)}')


def ended_by_the_peers_reset(rstack):
    """
    One connection is gone, by one reset that was believed. What else was in flight has its
    reset, too, which finds no connection; none was sent.
    """
    until(lambda: rstack.stats()['aborted'] == 1, 'the half-open connection is gone')
    received = rstack.ask('/rstack/reset/received')
    equal(received.pop('accepted'), 1)
    del received['ignored_listen']
    equal(sum(received.values()), 0, received)
    equal(rstack.stats()['resets_sent'], 0)


def our_data_finds_it():
    """3.5.1, figure 10: data for a connection that the peer forgot is answered by a reset."""
    with Rstack(CONFIG) as rstack:
        with tcp_socket() as sock:
            # small enough that rstack waits for the window
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16384)
            sock.connect((server(), 19))
            until(lambda: rstack.stats()['window_probes'] > 0, 'the window is closed')
            crash(sock)
        ended_by_the_peers_reset(rstack)


def data_in_flight_finds_it():
    """The same in the middle of a stream."""
    with Rstack(CONFIG) as rstack:
        with connect(19) as sock:
            receive(sock, 1 << 20)
            crash(sock)
        until(lambda: rstack.stats()['aborted'] == 1, 'the connection is gone')
        # what was in flight is answered one by one; what came after the first has no connection
        equal(rstack.ask('/rstack/reset/received')['accepted'], 1)
        equal(rstack.stats()['resets_sent'], 0)


def a_syn_of_the_peer_finds_it():
    """3.5.1, figure 9, with RFC 5961 4: SYN, challenge ACK, reset, SYN again, ESTABLISHED."""
    with Rstack(CONFIG) as rstack:
        sock, own = open_echo()
        crash(sock)
        begin = time.monotonic()
        with connect_from(own, 7) as again:
            # the kernel sends its SYN again after 1 s
            assert time.monotonic() - begin < 5, 'it took long'
            echoes(again)
            ended_by_the_peers_reset(rstack)
            equal(rstack.stats()['established'], 2)
            assert rstack.stats()['challenge_acks'] >= 1, rstack.stats()


def a_syn_from_another_mac_finds_it():
    """The same with a host that is back with another MAC, which rstack asks for."""
    with Rstack(CONFIG) as rstack:
        sock, own = open_echo()
        crash(sock)
        sh('ip', 'link', 'set', TAP, 'address', '02:00:00:00:00:99')
        with connect_from(own, 7) as again:
            echoes(again)
            ended_by_the_peers_reset(rstack)
            equal(rstack.stats()['established'], 2)


def a_syn_finds_one_that_waits_for_a_window():
    """The same with data queued both ways in rstack."""
    with Rstack(CONFIG) as rstack:
        filled = tcp_socket()
        filled.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16384)
        filled.connect((server(), 7))
        filled.setblocking(False)
        quiet = time.monotonic() + 0.5
        while time.monotonic() < quiet:
            try:
                filled.send(bytes(65536))
                quiet = time.monotonic() + 0.5
            except BlockingIOError:
                time.sleep(0.01)
        own = filled.getsockname()[1]
        crash(filled)
        with connect_from(own, 7) as again:
            echoes(again)
        until(lambda: rstack.stats()['aborted'] == 1, 'the half-open connection is gone')
        equal(rstack.stats()['resets_sent'], 0)


def keepalive_finds_a_peer_that_came_back():
    """3.8.4: the probe of an idle connection is answered by a reset."""
    with Rstack(SHORT_KEEPALIVE + CONFIG) as rstack:
        sock, _ = open_echo(70)
        crash(sock)
        ended_by_the_peers_reset(rstack)
        equal(rstack.stats()['keepalive_probes'], 1)


def keepalive_finds_a_peer_that_stays_away():
    """3.8.4: as many probes as the configuration says, then rstack resets."""
    with Rstack(SHORT_KEEPALIVE + CONFIG) as rstack:
        sock, own = open_echo(70)
        sh('ip', 'link', 'set', TAP, 'down')
        until(lambda: rstack.stats()['aborted'] == 1, 'the connection is given up')
        equal(rstack.stats()['keepalive_probes'], 3)
        sent = rstack.ask('/rstack/reset/sent')
        equal(sent.pop('keepalive'), 1)
        equal(sum(sent.values()), 0, sent)
        # the peer is back, with its connection: its data is answered by a reset (3.5.2)
        sh('ip', 'link', 'set', TAP, 'up')
        equal(show(rstack, own, 70), {'error': 'there is no such connection'})
        sock.sendall(b'I was only away')
        raises(errno.ECONNRESET, sock.recv, 1)
        sock.close()


def keepalive_leaves_a_living_peer():
    """An idle peer answers its probes, and stays."""
    with Rstack(SHORT_KEEPALIVE + CONFIG) as rstack:
        sock, own = open_echo(70)
        until(lambda: rstack.stats()['keepalive_probes'] >= 6, 'twice the limit')
        equal(show(rstack, own, 70)['state'], 'ESTABLISHED')
        echoes(sock)
        sock.close()


def retransmission_gives_up():
    """3.8.3: a peer that is away while data is in flight costs R2, not for ever."""
    with Rstack('r1 = 1\nr2 = 2s\n' + CONFIG) as rstack:
        sock = connect(19)
        receive(sock, 1 << 20)
        sh('ip', 'link', 'set', TAP, 'down')
        until(lambda: rstack.stats()['aborted'] == 1, 'the connection is given up')
        equal(rstack.ask('/rstack/reset/sent')['rtx_limit'], 1)
        sh('ip', 'link', 'set', TAP, 'up')
        sock.close()


def an_rstack_that_restarts_knows_nothing():
    """3.5.1, figure 10 from the other side: the peer's data is reset; its port works again."""
    with Rstack(CONFIG) as first:
        idle, idle_port = open_echo()
        sending = connect(9)
        sending.sendall(bytes(100000))
        sending_port = sending.getsockname()[1]
        first.kill()
    # into the void: it will be retransmitted
    sending.sendall(b'x' * 1000)
    with Rstack(CONFIG) as second:
        idle.settimeout(PATIENCE)
        idle.sendall(b'still there?')
        raises(errno.ECONNRESET, idle.recv, 1)
        sending.settimeout(PATIENCE)
        raises(errno.ECONNRESET, sending.recv, 1)
        sent = second.ask('/rstack/reset/sent')
        # 3.10.7.2: to the rstack of today this is an ACK in LISTEN; each segment has its reset,
        # and the kernel may send a retransmission and a probe before the first one is there
        assert sent.pop('listen_bad_ack') >= 2, second.ask('/rstack/reset/sent')
        equal(sum(sent.values()), 0, sent)
        for sock, own, port in ((idle, idle_port, 7), (sending, sending_port, 9)):
            sock.close()
            with connect_from(own, port) as again:
                again.sendall(b'hello')
                if port == 7:
                    equal(receive(again, 5), b'hello')


if __name__ == '__main__':
    tests = [
        our_data_finds_it,
        data_in_flight_finds_it,
        a_syn_of_the_peer_finds_it,
        a_syn_from_another_mac_finds_it,
        a_syn_finds_one_that_waits_for_a_window,
        keepalive_finds_a_peer_that_came_back,
        keepalive_finds_a_peer_that_stays_away,
        keepalive_leaves_a_living_peer,
        retransmission_gives_up,
        an_rstack_that_restarts_knows_nothing,
    ]
    run(tests, both=tests)
