# SPDX-License-Identifier: Apache-2.0
"""What passes between layers: a row for each kind of resource, places, and what was read there."""

import asyncio
import bisect
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from google.protobuf.message import Message

from oaktree.caller import Caller

Document = Mapping[str, Any]
"""One JSON object as a cloud sends it."""


OWN_USER = '{user}'
"""Stands in a path for the id of the user that asks."""


@dataclass(frozen=True, eq=False)
class Resource:
    """What oaktree must know of a kind of resource that its proto does not say.

    Ten fields at most: what does not fit is a plain method of its service.
    """

    message: type[Message]
    service: str
    """Its service, by the official type: the one that its path is relative to."""
    path: str
    """The collection, as it is listed with details."""
    key: str
    """Where the list is in the collection's document; also the last part of the path that POST and DELETE take."""
    ttl: float
    """Seconds that an answer is good for, unless the caller says otherwise."""
    fields: Mapping[str, 'str | Callable[[Document], Any]'] = field(default_factory=dict)
    """Proto field -> JSON key, or a function of the document; a field that is absent here has its own name as key."""
    used: frozenset[str] = frozenset()
    """Keys that those functions read; what no field has used becomes a property."""
    states: Mapping[str, int] = field(default_factory=dict)
    """The cloud's status in upper case -> value of the ``state`` enum."""
    touches: tuple[str, ...] = ()
    """Keys of other collections that a write to this one changes."""
    optional: bool = False
    """Whether a cloud without this collection answers 404 and means that there are none."""

    @property
    def noun(self) -> str:
        """The name of the kind, as the API spells it."""
        return self.message.DESCRIPTOR.name

    @property
    def collection(self) -> str:
        """The path that takes a POST, and under which each one has its own."""
        return self.path.removesuffix('/detail')

    @property
    def one(self) -> str:
        """The key of one in its own document: ``server`` for ``servers``, ``rbac_policy`` for ``rbac_policies``."""
        return f'{self.key[:-3]}y' if self.key.endswith('ies') else self.key[:-1]


@dataclass(frozen=True)
class Place:
    """A region of a cloud as one caller sees it. Whatever is kept by place is kept by caller too."""

    cloud: str
    region: str
    caller: Caller

    def __str__(self) -> str:
        return f'{self.cloud}/{self.region}' if self.region else self.cloud


CROWD = 200
"""Objects that are let go of at once, in half a millisecond or so."""


@dataclass(frozen=True, eq=False, weakref_slot=True, slots=True)
class Snapshot:
    """A collection, or one of it, as it was at a moment: in order of id, which stays the same from page to page."""

    items: Sequence[Any]
    ids: Sequence[str]
    as_of: float
    """When the reading began, in seconds since the epoch."""
    whole: float
    """When all of it was last read, where what has changed since was read alone: its oldest part is as old as that."""
    moving: bool
    """Whether something of it is about to change."""
    source: 'Snapshot | None' = None
    """The whole collection, where that was read to find this one in it."""
    clock: float = 0.0
    """The same moment as ``as_of`` by the cloud's own clock; 0 where it did not tell."""

    @classmethod
    def of(cls, items: Sequence[Any], as_of: float, whole: float | None = None, source: 'Snapshot | None' = None) -> 'Snapshot':
        """Takes its time where there are many items; in a thread then."""
        ordered = sorted(items, key=lambda item: item.id)
        ids = [item.id for item in ordered]
        moving = any(map(in_transition, ordered))
        return cls(ordered, ids, as_of, as_of if whole is None else whole, moving, source)

    @classmethod
    def by_id(cls, items: Mapping[str, Any], as_of: float, whole: float | None = None, clock: float = 0.0) -> 'Snapshot':
        """The same of items by their ids."""
        # Not sorted at once: 100,000 take 50 ms, in which nothing else runs.
        alike: defaultdict[str, list[str]] = defaultdict(list)
        for item_id in items:
            alike[item_id[:2]].append(item_id)
        ids = [item_id for start in sorted(alike) for item_id in sorted(alike[start])]
        ordered = [items[item_id] for item_id in ids]
        moving = any(map(in_transition, ordered))
        return cls(ordered, ids, as_of, as_of if whole is None else whole, moving, clock=clock)

    def __del__(self) -> None:
        if len(self.items) > CROWD:
            # To free a message takes some microseconds, in which nothing else runs, and a list would free them in one go.
            _let_go(list(self.items))

    def after(self, item_id: str) -> Sequence[Any]:
        """The items behind this id, whether or not it is still there itself."""
        return self.items[bisect.bisect_right(self.ids, item_id) :]

    def named(self, name_or_id: str) -> Sequence[Any]:
        """The one with this id, or else all with this name."""
        at = bisect.bisect_left(self.ids, name_or_id)
        if at < len(self.ids) and self.ids[at] == name_or_id:
            return [self.items[at]]
        return [item for item in self.items if item.name == name_or_id]


def _let_go(items: list[Any]) -> None:
    """Forget these a few at a time; other threads, and what else the event loop has to do, come in between."""
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        loop = None
    while items:
        del items[-CROWD:]
        if loop:
            loop.call_soon(_let_go, items)
            return


MOVING = frozenset({
    'attaching', 'awaiting-transfer', 'backing-up', 'BUILD', 'creating', 'deleting', 'detaching', 'downloading', 'extending',
    'importing', 'maintenance', 'PENDING_CREATE', 'PENDING_DELETE', 'PENDING_UPDATE', 'queued', 'reserved', 'restoring',
    'restoring-backup', 'retyping', 'reverting', 'saving', 'unmanaging', 'uploading',
})  # fmt: skip
"""Native status of what is about to change."""


def in_transition(item: Any) -> bool:
    """Whether one is about to change by itself."""
    return bool(getattr(item, 'native_task_state', '')) or getattr(item, 'native_status', '') in MOVING
