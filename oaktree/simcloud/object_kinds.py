# SPDX-License-Identifier: Apache-2.0
"""What Swift keeps: accounts, containers, objects; and how it lists, cuts and refuses."""

from __future__ import annotations

import re
import time
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from http.client import responses

from oaktree.simcloud.http import Answer, Call, Doc, Refusal

HTML = {'Content-Type': 'text/html; charset=UTF-8'}

LIMITS = {
    'max_file_size': 5368709122, 'max_container_name_length': 256, 'max_object_name_length': 1024, 'max_meta_count': 90,
    'max_meta_name_length': 128, 'max_meta_value_length': 256, 'max_meta_overall_size': 4096, 'max_header_size': 8192,
    'container_listing_limit': 10000, 'account_listing_limit': 10000,
}  # fmt: skip


@dataclass
class Stored:
    """One object: its bytes, or the manifest of those that have its bytes."""

    data: list[bytes]
    size: int
    etag: str
    made: float
    content_type: str = 'application/octet-stream'
    kept: dict[str, str] = field(default_factory=dict)
    """Headers that come back as they were given."""
    ends: float | None = None
    segments: list[Doc] | None = None
    etag_of_manifest: str = ''

    def describe(self, call: Call) -> None:
        """All that a PUT or POST says, and nothing of what was said before."""
        kept = {
            key.title(): value
            for key, value in call.headers.items()
            if value
            and (key.lower().startswith('x-object-meta-') or key.lower() in ('content-encoding', 'content-disposition'))
        }
        check_metadata({key: value for key, value in kept.items() if key.startswith('X-Object-Meta-')})
        if 'X-Delete-After' in call.headers or 'X-Delete-At' in call.headers:
            after = float(call.headers.get('X-Delete-After', 0))
            self.ends = call.now + after if after else float(call.headers['X-Delete-At'])
            if self.ends <= call.now:
                raise Refusal(400, 'X-Delete-At in past')
        else:
            self.ends = None
        self.kept = kept
        self.content_type = call.headers.get('Content-Type') or 'application/octet-stream'
        if call.method == 'POST':
            self.made = call.now

    @property
    def shown_etag(self) -> str:
        return self.etag if self.segments is None else f'"{self.etag}"'

    def headers(self) -> dict[str, str]:
        told = {
            'Content-Type': self.content_type, 'Content-Length': str(self.size), 'ETag': self.shown_etag,
            'Last-Modified': http_time(self.made), 'X-Timestamp': f'{self.made:.5f}', 'Accept-Ranges': 'bytes', **self.kept,
        }  # fmt: skip
        if self.segments is not None:
            told |= {'X-Static-Large-Object': 'True', 'X-Manifest-Etag': self.etag_of_manifest}
        if self.ends is not None:
            told['X-Delete-At'] = str(int(self.ends))
        return told

    def row(self, name: str) -> Doc:
        row = {
            'name': name, 'bytes': self.size, 'hash': self.etag_of_manifest or self.etag, 'content_type': self.content_type,
            'last_modified': micro(self.made),
        }  # fmt: skip
        return row | ({'slo_etag': self.shown_etag} if self.segments is not None else {})


@dataclass
class Container:
    """Objects by name."""

    name: str
    made: float
    objects: dict[str, Stored] = field(default_factory=dict)
    gone: dict[str, float] = field(default_factory=dict)
    metadata: dict[str, str] = field(default_factory=dict)
    read: str = ''
    write: str = ''

    def alive(self) -> dict[str, Stored]:
        """The objects whose end has not come."""
        now = time.time()
        for name in [name for name, stored in self.objects.items() if stored.ends is not None and stored.ends <= now]:
            del self.objects[name]
        return self.objects

    @property
    def bytes(self) -> int:
        return sum(stored.size for stored in self.alive().values())


@dataclass
class Account:
    """Containers by name."""

    containers: dict[str, Container] = field(default_factory=dict)
    metadata: dict[str, str] = field(default_factory=dict)


def page(call: Call, rows: dict[str, Doc]) -> list[Doc]:
    """Of rows by name, those that a listing asks for."""
    prefix, delimiter = call.query.get('prefix', ''), call.query.get('delimiter', '')
    limit = call.integer('limit', 10000)
    if limit > LIMITS['container_listing_limit']:
        raise Refusal(412, 'Maximum limit is 10000')
    names, found = sorted(rows), list[Doc]()
    marker, end = call.query.get('marker', ''), call.query.get('end_marker', '')
    at = bisect_right(names, marker)
    while at < len(names) and len(found) < limit:
        name = names[at]
        at += 1
        if not name.startswith(prefix) or (end and name >= end):
            continue
        start, cut, _ = name[len(prefix) :].partition(delimiter) if delimiter else (name, '', '')
        if not cut:
            found.append(rows[name])
            continue
        folder = prefix + start + cut
        at = bisect_right(names, folder + chr(0x10FFFF))
        if folder > marker:
            found.append({'subdir': folder})
    return found


def whole(call: Call, size: int) -> tuple[int, int]:
    """The part of so many bytes that a request asks for: all, or one range."""
    span = re.fullmatch(r'bytes=(\d*)-(\d*)', call.headers.get('Range', ''))
    if span is None or not (span[1] or span[2]):
        return 0, size
    if span[1]:
        start, end = int(span[1]), min(int(span[2] or size), size - 1) + 1
    else:
        start, end = max(0, size - int(span[2])), size
    if start >= end:
        raise Refusal(416, 'The Range requested is not available.', headers={'Content-Range': f'bytes */{size}'})
    return start, end


def check_metadata(given: Mapping[str, str]) -> None:
    """Refuses what of a request's metadata is too much."""
    if len(given) > LIMITS['max_meta_count']:
        raise Refusal(400, 'Too many metadata items; max 90')
    for key, value in given.items():
        if len(value.encode()) > LIMITS['max_meta_value_length']:
            raise Refusal(400, f'Metadata value longer than 256: {key}')


def swift_error(refusal: Refusal) -> Answer:
    """Swift's short page: what its proxy says of a status, or its own words alone."""
    title = responses.get(refusal.status, 'Error')
    body = f'<html><h1>{title}</h1><p>{escape(refusal.message)}</p></html>' if refusal.status != 400 else refusal.message
    return Answer(refusal.status, body.encode(), refusal.headers | HTML)


def micro(moment: float) -> str:
    return time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(moment)) + f'.{round(moment % 1 * 1e5) * 10:06d}'


def http_time(moment: float) -> str:
    """A whole second, rounded up as Swift does."""
    return time.strftime('%a, %d %b %Y %H:%M:%S GMT', time.gmtime(-(-moment // 1)))
