#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The rstack authors
"""Goodput under overload of the real binary: rstack and rstack-load on one memif.

usage: perf_overload_memif.py [--seconds S] [--factors F,...] [--capacity N] RSTACK RSTACK_LOAD

First rstack-load finds the capacity: short HTTP connections a second with 500 at a time. Then
it offers multiples of it as an open loop (--rate): a connection is due by the clock, not by the
answer before, and times count from when it is due. The worker of rstack has core 1, everything
else core 0. A row tells apart what the client did not offer and what was lost:

  due          the rate, and of it what rstack-load opened; the rest is its own limit
  completed    of those opened; the rest was refused, reset or timed out
  lost         SYNs that rstack dropped on purpose because it could not keep up, and frames that
               found the ring to rstack full, which rstack answers for; and frames that found the
               ring to rstack-load full, because the client did not take them in time
  busy         share of its time for which each of the two had work

The summary has what was completed by the peak, and by what could be completed: the peak or what
was opened, if that is less. Where rstack-load opened less than the peak the row says so, because
it is no overload of rstack then. Nothing is asserted by time.
"""
import argparse
import dataclasses
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
import machine  # noqa: E402  pylint: disable=wrong-import-position
from telemetry import Telemetry  # noqa: E402  pylint: disable=wrong-import-position

HUGE_MB = 1024
CLOSED_LOOP = 500          # connections at a time to find the capacity
OPEN_MAX = 200000          # most connections that rstack-load leaves unanswered at a time
# Then a connection counts as failed. A lost SYN is sent again after a second, which is no answer in
# time, so there is no use in waiting for it: the client's memory would only leave the caches.
TIMEOUT_MS = 250

SERVER = '''
[eal]
lcores = 0@0,1@1
{memory}
file-prefix = {prefix}-server
[port 0]
device = net_memif0,role=server,socket={socket},socket-abstract=no,rsize=11
address = 192.0.2.1/24
[worker]
idle = poll
[tcp]
msl = 100ms
{tcp}
[listen web]
port = 80
service = http
body = 64
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
msl = 100ms
local_ports = 1024-65535
max_connections = {connections}
[load]
target = 192.0.2.1:80
source = 198.18.0.0/15
connect_timeout = {timeout}ms
request_timeout = {timeout}ms
retry = 0
'''


def memory():
    """The lines of [eal] that say where its memory comes from, and whether it is hugepages."""
    return (f'in-memory = yes\nmemory = {HUGE_MB}', True) if machine.huge_mb() >= 2 * HUGE_MB else (
        f'no-huge = yes\nmemory = {HUGE_MB}', False)


class Pair:
    """A running rstack, and what rstack-load says when it runs against it."""

    def __init__(self, rstack, rstack_load, work, tcp=''):
        self.load_path = rstack_load
        self.work = work
        self.prefix = f'overload{os.getpid()}'
        self.socket = os.path.join(work, 'memif.sock')
        self.log = os.path.join(work, 'log')
        config = self.write('server.ini', SERVER, tcp=tcp)
        self.process = machine.start([rstack, '--', '-c', config], machine.RSTACK_READY, self.log)

    def write(self, name, text, **more):
        """Write a configuration file; returns its path."""
        path = os.path.join(self.work, name)
        with open(path, 'w', encoding='ascii') as ini:
            ini.write(text.format(memory=memory()[0], prefix=self.prefix, socket=self.socket,
                                  timeout=TIMEOUT_MS, **more))
        return path

    def fail(self, why):
        """Exit with the log of rstack."""
        sys.exit(f'{why}:\n{pathlib.Path(self.log).read_text("utf-8")}')

    def load(self, concurrency, *options):
        """Run rstack-load; returns its counters and times."""
        config = self.write('load.ini', LOAD, connections=2 * concurrency + 1024)
        done = subprocess.run(
            [self.load_path, '--', '-c', config, '--concurrency', str(concurrency), '--output',
             'json', *options], capture_output=True, text=True, timeout=120, check=False)
        # failed connections are what is measured, so its exit status may be 1
        lines = done.stdout.splitlines()
        if not lines or not lines[-1].startswith('{'):
            self.fail(f'rstack-load said {done.stdout}{done.stderr}, and rstack')
        if self.process.poll() is not None:
            self.fail('rstack has ended')
        return json.loads(lines[-1])

    def stats(self):
        """The counters of rstack's worker."""
        telemetry = Telemetry(f'/var/run/dpdk/{self.prefix}-server/dpdk_telemetry.v2')
        end = time.monotonic() + 30
        while 'error' in (stats := telemetry.ask('/rstack/lcore/stats,1')):  # it still starts
            if time.monotonic() > end:
                self.fail('the worker of rstack does not start')
            time.sleep(0.05)
        return stats

    def close(self):
        """Stop rstack in order, and check that it does."""
        self.process.send_signal(signal.SIGINT)
        try:
            status = self.process.wait(60)
        finally:
            if self.process.poll() is None:
                self.process.kill()
                self.process.wait()
            for which in ('server', 'load'):
                shutil.rmtree(f'/var/run/dpdk/{self.prefix}-{which}', ignore_errors=True)
        if status != 0:
            self.fail(f'exit status {status} of rstack')


@dataclasses.dataclass
class Row:
    """What came of one rate, in connections a second."""
    due: int
    opened: float
    completed: float


def measure(pair, rate, seconds):
    """Offer a rate for some seconds, and print what came of it."""
    concurrency = max(min(int(rate * 0.5), OPEN_MAX), 1000)
    before = pair.stats()
    start = time.monotonic()
    got = pair.load(concurrency, '--rate', str(rate), '--duration', f'{int(seconds * 1000)}ms')
    elapsed = time.monotonic() - start
    rstack = {name: value - before[name] for name, value in pair.stats().items()
              if isinstance(value, int)}
    row = Row(rate, got['attempted'] / seconds, got['completed'] / seconds)
    busy = elapsed * rstack['busy_cycles'] / rstack['total_cycles']
    print(f'http {rate:10} offered {row.completed:10.0f} completed a second of '
          f'{row.opened:.0f} opened, '
          f'p50 {got["whole_us"]["p50"]:8} p99 {got["whole_us"]["p99"]:8} us, '
          f'{got["not_offered"]:9} not offered, {got["refused"]:8} refused, '
          f'{got["reset"]:8} reset, {got["timed_out"]:8} timed out, '
          f'lost: {rstack["syns_dropped"]} SYNs by rstack, {got["tx_full"]} frames to rstack, '
          f'{rstack["tx_full"]} frames to rstack-load, '
          f'busy: rstack {busy:.1f} s, rstack-load {got["busy_percent"]:.0f} %', flush=True)
    return row


def summary(factor, row, peak):
    """The line of a factor, which report.py reads."""
    possible = min(peak, row.opened)
    line = (f'http {factor:5.1f} x the capacity: {row.completed / peak:.2f} of the peak, '
            f'{row.completed / possible if possible else 0:.2f} of what could be completed')
    if row.opened < min(row.due, 0.95 * peak):
        line += (f' (the client is the limit: it opened {row.opened / row.due:.2f} of what was '
                 f'due, {row.opened / peak:.2f} of the peak)')
    return line


def main():
    """The capacity, then each factor of it."""
    parser = argparse.ArgumentParser()
    parser.add_argument('--seconds', type=float, default=3)
    parser.add_argument('--factors', default='0.5,1,2,5,10')
    parser.add_argument('--capacity', type=int, default=0, help='connections/s; 0: find it')
    parser.add_argument('--tcp', default='', help='lines of [tcp] of rstack, e.g. max_busy = 9')
    parser.add_argument('rstack')
    parser.add_argument('rstack_load')
    args = parser.parse_args()
    machine.require(root=False)
    print(f'# net_memif, {args.seconds} s each, {"with" if memory()[1] else "without"} hugepages',
          flush=True)
    with tempfile.TemporaryDirectory() as work:
        pair = Pair(args.rstack, args.rstack_load, work, args.tcp.replace('\\n', '\n'))
        try:
            capacity = args.capacity
            if capacity == 0:
                got = pair.load(CLOSED_LOOP, '--duration', f'{int(args.seconds * 1000)}ms')
                capacity = max(int(got['completed'] / args.seconds), 1)
                print(f'http capacity {capacity:10} connections a second, {CLOSED_LOOP} at a '
                      f'time', flush=True)
            factors = [float(factor) for factor in args.factors.split(',')]
            found = [measure(pair, max(int(factor * capacity), 1), args.seconds)
                     for factor in factors]
        finally:
            pair.close()
    peak = max(capacity, *(row.completed for row in found))
    for factor, row in zip(factors, found):
        print(summary(factor, row, peak))


if __name__ == '__main__':
    main()
