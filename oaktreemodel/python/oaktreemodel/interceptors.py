# SPDX-License-Identifier: Apache-2.0
"""What every call goes through: it shows a token, and is made again where a server has refused it without doing anything.

Other retries are by the service config.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

import grpc
from oaktreemodel.errors import error_info, is_renewable, read, renewable
from oaktreemodel.tokens import CREATE, Tokens

USUAL = 65.0
"""Seconds: what the server gives a call without a deadline, beside its wait; and some for the way."""

PAUSE = 1.0
"""Seconds that a server that stops is left alone: the calls of its last moment are cancelled, not refused."""


class Server:
    """What all calls of a client know of their server."""

    def __init__(self, tokens: Tokens | None) -> None:
        self.tokens = tokens
        """None where no call shows one."""
        self.met = False
        """Whether it was there: then one that restarts is waited for."""

    def shows(self, method: Any) -> Tokens | None:
        """Where the tokens are that a call shows; None where it shows none."""
        return None if method in (CREATE, CREATE.encode()) else self.tokens


class Tries:
    """All tries of one call, which have one deadline."""

    def __init__(self, server: Server, details: Any, request: Any) -> None:
        self.server, self.method = server, details.method
        wait = request.wait.ToNanoseconds() / 1e9 if hasattr(request, 'wait') else 0.0
        self._end = time.monotonic() + (USUAL + wait if details.timeout is None else details.timeout)
        self._ready = details.wait_for_ready
        self._shown: list[tuple[str, Any]] = []
        self._renewed = False

    def told(self, shown: list[tuple[str, Any]]) -> dict[str, Any]:
        """What the next try is told, that shows these."""
        self._shown = shown
        # A server that was never there is an error; one that was is waited for, as long as the deadline allows.
        ready = (self.server.met or None) if self._ready is None else self._ready
        return {'timeout': max(0.0, self._end - time.monotonic()), 'wait_for_ready': ready}

    def pause(self, code: grpc.StatusCode | None, trailer: Iterable[tuple[str, Any]] | None) -> float | None:
        """Returns in how many seconds the call is to be made again; None where it has come to its end."""
        info = read(trailer or ())
        if code is grpc.StatusCode.OK or info:
            self.server.met = True
        if self.server.tokens and not self._renewed and is_renewable(code, info):
            self.server.tokens.drop(self._shown)
            self._renewed = True
            return 0.0
        if info and info.reason == 'OAKTREE_STOPS' and time.monotonic() + PAUSE < self._end:
            return PAUSE
        return None


class _Told(grpc.ClientCallDetails):
    """What a call is told to do, and what it shows beside."""

    def __init__(self, details: Any, shown: Iterable[tuple[str, Any]], **changed: Any) -> None:
        self.method, self.timeout, self.credentials = details.method, details.timeout, details.credentials
        self.wait_for_ready, self.compression = details.wait_for_ready, details.compression
        self.metadata = (*(details.metadata or ()), *shown)
        self.__dict__.update(changed)


class Calls(
    grpc.UnaryUnaryClientInterceptor, grpc.UnaryStreamClientInterceptor, grpc.StreamUnaryClientInterceptor,
    grpc.StreamStreamClientInterceptor,
):  # fmt: skip
    """For calls that block.

    A stream is not begun anew: what was sent on it is gone, and who reads it goes on where it was (see `follow`).
    """

    def __init__(self, server: Server) -> None:
        self._server = server

    def intercept_unary_unary(self, continuation: Any, details: Any, request: Any) -> Any:
        tries = Tries(self._server, details, request)

        def begin() -> Any:
            shown = self._shown(details)
            return continuation(_Told(details, shown, **tries.told(shown)), request)

        def settled(call: Any) -> Any:
            while (pause := tries.pause(call.code(), call.trailing_metadata())) is not None:
                time.sleep(pause)
                call = begin()
            return call

        call = begin()
        return settled(call) if call.done() else _Later(call, settled)

    def intercept_unary_stream(self, continuation: Any, details: Any, request: Any) -> Any:
        shown = self._shown(details)
        call = continuation(_Told(details, shown), request)
        call.add_done_callback(lambda call: self._ended(call, shown))
        return call

    def intercept_stream_unary(self, continuation: Any, details: Any, request: Any) -> Any:
        return self.intercept_unary_stream(continuation, details, request)

    def intercept_stream_stream(self, continuation: Any, details: Any, request: Any) -> Any:
        return self.intercept_unary_stream(continuation, details, request)

    def _shown(self, details: Any) -> list[tuple[str, Any]]:
        tokens = self._server.shows(details.method)
        return tokens.metadata() if tokens else []

    def _ended(self, call: Any, shown: list[tuple[str, Any]]) -> None:
        if call.code() is grpc.StatusCode.OK or error_info(call):
            self._server.met = True
        if self._server.tokens and renewable(call):
            self._server.tokens.drop(shown)


class _Later:
    """A call that is under way; what it is asked for waits for its end, and for that of what was made in its place."""

    def __init__(self, call: Any, settled: Callable[[Any], Any]) -> None:
        self._call = call
        self._again: Callable[[Any], Any] | None = settled
        self._lock = threading.Lock()

    def _settled(self) -> Any:
        with self._lock:
            if self._again:
                self._call, self._again = self._again(self._call), None
            return self._call

    def result(self, timeout: float | None = None) -> Any:
        self._call.exception(timeout)
        return self._settled().result(timeout)

    def add_done_callback(self, tell: Callable[[Any], None]) -> None:
        def settle() -> None:
            with contextlib.suppress(Exception):  # who asks for the result is told
                self._settled()
            tell(self)

        # Not in gRPC's own thread, which another try would wait for.
        self._call.add_done_callback(lambda _: threading.Thread(target=settle, daemon=True).start())

    def cancel(self) -> Any:
        return self._call.cancel()

    def done(self) -> Any:
        return self._call.done()

    def running(self) -> Any:
        return self._call.running()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._settled(), name)
