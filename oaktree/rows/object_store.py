# SPDX-License-Identifier: Apache-2.0
"""Rows of the object store, which describes what it has in JSON in a list, and in headers by itself.

Headers are made into the documents that a list would have, with more in them.
https://docs.openstack.org/api-ref/object-store/
"""

import datetime
import email.utils
from collections.abc import Mapping
from typing import Any

from oaktreemodel import v1 as pb

from oaktree.resource import Document, Resource

PUBLIC = '.r:*,.rlistings'
"""The access list of what everybody may read and list."""

SHA256 = 'x-sdk-sha256'
"""Metadata that has the sum of an object's data, by the name that openstacksdk gives it."""

SEGMENTS_OF = 'oaktree-segments'
"""Metadata that marks a container which we made for the segments of another's objects."""

OURS = frozenset({SHA256, 'x-sdk-md5'})
"""Metadata that is no user's: where it is kept while an object is described anew."""

KEYS = frozenset({'temp-url-key', 'temp-url-key-2'})
"""Metadata that is a secret."""

PLAIN = frozenset({
    'accept-ranges', 'cache-control', 'connection', 'content-disposition', 'content-encoding', 'content-length',
    'content-type', 'date', 'etag', 'keep-alive', 'last-modified', 'server', 'strict-transport-security',
    'transfer-encoding', 'vary', 'via', 'x-backend-recheck-container-existence', 'x-delete-at', 'x-manifest-etag',
    'x-openstack-request-id', 'x-static-large-object', 'x-storage-policy', 'x-timestamp', 'x-trans-id',
})  # fmt: skip
"""Headers that fields have, or that tell of the answer and not of what was asked for."""


def _etag(document: Document) -> str:
    """Of a segmented object a list has the sum of the manifest, and beside it what a Get calls its sum."""
    return str(document.get('slo_etag') or document.get('hash') or '').strip('"')


CONTAINER = Resource(
    pb.Container, 'object-store', '', 'containers', ttl=60,
    fields={'id': 'name', 'object_count': 'count', 'size_bytes': 'bytes', 'update_time': 'last_modified'},
)  # fmt: skip

OBJECT = Resource(
    pb.Object, 'object-store', '', 'objects', ttl=0,
    fields={
        'id': lambda document: document.get('name') or document.get('subdir'),
        'name': lambda document: document.get('name') or document.get('subdir'),
        'size_bytes': 'bytes', 'etag': _etag, 'update_time': 'last_modified',
        'is_prefix': lambda document: 'subdir' in document,
        'segmented': lambda document: 'slo_etag' in document,
    },
    used=frozenset({'name', 'subdir', 'hash', 'slo_etag', 'symlink_path', 'symlink_bytes', 'symlink_etag'}),
    touches=('containers',),
)  # fmt: skip
"""Asked for each time: a container may have more objects than there is memory."""


def container_document(name: str, headers: Mapping[str, str]) -> dict[str, Any]:
    """What a HEAD tells of a container."""
    told = _lower(headers)
    metadata = _metadata(told, 'container')
    document: dict[str, Any] = {
        'name': name, 'count': int(told.get('x-container-object-count') or 0),
        'bytes': int(told.get('x-container-bytes-used') or 0), 'last_modified': _moment(told.get('last-modified', '')),
        'read_acl': told.get('x-container-read', ''), 'write_acl': told.get('x-container-write', ''),
        'storage_policy': told.get('x-storage-policy', ''), 'signs_urls': not KEYS.isdisjoint(metadata),
        'metadata': {key: value for key, value in metadata.items() if key not in KEYS},
    }  # fmt: skip
    document['access'] = access(document['read_acl'], document['write_acl'])
    known = ('x-container-object-count', 'x-container-bytes-used', 'x-container-read', 'x-container-write')
    return document | _rest(told, known, 'container')


def object_document(container: str, name: str, headers: Mapping[str, str]) -> dict[str, Any]:
    """What a HEAD tells of an object."""
    told = _lower(headers)
    metadata = _metadata(told, 'object')
    document = {
        'name': name, 'container': container, 'bytes': int(told.get('content-length') or 0), 'hash': told.get('etag', ''),
        'content_type': told.get('content-type', ''), 'last_modified': _moment(told.get('last-modified', '')),
        'content_encoding': told.get('content-encoding', ''), 'sha256': metadata.get(SHA256, ''),
        'content_disposition': told.get('content-disposition', ''),
        'metadata': {key: value for key, value in metadata.items() if key not in OURS},
    }  # fmt: skip
    if told.get('x-timestamp'):
        # To the same fraction of a second as in a list.
        document['last_modified'] = _iso(float(told['x-timestamp']))
    if told.get('x-delete-at', '').isdigit():
        document['delete_time'] = _iso(float(told['x-delete-at']))
    if told.get('x-static-large-object', '').lower() == 'true':
        document['slo_etag'] = told.get('etag', '')
    return document | _rest(told, (), 'object')


def access(read_acl: str, write_acl: str) -> int:
    """Who may read a container, in one word."""
    if not write_acl and set(read_acl.split(',')) == set(PUBLIC.split(',')):
        return pb.CONTAINER_ACCESS_PUBLIC
    return pb.CONTAINER_ACCESS_CUSTOM if read_acl or write_acl else pb.CONTAINER_ACCESS_PRIVATE


def _lower(headers: Mapping[str, str]) -> dict[str, str]:
    """Headers by their names in lower case. They come as Latin-1, and are UTF-8."""
    return {name.lower(): value.encode('latin-1', 'replace').decode(errors='replace') for name, value in headers.items()}


def _metadata(told: Mapping[str, str], kind: str) -> dict[str, str]:
    start = f'x-{kind}-meta-'
    return {name.removeprefix(start): value for name, value in told.items() if name.startswith(start)}


def _rest(told: Mapping[str, str], known: tuple[str, ...], kind: str) -> dict[str, str]:
    """Other headers, which become properties."""
    return {
        name: value
        for name, value in told.items()
        if name not in PLAIN and name not in known and not name.startswith(f'x-{kind}-meta-') and name.startswith('x-')
    }


def _moment(date: str) -> str:
    try:
        return email.utils.parsedate_to_datetime(date).isoformat()
    except ValueError:
        return ''


def _iso(seconds: float) -> str:
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC).isoformat()
