# SPDX-License-Identifier: Apache-2.0
"""Networks, and what belongs to them, as Neutron writes them.

https://docs.openstack.org/api-ref/network/v2/
"""

from operator import itemgetter
from typing import Any

from oaktreemodel import v1 as pb

from oaktree.resource import Document, Resource

TIMES = {'create_time': 'created_at', 'update_time': 'updated_at'}


def _picked(key: str, **names: str) -> Any:
    """Of each object of a list these keys: the field's name for each -> the key, that others may have been added to."""

    def pick(document: Document) -> list[dict[str, Any]]:
        return [
            {name: value for name, source in names.items() if (value := one.get(source)) is not None}
            for one in document.get(key) or ()
        ]

    return pick


NETWORK = Resource(
    pb.Network, 'network', '/networks', 'networks', ttl=60, touches=('subnets', 'ports'),
    fields={
        **TIMES, 'native_status': 'status', 'external': 'router:external', 'mtu_bytes': 'mtu', 'subnet_ids': 'subnets',
        'zones': 'availability_zones',
    },
    states={
        'ACTIVE': pb.NETWORK_STATE_ACTIVE, 'BUILD': pb.NETWORK_STATE_BUILDING, 'DOWN': pb.NETWORK_STATE_DOWN,
        'ERROR': pb.NETWORK_STATE_ERROR,
    },
)  # fmt: skip

SUBNET = Resource(
    pb.Subnet, 'network', '/subnets', 'subnets', ttl=60, touches=('networks', 'ports'),
    fields={
        **TIMES, 'dhcp_enabled': 'enable_dhcp', 'subnet_pool_id': 'subnetpool_id',
        'host_routes': _picked('host_routes', destination='destination', next_hop='nexthop'),
        'allocation_pools': _picked('allocation_pools', start='start', end='end'),
    },
)  # fmt: skip

PORT = Resource(
    pb.Port, 'network', '/ports', 'ports', ttl=5, touches=('servers', 'floatingips', 'trunks'),
    fields={
        **TIMES, 'native_status': 'status', 'security_group_ids': 'security_groups', 'vnic_type': 'binding:vnic_type',
        'server_id': lambda d: _server(d),
        'fixed_ips': _picked('fixed_ips', subnet_id='subnet_id', ip_address='ip_address'),
        'allowed_address_pairs': _picked('allowed_address_pairs', ip_address='ip_address', mac_address='mac_address'),
        'extra_dhcp_options': _picked('extra_dhcp_opts', name='opt_name', value='opt_value', ip_version='ip_version'),
    },
    used=frozenset({'extra_dhcp_opts'}),
    states={
        'ACTIVE': pb.PORT_STATE_ACTIVE, 'BUILD': pb.PORT_STATE_BUILDING, 'DOWN': pb.PORT_STATE_DOWN,
        'ERROR': pb.PORT_STATE_ERROR,
    },
)  # fmt: skip


def _gateway(document: Document) -> dict[str, Any] | None:
    gateway = document.get('external_gateway_info')
    if not gateway:
        return None
    return {
        'network_id': gateway.get('network_id') or '',
        'snat_enabled': bool(gateway.get('enable_snat')),
        'fixed_ips': _picked('external_fixed_ips', subnet_id='subnet_id', ip_address='ip_address')(gateway),
    }


ROUTER = Resource(
    pb.Router, 'network', '/routers', 'routers', ttl=60, touches=('ports', 'floatingips'), optional=True,
    fields={
        **TIMES, 'native_status': 'status', 'zones': 'availability_zones', 'external_gateway': _gateway,
        'routes': _picked('routes', destination='destination', next_hop='nexthop'),
    },
    used=frozenset({'external_gateway_info'}),
    states={
        'ACTIVE': pb.ROUTER_STATE_ACTIVE, 'ALLOCATING': pb.ROUTER_STATE_BUILDING, 'BUILD': pb.ROUTER_STATE_BUILDING,
        'DOWN': pb.ROUTER_STATE_DOWN, 'ERROR': pb.ROUTER_STATE_ERROR,
    },
)  # fmt: skip

SUBNET_POOL = Resource(
    pb.SubnetPool, 'network', '/subnetpools', 'subnetpools', ttl=60, optional=True,
    fields={
        **TIMES, 'default_prefix_length': 'default_prefixlen', 'min_prefix_length': 'min_prefixlen',
        'max_prefix_length': 'max_prefixlen',
    },
)  # fmt: skip

TRUNK = Resource(
    pb.Trunk, 'network', '/trunks', 'trunks', ttl=30, touches=('ports',), optional=True,
    fields={
        **TIMES, 'native_status': 'status',
        'sub_ports': _picked(
            'sub_ports', port_id='port_id', segmentation_type='segmentation_type', segmentation_id='segmentation_id'
        ),
    },
    states={
        'ACTIVE': pb.TRUNK_STATE_ACTIVE, 'BUILD': pb.TRUNK_STATE_BUILDING, 'DEGRADED': pb.TRUNK_STATE_DEGRADED,
        'DOWN': pb.TRUNK_STATE_DOWN, 'ERROR': pb.TRUNK_STATE_ERROR,
    },
)  # fmt: skip

ADDRESS_GROUP = Resource(
    pb.AddressGroup, 'network', '/address-groups', 'address_groups', ttl=60, optional=True, fields=TIMES,
)  # fmt: skip

ADDRESS_SCOPE = Resource(pb.AddressScope, 'network', '/address-scopes', 'address_scopes', ttl=60, optional=True)

RBAC_POLICY = Resource(
    # It has no name.
    pb.RbacPolicy, 'network', '/rbac-policies', 'rbac_policies', ttl=60, optional=True,
    touches=('networks', 'subnets', 'subnetpools', 'security_groups', 'address_groups'),
    fields={'name': 'id', 'target_project_id': 'target_tenant'},
)  # fmt: skip

FLOATING_IP = Resource(
    # Where there are no routers there are no floating IPs either, and their collection answers 404.
    pb.FloatingIp, 'network', '/floatingips', 'floatingips', ttl=5, touches=('servers',), optional=True,
    fields={
        **TIMES, 'native_status': 'status', 'name': 'floating_ip_address', 'address': 'floating_ip_address',
        'fixed_address': 'fixed_ip_address', 'network_id': 'floating_network_id',
        # Only servers have ports that a "compute:" owner binds.
        'server_id': lambda d: _server(d.get('port_details') or {}),
    },
    used=frozenset({'port_details'}),
    states={
        'ACTIVE': pb.FLOATING_IP_STATE_ACTIVE, 'DOWN': pb.FLOATING_IP_STATE_DOWN, 'ERROR': pb.FLOATING_IP_STATE_ERROR,
    },
)  # fmt: skip

PORT_FORWARDING = Resource(
    # Each floating IP has its own: the path is behind that of the floating IP. It has no name.
    pb.PortForwarding, 'network', '/floatingips', 'port_forwardings', ttl=0,
    fields={'name': 'id', 'port_id': 'internal_port_id', 'fixed_address': 'internal_ip_address'},
)  # fmt: skip


def _server(port: Document) -> str:
    return port.get('device_id') or '' if str(port.get('device_owner')).startswith('compute:') else ''


DIRECTIONS = {
    'ingress': pb.SECURITY_GROUP_DIRECTION_INGRESS,
    'egress': pb.SECURITY_GROUP_DIRECTION_EGRESS,
}


def rule(document: Document) -> dict[str, Any]:
    """One rule of a security group, as a message's constructor takes it."""
    return {
        'id': document['id'],
        'direction': DIRECTIONS.get(str(document.get('direction')), pb.SECURITY_GROUP_DIRECTION_UNSPECIFIED),
        'ip_version': 6 if document.get('ethertype') == 'IPv6' else 4,
        'protocol': str(document.get('protocol') or ''),
        'port_min': document.get('port_range_min'),
        'port_max': document.get('port_range_max'),
        'remote_ip_prefix': document.get('remote_ip_prefix') or '',
        'remote_group_id': document.get('remote_group_id') or '',
        'description': document.get('description') or '',
    }


SECURITY_GROUP = Resource(
    # Neutron gives rules in any order, which is no change.
    pb.SecurityGroup, 'network', '/security-groups', 'security_groups', ttl=30,
    fields={**TIMES, 'rules': lambda d: sorted(map(rule, d.get('security_group_rules') or ()), key=itemgetter('id'))},
    used=frozenset({'security_group_rules'}),
)  # fmt: skip
