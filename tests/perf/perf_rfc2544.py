#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The rstack authors
"""RFC 2544 over virtual links: throughput, latency and frame loss rate by frame size.

usage: perf_rfc2544.py [--trial MS] [--sizes N,...] PERF_RFC2544 RSTACK

The generator is PERF_RFC2544. Its device under test is the engine on a second lcore of the same
process (net_ring), then, over net_memif, rstack with its worker on core 1 and dpdk-testpmd in
macswap mode there; the generator has core 0. tests/perf/README.md explains the lines.
"""
import argparse
import os
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
import machine  # noqa: E402  pylint: disable=wrong-import-position

HUGE_MB = 512
MAC = '02:00:00:00:00:01'   # to which the generator sends

CONFIG = '''
[eal]
lcores = 0@0,1@1
{memory}
file-prefix = {prefix}
[port 0]
device = {device}
address = 192.0.2.1/24
[worker]
idle = poll
'''


def huge():
    """Whether both processes find hugepages."""
    return machine.huge_mb() >= 2 * HUGE_MB


def commands(rstack, work, prefix):
    """
    {name: (the command that starts a device under test as the server of the memif, what it prints
    when it has started)}.
    """
    device = f'net_memif0,role=server,socket={work}/memif,socket-abstract=no,rsize=10,mac={MAC}'
    memory = ['--in-memory'] if huge() else ['--no-huge', '-m', str(HUGE_MB)]
    with open(f'{work}/rstack.ini', 'w', encoding='ascii') as ini:
        ini.write(CONFIG.format(
            device=device, prefix=prefix, memory=f'memory = {HUGE_MB}\n' + (
                'in-memory = yes' if huge() else 'no-huge = yes')))
    return {
        '': ([rstack, '--', '-c', f'{work}/rstack.ini'], machine.RSTACK_READY),
        'testpmd macswap, ': ([*machine.TESTPMD, '--lcores', '0@0,1@1', '--no-pci', *memory,
                               '--file-prefix', prefix, '--log-level=*:error', '--vdev', device,
                               '--', '--forward-mode=macswap', '--auto-start',
                               '--disable-link-check', '--total-num-mbufs=16384'],
                              machine.TESTPMD_READY),
    }


def main():
    """One after the other, because each needs both cores."""
    parser = argparse.ArgumentParser()
    parser.add_argument('--trial', default='1000', help='length of a trial, in ms')
    parser.add_argument('--sizes', default='64,128,256,512,1024,1280,1518')
    parser.add_argument('--resolution', default='5', help='of the search, per mille of the rate')
    parser.add_argument('perf_rfc2544')
    parser.add_argument('rstack')
    args = parser.parse_args()
    machine.require('dpdk-testpmd')
    generator = [args.perf_rfc2544, '--trial', args.trial, '--sizes', args.sizes, '--resolution',
                 args.resolution]
    print(f'# RFC 2544, trials of {args.trial} ms, {"with" if huge() else "without"} hugepages',
          flush=True)
    subprocess.run(generator, check=True)
    prefix = f'rfc2544-{os.getpid()}'
    with tempfile.TemporaryDirectory() as work:
        for name, (command, ready) in commands(args.rstack, work, prefix).items():
            with machine.running(command, ready, work, [prefix]):
                subprocess.run([*generator, '--memif', f'{work}/memif', '--prefix', name],
                               check=True)


if __name__ == '__main__':
    main()
