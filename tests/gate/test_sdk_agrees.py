# SPDX-License-Identifier: Apache-2.0
"""On real clouds, what oaktree lists is what openstacksdk lists, field for field."""

import os
from typing import Any

import openstack
from google.protobuf.duration_pb2 import Duration
from oaktreemodel import v1 as pb

from tests.functional.base import CLOUDS, REAL, Case, unique

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
PORT = {
    'id': 'id', 'name': 'name', 'native_status': 'status', 'description': 'description', 'network_id': 'network_id',
    'mac_address': 'mac_address', 'admin_state_up': 'is_admin_state_up', 'device_id': 'device_id',
    'device_owner': 'device_owner', 'security_group_ids': 'security_group_ids',
    'port_security_enabled': 'is_port_security_enabled', 'vnic_type': 'binding_vnic_type',
    'dns_name': 'dns_name', 'dns_domain': 'dns_domain', 'tags': 'tags', 'location.project.id': 'project_id',
}  # fmt: skip
ROUTER = {
    'id': 'id', 'name': 'name', 'native_status': 'status', 'description': 'description', 'admin_state_up': 'is_admin_state_up',
    'distributed': 'is_distributed', 'ha': 'is_ha', 'flavor_id': 'flavor_id', 'zones': 'availability_zones', 'tags': 'tags',
    'location.project.id': 'project_id',
}  # fmt: skip
SUBNET_POOL = {
    'id': 'id', 'name': 'name', 'description': 'description', 'prefixes': 'prefixes', 'ip_version': 'ip_version',
    'default_prefix_length': 'default_prefix_length', 'min_prefix_length': 'minimum_prefix_length',
    'max_prefix_length': 'maximum_prefix_length', 'default_quota': 'default_quota', 'shared': 'is_shared',
    'is_default': 'is_default', 'address_scope_id': 'address_scope_id', 'tags': 'tags', 'location.project.id': 'project_id',
}  # fmt: skip
TRUNK = {
    'id': 'id', 'name': 'name', 'native_status': 'status', 'description': 'description', 'admin_state_up': 'is_admin_state_up',
    'port_id': 'port_id', 'tags': 'tags', 'location.project.id': 'project_id',
}  # fmt: skip
ADDRESS_GROUP = {
    'id': 'id', 'name': 'name', 'description': 'description', 'addresses': 'addresses', 'location.project.id': 'project_id',
}  # fmt: skip
RBAC_POLICY = {
    'id': 'id', 'object_type': 'object_type', 'object_id': 'object_id', 'action': 'action',
    'target_project_id': 'target_project_id', 'location.project.id': 'project_id',
}  # fmt: skip
STATUS = {
    'id': 'id', 'name': 'name', 'native_status': 'provisioning_status', 'admin_state_up': 'is_admin_state_up', 'tags': 'tags',
    'location.project.id': 'project_id',
}  # fmt: skip
LOAD_BALANCER = {
    **STATUS, 'description': 'description', 'address': 'vip_address', 'network_id': 'vip_network_id',
    'subnet_id': 'vip_subnet_id', 'port_id': 'vip_port_id', 'qos_policy_id': 'vip_qos_policy_id', 'provider': 'provider',
    'flavor_id': 'flavor_id', 'location.zone': 'availability_zone',
}  # fmt: skip
LISTENER = {
    **STATUS, 'description': 'description', 'protocol': 'protocol', 'protocol_port': 'protocol_port',
    'default_pool_id': 'default_pool_id', 'connection_limit': 'connection_limit', 'allowed_cidrs': 'allowed_cidrs',
    'insert_headers': 'insert_headers', 'default_tls_container_ref': 'default_tls_container_ref',
    'sni_container_refs': 'sni_container_refs', 'tls_versions': 'tls_versions', 'tls_ciphers': 'tls_ciphers',
    'client_data_timeout_ms': 'timeout_client_data', 'member_connect_timeout_ms': 'timeout_member_connect',
    'member_data_timeout_ms': 'timeout_member_data', 'tcp_inspect_timeout_ms': 'timeout_tcp_inspect',
}  # fmt: skip
POOL = {
    **STATUS, 'description': 'description', 'protocol': 'protocol', 'lb_algorithm': 'lb_algorithm',
    'health_monitor_id': 'health_monitor_id', 'tls_enabled': 'tls_enabled', 'ca_tls_container_ref': 'ca_tls_container_ref',
}  # fmt: skip
HEALTH_MONITOR = {
    **STATUS, 'type': 'type', 'delay_seconds': 'delay', 'timeout_seconds': 'timeout', 'max_retries': 'max_retries',
    'max_retries_down': 'max_retries_down', 'http_method': 'http_method', 'url_path': 'url_path',
    'expected_codes': 'expected_codes',
}  # fmt: skip
APPLICATION_CREDENTIAL = {
    'id': 'id', 'name': 'name', 'description': 'description', 'unrestricted': 'unrestricted',
    'location.project.id': 'project_id',
}  # fmt: skip
SERVER = {
    'id': 'id', 'name': 'name', 'native_status': 'status', 'native_task_state': 'task_state', 'user_id': 'user_id',
    'key_name': 'key_name', 'description': 'description', 'tags': 'tags', 'locked': 'is_locked', 'host_id': 'host_id',
    'config_drive': 'has_config_drive', 'metadata': 'metadata', 'image_id': 'image.id', 'flavor.name': 'flavor.original_name',
    'flavor.vcpus': 'flavor.vcpus', 'flavor.ram_mib': 'flavor.ram', 'flavor.disk_gib': 'flavor.disk',
    'location.zone': 'availability_zone', 'location.project.id': 'project_id',
}  # fmt: skip
SERVER_GROUP = {
    'id': 'id', 'name': 'name', 'user_id': 'user_id', 'server_ids': 'member_ids', 'native_policy': 'policy',
    'location.project.id': 'project_id',
}  # fmt: skip
SERVER_INTERFACE = {
    'id': 'port_id', 'name': 'mac_addr', 'native_status': 'port_state', 'network_id': 'net_id', 'tag': 'tag',
}  # fmt: skip

VOLUME = {
    'id': 'id', 'name': 'name', 'native_status': 'status', 'size_gib': 'size', 'description': 'description',
    'volume_type': 'volume_type', 'volume_type_id': 'volume_type_id', 'bootable': 'is_bootable', 'encrypted': 'is_encrypted',
    'multiattach': 'is_multiattach', 'metadata': 'metadata', 'image_metadata': 'volume_image_metadata',
    'snapshot_id': 'snapshot_id', 'source_volume_id': 'source_volume_id', 'user_id': 'user_id',
    'location.zone': 'availability_zone', 'location.project.id': 'project_id',
}  # fmt: skip
VOLUME_TYPE = {
    'id': 'id', 'name': 'name', 'description': 'description', 'is_public': 'is_public', 'extra_specs': 'extra_specs',
}  # fmt: skip
VOLUME_SNAPSHOT = {
    'id': 'id', 'name': 'name', 'native_status': 'status', 'volume_id': 'volume_id', 'size_gib': 'size',
    'description': 'description', 'metadata': 'metadata', 'progress': 'progress', 'user_id': 'user_id',
    'location.project.id': 'project_id',
}  # fmt: skip
VOLUME_BACKUP = {
    'id': 'id', 'name': 'name', 'native_status': 'status', 'volume_id': 'volume_id', 'snapshot_id': 'snapshot_id',
    'size_gib': 'size', 'description': 'description', 'container': 'container', 'object_count': 'object_count',
    'incremental': 'is_incremental', 'has_dependent_backups': 'has_dependent_backups', 'fail_reason': 'fail_reason',
    'metadata': 'metadata', 'user_id': 'user_id',
}  # fmt: skip
VOLUME_TRANSFER = {'id': 'id', 'name': 'name', 'volume_id': 'volume_id', 'no_snapshots': 'no_snapshots'}

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
                self.agree(o.network.ListPorts(pb.ListPortsRequest(**where)).ports, sdk.network.ports(), PORT)
                self.agree(
                    o.network.ListSubnetPools(pb.ListSubnetPoolsRequest(**where)).subnet_pools, sdk.network.subnet_pools(),
                    SUBNET_POOL,
                )  # fmt: skip
                self.agree(
                    o.network.ListAddressGroups(pb.ListAddressGroupsRequest(**where)).address_groups,
                    sdk.network.address_groups(), ADDRESS_GROUP,
                )  # fmt: skip
                self.agree(
                    o.network.ListRbacPolicies(pb.ListRbacPoliciesRequest(**where)).rbac_policies,
                    sdk.network.rbac_policies(), RBAC_POLICY,
                )  # fmt: skip
                if cloud.floating:
                    self.agree(o.network.ListRouters(pb.ListRoutersRequest(**where)).routers, sdk.network.routers(), ROUTER)
                    self.agree(o.network.ListTrunks(pb.ListTrunksRequest(**where)).trunks, sdk.network.trunks(), TRUNK)

    def test_volumes_and_their_copies_agree(self) -> None:
        for cloud in CLOUDS:
            where = {'location': {'cloud': cloud.name}, 'max_age': NOW}
            with self.subTest(cloud.name), openstack.connect(cloud=cloud.name) as sdk:
                o, s = self.oaktree.block_storage, sdk.block_storage
                self.agree(o.ListVolumes(pb.ListVolumesRequest(**where)).volumes, s.volumes(), VOLUME)
                kinds = o.ListVolumeTypes(pb.ListVolumeTypesRequest(**where)).volume_types
                self.agree(kinds, s.types(), VOLUME_TYPE)
                snapshots = o.ListVolumeSnapshots(pb.ListVolumeSnapshotsRequest(**where)).volume_snapshots
                self.agree(snapshots, s.snapshots(), VOLUME_SNAPSHOT)
                backups = o.ListVolumeBackups(pb.ListVolumeBackupsRequest(**where)).volume_backups
                self.agree(backups, s.backups(), VOLUME_BACKUP)
                transfers = o.ListVolumeTransfers(pb.ListVolumeTransfersRequest(**where)).volume_transfers
                self.agree(transfers, s.transfers(), VOLUME_TRANSFER)

    def test_server_groups_and_interfaces_agree(self) -> None:
        c = self.oaktree.compute
        for cloud in CLOUDS:
            where = {'location': {'cloud': cloud.name}}
            request = pb.CreateServerGroupRequest(**where, name=unique('group'), policy=pb.SERVER_GROUP_POLICY_SOFT_AFFINITY)
            group = c.CreateServerGroup(request, timeout=60).server_group
            self.addCleanup(c.DeleteServerGroup, pb.DeleteServerGroupRequest(**where, name_or_id=group.id))
            server = self.create_server(cloud, server_group=group.id)
            with self.subTest(cloud.name), openstack.connect(cloud=cloud.name) as sdk:
                groups = c.ListServerGroups(pb.ListServerGroupsRequest(**where, max_age=NOW)).server_groups
                self.agree(groups, sdk.compute.server_groups(), SERVER_GROUP)
                interfaces = c.ListServerInterfaces(pb.ListServerInterfacesRequest(**where, server=server.id)).interfaces
                theirs = list(sdk.compute.server_interfaces(server.id))
                for one in theirs:
                    one.id = one.port_id
                self.agree(interfaces, theirs, SERVER_INTERFACE)

    def test_load_balancers_agree(self) -> None:
        for cloud in (cloud for cloud in CLOUDS if cloud.load_balancers):
            where = {'location': {'cloud': cloud.name}, 'max_age': NOW}
            with self.subTest(cloud.name), openstack.connect(cloud=cloud.name) as sdk:
                ours, theirs = self.oaktree.load_balancer, sdk.load_balancer
                balancers = ours.ListLoadBalancers(pb.ListLoadBalancersRequest(**where)).load_balancers
                self.agree(balancers, theirs.load_balancers(), LOAD_BALANCER)
                self.agree(ours.ListListeners(pb.ListListenersRequest(**where)).listeners, theirs.listeners(), LISTENER)
                self.agree(ours.ListPools(pb.ListPoolsRequest(**where)).pools, theirs.pools(), POOL)
                monitors = ours.ListHealthMonitors(pb.ListHealthMonitorsRequest(**where)).health_monitors
                self.agree(monitors, theirs.health_monitors(), HEALTH_MONITOR)

    def test_application_credentials_agree(self) -> None:
        for cloud in CLOUDS:
            request = pb.ListApplicationCredentialsRequest(location={'cloud': cloud.name}, max_age=NOW)
            ours = self.oaktree.identity.ListApplicationCredentials(request).application_credentials
            with self.subTest(cloud.name), openstack.connect(cloud=cloud.name) as sdk:
                theirs = sdk.identity.application_credentials(sdk.current_user_id)
                self.agree(ours, theirs, APPLICATION_CREDENTIAL)

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
