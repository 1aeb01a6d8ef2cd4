#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The rstack authors
"""app/run as a user has it: in a terminal, each line copied, Ctrl-C at the end."""
import fcntl
import os
import pathlib
import pty
import signal
import subprocess
import tempfile
import termios
import threading

from e2e import ALARMS, PATIENCE, equal, rstack_path, run, sh, until

TOP = pathlib.Path(__file__).resolve().parents[2]
NAMESPACE = 'rstack-client'


class Terminal:
    """app/run with a terminal of its own."""

    def __init__(self, *args):
        self.master, slave = pty.openpty()
        self.text = ''

        def take_terminal():
            os.setsid()
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)

        build = pathlib.Path(rstack_path()).parents[1]
        self.process = subprocess.Popen([TOP / 'app/run', *args], cwd='/', stdin=slave,
                                        stdout=slave, stderr=slave, preexec_fn=take_terminal,
                                        env={**os.environ, 'RS_BUILD': str(build)})
        os.close(slave)
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        """Keep what is shown."""
        try:
            while piece := os.read(self.master, 65536):
                self.text += piece.decode(errors='replace').replace('\r\n', '\n')
        except OSError:
            pass

    def wait_text(self, text):
        """Wait until it is shown."""
        until(lambda: text in self.text or self.process.poll() is not None, text, 4 * PATIENCE)
        assert text in self.text, self.text

    def ctrl_c(self):
        """The key."""
        os.write(self.master, b'\x03')

    def wait(self):
        """The exit status; nothing may be left."""
        status = self.process.wait(2 * PATIENCE)
        self.reader.join(PATIENCE)
        os.close(self.master)
        for alarm in ALARMS:
            assert alarm not in self.text, self.text
        return status


def hugepages():
    """How many are reserved."""
    with open('/proc/sys/vm/nr_hugepages', encoding='utf-8') as file:
        return int(file.read())


def links():
    """The interfaces of this, the user's, namespace."""
    return sh('ip', '-br', 'link').stdout


def rstack_pids():
    """Of running appliances, in this process namespace."""
    return sh('pgrep', '-x', 'rstack', check=False).stdout.split()


def nothing_is_left():
    """No namespace, no process."""
    equal(sh('ip', 'netns', 'list').stdout, '')
    equal(rstack_pids(), [])


def every_line_works_and_ctrl_c_ends_it():
    """The whole session."""
    before = links(), hugepages()
    terminal = Terminal()
    terminal.wait_text('Ctrl-C stops rstack.')
    equal(links(), before[0], 'nothing is added here')
    lines = [line[2:] for line in terminal.text.split('Try this')[1].splitlines()
             if line.startswith('  ')]
    equal(len(lines), 7)
    results = [sh('sh', '-c', line, check=False, timeout=60) for line in lines]
    ping, curl, echo, closed, many, stats, recent = results
    assert '3 received, 0% packet loss' in ping.stdout, ping
    equal((curl.returncode, len(curl.stdout)), (0, 1024))
    equal(echo.stdout, 'hello\n')
    assert closed.returncode == 1 and 'Connection refused' in closed.stderr, closed
    equal((many.returncode, len(many.stdout)), (0, 1024))
    assert '"established": 3,' in stats.stdout, stats
    assert ' sent no_listener 192.0.2.1:99 192.0.2.2:' in recent.stdout, recent
    terminal.ctrl_c()
    equal(terminal.wait(), 0, terminal.text)
    assert ' 3 established, ' in terminal.text, terminal.text
    assert 'no_listener' in terminal.text, terminal.text
    nothing_is_left()
    equal((links(), hugepages()), before)


def second_start_leaves_the_first_alone():
    """Status 1, a sentence, and the first one still serves."""
    first = Terminal()
    first.wait_text('Ctrl-C stops rstack.')
    second = Terminal()
    equal(second.wait(), 1)
    assert 'it runs already' in second.text, second.text
    sh('ip', 'netns', 'exec', NAMESPACE, 'curl', '-sf', '-o', '/dev/null', 'http://192.0.2.1/')
    first.ctrl_c()
    equal(first.wait(), 0, first.text)
    nothing_is_left()


def other_ends_clean_up_too():
    """SIGTERM and SIGHUP to app/run, and the death of rstack."""
    before = hugepages()
    for sig in (signal.SIGTERM, signal.SIGHUP):
        terminal = Terminal()
        terminal.wait_text('Ctrl-C stops rstack.')
        terminal.process.send_signal(sig)
        equal(terminal.wait(), 0, terminal.text)
        nothing_is_left()
    terminal = Terminal()
    terminal.wait_text('Ctrl-C stops rstack.')
    os.kill(int(rstack_pids()[0]), signal.SIGKILL)
    equal(terminal.wait(), 128 + signal.SIGKILL, terminal.text)
    nothing_is_left()
    equal(hugepages(), before)


def early_ctrl_c_cleans_up():
    """Before rstack is up."""
    terminal = Terminal()
    until(lambda: sh('ip', 'netns', 'list').stdout or terminal.process.poll() is not None,
          'the namespace')
    terminal.ctrl_c()
    terminal.wait()
    nothing_is_left()


def what_a_killed_one_left_is_removed():
    """SIGKILL to app/run: rstack goes on, which the next start says; then it cleans up."""
    terminal = Terminal()
    terminal.wait_text('Ctrl-C stops rstack.')
    terminal.process.kill()
    terminal.wait()
    second = Terminal()
    equal(second.wait(), 1)
    assert 'it runs already' in second.text, second.text
    orphan = int(rstack_pids()[0])
    os.kill(orphan, signal.SIGKILL)
    os.waitpid(orphan, 0)
    third = Terminal()
    third.wait_text('Ctrl-C stops rstack.')
    third.ctrl_c()
    equal(third.wait(), 0, third.text)
    nothing_is_left()


def wrong_configuration_is_told():
    """rstack's sentence and status; no namespace is made."""
    with tempfile.NamedTemporaryFile('w', suffix='.ini') as file:
        file.write('[port 0]\ndevice = net_tap0,iface=rstack0\naddress = 192.0.2.1/24\n'
                   '[worker]\nidle = snooze\n')
        file.flush()
        terminal = Terminal(file.name)
        equal(terminal.wait(), 2, terminal.text)
    assert 'snooze' in terminal.text, terminal.text
    nothing_is_left()


def device_that_fails_is_told():
    """rstack ends before its TAP is there: its sentence, its status."""
    with tempfile.NamedTemporaryFile('w', suffix='.ini') as file:
        file.write('[eal]\nlcores = 0@0,1@1\nno-huge = yes\n'
                   '[port 0]\ndevice = net_foo0,iface=rstack0\naddress = 192.0.2.1/24\n')
        file.flush()
        terminal = Terminal(file.name)
        equal(terminal.wait(), 1, terminal.text)
    assert 'no driver net_foo' in terminal.text, terminal.text
    nothing_is_left()


if __name__ == '__main__':
    run([
        every_line_works_and_ctrl_c_ends_it,
        second_start_leaves_the_first_alone,
        other_ends_clean_up_too,
        early_ctrl_c_cleans_up,
        what_a_killed_one_left_is_removed,
        wrong_configuration_is_told,
        device_that_fails_is_told,
    ])
