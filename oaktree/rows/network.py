# SPDX-License-Identifier: Apache-2.0
"""Networks, subnets, floating IPs and security groups as Neutron writes them.

https://docs.openstack.org/api-ref/network/v2/
"""

from typing import Any

from oaktreemodel import v1 as pb

from oaktree.resource import Document, Resource

TIMES = {'create_time': 'created_at', 'update_time': 'updated_at'}

NETWORK = Resource(
    pb.Network, 'network', '/networks', 'networks', ttl=60, touches=('subnets',),
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
    pb.Subnet, 'network', '/subnets', 'subnets', ttl=60, touches=('networks',),
    fields={
        **TIMES, 'dhcp_enabled': 'enable_dhcp', 'subnet_pool_id': 'subnetpool_id',
        'host_routes': lambda d: [
            {'destination': route.get('destination', ''), 'next_hop': route.get('nexthop', '')}
            for route in d.get('host_routes') or ()
        ],
        'allocation_pools': lambda d: [
            {'start': pool.get('start', ''), 'end': pool.get('end', '')} for pool in d.get('allocation_pools') or ()
        ],
    },
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
    pb.SecurityGroup, 'network', '/security-groups', 'security_groups', ttl=30,
    fields={**TIMES, 'rules': lambda d: [rule(one) for one in d.get('security_group_rules') or ()]},
    used=frozenset({'security_group_rules'}),
)  # fmt: skip
