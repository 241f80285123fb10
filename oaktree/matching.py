# SPDX-License-Identifier: Apache-2.0
"""Which objects a request wants: by location, name, equal fields, and JMESPath."""

import functools
import operator
import time
from collections.abc import Callable, Sequence
from typing import Any

import jmespath
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message
from jmespath import parser, visitor
from oaktreemodel import v1 as pb

from oaktree import errors

EXPRESSION_LENGTH = 1000
"""Characters of a JMESPath expression."""

EXPRESSION_SECONDS = 5.0
"""Seconds that one may run."""

MULTISELECTS = 3
"""Lists and objects that one may build: each can multiply the size of what it works on."""

Keep = Callable[[Any], bool]


def keeper(message: type[Message], request: Any) -> Keep | None:
    """Whether an object is one that the request wants, by everything but ``jmespath``; None where it wants all.

    :raises errors.Failure: INVALID_ARGUMENT that names the field.
    """
    tests = [test] if (test := located(request.location)) else []
    if name := request.name_or_id:
        tests.append(lambda item: name in (item.id, item.name))
    tests += [_equals(message.DESCRIPTOR, path, value) for path, value in request.filter.items()]
    return _all(tests)


def located(location: pb.Location) -> Keep | None:
    """Whether an object is in this zone and of this project; its cloud and region are known by whence it was read."""
    tests: list[Keep] = []
    if zone := location.zone:
        # An object without a zone, such as a network, is in all of them.
        tests.append(lambda item: item.location.zone in ('', zone))
    project = location.project
    levels = ('id',) if project.id else ('name', 'domain_id', 'domain_name')
    for level in levels:
        if wanted := getattr(project, level):
            tests.append(functools.partial(_of_project, level, wanted))
    return _all(tests)


def _all(tests: list[Keep]) -> Keep | None:
    return (lambda item: all(test(item) for test in tests)) if tests else None


def _of_project(level: str, wanted: str, item: Any) -> bool:
    return not item.location.HasField('project') or getattr(item.location.project, level) == wanted


def _equals(descriptor: Any, path: str, value: str) -> Keep:
    """A test for one field, dotted through messages; of repeated ones and maps any value may be equal."""
    steps: list[tuple[Any, str | None]] = []
    rest, key = path.split('.'), None
    while True:
        name, *rest = rest
        if (field := descriptor.fields_by_name.get(name)) is None:
            known = ', '.join(sorted(f.name for f in descriptor.fields))
            raise errors.invalid(f'filter[{path}]', f'{descriptor.name} has no field {name!r}, only {known}', 'UNKNOWN_FIELD')
        is_map = field.message_type is not None and field.message_type.GetOptions().map_entry
        if is_map:
            # Whatever is left is the key, dots included.
            key, rest = '.'.join(rest), []
        steps.append((field, key))
        if not rest or field.message_type is None:
            break
        descriptor = field.message_type
    if rest or (not key if is_map else field.message_type is not None):
        raise errors.invalid(f'filter[{path}]', 'must lead to a single value', 'UNKNOWN_FIELD')
    wanted = _parsed(field, path, value)
    if not any(step.is_repeated or _optional(step) for step, _ in steps):
        # Lists have thousands, and this is most of what is asked for.
        read = operator.attrgetter(path)
        return lambda item: bool(read(item) == wanted)
    plan = [(step.name, key, step.is_repeated, _optional(step)) for step, key in steps]
    return lambda item: wanted in _values([item], plan)


def _optional(field: Any) -> bool:
    """Whether a field of a single value tells unset from zero."""
    return bool(field.message_type is None and field.has_presence)


def _values(items: Sequence[Any], plan: list[tuple[str, str | None, bool, bool]]) -> Sequence[Any]:
    """What a path leads to, through every one of a repeated field."""
    for name, key, repeated, optional in plan:
        found: list[Any] = []
        for item in items:
            value = getattr(item, name)
            if key is not None:
                found += [value[key]] if key in value else []
            elif repeated:
                found += value
            elif not optional or item.HasField(name):
                found.append(value)
        items = found
    return items


def _parsed(field: Any, path: str, value: str) -> Any:
    """The filter's text as a value of the field's own type."""
    try:
        if field.message_type is not None or field.cpp_type == FieldDescriptor.CPPTYPE_STRING:
            return value
        if field.enum_type is not None:
            return field.enum_type.values_by_name[value].number
        if field.cpp_type == FieldDescriptor.CPPTYPE_BOOL:
            return {'true': True, 'false': False}[value.lower()]
        return float(value) if field.cpp_type == FieldDescriptor.CPPTYPE_DOUBLE else int(value)
    except (KeyError, ValueError):
        kind = ', '.join(field.enum_type.values_by_name) if field.enum_type else 'true, false or a number, as its field is'
        raise errors.invalid(f'filter[{path}]', f'{value!r} is no value of this field: {kind}') from None


def compiled(expression: str) -> Any:
    """A JMESPath expression within its bounds.

    :raises errors.Failure: INVALID_ARGUMENT.
    """
    if len(expression) > EXPRESSION_LENGTH:
        raise errors.invalid('jmespath', f'is longer than {EXPRESSION_LENGTH} characters', 'INVALID_JMESPATH')
    try:
        parsed = parser.Parser().parse(expression)
        built = _multiselects(parsed.parsed)
    except (jmespath.exceptions.JMESPathError, RecursionError) as error:
        raise errors.invalid('jmespath', ' '.join(str(error).split('\n')[0].split()), 'INVALID_JMESPATH') from None
    if built > MULTISELECTS:
        raise errors.invalid('jmespath', f'builds more than {MULTISELECTS} lists or objects', 'INVALID_JMESPATH')
    return parsed


def judges_each(expression: Any) -> bool:
    """Whether a compiled expression keeps or drops each item whatever the others are, as ``[?name == `x`]`` does."""
    return _judges_each(expression.parsed)


def _judges_each(node: Any) -> bool:
    if node['type'] == 'pipe':
        return all(map(_judges_each, node['children']))
    return node['type'] == 'filter_projection' and all(child['type'] == 'identity' for child in node['children'][:2])


def _multiselects(node: Any) -> int:
    own = int(node['type'] in ('multi_select_list', 'multi_select_dict'))
    if node['type'] == 'function_expression' and node['value'] == 'join':
        # One join may repeat its glue a thousand times; two would do so a million times.
        own = MULTISELECTS
    return own + sum(_multiselects(child) for child in node.get('children', ()) if isinstance(child, dict))


def selected(expression: Any, items: Sequence[Message]) -> Sequence[Any]:
    """The items that an expression over the list as proto JSON keeps; to be run in a thread, as it takes its time.

    :raises errors.Failure: INVALID_ARGUMENT where it fails, takes too long, or makes anything but a list of whole items.
    """
    interpreter = _BoundedInterpreter(time.monotonic() + EXPRESSION_SECONDS)
    documents = [interpreter.document(item) for item in items]
    try:
        result = interpreter.visit(expression.parsed, documents)
    except (jmespath.exceptions.JMESPathError, TypeError, ValueError, ArithmeticError, RecursionError) as error:
        hint = ' (proto JSON has 64-bit integers as strings: use to_number)' if isinstance(error, TypeError) else ''
        raise errors.invalid('jmespath', ' '.join(str(error).split()) + hint, 'INVALID_JMESPATH') from None
    kept = {id(document) for document in result} if isinstance(result, list) else set()
    if not isinstance(result, list) or not kept <= {id(document) for document in documents}:
        raise errors.invalid('jmespath', 'must give a list of whole items, as [?name==`x`] does', 'INVALID_JMESPATH')
    return [item for item, document in zip(items, documents, strict=True) if id(document) in kept]


class _BoundedInterpreter(visitor.TreeInterpreter):  # type: ignore[misc]
    """Looks at the clock at every step, since a thread can't be stopped from outside."""

    def __init__(self, end: float) -> None:
        super().__init__()
        self._end = end

    def document(self, item: Message) -> Any:
        """An item as the expression sees it."""
        self._look()
        return MessageToDict(item, preserving_proto_field_name=True, always_print_fields_with_no_presence=True)

    def _look(self) -> None:
        if time.monotonic() > self._end:
            raise errors.invalid('jmespath', f'took longer than {EXPRESSION_SECONDS:.0f} s: use filter', 'INVALID_JMESPATH')

    def visit(self, node: Any, *args: Any, **kwargs: Any) -> Any:
        self._look()
        return super().visit(node, *args, **kwargs)
