# SPDX-License-Identifier: Apache-2.0
"""Who is calling, as a cloud knows them."""

import math
import time
from collections.abc import Collection, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any, Protocol


class Visa:
    """What Keystone has told of an identity, and the tokens that show it.

    It is as old as its newest token. Tokens are here for requests that nobody's call makes, such as a poll's: a caller's own
    request has the caller's own token.
    """

    MOST = 4
    """Tokens that are held: the ones that last longest."""

    def __init__(self) -> None:
        self.document: Mapping[str, Any] = {}
        """The ``token`` of ``GET /v3/auth/tokens``, with the catalog."""
        self._tokens: dict[bytes, tuple[str, float]] = {}

    def admit(self, digest: bytes, token: str, ends: float, document: Mapping[str, Any]) -> None:
        """Hold one that Keystone has vouched for."""
        self.document = document
        self._tokens[digest] = token, ends
        while len(self._tokens) > self.MOST:
            self.drop(min(self._tokens, key=lambda one: self._tokens[one][1]))

    def drop(self, digest: bytes) -> None:
        """Use this one no more."""
        self._tokens.pop(digest, None)

    def best(self) -> tuple[str, float]:
        """The token that lasts longest, and its end in seconds since the epoch; an empty one where none is left."""
        now = time.time()
        self._tokens = {digest: held for digest, held in self._tokens.items() if held[1] > now}
        return max(self._tokens.values(), key=lambda held: held[1], default=('', 0.0))


@dataclass(frozen=True)
class Caller:
    """An identity that answers may be kept for. Two callers are the same only if their cloud would treat them alike."""

    name: str
    """Tells it from any other identity on any cloud, in whatever process."""
    user_id: str = field(default='', compare=False)
    user_name: str = field(default='', compare=False)
    user_domain_id: str = field(default='', compare=False)
    user_domain_name: str = field(default='', compare=False)
    project: Mapping[str, str] = field(default_factory=dict, compare=False)
    """Its id, name, domain_id and domain_name."""
    roles: tuple[str, ...] = field(default=(), compare=False)
    application_credential_id: str = field(default='', compare=False)
    visa: Visa | None = field(default=None, compare=False, repr=False)
    """None for the owner, who has the server's own credentials."""
    refusal: Any = field(default=None, compare=False)
    """Why a place can't be read by one who has no identity there; where others can be read."""


class Credentials(Protocol):
    """What a call shows."""

    @property
    def key(self) -> str:
        """What answers are remembered by."""

    async def at(self, cloud: str, named: bool) -> Caller:
        """Who this is for a cloud.

        :param named: whether the call is about no other cloud.
        :raises errors.Failure: where it is nobody; but where the call is about other clouds, too, one with a ``refusal``.
        """

    def named(self, clouds: Collection[str]) -> str:
        """Tells callers apart who have been to these clouds, or some of them, in this call."""

    def token(self, cloud: str) -> str:
        """The call's own token for a cloud that it has been to; empty where requests go with the best that is known."""

    def ends(self, clouds: Collection[str]) -> float:
        """When the first of its tokens for these clouds ends, in seconds since the epoch."""

    def facts(self, clouds: Collection[str]) -> Any:
        """Who this is, for the log; no secret."""

    def guard(self, lasting: bool) -> AbstractContextManager[Any]:
        """Have the running call end when it may go on no longer.

        :param lasting: whether it would go on for ever.
        """


class Owner(Caller):
    """The user who started the server: a call has the rights of its ``clouds.yaml``, and shows nothing."""

    @property
    def key(self) -> str:
        return self.name

    async def at(self, cloud: str, named: bool) -> Caller:
        return self

    def named(self, clouds: Collection[str]) -> str:
        return self.name

    def token(self, cloud: str) -> str:
        return ''

    def ends(self, clouds: Collection[str]) -> float:
        return math.inf

    def facts(self, clouds: Collection[str]) -> Any:
        return self.name

    def guard(self, lasting: bool) -> AbstractContextManager[Any]:
        return nullcontext()


OWNER = Owner('owner')
"""Who calls where the server is its owner's alone, and listens on loopback and on its owner's socket only."""


class Nobody(Owner):
    """Who calls in work that no call has begun. There is no place for them: it goes on with places that were given it."""

    async def at(self, cloud: str, named: bool) -> Caller:
        raise RuntimeError('nobody calls')


NOBODY = Nobody('-')
