# SPDX-License-Identifier: Apache-2.0
"""Objects of a container, which may be larger than their cloud takes in one go: those are kept in segments.

https://docs.openstack.org/swift/latest/overview_large_objects.html#static-large-objects
"""

import asyncio
import hashlib
import logging
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any

import orjson
from oaktreemodel import v1 as pb

from oaktree import errors, normalise, swift_words
from oaktree.backends.base import KNOWN, Backend
from oaktree.background import Background
from oaktree.incoming import Incoming, add
from oaktree.resource import Document, Place
from oaktree.rows.object_store import CONTAINER, OBJECT, SEGMENTS_OF, SHA256, object_document

LOG = logging.getLogger(__name__)

MANIFEST = 'multipart-manifest'
"""The query by which Swift means a manifest, and not what it joins."""

SMALL = 4 << 20
"""Bytes of an object of unknown size that are read before it is begun as segments."""

SEGMENT, FILE = 1 << 30, 5 << 30
"""Bytes of a segment, and the most that a store takes at once, unless it says otherwise."""

SEGMENTS = 1000
"""Segments of an object, unless the store says otherwise."""

UNSURE = (errors.Code.UNAVAILABLE, errors.Code.DEADLINE_EXCEEDED)
"""How a change fails that may have been made all the same."""


class Objects:
    """The objects of one container."""

    def __init__(self, backend: Backend, background: Background, place: Place, container: str, location: pb.Location) -> None:
        """:param location: what all of them have."""
        self._backend, self._background = backend, background
        self.place, self._container, self._location = place, container, location

    async def headers(self, name: str) -> Mapping[str, str]:
        """What Swift tells of one."""
        try:
            return await self._backend.head(OBJECT, self.place, (self._container, name))
        except errors.Failure as failure:
            raise self._absent(failure, name) from None

    async def told(self, name: str) -> Any:
        """The message of one."""
        document = object_document(self._container, name, await self.headers(name))
        return normalise.compiled(OBJECT)(document, self._location, None)

    async def info(self) -> Document:
        """What the store can do. Some do not tell."""
        endpoint, _, _ = await self._backend.door(self.place, OBJECT.service)
        try:
            url = swift_words.info_url(endpoint)
            return (await self._backend.fetch(self.place, OBJECT.service, url, max_age=KNOWN)).document
        except errors.Failure as failure:
            if failure.code not in (errors.Code.NOT_FOUND, errors.Code.PERMISSION_DENIED, errors.Code.UNAUTHENTICATED):
                raise
            return {}

    async def put(self, name: str, headers: Mapping[str, str]) -> None:
        """Write one without data."""
        before = await self._segments(name)
        try:
            await self._backend.write(OBJECT, self.place, 'PUT', (self._container, name), headers=headers)
        except errors.Failure as failure:
            raise self._absent(failure, name) from None
        await self._discard(before)

    async def delete(self, name: str) -> None:
        """Delete one, with its segments if it has some."""
        segmented = (await self.told(name)).segmented
        params = {MANIFEST: 'delete'} if segmented else None
        path, headers = (self._container, name), {'Accept': 'application/json'}
        report = await self._backend.write(OBJECT, self.place, 'DELETE', path, headers=headers, params=params)
        if segmented and not str(report.get('Response Status', '200')).startswith('2'):
            # The status of such an answer says nothing.
            wrong = errors.bounded(', '.join(f'{path}: {why}' for path, why in report.get('Errors') or ()))
            raise errors.Failure(errors.Code.FAILED_PRECONDITION, 'DELETE_FAILED',
                                 f'The cloud could not delete all segments of {name!r}: {wrong}')  # fmt: skip

    async def upload(self, description: Any, chunks: AsyncIterator[bytes]) -> str:
        """Write one, in the place of any that has the name; returns the SHA-256 of what came."""
        size = description.size_bytes if description.HasField('size_bytes') else None
        headers = {'Content-Type': 'application/octet-stream'} | swift_words.described(description)
        name, data = description.name, Incoming(chunks, size, description.sha256)
        segment, most = await self._segmentation(description.segment_size_bytes, size)
        before = await self._segments(name)
        content = await data.whole(min(SMALL, segment))
        if content is not None:
            await self._write(name, _of(content), headers | _summed(data.sha256, content), len(content))
        elif size is not None and size <= segment:
            md5 = hashlib.md5(usedforsecurity=False)
            if description.sha256:
                headers |= _summed(description.sha256.lower())
            told = await self._write(name, data.part(size, md5), headers, size)
            if told.get('ETag', '').strip('"') != md5.hexdigest():
                await self.delete(name)
                raise _torn()
        else:
            await self._in_segments(name, data, headers, segment, most, before)
            return data.sha256
        await self._discard(before)
        return data.sha256

    async def download(self, name: str, offset: int, length: int | None, write: Callable[..., Awaitable[None]]) -> None:
        """Pass on one, or a part of it, as parts of the answer."""
        headers = await self.headers(name)
        item: Any = normalise.compiled(OBJECT)(object_document(self._container, name, headers), self._location, None)
        if offset > item.size_bytes:
            raise errors.invalid('offset_bytes', f'lies behind the end: there are {item.size_bytes} bytes')
        wanted = item.size_bytes - offset if length is None else min(length, item.size_bytes - offset)
        whole, sha256 = wanted == item.size_bytes, hashlib.sha256()
        await write(object=item)
        if wanted:
            # The same that was told of, whatever is written meanwhile.
            ask = {'Range': f'bytes={offset}-{offset + wanted - 1}'} if not whole else {}
            same = {'If-Match': headers['ETag']} if headers.get('ETag') else {}
            path = (self._container, name)
            async with self._backend.download(OBJECT, self.place, path, ask | same) as download:
                async for chunk in download.chunks:
                    wanted -= len(chunk)
                    await asyncio.gather(add(chunk, sha256), write(chunk=chunk))
        if wanted or (whole and item.sha256 and item.sha256.lower() != sha256.hexdigest()):
            raise _torn()
        await write(sha256=sha256.hexdigest())

    async def _segmentation(self, wanted: int, size: int | None) -> tuple[int, int]:
        """Bytes of a segment, and how many segments there may be."""
        if wanted < 0:
            raise errors.invalid('segment_size_bytes', 'must not be negative; 0 leaves it to oaktree')
        info = await self.info()
        slo = info.get('slo') or {}
        most = int(slo.get('max_manifest_segments') or SEGMENTS)
        least = max(int(slo.get('min_segment_size') or 1), -(-(size or 0) // most))
        return min(max(wanted or SEGMENT, least), int((info.get('swift') or {}).get('max_file_size') or FILE)), most

    async def _write(
        self, name: str, chunks: AsyncIterator[bytes], headers: Mapping[str, str], size: int | None, container: str = '',
        params: Mapping[str, str] | None = None,
    ) -> Mapping[str, str]:  # fmt: skip
        path = (container or self._container, name)
        try:
            return await self._backend.upload(OBJECT, self.place, path, chunks, headers, size, params)
        except errors.Failure as failure:
            if failure.metadata.get('http_status') == '422':
                raise _torn() from None
            raise self._absent(failure, name) from None

    async def _in_segments(
        self, name: str, data: Incoming, headers: Mapping[str, str], segment: int, most: int, before: list[str]
    ) -> None:
        """Write one as segments, and then what joins them. Nothing of it can be seen before."""
        container = await self._beside()
        base, parts = f'{name}/{uuid.uuid4()}', list[dict[str, Any]]()
        try:
            while await data.more():
                if len(parts) == most:
                    raise errors.invalid('size_bytes', f'must be told: there are more than {most} segments of {segment} bytes')
                md5, came = hashlib.md5(usedforsecurity=False), data.taken
                part: dict[str, Any] = {'path': f'/{container}/{base}/{len(parts):08}'}
                parts.append(part)
                await self._write(f'{base}/{len(parts) - 1:08}', data.part(segment, md5), {}, None, container)
                part |= {'etag': md5.hexdigest(), 'size_bytes': data.taken - came}
        except BaseException:
            self._clear([part['path'] for part in parts])
            raise
        # From here on it is made whole, whether or not its client stays.
        joining = self._join(name, parts, {**headers, **_summed(data.sha256)}, before)
        await asyncio.shield(self._background.start(joining, f'the joining of {name}'))

    async def _join(self, name: str, parts: list[dict[str, Any]], headers: Mapping[str, str], before: list[str]) -> None:
        """Write a manifest, for which Swift looks at every segment's size and sum."""
        manifest = orjson.dumps(parts)
        try:
            await self._write(name, _of(manifest), headers, len(manifest), params={MANIFEST: 'put'})
        except errors.Failure as failure:
            paths = [part['path'] for part in parts]
            if failure.code not in UNSURE or await self._segments(name) != paths:
                await self._discard(paths)
                raise
        await self._discard(before)

    async def _beside(self) -> str:
        """The container for the segments of this one's objects, made where it is missing, and stored alike."""
        name = f'{self._container}_segments'
        try:
            told = await self._backend.head(CONTAINER, self.place, (self._container,))
        except errors.Failure as failure:
            raise self._absent(failure, '') from None
        try:
            await self._backend.head(CONTAINER, self.place, (name,))
        except errors.Failure as failure:
            if failure.code is not errors.Code.NOT_FOUND:
                raise
            policy = {'X-Storage-Policy': told['X-Storage-Policy']} if 'X-Storage-Policy' in told else {}
            mark = swift_words.metadata('Container', {SEGMENTS_OF: 'oaktree'})
            await self._backend.write(CONTAINER, self.place, 'PUT', (name,), headers=policy | mark)
        return name

    async def _segments(self, name: str) -> list[str]:
        """The paths of the segments of an object, none where it has none or is not there."""
        try:
            told = object_document(self._container, name, await self.headers(name))
            if 'slo_etag' not in told:
                return []
            path = swift_words.path(self._container, name)
            manifest, _ = await self._backend.fetch(self.place, OBJECT.service, path, {MANIFEST: 'get'})
        except errors.Failure as failure:
            if failure.code is errors.Code.NOT_FOUND:
                return []
            raise
        return [segment['name'] for segment in manifest.get('', ()) if 'name' in segment]

    def _clear(self, paths: list[str]) -> None:
        """Delete segments that were made for nothing, when nobody waits for it any more."""
        if paths:
            self._background.start(self._discard(paths), f'the removal of {len(paths)} segments')

    async def _discard(self, paths: list[str]) -> None:
        """Delete segments that nothing joins any more."""
        for path in paths:
            container, _, name = path.lstrip('/').partition('/')
            try:
                await self._backend.write(OBJECT, self.place, 'DELETE', (container, name))
            except errors.Failure as failure:
                if failure.code is not errors.Code.NOT_FOUND:
                    LOG.warning('%s: segment %s remains: %s', self.place, path, failure.message)

    def _absent(self, failure: errors.Failure, name: str) -> errors.Failure:
        """Swift's 404 has no words."""
        if failure.code is not errors.Code.NOT_FOUND:
            return failure
        return errors.not_found('Object', f'{self._container}/{name}', str(self.place))


async def _of(content: bytes) -> AsyncIterator[bytes]:
    yield content


def _summed(sha256: str, content: bytes | None = None) -> dict[str, str]:
    """Headers with the sums of an object; Swift refuses one whose MD5 is another."""
    headers = {f'X-Object-Meta-{SHA256}': sha256}
    return headers if content is None else headers | {'ETag': hashlib.md5(content, usedforsecurity=False).hexdigest()}


def _torn() -> errors.Failure:
    return errors.Failure(errors.Code.DATA_LOSS, 'CHECKSUM_MISMATCH', 'The data did not come through as it was sent.')
