# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The rstack authors
"""What the end-to-end tests share: the real binary on a TAP port, the kernel as the peer.

Each script runs in network, mount and process namespaces of its own, which end with it
whatever becomes of it: nothing can leak out or stay. Each test is a function; run() prints
their names as TAP. Tests that do not depend on the address family run for both: server() and
the functions below know which one it is. They run twice, or, where that would take long, make
their requests over both families to one rstack: families().
"""
import contextlib
import json
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import traceback

SERVER = '192.0.2.1'
CLIENT = '192.0.2.2'
MANY = '198.18.0.0/15'
SERVER6 = '2001:db8::1'
CLIENT6 = '2001:db8::2'
MANY6 = '2001:db8:1::/48'
TAP = 'rstack0'

# Of a path with something between the client and the TAP.
MIDDLE = 'middle'
WIRE = 'wire0'

# A slow machine, or a sanitizer, needs longer.
PATIENCE = 30

BASE = """
[eal]
lcores = {lcores}
no-huge = {no_huge}
file-prefix = {prefix}
[port 0]
device = {device}
address = {address}
terminate = {many}
{port}
[worker]
idle = {idle}
{worker}
[tcp]
msl = {msl}
"""


def listen(name, port, service=None, **keys):
    """The section of a listener; its service has its name unless another is given."""
    keys = {'port': port, 'service': service or name, **keys}
    return f'[listen {name}]\n' + ''.join(f'{key} = {keys[key]}\n' for key in keys)


ECHO = listen('echo', 7)
DISCARD = listen('discard', 9)
CHARGEN = listen('chargen', 19)
SERVICES = ECHO + DISCARD + listen('web', 80, 'http', body=1024)

# <linux/tcp.h>; Python has no name for it.
TCP_REPAIR = 19

# What must never be in rstack's output.
ALARMS = ('bug:', 'ERROR: AddressSanitizer', 'ERROR: LeakSanitizer', 'runtime error:')


class Family:
    """The address family of the test that runs now."""

    ipv6 = False
    dual = False  # rstack and the kernel have addresses of both, see families()


def families():
    """A loop over both families, for the tests of a run(dual=True)."""
    for Family.ipv6 in (False, True):
        yield
    Family.ipv6 = False


def server():
    """The address of rstack, of the family of the test."""
    return SERVER6 if Family.ipv6 else SERVER


def client():
    """The address of the kernel, likewise."""
    return CLIENT6 if Family.ipv6 else CLIENT


def named(host, port):
    """An address and a port, as rstack prints them."""
    return f'[{host}]:{port}' if ':' in host else f'{host}:{port}'


def connection(port, own):
    """A connection of ours to this port of rstack, as rstack names it."""
    return f'{named(server(), port)},{named(client(), own)}'


def url(port=80):
    """Its URL, for curl with -g."""
    return f'http://{named(server(), port)}/'


def tcp_socket():
    """A socket of the family of the test."""
    return socket.socket(socket.AF_INET6 if Family.ipv6 else socket.AF_INET)


class Skip(Exception):
    """The reason why a test cannot run here."""


def rstack_path():
    """The binary under test."""
    return os.environ['RSTACK']


def sh(*command, check=True, **options):
    """Run a command; its result has stdout and stderr as text."""
    options.setdefault('timeout', 300)
    result = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    if check and result.returncode != 0:
        raise AssertionError(f'{command} gave {result.returncode}: '
                             f'{result.stdout}{result.stderr}')
    return result


def until(condition, what, seconds=PATIENCE):
    """Wait for a condition; gives its value."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < end, f'not within {seconds} s: {what}'
        time.sleep(0.02)


def equal(got, expected, what=''):
    """got == expected."""
    assert got == expected, f'{what}: got {got!r}, expected {expected!r}'


class Telemetry:
    """A client of rte_telemetry, as dpdk-telemetry.py is one."""

    def __init__(self, prefix='e2e'):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        # blocking, because telemetry's backlog is 1: with a timeout connect() would fail
        self.sock.connect(f'/run/dpdk/{prefix}/dpdk_telemetry.v2')
        self.sock.settimeout(PATIENCE)
        self.sock.recv(16384)

    def ask(self, command):
        """The answer to a command, without its name."""
        self.sock.send(command.encode())
        answer = json.loads(self.sock.recv(32768))
        return answer[command.split(',')[0]]

    def close(self):
        """Hang up."""
        self.sock.close()


class Tap:
    """How the kernel reaches rstack: the TAP's other end is the client's."""

    device = TAP
    prefix = ()  # of the command line that starts rstack
    routed = True  # the client has a route to the prefixes that rstack terminates

    def attach(self):
        """Set up the client's end; the TAP is there."""
        ipv6 = Family.ipv6 or Family.dual
        if ipv6:
            sh('sysctl', '-qw', f'net.ipv6.conf.{self.device}.disable_ipv6=0',
               f'net.ipv6.conf.{self.device}.accept_ra=0',
               f'net.ipv6.conf.{self.device}.keep_addr_on_down=1')
        sh('ip', 'addr', 'add', f'{CLIENT}/24', 'dev', self.device)
        sh('ip', 'link', 'set', self.device, 'up')
        if ipv6:
            sh('ip', 'addr', 'add', f'{CLIENT6}/64', 'dev', self.device, 'nodad')
        if self.routed:
            sh('ip', 'route', 'add', MANY, 'dev', self.device)
        if self.routed and ipv6:
            sh('ip', 'route', 'add', MANY6, 'via', SERVER6)

    def detach(self):
        """rstack is gone."""
        until(lambda: sh('ip', 'link', 'show', TAP, check=False).returncode != 0,
              'the TAP goes away')


class Tap6(Tap):
    """The same with IPv6: `address` is the client's, of which the kernel detects duplicates."""

    def __init__(self, address=CLIENT6, optimistic='nodad'):
        self.address = address
        self.optimistic = [optimistic] if optimistic else []

    def attach(self):
        sh('sysctl', '-qw', f'net.ipv6.conf.{TAP}.disable_ipv6=0',
           f'net.ipv6.conf.{TAP}.accept_ra=0')
        super().attach()
        sh('ip', 'addr', 'add', f'{self.address}/64', 'dev', TAP, *self.optimistic)
        sh('ip', 'route', 'add', MANY6, 'via', SERVER6)


class Bridge(Tap):
    """
    Between the client and the TAP lies a namespace with a bridge, where segments get lost
    that both sides take for sent: what an output hook drops, the kernel knows of.
    """

    device = WIRE
    prefix = ('nsenter', f'--net=/run/netns/{MIDDLE}')

    def __init__(self):
        sh('ip', 'netns', 'add', MIDDLE)
        quiet_namespace(*self.prefix)
        sh('ip', 'link', 'add', WIRE, 'type', 'veth', 'peer', 'name', WIRE, 'netns', MIDDLE)
        # or 64 KiB would get lost as one frame
        sh('ip', 'link', 'set', WIRE, 'gso_max_segs', '1')

    def attach(self):
        sh('ip', '-n', MIDDLE, 'link', 'add', 'br0', 'type', 'bridge')
        sh('ip', '-n', MIDDLE, 'link', 'set', 'br0', 'up')
        # rstack and its TAP have the same address; a bridge would keep the frames to it
        sh('ip', '-n', MIDDLE, 'link', 'set', TAP, 'address', '02:00:00:00:00:01')
        for device in (WIRE, TAP):
            sh('ip', '-n', MIDDLE, 'link', 'set', device, 'master', 'br0', 'up')
        super().attach()

    def detach(self):
        sh('ip', 'netns', 'del', MIDDLE)
        until(lambda: sh('ip', 'link', 'show', WIRE, check=False).returncode != 0,
              'the wire goes away')

    @contextlib.contextmanager
    def rules(self, to_rstack, to_client):
        """nftables statements on all TCP segments, on their way in each direction."""
        text = 'table netdev e2e {\n' + ''.join(
            f'chain {name} {{ type filter hook ingress device "{device}" priority 0;\n'
            f'meta l4proto tcp {rule}\n}}\n'
            for name, device, rule in (('to_rstack', WIRE, to_rstack),
                                       ('to_client', TAP, to_client))) + '}\n'
        sh(*self.prefix, 'nft', '-f', '-', input=text)
        try:
            yield
        finally:
            sh(*self.prefix, 'nft', 'delete', 'table', 'netdev', 'e2e')

    def loss(self, percent):
        """Lose so many of 100 TCP segments, in both directions."""
        rule = f'numgen random mod 1000 < {round(percent * 10)} drop'
        return self.rules(rule, rule)


class Rstack:
    """
    A running appliance; with wait=False one that may fail. The configuration begins in
    [tcp]; the lines of `port` stand in [port 0], those of `worker` in [worker]. `prefix` tells it
    from others that run at the same time; `env` is more of its environment.
    """

    def __init__(self, config=SERVICES, *, lcores='0@0,1@1', idle='yield', eal=(), queues=False,
                 wait=True, port='', worker='', files=None, msl='100ms', path=None,
                 address=f'{SERVER}/24', device=f'net_tap0,iface={TAP}', huge=False,
                 prefix='e2e', env=None):
        self.path = path or Tap()
        self.prefix = prefix
        if Family.ipv6 or Family.dual:
            address += f', {SERVER6}/64'
            port += f'terminate = {MANY6}\ndad_transmits = 0\n'
        self.dir = tempfile.TemporaryDirectory()
        for name, data in (files or {}).items():
            with open(os.path.join(self.dir.name, name), 'wb') as file:
                file.write(data)
        self.config = os.path.join(self.dir.name, 'rstack.ini')
        text = BASE.format(prefix=prefix, lcores=lcores, idle=idle, device=device, address=address,
                           many=MANY, msl=msl, port=port, worker=worker,
                           no_huge='no' if huge else 'yes')
        with open(self.config, 'w', encoding='utf-8') as file:
            file.write(text + config.replace('@DIR@', self.dir.name))
        self.queues = queues
        self.out = open(os.path.join(self.dir.name, 'out'), 'w+', encoding='utf-8')
        self.process = subprocess.Popen([*self.path.prefix, rstack_path(), *eal, '--', '-c',
                                         self.config],
                                        stdout=self.out, stderr=self.out,
                                        stdin=subprocess.DEVNULL,
                                        env={**os.environ, **(env or {})})
        self.status = None
        if wait:
            try:
                self.wait_up()
            except BaseException:
                self.kill()
                raise

    def output(self):
        """What it printed so far."""
        self.out.flush()
        with open(self.out.name, encoding='utf-8', errors='replace') as file:
            return file.read()

    def wait_up(self):
        """Wait until it polls, and set up the kernel's end of the TAP."""
        until(lambda: 'Ctrl-C stops it' in self.output() or self.process.poll() is not None,
              'rstack runs')
        assert self.process.poll() is None, f'rstack did not start: {self.output()}'
        self.path.attach()

    def kill(self):
        """The end, not in order."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def signal(self, sig=signal.SIGINT):
        """Send a signal."""
        self.process.send_signal(sig)

    def wait(self, seconds=PATIENCE):
        """Wait for its end; its exit status."""
        self.status = self.process.wait(seconds)
        output = self.output()
        for alarm in ALARMS:
            assert alarm not in output, f'rstack said {output}'
        return self.status

    def stats(self):
        """All counters."""
        return self.ask('/rstack/stats')

    def ask(self, command):
        """One telemetry command."""
        with contextlib.closing(Telemetry(self.prefix)) as telemetry:
            return telemetry.ask(command)

    def wait_empty(self):
        """Wait until every connection is gone, and all that they held with them."""
        def used():
            stats = self.stats()
            return {name: stats[name] for name in stats
                    if name.startswith('used_') and name != 'used_mbufs' and stats[name] != 0}
        try:
            until(lambda: not used(), 'all TCBs, busy blocks, chunks and neighbours are free')
        except AssertionError as error:
            raise AssertionError(f'{error}; {used()}, {self.ask("/rstack/tcp/states")}') from None

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        try:
            if kind is None and self.process.poll() is None:
                self.wait_empty()
                self.signal()
                equal(self.wait(), 0, f'exit status; rstack said {self.output()}')
            elif kind is not None:
                print('# rstack said:', file=sys.stderr)
                print(self.output(), file=sys.stderr)
        finally:
            self.kill()
            self.out.close()
            self.dir.cleanup()
            self.path.detach()


@contextlib.contextmanager
def known_leak(where):
    """A leak of DPDK's own, of this function or library, that the leak sanitizer shall not tell."""
    with tempfile.NamedTemporaryFile('w', suffix='.lsan') as leaks:
        leaks.write(f'leak:{where}\n')
        leaks.flush()
        os.environ['LSAN_OPTIONS'] = f'suppressions={leaks.name}:print_suppressions=0'
        try:
            yield
        finally:
            del os.environ['LSAN_OPTIONS']


def connect(port, host=None, seconds=PATIENCE):
    """A connection to rstack."""
    return socket.create_connection((host or server(), port), seconds)


def receive(sock, count):
    """Exactly count bytes."""
    data = bytearray()
    while len(data) < count:
        piece = sock.recv(min(count - len(data), 1 << 20))
        assert piece, f'end of stream after {len(data)} of {count} bytes'
        data += piece
    return bytes(data)


def receive_all(sock):
    """All up to the end of the stream."""
    data = bytearray()
    while piece := sock.recv(1 << 20):
        data += piece
    return bytes(data)


def connect_from(own, port, seconds=PATIENCE):
    """A connection to rstack from a port of one's own, even if that was just in use."""
    sock = tcp_socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.settimeout(seconds)
    sock.bind((client(), own))
    sock.connect((server(), port))
    return sock


def echoes(sock, data=b'still there?'):
    """
    The echo service sends all of it back. It is read while it is sent,
    because it may be more than windows and buffers hold.
    """
    sender = threading.Thread(target=sock.sendall, args=(data,))
    sender.start()
    assert receive(sock, len(data)) == data, 'the bytes differ'
    sender.join()


def echoes_on_many(count, size):
    """So many connections at once, each with so many bytes of its own."""
    good = []

    def one(seed):
        with connect(7) as sock:
            echoes(sock, random.Random(seed).randbytes(size))
        good.append(seed)

    threads = [threading.Thread(target=one, args=(seed,)) for seed in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    equal(sorted(good), list(range(count)), 'connections with the right bytes')


def crash(sock):
    """The kernel forgets the connection and says nothing, as a host does that crashes."""
    sock.setsockopt(socket.IPPROTO_TCP, TCP_REPAIR, 1)
    sock.close()


def sysctl(**values):
    """Set parameters of the kernel's IPv4 and TCP, of this namespace only."""
    for name, value in values.items():
        with open(f'/proc/sys/net/ipv4/{name}', 'w', encoding='utf-8') as file:
            file.write(str(value))


def abort_at_close(sock):
    """Make close() send a reset."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b'\1\0\0\0\0\0\0\0')


def raises(error, function, *args):
    """The call fails with this errno."""
    try:
        function(*args)
    except OSError as caught:
        equal(caught.errno, error, f'errno ({caught})')
        return
    raise AssertionError(f'no {os.strerror(error)}')


def quiet_namespace(*prefix):
    """Without IPv6 the kernel sends nothing that a test did not ask for."""
    sh(*prefix, 'sysctl', '-qw', 'net.ipv6.conf.default.disable_ipv6=1', check=False)


def enter_namespaces():
    """Run this script again as the first process of namespaces of its own, with its own /run."""
    if os.environ.get('E2E_PARENT') != str(os.getppid()):
        # of the first process the parent is 0
        os.environ['E2E_PARENT'] = '0'
        os.execvp('unshare', ['unshare', '--net', '--mount', '--pid', '--fork', '--kill-child',
                              '--mount-proc', sys.executable, *sys.argv])
    sh('mount', '-t', 'tmpfs', '-o', 'mode=755', 'tmpfs', '/run')
    sh('ip', 'link', 'set', 'lo', 'up')
    quiet_namespace()


def run(tests, both=(), dual=False, one_family=None):
    """
    Run the tests, print TAP, exit. The tests of `both` run over IPv6, too, unless ONE_FAMILY is
    set: under sanitizers, where a test takes longer and the family makes no difference to it.
    dual: rstack and the kernel have addresses of both families in all tests.
    one_family: the reason why the tests that are neither run once, printed with the results.
    """
    assert dual or set(both) == set(tests) or one_family, 'the reason for one family is missing'
    reason = None
    if os.geteuid() != 0:
        reason = 'not root'
    elif not os.path.exists('/dev/net/tun'):
        reason = 'there is no /dev/net/tun'
    if reason is not None:
        print(f'1..0 # SKIP {reason}')
        sys.exit(0)
    enter_namespaces()
    Family.dual = dual
    failed = 0
    families = [(test, False) for test in tests]
    if not os.environ.get('ONE_FAMILY'):
        families += [(test, True) for test in both]
    if one_family:
        print(f'# address families: {one_family}')
    print(f'1..{len(families)}', flush=True)
    for number, (test, ipv6) in enumerate(families, 1):
        name = test.__name__ + ('_over_ipv6' if ipv6 else '')
        Family.ipv6 = ipv6
        try:
            test()
            print(f'ok {number} - {name}', flush=True)
        except Skip as skip:
            print(f'ok {number} - {name} # SKIP {skip}', flush=True)
        except Exception:  # pylint: disable=broad-except
            failed += 1
            print(f'not ok {number} - {name}', flush=True)
            print(''.join('# ' + line for line in
                          traceback.format_exc().splitlines(keepends=True)), flush=True)
    sys.exit(1 if failed else 0)
