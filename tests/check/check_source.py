#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The rstack authors
"""Hold the rules of the house that a compiler does not know. Prints TAP.

Each check of CHECKS is a function of (path, text), each of TREE_CHECKS one of the list of
all files; both yield complaints. check_selftest.py gives every check a sample that it must
refuse and one that it must allow. With --words the words of each room are counted instead.
"""
import os
import re
import shutil
import subprocess
import sys

import words

TOP = {'app', 'lib', 'config', 'tests', 'meson.build', 'README.md', 'LICENSE'}
COLUMNS = 100
FUNCTION_LINES = 70

# Which folders of lib a folder may include from: base <- link <- packet <- conn <- tcp/core
# <- tcp/options <- tcp/loss <- tcp <- stack; tcp/congestion sees only base, tcp/loss sees it.
# rstack.h, the contract, counts as base. '' is lib's own top folder, the stack.
LAYERS = ['base', 'link', 'packet', 'conn', 'tcp/core', 'tcp/options', 'tcp/loss', 'tcp', '']
MAY_INCLUDE = {room: set(LAYERS[:at + 1]) for at, room in enumerate(LAYERS)}
MAY_INCLUDE['tcp/congestion'] = {'base', 'tcp/congestion'}
for _room in ('tcp/loss', 'tcp', ''):
    MAY_INCLUDE[_room].add('tcp/congestion')

# The same for app; '' is its top folder. Of the engine it sees the public face.
APP_MAY_INCLUDE = {
    '': {'', 'config', 'load', 'services', 'watch'},
    'config': {'config'},
    'load': {'', 'config', 'load', 'services', 'watch'},
    'services': {'config', 'services'},
    'top': {'top'},
    'watch': {'', 'config', 'watch'},
}
ENGINE = {'rstack.h', 'base/addr.h', 'base/stats.h'}
# app/steer.c asks the engine whose a frame is, and hashes as it does; app/worker.c asks whether it
# is a SYN to drop; app/exception.c has token buckets as it has.
STEERING = {'base/hash.h', 'base/rate.h', 'link/ethernet.h', 'packet/intake.h', 'packet/peek.h'}

DEVICE = re.compile(r'rte_(ethdev|eth_ctrl|ethdev_core|bus|dev|eal)\w*\.h')
CLOCK = re.compile(r'\b(rte_rdtsc\w*|rte_get_\w*(tsc|timer|hpet)\w*|__?rdtscp?'
                   r'|__builtin_ia32_rdtscp?|clock(_\w+)?|gettimeofday|times?|timespec_get'
                   r'|rte_delay_\w+|\w*sleep)\s*\(')
PRINT = re.compile(r'\b(v?f?printf|v?dprintf|f?puts|f?putc|putchar|fwrite|perror|v?syslog'
                   r'|rte_v?log|RTE_LOG\w*|rte_\w*_dump|rte_hexdump)\s*\(')
HEAP = re.compile(r'(?<!->)(?<!\.)\b(malloc|calloc|realloc|reallocarray|free|alloca|strdup'
                  r'|strndup|v?asprintf|aligned_alloc|posix_memalign|mmap|abort|exit'
                  r'|rte_exit|rte_panic)\s*\(')
DPDK_HEAP = re.compile(r'\brte_(z?malloc\w*|calloc\w*|realloc\w*|free|\w+_create\w*'
                       r'|memzone_reserve\w*)\s*\(')
SETUP = re.compile(r'(^|_)(create|init|free|fini|destroy)(_|$)')
MARKS = re.compile(r'\b(' + '|'.join(('TO' + 'DO', 'FIX' + 'ME', 'X' * 3)) + r')\b')


def kind(path):
    """'c', 'script', 'data' (meson.build, INI) or None for what has no rules here."""
    name = os.path.basename(path)
    if name.endswith(('.c', '.h')):
        return 'c'
    if name.endswith(('.py', '.sh')) or ('.' not in name and name != 'LICENSE'):
        return 'script'
    if name == 'meson.build' or name.endswith('.ini'):
        return 'data'
    return None


def is_lib(path):
    return path.startswith('lib/') and kind(path) == 'c'


def code(text):
    """C text without comments and the contents of strings, lines kept."""
    token = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)

    def blank(match):
        found = match.group(0)
        return '""' if found[0] in '"\'' else '\n' * found.count('\n')
    return token.sub(blank, text)


def includes(text):
    return re.findall(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', text, re.M)


def functions(text):
    """Yield (name, line number, lines, body) of each function in the house's style."""
    head = re.compile(r'^(\w+)\([^;{}]*\)\s*\n\{\n.*?^\}', re.M | re.S)
    for match in head.finditer(code(text)):
        line = code(text).count('\n', 0, match.start()) + 1
        yield match.group(1), line, match.group(0).count('\n') + 1, match.group(0)


def matches(pattern, text):
    """Yield 'line N: what' for each place in the code of text."""
    for number, line in enumerate(code(text).split('\n'), 1):
        if not line.lstrip().startswith('#'):
            for found in pattern.finditer(line):
                yield f'line {number}: {found.group(0)}'


def lib_no_device(path, text):
    """lib includes no ethdev and nothing of app"""
    if is_lib(path):
        for name in includes(text):
            own = os.path.exists('lib/' + name)
            if DEVICE.fullmatch(name) or (not own and os.path.exists('app/' + name)):
                yield name


def lib_no_clock(path, text):
    """lib reads no clock"""
    if is_lib(path):
        yield from matches(CLOCK, text)


def lib_no_print(path, text):
    """lib prints nothing"""
    if is_lib(path):
        yield from matches(PRINT, text)


def lib_no_heap(path, text):
    """lib uses no heap but rte_malloc's, and that only to set up and to free"""
    if not is_lib(path):
        return
    yield from matches(HEAP, text)
    inside = [f for f in functions(text) if SETUP.search(f[0])]
    for number, line in enumerate(code(text).split('\n'), 1):
        if DPDK_HEAP.search(line) and not any(
                at <= number < at + length for _, at, length, _ in inside):
            yield f'line {number}: {DPDK_HEAP.search(line).group(0)} outside of set-up'


def lib_one_way(path, text):
    """lib's folders depend one way: base <- link <- packet <- conn <- tcp <- stack"""
    if not is_lib(path):
        return
    here = os.path.dirname(path)[len('lib/'):]
    here = 'base' if path == 'lib/rstack.h' else here
    if here not in MAY_INCLUDE:
        yield f'no such folder in the design: lib/{here}'
        return
    for name in includes(text):
        folder = 'base' if name == 'rstack.h' else os.path.dirname(name)
        if os.path.exists('lib/' + name) and folder not in MAY_INCLUDE[here]:
            yield f'includes {name}'


def app_one_way(path, text):
    """app's folders depend one way, and of lib only on its public face"""
    if not path.startswith('app/') or kind(path) != 'c':
        return
    here = os.path.dirname(path)[len('app/'):]
    if here not in APP_MAY_INCLUDE:
        yield f'no such folder in the design: app/{here}'
        return
    engine = ENGINE | STEERING if here == '' else ENGINE
    for name in includes(text):
        beside = os.path.normpath(os.path.join('app', here, name))
        inside = next((p for p in (beside, 'app/' + name) if os.path.exists(p)), None)
        if inside is not None:
            if os.path.dirname(inside)[len('app/'):] not in APP_MAY_INCLUDE[here]:
                yield f'includes {name}'
        elif os.path.exists('lib/' + name) and name not in engine:
            yield f'includes {name}'


def no_static_variable(path, text):
    """no function statics"""
    if path.startswith(('lib/', 'app/')) and kind(path) == 'c':
        for name, at, _, body in functions(text):
            if re.search(r'^\s+static (?!const\b|inline\b)', body, re.M):
                yield f'line {at}: {name}'


def no_ifdef_inside(path, text):
    """no #ifdef inside a function"""
    if kind(path) == 'c':
        for name, at, _, body in functions(text):
            if re.search(r'^\s*#\s*(el)?if', body, re.M):
                yield f'line {at}: {name}'


def short_functions(path, text):
    """no function over 70 lines"""
    if kind(path) == 'c':
        for name, at, length, _ in functions(text):
            if length > FUNCTION_LINES:
                yield f'line {at}: {name} has {length} lines'


def short_lines(path, text):
    """no line over 100 columns"""
    if kind(path):
        for number, line in enumerate(text.split('\n'), 1):
            if len(line.expandtabs(8)) > COLUMNS:
                yield f'line {number}'


def no_trailing_blanks(path, text):
    """no blank at the end of a line, one newline at the end of a file"""
    if kind(path):
        for number, line in enumerate(text.split('\n'), 1):
            if line != line.rstrip():
                yield f'line {number}'
        if text and (not text.endswith('\n') or text.endswith('\n\n')):
            yield 'end of file'


def tabs(path, text):
    """C is indented with tabs"""
    if kind(path) == 'c':
        for number, line in enumerate(text.split('\n'), 1):
            if re.match(r'\t* {8}', line):
                yield f'line {number}'


def licence(path, text):
    """every file says its licence, sources whose it is"""
    head = text.split('\n')[:5]
    if kind(path) and not any('SPDX-License-Identifier: BSD-3-Clause' in s for s in head):
        yield 'no SPDX line'
    if kind(path) in ('c', 'script') and not any(
            'Copyright(c) 2026 The rstack authors' in s for s in head):
        yield 'no copyright line'


def no_marks(path, text):
    """nothing is left to be done"""
    for number, line in enumerate(text.split('\n'), 1):
        if MARKS.search(line):
            yield f'line {number}'


def top_level(path, _):
    """the top level holds only what the design names"""
    first = path.split('/')[0]
    if first not in TOP and not first.startswith('.'):
        yield 'does not belong there'


def shellcheck(files):
    """shellcheck finds nothing in the shell scripts"""
    shell = [p for p, text in files if re.match(r'#!.*\b(ba|da)?sh\b', text)]
    if shutil.which('shellcheck'):
        done = subprocess.run(['shellcheck', '--format=gcc', *shell], capture_output=True,
                              text=True, check=False)
        if done.returncode:
            yield from (done.stdout + done.stderr).split('\n')[:-1]


def few_pronouns(files):
    """comments and help texts name the thing, and seldom say "what" and "who" instead"""
    yield from words.complaints(words.rooms(files))


CHECKS = [lib_no_device, lib_no_clock, lib_no_print, lib_no_heap, lib_one_way, app_one_way,
          no_static_variable, no_ifdef_inside, short_functions, short_lines,
          no_trailing_blanks, tabs, licence, no_marks, top_level]
TREE_CHECKS = [shellcheck, few_pronouns]


def sources():
    """Yield (path, text) of each file; not of builds, caches, git and the inputs of fuzzers."""
    for folder, folders, files in os.walk('.'):
        folders[:] = sorted(f for f in folders if f not in ('.git', '__pycache__', 'corpus') and
                            not f.startswith('build'))
        for name in sorted(files):
            path = os.path.relpath(os.path.join(folder, name), '.')
            if not name.endswith(('.bin', '.pcap')):
                with open(path, encoding='utf-8') as source:
                    yield path, source.read()


def report(number, name, complaints):
    """One line of TAP, and what was found."""
    print(f'{"not ok" if complaints else "ok"} {number} - {name}')
    for line in complaints:
        print(f'#   {line}')
    return not complaints


def print_words(files):
    """The figure of each room, and the files that raise it."""
    found = words.rooms(files)
    for name in sorted(found):
        print(words.figure(name, found[name]))
        for line in words.worst(found[name]):
            print(f'    {line}')


def main():
    """Check the tree that is the working directory."""
    files = list(sources())
    print(f'1..{len(CHECKS) + len(TREE_CHECKS)}')
    good = True
    for number, check in enumerate(CHECKS, 1):
        found = [f'{path}: {text}' for path, content in files for text in check(path, content)]
        good &= report(number, check.__doc__, found)
    for number, check in enumerate(TREE_CHECKS, len(CHECKS) + 1):
        if check is shellcheck and not shutil.which('shellcheck'):
            print(f'ok {number} - shellcheck # SKIP shellcheck is not installed')
        else:
            good &= report(number, check.__doc__, list(check(files)))
    for name, of in sorted(words.rooms(files).items()):
        print(f'# "what" and "who" in {words.figure(name, of)}')
    return 0 if good else 1


if __name__ == '__main__':
    arguments = sys.argv[1:]
    only_words = '--words' in arguments
    if only_words:
        arguments.remove('--words')
    os.chdir(arguments[0] if arguments else '.')
    if only_words:
        print_words(sources())
    else:
        sys.exit(main())
