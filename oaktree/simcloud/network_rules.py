# SPDX-License-Identifier: Apache-2.0
"""What Neutron demands of networks, subnets, ports and security groups, and what it makes of them."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from ipaddress import ip_network
from typing import TYPE_CHECKING, Any

from oaktree.simcloud.http import Call, Doc, Refusal, is_uuid, isotime
from oaktree.simcloud.network_addresses import Addresses, check_pools, cidr_defaults, random_mac
from oaktree.simcloud.network_quotas import Quotas
from oaktree.simcloud.network_routing import Routing
from oaktree.simcloud.network_security import check_ports, normalized
from oaktree.simcloud.network_sharing import Sharing
from oaktree.simcloud.network_tables import KINDS, ROUTED_KINDS, Kind, Table
from oaktree.simcloud.network_values import check

if TYPE_CHECKING:
    from oaktree.simcloud.cloud import Cloud

FREE_IDS = ('device_id', 'flavor_id')
ROUTED_FIELDS = ('dns_assignment', 'dns_name', 'dns_domain', 'l2_adjacency', 'ip_allocation')
LATE = ('network', 'port', 'router', 'security_group')
OWNERS_IN_USE = ('network:router_interface', 'network:router_gateway')


def not_found(kind: Kind, ident: str) -> Refusal:
    words = {'SecurityGroup': 'Security group', 'SecurityGroupRule': 'Security group rule', 'FloatingIP': 'Floating IP'}
    tail = {'SecurityGroup': 'does not exist.', 'SecurityGroupRule': 'does not exist.', 'FloatingIP': 'could not be found'}
    text = tail.get(kind.error, 'could not be found.')
    return Refusal(404, f'{words.get(kind.error, kind.error)} {ident} {text}', f'{kind.error}NotFound')


class Rules(Routing, Sharing, Quotas):
    """All resources of one cloud's network service."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self.addresses = Addresses()
        kinds = (*KINDS, *ROUTED_KINDS) if cloud.profile.routers else KINDS
        self.tables = {kind.plural: Table(kind) for kind in kinds}
        self.networks, self.subnets, self.ports = (self.tables[name] for name in ('networks', 'subnets', 'ports'))
        self.groups, self.group_rules = self.tables['security-groups'], self.tables['security-group-rules']
        self._makers: dict[str, Callable[[Doc, float], None]] = {
            'network': self._make_network,
            'subnet': self._make_subnet,
            'port': self._make_port,
            'security_group': self._make_group,
            'security_group_rule': self._make_rule,
            'router': self._make_router,
            'floatingip': self._make_floating_ip,
            **self.makers(),
        }
        self._droppers: dict[str, Callable[[Doc], None]] = {
            'network': self._drop_network,
            'subnet': self._drop_subnet,
            'port': self._drop_port,
            'security_group': self._drop_group,
            'router': self._drop_router,
            'floatingip': self._drop_floating_ip,
            **self.droppers(),
        }
        self._changers: dict[str, Callable[[Doc, Doc], None]] = {
            'port': self._change_port,
            'router': self._change_router,
            'floatingip': self._change_floating_ip,
            'subnetpool': self.change_pool,
            'subnet': lambda item, given: check_pools(item | given),
        }
        self._start()

    def _start(self) -> None:
        """What the cloud has before its first user comes: as tools/gate sets the real ones up."""
        profile, admin, demo = self.cloud.profile, self.cloud.project('admin'), self.cloud.project('demo')
        for name in self.cloud.identity.projects:
            self.default_group(self.cloud.project(name), 0)
        flags = {'router:external': True} if profile.routers else {'shared': True}
        flat = {'provider:network_type': 'flat', 'provider:physical_network': 'public', 'mtu': 1500}
        public = self._initial(self.networks, admin, {'name': 'public', **flat, **flags})
        subnet: Doc = {'name': 'public', 'network_id': public['id'], 'cidr': '203.0.113.0/24', 'gateway_ip': '203.0.113.1'}
        self._initial(self.subnets, admin, subnet | {'ip_version': 4, 'enable_dhcp': profile.dhcp})
        if profile.routers:
            private = self._initial(self.networks, demo, {'name': 'private'})
            inner = {'name': 'private', 'network_id': private['id'], 'cidr': '10.0.0.0/24', 'ip_version': 4}
            within = self._initial(self.subnets, demo, inner)
            gateway = {'network_id': public['id'], 'enable_snat': True}
            router = self._initial(self.tables['routers'], demo, {'name': 'router', 'external_gateway_info': gateway})
            self.attach_subnet(router, within, 0)

    def _initial(self, table: Table, project: str, given: Doc) -> Doc:
        return self.make(table, project, given, 1767225600.0, self.cloud.uuid(table.kind.singular, given['name']))

    # -- the verbs

    def create(self, call: Call, table: Table, given: Doc) -> Doc:
        project = given.pop('project_id', None) or given.pop('tenant_id', None) or call.project
        given.pop('tenant_id', None)
        kind = table.kind
        if project != call.project and not call.token.admin:
            raise Refusal(403, f'rule:create_{kind.singular} is disallowed by policy', 'PolicyNotAuthorized')
        tags = given.pop('tags', [])
        self._check_fields(call, kind, given)
        missing = [name for name in kind.required if given.get(name) is None]
        if missing:
            raise Refusal(400, f"Failed to parse request. Required attribute '{missing[0]}' not specified", 'HTTPBadRequest')
        if kind.singular == 'rbac_policy':
            self.check_policy(call, given)
        if kind.singular == 'subnet' and given.get('gateway_ip', '') is None:
            given['gateway_ip'] = ''
        for parent, table_name in (('network_id', 'networks'), ('security_group_id', 'security-groups')):
            if parent in kind.required:
                self._parent(call, table_name, given[parent])
        self._spare_quota(table, project)
        item = self.make(table, project, given, call.now)
        item['tags'] = list(tags)
        return item

    def _check_fields(self, call: Call, kind: Kind, given: Doc) -> None:
        unknown = [name for name in given if name not in kind.defaults]
        for name in given:
            if name.endswith('_id') and name not in FREE_IDS and given[name] and not is_uuid(str(given[name])):
                raise Refusal(400, f"Invalid input for {name}. Reason: '{given[name]}' is not a valid UUID.", 'HTTPBadRequest')
        if unknown:
            raise Refusal(400, f"Unrecognized attribute(s) '{', '.join(sorted(unknown))}'", 'HTTPBadRequest')
        check(given)
        for name in {'enable_snat', 'external_fixed_ips'} & (given.get('external_gateway_info') or {}).keys():
            if not call.token.admin:
                rules = f'(rule:update_router and rule:update_router:external_gateway_info:{name})'
                raise Refusal(403, f'{rules} is disallowed by policy', 'PolicyNotAuthorized')
        restricted = (*kind.admin, 'shared', 'router:external', 'is_default')
        for name in given:
            if name in restricted and not call.token.admin and given[name] != kind.defaults[name]:
                raise Refusal(
                    403,
                    f'(rule:create_{kind.singular} and rule:create_{kind.singular}:{name}) is disallowed by policy',
                    'PolicyNotAuthorized',
                )

    def _parent(self, call: Call, table_name: str, ident: str) -> None:
        table = self.tables[table_name]
        found = table.get(ident)
        mine = found is not None and (call.token.admin or found['project_id'] == call.project)
        if found is None or not (mine or self.shared(table, found) or self.granted(found, call.project)):
            raise not_found(table.kind, ident)

    def make(self, table: Table, project: str, given: Doc, now: float, ident: str = '') -> Doc:
        """Makes a resource without asking who may."""
        stamp = isotime(now)
        item: Doc = {
            'id': ident or str(uuid.uuid4()),
            'project_id': project,
            'tenant_id': project,
            **table.kind.defaults,
            **given,
        }
        item |= {'tags': [], 'created_at': stamp, 'updated_at': stamp, 'revision_number': int(table.kind.singular in LATE)}
        maker = self._makers.get(table.kind.singular)
        if maker is not None:
            maker(item, now)
        return table.add(item)

    def update(self, call: Call, table: Table, item: Doc, given: Doc) -> None:
        self._check_fields(call, table.kind, given)
        fixed = [name for name in given if name in table.kind.fixed]
        if fixed:
            raise Refusal(400, f'Cannot update read-only attribute {fixed[0]}', 'HTTPBadRequest')
        changer = self._changers.get(table.kind.singular)
        if changer is not None:
            changer(item, given)
        if table.kind.singular == 'rbac_policy':
            self.check_policy(call, given)
        self.change(table, item, given, call.now)

    def change(self, table: Table, item: Doc, changes: Doc, now: float) -> None:
        table.change(item, changes | {'updated_at': isotime(now), 'revision_number': item['revision_number'] + 1})

    def delete(self, table: Table, item: Doc) -> None:
        dropper = self._droppers.get(table.kind.singular)
        if dropper is not None:
            dropper(item)
        table.remove(item)

    # -- reading

    def shared(self, table: Table, item: Doc) -> bool:
        """Whether every project sees this."""
        if table is self.networks:
            return bool(item['shared'] or item['router:external'])
        if table is self.subnets:
            network = self.networks.get(item['network_id'])
            return network is not None and bool(network['shared'] or network['router:external'])
        return bool(item.get('shared')) and table is not self.groups

    def view(self, table: Table, item: Doc, admin: bool) -> Doc:
        document = item if admin else {key: value for key, value in item.items() if key not in table.kind.admin}
        if table is self.networks:
            subnets = [subnet['id'] for subnet in self.subnets.where('network_id', item['id'])]
            document = document | {'subnets': subnets}
            if not item['router:external']:
                document.pop('is_default', None)
        elif table is self.groups:
            rules = self.group_rules.where('security_group_id', item['id'])
            shown = [self.view(self.group_rules, rule, admin) | {'tags': rule['tags']} for rule in rules]
            document = document | {'security_group_rules': shown}
        elif table is self.group_rules:
            document = {key: value for key, value in document.items() if key not in ('tags', 'name')}
        elif table is self.subnets:
            network = self.networks.get(item['network_id'])
            document = document | {'router:external': bool(network and network['router:external'])}
        elif table is self.ports:
            dns = [self._dns(ip['ip_address'], item['dns_name']) for ip in item['fixed_ips']]
            document = document | {'dns_assignment': dns}
        elif table.kind.singular == 'floatingip':
            document = document | {'port_details': self.port_details(item['port_id'])}
            document['port_forwardings'] = self.shown_forwardings(item)
            document.pop('subnet_id', None)
        if not self.cloud.profile.routers:
            document = {key: value for key, value in document.items() if key not in ROUTED_FIELDS}
        return self.shown(table, document)

    def _dns(self, address: str, name: str) -> Doc:
        host = name or 'host-' + address.replace('.', '-').replace(':', '-')
        return {'ip_address': address, 'hostname': host, 'fqdn': f'{host}.{self.cloud.name}.example.'}

    def matches(self, table: Table, item: Doc, key: str, values: set[str]) -> bool:
        """Whether a resource passes one filter: equal to any of the values given for the key."""
        if key in ('tags', 'tags-any', 'not-tags', 'not-tags-any'):
            wanted = {tag for value in values for tag in value.split(',')}
            found = wanted <= set(item['tags']) if key in ('tags', 'not-tags') else bool(wanted & set(item['tags']))
            return found != key.startswith('not-')
        if key == 'fixed_ips':
            pairs = [value.partition('=')[::2] for value in values]
            return any(str(ip.get(name)) == value for name, value in pairs for ip in item['fixed_ips'])
        value: Any = item.get(key)
        if table is self.subnets and key in ('shared', 'router:external'):
            value = (self.networks.get(item['network_id']) or {}).get(key)
        if isinstance(value, bool):
            return value in {text.lower() in ('true', '1') for text in values}
        if isinstance(value, list):
            return any(str(one) in values for one in value)
        return str(value) in values or (value is None and '' in values)

    # -- networks and subnets

    def _make_network(self, item: Doc, now: float) -> None:
        if item['mtu'] > (most := 1450 if item['provider:network_type'] == 'vxlan' else 1500):
            message = f'Invalid input for operation: Requested MTU is too big, maximum is {most}.'
            raise Refusal(400, message, 'InvalidInput')
        item |= {
            'status': 'ACTIVE',
            'availability_zones': [],
            'ipv4_address_scope': None,
            'ipv6_address_scope': None,
            'l2_adjacency': True,
            'qinq': False,
            'vlan_transparent': False,
        }
        if item['provider:network_type'] == 'vxlan':
            item['provider:segmentation_id'] = len(self.networks.shelf) + 1

    def _drop_network(self, item: Doc) -> None:
        used = [port['id'] for port in self.ports.where('network_id', item['id'])]
        if used:
            message = f'Unable to complete operation on network {item["id"]}. '
            message += f'There are one or more ports still in use on the network, id for these ports is: {",".join(used)}.'
            raise Refusal(409, message, 'NetworkInUse')
        for subnet in self.subnets.where('network_id', item['id']):
            self.subnets.remove(subnet)

    def _make_subnet(self, item: Doc, now: float) -> None:
        self.cut(item)
        cidr_defaults(item)
        item['gateway_ip'] = item['gateway_ip'] or None
        for other in self.subnets.where('network_id', item['network_id']):
            if ip_network(other['cidr']).overlaps(ip_network(item['cidr'])):
                message = f'Invalid input for operation: Requested subnet with cidr: {item["cidr"]} '
                message += f'for network: {item["network_id"]} overlaps with another subnet.'
                raise Refusal(400, message, 'InvalidInput')
        self.addresses.open(item)

    def _drop_subnet(self, item: Doc) -> None:
        if any(
            ip['subnet_id'] == item['id']
            for port in self.ports.where('network_id', item['network_id'])
            for ip in port['fixed_ips']
        ):
            reason = 'One or more ports have an IP allocation from this subnet'
            raise Refusal(409, f'Unable to complete operation on subnet {item["id"]}: {reason}.', 'SubnetInUse')

    # -- ports

    def _make_port(self, item: Doc, now: float) -> None:
        self._spare_quota(self.ports, item['project_id'])
        mac, item['mac_address'] = item['mac_address'], item['mac_address'] or random_mac()
        if mac and any(port['mac_address'] == mac for port in self.ports.where('network_id', item['network_id'])):
            words = f'network {item["network_id"]}. The mac address {mac} is in use'
            raise Refusal(409, f'Unable to complete operation for {words}.', 'MacAddressInUse')
        subnets = self.subnets.where('network_id', item['network_id'])
        item['fixed_ips'] = self.addresses.assign(item['network_id'], subnets, item['fixed_ips'])
        if item['security_groups'] is None:
            item['security_groups'] = (
                [] if item['device_owner'][:8] == 'network:' else [self.default_group(item['project_id'], now)['id']]
            )
        for group in item['security_groups']:
            if self.groups.get(group) is None:
                raise not_found(self.groups.kind, group)
        item |= {
            'status': 'ACTIVE' if item['device_id'] else 'DOWN',
            'binding:vif_type': 'ovs' if item['device_id'] else 'unbound',
        }
        item |= {'binding:vif_details': {}, 'qos_network_policy_id': None, 'ip_allocation': 'immediate'}
        if item['device_owner'].startswith('network:'):
            item['port_security_enabled'] = False

    def _change_port(self, item: Doc, given: Doc) -> None:
        if 'fixed_ips' in given:
            self.addresses.release(item['fixed_ips'])
            subnets = self.subnets.where('network_id', item['network_id'])
            given['fixed_ips'] = self.addresses.assign(item['network_id'], subnets, given['fixed_ips'])
            self.drop_forwardings_to(item, given['fixed_ips'])
        self.cloud.compute.port_changed(item['device_id'])

    def _drop_port(self, item: Doc) -> None:
        if item['device_owner'] in OWNERS_IN_USE:
            reason = f'has device owner {item["device_owner"]}'
            raise Refusal(409, f'Port {item["id"]} cannot be deleted directly via the port API: {reason}.', 'ServicePortInUse')
        self.check_no_trunk(item['id'])
        self.drop_port(item, remove=False)

    def drop_port(self, item: Doc, remove: bool = True) -> None:
        """Frees what a port holds, whoever owns it; its floating IPs stay with their project."""
        self.release_floating_ips(item['id'])
        self.drop_forwardings_to(item, [])
        self.addresses.release(item['fixed_ips'])
        self.cloud.compute.port_changed(item['device_id'], item['id'])
        if remove:
            self.ports.remove(item)

    # -- security groups

    def default_group(self, project: str, now: float) -> Doc:
        for group in self._groups_of(project):
            if group['name'] == 'default':
                return group
        group = self.make(
            self.groups,
            project,
            {'name': 'default', 'description': 'Default security group'},
            now,
            self.cloud.uuid('default-group', project),
        )
        for ethertype in ('IPv4', 'IPv6'):
            rule = {
                'security_group_id': group['id'],
                'direction': 'ingress',
                'ethertype': ethertype,
                'remote_group_id': group['id'],
                'description': None,
            }
            self.make(self.group_rules, project, rule, now)
        return group

    def _groups_of(self, project: str) -> list[Doc]:
        return [group for group in self.groups.shelf if group['project_id'] == project]

    def group_named(self, project: str, name: str) -> list[Doc]:
        """The security groups that Nova means by a name or an id."""
        return [group for group in self._groups_of(project) if name in (group['name'], group['id'])]

    def _make_group(self, item: Doc, now: float) -> None:
        if item['name'] == 'default' and any(group['name'] == 'default' for group in self._groups_of(item['project_id'])):
            raise Refusal(409, 'Default security group already exists.', 'SecurityGroupDefaultAlreadyExists')
        item['shared'] = False
        for ethertype in ('IPv4', 'IPv6'):
            rule = {'security_group_id': item['id'], 'direction': 'egress', 'ethertype': ethertype, 'description': None}
            self.make(self.group_rules, item['project_id'], rule, now)

    def _drop_group(self, item: Doc) -> None:
        if any(item['id'] in port['security_groups'] for port in self.ports.shelf):
            raise Refusal(409, f'Security Group {item["id"]} in use.', 'SecurityGroupInUse')
        if item['name'] == 'default':
            text = 'Insufficient rights for removing default security group.'
            raise Refusal(409, text, 'SecurityGroupCannotRemoveDefault')
        for rule in self.group_rules.where('security_group_id', item['id']):
            self.group_rules.remove(rule)

    def _make_rule(self, item: Doc, now: float) -> None:
        cidr = normalized(item['remote_ip_prefix']) if item['remote_ip_prefix'] else None
        item['protocol'] = None if item['protocol'] in ('', 'any', None) else str(item['protocol']).lower()
        check_ports(item)
        same = ('direction', 'ethertype', 'protocol', 'port_range_min', 'port_range_max', 'remote_group_id')
        for rule in self.group_rules.where('security_group_id', item['security_group_id']):
            if rule['normalized_cidr'] == cidr and all(rule[name] == item[name] for name in same):
                message = f'Security group rule already exists. Rule id is {rule["id"]}.'
                raise Refusal(409, message, 'SecurityGroupRuleExists')
        group = self.groups.get(item['security_group_id'])
        item |= {'normalized_cidr': cidr, 'belongs_to_default_sg': bool(group and group['name'] == 'default')}
