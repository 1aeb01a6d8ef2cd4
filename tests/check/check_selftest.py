#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The rstack authors
"""Show that each check of check_source.py can fail, and does not where it must not. TAP."""
import os
import shutil
import subprocess
import sys
import tempfile

import analysis_selftest
import check_archive
import check_source as c
import man_selftest
import mutants_selftest
import requirements_selftest
import summary_selftest
import words_selftest

HEAD = '/* SPDX-License-Identifier: BSD-3-Clause */\n/* Copyright(c) 2026 The rstack authors */\n'


def func(name, body):
    return HEAD + f'static int\n{name}(int a)\n{{\n{body}\n}}\n'


# check, path, what it must refuse, what it must allow
SAMPLES = [
    (c.lib_no_device, 'lib/a.c', '#include <rte_ethdev.h>\n', '#include <rte_ether.h>\n'),
    (c.lib_no_device, 'lib/a.h', '#include "config.h"\n', '#include "rstack.h"\n'),
    (c.lib_no_clock, 'lib/a.c', func('f', '\treturn rte_rdtsc();'), func('f', '\treturn now;')),
    (c.lib_no_clock, 'lib/a.c', func('f', '\tt = rte_get_tsc_cycles();'),
     func('f', '\t/* not rte_get_tsc_cycles() */')),
    (c.lib_no_clock, 'lib/a.c', func('f', '\tclock_gettime(0, &t);'),
     func('f', '\trun_time(&t);')),
    (c.lib_no_clock, 'lib/a.c', func('f', '\treturn time(NULL);'),
     func('f', '\treturn seg->time;')),
    (c.lib_no_clock, 'lib/a.c', func('f', '\tgettimeofday(&t, NULL);'), func('f', '\t;')),
    (c.lib_no_clock, 'lib/a.c', func('f', '\treturn rte_get_timer_cycles();'), func('f', '\t;')),
    (c.lib_no_print, 'lib/a.c', func('f', '\tprintf("x");'), func('f', '\tsnprintf(s, 1, "x");')),
    (c.lib_no_print, 'lib/a.c', func('f', '\tRTE_LOG(ERR, EAL, "x");'),
     func('f', '\treturn g("printf(");')),
    (c.lib_no_heap, 'lib/a.c', func('f', '\treturn malloc(3);'),
     func('f', '\treturn pool->malloc(3);')),
    (c.lib_no_heap, 'lib/a.c', func('f', '\tabort();'), func('f', '\trs_conn_abort(c);')),
    (c.lib_no_heap, 'lib/a.c', func('rs_x_create', '\tp = calloc(1, 2);'),
     func('rs_x_create', '\tp = rte_zmalloc_socket(NULL, 2, 0, 0);')),
    (c.lib_no_heap, 'lib/a.c', func('rs_x_input', '\tp = rte_zmalloc_socket(NULL, 2, 0, 0);'),
     func('rs_x_fini', '\trte_free(p);')),
    (c.lib_one_way, 'lib/base/a.h', '#include "conn/b.h"\n', '#include "base/b.h"\n'),
    (c.lib_one_way, 'lib/packet/a.c', '#include "tcp/b.h"\n', '#include "base/b.h"\n'),
    (c.lib_one_way, 'lib/packet/a.c', '#include "conn/b.h"\n', '#include "rstack.h"\n'),
    (c.lib_one_way, 'lib/conn/a.c', '#include "tcp/b.h"\n', '#include "packet/b.h"\n'),
    (c.lib_one_way, 'lib/tcp/a.c', '#include "stack.h"\n', '#include "packet/b.h"\n'),
    (c.lib_one_way, 'lib/rstack.h', '#include "tcp/b.h"\n', '#include "base/b.h"\n'),
    (c.lib_one_way, 'lib/link/a.c', '#include "conn/b.h"\n', '#include "link/b.h"\n'),
    (c.lib_one_way, 'lib/packet/a.c', '#include "conn/b.h"\n', '#include "link/b.h"\n'),
    (c.lib_one_way, 'lib/conn/a.c', '#include "tcp/core/b.h"\n', '#include "link/b.h"\n'),
    (c.lib_one_way, 'lib/tcp/core/a.c', '#include "tcp/options/b.h"\n',
     '#include "conn/b.h"\n'),
    (c.lib_one_way, 'lib/tcp/core/a.c', '#include "tcp/b.h"\n', '#include "tcp/core/b.h"\n'),
    (c.lib_one_way, 'lib/tcp/options/a.c', '#include "tcp/loss/b.h"\n',
     '#include "tcp/core/b.h"\n'),
    (c.lib_one_way, 'lib/tcp/options/a.c', '#include "tcp/congestion/b.h"\n',
     '#include "tcp/options/b.h"\n'),
    (c.lib_one_way, 'lib/tcp/loss/a.c', '#include "tcp/b.h"\n',
     '#include "tcp/congestion/b.h"\n'),
    (c.lib_one_way, 'lib/tcp/loss/a.c', '#include "stack.h"\n',
     '#include "tcp/options/b.h"\n'),
    (c.lib_one_way, 'lib/tcp/congestion/a.c', '#include "conn/b.h"\n',
     '#include "base/b.h"\n'),
    (c.lib_one_way, 'lib/tcp/congestion/a.c', '#include "tcp/loss/b.h"\n',
     '#include "rstack.h"\n'),
    (c.lib_one_way, 'lib/tcp/congestion/a.c', '#include "tcp/core/b.h"\n',
     '#include "tcp/congestion/b.h"\n'),
    (c.lib_one_way, 'lib/tcp/a.c', '#include "stack.h"\n', '#include "tcp/loss/b.h"\n'),
    (c.lib_one_way, 'lib/tcp/b.h', '#include "stack.h"\n', '#include "tcp/congestion/b.h"\n'),
    (c.lib_one_way, 'lib/rstack.h', '#include "stack.h"\n', '#include "base/b.h"\n'),
    (c.lib_one_way, 'lib/other/a.c', '', None),
    (c.lib_one_way, 'lib/tcp/other/a.c', '', None),
    (c.app_one_way, 'app/config/a.c', '#include "a.h"\n', '#include "config/b.h"\n'),
    (c.app_one_way, 'app/config/a.c', '#include "../a.h"\n', '#include "b.h"\n'),
    (c.app_one_way, 'app/config/a.c', '#include "services/b.h"\n', '#include "rstack.h"\n'),
    (c.app_one_way, 'app/config/a.c', '#include "watch/b.h"\n', '#include <rte_eal.h>\n'),
    (c.app_one_way, 'app/config/a.c', '#include "packet/b.h"\n', '#include "base/addr.h"\n'),
    (c.app_one_way, 'app/config/a.c', '#include "packet/peek.h"\n',
     '#include "base/stats.h"\n'),
    (c.app_one_way, 'app/config/a.c', '#include "base/b.h"\n', None),
    (c.app_one_way, 'app/services/a.c', '#include "a.h"\n', '#include "config/b.h"\n'),
    (c.app_one_way, 'app/services/a.c', '#include "watch/b.h"\n', '#include "b.h"\n'),
    (c.app_one_way, 'app/services/a.c', '#include "load/b.h"\n', '#include "rstack.h"\n'),
    (c.app_one_way, 'app/services/a.c', '#include "tcp/core/b.h"\n', None),
    (c.app_one_way, 'app/watch/a.c', '#include "services/b.h"\n', '#include "a.h"\n'),
    (c.app_one_way, 'app/watch/a.c', '#include "load/b.h"\n', '#include "config/b.h"\n'),
    (c.app_one_way, 'app/watch/a.c', '#include "conn/b.h"\n', '#include "watch/b.h"\n'),
    (c.app_one_way, 'app/load/a.c', '#include "tcp/b.h"\n', '#include "services/b.h"\n'),
    (c.app_one_way, 'app/load/a.c', '#include "stack.h"\n', '#include "watch/b.h"\n'),
    (c.app_one_way, 'app/load/a.c', '#include "packet/peek.h"\n', '#include "config/b.h"\n'),
    (c.app_one_way, 'app/load/a.c', '#include "link/ethernet.h"\n', '#include "a.h"\n'),
    (c.app_one_way, 'app/a.c', '#include "stack.h"\n', '#include "load/b.h"\n'),
    (c.app_one_way, 'app/a.c', '#include "packet/b.h"\n', '#include "packet/peek.h"\n'),
    (c.app_one_way, 'app/a.c', '#include "link/b.h"\n', '#include "link/ethernet.h"\n'),
    (c.app_one_way, 'app/a.h', '#include "tcp/core/b.h"\n', '#include "watch/b.h"\n'),
    (c.app_one_way, 'app/a.h', '#include "tcp/b.h"\n', '#include "services/b.h"\n'),
    (c.app_one_way, 'app/a.h', '#include "conn/b.h"\n', '#include "config/b.h"\n'),
    (c.app_one_way, 'app/other/a.c', '', None),
    (c.no_static_variable, 'app/a.c', func('f', '\tstatic int n;'),
     func('f', '\tstatic const int n = 1;')),
    (c.no_ifdef_inside, 'app/a.c', func('f', '#ifdef X\n\ta = 1;\n#endif'),
     '#ifdef X\n' + func('f', '\ta = 1;') + '#endif\n'),
    (c.short_functions, 'tests/a.c', func('f', '\ta++;\n' * 70), func('f', '\ta++;\n' * 60)),
    (c.short_lines, 'lib/a.c', '\t' * 12 + 'abcde\n', '\t' * 12 + 'abcd\n'),
    (c.no_trailing_blanks, 'lib/a.c', 'a; \n', 'a;\n'),
    (c.no_trailing_blanks, 'app/run', 'a', 'a\n'),
    (c.tabs, 'lib/a.c', '        a;\n', '\ta;\n\t       b;\n'),
    (c.licence, 'lib/a.c', '/* Copyright(c) 2026 The rstack authors */\n', HEAD),
    (c.licence, 'lib/a.c', '/* SPDX-License-Identifier: BSD-3-Clause */\n', HEAD),
    (c.licence, 'app/run', '#!/bin/sh\n', '#!/bin/sh\n' + HEAD),
    (c.licence, 'lib/meson.build', "files('a.c')\n", '# SPDX-License-Identifier: BSD-3-Clause\n'),
    (c.no_marks, 'README.md', 'TO' + 'DO: more\n', 'mktemp /tmp/a.' + 6 * 'X' + '\n'),
    (c.top_level, 'notes.txt', '', None),
    (c.top_level, 'src/a.c', '', None),
]
# Headers that the samples include.
HEADERS = ['app/a.h', 'app/config.h', 'app/config/b.h', 'app/load/b.h', 'app/services/b.h',
           'app/watch/b.h', 'lib/base/addr.h', 'lib/base/b.h', 'lib/base/stats.h',
           'lib/conn/b.h', 'lib/link/b.h', 'lib/link/ethernet.h', 'lib/packet/b.h',
           'lib/packet/peek.h', 'lib/rstack.h', 'lib/stack.h', 'lib/tcp/b.h',
           'lib/tcp/congestion/b.h', 'lib/tcp/core/b.h', 'lib/tcp/loss/b.h',
           'lib/tcp/options/b.h']
ALLOWED_PATHS = ['app/run', '.gitignore', '.ci/run', 'meson.build', 'config/pktgen/a']


# C source, how many of check_archive's five rules it breaks
OBJECTS = [
    ('int f(int a) { return a; } static const int t[] = {1}; const int *g = 0;', 1),
    ('extern void f(void); static void (*const t[])(void) = {f}; '
     'void *g(int i) { return (void *)t[i]; }', 0),
    ('int f(void) { static int n; return n++; }', 1),
    ('int printf(const char *, ...); void f(int a) { printf("%d", a); }', 1),
    ('void *malloc(unsigned long); void *f(void) { return malloc(3); }', 1),
    ('long time(long *); long f(void) { return time(0); }', 1),
    ('void rte_eth_stats_get(void); void f(void) { rte_eth_stats_get(); }', 1),
]


def archives():
    """Yield (name, whether it holds) for each of OBJECTS."""
    for source, breaks in OBJECTS:
        subprocess.run(['cc', '-fPIC', '-O1', '-w', '-xc', '-c', '-o', 'a.o', '-'], input=source,
                       text=True, check=True)
        found = [what for what, names in check_archive.complaints('a.o') if names]
        yield f'archive, {breaks} broken: {source[:40]}', len(found) == breaks


def samples():
    """Yield (name, whether it holds) for each sample, in a tree of empty files."""
    with tempfile.TemporaryDirectory() as tree:
        os.chdir(tree)
        for name in HEADERS:
            os.makedirs(os.path.dirname(name), exist_ok=True)
            with open(name, 'w', encoding='utf-8'):
                pass
        for check, path, bad, good in SAMPLES:
            what = bad.replace(HEAD, '').strip().split('\n')[-1 if '{' not in bad else 3]
            yield f'{check.__name__} refuses: {path} {what}', list(check(path, bad)) != []
            if good is not None:
                yield f'{check.__name__} allows its like', list(check(path, good)) == []
        for path in ALLOWED_PATHS:
            yield f'top_level allows {path}', list(c.top_level(path, '')) == []
        used = {sample[0] for sample in SAMPLES}
        yield 'every check has a sample', used == set(c.CHECKS)
        if shutil.which('shellcheck'):
            with open('a.sh', 'w', encoding='utf-8') as file:
                file.write('#!/bin/sh\nrm $1/*\n')
            yield 'shellcheck refuses an unquoted variable', list(c.shellcheck(
                [('a.sh', '#!/bin/sh\n')])) != []
        yield from words_selftest.results()
        yield from archives()
        os.mkdir('requirements')
        os.chdir('requirements')
        yield from requirements_selftest.results()
        os.chdir('/')


def main():
    """Print one line of TAP for each sample."""
    results = [*samples(), *summary_selftest.results(), *man_selftest.results(),
               *mutants_selftest.results(), *analysis_selftest.results()]
    print(f'1..{len(results)}')
    for number, (name, holds) in enumerate(results, 1):
        name = name.replace('#', 'hash ').replace('\t', ' ')
        print(f'{"ok" if holds else "not ok"} {number} - {name}')
    return 0 if all(holds for _, holds in results) else 1


if __name__ == '__main__':
    sys.exit(main())
