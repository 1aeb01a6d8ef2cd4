#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The rstack authors
"""The service metrics: scraped by Prometheus, checked by promtool, asked by Grafana's queries."""
import contextlib
import errno
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import threading
import urllib.error
import urllib.parse
import urllib.request

from e2e import (CLIENT, PATIENCE, SERVER, SERVER6, SERVICES, Rstack, Skip, Tap6, abort_at_close,
                 connect, equal, listen, raises, receive, run, sh, until)

CONFIG = pathlib.Path(__file__).resolve().parents[2] / 'config'
METRICS = listen('metrics', 9100)
URL = f'http://{SERVER}:9100/metrics'
API = 'http://127.0.0.1:9090/api/v1'


def fetch(url):
    """The headers and text of an answer."""
    with urllib.request.urlopen(url, timeout=PATIENCE) as answer:
        return answer.headers, answer.read().decode()


def samples(text):
    """The samples of a text, by name with labels."""
    lines = [line.rsplit(' ', 1) for line in text.splitlines() if not line.startswith('#')]
    found = {name: float(value) for name, value in lines}
    equal(len(found), len(lines), 'no sample is there twice')
    return found


def counters_are_those_of_telemetry():
    """Both read the same table; a labelled family adds up to the total of telemetry."""
    with Rstack(SERVICES + METRICS, lcores='0@0,1@0,2@1') as rstack:
        for _ in range(10):
            with connect(7) as sock:
                sock.sendall(b'hello')
                receive(sock, 5)
        for port in range(3000, 3007):
            raises(errno.ECONNREFUSED, connect, port)
        sock = connect(7)
        abort_at_close(sock)
        sock.close()
        rstack.wait_empty()
        stats = rstack.stats()
        headers, text = fetch(URL)
        equal(headers['Content-Type'], 'text/plain; version=0.0.4; charset=utf-8')
        found = samples(text)
        equal(found['rstack_tcp_established_total'], stats['established'] + 1, 'the scrape, too')
        equal(found['rstack_tcp_rx_data_bytes_total'] > 50, True)
        equal(found['rstack_resets_sent_total{reason="no_listener"}'], 7)
        equal(sum(value for name, value in found.items()
                  if name.startswith('rstack_resets_received_total')), 1)
        equal(found['rstack_listener_accepted_total{listener="echo"}'], 11)
        equal(found['rstack_connections{state="ESTABLISHED"}'], 1)
        for worker in (1, 2):
            busy, total = (found[f'rstack_worker_{name}_seconds_total{{worker="{worker}"}}']
                           for name in ('busy', 'total'))
            assert 0 < busy < total < 100, (busy, total)
        assert 0 < found['rstack_uptime_seconds'] < 100
        # the device's own counters, at most an interval old
        port = '{port="0",device="net_tap0"}'
        until(lambda: samples(fetch(URL)[1])[f'rstack_port_rx_frames_total{port}'] >=
              stats['rx_frames'], "the main lcore reads the device's counters")
        found = samples(fetch(URL)[1])
        device = rstack.ask('/ethdev/stats,0')
        for name, key in (('rx_frames', 'ipackets'), ('rx_bytes', 'ibytes'),
                          ('tx_frames', 'opackets'), ('tx_bytes', 'obytes')):
            assert 0 < found[f'rstack_port_{name}_total{port}'] <= device[key], name
        for name in ('rx_missed', 'rx_errors', 'rx_no_mbuf', 'tx_errors'):
            equal(found[f'rstack_port_{name}_total{port}'], 0, name)
        equal(found[f'rstack_port_link_up{port}'], 1)
        # every number of telemetry's help is there, but for sums over labels
        names = {re.sub('_total$|_seconds_total$', '', name.split('{')[0]) for name in found}
        for name in rstack.ask('/rstack/help'):
            if re.match('(packet|tcp|worker|pool|listener|port)_', name):
                assert 'rstack_' + name.replace('_cycles', '') in names, name


def promtool_finds_no_fault():
    """`promtool check metrics` takes the text, and has no advice about names, units or help."""
    if shutil.which('promtool') is None:
        raise Skip('there is no promtool (package prometheus)')
    with Rstack(SERVICES + METRICS):
        _, text = fetch(URL)
        result = sh('promtool', 'check', 'metrics', input=text, check=False)
        equal((result.returncode, result.stdout, result.stderr), (0, '', ''))
    # it does find faults
    bad = sh('promtool', 'check', 'metrics', input='# TYPE a counter\na 1\n', check=False)
    equal(bad.returncode, 3, bad)


def others_are_refused():
    """`allow`: the SYN of a peer outside gets a reset of its own reason, of either family."""
    inside = listen('inside', 9100, 'metrics', allow=f'10.0.0.0/8, {CLIENT}, 2001:db8::/64')
    outside = listen('outside', 9101, 'metrics', allow='198.51.100.0/24, 2001:db8:2::/48')
    with Rstack(SERVICES + inside + outside, address=f'{SERVER}/24, {SERVER6}/64',
                path=Tap6()) as rstack:
        for host in (SERVER, SERVER6):
            raises(errno.ECONNREFUSED, connect, 9101, host)
            name = f'[{host}]' if ':' in host else host
            assert 'rstack_build_info' in fetch(f'http://{name}:9100/metrics')[1]
        equal(rstack.ask('/rstack/reset/sent')['not_allowed'], 2)
        log = rstack.ask('/rstack/reset/log,0,50,reason=not_allowed')
        equal({entry['reason'] for entry in log.values()}, {'not_allowed'})


def many_scrapes_at_once():
    """Each gets a whole text or 503, and none delays the connections of other services."""
    with Rstack(SERVICES + METRICS) as rstack:
        answers = []

        def scrape():
            for _ in range(5):
                answers.append(sh('curl', '-s', '-o', '-', '-w', '\n%{http_code}', URL).stdout)
        threads = [threading.Thread(target=scrape) for _ in range(16)]
        for thread in threads:
            thread.start()
        with connect(7) as sock:
            for _ in range(200):
                sock.sendall(b'ping')
                receive(sock, 4)
        for thread in threads:
            thread.join()
        equal(len(answers), 80)
        whole = [text for text in answers if text.endswith('\n200')]
        assert len(whole) > 16, answers[0]
        for text in answers:
            assert text.endswith(('\n200', '\n503')), text[-100:]
        for text in whole:
            assert 'rstack_frames_dropped_total{reason="no_mbuf"}' in text.splitlines()[-3], text
        # half a request, and a request whose answer is not read
        with connect(9100) as half, connect(9100) as deaf:
            half.sendall(b'GET /metr')
            deaf.sendall(b'GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n' * 50)
            for _ in range(20):
                assert 'rstack_build_info' in fetch(URL)[1]
            for sock in (half, deaf):
                abort_at_close(sock)
        rstack.wait_empty()


@contextlib.contextmanager
def prometheus():
    """Debian's Prometheus with the sample of config/, which scrapes each second."""
    if shutil.which('prometheus') is None:
        raise Skip('there is no prometheus')
    with tempfile.TemporaryDirectory() as path:
        config = os.path.join(path, 'prometheus.yml')
        text = (CONFIG / 'prometheus.yml').read_text(encoding='utf-8')
        assert f"targets: ['{SERVER}:9100']" in text, text
        with open(config, 'w', encoding='utf-8') as file:
            file.write(text.replace('scrape_interval: 15s', 'scrape_interval: 1s'))
        sh('promtool', 'check', 'config', config)
        with open(os.path.join(path, 'log'), 'w+', encoding='utf-8') as log:
            process = subprocess.Popen(
                ['prometheus', f'--config.file={config}', f'--storage.tsdb.path={path}/data',
                 '--web.listen-address=127.0.0.1:9090'], stdout=log, stderr=log, cwd=path)
            try:
                yield
            except BaseException:
                print('# prometheus said:', pathlib.Path(log.name).read_text(encoding='utf-8'))
                raise
            finally:
                process.terminate()
                process.wait(PATIENCE)


def query(expression):
    """The series that a query of Prometheus returns."""
    try:
        _, text = fetch(f'{API}/query?' + urllib.parse.urlencode({'query': expression}))
    except urllib.error.HTTPError as refused:
        if refused.code == 503: # it is starting
            return []
        raise AssertionError(f'{expression}: {refused.read().decode()}') from refused
    except urllib.error.URLError:
        return [] # it is starting
    return json.loads(text)['data']['result']


def dashboard_queries():
    """The queries of the Grafana dashboard, with its variables filled in as Grafana does."""
    dashboard = json.loads((CONFIG / 'grafana/rstack.json').read_text(encoding='utf-8'))
    names = {variable['name'] for variable in dashboard['templating']['list']}
    equal(names, {'datasource', 'job', 'instance'})
    for panel in dashboard['panels']:
        assert panel['title'] and panel['targets'], panel
        for target in panel['targets']:
            expression = target['expr']
            for name, value in (('$__rate_interval', '10s'), ('$job', '.*'), ('$instance', '.*')):
                expression = expression.replace(name, value)
            assert '$' not in expression, expression
            yield expression, target['legendFormat']


def prometheus_scrapes_and_grafana_asks():
    """Prometheus' own verdict is "up"; each query of the dashboard returns series with labels."""
    with Rstack(SERVICES + METRICS, lcores='0@0,1@0,2@1'), prometheus():
        until(lambda: [s for s in query('up{job="rstack"}') if s['value'][1] == '1'],
              'Prometheus says that rstack is up')
        for _ in range(20):
            with connect(7) as sock:
                sock.sendall(b'hello')
                receive(sock, 5)
            raises(errno.ECONNREFUSED, connect, 3000)
        until(lambda: query('count_over_time(rstack_uptime_seconds[1m]) > 4'), 'five scrapes')
        equal(query('rstack_resets_sent_total{reason="no_listener"}')[0]['value'][1], '20')
        assert float(query('rate(rstack_tcp_established_total[30s])')[0]['value'][1]) > 0
        equal(query('scrape_samples_scraped')[0]['value'][1],
              query('scrape_samples_post_metric_relabeling')[0]['value'][1])
        queries = list(dashboard_queries())
        assert len(queries) > 25, len(queries)
        for expression, legend in queries:
            series = query(expression)
            assert series, f'{expression} returns nothing'
            for label in re.findall(r'{{(\w+)}}', legend):
                assert label in series[0]['metric'], (expression, legend, series[0])


if __name__ == '__main__':
    run([
        counters_are_those_of_telemetry,
        promtool_finds_no_fault,
        others_are_refused,
        many_scrapes_at_once,
        prometheus_scrapes_and_grafana_asks,
    ], one_family='the scrapes are under test; connections only make the counters move')
