# SPDX-License-Identifier: Apache-2.0
"""Lists that follow their pages."""

from __future__ import annotations

import copy
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Protocol, TypeVar

import grpc


class ListRequest(Protocol):
    """What all List requests share, as far as pages matter."""

    page_token: str


class ListResponse(Protocol):
    """What all List answers share, as far as pages matter."""

    next_page_token: str


Request = TypeVar('Request', bound=ListRequest)
Response = TypeVar('Response', bound=ListResponse)


def pages(call: grpc.UnaryUnaryMultiCallable[Request, Response], request: Request) -> Iterator[Response]:
    """Yields the answers of a List call up to the last page; each names the places that it could not read."""
    following = copy.deepcopy(request)  # the caller's stays as it is
    while True:
        page = call(following)
        yield page
        if not page.next_page_token:
            return
        following.page_token = page.next_page_token


async def async_pages(call: Callable[[Request], Awaitable[Response]], request: Request) -> AsyncIterator[Response]:
    """The same of a call that is awaited."""
    following = copy.deepcopy(request)
    while True:
        page = await call(following)
        yield page
        if not page.next_page_token:
            return
        following.page_token = page.next_page_token
