# SPDX-License-Identifier: Apache-2.0
"""The Python client, which signs in by itself, and goes on when its tokens end."""

import concurrent.futures
import os
import pathlib
import tempfile
import threading
import time
from typing import Any
from unittest import mock

import grpc
import oaktreemodel
from google.protobuf.duration_pb2 import Duration
from oaktreemodel import v1 as pb
from oaktreemodel.credentials import Application, Credentials

from tests.functional.base import CLOUDS, only_simulated, unique
from tests.functional.test_token import ALPHA, NAMES, TokenCase
from tests.tls import Authority

Code = grpc.StatusCode
NOW = Duration()


class SignedIn(TokenCase):
    """Tests with a client that has credentials."""

    def setUp(self) -> None:
        self.applications = {cloud.name: Application(**self.credential(cloud)) for cloud in CLOUDS}

    def client(self, *clouds: str, **wrong: Application) -> oaktreemodel.Client:
        known = {name: self.applications[name] for name in clouds or NAMES} | wrong
        sign_in = Credentials(self.shared.target, known, Authority.shared().pem)
        return self.enterContext(oaktreemodel.connect(sign_in=sign_in))


class SignedInTest(SignedIn):
    def test_the_file_is_all_that_a_program_needs(self) -> None:
        folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        clouds = '\n'.join(
            f'  {name}: {{client_id: {one.client_id}, client_secret: "{one.client_secret}"}}'
            for name, one in self.applications.items()
        )
        file = folder / 'credentials.yaml'
        file.write_text(f'endpoint: {self.shared.target}\nca: {Authority.shared().file}\nclouds:\n{clouds}\n')
        file.chmod(0o600)
        without = {name: value for name, value in os.environ.items() if name != 'OAKTREE_TARGET'}
        environment = mock.patch.dict(os.environ, without | {'OAKTREE_CREDENTIALS': str(file)}, clear=True)
        with environment, oaktreemodel.connect() as oaktree:
            self.assertEqual({flavor.location.cloud for flavor in oaktree.flavors()}, set(NAMES))

    def test_all_threads_sign_in_once(self) -> None:
        oaktree = self.client(ALPHA.name)
        with concurrent.futures.ThreadPoolExecutor(20) as pool:
            who = list(pool.map(lambda _: oaktree.token.GetCaller(pb.GetCallerRequest()).callers[0].expire_time, range(40)))
        self.assertEqual(len({moment.ToNanoseconds() for moment in who}), 1, 'one token has one end')

    def test_nothing_of_a_secret_is_shown(self) -> None:
        oaktree = self.client(ALPHA.name)
        oaktree.compute.ListServers(pb.ListServersRequest())
        self.assertNotIn(self.applications[ALPHA.name].client_secret, f'{vars(oaktree)} {oaktree.channel!r}')

    def test_a_refused_credential_is_told_at_once(self) -> None:
        oaktree = self.client(alpha=Application('f' * 32, 'wrong'))
        with self.fails(Code.UNAUTHENTICATED, 'CREDENTIALS_REFUSED'):
            oaktree.compute.ListServers(pb.ListServersRequest())

    def test_a_token_that_was_revoked_is_replaced_once(self) -> None:
        oaktree = self.client()
        request = pb.ListServersRequest(location={'cloud': ALPHA.name}, max_age=NOW)
        oaktree.compute.ListServers(request)
        for call in (
            lambda: oaktree.compute.ListServers(request),
            lambda: oaktree.compute.ListServers.future(request).result(),
        ):
            oaktree.token.RevokeToken(pb.RevokeTokenRequest(location={'cloud': ALPHA.name}))
            call()

    def test_calls_under_way_go_on_while_others_begin(self) -> None:
        oaktree = self.client(ALPHA.name)
        request = pb.ListFlavorsRequest(location={'cloud': ALPHA.name})
        told = threading.Event()
        calls = [oaktree.compute.ListFlavors.future(request) for _ in range(100)]
        calls[0].add_done_callback(lambda call: told.set() if call.result().flavors else None)
        for call in calls:
            self.assertTrue(call.result(20).flavors)
            self.assertEqual((call.code(), call.done()), (Code.OK, True))
        self.assertTrue(told.wait(5))


@only_simulated
class ShortTokensTest(SignedIn):
    """Clouds whose tokens live for seconds."""

    SECONDS = 4

    def setUp(self) -> None:
        super().setUp()
        assert self.stack.simulation
        for cloud in CLOUDS:
            usual = self.stack.simulation.cloud(cloud.name).settings.token_seconds
            self.stack.simulation.settings(cloud.name, token_seconds=self.SECONDS)
            self.addCleanup(self.stack.simulation.settings, cloud.name, token_seconds=usual)

    def test_a_poll_goes_on_through_the_ends_of_its_tokens(self) -> None:
        oaktree = self.client()
        ends, until = set(), time.monotonic() + 3 * self.SECONDS
        while time.monotonic() < until:
            self.assertEqual({one.location.cloud for one in oaktree.flavors(max_age=NOW)}, set(NAMES))
            ends |= {caller.expire_time.ToNanoseconds() for caller in oaktree.token.GetCaller(pb.GetCallerRequest()).callers}
            time.sleep(0.2)
        self.assertGreaterEqual(len(ends), 3)

    def test_a_watch_goes_on_through_the_ends_of_its_tokens_and_misses_nothing(self) -> None:
        oaktree = self.client(ALPHA.name)
        where: dict[str, Any] = {'location': {'cloud': ALPHA.name}}
        subscription = pb.WatchSubscription(watch_id='w', kind=pb.RESOURCE_KIND_KEYPAIR, **where)
        events = oaktreemodel.follow(oaktree.watch.Watch, subscription)
        self.addCleanup(events.close)
        made: list[str] = []
        over = time.monotonic() + 3 * self.SECONDS

        def make() -> None:
            while time.monotonic() < over:
                made.append(unique('key'))
                self.oaktree.compute.CreateKeypair(pb.CreateKeypairRequest(name=made[-1], **where))
                time.sleep(0.5)

        maker = threading.Thread(target=make)
        maker.start()
        self.addCleanup(maker.join)
        seen: list[str] = []
        starts = resumed = 0
        for event in events:
            starts += event.HasField('started')
            resumed += event.started.resumed
            seen += [
                change.resource.keypair.name for change in event.changes.changes if change.type == pb.WATCH_CHANGE_TYPE_ADDED
            ]
            if not maker.is_alive() and set(made) <= set(seen):
                break
        self.assertGreaterEqual(starts, 3)
        self.assertEqual(resumed, starts - 1, 'it went on where it was')
        self.assertEqual(sorted(name for name in seen if name in made), sorted(made), 'each once')
