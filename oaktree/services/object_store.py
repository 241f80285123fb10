# SPDX-License-Identifier: Apache-2.0
"""ObjectStoreService."""

import contextlib
import time
from collections.abc import AsyncIterator, Mapping
from typing import Any

from oaktreemodel import v1 as pb
from oaktreemodel.v1 import object_store_service_pb2

from oaktree import context, errors, finding, matching, normalise, swift_words, verbs, writes
from oaktree.resource import Document, Place, Resource, Snapshot
from oaktree.rows.object_store import CONTAINER, KEYS, OBJECT, SEGMENTS_OF, container_document
from oaktree.segmented import Objects

PAGE = 1000
"""Objects asked for at a time."""

MOST = 100_000
"""Objects that are read for a filter or an expression, which the cloud does not know."""

LIFETIME, LONGEST = 3600.0, 7 * 86400.0
"""Seconds that a URL is good for, and at most."""


@verbs.serves(object_store_service_pb2.DESCRIPTOR.services_by_name['ObjectStoreService'])
class ObjectStore(verbs.Service, pb.ObjectStoreServiceServicer):
    """Containers, and the objects in them."""

    ListContainers = verbs.list_(CONTAINER)

    async def GetContainer(self, request: Any, _context: Any) -> Any:
        """With what only a Get tells."""
        verbs.oldest(request)
        place, as_of = await self._where(request, request.name_or_id, 'name_or_id'), time.time()
        return _as_of(pb.GetContainerResponse(container=await self._container(place, request.name_or_id)), as_of)

    async def CreateContainer(self, request: Any, _context: Any) -> Any:
        """Make one that is new: Swift itself would take a second one for a change."""
        name = swift_words.checked(request.name, 'name')
        headers = swift_words.metadata('Container', request.metadata) | swift_words.word(request.access)
        if request.temp_url_key:
            headers |= swift_words.key(request.temp_url_key)
        if request.storage_policy:
            headers['X-Storage-Policy'] = swift_words.text(request.storage_policy, 'storage_policy')
        place = await finding.where(self.backend, request.location)
        if await self._told(place, CONTAINER, (name,)) is not None:
            raise errors.Failure(errors.Code.ALREADY_EXISTS, 'ALREADY_EXISTS', f'{place} has a container {name!r}.',
                                 metadata={'cloud': place.cloud, 'region': place.region})  # fmt: skip
        await self.backend.write(CONTAINER, place, 'PUT', (name,), headers=headers)
        return pb.CreateContainerResponse(container=await self._container(place, name))

    async def UpdateContainer(self, request: Any, _context: Any) -> Any:
        """Swift keeps metadata that is not named."""
        wanted = writes.masked(request)
        place = await self._where(request, request.name_or_id, 'name_or_id')
        headers: dict[str, str] = {}
        if 'metadata' in wanted:
            whole = 'metadata' in request.update_mask.paths
            known = (await self._container(place, request.name_or_id)).metadata if whole else ()
            given = {name.lower() for name in request.metadata}
            headers |= swift_words.metadata('Container', request.metadata, [name for name in known if name not in given])
        for field, header in (('read_acl', 'X-Container-Read'), ('write_acl', 'X-Container-Write')):
            if field in wanted:
                headers[header] = swift_words.text(getattr(request, field), field)
        if 'temp_url_key' in wanted:
            headers |= swift_words.key(request.temp_url_key)
        await self._change(place, request.name_or_id, headers)
        return pb.UpdateContainerResponse(container=await self._container(place, request.name_or_id))

    async def DeleteContainer(self, request: Any, _context: Any) -> Any:
        """Only Swift knows for sure whether it is empty."""
        place = await self._where(request, request.name_or_id, 'name_or_id')
        try:
            await self.backend.write(CONTAINER, place, 'DELETE', (request.name_or_id,))
        except errors.Failure as failure:
            raise _absent(failure, CONTAINER, request.name_or_id, place) from None
        beside = f'{request.name_or_id}_segments'
        if f'x-container-meta-{SEGMENTS_OF}' in {name.lower() for name in await self._told(place, CONTAINER, (beside,)) or ()}:
            with contextlib.suppress(errors.Failure):
                # One that is not empty stays.
                await self.backend.write(CONTAINER, place, 'DELETE', (beside,))
        return pb.DeleteContainerResponse()

    async def GetContainerAccess(self, request: Any, _context: Any) -> Any:
        """A part of what GetContainer tells."""
        verbs.oldest(request)
        place, as_of = await self._where(request, request.name_or_id, 'name_or_id'), time.time()
        container = await self._container(place, request.name_or_id)
        lists = {'read_acl': container.read_acl, 'write_acl': container.write_acl}
        return _as_of(pb.GetContainerAccessResponse(access=container.access, **lists), as_of)

    async def SetContainerAccess(self, request: Any, _context: Any) -> Any:
        """Both lists, in place of what they were."""
        headers = swift_words.access(request)
        place = await self._where(request, request.name_or_id, 'name_or_id')
        await self._change(place, request.name_or_id, headers)
        container = await self._container(place, request.name_or_id)
        lists = {'read_acl': container.read_acl, 'write_acl': container.write_acl}
        return pb.SetContainerAccessResponse(access=container.access, **lists)

    async def ListObjects(self, request: Any, _context: Any) -> Any:
        """A page of Swift's own, unless all must be looked at."""
        verbs.oldest(request)
        keep = matching.keeper(pb.Object, request)
        expression = matching.compiled(request.jmespath) if request.jmespath else None
        place, as_of = await self._where(request, request.container), time.time()
        page = self.pages.asked(request)
        most, after = (page.size + 1, page.after[2] if page.after else '') if not (keep or expression) else (MOST + 1, '')
        documents = await self._listed(place, request, after, most)
        if most > MOST and len(documents) > MOST:
            raise errors.invalid('prefix', f'is too short: {MOST:,} objects or more would have to be looked through')
        make, location = normalise.compiled(OBJECT), await self._location(place)
        made = Snapshot.of([make({**one, 'container': request.container}, location, None) for one in documents], as_of)
        read = [(place, made)]
        if expression:
            read, keep = verbs.select(expression, read, keep), None
        return await verbs.compose(self.pages, request, pb.ListObjectsResponse, page, keep, read)

    async def GetObject(self, request: Any, _context: Any) -> Any:
        """All but its data."""
        verbs.oldest(request)
        objects, as_of = await self._objects(request, request.name_or_id, 'name_or_id'), time.time()
        return _as_of(pb.GetObjectResponse(object=await objects.told(request.name_or_id)), as_of)

    async def UpdateObject(self, request: Any, _context: Any) -> Any:
        """What is not sent again Swift would drop."""
        wanted = writes.masked(request, frozenset({'container'}))
        objects = await self._objects(request, request.name_or_id, 'name_or_id')
        headers = swift_words.changed(request, wanted, await objects.headers(request.name_or_id))
        await self.backend.write(OBJECT, objects.place, 'POST', (request.container, request.name_or_id), headers=headers)
        return pb.UpdateObjectResponse(object=await objects.told(request.name_or_id))

    async def DeleteObject(self, request: Any, _context: Any) -> Any:
        """And what has its data."""
        objects = await self._objects(request, request.name_or_id, 'name_or_id')
        await objects.delete(request.name_or_id)
        return pb.DeleteObjectResponse()

    async def CreateDirectoryMarkerObject(self, request: Any, _context: Any) -> Any:
        """https://docs.openstack.org/swift/latest/api/pseudo-hierarchical-folders-directories.html"""
        headers = swift_words.metadata('Object', {name: value for name, value in request.metadata.items() if value})
        objects = await self._objects(request, request.name, 'name')
        await objects.put(request.name, headers | {'Content-Type': 'application/directory'})
        return pb.CreateDirectoryMarkerObjectResponse(object=await objects.told(request.name))

    async def UploadObject(self, requests: AsyncIterator[Any], _context: Any) -> Any:
        """The description, and then what it describes."""
        first = await anext(requests, None)
        if first is None or first.WhichOneof('part') != 'description':
            raise errors.invalid('description', 'is missing: it must be the first part', 'MISSING_FIELD')
        description = first.description
        objects = await self._objects(description, description.name, 'name')
        sha256 = await objects.upload(description, _chunks(requests))
        return pb.UploadObjectResponse(object=await objects.told(description.name), sha256=sha256)

    async def DownloadObject(self, request: Any, grpc_context: Any) -> None:  # type: ignore[override]
        """As fast as the caller takes it."""
        if request.offset_bytes < 0:
            raise errors.invalid('offset_bytes', 'must not be negative')
        if request.length_bytes < 0:
            raise errors.invalid('length_bytes', 'must not be negative')
        length = request.length_bytes if request.HasField('length_bytes') else None
        objects = await self._objects(request, request.name_or_id, 'name_or_id')

        async def write(**part: Any) -> None:
            await grpc_context.write(pb.DownloadObjectResponse(**part))

        await objects.download(request.name_or_id, request.offset_bytes, length, write)

    async def CreateObjectUploadUrl(self, request: Any, grpc_context: Any) -> Any:
        """For a PUT."""
        return await self._url(request, grpc_context, 'PUT', pb.CreateObjectUploadUrlResponse)

    async def CreateObjectDownloadUrl(self, request: Any, grpc_context: Any) -> Any:
        """For a GET."""
        return await self._url(request, grpc_context, 'GET', pb.CreateObjectDownloadUrlResponse)

    async def _url(self, request: Any, grpc_context: Any, method: str, answer: type[Any]) -> Any:
        """The request that a caller can make without us."""
        lifetime = verbs.seconds(request, 'lifetime') or LIFETIME
        if lifetime > LONGEST:
            raise errors.invalid('lifetime', 'must be a week at most')
        objects = await self._objects(request, request.name, 'name')
        endpoint, token, token_ends = await self.backend.door(objects.place, CONTAINER.service)
        url = endpoint.rstrip('/') + swift_words.path(request.container, request.name)
        ends = int(time.time() + lifetime)
        secret, digest = await self._key(objects.place, request.container), swift_words.digest(await objects.info())
        if secret and digest:
            response = answer(method=method, url=swift_words.signed(url, method, ends, secret, digest))
        elif not context.current().secure:
            raise errors.Failure(errors.Code.FAILED_PRECONDITION, 'TOKEN_WITHHELD',
                                 'Neither the container nor the account has a key that signs URLs, and tokens are told on unix '
                                 'sockets and over TLS only: call there, or set its temp_url_key.')  # fmt: skip
        else:
            response, ends = answer(method=method, url=url, headers={'X-Auth-Token': token}), int(min(ends, token_ends))
        response.expire_time.seconds = ends
        return response

    async def _key(self, place: Place, container: str) -> str:
        """The key that signs URLs, of a container or else of its account; empty where there is none."""
        for path, kind in (((container,), 'container'), ((), 'account')):
            told = {name.lower(): value for name, value in (await self._told(place, CONTAINER, path) or {}).items()}
            for key in sorted(KEYS):
                if secret := told.get(f'x-{kind}-meta-{key}'):
                    return secret.encode('latin-1').decode(errors='replace')
        return ''

    async def _listed(self, place: Place, request: Any, marker: str, most: int) -> list[Document]:
        """Of a container's listing, what is behind the marker. Only an empty page is surely its end."""
        params = {'format': 'json', 'prefix': request.prefix, 'delimiter': request.delimiter}
        params = {name: value for name, value in params.items() if value}
        documents: list[Document] = []
        while len(documents) < most:
            params |= {'limit': str(min(PAGE, most - len(documents)))} | ({'marker': marker} if marker else {})
            try:
                found, _ = await self.backend.fetch(place, CONTAINER.service, swift_words.path(request.container), params)
            except errors.Failure as failure:
                raise _absent(failure, CONTAINER, request.container, place) from None
            if not (rows := found.get('')):
                break
            documents += rows
            marker = rows[-1].get('name') or rows[-1]['subdir']
        return documents

    async def _where(self, request: Any, container: str, field: str = 'container') -> Place:
        """The place of a container: where only one comes into question, Swift itself says whether it is there."""
        swift_words.checked(container, field)
        location = request.location
        places = await finding.usable(self.backend, location)
        if len(places) == 1:
            return places[0]
        return (await finding.find(self.backend, CONTAINER, location, container, field=field)).place

    async def _objects(self, request: Any, name: str, field: str) -> Objects:
        """The objects of a request's container, for one of this name."""
        swift_words.checked_object(name, field)
        place = await self._where(request, request.container)
        return Objects(self.backend, self.background, place, request.container, await self._location(place))

    async def _location(self, place: Place) -> pb.Location:
        return pb.Location(cloud=place.cloud, region=place.region, project=await self.backend.project(place))

    async def _container(self, place: Place, name: str) -> Any:
        headers = await self._told(place, CONTAINER, (name,))
        if headers is None:
            raise errors.not_found('Container', name, str(place))
        return normalise.compiled(CONTAINER)(container_document(name, headers), await self._location(place), None)

    async def _told(self, place: Place, resource: Resource, path: tuple[str, ...]) -> Mapping[str, str] | None:
        """The headers that tell of one; None where there is none."""
        try:
            return await self.backend.head(resource, place, path)
        except errors.Failure as failure:
            if failure.code is errors.Code.NOT_FOUND:
                return None
            raise

    async def _change(self, place: Place, name: str, headers: Mapping[str, str]) -> None:
        try:
            await self.backend.write(CONTAINER, place, 'POST', (name,), headers=headers)
        except errors.Failure as failure:
            raise _absent(failure, CONTAINER, name, place) from None


def _absent(failure: errors.Failure, resource: Resource, name: str, place: Place) -> errors.Failure:
    """Swift's 404 has no words."""
    return errors.not_found(resource.noun, name, str(place)) if failure.code is errors.Code.NOT_FOUND else failure


async def _chunks(requests: AsyncIterator[Any]) -> AsyncIterator[bytes]:
    async for request in requests:
        if request.WhichOneof('part') != 'chunk':
            raise errors.invalid('chunk', 'is missing: only the first part is a description', 'MISSING_FIELD')
        yield request.chunk


def _as_of(response: Any, moment: float) -> Any:
    response.as_of.FromNanoseconds(int(moment * 1e9))
    return response
