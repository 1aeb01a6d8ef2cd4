#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The rstack authors
"""
Two rstacks with the same addresses behind one ECMP route, as when one of them drains: flows move
from one to the other when the route changes. Both have one cookie_secret.
"""
import contextlib
import os
import signal

from e2e import (CLIENT, CLIENT6, ECHO, MANY, MANY6, PATIENCE, SERVER, SERVER6, TAP, Family, Rstack,
                 Tap, client, equal, named, receive, run, sh, tcp_socket, until)

CONFIG = 'syn_cookies = always\ncookie_secret = @DIR@/secret\n[stop]\nhow = reset\n' + ECHO
# of MANY and MANY6: an address that both terminate
ANYCAST, ANYCAST6 = '198.18.0.80', '2001:db8:1::80'
FLOWS = 24


class Hop(Tap):
    """A next hop of the route: a TAP to which only the route leads."""

    def __init__(self, device):
        self.device = device

    def attach(self):
        # its link-local address is not that of the MAC, which rstack has, too
        sh('sysctl', '-qw', f'net.ipv4.conf.{self.device}.rp_filter=0',
           *(f'net.ipv6.conf.{self.device}.{key}' for key in
             ('addr_gen_mode=1', 'accept_ra=0', 'disable_ipv6=0')))
        sh('ip', 'addr', 'add', 'fe80::fe/64', 'dev', self.device, 'nodad')
        sh('ip', 'link', 'set', self.device, 'up')

    def detach(self):
        until(lambda: sh('ip', 'link', 'show', self.device, check=False).returncode != 0,
              'the TAP goes away')


def anycast():
    """The address of both, of the family of the test."""
    return ANYCAST6 if Family.ipv6 else ANYCAST


def route(*hops):
    """Let the route to the terminated prefixes have these next hops; flows keep theirs."""
    family, prefix, gateway = ('-6', MANY6, SERVER6) if Family.ipv6 else ('-4', MANY, SERVER)
    nexthops = [word for hop in hops
                for word in ('nexthop', 'via', gateway, 'dev', hop.path.device, 'onlink')]
    sh('ip', family, 'route', 'replace', prefix, *nexthops)


@contextlib.contextmanager
def pair(keys=''):
    """Two rstacks with one secret, and the route to both."""
    sh('sysctl', '-qw', 'net.ipv4.conf.all.rp_filter=0', 'net.ipv4.fib_multipath_hash_policy=1',
       'net.ipv6.fib_multipath_hash_policy=1', 'net.ipv6.conf.lo.disable_ipv6=0')
    sh('ip', 'addr', 'replace', f'{CLIENT}/32', 'dev', 'lo')
    sh('ip', 'addr', 'replace', f'{CLIENT6}/128', 'dev', 'lo', 'nodad')
    files = {'secret': os.urandom(32)}
    with contextlib.ExitStack() as stack:
        both = [stack.enter_context(Rstack(CONFIG + keys, files=files, prefix=f'e2e-{tap}',
                                           device=f'net_tap0,iface={tap}', path=Hop(tap),
                                           lcores='0@0,1@1'))
                for tap in (TAP, 'rstack1')]
        route(*both)
        yield both
        # a connection whose client lost its route to it does not end by itself
        for rstack in both:
            rstack.signal(signal.SIGTERM)
            equal(rstack.wait(), 0, f'exit status; rstack said {rstack.output()}')


@contextlib.contextmanager
def lost_acks():
    """The kernel's ACKs without data get lost, so that the last segment of a handshake does."""
    sh('nft', '-f', '-', input="""
table inet e2e {
    chain out {
        type filter hook output priority 0;
        tcp dport 7 tcp flags & (fin|syn|rst|psh|ack) == ack drop
    }
}
""")
    try:
        yield
    finally:
        sh('nft', 'delete', 'table', 'inet', 'e2e')


def dial(port):
    """A connection from a port of our own, which is part of the route's hash."""
    sock = tcp_socket()
    sock.settimeout(PATIENCE)
    sock.bind((client(), port))
    sock.connect((anycast(), 7))
    return sock


def speak(sock, word=b'still there?'):
    """Send a word and get it back."""
    sock.sendall(word)
    equal(receive(sock, len(word)), word)


def dial_all(first):
    """Connections from this port on, each used once."""
    socks = [dial(port) for port in range(first, first + FLOWS)]
    for sock in socks:
        speak(sock)
    return socks


def split(both, socks):
    """The sockets whose connection each of the two has."""
    parts = [[], []]
    for sock in socks:
        name = f'{named(anycast(), 7)},{named(*sock.getsockname()[:2])}'
        has = ['state' in rstack.ask(f'/rstack/conn/show,{name}') for rstack in both]
        equal(sorted(has), [False, True], name)
        parts[has.index(True)].append(sock)
    assert parts[0] and parts[1], 'the route leads to one of them only'
    return parts


def handshakes_begun_at_one_are_finished_at_the_other():
    """The SYN-ACK is of one, and the segment that acknowledges it reaches the other."""
    with pair() as (one, two):
        with lost_acks():
            socks = [dial(port) for port in range(20000, 20000 + FLOWS)]
        begun = [rstack.stats()['cookies_sent'] for rstack in (one, two)]
        assert min(begun) > 0, begun
        equal([rstack.stats()['established'] for rstack in (one, two)], [0, 0])
        route(two)
        for sock in socks:
            speak(sock)
        stats = two.stats()
        equal((stats['cookies_taken'], stats['established'], stats['cookies_bad']),
              (FLOWS, FLOWS, 0))
        equal(stats['resets_sent'] + one.stats()['resets_sent'], 0)
        for sock in socks:
            sock.close()
        two.wait_empty()


def move_flows(one, two, first):
    """Flows of both, which the route now leads to one: those that stay, and those that moved and
    have sent something since."""
    stay, move = split((one, two), dial_all(first))
    route(one)
    for sock in stay:
        speak(sock)
    for sock in move:
        sock.sendall(b'still there?')
    return stay, move


def flows_that_move_are_reset_with_the_reason():
    """RFC 9293 3.10.7.2: an established flow gets a reset where it is not known."""
    with pair() as (one, two):
        stay, move = move_flows(one, two, 21000)
        for sock in move:
            try:
                raise AssertionError(f'no reset, but {sock.recv(1)}')
            except ConnectionResetError:
                pass
        sent = one.ask('/rstack/reset/sent')
        equal({name: sent[name] for name in sent if sent[name] != 0},
              {'listen_bad_ack': len(move)})
        entries = one.ask('/rstack/reset/log').values()
        equal(sorted((entry['reason'], entry['raddr'], entry['rport']) for entry in entries),
              sorted(('listen_bad_ack', *sock.getsockname()[:2]) for sock in move))
        text = ' '.join(one.ask('/rstack/help,listen_bad_ack')['help'])
        assert 'before the route changed' in text, text
        for sock in stay + move:
            sock.close()


def flows_that_move_meet_silence_by_key_and_go_on_when_they_return():
    """no_connection = drop: the peer retransmits until its flow is back where it is known."""
    with pair('no_connection = drop\n') as (one, two):
        stay, move = move_flows(one, two, 22000)
        until(lambda: one.ask('/rstack/drop')['no_connection_drop'] >= len(move),
              'each segment is dropped')
        equal((one.stats()['resets_sent'], two.stats()['resets_sent']), (0, 0))
        route(two)
        for sock in move:
            equal(receive(sock, 12), b'still there?')
        equal((one.stats()['resets_sent'], two.stats()['resets_sent']), (0, 0))
        for sock in stay + move:
            sock.close()


if __name__ == '__main__':
    TESTS = [
        handshakes_begun_at_one_are_finished_at_the_other,
        flows_that_move_are_reset_with_the_reason,
        flows_that_move_meet_silence_by_key_and_go_on_when_they_return,
    ]
    run(TESTS, both=TESTS)
