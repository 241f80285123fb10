# SPDX-License-Identifier: Apache-2.0
"""A change that was begun is made whole, and one that is asked for twice is made once: ``request_id`` (AIP-155)."""

import asyncio
import contextvars
import dataclasses
import hashlib
import time
import uuid
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Any

from google.protobuf.message import Message

from oaktree import context, errors
from oaktree.background import Background
from oaktree.promises import Promises, reused

LIFETIME = 3600.0
"""Seconds that an answer is remembered."""

MOST = 10_000
"""Answers that are remembered."""


class Repeats:
    """Remembers what was answered to each ``request_id`` of each caller."""

    def __init__(self, background: Background, promises: Promises | None = None) -> None:
        """:param promises: what other processes know of it, and those that come after this one; None where we are alone."""
        self._background, self._promises = background, promises
        self._known: OrderedDict[tuple[str, str], tuple[float, bytes, asyncio.Future[Message]]] = OrderedDict()

    async def once(self, request: Any, work: Callable[[], Awaitable[Message]], answer: type[Message]) -> Message:
        """Do the work, whether or not its client stays, or wait for the answer of the first with the same ``request_id``.

        A failure that names something that was made is remembered too. After another, asked again is tried again.

        :raises errors.Failure: INVALID_ARGUMENT where the id is no UUID, or was used for another request.
        """
        if not request.request_id:
            return await asyncio.shield(self._start(work))
        key = (context.current().identity, _uuid(request.request_id))
        digest = hashlib.sha256(
            type(request).DESCRIPTOR.full_name.encode() + request.SerializeToString(deterministic=True)
        ).digest()
        self._expire()
        if key in self._known:
            _, first, known = self._known[key]
            if first != digest:
                raise reused()
            return await asyncio.shield(known)
        if promises := self._promises:
            task = self._start(lambda: promises.once(*key, digest, answer, work, _names_what_was_made))
        else:
            task = self._start(work)
        self._known[key] = time.monotonic(), digest, task
        task.add_done_callback(lambda done: self._forget_failure(key, done))
        return await asyncio.shield(task)

    def _start(self, work: Callable[[], Awaitable[Message]]) -> 'asyncio.Task[Message]':
        """Begin a change in a task of its own, and not within its client's deadline only.

        A client that goes away must not leave half of it; one that asks again is to find what was made, not make another.
        """
        own = contextvars.copy_context()
        own.run(context.begin, dataclasses.replace(context.current(), grace=context.DEFAULT_TIMEOUT))
        return self._background.start(_run(work), f'{context.current().rpc} {context.current().request_id}', own)

    def _forget_failure(self, key: tuple[str, str], done: 'asyncio.Future[Message]') -> None:
        error = None if done.cancelled() else done.exception()
        if done.cancelled() or (error and not _names_what_was_made(error)):
            self._known.pop(key, None)

    def _expire(self) -> None:
        while self._known:
            made, _, answer = next(iter(self._known.values()))
            if not answer.done() or (time.monotonic() - made < LIFETIME and len(self._known) < MOST):
                return
            self._known.popitem(last=False)


def _names_what_was_made(error: BaseException) -> bool:
    """``server_id`` and the like; ``request_id`` is the cloud's for its answer."""
    return any(key.endswith('_id') and key != 'request_id' for key in getattr(error, 'metadata', ()))


async def _run(work: Callable[[], Awaitable[Message]]) -> Message:
    return await work()


def _uuid(text: str) -> str:
    try:
        return str(uuid.UUID(text))
    except ValueError:
        raise errors.invalid('request_id', 'must be a UUID, such as uuidgen makes') from None
