# SPDX-License-Identifier: Apache-2.0
"""Everything that a shared oaktree writes, searched for every secret that it was shown.

It runs in a process of its own, as talkative as it gets. What it writes to its log, tells callers in errors, tells Prometheus
and puts into the shared store is kept, and searched as it is and in the ways in which it may have been written otherwise.
"""

import base64
import contextlib
import pathlib
import tempfile
import unittest
import urllib.parse
import urllib.request
import uuid
from typing import Any

import grpc
import redis
from google.protobuf.duration_pb2 import Duration
from oaktreemodel import v1 as pb

from tests import search
from tests.faults.base import NOW, Case, Process, closed_port
from tests.faults.redis import RedisServer
from tests.functional.base import status, unique
from tests.functional.shared import bearer, sign_in
from tests.spills import Secrets
from tests.tls import Authority

ALPHA: dict[str, Any] = {'location': {'cloud': 'alpha'}}


@unittest.skipUnless(RedisServer.there_is(), 'there is no redis-server here')
class SpilledSecretsTest(Case):
    def setUp(self) -> None:
        super().setUp()
        self.redis = RedisServer()
        self.addCleanup(self.redis.close)
        self.redis.start()
        self.secrets, self.told = Secrets(), b''
        self.stored: set[bytes] = set()
        entries = self.entries()
        for name, entry in entries.items():
            entry['auth']['password'] = self.secret(f'password of {name}')
            self.simulation.cloud(name).identity.users['demo'].password = entry['auth']['password']
            self.addCleanup(setattr, self.simulation.cloud(name).identity.users['demo'], 'password', 'secret')
        # One that nobody answers for.
        entries['dead'] = {'auth': entries['alpha']['auth'] | {'auth_url': f'http://127.0.0.1:{closed_port()}/v3'}}
        self.config = self.write(entries)
        self.pair = Authority.shared().server()
        self.secrets['TLS key'] = self.pair.key.read_text().splitlines()[1]

    def secret(self, what: str) -> str:
        return self.secrets.setdefault(what, f'{uuid.uuid4()}-of-{unique("secret")}')

    def start(self, form: str) -> Process:
        self.metrics = closed_port()
        process = Process(
            self.config, '--store', self.redis.url, '--tls-cert', str(self.pair.cert), '--tls-key', str(self.pair.key),
            '--log-level', 'debug', '--log-format', form, '--metrics', f'127.0.0.1:{self.metrics}',
        )  # fmt: skip
        self.addCleanup(process.close)
        channel = grpc.secure_channel(process.target, grpc.ssl_channel_credentials(Authority.shared().pem))
        self.addCleanup(channel.close)
        self.compute, self.storage = pb.ComputeServiceStub(channel), pb.BlockStorageServiceStub(channel)
        self.identity, self.tokens = pb.IdentityServiceStub(channel), pb.TokenServiceStub(channel)
        self.objects, self.clouds = pb.ObjectStoreServiceStub(channel), pb.CloudServiceStub(channel)
        return process

    def call(self, rpc: Any, request: Any, metadata: Any = ()) -> Any:
        """The answer, or None for an error, of which every word is kept."""
        try:
            return rpc(request, metadata=metadata, timeout=20)
        except grpc.RpcError as error:
            self.told += f'{error.details()} {status(error)} {error}'.encode()  # type: ignore[attr-defined]
            return None

    def sign_in(self) -> None:
        """Tokens of all kinds, good ones and bad ones."""
        self.token = bearer(self.secrets.setdefault('token', sign_in(self.config, 'alpha')))
        self.another = bearer(alpha=self.secrets.setdefault('token of beta, for alpha', sign_in(self.config, 'beta')))
        made = self.call(
            self.identity.CreateApplicationCredential,
            pb.CreateApplicationCredentialRequest(**ALPHA, name=unique('app'), request_id=str(uuid.uuid4())), self.token,
        ).application_credential  # fmt: skip
        self.secrets['client secret'] = made.secret
        given = {'client_id': made.id, 'client_secret': made.secret}
        created = self.call(self.tokens.CreateToken, pb.CreateTokenRequest(**ALPHA, **given)).access_token
        self.credential = bearer(self.secrets.setdefault('token of the credential', created))
        for wrong in ({'client_secret': self.secret('wrong secret')}, {'client_id': self.secret('secret as id')}):
            self.call(self.tokens.CreateToken, pb.CreateTokenRequest(**ALPHA, **given | wrong))
        self.call(self.tokens.CreateToken, pb.CreateTokenRequest(location={'cloud': 'dead'}, **given))
        self.call(self.tokens.CreateToken, pb.CreateTokenRequest(location={'cloud': given['client_secret']}, **given))

    def read(self) -> None:
        unknown = bearer(self.secret('unknown token'))
        malformed = (('authorization', f'Basic {self.secret("malformed")}'),)
        lost = ((f'oaktree-token-{self.secret("token as a name")}', 'Bearer x'),)
        for metadata in (self.token, self.credential, self.another, unknown, malformed, lost, ()):
            for fields in ({}, ALPHA, {'location': {'cloud': 'dead'}}, ALPHA | {'max_age': NOW}):
                self.call(self.compute.ListServers, pb.ListServersRequest(**fields), metadata)
                self.call(self.compute.ListKeypairs, pb.ListKeypairsRequest(**fields), metadata)
            self.call(self.tokens.GetCaller, pb.GetCallerRequest(), metadata)
            self.call(self.clouds.GetCapabilities, pb.GetCapabilitiesRequest(**ALPHA), metadata)
        request = pb.ListServersRequest(**ALPHA, page_token=self.secret('token as a page token'))
        self.call(self.compute.ListServers, request, self.token)

    def change(self) -> None:
        once = {'request_id': str(uuid.uuid4())}
        asked = pb.CreateKeypairRequest(**ALPHA, name=unique('key'), **once)
        keypair = self.call(self.compute.CreateKeypair, asked, self.token)
        self.secrets['private key'] = keypair.keypair.private_key.splitlines()[2]
        request = pb.CreateServerRequest(
            **ALPHA, name=unique('server'), flavor='m1.tiny', image='cirros', user_data=self.secret('user data').encode(),
            wait=Duration(seconds=20), **once,
        )  # fmt: skip
        self.call(self.compute.CreateServer, request, self.token)
        request.name, request.flavor = unique('server'), 'none'
        self.call(self.compute.CreateServer, request, self.token)
        name = unique('container')
        self.call(self.objects.CreateContainer, pb.CreateContainerRequest(**ALPHA, name=name), self.token)
        key = {'container': {'temp_url_key': self.secret('key that signs')}, 'update_mask': {'paths': ['temp_url_key']}}
        with contextlib.suppress(ValueError):
            self.call(self.objects.UpdateContainer, pb.UpdateContainerRequest(**ALPHA, name_or_id=name, **key), self.token)

    def fall_ill(self) -> None:
        """What clouds answer who quote what they were sent."""
        for service in ('identity', 'compute'):
            self.simulation.fault('alpha', service=service, status=500)
            metadata = bearer(self.secrets.setdefault(f'token while {service} is ill', f'gAAAA-{uuid.uuid4()}'))
            self.call(self.compute.ListServers, pb.ListServersRequest(**ALPHA, max_age=NOW), metadata)
            self.call(self.tokens.CreateToken, pb.CreateTokenRequest(**ALPHA, client_id='x', client_secret=self.secret('ill')))
            self.simulation.clear_faults('alpha')
        self.call(self.tokens.RevokeToken, pb.RevokeTokenRequest(**ALPHA), self.credential)
        self.call(self.compute.ListServers, pb.ListServersRequest(**ALPHA), self.credential)

    def keep(self) -> None:
        """What is in the store, and has been said there."""
        with redis.Redis.from_url(self.redis.url) as store:
            for key in store.scan_iter('*'):
                self.stored.add(key)
                content = store.get(key)
                self.stored.add(content or b'')

    def listen(self) -> Any:
        """Keep what processes tell one another."""
        channel = redis.Redis.from_url(self.redis.url).pubsub(ignore_subscribe_messages=True)
        channel.psubscribe(**{'*': lambda message: self.stored.add(bytes(message['data']))})
        return channel.run_in_thread(sleep_time=0.05, daemon=True)

    def test_nothing_that_is_written_has_a_secret(self) -> None:
        for form in ('text', 'json'):
            with self.subTest(form):
                self.redis_clean()
                process = self.start(form)
                listening = self.listen()
                self.sign_in()
                self.read()
                self.change()
                self.fall_ill()
                self.keep()
                counted = urllib.request.urlopen(f'http://127.0.0.1:{self.metrics}/metrics', timeout=10).read()
                listening.stop()
                listening.join()
                process.process.terminate()
                process.end()
                self.assertGreater(len(self.secrets), 15)
                for what, written in {
                    'log': process.lines['stderr'], 'output': process.lines['stdout'], 'errors': self.told,
                    'metrics': counted, 'store': b'\n'.join(self.stored),
                }.items():  # fmt: skip
                    self.assertTrue(written, what)
                    self.assertEqual(self.secrets.found(written), [], what)

    def redis_clean(self) -> None:
        with redis.Redis.from_url(self.redis.url) as store:
            store.flushall()
        self.stored.clear()

    def test_what_is_searched_for_is_found(self) -> None:
        secret = self.secret('sample')
        encoded = base64.b64encode(f'x:{secret}'.encode())
        for written in (f'a {secret} b'.encode(), encoded, urllib.parse.quote(secret).encode(), secret.encode().hex().encode()):
            self.assertEqual(self.secrets.found(written), ['sample'])

    def test_the_search_of_all_that_tests_write_finds_each_spelling(self) -> None:
        secret = f'{uuid.uuid4()}'
        spilled = (
            secret,
            base64.b64encode(f'x:{secret}'.encode()).decode(),
            'gAAAAA' + 'x' * 100,
            '-----BEGIN PRIVATE KEY-----',
        )
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            (folder / 'secrets-1').write_text(f'{secret}\n')
            (folder / 'log-1').write_text('\n'.join(f'a line\n{one} in another' for one in spilled))
            lines = [found.split(':')[1] for found in search.search(folder)]
        self.assertEqual(lines, ['2', '4', '6', '8'])
