#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The rstack authors
"""Look for the hardening of the build in the programs that it made. Prints TAP.

usage: check_hardening.py PROGRAM...
"""
import os
import re
import subprocess
import sys


def readelf(*args):
    """What readelf prints."""
    return subprocess.run(['readelf', '--wide', *args], capture_output=True, text=True,
                          check=True).stdout


# what is held -> readelf's options, and what its answer must contain
HELD = {
    'lies at a random address (PIE)': (['-h'], r'Type:\s+DYN'),
    'has read-only relocations (RELRO)': (['-l'], r'GNU_RELRO'),
    'binds all symbols at its start': (['-d'], r'FLAGS.*NOW'),
    'has a stack that is not executable': (['-l'], r'GNU_STACK\s.*\sRW\s'),
    'checks its stack (-fstack-protector-strong)': (['--dyn-syms'], r'__stack_chk_fail'),
    'checks the sizes of buffers (_FORTIFY_SOURCE)': (['--dyn-syms'], r'__(?!stack)\w+_chk\b'),
}


def main(programs):
    print(f'1..{len(programs) * len(HELD)}')
    number = bad = 0
    for program in programs:
        for what, (options, pattern) in HELD.items():
            number += 1
            good = re.search(pattern, readelf(*options, program)) is not None
            bad += not good
            print('ok' if good else 'not ok', number, '-', os.path.basename(program), what)
    return bad > 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
