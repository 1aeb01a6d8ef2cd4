#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The rstack authors
"""Captures: around resets, read by tshark; by dpdk-dumpcap and dpdk-pdump, read by tcpdump."""
import contextlib
import os
import pathlib
import signal
import socket
import subprocess

from e2e import (CLIENT, ECHO, SERVER, SERVER6, Family, Rstack, Skip, abort_at_close, connect,
                 connection, echoes, equal, families, listen, raises, rstack_path, run, sh, until)

CONFIG = ECHO + listen('reset', 90, 'reset', reset_after=1000)
PAGE_MB = 2
POOL = pathlib.Path('/proc/sys/vm/nr_hugepages')


def tshark(path, *fields):
    """The frames of a file: a tuple of fields each."""
    command = ['tshark', '-n', '-r', path, '-T', 'fields', '-E', 'separator=|']
    for field in fields:
        command += ['-e', field]
    return [tuple(line.split('|')) for line in sh(*command).stdout.splitlines()]


def watch(**keys):
    """The section of the capture."""
    return '[watch]\ncapture = @DIR@/resets.pcapng\n' + ''.join(
        f'{key} = {value}\n' for key, value in keys.items())


def capture_of(rstack):
    """The file."""
    return os.path.join(rstack.dir.name, 'resets.pcapng')


def written(rstack, count):
    """So many resets are in the file."""
    until(lambda: rstack.ask('/rstack/capture')['written'] == count, f'{count} captures')


def captured_connection(rstack, count):
    """A connection that is reset after 1000 bytes, in the file as reset `count`; its frames."""
    with connect(7) as other:  # of another connection no frame is in the file
        echoes(other)
        with connect(90) as sock:
            own = sock.getsockname()[1]
            sock.sendall(bytes(999))
            until(lambda: rstack.stats()['rx_data_bytes'] >= 999 * count, 'the first bytes')
            sock.sendall(b'x')
            raises(104, sock.recv, 1)
        echoes(other)
    written(rstack, count)
    fields = ('frame.comment', 'tcp.port', 'tcp.flags.str', 'frame.len', 'frame.cap_len',
              'frame.time_delta', 'ipv6.version')
    frames = tshark(capture_of(rstack), *fields)
    for frame in frames:
        assert '90' in frame[1].split(','), frame
    return [frame for frame in frames if str(own) in frame[1].split(',')]


def segments_before_a_reset_are_captured():
    """The whole short connection: lengths, times and flags; its reset says why."""
    with Rstack(CONFIG + watch()) as rstack:
        for count, _ in enumerate(families(), 1):
            frames = captured_connection(rstack, count)
            assert len(frames) >= 6, frames
            for number, frame in enumerate(frames):
                assert int(frame[4]) == min(int(frame[3]), 128), frame
                assert number == 0 or 0 <= float(frame[5]) < 30, frame
                equal(frame[6], '6' if Family.ipv6 else '')
            # tshark draws flags as letters among dots
            equal([frame[2].replace('·', '') for frame in frames[:3]], ['S', 'AS', 'A'])
            equal(frames[-1][2].replace('·', ''), 'R')
            headers = 86 if Family.ipv6 else 66
            equal([int(frame[3]) for frame in frames if int(frame[3]) > 900], [999 + headers])
            assert frames[-1][0].startswith('rstack: reset sent, service_abort ('), frames[-1]
            assert 'ESTABLISHED' in frames[-1][0] and '1000 bytes received' in frames[-1][0]
            equal([frame[0] for frame in frames[:-1]], [''] * (len(frames) - 1))


def segments_behind_extension_headers_are_captured():
    """Those of the kernel have IPv6 destination options in front of the TCP header."""
    with Rstack(CONFIG + watch()) as rstack:
        with socket.socket(socket.AF_INET6) as sock:
            # next header, length, PadN of 6 bytes
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_DSTOPTS, b'\0\0\1\4\0\0\0\0')
            sock.settimeout(30)
            sock.connect((SERVER6, 90))
            sock.sendall(bytes(1000))
            raises(104, sock.recv, 1)
        written(rstack, 1)
        frames = tshark(capture_of(rstack), 'tcp.flags.str', 'ipv6.dstopts.nxt')
        equal([frame[0].replace('·', '') for frame in frames[:3]], ['S', 'AS', 'A'])
        equal([frame[1] for frame in frames[:3]], ['6', '', '6'])
        assert rstack.stats()['rx_ip_options'] >= 3


def reasons_choose_the_captures():
    """By key and by command; a received reset by its verdict."""
    def abort():
        with connect(7) as sock:
            echoes(sock)
            abort_at_close(sock)

    with Rstack(CONFIG + watch(capture_reasons='killed', capture_segments=3)) as rstack:
        abort()
        for count, _ in enumerate(families(), 1):
            with connect(7) as sock:
                echoes(sock)
                name = connection(7, sock.getsockname()[1])
                equal(rstack.ask(f'/rstack/conn/kill,{name}'), {'killed': 1})
            written(rstack, count)
        equal(rstack.ask('/rstack/capture,accepted')['reasons'], 'accepted')
        for count, _ in enumerate(families(), 3):
            abort()
            written(rstack, count)
        equal(rstack.ask('/rstack/capture,off')['on'], 0)
        abort()
        rstack.wait_empty()
        equal(list(rstack.ask('/rstack/capture,nonsense')), ['error'])
        equal(rstack.ask('/rstack/capture,on')['written'], 4)
        equal(rstack.ask('/rstack/capture,all')['reasons'], 'all')
        frames = tshark(capture_of(rstack), 'frame.comment', 'tcp.flags.reset')
        equal(len(frames), 12)
        comments = [frame[0] for frame in frames if frame[0]]
        for comment, cause in zip(comments, ('sent, killed', 'sent, killed', 'received, accepted',
                                             'received, accepted'), strict=True):
            assert f' {cause} (' in comment, comments
    with Rstack(CONFIG) as rstack:
        equal(list(rstack.ask('/rstack/capture')), ['error'])


def captures_are_limited():
    """Ten a second; the others are counted, and the file stays readable."""
    with Rstack(CONFIG + watch()) as rstack:
        for _ in range(60):
            sock = connect(7)
            abort_at_close(sock)
            sock.close()
        until(lambda: rstack.ask('/rstack/reset/received')['accepted'] == 60, 'all resets')
        until(lambda: sum(rstack.ask('/rstack/capture')[key] for key in
                          ('written', 'missed', 'dropped')) == 60, 'each is accounted for')
        count = rstack.ask('/rstack/capture')['written']
        assert 10 <= count < 60, count
        equal(len([1 for frame in tshark(capture_of(rstack), 'frame.comment') if frame[0]]),
              count)


def reset_says_its_reason_as_text():
    """reset_text = yes: the kernel takes such a reset as any other (RFC 9293 SHLD-2)."""
    with Rstack('reset_text = yes\n' + CONFIG + watch()) as rstack:
        text = 'service_abort: the service aborted the connection (RFC 9293 3.10.5)'
        for count, _ in enumerate(families(), 1):
            with connect(90) as sock:
                sock.sendall(bytes(1000))
                raises(104, sock.recv, 1)
            written(rstack, count)
            frames = tshark(capture_of(rstack), 'tcp.flags.reset', 'tcp.reset_cause', 'tcp.len')
            reset = frames[-1]
            equal(int(reset[2]), len(text))
            assert text.startswith(reset[1][:10]) and len(reset[1]) >= 10, reset


@contextlib.contextmanager
def hugepages(megabytes):
    """So many more for the time of a test, or the test is skipped; given back at the end."""
    if 'Hugepagesize:       2048 kB' not in pathlib.Path('/proc/meminfo').read_text('utf-8'):
        raise Skip('hugepages are not 2 MB')
    before = int(POOL.read_text('utf-8'))
    POOL.write_text(str(before + megabytes // PAGE_MB), 'utf-8')
    got = int(POOL.read_text('utf-8')) - before
    try:
        if got < megabytes // PAGE_MB:
            raise Skip(f'only {got * PAGE_MB} of {megabytes} MB of hugepages can be had')
        sh('mount', '-t', 'hugetlbfs', 'none', '/mnt')
        try:
            yield '/mnt'
        finally:
            sh('umount', '/mnt')
    finally:
        POOL.write_text(str(max(int(POOL.read_text('utf-8')) - got, 0)), 'utf-8')


class Huge(Rstack):
    """A small appliance on hugepages."""

    def __init__(self, where):
        config = 'max_connections = 1024\nmax_chunks = 4096\nmax_busy = 1024\n' + ECHO
        super().__init__(config, eal=('--huge-dir', where, '-m', '200'), huge=True)


def talk():
    """A connection that tcpdump is to find. Its port."""
    with connect(7) as sock:
        own = sock.getsockname()[1]
        echoes(sock, b'x' * 100)
        sock.shutdown(socket.SHUT_WR)
        equal(sock.recv(1), b'')
        return own


def tcpdump(path, own):
    """The lines of a connection in a file."""
    lines = sh('tcpdump', '-nr', path, 'tcp', 'port', str(own)).stdout.splitlines()
    for part in (f'{CLIENT}.{own} > {SERVER}.7: Flags [S]',
                 f'{CLIENT}.{own} > {SERVER}.7: Flags [P.]'):
        assert any(part in line for line in lines), (part, lines)
    return lines


@contextlib.contextmanager
def running(*command, ready):
    """A program in the background, ended by Ctrl-C."""
    with open('/run/tool.out', 'w+', encoding='utf-8') as out:
        process = subprocess.Popen(('stdbuf', '-oL', *command), stdout=out, stderr=out,
                                   stdin=subprocess.DEVNULL)
        try:
            until(lambda: ready in pathlib.Path('/run/tool.out').read_text('utf-8') or
                  process.poll() is not None, f'{command[0]} runs')
            if process.poll() is not None:
                raise AssertionError(pathlib.Path('/run/tool.out').read_text('utf-8'))
            yield process
            process.send_signal(signal.SIGINT)
            process.wait(30)
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()


def dumpcap_captures_a_running_rstack():
    """dpdk-dumpcap: both directions, as pcapng, while rstack serves."""
    with hugepages(300) as where, Huge(where) as rstack:
        equal(rstack.ask('/rstack/info')['dumpcap'], 'yes')
        with running('dpdk-dumpcap', '--file-prefix=e2e', '-i', '0', '-w', '/run/dump.pcapng',
                     ready='Capturing on'):
            # it says so before it has begun
            until(lambda: talk() and os.path.getsize('/run/dump.pcapng') > 1000, 'frames')
            own = talk()
        lines = tcpdump('/run/dump.pcapng', own)
        assert any(f'{SERVER}.7 > {CLIENT}.{own}: Flags [S.]' in line for line in lines), lines
        echoes_after = talk()
        assert echoes_after != own


def pdump_captures_a_running_rstack():
    """dpdk-pdump: the received frames, as pcap."""
    with hugepages(300) as where, Huge(where):
        with running('dpdk-pdump', '--file-prefix=e2e', '-l', '0', '--', '--pdump',
                     'port=0,queue=*,rx-dev=/run/rx.pcap,tx-dev=/run/tx.pcap',
                     ready='capture for'):
            own = talk()
        tcpdump('/run/rx.pcap', own)


def check_knows_the_hugepages_of_a_killed_process():
    """They are not free, but the next start frees them, so -t must not refuse it."""
    with hugepages(220) as where:
        rstack = Huge(where)
        rstack.kill()
        rstack.path.detach()
        rstack.out.close()
        options = ('--huge-dir', where, '--', '-c', rstack.config)
        check = sh(rstack_path(), *options, '-t', check=False)
        rstack.dir.cleanup()
        with Huge(where):
            pass
        equal((check.returncode, check.stderr), (0, ''))


def without_hugepages_the_reason_is_told():
    """One sentence in /rstack/info."""
    with Rstack() as rstack:
        equal(rstack.ask('/rstack/info')['dumpcap'],
              'no: dpdk-dumpcap and dpdk-pdump need hugepages, and in-memory = no')


if __name__ == '__main__':
    run([
        segments_before_a_reset_are_captured,
        segments_behind_extension_headers_are_captured,
        reasons_choose_the_captures,
        captures_are_limited,
        reset_says_its_reason_as_text,
        dumpcap_captures_a_running_rstack,
        pdump_captures_a_running_rstack,
        check_knows_the_hugepages_of_a_killed_process,
        without_hugepages_the_reason_is_told,
    ], dual=True)
