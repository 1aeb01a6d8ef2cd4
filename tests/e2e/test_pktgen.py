#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The rstack authors
"""
The workloads of config/pktgen, replayed by net_pcap into the real binary with the
configuration beside them: its counters are those of expected.json, its answers those of
RFC 9293.
"""
import contextlib
import os
import re
import socket
import struct
import subprocess
import sys
import tempfile

from e2e import ALARMS, PATIENCE, Telemetry, equal, rstack_path, run, until

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../config/pktgen'))
import pcaps  # pylint: disable=wrong-import-position

FIN, SYN, RST, ACK = (pcaps.FLAGS[name] for name in ('fin', 'syn', 'rst', 'ack'))


class Segment:
    """The fields of a TCP segment, both of whose checksums are right."""

    def __init__(self, frame):
        total_len, = struct.unpack_from('!H', frame, 16)
        ip, tcp = frame[14:34], frame[34:14 + total_len]
        equal(ip[0], 0x45, 'IP version and header length')
        equal(pcaps.checksum(ip), 0, 'IP checksum')
        equal(pcaps.checksum(ip[12:] + struct.pack('!HH', 6, len(tcp)) + tcp), 0, 'TCP checksum')
        self.macs = frame[:6], frame[6:12]
        self.addresses = ip[12:16], ip[16:20]
        self.sport, self.dport, self.seq, self.ack, offset, self.flags = struct.unpack_from(
            '!HHLLBB', tcp)
        self.text = len(tcp) - (offset >> 4) * 4

    def tuple(self):
        """As its sender sees it."""
        return self.addresses[0], self.sport, self.addresses[1], self.dport

    def answer_tuple(self):
        """As the sender of an answer sees it."""
        return self.addresses[1], self.dport, self.addresses[0], self.sport


def answer(seg):
    """Flags, SEQ and ACK of the answer to a segment of the scripts; None as SEQ: any."""
    if seg.flags & RST:
        return None  # 3.10.7.1: "An incoming segment containing a RST is discarded"
    if seg.flags & ACK:
        return RST, seg.ack, 0  # 3.10.7.1: <SEQ=SEG.ACK><CTL=RST>
    if seg.dport == 80:
        return SYN | ACK, None, (seg.seq + 1) % 2**32  # text of a SYN is not acknowledged
    # 3.10.7.1: <SEQ=0><ACK=SEG.SEQ+SEG.LEN><CTL=RST,ACK>; SEG.LEN is 1 of the SYN, 6 of text
    return RST | ACK, 0, (seg.seq + 7) % 2**32


def check_answers(sent, received):
    """Each frame has the answer that it is owed, and there are no others.

    Answers to one connection are in order; those of a burst go out grouped by kind.
    """
    answers = {}
    for frame in received:
        got = Segment(frame)
        answers.setdefault(got.tuple(), []).append(got)
    for frame in sent:
        seg = Segment(frame)
        equal(seg.text, 6, 'bytes of text')
        expected = answer(seg)
        if expected is None:
            continue
        found = answers.get(seg.answer_tuple())
        assert found, f'no answer to {seg.tuple()}'
        got = found.pop(0)
        equal(got.macs, seg.macs[::-1], 'MAC addresses')
        flags, seq, ack = expected
        equal((got.flags, got.ack), (flags, ack), 'flags and ACK')
        if seq is not None:
            equal(got.seq, seq, 'SEQ')
    equal([got.tuple() for found in answers.values() for got in found], [], 'further frames')


def counters(telemetry, workload):
    """Compare what the workload names; of resets and drops every other counter is 0."""
    for command in ('/rstack/reset/sent', '/rstack/reset/received'):
        got = {name: n for name, n in telemetry.ask(command).items() if n}
        equal(got, workload[command], command)
    equal({name: n for name, n in telemetry.ask('/rstack/drop').items() if n}, {}, 'drops')
    for command, path in (('/rstack/tcp/stats', '/rstack/tcp/stats'),
                          ('/ethdev/stats', '/ethdev/stats,0')):
        answers = telemetry.ask(path)
        equal({name: answers[name] for name in workload[command]}, workload[command], command)


def config(work):
    """config/pktgen/rstack.ini with net_pcap as its device."""
    with open(os.path.join(pcaps.HERE, 'rstack.ini'), encoding='ascii') as file:
        text, n = re.subn(r'^device = .*$', f'device = net_pcap0,rx_pcap={work}/rx.pcap,'
                          f'tx_pcap={work}/tx.pcap', file.read(), flags=re.M)
    equal(n, 1, 'devices')
    path = os.path.join(work, 'rstack.ini')
    with open(path, 'w', encoding='ascii') as file:
        file.write(text)
    return path


@contextlib.contextmanager
def rstack(work):
    """A running rstack, its telemetry; afterwards it has ended in order."""
    log = os.path.join(work, 'log')
    with open(log, 'w', encoding='ascii') as out:
        process = subprocess.Popen([rstack_path(), '--no-huge', '--file-prefix', 'e2e', '--', '-c',
                                    config(work)], stdout=out, stderr=out)

    def said():
        with open(log, encoding='ascii', errors='replace') as file:
            return file.read()

    try:
        until(lambda: 'Ctrl-C stops it' in said() or process.poll() is not None, 'rstack runs')
        assert process.poll() is None, said()
        with contextlib.closing(Telemetry()) as telemetry:
            yield telemetry
        process.terminate()
        equal(process.wait(PATIENCE), 0, f'exit status; rstack said {said()}')
        assert not any(alarm in said() for alarm in ALARMS), said()
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def replay(name):
    """One workload."""
    table = pcaps.expected()
    workload = table['workloads'][name]
    with tempfile.TemporaryDirectory() as work:
        sent = pcaps.frames_of(workload, table['frames'])
        pcaps.write_pcap(f'{work}/rx.pcap', sent)
        with rstack(work) as telemetry:
            until(lambda: telemetry.ask('/rstack/tcp/stats')['rx_segments'] == len(sent) and
                  telemetry.ask('/ethdev/stats,0')['opackets'] ==
                  workload['/ethdev/stats']['opackets'], 'all frames are processed')
            counters(telemetry, workload)
        check_answers(sent, pcaps.read_pcap(f'{work}/tx.pcap'))


def syn_to_a_closed_port():
    """Reset with ACK of SEQ + 7."""
    replay('syn-closed')


def ack_to_a_closed_port():
    """Reset with the SEQ that it acknowledged."""
    replay('ack-closed')


def syn_to_an_open_port():
    """SYN-ACK, a cookie."""
    replay('syn-open')


def reset_to_a_closed_port():
    """No answer, but counted."""
    replay('rst-flood')


def mixed_segments():
    """All of these in turns."""
    replay('mixed')


def frames_are_those_of_pktgen():
    """64 bytes with the check sequence, 6 of them text; the ranges are kept and used."""
    workloads = pcaps.expected()['workloads']
    for workload in workloads.values():
        frames = pcaps.frames_of(workload, 5000)
        equal({len(frame) for frame in frames}, {60}, 'lengths')
        segs = [Segment(frame) for frame in frames]
        equal({seg.text for seg in segs}, {6}, 'bytes of text')
        sources = {socket.inet_ntoa(seg.addresses[0]) for seg in segs}
        equal(len(sources), 4094 if len(workload['scripts']) == 1 else len(sources))
        assert all(source.startswith('10.0.') for source in sources), sources
        ports = {seg.dport for seg in segs}
        assert ports <= {80, *range(9000, 10000)}, ports
        assert len({seg.seq for seg in segs}) > 4900


if __name__ == '__main__':
    run([
        syn_to_a_closed_port,
        ack_to_a_closed_port,
        syn_to_an_open_port,
        reset_to_a_closed_port,
        mixed_segments,
        frames_are_those_of_pktgen,
    ])
