#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The rstack authors
"""rstack on emulated NICs, each with its own driver of DPDK, with 1 and 2 workers."""
import errno
import os
import random
import sys
import time

from vm import (FAR, JUMBO_MTU, NICS, VLAN_SERVER, Machine,  # noqa: I001  vm finds the next ones
                mac, prepare, uses_tso)
import e2e
from e2e import (ALARMS, SERVER, Family, connect, echoes, echoes_on_many, equal, raises,
                 receive, run, server, sh, until, url)
from packets import ICMP, SYN, TCP, Wire, icmp, ip, tcp
from test_vlan import Vlan, echo_through, tag

ECHO_BYTES = 16 << 20

# One of each driver.
JUMBO_NICS = ('e1000e', 'vmxnet3', 'virtio')

machine = None  # pylint: disable=invalid-name


def starts(nic, workers):
    """The driver starts with this number of workers, and the port is what QEMU was told."""
    output, status = machine.start(nic, workers)
    equal(status, 0, output)
    info = machine.ask('/rstack/port/info,0')
    print(f'# {nic}: {info}', flush=True)
    equal(info['mac'].lower(), mac(nic))
    equal(info['tso'], 'device' if uses_tso(nic, workers) else 'software')
    equal(machine.ask('/rstack/info')['workers'], workers)


def curl(nic, workers):
    """A page, over both families."""
    del nic, workers
    for Family.ipv6 in (False, True):
        out = sh('curl', '-gsS', '--max-time', '60', '-w', '%{http_code}', *[url()] * 3).stdout
        assert out.endswith('200') and len(out) >= 3 * 1027, out
    Family.ipv6 = False


def ping(nic, workers):
    """Every length, over both families."""
    del nic, workers
    for Family.ipv6 in (False, True):
        for size in (0, 1, 56, 1452):
            out = sh('ping', '-c', '1', '-W', '60', '-M', 'do', '-s', str(size), server()).stdout
            assert '1 received, 0% packet loss' in out, out
    Family.ipv6 = False


def echo_of_16_mib(nic, workers):
    """Every byte comes back."""
    del nic, workers
    with connect(7) as sock:
        echoes(sock, random.Random(1).randbytes(ECHO_BYTES))


def echo_over_ipv6(nic, workers):
    """The client finds rstack by multicast, and every byte comes back."""
    del nic, workers
    sh('ip', '-6', 'neigh', 'flush', 'dev', 'rstack0')
    Family.ipv6 = True
    try:
        with connect(7) as sock:
            echoes(sock, random.Random(2).randbytes(1 << 20))
    finally:
        Family.ipv6 = False


def refused_port(nic, workers):
    """A closed port is refused, over both families."""
    del nic, workers
    for Family.ipv6 in (False, True):
        for port in range(2000, 2010):
            raises(errno.ECONNREFUSED, connect, port)
    Family.ipv6 = False


def service_reset(nic, workers):
    """A service that resets, perhaps before connect() returns."""
    del nic, workers

    def reset():
        with connect(104) as sock:
            sock.recv(1)
    for Family.ipv6 in (False, True):
        raises(errno.ECONNRESET, reset)
    Family.ipv6 = False


def vlan(nic, workers):
    """A tag that the device strips and inserts, if it can."""
    del nic, workers
    with Vlan([tag(0x8100, 100)]) as peer:
        echo_through(VLAN_SERVER, 100000)
        equal(peer.seen - {b''}, {tag(0x8100, 100)}, 'tags')


def priority_tags_are_none(nic, workers):
    """A tag with VLAN 0 only has a priority (802.1Q 6.9), even if the device filters VLANs."""
    del nic, workers
    host = '192.0.2.77'
    request = icmp(host, SERVER, 8, 0, bytes(12))
    with Wire(machine) as wire:
        # so that rstack need not ask for the host
        wire.send(ip(ICMP, host, SERVER, request))
        wire.receive(lambda datagram: datagram[9] == ICMP, 'reply to an untagged request')
        wire.sock.send(wire.mac + wire.own + tag(0x8100, 5 << 13) + b'\x08\x00' +
                       ip(ICMP, host, SERVER, request))
        wire.receive(lambda datagram: datagram[9] == ICMP, 'reply to a request with a priority')


def wrong_checksums_are_dropped(nic, workers):
    """Segments that are wrong on the wire, over both families, whoever verifies them."""
    del nic, workers
    before = machine.ask('/rstack/drop')
    with Wire(machine) as wire:
        for Family.ipv6 in (False, True):
            src = '2001:db8::77' if Family.ipv6 else '192.0.2.77'
            good = tcp(src, server(), 4000, 7, 1, 0, SYN)
            wrong = good[:16] + bytes([good[16] ^ 1]) + good[17:]
            wire.send(ip(TCP, src, server(), wrong))
            wire.send(ip(TCP, src, server(), good))
            # frames are received in order
            wire.segment(lambda s: s.dport == 4000, 'SYN-ACK')
            wire.reset(src, server(), 4000, 2)
        Family.ipv6 = False
        header = ip(TCP, '192.0.2.77', server(), tcp('192.0.2.77', server(), 4001, 7, 1, 0, SYN))
        wire.send(header[:8] + b'\1' + header[9:])
    after = machine.ask('/rstack/drop')
    equal(after['tcp_checksum'] - before['tcp_checksum'], 2)
    equal(after['ip_checksum'] - before['ip_checksum'], 1)


def many_connections(nic, workers):
    """Twenty at a time. Frames reach as many workers as the emulated NIC spreads them to."""
    echoes_on_many(20, 5000)
    busy = [machine.ask(f'/rstack/lcore/stats,{i}')['rx_bursts'] > 0
            for i in machine.ask('/rstack/lcore/list')]
    equal(len(busy), workers)
    equal(sum(busy), NICS[nic].busy if workers > 1 else 1, 'workers that received frames')


# For the far host: bulk data both ways. It prints how many wrong checksums its kernel saw.
FAR_ECHO = """
import random, sys
import e2e, test_offloads
before = test_offloads.bad_checksums()
with e2e.connect(7, sys.argv[1]) as sock:
    e2e.echoes(sock, random.Random(4).randbytes(1 << 20))
print(test_offloads.bad_checksums() - before)
"""


def kernel_cuts_large_frames(nic, workers):
    """
    Over each family every byte comes back to a host that gets single segments, because the kernel
    cuts the frames of several that rstack sends; each segment is whole, and none is added.
    """
    del nic, workers
    path = os.path.dirname(os.path.realpath(e2e.__file__))
    with machine.far_host():
        for Family.ipv6 in (False, True):
            before, wire = machine.stats(), machine.far_frames()
            out = sh('ip', 'netns', 'exec', FAR, sys.executable, '-c', FAR_ECHO, server(),
                     env={**os.environ, 'PYTHONPATH': path}).stdout
            equal(out, '0\n', 'wrong checksums')
            after, wire = machine.stats(), machine.far_frames() - wire
            large, frames, segments = (after[name] - before[name] for name in
                                       ('tx_large', 'tx_frames', 'tx_segments'))
            print(f'# {server()}: {frames} frames sent, {large} of them large, for {segments} '
                  f'segments; {wire} frames on the wire', flush=True)
            assert large > 0 and frames < segments, (large, frames, segments)
            # frames may get lost under load; others are neighbour solicitations and their answers
            assert segments / 2 < wire < segments + 50, (segments, wire)
        Family.ipv6 = False


def link_goes_and_comes_back(nic, workers):
    """What a connection sent while the link was down arrives later."""
    del workers
    with connect(7) as sock:
        echoes(sock)
        machine.set_link(nic, 'off')
        sock.sendall(b'into the dark')
        time.sleep(0.3)
        machine.set_link(nic, 'on')
        equal(receive(sock, 13), b'into the dark')


def sent_frames_arrive(nic, workers):
    """
    Each frame that rstack gave to the device was on the wire: before the link goes away. With TSO
    the host gets large ones as they are.
    """
    until(lambda: machine.frames() - machine.frames_before == machine.stats()['tx_frames'],
          'the frames of rstack and those of the TAP are as many')
    stats = machine.stats()
    equal((stats['tx_full'], stats['tx_large'] > 0), (0, uses_tso(nic, workers)))


def stops_in_order(nic, workers):
    """No frame, mbuf or connection is left; nothing was wrong."""
    del nic, workers
    output, status = machine.stop()
    equal(status, 0, output)
    for alarm in ALARMS:
        assert alarm not in output, output


def jumbo_port_starts(nic, workers):
    """An MTU of 9,000, and no VLAN."""
    output, status = machine.start(nic, workers, jumbo=True)
    equal(status, 0, output)
    equal(machine.ask('/rstack/port/info,0')['mtu'], JUMBO_MTU)


def jumbo_frames(nic, workers):
    """Datagrams and segments as large as the MTU, in both directions."""
    del nic, workers
    size = JUMBO_MTU - 28
    out = sh('ping', '-c', '1', '-W', '60', '-M', 'do', '-s', str(size), SERVER).stdout
    assert '1 received, 0% packet loss' in out, out
    before = machine.stats()
    with connect(7) as sock:
        echoes(sock, random.Random(3).randbytes(1 << 20))
        info = sh('ss', '-tinH', 'dst', SERVER).stdout
    assert f' mss:{JUMBO_MTU - 52} ' in info, info
    after = machine.stats()
    segments = after['tx_segments'] - before['tx_segments']
    # each segment of the peer may be acknowledged alone
    assert segments < 4 * (1 << 20) // JUMBO_MTU, segments
    equal(machine.ask('/rstack/drop')['multi_segment'], 0)


def priority_tags_without_vlans(nic, workers):
    """A device that filters VLANs, and no port has one: VLAN 0 is none (802.1Q 6.9)."""
    priority_tags_are_none(nic, workers)


def jumbo_port_stops(nic, workers):
    """In order."""
    stops_in_order(nic, workers)


CASES = (starts, curl, ping, echo_of_16_mib, echo_over_ipv6, refused_port, service_reset, vlan,
         priority_tags_are_none, wrong_checksums_are_dropped, many_connections,
         sent_frames_arrive, kernel_cuts_large_frames, link_goes_and_comes_back, stops_in_order)

# Then another configuration.
JUMBO_CASES = (jumbo_port_starts, jumbo_frames, priority_tags_without_vlans, jumbo_port_stops)

# These read or write frames themselves.
RAW = (vlan, priority_tags_are_none, wrong_checksums_are_dropped, priority_tags_without_vlans)


def case(function, nic, workers):
    """A test of one NIC and a number of workers."""
    def test():
        assert machine is not None, 'the machine did not boot'
        assert machine.runs or function in (starts, jumbo_port_starts), 'rstack did not start'
        try:
            function(nic, workers)
        except BaseException:
            print(f'# rstack said: {machine.output()}', file=sys.stderr)
            raise
    test.__name__ = f'{nic}_{workers}_worker{"s" * (workers > 1)}_{function.__name__}'
    return test


def cases_of(nic, workers):
    """All tests of one NIC and a number of workers."""
    left_out = () if NICS[nic].whole else RAW
    cases = CASES + (JUMBO_CASES if workers == 1 and nic in JUMBO_NICS else ())
    if not uses_tso(nic, workers):
        left_out += (kernel_cuts_large_frames,)
    return [case(function, nic, workers) for function in cases if function not in left_out]


def machine_boots():
    """Debian's kernel, with all NICs, up to the shell."""
    global machine  # pylint: disable=global-statement
    machine = Machine(nics)


def machine_ends():
    """It has run all the time."""
    print(f'# the machine took {machine.cpu_time():.1f} s of CPU time', flush=True)
    machine.end()


if __name__ == '__main__':
    reason = prepare()
    if reason is not None:
        print(f'1..0 # SKIP {reason}')
        sys.exit(0)
    nics = sys.argv[1:] or list(NICS)
    run([machine_boots, *(test for nic in nics for workers in (1, 2)
                          for test in cases_of(nic, workers)), machine_ends],
        one_family='a case that has connections makes them over both, one after the other')
