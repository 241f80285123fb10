# SPDX-License-Identifier: Apache-2.0
"""One poll for all who wait for something of a collection."""

import asyncio
import contextvars
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from oaktree import errors
from oaktree.backends.base import Backend, Done, Forwarding
from oaktree.resource import Place, Resource

LOG = logging.getLogger(__name__)

INTERVAL = 1.0
"""Seconds between two looks at the cloud."""


@dataclass(eq=False)
class _Waiter:
    item_id: str
    done: Done
    last: Any = None
    """As it was at the last look."""
    seen: bool = False
    missed: bool = False
    result: 'asyncio.Future[Any]' = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class WatchingBackend(Forwarding):
    """Looks at a collection while anybody waits for one of it, and at nothing else."""

    def __init__(self, base: Backend) -> None:
        super().__init__(base)
        self._waiters: dict[tuple[Place, Resource], set[_Waiter]] = {}
        self._polls: dict[tuple[Place, Resource], asyncio.Task[None]] = {}

    def __repr__(self) -> str:
        return f'<WatchingBackend [{len(self._polls)} polls, {sum(map(len, self._waiters.values()))} waiters]>'

    async def wait(self, resource: Resource, place: Place, item_id: str, done: Done, timeout: float) -> Any:
        key = (place, resource)
        waiter = _Waiter(item_id, done)
        self._waiters.setdefault(key, set()).add(waiter)
        if key not in self._polls or self._polls[key].done():
            # In a context of its own: it goes on for others when we have left.
            self._polls[key] = asyncio.create_task(self._poll(resource, place), context=contextvars.Context())
        try:
            async with asyncio.timeout(timeout):
                return await waiter.result
        except TimeoutError:
            if not waiter.seen:
                # None would say that it is gone, and nobody has had the time to look.
                waiter.last = (await self._look(resource, place, {item_id})).get(item_id)
            return waiter.last
        finally:
            # Also when the client has gone: the last one out ends the poll.
            self._waiters[key].discard(waiter)
            if not self._waiters[key]:
                del self._waiters[key]
                self._polls.pop(key).cancel()

    async def _poll(self, resource: Resource, place: Place) -> None:
        while True:
            asked = tuple(self._waiters[place, resource])
            try:
                found = await self._look(resource, place, {waiter.item_id for waiter in asked})
                for waiter in asked:
                    item = found.get(waiter.item_id)
                    if item is None and not waiter.missed:
                        # Clouds miss one at times, reading behind their own writes: it is gone when it is missing twice.
                        waiter.missed = True
                        continue
                    waiter.last, waiter.seen, waiter.missed = item, True, item is None
                    if waiter.done(waiter.last):
                        _end(waiter, None)
            except errors.Failure as failure:
                # The change goes on whether or not the cloud can be asked about it: so does the wait, until its end.
                LOG.warning('%s: cannot see how %s are: %s', place, resource.key, failure.message)
            except Exception as error:
                LOG.exception('%s: the poll of %s has failed', place, resource.key)
                for waiter in tuple(self._waiters[place, resource]):
                    _end(waiter, error)
                return
            await asyncio.sleep(INTERVAL)

    async def _look(self, resource: Resource, place: Place, ids: set[str]) -> dict[str, Any]:
        now = time.time()
        items: Sequence[Any]
        if len(ids) == 1:
            items = (await self._base.get(resource, place, next(iter(ids)), now)).items
        else:
            items = (await self._base.list(resource, place, now)).items
        return {item.id: item for item in items}


def _end(waiter: _Waiter, error: Exception | None) -> None:
    if not waiter.result.done():
        if error:
            waiter.result.set_exception(error)
        else:
            waiter.result.set_result(waiter.last)
