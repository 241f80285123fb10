# SPDX-License-Identifier: Apache-2.0
"""A thin client: one channel, a stub per service, and lists that follow their pages."""

from __future__ import annotations

import copy
import hashlib
import json
import os
import pathlib
import time
import types
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import grpc
from oaktreemodel import v1 as pb
from oaktreemodel.credentials import Credentials, default_path, load
from oaktreemodel.tokens import Signing, Tokens, renewable
from oaktreemodel.v1.methods import METHODS
from oaktreemodel.v1.services import Services

# A server that restarts is back within a second: three more tries, over two seconds.
RETRY = {
    'maxAttempts': 4,
    'initialBackoff': '0.1s',
    'maxBackoff': '20s',
    'backoffMultiplier': 4,
    'retryableStatusCodes': ['UNAVAILABLE'],
}


CHUNK = 1 << 20
"""Bytes of a chunk that is read of a file."""

PAUSE = 1.0
"""Seconds before a watch that was cut off is begun again."""


def default_target() -> str:
    """Returns $OAKTREE_TARGET, or the endpoint of the credential file if there is one, or the socket of the user's own
    server if it has one, or else its port."""
    if target := os.environ.get('OAKTREE_TARGET'):
        return target
    if default_path().exists():
        return load().endpoint
    runtime = os.environ.get('XDG_RUNTIME_DIR')
    folder = pathlib.Path(runtime) if runtime else pathlib.Path.home() / '.local' / 'state'
    socket = folder / 'oaktree' / 'oaktree.sock'
    return f'unix:{socket}' if socket.exists() else '127.0.0.1:50051'


def service_config() -> str:
    """Returns gRPC's service config: reads are tried again, and only reads, whichever services there are."""
    reads = [{'service': f'oaktree.v1.{service}', 'method': method} for service, method, reads in METHODS if reads]
    return json.dumps(
        {
            'methodConfig': [{'name': reads, 'retryPolicy': RETRY}],
            'retryThrottling': {'maxTokens': 100, 'tokenRatio': 0.1},
        }
    )


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
    target = target or (sign_in.endpoint if sign_in else default_target())
    if sign_in is None and not target.startswith('unix:') and default_path().exists():
        known = load()
        sign_in = known if known.endpoint == target else None
    if sign_in and credentials is None:
        credentials = _secured(target, sign_in)
    settings: dict[str, Any] = {
        'grpc.service_config': service_config(),
        'grpc.initial_reconnect_backoff_ms': 100,  # or the retries would all find the channel still backing off
        # A call may wait minutes for a server: pings tell a slow answer from a dead connection.
        'grpc.keepalive_time_ms': 60_000,
        'grpc.keepalive_timeout_ms': 20_000,
        'grpc.http2.max_pings_without_data': 0,
    }
    if credentials is None:
        settings['grpc.enable_http_proxy'] = 0  # plain text is local, whatever http_proxy says
    channel_options = list({**settings, **dict(options)}.items())
    if credentials is None:
        return Client(grpc.insecure_channel(target, channel_options))
    channel = grpc.secure_channel(target, credentials, channel_options)
    if sign_in:
        channel = grpc.intercept_channel(channel, Signing(Tokens(channel, sign_in.clouds)))
    return Client(channel)


def _secured(target: str, sign_in: Credentials) -> grpc.ChannelCredentials:
    if target.startswith('unix:'):
        return grpc.local_channel_credentials(grpc.LocalConnectionType.UDS)
    return grpc.ssl_channel_credentials(sign_in.ca)


def follow(
    call: grpc.StreamStreamMultiCallable[pb.WatchRequest, pb.WatchResponse], *subscriptions: pb.WatchSubscription
) -> Iterator[pb.WatchResponse]:
    """Subscribes to all of these and yields what the server tells, until it has ended them all, or for ever.

    Goes on where it was when the connection has been lost, once the server can be reached again, or when a token has come to
    its end. Each subscription needs
    a watch_id of its own. To stop, leave the loop and close the generator, or the client.
    """
    wanted = {subscription.watch_id: copy.deepcopy(subscription) for subscription in subscriptions}
    begun = False
    while wanted:
        # A server that was never there is an error, as for every other call; one that was is waited for.
        responses = call(iter([pb.WatchRequest(subscribe=one) for one in wanted.values()]), wait_for_ready=begun)
        try:
            for response in responses:
                begun = True
                if response.resume_token:
                    wanted[response.watch_id].resume_token = response.resume_token
                if response.WhichOneof('event') == 'ended':
                    del wanted[response.watch_id]
                yield response
        except grpc.RpcError as error:
            if begun and renewable(error):
                # Where it was, with the next token.
                continue
            if not begun or error.code() is not grpc.StatusCode.UNAVAILABLE:
                raise
            time.sleep(PAUSE)
        finally:
            responses.cancel()


class Client(Services):
    """A connection to an oaktree, with the stubs of its services, its lists, and what takes more than one message.

    To watch, use `follow`.
    """

    def __init__(self, channel: grpc.Channel) -> None:
        super().__init__(channel)
        self.channel = channel

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: types.TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connection; calls under way are cancelled."""
        self.channel.close()

    def download_image(self, name_or_id: str, **fields: Any) -> Iterator[bytes]:
        """Yields the data of an image, in chunks.

        :raises ValueError: at the end, if these were not the bytes that the server has sent.
        """
        digest, told = hashlib.sha256(), ''
        for part in self.image.DownloadImage(pb.DownloadImageRequest(name_or_id=name_or_id, **fields)):
            digest.update(part.chunk)
            told = part.sha256
            if part.chunk:
                yield part.chunk
        if told != digest.hexdigest():
            raise ValueError(f'the data of image {name_or_id} has changed on its way')

    def upload_image(self, data: Iterable[bytes], **fields: Any) -> pb.Image:
        """Makes an image of these bytes: an open file, or chunks up to 4 MiB. The fields are those of the description."""

        def parts() -> Iterator[pb.UploadImageRequest]:
            digest = hashlib.sha256()
            yield pb.UploadImageRequest(description=pb.UploadImageDescription(**fields))
            for chunk in _chunks(data):
                digest.update(chunk)
                yield pb.UploadImageRequest(chunk=chunk)
            yield pb.UploadImageRequest(sha256=digest.hexdigest())

        return self.image.UploadImage(parts()).image


def _chunks(data: Any) -> Iterable[bytes]:
    """A file by its bytes, not by its lines."""
    return iter(lambda: data.read(CHUNK), b'') if hasattr(data, 'read') else data
