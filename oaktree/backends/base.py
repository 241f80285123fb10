# SPDX-License-Identifier: Apache-2.0
"""The interface between the verbs and the clouds, which every backend has and most wrap another for."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, NamedTuple, Protocol

from oaktreemodel import v1 as pb

from oaktree.addressing import Addressing
from oaktree.caller import Credentials
from oaktree.changelog import Cursor, Mark
from oaktree.resource import Document, Place, Resource, Snapshot
from oaktree.transfers import Download

Done = Callable[[Any], bool]
"""Whether this message, or None for one that is gone, is what a caller waits for."""


KNOWN = 300.0
"""Seconds for which what a service can do is believed."""


class Dated(NamedTuple):
    """A document of a cloud, and the moment after which it was read, in seconds since the epoch."""

    document: Document
    as_of: float


class Backend(Protocol):
    """Reads collections and changes them, one place at a time."""

    async def places(self, cloud: str, region: str, caller: Credentials) -> Sequence[Place]:
        """The places that these names select, in the order of ``clouds.yaml``; an empty name selects all.

        :raises errors.Failure: INVALID_ARGUMENT for a name that is not configured; UNAUTHENTICATED where it is nobody who
            calls. Where it is nobody on one of several clouds, that place's caller has a ``refusal``.
        """

    async def list(self, resource: Resource, place: Place, fresh_since: float | None = None) -> Snapshot:
        """The whole collection.

        :param fresh_since: the oldest acceptable moment, in seconds since the epoch; None leaves it to the row's ttl.
        """

    async def get(self, resource: Resource, place: Place, item_id: str, fresh_since: float | None = None) -> Snapshot:
        """The one with this id: a snapshot of one item, or of none where the cloud has no such id."""

    async def changes(self, resource: Resource, place: Place, since: Snapshot) -> Snapshot:
        """The whole collection as it is now, given as it was; what has not changed may be taken over from there."""

    async def create(self, resource: Resource, place: Place, body: Mapping[str, Any]) -> Any:
        """Make one of the cloud's own description of it; returns the message, as far as the cloud tells."""

    async def delete(self, resource: Resource, place: Place, item_id: str) -> None:
        """Ask the cloud to delete one; it may take its time."""

    async def update(self, resource: Resource, place: Place, item_id: str, body: Mapping[str, Any]) -> Any:
        """PUT what of one is to be different; returns the message, as far as the cloud tells."""

    async def write(
        self, resource: Resource, place: Place, method: str, path: Sequence[str], body: Any = None,
        headers: Mapping[str, str] | None = None, params: Mapping[str, str] | None = None,
    ) -> Document:  # fmt: skip
        """Any other change to one, or to the collection; returns what the cloud answers.

        :param path: the parts of the path behind the collection's: ``(server_id, 'action')``.
        :param headers: those that this request needs beside the usual.
        :param params: the query.
        """

    async def upload(
        self, resource: Resource, place: Place, path: Sequence[str], chunks: AsyncIterator[bytes],
        headers: Mapping[str, str] | None = None, size: int | None = None, params: Mapping[str, str] | None = None,
    ) -> Mapping[str, str]:  # fmt: skip
        """PUT bytes below the collection, and return the headers of the answer.

        :param size: how many there are, where that is known.
        """

    def download(
        self, resource: Resource, place: Place, path: Sequence[str], headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
    ) -> AbstractAsyncContextManager[Download]:  # fmt: skip
        """The bytes that are found below the collection, for as long as the block lasts."""

    async def read(self, resource: Resource, place: Place, path: str, params: Mapping[str, str] | None = None) -> Snapshot:
        """A collection that belongs to one of another kind, asked for each time: path is where it is listed."""

    async def wait(
        self, resource: Resource, place: Place, item_id: str, done: Done, timeout: float, in_full: bool = False
    ) -> Any:
        """Wait until one is as ``done`` says, at most so many seconds; returns it as it then is, None if it is gone.

        :param in_full: whether what is waited for may not show in what a cloud says has changed: a server's addresses.
        """

    def check(self, resource: Resource, place: Place) -> None:
        """Whether a reading could be made in the running call's time, as far as is known without asking anybody.

        :raises errors.Failure: where the cloud is known to be away, or wants to be left alone for longer than that.
        """

    async def fetch(
        self, place: Place, service: str, path: str, params: Mapping[str, str] | None = None, max_age: float = 0.0
    ) -> Dated:
        """A document of the cloud that has no row. Others get the same one: it must not be changed.

        :param max_age: in seconds, how old it may be.
        """

    async def head(self, resource: Resource, place: Place, path: Sequence[str] = ()) -> Mapping[str, str]:
        """The headers that tell of one, or of the collection, where a service tells by headers."""

    async def door(self, place: Place, service: str) -> tuple[str, str, float]:
        """Where a service is, the token of the place's credential, and when that ends, in seconds since the epoch."""

    async def addressing(self, place: Place, fresh_since: float | None = None) -> Addressing:
        """What the networks of a place are for.

        :param fresh_since: the oldest acceptable moment, in seconds since the epoch.
        """

    async def services(self, place: Place) -> Sequence[pb.ServiceCapability]:
        """The services in the catalog of a place, with versions where oaktree has asked for them."""

    async def microversion(self, place: Place, service: str) -> str:
        """The newest microversion of a service; empty where it has none."""

    async def configuration(self, place: Place) -> pb.Capabilities:
        """What ``clouds.yaml`` says of a place."""

    async def project(self, place: Place) -> pb.Project:
        """The project that the place's credential is for."""

    async def create_token(self, cloud: str, client_id: str, client_secret: str) -> tuple[str, float]:
        """Sign in with an application credential; the token, and its end in seconds since the epoch.

        :param cloud: its name; may be empty where there is only one.
        """

    async def identity(self, place: Place) -> str:
        """What tells a place's answers from those of any other cloud, region or credential, in whatever process."""


class Watchable(Backend, Protocol):
    """One that can also tell what changes."""

    def watch(self, resource: Resource, place: Place, wake: Callable[[], None], mark: Mark | None = None) -> Cursor:
        """Follow a collection from its beginning, or from where the mark says if that is still known, until it is closed.

        :param wake: called when there is more to read.
        """


class Forwarding:
    """Passes everything on, so that a backend holds nothing but the methods that it is about."""

    def __init__(self, base: Backend) -> None:
        self._base = base

    async def places(self, cloud: str, region: str, caller: Credentials) -> Sequence[Place]:
        return await self._base.places(cloud, region, caller)

    async def list(self, resource: Resource, place: Place, fresh_since: float | None = None) -> Snapshot:
        return await self._base.list(resource, place, fresh_since)

    async def get(self, resource: Resource, place: Place, item_id: str, fresh_since: float | None = None) -> Snapshot:
        return await self._base.get(resource, place, item_id, fresh_since)

    async def changes(self, resource: Resource, place: Place, since: Snapshot) -> Snapshot:
        return await self._base.changes(resource, place, since)

    async def create(self, resource: Resource, place: Place, body: Mapping[str, Any]) -> Any:
        return await self._base.create(resource, place, body)

    async def delete(self, resource: Resource, place: Place, item_id: str) -> None:
        await self._base.delete(resource, place, item_id)

    async def update(self, resource: Resource, place: Place, item_id: str, body: Mapping[str, Any]) -> Any:
        return await self._base.update(resource, place, item_id, body)

    async def write(
        self, resource: Resource, place: Place, method: str, path: Sequence[str], body: Any = None,
        headers: Mapping[str, str] | None = None, params: Mapping[str, str] | None = None,
    ) -> Document:  # fmt: skip
        return await self._base.write(resource, place, method, path, body, headers, params)

    async def upload(
        self, resource: Resource, place: Place, path: Sequence[str], chunks: AsyncIterator[bytes],
        headers: Mapping[str, str] | None = None, size: int | None = None, params: Mapping[str, str] | None = None,
    ) -> Mapping[str, str]:  # fmt: skip
        return await self._base.upload(resource, place, path, chunks, headers, size, params)

    def download(
        self, resource: Resource, place: Place, path: Sequence[str], headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
    ) -> AbstractAsyncContextManager[Download]:  # fmt: skip
        return self._base.download(resource, place, path, headers, params)

    async def read(self, resource: Resource, place: Place, path: str, params: Mapping[str, str] | None = None) -> Snapshot:
        return await self._base.read(resource, place, path, params)

    async def wait(
        self, resource: Resource, place: Place, item_id: str, done: Done, timeout: float, in_full: bool = False
    ) -> Any:
        return await self._base.wait(resource, place, item_id, done, timeout, in_full)

    def check(self, resource: Resource, place: Place) -> None:
        self._base.check(resource, place)

    async def fetch(
        self, place: Place, service: str, path: str, params: Mapping[str, str] | None = None, max_age: float = 0.0
    ) -> Dated:
        return await self._base.fetch(place, service, path, params, max_age)

    async def head(self, resource: Resource, place: Place, path: Sequence[str] = ()) -> Mapping[str, str]:
        return await self._base.head(resource, place, path)

    async def door(self, place: Place, service: str) -> tuple[str, str, float]:
        return await self._base.door(place, service)

    async def addressing(self, place: Place, fresh_since: float | None = None) -> Addressing:
        return await self._base.addressing(place, fresh_since)

    async def services(self, place: Place) -> Sequence[pb.ServiceCapability]:
        return await self._base.services(place)

    async def microversion(self, place: Place, service: str) -> str:
        return await self._base.microversion(place, service)

    async def configuration(self, place: Place) -> pb.Capabilities:
        return await self._base.configuration(place)

    async def project(self, place: Place) -> pb.Project:
        return await self._base.project(place)

    async def identity(self, place: Place) -> str:
        return await self._base.identity(place)

    async def create_token(self, cloud: str, client_id: str, client_secret: str) -> tuple[str, float]:
        return await self._base.create_token(cloud, client_id, client_secret)
