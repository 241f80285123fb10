# SPDX-License-Identifier: Apache-2.0
"""A caller's token is revoked in one process: those that share its store accept it no more when that one says so."""

import unittest
from typing import Any

import grpc
from oaktreemodel import v1 as pb

from tests.faults.base import NOW, Case, Code, Process
from tests.faults.redis import RedisServer
from tests.functional.base import unique
from tests.functional.shared import bearer
from tests.tls import Authority

WHERE = {'location': {'cloud': 'alpha'}}


@unittest.skipUnless(RedisServer.there_is(), 'there is no redis-server here')
class RevokedTokensTest(Case):
    profiles = {'alpha': 'floating'}

    def setUp(self) -> None:
        super().setUp()
        self.redis = RedisServer()
        self.addCleanup(self.redis.close)
        self.redis.start()
        self.config = self.write(self.entries())
        # By its key they know tokens, so it is the same for all who share a store.
        pair = Authority.shared().server()
        self.tls = ('--tls-cert', str(pair.cert), '--tls-key', str(pair.key))
        request = pb.CreateApplicationCredentialRequest(**WHERE, name=unique('app'))
        made = self.oaktree.identity.CreateApplicationCredential(request, timeout=20).application_credential
        self.pair = {'client_id': made.id, 'client_secret': made.secret}

    def start(self, *options: str) -> Process:
        process = Process(self.config, '--store', self.redis.url, *self.tls, *options)
        self.addCleanup(process.close)
        return process

    def connect(self, process: Process) -> grpc.Channel:
        credentials = grpc.ssl_channel_credentials(Authority.shared().pem)
        options = (('grpc.use_local_subchannel_pool', 1), ('grpc.enable_retries', 0))
        channel = grpc.secure_channel(process.target, credentials, options)
        self.addCleanup(channel.close)
        return channel

    def token(self, channel: grpc.Channel) -> str:
        request = pb.CreateTokenRequest(**WHERE, **self.pair)
        made: str = pb.TokenServiceStub(channel).CreateToken(request, timeout=20, wait_for_ready=True).access_token
        return made

    def revoke(self, channel: grpc.Channel, token: str) -> None:
        pb.TokenServiceStub(channel).RevokeToken(pb.RevokeTokenRequest(**WHERE), metadata=bearer(token), timeout=20)

    def list(self, channel: grpc.Channel, token: str, **fields: Any) -> None:
        request = pb.ListServersRequest(**WHERE, **fields)
        pb.ComputeServiceStub(channel).ListServers(request, metadata=bearer(token), timeout=20, wait_for_ready=True)

    def test_the_other_process_refuses_it_at_once(self) -> None:
        one, other = (self.connect(self.start()) for _ in range(2))
        for _ in range(5):
            token, good = self.token(one), self.token(other)
            for channel in (one, other, other):
                for shown in (token, good):
                    self.list(channel, shown)
            self.revoke(one, token)
            for fields in ({}, {'max_age': NOW}):
                with self.fails(Code.UNAUTHENTICATED, 'TOKEN_REFUSED'):
                    self.list(other, token, **fields)
            self.list(other, good)

    def test_so_does_every_worker_on_the_same_port(self) -> None:
        process = self.start('--workers', '2')
        channels = [self.connect(process) for _ in range(8)]
        token = self.token(channels[0])
        for channel in channels:
            self.list(channel, token)
        self.revoke(channels[0], token)
        for channel in channels:
            with self.fails(Code.UNAUTHENTICATED, 'TOKEN_REFUSED'):
                self.list(channel, token)

    def test_a_watch_in_the_other_process_ends(self) -> None:
        one, other = (self.connect(self.start()) for _ in range(2))
        token = self.token(one)
        subscription = pb.WatchSubscription(**WHERE, watch_id='servers', kind=pb.RESOURCE_KIND_SERVER)
        requests = iter([pb.WatchRequest(subscribe=subscription)])
        watch = pb.WatchServiceStub(other).Watch(requests, metadata=bearer(token), timeout=30)
        next(watch)
        self.revoke(one, token)
        with self.fails(Code.UNAUTHENTICATED, 'TOKEN_REFUSED'):
            for _ in watch:
                pass
