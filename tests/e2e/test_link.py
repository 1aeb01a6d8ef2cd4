#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The rstack authors
"""Below TCP: ARP, ping, UDP, and frames as the kernel counts them."""
import errno
import ipaddress
import json
import random
import socket
import time

from e2e import (ECHO, MANY, SERVER, TAP, Rstack, connect, echoes, equal, raises, receive, run,
                 sh, until)


def link_counters():
    """Packets that the kernel sent to and received from rstack."""
    link = json.loads(sh('ip', '-s', '-j', 'link', 'show', TAP).stdout)[0]['stats64']
    return link['tx']['packets'], link['rx']['packets']


def ping_is_answered():
    """Every echo request, with every length up to the MTU."""
    with Rstack() as rstack:
        # One at a time: ping waits long for its first answer only.
        for size in (0, 1, 8, 56, 1000, 1472) * 5:
            result = sh('ping', '-c', '1', '-W', '10', '-M', 'do', '-s', str(size), SERVER)
            assert '1 received, 0% packet loss' in result.stdout, result.stdout
        equal(rstack.stats()['echo_replies'], 30)


def every_address_of_a_prefix_is_answered():
    """ARP and ping for 20 of 131,072 addresses, those at both ends among them."""
    network = ipaddress.ip_network(MANY)
    rng = random.Random(7)
    hosts = [network[0], network[1], network[-2], network[-1]]
    hosts += [network[rng.randrange(network.num_addresses)] for _ in range(16)]
    with Rstack() as rstack:
        for host in hosts:
            sh('ping', '-c', '1', '-W', '5', str(host))
            with connect(7, str(host)) as sock:
                sock.sendall(b'ping')
                equal(receive(sock, 4), b'ping')
        assert rstack.stats()['arp_replies'] >= len(set(hosts))
        neighbours = json.loads(sh('ip', '-j', 'neigh', 'show', 'dev', TAP).stdout)
        macs = {entry['lladdr'] for entry in neighbours if entry['dst'] in map(str, hosts)}
        equal(len(macs), 1, 'one MAC address has all of them')


def other_addresses_are_not_answered():
    """Not ours: no ARP reply, and the kernel says so."""
    with Rstack() as rstack:
        result = sh('ping', '-c', '1', '-W', '1', '192.0.2.77', check=False)
        equal(result.returncode, 1)
        until(lambda: rstack.ask('/rstack/drop')['arp_not_ours'] > 0, 'counted')
        equal(rstack.stats()['arp_replies'], 0)


def closed_udp_port_is_refused():
    """ICMP port unreachable arrives as ECONNREFUSED."""
    with Rstack() as rstack:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.settimeout(10)
            sock.connect((SERVER, 9999))
            sock.send(b'anybody?')
            raises(errno.ECONNREFUSED, sock.recv, 1)
        equal(rstack.stats()['icmp_unreachables'], 1)


def port_unreachables_are_limited():
    """[icmp] errors_per_second: of 500 at once far fewer are answered."""
    with Rstack('[icmp]\nerrors_per_second = 10\n') as rstack:
        begin = time.monotonic()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            for _ in range(500):
                sock.sendto(b'x', (SERVER, 9999))
        until(lambda: rstack.stats()['rx_udp'] == 500, 'all have come')
        stats = rstack.stats()
        seconds = time.monotonic() - begin
        assert 1 <= stats['icmp_unreachables'] <= 10 + 10 * (seconds + 1), stats
        equal(stats['icmp_unreachables'] + rstack.ask('/rstack/drop')['icmp_limited'], 500)


def frames_add_up():
    """Frames that rstack received and sent are those that the kernel sent and received."""
    with Rstack() as rstack:
        sh('ping', '-c', '20', '-i', '0.01', SERVER)
        for _ in range(50):
            with connect(7) as sock:
                sock.sendall(bytes(5000))
                receive(sock, 5000)
        for port in range(2000, 2050):
            raises(errno.ECONNREFUSED, connect, port)
        rstack.wait_empty()

        def counted():
            stats = rstack.stats()
            return stats['rx_frames'], stats['tx_frames']
        until(lambda: counted() == link_counters(), 'both count the same frames', 5)
        equal(rstack.stats()['tx_full'], 0)


def foreign_hosts_are_served_through_the_link():
    """Replies go back to the MAC address that the frame came from, whatever the source."""
    with Rstack():
        sh('ip', 'addr', 'add', '203.0.113.5/32', 'dev', 'lo')
        with socket.socket() as sock:
            sock.settimeout(10)
            sock.bind(('203.0.113.5', 0))
            sock.connect((SERVER, 7))
            sock.sendall(b'far')
            equal(receive(sock, 3), b'far')


def each_address_of_the_port_is_served():
    """Three addresses in two subnets: ping and TCP."""
    addresses = ('192.0.2.1', '192.0.2.9', '198.51.100.1')
    with Rstack(ECHO, address=', '.join(f'{address}/24' for address in addresses)) as rstack:
        sh('ip', 'addr', 'add', '198.51.100.2/24', 'dev', TAP)
        for address in addresses:
            sh('ping', '-c', '1', '-W', '10', address)
            with connect(7, address) as sock:
                echoes(sock)
        equal(rstack.ask('/rstack/port/info,0')['addresses'],
              [f'{address}/24' for address in addresses])


def small_mtu_is_kept():
    """[port 0] mtu: no segment is larger."""
    with Rstack(ECHO, port='mtu = 600'):
        sh('ip', 'link', 'set', TAP, 'mtu', '1500')
        with connect(7) as sock:
            sock.sendall(bytes(100000))
            receive(sock, 100000)
            # RFC 9293 3.7.1: MSS option is the MTU less 40; timestamps take 12 of it (RFC 6691)
            info = sh('ss', '-tinH', 'dst', SERVER).stdout
        assert ' mss:548 ' in info, info


if __name__ == '__main__':
    run([
        ping_is_answered,
        every_address_of_a_prefix_is_answered,
        other_addresses_are_not_answered,
        closed_udp_port_is_refused,
        port_unreachables_are_limited,
        frames_add_up,
        foreign_hosts_are_served_through_the_link,
        each_address_of_the_port_is_served,
        small_mtu_is_kept,
    ], one_family='ARP, broadcasts and ICMP of IPv4 are under test; test_ipv6 has those of IPv6')
