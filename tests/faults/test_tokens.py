# SPDX-License-Identifier: Apache-2.0
"""Callers who show tokens: who may, until when, and what it costs Keystone."""

import json
import threading
import time
import urllib.request
from typing import Any
from unittest import mock

import grpc
from google.protobuf.duration_pb2 import Duration
from oaktreemodel import v1 as pb

from tests.faults.base import NOW, Case, Code
from tests.functional import base
from tests.functional.shared import SharedServer, bearer, sign_in

ALPHA, BETA = {'cloud': 'alpha'}, {'cloud': 'beta'}
TOKENS = '/auth/tokens'


class TokensTest(Case):
    """Simulated clouds behind a server that is not its owner's alone."""

    def setUp(self) -> None:
        super().setUp()
        self.entries_file = self.write(self.simulation_entries())
        self.shared = self.serve_shared()

    def simulation_entries(self) -> dict[str, Any]:
        entries: dict[str, Any] = json.loads(self.simulation.clouds_yaml)['clouds']
        return entries

    def serve_shared(self, *only: str, **options: Any) -> SharedServer:
        server = SharedServer(self.entries_file, *(only or ('alpha', 'beta')), **options)
        self.addCleanup(server.close)
        return server

    def token(self, entry: str) -> str:
        return sign_in(self.entries_file, entry)

    def names(self, metadata: Any, server: SharedServer | None = None, **fields: Any) -> list[str]:
        """The names of the servers that somebody sees."""
        request = pb.ListServersRequest(**fields)
        listed = (server or self.shared).compute.ListServers(request, metadata=metadata, timeout=20)
        return [one.name for one in listed.servers]

    def asking(self, subscription: pb.WatchSubscription) -> Any:
        yield pb.WatchRequest(subscribe=subscription)
        threading.Event().wait(30)

    def validations(self, cloud: str) -> int:
        return self.asked(cloud, 'GET', TOKENS)


class WhoTest(TokensTest):
    def test_a_call_without_a_token_is_refused(self) -> None:
        with self.fails(Code.UNAUTHENTICATED, 'CREDENTIALS_MISSING', 'authorization: Bearer'):
            self.names(())

    def test_a_token_that_keystone_does_not_know_is_refused_and_not_asked_for_again(self) -> None:
        for _ in range(3):
            with self.fails(Code.UNAUTHENTICATED, 'TOKEN_REFUSED'):
                self.names(bearer('unknown'), location=ALPHA)
        self.assertEqual(self.validations('alpha'), 1)

    def test_what_is_no_bearer_token_is_refused_without_a_request(self) -> None:
        for metadata in (('authorization', 'Basic eDp5'), ('authorization', 'Bearer'), ('oaktree-token-alpha', 'Bearer a b')):
            with self.subTest(metadata), self.fails(Code.UNAUTHENTICATED, 'MALFORMED_TOKEN'):
                self.names((metadata,), location=ALPHA)
        self.assertEqual(self.validations('alpha'), 0)

    def test_a_token_is_never_sent_to_another_cloud(self) -> None:
        with self.fails(Code.UNAUTHENTICATED, 'CREDENTIALS_MISSING', 'oaktree-token-'):
            self.names(bearer(self.token('alpha')))
        self.assertEqual((self.validations('alpha'), self.validations('beta')), (0, 0))

    def test_a_list_of_all_clouds_leaves_out_those_without_a_token_and_says_so(self) -> None:
        request = pb.ListFlavorsRequest()
        listed = self.shared.compute.ListFlavors(request, metadata=bearer(alpha=self.token('alpha')))
        self.assertEqual({one.location.cloud for one in listed.flavors}, {'alpha'})
        self.assertEqual([(one.location.cloud, one.reason) for one in listed.unreachable], [('beta', 'CREDENTIALS_MISSING')])
        both = bearer(alpha=self.token('alpha'), beta=self.token('beta'))
        listed = self.shared.compute.ListFlavors(request, metadata=both)
        self.assertEqual({one.location.cloud for one in listed.flavors}, {'alpha', 'beta'})

    def test_a_bad_token_among_good_ones_is_no_small_matter(self) -> None:
        metadata = bearer(alpha=self.token('alpha'), beta='unknown')
        with self.fails(Code.UNAUTHENTICATED, 'TOKEN_REFUSED'):
            self.names(metadata)
        self.assertEqual(self.names(metadata, return_partial_success=True), [])

    def test_one_project_does_not_see_what_is_anothers(self) -> None:
        mine, others = bearer(self.token('alpha')), bearer(self.token('alpha-other'))
        request = pb.CreateServerRequest(
            location=ALPHA, name='mine', flavor='m1.tiny', image='cirros', wait=Duration(seconds=20)
        )
        self.shared.compute.CreateServer(request, metadata=mine, timeout=30)
        for _ in range(2):
            self.assertEqual(self.names(mine, location=ALPHA), ['mine'])
            self.assertEqual(self.names(others, location=ALPHA), [])
        for metadata, expected in ((mine, ['mine']), (others, [])):
            watched = self.watched(metadata)
            self.assertEqual(watched, expected)

    def watched(self, metadata: Any) -> list[str]:
        """The names of the servers that a watch begins with."""
        subscription = pb.WatchSubscription(watch_id='w', location=ALPHA, kind=pb.RESOURCE_KIND_SERVER)
        found: list[str] = []
        stream = self.shared.watch.Watch(iter([pb.WatchRequest(subscribe=subscription)]), metadata=metadata, timeout=20)
        for response in stream:
            found += [change.resource.server.name for change in response.changes.changes]
            if response.WhichOneof('event') == 'synced':
                stream.cancel()
                break
        return found

    def test_the_servers_own_credentials_are_nobodys(self) -> None:
        self.names(bearer(self.token('alpha-other')), location=ALPHA)
        self.assertEqual(self.asked('alpha', 'POST', TOKENS), 1, 'only the sign-in of this test')

    def test_a_page_token_of_another_caller_is_refused(self) -> None:
        mine, others = bearer(self.token('alpha')), bearer(self.token('alpha-other'))
        request = pb.ListFlavorsRequest(location=ALPHA, page_size=1)
        request.page_token = self.shared.compute.ListFlavors(request, metadata=mine).next_page_token
        self.assertTrue(self.shared.compute.ListFlavors(request, metadata=mine).flavors)
        with self.fails(Code.INVALID_ARGUMENT, 'INVALID_PAGE_TOKEN'):
            self.shared.compute.ListFlavors(request, metadata=others)


class CostTest(TokensTest):
    def test_a_new_token_costs_keystone_one_request(self) -> None:
        token = bearer(self.token('alpha'))
        for _ in range(5):
            self.names(token, location=ALPHA)
        self.assertEqual(self.validations('alpha'), 1)

    def test_a_thousand_calls_with_one_new_token_cost_keystone_one_request(self) -> None:
        token = bearer(self.token('alpha'))
        calls = [
            self.shared.compute.ListServers.future(pb.ListServersRequest(location=ALPHA), metadata=token, timeout=60)
            for _ in range(1000)
        ]
        for call in calls:
            call.result()
        self.assertEqual(self.validations('alpha'), 1)
        self.assertEqual(self.asked('alpha', 'GET', '/servers/detail'), 1)

    def test_two_tokens_of_one_identity_share_what_was_read(self) -> None:
        for token in (self.token('alpha'), self.token('alpha')):
            self.names(bearer(token), location=ALPHA)
        self.assertEqual(self.validations('alpha'), 2)
        self.assertEqual(self.asked('alpha', 'GET', '/servers/detail'), 1)


class AbuseTest(TokensTest):
    def test_one_identity_has_so_many_calls_under_way(self) -> None:
        self.enterContext(mock.patch('oaktree.bearer.CALLS', 2))
        subscription = pb.WatchSubscription(location=ALPHA, kind=pb.RESOURCE_KIND_KEYPAIR, watch_id='w')
        mine, another, others = (bearer(self.token(who)) for who in ('alpha', 'alpha', 'alpha-other'))
        watches = [self.shared.watch.Watch(self.asking(subscription), metadata=mine, timeout=20) for _ in range(2)]
        for watch in watches:
            next(watch)
        with self.fails(Code.RESOURCE_EXHAUSTED, 'TOO_MANY_CALLS', 'let some end'):
            self.names(another, location=ALPHA, max_age=NOW)
        self.names(others, location=ALPHA)
        watches[0].cancel()
        self.eventually('there is room again', lambda: self.room(another))
        watches[1].cancel()

    def room(self, metadata: Any) -> bool:
        try:
            self.names(metadata, location=ALPHA, max_age=NOW)
        except grpc.RpcError:
            return False
        return True


class EndTest(TokensTest):
    def short(self, seconds: float) -> str:
        """A token of alpha that lives for so long."""
        self.simulation.settings('alpha', token_seconds=seconds)
        self.addCleanup(self.simulation.settings, 'alpha', token_seconds=3600)
        return self.token('alpha')

    def test_a_token_that_has_ended_is_refused_also_where_the_answer_is_remembered(self) -> None:
        token = bearer(self.short(4))
        self.assertEqual(self.names(token, location=ALPHA), [])
        self.assertEqual(self.names(token, location=ALPHA), [])
        time.sleep(4)
        with self.fails(Code.UNAUTHENTICATED, 'TOKEN_EXPIRED', 'get a new one'):
            self.names(token, location=ALPHA)

    def test_a_watch_ends_with_its_token_and_goes_on_with_another(self) -> None:
        token = self.short(4)
        subscription = pb.WatchSubscription(watch_id='w', location=ALPHA, kind=pb.RESOURCE_KIND_SERVER)
        stream = self.shared.watch.Watch(self.asking(subscription), metadata=bearer(token), timeout=30)
        with self.fails(Code.UNAUTHENTICATED, 'TOKEN_EXPIRED'):
            for response in stream:
                subscription.resume_token = response.resume_token or subscription.resume_token
        self.create('alpha', name='between').result()
        stream = self.shared.watch.Watch(self.asking(subscription), metadata=bearer(self.short(60)), timeout=30)
        seen = []
        for response in stream:
            if response.WhichOneof('event') == 'started':
                self.assertTrue(response.started.resumed)
            seen += [change.resource.server.name for change in response.changes.changes]
            if seen:
                stream.cancel()
                break
        self.assertEqual(seen, ['between'])

    def test_a_wait_ends_with_its_token_and_says_how_far_it_is(self) -> None:
        self.simulation.settings('alpha', build_seconds=60)
        self.addCleanup(self.simulation.settings, 'alpha', build_seconds=0)
        request = pb.CreateServerRequest(
            location=ALPHA, name='slow', flavor='m1.tiny', image='cirros', wait=Duration(seconds=60)
        )
        began = time.monotonic()
        server = self.shared.compute.CreateServer(request, metadata=bearer(self.short(8)), timeout=90).server
        self.assertEqual(server.state, pb.SERVER_STATE_BUILDING)
        self.assertLess(time.monotonic() - began, 20)

    def test_a_revoked_token_reads_and_changes_nothing_once_it_is_asked_for_again(self) -> None:
        shared = self.serve_shared(revalidate=1.0)
        token = self.token('alpha')
        self.assertEqual(self.names(bearer(token), shared, location=ALPHA), [])
        self.revoke(token)
        time.sleep(1.1)
        with self.fails(Code.UNAUTHENTICATED, 'TOKEN_REFUSED'):
            self.names(bearer(token), shared, location=ALPHA)
        request = pb.CreateServerRequest(location=ALPHA, name='no', flavor='m1.tiny', image='cirros')
        with self.fails(Code.UNAUTHENTICATED, 'TOKEN_REFUSED'):
            shared.compute.CreateServer(request, metadata=bearer(token))

    def test_a_watch_of_a_revoked_token_ends(self) -> None:
        shared = self.serve_shared(revalidate=1.0)
        token = self.token('alpha')
        subscription = pb.WatchSubscription(watch_id='w', location=ALPHA, kind=pb.RESOURCE_KIND_SERVER)
        stream = shared.watch.Watch(self.asking(subscription), metadata=bearer(token), timeout=30)
        self.assertEqual(next(stream).WhichOneof('event'), 'started')
        self.revoke(token)
        began = time.monotonic()
        with self.fails(Code.UNAUTHENTICATED, 'TOKEN_REFUSED'):
            for _ in stream:
                pass
        self.assertLess(time.monotonic() - began, 15)

    def test_a_change_with_a_token_that_the_cloud_refuses_is_refused_though_another_of_its_identity_is_good(self) -> None:
        good, bad = self.token('alpha'), self.token('alpha')
        for token in (bad, good):
            self.names(bearer(token), location=ALPHA)
        self.revoke(bad)
        request = pb.CreateServerRequest(location=ALPHA, name='no', flavor='m1.tiny', image='cirros')
        with self.fails(Code.UNAUTHENTICATED, 'TOKEN_REFUSED'):
            self.shared.compute.CreateServer(request, metadata=bearer(bad))
        # And what all of them read together goes on with the good one.
        now = Duration()
        self.assertEqual(self.names(bearer(good), location=ALPHA, max_age=now), [])

    def revoke(self, token: str) -> None:
        """At Keystone, behind oaktree's back."""
        url = f'{self.simulation.url("alpha")}/identity/v3{TOKENS}'
        headers = {'X-Auth-Token': token, 'X-Subject-Token': token}
        urllib.request.urlopen(urllib.request.Request(url, headers=headers, method='DELETE'), timeout=10).close()


class OwnerTest(TokensTest):
    def test_a_token_in_plain_text_is_refused(self) -> None:
        with self.fails(Code.UNAUTHENTICATED, 'INSECURE_TRANSPORT', 'revoke it'):
            self.oaktree.compute.ListServers(pb.ListServersRequest(), metadata=bearer('secret'))

    def test_a_token_is_not_taken_where_the_owner_calls(self) -> None:
        socket = f'unix:{self.folder}/{base.unique("s")}.sock'
        oaktree = self.serve(listeners=(socket,))
        with self.fails(Code.UNAUTHENTICATED, 'TOKEN_NOT_EXPECTED'):
            oaktree.compute.ListServers(pb.ListServersRequest(), metadata=bearer('secret'))
        self.assertFalse(oaktree.compute.ListServers(pb.ListServersRequest()).servers)
