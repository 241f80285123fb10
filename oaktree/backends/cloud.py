# SPDX-License-Identifier: Apache-2.0
"""The Backend over the clouds themselves: raw JSON in, messages out. Nothing above it sees HTTP or an SDK object."""

import asyncio
import contextlib
import dataclasses
import datetime
import functools
import hashlib
import logging
import math
import re
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any
from urllib.parse import quote

import orjson
from oaktreemodel import v1 as pb

from oaktree import configuration, errors, transfers
from oaktree.addressing import Addressing, classify
from oaktree.backends.base import Dated, Done
from oaktree.caller import Credentials
from oaktree.clouds import Clouds
from oaktree.exchange import Answer
from oaktree.places import Places
from oaktree.reading import Reader, Reading, is_gone
from oaktree.resource import Document, Place, Resource, Snapshot
from oaktree.rows.network import NETWORK
from oaktree.transfers import Download

LOG = logging.getLogger(__name__)

PAGE = 1000
"""Objects asked for at a time; a cloud may give fewer, and says where the next are."""

PAGES = 10_000
"""More than any collection has: a cloud that never ends its list is broken."""

FEW = 100
"""Servers that are read again rather than asked for changes: it costs a cloud little, and tells new addresses at once."""

WHOLE_SECONDS = 30.0
"""Seconds until all servers are read again of which changes were read since."""

OVERLAP = 10.0
"""Seconds that changes are asked for twice: a cloud's machines are not of one time, and what is written takes a moment."""

RESTARTS = 5
"""Times that a list is begun anew because the last object of a page was deleted before the next page was asked for, or a port
while Neutron made the page."""

PORT_IS_GONE = re.compile('Port [0-9a-f-]{36} could not be found')
"""What Neutron may answer to who lists ports while some are deleted, with 404."""

ADDRESSING_TTL = 60.0
"""Seconds that the purpose of a place's networks is believed to stay."""

ADDRESSING_SECONDS = 5.0
"""Seconds that a list of servers waits to learn which of their addresses are public."""

FORMATS = {'object-store': {'format': 'json'}}
"""What a list must ask for to be answered in JSON."""

ENDPOINTS = ('auth_type', 'interface', 'region_name')
"""What in a cloud's entry decides whose answers these are, beside its credential."""

MANY = 1000
"""Places whose networks are known before those are forgotten that would have to be asked for again."""

DISCOVERED = ('compute', 'identity', 'image', 'network')
"""Services whose versions are worth a request."""

OPTIONAL = ('block-storage',)
"""Others, which cost only their own versions where they are away."""


class CloudBackend:
    """Asks the cloud each time."""

    def __init__(self, clouds: Clouds) -> None:
        self._clouds = clouds
        self._places = Places(clouds)
        self._addressing: dict[Place, tuple[float, Addressing]] = {}
        self._classifying: defaultdict[Place, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def places(self, cloud: str, region: str, caller: Credentials) -> Sequence[Place]:
        return await self._places.select(cloud, region, caller)

    async def create_token(self, cloud: str, client_id: str, client_secret: str) -> tuple[str, float]:
        return await self._clouds.create_token(self._places.one(cloud), client_id, client_secret)

    async def list(self, resource: Resource, place: Place, fresh_since: float | None = None) -> Snapshot:
        reader = await self._reader(resource, place)
        for _ in range(RESTARTS):
            if reading := await self._read(resource, place, reader, {}):
                return await self._clouds.compute(place, resource.service, reading.whole)
        raise _restless(resource)

    async def changes(self, resource: Resource, place: Place, since: Snapshot) -> Snapshot:
        """A list, or where Nova need not tell all of it again, one of what has changed.

        Not for long: an address may come and go without a change of its server.
        https://docs.openstack.org/api-guide/compute/polling_changes.html
        """
        age = time.time() - since.whole
        # Below zero where our clock was set back.
        if resource.key != 'servers' or not since.clock or len(since.items) < FEW or not 0 <= age <= WHOLE_SECONDS:
            return await self.list(resource, place)
        reader = await self._reader(resource, place)
        begin = datetime.datetime.fromtimestamp(since.clock - OVERLAP, datetime.UTC)
        try:
            reading = await self._read(resource, place, reader, {'changes-since': f'{begin:%Y-%m-%dT%H:%M:%SZ}'})
        except errors.Failure as failure:
            if failure.code is not errors.Code.INVALID_ARGUMENT:
                raise
            LOG.warning('%s does not tell changes: %s', place, failure.message)
            reading = None
        if reading is None:
            return await self.list(resource, place)
        return await self._clouds.compute(place, resource.service, functools.partial(reading.applied_to, since))

    async def _read(
        self, resource: Resource, place: Place, reader: Reader, query: Mapping[str, str]
    ) -> Reading | None:  # fmt: skip
        """All pages of a collection; None where an object that was deleted meanwhile was in the way.

        While the cloud makes a page, the messages of the one before are made in another thread.
        """
        reading = Reading(reader)
        first = params = {'limit': str(PAGE), **FORMATS.get(resource.service, {}), **query}
        building = reading.nothing()
        for _ in range(PAGES):
            asking = self._clouds.request(place, resource.service, 'GET', resource.path, params=params, then=reading.page)
            try:
                (documents, following), grown = await asyncio.gather(asking, building)
            except errors.Failure as failure:
                if failure.code is errors.Code.NOT_FOUND and resource.optional and params is first:
                    return reading
                if failure.code is errors.Code.NOT_FOUND and resource.path == '/ports' and PORT_IS_GONE.search(failure.message):
                    return None
                if failure.code in (errors.Code.INVALID_ARGUMENT, errors.Code.NOT_FOUND) and params is not first:
                    return None
                raise
            building = self._clouds.compute(place, resource.service, functools.partial(reading.add, documents))
            if not following or not documents or not grown:
                # A page without anything new ends a list that would lead round for ever.
                await building
                return reading
            params = {**first, **following}
        building.close()
        raise errors.Failure(errors.Code.UNAVAILABLE, 'CLOUD_ANSWER_BROKEN', f'The list of {resource.key} has no end.')

    async def get(self, resource: Resource, place: Place, item_id: str, fresh_since: float | None = None) -> Snapshot:
        as_of = time.time()
        reader = await self._reader(resource, place)
        path = _path(resource, item_id)
        method, read = ('HEAD', reader.headers(item_id)) if resource.service == 'object-store' else ('GET', reader.one)
        try:
            item = await self._clouds.request(place, resource.service, method, path, then=read)
        except errors.Failure as failure:
            if failure.code is errors.Code.NOT_FOUND:
                return Snapshot.of((), as_of)
            raise
        return Snapshot.of([] if is_gone(item) else [item], as_of)

    async def create(self, resource: Resource, place: Place, body: Mapping[str, Any]) -> Any:
        reader = await self._reader(resource, place)
        try:
            return await self._change(
                resource, place, 'POST', resource.collection, body=body, then=reader.one,
                microversion=CREATE_MICROVERSIONS.get(resource.key),
            )  # fmt: skip
        except errors.Failure as failure:
            if failure.code is errors.Code.NOT_FOUND and resource.optional and not await self._offered(resource, place):
                raise _absent(resource, place) from None
            raise

    async def _offered(self, resource: Resource, place: Place) -> bool:
        """Whether a cloud has this collection at all."""
        try:
            await self.fetch(place, resource.service, resource.path, {'limit': '1'})
        except errors.Failure as failure:
            return failure.code is not errors.Code.NOT_FOUND
        return True

    async def delete(self, resource: Resource, place: Place, item_id: str) -> None:
        await self._change(resource, place, 'DELETE', _path(resource, item_id), then=_nothing)

    async def update(self, resource: Resource, place: Place, item_id: str, body: Mapping[str, Any]) -> Any:
        reader = await self._reader(resource, place)
        return await self._change(resource, place, 'PUT', _path(resource, item_id), body=body, then=reader.one)

    async def write(
        self, resource: Resource, place: Place, method: str, path: Sequence[str], body: Any = None,
        headers: Mapping[str, str] | None = None, params: Mapping[str, str] | None = None,
    ) -> Document:  # fmt: skip
        document: Document = await self._change(
            resource, place, method, _path(resource, *path), body=body, headers=headers, params=params,
            then=lambda answer: answer.document,
        )  # fmt: skip
        return document

    async def _change(self, resource: Resource, place: Place, method: str, path: str, **options: Any) -> Any:
        try:
            return await self._clouds.request(place, resource.service, method, path, **options)
        finally:
            if resource.key in NETWORKS and place in self._addressing:
                # Who names no network must not be put on one that is gone, nor be asked which of the two.
                self._addressing[place] = -math.inf, self._addressing[place][1]

    async def upload(
        self, resource: Resource, place: Place, path: Sequence[str], chunks: AsyncIterator[bytes],
        headers: Mapping[str, str] | None = None, size: int | None = None, params: Mapping[str, str] | None = None,
    ) -> Mapping[str, str]:  # fmt: skip
        pipe = transfers.Pipe(size=size)
        request = self._clouds.request(
            place, resource.service, 'PUT', _path(resource, *path), params=params, headers=headers, pipe=pipe,
            then=lambda answer: answer.headers,
        )  # fmt: skip
        return await transfers.sent(pipe, chunks, request)

    def download(
        self, resource: Resource, place: Place, path: Sequence[str], headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
    ) -> AbstractAsyncContextManager[Download]:  # fmt: skip
        pipe = transfers.Pipe(receives=True)
        request = self._clouds.request(
            place, resource.service, 'GET', _path(resource, *path), params=params, headers=headers, pipe=pipe, then=_nothing,
        )  # fmt: skip
        return transfers.received(pipe, request)

    async def read(self, resource: Resource, place: Place, path: str, params: Mapping[str, str] | None = None) -> Snapshot:
        reader = await self._reader(resource, place)
        for _ in range(RESTARTS):
            if reading := await self._read(dataclasses.replace(resource, path=path), place, reader, params or {}):
                return await self._clouds.compute(place, resource.service, reading.whole)
        raise _restless(resource)

    async def wait(
        self, resource: Resource, place: Place, item_id: str, done: Done, timeout: float, in_full: bool = False
    ) -> Any:
        """One poll for each waiter; :class:`~oaktree.backends.watching.WatchingBackend` has one for all."""
        end = time.monotonic() + timeout
        while True:
            found = (await self.get(resource, place, item_id)).items
            item = found[0] if found else None
            if done(item) or time.monotonic() >= end:
                return item
            await asyncio.sleep(1)

    def check(self, resource: Resource, place: Place) -> None:
        self._clouds.check(place, resource.service)

    async def fetch(
        self, place: Place, service: str, path: str, params: Mapping[str, str] | None = None, max_age: float = 0.0
    ) -> Dated:
        as_of = time.time()
        document = await self._clouds.request(place, service, 'GET', path, params=params, then=lambda answer: answer.document)
        return Dated(document, as_of)

    async def head(self, resource: Resource, place: Place, path: Sequence[str] = ()) -> Mapping[str, str]:
        return await self._clouds.request(
            place, resource.service, 'HEAD', _path(resource, *path), then=lambda answer: answer.headers
        )

    async def door(self, place: Place, service: str) -> tuple[str, str, float]:
        return await self._clouds.door(place, service)

    async def addressing(self, place: Place, fresh_since: float | None = None) -> Addressing:
        """What the networks of a place are for; the last known answer while the network service is away."""
        if len(self._addressing) > MANY:
            # Callers come and go.
            now = time.monotonic()
            self._addressing = {one: kept for one, kept in self._addressing.items() if now - kept[0] < ADDRESSING_TTL}
            self._classifying = defaultdict(asyncio.Lock, {p: lock for p, lock in self._classifying.items() if lock.locked()})
        async with self._classifying[place]:
            read, known = self._addressing.get(place, (0.0, None))
            fresh = time.monotonic() - read < ADDRESSING_TTL
            if known and (fresh if fresh_since is None else known.as_of >= fresh_since):
                return known
            try:
                known = await self._classify(place)
                self._addressing[place] = time.monotonic(), known
            except errors.Failure:
                if known is None or fresh_since is not None:
                    raise
                LOG.warning('%s: the network service is away; its networks are believed to be what they were', place)
            return known

    async def _classify(self, place: Place) -> Addressing:
        networks, told = await asyncio.gather(self.list(NETWORK, place), self.fetch(place, 'network', '/extensions'))
        extensions = {extension['alias'] for extension in told.document.get('extensions', ())}
        return classify(networks, extensions, await self._clouds.region(place))

    async def services(self, place: Place) -> Sequence[pb.ServiceCapability]:
        async def one(kind: str) -> pb.ServiceCapability:
            version = low = high = ''
            disabled = configuration.disabled(region, kind)
            with contextlib.suppress(*([errors.Failure] if kind in OPTIONAL else ())):
                if kind in (*DISCOVERED, *OPTIONAL) and not disabled:
                    version, low, high = await self._clouds.discover(place, kind)
            return pb.ServiceCapability(
                type=kind, version=version, min_microversion=low, max_microversion=high, disabled_reason=disabled
            )

        region = await self._clouds.region(place)
        return await asyncio.gather(*map(one, await self._clouds.catalog(place)))

    async def microversion(self, place: Place, service: str) -> str:
        return (await self._clouds.discover(place, service))[2]

    async def configuration(self, place: Place) -> pb.Capabilities:
        return configuration.told(await self._clouds.region(place))

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

    async def _reader(self, resource: Resource, place: Place) -> Reader:
        addressing = None
        if resource.key == 'servers':
            try:
                async with asyncio.timeout(ADDRESSING_SECONDS):
                    addressing = await self.addressing(place)
            except (errors.Failure, TimeoutError) as failure:
                why = failure.message if isinstance(failure, errors.Failure) else 'The network service does not answer.'
                LOG.warning('%s: only floating addresses count as public: %s', place, why)
                addressing = self._addressing.get(place, (0.0, Addressing()))[1]
        return Reader(self._clouds, resource, place, await self._clouds.region(place), addressing)


NETWORKS = frozenset({'networks', 'rbac_policies'})
"""Collections that say what the networks of a place are for."""

CREATE_MICROVERSIONS = {'keypairs': '2.91'}
"""Nova makes no key pairs from 2.92 on, and wants a public key. https://docs.openstack.org/nova/latest/reference/api-microversion-history.html"""


def _path(resource: Resource, *parts: str) -> str:
    """Where one is, or something of it. An id that comes from a caller must not lead anywhere else."""
    for part in parts:
        if part in ('', '.', '..'):
            # Whatever is between here and the cloud takes these for folders, however they are written.
            raise errors.invalid('name_or_id', f'no request can be made for one that is called {part!r}')
    return '/'.join([resource.collection, *(quote(part, safe='') for part in parts)])


def _restless(resource: Resource) -> errors.Failure:
    return errors.Failure(errors.Code.UNAVAILABLE, 'CLOUD_ANSWER_BROKEN',
                          f'The list of {resource.key} changes faster than it can be read.')  # fmt: skip


def _absent(resource: Resource, place: Place) -> errors.Failure:
    words = f'The {resource.service} service of {place} has no {resource.key.replace("_", " ")}.'
    return errors.Failure(errors.Code.FAILED_PRECONDITION, 'SERVICE_ABSENT', words, metadata={'service': resource.service})


def _nothing(_answer: Answer) -> None:
    return None
