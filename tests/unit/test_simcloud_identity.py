# SPDX-License-Identifier: Apache-2.0
"""The simulated Keystone: tokens, application credentials, OAuth 2."""

import base64
import uuid
from typing import Any

from openstack import exceptions

from tests.unit.test_simcloud_base import Answer, SimulatedCase

SCOPE = {'project': {'name': 'demo', 'domain': {'id': 'default'}}}


class IdentityTest(SimulatedCase):
    def setUp(self) -> None:
        super().setUp()
        self.url = self.sim.url('alpha') + '/identity/v3'

    def authenticate(self, identity: dict[str, Any], scope: Any = None) -> Answer:
        auth = {'identity': identity} | ({'scope': scope} if scope else {})
        return self.http('POST', self.url + '/auth/tokens', {'auth': auth})

    def password(self, user: str = 'demo', password: str = 'simulated', scope: Any = SCOPE) -> Answer:
        given = {'name': user, 'domain': {'id': 'default'}, 'password': password}
        return self.authenticate({'methods': ['password'], 'password': {'user': given}}, scope)

    def validate(self, token: str, subject: str, **headers: str) -> Answer:
        return self.http('GET', self.url + '/auth/tokens', X_Auth_Token=token, X_Subject_Token=subject, **headers)

    def servers(self, token: str) -> Answer:
        return self.http('GET', self.sim.url('alpha') + '/compute/v2.1/servers', X_Auth_Token=token)

    def credential(self, **fields: Any) -> tuple[str, dict[str, Any]]:
        """A token of demo, and an application credential made with it."""
        answer = self.password()
        token = answer.headers['X-Subject-Token']
        url = f'{self.url}/users/{answer.json()["token"]["user"]["id"]}/application_credentials'
        made = self.http('POST', url, {'application_credential': {'name': 'robot'} | fields}, X_Auth_Token=token)
        self.assertEqual(201, made.status, made.body)
        return token, made.json()['application_credential']

    def by_credential(self, credential: dict[str, Any]) -> Answer:
        pair = {'id': credential['id'], 'secret': credential['secret']}
        return self.authenticate({'methods': ['application_credential'], 'application_credential': pair})

    def test_password_gives_a_token_with_catalog(self) -> None:
        token = self.password().json()['token']
        self.assertEqual('demo', token['project']['name'])
        self.assertLessEqual({'identity', 'compute', 'image', 'network'}, {service['type'] for service in token['catalog']})
        self.assertEqual(['member', 'reader'], sorted(role['name'] for role in token['roles']))

    def test_unscoped_token_has_no_project(self) -> None:
        self.assertNotIn('project', self.password(scope=None).json()['token'])

    def test_wrong_password_is_refused(self) -> None:
        answer = self.password(password='wrong')
        self.assertEqual((401, 'Unauthorized'), (answer.status, answer.json()['error']['title']))

    def test_project_of_another_is_refused(self) -> None:
        self.assertEqual(401, self.password(scope={'project': {'name': 'other', 'domain': {'id': 'default'}}}).status)

    def test_services_refuse_missing_and_unknown_tokens(self) -> None:
        for path in ('/compute/v2.1/servers', '/image/v2/images', '/network/v2.0/networks', '/identity/v3/auth/projects'):
            for headers in ({}, {'X_Auth_Token': 'unknown'}):
                answer = self.http('GET', self.sim.url('alpha') + path, **headers)
                self.assertEqual(401, answer.status)
                self.assertIn('Keystone uri=', answer.headers['WWW-Authenticate'])

    def test_revoked_token_is_refused(self) -> None:
        token, other = (self.password().headers['X-Subject-Token'] for _ in range(2))
        self.assertEqual(200, self.validate(token, token).status)
        self.assertEqual(204, self.http('DELETE', self.url + '/auth/tokens', X_Auth_Token=token, X_Subject_Token=token).status)
        self.assertEqual(401, self.servers(token).status)
        self.assertEqual(404, self.validate(other, token).status)

    def test_expired_token_is_refused(self) -> None:
        self.sim.settings('alpha', token_seconds=0.05)
        token = self.password().headers['X-Subject-Token']
        for _ in range(100):
            if self.servers(token).status == 401:
                return
        self.fail('the token never expired')

    def test_token_of_another_user_cannot_be_validated(self) -> None:
        token, other = self.password().headers, self.password('other', scope=None).headers
        self.assertEqual(403, self.validate(token['X-Subject-Token'], other['X-Subject-Token']).status)

    def test_token_from_token_keeps_its_end(self) -> None:
        first = self.password(scope=None)
        ident = first.headers['X-Subject-Token']
        second = self.authenticate({'methods': ['token'], 'token': {'id': ident}}, SCOPE)
        self.assertEqual('demo', second.json()['token']['project']['name'])
        self.assertEqual(first.json()['token']['expires_at'], second.json()['token']['expires_at'])

    def test_application_credential_authenticates_and_cannot_be_delegated(self) -> None:
        token, credential = self.credential()
        answer = self.by_credential(credential)
        self.assertEqual('robot', answer.json()['token']['application_credential']['name'])
        delegated = {'methods': ['token'], 'token': {'id': answer.headers['X-Subject-Token']}}
        self.assertEqual(403, self.authenticate(delegated).status)
        user = answer.json()['token']['user']['id']
        url = f'{self.url}/users/{user}/application_credentials/{credential["id"]}'
        self.assertEqual(204, self.http('DELETE', url, X_Auth_Token=token).status)
        self.assertEqual(401, self.servers(answer.headers['X-Subject-Token']).status)
        self.assertEqual(404, self.by_credential(credential).status)

    def test_access_rules_limit_a_token(self) -> None:
        rule = {'service': 'compute', 'method': 'GET', 'path': '/v2.1/servers'}
        _, credential = self.credential(access_rules=[rule])
        token = self.by_credential(credential).headers['X-Subject-Token']
        self.assertEqual(404, self.validate(token, token).status)
        self.assertEqual(200, self.validate(token, token, OpenStack_Identity_Access_Rules='1.0').status)
        self.assertEqual(200, self.servers(token).status)
        flavors = self.http('GET', self.sim.url('alpha') + '/compute/v2.1/flavors', X_Auth_Token=token)
        self.assertEqual(401, flavors.status)

    def test_oauth2_client_credentials(self) -> None:
        _, credential = self.credential()
        for secret, status in ((credential['secret'], 200), ('wrong', 401)):
            basic = base64.b64encode(f'{credential["id"]}:{secret}'.encode()).decode()
            headers = {'Authorization': f'Basic {basic}', 'Content_Type': 'application/x-www-form-urlencoded'}
            answer = self.http('POST', self.url + '/OS-OAUTH2/token', b'grant_type=client_credentials', **headers)
            self.assertEqual(status, answer.status)
            if status == 200:
                self.assertEqual(('Bearer', 3600), (answer.json()['token_type'], answer.json()['expires_in']))
                self.assertEqual(200, self.servers(answer.json()['access_token']).status)
            else:
                self.assertEqual('invalid_client', answer.json()['error'])

    def test_a_revoked_session_authenticates_again(self) -> None:
        cloud = self.connect('alpha')
        list(cloud.compute.flavors())
        self.sim.reset('alpha', tokens=True)
        self.assertEqual(4, len(list(cloud.compute.flavors())))
        self.assertEqual(1, self.count('alpha', service='identity', method='POST', path='/auth/tokens'))

    def test_reader_looks_at_the_project_and_changes_nothing(self) -> None:
        demo, reader = self.connect('alpha'), self.connect('alpha-reader')
        network = demo.network.create_network(name='looked-at')
        self.addCleanup(demo.network.delete_network, network)
        self.assertEqual('looked-at', reader.network.get_network(network.id).name)
        image = demo.image.find_image('cirros').id
        refused = {
            'compute': lambda: reader.compute.create_server(name='x', flavor_id='1', image_id=image, networks='none'),
            'network': lambda: reader.network.delete_network(network, ignore_missing=False),
            'block storage': lambda: reader.block_storage.create_volume(size=1),
            'load balancer': lambda: reader.load_balancer.create_load_balancer(vip_network_id=network.id),
            'image': lambda: reader.image.create_image('x', disk_format='raw', container_format='bare'),
            'bytes of an image': lambda: exceptions.raise_from_response(reader.image.get(f'/images/{image}/file')),
            'object store': lambda: list(reader.object_store.containers()),
        }
        for service, change in refused.items():
            with self.subTest(service), self.assertRaises(exceptions.ForbiddenException):
                change()

    def test_what_is_not_there_is_not_there_for_a_reader_either(self) -> None:
        reader = self.connect('alpha-reader')
        with self.assertRaises(exceptions.NotFoundException):
            reader.compute.delete_server(str(uuid.uuid4()), ignore_missing=False)

    def test_keypairs_are_the_user_s_own_whatever_the_role(self) -> None:
        demo, reader = self.connect('alpha'), self.connect('alpha-reader')
        reader.compute.create_keypair(name='reader-s')
        self.addCleanup(reader.compute.delete_keypair, 'reader-s')
        self.assertEqual(['reader-s'], [keypair.name for keypair in reader.compute.keypairs()])
        self.assertEqual([], list(demo.compute.keypairs()))
