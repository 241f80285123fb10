# SPDX-License-Identifier: Apache-2.0
"""The same ``request_id`` twice does the work once."""

import asyncio
import unittest
import uuid
from typing import Any
from unittest import mock

from oaktreemodel import v1 as pb

from oaktree import context, errors, repeats
from oaktree.background import Background
from oaktree.caller import Owner
from oaktree.repeats import Repeats
from tests.unit.fake import Clock, settle

AWAY = errors.Failure(errors.Code.UNAVAILABLE, 'CLOUD_FAILED', 'The cloud says: no.')
ONCE = '6f1c9d3e-0000-4000-8000-000000000001'


def request(request_id: str = ONCE, name: str = 'key') -> pb.CreateKeypairRequest:
    return pb.CreateKeypairRequest(name=name, request_id=request_id)


class RepeatsTest(unittest.IsolatedAsyncioTestCase):
    def setUp(self) -> None:
        self.clock = Clock()
        patch = mock.patch.object(repeats, 'time', self.clock)
        patch.start()
        self.addCleanup(patch.stop)
        self.repeats = Repeats(Background())
        self.done = 0
        self.failure: Exception | None = None
        self.open = asyncio.Event()
        self.open.set()

    async def work(self) -> Any:
        self.done += 1
        number = self.done
        await self.open.wait()
        if self.failure:
            raise self.failure
        return pb.CreateKeypairResponse(keypair={'name': f'made-{number}'})

    async def once(self, asked: Any = None) -> str:
        answer: Any = await self.repeats.once(asked or request(), self.work, pb.CreateKeypairResponse)
        return answer.keypair.name

    def start(self, asked: Any = None) -> 'asyncio.Task[str]':
        return asyncio.get_running_loop().create_task(self.once(asked))

    async def refuses(self, asked: Any, reason: str, *words: str) -> None:
        with self.assertRaises(errors.Failure) as caught:
            await self.once(asked)
        self.assertEqual((caught.exception.code, caught.exception.reason), (errors.Code.INVALID_ARGUMENT, reason))
        for word in ('request_id', *words):
            self.assertIn(word, caught.exception.message)

    async def test_a_repeat_gets_the_first_answer(self) -> None:
        self.assertEqual([await self.once() for _ in range(3)], ['made-1'] * 3)
        self.assertEqual(self.done, 1)

    async def test_repeats_at_once_share_the_work(self) -> None:
        self.open.clear()
        callers = [self.start() for _ in range(20)]
        await settle()
        self.open.set()
        self.assertEqual(await asyncio.gather(*callers), ['made-1'] * 20)
        self.assertEqual(self.done, 1)

    async def test_without_an_id_everything_is_done_each_time(self) -> None:
        self.assertEqual([await self.once(request('')) for _ in range(3)], ['made-1', 'made-2', 'made-3'])

    async def test_a_client_that_goes_finds_its_answer_when_it_asks_again(self) -> None:
        self.open.clear()
        first = self.start()
        await settle()
        first.cancel()
        await settle()
        self.open.set()
        self.assertEqual(await self.once(), 'made-1')
        self.assertEqual(self.done, 1)

    async def test_a_failure_is_tried_again(self) -> None:
        for failure in (AWAY, ValueError('nobody foresaw this')):
            self.repeats, self.done, self.failure = Repeats(Background()), 0, failure
            with self.assertRaises(type(failure)):
                await self.once()
            self.failure = None
            self.assertEqual(await self.once(), 'made-2')
            self.assertEqual(await self.once(), 'made-2')

    async def test_a_failure_reaches_all_who_wait_for_it(self) -> None:
        self.open.clear()
        self.failure = AWAY
        callers = [self.start() for _ in range(5)]
        await settle()
        self.open.set()
        self.assertEqual(await asyncio.gather(*callers, return_exceptions=True), [AWAY] * 5)
        self.assertEqual(self.done, 1)

    async def test_an_id_is_good_for_one_request(self) -> None:
        await self.once()
        await self.refuses(request(name='other'), 'REQUEST_ID_REUSED')
        await self.refuses(pb.DeleteKeypairRequest(name_or_id='key', request_id=ONCE), 'REQUEST_ID_REUSED')
        self.assertEqual(self.done, 1)

    async def test_requests_of_the_same_bytes_are_told_apart_by_rpc(self) -> None:
        # A Start and a Stop of one server differ in nothing but their type.
        await self.once(pb.StartServerRequest(name_or_id='s', request_id=ONCE))
        await self.refuses(pb.StopServerRequest(name_or_id='s', request_id=ONCE), 'REQUEST_ID_REUSED')

    async def test_callers_do_not_get_each_others_answers(self) -> None:
        self.assertEqual(await self.once(), 'made-1')
        context.begin(context.Call(caller=Owner('another')))
        self.assertEqual(await self.once(), 'made-2')
        self.assertEqual(await self.once(request(name='other', request_id=str(uuid.UUID(int=7)))), 'made-3')

    async def test_one_uuid_may_be_written_in_two_ways(self) -> None:
        self.assertEqual(await self.once(request(ONCE)), 'made-1')
        # It is the same id, hence the same request only if that is the same, too.
        await self.refuses(request(ONCE.upper(), name='other'), 'REQUEST_ID_REUSED')

    async def test_what_is_no_uuid_is_refused(self) -> None:
        for text in ('once', '1', ONCE[:-1], ONCE + '0', 'é' * 36, ' '):
            with self.subTest(text):
                await self.refuses(request(text), 'INVALID_FIELD', 'UUID')
        self.assertEqual(self.done, 0)

    async def test_an_answer_is_remembered_for_its_time(self) -> None:
        await self.once()
        self.clock.now += repeats.LIFETIME - 1
        self.assertEqual(await self.once(), 'made-1')
        self.clock.now += 2
        self.assertEqual(await self.once(), 'made-2')

    async def test_as_many_are_remembered_as_there_is_room_for(self) -> None:
        with mock.patch.object(repeats, 'MOST', 3):
            for number in range(5):
                await self.once(request(str(uuid.UUID(int=number))))
            self.assertEqual(self.done, 5)
            await self.once(request(str(uuid.UUID(int=4))))
            self.assertEqual(self.done, 5)
            await self.once(request(str(uuid.UUID(int=0))))
            self.assertEqual(self.done, 6)

    async def test_work_under_way_is_not_forgotten(self) -> None:
        with mock.patch.object(repeats, 'MOST', 1):
            self.open.clear()
            first = self.start()
            await settle()
            self.clock.now += repeats.LIFETIME * 2
            others = [self.start(request(str(uuid.UUID(int=number)))) for number in range(3)]
            again = self.start()
            await settle()
            self.open.set()
            self.assertEqual(await first, 'made-1')
            self.assertEqual(await again, 'made-1')
            await asyncio.gather(*others)


if __name__ == '__main__':
    unittest.main()
