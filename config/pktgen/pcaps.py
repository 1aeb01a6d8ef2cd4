#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The rstack authors
"""Write the frames of the Pktgen scripts as capture files, for net_pcap and Pktgen's replay.

usage: pcaps.py [--mac MAC] DIR

Writes one file for each workload of expected.json, DIR/syn-closed.pcap and so on. The frames
are those that Pktgen makes of the range scripts: a frame of 64 bytes with its check sequence
has 6 bytes of text by its IP length, one of 78 bytes of IPv6 has none. --mac is the address of
rstack's port; without it, it is the one of the scripts, which is that of DPDK's first net_pcap.
"""
import argparse
import ipaddress
import json
import os
import struct

HERE = os.path.dirname(os.path.abspath(__file__))
FLAGS = {'fin': 1, 'syn': 2, 'rst': 4, 'psh': 8, 'ack': 16, 'urg': 32}
HEADERS = {4: 14 + 20 + 20, 6: 14 + 40 + 20}  # Ethernet, IP by its version, TCP
CRC = 4                 # Pktgen's sizes include it, those of a capture file do not


def checksum(data):
    """RFC 1071."""
    if len(data) % 2:
        data += b'\0'
    total = sum(struct.unpack(f'!{len(data) // 2}H', data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return total ^ 0xffff


def ip_header(addresses, length, ident, df):
    """The IP header of a TCP segment of `length` bytes between addresses of one version."""
    pair = b''.join(address.packed for address in addresses)
    if addresses[0].version == 6:
        return struct.pack('!LHBB', 6 << 28, length, 6, 64) + pair
    ip = struct.pack('!BBHHHBBH', 0x45, 0, 20 + length, ident, 0x4000 if df else 0, 64, 6, 0) + pair
    return ip[:10] + struct.pack('!H', checksum(ip)) + ip[12:]


def pseudo_header(pair, length):
    """What the checksum of a TCP segment covers before it. pair: both addresses, bytes."""
    return pair + struct.pack('!HH' if len(pair) == 8 else '!L3xB', *(
        (6, length) if len(pair) == 8 else (length, 6)))


def frame(macs, addresses, ports, numbers, flags, *, ident=0, window=8192, df=False, text=b''):
    """
    The Ethernet frame of a TCP segment, padded to 60 bytes. macs: destination and source, bytes;
    addresses: source and destination, text; ports alike; numbers: SEQ and ACK. ident and df are
    fields of IPv4.
    """
    addresses = [ipaddress.ip_address(address) for address in addresses]
    pair = b''.join(address.packed for address in addresses)
    tcp = struct.pack('!HHLLBBHHH', *ports, *numbers, 5 << 4, flags, window, 0, 0) + text
    tcp_sum = checksum(pseudo_header(pair, len(tcp)) + tcp)
    tcp = tcp[:16] + struct.pack('!H', tcp_sum) + tcp[18:]
    ether_type = b'\x86\xdd' if addresses[0].version == 6 else b'\x08\0'
    return (b''.join(macs) + ether_type + ip_header(addresses, len(tcp), ident, df) +
            tcp).ljust(60, b'\0')


def write_pcap(path, frames):
    """A capture file of Ethernet frames."""
    with open(path, 'wb') as pcap:
        pcap.write(struct.pack('<LHHlLLL', 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
        for number, data in enumerate(frames):
            pcap.write(struct.pack('<LLLL', 0, number, len(data), len(data)) + data)


def read_pcap(path):
    """The frames of a capture file."""
    with open(path, 'rb') as pcap:
        data = pcap.read()
    at = 24
    while at < len(data):
        length = struct.unpack_from('<L', data, at + 8)[0]
        yield data[at + 16:at + 16 + length]
        at += 16 + length


class Script:
    """A range script: the values of each field, and how they change from frame to frame."""

    def __init__(self, path):
        self.ranges = {}
        self.macs = {}
        self.flags = FLAGS['ack']  # Pktgen's default
        self.version = 4
        with open(path, encoding='ascii') as file:
            for line in file:
                words = line.split()
                if words and not line.startswith('#'):
                    self.take(words, f'{path}: {line.rstrip()}')

    def take(self, words, where):
        """One command; the error of one that a capture file cannot show."""
        if words[:2] == ['range', '0'] and words[2:4] in (['src', 'mac'], ['dst', 'mac']):
            self.macs[words[2]] = bytes.fromhex(words[5].replace(':', ''))
        elif words[:5] == ['range', '0', 'tcp', 'flag', 'clr'] and words[5] == 'all':
            self.flags = 0
        elif words[:5] == ['range', '0', 'tcp', 'flag', 'set']:
            self.flags |= FLAGS[words[5]]
        elif words[:2] == ['range', '0'] and len(words) >= 7:
            name = ' '.join(words[2:-4])
            number = self.address if name.endswith(' ip') else int
            self.ranges[name] = [number(word) for word in words[-4:]]
        elif words in (['range', '0', 'type', 'ipv4'], ['range', '0', 'type', 'ipv6']):
            self.version = int(words[3][-1])
        elif words not in (['stop', '0'], ['enable', '0', 'range'], ['range', '0', 'proto', 'tcp']):
            raise ValueError(f'{where}: unknown command')

    @staticmethod
    def address(text):
        """An address as a number."""
        return int(ipaddress.ip_address(text))

    def value(self, name, number):
        """A field in frame `number`: from its start by steps, back to its least at the end."""
        start, least, most, step = self.ranges[name]
        if step == 0:
            return start
        return least + (start - least + number * step) % (most - least + 1)

    def frame(self, number, mac=None):
        """Frame `number`, to another MAC address if one is given."""
        text_of = ipaddress.IPv6Address if self.version == 6 else ipaddress.IPv4Address
        return frame((mac or self.macs['dst'], self.macs['src']),
                     [str(text_of(self.value(f'{end} ip', number))) for end in ('src', 'dst')],
                     [self.value(f'{end} port', number) for end in ('src', 'dst')],
                     [self.value(f'tcp {name}', number) for name in ('seq', 'ack')],
                     self.flags, ident=27 * number % 65536,
                     text=bytes(self.value('size', number) - CRC - HEADERS[self.version]))


def expected():
    """The counters to expect of each workload."""
    with open(os.path.join(HERE, 'expected.json'), encoding='ascii') as file:
        return json.load(file)


def frames_of(workload, count, mac=None):
    """Frames of a workload: its scripts in turns."""
    scripts = [Script(os.path.join(HERE, name)) for name in workload['scripts']]
    return [scripts[number % len(scripts)].frame(number, mac) for number in range(count)]


def main():
    """Write them all."""
    parser = argparse.ArgumentParser(description=__doc__.split('\n', 1)[0])
    parser.add_argument('--mac', type=lambda text: bytes.fromhex(text.replace(':', '')))
    parser.add_argument('dir')
    args = parser.parse_args()
    table = expected()
    for name, workload in table['workloads'].items():
        path = os.path.join(args.dir, f'{name}.pcap')
        write_pcap(path, frames_of(workload, table['frames'], args.mac))
        print(path)


if __name__ == '__main__':
    main()
