#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The rstack authors
"""Attacks on the real binary, each with the question: were the honest clients served?"""
import contextlib
import itertools
import json
import os
import random
import resource
import select
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
import traceback

from e2e import (PATIENCE, SERVER, SERVER6, TAP, Rstack, Tap6, equal, listen, receive_all, run, sh,
                 until)
from packets import (ACK, FIN, ICMP, ICMPV6, PSH, RST, SYN, TCP, Segment, fragments, icmp, ip,
                     is_ipv6, packed, tcp)

REQUESTS = 1000
CLIENTS = 4
PAGE = random.Random(7).randbytes(1000)
GET = b'GET / HTTP/1.1\r\nHost: e2e\r\n\r\n'
CLOSE = b'GET / HTTP/1.1\r\nHost: e2e\r\nConnection: close\r\n\r\n'

# A time limit of half-open connections below that of RFC 9293, so that a test ends soon.
TABLE = 16384
LIMITS = f'r2_syn = 3s\nmax_connections = {TABLE}\n'
WEB = listen('web', 80, 'http', body='@DIR@/page') + listen('big', 81, 'http', body='1M')

# The address of the second device, and the MAC address that DPDK gives to the first net_pcap.
PCAP_SERVER = '198.51.100.1'
PCAP_MAC = bytes.fromhex('027063617000')
PCAP_SYNS = 4095
PCAP_CONFIG = """
[port 1]
device = net_pcap0,rx_pcap=@DIR@/syns.pcap,infinite_rx=1
address = 198.51.100.1/24
[stop]
how = reset
"""

# Nobody has it, so the kernel ignores the answers.
ATTACKER_MAC = bytes.fromhex('02aa00000001')


class Honest:
    """Clients that make REQUESTS requests, each on a connection of its own; no retries."""

    def __init__(self, split=False):
        self.split = split
        self.times = []
        self.failures = []
        self.seconds = 0

    def one(self):
        """One request, with or without an answer."""
        begin = time.monotonic()
        try:
            with socket.create_connection((SERVER, 80), PATIENCE / 2) as sock:
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                if self.split:
                    sock.sendall(CLOSE[:20])
                    time.sleep(0.002)
                sock.sendall(CLOSE[20:] if self.split else CLOSE)
                answer = receive_all(sock)
        except OSError as error:
            self.failures.append(str(error))
            return
        if answer.startswith(b'HTTP/1.1 200 ') and answer.endswith(PAGE):
            self.times.append(time.monotonic() - begin)
        else:
            self.failures.append(answer[:40].decode(errors='replace'))

    def many(self):
        """The share of one client. After many failures the others would fail, too."""
        for _ in range(REQUESTS // CLIENTS):
            if len(self.failures) < 8:
                self.one()

    def ask(self):
        """All requests."""
        begin = time.monotonic()
        clients = [threading.Thread(target=self.many) for _ in range(CLIENTS)]
        for client in clients:
            client.start()
        for client in clients:
            client.join()
        self.seconds = time.monotonic() - begin

    def figures(self):
        """A line of figures."""
        times = sorted(self.times)
        more = ''
        if times:
            more = (f', {len(times) / self.seconds:.0f} a second, median '
                    f'{times[len(times) // 2] * 1e3:.1f} ms, longest {times[-1] * 1e3:.1f} ms')
        return f'{len(times)} of {REQUESTS} answered{more}'


@contextlib.contextmanager
def attacker(function, *args):
    """
    Run a function in a process of its own as long as the block. It gets a file descriptor,
    which is readable when the attack has to end, and one to write a byte to when it has begun.
    """
    stop, stopper = os.pipe()
    ready, begun = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.close(stopper)
            function(stop, begun, *args)
            status = 0
        except BaseException:  # pylint: disable=broad-except
            traceback.print_exc()
        finally:
            os._exit(status)
    os.close(stop)
    os.close(begun)
    try:
        assert select.select([ready], [], [], 2 * PATIENCE)[0], 'the attack does not begin'
        assert os.read(ready, 1), 'the attack ended before it began'
        yield
    finally:
        os.close(stopper)
        os.close(ready)
        deadline = time.monotonic() + PATIENCE
        done = (0, 0)
        while done[0] == 0 and time.monotonic() < deadline:
            done = os.waitpid(child, os.WNOHANG)
            time.sleep(0.01)
        if done[0] == 0:
            os.kill(child, signal.SIGKILL)
            done = os.waitpid(child, 0)
        if sys.exc_info()[0] is None:
            equal(done[1], 0, 'exit status of the attacker')


def must_end(stop, seconds=0.0):
    """Whether the attack has to end; wait so long for that."""
    return bool(select.select([stop], [], [], seconds)[0])


def serves_all(name, rstack, split=False):
    """The question of every test here, with figures."""
    honest = Honest(split)
    honest.ask()
    stats = rstack.stats()
    print(f'# {name}: {honest.figures()}; {stats["resets_sent"]} resets sent, '
          f'{stats["used_tcbs"]} TCBs, {stats["used_busy"]} busy blocks and '
          f'{stats["used_chunks"]} chunks used', flush=True)
    assert not honest.failures, f'{len(honest.failures)} failures: {set(honest.failures)}'
    equal(len(honest.times), REQUESTS, 'requests answered')
    curl = subprocess.run(['curl', '-s', '-m', str(PATIENCE), f'http://{SERVER}/'],
                          stdout=subprocess.PIPE, check=False)
    equal(curl.stdout, PAGE, 'the page as curl gets it')


def web():
    """An appliance that serves PAGE on port 80 and 1 MB on port 81."""
    return Rstack(LIMITS + WEB, files={'page': PAGE})


def checksum(data):
    """RFC 1071."""
    total = sum(struct.unpack(f'!{len(data) // 2}H', data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return total ^ 0xffff


def syn(rng, target, mac):
    """A frame of 60 bytes: a SYN from a random source to port 80."""
    source = struct.pack('!BBH', 10, rng.randrange(256), rng.randrange(1, 0xffff))
    addresses = source + socket.inet_aton(target)
    tcp = struct.pack('!HHLLBBHHH', rng.randrange(1024, 65536), 80, rng.randrange(1 << 32), 0,
                      6 << 4, 2, 65535, 0, 0) + b'\2\4\5\xb4'
    tcp_sum = checksum(addresses + struct.pack('!HH', 6, len(tcp)) + tcp)
    ip = struct.pack('!BBHHHBBH', 0x45, 0, 44, 0, 0x4000, 64, 6, 0) + addresses
    ip = ip[:10] + struct.pack('!H', checksum(ip)) + ip[12:]
    frame = mac + ATTACKER_MAC + b'\x08\0' + ip + tcp[:16] + struct.pack('!H', tcp_sum) + tcp[18:]
    return frame.ljust(60, b'\0')


def flood(stop, begun, mac, most=400000, a_second=20000, seconds=60):
    """
    SYNs from random sources into the TAP, bounded in rate, count and time. It has begun when
    the table is full.
    """
    rng = random.Random(1)
    frames = [syn(rng, SERVER, mac) for _ in range(70000)]
    begin = time.monotonic()
    sent = 0
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as sock:
        sock.bind((TAP, 0))
        while sent < most and time.monotonic() - begin < seconds and not must_end(stop, 0.001):
            due = min(most, int((time.monotonic() - begin) * a_second), sent + 500)
            while sent < due:
                with contextlib.suppress(OSError):  # ENOBUFS: the TAP's queue is full
                    sock.send(frames[sent % len(frames)])
                sent += 1
                if sent == 2 * TABLE:
                    os.write(begun, b'!')


def flood_frames(stop, begun, frames, most=400000, a_second=20000, seconds=60):
    """Frames into the TAP, one after the other, bounded in rate, count and time."""
    begin = time.monotonic()
    sent = 0
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as sock:
        sock.bind((TAP, 0))
        while sent < most and time.monotonic() - begin < seconds and not must_end(stop, 0.001):
            due = min(most, int((time.monotonic() - begin) * a_second), sent + 500)
            while sent < due:
                with contextlib.suppress(OSError):  # ENOBUFS: the TAP's queue is full
                    sock.send(frames[sent % len(frames)])
                sent += 1
                if sent == 10000:
                    os.write(begun, b'!')


def hold(stop, begun, count, one, turn=None):
    """
    Hold so many connections that one() makes. Those that rstack ends are made again. turn() does
    something with each of them now and then.
    """
    resource.setrlimit(resource.RLIMIT_NOFILE, (count + 100, count + 100))
    poll = select.poll()
    held = {}

    def fill():
        while len(held) < count and not must_end(stop):
            try:
                sock = one()
            except OSError:
                return
            held[sock.fileno()] = sock
            poll.register(sock.fileno(), select.POLLHUP | select.POLLERR | select.POLLRDHUP)

    fill()
    os.write(begun, b'!')
    while not must_end(stop, 0.1):
        for sock in held.values() if turn else ():
            turn(sock)
        for number, _ in poll.poll(0):
            poll.unregister(number)
            held.pop(number).close()
        fill()


def open_slowly(port, data, buffer=None):
    """A connection that sends as much of the data as it can, and reads nothing."""
    sock = socket.socket()
    try:
        if buffer is not None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        sock.settimeout(1)
        sock.connect((SERVER, port))
        sock.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            sock.send(data)
    except OSError:
        sock.close()
        raise
    return sock


def nobody_attacks():
    """The rate of the honest clients when they are alone."""
    with web() as rstack:
        serves_all('no attack', rstack)


def syn_flood():
    """20,000 SYNs a second from random sources, with every TCB taken when the clients come."""
    with web() as rstack:
        link = json.loads(sh('ip', '-j', 'link', 'show', TAP).stdout)[0]
        mac = bytes.fromhex(link['address'].replace(':', '')) # rstack's is the same
        with attacker(flood, mac):
            serves_all('SYN flood', rstack)


def syn_flood_at_full_speed_of_another_device():
    """SYNs as fast as net_pcap can read them, on one device; the clients are on the other."""
    rng = random.Random(2)
    frames = [syn(rng, PCAP_SERVER, PCAP_MAC) for _ in range(PCAP_SYNS)]
    pcap = struct.pack('<LHHlLLL', 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1)
    pcap += b''.join(struct.pack('<LLLL', 0, 0, len(frame), len(frame)) + frame
                     for frame in frames)
    # net_pcap holds an mbuf of the worker for each SYN
    with Rstack('max_connections = 2048\n' + PCAP_CONFIG + WEB, idle='yield\nmbufs = 16384',
                eal=('-m', '512'), files={'page': PAGE, 'syns.pcap': pcap}) as rstack:
        until(lambda: rstack.ask('/ethdev/stats,1')['ipackets'] > 100000, 'the flood is on')
        serves_all('SYN flood of a device', rstack)
        frames = rstack.ask('/ethdev/stats,1')['ipackets']
        time.sleep(1)
        print(f'# {rstack.ask("/ethdev/stats,1")["ipackets"] - frames} SYNs in a second')
        rstack.signal()
        equal(rstack.wait(), 0, 'exit status')


def slow_loris():
    """5,000 connections with half a request each, made again when they are ended."""
    def half():
        return open_slowly(80, CLOSE[:30])
    with web() as rstack:
        with attacker(hold, 5000, half):
            serves_all('slow-loris', rstack, split=True)


def pipelining_without_reading():
    """Sixteen clients send 81 KB of GETs each, and read none of the answers."""
    def pipeline():
        return open_slowly(80, GET * 3000)
    with web() as rstack:
        with attacker(hold, 16, pipeline):
            time.sleep(3)
            serves_all('pipelining', rstack)


def zero_windows_and_tiny_ones():
    """4,200 clients ask for 1 MB each. Half of them read 64 bytes at a time, the others nothing."""
    def never_read():
        return open_slowly(81, GET, 2304)

    def read(sock):
        if sock.fileno() % 2:
            with contextlib.suppress(OSError):
                sock.recv(64)
    with web() as rstack:
        with attacker(hold, 4200, never_read, read):
            serves_all('zero windows', rstack)


def churn(stop, begun, count):
    """Connections that rstack closes first. It has begun after so many."""
    done = 0
    while not must_end(stop):
        with contextlib.suppress(OSError), socket.create_connection((SERVER, 80), PATIENCE) as sock:
            sock.sendall(CLOSE)
            receive_all(sock)
            done += 1
        if done == count:
            os.write(begun, b'!')
            done += 1


def time_wait_churn():
    """More connections end than there is room for in TIME-WAIT, those of honest clients, too."""
    room = 256
    with Rstack(LIMITS + f'max_time_wait = {room}\n' + WEB, files={'page': PAGE},
                msl='2min') as rstack:
        with attacker(churn, 2 * room):
            serves_all('TIME-WAIT churn', rstack)
        until(lambda: rstack.stats()['used_tcbs'] == 0, 'the attack has left TIME-WAIT only')
        equal(rstack.ask('/rstack/tcp/states')['TIME_WAIT'], room)
        stats = rstack.stats()
        equal(stats['time_wait_evicted'], stats['time_waits'] - room - stats['reopened'])
        rstack.kill()


class Piecemeal:
    """
    A peer that holds as much as it can: of rstack's queues for data out of order by bytes with a
    gap before each, or of its notes about data in flight by SACK blocks of a byte each.
    """
    BLOCKS = 4

    def __init__(self, rng, number):
        self.rng = rng
        self.host = f'10.7.7.{number}'
        self.splinters = number % 2 == 1
        self.port = 1024
        self.next = self.first = self.highest = None  # of rstack; None: it is not open

    def segment(self, seq, flags, data=b'', options=b''):
        """Of this connection; seq: from behind the SYN."""
        ack = self.next or 0
        return ip(TCP, self.host, SERVER, tcp(
            self.host, SERVER, self.port, 81, 1001 + seq, ack, flags | (ACK if ack else 0), data,
            options))

    def open(self):
        """The SYN of another connection, with SACK permitted."""
        self.port += 1
        self.next = None
        return self.segment(-1, SYN, options=b'\1\1\4\2')

    def receive(self, segment):
        """A segment from rstack. @return the answer, or None"""
        if segment.dport != self.port:
            return None
        if segment.flags & RST:
            return self.open()
        if segment.flags & SYN:
            self.next = self.highest = segment.seq + 1
            return self.segment(0, PSH, GET if self.splinters else b'')
        if self.next is not None:
            self.highest = max(self.highest, segment.seq + len(segment.data))
        return None

    def turn(self):
        """The next segment of the attack, or None."""
        if self.next is None:
            return None
        if not self.splinters:
            return self.segment(1 + 2 * self.rng.randrange(256), 0, b'x')
        if self.highest < self.next + 3:
            return None
        places = [self.rng.randrange(self.next + 1, self.highest - 1) for _ in range(self.BLOCKS)]
        return self.segment(len(GET), 0, options=b'\1\1\5' + bytes((2 + 8 * self.BLOCKS,)) +
                            b''.join(struct.pack('!II', at, at + 1) for at in places))


def piecemeal(stop, begun, mac, count, a_second=8000, seconds=60):
    """So many such peers, bounded in rate and time. It has begun when each one was open."""
    rng = random.Random(5)
    peers = {packed(f'10.7.7.{number}'): Piecemeal(rng, number) for number in range(1, count + 1)}
    begin = time.monotonic()
    turns, sent, opened = itertools.cycle(peers.values()), 0, set()
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0800)) as sock:
        sock.bind((TAP, 0))
        sock.setblocking(False)

        def send(datagram):
            with contextlib.suppress(OSError):  # ENOBUFS: the TAP's queue is full
                if datagram:
                    sock.send(mac + ATTACKER_MAC + b'\x08\0' + datagram)
        for peer in peers.values():
            send(peer.open())
        while time.monotonic() - begin < seconds and not must_end(stop, 0.001):
            with contextlib.suppress(BlockingIOError):
                while True:
                    frame = sock.recv(2000)
                    if frame[:6] == ATTACKER_MAC and frame[23] == TCP:
                        segment = Segment(frame[14:], 20)
                        peer = peers[frame[30:34]]
                        send(peer.receive(segment))
                        opened |= {peer.host} if segment.flags & SYN else set()
            while sent < (time.monotonic() - begin) * a_second:
                send(next(turns).turn())
                sent += 1
            if begun and len(opened) == count and sent > a_second / 4:
                begun = os.write(begun, b'!') and None
        sock.setblocking(True)
        for peer in peers.values():
            send(peer.segment(len(GET) if peer.splinters else 0, RST))


def bytes_out_of_order_and_sack_splinters():
    """Queues and notes that peers cut to pieces, with pools of the size of what they can hold."""
    with Rstack(LIMITS + 'max_chunks = 2048\nmax_sent = 2048\n' + WEB,
                files={'page': PAGE}) as rstack:
        link = json.loads(sh('ip', '-j', 'link', 'show', TAP).stdout)[0]
        mac = bytes.fromhex(link['address'].replace(':', ''))
        with attacker(piecemeal, mac, 64):
            serves_all('pieces', rstack)
            stats = rstack.stats()
        for name in ('rx_out_of_order', 'chunk_share', 'sack_splinters'):
            assert stats[name] > 0, (name, stats)


def random_host(rng):
    """An address of the documentation prefix."""
    return f'2001:db8::{rng.randrange(0x100, 0xffff):x}:{rng.randrange(1, 0xffff):x}'


def discovery(rng):
    """Neighbour discovery: solicitations of our address, advertisements of any and of ours."""
    host = random_host(rng)
    kind = rng.choice((135, 136))
    target = packed(SERVER6 if kind == 135 or rng.randrange(4) == 0 else host)
    body = (b'\x60' if kind == 136 else b'\0') + bytes(3) + target + \
        bytes((kind - 134, 1)) + rng.randbytes(6)
    datagram = ip(ICMPV6, host, SERVER6, icmp(host, SERVER6, kind, 0, body))
    return datagram[:7] + b'\xff' + datagram[8:]  # hop limit 255


def extensions(rng):
    """Extension headers: a long chain, many options, unknown ones, a routing header of type 0."""
    segment = rng.randbytes(20)
    first, payload = rng.choice((
        (60, b'\x3c\0\x1e\4\0\0\0\0' * 30),
        (60, b'\6\x14' + b'\x1e\0' * 83 + segment),
        (60, b'\6\0' + bytes((rng.randrange(4) << 6 | 0x1e, 4)) + bytes(4) + segment),
        (43, b'\6\2\0\1' + bytes(4) + packed(SERVER6) + segment)))
    return ip(first, random_host(rng), SERVER6, payload)


def parts(rng):
    """Fragments of both families: first ones, later ones, overlapping ones, tiny ones."""
    server = rng.choice((SERVER, SERVER6))
    host = random_host(rng) if server == SERVER6 else f'10.0.{rng.randrange(256)}.7'
    ident = rng.randrange(1 << 16)
    payload = rng.randbytes(2800)
    whole = fragments(TCP, host, server, payload, ident, 1400)
    how = rng.randrange(4)
    if how < 2:
        return [whole[how]]
    if how == 2:
        return [whole[0], fragments(TCP, host, server, payload, ident, 1000)[1], whole[1]]
    return fragments(TCP, host, server, payload[:64], ident, 8)


def any_host(rng):
    """An address of either family, and the server's of the same one."""
    if rng.randrange(2) == 0:
        return random_host(rng), SERVER6
    return f'10.{rng.randrange(256)}.{rng.randrange(256)}.7', SERVER


def strays(rng):
    """A segment of no connection, to an open port or a closed one."""
    host, server = any_host(rng)
    flags, data = rng.choice(((ACK, b''), (RST, b''), (FIN | ACK, b''), (PSH | ACK, bytes(100))))
    return ip(TCP, host, server, tcp(host, server, rng.randrange(1024, 65536),
                                     rng.choice((80, 9)), rng.randrange(1 << 32),
                                     rng.randrange(1 << 32), flags, data))


def messages(rng):
    """An echo request, or an error about a segment from port 80."""
    host, server = any_host(rng)
    six = is_ipv6(host)
    quoted = ip(TCP, server, host, tcp(server, host, 80, rng.randrange(1024, 65536),
                                       rng.randrange(1 << 32), 0, ACK))
    kind, body = rng.choice((
        (128 if six else 8, rng.randbytes(200)),
        (rng.randrange(1, 5) if six else 3, struct.pack('!I', rng.randrange(1280, 1500)) + quoted)))
    return ip(ICMPV6 if six else ICMP, host, server,
              icmp(host, server, kind, rng.randrange(16) if kind < 5 else 0, body))


def half_open(rng):
    """A SYN to port 80."""
    host, server = any_host(rng)
    return ip(TCP, host, server, tcp(host, server, rng.randrange(1024, 65536), 80,
                                     rng.randrange(1 << 32), 0, SYN))


@contextlib.contextmanager
def web_of_both():
    """An appliance with an address of each family; gives how to make a frame of a datagram, too."""
    with Rstack(LIMITS + WEB, files={'page': PAGE}, address=f'{SERVER}/24, {SERVER6}/64',
                path=Tap6(), port='dad_transmits = 0',
                worker='reassembly_timeout = 1s') as rstack:
        link = json.loads(sh('ip', '-j', 'link', 'show', TAP).stdout)[0]
        mac = bytes.fromhex(link['address'].replace(':', ''))

        def frame(datagram, source=ATTACKER_MAC):
            kind = b'\x86\xdd' if datagram[0] >> 4 == 6 else b'\x08\0'
            return (mac + source + kind + datagram).ljust(60, b'\0')

        yield rstack, frame


def layers_below_tcp():
    """Neighbour discovery, extension headers and fragments, 20,000 frames a second."""
    rng = random.Random(3)
    with web_of_both() as (rstack, frame):
        for name, make in (('neighbour discovery', discovery), ('extension headers', extensions),
                           ('fragments', parts)):
            made = [make(rng) for _ in range(5000)]
            datagrams = sum(made, []) if make is parts else made
            with attacker(flood_frames, [frame(one) for one in datagrams]):
                serves_all(name, rstack)
        drops = rstack.ask('/rstack/drop')
        for reason in ('nd_not_ours', 'ip6_extension', 'ip6_option', 'fragment_overlap',
                       'fragment_tiny', 'fragment_evicted'):
            assert drops[reason] > 0, (reason, drops)
        assert rstack.stats()['rx_fragments'] > 10000, rstack.stats()


def segments_of_no_connection():
    """ACKs, FINs, RSTs, data, ICMP messages; then SYNs, each behind a MAC address of its own."""
    rng = random.Random(4)
    with web_of_both() as (rstack, frame):
        frames = [frame(make(rng)) for make in (strays, messages) for _ in range(2500)]
        rng.shuffle(frames)
        with attacker(flood_frames, frames):
            serves_all('strays and ICMP', rstack)
        stats = rstack.stats()
        for name in ('resets_sent', 'resets_received', 'echo_replies', 'icmp_stale'):
            assert stats[name] > 500, (name, stats)
        equal(stats['icmp_taken'], 0)
        with attacker(flood_frames, [frame(half_open(rng), b'\2\xaa' + rng.randbytes(4))
                                     for _ in range(5000)]):
            serves_all('many neighbours', rstack)
        stats = rstack.stats()
        # the share of half-open connections, behind which SYN cookies are
        assert stats['no_neighbour'] > 500 and stats['cookies_sent'] > 500, stats


if __name__ == '__main__':
    os.environ.pop('http_proxy', None)
    run([
        nobody_attacks,
        syn_flood,
        syn_flood_at_full_speed_of_another_device,
        slow_loris,
        pipelining_without_reading,
        zero_windows_and_tiny_ones,
        time_wait_churn,
        bytes_out_of_order_and_sack_splinters,
        layers_below_tcp,
        segments_of_no_connection,
    ], one_family='tests/attack makes the same attacks over both')
