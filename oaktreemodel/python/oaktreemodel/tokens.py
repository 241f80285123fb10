# SPDX-License-Identifier: Apache-2.0
"""Signing in: tokens are had when they are first needed, renewed before their end, and shown by every call."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Mapping
from typing import Any

import grpc
from oaktreemodel import v1 as pb
from oaktreemodel.credentials import Application

CREATE = '/oaktree.v1.TokenService/CreateToken'
"""The call that gives a token, and shows none."""

EARLY = 120.0
"""Seconds before its end at which a token is renewed, or a quarter of its life if that is less."""

PATIENCE = 10.0
"""Seconds that signing in to a cloud may take."""

PAUSE = 5.0
"""Seconds before it is tried again where the cloud was away."""

AWAY = frozenset({grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED})
"""How signing in fails that says nothing of the credential."""


class _Token:
    """What is known for one cloud."""

    def __init__(self) -> None:
        self.text = ''
        self.ends = self.due = 0.0
        """By the clock: when it is of no use any more, and when another is to be had."""
        self.failure: grpc.RpcError | None = None
        """Why there is none."""


class Tokens:
    """The tokens of one client, whichever thread calls."""

    def __init__(self, channel: grpc.Channel, applications: Mapping[str, Application]) -> None:
        """The channel is one that shows no tokens."""
        self._create = pb.TokenServiceStub(channel).CreateToken
        self._applications = dict(applications)
        self._tokens = {cloud: _Token() for cloud in applications}
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f'<Tokens for {", ".join(self._tokens)}>'

    def metadata(self) -> list[tuple[str, str]]:
        """Returns what a call shows: a token for each cloud, but for those that are away.

        Raises grpc.RpcError where a credential is refused, or no cloud at all can be signed in to.
        """
        if self.is_due() and self._lock.acquire(blocking=self.is_missing()):
            try:
                self._renew(self._due())
            finally:
                self._lock.release()
        return self.known()

    def is_due(self) -> bool:
        """Returns whether a token is to be had before the next call."""
        return bool(self._due())

    def is_missing(self) -> bool:
        """Returns whether a call has to wait for that: not while there is an old one, or the cloud is away."""
        return any(time.time() >= token.ends and not token.failure for token in self._due().values())

    def known(self) -> list[tuple[str, str]]:
        """Returns the same as `metadata`, of the tokens that there are."""
        shown = {cloud: token.text for cloud, token in self._tokens.items() if time.time() < token.ends}
        if not shown and (failure := next((token.failure for token in self._tokens.values() if token.failure), None)):
            raise failure
        found = [(f'oaktree-token-{cloud.lower()}', f'Bearer {text}') for cloud, text in shown.items()]
        if len(self._tokens) == 1:
            found += [('authorization', value) for _, value in found]
        return found

    def drop(self, shown: Iterable[tuple[str, Any]]) -> None:
        """Shows these no more."""
        refused = {value for _, value in shown}
        for token in self._tokens.values():
            if f'Bearer {token.text}' in refused:
                token.ends = token.due = 0.0

    def _due(self) -> dict[str, _Token]:
        now = time.time()
        return {cloud: token for cloud, token in self._tokens.items() if now >= token.due}

    def _renew(self, due: Mapping[str, _Token]) -> None:
        """Signs in to these, all at once."""
        calls = {
            cloud: self._create.future(
                pb.CreateTokenRequest(
                    location=pb.Location(cloud=cloud),
                    client_id=self._applications[cloud].client_id,
                    client_secret=self._applications[cloud].client_secret,
                ),
                timeout=PATIENCE,
            )
            for cloud in due
        }
        for cloud, call in calls.items():
            token = due[cloud]
            try:
                made = call.result()
            except grpc.RpcError as error:
                token.due, token.failure = time.time() + PAUSE, error
                if error.code() not in AWAY and time.time() >= token.ends:
                    raise
            else:
                token.failure = None
                now, ends = time.time(), made.expire_time.ToNanoseconds() / 1e9
                token.text, token.ends = made.access_token, ends
                token.due = ends - min(EARLY, (ends - now) / 4)
