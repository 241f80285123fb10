# SPDX-License-Identifier: Apache-2.0
"""Gets that arrive together become one List."""

import asyncio
import contextvars
from collections import Counter, defaultdict

from oaktree.backends.base import Backend, Forwarding
from oaktree.resource import Place, Resource, Snapshot

WINDOW = 0.005
"""Seconds that the first Get waits for others, and again while more keep coming: little beside a cloud's answer."""

WINDOWS = 10
"""Times that it does so at most."""

FEW = 4
"""Up to so many ids for each page of the collection are asked for one by one; a page costs a cloud about as much."""

PAGE = 1000
"""Objects on a page of a cloud's list."""


_Collection = tuple[Place, Resource]


class BatchingBackend(Forwarding):
    """Collects the ids that are asked for within a moment, or while the list for those before them is being read."""

    def __init__(self, base: Backend) -> None:
        super().__init__(base)
        self._waiting: defaultdict[_Collection, dict[str, asyncio.Future[Snapshot]]] = defaultdict(dict)
        self._asking: Counter[_Collection] = Counter()
        self._lists: dict[_Collection, asyncio.Task[Snapshot]] = {}
        self._pages: dict[_Collection, int] = {}
        self._running: set[asyncio.Task[None]] = set()

    async def list(self, resource: Resource, place: Place, fresh_since: float | None = None) -> Snapshot:
        snapshot = await self._base.list(resource, place, fresh_since)
        self._pages[place, resource] = len(snapshot.items) // PAGE + 1
        return snapshot

    async def get(self, resource: Resource, place: Place, item_id: str, fresh_since: float | None = None) -> Snapshot:
        batch = self._waiting[place, resource]
        if not batch:
            # We are the first: the others have until then.
            task = asyncio.create_task(self._collect(resource, place), context=contextvars.Context())
            self._running.add(task)
            task.add_done_callback(self._running.discard)
        if item_id not in batch:
            batch[item_id] = asyncio.get_running_loop().create_future()
        return await asyncio.shield(batch[item_id])

    async def _collect(self, resource: Resource, place: Place) -> None:
        key = (place, resource)
        few = FEW * self._pages.get(key, 1)
        await self._gather(key)
        while self._asking[key] + len(self._waiting[key]) > few and (before := self._lists.get(key)):
            # It began before we were asked, so it may lack what we want; and one after the other is enough. In this time many
            # have come, and more may be on their way.
            await asyncio.wait([before])
            await self._gather(key)
        batch = self._waiting.pop(key)
        if self._asking[key] + len(batch) <= few:
            await asyncio.gather(*(self._ask(resource, place, item_id, batch[item_id]) for item_id in batch))
            return
        reading = self._lists[key] = asyncio.create_task(self.list(resource, place))
        try:
            snapshot = await reading
        except Exception as error:
            for future in batch.values():
                future.set_exception(error)
                future.exception()
            return
        finally:
            del self._lists[key]
        missing = []
        for item_id, future in batch.items():
            if found := [item for item in snapshot.named(item_id) if item.id == item_id]:
                future.set_result(Snapshot.of(found, snapshot.as_of, source=snapshot))
            else:
                # A list does not tell of everything: a hidden image, a private flavor.
                missing.append(self._ask(resource, place, item_id, future))
        await asyncio.gather(*missing)

    async def _gather(self, key: _Collection) -> None:
        """Wait for as long as more keep coming, within bounds."""
        come = 0
        for _ in range(WINDOWS):
            if len(self._waiting[key]) == come:
                break
            come = len(self._waiting[key])
            await asyncio.sleep(WINDOW)

    async def _ask(self, resource: Resource, place: Place, item_id: str, future: 'asyncio.Future[Snapshot]') -> None:
        self._asking[place, resource] += 1
        try:
            future.set_result(await self._base.get(resource, place, item_id))
        except Exception as error:
            future.set_exception(error)
            future.exception()
        finally:
            self._asking[place, resource] -= 1
            if not self._asking[place, resource]:
                del self._asking[place, resource]
