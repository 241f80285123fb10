# SPDX-License-Identifier: Apache-2.0
"""What requests to the network service say, in Neutron's words, where a row is not enough.

https://docs.openstack.org/api-ref/network/v2/
"""

from collections.abc import Iterable
from typing import Any

from oaktreemodel import v1 as pb

from oaktree import errors, finding, verbs, writes
from oaktree.resource import Place, Resource
from oaktree.rows.network import ADDRESS_GROUP, NETWORK, PORT, SECURITY_GROUP, SUBNET, SUBNET_POOL

LONGEST = 255
"""Characters that Neutron's database has room for in a name or a description."""

SHARED = {'address_group': ADDRESS_GROUP, 'network': NETWORK, 'security_group': SECURITY_GROUP, 'subnetpool': SUBNET_POOL}
"""What an RBAC policy may be about and has a name here; of other kinds the id is needed."""


def renamed(field: str, key: str) -> writes.Say:
    """What only a request says, and by another key."""

    async def say(_service: verbs.Service, _place: Place, request: Any) -> dict[str, Any]:
        return {key: getattr(request, field)}

    return say


def or_nothing(field: str) -> writes.Say:
    """What Neutron takes null for where there is to be none."""

    async def say(_service: verbs.Service, _place: Place, request: Any) -> dict[str, Any]:
        return {field: getattr(request, field) or None}

    return say


def instead_of(field: str, wish: str, key: str, nothing: Any) -> writes.Say:
    """A wish for nothing where the cloud would choose something.

    :param field: the field that would say what.
    """

    async def say(_service: verbs.Service, _place: Place, request: Any) -> dict[str, Any]:
        if getattr(request, field):
            raise errors.invalid(wish, f'contradicts {field}: set one of them')
        return {key: nothing}

    return say


def routes(field: str) -> writes.Say:
    """Routes to ranges of addresses."""

    async def say(_service: verbs.Service, _place: Place, request: Any) -> dict[str, Any]:
        return {field: [{'destination': one.destination, 'nexthop': one.next_hop} for one in getattr(request, field)]}

    return say


async def dhcp_options(_service: verbs.Service, _place: Place, request: Any) -> dict[str, Any]:
    """What DHCP tells beside the usual."""
    options = [
        {'opt_name': one.name, 'opt_value': one.value, 'ip_version': one.ip_version or 4} for one in request.extra_dhcp_options
    ]
    return {'extra_dhcp_opts': options}


async def fixed_ips(self: verbs.Service, place: Place, request: Any) -> dict[str, Any]:
    """The addresses of a port."""
    return {'fixed_ips': await _addresses(self, place, request.fixed_ips, 'fixed_ips')}


async def gateway(self: verbs.Service, place: Place, request: Any) -> dict[str, Any]:
    """How a router leads outside, or that it does not."""
    wanted = request.external_gateway
    if not wanted.ListFields():
        return {'external_gateway_info': None}
    if not wanted.network:
        raise errors.invalid('external_gateway.network', 'is missing', 'MISSING_FIELD')
    said: dict[str, Any] = {'network_id': await _id(self, NETWORK, place, wanted.network, 'external_gateway.network')}
    if wanted.HasField('snat_enabled'):
        said['enable_snat'] = wanted.snat_enabled
    if wanted.fixed_ips:
        said['external_fixed_ips'] = await _addresses(self, place, wanted.fixed_ips, 'external_gateway.fixed_ips')
    return {'external_gateway_info': said}


async def interface(self: verbs.Service, place: Place, request: Any) -> dict[str, Any]:
    """Where a router is to be, or not to be any more."""
    if bool(request.subnet) == bool(request.port):
        if request.subnet:
            raise errors.invalid('port', 'contradicts subnet: set one of them')
        raise errors.invalid('subnet', 'is missing: set it, or port', 'MISSING_FIELD')
    if request.subnet:
        return {'subnet_id': await _id(self, SUBNET, place, request.subnet, 'subnet')}
    return {'port_id': await _id(self, PORT, place, request.port, 'port')}


def short(field: str) -> writes.Say:
    """A text that Neutron does not look at before its database fails on it."""

    async def say(_service: verbs.Service, _place: Place, request: Any) -> dict[str, Any]:
        text = getattr(request, field)
        if len(text) > LONGEST:
            raise errors.invalid(field, f'has {len(text)} characters, of {LONGEST} at most')
        return {field: text}

    return say


async def sub_ports(self: verbs.Service, place: Place, request: Any) -> dict[str, Any]:
    """The ports that a trunk is to carry."""
    if not all(one.port for one in request.sub_ports):
        raise errors.invalid('sub_ports.port', 'is missing', 'MISSING_FIELD')
    found = await writes.ids(self, PORT, place, [one.port for one in request.sub_ports], 'sub_ports.port')
    return {
        'sub_ports': [
            {'port_id': port, 'segmentation_type': one.segmentation_type or 'vlan'}
            | ({'segmentation_id': one.segmentation_id} if one.segmentation_id else {})
            for port, one in zip(found, request.sub_ports, strict=True)
        ]
    }


async def shared_object(self: verbs.Service, place: Place, request: Any) -> dict[str, Any]:
    """What an RBAC policy is about."""
    kind = SHARED.get(request.object_type)
    return {'object_id': await _id(self, kind, place, request.object, 'object') if kind else request.object}


async def subnet_pool(self: verbs.Service, place: Place, request: Any) -> dict[str, Any]:
    """The subnet pool, and the IP version that it shows."""
    location = pb.Location(cloud=place.cloud, region=place.region)
    pool = (await finding.find(self.backend, SUBNET_POOL, location, request.subnet_pool, field='subnet_pool')).item
    return {'subnetpool_id': pool.id, 'ip_version': request.ip_version or pool.ip_version}


def subnet(request: Any) -> dict[str, Any]:
    """The IP version, which Neutron wants to be told even of a range that shows it."""
    if not (request.cidr or request.subnet_pool or request.use_default_subnet_pool):
        raise errors.invalid('cidr', 'is missing: set it, or subnet_pool', 'MISSING_FIELD')
    if request.subnet_pool and not request.cidr:
        return {}
    return {'ip_version': request.ip_version or (6 if ':' in request.cidr else 4)}


def rbac_policy(request: Any) -> dict[str, Any]:
    """What for: what is meant by sharing."""
    return {'action': request.action or 'access_as_shared'}


async def _id(self: verbs.Service, resource: Resource, place: Place, name: str, field: str) -> str:
    return (await writes.ids(self, resource, place, [name], field))[0]


async def _addresses(self: verbs.Service, place: Place, wanted: Iterable[Any], field: str) -> list[dict[str, str]]:
    said = []
    for one in wanted:
        if not one.subnet and not one.ip_address:
            raise errors.invalid(f'{field}.subnet', 'is missing: set it, or ip_address', 'MISSING_FIELD')
        address = {'ip_address': one.ip_address} if one.ip_address else {}
        if one.subnet:
            address['subnet_id'] = await _id(self, SUBNET, place, one.subnet, f'{field}.subnet')
        said.append(address)
    return said
