#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The rstack authors
"""Two workers on a TAP with two queues: nothing shared, nothing lost."""
import random
import struct

from e2e import (ECHO, SERVER, SERVER6, Rstack, Tap6, connect, echoes_on_many, equal, receive, run,
                 sh, until)
from packets import ACK, ICMP, ICMPV6, PSH, SYN, TCP, Wire, icmp, ip, is_ipv6, tcp

TWO = '0@0,1@0,2@1'


def rstack_of_both():
    """Two workers with an address of each family, which are in use."""
    rstack = Rstack(ECHO, lcores=TWO, address=f'{SERVER}/24, {SERVER6}/64', path=Tap6(),
                    port='dad_transmits = 0')
    until(lambda: sh('ping', '-6', '-c', '1', '-W', '1', SERVER6, check=False).returncode == 0,
          'the address is in use')
    return rstack


def lcores(rstack):
    """The counters of each worker."""
    return [rstack.ask(f'/rstack/lcore/stats,{lcore}')
            for lcore in rstack.ask('/rstack/lcore/list')]


def both_workers_serve():
    """The kernel spreads 400 connections over the queues and keeps each where it is."""
    data = random.Random(8).randbytes(5000)
    with Rstack(lcores=TWO) as rstack:
        equal(rstack.ask('/rstack/lcore/list'), [1, 2])
        for _ in range(400):
            with connect(7) as sock:
                sock.sendall(data)
                equal(receive(sock, len(data)), data)
        rstack.wait_empty()
        for worker in lcores(rstack):
            assert worker['rx_bursts'] > 50, lcores(rstack)
        stats = rstack.stats()
        equal(stats['established'], 400)
        equal(stats['closed'], 400)
        equal(stats['rx_data_bytes'], 400 * 5000)
        equal(stats['resets_sent'], 0)


def connections_of_both_are_found():
    """/rstack/conn/show and kill ask each worker."""
    with Rstack(lcores=TWO) as rstack:
        socks = [connect(7) for _ in range(40)]
        names = [f'{SERVER}:7,{host}:{port}'
                 for host, port in (sock.getsockname() for sock in socks)]
        for name in names:
            equal(rstack.ask(f'/rstack/conn/show,{name}')['state'], 'ESTABLISHED')
        for name in names[:20]:
            equal(rstack.ask(f'/rstack/conn/kill,{name}'), {'killed': 1})
        equal(rstack.ask('/rstack/reset/sent')['killed'], 20)
        recent = rstack.ask('/rstack/reset/recent')
        equal(len(recent), 20)
        ages = [-float(line.split()[0]) for line in recent]
        equal(ages, sorted(ages), 'newest first over both workers')
        for sock in socks:
            sock.close()


def heavy_use_of_both():
    """16 streams of 2 MB at once, every byte compared."""
    with Rstack(lcores=TWO) as rstack:
        echoes_on_many(16, 2000000)
        until(lambda: rstack.stats()['rx_data_bytes'] == 16 * 2000000, 'all bytes are counted')


def errors_reach_the_worker_of_their_connection(peer, router, server, error):
    """
    Errors of one router about half-open connections of both workers: each is taken. RSS hashes
    the router's address, so all errors arrive at one worker.
    """
    count = 32
    header, proto = (40, ICMPV6) if is_ipv6(peer) else (20, ICMP)
    with rstack_of_both() as rstack, Wire(rstack) as wire:
        before = rstack.stats()
        for sport in range(30000, 30000 + count):
            wire.send(ip(TCP, peer, server, tcp(peer, server, sport, 7, 1000, 0, SYN)))
        quoted = {}
        while len(quoted) < count:
            answer = wire.segment(lambda s: s.flags == SYN | ACK, 'the SYN-ACKs')
            quoted[answer.dport] = answer.datagram[:header + 8]
        for quote in quoted.values():
            wire.send(ip(proto, router, server, icmp(router, server, *error, bytes(4) + quote)))
        until(lambda: rstack.stats()['icmp_taken'] == count, 'each error is taken')
        stats = rstack.stats()
        equal(stats['icmp_stale'], 0)
        equal(stats['icmp_errors'], count + stats['handed_over'] - before['handed_over'])
        assert stats['handed_over'] > before['handed_over'], stats


def icmp_errors_reach_the_worker_of_their_connection():
    """Protocol unreachable ends an open."""
    errors_reach_the_worker_of_their_connection('192.0.2.66', '192.0.2.77', SERVER, (3, 2))


def icmp6_errors_reach_the_worker_of_their_connection():
    """Port unreachable ends an open."""
    errors_reach_the_worker_of_their_connection('2001:db8::66', '2001:db8::77', SERVER6, (1, 4))


def too_big_reaches_the_worker_of_its_connection(peer, router, server, error, mtu):
    """Packet too big about data in flight of both workers lowers the MSS of each connection."""
    count = 16
    header, proto = (40, ICMPV6) if is_ipv6(peer) else (20, ICMP)
    data = bytes(1300)
    with rstack_of_both() as rstack, Wire(rstack) as wire:
        before = rstack.stats()['handed_over']
        ports = range(31000, 31000 + count)
        for sport in ports:
            nxt = wire.open(peer, server, sport)
            wire.send(ip(TCP, peer, server, tcp(peer, server, sport, 7, 1001, nxt, PSH | ACK,
                                                data)))
            answer = wire.segment(lambda s, port=sport: s.dport == port and s.data, 'the echo')
            equal(len(answer.data), len(data))
            quote = answer.datagram[:header + 8]
            wire.send(ip(proto, router, server,
                         icmp(router, server, *error, struct.pack('!I', mtu) + quote)))
        until(lambda: rstack.stats()['mss_lowered'] == count, 'each MSS is lowered')
        assert rstack.stats()['handed_over'] > before, rstack.stats()
        for sport in ports:
            wire.reset(peer, server, sport, 1001 + len(data))


def too_big_lowers_the_mss_on_both_workers():
    """Fragmentation needed (RFC 1191)."""
    too_big_reaches_the_worker_of_its_connection('192.0.2.66', '192.0.2.77', SERVER, (3, 4), 1000)


def too_big_of_ipv6_lowers_the_mss_on_both_workers():
    """Packet too big (RFC 8201)."""
    too_big_reaches_the_worker_of_its_connection('2001:db8::66', '2001:db8::77', SERVER6, (2, 0),
                                                 1280)


if __name__ == '__main__':
    run([
        both_workers_serve,
        connections_of_both_are_found,
        heavy_use_of_both,
        icmp_errors_reach_the_worker_of_their_connection,
        icmp6_errors_reach_the_worker_of_their_connection,
        too_big_lowers_the_mss_on_both_workers,
        too_big_of_ipv6_lowers_the_mss_on_both_workers,
    ])
