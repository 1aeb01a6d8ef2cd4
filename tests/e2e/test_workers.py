#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The rstack authors
"""Two workers on a TAP with two queues: nothing shared, nothing lost."""
import random

from e2e import SERVER, Rstack, connect, echoes_on_many, equal, receive, run, until

TWO = '0@0,1@0,2@1'


def lcores(rstack):
    """The counters of each worker."""
    return [rstack.ask(f'/rstack/lcore/stats,{lcore}')
            for lcore in rstack.ask('/rstack/lcore/list')]


def both_workers_serve():
    """The kernel spreads 400 connections over the queues and keeps each where it is."""
    data = random.Random(8).randbytes(5000)
    with Rstack(lcores=TWO) as rstack:
        equal(rstack.ask('/rstack/lcore/list'), [1, 2])
        for _ in range(400):
            with connect(7) as sock:
                sock.sendall(data)
                equal(receive(sock, len(data)), data)
        rstack.wait_empty()
        for worker in lcores(rstack):
            assert worker['rx_bursts'] > 50, lcores(rstack)
        stats = rstack.stats()
        equal(stats['established'], 400)
        equal(stats['closed'], 400)
        equal(stats['rx_data_bytes'], 400 * 5000)
        equal(stats['resets_sent'], 0)


def connections_of_both_are_found():
    """/rstack/conn/show and kill ask each worker."""
    with Rstack(lcores=TWO) as rstack:
        socks = [connect(7) for _ in range(40)]
        names = [f'{SERVER}:7,{host}:{port}'
                 for host, port in (sock.getsockname() for sock in socks)]
        for name in names:
            equal(rstack.ask(f'/rstack/conn/show,{name}')['state'], 'ESTABLISHED')
        for name in names[:20]:
            equal(rstack.ask(f'/rstack/conn/kill,{name}'), {'killed': 1})
        equal(rstack.ask('/rstack/reset/sent')['killed'], 20)
        recent = rstack.ask('/rstack/reset/recent')
        equal(len(recent), 20)
        ages = [-float(line.split()[0]) for line in recent]
        equal(ages, sorted(ages), 'newest first over both workers')
        for sock in socks:
            sock.close()


def heavy_use_of_both():
    """16 streams of 2 MB at once, every byte compared."""
    with Rstack(lcores=TWO) as rstack:
        echoes_on_many(16, 2000000)
        until(lambda: rstack.stats()['rx_data_bytes'] == 16 * 2000000, 'all bytes are counted')


if __name__ == '__main__':
    run([
        both_workers_serve,
        connections_of_both_are_found,
        heavy_use_of_both,
    ])
