# SPDX-License-Identifier: Apache-2.0
"""The look-alike RPCs that change something, written once; bound by ``verbs.serves`` as those that read are.

``CreateSubnet = writes.create(SUBNET, needs=('network', 'cidr'), names={'network': ('network_id', NETWORK)})``

What a request says goes into the cloud's words by the row, as what the cloud says comes out by it: a field's value is sent by
the key that it is read by. What differs from that is given here, or is a plain method of the service.
"""

import re
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

from google.protobuf.message import Message
from oaktreemodel import v1 as pb

from oaktree import context, errors, finding, verbs
from oaktree.backends.base import Done
from oaktree.resource import Place, Resource

Say = Callable[[verbs.Service, Place, Any], Awaitable[dict[str, Any]]]
"""(service, place, request) -> what the request says, in the cloud's words."""

Names = Mapping[str, tuple[str, Resource] | Say]
"""Field that holds a name or id, or several -> the key that takes the id, or the ids, and what it is the name of; or field
that a row is not enough for -> what says it."""

OURS = frozenset({'location', 'name_or_id', 'request_id', 'update_mask', 'wait'})
"""Fields that are for us, and not for the cloud."""

ENDED = frozenset({'active', 'available', 'error', 'in-use', 'down', 'killed'})
"""Native status, in lower case, of what will not change any more by itself; some services add ``error_`` and what failed."""


def create(
    resource: Resource, *, needs: Iterable[str] = (), names: Names | None = None, zone: str = '', done: Done | None = None,
    more: Callable[[Any], dict[str, Any]] = lambda _request: {}, apart: Iterable[str] = (),
) -> Any:  # fmt: skip
    """Make one, and wait until it is as ``done`` says.

    :param needs: fields without which no cloud could make one.
    :param zone: the key that takes the location's zone.
    :param more: what else is to be sent, by the cloud's keys.
    :param apart: fields that the cloud takes only by a PUT of their own, behind the path of the one.
    """

    async def handle(self: verbs.Service, _: Resource, request: Any, answer: type[Any]) -> Any:
        verbs.required(request, *needs)
        wait = patience(request)
        place = await finding.where(self.backend, request.location)
        body = await described(self, resource, request, place, names or {}) | more(request)
        if zone and request.location.zone:
            body[zone] = request.location.zone
        later = _apart(body, apart)
        made = await self.backend.create(resource, place, {resource.one: body})
        try:
            await _put(self, resource, place, made.id, later)
            return answered(answer, await waited(self, resource, place, made, done if wait else None, wait))
        except errors.Failure as failure:
            raise made_before(failure, resource, made.id) from None

    return verbs.Verb('Create', handle, resource)


def update(resource: Resource, *, names: Names | None = None, apart: Iterable[str] = ()) -> Any:
    """Change those fields of one that the request has, or that its ``update_mask`` names (AIP-134)."""

    async def handle(self: verbs.Service, _: Resource, request: Any, answer: type[Any]) -> Any:
        wanted = masked(request)
        found = await now(self, resource, request)
        body = await described(self, resource, request, found.place, names or {}, wanted)
        item, later = found.item, _apart(body, apart)
        if body:
            item = await self.backend.update(resource, found.place, item.id, {resource.one: body})
        if later:
            await _put(self, resource, found.place, item.id, later)
            item = await waited(self, resource, found.place, item, None, 0)
        return answered(answer, item)

    return verbs.Verb('Update', handle, resource)


def delete(resource: Resource, params: Callable[[Any], dict[str, str]] = lambda _request: {}) -> Any:
    """Delete one by name or id, and wait until it is gone where the request has a ``wait``.

    :param params: the query, of the request.
    """

    async def handle(self: verbs.Service, _: Resource, request: Any, answer: type[Any]) -> Any:
        wait = patience(request)
        found = await now(self, resource, request)
        if query := params(request):
            await self.backend.write(resource, found.place, 'DELETE', (found.item.id,), params=query)
        else:
            await self.backend.delete(resource, found.place, found.item.id)
        last = await self.backend.wait(resource, found.place, found.item.id, gone, wait) if wait else found.item
        return answered(answer, last) if last is not None and answer.DESCRIPTOR.fields else answer()

    return verbs.Verb('Delete', handle, resource)


def act(
    resource: Resource, name: str, done: Done | None = None, body: Callable[[Any], Any] = lambda _request: None, *,
    needs: Iterable[str] = (), names: Names | None = None,
) -> Any:  # fmt: skip
    """POST an action on one, and wait until it is as ``done`` says; the answer carries the resource.

    :param body: what the action is told, of the request.
    :param needs: fields without which no cloud could do it.
    :param names: where it is told what the request says, with these looked up.
    """

    async def handle(self: verbs.Service, _: Resource, request: Any, answer: type[Any]) -> Any:
        verbs.required(request, *needs)
        wait = patience(request)
        found = await now(self, resource, request)
        told = body(request) if names is None else await described(self, resource, request, found.place, names)
        await self.backend.write(resource, found.place, 'POST', (found.item.id, 'action'), {name: told})
        return answered(answer, await waited(self, resource, found.place, found.item, done if wait else None, wait))

    return verbs.Verb('', handle, resource)


async def now(self: verbs.Service, resource: Resource, request: Any, field: str = 'name_or_id') -> finding.Found:
    """What a change is to be made to, looked up in the cloud as it is now: there may be two of that name since."""
    return await finding.find(self.backend, resource, request.location, getattr(request, field), time.time(), field)


async def ids(self: verbs.Service, resource: Resource, place: Place, wanted: Iterable[str], field: str) -> list[str]:
    """The ids of what these names or ids mean in a place.

    :param field: the field of the request that holds them, for the error.
    """
    location = pb.Location(cloud=place.cloud, region=place.region)
    return [(await finding.find(self.backend, resource, location, name, field=field)).item.id for name in wanted]


async def described(
    self: verbs.Service, resource: Resource, request: Any, place: Place, names: Names, wanted: Iterable[str] | None = None
) -> dict[str, Any]:  # fmt: skip
    """What a request says, in the cloud's words: every name looked up, and without what is for us."""
    fields = wanted if wanted is not None else [field.name for field, _ in request.ListFields() if field.name not in OURS]
    body: dict[str, Any] = {}
    for field in fields:
        value = _plain(getattr(request, field))
        if field not in names:
            key = resource.fields.get(field, field)
            body[key if isinstance(key, str) else field] = value
            continue
        if callable(say := names[field]):
            body |= await say(self, place, request)
            continue
        key, kind = say
        if isinstance(value, list):
            body[key] = await ids(self, kind, place, value, field)
        else:
            body[key] = (await ids(self, kind, place, [value], field))[0] if value else None
    return body


def masked(request: Any, but: frozenset[str] = frozenset()) -> list[str]:
    """The fields that an update is to set, also to nothing where its mask names them.

    :param but: fields that say what is to be updated.
    :raises errors.Failure: INVALID_ARGUMENT where there is none, or the mask names what can't be set.
    """
    can = [field.name for field in request.DESCRIPTOR.fields if field.name not in OURS | but]
    mask = request.update_mask.paths if 'update_mask' in request.DESCRIPTOR.fields_by_name else ()
    if wrong := [path for path in mask if path not in can]:
        raise errors.invalid('update_mask', f'names {wrong[0]!r}; there are {", ".join(can)}')
    wanted = list(dict.fromkeys(mask)) or [field.name for field, _ in request.ListFields() if field.name in can]
    if not wanted:
        raise errors.invalid('update_mask', f'names nothing to change, nor is any of {", ".join(can)} set', 'MISSING_FIELD')
    return wanted


async def waited(self: verbs.Service, resource: Resource, place: Place, item: Any, done: Done | None, wait: float) -> Any:
    """One after a wait until it is as ``done`` says; as the cloud has it now where there is nothing to wait for."""
    if done:
        last = await self.backend.wait(resource, place, item.id, done, wait)
    else:
        items = (await self.backend.get(resource, place, item.id, time.time())).items
        last = items[0] if items else None
    if last is None:
        raise errors.not_found(resource.noun, item.id, str(place))
    return last


def patience(request: Any) -> float:
    """How long to wait, so that it ends before the caller's deadline and the caller learns how far things have come."""
    if 'wait' not in request.DESCRIPTOR.fields_by_name:
        return 0.0
    return min(verbs.seconds(request, 'wait'), context.MAX_WAIT, context.current().patience() * finding.PATIENCE)


def made_before(failure: errors.Failure, resource: Resource, item_id: str) -> errors.Failure:
    """The same failure, which says what exists by now all the same; a repeat of the request is told so, too."""
    field = re.sub(r'(?<=[a-z])(?=[A-Z])', '_', resource.noun).lower()
    return failure.told(f'{resource.noun} {item_id} was made. {failure.message}', **{f'{field}_id': item_id})


def taken(failure: errors.Failure) -> errors.Failure:
    """The failure of a create, where the cloud's conflict can only be about the name."""
    if failure.reason != 'CONFLICT':
        return failure
    return errors.Failure(errors.Code.ALREADY_EXISTS, 'ALREADY_EXISTS', failure.message, metadata=failure.metadata)


def settled(item: Any) -> bool:
    """Whether one, None for one that is gone, will not change any more by itself, by the word of its service."""
    status = '' if item is None else item.native_status.lower()
    return item is None or status in ENDED or status.startswith('error_')


def gone(item: Any) -> bool:
    """Whether a deletion has come to its end, good or bad."""
    return item is None or getattr(item, 'native_status', '').lower().startswith('error')


def _apart(body: dict[str, Any], fields: Iterable[str]) -> dict[str, Any]:
    """Take these out of a body."""
    return {field: body.pop(field) for field in fields if field in body}


async def _put(self: verbs.Service, resource: Resource, place: Place, item_id: str, values: Mapping[str, Any]) -> None:
    """Set what has a path of its own."""
    for field, value in values.items():
        try:
            await self.backend.write(resource, place, 'PUT', (item_id, field), {field: value})
        except errors.Failure as failure:
            raise failure.told(f'It is as asked for, but for its {field}. {failure.message}', id=item_id) from None


def answered(answer: type[Any], item: Any) -> Any:
    """The answer that carries one."""
    return answer(**{answer.DESCRIPTOR.fields[0].name: item})


def _plain(value: Any) -> Any:
    """A field's value as JSON has it."""
    if isinstance(value, Message):
        return {field.name: _plain(one) for field, one in value.ListFields()}
    if hasattr(value, 'items'):
        return dict(value)
    if isinstance(value, str | int | float | bool | bytes):
        return value
    return [_plain(one) for one in value]
