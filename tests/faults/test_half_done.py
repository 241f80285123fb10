# SPDX-License-Identifier: Apache-2.0
"""What is begun is neither done twice, nor left half done, nor done to another."""

import socket
import uuid

from oaktreemodel import v1 as pb

from tests.faults.base import Case, Code
from tests.functional.base import WAIT, unique

LOST = {
    'computeFault': {
        'code': 500,
        'message': "Unexpected API Error.\n<class 'neutronclient.common.exceptions.PortNotFoundClient'>",
    }
}
"""What Nova answers where Neutron loses a port while it lists them."""


class HalfDoneTest(Case):
    def delete(self, name_or_id: str, **fields: object) -> pb.DeleteServerResponse:
        request = pb.DeleteServerRequest(location={'cloud': 'alpha'}, name_or_id=name_or_id, **fields)
        return self.oaktree.compute.DeleteServer(request, timeout=20)

    def test_a_repeat_after_half_a_create_makes_no_second_server(self) -> None:
        self.simulation.fault('alpha', method='POST', path='/floatingips', status=500)
        fields = {'name': unique('server'), 'auto_ip': True, 'wait': WAIT, 'request_id': str(uuid.uuid4())}
        told = []
        for _ in range(3):
            with self.fails(Code.UNAVAILABLE, 'CLOUD_FAILED', 'was made') as failure:
                self.create('alpha', **fields).result()
            told.append(failure.info.metadata['server_id'])
        self.assertEqual(told, [self.servers('alpha')[0].id] * 3)
        self.assertEqual(self.asked('alpha', 'POST', '/servers'), 1)

    def test_a_network_whose_tags_fail_is_made_once_and_named(self) -> None:
        self.simulation.fault('alpha', method='PUT', path='/networks/{id}/tags', status=503)
        fields = {'name': unique('network'), 'tags': ['a'], 'request_id': str(uuid.uuid4())}
        told = []
        for _ in range(2):
            with self.fails(Code.UNAVAILABLE, 'CLOUD_FAILED', 'was made', 'tags') as failure:
                self.oaktree.network.CreateNetwork(pb.CreateNetworkRequest(location={'cloud': 'alpha'}, **fields), timeout=20)
            told.append(failure.info.metadata['network_id'])
        found = self.oaktree.network.ListNetworks(pb.ListNetworksRequest(name_or_id=fields['name'])).networks
        self.assertEqual(told, [found[0].id] * 2)
        self.assertEqual(self.asked('alpha', 'POST', '/networks'), 1)

    def test_ports_that_go_while_nova_lists_them_are_no_failure(self) -> None:
        self.simulation.fault('alpha', method='POST', path='/servers', status=500, body=LOST, count=2)
        self.assertEqual(self.create('alpha', wait=WAIT).result().server.state, pb.SERVER_STATE_ACTIVE)
        self.assertEqual(self.asked('alpha', 'POST', '/servers'), 3)

    def test_nova_is_not_asked_for_ever(self) -> None:
        self.simulation.fault('alpha', method='POST', path='/servers', status=500, body=LOST)
        with self.fails(Code.UNAVAILABLE, 'CLOUD_FAILED', 'PortNotFoundClient'):
            self.create('alpha').result()
        self.assertEqual(self.asked('alpha', 'POST', '/servers'), 4)

    def test_ports_that_go_while_they_are_listed_are_no_failure(self) -> None:
        words = f'Port {uuid.uuid4()} could not be found.'
        body = {'NeutronError': {'type': 'PortNotFound', 'message': words, 'detail': ''}}
        self.simulation.fault('alpha', method='GET', path='/ports', status=404, body=body, count=2)
        self.oaktree.network.ListPorts(pb.ListPortsRequest(location={'cloud': 'alpha'}), timeout=20)
        self.assertEqual(self.asked('alpha', 'GET', '/ports'), 3)

    def test_a_repeat_after_a_refusal_tries_again(self) -> None:
        self.simulation.fault('alpha', method='POST', path='/servers', status=403, count=1)
        fields = {'request_id': str(uuid.uuid4()), 'wait': WAIT}
        with self.fails(Code.PERMISSION_DENIED, 'CLOUD_FORBIDDEN'):
            self.create('alpha', name='again', **fields).result()
        self.assertEqual(self.create('alpha', name='again', **fields).result().server.state, pb.SERVER_STATE_ACTIVE)

    def test_a_server_that_is_gone_already_leaves_no_address(self) -> None:
        server = self.create('alpha', auto_ip=True, wait=WAIT).result().server
        self.assertEqual(len(self.addresses()), 1)
        # Found, and gone when it is to be deleted.
        self.simulation.fault('alpha', method='DELETE', path='/servers/{id}', status=404)
        with self.fails(Code.NOT_FOUND, 'NOT_FOUND'):
            self.delete(server.id)
        self.assertEqual(self.addresses(), [])

    def test_one_look_that_misses_a_server_does_not_end_the_wait(self) -> None:
        self.simulation.settings('alpha', build_seconds=1)
        self.simulation.fault('alpha', method='GET', path='/servers/{id}', status=404, count=1)
        server = self.create('alpha', auto_ip=True, wait=WAIT).result().server
        self.assertTrue(server.public_v4)

    def test_a_twin_that_was_made_past_us_is_not_overlooked(self) -> None:
        name = unique('twin')
        first = self.create('alpha', name=name, wait=WAIT).result().server
        self.servers('alpha', max_age=None)
        request = pb.CreateServerRequest(location={'cloud': 'alpha'}, name=name, flavor='m1.tiny', image='cirros', wait=WAIT)
        self.serve().compute.CreateServer(request, timeout=20)
        with self.fails(Code.FAILED_PRECONDITION, 'MULTIPLE_MATCHES', first.id):
            self.delete(name)
        self.assertEqual(self.asked('alpha', 'DELETE', '/servers/{id}'), 0)

    def test_a_service_that_was_ill_from_the_start_is_no_loss_to_the_other_cloud(self) -> None:
        for fault in ({'status': 503}, {'status': 404}, {'status': 401}, {'reset': True}, {'malformed': True}):
            for service in ('image', 'network', 'compute'):
                with self.subTest(f'{service} {fault}'):
                    self.simulation.fault('alpha', service=service, **fault)
                    oaktree = self.serve()
                    if service == 'image':
                        answer = oaktree.image.ListImages(pb.ListImagesRequest(return_partial_success=True), timeout=10)
                        found = answer.images
                    elif service == 'network':
                        answer = oaktree.network.ListNetworks(pb.ListNetworksRequest(return_partial_success=True), timeout=10)
                        found = answer.networks
                    else:
                        answer = oaktree.compute.ListFlavors(pb.ListFlavorsRequest(return_partial_success=True), timeout=10)
                        found = answer.flavors
                    self.assertEqual({item.location.cloud for item in found}, {'beta'})
                    self.assertEqual([place.location.cloud for place in answer.unreachable], ['alpha'])
                    self.assertNotEqual(answer.unreachable[0].reason, 'INTERNAL')
                    self.simulation.clear_faults('alpha')

    def test_a_hanging_service_does_not_hang_the_others_of_its_cloud(self) -> None:
        self.simulation.fault('alpha', service='image', latency=5)
        oaktree = self.serve()
        where = {'cloud': 'alpha'}
        images = oaktree.image.ListImages.future(pb.ListImagesRequest(location=where), timeout=8)
        self.assertTrue(oaktree.compute.ListFlavors(pb.ListFlavorsRequest(location=where), timeout=3).flavors)
        self.assertTrue(oaktree.network.ListNetworks(pb.ListNetworksRequest(location=where), timeout=3).networks)
        images.cancel()

    def test_a_wrong_entry_is_no_loss_to_the_other_cloud(self) -> None:
        entries = self.entries()
        entries['alpha']['api_timeout'] = '30s'
        oaktree = self.serve(entries)
        answer = oaktree.compute.ListFlavors(pb.ListFlavorsRequest(return_partial_success=True), timeout=10)
        self.assertEqual({flavor.location.cloud for flavor in answer.flavors}, {'beta'})
        self.assertEqual([place.reason for place in answer.unreachable], ['CLOUD_MISCONFIGURED'])

    def test_a_profile_that_does_not_answer_is_no_loss_to_the_other_cloud(self) -> None:
        entries = self.entries()
        silent = self.enterContext(socket.create_server(('127.0.0.1', 0)))
        entries['alpha']['profile'] = f'http://127.0.0.1:{silent.getsockname()[1]}'
        oaktree = self.serve(entries)
        answer = oaktree.compute.ListFlavors(pb.ListFlavorsRequest(return_partial_success=True), timeout=4)
        self.assertEqual({flavor.location.cloud for flavor in answer.flavors}, {'beta'})
        self.assertEqual([place.reason for place in answer.unreachable], ['CLOUD_TIMEOUT'])
