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

Values = dict[str, Any]
"""What a message's constructor takes: field -> value, without those that are unset."""

Tell = Callable[[Values], None]
"""Adds what is not in the document."""

Make = Callable[[Document, pb.Location, Tell | None], Message]
"""(document, location, what tells more of it, if anything does) -> message."""

IGNORED = frozenset({'links', 'self', 'file', 'schema', 'status', 'tenant_id', 'project_id', 'owner'})
"""Keys that lead into the cloud's own API and mean nothing outside of it, or that the location and the state have used."""

EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
EPOCH_OF_UTC = EPOCH.replace(tzinfo=None)

SHAPES = 64
"""Sets of keys that the documents of one kind have: a few, as they depend on the status and on the caller's rights."""


@functools.cache
def compiled(resource: Resource) -> Make:
    """The function that makes this row's messages. What is empty is left out, as unset is the same and costs nothing."""
    message, states = resource.message, resource.states
    plain, times, functions = _sorted_fields(resource)
    used = IGNORED | resource.used | {key for _, key in (*plain, *times)} | {name for name, _ in functions}

    @functools.lru_cache(SHAPES)
    def shaped(keys: tuple[str, ...]) -> tuple[list[tuple[str, str]], list[tuple[str, str]], list[str]]:
        """What to look for in a document that has these keys: plain values, times, and properties."""
        here = frozenset(keys)
        mine, mine_times = ([(name, key) for name, key in fields if key in here] for fields in (plain, times))
        return mine, mine_times, [key for key in keys if key not in used]

    def make(document: Document, location: pb.Location, tell: Tell | None = None) -> Message:
        mine, mine_times, extra = shaped(tuple(document))
        values: Values = {'location': location}
        for name, key in mine:
            if value := document[key]:
                values[name] = value
        for name, key in mine_times:
            if text := document[key]:
                values[name] = timestamp(text)
        for name, function in functions:
            if value := function(document):
                values[name] = value
        if states:
            values['state'] = states.get(str(document.get('status')).upper(), 0)
        if extra:
            values['properties'] = _strings({key: document[key] for key in extra})
        if tell:
            tell(values)
        try:
            return message(**values)
        except (TypeError, ValueError):
            # Some value is not what the API reference says, as from a vendor who writes numbers as text.
            return message(**values | _converted(resource, values))

    return make


def _sorted_fields(
    resource: Resource,
) -> tuple[list[tuple[str, str]], list[tuple[str, str]], list[tuple[str, Callable[[Document], Any]]]]:
    """The fields that a row fills, by name: those that are a value of the document, with its key; those of them that are
    times; and those that a function of the document makes."""
    plain: list[tuple[str, str]] = []
    times: list[tuple[str, str]] = []
    functions: list[tuple[str, Callable[[Document], Any]]] = []
    for field in resource.message.DESCRIPTOR.fields:
        if field.name in ('location', 'properties') or (field.name == 'state' and resource.states):
            continue
        source = resource.fields.get(field.name, field.name)
        if callable(source):
            functions.append((field.name, source))
        else:
            (times if _is_time(field) else plain).append((field.name, source))
    return plain, times, functions


def _is_time(field: Any) -> bool:
    return field.message_type is not None and field.message_type.full_name == 'google.protobuf.Timestamp'


def _converted(resource: Resource, values: Values) -> Values:
    """Those values that came from the document as they were, each of the type of its field."""
    fields = resource.message.DESCRIPTOR.fields_by_name
    return {name: _converter(fields[name])(values[name]) for name, _ in _sorted_fields(resource)[0] if name in values}


def _converter(field: Any) -> Callable[[Any], Any]:
    """A JSON value of any type -> one that a message's constructor takes for this field."""
    if field.message_type is not None:
        return _strings if field.message_type.GetOptions().map_entry else _same
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
    return value if isinstance(value, str) else str(value) if type(value) is int else orjson.dumps(value).decode()


def numbered(message: Any, fields: Mapping[str, str], document: Document | None) -> Any:
    """The numbers of a document in their fields, and the others as properties."""
    for key, value in (document or {}).items():
        if key in fields and isinstance(value, int):
            setattr(message, fields[key], value)
        elif key != 'id' and value is not None:
            message.properties[key] = string(value)
    return message


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
