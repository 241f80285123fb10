# SPDX-License-Identifier: Apache-2.0
"""What requests say of containers and objects, in Swift's words: headers, and URLs that are signed."""

import hmac
import re
import time
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from oaktreemodel import v1 as pb

from oaktree import errors
from oaktree.resource import Document
from oaktree.rows.object_store import KEYS, OURS, PUBLIC

CONTAINER_NAME = 256
OBJECT_NAME = 1024
"""Bytes of a name that Swift takes."""

NAMED = {'content_type': 'Content-Type', 'content_encoding': 'Content-Encoding', 'content_disposition': 'Content-Disposition'}
"""Fields of an object that have a header of their own."""


def checked(container: str, field: str = 'container') -> str:
    """The name of a container.

    :raises errors.Failure: INVALID_ARGUMENT for one that would lead elsewhere.
    """
    if not container:
        raise errors.invalid(field, 'is missing', 'MISSING_FIELD')
    if '/' in container or container in ('.', '..') or len(container.encode()) > CONTAINER_NAME:
        raise errors.invalid(field, f'must be a name of at most {CONTAINER_NAME} bytes without a slash')
    return container


def checked_object(name: str, field: str) -> str:
    """The name of an object."""
    if not name:
        raise errors.invalid(field, 'is missing', 'MISSING_FIELD')
    if name in ('.', '..'):
        raise errors.invalid(field, 'must not be what is taken for a folder on the way to the cloud')
    if len(name.encode()) > OBJECT_NAME:
        raise errors.invalid(field, f'must have at most {OBJECT_NAME:,} bytes')
    if name in ('.', '..'):
        # Whatever is between here and the store takes these for folders, however they are written.
        raise errors.invalid(field, f'must not be {name!r}: no request can be made for it')
    return name


def metadata(kind: str, given: Mapping[str, str], remove: Iterable[str] = ()) -> dict[str, str]:
    """Headers that set metadata; what has no value, and what is to be removed, is removed.

    :raises errors.Failure: INVALID_ARGUMENT for what is no header.
    """
    headers = {}
    for name, value in given.items():
        if not re.fullmatch('[A-Za-z0-9-]{1,128}', name):
            raise errors.invalid(f'metadata[{name}]', 'must have a name of at most 128 letters, digits and hyphens')
        if name.lower() in KEYS | OURS:
            raise errors.invalid(f'metadata[{name}]', 'is not metadata: a key that signs URLs goes into temp_url_key')
        if value:
            headers[f'X-{kind}-Meta-{name}'] = text(value, f'metadata[{name}]')
        else:
            headers[f'X-Remove-{kind}-Meta-{name}'] = 'x'
    return headers | {f'X-Remove-{kind}-Meta-{name}': 'x' for name in remove}


def text(value: str, field: str) -> str:
    """A header's value: UTF-8, which HTTP libraries take for Latin-1."""
    if value != value.strip() or re.search('[\0-\x1f\x7f]', value):
        raise errors.invalid(field, 'must be one line of text, without space around it')
    return value.encode().decode('latin-1')


def key(value: str) -> dict[str, str]:
    """The header that sets the key that signs URLs, or removes it."""
    name = 'Container-Meta-Temp-URL-Key'
    return {f'X-{name}': text(value, 'temp_url_key')} if value else {f'X-Remove-{name}': 'x'}


def access(request: Any) -> dict[str, str]:
    """The headers that say who may read and write a container."""
    lists = {'X-Container-Read': text(request.read_acl, 'read_acl'), 'X-Container-Write': text(request.write_acl, 'write_acl')}
    match request.access:
        case pb.CONTAINER_ACCESS_CUSTOM:
            return lists
        case pb.CONTAINER_ACCESS_PRIVATE | pb.CONTAINER_ACCESS_PUBLIC if not (request.read_acl or request.write_acl):
            return word(request.access)
        case pb.CONTAINER_ACCESS_UNSPECIFIED:
            raise errors.invalid('access', 'is missing: PRIVATE, PUBLIC, or CUSTOM with lists', 'MISSING_FIELD')
    raise errors.invalid('access', 'must be PRIVATE, PUBLIC, or CUSTOM; only CUSTOM takes lists')


def word(value: int) -> dict[str, str]:
    """The headers of private and public, which need no lists from the caller."""
    if value not in (pb.CONTAINER_ACCESS_UNSPECIFIED, pb.CONTAINER_ACCESS_PRIVATE, pb.CONTAINER_ACCESS_PUBLIC):
        raise errors.invalid('access', 'must be PRIVATE or PUBLIC here: SetContainerAccess takes lists')
    return {'X-Container-Read': PUBLIC if value == pb.CONTAINER_ACCESS_PUBLIC else '', 'X-Container-Write': ''}


def described(request: Any) -> dict[str, str]:
    """The headers that describe a new object."""
    headers = {header: text(getattr(request, field), field) for field, header in NAMED.items() if getattr(request, field)}
    if request.HasField('delete_time'):
        headers |= ends(request)
    return headers | metadata('Object', {name: value for name, value in request.metadata.items() if value})


def ends(request: Any) -> dict[str, str]:
    """The header that says when the cloud deletes an object."""
    if request.delete_time.seconds <= time.time():
        raise errors.invalid('delete_time', 'must lie in the future')
    return {'X-Delete-At': str(request.delete_time.seconds)}


def changed(request: Any, wanted: Iterable[str], told: Mapping[str, str]) -> dict[str, str]:
    """The headers that describe an object anew, given those that describe it now: what is not sent again is lost."""
    now = {name.lower(): value for name, value in told.items()}
    start = 'x-object-meta-'
    headers = {f'X-Object-Meta-{name[len(start) :]}': value for name, value in now.items() if name.startswith(start)}
    headers |= {header: now[header.lower()] for header in NAMED.values() if now.get(header.lower())}
    if now.get('x-delete-at'):
        headers['X-Delete-At'] = now['x-delete-at']
    for field in wanted:
        if field in NAMED:
            headers.pop(NAMED[field], None)
            if value := getattr(request, field):
                headers[NAMED[field]] = text(value, field)
        elif field == 'delete_time':
            headers.pop('X-Delete-At', None)
            headers |= ends(request) if request.HasField('delete_time') else {}
        elif field == 'metadata':
            headers = _merged(headers, request)
    return headers


def _merged(headers: dict[str, str], request: Any) -> dict[str, str]:
    whole = 'metadata' in request.update_mask.paths
    given = {name.lower(): value for name, value in request.metadata.items()}
    metadata('Object', given)
    kept = {}
    for header, value in headers.items():
        name = header.removeprefix('X-Object-Meta-')
        if name == header or name in OURS or not (whole or name in given):
            kept[header] = value
    return kept | metadata('Object', {name: value for name, value in given.items() if value})


def info_url(endpoint: str) -> str:
    """Where a store tells what it can do, from where an account is."""
    return re.sub(r'/v\d+(\.\d+)?(/.*)?$', '', endpoint.rstrip('/')) + '/info'


def digest(info: Document) -> str:
    """The digest to sign URLs with; empty where a store takes none that is signed."""
    if 'tempurl' not in info:
        return ''
    allowed = info['tempurl'].get('allowed_digests') or ['sha1']
    return next((name for name in ('sha256', 'sha512', 'sha1') if name in allowed), '')


def signed(url: str, method: str, expires: int, secret: str, algorithm: str) -> str:
    """A URL that anybody may use. https://docs.openstack.org/swift/latest/api/temporary_url_middleware.html"""
    path = unquote(urlsplit(url).path)
    signature = hmac.new(secret.encode(), f'{method}\n{expires}\n{path}'.encode(), algorithm).hexdigest()
    return f'{url}?temp_url_sig={signature}&temp_url_expires={expires}'


def path(*names: str) -> str:
    """Where a container is, or an object, below its account."""
    return ''.join(f'/{quote(name, safe="")}' for name in names)
