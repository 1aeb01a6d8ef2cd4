#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The rstack authors
"""The latency of rstack's echo at half load, beside testpmd's macswap on the same link.

usage: perf_latency.py [--seconds S] [--rounds N] [--rate N] RSTACK RSTACK_LOAD PERF_PROBE

The link is a memif whose other end is perf_probe, which sends frames of 64 bytes of data at a
rate and measures the time from when each was due until it is back: reflected by macswap, or
echoed on one of 256 connections by rstack. The rate is half of rstack's capacity, which is how
many frames come back when 256 are always in flight; both get the same rate, in turns. Then
rstack-load opens connections at half of their capacity and sends 64 bytes on each: the time to
the first byte of the echo. The server's worker has core 1, everything else core 0.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
import machine  # noqa: E402  pylint: disable=wrong-import-position

HUGE_MB = 512
OPEN_MAX = 65536           # most connections that rstack-load leaves open at a time
LOAD_CLOSED_LOOP = 200     # connections at a time to find the capacity of short connections

SERVER = '''
[eal]
lcores = 0@0,1@1
{memory}
file-prefix = {prefix}
[port 0]
device = net_memif0,{server}
address = 192.0.2.1/24
[worker]
idle = poll
[tcp]
msl = 100ms
[listen echo]
port = 7
service = echo
nodelay = yes
'''

LOAD = '''
[eal]
lcores = 0@0,1@0
{memory}
file-prefix = {prefix}
[port 0]
device = net_memif0,{client}
address = 192.0.2.2/24
terminate = 198.18.0.0/15
[worker]
idle = yield
[tcp]
msl = 100ms
local_ports = 1024-65535
max_connections = 262144
[load]
target = 192.0.2.1:7
source = 198.18.0.0/15
request = bytes
body = 64
answer = size
answer_size = 64
close = fin
retry = 0
output = json
'''


class Link:
    """The two ends of a memif, and EAL's options of their processes."""

    def __init__(self, work):
        self.work = work
        common = f'socket={work}/memif.sock,socket-abstract=no,rsize=10'
        self.server = f'role=server,mac=02:00:00:00:00:01,{common}'
        self.client = f'role=client,mac=02:00:00:00:00:02,{common}'
        self.huge = machine.huge_mb() >= 2 * HUGE_MB

    def eal(self, end, lcores):
        """EAL's options on the command line."""
        memory = ['--in-memory'] if self.huge else ['--no-huge']
        return ['-l', lcores, '--no-pci', '-m', str(HUGE_MB), *memory, '--log-level=*:error',
                '--file-prefix', self.prefix(end), '--vdev', f'net_memif0,{getattr(self, end)}']

    def prefix(self, end):
        """A name of this run's own."""
        return f'latency{os.getpid()}-{end}'

    def config(self, end, text):
        """Write a configuration file; returns its path."""
        path = os.path.join(self.work, f'{end}.ini')
        with open(path, 'w', encoding='ascii') as ini:
            ini.write(text.format(
                memory=f'{"in-memory" if self.huge else "no-huge"} = yes\nmemory = {HUGE_MB}',
                prefix=self.prefix(end), server=self.server, client=self.client))
        return path

    def running(self, command, ready):
        """The server's end, as machine.running()."""
        return machine.running(command, ready, self.work,
                               [self.prefix(end) for end in ('server', 'client')])


class Latency:
    """The measurements."""

    def __init__(self, args, link):
        self.args = args
        self.link = link
        self.rstack = ([args.rstack, '--', '-c', link.config('server', SERVER)],
                       machine.RSTACK_READY)
        self.macswap = ([*machine.TESTPMD, *link.eal('server', '0,1'), '--', '--auto-start',
                         '--forward-mode=macswap', '--disable-link-check',
                         '--total-num-mbufs=16384'], machine.TESTPMD_READY)

    def run(self, command):
        """Run a client; returns the line of JSON that it ends with."""
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        lines = [line for line in done.stdout.splitlines() if line.startswith('{')]
        if not lines:
            sys.exit(f'{command[0]}: exit status {done.returncode}\n{done.stdout}{done.stderr}')
        return json.loads(lines[-1])

    def probe(self, server, rate, *options):
        """Start a server, and send frames to it; returns what the probe measured."""
        with self.link.running(*server):
            got = self.run([self.args.perf_probe, *self.link.eal('client', '0'), '--',
                            '--rate', str(rate), '--seconds', str(self.args.seconds), *options])
        if got['received'] < 0.99 * got['sent']:
            sys.exit(f'{got["sent"]} frames were sent and {got["received"]} came back')
        return got

    def load(self, *options):
        """Start rstack, and open connections to it; returns what rstack-load measured."""
        config = self.link.config('client', LOAD)
        with self.link.running(*self.rstack):
            got = self.run([self.args.rstack_load, '--', '-c', config, '--duration',
                            f'{int(self.args.seconds * 1000)}ms', *options])
        if got['completed'] == 0:
            sys.exit(f'no connection was served: {got}')
        return got

    def frames(self):
        """rstack and macswap in turns at half of rstack's capacity."""
        rate = self.args.rate
        if rate == 0:
            got = self.probe(self.rstack, 0, '--tcp')
            capacity = got['received'] / got['seconds']
            rate = int(capacity / 2)
            print(f'{"rstack echo, capacity":44} {capacity:10.0f} frames a second', flush=True)
        rows = {'macswap': [], 'rstack echo, kept connections': []}
        for _ in range(self.args.rounds):
            rows['macswap'].append(self.probe(self.macswap, rate))
            rows['rstack echo, kept connections'].append(self.probe(self.rstack, rate, '--tcp'))
        for name, rounds in rows.items():
            show(f'{name}, {rate} a second',
                 {key: statistics.median(got[key] / 1000 for got in rounds)
                  for key in ('p50', 'p99', 'p99.9')})

    def connections(self):
        """Short connections at half of the capacity."""
        got = self.load('--concurrency', str(LOAD_CLOSED_LOOP))
        rate = max(int(got['completed'] / self.args.seconds / 2), 1)
        got = self.load('--rate', str(rate), '--concurrency',
                        str(min(rate + 1000, OPEN_MAX)))
        show(f'rstack echo, {rate} connections a second', got['first_byte_us'])
        print(f'# {got["not_offered"]} connections not offered, {got["failed"]} failed')


def show(name, times):
    """A line of the table."""
    print(f'{name:52}' + ''.join(f' {key} {times[key]:9.1f} us'
                                 for key in ('p50', 'p99', 'p99.9')), flush=True)


def main():
    """All of it, in less than a minute."""
    parser = argparse.ArgumentParser()
    parser.add_argument('--seconds', type=float, default=1.5, help='of each measurement')
    parser.add_argument('--rounds', type=int, default=3)
    parser.add_argument('--rate', type=int, default=0,
                        help='frames a second; 0: half of the capacity')
    for name in ('rstack', 'rstack_load', 'perf_probe'):
        parser.add_argument(name)
    args = parser.parse_args()
    machine.require('dpdk-testpmd')
    with tempfile.TemporaryDirectory() as work:
        link = Link(work)
        print(f'# net_memif, {args.rounds} rounds of {args.seconds} s in turns, '
              f'{"with" if link.huge else "without"} hugepages', flush=True)
        latency = Latency(args, link)
        latency.frames()
        latency.connections()


if __name__ == '__main__':
    main()
