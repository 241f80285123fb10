# SPDX-License-Identifier: Apache-2.0
"""What the tests of simcloud share: one simulation for a module, connections to its clouds, plain requests."""

import json
import tempfile
import time
import unittest
import urllib.error
import urllib.request
from typing import Any

import openstack
from openstack.config import OpenStackConfig
from openstack.connection import Connection

from oaktree.simcloud import Simulation


class Answer:
    """A raw HTTP answer, whatever its status."""

    def __init__(self, status: int, headers: Any, body: bytes) -> None:
        self.status, self.headers, self.body = status, headers, body

    def json(self) -> Any:
        return json.loads(self.body)


class SimulatedCase(unittest.TestCase):
    """Both clouds, fast transitions; every test starts from the same state."""

    sim: Simulation

    @classmethod
    def setUpClass(cls) -> None:
        cls.sim = cls.enterClassContext(Simulation())
        config = cls.enterClassContext(tempfile.NamedTemporaryFile('w', suffix='.yaml'))
        config.write(cls.sim.clouds_yaml)
        config.flush()
        cls.config = OpenStackConfig(config_files=[config.name], load_envvars=False)

    def setUp(self) -> None:
        for name in ('alpha', 'beta'):
            self.sim.reset(name, tokens=True)
            self.sim.settings(name, build_seconds=0.1, delete_seconds=0.05, action_seconds=0.05)

    def connect(self, name: str) -> Connection:
        connection = openstack.connection.Connection(config=self.config.get_one(cloud=name))
        self.addCleanup(connection.close)
        return connection

    def boot(self, cloud: Connection, flavor: str = 'm1.tiny') -> Any:
        """An active server; the SDK's own wait polls every few seconds."""
        ident = cloud.create_server('one', image='cirros', flavor=flavor, wait=False, auto_ip=False).id
        end = time.monotonic() + 5
        while (server := cloud.get_server_by_id(ident)).status != 'ACTIVE':
            self.assertLess(time.monotonic(), end, server.status)
            time.sleep(0.01)
        return server

    def remove(self, cloud: Connection, ident: str) -> None:
        """Deletes a server and waits until it is gone."""
        self.assertTrue(cloud.delete_server(ident, wait=False))
        end = time.monotonic() + 5
        while cloud.compute.get(f'/servers/{ident}').status_code == 200:
            self.assertLess(time.monotonic(), end)
            time.sleep(0.01)

    def http(self, method: str, url: str, body: Any = None, **headers: str) -> Answer:
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        headers = {'Content-Type': 'application/json'} | {key.replace('_', '-'): value for key, value in headers.items()}
        request = urllib.request.Request(url, data, headers, method=method)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=10) as answer:
                return Answer(answer.status, answer.headers, answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, error.headers, error.read())

    def count(self, name: str, **wanted: Any) -> int:
        """How many counted requests have these fields."""
        return sum(entry['count'] for entry in self.sim.requests(name) if wanted.items() <= entry.items())
