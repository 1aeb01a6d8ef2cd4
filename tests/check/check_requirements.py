#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The rstack authors
"""Hold tests/requirements.csv: each requirement has a row, each row tests that exist and ran.

usage: check_requirements.py [ROOT]        the list against the sources, as TAP
       check_requirements.py --ran LOG...  the list against what these logs of meson say ran;
                                           the result is added to the first
"""
import csv
import fileinput
import glob
import json
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
import summary  # noqa: E402  pylint: disable=wrong-import-position

LIST = 'tests/requirements.csv'
COLUMNS = ['rfc', 'id', 'section', 'level', 'requirement', 'status', 'why', 'tests']
LEVELS = {'MUST', 'MUST NOT', 'SHOULD', 'SHOULD NOT', 'MAY'}
STATUS = {'met', 'not applicable', 'declined'}
RFCS = ['9293', '5961', '1337', '6191', '7323', '2018', '6298', '5681', '6582', '8985', '9438',
        '3168', '5482', '6528', '8200', '4443', '4861', '4862', '8201', '791', '815', '1122',
        '1858', '3128', '5722', '6946', '6980', '7112']

# The 126 rows of RFC 9293's appendix B: how many of each id, where it is not one.
LAST = {'MUST': 69, 'SHLD': 31, 'MAY': 18, 'REC': 1}
TWICE = {'MUST-15': 2, 'MUST-20': 2, 'MUST-46': 2, 'MUST-56': 3, 'MUST-57': 2, 'SHLD-5': 2}

WIRE = re.compile(r'^WIRE(?:_STATES|_TABLE)?\(\s*(\w+),(?:[^"]*,)?\s*"([^"]*)",\s*"([^"]*)"\s*\)',
                  re.M)
FUNCTION = {'unit': re.compile(r'^(?:static void )?(\w+)\(void \*\*', re.M),
            'e2e': re.compile(r'^def (\w+)\(', re.M),
            'check': re.compile(r'^def (\w+)\(', re.M)}


def appendix_b():
    """Yield (id, number of rows) for each requirement of RFC 9293."""
    for kind, last in LAST.items():
        for number in range(1, last + 1):
            name = f'{kind}-{number}'
            yield name, TWICE.get(name, 1)


def read(path=LIST):
    """The rows of the list."""
    with open(path, encoding='utf-8', newline='') as file:
        return list(csv.DictReader(file))


def source(path):
    """The text of a file, '' if there is none."""
    if not os.path.exists(path):
        return ''
    with open(path, encoding='utf-8') as file:
        return file.read()


def wire_cases():
    """Yield (name, ids) of each wire case."""
    for path in sorted(glob.glob('tests/wire/case_*.c')):
        for name, _, ids in WIRE.findall(source(path)):
            yield name, ids.split()


def split(test):
    """('unit', 'test_rtx', 'name') of unit:test_rtx/name; parts that are not there are ''."""
    kind, _, rest = test.partition(':')
    program, _, name = rest.partition('/') if '/' in rest else ('', '', rest)
    return kind, program, name


def exists(test, wire):
    """Whether the sources have a test of this name."""
    kind, program, name = split(test)
    if kind == 'wire':
        return not program and name in wire
    if kind == 'sim':
        return test == 'sim' and os.path.isdir('tests/sim')
    if kind not in FUNCTION or not program or not name:
        return False
    ending = 'c' if kind == 'unit' else 'py'
    return name in FUNCTION[kind].findall(source(f'tests/{kind}/{program}.{ending}'))


def each_requirement_has_a_row(rows, _):
    """each requirement of RFC 9293 has its rows, and each other RFC has some"""
    for name, count in appendix_b():
        found = sum(row['id'] == name and row['rfc'] == '9293' for row in rows)
        if found != count:
            yield f'{name}: {found} rows, not {count}'
    for rfc in RFCS:
        if not any(row['rfc'] == rfc for row in rows):
            yield f'RFC {rfc}: no row'


def each_row_is_whole(rows, _):
    """each row is whole and there once"""
    seen = set()
    for row in rows:
        name = row['id']
        if list(row) != COLUMNS or None in row.values():
            yield f'{name}: columns'
            continue
        if row['level'] not in LEVELS or row['status'] not in STATUS:
            yield f'{name}: no such level or status'
        if not row['section'] or not row['requirement']:
            yield f'{name}: no section or no text'
        if row['rfc'] != '9293' and not name.startswith(f'{row["rfc"]}-{row["section"]}'):
            yield f'{name}: is of another section'
        if (name, row['requirement']) in seen:
            yield f'{name}: is there twice'
        seen.add((name, row['requirement']))


def each_status_is_explained(rows, _):
    """what is met has a test, what is not has a reason, and no MUST is declined"""
    for row in rows:
        if row['status'] == 'met' and not row['tests'].split():
            yield f'{row["id"]}: met, but no test'
        if row['status'] != 'met' and not row['why']:
            yield f'{row["id"]}: {row["status"]}, but why?'
        if row['status'] == 'declined' and row['level'].startswith('MUST'):
            yield f'{row["id"]}: a {row["level"]} that is declined'


def each_test_exists(rows, wire):
    """each test that is named exists"""
    for row in rows:
        for test in row['tests'].split():
            if not exists(test, wire):
                yield f'{row["id"]}: no test {test}'


def each_id_of_a_case_is_listed(rows, wire):
    """each requirement that a wire case names is in the list"""
    listed = {row['id'] for row in rows}
    for name, ids in wire.items():
        for one in ids:
            if one not in listed:
                yield f'{name}: {one} is not in {LIST}'


CHECKS = [each_requirement_has_a_row, each_row_is_whole, each_status_is_explained,
          each_test_exists, each_id_of_a_case_is_listed]


def verdicts(log):
    """What became of each case that ran: {(program, case): 'passed' | 'failed' | 'skipped'}."""
    found = {}
    for line in log:
        if line.strip():
            test = json.loads(line)
            suite, _, program = test['name'].rpartition(' / ')
            for name, verdict, _ in summary.cases(test):
                name = re.sub(r'( in [A-Z0-9_]+)?( with [A-Z,]+| with no flags)?$', '', name)
                for key in ((program, name), (program, ''), (suite.split(':')[-1], '')):
                    if found.get(key) != 'failed':
                        found[key] = verdict
    return found


def ran(test, found):
    """The verdict of a test of the list, None if it did not run."""
    kind, program, name = split(test)
    program = re.sub('^(test|check)_', '', program)
    if kind == 'sim':
        return found.get(('sim', ''))  # all of that suite
    key = {'wire': 'wire', 'e2e': 'e2e_' + program}.get(kind, program)
    return found.get((key, '' if kind == 'check' else name))


def each_test_ran(rows, found):
    """each test that proves a requirement ran, and did not fail"""
    for row in rows:
        for test in row['tests'].split():
            verdict = ran(test, found)
            if verdict not in ('passed', 'skipped'):
                yield f'{row["id"]}: {test} {verdict or "did not run"}'


def report(number, check, complaints):
    """One line of TAP, and what was found."""
    print(f'{"not ok" if complaints else "ok"} {number} - {check.__doc__}')
    for line in complaints:
        print(f'#   {line}')
    return not complaints


def check_sources():
    """Print TAP. @return the exit status"""
    rows, wire = read(), dict(wire_cases())
    print(f'1..{len(CHECKS)}')
    good = [report(n, check, list(check(rows, wire))) for n, check in enumerate(CHECKS, 1)]
    return 0 if all(good) else 1


def check_logs(paths):
    """Add a result to the first of meson's logs, for the summary. @return the exit status"""
    with fileinput.input(paths, encoding='utf-8') as log:
        complaints = list(each_test_ran(read(), verdicts(log)))
    out = f'1..1\n{"not ok" if complaints else "ok"} 1 - {each_test_ran.__doc__}\n'
    out += ''.join(f'#   {line}\n' for line in complaints)
    with open(paths[0], 'a', encoding='utf-8') as log:
        log.write(json.dumps({'name': 'requirements that ran', 'stdout': out,
                              'result': 'FAIL' if complaints else 'OK'}) + '\n')
    return 1 if complaints else 0


if __name__ == '__main__':
    if len(sys.argv) > 2 and sys.argv[1] == '--ran':
        sys.exit(check_logs([path for path in sys.argv[2:] if os.path.exists(path)]))
    os.chdir(sys.argv[1] if len(sys.argv) > 1 else '.')
    sys.exit(check_sources())
