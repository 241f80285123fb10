# SPDX-License-Identifier: Apache-2.0
"""Documents that have no row, such as limits: those who ask for one at a time share it, and some are content with an old one.

They may change with any write, to whichever service, so nobody gets one that was asked for before, but who says how old it
may be.
"""

import asyncio
import contextvars
import math
import time
from collections import OrderedDict
from collections.abc import Mapping

from oaktree import context
from oaktree.backends.base import Backend, Dated, Forwarding
from oaktree.resource import Place

MOST = 1000
"""Documents that are remembered; the longest unused goes first."""

READING = 60.0
"""Seconds that one may take, for all who wait for it."""

_Key = tuple[Place, str, str, frozenset[tuple[str, str]]]


class _Asking:
    """One request under way."""

    task: 'asyncio.Task[Dated]'

    def __init__(self) -> None:
        self.begun = math.inf
        self.call = context.shared(READING)


class SharingBackend(Forwarding):
    """One request at a time for a document, however many want it."""

    def __init__(self, base: Backend) -> None:
        super().__init__(base)
        self._known: OrderedDict[_Key, tuple[float, Dated]] = OrderedDict()
        """When each was begun to be read, by a clock that is never set, and what it was."""
        self._asking: dict[_Key, _Asking] = {}

    async def fetch(
        self, place: Place, service: str, path: str, params: Mapping[str, str] | None = None, max_age: float = 0.0
    ) -> Dated:
        key = (place, service, path, frozenset((params or {}).items()))
        asked = time.monotonic() - max_age
        while not (known := self._known.get(key)) or known[0] < asked:
            asking = self._asking.get(key) or self._start(key, params)
            asking.call.joined(context.current())
            if asking.begun >= asked:
                return await asyncio.shield(asking.task)
            # It may have been answered before we asked: the next one will not be.
            await asyncio.wait([asking.task])
        self._known.move_to_end(key)
        return known[1]

    def _start(self, key: _Key, params: Mapping[str, str] | None) -> _Asking:
        # In a context of its own: it serves others too, and must not end with the first caller's deadline.
        asking, own = _Asking(), contextvars.Context()
        own.run(context.begin, asking.call)
        asking.task = asyncio.create_task(self._ask(asking, key, params), context=own)
        # Where all have gone away who would have been told how it failed.
        asking.task.add_done_callback(lambda task: task.cancelled() or task.exception())
        self._asking[key] = asking
        return asking

    async def _ask(self, asking: _Asking, key: _Key, params: Mapping[str, str] | None) -> Dated:
        place, service, path, _ = key
        asking.begun = time.monotonic()
        try:
            told = await self._base.fetch(place, service, path, params)
        finally:
            del self._asking[key]
        self._known[key] = asking.begun, told
        self._known.move_to_end(key)
        if len(self._known) > MOST:
            self._known.popitem(last=False)
        return told
