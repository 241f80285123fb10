# SPDX-License-Identifier: Apache-2.0
"""The look-alike RPCs that read, written once, and ``serves``, which binds them and those of ``writes.py``, and refuses what
does not fit.

A service's file says ``ListServers = verbs.list_(SERVER)``. Everything else is in the proto: the types of request and answer
come from the descriptor of the RPC.
"""

import asyncio
import inspect
import logging
import re
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from google.protobuf.descriptor import Descriptor, MethodDescriptor, ServiceDescriptor
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from oaktreemodel import v1 as pb

from oaktree import context, errors, matching, paging
from oaktree.backends.base import Backend
from oaktree.background import Background
from oaktree.repeats import Repeats
from oaktree.resource import Place, Resource, Snapshot

LOG = logging.getLogger(__name__)

UUID = re.compile(r'[0-9a-fA-F]{8}-?([0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}$')

PATIENCE = 0.9
"""The part of a caller's deadline that reading may take, so that an answer which tells of the slow place is still in time."""

MANY = 5000
"""Objects that are filtered at once; more would keep other callers waiting, and go to a thread."""

EVERYWHERE = frozenset({'compute', 'identity', 'image', 'network'})
"""Services that every cloud has: a place without one is a mistake in ``clouds.yaml``, and must not look like an empty cloud."""

SLICE = 500
"""Objects that are copied into an answer at once, in some milliseconds; then others have their turn."""

DOUBT = 5.0
"""Seconds that a list is believed which lacks a name that somebody asks for."""

Servicer = TypeVar('Servicer', bound=type)


class Service:
    """What every servicer has."""

    def __init__(self, backend: Backend, pages: paging.Pages, repeats: Repeats, background: Background) -> None:
        self.backend, self.pages, self.repeats, self.background = backend, pages, repeats, background

    def stop(self) -> None:
        """The server stops: end what would go on for ever."""


@dataclass(frozen=True)
class Found:
    """One object, and the place that it was found in."""

    item: Any
    place: Place
    as_of: float


@dataclass(frozen=True)
class Verb:
    """A look-alike RPC that is not bound yet to its method descriptor."""

    name: str
    call: Callable[[Any, Resource, Any, type[Any]], Awaitable[Any]]
    resource: Resource


def list_(resource: Resource) -> Any:
    """List, filter and page a collection."""
    return Verb('List', _list, resource)


def get(resource: Resource) -> Any:
    """Get one by name or id."""
    return Verb('Get', _get, resource)


def serves(service: ServiceDescriptor) -> Callable[[Servicer], Servicer]:
    """Bind a servicer's verbs to this service's RPCs.

    :raises TypeError: that names the RPC and the file, where an RPC has no handler or the wrong noun.
    """

    def bind(servicer: Servicer) -> Servicer:
        for rpc in service.methods:
            handler = vars(servicer).get(rpc.name)
            if isinstance(handler, Verb):
                handler = _handler(handler, rpc, servicer)
            if not inspect.iscoroutinefunction(handler):
                # grpc.aio would run anything else in a thread, and answer with the coroutine.
                raise TypeError(f'{servicer.__module__}: {service.name} has no coroutine {rpc.name}')
            setattr(servicer, rpc.name, _once(handler, rpc) if 'request_id' in rpc.input_type.fields_by_name else handler)
        return servicer

    return bind


def _handler(verb: Verb, rpc: MethodDescriptor, servicer: type) -> Callable[..., Awaitable[Any]]:
    noun = verb.resource.message.DESCRIPTOR
    if not rpc.name.startswith(verb.name) or noun not in (_noun(rpc.output_type), _named(rpc, verb)):
        raise TypeError(f'{servicer.__module__}: {rpc.full_name} is bound to {verb.name} {noun.name}')
    answer = GetMessageClass(rpc.output_type)

    async def handle(self: Service, request: Any, _context: Any) -> Any:
        return await verb.call(self, verb.resource, request, answer)

    return handle


def _noun(answer: Descriptor) -> Descriptor | None:
    """The message that an answer is about."""
    return answer.fields[0].message_type if answer.fields else None


def _named(rpc: MethodDescriptor, verb: Verb) -> Descriptor | None:
    """An answer without fields is about what the RPC is named for."""
    noun: Any = verb.resource.message.DESCRIPTOR
    name = f'{rpc.containing_service.file.package}.{rpc.name.removeprefix(verb.name)}'
    return noun if not rpc.output_type.fields and noun.full_name == name else None


def _once(handler: Callable[..., Awaitable[Message]], rpc: MethodDescriptor) -> Callable[..., Awaitable[Message]]:
    answer = GetMessageClass(rpc.output_type)

    async def handle(self: Service, request: Any, grpc_context: Any) -> Message:
        return await self.repeats.once(request, lambda: handler(self, request, grpc_context), answer)

    return handle


async def _list(self: Service, resource: Resource, request: Any, answer: type[Any]) -> Any:
    context.current().sources = []
    page = self.pages.asked(request)
    fresh_since = oldest(request) if page.fresh_since is None else page.fresh_since
    wanted = _wanted(resource, request)
    places = await self.backend.places(request.location.cloud, request.location.region, context.current().caller)

    results = _present(resource, await everywhere(places, lambda place: self.backend.list(resource, place, fresh_since)))
    failures = {place: result for place, result in results.items() if isinstance(result, errors.Failure)}
    if failures and (not request.return_partial_success or len(failures) == len(results)):
        raise _unread(failures, len(results), 'return_partial_success lists the others.')
    read_places = [(place, result) for place, result in results.items() if isinstance(result, Snapshot)]
    response = await _selected(self, request, answer, page, wanted, read_places)
    response.unreachable.extend(unreachable(place, failure) for place, failure in failures.items())
    return response


async def list_of_one(
    self: Service, resource: Resource, request: Any, answer: type[Any], read: Callable[[], Awaitable[tuple[Place, Snapshot]]]
) -> Any:  # fmt: skip
    """List, filter and page what belongs to one of another kind.

    :param read: finds that one and reads what is its.
    """
    page, wanted = self.pages.asked(request), _wanted(resource, request)
    return await _selected(self, request, answer, page, wanted, [await read()])


def _wanted(resource: Resource, request: Any) -> tuple[matching.Keep | None, Any]:
    """The filter and the expression of a request, which is refused before anybody is asked if they are wrong."""
    oldest(request)
    return matching.keeper(resource.message, request), matching.compiled(request.jmespath) if request.jmespath else None


async def _selected(
    self: Service, request: Any, answer: type[Any], page: paging.Page, wanted: tuple[matching.Keep | None, Any],
    read: list[tuple[Place, Snapshot]],
) -> Any:  # fmt: skip
    keep, expression = wanted
    if expression or (keep and sum(len(snapshot.items) for _, snapshot in read) > MANY):
        read, keep = await asyncio.to_thread(select, expression, read, keep), None
    return await compose(self.pages, request, answer, page, keep, read)


async def compose(
    pages: paging.Pages, request: Any, answer: type[Any], page: paging.Page, keep: matching.Keep | None,
    read: Sequence[tuple[Place, Snapshot]],
) -> Any:  # fmt: skip
    """One page of what was read, in order of place and id."""
    taken: list[Any] = []
    token, last, used = '', ('', '', ''), 0
    as_of = min(snapshot.whole for _, snapshot in read)
    for place, snapshot in sorted(read, key=lambda pair: (pair[0].cloud, pair[0].region)):
        here = (place.cloud, place.region)
        if page.after and here < page.after[:2]:
            continue
        items = snapshot.after(page.after[2]) if page.after and here == page.after[:2] else snapshot.items
        more, used, cut_off = paging.cut(items, page.size - len(taken), keep, used)
        taken += more
        if more:
            last = (*here, more[-1].id)
        if cut_off:
            token = pages.following(request, last, as_of)
            break
    response = answer(next_page_token=token)
    items = getattr(response, answer.DESCRIPTOR.fields[0].name)
    for at in range(0, len(taken), SLICE):
        items.extend(taken[at : at + SLICE])
        if at + SLICE < len(taken):
            await asyncio.sleep(0)
    response.as_of.FromNanoseconds(int(as_of * 1e9))
    return response


def select(expression: Any, read: Sequence[tuple[Place, Snapshot]], keep: matching.Keep | None) -> list[tuple[Place, Snapshot]]:
    """What a filter keeps, and then a JMESPath expression of all places together; in a thread, as it may take seconds."""
    wanted = [(place, [i for i in snapshot.items if keep is None or keep(i)], snapshot) for place, snapshot in read]
    if expression:
        kept = {id(item) for item in matching.selected(expression, [item for _, items, _ in wanted for item in items])}
        wanted = [(place, [item for item in items if id(item) in kept], snapshot) for place, items, snapshot in wanted]
    return [(place, Snapshot.of(items, snapshot.as_of, snapshot.whole)) for place, items, snapshot in wanted]


def _unread(failures: dict[Place, errors.Failure], places: int, way_out: str) -> errors.Failure:
    place, failure = next(iter(failures.items()))
    absent = [one.reason for one in failures.values()].count('SERVICE_ABSENT')
    if places in (1, absent):
        return failure
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


async def _get(self: Service, resource: Resource, request: Any, answer: type[Any]) -> Any:
    context.current().sources = []
    found = await find(self.backend, resource, request.location, request.name_or_id, oldest(request))
    response = answer(**{answer.DESCRIPTOR.fields[0].name: found.item})
    response.as_of.FromNanoseconds(int(found.as_of * 1e9))
    return response


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
    places = await backend.places(location.cloud, location.region, context.current().caller)

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
    if failures := {place: r for place, r in _present(resource, results).items() if isinstance(r, errors.Failure)}:
        raise _unread(failures, len(places), 'Set location.cloud to look elsewhere only.')
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


def _present(resource: Resource, results: dict[Place, Snapshot | errors.Failure]) -> dict[Place, Snapshot | errors.Failure]:
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
    places = await backend.places(location.cloud, location.region, context.current().caller)
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


def oldest(request: Any) -> float | None:
    """The moment after which an answer must have been read; None where ``max_age`` leaves it to the row's ttl."""
    return time.time() - seconds(request, 'max_age') if request.HasField('max_age') else None


def seconds(request: Any, field: str) -> float:
    """A Duration field of a request."""
    value: Duration = getattr(request, field)
    length = value.seconds + value.nanos / 1e9
    if length < 0:
        raise errors.invalid(field, 'must not be negative')
    return length


def required(request: Any, *fields: str) -> None:
    """Refuse a request that lacks one of these."""
    for field in fields:
        if not getattr(request, field):
            raise errors.invalid(field, 'is missing', 'MISSING_FIELD')
