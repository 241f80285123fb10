# SPDX-License-Identifier: Apache-2.0
"""Answers kept for a while, and asked for once however many want them.

An answer is kept by place, hence by caller too, and by collection or id. A fresh one is given at once. An expired one is
given at once as well while one refresh runs, unless the caller says how old it may be. Errors are never kept, but while a
cloud is away what it said last is given for a bounded time, and ``as_of`` tells how old it is.
"""

import asyncio
import contextvars
import math
import time
import weakref
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from oaktree import context, errors, metrics
from oaktree.backends.base import Backend, Forwarding
from oaktree.memory import Kept, Key, Memory
from oaktree.resource import Document, Place, Resource, Snapshot

if TYPE_CHECKING:
    from oaktree.store import SharedStore

STALE = 5
"""Ttls after which an answer is too old to be given while a refresh runs."""

OUTAGE = 300.0
"""Seconds beyond that for which it is given where the cloud can't be read."""

IN_TRANSITION = 1.0
"""Seconds that an answer is kept in which something is about to change."""

READING = 300.0
"""Seconds that a reading may take. Everybody joins it, so one that trickles for ever would keep all waiting."""

PATIENCE = 10.0
"""Seconds that a list waits for the one before it, which a write has outrun, to come to its end."""

ROOM = 1 << 30
"""Bytes of memory that answers may take."""

TOUCHED = 3600.0
"""Seconds for which it matters that something was changed: what is older than that is not brought up to date by changes."""

MANY = 1000
"""Identities that are known before those are forgotten of which nothing is kept."""

MADE_OF = {
    'backups': ('snapshots', 'volumes'),
    'servers': ('flavors', 'images', 'networks', 'security_groups', 'server_groups', 'volumes'),
    'snapshots': ('volumes',),
    'volumes': ('backups', 'images', 'snapshots', 'volume_types'),
}
"""Collections that the names in a request for a new one were looked up in."""

SKEW = 1.0
"""Seconds by which the clocks of processes that share a store may differ."""

AWAY = (errors.Code.UNAVAILABLE, errors.Code.DEADLINE_EXCEEDED, errors.Code.RESOURCE_EXHAUSTED)
"""How a reading fails that says nothing of what would have been read."""

HIT, STALE_HIT, MISS, OUTAGE_HIT = (metrics.CACHE.labels(how) for how in ('hit', 'stale', 'miss', 'outage'))

CHANGES = '?changes'
"""Stands for an id where a list is brought up to date by what has changed; no id has this form."""


class _Flight:
    """One reading under way, and who may join it: those whose answer may be as old as its start."""

    task: 'asyncio.Task[Snapshot]'

    def __init__(self, call: context.Call) -> None:
        self.started = math.inf
        self.began = math.inf
        """The same by the clock that is never set: times of callers may come from another machine."""
        self.asked_cloud = False
        """Whether it has got as far as that, and found nothing that another process had read."""
        self.call = call

    def begin(self) -> None:
        """From now on it may miss what is written."""
        self.started, self.began = time.time(), time.monotonic()


class CachingBackend(Forwarding):
    """Remembers what was read, and forgets what a write may have changed."""

    def __init__(self, base: Backend, room: int = ROOM, store: 'SharedStore | None' = None) -> None:
        """:param room: bytes of memory.
        :param store: what other processes have read, and where they learn of our writes; None where we are alone."""
        super().__init__(base)
        self._memory = Memory(room)
        self._flights: dict[Key, _Flight] = {}
        self._outrun: dict[Key, _Flight] = {}
        """Lists that were being read when something was written: nobody wants them, but they cost the cloud what any does."""
        self._touched: dict[tuple[Place, str], float] = {}
        """When a write to another collection last changed this one, by the clock of the day."""
        self._store = store
        self._identities: dict[str, Place] = {}
        self._many = MANY
        if store:
            store.on_forget = self._told_to_forget

    def __repr__(self) -> str:
        return f'<CachingBackend [{len(self._memory)} answers, {len(self._flights)} being read]>'

    @property
    def used(self) -> int:
        """Bytes of memory that answers take, as estimated."""
        return self._memory.used

    @property
    def reading(self) -> int:
        """Readings under way."""
        return len(self._flights)

    async def list(self, resource: Resource, place: Place, fresh_since: float | None = None) -> Snapshot:
        key = (place, resource.key, None)
        snapshot = await self._read(key, resource, fresh_since, lambda: self._base.list(resource, place))
        _note(key, snapshot)
        return snapshot

    async def get(self, resource: Resource, place: Place, item_id: str, fresh_since: float | None = None) -> Snapshot:
        whole = (place, resource.key, None)
        if (kept := self._known(whole)) and _serves(kept, fresh_since):
            found, alone = kept.snapshot.named(item_id), self._memory.get((place, resource.key, item_id))
            newer = alone and alone.snapshot.as_of > kept.snapshot.as_of
            if found and found[0].id == item_id and not newer:
                HIT.inc()
                _note(whole, kept.snapshot)
                return Snapshot.of(found, kept.snapshot.as_of, kept.snapshot.whole)
        # Not in the list may mean too new for it.
        key = (place, resource.key, item_id)
        snapshot = await self._read(key, resource, fresh_since, lambda: self._base.get(resource, place, item_id))
        _note(key, snapshot)
        return snapshot

    async def changes(self, resource: Resource, place: Place, since: Snapshot) -> Snapshot:
        if since.whole <= self._touched.get((place, resource.key), 0.0):
            # What changes do not tell, such as a server's new floating IP, must not be taken over from before.
            return await self.list(resource, place, time.time())
        # Nobody joins it who asks for the list: what it takes over from before is older than they may want.
        key = (place, resource.key, CHANGES)
        return await self._read(key, resource, time.time(), lambda: self._base.changes(resource, place, since))

    async def create(self, resource: Resource, place: Place, body: Mapping[str, Any]) -> Any:
        try:
            return await self._forgetting(resource, place, self._base.create(resource, place, body))
        except errors.Failure as failure:
            if failure.code in (errors.Code.INVALID_ARGUMENT, errors.Code.NOT_FOUND, errors.Code.FAILED_PRECONDITION):
                # A name that it was made of may mean nothing any more.
                for collection in MADE_OF.get(resource.key, ()):
                    self._forget(place, (collection,))
            raise

    async def delete(self, resource: Resource, place: Place, item_id: str) -> None:
        await self._forgetting(resource, place, self._base.delete(resource, place, item_id))

    async def update(self, resource: Resource, place: Place, item_id: str, body: Mapping[str, Any]) -> Any:
        return await self._forgetting(resource, place, self._base.update(resource, place, item_id, body))

    async def write(
        self, resource: Resource, place: Place, method: str, path: Sequence[str], body: Any = None,
        headers: Mapping[str, str] | None = None, params: Mapping[str, str] | None = None,
    ) -> Document:  # fmt: skip
        write = self._base.write(resource, place, method, path, body, headers, params)
        document: Document = await self._forgetting(resource, place, write)
        return document

    async def upload(
        self, resource: Resource, place: Place, path: Sequence[str], chunks: AsyncIterator[bytes],
        headers: Mapping[str, str] | None = None, size: int | None = None, params: Mapping[str, str] | None = None,
    ) -> Mapping[str, str]:  # fmt: skip
        sending = self._base.upload(resource, place, path, chunks, headers, size, params)
        answer: Mapping[str, str] = await self._forgetting(resource, place, sending)
        return answer

    def version(self) -> int:
        """Another one whenever what is remembered has changed."""
        return self._memory.version

    def current(self, key: Key, snapshot: Snapshot | None, max_age: float | None) -> float:
        """Until when this is what a caller is given by this key, in seconds since the epoch, if nothing is read or written."""
        kept = self._known(key)
        if kept is None or kept.snapshot is not snapshot:
            return 0.0
        if max_age is not None:
            return kept.snapshot.whole + max_age
        now = time.time()
        # While it is being read again, it is only sure for now.
        return now if kept.fresh_until <= now < kept.stale_until and key in self._flights else kept.fresh_until

    async def _forgetting(self, resource: Resource, place: Place, write: Awaitable[Any]) -> Any:
        collections = (resource.key, *resource.touches)
        try:
            return await write
        finally:
            # Also when it failed: it may have been done all the same.
            self._forget(place, collections)
            if self._store:
                # And everywhere else, before whoever wrote is told: they may ask any of us next.
                await self._store.forget(await self._identity(place), collections)
                # Until then somebody could still find there what was read before.
                self._forget(place, collections)

    def _forget(self, place: Place, collections: Sequence[str]) -> None:
        """Keep nothing that may be from before a write: to the first of these, which changes the others too."""
        for collection in collections:
            self._memory.forget(place, collection)
            for key in [key for key in self._flights if key[0] == place and key[1] == collection]:
                if (flight := self._flights[key]).began < math.inf:
                    del self._flights[key]
                    if key[2] is None:
                        self._outrun[key] = flight
        now = time.time()
        for collection in collections[1:]:
            # In the order of time, so that the first ones are those that matter no more.
            self._touched.pop((place, collection), None)
            self._touched[place, collection] = now
        while self._touched and next(iter(self._touched.values())) < now - TOUCHED:
            del self._touched[next(iter(self._touched))]

    def _told_to_forget(self, identity: str | None, collections: Sequence[str]) -> None:
        """Another process has written; or, without an identity, we can't know what was written meanwhile."""
        if identity is None:
            self._memory.clear()
            self._flights.clear()
        elif place := self._identities.get(identity):
            self._forget(place, collections)

    async def _read(
        self, key: Key, resource: Resource, fresh_since: float | None, read: Callable[[], Awaitable[Snapshot]]
    ) -> Snapshot:
        asked = time.monotonic()
        while True:
            kept = self._known(key)
            if kept and _serves(kept, fresh_since):
                HIT.inc()
                return kept.snapshot
            flight = self._flights.get(key) or self._start(key, resource, fresh_since, read)
            if kept and fresh_since is None and time.time() < kept.stale_until:
                STALE_HIT.inc()
                return kept.snapshot
            MISS.inc()
            if fresh_since is not None and flight.started < fresh_since and flight.began < asked:
                # It began before we asked, so its answer may be too old for us: the next one will not be.
                await asyncio.wait([flight.task])
                continue
            try:
                # The reading may wait longer than this caller is able to, who is then told so at once.
                self._base.check(resource, key[0])
                flight.call.joined(context.current())
                snapshot = await asyncio.shield(flight.task)
            except errors.Failure as failure:
                if kept and failure.code in AWAY and fresh_since is None and time.time() < kept.outage_until:
                    OUTAGE_HIT.inc()
                    return kept.snapshot
                raise
            newest = flight.asked_cloud and flight.began >= asked
            if fresh_since is None or snapshot.as_of >= fresh_since or newest:
                return snapshot

    def _start(
        self, key: Key, resource: Resource, fresh_since: float | None, read: Callable[[], Awaitable[Snapshot]]
    ) -> _Flight:
        async def ask() -> Snapshot:
            flight.asked_cloud = True
            return await read()

        async def run() -> Snapshot:
            try:
                async with asyncio.timeout(READING):
                    if before := self._outrun.get(key):
                        # One list after the other is enough for a cloud, however often it is written to.
                        await asyncio.wait([before.task], timeout=PATIENCE)
                    flight.begin()
                    snapshot = await self._shared(key, resource, fresh_since, ask)
            except TimeoutError:
                raise errors.deadline(f'Reading {resource.key} of {key[0]}') from None
            finally:
                # A write may have come in between, and made us forget this flight: then its answer is not kept.
                current = self._flights.get(key) is flight
                if current:
                    del self._flights[key]
                elif self._outrun.get(key) is flight:
                    del self._outrun[key]
            if current:
                self._keep(key, resource, snapshot)
            return snapshot

        # In a context of its own: it serves others too, and must not end with the first caller's deadline.
        own, call = contextvars.Context(), context.shared(READING)
        own.run(context.begin, call)
        flight = _Flight(call)
        flight.task = asyncio.create_task(run(), context=own)
        flight.task.add_done_callback(_retrieve)
        self._flights[key] = flight
        return flight

    async def _shared(
        self, key: Key, resource: Resource, fresh_since: float | None, read: Callable[[], Awaitable[Snapshot]]
    ) -> Snapshot:
        """What another process has read already, or is about to; or else our own reading, for all of them."""
        if self._store is None:
            return await read()
        # Also where we ask for one object: others who write must be able to tell us.
        identity = await self._identity(key[0])
        if key[2] is not None:
            # It costs the cloud no more than asking the others would cost us.
            return await read()

        def good(snapshot: Snapshot) -> bool:
            return snapshot.as_of < time.time() + SKEW and _serves(_kept(resource, snapshot), fresh_since)

        return await self._store.once(identity, resource, good, read)

    def _known(self, key: Key) -> Kept | None:
        """What is kept by this key, unless a clock was set back since: it would never grow old."""
        kept = self._memory.get(key)
        if kept and kept.snapshot.as_of > time.time() + SKEW:
            self._memory.drop(key)
            return None
        return kept

    async def _identity(self, place: Place) -> str:
        identity = await self._base.identity(place)
        self._identities[identity] = place
        if len(self._identities) > self._many:
            # Callers come and go.
            needed = self._memory.places() | {key[0] for key in self._flights} | {place}
            self._identities = {name: one for name, one in self._identities.items() if one in needed}
            self._many = MANY + 2 * len(self._identities)
        return identity

    def _keep(self, key: Key, resource: Resource, snapshot: Snapshot) -> None:
        memory = self._memory
        place, collection, item_id = key
        if snapshot.source:
            # The whole list was read to find it. Others of the same list have come here before.
            kept = memory.get((place, collection, None))
            if not kept or kept.snapshot.as_of < snapshot.source.as_of:
                self._keep((place, collection, None), resource, snapshot.source)
            return
        if item_id == CHANGES:
            item_id = None
        whole = (place, collection, None)
        of_all = self._known(whole)
        if item_id is None:
            if of_all and of_all.snapshot.as_of > snapshot.as_of:
                # It took longer than one that began later.
                return
            # Whoever has seen the list must not see an older one of it by itself, nor the other way round.
            outdated = False
            for one in memory.ones(place, collection):
                alone = memory.get((place, collection, one))
                if alone and alone.snapshot.as_of < snapshot.as_of:
                    memory.drop((place, collection, one))
                elif alone and list(snapshot.named(one)) != list(alone.snapshot.items):
                    outdated = True
            if outdated:
                memory.drop(whole)
            else:
                memory.put(whole, _kept(resource, snapshot))
            return
        if of_all and list(of_all.snapshot.named(item_id)) != list(snapshot.items):
            if of_all.snapshot.as_of > snapshot.as_of:
                return
            # Nor an older one in the list, having seen this one.
            memory.drop(whole)
        if snapshot.items:
            memory.put(key, _kept(resource, snapshot))
        else:
            # That there is none is not kept: it may be made at any time, and not by us.
            memory.drop(key)


def _kept(resource: Resource, snapshot: Snapshot) -> Kept:
    """A snapshot, and how long it is good for."""
    fresh = snapshot.as_of + (min(resource.ttl, IN_TRANSITION) if snapshot.moving else resource.ttl)
    stale = fresh + resource.ttl * STALE
    return Kept(snapshot, fresh, stale, stale + OUTAGE)


def _serves(kept: Kept, fresh_since: float | None) -> bool:
    return kept.snapshot.whole >= fresh_since if fresh_since is not None else time.time() < kept.fresh_until


def _note(key: Key, snapshot: Snapshot) -> None:
    """Tell the call what its answer is made of, so that the answer can be given again while that holds."""
    sources = context.current().sources
    if sources is not None:
        sources.append((key, weakref.ref(snapshot)))


def _retrieve(task: 'asyncio.Task[Snapshot]') -> None:
    """Keep asyncio from reporting a failed refresh that nobody waited for."""
    if not task.cancelled():
        task.exception()
