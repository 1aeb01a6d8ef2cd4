# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The rstack authors
"""Show what words.py counts, and that the check on it can fail; run by check_selftest.py."""
import check_source
import words

# path, text, pronouns and words that it has
COUNTED = [
    ('lib/a.c', '/* What is\n * sent: whatever */ int what; // Who\n', (2, 5)),
    ('lib/a.c', 'f("who asks"); f("who asks whom");', (1, 3)),
    ('lib/a.c', 'f("who " "asks\\n"\n\t"whom %s %5.1f"); f("what");', (1, 3)),
    ('lib/a.c', 'f("what", "who"); f("/* what */");', (0, 0)),
    ('lib/a.c', "c = '\"'; /* what */ c = '\"';", (1, 1)),
    ('lib/a.c', '/* SPDX-License-Identifier: BSD */\n/* Copyright(c) 2026 who */\n', (0, 0)),
    ('app/config/a.h', 'X(key, "what a key is for")', (1, 5)),
    ('app/README.md', 'What it is:\n```\nwhat\n```\nwho\n', (2, 4)),
    ('config/a.ini', '[what]\n# what it is\n  ; who\nwho = 3\n', (2, 4)),
    ('app/meson.build', '# what\nwhat = 1\n', (1, 1)),
    ('app/run', '#!/bin/sh\n# what it does\nwhat\n', (1, 3)),
]
ROOMS = {'lib/rstack.h': 'lib', 'lib/tcp/loss/a.c': 'lib/tcp/loss', 'app/a.c': 'app',
         'app/config/a.c': 'app/config', 'config/a.ini': 'config', 'tests/unit/a.c': None,
         'meson.build': None}


def tree(pronouns, count):
    """A tree of one room with so many pronouns in so many words."""
    return [('lib/a.c', '/* ' + 'what ' * pronouns + 'word ' * (count - pronouns) + '*/\n')]


def results():
    """Yield (name, whether it holds)."""
    for path, text, expected in COUNTED:
        got = [words.count(part) for part in words.texts(path, text)]
        yield (f'words of {path}: {expected[0]} in {expected[1]}',
               tuple(map(sum, zip((0, 0), *got))) == expected)
    for path, room in ROOMS.items():
        yield f'{path} counts for {room}', words.room(path) == room
    yield 'few_pronouns allows 4 in 1,000', not list(check_source.few_pronouns(tree(4, 1000)))
    yield 'few_pronouns refuses 5 in 1,000', list(check_source.few_pronouns(tree(5, 1000))) != []
    two = tree(0, 1000) + [('lib/tcp/a.c', '/* what */')]
    yield 'few_pronouns refuses one room of two', len(list(check_source.few_pronouns(two))) == 1
