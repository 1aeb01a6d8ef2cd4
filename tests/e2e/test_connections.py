#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The rstack authors
"""/rstack/conn/...: connections listed, shown and killed; and the time that this costs a worker."""
import contextlib
import errno
import re
import socket
import time

from e2e import (CHARGEN, CLIENT, CLIENT6, ECHO, SERVICES, Family, Rstack, Telemetry, client,
                 connect, connection, echoes, equal, families, raises, receive, run, server, sh,
                 until)

KILL = '[watch]\nkill = any\n'


def everything(telemetry, chosen=''):
    """All pages of /rstack/conn/list, as one dict."""
    found, cursor = {}, 0
    while True:
        page = telemetry.ask(f'/rstack/conn/list,{cursor}{chosen}')
        assert 'error' not in page, page
        cursor = page.pop('next')
        assert not set(page) & set(found), 'a connection is on two pages'
        found.update(page)
        if cursor == 0:
            return found


def connections_are_listed_in_pages():
    """Each once, with its addresses; by listener, state, prefix and age."""
    with Rstack() as rstack, contextlib.closing(Telemetry()) as telemetry, \
            contextlib.ExitStack() as stack:
        equal(telemetry.ask('/rstack/conn/list'), {'next': 0})
        socks = [stack.enter_context(connect(7 if i % 2 else 80)) for _ in families()
                 for i in range(85)]
        for sock in (socks[1], socks[86]):
            echoes(sock, bytes(3000))
        until(lambda: rstack.ask('/rstack/tcp/states')['ESTABLISHED'] == 170, 'all are open')
        page = telemetry.ask('/rstack/conn/list')
        assert 2 < len(page) <= 51 and page['next'] != 0, page
        equal(len(telemetry.ask('/rstack/conn/list,0,3')), 4)
        found = everything(telemetry)
        equal(sorted(one['rport'] for one in found.values()),
              sorted(sock.getsockname()[1] for sock in socks))
        for sock, _ in zip((socks[1], socks[86]), families()):
            own = sock.getsockname()[1]
            busy = [one for one in found.values() if one['rport'] == own and
                    one['raddr'] == client()][0]
            equal({key: busy[key] for key in busy if key != 'age_ms'},
                  {'state': 'ESTABLISHED', 'listener': 'echo', 'laddr': server(), 'lport': 7,
                   'raddr': client(), 'rport': own, 'rx_bytes': 3000, 'tx_bytes': 3000})
        Family.ipv6 = False
        for chosen, count in ((',listener=echo', 84), (',listener=2', 86),
                              (',state=ESTABLISHED', 170), (',state=CLOSE_WAIT', 0),
                              (f',prefix={CLIENT}/32', 85), (',prefix=10.0.0.0/8', 0),
                              (f',prefix={CLIENT6}/64', 85), (',prefix=2001:db8:1::/64', 0),
                              (',age=3600', 0), (',age=0,state=ESTABLISHED,listener=web', 86)):
            equal(len(everything(telemetry, chosen)), count, chosen)
        time.sleep(1)
        equal(len(everything(telemetry, ',age=1')), 170)
        for bad in ('x', '0,51', '1,1,1', '9999999999999', 'age=x', 'reason=killed'):
            equal(list(telemetry.ask(f'/rstack/conn/list,{bad}')), ['error'], bad)


def time_wait_is_listed():
    """A connection in TIME-WAIT is a record without a TCB; it is in the list, too."""
    # long enough to be listed on a slow machine, and over before the test's patience
    with Rstack(SERVICES, msl='8s') as rstack, contextlib.closing(Telemetry()) as telemetry:
        with connect(80) as sock:
            sock.sendall(b'GET / HTTP/1.0\r\n\r\n')
            while sock.recv(65536):
                pass
            until(lambda: rstack.ask('/rstack/tcp/states')['FIN_WAIT_2'], 'our FIN')
        until(lambda: rstack.ask('/rstack/tcp/states')['TIME_WAIT'], 'the FIN of the peer')
        found = everything(telemetry, ',state=TIME_WAIT')
        equal([one['lport'] for one in found.values()], [80])


def show_tells_what_ss_tells():
    """rtt, window, MSS and bytes are those that the kernel's ss -ti has of the other end."""
    with Rstack(ECHO + CHARGEN), contextlib.closing(Telemetry()) as telemetry:
        for _ in families():
            shows_what_ss_tells(telemetry)


def shows_what_ss_tells(telemetry):
    """The same over one family."""
    with connect(7) as sock:
        own = sock.getsockname()[1]
        echoes(sock, bytes(100000))
        name = connection(7, own)
        until(lambda: telemetry.ask(f'/rstack/conn/show,{name}')['queued'] == 0, 'it is acked')
        shown = telemetry.ask(f'/rstack/conn/show,{name}')
        kernel = sh('ss', '-tinH', 'sport', '=', f':{own}').stdout
        numbers = dict(re.findall(r'(bytes_sent|bytes_received|rcvmss|advmss|mss):(\d+)', kernel))
        equal((shown['state'], shown['name'], shown['congestion'], shown['recovery']),
              ('ESTABLISHED', 'echo', 'cubic', 'none'))
        equal((shown['rx_bytes'], shown['tx_bytes']), (100000, 100000))
        equal(int(numbers['bytes_received']), 100000)
        equal(shown['mss'], int(numbers['advmss']) + 12)  # ss counts the timestamps off
        equal((shown['timestamps'], shown['sack'], shown['window_scale'], shown['active']),
              (1, 1, 1, 0))
        equal(f"wscale:{shown['rcv_shift']},{shown['snd_shift']}" in kernel, True, kernel)
        assert 0 < shown['srtt_us'] < 10**6 and shown['rto_ms'] >= 1000, shown
        assert shown['cwnd'] >= 10 * shown['mss'] - 20, shown
        equal((shown['queued'], shown['unread'], shown['out_of_order'], shown['lost']),
              (0, 0, 0, 0))
        with connect(19) as many:
            receive(many, 1 << 20)  # and reads no more: the window closes
            name = connection(19, many.getsockname()[1])
            probes = telemetry.ask('/rstack/stats')['window_probes']
            until(lambda: telemetry.ask('/rstack/stats')['window_probes'] > probes, 'it is closed')
            shown = telemetry.ask(f'/rstack/conn/show,{name}')
            assert shown['queued'] > 0 and shown['snd_wnd'] < shown['mss'], shown


def kill_needs_its_key():
    """One by default, those of a filter with kill = any, none with kill = none."""
    def kill(rstack, params):
        return rstack.ask(f'/rstack/conn/kill,{params}')

    with Rstack() as rstack, connect(7) as sock:
        equal(kill(rstack, 'listener=echo'), {'error': 'a filter needs [watch] kill = any'})
        echoes(sock)
    with Rstack(SERVICES + '[watch]\nkill = none\n') as rstack, connect(7) as sock:
        name = connection(7, sock.getsockname()[1])
        equal(kill(rstack, name), {'error': '[watch] kill = none'})
        equal(kill(rstack, 'listener=echo'), {'error': '[watch] kill = none'})
        echoes(sock)
    with Rstack(SERVICES + KILL) as rstack, contextlib.ExitStack() as stack:
        echo = [stack.enter_context(connect(7)) for _ in families() for _ in range(45)]
        web = stack.enter_context(connect(80))
        until(lambda: rstack.ask('/rstack/tcp/states')['ESTABLISHED'] == 91, 'all are open')
        equal(kill(rstack, 'listener=echo,age=3600'), {'killed': 0, 'next': 0})
        equal(kill(rstack, 'listener=echo'), {'killed': 90, 'next': 0})
        for sock in echo:
            raises(errno.ECONNRESET, sock.recv, 1)
        web.sendall(b'GET / HTTP/1.1\r\nHost: e2e\r\n\r\n')
        assert receive(web, 12) == b'HTTP/1.1 200'
        equal(rstack.ask('/rstack/reset/sent')['killed'], 90)


def lists_cost_a_worker_one_percent():
    """However many clients list all connections again and again (the limit is 1 %)."""
    with Rstack(idle='poll') as rstack, contextlib.ExitStack() as stack:
        for _ in range(300):
            stack.enter_context(connect(7))
        clients = [stack.enter_context(contextlib.closing(Telemetry())) for _ in range(4)]
        before = rstack.ask('/rstack/lcore/stats,1')
        end = time.monotonic() + 3
        while time.monotonic() < end:
            for telemetry in clients:  # all at once: each has a thread of its own
                telemetry.sock.send(b'/rstack/conn/list,0,state=CLOSING')
            for telemetry in clients:
                telemetry.sock.recv(32768)
        after = rstack.ask('/rstack/lcore/stats,1')
        spent = {key: after[key] - before[key] for key in after}
        assert spent['messages'] > 100, spent
        assert spent['message_cycles'] * 100 <= spent['total_cycles'], spent


if __name__ == '__main__':
    run([
        connections_are_listed_in_pages,
        time_wait_is_listed,
        show_tells_what_ss_tells,
        kill_needs_its_key,
        lists_cost_a_worker_one_percent,
    ], dual=True)
