# SPDX-License-Identifier: Apache-2.0
"""What every simulated service speaks: calls, answers, refusals, routes."""

from __future__ import annotations

import ipaddress
import re
import time
import uuid
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from functools import lru_cache
from html import escape
from http.client import responses
from typing import TYPE_CHECKING, Any, TypeVar, cast
from urllib.parse import unquote, urlencode

import orjson

if TYPE_CHECKING:
    from aiohttp.web import BaseRequest

    from oaktree.simcloud.cloud import Cloud
    from oaktree.simcloud.tokens import Token

Doc = dict[str, Any]
Handler = TypeVar('Handler', bound=Callable[..., Any])
JSON = 'application/json'
NO_PATH = 'The resource could not be found.'


class Answer:
    """A response: the status, the document (or ready bytes, or nothing), further headers; `blocks` is a body in pieces."""

    __slots__ = ('blocks', 'body', 'headers', 'status')

    def __init__(
        self, status: int = 200, body: Any = None, headers: Mapping[str, str] | None = None, blocks: list[bytes] | None = None
    ) -> None:
        self.status, self.blocks = status, blocks
        self.body = b'' if body is None else body if isinstance(body, bytes) else orjson.dumps(body)
        self.headers = dict(headers or ())
        if self.body and 'Content-Type' not in self.headers:
            self.headers['Content-Type'] = JSON


class Refusal(Exception):
    """A request that a service refuses; each service renders it as its own error document."""

    def __init__(self, status: int, message: str, kind: str = '', headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status, self.message, self.kind, self.headers = status, message, kind, dict(headers or ())


class Call:
    """One request on its way through a service; `token` is None only where a route is public."""

    def __init__(self, cloud: Cloud, request: BaseRequest, path: str) -> None:
        self.cloud = cloud
        self.request = request
        self.method = request.method
        self.path = path
        self.query = request.query
        self.headers = request.headers
        self.body = b''
        self.now = time.time()
        self.microversion = (2, 1)
        self.request_id = f'req-{uuid.uuid4()}'
        self._token: Token | None = None

    @property
    def token(self) -> Token:
        assert self._token is not None, 'a route that needs a token was declared public'
        return self._token

    @token.setter
    def token(self, token: Token) -> None:
        self._token = token

    @property
    def project(self) -> str:
        return self.token.project_id

    async def parts(self) -> AsyncIterator[bytes]:
        """The body as it comes. Who has asked beforehand is told to send it: RFC 9110, 10.1.1."""
        if self.headers.get('Expect', '').lower() == '100-continue':
            await self.request.writer.write(b'HTTP/1.1 100 Continue\r\n\r\n')
            self.request.writer.output_size = 0
        async for part in self.request.content.iter_any():
            yield part

    def json(self, key: str = '') -> Doc:
        """The request's document, or its part under `key`."""
        try:
            document = orjson.loads(self.body)
        except orjson.JSONDecodeError:
            raise Refusal(400, 'Malformed request body') from None
        if key:
            document = document.get(key) if isinstance(document, dict) else None
            if not isinstance(document, dict):
                raise Refusal(400, f'Invalid input received: {key!r} is a required property')
        elif not isinstance(document, dict):
            raise Refusal(400, 'Malformed request body')
        return cast(Doc, document)

    def integer(self, name: str, default: int = 0) -> int:
        """A query parameter that must be a whole number of at least 0."""
        value = self.query.get(name)
        if value is None:
            return default
        if not value.isdigit():
            raise Refusal(400, f"Invalid input for query parameters {name}. Value: {value}. '{value}' is not an integer")
        return int(value)

    def link(self, base: str, marker: str, drop: Iterable[str] = ()) -> str:
        """The address of this same list, behind `marker`."""
        left = [(k, v) for k, v in self.query.items() if k != 'marker' and k not in drop]
        return f'{base}?{urlencode([*left, ("marker", marker)])}'


def web_error(call: Call, refusal: Refusal) -> Answer:
    """WebOb's own error page, or its JSON form where that alone is asked for."""
    title = responses.get(refusal.status, 'Error')
    if 'json' in call.headers.get('Accept', ''):
        body = {'message': f'{refusal.message}<br /><br />\n\n\n', 'code': f'{refusal.status} {title}', 'title': title}
        return Answer(refusal.status, body, refusal.headers)
    head = f'{refusal.status} {title}'
    text = f'<html>\n <head>\n  <title>{head}</title>\n </head>\n <body>\n  <h1>{head}</h1>\n  {escape(refusal.message)}'
    text += '<br /><br />\n\n\n\n </body>\n</html>'
    return Answer(refusal.status, text.encode(), refusal.headers | {'Content-Type': 'text/html; charset=UTF-8'})


def route(method: str, template: str, public: bool = False, streams: bool = False) -> Callable[[Handler], Handler]:
    """Serve `method` on `template` ('/servers/{id}'); `public` needs no token, `streams` reads the body itself."""

    def mark(handler: Handler) -> Handler:
        marks = handler.__dict__.setdefault('routes', [])
        marks.append((method, template, public, streams))
        return handler

    return mark


class Route:
    """A handler with the template by which its requests are counted."""

    __slots__ = ('handler', 'parts', 'public', 'streams', 'template')

    def __init__(self, template: str, handler: Callable[..., Any], public: bool, streams: bool) -> None:
        self.template, self.handler, self.public, self.streams = template, handler, public, streams
        self.parts = split(template)

    def match(self, parts: list[str]) -> list[str] | None:
        """The values of the template's parameters, or None for another path."""
        values = []
        for mine, theirs in zip(self.parts, parts, strict=True):
            if mine[:1] == '{':
                values.append(unquote(theirs))
            elif mine != theirs:
                return None
        return values


def split(path: str) -> list[str]:
    return [part for part in path.split('/') if part]


class Routes:
    """The routes of one service, found by method and number of parts; literal ones come before parameters."""

    def __init__(self, service: object) -> None:
        self._table: dict[tuple[str, int], list[Route]] = {}
        for name in dir(type(service)):
            for method, template, public, streams in getattr(getattr(type(service), name), 'routes', ()):
                found = Route(template, getattr(service, name), public, streams)
                self._table.setdefault((method, len(found.parts)), []).append(found)
        for routes in self._table.values():
            routes.sort(key=lambda found: [part[:1] == '{' for part in found.parts])

    def find(self, method: str, path: str) -> tuple[Route, list[str]]:
        parts = split(path)
        for found in self._table.get((method, len(parts)), ()):
            values = found.match(parts)
            if values is not None:
                return found, values
        if any(
            found.match(parts) is not None
            for (_, size), routes in self._table.items()
            if size == len(parts)
            for found in routes
        ):
            raise Refusal(405, 'The method is not allowed for the requested URL.')
        raise Refusal(404, NO_PATH, 'no path')


class Service:
    """One service of a cloud: where it listens, what it serves, and how it refuses."""

    type = ''
    version = ''
    """The part of the path before every resource; discovery alone lies outside."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self.routes = Routes(self)

    def find(self, method: str, path: str) -> tuple[Route, list[str]]:
        """The route of a path below the service's own prefix, and its parameters."""
        if path.startswith(self.version + '/') and path != self.version + '/':
            return self.routes.find(method, path[len(self.version) :])
        if path.rstrip('/') in ('', self.version):
            return self.routes.find(method, path)
        raise Refusal(404, NO_PATH, 'no path')

    def template(self, route: Route, values: list[str]) -> str:
        """The name under which a request is counted."""
        return route.template

    def prepare(self, call: Call) -> None:
        """Runs before the handler."""

    def finish(self, call: Call, answer: Answer) -> None:
        """Runs after the handler, also after a refusal."""

    def refuse(self, call: Call, refusal: Refusal) -> Answer:
        """The error document."""
        return Answer(refusal.status, {'error': refusal.message}, refusal.headers)


@lru_cache(1024)
def isotime(moment: float) -> str:
    """`2026-01-02T03:04:05Z`, as Nova and Glance write it."""
    return time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime(moment))


@lru_cache(1024)
def micros(moment: float, zone: str = '') -> str:
    """`2026-01-02T03:04:05.000000`, as Keystone (with Z) and Nova's usage fields write it."""
    return time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(moment)) + f'.{int(moment % 1 * 1e6):06d}{zone}'


def parse_time(text: str) -> float:
    """Seconds since the epoch of an ISO 8601 time; UTC where it names no zone."""
    from datetime import UTC, datetime

    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def is_uuid(text: str) -> bool:
    return re.fullmatch('[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}', text, re.IGNORECASE) is not None


def is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def truth(text: str) -> bool:
    return text.lower() in ('1', 't', 'true', 'on', 'y', 'yes')
