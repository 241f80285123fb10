# SPDX-License-Identifier: Apache-2.0
"""Requests counted, and faults put in their way."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, fields
from typing import Any

from oaktree.simcloud.http import Doc, Refusal


@dataclass
class Fault:
    """What shall go wrong, with which requests, how often. Unset fields match, and change, nothing."""

    service: str = ''
    method: str = ''
    path: str = ''
    """A path template (`/servers/{id}`), or the start of one with a * at its end."""
    latency: float = 0
    status: int = 0
    retry_after: str | int | float | None = None
    reset: bool = False
    lose: bool = False
    """Whether the connection is reset when all is done, in place of an answer."""
    truncate: bool = False
    malformed: bool = False
    body: Any = None
    probability: float = 1
    count: int | None = None
    """How many more times; None is for ever."""

    def matches(self, service: str, method: str, template: str) -> bool:
        if self.count == 0 or (self.service and self.service != service) or (self.method and self.method != method):
            return False
        if self.path.endswith('*'):
            return template.startswith(self.path[:-1])
        return not self.path or self.path == template


class Faults:
    """The faults in force and the counts of one cloud."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self.counts: Counter[tuple[str, str, str, int]] = Counter()
        self.faults: list[Fault] = []

    def add(self, given: Doc) -> None:
        known = {f.name for f in fields(Fault)}
        if not given.keys() <= known:
            raise Refusal(400, f'unknown fields {sorted(given.keys() - known)}; a fault has {sorted(known)}')
        self.faults.append(Fault(**given))

    def next(self, service: str, method: str, template: str) -> Fault | None:
        """The fault that meets this request, counted down; the oldest that matches."""
        for fault in self.faults:
            if fault.matches(service, method, template) and random.random() < fault.probability:
                if fault.count is not None:
                    fault.count -= 1
                return fault
        return None

    def report(self) -> list[Doc]:
        return [
            {'service': service, 'method': method, 'path': path, 'status': status, 'count': count}
            for (service, method, path, status), count in sorted(self.counts.items())
        ]
