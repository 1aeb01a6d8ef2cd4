#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The rstack authors
"""Count the tests in meson's testlog.json files.

Of a test that prints TAP each case counts; any other test counts as one. Meson's own totals
count programs only, and its junit file takes a TAP program that crashed for one that passed.
"""
import json
import os
import re
import sys

CASE = re.compile(r'^(not )?ok\b(?: +\d+)?(?: *-)? *([^#\n]*?) *(?:# *(.*))?$', re.M)
PLAN = re.compile(r'^1\.\.(\d+)', re.M)
LINES_MAX = 200
NOTICE = re.compile(r'^# notice: (.*)$', re.M)
SKIP = re.compile(r'\bskip\w*\b[:, ]*(.*)', re.I)


def skip_reason(text):
    """The reason that a skipped test printed: its line with "skip", or its last line."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    for line in lines:
        found = SKIP.search(line)
        if found:
            return found.group(1) or line
    return lines[-1] if lines else 'it printed no reason'


def cases(test):
    """Yield (name, 'passed' | 'failed' | 'skipped', remark) for each case of one test."""
    out = test.get('stdout', '')
    result = test['result']
    found = CASE.findall(out)
    fails = 0
    for bad, name, remark in found:
        skip = SKIP.match(remark)
        if skip:
            yield name or skip.group(1), 'skipped', skip.group(1) or 'it printed no reason'
        else:
            fails += bad != ''
            yield name, 'failed' if bad else 'passed', ''
    planned = sum(int(n) for n in PLAN.findall(out))
    if result in ('OK', 'EXPECTEDFAIL'):
        if planned > len(found):
            yield '', 'failed', f'{len(found)} of {planned} planned cases ran'
        elif not found:
            yield '', 'passed', ''
    elif result == 'SKIP':
        if not found:
            yield '', 'skipped', skip_reason(out + '\n' + test.get('stderr', ''))
    elif fails == 0:
        # the program crashed, hung or failed outside of its cases
        status = f', exit status {test["returncode"]}' if 'returncode' in test else ''
        yield '', 'failed', result + status


def diagnostics(test):
    """The lines of a TAP program that are not about good cases; meson does not show them."""
    lines = test.get('stdout', '').splitlines()
    if not CASE.search(test.get('stdout', '')):
        return []
    return [line for line in lines if line.strip() and not re.match(r'ok\b|1\.\.', line)]


def count(where, test, total):
    """Add the cases of one test to total; print those that did not pass, and its notices."""
    remarks = []
    for name, verdict, remark in cases(test):
        total[verdict] += 1
        if verdict != 'passed':
            remarks.append(f'{verdict}: ' + ': '.join(p for p in (where, name, remark) if p))
    if any(remark.startswith('failed') for remark in remarks):
        lines = diagnostics(test)
        for line in lines[:LINES_MAX]:
            print(line)
        if len(lines) > LINES_MAX:
            print(f'... {len(lines) - LINES_MAX} more lines in meson-logs/testlog.txt')
    for notice in NOTICE.findall(test.get('stdout', '')):
        remarks.append(f'notice: {where}: {notice}')
    for remark in remarks:
        print(remark)


def main(paths):
    """Print the failed and the skipped cases, then the line of totals."""
    total = {'passed': 0, 'failed': 0, 'skipped': 0}
    for path in paths:
        if not os.path.exists(path):
            continue
        with open(path, encoding='utf-8') as log:
            tests = [json.loads(line) for line in log if line.strip()]
        for test in tests:
            count(f'{os.path.dirname(os.path.dirname(path))}, {test["name"]}', test, total)
    if sum(total.values()) == 0:
        print('no test ran')
    print('{passed} passed, {failed} failed, {skipped} skipped'.format(**total))
    return 1 if total['failed'] or not total['passed'] else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
