# SPDX-License-Identifier: Apache-2.0
"""Whoever follows a log has, at every mark, exactly what the collection was, wherever and whenever he begins or goes on."""

import asyncio
import random
import unittest
from typing import Any
from unittest import mock

from oaktreemodel import v1 as pb

from oaktree import changelog
from oaktree.changelog import Change, Cursor, Log
from oaktree.resource import Snapshot
from tests.unit.fake import ALPHA


def server(number: int, **fields: Any) -> pb.Server:
    return pb.Server(id=f's{number:06}', **fields)


def snapshot(*servers: pb.Server) -> Snapshot:
    return Snapshot.of(servers, 1.0)


def apply(known: dict[str, Any], changes: Any) -> None:
    for change in changes:
        if change.new is None:
            known.pop(change.item_id, None)
        else:
            known[change.item_id] = change.new


def nothing() -> None:
    pass


class Case(unittest.IsolatedAsyncioTestCase):
    def setUp(self) -> None:
        self.log = Log(ALPHA, nothing)

    async def asyncSetUp(self) -> None:
        asyncio.get_running_loop().slow_callback_duration = 10

    async def now(self, *servers: pb.Server) -> None:
        await self.log.advance(snapshot(*servers))
        self.log.current = True

    def all_of(self, cursor: Cursor) -> list[Change]:
        found: list[Change] = []
        while some := cursor.read():
            found += some
        return found


class LogTest(Case):
    async def test_nothing_is_read_before_the_first_look(self) -> None:
        cursor = self.log.follow(nothing, None)
        self.assertEqual((cursor.read(), cursor.done, cursor.behind), ([], False, False))

    async def test_the_first_to_come_reads_everything_and_then_what_changes(self) -> None:
        cursor = self.log.follow(nothing, None)
        one, two = server(1), server(2)
        await self.now(one, two)
        self.assertEqual([(c.old, c.new) for c in self.all_of(cursor)], [(None, one), (None, two)])
        self.assertTrue(cursor.done)
        changed = server(2, name='x')
        await self.now(one, changed, server(3))
        self.assertEqual([(c.old, c.new) for c in self.all_of(cursor)], [(two, changed), (None, server(3))])

    async def test_what_is_equal_has_not_changed(self) -> None:
        await self.now(server(1, name='x', metadata={'a': 'b'}))
        await self.now(server(1, name='x', metadata={'a': 'b'}))
        self.assertEqual((self.log.head, self.log.changes), (0, []))

    async def test_what_is_missing_is_gone_the_second_time(self) -> None:
        cursor = self.log.follow(nothing, None)
        await self.now(server(1), server(2), server(3))
        self.all_of(cursor)
        await self.now(server(1), server(3))
        self.assertEqual((self.all_of(cursor), self.log.restless), ([], True))
        assert self.log.snapshot
        self.assertEqual(list(self.log.snapshot.ids), ['s000001', 's000002', 's000003'])
        await self.now(server(1), server(3))
        self.assertEqual([(c.item_id, c.new) for c in self.all_of(cursor)], [('s000002', None)])
        self.assertFalse(self.log.restless)

    async def test_what_comes_back_was_never_away(self) -> None:
        cursor = self.log.follow(nothing, None)
        await self.now(server(1), server(2))
        self.all_of(cursor)
        await self.now(server(1))
        await self.now(server(1), server(2))
        await self.now(server(1))
        self.assertEqual(self.all_of(cursor), [])

    async def test_one_who_is_too_far_behind_is_known(self) -> None:
        with mock.patch.object(changelog, 'LENGTH', 10):
            cursor, fresh = self.log.follow(nothing, None), self.log.follow(nothing, None)
            await self.now(server(0))
            self.all_of(cursor)
            for number in range(1, 12):
                self.assertFalse(cursor.behind)
                await self.now(server(0, name=str(number)))
            self.assertTrue(cursor.behind)
            # Who has read nothing has missed nothing.
            self.assertFalse(fresh.behind)
            self.assertEqual(len(self.log.changes), 10)
            cursor.restart()
            self.assertEqual([c.new.name for c in self.all_of(cursor)], ['11'])

    async def test_a_mark_leads_on(self) -> None:
        first = self.log.follow(nothing, None)
        await self.now(server(1))
        self.all_of(first)
        mark = first.mark
        await self.now(server(1), server(2))
        second = self.log.follow(nothing, mark)
        self.assertEqual([c.item_id for c in self.all_of(second)], ['s000002'])

    async def test_a_mark_of_another_log_or_another_time_does_not(self) -> None:
        await self.now(server(1))
        for mark in (('another', 0, None), (self.log.epoch, 1, None), (self.log.epoch, -1, None)):
            self.assertEqual(self.log.follow(nothing, mark).after, '')

    async def test_some_are_read_at_a_time_by_number_and_by_size(self) -> None:
        await self.now(*map(server, range(1200)))
        cursor = self.log.follow(nothing, None)
        self.assertEqual([len(cursor.read()) for _ in range(4)], [500, 500, 200, 0])
        big = [server(n, metadata={'x': 'y' * 100_000}) for n in range(10)]
        await self.now(*big)
        cursor = self.log.follow(nothing, None)
        self.assertEqual(len(cursor.read()), 3)

    async def test_who_reads_in_pieces_while_all_changes_has_what_there_is(self) -> None:
        """At any pace, from any mark, and never with more than a cursor."""
        dice = random.Random(7)
        world = {n: server(n) for n in range(40)}
        with mock.patch.object(changelog, 'SLICE', 3):
            await self.now(*world.values())
            readers: list[tuple[Cursor, dict[str, Any]]] = []
            for turn in range(300):
                if not turn % 30:
                    readers.append((self.log.follow(nothing, None), {}))
                for _ in range(dice.randrange(4)):
                    number = dice.randrange(60)
                    if number in world and dice.random() < 0.4:
                        del world[number]
                    else:
                        world[number] = server(number, name=str(turn))
                await self.now(*world.values())
                for at, (cursor, known) in enumerate(readers):
                    for _ in range(dice.randrange(3)):
                        apply(known, cursor.read())
                    if dice.random() < 0.1:
                        # On another stream, from where the last one was.
                        cursor.close()
                        readers[at] = self.log.follow(nothing, cursor.mark), known
            for _ in range(2):
                await self.now(*world.values())
            expected = {s.id: s for s in world.values()}
            for cursor, known in readers:
                apply(known, self.all_of(cursor))
                self.assertEqual(known, expected)
                self.assertTrue(cursor.done)

    async def test_large_collections_hold_nobody_up(self) -> None:
        """10,000 objects, all new and all equal: what takes the longest."""
        fields: Any = {'metadata': {str(n): 'x' * 50 for n in range(10)}, 'addresses': [{'ip': '10.0.0.1'}] * 4}
        before, after = ([server(n, **fields) for n in range(10_000)] for _ in range(2))
        await self.now(*before)
        later = snapshot(*after)
        turns = 0
        advancing = asyncio.create_task(self.log.advance(later))
        while not advancing.done():
            await asyncio.sleep(0)
            turns += 1
        self.assertEqual(self.log.head, 0)
        # By count, as a busy machine may hold up anything.
        self.assertGreaterEqual(turns, 20)


class PathsTest(unittest.TestCase):
    def paths(self, old: pb.Server, new: pb.Server) -> list[str]:
        return list(Change('x', old, new).paths)

    def test_fields_are_named_as_deep_as_there_are_single_messages(self) -> None:
        cases: list[tuple[Any, Any, list[str]]] = [
            ({'name': 'a'}, {'name': 'b'}, ['name']),
            ({'location': {'zone': 'a'}}, {'location': {'zone': 'b'}}, ['location.zone']),
            ({}, {'location': {}}, ['location']),
            ({'fault': {'code': 1}}, {}, ['fault']),
            ({'addresses': [{'ip': 'a'}]}, {'addresses': [{'ip': 'b'}]}, ['addresses']),
            ({'metadata': {'a': 'b'}}, {'metadata': {'a': 'c'}}, ['metadata']),
            ({'create_time': {'seconds': 1}}, {'create_time': {'seconds': 2}}, ['create_time']),
            ({'name': 'a', 'state': 1}, {'name': 'b', 'state': 2}, ['name', 'state']),
            ({'name': 'a'}, {'name': 'a'}, []),
        ]
        for old, new, expected in cases:
            with self.subTest(expected, old=old):
                self.assertEqual(self.paths(pb.Server(**old), pb.Server(**new)), expected)

    def test_every_path_is_one_that_the_message_has(self) -> None:
        mask = pb.WatchChange(changed_fields={'paths': self.paths(pb.Server(), pb.Server(name='x', state=1))}).changed_fields
        self.assertTrue(mask.IsValidForDescriptor(pb.Server.DESCRIPTOR))


class OutrunTest(Case):
    async def test_one_who_is_outrun_while_reading_is_behind_and_reads_nothing_wrong(self) -> None:
        with mock.patch.object(changelog, 'LENGTH', 10):
            await self.now(*map(server, range(5)))
            cursor = self.log.follow(nothing, None)
            self.all_of(cursor)
            for turn in range(3):
                await self.now(*(server(number, name=str(turn)) for number in range(5)))
            self.assertTrue(cursor.behind)
            self.assertEqual(cursor.read(), [])
            cursor.restart()
            known: dict[str, Any] = {}
            apply(known, self.all_of(cursor))
            self.assertEqual({item.name for item in known.values()}, {'2'})


if __name__ == '__main__':
    unittest.main()
