# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The rstack authors
"""The machine that a benchmark runs on: its free hugepages, and what it must have."""
import os
import shutil
import sys


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
