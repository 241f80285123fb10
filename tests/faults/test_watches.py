# SPDX-License-Identifier: Apache-2.0
"""Watches over a cloud that goes away, a server that stops, and clients that vanish."""

import time
from typing import Any
from unittest import mock

import grpc
import oaktreemodel
from oaktreemodel import v1 as pb

from oaktree.services.watch import Watch
from tests.faults.base import FLAVORS, Case, Code, Process
from tests.functional.base import unique
from tests.functional.test_watch import Watching, subscription

SERVERS = pb.RESOURCE_KIND_SERVER


class WatchesTest(Case):
    """By what the clouds and the server's own counters say."""

    def setUp(self) -> None:
        super().setUp()
        self.enterContext(mock.patch('oaktree.backends.watching.SLOW', self.interval))

    def watch(self, channel: Any = None, **fields: Any) -> Watching:
        stub = pb.WatchServiceStub(channel) if channel else self.oaktree.watch
        watching = Watching(stub, subscription(SERVERS, **fields))
        self.addCleanup(watching.close)
        return watching.synced()

    def streams(self) -> int:
        servicer = next(servicer for servicer in self.oaktree.server._servicers if isinstance(servicer, Watch))
        return len(servicer.streams)

    def is_quiet(self) -> None:
        backend = self.oaktree.backend
        self.eventually('nobody there', lambda: not (self.streams() or backend.polls or backend.watchers or backend.waiters))

        def nothing_asked() -> bool:
            before = {name: self.simulation.requests(name) for name in self.profiles}
            time.sleep(5 * self.interval)
            return {name: self.simulation.requests(name) for name in self.profiles} == before

        # A request that was under way when the last one left comes to its end all the same.
        self.eventually('the clouds are left alone', nothing_asked)

    def test_a_hundred_watchers_cost_a_cloud_what_one_costs(self) -> None:
        watchers = [self.watch(location={'cloud': 'alpha'}) for _ in range(100)]
        before, begun = self.asked('alpha', 'GET', '/servers/detail'), time.monotonic()
        time.sleep(10 * self.interval)
        looks = (time.monotonic() - begun) / self.interval + 1
        self.assertLessEqual(self.asked('alpha', 'GET', '/servers/detail') - before, looks)
        server = self.create('alpha').result().server
        for watching in watchers:
            watching.until('the server', lambda watching=watching: server.id in watching.ids, 20)

    def test_a_cloud_that_goes_away_and_comes_back(self) -> None:
        watching = self.watch()
        self.simulation.fault('alpha', method='GET', path='/servers/detail', status=503)
        watching.until('it is told', lambda: watching.count('unreachable') == 1, 20)
        server = self.create('beta').result().server
        watching.until('the other cloud is none the worse', lambda: server.id in watching.ids, 20)
        self.simulation.clear_faults('alpha')
        watching.until('it is told', lambda: watching.count('reachable') == 1, 20)
        self.assertEqual(watching.count('unreachable'), 1)
        self.assertIn('beta', {cloud for cloud, _ in watching.known})

    def test_fifty_rounds_of_vanished_clients_leave_nothing(self) -> None:
        self.watch().close()
        for turn in range(50):
            channel = grpc.insecure_channel(self.oaktree.target, (('grpc.use_local_subchannel_pool', 1),))
            watchers = [Watching(pb.WatchServiceStub(channel), subscription(SERVERS)) for _ in range(4)]
            if turn % 2:
                for watching in watchers:
                    watching.synced()
            if turn % 3:
                for watching in watchers:
                    watching.close()
            channel.close()
        self.is_quiet()

    def test_a_server_that_stops_ends_its_watches_at_once(self) -> None:
        watching = self.watch()
        self.oaktree._run(self.oaktree.server.stop())
        self.eventually('the end', lambda: watching.call.code())
        self.assertIs(watching.call.code(), Code.UNAVAILABLE)

    def test_a_client_follows_through_a_restart(self) -> None:
        config = self.write(self.entries())
        with mock.patch('oaktreemodel.client.PAUSE', 0.1):
            first = Process(config)
            self.addCleanup(first.close)
            with oaktreemodel.connect(first.target) as client:
                events = oaktreemodel.follow(client.watch.Watch, subscription(SERVERS))
                self.assertFalse(next(events).started.resumed)
                while not next(events).HasField('synced'):
                    pass
                first.process.terminate()
                self.assertEqual(first.end(), 0)
                second = Process(config, '--listen', first.target)
                self.addCleanup(second.close)
                started = next(events)
                self.assertEqual(started.started.reason, pb.WATCH_START_REASON_TOKEN_EXPIRED)
                while not next(events).HasField('synced'):
                    pass

    def test_one_who_waits_and_those_who_watch_see_the_same(self) -> None:
        watching = self.watch(location={'cloud': 'alpha'})
        server = self.create('alpha', name=unique('server'), flavor=FLAVORS['alpha'], wait={'seconds': 15}).result().server
        self.assertEqual(server.state, pb.SERVER_STATE_ACTIVE)
        watching.until('it runs', lambda: [s for s in watching.known.values() if s.state == pb.SERVER_STATE_ACTIVE], 20)
