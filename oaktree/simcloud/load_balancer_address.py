# SPDX-License-Identifier: Apache-2.0
"""The address that a load balancer listens on: a port in Neutron."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oaktree.simcloud.http import Call, Doc, Refusal

if TYPE_CHECKING:
    from oaktree.simcloud.network_rules import Rules
    from oaktree.simcloud.network_tables import Table

OWNER = 'Octavia'


def listen(call: Call, rules: Rules, ident: str, given: Doc) -> Doc:
    """Takes the port that is asked for, or makes one; returns what the load balancer says of it."""
    if not (given.get('vip_port_id') or given.get('vip_network_id') or given.get('vip_subnet_id')):
        ways = 'vip_port_id, vip_network_id, vip_subnet_id'
        raise Refusal(400, f'Validation failure: VIP must contain one of: {ways}.')
    if given.get('vip_port_id'):
        port, made = _seen(call, rules, rules.ports, 'Port', given['vip_port_id']), False
        if port['device_id']:
            raise Refusal(409, f'Validation failure: Port {port["id"]} is already used by device {port["device_id"]}.')
        rules.change(rules.ports, port, {'device_id': f'lb-{ident}', 'device_owner': OWNER}, call.now)
    else:
        port, made = _make(call, rules, ident, given), True
    fixed = port['fixed_ips'][0]
    return {
        'vip_port_id': port['id'],
        'vip_network_id': port['network_id'],
        'vip_subnet_id': fixed['subnet_id'],
        'vip_address': fixed['ip_address'],
        '_made': made,
    }


def release(rules: Rules, balancer: Doc) -> None:
    """Gives the port back, or deletes the one that was made."""
    port = rules.ports.get(balancer['vip_port_id'])
    if port is None:
        return
    if balancer['_made']:
        rules.drop_port(port)
    else:
        rules.ports.change(port, {'device_id': '', 'device_owner': ''})


def _make(call: Call, rules: Rules, ident: str, given: Doc) -> Doc:
    subnet_id, network_id = given.get('vip_subnet_id'), given.get('vip_network_id')
    if network_id:
        _seen(call, rules, rules.networks, 'Network', network_id)
    if subnet_id:
        subnet = _seen(call, rules, rules.subnets, 'Subnet', subnet_id)
        if network_id not in (None, subnet['network_id']):
            raise Refusal(400, f'Validation failure: Supplied VIP subnet {subnet_id} not found in the network {network_id}.')
    else:
        within = rules.subnets.where('network_id', str(network_id))
        if not within:
            raise Refusal(400, 'Validation failure: Supplied network does not contain a subnet.')
        subnet = min(within, key=lambda one: int(one['ip_version']))
    wanted = {'subnet_id': subnet['id']}
    if given.get('vip_address'):
        wanted['ip_address'] = given['vip_address']
    described: Doc = {'name': f'octavia-lb-{ident}', 'network_id': subnet['network_id'], 'fixed_ips': [wanted]}
    described |= {'device_id': f'lb-{ident}', 'device_owner': OWNER, 'admin_state_up': False}
    return rules.make(rules.ports, call.project, described, call.now)


def _seen(call: Call, rules: Rules, table: Table, words: str, ident: str) -> Doc:
    item = table.get(ident)
    if item is None or not (call.token.admin or item['project_id'] == call.project or rules.shared(table, item)):
        raise Refusal(400, f'{words} {ident} not found.')
    return item
