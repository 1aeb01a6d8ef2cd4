# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The rstack authors
"""Show that tests/mutants.py breaks what it should, and nothing else. For check_selftest.py."""
import os
import sys

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), '../..')
sys.path.insert(0, os.path.join(ROOT, 'tests'))
import mutants  # noqa: E402  pylint: disable=wrong-import-position

FILE = '''/* a == b; 7 */
#include <x.h>
#define LIMIT 60 /* s */
#define IS(a) ((a) == 5)
static const char *const text = "1 < 2";

static int
f(struct a *a, int b)
{
%s
}
'''

# what, the body of a function, what it may become, sorted
BODIES = [
    ('a comparison is negated, and its bound moved', '\tif (b < a->n)\n\t\tg(a);',
     ['\t\t;', 'if (b <= a->n)', 'if (b >= a->n)']),
    ('a comparison of sequence numbers, too', '\treturn rs_seq_leq(a->x, b);',
     ['return rs_seq_gt(a->x, b);', 'return rs_seq_lt(a->x, b);']),
    ('a constant is one more or less', '\treturn a[0x10] + 0;',
     ['return a[0x10] + 1;', 'return a[0x11] + 0;', 'return a[0xf] + 0;']),
    ('a declaration stays', '\tstruct a *c = h(b);\n\tuint32_t d;\n\tconst int e = b, *p = q;', []),
    ('a statement of several lines goes', '\tg(a,\n\t\tb);', ['\t;']),
    ('a jump goes, the result of a function stays',
     '\tfor (;;) {\n\t\tbreak;\n\t}\n\tif (b)\n\t\treturn;\n\treturn b;', ['\t\t;', '\t\t;']),
    ('a statement behind a label or else goes',
     '\tcase A:\n\t\tg(a);\n\telse\n\t\ta->b = b;\nout:\n\ta->c++;', ['\t;', '\t\t;', '\t\t;']),
    ('an initializer is part of its statement', '\t*a = (struct a){\n\t\t.b = b,\n\t};', ['\t;']),
    ('assertions and prefetches stay',
     '\tRTE_ASSERT(b == 3 &&\n\t\tb > 2);\n\trte_prefetch0(&a[1]);\n\trs_tcb_prefetch(a, 1);\n'
     '\tstatic_assert(sizeof(*a) == 64, "a line");', []),
    ('a comment and a string stay', '\tconst char *s = "b == 3"; /* g(1); */ // h(2);', []),
]


def squeezed(line):
    return ' '.join(line.split())


def becomes(body, path='lib/a.c'):
    """The changed lines of a function's body in all its mutants; the #define's are left out."""
    text = FILE % body
    found = mutants.sites(path, text)
    for site in found:
        if mutants.broken(site, text).count('\n') != text.count('\n'):
            yield 'another number of lines'
        elif 'LIMIT' not in site.old:
            yield site.new


def results():
    """Yield (name, whether it holds)."""
    for what, body, expected in BODIES:
        yield f'mutants: {what}', sorted(becomes(body)) == sorted(map(squeezed, expected))
    text = FILE % '\tg(a);\n\tg(a);'
    found = mutants.sites('lib/a.c', text)
    yield 'mutants: a number behind #define, and no other directive', \
        [s.new for s in found if s.kind == 'constant'] == \
        ['#define LIMIT 61 /* s */', '#define LIMIT 59 /* s */']
    yield 'mutants: each site has a name of its own', \
        len({site.key() for site in found}) == len(found) == 4
    yield 'mutants: of a header only functions', \
        all('LIMIT' not in site.old for site in mutants.sites('lib/a.h', text))
    names = mutants.named('# a\n\nlib/a.c\n- g(a);\n+ ;\nno\nreason\n\nlib/a.c\n- 1\n+ 2\nb\n')
    yield 'mutants: survivors are read', names == {
        ('lib/a.c', 'g(a);', ';'): 'no reason', ('lib/a.c', '1', '2'): 'b'}
    try:
        mutants.named('lib/a.c\n- g(a);\n+ ;\n')
        yield 'mutants: a survivor without a reason is refused', False
    except ValueError:
        yield 'mutants: a survivor without a reason is refused', True
    yield from survivors()


def survivors():
    """Whether each survivor of the file is a mutant of the tree, or its reason is out of date."""
    with open(os.path.join(ROOT, 'tests/mutate.survivors'), encoding='utf-8') as file:
        names = mutants.named(file.read())
    for path, old, new in names:
        with open(os.path.join(ROOT, path), encoding='utf-8') as file:
            found = {(site.old, site.new) for site in mutants.sites(path, file.read())}
        yield f'mutants: {path} still has the survivor "{old}"', (old, new) in found
