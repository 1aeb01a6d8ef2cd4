#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The rstack authors
"""
Test how the benchmarks' results are read, compared and written, and how perf_pcap's turns end;
nothing is timed. TAP.
"""
import contextlib
import io
import os
import re
import signal
import sys
import time

sys.dont_write_bytecode = True
import by_file  # noqa: E402  pylint: disable=wrong-import-position
import counts  # noqa: E402  pylint: disable=wrong-import-position
import perf_pcap  # noqa: E402  pylint: disable=wrong-import-position
import report  # noqa: E402  pylint: disable=wrong-import-position
import rows  # noqa: E402  pylint: disable=wrong-import-position

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


# As callgrind writes it: a.c has a function of b.h inlined, and calls one of libc's.
CALLGRIND = '''events: Ir

fl=(1) /home/x/build/../lib/tcp/a.c
fn=(1) f
10 3
fi=(2) ../lib/tcp/b.h
+2 40
fe=(1)
* 7
cfi=(3) /usr/include/x.h
cfn=(2) memcpy
calls=1 5
+1 1000

fl=(3)
fn=(2)
5 900
-1 50
'''


def instructions_are_those_of_each_file():
    """Inlined code counts where it is written, a call's cost for what is called."""
    assert by_file.costs(CALLGRIND) == {'/home/x/build/../lib/tcp/a.c': 10,
                                        '../lib/tcp/b.h': 40, '/usr/include/x.h': 950}
    assert [line.split()[-1] for line in by_file.table(CALLGRIND, 10)] == [
        'libc', 'lib/tcp/b.h', 'lib/tcp/a.c']
    assert by_file.table(CALLGRIND, 10)[1].split()[:2] == ['4.0', '4.0']


# As the benchmarks print them.
OUTPUT = '''# CPU time on core 1, TSC at 2600 MHz, with hugepages
closed port, SYN -> RST, 64 a burst       22.4 ns a segment (21.7..37.4), 511 instructions
  beside it, refill                                     12.0 ns
64 bytes on 1000 connections, 64 a burst                35.7 ns a segment (35.4..37.0)
64 bytes on 1000000 connections, 64 a burst             80.1 ns a segment (75.0..99.9)
rstack                                                  30.0 ns a frame (29.1..35.5)
5tswap                                                  20.0 ns a frame (16.6..27.1)
rstack / 5tswap                                         1.40 (1.30..1.60)
1000000 entries, hit: conn_table, hash given            19.5 ns a lookup (18.9..19.9)
1000000 entries, hit: rte_hash, hash given              39.0 ns a lookup (48.9..51.6)
bulk, 1 connection                                    101.5 Gbit/s (99.0..103.1)
http     500000 offered    480000 completed a second, p50     120 p99     400 us, busy
http  10.0 x the capacity: 0.93 of the peak
http   5.0 x the capacity offered: 0.97 x completed
http capacity     210000 connections a second, 500 at a time
   10000 connections without life: 128.5 bytes each
   10000 connections: 144.5 bytes each
   10000 connections: open, 2 in 1 out           392.0 ns a connection, 0 instructions, 2.5 M/s
'''


def samples():
    """Those of OUTPUT."""
    return report.read_lines(OUTPUT)


def result_of(**fields):
    """The result of a row with these fields."""
    row = rows.Row('g', 'a title', 'p', **fields)
    return report.result(row, samples(), '', {'a path': 500.0}, report.ratio_in(samples()))


def line_is_read_with_digits_in_its_name():
    """Name, median, unit, spread, instructions."""
    found = samples()[0]
    assert found == report.Sample('closed port, SYN -> RST, 64 a burst', 22.4, 'ns a segment',
                                  21.7, 37.4, 511)
    assert report.find(samples(), 'bulk, 1 connection').unit == 'Gbit/s'


def lines_of_overload_are_read():
    """They have a form of their own."""
    found = [(one.name, one.value) for one in samples()[-7:-3]]
    assert found == [('http, 500000 offered', 480000), ('http at 10.0 x the capacity', 0.93),
                     ('http at 5.0 x the capacity', 0.97), ('http capacity', 210000)]


def lines_of_many_are_read():
    """Memory, and steps that run once."""
    found = [(one.name, one.value, one.unit, one.high) for one in samples()[-3:]]
    assert found == [('10000 connections without life: memory', 128.5, 'bytes a connection',
                      128.5),
                     ('10000 connections: memory', 144.5, 'bytes a connection', 144.5),
                     ('10000 connections: open, 2 in 1 out', 392, 'ns a connection', 392)]


def other_lines_are_no_samples():
    """Comments, and lines without a spread."""
    assert len(samples()) == 16


def find_takes_whole_names_and_the_last():
    """A pattern that is a part of a name does not match; of several sizes the last is taken."""
    assert report.find(samples(), 'rstac') is None
    assert report.find(samples(), r'64 bytes on \d+ connections, 64 a burst').value == 80.1


def ratio_of_rounds_is_preferred():
    """The benchmark's own ratio, round by round; else that of the medians."""
    assert result_of(line='rstack', beside='5tswap').ratio == 1.40
    assert result_of(line='1000000 entries, hit: conn_table, hash given',
                     beside='1000000 entries, hit: rte_hash, hash given').ratio == 0.5


def goals_are_judged():
    """At most, at least, at most a ratio; none."""
    assert result_of(line='rstack', most=30).met is True
    assert result_of(line='rstack', most=29.9).met is False
    assert result_of(line='bulk, 1 connection', least=102).met is False
    assert result_of(line='rstack', beside='5tswap', ratio=1.4).met is True
    assert result_of(line='rstack', beside='5tswap', ratio=1.3).met is False
    assert result_of(line='rstack').met is None


def row_of_several_operations_is_multiplied():
    """A connection of 4 segments: time, spread and instructions."""
    found = result_of(line='rstack', times=4, unit='ns a connection', path='a path')
    assert (found.value, found.low, found.high, found.instructions) == (120, 116.4, 142, 2000)


def row_without_a_line_is_skipped_with_its_reason():
    """In the table, too."""
    found = result_of(line='nothing')
    assert found.met is None and 'prints no such line' in report.text_table([found])
    assert report.Result(found.row, 'p is not in this build').why_not in \
        report.markdown_table([report.Result(found.row, 'p is not in this build')])


def table_has_each_row():
    """Columns stand under each other; a skipped row does not widen them."""
    lines = report.text_table([result_of(line='rstack', beside='5tswap', ratio=1.4),
                               result_of(line='nothing at all')]).splitlines()
    assert len(lines) == 3
    assert lines[1].index('1.40') == lines[0].index('ratio')
    assert lines[1].endswith('met') and lines[1].index('30.0') == lines[0].index('median')


def numbers_are_short():
    """Three digits."""
    assert [report.number(x) for x in (1.234, 12.34, 123.4, 1234567)] == [
        '1.23', '12.3', '123', '1,234,567']


def csv_has_a_line_for_each_row():
    """With the reason of one that was skipped."""
    text = report.table_csv([result_of(line='rstack', most=30), result_of(line='nothing')])
    lines = text.splitlines()
    assert len({line.count(',') for line in lines}) == 1 and len(lines) == 3
    assert lines[1].startswith('g,a title,30.0,29.1,35.5,ns a frame,')


def plot_takes_x_from_the_name():
    """Sorted, and a series of one point is no curve."""
    plot = rows.Plot('n', 'x', 'y', (
        rows.Series('data', 'p', r'64 bytes on (\d+) connections, 64 a burst'),
        rows.Series('find', 'p', r'(\d+) entries, hit: conn_table, hash given')))
    found = report.points(plot, {'p': samples()})
    assert found == [('data', [(1000, 35.7), (1000000, 80.1)])]
    assert report.plot_csv(plot, found) == 'series,x,y\ndata,1000.0,35.7\ndata,1000000.0,80.1\n'
    assert '1e+06 80.1' in report.plot_script(plot, found, 'a.svg')


def readme_keeps_the_rest():
    """Only the text between the markers changes; without them nothing is written."""
    readme = f'before\n{report.BEGIN}\nold\n{report.END}\nafter\n'
    new = report.in_readme(readme, 'new')
    assert new == f'before\n{report.BEGIN}\n\nnew\n{report.END}\nafter\n'
    assert report.in_readme(new, 'new') == new
    assert report.in_readme('nothing', 'new') is None


def each_row_names_a_program():
    """And each pattern compiles; a plot's has one group."""
    for row in rows.ROWS:
        assert row.program in rows.PROGRAMS
        assert re.compile(row.line).groups == re.compile(row.beside).groups == 0
    for plot in rows.PLOTS:
        for series in plot.series:
            assert series.program in rows.PROGRAMS
            assert re.compile(series.line).groups == 1


def each_pcap_row_is_run():
    """perf_pcap.py is asked for what its rows name, and for nothing else."""
    named = {name for row in rows.ROWS if row.program == 'perf_pcap.py'
             for name in (row.line, row.beside)}
    assert named == set(rows.PCAPS.split(','))


def each_path_of_a_row_is_counted():
    """Its instructions are in instructions.csv: an old name would leave the row out in silence."""
    here = os.path.dirname(os.path.abspath(__file__))
    with open(f'{here}/instructions.csv', encoding='utf-8') as file:
        counted = {count.path for count in counts.read(file.read())[1].values()}
    paths = {row.path for row in rows.ROWS if row.path}
    assert paths <= counted, paths - counted


def pcap_ratio_is_the_median_of_the_rounds():
    """Not the ratio of the medians."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        perf_pcap.print_results({'rstack': [10, 30, 20], '5tswap': [10, 10, 40]})
    found = {one.name: (one.value, one.low, one.high) for one in
             report.read_lines(out.getvalue())}
    assert found == {'rstack': (20, 10, 30), '5tswap': (10, 10, 40),
                     'rstack / 5tswap': (1, 0.5, 3)}


def end_of_run(command, body, telemetry=None):
    """The sentence that perf_pcap ends with, which lets a process start and stop for a second."""
    was = perf_pcap.Telemetry
    perf_pcap.Telemetry = telemetry or was
    try:
        with perf_pcap.running('it', command, 'perf_without_a_process', 1) as (process, _):
            body(process)
    except SystemExit as end:
        return str(end.code)
    finally:
        perf_pcap.Telemetry = was
    return ''


def pcap_process_that_does_not_start_ends_the_run():
    """Its telemetry's socket never appears."""
    assert end_of_run(['sleep', '100'], None) == 'it: ended after 1 s, while it starts'


def pcap_process_that_does_not_stop_ends_the_run():
    """It ignores the signal, and is killed."""
    left = []
    deaf = ['env', '--ignore-signal=INT', 'sleep', '100']

    def body(process):
        left.append(process)
        time.sleep(0.7)  # until it is deaf

    assert end_of_run(deaf, body, lambda path: path) == 'it: ended after 1 s, while it stops'
    assert left[0].poll() is not None


def pcap_process_that_is_stopped_ends_in_order():
    """It goes on, so that it sees the signal."""
    def body(process):
        process.send_signal(signal.SIGSTOP)

    assert end_of_run(['sleep', '100'], body, lambda path: path) == ''


def pcap_without_frames_or_answers_ends_the_run():
    """The sentence has the stage, and what the telemetry's socket said."""
    def wait(_):
        with perf_pcap.Limit('it', 'it receives no frame', 1):
            time.sleep(100)

    def ask(*_):
        with perf_pcap.Limit('it', 'it is measured'):
            raise TimeoutError('timed out')

    command = ['sleep', '100']
    assert end_of_run(command, wait, lambda path: path) == \
        'it: ended after 1 s, while it receives no frame'
    assert end_of_run(command, ask, lambda path: path) == \
        "it: its telemetry fails, while it is measured: TimeoutError('timed out')"


def main():
    """Run each test of this file."""
    helpers = ('main', 'count_is_good', 'end_of_run', 'result_of', 'samples')
    tests = [test for name, test in globals().items() if getattr(test, '__module__', '') ==
             '__main__' and name not in helpers]
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
