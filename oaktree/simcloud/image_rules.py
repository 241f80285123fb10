# SPDX-License-Identifier: Apache-2.0
"""Glance's schema of an image, and its filters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from oaktree.simcloud.http import Doc, Refusal, parse_time

MADE = """status checksum os_hash_algo os_hash_value size virtual_size created_at updated_at self file schema direct_url
    stores"""
READ_ONLY = frozenset(MADE.split())
RESERVED = frozenset(('deleted', 'deleted_at', 'is_public', 'order'))
CONTAINERS = (None, 'ami', 'ari', 'aki', 'bare', 'ovf', 'ova', 'docker', 'compressed')
VISIBILITIES = ('community', 'public', 'private', 'shared')
LENGTH, MOST = 255, (1 << 31) - 1
"""Characters of a name or tag, and the greatest number."""

STATUSES = ('queued', 'saving', 'active', 'killed', 'deleted', 'uploading', 'importing', 'pending_delete', 'deactivated')
Test = Callable[[Mapping[str, Any]], bool]
CONTROL = frozenset(('limit', 'marker', 'sort', 'sort_key', 'sort_dir', 'member_status'))


def schema(disk_formats: tuple[str, ...]) -> Doc:
    """What GET /v2/schemas/image says."""
    text, maybe = {'type': 'string'}, {'type': ['null', 'string']}
    number, fixed = {'type': 'integer'}, {'readOnly': True}
    properties: Doc = {
        'id': text,
        'name': maybe | {'maxLength': 255},
        'status': text | fixed | {'enum': list(STATUSES)},
        'visibility': text | {'enum': list(VISIBILITIES)},
        'protected': {'type': 'boolean'},
        'os_hidden': {'type': 'boolean'},
        'checksum': maybe | fixed,
        'os_hash_algo': maybe | fixed,
        'os_hash_value': maybe | fixed,
        'owner': maybe | {'maxLength': 255},
        'size': {'type': ['null', 'integer']} | fixed,
        'virtual_size': {'type': ['null', 'integer']} | fixed,
        'container_format': maybe | {'enum': list(CONTAINERS)},
        'disk_format': maybe | {'enum': [None, *disk_formats]},
        'created_at': text | fixed,
        'updated_at': text | fixed,
        'tags': {'type': 'array', 'items': text | {'maxLength': 255}},
        'direct_url': text | fixed,
        'min_ram': number,
        'min_disk': number,
        'self': text | fixed,
        'file': text | fixed,
        'schema': text | fixed,
        'stores': text | fixed,
        'locations': {'type': 'array', 'items': {'type': 'object'}},
    }
    links = [
        {'rel': 'self', 'href': '{self}'},
        {'rel': 'enclosure', 'href': '{file}'},
        {'rel': 'describedby', 'href': '{schema}'},
    ]
    return {'name': 'image', 'properties': properties, 'additionalProperties': {'type': 'string'}, 'links': links}


def check(given: Doc, disk_formats: tuple[str, ...]) -> None:
    """Refuses what the schema does not allow."""
    enums: tuple[tuple[str, tuple[str | None, ...]], ...] = (
        ('disk_format', (None, *disk_formats)),
        ('container_format', CONTAINERS),
        ('visibility', VISIBILITIES),
    )
    for name, allowed in enums:
        if name in given and given[name] not in allowed:
            reason = f'{given[name]!r} is not one of {list(allowed)}'
            detail = f"Failed validating 'enum' in schema['properties']['{name}']"
            raise Refusal(400, f"Provided object does not match schema 'image': {reason}\n\n{detail}")
    known = schema(disk_formats)['properties']
    for name, value in given.items():
        types = known.get(name, {'type': 'string'})['type']
        if not any(_is(value, one) for one in ([types] if isinstance(types, str) else types)):
            reason = f'{value!r} is not of type {types!r}'
            raise Refusal(400, f"Provided object does not match schema 'image': {reason}")
        if isinstance(value, int) and not 0 <= value <= MOST:
            raise Refusal(400, f"Provided object does not match schema 'image': {value} is not between 0 and {MOST}")
        texts = value if name == 'tags' else [value] if name == 'name' else []
        if any(text and len(text) > LENGTH for text in texts):
            reason = f"{value!r} is too long: Failed validating 'maxLength' in schema['properties']['{name}']"
            raise Refusal(400, f"Provided object does not match schema 'image': {reason}")


def _is(value: Any, kind: str) -> bool:
    if kind == 'integer':
        return isinstance(value, int) and not isinstance(value, bool)
    kinds: dict[str, type] = {'string': str, 'null': type(None), 'boolean': bool, 'array': list, 'object': dict}
    return isinstance(value, kinds[kind])


def matcher(query: Any) -> Test:
    """A list's filters as one function. An image has to pass them all."""
    tags = set(query.getall('tag', []))
    tests: list[Test] = [lambda image: tags <= set(image['tags'])]
    hidden = query.get('os_hidden', 'false').lower() == 'true'
    tests.append(lambda image: image['os_hidden'] == hidden)
    for name, value in query.items():
        if name in CONTROL or name in ('tag', 'os_hidden') or (name == 'visibility' and value == 'all'):
            continue
        if name in ('size_min', 'size_max'):
            tests.append(_size_test(name == 'size_min', int(value)))
        elif name in ('created_at', 'updated_at'):
            tests.append(_time_test(name, value))
        else:
            allowed = {part.strip('"') for part in value[3:].split(',')} if value.startswith('in:') else {value}
            tests.append(_equality_test(name, allowed))
    return lambda image: all(test(image) for test in tests)


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _size_test(low: bool, bound: int) -> Test:
    return lambda image: (image['size'] or 0) >= bound if low else (image['size'] or 0) <= bound


def _equality_test(name: str, allowed: set[str]) -> Test:
    return lambda image: _text(image.get(name)) in allowed


def _time_test(name: str, value: str) -> Test:
    operator, _, text = value.partition(':') if value[:2].isalpha() or value[:3] == 'neq' else ('eq', '', value)
    try:
        moment = parse_time(text)
    except ValueError:
        raise Refusal(400, f'Unable to filter by {name} by {value}') from None
    tests = {
        'gt': moment.__lt__,
        'gte': moment.__le__,
        'lt': moment.__gt__,
        'lte': moment.__ge__,
        'eq': moment.__eq__,
        'neq': moment.__ne__,
    }
    if operator not in tests:
        raise Refusal(400, f'Unable to filter by unknown operator {operator}.')
    return lambda image: bool(tests[operator](parse_time(image[name])))
