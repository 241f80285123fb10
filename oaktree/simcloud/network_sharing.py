# SPDX-License-Identifier: Apache-2.0
"""Subnet pools, address groups, RBAC policies and trunks."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator
from itertools import chain

from oaktree.simcloud.http import Call, Doc, Refusal, is_uuid
from oaktree.simcloud.network_tables import Table

ACTIONS = {
    'network': ('access_as_external', 'access_as_shared'),
    **dict.fromkeys(('address_group', 'address_scope', 'qos_policy', 'security_group', 'subnetpool'), ('access_as_shared',)),
}
"""What each kind of object may be shared for."""

OF_A_SCOPE = ('id', 'name', 'tenant_id', 'project_id', 'ip_version', 'shared')
OF_A_POLICY = ('id', 'project_id', 'tenant_id', 'object_type', 'object_id', 'action', 'target_tenant')


def not_there(what: str, ident: str, kind: str) -> Refusal:
    return Refusal(404, f'{what} {ident} could not be found.', f'{kind}NotFound')


class Sharing:
    """The part of the network rules that is about these."""

    tables: dict[str, Table]
    subnets: Table
    ports: Table
    group_rules: Table

    def change(self, table: Table, item: Doc, changes: Doc, now: float) -> None:
        raise NotImplementedError

    def makers(self) -> dict[str, Callable[[Doc, float], None]]:
        return {
            'address_group': self._make_address_group,
            'rbac_policy': self._make_policy,
            'subnetpool': self._make_pool,
            'trunk': self._make_trunk,
        }

    def droppers(self) -> dict[str, Callable[[Doc], None]]:
        return {
            'address_group': self._drop_address_group,
            'address_scope': self._drop_address_scope,
            'subnetpool': self._drop_pool,
            'trunk': self._drop_trunk,
        }

    def shown(self, table: Table, document: Doc) -> Doc:
        """A document as the service shows it, where that is not all of it."""
        kind = table.kind.singular
        if kind == 'rbac_policy':
            return {key: document[key] for key in OF_A_POLICY}
        if kind == 'address_scope':
            return {key: document[key] for key in OF_A_SCOPE}
        if kind == 'address_group':
            return {key: value for key, value in document.items() if key != 'tags'} | {'shared': False}
        if kind == 'port' and (trunk := self._trunk_on(document['id'])):
            details = [
                sub | {'mac_address': (self.ports.get(sub['port_id']) or {}).get('mac_address')} for sub in trunk['sub_ports']
            ]
            return document | {'trunk_details': {'trunk_id': trunk['id'], 'sub_ports': details}}
        return document

    # -- RBAC policies

    def granted(self, item: Doc, project: str) -> bool:
        """Whether a policy lets a project use an object."""
        policies = self.tables['rbac-policies'].shelf
        return any(p['object_id'] == item['id'] and p['target_tenant'] in ('*', project) for p in policies)

    def check_policy(self, call: Call, given: Doc) -> None:
        """Refuses to share what does not exist, or is another's, or with all."""
        target = given.get('target_tenant')
        if target != '*' and not is_uuid(str(target)):
            raise _wrong(f"'{target}' is not a valid target project ID; expected a UUID or '*'")
        if target == '*' and not call.token.admin:
            rules = '(rule:create_rbac_policy and rule:create_rbac_policy:target_tenant)'
            raise Refusal(403, f'{rules} is disallowed by policy', 'PolicyNotAuthorized')
        if 'object_type' not in given:
            return
        if given['object_type'] not in ACTIONS:
            raise _wrong(f"'{given['object_type']}' is not a valid RBAC object type")
        if given.get('action') not in (allowed := ACTIONS[given['object_type']]):
            words = f"Invalid action '{given.get('action')}' for object type '{given['object_type']}'"
            raise _wrong(f'{words}. Valid actions: {", ".join(allowed)}')
        table = next((t for t in self.tables.values() if t.kind.singular == given['object_type']), None)
        found = table.get(given.get('object_id') or '') if table else None
        if found is None:
            raise _wrong(f'{given["object_type"].capitalize()} {given.get("object_id")} could not be found')
        if found['project_id'] != call.project and not call.token.admin:
            raise _wrong(f'Only admins can manipulate policies on {given["object_type"]}s they do not own')

    def _make_policy(self, item: Doc, now: float) -> None:
        same = ('object_type', 'object_id', 'action', 'target_tenant')
        if any(all(other[name] == item[name] for name in same) for other in self.tables['rbac-policies'].shelf):
            raise Refusal(409, 'An RBAC policy already exists with those values.', 'DuplicateRbacPolicy')

    # -- address groups

    def _make_address_group(self, item: Doc, now: float) -> None:
        item['addresses'] = _ranges(item['addresses'])

    def _drop_address_scope(self, item: Doc) -> None:
        if any(pool['address_scope_id'] == item['id'] for pool in self.tables['subnetpools'].shelf):
            message = (
                f'Unable to complete operation on address scope {item["id"]}. There are one or more subnet pools in use on it'
            )
            raise Refusal(409, message, 'AddressScopeInUse')

    def _drop_address_group(self, item: Doc) -> None:
        if any(rule['remote_address_group_id'] == item['id'] for rule in self.group_rules.shelf):
            raise Refusal(
                409, f'Address group {item["id"]} is in use on one or more security group rules.', 'AddressGroupInUse'
            )

    def add_addresses(self, call: Call, group: Doc, given: list[str]) -> Doc:
        added = _ranges(given)
        if known := [one for one in added if one in group['addresses']]:
            message = f'Addresses {known} already exist in the address group {group["id"]}.'
            raise Refusal(400, message, 'AddressesAlreadyExist')
        self.change(self.tables['address-groups'], group, {'addresses': [*group['addresses'], *added]}, call.now)
        return group

    def remove_addresses(self, call: Call, group: Doc, given: list[str]) -> Doc:
        gone = _ranges(given)
        if unknown := [one for one in gone if one not in group['addresses']]:
            raise Refusal(404, f'Addresses {unknown} not found in the address group {group["id"]}.', 'AddressesNotFound')
        left = [one for one in group['addresses'] if one not in gone]
        self.change(self.tables['address-groups'], group, {'addresses': left}, call.now)
        return group

    # -- subnet pools

    def _make_pool(self, item: Doc, now: float) -> None:
        prefixes = [ipaddress.ip_network(prefix, strict=False) for prefix in item['prefixes']]
        if not prefixes or len({prefix.version for prefix in prefixes}) > 1:
            raise Refusal(400, 'Cannot mix IPv4 and IPv6 prefixes in a subnet pool.', 'PrefixVersionMismatch')
        version = prefixes[0].version
        item |= {'prefixes': sorted(map(str, prefixes)), 'ip_version': version}
        item['min_prefixlen'] = item['min_prefixlen'] or (8 if version == 4 else 64)
        item['max_prefixlen'] = item['max_prefixlen'] or (32 if version == 4 else 128)
        item['default_prefixlen'] = item['default_prefixlen'] or item['min_prefixlen']
        self._check_bounds(item)

    def _check_bounds(self, pool: Doc) -> None:
        low, default, high = (pool[f'{name}_prefixlen'] for name in ('min', 'default', 'max'))
        if not low <= default <= high <= (32 if pool['ip_version'] == 4 else 128):
            words = f'min_prefixlen={low}, default_prefixlen={default}, max_prefixlen={high}'
            raise Refusal(400, f'Illegal prefix bounds: {words}.', 'IllegalSubnetPoolPrefixBounds')

    def change_pool(self, item: Doc, given: Doc) -> None:
        self._check_bounds(item | given)
        if 'prefixes' in given:
            given['prefixes'] = sorted(_ranges(given['prefixes']))
            if not set(item['prefixes']) <= set(given['prefixes']):
                message = 'Illegal update to prefixes: Existing prefixes must be a subset of the new prefixes.'
                raise Refusal(400, message, 'IllegalSubnetPoolPrefixUpdate')

    def _drop_pool(self, item: Doc) -> None:
        if any(subnet['subnetpool_id'] == item['id'] for subnet in self.subnets.shelf):
            message = 'Unable to delete subnet pool: Subnet pool has existing allocations.'
            raise Refusal(400, message, 'SubnetPoolDeleteError')

    def cut(self, subnet: Doc) -> None:
        """Gives a new subnet its range, where that comes from a pool."""
        length, default = subnet.pop('prefixlen', None), subnet.pop('use_default_subnetpool', False)
        pools = self.tables['subnetpools']
        if default and not subnet['subnetpool_id']:
            fitting = [pool['id'] for pool in pools.shelf if pool['is_default'] and pool['ip_version'] == subnet['ip_version']]
            if not fitting:
                raise Refusal(400, 'Bad subnets request: No default subnetpool found.', 'BadRequest')
            subnet['subnetpool_id'] = fitting[0]
        if not subnet['subnetpool_id']:
            return
        pool = pools.get(subnet['subnetpool_id'])
        if pool is None:
            raise not_there('Subnet pool', subnet['subnetpool_id'], 'SubnetPool')
        if pool['ip_version'] != int(subnet['ip_version']):
            message = f'Cannot allocate IPv{subnet["ip_version"]} subnet from IPv{pool["ip_version"]} subnet pool.'
            raise Refusal(400, f'Failed to allocate subnet: {message}', 'BadRequest')
        if not subnet['cidr']:
            subnet['cidr'] = self._free_range(pool, length or pool['default_prefixlen'])

    def _free_range(self, pool: Doc, length: int) -> str:
        for bound, beyond in (('min', length < pool['min_prefixlen']), ('max', length > pool['max_prefixlen'])):
            if beyond:
                words = f'{bound}imum allowed prefix is {pool[f"{bound}_prefixlen"]}'
                message = f'Unable to allocate subnet with prefix length {length}, {words}.'
                raise Refusal(400, message, f'{bound.capitalize()}PrefixSubnetAllocationError')
        taken = [ipaddress.ip_network(s['cidr']) for s in self.subnets.shelf if s['subnetpool_id'] == pool['id']]
        prefixes = [ipaddress.ip_network(prefix) for prefix in pool['prefixes']]
        parts: Iterator[ipaddress.IPv4Network | ipaddress.IPv6Network]
        parts = chain.from_iterable(prefix.subnets(new_prefix=length) for prefix in prefixes if prefix.prefixlen <= length)
        for part in parts:
            if not any(part.overlaps(other) for other in taken):
                return str(part)
        message = f'Failed to allocate subnet: Insufficient prefix space to allocate subnet size /{length}.'
        # Neutron says so, too: it has no other status for this one.
        raise Refusal(500, message, 'SubnetAllocationError')

    # -- trunks

    def _trunk_on(self, port: str) -> Doc | None:
        """The trunk whose parent a port is."""
        return next((t for t in self.tables['trunks'].shelf if t['port_id'] == port), None) if 'trunks' in self.tables else None

    def check_no_trunk(self, port: str) -> None:
        """Refuses to touch a port that a trunk needs."""
        trunk = self._trunk_on(port)
        if trunk is not None:
            message = f'Port {port} is currently a parent port for trunk {trunk["id"]}.'
            raise Refusal(409, message, 'PortInUseAsTrunkParent')
        for trunk in self.tables['trunks'].shelf if 'trunks' in self.tables else ():
            if any(sub['port_id'] == port for sub in trunk['sub_ports']):
                raise Refusal(409, f'Port {port} is currently a subport for trunk {trunk["id"]}.', 'PortInUseAsSubPort')

    def _port(self, port: str, project: str) -> Doc:
        found = self.ports.get(port)
        if found is None or found['project_id'] != project:
            raise not_there('Port', port, 'Port')
        return found

    def _make_trunk(self, item: Doc, now: float) -> None:
        parent = self._port(item['port_id'], item['project_id'])
        self.check_no_trunk(parent['id'])
        if parent['device_id']:
            message = f'Port {parent["id"]} is currently in use and is not eligible for use as a parent port.'
            raise Refusal(409, message, 'ParentPortInUse')
        given, item['sub_ports'], item['status'] = item['sub_ports'], [], 'DOWN'
        item['sub_ports'] = self._sub_ports(item, given)

    def _sub_ports(self, trunk: Doc, given: list[Doc]) -> list[Doc]:
        """What a trunk carries, with these added."""
        carried = list(trunk['sub_ports'])
        for sub in given:
            port = self._port(sub['port_id'], trunk['project_id'])
            self.check_no_trunk(port['id'])
            number, kind = sub.get('segmentation_id'), sub.get('segmentation_type')
            if kind != 'vlan':
                raise _wrong(f"Unknown segmentation_type '{kind}'")
            if not isinstance(number, int):
                raise _wrong(f"Invalid subport details '{sub}': missing segmentation information")
            if not 1 <= number <= 4094:
                raise _wrong(f"Segmentation ID '{number}' is not in range")
            if any(other['segmentation_id'] == number for other in carried):
                message = f'segmentation_type vlan and segmentation_id {number} already in use on trunk {trunk["id"]}.'
                raise Refusal(409, message, 'DuplicateSubPort')
            carried.append({'port_id': port['id'], 'segmentation_type': kind, 'segmentation_id': number})
        return carried

    def add_sub_ports(self, call: Call, trunk: Doc, given: list[Doc]) -> Doc:
        self.change(self.tables['trunks'], trunk, {'sub_ports': self._sub_ports(trunk, given)}, call.now)
        return trunk

    def remove_sub_ports(self, call: Call, trunk: Doc, given: list[Doc]) -> Doc:
        gone = {sub['port_id'] for sub in given}
        if unknown := gone - {sub['port_id'] for sub in trunk['sub_ports']}:
            message = f'SubPort {unknown.pop()} on trunk {trunk["id"]} with parent port {trunk["port_id"]} not found.'
            raise Refusal(404, message, 'SubPortNotFound')
        left = [sub for sub in trunk['sub_ports'] if sub['port_id'] not in gone]
        self.change(self.tables['trunks'], trunk, {'sub_ports': left}, call.now)
        return trunk

    def _drop_trunk(self, item: Doc) -> None:
        parent = self.ports.get(item['port_id'])
        if parent is not None and parent['device_id']:
            raise Refusal(409, f'Trunk {item["id"]} is currently in use.', 'TrunkInUse')


def _wrong(words: str) -> Refusal:
    return Refusal(400, f'Invalid input for operation: {words}.', 'InvalidInput')


def _ranges(given: list[str]) -> list[str]:
    """Addresses and ranges as Neutron writes them, each once."""
    return list(dict.fromkeys(str(ipaddress.ip_network(one, strict=False)) for one in given))
