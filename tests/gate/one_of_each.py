# SPDX-License-Identifier: Apache-2.0
"""One of each kind of resource on a cloud, made through oaktree: two empty collections would agree whatever one does."""

import contextlib
import hashlib
import uuid
from collections.abc import Callable
from typing import Any

import grpc
from google.protobuf.duration_pb2 import Duration
from oaktreemodel import v1 as pb

from tests.functional.base import Cloud, unique

WAIT = Duration(seconds=240)
SECONDS = 300


class OneOfEach:
    """What it makes is gone when ``undo`` is closed, last things first."""

    def __init__(
        self, oaktree: Any, cloud: Cloud, undo: contextlib.ExitStack, name: Callable[[str], str] = unique, word: str = 'é'
    ) -> None:
        """:param name: noun -> name.
        :param word: what each has in it, as far as it can."""
        self.oaktree, self.cloud, self.undo = oaktree, cloud, undo
        self.name, self.word = name, word
        self.home = cloud.network
        """The network of servers and load balancers."""
        self.where = {'location': {'cloud': cloud.name}}
        asked = oaktree.clouds.GetCapabilities(pb.GetCapabilitiesRequest(**self.where), timeout=60).capabilities
        self.extensions = set(asked.network_extensions)
        self.services = {service.type for service in asked.services}
        self.ids: dict[str, str] = {}
        """By noun, of those that it made."""
        self.parents: dict[str, str] = {}
        """By noun of what is listed below something else: the id of that."""

    def make(self) -> 'OneOfEach':
        self._network()
        self._image()
        self._compute()
        self._volumes()
        if self.cloud.objects:
            self._objects()
        if self.cloud.load_balancers:
            self._balancer()
        self.create('identity', 'ApplicationCredential', description=self.word, roles=['member'])
        return self

    def create(self, service: str, noun: str, **fields: Any) -> Any:
        """Make one, remember its id, and delete it in the end."""
        stub, request = getattr(self.oaktree, service), getattr(pb, f'Create{noun}Request')
        known = request.DESCRIPTOR.fields_by_name
        if 'name' in known:
            fields.setdefault('name', self.name(noun.lower()))
        if 'wait' in known:
            fields.setdefault('wait', WAIT)
        response = getattr(stub, f'Create{noun}')(request(**self.where, **fields), timeout=SECONDS)
        made = getattr(response, response.DESCRIPTOR.fields[0].name)
        self.undo.callback(self.delete, service, noun, made.id)
        self.ids[noun] = made.id
        return made

    def delete(self, service: str, noun: str, item_id: str, **fields: Any) -> None:
        request = getattr(pb, f'Delete{noun}Request')
        if 'wait' in request.DESCRIPTOR.fields_by_name:
            fields['wait'] = WAIT
        try:
            getattr(getattr(self.oaktree, service), f'Delete{noun}')(
                request(**self.where, name_or_id=item_id, **fields), timeout=SECONDS
            )
        except grpc.RpcError as error:
            if error.code() is not grpc.StatusCode.NOT_FOUND:
                raise

    def _network(self) -> None:
        network = self.create('network', 'Network', description=self.word, tags=['a'])
        subnet = self.create(
            'network', 'Subnet', network=network.id, cidr='10.97.0.0/24', description=self.word, tags=['a'],
            dns_nameservers=['192.0.2.53'], host_routes=[{'destination': '198.51.100.0/24', 'next_hop': '10.97.0.9'}],
        )  # fmt: skip
        group = self.create('network', 'SecurityGroup', description=self.word)
        for fields in ({'protocol': 'tcp', 'port_min': 22, 'port_max': 22, 'remote_ip_prefix': '192.0.2.0/24'},
                       {'protocol': 'icmp', 'remote_group': group.id}):  # fmt: skip
            rule = pb.CreateSecurityGroupRuleRequest(
                **self.where,
                security_group=group.id,
                direction=pb.SECURITY_GROUP_DIRECTION_INGRESS,
                description=self.word,
                **fields,
            )
            self.oaktree.network.CreateSecurityGroupRule(rule, timeout=60)
        port = self.create(
            'network', 'Port', network=network.id, security_groups=[group.id], description=self.word, tags=['a'],
            allowed_address_pairs=[{'ip_address': '10.97.0.77'}],
            extra_dhcp_options=[{'name': 'mtu', 'value': '1400', 'ip_version': 4}],
        )  # fmt: skip
        self.create(
            'network', 'SubnetPool', prefixes=['10.98.0.0/16'], default_prefix_length=24, description=self.word, tags=['a']
        )
        if 'address-scope' in self.extensions:
            self.create('network', 'AddressScope', ip_version=6)
        if 'address-group' in self.extensions:
            self.create('network', 'AddressGroup', addresses=['192.0.2.1/32'], description=self.word)
        self.create(
            'network', 'RbacPolicy', object_type='network', object=network.id, action='access_as_shared',
            target_project_id=uuid.uuid4().hex,
        )  # fmt: skip
        if 'router' in self.extensions:
            router = self.create('network', 'Router', external_gateway={'network': 'public'}, description=self.word, tags=['a'])
            joint = {**self.where, 'name_or_id': router.id, 'subnet': subnet.id}
            self.oaktree.network.AddRouterInterface(pb.AddRouterInterfaceRequest(**joint), timeout=60)
            self.undo.callback(self.oaktree.network.RemoveRouterInterface, pb.RemoveRouterInterfaceRequest(**joint), timeout=60)
            address = self.create('network', 'FloatingIp', description=self.word)
            if 'floating-ip-port-forwarding' in self.extensions:
                forwarding = pb.CreatePortForwardingRequest(
                    **self.where, floating_ip=address.id, port=port.id, protocol='tcp', external_port=2222, internal_port=22,
                    description=self.word,
                )  # fmt: skip
                made = self.oaktree.network.CreatePortForwarding(forwarding, timeout=60).port_forwarding
                self.undo.callback(self.delete, 'network', 'PortForwarding', made.id, floating_ip=address.id)
                self.ids['PortForwarding'], self.parents['PortForwarding'] = made.id, address.id
        if 'trunk' in self.extensions:
            sub = self.create('network', 'Port', name=self.name('sub-port'), network=network.id)
            self.create(
                'network', 'Trunk', port=port.id, description=self.word, tags=['a'],
                sub_ports=[{'port': sub.id, 'segmentation_type': 'vlan', 'segmentation_id': 7}],
            )  # fmt: skip
        self.ids['Port'] = port.id

    def _image(self) -> None:
        data = self.word.encode().ljust(1 << 16, b'\0')
        description = pb.UploadImageDescription(
            **self.where, name=self.name('image'), disk_format='raw', container_format='bare', visibility='shared', tags=['a'],
            properties={'os_distro': 'none'}, min_disk_gib=1, min_ram_mib=16,
        )  # fmt: skip
        parts = (
            pb.UploadImageRequest(description=description), pb.UploadImageRequest(chunk=data),
            pb.UploadImageRequest(sha256=hashlib.sha256(data).hexdigest()),
        )  # fmt: skip
        image = self.oaktree.image.UploadImage(iter(parts), timeout=SECONDS).image
        self.undo.callback(self.delete, 'image', 'Image', image.id)
        member = pb.AddImageMemberRequest(**self.where, name_or_id=image.id, member=uuid.uuid4().hex)
        self.oaktree.image.AddImageMember(member, timeout=60)
        self.ids['Image'] = self.parents['ImageMember'] = image.id

    def _compute(self) -> None:
        key = self.create('compute', 'Keypair')
        group = self.create('compute', 'ServerGroup', policy=pb.SERVER_GROUP_POLICY_SOFT_ANTI_AFFINITY)
        server = self.create(
            'compute', 'Server', flavor=self.cloud.flavor, image=self.cloud.image, key_name=key.name, auto_ip=True,
            networks=[self.home], server_group=group.id, metadata={'a': self.word}, description=self.word, tags=['a'],
        )  # fmt: skip
        self.parents['ServerInterface'] = server.id

    def _volumes(self) -> None:
        given = self.create('block_storage', 'Volume', name=self.name('given-volume'), size_gib=1)
        transfer = pb.CreateVolumeTransferRequest(**self.where, volume=given.id, name=self.name('transfer'))
        made = self.oaktree.block_storage.CreateVolumeTransfer(transfer, timeout=60).volume_transfer
        self.undo.callback(self.delete, 'block_storage', 'VolumeTransfer', made.id)
        self.ids['VolumeTransfer'] = made.id
        volume = self.create(
            'block_storage', 'Volume', image=self.cloud.image, size_gib=1, description=self.word, metadata={'a': self.word}
        )
        self.create('block_storage', 'VolumeSnapshot', volume=volume.id, description=self.word, metadata={'a': self.word})
        self.ids['Volume'] = volume.id

    def _objects(self) -> None:
        container = self.create('object_store', 'Container', metadata={'a': self.word})
        description = {**self.where, 'container': container.name, 'name': 'a/é', 'content_type': 'text/plain'}
        parts = (pb.UploadObjectRequest(description=description), pb.UploadObjectRequest(chunk=self.word.encode() * 100))
        self.oaktree.object_store.UploadObject(iter(parts), timeout=60)
        self.undo.callback(self.delete, 'object_store', 'Object', 'a/é', container=container.name)
        self.ids['Object'], self.parents['Object'] = 'a/é', container.name

    def _balancer(self) -> None:
        balancer = self.create(
            'load_balancer', 'LoadBalancer', network=self.home, description=self.word, tags=['a'], admin_state_up=True
        )  # fmt: skip
        listener = self.create(
            'load_balancer', 'Listener', load_balancer=balancer.id, protocol='HTTP', protocol_port=80, connection_limit=9,
            allowed_cidrs=['192.0.2.0/24'], insert_headers={'X-Forwarded-For': 'true'}, description=self.word, tags=['a'],
        )  # fmt: skip
        pool = self.create(
            'load_balancer', 'Pool', listener=listener.id, protocol='HTTP', lb_algorithm='ROUND_ROBIN', description=self.word,
            tags=['a'], session_persistence={'type': 'APP_COOKIE', 'cookie_name': 'session'},
        )  # fmt: skip
        request = pb.CreatePoolMemberRequest(
            **self.where, name=self.name('member'), pool=pool.id, address='192.0.2.10', protocol_port=8080, weight=3,
            backup=True, monitor_port=8081, tags=['a'], wait=WAIT,
        )  # fmt: skip
        self.ids['PoolMember'] = self.oaktree.load_balancer.CreatePoolMember(request, timeout=SECONDS).pool_member.id
        self.parents['PoolMember'] = pool.id
        self.create(
            'load_balancer', 'HealthMonitor', pool=pool.id, type='HTTP', delay_seconds=5, timeout_seconds=3, max_retries=2,
            http_method='GET', url_path='/health', expected_codes='200', tags=['a'],
        )  # fmt: skip
