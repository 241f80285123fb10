# SPDX-License-Identifier: Apache-2.0
"""Several servers and one store: what one has read the others have, what one writes the others forget, and its loss."""

import concurrent.futures
import threading
import time
import unittest
import uuid
from typing import Any
from unittest import mock

import grpc
from oaktreemodel import v1 as pb
from redis import Redis

from oaktree.backends import caching
from tests.faults import base
from tests.faults.base import NOW, Code
from tests.faults.redis import RedisServer
from tests.functional.base import info

LIST = '/servers/detail'


@unittest.skipUnless(RedisServer.there_is(), 'there is no redis-server here')
class StoreCase(base.Case):
    """Two servers with caches of their own, and a store."""

    profiles = {'alpha': 'floating'}

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.redis = RedisServer()
        cls.addClassCleanup(cls.redis.close)

    def setUp(self) -> None:
        self.redis.kill()
        self.redis.start()
        super().setUp()
        self.simulation.seed('alpha', servers=20)
        entries = self.entries()
        self.config = self.write(entries)
        self.replicas = [self.replica() for _ in range(2)]

    def replica(self) -> base.Oaktree:
        oaktree = base.Oaktree(self.config, store=self.redis.url)
        self.addCleanup(oaktree.close)
        return oaktree

    def names(self, oaktree: base.Oaktree, **fields: Any) -> set[str]:
        answer = oaktree.compute.ListServers(pb.ListServersRequest(**fields), timeout=20)
        return {server.name for server in answer.servers}


class SharedTest(StoreCase):
    def test_what_one_has_read_the_other_has(self) -> None:
        first, second = (self.names(oaktree) for oaktree in self.replicas)
        self.assertEqual(first, second)
        self.assertEqual(len(first), 20)
        self.assertEqual(self.asked('alpha', 'GET', LIST), 1)

    def test_many_first_callers_of_both_cost_one_list(self) -> None:
        self.simulation.fault('alpha', path='/servers/detail', latency=0.5)
        with concurrent.futures.ThreadPoolExecutor(60) as pool:
            answers = list(pool.map(lambda n: len(self.names(self.replicas[n % 2], page_size=30 + n)), range(60)))
        self.assertEqual(answers, [20] * 60)
        self.assertEqual(self.asked('alpha', 'GET', LIST), 1)

    def test_the_cloud_is_asked_by_those_who_want_it_asked(self) -> None:
        for oaktree in self.replicas:
            self.names(oaktree, max_age=NOW)
        self.assertEqual(self.asked('alpha', 'GET', LIST), 2)

    def test_what_one_writes_the_other_has_forgotten_by_then(self) -> None:
        writer, reader = self.replicas
        for number in range(10):
            self.assertEqual(len(self.names(reader)), 20 + number)
            writer.compute.CreateServer(
                pb.CreateServerRequest(
                    location={'cloud': 'alpha'}, name=f'new-{number}', flavor='m1.tiny', image='cirros', networks=['private']
                ),
                timeout=20,
            )
            # At once: the write was told of when every replica had heard of it.
            self.assertIn(f'new-{number}', self.names(reader))

    def test_one_that_has_only_got_single_objects_forgets_too(self) -> None:
        writer, reader = self.replicas
        server_id = writer.compute.ListServers(pb.ListServersRequest(), timeout=20).servers[0].id
        got = pb.GetServerRequest(location={'cloud': 'alpha'}, name_or_id=server_id)
        with mock.patch.object(caching, 'STALE', 1000):
            self.assertEqual(reader.compute.GetServer(got, timeout=20).server.id, server_id)
            writer.compute.DeleteServer(
                pb.DeleteServerRequest(location={'cloud': 'alpha'}, name_or_id=server_id, wait={'seconds': 10}), timeout=20
            )
            with self.fails(Code.NOT_FOUND, 'NOT_FOUND'):
                reader.compute.GetServer(got, timeout=20)

    def test_another_credential_sees_nothing_of_it(self) -> None:
        self.names(self.replicas[0])
        entries = self.entries()
        entries['alpha']['auth'] |= {'username': 'other', 'project_name': 'other'}
        stranger = base.Oaktree(self.write(entries), store=self.redis.url)
        self.addCleanup(stranger.close)
        self.assertEqual(self.names(stranger, return_partial_success=False), set())


class RepeatsTest(StoreCase):
    """One ``request_id``, whichever process is asked, and whenever."""

    def pair(self, oaktree: base.Oaktree, request_id: str, name: str = 'pair') -> Any:
        request = pb.CreateKeypairRequest(location={'cloud': 'alpha'}, name=name, request_id=request_id)
        return oaktree.compute.CreateKeypair.future(request, timeout=50)

    def test_at_once_it_is_done_once_and_all_have_the_answer(self) -> None:
        self.simulation.fault('alpha', method='POST', path='/os-keypairs', latency=0.5)
        once = str(uuid.uuid4())
        calls = [self.pair(self.replicas[number % 2], once) for number in range(10)]
        keys = {call.result().keypair.private_key for call in calls}
        self.assertEqual(len(keys), 1)
        self.assertIn('PRIVATE KEY', keys.pop())
        self.assertEqual(self.asked('alpha', 'POST', '/os-keypairs'), 1)

    def test_one_that_has_just_started_knows_it_and_the_store_holds_no_secret(self) -> None:
        once = str(uuid.uuid4())
        before = base.Oaktree(self.config, store=self.redis.url)
        try:
            first = self.pair(before, once).result()
        finally:
            before.close()
        later = self.replica()
        self.assertEqual(self.pair(later, once).result(), first)
        with self.fails(Code.INVALID_ARGUMENT, 'REQUEST_ID_REUSED'):
            self.pair(later, once, 'another').result()
        self.assertEqual(self.asked('alpha', 'POST', '/os-keypairs'), 1)
        self.assertNotIn(b'PRIVATE KEY', self.redis.everything())

    def test_what_failed_is_tried_again_unless_it_says_what_was_made(self) -> None:
        once = str(uuid.uuid4())
        self.simulation.fault('alpha', method='POST', path='/os-keypairs', status=503)
        for oaktree in self.replicas:
            self.assertEqual(self.pair(oaktree, once).exception().code(), Code.UNAVAILABLE)
        self.simulation.clear_faults('alpha')
        self.assertTrue(self.pair(self.replicas[1], once).result().keypair.private_key)
        self.simulation.fault('alpha', method='GET', path='/servers/{id}', status=500)
        request = pb.CreateServerRequest(
            location={'cloud': 'alpha'}, name='half', flavor='m1.tiny', image='cirros', networks=['private'],
            request_id=str(uuid.uuid4()),
        )  # fmt: skip
        told = [oaktree.compute.CreateServer.future(request, timeout=60).exception() for oaktree in self.replicas]
        self.assertEqual(info(told[0]), info(told[1]))
        self.assertTrue(info(told[0]).metadata['server_id'])
        self.assertEqual(self.asked('alpha', 'POST', '/servers', 202), 1)

    def test_one_who_was_taken_for_dead_leaves_the_next_at_it(self) -> None:
        self.simulation.fault('alpha', method='POST', path='/os-keypairs', latency=1, status=503)
        call = self.pair(self.replicas[0], str(uuid.uuid4()))
        redis = self.enterContext(Redis.from_url(self.redis.url))
        [claim] = self.eventually('it is at it', lambda: redis.keys('oaktree:promise:*'))
        redis.set(claim, b"another's")
        self.assertEqual(call.exception().code(), Code.UNAVAILABLE)
        self.assertEqual(redis.get(claim), b"another's")

    def test_one_who_dies_at_it_leaves_it_to_the_next(self) -> None:
        once = str(uuid.uuid4())
        self.simulation.fault('alpha', method='POST', path='/os-keypairs', latency=60)
        process = base.Process(self.config, '--store', self.redis.url)
        self.addCleanup(process.close)
        with grpc.insecure_channel(process.target) as channel:
            request = pb.CreateKeypairRequest(location={'cloud': 'alpha'}, name='pair', request_id=once)
            call = pb.ComputeServiceStub(channel).CreateKeypair.future(request, timeout=30)
            self.eventually('it is at it', self.redis.everything)
            process.process.kill()
            process.end()
            self.assertTrue(call.exception())
        self.simulation.clear_faults('alpha')
        # As soon as nothing has been heard of it for 15 s.
        self.assertTrue(self.pair(self.replicas[0], once).result().keypair.private_key)


class LossTest(StoreCase):
    def test_no_call_fails_while_it_goes_and_comes(self) -> None:
        stop = threading.Event()
        failed: list[Exception] = []
        done = [0, 0]

        def ask(number: int) -> None:
            while not stop.is_set():
                try:
                    self.assertEqual(len(self.names(self.replicas[number % 2], max_age={'nanos': 50_000_000})), 20)
                    done[number % 2] += 1
                except Exception as error:
                    failed.append(error)

        threads = [threading.Thread(target=ask, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for _ in range(3):
            time.sleep(0.7)
            self.redis.kill()
            time.sleep(0.7)
            self.redis.start()
        time.sleep(1.5)
        stop.set()
        for thread in threads:
            thread.join()
        self.assertEqual(failed, [])
        self.assertGreater(min(done), 20)

    def test_one_that_was_never_there_costs_no_call(self) -> None:
        self.redis.kill()
        oaktree = self.replica()
        self.assertEqual(len(self.names(oaktree)), 20)
        self.redis.start()

    def test_what_was_written_while_it_could_not_be_told_is_known_as_soon_as_it_can(self) -> None:
        writer, reader = self.replicas
        name = min(self.names(reader))
        with mock.patch.object(caching, 'STALE', 1000):
            # It keeps what it has, and its answers do not come.
            self.redis.pause()
            writer.compute.DeleteServer(
                pb.DeleteServerRequest(location={'cloud': 'alpha'}, name_or_id=name, wait={'seconds': 10}), timeout=20
            )
            self.assertNotIn(name, self.names(writer))
            self.redis.resume()
            self.eventually('the reader knows', lambda: name not in self.names(reader))
            self.assertNotIn(name, self.names(writer))

    def test_nonsense_on_its_channel_deafens_nobody(self) -> None:
        writer, reader = self.replicas
        name = min(self.names(reader))
        for nonsense in ('5', 'null', '{', '{"origin": 1}', '[]'):
            self.redis.publish('oaktree:forget', nonsense)
        time.sleep(2)
        writer.compute.DeleteServer(
            pb.DeleteServerRequest(location={'cloud': 'alpha'}, name_or_id=name, wait={'seconds': 10}), timeout=20
        )
        with mock.patch.object(caching, 'STALE', 1000):
            self.eventually('the reader knows', lambda: name not in self.names(reader))

    def test_what_was_written_while_it_was_away_is_known_when_it_is_back(self) -> None:
        writer, reader = self.replicas
        with mock.patch.object(caching, 'STALE', 1000):
            self.names(reader)
            self.redis.kill()
            writer.compute.DeleteServer(
                pb.DeleteServerRequest(location={'cloud': 'alpha'}, name_or_id=min(self.names(writer)), wait={'seconds': 10}),
                timeout=20,
            )
            self.redis.start()
            self.eventually('the reader knows', lambda: len(self.names(reader)) == 19)
