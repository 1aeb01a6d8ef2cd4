#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The rstack authors
"""The command line, and starts that must fail: one sentence, the right status, no trace."""
import os
import re
import shutil
import signal
import stat
import tempfile

from e2e import ALARMS, SERVICES, TAP, Rstack, connect, echoes, equal, rstack_path, run, sh

GOOD = """
[eal]
lcores = 0@0,1@1
no-huge = yes
file-prefix = e2e
[port 0]
device = net_tap0,iface=rstack0
address = 192.0.2.1/24
[worker]
idle = yield
[listen echo]
port = 7
service = echo
"""


def start(*args, config=None, status=1, prefix=()):
    """Run rstack to its end with this status; what it said on standard error."""
    with tempfile.NamedTemporaryFile('w', suffix='.ini') as file:
        os.chmod(file.name, 0o644)
        if config is not None:
            file.write(config)
            file.flush()
            args = (*args, '--', '-c', file.name)
        result = sh(*prefix, rstack_path(), *args, check=False, timeout=60)
    equal(result.returncode, status, f'{args}: {result.stdout}{result.stderr}')
    for alarm in ALARMS:
        assert alarm not in result.stderr, result.stderr
    equal(sh('ip', 'link', 'show', TAP, check=False).returncode, 1, 'no interface is left')
    return result.stderr


def one_sentence(text, *parts):
    """One line that holds these parts."""
    lines = text.splitlines()
    equal(len(lines), 1, text)
    for part in parts:
        assert part in lines[0], f'{part!r} is not in {text!r}'


def changed(old, new):
    """GOOD with one line changed."""
    assert old in GOOD
    return GOOD.replace(old, new)


def help_and_version_need_nothing():
    """Without EAL, before or after --, as nobody too."""
    nobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups']
    for args in (['--help'], ['-h'], ['--', '--help'], ['-l', '0-1', '--help'], ['--', '-h']):
        for prefix in ([], nobody):
            result = sh(*prefix, rstack_path(), *args)
            assert result.stdout.startswith('usage: rstack [EAL options] -- -c FILE'), result
            equal(result.stderr, '')
    for args in (['--version'], ['--', '--version']):
        result = sh(rstack_path(), *args)
        assert re.fullmatch(r'rstack \d+\.\d+\.\d+, DPDK 22\.11\.\d+\n', result.stdout), result
    assert 'max_connections' in sh(rstack_path(), '--help-config').stdout


def wrong_command_lines_say_so():
    """Status 2."""
    one_sentence(start(status=2), 'no configuration file', '-c FILE')
    one_sentence(start('-c', '/nowhere.ini', status=2), '-- -c FILE')
    one_sentence(start('--', '-c', status=2), '-c', 'value')
    one_sentence(start('--', '-x', status=2), '-x')
    one_sentence(start('--', '--nonsense', status=2), '--nonsense')
    one_sentence(start('--', '-c', '/dev/null', 'more', status=2), 'more')
    one_sentence(start('--', '-c', '/nowhere.ini', status=2), '/nowhere.ini')


def checked(config, *args):
    """What -t says of a configuration that is valid."""
    with tempfile.NamedTemporaryFile('w', suffix='.ini') as file:
        file.write(config)
        file.flush()
        result = sh(rstack_path(), *args, '--', '-c', file.name, '-t')
    equal(result.stderr, '')
    equal(sh('ip', 'link', 'show', TAP, check=False).returncode, 1)
    return result.stdout


def check_says_what_would_run():
    """-t: status 0, ports, listeners, pools, memory; nothing is started."""
    text = checked(GOOD)
    for part in ('net_tap0,iface=rstack0', '192.0.2.1/24', 'echo', 'needs about ', '1 worker',
                 '65536 connections, 16384 of them busy, 16384 chunks, 131072 ranges',
                 '\tmbufs = 21120\n', '\tmax_busy = 16384\n'):
        assert part in text, text


def refused_by_both(*args, config, parts, status=1, same=True):
    """-t refuses what a start refuses, with the same sentence."""
    with tempfile.NamedTemporaryFile('w', suffix='.ini') as file:
        file.write(config)
        file.flush()
        check = sh(rstack_path(), *args, '--', '-c', file.name, '-t', check=False)
    equal(check.returncode, status, check.stderr)
    one_sentence(check.stderr, *parts)
    text = start(*args, config=config, status=status)
    one_sentence(text, *(parts if not same else [check.stderr.strip()]))


def check_tells_the_truth():
    """-t knows the options of the command line, CPUs, drivers, devices, interfaces and memory."""
    text = checked(GOOD)
    assert "EAL's options: --lcores=0@0,1@1 --no-huge -m " in text, text
    assert re.search(r'MiB of memory, without hugepages; \d+ MiB are free', text), text
    refused_by_both('--lcores', 'foo', config=GOOD, same=False,
                    parts=['EAL cannot read the list of lcores foo', '0@0,1@0'])
    refused_by_both('-l', '0,119', config=GOOD, parts=['0@0,1@0', 'lcores', 'CPUs'], same=False)
    refused_by_both(config=changed('0@0,1@1', '0@0,1@120'), same=False,
                    parts=['0@0,1@0', 'lcores', 'CPUs'])
    refused_by_both('--lcores=0', config=GOOD, parts=['no lcore for a worker'])
    refused_by_both(config=changed('net_tap0,', 'net_foo0,'),
                    parts=['[port 0]', 'net_foo0', 'no driver net_foo'])
    refused_by_both(config=changed('net_tap0,iface=rstack0', '0000:7f:1f.7'),
                    parts=['[port 0]', 'dpdk-devbind.py'])
    refused_by_both(config=changed('net_tap0,iface=rstack0', 'net_af_packet0,iface=nothere'),
                    parts=['[port 0]', 'nothere'], same=False)
    sh('ip', 'link', 'add', 'taken', 'type', 'veth')
    refused_by_both(config=changed('iface=rstack0', 'iface=taken'),
                    parts=['[port 0]', 'taken', 'ip link'])
    sh('ip', 'link', 'del', 'taken')
    refused_by_both(config=changed('no-huge = yes', f'memory = {free_hugepages() + 1024}M'),
                    parts=['too few hugepages', 'MiB are free', 'more of', 'nr_hugepages'])


def check_of_a_running_process():
    """Its devices and memory are in use, by the process that a reload is for."""
    with Rstack(SERVICES) as rstack:
        result = sh(rstack_path(), '--', '-c', rstack.config, '-t')
        equal(result.stderr, '')
        assert f'those of process {rstack.process.pid}, which runs' in result.stdout, result


def socket_without_a_listener_is_told():
    """A memif whose other side is not there."""
    device = 'net_memif0,role=client,socket=/run/nothing.sock,socket-abstract=no'
    one_sentence(start(config=changed('net_tap0,iface=rstack0', device)),
                 '[port 0]', 'nothing listens on its socket')


def check_derives_the_pools():
    """-t: max_connections alone says how large the pools are, and their memory is counted."""
    def mebibytes(text):
        return int(re.search(r'packet buffers in about (\d+) MiB', text)[1]), \
               int(re.search(r'^needs about (\d+) MiB', text, re.MULTILINE)[1])

    text = checked(GOOD + '[tcp]\nmax_connections = 1048576\n')
    assert '65536 of them busy, 131072 chunks, 524288 ranges' in text, text
    small = mebibytes(checked(GOOD))
    # the command line counts as the file does
    buffers = changed('idle = yield', 'idle = yield\nmbufs = 120000')
    equal(mebibytes(checked(buffers.replace('no-huge = yes', ''), '--no-huge')),
          mebibytes(checked(buffers)))
    assert 'lcores 0@0,1@1,2@1: 2 workers' in checked(GOOD, '--lcores=0@0,1@1,2@1')
    for config in (changed('192.0.2.1/24', '192.0.2.1/24\nmtu = 9000'),
                   changed('idle = yield', 'idle = yield\nmbufs = 49216')):
        large = mebibytes(checked(config))
        assert large[0] > small[0] + 60, (small, large)
        # each is rounded up, and chunks, which follow the mbufs, take 1 MiB
        assert abs(large[1] - small[1] - (large[0] - small[0])) <= 2, (small, large)


def configuration_errors_name_the_place():
    """Status 2 and section, key and value, before any port is touched."""
    cases = (
        (changed('[worker]', '[walker]'), 'walker'),
        (changed('idle = yield', 'idel = yield'), 'worker', 'idel'),
        (changed('idle = yield', 'idle = snooze'), 'worker', 'idle', 'snooze', 'yield'),
        (changed('port = 7', 'port = 70000'), 'listen echo', 'port', '70000', '65535'),
        (changed('port = 7', 'port = seven'), 'listen echo', 'port', 'seven'),
        (changed('service = echo', 'service = ecco'), 'listen echo', 'service', 'ecco', 'echo'),
        (changed('192.0.2.1/24', '192.0.2.1000/24'), 'port 0', 'address', '192.0.2.1000/24'),
        (GOOD + '[listen two]\nport = 7\nservice = discard\n', 'two', 'echo', '7'),
        (GOOD + '[port 1]\ndevice = net_tap1\naddress = 192.0.2.1/24\n', 'port 1', 'port 0'),
        (GOOD + '[listen web]\nport = 80\nservice = http\nbody = /nowhere\n', 'web', '/nowhere'),
        (changed('device = net_tap0,iface=rstack0\n', ''), 'port 0', 'device'),
    )
    for config, *parts in cases:
        text = start(config=config, status=2)
        for part in parts:
            assert part in text, f'{part!r} is not in {text!r}'
        assert 'EAL' not in text, text


def missing_driver_is_named():
    """A device that no installed driver knows."""
    one_sentence(start(config=changed('net_tap0,', 'net_foo0,')),
                 '[port 0]', 'net_foo0', 'no driver net_foo', 'librte-net-')


def device_that_cannot_be_made_is_told():
    """A driver's own reason is in the sentence."""
    one_sentence(start(config=changed('net_tap0,iface=rstack0',
                                      'net_pcap0,rx_pcap=/nowhere.pcap')),
                 '[port 0]', '/nowhere.pcap', 'No such file')
    one_sentence(start(config=changed('net_tap0,iface=rstack0', '0000:7f:1f.7')),
                 '[port 0]', '0000:7f:1f.7', 'dpdk-devbind.py')


def taken_interface_is_told():
    """An interface of that name that is someone else's stays what it is."""
    with tempfile.NamedTemporaryFile('w', suffix='.ini') as file:
        file.write(GOOD)
        file.flush()
        sh('ip', 'tuntap', 'add', 'dev', TAP, 'mode', 'tap')
        result = sh(rstack_path(), '--', '-c', file.name, check=False)
        sh('ip', 'link', 'del', TAP)
    equal(result.returncode, 1)
    one_sentence(result.stderr, '[port 0]', 'rstack0', 'ip link')


def too_many_lcores_are_told():
    """More than the machine has, from the file and from the command line."""
    one_sentence(start(config=changed('0@0,1@1', '0@0,1@120')), 'lcores', '0@0,1@0')
    one_sentence(start('-l', '0,119', config=GOOD), '-l', '0@0,1@0')
    one_sentence(start('--lcores=0', config=GOOD), 'lcore', 'worker')


def too_large_an_mtu_is_told():
    """DPDK's driver of TAPs takes no jumbo frames."""
    one_sentence(start(config=changed('192.0.2.1/24', '192.0.2.1/24\nmtu = 9000')), '[port 0]',
                 'mtu = 9000', '1504 at most')


def too_little_memory_is_told():
    """How much is needed, and which key to turn."""
    for memory in (['-m', '16'], ['-m16'], ['-m', '4096', '-m', '64']):
        refused_by_both(*memory, config=GOOD, parts=['MiB', '(-m) gives', 'max_connections'])
    refused_by_both(config=changed('no-huge = yes', 'no-huge = yes\nmemory = 64M'),
                    parts=['[eal] memory', 'gives 64'])
    refused_by_both(config=changed('no-huge = yes', 'no-huge = yes\nargs = -m 65'),
                    parts=['gives 65'])
    # the TCBs of a worker take 16 GiB
    lcores = ','.join(f'{lcore}@1' for lcore in range(1, free_memory() // 16384 + 2))
    refused_by_both(config=changed('0@0,1@1', f'0@0,{lcores}') +
                    '[tcp]\nmax_connections = 133169152\n', parts=['MiB are free'], same=False)
    refused_by_both('--socket-mem=512', config=GOOD, parts=['--socket-mem', '-m 1'])
    # more is taken than the pools need, if the kernel gives it
    assert 'EAL' in checked(changed('no-huge = yes', f'no-huge = yes\nmemory = {free_memory()}M'))
    huge = changed('no-huge = yes', 'in-memory = yes')
    for memory in (['-m', str(free_hugepages() + 1024)],
                   [f'--socket-mem={free_hugepages() + 1000},24'],
                   ['--socket-mem', f'{free_hugepages() + 1024}']):
        refused_by_both(*memory, config=huge, parts=['too few hugepages',
                                                     f'about {free_hugepages() + 1024} MiB'])


def meminfo(*names):
    """Numbers of /proc/meminfo."""
    with open('/proc/meminfo', encoding='ascii') as file:
        info = dict(line.split(':') for line in file)
    return [int(info[name].split()[0]) for name in names]


def free_hugepages():
    """Mebibytes of hugepages that a process could have."""
    pages, size = meminfo('HugePages_Free', 'Hugepagesize')
    return pages * size // 1024


def free_memory():
    """Mebibytes of memory without hugepages."""
    return meminfo('MemAvailable')[0] // 1024


def missing_hugepages_are_told():
    """More are asked for than are free: by the file, then by the pools of the workers."""
    free = free_hugepages()
    many = f'memory = {free + 1024}M\nlcores = 0@0,1@1'
    text = start('--in-memory', config=changed('lcores = 0@0,1@1', many))
    one_sentence(text, 'hugepages', f'{free + 1024} MiB', 'nr_hugepages', 'no-huge = yes')

    # the TCBs of one worker take 16 GiB
    lcores = ','.join(f'{lcore}@1' for lcore in range(1, free // 16384 + 2))
    text = start('--in-memory', config=changed('lcores = 0@0,1@1', f'lcores = 0@0,{lcores}') +
                 '[tcp]\nmax_connections = 133169152\n')
    one_sentence(text, 'hugepages', 'MiB', 'nr_hugepages', 'no-huge = yes')


def missing_permission_is_told():
    """Nobody may make an interface."""
    with tempfile.TemporaryDirectory() as runtime:
        os.chmod(runtime, 0o777)
        nobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', 'env',
                  f'XDG_RUNTIME_DIR={runtime}']
        # A copy, since the checkout may lie where nobody may look.
        own = os.environ['RSTACK']
        os.environ['RSTACK'] = shutil.copy(rstack_path(), f'{runtime}/copy')
        try:
            one_sentence(start(config=GOOD, prefix=nobody), 'root')
        finally:
            os.environ['RSTACK'] = own


def wrong_eal_options_are_told():
    """EAL's usage text stays away."""
    one_sentence(start('--nonsense', config=GOOD), 'EAL', '--nonsense')


def last_words_are_shown():
    """EAL or a driver that ends the process has its say, though its log is captured."""
    # EAL takes no driver below a directory that all may write to, such as /tmp
    with tempfile.TemporaryDirectory(dir='/run') as place:
        driver = shutil.copy(os.environ['PANIC_DRIVER'], place)
        for status, words, prefix in ((-signal.SIGABRT, 'the driver panics', ()),
                                      (1, 'the driver gives up', ('env', 'DRIVER_EXITS=1'))):
            text = start('-d', driver, config=GOOD, status=status, prefix=prefix)
            assert words in text, text
            assert text.count(words) == 1, text


def memory_of_a_command_line_suffices():
    """--no-huge beside a file for hugepages: as much is taken as the packet buffers need."""
    with Rstack(SERVICES, eal=['--no-huge'], huge=True, worker='mbufs = 120000') as rstack:
        equal(rstack.ask('/rstack/info')['memory'], 'no-huge')


def command_line_wins_over_the_file():
    """Other lcores than the file's."""
    with Rstack(SERVICES, eal=['--lcores=0@0,3@1', '-m', '200']) as rstack:
        equal(rstack.ask('/rstack/lcore/list'), [3])


def second_start(rstack):
    """What a second start with the same file says; the first is not harmed."""
    result = sh(rstack_path(), '--', '-c', rstack.config, check=False)
    equal(result.returncode, 1)
    with connect(7):
        pass
    return result.stderr


def second_start_says_so():
    """Status 1 and the process that is there."""
    with Rstack(SERVICES) as rstack:
        one_sentence(second_start(rstack), 'already runs', str(rstack.process.pid))


def syn_queue_is_told_and_not_needed():
    """The TAP driver has rules of rte_flow, but none that look at TCP's flags."""
    with Rstack(port='syn_queue = yes') as rstack:
        with connect(7) as conn:
            echoes(conn)
        equal(rstack.ask('/rstack/port/info,0')['syn_queue'], 'none')
        told = [line for line in rstack.output().splitlines() if 'syn_queue' in line]
    one_sentence('\n'.join(told), '[port 0] syn_queue = yes', 'net_tap0', 'rstack runs without')


def socket_is_for_its_user_alone():
    """The directory of the telemetry socket lets nobody else in, and the socket, too."""
    with Rstack(SERVICES):
        directory = os.stat('/run/dpdk/e2e')
        equal((directory.st_uid, stat.S_IMODE(directory.st_mode)), (os.getuid(), 0o700))
        sock = os.stat('/run/dpdk/e2e/dpdk_telemetry.v2')
        equal((sock.st_uid, sock.st_mode & 0o022), (os.getuid(), 0))


def start_after_a_kill():
    """What SIGKILL left does not keep the next one from running."""
    with Rstack(SERVICES) as rstack:
        rstack.kill()
    with Rstack(SERVICES):
        with connect(7):
            pass


if __name__ == '__main__':
    run([
        help_and_version_need_nothing,
        wrong_command_lines_say_so,
        check_says_what_would_run,
        check_tells_the_truth,
        check_of_a_running_process,
        socket_without_a_listener_is_told,
        check_derives_the_pools,
        configuration_errors_name_the_place,
        missing_driver_is_named,
        device_that_cannot_be_made_is_told,
        taken_interface_is_told,
        too_many_lcores_are_told,
        too_large_an_mtu_is_told,
        too_little_memory_is_told,
        missing_hugepages_are_told,
        missing_permission_is_told,
        wrong_eal_options_are_told,
        last_words_are_shown,
        command_line_wins_over_the_file,
        memory_of_a_command_line_suffices,
        second_start_says_so,
        syn_queue_is_told_and_not_needed,
        socket_is_for_its_user_alone,
        start_after_a_kill,
    ], one_family='the start is under test, before there is a connection')
