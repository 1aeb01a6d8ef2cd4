#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The rstack authors
"""A new configuration, and a listener that drains, while connections go on."""
import contextlib
import errno
import http.client
import os
import re
import signal
import socket
import tempfile
import threading
import time

from e2e import (CLIENT, ECHO, PATIENCE, SERVER, Rstack, Telemetry, connect, echoes, equal,
                 listen, raises, receive, receive_all, rstack_path, run, sh, sysctl,
                 until)

WEB = listen('web', 80, 'http', body=1024)
EXTRA = listen('extra', 81, 'http', body=2048)


class Reloading(Rstack):
    """An appliance whose file changes."""

    def rewrite(self, old, new):
        """Replace a text of the file."""
        with open(self.config, encoding='utf-8') as file:
            text = file.read()
        assert old in text, old
        with open(self.config, 'w', encoding='utf-8') as file:
            file.write(text.replace(old, new))

    def append(self, text):
        """Add sections to the file."""
        with open(self.config, 'a', encoding='utf-8') as file:
            file.write(text)

    def reload(self):
        """The answer to /rstack/reload, without an error."""
        answer = self.ask('/rstack/reload')
        assert 'error' not in answer, answer
        return answer

    def changed(self):
        """What changes at once."""
        return self.reload()['changed']


def get(port=80, host=SERVER):
    """The body of GET /."""
    client = http.client.HTTPConnection(host, port, timeout=PATIENCE)
    client.request('GET', '/')
    body = client.getresponse().read()
    client.close()
    return body


def new_listeners_serve():
    """A listener and a closed range that are new, then changed, then gone."""
    with Reloading(ECHO) as rstack:
        raises(errno.ECONNREFUSED, connect, 81)
        rstack.append(EXTRA + '[closed quiet]\nport = 90\nanswer = drop\n')
        equal(rstack.changed(), ['[listen extra] is new', '[closed quiet] is new'])
        equal(len(get(81)), 2048)
        raises(None, connect, 90, SERVER, 1)
        rstack.rewrite('port = 81', 'port = 82')
        equal(rstack.changed(), ['[listen extra] port = 82'])
        raises(errno.ECONNREFUSED, connect, 81)
        equal(len(get(82)), 2048)
        rstack.rewrite(EXTRA.replace('81', '82'), '')
        rstack.rewrite('answer = drop', 'answer = reset')
        equal(rstack.changed(), ['[listen extra] is gone', '[closed quiet] answer = reset'])
        raises(errno.ECONNREFUSED, connect, 82)
        raises(errno.ECONNREFUSED, connect, 90)
        equal(rstack.changed(), [])


def connections_keep_their_service():
    """Those of a listener that is gone, or has another service, live on as they are."""
    with Reloading(ECHO + EXTRA) as rstack:
        old = connect(7)
        echoes(old)
        idle = http.client.HTTPConnection(SERVER, 81, timeout=PATIENCE)
        idle.request('GET', '/')
        equal(len(idle.getresponse().read()), 2048)
        rstack.rewrite('body = 2048', 'body = 100')
        equal(rstack.changed(), ['[listen extra] body = 100'])
        idle.request('GET', '/')
        equal(len(idle.getresponse().read()), 2048)
        equal(len(get(81)), 100)
        rstack.rewrite(ECHO, listen('echo', 7, 'discard'))
        equal(rstack.changed(), ['[listen echo] service = discard'])
        echoes(old, bytes(100000))
        rstack.rewrite(listen('echo', 7, 'discard'), '')
        equal(rstack.changed(), ['[listen echo] is gone'])
        echoes(old, bytes(100000))
        entry = next(iter(rstack.ask('/rstack/conn/list,0,50,state=ESTABLISHED').values()))
        assert entry, 'the connection is listed'
        raises(errno.ECONNREFUSED, connect, 7)
        old.close()
        idle.close()
        # the index of a listener that is gone is used again when its connections have ended
        rstack.wait_empty()
        time.sleep(1.5)
        rstack.append(ECHO)
        equal(rstack.changed(), ['[listen echo] is new'])
        with connect(7) as sock:
            echoes(sock)
        until(lambda: rstack.ask('/rstack/listener/stats,echo')['accepted'] == 1, 'new counters')


def prefixes_and_limits():
    """Prefixes, rate limits and limits of connections."""
    with Reloading(ECHO) as rstack:
        far = '198.18.7.7'
        gone = connect(7, far)
        echoes(gone)
        rstack.rewrite('terminate = 198.18.0.0/15', 'terminate = 198.18.0.0/22')
        equal(rstack.changed(), ['[port 0] terminate = 198.18.0.0/22'])
        # its address is no longer ours, so it is reset
        raises(errno.ECONNRESET, gone.recv, 1)
        with connect(7, '198.18.3.3') as sock:
            echoes(sock)
        raises(None, connect, 7, far, 1)
        rstack.rewrite('terminate = 198.18.0.0/22', 'terminate = 198.18.0.0/15')
        rstack.reload()
        with connect(7, far) as sock:
            echoes(sock)
            # a prefix that stays keeps its connections
            rstack.rewrite('[listen echo]\n', '[listen echo]\nmax_connections = 9\n')
            equal(rstack.changed(), ['[listen echo] max_connections = 9'])
            echoes(sock)
            rstack.rewrite('max_connections = 9\n', '')
        rstack.append('max_connections = 1\n[limits]\nresets_per_second = 1\n')
        rstack.rewrite('\n[tcp]\n', '\n[tcp]\nclosed = drop\n')
        rstack.rewrite('closed = drop\n', '')
        equal(sorted(rstack.changed()), ['[limits] resets_per_second = 1',
                                         '[listen echo] max_connections = 1'])
        with connect(7) as sock:
            echoes(sock)
            raises(None, connect, 7, SERVER, 1)
        until(lambda: rstack.stats()['open'] == 0 if 'open' in rstack.stats() else True, 'end')
        for _ in range(5):
            try:
                connect(4000, SERVER, 0.2)
            except OSError:
                pass
        assert rstack.stats()['resets_limited'] > 0
        rstack.rewrite('resets_per_second = 1', 'resets_per_second = 0')
        rstack.reload()
        for _ in range(20):
            raises(errno.ECONNREFUSED, connect, 4000)


def scrapes_are_of_one_configuration():
    """Each text of the service metrics has all listeners of one file, however often it changes."""
    def group(letter):
        return ''.join(listen(f'{letter}{number:02}{"x" * 20}', 200 + number, 'discard')
                       for number in range(16))
    texts = []
    stop = threading.Event()

    def scrape():
        while not stop.is_set():
            texts.append(get(9100).decode())

    def scraped(more):
        enough = len(texts) + more
        until(lambda: len(texts) >= enough, 'scrapes of this configuration')
    with Reloading(ECHO + listen('metrics', 9100) + group('a')) as rstack:
        threads = [threading.Thread(target=scrape) for _ in range(2)]
        for thread in threads:
            thread.start()
        try:
            for old, new in zip('abcde', 'bcdef'):
                rstack.rewrite(group(old), group(new))
                rstack.reload()
                scraped(5)
        finally:
            stop.set()
            for thread in threads:
                thread.join()
    seen = set()
    for text in texts:
        families = {}
        for family, name in re.findall(r'^(rstack_listener_\w+){listener="(\w+)"} ', text, re.M):
            families.setdefault(family, []).append(name)
        equal(len(families), 7)
        names = families['rstack_listener_accepted_total']
        letters = {name[0] for name in names if name.endswith('x')}
        equal((len(names), len(set(names)), len(letters)), (18, 18, 1))
        equal([family for family in families if families[family] != names], [])
        seen |= letters
    assert len(seen) > 3, seen


def the_next_start():
    """Keys that cannot change are named, and are named again."""
    with Reloading(ECHO) as rstack:
        rstack.rewrite('[worker]\n', '[worker]\nmbuf_cache = 128\n')
        rstack.rewrite('[tcp]\n', '[tcp]\nttl = 63\nclosed = drop\n')
        rstack.append('[port 1]\ndevice = net_tap1\naddress = 203.0.113.1/24\n')
        for changed in (['[tcp] closed = drop'], []):
            answer = rstack.reload()
            equal(answer['changed'], changed)
            equal(answer['changes_with_the_next_start'],
                  ['[port 1], which is new', '[worker] mbufs', '[worker] mbuf_cache', '[tcp] ttl'])
        raises(None, connect, 4000, SERVER, 1)
        assert 'changes with the next start: [tcp] ttl' in rstack.output(), rstack.output()


def a_bad_file_changes_nothing():
    """The answer has the sentences of -t, and everything stays."""
    with Reloading(ECHO) as rstack:
        rstack.rewrite('port = 7', 'port = 70000')
        rstack.append(EXTRA + 'nonsense = 1\n')
        answer = rstack.ask('/rstack/reload')
        check = sh(rstack_path(), '--', '-c', rstack.config, '-t', check=False)
        equal(check.returncode, 2)
        equal(answer['error'], 'it was refused; sentences says why')
        equal(' '.join(answer['sentences']).split(), check.stderr.split())
        rstack.signal(signal.SIGHUP)
        for line in check.stderr.splitlines():
            until(lambda: rstack.output().count('warning rstack.reload: the configuration stays '
                                                f'as it is: {line}') == 2, line)
        raises(errno.ECONNREFUSED, connect, 81)
        with connect(7) as sock:
            echoes(sock)


def load(over, bad, done):
    """Requests without a pause, each on a connection of its own, or many on one."""
    # a fast machine has more connections within a minute, the kernel's TIME-WAIT, than ports
    sysctl(tcp_tw_reuse=1)
    kept = http.client.HTTPConnection(SERVER, 80, timeout=PATIENCE)
    while not over.is_set():
        try:
            equal(len(get()), 1024)
            kept.request('GET', '/')
            equal(len(kept.getresponse().read()), 1024)
        except (OSError, http.client.HTTPException, AssertionError) as error:
            bad.append(repr(error))
            return
        done.append(1)
    kept.close()


def a_hundred_reloads_under_load():
    """No request fails, by signal and by telemetry, with one worker and with two."""
    for lcores in ('0@0,1@1', '0@0,1@0,2@1'):
        # Workers that sleep, because beside other tests those that yield use up the time of the
        # main lcore, and 200 reloads take minutes.
        with Reloading(ECHO + WEB + EXTRA + '[limits]\nresets_per_second = 1000\n',
                       lcores=lcores, idle='sleep') as rstack:
            over, bad, done = threading.Event(), [], []
            threads = [threading.Thread(target=load, args=(over, bad, done)) for _ in range(4)]
            for thread in threads:
                thread.start()
            try:
                for i in range(100):
                    a, b = (2048, 4096) if i % 2 == 0 else (4096, 2048)
                    rstack.rewrite(f'body = {a}', f'body = {b}')
                    rstack.rewrite(f'resets_per_second = {1000 + i}',
                                   f'resets_per_second = {1001 + i}')
                    if i % 10 == 9:
                        rstack.signal(signal.SIGHUP)
                        until(lambda n=b: len(get(81)) == n, 'the reload')
                    else:
                        equal(len(rstack.changed()), 2)
                        equal(len(get(81)), b)
            finally:
                over.set()
                for thread in threads:
                    thread.join()
            equal(bad, [])
            assert len(done) > 100, len(done)


def write_rules(path, first):
    """A file of 10,000 rules, none but the first of which has the client."""
    with open(path, 'w', encoding='utf-8') as file:
        print(first, file=file)
        for i in range(9999):
            print(f'drop 10.{i // 256}.{i % 256}.0/24', file=file)


def access_list_under_load():
    """10,000 rules are changed while no request to another port fails."""
    refused = {'drop': None, 'reset': errno.ECONNREFUSED}
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, 'rules')
        write_rules(path, f'reset {CLIENT} listener extra')
        with Reloading(WEB + EXTRA + f'[acl hosts]\nfile = {path}\n') as rstack:
            over, bad, done = threading.Event(), [], []
            threads = [threading.Thread(target=load, args=(over, bad, done)) for _ in range(2)]
            raises(errno.ECONNREFUSED, connect, 81)
            equal(rstack.ask('/rstack/reset/sent')['acl'], 1)
            for thread in threads:
                thread.start()
            try:
                for i in range(10):
                    action = ('drop', 'allow', 'reset')[i % 3]
                    write_rules(path, f'{action} {CLIENT} port 81')
                    equal(rstack.changed(),
                          ['[acl] has 10000 rules, the first 0 of them as before'])
                    if action == 'allow':
                        equal(len(get(81)), 2048)
                    else:
                        raises(refused[action], connect, 81, SERVER, 0.5)
            finally:
                over.set()
                for thread in threads:
                    thread.join()
            equal(bad, [])
            assert len(done) > 20, len(done)
            assert rstack.ask('/rstack/drop')['acl'] > 0
            write_rules(path, 'deny any')
            answer = rstack.ask('/rstack/reload')
            told = answer['sentences'][0]
            assert told.startswith(f'{path}:1: [acl hosts] rule = deny any: '), answer


def drain_a_listener():
    """Its ports close, its connections finish; the others do not notice."""
    with Reloading('[stop]\ntimeout = 2s\nanswer = drop\n' + ECHO + WEB) as rstack:
        idle, held, echo = connect(80), connect(80), connect(7)
        answer = rstack.ask('/rstack/drain,web')
        equal(answer, {'changed': ['[listen web] is drained']})
        equal(idle.recv(1), b'')
        idle.close()
        raises(None, connect, 80, SERVER, 1)
        echoes(echo)
        # a client that does not close is reset at the time-out
        equal(held.recv(1), b'')
        until(lambda: rstack.stats()['resets_sent'] > 0, 'the reset')
        equal(rstack.ask('/rstack/reset/sent')['shutdown'], 1)
        held.close()
        equal(rstack.ask('/rstack/drain,web'), {'error': 'there is no listener web'})
        equal(rstack.changed(), ['[closed web] is gone', '[listen web] is new'])
        equal(len(get()), 1024)
        echoes(echo)
        echo.close()


def log_has_time_and_level():
    """One line an event, levels by key, by reload and by command, and a limit of lines."""
    line = (r'\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z notice rstack\.reload: '
            r'the configuration was read again: nothing has changed\n')
    with Reloading(ECHO) as rstack:
        rstack.reload()
        until(lambda: re.search(line, rstack.output()), 'the line')
        equal(rstack.ask('/rstack/log'),
              {'health': 'notice', 'port': 'notice', 'reload': 'notice', 'stop': 'notice'})
        equal(rstack.ask('/rstack/log,reload=error')['reload'], 'error')
        rstack.reload()
        equal(len(re.findall(line, rstack.output())), 1)
        assert 'error' in rstack.ask('/rstack/log,reload=loud')
        assert 'error' in rstack.ask('/rstack/log,nothing=info')
        equal(set(rstack.ask('/rstack/log,debug').values()), {'debug'})
        rstack.append('[watch]\nlog_level = warning\n')
        equal(rstack.changed(), ['[watch] log_level = warning'])
        equal(set(rstack.ask('/rstack/log').values()), {'warning'})
        rstack.ask('/rstack/log,notice')
        for _ in range(100):
            rstack.reload()
        time.sleep(1.1)
        rstack.reload()
        until(lambda: 'lines were not written' in rstack.output(), 'the limit')
    with Reloading('[watch]\nlog = journal\n' + ECHO) as rstack:
        rstack.reload()
        until(lambda: '<5>rstack.reload: the configuration was read again' in rstack.output(),
              "the journal's level")


def commands_that_are_refused():
    """Of a program that reads its file only once, and of one that stops."""
    with Reloading('[stop]\ntimeout = 60s\n' + ECHO) as rstack:
        with contextlib.closing(Telemetry()) as telemetry:
            sock = connect(7)
            equal(telemetry.ask('/rstack/drain'), {'changed': ['rstack is stopping']})
            equal(sock.recv(1), b'')
            equal(telemetry.ask('/rstack/reload'), {'error': 'rstack is stopping'})
            sock.close()
        equal(rstack.wait(), 0)


if __name__ == '__main__':
    run([
        new_listeners_serve,
        connections_keep_their_service,
        prefixes_and_limits,
        scrapes_are_of_one_configuration,
        the_next_start,
        a_bad_file_changes_nothing,
        a_hundred_reloads_under_load,
        access_list_under_load,
        drain_a_listener,
        log_has_time_and_level,
        commands_that_are_refused,
    ], one_family='files and commands are under test, connections only show their effect')
