# SPDX-License-Identifier: Apache-2.0
"""A thousand callers cost a cloud what one costs."""

import math
import time
from typing import Any
from unittest import mock

import grpc
from google.protobuf.duration_pb2 import Duration
from oaktreemodel import v1 as pb

from oaktree.rows.compute import SERVER
from tests.faults.base import NOW, Case, Code

LIST, GET = '/servers/detail', '/servers/{id}'


class HerdTest(Case):
    """Counted where it matters: in the cloud."""

    interval = 1.0

    def asked_for_servers(self, cloud: str) -> int:
        return self.asked(cloud, 'GET', LIST) + self.asked(cloud, 'GET', GET)

    def herd(self, call: Any, request: Any, number: int = 200) -> list[Any]:
        calls = [call.future(request, timeout=30) for _ in range(number)]
        return [one.result() for one in calls]

    def test_cold_lists_cost_one(self) -> None:
        for name in self.profiles:
            self.simulation.seed(name, servers=7)
            self.simulation.fault(name, path=LIST, latency=0.1)
        answers = self.herd(self.oaktree.compute.ListServers, pb.ListServersRequest())
        self.assertEqual({len(answer.servers) for answer in answers}, {14})
        self.assertEqual(self.asked('alpha', 'GET', LIST), 1)
        self.assertEqual(self.asked('beta', 'GET', LIST), 3, 'seven servers in pages of three')
        for name in self.profiles:
            with self.subTest(name):
                self.assertEqual(self.asked(name, 'POST', '/auth/tokens'), 1)
                self.assertEqual(self.asked(name, 'GET', '/networks'), 1)
                self.assertEqual(self.asked(name, 'GET', '/v2.1'), 1, 'one discovery')

    def test_cold_gets_of_one_cost_one(self) -> None:
        self.simulation.seed('alpha', servers=3)
        server = self.nova('alpha', 'GET', '/servers')['servers'][0]
        request = pb.GetServerRequest(location={'cloud': 'alpha'}, name_or_id=server['id'])
        answers = self.herd(self.oaktree.compute.GetServer, request)
        self.assertEqual({answer.server.name for answer in answers}, {server['name']})
        self.assertEqual(self.asked_for_servers('alpha'), 1)

    def test_gets_of_many_cost_one_list(self) -> None:
        self.simulation.seed('alpha', servers=100)
        ids = [server['id'] for server in self.nova('alpha', 'GET', '/servers')['servers']]
        where = {'cloud': 'alpha'}
        # Long enough for a slow machine to get all of them into the server.
        with mock.patch('oaktree.backends.batching.WINDOW', 1.0):
            requests = [pb.GetServerRequest(location=where, name_or_id=server_id) for server_id in ids]
            calls = [self.oaktree.compute.GetServer.future(request, timeout=30) for request in requests]
            self.assertEqual([call.result().server.id for call in calls], ids)
        self.assertEqual(self.asked_for_servers('alpha'), 1)

    def test_calls_that_come_while_it_is_busy_wait(self) -> None:
        # More than gRPC itself would let wait: 3,000.
        channels = [grpc.insecure_channel(self.oaktree.target, (('grpc.use_local_subchannel_pool', 1),)) for _ in range(5)]
        self.oaktree.loop.call_soon_threadsafe(time.sleep, 2)
        calls = [
            pb.CloudServiceStub(channel).ListClouds.future(pb.ListCloudsRequest(), timeout=60)
            for channel in channels
            for _ in range(700)
        ]
        self.assertEqual({len(call.result().clouds) for call in calls}, {2})
        for channel in channels:
            channel.close()

    def test_a_hit_costs_nothing(self) -> None:
        self.ttl(SERVER, 60)  # some machines take their time
        self.simulation.seed('alpha', servers=3)
        servers = self.oaktree.compute.ListServers(pb.ListServersRequest(location={'cloud': 'alpha'})).servers
        self.simulation.forget_requests('alpha')
        self.herd(self.oaktree.compute.ListServers, pb.ListServersRequest(location={'cloud': 'alpha'}))
        for name_or_id in (servers[0].id, servers[0].name):
            request = pb.GetServerRequest(location={'cloud': 'alpha'}, name_or_id=name_or_id)
            self.herd(self.oaktree.compute.GetServer, request)
        old_enough = pb.ListServersRequest(location={'cloud': 'alpha'}, max_age=Duration(seconds=60))
        self.herd(self.oaktree.compute.ListServers, old_enough, 20)
        self.assertEqual(self.simulation.requests('alpha'), [])

    def test_a_look_at_one_that_has_not_changed_leaves_the_list(self) -> None:
        # A Get has keys that a list has not, and is of the same server all the same.
        self.simulation.seed('alpha', servers=3)
        servers = self.servers('alpha')
        self.simulation.forget_requests('alpha')
        request = pb.GetServerRequest(location={'cloud': 'alpha'}, name_or_id=servers[0].id, max_age=NOW)
        self.assertEqual(self.oaktree.compute.GetServer(request).server, servers[0])
        self.assertEqual(self.asked('alpha', 'GET', GET), 1)
        list_request = pb.ListServersRequest(location={'cloud': 'alpha'})
        self.assertEqual(list(self.oaktree.compute.ListServers(list_request).servers), servers)
        self.assertEqual(self.asked('alpha', 'GET', LIST), 0)

    def test_who_wants_it_now_gets_it_now(self) -> None:
        self.servers('alpha')
        self.simulation.forget_requests('alpha')
        for _ in range(3):
            self.servers('alpha')
        self.assertEqual(self.asked('alpha', 'GET', LIST), 3)
        self.simulation.fault('alpha', path=LIST, latency=0.2)
        started = time.monotonic()
        self.herd(self.oaktree.compute.ListServers, pb.ListServersRequest(location={'cloud': 'alpha'}, max_age=NOW))
        most = (time.monotonic() - started) / 0.2 + 1
        self.assertLessEqual(self.asked('alpha', 'GET', LIST), 3 + most, 'those who ask at once share: one list at a time')

    def test_after_a_write_the_next_list_asks_again(self) -> None:
        request = pb.ListServersRequest(location={'cloud': 'alpha'})
        self.assertEqual(len(self.oaktree.compute.ListServers(request).servers), 0)
        server = self.create('alpha').result().server
        self.simulation.forget_requests('alpha')
        self.assertEqual([s.id for s in self.oaktree.compute.ListServers(request).servers], [server.id])
        self.assertEqual(self.asked('alpha', 'GET', LIST), 1)
        self.oaktree.compute.DeleteServer(pb.DeleteServerRequest(name_or_id=server.id, wait=Duration(seconds=10)))
        self.assertEqual(len(self.oaktree.compute.ListServers(request).servers), 0)

    def test_a_refused_write_forgets_too(self) -> None:
        self.simulation.seed('alpha', servers=1)
        request = pb.ListServersRequest(location={'cloud': 'alpha'})
        server = self.oaktree.compute.ListServers(request).servers[0]
        self.nova('alpha', 'DELETE', f'/servers/{server.id}')
        self.eventually('it is gone', lambda: not self.nova('alpha', 'GET', '/servers')['servers'])
        self.assertEqual(len(self.oaktree.compute.ListServers(request).servers), 1, 'nobody has told oaktree')
        with self.fails(Code.NOT_FOUND, 'NOT_FOUND'):
            self.oaktree.compute.StopServer(pb.StopServerRequest(name_or_id=server.id))
        self.assertEqual(len(self.oaktree.compute.ListServers(request).servers), 0)

    def test_an_old_answer_is_given_while_one_refresh_runs(self) -> None:
        self.ttl(SERVER, 0.3)
        request = pb.ListServersRequest(location={'cloud': 'alpha'})
        self.oaktree.compute.ListServers(request)
        time.sleep(0.4)
        self.simulation.forget_requests('alpha')
        self.simulation.fault('alpha', path=LIST, latency=3)
        started = time.monotonic()
        self.herd(self.oaktree.compute.ListServers, request, 50)
        self.assertLess(time.monotonic() - started, 2.5)
        self.eventually('the refresh', lambda: self.asked('alpha', 'GET', LIST) == 1)

    def test_thirty_who_wait_share_one_poll(self) -> None:
        for name in self.profiles:
            with self.subTest(name):
                self.servers(name)
                self.simulation.settings(name, build_seconds=2)
                self.simulation.forget_requests(name)
                started = time.monotonic()
                calls = [self.create(name, wait=Duration(seconds=20), timeout=40) for _ in range(30)]
                servers = [call.result().server for call in calls]
                elapsed = time.monotonic() - started
                self.assertEqual({server.state for server in servers}, {pb.SERVER_STATE_ACTIVE})
                self.assertEqual(len({server.id for server in servers}), 30)
                self.assertEqual(self.asked(name, 'POST', '/servers', 202), 30)
                lists = self.asked(name, 'GET', LIST)
                pages = 1 if name == 'alpha' else 11
                # One at once, one a second, and what they look like in the end: one by one, or in a list.
                self.assertLessEqual(lists, (math.ceil(elapsed) + 4) * pages)
                self.assertLessEqual(self.asked(name, 'GET', GET), 30)
                self.assertIn('0 polls, 0 waiters', repr(self.oaktree.backend))

    def test_writes_do_not_wear_the_cache_out(self) -> None:
        oaktree = self.serve(cache_bytes=1_000_000)
        self.simulation.seed('alpha', servers=20)
        request = pb.ListServersRequest(location={'cloud': 'alpha'})
        flavors = pb.ListFlavorsRequest(location={'cloud': 'alpha'})
        for _ in range(20):
            server = oaktree.compute.ListServers(request).servers[0]
            with self.fails(Code.FAILED_PRECONDITION, 'CONFLICT'):
                oaktree.compute.StartServer(pb.StartServerRequest(location={'cloud': 'alpha'}, name_or_id=server.id))
        oaktree.compute.ListServers(request)
        oaktree.compute.ListFlavors(flavors)
        self.simulation.forget_requests('alpha')
        oaktree.compute.ListServers(request)
        oaktree.compute.ListFlavors(flavors)
        self.assertEqual(self.simulation.requests('alpha'), [], '25 objects fit a cache of a megabyte')
