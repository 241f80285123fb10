# SPDX-License-Identifier: Apache-2.0
"""Running simulated clouds: in a thread of their own, or as a whole program."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
import urllib.request
from collections.abc import Awaitable, Callable, Mapping
from types import TracebackType
from typing import Any

from aiohttp.web_server import Server

from oaktree.simcloud.cloud import Cloud
from oaktree.simcloud.front import Front

CLOUDS = {'alpha': 'floating', 'beta': 'direct'}
USERS = ('demo', 'other', 'reader')


class Clouds:
    """Clouds with their listening sockets; `serve` answers on them until `until` is done."""

    def __init__(self, profiles: Mapping[str, str] = CLOUDS, port: int = 0) -> None:
        self._sockets: dict[str, socket.socket] = {}
        self.clouds: dict[str, Cloud] = {}
        for number, (name, profile) in enumerate(profiles.items()):
            listener = socket.create_server(('127.0.0.1', port + number if port else 0), backlog=1024)
            self._sockets[name] = listener
            self.clouds[name] = Cloud(name, profile, f'http://127.0.0.1:{listener.getsockname()[1]}')

    def clouds_yaml(self, users: tuple[str, ...] = USERS) -> str:
        """A complete clouds.yaml (as JSON, which is YAML)."""
        entries: dict[str, Any] = {}
        for cloud in self.clouds.values():
            entries |= cloud.clouds_yaml(users)
        return json.dumps({'clouds': entries}, indent=2) + '\n'

    async def serve(self, until: Awaitable[Any], ready: Callable[[], None] = lambda: None) -> None:
        loop = asyncio.get_running_loop()
        fronts = [Server(Front(cloud), read_bufsize=1 << 20, access_log=None) for cloud in self.clouds.values()]
        servers = [
            await loop.create_server(front, sock=listener)
            for front, listener in zip(fronts, self._sockets.values(), strict=True)
        ]
        ready()
        try:
            await until
        finally:
            for server, front in zip(servers, fronts, strict=True):
                server.close()
                await front.shutdown(0.1)


class Simulation:
    """Clouds that run in one thread beside the caller: `with Simulation({'alpha': 'floating'}) as sim: ...`

    The conveniences speak HTTP to the clouds' /_sim, so that they are safe from any thread.
    """

    def __init__(self, profiles: Mapping[str, str] = CLOUDS, port: int = 0) -> None:
        self._clouds = Clouds(profiles, port)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name='simcloud', daemon=True)

    def __enter__(self) -> Simulation:
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def stop(self) -> None:
        if self._loop is not None and self._stop is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    def _run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        await self._clouds.serve(self._stop.wait(), self._ready.set)

    @property
    def clouds_yaml(self) -> str:
        """The text of a clouds.yaml with the users demo (NAME), other (NAME-other), reader and admin."""
        return self._clouds.clouds_yaml((*USERS, 'admin'))

    def cloud(self, name: str) -> Cloud:
        """The state itself: to read; it belongs to the simulation's thread."""
        return self._clouds.clouds[name]

    def url(self, name: str) -> str:
        return self.cloud(name).url

    def control(self, name: str, method: str, path: str, body: Any = None) -> Any:
        """A request to a cloud's /_sim."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            f'{self.url(name)}/_sim/{path}', data, {'Content-Type': 'application/json'}, method=method
        )
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=300) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def requests(self, name: str) -> list[dict[str, Any]]:
        """What was asked of the cloud: service, method, path, status, count."""
        counts: list[dict[str, Any]] = self.control(name, 'GET', 'requests')
        return counts

    def forget_requests(self, name: str) -> None:
        self.control(name, 'DELETE', 'requests')

    def fault(self, name: str, **fault: Any) -> None:
        self.control(name, 'POST', 'faults', fault)

    def clear_faults(self, name: str) -> None:
        self.control(name, 'DELETE', 'faults')

    def seed(self, name: str, **counts: Any) -> None:
        self.control(name, 'POST', 'seed', counts)

    def reset(self, name: str, tokens: bool = False) -> None:
        self.control(name, 'POST', 'reset', {'tokens': tokens})

    def settings(self, name: str, **settings: Any) -> None:
        self.control(name, 'POST', 'settings', settings)
