# SPDX-License-Identifier: Apache-2.0
"""What of openstacksdk each field of each row is held against; where not, why.

The tables of compute, image, network and volumes are those that the unit tests hold against stored answers.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from tests.unit import test_normalise as oracle

Attribute = str | Callable[[Any], Any]
Table = dict[str, Attribute]


def addresses(server: Any) -> list[dict[str, Any]]:
    """Which are public the unit tests and the cloud layer tell."""
    return [dict(one) | {'is_public': None} for one in oracle.SERVER['addresses'](server)]  # type: ignore[operator]


def in_order(path: str, found: Any) -> Any:
    """A list of which one of both has the order of its own: Neutron has none, and ours has public addresses first."""
    if path == 'Server.addresses':
        return sorted((one | {'is_public': None} for one in found), key=lambda one: str(one['ip']))
    return sorted(found, key=lambda one: str(one['id'])) if path == 'SecurityGroup.rules' else found


def ids(attribute: str) -> Callable[[Any], list[str]]:
    return lambda sdk: [one['id'] for one in getattr(sdk, attribute) or ()]


def first(attribute: str) -> Callable[[Any], str]:
    return lambda sdk: next((one['id'] for one in getattr(sdk, attribute) or ()), '')


STATUS: Table = {
    'id': 'id', 'name': 'name', 'native_status': 'provisioning_status', 'operating_status': 'operating_status',
    'admin_state_up': 'is_admin_state_up', 'tags': 'tags', 'create_time': 'created_at', 'update_time': 'updated_at',
}  # fmt: skip
PORT_FORWARDING: Table = {**oracle.PORT_FORWARDING, 'floating_ip_id': 'floatingip_id'}
LOAD_BALANCER: Table = {
    **STATUS, 'description': 'description', 'address': 'vip_address', 'network_id': 'vip_network_id',
    'subnet_id': 'vip_subnet_id', 'port_id': 'vip_port_id', 'qos_policy_id': 'vip_qos_policy_id', 'provider': 'provider',
    'flavor_id': 'flavor_id', 'listener_ids': ids('listeners'), 'pool_ids': ids('pools'),
}  # fmt: skip
LISTENER: Table = {
    **STATUS, 'description': 'description', 'protocol': 'protocol', 'protocol_port': 'protocol_port',
    'default_pool_id': 'default_pool_id', 'connection_limit': 'connection_limit', 'allowed_cidrs': 'allowed_cidrs',
    'insert_headers': 'insert_headers', 'default_tls_container_ref': 'default_tls_container_ref',
    'sni_container_refs': 'sni_container_refs', 'tls_versions': 'tls_versions', 'tls_ciphers': 'tls_ciphers',
    'client_data_timeout_ms': 'timeout_client_data', 'member_connect_timeout_ms': 'timeout_member_connect',
    'member_data_timeout_ms': 'timeout_member_data', 'tcp_inspect_timeout_ms': 'timeout_tcp_inspect',
    'load_balancer_id': first('load_balancers'),
}  # fmt: skip
PERSISTENCE = {'type': 'type', 'cookie_name': 'cookie_name', 'timeout_seconds': 'persistence_timeout',
               'granularity': 'persistence_granularity'}  # fmt: skip
POOL: Table = {
    **STATUS, 'description': 'description', 'protocol': 'protocol', 'lb_algorithm': 'lb_algorithm',
    'health_monitor_id': 'health_monitor_id', 'tls_enabled': 'tls_enabled', 'ca_tls_container_ref': 'ca_tls_container_ref',
    'load_balancer_id': first('loadbalancers'), 'listener_ids': ids('listeners'), 'member_ids': ids('members'),
    'session_persistence': lambda sdk: sdk.session_persistence and {
        ours: sdk.session_persistence.get(theirs) for ours, theirs in PERSISTENCE.items()
    },
}  # fmt: skip
POOL_MEMBER: Table = {
    **STATUS, 'pool_id': 'pool_id', 'address': 'address', 'protocol_port': 'protocol_port', 'subnet_id': 'subnet_id',
    'weight': 'weight', 'backup': 'backup', 'monitor_address': 'monitor_address', 'monitor_port': 'monitor_port',
}  # fmt: skip
HEALTH_MONITOR: Table = {
    **STATUS, 'type': 'type', 'delay_seconds': 'delay', 'timeout_seconds': 'timeout', 'max_retries': 'max_retries',
    'max_retries_down': 'max_retries_down', 'http_method': 'http_method', 'url_path': 'url_path',
    'expected_codes': 'expected_codes', 'pool_id': first('pools'),
}  # fmt: skip
APPLICATION_CREDENTIAL: Table = {
    'id': 'id', 'name': 'name', 'description': 'description', 'unrestricted': 'unrestricted', 'expire_time': 'expires_at',
    'roles': lambda sdk: [role['name'] for role in sdk.roles],
    'access_rules': lambda sdk: [
        {key: rule.get(key) or '' for key in ('service', 'method', 'path', 'id')} for rule in sdk.access_rules or ()
    ],
}  # fmt: skip
CONTAINER: Table = {'id': 'name', 'name': 'name', 'object_count': 'count', 'size_bytes': 'bytes'}
OBJECT: Table = {
    'id': 'name', 'name': 'name', 'container': 'container', 'size_bytes': '_bytes', 'content_type': '_content_type',
    'etag': '_hash', 'update_time': '_last_modified',
}  # fmt: skip


ACCOUNT = 'account'
"""The owner of what Swift lists: the project whose account it is, which is the caller's."""


@dataclass(frozen=True)
class Kind:
    """How a row is listed, and what its fields are held against."""

    service: str
    theirs: Callable[..., Iterable[Any]]
    """(connection, id of the parent if it has one) -> the same list by openstacksdk."""
    table: Table
    owner: str = ''
    """The attribute that tells whose it is, which our location tells; empty where the cloud's answer doesn't."""
    zone: str = ''
    parent: str = ''
    """The field of the request that names what it is listed below."""
    key: str = ''
    """Says what it is called in the SDK's rows, where that is not ``id``."""


KINDS = {
    'Flavor': Kind('compute', lambda c: c.compute.flavors(get_extra_specs=True), oracle.FLAVOR),
    'Keypair': Kind('compute', lambda c: c.compute.keypairs(), oracle.KEYPAIR),
    'Server': Kind('compute', lambda c: c.compute.servers(), {**oracle.SERVER, 'addresses': addresses}, 'project_id',
                   'availability_zone'),
    'ServerGroup': Kind('compute', lambda c: c.compute.server_groups(), oracle.SERVER_GROUP, 'project_id'),
    'ServerInterface': Kind('compute', lambda c, server: c.compute.server_interfaces(server), oracle.SERVER_INTERFACE,
                            parent='server', key='port_id'),
    'Image': Kind('image', lambda c: c.image.images(), oracle.IMAGE, 'owner_id'),
    'ImageMember': Kind('image', lambda c, image: c.image.members(image), oracle.IMAGE_MEMBER, parent='image',
                        key='member_id'),
    'Network': Kind('network', lambda c: c.network.networks(), oracle.NETWORK, 'project_id'),
    'Subnet': Kind('network', lambda c: c.network.subnets(), oracle.SUBNET, 'project_id'),
    'Port': Kind('network', lambda c: c.network.ports(), oracle.PORT, 'project_id'),
    'Router': Kind('network', lambda c: c.network.routers(), oracle.ROUTER, 'project_id'),
    'SubnetPool': Kind('network', lambda c: c.network.subnet_pools(), oracle.SUBNET_POOL, 'project_id'),
    'Trunk': Kind('network', lambda c: c.network.trunks(), oracle.TRUNK, 'project_id'),
    'AddressGroup': Kind('network', lambda c: c.network.address_groups(), oracle.ADDRESS_GROUP, 'project_id'),
    'AddressScope': Kind('network', lambda c: c.network.address_scopes(), oracle.ADDRESS_SCOPE, 'project_id'),
    'RbacPolicy': Kind('network', lambda c: c.network.rbac_policies(), oracle.RBAC_POLICY, 'project_id'),
    'FloatingIp': Kind('network', lambda c: c.network.ips(), oracle.FLOATING_IP, 'project_id'),
    'PortForwarding': Kind('network', lambda c, address: c.network.floating_ip_port_forwardings(address), PORT_FORWARDING,
                           ACCOUNT, parent='floating_ip'),
    'SecurityGroup': Kind('network', lambda c: c.network.security_groups(), oracle.SECURITY_GROUP, 'project_id'),
    'Volume': Kind('block_storage', lambda c: c.block_storage.volumes(), oracle.VOLUME, 'project_id', 'availability_zone'),
    'VolumeType': Kind('block_storage', lambda c: c.block_storage.types(), oracle.VOLUME_TYPE),
    'VolumeSnapshot': Kind('block_storage', lambda c: c.block_storage.snapshots(), oracle.VOLUME_SNAPSHOT, 'project_id'),
    'VolumeBackup': Kind('block_storage', lambda c: c.block_storage.backups(), oracle.VOLUME_BACKUP),
    'VolumeTransfer': Kind('block_storage', lambda c: c.block_storage.transfers(), oracle.VOLUME_TRANSFER),
    'LoadBalancer': Kind('load_balancer', lambda c: c.load_balancer.load_balancers(), LOAD_BALANCER, 'project_id',
                         'availability_zone'),
    'Listener': Kind('load_balancer', lambda c: c.load_balancer.listeners(), LISTENER, 'project_id'),
    'Pool': Kind('load_balancer', lambda c: c.load_balancer.pools(), POOL, 'project_id'),
    'PoolMember': Kind('load_balancer', lambda c, pool: c.load_balancer.members(pool), POOL_MEMBER, 'project_id',
                       parent='pool'),
    'HealthMonitor': Kind('load_balancer', lambda c: c.load_balancer.health_monitors(), HEALTH_MONITOR, 'project_id'),
    'ApplicationCredential': Kind(
        'identity', lambda c: c.identity.application_credentials(c.current_user_id), APPLICATION_CREDENTIAL, 'project_id'
    ),
    'Container': Kind('object_store', lambda c: c.object_store.containers(), CONTAINER, ACCOUNT),
    'Object': Kind('object_store', lambda c, container: c.object_store.objects(container), OBJECT, ACCOUNT, parent='container'),
}  # fmt: skip
"""Every row, by noun."""

EXCEPTIONS = {
    '*.location': 'cloud, region, project and zone are compared one by one',
    '*.properties': 'what openstacksdk drops, or keeps under names of its own; the unit tests hold it against raw answers',
    '*.state': 'openstacksdk has no normalised states: it must have one wherever there is a native_status',
    'Server.private_v4': 'compared with what the cloud layer finds, and public_v4 and public_v6 with it',
    'Server.public_v4': 'the same',
    'Server.public_v6': 'the same',
    'AddressGroup.shared': 'openstacksdk does not know of it',
    'AddressGroup.create_time': 'openstacksdk does not know of it',
    'AddressGroup.update_time': 'openstacksdk does not know of it',
    'PortForwarding.external_port_range': 'openstacksdk does not know of it',
    'PortForwarding.internal_port_range': 'openstacksdk does not know of it',
    'VolumeTransfer.source_project_id': 'openstacksdk does not know of it',
    'VolumeTransfer.destination_project_id': 'openstacksdk does not know of it',
    'VolumeTransfer.accepted': 'openstacksdk does not know of it',
    'Pool.tls_container_ref': 'openstacksdk does not know of it',
    'HealthMonitor.http_version': 'openstacksdk does not know of it',
    'HealthMonitor.domain_name': 'openstacksdk does not know of it',
    'ApplicationCredential.secret': 'only the answer to the POST has it',
    'Container.update_time': 'openstacksdk does not know of it',
    'Container.access': 'a list has it not; test_objects.py looks at what a Get tells',
    'Container.read_acl': 'the same',
    'Container.write_acl': 'the same',
    'Container.metadata': 'the same',
    'Container.storage_policy': 'the same',
    'Container.signs_urls': 'the same',
    'Object.is_prefix': 'openstacksdk asks for no prefixes',
    'Object.segmented': 'a list tells it by a key that openstacksdk drops',
    'Object.sha256': 'a list has it not; test_objects.py looks at what a Get tells',
    'Object.metadata': 'the same',
    'Object.content_encoding': 'the same',
    'Object.content_disposition': 'the same',
    'Object.delete_time': 'the same',
}
"""Fields that are not held against the SDK's, and why."""

ABSENT = {
    'VolumeBackup': 'the gate runs no cinder-backup',
}
"""Rows of which there are none to be compared, and why."""
