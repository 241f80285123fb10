# SPDX-License-Identifier: Apache-2.0
"""A thin client: one channel, a stub per service, and lists that follow their pages."""

from __future__ import annotations

import copy
import time
import types
from collections.abc import Iterator, Sequence
from typing import Any

import grpc
from oaktreemodel import transfers
from oaktreemodel import v1 as pb
from oaktreemodel.connection import Connection, settle
from oaktreemodel.connection import default_target as default_target
from oaktreemodel.credentials import Credentials
from oaktreemodel.errors import lost, renewable
from oaktreemodel.interceptors import Calls, Server
from oaktreemodel.tokens import Tokens
from oaktreemodel.transfers import Data, Download, Progress
from oaktreemodel.v1.services import Services

PAUSE = 1.0
"""Seconds before a watch that was cut off is begun again."""


def connect(
    target: str | None = None,
    credentials: grpc.ChannelCredentials | None = None,
    options: Sequence[tuple[str, Any]] = (),
    sign_in: Credentials | None = None,
) -> Client:
    """Returns a client of the oaktree at `target`; no connection is made before the first call.

    With `sign_in` calls show tokens of these application credentials, which are had when they are first needed, and renewed
    by themselves. The credential file is taken for it where the target is the file's endpoint, which it is where neither
    you nor $OAKTREE_TARGET say otherwise. See `oaktreemodel.credentials`.

    Without `credentials` the channel is in plain text, which oaktree offers on a unix socket and on loopback only, or,
    with `sign_in`, by TLS, unless it is a unix socket.
    `options` are gRPC's channel options, and win over the ones set here.
    """
    connection = settle(target, credentials, options, sign_in)
    channel = connection.channel()
    return over(connection, channel, Server(Tokens(channel, connection.sign_in.clouds) if connection.sign_in else None))


def over(connection: Connection, channel: grpc.Channel, server: Server) -> Client:
    """Returns a client over a channel whose calls show no tokens yet."""
    return Client(grpc.intercept_channel(channel, Calls(server)), secret=connection.secret)


def follow(
    call: grpc.StreamStreamMultiCallable[pb.WatchRequest, pb.WatchResponse], *subscriptions: pb.WatchSubscription
) -> Iterator[pb.WatchResponse]:
    """Subscribes to all of these and yields what the server tells, until it has ended them all, or for ever.

    Goes on where it was when the connection has been lost, once the server can be reached again, or when a token has come to
    its end. Each subscription needs a watch_id of its own. To stop, leave the loop and close the generator, or the client.
    """
    watch = Following(subscriptions)
    while watch.wanted:
        responses = call(iter(watch.requests()), wait_for_ready=watch.begun)
        try:
            for response in responses:
                watch.take(response)
                yield response
        except grpc.RpcError as error:
            if (pause := watch.pause(error)) is None:
                raise
            time.sleep(pause)
        finally:
            responses.cancel()


class Following:
    """A watch that outlives its streams."""

    def __init__(self, subscriptions: Sequence[pb.WatchSubscription]) -> None:
        self.wanted = {subscription.watch_id: copy.deepcopy(subscription) for subscription in subscriptions}
        """With how far each has come."""
        self.begun = False
        """A server that was never there is an error, as for every other call; one that was is waited for."""

    def requests(self) -> list[pb.WatchRequest]:
        return [pb.WatchRequest(subscribe=one) for one in self.wanted.values()]

    def take(self, response: pb.WatchResponse) -> None:
        """Notes how far it has come."""
        self.begun = True
        if response.resume_token:
            self.wanted[response.watch_id].resume_token = response.resume_token
        if response.WhichOneof('event') == 'ended':
            del self.wanted[response.watch_id]

    def pause(self, error: Any) -> float | None:
        """Returns in how many seconds it goes on where it was; None where the error is one that does not pass."""
        if self.begun and renewable(error):
            return 0.0  # with the next token
        return PAUSE if self.begun and lost(error) else None


class Client(Services):
    """A connection to an oaktree, with the stubs of its services, its lists, and what takes more than one message.

    To watch, use `follow`.
    """

    def __init__(self, channel: grpc.Channel, secret: bool = False) -> None:
        """`secret` is whether nobody else hears what is said: then transfers may go to the clouds themselves."""
        super().__init__(channel)
        self.channel, self.secret = channel, secret

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: types.TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connection; calls under way are cancelled."""
        self.channel.close()

    def upload_image(
        self, data: Data, *, progress: Progress | None = None, stream: bool = False, timeout: float | None = None, **fields: Any
    ) -> pb.Image:
        """Makes an image of these bytes: the path of a file, an open one, or chunks. The fields are those of the description.

        They go to the cloud itself where it can be reached from here, else, or if you say `stream`, through oaktree.
        `progress` is called with the bytes that are done, and all there are, or None where that is not known. After an error
        there is no such image, or the error says what is left: a TransferError by its text, a grpc.RpcError by a note.
        """
        return transfers.upload_image(self, data, transfers.Options(progress, stream, timeout), fields)

    def upload_object(
        self, data: Data, *, progress: Progress | None = None, stream: bool = False, timeout: float | None = None, **fields: Any
    ) -> pb.Object:
        """Writes an object of these bytes, in place of any that has the name, as `upload_image` does with images."""
        return transfers.upload_object(self, data, transfers.Options(progress, stream, timeout), fields)

    def download_image(
        self, name_or_id: str, *, progress: Progress | None = None, stream: bool = False, timeout: float | None = None,
        **fields: Any,
    ) -> Download[pb.Image]:  # fmt: skip
        """Returns the data of an image: an iterator of chunks, which can save them to a file, too.

        They come from the cloud itself where that can be reached from here, else, or if you say `stream`, through oaktree.
        Where the way breaks off, it goes on where it was. What came is held against the hashes that are known; the iterator
        ends in a ChecksumError where they differ.
        """
        request = pb.DownloadImageRequest(name_or_id=name_or_id, **fields)
        return transfers.download_image(self, request, transfers.Options(progress, stream, timeout))

    def download_object(
        self, name_or_id: str, *, progress: Progress | None = None, stream: bool = False, timeout: float | None = None,
        **fields: Any,
    ) -> Download[pb.Object]:  # fmt: skip
        """Returns the data of an object, as `download_image` does of images."""
        request = pb.DownloadObjectRequest(name_or_id=name_or_id, **fields)
        return transfers.download_object(self, request, transfers.Options(progress, stream, timeout))
