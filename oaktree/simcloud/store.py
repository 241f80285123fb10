# SPDX-License-Identifier: Apache-2.0
"""Things kept in one order, found by id at once and paged by marker in O(log n)."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable, Iterator
from typing import Any, Generic, TypeVar

T = TypeVar('T')


class Shelf(Generic[T]):
    """A sorted collection.

    `key` gives an item's place and must be unique and unchanging; `ident` gives the id by which it is found. Additions
    wait until somebody reads in order, so that adding 100,000 things sorts once.
    """

    def __init__(self, key: Callable[[T], Any], ident: Callable[[T], str]) -> None:
        self._key, self._ident = key, ident
        self._items: list[T] = []
        self._late: list[T] = []
        self._by_id: dict[str, T] = {}

    def __len__(self) -> int:
        return len(self._by_id)

    def __contains__(self, ident: str) -> bool:
        return ident in self._by_id

    def get(self, ident: str) -> T | None:
        return self._by_id.get(ident)

    def add(self, item: T) -> None:
        self._by_id[self._ident(item)] = item
        self._late.append(item)

    def remove(self, ident: str) -> None:
        item = self._by_id.pop(ident)
        self._settle()
        del self._items[bisect_left(self._items, self._key(item), key=self._key)]

    def __iter__(self) -> Iterator[T]:
        """Every item, in no particular order."""
        return iter(list(self._by_id.values()))

    def forward(self, marker: T | None = None) -> Iterator[T]:
        """The items behind `marker`, in order."""
        self._settle()
        start = 0 if marker is None else bisect_left(self._items, self._key(marker), key=self._key) + 1
        return (self._items[i] for i in range(start, len(self._items)))

    def backward(self, marker: T | None = None) -> Iterator[T]:
        """The items before `marker`, last first."""
        self._settle()
        end = len(self._items) if marker is None else bisect_left(self._items, self._key(marker), key=self._key)
        return (self._items[i] for i in range(end - 1, -1, -1))

    def _settle(self) -> None:
        if len(self._late) > 100:
            self._items.extend(self._late)
            self._items.sort(key=self._key)
        else:
            for item in self._late:
                insort(self._items, item, key=self._key)
        self._late.clear()
