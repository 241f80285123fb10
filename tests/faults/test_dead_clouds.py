# SPDX-License-Identifier: Apache-2.0
"""A cloud that is away, slow or broken costs the others nothing, and is told of in time."""

import time
from typing import Any

import grpc
from oaktreemodel import v1 as pb

from oaktree.gates import ATTEMPTS
from oaktree.rows.compute import SERVER
from tests.faults.base import NOW, Case, Code, Oaktree, closed_port
from tests.functional.base import info, status

DEADLINE = 3.0
LIST = {'service': 'compute', 'path': '/servers/detail'}
HANGS = {'latency': 60}

SICK = {
    'that answers 503': ({'status': 503}, 'CLOUD_FAILED'),
    'that answers 500': ({'status': 500}, 'CLOUD_FAILED'),
    'that answers malformed JSON': ({'malformed': True}, 'CLOUD_ANSWER_BROKEN'),
    'that answers a JSON list': ({'body': []}, 'CLOUD_ANSWER_BROKEN'),
    'that breaks off its answer': ({'truncate': True}, 'CLOUD_UNREACHABLE'),
    'that resets the connection': ({'reset': True}, 'CLOUD_UNREACHABLE'),
    'that hangs': (HANGS, 'CLOUD_TIMEOUT'),
    'that refuses its own token': ({'status': 401}, 'CLOUD_CREDENTIALS_REFUSED'),
}
"""What is wrong with its list of servers, and the reason that a client is told."""


class DeadCloudsTest(Case):
    """alpha is well; beta is not."""

    def setUp(self) -> None:
        super().setUp()
        for name in self.profiles:
            self.simulation.seed(name, servers=2, prefix=name)

    def three(self, oaktree: Oaktree) -> tuple[Any, Any, Any]:
        """ListServers of all clouds, with return_partial_success and without, and of the sick one: at once, and in time."""
        started = time.monotonic()
        calls = [
            oaktree.compute.ListServers.future(pb.ListServersRequest(max_age=NOW, **fields), timeout=DEADLINE)
            for fields in (
                {'return_partial_success': True},
                {},
                {'return_partial_success': True, 'location': {'cloud': 'beta'}},
            )
        ]
        partial, *others = [call.exception() or call.result() for call in calls]
        # A machine that does other things is late, a server that hangs never comes.
        self.assertLess(time.monotonic() - started, 3 * DEADLINE)
        return partial, *others

    def recovered(self, oaktree: Oaktree) -> Any:
        """The servers of all clouds, once the sick one is probed again."""

        def listed() -> Any:
            answer = oaktree.compute.ListServers(pb.ListServersRequest(max_age=NOW, return_partial_success=True), timeout=5)
            return not answer.unreachable and answer.servers

        servers = self.eventually('it is well again, and so is its list', listed)
        self.assertEqual(len(servers), 4)
        return servers

    def check(self, oaktree: Oaktree, reason: str) -> None:
        partial, strict, single = self.three(oaktree)
        self.assertNotIsInstance(partial, grpc.RpcError, partial)
        self.assertEqual({server.location.cloud for server in partial.servers}, {'alpha'})
        self.assertEqual(len(partial.servers), 2)
        self.assertEqual(
            [(u.location.cloud, u.location.region, u.reason) for u in partial.unreachable], [('beta', 'north-2', reason)]
        )
        self.assertTrue(partial.unreachable[0].message)
        late = reason == 'CLOUD_TIMEOUT'
        self.assertIs(strict.code(), Code.DEADLINE_EXCEEDED if late else Code.UNAVAILABLE)
        self.assertEqual(info(strict).reason, 'DEADLINE_EXCEEDED' if late else reason)
        self.assertEqual(info(strict).metadata['unreachable'], 'beta/north-2')
        self.assertEqual(info(strict).metadata['cloud'], 'beta')
        self.assertIn('return_partial_success', strict.details())
        self.assertIsInstance(single, grpc.RpcError, 'a list of one place has no partial success')
        self.assertEqual((info(single).domain, info(single).reason), ('oaktree', info(strict).reason))
        for error in (strict, single):
            self.assertLess(status(error).ByteSize(), 4096)
            self.assertTrue(error.details())

    def test_the_others_are_listed_where_a_known_cloud_falls_ill(self) -> None:
        self.assertEqual(len(self.servers()), 4)
        for what, (fault, reason) in SICK.items():
            with self.subTest(f'a cloud {what}'):
                self.simulation.clear_faults('beta')
                oaktree = self.serve()
                oaktree.compute.ListServers(pb.ListServersRequest())
                self.simulation.fault('beta', **LIST, **fault)
                self.check(oaktree, reason)
                self.simulation.clear_faults('beta')
                if reason != 'CLOUD_TIMEOUT':
                    self.recovered(oaktree)

    def test_the_others_are_listed_where_a_cloud_was_ill_from_the_start(self) -> None:
        cold = {
            'that answers 503': ({'status': 503}, None),
            'that answers malformed JSON': ({'malformed': True}, None),
            'that resets the connection': ({'reset': True}, 'CLOUD_UNREACHABLE'),
            'that hangs': (HANGS, 'CLOUD_TIMEOUT'),
        }
        for service in ('identity', 'compute'):
            for what, (fault, reason) in cold.items():
                with self.subTest(f'a cloud {what}', service=service):
                    self.simulation.clear_faults('beta')
                    self.simulation.fault('beta', service=service, **fault)
                    oaktree = self.serve()
                    partial = self.three(oaktree)[0]
                    self.assertNotIsInstance(partial, grpc.RpcError, partial)
                    self.assertEqual(len(partial.servers), 2)
                    found = partial.unreachable[0].reason
                    self.assertIn(found, [reason] if reason else ['CLOUD_FAILED', 'CLOUD_UNREACHABLE', 'CLOUD_ANSWER_BROKEN'])
                    self.simulation.clear_faults('beta')
                    if reason != 'CLOUD_TIMEOUT':
                        named = {server.flavor.name for server in self.recovered(oaktree)}
                        self.assertNotIn('', named, 'one bad start must not cost the microversion for ever')

    def test_the_others_are_listed_where_nobody_listens(self) -> None:
        entries = self.entries()
        entries['beta']['auth']['auth_url'] = f'http://127.0.0.1:{closed_port()}/identity/v3'
        self.check(self.serve(entries), 'CLOUD_UNREACHABLE')

    def test_where_all_are_away_nothing_is_a_success(self) -> None:
        for name in self.profiles:
            self.simulation.fault(name, **LIST, status=503)
        with self.fails(Code.UNAVAILABLE, 'CLOUD_FAILED', 'alpha/RegionOne', 'beta/north-2') as told:
            self.oaktree.compute.ListServers(pb.ListServersRequest(return_partial_success=True), timeout=DEADLINE)
        self.assertEqual(told.info.metadata['http_status'], '503')
        self.assertTrue(told.info.metadata['request_id'].startswith('req-'))

    def test_clients_do_not_hammer_a_cloud_that_is_away(self) -> None:
        self.simulation.fault('beta', **LIST, status=503)
        self.simulation.forget_requests('beta')
        with self.fails(Code.UNAVAILABLE, 'CLOUD_FAILED') as told:
            self.servers('beta')
        self.assertIn(('grpc-retry-pushback-ms', '-1'), told.error.trailing_metadata())
        self.assertEqual(self.asked('beta', 'GET', '/servers/detail'), ATTEMPTS)

    def test_the_last_answer_is_given_while_a_cloud_is_away(self) -> None:
        self.ttl(SERVER, 0.5)
        before = self.oaktree.compute.ListServers(pb.ListServersRequest())
        self.simulation.fault('beta', **LIST, status=503)
        time.sleep(0.5)
        after = self.oaktree.compute.ListServers(pb.ListServersRequest(), timeout=DEADLINE)
        self.assertEqual(list(after.servers), list(before.servers))
        self.assertEqual(after.as_of, before.as_of, 'it says how old it is')
        with self.fails(Code.UNAVAILABLE, 'CLOUD_FAILED'):
            self.servers()

    def test_one_is_found_by_id_though_another_cloud_is_away(self) -> None:
        server = self.servers('alpha')[0]
        for fault in ({'status': 503}, HANGS):
            with self.subTest(str(fault)):
                self.simulation.clear_faults('beta')
                self.simulation.fault('beta', **fault)
                request = pb.GetServerRequest(name_or_id=server.id, max_age=NOW)
                answer = self.serve().compute.GetServer(request, timeout=DEADLINE)
                self.assertEqual(answer.server.id, server.id)

    def test_an_id_is_not_kept_waiting_for_a_cloud_that_hangs(self) -> None:
        server = self.servers('alpha')[0]
        self.simulation.fault('beta', **HANGS)
        started = time.monotonic()
        self.oaktree.compute.GetServer(pb.GetServerRequest(name_or_id=server.id, max_age=NOW), timeout=40)
        self.assertLess(time.monotonic() - started, 15)

    def test_one_is_not_found_by_name_where_another_cloud_is_away(self) -> None:
        server = self.servers('alpha')[0]
        self.simulation.fault('beta', **LIST, status=503)
        request = pb.GetServerRequest(name_or_id=server.name, max_age=NOW)
        with self.fails(Code.UNAVAILABLE, 'CLOUD_FAILED', 'beta/north-2') as told:
            self.oaktree.compute.GetServer(request, timeout=DEADLINE)
        self.assertNotIn('return_partial_success', told.error.details(), 'a Get has no such field')
        self.assertIn('location', told.error.details())
        with self.fails(Code.UNAVAILABLE, 'CLOUD_FAILED'):
            self.oaktree.compute.DeleteServer(pb.DeleteServerRequest(name_or_id=server.name), timeout=DEADLINE)
        request.location.cloud = 'alpha'
        self.assertEqual(self.oaktree.compute.GetServer(request, timeout=DEADLINE).server.id, server.id)

    def test_api_timeout_ends_a_hang(self) -> None:
        entries = self.entries()
        entries['beta']['api_timeout'] = 1
        oaktree = self.serve(entries)
        self.simulation.fault('beta', **LIST, **HANGS)
        request = pb.ListServersRequest(location={'cloud': 'beta'})
        with self.fails(Code.UNAVAILABLE, 'CLOUD_TIMEOUT'):
            oaktree.compute.ListServers(request, timeout=10)
        self.simulation.clear_faults('beta')
        self.assertEqual(len(oaktree.compute.ListServers(request, timeout=10).servers), 2)
