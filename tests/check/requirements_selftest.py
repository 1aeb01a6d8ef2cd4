# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The rstack authors
"""Show that each check of check_requirements.py can fail. For check_selftest.py."""
import json
import os

import check_requirements as c

GOOD = {'rfc': '9293', 'id': 'MUST-1', 'section': '3.1', 'level': 'MUST', 'requirement': 'x',
        'status': 'met', 'why': '', 'tests': 'wire:a'}
WIRE = {'a': ['MUST-1'], 'b': []}

# check, what is wrong with a row that is good otherwise, what is said
ROWS = [
    (c.each_row_is_whole, {'level': 'MUSTARD'}, 'no such level'),
    (c.each_row_is_whole, {'status': 'done'}, 'no such level or status'),
    (c.each_row_is_whole, {'section': ''}, 'no section'),
    (c.each_row_is_whole, {'requirement': ''}, 'no section or no text'),
    (c.each_row_is_whole, {'rfc': '5961', 'id': '5961-3.2a'}, 'another section'),
    (c.each_row_is_whole, {None: ['more']}, 'columns'),
    (c.each_status_is_explained, {'tests': ' '}, 'no test'),
    (c.each_status_is_explained, {'status': 'declined'}, 'but why'),
    (c.each_status_is_explained, {'status': 'not applicable'}, 'but why'),
    (c.each_status_is_explained, {'status': 'declined', 'why': 'no'}, 'declined'),
    (c.each_test_exists, {'tests': 'wire:a wire:c'}, 'wire:c'),
    (c.each_test_exists, {'tests': 'wire:x/a'}, 'wire:x/a'),
    (c.each_test_exists, {'tests': 'unit:a'}, 'unit:a'),
    (c.each_test_exists, {'tests': 'unit:test_seq/'}, 'unit:test_seq/'),
    (c.each_test_exists, {'tests': 'unit:test_seq/seq_helper'}, 'seq_helper'),
    (c.each_test_exists, {'tests': 'unit:test_ack/seq_wraps'}, 'test_ack'),
    (c.each_test_exists, {'tests': 'e2e:test_echo/seq_wraps'}, 'test_echo'),
    (c.each_test_exists, {'tests': 'sim'}, 'sim'),
    (c.each_test_exists, {'tests': 'sim:seeds'}, 'sim:seeds'),
    (c.each_test_exists, {'tests': 'a'}, 'no test a'),
    (c.each_id_of_a_case_is_listed, {'id': 'MUST-2'}, 'MUST-1 is not'),
    (c.each_requirement_has_a_row, {}, 'MUST-1: 1 rows, not 1'),
]

# a test that is named, the log of what ran, whether that will do
LOG = [
    {'name': 'rstack:wire / wire', 'result': 'FAIL',
     'stdout': '1..3\nok 1 - a # 3.5\nok 2 - b in LISTEN\nnot ok 3 - b in FIN_WAIT_1\n'},
    {'name': 'rstack:unit / seq', 'result': 'OK', 'stdout': '1..1\nok 1 - seq_wraps\n'},
    {'name': 'rstack:e2e / e2e_echo', 'result': 'OK', 'stdout': '1..1\nok 1 - x # SKIP root\n'},
    {'name': 'rstack:sim / sim_seeds_1', 'result': 'OK', 'stdout': '10000 seeds\n'},
    {'name': 'rstack:check / archive', 'result': 'OK', 'stdout': '1..1\nok 1 - no clock\n'},
]
RAN = [
    ('wire:a', True), ('wire:b', False), ('wire:c', False), ('unit:test_seq/seq_wraps', True),
    ('unit:test_seq/seq', False), ('unit:test_ack/seq_wraps', False), ('e2e:test_echo/x', True),
    ('sim', True), ('check:check_archive/symbols', True),
]

WIRE_SOURCE = '''
WIRE(a, "3.5", "MUST-1 MUST-2")
{
}
WIRE_STATES(b, SYNCHRONIZED,
\t"3.6, RFC 5961 (3)", "")
'''


def rows():
    """Yield (name, whether it holds) for each of ROWS, in a tree with one unit test."""
    os.makedirs('tests/unit')
    with open('tests/unit/test_seq.c', 'w', encoding='utf-8') as file:
        file.write('static void\nseq_wraps(void **state)\n{\n}\nstatic int\nseq_helper(int a)\n')
    good = [GOOD, {**GOOD, 'requirement': 'y', 'tests': 'wire:b unit:test_seq/seq_wraps'}]
    for check in c.CHECKS[1:]:
        yield f'{check.__name__} allows what is good', list(check(good, WIRE)) == []
    for check, wrong, said in ROWS:
        found = list(check([{**GOOD, **wrong}], WIRE))
        holds = said in ' '.join(found) or (not wrong and 'MUST-2: 0 rows, not 1' in found)
        yield f'{check.__name__} refuses {wrong}', holds
    yield 'each_row_is_whole refuses a row that is there twice', list(
        c.each_row_is_whole([GOOD, GOOD], WIRE)) == ['MUST-1: is there twice']
    yield 'every check of requirements has a sample', {r[0] for r in ROWS} == set(c.CHECKS)
    yield "appendix B has 126 rows", sum(n for _, n in c.appendix_b()) == 126
    os.makedirs('tests/wire')
    with open('tests/wire/case_a.c', 'w', encoding='utf-8') as file:
        file.write(WIRE_SOURCE)
    yield 'cases of wire tests are found', dict(c.wire_cases()) == {
        'a': ['MUST-1', 'MUST-2'], 'b': []}


def results():
    """Yield (name, whether it holds); the working directory is an empty one."""
    yield from rows()
    found = c.verdicts(json.dumps(test) for test in LOG)
    for test, will_do in RAN:
        said = list(c.each_test_ran([{**GOOD, 'tests': test}], found))
        yield f'each_test_ran {"allows" if will_do else "refuses"} {test}', (said == []) == will_do
