# SPDX-License-Identifier: Apache-2.0
"""Simulated clouds for each class, and a server for each test that knows nothing yet."""

import json
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable
from typing import Any
from unittest import mock

import grpc
from google.protobuf.duration_pb2 import Duration
from oaktreemodel import v1 as pb

from oaktree.resource import Resource
from oaktree.simcloud import Simulation
from tests import spills
from tests.functional import base

Code = grpc.StatusCode
NOW = Duration()
"""The ``max_age`` that asks the cloud."""

FLAVORS = {'alpha': 'm1.tiny', 'beta': 's1-2'}
"""alpha has floating IPs and long pages; beta has neither."""


class Oaktree(base.ServerThread):
    """A server whose outermost backend can be looked at."""

    @property
    def backend(self) -> Any:
        return self.server.backend


class Case(base.Case):
    """A test with clouds of its class's own, back at their start, and a server of its own in front of them."""

    profiles = {'alpha': 'floating', 'beta': 'direct'}
    interval = 0.1
    """Seconds between two looks at the cloud, which are far more in earnest."""

    @classmethod
    def setUpClass(cls) -> None:
        cls.simulation = Simulation(cls.profiles)
        cls.enterClassContext(cls.simulation)
        cls.folder = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory(prefix='oaktree-faults-')))

    def setUp(self) -> None:
        self.enterContext(mock.patch('oaktree.backends.watching.INTERVAL', self.interval))
        for name in self.profiles:
            self.simulation.reset(name)
        self.oaktree = self.serve()

    def entries(self) -> dict[str, Any]:
        """The content of clouds.yaml, to be changed."""
        entries: dict[str, Any] = json.loads(self.simulation.clouds_yaml)['clouds']
        return {name: entries[name] for name in self.profiles}

    def write(self, entries: dict[str, Any]) -> str:
        path = self.folder / f'{base.unique("clouds")}.yaml'
        path.write_text(json.dumps({'clouds': entries}))
        return str(path)

    def serve(self, entries: dict[str, Any] | None = None, **options: Any) -> Oaktree:
        """One more server, for these clouds."""
        oaktree = Oaktree(self.write(entries or self.entries()), **options)
        self.addCleanup(oaktree.close)
        return oaktree

    def asked(self, cloud: str, method: str, path: str, status: int | None = None) -> int:
        """How many such requests a cloud has answered."""
        return sum(
            r['count']
            for r in self.simulation.requests(cloud)
            if (r['method'], r['path']) == (method, path) and status in (None, r['status'])
        )

    def nova(self, cloud: str, method: str, path: str, body: Any = None) -> Any:
        """A request to a cloud's compute service, behind oaktree's back."""
        return self.direct(cloud, method, f'compute/v2.1{path}', body)

    def direct(self, cloud: str, method: str, path: str, body: Any = None) -> Any:
        """A request to any service of a cloud, as its user, behind oaktree's back."""
        url, auth = self.simulation.url(cloud), self.entries()[cloud]['auth']
        user = {'name': auth['username'], 'domain': {'id': 'default'}, 'password': auth['password']}
        scope = {'project': {'name': auth['project_name'], 'domain': {'id': 'default'}}}
        identity = {'methods': ['password'], 'password': {'user': user}}
        headers, _ = _http('POST', f'{url}/identity/v3/auth/tokens', {'auth': {'identity': identity, 'scope': scope}})
        return _http(method, f'{url}/{path}', body, headers['X-Subject-Token'])[1]

    def create(self, cloud: str, **fields: Any) -> Any:
        """CreateServer, not yet awaited."""
        fields = {'name': base.unique('server'), 'flavor': FLAVORS[cloud], 'image': 'cirros'} | fields
        timeout = fields.pop('timeout', 20)
        request = pb.CreateServerRequest(location={'cloud': cloud}, **fields)
        return self.oaktree.compute.CreateServer.future(request, timeout=timeout)

    def servers(self, cloud: str = '', **fields: Any) -> list[pb.Server]:
        """The servers as the cloud has them now."""
        request = pb.ListServersRequest(location={'cloud': cloud}, **{'max_age': NOW} | fields)
        return list(self.oaktree.compute.ListServers(request, timeout=20).servers)

    def addresses(self) -> list[pb.FloatingIp]:
        """The floating IPs of alpha as it has them now."""
        request = pb.ListFloatingIpsRequest(location={'cloud': 'alpha'}, max_age=NOW)
        return list(self.oaktree.network.ListFloatingIps(request, timeout=20).floating_ips)

    def ttl(self, resource: Resource, seconds: float) -> None:
        """Let answers of a kind expire sooner, in this test."""
        self.addCleanup(object.__setattr__, resource, 'ttl', resource.ttl)
        object.__setattr__(resource, 'ttl', seconds)

    def eventually(self, what: str, true: Callable[[], Any], seconds: float = 10) -> Any:
        """Wait until something is true, or fail."""
        end = time.monotonic() + seconds
        while not (result := true()):
            if time.monotonic() > end:
                self.fail(f'not within {seconds} s: {what}')
            time.sleep(0.02)
        return result


class Process:
    """``python -m oaktree`` in a process of its own."""

    def __init__(self, config: str, *options: str) -> None:
        command = [sys.executable, '-m', 'oaktree', '--config', config, '--listen', '127.0.0.1:0', *options]
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ, 'NO_COLOR': '1'}
        )
        self.lines: dict[str, bytes] = {'stdout': b'', 'stderr': b''}
        self._ready = threading.Event()
        self._threads = [threading.Thread(target=self._read, args=(name,), daemon=True) for name in self.lines]
        for thread in self._threads:
            thread.start()
        if not self._ready.wait(20):
            self.process.kill()
            raise AssertionError(f'the server did not start: {self.text()}')
        self.target = self.lines['stdout'].decode().split()[-1]

    def _read(self, name: str) -> None:
        stream = getattr(self.process, name)
        while block := os.read(stream.fileno(), 65536):
            self.lines[name] += block
            if name == 'stdout' and block.endswith(b'\n'):
                self._ready.set()

    def text(self, name: str = 'stderr') -> str:
        """What it has written so far."""
        return self.lines[name].decode()

    def end(self, seconds: float = 20) -> int:
        """Its exit status, once it has ended; it is killed where it does not."""
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        finally:
            for thread in self._threads:
                thread.join(5)
            self.process.stdout.close()
            self.process.stderr.close()
            if spills.FOLDER:
                spills.keep('output', b''.join(self.lines.values()))

    def close(self) -> None:
        """End it, however a test ended."""
        if self.process.poll() is None:
            self.process.kill()
            self.end()


def closed_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(('127.0.0.1', 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


def _http(method: str, url: str, body: Any = None, token: str = '') -> tuple[Any, Any]:
    data = None if body is None else json.dumps(body).encode()
    headers = {'Content-Type': 'application/json', 'OpenStack-API-Version': 'compute 2.96'} | (
        {'X-Auth-Token': token} if token else {}
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(urllib.request.Request(url, data, headers, method=method), timeout=20) as answer:
        text = answer.read()
    return answer.headers, json.loads(text) if text else None
