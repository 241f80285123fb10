# SPDX-License-Identifier: Apache-2.0
"""The rules of security groups, which have a collection of their own in Neutron and are read with their groups."""

import dataclasses
import ipaddress
import time
from typing import Any

from oaktreemodel import v1 as pb

from oaktree import errors, finding, verbs, writes
from oaktree.rows.network import DIRECTIONS, SECURITY_GROUP, rule

RULE = dataclasses.replace(SECURITY_GROUP, path='/security-group-rules')
"""A write here makes us forget security groups."""

ICMP = frozenset({'icmp', 'icmpv6', 'ipv6-icmp', '1', '58'})
PORTS = 65_535
ICMP_NUMBERS = 255


async def create(self: verbs.Service, request: Any, _context: Any) -> Any:
    """POST one. https://docs.openstack.org/api-ref/network/v2/#create-security-group-rule"""
    verbs.required(request, 'security_group')
    body = _description(request)
    found = await writes.now(self, SECURITY_GROUP, request, 'security_group')
    body['security_group_id'] = found.item.id
    if request.remote_group:
        others = await writes.ids(self, SECURITY_GROUP, found.place, [request.remote_group], 'remote_group')
        body['remote_group_id'] = others[0]
    document = await self.backend.write(RULE, found.place, 'POST', (), {'security_group_rule': body})
    return pb.CreateSecurityGroupRuleResponse(security_group_rule=rule(document['security_group_rule']))


async def delete(self: verbs.Service, request: Any, _context: Any) -> Any:
    """Delete the one with this id, wherever it is."""
    verbs.required(request, 'name_or_id')
    places = await finding.usable(self.backend, request.location)
    now = time.time()
    results = await finding.everywhere(places, lambda place: self.backend.list(SECURITY_GROUP, place, now))
    for place, groups in results.items():
        if not isinstance(groups, errors.Failure) and any(
            one.id == request.name_or_id for group in groups.items for one in group.rules
        ):
            await self.backend.delete(RULE, place, request.name_or_id)
            return pb.DeleteSecurityGroupRuleResponse()
    for failure in results.values():
        if isinstance(failure, errors.Failure):
            raise failure
    raise errors.not_found('SecurityGroupRule', request.name_or_id, ', '.join(map(str, places)), field='name_or_id')


def _description(request: Any) -> dict[str, Any]:
    """A rule in Neutron's words."""
    directions = {value: key for key, value in DIRECTIONS.items()} | {pb.SECURITY_GROUP_DIRECTION_UNSPECIFIED: 'ingress'}
    if request.direction not in directions:
        raise errors.invalid('direction', f'is {request.direction}; there are {", ".join(pb.SecurityGroupDirection.keys())}')
    if request.remote_ip_prefix and request.remote_group:
        raise errors.invalid('remote_group', 'can only be set without remote_ip_prefix; make two rules')
    body = {'direction': directions[request.direction], 'ethertype': f'IPv{_version(request)}'}
    body |= {field: getattr(request, field) for field in ('remote_ip_prefix', 'description') if getattr(request, field)}
    if request.protocol:
        body['protocol'] = request.protocol.lower()
    return body | _ports(request)


def _version(request: Any) -> int:
    if request.ip_version not in (0, 4, 6):
        raise errors.invalid('ip_version', 'must be 4 or 6, or unset')
    if not request.remote_ip_prefix:
        return request.ip_version or 4
    try:
        version = ipaddress.ip_network(request.remote_ip_prefix, strict=False).version
    except ValueError:
        raise errors.invalid('remote_ip_prefix', 'is no range of addresses, such as 192.0.2.0/24 or 2001:db8::/32') from None
    if request.ip_version not in (0, version):
        raise errors.invalid('ip_version', f'must be {version}, as remote_ip_prefix is IPv{version}')
    return version


def _ports(request: Any) -> dict[str, int]:
    ports = {field: getattr(request, field) for field in ('port_min', 'port_max') if request.HasField(field)}
    most = ICMP_NUMBERS if request.protocol.lower() in ICMP else PORTS
    for field, number in ports.items():
        if not 0 <= number <= most:
            raise errors.invalid(field, f'must be a number from 0 to {most}')
        if not request.protocol:
            raise errors.invalid('protocol', f'is missing: {field} means nothing without it', 'MISSING_FIELD')
    if most == PORTS and len(ports) == 2 and request.port_min > request.port_max:
        raise errors.invalid('port_max', f'must be {request.port_min} or more, as port_min is')
    return {f'port_range_{field[-3:]}': number for field, number in ports.items()}
