#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The rstack authors
"""
Three workers on a device whose hash is wrong on purpose: wrong_hash.c has every segment but SYNs
arrive at a worker that has not its connection. It is handed over, and never answered by a reset.
"""
import concurrent.futures
import contextlib
import http.client
import os
import tempfile

from e2e import (ECHO, SERVICES, Rstack, connect, echoes, equal, families, raises, run, server,
                 until)
from test_vlan import PORT_1, VLAN_SERVER, VLAN_SERVER6, Vlan, tag

THREE = '0@0,1@0,2@1,3@1'
ALWAYS = 'syn_cookies = always\n'
TELLS = {'LD_PRELOAD': os.environ['WRONG_HASH_SO'], 'WRONG_HASH': 'tells'}
SILENT = {'LD_PRELOAD': os.environ['WRONG_HASH_SO']}
ONE_QUEUE = {'port': 'queues = 1\n'}


def steering(rstack):
    """How frames are steered, as telemetry says it."""
    return rstack.ask('/rstack/port/info,0')['steering']


def no_live_segment_was_reset(rstack):
    """
    No reset but those of RFC 9293 3.10.7.2 to an ACK that comes after the end: where a FIN of
    rstack was retransmitted, because this machine was slow, the peer acknowledges each copy, and
    only the first ACK finds the connection.
    """
    sent = {name: count for name, count in rstack.ask('/rstack/reset/sent').items() if count}
    late = sent.pop('listen_bad_ack', 0)
    equal(sent, {}, 'resets')
    assert late <= rstack.stats()['retransmitted'], (late, rstack.ask('/rstack/reset/recent'))


def all_processed(rstack):
    """
    Each frame that the kernel has sent has been processed. The kernel puts the first ACK of a flow
    into another queue of the TAP than the rest, so on a slow machine it may come after the end,
    where it gets a reset, or opens the connection of its SYN cookie again. Each worker answers the
    command between two bursts, and a frame has four ways to go at most: to its queue, to the wrong
    one, and from there to two more workers.
    """
    for _ in range(5):
        equal(rstack.ask('/rstack/conn/list,state=SYN_SENT'), {'next': 0})


def get(web):
    """The page comes over a connection that stays open."""
    web.request('GET', '/')
    equal(len(web.getresponse().read()), 1024)


@contextlib.contextmanager
def served_without_a_reset(config, env):
    """
    Connections over both families, for few bytes, for many, and for pages: no segment is answered
    by a reset, each connection is established once, and each worker is given some by the others.
    """
    with Rstack(config + SERVICES, lcores=THREE, env=env) as rstack:
        n = 0
        for _ in families():
            socks = [connect(7) for _ in range(32)]
            for sock in socks[8:]:
                echoes(sock)
            with concurrent.futures.ThreadPoolExecutor(8) as pool:
                list(pool.map(echoes, socks[:8], [os.urandom(20000) for _ in range(8)]))
            webs = [http.client.HTTPConnection(server(), 80) for _ in range(5)]
            for web in webs:
                get(web)
            all_processed(rstack)
            for one in socks + webs:
                one.close()
            n += len(socks) + len(webs)
        rstack.wait_empty()
        stats = rstack.stats()
        no_live_segment_was_reset(rstack)
        equal((stats['established'], stats['closed']), (n, n))
        assert stats['handed_over'] > 3 * n, stats
        equal((stats['handover_full'], stats['syns_dropped']), (0, 0))
        if config == ALWAYS:
            equal(stats['cookies_taken'], n)
        for lcore in rstack.ask('/rstack/lcore/list'):
            assert rstack.ask(f'/rstack/lcore/stats,{lcore}')['handed_in'] > 0, 'each worker'
        # a port without a listener is still refused
        for _ in families():
            raises(111, connect, 4711)
        yield rstack


def device_that_tells_another_hash():
    """It is found out before the first segment would be answered by a reset, and that is said."""
    for config in '', ALWAYS:
        with served_without_a_reset(config, TELLS) as rstack:
            said = 'device: RSS, but not by the hash that it tells'
            assert steering(rstack).startswith(said), steering(rstack)
            until(lambda said=said, out=rstack.output: said in out(), 'it is said')


def device_that_tells_no_hash():
    """Segments without a connection are shown to each worker from the beginning."""
    for config in '', ALWAYS:
        with served_without_a_reset(config, SILENT) as rstack:
            assert steering(rstack).startswith('device: RSS, whose hash is unknown'), \
                steering(rstack)


def echo_and_close(rstack, socks):
    """All connections work to their end."""
    for sock in socks:
        echoes(sock, os.urandom(3000))
    all_processed(rstack)
    for sock in socks:
        sock.close()
    rstack.wait_empty()


def tagged_frames_reach_their_worker():
    """A VLAN, and two tags; on one queue, and where the device's hash is wrong."""
    for tags, keys in (([tag(0x8100, 100)], 'vlan = 100'),
                       ([tag(0x88a8, 200), tag(0x8100, 100)], 'vlan = 200.100')):
        for options in ONE_QUEUE, {'env': SILENT}:
            config = ECHO + PORT_1.format(address=VLAN_SERVER, address6=VLAN_SERVER6,
                                          keys=f'{keys}\n{options.get("port", "")}')
            with Rstack(config, lcores=THREE, **options) as rstack, Vlan(tags):
                socks = [connect(7, VLAN_SERVER) for _ in range(16)]
                echo_and_close(rstack, socks)
                stats = rstack.stats()
                equal(stats['established'], 16)
                no_live_segment_was_reset(rstack)
                equal(rstack.ask('/rstack/drop')['vlan_unknown'], 0)
                assert stats['handed_over'] > 16, stats


@contextlib.contextmanager
def with_hashes_in_buffers(wrong):
    """rstack on a device that puts hashes into packet buffers. @return it, and make_wrong()"""
    with tempfile.NamedTemporaryFile() as file:
        def make_wrong():
            with open(file.name, 'r+b') as other:
                other.write(b'\1')

        file.write(b'\0')
        file.flush()
        if wrong:
            make_wrong()
        with Rstack(ECHO, lcores=THREE, port='queues = 1\nrss_hash = yes\n',
                    env={'LD_PRELOAD': os.environ['WRONG_HASH_SO'],
                         'WRONG_HASH_FILE': file.name}) as rstack:
            info = rstack.ask('/rstack/port/info,0')
            equal((info['mbuf_hash_asked'], info['mbuf_hash_granted']), ('yes', 'yes'))
            assert '[port 0] RSS hash in packet buffers: asked for; granted yes; used yes' in \
                rstack.output(), rstack.output()
            yield rstack, make_wrong


def open_over_both():
    """Connections over each family, all of which echo."""
    socks = [connect(7) for _ in families() for _ in range(16)]
    for sock in socks:
        echoes(sock)
    return socks


def hashes_in_buffers_lead_to_the_worker():
    """Connections of both families, by hashes that are right."""
    with with_hashes_in_buffers(False) as (rstack, _):
        socks = open_over_both()
        until(lambda: echoes(socks[0], os.urandom(100000)) or
              rstack.stats()['hashes_taken'] > 1000, 'hashes are taken unverified')
        for sock in socks:
            echoes(sock)
            sock.close()
        rstack.wait_empty()
        stats = rstack.stats()
        equal((stats['established'], stats['closed'], stats['hashes_wrong']),
              (len(socks), len(socks), 0))
        assert stats['hashes_verified'] >= 1024, stats
        assert stats['hashes_verified'] < 1024 + stats['hashes_taken'] / 100, stats
        no_live_segment_was_reset(rstack)
        equal(rstack.ask('/rstack/port/info,0')['mbuf_hash_used'], 'yes')
        for _ in families():
            raises(111, connect, 4711)


def wrong_hashes_in_buffers_are_found_out():
    """From the first segment on, or when most are not verified any more: no connection ends."""
    said = 'the device put a wrong RSS hash into the packet buffer of a segment'
    for at_once in True, False:
        with with_hashes_in_buffers(at_once) as (rstack, make_wrong):
            socks = open_over_both()
            if not at_once:
                until(lambda socks=socks, stats=rstack.stats: echoes(socks[0], os.urandom(100000))
                      or stats()['hashes_taken'] > 1000, 'hashes are taken unverified')
                make_wrong()
                # some are opened where the wrong hash leads, before one is verified
                socks += open_over_both()
            until(lambda socks=socks, stats=rstack.stats: echoes(socks[-1]) or
                  stats()['hashes_wrong'] > 0, 'one is found')
            echo_and_close(rstack, socks)
            stats = rstack.stats()
            equal((stats['established'], stats['closed'], stats['hashes_wrong']),
                  (len(socks), len(socks), 1))
            no_live_segment_was_reset(rstack)
            equal(rstack.ask('/rstack/port/info,0')['mbuf_hash_used'],
                  'no: a hash of the device was wrong')
            until(lambda out=rstack.output: said in out(), 'it is said')
            equal(rstack.output().count(said), 1)


if __name__ == '__main__':
    run([
        device_that_tells_another_hash,
        device_that_tells_no_hash,
        tagged_frames_reach_their_worker,
        hashes_in_buffers_lead_to_the_worker,
        wrong_hashes_in_buffers_are_found_out,
    ], dual=True)
