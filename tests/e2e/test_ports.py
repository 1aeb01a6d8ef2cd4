#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The rstack authors
"""Ports: several devices, a link that goes down and comes back, frames of 9,600 bytes."""
import contextlib
import os
import threading

from e2e import (CLIENT, CLIENT6, ECHO, SERVER, SERVER6, TAP, Family, Rstack, Tap, connect,
                 echoes, equal, listen, receive, run, sh, until)
from load import Load, load_file

SECOND = 'rstack1'
SERVER_2, CLIENT_2 = '198.51.100.1', '198.51.100.2'
VHOST = '/run/rstack-vhost.sock'
JUMBO_MSS = 9600 - 40
BODY = 20 * JUMBO_MSS

JUMBO = 'dad_transmits = 0\nmtu = 9600\n'  # of both ports


def jumbo_load(target):
    """The text of a file for rstack-load on the other side of the vhost port."""
    return load_file(f'net_virtio_user0,path={VHOST}', f'{CLIENT}/24, {CLIENT6}/64',
                     f'target = {target}:80\ncount = 50\nconcurrency = 5', JUMBO,
                     'timestamps = no\nmsl = 100ms', '0@0,1@0')


class Nobody(Tap):
    """Another process is the peer; the kernel is none."""

    def attach(self):
        pass

    def detach(self):
        pass


def two_devices_serve():
    """A TAP each, with an address of its own that the other one does not have."""
    config = ECHO + f'''[port 1]
device = net_tap1,iface={SECOND}
address = {SERVER_2}/24
'''
    with Rstack(config) as rstack:
        sh('ip', 'addr', 'add', f'{CLIENT_2}/24', 'dev', SECOND)
        sh('ip', 'link', 'set', SECOND, 'up')
        equal(rstack.ask('/rstack/port/list'), [0, 1])
        for address in (SERVER, SERVER_2):
            sh('ping', '-c', '1', '-W', '10', address)
            with connect(7, address) as sock:
                echoes(sock, bytes(1 << 18))
        counters = [rstack.ask(f'/rstack/port/stats,{port}') for port in (0, 1)]
        for port in counters:
            assert port['ibytes'] > 1 << 18 and port['obytes'] > 1 << 18, counters
        stats = rstack.stats()
        for name in ('ipackets', 'ibytes', 'imissed', 'ierrors', 'rx_nombuf', 'oerrors'):
            assert stats[f'port_{name}'] >= counters[0][name] + counters[1][name], (name, stats)
        # its address is no neighbour on the link of the other one
        result = sh('ping', '-c', '1', '-W', '1', '-I', SECOND, SERVER, check=False)
        equal(result.returncode, 1)


def link_goes_and_comes_back():
    """The TAP goes down while a connection sends in both directions: each byte arrives later."""
    data = bytes(i % 253 for i in range(4 << 20))
    with Rstack(ECHO) as rstack, connect(7) as sock:
        if Family.ipv6:
            sh('sysctl', '-qw', f'net.ipv6.conf.{TAP}.keep_addr_on_down=1')
        echoes(sock)
        sender = threading.Thread(target=sock.sendall, args=(data,))
        sender.start()
        back = receive(sock, 1 << 18)
        sh('ip', 'link', 'set', TAP, 'down')
        info = until(lambda: rstack.ask('/ethdev/link_status,0')['status'] == 'DOWN',
                     'the driver sees it')
        equal(info, True)
        sh('ip', 'link', 'set', TAP, 'up')
        until(lambda: rstack.ask('/ethdev/link_status,0')['status'] == 'UP', 'and the way back')
        back += receive(sock, len(data) - len(back))
        sender.join()
        assert back == data, 'the bytes differ'
        with connect(7) as other:
            echoes(other)
        equal(rstack.stats()['resets_sent'], 0)


@contextlib.contextmanager
def jumbo_server():
    """rstack on a vhost port with an MTU of 9,600."""
    with contextlib.suppress(FileNotFoundError):
        os.unlink(VHOST)
    config = 'timestamps = no\n' + listen('web', 80, 'http', body=BODY)
    with Rstack(config, path=Nobody(), address=f'{SERVER}/24, {SERVER6}/64',
                port=JUMBO, lcores='0@0,1@1',
                device=f'net_vhost0,iface={VHOST}') as rstack:
        yield rstack


def frames_of_9600_bytes():
    """A virtio-user with this MTU: segments are as large as it allows, over both families."""
    with jumbo_server() as rstack:
        for target, mss in ((SERVER, JUMBO_MSS), (f'[{SERVER6}]', JUMBO_MSS - 20)):
            before = rstack.stats()
            status, output = Load(text=jumbo_load(target)).wait()
            equal(status, 0, output)
            until(lambda: rstack.stats()['used_tcbs'] == 0, 'all connections are gone')
            after = rstack.stats()
            delta = {name: after[name] - before[name] for name in
                     ('established', 'tx_data_bytes', 'tx_segments', 'retransmitted')}
            equal(delta['established'], 50)
            assert delta['tx_data_bytes'] >= 50 * BODY, delta
            # SYN-ACK, ACKs and FIN beside the text; segments of 1,460 bytes would be 130 each
            most = 50 * (BODY // mss + 1 + 8) + delta['retransmitted']
            assert delta['tx_segments'] <= most, (delta, most)
        equal(rstack.ask('/rstack/port/info,0')['mtu'], 9600)
        equal(rstack.stats()['resets_sent'], 0)


if __name__ == '__main__':
    run([
        two_devices_serve,
        link_goes_and_comes_back,
        frames_of_9600_bytes,
    ], both=[
        link_goes_and_comes_back,
    ], one_family='frames_of_9600_bytes has both; two_devices_serve is about devices')
