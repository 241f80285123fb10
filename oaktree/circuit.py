# SPDX-License-Identifier: Apache-2.0
"""A service that does not answer is left alone, and whoever wants something of it is told at once."""

import random
import time

from oaktree import errors

FAILURES = 4
"""So many in a row without one answer open the circuit; one call alone, with its retries, does not."""

TIMEOUT = 2
"""What a timeout counts: few fit into a minute, and each keeps somebody waiting."""

FIRST, LONGEST = 1.0, 30.0
"""Seconds between two probes of a service that is away, at the start and in the end."""


class Circuit:
    """Opens when a service has failed to answer a few times in a row, and closes with its first answer."""

    def __init__(self) -> None:
        self._failures = 0
        self._interval = 0.0
        """Seconds, at most, until the next probe; 0 where the circuit is closed."""
        self._until = 0.0
        self._last: errors.Failure | None = None

    @property
    def open(self) -> bool:
        """Whether calls are refused."""
        return bool(self._interval)

    def check(self) -> None:
        """:raises errors.Failure: where a call would be refused now, with the time to try again."""
        wait = self._until - time.monotonic()
        if self.open and self._last and wait > 0:
            raise errors.Failure(
                self._last.code, self._last.reason,
                f'{self._last.message} oaktree asks it again in {errors.seconds(wait)} s, and until then nobody waits for it.',
                metadata={'circuit': 'open'}, details=[errors.retry_in(wait)], level=self._last.level,
            )  # fmt: skip

    def enter(self) -> None:
        """Let a call through; where the circuit is open, one for each interval, as a probe.

        :raises errors.Failure: as :meth:`check`.
        """
        self.check()
        if self.open:
            # The next one in its time, whatever becomes of this one, and later each time.
            self._interval = min(2 * self._interval, LONGEST)
            self._wait()

    def answered(self) -> None:
        """The service has answered; what it said does not matter."""
        self._failures, self._interval = 0, 0.0

    def failed(self, failure: errors.Failure, weight: int = 1) -> None:
        """The service has not answered. ``failure`` is what callers are told while the circuit is open."""
        self._failures += weight
        self._last = failure
        if self._failures >= FAILURES and not self.open:
            self._interval = FIRST
            self._wait()

    def _wait(self) -> None:
        # Somewhere in the second half, so that many processes do not probe in step.
        self._until = time.monotonic() + random.uniform(self._interval / 2, self._interval)
