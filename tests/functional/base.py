# SPDX-License-Identifier: Apache-2.0
"""A server in front of two clouds, shared by all tests of a process.

The clouds are simulated, unless OAKTREE_TEST_CLOUDS names a clouds.yaml of real ones: the same tests run on both.
"""

import asyncio
import atexit
import contextlib
import functools
import os
import pathlib
import tempfile
import threading
import unittest
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import grpc
import yaml
from google.protobuf.duration_pb2 import Duration
from google.rpc import error_details_pb2, status_pb2
from oaktreemodel import v1 as pb

from oaktree import settings
from oaktree.server import Server
from oaktree.simcloud import Simulation

WAIT = Duration(seconds=120)
REAL = os.environ.get('OAKTREE_TEST_CLOUDS')


@dataclass(frozen=True)
class Cloud:
    """What a test must know of a cloud to use it."""

    name: str
    region: str
    flavor: str
    floating: bool
    objects: bool
    """Whether it has an object store."""
    image: str = 'cirros'
    load_balancers: bool = False
    network: str = 'private'
    """Where a server goes; on real clouds other tests make networks, too, and then it must be said."""


CLOUDS = (
    Cloud('alpha', 'RegionOne', 'm1.tiny', floating=True, objects=True, load_balancers=True),
    Cloud('beta', 'north-2', 's1-2', floating=False, objects=False, network='public'),
)


UNIQUE = 'oaktree-'
"""How the name of whatever a test makes begins."""


class ServerThread:
    """A server on an event loop in a thread of its own."""

    def __init__(self, config: str, *only: str, listeners: tuple[str, ...] = ('127.0.0.1:0',), **options: Any) -> None:
        self._settings = settings.load(config, list(only), listen=listeners, grace=1.0, **options)
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self._thread.start()
        self.target = self._run(self._start())
        self.channel = self.connect()
        self.block_storage = pb.BlockStorageServiceStub(self.channel)
        self.clouds = pb.CloudServiceStub(self.channel)
        self.compute = pb.ComputeServiceStub(self.channel)
        self.identity = pb.IdentityServiceStub(self.channel)
        self.image = pb.ImageServiceStub(self.channel)
        self.load_balancer = pb.LoadBalancerServiceStub(self.channel)
        self.network = pb.NetworkServiceStub(self.channel)
        self.object_store = pb.ObjectStoreServiceStub(self.channel)
        self.token = pb.TokenServiceStub(self.channel)
        self.watch = pb.WatchServiceStub(self.channel)

    def connect(self) -> grpc.Channel:
        """A connection as its clients have."""
        return grpc.insecure_channel(self.target)

    async def _start(self) -> str:
        self.server = Server(self._settings)
        self.targets = await self.server.start()
        return self.targets[0]

    def _run(self, coroutine: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(30)

    def close(self) -> None:
        self.channel.close()
        self._run(self.server.stop())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()


class Stack:
    """The clouds, and the server in front of them."""

    def __init__(self) -> None:
        self._exit = contextlib.ExitStack()
        profiles = {cloud.name: 'floating' if cloud.floating else 'direct' for cloud in CLOUDS}
        self.simulation = None if REAL else self._exit.enter_context(Simulation(profiles))
        self.config = self.write(self.simulation.clouds_yaml if self.simulation else settled(REAL))
        self.server = ServerThread(self.config, *(cloud.name for cloud in CLOUDS))
        self._exit.callback(self.server.close)
        self.target = self.server.target
        self.clouds = CLOUDS

    @classmethod
    @functools.cache
    def shared(cls) -> 'Stack':
        stack = cls()
        atexit.register(stack._exit.close)
        return stack

    def other(self, cloud: Cloud) -> ServerThread:
        """A server for another project of a cloud, which clouds.yaml has as NAME-other."""
        config = str(pathlib.Path(REAL).with_name('clouds.yaml')) if REAL else self.config
        if not os.path.exists(config):
            raise unittest.SkipTest('needs a second project: NAME-other in a clouds.yaml beside that of OAKTREE_TEST_CLOUDS')
        return ServerThread(config, f'{cloud.name}-other')

    def write(self, text: str) -> str:
        """A clouds.yaml that lasts as long as the stack."""
        folder = self._exit.enter_context(tempfile.TemporaryDirectory(prefix='oaktree-test-'))
        path = pathlib.Path(folder, 'clouds.yaml')
        path.write_text(text)
        return str(path)


def settled(config: str | None) -> str:
    """A clouds.yaml of real clouds that says which network to take: tests that run beside one another make others."""
    told = yaml.safe_load(pathlib.Path(str(config)).read_text())
    for cloud in CLOUDS:
        default = {'name': cloud.network, 'routes_externally': not cloud.floating, 'default_interface': True}
        told['clouds'][cloud.name].setdefault('networks', [default])
    return yaml.safe_dump(told)


class Case(unittest.TestCase):
    """A test that talks to the shared server."""

    @classmethod
    def setUpClass(cls) -> None:
        cls.stack = Stack.shared()
        cls.oaktree = cls.stack.server

    def create_server(self, cloud: Cloud, **fields: Any) -> pb.Server:
        """A server that is gone after the test."""
        fields = {
            'name': unique('server'),
            'flavor': cloud.flavor,
            'image': cloud.image,
            'wait': Duration(seconds=120),
            'networks': [cloud.network] if REAL and not fields.get('ports') else [],
        } | fields
        request = pb.CreateServerRequest(location={'cloud': cloud.name}, **fields)
        server = self.oaktree.compute.CreateServer(request, timeout=180).server
        self.addCleanup(self.delete_server, server)
        return server

    def delete_server(self, server: pb.Server) -> None:
        request = pb.DeleteServerRequest(
            location={'cloud': server.location.cloud}, name_or_id=server.id, wait=Duration(seconds=120)
        )
        try:
            self.oaktree.compute.DeleteServer(request, timeout=180)
        except grpc.RpcError as error:
            if error.code() is not grpc.StatusCode.NOT_FOUND:
                raise

    @contextlib.contextmanager
    def fails(self, code: grpc.StatusCode, reason: str, *words: str) -> Iterator['Told']:
        """Expect an error with ErrorInfo, whose message has these words."""
        told = Told()
        with self.assertRaises(grpc.RpcError) as caught:
            yield told
        error = caught.exception
        self.assertEqual((error.code(), info(error).reason), (code, reason), error.details())
        self.assertEqual(info(error).domain, 'oaktree')
        for word in words:
            self.assertIn(word, error.details())
        told.error, told.info = error, info(error)


class Told:
    """What an error said, after the block that it ended."""

    error: Any
    info: Any


def only_simulated(test: Any) -> Any:
    """A test that real clouds don't have: of a quota that is nobody else's, or a cloud that fails when told to."""
    return None if REAL else test


def only_real(test: Any) -> Any:
    """A test that simulated clouds don't have."""
    return test if REAL else None


def unique(what: str) -> str:
    """A name that no other test uses."""
    return f'{UNIQUE}{what}-{uuid.uuid4().hex[:8]}'


def status(error: Any) -> status_pb2.Status:
    """The whole error as it came over the wire."""
    packed = dict(error.trailing_metadata())['grpc-status-details-bin']
    return status_pb2.Status.FromString(packed)


def info(error: Any) -> error_details_pb2.ErrorInfo:
    """The ErrorInfo that every error has."""
    found = error_details_pb2.ErrorInfo()
    if not any(detail.Unpack(found) for detail in status(error).details):
        raise AssertionError(f'no ErrorInfo in {error}')
    return found
