#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The rstack authors
"""
VLAN tags, with connections over both families. A kernel without the module 8021q is the peer behind
a relay that adds its tags.
"""
import contextlib
import fcntl
import os
import select
import socket
import struct
import threading

from e2e import (CLIENT, CLIENT6, ECHO, SERVER, SERVER6, TAP, Family, Rstack, Skip, Tap, connect,
                 equal, families, receive, run, server, sh, until)

TUNSETIFF = 0x400454ca
IFF_TAP_NO_PI = 0x1002
SOL_PACKET = 263
PACKET_AUXDATA = 8
PACKET_IGNORE_OUTGOING = 23
VLAN_VALID, TPID_VALID = 1 << 4, 1 << 6
ETH_P_ALL = 3

# The addresses of rstack in the VLAN, and the kernel's.
VLAN_SERVER = '198.51.100.1'
VLAN_CLIENT = '198.51.100.2'
VLAN_SERVER6 = '2001:db8:100::1'
VLAN_CLIENT6 = '2001:db8:100::2'
# Those of the kernel in the VLAN, where that has the subnets of SERVER and SERVER6.
SAME = ('192.0.2.3', '2001:db8::3')


def tag(tpid, tci):
    """The bytes of a tag."""
    return struct.pack('!HH', tpid, tci)


class Vlan:
    """
    An interface vlan0 of the kernel, whose frames get these tags on the way to the device, and
    lose them on the way back. It notes the tags of the frames that it received.
    """

    def __init__(self, tags, device=TAP, addresses=(VLAN_CLIENT, VLAN_CLIENT6)):
        self.tags = tags
        self.seen = set()
        self.tap = os.open('/dev/net/tun', os.O_RDWR)
        fcntl.ioctl(self.tap, TUNSETIFF, struct.pack('16sH22x', b'vlan0', IFF_TAP_NO_PI))
        sh('sysctl', '-qw', 'net.ipv6.conf.vlan0.disable_ipv6=0',
           'net.ipv6.conf.vlan0.accept_ra=0')
        # an AF_PACKET socket sends frames with one tag beyond the MTU, but not with two
        sh('ip', 'link', 'set', 'vlan0', 'mtu', '1492', 'up')
        for address in addresses:
            length, *more = (64, 'nodad') if ':' in address else (24,)
            sh('ip', 'addr', 'add', f'{address}/{length}', 'dev', 'vlan0', *more)
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
        sh('ip', '-6', 'route', 'flush', 'dev', TAP)


def echo_through(host, size):
    """Echo so many bytes."""
    data = os.urandom(size)
    with connect(7, host) as sock:
        sender = threading.Thread(target=sock.sendall, args=(data,))
        sender.start()
        equal(receive(sock, size) == data, True, 'echo')
        sender.join()


def leave_tap():
    """Take the client's addresses from the TAP, so that those of the VLAN are used."""
    sh('ip', 'addr', 'del', f'{CLIENT}/24', 'dev', TAP)
    sh('ip', 'addr', 'del', f'{CLIENT6}/64', 'dev', TAP)


PORT_1 = '''
[port 1]
device = net_tap0,iface=rstack0
address = {address}/24, {address6}/64
dad_transmits = 0
{keys}
'''


def config(keys):
    """A second section for the TAP, with tags."""
    return ECHO + PORT_1.format(address=VLAN_SERVER, address6=VLAN_SERVER6, keys=keys)


def vlan_server():
    """The address of rstack in the VLAN, of the family of the test."""
    return VLAN_SERVER6 if Family.ipv6 else VLAN_SERVER


def port_with_a_tag_and_without():
    """A VLAN and untagged frames on one device, each with its address; wrong tags are dropped."""
    with Rstack(config('vlan = 100\nvlan_priority = 3')) as rstack:
        with Vlan([tag(0x8100, 100)]) as vlan:
            for _ in families():
                sh('ping', '-c', '3', '-i', '0.2', '-W', '10', vlan_server())
                echo_through(vlan_server(), 300000)
                echo_through(server(), 300000)
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
            vlan.tags = [tag(0x8100, 101)]
            for _ in families():
                before = rstack.ask('/rstack/drop')['vlan_unknown']
                result = sh('ping', '-c', '1', '-W', '1', vlan_server(), check=False)
                equal(result.returncode, 1)
                assert rstack.ask('/rstack/drop')['vlan_unknown'] > before


def port_with_two_tags():
    """802.1ad, and no untagged port: only frames with both tags are served."""
    with Rstack(ECHO, port='vlan = 200.100\n') as rstack:
        with Vlan([tag(0x88a8, 200), tag(0x8100, 100)], addresses=SAME) as vlan:
            leave_tap()
            for _ in families():
                echo_through(server(), 100000)
            rstack.wait_empty()
            assert vlan.seen == {tag(0x88a8, 200) + tag(0x8100, 100)}, vlan.seen
            equal(rstack.ask('/rstack/port/info,0')['vlan'], '200.100')


def addresses_are_of_each_vlan():
    """Of two VLANs, ARP and neighbour discovery find each address in its own only."""
    with Rstack(config('vlan = 100')) as rstack:
        with Vlan([tag(0x8100, 100)]):
            sh('ip', '-6', 'route', 'add', f'{SERVER6}/128', 'dev', 'vlan0', 'metric', '2000')
            for _ in families():
                result = sh('ping', '-c', '1', '-W', '1', '-I', 'vlan0', server(), check=False)
                equal(result.returncode, 1)
                asked = 'nd_not_ours' if Family.ipv6 else 'arp_not_ours'
                until(lambda name=asked: rstack.ask('/rstack/drop')[name] > 0,
                      f'{asked}: a request in the other VLAN')


def device_strips_and_inserts():
    """AF_PACKET: the kernel takes the tag from the frame, and puts it there, or rstack does."""
    result = sh('ip', 'link', 'add', 'veth0', 'type', 'veth', 'peer', 'name', TAP, check=False)
    if result.returncode != 0:
        raise Skip(f'no veth: {result.stderr.strip()}')
    sh('ip', 'link', 'set', 'veth0', 'up')
    try:
        for key, work in (('offload', 'device'), ('software', 'software')):
            with Rstack(ECHO, device='net_af_packet0,iface=veth0', path=Veth(),
                        port=f'vlan = 100\nvlan_tags = {key}\n') as rstack:
                with Vlan([tag(0x8100, 100)], addresses=SAME) as vlan:
                    leave_tap()
                    info = rstack.ask('/rstack/port/info,0')
                    equal((info['vlan_strip'], info['vlan_insert']), (work, work))
                    for _ in families():
                        echo_through(server(), 100000)
                    rstack.wait_empty()
                    equal(vlan.seen - {b''}, {tag(0x8100, 100)}, key)
    finally:
        sh('ip', 'link', 'del', 'veth0', check=False)


if __name__ == '__main__':
    run([
        port_with_a_tag_and_without,
        port_with_two_tags,
        addresses_are_of_each_vlan,
        device_strips_and_inserts,
    ], dual=True)
