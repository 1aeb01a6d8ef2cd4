#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The rstack authors
"""Hold the man pages against the programs: options, signals, telemetry commands, keys. TAP.

usage: check_man.py SOURCE DIRECTORY-OF-PAGES PROGRAM...
"""
import pathlib
import re
import subprocess
import sys

PAGES = {'rstack': 'rstack.8', 'rstack-load': 'rstack-load.8', 'rstack-top': 'rstack-top.8'}


def commands(text):
    """Telemetry commands that a C source registers."""
    return set(re.findall(r'\{ "(/rstack/[^"]+)",', text))


def options(text):
    """Options that --help lists."""
    return {name for line in re.findall(r'^  (-.*?)(?:  |$)', text, re.M)
            for name in re.findall(r'(?<!\S)--?[a-z][a-z-]*', line)}


def signals(text):
    """Signals that a C source takes, but for SIGRTMIN and its like."""
    return set(re.findall(r'sigaddset\([^,]+, (SIG[A-Z0-9]+)\)', text))


def keys(text):
    """Sections and keys that --help-config lists, as "[section] key"."""
    found, section = set(), None
    for line in text.splitlines():
        head = re.fullmatch(r';?\[([a-z]+).*\]', line)
        key = re.fullmatch(r';?([a-z0-9_-]+) =.*', line)
        section = head[1] if head else section
        if key:
            found.add(f'[{section}] {key[1]}')
    return found


def page_commands(page):
    """Telemetry commands that a page describes."""
    return set(re.findall(r'^\.It Li (/rstack/[a-z/]+)', page, re.M))


def page_options(page):
    """Options that a page describes."""
    found = set()
    for line in re.findall(r'^\.It (Fl .*)$', page, re.M):
        flags = re.split(r' (?:Ar|Cm) ', line)[0].split()
        found |= {'-' + flag for flag in flags if flag not in ('Fl', ',')}
    return found


def page_keys(page):
    """Sections and keys that a page describes."""
    found, section = set(), None
    for line in page.replace('\\-', '-').splitlines():
        head = re.fullmatch(r'\.Sh \[([a-z]+).*\]', line)
        key = re.fullmatch(r'\.It Li (\S+) = .*', line)
        section = head[1] if head else section
        if key:
            found.add(f'[{section}] {key[1]}')
    return found


def differ(wanted, got):
    """Complaints: names that one has and the other lacks."""
    return [f'missing: {name}' for name in sorted(wanted - got)] + \
           [f'there is no {name}' for name in sorted(got - wanted)]


def check_options(program, helps, settings, page):
    """Options of a program; those that are keys stand in rstack.ini(5)."""
    own = {'--' + key.split()[1].replace('_', '-') for key in settings if '[load]' in key}
    wanted = options(helps)
    if program == 'rstack-load':
        wanted = wanted - own | {'--KEY'}
    return differ(wanted, page_options(page))


def results(source, pages, programs):
    """Yield (name, complaints)."""
    text = {name: (pages / name).read_text(encoding='utf-8')
            for name in (*PAGES.values(), 'rstack.ini.5')}
    code = {path.relative_to(source): path.read_text(encoding='utf-8')
            for path in sorted((source / 'app').rglob('*.c'))}
    registered = set().union(*map(commands, code.values()))
    readme = (source / 'README.md').read_text(encoding='utf-8')
    settings = set()
    for program in programs[:2]:
        settings |= keys(run(program, '--help-config'))

    yield 'commands of telemetry are in the man pages', differ(
        registered, page_commands(text['rstack.8']) | page_commands(text['rstack-load.8']))
    yield "commands of telemetry are in the README's table", differ(
        registered, {name for line in re.findall(r'^\| `/rstack.*', readme, re.M)
                     for name in re.findall(r'`(/rstack/[a-z/]+)', line)})
    yield 'keys are in rstack.ini(5)', differ(settings, page_keys(text['rstack.ini.5']))
    for program in programs:
        page = PAGES[pathlib.Path(program).name]
        yield f'options are in {page}', check_options(
            pathlib.Path(program).name, run(program, '--help'), settings, text[page])
    taken = set().union(*map(signals, code.values()))
    for page in ('rstack.8', 'rstack-load.8'):
        yield f'signals are in {page}', differ(
            taken, set(re.findall(r'SIG[A-Z0-9]+', text[page])) - {'SIGNALS'})


def run(program, option):
    """The output of a program."""
    return subprocess.run([program, option], capture_output=True, text=True, check=True).stdout


def main():
    """Print TAP."""
    found = list(results(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3:]))
    print(f'1..{len(found)}')
    for number, (name, complaints) in enumerate(found, 1):
        print(f'{"not ok" if complaints else "ok"} {number} - {name}')
        for complaint in complaints:
            print(f'#   {complaint}')
    return 1 if any(complaints for _, complaints in found) else 0


if __name__ == '__main__':
    sys.exit(main())
