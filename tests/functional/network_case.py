# SPDX-License-Identifier: Apache-2.0
"""What tests of the network service have in common."""

import dataclasses
import fcntl
import pathlib
import tempfile
from collections.abc import Callable
from typing import Any

import grpc
from google.protobuf.duration_pb2 import Duration
from oaktreemodel import v1 as pb

from tests.functional.base import CLOUDS, Case, Cloud, ServerThread, unique

Code = grpc.StatusCode
FLOATING = next(cloud for cloud in CLOUDS if cloud.floating)
DIRECT = next(cloud for cloud in CLOUDS if not cloud.floating)
NOW = Duration()
STATUS = {
    'CLOUD_FORBIDDEN': Code.PERMISSION_DENIED, 'CONFLICT': Code.FAILED_PRECONDITION, 'NOT_FOUND': Code.NOT_FOUND,
    'QUOTA_EXCEEDED': Code.RESOURCE_EXHAUSTED, 'SERVICE_ABSENT': Code.FAILED_PRECONDITION,
}  # fmt: skip
"""What comes with a reason, but for those that are of the request itself."""


class At:
    """The network service of one cloud: its calls by their names, with the fields of the request."""

    def __init__(self, stub: pb.NetworkServiceStub, cloud: Cloud) -> None:
        self._stub, self._cloud = stub, cloud

    def __getattr__(self, rpc: str) -> Callable[..., Any]:
        def call(**fields: Any) -> Any:
            request = getattr(pb, f'{rpc}Request')(location={'cloud': self._cloud.name}, **fields)
            return getattr(self._stub, rpc)(request, timeout=60)

        return call


class NetworkCase(Case):
    """A test that makes things of the network service, and leaves nothing."""

    def at(self, cloud: Cloud) -> At:
        return At(self.oaktree.network, cloud)

    def made(self, create: Callable[..., Any], delete: Callable[..., Any], **fields: Any) -> Any:
        """One that is gone after the test."""
        answer = create(**fields)
        one = getattr(answer, answer.DESCRIPTOR.fields[0].name)
        self.addCleanup(self.clean, delete, name_or_id=one.id)
        return one

    def clean(self, delete: Callable[..., Any], **fields: Any) -> None:
        try:
            delete(**fields)
        except grpc.RpcError as error:
            if error.code() is not Code.NOT_FOUND:
                raise

    def network(self, cloud: Cloud, **fields: Any) -> pb.Network:
        at = self.at(cloud)
        return self.made(at.CreateNetwork, at.DeleteNetwork, **{'name': unique('network'), **fields})

    def subnet(self, cloud: Cloud, network: pb.Network, **fields: Any) -> pb.Subnet:
        """A subnet, which goes with its network."""
        fields = {'name': unique('subnet'), 'network': network.id, 'cidr': '192.168.7.0/24'} | fields
        return self.at(cloud).CreateSubnet(**fields).subnet

    def port(self, cloud: Cloud, network: pb.Network, **fields: Any) -> pb.Port:
        at = self.at(cloud)
        return self.made(at.CreatePort, at.DeletePort, **{'name': unique('port'), 'network': network.id} | fields)

    def refused(self, rpc: str, cloud: Cloud, reason: str, *words: str, **fields: Any) -> None:
        with self.subTest(f'{rpc} {fields}'), self.fails(STATUS.get(reason, Code.INVALID_ARGUMENT), reason, *words):
            getattr(self.at(cloud), rpc)(**fields)


def alone_in_other_project(case: type[Case]) -> None:
    """Wait until no other process uses the other project of real clouds; nor will one before the end of the class."""
    lock = case.enterClassContext(pathlib.Path(tempfile.gettempdir(), 'oaktree-test-other-project').open('w'))  # noqa: SIM115 (the class closes it)
    if not case.stack.simulation:
        fcntl.flock(lock, fcntl.LOCK_EX)


class OtherProject(NetworkCase):
    """A test in the other project of the cloud that has floating IPs, which has a routed network for as long as it runs.

    A free floating IP belongs to whoever takes it: so here is nobody but us, one process at a time.
    """

    cloud: Cloud
    inside: pb.Network
    router: pb.Router

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        alone_in_other_project(cls)
        cls.oaktree = cls.stack.other(FLOATING)
        cls.addClassCleanup(cls.oaktree.close)
        cls.cloud = dataclasses.replace(FLOATING, name=f'{FLOATING.name}-other')
        at, name = At(cls.oaktree.network, cls.cloud), unique('inside')
        cls.inside = at.CreateNetwork(name=name).network
        cls.addClassCleanup(at.DeleteNetwork, name_or_id=cls.inside.id)
        subnet = at.CreateSubnet(network=cls.inside.id, cidr='10.7.0.0/24').subnet
        cls.router = at.CreateRouter(name=name, external_gateway={'network': 'public'}).router
        cls.addClassCleanup(at.DeleteRouter, name_or_id=cls.router.id)
        at.AddRouterInterface(name_or_id=cls.router.id, subnet=subnet.id)
        cls.addClassCleanup(at.RemoveRouterInterface, name_or_id=cls.router.id, subnet=subnet.id)

    def second(self) -> ServerThread:
        """Another oaktree in front of the same project."""
        server = self.stack.other(FLOATING)
        self.addCleanup(server.close)
        return server

    def floating(self, **fields: Any) -> pb.FloatingIp:
        """A floating IP that is gone after the test."""
        return self.made(self.at(self.cloud).CreateFloatingIp, self.at(self.cloud).DeleteFloatingIp, **fields)
