# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The rstack authors
"""The file of instruction counts: its rows, and how a new count compares with an old one.

A count belongs to a program, one of its paths and the compiler that the file names. The limit is
3 % either way: a path that grew by more fails, one that shrank by more asks for a new figure.
"""
import csv
import io
import re

LIMIT = 0.03
COLUMNS = ['program', 'path', 'instructions', 'reason']
HEAD = '''# SPDX-License-Identifier: BSD-3-Clause
# Instructions that a segment of each path costs the engine, and the reason of the last change.
# Written by: tests/perf/instructions --update "the reason"
# compiler: {compiler}
'''


class Count:
    """The instructions of a segment on a path of a program."""

    def __init__(self, program, path, instructions, reason=''):
        self.program = program
        self.path = path
        self.instructions = float(instructions)
        self.reason = reason

    @property
    def key(self):
        """What tells it from the others."""
        return self.program, self.path


def read(text):
    """(compiler, {key: Count}) of the text of a file of counts."""
    compiler = re.search(r'^# compiler: (.*)$', text, re.M)
    rows = csv.DictReader(line for line in text.splitlines() if not line.startswith('#'))
    counts = [Count(*(row[name] for name in COLUMNS)) for row in rows]
    return compiler[1] if compiler else '', {count.key: count for count in counts}


def write(compiler, counts):
    """The text of a file with these counts, in their order."""
    out = io.StringIO()
    rows = csv.writer(out, lineterminator='\n')
    rows.writerow(COLUMNS)
    for count in counts:
        rows.writerow([count.program, count.path, f'{count.instructions:.1f}', count.reason])
    return HEAD.format(compiler=compiler) + out.getvalue()


def judge(old, new):
    """(whether it is good, the sentence, whether it asks for an update) of a new count.

    `old` is None for a path that the file does not have.
    """
    if old is None:
        return False, f'{new.instructions:.1f} instructions, and no row in the file', True
    change = new.instructions / old.instructions - 1
    sentence = (f'{new.instructions:.1f} instructions, {old.instructions:.1f} in the file, '
                f'{100 * change:+.1f} %')
    return change <= LIMIT, sentence, abs(change) > LIMIT


def updated(old, new, reason):
    """The rows of the file after an update: `new`, with the old reason where nothing changed.

    A path that this build does not have any more is left out.
    """
    rows = []
    for count in new:
        before = old.get(count.key)
        same = before and f'{before.instructions:.1f}' == f'{count.instructions:.1f}'
        rows.append(Count(*count.key, count.instructions, before.reason if same else reason))
    return rows
