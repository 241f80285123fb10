# SPDX-License-Identifier: Apache-2.0
"""What is known of the RPC that is being served, without handing it through every layer."""

import time
import uuid
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from oaktree.auth import OWNER, Caller

MAX_WAIT = 3600.0
"""Seconds that a call may wait for something, however patient its client is."""

DEFAULT_TIMEOUT = 60.0
"""Seconds that a call may take whose client names no deadline."""


@dataclass
class Call:
    """One RPC. Work that outlives it, or serves others too, has a call of its own."""

    rpc: str = '-'
    caller: Caller = OWNER
    request_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    deadline: float = field(default_factory=lambda: time.monotonic() + DEFAULT_TIMEOUT)
    grace: float = 0.0
    """Seconds that its work may go on when the client has given up, because somebody may ask for the answer again."""
    clouds: set[str] = field(default_factory=set)
    """The clouds that it had to do with, for the log."""
    sources: list[Any] | None = None
    """What its answer is made of, where that is all that it depends on; see ``answers.py``."""

    def patience(self) -> float:
        """Seconds until the client gives up, never below zero."""
        return max(0.0, self.deadline - time.monotonic())

    def remaining(self) -> float:
        """Seconds until the work must end, never below zero."""
        return max(0.0, self.deadline + self.grace - time.monotonic())


_current: ContextVar[Call | None] = ContextVar('call', default=None)


def current() -> Call:
    """The call being served; a new one for each question that nobody's call asked, such as a poll's."""
    return _current.get() or Call()


def begin(call: Call) -> Call:
    """Make this the call of the running task."""
    _current.set(call)
    return call
