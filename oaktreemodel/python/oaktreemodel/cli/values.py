# SPDX-License-Identifier: Apache-2.0
"""Text of the command line as values of fields, and back."""

from __future__ import annotations

import argparse
import json
import pathlib
import re
import sys
from collections.abc import Callable
from typing import Any

from google.protobuf.descriptor import FieldDescriptor

WHOLE = frozenset(
    {FieldDescriptor.TYPE_INT32, FieldDescriptor.TYPE_INT64, FieldDescriptor.TYPE_UINT32, FieldDescriptor.TYPE_UINT64}
)
KNOWN = ('google.protobuf.Duration', 'google.protobuf.Timestamp', 'google.protobuf.FieldMask')


def converter(field: Any) -> Callable[[str], Any]:
    """What makes a value of the field, or of one item of it, of text."""
    if field.message_type is not None:
        return _of_message(field.message_type)
    if field.enum_type is not None:
        return lambda text: enum_number(field.enum_type, text)
    if field.type == field.TYPE_BYTES:
        return _content
    if field.type == field.TYPE_BOOL:
        return _truth
    if field.type in WHOLE:
        return int
    return float if field.type == field.TYPE_DOUBLE else str


def metavar(field: Any) -> str:
    """How the help calls the value."""
    if field.message_type is not None:
        if field.message_type.GetOptions().map_entry:
            return 'KEY=VALUE'
        names = {'google.protobuf.Duration': 'SECONDS', 'google.protobuf.Timestamp': 'TIME'}
        return names.get(field.message_type.full_name) or ','.join(f'{one.name}=…' for one in field.message_type.fields)
    if field.enum_type is not None:
        return '{' + ','.join(enum_words(field.enum_type)) + '}'
    return 'FILE' if field.type == field.TYPE_BYTES else field.name.upper()


def is_nested(field: Any) -> bool:
    """Whether it is a message of ours, with fields of its own."""
    return field.message_type is not None and field.message_type.full_name not in KNOWN and not is_map(field)


def is_map(field: Any) -> bool:
    return field.message_type is not None and bool(field.message_type.GetOptions().map_entry)


def enum_words(kind: Any) -> list[str]:
    """The short words of an enum: `anti-affinity` is SERVER_GROUP_POLICY_ANTI_AFFINITY."""
    return [short(kind, value.name).lower().replace('_', '-') for value in kind.values if value.number]


def short(kind: Any, name: str) -> str:
    prefix = re.sub(r'(?<!^)(?=[A-Z])', '_', kind.name).upper()
    return name.removeprefix(f'{prefix}_')


def enum_number(kind: Any, text: str) -> int:
    wanted = text.upper().replace('-', '_')
    for value in kind.values:
        if wanted in (value.name, short(kind, value.name)):
            return int(value.number)
    raise argparse.ArgumentTypeError(f'{text!r} is none of {", ".join(enum_words(kind))}')


def port_range(text: str) -> tuple[int, int]:
    """80 or 80:90."""
    first, _, last = text.partition(':')
    return int(first), int(last or first)


def put(message: Any, name: str, value: Any) -> None:
    """Sets a field, or adds to it where it is a list or a map."""
    field = message.DESCRIPTOR.fields_by_name[name]
    if field.is_repeated:
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, tuple):
                getattr(message, name)[one[0]] = one[1]
            else:
                getattr(message, name).append(one)
    elif field.message_type is not None:
        getattr(message, name).CopyFrom(value)
    else:
        setattr(message, name, value)


def _of_message(kind: Any) -> Callable[[str], Any]:
    if kind.GetOptions().map_entry:
        return _pair
    if kind.full_name == 'google.protobuf.Duration':
        return duration
    return lambda text: _message(kind, text)


def duration(text: str) -> Any:
    from google.protobuf.duration_pb2 import Duration

    made = Duration()
    made.FromNanoseconds(round(float(text) * 1e9))
    return made


def _pair(text: str) -> tuple[str, str]:
    key, equals, value = text.partition('=')
    if not equals or not key:
        raise argparse.ArgumentTypeError(f'{text!r} is not KEY=VALUE')
    return key, value


def _message(kind: Any, text: str) -> Any:
    """JSON, or FIELD=VALUE,FIELD=VALUE, or the value of the first field alone."""
    message = kind._concrete_class()
    try:
        if kind.full_name in KNOWN:
            message.FromJsonString(text)
        elif text.startswith('{'):
            from google.protobuf import json_format

            json_format.ParseDict(json.loads(text), message)
        else:
            for pair in (text if '=' in text else f'{kind.fields[0].name}={text}').split(','):
                name, value = _pair(pair)
                field = kind.fields_by_name[name.replace('-', '_')]
                put(message, field.name, converter(field)(value))
    except KeyError as error:
        fields = ', '.join(field.name for field in kind.fields)
        raise argparse.ArgumentTypeError(f'{text!r} has a field {error.args[0]!r}; there are {fields}') from None
    except Exception as error:
        # The parsers of protobuf and json have errors of several kinds.
        raise argparse.ArgumentTypeError(f'{text!r} cannot be read: {str(error).splitlines()[0]}') from None
    return message


def _content(path: str) -> bytes:
    """The content of a file, or of standard input for -."""
    try:
        return sys.stdin.buffer.read() if path == '-' else pathlib.Path(path).read_bytes()
    except OSError as error:
        raise argparse.ArgumentTypeError(f'{path} cannot be read: {error.strerror}') from None


def _truth(text: str) -> bool:
    if text.lower() not in ('true', 'false', 'yes', 'no'):
        raise argparse.ArgumentTypeError(f'{text!r} is neither true nor false')
    return text.lower() in ('true', 'yes')


def plain(value: Any, field: Any = None) -> Any:
    """A message as dicts, lists, text and numbers, with short words for enums; and so what is in it."""
    descriptor = getattr(value, 'DESCRIPTOR', None)
    if descriptor is not None:
        if descriptor.full_name == 'google.protobuf.Timestamp':
            return value.ToJsonString()
        if descriptor.full_name == 'google.protobuf.Duration':
            return value.ToNanoseconds() / 1e9
        return {
            one.name: plain_field(value, one) for one in descriptor.fields if one.containing_oneof is None or _set(value, one)
        }
    if field is not None and field.enum_type is not None:
        known = field.enum_type.values_by_number.get(value)
        return short(field.enum_type, known.name) if known else value
    if isinstance(value, bytes):
        return value.decode(errors='replace')
    return value


def _set(message: Any, field: Any) -> bool:
    return bool(message.HasField(field.name))


def plain_field(message: Any, field: Any) -> Any:
    """One field of a message, in the same form; None where it is unset."""
    value = getattr(message, field.name)
    if is_map(field):
        inner = field.message_type.fields_by_name['value']
        return {key: plain(one, inner) for key, one in sorted(value.items())}
    if field.is_repeated:
        return [plain(one, field) for one in value]
    if field.has_presence and not message.HasField(field.name):
        return None
    return plain(value, field)
