# SPDX-License-Identifier: Apache-2.0
"""What has been read, within a bound of memory: the longest unused goes first."""

from collections import OrderedDict, defaultdict
from collections.abc import Collection
from typing import NamedTuple

from oaktree.resource import Place, Snapshot

Key = tuple[Place, str, str | None]
"""Place, key of the collection, and the id of one or None for all."""

OVERHEAD = 12
"""Bytes of memory for each byte that a message takes on the wire: a server takes 11, a flavor 16."""

SAMPLES = 32
"""Items of a snapshot that are measured; those of one collection are much alike."""


class Kept(NamedTuple):
    """One answer, and until when it may be given, in seconds since the epoch."""

    snapshot: Snapshot
    fresh_until: float
    stale_until: float
    """While it is read again."""
    outage_until: float
    """While it can't be read."""


class Memory:
    """Snapshots by key."""

    def __init__(self, room: int) -> None:
        """:param room: the bytes that all of them may take."""
        self._room = room
        self._kept: OrderedDict[Key, tuple[Kept, int]] = OrderedDict()
        # So that a write, or a newer list, need not look at everything that is kept.
        self._ones: defaultdict[tuple[Place, str], set[str]] = defaultdict(set)
        self.used = 0
        """Bytes, as estimated."""
        self.version = 0
        """Another one whenever something is kept anew or no more."""

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: Key) -> Kept | None:
        """What is kept by this key, which counts as a use of it."""
        if (entry := self._kept.get(key)) is None:
            return None
        self._kept.move_to_end(key)
        return entry[0]

    def ones(self, place: Place, collection: str) -> Collection[str]:
        """The ids of what is kept by itself."""
        return tuple(self._ones.get((place, collection), ()))

    def put(self, key: Key, kept: Kept) -> None:
        """Keep one in place of what was kept by this key; one that is larger than the room is kept alone."""
        self.drop(key)
        size = _size(kept.snapshot)
        self._kept[key] = kept, size
        self.used += size
        self.version += 1
        if key[2] is not None:
            self._ones[key[:2]].add(key[2])
        while self.used > self._room and len(self._kept) > 1:
            self.drop(next(iter(self._kept)))

    def drop(self, key: Key) -> None:
        """Keep nothing by this key."""
        if (entry := self._kept.pop(key, None)) is None:
            return
        self.used -= entry[1]
        self.version += 1
        if key[2] is not None:
            ones = self._ones[key[:2]]
            ones.discard(key[2])
            if not ones:
                del self._ones[key[:2]]

    def places(self) -> set[Place]:
        """Of which anything is kept."""
        return {key[0] for key in self._kept}

    def forget(self, place: Place, collection: str) -> None:
        """Keep nothing of a collection."""
        self.drop((place, collection, None))
        for item_id in self.ones(place, collection):
            self.drop((place, collection, item_id))

    def clear(self) -> None:
        """Keep nothing."""
        self._kept.clear()
        self._ones.clear()
        self.used = 0
        self.version += 1


def _size(snapshot: Snapshot) -> int:
    items = snapshot.items
    if not items:
        return 200
    sample = items[:: max(1, len(items) // SAMPLES)]
    each: int = sum(item.ByteSize() for item in sample) // len(sample) + 1
    return OVERHEAD * len(items) * each
