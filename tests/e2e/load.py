# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The rstack authors
"""rstack-load for the end-to-end tests: on a TAP to the kernel, or on a memif to rstack."""
import contextlib
import json
import os
import subprocess
import tempfile

from e2e import ALARMS, CLIENT, CLIENT6, PATIENCE, SERVER, SERVER6, TAP, equal, sh, until

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def load_file(device, address, load, port='', tcp='', lcores='0@0,1@1', prefix='e2e-load'):
    """
    The text of a file for rstack-load with one port; `load`, `port` and `tcp` are lines of these
    sections.
    """
    return f"""
[eal]
lcores = {lcores}
no-huge = yes
file-prefix = {prefix}
[port 0]
device = {device}
address = {address}
{port}
[worker]
idle = yield
[tcp]
{tcp}
[load]
{load}
"""


def on_tap(port='', tcp='', lcores='0@0,1@1'):
    """The same on the TAP: rstack-load has rstack's address, and the kernel is the server."""
    return load_file(f'net_tap0,iface={TAP}', f'{SERVER}/24, {SERVER6}/64',
                     f'target = {CLIENT}:80', 'dad_transmits = 0\nterminate = 198.18.0.0/15\n' +
                     port, 'msl = 100ms\n' + tcp, lcores)


@contextlib.contextmanager
def kernel_tap():
    """
    A TAP that exists before rstack-load opens it, so that the kernel answers from the first
    frame on.
    """
    sh('ip', 'tuntap', 'add', 'dev', TAP, 'mode', 'tap', 'multi_queue')
    sh('sysctl', '-qw', *(f'net.ipv6.conf.{TAP}.{key}' for key in
                          ('disable_ipv6=0', 'accept_ra=0', 'keep_addr_on_down=1')))
    sh('ip', 'addr', 'add', f'{CLIENT}/24', 'dev', TAP)
    sh('ip', 'addr', 'add', f'{CLIENT6}/64', 'dev', TAP, 'nodad')
    sh('ip', 'link', 'set', TAP, 'up')
    sh('ip', 'route', 'add', '198.18.0.0/15', 'dev', TAP)
    try:
        yield
    finally:
        sh('ip', 'link', 'del', TAP)


class Load:
    """
    A running rstack-load. `options` are those after --. Its file is `config`, or has the text
    `text`, or else on_tap() of `on`, with the lines `settings` appended. stderr=None: together with
    its output.
    """

    def __init__(self, *options, config=None, text=None, settings='', stderr=None, **on):
        self.dir = tempfile.TemporaryDirectory()
        if config is None:
            config = os.path.join(self.dir.name, 'load.ini')
            with open(config, 'w', encoding='utf-8') as file:
                file.write(on_tap(**on) + settings if text is None else text)
        self.out = open(os.path.join(self.dir.name, 'out'), 'w+', encoding='utf-8')
        self.process = subprocess.Popen(
            [os.environ['RSTACK_LOAD'], '--', '-c', config, *options],
            stdout=self.out, stderr=self.out if stderr is None else stderr,
            stdin=subprocess.DEVNULL)

    def output(self):
        """Its output so far."""
        with open(self.out.name, encoding='utf-8', errors='replace') as file:
            return file.read()

    def wait(self, seconds=4 * PATIENCE):
        """Wait for its end. Returns (exit status, output)."""
        try:
            status = self.process.wait(seconds)
        finally:
            self.kill()
        output = self.output()
        self.out.close()
        self.dir.cleanup()
        for alarm in ALARMS:
            assert alarm not in output, f'rstack-load said {output}'
        return status, output

    def wait_up(self):
        """Wait until it polls."""
        until(lambda: 'Ctrl-C stops it' in self.output() or self.process.poll() is not None,
              'rstack-load runs')
        assert self.process.poll() is None, f'rstack-load did not start: {self.output()}'

    def kill(self):
        """Kill it, if it still runs."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


# The kernel's server over IPv6.
TARGET6 = ('--target', f'[{CLIENT6}]:80')


def load(*options, status=0, **more):
    """Run rstack-load to its end and return its counters and times."""
    got, output = Load(*options, '--output', 'json', **more).wait()
    equal(got, status, f'exit status of rstack-load {options}; it said {output}')
    return json.loads(output.splitlines()[-1])


def expect(numbers, **expected):
    """Check counters by name."""
    equal({name: numbers[name] for name in expected}, expected, f'counters in {numbers}')
