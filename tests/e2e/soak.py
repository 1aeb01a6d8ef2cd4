#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The rstack authors
"""
A long run of mixed load on two workers, over a TAP and a memif at the same time: short
connections, bulk, floods, reloads, kills, lists of connections, captures, clients that crash and
links that flap. After a warm-up and again at the end, all clients stop. Then each pool must be
empty, the memory must be the same as after the warm-up, the counters must add up, and each reset
must have a cause that this program has counted.
"""
import argparse
import collections
import contextlib
import http.client
import json
import os
import random
import signal
import socket
import threading
import time
import traceback

from e2e import (MANY, MANY6, PATIENCE, SERVER, SERVER6, TAP, Rstack,
                 Telemetry, abort_at_close, equal, listen, named, run, sh, until)
from load import Load, load_file
from packets import ACK, SYN, TCP, Wire, ip, tcp

MEMIF = '/run/soak.sock'
PAGE = random.Random(1).randbytes(300_000)
SMALL = 64
EXTRA_SIZE = 100
CONCURRENCY = 50

# A peer that is gone shall not hold a connection for long: a SYN-ACK is retransmitted for 3 s, data
# for 20 s, and idle connections are probed, because the reset of a client may be lost when the link
# goes down. A flood takes all half-open connections, so that clients then come by SYN cookies.
CONFIG = f"""max_half_open = 128
r2_syn = 3s
r2 = 20s
keepalive_time = 5s
keepalive_interval = 1s
[port 1]
device = net_memif0,role=server,socket={MEMIF},socket-abstract=no,rsize=11
address = 198.51.100.1/24
[watch]
kill = any
capture = @DIR@/resets.pcapng
""" + listen('echo', 7, keepalive='yes') + \
    listen('page', 80, 'http', body='@DIR@/page', header_timeout='10s') + \
    listen('small', 81, 'http', body=SMALL, header_timeout='10s')

# The MAC address of the client stays the same when it starts again, as that of a host does.
# Otherwise rstack would first ask for it, and a SYN whose tuple a crashed client had used would be
# answered when it is sent again.
LOAD = load_file(
    f'net_memif0,role=client,socket={MEMIF},socket-abstract=no,rsize=11,mac=02:00:00:00:00:17',
    '198.51.100.2/24',
    f"""target = 198.51.100.1:81
concurrency = {CONCURRENCY}
connect_timeout = 60s
request_timeout = 60s""", lcores='0@1,1@1', prefix='soak-load')

# The listener that comes and goes with each reload.
EXTRA = listen('extra', 82, 'http', body=EXTRA_SIZE, header_timeout='10s')

# glibc gives the memory of a reload back at once, so that memory which does not shrink is in use.
TRIMMED = {'MALLOC_MMAP_THRESHOLD_': '131072', 'MALLOC_TRIM_THRESHOLD_': '131072'}

REREAD = 'rstack.reload: the configuration was read again'  # a line of the log

CLOSED = 4711  # no listener has this port

# Things that must have happened in the time after the warm-up, or the run has tested nothing.
WANTED = ('aborts of clients', 'captures switched', 'connections listed',
          'crashes of rstack-load', 'echoed bytes', 'echoes', 'extra pages', 'flood frames',
          'kills', 'link flaps', 'pages', 'pages not read', 'reloads', 'requests of rstack-load')


def nonzero(counters):
    """The counters that are not 0."""
    return {name: count for name, count in counters.items() if count}


def memory_kb(process):
    """Resident memory of the mappings of a process, in KB, without DPDK's heap, the largest one."""
    mappings = {}
    with open(f'/proc/{process.pid}/smaps', encoding='utf-8') as file:
        for line in file:
            if line.startswith('Size:'):
                size = int(line.split()[1])
            elif line.startswith('Rss:'):
                mappings[name] = (size, int(line.split()[1]))
            elif '-' in line.split()[0]:
                name = f'{line.split("-")[0]} {" ".join(line.split()[5:])}'
    heap = max(mappings, key=mappings.get)
    return {name: rss for name, (_, rss) in mappings.items() if name != heap}


def grown(before, after):
    """The mappings that have grown, with their size before and now."""
    return {name: (before.get(name, 0), kb) for name, kb in after.items()
            if kb > before.get(name, 0)}


class Soak:  # pylint: disable=too-many-instance-attributes
    """The load: threads that go on until the time is over, or one of them has failed."""

    def __init__(self, rstack, wire, seed):
        self.rstack = rstack
        self.wire = wire
        self.seed = seed
        self.over = threading.Event()
        self.failures = []
        self.done = collections.Counter()
        self.link = threading.Lock()  # held by those that need the link to be up for a moment
        self.reloading = False
        self.killed = set()  # our address and port of connections that the operator killed
        self.open = set()    # the same of echo connections
        self.telemetry = threading.Lock()  # DPDK's server takes one client at a time
        with open(rstack.config, encoding='utf-8') as file:
            self.config = file.read()

    def ask(self, command):
        """One telemetry command."""
        with self.telemetry, contextlib.closing(Telemetry()) as telemetry:
            return telemetry.ask(command)

    def forever(self, function, rng):
        """Call it again and again."""
        try:
            while not self.over.is_set():
                function(rng)
        except Exception:  # pylint: disable=broad-except
            self.failures.append(f'{function.__name__}: {traceback.format_exc()}')
            self.over.set()

    def pause(self, seconds):
        """Sleep, unless it is over."""
        self.over.wait(seconds)

    #
    # Clients on the TAP.
    #

    def connect(self, rng, port):
        """A connection of either family, made while the link is up."""
        with self.link:
            sock = socket.create_connection((rng.choice((SERVER, SERVER6)), port), PATIENCE)
        # so that a client whose reset was lost with the link need not wait long for nothing
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 5)
        sock.settimeout(2 * PATIENCE)
        return sock

    @staticmethod
    def name(sock):
        """A connection, as rstack names it."""
        return ','.join(named(*end()[:2]) for end in (sock.getpeername, sock.getsockname))

    def echo(self, rng, most=20_000):
        """Bytes come back, unless the operator killed the connection; some clients abort."""
        sock = self.connect(rng, 7)
        own = self.name(sock)
        self.killed.discard(own)
        self.open.add(own)
        got, data = bytearray(), rng.randbytes(rng.randrange(1, most))
        errors = []  # of the sender
        try:
            with sock:
                sender = threading.Thread(target=self.send, args=(sock, data, errors))
                sender.start()
                while len(got) < len(data) and (piece := sock.recv(1 << 18)):
                    got += piece
                sender.join()
                # the kernel tells only one of the two threads of a reset
                if errors:
                    raise errors[0]
                assert got == data, f'{len(got)} of {len(data)} bytes came back, or others'
                if rng.randrange(10) == 0:
                    abort_at_close(sock)
                    self.done['aborts of clients'] += 1
            self.done['echoes'] += 1
            self.done['echoed bytes'] += len(data)
        except OSError as error:
            assert own in self.killed, f'{own}: {error}, {len(got)} of {len(data)} bytes, ' \
                f'{self.ask(f"/rstack/conn/show,{own}")}'
            self.done['kills seen'] += 1
        finally:
            self.open.discard(own)

    def bulk(self, rng):
        """Megabytes, which are in flight when a link flaps or the operator kills."""
        self.echo(rng, 4_000_000)

    @staticmethod
    def send(sock, data, errors):
        """The sender of echo()."""
        try:
            sock.sendall(data)
        except OSError as error:
            errors.append(error)

    def pages(self, rng):
        """Some pages on one connection; now and then one that is not read to its end."""
        client = http.client.HTTPConnection(SERVER, 80)
        client.sock = self.connect(rng, 80)
        for _ in range(rng.randrange(1, 6)):
            client.request('GET', '/')
            assert client.getresponse().read() == PAGE, 'another page'
            self.done['pages'] += 1
        client.close()
        if rng.randrange(10) == 0:
            with self.connect(rng, 80) as sock:
                sock.sendall(b'GET / HTTP/1.1\r\nHost: soak\r\n\r\n')
                sock.recv(1000)
            self.done['pages not read'] += 1

    def extra(self, rng):
        """
        A page of the listener that comes and goes: refused, or served to its end. A client that
        came by a SYN cookie is reset if the listener goes before its ACK arrives, because a cookie
        leaves nothing with rstack.
        """
        self.pause(rng.random() / 10)
        client = http.client.HTTPConnection(SERVER, 82)
        reloads = self.done['reloads']
        try:
            client.sock = self.connect(rng, 82)
            client.request('GET', '/')
            equal(len(client.getresponse().read()), EXTRA_SIZE, 'the page of [listen extra]')
            self.done['extra pages'] += 1
        except ConnectionRefusedError:
            self.done['extra refused'] += 1
        except ConnectionResetError:
            assert self.reloading or self.done['reloads'] > reloads, 'reset without a reload'
            self.done['extra reset'] += 1
        client.close()

    #
    # A client on the memif, which crashes now and then.
    #

    def memif(self, rng):
        """rstack-load for some seconds. Each request that it makes has to succeed."""
        load = Load('--duration', f'{rng.randrange(2, 8)}s', '--output', 'json',
                    text=LOAD)
        if rng.randrange(4) == 0:
            load.wait_up()
            self.pause(rng.random() * 2)
            load.kill()
            self.done['crashes of rstack-load'] += 1
            return
        status, output = load.wait(4 * PATIENCE)
        numbers = json.loads(output.splitlines()[-1])
        assert status == 0 and numbers['failed'] == 0, output
        self.done['requests of rstack-load'] += numbers['completed']

    #
    # Attackers, links, the operator.
    #

    def flood(self, rng):
        """SYNs of random sources and segments of no connection, for a second or so."""
        for number in range(3000):
            source = f'10.{rng.randrange(256)}.{rng.randrange(256)}.{rng.randrange(1, 255)}'
            port, flags = rng.choice(((7, SYN), (80, SYN), (CLOSED, SYN), (80, ACK),
                                      (CLOSED, ACK)))
            with contextlib.suppress(OSError):  # the link is down, or the queue is full
                self.wire.send(ip(TCP, source, SERVER,
                                  tcp(source, SERVER, rng.randrange(1024, 65536), port,
                                      rng.randrange(1 << 32), rng.randrange(1 << 32), flags)))
                self.done[f'flood to {port} with {flags:#x}'] += 1
                self.done['flood frames'] += 1
            if number % 100 == 0:
                self.pause(0.02)
        self.pause(5)

    def flap(self, rng):
        """The TAP's link goes down and up."""
        with self.link:
            sh('ip', 'link', 'set', TAP, 'down')
            time.sleep(rng.random() / 2)
            sh('ip', 'link', 'set', TAP, 'up')
            sh('ip', 'route', 'replace', MANY, 'dev', TAP)
            sh('ip', 'route', 'replace', MANY6, 'via', SERVER6)
        self.done['link flaps'] += 1
        self.pause(1 + 4 * rng.random())

    def kill(self, rng):
        """Kill a connection of an echo client, if there is one."""
        names = sorted(self.open)
        if not names:
            return
        name = rng.choice(names)
        self.killed.add(name)
        answer = self.ask(f'/rstack/conn/kill,{name}')
        self.done['kills'] += answer.get('killed', 0)

    def list(self):
        """All pages of the list of connections, and some of them in detail."""
        cursor = 0
        while True:
            page = self.ask(f'/rstack/conn/list,{cursor}')
            assert 'error' not in page, page
            cursor = page.pop('next')
            self.done['connections listed'] += len(page)
            if cursor == 0:
                break
        for one in list(page.values())[:2]:
            name = f'{named(one["laddr"], one["lport"])},{named(one["raddr"], one["rport"])}'
            self.ask(f'/rstack/conn/show,{name}')  # it may be gone

    def reload(self, rng, config):
        """The file becomes this one, and rstack reads it again."""
        self.reloading = True
        with open(self.rstack.config, 'w', encoding='utf-8') as file:
            file.write(config)
        if rng is None or rng.randrange(2):
            answer = self.ask('/rstack/reload')
            assert 'error' not in answer, answer
        else:
            lines = self.rstack.output().count(REREAD)
            self.rstack.signal(signal.SIGHUP)
            until(lambda: self.rstack.output().count(REREAD) > lines, 'the file is read again')
        self.done['reloads'] += 1
        self.reloading = False

    def operate(self, rng):
        """One thing that operators do."""
        choice = rng.randrange(10)
        if choice < 3:
            self.kill(rng)
        elif choice < 6:
            self.list()
        elif choice == 6:
            self.reload(rng, self.config + rng.choice(('', EXTRA)))
        elif choice == 7:
            answer = self.ask('/rstack/capture,' + rng.choice(('off', 'killed', 'all')))
            assert 'error' not in answer, answer
            self.done['captures switched'] += 1
        else:
            for command in ('/rstack/stats', '/rstack/reset/recent', '/rstack/port/stats,0',
                            '/rstack/lcore/stats,1', '/rstack/listener/stats,echo'):
                answer = self.ask(command)
                assert 'error' not in answer, f'{command}: {answer}'
        self.pause(rng.random())

    def threads(self):
        """A thread for each client, attacker and operator."""
        work = 4 * [self.echo] + [self.bulk] + 2 * [self.pages] + [
            self.extra, self.memif, self.flood, self.flap, self.operate]
        return [threading.Thread(target=self.forever,
                                 args=(one, random.Random(f'{self.seed} {number}')))
                for number, one in enumerate(work)]

    def run(self, seconds):
        """Run all of it for so long, and stop it."""
        threads = self.threads()
        end = time.monotonic() + seconds
        for thread in threads:
            thread.start()
        try:
            while not self.over.is_set() and time.monotonic() < end:
                self.pause(min(60, max(0, end - time.monotonic())))
                print(f'# {max(0, end - time.monotonic()):.0f} s left', flush=True)
                assert self.rstack.process.poll() is None, 'rstack has ended'
        finally:
            self.over.set()
            for thread in threads:
                thread.join()
        assert not self.failures, '\n'.join(self.failures)
        self.reload(None, self.config)

    def report(self):
        """All that was done, in words."""
        return ', '.join(f'{self.done[name]} {name}' for name in sorted(self.done))


def settled(rstack):
    """
    Wait until nothing is in use, and each frame that came has been processed. @return the memory
    that is in use then: mbufs, which are those of the devices' rings, and DPDK's heap.
    """
    # those of a crashed client wait for a request, and then for an ACK until R2
    until(lambda: not nonzero(rstack.ask('/rstack/tcp/states')), 'no connection is left',
          4 * PATIENCE)
    rstack.wait_empty()
    counts = []

    def quiet():
        counts.append(rstack.stats()['rx_frames'])
        time.sleep(0.2)
        return len(counts) > 1 and counts[-1] == counts[-2]
    until(quiet, 'no frame comes')
    heap = rstack.ask('/eal/heap_info,0')
    return {'mbufs': rstack.stats()['used_mbufs'], 'heap bytes': heap['Alloc_size'],
            'heap blocks': heap['Alloc_count']}


def judge_resets(rstack, stats, done):
    """Each reset that rstack sent has a cause, and no more were sent than there were causes."""
    sent = nonzero(rstack.ask('/rstack/reset/sent'))
    received = nonzero(rstack.ask('/rstack/reset/received'))
    print(f'# resets sent {sent}, received {received}', flush=True)
    equal(sum(sent.values()), stats['resets_sent'], 'resets by reason')
    equal(sum(received.values()), stats['resets_received'], 'resets by verdict')
    # a connection in LAST-ACK ends without a reset (RFC 9293 3.10.5)
    killed = sent.pop('killed', 0)
    assert done['kills seen'] <= killed <= done['kills'], (killed, done)
    # a SYN that is refused is not retransmitted, unless the reset was lost when the link went down
    syns = done[f'flood to {CLOSED} with {SYN:#x}'] + done['extra refused']
    assert sent.pop('no_listener', 0) <= syns + done['link flaps'], (sent, syns)
    # segments of clients that have not got the reset of a kill, or acknowledge a retransmitted FIN
    late = stats['retransmitted'] + 1000 * done['kills']
    acks = done[f'flood to 80 with {ACK:#x}']
    assert sent.pop('listen_bad_ack', 0) <= acks + late, (sent, acks, late)
    # the same when the extra listener has gone meanwhile
    acks = done[f'flood to {CLOSED} with {ACK:#x}']
    assert sent.pop('no_connection', 0) <= acks + stats['retransmitted'], (sent, acks)
    # The kernel may put the first ACK of a client into another queue of the TAP than the rest. If
    # it comes after the end, it opens the connection of its SYN cookie again. The client is in
    # TIME-WAIT, which answers neither probes nor a FIN of that connection.
    again = stats['cookies_taken']
    assert sent.pop('keepalive', 0) <= again, (sent, again)
    # the same, and crashed clients on the memif that were served at that moment
    lost = CONCURRENCY * done['crashes of rstack-load']
    assert sent.pop('rtx_limit', 0) <= lost + again, (sent, lost, again)
    equal(sent, {}, 'resets without a cause')


def reconcile(rstack, done):
    """The numbers add up. All connections have ended."""
    stats = rstack.stats()
    equal(nonzero(rstack.ask('/rstack/tcp/states')), {}, 'states')
    judge_resets(rstack, stats, done)
    equal(stats['passive_opens'] + stats['reopened'], stats['closed'] + stats['aborted'],
          'each connection that was opened has ended')
    assert stats['cookies_taken'] > 0, 'no flood was large enough'
    equal(stats['handed_over'] - stats['handover_full'], stats['handed_in'],
          'frames between the workers')
    ports = [rstack.ask(f'/rstack/port/stats,{port}') for port in (0, 1)]
    print(f'# {stats["established"]} connections established, {stats["closed"]} closed, '
          f'{stats["aborted"]} aborted, {stats["cookies_taken"]} by cookies; '
          f'{stats["rx_data_bytes"]} bytes received, {stats["tx_data_bytes"]} sent, '
          f'{stats["retransmitted"]} segments retransmitted; frames of the devices: '
          f'{sum(port["ipackets"] for port in ports)} received, '
          f'{sum(port["opackets"] for port in ports)} sent, {stats["tx_full"]} not taken',
          flush=True)
    print(f'# dropped: {nonzero(rstack.ask("/rstack/drop"))}', flush=True)


def mixed_load(seconds, seed):
    """Warm-up, then the rest of the time, then the accounts."""
    warm = min(120.0, seconds / 3)
    print(f'# soak.py --seconds {seconds:.0f} --seed {seed}', flush=True)
    with Rstack(CONFIG, lcores='0@0,1@0,2@1', files={'page': PAGE}, eal=('-m', '512'),
                env=TRIMMED) as rstack, Wire(rstack) as wire:
        first = Soak(rstack, wire, f'{seed} first')
        first.run(warm)
        before, kb = settled(rstack), memory_kb(rstack.process)
        print(f'# after {warm:.0f} s: {before}, {sum(kb.values())} KB beside the heap', flush=True)
        then = Soak(rstack, wire, f'{seed} then')
        then.run(seconds - warm)
        print(f'# done: {then.report()}', flush=True)
        after, kb_after = settled(rstack), memory_kb(rstack.process)
        print(f'# at the end: {after}, {sum(kb_after.values())} KB beside the heap', flush=True)
        reconcile(rstack, first.done + then.done)
        equal(after, before, 'memory in use, as after the warm-up')
        assert sum(kb_after.values()) <= sum(kb.values()) + 2048, \
            f'memory has grown: {grown(kb, kb_after)}'
        missing = [name for name in WANTED if not then.done[name]]
        assert not missing, f'never happened: {missing}'


def main():
    """Run it as the one test."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--seconds', type=float, default=1800, help='duration (%(default)s)')
    parser.add_argument('--seed', default='1', help='of all random choices (%(default)s)')
    args = parser.parse_args()

    def soak():
        mixed_load(args.seconds, args.seed)
    run([soak], dual=True)


if __name__ == '__main__':
    main()
