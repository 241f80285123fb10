# SPDX-License-Identifier: Apache-2.0
"""One page of what was read, and a sealed token for the next (AIP-158).

A token needs no memory in the server. It says behind which object the next page begins, and how old that page may be, so
that paging through a collection reads it from the cloud once.
"""

import base64
import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import orjson
from cryptography.fernet import Fernet, InvalidToken
from google.protobuf.message import Message

from oaktree import context, errors

DEFAULT = 500
MAXIMUM = 5000
BYTES = 3_500_000
"""The most that the objects of a page take, so that the answer is below the 4 MiB that gRPC clients accept."""

LIFETIME = 3600
"""Seconds that a token is good for."""

Keep = Callable[[Any], bool]

After = tuple[str, str, str]
"""Cloud, region and id of the last object of a page."""


@dataclass(frozen=True)
class Page:
    """Which page a request asks for."""

    size: int
    after: After | None = None
    fresh_since: float | None = None
    """From the first page: what was read before it does not belong to this list."""


class Pages:
    """Seals and opens page tokens, which every process that has the same key accepts."""

    def __init__(self, key: bytes) -> None:
        """:param key: 32 bytes that clients don't know."""
        self._fernet = Fernet(base64.urlsafe_b64encode(key))

    def asked(self, request: Any) -> Page:
        """The page that a List request asks for.

        :raises errors.Failure: INVALID_ARGUMENT for a negative size, or a token of another request or server.
        """
        if request.page_size < 0:
            raise errors.invalid('page_size', 'must not be negative; 0 is the default of 500')
        size = min(request.page_size or DEFAULT, MAXIMUM)
        if not request.page_token:
            return Page(size)
        try:
            content = orjson.loads(self._fernet.decrypt(request.page_token.encode(), ttl=LIFETIME))
        except (InvalidToken, ValueError):
            raise errors.invalid('page_token', 'is not from this oaktree, or older than an hour: ask for the first page',
                                 'INVALID_PAGE_TOKEN') from None  # fmt: skip
        if content['digest'] != _digest(request):
            raise errors.invalid('page_token', 'is from another request: only page_size and page_token may differ',
                                 'INVALID_PAGE_TOKEN')  # fmt: skip
        cloud, region, item_id = content['after']
        return Page(size, (cloud, region, item_id), content['fresh_since'])

    def following(self, request: Any, last: After, fresh_since: float) -> str:
        """The token of the page behind ``last``."""
        content = {'digest': _digest(request), 'after': last, 'fresh_since': fresh_since}
        return self._fernet.encrypt(orjson.dumps(content)).decode()


def _digest(request: Message) -> str:
    """Tells requests apart, and callers, and RPCs; a page may have another size than the one before."""
    bare: Any = type(request)()
    bare.CopyFrom(request)
    bare.page_token, bare.page_size = '', 0
    own = f'{type(request).DESCRIPTOR.full_name}\0{context.current().identity}\0'.encode()
    return hashlib.sha256(own + bare.SerializeToString(deterministic=True)).hexdigest()[:32]


def cut(items: Iterable[Any], size: int, keep: Keep | None, used: int = 0) -> tuple[list[Any], int, bool]:
    """The first of these that are wanted and fit a page of which so many bytes are used.

    :returns: them, the bytes that are used then, and whether there may be more.
    """
    taken: list[Any] = []
    for item in items:
        if keep and not keep(item):
            continue
        length = item.ByteSize()
        if len(taken) == size or (used + length > BYTES and used):
            return taken, used, True
        taken.append(item)
        used += length
    return taken, used, False
