# SPDX-License-Identifier: Apache-2.0
"""How fast a service may be asked: what the deployer allows, and the pauses that the service itself asks for."""

import asyncio
import random
import time
from collections.abc import Callable

from oaktree import errors

LONGEST_PAUSE = 300.0
"""Seconds that a service can stop us for; a clock that is wrong, or a mistyped header, must not stop us for days."""

SPREAD = 1.0
"""Seconds, at most, that a pause is longer than asked for, so that many processes do not go on in step."""


class Limiter:
    """A token bucket with a pause: those who come too early wait in line, if that does not take too long for them."""

    def __init__(self, rate: float = 0.0, burst: float = 1.0) -> None:
        """:param rate: requests a second; 0 for as many as come.
        :param burst: requests that may come at once after a while without any."""
        self._rate, self._burst = rate, burst
        self._left, self._counted = burst, time.monotonic()
        self._paused_until = 0.0
        self._cause: errors.Failure | None = None
        self._turn = asyncio.Lock()
        self.waiting = 0
        """Calls in line."""

    def pause(self, seconds: float, cause: errors.Failure) -> None:
        """Let nobody through for a time. ``cause`` is what those are told who can't wait so long."""
        seconds = min(seconds, LONGEST_PAUSE)
        if seconds > 0:
            until = time.monotonic() + seconds + random.uniform(0, min(SPREAD, seconds / 10))
            self._paused_until, self._cause = max(self._paused_until, until), cause

    def check(self, remaining: float) -> None:
        """:raises errors.Failure: where a call that has so many seconds would not be let through in time."""
        pause = self._paused_until - time.monotonic()
        if self._cause and pause > 0 and pause >= remaining:
            raise errors.Failure(
                self._cause.code, self._cause.reason,
                f'The cloud asks to be left alone for another {errors.seconds(pause)} s.',
                metadata=self._cause.metadata, details=[errors.retry_in(pause)], level=self._cause.level,
            )  # fmt: skip
        if self._rate and (wait := max(0.0, pause) + self._until(1 + self.waiting)) > 0 and wait >= remaining:
            raise errors.Failure(
                errors.Code.RESOURCE_EXHAUSTED, 'RATE_LIMITED',
                f'{self.waiting} calls wait already, and oaktree_rate lets {self._rate:g} a second through.',
                details=[errors.retry_in(wait)],
            )  # fmt: skip

    async def admit(self, remaining: Callable[[], float]) -> None:
        """Wait until it is this call's turn.

        :param remaining: the seconds that the call has left.
        :raises errors.Failure: as :meth:`check`, and where its turn moves too far away while it waits.
        """
        self.check(remaining())
        if not self.waiting and self._wait() <= 0:
            self._left -= 1
            return
        self.waiting += 1
        try:
            # In the order in which they came; one who leaves holds nobody up.
            async with self._turn:
                while (wait := self._wait()) > 0:
                    if wait >= remaining():
                        self.check(0)
                    await asyncio.sleep(wait)
                self._left -= 1
        finally:
            self.waiting -= 1

    def _wait(self) -> float:
        """Seconds until the next one may go."""
        return max(self._paused_until - time.monotonic(), self._until(1))

    def _until(self, tokens: float) -> float:
        """Seconds until so many tokens are there."""
        if not self._rate:
            return 0.0
        now = time.monotonic()
        self._left, self._counted = min(self._burst, self._left + (now - self._counted) * self._rate), now
        return (tokens - self._left) / self._rate
