#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The rstack authors
"""Two workers on a TAP with two queues: nothing shared, nothing lost."""
import random
import socket
import struct

from e2e import SERVER, TAP, Rstack, connect, echoes_on_many, equal, receive, run, until

TWO = '0@0,1@0,2@1'


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


def checksum(data):
    """The Internet checksum (RFC 1071)."""
    total = sum(struct.unpack(f'!{len(data) // 2}H', data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def ipv4(proto, src, dst, payload):
    """An IPv4 datagram."""
    header = struct.pack('!BBHHHBBH4s4s', 0x45, 0, 20 + len(payload), 0, 0, 64, proto, 0,
                         socket.inet_aton(src), socket.inet_aton(dst))
    return header[:10] + struct.pack('!H', checksum(header)) + header[12:] + payload


def syn(sport, src):
    """A SYN to the echo service."""
    header = struct.pack('!HHIIBBHHH', sport, 7, 1000, 0, 0x50, 2, 1000, 0, 0)
    pseudo = socket.inet_aton(src) + socket.inet_aton(SERVER) + struct.pack('!HH', 6, 20)
    return header[:16] + struct.pack('!H', checksum(pseudo + header)) + header[18:]


def icmp_errors_reach_the_worker_of_their_connection():
    """Errors of one router about half-open connections of both workers: each is taken."""
    peer, router, count = '192.0.2.66', '192.0.2.77', 32
    with Rstack(lcores=TWO) as rstack, \
         socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3)) as wire:
        wire.bind((TAP, 0))
        wire.settimeout(10)
        mac = bytes.fromhex(rstack.ask('/rstack/port/info,0')['mac'].replace(':', ''))
        ether = mac + bytes.fromhex('020000000042') + b'\x08\x00'
        for sport in range(30000, 30000 + count):
            wire.send(ether + ipv4(6, peer, SERVER, syn(sport, peer)))
        quoted = {}
        while len(quoted) < count:
            frame = wire.recv(2000)
            if frame[6:12] == mac and frame[23] == 6 and frame[47] == 0x12:
                quoted[frame[36:38]] = frame[14:42]
        for quote in quoted.values():
            # protocol unreachable: it ends an open
            message = b'\x03\x02' + bytes(6) + quote
            message = message[:2] + struct.pack('!H', checksum(message)) + message[4:]
            wire.send(ether + ipv4(1, router, SERVER, message))
        until(lambda: rstack.stats()['icmp_taken'] == count, 'each error is taken')
        stats = rstack.stats()
        equal(stats['icmp_stale'], 0)
        equal(stats['icmp_errors'], count + stats['handed_over'])
        assert stats['handed_over'] > 0, stats


if __name__ == '__main__':
    run([
        both_workers_serve,
        connections_of_both_are_found,
        heavy_use_of_both,
        icmp_errors_reach_the_worker_of_their_connection,
    ])
