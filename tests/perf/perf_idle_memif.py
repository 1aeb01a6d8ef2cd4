#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The rstack authors
"""Idle connections between the real binaries: rstack and rstack-load on one memif.

usage: perf_idle_memif.py [--connections N] [--rate R] [--hold S] RSTACK RSTACK_LOAD

rstack has the default size of each pool: of [tcp] its file has max_connections only. rstack-load
opens N connections, R a second, to its echo service. Each carries 64 bytes both ways, then it
stays idle until all are open, and for --hold seconds more. Then rstack-load closes them, which it
can only if both ends still have the connection.

It fails if a connection is refused, reset, evicted, timed out or closed early, or if a pool was
empty for one of them. So the rate must be below the capacity of the machine. Times are printed,
nothing is asserted by them. 10 million need 12 GB.
"""
import argparse
import contextlib
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
import machine  # noqa: E402  pylint: disable=wrong-import-position
from telemetry import Telemetry  # noqa: E402  pylint: disable=wrong-import-position

START_SECONDS = 300        # its memory is cleared first
STALLED_SECONDS = 120      # without another connection
CLOSE_SECONDS = 1800       # to close all
LAST_HEADROOM = 1000       # connections that rstack has room for beside the N

# Counters that stay 0: each counts connections that did not get what they needed.
REFUSALS = ('syn_dropped', 'cookies_bad', 'cookies_no_room', 'half_open_evicted',
            'half_open_expired', 'no_chunk', 'chunk_share', 'evicted_window', 'evicted_unacked',
            'evicted_unread', 'aborted')

SERVER = '''
[eal]
lcores = 0@0,1@1
{memory}
file-prefix = {prefix}-server
[port 0]
device = net_memif0,role=server,socket={socket},socket-abstract=no,rsize=11
address = 192.0.2.1/24
[worker]
idle = yield
[tcp]
max_connections = {connections}
[listen echo]
port = 7
service = echo
'''

LOAD = '''
[eal]
lcores = 0@0,1@0
{memory}
file-prefix = {prefix}-load
[port 0]
device = net_memif0,role=client,socket={socket},socket-abstract=no,rsize=11
address = 192.0.2.2/24
terminate = 198.18.0.0/15
[worker]
idle = yield
[tcp]
msl = 30s
max_time_wait = {connections}
local_ports = 1024-65535
max_connections = {connections}
max_busy = 65536
max_chunks = 65536
[stop]
timeout = 1h
[load]
target = 192.0.2.1:7
source = 198.18.0.0/15
request = bytes
body = 64
answer = size
answer_size = 64
close = peer
connect_timeout = 0
request_timeout = 0
retry = 0
output = json
'''


def memory(megabytes):
    """The lines of [eal] that say where a process has its memory from, and whether of hugepages."""
    if machine.huge_mb() >= megabytes:
        return f'in-memory = yes\nmemory = {megabytes}', True
    return f'no-huge = yes\nmemory = {megabytes}', False


def resident_mb(process):
    """Megabytes that a process has, hugepages included."""
    text = pathlib.Path(f'/proc/{process.pid}/status').read_text('ascii')
    return sum(int(kb) for kb in re.findall(r'^(?:VmRSS|HugetlbPages):\s*(\d+) kB', text,
                                            re.M)) // 1024


class Pair:
    """rstack and rstack-load, running."""

    def __init__(self, args, work):
        self.n = args.connections
        self.prefix = f'idle{os.getpid()}'
        self.socket = os.path.join(work, 'memif.sock')
        self.logs = [os.path.join(work, name) for name in ('server.log', 'load.log')]
        # a connection takes 155 bytes, its share of the derived pools up to 330 more
        need = 600 + self.n * 500 // 10**6
        self.server = machine.start(
            [args.rstack, '--', '-c', self.write(work, 'server.ini', SERVER, need)],
            machine.RSTACK_READY, self.logs[0], START_SECONDS)
        self.load = None
        try:
            with open(self.logs[1], 'wb') as out:
                self.load = subprocess.Popen(  # pylint: disable=consider-using-with
                    [args.rstack_load, '--', '-c',
                     self.write(work, 'load.ini', LOAD, 600 + self.n * 350 // 10**6),
                     '--count', str(self.n), '--concurrency', str(self.n), '--rate',
                     str(args.rate)], stdin=subprocess.DEVNULL, stdout=out,
                    stderr=subprocess.STDOUT)
        except OSError:
            self.kill()
            raise

    def write(self, work, name, text, megabytes):
        """Write a configuration file; returns its path."""
        lines, huge = memory(megabytes)
        path = os.path.join(work, name)
        with open(path, 'w', encoding='ascii') as ini:
            ini.write(text.format(memory=lines, prefix=self.prefix, socket=self.socket,
                                  connections=self.n + LAST_HEADROOM))
        print(f'# {name}: {megabytes} MB, {"with" if huge else "without"} hugepages', flush=True)
        return path

    def fail(self, why):
        """End with the sentence and what both processes said."""
        said = '\n'.join(pathlib.Path(log).read_text('utf-8', 'replace') for log in self.logs
                         if os.path.exists(log))
        sys.exit(f'{why}:\n{said}')

    def ask(self, end, command):
        """What an end answers to a telemetry command."""
        process = self.server if end == 'server' else self.load
        deadline = time.monotonic() + STALLED_SECONDS
        while time.monotonic() < deadline:
            if process.poll() is not None:
                self.fail(f'{process.args[0]} has ended')
            answer = None  # while it starts there is no socket, or a command has no answer
            with contextlib.suppress(OSError):
                answer = Telemetry(f'/var/run/dpdk/{self.prefix}-{end}/dpdk_telemetry.v2').ask(
                    command)
            if answer and 'error' not in answer:
                return answer
            time.sleep(0.2)
        return self.fail(f'{end} does not answer {command}')

    def open_all(self):
        """Wait until each connection had its answer; returns the seconds that it took."""
        start = last = time.monotonic()
        done = shown = 0
        while done < self.n:
            time.sleep(0.5)
            stats = self.ask('load', '/rstack/load/stats')
            if stats['failed']:
                self.fail(f'{stats["failed"]} requests failed, the counters are {stats}')
            now = time.monotonic()
            if stats['completed'] > done:
                done, last = stats['completed'], now
            elif now > last + STALLED_SECONDS:
                self.fail(f'no more than {done} of {self.n} connections, {stats}')
            if done - shown >= self.n // 10:
                shown = done
                print(f'# {done} open after {now - start:.0f} s', flush=True)
        return time.monotonic() - start

    def check_open(self):
        """Each end has each connection in ESTABLISHED, and none was refused what it needed."""
        for end, counter in (('server', 'passive_opens'), ('load', 'active_opens')):
            stats = self.ask(end, '/rstack/tcp/stats')
            if stats['established'] != self.n or stats[counter] + stats['cookies_taken'] != self.n:
                self.fail(f'{end} has not {self.n} connections: {stats}')
            wrong = {name: stats[name] for name in REFUSALS if stats[name]}
            resets = [command for command in ('/rstack/reset/sent', '/rstack/reset/received')
                      if any(self.ask(end, command).values())]
            if wrong or resets or stats['closed']:
                self.fail(f'{end}: {wrong}, {resets}, {stats["closed"]} closed')

    def close_all(self):
        """Close all connections; returns what rstack-load printed, and the seconds."""
        start = time.monotonic()
        self.load.send_signal(signal.SIGINT)
        self.load.wait(CLOSE_SECONDS)
        lines = pathlib.Path(self.logs[1]).read_text('utf-8').splitlines()
        if not lines or not lines[-1].startswith('{'):
            self.fail('rstack-load has no result')
        return json.loads(lines[-1]), time.monotonic() - start

    def check_closed(self):
        """
        Wait until rstack has closed each connection in order. Some of the last ACKs are lost when
        all are closed at once; rstack-load answers the retransmitted FIN from TIME-WAIT.
        """
        deadline = time.monotonic() + STALLED_SECONDS
        while True:
            stats = self.ask('server', '/rstack/tcp/stats')
            if stats['closed'] == self.n:
                return
            if stats['aborted'] or time.monotonic() > deadline:
                self.fail(f'{stats["closed"]} closed, {stats["aborted"]} aborted of {self.n}')
            time.sleep(0.5)

    def stop(self):
        """End rstack in order."""
        self.server.send_signal(signal.SIGINT)
        if self.server.wait(STALLED_SECONDS) != 0:
            self.fail('rstack failed')

    def kill(self):
        """End whatever still runs, and remove what EAL leaves."""
        for process in (self.load, self.server):
            if process is not None and process.poll() is None:
                process.kill()
                process.wait()
        for end in ('server', 'load'):
            machine.remove_eal(f'{self.prefix}-{end}')


def main():
    """Open, hold and close them."""
    parser = argparse.ArgumentParser()
    parser.add_argument('--connections', type=int, default=10**7)
    parser.add_argument('--rate', type=int, default=200000, help='opened a second; 0: no limit')
    parser.add_argument('--hold', type=float, default=5, help='seconds for which all are idle')
    parser.add_argument('rstack')
    parser.add_argument('rstack_load')
    args = parser.parse_args()
    machine.require()
    with tempfile.TemporaryDirectory() as work:
        pair = Pair(args, work)
        try:
            seconds = pair.open_all()
            print(f'{args.connections} connections open, {args.connections / seconds:.0f} a second;'
                  f' rstack has {resident_mb(pair.server)} MB, rstack-load '
                  f'{resident_mb(pair.load)} MB', flush=True)
            time.sleep(args.hold)
            pair.check_open()
            got, seconds = pair.close_all()
            if got['completed'] != args.connections or got['failed'] or got['reset']:
                pair.fail(f'rstack-load counted {got}')
            pair.check_closed()
            print(f'{args.connections} connections closed, {args.connections / seconds:.0f} a '
                  'second, none by a reset')
            pair.stop()
        finally:
            pair.kill()


if __name__ == '__main__':
    main()
