# SPDX-License-Identifier: Apache-2.0
"""Counts, faults, seeds, resets, and simcloud as a program."""

import http.client
import json
import subprocess
import sys
import time
import urllib.error
import urllib.request

from oaktree.simcloud import Simulation
from tests.unit.test_simcloud_base import Answer, SimulatedCase


class ControlTest(SimulatedCase):
    def setUp(self) -> None:
        super().setUp()
        self.cloud = self.connect('alpha')
        self.token = self.cloud.session.get_token()
        self.sim.forget_requests('alpha')

    def servers(self) -> Answer:
        return self.http('GET', self.sim.url('alpha') + '/compute/v2.1/servers/detail', X_Auth_Token=self.token)

    def test_requests_are_counted_by_template(self) -> None:
        self.servers()
        self.servers()
        self.http('GET', self.sim.url('alpha') + '/compute/v2.1/servers/none', X_Auth_Token=self.token)
        self.http('GET', self.sim.url('alpha') + '/network/v2.0/ports', X_Auth_Token=self.token)
        wanted = [
            {'service': 'compute', 'method': 'GET', 'path': '/servers/detail', 'status': 200, 'count': 2},
            {'service': 'compute', 'method': 'GET', 'path': '/servers/{id}', 'status': 404, 'count': 1},
            {'service': 'network', 'method': 'GET', 'path': '/ports', 'status': 200, 'count': 1},
        ]
        self.assertEqual(wanted, self.sim.requests('alpha'))
        self.sim.forget_requests('alpha')
        self.assertEqual([], self.sim.requests('alpha'))

    def test_a_fault_answers_as_often_as_told(self) -> None:
        self.sim.fault('alpha', service='compute', path='/servers*', status=503, retry_after=7, count=2)
        answers = [self.servers() for _ in range(3)]
        self.assertEqual([503, 503, 200], [answer.status for answer in answers])
        self.assertEqual('7', answers[0].headers['Retry-After'])
        self.assertEqual(2, self.count('alpha', path='/servers/detail', status=503))

    def test_a_fault_hits_what_it_names_only(self) -> None:
        self.sim.fault('alpha', service='compute', method='POST', status=500)
        self.sim.fault('alpha', service='network', status=500)
        self.sim.fault('alpha', path='/servers/{id}', status=500)
        self.assertEqual(200, self.servers().status)
        self.sim.clear_faults('alpha')
        self.assertEqual(200, self.http('GET', self.sim.url('alpha') + '/network/v2.0/ports', X_Auth_Token=self.token).status)

    def test_latency(self) -> None:
        self.sim.fault('alpha', service='compute', latency=0.1)
        start = time.monotonic()
        self.assertEqual(200, self.servers().status)
        self.assertGreaterEqual(time.monotonic() - start, 0.1)

    def test_a_reset_connection(self) -> None:
        self.sim.fault('alpha', service='compute', reset=True)
        with self.assertRaises((ConnectionError, http.client.RemoteDisconnected, urllib.error.URLError)):
            self.servers()

    def test_a_lost_answer(self) -> None:
        self.sim.fault('alpha', method='DELETE', path='/os-keypairs/{name}', lose=True, count=1)
        self.cloud.create_keypair('lost')
        url = self.sim.url('alpha') + '/compute/v2.1/os-keypairs/lost'
        with self.assertRaises((ConnectionError, http.client.RemoteDisconnected, urllib.error.URLError)):
            self.http('DELETE', url, X_Auth_Token=self.token)
        self.assertEqual(404, self.http('DELETE', url, X_Auth_Token=self.token).status, 'it was done')

    def test_a_truncated_body(self) -> None:
        self.sim.fault('alpha', service='compute', truncate=True)
        with self.assertRaises(http.client.IncompleteRead):
            self.servers()

    def test_a_malformed_body(self) -> None:
        self.sim.fault('alpha', service='compute', malformed=True)
        answer = self.servers()
        self.assertEqual(200, answer.status)
        with self.assertRaises(json.JSONDecodeError):
            answer.json()

    def test_an_unknown_fault_is_refused(self) -> None:
        with self.assertRaises(urllib.error.HTTPError) as caught:
            self.sim.fault('alpha', nonsense=1)
        self.assertEqual(400, caught.exception.code)
        caught.exception.close()

    def test_seed_and_reset(self) -> None:
        self.sim.seed(
            'alpha', servers=2, images=2, flavors=2, networks=2, keypairs=2, security_groups=2, floating_ips=2, prefix='x'
        )
        lists = (self.cloud.compute.servers, self.cloud.image.images, self.cloud.compute.flavors, self.cloud.network.networks)
        self.assertEqual([2, 3, 6, 4], [len(list(listing())) for listing in lists])
        self.assertEqual(['x-000000', 'x-000001'], [keypair.name for keypair in self.cloud.list_keypairs()])
        self.assertEqual(2, len(self.cloud.list_floating_ips()))
        cirros = self.cloud.image.find_image('cirros').id
        self.sim.reset('alpha')
        self.assertEqual([0, 1, 4, 2], [len(list(listing())) for listing in lists])
        self.assertEqual(cirros, self.cloud.image.find_image('cirros').id)

    def test_every_answer_has_a_request_id(self) -> None:
        answer = self.servers()
        self.assertRegex(answer.headers['x-openstack-request-id'], r'^req-[0-9a-f-]{36}$')
        self.assertEqual(answer.headers['x-openstack-request-id'], answer.headers['x-compute-request-id'])


class ProgramTest(SimulatedCase):
    def test_it_serves_until_its_parent_closes_the_pipe(self) -> None:
        argv = [sys.executable, '-m', 'oaktree.simcloud', '--cloud', 'gamma:direct', '--seed', 'gamma:servers=3', '--until-eof']
        child = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.addCleanup(child.kill)
        assert child.stdin is not None and child.stdout is not None
        text = ''
        while not text.endswith('\n...\n'):
            line = child.stdout.readline()
            self.assertTrue(line)
            text += line
        clouds = json.loads(text.removesuffix('...\n'))['clouds']
        self.assertEqual({'gamma', 'gamma-other', 'gamma-reader'}, clouds.keys())
        with urllib.request.urlopen(clouds['gamma']['auth']['auth_url'], timeout=5) as answer:
            self.assertEqual('v3.14', json.load(answer)['version']['id'])
        child.stdin.close()
        self.assertEqual(0, child.wait(5))
        child.stdout.close()

    def test_two_simulations_live_side_by_side(self) -> None:
        with Simulation({'delta': 'direct'}) as second:
            self.assertNotEqual(self.sim.url('alpha'), second.url('delta'))
            self.assertEqual([], second.requests('delta'))
