#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The rstack authors
"""The samples of config/ for collectd and telegraf, against a running rstack."""
import contextlib
import csv
import errno
import pathlib
import shutil
import subprocess
import tempfile

from e2e import (PATIENCE, SERVICES, Rstack, Skip, Telemetry, connect, equal, known_leak, raises,
                 receive, run, until)

CONFIG = pathlib.Path(__file__).resolve().parents[2] / 'config'

# What the sample leaves to the rest of collectd's configuration, here in one directory.
COLLECTD = """
Hostname "e2e"
Interval 1
BaseDir "@DIR@"
PIDFile "@DIR@/pid"
LoadPlugin csv
<Plugin csv>
	DataDir "@DIR@/csv"
</Plugin>
LoadPlugin logfile
<Plugin logfile>
	LogLevel info
	File "@DIR@/log"
</Plugin>
"""


def collectd_reads_the_ports():
    """Debian's collectd with its plugin dpdk_telemetry writes what each port counted."""
    if shutil.which('collectd') is None:
        raise Skip('there is no collectd (package collectd-core)')
    text = (CONFIG / 'collectd.conf').read_text(encoding='utf-8')
    assert 'args = -d librte_metrics.so.23' in text, text
    # librte_metrics does not free the text of its answers, which jansson made
    with tempfile.TemporaryDirectory() as name, known_leak('libjansson'), \
            Rstack(SERVICES, eal=('-d', 'librte_metrics.so.23')) as rstack:
        with connect(7) as sock:
            sock.sendall(bytes(1000))
            receive(sock, 1000)
        directory = pathlib.Path(name)
        config = directory / 'collectd.conf'
        config.write_text(text.replace('/dpdk/rte/', '/dpdk/e2e/') +
                          COLLECTD.replace('@DIR@', name), encoding='utf-8')
        process = subprocess.Popen(['collectd', '-f', '-C', config], stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        counters = directory / 'csv/e2e/dpdk_telemetry-rx_good_packets.0'

        def value():
            for path in counters.glob('*'):
                rows = list(csv.DictReader(path.read_text(encoding='utf-8').splitlines()))
                if rows:
                    return float(rows[-1]['value'])
            return 0
        try:
            until(lambda: value() >= rstack.stats()['rx_frames'] > 4, 'collectd has the frames')
        except AssertionError:
            print('# collectd said:', (directory / 'log').read_text(encoding='utf-8'))
            raise
        finally:
            process.terminate()
            process.wait(PATIENCE)


def telegraf_commands_are_answered():
    """The sample is TOML; each of its commands gets a flat object of numbers, as telegraf needs."""
    try:
        import tomllib  # pylint: disable=import-outside-toplevel
    except ImportError as missing:
        raise Skip('this Python has no tomllib') from missing
    sample = tomllib.loads((CONFIG / 'telegraf.conf').read_text(encoding='utf-8'))
    (dpdk,) = sample['inputs']['dpdk']
    equal(dpdk['socket_path'], '/var/run/dpdk/rte/dpdk_telemetry.v2')
    commands = dpdk['additional_commands']
    assert len(commands) == len(set(commands)) > 5, commands
    with Rstack(SERVICES), contextlib.closing(Telemetry()) as telemetry:
        raises(errno.ECONNREFUSED, connect, 3000)
        for command in commands:
            assert len(command) < 56, command
            answer = telemetry.ask(command)
            assert answer and all(isinstance(value, int) for value in answer.values()), command
        for device in dpdk['device_types']:
            for identity in telemetry.ask(f'/{device}/list'):
                assert telemetry.ask(f'/{device}/stats,{identity}')['ipackets'] > 0
        for command in dpdk['ethdev']['exclude_commands']:
            assert command in telemetry.ask('/'), command


if __name__ == '__main__':
    run([
        collectd_reads_the_ports,
        telegraf_commands_are_answered,
    ], one_family='the collectors read telemetry, which has no addresses of peers')
