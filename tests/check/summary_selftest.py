# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The rstack authors
"""Show that tests/summary.py counts what ran, and nothing else. For check_selftest.py."""
import contextlib
import io
import json
import os
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
import summary  # noqa: E402  pylint: disable=wrong-import-position

# what, the tests of a log, the last line, the exit status
LOGS = [
    ('a program counts as one', [{'result': 'OK'}], '1 passed, 0 failed, 0 skipped', 0),
    ('each TAP case counts',
     [{'result': 'FAIL', 'stdout': '1..3\nok 1 - a # 3.5 MUST-1\nEAL: hm\nnot ok 2 - b\n# why\n'
       'ok 3 - c # SKIP no root\n'}], '1 passed, 1 failed, 1 skipped', 1),
    ("cmocka's skip is no failure",
     [{'result': 'OK', 'stdout': '1..2\nok 1 - a\nnot ok 2 # SKIP b\n'}],
     '1 passed, 0 failed, 1 skipped', 0),
    ('a crash after good cases fails',
     [{'result': 'ERROR', 'stdout': '1..2\nok 1 - a\n'}], '1 passed, 1 failed, 0 skipped', 1),
    ('cases that did not run fail',
     [{'result': 'OK', 'stdout': '1..2\nok 1 - a\n'}], '1 passed, 1 failed, 0 skipped', 1),
    ('a time-out fails', [{'result': 'OK'}, {'result': 'TIMEOUT', 'stdout': 'hi'}],
     '1 passed, 1 failed, 0 skipped', 1),
    ('nothing ran', [], '0 passed, 0 failed, 0 skipped', 1),
    ('all was skipped', [{'result': 'SKIP', 'stdout': 'skip: needs root\n'}],
     '0 passed, 0 failed, 1 skipped', 1),
    ('a word that starts with ok is no case', [{'result': 'OK', 'stdout': 'okay\nnot okay\n'}],
     '1 passed, 0 failed, 0 skipped', 0),
    ('a notice of a good case is no failure',
     [{'result': 'OK', 'stdout': '1..1\nok 1 - a\n# notice: a shrank\n# b\n'}],
     '1 passed, 0 failed, 0 skipped', 0),
]


def results():
    """Yield (name, whether it holds) for each log."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, 'log.json')
        for what, tests, line, status in LOGS:
            with open(path, 'w', encoding='utf-8') as log:
                for test in tests:
                    log.write(json.dumps({'name': 't', **test}) + '\n')
            out = io.StringIO()
            with contextlib.redirect_stdout(out):
                got = summary.main([path])
            yield f'summary: {what}', out.getvalue().split('\n')[-2:] == [line, ''] and \
                got == status
            if '# why' in str(tests):
                yield 'summary: what a failing case said is shown', '# why' in out.getvalue()
            if '# notice' in str(tests):
                yield 'summary: a notice is shown', ', t: a shrank\n' in out.getvalue() and \
                    '# b' not in out.getvalue()
        with contextlib.redirect_stdout(out):
            reason = summary.skip_reason('hello\nSKIP: no root\n')
        yield 'summary: a skip tells its reason', reason == 'no root'
