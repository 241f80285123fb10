# SPDX-License-Identifier: Apache-2.0
"""Gets that arrive together cost one List, and answer as if each had come alone."""

import asyncio
import unittest
from typing import Any
from unittest import mock

from oaktreemodel import v1 as pb

from oaktree import context, errors
from oaktree.backends import batching
from oaktree.backends.batching import FEW, BatchingBackend
from oaktree.backends.caching import CachingBackend
from oaktree.resource import Snapshot
from oaktree.rows.compute import FLAVOR, SERVER
from oaktree.rows.image import IMAGE
from tests.unit.fake import ALPHA, BETA, FakeBackend, settle, until

AWAY = errors.Failure(errors.Code.UNAVAILABLE, 'CLOUD_FAILED', 'The cloud says: no.')
MANY = FEW * 10


def names(*snapshots: Snapshot) -> list[list[str]]:
    return [[item.name for item in snapshot.items] for snapshot in snapshots]


class BatchingTest(unittest.IsolatedAsyncioTestCase):
    def setUp(self) -> None:
        self.cloud = FakeBackend(ALPHA, BETA)
        self.cloud.put(ALPHA, SERVER, *(pb.Server(id=f's{n}', name=f'server-{n}') for n in range(MANY)))
        self.batching = BatchingBackend(self.cloud)

    def get(self, *ids: str, resource: Any = SERVER, place: Any = ALPHA) -> 'list[asyncio.Task[Snapshot]]':
        loop = asyncio.get_running_loop()
        return [loop.create_task(self.batching.get(resource, place, item_id)) for item_id in ids]

    async def test_a_few_are_asked_for_one_by_one(self) -> None:
        found = await asyncio.gather(*self.get(*(f's{n}' for n in range(FEW))))
        self.assertEqual(names(*found), [[f'server-{n}'] for n in range(FEW)])
        self.assertEqual((self.cloud.count('get'), self.cloud.count('list')), (FEW, 0))

    async def test_many_cost_one_list(self) -> None:
        found = await asyncio.gather(*self.get(*(f's{n}' for n in range(MANY))))
        self.assertEqual(names(*found), [[f'server-{n}'] for n in range(MANY)])
        self.assertEqual((self.cloud.count('get'), self.cloud.count('list')), (0, 1))

    async def test_those_who_come_while_a_list_is_read_share_the_next(self) -> None:
        self.cloud.hold()
        first = self.get(*(f's{n}' for n in range(10)))
        await until(lambda: self.cloud.count('list') == 1)
        later = []
        for n in range(10, MANY):
            later += self.get(f's{n}')
            await asyncio.sleep(0.001)
        await asyncio.sleep(0.02)
        self.assertEqual(self.cloud.count('list'), 1)
        self.cloud.release()
        self.assertEqual(names(*await asyncio.gather(*first, *later)), [[f'server-{n}'] for n in range(MANY)])
        self.assertEqual(self.cloud.count('list'), 2)
        self.assertLessEqual(self.cloud.count('get'), FEW)

    async def test_of_many_pages_more_are_asked_for_one_by_one(self) -> None:
        self.cloud.put(ALPHA, SERVER, *(pb.Server(id=f's{n}') for n in range(batching.PAGE * 10)))
        await self.batching.list(SERVER, ALPHA)
        await asyncio.gather(*self.get(*(f's{n}' for n in range(FEW * 10))))
        self.assertEqual((self.cloud.count('get'), self.cloud.count('list')), (FEW * 10, 1))
        await asyncio.gather(*self.get(*(f's{n}' for n in range(FEW * 20))))
        self.assertEqual(self.cloud.count('list'), 2)

    async def test_the_list_that_was_read_comes_along(self) -> None:
        self.enterContext(mock.patch('oaktree.backends.caching.time', self.cloud.clock))
        cache = CachingBackend(self.batching)
        await asyncio.gather(*(cache.get(SERVER, ALPHA, f's{n}') for n in range(MANY)))
        self.assertEqual(len((await cache.list(SERVER, ALPHA)).items), MANY)
        self.assertEqual((self.cloud.count('get'), self.cloud.count('list')), (0, 1))
        self.assertEqual(repr(cache), '<CachingBackend [1 answers, 0 being read]>')

    async def test_the_same_id_is_asked_for_once(self) -> None:
        found = await asyncio.gather(*self.get(*['s1'] * MANY))
        self.assertEqual(names(*found), [['server-1']] * MANY)
        self.assertEqual((self.cloud.count('get'), self.cloud.count('list')), (1, 0))

    async def test_places_and_kinds_are_kept_apart(self) -> None:
        self.cloud.put(BETA, SERVER, pb.Server(id='s1', name='of beta'))
        self.cloud.put(ALPHA, FLAVOR, pb.Flavor(id='s1', name='flavor'))
        found = await asyncio.gather(*self.get('s1'), *self.get('s1', place=BETA), *self.get('s1', resource=FLAVOR))
        self.assertEqual(names(*found), [['server-1'], ['of beta'], ['flavor']])

    async def test_a_name_is_no_id(self) -> None:
        found = await asyncio.gather(*self.get(*(f'server-{n}' for n in range(MANY))))
        self.assertEqual(names(*found), [[]] * MANY)

    async def test_what_a_list_does_not_tell_of_is_found_alone_or_in_company(self) -> None:
        # Glance lists no hidden image, Nova no private flavor; a Get finds them.
        self.cloud.unlisted[ALPHA, IMAGE.key] = [pb.Image(id='hidden', name='hidden one')]
        self.cloud.put(ALPHA, IMAGE, *(pb.Image(id=f'i{n}', name=f'image-{n}') for n in range(MANY)))
        (alone,) = await asyncio.gather(*self.get('hidden', resource=IMAGE))
        self.assertEqual(names(alone), [['hidden one']])
        *_, together = await asyncio.gather(*self.get(*(f'i{n}' for n in range(MANY)), 'hidden', resource=IMAGE))
        self.assertEqual(names(together), [['hidden one']])

    async def test_a_failure_of_one_is_no_loss_to_the_others(self) -> None:
        self.cloud.failures[BETA] = AWAY
        good, bad = self.get('s1') + self.get('s1', place=BETA)
        self.assertEqual(await asyncio.gather(bad, return_exceptions=True), [AWAY])
        self.assertEqual(names(await good), [['server-1']])

    async def test_a_failure_of_the_list_reaches_all(self) -> None:
        for failure in (AWAY, ValueError('nobody foresaw this')):
            self.cloud.failures[ALPHA] = failure
            found = await asyncio.gather(*self.get(*(f's{n}' for n in range(MANY))), return_exceptions=True)
            self.assertEqual(found, [failure] * MANY)

    async def test_a_caller_who_goes_does_not_take_the_others_along(self) -> None:
        for number in (FEW, MANY):
            self.cloud.hold()
            first, *others = self.get(*(f's{n}' for n in range(number)), 's0')
            await settle()
            first.cancel()
            await settle()
            self.cloud.release()
            found = await asyncio.gather(*others)
            self.assertTrue(first.cancelled())
            self.assertEqual(names(*found), [[f'server-{n}'] for n in range(1, number)] + [['server-0']])

    async def test_those_who_come_during_a_reading_make_one_of_their_own(self) -> None:
        self.cloud.hold()
        early = self.get(*(f's{n}' for n in range(MANY)))
        await until(lambda: self.cloud.count('list') == 1)
        self.cloud.put(ALPHA, SERVER, pb.Server(id='s0', name='changed'))
        late = self.get(*(f's{n}' for n in range(MANY)))
        await asyncio.sleep(0.03)
        # One after the other.
        self.assertEqual(self.cloud.count('list'), 1)
        self.cloud.release()
        self.assertEqual(names((await asyncio.gather(*early))[0]), [['server-0']])
        self.assertEqual(names(await late[0]), [['changed']])
        await asyncio.gather(*late)

    async def test_a_batch_is_nobodys_call(self) -> None:
        context.begin(context.Call(rpc='GetServer', deadline=0))
        await asyncio.gather(*self.get('s1'), *self.get(*(f's{n}' for n in range(MANY)), resource=FLAVOR))
        self.assertEqual(set(self.cloud.rpcs), {'-'})


if __name__ == '__main__':
    unittest.main()
