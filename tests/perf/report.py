# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The rstack authors
"""Read the benchmarks' lines, and write the table, the CSV files, the plots and the README."""
import csv
import dataclasses
import io
import re

import rows

# NAME  VALUE UNIT (LOWEST..HIGHEST)[, N instructions]. A unit has no digits, so that a name may.
LINE = re.compile(r' *(?P<name>\S.*?) +(?P<value>\d+(?:\.\d+)?) ?(?P<unit>[A-Za-z%][A-Za-z/% ]*?)? '
                  r'?\((?P<low>-?[\d.]+)\.\.(?P<high>-?[\d.]+)\)'
                  r'(?:, (?P<instructions>\d+) instructions)?')
# Of perf_many, which runs each step once: N connections: STEP  VALUE ns a THING, N instructions
ONCE = re.compile(r' *(?P<name>\d+ connections: \S.*?) +(?P<value>[\d.]+) (?P<unit>ns a \w+)'
                  r'(?:, (?P<instructions>\d+) instructions)?.*')
MEMORY = re.compile(r' *(\d+) connections(| without life): ([\d.]+) bytes each')
# Of perf_overload and perf_overload_memif.
OFFERED = re.compile(r'(\w+) +(\d+) offered +(\d+) completed a second')
GOODPUT = re.compile(r'(\w+) +([\d.]+) x the capacity(?: offered)?: ([\d.]+) (?:of|x) ')
CAPACITY = re.compile(r'(\w+) capacity +(\d+) connections a second')

BEGIN = '<!-- tests/perf/run --update-readme writes from here -->'
END = '<!-- to here -->'


@dataclasses.dataclass
class Sample:
    """A line of a benchmark: the median of its rounds, the lowest and the highest."""
    name: str
    value: float
    unit: str
    low: float
    high: float
    instructions: float = 0


@dataclasses.dataclass
class Result:
    """A row of the table, measured or with the reason why not."""
    row: rows.Row
    why_not: str = ''
    value: float = 0
    low: float = 0
    high: float = 0
    unit: str = ''
    beside: Sample = None
    ratio: float = 0
    instructions: float = 0     # of one operation of the row; 0: not counted

    @property
    def met(self):
        """Whether the goal is met; None: there is none, or nothing was measured."""
        if self.why_not:
            return None
        goals = [self.value <= self.row.most] if self.row.most else []
        goals += [self.value >= self.row.least] if self.row.least else []
        goals += [self.ratio <= self.row.ratio] if self.row.ratio and self.beside else []
        return all(goals) if goals else None


def read_line(line):
    """The Sample of a benchmark's line; None: it has another form."""
    found = LINE.fullmatch(line) or ONCE.fullmatch(line)
    if found:
        fields = found.groupdict()
        return Sample(found['name'], float(found['value']), found['unit'] or '',
                      float(fields.get('low', found['value'])),
                      float(fields.get('high', found['value'])),
                      float(found['instructions'] or 0))
    for pattern, name, unit in ((OFFERED, '{0}, {1} offered', 'completed a second'),
                                (GOODPUT, '{0} at {1} x the capacity', 'of the most'),
                                (CAPACITY, '{0} capacity', 'connections a second'),
                                (MEMORY, '{0} connections{1}: memory', 'bytes a connection')):
        found = pattern.match(line)
        if found:
            value = float(found[found.re.groups])
            return Sample(name.format(*found.groups()), value, unit, value, value)
    return None


def read_lines(text):
    """The Samples of a benchmark's output."""
    return [sample for sample in map(read_line, text.splitlines()) if sample is not None]


def find(samples, pattern):
    """The last sample, which has the largest size, whose whole name matches; None: none does."""
    found = [sample for sample in samples if re.fullmatch(pattern, sample.name)]
    return found[-1] if found else None


def result(row, samples, why_not, instructions, ratio_of):
    """The Result of a row.

    `samples` are those of its program, `instructions` the counts by path, and `ratio_of` gives
    the sample of a ratio that the benchmark itself took round by round.
    """
    sample = find(samples, row.line)
    if sample is None:
        return Result(row, why_not or f'{row.program} prints no such line')
    beside = find(samples, row.beside) if row.beside else None
    ratio = ratio_of(sample, beside) if beside else 0
    counted = (instructions.get(row.path) or sample.instructions) * row.times
    return Result(row, '', sample.value * row.times, sample.low * row.times,
                  sample.high * row.times, row.unit or sample.unit, beside, ratio, counted)


def ratio_in(samples):
    """ratio_of() of result(): the median of the rounds where it is printed, else of medians."""
    by_name = {sample.name: sample.value for sample in samples}

    def ratio_of(sample, beside):
        of_rounds = by_name.get(f'{sample.name} / {beside.name}')
        return of_rounds if of_rounds is not None else sample.value / beside.value
    return ratio_of


def number(value):
    """Three digits or more, thousands with commas."""
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    return f'{value:,.{digits}f}'


def goal(row):
    """The goal of a row, in words."""
    words = [f'<= {number(row.most)}'] if row.most else []
    words += [f'>= {number(row.least)}'] if row.least else []
    words += [f'ratio <= {row.ratio:g}'] if row.ratio else []
    return ', '.join(words)


def cells(one):
    """The cells of a result: those of COLUMNS."""
    if one.why_not:
        return [one.row.title, 'skipped: ' + one.why_not, '', '', '', '', goal(one.row), '']
    beside = f'{one.beside.name}: {number(one.beside.value)}' if one.beside else ''
    return [one.row.title, f'{number(one.value)} {one.unit}'.strip(),
            f'{number(one.low)}..{number(one.high)}', beside,
            f'{one.ratio:.2f}' if one.beside else '',
            number(one.instructions) if one.instructions else '', goal(one.row),
            {True: 'met', False: 'missed', None: ''}[one.met]]


COLUMNS = ['path', 'median', 'spread', 'beside it', 'ratio', 'instructions', 'goal', '']


def text_table(results):
    """The table for a terminal."""
    lines = [COLUMNS] + [cells(one) for one in results]
    # a reason for a skip may run over the next columns, which are empty then
    measured = [line for line in lines if not line[1].startswith('skipped')]
    widths = [max(len(line[0]) for line in lines)] + [
        max(len(line[at]) for line in measured) for at in range(1, len(COLUMNS))]
    return ''.join('  '.join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip() + '\n'
                   if line in measured else f'{line[0]:{widths[0]}}  {line[1]}\n'
                   for line in lines)


def markdown_table(results):
    """The same for the README."""
    lines = [COLUMNS, ['---'] * len(COLUMNS)] + [cells(one) for one in results]
    return ''.join('| ' + ' | '.join(cell.replace('|', '\\|') for cell in line) + ' |\n'
                   for line in lines)


def csv_text(header, lines):
    """A CSV file."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator='\n')
    writer.writerow(header)
    writer.writerows(lines)
    return out.getvalue()


def table_csv(results):
    """The table as CSV, with plain numbers."""
    return csv_text(
        ['group', 'path', 'median', 'lowest', 'highest', 'unit', 'beside', 'its median', 'ratio',
         'instructions', 'goal', 'met', 'skipped because'],
        [[one.row.group, one.row.title, one.value, one.low, one.high, one.unit,
          one.beside.name if one.beside else '', one.beside.value if one.beside else '',
          one.ratio or '', one.instructions or '', goal(one.row),
          {True: 'yes', False: 'no', None: ''}[one.met], ''] if not one.why_not else
         [one.row.group, one.row.title] + [''] * 8 + [goal(one.row), '', one.why_not]
         for one in results])


def samples_csv(samples):
    """Every line of every benchmark: {program: samples}."""
    return csv_text(['program', 'line', 'median', 'lowest', 'highest', 'unit', 'instructions'],
                    [[program, one.name, one.value, one.low, one.high, one.unit,
                      one.instructions or ''] for program, of in samples.items() for one in of])


def points(plot, samples):
    """[(title, [(x, y)])] of a plot: its series that have two points at least."""
    found = []
    for series in plot.series:
        matches = [(re.fullmatch(series.line, one.name), one)
                   for one in samples.get(series.program, ())]
        at = {float(match[1]): one.value for match, one in matches if match}
        if len(at) > 1:
            found.append((series.title, sorted(at.items())))
    return found


def plot_csv(plot, found):
    """The points of a plot, a line each."""
    return csv_text(['series', plot.x, plot.y],
                    [[title, x, y] for title, of in found for x, y in of])


def plot_script(plot, found, svg):
    """The gnuplot script that draws it into the file `svg`, data inline."""
    lines = ['set terminal svg size 800,500 background "white"', f'set output "{svg}"',
             f'set xlabel "{plot.x}"', f'set ylabel "{plot.y}"', 'set yrange [0:*]',
             'set key top left noenhanced', 'set grid', 'set format x "%.0f"' if not plot.log_x else
             'set logscale x\nset format x "10^{%L}"']
    for at, (_, of) in enumerate(found):
        lines += [f'$data{at} << END', *(f'{x:g} {y:g}' for x, y in of), 'END']
    lines.append('plot ' + ', '.join(f'$data{at} with linespoints title "{title}"'
                                     for at, (title, _) in enumerate(found)))
    return '\n'.join(lines) + '\n'


def in_readme(readme, measured):
    """The README with `measured` between its marker lines; None: it has none."""
    if readme.count(BEGIN) != 1 or readme.count(END) != 1:
        return None
    before, _, rest = readme.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f'{before}{BEGIN}\n\n{measured}\n{END}{after}'
