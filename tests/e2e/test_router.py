#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The rstack authors
"""
Router advertisements (RFC 4861 6.3) of a real router: the kernel forwards between the TAP and a
host in a namespace behind it, and radvd advertises it. rstack-load reaches that host only through a
router that it has learned of; hosts behind the router are served by rstack in any case.
"""
import contextlib
import os
import signal
import socket
import struct
import subprocess
import tempfile
import time

from e2e import (PATIENCE, SERVER, SERVER6, SERVICES, TAP, Rstack, Tap, Telemetry, connect, echoes,
                 equal, run, sh, until)
from load import Load, load_file
from packets import ICMPV6, SYN, TCP, icmp, ip, packed

FAR, NEAR_FAR = 'far', 'far0'   # the namespace behind the router, and the router's link to it
TARGET = '2001:db8:9::2'
LOCAL = 'fe80::fe'              # the router's link-local address
ASKS = 'router_advertisements = yes\n'
RADVD = f"""
interface {TAP} {{
    AdvSendAdvert on;
    MinRtrAdvInterval 3;
    MaxRtrAdvInterval 4;
    AdvDefaultLifetime 1800;
    AdvLinkMTU 1400;
    prefix 2001:db8::/64 {{ AdvOnLink on; AdvAutonomous off; }};
}};
"""
PREFERENCES = {'medium': 0, 'high': 1 << 3}
ALL_NODES = 'ff02::1'


class RouterTap(Tap):
    """The TAP is a link of the router."""

    def attach(self):
        """Its link-local address is not that of the MAC, which rstack has, too."""
        sh('sysctl', '-qw', *(f'net.ipv6.conf.{TAP}.{key}' for key in
                              ('addr_gen_mode=1', 'accept_ra=0', 'disable_ipv6=0')))
        sh('ip', 'addr', 'add', f'{LOCAL}/64', 'dev', TAP, 'nodad')
        sh('ip', 'addr', 'add', '2001:db8::fe/64', 'dev', TAP, 'nodad')
        sh('ip', 'link', 'set', TAP, 'up')


@contextlib.contextmanager
def far_host():
    """A host behind the router, with an HTTP server."""
    sh('ip', 'netns', 'add', FAR)
    try:
        sh('sysctl', '-qw', 'net.ipv6.conf.all.forwarding=1')
        sh('ip', 'link', 'add', NEAR_FAR, 'type', 'veth', 'peer', 'name', NEAR_FAR, 'netns', FAR)
        sh('sysctl', '-qw', f'net.ipv6.conf.{NEAR_FAR}.disable_ipv6=0')
        sh('ip', 'addr', 'add', '2001:db8:9::1/64', 'dev', NEAR_FAR, 'nodad')
        sh('ip', 'link', 'set', NEAR_FAR, 'up')
        sh('ip', '-n', FAR, 'link', 'set', 'lo', 'up')
        sh('ip', '-n', FAR, 'addr', 'add', f'{TARGET}/64', 'dev', NEAR_FAR, 'nodad')
        sh('ip', '-n', FAR, 'link', 'set', NEAR_FAR, 'up')
        sh('ip', '-n', FAR, '-6', 'route', 'add', 'default', 'via', '2001:db8:9::1')
        with tempfile.TemporaryDirectory() as empty, \
                process('ip', 'netns', 'exec', FAR, 'python3', '-m', 'http.server', '-b', TARGET,
                        '80', cwd=empty):
            until(lambda: at_far('curl', '-sg', '-o', '/dev/null', f'http://[{TARGET}]/',
                                 check=False).returncode == 0, 'the HTTP server serves')
            yield
    finally:
        sh('ip', 'netns', 'del', FAR)
        until(lambda: sh('ip', 'link', 'show', NEAR_FAR, check=False).returncode != 0,
              'the link goes away')


def at_far(*command, **options):
    """Run a command on the host behind the router."""
    return sh('ip', 'netns', 'exec', FAR, *command, **options)


@contextlib.contextmanager
def process(*command, **options):
    """A process as long as the block."""
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL, **options) as running:
        try:
            yield running
        finally:
            running.kill()


@contextlib.contextmanager
def radvd():
    """radvd on the TAP, which is there."""
    with tempfile.TemporaryDirectory() as directory:
        config = os.path.join(directory, 'radvd.conf')
        with open(config, 'w', encoding='utf-8') as file:
            file.write(RADVD)
        os.chmod(config, 0o600)
        with process('radvd', '-n', '-C', config, '-p', os.path.join(directory, 'pid'),
                     '-m', 'none') as running:
            yield running


def ask_load(command):
    """One telemetry command to rstack-load."""
    with contextlib.closing(Telemetry('e2e-load')) as telemetry:
        return telemetry.ask(command)


def requests(counter):
    """A counter of rstack-load."""
    return ask_load('/rstack/load/stats')[counter]


@contextlib.contextmanager
def loading(port=''):
    """rstack-load, which sends requests to the host behind the router as long as the block."""
    running = Load(text=load_file(
        f'net_tap0,iface={TAP}', f'{SERVER6}/64', f'target = [{TARGET}]:80\nrate = 20',
        'dad_transmits = 0\n' + port))
    try:
        running.wait_up()
        RouterTap().attach()
        yield
        running.process.send_signal(signal.SIGINT)
        running.wait()
    finally:
        running.kill()
        RouterTap().detach()


def more(counter, n=5):
    """Wait until this counter of rstack-load has grown."""
    before = requests(counter)
    until(lambda: requests(counter) >= before + n, f'{n} more of {counter}')


def none_completed():
    """Whether requests fail, and none succeeds meanwhile."""
    before = requests('completed')
    more('unreachable')
    return requests('completed') == before


def router_is_taken_and_given_up():
    """Without a router no request leaves; with radvd they do; its last words end that."""
    with far_host(), loading(ASKS):
        more('unreachable')
        equal(requests('completed'), 0)
        with radvd() as router:
            until(lambda: ask_load('/rstack/stats')['routers_added'] == 1, 'the router is taken')
            more('completed')
            equal(ask_load('/rstack/stats')['routers_removed'], 0)
            # radvd ends with an advertisement that has lifetime 0
            router.send_signal(signal.SIGTERM)
            router.wait(PATIENCE)
            until(lambda: ask_load('/rstack/stats')['routers_removed'] == 1, 'it is given up')
            # connections that were open by then end as they like
            until(none_completed, 'only failures')


def advertisements_are_ignored_without_the_key():
    """The default: the router is not used, and the advertisements are counted as ignored."""
    with far_host(), loading(), radvd():
        until(lambda: ask_load('/rstack/drop')['nd_ignored'] > 0, 'an advertisement is ignored')
        more('unreachable')
        stats = ask_load('/rstack/stats')
        equal((requests('completed'), stats['routers_added'], stats['router_advertisements']),
              (0, 0, 0))


def hosts_behind_the_router_are_served():
    """Echo and HTTP through the router, with and without the key."""
    with far_host():
        for port in ASKS, '':
            with Rstack(SERVICES, address=f'{SERVER}/24, {SERVER6}/64', path=RouterTap(),
                        port='dad_transmits = 0\n' + port) as rstack, radvd():
                if port:
                    until(lambda stats=rstack.stats: stats()['routers_added'] == 1,
                          'the router is taken')
                else:
                    until(lambda ask=rstack.ask: ask('/rstack/drop')['nd_ignored'] > 0,
                          'an advertisement is ignored')
                got = at_far('curl', '-sgf', f'http://[{SERVER6}]/').stdout
                equal(len(got), 1024)
                equal(at_far('nc', '-N', SERVER6, '7', input='from afar').stdout, 'from afar')
                with connect(7, SERVER6) as sock:
                    echoes(sock)
                equal(rstack.stats()['routers_added'], 1 if port else 0)


class Routers:
    """Routers beside the kernel on the TAP; the last byte of the address is that of the MAC."""

    def __init__(self):
        self.sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
        self.sock.bind((TAP, 0))
        self.sock.settimeout(0.2)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.sock.close()

    @staticmethod
    def mac(host):
        """The MAC of router fe80::host."""
        return bytes([2, 0, 0, 0, 0, host])

    def advertise(self, host, lifetime=1800, preference='medium', hop_limit=255, src=None):
        """Send an advertisement (RFC 4861 4.2, RFC 4191 2.2)."""
        src = src or f'fe80::{host:x}'
        body = struct.pack('!BBHII', 64, PREFERENCES[preference], lifetime, 0, 0) + \
            b'\1\1' + self.mac(host)
        message = ip(ICMPV6, src, ALL_NODES, icmp(src, ALL_NODES, 134, 0, body))
        self.sock.send(b'\x33\x33\0\0\0\1' + self.mac(host) + b'\x86\xdd' +
                       message[:7] + bytes([hop_limit]) + message[8:])

    def answer(self, frame):
        """Answer a solicitation for the address of a router (RFC 4861 4.4)."""
        target = frame[62:78]
        src = socket.inet_ntop(socket.AF_INET6, target)
        dst = socket.inet_ntop(socket.AF_INET6, frame[22:38])
        if target[:-1] != packed('fe80::')[:-1] or target == packed(LOCAL):
            return
        body = struct.pack('!I', 0xe << 28) + target + b'\2\1' + self.mac(target[-1])
        message = ip(ICMPV6, src, dst, icmp(src, dst, 136, 0, body))
        self.sock.send(frame[6:12] + self.mac(target[-1]) + b'\x86\xdd' + message[:7] + b'\xff' +
                       message[8:])

    def next_syn(self):
        """The router that the next SYN goes to; None: there was none for a moment."""
        try:
            frame = self.sock.recv(2048)
        except TimeoutError:
            return None
        if frame[12:14] != b'\x86\xdd' or len(frame) < 78:
            return None
        if frame[20] == ICMPV6 and frame[54] == 135:
            self.answer(frame)
        if frame[20] == TCP and frame[67] == SYN and frame[38:54] == packed(TARGET):
            return frame[5]
        return None

    def wait_syn(self, host):
        """Wait until a SYN goes to this router."""
        end = time.monotonic() + PATIENCE
        while self.next_syn() != host:
            assert time.monotonic() < end, f'no SYN goes to router {host:x}'


def preferred_router_is_used():
    """RFC 4191: the one with high preference, until its lifetime is over."""
    with loading(ASKS), Routers() as routers:
        routers.advertise(0x51)
        routers.wait_syn(0x51)
        routers.advertise(0x52, preference='high')
        routers.wait_syn(0x52)
        routers.advertise(0x52, lifetime=0)
        routers.wait_syn(0x51)
        equal(ask_load('/rstack/stats')['routers_removed'], 1)


def advertisements_of_other_links_are_ignored():
    """RFC 4861 6.1.2: a hop limit other than 255, a source that is not link-local; a lifetime."""
    with Rstack(SERVICES, address=f'{SERVER}/24, {SERVER6}/64', path=RouterTap(),
                port='dad_transmits = 0\n' + ASKS) as rstack, Routers() as routers:
        for n, wrong in enumerate(({'hop_limit': 254}, {'hop_limit': 64},
                                   {'src': '2001:db8::51'}), 1):
            routers.advertise(0x51, **wrong)
            until(lambda n=n: rstack.ask('/rstack/drop')['nd_bad'] == n, f'{wrong} is refused')
        stats = rstack.stats()
        equal((stats['routers_added'], stats['router_advertisements']), (0, 0))
        routers.advertise(0x51, lifetime=1)
        until(lambda: rstack.stats()['routers_added'] == 1, 'the router is taken')
        until(lambda: rstack.stats()['routers_removed'] == 1, 'its lifetime is over')
        equal(rstack.stats()['router_advertisements'], 1)


if __name__ == '__main__':
    run([
        router_is_taken_and_given_up,
        advertisements_are_ignored_without_the_key,
        hosts_behind_the_router_are_served,
        preferred_router_is_used,
        advertisements_of_other_links_are_ignored,
    ], one_family='router advertisements are of IPv6')
