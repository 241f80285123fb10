# SPDX-License-Identifier: Apache-2.0
"""The bytes of Glance's images: straight uploads, staging and import, downloads, snapshots of servers."""

from __future__ import annotations

import asyncio
import hashlib
import re
from typing import TYPE_CHECKING, Any

from aiohttp import ClientError, ClientSession

from oaktree.simcloud.http import Answer, Call, Doc, Refusal, isotime, route
from oaktree.simcloud.store import Shelf

if TYPE_CHECKING:
    from oaktree.simcloud.cloud import Cloud

BLOCK = 4 << 20


class Hashes:
    """Glance's two checksums, computed beside the upload."""

    def __init__(self) -> None:
        self.md5 = hashlib.md5(usedforsecurity=False)
        self.sha512 = hashlib.sha512()
        self.size = 0

    def update(self, block: bytes) -> None:
        self.size += len(block)
        self.md5.update(block)
        self.sha512.update(block)


class ImageData:
    """Uploads keep the blocks in which they came; nothing is copied twice."""

    cloud: Cloud
    images: Shelf[Doc]
    data: dict[str, list[bytes]]
    fetching: asyncio.Task[None] | None = None

    if TYPE_CHECKING:

        @property
        def methods(self) -> list[str]: ...
        def found(self, call: Call, ident: str) -> Doc: ...
        def owned(self, call: Call, ident: str, action: str) -> Doc: ...
        def add(self, given: Doc, owner: str, now: float, ident: str = '') -> Doc: ...

    def fill(self, image: Doc, blocks: list[bytes], now: float, hashes: Hashes | None = None) -> None:
        """The image has all its bytes and is active."""
        if hashes is None:
            hashes = Hashes()
            for block in blocks:
                hashes.update(block)
        self.data[image['id']] = blocks
        image |= {
            'status': 'active',
            'size': hashes.size,
            'virtual_size': hashes.size if image['disk_format'] == 'raw' else None,
        }
        image |= {'checksum': hashes.md5.hexdigest(), 'os_hash_algo': 'sha512', 'os_hash_value': hashes.sha512.hexdigest()}
        image |= {'updated_at': isotime(now), 'stores': 'file'}

    async def _receive(self, call: Call) -> tuple[list[bytes], Hashes]:
        """The body in blocks, hashed in another thread while the next block comes in."""
        loop = asyncio.get_running_loop()
        blocks: list[bytes] = []
        hashes, parts = Hashes(), bytearray()
        waiting: asyncio.Future[Any] | None = None
        async for part in call.parts():
            parts += part
            while len(parts) >= BLOCK:
                block = bytes(memoryview(parts)[:BLOCK])
                del parts[:BLOCK]
                # What repeats is kept once: an image of any size may be sent that has only one block.
                blocks.append(blocks[-1] if blocks and blocks[-1] == block else block)
                if waiting is not None:
                    await waiting
                waiting = loop.run_in_executor(None, hashes.update, block)
        if waiting is not None:
            await waiting
        if parts:
            blocks.append(bytes(parts))
            hashes.update(blocks[-1])
        return blocks, hashes

    async def _upload(self, call: Call, ident: str, meanwhile: str) -> tuple[Doc, list[bytes], Hashes]:
        image = self.owned(call, ident, 'upload_image')
        if call.headers.get('Content-Type') != 'application/octet-stream':
            raise Refusal(415, 'The server could not handle the media type of the request.')
        if image['status'] != 'queued':
            raise Refusal(409, f'Image status transition from {image["status"]} to {meanwhile} is not allowed')
        for name in ('disk_format', 'container_format'):
            if meanwhile == 'saving' and not image[name]:
                raise Refusal(400, f'Properties {name} must be set prior to saving data.')
        image['status'] = meanwhile
        try:
            blocks, hashes = await self._receive(call)
        except BaseException as error:
            image['status'] = 'queued'
            if isinstance(error, ConnectionError):
                raise Refusal(400, 'Client disconnected before sending all data to backend') from None
            raise
        if ident not in self.images:
            raise Refusal(
                410, f'Image {ident} could not be found after upload. The image may have been deleted during the upload.'
            )
        return image, blocks, hashes

    @route('PUT', '/images/{id}/file', streams=True)
    async def upload(self, call: Call, ident: str) -> Answer:
        image, blocks, hashes = await self._upload(call, ident, 'saving')
        self.fill(image, blocks, call.now, hashes)
        return Answer(204)

    @route('PUT', '/images/{id}/stage', streams=True)
    async def stage(self, call: Call, ident: str) -> Answer:
        image, blocks, hashes = await self._upload(call, ident, 'uploading')
        self.data[ident] = blocks
        image['size'] = hashes.size
        return Answer(204)

    @route('POST', '/images/{id}/import')
    async def import_image(self, call: Call, ident: str) -> Answer:
        image = self.owned(call, ident, 'import_image')
        given = call.json('method')
        method = given.get('name')
        if method not in self.methods:
            raise Refusal(400, f'{method} is not a valid import method')
        if method == 'web-download':
            return self._web_download(call, image, str(given.get('uri', '')))
        if image['status'] != 'uploading':
            raise Refusal(409, f"Only images with status 'uploading' can be imported, not '{image['status']}'")
        self.fill(image, self.data[ident], call.now)
        return Answer(202)

    def _web_download(self, call: Call, image: Doc, uri: str) -> Answer:
        if image['status'] != 'queued':
            raise Refusal(409, f"Only images with status 'queued' can be imported, not '{image['status']}'")
        if not image['disk_format'] or not image['container_format']:
            raise Refusal(400, "'disk_format' needs to be set before import")
        if not uri.startswith(('http://', 'https://')):
            raise Refusal(400, 'Value for the uri is not allowed.')
        image['status'] = 'importing'
        self.fetching = asyncio.create_task(self._fetch(call, image, uri))
        return Answer(202)

    async def _fetch(self, call: Call, image: Doc, uri: str) -> None:
        try:
            async with ClientSession() as session, session.get(uri, raise_for_status=True) as response:
                data = await response.read()
            self.fill(image, [data], call.now)
        except (ClientError, OSError):
            image |= {'status': 'queued', 'os_glance_failed_import': 'file'}

    @route('GET', '/images/{id}/file')
    def download(self, call: Call, ident: str) -> Answer:
        image = self.found(call, ident)
        blocks = self.data.get(ident)
        if blocks is None:
            return Answer(204)
        if image['status'] == 'deactivated' and not call.token.admin:
            raise Refusal(403, 'The requested image has been deactivated. Image data download is forbidden.')
        headers = {'Content-Type': 'application/octet-stream', 'Content-MD5': image['checksum'] or ''}
        span = re.fullmatch(r'bytes=(\d*)-(\d*)', call.headers.get('Range', ''))
        if span is None or image['size'] is None:
            return Answer(200, None, headers, blocks)
        size = image['size']
        if span[1]:
            start, end = int(span[1]), min(int(span[2] or size - 1), size - 1)
        else:
            start, end = max(0, size - int(span[2] or 0)), size - 1
        if start > end:
            raise Refusal(416, 'The Range request is not satisfiable.', headers={'Content-Range': f'bytes */{size}'})
        headers['Content-Range'] = f'bytes {start}-{end}/{size}'
        return Answer(206, None, headers, list(cut(blocks, start, end + 1)))

    def snapshot(self, call: Call, base: str, given: Doc, done: float) -> str:
        """The image that Nova makes of a server; it has its bytes at once."""
        original = self.images.get(base) or {}
        properties = {
            'image_type': 'snapshot',
            'base_image_ref': base,
            'user_id': call.token.user_id,
            'image_location': 'snapshot',
        }
        properties |= {'disk_format': original.get('disk_format') or 'raw', 'container_format': 'bare', 'visibility': 'private'}
        image = self.add({**properties, **given.get('metadata', {}), 'name': given['name']}, call.project, call.now)
        self.fill(image, self.data.get(base, [b'']), done)
        return str(image['id'])


def cut(blocks: list[bytes], start: int, end: int) -> list[bytes]:
    """The bytes from `start` to before `end`, as pieces of the blocks."""
    pieces, at = [], 0
    for block in blocks:
        piece = block[max(0, start - at) : max(0, end - at)]
        if piece:
            pieces.append(piece)
        at += len(block)
    return pieces
