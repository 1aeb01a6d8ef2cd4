#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The rstack authors
"""The appliance beside testpmd on the same device: ns for each frame received.

usage: perf_pcap.py [--rounds N] [--seconds S] [--only NAME,...] RSTACK

The device is net_pcap, which repeats 512 segments to closed ports for ever and drops the replies.
A NAME is rstack, which gets SYNs, rstack:KIND, which gets stray segments of another KIND (ack,
fin, data, rst), rstack:acl, which gets SYNs and has an access list of 10,000 rules that come as
near to their sources as rules can, or a forwarding mode of testpmd; with a 6 behind rstack or the
mode (rstack6:rst, 5tswap6) the segments are of IPv6. All are started first, their workers on core
1, and stopped by SIGSTOP; then each goes on for a tenth of a second in turn, because the machine
changes its speed within seconds, and a ratio of two figures says something only where both are of
the same moment.
The figure is the time that the worker had the core, by the frames that the device counted
meanwhile: work of others on the machine is not counted. Starting a process takes 1 to 5 s; one that
takes more than a minute for that, for a turn or to stop ends the run with a sentence.
"""
import argparse
import contextlib
import dataclasses
import ipaddress
import itertools
import os
import random
import shutil
import signal
import statistics
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
HUGE_MB = 512       # of each process
TURN_SECONDS = 0.1
MOST_SECONDS = 60   # that a process may take to start, for a turn, or to stop

# A kind of segment: its flags, its bytes of data, and the reason of the reset that it is owed.
KINDS = {
    'syn': (0x02, 0, 'no_listener'),
    'ack': (0x10, 0, 'no_connection'),
    'fin': (0x11, 0, 'no_connection'),
    'data': (0x18, 6, 'no_connection'),
    'rst': (0x04, 0, None),
    'acl': (0x02, 0, 'no_listener'),
}
RULES = 10000

NAMES = ['rstack', 'rstack:ack', 'rstack:fin', 'rstack:data', 'rstack:rst', 'rstack:acl',
         'rstack6', 'rstack6:rst', 'rstack6:acl', '5tswap', '5tswap6', 'macswap', 'rxonly', 'csum']

# Whose ratio is printed, where both have run.
RATIOS = [('rstack', '5tswap'), ('rstack:ack', '5tswap'), ('rstack:fin', '5tswap'),
          ('rstack:data', '5tswap'), ('rstack:rst', 'rxonly'), ('rstack6', '5tswap6'),
          ('rstack6:rst', 'rxonly'), ('rstack6', 'rstack'), ('rstack6:rst', 'rstack:rst'),
          ('rstack:acl', 'rstack'), ('rstack6:acl', 'rstack6')]

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


def source_of(number, version):
    """The address that segment `number` comes from."""
    if version == 6:
        return ipaddress.ip_address(f'2001:db8:10::{1 + number:x}')
    return ipaddress.ip_address('10.0.0.1') + number


def rules(version):
    """
    Lines of an access list that refuses none of the segments. Each prefix has some bytes in common
    with a source and differs in the next one, so the list cannot decide by fewer bytes of it.
    """
    chance = random.Random(1)
    lines = [f'allow {source_of(number, 4)}' for number in range(0, FRAMES, 16)]
    while len(lines) < RULES:
        source = source_of(chance.randrange(FRAMES), version).packed[:8]
        same = 2 + len(lines) % (len(source) - 2)
        prefix = source[:same] + bytes([source[same] ^ chance.randrange(1, 256)])
        prefix += chance.randbytes(len(source) - len(prefix))
        address = ipaddress.ip_address(prefix.ljust(16 if version == 6 else 4, b'\0'))
        if version == 6:
            lines.append(f'drop {address}/64')
        elif not source_of(0, 4) <= address < source_of(FRAMES, 4):
            lines.append(f'drop {address}')
    return '\n'.join(lines) + '\n'


def segment(kind, number, version):
    """An Ethernet frame: segment `number` of a kind, to a port without a listener."""
    flags, data, _ = KINDS[kind]
    numbers = (0x01000193 * number & 0xffffffff,
               0x12345678 if flags & pcaps.FLAGS['ack'] else 0)
    return pcaps.frame((MAC, PEER_MAC), (str(source_of(number, version)), ADDRS[version]),
                       (1024 + number * 7, 7000 + number), numbers, flags, ident=number,
                       window=65535, df=True, text=b'x' * data)


def parse(name):
    """The program, its kind of segments and their version of IP, by a NAME."""
    program, _, kind = name.partition(':')
    return program.removesuffix('6'), kind or 'syn', 6 if program.endswith('6') else 4


def eal(prefix, pcap, huge):
    """EAL's options of both, but for the device, which rstack has in its file."""
    options = ['-l', '0,1', '--no-pci', '--file-prefix', prefix, '--log-level=*:error']
    options += ['--in-memory'] if huge else ['--no-huge', '-m', str(HUGE_MB)]
    if pcap:
        options += ['--vdev', f'net_pcap0,rx_pcap={pcap},infinite_rx=1']
    return options


class Limit:
    """
    A `with` statement that ends the run if it takes more than `seconds`, or if a telemetry fails
    in it. `stage` is a part of that sentence.
    """

    def __init__(self, name, stage, seconds=MOST_SECONDS):
        self.name = name
        self.stage = stage
        self.seconds = seconds

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
def running(name, command, prefix, seconds=MOST_SECONDS):
    """Start a DPDK process, yield it and its telemetry, stop it in order."""
    path = f'/var/run/dpdk/{prefix}/dpdk_telemetry.v2'
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=log,
                                   stderr=subprocess.STDOUT)
        try:
            telemetry = None
            with Limit(name, 'it starts', seconds):
                while telemetry is None:
                    if process.poll() is not None:
                        log.seek(0)
                        sys.exit(f'{command[0]} does not start:\n{log.read().decode()}')
                    with contextlib.suppress(OSError):
                        telemetry = Telemetry(path)
                    time.sleep(0.05)
            yield process, telemetry
            with Limit(name, 'it stops', seconds):
                process.send_signal(signal.SIGCONT)
                time.sleep(0.1)     # testpmd ends only if its first thread gets the signal
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


@dataclasses.dataclass
class Runner:
    """A process that runs in its turns and is stopped between them."""
    name: str
    process: subprocess.Popen
    telemetry: Telemetry

    def sample(self):
        """The frames received so far, and the time of each thread."""
        return self.telemetry.ask('/ethdev/stats,0')['ipackets'], cpu_ns(self.process.pid)

    def wait(self):
        """Wait for its first frame, then stop it."""
        with Limit(self.name, 'it receives no frame'):
            while not (self.telemetry.ask('/ethdev/list') and self.sample()[0] > 0):
                time.sleep(0.05)
            self.process.send_signal(signal.SIGSTOP)

    def turn(self, seconds):
        """Let it go on: nanoseconds of its busiest thread, the worker, and the frames it got."""
        with Limit(self.name, 'it is measured'):
            self.process.send_signal(signal.SIGCONT)
            frames, start = self.sample()
            time.sleep(seconds)
            more, stop = self.sample()
            self.process.send_signal(signal.SIGSTOP)
        return max(stop[task] - ns for task, ns in start.items()), more - frames

    def check(self):
        """Each frame of rstack got the reset that it was owed."""
        program, kind, _ = parse(self.name)
        if program == 'rstack':
            with Limit(self.name, 'its resets are counted'):
                self.process.send_signal(signal.SIGCONT)
                check_resets(self.telemetry, KINDS[kind][2])
                self.process.send_signal(signal.SIGSTOP)


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


def command_of(name, prefix, rstack, work, huge):
    """How rstack or a forwarding mode of testpmd is started."""
    program, kind, version = parse(name)
    if program == 'rstack':
        return [rstack, *eal(prefix, None, huge), '--', '-c', f'{work}/{kind}{version}.ini']
    return ['dpdk-testpmd', *eal(prefix, f'{work}/syn{version}.pcap', huge), '--',
            f'--forward-mode={program}', '--auto-start', '--total-num-mbufs=16384']


def start_all(names, rstack, work, huge, stack):
    """A Runner for each name, started and stopped by SIGSTOP. `stack` ends them."""
    runners = []
    for number, name in enumerate(names):
        prefix = f'perf{os.getpid()}_{number}'
        process, telemetry = stack.enter_context(
            running(name, command_of(name, prefix, rstack, work, huge), prefix))
        runners.append(Runner(name, process, telemetry))
        runners[-1].wait()
    return runners


def measure(runners, seconds):
    """A round: {name: nanoseconds a frame}, over so many seconds of each in short turns."""
    total = {runner.name: [0, 0] for runner in runners}
    for _ in range(max(1, round(seconds / TURN_SECONDS))):
        for runner in runners:
            ns, frames = runner.turn(TURN_SECONDS)
            total[runner.name][0] += ns
            total[runner.name][1] += frames
    return {name: ns / frames for name, (ns, frames) in total.items()}


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
    huge = machine.huge_mb() >= HUGE_MB * len(names)
    print(f'# net_pcap, {FRAMES} segments to closed ports, of 60 bytes, IPv6 of 74 (with data '
          f'80), {args.rounds} rounds of {args.seconds} s in turns of {TURN_SECONDS} s, '
          f'{"with" if huge else "without"} hugepages', flush=True)
    found = {name: [] for name in names}
    with tempfile.TemporaryDirectory() as work, contextlib.ExitStack() as stack:
        for kind, version in itertools.product(KINDS, ADDRS):
            path = f'{work}/{kind}{version}'
            pcaps.write_pcap(f'{path}.pcap',
                             [segment(kind, number, version) for number in range(FRAMES)])
            with open(f'{path}.ini', 'w', encoding='ascii') as ini:
                ini.write(CONFIG.format(pcap=f'{path}.pcap', addr=ADDRS[4], addr6=ADDRS[6]))
                if kind == 'acl':
                    ini.write(f'[acl near]\nfile = {path}.rules\n')
            with open(f'{path}.rules', 'w', encoding='ascii') as file:
                file.write(rules(version))
        runners = start_all(names, args.rstack, work, huge, stack)
        for number in range(1, args.rounds + 1):
            for name, ns in measure(runners, args.seconds).items():
                found[name].append(ns)
            print(f'# round {number} of {args.rounds}: ' + ', '.join(
                f'{name} {found[name][-1]:.1f}' for name in names), flush=True)
        for runner in runners:
            runner.check()
    print_results(found)


if __name__ == '__main__':
    main()
