# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The rstack authors
"""The instructions of each source file, from a callgrind file of a build with debug information.

An inlined function counts for the file that it is written in, and a called one for its own.
"""
import collections
import os
import re

# A line about a file, that of what is called or the present one, with the name where its number is
# new; a line of the source with its cost.
FILE = re.compile(r'(c?)(?:fl|fi|fe)=\((\d+)\)(?: (.*))?$')
COST = re.compile(r'(?:[+-]?\d+|\*) (\d+)$')


def costs(text):
    """{file: instructions} of the text of a callgrind file."""
    names = {}
    found = collections.Counter()
    name = ''
    called = False
    for line in text.splitlines():
        file = FILE.match(line)
        cost = COST.match(line)
        if file is not None:
            names.setdefault(file[2], file[3])
            name = name if file[1] else names[file[2]]
        elif line.startswith('calls='):
            called = True # the next cost is that of what is called
        elif cost is not None and called:
            called = False
        elif cost is not None:
            found[name] += int(cost[1])
    return found


def place(path):
    """How a file is named to the reader: by its place in the tree, or as that of another one."""
    here = re.search(r'(?:^|/)((?:lib|tests/perf)/.*)$', os.path.normpath(path))
    if path.startswith('/usr/') or here is None:
        return 'headers of DPDK and the compiler, libc'
    return here[1]


def table(text, segments):
    """The lines that tell the instructions of a segment by file, the most first."""
    found = collections.Counter()
    for path, cost in costs(text).items():
        found[place(path)] += cost
    total = sum(found.values())
    return [f'{cost / segments:10.1f} {100 * cost / total:5.1f} %  {name}'
            for name, cost in found.most_common()]
