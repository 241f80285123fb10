# SPDX-License-Identifier: Apache-2.0
"""A cloud in memory that counts what it is asked, and answers when a test says so."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from unittest import mock

from oaktree.addressing import Addressing
from oaktree.auth import OwnerAuth
from oaktree.backends.base import Dated
from oaktree.caller import OWNER, Caller
from oaktree.context import current
from oaktree.resource import Place, Resource, Snapshot

ALPHA = Place('alpha', 'one', OWNER)
BETA = Place('beta', 'two', OWNER)


def uuid(number: int) -> str:
    """An id as the services make them."""
    return f'00000000-0000-4000-8000-{number:012x}'


def owner_auth() -> OwnerAuth:
    """Takes everybody for the owner."""
    return OwnerAuth(mock.Mock(**{'stranger.return_value': False}))


class Clock:
    """Stands where a module has ``time``; goes on when it is told to."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def time(self) -> float:
        return self.now

    def monotonic(self) -> float:
        return self.now


class FakeBackend:
    """A Backend. What a reading finds is decided when it begins, as in a cloud; ``hold`` keeps it from ending."""

    def __init__(self, *places: Place, clock: Clock | None = None) -> None:
        self.known = places or (ALPHA,)
        self.clock = clock or Clock()
        self.items: dict[tuple[Place, str], list[Any]] = {}
        self.unlisted: dict[tuple[Place, str], list[Any]] = {}
        """What a Get finds, and a List does not tell of: a hidden image, a private flavor."""
        self.failures: dict[Place, Exception] = {}
        self.silent: set[Place] = set()
        """Places that never answer."""
        self.paused: dict[Place, Exception] = {}
        """Places that no reading can be made of in a caller's time."""
        self.calls: list[tuple[Any, ...]] = []
        self.rpcs: list[str] = []
        """The RPC in whose context each reading was made."""
        self._open = asyncio.Event()
        self._open.set()

    def put(self, place: Place, resource: Resource, *items: Any) -> None:
        """Have these, and no others, in a collection."""
        self.items[place, resource.key] = list(items)

    def hold(self) -> None:
        """Let no call end."""
        self._open.clear()

    def release(self) -> None:
        """Let those end that are held, and all later ones."""
        self._open.set()

    def count(self, verb: str) -> int:
        """How often it was asked for this."""
        return sum(call[0] == verb for call in self.calls)

    async def _answer(self, place: Place, *call: Any) -> None:
        self.calls.append((*call[:1], place, *call[1:]))
        self.rpcs.append(current().rpc)
        failure = self.failures.get(place)
        await (asyncio.Event() if place in self.silent else self._open).wait()
        if failure:
            raise failure

    async def places(self, cloud: str, region: str, caller: Caller) -> Sequence[Place]:
        named = [place for place in self.known if cloud in ('', place.cloud) and region in ('', place.region)]
        return [Place(place.cloud, place.region, caller) for place in named]

    async def list(self, resource: Resource, place: Place, fresh_since: float | None = None) -> Snapshot:
        snapshot = Snapshot.of(self.items.get((place, resource.key), []), self.clock.time())
        await self._answer(place, 'list', resource.key)
        return snapshot

    async def get(self, resource: Resource, place: Place, item_id: str, fresh_since: float | None = None) -> Snapshot:
        there = [*self.items.get((place, resource.key), []), *self.unlisted.get((place, resource.key), [])]
        snapshot = Snapshot.of([item for item in there if item.id == item_id], self.clock.time())
        await self._answer(place, 'get', resource.key, item_id)
        return snapshot

    async def changes(self, resource: Resource, place: Place, since: Snapshot) -> Snapshot:
        snapshot = Snapshot.of(self.items.get((place, resource.key), []), self.clock.time())
        await self._answer(place, 'changes', resource.key)
        return snapshot

    async def identity(self, place: Place) -> str:
        return f'{place} of {place.caller.name}'

    async def create(self, resource: Resource, place: Place, body: Mapping[str, Any]) -> Any:
        await self._answer(place, 'create', resource.key, body)

    async def delete(self, resource: Resource, place: Place, item_id: str) -> None:
        await self._answer(place, 'delete', resource.key, item_id)

    async def update(self, resource: Resource, place: Place, item_id: str, body: Mapping[str, Any]) -> Any:
        await self._answer(place, 'update', resource.key, item_id, body)

    async def write(
        self, resource: Resource, place: Place, method: str, path: Sequence[str], body: Any = None,
        headers: Mapping[str, str] | None = None, params: Mapping[str, str] | None = None,
    ) -> Any:  # fmt: skip
        await self._answer(place, 'write', resource.key, method, *path, body)
        return {}

    async def read(self, resource: Resource, place: Place, path: str, params: Mapping[str, str] | None = None) -> Snapshot:
        await self._answer(place, 'read', resource.key, path)
        return Snapshot.of((), self.clock.time())

    async def wait(
        self, resource: Resource, place: Place, item_id: str, done: Any, timeout: float, in_full: bool = False
    ) -> Any:
        raise AssertionError('WatchingBackend waits')

    def check(self, resource: Resource, place: Place) -> None:
        if place in self.paused:
            raise self.paused[place]

    async def fetch(
        self, place: Place, service: str, path: str, params: Mapping[str, str] | None = None, max_age: float = 0.0
    ) -> Dated:
        answer = Dated({'answer': self.count('fetch') + 1}, time.time())
        await self._answer(place, 'fetch', service, path)
        return answer

    async def door(self, place: Place, service: str) -> tuple[str, str, float]:
        return f'http://{service}/v1/AUTH_{place.cloud}', 'token', 0.0

    async def addressing(self, place: Place, fresh_since: float | None = None) -> Addressing:
        return Addressing()

    async def services(self, place: Place) -> Sequence[Any]:
        return ()


async def until(true: Callable[[], bool]) -> None:
    """Let time pass until this is so."""
    async with asyncio.timeout(10):
        while not true():  # noqa: ASYNC110 - of what is asked, nobody sets an event
            await asyncio.sleep(0.001)


async def settle(turns: int = 20) -> None:
    """Let every task go as far as it can without time passing."""
    for _ in range(turns):
        await asyncio.sleep(0)
