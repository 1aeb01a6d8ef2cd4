#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The rstack authors
"""VLAN tags. A kernel without the module 8021q is the peer behind a relay that adds its tags."""
import contextlib
import fcntl
import os
import select
import socket
import struct
import subprocess
import threading

from e2e import (ECHO, SERVER, TAP, Rstack, Tap, connect, equal, receive, run, sh, until)

TUNSETIFF = 0x400454ca
IFF_TAP_NO_PI = 0x1002
SOL_PACKET = 263
PACKET_AUXDATA = 8
PACKET_IGNORE_OUTGOING = 23
VLAN_VALID, TPID_VALID = 1 << 4, 1 << 6
ETH_P_ALL = 3

# The address of rstack in the VLAN, and the kernel's.
VLAN_SERVER = '198.51.100.1'
VLAN_CLIENT = '198.51.100.2'


def tag(tpid, tci):
    """The bytes of a tag."""
    return struct.pack('!HH', tpid, tci)


class Vlan:
    """
    An interface vlan0 of the kernel, whose frames get these tags on the way to the device, and
    lose them on the way back. It notes the tags of the frames that it received.
    """

    def __init__(self, tags, device=TAP, address=VLAN_CLIENT):
        self.tags = tags
        self.seen = set()
        self.tap = os.open('/dev/net/tun', os.O_RDWR)
        fcntl.ioctl(self.tap, TUNSETIFF, struct.pack('16sH22x', b'vlan0', IFF_TAP_NO_PI))
        sh('ip', 'addr', 'add', f'{address}/24', 'dev', 'vlan0')
        # an AF_PACKET socket sends frames with one tag beyond the MTU, but not with two
        sh('ip', 'link', 'set', 'vlan0', 'mtu', '1492', 'up')
        self.wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
        self.wire.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
        self.wire.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
        self.wire.bind((device, 0))
        self.end, self.ended = os.pipe()
        self.thread = threading.Thread(target=self.relay)
        self.thread.start()

    def relay(self):
        """Move frames until the end of the pipe is closed."""
        while True:
            ready = select.select([self.end, self.tap, self.wire], [], [])[0]
            if self.end in ready:
                return
            if self.tap in ready:
                frame = os.read(self.tap, 65536)
                self.send(frame[:12] + b''.join(self.tags) + frame[12:])
            if self.wire in ready:
                self.receive()

    def send(self, frame):
        """Send a frame as it is."""
        with contextlib.suppress(OSError):  # a full queue loses it
            self.wire.send(frame)

    def receive(self):
        """Receive a frame of rstack; the kernel reports its first tag beside it."""
        frame, aux, _, address = self.wire.recvmsg(65536, 256)
        for _, kind, data in aux:
            if kind == PACKET_AUXDATA:
                status, _, _, _, _, tci, tpid = struct.unpack('IIIHHHH', data[:20])
                if status & VLAN_VALID:
                    tpid = tpid if status & TPID_VALID else 0x8100
                    frame = frame[:12] + tag(tpid, tci) + frame[12:]
        n = 0
        while frame[12 + n:14 + n] in (b'\x81\x00', b'\x88\xa8'):
            n += 4
        self.seen.add(frame[12:12 + n])
        # the TAP has rstack's MAC address, so the kernel takes a frame from there for its own
        if n == 4 * len(self.tags):
            os.write(self.tap, frame[:12] + frame[12 + n:])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        os.close(self.ended)
        self.thread.join()
        self.wire.close()
        os.close(self.end)
        os.close(self.tap)


class Veth(Tap):
    """The client's end of a pair of interfaces, which stays when rstack ends."""

    def detach(self):
        sh('ip', 'addr', 'flush', 'dev', TAP)
        sh('ip', 'route', 'flush', 'dev', TAP)


def echo_through(host, size):
    """Echo so many bytes."""
    data = os.urandom(size)
    with connect(7, host) as sock:
        sender = threading.Thread(target=sock.sendall, args=(data,))
        sender.start()
        equal(receive(sock, size) == data, True, 'echo')
        sender.join()


PORT_1 = '''
[port 1]
device = net_tap0,iface=rstack0
address = {address}/24
{keys}
'''


def config(keys, address=VLAN_SERVER):
    """A second section for the TAP, with tags."""
    return ECHO + PORT_1.format(address=address, keys=keys)


def port_with_a_tag_and_without():
    """A VLAN and untagged frames on one device, each with its address; wrong tags are dropped."""
    with Rstack(config('vlan = 100\nvlan_priority = 3')) as rstack:
        with Vlan([tag(0x8100, 100)]) as vlan:
            sh('ping', '-c', '3', '-W', '10', VLAN_SERVER)
            echo_through(VLAN_SERVER, 300000)
            echo_through(SERVER, 300000)
            rstack.wait_empty()
            equal(rstack.ask('/rstack/drop')['vlan_unknown'], 0)
            info = rstack.ask('/rstack/port/info,1')
            equal((info['vlan'], info['vlan_priority'], info['vlan_strip'],
                   info['vlan_insert'], info['address']),
                  ('100', 3, 'software', 'software', VLAN_SERVER))
            equal(rstack.ask('/rstack/port/info,0')['vlan'], 'none')
            equal(rstack.ask('/rstack/port/list'), [0, 1])
            assert vlan.seen <= {b'', tag(0x8100, 3 << 13 | 100)}, vlan.seen
            # another VLAN has no such address, and no port
            before = rstack.stats()['rx_vlan']
            vlan.tags = [tag(0x8100, 101)]
            result = sh('ping', '-c', '1', '-W', '1', VLAN_SERVER, check=False)
            equal(result.returncode, 1)
            drops = rstack.ask('/rstack/drop')['vlan_unknown']
            equal(drops, rstack.stats()['rx_vlan'] - before)
            assert drops > 0


def port_with_two_tags():
    """802.1ad, and no untagged port: only frames with both tags are served."""
    with Rstack(ECHO, port='vlan = 200.100') as rstack:
        with Vlan([tag(0x88a8, 200), tag(0x8100, 100)], address='192.0.2.3') as vlan:
            sh('ip', 'addr', 'del', '192.0.2.2/24', 'dev', TAP)
            echo_through(SERVER, 100000)
            rstack.wait_empty()
            assert vlan.seen == {tag(0x88a8, 200) + tag(0x8100, 100)}, vlan.seen
            equal(rstack.ask('/rstack/port/info,0')['vlan'], '200.100')


def arp_is_of_each_vlan():
    """Of two VLANs with one subnet each, ARP finds each address in its own only."""
    with Rstack(config('vlan = 100')) as rstack:
        with Vlan([tag(0x8100, 100)]):
            result = sh('ping', '-c', '1', '-W', '1', '-I', 'vlan0', SERVER, check=False)
            equal(result.returncode, 1)
            until(lambda: rstack.ask('/rstack/drop')['arp_not_ours'] > 0, 'ARP in the other VLAN')


def device_strips_and_inserts():
    """AF_PACKET: the kernel takes the tag from the frame, and puts it there, or rstack does."""
    if subprocess.run(['ip', 'link', 'add', 'veth0', 'type', 'veth', 'peer', 'name', TAP],
                      check=False).returncode != 0:
        return
    sh('ip', 'link', 'set', 'veth0', 'up')
    try:
        for key, work in (('offload', 'device'), ('software', 'software')):
            with Rstack(ECHO, device='net_af_packet0,iface=veth0', path=Veth(),
                        port=f'vlan = 100\nvlan_tags = {key}') as rstack:
                with Vlan([tag(0x8100, 100)], address='192.0.2.3') as vlan:
                    sh('ip', 'addr', 'del', '192.0.2.2/24', 'dev', TAP)
                    info = rstack.ask('/rstack/port/info,0')
                    equal((info['vlan_strip'], info['vlan_insert']), (work, work))
                    echo_through(SERVER, 100000)
                    rstack.wait_empty()
                    equal(vlan.seen - {b''}, {tag(0x8100, 100)}, key)
    finally:
        subprocess.run(['ip', 'link', 'del', 'veth0'], check=False, stderr=subprocess.DEVNULL)


if __name__ == '__main__':
    run([
        port_with_a_tag_and_without,
        port_with_two_tags,
        arp_is_of_each_vlan,
        device_strips_and_inserts,
    ])
