# SPDX-License-Identifier: Apache-2.0
"""Port forwardings, which lead some ports of a floating IP to one of a port."""

from __future__ import annotations

import time
import uuid
from typing import Any

from oaktree.simcloud.http import Call, Doc, Refusal, isotime
from oaktree.simcloud.network_security import PROTOCOLS
from oaktree.simcloud.network_tables import Table
from oaktree.simcloud.network_values import check

GIVEN = ('protocol', 'internal_port_id', 'internal_ip_address')
"""What nobody may leave out."""

NUMBERS = ('external_port', 'internal_port')
OF_A_FLOATING_IP = ('id', 'protocol', 'internal_ip_address', 'internal_port_id', 'internal_port', 'external_port')
KNOWN = frozenset(PROTOCOLS) - {'any'}
PORTS = 65535


class Forwarding:
    """The part of the network rules that is about these."""

    tables: dict[str, Table]
    ports: Table

    def _router_to(self, subnet: str, network: str) -> str | None:
        raise NotImplementedError

    def change(self, table: Table, item: Doc, changes: Doc, now: float) -> None:
        raise NotImplementedError

    def forwardings(self, fip: Doc) -> list[Doc]:
        """Of a floating IP, in the order in which Neutron pages them."""
        return sorted(fip['port_forwardings'], key=lambda one: str(one['id']))

    def forwarding(self, fip: Doc, ident: str) -> Doc:
        for one in fip['port_forwardings']:
            if one['id'] == ident:
                return dict(one)
        raise Refusal(404, f'Port Forwarding {ident} could not be found.', 'PortForwardingNotFound')

    def shown_forwardings(self, fip: Doc) -> list[Doc]:
        """As the floating IP itself shows them."""
        return [{name: one[name] for name in OF_A_FLOATING_IP if one[name] is not None} for one in fip['port_forwardings']]

    def make_forwarding(self, call: Call, fip: Doc, given: Doc) -> Doc:
        if missing := [name for name in GIVEN if given.get(name) is None]:
            raise Refusal(400, f"Failed to parse request. Required attribute '{missing[0]}' not specified", 'HTTPBadRequest')
        _check(given)
        item = {'id': str(uuid.uuid4()), **dict.fromkeys((*NUMBERS, *GIVEN)), 'description': '', **given}
        if not all(item[name] or item.get(f'{name}_range') for name in NUMBERS):
            # So says Neutron.
            raise Refusal(500, 'Request Failed: internal server error while processing your request.')
        _complete(item, given)
        self._check_free(fip, item)
        port = self.ports.get(item['internal_port_id'])
        for other in self.tables['floatingips'].where('port_id', item['internal_port_id']):
            words = f'{other["floating_ip_address"]} ({other["id"]}) with port {item["internal_port_id"]}'
            message = f'Cannot create port forwarding to floating IP {words} using fixed IP {item["internal_ip_address"]}, '
            raise Refusal(409, f'{message}as that port already has a binding floating IP.', 'PortHasBindingFloatingIP')
        if fip['port_id']:
            words = f'{fip["floating_ip_address"]} ({fip["id"]}) with port {item["internal_port_id"]}'
            message = f'Cannot associate floating IP {words} using fixed IP {item["internal_ip_address"]}, as that fixed IP '
            message += f'already has a floating IP on external network {fip["floating_network_id"]}.'
            raise Refusal(409, message, 'FloatingIPPortAlreadyAssociated')
        if port is None or port['project_id'] != fip['project_id']:
            raise Refusal(404, f'Port {item["internal_port_id"]} could not be found.', 'PortNotFound')
        router = self._router_of(fip, item, port)
        changes = {'port_forwardings': [*fip['port_forwardings'], item], 'router_id': router}
        self.change(self.tables['floatingips'], fip, changes, call.now)
        return item

    def change_forwarding(self, call: Call, fip: Doc, ident: str, given: Doc) -> Doc:
        _check(given)
        item = self.forwarding(fip, ident)
        port = self.ports.get(given.get('internal_port_id') or item['internal_port_id'])
        if port is None or port['project_id'] != fip['project_id']:
            raise Refusal(404, f'Port {given.get("internal_port_id")} could not be found.', 'PortNotFound')
        if port['id'] != item['internal_port_id'] and not given.get('internal_ip_address'):
            given['internal_ip_address'] = port['fixed_ips'][0]['ip_address']
        before = dict(item)
        item |= given
        _complete(item, given)
        if not any(ip['ip_address'] == item['internal_ip_address'] for ip in port['fixed_ips']):
            message = 'The internal IP does not correspond to an address on the internal port, which has fixed_ips '
            raise _bad(f'{message}{port["fixed_ips"]}')
        self._check_free(fip, item)
        others = [item if one['id'] == ident else one for one in fip['port_forwardings']]
        self.change(self.tables['floatingips'], fip, {'port_forwardings': others}, call.now)
        # What was one port and is several now is still told as one.
        stale = {name: before[name] for name in NUMBERS if item[name] is None}
        return item | stale

    def drop_forwarding(self, call: Call, fip: Doc, ident: str) -> None:
        self.forwarding(fip, ident)
        self._keep(fip, [one for one in fip['port_forwardings'] if one['id'] != ident], call.now)

    def drop_forwardings_to(self, port: Doc, kept: list[Doc]) -> None:
        """Drop those to addresses that a port has no more."""
        addresses = {ip['ip_address'] for ip in kept}
        fips = self.tables['floatingips'].shelf if 'floatingips' in self.tables else ()
        for fip in [fip for fip in fips if fip['port_forwardings']]:
            left = [
                one
                for one in fip['port_forwardings']
                if one['internal_port_id'] != port['id'] or one['internal_ip_address'] in addresses
            ]
            if len(left) < len(fip['port_forwardings']):
                self._keep(fip, left, time.time())

    def check_no_forwardings(self, fip: Doc) -> None:
        if fip['port_forwardings']:
            message = f'Floating IP {fip["id"]} in use by Port Forwarding resources.'
            raise Refusal(409, message, 'FipInUseByPortForwarding')

    def _keep(self, fip: Doc, left: list[Doc], now: float) -> None:
        router = fip['router_id'] if left else None
        changes = {'port_forwardings': left, 'router_id': router, 'updated_at': isotime(now)}
        self.change(self.tables['floatingips'], fip, changes, now)

    def _check_free(self, fip: Doc, item: Doc) -> None:
        everything = [one for other in self.tables['floatingips'].shelf for one in other['port_forwardings']]
        same = [one for one in everything if one['protocol'] == item['protocol'] and one['id'] != item['id']]
        inside = [one for one in same if all(one[name] == item[name] for name in ('internal_port_id', 'internal_ip_address'))]
        outside = [one for one in same if one in fip['port_forwardings']]
        for key, others in (('internal_port_range', inside), ('external_port_range', outside)):
            for other in others:
                (low, high), (first, last) = _range(other[key]), _range(item[key])
                if low <= last and first <= high:
                    ranges = f'The following ranges collide: {other[key]} and {item[key]}'
                    raise _bad(f'There is a port collision with the {key}. {ranges}')

    def _router_of(self, fip: Doc, item: Doc, port: Doc) -> str:
        fixed = {ip['ip_address']: ip['subnet_id'] for ip in port['fixed_ips'] if '.' in ip['ip_address']}
        if not fixed:
            raise _bad(f'Requested internal port {port["id"]} must allocate an IPv4 address at least.')
        subnet = fixed.get(item['internal_ip_address'])
        if subnet is None:
            words = f'Requested internal IP address {item["internal_ip_address"]} is not suitable for internal neutron port '
            raise _bad(f'{words}{port["id"]}, as its fixed_ips are {port["fixed_ips"]}')
        router = self._router_to(subnet, fip['floating_network_id'])
        if router is None:
            message = f'External network {fip["floating_network_id"]} is not reachable from subnet {subnet}. Cannot set Port '
            raise _bad(f'{message}forwarding for port {port["id"]} with Floating IP {fip["id"]}')
        if fip['router_id'] not in (None, router):
            message = f'The Floating IP {fip["id"]} had been set on router {fip["router_id"]}, the internal Neutron port '
            raise _bad(f'{message}{port["id"]} can not reach it')
        return router


def _bad(words: str) -> Refusal:
    return Refusal(400, f'Bad port_forwarding request: {words}.', 'BadRequest')


def _wrong(name: str, reason: str) -> Refusal:
    return Refusal(400, f'Invalid input for {name}. Reason: {reason}', 'HTTPBadRequest')


def _check(given: Doc) -> None:
    """Refuses values that are none."""
    check({name: value for name, value in given.items() if name == 'internal_ip_address'})
    for name in NUMBERS:
        if (value := given.get(name)) is not None and not 1 <= value <= PORTS:
            side, bound = ('small - must be at least', 1) if value < 1 else ('large - must be no larger than', PORTS)
            raise _wrong(name, f"'{value}' is too {side} '{bound}'.")
        if f'{name}_range' in given:
            _check_range(f'{name}_range', given[f'{name}_range'])
    if 'protocol' in given and not given['protocol'].isdigit() and given['protocol'].lower() not in KNOWN:
        message = f"Invalid input for operation: IP protocol '{given['protocol']}' is not supported. Only protocol names and "
        raise Refusal(400, f'{message}their integer representation (0 to 255) are supported.', 'InvalidInput')
    if 'protocol' in given and given['protocol'] not in KNOWN:
        raise _wrong('protocol', f'{given["protocol"]} is not in valid_values.')
    if len(given.get('description') or '') > 255:
        # So says Neutron.
        raise Refusal(500, 'Request Failed: internal server error while processing your request.')


def _check_range(name: str, value: Any) -> None:
    for part in str(value).split(':'):
        if not part.isdigit() or not 1 <= int(part) <= PORTS:
            raise _wrong(name, f'Invalid port: {part}.')
    first, last = _range(value)
    if first > last:
        raise _wrong(name, 'First port in a port range must be lower than the second port.')


def _range(value: str) -> tuple[int, int]:
    first, _, last = value.partition(':')
    return int(first), int(last or first)


def _complete(item: Doc, given: Doc) -> None:
    """Both ways to say which ports, by the one that was given."""
    for name in NUMBERS:
        if given.get(f'{name}_range'):
            first, last = _range(given[f'{name}_range'])
            item[f'{name}_range'] = f'{first}:{last}'
            item[name] = first if first == last else None
        elif given.get(name):
            item[f'{name}_range'] = f'{item[name]}:{item[name]}'
    (low, high), (first, last) = _range(item['internal_port_range']), _range(item['external_port_range'])
    if high > low and high - low != last - first:
        message = 'Invalid ranges of internal and/or external ports. The relation between internal and external ports must be'
        raise _bad(f'{message} N-N or 1-N')
