#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The rstack authors
"""rstack as a service: the notifications of sd_notify(3), the watchdog, and its capabilities."""
import contextlib
import ctypes
import os
import pathlib
import re
import signal
import socket
import tempfile
import threading
import time

from e2e import ECHO, PATIENCE, Rstack, Skip, Tap, connect, echoes, equal, run, sh, until

UNIT = pathlib.Path(os.environ['BUILD']) / 'config/rstack.service'

# <linux/ptrace.h> and <linux/wait.h>
PTRACE_SEIZE, PTRACE_INTERRUPT, PTRACE_DETACH, WALL = 0x4206, 0x4207, 17, 0x40000000


class Systemd:
    """The service manager's end of NOTIFY_SOCKET: every assignment with the time it came."""

    def __init__(self, path, **env):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(path.replace('@', '\0') if path.startswith('@') else path)
        self.got = []
        self.env = {'NOTIFY_SOCKET': path, **env}
        self.thread = threading.Thread(target=self.read, daemon=True)
        self.thread.start()

    def read(self):
        """Note what arrives, until the end."""
        while text := self.socket.recv(4096).decode():
            self.got += [(time.monotonic(), line) for line in text.split('\n')]

    def lines(self, name):
        """The assignments to a variable so far."""
        return [line for _, line in self.got if line.startswith(name + '=')]


@contextlib.contextmanager
def service(path=None, more=()):
    """rstack with a service manager; gives both."""
    with tempfile.TemporaryDirectory() as directory:
        systemd = Systemd(path or f'{directory}/notify', **dict(more))
        os.environ.update(systemd.env)
        try:
            with Rstack(ECHO) as rstack:
                yield systemd, rstack
        finally:
            for name in systemd.env:
                del os.environ[name]
        until(lambda: systemd.lines('STOPPING'), 'STOPPING=1')


def ready_comes_when_it_serves():
    """READY=1 once, after the ports are up; at the stop, STOPPING=1 with its longest time."""
    for path in (None, '@rstack-e2e'):
        with service(path) as (systemd, rstack):
            until(lambda: systemd.lines('READY'), 'READY=1')
            with connect(7) as sock:
                echoes(sock)
            equal(systemd.lines('STATUS'), ['STATUS=1 workers on 1 ports'])
            equal(systemd.lines('STOPPING'), [])
        equal(systemd.lines('READY'), ['READY=1'])
        equal(systemd.lines('STOPPING'), ['STOPPING=1'])
        equal(systemd.lines('EXTEND_TIMEOUT_USEC'), ['EXTEND_TIMEOUT_USEC=15000000'])
        # without WATCHDOG_USEC nothing is fed
        equal(systemd.lines('WATCHDOG'), [])
        equal(rstack.status, 0)


def reload_is_told():
    """SIGHUP: RELOADING=1 with the time of its begin, then READY=1 again."""
    with service() as (systemd, rstack):
        until(lambda: systemd.lines('READY'), 'READY=1')
        rstack.signal(signal.SIGHUP)
        until(lambda: len(systemd.lines('READY')) == 2, 'READY=1 again')
        equal(systemd.lines('RELOADING'), ['RELOADING=1'])
        begin = int(systemd.lines('MONOTONIC_USEC')[0].split('=')[1])
        assert 0 < time.monotonic() - begin / 1e6 < PATIENCE, begin


def failed_start_is_not_ready():
    """A device that is not there: status 1, and no READY=1."""
    with tempfile.TemporaryDirectory() as directory:
        systemd = Systemd(f'{directory}/notify')
        os.environ.update(systemd.env)
        try:
            rstack = Rstack(ECHO, device='net_nothere0', wait=False)
            equal(rstack.wait(), 1, rstack.output())
        finally:
            del os.environ['NOTIFY_SOCKET']
        equal(systemd.got, [])


def watchdog_is_that_of_its_process():
    """Fed at least once a second; not if WATCHDOG_PID is another process."""
    with service(more={'WATCHDOG_USEC': '3000000'}) as (systemd, _):
        until(lambda: len(systemd.lines('WATCHDOG')) > 5, 'WATCHDOG=1')
        times = [at for at, line in systemd.got if line == 'WATCHDOG=1']
        assert times[-1] - times[0] > 5 * 0.2, times
    with service(more={'WATCHDOG_USEC': '3000000', 'WATCHDOG_PID': '1'}) as (systemd, _):
        time.sleep(1)
        equal(systemd.lines('WATCHDOG'), [])


@contextlib.contextmanager
def stopped(tid):
    """One thread stands still; SIGSTOP would stop the whole process."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.ptrace.argtypes = [ctypes.c_long] * 4
    if libc.ptrace(PTRACE_SEIZE, tid, 0, 0) != 0:
        raise Skip(f'no ptrace here: {os.strerror(ctypes.get_errno())}')
    equal(libc.ptrace(PTRACE_INTERRUPT, tid, 0, 0), 0)
    os.waitpid(tid, WALL)
    try:
        yield
    finally:
        libc.ptrace(PTRACE_DETACH, tid, 0, 0)


def hung_worker_is_noticed():
    """It is named once within seconds, the watchdog starves, and both end when it polls again."""
    with service(more={'WATCHDOG_USEC': '3000000'}) as (systemd, rstack):
        until(lambda: systemd.lines('WATCHDOG'), 'WATCHDOG=1')
        tasks = pathlib.Path(f'/proc/{rstack.process.pid}/task')
        tid = next(int(task.name) for task in tasks.iterdir()
                   if 'worker-1' in (task / 'comm').read_text(encoding='utf-8'))
        with stopped(tid):
            until(lambda: 'has not polled' in rstack.output(), 'the worker is named')
            fed = len(systemd.lines('WATCHDOG'))
            time.sleep(2)
            equal(len(systemd.lines('WATCHDOG')), fed)
            equal(rstack.output().count('has not polled'), 1, rstack.output())
        until(lambda: 'polls again' in rstack.output(), 'it polls again')
        until(lambda: len(systemd.lines('WATCHDOG')) > fed, 'the watchdog is fed again')
        said = re.search(r'the worker on lcore 1 has not polled for (\d+) ms: it hangs, or',
                         rstack.output())
        assert said and 500 <= int(said[1]), rstack.output()
        said = re.search(r'the worker on lcore 1 polls again, after (\d+) ms', rstack.output())
        assert said and 2000 <= int(said[1]) < 1000 * PATIENCE, rstack.output()
        equal(systemd.lines('STATUS')[1:], ['STATUS=the worker on lcore 1 does not poll',
                                            'STATUS=all workers poll'])


class Confined(Tap):
    """Root with only the capabilities that the unit names, and no new ones."""

    def __init__(self):
        unit = UNIT.read_text(encoding='utf-8')
        names = re.search('^CapabilityBoundingSet=(.*)$', unit, re.M)[1].split()
        assert 3 < len(names) < 10, names
        allowed = ','.join('+' + name.removeprefix('CAP_').lower() for name in names)
        self.prefix = ('setpriv', '--no-new-privs', '--inh-caps', '-all', '--bounding-set',
                       f'-all,{allowed}')


def capabilities_of_the_unit_suffice():
    """It makes its TAP, serves and stops."""
    if sh(*Confined().prefix, 'true', check=False).returncode != 0:
        raise Skip('the capabilities of this container are fewer')
    with Rstack(ECHO, path=Confined()) as rstack:
        with connect(7) as sock:
            echoes(sock)
        with open(f'/proc/{rstack.process.pid}/status', encoding='utf-8') as file:
            status = file.read()
        assert 'NoNewPrivs:\t1' in status, status


if __name__ == '__main__':
    run([
        ready_comes_when_it_serves,
        reload_is_told,
        failed_start_is_not_ready,
        watchdog_is_that_of_its_process,
        hung_worker_is_noticed,
        capabilities_of_the_unit_suffice,
    ], one_family='the messages of a service manager are under test')
