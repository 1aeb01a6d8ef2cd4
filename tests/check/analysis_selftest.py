# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The rstack authors
"""Show that each part of check_analysis.py finds a planted defect. For check_selftest.py."""
import contextlib
import io
import json
import os
import shutil
import subprocess
import tempfile

import check_analysis

# part: its program, a source, the check that must find the defect, the same without a defect
PLANTED = {
    'cppcheck': ('cppcheck', 'int f(int a)\n{\n\tint b[2] = { 0 };\n\n\treturn a + b[2];\n}\n',
                 'arrayIndexOutOfBounds', 'int f(int a)\n{\n\treturn a;\n}\n'),
    'analyzer': ('gcc', '#include <stdlib.h>\nvoid f(void)\n{\n\tchar *a = malloc(3);\n\n\tfree(a);'
                 '\n\tfree(a);\n}\n', 'analyzer-double-free',
                 '#include <stdlib.h>\nvoid f(void)\n{\n\tfree(malloc(3));\n}\n'),
    'tidy': ('clang-tidy', '#include <string.h>\nint f(const char *a)\n{\n\treturn !strcmp(a, "b")'
             ' || strcmp(a, "c");\n}\n', 'bugprone-suspicious-string-compare',
             'int f(int a)\n{\n\treturn a;\n}\n'),
    'memcheck': ('valgrind', '#include <stdlib.h>\nint main(void)\n{\n\tint *a = malloc(8);\n\n'
                 '\treturn a[1] > 3 ? 0 : 0 * system("");\n}\n', 'uninitialised',
                 'int main(void)\n{\n\treturn 0;\n}\n'),
}
REASONS = '# a\ncppcheck a lib/b.c,\n   lib/d.c: one\n   two\ntidy c *: three\n'


def verdict(part, source, more=None):
    """
    The output of a part for a tree of one file, which is also the program that it runs, and of
    more files.
    """
    files = {'app/a.c': source, **(more or {})}
    with tempfile.TemporaryDirectory() as tree:
        os.makedirs(tree + '/app')
        os.makedirs(tree + '/lib/base')
        os.makedirs(tree + '/build/tests/unit')
        for path, text in files.items():
            with open(os.path.join(tree, path), 'w', encoding='utf-8') as file:
                file.write(text)
        with open(tree + '/build/compile_commands.json', 'w', encoding='utf-8') as file:
            json.dump([{'directory': tree + '/build', 'file': f'../{path}',
                        'command': f'gcc -I../lib -Werror -O2 -o a.o -c ../{path}'}
                       for path in files if path.endswith('.c')], file)
        if part == 'memcheck':
            subprocess.run(['gcc', '-O0', '-o', tree + '/build/tests/unit/test_a',
                            tree + '/app/a.c'], check=True)
        out = io.StringIO()
        old = check_analysis.ROOT, check_analysis.SAMPLE, check_analysis.SUPPRESSED
        check_analysis.ROOT, check_analysis.SAMPLE = tree, ('test_a',)
        check_analysis.SUPPRESSED = os.devnull
        with contextlib.redirect_stdout(out):
            check_analysis.analyze(tree + '/build', [part])
        check_analysis.ROOT, check_analysis.SAMPLE, check_analysis.SUPPRESSED = old
    return out.getvalue()


def results():
    """Yield (name, whether it holds)."""
    for part, (program, bad, check, good) in PLANTED.items():
        if not shutil.which(program):
            continue
        said = verdict(part, bad)
        yield f'analysis: {part} refuses a planted defect', \
            'not ok 1' in said and check in said and 'app/a.c' in said or \
            part == 'memcheck' and 'not ok 1' in said and check in said
        yield f'analysis: {part} allows its like', '\nok 1' in '\n' + verdict(part, good)
    if shutil.which('clang-tidy'):
        _, bad, check, good = PLANTED['tidy']
        said = verdict('tidy', '#include "base/a.h"\nint g(void)\n{\n\treturn f("c");\n}\n',
                       {'lib/base/a.h': bad.replace('int f', 'static inline int f')})
        yield 'analysis: tidy refuses a planted defect of a header', \
            'not ok 1' in said and check in said and 'lib/base/a.h' in said
        said = verdict('tidy', 'static ' + good, {'app/b.c': bad.replace('int f', 'static int f')})
        yield 'analysis: tidy reads two sources that have a name in common', \
            check in said and 'app/b.c' in said
    known = check_analysis.reasons(REASONS)
    yield 'analysis: reasons are read', \
        [(r.path, r.why) for r in known] == [('lib/b.c', 'one two'), ('lib/d.c', 'one two'),
                                            ('*', 'three')]
    fits = check_analysis.Complaint('cppcheck', 'a', 'lib/b.c', 3, '')
    other = check_analysis.Complaint('cppcheck', 'a', 'lib/c.c', 3, '')
    yield 'analysis: a reason is for its file', \
        check_analysis.judge([fits, other], known[:1], 'cppcheck') == ([other], [])
    yield 'analysis: a reason that nothing fits is found', \
        check_analysis.judge([other], known, 'cppcheck')[1] == known[:2]
    try:
        check_analysis.reasons('cppcheck a lib/b.c\n')
        yield 'analysis: a line without a reason is refused', False
    except ValueError:
        yield 'analysis: a line without a reason is refused', True
