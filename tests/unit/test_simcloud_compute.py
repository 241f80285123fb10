# SPDX-License-Identifier: Apache-2.0
"""The simulated Nova: servers through their states, pages, microversions, flavors, keypairs, quotas."""

import base64
import time
from typing import Any

from openstack import exceptions

from tests.unit.test_simcloud_base import SimulatedCase

KEY = 'ssh-rsa ' + base64.b64encode(b'\0\0\0\7ssh-rsa' + bytes(40)).decode() + ' demo@here'


class ComputeTest(SimulatedCase):
    def setUp(self) -> None:
        super().setUp()
        self.cloud = self.connect('alpha')

    def create(self, cloud: Any = None, flavor: str = 'm1.tiny', **fields: Any) -> Any:
        """POST /servers through the SDK, in the newest microversion unless `microversion` is given."""
        cloud = cloud or self.cloud
        version = fields.pop('microversion', '2.96')
        flavor_id, image = cloud.compute.find_flavor(flavor).id, cloud.image.find_image('cirros').id
        server = {'name': 'one', 'flavorRef': flavor_id, 'imageRef': image, 'networks': 'auto'} | fields
        server = {name: value for name, value in server.items() if value is not None}
        return cloud.compute.post('/servers', json={'server': server}, microversion=version)

    def created(self, **fields: Any) -> str:
        answer = self.create(**fields)
        self.assertEqual(202, answer.status_code, answer.text)
        return str(answer.json()['server']['id'])

    def active(self, **fields: Any) -> str:
        ident = self.created(**fields)
        self.until(ident, 'ACTIVE')
        return ident

    def show(self, ident: str, version: str = '2.96') -> Any:
        return self.cloud.compute.get(f'/servers/{ident}', microversion=version).json().get('server')

    def until(self, ident: str, status: str) -> Any:
        end = time.monotonic() + 5
        while time.monotonic() < end:
            server = self.show(ident)
            if server['status'] == status and server['OS-EXT-STS:task_state'] is None:
                return server
            time.sleep(0.01)
        raise self.failureException(f'still {server["status"]}')

    def act(self, ident: str, name: str, given: Any = None) -> Any:
        return self.cloud.compute.post(f'/servers/{ident}/action', json={name: given})

    def test_server_groups_are_made_joined_and_deleted(self) -> None:
        compute = self.cloud.compute
        group = compute.create_server_group(name='apart', policy='anti-affinity', rules={'max_server_per_host': 1})
        self.assertEqual(('anti-affinity', []), (group.policy, group.member_ids))
        for state in ('ACTIVE', 'ERROR'):
            flavor, image = compute.find_flavor('m1.tiny').id, self.cloud.image.find_image('cirros').id
            server = {'name': 'one', 'flavorRef': flavor, 'imageRef': image, 'networks': 'auto'}
            body = {'server': server, 'os:scheduler_hints': {'group': group.id}}
            ident = compute.post('/servers', json=body, microversion='2.96').json()['server']['id']
            self.until(ident, state)
        self.assertIn(ident, compute.get_server_group(group.id).member_ids)
        self.assertEqual(1, self.cloud.get_compute_limits().server_groups_used)
        compute.delete_server_group(group.id)
        self.assertEqual([], list(compute.server_groups()))
        for given in (
            {'name': 'x', 'policies': ['affinity']},
            {'name': 'x', 'policy': 'none'},
            {'name': '', 'policy': 'affinity'},
        ):
            answer = compute.post('/os-server-groups', json={'server_group': given}, microversion='2.96')
            self.assertEqual(400, answer.status_code, answer.text)
        answer = compute.post('/os-server-groups', json={'server_group': {'name': 'x', 'policies': ['affinity']}})
        self.assertEqual(['affinity'], answer.json()['server_group']['policies'])

    def test_a_server_boots_from_a_volume(self) -> None:
        image = self.cloud.image.find_image('cirros').id
        disk = {'boot_index': 0, 'uuid': image, 'source_type': 'image', 'destination_type': 'volume', 'volume_size': 1}
        ident = self.active(imageRef='', block_device_mapping_v2=[disk | {'delete_on_termination': True}])
        server = self.show(ident)
        self.assertEqual(('', 1), (server['image'], len(server['os-extended-volumes:volumes_attached'])))
        wrong = self.create(imageRef='', block_device_mapping_v2=[disk | {'boot_index': 1}])
        self.assertEqual(400, wrong.status_code)

    def test_a_server_is_built_and_deleted(self) -> None:
        server = self.boot(self.cloud)
        [address] = server.addresses['private']
        self.assertEqual('fixed', address['OS-EXT-IPS:type'])
        self.remove(self.cloud, server.id)
        self.assertFalse(self.cloud.delete_server(server.id))
        self.assertEqual([], list(self.cloud.network.ports(device_id=server.id)))

    def test_states_pass_in_order(self) -> None:
        self.sim.settings('alpha', build_seconds=1.5, delete_seconds=0.2)
        ident = self.created()
        seen = []
        while not seen or seen[-1][0] != 'ACTIVE':
            server = self.show(ident)
            state = (server['status'], server['OS-EXT-STS:task_state'])
            if state not in seen:
                seen.append(state)
                self.assertEqual(bool(server['addresses']), state[0] == 'ACTIVE')
        wanted = [('BUILD', task) for task in ('scheduling', 'networking', 'spawning')]
        self.assertEqual([*wanted, ('ACTIVE', None)], seen)
        self.assertEqual(204, self.cloud.compute.delete(f'/servers/{ident}').status_code)
        self.assertEqual('deleting', self.show(ident)['OS-EXT-STS:task_state'])
        while self.cloud.compute.get(f'/servers/{ident}').status_code == 200:
            time.sleep(0.01)

    def test_a_build_fails_by_its_name(self) -> None:
        server = self.until(self.created(name='please-fail-to-build'), 'ERROR')
        self.assertEqual((500, True), (server['fault']['code'], 'No valid host' in server['fault']['message']))

    def test_actions_need_the_right_state(self) -> None:
        ident = self.active()
        answer = self.act(ident, 'os-start')
        message = f"Cannot 'start' instance {ident} while it is in vm_state active"
        self.assertEqual((409, message), (answer.status_code, answer.json()['conflictingRequest']['message']))
        self.assertEqual(202, self.act(ident, 'os-stop').status_code)
        self.assertIn('task_state powering-off', self.act(ident, 'os-stop').text)
        self.until(ident, 'SHUTOFF')
        self.assertEqual(409, self.act(ident, 'reboot', {'type': 'SOFT'}).status_code)
        self.assertEqual(202, self.act(ident, 'reboot', {'type': 'HARD'}).status_code)
        self.assertEqual('HARD_REBOOT', self.show(ident)['status'].replace('SHUTOFF', 'HARD_REBOOT'))
        self.until(ident, 'ACTIVE')

    def test_a_locked_server_is_left_alone(self) -> None:
        ident = self.active()
        self.act(ident, 'lock')
        self.assertEqual(409, self.cloud.compute.delete(f'/servers/{ident}').status_code)
        self.assertTrue(self.show(ident)['locked'])

    def test_resize_is_confirmed(self) -> None:
        ident = self.active()
        self.act(ident, 'resize', {'flavorRef': self.cloud.compute.find_flavor('m1.small').id})
        self.until(ident, 'VERIFY_RESIZE')
        self.assertEqual(204, self.act(ident, 'confirmResize').status_code)
        self.assertEqual('m1.small', self.until(ident, 'ACTIVE')['flavor']['original_name'])

    def test_what_nova_refuses_at_once(self) -> None:
        unknown = '00000000-0000-4000-8000-000000000000'
        for status, text, fields in (
            (400, 'could not be found', {'flavorRef': unknown}),
            (400, 'Can not find requested image', {'imageRef': unknown}),
            (400, f'Network {unknown} could not be found.', {'networks': [{'uuid': unknown}]}),
            (400, f'Port id {unknown} could not be found.', {'networks': [{'port': unknown}]}),
            (400, 'Invalid key_name provided.', {'key_name': 'none'}),
            (400, 'Unable to find security_group', {'security_groups': [{'name': 'none'}]}),
            (400, 'User data needs to be valid base 64.', {'user_data': 'a'}),
            (400, "is not of type 'string'", {'metadata': {'a': 1}}),
            (400, "'networks' is a required property", {'networks': None}),
        ):
            answer = self.create(**fields)
            self.assertEqual((status, True), (answer.status_code, text in answer.text), answer.text)

    def test_several_networks_are_ambiguous(self) -> None:
        self.sim.seed('alpha', networks=1)
        answer = self.create(networks=None, microversion='2.1')
        self.assertEqual((409, True), (answer.status_code, 'Multiple possible networks found' in answer.text))

    def test_the_quota_is_kept(self) -> None:
        self.sim.settings('alpha', quota={'instances': 1})
        self.active()
        answer = self.create()
        message = 'Quota exceeded for instances: Requested 1, but already used 1 of 1 instances'
        self.assertEqual((403, message), (answer.status_code, answer.json()['forbidden']['message']))

    def test_documents_follow_the_microversion(self) -> None:
        ident = self.active()
        old, new = self.show(ident, '2.1'), self.show(ident, '2.96')
        self.assertEqual({'id', 'links'}, old['flavor'].keys())
        self.assertEqual('m1.tiny', new['flavor']['original_name'])
        added = {'locked', 'description', 'tags', 'locked_reason', 'trusted_image_certificates', 'server_groups'}
        added |= {'OS-EXT-SRV-ATTR:hostname', 'pinned_availability_zone'}
        self.assertEqual(added, new.keys() - old.keys())
        answer = self.cloud.compute.get('/servers', microversion='2.999')
        self.assertEqual((406, True), (answer.status_code, 'Minimum is 2.1 and maximum is 2.96' in answer.text))
        answer = self.cloud.compute.get('/servers', microversion='2.47')
        self.assertEqual('compute 2.47', answer.headers['OpenStack-API-Version'])

    def test_pages_are_as_long_as_the_cloud_allows(self) -> None:
        self.sim.seed('beta', servers=8)
        beta = self.connect('beta')
        names = [server.name for server in beta.compute.servers()]
        self.assertEqual([f'seed-{n:06d}' for n in range(8, 0, -1)], names)
        self.assertEqual(3, self.count('beta', service='compute', path='/servers/detail'))
        page = beta.compute.get('/servers?limit=100').json()
        self.assertEqual((3, 'next'), (len(page['servers']), page['servers_links'][0]['rel']))
        self.assertEqual(400, beta.compute.get('/servers?marker=none').status_code)

    def test_a_hundred_thousand_servers(self) -> None:
        self.sim.seed('alpha', servers=100_000)
        path, seen = '/servers?limit=1000', 0
        for _ in range(3):
            page = self.cloud.compute.get(path).json()
            seen += len(page['servers'])
            path = page['servers_links'][0]['href']
        self.assertEqual(3000, seen)
        self.assertEqual(1, len(self.cloud.compute.get('/servers?name=seed-077777').json()['servers']))

    def test_filters_and_changes(self) -> None:
        self.sim.seed('alpha', servers=2)
        ident = self.active(name='mine')
        self.assertEqual(['mine'], [server.name for server in self.cloud.compute.servers(name='^mi')])
        self.assertEqual(3, len(list(self.cloud.compute.servers(status='ACTIVE'))))
        self.assertEqual([], list(self.cloud.compute.servers(status='SHUTOFF')))
        self.remove(self.cloud, ident)
        since = time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime(time.time() - 60))
        changed = self.cloud.compute.get(f'/servers/detail?changes-since={since}').json()['servers']
        self.assertEqual(
            {'mine': 'DELETED', 'seed-000001': 'ACTIVE', 'seed-000002': 'ACTIVE'}, {s['name']: s['status'] for s in changed}
        )
        later = time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime(time.time() + 60))
        self.assertEqual([], self.cloud.compute.get(f'/servers/detail?changes-since={later}').json()['servers'])

    def test_projects_do_not_see_each_other(self) -> None:
        ident = self.active()
        other = self.connect('alpha-other')
        self.assertEqual([], list(other.compute.servers()))
        self.assertEqual(404, other.compute.get(f'/servers/{ident}').status_code)
        self.assertEqual(403, other.compute.get('/servers?all_tenants=1').status_code)
        admin = self.connect('alpha-admin')
        self.assertEqual([ident], [s['id'] for s in admin.compute.get('/servers?all_tenants=1').json()['servers']])

    def test_keypairs(self) -> None:
        post = self.cloud.compute.post
        self.assertEqual(400, post('/os-keypairs', json={'keypair': {'name': 'a'}}, microversion='2.92').status_code)
        imported = {'keypair': {'name': 'a', 'public_key': KEY}}
        self.assertEqual(201, post('/os-keypairs', json=imported, microversion='2.92').status_code)
        self.assertEqual(409, post('/os-keypairs', json=imported, microversion='2.92').status_code)
        self.assertIn('BEGIN RSA', self.cloud.create_keypair('b').private_key)
        self.assertEqual(['a', 'b'], [keypair.name for keypair in self.cloud.list_keypairs()])
        self.assertTrue(self.cloud.delete_keypair('a'))
        self.assertEqual([], self.connect('alpha-other').list_keypairs())
        self.assertEqual('b', self.show(self.active(key_name='b'))['key_name'])

    def test_flavors(self) -> None:
        beta = self.connect('beta')
        self.sim.seed('beta', flavors=5)
        self.assertEqual(8, len(list(beta.compute.flavors())))
        self.assertNotIn('extra_specs', self.cloud.compute.get('/flavors/detail').json()['flavors'][0])
        modern = self.cloud.compute.get('/flavors/detail', microversion='2.61').json()['flavors'][0]
        self.assertEqual(({}, None), (modern['extra_specs'], modern['description']))
        with self.assertRaises(exceptions.NotFoundException):
            self.cloud.compute.get_flavor('none')

    def test_limits_and_zones(self) -> None:
        self.active()
        absolute = self.cloud.get_compute_limits()
        self.assertEqual((1, 1), (absolute.total_cores_used, absolute.instances_used))
        self.assertEqual(['nova'], self.cloud.list_availability_zone_names())

    def test_metadata_and_tags(self) -> None:
        ident = self.active(metadata={'a': 'b'}, tags=['x'])
        self.cloud.set_server_metadata(ident, {'c': 'd'})
        self.cloud.delete_server_metadata(ident, ['a'])
        self.cloud.compute.put(f'/servers/{ident}/tags/y', microversion='2.96')
        server = self.show(ident)
        self.assertEqual(({'c': 'd'}, ['x', 'y']), (server['metadata'], server['tags']))
