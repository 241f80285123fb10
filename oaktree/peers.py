# SPDX-License-Identifier: Apache-2.0
"""Whose process is at the other end of a connection on this machine.

gRPC tells its address only. The kernel knows the user of the socket that has this address, and is asked for each call: as soon
as a connection is closed, its port may be another user's.
https://man7.org/linux/man-pages/man7/sock_diag.7.html
"""

import contextlib
import errno
import functools
import ipaddress
import logging
import os
import re
import socket
import struct
from pathlib import Path

LOG = logging.getLogger(__name__)

PEER = re.compile(r'ipv(?:4:([0-9.]+)|6:%5B([0-9a-fA-F:.]+)%5D):(\d+)$')

SOCK_DIAG = 4
"""A protocol of netlink."""

HEADER, QUESTION, ID = struct.Struct('=IHHII'), struct.Struct('=BBBBI'), struct.Struct('!HH16s16s')
BY_FAMILY, REQUEST, NO_COOKIE = 20, 1, struct.pack('=III', 0, 0xFFFFFFFF, 0xFFFFFFFF)
STATE, UID = HEADER.size + 1, HEADER.size + 64
"""Where ``idiag_state`` and ``idiag_uid`` are in an answer."""

ESTABLISHED = 1
"""The state of a connection that its process holds. Of one that has been closed there, the kernel may say that it is root's;
and where there is no connection, it tells of whoever listens at that port."""

STATES = 0xFFFFFFFF
MAPPED = bytes(10) + b'\xff\xff'
"""What comes before an address of IPv4 among those of IPv6."""

Socket = tuple[int, bytes, int]
"""A family, an address and a port."""


class Peers:
    """Tells the user who runs us from others."""

    def __init__(self) -> None:
        self._user = os.geteuid()
        self._ours: tuple[Socket, ...] = ()
        self._netlink: socket.socket | None = None
        try:
            self._netlink = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, SOCK_DIAG)
            self._netlink.setblocking(False)
        except OSError as error:
            self._slow(error)

    def listen(self, address: str, port: int) -> None:
        """Connections come to this address of ours, too."""
        self._ours += ((*_packed(address), port),)

    def stranger(self, peer: str) -> bool:
        """Whether a connection, as gRPC names it, is not surely our own user's."""
        if peer.startswith('unix:'):
            # Its folder is ours alone.
            return False
        if not (found := PEER.match(peer)):
            return True
        client = (*_packed(found[1] or found[2]), int(found[3]))
        # Nothing else would do but the whole connection: the same port of another of our addresses may be another user's.
        return all(ours[0] != client[0] or self._owner(client, ours) != self._user for ours in self._ours)

    def _owner(self, client: Socket, ours: Socket) -> int | None:
        """The user of the socket that a client has connected to one of ours; None where there is none."""
        if self._netlink:
            try:
                return self._asked(self._netlink, client, ours)
            except OSError as error:
                self._netlink = None
                self._slow(error)
        return _looked_up(client, ours)

    def _asked(self, netlink: socket.socket, client: Socket, ours: Socket) -> int | None:
        ends = ID.pack(client[2], ours[2], client[1], ours[1])
        question = QUESTION.pack(client[0], socket.IPPROTO_TCP, 0, 0, STATES) + ends + NO_COOKIE
        netlink.send(HEADER.pack(HEADER.size + len(question), BY_FAMILY, REQUEST, 1, 0) + question)
        # The kernel has answered before send returns.
        answer = netlink.recv(512)
        if HEADER.unpack_from(answer)[1] != BY_FAMILY:
            code = -struct.unpack_from('=i', answer, HEADER.size)[0]
            if code == errno.ENOENT:
                return None
            raise OSError(code, os.strerror(code))
        return int(struct.unpack_from('=I', answer, UID)[0]) if answer[STATE] == ESTABLISHED else None

    def _slow(self, error: OSError) -> None:
        # Not every kernel has it, nor every container.
        LOG.warning('netlink does not tell who connects (%s): each call to a loopback port takes milliseconds', error.strerror)


@functools.lru_cache(1000)  # There are 16 million of them that a stranger can come from.
def _packed(address: str) -> tuple[int, bytes]:
    parsed = ipaddress.ip_address(address.strip('[]'))
    if isinstance(parsed, ipaddress.IPv6Address):
        # As gRPC names whoever comes there.
        parsed = parsed.ipv4_mapped or parsed
    return socket.AF_INET if parsed.version == 4 else socket.AF_INET6, parsed.packed.ljust(16, b'\0')


def _looked_up(client: Socket, ours: Socket) -> int | None:
    """The same from ``/proc/net/tcp``, which takes milliseconds. https://man7.org/linux/man-pages/man5/proc_pid_net.5.html"""
    # Many clients use a socket of IPv6 for IPv4, too.
    forms = [('tcp6', b'', 16)] if client[0] == socket.AF_INET6 else [('tcp', b'', 4), ('tcp6', MAPPED, 4)]
    for table, before, size in forms:
        names = (f'{_words(before + address[:size])}:{port:04X}' for _, address, port in (client, ours))
        ends = f' {" ".join(names)} {ESTABLISHED:02X} '
        with contextlib.suppress(FileNotFoundError):
            for line in Path('/proc/net', table).read_text().splitlines():
                if ends in line:
                    return int(line.split()[7])
    return None


def _words(address: bytes) -> str:
    return ''.join(f'{word:08X}' for (word,) in struct.iter_unpack('=I', address))
