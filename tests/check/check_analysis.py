#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The rstack authors
"""Static analysis of lib/ and app/, and a sample of the unit tests under valgrind. Prints TAP.

usage: check_analysis.py [--log FILE] [BUILD [PART...]]

BUILD (build) is a build of the tree, for its compiler options and tests. The parts:
  cppcheck   on lib/ and app/
  analyzer   gcc -fanalyzer on app/
  memcheck   a sample of the unit tests under valgrind
  tidy       only if it is named: clang-tidy's bugprone, cert and concurrency checks
A complaint that is none has its reason in analysis.suppressed or, for valgrind, memcheck.supp. A
reason that fits no complaint fails, too. --log appends the result to a log of meson.
"""
import argparse
import concurrent.futures
import contextlib
import io
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
# Options of gcc that clang does not know, and those that make no difference to what is found.
NOT_CLANG = re.compile(r'-Werror|-flto|-ffat-lto|-mstringop|-Wp,|-D_FORTIFY|-U_FORTIFY|-M[DQF]?$')
NOT_ANALYZER = re.compile(r'-Werror|-flto|-ffat-lto|-O\d|-D_FORTIFY|-U_FORTIFY|-M[DQF]?$')

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
    """The lines "TOOL CHECK FILE: REASON" of a text; a line that begins with blanks goes on."""
    joined = re.sub(r'\n[ \t]+', ' ', re.sub(r'^#.*\n', '', text, flags=re.M))
    found = []
    for line in filter(None, joined.split('\n')):
        parts = re.fullmatch(r'(\S+) (\S+) (\S+): (\S.*)', line)
        if not parts:
            raise ValueError(f'not "TOOL CHECK FILE: REASON": {line}')
        found.append(Reason(*parts.groups()))
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
    """The output of cppcheck."""
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


def run_tidy(build):
    """The output of clang-tidy, two files at a time."""
    off = [f'-{r.check}' for r in read_reasons() if r.tool == 'tidy' and r.path == '*']
    listed = commands(build, NOT_CLANG)
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, 'compile_commands.json'), 'w', encoding='utf-8') as file:
            json.dump([{'directory': directory, 'file': os.path.join(ROOT, path),
                        'command': shlex.join([*without_output(words), '-c'])}
                       for path, directory, words in listed], file)

        def tidy(path):
            return subprocess.run(
                ['clang-tidy', '-p', folder, '--quiet', '--checks=-*,' + ','.join([*TIDY, *off]),
                 f'--header-filter={ROOT}/(lib|app)/.*', os.path.join(ROOT, path)],
                cwd=ROOT, check=False, capture_output=True, text=True)
        with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
            results = list(pool.map(tidy, [path for path, _, _ in listed]))
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
    parts = args.parts or ['cppcheck', 'analyzer', 'memcheck']
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
