# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The rstack authors
"""What the benchmarks ask running DPDK processes."""
import json
import socket


class Telemetry:
    """A connection to a DPDK process' telemetry socket."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.socket.settimeout(20)  # its thread may wait long for a core
        self.socket.connect(path)
        self.most = json.loads(self.socket.recv(1024))['max_output_len']

    def ask(self, command):
        """What the command returns."""
        self.socket.send(command.encode())
        return json.loads(self.socket.recv(self.most))[command.split(',')[0]]
