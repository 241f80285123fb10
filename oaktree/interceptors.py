# SPDX-License-Identifier: Apache-2.0
"""What surrounds every call: who is calling, how it ended, and what a client is told of an error."""

import asyncio
import logging
import re
import time
import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import grpc
from google.protobuf.message import DecodeError

from oaktree import auth, context, errors, metrics
from oaktree.answers import Answers

LOG = logging.getLogger('oaktree.calls')

REQUEST_ID_KEY = 'x-request-id'
DETAILS = 'grpc-status-details-bin'
NO_RETRY = ('grpc-retry-pushback-ms', '-1')
LATER = ('grpc-retry-pushback-ms', '1000')
"""For longer than we refuse calls before we close the connections: a call on one that is just being closed is cancelled."""
OURS = '/oaktree.'
TRANSFER = 86400.0
"""Seconds that a transfer may take whose client names no deadline."""
REQUEST_ID = re.compile(r'[0-9A-Za-z._-]{1,64}$')


async def _unknown(_request: Any, _context: Any) -> Any:
    raise errors.Failure(errors.Code.UNIMPLEMENTED, 'UNKNOWN_RPC', 'This oaktree has no such RPC: it is older than its caller.')


UNKNOWN = grpc.unary_unary_rpc_method_handler(_unknown, request_deserializer=bytes, response_serializer=bytes)


async def _refuse(_content: bytes, grpc_context: Any) -> bytes:
    failure = errors.Failure(errors.Code.UNAVAILABLE, 'OAKTREE_STOPS', 'This oaktree stops: ask again.')
    # Another one may be there by then, or this one back.
    details = (DETAILS, failure.status().SerializeToString())
    await grpc_context.abort(failure.code, failure.message, trailing_metadata=(details, LATER))
    return b''


STOPPING: Any = grpc.unary_unary_rpc_method_handler(_refuse)


class CallHandlers(grpc.GenericRpcHandler):
    """Gives each call its context, turns what it raises into a status by the one table, and counts and logs its end.

    Generated code registers servicers with it as it does with a server. It is no interceptor of gRPC's, which would cost each
    call a tenth of what gRPC itself costs. Requests and answers pass as bytes, so that one that is equal to another before
    need be neither parsed nor composed.
    """

    def __init__(self, answers: Answers, door: auth.Auth) -> None:
        self._answers, self._auth = answers, door
        self._handlers: dict[str, Any] = {}
        self._unknown = self._around('unknown', UNKNOWN)
        self._stopping = False
        self.refused = 0
        """Calls that came since we stop."""

    def add_registered_method_handlers(self, service: str, handlers: Mapping[str, Any]) -> None:
        """Serve these methods of a service."""
        for rpc, handler in handlers.items():
            self._handlers[f'/{service}/{rpc}'] = self._around(rpc, handler)

    def add_generic_rpc_handlers(self, _handlers: Sequence[grpc.GenericRpcHandler]) -> None:
        """Nothing: generated code gives the same twice."""

    def service(self, details: grpc.HandlerCallDetails) -> Any:
        """The handler of a method; None for one that is not of our services."""
        if not details.method.startswith(OURS):
            return None
        auth.look(details.invocation_metadata)
        if self._stopping:
            self.refused += 1
            return STOPPING
        return self._handlers.get(details.method, self._unknown)

    def stop(self) -> None:
        """Refuse new calls; gRPC itself would cancel them, which clients do not take for a reason to try again."""
        self._stopping = True

    def _around(self, rpc: str, handler: Any) -> Any:
        if handler.stream_stream:
            return grpc.stream_stream_rpc_method_handler(
                _Stream(rpc, handler, self._auth).serve, None, handler.response_serializer
            )
        if handler.unary_stream:
            return grpc.unary_stream_rpc_method_handler(
                _Download(rpc, handler, self._auth).serve, None, handler.response_serializer
            )
        if handler.stream_unary:
            return grpc.stream_unary_rpc_method_handler(
                _Upload(rpc, handler, self._auth).serve, None, handler.response_serializer
            )
        return grpc.unary_unary_rpc_method_handler(_Unary(rpc, handler, self._auth, self._answers).serve)


class _Unary:
    """One RPC with one request and one answer."""

    def __init__(self, rpc: str, handler: Any, door: auth.Auth, answers: Answers) -> None:
        self._rpc, self._handler, self._auth, self._answers = rpc, handler, door, answers
        self._seconds = metrics.TALLIES.remembered[rpc]

    async def serve(self, content: bytes, grpc_context: grpc.aio.ServicerContext[Any, Any]) -> bytes:
        started = time.perf_counter()
        if (caller := self._auth.known(grpc_context)) and (known := self._answers.get(caller, self._rpc, content)) is not None:
            # No name for the call, and no line in the log, which has what was done and what failed.
            self._seconds.observe(time.perf_counter() - started)
            return known
        call = context.begin(context.Call(rpc=self._rpc, request_id=_request_id(grpc_context)))
        answer: bytes = await _serve(lambda: self._answer(content, grpc_context, call), self._auth, grpc_context, call)
        return answer

    async def _answer(self, content: bytes, grpc_context: Any, call: context.Call) -> bytes:
        request = _parsed(self._handler.request_deserializer, content)
        call.deadline = _deadline(request, grpc_context)
        response = await self._handler.unary_unary(request, grpc_context)
        answer: bytes = self._handler.response_serializer(response)
        if call.sources and not getattr(response, 'unreachable', ()):
            max_age = request.max_age.ToNanoseconds() / 1e9 if request.HasField('max_age') else None
            as_of = response.as_of.ToNanoseconds() / 1e9
            self._answers.put(call.caller.key, self._rpc, content, answer, call.sources, max_age, as_of)
        return answer


class _Stream:
    """One RPC with many requests and answers. A call is cancelled, as any other, when its client goes away."""

    def __init__(self, rpc: str, handler: Any, door: auth.Auth) -> None:
        self._rpc, self._handler, self._auth = rpc, handler, door

    async def serve(self, _requests: Any, grpc_context: grpc.aio.ServicerContext[Any, Any]) -> None:
        call = context.begin(context.Call(rpc=self._rpc, request_id=_request_id(grpc_context)))
        call.deadline = _deadline(None, grpc_context)
        requests = _Requests(grpc_context, self._handler.request_deserializer)
        await _serve(lambda: self._handler.stream_stream(requests, grpc_context), self._auth, grpc_context, call, lasting=True)


class _Download:
    """One RPC with one request and many answers, which its coroutine writes to the context."""

    def __init__(self, rpc: str, handler: Any, door: auth.Auth) -> None:
        self._rpc, self._handler, self._auth = rpc, handler, door

    async def serve(self, content: bytes, grpc_context: grpc.aio.ServicerContext[Any, Any]) -> None:
        call = context.begin(context.Call(rpc=self._rpc, request_id=_request_id(grpc_context)))
        call.deadline = _deadline(None, grpc_context, TRANSFER)
        await _serve(lambda: self._answer(content, grpc_context), self._auth, grpc_context, call)

    async def _answer(self, content: bytes, grpc_context: Any) -> None:
        await self._handler.unary_stream(_parsed(self._handler.request_deserializer, content), grpc_context)


class _Upload:
    """One RPC with many requests, and one answer at their end."""

    def __init__(self, rpc: str, handler: Any, door: auth.Auth) -> None:
        self._rpc, self._handler, self._auth = rpc, handler, door

    async def serve(self, _requests: Any, grpc_context: grpc.aio.ServicerContext[Any, Any]) -> Any:
        call = context.begin(context.Call(rpc=self._rpc, request_id=_request_id(grpc_context)))
        call.deadline = _deadline(None, grpc_context, TRANSFER)
        requests = _Requests(grpc_context, self._handler.request_deserializer)
        return await _serve(lambda: self._handler.stream_unary(requests, grpc_context), self._auth, grpc_context, call)


class _Requests:
    """What a client sends. Thousands of these wait at a time, and are smaller than a generator."""

    __slots__ = ('_context', '_parse')

    def __init__(self, grpc_context: Any, parse: Any) -> None:
        self._context, self._parse = grpc_context, parse

    def __aiter__(self) -> '_Requests':
        return self

    async def __anext__(self) -> Any:
        content = await self._context.read()
        if content is grpc.aio.EOF:
            raise StopAsyncIteration
        return _parsed(self._parse, content)


def _parsed(parse: Any, content: bytes) -> Any:
    try:
        return parse(content)
    except DecodeError:
        raise errors.invalid('request', 'is not a message of the type that this RPC takes', 'MALFORMED_REQUEST') from None


def _request_id(grpc_context: Any) -> str:
    """What the client calls its call, or a new name."""
    for key, value in grpc_context.invocation_metadata() or ():
        if key == REQUEST_ID_KEY and isinstance(value, str) and REQUEST_ID.match(value):
            return value
    return str(uuid.uuid4())


def _deadline(request: Any, grpc_context: Any, otherwise: float = context.DEFAULT_TIMEOUT) -> float:
    remaining = grpc_context.time_remaining()
    if remaining is not None:
        return time.monotonic() + float(remaining)
    # Who waits longer than our own bound, and names no deadline, means it.
    patience = min(max(0, request.wait.seconds), context.MAX_WAIT) if hasattr(request, 'wait') else 0
    return time.monotonic() + otherwise + patience


async def _serve(
    work: Callable[[], Awaitable[Any]], door: auth.Auth, grpc_context: Any, call: context.Call, lasting: bool = False
) -> Any:
    """Do a call's work if its caller may have it done, and see to its end.

    :param lasting: whether it goes on for ever.
    """
    started = time.monotonic()
    failure: errors.Failure | None = None
    mistake: Exception | None = None
    # What a user at three in the morning looks for in our log.
    named = ((REQUEST_ID_KEY, call.request_id),)
    grpc_context.set_trailing_metadata(named)
    try:
        call.caller = door.admit(call.rpc, grpc_context)
        with call.caller.guard(lasting):
            return await work()
    except asyncio.CancelledError:
        failure = errors.Failure(errors.Code.CANCELLED, 'CANCELLED', 'The client has gone.')
        raise
    except Exception as error:
        failure = errors.known(error)
        if failure is None:
            mistake = error
            failure = errors.internal()
        await grpc_context.abort(failure.code, failure.message, trailing_metadata=named + _trailing(failure))
    finally:
        code = failure.code if failure else errors.Code.OK
        metrics.CALLS.labels(call.rpc, code.name).inc()
        metrics.TALLIES.calls[call.rpc].observe(time.monotonic() - started)
        message = f'{call.rpc} {code.name}' + (f' {failure.reason}: {errors.unquoted(failure.message)}' if failure else '')
        LOG.log(failure.level if failure else logging.INFO, message, extra=_facts(call, started, code), exc_info=mistake)


def _trailing(failure: errors.Failure) -> tuple[tuple[str, str | bytes], ...]:
    """The details; and where a cloud is away, that clients need not ask again at once as they do when we are."""
    details = (DETAILS, failure.status().SerializeToString())
    return (details, NO_RETRY) if failure.code is errors.Code.UNAVAILABLE else (details,)


def _facts(call: context.Call, started: float, code: grpc.StatusCode) -> dict[str, Any]:
    return {
        'facts': {
            'request_id': call.request_id,
            'rpc': call.rpc,
            'code': code.name,
            'caller': call.caller.facts(call.clouds),
            'clouds': sorted(call.clouds),
            'milliseconds': round((time.monotonic() - started) * 1000, 1),
        }
    }
