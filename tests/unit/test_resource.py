# SPDX-License-Identifier: Apache-2.0
"""Snapshots, which may be large, and how they go."""

import asyncio
import unittest
import weakref
from unittest import mock

from hypothesis import given, settings
from hypothesis import strategies as st

from oaktree import resource
from oaktree.resource import Snapshot
from tests.unit.fake import uuid


class Item:
    """Not a message, as nobody can tell when those are freed."""

    def __init__(self, number: int, task: str = '') -> None:
        self.id, self.native_task_state = uuid(number), task


class SnapshotTest(unittest.IsolatedAsyncioTestCase):
    def test_items_by_id_make_the_same_snapshot(self) -> None:
        for task in ('', 'powering-off'):
            items = [Item(3), Item(1, task), Item(2)]
            by_id = Snapshot.by_id({item.id: item for item in items}, 5.0)
            listed = Snapshot.of(items, 5.0)
            self.assertEqual(
                (by_id.items, by_id.ids, by_id.as_of, by_id.whole, by_id.moving),
                (listed.items, listed.ids, listed.as_of, listed.whole, listed.moving),
            )
            self.assertEqual((by_id.ids, by_id.moving), ([uuid(1), uuid(2), uuid(3)], bool(task)))

    @given(st.lists(st.text(max_size=4)))
    @settings(deadline=None)
    def test_they_are_in_order_whatever_their_ids(self, ids: list[str]) -> None:
        self.assertEqual(Snapshot.by_id(dict.fromkeys(ids), 0.0).ids, sorted(set(ids)))

    def large(self) -> tuple[Snapshot, 'weakref.WeakSet[Item]']:
        items = [Item(number) for number in range(30)]
        return Snapshot.of(items, 0.0), weakref.WeakSet(items)

    async def test_a_large_one_goes_a_few_at_a_time(self) -> None:
        with mock.patch.object(resource, 'CROWD', 10):
            snapshot, left = self.large()
            del snapshot
            seen = []
            while left:
                seen.append(len(left))
                await asyncio.sleep(0)
        self.assertEqual(seen, [20, 10])

    async def test_a_small_one_goes_at_once(self) -> None:
        snapshot, left = self.large()
        del snapshot
        self.assertFalse(left)

    async def test_whoever_has_the_items_keeps_them(self) -> None:
        with mock.patch.object(resource, 'CROWD', 10):
            snapshot, _ = self.large()
            items = snapshot.items
            del snapshot
            for _ in range(5):
                await asyncio.sleep(0)
        self.assertEqual([item.id for item in items], [uuid(number) for number in range(30)])

    async def test_in_a_thread_it_goes_too(self) -> None:
        with mock.patch.object(resource, 'CROWD', 10):
            snapshot, left = self.large()
            one = [snapshot]
            del snapshot
            await asyncio.to_thread(one.clear)
        self.assertFalse(left)
