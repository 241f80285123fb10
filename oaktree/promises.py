# SPDX-License-Identifier: Apache-2.0
"""That a change is made once, kept where every process of an oaktree looks: in the shared store.

Whoever is first writes down that he is at it, and goes on saying so until he has an answer, which all others with the same
``request_id`` then get, also when he has long ended. Whoever stops saying so has died: the next one does it. What is kept is
sealed, as an answer may hold a private key.
"""

import asyncio
import base64
import contextlib
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TYPE_CHECKING

from cryptography.fernet import Fernet, InvalidToken
from google.protobuf.message import Message
from google.rpc import status_pb2

from oaktree import context, errors

if TYPE_CHECKING:
    from oaktree.store import SharedStore

LEASE = 15
"""Seconds after which one who says nothing any more has died."""

LOOK = 0.2
"""Seconds between two looks at whether another has an answer."""

DIGEST = 32
"""Bytes of what tells requests apart; behind them comes nothing yet, or the kind of the answer and the answer."""

ANSWERED, FAILED = b'a', b'f'


class Promises:
    """Changes that were begun, by any of those who share a store and a clouds.yaml."""

    def __init__(self, store: 'SharedStore', key: bytes, lifetime: float) -> None:
        """:param key: 32 bytes that those who share a clouds.yaml know, and nobody else.
        :param lifetime: seconds that an answer is kept."""
        self._store, self._lifetime = store, int(lifetime)
        self._fernet = Fernet(base64.urlsafe_b64encode(hashlib.sha256(b'promises' + key).digest()))
        self._prefix = f'oaktree:promise:{hashlib.sha256(b"prefix" + key).hexdigest()[:16]}'

    async def once(
        self, caller: str, request_id: str, digest: bytes, answer: type[Message], work: Callable[[], Awaitable[Message]],
        lasting: Callable[[BaseException], bool],
    ) -> Message:  # fmt: skip
        """Do the work, or give the answer of whoever did it.

        :param digest: of the request, so that one id is not used for two.
        :param lasting: whether a failure is an answer, too: it says what exists now.
        :raises errors.Failure: INVALID_ARGUMENT where the id was used for another request.
        """
        name = f'{self._prefix}:{hashlib.sha256(caller.encode()).hexdigest()[:16]}:{request_id}'
        claim = self._sealed(digest)
        while context.current().remaining():
            if self._store.away or (claimed := await self._store.claim(name, claim, LEASE)) is None:
                # Nobody to promise it to: then it is between this process and its callers.
                return await work()
            if claimed:
                return await self._kept(name, claim, digest, work, lasting)
            if (found := await self._store.look(name)) and (told := self._told(found, digest, answer)):
                return told
            await asyncio.sleep(LOOK)
        raise errors.deadline('What was begun with the same request_id')

    async def _kept(
        self, name: str, claim: bytes, digest: bytes, work: Callable[[], Awaitable[Message]],
        lasting: Callable[[BaseException], bool],
    ) -> Message:  # fmt: skip
        async with self._renewed(name):
            try:
                response = await work()
            except BaseException as error:
                if isinstance(error, errors.Failure) and lasting(error):
                    await self._keep(name, digest + FAILED, error.status())
                else:
                    # Unless we were taken for dead, and another is at it.
                    await self._store.drop(name, claim)
                raise
        await self._keep(name, digest + ANSWERED, response)
        return response

    async def _keep(self, name: str, head: bytes, answer: Message) -> None:
        await self._store.keep(name, self._sealed(head + answer.SerializeToString()), self._lifetime)

    @contextlib.asynccontextmanager
    async def _renewed(self, name: str) -> AsyncIterator[None]:
        async def renew() -> None:
            while True:
                await asyncio.sleep(LEASE / 3)
                await self._store.extend(name, LEASE)

        renewing = asyncio.create_task(renew())
        try:
            yield
        finally:
            renewing.cancel()
            await asyncio.wait([renewing])

    def _sealed(self, content: bytes) -> bytes:
        return self._fernet.encrypt(content)

    def _told(self, sealed: bytes, digest: bytes, answer: type[Message]) -> Message | None:
        """The answer that was kept; None while there is none.

        :raises errors.Failure: which was the answer; or because it is that to another request.
        """
        try:
            content = self._fernet.decrypt(sealed)
        except InvalidToken:
            return None
        if content[:DIGEST] != digest:
            raise reused()
        kind, rest = content[DIGEST : DIGEST + 1], content[DIGEST + 1 :]
        if kind == FAILED:
            raise errors.retold(status_pb2.Status.FromString(rest))
        return answer.FromString(rest) if kind == ANSWERED else None


def reused() -> errors.Failure:
    """An id that was used for another request."""
    return errors.invalid('request_id', 'was used for another request: make a new one', 'REQUEST_ID_REUSED')
