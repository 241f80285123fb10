# SPDX-License-Identifier: Apache-2.0
"""Whose a connection is, told by the kernel at every stage of its life."""

import os
import socket
import subprocess
import sys
import unittest
from unittest import mock

from oaktree.peers import Peers

NOBODY = 65534
CONNECT = """
import encodings.idna, os, socket, sys
os.setuid(int(sys.argv[1]))
client = socket.socket(socket.AF_INET6 if ':' in sys.argv[2] else socket.AF_INET)
client.connect((sys.argv[2], int(sys.argv[3])))
print(client.getsockname()[1], flush=True)
sys.stdin.readline()
client.close()
print(flush=True)
sys.stdin.readline()
"""


class PeersTest(unittest.TestCase):
    def listener(self, host: str) -> socket.socket:
        listener = socket.socket(socket.AF_INET6 if ':' in host else socket.AF_INET)
        self.addCleanup(listener.close)
        listener.bind((host, 0))
        listener.listen()
        return listener

    def connect(self, user: int, host: str, port: int) -> 'subprocess.Popen[str]':
        """A process of a user that connects, and hangs up when it is told to."""
        command = [sys.executable, '-c', CONNECT, str(user), host, str(port)]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.addCleanup(process.communicate)
        return process

    def peers(self, host: str, listener: socket.socket) -> list[Peers]:
        """One that asks by netlink, and one that can't."""
        with mock.patch('oaktree.peers.SOCK_DIAG', 77), self.assertLogs('oaktree.peers', 'WARNING'):
            both = [Peers(), Peers()]
        both[0] = Peers()
        for peers in both:
            peers.listen(host, listener.getsockname()[1])
        self.assertEqual([peers._netlink is None for peers in both], [False, True])
        return both

    def told(self, both: list[Peers], peer: str) -> set[bool]:
        return {peers.stranger(peer) for peers in both}

    def follow(self, user: int, host: str, name: str) -> list[set[bool]]:
        """Whether a user's process is taken for a stranger: connected, gone, and when we have hung up too."""
        listener = self.listener(host)
        both = self.peers(host, listener)
        process = self.connect(user, host, listener.getsockname()[1])
        assert process.stdin and process.stdout
        peer = f'{name}:{process.stdout.readline().strip()}'
        ours, _ = listener.accept()
        found = [self.told(both, peer)]
        process.stdin.write('\n')
        process.stdin.flush()
        process.stdout.readline()
        found.append(self.told(both, peer))
        ours.close()
        return [*found, self.told(both, peer)]

    def test_who_has_hung_up_is_nobody_we_know(self) -> None:
        for host, name in (('127.0.0.1', 'ipv4:127.0.0.1'), ('::1', 'ipv6:%5B::1%5D')):
            with self.subTest(host):
                self.assertEqual(self.follow(os.geteuid(), host, name), [{False}, {True}, {True}])
                if os.geteuid() == 0:
                    # Who may become another user; and of whom the kernel takes what nobody holds any more.
                    self.assertEqual(self.follow(NOBODY, host, name), [{True}, {True}, {True}])

    def test_a_client_of_ipv4_may_have_a_socket_of_ipv6(self) -> None:
        listener = self.listener('127.0.0.1')
        client = socket.socket(socket.AF_INET6)
        self.addCleanup(client.close)
        client.connect(('::ffff:127.0.0.1', listener.getsockname()[1]))
        peer = f'ipv4:127.0.0.1:{client.getsockname()[1]}'
        self.assertEqual(self.told(self.peers('127.0.0.1', listener), peer), {False})

    def test_our_own_listener_vouches_for_nobody(self) -> None:
        listener, other = self.listener('127.0.0.1'), self.listener('127.0.0.1')
        peer = f'ipv4:127.0.0.1:{other.getsockname()[1]}'
        self.assertEqual(self.told(self.peers('127.0.0.1', listener), peer), {True})

    def test_our_own_connection_to_another_address_vouches_for_nobody(self) -> None:
        listener, other = self.listener('127.0.0.1'), self.listener('127.0.0.2')
        client = socket.socket()
        self.addCleanup(client.close)
        client.connect(other.getsockname())
        peer = f'ipv4:{client.getsockname()[0]}:{client.getsockname()[1]}'
        self.assertEqual(self.told(self.peers('127.0.0.1', listener), peer), {True})
        self.assertEqual(self.told(self.peers('127.0.0.2', other), peer), {False})

    def test_what_is_no_address_is_a_stranger(self) -> None:
        both = self.peers('127.0.0.1', self.listener('127.0.0.1'))
        for peer in ('', 'ipv4:127.0.0.1', 'ipv6:%5Bfe80::1%25lo%5D:1', 'vsock:1:2', 'ipv4:127.0.0.1:0'):
            self.assertEqual(self.told(both, peer), {True}, peer)
        self.assertEqual(self.told(both, 'unix:'), {False})

    def test_a_kernel_that_ceases_to_answer_is_asked_the_slow_way(self) -> None:
        listener = self.listener('127.0.0.1')
        peers = self.peers('127.0.0.1', listener)[0]
        client = socket.create_connection(listener.getsockname())
        self.addCleanup(client.close)
        assert peers._netlink
        peers._netlink.close()
        with self.assertLogs('oaktree.peers', 'WARNING') as logs:
            for _ in range(2):
                self.assertFalse(peers.stranger(f'ipv4:127.0.0.1:{client.getsockname()[1]}'))
        self.assertEqual(len(logs.output), 1)
