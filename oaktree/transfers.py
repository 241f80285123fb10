# SPDX-License-Identifier: Apache-2.0
"""Bytes between a call and the thread that makes its HTTP request: a few chunks at a time, whatever there is of them.

Who is slower, the caller or the cloud, keeps the other waiting. When the call ends, in whatever way, so does the request: its
connection is cut, and the thread is free again.
"""

import asyncio
import contextlib
import contextvars
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

T = TypeVar('T')

CHUNK = 1 << 20
"""Bytes of a chunk that we make."""

CHUNKS = 2
"""Chunks that wait in a pipe. A caller's may have 4 MiB, and both sides hold one more."""

PIECE = 256 * 1024
"""Bytes of a chunk that are given to a connection at once: a slow one must take them before it counts as stalled."""

STORING = 300.0
"""Seconds that a cloud may take to answer when it has all bytes, or to bring the next."""

ENDING = 2.0
"""Seconds that the end of a call waits for the end of its request."""


class Abandoned(Exception):
    """The call has ended: nobody wants these bytes any more."""


class Pipe:
    """The bytes of one transfer, in one direction."""

    def __init__(self, *, size: int | None = None, receives: bool = False) -> None:
        """:param size: of all the bytes that are sent, where that is known.
        :param receives: whether the bytes come from the cloud.
        """
        self._loop = asyncio.get_running_loop()
        self._size, self.receives = size, receives
        self._queue: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._room = asyncio.Semaphore(CHUNKS)
        self.head: asyncio.Future[Mapping[str, str]] = self._loop.create_future()
        """The headers of what is received."""
        self.begun = False
        """Whether any byte has been taken: then the request can't be made again."""
        self.abandoned = False
        self.cut: Callable[[], None] | None = None
        """Cuts the connection; from the event loop, while a thread waits for it."""

    async def put(self, chunk: bytes) -> None:
        """Add a chunk as soon as there is room."""
        if chunk:
            await self._room.acquire()
            self._check()
            self._queue.put_nowait(chunk)

    async def get(self) -> bytes:
        """The next chunk; none at the end."""
        self._check()
        chunk = await self._queue.get()
        self._check()
        self._room.release()
        self.begun = True
        return chunk or b''

    def end(self) -> None:
        """There is no more to come."""
        self._queue.put_nowait(None)

    def abandon(self) -> None:
        """Let both sides go, wherever they are."""
        self.abandoned = True
        self._room.release()
        self.end()
        if self.cut:
            with contextlib.suppress(OSError):
                self.cut()

    def _check(self) -> None:
        if self.abandoned:
            raise Abandoned

    def options(self, patience: float, headers: dict[str, str]) -> tuple[float, dict[str, str], dict[str, Any]]:
        """The timeout, headers and options of the request; in its thread."""
        body = _Sized(self._pieces, self._size) if self._size else self._pieces()
        # A connection for itself, which can be cut.
        alone = headers | {'Connection': 'close', 'Accept-Encoding': 'identity'}
        return max(patience, STORING), alone, {'log': False} | ({'stream': True} if self.receives else {'data': body})

    def _pieces(self) -> Iterator[memoryview]:
        while chunk := self._wait(self.get()):
            view = memoryview(chunk)
            yield from (view[at : at + PIECE] for at in range(0, len(view), PIECE))

    def fill(self, response: Any) -> None:
        """Pass on what an HTTP response brings; in its thread."""
        self._loop.call_soon_threadsafe(self._begin, response.headers)
        try:
            # As they are kept: an object may be encoded, and that is its caller's affair.
            for chunk in response.raw.stream(CHUNK, decode_content=False):
                self._wait(self.put(chunk))
        except Exception:
            self._check()
            raise
        finally:
            # What is left of it would wait in its connection for somebody to take it.
            response.close()

    def _begin(self, headers: Mapping[str, str]) -> None:
        if not self.head.done():
            self.head.set_result(headers)

    def _wait(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()


@dataclass(frozen=True)
class _Sized:
    """An iterable whose length requests knows."""

    pieces: Callable[[], Iterator[memoryview]]
    len: int

    def __iter__(self) -> Iterator[memoryview]:
        return self.pieces()


carries: contextvars.ContextVar[Pipe | None] = contextvars.ContextVar('carries', default=None)
"""The pipe of the request that a thread makes."""


@dataclass(frozen=True)
class Download:
    """What a cloud sends: its headers, and then the bytes."""

    headers: Mapping[str, str]
    chunks: AsyncIterator[bytes]


async def sent(pipe: Pipe, chunks: AsyncIterator[bytes], request: Awaitable[T]) -> T:
    """Send all chunks by a request that takes them from the pipe; returns what it returns.

    Where the chunks fail, or the call ends, the cloud sees the connection break, never an end of the bytes.
    """
    asking, feeding = asyncio.ensure_future(request), asyncio.ensure_future(_feed(pipe, chunks))
    try:
        await asyncio.wait({asking, feeding}, return_when=asyncio.FIRST_COMPLETED)
        if feeding.done():
            feeding.result()
        # Its end is below: cancelled with us, it would seem to be over while its thread still sends.
        return await asyncio.shield(asking)
    finally:
        feeding.cancel()
        await _over(pipe, asking)


async def _feed(pipe: Pipe, chunks: AsyncIterator[bytes]) -> None:
    async for chunk in chunks:
        await pipe.put(chunk)
    pipe.end()


@contextlib.asynccontextmanager
async def received(pipe: Pipe, request: Awaitable[Any]) -> AsyncIterator[Download]:
    """What a request puts into the pipe; it ends with the block."""
    asking = asyncio.ensure_future(request)
    asking.add_done_callback(lambda _: pipe.end())
    try:
        await asyncio.wait({asking, pipe.head}, return_when=asyncio.FIRST_COMPLETED)
        if not pipe.head.done():
            await asking
        yield Download(await pipe.head, _chunks(pipe, asking))
    finally:
        await _over(pipe, asking)


async def _chunks(pipe: Pipe, asking: Awaitable[Any]) -> AsyncIterator[bytes]:
    while chunk := await pipe.get():
        yield chunk
    # Raises where they broke off.
    await asking


async def _over(pipe: Pipe, asking: 'asyncio.Future[Any]') -> None:
    """End a request whose call ends, and leave no thread with it."""
    if not asking.done():
        pipe.abandon()
        asking.add_done_callback(lambda done: done.cancelled() or done.exception())
        await asyncio.wait({asking}, timeout=ENDING)
        asking.cancel()
