# SPDX-License-Identifier: Apache-2.0
"""The whole wiring, top to bottom."""

import asyncio
import logging
import os
import pathlib
import socket
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from oaktree import metrics
from oaktree.answers import Answers
from oaktree.auth import Auth, OwnerAuth, TokenAuth
from oaktree.backends.batching import BatchingBackend
from oaktree.backends.caching import CachingBackend
from oaktree.backends.cloud import CloudBackend
from oaktree.backends.sharing import SharingBackend
from oaktree.backends.watching import WatchingBackend
from oaktree.background import Background
from oaktree.certificates import Certified, Pair
from oaktree.clouds import Clouds
from oaktree.health import Health
from oaktree.interceptors import CallHandlers
from oaktree.paging import Pages
from oaktree.peers import Peers
from oaktree.promises import Promises
from oaktree.repeats import LIFETIME, Repeats
from oaktree.services import SERVICES
from oaktree.settings import Settings, SettingsError
from oaktree.tokens import Tokens

if TYPE_CHECKING:
    from oaktree.store import SharedStore

LOG = logging.getLogger(__name__)

STOPPING_SECONDS, STOPPING_TURNS = 0.2, 4
"""Seconds in which callers, and those who watch our health, are told that we stop; and how often so long, while more come:
in all less than the second after which who was refused comes again."""

PENDING = 100_000
"""Calls that may wait to be looked at."""

OPTIONS = (
    ('grpc.max_concurrent_streams', 1000),
    # By default gRPC cancels calls at random when more than 1,000 wait to be looked at, and those that have waited for 30 s,
    # which no client takes for a reason to try again. Ours wait: each ends by its own deadline.
    ('grpc.server.max_pending_requests', PENDING),
    ('grpc.server.max_pending_requests_hard_limit', PENDING),
    ('grpc.server_max_unrequested_time_in_server', 3600),
    ('grpc.max_send_message_length', 16 * 1024 * 1024),
    # Twenty tokens, each of which may have 255 bytes or more.
    ('grpc.max_metadata_size', 16 * 1024),
    ('grpc.absolute_max_metadata_size', 32 * 1024),
    ('grpc.keepalive_time_ms', 60_000),
    ('grpc.keepalive_timeout_ms', 20_000),
    ('grpc.keepalive_permit_without_calls', 1),
    ('grpc.http2.min_recv_ping_interval_without_data_ms', 30_000),  # Go clients ping more often than the default allows
)


class Server:
    """A running oaktree."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._clouds = Clouds(settings)
        self._peers = Peers()
        self._pairs: list[Pair] = []
        self._background = Background()
        self._metrics: Callable[[], Awaitable[None]] | None = None
        self._health = Health()
        self._store = _store(settings.store)
        # Of the room for answers, what was read gets most, and what was made of it for equal requests the rest.
        reading = BatchingBackend(SharingBackend(CloudBackend(self._clouds)))
        caching = CachingBackend(reading, settings.cache_bytes * 3 // 4, self._store)
        answers = Answers(caching.current, caching.version, settings.cache_bytes // 4)
        auth = self._auth()
        self.backend = backend = WatchingBackend(caching)
        promises = Promises(self._store, settings.page_key, LIFETIME) if self._store else None
        pages, repeats = Pages(settings.page_key), Repeats(self._background, promises)
        options = (*OPTIONS, ('grpc.so_reuseport', int(settings.shares_ports)))
        self._handlers = handlers = CallHandlers(answers, auth)
        self._servicers = [servicer(backend, pages, repeats, self._background) for _, servicer, _ in SERVICES]
        for servicer, (_, _, add) in zip(self._servicers, SERVICES, strict=True):
            add(servicer, handlers)
        self._grpc = grpc.aio.server(handlers=[handlers], options=options)
        for name, text, read in (
            ('cache_bytes', 'Memory that what was read takes, as estimated.', lambda: caching.used),
            ('remembered_bytes', 'Memory that remembered answers take.', lambda: answers.used),
            ('reads_under_way', 'Reads that others can join.', lambda: caching.reading),
            ('polls', 'Collections that are looked at again and again.', lambda: backend.polls),
            ('waiters', 'Calls that wait for something of a collection.', lambda: backend.waiters),
            ('watchers', 'Subscriptions of watches, times their places.', lambda: backend.watchers),
            ('background_tasks', 'Work that outlives its call.', lambda: self._background.running),
        ):
            metrics.gauge(f'oaktree_{name}', text, read)
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._grpc)
        self._names = [service.full_name for service, _, _ in SERVICES]
        if settings.reflection:
            reflection.enable_server_reflection([*self._names, health.SERVICE_NAME, reflection.SERVICE_NAME], self._grpc)

    def _auth(self) -> Auth:
        """The owner alone, or whoever shows a token."""
        settings, clouds, store = self._settings, self._clouds, self._store
        if not settings.shared:
            return OwnerAuth(self._peers)
        tokens = Tokens(settings.page_key, clouds.validate, clouds.revoke, settings.revalidate)
        clouds.on_refused = tokens.recheck
        if store:
            # Others learn of it before the caller is told.
            tokens.announce, store.on_revoke = store.revoke, tokens.revoked
        return TokenAuth(tokens, clouds.names, Certified(settings.client_names) if settings.service_listen else None)

    async def start(self) -> list[str]:
        """Listen, and say that all services serve. No cloud is contacted. Returns the addresses, with chosen ports.

        :raises SettingsError: where an address can't be listened on.
        """
        addresses = self._bind()
        if self._settings.metrics:
            self._metrics = await metrics.serve(self._settings.metrics)
        if self._store:
            self._store.start()
        await self._grpc.start()
        for name in ('', *self._names):
            await self._health.set(name, health_pb2.HealthCheckResponse.SERVING)
        self._clouds.warm()
        return addresses

    async def stop(self) -> None:
        """Refuse new calls, let those in progress end, and then what goes on behind them."""
        grace = self._settings.grace
        await self._health.enter_graceful_shutdown()
        end = asyncio.get_running_loop().time() + grace
        handlers = self._handlers
        handlers.stop()
        # Those who watch our health are told by then, and those who call are refused: gRPC's own stop cancels new calls.
        for _ in range(STOPPING_TURNS):
            refused = handlers.refused
            await asyncio.sleep(STOPPING_SECONDS)
            if handlers.refused == refused or asyncio.get_running_loop().time() >= end:
                break
        self._health.end_watches()
        for servicer in self._servicers:
            servicer.stop()
        await self._grpc.stop(max(0.1, end - asyncio.get_running_loop().time()))
        await self._background.drain(max(0.1, end - asyncio.get_running_loop().time()))
        if self._store:
            await self._store.stop()
        if self._metrics:
            await self._metrics()
        self._clouds.close()

    def _bind(self) -> list[str]:
        settings = self._settings
        addresses = [self._listen(address) for address in settings.listen]
        addresses += [self._listen(address, settings.client_ca) for address in settings.service_listen]
        if pairs := self._pairs:
            text = 'When the first of the certificates in use ends, in seconds since the epoch.'
            metrics.gauge('oaktree_certificate_end_seconds', text, lambda: min(pair.ends for pair in pairs))
        return addresses

    def _listen(self, address: str, client_ca: pathlib.Path | None = None) -> str:
        credentials: grpc.ServerCredentials | None
        if address.startswith('unix:'):
            _prepare_socket(pathlib.Path(address.removeprefix('unix:')))
            # Calls on it may carry tokens: nobody but its owner can hear them.
            credentials = grpc.local_server_credentials(grpc.LocalConnectionType.UDS)
        else:
            credentials = self._credentials(client_ca)
        try:
            add = self._grpc.add_secure_port
            port = add(address, credentials) if credentials else self._grpc.add_insecure_port(address)
        except RuntimeError:
            port = 0
        if not port:
            raise SettingsError(f'{address} cannot be listened on: it is in use, or not an address of this machine')
        if address.startswith('unix:'):
            return address
        host = address.rpartition(':')[0]
        if not self._settings.shared:
            self._peers.listen(host, port)
        return f'{host}:{port}'

    def _credentials(self, client_ca: pathlib.Path | None) -> grpc.ServerCredentials | None:
        """For a port, where it is not plain text."""
        settings = self._settings
        if not (settings.tls_cert and settings.tls_key):
            return None
        try:
            pair = Pair(settings.tls_cert, settings.tls_key, client_ca)
        except OSError as error:
            raise SettingsError(f'{error.filename} cannot be read: {error.strerror}') from None
        except ValueError as error:
            raise SettingsError(str(error)) from None
        self._pairs.append(pair)
        return pair.credentials()


def _store(url: str) -> 'SharedStore | None':
    """The store that other processes share with us. Its client takes a while to import, for nothing where there is none.

    :raises SettingsError: for a URL that is none.
    """
    if not url:
        return None
    from oaktree.store import SharedStore

    try:
        return SharedStore(url)
    except ValueError:
        raise SettingsError('--store must be redis://HOST:PORT, rediss://HOST:PORT or unix://PATH') from None


def _prepare_socket(path: pathlib.Path) -> None:
    """The folder for a socket, its owner's alone, and no socket that a dead server has left there."""
    if len(str(path)) > 100:
        raise SettingsError(f'unix:{path} is too long for a socket: 100 characters at most')
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder = path.parent.stat()
        if folder.st_uid != os.geteuid() or folder.st_mode & 0o022:
            raise SettingsError(f'unix:{path} is not safe: its folder must be yours, and writable by nobody else')
        if path.is_socket() and not _answers(path):
            path.unlink()
    except OSError as error:
        raise SettingsError(f'unix:{path} cannot be made: {error.strerror}') from None
    if path.exists():
        raise SettingsError(f'unix:{path} is in use; stop the other server, or give --listen')


def _answers(path: pathlib.Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(str(path)) == 0
