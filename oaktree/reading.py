# SPDX-License-Identifier: Apache-2.0
"""From the pages that a cloud answers with to messages, and to the collection that they make."""

import email.utils
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from oaktreemodel import v1 as pb

from oaktree import normalise
from oaktree.addressing import Addressing
from oaktree.clouds import Clouds
from oaktree.exchange import Answer
from oaktree.resource import Document, Place, Resource, Snapshot
from oaktree.rows.object_store import container_document

GONE = frozenset({'DELETED', 'SOFT_DELETED'})
"""Native status of what is gone though a Get still shows it: Nova does for the moment between marking a server and dropping
it, and for as long as one lies in a bin that only an operator opens. Its lists have neither."""

OWNERS = (
    'project_id', 'tenant_id', 'owner', 'os-vol-tenant-attr:tenant_id', 'os-extended-snapshot-attributes:project_id',
    'os-backup-project-attr:project_id',
)  # fmt: skip
"""Keys of the project that something belongs to."""


def is_gone(item: Any) -> bool:
    """Whether the cloud shows one that is not there any more."""
    return getattr(item, 'native_status', '') in GONE


class Reader:
    """Makes one place's messages of one row; in a thread, after a request."""

    def __init__(self, clouds: Clouds, resource: Resource, place: Place, region: Any, addressing: Addressing | None) -> None:
        self._clouds, self._resource, self._place, self._region = clouds, resource, place, region
        self._tell = addressing.tell if addressing else None
        self._make = normalise.compiled(resource)

    def many(self, documents: list[Document], location: 'Locator') -> dict[str, Any]:
        """The messages of these documents, by id. Each document is dropped at once, while it is at hand."""
        messages = {}
        while documents:
            message = self._message(documents.pop(), location)
            messages[message.id] = message
        return messages

    def following(self, document: Document) -> tuple[list[Document], dict[str, str] | None]:
        """The objects of one page, and the query of the next."""
        return document.get(self._resource.key) or document.get('') or [], _following(document, self._resource.key)

    def one(self, answer: Answer) -> Any:
        """The message of an answer to a Get or a Create."""
        return self._message(answer.document.get(self._resource.one, answer.document), self.locator())

    def headers(self, name: str) -> Callable[[Answer], Any]:
        """Makes the message of an answer that has it in its headers."""
        return lambda answer: self._message(container_document(name, answer.headers), self.locator())

    def _message(self, document: Document, location: 'Locator') -> Any:
        message: Any = self._make(document, location(document), self._tell)
        if not message.id:
            raise ValueError(f'{self._resource.one} without an id')
        return message

    def locator(self) -> 'Locator':
        """For as many documents as an answer has. May ask the cloud for a token."""
        return Locator(self._place, self._clouds.project(self._place), self._resource.service == 'object-store')


class Reading:
    """One time that a collection is read. Its methods run in threads, but for each of them no two at once."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._items: dict[str, Any] = {}
        self._as_of = time.time()
        self._clock = 0.0
        self._locator: Locator | None = None

    async def nothing(self) -> bool:
        """Stands for what is made of the page before the first."""
        return True

    def page(self, answer: Answer) -> tuple[list[Document], dict[str, str] | None]:
        """The objects of one page, and the query of the next."""
        if self._locator is None:
            self._locator = self._reader.locator()
            # What the cloud's clock shows when it sends the first page, less what that has taken since we began.
            date = _moment(answer.headers.get('Date', ''))
            self._clock = date and date - (time.time() - self._as_of)
        return self._reader.following(answer.document)

    def add(self, documents: list[Document]) -> bool:
        """Make messages of a page; returns whether anything of it is new."""
        known = len(self._items)
        assert self._locator is not None, 'nothing has been answered yet'
        self._items.update(self._reader.many(documents, self._locator))
        return len(self._items) > known

    def whole(self) -> Snapshot:
        """What was read, as a collection."""
        return Snapshot.by_id(self._items, self._as_of, clock=self._clock)

    def applied_to(self, since: Snapshot) -> Snapshot:
        """What was read, as changes to a collection; what has not changed is the same object as there."""
        items = dict(zip(since.ids, since.items, strict=True))
        for item_id, item in self._items.items():
            if is_gone(item):
                items.pop(item_id, None)
            elif items.get(item_id) != item:
                items[item_id] = item
        return Snapshot.by_id(items, self._as_of, since.whole, self._clock)


class Locator:
    """Says where a document's object lives; made once for each zone and owner, as thousands share them."""

    def __init__(self, place: Place, project: Mapping[str, str], own: bool = False) -> None:
        """:param own: whether all of them are the project's, and none says so."""
        self._place, self._project, self._default = place, project, project['id'] if own else ''
        self._made: dict[tuple[str, str], pb.Location] = {}

    def __call__(self, document: Document) -> pb.Location:
        owner = next((document[key] for key in OWNERS if document.get(key)), self._default)
        zone = document.get('OS-EXT-AZ:availability_zone') or document.get('availability_zone') or ''
        if (location := self._made.get((owner, zone))) is None:
            location = pb.Location(cloud=self._place.cloud, region=self._place.region, zone=zone)
            if owner:
                # Of other projects a caller may know the id, not the name.
                mine = owner == self._project['id']
                location.project.MergeFrom(pb.Project(**self._project) if mine else pb.Project(id=owner))
            self._made[owner, zone] = location
        return location


def _moment(date: str) -> float:
    """Of a Date header; 0 where it is none."""
    try:
        return email.utils.parsedate_to_datetime(date).timestamp()
    except ValueError:
        return 0.0


def _following(document: Document, key: str) -> dict[str, str] | None:
    """The query of the next page: Nova and Neutron give links, Glance a path. Only the query is used, as behind a proxy the
    rest of it may lead nowhere. Swift gives none: behind a page comes what is behind its last name, if anything."""
    if bare := document.get(''):
        return {'marker': bare[-1]['name']}
    link = document.get('next') or next(
        (link.get('href') for link in document.get(f'{key}_links') or () if link.get('rel') == 'next'), None
    )
    return dict(parse_qsl(urlsplit(link).query)) if link else None
