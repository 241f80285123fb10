# SPDX-License-Identifier: Apache-2.0
"""What a user does on a cloud, from nothing to nothing, by what its capabilities say: it knows no cloud by name.

Others may use the cloud meanwhile: only what this made, or what was made for it, must come, and must go.
"""

import contextlib
import hashlib
import ipaddress
import random
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import grpc
import oaktreemodel
from google.protobuf.duration_pb2 import Duration
from oaktreemodel import v1 as pb

from oaktree.rows.every import ROWS
from tests.functional.base import WAIT, unique

DATA = random.Random(4).randbytes(3 << 20)
CLOUD_SECONDS = 240
"""For one step; real clouds take their time."""

CLEAR_SECONDS = 60
"""For what a cloud clears up behind the last deletion by itself."""

BELOW = {
    'ImageMember': ('Image', 'image'), 'Object': ('Container', 'container'), 'PoolMember': ('Pool', 'pool'),
    'PortForwarding': ('FloatingIp', 'floating_ip'), 'ServerInterface': ('Server', 'server'),
}  # fmt: skip
"""Kinds that are listed for one of another kind, and what the request calls that."""


def plural(noun: str) -> str:
    """How the API calls many of a kind."""
    return f'{noun[:-1]}ies' if noun.endswith('y') else f'{noun}s'


def snake(noun: str) -> str:
    return ''.join(f'_{letter.lower()}' if letter.isupper() else letter for letter in noun).lstrip('_')


def listed(client: oaktreemodel.Client, cloud: str, noun: str, **fields: Any) -> list[Any]:
    """All of one kind as the cloud has them now; nothing where the cloud says that it has no such service."""
    try:
        return list(getattr(client, snake(plural(noun)))(location={'cloud': cloud}, max_age=Duration(), **fields))
    except grpc.RpcError as error:
        if 'SERVICE_ABSENT' not in str(oaktreemodel.error_info(error).reason):
            raise
        return []


class Events:
    """What a watch of one cloud's servers and volumes tells, in a thread."""

    def __init__(self, client: oaktreemodel.Client, cloud: str) -> None:
        self.seen: set[tuple[str, str]] = set()
        """What happened, and the id of what it happened to."""
        self._more = threading.Condition()
        self._synced = 0
        where = {'location': {'cloud': cloud}}
        self._follow = oaktreemodel.follow(
            client.watch.Watch,
            pb.WatchSubscription(**where, kind=pb.RESOURCE_KIND_SERVER, watch_id='servers'),
            pb.WatchSubscription(**where, kind=pb.RESOURCE_KIND_VOLUME, watch_id='volumes'),
        )
        threading.Thread(target=self._read, daemon=True).start()
        self.until('the watches have begun', lambda: self._synced == 2)

    def _read(self) -> None:
        with contextlib.suppress(grpc.RpcError, ValueError):
            for response in self._follow:
                with self._more:
                    self._synced += response.HasField('synced')
                    for change in response.changes.changes:
                        thing = getattr(change.resource, change.resource.WhichOneof('kind'))
                        self.seen.add((pb.WatchChangeType.Name(change.type).removeprefix('WATCH_CHANGE_TYPE_'), thing.id))
                    self._more.notify_all()

    def until(self, what: str, true: Callable[[], bool]) -> None:
        with self._more:
            if not self._more.wait_for(true, CLOUD_SECONDS):
                raise AssertionError(f'not within {CLOUD_SECONDS} s: {what}; {sorted(self.seen)}')


class Workload:
    """One run of it on one cloud."""

    def __init__(self, target: str, cloud: str) -> None:
        self._client = oaktreemodel.connect(target)
        self._cloud = cloud
        self.name = unique('interop')
        """Whatever it makes has a name that begins so."""
        self._later = contextlib.ExitStack()
        self._made: dict[str, Any] = {}
        self.steps: dict[str, float] = {}
        """How long each took, in seconds."""

    def run(self) -> None:
        """Everything, one after the other.

        :raises AssertionError: if the cloud, or oaktree, did otherwise.
        """
        with self._client:
            before = self._everything()
            found = self._client.clouds.GetCapabilities(
                pb.GetCapabilitiesRequest(location={'cloud': self._cloud}), timeout=CLOUD_SECONDS
            )
            self._can = found.capabilities
            self._services = {service.type for service in found.capabilities.services}
            with self._later:
                watched = self._all_steps()
                made = self._ours(before)
                assert set(self._made.values()) <= made.keys(), (self._made, made)
                began = time.monotonic()
            self.steps['tear down'] = time.monotonic() - began
            for thing in watched:
                self._events.until(f'{thing} is gone', lambda thing=thing: ('DELETED', thing) in self._events.seen)
            self._gone(made)

    def _all_steps(self) -> list[str]:
        with self._step('watch'):
            self._events = Events(self._client, self._cloud)
        steps = [self._image, self._keypair, self._group, self._network, self._server]
        if 'block-storage' in self._services:
            steps.append(self._volume)
        if 'object-store' in self._services:
            steps.append(self._objects)
        if 'load-balancer' in self._services:
            steps.append(self._balancer)
        for step in steps:
            with self._step(step.__name__.strip('_')):
                step()
        watched = [self._made[kind] for kind in ('Server', 'Volume') if kind in self._made]
        for thing in watched:
            self._events.until(f'{thing} has come', lambda thing=thing: ('ADDED', thing) in self._events.seen)
        return watched

    @contextlib.contextmanager
    def _step(self, name: str) -> Iterator[None]:
        began = time.monotonic()
        yield
        self.steps[name] = time.monotonic() - began

    def _call(self, service: str, verb: str, noun: str, **fields: Any) -> Any:
        request = getattr(pb, f'{verb}{noun}Request')(location={'cloud': self._cloud}, **fields)
        answer = getattr(getattr(self._client, service), f'{verb}{noun}')(request, timeout=CLOUD_SECONDS)
        return getattr(answer, snake(noun)) if verb == 'Create' else answer

    def _create(self, service: str, noun: str, gone: dict[str, Any] | None = None, **fields: Any) -> Any:
        """One of a kind, that is deleted before what was made before it."""
        fields['name'] = f'{self.name}-{noun.lower()}'
        gone = gone or {}
        try:
            made = self._call(service, 'Create', noun, **fields)
        except grpc.RpcError:
            # It may have come half-way.
            with contextlib.suppress(grpc.RpcError):
                self._call(service, 'Delete', noun, name_or_id=fields['name'], **gone)
            raise
        self._later.callback(self._call, service, 'Delete', noun, name_or_id=made.id, **gone)
        self._made[noun] = made.id
        return made

    def _image(self) -> None:
        assert 'raw' in self._can.image_disk_formats, self._can.image_disk_formats
        where = {'location': {'cloud': self._cloud}}
        chunks = (DATA[at : at + (1 << 20)] for at in range(0, len(DATA), 1 << 20))
        image = self._client.upload_image(chunks, **where, name=f'{self.name}-image', disk_format='raw', size_bytes=len(DATA))
        self._later.callback(self._call, 'image', 'Delete', 'Image', name_or_id=image.id, wait=WAIT)
        self._made['Image'] = image.id
        assert (image.state, image.size_bytes) == (pb.IMAGE_STATE_ACTIVE, len(DATA)), image
        assert b''.join(self._client.download_image(image.id, **where)) == DATA

    def _keypair(self) -> None:
        keypair = self._create('compute', 'Keypair')
        assert keypair.private_key and keypair.public_key, keypair.name

    def _group(self) -> None:
        group = self._create('network', 'SecurityGroup', description='for a web server')
        for fields in ({'protocol': 'tcp', 'port_min': 80, 'port_max': 80}, {'protocol': 'icmp'}):
            self._call(
                'network', 'Create', 'SecurityGroupRule', security_group=group.id, remote_ip_prefix='0.0.0.0/0',
                direction=pb.SECURITY_GROUP_DIRECTION_INGRESS, **fields,
            )  # fmt: skip
        found = next(one for one in listed(self._client, self._cloud, 'SecurityGroup') if one.id == group.id)
        assert {'tcp', 'icmp'} <= {rule.protocol for rule in found.rules}, found

    def _network(self) -> None:
        """A network of one's own where a router can lead out of it, or else one that leads out by itself."""
        outside = [network.id for network in self._can.networks if network.floating]
        if 'router' not in self._can.network_extensions or not outside:
            public = [network for network in self._can.networks if network.attachable and network.public and network.ipv4]
            assert public, self._can.networks
            self._net, self._subnet = public[0].id, ''
            return
        self._net = self._create('network', 'Network').id
        self._subnet = self._create('network', 'Subnet', network=self._net, cidr='198.18.7.0/24').id
        router = self._create('network', 'Router', external_gateway={'network': outside[0]}).id
        interface = {'name_or_id': router, 'subnet': self._subnet}
        self._call('network', 'Add', 'RouterInterface', **interface)
        self._later.callback(self._call, 'network', 'Remove', 'RouterInterface', **interface)

    def _server(self) -> None:
        flavor = min(listed(self._client, self._cloud, 'Flavor'), key=lambda one: (one.ram_mib, one.disk_gib, one.id))
        server = self._create(
            'compute', 'Server', flavor=flavor.id, image='cirros', networks=[self._net], key_name=self._made['Keypair'],
            security_groups=[self._made['SecurityGroup']], auto_ip=True, metadata={'by': self.name}, wait=WAIT,
            gone={'wait': WAIT},
        )  # fmt: skip
        assert server.state == pb.SERVER_STATE_ACTIVE, server
        addresses = {one.ip: one for one in server.addresses}
        assert server.public_v4 in addresses, server
        assert addresses[server.public_v4].floating == self._can.requires_floating_ip, server
        assert server.key_name == self._made['Keypair'], server
        self._address = next(
            one.ip for one in server.addresses if not one.floating and ipaddress.ip_address(one.ip).version == 4
        )

    def _volume(self) -> None:
        volume = self._create('block_storage', 'Volume', size_gib=1, wait=WAIT, gone={'wait': WAIT})
        assert volume.state == pb.VOLUME_STATE_AVAILABLE, volume
        snapshot = self._create('block_storage', 'VolumeSnapshot', volume=volume.id, wait=WAIT, gone={'wait': WAIT})
        assert (snapshot.volume_id, snapshot.state) == (volume.id, pb.VOLUME_SNAPSHOT_STATE_AVAILABLE), snapshot
        both = {'name_or_id': volume.id, 'server': self._made['Server'], 'wait': WAIT}
        attached = self._call('block_storage', 'Attach', 'Volume', **both).volume
        self._later.callback(self._call, 'block_storage', 'Detach', 'Volume', **both)
        assert attached.state == pb.VOLUME_STATE_IN_USE, attached
        assert [one.server_id for one in attached.attachments] == [self._made['Server']], attached

    def _objects(self) -> None:
        container = self._create('object_store', 'Container').name
        where = {'location': {'cloud': self._cloud}, 'container': container}
        name, digest = f'{self.name}-object', hashlib.sha256(DATA).hexdigest()
        parts = [pb.UploadObjectRequest(description={**where, 'name': name, 'sha256': digest})]
        parts += [pb.UploadObjectRequest(chunk=DATA[at : at + (1 << 20)]) for at in range(0, len(DATA), 1 << 20)]
        up = self._client.object_store.UploadObject(iter(parts), timeout=CLOUD_SECONDS)
        self._later.callback(self._call, 'object_store', 'Delete', 'Object', container=container, name_or_id=name)
        request = pb.DownloadObjectRequest(**where, name_or_id=name)
        down = list(self._client.object_store.DownloadObject(request, timeout=CLOUD_SECONDS))
        assert b''.join(part.chunk for part in down) == DATA
        assert up.sha256 == down[-1].sha256 == digest, (up, down[-1])

    def _balancer(self) -> None:
        given = {'wait': WAIT, 'gone': {'wait': WAIT}}
        balancer = self._create('load_balancer', 'LoadBalancer', network=self._net, admin_state_up=True, **given)
        assert (balancer.state, bool(balancer.address)) == (pb.LOAD_BALANCER_STATE_ACTIVE, True), balancer
        listener = self._create(
            'load_balancer', 'Listener', load_balancer=balancer.id, protocol='HTTP', protocol_port=80, **given
        )
        pool = self._create('load_balancer', 'Pool', listener=listener.id, protocol='HTTP', lb_algorithm='ROUND_ROBIN', **given)
        member = self._create(
            'load_balancer', 'PoolMember', pool=pool.id, address=self._address, protocol_port=80, wait=WAIT,
            gone={'pool': pool.id, 'wait': WAIT},
        )  # fmt: skip
        assert (member.address, member.pool_id) == (self._address, pool.id), member
        self._create(
            'load_balancer', 'HealthMonitor', pool=pool.id, type='HTTP', delay_seconds=5, timeout_seconds=3, max_retries=2,
            **given,
        )  # fmt: skip

    def _everything(self) -> dict[str, tuple[str, str]]:
        """Every kind there is: id -> kind, and all that is said of it."""
        return {
            thing.id: (noun, str(thing))
            for noun in ROWS
            if noun not in BELOW
            for thing in listed(self._client, self._cloud, noun)
        }

    def _ours(self, before: dict[str, Any]) -> dict[str, str]:
        """What came since that has our name, or is of something that has: id -> kind."""
        new = {key: told for key, told in self._everything().items() if key not in before}
        ours: dict[str, str] = {}
        while more := [key for key, (_, text) in new.items() if key not in ours and _mentions(text, (self.name, *ours))]:
            ours |= {key: new[key][0] for key in more}
        for noun, (above, field) in BELOW.items():
            for parent, kind in list(ours.items()):
                if kind == above:
                    ours |= {one.id: noun for one in listed(self._client, self._cloud, noun, **{field: parent})}
        return ours

    def _gone(self, made: dict[str, str]) -> None:
        """Every collection is as it was, but for what others did."""
        end = time.monotonic() + CLEAR_SECONDS
        while left := {key: noun for key, (noun, _) in self._everything().items() if key in made}:
            assert time.monotonic() < end, f'left behind on {self._cloud}: {left}'
            time.sleep(1)


def _mentions(text: str, words: tuple[str, ...]) -> bool:
    return any(word in text for word in words)
