# SPDX-License-Identifier: Apache-2.0
"""The client for asyncio: the same services, lists, watches and transfers, to be awaited.

async with oaktreemodel.aio.connect() as oaktree:
    async for server in oaktree.servers():
        print(server.name)
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import functools
import os
import types
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterator, Sequence
from typing import IO, Any, Generic, TypeAlias, TypeVar

import grpc
from grpc import aio
from oaktreemodel import transfers
from oaktreemodel import v1 as pb
from oaktreemodel.client import Client, Following, over
from oaktreemodel.connection import Connection, settle
from oaktreemodel.credentials import Credentials
from oaktreemodel.download import About
from oaktreemodel.errors import is_renewable, read
from oaktreemodel.interceptors import Server, Tries
from oaktreemodel.paging import async_pages as pages
from oaktreemodel.tokens import Tokens
from oaktreemodel.transfers import Download, Options, Progress
from oaktreemodel.v1.async_services import AsyncServices

__all__ = ['AsyncClient', 'AsyncDownload', 'connect', 'follow', 'pages']

Data: TypeAlias = 'transfers.Data | AsyncIterable[bytes]'
"""What can be uploaded: as without asyncio, or chunks to be iterated by `async for`."""

Result = TypeVar('Result')

TRANSFERS = 8
"""How many a client makes at once, which is what oaktree allows to one service of one region."""


def connect(
    target: str | None = None,
    credentials: grpc.ChannelCredentials | None = None,
    options: Sequence[tuple[str, Any]] = (),
    sign_in: Credentials | None = None,
) -> AsyncClient:
    """Returns a client of the oaktree at `target`, as `oaktreemodel.connect` does; call it where an event loop runs."""
    return AsyncClient(settle(target, credentials, options, sign_in))


async def follow(
    call: aio.StreamStreamMultiCallable[pb.WatchRequest, pb.WatchResponse], *subscriptions: pb.WatchSubscription
) -> AsyncIterator[pb.WatchResponse]:
    """Subscribes to all of these, as `oaktreemodel.follow` does. To stop, leave the loop, or cancel the task."""
    watch = Following(subscriptions)
    while watch.wanted:
        responses = call(iter(watch.requests()), wait_for_ready=watch.begun)
        try:
            async for response in responses:
                watch.take(response)
                yield response
        except grpc.RpcError as error:
            if (pause := watch.pause(error)) is None:
                raise
            await asyncio.sleep(pause)
        finally:
            responses.cancel()


class AsyncClient(AsyncServices):
    """A connection to an oaktree, with the stubs of its services, its lists, and what takes more than one message.

    Transfers, and the calls that give tokens, are made by threads, on a connection of their own that is made when it is needed.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        sign_in = connection.sign_in
        self._server = Server(Tokens(self._blocking_channel, sign_in.clouds) if sign_in else None)
        calls = _Calls(self._server)
        interceptors: list[Any] = [_UnaryUnary(calls), _UnaryStream(calls), _StreamUnary(calls), _StreamStream(calls)]
        if connection.credentials is None:
            self.channel = aio.insecure_channel(connection.target, connection.options, interceptors=interceptors)
        else:
            self.channel = aio.secure_channel(
                connection.target, connection.credentials, connection.options, interceptors=interceptors
            )
        super().__init__(self.channel)

    async def __aenter__(self) -> AsyncClient:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: types.TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Closes the connection; calls under way are cancelled."""
        await self.channel.close()
        if '_blocking_channel' in self.__dict__:
            await asyncio.to_thread(self._blocking_channel.close)
        if '_threads' in self.__dict__:
            self._threads.shutdown(wait=False)

    async def upload_image(
        self, data: Data, *, progress: Progress | None = None, stream: bool = False, timeout: float | None = None, **fields: Any
    ) -> pb.Image:
        """Makes an image of these bytes, as that of `oaktreemodel.Client` does. `progress` is called by the event loop."""
        options = _options(progress, stream, timeout)
        sent = _blocking_data(data)
        return await self._run(options, lambda: transfers.upload_image(self._blocking, sent, options, fields))

    async def upload_object(
        self, data: Data, *, progress: Progress | None = None, stream: bool = False, timeout: float | None = None, **fields: Any
    ) -> pb.Object:
        """Writes an object of these bytes, in place of any that has the name."""
        options = _options(progress, stream, timeout)
        sent = _blocking_data(data)
        return await self._run(options, lambda: transfers.upload_object(self._blocking, sent, options, fields))

    def download_image(
        self, name_or_id: str, *, progress: Progress | None = None, stream: bool = False, timeout: float | None = None,
        **fields: Any,
    ) -> AsyncDownload[pb.Image]:  # fmt: skip
        """Returns the data of an image, as that of `oaktreemodel.Client` does."""
        options = _options(progress, stream, timeout)
        request = pb.DownloadImageRequest(name_or_id=name_or_id, **fields)
        return AsyncDownload(self, options, lambda: transfers.download_image(self._blocking, request, options))

    def download_object(
        self, name_or_id: str, *, progress: Progress | None = None, stream: bool = False, timeout: float | None = None,
        **fields: Any,
    ) -> AsyncDownload[pb.Object]:  # fmt: skip
        """Returns the data of an object."""
        options = _options(progress, stream, timeout)
        request = pb.DownloadObjectRequest(name_or_id=name_or_id, **fields)
        return AsyncDownload(self, options, lambda: transfers.download_object(self._blocking, request, options))

    @functools.cached_property
    def _blocking_channel(self) -> grpc.Channel:
        return self._connection.channel()

    @functools.cached_property
    def _blocking(self) -> Client:
        return over(self._connection, self._blocking_channel, self._server)

    @functools.cached_property
    def _threads(self) -> concurrent.futures.ThreadPoolExecutor:
        return concurrent.futures.ThreadPoolExecutor(TRANSFERS, 'oaktree-transfer')

    async def _run(self, options: Options, do: Callable[[], Result]) -> Result:
        """Has a thread do it; where nobody waits for it any more, it ends with the next chunk."""
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, do)
        except asyncio.CancelledError:
            options.stop.set()
            raise


class AsyncDownload(Generic[About]):
    """The data of an image or an object: chunk by chunk, by `async for`, or into a file."""

    def __init__(self, client: AsyncClient, options: Options, begin: Callable[[], Download[About]]) -> None:
        self._client, self._options = client, options
        self._begin: Callable[[], Download[About]] = begin

    async def save(self, to: str | os.PathLike[str] | IO[bytes]) -> About:
        """Writes it to a file, which is there when it is whole, and otherwise stays as it was; or to one that is open."""
        return await self._client._run(self._options, lambda: self._begin().save(to))

    async def __aiter__(self) -> AsyncIterator[bytes]:
        download = await self._client._run(self._options, self._begin)
        try:
            while (chunk := await self._client._run(self._options, lambda: next(download, None))) is not None:
                yield chunk
        finally:
            self._options.stop.set()
            with contextlib.suppress(ValueError):  # a thread that is still in it ends by itself
                download.close()


def _options(progress: Progress | None, stream: bool, timeout: float | None) -> Options:
    if progress is None:
        return Options(None, stream, timeout)
    loop = asyncio.get_running_loop()
    return Options(lambda done, total: loop.call_soon_threadsafe(progress, done, total), stream, timeout)


def _blocking_data(data: Data) -> transfers.Data:
    if not isinstance(data, AsyncIterable):
        return data
    loop, source = asyncio.get_running_loop(), aiter(data)

    async def following() -> bytes | None:
        return await anext(source, None)

    def chunks() -> Iterator[bytes]:
        while (chunk := asyncio.run_coroutine_threadsafe(following(), loop).result()) is not None:
            yield chunk

    return chunks()


def _told(details: Any, shown: Sequence[tuple[str, Any]], **changed: Any) -> Any:
    return details._replace(metadata=aio.Metadata(*(details.metadata or ()), *shown), **changed)


class _Calls:
    """What every call goes through, as `oaktreemodel.interceptors.Calls` has it for those that block."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._lock = asyncio.Lock()
        self._ends: set[asyncio.Task[None]] = set()

    async def shown(self, details: Any) -> list[tuple[str, Any]]:
        tokens = self._server.shows(details.method)
        if tokens is None:
            return []
        # One asks for all; and who has an old one does not wait for it.
        if tokens.is_due() and (tokens.is_missing() or not self._lock.locked()):
            async with self._lock:
                return await asyncio.to_thread(tokens.metadata)
        return tokens.known()

    async def unary(self, continuation: Any, details: Any, request: Any) -> Any:
        tries = Tries(self._server, details, request)
        while True:
            shown = await self.shown(details)
            call = await continuation(_told(details, shown, **tries.told(shown)), request)
            try:
                code, trailer = await call.code(), await call.trailing_metadata()
            except asyncio.CancelledError:
                call.cancel()
                raise
            if (pause := tries.pause(code, trailer)) is None:
                return call
            await asyncio.sleep(pause)

    async def stream(self, continuation: Any, details: Any, request: Any) -> Any:
        shown = await self.shown(details)
        call = await continuation(_told(details, shown), request)

        def ended(_: Any) -> None:
            task = asyncio.ensure_future(self._ended(call, shown))
            self._ends.add(task)
            task.add_done_callback(self._ends.discard)

        call.add_done_callback(ended)
        return call

    async def _ended(self, call: Any, shown: list[tuple[str, Any]]) -> None:
        code, info = await call.code(), read(tuple(await call.trailing_metadata() or ()))
        if code is grpc.StatusCode.OK or info:
            self._server.met = True
        if self._server.tokens and is_renewable(code, info):
            self._server.tokens.drop(shown)


class _Interceptor:
    def __init__(self, calls: _Calls) -> None:
        self._calls = calls


# gRPC takes each for one kind of calls only.
class _UnaryUnary(_Interceptor, aio.UnaryUnaryClientInterceptor):
    async def intercept_unary_unary(self, continuation: Any, client_call_details: Any, request: Any) -> Any:
        return await self._calls.unary(continuation, client_call_details, request)


class _UnaryStream(_Interceptor, aio.UnaryStreamClientInterceptor):
    async def intercept_unary_stream(self, continuation: Any, client_call_details: Any, request: Any) -> Any:
        return await self._calls.stream(continuation, client_call_details, request)


class _StreamUnary(_Interceptor, aio.StreamUnaryClientInterceptor):
    async def intercept_stream_unary(self, continuation: Any, client_call_details: Any, request_iterator: Any) -> Any:
        return await self._calls.stream(continuation, client_call_details, request_iterator)


class _StreamStream(_Interceptor, aio.StreamStreamClientInterceptor):
    async def intercept_stream_stream(self, continuation: Any, client_call_details: Any, request_iterator: Any) -> Any:
        return await self._calls.stream(continuation, client_call_details, request_iterator)
