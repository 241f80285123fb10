# SPDX-License-Identifier: Apache-2.0
"""How a client connects, whether its calls block or are awaited: where to, how secured, and how calls are made again."""

from __future__ import annotations

import dataclasses
import json
import os
import pathlib
from collections.abc import Sequence
from typing import Any

import grpc
from oaktreemodel.credentials import Credentials, default_path, load
from oaktreemodel.v1.methods import METHODS

# A server that restarts is back within a second: three more tries, over two seconds.
RETRY = {
    'maxAttempts': 4,
    'initialBackoff': '0.1s',
    'maxBackoff': '20s',
    'backoffMultiplier': 4,
    # A server that has ended its grace cancels what is under way; a call that we cancel is not tried again.
    'retryableStatusCodes': ['UNAVAILABLE', 'CANCELLED'],
}

SETTINGS = {
    'grpc.initial_reconnect_backoff_ms': 100,  # or the retries would all find the channel still backing off
    'grpc.max_reconnect_backoff_ms': 5_000,
    # A call may wait minutes for a server: pings tell a slow answer from a dead connection.
    'grpc.keepalive_time_ms': 60_000,
    'grpc.keepalive_timeout_ms': 20_000,
    'grpc.http2.max_pings_without_data': 0,
}


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


@dataclasses.dataclass(frozen=True)
class Connection:
    """What a channel is made of."""

    target: str
    credentials: grpc.ChannelCredentials | None
    """None for plain text."""
    sign_in: Credentials | None
    options: Sequence[tuple[str, Any]]

    @property
    def secret(self) -> bool:
        """Whether nobody else hears what is said: tokens may be told."""
        return self.target.startswith('unix:') or self.credentials is not None

    def channel(self) -> grpc.Channel:
        if self.credentials is None:
            return grpc.insecure_channel(self.target, self.options)
        return grpc.secure_channel(self.target, self.credentials, self.options)


def settle(
    target: str | None,
    credentials: grpc.ChannelCredentials | None,
    options: Sequence[tuple[str, Any]],
    sign_in: Credentials | None,
) -> Connection:
    """Fills in what was not said, as `oaktreemodel.connect` tells it."""
    target = target or (sign_in.endpoint if sign_in else default_target())
    if sign_in is None and not target.startswith('unix:') and default_path().exists():
        known = load()
        sign_in = known if known.endpoint == target else None
    if sign_in and credentials is None:
        credentials = _secured(target, sign_in)
    settings: dict[str, Any] = {'grpc.service_config': service_config(), **SETTINGS}
    if credentials is None:
        settings['grpc.enable_http_proxy'] = 0  # plain text is local, whatever http_proxy says
    return Connection(target, credentials, sign_in, list({**settings, **dict(options)}.items()))


def _secured(target: str, sign_in: Credentials) -> grpc.ChannelCredentials:
    if target.startswith('unix:'):
        return grpc.local_channel_credentials(grpc.LocalConnectionType.UDS)
    return grpc.ssl_channel_credentials(sign_in.ca)
