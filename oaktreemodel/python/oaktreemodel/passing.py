# SPDX-License-Identifier: Apache-2.0
"""Bytes that pass, up or down: counted, summed, and told of."""

from __future__ import annotations

import dataclasses
import hashlib
import threading
import time
from collections.abc import Callable
from typing import Any

from oaktreemodel.errors import ChecksumError

CHUNK = 1 << 20
"""Bytes that go in one message."""

USUAL = 86_400.0
"""Seconds that the server gives a transfer without a deadline."""

Progress = Callable[[int, 'int | None'], object]
"""Called with the bytes that are done, and all there are, or None where that is not known."""


@dataclasses.dataclass
class Options:
    """How a transfer is made."""

    progress: Progress | None = None
    stream: bool = False
    """Whether the bytes go through oaktree, also where the cloud could be reached."""
    timeout: float | None = None
    stop: threading.Event = dataclasses.field(default_factory=threading.Event)
    """Set by another thread, ends it with the next chunk."""


class Passing:
    """What both ways have in common."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.total: int | None = None
        self.done = self._told = 0
        self._sums: dict[str, Any] = {}
        self._end = time.monotonic() + (USUAL if options.timeout is None else options.timeout)

    def left(self) -> float:
        """Returns how many seconds there are."""
        return max(0.0, self._end - time.monotonic())

    def check(self) -> None:
        """Raises where there is no time any more, or nobody who waits."""
        if self.options.stop.is_set():
            raise InterruptedError('the transfer was cancelled')
        if not self.left():
            raise TimeoutError('the transfer took too long')

    def sum(self, *names: str) -> None:
        """Has these kinds of sums made of all bytes that follow, as far as they are known here."""
        for name in names:
            if name in ('md5', 'sha256', 'sha512'):
                self._sums[name] = hashlib.new(name, usedforsecurity=False)

    def hex(self, name: str) -> str:
        """Returns a sum of all bytes so far; empty where it was not made."""
        made = self._sums.get(name)
        return made.hexdigest() if made else ''

    def add(self, chunk: bytes) -> None:
        """Counts and sums bytes that have passed."""
        for one in self._sums.values():
            one.update(chunk)
        self.done += len(chunk)
        if self.done - self._told >= CHUNK:
            self._tell()

    def finish(self) -> None:
        """Tells the last of the progress, unless it was told."""
        if self._told != self.done or not self.done:
            self._tell()

    def rewind(self) -> None:
        """Begins anew, with the same kinds of sums."""
        self.done = self._told = 0
        self.sum(*self._sums)

    def far(self) -> str:
        """Says how far it came."""
        whole = '' if self.total is None else f' of {self.total / (1 << 20):.1f} MiB'
        return f'after {self.done / (1 << 20):.1f} MiB{whole}'

    def match(self, name: str, told: str, what: str) -> None:
        """Holds a sum that was told against ours; one that is empty, or of a kind that was not made, says nothing."""
        ours = self.hex(name)
        if told and ours and told.lower() != ours:
            raise ChecksumError(f'{what} is not what was sent, by its {name}: {ours}, not {told}. Try again.')

    def _tell(self) -> None:
        self._told = self.done
        if self.options.progress:
            self.options.progress(self.done, self.total)
