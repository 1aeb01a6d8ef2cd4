# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The rstack authors
"""
A virtual machine with emulated NICs, in which rstack runs on DPDK's own drivers for them: Debian's
kernel, busybox as init, and no disk. QEMU emulates the CPU, too, so it needs no KVM. Each NIC is
connected to a TAP in the network namespace of the caller. Shell commands go to the machine through
a serial line.
"""
import base64
import contextlib
import glob
import json
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
from typing import NamedTuple

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.append(os.path.join(os.path.dirname(HERE), 'e2e'))

# pylint: disable=wrong-import-position
from e2e import (CLIENT, CLIENT6, MANY, MANY6, PATIENCE, SERVER, SERVER6, TAP, Skip,  # noqa: E402
                 equal, listen, sh)

# The smaller of Debian's kernels, which boots faster, and modules in the order of loading.
KERNEL = 'linux-image-cloud-amd64'
MODULES = ('irqbypass', 'vfio', 'vfio_virqfd', 'vfio_iommu_type1', 'vfio-pci-core', 'vfio-pci',
           'uio', 'uio_pci_generic')
DRIVERS = ('bus_pci', 'bus_vdev', 'mempool_ring', 'net_e1000', 'net_virtio', 'net_vmxnet3')

# The machine is slow, and the host may be busy.
BOOT_PATIENCE = 20 * PATIENCE


class Nic(NamedTuple):
    """A NIC that QEMU emulates."""

    model: str           # -device of QEMU
    queues: int          # pairs of queues
    busy: int            # of two workers, how many receive frames: QEMU may lack RSS
    backend: str = 'vnet_hdr=off'  # arguments of -netdev
    driver: str = 'uio_pci_generic'  # the driver of the kernel that gives it to DPDK

    @property
    def whole(self):
        """Frames on the TAP have whole checksums, so a raw socket can read them."""
        return 'vnet_hdr=off' in self.backend


NICS = {
    'e1000': Nic('e1000', 1, 1),
    'e1000e': Nic('e1000e', 1, 1),
    'e1000e_vfio': Nic('e1000e', 1, 1, driver='vfio-pci'),
    'vmxnet3': Nic('vmxnet3', 2, 1),
    'virtio': Nic('virtio-net-pci', 1, 1),
    'virtio_2_queues': Nic('virtio-net-pci,mq=on,vectors=6', 2, 2, 'vnet_hdr=off,queues=2'),
    'virtio_offload': Nic('virtio-net-pci', 1, 1, 'vnet_hdr=on'),
}

VLAN_SERVER = '198.51.100.1'

# A host behind a bridge, which takes no large frames, and its interface.
FAR = 'far'
FAR_DEVICE = 'far0'
FAR_ADDRESSES = ('192.0.2.9/24', '2001:db8::9/64')
JUMBO_MTU = 9000

CONFIG = """
[eal]
lcores = {lcores}
[port 0]
device = {device}
address = {server}/24, {server6}/64
terminate = {many}, {many6}
dad_transmits = 0
{more}
[worker]
idle = sleep
[tcp]
msl = 100ms
max_connections = 1024
max_busy = 256
max_chunks = 4096
""" + ''.join(listen(name, port) for name, port in
              (('echo', 7), ('discard', 9), ('chargen', 19), ('reset', 104))) + \
    listen('web', 80, 'http', body=1024)


def uses_tso(nic, workers):
    """
    The NIC cuts large frames into segments, or leaves it to its host, whom QEMU tells with
    vnet_hdr=on only. One worker runs with TSO, two without.
    """
    return nic == 'virtio_offload' and workers == 1


def configuration(nic, workers, jumbo):
    """
    The file for rstack. Its main lcore mostly sleeps, so a worker can share its CPU. The port has a
    VLAN beside untagged frames, or with jumbo=True none and a large MTU.
    """
    tso = f'tso = {"yes" if uses_tso(nic, workers) else "no"}\n'
    vlan = (f'{tso}[port 1]\ndevice = {pci_address(nic)}\n{tso}vlan = 100\n'
            f'address = {VLAN_SERVER}/24')
    return CONFIG.format(lcores='0@0,1@1' if workers == 1 else '0@0,1@0,2@1',
                         device=pci_address(nic), server=SERVER, server6=SERVER6, many=MANY,
                         many6=MANY6, more=f'mtu = {JUMBO_MTU}' if jumbo else vlan)


def slot(nic):
    """The slot on the PCI bus."""
    return 0x10 + list(NICS).index(nic)


def pci_address(nic):
    """The address of a NIC in the machine."""
    return f'0000:00:{slot(nic):02x}.0'


def mac(nic):
    """The MAC address that QEMU gives a NIC."""
    return f'52:54:00:12:34:{slot(nic):02x}'


def first(pattern):
    """The file of this pattern, or None."""
    return next(iter(sorted(glob.glob(pattern, recursive=True))), None)


def download(place):
    """Have apt download the kernel. Installing it would do more than a test may."""
    depends = sh('apt-cache', 'depends', KERNEL, check=False).stdout
    package = re.search(r'Depends: (linux-image-\S+)', depends)
    if package is None:
        return f'apt does not know {KERNEL}'
    result = sh('apt-get', 'download', package[1], cwd=place, check=False, timeout=900)
    if result.returncode != 0:
        return f'apt-get cannot download {package[1]}: {result.stderr.splitlines()[-1]}'
    return None


def fetch_kernel(build):
    """
    Unpack Debian's kernel in the build directory, once. @return its directory. Raises Skip with
    the reason when there is none.
    """
    place = os.path.join(build, 'vm', 'kernel')
    if os.path.isdir(place):
        return place
    with tempfile.TemporaryDirectory() as work:
        reason = download(work)
        if reason is not None:
            # the lists of packages may be older than the mirror
            sh('apt-get', '-qq', 'update', check=False, timeout=900)
            reason = download(work)
        if reason is not None:
            raise Skip(reason)
        root = os.path.join(work, 'root')
        sh('dpkg', '-x', first(f'{work}/*.deb'), root)
        os.makedirs(os.path.dirname(place), exist_ok=True)
        unpacked = tempfile.mkdtemp(dir=os.path.dirname(place))
        shutil.copy(first(f'{root}/boot/vmlinuz-*'), f'{unpacked}/vmlinuz')
        for module in MODULES:
            shutil.copy(first(f'{root}/lib/modules/*/kernel/**/{module}.ko'), unpacked)
        os.rename(unpacked, place)
    return place


def libraries(files):
    """
    The libraries that the files need. pthread_cancel() loads libgcc_s.so.1 at run time, so no file
    names it.
    """
    lines = ''.join(sh('ldd', file).stdout for file in files)
    gcc = re.search(r'libgcc_s\.so\.1 .*x86-64.* => (\S+)', sh('ldconfig', '-p').stdout)
    return {gcc[1], *re.findall(r'(/\S+) \(0x', lines)}


def add_as_here(root, path):
    """
    Copy a file to the place that it has on this machine. A link to it stays one, because a library
    that is there twice is loaded twice.
    """
    real = os.path.realpath(path)
    place = os.path.join(os.path.realpath(os.path.dirname(path)), os.path.basename(path))
    for name in {real, place}:
        os.makedirs(os.path.dirname(root + name), exist_ok=True)
    shutil.copy(real, root + real)
    if not os.path.lexists(root + place):
        os.symlink(real, root + place)


def make_initrd(path, kernel, rstack, ask):
    """Write the image: all that the machine has."""
    libdir = sh('pkg-config', '--variable=libdir', 'libdpdk').stdout.strip()
    plugins = first(f'{libdir}/dpdk/pmds-*')
    # EAL loads only files with the whole version in their names
    drivers = [first(f'{plugins}/librte_{name}.so.*.*') for name in DRIVERS]
    files = {'init': f'{HERE}/init', 'bin/busybox': '/bin/busybox', 'bin/rstack': rstack,
             'bin/ask': ask}
    files |= {f'modules/{name}.ko': f'{kernel}/{name}.ko' for name in MODULES}
    with tempfile.TemporaryDirectory() as root:
        for name in ('bin', 'dev', 'modules', 'proc', 'run', 'sys', 'tmp', 'usr', 'var'):
            os.mkdir(f'{root}/{name}')
        for name in ('lib', 'lib64'):
            os.symlink(f'usr/{name}', f'{root}/{name}')
        for name, source in files.items():
            shutil.copy(source, f'{root}/{name}')
        with open(f'{root}/modules/order', 'w', encoding='utf-8') as file:
            file.write('\n'.join(MODULES) + '\n')
        for source in {*drivers, *libraries([rstack, ask, *drivers])}:
            add_as_here(root, source)
        # not compressed, because the machine would take longer to unpack it than QEMU to load it
        with open(path, 'wb') as file:
            names = sh('find', '.', cwd=root).stdout
            subprocess.run(['busybox', 'cpio', '-o', '-H', 'newc'], input=names.encode(), cwd=root,
                           stdout=file, stderr=subprocess.DEVNULL, check=True)


def prepare():
    """What must be done before the network is left. @return the reason why there is no machine"""
    for program, package in (('qemu-system-x86_64', 'qemu-system-x86'),
                             ('busybox', 'busybox-static')):
        if shutil.which(program) is None:
            return f'{program} is missing; it is in the package {package}'
    try:
        fetch_kernel(os.environ['BUILD'])
    except Skip as skip:
        return str(skip)
    return None


class Machine:
    """The running machine. Its NICs are there, and no rstack yet."""

    def __init__(self, nics=tuple(NICS)):
        kernel = fetch_kernel(os.environ['BUILD'])
        self.nic = None
        self.frames_before = 0
        self.runs = False
        self.dir = tempfile.TemporaryDirectory()
        initrd = f'{self.dir.name}/initrd'
        make_initrd(initrd, kernel, os.environ['RSTACK'], os.environ['VM_ASK'])
        self.log = f'{self.dir.name}/console'
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(f'{self.dir.name}/control')
        listener.listen(1)
        self.process = subprocess.Popen(self.command(kernel, initrd, nics),
                                        stdin=subprocess.DEVNULL, stdout=sys.stderr)
        listener.settimeout(BOOT_PATIENCE)
        self.line = listener.accept()[0]
        listener.close()
        self.line.settimeout(BOOT_PATIENCE)
        self.answers = self.line.makefile('r', encoding='utf-8', errors='replace')
        equal(self.answers.readline().strip(), 'ready', f'the console says {self.console()}')
        for nic in nics:
            self.run(f'bind {pci_address(nic)} {NICS[nic].driver}')

    def command(self, kernel, initrd, nics):
        """The command line of QEMU."""
        command = [
            'qemu-system-x86_64', '-accel', 'tcg,thread=multi', '-machine', 'q35',
            # for vfio-pci; the devices of uio_pci_generic pass it (iommu=pt)
            '-device', 'intel-iommu',
            # SSE4.2 is all that DPDK needs; wider registers are slower to emulate
            '-cpu', 'Westmere', '-smp', '2', '-m', '512', '-nodefaults', '-no-user-config',
            '-display', 'none', '-no-reboot', '-kernel', f'{kernel}/vmlinuz', '-initrd', initrd,
            # edd: the kernel would ask the BIOS for disks, which there are none of. no_timer_check:
            # the check fails on a busy host
            '-append', 'console=ttyS0 quiet edd=off panic=-1 tsc=reliable mitigations=off '
            'no_timer_check intel_iommu=on iommu=pt hugepages=96',
            '-serial', f'file:{self.log}',
            '-chardev', f'socket,id=control,path={self.dir.name}/control',
            '-serial', 'chardev:control',
            '-monitor', f'unix:{self.dir.name}/monitor,server=on,wait=off']
        for nic in nics:
            nic_ = NICS[nic]
            tap = f'vm{slot(nic)}'
            queues = ['multi_queue'] if 'queues=' in nic_.backend else []
            sh('ip', 'tuntap', 'add', tap, 'mode', 'tap', *queues)
            command += ['-netdev', f'tap,id={nic},ifname={tap},script=no,downscript=no,'
                        + nic_.backend,
                        '-device', f'{nic_.model},netdev={nic},mac={mac(nic)},'
                        f'addr={slot(nic):#x},romfile=']
        return command + shlex.split(os.environ.get('VM_QEMU', ''))

    def run(self, command, check=True):
        """Run a shell command in the machine. @return its output; its status, unless check"""
        self.line.sendall(command.encode() + b'\n')
        output = []
        while not (line := self.answers.readline()).startswith('== '):
            assert line, f'the machine ended: {self.console()}'
            output.append(line)
        status = int(line.split()[1])
        text = ''.join(output)
        if check:
            equal(status, 0, f'{command}: {text}')
            return text
        return text, status

    def start(self, nic, workers, jumbo=False):
        """Start rstack on a NIC. @return its output, and its status, not 0 if it did not start"""
        if self.runs:
            self.run('kill -9 $pid; wait $pid', check=False)
            self.detach()
        self.nic = nic
        self.attach()
        sh('ip', 'link', 'set', TAP, 'mtu', str(JUMBO_MTU) if jumbo else '1500')
        text = base64.b64encode(configuration(nic, workers, jumbo).encode()).decode()
        _, status = self.run(f'start {text}', check=False)
        self.runs = status == 0
        if not self.runs:
            self.detach()
        return self.output(), status

    def attach(self):
        """Make the TAP of the NIC the client's interface, which is called as in the e2e tests."""
        sh('ip', 'link', 'set', f'vm{slot(self.nic)}', 'name', TAP)
        self.frames_before = self.frames()
        sh('sysctl', '-qw', f'net.ipv6.conf.{TAP}.disable_ipv6=0',
           f'net.ipv6.conf.{TAP}.accept_ra=0')
        sh('ip', 'addr', 'add', f'{CLIENT}/24', 'dev', TAP)
        sh('ip', 'link', 'set', TAP, 'up')
        sh('ip', 'addr', 'add', f'{CLIENT6}/64', 'dev', TAP, 'nodad')
        sh('ip', 'route', 'add', MANY, 'dev', TAP)
        sh('ip', 'route', 'add', MANY6, 'via', SERVER6)

    @staticmethod
    def frames():
        """Frames that the TAP received from the NIC since it was made."""
        link = json.loads(sh('ip', '-s', '-j', 'link', 'show', TAP).stdout)[0]
        return link['stats64']['rx']['packets']

    @contextlib.contextmanager
    def far_host(self):
        """
        A network namespace behind a bridge. The kernel cuts large frames of the NIC into segments
        and makes their checksums on the way to it, because the veth between does neither.
        """
        near = f'{FAR_DEVICE}-peer'
        sh('ip', 'netns', 'add', FAR)
        try:
            sh('ip', 'link', 'add', near, 'type', 'veth', 'peer', 'name', FAR_DEVICE, 'netns', FAR)
            sh('ethtool', '-K', near, 'tso', 'off', 'gso', 'off', 'tx', 'off')
            sh('ip', 'link', 'add', 'br0', 'type', 'bridge')
            for device in (near, TAP):
                sh('ip', 'link', 'set', device, 'master', 'br0', 'up')
            sh('ip', 'link', 'set', 'br0', 'up')
            inside = ('ip', 'netns', 'exec', FAR)
            sh(*inside, 'sysctl', '-qw', f'net.ipv6.conf.{FAR_DEVICE}.disable_ipv6=0',
               f'net.ipv6.conf.{FAR_DEVICE}.accept_ra=0')
            sh(*inside, 'ip', 'link', 'set', FAR_DEVICE, 'up')
            for address, options in zip(FAR_ADDRESSES, ((), ('nodad',))):
                sh(*inside, 'ip', 'addr', 'add', address, 'dev', FAR_DEVICE, *options)
            yield
        finally:
            sh('ip', 'link', 'set', TAP, 'nomaster', check=False)
            sh('ip', 'link', 'del', 'br0', check=False)
            sh('ip', 'link', 'del', near, check=False)
            sh('ip', 'netns', 'del', FAR)

    @staticmethod
    def far_frames():
        """Frames that the far host has received."""
        link = json.loads(sh('ip', '-n', FAR, '-s', '-j', 'link', 'show', FAR_DEVICE).stdout)[0]
        return link['stats64']['rx']['packets']

    def set_link(self, nic, state):
        """Pull the cable of a NIC, or put it in: off or on."""
        with socket.socket(socket.AF_UNIX) as monitor:
            monitor.settimeout(PATIENCE)
            monitor.connect(f'{self.dir.name}/monitor')
            monitor.sendall(f'set_link {nic} {state}\n'.encode())
            # the prompt of QEMU, once at first and once behind the command
            answer = b''
            while answer.count(b'(qemu) ') < 2:
                answer += monitor.recv(4096)

    def detach(self):
        """Give the interface its own name back, without addresses."""
        sh('ip', 'link', 'set', TAP, 'down')
        sh('ip', 'addr', 'flush', 'dev', TAP)
        sh('ip', 'link', 'set', TAP, 'name', f'vm{slot(self.nic)}')

    def stop(self):
        """Stop rstack in order. @return its output and its status"""
        self.runs = False
        _, status = self.run('stop', check=False)
        self.detach()
        return self.output(), status

    def output(self):
        """All that rstack printed."""
        return self.run('cat /tmp/out')

    def ask(self, command):
        """The answer to a telemetry command, through the serial line."""
        return json.loads(self.run(f"ask '{command}'"))[command.split(',')[0]]

    def stats(self):
        """All counters."""
        return self.ask('/rstack/stats')

    def console(self):
        """The end of what the kernel said."""
        with open(self.log, encoding='utf-8', errors='replace') as file:
            return file.read()[-2000:]

    def cpu_time(self):
        """The CPU time that it took, in seconds."""
        with open(f'/proc/{self.process.pid}/stat', encoding='utf-8') as file:
            user, system = file.read().rsplit(')', 1)[1].split()[11:13]
        return (int(user) + int(system)) / os.sysconf('SC_CLK_TCK')

    def end(self):
        """Switch the machine off."""
        self.process.kill()
        self.process.wait()
        self.line.close()
        self.dir.cleanup()
