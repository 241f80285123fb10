# SPDX-License-Identifier: Apache-2.0
"""The look-alike RPCs that read, written once, and ``serves``, which binds them and those of ``writes.py``, and refuses what
does not fit.

A service's file says ``ListServers = verbs.list_(SERVER)``. Everything else is in the proto: the types of request and answer
come from the descriptor of the RPC.
"""

import asyncio
import inspect
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from google.protobuf.descriptor import Descriptor, MethodDescriptor, ServiceDescriptor
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from oaktree import context, errors, finding, matching, paging
from oaktree.backends.base import Backend
from oaktree.background import Background
from oaktree.repeats import Repeats
from oaktree.resource import Place, Resource, Snapshot

LOG = logging.getLogger(__name__)


MANY = 5000
"""Objects that are filtered at once; more would keep other callers waiting, and go to a thread."""


SLICE = 500
"""Objects that are copied into an answer at once, in some milliseconds; then others have their turn."""


Servicer = TypeVar('Servicer', bound=type)


class Service:
    """What every servicer has."""

    def __init__(self, backend: Backend, pages: paging.Pages, repeats: Repeats, background: Background) -> None:
        self.backend, self.pages, self.repeats, self.background = backend, pages, repeats, background

    def stop(self) -> None:
        """The server stops: end what would go on for ever."""


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
        if request.request_id:
            # One of another caller's is another one.
            await finding.usable(self.backend, request.location)
        return await self.repeats.once(request, lambda: handler(self, request, grpc_context), answer)

    return handle


async def _list(self: Service, resource: Resource, request: Any, answer: type[Any]) -> Any:
    context.current().sources = []
    wanted = _wanted(resource, request)
    places = await finding.allowed(self.backend, request.location)
    page = self.pages.asked(request)
    fresh_since = oldest(request) if page.fresh_since is None else page.fresh_since
    read = await finding.everywhere(places, lambda place: self.backend.list(resource, place, fresh_since))
    results = finding.present(resource, read)
    failures = {place: result for place, result in results.items() if isinstance(result, errors.Failure)}
    unread = {place: failure for place, failure in failures.items() if failure.reason != finding.MISSING}
    if unread and (not request.return_partial_success or len(failures) == len(results)):
        raise finding.unread(unread, len(results), 'return_partial_success lists the others.')
    read_places = [(place, result) for place, result in results.items() if isinstance(result, Snapshot)]
    response = await _selected(self, request, answer, page, wanted, read_places)
    response.unreachable.extend(finding.unreachable(place, failure) for place, failure in failures.items())
    return response


async def list_of_one(
    self: Service, resource: Resource, request: Any, answer: type[Any], read: Callable[[], Awaitable[tuple[Place, Snapshot]]]
) -> Any:  # fmt: skip
    """List, filter and page what belongs to one of another kind.

    :param read: finds that one and reads what is its.
    """
    wanted = _wanted(resource, request)
    await finding.usable(self.backend, request.location)
    page = self.pages.asked(request)
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


async def _get(self: Service, resource: Resource, request: Any, answer: type[Any]) -> Any:
    context.current().sources = []
    found = await finding.find(self.backend, resource, request.location, request.name_or_id, oldest(request))
    response = answer(**{answer.DESCRIPTOR.fields[0].name: found.item})
    response.as_of.FromNanoseconds(int(found.as_of * 1e9))
    return response


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
