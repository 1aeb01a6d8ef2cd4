#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The rstack authors
"""Look whether every test that the threat model of lib/README.md names exists. Prints TAP.

usage: check_threats.py SOURCE-ROOT
"""
import fnmatch
import pathlib
import re
import sys

SECTION = re.compile(r'^## Threats$(.*?)^## ', re.M | re.S)
NAME = re.compile(r'`(e2e )?([a-z0-9_]+\*?)`')
ATTACK = ('flood_', 'hold_', 'link_', 'slow_')


def texts(root, pattern):
    """The files of a pattern, as one text."""
    return '\n'.join(path.read_text() for path in sorted(root.glob(pattern)))


def claims(readme):
    """Yield (kind, name) of the tests: those of the last column, and those of e2e."""
    section = SECTION.search(readme).group(1)
    for line in section.splitlines():
        last = line.rstrip('| ').rsplit('|', 1)[-1] if line.startswith('|') else ''
        for e2e, name in NAME.findall(line):
            if e2e:
                yield 'e2e', name
            elif f'`{name}`' in last:
                yield ('attack' if name.startswith(ATTACK) else 'wire'), name


def main(root):
    found = {
        'attack': re.findall(r'"((?:flood|hold|link|slow)_\w+)"', texts(root, 'tests/attack/*.c')),
        'e2e': re.findall(r'^def (\w+)\(', texts(root, 'tests/e2e/*.py'), re.M),
        'wire': re.findall(r'^WIRE(?:_STATES|_TABLE|_CASE)?\((\w+)',
                           texts(root, 'tests/wire/case_*.c'), re.M),
    }
    wanted = list(claims((root / 'lib/README.md').read_text()))
    missing = [f'{kind} {name}' for kind, name in wanted
               if not fnmatch.filter(found[kind], name)]
    print('1..2')
    print('ok 1' if len(wanted) > 30 else 'not ok 1', '- the threat model names its tests')
    print('not ok 2' if missing else 'ok 2', '- every one of them exists')
    for name in missing:
        print('#', name)
    return bool(missing) or len(wanted) <= 30


if __name__ == '__main__':
    sys.exit(main(pathlib.Path(sys.argv[1])))
