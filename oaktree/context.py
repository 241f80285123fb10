# SPDX-License-Identifier: Apache-2.0
"""What is known of the RPC that is being served, without handing it through every layer."""

import math
import time
import uuid
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from oaktree.caller import NOBODY, Credentials

MAX_WAIT = 3600.0
"""Seconds that a call may wait for something, however patient its client is."""

DEFAULT_TIMEOUT = 60.0
"""Seconds that a call may take whose client names no deadline."""

IN_LINE = 5.0
"""Seconds that work for everybody waits for its turn at a cloud while nobody waits for it."""


@dataclass
class Call:
    """One RPC. Work that outlives it, or serves others too, has a call of its own."""

    rpc: str = '-'
    caller: Credentials = NOBODY
    request_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    deadline: float = field(default_factory=lambda: time.monotonic() + DEFAULT_TIMEOUT)
    grace: float = 0.0
    """Seconds that its work may go on when the client has given up, because somebody may ask for the answer again."""
    clouds: set[str] = field(default_factory=set)
    """The clouds that it had to do with."""
    secure: bool = True
    """Whether nobody but the client can have read what it sent."""
    peer: str = ''
    """Where the client is, as gRPC says it."""
    sources: list[Any] | None = None
    """What its answer is made of, where that is all that it depends on; see ``answers.py``."""

    patient_until: float = math.inf
    """For work that many wait for: when the last of them gives up. It may take longer, but need not wait in line longer."""

    @property
    def identity(self) -> str:
        """Tells callers apart; not before the places are known that the call is about."""
        return self.caller.named(self.clouds)

    def joined(self, by: 'Call') -> None:
        """Somebody else waits for this work, too."""
        self.patient_until = max(self.patient_until, min(by.deadline + by.grace, by.patient_until))

    def in_line(self) -> float:
        """Seconds that it may wait for its turn, never below zero."""
        return min(self.remaining(), max(0.0, self.patient_until - time.monotonic()))

    def patience(self) -> float:
        """Seconds until the client gives up, never below zero."""
        return max(0.0, self.deadline - time.monotonic())

    def remaining(self) -> float:
        """Seconds until the work must end, never below zero."""
        return max(0.0, self.deadline + self.grace - time.monotonic())


_current: ContextVar[Call | None] = ContextVar('call', default=None)


def shared(seconds: float) -> Call:
    """A call for work that many may wait for, and that may take so many seconds."""
    now = time.monotonic()
    return Call(deadline=now + seconds, patient_until=now + IN_LINE)


def current() -> Call:
    """The call being served; a new one for each question that nobody's call asked, such as a poll's."""
    return _current.get() or Call()


def begin(call: Call) -> Call:
    """Make this the call of the running task."""
    _current.set(call)
    return call
