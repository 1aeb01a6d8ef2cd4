# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The rstack authors
"""Count the pronouns "what" and "who" in comments and in texts that a user reads.

A sentence that names the thing (segment, connection, counter, error) is understood at once; in
place of a noun a pronoun leaves the reader to guess it. Per 1,000 words of comment Linux's
WireGuard, FreeBSD's TCP, VPP and libuv use them 0.3 to 0.8 times, so 4 is no narrow limit.
"""
import collections
import os
import re

LIMIT = 4       # per 1,000 words
HELP_WORDS = 3  # a string literal of fewer words is a name, not a text
WORST = 5       # files of a room that --words names

PRONOUN = re.compile(r'\b(?:what|who)\b', re.I)
WORD = re.compile(r"[A-Za-z]\w*(?:['-]\w+)*")
TOKEN = re.compile(r'(?P<comment>/\*.*?\*/|//[^\n]*)|(?P<text>"(?:\\.|[^"\\\n])*")'
                   r"|'(?:\\.|[^'\\\n])*'", re.S)
# Escapes and conversions in a literal are no words.
FORMAT = re.compile(r'\\(?:x[0-9a-fA-F]+|[0-7]+|.)|%[-+ #0-9.*]*(?:hh|h|ll|l|j|z|t)?[a-zA-Z]')
LEGAL = re.compile(r'^.*(?:SPDX-License-Identifier|Copyright\(c\)).*$', re.M)
FENCE = re.compile(r'^```.*?^```', re.M | re.S)


def count(text):
    """(pronouns, words) of a text."""
    return len(PRONOUN.findall(text)), len(WORD.findall(text))


def of_c(text):
    """Yield each comment, and each literal that has words enough, of C source."""
    literal = ''
    end = 0
    for found in TOKEN.finditer(text):
        joined = literal and found['text'] and not text[end:found.start()].strip()
        if not joined:
            yield from [literal] if len(WORD.findall(literal)) >= HELP_WORDS else []
            literal = ''
        if found['comment']:
            yield found['comment']
        elif found['text']:
            literal += FORMAT.sub(' ', found['text'][1:-1])
        end = found.end()
    yield from [literal] if len(WORD.findall(literal)) >= HELP_WORDS else []


def texts(path, text):
    """Yield the comments and help texts of a file."""
    name = os.path.basename(path)
    text = LEGAL.sub('', text)
    if name.endswith(('.c', '.h')):
        yield from of_c(text)
    elif name.endswith('.md'):
        yield FENCE.sub('', text)
    elif name == 'meson.build' or name.endswith('.ini') or text.startswith('#!'):
        yield from re.findall(r'^\s*[#;](?!!)([^\n]*)', text, re.M)


def room(path):
    """The room whose words a file counts with, None: they are not counted."""
    folder = os.path.dirname(path)
    return folder if re.match(r'(lib|app|config)(/|$)', folder) else None


def rooms(files):
    """{room: {path: (pronouns, words)}} of the files, (path, text) each."""
    found = collections.defaultdict(dict)
    for path, text in files:
        if room(path):
            counts = [count(part) for part in texts(path, text)]
            if counts:
                found[room(path)][path] = tuple(map(sum, zip(*counts)))
    return found


def rate(counts):
    """Pronouns per 1,000 words."""
    pronouns, words = map(sum, zip(*counts))
    return 1000 * pronouns / words if words else 0.0


def figure(name, of):
    """The line of a room."""
    pronouns, words = map(sum, zip(*of.values()))
    return f'{name}: {rate(of.values()):.1f} per 1,000 words ({pronouns} in {words})'


def complaints(found):
    """Yield a line for each room above the limit."""
    for name, of in sorted(found.items()):
        if rate(of.values()) > LIMIT:
            yield f'{name}: {rate(of.values()):.1f} "what" and "who" per 1,000 words'


def worst(of):
    """Yield a line for each of the files of a room that have most of them."""
    most = sorted(of.items(), key=lambda item: (-item[1][0], item[0]))
    for path, counts in most[:WORST]:
        if counts[0]:
            yield f'{path}: {counts[0]}, {rate([counts]):.1f} per 1,000'
