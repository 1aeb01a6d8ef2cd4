#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The rstack authors
"""
Devices that fail for a while, or for good, under connections that carry data: a link that flaps,
queues that stall, a driver that asks for a reset, a device that is removed (device_faults.c).
"""
import contextlib
import mmap
import os
import random
import tempfile
import threading

from e2e import (ECHO, PATIENCE, TAP, Rstack, connect, echoes, equal, families, listen, run, sh,
                 until)

DATA = random.Random(3).randbytes(100_000)
STREAMS = 2  # of each family

DOWN = '[port 0] the link is down, after'
UP = '[port 0] the link is up, after'
TRIES = '[port 0] the device could not be started again; the next try is in'

# Bytes of the file that device_faults.c maps.
RX_STALLED, TX_STALLED, RESET, REMOVE, FAILING, POOR = range(6)


class Faults:
    """An appliance with two workers, whose device fails when told so."""

    def __init__(self, config=ECHO):
        with tempfile.TemporaryFile() as file:
            file.write(bytes(mmap.PAGESIZE))
            file.flush()
            self.bytes = mmap.mmap(file.fileno(), mmap.PAGESIZE)
            path = f'/proc/{os.getpid()}/fd/{file.fileno()}'
            self.rstack = Rstack(config, lcores='0@0,1@0,2@1', env={
                'LD_PRELOAD': os.environ['DEVICE_FAULTS_SO'], 'DEVICE_FAULTS': path})

    def __enter__(self):
        self.rstack.__enter__()
        return self

    def __exit__(self, *error):
        self.rstack.__exit__(*error)
        self.bytes.close()

    def said(self, text):
        """Whether the log has it."""
        return text in self.rstack.output()


def kernel_retransmissions():
    """Segments that the kernel of this namespace has retransmitted."""
    with open('/proc/net/snmp', encoding='utf-8') as file:
        names, values = (line.split() for line in file if line.startswith('Tcp:'))
    return int(dict(zip(names, values))['RetransSegs'])


@contextlib.contextmanager
def streams(rstack):
    """
    Connections of both families that echo data until the block ends. Then each byte has come back
    on each of them, no connection has ended otherwise than in order, and no mbuf is missing.
    """
    mbufs = rstack.stats()['used_mbufs']
    over = threading.Event()
    good = []

    def stream(sock):
        while not over.is_set():
            echoes(sock, DATA)
        echoes(sock, DATA)
        good.append(sock)
    socks = [connect(7) for _ in families() for _ in range(STREAMS)]
    threads = [threading.Thread(target=stream, args=(sock,)) for sock in socks]
    for thread in threads:
        thread.start()
    try:
        moving(rstack)
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join()
    for sock in socks:
        sock.close()
    equal(len(good), len(socks), 'streams that came back whole')
    rstack.wait_empty()
    stats = rstack.stats()
    equal((stats['resets_sent'], stats['resets_received'], stats['aborted']), (0, 0, 0),
          f'{rstack.ask("/rstack/reset/recent")}')
    until(lambda: rstack.stats()['used_mbufs'] == mbufs, f'{mbufs} mbufs are in use')
    assert 'has not polled' not in rstack.output(), rstack.output()


def moving(rstack):
    """Wait until data flows."""
    begin = rstack.stats()['rx_data_bytes']
    until(lambda: rstack.stats()['rx_data_bytes'] > begin + len(DATA), 'data flows')


def a_link_that_flaps_costs_no_byte():
    """The TAP's link goes down and up. The log says it."""
    with Rstack(ECHO, lcores='0@0,1@0,2@1') as rstack, streams(rstack):
        for _ in range(2):
            downs = rstack.output().count(DOWN)
            sh('ip', 'link', 'set', TAP, 'down')
            until(lambda downs=downs: rstack.output().count(DOWN) > downs, 'it is said')
            ups = rstack.output().count(UP)
            sh('ip', 'link', 'set', TAP, 'up')
            until(lambda ups=ups: rstack.output().count(UP) > ups, 'it is said')
            moving(rstack)


def a_queue_that_takes_no_frame_loses_frames_only():
    """
    Transmit queues stall until rstack has had retransmission time-outs. Frames are counted, and the
    log says it.
    """
    with Faults() as faults, streams(faults.rstack):
        rstack = faults.rstack
        before = rstack.stats()
        faults.bytes[TX_STALLED] = 1
        until(lambda: faults.said('[port 0] a transmit queue of the device has taken no frame for'),
              'it is said')
        until(lambda: rstack.stats()['rto_expired'] > before['rto_expired'], 'a time-out')
        assert rstack.stats()['tx_full'] > before['tx_full']
        faults.bytes[TX_STALLED] = 0
        moving(rstack)
        until(lambda: faults.said('[port 0] the device takes frames again, after'), 'it is said')


def a_queue_that_gives_no_frame_loses_frames_only():
    """Receive queues stall until the kernel has retransmitted."""
    with Faults() as faults, streams(faults.rstack):
        before = kernel_retransmissions()
        faults.bytes[RX_STALLED] = 1
        until(lambda: kernel_retransmissions() > before, 'retransmissions')
        faults.bytes[RX_STALLED] = 0
        moving(faults.rstack)


def a_device_that_is_reset_serves_again():
    """
    The driver asks for a reset, which fails some times because the device is not ready. Then it is
    configured and started as at the start, and the connections go on. So they do a second time.
    """
    # the probes are frames that rstack sends even if it has no data in flight
    config = 'keepalive_time = 300ms\n' + listen('echo', 7, keepalive='yes')
    with Faults(config) as faults, streams(faults.rstack):
        rstack = faults.rstack
        for n in (1, 2):
            full = rstack.stats()['tx_full']
            tries = rstack.output().count(TRIES)
            faults.bytes[FAILING] = 1
            faults.bytes[RESET] = 1
            until(lambda full=full: rstack.stats()['tx_full'] > full, 'frames for it are counted')
            until(lambda tries=tries: rstack.output().count(TRIES) >= tries + 2, 'two tries')
            faults.bytes[FAILING] = 0
            until(lambda n=n: rstack.output().count(
                '[port 0] the device has started again, after') == n, 'it has started again')
            moving(rstack)
            equal(rstack.output().count('[port 0] the device needs a reset'), n)


def a_device_that_has_lost_its_offloads_stays_unused():
    """
    After a reset it could do less than before it, and the workers' frames need what it did: it is
    not used until it can do that again.
    """
    with Faults() as faults, streams(faults.rstack):
        said = '[port 0] the device has other offloads than before its reset'
        assert faults.rstack.ask('/rstack/port/info,0')['tcp_checksum'] == 'device'
        faults.bytes[POOR] = 1
        faults.bytes[RESET] = 1
        until(lambda: faults.said(said), 'it is said')
        faults.bytes[POOR] = 0
        until(lambda: faults.said('[port 0] the device has started again, after'), 'it serves')
        moving(faults.rstack)


def stop_in_order(rstack):
    """It stops without its device, and all mbufs are back: rstack says "bug:" else."""
    rstack.signal()
    equal(rstack.wait(2 * PATIENCE), 0, rstack.output())


def rstack_stops_while_its_device_does_not_start():
    """A device that never gets ready again, and a connection on it."""
    with Faults(ECHO + '[stop]\nhow = reset\n') as faults:
        with connect(7) as sock:
            echoes(sock)
            faults.bytes[FAILING] = 1
            faults.bytes[RESET] = 1
            until(lambda: faults.said(f'{TRIES} 200 ms'), 'it is said')
            equal(faults.rstack.ask('/rstack/tcp/states')['ESTABLISHED'], 1)
            stop_in_order(faults.rstack)


def rstack_runs_without_a_device_that_was_removed():
    """It says so, answers telemetry, and stops in order."""
    with Faults(ECHO + '[stop]\nhow = reset\n') as faults:
        with connect(7) as sock:
            echoes(sock)
            faults.bytes[REMOVE] = 1
            until(lambda: faults.said('[port 0] the device was removed: rstack runs without it'),
                  'it is said')
            sock.sendall(b'lost')
            equal(faults.rstack.ask('/rstack/tcp/states')['ESTABLISHED'], 1)
            stop_in_order(faults.rstack)


if __name__ == '__main__':
    run([
        a_link_that_flaps_costs_no_byte,
        a_queue_that_takes_no_frame_loses_frames_only,
        a_queue_that_gives_no_frame_loses_frames_only,
        a_device_that_is_reset_serves_again,
        a_device_that_has_lost_its_offloads_stays_unused,
        rstack_stops_while_its_device_does_not_start,
        rstack_runs_without_a_device_that_was_removed,
    ], dual=True)
