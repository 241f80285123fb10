# SPDX-License-Identifier: Apache-2.0
"""Signing in: tokens are had when they are first needed, renewed before their end, and shown by every call."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import grpc
from oaktreemodel import v1 as pb
from oaktreemodel.credentials import Application
from oaktreemodel.errors import error_info

RENEWABLE = frozenset({'TOKEN_EXPIRED', 'TOKEN_REFUSED'})
"""Reasons for which a new token helps."""

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
        due = self._due()
        # While there is an old one, or the cloud is away, others do not wait for who has the new one.
        if due and self._lock.acquire(blocking=any(time.time() >= token.ends and not token.failure for token in due.values())):
            try:
                self._renew(self._due())
            finally:
                self._lock.release()
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
                if error.code() not in AWAY and time.time() >= token.ends:  # type: ignore[attr-defined]
                    raise
            else:
                token.failure = None
                now, ends = time.time(), made.expire_time.ToNanoseconds() / 1e9
                token.text, token.ends = made.access_token, ends
                token.due = ends - min(EARLY, (ends - now) / 4)


class _Signed(grpc.ClientCallDetails):
    """What a call is told to do, and what it shows beside."""

    def __init__(self, details: grpc.ClientCallDetails, shown: Sequence[tuple[str, Any]]) -> None:
        self.method, self.timeout, self.credentials = details.method, details.timeout, details.credentials
        self.wait_for_ready, self.compression = details.wait_for_ready, details.compression
        self.metadata = (*(details.metadata or ()), *shown)


class Signing(
    grpc.UnaryUnaryClientInterceptor, grpc.UnaryStreamClientInterceptor, grpc.StreamUnaryClientInterceptor,
    grpc.StreamStreamClientInterceptor,
):  # fmt: skip
    """Has every call show tokens; one that is refused for an old one is made once more with another.

    Not a stream: what was sent on it is gone, and who reads it goes on where it was (see `follow`).
    """

    def __init__(self, tokens: Tokens) -> None:
        self._tokens = tokens

    def intercept_unary_unary(self, continuation: Any, details: Any, request: Any) -> Any:
        first = _Signed(details, self._tokens.metadata())

        def again(call: Any) -> Any:
            if renewable(call):
                self._tokens.drop(first.metadata)
                return continuation(_Signed(details, self._tokens.metadata()), request)
            return call

        call = continuation(first, request)
        return again(call) if call.done() else _Later(call, again)

    def _stream(self, continuation: Any, details: Any, request: Any) -> Any:
        signed = _Signed(details, self._tokens.metadata())
        call = continuation(signed, request)
        call.add_done_callback(lambda call: self._tokens.drop(signed.metadata) if renewable(call) else None)
        return call

    intercept_unary_stream = intercept_stream_unary = intercept_stream_stream = _stream


class _Later:
    """A call that is under way; what it is asked for waits for its end, and for that of the second, if there is one."""

    def __init__(self, call: Any, again: Callable[[Any], Any]) -> None:
        self._call, self._again = call, again
        self._lock = threading.Lock()

    def _settled(self) -> Any:
        with self._lock:
            if self._again:
                self._call.code()
                self._call, self._again = self._again(self._call), None  # type: ignore[assignment]
            return self._call

    def result(self, timeout: float | None = None) -> Any:
        self._call.exception(timeout)
        return self._settled().result(timeout)

    def add_done_callback(self, tell: Callable[[Any], None]) -> None:
        self._call.add_done_callback(lambda _: tell(self))

    def cancel(self) -> Any:
        return self._call.cancel()

    def done(self) -> Any:
        return self._call.done()

    def running(self) -> Any:
        return self._call.running()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._settled(), name)


def renewable(error: Any) -> bool:
    """Returns whether a call has failed for its token, and another may do."""
    if error.code() is not grpc.StatusCode.UNAUTHENTICATED:
        return False
    info = error_info(error)
    return info is not None and info.reason in RENEWABLE
