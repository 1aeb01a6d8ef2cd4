#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The rstack authors
"""The /rstack/... commands: their answers, and their answers to invalid parameters."""
import contextlib
import errno
import json
import re
import threading
import time

from e2e import (CLIENT, CLIENT6, ECHO, SERVER, SERVER6, Family, Rstack, Telemetry, abort_at_close,
                 client, connect, connection, equal, families, listen, raises, receive, run, server,
                 sh, until)

NUMBERS = ('/rstack/stats', '/rstack/lcore/stats,1', '/rstack/listener/stats,0',
           '/rstack/port/stats,0', '/rstack/tcp/stats', '/rstack/tcp/states', '/rstack/reset/sent',
           '/rstack/reset/received', '/rstack/reset/limited', '/rstack/drop')
LISTS = ('/rstack/lcore/list', '/rstack/listener/list', '/rstack/port/list')
OTHERS = ('/rstack/info', '/rstack/help', '/rstack/listener/info,0', '/rstack/port/info,0',
          '/rstack/reset/log', '/rstack/reset/recent')

NONSENSE = ('', ',', 'x', '-1', '1x', ' 1', '+1', '0x1', '1,', '1,2,3', '99', '256', '4294967296',
            '18446744073709551616', '9' * 900, 'A' * 900, '%s%s%n', '"', '\\', '\x01', '1.5',
            'é')
NO_TUPLES = (':', '1.2.3.4:5', '1.2.3.4:5,', '1.2.3.4:5,6.7.8.9', '1.2.3.4:5,6.7.8.9:',
             '1.2.3.4:5,6.7.8.9:65536', '1.2.3.4:5,6.7.8.9:1x', '1.2.3.256:5,6.7.8.9:1',
             '1.2.3.4:5,6.7.8.9:1,2', '1.2.3.4.5:5,6.7.8.9:1', '1.2.3.4:-5,6.7.8.9:1',
             '1.2.3.4:5:6,6.7.8.9:1', '[::1:5,[::2]:6', '::1:5,::2:6', '[::1]:5,[::2]',
             '[::1]:5,6.7.8.9:1')


def commands_answer_in_their_form():
    """`stats` is a flat dict of numbers, `list` an array of IDs; DPDK 22.11 allows the names."""
    with Rstack() as rstack, contextlib.closing(Telemetry()) as telemetry:
        for command in NUMBERS:
            answer = telemetry.ask(command)
            assert answer, command
            assert len(answer) <= 256, command
            for name, value in answer.items():
                assert re.fullmatch('[A-Za-z0-9_/]+', name), name
                assert isinstance(value, int) and value >= 0, (command, name, value)
        equal(telemetry.ask('/rstack/lcore/list'), [1])
        equal(telemetry.ask('/rstack/listener/list'), [0, 1, 2])
        info = telemetry.ask('/rstack/info')
        equal((info['pid'], info['workers'], info['ports'], info['config'], info['idle'],
               info['memory'], info['closed']),
              (rstack.process.pid, 1, 1, rstack.config, 'yield', 'no-huge', 'reset'))
        equal(telemetry.ask('/rstack/listener/info,2'),
              {'id': 2, 'name': 'web', 'service': 'http', 'state': 'open', 'address': 'any',
               'port_first': 80, 'port_last': 80})
        equal(telemetry.ask('/rstack/reset/recent'), [])


def keys_are_unique():
    """No key is in an answer twice, because JSON would hide one of them."""
    with Rstack(), contextlib.closing(Telemetry()) as telemetry:
        for command in NUMBERS:
            telemetry.sock.send(command.encode())
            text = telemetry.sock.recv(32768).decode()
            pairs = json.loads(text, object_pairs_hook=list)[0][1]
            names = [name for name, _ in pairs]
            equal(len(names), len(set(names)), command)


def dpdk_telemetry_py_reads_each():
    """dpdk-telemetry.py lists all commands and reads their answers."""
    commands = NUMBERS + LISTS + OTHERS
    with Rstack():
        result = sh('dpdk-telemetry.py', '-f', 'e2e', input='/\n' + '\n'.join(commands) + '\n')
        lines = [json.loads(line) for line in result.stdout.splitlines() if line[:1] == '{']
        listed = [name for name in lines[0]['/'] if name.startswith('/rstack/')]
        equal(sorted(listed), sorted({name.split(',')[0] for name in commands} |
                                     {'/rstack/capture', '/rstack/conn/kill', '/rstack/conn/list',
                                      '/rstack/conn/show', '/rstack/drain', '/rstack/log',
                                      '/rstack/reload'}))
        for command, line in zip(commands, lines[1:], strict=True):
            assert line[command.split(',')[0]] is not None, line
        helps = sh('dpdk-telemetry.py', '-f', 'e2e',
                   input='\n'.join('/help,' + name for name in listed) + '\n').stdout
        equal(helps.count('"/help"'), len(listed), 'help texts')


def refused(answer, what):
    """An answer is one sentence that says why there is no other."""
    equal(list(answer), ['error'], what)
    assert len(answer['error']) > 10, (what, answer)


def bad_parameters_get_a_reason():
    """Missing, not a number, out of range, huge: an error, never null, and rstack continues."""
    with Rstack() as rstack, contextlib.closing(Telemetry()) as telemetry:
        for command in ('/rstack/lcore/stats', '/rstack/listener/stats', '/rstack/listener/info',
                        '/rstack/conn/kill', '/rstack/conn/show'):
            refused(telemetry.ask(command), command)
            for text in NONSENSE:
                refused(telemetry.ask(f'{command},{text}'), f'{command},{text}')
        for text in NONSENSE[2:]:
            refused(telemetry.ask(f'/rstack/help,{text}'), f'help,{text}')
        for command in ('/rstack/conn/kill', '/rstack/conn/show'):
            for text in NO_TUPLES:
                refused(telemetry.ask(f'{command},{text}'), f'{command},{text}')
        for text in ('x', '-1', '0,', '0,x', '0,101', '0,1,2', '257', '0,99999999999999999999'):
            refused(telemetry.ask(f'/rstack/reset/recent,{text}'), text)
        for text in ('x', '-1', '0,', '0,x', '0,0', '0,1,2', 'reason=', 'reason=x', 'age=1',
                     'prefix=1.2.3.4/33', 'listener=none', '9' * 900):
            refused(telemetry.ask(f'/rstack/reset/log,{text}'), text)
        equal(telemetry.ask('/rstack/reset/log,0,51'),
              {'error': 'COUNT is at most 50, and at least 1'})
        equal(telemetry.ask(f'/rstack/conn/show,{SERVER}:7,1.2.3.4:5'),
              {'error': 'there is no such connection'})
        # a command without parameters ignores them
        for command in ('/rstack/stats', '/rstack/drop', '/rstack/info'):
            for text in NONSENSE:
                assert 'error' not in telemetry.ask(f'{command},{text}'), command
        # a client that is still there when rstack stops is told so
        equal(telemetry.ask('/rstack/info')['stopping'], 0)
        with connect(7):
            rstack.signal()
            until(lambda: telemetry.ask('/rstack/info')['stopping'] == 1, 'it stops')


def client_that_polls_through_a_stop():
    """A command while EAL is taken down is answered, refused or cut off; rstack ends in order."""
    for _ in range(3):
        with Rstack() as rstack, contextlib.closing(Telemetry()) as telemetry:
            def poll(client=telemetry):
                with contextlib.suppress(OSError, ValueError):
                    while True:
                        client.ask('/rstack/info')
                        client.ask('/rstack/stats')
            thread = threading.Thread(target=poll)
            thread.start()
            rstack.signal()
            equal(rstack.wait(), 0, rstack.output())
            thread.join()


def help_tells_of_each_metric():
    """Kind, unit and help of each metric, by its name, or by its key where only one has it."""
    with Rstack(), contextlib.closing(Telemetry()) as telemetry:
        names = telemetry.ask('/rstack/help')
        assert len(names) > 150, names
        for name in names:
            answer = telemetry.ask(f'/rstack/help,{name}')
            equal(answer['name'], name)
            assert answer['kind'] in ('counter', 'gauge'), answer
            assert answer['unit'] and ' '.join(answer['help']), answer
        equal(telemetry.ask('/rstack/help,passive_opens')['name'], 'tcp_passive_opens')
        lines = telemetry.ask('/rstack/help,packet_no_neighbour')['help']
        assert len(lines) == 2 and max(map(len, lines)) <= 127, lines
        equal(' '.join(lines), 'times that a neighbour entry was needed and none was free, or '
              'half-open connections held their half of the entries; SYNs are dropped then')


def listeners_have_names():
    """A listener's name does as well as its ID."""
    with Rstack(), contextlib.closing(Telemetry()) as telemetry:
        for command in ('/rstack/listener/info', '/rstack/listener/stats'):
            equal(telemetry.ask(f'{command},web'), telemetry.ask(f'{command},2'))
        equal(telemetry.ask('/rstack/listener/info,web')['id'], 2)


def totals_are_what_the_peer_did():
    """Connections, bytes, resets both ways: each total is equal to the client's."""
    with Rstack() as rstack:
        for _ in families():
            for _ in range(15):
                with connect(7) as sock:
                    sock.sendall(bytes(1000))
                    receive(sock, 1000)
            for _ in range(10):
                with connect(9) as sock:
                    sock.sendall(bytes(3000))
            for port in range(3000, 3020):
                raises(errno.ECONNREFUSED, connect, port)
            for _ in range(5):
                sock = connect(7)
                abort_at_close(sock)
                sock.close()
        rstack.wait_empty()
        stats = rstack.stats()
        equal(stats['passive_opens'], 60)
        equal(stats['established'], 60)
        equal(stats['closed'], 50)
        equal(stats['aborted'], 10)
        equal(stats['rx_data_bytes'], 30 * 1000 + 20 * 3000)
        equal(stats['tx_data_bytes'], 30 * 1000)
        equal(stats['resets_sent'], 40)
        equal(stats['resets_received'], 10)
        equal(stats['retransmitted'], 0)
        echo = rstack.ask('/rstack/listener/stats,0')
        equal(echo, {'accepted': 40, 'established': 40, 'open': 0, 'ended': 30, 'aborted': 10,
                     'rx_bytes': 30000, 'tx_bytes': 30000})
        equal(rstack.ask('/rstack/listener/stats,1')['rx_bytes'], 60000)
        equal(sum(rstack.ask('/rstack/reset/sent').values()), 40)
        equal(sum(rstack.ask('/rstack/reset/received').values()), 10)
        equal(sum(rstack.ask('/rstack/drop').values()), rstack.stats()['drops'])
        equal(sum(rstack.ask('/rstack/tcp/states').values()), 0)


def worker_counters_add_up():
    """Bursts by size add up to all bursts; a worker is busy for a part of its time."""
    with Rstack() as rstack:
        for _ in range(100):
            with connect(7) as sock:
                sock.sendall(bytes(20000))
                receive(sock, 20000)
        rstack.wait_empty()
        stats = rstack.ask('/rstack/lcore/stats,1')
        batches = [value for name, value in stats.items() if name.startswith('rx_batch_')]
        equal(sum(batches), stats['rx_bursts'])
        assert 0 < stats['busy_cycles'] < stats['total_cycles'], stats
        assert stats['polls'] > stats['idles'] > 0, stats
        equal(stats['tx_full'], 0)


def states_are_a_gauge():
    """/rstack/tcp/states counts the connections that exist now."""
    with Rstack() as rstack:
        socks = [connect(7) for _ in families() for _ in range(3)]
        until(lambda: rstack.ask('/rstack/tcp/states')['ESTABLISHED'] == 6, 'six')
        equal(rstack.ask('/rstack/listener/stats,0')['open'], 6)
        for sock in socks:
            sock.close()
        until(lambda: sum(rstack.ask('/rstack/tcp/states').values()) == 0, 'none')


def pages_hold_the_longest_answers():
    """100 resets fit in one answer; the complete log is read page by page."""
    with Rstack() as rstack:
        Family.ipv6 = True  # its addresses are longer
        for port in range(50000, 50300):
            raises(errno.ECONNREFUSED, connect, port)
        lines = []
        for first in (0, 100, 200):
            page = rstack.ask(f'/rstack/reset/recent,{first},100')
            lines += page
        assert 250 <= len(lines) <= 256, len(lines)
        found = [int(re.search(rf'\[{SERVER6}\]:([0-9]+) ', line)[1]) for line in lines]
        equal(found, list(range(50299, 50299 - len(found), -1)))


def resets_are_logged_for_programs():
    """Numbers that only grow, each with all of the reset and of its connection."""
    config = ECHO + listen('reset', 90, 'reset', reset_after=1000)
    with Rstack(config) as rstack, contextlib.closing(Telemetry()) as telemetry:
        equal(telemetry.ask('/rstack/reset/log'), {})
        begin = time.time()
        for port in range(2000, 2003):
            Family.ipv6 = port == 2001
            raises(errno.ECONNREFUSED, connect, port)
        with connect(90) as sock:
            sock.sendall(bytes(1000))
            raises(errno.ECONNRESET, sock.recv, 1)
        with connect(7) as sock:
            own = sock.getsockname()[1]
            sock.sendall(bytes(500))
            receive(sock, 500)
            time.sleep(0.3)
            abort_at_close(sock)
        log = until(lambda: telemetry.ask('/rstack/reset/log,4') and
                    telemetry.ask('/rstack/reset/log'), 'five resets')
        equal(list(log), ['1', '2', '3', '4', '5'])
        for number, port in (('1', 2000), ('2', 2001), ('3', 2002)):
            reset = log[number]
            Family.ipv6 = port == 2001
            equal((reset['direction'], reset['reason'], reset['laddr'], reset['lport'],
                   reset['raddr'], reset['state'], reset['seq'], reset['flags']),
                  ('sent', 'no_listener', server(), port, client(), 'CLOSED', 0, 'RST,ACK'))
            assert 'age_ms' not in reset, reset
        for reset in log.values():
            assert begin - 1 < reset['utc_us'] / 1e6 < time.time() + 1, reset
        equal((log['4']['reason'], log['4']['state'], log['4']['rx_bytes'],
               log['4']['tx_bytes']), ('service_abort', 'ESTABLISHED', 1000, 0))
        last = log['5']
        equal((last['direction'], last['verdict'], last['rport'], last['rx_bytes'],
               last['tx_bytes'], last['retransmitted']),
              ('received', 'accepted', own, 500, 500, 0))
        assert 300 <= last['age_ms'] < 60000, last
        # from a number on, so many, and by filter
        equal(list(telemetry.ask('/rstack/reset/log,2,2')), ['3', '4'])
        equal(telemetry.ask('/rstack/reset/log,5'), {})
        for chosen, numbers in (('reason=no_listener', '123'), ('verdict=accepted', '5'),
                                ('listener=reset', '4'), ('listener=1', '4'),
                                (f'prefix={CLIENT}/32', '1345'), (f'prefix={CLIENT6}/64', '2'),
                                 ('prefix=10.0.0.0/8', ''),
                                ('0,1,reason=service_abort', '4'), ('4,reason=no_listener', '')):
            equal(list(telemetry.ask(f'/rstack/reset/log,{chosen}')), list(numbers), chosen)


def longest_page_of_resets_is_whole():
    """50 resets of connections with long names and numbers: JSON, and the pages join."""
    with Rstack() as rstack, contextlib.closing(Telemetry()) as telemetry:
        ports = list(range(50000, 50180))
        Family.ipv6 = True  # its addresses are longer
        for port in ports:
            raises(errno.ECONNREFUSED, connect, port)
        found, after = [], 0
        while page := telemetry.ask(f'/rstack/reset/log,{after}'):
            assert len(page) <= 50, len(page)
            found += [reset['lport'] for reset in page.values()]
            after = max(int(number) for number in page)
        equal(found, ports)
        equal(rstack.stats()['resets_sent'], len(ports))


def many_clients_at_once():
    """Commands run on several threads of telemetry while connections are killed and shown."""
    failures = []

    def one(name):
        try:
            with contextlib.closing(Telemetry()) as telemetry:
                for _ in range(50):
                    assert telemetry.ask('/rstack/stats')['rx_frames'] >= 0
                    assert telemetry.ask('/rstack/lcore/list') == [1]
                    assert telemetry.ask(f'/rstack/conn/show,{name}')['state'] == 'ESTABLISHED'
                    assert telemetry.ask(f'/rstack/conn/kill,{SERVER}:7,1.2.3.4:5') == {
                        'killed': 0}
        except Exception as error:  # pylint: disable=broad-except
            failures.append(repr(error))

    with Rstack():
        for _ in families():
            with connect(7) as sock:
                name = connection(7, sock.getsockname()[1])
                threads = [threading.Thread(target=one, args=(name,)) for _ in range(2)]
                for thread in threads:
                    thread.start()
                for thread in threads:
                    thread.join()
        equal(failures, [])


if __name__ == '__main__':
    run([
        commands_answer_in_their_form,
        keys_are_unique,
        dpdk_telemetry_py_reads_each,
        bad_parameters_get_a_reason,
        client_that_polls_through_a_stop,
        help_tells_of_each_metric,
        listeners_have_names,
        resets_are_logged_for_programs,
        longest_page_of_resets_is_whole,
        totals_are_what_the_peer_did,
        worker_counters_add_up,
        states_are_a_gauge,
        pages_hold_the_longest_answers,
        many_clients_at_once,
    ], dual=True)
