# SPDX-License-Identifier: Apache-2.0
"""One HTTP request to a cloud, and what is made of the answer; in a thread."""

import contextlib
import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from oaktree import context, errors, pieces
from oaktree.resource import OWN_USER, Place
from oaktree.transfers import Pipe, carries

if TYPE_CHECKING:
    from openstack.proxy import Proxy

    from oaktree.sessions import Site

LOG = logging.getLogger(__name__)
T = TypeVar('T')

HEAVY = 256 * 1024
"""Bytes of a document that is not parsed while another of that size is, or a list is made of one: there is one interpreter, so
two threads would be no sooner done, and the event loop would have to wait for a turn of each."""

ALONE = threading.Lock()  # Held by the thread that does such work.


@dataclass(frozen=True)
class Answer:
    """What a cloud answered, the document parsed; an empty one where there was no body."""

    status: int
    headers: Mapping[str, str]
    document: dict[str, Any]
    """An array, as Swift's are, under ''."""


@dataclass
class Request(Generic[T]):
    """One HTTP request, to be made as often as it takes; in a thread."""

    place: Place
    service: str
    method: str
    path: str
    body: Any
    params: Mapping[str, Any] | None
    microversion: str | None
    headers: Mapping[str, str] | None
    pipe: Pipe | None
    then: Callable[[Answer], T]
    call: context.Call = field(default_factory=context.current)
    refused: str = ''
    """The token that it carried, where the service did not accept it."""

    def send(self, site: 'Site', adapter: 'Proxy', newest: str | None, number: int) -> T:
        # Here, as we may have waited for a thread.
        if not (remaining := self.call.remaining()):
            raise errors.deadline(f'{self.method} {self.path}')
        options: dict[str, Any] = {} if self.body is None else {'json': self.body}
        path = self.path.replace(OWN_USER, site.user_id) if OWN_USER in self.path else self.path
        patience, headers = site.region.config['api_timeout'], dict(self.headers or {})
        if self.pipe:
            patience, headers, options = self.pipe.options(patience, headers)
        carries.set(self.pipe)
        if token := site.shown(self.call.caller.token(self.place.cloud)):
            headers, options = headers | {'X-Auth-Token': token}, options | {'authenticated': False}
        response = adapter.request(
            path, self.method, raise_exc=False, timeout=min(remaining, patience),
            params=self.params, microversion=_lower(newest, self.microversion), headers=headers,
            global_request_id=f'req-{self.call.request_id}', **options,
        )  # fmt: skip
        if response.status_code == 401:
            self.refused = str(response.request.headers.get('X-Auth-Token', ''))
        if self.pipe and self.pipe.receives and response.ok:
            self.pipe.fill(response)
            return self.then(Answer(response.status_code, response.headers, {}))
        gone_is_done = self.method == 'DELETE' and number > 1
        return understood(self.place, self.service, lambda: self.then(_answer(response, self.service, gone_is_done)))


def understood(place: Place, service: str, work: Callable[[], T]) -> T:
    """What is made of an answer."""
    try:
        return work()
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        LOG.warning('%s: the %s service answered what it should not', place, service, exc_info=error)
        raise errors.broken(service) from None


def _lower(newest: str | None, wanted: str | None) -> str | None:
    """The microversion to ask for: what is wanted, unless the cloud is older than that, or has none at all."""
    if newest is None or wanted is None:
        return newest
    return min(newest, wanted, key=lambda version: [int(part) for part in version.split('.')])


def _answer(response: Any, service: str, gone_is_done: bool) -> Answer:
    """:param gone_is_done: whether 404 is a success, since an earlier attempt to delete it may have done so."""
    if response.status_code == 404 and gone_is_done:
        return Answer(204, response.headers, {})
    if not 200 <= response.status_code < 300:
        raise errors.refused(response.status_code, response.content, response.headers, service)
    swift = service == 'object-store' and 'json' not in response.headers.get('Content-Type', '')
    # Neutron has nothing to say of a tag that it has added.
    added = response.status_code == 201 and response.content == b'null'
    return Answer(response.status_code, response.headers, {} if swift or added else _document(response.content, service))


def _document(body: bytes, service: str) -> dict[str, Any]:
    if not body:
        return {}
    try:
        with ALONE if len(body) > HEAVY else contextlib.nullcontext():
            document = pieces.parse(body)
    except ValueError:
        document = None
    if isinstance(document, list) and service == 'object-store':
        return {'': document}
    if not isinstance(document, dict):
        raise errors.broken(service)
    return document
