# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The rstack authors
"""Show that check_man.py finds a name that a man page lacks, or has too much."""
import check_man as c

HELP = """usage: a [-t]
  -c FILE        read this; --nothing shows
  -h, --help     print this
  --rate VALUE   rate
EAL options, such as -l
"""
PAGE = '.It Fl c Ar FILE\n.It Fl h , -help\n.It Fl -rate Ar N\n'
CONFIG = '; about\n[load]\n; a\nrate =\n;count = 3\n;[port 0]\nmtu = 1500\n'
KEYS = '.Sh [load]\n.It Li rate = (nothing)\n.It Li count = 3\n.Sh [port N]\n.It Li mtu = 1500\n'

# name, what is read, what it must be
READ = [
    ('commands', c.commands('\t{ "/rstack/a", f,\n\t{ "/rstack/b/c", NULL, "see /rstack/d" }'),
     {'/rstack/a', '/rstack/b/c'}),
    ('page_commands', c.page_commands('.It Li /rstack/a[,N]\n/rstack/b\n.It Li /rstack/c/d\n'),
     {'/rstack/a', '/rstack/c/d'}),
    ('options', c.options(HELP), {'-c', '-h', '--help', '--rate'}),
    ('page_options', c.page_options(PAGE), {'-c', '-h', '--help', '--rate'}),
    ('signals', c.signals('sigaddset(s, SIGHUP); sigaddset(s, RS_SIGNAL);'), {'SIGHUP'}),
    ('keys', c.keys(CONFIG), {'[load] rate', '[load] count', '[port] mtu'}),
    ('page_keys', c.page_keys(KEYS), {'[load] rate', '[load] count', '[port] mtu'}),
]


def results():
    """Yield (name, whether it holds)."""
    for name, got, expected in READ:
        yield f'man: {name}', got == expected
    yield 'man: all there', not c.differ({'a'}, {'a'})
    yield 'man: one is missing', c.differ({'a', 'b'}, {'a'}) == ['missing: b']
    yield 'man: one too many', c.differ({'a'}, {'a', 'b'}) == ['there is no b']
    yield 'man: keys of rstack-load are options', not c.check_options(
        'rstack-load', HELP, {'[load] rate'}, '.It Fl c Ar F\n.It Fl h , -help\n.It Fl -KEY Ar V\n')
    yield 'man: keys of rstack are none', c.check_options('rstack', HELP, {'[load] rate'}, '') == [
        'missing: --help', 'missing: --rate', 'missing: -c', 'missing: -h']
