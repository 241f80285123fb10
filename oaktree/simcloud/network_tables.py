# SPDX-License-Identifier: Apache-2.0
"""Neutron's kinds of resource, and the tables that hold them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from oaktree.simcloud.http import Doc
from oaktree.simcloud.store import Shelf

STAMPS = ('id', 'name', 'project_id', 'tenant_id', 'description', 'created_at', 'updated_at', 'revision_number', 'status')


@dataclass(frozen=True)
class Kind:
    """What is particular to one kind of resource."""

    singular: str
    plural: str
    """As in the path."""
    error: str
    """The name in error documents: Network in NetworkNotFound."""
    defaults: Doc
    """The fields that a creator may give."""
    fixed: tuple[str, ...] = ()
    """Of those, the ones that no update may change."""
    admin: tuple[str, ...] = ()
    """Fields shown to administrators only."""
    required: tuple[str, ...] = ()
    made: tuple[str, ...] = ()
    """Further fields that the service fills and lists may filter by."""
    indexes: tuple[str, ...] = ()
    filters: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, 'filters', frozenset((*STAMPS, *self.defaults, *self.made)))

    @property
    def key(self) -> str:
        return self.plural.replace('-', '_')


class Table:
    """The resources of one kind, ordered by id as Neutron pages them."""

    def __init__(self, kind: Kind) -> None:
        self.kind = kind
        self.shelf: Shelf[Doc] = Shelf(lambda item: item['id'], lambda item: item['id'])
        self._indexes: dict[str, dict[str, dict[str, Doc]]] = {name: {} for name in kind.indexes}

    def get(self, ident: str) -> Doc | None:
        return self.shelf.get(ident)

    def add(self, item: Doc) -> Doc:
        self.shelf.add(item)
        for name, index in self._indexes.items():
            index.setdefault(item[name], {})[item['id']] = item
        return item

    def remove(self, item: Doc) -> None:
        self.shelf.remove(item['id'])
        for name, index in self._indexes.items():
            index[item[name]].pop(item['id'], None)

    def change(self, item: Doc, changes: Doc) -> None:
        for name, index in self._indexes.items():
            if name in changes and changes[name] != item[name]:
                index[item[name]].pop(item['id'], None)
                index.setdefault(changes[name], {})[item['id']] = item
        item.update(changes)

    def where(self, name: str, value: str) -> list[Doc]:
        """The items with this value of an indexed field."""
        return list(self._indexes[name].get(value, {}).values())

    def narrow(self, filters: Iterable[tuple[str, set[str]]]) -> list[Doc] | None:
        """The only items that can pass the filters, or None where no index helps."""
        for name, values in filters:
            if name == 'id':
                return [item for value in values if (item := self.get(value)) is not None]
            if name in self._indexes:
                return [item for value in values for item in self.where(name, value)]
        return None


NETWORK = Kind(
    'network',
    'networks',
    'Network',
    {
        'name': '',
        'description': '',
        'admin_state_up': True,
        'shared': False,
        'router:external': False,
        'mtu': 1450,
        'dns_domain': '',
        'port_security_enabled': True,
        'availability_zone_hints': [],
        'qos_policy_id': None,
        'is_default': False,
        'provider:network_type': 'vxlan',
        'provider:physical_network': None,
        'provider:segmentation_id': None,
    },
    admin=('provider:network_type', 'provider:physical_network', 'provider:segmentation_id'),
    made=('subnets', 'availability_zones', 'ipv4_address_scope', 'ipv6_address_scope'),
)
SUBNET = Kind(
    'subnet',
    'subnets',
    'Subnet',
    {
        'name': '',
        'description': '',
        'network_id': None,
        'cidr': None,
        'ip_version': 4,
        'gateway_ip': None,
        'enable_dhcp': True,
        'allocation_pools': None,
        'dns_nameservers': [],
        'host_routes': [],
        'ipv6_ra_mode': None,
        'ipv6_address_mode': None,
        'subnetpool_id': None,
        'service_types': [],
        'prefixlen': None,
        'use_default_subnetpool': False,
    },
    fixed=('network_id', 'cidr', 'ip_version', 'ipv6_ra_mode', 'ipv6_address_mode', 'subnetpool_id', 'prefixlen'),
    required=('network_id', 'ip_version'),
    admin=('segment_id',),
    made=('shared', 'router:external'),
    indexes=('network_id',),
)
PORT = Kind(
    'port',
    'ports',
    'Port',
    {
        'name': '',
        'description': '',
        'network_id': None,
        'admin_state_up': True,
        'mac_address': None,
        'fixed_ips': None,
        'device_id': '',
        'device_owner': '',
        'security_groups': None,
        'allowed_address_pairs': [],
        'extra_dhcp_opts': [],
        'port_security_enabled': True,
        'binding:vnic_type': 'normal',
        'binding:host_id': '',
        'binding:profile': {},
        'qos_policy_id': None,
        'dns_name': '',
        'dns_domain': '',
    },
    fixed=('network_id',),
    admin=('binding:host_id', 'binding:profile', 'binding:vif_type', 'binding:vif_details'),
    required=('network_id',),
    made=('ip_address',),
    indexes=('device_id', 'network_id'),
)
ROUTER = Kind(
    'router',
    'routers',
    'Router',
    {
        'name': '',
        'description': '',
        'admin_state_up': True,
        'external_gateway_info': None,
        'routes': [],
        'availability_zone_hints': [],
        'flavor_id': None,
        'ha': None,
        'distributed': None,
    },
    fixed=('flavor_id', 'availability_zone_hints'),
    admin=('ha', 'distributed'),
    made=('availability_zones',),
)
FLOATING_IP = Kind(
    'floatingip',
    'floatingips',
    'FloatingIP',
    {
        'description': '',
        'floating_network_id': None,
        'floating_ip_address': None,
        'port_id': None,
        'fixed_ip_address': None,
        'subnet_id': None,
        'dns_name': '',
        'dns_domain': '',
        'qos_policy_id': None,
    },
    fixed=('floating_network_id', 'floating_ip_address', 'subnet_id', 'dns_name', 'dns_domain'),
    required=('floating_network_id',),
    made=('router_id',),
    indexes=('port_id',),
)
SECURITY_GROUP = Kind(
    'security_group', 'security-groups', 'SecurityGroup', {'name': '', 'description': '', 'stateful': True}, made=('shared',)
)
RULE = Kind(
    'security_group_rule',
    'security-group-rules',
    'SecurityGroupRule',
    {
        'description': '',
        'security_group_id': None,
        'direction': None,
        'ethertype': 'IPv4',
        'protocol': None,
        'port_range_min': None,
        'port_range_max': None,
        'remote_ip_prefix': None,
        'remote_group_id': None,
        'remote_address_group_id': None,
    },
    fixed=(
        'security_group_id',
        'direction',
        'ethertype',
        'protocol',
        'port_range_min',
        'port_range_max',
        'remote_ip_prefix',
        'remote_group_id',
        'remote_address_group_id',
    ),
    required=('security_group_id', 'direction'),
    made=('normalized_cidr', 'belongs_to_default_sg'),
    indexes=('security_group_id',),
)
SUBNET_POOL = Kind(
    'subnetpool',
    'subnetpools',
    'SubnetPool',
    {
        'name': '',
        'description': '',
        'prefixes': None,
        'default_prefixlen': None,
        'min_prefixlen': None,
        'max_prefixlen': None,
        'default_quota': None,
        'shared': False,
        'is_default': False,
        'address_scope_id': None,
    },
    fixed=('shared',),
    required=('prefixes',),
    made=('ip_version',),
)
ADDRESS_SCOPE = Kind(
    'address_scope',
    'address-scopes',
    'AddressScope',
    {'name': '', 'ip_version': None, 'shared': False},
    fixed=('ip_version',),
    required=('ip_version',),
)
ADDRESS_GROUP = Kind(
    'address_group',
    'address-groups',
    'AddressGroup',
    {'name': '', 'description': '', 'addresses': []},
    fixed=('addresses',),
    made=('shared',),
)
RBAC_POLICY = Kind(
    'rbac_policy',
    'rbac-policies',
    'RbacPolicy',
    {'object_type': None, 'object_id': None, 'action': None, 'target_tenant': None},
    fixed=('object_type', 'object_id', 'action'),
    required=('object_type', 'object_id', 'action', 'target_tenant'),
)
TRUNK = Kind(
    'trunk',
    'trunks',
    'Trunk',
    {'name': '', 'description': '', 'admin_state_up': True, 'port_id': None, 'sub_ports': []},
    fixed=('port_id', 'sub_ports'),
    required=('port_id',),
)
KINDS = (NETWORK, SUBNET, PORT, SECURITY_GROUP, RULE, SUBNET_POOL, ADDRESS_SCOPE, ADDRESS_GROUP, RBAC_POLICY)
ROUTED_KINDS = (ROUTER, FLOATING_IP, TRUNK)
