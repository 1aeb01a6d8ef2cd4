#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The rstack authors
"""Static analysis of lib/ and app/, and a sample of the unit tests under valgrind. Prints TAP.

usage: check_analysis.py [--log FILE] [BUILD [PART...]]

BUILD (build) is a build of the tree, for its compiler options and tests. The parts:
  cppcheck   on lib/ and app/
  analyzer   gcc -fanalyzer on app/
  memcheck   a sample of the unit tests under valgrind
  tidy       clang-tidy's bugprone, cert and concurrency checks on lib/ and app/
A complaint that is none has its reason in analysis.suppressed or, for valgrind, memcheck.supp. A
reason that fits no complaint fails, too. --log appends the result to a log of meson.
"""
import argparse
import concurrent.futures
import contextlib
import io
import itertools
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import typing

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
SUPPRESSED = os.path.join(HERE, 'analysis.suppressed')
MEMCHECK = ['valgrind', '--quiet', '--error-exitcode=99', '--leak-check=full',
            '--show-leak-kinds=definite', '--errors-for-leak-kinds=definite', '--num-callers=24',
            '--suppressions=' + os.path.join(HERE, 'memcheck.supp')]

# Unit tests that CI runs under memcheck: of each room the one that takes and frees the most, and of
# the appliance those that read texts of strangers.
SAMPLE = (
    'test_app_telemetry', 'test_busy', 'test_config_lines', 'test_fragment', 'test_http_parse',
    'test_load_answer', 'test_parse', 'test_peek', 'test_reassembly', 'test_scoreboard',
    'test_tcp_options', 'test_top',
)

TIDY = ('bugprone-*', 'cert-*', 'concurrency-*')
TIDY_OPTIONS = {
    # Not the functions of printf()'s family: what they write is a text for a person, whose loss
    # nobody could be told of, or goes to a buffer with its size, for which gcc has
    # -Wformat-truncation.
    'cert-err33-c.CheckedFunctions': ';'.join('::' + name for name in (
        'aligned_alloc', 'atexit', 'bsearch', 'calloc', 'fclose', 'fflush', 'fgetc', 'fgets',
        'fopen', 'fread', 'freopen', 'fscanf', 'fseek', 'ftell', 'fwrite', 'malloc', 'mktime',
        'raise', 'realloc', 'remove', 'rename', 'setlocale', 'setvbuf', 'signal', 'sscanf',
        'strftime', 'strtod', 'strtol', 'strtoll', 'strtoul', 'strtoull', 'time', 'tmpfile')),
    # rstack runs on glibc, and POSIX lets a libc make more functions unsafe than glibc does
    'concurrency-mt-unsafe.FunctionSet': 'glibc',
}
# Options of gcc that clang does not know, and those that make no difference to what is found.
NOT_CLANG = re.compile(r'-Werror|-flto|-ffat-lto|-mstringop|-Wp,|-D_FORTIFY|-U_FORTIFY|-M[DQF]?$')
NOT_ANALYZER = re.compile(r'-Werror|-flto|-ffat-lto|-O\d|-D_FORTIFY|-U_FORTIFY|-M[DQF]?$')

# Of a source: macros, functions, variables, tags; and the bodies of enums.
FILE_SCOPE = [re.compile(pattern, re.M) for pattern in (
    r'^#define (\w+)', r'^(?:static [^;({=]*?)?(\w+)\(',
    r'^static [^;({]*?(\w+)(?:\[[^;={]*\])*\s*[=;]',
    r'^(?:static )?(?:const )?(?:struct|enum|union) (\w+) \{')]
ENUMERATORS = re.compile(r'^enum[^{;]*\{([^}]*)\}', re.M)

COMPLAINT = re.compile(r'^(?P<path>[^\s:]+):(?P<line>\d+):\d+: (?:warning|error|style|performance'
                       r'|portability|information): (?P<text>.*) \[(?P<check>[^\[\]]+)\]$', re.M)


class Complaint(typing.NamedTuple):
    """A line of a tool."""
    tool: str
    check: str
    path: str
    line: int
    text: str


class Reason(typing.NamedTuple):
    """A line of analysis.suppressed: the complaints of a check in a file, or '*' for all."""
    tool: str
    check: str
    path: str
    why: str

    def fits(self, complaint):
        """Whether this complaint is meant."""
        return (self.tool, self.check) == (complaint.tool, complaint.check) and \
            self.path in ('*', complaint.path)


def reasons(text):
    """
    The lines "TOOL CHECK FILE[, FILE]...: REASON" of a text, one of each file; a line that begins
    with blanks goes on.
    """
    joined = re.sub(r'\n[ \t]+', ' ', re.sub(r'^#.*\n', '', text, flags=re.M))
    found = []
    for line in filter(None, joined.split('\n')):
        parts = re.fullmatch(r'(\S+) (\S+) (\S+(?:, \S+)*): (\S.*)', line)
        if not parts:
            raise ValueError(f'not "TOOL CHECK FILE: REASON": {line}')
        tool, check, paths, why = parts.groups()
        found += [Reason(tool, check, path, why) for path in paths.split(', ')]
    return found


def complaints(tool, text):
    """The complaints in the output of a tool about files of the tree, each once."""
    found = {}
    for match in COMPLAINT.finditer(text):
        path = os.path.relpath(os.path.join(ROOT, match['path']), ROOT)
        check = match['check'].split(',')[0].removeprefix('CWE')
        check = re.sub(r'^-W', '', match['check'].split(' ')[-1]) if tool == 'analyzer' else check
        if not path.startswith('..'):
            found[Complaint(tool, check, path, int(match['line']), match['text'])] = True
    return list(found)


def commands(build, skip):
    """[(path in the tree, directory, command)] of the sources of lib/ and app/ in a build."""
    with open(os.path.join(build, 'compile_commands.json'), encoding='utf-8') as file:
        listed = json.load(file)
    found = {}
    for entry in listed:
        path = os.path.relpath(os.path.join(entry['directory'], entry['file']), ROOT)
        words = [word for word in shlex.split(entry['command']) if not skip.match(word)]
        if path.startswith(('lib/', 'app/')):
            if os.path.basename(words[0]) == 'ccache':
                words = words[1:]
            found.setdefault(path, (path, entry['directory'], words))
    return sorted(found.values())


def without_output(words):
    """A compiler's command without its output."""
    at = words.index('-o')
    return [word for word in words[:at] + words[at + 2:]
            if not word.endswith(('.o', '.o.d')) and word != '-c']


def run_cppcheck(_):
    """The output of cppcheck, which reads no header of the system: cppcheck.cfg is for these."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            ['cppcheck', '--enable=warning,performance,portability', '--std=c11', '--quiet',
             '--library=posix', '--library=gnu', '--platform=unix64', '--inconclusive',
             '--library=' + os.path.join(HERE, 'cppcheck.cfg'),
             '--suppress=missingInclude', f'--cppcheck-build-dir={folder}', '-Ilib', '-Iapp',
             '-D_GNU_SOURCE', '-D__x86_64__', '-DRS_VERSION=""', '--max-configs=1',
             '--template={file}:{line}:{column}: {severity}: {message} [{id}]',
             '--template-location=', 'lib', 'app'],
            cwd=ROOT, check=False, capture_output=True, text=True)
    if done.returncode:
        return None, done.stdout + done.stderr
    return complaints('cppcheck', done.stderr), ''


def run_analyzer(build):
    """The output of gcc -fanalyzer for each file of app/."""
    found = []
    for path, directory, words in commands(build, NOT_ANALYZER):
        if not path.startswith('app/'):
            continue
        words = without_output(words)
        done = subprocess.run([*words, '-fanalyzer', '-fdiagnostics-plain-output', '-S', '-o',
                               '/dev/null'], cwd=directory, check=False, capture_output=True,
                              text=True)
        if done.returncode:
            return None, done.stderr
        found += complaints('analyzer', in_tree(done.stderr, directory))
    return found, ''


def in_tree(text, directory):
    """Output of a compiler that ran in another directory, with paths from the tree's top."""
    def path(match):
        return os.path.relpath(os.path.join(directory, match[1]), ROOT) + match[2]
    return re.sub(r'^(\S+?)(:\d+:\d+: )', path, text, flags=re.M)


def file_scope(path):
    """The names that a source has at its top and that another source may have, too."""
    with open(os.path.join(ROOT, path), encoding='utf-8') as file:
        text = file.read()
    found = set()
    for name in FILE_SCOPE:
        found.update(name.findall(text))
    for body in ENUMERATORS.findall(text):
        found.update(re.findall(r'[A-Z]\w+', body))
    return found


def units(listed):
    """
    [(directory, options, paths)]: the sources in as few groups as have the same options and no
    name twice, so that one compilation reads each group.
    """
    groups = []
    for path, directory, words in listed:
        options = [word for word in without_output(words)[1:]
                   if not word.endswith(('.c', '.p'))]
        names = file_scope(path)
        for group in groups:
            if group[:2] == (directory, options) and not group[3] & names:
                break
        else:
            group = (directory, options, [], set())
            groups.append(group)
        group[2].append(path)
        group[3].update(names)
    return [group[:3] for group in groups]


def run_tidy(build):
    """
    The output of clang-tidy, which looks at each function of DPDK's headers in each compilation:
    so it reads many sources in one, and two of these at a time.
    """
    off = [f'-{r.check}' for r in read_reasons() if r.tool == 'tidy' and r.path == '*']
    with tempfile.TemporaryDirectory() as folder:
        def tidy(number, unit):
            directory, options, paths = unit
            source = os.path.join(folder, f'unit{number}.c')
            with open(source, 'w', encoding='utf-8') as file:
                file.writelines(f'#include "{os.path.join(ROOT, path)}"\n' for path in paths)
            return subprocess.run(
                ['clang-tidy', '--quiet', '--checks=-*,' + ','.join([*TIDY, *off]),
                 '--config=' + json.dumps({'CheckOptions': [
                     {'key': key, 'value': value} for key, value in TIDY_OPTIONS.items()]}),
                 # a header's name begins as the -I does that found it
                 '--header-filter=/(lib|app)/', source, '--', *options],
                cwd=directory, check=False, capture_output=True, text=True)
        with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
            results = list(pool.map(tidy, itertools.count(),
                                    units(commands(build, NOT_CLANG))))
    failed = [done.stdout + done.stderr for done in results if done.returncode]
    if failed:
        return None, '\n'.join(failed)
    return complaints('tidy', ''.join(done.stdout for done in results)), ''


STATIC = {'cppcheck': (run_cppcheck, 'cppcheck', 'cppcheck finds nothing in lib/ and app/'),
          'analyzer': (run_analyzer, 'gcc', 'gcc -fanalyzer finds nothing in app/'),
          'tidy': (run_tidy, 'clang-tidy', 'clang-tidy finds nothing in lib/ and app/')}


def read_reasons():
    """Those of the file."""
    with open(SUPPRESSED, encoding='utf-8') as file:
        return reasons(file.read())


def judge(found, known, tool):
    """(complaints that have no reason, reasons of this tool that fit none)."""
    left = [c for c in found if not any(r.fits(c) for r in known)]
    # clang-tidy does not run checks that are off everywhere
    unused = [r for r in known if r.tool == tool and not any(r.fits(c) for c in found)
              and not (tool == 'tidy' and r.path == '*')]
    return left, unused


class Tap:
    """Cases as they come; the plan at the end."""

    def __init__(self):
        self.count = 0
        self.good = True

    def case(self, name, good, lines=(), skip=''):
        """One line, and those of why."""
        self.count += 1
        self.good &= good
        print(f'{"ok" if good else "not ok"} {self.count} - {name}{skip and f" # SKIP {skip}"}')
        for line in lines:
            print(f'#   {line}')
        sys.stdout.flush()


def static(tap, part, build):
    """One of the tools that read."""
    function, program, name = STATIC[part]
    if not shutil.which(program):
        tap.case(name, True, skip=f'{program} is not installed')
        return
    found, failed = function(build)
    if found is None:
        tap.case(name, False, failed.split('\n'))
        return
    left, unused = judge(found, read_reasons(), part)
    tap.case(name, not left and not unused,
             [f'{c.path}:{c.line}: {c.text} [{part} {c.check}]' for c in left] +
             [f'analysis.suppressed: nothing fits "{r.tool} {r.check} {r.path}"' for r in unused])


def memcheck(tap, build):
    """Tests under valgrind."""
    for test in SAMPLE:
        name = f'memcheck: {test}'
        if not shutil.which('valgrind'):
            tap.case(name, True, skip='valgrind is not installed')
            continue
        done = subprocess.run([*MEMCHECK, os.path.join(build, 'tests/unit', test)], check=False,
                              capture_output=True, text=True)
        lines = (done.stdout + done.stderr).split('\n')
        tap.case(name, done.returncode == 0, lines[-100:] if done.returncode else ())


def analyze(build, parts):
    """All parts, as TAP; returns whether all is well."""
    tap = Tap()
    for part in parts:
        if part == 'memcheck':
            memcheck(tap, build)
        else:
            static(tap, part, build)
    print(f'1..{tap.count}')
    return tap.good


def main():
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split('\n', maxsplit=1)[0])
    parser.add_argument('--log', metavar='FILE', help='append the result to this log of meson')
    parser.add_argument('build', nargs='?', default=os.path.join(ROOT, 'build'))
    parser.add_argument('parts', nargs='*', metavar='PART')
    args = parser.parse_args()
    parts = args.parts or ['cppcheck', 'analyzer', 'memcheck', 'tidy']
    build = os.path.abspath(args.build)
    if not args.log:
        return 0 if analyze(build, parts) else 1
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        good = analyze(build, parts)
    with open(args.log, 'a', encoding='utf-8') as log:
        log.write(json.dumps({'name': 'analyze', 'result': 'OK' if good else 'FAIL',
                              'stdout': out.getvalue(), 'returncode': int(not good)}) + '\n')
    return 0 if good else 1


if __name__ == '__main__':
    sys.exit(main())
