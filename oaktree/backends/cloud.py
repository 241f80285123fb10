# SPDX-License-Identifier: Apache-2.0
"""The Backend over the clouds themselves: raw JSON in, messages out. Nothing above it sees HTTP or an SDK object."""

import asyncio
import hashlib
import logging
import time
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

import orjson
from oaktreemodel import v1 as pb

from oaktree import context, errors, normalise
from oaktree.addressing import Addressing, classify
from oaktree.auth import Caller
from oaktree.backends.base import Done
from oaktree.clouds import Answer, Clouds
from oaktree.resource import Document, Place, Resource, Snapshot
from oaktree.rows.network import NETWORK

LOG = logging.getLogger(__name__)

PAGE = 1000
"""Objects asked for at a time; a cloud may give fewer, and says where the next are."""

PAGES = 10_000
"""More than any collection has: a cloud that never ends its list is broken."""

RESTARTS = 5
"""Times that a list is begun anew because the last object of a page was deleted before the next page was asked for."""

ADDRESSING_TTL = 60.0
"""Seconds that the purpose of a place's networks is believed to stay."""

ADDRESSING_SECONDS = 5.0
"""Seconds that a list of servers waits to learn which of their addresses are public."""

ENDPOINTS = ('auth_type', 'interface', 'region_name')
"""What in a cloud's entry decides whose answers these are, beside its credential."""

CONFIG_PATIENCE = 0.5
"""The part of a caller's deadline that reading a cloud's entry may take: a profile may be a URL."""

GONE = frozenset({'DELETED', 'SOFT_DELETED'})
"""Native status of what is gone though a Get still shows it: Nova does for the moment between marking a server and dropping
it, and for as long as one lies in a bin that only an operator opens. Its lists have neither."""

DISCOVERED = ('compute', 'identity', 'image', 'network')
"""Services whose versions are worth a request."""


class CloudBackend:
    """Asks the cloud each time."""

    def __init__(self, clouds: Clouds) -> None:
        self._clouds = clouds
        self._addressing: dict[Place, tuple[float, Addressing]] = {}
        self._classifying: defaultdict[Place, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def places(self, cloud: str, region: str, caller: Caller) -> Sequence[Place]:
        names = self._clouds.names
        if cloud and cloud not in names:
            raise errors.invalid('location.cloud', f'there is no cloud {cloud!r}, only {", ".join(names)}', 'UNKNOWN_CLOUD')
        wanted = [cloud] if cloud else names
        regions = await asyncio.gather(*map(self._regions, wanted))
        places = [
            Place(name, found, caller)
            for name, known in zip(wanted, regions, strict=True)
            # Whoever reads where nothing is known is told why; the other clouds are none the worse.
            for found in (known or [region])
        ]
        selected = [place for place in places if not region or place.region == region]
        if not selected:
            known = ', '.join(sorted({place.region for place in places}))
            raise errors.invalid('location.region', f'there is no region {region!r}, only {known}', 'UNKNOWN_REGION')
        context.current().clouds.update(place.cloud for place in selected)
        return selected

    async def _regions(self, cloud: str) -> Sequence[str]:
        """The names of a cloud's regions; none where its entry is wrong, or its profile's address does not answer."""
        try:
            async with asyncio.timeout(context.current().patience() * CONFIG_PATIENCE):
                return [region.region_name or '' for region in await self._clouds.regions(cloud)]
        except (errors.Failure, TimeoutError):
            return ()

    async def list(self, resource: Resource, place: Place, fresh_since: float | None = None) -> Snapshot:
        reader = await self._reader(resource, place)
        for _ in range(RESTARTS):
            as_of = time.time()
            if (items := await self._pages(resource, place, reader)) is not None:
                return Snapshot.of(list(items), as_of)
        raise errors.Failure(errors.Code.UNAVAILABLE, 'CLOUD_ANSWER_BROKEN',
                             f'The list of {resource.key} changes faster than it can be read.')  # fmt: skip

    async def _pages(self, resource: Resource, place: Place, reader: '_Reader') -> Collection[Any] | None:
        """Everything of a collection; None where a page began behind an object that was deleted meanwhile."""
        items: dict[str, Any] = {}
        first = params = {'limit': str(PAGE)}
        for _ in range(PAGES):
            try:
                page, following = await self._clouds.request(
                    place, resource.service, 'GET', resource.path, params=params, then=reader.page
                )
            except errors.Failure as failure:
                if failure.code is errors.Code.NOT_FOUND and resource.optional and params is first:
                    return ()
                if failure.code in (errors.Code.INVALID_ARGUMENT, errors.Code.NOT_FOUND) and params is not first:
                    return None
                raise
            known = len(items)
            items.update((item.id, item) for item in page)
            if not following or len(items) == known:
                # A page without anything new ends a list that would lead round for ever.
                return items.values()
            params = following
        raise errors.Failure(errors.Code.UNAVAILABLE, 'CLOUD_ANSWER_BROKEN', f'The list of {resource.key} has no end.')

    async def get(self, resource: Resource, place: Place, item_id: str, fresh_since: float | None = None) -> Snapshot:
        as_of = time.time()
        reader = await self._reader(resource, place)
        path = _path(resource, item_id)
        try:
            item = await self._clouds.request(place, resource.service, 'GET', path, then=reader.one)
        except errors.Failure as failure:
            if failure.code is errors.Code.NOT_FOUND:
                return Snapshot.of((), as_of)
            raise
        return Snapshot.of([] if _gone(item) else [item], as_of)

    async def changes(self, resource: Resource, place: Place, since: Snapshot) -> Snapshot:
        return await self.list(resource, place)

    async def create(self, resource: Resource, place: Place, body: Mapping[str, Any]) -> Any:
        reader = await self._reader(resource, place)
        return await self._clouds.request(
            place, resource.service, 'POST', resource.collection, body=body, then=reader.one,
            microversion=CREATE_MICROVERSIONS.get(resource.key),
        )  # fmt: skip

    async def delete(self, resource: Resource, place: Place, item_id: str) -> None:
        await self._clouds.request(place, resource.service, 'DELETE', _path(resource, item_id), then=_nothing)

    async def act(self, resource: Resource, place: Place, item_id: str, body: Mapping[str, Any]) -> None:
        path = f'{_path(resource, item_id)}/action'
        await self._clouds.request(place, resource.service, 'POST', path, body=body, then=_nothing)

    async def wait(self, resource: Resource, place: Place, item_id: str, done: Done, timeout: float) -> Any:
        """One poll for each waiter; :class:`~oaktree.backends.watching.WatchingBackend` has one for all."""
        end = time.monotonic() + timeout
        while True:
            found = (await self.get(resource, place, item_id)).items
            item = found[0] if found else None
            if done(item) or time.monotonic() >= end:
                return item
            await asyncio.sleep(1)

    async def fetch(self, place: Place, service: str, path: str, params: Mapping[str, str] | None = None) -> Document:
        return await self._clouds.request(place, service, 'GET', path, params=params, then=lambda answer: answer.document)

    async def addressing(self, place: Place) -> Addressing:
        """What the networks of a place are for; the last known answer while the network service is away."""
        async with self._classifying[place]:
            read, known = self._addressing.get(place, (0.0, None))
            if known and time.monotonic() - read < ADDRESSING_TTL:
                return known
            try:
                known = await self._classify(place)
                self._addressing[place] = time.monotonic(), known
            except errors.Failure:
                if known is None:
                    raise
                LOG.warning('%s: the network service is away; its networks are believed to be what they were', place)
            return known

    async def _classify(self, place: Place) -> Addressing:
        networks, document = await asyncio.gather(self.list(NETWORK, place), self.fetch(place, 'network', '/extensions'))
        extensions = {extension['alias'] for extension in document.get('extensions', ())}
        return classify(networks, extensions, await self._clouds.region(place))

    async def services(self, place: Place) -> Sequence[pb.ServiceCapability]:
        async def one(kind: str) -> pb.ServiceCapability:
            version, low, high = await self._clouds.discover(place, kind) if kind in DISCOVERED else ('', '', '')
            return pb.ServiceCapability(type=kind, version=version, min_microversion=low, max_microversion=high)

        return await asyncio.gather(*map(one, await self._clouds.catalog(place)))

    async def project(self, place: Place) -> pb.Project:
        return pb.Project(**await self._clouds.own_project(place))

    async def identity(self, place: Place) -> str:
        config = (await self._clouds.region(place)).config
        # Not the password, which a digest could be asked about by those who guess; everything else in there is no secret,
        # or too long to be guessed.
        auth = {key: value for key, value in config['auth'].items() if key != 'password'}
        where = {key: value for key, value in config.items() if key in ENDPOINTS or key.endswith('_endpoint_override')}
        known = [place.cloud, place.region, place.caller.name, auth, where]
        return hashlib.sha256(orjson.dumps(known, default=str, option=orjson.OPT_SORT_KEYS)).hexdigest()[:32]

    async def _reader(self, resource: Resource, place: Place) -> '_Reader':
        addressing = None
        if resource.key == 'servers':
            try:
                async with asyncio.timeout(ADDRESSING_SECONDS):
                    addressing = await self.addressing(place)
            except (errors.Failure, TimeoutError) as failure:
                why = failure.message if isinstance(failure, errors.Failure) else 'The network service does not answer.'
                LOG.warning('%s: only floating addresses count as public: %s', place, why)
                addressing = self._addressing.get(place, (0.0, Addressing()))[1]
        return _Reader(self._clouds, resource, place, await self._clouds.region(place), addressing)


CREATE_MICROVERSIONS = {'keypairs': '2.91'}
"""Nova makes no key pairs from 2.92 on, and wants a public key. https://docs.openstack.org/nova/latest/reference/api-microversion-history.html"""


def _path(resource: Resource, item_id: str) -> str:
    """Where one is. An id that comes from a caller must not lead anywhere else."""
    if item_id in ('.', '..'):
        # Whatever is between here and the cloud takes these for folders, however they are written.
        raise errors.invalid('name_or_id', f'no request can be made for one that is called {item_id!r}')
    return f'{resource.collection}/{quote(item_id, safe="")}'


def _gone(item: Any) -> bool:
    return getattr(item, 'native_status', '') in GONE


def _nothing(_answer: Answer) -> None:
    return None


class _Reader:
    """Makes one place's messages of one row; runs in the thread that made the call."""

    def __init__(self, clouds: Clouds, resource: Resource, place: Place, region: Any, addressing: Addressing | None) -> None:
        self._clouds, self._resource, self._place, self._region = clouds, resource, place, region
        self._tell = addressing.tell if addressing else None
        self._make = normalise.compiled(resource)

    def page(self, answer: Answer) -> tuple[Sequence[Any], dict[str, str] | None]:
        """The messages of one page, and the query of the next."""
        location = self._locator()
        items = [self._message(document, location) for document in answer.document.get(self._resource.key) or ()]
        return items, _following(answer.document, self._resource.key)

    def one(self, answer: Answer) -> Any:
        """The message of an answer to a Get or a Create."""
        return self._message(answer.document.get(self._resource.one, answer.document), self._locator())

    def _message(self, document: Document, location: '_Locator') -> Any:
        message: Any = self._make(document, location(document), self._tell)
        if not message.id:
            raise ValueError(f'{self._resource.one} without an id')
        return message

    def _locator(self) -> '_Locator':
        return _Locator(self._place, self._clouds.project(self._region))


class _Locator:
    """Says where a document's object lives; made once for each zone and owner, as thousands share them."""

    def __init__(self, place: Place, project: Mapping[str, str]) -> None:
        self._place, self._project = place, project
        self._made: dict[tuple[str, str], pb.Location] = {}

    def __call__(self, document: Document) -> pb.Location:
        owner = document.get('project_id') or document.get('tenant_id') or document.get('owner') or ''
        zone = document.get('OS-EXT-AZ:availability_zone') or ''
        if (location := self._made.get((owner, zone))) is None:
            location = pb.Location(cloud=self._place.cloud, region=self._place.region, zone=zone)
            if owner:
                # Of other projects a caller may know the id, not the name.
                mine = owner == self._project['id']
                location.project.MergeFrom(pb.Project(**self._project) if mine else pb.Project(id=owner))
            self._made[owner, zone] = location
        return location


def _following(document: Document, key: str) -> dict[str, str] | None:
    """The query of the next page: Nova and Neutron give links, Glance a path. Only the query is used, as behind a proxy the
    rest of it may lead nowhere."""
    link = document.get('next') or next(
        (link.get('href') for link in document.get(f'{key}_links') or () if link.get('rel') == 'next'), None
    )
    return dict(parse_qsl(urlsplit(link).query)) if link else None
