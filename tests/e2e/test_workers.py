#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The rstack authors
"""Two workers on a TAP with two queues, and with one: nothing lost, no connection elsewhere."""
import http.server
import random
import re
import struct
import threading

from e2e import (CLIENT, ECHO, PATIENCE, SERVER, SERVER6, SERVICES, Rstack, Tap6, connect, echoes,
                 echoes_on_many, equal, listen, raises, receive, receive_all, run, sh, until, url)
from load import expect, kernel_tap, load
from packets import (ACK, ICMP, ICMPV6, PSH, SYN, TCP, Wire, fragments, icmp, ip, is_ipv6, tcp)

TWO = '0@0,1@0,2@1'
ONE_QUEUE = {'port': 'queues = 1\n'}
BOTH_FAMILIES = (('192.0.2.66', '192.0.2.77', SERVER), ('2001:db8::66', '2001:db8::77', SERVER6))


def rstack_of_both(port='', **options):
    """Two workers with an address of each family, which are in use."""
    rstack = Rstack(ECHO, lcores=TWO, address=f'{SERVER}/24, {SERVER6}/64', path=Tap6(),
                    port='dad_transmits = 0\n' + port, **options)
    until(lambda: sh('ping', '-6', '-c', '1', '-W', '1', SERVER6, check=False).returncode == 0,
          'the address is in use')
    return rstack


def any_ports(count):
    """
    Ports that differ in all of their bits. RSS is linear, so under one random key of 32 those of 32
    neighbours would lead to one worker.
    """
    return random.Random(7).sample(range(1024, 65536), count)


def lcores(rstack):
    """The counters of each worker."""
    return [rstack.ask(f'/rstack/lcore/stats,{lcore}')
            for lcore in rstack.ask('/rstack/lcore/list')]


def both_workers_serve():
    """The kernel spreads 400 connections over the queues and keeps each where it is."""
    data = random.Random(8).randbytes(5000)
    with Rstack(lcores=TWO) as rstack:
        equal(rstack.ask('/rstack/lcore/list'), [1, 2])
        info = rstack.ask('/rstack/port/info,0')
        equal(info['queues'], 2)
        equal(info['rss_hash'], 'unknown')
        assert info['steering'].startswith('device: RSS, whose hash is unknown'), info
        assert info['steering'] in rstack.output(), rstack.output()
        assert f"granted {info['rss_granted']}" in rstack.output(), rstack.output()
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
        equal(stats['handed_over'], 0)


def workers_steer_if_they_are_told_to():
    """steering = software with a queue for each: the workers hash each frame."""
    with Rstack(lcores=TWO, worker='steering = software') as rstack:
        echoes_on_many(20, 20000)
        rstack.wait_empty()
        info = rstack.ask('/rstack/port/info,0')
        equal(info['steering'], 'software: steering = software')
        stats = rstack.stats()
        equal(stats['established'], 20)
        equal(stats['closed'], 20)
        equal(stats['handed_in'], stats['handed_over'])
        equal(stats['tx_handed_over'], 0)


def one_queue_serves_two_workers():
    """One worker receives and sends for both: echo, curl, resets, all in order at the stop."""
    with Rstack(SERVICES + listen('gone', 81, 'reset'), lcores=TWO, **ONE_QUEUE) as rstack:
        equal(rstack.ask('/rstack/port/info,0')['queues'], 1)
        assert '1 queue for 2 workers' in rstack.output(), rstack.output()
        echoes_on_many(40, 20000)
        for _ in range(20):
            equal(len(sh('curl', '-sgf', url()).stdout), 1024)
        equal(rstack.stats()['resets_sent'], 0, 'resets of live connections')
        socks = [connect(7) for _ in range(40)]
        for sock in socks:
            echoes(sock, b'each stays where it is')
        both = []

        def all_arrived():
            """Of one moment: a delayed ACK of the peer may still be on its way."""
            both[:] = lcores(rstack)
            return both[1]['handed_in'] == both[0]['handed_over']
        until(all_arrived, 'all frames have arrived')
        first, second = both
        equal(second['rx_bursts'] + second['tx_bursts'], 0, 'the second worker has no queue')
        assert first['handed_over'] > 100, first
        assert second['tx_handed_over'] > 100, second
        equal(first['handover_full'] + first['syns_dropped'] + second['tx_full'], 0)
        for sock in socks:
            sock.close()
        port = rstack.ask('/rstack/port/stats,0')
        assert port['ipackets'] > first['handed_over'], port
        assert port['obytes'] > 40 * 20000, port
        stats = rstack.stats()
        assert stats['port_obytes'] >= port['obytes'], stats
        for lost in 'imissed', 'ierrors', 'rx_nombuf', 'oerrors':
            equal((port[lost], stats[f'port_{lost}']), (0, 0), lost)
        raises(111, connect, 4711)
        for _ in range(10):
            raises(104, lambda: connect(81).recv(1))
        equal(rstack.stats()['resets_sent'], 11)


def stop_waits_for_connections_of_workers_without_a_queue():
    """[stop] how = finish: what they still send and receive goes through the other worker."""
    size = 2 << 20
    config = listen('big', 82, 'http', body=size) + '[stop]\nhow = finish\ntimeout = 60s\n'
    with Rstack(config, lcores=TWO, **ONE_QUEUE) as rstack:
        socks = [connect(82) for _ in range(6)]
        for sock in socks:
            sock.sendall(b'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
            receive(sock, 1000)
        rstack.signal()
        until(lambda: 'stopping' in rstack.output(), 'the stop has begun')
        for sock in socks:
            assert len(receive_all(sock)) > size - 1000
            sock.close()
        equal(rstack.wait(2 * PATIENCE), 0)
        assert re.search(r'6 opened, 6 established, .* 0 aborted', rstack.output()), rstack.output()
        # who lost frames is the first question
        assert re.search(r'port 0 +[1-9]\d* bytes received, [1-9]\d* sent; frames lost: 0 imissed, '
                         '0 ierrors, 0 rx_nombuf, 0 oerrors', rstack.output()), rstack.output()


def segments_in_fragments_reach_their_connection():
    """Fragments of both families, which meet at one worker, of connections of both."""
    data = random.Random(3).randbytes(1200)
    with rstack_of_both(**ONE_QUEUE) as rstack, Wire(rstack) as wire:
        for peer, _, server in BOTH_FAMILIES:
            for sport in range(30000, 30008):
                nxt = wire.open(peer, server, sport)
                segment = tcp(peer, server, sport, 7, 1001, nxt, PSH | ACK, data)
                for part in fragments(TCP, peer, server, segment, sport, 304)[::-1]:
                    wire.send(part)
                equal(wire.data(sport, nxt, len(data)), data)
                wire.reset(peer, server, sport, 1001 + len(data))
        equal(rstack.stats()['resets_sent'], 0, rstack.ask('/rstack/reset/recent'))
        equal(rstack.stats()['reassembled'], 16)


def replies_to_active_opens_reach_their_worker():
    """rstack-load with two workers on one queue against the kernel."""
    class Server(http.server.BaseHTTPRequestHandler):
        """Answers each request with 5,000 bytes."""

        protocol_version = 'HTTP/1.1'

        def do_GET(self):  # pylint: disable=invalid-name
            """The answer."""
            self.send_response(200)
            self.send_header('Content-Length', '5000')
            self.end_headers()
            self.wfile.write(bytes(5000))

        def log_message(self, *_):  # pylint: disable=arguments-differ
            """Nothing."""

    with kernel_tap(), http.server.ThreadingHTTPServer((CLIENT, 80), Server) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        numbers = load('--count', '60', '--concurrency', '8', lcores=TWO, **ONE_QUEUE)
        server.shutdown()
    expect(numbers, completed=60, failed=0)


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


def errors_reach_the_worker_of_their_connection(peer, router, server, error, **options):
    """
    Errors of one router about half-open connections of both workers: each is taken. RSS hashes
    the router's address, so all errors arrive at one worker.
    """
    count = 32
    header, proto = (40, ICMPV6) if is_ipv6(peer) else (20, ICMP)
    with rstack_of_both(**options) as rstack, Wire(rstack) as wire:
        before = rstack.stats()
        for sport in any_ports(count):
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
        # steered in software they are handed over before they are counted
        equal(stats['icmp_errors'],
              count + (0 if options == ONE_QUEUE else
                       stats['handed_over'] - before['handed_over']))
        assert stats['handed_over'] > before['handed_over'], stats


def icmp_errors_reach_the_worker_of_their_connection():
    """Protocol unreachable ends an open."""
    for options in {}, ONE_QUEUE:
        errors_reach_the_worker_of_their_connection(*BOTH_FAMILIES[0], (3, 2), **options)


def icmp6_errors_reach_the_worker_of_their_connection():
    """Port unreachable ends an open."""
    for options in {}, ONE_QUEUE:
        errors_reach_the_worker_of_their_connection(*BOTH_FAMILIES[1], (1, 4), **options)


def too_big_reaches_the_worker_of_its_connection(peer, router, server, error, mtu):
    """Packet too big about data in flight of both workers lowers the MSS of each connection."""
    count = 16
    header, proto = (40, ICMPV6) if is_ipv6(peer) else (20, ICMP)
    data = bytes(1300)
    with rstack_of_both() as rstack, Wire(rstack) as wire:
        before = rstack.stats()['handed_over']
        ports = any_ports(count)
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
        workers_steer_if_they_are_told_to,
        one_queue_serves_two_workers,
        stop_waits_for_connections_of_workers_without_a_queue,
        segments_in_fragments_reach_their_connection,
        replies_to_active_opens_reach_their_worker,
        connections_of_both_are_found,
        heavy_use_of_both,
        icmp_errors_reach_the_worker_of_their_connection,
        icmp6_errors_reach_the_worker_of_their_connection,
        too_big_lowers_the_mss_on_both_workers,
        too_big_of_ipv6_lowers_the_mss_on_both_workers,
    ], one_family='each test has the addresses of the family that it is about, or of both')
