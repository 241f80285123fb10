# SPDX-License-Identifier: Apache-2.0
"""On real clouds, what oaktree lists is what openstacksdk lists, field for field."""

import os
from typing import Any

import openstack
from google.protobuf.duration_pb2 import Duration
from oaktreemodel import v1 as pb

from tests.functional.base import CLOUDS, REAL, Case

NOW = Duration()

FLAVOR = {
    'id': 'id', 'name': 'name', 'description': 'description', 'ram_mib': 'ram', 'vcpus': 'vcpus', 'disk_gib': 'disk',
    'ephemeral_gib': 'ephemeral', 'swap_mib': 'swap', 'rxtx_factor': 'rxtx_factor', 'is_public': 'is_public',
    'disabled': 'is_disabled', 'extra_specs': 'extra_specs',
}  # fmt: skip
IMAGE = {
    'id': 'id', 'name': 'name', 'native_status': 'status', 'disk_format': 'disk_format', 'container_format': 'container_format',
    'visibility': 'visibility', 'size_bytes': 'size', 'virtual_size_bytes': 'virtual_size', 'min_disk_gib': 'min_disk',
    'min_ram_mib': 'min_ram', 'checksum': 'checksum', 'hash_algo': 'hash_algo', 'hash_value': 'hash_value',
    'is_protected': 'is_protected', 'hidden': 'is_hidden', 'tags': 'tags', 'location.project.id': 'owner_id',
}  # fmt: skip
NETWORK = {
    'id': 'id', 'name': 'name', 'native_status': 'status', 'description': 'description', 'admin_state_up': 'is_admin_state_up',
    'shared': 'is_shared', 'external': 'is_router_external', 'port_security_enabled': 'is_port_security_enabled',
    'mtu_bytes': 'mtu', 'subnet_ids': 'subnet_ids', 'zones': 'availability_zones', 'dns_domain': 'dns_domain', 'tags': 'tags',
    'location.project.id': 'project_id',
}  # fmt: skip
SUBNET = {
    'id': 'id', 'name': 'name', 'network_id': 'network_id', 'ip_version': 'ip_version', 'cidr': 'cidr',
    'gateway_ip': 'gateway_ip', 'dhcp_enabled': 'is_dhcp_enabled', 'dns_nameservers': 'dns_nameservers',
    'ipv6_address_mode': 'ipv6_address_mode', 'ipv6_ra_mode': 'ipv6_ra_mode', 'subnet_pool_id': 'subnet_pool_id',
    'description': 'description', 'tags': 'tags', 'location.project.id': 'project_id',
}  # fmt: skip
SERVER = {
    'id': 'id', 'name': 'name', 'native_status': 'status', 'native_task_state': 'task_state', 'user_id': 'user_id',
    'key_name': 'key_name', 'description': 'description', 'tags': 'tags', 'locked': 'is_locked', 'host_id': 'host_id',
    'config_drive': 'has_config_drive', 'metadata': 'metadata', 'image_id': 'image.id', 'flavor.name': 'flavor.original_name',
    'flavor.vcpus': 'flavor.vcpus', 'flavor.ram_mib': 'flavor.ram', 'flavor.disk_gib': 'flavor.disk',
    'location.zone': 'availability_zone', 'location.project.id': 'project_id',
}  # fmt: skip

CONTAINER = {'id': 'name', 'name': 'name', 'object_count': 'count', 'size_bytes': 'bytes'}


class SdkAgreesTest(Case):
    """openstacksdk, with the same credentials at the same time, is the measure."""

    def setUp(self) -> None:
        if not REAL:
            self.skipTest('needs real clouds: tox -e gate')
        os.environ['OS_CLIENT_CONFIG_FILE'] = REAL

    def agree(self, ours: Any, theirs: Any, fields: dict[str, str]) -> None:
        ours, theirs = list(ours), {item.id: item for item in theirs}
        self.assertEqual({item.id for item in ours}, set(theirs))
        for item in ours:
            for field, attribute in fields.items():
                with self.subTest(f'{item.name} {field}'):
                    self.assertEqual(plain(follow(item, field)), plain(follow(theirs[item.id], attribute)))

    def test_everything_that_is_listed_agrees(self) -> None:
        for cloud in CLOUDS:
            where = {'location': {'cloud': cloud.name}, 'max_age': NOW}
            with self.subTest(cloud.name), openstack.connect(cloud=cloud.name) as sdk:
                o = self.oaktree
                self.agree(
                    o.compute.ListFlavors(pb.ListFlavorsRequest(**where)).flavors, sdk.list_flavors(get_extra=True), FLAVOR
                )
                self.agree(o.image.ListImages(pb.ListImagesRequest(**where)).images, sdk.image.images(), IMAGE)
                self.agree(o.network.ListNetworks(pb.ListNetworksRequest(**where)).networks, sdk.network.networks(), NETWORK)
                self.agree(o.network.ListSubnets(pb.ListSubnetsRequest(**where)).subnets, sdk.network.subnets(), SUBNET)

    def test_containers_agree(self) -> None:
        for cloud in CLOUDS:
            if cloud.objects:
                ours = self.oaktree.object_store.ListContainers(
                    pb.ListContainersRequest(location={'cloud': cloud.name}, max_age=NOW)
                )
                with self.subTest(cloud.name), openstack.connect(cloud=cloud.name) as sdk:
                    self.agree(ours.containers, sdk.object_store.containers(), CONTAINER)

    def test_flavors_have_no_field_that_is_not_compared(self) -> None:
        rest = {'location', 'properties'}
        self.assertEqual({field.name for field in pb.Flavor.DESCRIPTOR.fields} - rest, set(FLAVOR))

    def test_servers_agree(self) -> None:
        for cloud in CLOUDS:
            server = self.create_server(cloud, metadata={'a': 'b'}, auto_ip=True)
            with self.subTest(cloud.name), openstack.connect(cloud=cloud.name) as sdk:
                theirs = sdk.compute.get_server(server.id)
                self.agree([server], [theirs], SERVER)
                addresses = {one['addr'] for network in theirs.addresses.values() for one in network}
                self.assertEqual({address.ip for address in server.addresses}, addresses)


def follow(item: Any, path: str) -> Any:
    for name in path.split('.'):
        item = getattr(item, name)
    return item


def plain(value: Any) -> Any:
    """A field's value, where proto3 has one word for null, absent and empty."""
    if not value:
        return ''
    if hasattr(value, 'items'):
        return {key: str(one) for key, one in value.items()}
    return value if isinstance(value, str | bytes | int | float) else sorted(value)
