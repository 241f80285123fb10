# SPDX-License-Identifier: Apache-2.0
"""Changes to a load balancer and to what belongs to it, one after the other.

Octavia takes no change to any part of a load balancer while another is under way, and tells by the state of the load balancer
when it is done. Who waits, waits for that: for their turn, and then for the end of their own change, by one poll for all.
"""

import asyncio
import dataclasses
import re
import time
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, TypeVar

from oaktreemodel import v1 as pb

from oaktree import errors, finding, verbs, writes
from oaktree.resource import Place, Resource
from oaktree.rows.load_balancer import LISTENER, LOAD_BALANCER, POOL, at_rest

BUSY = re.compile('immutable|Invalid state')
"""How Octavia says that another change is under way; its other conflicts are for good."""

PAUSE = 0.1
"""Seconds between a load balancer at rest and an attempt: where another was faster, there may be many."""

T = TypeVar('T')
Body = dict[str, Any]

TEXTS = frozenset({'name', 'description'})
"""Keys whose value may be an empty text. Elsewhere, nothing is null."""

COUNTED = frozenset({'http_version', 'max_retries_down', 'monitor_port'})
"""Keys whose value is never 0."""

PARENTS = {
    'load_balancer': ('loadbalancer_id', LOAD_BALANCER), 'listener': ('listener_id', LISTENER), 'pool': ('pool_id', POOL),
}  # fmt: skip
"""Field of a request that names what a new one is to belong to -> the key that takes its id, and its row."""


def _same(body: Body) -> Body:
    return body


def create(
    resource: Resource, *, needs: Iterable[str], names: writes.Names | None = None, words: Callable[[Body], Body] = _same
) -> Any:  # fmt: skip
    """Make a part of the load balancer that its parents belong to, in their place.

    :param words: puts into Octavia's what its row does not tell how to say.
    """

    async def handle(self: verbs.Service, _: Resource, request: Any, answer: type[Any]) -> Any:
        verbs.required(request, *needs)
        turn = Turn(self, writes.patience(request))
        above = {field: getattr(request, field, '') for field in PARENTS}
        parents = {
            field: await finding.find(self.backend, PARENTS[field][1], request.location, name, time.time(), field)
            for field, name in above.items() if name
        }  # fmt: skip
        if not parents:
            raise errors.invalid('load_balancer', 'is missing, as is listener: name one of them', 'MISSING_FIELD')
        first = next(iter(parents.values()))
        wanted = [field.name for field, _ in request.ListFields() if field.name not in writes.OURS | PARENTS.keys()]
        body = words(await writes.described(self, resource, request, first.place, names or {}, wanted))
        body |= {PARENTS[field][0]: parent.item.id for field, parent in parents.items()}
        await turn.of(first)
        made = await turn.take(lambda: self.backend.create(resource, first.place, {resource.one: body}))
        if turn.wait:
            made = await turn.made(resource, made.id, lambda: seen(self, resource, first.place, made.id))
        return writes.answered(answer, made)

    return verbs.Verb('Create', handle, resource)


def update(resource: Resource, *, names: writes.Names | None = None, words: Callable[[Body], Body] = _same) -> Any:
    """Change a load balancer, or a part of one."""

    async def handle(self: verbs.Service, _: Resource, request: Any, answer: type[Any]) -> Any:
        turn, wanted = Turn(self, writes.patience(request)), writes.masked(request)
        found = await writes.now(self, resource, request)
        body = nothings(words(await writes.described(self, resource, request, found.place, names or {}, wanted)))
        await turn.of(found)
        changed = await turn.take(lambda: self.backend.update(resource, found.place, found.item.id, {resource.one: body}))
        if turn.wait:
            await turn.ended()
            changed = await seen(self, resource, found.place, found.item.id)
        return writes.answered(answer, changed)

    return verbs.Verb('Update', handle, resource)


def delete(resource: Resource) -> Any:
    """Delete a load balancer, or a part of one; all that belongs to it too where the request has a ``cascade`` that says so."""

    async def handle(self: verbs.Service, _: Resource, request: Any, answer: type[Any]) -> Any:
        turn = Turn(self, writes.patience(request))
        found = await writes.now(self, resource, request)
        params = {'cascade': 'true'} if getattr(request, 'cascade', False) else None
        await turn.of(found)
        path = (found.item.id,)
        await turn.take(lambda: self.backend.write(resource, found.place, 'DELETE', path, params=params))
        if not turn.wait:
            return writes.answered(answer, found.item)
        await turn.ended()
        left = (await self.backend.get(resource, found.place, found.item.id, time.time())).items
        return writes.answered(answer, left[0]) if left else answer()

    return verbs.Verb('Delete', handle, resource)


def nothings(body: Body) -> Body:
    """A change that sets something to nothing, as Octavia wants it said."""
    return {
        key: None if (value == '' and key not in TEXTS) or (key in COUNTED and not value) else value
        for key, value in body.items()
    }


async def seen(self: verbs.Service, resource: Resource, place: Place, item_id: str) -> Any:
    """One as the cloud has it now."""
    items = (await self.backend.get(resource, place, item_id, time.time())).items
    if not items:
        raise errors.not_found(resource.noun, item_id, str(place))
    return items[0]


@dataclasses.dataclass
class Turn:
    """One change: its turn at the load balancer, and its end. Without a wait it is tried once, and has no end."""

    service: verbs.Service
    wait: float
    end: float = 0.0
    place: Any = None
    balancer_id: str = ''

    def __post_init__(self) -> None:
        self.end = time.monotonic() + self.wait

    async def of(self, found: finding.Found) -> None:
        """Learn which load balancer this belongs to."""
        self.place, item = found.place, found.item
        if isinstance(item, pb.HealthMonitor):
            item = await seen(self.service, POOL, found.place, item.pool_id)
        self.balancer_id = item.id if isinstance(item, pb.LoadBalancer) else item.load_balancer_id

    async def take(self, change: Callable[[], Awaitable[T]]) -> T:
        """Make the change when there is no other under way; several who wait for the same may need several attempts."""
        while True:
            try:
                return await change()
            except errors.Failure as failure:
                if failure.reason != 'CONFLICT' or not BUSY.search(failure.message) or time.monotonic() >= self.end:
                    raise
                last = await self.ended()
                if last is not None and last.state != pb.LOAD_BALANCER_STATE_ACTIVE:
                    # It will take no change any more, or not in time. One that is gone, the cloud itself tells of.
                    raise
                await asyncio.sleep(PAUSE)

    async def made(self, resource: Resource, item_id: str, see: Callable[[], Awaitable[T]]) -> T:
        """What was made, as it is at the end; a failure on the way there names it."""
        try:
            await self.ended()
            return await see()
        except errors.Failure as failure:
            raise writes.made_before(failure, resource, item_id) from None

    async def ended(self) -> Any:
        """Wait until the load balancer is at rest, as long as there is time; returns it. Without a wait, there is no end."""
        if not self.wait:
            return None
        left = max(0.0, self.end - time.monotonic())
        return await self.service.backend.wait(LOAD_BALANCER, self.place, self.balancer_id, at_rest, left)
