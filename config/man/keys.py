#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The rstack authors
"""Write rstack.ini(5): keys.py TEMPLATE INI... puts the sections and keys of the files, which
--help-config writes, in place of @KEYS@. A section that two files have is taken from the first."""
import re
import sys

# --help-config breaks a comment's lines at this width.
WIDTH = 94

LABELS = {'port': ' N', 'listen': ' NAME', 'closed': ' NAME'}


def escape(text):
    """Text that roff takes for no request and no escape."""
    text = text.replace('\\', '\\e').replace('-', '\\-')
    return '\\&' + text if text[:1] in ('.', "'") else text


def paragraphs(lines):
    """A comment as roff. A line that had room for the next word ends a paragraph."""
    out = []
    for number, line in enumerate(lines):
        out += [escape(part) for part in re.split(r'(?<=[.]) (?=[A-Z])', line)]
        following = lines[number + 1].split()[0] if number + 1 < len(lines) else ''
        if following and len(line) + 1 + len(following) <= WIDTH:
            out.append('.Pp')
    return out


def heading(name, lines):
    """A section as roff."""
    return [f'.Sh [{name}{LABELS.get(name, "")}]', *paragraphs(lines),
            '.Bl -tag -width Ds']


def item(name, value, lines):
    """A key as roff."""
    return [f'.It Li {escape(name)} = {escape(value) or "(nothing)"}', *paragraphs(lines)]


def read(path, seen):
    """The sections of a file as lines of roff, less those in seen, to which it adds its own."""
    out, comment, section, wanted = [], [], None, False
    with open(path, encoding='utf-8') as file:
        lines = file.read().splitlines()
    for line in lines:
        head = re.fullmatch(r';?\[([a-z]+).*\]', line)
        key = re.fullmatch(r';?([a-z0-9_-]+) =(.*)', line)
        if head:
            if wanted:
                out.append('.El')
            section, wanted = head[1], head[1] not in seen
            seen.add(section)
            comment = []
        elif line.startswith('; '):
            comment.append(line[2:])
        else:
            if section and wanted and comment:
                out += item(key[1], key[2].strip(), comment) if key else heading(section, comment)
            comment = []
    return out + (['.El'] if wanted else [])


def main():
    """Fill in the template."""
    seen = set()
    with open(sys.argv[1], encoding='utf-8') as file:
        template = file.read()
    keys = [line for path in sys.argv[2:] for line in read(path, seen)]
    sys.stdout.write(template.replace('@KEYS@', '\n'.join(keys)))


if __name__ == '__main__':
    main()
