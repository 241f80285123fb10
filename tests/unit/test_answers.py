# SPDX-License-Identifier: Apache-2.0
"""Answers that are given again, and what ends that."""

import math
import unittest
import weakref
from typing import Any
from unittest import mock

import grpc
from oaktreemodel import v1 as pb

from oaktree import answers, errors, finding, verbs
from oaktree.answers import Answers
from oaktree.backends import caching
from oaktree.backends.caching import CachingBackend
from oaktree.background import Background
from oaktree.interceptors import CallHandlers
from oaktree.paging import Pages
from oaktree.repeats import Repeats
from oaktree.rows.compute import SERVER
from oaktree.services.compute import Compute
from tests.unit.fake import ALPHA, BETA, Clock, FakeBackend, owner_auth, settle, uuid


class Thing:
    """Something that can be referred to weakly."""


class MemoryTest(unittest.TestCase):
    def setUp(self) -> None:
        self.thing = Thing()
        self.known, self.version = math.inf, 0
        self.looks = 0
        self.answers = Answers(self.current, lambda: self.version, room=40_000)

    def current(self, _key: str, thing: Thing, _max_age: float | None) -> float:
        self.looks += 1
        return self.known if thing is self.thing else 0.0

    def put(self, request: bytes, answer: bytes = b'answer', caller: str = 'me') -> None:
        self.answers.put(caller, 'ListServers', request, answer, [('key', weakref.ref(self.thing))], None, 0.0)

    def get(self, request: bytes, caller: str = 'me', rpc: str = 'ListServers') -> bytes | None:
        return self.answers.get(caller, rpc, request)

    def test_an_equal_request_of_the_same_caller_is_answered(self) -> None:
        self.put(b'a')
        self.assertEqual(self.get(b'a'), b'answer')
        self.assertIsNone(self.get(b'b'))
        self.assertIsNone(self.get(b'a', rpc='ListImages'))
        self.assertIsNone(self.get(b'a', caller='another'))

    def test_what_it_was_made_of_ends_it(self) -> None:
        self.put(b'a')
        self.known = 0.0
        self.assertIsNone(self.get(b'a'))
        self.assertEqual(self.answers.used, 0)
        self.known = math.inf
        self.put(b'a')
        self.thing = Thing()
        self.assertIsNone(self.get(b'a'))

    def test_it_is_looked_at_again_when_the_cache_changes_or_its_time_is_over(self) -> None:
        clock = Clock()
        self.known = clock.now + 5
        with mock.patch.object(answers, 'time', clock):
            self.put(b'a')
            for _ in range(3):
                self.assertIsNotNone(self.get(b'a'))
            self.assertEqual(self.looks, 1)
            self.version += 1
            self.assertIsNotNone(self.get(b'a'))
            self.assertEqual(self.looks, 2)
            clock.now -= 3600  # a clock that was set back proves nothing
            self.assertIsNotNone(self.get(b'a'))
            self.assertEqual(self.looks, 3)
            clock.now += 3605
            self.known += 1
            self.assertIsNotNone(self.get(b'a'))
            self.assertEqual(self.looks, 4)
            self.thing = Thing()
            self.version += 1
            self.assertIsNone(self.get(b'a'))

    def test_it_ends_with_its_page_tokens(self) -> None:
        clock = Clock()
        with mock.patch.object(answers, 'time', clock):
            self.put(b'a')
            clock.now += answers.LIFETIME + 1
            self.assertIsNone(self.get(b'a'))

    def test_the_longest_unused_goes_first_and_a_huge_one_is_not_kept(self) -> None:
        for request in (b'a', b'b', b'c', b'd', b'e', b'f', b'g', b'h', b'i'):
            self.put(request, bytes(3900))
            self.get(b'a')
        self.assertIsNotNone(self.get(b'a'))
        self.assertIsNone(self.get(b'b'))
        self.assertLessEqual(self.answers.used, 40_000)
        self.put(b'a', bytes(6000))
        self.assertIsNone(self.get(b'a'))


class ServedTest(unittest.IsolatedAsyncioTestCase):
    """A service with its cache, over gRPC."""

    async def asyncSetUp(self) -> None:
        self.clock = Clock()
        for module in (caching, answers, finding, verbs):
            self.enterContext(mock.patch.object(module, 'time', self.clock))
        self.cloud = FakeBackend(ALPHA, BETA, clock=self.clock)
        self.cloud.put(ALPHA, SERVER, *(pb.Server(id=uuid(n), name=f'server-{n}') for n in range(3)))
        self.cache = CachingBackend(self.cloud)
        background = Background()
        self.servicer = Compute(self.cache, Pages(bytes(32)), Repeats(background), background)
        handlers = CallHandlers(Answers(self.cache.current, self.cache.version), owner_auth())
        pb.add_ComputeServiceServicer_to_server(self.servicer, handlers)
        server = grpc.aio.server(handlers=[handlers])
        port = server.add_insecure_port('127.0.0.1:0')
        await server.start()
        self.addAsyncCleanup(server.stop, 0)
        channel = grpc.aio.insecure_channel(f'127.0.0.1:{port}')
        self.addAsyncCleanup(channel.close)
        self.compute = pb.ComputeServiceStub(channel)
        self.composed = self.enterContext(mock.patch('oaktree.verbs.compose', wraps=verbs.compose))

    async def names(self, **fields: Any) -> list[str]:
        return [server.name for server in (await self.compute.ListServers(pb.ListServersRequest(**fields))).servers]

    async def test_an_equal_request_is_composed_once(self) -> None:
        for _ in range(5):
            self.assertEqual(await self.names(), ['server-0', 'server-1', 'server-2'])
        self.assertEqual(self.composed.call_count, 1)
        await self.names(page_size=2)
        self.assertEqual(self.composed.call_count, 2)

    async def test_a_write_ends_it(self) -> None:
        await self.names()
        self.cloud.put(ALPHA, SERVER)
        await self.cache.delete(SERVER, ALPHA, uuid(0))
        self.assertEqual(await self.names(), [])

    async def test_its_age_ends_it(self) -> None:
        await self.names()
        self.clock.now += 2
        self.cloud.put(ALPHA, SERVER)
        self.assertEqual(len(await self.names(max_age={'seconds': 3})), 3)
        self.clock.now += 2
        self.assertEqual(await self.names(max_age={'seconds': 3}), [])

    async def test_zero_age_is_never_answered_from_it(self) -> None:
        for number in range(3):
            self.clock.now += 0.001
            await self.names(max_age={})
            self.assertEqual(self.cloud.count('list'), 2 * (number + 1))

    async def test_while_one_refresh_runs_the_old_one_is_given_as_bytes(self) -> None:
        await self.names()
        self.clock.now += SERVER.ttl + 0.1
        self.cloud.put(ALPHA, SERVER)
        self.cloud.hold()
        for _ in range(5):
            self.assertEqual(len(await self.names()), 3)
        # The first of them began the refresh.
        self.assertEqual(self.composed.call_count, 2)
        self.cloud.release()
        await settle()
        self.assertEqual(await self.names(), [])

    async def test_an_equal_get_is_not_looked_up_again(self) -> None:
        request = pb.GetServerRequest(name_or_id='server-1')
        with mock.patch('oaktree.finding.find', wraps=finding.find) as find:
            for _ in range(3):
                self.assertEqual((await self.compute.GetServer(request)).server.id, uuid(1))
        self.assertEqual(find.call_count, 1)

    async def test_what_could_not_be_read_whole_is_asked_for_again(self) -> None:
        self.cloud.failures[BETA] = errors.Failure(errors.Code.UNAVAILABLE, 'CLOUD_FAILED', 'The cloud says: no.')
        self.assertEqual(len(await self.names(return_partial_success=True)), 3)
        del self.cloud.failures[BETA]
        self.cloud.put(BETA, SERVER, pb.Server(id=uuid(9), name='server-9'))
        self.assertEqual(len(await self.names(return_partial_success=True)), 4)
