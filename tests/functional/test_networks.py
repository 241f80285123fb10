# SPDX-License-Identifier: Apache-2.0
"""Networks and what is on them, from nothing to nothing."""

import uuid
from typing import Any

from google.protobuf.duration_pb2 import Duration
from oaktreemodel import v1 as pb

from tests.functional.base import CLOUDS, Cloud, only_simulated, unique
from tests.functional.network_case import NOW, Code, NetworkCase

ROUTED = [cloud for cloud in CLOUDS if cloud.floating]
PLAIN = [cloud for cloud in CLOUDS if not cloud.floating]


class NetworksTest(NetworkCase):
    """Networks and subnets."""

    def test_a_network_is_made_changed_and_deleted(self) -> None:
        for cloud in CLOUDS:
            with self.subTest(cloud.name):
                made = self.network(cloud, description='for a test', tags=['a', 'b'])
                self.assertEqual(
                    (made.description, made.admin_state_up, made.shared, made.external), ('for a test', True, False, False)
                )
                self.assertEqual(sorted(made.tags), ['a', 'b'])
                self.assertEqual(made.state, pb.NETWORK_STATE_ACTIVE)
                where = {'location': {'cloud': cloud.name}, 'name_or_id': made.id}
                self.assertEqual(self.oaktree.network.GetNetwork(pb.GetNetworkRequest(**where, max_age=NOW)).network, made)
                change = pb.UpdateNetworkRequest(**where, name=unique('renamed'), admin_state_up=False)
                changed = self.oaktree.network.UpdateNetwork(change).network
                self.assertEqual(
                    (changed.name, changed.admin_state_up, changed.description), (change.name, False, 'for a test')
                )
                change = pb.UpdateNetworkRequest(**where, update_mask={'paths': ['description', 'tags']}, name='not this')
                changed = self.oaktree.network.UpdateNetwork(change).network
                self.assertEqual((changed.description, list(changed.tags)), ('', []))
                self.assertNotEqual(changed.name, 'not this')
                listed = pb.ListNetworksRequest(location={'cloud': cloud.name}, name_or_id=made.id)
                self.assertEqual(list(self.oaktree.network.ListNetworks(listed).networks), [changed])
                self.oaktree.network.DeleteNetwork(pb.DeleteNetworkRequest(**where))
                self.assertEqual(list(self.oaktree.network.ListNetworks(listed).networks), [])
                with self.fails(Code.NOT_FOUND, 'NOT_FOUND', made.id):
                    self.oaktree.network.DeleteNetwork(pb.DeleteNetworkRequest(**where))

    def test_a_subnet_is_made_changed_and_deleted(self) -> None:
        for cloud in CLOUDS:
            with self.subTest(cloud.name):
                network = self.network(cloud)
                made = self.subnet(
                    cloud, network, dns_nameservers=['192.0.2.53'], tags=['t'], description='d',
                    allocation_pools=[{'start': '192.168.7.10', 'end': '192.168.7.20'}],
                    host_routes=[{'destination': '192.0.2.0/24', 'next_hop': '192.168.7.9'}],
                )  # fmt: skip
                self.assertEqual((made.network_id, made.cidr, made.ip_version), (network.id, '192.168.7.0/24', 4))
                self.assertEqual((made.gateway_ip, made.dhcp_enabled, list(made.tags)), ('192.168.7.1', True, ['t']))
                self.assertEqual(made.allocation_pools[0].end, '192.168.7.20')
                self.assertEqual(made.host_routes[0].next_hop, '192.168.7.9')
                where = {'location': {'cloud': cloud.name}, 'name_or_id': made.name}
                self.assertEqual(self.oaktree.network.GetSubnet(pb.GetSubnetRequest(**where, max_age=NOW)).subnet, made)
                parent = self.at(cloud).GetNetwork(name_or_id=network.id).network
                self.assertEqual(list(parent.subnet_ids), [made.id])
                change = pb.UpdateSubnetRequest(**where, dhcp_enabled=False, dns_nameservers=['192.0.2.54', '192.0.2.55'])
                changed = self.oaktree.network.UpdateSubnet(change).subnet
                self.assertEqual((changed.dhcp_enabled, len(changed.dns_nameservers)), (False, 2))
                nothing = {'paths': ['gateway_ip', 'host_routes', 'tags']}
                changed = self.oaktree.network.UpdateSubnet(pb.UpdateSubnetRequest(**where, update_mask=nothing)).subnet
                self.assertEqual((changed.gateway_ip, list(changed.host_routes), list(changed.tags)), ('', [], []))
                self.oaktree.network.DeleteSubnet(pb.DeleteSubnetRequest(**where))
                self.refused('GetSubnet', cloud, 'NOT_FOUND', name_or_id=made.id)

    def test_a_subnet_may_be_of_ipv6_and_without_a_gateway(self) -> None:
        for cloud in CLOUDS:
            with self.subTest(cloud.name):
                network = self.network(cloud)
                six = self.subnet(cloud, network, cidr='2001:db8:7::/64', ipv6_address_mode='slaac', ipv6_ra_mode='slaac')
                self.assertEqual((six.ip_version, six.ipv6_address_mode, six.ipv6_ra_mode), (6, 'slaac', 'slaac'))
                island = self.subnet(cloud, network, no_gateway=True, dhcp_enabled=False)
                self.assertEqual((island.gateway_ip, island.dhcp_enabled), ('', False))

    def test_what_no_network_or_subnet_can_be_is_refused(self) -> None:
        for cloud in CLOUDS:
            network = self.network(cloud)
            self.subnet(cloud, network)
            rejected = 'CLOUD_REJECTED'
            for rpc, reason, words, fields in (
                ('CreateNetwork', 'MISSING_FIELD', 'name', {}),
                ('CreateNetwork', rejected, 'name', {'name': 'x' * 300}),
                ('CreateNetwork', rejected, 'mtu', {'name': 'x', 'mtu_bytes': -5}),
                ('UpdateNetwork', 'MISSING_FIELD', 'name_or_id', {'name': 'x'}),
                ('UpdateNetwork', 'MISSING_FIELD', 'update_mask', {'name_or_id': network.id}),
                ('UpdateNetwork', 'INVALID_FIELD', 'mtu', {'name_or_id': network.id, 'update_mask': {'paths': ['mtu']}}),
                ('DeleteNetwork', 'MISSING_FIELD', 'name_or_id', {}),
                ('CreateSubnet', 'MISSING_FIELD', 'network', {'cidr': '192.0.2.0/24'}),
                ('CreateSubnet', 'MISSING_FIELD', 'cidr', {'network': network.id}),
                ('CreateSubnet', rejected, '192.0.2.0/40', {'network': network.id, 'cidr': '192.0.2.0/40'}),
                ('CreateSubnet', rejected, 'overlap', {'network': network.id, 'cidr': '192.168.7.0/24'}),
                ('CreateSubnet', rejected, '6', {'network': network.id, 'cidr': '192.0.2.0/24', 'ip_version': 6}),
                ('CreateSubnet', rejected, 'here', {'network': network.id, 'cidr': '192.0.2.0/24', 'gateway_ip': 'here'}),
                ('CreateSubnet', 'INVALID_FIELD', 'no_gateway',
                 {'network': network.id, 'cidr': '192.0.2.0/24', 'gateway_ip': '192.0.2.9', 'no_gateway': True}),
                ('CreateSubnet', rejected, '198.51.100.9',
                 {'network': network.id, 'cidr': '192.0.2.0/24',
                  'allocation_pools': [{'start': '192.0.2.9', 'end': '198.51.100.9'}]}),
                ('CreateSubnet', rejected, 'allocation_pools',
                 {'network': network.id, 'cidr': '192.0.2.0/24', 'allocation_pools': [{'start': '192.0.2.9'}]}),
                ('CreateSubnet', rejected, 'ipv6_ra_mode',
                 {'network': network.id, 'cidr': '2001:db8::/64', 'ipv6_ra_mode': 'loud'}),
                ('UpdateSubnet', 'MISSING_FIELD', 'name_or_id', {'name': 'x'}),
                ('DeleteSubnet', 'MISSING_FIELD', 'name_or_id', {}),
            ):  # fmt: skip
                self.refused(rpc, cloud, reason, words, **fields)
            for fields in ({'network': 'no-such', 'cidr': '192.0.2.0/24'}, {'network': network.id, 'subnet_pool': 'no-such'}):
                self.refused('CreateSubnet', cloud, 'NOT_FOUND', 'no-such', **fields)
            for fields in ({'shared': True}, {'external': True}):
                self.refused('CreateNetwork', cloud, 'CLOUD_FORBIDDEN', name='x', **fields)
            # Another's, which is shared or external: seen, and not ours to change.
            for rpc in ('UpdateNetwork', 'DeleteNetwork'):
                fields = {'name_or_id': 'public'} | ({'name': 'x'} if rpc == 'UpdateNetwork' else {})
                self.refused(rpc, cloud, 'CLOUD_FORBIDDEN', **fields)
            self.assertEqual(len(self.at(cloud).GetNetwork(name_or_id=network.id, max_age=NOW).network.subnet_ids), 1)

    def test_a_repeated_create_makes_one(self) -> None:
        cloud = CLOUDS[0]
        fields = {'name': unique('once'), 'request_id': str(uuid.uuid4())}
        self.assertEqual(self.network(cloud, **fields), self.network(cloud, **fields))

    @only_simulated
    def test_a_server_is_asked_for_its_network_only_while_there_are_several(self) -> None:
        cloud = CLOUDS[0]
        self.create_server(cloud)
        network = self.network(cloud)
        with self.fails(Code.INVALID_ARGUMENT, 'MULTIPLE_NETWORKS', network.name):
            self.create_server(cloud)
        self.at(cloud).DeleteNetwork(name_or_id=network.id)
        self.create_server(cloud)

    @only_simulated
    def test_a_spent_quota_is_told(self) -> None:
        cloud = CLOUDS[0]
        before = self.at(cloud).GetNetworkQuotas().quotas.networks
        self.addCleanup(self.stack.simulation.settings, cloud.name, quota={'network': before.limit})
        self.stack.simulation.settings(cloud.name, quota={'network': before.used})
        self.assertEqual(self.at(cloud).GetNetworkQuotas().quotas.networks.limit, before.used)
        self.refused('CreateNetwork', cloud, 'QUOTA_EXCEEDED', 'network', name=unique('many'))

    def test_quotas_count_what_there_is(self) -> None:
        for cloud in CLOUDS:
            with self.subTest(cloud.name):
                before = self.at(cloud).GetNetworkQuotas(max_age=NOW)
                self.network(cloud)
                after = self.at(cloud).GetNetworkQuotas().quotas
                self.assertEqual(after.location.cloud, cloud.name)
                self.assertTrue(after.location.project.id)
                self.assertEqual(after.networks.used, before.quotas.networks.used + 1)
                self.assertGreaterEqual(after.ports.limit, -1)
        self.refused('GetNetworkQuotas', CLOUDS[0], 'INVALID_FIELD', 'max_age', max_age=Duration(seconds=-1))
        with self.fails(Code.INVALID_ARGUMENT, 'MISSING_FIELD', 'location.cloud'):
            self.oaktree.network.GetNetworkQuotas(pb.GetNetworkQuotasRequest())


class PortsTest(NetworkCase):
    """Ports."""

    def test_a_port_is_made_changed_and_deleted(self) -> None:
        for cloud in CLOUDS:
            with self.subTest(cloud.name):
                network = self.network(cloud)
                subnet = self.subnet(cloud, network)
                made = self.port(
                    cloud, network, mac_address='fa:16:3e:12:34:56', description='d', tags=['t'],
                    fixed_ips=[{'subnet': subnet.name, 'ip_address': '192.168.7.40'}],
                    allowed_address_pairs=[{'ip_address': '192.168.7.41', 'mac_address': 'fa:16:3e:12:34:57'}],
                    extra_dhcp_options=[{'name': 'bootfile-name', 'value': 'x.0'}], security_groups=['default'],
                )  # fmt: skip
                self.assertEqual((made.network_id, made.mac_address, list(made.tags)), (network.id, 'fa:16:3e:12:34:56', ['t']))
                self.assertEqual([(ip.subnet_id, ip.ip_address) for ip in made.fixed_ips], [(subnet.id, '192.168.7.40')])
                self.assertEqual(made.allowed_address_pairs[0].mac_address, 'fa:16:3e:12:34:57')
                self.assertEqual((made.extra_dhcp_options[0].name, made.extra_dhcp_options[0].ip_version), ('bootfile-name', 4))
                self.assertEqual((made.state, made.vnic_type, len(made.security_group_ids)), (pb.PORT_STATE_DOWN, 'normal', 1))
                where = {'location': {'cloud': cloud.name}, 'name_or_id': made.name}
                self.assertEqual(self.oaktree.network.GetPort(pb.GetPortRequest(**where, max_age=NOW)).port, made)
                change = pb.UpdatePortRequest(
                    **where, fixed_ips=[{'subnet': subnet.id, 'ip_address': '192.168.7.50'}], admin_state_up=False,
                    update_mask={'paths': ['fixed_ips', 'admin_state_up', 'security_groups', 'tags']},
                )  # fmt: skip
                changed = self.oaktree.network.UpdatePort(change).port
                self.assertEqual(changed.fixed_ips[0].ip_address, '192.168.7.50')
                self.assertEqual(
                    (changed.admin_state_up, list(changed.security_group_ids), list(changed.tags)), (False, [], [])
                )
                listed = self.at(cloud).ListPorts(filter={'network_id': network.id, 'mac_address': made.mac_address})
                self.assertEqual(list(listed.ports), [changed])
                self.refused('DeleteNetwork', cloud, 'CONFLICT', made.id, name_or_id=network.id)
                self.refused('DeleteSubnet', cloud, 'CONFLICT', name_or_id=subnet.id)
                self.oaktree.network.DeletePort(pb.DeletePortRequest(**where))
                self.refused('GetPort', cloud, 'NOT_FOUND', name_or_id=made.id)

    def test_a_port_may_have_nothing(self) -> None:
        for cloud in CLOUDS:
            with self.subTest(cloud.name):
                network = self.network(cloud)
                self.subnet(cloud, network)
                bare = self.port(cloud, network, name='', no_fixed_ips=True, no_security_groups=True)
                self.assertEqual((bare.name, list(bare.fixed_ips), list(bare.security_group_ids)), ('', [], []))
                usual = self.port(cloud, network)
                self.assertEqual((len(usual.fixed_ips), len(usual.security_group_ids)), (1, 1))

    def test_a_servers_port_names_the_server(self) -> None:
        for cloud in CLOUDS:
            with self.subTest(cloud.name):
                # On a real cloud there may be other networks at the time, of others.
                server = self.create_server(cloud, networks=['private' if cloud.floating else 'public'])
                ports = self.at(cloud).ListPorts(filter={'server_id': server.id}).ports
                self.assertEqual([port.fixed_ips[0].ip_address for port in ports], [server.addresses[0].ip])
                self.assertEqual((ports[0].device_id, ports[0].state), (server.id, pb.PORT_STATE_ACTIVE))

    def test_what_no_port_can_be_is_refused(self) -> None:
        for cloud in CLOUDS:
            network = self.network(cloud)
            self.subnet(cloud, network)
            taken = self.port(cloud, network)
            on = {'network': network.id}
            for rpc, reason, word, fields in (
                ('CreatePort', 'MISSING_FIELD', 'network', {'name': 'x'}),
                ('CreatePort', 'MISSING_FIELD', 'fixed_ips', on | {'fixed_ips': [{}]}),
                ('CreatePort', 'INVALID_FIELD', 'no_fixed_ips',
                 on | {'fixed_ips': [{'ip_address': '192.168.7.9'}], 'no_fixed_ips': True}),
                ('CreatePort', 'CLOUD_REJECTED', 'zz', on | {'mac_address': 'zz:zz'}),
                ('CreatePort', 'CLOUD_REJECTED', '192.168.7.999', on | {'fixed_ips': [{'ip_address': '192.168.7.999'}]}),
                ('CreatePort', 'CLOUD_REJECTED', '192.0.2.1', on | {'fixed_ips': [{'ip_address': '192.0.2.1'}]}),
                ('CreatePort', 'CLOUD_REJECTED', 'x', on | {'allowed_address_pairs': [{'ip_address': 'x'}]}),
                ('CreatePort', 'CLOUD_REJECTED', 'name', on | {'name': 'x' * 300}),
                ('UpdatePort', 'MISSING_FIELD', 'name_or_id', {'name': 'x'}),
                ('DeletePort', 'MISSING_FIELD', 'name_or_id', {}),
            ):  # fmt: skip
                self.refused(rpc, cloud, reason, word, **fields)
            for fields in ({'network': 'no-such'}, {'security_groups': ['no-such']}, {'fixed_ips': [{'subnet': 'no-such'}]}):
                self.refused('CreatePort', cloud, 'NOT_FOUND', 'no-such', **on | fields)
            for fields in ({'fixed_ips': [{'ip_address': taken.fixed_ips[0].ip_address}]}, {'mac_address': taken.mac_address}):
                self.refused('CreatePort', cloud, 'CONFLICT', **on, **fields)


class RoutersTest(NetworkCase):
    """Routers, where a cloud has them."""

    def router(self, cloud: Cloud, **fields: Any) -> pb.Router:
        at = self.at(cloud)
        return self.made(at.CreateRouter, at.DeleteRouter, **{'name': unique('router'), **fields})

    def interface(self, cloud: Cloud, router: pb.Router, **where: str) -> pb.Port:
        """The port by which a router is on a subnet until the test ends."""
        port = self.at(cloud).AddRouterInterface(name_or_id=router.id, **where).port
        self.addCleanup(self.clean, self.at(cloud).RemoveRouterInterface, name_or_id=router.id, port=port.id)
        return port

    def test_a_router_is_made_changed_and_deleted(self) -> None:
        for cloud in ROUTED:
            made = self.router(cloud, external_gateway={'network': 'public'}, description='d', tags=['t'])
            outside = self.at(cloud).GetNetwork(name_or_id='public').network
            self.assertEqual(made.external_gateway.network_id, outside.id)
            self.assertTrue(made.external_gateway.snat_enabled)
            self.assertTrue(made.external_gateway.fixed_ips[0].ip_address)
            self.assertEqual((made.state, made.admin_state_up, list(made.tags)), (pb.ROUTER_STATE_ACTIVE, True, ['t']))
            where = {'location': {'cloud': cloud.name}, 'name_or_id': made.name}
            self.assertEqual(self.oaktree.network.GetRouter(pb.GetRouterRequest(**where, max_age=NOW)).router, made)
            nothing = {'paths': ['external_gateway', 'description', 'tags']}
            changed = self.oaktree.network.UpdateRouter(pb.UpdateRouterRequest(**where, update_mask=nothing)).router
            self.assertFalse(changed.HasField('external_gateway'))
            self.assertEqual((changed.description, list(changed.tags)), ('', []))
            again = pb.UpdateRouterRequest(**where, external_gateway={'network': outside.id}, admin_state_up=False)
            changed = self.oaktree.network.UpdateRouter(again).router
            self.assertEqual((changed.external_gateway.network_id, changed.admin_state_up), (outside.id, False))
            self.assertIn(changed, self.at(cloud).ListRouters().routers)
            self.oaktree.network.DeleteRouter(pb.DeleteRouterRequest(**where))
            self.refused('GetRouter', cloud, 'NOT_FOUND', name_or_id=made.id)

    def test_a_router_leads_from_subnet_to_subnet(self) -> None:
        for cloud in ROUTED:
            network, router = self.network(cloud), self.router(cloud)
            first, second = self.subnet(cloud, network), self.subnet(cloud, network, cidr='192.168.8.0/24')
            by_gateway = self.interface(cloud, router, subnet=first.name)
            self.assertEqual([ip.ip_address for ip in by_gateway.fixed_ips], [first.gateway_ip])
            self.assertEqual((by_gateway.device_id, by_gateway.server_id), (router.id, ''))
            port = self.port(cloud, network, fixed_ips=[{'subnet': second.id}])
            by_port = self.interface(cloud, router, port=port.id)
            self.assertEqual(by_port.id, port.id)
            listed = self.at(cloud).ListRouterInterfaces(router=router.name).ports
            self.assertEqual({one.id for one in listed}, {by_gateway.id, by_port.id})
            only = self.at(cloud).ListRouterInterfaces(router=router.id, jmespath="[?network_id!='x']", page_size=1)
            self.assertEqual(len(only.ports), 1)
            self.assertTrue(only.next_page_token)
            kept = self.at(cloud).ListRouterInterfaces(router=router.id, name_or_id=by_port.id).ports
            self.assertEqual([one.id for one in kept], [by_port.id])
            route = {'destination': '192.0.2.0/24', 'next_hop': '192.168.7.9'}
            routed = self.at(cloud).UpdateRouter(name_or_id=router.id, routes=[route]).router
            self.assertEqual([(one.destination, one.next_hop) for one in routed.routes], [tuple(route.values())])
            self.at(cloud).UpdateRouter(name_or_id=router.id, update_mask={'paths': ['routes']})
            self.refused('DeleteRouter', cloud, 'CONFLICT', name_or_id=router.id)
            self.refused('DeletePort', cloud, 'CONFLICT', name_or_id=by_gateway.id)
            self.at(cloud).RemoveRouterInterface(name_or_id=router.id, subnet=first.id)
            self.at(cloud).RemoveRouterInterface(name_or_id=router.id, port=port.id)
            self.assertEqual(list(self.at(cloud).ListRouterInterfaces(router=router.id).ports), [])

    def test_what_no_router_can_be_or_do_is_refused(self) -> None:
        for cloud in ROUTED:
            network, router = self.network(cloud), self.router(cloud)
            subnet = self.subnet(cloud, network)
            this = {'name_or_id': router.id}
            for rpc, reason, word, fields in (
                ('CreateRouter', 'MISSING_FIELD', 'name', {}),
                ('CreateRouter', 'MISSING_FIELD', 'external_gateway.network',
                 {'name': 'x', 'external_gateway': {'snat_enabled': True}}),
                ('CreateRouter', 'CLOUD_REJECTED', network.id, {'name': 'x', 'external_gateway': {'network': network.id}}),
                ('UpdateRouter', 'CLOUD_REJECTED', '192.0.2.9',
                 this | {'routes': [{'destination': '198.51.100.0/24', 'next_hop': '192.0.2.9'}]}),
                ('UpdateRouter', 'MISSING_FIELD', 'name_or_id', {'name': 'x'}),
                ('DeleteRouter', 'MISSING_FIELD', 'name_or_id', {}),
                ('AddRouterInterface', 'MISSING_FIELD', 'subnet', this),
                ('AddRouterInterface', 'INVALID_FIELD', 'port', this | {'subnet': subnet.id, 'port': 'x'}),
                ('RemoveRouterInterface', 'MISSING_FIELD', 'subnet', this),
                ('ListRouterInterfaces', 'MISSING_FIELD', 'router', {}),
                ('ListRouterInterfaces', 'UNKNOWN_FIELD', 'colour', {'router': router.id, 'filter': {'colour': 'red'}}),
            ):  # fmt: skip
                self.refused(rpc, cloud, reason, word, **fields)
            for rpc, fields in (
                ('CreateRouter', {'name': 'x', 'external_gateway': {'network': 'no-such'}}),
                ('AddRouterInterface', this | {'subnet': 'no-such'}), ('AddRouterInterface', this | {'port': 'no-such'}),
                ('ListRouterInterfaces', {'router': 'no-such'}),
            ):  # fmt: skip
                self.refused(rpc, cloud, 'NOT_FOUND', 'no-such', **fields)
            self.refused('RemoveRouterInterface', cloud, 'NOT_FOUND', **this, subnet=subnet.id)
            gateway = {'network': 'public', 'snat_enabled': False}
            self.refused('CreateRouter', cloud, 'CLOUD_FORBIDDEN', name='x', external_gateway=gateway)
            self.interface(cloud, router, subnet=subnet.id)
            self.refused('AddRouterInterface', cloud, 'CLOUD_REJECTED', subnet.id, **this, subnet=subnet.id)

    def test_a_cloud_without_routers_says_so(self) -> None:
        for cloud in PLAIN:
            self.assertEqual(list(self.at(cloud).ListRouters().routers), [])
            self.assertEqual(list(self.at(cloud).ListTrunks().trunks), [])
            self.refused('CreateRouter', cloud, 'SERVICE_ABSENT', 'routers', name='x')
            port = self.port(cloud, self.network(cloud))
            self.refused('CreateTrunk', cloud, 'SERVICE_ABSENT', 'trunks', port=port.id)


class TrunksTest(NetworkCase):
    """Trunks, where a cloud has them."""

    def trunk(self, cloud: Cloud, **fields: Any) -> pb.Trunk:
        return self.made(self.at(cloud).CreateTrunk, self.at(cloud).DeleteTrunk, **fields)

    def test_a_trunk_carries_ports(self) -> None:
        for cloud in ROUTED:
            network = self.network(cloud)
            parent, first, second = (self.port(cloud, network) for _ in range(3))
            made = self.trunk(
                cloud,
                name=unique('trunk'),
                port=parent.name,
                tags=['t'],
                sub_ports=[{'port': first.name, 'segmentation_id': 7}],
            )
            self.assertEqual((made.port_id, made.admin_state_up, list(made.tags)), (parent.id, True, ['t']))
            carried = [(sub.port_id, sub.segmentation_type, sub.segmentation_id) for sub in made.sub_ports]
            self.assertEqual(carried, [(first.id, 'vlan', 7)])
            where = {'name_or_id': made.name}
            self.assertEqual(self.at(cloud).GetTrunk(**where, max_age=NOW).trunk, made)
            more = [{'port': second.id, 'segmentation_type': 'vlan', 'segmentation_id': 8}]
            grown = self.at(cloud).AddTrunkSubports(**where, sub_ports=more).trunk
            self.assertEqual({sub.port_id for sub in grown.sub_ports}, {first.id, second.id})
            fewer = self.at(cloud).DeleteTrunkSubports(**where, sub_ports=[first.name]).trunk
            self.assertEqual([sub.port_id for sub in fewer.sub_ports], [second.id])
            changed = self.at(cloud).UpdateTrunk(**where, description='d', admin_state_up=False).trunk
            self.assertEqual((changed.description, changed.admin_state_up), ('d', False))
            self.assertIn(made.id, [one.id for one in self.at(cloud).ListTrunks().trunks])
            self.refused('DeletePort', cloud, 'CONFLICT', parent.id, name_or_id=parent.id)
            self.at(cloud).UpdateTrunk(**where, admin_state_up=True)
            self.at(cloud).DeleteTrunk(**where)
            self.refused('GetTrunk', cloud, 'NOT_FOUND', name_or_id=made.id)

    def test_what_no_trunk_can_be_is_refused(self) -> None:
        for cloud in ROUTED:
            network = self.network(cloud)
            parent, first, second = (self.port(cloud, network) for _ in range(3))
            trunk = self.trunk(cloud, port=parent.id, sub_ports=[{'port': first.id, 'segmentation_id': 7}])
            this = {'name_or_id': trunk.id}
            for rpc, reason, word, fields in (
                ('CreateTrunk', 'MISSING_FIELD', 'port', {'name': 'x'}),
                ('CreateTrunk', 'MISSING_FIELD', 'sub_ports.port', {'port': second.id, 'sub_ports': [{}]}),
                ('AddTrunkSubports', 'MISSING_FIELD', 'sub_ports', this),
                ('AddTrunkSubports', 'CLOUD_REJECTED', '5000',
                 this | {'sub_ports': [{'port': second.id, 'segmentation_id': 5000}]}),
                ('DeleteTrunkSubports', 'MISSING_FIELD', 'sub_ports', this),
                ('UpdateTrunk', 'MISSING_FIELD', 'name_or_id', {'name': 'x'}),
                ('DeleteTrunk', 'MISSING_FIELD', 'name_or_id', {}),
            ):  # fmt: skip
                self.refused(rpc, cloud, reason, word, **fields)
            self.refused('CreateTrunk', cloud, 'NOT_FOUND', 'no-such', port='no-such')
            self.refused('DeleteTrunkSubports', cloud, 'NOT_FOUND', **this, sub_ports=[second.id])
            for port in (parent, first):
                self.refused('CreateTrunk', cloud, 'CONFLICT', port=port.id)
            same = [{'port': second.id, 'segmentation_id': 7}]
            self.refused('AddTrunkSubports', cloud, 'CONFLICT', **this, sub_ports=same)


class SharingTest(NetworkCase):
    """Subnet pools, address groups, and who else may use what."""

    def pool(self, cloud: Cloud, **fields: Any) -> pb.SubnetPool:
        return self.made(self.at(cloud).CreateSubnetPool, self.at(cloud).DeleteSubnetPool, **fields)

    def group(self, cloud: Cloud, **fields: Any) -> pb.AddressGroup:
        return self.made(self.at(cloud).CreateAddressGroup, self.at(cloud).DeleteAddressGroup, **fields)

    def policy(self, cloud: Cloud, **fields: Any) -> pb.RbacPolicy:
        return self.made(self.at(cloud).CreateRbacPolicy, self.at(cloud).DeleteRbacPolicy, **fields)

    def test_subnets_are_cut_from_a_pool(self) -> None:
        for cloud in CLOUDS:
            with self.subTest(cloud.name):
                fields = {
                    'name': unique('pool'),
                    'prefixes': ['10.77.0.0/16'],
                    'default_prefix_length': 26,
                    'min_prefix_length': 24,
                }
                pool = self.pool(cloud, **fields, max_prefix_length=28, tags=['t'], description='d')
                self.assertEqual((pool.ip_version, pool.default_prefix_length, pool.max_prefix_length), (4, 26, 28))
                self.assertEqual((list(pool.prefixes), list(pool.tags), pool.shared), (['10.77.0.0/16'], ['t'], False))
                where = {'name_or_id': pool.name}
                self.assertEqual(self.at(cloud).GetSubnetPool(**where, max_age=NOW).subnet_pool, pool)
                network = self.network(cloud)
                usual = self.subnet(cloud, network, cidr='', subnet_pool=pool.name)
                small = self.subnet(cloud, network, cidr='', subnet_pool=pool.id, prefix_length=28)
                self.assertEqual((usual.subnet_pool_id, usual.cidr[-3:], small.cidr[-3:]), (pool.id, '/26', '/28'))
                six = self.pool(cloud, name=unique('pool'), prefixes=['2001:db8:77::/48'], default_prefix_length=64)
                wide = self.subnet(cloud, network, cidr='', subnet_pool=six.name)
                self.assertEqual((wide.ip_version, wide.cidr[-3:], wide.subnet_pool_id), (6, '/64', six.id))
                beyond = {'network': network.id, 'subnet_pool': pool.id, 'prefix_length': 30}
                self.refused('CreateSubnet', cloud, 'CLOUD_REJECTED', '30', **beyond)
                wider = self.at(cloud).UpdateSubnetPool(**where, prefixes=['10.77.0.0/16', '10.88.0.0/16'], default_quota=4096)
                self.assertEqual((len(wider.subnet_pool.prefixes), wider.subnet_pool.default_quota), (2, 4096))
                nothing = {'paths': ['default_quota', 'tags', 'description']}
                bare = self.at(cloud).UpdateSubnetPool(**where, update_mask=nothing).subnet_pool
                self.assertEqual((bare.default_quota, list(bare.tags), bare.description), (0, [], ''))
                self.refused('UpdateSubnetPool', cloud, 'CLOUD_REJECTED', **where, prefixes=['10.99.0.0/16'])
                self.at(cloud).DeleteNetwork(name_or_id=network.id)
                self.assertIn(pool.id, [one.id for one in self.at(cloud).ListSubnetPools().subnet_pools])
                self.at(cloud).DeleteSubnetPool(**where)
                self.refused('GetSubnetPool', cloud, 'NOT_FOUND', name_or_id=pool.id)

    def test_an_address_group_grows_and_shrinks(self) -> None:
        for cloud in CLOUDS:
            with self.subTest(cloud.name):
                group = self.group(cloud, name=unique('group'), description='d', addresses=['192.0.2.1/32'])
                self.assertEqual((list(group.addresses), group.description), (['192.0.2.1/32'], 'd'))
                where = {'name_or_id': group.name}
                self.assertEqual(self.at(cloud).GetAddressGroup(**where, max_age=NOW).address_group, group)
                more = self.at(cloud).AddAddressesToAddressGroup(**where, addresses=['198.51.100.0/24', '2001:db8::/64'])
                self.assertEqual(len(more.address_group.addresses), 3)
                fewer = self.at(cloud).RemoveAddressesFromAddressGroup(**where, addresses=['192.0.2.1/32']).address_group
                self.assertEqual(sorted(fewer.addresses), ['198.51.100.0/24', '2001:db8::/64'])
                renamed = self.at(cloud).UpdateAddressGroup(**where, name=unique('renamed')).address_group
                self.assertEqual(sorted(renamed.addresses), sorted(fewer.addresses))
                self.assertIn(renamed, self.at(cloud).ListAddressGroups().address_groups)
                self.at(cloud).DeleteAddressGroup(name_or_id=group.id)
                self.refused('GetAddressGroup', cloud, 'NOT_FOUND', name_or_id=group.id)

    def test_a_network_is_shared_with_another_project(self) -> None:
        for cloud in CLOUDS:
            with self.subTest(cloud.name):
                network, other = self.network(cloud), uuid.uuid4().hex
                fields = {'object_type': 'network', 'object': network.name, 'target_project_id': other}
                policy = self.policy(cloud, **fields)
                self.assertEqual((policy.object_id, policy.action, policy.name), (network.id, 'access_as_shared', policy.id))
                self.assertEqual((policy.object_type, policy.target_project_id), ('network', other))
                where = {'name_or_id': policy.id}
                self.assertEqual(self.at(cloud).GetRbacPolicy(**where, max_age=NOW).rbac_policy, policy)
                self.assertIn(policy, self.at(cloud).ListRbacPolicies().rbac_policies)
                self.refused('CreateRbacPolicy', cloud, 'CONFLICT', **fields)
                third = uuid.uuid4().hex
                changed = self.at(cloud).UpdateRbacPolicy(**where, target_project_id=third).rbac_policy
                self.assertEqual(changed.target_project_id, third)
                self.at(cloud).DeleteRbacPolicy(**where)
                self.refused('GetRbacPolicy', cloud, 'NOT_FOUND', name_or_id=policy.id)

    def test_what_none_of_these_can_be_is_refused(self) -> None:
        for cloud in CLOUDS:
            network = self.network(cloud)
            group = self.group(cloud, name=unique('group'))
            mine = {'object_type': 'network', 'object': network.id, 'target_project_id': uuid.uuid4().hex}
            this = {'name_or_id': group.id}
            for rpc, reason, word, fields in (
                ('CreateSubnetPool', 'MISSING_FIELD', 'name', {'prefixes': ['192.0.2.0/24']}),
                ('CreateSubnetPool', 'MISSING_FIELD', 'prefixes', {'name': 'x'}),
                ('CreateSubnetPool', 'CLOUD_REJECTED', '192.0.2.0/40', {'name': 'x', 'prefixes': ['192.0.2.0/40']}),
                ('CreateSubnetPool', 'CLOUD_REJECTED', '', {'name': 'x', 'prefixes': ['192.0.2.0/24', '2001:db8::/64']}),
                ('CreateSubnetPool', 'CLOUD_REJECTED', '99',
                 {'name': 'x', 'prefixes': ['192.0.2.0/24'], 'default_prefix_length': 99}),
                ('CreateAddressGroup', 'MISSING_FIELD', 'name', {'addresses': ['192.0.2.1']}),
                ('CreateAddressGroup', 'CLOUD_REJECTED', 'everywhere', {'name': 'x', 'addresses': ['everywhere']}),
                ('AddAddressesToAddressGroup', 'MISSING_FIELD', 'addresses', this),
                ('AddAddressesToAddressGroup', 'CLOUD_REJECTED', 'everywhere', this | {'addresses': ['everywhere']}),
                ('RemoveAddressesFromAddressGroup', 'MISSING_FIELD', 'addresses', this),
                ('CreateRbacPolicy', 'MISSING_FIELD', 'object_type', {'object': network.id, 'target_project_id': 'x'}),
                ('CreateRbacPolicy', 'MISSING_FIELD', 'object', {'object_type': 'network', 'target_project_id': 'x'}),
                ('CreateRbacPolicy', 'MISSING_FIELD', 'target_project_id', {'object_type': 'network', 'object': network.id}),
                ('CreateRbacPolicy', 'CLOUD_REJECTED', 'moon', mine | {'object_type': 'moon', 'object': network.id}),
                ('CreateRbacPolicy', 'CLOUD_REJECTED', 'to_look', mine | {'action': 'to_look'}),
                ('CreateRbacPolicy', 'CLOUD_REJECTED', 'nobody', mine | {'target_project_id': 'nobody'}),
                ('UpdateSubnetPool', 'MISSING_FIELD', 'name_or_id', {'name': 'x'}),
                ('UpdateAddressGroup', 'MISSING_FIELD', 'name_or_id', {'name': 'x'}),
                ('UpdateRbacPolicy', 'MISSING_FIELD', 'name_or_id', {'target_project_id': 'x'}),
                ('DeleteSubnetPool', 'MISSING_FIELD', 'name_or_id', {}),
                ('DeleteAddressGroup', 'MISSING_FIELD', 'name_or_id', {}),
                ('DeleteRbacPolicy', 'MISSING_FIELD', 'name_or_id', {}),
            ):  # fmt: skip
                self.refused(rpc, cloud, reason, word, **fields)
            self.refused('CreateRbacPolicy', cloud, 'NOT_FOUND', 'no-such', **mine | {'object': 'no-such'})
            everybody = mine | {'target_project_id': '*'}
            self.refused('CreateRbacPolicy', cloud, 'CLOUD_FORBIDDEN', **everybody)
            gone = {'addresses': ['203.0.113.77/32']}
            self.refused('RemoveAddressesFromAddressGroup', cloud, 'NOT_FOUND', **this, **gone)
