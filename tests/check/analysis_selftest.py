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
REASONS = '# a\ncppcheck a lib/b.c: one\n   two\ntidy c *: three\n'


def verdict(part, source):
    """The output of a part for a tree of one file, which is also the program that it runs."""
    with tempfile.TemporaryDirectory() as tree:
        os.makedirs(tree + '/app')
        os.makedirs(tree + '/lib')
        os.makedirs(tree + '/build/tests/unit')
        with open(tree + '/app/a.c', 'w', encoding='utf-8') as file:
            file.write(source)
        with open(tree + '/build/compile_commands.json', 'w', encoding='utf-8') as file:
            json.dump([{'directory': tree + '/build', 'file': '../app/a.c',
                        'command': 'gcc -Werror -O2 -o a.o -c ../app/a.c'}], file)
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
    known = check_analysis.reasons(REASONS)
    yield 'analysis: reasons are read', [r.why for r in known] == ['one two', 'three']
    fits = check_analysis.Complaint('cppcheck', 'a', 'lib/b.c', 3, '')
    other = check_analysis.Complaint('cppcheck', 'a', 'lib/c.c', 3, '')
    yield 'analysis: a reason is for its file', \
        check_analysis.judge([fits, other], known, 'cppcheck') == ([other], [])
    yield 'analysis: a reason that nothing fits is found', \
        check_analysis.judge([other], known, 'cppcheck')[1] == known[:1]
    try:
        check_analysis.reasons('cppcheck a lib/b.c\n')
        yield 'analysis: a line without a reason is refused', False
    except ValueError:
        yield 'analysis: a line without a reason is refused', True
