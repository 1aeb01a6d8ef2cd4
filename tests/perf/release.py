# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The rstack authors
"""The release build that benchmarks and instruction counts are taken of."""
import json
import os
import re
import subprocess
import sys

TREE = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), '../..'))
BUILD = os.path.join(TREE, 'build')     # the one that tests/run makes, too


def options(build):
    """Meson's options of a build directory, {} if it is none."""
    done = subprocess.run(['meson', 'introspect', '--buildoptions', build], capture_output=True,
                          text=True, check=False)
    if done.returncode != 0:
        return {}
    return {option['name']: option['value'] for option in json.loads(done.stdout)}


def why_not(build):
    """Why the figures of a build say nothing about the release, '' if they do."""
    found = options(build)
    if not found:
        return f'{build} is no build directory'
    if found['b_sanitize'] != 'none':
        return f'{build} has sanitizers'
    if found['buildtype'] != 'release':
        return f'{build} is a build of type {found["buildtype"]}, not release'
    return ''


def compiler(program):
    """The compiler of a program, as its section .comment has it: "gcc 12.2.0"."""
    done = subprocess.run(['readelf', '-p', '.comment', program], capture_output=True, text=True,
                          check=False)
    gcc = re.search(r'GCC: \(.*\) (\S+)', done.stdout)
    other = re.search(r'\]\s+(.+)$', done.stdout, re.M)
    return f'gcc {gcc[1]}' if gcc else other[1] if other else 'an unknown compiler'


def make(targets, build=BUILD):
    """Build the targets that there are in a release build directory; returns it."""
    if not os.path.exists(os.path.join(build, 'build.ninja')):
        run('meson', 'setup', build, TREE, '--buildtype=release')
    reason = why_not(build)
    if reason:
        sys.exit(reason)
    known = subprocess.run(['ninja', '-C', build, '-t', 'targets', 'all'], capture_output=True,
                           text=True, check=True).stdout
    there = [name for name in targets if re.search(rf'^{re.escape(name)}: ', known, re.M)]
    if there:
        run('ninja', '-C', build, '--quiet', *there)
    return build


def run(*command):
    """Run a command of the build; its output is shown only when it fails."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          check=False)
    if done.returncode != 0:
        sys.exit(f'{" ".join(command)}: exit status {done.returncode}\n{done.stdout}')
