# SPDX-License-Identifier: Apache-2.0
"""Images that are made of bytes that a caller sends: whole and as they were meant, or not at all."""

import asyncio
import contextvars
import dataclasses
import hashlib
import uuid
from collections.abc import AsyncIterator, Iterable
from typing import Any

from oaktreemodel import v1 as pb

from oaktree import context, errors, finding, verbs, writes
from oaktree.backends.base import KNOWN
from oaktree.incoming import CHUNK, add, checked
from oaktree.resource import Place
from oaktree.rows.image import IMAGE

BYTES = {'Content-Type': 'application/octet-stream'}
PATCH = {'Content-Type': 'application/openstack-images-v2.1-json-patch'}

ABOUT = (
    'name', 'disk_format', 'container_format', 'visibility', 'min_disk_gib', 'min_ram_mib', 'is_protected', 'hidden', 'tags',
)  # fmt: skip
"""Fields by which a request says what an image is."""

OWN = frozenset({
    'checksum', 'container_format', 'created_at', 'disk_format', 'file', 'id', 'locations', 'min_disk', 'min_ram', 'name',
    'os_hash_algo', 'os_hash_value', 'os_hidden', 'owner', 'protected', 'schema', 'self', 'size', 'status', 'tags',
    'updated_at', 'virtual_size', 'visibility',
})  # fmt: skip
"""Names that Glance has a meaning for, and that hence are no properties."""

PROPERTY_NAME = 255
"""Characters of the name of a property."""

STORED = 600.0
"""Seconds that a cloud may take to have an image ready of which it has all bytes."""

TRIES = 5
"""Times that an image is deleted whose upload failed: some clouds are not at once aware that it did."""

UNSURE = (errors.Code.UNAVAILABLE, errors.Code.DEADLINE_EXCEEDED)
"""How the making of an image fails that may be made all the same."""

KNOWN_SUMS = ('sha256', 'sha512')
"""Those that are told, or compared with the cloud's."""


class Sums:
    """What is known of bytes that pass: how many they are, and their hashes."""

    def __init__(self, algorithm: str = 'sha512') -> None:
        """:param algorithm: that of the cloud's own hash, where it is to be compared."""
        self.size = 0
        self._sums = {name: hashlib.new(name) for name in KNOWN_SUMS if name in ('sha256', algorithm)}

    async def add(self, chunk: bytes) -> None:
        """Count these too; other calls go on meanwhile."""
        self.size += len(chunk)
        await add(chunk, *self._sums.values())

    @property
    def sha256(self) -> str:
        return self._sums['sha256'].hexdigest()

    def differ(self, image: Any) -> bool:
        """Whether these are not the bytes of this image, by what its cloud tells of them."""
        ours = self._sums[image.hash_algo].hexdigest() if image.hash_algo in self._sums else image.hash_value
        return bool(self.size != image.size_bytes or image.hash_value != ours)


def damaged(message: str) -> errors.Failure:
    """Bytes are not what they were when they were sent."""
    return errors.Failure(errors.Code.DATA_LOSS, 'CHECKSUM_MISMATCH', message)


def named(properties: Iterable[str]) -> None:
    """Refuse what can't be the name of a property."""
    for name in sorted(properties):
        if name in OWN:
            raise errors.invalid('properties', f"{name!r} is no property: there is a field for it, or it is the cloud's own")
        if not 0 < len(name) <= PROPERTY_NAME:
            # Glance fails with some that are longer.
            raise errors.invalid('properties', f'must have names of 1 to {PROPERTY_NAME} characters')


def described(request: Any) -> dict[str, Any]:
    """What a request says of an image, in Glance's words."""
    named(request.properties)
    words: dict[str, Any] = {}
    for field in ABOUT:
        if value := getattr(request, field):
            words[str(IMAGE.fields.get(field, field))] = list(value) if field == 'tags' else value
    if request.disk_format:
        words.setdefault('container_format', 'bare')
    return {**dict(request.properties), **words}


async def accepted(self: verbs.Service, request: Any, place: Place) -> None:
    """Refuse a format that the cloud does not take. https://docs.openstack.org/api-ref/image/v2/#show-image-schema"""
    schema, _ = await self.backend.fetch(place, 'image', '/schemas/image', max_age=KNOWN)
    for field in ('disk_format', 'container_format'):
        known = [word for word in schema['properties'].get(field, {}).get('enum') or () if word]
        value = getattr(request, field)
        if value and known and value not in known:
            raise errors.invalid(field, f'{place} takes no {value!r}, only {", ".join(known)}', 'FORMAT_NOT_TAKEN')


class Upload:
    """One image on its way."""

    def __init__(self, service: verbs.Service, description: Any, parts: AsyncIterator[Any]) -> None:
        self._service, self._backend = service, service.backend
        self._description, self._parts, self._sums = description, parts, Sums()
        self._given = {description.sha256.lower()} - {''}
        self._size = description.size_bytes if description.HasField('size_bytes') else None

    async def run(self) -> Any:
        """Make the image; where that fails, or the caller goes, see that nothing is left of it."""
        verbs.required(self._description, 'name', 'disk_format')
        self._check_sums()
        place = await finding.where(self._backend, self._description.location)
        body = described(self._description)
        # Or it could not be deleted where the upload fails.
        protected = body.pop('protected', False)
        await accepted(self._service, self._description, place)
        # A request that is under way can't be called back, and an image that nobody knows the id of would stay.
        image_id, own = str(uuid.uuid4()), contextvars.copy_context()
        # Nor may it be given up with the call: the cloud might make the image when we have looked for it in vain.
        own.run(context.begin, dataclasses.replace(context.current(), grace=context.DEFAULT_TIMEOUT))
        making = self._backend.create(IMAGE, place, body | {'id': image_id})
        made = self._service.background.start(making, f'image {image_id}', own)
        try:
            await asyncio.shield(made)
            return await self._fill(place, image_id, protected)
        except BaseException as error:
            dropping = self._service.background.start(self._drop(place, image_id, made), f'the end of image {image_id}')
            if isinstance(error, Exception):
                await asyncio.wait([dropping])
            raise

    async def _fill(self, place: Place, image_id: str, protected: bool) -> Any:
        await self._backend.upload(IMAGE, place, (image_id, 'file'), self._chunks(), BYTES, self._size)
        image = await self._backend.wait(IMAGE, place, image_id, writes.settled, STORED)
        if image is None or image.state != pb.IMAGE_STATE_ACTIVE:
            status = image.native_status if image else 'gone'
            raise errors.Failure(errors.Code.UNAVAILABLE, 'CLOUD_FAILED', f'The image is {status} when all of it was sent.')
        if self._sums.differ(image):
            raise damaged('The cloud has got other bytes than were sent to it.')
        if protected:
            await self._backend.write(IMAGE, place, 'PATCH', (image_id,), [patch('replace', 'protected', True)], PATCH)
            image = await writes.waited(self._service, IMAGE, place, image, None, 0)
        return pb.UploadImageResponse(image=image, sha256=self._sums.sha256)

    async def _chunks(self) -> AsyncIterator[bytes]:
        """The bytes, as long as they are what was said of them; the last are held back until all are known to be."""
        ended, held = False, b''
        async for part in self._parts:
            kind = part.WhichOneof('part')
            if kind == 'sha256' and not ended:
                ended = True
                self._given.add(part.sha256.lower())
                self._check_sums()
            elif kind != 'chunk' or ended:
                raise errors.invalid('part', 'must be a chunk, or the SHA-256 behind the last of them')
            else:
                if len(part.chunk) > CHUNK:
                    raise errors.invalid('chunk', f'must have at most {CHUNK:,} bytes')
                self._check_size(self._sums.size + len(part.chunk))
                await self._sums.add(part.chunk)
                yield held
                held = part.chunk
        if self._size is not None and self._sums.size < self._size:
            raise damaged(f'Only {self._sums.size} of {self._size} bytes have arrived.')
        if self._given - {self._sums.sha256}:
            raise damaged(f'The bytes that have arrived have the SHA-256 {self._sums.sha256}.')
        yield held

    def _check_size(self, size: int) -> None:
        if self._size is not None and size > self._size:
            raise errors.invalid('size_bytes', f'more than {self._size} bytes have been sent')

    def _check_sums(self) -> None:
        self._check_size(0)
        for given in self._given:
            checked(given)

    async def _drop(self, place: Place, image_id: str, made: 'asyncio.Task[Any]') -> None:
        await asyncio.wait([made])
        failed = None if made.cancelled() else made.exception()
        # It may come yet.
        unsure = isinstance(failed, errors.Failure) and failed.code in UNSURE
        for left in reversed(range(TRIES)):
            try:
                await self._backend.delete(IMAGE, place, image_id)
                return
            except errors.Failure as failure:
                gone = failure.code is errors.Code.NOT_FOUND
                if gone and not (unsure and left):
                    return
                if not left:
                    raise failure.told(f'Image {image_id} remains: {failure.message}', image_id=image_id) from None
            await asyncio.sleep(1)


def patch(operation: str, name: str, value: Any = None) -> dict[str, Any]:
    """One operation of a JSON patch, as Glance takes it. https://docs.openstack.org/api-ref/image/v2/#update-image"""
    path = '/' + name.replace('~', '~0').replace('/', '~1')
    return {'op': operation, 'path': path} | ({} if operation == 'remove' else {'value': value})


def part(chunk: bytes, begin: int, end: int) -> bytes:
    """What of a chunk lies between two offsets that count from its beginning."""
    return chunk[max(0, begin) : max(0, end)]
