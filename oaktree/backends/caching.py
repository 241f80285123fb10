# SPDX-License-Identifier: Apache-2.0
"""Answers kept for a while, and asked for once however many want them.

An answer is kept by place, hence by caller too, and by collection or id. A fresh one is given at once. An expired one is
given at once as well while one refresh runs, unless the caller says how old it may be. Errors are never kept.
"""

import asyncio
import contextvars
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from oaktree import errors
from oaktree.backends.base import Backend, Forwarding
from oaktree.resource import Place, Resource, Snapshot

Key = tuple[Place, str, str | None]
"""Place, key of the collection, and the id of one or None for all."""

STALE = 5
"""Ttls after which an answer is too old to be given while a refresh runs."""

IN_TRANSITION = 1.0
"""Seconds that an answer is kept in which something is about to change."""

READING = 300.0
"""Seconds that a reading may take. Everybody joins it, so one that trickles for ever would keep all waiting."""

ROOM = 200_000
"""Objects that are kept, at some 2 KiB each; the longest unused answer goes first."""


class _Flight:
    """One reading under way, and who may join it: those whose answer may be as old as its start."""

    def __init__(self, task: 'asyncio.Task[Snapshot]') -> None:
        self.started = time.time()
        self.task = task


class CachingBackend(Forwarding):
    """Remembers what was read, and forgets what a write may have changed."""

    def __init__(self, base: Backend) -> None:
        super().__init__(base)
        self._kept: OrderedDict[Key, tuple[Snapshot, float]] = OrderedDict()
        self._flights: dict[Key, _Flight] = {}
        self._room = ROOM

    def __repr__(self) -> str:
        return f'<CachingBackend [{len(self._kept)} answers, {len(self._flights)} being read]>'

    async def list(self, resource: Resource, place: Place, fresh_since: float | None = None) -> Snapshot:
        key = (place, resource.key, None)
        return await self._read(key, resource, fresh_since, lambda: self._base.list(resource, place))

    async def get(self, resource: Resource, place: Place, item_id: str, fresh_since: float | None = None) -> Snapshot:
        kept, expires = self._kept.get((place, resource.key, None), (None, 0.0))
        if kept and _serves(kept, expires, fresh_since) and (found := kept.named(item_id)) and found[0].id == item_id:
            return Snapshot.of(found, kept.as_of)
        # Not in the list may mean too new for it.
        key = (place, resource.key, item_id)
        return await self._read(key, resource, fresh_since, lambda: self._base.get(resource, place, item_id))

    async def create(self, resource: Resource, place: Place, body: Mapping[str, Any]) -> Any:
        return await self._forgetting(resource, place, self._base.create(resource, place, body))

    async def delete(self, resource: Resource, place: Place, item_id: str) -> None:
        await self._forgetting(resource, place, self._base.delete(resource, place, item_id))

    async def act(self, resource: Resource, place: Place, item_id: str, body: Mapping[str, Any]) -> None:
        await self._forgetting(resource, place, self._base.act(resource, place, item_id, body))

    async def _forgetting(self, resource: Resource, place: Place, write: Awaitable[Any]) -> Any:
        try:
            return await write
        finally:
            # Also when it failed: it may have been done all the same.
            touched = {resource.key, *resource.touches}
            for key in [key for key in self._kept if key[0] == place and key[1] in touched]:
                self._room += _size(self._kept.pop(key))
            for key in [key for key in self._flights if key[0] == place and key[1] in touched]:
                del self._flights[key]

    async def _read(
        self, key: Key, resource: Resource, fresh_since: float | None, read: Callable[[], Awaitable[Snapshot]]
    ) -> Snapshot:
        while True:
            kept, expires = self._kept.get(key, (None, 0.0))
            if kept:
                self._kept.move_to_end(key)
                if _serves(kept, expires, fresh_since):
                    return kept
            flight = self._flights.get(key) or self._start(key, resource, read)
            if kept and fresh_since is None and time.time() < expires + resource.ttl * STALE:
                return kept
            if fresh_since is None or flight.started >= fresh_since:
                return await asyncio.shield(flight.task)
            # It began before we asked, so its answer may be too old for us: the next one will not be.
            await asyncio.wait([flight.task])

    def _start(self, key: Key, resource: Resource, read: Callable[[], Awaitable[Snapshot]]) -> _Flight:
        async def run() -> Snapshot:
            try:
                async with asyncio.timeout(READING):
                    snapshot = await read()
            except TimeoutError:
                raise errors.deadline(f'Reading {resource.key} of {key[0]}') from None
            finally:
                # A write may have come in between, and made us forget this flight: then its answer is not kept.
                current = self._flights.get(key) is flight
                if current:
                    del self._flights[key]
            if current:
                self._keep(key, resource, snapshot)
            return snapshot

        # In a context of its own: it serves others too, and must not end with the first caller's deadline.
        flight = _Flight(asyncio.create_task(run(), context=contextvars.Context()))
        flight.task.add_done_callback(_retrieve)
        self._flights[key] = flight
        return flight

    def _keep(self, key: Key, resource: Resource, snapshot: Snapshot) -> None:
        whole = (key[0], key[1], None)
        if key[2] and whole in self._kept and list(self._kept[whole][0].named(key[2])) != list(snapshot.items):
            if self._kept[whole][0].as_of > snapshot.as_of:
                return
            # Whoever has seen this one must not see an older one of it in the list.
            self._room += _size(self._kept.pop(whole))
        if not key[2]:
            # Nor an older one by itself, having seen the list.
            for one in [k for k, (kept, _) in self._kept.items() if k[:2] == key[:2] and kept.as_of < snapshot.as_of]:
                self._room += _size(self._kept.pop(one))
        if key[2] and not snapshot.items:
            # That there is none is not kept: it may be made at any time, and not by us.
            self._room += _size(self._kept.pop(key, None))
            return
        ttl = min(resource.ttl, IN_TRANSITION) if any(map(_in_transition, snapshot.items)) else resource.ttl
        self._room += _size(self._kept.pop(key, None))
        self._kept[key] = snapshot, snapshot.as_of + ttl
        self._room -= _size(self._kept[key])
        while self._room < 0 and len(self._kept) > 1:
            self._room += _size(self._kept.popitem(last=False)[1])


def _serves(snapshot: Snapshot, expires: float, fresh_since: float | None) -> bool:
    return snapshot.as_of >= fresh_since if fresh_since is not None else time.time() < expires


def _size(kept: tuple[Snapshot, float] | None) -> int:
    return 1 + len(kept[0].items) if kept else 0


def _in_transition(item: Any) -> bool:
    return bool(getattr(item, 'native_task_state', '')) or getattr(item, 'native_status', '') in ('BUILD', 'queued', 'saving')


def _retrieve(task: 'asyncio.Task[Snapshot]') -> None:
    """Keep asyncio from reporting a failed refresh that nobody waited for."""
    if not task.cancelled():
        task.exception()
