# SPDX-License-Identifier: Apache-2.0
"""The simulated Neutron: floating IPs, networks, security groups, pages and filters."""

from typing import Any

from tests.unit.test_simcloud_base import SimulatedCase


class NetworkTest(SimulatedCase):
    def setUp(self) -> None:
        super().setUp()
        self.cloud = self.connect('alpha')

    def error(self, answer: Any, status: int) -> str:
        self.assertEqual(status, answer.status_code, answer.text)
        return str(answer.json()['NeutronError']['type'])

    def server(self) -> Any:
        return self.boot(self.cloud)

    def test_a_floating_ip_follows_its_server(self) -> None:
        server = self.server()
        self.cloud.add_auto_ip(server)
        kinds = [a['OS-EXT-IPS:type'] for a in self.cloud.get_server(server.id).addresses['private']]
        self.assertEqual(['fixed', 'floating'], kinds)
        [floating] = self.cloud.list_floating_ips()
        self.assertEqual('ACTIVE', floating.status)
        self.remove(self.cloud, server.id)
        [floating] = self.cloud.list_floating_ips()
        self.assertEqual(('DOWN', None), (floating.status, floating.port_id))
        self.assertTrue(self.cloud.delete_floating_ip(floating.id))

    def test_a_floating_ip_needs_a_way_to_its_network(self) -> None:
        network = self.cloud.create_network('island')
        self.cloud.create_subnet('island', cidr='192.168.7.0/24')
        port = self.cloud.create_port(network.id)
        public = self.cloud.get_network('public').id
        given = {'floatingip': {'floating_network_id': public, 'port_id': port.id}}
        answer = self.cloud.network.post('/floatingips', json=given)
        self.assertEqual('ExternalGatewayForFloatingIPNotFound', self.error(answer, 404))
        given = {'floatingip': {'floating_network_id': network.id}}
        self.assertEqual('BadRequest', self.error(self.cloud.network.post('/floatingips', json=given), 400))

    def test_one_floating_ip_for_each_fixed_one(self) -> None:
        port = next(iter(self.cloud.network.ports(device_id=self.server().id)))
        given = {'floatingip': {'floating_network_id': self.cloud.get_network('public').id, 'port_id': port.id}}
        self.assertEqual(201, self.cloud.network.post('/floatingips', json=given).status_code)
        answer = self.cloud.network.post('/floatingips', json=given)
        self.assertEqual('FloatingIPPortAlreadyAssociated', self.error(answer, 409))

    def test_a_change_can_be_tied_to_what_was_read(self) -> None:
        floating = self.cloud.network.create_ip(floating_network_id=self.cloud.get_network('public').id)
        path, old = f'/floatingips/{floating.id}', {'If-Match': f'revision_number={floating.revision_number}'}
        given = {'floatingip': {'description': 'mine'}}
        self.assertEqual(200, self.cloud.network.put(path, json=given, headers=old).status_code)
        for answer in (self.cloud.network.put(path, json=given, headers=old), self.cloud.network.delete(path, headers=old)):
            self.assertEqual('RevisionNumberConstraintFailed', self.error(answer, 412))
        now = {'If-Match': f'revision_number={floating.revision_number + 1}'}
        self.assertEqual(204, self.cloud.network.delete(path, headers=now).status_code)

    def test_the_direct_cloud_has_no_routers(self) -> None:
        beta = self.connect('beta')
        for path in ('/floatingips', '/routers', '/extensions/router'):
            self.assertEqual(404, beta.network.get(path).status_code)
        [network] = beta.network.networks()
        self.assertEqual((True, False), (network.is_shared, network.is_router_external))
        server = self.boot(beta, 's1-2')
        self.assertTrue(server.addresses['public'][0]['addr'].startswith('203.0.113.'))

    def test_a_router_from_nothing(self) -> None:
        network = self.cloud.create_network('mine')
        subnet = self.cloud.create_subnet('mine', cidr='192.168.7.0/24')
        router = self.cloud.create_router('mine', ext_gateway_net_id=self.cloud.get_network('public').id)
        self.cloud.add_router_interface(router, subnet_id=subnet.id)
        self.assertEqual('RouterInUse', self.error(self.cloud.network.delete(f'/routers/{router.id}'), 409))
        self.assertEqual('NetworkInUse', self.error(self.cloud.network.delete(f'/networks/{network.id}'), 409))
        self.cloud.remove_router_interface(router, subnet_id=subnet.id)
        self.assertTrue(self.cloud.delete_router(router.id))
        self.assertTrue(self.cloud.delete_network(network.id))

    def test_security_groups(self) -> None:
        [default] = self.cloud.list_security_groups()
        self.assertEqual(4, len(default.security_group_rules))
        group = self.cloud.create_security_group('web', 'for the web')
        self.assertEqual(2, len(group.security_group_rules))
        rule = {
            'security_group_id': group.id,
            'direction': 'ingress',
            'protocol': 'tcp',
            'port_range_min': 80,
            'port_range_max': 80,
        }
        post = self.cloud.network.post
        self.assertEqual(201, post('/security-group-rules', json={'security_group_rule': rule}).status_code)
        answer = post('/security-group-rules', json={'security_group_rule': rule})
        self.assertEqual('SecurityGroupRuleExists', self.error(answer, 409))
        answer = post('/security-groups', json={'security_group': {'name': 'default'}})
        self.assertEqual('SecurityGroupDefaultAlreadyExists', self.error(answer, 409))
        answer = self.cloud.network.delete(f'/security-groups/{default.id}')
        self.assertIn(self.error(answer, 409), ('SecurityGroupCannotRemoveDefault', 'SecurityGroupInUse'))
        self.assertTrue(self.cloud.delete_security_group('web'))

    def test_pages_fields_and_filters(self) -> None:
        self.sim.seed('beta', networks=7)
        beta = self.connect('beta')
        self.assertEqual(8, len({network.id for network in beta.network.networks()}))
        page = beta.network.get('/networks?limit=2').json()
        self.assertEqual((2, ['next', 'previous']), (len(page['networks']), [link['rel'] for link in page['networks_links']]))
        answer = beta.network.get('/networks?name=seed-000001&name=seed-000002&fields=name')
        names = sorted(network['name'] for network in answer.json()['networks'])
        self.assertEqual(['seed-000001', 'seed-000002'], names)
        self.assertEqual({'name'}, answer.json()['networks'][0].keys())
        self.assertEqual('HTTPBadRequest', self.error(beta.network.get('/networks?nonsense=1'), 400))
        self.assertEqual('NetworkNotFound', self.error(beta.network.get('/networks/none'), 404))
        shared = beta.network.get('/networks?shared=True').json()['networks']
        self.assertEqual(['public'], [network['name'] for network in shared])

    def test_projects_see_their_own_and_what_is_shared(self) -> None:
        other = self.connect('alpha-other')
        self.assertEqual(['public'], [network.name for network in other.network.networks()])
        self.assertEqual([], list(other.network.ports()))
        private = self.cloud.get_network('private').id
        self.assertEqual('NetworkNotFound', self.error(other.network.get(f'/networks/{private}'), 404))
        given = {'network': {'name': 'x', 'shared': True}}
        self.assertEqual('PolicyNotAuthorized', self.error(other.network.post('/networks', json=given), 403))

    def test_what_is_shared_with_a_project_is_seen_by_it(self) -> None:
        other = self.connect('alpha-other')
        private = self.cloud.get_network('private').id
        given = {'object_type': 'network', 'object_id': private, 'action': 'access_as_shared'}
        given['target_tenant'] = other.current_project_id
        policy = self.cloud.network.create_rbac_policy(**given)
        self.assertEqual(private, other.network.get_network(private).id)
        self.assertEqual([], list(other.network.rbac_policies()))
        answer = other.network.delete(f'/networks/{private}')
        self.assertEqual('PolicyNotAuthorized', self.error(answer, 403))
        self.cloud.network.delete_rbac_policy(policy.id)
        self.assertEqual('NetworkNotFound', self.error(other.network.get(f'/networks/{private}'), 404))

    def test_a_trunk_as_the_sdk_makes_it(self) -> None:
        network = self.cloud.get_network('private').id
        parent, sub = (self.cloud.create_port(network) for _ in range(2))
        trunk = self.cloud.network.create_trunk(port_id=parent.id)
        self.cloud.network.add_trunk_subports(trunk, [{'port_id': sub.id, 'segmentation_type': 'vlan', 'segmentation_id': 5}])
        self.assertEqual([sub.id], [one['port_id'] for one in self.cloud.network.get_trunk(trunk.id).sub_ports])
        self.assertEqual(trunk.id, self.cloud.network.get_port(parent.id).trunk_details['trunk_id'])
        self.assertEqual('PortInUseAsSubPort', self.error(self.cloud.network.delete(f'/ports/{sub.id}'), 409))
        self.cloud.network.delete_trunk_subports(trunk, [{'port_id': sub.id}])
        self.cloud.network.delete_trunk(trunk.id)
        self.assertTrue(self.cloud.delete_port(parent.id))

    def test_a_subnet_of_the_sdk_is_cut_from_a_pool(self) -> None:
        pool = self.cloud.network.create_subnet_pool(name='pool', prefixes=['10.9.0.0/24'], default_prefixlen=26)
        network = self.cloud.create_network('cut')
        ranges = [self.cloud.create_subnet(network.id, subnetpool_name_or_id=pool.id).cidr for _ in range(4)]
        self.assertEqual([f'10.9.0.{n}/26' for n in (0, 64, 128, 192)], ranges)
        given = {'subnet': {'network_id': network.id, 'ip_version': 4, 'subnetpool_id': pool.id}}
        self.assertEqual('SubnetAllocationError', self.error(self.cloud.network.post('/subnets', json=given), 500))
        answer = self.cloud.network.delete(f'/subnetpools/{pool.id}')
        self.assertEqual('SubnetPoolDeleteError', self.error(answer, 400))

    def test_an_exhausted_subnet(self) -> None:
        network = self.cloud.create_network('tiny')
        self.cloud.create_subnet('tiny', cidr='192.168.7.0/30')
        port = self.cloud.create_port(network.id)
        answer = self.cloud.network.post('/ports', json={'port': {'network_id': network.id}})
        self.assertEqual('IpAddressGenerationFailure', self.error(answer, 409))
        self.cloud.delete_port(port.id)
        self.assertEqual(201, self.cloud.network.post('/ports', json={'port': {'network_id': network.id}}).status_code)
