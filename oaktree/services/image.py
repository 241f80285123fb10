# SPDX-License-Identifier: Apache-2.0
"""ImageService."""

import asyncio
from typing import Any
from urllib.parse import urlsplit

from oaktreemodel import v1 as pb
from oaktreemodel.v1 import image_service_pb2

from oaktree import context, errors, finding, verbs, writes
from oaktree.backends.base import KNOWN
from oaktree.resource import Place, Snapshot
from oaktree.rows.image import IMAGE, IMAGE_MEMBER, settled
from oaktree.uploaded_images import BYTES, PATCH, Sums, Upload, accepted, damaged, described, named, part, patch

MEMBER_STATUS = {value: status.lower() for status, value in IMAGE_MEMBER.states.items()}


@verbs.serves(image_service_pb2.DESCRIPTOR.services_by_name['ImageService'])
class Image(verbs.Service, pb.ImageServiceServicer):
    """Images, their data, and whom they are shared with."""

    ListImages = verbs.list_(IMAGE)
    GetImage = verbs.get(IMAGE)
    DeleteImage = writes.delete(IMAGE)

    async def CreateImage(self, request: Any, _context: Any) -> Any:
        """Make a record, and have the cloud fetch its data where the request says from where."""
        verbs.required(request, 'name', *(('disk_format',) if request.import_url else ()))
        wait = writes.patience(request)
        body = described(request)
        place = await finding.where(self.backend, request.location)
        await accepted(self, request, place)
        if request.import_url:
            await self._imports(request.import_url, place)
        made = await self.backend.create(IMAGE, place, body)
        try:
            if request.import_url:
                method = {'name': 'web-download', 'uri': request.import_url}
                await self.backend.write(IMAGE, place, 'POST', (made.id, 'import'), {'method': method})
            done = settled if wait and request.import_url else None
            return pb.CreateImageResponse(image=await writes.waited(self, IMAGE, place, made, done, wait))
        except errors.Failure as failure:
            raise writes.made_before(failure, IMAGE, made.id) from None

    async def _imports(self, url: str, place: Place) -> None:
        """Refuse a URL that this cloud can't fetch. https://docs.openstack.org/api-ref/image/v2/#import-methods-and-values-discovery"""
        try:
            parsed = urlsplit(url)
            fits = parsed.scheme in ('http', 'https') and bool(parsed.hostname)
        except ValueError:
            fits = False
        if not fits:
            raise errors.invalid('import_url', 'must be a URL of http or https')
        try:
            known, _ = await self.backend.fetch(place, 'image', '/info/import', max_age=KNOWN)
        except errors.Failure as failure:
            if failure.code is not errors.Code.NOT_FOUND:
                raise
            known = {}
        methods = known.get('import-methods', {}).get('value', ())
        if 'web-download' not in methods:
            raise errors.Failure(errors.Code.FAILED_PRECONDITION, 'IMPORT_NOT_OFFERED',
                                 f'{place} fetches no images from elsewhere: send the data by UploadImage.',
                                 metadata={'cloud': place.cloud, 'field': 'import_url'})  # fmt: skip

    async def UpdateImage(self, request: Any, _context: Any) -> Any:
        """Change what is said of an image."""
        wanted = writes.masked(request)
        named(request.properties)
        found = await writes.now(self, IMAGE, request)
        body = await writes.described(self, IMAGE, request, found.place, {}, wanted)
        properties = body.pop('properties', {})
        changes = [patch('replace', key, value) for key, value in body.items()]
        changes += [patch('add', name, value) for name, value in properties.items() if value]
        changes += [patch('remove', name) for name, value in properties.items() if not value and name in found.item.properties]
        if changes:
            await self.backend.write(IMAGE, found.place, 'PATCH', (found.item.id,), changes, PATCH)
        image = await writes.waited(self, IMAGE, found.place, found.item, None, 0)
        return pb.UpdateImageResponse(image=image)

    async def UploadImage(self, requests: Any, _context: Any) -> Any:
        """Make an image of what is sent."""
        async for first in requests:
            if not first.HasField('description'):
                break
            return await Upload(self, first.description, requests).run()
        raise errors.invalid('description', 'is missing: it must come first', 'MISSING_FIELD')

    async def DownloadImage(self, request: Any, grpc_context: Any) -> None:  # type: ignore[override]
        """Send what an image is made of."""
        for field in ('offset_bytes', 'length_bytes'):
            if getattr(request, field) < 0:
                raise errors.invalid(field, 'must not be negative')
        found = await writes.now(self, IMAGE, request)
        image, offset = found.item, request.offset_bytes
        if image.state in (pb.IMAGE_STATE_QUEUED, pb.IMAGE_STATE_UPLOADING):
            raise errors.Failure(errors.Code.FAILED_PRECONDITION, 'NO_DATA', f'Image {image.id} is {image.native_status}.',
                                 metadata={'cloud': found.place.cloud})  # fmt: skip
        if offset > image.size_bytes:
            raise errors.invalid('offset_bytes', f'is behind the end: the image has {image.size_bytes} bytes')
        end = min(offset + request.length_bytes, image.size_bytes) if request.length_bytes else image.size_bytes
        await grpc_context.write(pb.DownloadImageResponse(image=image))
        whole = end - offset == image.size_bytes
        sums = Sums(image.hash_algo if whole else '')
        if offset < end:
            await self._send(grpc_context, found, offset, end, sums)
        if sums.size != end - offset or (whole and sums.differ(image)):
            raise damaged('The cloud has brought other bytes than the image has.')
        await grpc_context.write(pb.DownloadImageResponse(sha256=sums.sha256))

    async def _send(self, grpc_context: Any, found: finding.Found, offset: int, end: int, sums: Sums) -> None:
        headers = {'Range': f'bytes={offset}-{end - 1}'} if end - offset < found.item.size_bytes else {}
        async with self.backend.download(IMAGE, found.place, (found.item.id, 'file'), headers) as download:
            # Some stores don't know of ranges, and bring everything.
            at = offset if 'Content-Range' in download.headers else 0
            async for chunk in download.chunks:
                wanted = part(chunk, offset - at, end - at)
                at += len(chunk)
                if wanted:
                    await asyncio.gather(sums.add(wanted), grpc_context.write(pb.DownloadImageResponse(chunk=wanted)))
                if at >= end:
                    break

    async def CreateImageUploadUrl(self, request: Any, grpc_context: Any) -> Any:
        """The request that fills a queued image."""
        found = await self._told(request, grpc_context)
        if found.item.state != pb.IMAGE_STATE_QUEUED:
            raise errors.Failure(errors.Code.FAILED_PRECONDITION, 'CONFLICT',
                                 f'Image {found.item.id} is {found.item.native_status}: only one that is queued takes data.',
                                 metadata={'cloud': found.place.cloud})  # fmt: skip
        return pb.CreateImageUploadUrlResponse(method='PUT', **await self._request(found, BYTES))

    async def CreateImageDownloadUrl(self, request: Any, grpc_context: Any) -> Any:
        """The request that reads an image."""
        found = await self._told(request, grpc_context)
        return pb.CreateImageDownloadUrlResponse(method='GET', **await self._request(found, {}))

    async def _told(self, request: Any, grpc_context: Any) -> finding.Found:
        """What a request for a URL is about, if its caller may have a token."""
        if not context.current().secure:
            raise errors.Failure(errors.Code.FAILED_PRECONDITION, 'TOKEN_WITHHELD',
                                 "It needs a token, which oaktree tells on its unix socket and over TLS only: call there.",
                                 )  # fmt: skip
        return await writes.now(self, IMAGE, request)

    async def _request(self, found: finding.Found, headers: dict[str, str]) -> dict[str, Any]:
        url, token, ends = await self.backend.door(found.place, 'image')
        # Catalogs have it with and without the version.
        base = url.rstrip('/').removesuffix('/v2')
        return {
            'url': f'{base}/v2/images/{found.item.id}/file',
            'headers': headers | {'X-Auth-Token': token},
            'expire_time': {'seconds': int(ends)},
        }

    async def DeactivateImage(self, request: Any, _context: Any) -> Any:
        """Withhold its data."""
        return await self._act(request, pb.DeactivateImageResponse, 'deactivate')

    async def ReactivateImage(self, request: Any, _context: Any) -> Any:
        """Withhold it no longer."""
        return await self._act(request, pb.ReactivateImageResponse, 'reactivate')

    async def _act(self, request: Any, answer: type[Any], action: str) -> Any:
        try:
            return await self._change(request, answer, 'POST', 'actions', action)
        except errors.Failure as failure:
            if failure.code is not errors.Code.PERMISSION_DENIED or 'in status' not in failure.message:
                raise
            # Glance forbids what makes no sense, too.
            code = errors.Code.FAILED_PRECONDITION
            raise errors.Failure(code, 'CONFLICT', failure.message, metadata=failure.metadata) from None

    async def AddImageTag(self, request: Any, _context: Any) -> Any:
        """Give it a tag."""
        _required(request, 'tag')
        return await self._change(request, pb.AddImageTagResponse, 'PUT', 'tags', request.tag)

    async def RemoveImageTag(self, request: Any, _context: Any) -> Any:
        """Take a tag from it."""
        _required(request, 'tag')
        return await self._change(request, pb.RemoveImageTagResponse, 'DELETE', 'tags', request.tag)

    async def _change(self, request: Any, answer: type[Any], method: str, *path: str) -> Any:
        found = await writes.now(self, IMAGE, request)
        await self.backend.write(IMAGE, found.place, method, (found.item.id, *path))
        return answer(image=await writes.waited(self, IMAGE, found.place, found.item, None, 0))

    async def ListImageMembers(self, request: Any, _context: Any) -> Any:
        """The projects that an image is shared with."""
        verbs.oldest(request)

        async def read() -> tuple[Place, Snapshot]:
            found = await writes.now(self, IMAGE, request, 'image')
            return found.place, await self._members(found)

        return await verbs.list_of_one(self, IMAGE_MEMBER, request, pb.ListImageMembersResponse, read)

    async def AddImageMember(self, request: Any, _context: Any) -> Any:
        """Share it with a project."""
        _required(request, 'member')
        found = await writes.now(self, IMAGE, request)
        await self.backend.write(IMAGE, found.place, 'POST', (found.item.id, 'members'), {'member': request.member})
        return pb.AddImageMemberResponse(image_member=await self._member(found, request.member))

    async def UpdateImageMember(self, request: Any, _context: Any) -> Any:
        """Say what a project thinks of it."""
        if request.state not in MEMBER_STATUS:
            reason = 'INVALID_FIELD' if request.state else 'MISSING_FIELD'
            raise errors.invalid('state', 'must be ACCEPTED, REJECTED or PENDING', reason)
        found = await writes.now(self, IMAGE, request)
        member = request.member or (await self.backend.project(found.place)).id
        status = {'status': MEMBER_STATUS[request.state]}
        await self.backend.write(IMAGE, found.place, 'PUT', (found.item.id, 'members', member), status)
        return pb.UpdateImageMemberResponse(image_member=await self._member(found, member))

    async def RemoveImageMember(self, request: Any, _context: Any) -> Any:
        """Share it no longer."""
        _required(request, 'member')
        found = await writes.now(self, IMAGE, request)
        await self.backend.write(IMAGE, found.place, 'DELETE', (found.item.id, 'members', request.member))
        return pb.RemoveImageMemberResponse()

    async def _members(self, found: finding.Found) -> Snapshot:
        return await self.backend.read(IMAGE_MEMBER, found.place, f'/images/{found.item.id}/members')

    async def _member(self, found: finding.Found, member: str) -> Any:
        for one in (await self._members(found)).items:
            if one.id == member:
                return one
        raise errors.not_found('ImageMember', member, str(found.place), field='member')


def _required(request: Any, field: str) -> None:
    """Refuse a request without what is to be a part of a path."""
    verbs.required(request, field)
    if (value := getattr(request, field)) in ('.', '..'):
        raise errors.invalid(field, f'must not be {value!r}: no request can be made for it')
