# SPDX-License-Identifier: Apache-2.0
"""One poll for all who wait for something of a collection, or watch it."""

import asyncio
import contextvars
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Any

from oaktree import context, errors
from oaktree.backends.base import Backend, Done, Forwarding
from oaktree.changelog import Cursor, Log, Mark
from oaktree.resource import Document, Place, Resource, Snapshot

LOG = logging.getLogger(__name__)

INTERVAL = 1.0
"""Seconds between two looks at the cloud, while somebody waits or something is about to change."""

SLOW = 10.0
"""Seconds that this grows to when nothing changes."""

PATIENCE = 15.0
"""Seconds after which watchers of several places need not wait any more for the first look at one of them."""

GRACE = 30.0
"""Seconds that a log is kept which nobody follows, for one who comes back."""

WOKEN = 50
"""Watchers that are woken in one go: each has some work to do then."""


SIGNED_IN = 2.0
"""Seconds before the end of a caller's token at which its waiting ends."""


@dataclass(eq=False)
class _Waiter:
    item_id: str
    done: Done
    in_full: bool
    last: Any = None
    """As it was at the last look."""
    seen: bool = False
    missed: bool = False
    result: 'asyncio.Future[Any]' = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    def end(self, error: Exception | None = None) -> None:
        if not self.result.done():
            if error:
                self.result.set_exception(error)
            else:
                self.result.set_result(self.last)


class WatchingBackend(Forwarding):
    """Looks at a collection while anybody waits for one of it or watches it, and at nothing else."""

    def __init__(self, base: Backend) -> None:
        super().__init__(base)
        self._polls: dict[tuple[Place, Resource], _Poll] = {}

    def __repr__(self) -> str:
        return f'<WatchingBackend [{self.polls} polls, {self.waiters} waiters, {self.watchers} watchers]>'

    @property
    def polls(self) -> int:
        """How many collections are being looked at."""
        return sum(poll.runs for poll in self._polls.values())

    @property
    def waiters(self) -> int:
        """How many wait for one of something."""
        return sum(len(poll.waiters) for poll in self._polls.values())

    @property
    def watchers(self) -> int:
        """How many collections are followed, each as often as somebody does."""
        return sum(len(poll.log.cursors) for poll in self._polls.values())

    async def wait(
        self, resource: Resource, place: Place, item_id: str, done: Done, timeout: float, in_full: bool = False
    ) -> Any:
        poll = self._poll(resource, place)
        waiter = _Waiter(item_id, done, in_full)
        poll.waiters.add(waiter)
        poll.run()
        # While the caller's token is still good for what is read when the wait is over.
        signed_in = context.current().caller.ends({place.cloud}) - time.time() - SIGNED_IN
        try:
            async with asyncio.timeout(max(0.0, min(timeout, signed_in))):
                return await waiter.result
        except TimeoutError:
            if not waiter.seen:
                # None would say that it is gone, and nobody has had the time to look.
                items = (await self._base.get(resource, place, item_id, time.time())).items
                waiter.last = items[0] if items else None
            return waiter.last
        finally:
            # Also when the client has gone: the last one out ends the poll.
            poll.waiters.discard(waiter)
            poll.left()

    def watch(self, resource: Resource, place: Place, wake: Callable[[], None], mark: Mark | None = None) -> Cursor:
        """Follow a collection, see :meth:`~oaktree.backends.base.Watchable.watch`."""
        poll = self._poll(resource, place)
        cursor = poll.log.follow(wake, mark)
        poll.run()
        return cursor

    async def create(self, resource: Resource, place: Place, body: Mapping[str, Any]) -> Any:
        return await self._stirring(resource, place, self._base.create(resource, place, body))

    async def delete(self, resource: Resource, place: Place, item_id: str) -> None:
        await self._stirring(resource, place, self._base.delete(resource, place, item_id))

    async def update(self, resource: Resource, place: Place, item_id: str, body: Mapping[str, Any]) -> Any:
        return await self._stirring(resource, place, self._base.update(resource, place, item_id, body))

    async def write(
        self, resource: Resource, place: Place, method: str, path: Sequence[str], body: Any = None,
        headers: Mapping[str, str] | None = None, params: Mapping[str, str] | None = None,
    ) -> Document:  # fmt: skip
        write = self._base.write(resource, place, method, path, body, headers, params)
        document: Document = await self._stirring(resource, place, write)
        return document

    async def upload(
        self, resource: Resource, place: Place, path: Sequence[str], chunks: AsyncIterator[bytes],
        headers: Mapping[str, str] | None = None, size: int | None = None, params: Mapping[str, str] | None = None,
    ) -> Mapping[str, str]:  # fmt: skip
        sending = self._base.upload(resource, place, path, chunks, headers, size, params)
        answer: Mapping[str, str] = await self._stirring(resource, place, sending)
        return answer

    async def _stirring(self, resource: Resource, place: Place, write: Awaitable[Any]) -> Any:
        """Have a look soon at what a write changes."""
        try:
            return await write
        finally:
            touched = {resource.key, *resource.touches}
            for (where, kind), poll in self._polls.items():
                if where == place and kind.key in touched:
                    poll.stir()

    def _poll(self, resource: Resource, place: Place) -> '_Poll':
        key = (place, resource)
        if key not in self._polls:
            self._polls[key] = _Poll(self._base, resource, place, lambda: self._polls.pop(key))
        return self._polls[key]


class _Poll:
    """Looks at one collection while somebody waits or watches, and ends with the last of them.

    What watchers are told is kept a while longer, so that one who comes back learns what has changed since.
    """

    def __init__(self, base: Backend, resource: Resource, place: Place, end: Callable[[], Any]) -> None:
        """:param end: called when nobody needs this any more."""
        self._base, self._resource, self._place, self._end = base, resource, place, end
        self.waiters: set[_Waiter] = set()
        self.log = Log(place, self.left)
        self._last: Snapshot | None = None
        """What the log has been told, which the cloud can tell the changes since."""
        self._task: asyncio.Task[None] | None = None
        self._expiry: asyncio.TimerHandle | None = None
        self._stirred = asyncio.Event()
        self._pause = INTERVAL

    @property
    def runs(self) -> bool:
        return self._task is not None and not self._task.done()

    def run(self) -> None:
        """Go on, or begin, now that there is one more; with a look soon."""
        if self._expiry and self.log.cursors:
            self._expiry.cancel()
            self._expiry = None
        if not self.runs:
            self._pause, self.log.failure = INTERVAL, None
            # In a context of its own: it goes on for others when the first has left.
            self._task = asyncio.create_task(self._run(), context=contextvars.Context())
        elif self.waiters or not self.log.current:
            self.stir()

    def stir(self) -> None:
        """Have a look as soon as there may be one, and often from now on."""
        self._stirred.set()

    def left(self) -> None:
        """See who is still there, now that there is one less."""
        if not self.waiters and not self.log.cursors and self._task:
            self._task.cancel()
            self._task = None
        if not self.log.cursors:
            self.log.current = False
            if self.log.snapshot is not None and not self._expiry:
                self._expiry = asyncio.get_running_loop().call_later(GRACE, self._expire)
            elif not self._task and not self._expiry:
                self._end()

    def _expire(self) -> None:
        """Forget what nobody has come back for."""
        self._expiry = self._last = None
        self.log = Log(self._place, self.left)
        self.left()

    async def _run(self) -> None:
        while True:
            was = self._state()
            # Those who have read nothing of this place yet need not wait for it for ever.
            late = asyncio.get_running_loop().call_later(PATIENCE, self._late)
            try:
                await self._look()
                self.log.failure = None
            except errors.Failure as failure:
                # What is waited for goes on whether or not the cloud can be asked about it: so does the wait, until its end.
                self._failed(failure)
            except Exception as error:
                LOG.exception('%s: the poll of %s has failed', self._place, self._resource.key)
                for waiter in tuple(self.waiters):
                    waiter.end(error)
                if not self.log.cursors:
                    return
                self._failed(errors.internal())
            finally:
                late.cancel()
            changed = was != self._state()
            if changed:
                self._tell(tuple(self.log.cursors))
            await self._rest(changed)

    def _state(self) -> Any:
        return self.log.current, self.log.failure, self.log.head

    def _late(self) -> None:
        if self.log.cursors and not self.log.current:
            self._failed(errors.deadline(f'Reading {self._place}'))
            self._tell(tuple(self.log.cursors))

    async def _look(self) -> None:
        asked = tuple(self.waiters)
        ids = {waiter.item_id for waiter in asked}
        found: dict[str, Any] = {}
        if len(ids) > 1 or self.log.cursors:
            self._last = whole = await self._collection(ids, any(waiter.in_full for waiter in asked))
            found = dict(zip(whole.ids, whole.items, strict=True)) if ids else {}
        if len(ids) == 1:
            # It may tell what changes do not.
            items = (await self._base.get(self._resource, self._place, next(iter(ids)), time.time())).items
            found = {item.id: item for item in items}
        for waiter in asked:
            _answer(waiter, found.get(waiter.item_id))
        if self.log.cursors and self._last is not None:
            await self.log.advance(self._last)
            # They may all have gone meanwhile.
            self.log.current = bool(self.log.cursors)

    async def _collection(self, ids: Set[str], in_full: bool) -> Snapshot:
        """All of it, by what has changed where that will do."""
        if self._last is not None and (len(ids) < 2 or not in_full):
            whole = await self._base.changes(self._resource, self._place, self._last)
            # One that is too new to have changed may be missing.
            if len(ids) < 2 or ids <= set(whole.ids):
                return whole
        return await self._base.list(self._resource, self._place, time.time())

    def _failed(self, failure: errors.Failure) -> None:
        known = self.log.failure
        if known is None or known.reason != failure.reason:
            LOG.warning('%s: cannot see how %s are: %s', self._place, self._resource.key, failure.message)
            self.log.failure = failure

    def _tell(self, cursors: Sequence[Cursor]) -> None:
        """Wake these, some at a time, so that other calls get their turn."""
        for cursor in cursors[:WOKEN]:
            cursor.wake()
        if more := cursors[WOKEN:]:
            asyncio.get_running_loop().call_soon(self._tell, more)

    async def _rest(self, changed: bool) -> None:
        """Wait until the next look is due."""
        if changed or self.waiters or self.log.restless or self._stirred.is_set():
            self._pause = INTERVAL
        else:
            self._pause = min(2 * self._pause, max(SLOW, INTERVAL))
        self._stirred.clear()
        await asyncio.sleep(INTERVAL)
        try:
            async with asyncio.timeout(self._pause - INTERVAL):
                await self._stirred.wait()
        except TimeoutError:
            pass


def _answer(waiter: _Waiter, item: Any) -> None:
    if item is None and not waiter.missed:
        # Clouds miss one at times, reading behind their own writes: it is gone when it is missing twice.
        waiter.missed = True
        return
    waiter.last, waiter.seen, waiter.missed = item, True, item is None
    if waiter.done(waiter.last):
        waiter.end()
