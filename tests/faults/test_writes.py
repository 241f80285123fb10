# SPDX-License-Identifier: Apache-2.0
"""What a client is told, and what remains, where a change goes wrong half-way."""

import time
from typing import Any

import grpc
from google.protobuf.duration_pb2 import Duration
from google.rpc import error_details_pb2 as details
from oaktreemodel import v1 as pb

from tests.faults.base import NOW, Case, Code
from tests.functional.base import info, status, unique

WAIT = Duration(seconds=15)
AWAY = {'service': 'network', 'status': 503}


def detail(error: Any, kind: Any) -> Any:
    """The detail of this kind that an error carries, or None."""
    found = kind()
    return found if any(one.Unpack(found) for one in status(error).details) else None


class RefusedTest(Case):
    """The cloud says no: in its own words, and nothing is left behind."""

    def test_a_quota_is_told_in_the_clouds_words(self) -> None:
        for name in self.profiles:
            with self.subTest(name):
                self.simulation.settings(name, quota={'instances': 0})
                with self.fails(Code.RESOURCE_EXHAUSTED, 'QUOTA_EXCEEDED', 'Quota exceeded for instances') as told:
                    self.create(name, wait=WAIT).result()
                self.assertEqual(told.info.metadata['http_status'], '403')
                self.assertEqual(told.info.metadata['cloud'], name)
                self.assertEqual(told.info.metadata['service'], 'compute')
                self.assertTrue(told.info.metadata['request_id'].startswith('req-'))
                violations = detail(told.error, details.QuotaFailure).violations
                self.assertIn('Quota exceeded for instances', violations[0].description)
                self.assertEqual(self.servers(name), [])

    def test_a_rate_limit_says_when_to_come_back(self) -> None:
        for code in (429, 413):
            with self.subTest(code):
                self.oaktree = self.serve()
                self.simulation.clear_faults('alpha')
                self.simulation.fault('alpha', method='POST', path='/servers', status=code, retry_after=17)
                with self.fails(Code.RESOURCE_EXHAUSTED, 'RATE_LIMITED') as told:
                    self.create('alpha').result()
                self.assertEqual(detail(told.error, details.RetryInfo).retry_delay.seconds, 17)
                self.assertEqual(told.info.metadata['http_status'], str(code))
        self.oaktree = self.serve()
        self.simulation.fault('alpha', path='/servers/detail', status=429, retry_after=50)
        with self.fails(Code.RESOURCE_EXHAUSTED, 'RATE_LIMITED') as told:
            self.servers('alpha')
        self.assertIn(detail(told.error, details.RetryInfo).retry_delay.seconds, (50, 51))

    def test_a_strange_retry_after_is_no_harm(self) -> None:
        for words in ('soon', '-1', 'Wed, 21 Oct 2026 07:28:00 GMT', '99999999999999999999', '1.5'):
            with self.subTest(words):
                self.oaktree = self.serve()
                self.simulation.clear_faults('alpha')
                self.simulation.fault('alpha', method='POST', path='/servers', status=503, retry_after=words)
                with self.fails(Code.UNAVAILABLE, 'CLOUD_FAILED'):
                    self.create('alpha').result()

    def test_a_failed_post_is_not_sent_again(self) -> None:
        for what, fault, reason in (
            ('500', {'status': 500}, 'CLOUD_FAILED'),
            ('503', {'status': 503}, 'CLOUD_FAILED'),
            ('reset', {'reset': True}, 'CLOUD_UNREACHABLE'),
            ('malformed', {'malformed': True}, 'CLOUD_ANSWER_BROKEN'),
            ('truncated', {'truncate': True}, 'CLOUD_UNREACHABLE'),
        ):
            with self.subTest(what):
                self.simulation.clear_faults('alpha')
                self.simulation.forget_requests('alpha')
                self.simulation.fault('alpha', method='POST', path='/servers', **fault)
                with self.fails(Code.UNAVAILABLE, reason) as told:
                    self.create('alpha', wait=WAIT).result()
                self.assertIn(('grpc-retry-pushback-ms', '-1'), told.error.trailing_metadata())
                self.assertEqual(self.asked('alpha', 'POST', '/servers'), 1)
        # The answer to the last one was lost, not the server: the next list has it.
        self.assertEqual(len(self.servers('alpha')), 1)

    def test_an_answer_of_another_shape_is_the_clouds_fault_not_ours(self) -> None:
        for what, body in (
            ('empty', ''), ('object', {}), ('other key', {'thing': {}}), ('list', []), ('null', {'server': None}),
            ('text', {'server': 'x'}), ('number', 7), ('list in it', {'server': []}),
        ):  # fmt: skip
            with self.subTest(what):
                self.simulation.clear_faults('alpha')
                self.simulation.fault('alpha', method='POST', path='/servers', status=202, body=body)
                with self.fails(Code.UNAVAILABLE, 'CLOUD_ANSWER_BROKEN'):
                    self.create('alpha').result()

    def test_a_list_of_another_shape_is_the_clouds_fault_not_ours(self) -> None:
        for what, body in (
            ('number', {'servers': 7}), ('text', {'servers': 'x'}), ('nulls', {'servers': [None]}),
            ('no id', {'servers': [{}]}), ('wrong types', {'servers': [{'id': 'x', 'created': 7, 'addresses': []}]}),
            ('addresses without one', {'servers': [{'id': 'x', 'name': 'x', 'addresses': {'private': [{}]}}]}),
        ):  # fmt: skip
            with self.subTest(what):
                self.simulation.clear_faults('alpha')
                self.simulation.fault('alpha', path='/servers/detail', body=body)
                with self.assertRaises(grpc.RpcError) as caught:
                    self.servers('alpha')
                self.assertEqual(
                    (caught.exception.code(), info(caught.exception).reason), (Code.UNAVAILABLE, 'CLOUD_ANSWER_BROKEN')
                )

    def test_a_server_that_fails_to_build_is_returned_and_kept(self) -> None:
        for auto_ip in (False, True):
            for name in self.profiles:
                with self.subTest(name, auto_ip=auto_ip):
                    server = self.create(name, name=unique('fail-to-build'), wait=WAIT, auto_ip=auto_ip).result().server
                    self.assertEqual(server.state, pb.SERVER_STATE_ERROR)
                    self.assertIn('No valid host', server.fault.message)
                    self.assertEqual(server.fault.code, 500)
                    self.assertEqual([s.id for s in self.servers(name, name_or_id=server.id)], [server.id])
        self.assertEqual(self.addresses(), [], 'no address for a server that does not run')
        self.assertEqual(self.asked('alpha', 'DELETE', '/servers/{id}'), 0)


class HalfWayTest(Case):
    """A server has been made, or deleted, and the rest of it fails."""

    def delete(self, server: pb.Server, seconds: float = 15) -> pb.DeleteServerResponse:
        request = pb.DeleteServerRequest(location={'cloud': 'alpha'}, name_or_id=server.id, wait=WAIT)
        return self.oaktree.compute.DeleteServer(request, timeout=seconds)

    def test_a_server_without_its_address_is_named_and_kept(self) -> None:
        for fault, code, reason in (
            ({'status': 409, 'body': {'NeutronError': {'message': 'Quota exceeded for resources: floatingip.'}}},
             Code.RESOURCE_EXHAUSTED, 'QUOTA_EXCEEDED'),
            ({'status': 500}, Code.UNAVAILABLE, 'CLOUD_FAILED'),
        ):  # fmt: skip
            with self.subTest(reason):
                self.simulation.reset('alpha')
                self.simulation.fault('alpha', method='POST', path='/floatingips', **fault)
                with self.fails(code, reason, 'runs without a public address') as told:
                    self.create('alpha', wait=WAIT, auto_ip=True).result()
                server = self.servers('alpha')[0]
                self.assertEqual(told.info.metadata['server_id'], server.id)
                self.assertIn(server.id, told.error.details())
                self.assertEqual(server.state, pb.SERVER_STATE_ACTIVE)
                self.assertEqual(self.asked('alpha', 'DELETE', '/servers/{id}'), 0)

    def test_an_address_that_remains_is_named(self) -> None:
        server = self.create('alpha', wait=WAIT, auto_ip=True).result().server
        address = self.addresses()[0]
        self.assertEqual(address.address, server.public_v4)
        self.simulation.fault('alpha', method='DELETE', path='/floatingips/{id}', status=500)
        with self.fails(Code.UNAVAILABLE, 'CLOUD_FAILED', server.id, address.id, 'remains') as told:
            self.delete(server)
        self.assertEqual(told.info.metadata['floating_ip_id'], address.id)
        self.assertEqual(told.info.metadata['server_id'], server.id)
        self.eventually('the server is gone', lambda: not self.servers('alpha'))
        self.assertEqual([a.id for a in self.addresses()], [address.id])

    def test_without_the_network_service_nothing_is_deleted(self) -> None:
        server = self.create('alpha', wait=WAIT, auto_ip=True).result().server
        self.simulation.forget_requests('alpha')
        self.simulation.fault('alpha', **AWAY)
        with self.fails(Code.UNAVAILABLE, 'CLOUD_FAILED') as told:
            self.delete(server)
        self.assertEqual(told.info.metadata['service'], 'network')
        self.assertEqual(self.asked('alpha', 'DELETE', '/servers/{id}'), 0)
        self.simulation.clear_faults('alpha')
        self.assertEqual(self.servers('alpha')[0].public_v4, server.public_v4)
        self.delete(server)
        self.assertEqual((self.servers('alpha'), self.addresses()), ([], []))

    def test_a_refused_deletion_leaves_server_and_address(self) -> None:
        server = self.create('alpha', wait=WAIT, auto_ip=True).result().server
        self.nova('alpha', 'POST', f'/servers/{server.id}/action', {'lock': None})
        with self.fails(Code.FAILED_PRECONDITION, 'CONFLICT', 'locked'):
            self.delete(server)
        self.assertEqual(self.servers('alpha')[0].public_v4, server.public_v4)
        self.assertEqual(len(self.addresses()), 1)

    def test_a_server_deleted_while_it_gets_its_address_leaves_none(self) -> None:
        self.simulation.settings('alpha', build_seconds=0.2, delete_seconds=2)
        self.simulation.fault('alpha', method='POST', path='/floatingips', latency=1)
        server = self.create('alpha', auto_ip=True).result().server
        self.eventually('it runs', lambda: self.servers('alpha')[0].state == pb.SERVER_STATE_ACTIVE)
        # Its address is on its way: the ports have been looked up, and the POST is under way.
        self.eventually('its ports were asked for', lambda: self.asked('alpha', 'GET', '/ports'))
        self.delete(server)
        self.assertEqual(self.servers('alpha'), [])
        self.eventually('the address was made', lambda: self.asked('alpha', 'POST', '/floatingips'))
        self.eventually('and taken away', lambda: not self.addresses(), 5)

    def test_without_the_network_service_servers_are_listed(self) -> None:
        """Which networks lead outside is unknown then, so that only floating addresses count."""
        with_address = self.create('alpha', wait=WAIT, auto_ip=True).result().server
        public = self.create('beta', wait=WAIT).result().server
        self.assertTrue(public.public_v4)
        for name in self.profiles:
            self.simulation.fault(name, **AWAY)
        oaktree = self.serve()
        request = pb.ListServersRequest(max_age=NOW)
        servers = {server.id: server for server in oaktree.compute.ListServers(request, timeout=10).servers}
        self.assertEqual(servers[with_address.id].public_v4, with_address.public_v4)
        self.assertEqual(servers[public.id].public_v4, '')
        self.assertEqual([a.ip for a in servers[public.id].addresses], [a.ip for a in public.addresses])
        for name in self.profiles:
            self.simulation.clear_faults(name)
        servers = {server.id: server for server in oaktree.compute.ListServers(request, timeout=10).servers}
        self.assertEqual(servers[public.id].public_v4, public.public_v4)
        self.assertEqual(servers[with_address.id].public_v4, with_address.public_v4)
        self.assertTrue(oaktree.network.ListNetworks(pb.ListNetworksRequest(max_age=NOW), timeout=10).networks)

    def test_what_networks_are_for_is_remembered_while_their_service_is_away(self) -> None:
        public = self.create('beta', wait=WAIT).result().server
        self.simulation.fault('beta', **AWAY)
        self.assertEqual(self.servers('beta')[0].public_v4, public.public_v4)

    def test_a_hanging_network_service_does_not_hang_the_servers(self) -> None:
        self.simulation.seed('alpha', servers=2)
        self.simulation.fault('alpha', service='network', latency=60)
        started = time.monotonic()
        request = pb.ListServersRequest(location={'cloud': 'alpha'}, max_age=NOW)
        self.assertEqual(len(self.oaktree.compute.ListServers(request, timeout=40).servers), 2)
        self.assertLess(time.monotonic() - started, 20)
