#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The rstack authors
"""Hold the rules of lib on what was compiled, where a macro could hide it. Prints TAP.

usage: check_archive.py librstack.a
"""
import re
import subprocess
import sys

# __rte_panic is not among them: rte_mempool.h's inline functions bring it in.
CALLS = {
    'lib calls nothing of a device': r'rte_eth_\w+|rte_dev_\w+',
    'lib reads no clock': r'clock(_\w+)?|gettimeofday|times?|timespec_get|\w*sleep|rte_delay_\w+',
    'lib prints nothing': r'(__)?v?[fd]?printf(_chk)?|f?puts|f?putc|putchar|fwrite|perror|v?syslog'
                          r'|rte_v?log|rte_\w+_dump',
    'lib uses no heap of libc, and never gives up': r'malloc|c?alloc|calloc|realloc|free|strdup'
                                                    r'|mmap|abort|exit|rte_exit',
}


def symbols(archive):
    """Yield (name, class, section) of each symbol."""
    done = subprocess.run(['nm', '--format=sysv', archive], capture_output=True, text=True,
                          check=True)
    for line in done.stdout.split('\n'):
        field = [part.strip() for part in line.split('|')]
        if len(field) == 7 and field[0] != 'Name':
            yield field[0], field[2], field[6]


def complaints(archive):
    """Yield (what is held, the symbols that break it)."""
    found = list(symbols(archive))
    for what, pattern in CALLS.items():
        yield what, [n for n, kind, _ in found if kind == 'U' and re.fullmatch(pattern, n)]
    yield 'lib has no variables of its own', [
        name for name, kind, section in found
        if kind == 'C' or re.match(r'\.(data(?!\.rel\.ro)|bss|tdata|tbss)', section)]


def main():
    """Check one archive."""
    results = list(complaints(sys.argv[1]))
    print(f'1..{len(results)}')
    for number, (what, names) in enumerate(results, 1):
        print(f'{"not ok" if names else "ok"} {number} - {what}')
        for name in names:
            print(f'#   {name}')
    return 1 if any(names for _, names in results) else 0


if __name__ == '__main__':
    sys.exit(main())
