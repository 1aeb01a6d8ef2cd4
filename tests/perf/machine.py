# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The rstack authors
"""The machine that a benchmark runs on: its free hugepages, what it must have, its servers."""
import contextlib
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time

RSTACK_READY = b'Ctrl-C stops it'           # what rstack prints when its ports have started
# Each of its lines is written at once, into a file, too. rstack does without stdbuf, whose
# preloaded library a sanitized program refuses.
TESTPMD = ('stdbuf', '-oL', 'dpdk-testpmd')
TESTPMD_READY = b'start packet forwarding'  # and testpmd, with --auto-start
START_SECONDS = 60
STOP_SECONDS = 30


def huge_mb():
    """Megabytes of free hugepages."""
    with open('/proc/meminfo', encoding='ascii') as meminfo:
        info = dict(line.split(':') for line in meminfo)
    return int(info['HugePages_Free']) * int(info['Hugepagesize'].split()[0]) // 1024


def require(*commands, root=True):
    """End as skipped, with the reason, without root, two cores or these commands."""
    reasons = ['not root'] if root and os.geteuid() != 0 else []
    reasons += [f'{command} is not installed' for command in commands
                if shutil.which(command) is None]
    reasons += ['fewer than 2 cores'] if len(os.sched_getaffinity(0)) < 2 else []
    if reasons:
        print(f'skip: {reasons[0]}')
        sys.exit(77)


def start(command, ready, log, seconds=START_SECONDS):
    """
    Start a DPDK process whose output goes to the file `log`, and wait until it has printed `ready`.
    The socket of its memif is there before, but a client that connects to it before the port has
    started gets no link and does not try again.
    """
    with open(log, 'wb') as out:
        process = subprocess.Popen(  # pylint: disable=consider-using-with
            command, stdin=subprocess.PIPE, stdout=out, stderr=subprocess.STDOUT)
    end = time.monotonic() + seconds
    while ready not in (said := pathlib.Path(log).read_bytes()):
        if process.poll() is not None or time.monotonic() > end:
            process.kill()
            process.wait()
            sys.exit(f'{command[0]} does not start:\n{said.decode()}')
        time.sleep(0.05)
    return process


def remove_eal(prefix):
    """Remove what EAL left of a file prefix."""
    shutil.rmtree(f'/var/run/dpdk/{prefix}', ignore_errors=True)


@contextlib.contextmanager
def running(command, ready, work, prefixes):
    """
    A process as `start` gives it, with its log in the directory `work`; stopped in order at last,
    and what EAL left of the file prefixes removed.
    """
    log = os.path.join(work, 'server.log')
    process = start(command, ready, log)
    try:
        yield process
        if process.poll() is not None:
            sys.exit(f'{command[0]} has ended:\n{pathlib.Path(log).read_text("utf-8")}')
        process.send_signal(signal.SIGINT)
        process.wait(STOP_SECONDS)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        for prefix in prefixes:
            remove_eal(prefix)
