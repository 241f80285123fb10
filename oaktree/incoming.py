# SPDX-License-Identifier: Apache-2.0
"""The data that a caller sends, held against what was said of it before its last piece is passed on.

Whoever writes it somewhere learns of a wrong sum while something is still missing, and what is not whole is not kept.
"""

import asyncio
import hashlib
import re
from collections import deque
from collections.abc import AsyncIterator
from typing import Any

from oaktree import errors

CHUNK = 1 << 20
"""Bytes that a caller may send at once."""

AHEAD = 2
"""Chunks that are held before one is passed on, unless there are no more."""

HEX = re.compile('[0-9a-f]{64}')
"""A SHA-256 as it is told."""

QUICK = 32 * 1024
"""Bytes that are summed up sooner than a thread is told to."""


def checked(sha256: str) -> None:
    """Refuse what is no SHA-256."""
    if not HEX.fullmatch(sha256.lower()):
        raise errors.invalid('sha256', 'must be 64 hexadecimal digits')


async def add(chunk: bytes, *sums: Any) -> None:
    """Add a chunk to these sums; other calls go on meanwhile, and each sum has a core where there are some."""
    if len(chunk) > QUICK:
        await asyncio.gather(*(asyncio.to_thread(one.update, chunk) for one in sums))
        return
    for one in sums:
        one.update(chunk)


class Incoming:
    """Data that is counted and summed up on its way."""

    def __init__(self, chunks: AsyncIterator[bytes], size: int | None, sha256: str) -> None:
        """:param size: of all of it, where that is known.
        :param sha256: in hex; empty where it is not known.
        """
        if sha256:
            checked(sha256)
        self._chunks, self._announced, self._expected = chunks, size, sha256.lower()
        self._held: deque[bytes] = deque()
        self._sum = hashlib.sha256()
        self._ended = False
        self.size = self.taken = 0

    @property
    def sha256(self) -> str:
        """Of what has come."""
        return self._sum.hexdigest()

    async def whole(self, most: int) -> bytes | None:
        """All of it, if it is not more than that; else it is still there to be taken."""
        while not self._ended and sum(map(len, self._held)) <= most:
            await self._pull()
        return b''.join(self._held) if self._ended and sum(map(len, self._held)) <= most else None

    async def more(self) -> bool:
        """Whether there is any that was not taken yet."""
        while not (self._ended or self._held):
            await self._pull()
        return bool(self._held)

    async def part(self, most: int, md5: Any) -> AsyncIterator[bytes]:
        """Take so many bytes, or what there is, and add them to a sum."""
        while most and (chunk := await self._take(most)):
            most -= len(chunk)
            await add(chunk, md5)
            yield chunk

    async def _take(self, most: int) -> bytes:
        while not self._ended and len(self._held) < AHEAD:
            await self._pull()
        if not self._held:
            return b''
        chunk = self._held.popleft()
        if len(chunk) > most:
            self._held.appendleft(chunk[most:])
        self.taken += len(chunk[:most])
        return chunk[:most]

    async def _pull(self) -> None:
        """Add a chunk to what is held.

        :raises errors.Failure: where what has come is not what was announced.
        """
        chunk = await anext(self._chunks, None)
        if chunk is None:
            self._ended = True
            self._check()
            return
        self.size += len(chunk)
        if len(chunk) > CHUNK:
            raise errors.invalid('chunk', f'must have at most {CHUNK:,} bytes')
        if self._announced is not None and self.size > self._announced:
            raise errors.invalid('size_bytes', f'is {self._announced}, and more came')
        await add(chunk, self._sum)
        if chunk:
            self._held.append(chunk)

    def _check(self) -> None:
        if self._announced not in (None, self.size):
            raise errors.invalid('size_bytes', f'is {self._announced}, and only {self.size} came')
        if self._expected and self._expected != self.sha256:
            words = f'SHA-256 of what came is {self.sha256}, not {self._expected}: nothing was written.'
            raise errors.Failure(errors.Code.DATA_LOSS, 'CHECKSUM_MISMATCH', words)
