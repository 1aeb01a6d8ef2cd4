#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The rstack authors
"""Test how the benchmarks' results are read, compared and written; nothing is timed. TAP."""
import sys

sys.dont_write_bytecode = True
import counts  # noqa: E402  pylint: disable=wrong-import-position

OLD = counts.Count('p', 'SYN, -> RST', 500.0, 'as it was')


def count_is_good(change):
    """Whether a path may have so much more than the file says, and whether that is asked for."""
    holds, _, ask = counts.judge(OLD, counts.Count('p', OLD.path, 500.0 * (1 + change)))
    return holds, ask


def count_within_the_limit_passes():
    """3 % more, or less, is neither a failure nor worth a word."""
    assert count_is_good(0.029) == (True, False)
    assert count_is_good(-0.029) == (True, False)


def count_that_grew_fails():
    """More than 3 % more fails."""
    assert count_is_good(0.031) == (False, True)


def count_that_shrank_asks_for_an_update():
    """More than 3 % less passes, and says so."""
    assert count_is_good(-0.031) == (True, True)


def count_without_a_row_fails():
    """A path that the file does not know cannot pass unseen."""
    assert counts.judge(None, OLD)[0] is False


def counts_are_read_as_they_were_written():
    """Commas in a path or a reason, the compiler, the order."""
    rows = [OLD, counts.Count('q', 'a "b"', 7.25, 'x, y')]
    compiler, found = counts.read(counts.write('gcc 12.2.0', rows))
    assert compiler == 'gcc 12.2.0'
    assert [(c.key, c.instructions, c.reason) for c in found.values()] == [
        (OLD.key, 500.0, 'as it was'), (('q', 'a "b"'), 7.2, 'x, y')]


def update_keeps_the_reason_of_an_unchanged_path():
    """A path that changed or is new has the new reason; one that is gone has no row."""
    old = {count.key: count for count in (OLD, counts.Count('p', 'b', 9, 'old'),
                                          counts.Count('p', 'gone', 1, 'old'))}
    new = [counts.Count('p', OLD.path, 500.04), counts.Count('p', 'b', 8),
           counts.Count('p', 'c', 3)]
    assert [(count.path, count.reason) for count in counts.updated(old, new, 'new')] == [
        (OLD.path, 'as it was'), ('b', 'new'), ('c', 'new')]


def main():
    """Run each test of this file."""
    tests = [test for name, test in globals().items() if getattr(test, '__module__', '') ==
             '__main__' and name not in ('main', 'count_is_good')]
    print(f'1..{len(tests)}')
    failed = 0
    for number, test in enumerate(tests, 1):
        verdict, why = 'ok', ''
        try:
            test()
        except AssertionError as error:
            verdict, why = 'not ok', f'# line {error.__traceback__.tb_next.tb_lineno}\n'
            failed += 1
        print(f'{verdict} {number} - {test.__name__}\n{why}', end='')
    sys.exit(failed > 0)


if __name__ == '__main__':
    main()
