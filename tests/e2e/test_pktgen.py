#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The rstack authors
"""
The workloads of config/pktgen, replayed by net_pcap into the real binary with the
configuration beside them: its counters are those of expected.json, its answers those of
RFC 9293.
"""
import contextlib
import ipaddress
import os
import re
import struct
import subprocess
import sys
import tempfile

from e2e import ALARMS, PATIENCE, Telemetry, equal, rstack_path, run, until

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../config/pktgen'))
import pcaps  # pylint: disable=wrong-import-position

FIN, SYN, RST, ACK = (pcaps.FLAGS[name] for name in ('fin', 'syn', 'rst', 'ack'))
# Bytes of text that Pktgen's smallest frame of a segment has, by the version of IP: with the check
# sequence it is of 64 bytes, of which IPv4's headers leave 6, and of 78, IPv6's headers.
TEXT = {4: 6, 6: 0}


class Segment:
    """The fields of a TCP segment, both of whose checksums are right."""

    def __init__(self, frame):
        self.version = frame[14] >> 4
        if self.version == 6:
            equal(frame[12:14], b'\x86\xdd', 'EtherType')
            length, protocol = struct.unpack_from('!HB', frame, 18)
            pair, tcp = frame[22:54], frame[54:54 + length]
            self.addresses = pair[:16], pair[16:]
        else:
            equal(frame[12:14], b'\x08\0', 'EtherType')
            equal(frame[14], 0x45, 'IP version and header length')
            equal(pcaps.checksum(frame[14:34]), 0, 'IP checksum')
            total_len, = struct.unpack_from('!H', frame, 16)
            protocol = frame[23]
            pair, tcp = frame[26:34], frame[34:14 + total_len]
            self.addresses = pair[:4], pair[4:]
        equal(protocol, 6, 'protocol')
        equal(pcaps.checksum(pcaps.pseudo_header(pair, len(tcp)) + tcp), 0, 'TCP checksum')
        self.macs = frame[:6], frame[6:12]
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
    # 3.10.7.1: <SEQ=0><ACK=SEG.SEQ+SEG.LEN><CTL=RST,ACK>; SEG.LEN is 1 of the SYN, and the text
    return RST | ACK, 0, (seg.seq + 1 + seg.text) % 2**32


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
        equal(seg.text, TEXT[seg.version], 'bytes of text')
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
    """Reset with ACK of SEQ + 7, for IPv6 of SEQ + 1."""
    replay('syn-closed')
    replay('syn-closed6')


def ack_to_a_closed_port():
    """Reset with the SEQ that it acknowledged."""
    replay('ack-closed')
    replay('ack-closed6')


def syn_to_an_open_port():
    """SYN-ACK, a cookie."""
    replay('syn-open')
    replay('syn-open6')


def reset_to_a_closed_port():
    """No answer, but counted."""
    replay('rst-flood')
    replay('rst-flood6')


def mixed_segments():
    """All of these in turns."""
    replay('mixed')
    replay('mixed6')


def frames_are_those_of_pktgen():
    """Pktgen's smallest frames; the ranges are kept and used."""
    workloads = pcaps.expected()['workloads']
    for name, workload in workloads.items():
        frames = pcaps.frames_of(workload, 5000)
        segs = [Segment(frame) for frame in frames]
        version = 6 if name.endswith('6') else 4
        equal({len(frame) for frame in frames}, {74 if version == 6 else 60}, 'lengths')
        equal({(seg.version, seg.text) for seg in segs}, {(version, TEXT[version])}, 'text')
        sources = {seg.addresses[0] for seg in segs}
        equal(len(sources), 4094 if len(workload['scripts']) == 1 else len(sources))
        network = ipaddress.ip_network('2001:db8:10::/116' if version == 6 else '10.0.0.0/20')
        assert all(ipaddress.ip_address(source) in network for source in sources), sources
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
    ], one_family='the files of config/pktgen are under test; their frames are of IPv4')
