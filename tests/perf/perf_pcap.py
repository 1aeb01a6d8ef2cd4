#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The rstack authors
"""The appliance beside testpmd on the same device: ns for each frame received.

usage: perf_pcap.py [--rounds N] [--seconds S] [--only NAME,...] RSTACK

The device is net_pcap, which repeats 512 segments to closed ports for ever and drops the replies.
A NAME is rstack, which gets SYNs, rstack:KIND, which gets stray segments of another KIND (ack,
fin, data, rst), or a forwarding mode of testpmd; with a 6 behind rstack or the mode (rstack6:rst,
5tswap6) the segments are of IPv6. They run in turns, their worker on core 1. The
figure is the time that the worker had the core, by the frames that the device counted meanwhile:
work of others on the machine is not counted. A turn takes 3 to 11 s, most of it to start and to
stop the process, and ends the run with a sentence if it takes more than a minute.
"""
import argparse
import contextlib
import itertools
import os
import shutil
import signal
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../config/pktgen'))
import machine  # noqa: E402  pylint: disable=wrong-import-position
import pcaps  # noqa: E402  pylint: disable=wrong-import-position
from telemetry import Telemetry  # noqa: E402  pylint: disable=wrong-import-position

FRAMES = 512
MAC = bytes.fromhex('027063617000')  # of the first net_pcap
PEER_MAC = bytes.fromhex('020000000002')
ADDRS = {4: '192.0.2.1', 6: '2001:db8::1'}
HUGE_MB = 512
TURN_SECONDS = 60   # a turn may take, beside its measurement

# A kind of segment: its flags, its bytes of data, and the reason of the reset that it is owed.
KINDS = {
    'syn': (0x02, 0, 'no_listener'),
    'ack': (0x10, 0, 'no_connection'),
    'fin': (0x11, 0, 'no_connection'),
    'data': (0x18, 6, 'no_connection'),
    'rst': (0x04, 0, None),
}

NAMES = ['rstack', 'rstack:ack', 'rstack:fin', 'rstack:data', 'rstack:rst', 'rstack6',
         'rstack6:rst', '5tswap', '5tswap6', 'macswap', 'rxonly', 'csum']

# Whose ratio is printed, where both have run.
RATIOS = [('rstack', '5tswap'), ('rstack:ack', '5tswap'), ('rstack:fin', '5tswap'),
          ('rstack:data', '5tswap'), ('rstack:rst', 'rxonly'), ('rstack6', '5tswap6'),
          ('rstack6:rst', 'rxonly'), ('rstack6', 'rstack'), ('rstack6:rst', 'rstack:rst')]

CONFIG = '''
[port 0]
device = net_pcap0,rx_pcap={pcap},infinite_rx=1
address = {addr}/24
terminate = {addr6}
[worker]
idle = poll
[listen web]
port = 80
service = http
'''


def segment(kind, number, version):
    """An Ethernet frame: segment `number` of a kind, to a port without a listener."""
    flags, data, _ = KINDS[kind]
    source = (f'2001:db8:10::{1 + number:x}' if version == 6 else
              socket.inet_ntoa(struct.pack('!BBH', 10, 0, 1 + number)))
    numbers = (0x01000193 * number & 0xffffffff,
               0x12345678 if flags & pcaps.FLAGS['ack'] else 0)
    return pcaps.frame((MAC, PEER_MAC), (source, ADDRS[version]),
                       (1024 + number * 7, 7000 + number), numbers, flags, ident=number,
                       window=65535, df=True, text=b'x' * data)


def parse(name):
    """The program, its kind of segments and their version of IP, by a NAME."""
    program, _, kind = name.partition(':')
    return program.removesuffix('6'), kind or 'syn', 6 if program.endswith('6') else 4


def eal(prefix, pcap):
    """EAL's options of both, but for the device, which rstack has in its file."""
    options = ['-l', '0,1', '--no-pci', '--file-prefix', prefix, '--log-level=*:error']
    huge = machine.huge_mb() >= HUGE_MB
    options += ['--in-memory'] if huge else ['--no-huge', '-m', str(HUGE_MB)]
    if pcap:
        options += ['--vdev', f'net_pcap0,rx_pcap={pcap},infinite_rx=1']
    return options, huge


class Turn:
    """
    A turn of `name`: within the `with` statement, which ends the run if it takes more than
    `seconds`, or if its telemetry fails. `stage` is a part of that sentence.
    """

    def __init__(self, name, seconds):
        self.name = name
        self.seconds = seconds
        self.stage = 'it starts'

    def over(self, *_):
        """End the run: the signal's handler."""
        sys.exit(f'{self.name}: ended after {self.seconds:g} s, while {self.stage}')

    def __enter__(self):
        signal.signal(signal.SIGALRM, self.over)
        signal.setitimer(signal.ITIMER_REAL, self.seconds)
        return self

    def __exit__(self, kind, error, trace):
        signal.setitimer(signal.ITIMER_REAL, 0)
        if isinstance(error, (OSError, ValueError)):
            sys.exit(f'{self.name}: its telemetry fails, while {self.stage}: {error!r}')


@contextlib.contextmanager
def running(command, prefix, turn):
    """Start a DPDK process, yield it and its telemetry, stop it in order."""
    path = f'/var/run/dpdk/{prefix}/dpdk_telemetry.v2'
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=log,
                                   stderr=subprocess.STDOUT)
        try:
            telemetry = None
            while telemetry is None:
                if process.poll() is not None:
                    log.seek(0)
                    sys.exit(f'{command[0]} does not start:\n{log.read().decode()}')
                with contextlib.suppress(OSError):
                    telemetry = Telemetry(path)
                time.sleep(0.05)
            yield process, telemetry
            turn.stage = 'it stops'
            process.send_signal(signal.SIGINT)
            process.wait()
        finally:
            if process.poll() is None:
                process.kill()
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(10)
            shutil.rmtree(os.path.dirname(path), ignore_errors=True)


def cpu_ns(pid):
    """Nanoseconds that each thread of a process had a core."""
    times = {}
    for task in os.listdir(f'/proc/{pid}/task'):
        with open(f'/proc/{pid}/task/{task}/schedstat', encoding='ascii') as stat:
            times[task] = int(stat.read().split()[0])
    return times


def frame_ns(process, telemetry, turn, seconds):
    """Nanoseconds of its busiest thread, the worker, for a received frame."""
    def sample():
        return telemetry.ask('/ethdev/stats,0')['ipackets'], cpu_ns(process.pid)

    turn.stage = 'it receives no frame'
    while not (telemetry.ask('/ethdev/list') and sample()[0] > 0):
        time.sleep(0.05)
    turn.stage = 'it is measured'
    time.sleep(0.5)
    frames, start = sample()
    time.sleep(seconds)
    more, stop = sample()
    return max(stop[task] - ns for task, ns in start.items()) / (more - frames)


def check_resets(telemetry, reason):
    """All that came is a segment that got a reset, counted as `reason`; None: it got none."""
    before = telemetry.ask('/rstack/reset/sent')
    segments = telemetry.ask('/rstack/tcp/stats')['rx_segments']
    after = telemetry.ask('/rstack/reset/sent')
    drops = telemetry.ask('/rstack/drop')
    others = {name: n for name, n in after.items() if n and name != reason}
    if others or any(drops.values()):
        sys.exit(f'not only resets with reason {reason}: {others} {drops}')
    # a burst may be counted in one and not yet in the other
    if reason and not before[reason] - 64 <= segments <= after[reason] + 64:
        sys.exit(f'{segments} segments, {before} and then {after} resets')


def measure(name, rstack, work, seconds):
    """One turn of rstack or of a forwarding mode of testpmd."""
    prefix = f'perf{os.getpid()}'
    program, kind, version = parse(name)
    if program == 'rstack':
        command = [rstack, *eal(prefix, None)[0], '--', '-c', f'{work}/{kind}{version}.ini']
    else:
        command = ['dpdk-testpmd', *eal(prefix, f'{work}/syn{version}.pcap')[0], '--',
                   f'--forward-mode={program}', '--auto-start', '--total-num-mbufs=16384']
    with Turn(name, TURN_SECONDS + seconds) as turn, \
            running(command, prefix, turn) as (process, telemetry):
        ns = frame_ns(process, telemetry, turn, seconds)
        if program == 'rstack':
            check_resets(telemetry, KINDS[kind][2])
    return ns


def print_results(found):
    """A line for each name, and for each ratio: the median of those of the rounds."""
    for name, ns in found.items():
        print(f'{name:52} {statistics.median(ns):7.1f} ns a frame ({min(ns):.1f}..{max(ns):.1f})')
    for name, beside in RATIOS:
        if name in found and beside in found:
            ratio = [a / b for a, b in zip(found[name], found[beside])]
            print(f'{f"{name} / {beside}":52} {statistics.median(ratio):7.2f} '
                  f'({min(ratio):.2f}..{max(ratio):.2f})')


def main():
    """All in turns, so that what disturbs the machine disturbs all alike."""
    parser = argparse.ArgumentParser()
    parser.add_argument('--rounds', type=int, default=5)
    parser.add_argument('--seconds', type=float, default=2)
    parser.add_argument('--only', default=','.join(NAMES))
    parser.add_argument('rstack')
    args = parser.parse_args()
    names = args.only.split(',')
    machine.require('dpdk-testpmd')
    print(f'# net_pcap, {FRAMES} segments to closed ports, of 60 bytes, IPv6 of 74 (with data '
          f'80), {args.rounds} rounds of {args.seconds} s, '
          f'{"with" if eal("", None)[1] else "without"} hugepages', flush=True)
    found = {name: [] for name in names}
    with tempfile.TemporaryDirectory() as work:
        for kind, version in itertools.product(KINDS, ADDRS):
            path = f'{work}/{kind}{version}'
            pcaps.write_pcap(f'{path}.pcap',
                             [segment(kind, number, version) for number in range(FRAMES)])
            with open(f'{path}.ini', 'w', encoding='ascii') as ini:
                ini.write(CONFIG.format(pcap=f'{path}.pcap', addr=ADDRS[4], addr6=ADDRS[6]))
        for number in range(1, args.rounds + 1):
            for name in names:
                found[name].append(measure(name, args.rstack, work, args.seconds))
            print(f'# round {number} of {args.rounds}: ' + ', '.join(
                f'{name} {found[name][-1]:.1f}' for name in names), flush=True)
    print_results(found)


if __name__ == '__main__':
    main()
