#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The rstack authors
"""A router between the kernel's client and rstack, with a smaller MTU towards the client: it sends
ICMP errors, or an nftables rule drops these, so that the path is a black hole."""
import contextlib
import hashlib
import random
import socket

from e2e import (MIDDLE, PATIENCE, SERVER, SERVER6, TAP, WIRE, Rstack, Tap, abort_at_close, equal,
                 listen, run, sh, until)

SIZE = 4 << 20
BODY = random.Random(8201).randbytes(SIZE)
DIGEST = hashlib.sha256(BODY).digest()
CONFIG = 'rto_min = 200ms\n' + listen('web', 80, 'http', body='@DIR@/body')
CLIENT, CLIENT6 = '198.51.100.2', '2001:db8:100::2'


class Router(Tap):
    """rstack's TAP and a link to the client in a namespace that forwards; `mtu` is the link's."""

    device = WIRE
    prefix = ('nsenter', f'--net=/run/netns/{MIDDLE}')

    def __init__(self, mtu):
        self.mtu = mtu
        sh('ip', 'netns', 'add', MIDDLE)
        sh(*self.prefix, 'sysctl', '-qw', 'net.ipv4.ip_forward=1',
           'net.ipv6.conf.all.forwarding=1')
        sh('ip', 'link', 'add', WIRE, 'type', 'veth', 'peer', 'name', WIRE, 'netns', MIDDLE)

    def attach(self):
        def router(*command):
            sh('ip', '-n', MIDDLE, *command)

        sh('sysctl', '-qw', f'net.ipv6.conf.{WIRE}.disable_ipv6=0')
        router('link', 'set', TAP, 'up')
        # rstack and its TAP have the same MAC, so the kernel finds its link-local address in use
        router('-6', 'addr', 'flush', 'dev', TAP, 'scope', 'link')
        router('addr', 'add', 'fe80::fe/64', 'dev', TAP, 'nodad')
        for device, ipv4, ipv6 in ((WIRE, '198.51.100.1/24', '2001:db8:100::1/64'),
                                   (TAP, '192.0.2.254/24', '2001:db8::fe/64')):
            router('addr', 'add', ipv4, 'dev', device)
            router('addr', 'add', ipv6, 'dev', device, 'nodad')
        router('link', 'set', WIRE, 'mtu', str(self.mtu), 'up')
        sh('ip', 'addr', 'add', f'{CLIENT}/24', 'dev', WIRE)
        sh('ip', 'addr', 'add', f'{CLIENT6}/64', 'dev', WIRE, 'nodad')
        sh('ip', 'link', 'set', WIRE, 'up')
        sh('ip', 'route', 'add', 'default', 'via', '198.51.100.1')
        sh('ip', '-6', 'route', 'add', 'default', 'via', '2001:db8:100::1')

    def detach(self):
        sh('ip', 'netns', 'del', MIDDLE)
        until(lambda: sh('ip', 'link', 'show', WIRE, check=False).returncode != 0,
              'the link goes away')

    def swallow_errors(self):
        """The router drops its own ICMP errors."""
        sh(*self.prefix, 'nft', '-f', '-', input="""
table inet e2e {
    chain out {
        type filter hook output priority 0;
        icmp type destination-unreachable drop
        icmpv6 type packet-too-big drop
    }
}
""")


def hosts(mtu):
    """The addresses that are reached over a link with this MTU (RFC 8200 5)."""
    return (SERVER, SERVER6) if mtu >= 1280 else (SERVER,)


@contextlib.contextmanager
def behind_router(mtu, black_hole=False, config=''):
    """rstack behind the router; its addresses are in use."""
    with Rstack(config + CONFIG, path=Router(mtu), files={'body': BODY},
                address=f'{SERVER}/24, {SERVER6}/64', port='gateway = 192.0.2.254\n') as rstack:
        if black_hole:
            rstack.path.swallow_errors()
        until(lambda: all(sh('ping', '-c', '1', '-W', '1', host, check=False).returncode == 0
                          for host in hosts(mtu)), 'the addresses are in use')
        yield rstack


def download(rstack, host):
    """Get the body; give what /rstack/conn/show says of the connection."""
    with socket.create_connection((host, 80), PATIENCE) as sock:
        sock.settimeout(PATIENCE)
        sock.sendall(b'GET / HTTP/1.1\r\nHost: rstack\r\n\r\n')
        with sock.makefile('rb') as file:
            while file.readline() != b'\r\n':
                pass
            equal(hashlib.sha256(file.read(SIZE)).digest(), DIGEST, 'SHA-256')
        address, port = sock.getsockname()[:2]
        ends = [f'[{a}]:{p}' if ':' in a else f'{a}:{p}' for a, p in ((host, 80), (address, port))]
        return rstack.ask(f'/rstack/conn/show,{",".join(ends)}')


def errors_of_ipv4():
    """Fragmentation needed (RFC 1191), with an MTU of 1000."""
    with behind_router(1000) as rstack:
        connection = download(rstack, SERVER)
        equal(connection['path_mtu'], 1000)
        equal(connection['mss_full'], 1460)
        stats = rstack.stats()
        equal(stats['mss_lowered'], 1)
        equal(stats['path_black_holes'], 0)
        assert stats['icmp_taken'] >= 1


def errors_of_both():
    """The least MTU of IPv6: packet too big (RFC 8201), too."""
    with behind_router(1280) as rstack:
        for host in hosts(1280):
            equal(download(rstack, host)['path_mtu'], 1280)
        equal(rstack.stats()['mss_lowered'], 2)


def black_holes_are_found():
    """No error arrives: two time-outs lower the size to 1280 (RFC 4821 7.7)."""
    with behind_router(1280, black_hole=True) as rstack:
        for host in hosts(1280):
            equal(download(rstack, host)['path_mtu'], 1280)
        stats = rstack.stats()
        equal(stats['path_black_holes'], 2)
        equal(stats['mss_lowered'], 0)


def narrow_black_hole_is_found():
    """IPv4 goes down to 576."""
    with behind_router(600, black_hole=True) as rstack:
        equal(download(rstack, SERVER)['path_mtu'], 576)
        equal(rstack.stats()['path_black_holes'], 2)


def without_detection_nothing_arrives():
    """The same path with the key off, so that the tests above show something."""
    with behind_router(1280, black_hole=True, config='black_holes = no\n') as rstack:
        with socket.create_connection((SERVER, 80), PATIENCE) as sock:
            sock.sendall(b'GET / HTTP/1.1\r\nHost: rstack\r\n\r\n')
            until(lambda: rstack.stats()['rto_expired'] >= 4, 'four time-outs')
            sock.settimeout(0.2)
            equal(len(sock.recv(1 << 16)) if readable(sock) else 0, 0, 'bytes received')
            equal(rstack.stats()['path_black_holes'], 0)
            abort_at_close(sock)


def readable(sock):
    """Whether bytes have arrived."""
    try:
        return sock.recv(1, socket.MSG_PEEK) != b''
    except TimeoutError:
        return False


def main():
    """Run them all."""
    run([errors_of_ipv4, errors_of_both, black_holes_are_found, narrow_black_hole_is_found,
         without_detection_nothing_arrives],
        one_family='each test has the addresses of the family that it is about, or of both')


if __name__ == '__main__':
    main()
