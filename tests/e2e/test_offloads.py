#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The rstack authors
"""
Work that a device does or rstack: whoever does it, the wire shows the same frames. Over a TAP, and
over a virtio-user that a vhost port of dpdk-testpmd connects to a TAP, as a virtual switch does.
"""
import contextlib
import os
import struct
import subprocess

from e2e import (ECHO, PATIENCE, SERVER, SERVER6, TAP, Rstack, Tap6, connect, echoes, equal, run,
                 sh, until)
from packets import (ACK, FIN, ICMP, ICMPV6, PSH, SYN, TCP, Wire, checksum, icmp, ip, is_ipv6,
                     packed, pseudo, tcp)

VHOST = '/run/rstack-vhost.sock'
PEERS = (('192.0.2.66', SERVER), ('2001:db8::66', SERVER6))
BOTH = {'address': f'{SERVER}/24, {SERVER6}/64'}
OFFLOADS = ('ip_checksum', 'tcp_checksum', 'rx_ip_checksum', 'rx_tcp_checksum')
SOFTWARE = {'rx_checksum': 'software', 'tx_checksum': 'software', 'fast_free': 'no'}
ALL = {'scatter': 'yes', 'tso': 'yes'}


class Switch(Tap6):
    """dpdk-testpmd between a TAP and a vhost port."""

    def __init__(self, vhost='', options=(), commands=''):
        super().__init__()
        with contextlib.suppress(FileNotFoundError):
            os.unlink(VHOST)
        # it ends with its standard input
        self.process = subprocess.Popen(
            ['dpdk-testpmd', '--lcores', '0@0,1@0', '--no-huge', '-m', '256', '--no-pci',
             '--file-prefix', 'e2e-switch', '--no-telemetry', '--log-level=error',
             '--vdev', f'net_vhost0,iface={VHOST}{vhost}', '--vdev', f'net_tap0,iface={TAP}',
             '--', '--total-num-mbufs=8192', *options],
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
        self.process.stdin.write(commands)
        self.process.stdin.flush()
        until(lambda: os.path.exists(VHOST) or self.process.poll() is not None,
              'the vhost port is there')
        assert self.process.poll() is None, 'dpdk-testpmd ended'

    def detach(self):
        self.process.stdin.close()
        try:
            self.process.wait(PATIENCE)
        finally:
            self.process.kill()
            self.process.wait()
        super().detach()


# The MSS of the kernel, so that a segment with Ethernet header is not longer than 1500: net_tap of
# DPDK 22.11 refuses longer ones.
CUT_MSS = 1400
CUT_TEXT = CUT_MSS - 12  # with timestamps


class CuttingSwitch(Switch):
    """
    The same, which takes frames of several segments from the vhost port and has net_tap cut them
    (rte_gso, which in DPDK 22.11 cuts IPv4 only).
    """

    def __init__(self):
        offloads = ''.join(f'port config 1 tx_offload {name} on\n' for name in
                           ('multi_segs', 'ipv4_cksum', 'tcp_cksum', 'tcp_tso'))
        super().__init__(',tso=1,legacy-ol-flags=1', ['-i'], (
            f'port stop 1\n{offloads}csum set ip hw 1\ncsum set tcp hw 1\n'
            f'tso set {CUT_TEXT} 1\ncsum mac-swap off 0\ncsum mac-swap off 1\n'
            'port start 1\nset fwd csum\nstart\n'))


def port_lines(**keys):
    """Lines of [port 0]."""
    return 'dad_transmits = 0\n' + ''.join(f'{key} = {value}\n' for key, value in keys.items())


@contextlib.contextmanager
def on_tap(**keys):
    """rstack on a TAP, with these keys of its port."""
    with Rstack(ECHO, path=Tap6(), port=port_lines(**keys), **BOTH) as rstack:
        yield rstack


@contextlib.contextmanager
def on_virtio(**keys):
    """The same on a virtio-user behind the switch."""
    path = Switch()
    with Rstack(ECHO, path=path, port=port_lines(**keys), **BOTH,
                device=f'net_virtio_user0,path={VHOST}') as rstack:
        yield rstack


def addresses(datagram):
    """The bytes of both addresses, and the offset of the payload."""
    return (datagram[8:40], 40) if datagram[0] >> 4 == 6 else (datagram[12:20], 20)


def whole(datagram):
    """Whether the checksums of a datagram are right."""
    ends, at = addresses(datagram)
    proto = datagram[6 if at == 40 else 9]
    payload = datagram[at:]
    head = b'' if proto == ICMP else ends + struct.pack('!II', len(payload), proto)
    return checksum(head + payload) == 0 and (at == 40 or checksum(datagram[:20]) == 0)


class Peer:
    """A host that notes what it received, without what differs from run to run."""

    def __init__(self, wire, src, dst):
        self.wire = wire
        self.src = src
        self.dst = dst
        self.isn = 0
        self.notes = []

    def note(self, datagram):
        """Note a datagram: its sequence numbers count from the ISN on."""
        assert whole(datagram), f'wrong checksum in {datagram.hex()}'
        at = addresses(datagram)[1]
        data = bytearray(datagram)
        if at == 40:
            data[1:4] = bytes(3)  # the flow label is a keyed hash
        else:
            data[10:12] = bytes(2)
        if datagram[6 if at == 40 else 9] == TCP:
            seq = struct.unpack('!I', data[at + 4:at + 8])[0] - self.isn
            data[at + 4:at + 8] = struct.pack('!I', seq % 2 ** 32)
            data[at + 16:at + 18] = bytes(2)  # it covers the ISN
        self.notes.append(data.hex())

    def send(self, sport, dport, numbers, flags, data=b''):
        """Send a segment."""
        seq, ack = numbers
        self.wire.send(ip(TCP, self.src, self.dst, tcp(self.src, self.dst, sport, dport, seq,
                                                       self.isn + ack, flags, data)))

    def segment(self, sport, what):
        """Note the next segment."""
        segment = self.wire.segment(lambda s: s.dport == sport, what)
        if segment.flags & SYN:
            self.isn = segment.seq
        self.note(segment.datagram)
        return segment

    def ping(self, size):
        """An echo request."""
        kind, proto = (128, ICMPV6) if is_ipv6(self.src) else (8, ICMP)
        self.wire.send(ip(proto, self.src, self.dst, icmp(
            self.src, self.dst, kind, 0, struct.pack('!HH', 1, 2) + bytes(range(256)) * size)))
        mine = packed(self.src)
        self.note(self.wire.receive(
            lambda d: d if d[6 if d[0] >> 4 == 6 else 9] == proto and
            addresses(d)[0].endswith(mine) and d[addresses(d)[1]] in (0, 129) else None,
            'echo reply'))

    def talk(self):
        """A closed port, then a connection whose text comes back, and its end."""
        self.send(5000, 9, (1000, 0), SYN)
        self.segment(5000, 'reset')
        self.send(5001, 9, (1000, 77), ACK, b'stray')
        self.segment(5001, 'reset of a stray')
        self.isn = 0
        self.send(5002, 7, (1000, 0), SYN)
        self.segment(5002, 'SYN-ACK')
        seq = 1001
        self.send(5002, 7, (seq, 1), ACK)
        for size in (1, 64, 65, 1000, 1400):
            text = bytes(i % 251 for i in range(size))
            self.send(5002, 7, (seq, 1 + seq - 1001), ACK | PSH, text)
            seq += size
            equal(self.segment(5002, 'echo').data, text)
        self.send(5002, 7, (seq, 1 + seq - 1001), ACK | FIN)
        equal(self.segment(5002, 'FIN').flags, ACK | FIN)
        self.send(5002, 7, (seq + 1, 2 + seq - 1001), ACK)


def frames_of(rstack):
    """What hosts of both families see."""
    notes = []
    with Wire(rstack) as wire:
        for src, dst in PEERS:
            peer = Peer(wire, src, dst)
            for size in (0, 1, 5):
                peer.ping(size)
            peer.talk()
            notes += peer.notes
    return notes


def wrong_checksums_are_dropped(rstack):
    """Segments that are wrong on the wire, of both families, whoever verifies them."""
    before = rstack.ask('/rstack/drop')
    with Wire(rstack) as wire:
        for src, dst in PEERS:
            good = tcp(src, dst, 5003, 7, 1, 0, SYN)
            wire.send(ip(TCP, src, dst, good[:16] + bytes([good[16] ^ 1]) + good[17:]))
            wire.send(ip(TCP, src, dst, good))
            wire.segment(lambda s: s.dport == 5003, 'SYN-ACK')  # frames are received in order
            wire.reset(src, dst, 5003, 2)
    after = rstack.ask('/rstack/drop')
    equal(after['tcp_checksum'] - before['tcp_checksum'], 2)


def compare(place, ways):
    """Run each way; all that the peers see must be the same. @return who did the work"""
    notes = {}
    work = {}
    for name, keys in ways.items():
        with place(**keys) as rstack:
            info = rstack.ask('/rstack/port/info,0')
            print(f'# {name}: ' + ', '.join(f'{key} {info[key]}' for key in
                                            (*OFFLOADS, 'scatter', 'fast_free')), flush=True)
            work[name] = [info[key] for key in OFFLOADS]
            notes[name] = frames_of(rstack)
            wrong_checksums_are_dropped(rstack)
            with connect(7) as sock:
                echoes(sock, bytes(1 << 18))
            equal(rstack.stats()['tx_full'], 0)
    first = next(iter(notes))
    for name, seen in notes.items():
        equal(seen, notes[first], f'frames with {name} and with {first}')
    return work


def tap_shows_no_difference():
    """Each key alone, and all of them."""
    work = compare(on_tap, {
        'all': ALL,
        'rx_checksum = software': {'rx_checksum': 'software'},
        'tx_checksum = software': {'tx_checksum': 'software'},
        'none': SOFTWARE,
    })
    equal(work['all'], ['device'] * 4)
    equal(work['none'], ['software'] * 4)
    equal(work['rx_checksum = software'], ['device', 'device', 'software', 'software'])
    equal(work['tx_checksum = software'], ['software', 'software', 'device', 'device'])


def virtio_shows_no_difference():
    """The checksums of a virtio-user are those of TCP."""
    work = compare(on_virtio, {'all': ALL, 'none': SOFTWARE})
    equal(work['all'], ['software', 'device', 'software', 'device'])
    equal(work['none'], ['software'] * 4)


def bad_checksums():
    """IP headers and TCP segments that the kernel found wrong."""
    wrong = 0
    for path in ('/proc/net/snmp', '/proc/net/netstat'):
        with open(path, encoding='ascii') as file:
            lines = [line.split() for line in file]
        for names, values in zip(lines[::2], lines[1::2]):
            wrong += sum(int(value) for name, value in zip(names[1:], values[1:])
                         if name in ('InCsumErrors', 'InHdrErrors'))
    return wrong


def frames_on_tap():
    """Frames that the kernel received from the TAP."""
    with open('/proc/net/dev', encoding='ascii') as file:
        lines = [line.split() for line in file]
    return next(int(line[2]) for line in lines if line[0] == f'{TAP}:')


def bulk_through_cutting_switch(tso):
    """Bulk data both ways. @return frames that rstack sent, segments, frames on the wire"""
    path = CuttingSwitch()
    with Rstack(ECHO, path=path, port=port_lines(tso=tso), **BOTH,
                device=f'net_virtio_user0,path={VHOST}') as rstack:
        equal(rstack.ask('/rstack/port/info,0')['tso'], 'device' if tso == 'yes' else 'software')
        sh('ip', 'route', 'change', '192.0.2.0/24', 'dev', TAP, 'advmss', str(CUT_MSS))
        wrong, before, wire = bad_checksums(), rstack.stats(), frames_on_tap()
        with connect(7) as sock:
            echoes(sock, os.urandom(1 << 22))
        after = rstack.stats()
        equal(bad_checksums(), wrong)
        equal(after['tx_refused'], 0)
        large = after['tx_large'] - before['tx_large']
        assert (large > 0) == (tso == 'yes'), large
        moved = tuple(after[name] - before[name] for name in ('tx_frames', 'tx_segments'))
        return *moved, frames_on_tap() - wire


def virtio_has_bulk_cut():
    """4 MiB arrive, whoever cuts the segments, and the wire has as many frames."""
    for tso in ('yes', 'no'):
        frames, segments, wire = bulk_through_cutting_switch(tso)
        print(f'# tso = {tso}: {frames} frames sent for {segments} segments, {wire} frames on '
              'the wire', flush=True)
        # most segments are full, and some frames are none of TCP
        assert segments > (1 << 22) / CUT_TEXT, segments
        # the switch may lose frames under load, but it adds none
        assert segments / 2 < wire < segments + 50, (segments, wire)
        assert (frames < segments / 2) == (tso == 'yes'), (frames, segments)


if __name__ == '__main__':
    run([
        tap_shows_no_difference,
        virtio_shows_no_difference,
        virtio_has_bulk_cut,
    ], one_family='each test has the addresses of the family that it is about, or of both')
