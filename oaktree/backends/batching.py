# SPDX-License-Identifier: Apache-2.0
"""Gets that arrive together become one List."""

import asyncio
import contextvars
from collections import defaultdict

from oaktree.backends.base import Backend, Forwarding
from oaktree.resource import Place, Resource, Snapshot

WINDOW = 0.005
"""Seconds that the first Get waits for others: little beside a cloud's answer."""

FEW = 4
"""Up to so many ids are asked for one by one; a page of a list costs a cloud about as much."""


class BatchingBackend(Forwarding):
    """Collects the ids that are asked for within a moment."""

    def __init__(self, base: Backend) -> None:
        super().__init__(base)
        self._waiting: defaultdict[tuple[Place, Resource], dict[str, asyncio.Future[Snapshot]]] = defaultdict(dict)
        self._running: set[asyncio.Task[None]] = set()

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
        await asyncio.sleep(WINDOW)
        batch = self._waiting.pop((place, resource))
        if len(batch) <= FEW:
            await asyncio.gather(*(self._ask(resource, place, item_id, batch[item_id]) for item_id in batch))
            return
        try:
            snapshot = await self._base.list(resource, place)
        except Exception as error:
            for future in batch.values():
                future.set_exception(error)
                future.exception()
            return
        missing = []
        for item_id, future in batch.items():
            if found := [item for item in snapshot.named(item_id) if item.id == item_id]:
                future.set_result(Snapshot.of(found, snapshot.as_of))
            else:
                # A list does not tell of everything: a hidden image, a private flavor.
                missing.append(self._ask(resource, place, item_id, future))
        await asyncio.gather(*missing)

    async def _ask(self, resource: Resource, place: Place, item_id: str, future: 'asyncio.Future[Snapshot]') -> None:
        try:
            future.set_result(await self._base.get(resource, place, item_id))
        except Exception as error:
            future.set_exception(error)
            future.exception()
