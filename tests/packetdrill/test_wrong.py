#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The rstack authors
"""Scripts that are wrong, in what they expect or in their language, fail at the line that is."""

import subprocess
import sys
import tempfile

LISTEN = '''0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0 bind(3, ..., ...) = 0
+0 listen(3, 1) = 0
'''
OPEN = LISTEN + '''+0 < S 0:0(0) win 65535 <mss 1460>
+0 > S. 0:0(0) ack 1 <mss 1460>
+.1 < . 1:1(0) ack 1 win 65535
+0 accept(3, ..., ...) = 4
'''
FIN = '+.1 shutdown(4, SHUT_WR) = 0\n'

# script, the line that is wrong, a part of the message
WRONG = [
    (OPEN + '+0 > . 1:1(0) ack 1', 8, 'nothing was sent'),
    (OPEN + FIN + '+0 > R 1:1(0)', 9, 'is another one: > F. 1:1(0) ack 1'),
    (OPEN + FIN + '+0 > F. 2:2(0) ack 1', 9, 'is another one'),
    (OPEN + FIN + '+0 > F. 1:1(0) ack 2', 9, 'is another one'),
    (OPEN + FIN + '+0 > F. 1:2(1) ack 1', 9, 'is another one'),
    (OPEN + FIN + '+0 > F. 1:1(0) ack 1 win 9', 9, 'is another one'),
    (OPEN + FIN + '+0 > F. 1:1(0) ack 1 <nop,nop,TS val 1 ecr 0>', 9, 'is another one'),
    (OPEN + FIN + '+.1 > F. 1:1(0) ack 1', 9, 'sent at 0.200000, expected at 0.300000'),
    (OPEN + FIN + '+.1~+.2 > F. 1:1(0) ack 1', 9, 'sent at 0.200000'),
    (LISTEN + '+0 < S 0:0(0) win 9 <mss 1460>\n+0 > S. 0:0(0) ack 1 <mss 1000>', 5, 'another'),
    (LISTEN + '+0 < S 0:0(0) win 9 <mss 1460,sackOK,nop,nop>\n+0 > S. 0:0(0) ack 1 <mss 1460>',
     5, 'sackOK 1'),
    (OPEN + '+0 read(4, ..., 10) = 0', 8, 'read blocks'),
    (OPEN + '+0...0.1 read(4, ..., 10) = 0', 8, 'has not returned'),
    (OPEN + '+0...0.1 read(4, ..., 10) = 5\n+0 < P. 1:6(5) ack 1 win 9', 8, 'returned at 0.1'),
    (OPEN + '+0 < P. 1:6(5) ack 1 win 9\n+0 read(4, ..., 10) = 4', 9, 'returned 5'),
    (OPEN + '+0 < R 1:1(0) win 0\n+0 read(4, ..., 10) = 0', 9, 'ECONNRESET'),
    (OPEN + '+0 write(5, ..., 10) = 10', 8, 'no socket has the number "5"'),
    (OPEN + '+0 getsockopt(4, SOL_SOCKET, SO_ERROR, [111], [4]) = 0', 8, 'SO_ERROR is [0]'),
    (OPEN + '0.05 write(4, ..., 10) = 10', 8, 'it is 0.100000 already'),
    (LISTEN + '+0 < S 0:0(0) <mss 1460>', 4, 'needs "win NUMBER"'),
    (LISTEN + '+0 < S 0:0(0) win 9 <mss 1460,nop>', 4, '5 bytes'),
    (LISTEN + '+0 < S 0:1(0) win 9', 4, 'does not add up'),
    (LISTEN + '+0 < . 0:0(0) win 9', 4, 'needs "ack NUMBER"'),
    (LISTEN + '+0 < S 0:0(0) win 9 <mood 1>', 4, 'is not known'),
    (LISTEN + '+0 < icmp unreachable', 4, 'neither icmp nor udp'),
    (LISTEN + '+0 sendmsg(3, ..., 0) = 0', 4, 'the call sendmsg is not known'),
    (LISTEN + '+0 %{ assert tcpi_rto }%', 4, 'is not run'),
    (LISTEN + '+0 listen(3', 4, 'no end'),
    ('--speed=9\n' + LISTEN, 1, 'the setting'),
    ('// nothing\n', 2, 'no event'),
]


def main():
    with tempfile.TemporaryDirectory() as directory:
        files = [f'{directory}/{number}.pkt' for number in range(len(WRONG))]
        for file, (script, _, _) in zip(files, WRONG):
            with open(file, 'w', encoding='utf-8') as out:
                out.write(script)
        done = subprocess.run([sys.argv[1], *files], capture_output=True, text=True,
                              check=False)
    lines = done.stdout.splitlines()
    bad = done.returncode != 1
    print(f'1..{len(WRONG)}')
    for number, (file, (_, line, text)) in enumerate(zip(files, WRONG), 1):
        told = [words for words in lines if words.startswith(f'# {file}:')]
        good = (f'not ok {number} - {file}' in lines and len(told) == 1 and
                told[0].startswith(f'# {file}:{line}: ') and text in told[0])
        bad |= not good
        print(f'{"" if good else "not "}ok {number} - {text}')
        if not good:
            print(f'# expected line {line}, got', told)
    return bad


sys.exit(main())
