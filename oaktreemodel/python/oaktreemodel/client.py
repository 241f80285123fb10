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
from typing import Any, Protocol, TypeVar

import grpc
from google.protobuf import descriptor_pb2, message
from oaktreemodel import v1 as pb

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


class ListRequest(Protocol):
    """What all List requests share, as far as pages matter."""

    page_token: str


class ListResponse(Protocol):
    """What all List answers share, as far as pages matter."""

    next_page_token: str


Request = TypeVar('Request', bound=ListRequest)
Response = TypeVar('Response', bound=ListResponse)


def default_target() -> str:
    """Returns $OAKTREE_TARGET, or the socket of the user's own server if it has one, or else its port."""
    if target := os.environ.get('OAKTREE_TARGET'):
        return target
    runtime = os.environ.get('XDG_RUNTIME_DIR')
    folder = pathlib.Path(runtime) if runtime else pathlib.Path.home() / '.local' / 'state'
    socket = folder / 'oaktree' / 'oaktree.sock'
    return f'unix:{socket}' if socket.exists() else '127.0.0.1:50051'


def service_config() -> str:
    """Returns gRPC's service config: reads are tried again, and only reads, whichever services there are."""
    files = {value.DESCRIPTOR.file for value in vars(pb).values() if _is_message(value)}
    reads = [
        {'service': service.full_name, 'method': method.name}
        for file in files
        for service in file.services_by_name.values()
        for method in service.methods
        if method.GetOptions().idempotency_level == descriptor_pb2.MethodOptions.NO_SIDE_EFFECTS
    ]
    return json.dumps(
        {
            'methodConfig': [{'name': reads, 'retryPolicy': RETRY}],
            'retryThrottling': {'maxTokens': 100, 'tokenRatio': 0.1},
        }
    )


def _is_message(value: object) -> bool:
    return isinstance(value, type) and issubclass(value, message.Message)


def connect(
    target: str | None = None,
    credentials: grpc.ChannelCredentials | None = None,
    options: Sequence[tuple[str, Any]] = (),
) -> Client:
    """Returns a client of the oaktree at `target`; no connection is made before the first call.

    Without `credentials` the channel is in plain text, which oaktree offers on a unix socket and on loopback only.
    `options` are gRPC's channel options, and win over the ones set here.
    """
    target = target or default_target()
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
    return Client(grpc.secure_channel(target, credentials, channel_options))


def pages(call: grpc.UnaryUnaryMultiCallable[Request, Response], request: Request) -> Iterator[Response]:
    """Yields the answers of a List call up to the last page; each names the places that it could not read."""
    following = copy.deepcopy(request)  # the caller's stays as it is
    while True:
        page = call(following)
        yield page
        if not page.next_page_token:
            return
        following.page_token = page.next_page_token


def follow(
    call: grpc.StreamStreamMultiCallable[pb.WatchRequest, pb.WatchResponse], *subscriptions: pb.WatchSubscription
) -> Iterator[pb.WatchResponse]:
    """Subscribes to all of these and yields what the server tells, until it has ended them all, or for ever.

    Goes on where it was when the connection has been lost, once the server can be reached again. Each subscription needs
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
            if not begun or error.code() is not grpc.StatusCode.UNAVAILABLE:
                raise
            time.sleep(PAUSE)
        finally:
            responses.cancel()


class Client:
    """A connection to an oaktree.

    `block_storage`, `clouds`, `compute`, `image`, `network` and `watch` are the stubs of its services, and have all calls.
    The methods list: they take the fields of the List request, a Location also as a dict, and yield resources from page to
    page. With return_partial_success use `pages` instead, which shows what is missing. To watch, use `follow`.
    `clouds`, `compute`, `identity`, `image`, `load_balancer`, `network` and `watch` are the stubs of its services, and have
    all calls. The methods list: they take the fields of the List request, a Location also as a dict, and yield resources
    from page to page. With return_partial_success use `pages` instead, which shows what is missing. To watch, use `follow`.
    `clouds`, `compute`, `image`, `network`, `object_store` and `watch` are the stubs of its services, and have all calls.
    The methods list: they take the fields of the List request, a Location also as a dict, and yield resources from page
    to page. With return_partial_success use `pages` instead, which shows what is missing. To watch, use `follow`.
    """

    def __init__(self, channel: grpc.Channel) -> None:
        self.channel = channel
        self.block_storage = pb.BlockStorageServiceStub(channel)
        self.clouds = pb.CloudServiceStub(channel)
        self.compute = pb.ComputeServiceStub(channel)
        self.identity = pb.IdentityServiceStub(channel)
        self.image = pb.ImageServiceStub(channel)
        self.load_balancer = pb.LoadBalancerServiceStub(channel)
        self.network = pb.NetworkServiceStub(channel)
        self.object_store = pb.ObjectStoreServiceStub(channel)
        self.watch = pb.WatchServiceStub(channel)

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: types.TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connection; calls under way are cancelled."""
        self.channel.close()

    def address_groups(self, **fields: Any) -> Iterator[pb.AddressGroup]:
        for page in pages(self.network.ListAddressGroups, pb.ListAddressGroupsRequest(**fields)):
            yield from page.address_groups

    def application_credentials(self, **fields: Any) -> Iterator[pb.ApplicationCredential]:
        for page in pages(self.identity.ListApplicationCredentials, pb.ListApplicationCredentialsRequest(**fields)):
            yield from page.application_credentials

    def containers(self, **fields: Any) -> Iterator[pb.Container]:
        for page in pages(self.object_store.ListContainers, pb.ListContainersRequest(**fields)):
            yield from page.containers

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

    def flavors(self, **fields: Any) -> Iterator[pb.Flavor]:
        for page in pages(self.compute.ListFlavors, pb.ListFlavorsRequest(**fields)):
            yield from page.flavors

    def floating_ips(self, **fields: Any) -> Iterator[pb.FloatingIp]:
        for page in pages(self.network.ListFloatingIps, pb.ListFloatingIpsRequest(**fields)):
            yield from page.floating_ips

    def health_monitors(self, **fields: Any) -> Iterator[pb.HealthMonitor]:
        for page in pages(self.load_balancer.ListHealthMonitors, pb.ListHealthMonitorsRequest(**fields)):
            yield from page.health_monitors

    def images(self, **fields: Any) -> Iterator[pb.Image]:
        for page in pages(self.image.ListImages, pb.ListImagesRequest(**fields)):
            yield from page.images

    def keypairs(self, **fields: Any) -> Iterator[pb.Keypair]:
        for page in pages(self.compute.ListKeypairs, pb.ListKeypairsRequest(**fields)):
            yield from page.keypairs

    def listeners(self, **fields: Any) -> Iterator[pb.Listener]:
        for page in pages(self.load_balancer.ListListeners, pb.ListListenersRequest(**fields)):
            yield from page.listeners

    def load_balancers(self, **fields: Any) -> Iterator[pb.LoadBalancer]:
        for page in pages(self.load_balancer.ListLoadBalancers, pb.ListLoadBalancersRequest(**fields)):
            yield from page.load_balancers

    def networks(self, **fields: Any) -> Iterator[pb.Network]:
        for page in pages(self.network.ListNetworks, pb.ListNetworksRequest(**fields)):
            yield from page.networks

    def port_forwardings(self, **fields: Any) -> Iterator[pb.PortForwarding]:
        for page in pages(self.network.ListPortForwardings, pb.ListPortForwardingsRequest(**fields)):
            yield from page.port_forwardings

    def ports(self, **fields: Any) -> Iterator[pb.Port]:
        for page in pages(self.network.ListPorts, pb.ListPortsRequest(**fields)):
            yield from page.ports

    def rbac_policies(self, **fields: Any) -> Iterator[pb.RbacPolicy]:
        for page in pages(self.network.ListRbacPolicies, pb.ListRbacPoliciesRequest(**fields)):
            yield from page.rbac_policies

    def routers(self, **fields: Any) -> Iterator[pb.Router]:
        for page in pages(self.network.ListRouters, pb.ListRoutersRequest(**fields)):
            yield from page.routers

    def pool_members(self, **fields: Any) -> Iterator[pb.PoolMember]:
        for page in pages(self.load_balancer.ListPoolMembers, pb.ListPoolMembersRequest(**fields)):
            yield from page.pool_members

    def pools(self, **fields: Any) -> Iterator[pb.Pool]:
        for page in pages(self.load_balancer.ListPools, pb.ListPoolsRequest(**fields)):
            yield from page.pools

    def objects(self, **fields: Any) -> Iterator[pb.Object]:
        for page in pages(self.object_store.ListObjects, pb.ListObjectsRequest(**fields)):
            yield from page.objects

    def security_groups(self, **fields: Any) -> Iterator[pb.SecurityGroup]:
        for page in pages(self.network.ListSecurityGroups, pb.ListSecurityGroupsRequest(**fields)):
            yield from page.security_groups

    def server_groups(self, **fields: Any) -> Iterator[pb.ServerGroup]:
        for page in pages(self.compute.ListServerGroups, pb.ListServerGroupsRequest(**fields)):
            yield from page.server_groups

    def server_interfaces(self, **fields: Any) -> Iterator[pb.ServerInterface]:
        for page in pages(self.compute.ListServerInterfaces, pb.ListServerInterfacesRequest(**fields)):
            yield from page.interfaces

    def server_security_groups(self, **fields: Any) -> Iterator[pb.SecurityGroup]:
        for page in pages(self.compute.ListServerSecurityGroups, pb.ListServerSecurityGroupsRequest(**fields)):
            yield from page.security_groups

    def servers(self, **fields: Any) -> Iterator[pb.Server]:
        for page in pages(self.compute.ListServers, pb.ListServersRequest(**fields)):
            yield from page.servers

    def subnet_pools(self, **fields: Any) -> Iterator[pb.SubnetPool]:
        for page in pages(self.network.ListSubnetPools, pb.ListSubnetPoolsRequest(**fields)):
            yield from page.subnet_pools

    def subnets(self, **fields: Any) -> Iterator[pb.Subnet]:
        for page in pages(self.network.ListSubnets, pb.ListSubnetsRequest(**fields)):
            yield from page.subnets

    def volume_backups(self, **fields: Any) -> Iterator[pb.VolumeBackup]:
        for page in pages(self.block_storage.ListVolumeBackups, pb.ListVolumeBackupsRequest(**fields)):
            yield from page.volume_backups

    def volume_snapshots(self, **fields: Any) -> Iterator[pb.VolumeSnapshot]:
        for page in pages(self.block_storage.ListVolumeSnapshots, pb.ListVolumeSnapshotsRequest(**fields)):
            yield from page.volume_snapshots

    def volume_transfers(self, **fields: Any) -> Iterator[pb.VolumeTransfer]:
        for page in pages(self.block_storage.ListVolumeTransfers, pb.ListVolumeTransfersRequest(**fields)):
            yield from page.volume_transfers

    def volume_types(self, **fields: Any) -> Iterator[pb.VolumeType]:
        for page in pages(self.block_storage.ListVolumeTypes, pb.ListVolumeTypesRequest(**fields)):
            yield from page.volume_types

    def volumes(self, **fields: Any) -> Iterator[pb.Volume]:
        for page in pages(self.block_storage.ListVolumes, pb.ListVolumesRequest(**fields)):
            yield from page.volumes

    def trunks(self, **fields: Any) -> Iterator[pb.Trunk]:
        for page in pages(self.network.ListTrunks, pb.ListTrunksRequest(**fields)):
            yield from page.trunks

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
