# SPDX-License-Identifier: Apache-2.0
"""Answers remembered as bytes: a request that is equal to one before, by the same caller, need not be parsed or composed.

They are given for as long as everything that they were made of is what the cache would give anyway, so they are never older
than it, and forgotten with it.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from oaktree import metrics

ROOM = 256 << 20
"""Bytes that remembered answers may take."""

LIFETIME = 600.0
"""Seconds that one is given at most: the page tokens in it do not live for ever."""

OVERHEAD = 1000
"""Bytes that one takes beside its contents."""

AGE = metrics.TALLIES.age

Current = Callable[[Any, Any, float | None], float]
"""(key, snapshot, max_age) -> until when the cache gives this snapshot while it stays as it is, in seconds since the epoch."""

Source = tuple[Any, Callable[[], Any]]
"""The key that something was read by, and a weak reference to it."""


@dataclass(slots=True)
class _Answer:
    content: bytes
    sources: Sequence[Source]
    max_age: float | None
    as_of: float
    end: float
    """When it is forgotten whatever holds, in seconds since the epoch."""
    version: int = -1
    """Of the cache, when its sources were last looked at."""
    since: float = 0.0
    until: float = 0.0
    """While that is the version they need not be looked at between these."""


class Answers:
    """The answers to equal requests."""

    def __init__(self, current: Current, version: Callable[[], int], room: int = ROOM) -> None:
        """:param version: the cache's, which changes with it.
        :param room: bytes of memory."""
        self._current, self._version = current, version
        self._room = room
        self._known: OrderedDict[tuple[str, str, bytes], _Answer] = OrderedDict()
        self.used = 0
        """Bytes that they take."""

    def get(self, caller: str, rpc: str, request: bytes) -> bytes | None:
        """What was answered to this request, if it would be answered the same now."""
        key = (caller, rpc, request)
        answer = self._known.get(key)
        if answer is None:
            return None
        now = time.time()
        if (answer.version != self._version() or not answer.since <= now < answer.until) and not self._holds(answer, now):
            self._drop(key)
            return None
        self._known.move_to_end(key)
        AGE.observe(now - answer.as_of)
        return answer.content

    def _holds(self, answer: _Answer, now: float) -> bool:
        """Look at what it was made of. That costs more than all the rest of a hit."""
        until = answer.end
        for source, reference in answer.sources:
            until = min(until, self._current(source, reference(), answer.max_age))
        answer.version, answer.since, answer.until = self._version(), now, until
        return until >= now

    def put(
        self, caller: str, rpc: str, request: bytes, answer: bytes,
        sources: Sequence[Source], max_age: float | None, as_of: float,
    ) -> None:  # fmt: skip
        """Remember one.

        :param sources: everything that it was made of.
        :param max_age: how old it may be, in seconds; None leaves it to the cache.
        :param as_of: when the oldest part of it was read, in seconds since the epoch.
        """
        key = (caller, rpc, request)
        self._drop(key)
        if len(answer) + len(request) + OVERHEAD > self._room // 8:
            return
        self._known[key] = _Answer(answer, tuple(sources), max_age, as_of, time.time() + LIFETIME)
        self.used += len(answer) + len(request) + OVERHEAD
        while self.used > self._room:
            self._drop(next(iter(self._known)))

    def _drop(self, key: tuple[str, str, bytes]) -> None:
        if answer := self._known.pop(key, None):
            self.used -= len(answer.content) + len(key[2]) + OVERHEAD
