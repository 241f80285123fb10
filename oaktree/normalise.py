# SPDX-License-Identifier: Apache-2.0
"""A cloud's JSON -> messages, by descriptor and row. Compiled once for each row, since a list has thousands.

What openstacksdk makes of the same JSON is the measure: ``tests/unit/test_normalise.py`` holds each row against it.
"""

import datetime
import functools
from collections.abc import Callable, Mapping
from typing import Any

import orjson
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message
from oaktreemodel import v1 as pb

from oaktree.resource import Document, Resource

Make = Callable[[Document, pb.Location], Message]
"""(document, location) -> message."""

IGNORED = frozenset({'links', 'self', 'file', 'schema', 'status', 'tenant_id', 'project_id', 'owner'})
"""Keys that lead into the cloud's own API and mean nothing outside of it, or that the location and the state have used."""

EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
EPOCH_OF_UTC = EPOCH.replace(tzinfo=None)


@functools.cache
def compiled(resource: Resource) -> Make:
    """The function that makes this row's messages."""
    descriptor = resource.message.DESCRIPTOR
    steps: list[tuple[str, str | None, Callable[[Any], Any]]] = []
    known = set(IGNORED)
    for field in descriptor.fields:
        if field.name in ('location', 'properties') or (field.name == 'state' and resource.states):
            continue
        source = resource.fields.get(field.name, field.name)
        if isinstance(source, str):
            known.add(source)
            steps.append((field.name, source, _converter(field)))
        else:
            known.add(field.name)
            steps.append((field.name, None, source))
    if resource.states:
        states = resource.states
        steps.append(('state', None, lambda d: states.get(str(d.get('status')).upper(), 0)))
    used = frozenset(known | resource.used)
    message = resource.message

    def make(document: Document, location: pb.Location) -> Message:
        values: dict[str, Any] = {'location': location}
        for name, key, convert in steps:
            value = document if key is None else document.get(key)
            if value is not None:
                values[name] = convert(value)
        extra = document.keys() - used
        if extra:
            values['properties'] = _strings({key: document[key] for key in extra})
        return message(**values)

    return make


def _converter(field: Any) -> Callable[[Any], Any]:
    """JSON value -> what a message's constructor takes for this field."""
    if field.message_type is not None:
        if field.message_type.full_name == 'google.protobuf.Timestamp':
            return timestamp
        if field.message_type.GetOptions().map_entry:
            return _strings
        return _same
    if field.is_repeated:
        return lambda value: [str(item) for item in value]
    if field.cpp_type == FieldDescriptor.CPPTYPE_STRING:
        return lambda value: value if type(value) is str else string(value)
    if field.cpp_type == FieldDescriptor.CPPTYPE_BOOL:
        return bool
    if field.cpp_type == FieldDescriptor.CPPTYPE_DOUBLE:
        return float
    # Nova writes "" for no swap.
    return lambda value: int(value or 0)


def _same(value: Any) -> Any:
    return value


def _strings(value: Mapping[str, Any]) -> dict[str, str]:
    return {key: item if type(item) is str else string(item) for key, item in value.items() if item is not None}


def string(value: Any) -> str:
    """A JSON value as the text of a property: strings as they are, the rest as JSON."""
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def timestamp(text: str | None) -> dict[str, int] | None:
    """ISO 8601 as the services write it, with or without a zone (then UTC) -> Timestamp."""
    if text is None:
        return None
    try:
        moment = datetime.datetime.fromisoformat(text)
    except ValueError:
        return None
    since = moment - (EPOCH if moment.tzinfo else EPOCH_OF_UTC)
    return {'seconds': since.days * 86400 + since.seconds, 'nanos': since.microseconds * 1000}
