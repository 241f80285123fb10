# SPDX-License-Identifier: Apache-2.0
"""Routers and floating IPs, where the cloud has them."""

from __future__ import annotations

import time
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING

from oaktree.simcloud.http import Call, Doc, Refusal, isotime
from oaktree.simcloud.network_addresses import Addresses
from oaktree.simcloud.network_forwarding import Forwarding
from oaktree.simcloud.network_tables import Table

if TYPE_CHECKING:
    from oaktree.simcloud.cloud import Cloud

INTERFACE = 'network:router_interface'


class Routing(Forwarding):
    """The part of the network rules that a cloud of directly attached servers lacks."""

    cloud: Cloud
    addresses: Addresses
    tables: dict[str, Table]
    networks: Table
    subnets: Table
    ports: Table

    def make(self, table: Table, project: str, given: Doc, now: float, ident: str = '') -> Doc:
        raise NotImplementedError

    def drop_port(self, item: Doc, remove: bool = True) -> None:
        raise NotImplementedError

    # -- routers

    def _make_router(self, item: Doc, now: float) -> None:
        item |= {'status': 'ACTIVE', 'availability_zones': [], 'ha': False, 'distributed': False}
        item['external_gateway_info'] = self._gateway(item['external_gateway_info'])

    def _gateway(self, given: Doc | None) -> Doc | None:
        if not given:
            return None
        network = self._external(given['network_id'], 'router')
        addresses = self.addresses.assign(
            network['id'], self.subnets.where('network_id', network['id']), given.get('external_fixed_ips')
        )
        return {
            'network_id': network['id'],
            'enable_snat': given.get('enable_snat', True),
            'external_fixed_ips': addresses,
        }

    def _external(self, ident: str, resource: str) -> Doc:
        network = self.networks.get(ident)
        if network is None or not network['router:external']:
            raise Refusal(400, f'Bad {resource} request: Network {ident} is not a valid external network.', 'BadRequest')
        return network

    def _change_router(self, item: Doc, given: Doc) -> None:
        near = [self.subnets.get(ip['subnet_id']) for port in self._interfaces(item) for ip in port['fixed_ips']]
        ranges = [ip_network(subnet['cidr']) for subnet in near if subnet]
        if not all(any(ip_address(route['nexthop']) in one for one in ranges) for route in given.get('routes') or ()):
            message = f'Invalid format for routes: {given["routes"]}, the nexthop is not connected with router'
            raise Refusal(400, message, 'InvalidRoutes')
        if 'external_gateway_info' in given:
            if not given['external_gateway_info'] and self._floating_behind(item):
                message = f'Gateway cannot be updated for router {item["id"]}, since a gateway to external network '
                message += f'{item["external_gateway_info"]["network_id"]} is required by one or more floating IPs.'
                raise Refusal(409, message, 'RouterExternalGatewayInUseByFloatingIp')
            if item['external_gateway_info']:
                self.addresses.release(item['external_gateway_info']['external_fixed_ips'])
            given['external_gateway_info'] = self._gateway(given['external_gateway_info'])

    def _drop_router(self, item: Doc) -> None:
        left = self.ports.where('device_id', item['id'])
        if left:
            attached = ','.join(port['id'] for port in left)
            raise Refusal(409, f'Router {item["id"]} has ports still attached: {attached}', 'RouterInUse')
        if item['external_gateway_info']:
            self.addresses.release(item['external_gateway_info']['external_fixed_ips'])

    def _floating_behind(self, router: Doc) -> list[Doc]:
        return [fip for fip in self.tables['floatingips'].shelf if fip['router_id'] == router['id']]

    def add_interface(self, call: Call, router: Doc, given: Doc) -> Doc:
        if bool(given.get('port_id')) == bool(given.get('subnet_id')):
            message = 'Bad router request: Either subnet_id or port_id must be specified.'
            raise Refusal(400, message, 'BadRequest')
        if given.get('port_id'):
            port = self.ports.get(given['port_id'])
            if port is None or port['project_id'] != router['project_id']:
                raise Refusal(404, f'Port {given["port_id"]} could not be found.', 'PortNotFound')
            if port['device_id']:
                message = f'Unable to complete operation on port {port["id"]} for network {port["network_id"]}. '
                raise Refusal(409, f'{message}Port already has an attached device {port["device_id"]}.', 'PortInUse')
            changes = {'device_id': router['id'], 'device_owner': INTERFACE, 'status': 'ACTIVE'}
            self.ports.change(port, changes)
            return self._interface(router, port)
        subnet = self.subnets.get(given.get('subnet_id') or '')
        if subnet is None:
            raise Refusal(404, f'Subnet {given.get("subnet_id")} could not be found.', 'SubnetNotFound')
        if not subnet['gateway_ip']:
            raise Refusal(400, 'Bad router request: Subnet for router interface must have a gateway IP.', 'BadRequest')
        for port in self._interfaces(router):
            if port['fixed_ips'][0]['subnet_id'] == subnet['id']:
                message = f'Bad router request: Router already has a port on subnet {subnet["id"]}.'
                raise Refusal(400, message, 'BadRequest')
        return self.attach_subnet(router, subnet, call.now)

    def attach_subnet(self, router: Doc, subnet: Doc, now: float) -> Doc:
        given = {'network_id': subnet['network_id'], 'device_id': router['id'], 'device_owner': INTERFACE}
        given['fixed_ips'] = [{'subnet_id': subnet['id'], 'ip_address': subnet['gateway_ip']}]
        return self._interface(router, self.make(self.ports, router['project_id'], given, now))

    def remove_interface(self, router: Doc, given: Doc) -> Doc:
        for port in self._interfaces(router):
            subnet = port['fixed_ips'][0]['subnet_id']
            if given.get('port_id', port['id']) == port['id'] and given.get('subnet_id', subnet) == subnet:
                fixed = [fip for fip in self._floating_behind(router) if subnet in self._subnets_of(fip)]
                if fixed:
                    message = f'Router interface for subnet {subnet} on router {router["id"]} cannot be deleted, '
                    message += 'as it is required by one or more floating IPs.'
                    raise Refusal(409, message, 'RouterInterfaceInUseByFloatingIP')
                self.drop_port(port)
                return self._interface(router, port)
        wanted = given.get('subnet_id') or given.get('port_id')
        message = f'Router {router["id"]} has no interface on subnet {wanted}'
        raise Refusal(404, message, 'RouterInterfaceNotFoundForSubnet')

    def _interfaces(self, router: Doc) -> list[Doc]:
        return [port for port in self.ports.where('device_id', router['id']) if port['device_owner'] == INTERFACE]

    def _interface(self, router: Doc, port: Doc) -> Doc:
        subnets = [ip['subnet_id'] for ip in port['fixed_ips']]
        answer = {
            'id': router['id'],
            'tenant_id': router['project_id'],
            'port_id': port['id'],
            'network_id': port['network_id'],
        }
        return answer | {'subnet_id': subnets[0], 'subnet_ids': subnets}

    # -- floating IPs

    def _make_floating_ip(self, item: Doc, now: float) -> None:
        network = self._external(item['floating_network_id'], 'floatingip')
        port, fixed = item.pop('port_id'), item.pop('fixed_ip_address')
        item |= {'router_id': None, 'port_id': None, 'fixed_ip_address': None, 'status': 'DOWN'}
        association = self._association(item, port, fixed)
        subnets = [s for s in self.subnets.where('network_id', network['id']) if item['subnet_id'] in (None, s['id'])]
        wanted = [{'ip_address': item['floating_ip_address']}] if item['floating_ip_address'] else None
        address = self.addresses.assign(network['id'], [s for s in subnets if s['ip_version'] == 4], wanted)[0]
        item |= {'floating_ip_address': address['ip_address'], **association}
        item |= {'subnet_id': address['subnet_id'], 'port_forwardings': []}
        self._told(association['port_id'])

    def _association(self, item: Doc, port_id: str | None, fixed: str | None) -> Doc:
        """What changes in a floating IP when it goes to this port (or to none)."""
        if not port_id:
            return {'port_id': None, 'fixed_ip_address': None, 'router_id': None, 'status': 'DOWN'}
        port = self.ports.get(port_id)
        if port is None or port['project_id'] != item['project_id']:
            raise Refusal(404, f'Port {port_id} could not be found.', 'PortNotFound')
        mine = [ip for ip in port['fixed_ips'] if ':' not in ip['ip_address'] and fixed in (None, ip['ip_address'])]
        if not mine and fixed:
            raise Refusal(400, f'Bad floatingip request: Port {port_id} does not have fixed ip {fixed}.', 'BadRequest')
        if not mine:
            raise Refusal(
                400,
                f'Bad floatingip request: Cannot add floating IP to port {port_id} that has no fixed IPv4 addresses.',
                'BadRequest',
            )
        if len(mine) > 1:
            message = f'Bad floatingip request: Port {port_id} has multiple fixed IPv4 addresses.  '
            message += 'Must provide a specific IPv4 address when assigning a floating IP.'
            raise Refusal(400, message, 'BadRequest')
        network, address = item['floating_network_id'], mine[0]['ip_address']
        router = self._router_to(mine[0]['subnet_id'], network)
        if router is None:
            message = f'External network {network} is not reachable from subnet {mine[0]["subnet_id"]}.  '
            message += f'Therefore, cannot associate Port {port_id} with a Floating IP.'
            raise Refusal(404, message, 'ExternalGatewayForFloatingIPNotFound')
        for other in self.tables['floatingips'].where('port_id', port_id):
            if other['id'] != item['id'] and other['fixed_ip_address'] == address:
                message = f'Cannot associate floating IP {item["floating_ip_address"]} ({item["id"]}) with port {port_id} '
                message += (
                    f'using fixed IP {address}, as that fixed IP already has a floating IP on external network {network}.'
                )
                raise Refusal(409, message, 'FloatingIPPortAlreadyAssociated')
        return {'port_id': port_id, 'fixed_ip_address': address, 'router_id': router, 'status': 'ACTIVE'}

    def _router_to(self, subnet: str, network: str) -> str | None:
        """The router between a subnet and an external network."""
        for router in self.tables['routers'].shelf:
            gateway = router['external_gateway_info']
            if gateway and gateway['network_id'] == network:
                for port in self._interfaces(router):
                    if port['fixed_ips'][0]['subnet_id'] == subnet:
                        return str(router['id'])
        return None

    def _change_floating_ip(self, item: Doc, given: Doc) -> None:
        if given.get('port_id'):
            self.check_no_forwardings(item)
        if 'port_id' in given or 'fixed_ip_address' in given:
            port = given.get('port_id', item['port_id'] if given.get('fixed_ip_address') else None)
            association = self._association(item, port, given.get('fixed_ip_address'))
            self._told(item['port_id'])
            self.tables['floatingips'].change(item, association)
            given |= association
            self._told(association['port_id'])

    def _drop_floating_ip(self, item: Doc) -> None:
        self.check_no_forwardings(item)
        self.addresses.release([{'subnet_id': item['subnet_id'], 'ip_address': item['floating_ip_address']}])
        self._told(item['port_id'])

    def release_floating_ips(self, port_id: str) -> None:
        """Detaches the floating IPs of a port that goes away."""
        if 'floatingips' in self.tables:
            for fip in self.tables['floatingips'].where('port_id', port_id):
                free = {'port_id': None, 'fixed_ip_address': None, 'router_id': None, 'status': 'DOWN'}
                free |= {'updated_at': isotime(time.time()), 'revision_number': fip['revision_number'] + 1}
                self.tables['floatingips'].change(fip, free)

    def floating_ips(self, port_id: str) -> list[Doc]:
        return self.tables['floatingips'].where('port_id', port_id) if 'floatingips' in self.tables else []

    def port_details(self, port_id: str | None) -> Doc | None:
        port = self.ports.get(port_id or '')
        if port is None:
            return None
        names = ('name', 'network_id', 'mac_address', 'admin_state_up', 'status', 'device_id', 'device_owner')
        return {name: port[name] for name in names}

    def _subnets_of(self, fip: Doc) -> set[str]:
        """Where a floating IP leads to, also by its port forwardings."""
        leads = [(fip['port_id'], fip['fixed_ip_address'])]
        leads += [(one['internal_port_id'], one['internal_ip_address']) for one in fip['port_forwardings']]
        ports = {ident: self.ports.get(ident or '') for ident, _ in leads}
        return {
            ip['subnet_id']
            for ident, address in leads
            for ip in (ports[ident] or {}).get('fixed_ips', ())
            if ip['ip_address'] == address
        }

    def _told(self, port_id: str | None) -> None:
        """Nova learns that the addresses of the port's server have changed."""
        port = self.ports.get(port_id or '')
        if port is not None:
            self.cloud.compute.port_changed(port['device_id'])
