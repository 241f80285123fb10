# SPDX-License-Identifier: Apache-2.0
"""One poll serves all who wait, goes on while the cloud is away, and ends with the last of them."""

import asyncio
import unittest
from typing import Any
from unittest import mock

from oaktreemodel import v1 as pb

from oaktree import errors
from oaktree.backends import watching
from oaktree.backends.watching import WatchingBackend
from oaktree.resource import Snapshot
from oaktree.rows.compute import SERVER
from oaktree.rows.network import FLOATING_IP
from tests.unit.fake import ALPHA, BETA, FakeBackend, settle, until

AWAY = errors.Failure(errors.Code.UNAVAILABLE, 'CLOUD_FAILED', 'The cloud says: no.')
LONG = 30.0


def active(server: Any) -> bool:
    return server is not None and server.native_status == 'ACTIVE'


def gone(server: Any) -> bool:
    return server is None


class WatchingTest(unittest.IsolatedAsyncioTestCase):
    def setUp(self) -> None:
        patch = mock.patch.object(watching, 'INTERVAL', 0.002)
        patch.start()
        self.addCleanup(patch.stop)
        self.cloud = FakeBackend(ALPHA, BETA)
        self.watching = WatchingBackend(self.cloud)

    async def asyncSetUp(self) -> None:
        # A thousand of anything takes longer than asyncio's debug mode, which is on in these tests, likes.
        asyncio.get_running_loop().slow_callback_duration = 10

    def servers(self, number: int, status: str = 'BUILD', place: Any = ALPHA) -> None:
        self.cloud.put(place, SERVER, *(pb.Server(id=f's{n}', native_status=status) for n in range(number)))

    def wait(self, item_id: str, done: Any = active, timeout: float = LONG, place: Any = ALPHA) -> 'asyncio.Task[Any]':
        return asyncio.get_running_loop().create_task(self.watching.wait(SERVER, place, item_id, done, timeout))

    async def polls(self, number: int) -> None:
        """Let so many polls more begin."""
        seen = len(self.cloud.calls)
        await until(lambda: len(self.cloud.calls) >= seen + number)

    def assert_state(self, polls: int, waiters: int) -> None:
        self.assertEqual(repr(self.watching), f'<WatchingBackend [{polls} polls, {waiters} waiters, 0 watchers]>')

    def assert_nothing_goes_on(self) -> None:
        self.assert_state(0, 0)
        self.assertEqual(asyncio.all_tasks(), {asyncio.current_task()})

    async def test_a_thousand_waiters_cost_one_list_a_poll(self) -> None:
        self.servers(1000)
        waiters = [self.wait(f's{n}') for n in range(1000)]
        await self.polls(3)
        self.assert_state(1, 1000)
        self.assertEqual(self.cloud.count('get'), 0)
        self.assertEqual([call[:2] for call in self.cloud.calls[:2]], [('list', ALPHA), ('changes', ALPHA)])
        self.assertEqual(self.cloud.count('list'), 1)
        self.servers(1000, 'ACTIVE')
        before = self.cloud.count('changes')
        found = await asyncio.gather(*waiters)
        self.assertEqual([server.id for server in found], [f's{n}' for n in range(1000)])
        # The one under way, and the one that saw the change.
        self.assertLessEqual(self.cloud.count('changes') - before, 2)
        self.assertEqual(self.cloud.count('list'), 1)
        await settle()
        self.assert_nothing_goes_on()

    async def test_what_changes_do_not_tell_is_looked_for_in_full(self) -> None:
        self.servers(2)
        loop = asyncio.get_running_loop()
        full = loop.create_task(self.watching.wait(SERVER, ALPHA, 's0', active, LONG, in_full=True))
        other = self.wait('s1')
        await self.polls(4)
        self.assertEqual(self.cloud.count('changes'), 0)
        self.servers(2, 'ACTIVE')
        await asyncio.gather(full, other)

    async def test_one_that_is_too_new_to_have_changed_is_not_taken_for_gone(self) -> None:
        self.servers(2)
        waiters = [self.wait('s0'), self.wait('s1')]
        await self.polls(2)
        old = self.cloud.items[ALPHA, SERVER.key]
        self.servers(3)
        with mock.patch.object(self.cloud, 'changes', return_value=Snapshot.of(old, self.cloud.clock.time())):
            waiters.append(self.wait('s2'))
            await self.polls(6)
            self.assertFalse(waiters[2].done())
        self.servers(3, 'ACTIVE')
        await asyncio.gather(*waiters)

    async def test_a_thousand_waiters_for_one_cost_one_get_a_poll(self) -> None:
        self.servers(1, 'ACTIVE')
        await asyncio.gather(*(self.wait('s0') for _ in range(1000)))
        self.assertEqual([call[0] for call in self.cloud.calls], ['get'])

    async def test_a_wait_ends_when_it_is_done_or_gone(self) -> None:
        self.servers(2)
        ready, vanished = self.wait('s0'), self.wait('s1', gone)
        await self.polls(2)
        self.assertFalse(ready.done() or vanished.done())
        self.servers(1, 'ACTIVE')
        self.assertEqual((await ready).native_status, 'ACTIVE')
        self.assertIsNone(await vanished)

    async def test_places_and_kinds_are_polled_apart(self) -> None:
        self.servers(1)
        self.servers(1, 'ACTIVE', BETA)
        self.cloud.put(ALPHA, FLOATING_IP, pb.FloatingIp(id='s0', native_status='ACTIVE'))
        waiting = self.wait('s0')
        self.assertEqual((await self.wait('s0', place=BETA)).native_status, 'ACTIVE')
        self.assertIsInstance(await self.watching.wait(FLOATING_IP, ALPHA, 's0', active, LONG), pb.FloatingIp)
        self.assertFalse(waiting.done())
        self.assert_state(1, 1)
        waiting.cancel()

    async def test_one_who_goes_leaves_no_poll(self) -> None:
        self.servers(2)
        first, second = self.wait('s0'), self.wait('s1')
        await self.polls(1)
        first.cancel()
        await settle()
        self.assert_state(1, 1)
        await self.polls(2)
        second.cancel()
        await settle()
        self.assert_nothing_goes_on()
        before = len(self.cloud.calls)
        await asyncio.sleep(0.01)
        self.assertEqual(len(self.cloud.calls), before)

    async def test_one_who_goes_during_a_look_leaves_no_poll(self) -> None:
        self.servers(1)
        self.cloud.hold()
        only = self.wait('s0')
        await self.polls(1)
        only.cancel()
        await settle()
        self.assert_nothing_goes_on()

    async def test_one_who_comes_later_joins_the_poll(self) -> None:
        self.servers(2)
        first = self.wait('s0')
        await self.polls(2)
        second = self.wait('s1')
        await self.polls(2)
        self.assert_state(1, 2)
        self.assertIn(self.cloud.calls[-1][0], ('list', 'changes'))
        self.servers(2, 'ACTIVE')
        await asyncio.gather(first, second)

    async def test_one_who_comes_after_the_last_has_gone_is_served(self) -> None:
        self.servers(1, 'ACTIVE')
        for _ in range(5):
            self.assertEqual((await self.wait('s0')).native_status, 'ACTIVE')
            self.assert_state(0, 0)

    async def test_a_wait_goes_on_while_the_cloud_fails(self) -> None:
        self.servers(1)
        waiting = self.wait('s0')
        await self.polls(1)
        with self.assertLogs('oaktree', 'WARNING') as logs:
            self.cloud.failures[ALPHA] = AWAY
            await self.polls(3)
            self.assertFalse(waiting.done())
            del self.cloud.failures[ALPHA]
            self.servers(1, 'ACTIVE')
            self.assertEqual((await waiting).native_status, 'ACTIVE')
        self.assertIn('alpha/one: cannot see how servers are', logs.output[0])

    async def test_what_nobody_foresaw_ends_every_wait(self) -> None:
        self.servers(2)
        waiters = [self.wait('s0'), self.wait('s1')]
        await self.polls(1)
        error = self.cloud.failures[ALPHA] = ValueError('nobody foresaw this')
        with self.assertLogs('oaktree', 'ERROR'):
            self.assertEqual(await asyncio.gather(*waiters, return_exceptions=True), [error, error])
        await settle()
        self.assert_nothing_goes_on()
        # The next who waits has a poll that runs.
        del self.cloud.failures[ALPHA]
        self.servers(2, 'ACTIVE')
        self.assertEqual((await self.wait('s0')).native_status, 'ACTIVE')

    async def test_a_mistake_in_one_waiters_question_ends_no_wait_in_silence(self) -> None:
        def mistaken(_server: Any) -> bool:
            raise ZeroDivisionError

        self.servers(2)
        with self.assertLogs('oaktree', 'ERROR'):
            other = self.wait('s1')
            with self.assertRaises(ZeroDivisionError):
                async with asyncio.timeout(1):
                    await self.wait('s0', mistaken)
        other.cancel()

    async def test_the_end_of_the_time_gives_what_was_last_seen(self) -> None:
        self.servers(1)
        found = await self.wait('s0', timeout=0.02)
        self.assertEqual(found.native_status, 'BUILD')
        self.assertIsNone(await self.wait('s9', timeout=0.02))
        await settle()
        self.assert_nothing_goes_on()

    async def test_no_time_at_all_is_still_one_look(self) -> None:
        # None would say that it is gone.
        self.servers(1)
        self.assertEqual((await self.wait('s0', timeout=0)).native_status, 'BUILD')
        self.assertEqual((await self.wait('s0', timeout=-1)).native_status, 'BUILD')

    async def test_no_time_and_no_cloud_is_an_error(self) -> None:
        self.cloud.failures[ALPHA] = AWAY
        with self.assertLogs('oaktree', 'WARNING'), self.assertRaises(errors.Failure):
            await self.wait('s0', timeout=0)
        await settle()
        self.assert_nothing_goes_on()

    async def test_every_look_is_at_the_cloud_itself(self) -> None:
        asked: list[Any] = []
        self.servers(1, 'ACTIVE')
        look = self.cloud.get

        async def get(resource: Any, place: Any, item_id: str, fresh_since: float | None = None) -> Any:
            asked.append(fresh_since)
            return await look(resource, place, item_id, fresh_since)

        with mock.patch.object(self.cloud, 'get', get):
            await self.wait('s0')
        self.assertEqual([type(moment) for moment in asked], [float])


if __name__ == '__main__':
    unittest.main()
