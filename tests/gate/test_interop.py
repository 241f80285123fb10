# SPDX-License-Identifier: Apache-2.0
"""One program for every cloud: all that it must know of one it asks oaktree.

Nothing in ``Scenario`` knows a cloud by its name. OAKTREE_INTEROP_ROUNDS says how often it runs on each, one after another.
"""

import hashlib
import os
import threading
import time
import uuid
from collections.abc import Callable
from typing import Any

import grpc
import oaktreemodel
from google.protobuf.duration_pb2 import Duration
from oaktreemodel import v1 as pb

from tests.functional.base import CLOUDS, REAL, UNIQUE, Case

ROUNDS = int(os.environ.get('OAKTREE_INTEROP_ROUNDS', '1'))
WAIT = Duration(seconds=240)
NOW = Duration()
SECONDS = 300
CHUNK = 1 << 20
WATCHED = (pb.RESOURCE_KIND_SERVER, pb.RESOURCE_KIND_VOLUME)
COLLECTIONS = {
    'compute': ('keypairs', 'servers', 'server_groups'),
    'image': ('images',),
    'network': ('networks', 'subnets', 'ports', 'routers', 'floating_ips', 'security_groups', 'subnet_pools', 'trunks',
                'address_groups', 'rbac_policies'),
    'block-storage': ('volumes', 'volume_snapshots', 'volume_backups', 'volume_transfers'),
    'object-store': ('containers',),
    'load-balancer': ('load_balancers', 'listeners', 'pools', 'health_monitors'),
    'identity': ('application_credentials',),
}  # fmt: skip
"""By service, the client's methods that list what a project has."""


class Events:
    """What a watch of servers and volumes tells."""

    def __init__(self, client: oaktreemodel.Client, where: dict[str, Any]) -> None:
        self._client, self._where = client, where
        self._seen: list[tuple[str, int]] = []
        self._synced, self._more = 0, threading.Condition()
        threading.Thread(target=self._read, daemon=True).start()
        self._wait('the watch has begun', lambda: self._synced == len(WATCHED))

    def _read(self) -> None:
        wanted = [pb.WatchSubscription(**self._where, kind=kind, watch_id=str(kind)) for kind in WATCHED]
        try:
            for response in oaktreemodel.follow(self._client.watch.Watch, *wanted):
                with self._more:
                    self._synced += response.WhichOneof('event') == 'synced'
                    for change in response.changes.changes:
                        thing = getattr(change.resource, change.resource.WhichOneof('kind'))
                        self._seen.append((thing.id, change.type))
                    self._more.notify_all()
        except grpc.RpcError:
            pass

    def _wait(self, what: str, true: Callable[[], bool]) -> None:
        with self._more:
            if not self._more.wait_for(true, 120):
                raise AssertionError(f'not within 120 s: {what}')

    def came(self, item_id: str) -> None:
        self._wait(f'{item_id} is seen to come', lambda: (item_id, pb.WATCH_CHANGE_TYPE_ADDED) in self._seen)

    def went(self, item_id: str) -> None:
        self._wait(f'{item_id} is seen to go', lambda: (item_id, pb.WATCH_CHANGE_TYPE_DELETED) in self._seen)


class Scenario:
    """What a user does with a cloud, from nothing to nothing."""

    def __init__(self, client: oaktreemodel.Client, cloud: str) -> None:
        self.client, self.where = client, {'location': {'cloud': cloud}}
        self.mark = uuid.uuid4().hex[:8]
        request = pb.GetCapabilitiesRequest(**self.where)
        self.can = client.clouds.GetCapabilities(request, timeout=60).capabilities
        self.services = {service.type for service in self.can.services if not service.disabled_reason}
        self.undo: list[Callable[[], Any]] = []
        self.ids: set[str] = set()
        self.addresses: set[str] = set()

    def name(self, what: str) -> str:
        return f'{UNIQUE}{what}-{self.mark}'

    def call(self, service: str, rpc: str, **fields: Any) -> Any:
        """One RPC, and what its response is about."""
        request = getattr(pb, f'{rpc}Request')
        if 'wait' in request.DESCRIPTOR.fields_by_name:
            fields.setdefault('wait', WAIT)
        response = getattr(getattr(self.client, service), rpc)(request(**self.where, **fields), timeout=SECONDS)
        about = response.DESCRIPTOR.fields
        return getattr(response, about[0].name) if about else None

    def make(self, service: str, noun: str, **fields: Any) -> Any:
        """One that goes when all is torn down."""
        made = self.call(service, f'Create{noun}', name=self.name(noun.lower()), **fields)
        self.ids.add(made.id)
        self.undo.append(lambda: self.call(service, f'Delete{noun}', name_or_id=made.id))
        return made

    def run(self) -> None:
        """Everything once."""
        events = Events(self.client, self.where)
        try:
            image, network, group, key = self.image(), self.network(), self.group(), self.make('compute', 'Keypair')
            server = self.server(image, network, group, key)
            events.came(server.id)
            volume = self.volume(server)
            events.came(volume.id)
            if 'object-store' in self.services:
                self.objects()
            if 'load-balancer' in self.services:
                self.balance(server, network)
        finally:
            self.tear_down()
        events.went(server.id)
        events.went(volume.id)

    def tear_down(self) -> None:
        """Last things first; what can't be deleted keeps nothing else from it."""
        failures = []
        while self.undo:
            try:
                self.undo.pop()()
            except grpc.RpcError as error:
                failures.append(error)
        if failures:
            raise failures[0]

    def image(self) -> pb.Image:
        if 'raw' not in self.can.image_disk_formats:
            raise AssertionError(f'no raw images here, only {list(self.can.image_disk_formats)}')
        data = os.urandom(3 * CHUNK + 512)
        chunks = [data[at : at + CHUNK] for at in range(0, len(data), CHUNK)]
        image = self.client.upload_image(
            chunks, **self.where, name=self.name('image'), disk_format='raw', container_format='bare'
        )  # fmt: skip
        self.ids.add(image.id)
        self.undo.append(lambda: self.call('image', 'DeleteImage', name_or_id=image.id))
        back = hashlib.sha256(b''.join(self.client.download_image(image.id, **self.where))).hexdigest()
        if (image.state, image.size_bytes, back) != (pb.IMAGE_STATE_ACTIVE, len(data), hashlib.sha256(data).hexdigest()):
            raise AssertionError(f'not what was uploaded: {image}')
        return image

    def network(self) -> str:
        """One that leads outside; where it takes a router, one of our own."""
        public = [one.name for one in self.can.networks if one.attachable and one.public]
        if public:
            return public[0]
        network = self.make('network', 'Network')
        subnet = self.make('network', 'Subnet', network=network.id, cidr='10.96.0.0/24')
        router = self.make('network', 'Router', external_gateway={'network': self.can.floating_networks[0]})
        joint = {'name_or_id': router.id, 'subnet': subnet.id}
        self.call('network', 'AddRouterInterface', **joint)
        self.undo.append(lambda: self.call('network', 'RemoveRouterInterface', **joint))
        return network.id

    def group(self) -> pb.SecurityGroup:
        group = self.make('network', 'SecurityGroup')
        for protocol, port in (('tcp', 22), ('tcp', 80), ('icmp', None)):
            self.call(
                'network', 'CreateSecurityGroupRule', security_group=group.id, protocol=protocol,
                direction=pb.SECURITY_GROUP_DIRECTION_INGRESS, port_min=port, port_max=port, remote_ip_prefix='0.0.0.0/0',
            )  # fmt: skip
        return group

    def server(self, image: pb.Image, network: str, group: pb.SecurityGroup, key: pb.Keypair) -> pb.Server:
        flavor = min(self.client.flavors(**self.where), key=lambda one: (one.ram_mib, one.disk_gib, one.name))
        server = self.make(
            'compute', 'Server', image=image.id, flavor=flavor.id, networks=[network], security_groups=[group.name],
            key_name=key.name, auto_ip=True, metadata={'purpose': 'interop'},
        )  # fmt: skip
        self.addresses.update(address.ip for address in server.addresses)
        if self.can.requires_floating_ip:
            found = [one for one in self.client.floating_ips(**self.where, max_age=NOW) if one.address == server.public_v4]
            self.ids.add(found[0].id)
            self.undo.append(lambda: self.gone_with_its_server(found[0].id))
        if not (server.state == pb.SERVER_STATE_ACTIVE and server.public_v4 and server.image_id == image.id):
            raise AssertionError(f'not the server that was asked for: {server}')
        return server

    def gone_with_its_server(self, floating_ip: str) -> None:
        """An address that was made for a server stays the user's unless it is deleted."""
        try:
            self.call('network', 'DeleteFloatingIp', name_or_id=floating_ip)
        except grpc.RpcError as error:
            if error.code() is not grpc.StatusCode.NOT_FOUND:
                raise

    def volume(self, server: pb.Server) -> pb.Volume:
        volume = self.make('block_storage', 'Volume', size_gib=1)
        attached = self.call('block_storage', 'AttachVolume', name_or_id=volume.id, server=server.id)
        self.undo.append(lambda: self.call('block_storage', 'DetachVolume', name_or_id=volume.id, server=server.id))
        if (attached.state, [one.server_id for one in attached.attachments]) != (pb.VOLUME_STATE_IN_USE, [server.id]):
            raise AssertionError(f'not attached: {attached}')
        snapshot = self.make('block_storage', 'VolumeSnapshot', volume=volume.id)
        if (snapshot.state, snapshot.volume_id) != (pb.VOLUME_SNAPSHOT_STATE_AVAILABLE, volume.id):
            raise AssertionError(f'no snapshot: {snapshot}')
        return volume

    def objects(self) -> None:
        container, data = self.make('object_store', 'Container'), os.urandom(2 * CHUNK + 77)
        where = {**self.where, 'container': container.name}
        chunks = [pb.UploadObjectRequest(chunk=data[at : at + CHUNK]) for at in range(0, len(data), CHUNK)]
        first = pb.UploadObjectRequest(description={**where, 'name': 'a/b c'})
        self.client.object_store.UploadObject(iter([first, *chunks]), timeout=SECONDS)
        self.undo.append(lambda: self.call('object_store', 'DeleteObject', container=container.name, name_or_id='a/b c'))
        parts = list(
            self.client.object_store.DownloadObject(pb.DownloadObjectRequest(**where, name_or_id='a/b c'), timeout=SECONDS)
        )
        sums = {hashlib.sha256(b''.join(part.chunk for part in parts)).hexdigest(), parts[-1].sha256}
        if sums != {hashlib.sha256(data).hexdigest()}:
            raise AssertionError(f'the object came back as another: {sums}')

    def balance(self, server: pb.Server, network: str) -> None:
        balancer = self.make('load_balancer', 'LoadBalancer', network=network)
        self.ids.add(balancer.port_id)
        listener = self.make('load_balancer', 'Listener', load_balancer=balancer.id, protocol='HTTP', protocol_port=80)
        pool = self.make('load_balancer', 'Pool', listener=listener.id, protocol='HTTP', lb_algorithm='ROUND_ROBIN')
        member = self.call(
            'load_balancer', 'CreatePoolMember', name=self.name('member'), pool=pool.id, protocol_port=8080,
            address=server.private_v4 or server.public_v4,
        )  # fmt: skip
        self.make(
            'load_balancer', 'HealthMonitor', pool=pool.id, type='HTTP', delay_seconds=5, timeout_seconds=3, max_retries=2
        )  # fmt: skip
        now = self.call('load_balancer', 'GetLoadBalancer', name_or_id=balancer.id)
        if not (member.pool_id == pool.id and now.address and now.state == pb.LOAD_BALANCER_STATE_ACTIVE):
            raise AssertionError(f'no load balancer: {now}')

    def everything(self) -> dict[str, Any]:
        """What there is, as the cloud says now: kind and id -> thing."""
        found = {}
        for service in self.services & COLLECTIONS.keys():
            for kind in COLLECTIONS[service]:
                for item in getattr(self.client, kind)(**self.where, max_age=NOW):
                    found[f'{kind} {item.id}'] = item
                    for rule in item.rules if kind == 'security_groups' else ():
                        found[f'rule {rule.id}'] = item
        return found

    def is_ours(self, item: Any) -> bool:
        """Whether it is, or belongs to, something that this scenario has made."""
        known = self.ids | self.addresses
        told = [item.id, *(getattr(item, field, '') for field in ('network_id', 'device_id', 'address', 'volume_id'))]
        return self.mark in item.name or not known.isdisjoint(told)


class InteropTest(Case):
    """The same scenario on every cloud, and no trace of it afterwards."""

    def test_one_program_runs_on_every_cloud(self) -> None:
        for cloud in CLOUDS:
            for number in range(1, ROUNDS + 1):
                with self.subTest(cloud.name, round=number), oaktreemodel.connect(self.stack.target) as client:
                    begun = time.monotonic()
                    scenario = Scenario(client, cloud.name)
                    before = scenario.everything()
                    scenario.run()
                    self.nothing_left(scenario, before)
                    if ROUNDS > 1:
                        print(f'{cloud.name} {number}: {time.monotonic() - begun:.1f} s', flush=True)

    def nothing_left(self, scenario: Scenario, before: dict[str, Any]) -> None:
        """Every collection is what it was. On real clouds others may have made and deleted something meanwhile."""
        left, end = ['?'], time.monotonic() + 60
        while left and time.monotonic() < end:
            after = scenario.everything()
            changed = {**before, **after}
            left = [key for key in sorted(before.keys() ^ after.keys()) if not REAL or scenario.is_ours(changed[key])]
            time.sleep(1 if left else 0)
        self.assertEqual(left, [])
        self.assertFalse([key for key in before if scenario.is_ours(before[key])], 'the mark is not unique')
        self.assertTrue(before, 'nothing was listed')
