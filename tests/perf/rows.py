# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The rstack authors
"""The benchmarks that tests/perf/run starts, the rows of its table, and its plots.

To add a row, name the program that prints its line and the line's name as a regular expression.
A program or a line that is not there is skipped, and the table says so.
"""
import dataclasses


@dataclasses.dataclass
class Program:
    """A benchmark: a program of the build, or, if its name ends in .py, a script of this folder."""
    arguments: tuple = ()       # {rounds}, {rstack}, {rstack_load} and so on are filled in
    megabytes: int = 512        # of hugepages
    long_megabytes: int = 0     # the same with --long; 0: no more
    root: bool = False
    cores: int = 1
    commands: tuple = ()        # that must be installed


# The kinds of perf_pcap.py that rows name; it has more.
PCAPS = ('rstack,rstack:ack,rstack:fin,rstack:data,rstack:rst,rstack:acl,rstack6,rstack6:rst,'
         'rstack6:acl,5tswap,5tswap6,rxonly')

# Where a program has sizes that only --long measures, and 10 million fit into the memory, it gets
# --long always: it leaves out by itself the sizes for which there is not enough.
PROGRAMS = {
    'perf_pcap.py': Program(('--rounds', '{rounds}', '--seconds', '1', '--only', PCAPS, '{rstack}'),
                            8192, root=True, cores=2, commands=('dpdk-testpmd',)),
    'perf_engine': Program(('--runs', '{rounds}'), 512),
    'perf_many': Program(('--long',), 3072, 15360),
    'perf_table': Program(('--long', '--runs', '{rounds}'), 4096, 15360),
    'perf_timer': Program(('--long', '--runs', '{rounds}'), 3072),
    'perf_overload': Program(('--only', 'http '), 512),
    'perf_overload_memif.py': Program(('--seconds', '2', '{rstack}', '{rstack_load}'), 2048,
                                      root=True, cores=2),
    'perf_rfc2544.py': Program(('--trial', '400', '{perf_rfc2544}', '{rstack}'), 2048,
                               root=True, cores=2, commands=('dpdk-testpmd',)),
}


@dataclasses.dataclass
class Row:
    """A line of the table."""
    group: str                  # the name that selects it
    title: str
    program: str
    line: str                   # regular expression of the whole name of the benchmark's line
    beside: str = ''            # the same of the yardstick's line, of the same program
    times: int = 1              # operations of the line that make one of the row
    unit: str = ''              # of the row, where it is not the line's
    most: float = 0             # goal: at most so many of the unit; 0: none
    least: float = 0            # goal: at least
    ratio: float = 0            # goal: at most so many times the yardstick
    path: str = ''              # its row of instructions.csv
    long: bool = False          # measured with --long only


def pcap(group, title, kind, beside, ratio, path=''):
    """A row of perf_pcap."""
    return Row(group, title, 'perf_pcap.py', kind, beside, ratio=ratio, path=path)


def engine(group, title, path, **more):
    """A row of perf_engine, 64 frames a burst."""
    return Row(group, title, 'perf_engine', path + ', 64 a burst', path=path, **more)


def many(group, title, connections, step, **more):
    """A row of perf_many."""
    return Row(group, title, 'perf_many', f'{connections} connections: {step}', **more)


def table(entries, title, **more):
    """A row of perf_table."""
    name = f'{entries} entries, hit: {{}}, hash given'
    return Row('find', title, 'perf_table', name.format('conn_table'), name.format('rte_hash'),
               **more)


def timer(title, size, kind, **more):
    """A row of perf_timer, beside the largest size of rte_timer."""
    return Row('timer', title, 'perf_timer', f'{size} timers: wheel, {kind}',
               f'10*0 timers: rte_timer, {kind}', **more)


def rfc2544(title, link, size, what, **more):
    """A row of the RFC 2544 search."""
    return Row('rfc2544', title, 'perf_rfc2544.py', f'{link}, {size} bytes: {what}', **more)


# The most ns for a segment of 1,460 bytes: 100 Gbit/s with checksum offload, 40 without.
BULK = (('1 connection, checksums offloaded', 117), ('1 connection, checksums in software', 292),
        ('64 connections, checksums offloaded', 0), ('64 connections, checksums in software', 0))

ROWS = (
    pcap('closed-port', 'closed port, SYN -> RST', 'rstack', '5tswap', 1.4,
         'closed port, SYN -> RST'),
    engine('closed-port', 'closed port, SYN -> RST, engine alone', 'closed port, SYN -> RST'),
    engine('closed-port', 'closed port, IPv6 SYN -> RST, engine alone',
           'closed port of IPv6, SYN -> RST'),
    pcap('stray', 'stray ACK -> RST', 'rstack:ack', '5tswap', 1.4,
         'closed port, stray ACK -> RST'),
    pcap('stray', 'stray FIN -> RST', 'rstack:fin', '5tswap', 1.4),
    pcap('stray', 'stray data -> RST', 'rstack:data', '5tswap', 1.4),
    pcap('stray', 'stray RST -> nothing', 'rstack:rst', 'rxonly', 1.6),
    pcap('closed-port', 'closed port, IPv6 SYN -> RST', 'rstack6', '5tswap6', 1.4,
         'closed port of IPv6, SYN -> RST'),
    pcap('closed-port', 'closed port, IPv6 SYN -> RST, beside IPv4', 'rstack6', 'rstack', 1.15),
    pcap('acl', 'closed port, SYN -> RST, 10,000 rules near its source', 'rstack:acl', 'rstack',
         1.1),
    pcap('acl', 'closed port, IPv6 SYN -> RST, 10,000 rules near its source', 'rstack6:acl',
         'rstack6', 1.1),
    pcap('stray', 'stray IPv6 RST -> nothing', 'rstack6:rst', 'rstack:rst', 1.15),
    engine('cookie', 'SYN flood on an open port: cookie', 'SYN -> SYN-ACK cookie', most=50),
    many('open', 'SYN, state kept, 10 M connections', 10000000, 'SYN, state kept', most=120),
    engine('http', 'short connection, HTTP in the benchmark, peer closes first',
           'HTTP, 5 in 3 out, peer closes first', times=5, unit='ns a connection', most=322),
    engine('http', 'short connection, HTTP in the benchmark, service closes first',
           'HTTP, 4 in 3 out, service closes first', times=4, unit='ns a connection', most=328),
    engine('http', 'short connection, http service, peer closes first',
           'http service, 5 in 3 out, peer closes first', times=5, unit='ns a connection',
           most=322),
    engine('http', 'short connection, http service, service closes first',
           'http service, 4 in 3 out, service closes first', times=4, unit='ns a connection',
           most=328),
    engine('http', 'short connection, echo service, peer closes first',
           'echo service, 5 in 3 out, peer closes first', times=5, unit='ns a connection'),
    Row('http', 'short HTTP connections over memif, rstack-load as the client',
        'perf_overload_memif.py', 'http capacity'),
    engine('request', 'HTTP request on a kept connection',
           'http service, request on 1000 kept connections', most=168),
    engine('data', '64 bytes in order, 1 connection', '64 bytes on 1 connection'),
    engine('data', '64 bytes in order, 1,000 connections', '64 bytes on 1000 connections'),
    many('data', '64 bytes and their ACK, 1 M connections', 1000000,
         r'64 bytes and their ACK on \d+', most=80),
    many('data', '64 bytes and their ACK, 10 M connections', 10000000,
         r'64 bytes and their ACK on \d+'),
    many('many', 'memory of an idle connection, 10 M of them', 10000000, 'memory', most=145),
    Row('many', 'memory of an idle connection with [tcp] life = no, 10 M of them', 'perf_many',
        '10000000 connections without life: memory'),
    many('many', 'opening 10 M connections', 10000000, 'open, 2 in 1 out',
         beside='10000 connections: open, 2 in 1 out', ratio=2),
    many('many', 'opening 100 M connections', 100000000, 'open, 2 in 1 out',
         beside='10000 connections: open, 2 in 1 out', ratio=2, long=True),
    many('many', '64 bytes and their ACK, 100 M connections', 100000000,
         r'64 bytes and their ACK on \d+', long=True),
    *(engine('bulk', f'bulk from memory, {which}, a segment of 1,460 bytes',
             f'bulk sent on {which}', most=goal)
      for which, goal in BULK),
    table(1000000, 'find, 1 M entries'),
    table(10000000, 'find, 10 M entries', most=45),
    table(100000000, 'find, 100 M entries', most=120, long=True),
    Row('timer', 'a random TCB of 1 M, fetched and written', 'perf_timer',
        '1000000 timers: the TCBs alone'),
    Row('timer', 'a random TCB of 10 M, fetched and written', 'perf_timer',
        '10000000 timers: the TCBs alone'),
    timer('timer: set and cancel, 100,000 armed', 100000, 'arm and cancel'),
    timer('timer: move, 100,000 armed', 100000, 'move later'),
    timer('timer: set and expire, 100,000 armed', 100000, 'arm and expire'),
    timer('timer: set and cancel, 10 M armed', 10000000, 'arm and cancel', most=10),
    timer('timer: move, 10 M armed', 10000000, 'move later', most=5),
    timer('timer: set and expire, 10 M armed', 10000000, 'arm and expire', most=60),
    Row('load', 'goodput at the capacity, engine alone', 'perf_overload',
        r'http at 1\.0 x the capacity'),
    Row('load', 'goodput at 10 times the capacity, engine alone', 'perf_overload',
        r'http at 10\.0 x the capacity', least=0.9),
    Row('load', 'goodput at 10 times the capacity, over memif', 'perf_overload_memif.py',
        r'http at 10\.0 x the capacity', least=0.9),
    rfc2544('throughput without loss, engine over net_ring, 64-byte frames', 'net_ring', 64,
            'throughput'),
    rfc2544('throughput without loss, rstack over net_memif, 64-byte frames', 'net_memif', 64,
            'throughput',
            beside='testpmd macswap, net_memif, 64 bytes: throughput'),
    *(rfc2544(f'latency at half the throughput, {what}', 'net_memif', 64,
              f'latency at half load {what}',
              beside=f'testpmd macswap, net_memif, 64 bytes: latency at half load {what}')
      for what in ('p50', 'p99', 'p99.9')),
)


@dataclasses.dataclass
class Series:
    """A line of a plot: of each benchmark's line that matches, x is the number in it."""
    title: str
    program: str
    line: str                   # its first group is x


@dataclasses.dataclass
class Plot:
    """A plot, by the name of its files."""
    name: str
    x: str
    y: str
    series: tuple
    log_x: bool = False


PLOTS = (
    Plot('connections', 'connections', 'ns an operation', (
        Series('64 bytes in order and their ACK', 'perf_many',
               r'(\d+) connections: 64 bytes and their ACK on \d+'),
        Series('opening a connection', 'perf_many', r'(\d+) connections: open, 2 in 1 out'),
        Series('64 bytes in order, frames in the cache', 'perf_engine',
               r'64 bytes on (\d+) connections?, 64 a burst'),
        Series('find, conn_table', 'perf_table',
               r'(\d+) entries, hit: conn_table, hash given'),
        Series('find, rte_hash', 'perf_table', r'(\d+) entries, hit: rte_hash, hash given'),
        Series('timer, set and cancel', 'perf_timer', r'(\d+) timers: wheel, arm and cancel'),
        Series('timer, move', 'perf_timer', r'(\d+) timers: wheel, move later'),
    ), log_x=True),
    Plot('size', 'bytes of a segment', 'ns a segment', (
        Series('1,000 connections, data in order', 'perf_engine',
               r'(\d+) bytes on 1000 connections, 64 a burst'),
    )),
    Plot('load', 'connections offered a second', 'connections completed a second', (
        Series('engine alone', 'perf_overload', r'http, ([1-9]\d*) offered'),
        Series('rstack and rstack-load over memif', 'perf_overload_memif.py',
               r'http, ([1-9]\d*) offered'),
    )),
    Plot('rfc2544', 'bytes of a frame', 'frames a second', (
        Series('engine over net_ring', 'perf_rfc2544.py', r'net_ring, (\d+) bytes: throughput'),
        Series('rstack over net_memif', 'perf_rfc2544.py',
               r'net_memif, (\d+) bytes: throughput'),
        Series('testpmd macswap over net_memif', 'perf_rfc2544.py',
               r'testpmd macswap, net_memif, (\d+) bytes: throughput'),
    )),
    Plot('loss', '% of the highest rate offered', '% of the frames lost', (
        Series('engine over net_ring', 'perf_rfc2544.py',
               r'net_ring, 64 bytes: frame loss rate at (\d+) %'),
        Series('rstack over net_memif', 'perf_rfc2544.py',
               r'net_memif, 64 bytes: frame loss rate at (\d+) %'),
    )),
)
