# SPDX-License-Identifier: Apache-2.0
"""How a collection has changed: one log for all who follow it, each of whom is no more than a cursor into it."""

import asyncio
import bisect
import dataclasses
import itertools
import secrets
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from google.protobuf.message import Message

from oaktree import errors
from oaktree.resource import Place, Snapshot

LENGTH = 10_000
"""Changes that are kept; whoever is further behind begins anew."""

SLICE = 500
"""Objects that are looked at in one go, so that nobody else has to wait for the event loop."""

BYTES = 256 * 1024
"""Of the objects that are read in one go: what a reader who does not read holds up is not more."""

Mark = tuple[str, int, str | None]
"""A log, and how far in it somebody is."""


class Change:
    """One object before and after; None where it was not there."""

    __slots__ = ('_paths', 'item_id', 'new', 'old')

    def __init__(self, item_id: str, old: Any, new: Any) -> None:
        self.item_id, self.old, self.new = item_id, old, new
        self._paths: Sequence[str] | None = None

    @property
    def paths(self) -> Sequence[str]:
        """The fields that differ between two that are there; found out once for all who ask."""
        if self._paths is None:
            self._paths = tuple(_differences(self.old, self.new))
        return self._paths


def _differences(old: Message, new: Message, prefix: str = '') -> Iterator[str]:
    for field in old.DESCRIPTOR.fields:
        before, after = getattr(old, field.name), getattr(new, field.name)
        absent = field.has_presence and not (old.HasField(field.name) and new.HasField(field.name))
        whole = absent or field.is_repeated or not field.message_type or field.message_type.full_name.startswith('google.')
        if whole:
            if before != after or (absent and old.HasField(field.name) != new.HasField(field.name)):
                yield prefix + field.name
        elif before != after:
            yield from _differences(before, after, f'{prefix}{field.name}.')


class Log:
    """A collection as those who follow it see it, and what has changed of it lately."""

    def __init__(self, place: Place, left: Callable[[], None]) -> None:
        """:param left: called when a cursor has been closed."""
        self.place = place
        self.epoch = secrets.token_hex(8)
        self.snapshot: Snapshot | None = None
        self.current = False
        """Whether somebody sees to it that the snapshot is not old."""
        self.failure: errors.Failure | None = None
        """Why the collection can't be read at the moment."""
        self.cursors: set[Cursor] = set()
        self.changes: list[Change] = []
        self.first = 0
        """The number of the first change that is kept. The last has the one before ``head``."""
        self.missing: frozenset[str] = frozenset()
        """Ids that the last reading did not have. Clouds miss one at times: it is gone when it is missing twice."""
        self._left = left

    @property
    def head(self) -> int:
        return self.first + len(self.changes)

    @property
    def restless(self) -> bool:
        """Whether it should be looked at again soon."""
        return bool(self.missing) or (self.snapshot is not None and self.snapshot.moving)

    async def advance(self, now: Snapshot) -> None:
        """Note how the collection is now; in slices, so that nobody else has to wait."""
        before = self.snapshot
        gone = dict(zip(before.ids, before.items, strict=True)) if before else {}
        changes = []
        for number, (item_id, item) in enumerate(zip(now.ids, now.items, strict=True), 1):
            old = gone.pop(item_id, None)
            if old is not item and old != item:
                changes.append(Change(item_id, old, item))
            if not number % SLICE:
                await asyncio.sleep(0)
        held = {item_id: item for item_id, item in gone.items() if item_id not in self.missing}
        changes += [Change(item_id, item, None) for item_id, item in gone.items() if item_id not in held]
        self.snapshot, self.missing = _with(now, held), frozenset(held)
        if before is not None:
            self.changes += changes
            excess = max(0, len(self.changes) - LENGTH)
            del self.changes[:excess]
            self.first += excess

    def follow(self, wake: Callable[[], None], mark: Mark | None) -> 'Cursor':
        """A cursor for one more who is to be woken when there is more to read."""
        cursor = Cursor(self, wake)
        if mark and mark[0] == self.epoch and self.first <= mark[1] <= self.head:
            _, cursor.number, cursor.after = mark
        self.cursors.add(cursor)
        return cursor

    def leave(self, cursor: 'Cursor') -> None:
        if cursor in self.cursors:
            self.cursors.remove(cursor)
            self._left()


class Cursor:
    """How far one has come in reading a collection and then its log. All that there is of a watcher."""

    __slots__ = ('after', 'log', 'number', 'told', 'wake')

    def __init__(self, log: Log, wake: Callable[[], None]) -> None:
        self.log, self.wake = log, wake
        self.told: errors.Failure | None = None
        """The log's failure as its reader knows it."""
        self.restart()

    def restart(self) -> None:
        """Begin with everything."""
        self.number = self.log.head
        self.after: str | None = ''
        """Objects up to this id have been read; None when all have. The log tells of those what changes."""

    @property
    def mark(self) -> Mark:
        """From where somebody else can go on."""
        return self.log.epoch, self.number, self.after

    @property
    def behind(self) -> bool:
        """Whether what comes next is in the log no more."""
        return self.after != '' and self.number < self.log.first

    @property
    def done(self) -> bool:
        """Whether there is nothing more to read for now."""
        return self.log.current and self.after is None and self.number == self.log.head

    def read(self) -> Sequence[Change]:
        """Some of what comes next, in order; nothing where there is nothing yet."""
        changes: list[Change] = []
        room = BYTES
        for change in itertools.islice(self._steps(), SLICE) if self.log.current else ():
            changes.append(change)
            room -= (change.old if change.new is None else change.new).ByteSize()
            if room <= 0:
                break
        return changes

    def _steps(self) -> Iterator[Change]:
        """What comes next; this cursor is always behind what has been given."""
        log = self.log
        if self.after == '':
            self.number = log.head
        if self.behind:
            # Outrun while it was being read: its reader finds that out when it is woken.
            return
        while self.number < log.head:
            change = log.changes[self.number - log.first]
            self.number += 1
            if self.after is None or change.item_id <= self.after:
                yield change
        if self.after is not None and log.snapshot:
            for at in range(bisect.bisect_right(log.snapshot.ids, self.after), len(log.snapshot.ids)):
                self.after = log.snapshot.ids[at]
                yield Change(self.after, None, log.snapshot.items[at])
            self.after = None

    def close(self) -> None:
        """Follow no more."""
        self.log.leave(self)


def _with(now: Snapshot, held: dict[str, Any]) -> Snapshot:
    """A snapshot with these in it as well."""
    if not held:
        return now
    ids, rest = sorted([*now.ids, *held]), iter(now.items)
    items = [held[item_id] if item_id in held else next(rest) for item_id in ids]
    return dataclasses.replace(now, ids=ids, items=items)
