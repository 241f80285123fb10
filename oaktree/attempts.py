# SPDX-License-Identifier: Apache-2.0
"""How often somebody may fail to sign in: guessing must neither succeed nor be a burden to Keystone.

Each process counts for itself, and in memory alone.
"""

import asyncio
import contextlib
import ipaddress
import logging
import time
import weakref
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable
from typing import TypeVar
from urllib.parse import unquote

from oaktree import context, errors

T = TypeVar('T')

FAILURES = 10
"""Attempts of one kind that may fail within a window."""

WINDOW = 60.0
"""Seconds of a window."""

TOGETHER = 4
"""Attempts of one kind that are made at a time. When one fails, no more than the others come too late to be stopped."""

KNOWN = 10_000
"""Kinds that are remembered; the one that has not failed for longest goes first."""

NETWORK = 64
"""Bits of an IPv6 address that tell one customer of a network from another."""


class Attempts:
    """Counts those that fail, by whatever they have in common."""

    def __init__(self, known: int = KNOWN) -> None:
        self._known = known
        self._failed: OrderedDict[str, deque[float]] = OrderedDict()
        self._turns: weakref.WeakValueDictionary[str, asyncio.Semaphore] = weakref.WeakValueDictionary()

    async def make(self, attempt: Callable[[], Awaitable[T]], *kinds: str) -> T:
        """Make one, in its turn.

        :param kinds: by which it is counted.
        :raises errors.Failure: what the attempt raises; RESOURCE_EXHAUSTED where too many of its kind have failed.
        """
        async with contextlib.AsyncExitStack() as turns:
            try:
                async with asyncio.timeout(context.current().remaining()):
                    for kind in kinds:
                        self._check(kind)
                        await turns.enter_async_context(self._turns.setdefault(kind, asyncio.Semaphore(TOGETHER)))
            except TimeoutError:
                raise errors.deadline('Waiting for other attempts to sign in') from None
            for kind in kinds:
                # Those before us may have failed.
                self._check(kind)
            try:
                return await attempt()
            except errors.Failure as failure:
                # Others say nothing of who tries.
                if failure.code is errors.Code.UNAUTHENTICATED:
                    self._count(*kinds)
                raise

    def _check(self, kind: str) -> None:
        failed = self._failed.get(kind)
        if failed and len(failed) == FAILURES and (wait := failed[0] + WINDOW - time.monotonic()) > 0:
            raise errors.Failure(
                errors.Code.RESOURCE_EXHAUSTED,
                'TOO_MANY_ATTEMPTS',
                'Too many attempts to sign in have failed, from where you are or with this client_id: '
                f'wait {errors.seconds(wait)} s.',
                details=[errors.retry_in(wait)],
                level=logging.WARNING,
            )

    def _count(self, *kinds: str) -> None:
        for kind in kinds:
            self._failed.setdefault(kind, deque(maxlen=FAILURES)).append(time.monotonic())
            self._failed.move_to_end(kind)
        while len(self._failed) > self._known:
            self._failed.popitem(last=False)


def host(peer: str) -> str:
    """Where a client is that gRPC names so: without its port, and without what it can change of an IPv6 address.

    All on the unix socket are one.
    """
    family, _, rest = unquote(peer).partition(':')
    address = rest.rpartition(':')[0].strip('[]').partition('%')[0]
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return family
    if isinstance(found, ipaddress.IPv6Address):
        return str(found.ipv4_mapped or ipaddress.ip_network((found, NETWORK), strict=False))
    return str(found)
