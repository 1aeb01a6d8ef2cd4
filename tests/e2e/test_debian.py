#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The rstack authors
"""The Debian package: built, checked by lintian, and in a debootstrap root installed, started,
upgraded and purged. It takes minutes and the network, so only tests/run --long runs it."""
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile

from e2e import PATIENCE, SERVER, Tap, connect, echoes, equal, run, sh, until

TOP = pathlib.Path(__file__).resolve().parents[2]
MIRROR = os.environ.get('MIRROR', 'http://deb.debian.org/debian')

# A TAP without hugepages, which works anywhere.
CONFIG = f"""
[eal]
lcores = 0@0,1@1
no-huge = yes
[port 0]
device = net_tap0,iface={Tap.device}
address = {SERVER}/24
[worker]
idle = yield
[listen echo]
port = 7
service = echo
"""

# Made before this script enters its namespaces, and kept when it runs itself again there.
if 'E2E_NET' not in os.environ:
    os.environ['E2E_NET'] = str(os.open('/proc/self/ns/net', os.O_RDONLY))
NET = int(os.environ['E2E_NET'])
os.set_inheritable(NET, True)
if 'E2E_WORK' not in os.environ:
    os.environ['E2E_WORK'] = tempfile.mkdtemp(prefix='rstack-debian-')
work = pathlib.Path(os.environ['E2E_WORK'])
root = work / 'root'


def online(*command, **options):
    """A command in the machine's network, because packages are fetched."""
    return sh('nsenter', f'--net=/proc/self/fd/{NET}', *command, pass_fds=(NET,), timeout=1800,
              **options)


def chroot(*command, command_of=sh, **options):
    """A command inside the root, which has no service manager."""
    return command_of('chroot', root, 'env', 'DEBIAN_FRONTEND=noninteractive', 'LC_ALL=C',
                      *command, **options)


def status(package='rstack'):
    """dpkg's word for a package."""
    return chroot('dpkg-query', '-W', '-f', '${db:Status-Abbrev} ${Version}', package,
                  check=False).stdout


def packages_are_built():
    """By dpkg-buildpackage; the source has no debian/ left behind."""
    sh(TOP / 'config/debian/build', work, timeout=1800)
    names = sorted(path.name.split('_')[0] for path in work.glob('*.deb'))
    equal([name for name in names if not name.endswith('-dbgsym')], ['librstack-dev', 'rstack'])
    assert not (TOP / 'debian').exists()


def lintian_finds_no_error():
    """No error, beside those of a package that has no public maintainer and is not in Debian."""
    result = sh('lintian', '--fail-on', 'error', '--suppress-tags',
                'bogus-mail-host,bogus-mail-host-in-debian-changelog,'
                'initial-upload-closes-no-bugs', *work.glob('rstack_*.deb'),
                *work.glob('librstack-dev_*.deb'), check=False)
    equal(result.returncode, 0, result.stdout)


def root_is_made():
    """
    A minimal Debian, or without a mirror a copy-on-write view of this machine, which has all
    dependencies. Its packages' services are not to be started.
    """
    result = online('debootstrap', '--variant=minbase', 'bookworm', root, MIRROR, check=False)
    if result.returncode != 0:
        print(f'# no debootstrap, so this machine: {result.stdout.splitlines()[-1:]}')
        shutil.rmtree(root, ignore_errors=True)
        layers = work / 'layers'
        sh('mkdir', root, layers)
        sh('mount', '-t', 'tmpfs', 'tmpfs', layers)
        sh('mkdir', layers / 'upper', layers / 'work')
        sh('mount', '-t', 'overlay', 'overlay', '-o',
           f'lowerdir=/,upperdir={layers}/upper,workdir={layers}/work', root)
    for name in ('dev', 'proc', 'sys'):
        sh('mount', '--rbind', f'/{name}', root / name)
    (root / 'usr/sbin/policy-rc.d').write_text('#!/bin/sh\nexit 101\n', encoding='utf-8')
    (root / 'usr/sbin/policy-rc.d').chmod(0o755)


def package_is_installed():
    """With its dependencies: the programs, the configuration, the units; not enabled."""
    for deb in work.glob('rstack_*.deb'):
        shutil.copy(deb, root / 'rstack.deb')
    chroot('apt-get', '-qq', '-y', '--no-install-recommends', 'install', '/rstack.deb',
           'librte-net-tap23', command_of=online)
    assert status().startswith('ii '), status()
    for path in ('usr/sbin/rstack', 'usr/sbin/rstack-load', 'usr/sbin/rstack-top',
                 'lib/systemd/system/rstack.service', 'lib/systemd/system/rstack@.service',
                 'etc/rstack/rstack.ini', 'usr/share/bash-completion/completions/rstack-load',
                 'usr/share/rstack/grafana/rstack.json', 'usr/share/doc/rstack/README.md.gz',
                 'usr/share/man/man5/rstack.ini.5.gz', 'usr/share/man/man8/rstack.8.gz',
                 'usr/share/man/man8/rstack-load.8.gz', 'usr/share/man/man8/rstack-top.8.gz'):
        assert (root / path).exists(), path
    for program in ('rstack', 'rstack-load', 'rstack-top'):
        chroot(program, '--version')
    assert not (root / 'etc/systemd/system/multi-user.target.wants/rstack.service').exists()
    conffiles = chroot('dpkg-query', '-W', '-f', '${Conffiles}', 'rstack').stdout
    equal(sorted(re.findall('/etc/rstack/[a-z.]+', conffiles)),
          ['/etc/rstack/load.ini', '/etc/rstack/rstack.ini'])
    # it prints the file, then that the chroot has too few hugepages
    chroot('sh', '-c', '/usr/sbin/rstack -- -c /etc/rstack/rstack.ini -t | grep "needs about"')


def serves():
    """Start it as the unit does, use it, stop it."""
    tap = Tap()
    (root / 'etc/rstack/rstack.ini').write_text(CONFIG, encoding='utf-8')
    unit = (root / 'lib/systemd/system/rstack.service').read_text(encoding='utf-8')
    command = re.search('^ExecStart=(.*)$', unit, re.M)[1].split()
    with tempfile.TemporaryFile('w+', encoding='utf-8') as out:
        process = subprocess.Popen(['chroot', root, *command], stdout=out, stderr=out)
        try:
            until(lambda: sh('ip', 'link', 'show', tap.device, check=False).returncode == 0 or
                  process.poll() is not None, 'the TAP is there')
            if process.poll() is not None:
                out.seek(0)
                raise AssertionError(f'rstack ended: {out.read()}')
            tap.attach()
            with connect(7) as sock:
                echoes(sock)
            process.send_signal(signal.SIGTERM)
            equal(process.wait(PATIENCE), 0)
        finally:
            process.kill()
            process.wait()


def upgrade_keeps_the_configuration():
    """A newer version with another default: the administrator's file stays."""
    newer = work / 'newer'
    sh('dpkg-deb', '-R', root / 'rstack.deb', newer)
    control = newer / 'DEBIAN/control'
    control.write_text(re.sub('^Version: .*', 'Version: 9.0', control.read_text(encoding='utf-8'),
                              flags=re.M), encoding='utf-8')
    with open(newer / 'etc/rstack/rstack.ini', 'a', encoding='utf-8') as file:
        file.write('; a newer default\n')
    sh('dpkg-deb', '-b', newer, root / 'newer.deb')
    chroot('dpkg', '--force-confold', '-i', '/newer.deb')
    equal(status(), 'ii  9.0')
    equal((root / 'etc/rstack/rstack.ini').read_text(encoding='utf-8'), CONFIG)
    serves()


def purge_leaves_nothing():
    """No file, no folder, no unit."""
    chroot('apt-get', '-qq', '-y', 'purge', 'rstack')
    assert not status().startswith('ii'), status()
    left = [path for folder in ('etc', 'lib/systemd', 'usr', 'var/lib/dpkg/info',
                                'var/lib/systemd')
            for path in sh('find', root / folder, '-name', '*rstack*', '-not',
                           '-name', 'test_brstack.sh', check=False).stdout.split()]
    equal(left, [])


def everything_is_removed():
    """The root, last."""
    for target in (root / 'dev', root / 'proc', root / 'sys', root, work / 'layers'):
        sh('umount', '-l', target, check=False)
        assert not os.path.ismount(target), f'{target} is still mounted, so nothing is deleted'
    shutil.rmtree(work)


if __name__ == '__main__':
    if shutil.which('debootstrap') is None or shutil.which('dpkg-buildpackage') is None:
        print('1..0 # SKIP there is no debootstrap or dpkg-buildpackage')
        os._exit(0)
    run([
        packages_are_built,
        lintian_finds_no_error,
        root_is_made,
        package_is_installed,
        serves,
        upgrade_keeps_the_configuration,
        purge_leaves_nothing,
        everything_is_removed,
    ], one_family='package managers and systemd are under test')
