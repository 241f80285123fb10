# SPDX-License-Identifier: Apache-2.0
"""Whose process is at the other end of a connection on this machine.

gRPC tells its address only. The kernel knows the user of the socket that has this address, and is asked for each call: as soon
as a connection is closed, its port may be another user's.
https://man7.org/linux/man-pages/man7/sock_diag.7.html
"""

import contextlib
import functools
import ipaddress
import os
import re
import socket
import struct
from pathlib import Path
from urllib.parse import unquote

PEER = re.compile(r'ipv[46]:\[?([0-9a-fA-F.:]+)\]?:(\d+)$')

SOCK_DIAG = 4
"""A protocol of netlink."""

HEADER, QUESTION, ID = struct.Struct('=IHHII'), struct.Struct('=BBBBI'), struct.Struct('!HH16s16s')
BY_FAMILY, REQUEST, NO_COOKIE = 20, 1, struct.pack('=III', 0, 0xFFFFFFFF, 0xFFFFFFFF)
UID = HEADER.size + 64
"""Where ``idiag_uid`` is in an answer."""

STATES = 0xFFFFFFFF
MAPPED = bytes(10) + b'\xff\xff'
"""What comes before an address of IPv4 among those of IPv6."""


class Peers:
    """Tells the user who runs us from others."""

    def __init__(self) -> None:
        self._user = os.geteuid()
        self._ports: tuple[int, ...] = ()
        self._netlink: socket.socket | None = None
        with contextlib.suppress(OSError):
            self._netlink = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, SOCK_DIAG)
            self._netlink.setblocking(False)

    def listen(self, port: int) -> None:
        """Connections come to this port, too."""
        self._ports += (port,)

    def stranger(self, peer: str) -> bool:
        """Whether a connection, as gRPC names it, is not surely our own user's."""
        if peer.startswith('unix:'):
            # Its folder is ours alone.
            return False
        if not (found := PEER.match(unquote(peer))):
            return True
        address, port = found[1], int(found[2])
        return all(self._owner(address, port, ours) != self._user for ours in self._ports)

    def _owner(self, address: str, port: int, ours: int) -> int | None:
        """The user of the socket that is connected to a port of ours; None where there is none."""
        if self._netlink:
            with contextlib.suppress(OSError):
                return self._asked(self._netlink, address, port, ours)
            # Not every kernel has it, nor every container.
            self._netlink = None
        return _looked_up(address, port, ours)

    def _asked(self, netlink: socket.socket, address: str, port: int, ours: int) -> int | None:
        family, packed = _packed(address)
        question = QUESTION.pack(family, socket.IPPROTO_TCP, 0, 0, STATES) + ID.pack(port, ours, packed, packed) + NO_COOKIE
        netlink.send(HEADER.pack(HEADER.size + len(question), BY_FAMILY, REQUEST, 1, 0) + question)
        # The kernel has answered before send returns.
        answer = netlink.recv(512)
        if HEADER.unpack_from(answer)[1] != BY_FAMILY:
            if -struct.unpack_from('=i', answer, HEADER.size)[0] == 2:
                return None
            raise OSError('sock_diag is not to be had')
        return int(struct.unpack_from('=I', answer, UID)[0])


@functools.cache
def _packed(address: str) -> tuple[int, bytes]:
    parsed = ipaddress.ip_address(address)
    return socket.AF_INET if parsed.version == 4 else socket.AF_INET6, parsed.packed.ljust(16, b'\0')


def _looked_up(address: str, port: int, ours: int) -> int | None:
    """The same from ``/proc/net/tcp``, which takes milliseconds. https://man7.org/linux/man-pages/man5/proc_pid_net.5.html"""
    family, packed = _packed(address)
    # Many clients use a socket of IPv6 for IPv4, too.
    forms = [('tcp6', packed)] if family == socket.AF_INET6 else [('tcp', packed[:4]), ('tcp6', MAPPED + packed[:4])]
    for table, form in forms:
        host = ''.join(f'{word:08X}' for (word,) in struct.iter_unpack('=I', form))
        ends = f' {host}:{port:04X} {host}:{ours:04X} '
        for line in Path('/proc/net', table).read_text().splitlines():
            if ends in line:
                return int(line.split()[7])
    return None
