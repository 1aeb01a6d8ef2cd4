# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The rstack authors
"""Datagrams of hosts that the kernel is not, written by hand, and fragments of them."""
import socket
import struct
import time

from e2e import PATIENCE, TAP

ICMP, TCP, UDP, FRAGMENT, ICMPV6 = 1, 6, 17, 44, 58
FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
MAC = bytes.fromhex('020000000042')


def checksum(data):
    """The Internet checksum (RFC 1071)."""
    data += bytes(len(data) % 2)
    total = sum(struct.unpack(f'!{len(data) // 2}H', data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def is_ipv6(address):
    """The family of an address as text."""
    return ':' in address


def packed(address):
    """The bytes of an address."""
    return socket.inet_pton(socket.AF_INET6 if is_ipv6(address) else socket.AF_INET, address)


def pseudo(proto, src, dst, length):
    """The pseudo-header of either family (RFC 9293 3.1, RFC 8200 8.1)."""
    return packed(src) + packed(dst) + struct.pack('!II', length, proto)


def ip(proto, src, dst, payload, ident=0, place=0):
    """A datagram; place: flags and offset of an IPv4 fragment."""
    if is_ipv6(src):
        return struct.pack('!IHBB', 6 << 28, len(payload), proto, 64) + packed(src) + \
            packed(dst) + payload
    header = struct.pack('!BBHHHBBH4s4s', 0x45, 0, 20 + len(payload), ident, place, 64, proto, 0,
                         packed(src), packed(dst))
    return header[:10] + struct.pack('!H', checksum(header)) + header[12:] + payload


# pylint: disable-next=R0913,R0917
def tcp(src, dst, sport, dport, seq, ack, flags, data=b'', options=b''):
    """A segment; a SYN has the option MSS 1400. More options are a multiple of 4 bytes."""
    options = (b'\x02\x04\x05\x78' if flags & SYN else b'') + options
    header = struct.pack('!HHIIBBHHH', sport, dport, seq, ack, 0x50 + len(options) * 4, flags,
                         65000, 0, 0)
    data = options + data
    total = checksum(pseudo(TCP, src, dst, 20 + len(data)) + header + data)
    return header[:16] + struct.pack('!H', total) + header[18:] + data


def icmp(src, dst, kind, code, body):
    """An ICMP message of either family; body: what follows the checksum."""
    message = struct.pack('!BBH', kind, code, 0) + body
    head = pseudo(ICMPV6, src, dst, len(message)) if is_ipv6(src) else b''
    return message[:2] + struct.pack('!H', checksum(head + message)) + message[4:]


def fragments(proto, src, dst, payload, ident, size):  # pylint: disable=R0913,R0917
    """The fragments of a datagram, each but the last with `size` bytes."""
    parts = []
    for first in range(0, len(payload), size):
        more = first + size < len(payload)
        part = payload[first:first + size]
        if is_ipv6(src):
            part = struct.pack('!BBHI', proto, 0, first | more, ident) + part
            parts.append(ip(FRAGMENT, src, dst, part))
        else:
            parts.append(ip(proto, src, dst, part, ident, more << 13 | first // 8))
    return parts


class Segment:  # pylint: disable=too-few-public-methods
    """A received segment."""

    def __init__(self, datagram, header):
        (self.sport, self.dport, self.seq, self.ack, off, self.flags) = struct.unpack(
            '!HHIIBB', datagram[header:header + 14])
        self.datagram = datagram
        self.data = datagram[header + (off >> 4) * 4:]


class Wire:
    """The kernel's end of the TAP: frames of hosts that it is not."""

    def __init__(self, rstack, mac=MAC):
        self.sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
        self.sock.bind((TAP, 0))
        self.sock.settimeout(0.2)
        self.mac = bytes.fromhex(rstack.ask('/rstack/port/info,0')['mac'].replace(':', ''))
        self.own = mac

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.sock.close()

    def send(self, datagram):
        """Send a datagram to rstack."""
        kind = b'\x86\xdd' if datagram[0] >> 4 == 6 else b'\x08\x00'
        self.sock.send(self.mac + self.own + kind + datagram)

    def receive(self, wanted, what):
        """The next datagram from rstack to this host for which wanted() gives a value."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            try:
                frame = self.sock.recv(70000)
            except TimeoutError:
                continue
            if frame[:6] != self.own or frame[6:12] != self.mac:
                continue
            length = struct.unpack('!H', frame[16:18])[0] if frame[12:14] == b'\x08\x00' else \
                40 + struct.unpack('!H', frame[18:20])[0]
            value = wanted(frame[14:14 + length])
            if value:
                return value
        raise AssertionError(f'not within {PATIENCE} s: {what}')

    def segment(self, wanted, what):
        """The next segment from rstack for which wanted() is true."""
        def read(datagram):
            header = 40 if datagram[0] >> 4 == 6 else 20
            if datagram[6 if header == 40 else 9] != TCP:
                return None
            segment = Segment(datagram, header)
            return segment if wanted(segment) else None
        return self.receive(read, what)

    def data(self, port, first, length):
        """The data from sequence number `first` on that rstack sends to a port."""
        parts = {}

        def whole():
            joined = b''
            while first + len(joined) in parts:
                joined += parts[first + len(joined)]
            return joined
        while len(whole()) < length:
            segment = self.segment(lambda s: s.dport == port and s.data, f'data to port {port}')
            parts[segment.seq] = segment.data
        return whole()

    def open(self, src, dst, sport, dport=7):
        """Open a connection from a host that is not there. @return SND.NXT of rstack"""
        self.send(ip(TCP, src, dst, tcp(src, dst, sport, dport, 1000, 0, SYN)))
        answer = self.segment(lambda s: s.dport == sport and s.flags == SYN | ACK,
                              f'SYN-ACK of port {sport}')
        nxt = answer.seq + 1
        self.send(ip(TCP, src, dst, tcp(src, dst, sport, dport, 1001, nxt, ACK)))
        return nxt

    def reset(self, src, dst, sport, seq, dport=7):  # pylint: disable=R0913,R0917
        """End a connection of open(); seq: behind all data that was sent."""
        self.send(ip(TCP, src, dst, tcp(src, dst, sport, dport, seq, 0, RST)))
