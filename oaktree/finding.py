# SPDX-License-Identifier: Apache-2.0
"""Where things are: the places that a request is about, and the one object that a name or id means."""

import asyncio
import logging
import re
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from oaktreemodel import v1 as pb

from oaktree import context, errors, matching
from oaktree.backends.base import Backend
from oaktree.resource import Place, Resource, Snapshot

LOG = logging.getLogger(__name__)

UUID = re.compile(r'[0-9a-fA-F]{8}-?([0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}$')

PATIENCE = 0.9
"""The part of a caller's deadline that reading may take, so that an answer which tells of the slow place is still in time."""

EVERYWHERE = frozenset({'compute', 'identity', 'image', 'network'})
"""Services that every cloud has: a place without one is a mistake in ``clouds.yaml``, and must not look like an empty cloud."""

RENEWABLE = frozenset({'TOKEN_EXPIRED', 'TOKEN_REFUSED'})
"""Why a cloud is not read for a caller who can get another token."""

MISSING = 'CREDENTIALS_MISSING'
"""Why a cloud is not read for which the caller shows no token, and which may have been meant all the same."""

DOUBT = 5.0
"""Seconds that a list is believed which lacks a name that somebody asks for."""


@dataclass(frozen=True)
class Found:
    """One object, and the place that it was found in."""

    item: Any
    place: Place
    as_of: float


async def allowed(backend: Backend, location: pb.Location) -> Sequence[Place]:
    """The places that a location allows, for who calls; from then on it is known who does."""
    return await backend.places(location.cloud, location.region, context.current().caller)


async def usable(backend: Backend, location: pb.Location) -> Sequence[Place]:
    """Those of them for which the caller has shown a token: others are not meant."""
    places = await allowed(backend, location)
    return [place for place in places if getattr(place.caller.refusal, 'reason', '') != MISSING] or places


async def find(
    backend: Backend, resource: Resource, location: pb.Location, name_or_id: str, fresh_since: float | None = None,
    field: str = 'name_or_id',
) -> Found:  # fmt: skip
    """The one object that a name or id means, wherever the location allows it to be.

    :param field: the field of the request that holds the name, for the error.
    :raises errors.Failure: NOT_FOUND; FAILED_PRECONDITION, reason MULTIPLE_MATCHES; or why a place could not be read, for
        there may be another of that name.
    """
    if not name_or_id:
        raise errors.invalid(field, 'is missing', 'MISSING_FIELD')
    places = await usable(backend, location)

    def means(item: Any) -> bool:
        # An id that is not a name as well, as those of key pairs are, is unique: no other place need be asked.
        return bool(UUID.match(name_or_id)) and item.id == name_or_id != item.name

    results = await everywhere(
        places,
        lambda place: _matches(backend, resource, place, name_or_id, fresh_since),
        lambda snapshot: any(map(means, snapshot.items)),
    )
    lies_there = matching.located(location)
    found = [
        Found(item, place, snapshot.whole)
        for place, snapshot in results.items()
        if isinstance(snapshot, Snapshot)
        for item in snapshot.items
        if lies_there is None or lies_there(item)
    ]
    if own := [one for one in found if means(one.item)]:
        return own[0]
    if failures := {place: r for place, r in present(resource, results).items() if isinstance(r, errors.Failure)}:
        raise unread(failures, len(places), 'Set location.cloud to look elsewhere only.')
    if not found:
        raise errors.not_found(resource.noun, name_or_id, ', '.join(map(str, places)), field=field)
    if len(found) > 1:
        raise errors.multiple(resource.noun, name_or_id, [f'{f.place}: {f.item.id}' for f in found])
    return found[0]


async def _matches(backend: Backend, resource: Resource, place: Place, name_or_id: str, fresh_since: float | None) -> Snapshot:
    if UUID.match(name_or_id):
        one = await backend.get(resource, place, name_or_id, fresh_since)
        if one.items:
            return one
        # A name may look like an id.
    whole = await backend.list(resource, place, fresh_since)
    if fresh_since is None and not whole.named(name_or_id):
        # Flavors are believed for an hour: whoever has just heard of a new one should not have to wait for its end.
        whole = await backend.list(resource, place, time.time() - DOUBT)
    return Snapshot.of(whole.named(name_or_id), whole.as_of, whole.whole)


async def everywhere(
    places: Sequence[Place],
    read: Callable[[Place], Awaitable[Snapshot]],
    enough: Callable[[Snapshot], bool] = lambda _: False,
) -> dict[Place, Snapshot | errors.Failure]:
    """Read all places at once; one that fails, or is too slow for the caller's deadline, is no loss to the others.

    :param enough: whether a place has what the others need not be waited for.
    """
    call = context.current()

    async def one(place: Place) -> Snapshot | errors.Failure:
        try:
            async with asyncio.timeout(call.patience() * PATIENCE):
                return await read(place)
        except TimeoutError:
            return errors.deadline(f'Reading {place}').at(cloud=place.cloud, region=place.region)
        except errors.Failure as failure:
            return failure
        except Exception:
            LOG.exception('%s: reading has failed', place)
            return errors.internal().at(cloud=place.cloud, region=place.region)

    if len(places) == 1:
        return {places[0]: await one(places[0])}
    tasks = {asyncio.create_task(one(place)): place for place in places}
    results: dict[Place, Snapshot | errors.Failure] = {}
    pending = set(tasks)
    try:
        while pending:
            done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
            results |= {tasks[task]: task.result() for task in done}
            if any(isinstance(result, Snapshot) and enough(result) for result in results.values()):
                break
    finally:
        for task in pending:
            task.cancel()
    return {place: results[place] for place in places if place in results}


def present(resource: Resource, results: dict[Place, Snapshot | errors.Failure]) -> dict[Place, Snapshot | errors.Failure]:
    """Without the places that have no such service, and hence nothing of the kind; unless it is true of them all."""
    if resource.service in EVERYWHERE:
        return results
    present = {
        place: result for place, result in results.items() if isinstance(result, Snapshot) or result.reason != 'SERVICE_ABSENT'
    }
    return present or results


async def where(backend: Backend, location: pb.Location) -> Place:
    """The one place that a new object is to be made in.

    :raises errors.Failure: INVALID_ARGUMENT where the location leaves a choice.
    """
    places = await usable(backend, location)
    if len(places) == 1:
        await _own_project(backend, location, places[0])
        return places[0]
    field = 'cloud' if len({place.cloud for place in places}) > 1 else 'region'
    names = ', '.join(sorted({getattr(place, field) for place in places}))
    raise errors.invalid(f'location.{field}', f'is missing: name one of {names}', 'MISSING_FIELD')


async def _own_project(backend: Backend, location: pb.Location, place: Place) -> None:
    """Refuse to make something in another project than the one that the credential is for."""
    if location.HasField('project'):
        own = pb.Cloud(location=pb.Location(project=await backend.project(place)))
        test = matching.located(pb.Location(project=location.project))
        if test and not test(own):
            raise errors.invalid('location.project', f'is not the project of {place}, which is {own.location.project.name!r}')


def unread(failures: dict[Place, errors.Failure], places: int, way_out: str) -> errors.Failure:
    place, failure = next(iter(failures.items()))
    absent = [one.reason for one in failures.values()].count('SERVICE_ABSENT')
    if places in (1, absent):
        return failure
    if refused := next((one for one in failures.values() if one.reason in RENEWABLE), None):
        # A new token helps, and asking again does not.
        return refused
    way_out = way_out if len(failures) < places else ''
    names = errors.bounded(', '.join(map(str, failures)), errors.NAME)
    late = all(failure.code is errors.Code.DEADLINE_EXCEEDED for failure in failures.values())
    code = errors.Code.DEADLINE_EXCEEDED if late else errors.Code.UNAVAILABLE
    reason = failure.reason if len({f.reason for f in failures.values()}) == 1 else 'CLOUD_UNREACHABLE'
    return errors.Failure(code, reason,
                          f'{names} could not be read. {place}: {failure.message} {way_out}'.rstrip(),
                          metadata=failure.metadata | {'unreachable': names}, level=failure.level)  # fmt: skip


def unreachable(place: Place, failure: errors.Failure) -> pb.Unreachable:
    reason = 'CLOUD_TIMEOUT' if failure.code is errors.Code.DEADLINE_EXCEEDED else failure.reason
    return pb.Unreachable(location={'cloud': place.cloud, 'region': place.region}, reason=reason, message=failure.message)
