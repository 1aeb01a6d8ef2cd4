#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The rstack authors
"""rstack-top: as text, as JSON, and on a terminal that is resized while rstack goes and comes."""
import contextlib
import errno
import fcntl
import json
import os
import pty
import signal
import socket
import struct
import subprocess
import sys
import termios
import threading
import time

from e2e import (PATIENCE, SERVICES, Rstack, Skip, abort_at_close, connect, echoes, equal, listen,
                 raises, run, sh, until)

PREFIX = ('--file-prefix', 'e2e')


def top(*arguments, **options):
    """Run it to its end."""
    return sh(os.environ['RSTACK_TOP'], *arguments, **options)


def help_and_bad_options():
    """Each option is in the help; a wrong one has status 2."""
    text = top('--help').stdout
    equal(top('-h').stdout, text)
    for option in ('--file-prefix', '--interval', '--once', '--json', '--version'):
        assert option in text, option
    assert top('--version').stdout.startswith('rstack-top '), top('--version')
    for bad in (['--interval', '0'], ['--interval', 'x'], ['--interval', '61'], ['--none'],
                ['word'], ['--interval', 'nan'], ['--file-prefix', 'a' * 100, '--once']):
        result = top(*bad, check=False)
        equal((result.returncode, result.stdout), (2, ''), bad)
        assert result.stderr.startswith('rstack-top: '), result
    # neither is a terminal
    equal(top(*PREFIX, check=False, stdin=subprocess.DEVNULL).returncode, 2)


def no_appliance_is_said():
    """No socket, or a socket that nothing serves, or one of another program."""
    result = top('--once', '--file-prefix', 'none', check=False)
    equal(result.returncode, 1)
    assert '/run/dpdk/none/dpdk_telemetry.v2: No such file' in result.stderr, result
    os.makedirs('/run/dpdk/other')
    with contextlib.closing(socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)) as server:
        server.bind('/run/dpdk/other/dpdk_telemetry.v2')
        result = top('--once', '--file-prefix', 'other', check=False)
        equal(result.returncode, 1)
        assert 'Connection refused' in result.stderr, result
        server.listen()

        def serve():
            client, _ = server.accept()
            with client:
                client.send(b'{"version": "DPDK", "pid": 1, "max_output_len": 16384}')
                client.recv(100)
                client.send(b'{"/rstack/info": null}')
                client.recv(100)
        thread = threading.Thread(target=serve)
        thread.start()
        result = top('--once', '--file-prefix', 'other', check=False)
        thread.join()
        equal(result.returncode, 1)
        assert 'is not rstack' in result.stderr, result
    # RUNTIME_DIRECTORY, as dpdk-telemetry.py has it
    result = top('--once', check=False, env={**os.environ, 'RUNTIME_DIRECTORY': '/run/elsewhere'})
    assert '/run/elsewhere/dpdk/rte/dpdk_telemetry.v2' in result.stderr, result


def numbers_are_those_of_the_peer():
    """--json: totals, and rates that a known load makes; --once: the same as lines of text."""
    with Rstack(SERVICES, lcores='0@0,1@0,2@1') as rstack:
        for port in range(3000, 3010):
            raises(errno.ECONNREFUSED, connect, port)
        with connect(7) as sock:
            process = subprocess.Popen([os.environ['RSTACK_TOP'], *PREFIX, '--json', '--interval',
                                        '3'], stdout=subprocess.PIPE, text=True)
            # until it has its first sample, whatever it takes
            messages = time.monotonic() + 1
            while time.monotonic() < messages:
                echoes(sock, bytes(1000))
            for port in range(3000, 3030):
                raises(errno.ECONNREFUSED, connect, port)
            text = process.communicate(timeout=PATIENCE)[0]
            equal(len(text.splitlines()), 1)
            tree = json.loads(text)
            equal(tree['info']['pid'], rstack.process.pid)
            equal(tree['states']['ESTABLISHED'], 1)
            equal(tree['resets_sent']['no_listener'], 40)
            equal(sorted(tree['workers']), ['1', '2'])
            equal(sorted(tree['listeners']), ['discard', 'echo', 'web'])
            equal(tree['listeners']['echo']['open'], 1)
            equal(tree['ports']['0']['device'], 'net_tap0,iface=rstack0')
            rates = tree['rates']
            assert 5 < rates['resets_sent']['no_listener'] <= 10, rates
            assert rates['stats']['rx_data_bytes'] > 1000, rates
            assert rates['ports']['0']['ipackets'] > 10, rates
            for part in rates['workers'].values():
                assert 0 < part['busy_cycles'] < part['total_cycles'], part
            for gauge in ('info', 'states'):
                assert gauge not in rates, rates
            lines = top(*PREFIX, '--once', '--interval', '0.2').stdout.splitlines()
        assert lines[0].startswith('rstack '), lines
        assert f'process {rstack.process.pid}' in lines[0], lines[0]
        equal(lines[1], rstack.config)
        assert any(line.split()[:2] == ['no_listener', '40'] for line in lines), lines
        assert 'ESTABLISHED 1' in lines, lines
        for line in lines:
            equal(line, line.rstrip())
        # a peer that hangs up in the middle, and many in a row, leave it as it was
        for _ in range(30):
            top(*PREFIX, '--json', '--interval', '0.1')
        abort_at_close(connect(7))


class Terminal:
    """rstack-top on a terminal, which a thread reads into a screen."""

    def __init__(self, rows, columns, *arguments, locale='C.UTF-8'):
        try:
            # where Debian has it, if this Python is another one
            sys.path.append('/usr/lib/python3/dist-packages')
            import pyte  # pylint: disable=import-outside-toplevel
        except ImportError as missing:
            raise Skip('there is no python3-pyte') from missing
        finally:
            sys.path.pop()
        self.screen = pyte.Screen(columns, rows)
        self.stream = pyte.ByteStream(self.screen)
        self.lock = threading.Lock()
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.environ.update(TERM='linux', LC_ALL=locale)
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack('HHHH', rows, columns, 0, 0))
            os.execv(os.environ['RSTACK_TOP'], ['rstack-top', *arguments])
        self.thread = threading.Thread(target=self.read)
        self.thread.start()

    def read(self):
        """Until it ends."""
        with contextlib.suppress(OSError):
            while data := os.read(self.fd, 65536):
                with self.lock:
                    self.stream.feed(data)

    def lines(self):
        """The screen as text."""
        with self.lock:
            return [line.rstrip() for line in self.screen.display]

    def wait_for(self, *texts):
        """Each text is somewhere on the screen."""
        try:
            until(lambda: all(text in '\n'.join(self.lines()) for text in texts), texts)
        except AssertionError:
            print('\n'.join('# ' + line for line in self.lines()))
            raise

    def resize(self, rows, columns):
        """As a terminal does: the new size, and SIGWINCH."""
        with self.lock:
            self.screen.resize(rows, columns)
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack('HHHH', rows, columns, 0, 0))

    def press(self, keys):
        """Type."""
        os.write(self.fd, keys)

    def end(self):
        """Quit; its exit status."""
        self.press(b'q')
        _, status = os.waitpid(self.pid, 0)
        self.thread.join()
        os.close(self.fd)
        self.pid = None
        return os.waitstatus_to_exitcode(status)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.pid is not None:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)


def screen_follows_size_and_appliance():
    """It waits for rstack, shows it, is resized, sees it go and come back, and quits."""
    with Terminal(40, 100, *PREFIX, '--interval', '0.2') as terminal:
        terminal.wait_for('waiting for rstack with file prefix e2e')
        with Rstack(SERVICES) as rstack:
            terminal.wait_for(f'process {rstack.process.pid}', 'EACH SECOND', 'WORKER', 'LISTENER')
            for port in range(3000, 3020):
                raises(errno.ECONNREFUSED, connect, port)
            terminal.wait_for('RESETS SENT', 'no_listener', '█')
            with connect(7):
                terminal.wait_for('ESTABLISHED 1')
            # a small screen shows the top of the page, cut off
            terminal.resize(6, 30)
            until(lambda: len(terminal.lines()) == 6 and 'LISTENER' not in
                  '\n'.join(terminal.lines()) and terminal.lines()[3] == '', 'six lines')
            terminal.wait_for('rstack 0.')
            assert max(map(len, terminal.lines())) <= 30, terminal.lines()
            terminal.press(b'\x1b[4~')  # End
            terminal.wait_for('FRAMES DROPPED')
            terminal.press(b'\x1b[1~')  # Home
            terminal.wait_for('rstack 0.')
            terminal.resize(1, 1)
            time.sleep(0.3)
            terminal.resize(60, 120)
            terminal.wait_for('FRAMES DROPPED', 'PORT', f'process {rstack.process.pid}')
            # while it is paused the numbers stay
            terminal.press(b' ')
            terminal.wait_for('paused')
            raises(errno.ECONNREFUSED, connect, 3000)
            time.sleep(0.6)
            terminal.wait_for('20         0')
            terminal.press(b' ')
            terminal.wait_for('goes on', '21')
            terminal.press(b'x?\t\n')  # keys without a meaning
        terminal.wait_for('rstack has gone; waiting for file prefix e2e', 'RESETS SENT')
        with Rstack(SERVICES) as rstack:
            terminal.wait_for('rstack is back, process', 'its counters start at 0',
                              f'process {rstack.process.pid},')
            equal(terminal.end(), 0)


def other_locale_and_terminal():
    """Sparklines are ASCII where the locale is; an unknown terminal is an error."""
    with Rstack(SERVICES + listen('aborts', 104, 'reset')):
        with Terminal(50, 100, *PREFIX, '--interval', '0.1', locale='C') as terminal:
            terminal.wait_for('RESETS SENT')
            for port in range(3000, 3020):
                raises(errno.ECONNREFUSED, connect, port)
            terminal.wait_for('no_listener', '#')
            equal(terminal.end(), 0)
    main, other = pty.openpty()
    result = subprocess.run([os.environ['RSTACK_TOP']], stdin=other, stdout=other,
                            stderr=subprocess.PIPE, text=True, timeout=PATIENCE, check=False,
                            env={**os.environ, 'TERM': 'no-such-terminal'})
    os.close(main)
    os.close(other)
    equal(result.returncode, 1)
    assert 'no-such-terminal' in result.stderr, result


if __name__ == '__main__':
    run([
        help_and_bad_options,
        no_appliance_is_said,
        numbers_are_those_of_the_peer,
        screen_follows_size_and_appliance,
        other_locale_and_terminal,
    ], one_family='the screen is under test; test_telemetry has the answers of both')
