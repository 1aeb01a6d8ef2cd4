#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The rstack authors
"""
Other people's tools against rstack: scanners, packet generators and HTTP load generators of Debian.
Each says what it found, and rstack's counters must say the same. (curl --parallel: test_clients.py)
It runs by Debian's own python3, which finds Debian's python3-scapy.
"""
import json
import os
import random
import re
import subprocess
import tempfile

from scapy.layers.inet import ICMP, IP, TCP, UDP
from scapy.layers.inet6 import ICMPv6EchoRequest, IPv6, IPv6ExtHdrDestOpt, IPv6ExtHdrFragment
from scapy.layers.inet6 import IPv6ExtHdrHopByHop
from scapy.packet import Raw, fuzz

from e2e import (CLIENT, CLIENT6, ECHO, PATIENCE, SERVER, SERVER6, TAP, Family, Rstack, connect,
                 echoes, equal, families, listen, run, server, sh, until, url)
from packets import Wire

BODY = 1024
WEB = listen('web', 80, 'http', body=BODY)
# Ports that an operator wants to be seen open, closed and filtered.
SCANNED = ECHO + WEB + '[closed quiet]\nport = 90\nanswer = drop\n'

REQUESTS = 2000
CLIENTS = 20

# For wrk: one line that a program can read.
WRK_DONE = """
function done(summary, latency, requests)
	local e = summary.errors
	io.write(string.format("counts %d %d %d\\n", summary.requests, summary.bytes,
		e.connect + e.read + e.write + e.status + e.timeout))
end
"""


def web():
    """An appliance with a page on port 80."""
    return Rstack(SCANNED)


class Moved:
    """How far counters have moved since."""

    def __init__(self, rstack):
        self.rstack = rstack
        self.before = self.now()

    def now(self):
        """All counters by name: of the engine, drops by reason, resets by cause."""
        counters = dict(self.rstack.stats())
        for group, command in (('drop', '/rstack/drop'), ('sent', '/rstack/reset/sent'),
                               ('received', '/rstack/reset/received')):
            counters |= {f'{group} {name}': value
                         for name, value in self.rstack.ask(command).items()}
        counters |= {f'web {name}': value for name, value in
                     self.rstack.ask('/rstack/listener/stats,web').items()}
        return counters

    def by(self, *names):
        """The difference of some."""
        now = self.now()
        return tuple(now[name] - self.before[name] for name in names)


#
# Scanners.
#

def nmap(*options):
    """The ports by number as nmap sees them, and how many it does not list one by one."""
    family = ['-6'] if Family.ipv6 else []
    out = sh('nmap', '-n', '-Pn', '-T4', *family, *options, '-oG', '-', server()).stdout
    found = re.search(r'Ports: ([^\t\n]*)', out)
    ports = {int(port.split('/')[0]): port.split('/')[1]
             for port in (found[1].split(', ') if found else [])}
    ignored = re.search(r'Ignored State: (\w+) \((\d+)\)', out)
    return ports, (ignored[1], int(ignored[2])) if ignored else None


def nmap_sees_what_is_configured():
    """Open, closed, filtered: by SYNs, by connect(), by FINs, and by ACKs."""
    asked = '7,80,81,90'
    with web() as rstack:
        for _ in families():
            moved = Moved(rstack)
            seen = {7: 'open', 80: 'open', 81: 'closed', 90: 'filtered'}
            equal(nmap('-sS', '-p', asked), (seen, None), 'SYN scan')
            # the kernel resets a connection that nmap opened behind its back
            until(lambda: moved.by('received accepted')[0] >= 2, 'half-open ones are reset')
            equal(nmap('-sT', '-p', asked), (seen, None), 'connect scan')
            opened, sent, drops = moved.by('established', 'sent no_listener', 'drop closed_drop')
            assert opened >= 2 and sent >= 2 and drops >= 4, (opened, sent, drops)
            # a FIN without ACK is dropped by a listener (RFC 9293 3.10.7.2), reset elsewhere
            equal(nmap('-sF', '-p', asked), ({7: 'open|filtered', 80: 'open|filtered',
                                              81: 'closed', 90: 'open|filtered'}, None))
            # an ACK is reset at a listener, too
            equal(nmap('-sA', '-p', asked), ({7: 'unfiltered', 80: 'unfiltered',
                                              81: 'unfiltered', 90: 'filtered'}, None))


def nmap_finds_no_other_port():
    """Each of 1 to 1024: two are open, one is filtered."""
    with web() as rstack:
        for _ in families():
            moved = Moved(rstack)
            equal(nmap('-sS', '-p', '1-1024'), ({7: 'open', 80: 'open', 90: 'filtered'},
                                                ('closed', 1021)))
            assert moved.by('sent no_listener')[0] >= 1021, moved.by('sent no_listener')


#
# Packet generators.
#

def hping3(*options, count=20):
    """The flags of the answers, or the ICMP messages; their number."""
    result = sh('hping3', '-n', '-I', TAP, '-c', str(count), '-i', 'u2000', *options, SERVER,
                check=False)
    flags = re.findall(r'flags=(\w+)', result.stdout)
    sent, received = re.search(r'(\d+) packets (?:tramitted|transmitted), (\d+) packets received',
                               result.stderr).groups()
    equal(int(sent), count, result.stderr)
    return set(flags), int(received), result.stdout


def hping3_is_answered_as_rfc_9293_says():
    """SYN to a listener: SYN-ACK; to a closed port: RST; and what else it sends."""
    with web() as rstack:
        moved = Moved(rstack)
        equal(hping3('-S', '-p', '80')[:2], ({'SA'}, 20))
        equal(hping3('-S', '-p', '81')[:2], ({'RA'}, 20))
        equal(hping3('-S', '-p', '90')[:2], (set(), 0))
        equal(hping3('-A', '-p', '80')[:2], ({'R'}, 20))
        equal(hping3('-A', '-p', '81')[:2], ({'R'}, 20))
        equal(hping3('-F', '-p', '80')[:2], (set(), 0))
        equal(hping3('-R', '-p', '80')[:2], (set(), 0))
        equal(hping3('-S', '-b', '-p', '80')[:2], (set(), 0))
        equal(hping3('-1')[1], 20)
        assert 'Unreachable' in hping3('-2', '-p', '9999', count=5)[2]
        until(lambda: moved.by('received accepted')[0] >= 20, 'the kernel resets what it opened')
        names = ('passive_opens', 'sent no_listener', 'drop closed_drop', 'sent listen_bad_ack',
                 'sent no_connection', 'drop tcp_checksum', 'echo_replies', 'icmp_unreachables')
        equal(dict(zip(names, moved.by(*names))), dict(zip(names, (20, 20, 20, 20, 20, 20, 20, 5))))


def random_frames(rng, ipv6):
    """
    What isic, tcpsic, udpsic, icmpsic and their kin for IPv6 send, which Debian 12 does not have:
    random headers, options, lengths, fragments and payload, a part of them with wrong checksums.
    """
    network = fuzz(IPv6(dst=SERVER6, nh=rng.choice((0, 6, 6, 17, 43, 44, 58, 60, 255)))) if ipv6 \
        else fuzz(IP(dst=SERVER, frag=rng.choice((0, 0, 0, 185))))
    network.src = CLIENT6 if ipv6 else CLIENT
    if rng.randrange(10) != 0:  # else its version is random, too
        network.version = 6 if ipv6 else 4
    if rng.randrange(4) != 0:
        network.flags = 0
    echo = ICMPv6EchoRequest() if ipv6 else ICMP()
    kinds = [fuzz(TCP(dport=rng.choice((7, 80, 81, 90)))), fuzz(UDP()), fuzz(echo), Raw()]
    if ipv6:
        kinds += [fuzz(head) / fuzz(TCP(dport=7)) for head in
                  (IPv6ExtHdrHopByHop(), IPv6ExtHdrDestOpt(), IPv6ExtHdrFragment())]
    upper = rng.choice(kinds)
    if rng.randrange(4) == 0 and hasattr(upper, 'chksum'):
        upper.chksum = rng.randrange(1 << 16)
    packet = network / upper / Raw(rng.randbytes(rng.randrange(200)))
    return bytes(packet)[:1500]


def random_packets_do_no_harm():
    """Thousands of random packets of each family; then echo and the page are served as before."""
    rng = random.Random(13)
    random.seed(13)  # scapy's
    with Rstack('r2_syn = 3s\n' + SCANNED, worker='reassembly_timeout = 1s') as rstack, \
            Wire(rstack) as wire:
        for _ in families():
            moved = Moved(rstack)
            sent = 1500
            for _ in range(sent):
                wire.send(random_frames(rng, Family.ipv6))
            # a known end: what came before it has been processed
            with connect(7) as sock:
                echoes(sock, bytes(100000))
            sh('curl', '-gsf', '-m', str(PATIENCE), url())
            frames, drops = moved.by('rx_frames', 'drops')
            assert frames >= sent, frames
            assert drops >= sent // 4, drops
            kinds = [name for name in moved.now() if name.startswith('drop ')
                     and moved.by(name) != (0,)]
            assert len(kinds) >= 6, kinds
            print(f'# {drops} of {frames} frames dropped: '
                  + ', '.join(f'{name[5:]} {moved.by(name)[0]}' for name in kinds), flush=True)


#
# HTTP load generators: no request fails, and rstack has sent the bytes that they have received.
#

def ab_has_no_failed_request():
    """ab: a connection for each request, then keep-alive."""
    with web() as rstack:
        for _ in families():
            for keep, connections in (([], REQUESTS), (['-k'], CLIENTS)):
                moved = Moved(rstack)
                out = sh('ab', '-q', '-n', str(REQUESTS), '-c', str(CLIENTS), *keep, url()).stdout
                counts = dict(re.findall(r'^(Complete requests|Failed requests|Total transferred|'
                                         r'HTML transferred|Non-2xx responses): +(\d+)', out, re.M))
                equal({name: int(value) for name, value in counts.items()}, {
                    'Complete requests': REQUESTS, 'Failed requests': 0,
                    'Total transferred': moved.by('web tx_bytes')[0],
                    'HTML transferred': REQUESTS * BODY}, out)
                # without keep-alive it opens a few more, for requests that it does not send then
                opened, resets = moved.by('web established', 'resets_sent')
                assert connections <= opened <= connections + CLIENTS, opened
                equal(resets, 0)


def wrk_has_no_failed_request():
    """wrk for two seconds: what it counted has been sent, and no more than was in flight."""
    with web() as rstack, tempfile.NamedTemporaryFile('w', suffix='.lua') as script:
        script.write(WRK_DONE)
        script.flush()
        for _ in families():
            moved = Moved(rstack)
            out = sh('wrk', '-t', '2', '-c', str(CLIENTS), '-d', '2s', '-s', script.name,
                     url()).stdout
            done, size, errors = map(int, re.search(r'^counts (\d+) (\d+) (\d+)$', out,
                                                    re.M).groups())
            rstack.wait_empty()
            sent = moved.by('web tx_bytes')[0]
            assert errors == 0 and done > 100, out
            # answers that were on their way when it stopped are not in its count of bytes, and
            # one that had come in part is not in that of answers
            answer = size // done + 1
            assert size <= sent <= size + 2 * CLIENTS * answer, (sent, size, out)
            assert size >= done * BODY, out
            # it tries the address with one connection before
            assert CLIENTS <= moved.by('web established')[0] <= CLIENTS + 2, moved.by(
                'web established')
            equal(moved.by('resets_sent'), (0,))


def h2load_has_no_failed_request():
    """
    h2load --h1: pipelined requests on kept connections. Not over IPv6, where its Host has no
    brackets, which is answered 400 (RFC 9112 3.2).
    """
    with web() as rstack:
        moved = Moved(rstack)
        out = sh('h2load', '--h1', '-n', str(REQUESTS), '-c', str(CLIENTS), '-m', '4',
                 url()).stdout
        requests = re.search(r'^requests: (.*)$', out, re.M)[1]
        equal(requests, f'{REQUESTS} total, {REQUESTS} started, {REQUESTS} done, {REQUESTS} '
              'succeeded, 0 failed, 0 errored, 0 timeout')
        # it counts a status twice if it is read in two parts, so the number of 2xx may be larger
        assert ' 2xx, 0 3xx, 0 4xx, 0 5xx' in out, out
        size = int(re.search(r'^traffic: \S+ \((\d+)\) total', out, re.M)[1])
        equal(moved.by('web tx_bytes', 'web established', 'resets_sent'), (size, CLIENTS, 0))


def siege_has_no_failed_transaction():
    """siege without pauses: availability 100 %."""
    with web() as rstack, tempfile.TemporaryDirectory() as home:
        moved = Moved(rstack)
        rounds = REQUESTS // CLIENTS
        out = subprocess.run(
            ['siege', '--benchmark', '--no-parser', '--json-output', '-c', str(CLIENTS), '-r',
             str(rounds), f'http://{SERVER}/'], env={**os.environ, 'HOME': home}, check=True,
            capture_output=True, text=True, timeout=4 * PATIENCE)
        counts = json.loads(out.stdout[out.stdout.index('{'):])
        equal((counts['transactions'], counts['availability'], counts['failed_transactions']),
              (REQUESTS, 100.0, 0), out.stdout)
        equal(moved.by('web established', 'resets_sent'), (REQUESTS, 0))


if __name__ == '__main__':
    os.environ.pop('http_proxy', None)
    run([
        nmap_sees_what_is_configured,
        nmap_finds_no_other_port,
        hping3_is_answered_as_rfc_9293_says,
        random_packets_do_no_harm,
        ab_has_no_failed_request,
        wrk_has_no_failed_request,
        h2load_has_no_failed_request,
        siege_has_no_failed_transaction,
    ], dual=True)
