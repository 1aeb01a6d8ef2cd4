#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The rstack authors
"""Fragments of both families: large pings of the kernel, segments, and what is missing."""
import random
import struct

from e2e import ECHO, SERVER, SERVER6, Rstack, Tap6, equal, run, sh, until
from packets import ACK, ICMP, ICMPV6, PSH, TCP, UDP, Wire, fragments, tcp

BOTH = f'{SERVER}/24, {SERVER6}/64'
PEERS = (('192.0.2.66', SERVER), ('2001:db8::66', SERVER6))


def rstack_of_both(**options):
    """rstack with an address of each family, which are in use."""
    rstack = Rstack(ECHO, address=BOTH, path=Tap6(), port='dad_transmits = 0', **options)
    until(lambda: sh('ping', '-6', '-c', '1', '-W', '1', SERVER6, check=False).returncode == 0,
          'the address is in use')
    return rstack


def drops(rstack):
    """The counters of dropped fragments that are not 0."""
    return {name: n for name, n in rstack.ask('/rstack/drop').items()
            if name.startswith(('fragment', 'ip_fragment')) and n > 0}


def large_ping_is_answered():
    """The kernel fragments the request and checks each byte of the reply."""
    with rstack_of_both() as rstack:
        before = rstack.stats()
        for address in (SERVER, SERVER6):
            for size in (1500, 2000, 4000, 8000, 11000):
                result = sh('ping', '-c', '2', '-i', '0.2', '-W', '10', '-s', str(size), address)
                assert '2 received, 0% packet loss' in result.stdout, result.stdout
                assert 'wrong data byte' not in result.stdout, result.stdout
        stats = rstack.stats()
        equal(stats['reassembled'] - before['reassembled'], 20)
        equal(stats['echo_replies'] - before['echo_replies'], 20)
        equal(stats['tx_fragments'], stats['rx_fragments'])
        equal(drops(rstack), {})
        # more than 8 fragments
        result = sh('ping', '-c', '1', '-W', '1', '-s', '20000', SERVER, check=False)
        equal(result.returncode, 1)
        assert drops(rstack)['fragment_many'] > 8, drops(rstack)
        equal(rstack.stats()['used_fragments'], 0)


def segments_in_fragments_are_echoed():
    """A peer behind a router with a small MTU, which fragments: its data comes back."""
    data = random.Random(3).randbytes(1200)
    with rstack_of_both() as rstack, Wire(rstack) as wire:
        for peer, server in PEERS:
            nxt = wire.open(peer, server, 30000)
            segment = tcp(peer, server, 30000, 7, 1001, nxt, PSH | ACK, data)
            parts = fragments(TCP, peer, server, segment, 7, 304)
            for part in parts[::-1]:
                wire.send(part)
            equal(wire.data(30000, nxt, len(data)), data)
            wire.reset(peer, server, 30000, 1001 + len(data))
        equal(rstack.stats()['resets_sent'], 0)
        equal(rstack.stats()['reassembled'], 2)
        equal(drops(rstack), {})


def large_udp_is_refused():
    """A closed UDP port answers a datagram of 5,000 bytes with port unreachable."""
    with rstack_of_both() as rstack, Wire(rstack) as wire:
        peer, server = PEERS[0]
        datagram = struct.pack('!HHHH', 4000, 4001, 5008, 0) + bytes(5000)
        for part in fragments(UDP, peer, server, datagram, 9, 1480):
            wire.send(part)
        answer = wire.receive(lambda d: d[9] == ICMP and d, 'port unreachable')
        equal(answer[20:22], b'\x03\x03')
        equal(rstack.stats()['icmp_unreachables'], 1)


def missing_fragments_are_reported():
    """[worker] reassembly_timeout: time exceeded, code 1, if the first fragment came."""
    with rstack_of_both(worker='reassembly_timeout = 1s') as rstack, Wire(rstack) as wire:
        # protocol, echo request, time exceeded, length of the IP header, its protocol field
        families = ((ICMP, b'\x08', b'\x0b\x01', 20, 9), (ICMPV6, b'\x80', b'\x03\x01', 40, 6))
        for (peer, server), (proto, echo, error, header, at) in zip(PEERS, families):
            parts = fragments(proto, peer, server, echo + bytes(2999), 5, 1000)
            wire.send(parts[0])
            wire.send(parts[2])
            answer = wire.receive(lambda d, at=at, proto=proto: d[at] == proto and d,
                                  'time exceeded')
            equal(answer[header:header + 2], error)
            quoted = answer[header + 8:]
            equal(quoted, parts[0][:len(quoted)])
        equal(rstack.stats()['reassembly_timeouts'], 2)
        equal(rstack.stats()['time_exceeded'], 2)
        equal(drops(rstack), {'fragment_timeout': 2})
        equal(rstack.stats()['used_fragments'], 0)


def fragments_can_be_refused():
    """[worker] max_fragments = 0: they are dropped and counted."""
    with rstack_of_both(worker='max_fragments = 0') as rstack:
        result = sh('ping', '-c', '1', '-W', '1', '-s', '2000', SERVER, check=False)
        equal(result.returncode, 1)
        equal(drops(rstack), {'ip_fragment': 2})


def fragments_reach_the_worker_of_their_connection():
    """
    The kernel hashes fragments by their addresses only, so those of each connection arrive at
    one worker; the datagram is handed over to the worker that has the connection.
    """
    count = 24
    with rstack_of_both(lcores='0@0,1@0,2@1') as rstack, Wire(rstack) as wire:
        for peer, server in PEERS:
            nxt = {sport: wire.open(peer, server, sport)
                   for sport in range(30000, 30000 + count)}
            for sport, number in nxt.items():
                data = random.Random(sport).randbytes(1000)
                segment = tcp(peer, server, sport, 7, 1001, number, PSH | ACK, data)
                for part in fragments(TCP, peer, server, segment, sport, 504):
                    wire.send(part)
                equal(wire.data(sport, number, len(data)), data)
                wire.reset(peer, server, sport, 1001 + len(data))
        stats = rstack.stats()
        equal(stats['reassembled'], 2 * count)
        equal(stats['resets_sent'], 0)
        assert stats['handed_over'] > 0, stats
        equal(drops(rstack), {})


if __name__ == '__main__':
    run([
        large_ping_is_answered,
        segments_in_fragments_are_echoed,
        large_udp_is_refused,
        missing_fragments_are_reported,
        fragments_can_be_refused,
        fragments_reach_the_worker_of_their_connection,
    ], one_family='each test has the addresses of the family that it is about, or of both')
