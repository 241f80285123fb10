# SPDX-License-Identifier: Apache-2.0
"""What a connection must be before a call on it is looked at."""

import datetime
import os
import pathlib
import re
import shutil
import signal
import socket
import ssl
import struct
import subprocess
import sys
import time
from typing import Any
from unittest import mock

import grpc
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from oaktreemodel import v1 as pb

from oaktree import metrics
from tests.faults.base import Case, Code, Process
from tests.functional.shared import SharedServer, bearer, sign_in
from tests.tls import Authority, Pair

NOBODY = 65534
CALL = """
import os, sys, grpc
from oaktreemodel import v1 as pb
stub = pb.CloudServiceStub(grpc.insecure_channel(sys.argv[1]))
# Not before, as it may not read all that is imported for this; it connects with the first call.
os.setuid(int(sys.argv[2]))
try:
    stub.ListClouds(pb.ListCloudsRequest(), timeout=10)
except grpc.RpcError as error:
    print(error.code().name, error.details())
else:
    print('OK')
"""


class TransportTest(Case):
    """A server, and an authority for certificates."""

    def setUp(self) -> None:
        super().setUp()
        self.authority = Authority.shared()
        self.config = self.write(self.entries())

    def shared(self, pair: Pair | None = None, **options: Any) -> SharedServer:
        if pair:
            options |= {'tls_cert': pair.cert, 'tls_key': pair.key}
        server = SharedServer(self.config, 'alpha', **options)
        self.addCleanup(server.close)
        return server

    def clouds(self, channel: grpc.Channel, *metadata: tuple[str, str]) -> list[str]:
        with channel:
            listed = pb.CloudServiceStub(channel).ListClouds(pb.ListCloudsRequest(), metadata=metadata, timeout=10)
            return [cloud.name for cloud in listed.clouds]

    def token(self) -> tuple[tuple[str, str], ...]:
        return bearer(sign_in(self.config, 'alpha'))


class TlsTest(TransportTest):
    def test_plain_text_does_not_get_through(self) -> None:
        with self.assertRaises(grpc.RpcError) as caught:
            self.clouds(grpc.insecure_channel(self.shared().target), *self.token())
        self.assertEqual(caught.exception.code(), Code.UNAVAILABLE)

    def test_nothing_older_than_tls_1_2_is_spoken(self) -> None:
        host, port = self.shared().target.rsplit(':', 1)
        for newest, spoken in ((ssl.TLSVersion.TLSv1_2, True), (ssl.TLSVersion.TLSv1_1, False)):
            client = ssl.create_default_context(cafile=str(self.authority.file))
            client.set_ciphers('ALL:@SECLEVEL=0')
            client.set_alpn_protocols(['h2'])
            client.minimum_version, client.maximum_version = ssl.TLSVersion.TLSv1, newest
            with self.subTest(newest), socket.create_connection((host, int(port))) as plain:
                if spoken:
                    with client.wrap_socket(plain, server_hostname='localhost') as secure:
                        self.assertEqual(secure.version(), 'TLSv1.2')
                else:
                    with self.assertRaises(ssl.SSLError):
                        client.wrap_socket(plain, server_hostname='localhost')

    def serial(self, target: str) -> int:
        """Of the certificate that a new connection is shown."""
        host, port = target.rsplit(':', 1)
        pem = ssl.get_server_certificate((host.strip('[]'), int(port)))
        return x509.load_pem_x509_certificate(pem.encode()).serial_number

    def test_a_renewed_certificate_is_shown_to_new_connections_while_old_ones_go_on(self) -> None:
        pair = self.authority.server()
        server = self.shared(pair)
        token = self.token()
        stub = pb.CloudServiceStub(server.channel)
        self.assertTrue(stub.ListClouds(pb.ListCloudsRequest(), metadata=token).clouds)
        first = self.serial(server.target)
        self.assertEqual(self.serial(server.target), first)
        self.authority.renew(pair, 'localhost', 'localhost', '127.0.0.1')
        self.assertNotEqual(self.serial(server.target), first)
        self.assertTrue(stub.ListClouds(pb.ListCloudsRequest(), metadata=token).clouds)
        self.assertEqual(self.clouds(server.connect(), *token), ['alpha'])

    def test_each_address_shows_the_renewed_certificate(self) -> None:
        pair = self.authority.server()
        server = self.shared(pair, listeners=('127.0.0.1:0', '127.0.0.2:0', '[::1]:0'))
        token = self.token()
        credentials = grpc.ssl_channel_credentials(self.authority.pem)
        options = (('grpc.ssl_target_name_override', 'localhost'),)
        for target in server.targets:
            self.assertEqual(self.clouds(grpc.secure_channel(target, credentials, options), *token), ['alpha'])
        first = {self.serial(target) for target in server.targets}
        self.authority.renew(pair)
        second = {self.serial(target) for target in server.targets}
        self.assertEqual((len(first), len(second), first & second), (1, 1, set()))

    def test_the_end_of_the_certificate_is_told_to_prometheus(self) -> None:
        pair = self.authority.server()
        server = self.shared(pair)
        for end in (datetime.timedelta(hours=1), datetime.timedelta(hours=2)):
            self.authority.renew(pair, end=end)
            self.serial(server.target)
            [told] = re.findall(r'^oaktree_certificate_end_seconds (.*)$', metrics.told(), re.MULTILINE)
            self.assertAlmostEqual(float(told), time.time() + end.total_seconds(), delta=60)

    def test_a_half_written_pair_leaves_the_old_one_in_use(self) -> None:
        pair, other = self.authority.server(), self.authority.server()
        server = self.shared(pair)
        first = self.serial(server.target)
        for spoil in (
            lambda: shutil.copy(other.key, pair.key),
            lambda: pair.cert.write_bytes(pair.cert.read_bytes()[:100]),
            lambda: self.authority.renew(pair, end=-datetime.timedelta(minutes=1)),
            lambda: self.authority.renew(pair, curve=ec.SECP256K1()),
            lambda: (self.authority.renew(pair), pair.key.chmod(0o644)),
            lambda: pair.key.unlink(),
        ):
            with self.assertLogs('oaktree.certificates', 'ERROR') as logs:
                spoil()
                self.assertEqual(self.serial(server.target), first)
            self.assertNotIn('BEGIN', str(logs.output))
        shutil.copy(other.cert, pair.cert)
        shutil.copy(other.key, pair.key)
        self.assertNotEqual(self.serial(server.target), first)

    def test_workers_serve_by_tls(self) -> None:
        pair = self.authority.server()
        process = Process(self.config, '--workers', '2', '--tls-cert', str(pair.cert), '--tls-key', str(pair.key))
        self.addCleanup(process.close)
        credentials = grpc.ssl_channel_credentials(self.authority.pem)
        for _ in range(4):
            names = self.clouds(grpc.secure_channel(process.target, credentials), ('oaktree-token-alpha', self.token()[0][1]))
            self.assertEqual(names, ['alpha'])

    def test_a_worker_that_is_started_anew_after_that_knows_what_the_others_know(self) -> None:
        pair = self.authority.server()
        process = Process(self.config, '--workers', '2', '--tls-cert', str(pair.cert), '--tls-key', str(pair.key))
        self.addCleanup(process.close)
        self.authority.renew(pair, 'localhost', 'localhost', '127.0.0.1')
        os.kill(children(process.process.pid)[0], signal.SIGKILL)
        token = (('oaktree-token-alpha', self.token()[0][1]),)
        request = pb.ListFlavorsRequest(location={'cloud': 'alpha'}, page_size=1)
        # The other is up to now the only one that has these ports.
        stub = self.connected(process.target)
        request.page_token = stub.ListFlavors(request, metadata=token, timeout=20, wait_for_ready=True).next_page_token
        self.eventually('another is started', lambda: len(children(process.process.pid)) == 2)
        for _ in range(20):
            self.assertTrue(self.connected(process.target).ListFlavors(request, metadata=token, timeout=20).flavors)
        # It takes a while until it listens, and then half of all connections come to it.
        time.sleep(3)
        for _ in range(20):
            self.assertTrue(self.connected(process.target).ListFlavors(request, metadata=token, timeout=20).flavors)

    def connected(self, target: str) -> pb.ComputeServiceStub:
        """By a connection of its own."""
        options = (('grpc.use_local_subchannel_pool', 1),)
        channel = grpc.secure_channel(target, grpc.ssl_channel_credentials(self.authority.pem), options)
        self.addCleanup(channel.close)
        return pb.ComputeServiceStub(channel)


def children(process: int) -> list[int]:
    """The processes that one has started."""
    return [int(number) for number in pathlib.Path(f'/proc/{process}/task/{process}/children').read_text().split()]


class ServicesTest(TransportTest):
    """The port on which services call."""

    def setUp(self) -> None:
        super().setUp()
        self.server = self.shared(
            service_listen=('127.0.0.1:0',),
            client_ca=self.authority.file,
            client_names=frozenset({'ci.example', 'spiffe://example/zuul', 'by-its-common-name'}),
        )
        self.target = self.server.targets[1]

    def channel(self, pair: Pair | None) -> grpc.Channel:
        own = (pair.key.read_bytes(), pair.cert.read_bytes()) if pair else (None, None)
        return grpc.secure_channel(self.target, grpc.ssl_channel_credentials(self.authority.pem, *own))

    def test_a_service_with_one_of_the_names_calls_for_a_user(self) -> None:
        token = self.token()
        for pair in (
            self.authority.issue('any', 'ci.example'),
            self.authority.issue('any', 'other.example', 'spiffe://example/zuul'),
            self.authority.issue('by-its-common-name'),
        ):
            self.assertEqual(self.clouds(self.channel(pair), *token), ['alpha'])

    def test_the_certificate_alone_is_no_caller(self) -> None:
        with self.fails(Code.UNAUTHENTICATED, 'CREDENTIALS_MISSING'):
            self.clouds(self.channel(self.authority.issue('any', 'ci.example')))

    def test_another_name_is_refused_though_the_token_is_good(self) -> None:
        token = self.token()
        for pair in (
            self.authority.issue('any', 'other.example'),
            # Where there are alternative names, the common one is not looked at.
            self.authority.issue('ci.example', 'other.example'),
            self.authority.issue('other'),
        ):
            with self.fails(Code.PERMISSION_DENIED, 'CLIENT_NAME_NOT_ALLOWED', '--client-name'):
                self.clouds(self.channel(pair), *token)

    def test_no_certificate_and_one_of_another_ca_do_not_get_through(self) -> None:
        token = self.token()
        another = Authority('another CA')
        for pair in (None, another.issue('any', 'ci.example')):
            with self.assertRaises(grpc.RpcError) as caught:
                self.clouds(self.channel(pair), *token)
            self.assertEqual(caught.exception.code(), Code.UNAVAILABLE)

    def test_a_certificate_is_not_asked_for_on_the_other_port(self) -> None:
        self.assertEqual(self.clouds(self.server.connect(), *self.token()), ['alpha'])


class StrangerTest(TransportTest):
    """Loopback is for the owner's own processes."""

    def call(self, target: str, user: int) -> str:
        """What a process of that user is told."""
        command = [sys.executable, '-c', CALL, target, str(user)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        return done.stdout.strip() or done.stderr

    def test_another_user_is_refused(self) -> None:
        for address in ('127.0.0.1:0', '127.0.0.5:0', '[::1]:0', '[::ffff:127.0.0.1]:0'):
            oaktree = self.serve(listeners=(address,))
            with self.subTest(address):
                self.assertEqual(self.call(oaktree.target, os.geteuid()), 'OK')
                if os.geteuid() == 0:
                    # Who may become another user.
                    self.assertRegex(self.call(oaktree.target, NOBODY), '^PERMISSION_DENIED .*for the user alone')

    def test_who_is_not_surely_the_owner_is_refused(self) -> None:
        with mock.patch('os.geteuid', return_value=os.geteuid() + 1):
            oaktree = self.serve()
        with self.fails(Code.PERMISSION_DENIED, 'STRANGER', 'start one of your own'):
            self.clouds(oaktree.connect())

    def test_the_same_without_netlink(self) -> None:
        with mock.patch('oaktree.peers.SOCK_DIAG', 77):
            oaktree = self.serve()
        self.assertIsNone(oaktree.server._peers._netlink)
        self.assertEqual(self.clouds(oaktree.connect()), ['alpha', 'beta'])
        with mock.patch('os.geteuid', return_value=os.geteuid() + 1), mock.patch('oaktree.peers.SOCK_DIAG', 77):
            oaktree = self.serve()
        with self.fails(Code.PERMISSION_DENIED, 'STRANGER'):
            self.clouds(oaktree.connect())


class AbuseTest(TransportTest):
    def test_who_pings_without_end_is_sent_away(self) -> None:
        host, port = self.oaktree.target.rsplit(':', 1)
        with socket.create_connection((host, int(port)), timeout=10) as client:
            client.sendall(b'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n' + struct.pack('!I', 0)[1:] + b'\x04\0\0\0\0\0')
            heard = b''
            with self.assertRaises((ConnectionError, StopIteration)):
                for _ in range(200):
                    client.sendall(struct.pack('!I', 8)[1:] + b'\x06\0\0\0\0\0' + bytes(8))
                    time.sleep(0.01)
                    heard += client.recv(65536) or _closed()
        self.assertIn(b'too_many_pings', heard)

    def test_more_metadata_than_tokens_may_take_is_refused(self) -> None:
        with self.assertRaises(grpc.RpcError) as caught:
            self.oaktree.clouds.ListClouds(pb.ListCloudsRequest(), metadata=(('x-long', 'x' * 40_000),), timeout=10)
        self.assertEqual(caught.exception.code(), Code.RESOURCE_EXHAUSTED)

    def test_a_request_of_more_than_4_mib_is_refused(self) -> None:
        request = pb.ListCloudsRequest(jmespath='x' * (5 << 20))
        with self.assertRaises(grpc.RpcError) as caught:
            self.oaktree.clouds.ListClouds(request, timeout=10)
        self.assertEqual(caught.exception.code(), Code.RESOURCE_EXHAUSTED)

    def test_an_expression_that_takes_too_long_is_refused(self) -> None:
        self.enterContext(mock.patch('oaktree.matching.EXPRESSION_SECONDS', 0.0))
        with self.fails(Code.INVALID_ARGUMENT, 'INVALID_JMESPATH', 'use filter'):
            self.oaktree.clouds.ListClouds(pb.ListCloudsRequest(jmespath='[?name==`x`]'), timeout=10)


def _closed() -> bytes:
    raise StopIteration


class OptionsTest(TransportTest):
    def test_what_is_not_safe_or_not_whole_does_not_start(self) -> None:
        pair = self.authority.server()
        tls = ('--tls-cert', str(pair.cert), '--tls-key', str(pair.key))
        services = (*tls, '--client-ca', str(self.authority.file), '--client-name', 'x')
        wrong = self.authority.server().key
        empty, short = pathlib.Path(self.folder, 'empty.pem'), pathlib.Path(self.folder, 'short')
        empty.touch(0o600)
        empty.write_text('there is nothing in it')
        short.touch(0o600)
        short.write_text('too short')
        open_to_all, ended = self.authority.server(), self.authority.server()
        open_to_all.key.chmod(0o644)
        self.authority.renew(ended, end=-datetime.timedelta(minutes=1))
        for options, told in (
            (('--listen', '0.0.0.0:0'), '--listen 0.0.0.0:0: only unix sockets and loopback'),
            (tls[:2], '--tls-cert and --tls-key go together'),
            ((*tls, '--service-listen', '127.0.0.1:0'), '--service-listen needs'),
            ((*tls, '--client-name', 'x'), 'are for --service-listen'),
            ((*tls[:3], str(wrong)), 'is not the key of the first certificate'),
            ((*tls[:3], str(empty)), 'has no private key'),
            (('--tls-cert', str(empty), *tls[2:]), 'has no certificate'),
            (('--tls-cert', '/nowhere', *tls[2:]), '/nowhere cannot be read'),
            ((*tls, '--secret-file', '/nowhere'), '/nowhere cannot be read'),
            ((*tls, '--secret-file', str(short)), 'is too short for a secret'),
            ((*tls, '--secret-file', str(open_to_all.key)), 'is open to others than you (mode 0644)'),
            ((*tls[:3], str(open_to_all.key)), 'is open to others than you (mode 0644)'),
            (('--tls-cert', str(ended.cert), '--tls-key', str(ended.key)), 'has ended, at 20'),
            ((*services, '--service-listen', 'unix:1'), '--service-listen unix:1: must be HOST:PORT'),
        ):
            command = [sys.executable, '-m', 'oaktree', '--config', self.config, *options]
            with self.subTest(options):
                done = subprocess.run(command, capture_output=True, text=True, timeout=60)
                self.assertEqual((done.returncode, len(done.stderr.splitlines())), (2, 1), done.stderr)
                self.assertIn(told, done.stderr)
