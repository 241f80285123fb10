# SPDX-License-Identifier: Apache-2.0
"""What surrounds every call: who is calling, how it ended, and what a client is told of an error."""

import asyncio
import logging
import re
import time
from collections.abc import Awaitable, Callable
from typing import Any

import grpc
from google.protobuf.message import DecodeError

from oaktree import context, errors

LOG = logging.getLogger('oaktree.calls')

REQUEST_ID_KEY = 'x-request-id'
DETAILS = 'grpc-status-details-bin'
NO_RETRY = ('grpc-retry-pushback-ms', '-1')
OURS = '/oaktree.'
MALFORMED = object()
REQUEST_ID = re.compile(r'[0-9A-Za-z._-]{1,64}$')


class CallInterceptor(grpc.aio.ServerInterceptor):
    """Gives each call its context, turns what it raises into a status by the one table, and logs its end."""

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[Any]],
        details: grpc.HandlerCallDetails,
    ) -> Any:
        handler = await continuation(details)
        if not details.method.startswith(OURS):
            # Health and reflection look after themselves.
            return handler
        rpc = details.method.rpartition('/')[2]
        if handler and handler.stream_stream:
            return _stream(rpc, handler)
        metadata = dict(details.invocation_metadata)
        behaviour = handler.unary_unary if handler else _unknown
        parse = handler.request_deserializer if handler else None

        async def serve(request: Any, grpc_context: grpc.aio.ServicerContext[Any, Any]) -> Any:
            call = context.begin(_call(rpc, metadata, request, grpc_context))
            return await _serve(_malformed if request is MALFORMED else behaviour, request, grpc_context, call)

        def deserialise(content: bytes) -> Any:
            try:
                return parse(content) if parse else content
            except DecodeError:
                return MALFORMED

        serialise = handler.response_serializer if handler else None
        return grpc.unary_unary_rpc_method_handler(serve, request_deserializer=deserialise, response_serializer=serialise)


def _stream(rpc: str, handler: Any) -> Any:
    """The same around a call of many requests and answers. One is cancelled, as any other, when its client goes away."""

    async def serve(_requests: Any, grpc_context: grpc.aio.ServicerContext[Any, Any]) -> None:
        call = context.begin(_call(rpc, dict(grpc_context.invocation_metadata() or ()), None, grpc_context))
        await _serve(handler.stream_stream, _Requests(grpc_context), grpc_context, call)

    def deserialise(content: bytes) -> Any:
        try:
            return handler.request_deserializer(content)
        except DecodeError:
            return MALFORMED

    return grpc.stream_stream_rpc_method_handler(serve, deserialise, handler.response_serializer)


class _Requests:
    """What a client sends. Thousands of these wait at a time, and are smaller than a generator."""

    __slots__ = ('_context',)

    def __init__(self, grpc_context: Any) -> None:
        self._context = grpc_context

    def __aiter__(self) -> '_Requests':
        return self

    async def __anext__(self) -> Any:
        request = await self._context.read()
        if request is MALFORMED:
            await _malformed(request, self._context)
        if request is grpc.aio.EOF:
            raise StopAsyncIteration
        return request


async def _unknown(_request: Any, _context: Any) -> Any:
    raise errors.Failure(errors.Code.UNIMPLEMENTED, 'UNKNOWN_RPC', 'This oaktree has no such RPC: it is older than its caller.')


async def _malformed(_request: Any, _context: Any) -> Any:
    raise errors.invalid('request', 'is not a message of the type that this RPC takes', 'MALFORMED_REQUEST')


def _call(rpc: str, metadata: dict[str, Any], request: Any, grpc_context: Any) -> context.Call:
    call = context.Call(rpc=rpc)
    named = metadata.get(REQUEST_ID_KEY)
    if isinstance(named, str) and REQUEST_ID.match(named):
        call.request_id = named
    remaining = grpc_context.time_remaining()
    if remaining is not None:
        call.deadline = time.monotonic() + remaining
    elif hasattr(request, 'wait'):
        # Who waits longer than our own bound, and names no deadline, means it.
        call.deadline += min(max(0, request.wait.seconds), context.MAX_WAIT)
    return call


async def _serve(behaviour: Any, request: Any, grpc_context: Any, call: context.Call) -> Any:
    started = time.monotonic()
    failure: errors.Failure | None = None
    mistake: Exception | None = None
    # What a user at three in the morning looks for in our log.
    named = ((REQUEST_ID_KEY, call.request_id),)
    grpc_context.set_trailing_metadata(named)
    try:
        return await behaviour(request, grpc_context)
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
            'caller': call.caller.name,
            'clouds': sorted(call.clouds),
            'milliseconds': round((time.monotonic() - started) * 1000, 1),
        }
    }
