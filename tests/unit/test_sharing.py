# SPDX-License-Identifier: Apache-2.0
"""A document costs one request at a time, and is never older than somebody who asks for it may take it to be."""

import asyncio
import unittest

from oaktree import errors
from oaktree.backends import sharing
from oaktree.backends.base import Dated
from oaktree.backends.sharing import SharingBackend
from tests.unit.fake import ALPHA, BETA, FakeBackend, settle


class SharingTest(unittest.IsolatedAsyncioTestCase):
    def setUp(self) -> None:
        self.cloud = FakeBackend(ALPHA, BETA)
        self.sharing = SharingBackend(self.cloud)

    def ask(self, count: int = 1, path: str = '/limits', max_age: float = 0.0) -> 'list[asyncio.Task[Dated]]':
        loop = asyncio.get_running_loop()
        return [loop.create_task(self.sharing.fetch(ALPHA, 'compute', path, max_age=max_age)) for _ in range(count)]

    async def answers(self, *tasks: 'asyncio.Task[Dated]') -> list[int]:
        return [told.document['answer'] for told in await asyncio.gather(*tasks)]

    async def test_those_who_ask_at_once_share_one_and_those_who_come_later_the_next(self) -> None:
        self.cloud.hold()
        first = self.ask(3)
        await settle()
        later = self.ask(5)
        await settle()
        self.assertEqual(self.cloud.count('fetch'), 1)
        self.cloud.release()
        self.assertEqual(await self.answers(*first), [1] * 3)
        self.assertEqual(await self.answers(*later), [2] * 5)
        self.assertEqual(self.cloud.count('fetch'), 2)

    async def test_nobody_gets_an_old_one_unasked(self) -> None:
        self.assertEqual(await self.answers(*self.ask()), [1])
        self.assertEqual(await self.answers(*self.ask(max_age=60)), [1])
        self.assertEqual(await self.answers(*self.ask()), [2])

    async def test_one_of_another_place_or_path_is_another(self) -> None:
        await asyncio.gather(*self.ask(), *self.ask(path='/other'), self.sharing.fetch(BETA, 'compute', '/limits'))
        self.assertEqual(self.cloud.count('fetch'), 3)

    async def test_who_asks_after_one_that_fails_is_told_of_the_next(self) -> None:
        self.cloud.hold()
        self.cloud.failures[ALPHA] = errors.Failure(errors.Code.UNAVAILABLE, 'CLOUD_FAILED', 'The cloud says: no.')
        first, joined = self.ask(2)
        await settle()
        later = self.ask()
        await settle()
        self.cloud.failures.clear()
        self.cloud.release()
        for one in (first, joined):
            with self.assertRaises(errors.Failure):
                await one
        self.assertEqual(await self.answers(*later), [2])

    async def test_who_goes_away_leaves_the_others_theirs(self) -> None:
        self.cloud.hold()
        gone, stays = self.ask(2)
        await settle()
        gone.cancel()
        self.cloud.release()
        self.assertEqual(await self.answers(stays), [1])

    async def test_only_so_many_are_remembered(self) -> None:
        for n in range(sharing.MOST + 10):
            await self.sharing.fetch(ALPHA, 'compute', f'/{n}')
        self.assertEqual(len(self.sharing._known), sharing.MOST)


if __name__ == '__main__':
    unittest.main()
