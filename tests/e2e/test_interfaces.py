#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The rstack authors
"""Network interfaces that the kernel keeps: AF_PACKET and AF_XDP, as config/README.md says."""
import contextlib

from e2e import (CLIENT, CLIENT6, PATIENCE, Rstack, Skip, Tap, connect, echoes, equal, families,
                 known_leak, run, server, sh, until, url)


class Veth(Tap):
    """The client's end of a pair of interfaces; rstack has the other one."""

    device = 'peer0'

    def __init__(self, *, whole):
        """@param whole: checksums are complete before the driver of the client sends a frame"""
        sh('ip', 'link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', self.device)
        for name in ('eth0', self.device):
            sh('ip', 'link', 'set', name, 'up')
        if whole:
            sh('ethtool', '-K', self.device, 'tx', 'off')

    def attach(self):
        sh('sysctl', '-qw', f'net.ipv6.conf.{self.device}.disable_ipv6=0',
           f'net.ipv6.conf.{self.device}.accept_ra=0')
        sh('ip', 'addr', 'add', f'{CLIENT}/24', 'dev', self.device)
        sh('ip', 'addr', 'add', f'{CLIENT6}/64', 'dev', self.device, 'nodad')

    def detach(self):
        sh('ip', 'link', 'del', self.device)


@contextlib.contextmanager
def rstack_on(driver, whole=True):
    """Run rstack on an interface of the kernel."""
    path = Veth(whole=whole)
    # DPDK 22.11's driver of AF_XDP never frees what libxdp's xsk_umem__create() gave it
    with known_leak('xsk_umem__create'):
        rstack = Rstack(path=path, device=f'net_{driver}0,iface=eth0', wait=False)
        until(lambda: 'Ctrl-C stops it' in rstack.output() or rstack.process.poll() is not None,
              'rstack runs')
        if 'the driver could not create it' in rstack.output():
            path.detach()
            raise Skip(f'no {driver} here: {rstack.output()}')
        path.attach()
        with rstack:
            yield rstack


def serves(driver):
    """Ping, a page, a megabyte, and a stop in order."""
    with rstack_on(driver):
        for _ in families():
            sh('ping', '-c', '1', '-W', str(PATIENCE), server())
            assert sh('curl', '-gsS', '-w', '%{http_code}', url()).stdout.endswith('200')
            with connect(7) as sock:
                echoes(sock, bytes(1 << 20))


def af_packet_serves():
    """Any interface."""
    serves('af_packet')


def af_xdp_serves():
    """Any interface whose driver has XDP, or else the kernel's generic way."""
    serves('af_xdp')


def partial_checksums_of_a_veth_are_wrong():
    """The reason for ethtool -K PEER tx off: a veth leaves checksums to a device that it is not."""
    with rstack_on('af_packet', whole=False) as rstack:
        for _ in families():
            before = rstack.ask('/rstack/drop')['tcp_checksum']
            result = sh('curl', '-gsS', '--max-time', '2', url(), check=False)
            equal(result.returncode, 28, 'curl gives up')
            assert rstack.ask('/rstack/drop')['tcp_checksum'] > before


if __name__ == '__main__':
    run([
        af_packet_serves,
        af_xdp_serves,
        partial_checksums_of_a_veth_are_wrong,
    ], dual=True)
