# SPDX-License-Identifier: Apache-2.0
"""The HTTP requests that go to a cloud itself, as oaktree tells them."""

from __future__ import annotations

import contextlib
import http.client
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Protocol

REACH = 5.0
"""Seconds for a connection. A cloud that can't be reached from here is not waited for: oaktree can reach it."""

ANSWER = 600.0
"""Seconds that a cloud may be silent, which it is while it puts away what it has."""


class Told(Protocol):
    """A request as oaktree tells it."""

    @property
    def method(self) -> str: ...
    @property
    def url(self) -> str: ...
    @property
    def headers(self) -> Mapping[str, str]: ...


class _Connection(http.client.HTTPConnection):
    def connect(self) -> None:
        self.timeout = REACH
        super().connect()
        self.sock.settimeout(ANSWER)


class _SecureConnection(http.client.HTTPSConnection):
    def connect(self) -> None:
        self.timeout = REACH
        super().connect()
        self.sock.settimeout(ANSWER)


class _Http(urllib.request.HTTPHandler):
    def http_open(self, request: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(_Connection, request)


class _Https(urllib.request.HTTPSHandler):
    def https_open(self, request: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(_SecureConnection, request)


class _Stay(urllib.request.HTTPRedirectHandler):
    """The token is for this place alone."""

    def redirect_request(self, *_: Any) -> None:
        return None


@contextlib.contextmanager
def open_url(
    told: Told, headers: Mapping[str, str] | None = None, data: Iterable[bytes] | None = None
) -> Iterator[http.client.HTTPResponse]:
    """Makes a request; an answer other than 2xx is an OSError, whose text has no URL, which may be signed."""
    try:
        request = urllib.request.Request(told.url, data, {**told.headers, **(headers or {})}, method=told.method)
    except ValueError:
        raise OSError('oaktree tells a URL that is none') from None
    opener = urllib.request.build_opener(_Http, _Https, _Stay)
    try:
        response = opener.open(request)
    except urllib.error.HTTPError as error:
        error.close()
        raise OSError(f'the cloud answers {error.code} {error.reason}') from None
    except urllib.error.URLError as error:
        raise OSError(str(error.reason)) from None
    except http.client.HTTPException as error:
        raise OSError(f'the answer of the cloud is not HTTP: {type(error).__name__}') from None
    with response:
        yield response
