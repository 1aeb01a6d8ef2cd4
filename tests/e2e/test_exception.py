#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The rstack authors
"""
A kernel that shares rstack's port: its own TCP and UDP ports, ping, and BGP, BFD and OSPF by Bird;
also in VLANs.
"""
import contextlib
import ctypes
import errno
import os
import shutil
import socket
import subprocess
import tempfile
import threading

from e2e import (CLIENT, CLIENT6, ECHO, MANY, MANY6, MIDDLE, PATIENCE, SERVER, SERVER6, WIRE,
                 Bridge, Rstack, Skip, client, connect, equal, families, listen, raises,
                 receive, run, server, sh, until, url)
from load import Load, load_file
from test_ports import VHOST, Nobody
from test_vlan import Vlan, echo_through, tag

TWO = '0@0,1@0,2@1'
KERNEL = 'kern0'
SSH, BGP, BFD = 22, 179, 3784
WEB = listen('web', 80, 'http', body=1024)
VIP, VIP6 = MANY.replace('.0/15', '.1'), MANY6.replace('/48', '1')


class Host(Bridge):
    """The namespace of rstack has a kernel that shares its port; the client is beyond a bridge."""

    routed = False

    def attach(self):
        super().attach()
        inside = ('ip', '-n', MIDDLE)
        # or it would answer ARP requests at the bridge for the address of its interface
        self.inside('sysctl', '-qw', 'net.ipv4.conf.all.arp_ignore=1',
                    f'net.ipv6.conf.{KERNEL}.disable_ipv6=0')
        sh(*inside, 'addr', 'add', f'{SERVER}/24', 'dev', KERNEL)
        sh(*inside, 'addr', 'add', f'{SERVER6}/64', 'dev', KERNEL, 'nodad')

    def detach(self):
        # sockets of the kernel whose interface went with rstack keep the namespace for a while
        sh('ip', 'link', 'del', self.device)
        super().detach()

    def inside(self, *command, **options):
        """Run a command in the namespace of rstack."""
        return sh(*self.prefix, *command, **options)


def rstack_beside_kernel(config=ECHO + WEB, keys='', **options):
    """An appliance of two workers whose port has a kernel, too."""
    return Rstack(config, path=Host(), port=f'kernel = {KERNEL}\nkernel_tcp = {SSH}, {BGP}\n'
                  f'kernel_udp = {BFD}-{BFD + 1}\nkernel_protocols = 1, 58, 89\n{keys}', **options)


@contextlib.contextmanager
def kernel_socket(kind, port=0, host=None):
    """A socket of the kernel beside rstack, bound to rstack's address, or that of a VLAN."""
    libc = ctypes.CDLL(None, use_errno=True)
    host = host or server()
    family = socket.AF_INET6 if ':' in host else socket.AF_INET
    with open('/proc/self/ns/net', 'rb') as here, open(f'/run/netns/{MIDDLE}', 'rb') as there:
        equal(libc.setns(there.fileno(), 0), 0, 'setns')
        try:
            sock = socket.socket(family, kind)
        finally:
            equal(libc.setns(here.fileno(), 0), 0, 'setns')
    with sock:
        sock.settimeout(PATIENCE)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((host, port))
        yield sock


def echo_forever(listener):
    """Send back what each connection sends, until the listener is closed."""
    with contextlib.suppress(OSError):
        while True:
            sock = listener.accept()[0]
            with sock:
                sock.sendall(sock.recv(1000))


def lcores(rstack):
    """The counters of each worker."""
    return [rstack.ask(f'/rstack/lcore/stats,{lcore}')
            for lcore in rstack.ask('/rstack/lcore/list')]


def get_page(address):
    """The page of rstack's listener comes whole."""
    equal(len(sh('curl', '-gsSf', '--max-time', str(PATIENCE), address).stdout), 1024)


def kernel_serves_tcp_beside_rstack():
    """Port 22 is the kernel's, whatever worker a segment reaches; 80 is rstack's, 23 nobody's."""
    with rstack_beside_kernel(lcores=TWO) as rstack:
        for _ in families():
            with kernel_socket(socket.SOCK_STREAM, SSH) as listener:
                listener.listen(64)
                threading.Thread(target=echo_forever, args=(listener,), daemon=True).start()
                for _ in range(30):
                    with connect(SSH) as sock:
                        sock.sendall(b'SSH-2.0-kernel\r\n')
                        equal(receive(sock, 16), b'SSH-2.0-kernel\r\n')
                listener.shutdown(socket.SHUT_RDWR)
            get_page(url())
            with connect(7) as sock:
                sock.sendall(b'rstack')
                equal(receive(sock, 6), b'rstack')
            # now the kernel refuses, and rstack at the port behind
            raises(errno.ECONNREFUSED, connect, SSH)
            raises(errno.ECONNREFUSED, connect, SSH + 1)
        stats = rstack.stats()
        equal((stats['resets_sent'], stats['kernel_limited'], stats['kernel_full']), (2, 0, 0))
        assert stats['from_kernel'] > 120, stats
        assert stats['excepted'] <= stats['to_kernel'], stats
        for worker in lcores(rstack):
            assert worker['to_kernel'] > 0, lcores(rstack)
        equal(rstack.ask('/rstack/port/info,0')['kernel'], KERNEL)


def kernel_opens_connections():
    """To a port that is listed; a peer that comes from there opens none to another port."""
    with rstack_beside_kernel(lcores=TWO) as rstack:
        for _ in families():
            with socket.create_server((client(), BGP), family=socket.AF_INET6 if
                                      ':' in client() else socket.AF_INET) as listener:
                threading.Thread(target=echo_forever, args=(listener,), daemon=True).start()
                for _ in range(4):
                    with kernel_socket(socket.SOCK_STREAM) as sock:
                        sock.connect((client(), BGP))
                        sock.sendall(b'OPEN')
                        equal(receive(sock, 4), b'OPEN')
                listener.shutdown(socket.SHUT_RDWR)
            with kernel_socket(socket.SOCK_STREAM, 8080) as listener:
                listener.listen()
                raises(errno.ECONNREFUSED, connect, 8080)
            with kernel_socket(socket.SOCK_DGRAM, BFD) as inside, socket.socket(
                    inside.family, socket.SOCK_DGRAM) as outside:
                outside.settimeout(PATIENCE)
                outside.connect((server(), BFD))
                outside.send(b'control packet')
                data, address = inside.recvfrom(100)
                equal(data, b'control packet')
                inside.sendto(b'answer', address)
                equal(outside.recv(100), b'answer')
                outside.connect((server(), BFD + 2))
                outside.send(b'to nobody')
                raises(errno.ECONNREFUSED, outside.recv, 1)
            rstack.path.inside('ping', '-c', '1', '-W', str(PATIENCE), client())
            sh('ping', '-c', '1', '-W', str(PATIENCE), server())
        equal(rstack.ask('/rstack/reset/sent')['no_listener'], 2)
        assert 'UP' in rstack.path.inside('ip', 'link', 'show', KERNEL).stdout.split('\n')[0]


VLANS = f"""
[port 1]
device = net_tap0,iface=rstack0
queues = 1
vlan = 100
vlan_priority = 5
address = 198.51.100.1/24
kernel = {KERNEL}v
kernel_tcp = {SSH}
kernel_protocols = 1
[port 2]
device = net_tap0,iface=rstack0
queues = 1
vlan = 200.100
address = 203.0.113.1/24
kernel = {KERNEL}q
kernel_tcp = {SSH}
kernel_protocols = 1
"""


def each_vlan_has_a_kernel_interface():
    """
    One tag and two: frames of the kernel have them on the wire, and none in its interface. Workers
    hand frames over to each other, with the port of their tags.
    """
    with rstack_beside_kernel(ECHO + VLANS, keys='queues = 1\n', lcores=TWO) as rstack:
        for name, prefix, tags in (('v', '198.51.100', [tag(0x8100, 5 << 13 | 100)]),
                                   ('q', '203.0.113', [tag(0x88a8, 200), tag(0x8100, 100)])):
            device, own, peer = KERNEL + name, f'{prefix}.1', f'{prefix}.2'
            rstack.path.inside('ip', 'addr', 'add', f'{own}/24', 'dev', device)
            with Vlan(tags, device=WIRE, addresses=[peer]) as vlan:
                with kernel_socket(socket.SOCK_STREAM, SSH, own) as listener:
                    listener.listen(64)
                    threading.Thread(target=echo_forever, args=(listener,), daemon=True).start()
                    for _ in range(5):
                        with connect(SSH, own) as sock:
                            sock.sendall(b'SSH-2.0-kernel\r\n')
                            equal(receive(sock, 16), b'SSH-2.0-kernel\r\n')
                    # rstack has the other ports of the address, and the untagged port as well
                    echo_through(own, 100000)
                    echo_through(SERVER, 100000)
                    raises(errno.ECONNREFUSED, connect, SSH)
                    listener.shutdown(socket.SHUT_RDWR)
                # it resolves its neighbour; this is the largest frame of the peer's interface
                rstack.path.inside('ip', 'neigh', 'flush', 'dev', device)
                rstack.path.inside('ping', '-c', '1', '-W', str(PATIENCE), '-M', 'do', '-s', '1464',
                                   peer)
                rstack.wait_empty()
                equal(vlan.seen - {b''}, {b''.join(tags)})
        equal([rstack.ask(f'/rstack/port/info,{i}')['kernel'] for i in range(3)],
              [KERNEL, KERNEL + 'v', KERNEL + 'q'])


def answer_requests(listener, count):
    """Answer so many requests of rstack-load, which gives up those that wait too long."""
    listener.settimeout(PATIENCE)
    while count > 0:
        sock = listener.accept()[0]
        with sock, contextlib.suppress(ConnectionError):
            sock.settimeout(PATIENCE)
            count -= sock.recv(4096) != b''
            sock.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')


LOCAL_PEER = load_file(f'net_virtio_user0,path={VHOST}', f'{CLIENT}/24',
                       f'target = {SERVER}:{SSH}\nconcurrency = 1', lcores='0@0,1@0')


def peer_leaves_checksums_to_its_device():
    """
    A virtio-user gives frames to its vhost port without checksums, as a VM gives them to others of
    its host: the kernel gets them with checksums.
    """
    with contextlib.suppress(FileNotFoundError):
        os.unlink(VHOST)
    with Rstack(ECHO, path=Nobody(), device=f'net_vhost0,iface={VHOST}', wait=False,
                port=f'kernel = {KERNEL}\nkernel_tcp = {SSH}\n') as rstack:
        until(lambda: os.path.exists(VHOST) or rstack.process.poll() is not None, 'vhost port')
        load = Load(text=LOCAL_PEER)
        try:
            rstack.wait_up()
            sh('ip', 'addr', 'add', f'{SERVER}/24', 'dev', KERNEL)
            sh('ip', 'link', 'set', KERNEL, 'up')
            with socket.create_server((SERVER, SSH)) as listener:
                answer_requests(listener, 5)
        finally:
            load.kill()
        equal(rstack.ask('/rstack/port/info,0')['rx_tcp_checksum'], 'device')
        wrong = sh('nstat', '-asz', 'TcpInCsumErrors').stdout.split()
        equal(wrong[wrong.index('TcpInCsumErrors') + 1], '0')


def flood_is_limited():
    """kernel_rate: what is beyond is counted, and rstack goes on."""
    with rstack_beside_kernel(keys='kernel_rate = 20\n') as rstack, \
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        def limited():
            for _ in range(50):
                sock.sendto(b'flood', (SERVER, BFD))
            return rstack.stats()['kernel_limited'] > 200
        until(limited, 'frames beyond the limit')
        get_page(url())
        stats = rstack.stats()
        assert 20 <= stats['to_kernel'] < stats['excepted'], stats
        equal(stats['kernel_full'], 0)


# Of each session one side is passive, because when both connect at once, a Bird closes one
# connection, and BFD may begin anew 3 s later.
COMMON = """
log stderr all;
router id {own};
protocol device {{ scan time 1; }}
protocol bfd {{ interface "*" {{ interval 200 ms; multiplier 15; }}; }}
template bgp session {{ bfd; connect delay time 1; connect retry time 1; error wait time 1, 2; }}
protocol bgp peer4 from session {{
    local {own} as {as_own}; neighbor {peer} as {as_peer}; passive {passive4};
    ipv4 {{ import all; export filter announced; next hop self; }};
}}
protocol bgp peer6 from session {{
    local {own6} as {as_own}; neighbor {peer6} as {as_peer}; passive {passive6};
    ipv6 {{ import all; export filter announced; next hop self; }};
}}
"""

ANNOUNCES = f"""
filter announced {{ if source = RTS_STATIC then accept; reject; }}
protocol static vip4 {{ ipv4; route {VIP}/32 blackhole; }}
protocol static vip6 {{ ipv6; route {VIP6}/128 blackhole; }}
"""

ROUTES = """
filter announced { reject; }
protocol kernel { ipv4 { export all; }; }
protocol kernel { ipv6 { export all; }; }
"""


OSPF = """
log stderr all;
router id {own};
protocol device {{ scan time 1; }}
protocol ospf v2 ospf4 {{ ipv4 {{ import all; export filter announced; }}; {area} }}
protocol ospf v3 ospf6 {{ ipv6 {{ import all; export filter announced; }}; {area} }}
"""

AREA = """area 0 {{ interface "{device}" {{
    type broadcast; priority {priority}; hello 1; wait 2; dead 30; retransmit 2;
}}; }};"""


def ospf(own, device, priority):
    """The configuration of a Bird that speaks OSPF of both families."""
    return OSPF.format(own=own, area=AREA.format(device=device, priority=priority))


class Bird:
    """A Bird, in a namespace."""

    def __init__(self, directory, name, config, prefix=()):
        self.socket = os.path.join(directory, name + '.ctl')
        self.output = os.path.join(directory, name + '.log')
        path = os.path.join(directory, name + '.conf')
        with open(path, 'w', encoding='utf-8') as file:
            file.write(config)
        with open(self.output, 'w', encoding='utf-8') as output:
            self.process = subprocess.Popen([*prefix, 'bird', '-f', '-c', path, '-s', self.socket],
                                            stdout=output, stderr=output)

    def ask(self, *command):
        """The answer to a command of birdc; "" before it runs."""
        return sh('birdc', '-s', self.socket, *command, check=False).stdout

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        self.process.terminate()
        self.process.wait(PATIENCE)
        if kind is not None:
            with open(self.output, encoding='utf-8') as file:
                print('# bird said:', file.read())


def route(address):
    """The routes of the client to an address; "" if there is none."""
    return sh('ip', '-6' if ':' in address else '-4', 'route', 'show', address).stdout


HOOK = """#!/bin/sh
birdc -s {socket} disable vip4
birdc -s {socket} disable vip6
while [ ! -e {go} ]; do sleep 0.05; done
"""


def announce(us, them, met, rules=''):
    """
    Two Birds with these configurations, beside rstack and at the client: the client has routes to
    what rstack terminates, until the hook of the stop withdraws them. met(bird) says whether a
    Bird has met the other; rules are nftables in the namespace of rstack, which are returned as
    they stand when the routes are there.
    """
    if shutil.which('bird') is None:
        raise Skip('no bird (package bird2)')
    with tempfile.TemporaryDirectory() as directory:
        go, hook = os.path.join(directory, 'go'), os.path.join(directory, 'hook')
        with open(hook, 'w', encoding='utf-8') as file:
            file.write(HOOK.format(socket=os.path.join(directory, 'us.ctl'), go=go))
        os.chmod(hook, 0o755)
        with rstack_beside_kernel(f'[stop]\nhook = {hook}\nhook_timeout = 60s\n{ECHO}{WEB}',
                                  lcores=TWO) as rstack:
            rstack.path.inside('nft', '-f', '-', input=rules)
            with Bird(directory, 'us', ANNOUNCES + us, rstack.path.prefix) as bird, \
                    Bird(directory, 'them', ROUTES + them) as router:
                until(lambda: met(bird) and met(router) and f'via {SERVER} ' in route(VIP) and
                      'via ' in route(VIP6), 'sessions and routes of both families', 2 * PATIENCE)
                for address in VIP, f'[{VIP6}]':
                    get_page(f'http://{address}/')
                ruled = rstack.path.inside('nft', 'list', 'ruleset').stdout
                rstack.wait_empty()
                rstack.signal()
                until(lambda: not route(VIP) and not route(VIP6), 'the routes are withdrawn')
                # the hook runs still, so rstack serves, and the Birds have not parted
                get_page(f'http://{SERVER}/')
                assert met(router), 'the Birds have parted'
                with open(go, 'w', encoding='utf-8'):
                    pass
                equal(rstack.wait(), 0, rstack.output())
    return ruled


def bird_announces_what_rstack_terminates():
    """BGP and BFD of both families through rstack's port; the stop's hook withdraws the routes."""
    announce(COMMON.format(own=SERVER, own6=SERVER6, peer=CLIENT, peer6=CLIENT6, as_own=65001,
                           as_peer=65002, passive4='on', passive6='off'),
             COMMON.format(own=CLIENT, own6=CLIENT6, peer=SERVER, peer6=SERVER6, as_own=65002,
                           as_peer=65001, passive4='off', passive6='on'),
             lambda bird: bird.ask('show', 'protocols').count('Established') == 2 and
             bird.ask('show', 'bfd', 'sessions').count(' Up ') == 2)


TO_ROUTERS = f"""table inet e2e {{
    chain in {{
        type filter hook prerouting priority 0;
        iifname {KERNEL} ip daddr 224.0.0.6 meta l4proto 89 counter
        iifname {KERNEL} ip6 daddr ff02::6 meta l4proto 89 counter
    }}
}}
"""


def ospf_announces_what_rstack_terminates():
    """Two routers that meet by multicast, over both families; then as with BGP."""
    def met(bird):
        return all('Full/' in bird.ask('show', 'ospf', 'neighbors', f'ospf{family}')
                   for family in (4, 6))
    # the client is not the designated router, so its updates go to 224.0.0.6 and ff02::6
    counters = announce(ospf(SERVER, KERNEL, 1), ospf(CLIENT, WIRE, 0), met, TO_ROUTERS)
    equal((counters.count('counter packets'), counters.count('counter packets 0 ')), (2, 0))


if __name__ == '__main__':
    run([
        kernel_serves_tcp_beside_rstack,
        kernel_opens_connections,
        each_vlan_has_a_kernel_interface,
        peer_leaves_checksums_to_its_device,
        flood_is_limited,
        bird_announces_what_rstack_terminates,
        ospf_announces_what_rstack_terminates,
    ], dual=True)
