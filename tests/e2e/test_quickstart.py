#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The rstack authors
"""app/run as a user has it: in a terminal, each line copied, Ctrl-C at the end."""
import contextlib
import fcntl
import os
import pathlib
import pty
import re
import signal
import subprocess
import tempfile
import termios
import threading
import time

from e2e import ALARMS, PATIENCE, equal, rstack_path, run, sh, until

TOP = pathlib.Path(__file__).resolve().parents[2]
NAMESPACE = 'rstack-client'
NR_HUGEPAGES = pathlib.Path('/proc/sys/vm/nr_hugepages')
HUGEPAGES = NR_HUGEPAGES.read_text(encoding='ascii')


class Terminal:
    """app/run with a terminal of its own."""

    def __init__(self, *args, build=pathlib.Path(rstack_path()).parents[1]):
        self.master, slave = pty.openpty()
        self.text = ''

        def take_terminal():
            os.setsid()
            # nohup ignores it, and a shell cannot trap a signal that was ignored at its start
            signal.signal(signal.SIGHUP, signal.SIG_DFL)
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)

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
        until(lambda: text in self.text or self.process.poll() is not None, text, 8 * PATIENCE)
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


@contextlib.contextmanager
def hugepages_of_the_test(**lines):
    """Another /proc/meminfo and nr_hugepages than the machine's; gives the latter's path."""
    with tempfile.TemporaryDirectory() as path:
        with open('/proc/meminfo', encoding='utf-8') as file:
            text = file.read()
        for name, value in lines.items():
            text = re.sub(f'^{name}:.*\n', f'{name}: {value}\n' if value else '', text,
                          flags=re.M)
        reserved = pathlib.Path(path, 'nr_hugepages')
        pathlib.Path(path, 'meminfo').write_text(text, encoding='utf-8')
        reserved.write_text('5\n', encoding='utf-8')
        sh('mount', '--bind', f'{path}/meminfo', '/proc/meminfo')
        sh('mount', '--bind', reserved, '/proc/sys/vm/nr_hugepages')
        try:
            yield reserved
        finally:
            sh('umount', '/proc/meminfo')
            sh('umount', '/proc/sys/vm/nr_hugepages')


def links():
    """The interfaces of this, the user's, namespace."""
    return sh('ip', '-br', 'link').stdout


def rstack_pids():
    """Of running appliances, in this process namespace."""
    return sh('pgrep', '-x', 'rstack', check=False).stdout.split()


def reap():
    """What the first process of a namespace owes to orphans."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def nothing_is_left():
    """No namespace, no process, no hugepage more than before."""
    reap()
    equal(sh('ip', 'netns', 'list').stdout, '')
    equal(rstack_pids(), [])
    equal(NR_HUGEPAGES.read_text(encoding='ascii'), HUGEPAGES, 'hugepages reserved')


def every_line_works_and_ctrl_c_ends_it():
    """The whole session."""
    before = links()
    terminal = Terminal()
    terminal.wait_text('Ctrl-C stops rstack.')
    equal(links(), before, 'nothing is added here')
    lines = [line[2:] for line in terminal.text.split('Try this')[1].splitlines()
             if line.startswith('  ')]
    equal(len(lines), 8)
    results = [sh('sh', '-c', line, check=False, timeout=60) for line in lines]
    ping, curl, curl6, echo, closed, many, stats, recent = results
    assert lines[2].endswith("curl 'http://[2001:db8::1]/'"), lines
    assert '3 received, 0% packet loss' in ping.stdout, ping
    equal((curl.returncode, len(curl.stdout)), (0, 1024))
    equal((curl6.returncode, len(curl6.stdout)), (0, 1024))
    equal(echo.stdout, 'hello\n')
    assert closed.returncode == 1 and 'Connection refused' in closed.stderr, closed
    equal((many.returncode, len(many.stdout)), (0, 1024))
    assert '"established": 4,' in stats.stdout, stats
    assert ' sent no_listener 192.0.2.1:99 192.0.2.2:' in recent.stdout, recent
    terminal.ctrl_c()
    equal(terminal.wait(), 0, terminal.text)
    assert ' 4 established, ' in terminal.text, terminal.text
    assert 'no_listener' in terminal.text, terminal.text
    nothing_is_left()
    equal(links(), before)


def second_start_leaves_the_first_alone():
    """Status 1, a sentence, and the first one still serves."""
    first = Terminal()
    first.wait_text('Ctrl-C stops rstack.')
    second = Terminal()
    equal(second.wait(), 1)
    assert f'it already runs as process {first.process.pid};' in second.text, second.text
    sh('ip', 'netns', 'exec', NAMESPACE, 'curl', '-sf', '-o', '/dev/null', 'http://192.0.2.1/')
    first.ctrl_c()
    equal(first.wait(), 0, first.text)
    nothing_is_left()


def other_ends_clean_up_too():
    """SIGTERM and SIGHUP to app/run, and the death of rstack."""
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


def hugepages_are_given_back():
    """Those that app/run reserved, and not those that were there before."""
    with hugepages_of_the_test(HugePages_Free='0', Hugepagesize='2048 kB') as reserved:
        terminal = Terminal()
        until(lambda: int(reserved.read_text(encoding='utf-8')) > 5 or
              terminal.process.poll() is not None, 'some are reserved')
        # 16 MiB at the least: 8 of 2 MiB
        assert int(reserved.read_text(encoding='utf-8')) >= 5 + 8
        # there may be none in truth: then rstack says so
        until(lambda: 'Ctrl-C stops rstack.' in terminal.text or
              terminal.process.poll() is not None, 'the start')
        assert 'runs without' not in terminal.text, terminal.text
        if terminal.process.poll() is None:
            terminal.ctrl_c()
        terminal.wait()
        equal(int(reserved.read_text(encoding='utf-8')), 5)
    nothing_is_left()


def no_hugepages_are_needed():
    """A kernel without them: app/run says so, and rstack runs."""
    with hugepages_of_the_test(HugePages_Free='', Hugepagesize=''):
        terminal = Terminal()
        terminal.wait_text('Ctrl-C stops rstack.')
        assert 'runs without them' in terminal.text, terminal.text
        terminal.ctrl_c()
        equal(terminal.wait(), 0, terminal.text)
    nothing_is_left()


def early_ctrl_c_cleans_up():
    """At any moment of the start, before the namespace is there or after."""
    for tenths in range(12):
        terminal = Terminal()
        time.sleep(tenths / 10)
        terminal.ctrl_c()
        terminal.wait()
        nothing_is_left()


def what_a_killed_one_left_is_removed():
    """SIGKILL to app/run: rstack goes on, which the next start says; then it cleans up."""
    terminal = Terminal()
    terminal.wait_text('Ctrl-C stops rstack.')
    terminal.process.kill()
    terminal.wait()
    try:
        after_a_kill()
    finally:
        # what the killed script reserved, nobody else knows of
        NR_HUGEPAGES.write_text(HUGEPAGES, encoding='ascii')
    nothing_is_left()


def after_a_kill():
    """The next two starts."""
    second = Terminal()
    equal(second.wait(), 1)
    orphans = rstack_pids()
    equal(len(orphans), 1, sh('ps', 'axf').stdout)
    assert f'it already runs: rstack is process {orphans[0]},' in second.text, second.text
    os.kill(int(orphans[0]), signal.SIGKILL)
    os.waitpid(int(orphans[0]), 0)
    third = Terminal()
    third.wait_text('Ctrl-C stops rstack.')
    third.ctrl_c()
    equal(third.wait(), 0, third.text)


def interrupted_set_up_is_mended():
    """A build directory that Ctrl-C left without build.ninja; the build is of everything."""
    with tempfile.TemporaryDirectory() as build:
        sh('meson', 'setup', '--buildtype=debug', build, TOP)
        os.unlink(os.path.join(build, 'build.ninja'))
        terminal = Terminal(build=build)
        # a minute of silence would look like a hang
        terminal.wait_text('app/run: setting up the build directory ')
        terminal.wait_text('app/run: building rstack in ')
        terminal.wait_text('] Compiling C object ')
        terminal.wait_text('Ctrl-C stops rstack.')
        terminal.ctrl_c()
        equal(terminal.wait(), 0, terminal.text)
    nothing_is_left()


def help_is_printed():
    """--help needs no rights; an unknown option is refused."""
    result = sh('setpriv', '--reuid', '65534', TOP / 'app/run', '--help', check=False)
    equal(result.returncode, 0, result.stderr)
    assert result.stdout.startswith('usage: app/run [CONFIGURATION]\n'), result.stdout
    result = sh(TOP / 'app/run', '--fast', check=False)
    equal(result.returncode, 2)
    equal(result.stderr, 'app/run: unknown option --fast; see app/run --help\n')


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
        hugepages_are_given_back,
        no_hugepages_are_needed,
        early_ctrl_c_cleans_up,
        what_a_killed_one_left_is_removed,
        interrupted_set_up_is_mended,
        help_is_printed,
        wrong_configuration_is_told,
        device_that_fails_is_told,
    ], one_family='app/run is under test; its commands use both addresses')
