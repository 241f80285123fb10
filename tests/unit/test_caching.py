# SPDX-License-Identifier: Apache-2.0
"""What is kept, for how long, for whom; and what makes it forgotten."""

import asyncio
import contextlib
import time
import unittest
from collections.abc import Coroutine
from typing import Any
from unittest import mock

from oaktreemodel import v1 as pb

from oaktree import context, errors, memory
from oaktree.backends import caching
from oaktree.backends.caching import CachingBackend
from oaktree.caller import Caller
from oaktree.resource import Place
from oaktree.rows.compute import FLAVOR, SERVER
from oaktree.rows.network import FLOATING_IP, NETWORK
from tests.unit.fake import ALPHA, BETA, Clock, FakeBackend, settle

AWAY = errors.Failure(errors.Code.UNAVAILABLE, 'CLOUD_FAILED', 'The cloud says: no.')


def server(number: int, **fields: Any) -> pb.Server:
    return pb.Server(id=f's{number}', name=f'server-{number}', **fields)


class Case(unittest.IsolatedAsyncioTestCase):
    """A cache over a cloud of two servers, and a clock that stands still."""

    def setUp(self) -> None:
        self.clock = Clock()
        patch = mock.patch.object(caching, 'time', self.clock)
        patch.start()
        self.addCleanup(patch.stop)
        self.cloud = FakeBackend(ALPHA, BETA, clock=self.clock)
        self.cloud.put(ALPHA, SERVER, server(1), server(2))
        self.cache = CachingBackend(self.cloud)

    async def names(self, **options: Any) -> list[str]:
        return [item.name for item in (await self.cache.list(SERVER, ALPHA, **options)).items]

    def together(self, number: int, **options: Any) -> 'list[asyncio.Task[list[str]]]':
        return [self.start(self.names(**options)) for _ in range(number)]

    def start(self, work: Coroutine[Any, Any, Any]) -> 'asyncio.Task[Any]':
        return asyncio.get_running_loop().create_task(work)

    def assert_state(self, answers: int, being_read: int) -> None:
        self.assertEqual(repr(self.cache), f'<CachingBackend [{answers} answers, {being_read} being read]>')


class ReadingTest(Case):
    async def test_a_hundred_first_callers_cost_one_reading(self) -> None:
        self.cloud.hold()
        callers = self.together(100)
        await settle()
        self.assert_state(0, 1)
        self.cloud.release()
        self.assertEqual(await asyncio.gather(*callers), [['server-1', 'server-2']] * 100)
        self.assertEqual(self.cloud.count('list'), 1)
        self.assert_state(1, 0)

    async def test_a_caller_who_goes_does_not_take_the_others_along(self) -> None:
        self.cloud.hold()
        first, second = self.together(2)
        await settle()
        first.cancel()
        await settle()
        self.assertTrue(first.cancelled())
        self.cloud.release()
        self.assertEqual(await second, ['server-1', 'server-2'])
        self.assertEqual(self.cloud.count('list'), 1)

    async def test_an_answer_is_kept_though_all_who_asked_have_gone(self) -> None:
        self.cloud.hold()
        (only,) = self.together(1)
        await settle()
        only.cancel()
        self.cloud.release()
        await settle()
        await self.names()
        self.assertEqual(self.cloud.count('list'), 1)

    async def test_a_reading_is_nobodys_call(self) -> None:
        # The first caller's deadline must not end what serves others.
        context.begin(context.Call(rpc='ListServers', deadline=0))
        await self.names()
        self.assertEqual(self.cloud.rpcs, ['-'])

    async def test_a_fresh_answer_costs_no_reading(self) -> None:
        await self.names()
        self.clock.now += SERVER.ttl - 0.1
        self.cloud.put(ALPHA, SERVER)
        self.assertEqual(await self.names(), ['server-1', 'server-2'])
        self.assertEqual(self.cloud.count('list'), 1)

    async def test_an_expired_answer_is_given_at_once_and_refreshed_once(self) -> None:
        await self.names()
        self.clock.now += SERVER.ttl + 0.1
        self.cloud.put(ALPHA, SERVER, server(3))
        self.cloud.hold()
        for _ in range(10):
            self.assertEqual(await asyncio.wait_for(self.names(), 1), ['server-1', 'server-2'])
            await settle()
        self.assertEqual(self.cloud.count('list'), 2)
        self.cloud.release()
        await settle()
        self.assertEqual(await self.names(), ['server-3'])
        self.assertEqual(self.cloud.count('list'), 2)

    async def test_too_old_an_answer_is_not_given(self) -> None:
        await self.names()
        self.clock.now += SERVER.ttl * (1 + caching.STALE) + 0.1
        self.cloud.put(ALPHA, SERVER, server(3))
        self.cloud.hold()
        (caller,) = self.together(1)
        await settle()
        self.assertFalse(caller.done())
        self.cloud.release()
        self.assertEqual(await caller, ['server-3'])

    async def test_as_of_is_when_the_reading_began(self) -> None:
        began = self.clock.now
        self.cloud.hold()
        caller = self.start(self.cache.list(SERVER, ALPHA))
        await settle()
        self.clock.now += 3
        self.cloud.release()
        self.assertEqual((await caller).as_of, began)
        # So the time that it took counts as age.
        self.clock.now = began + SERVER.ttl + 0.1
        await self.names()
        await settle()
        self.assertEqual(self.cloud.count('list'), 2)

    async def test_a_get_is_answered_from_the_list(self) -> None:
        await self.names()
        found = await self.cache.get(SERVER, ALPHA, 's2')
        self.assertEqual([item.name for item in found.items], ['server-2'])
        self.assertEqual(self.cloud.count('get'), 0)

    async def test_a_get_of_what_the_list_does_not_have_asks_the_cloud(self) -> None:
        await self.names()
        self.cloud.put(ALPHA, SERVER, server(1), server(2), server(3))
        found = await self.cache.get(SERVER, ALPHA, 's3')
        self.assertEqual([item.name for item in found.items], ['server-3'])
        # A name is no id.
        self.assertEqual((await self.cache.get(SERVER, ALPHA, 'server-1')).items, [])

    async def test_that_there_is_none_is_not_kept(self) -> None:
        self.assertEqual((await self.cache.get(SERVER, ALPHA, 's9')).items, [])
        self.assert_state(0, 0)
        self.cloud.put(ALPHA, SERVER, server(9))
        self.assertEqual(len((await self.cache.get(SERVER, ALPHA, 's9')).items), 1)

    async def test_what_is_about_to_change_is_kept_for_a_moment_only(self) -> None:
        for changing in ({'native_status': 'BUILD'}, {'native_status': 'ACTIVE', 'native_task_state': 'deleting'}):
            with self.subTest(str(changing)):
                self.cache = CachingBackend(self.cloud)
                self.cloud.put(ALPHA, SERVER, server(1), server(2, **changing))
                await self.names()
                before = self.cloud.count('list')
                self.clock.now += caching.IN_TRANSITION - 0.1
                await self.names()
                self.assertEqual(self.cloud.count('list'), before)
                self.clock.now += 0.2
                await self.names()
                await settle()
                self.assertEqual(self.cloud.count('list'), before + 1)

    async def test_nobody_sees_another_callers_answer(self) -> None:
        other = Place('alpha', 'one', Caller('another'))
        self.cloud.put(other, SERVER, server(7))
        self.cloud.hold()
        mine, theirs = self.start(self.cache.list(SERVER, ALPHA)), self.start(self.cache.list(SERVER, other))
        await settle()
        self.assert_state(0, 2)
        self.cloud.release()
        self.assertEqual([item.id for item in (await mine).items], ['s1', 's2'])
        self.assertEqual([item.id for item in (await theirs).items], ['s7'])
        for place, ids in ((ALPHA, ['s1', 's2']), (other, ['s7'])):
            self.assertEqual([item.id for item in (await self.cache.list(SERVER, place)).items], ids)
        self.assertEqual((await self.cache.get(SERVER, other, 's1')).items, [])
        self.assertEqual(self.cloud.count('list'), 2)

    async def test_places_do_not_share_either(self) -> None:
        await self.names()
        self.assertEqual((await self.cache.list(SERVER, BETA)).items, [])
        self.assertEqual((await self.cache.list(SERVER, Place('alpha', 'other', ALPHA.caller))).items, [])


class MaxAgeTest(Case):
    async def test_zero_is_not_served_from_what_is_kept(self) -> None:
        await self.names()
        self.clock.now += 0.1
        self.cloud.put(ALPHA, SERVER, server(3))
        self.assertEqual(await self.names(fresh_since=self.clock.now), ['server-3'])
        self.assertEqual(self.cloud.count('list'), 2)

    async def test_ten_with_zero_at_once_cost_one_reading(self) -> None:
        self.cloud.hold()
        callers = self.together(10, fresh_since=self.clock.now)
        await settle()
        self.cloud.release()
        await asyncio.gather(*callers)
        self.assertEqual(self.cloud.count('list'), 1)

    async def test_a_reading_that_began_before_one_asked_is_not_joined(self) -> None:
        self.cloud.hold()
        (early,) = self.together(1)
        await settle()
        self.clock.now += 0.1
        self.cloud.put(ALPHA, SERVER, server(3))
        late = self.together(10, fresh_since=self.clock.now)
        await settle()
        self.assertEqual(self.cloud.count('list'), 1)
        self.cloud.release()
        self.assertEqual(await early, ['server-1', 'server-2'])
        self.assertEqual(await asyncio.gather(*late), [['server-3']] * 10)
        # All ten share the one that began after they had asked.
        self.assertEqual(self.cloud.count('list'), 2)

    async def test_one_who_waits_behind_a_reading_that_fails_is_served_all_the_same(self) -> None:
        self.cloud.hold()
        self.cloud.failures[ALPHA] = AWAY
        (early,) = self.together(1)
        await settle()
        del self.cloud.failures[ALPHA]
        self.clock.now += 0.1
        (late,) = self.together(1, fresh_since=self.clock.now)
        await settle()
        self.cloud.release()
        self.assertEqual(await late, ['server-1', 'server-2'])
        with self.assertRaises(errors.Failure):
            await early

    async def test_one_whose_clock_is_ahead_of_ours_is_served_all_the_same(self) -> None:
        # A page token of another process, say: asking again and again would make nothing newer.
        callers = self.together(10, fresh_since=self.clock.now + 60)
        self.assertEqual(await asyncio.wait_for(asyncio.gather(*callers), 5), [['server-1', 'server-2']] * 10)
        self.assertEqual(self.cloud.count('list'), 1)

    async def test_a_generous_one_accepts_what_has_expired(self) -> None:
        await self.names()
        self.clock.now += SERVER.ttl * 20
        await self.names(fresh_since=self.clock.now - SERVER.ttl * 21)
        await settle()
        self.assertEqual(self.cloud.count('list'), 1)

    async def test_it_holds_for_one_as_for_all(self) -> None:
        await self.names()
        self.clock.now += 0.1
        self.cloud.put(ALPHA, SERVER, server(1, native_status='SHUTOFF'))
        found = await self.cache.get(SERVER, ALPHA, 's1', self.clock.now)
        self.assertEqual(found.items[0].native_status, 'SHUTOFF')


class FailureTest(Case):
    async def test_reaches_all_who_wait_and_is_not_kept(self) -> None:
        self.cloud.failures[ALPHA] = AWAY
        self.cloud.hold()
        callers = self.together(5)
        await settle()
        self.cloud.release()
        self.assertEqual(await asyncio.gather(*callers, return_exceptions=True), [AWAY] * 5)
        self.assertEqual(self.cloud.count('list'), 1)
        self.assert_state(0, 0)
        del self.cloud.failures[ALPHA]
        self.assertEqual(await self.names(), ['server-1', 'server-2'])

    async def test_of_a_refresh_leaves_the_old_answer(self) -> None:
        asked = self.clock.now
        await self.names()
        self.clock.now += SERVER.ttl + 0.1
        self.cloud.failures[ALPHA] = AWAY
        for _ in range(3):
            snapshot = await self.cache.list(SERVER, ALPHA)
            await settle()
            self.assertEqual((len(snapshot.items), snapshot.as_of), (2, asked))
        # Too old to be given while it is read again, but better than nothing where it can't be.
        self.clock.now += SERVER.ttl * caching.STALE
        self.assertEqual((await self.cache.list(SERVER, ALPHA)).as_of, asked)
        with self.assertRaises(errors.Failure):
            await self.names(fresh_since=asked + 1)
        self.clock.now += caching.OUTAGE
        with self.assertRaises(errors.Failure):
            await self.names()

    async def test_of_a_credential_leaves_nothing(self) -> None:
        await self.names()
        self.clock.now += SERVER.ttl * (1 + caching.STALE) + 0.1
        self.cloud.failures[ALPHA] = errors.Failure(errors.Code.UNAUTHENTICATED, 'CLOUD_REFUSED', 'Who are you?')
        with self.assertRaises(errors.Failure):
            await self.names()


class PauseTest(Case):
    """A cloud that is known to be away, or wants to be left alone for longer than a caller has."""

    def setUp(self) -> None:
        super().setUp()
        self.cloud.hold()
        self.cloud.paused[ALPHA] = AWAY

    async def test_who_can_not_wait_is_told_at_once_and_the_reading_goes_on(self) -> None:
        for _ in range(3):
            with self.assertRaises(errors.Failure) as caught:
                await self.names()
            self.assertIs(caught.exception, AWAY)
        self.cloud.paused.clear()
        patient = self.start(self.names())
        await settle()
        self.cloud.release()
        self.assertEqual(await patient, ['server-1', 'server-2'])
        self.assertEqual(self.cloud.count('list'), 1)

    async def test_an_old_answer_is_given_at_once(self) -> None:
        self.cloud.release()
        self.cloud.paused.clear()
        await self.names()
        self.cloud.hold()
        self.cloud.paused[ALPHA] = AWAY
        self.clock.now += SERVER.ttl * (1 + caching.STALE) + 1
        self.assertEqual(await self.names(), ['server-1', 'server-2'])

    async def test_a_reading_waits_in_line_for_the_most_patient(self) -> None:
        self.cloud.paused.clear()
        calls = []
        for patience in (50, 20, 100):
            context.begin(context.Call(deadline=time.monotonic() + patience))
            calls.append(self.start(self.names()))
            await settle()
        (flight,) = self.cache._flights.values()
        self.assertTrue(50 < flight.call.in_line() <= 100)
        self.assertGreater(flight.call.remaining(), 200, 'what is under way may take longer')
        self.cloud.release()
        await asyncio.gather(*calls)


class WriteTest(Case):
    """Every write forgets its collection, and those that it touches."""

    WRITES = (
        ('create', (SERVER, ALPHA, {'server': {}})),
        ('delete', (SERVER, ALPHA, 's1')),
        ('write', (SERVER, ALPHA, 'POST', ('s1', 'action'), {'os-stop': None})),
        ('update', (SERVER, ALPHA, 's1', {'server': {'name': 'x'}})),
    )

    async def read_everything(self) -> None:
        await self.cache.get(SERVER, ALPHA, 's1')
        for resource, place in (
            (SERVER, ALPHA), (FLOATING_IP, ALPHA), (FLAVOR, ALPHA), (NETWORK, ALPHA), (SERVER, BETA),
        ):  # fmt: skip
            await self.cache.list(resource, place)

    async def test_forgets_what_it_changes_and_nothing_else(self) -> None:
        for failure in (None, AWAY, ValueError('nobody foresaw this')):
            for verb, arguments in self.WRITES:
                with self.subTest(verb, failure=failure):
                    self.cache = CachingBackend(self.cloud)
                    self.cloud.failures = {}
                    await self.read_everything()
                    self.assert_state(6, 0)
                    if failure:
                        self.cloud.failures[ALPHA] = failure
                    with contextlib.suppress(type(failure) if failure else ()):
                        await getattr(self.cache, verb)(*arguments)
                    # The servers, the one server, the floating IPs.
                    self.assert_state(3, 0)
                    self.cloud.failures, self.cloud.calls = {}, []
                    await self.read_everything()
                    self.assertEqual(
                        self.cloud.calls,
                        [('get', ALPHA, 'servers', 's1'), ('list', ALPHA, 'servers'), ('list', ALPHA, 'floatingips')],
                    )

    async def test_forgets_when_the_caller_goes_meanwhile(self) -> None:
        await self.names()
        self.cloud.hold()
        writing = self.start(self.cache.delete(SERVER, ALPHA, 's1'))
        await settle()
        writing.cancel()
        await settle()
        self.assert_state(0, 0)

    async def test_a_reading_begun_before_is_neither_kept_nor_joined(self) -> None:
        self.cloud.hold()
        (before,) = self.together(1)
        await settle()
        writing = self.start(self.cache.delete(SERVER, ALPHA, 's1'))
        await settle()
        self.cloud.put(ALPHA, SERVER, server(2))
        self.cloud.release()
        await writing
        self.cloud.hold()
        (after,) = self.together(1)
        await settle()
        self.cloud.release()
        self.assertEqual(await before, ['server-1', 'server-2'])
        self.assertEqual(await after, ['server-2'])
        self.assertEqual(await self.names(), ['server-2'])

    async def test_a_slow_reading_begun_before_does_not_overwrite_what_was_read_after(self) -> None:
        self.enterContext(mock.patch.object(caching, 'PATIENCE', 0))
        slow, quick = asyncio.Event(), asyncio.Event()
        quick.set()
        self.cloud._open = slow
        (before,) = self.together(1)
        await settle()
        self.cloud._open = quick
        await self.cache.delete(SERVER, ALPHA, 's1')
        self.cloud.put(ALPHA, SERVER, server(2))
        self.assertEqual(await self.names(), ['server-2'])
        slow.set()
        self.assertEqual(await before, ['server-1', 'server-2'])
        self.assertEqual(await self.names(), ['server-2'])

    async def test_many_with_lists_in_between_cost_one_list_at_a_time(self) -> None:
        self.cloud.hold()
        callers = []
        for _ in range(20):
            callers += self.together(1)
            await settle()
            deleting = self.start(self.cache.delete(SERVER, ALPHA, 's1'))
            await settle()
            # A write ends whatever a list does.
            self.cache._forget(ALPHA, ('servers',))
            deleting.cancel()
        self.assertEqual(self.cloud.count('list'), 1)
        self.cloud.put(ALPHA, SERVER, server(2))
        self.cloud.release()
        answers = await asyncio.gather(*callers)
        self.assertEqual(self.cloud.count('list'), 2)
        self.assertEqual(answers[1:], [['server-2']] * 19, 'whoever asked after a write sees it')
        self.assertEqual(self.cache._outrun, {})

    async def test_changes_do_not_bring_back_what_a_write_to_another_collection_changed(self) -> None:
        since = await self.cache.list(SERVER, ALPHA)
        await self.cache.changes(SERVER, ALPHA, since)
        self.assertEqual((self.cloud.count('changes'), self.cloud.count('list')), (1, 1))
        self.clock.now += 0.1
        await self.cache.delete(FLOATING_IP, ALPHA, 'f1')
        self.clock.now += 0.1
        now = await self.cache.changes(SERVER, ALPHA, since)
        self.assertEqual((self.cloud.count('changes'), self.cloud.count('list')), (1, 2))
        await self.cache.changes(SERVER, ALPHA, now)
        self.assertEqual(self.cloud.count('changes'), 2)

    async def test_leaves_other_callers_alone(self) -> None:
        other = Place('alpha', 'one', Caller('another'))
        await self.cache.list(SERVER, other)
        await self.cache.delete(SERVER, ALPHA, 's1')
        self.assert_state(1, 0)


class OrderTest(Case):
    """Nobody sees time go backwards."""

    async def test_a_newer_one_drops_the_older_list(self) -> None:
        await self.names()
        self.clock.now += 0.1
        self.cloud.put(ALPHA, SERVER, server(1, native_status='SHUTOFF'), server(2))
        await self.cache.get(SERVER, ALPHA, 's1', self.clock.now)
        listed = (await self.cache.list(SERVER, ALPHA)).items
        self.assertEqual(listed[0].native_status, 'SHUTOFF')
        self.assertEqual(self.cloud.count('list'), 2)

    async def test_one_that_is_gone_drops_the_older_list(self) -> None:
        await self.names()
        self.clock.now += 0.1
        self.cloud.put(ALPHA, SERVER, server(2))
        await self.cache.get(SERVER, ALPHA, 's1', self.clock.now)
        self.assertEqual(await self.names(), ['server-2'])

    async def test_one_that_has_not_changed_leaves_the_list(self) -> None:
        await self.names()
        self.clock.now += 0.1
        await self.cache.get(SERVER, ALPHA, 's1', self.clock.now)
        await self.names()
        self.assertEqual(self.cloud.count('list'), 1)

    async def test_a_list_that_took_longer_hides_nothing_that_was_read_later(self) -> None:
        slow, quick = asyncio.Event(), asyncio.Event()
        quick.set()
        self.cloud._open = slow
        (listing,) = self.together(1)
        await settle()
        self.clock.now += 0.1
        self.cloud._open = quick
        self.cloud.put(ALPHA, SERVER, server(1, native_status='SHUTOFF'), server(2))
        await self.cache.get(SERVER, ALPHA, 's1', self.clock.now)
        slow.set()
        await listing
        self.assertEqual((await self.cache.get(SERVER, ALPHA, 's1')).items[0].native_status, 'SHUTOFF')
        self.assertEqual((await self.cache.list(SERVER, ALPHA)).items[0].native_status, 'SHUTOFF')

    async def test_changes_that_took_longer_do_not_undo_a_newer_list(self) -> None:
        since = await self.cache.list(SERVER, ALPHA)
        slow, quick = asyncio.Event(), asyncio.Event()
        quick.set()
        self.cloud._open = slow
        changing = self.start(self.cache.changes(SERVER, ALPHA, since))
        await settle()
        self.clock.now += 0.1
        self.cloud._open = quick
        self.cloud.put(ALPHA, SERVER, server(1), server(2), server(3))
        self.assertEqual(len(await self.names(fresh_since=self.clock.now)), 3)
        slow.set()
        await changing
        self.assertEqual(len(await self.names()), 3)

    async def test_a_clock_that_is_set_back_makes_nothing_immortal(self) -> None:
        await self.names()
        self.clock.now -= 3600
        self.cloud.put(ALPHA, SERVER, server(2))
        self.assertEqual(await self.names(fresh_since=self.clock.now), ['server-2'])
        self.assertEqual(await self.names(), ['server-2'])

    async def test_after_a_newer_list_no_older_one_is_given(self) -> None:
        await self.cache.get(SERVER, ALPHA, 's1')
        self.clock.now += 0.1
        # A list with something in transition expires before the one that was read before it.
        self.cloud.put(ALPHA, SERVER, server(1, native_status='SHUTOFF'), server(2, native_status='BUILD'))
        await self.names()
        self.clock.now += caching.IN_TRANSITION + 0.1
        found = await self.cache.get(SERVER, ALPHA, 's1')
        self.assertEqual(found.items[0].native_status, 'SHUTOFF')


class RoomTest(Case):
    """What is kept is bounded by its bytes; the longest unused goes first."""

    def setUp(self) -> None:
        super().setUp()
        of_nine = memory.OVERHEAD * 9 * (server(0).ByteSize() + 1)
        self.cache = CachingBackend(self.cloud, room=int(of_nine * 3.3))
        self.places = [Place('alpha', str(number), ALPHA.caller) for number in range(5)]
        for place in self.places:
            self.cloud.put(place, SERVER, *(server(number) for number in range(9)))

    async def read(self, *numbers: int) -> None:
        for number in numbers:
            await self.cache.list(SERVER, self.places[number])

    async def test_the_longest_unused_answer_goes_first(self) -> None:
        await self.read(0, 1, 2)
        self.assert_state(3, 0)
        await self.read(0, 3)
        self.assert_state(3, 0)
        before = self.cloud.count('list')
        await self.read(0, 2, 3)
        self.assertEqual(self.cloud.count('list'), before)
        await self.read(1)
        self.assertEqual(self.cloud.count('list'), before + 1)

    async def test_one_larger_than_the_room_is_kept_alone(self) -> None:
        await self.read(0, 1)
        self.cloud.put(self.places[2], SERVER, *(server(number) for number in range(50)))
        await self.read(2, 2)
        self.assert_state(1, 0)
        self.assertEqual(self.cloud.count('list'), 3)
        await self.read(3, 4)
        self.assert_state(2, 0)

    async def test_reading_again_takes_no_more_room(self) -> None:
        for _ in range(20):
            await self.read(0, 1, 2)
            self.clock.now += SERVER.ttl * 10
        self.assert_state(3, 0)

    async def test_a_write_gives_the_room_back(self) -> None:
        for _ in range(20):
            await self.read(0)
            await self.cache.delete(SERVER, self.places[0], 's1')
        await self.read(0, 1, 2)
        self.assert_state(3, 0)

    async def test_a_list_dropped_for_a_newer_one_gives_the_room_back(self) -> None:
        for number in range(20):
            await self.read(0)
            self.clock.now += 0.1
            self.cloud.put(self.places[0], SERVER, *(server(n, description=str(number % 2)) for n in range(9)))
            await self.cache.get(SERVER, self.places[0], 's1', self.clock.now)
        # No write has had to forget anything: only what is kept takes room.
        await self.read(1, 2, 3)
        self.assert_state(4, 0)  # the one, and three lists


if __name__ == '__main__':
    unittest.main()
