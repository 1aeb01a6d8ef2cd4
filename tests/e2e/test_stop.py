#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The rstack authors
"""The end, in order: connections finished or reset as configured, a summary, status 0."""
import errno
import os
import re
import signal
import socket
import tempfile
import threading
import time

from e2e import (CLIENT, ECHO, PATIENCE, SERVER, Rstack, Skip, abort_at_close, connect, equal,
                 known_leak, listen, raises, receive, receive_all, run, sh, until)

CONFIG = ECHO + listen('big', 81, 'http', body='20M')
RESET = '[stop]\nhow = reset\n' + CONFIG
FINISH = '[stop]\nhow = finish\ntimeout = 3s\n' + CONFIG
REQUEST = b'GET / HTTP/1.1\r\nHost: e2e\r\n\r\n'


def stop(rstack, seconds, sig=signal.SIGINT):
    """Stop; it must end with status 0 in time, and sum up."""
    begin = time.monotonic()
    rstack.signal(sig)
    equal(rstack.wait(), 0, 'exit status')
    took = time.monotonic() - begin
    assert took < seconds, f'the stop took {took} s'
    output = rstack.output()
    assert 'rstack: stopping' in output and ' connections ' in output, output
    return output


def idle_stop_is_quick():
    """SIGINT and SIGTERM, without any connection."""
    for sig in (signal.SIGINT, signal.SIGTERM, signal.SIGQUIT):
        with Rstack(FINISH) as rstack:
            stop(rstack, PATIENCE / 2, sig)


def reset_stop_resets_what_is_open():
    """how = reset: idle clients and those in mid-transfer see ECONNRESET."""
    with Rstack(RESET) as rstack:
        idle = [connect(7) for _ in range(100)]
        busy = connect(81)
        busy.sendall(REQUEST)
        receive(busy, 100000)
        output = stop(rstack, PATIENCE)
        for sock in idle:
            raises(errno.ECONNRESET, sock.recv, 1)
        raises(errno.ECONNRESET, receive_all, busy)
        assert '  resets sent              101  shutdown: ' in output, output


def finish_stop_lets_transfers_end():
    """how = finish: an idle client sees the end of the stream, a transfer comes whole."""
    with Rstack(FINISH) as rstack:
        idle = connect(7)
        busy = connect(81)
        busy.sendall(REQUEST)
        head = receive(busy, 100000)
        rest = []
        reader = threading.Thread(target=lambda: rest.append(receive_all(busy)))
        rstack.signal()
        reader.start()
        equal(idle.recv(1), b'')
        idle.close()
        reader.join()
        busy.close()
        equal(rstack.wait(), 0)
        body = (head + rest[0]).split(b'\r\n\r\n', 1)[1]
        equal(len(body), 20 * 1024 * 1024)
        assert 'resets sent' not in rstack.output(), rstack.output()


def finish_stop_resets_at_the_time_out():
    """A client that does not close is reset when the time is over, not before."""
    with Rstack(FINISH) as rstack:
        sock = connect(7)
        begin = time.monotonic()
        rstack.signal()
        equal(sock.recv(1), b'')
        equal(rstack.wait(), 0)
        took = time.monotonic() - begin
        assert 2.9 < took < 3 + PATIENCE / 2, f'{took} s with a time-out of 3 s'
        assert ' shutdown: ' in rstack.output(), rstack.output()
        # what Linux makes of a reset after the FIN
        raises(errno.EPIPE, sock.send, b'x')


def stopping_refuses_new_connections():
    """While it waits for the others, a new connection is refused."""
    with Rstack(FINISH) as rstack:
        with connect(7) as sock:
            rstack.signal()
            equal(sock.recv(1), b'')
            raises(errno.ECONNREFUSED, connect, 7)
        equal(rstack.wait(), 0)


def second_signal_stops_at_once():
    """Ctrl-C twice does not wait for the time-out: what is open is reset."""
    with Rstack('[stop]\nhow = finish\ntimeout = 60s\n' + CONFIG) as rstack:
        sock = connect(7)
        rstack.signal()
        equal(sock.recv(1), b'')
        begin = time.monotonic()
        rstack.signal()
        equal(rstack.wait(), 0)
        assert time.monotonic() - begin < PATIENCE / 2
        assert ' shutdown: ' in rstack.output(), rstack.output()
        raises(errno.EPIPE, sock.send, b'x')
        sock.close()


def sums(output):
    """The numbers of the summary's connections, which must add up."""
    line = re.search(r'connections +(\d+) opened, (\d+) established, (\d+) closed in order, '
                     r'(\d+) aborted, (\d+) left', output)
    opened, established, closed, aborted, left = map(int, line.groups())
    equal(opened, closed + aborted + left, output)
    return opened, established, closed, aborted, left


def sums_add_up():
    """Connections of every end: closed by either side, reset by either, and left at the end."""
    with Rstack(RESET) as rstack:
        closed = connect(7)
        closed.close()
        reset = connect(7)
        abort_at_close(reset)
        reset.close()
        idle = [connect(7) for _ in range(3)]
        until(lambda: rstack.stats()['established'] == 5, 'connections')
        until(lambda: rstack.stats()['closed'] == 1 and rstack.stats()['aborted'] == 1, 'ends')
        rstack.signal(signal.SIGUSR1)
        until(lambda: ' left' in rstack.output(), 'the summary')
        equal(sums(rstack.output()), (5, 5, 1, 1, 3))
        equal(sums(stop(rstack, PATIENCE).split('rstack: stopping')[1]), (5, 5, 1, 4, 0))
        for sock in idle:
            sock.close()


def silent_stop_drops_new_connections():
    """answer = drop: a new connection hears nothing, a port without a listener resets."""
    with Rstack('[stop]\ntimeout = 60s\nanswer = drop\n' + CONFIG) as rstack:
        with connect(7) as sock:
            rstack.signal()
            equal(sock.recv(1), b'')
            raises(None, connect, 7, SERVER, 1)
            raises(errno.ECONNREFUSED, connect, 99)
        equal(rstack.wait(), 0)


HOOK = b"""#!/bin/sh
echo "hook: $*"
ls /proc/self/fd | wc -l
nc -z 192.0.2.1 7 && echo "still accepting"
"""


def with_hook(config, script):
    """An appliance with a hook in a directory of its own."""
    directory = tempfile.TemporaryDirectory()
    path = os.path.join(directory.name, 'hook.sh')
    with open(path, 'wb') as file:
        file.write(script)
    os.chmod(path, 0o755)
    rstack = Rstack(f'[stop]\nhook = {path}\n' + config)
    rstack.hook = directory
    return rstack


def hook_runs_before():
    """The hook runs while connections are still accepted, for a drain and for a stop."""
    with with_hook(CONFIG, HOOK) as rstack:
        equal(rstack.ask('/rstack/drain,big'), {'changed': ['[listen big] is drained']})
        assert 'hook: drain big\n' in rstack.output(), rstack.output()
        output = stop(rstack, PATIENCE)
        assert 'hook: stop\n' in output and output.count('still accepting') == 2, output
        # its own three, and the directory that ls reads
        assert '\n4\n' in output, output


def hook_that_hangs_is_killed():
    """After hook_timeout the stop goes on."""
    with with_hook('hook_timeout = 1s\n' + CONFIG, b'#!/bin/sh\nexec sleep 600\n') as rstack:
        output = stop(rstack, PATIENCE)
        assert 'did not end in time' in output, output


def killed_process_leaves_nothing():
    """After SIGKILL the next start works: TAP, sockets, pid file, files of hugepages."""
    for _ in range(2):
        rstack = Rstack(CONFIG)
        with connect(7) as sock:
            sock.sendall(b'x')
            receive(sock, 1)
            rstack.kill()
        rstack.path.detach()
        rstack.out.close()
        rstack.dir.cleanup()
    with Rstack(CONFIG) as rstack:
        equal(rstack.ask('/rstack/info')['stopping'], 0)
        with connect(7) as sock:
            sock.sendall(b'x')
            receive(sock, 1)


def stop_under_load():
    """Ctrl-C while clients come, send and go at full speed, in both modes."""
    for config in (RESET, FINISH):
        over = threading.Event()

        def client():
            while not over.is_set():
                try:
                    with socket.create_connection((SERVER, 7), 1) as sock:
                        sock.sendall(bytes(50000))
                        sock.recv(100)
                except OSError:
                    pass

        with Rstack(config) as rstack:
            threads = [threading.Thread(target=client) for _ in range(8)]
            for thread in threads:
                thread.start()
            until(lambda: rstack.stats()['established'] > 100, 'load')
            try:
                stop(rstack, PATIENCE)
            finally:
                over.set()
                for thread in threads:
                    thread.join()


def summary_on_demand():
    """SIGUSR1 prints it; SIGHUP without a change does no harm."""
    with Rstack(CONFIG) as rstack:
        raises(errno.ECONNREFUSED, connect, 99)
        rstack.signal(signal.SIGUSR1)
        until(lambda: 'no_listener' in rstack.output(), 'the summary')
        rstack.signal(signal.SIGHUP)
        until(lambda: 'nothing has changed' in rstack.output(), 'a word about it')
        with connect(7) as sock:
            sock.sendall(b'x')
            receive(sock, 1)


def run_and_stop_af_xdp():
    """rstack on xdp0, until it has answered a ping."""
    rstack = Rstack(device='net_af_xdp0,iface=xdp0', wait=False)
    try:
        until(lambda: 'Ctrl-C stops it' in rstack.output() or
              rstack.process.poll() is not None, 'rstack runs')
        if 'the driver could not create it' in rstack.output():
            raise Skip(f'no AF_XDP here: {rstack.output()}')
        sh('ping', '-c', '1', '-W', str(PATIENCE), SERVER)
        stop(rstack, PATIENCE)
    finally:
        rstack.kill()


def af_xdp_ring_is_no_bug():
    """The kernel keeps the buffers of AF_XDP's fill ring, which the stop must not call a bug."""
    sh('ip', 'link', 'add', 'xdp0', 'type', 'veth', 'peer', 'name', 'xdp1')
    sh('ip', 'addr', 'add', f'{CLIENT}/24', 'dev', 'xdp1')
    for name in ('xdp0', 'xdp1'):
        sh('ip', 'link', 'set', name, 'up')
    # DPDK 22.11's driver never frees what libxdp's xsk_umem__create() gave it
    with known_leak('xsk_umem__create'):
        try:
            run_and_stop_af_xdp()
        finally:
            sh('ip', 'link', 'del', 'xdp0')


if __name__ == '__main__':
    run([
        idle_stop_is_quick,
        reset_stop_resets_what_is_open,
        finish_stop_lets_transfers_end,
        finish_stop_resets_at_the_time_out,
        stopping_refuses_new_connections,
        second_signal_stops_at_once,
        sums_add_up,
        silent_stop_drops_new_connections,
        hook_runs_before,
        hook_that_hangs_is_killed,
        killed_process_leaves_nothing,
        stop_under_load,
        summary_on_demand,
        af_xdp_ring_is_no_bug,
    ], one_family='the stop is under test; the sim suite ends connections of both')
