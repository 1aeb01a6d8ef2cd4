#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The rstack authors
"""`meson install`: its files, and a program of one's own that is built on the library."""
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile

from e2e import (PATIENCE, Rstack, Skip, Tap, connect, echoes, equal, listen, receive, run, sh,
                 until)

HERE = pathlib.Path(__file__).resolve().parent

FILES = """
etc/rstack/load.ini
etc/rstack/rstack.ini
include/rstack/base/addr.h
include/rstack/base/stats.h
include/rstack/rstack.h
include/rstack/rstack_plugin.h
lib/systemd/system/rstack.service
lib/systemd/system/rstack@.service
sbin/rstack
sbin/rstack-load
sbin/rstack-top
share/bash-completion/completions/rstack
share/bash-completion/completions/rstack-load
share/bash-completion/completions/rstack-top
share/doc/rstack/examples/collectd.conf
share/doc/rstack/examples/memif-load.ini
share/doc/rstack/examples/memif-server.ini
share/doc/rstack/examples/prometheus.yml
share/doc/rstack/examples/quickstart.ini
share/doc/rstack/examples/telegraf.conf
share/man/man5/rstack.ini.5
share/man/man8/rstack-load.8
share/man/man8/rstack-top.8
share/man/man8/rstack.8
share/rstack/grafana/rstack.json
""".split()


# Where it is mounted, in the namespace of this test.
PREFIX = pathlib.Path('/usr/local')


def installs():
    """Into an empty folder, as a package does, which is then mounted at the prefix."""
    directory = tempfile.mkdtemp(dir='/run')
    sh('meson', 'install', '-C', os.environ['BUILD'], '--no-rebuild', '--destdir', directory)
    sh('mount', '--bind', f'{directory}{PREFIX}', PREFIX)


def files_are_complete():
    """All that README lists, and nothing else; the library's folder depends on the machine."""
    there = sorted(str(path.relative_to(PREFIX))
                   for path in PREFIX.rglob('*') if not path.is_dir())
    library = [path for path in there if re.match('lib.*/(librstack.a|pkgconfig/rstack.pc)$', path)]
    equal(len(library), 2, there)
    equal([path for path in there if path not in library], FILES)


def own_program_echoes():
    """Built with pkg-config's flags in an empty folder, it serves on a TAP."""
    with tempfile.TemporaryDirectory() as path:
        shutil.copy(HERE / 'own_echo.c', path)
        pc = next(PREFIX.rglob('rstack.pc'))
        env = {**os.environ, 'PKG_CONFIG_PATH': str(pc.parent)}
        # a library that was built with sanitizers needs them in its program, too
        symbols = sh('nm', str(pc.parent.parent / 'librstack.a')).stdout
        sanitize = '-fsanitize=address,undefined' if '__asan_init' in symbols else ''
        sh('sh', '-c', 'cc -std=c11 -D_DEFAULT_SOURCE -Wall -Wextra -Werror '
           f'{sanitize} -o own_echo own_echo.c $(pkg-config --cflags --libs rstack)',
           cwd=path, env=env)
        tap = Tap()
        out = open(os.path.join(path, 'out'), 'w+', encoding='utf-8')
        process = subprocess.Popen(
            ['./own_echo', '-l', '0', '--no-huge', '-m', '256', '--no-pci', '--no-telemetry',
             f'--vdev=net_tap0,iface={tap.device}'],
            cwd=path, stdout=out, stderr=out)

        def said():
            return pathlib.Path(out.name).read_text(encoding='utf-8')

        try:
            until(lambda: 'serves' in said() or process.poll() is not None, 'it serves')
            assert process.poll() is None, said()
            tap.attach()
            with connect(7) as sock:
                echoes(sock, os.urandom(300000))
            process.send_signal(signal.SIGINT)
            equal(process.wait(PATIENCE), 0, said())
        finally:
            process.kill()
            process.wait()
            out.close()


def build_plugin(path, *args):
    """Build the example with pkg-config's flags."""
    pc = next(PREFIX.rglob('rstack.pc'))
    sh('sh', '-c', 'cc -std=c11 -D_DEFAULT_SOURCE -Wall -Wextra -Werror -shared -fPIC '
       f'{" ".join(args)} -o {path} {HERE}/own_plugin.c $(pkg-config --cflags rstack)',
       env={**os.environ, 'PKG_CONFIG_PATH': str(pc.parent)})


def own_plugin_serves():
    """A service of one's own in a running rstack, with an argument for each listener."""
    with tempfile.TemporaryDirectory() as path:
        build_plugin(f'{path}/upper.so')
        config = ''.join(listen(f'l{port}', port, 'plugin', path=f'{path}/upper.so',
                                argument=f'hello {port}:') for port in (7, 8))
        with Rstack(config) as rstack:
            for port in (7, 8):
                with connect(port) as sock:
                    equal(receive(sock, 8), f'hello {port}:'.encode())
                    for _ in range(3):
                        sock.sendall(b'good morning' * 1000)
                        equal(receive(sock, 12000), b'GOOD MORNING' * 1000)
            rstack.wait_empty()


def refused(config):
    """What a start says that must fail because of its plugin."""
    rstack = Rstack(config, wait=False)
    equal(rstack.process.wait(PATIENCE), 2, rstack.output())
    lines = rstack.output().splitlines()
    equal(len(lines), 1, lines)
    return lines[0]


def other_shared_objects_are_refused():
    """Another version, no plugin, no file, a plugin that refuses: one sentence each."""
    with tempfile.TemporaryDirectory() as path:
        def plugin(file, **keys):
            return listen('own', 7, 'plugin', path=file, **keys)
        build_plugin(f'{path}/next.so', '-DABI=RS_PLUGIN_ABI+1')
        said = refused(plugin(f'{path}/next.so', argument='a'))
        assert re.search('next.so: it was built for version 2 .* has version 1', said), said
        sh('sh', '-c', f'echo "int x;" | cc -shared -o {path}/none.so -xc -')
        assert 'it is no plugin' in refused(plugin(f'{path}/none.so'))
        pathlib.Path(f'{path}/text.so').write_text('no object', encoding='utf-8')
        assert 'cannot be loaded' in refused(plugin(f'{path}/text.so'))
        assert 'not a readable file' in refused(plugin(f'{path}/nowhere.so'))
        assert 'path: is missing' in refused(listen('own', 7, 'plugin'))
        build_plugin(f'{path}/upper.so')
        said = refused(plugin(f'{path}/upper.so'))
        assert 'argument is missing; expected a greeting' in said, said


def man_pages_have_each_key_and_option():
    """rstack.ini(5) has what --help-config prints, the others what --help prints."""
    pages = {path.name: path.read_text(encoding='utf-8').replace('\\-', '-')
             for path in (PREFIX / 'share/man').rglob('*.[58]')}
    for program in ('rstack', 'rstack-load'):
        path = PREFIX / 'sbin' / program
        text = sh(path, '--', '--help-config').stdout
        keys = re.findall(r'^;?([a-z0-9_-]+) =(.*)$', text, re.M)
        assert len(keys) > 70, text
        for key, value in keys:
            line = f'.It Li {key} = {value.strip() or "(nothing)"}\n'
            assert line in pages['rstack.ini.5'], line
        for section in re.findall(r'^;?\[([a-z]+)', text, re.M):
            assert f'.Sh [{section}' in pages['rstack.ini.5'], section
        for option in re.findall(r'^  -([ct]|-help|-help-config|-version) ',
                                 sh(path, '--help').stdout, re.M):
            assert f'.It Fl {option}' in pages[f'{program}.8'], option
    options = re.findall(r'^  .*?-(-[a-z-]+)', sh(PREFIX / 'sbin/rstack-top', '--help').stdout,
                         re.M)
    assert len(options) > 5, options
    for option in options:
        assert re.search(rf'^.It Fl (h , )?{option}', pages['rstack-top.8'], re.M), option


def man_pages_are_clean():
    """mandoc finds no fault, and no page has a place for a value left."""
    if shutil.which('mandoc') is None:
        raise Skip('there is no mandoc')
    pages = sorted((PREFIX / 'share/man').rglob('*.[58]'))
    equal(len(pages), 4)
    for page in pages:
        assert not re.search('@[A-Za-z]+@', page.read_text(encoding='utf-8')), page
    result = sh('mandoc', '-T', 'lint', '-W', 'warning', *pages, check=False)
    equal((result.returncode, result.stdout), (0, ''))


def units_are_right():
    """systemd-analyze has no complaint about a unit; every path in it is there."""
    if shutil.which('systemd-analyze') is None:
        raise Skip('there is no systemd-analyze')
    units = PREFIX / 'lib/systemd/system'
    shutil.copy(units / 'rstack@.service', units / 'rstack@e2e.service')
    try:
        for name in ('rstack.service', 'rstack@e2e.service'):
            result = sh('systemd-analyze', 'verify', '--man=no', '--recursive-errors=no',
                        units / name, check=False)
            equal((result.returncode, result.stderr), (0, ''), name)
    finally:
        os.unlink(units / 'rstack@e2e.service')


def completion_knows_the_options():
    """EAL's options before --, the program's behind it, files behind -c."""
    script = PREFIX / 'share/bash-completion/completions/rstack-load'

    def complete(*words):
        return sh('bash', '-c', f'. {script}; compopt() {{ :; }}; COMP_WORDS=("$@"); '
                  'COMP_CWORD=$(($# - 1)); _rstack "$1"; printf "%s\\n" "${COMPREPLY[@]}"', 'x',
                  PREFIX / 'sbin/rstack-load', *words).stdout.split()
    equal(sh('bash', '-c', f'. {script}; COMP_WORDS=(x --js); COMP_CWORD=1; '
             f'_rstack_top {PREFIX}/sbin/rstack-top; echo "${{COMPREPLY[@]}}"').stdout, '--json\n')
    equal(complete('--no-h'), ['--no-huge'])
    equal(complete('--', '--answer'), ['--answer', '--answer-size'])
    equal(complete('--', '-c', f'{PREFIX}/etc/rstack/l'),
          [f'{PREFIX}/etc/rstack/load.ini'])


if __name__ == '__main__':
    run([
        installs,
        files_are_complete,
        own_program_echoes,
        own_plugin_serves,
        other_shared_objects_are_refused,
        man_pages_have_each_key_and_option,
        man_pages_are_clean,
        units_are_right,
        completion_knows_the_options,
    ], one_family='the files of an installation are under test')
