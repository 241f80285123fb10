# SPDX-License-Identifier: Apache-2.0
"""The way to one service of one region, for all callers: its pace, its pauses, its circuit, and second attempts.

Threads report here how each HTTP request ended; all decisions are made on the event loop.
"""

import asyncio
import contextlib
import contextvars
import random
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar

from oaktree import context, errors, metrics
from oaktree.circuit import TIMEOUT, Circuit
from oaktree.limits import Limiter

T = TypeVar('T')

ATTEMPTS = 3
"""Times that a read or a delete is tried, the first included."""

BACKOFF = 0.1
"""Seconds, doubled for each attempt, of which a random part passes before the next one."""

PASSING = frozenset({'429', '502', '503', '504'})
"""HTTP statuses that may be another one in a moment."""

AWAY = frozenset({502, 504})
"""HTTP statuses by which a proxy says that there is nobody behind it."""

THROTTLING = frozenset({413, 429, 503})
"""HTTP statuses whose Retry-After is for everybody. Old services say 413 where others say 429."""


SILENCE = 10.0
"""Seconds without an answer that say something of the service. Less says only that a caller was in a hurry."""


class Gate:
    """What every request to one service of one region passes."""

    def __init__(self, cloud: str, region: str, service: str, limiter: Limiter, api_timeout: float) -> None:
        self.cloud, self.region, self.service = cloud, region, service
        self._silence = min(SILENCE, api_timeout)
        self.limiter, self.circuit = limiter, Circuit()
        self._loop = asyncio.get_running_loop()

    def check(self) -> None:
        """:raises errors.Failure: where the running call would not be let through in its time."""
        try:
            self.circuit.check()
            self.limiter.check(context.current().in_line())
        except errors.Failure as failure:
            raise self.named(failure) from None

    def named(self, failure: errors.Failure) -> errors.Failure:
        """The same with the place."""
        return failure.at(cloud=self.cloud, region=self.region, service=self.service)

    async def call(self, attempt: Callable[[int], Awaitable[T]], again: bool) -> T:
        """Make a request when it may be made; more than once where it fails in a way that may pass.

        :param attempt: makes it; is told how many times it has been called, with this one.
        :param again: whether it does no harm to make it twice.
        """
        call = context.current()
        number = 1
        while True:
            self.circuit.check()
            await self.limiter.admit(call.in_line)
            self.circuit.enter()
            try:
                return await attempt(number)
            except errors.Failure as failure:
                delay = random.uniform(0, BACKOFF * 2**number)
                if not again or number >= ATTEMPTS or not _may_pass(failure) or delay >= call.remaining():
                    raise
            number += 1
            metrics.RETRIES.labels(self.cloud, self.service).inc()
            await asyncio.sleep(delay)

    def answered(self, method: str, status: int, headers: Mapping[str, str], seconds: float) -> None:
        """An HTTP request was answered. To be called in its thread."""
        metrics.UPSTREAM_REQUESTS.labels(self.cloud, self.service, method, str(status)).inc()
        metrics.UPSTREAM_SECONDS.labels(self.cloud, self.service).observe(seconds)
        if status in AWAY:
            self._later(self.circuit.failed, errors.refused(status, b'', {}, self.service))
        else:
            self._later(self.circuit.answered)
        wait = errors.retry_after(headers) if status in THROTTLING else None
        if status == 429 or wait is not None:
            metrics.THROTTLED.labels(self.cloud, self.service).inc()
        if wait:
            self._later(self.limiter.pause, wait, errors.refused(status, b'', {}, self.service))

    def unanswered(self, method: str, error: Exception, timeout: float | None = None) -> None:
        """An HTTP request was not answered. To be called in its thread.

        :param timeout: the seconds for which it waited, where that is why.
        """
        metrics.UPSTREAM_REQUESTS.labels(
            self.cloud, self.service, method, 'unreachable' if timeout is None else 'timeout'
        ).inc()
        failure = errors.known(error)
        if failure and timeout is None:
            self._later(self.circuit.failed, failure)
        elif failure and timeout is not None and timeout >= self._silence:
            self._later(self.circuit.failed, failure, TIMEOUT)

    def _later(self, tell: Callable[..., None], *args: object) -> None:
        # A thread may end after the loop has.
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(tell, *args)


reports_to: contextvars.ContextVar[Gate | None] = contextvars.ContextVar('reports_to', default=None)
"""The gate of the service that a thread makes requests to. A thread's context is its own, and lasts."""


def _may_pass(failure: errors.Failure) -> bool:
    status = failure.metadata.get('http_status')
    # Not a timeout: it has cost the caller its time already, and maybe the cloud too.
    return failure.reason == 'CLOUD_UNREACHABLE' if status is None else status in PASSING
