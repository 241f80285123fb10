# SPDX-License-Identifier: Apache-2.0
"""Lists in pages, the cloud's and ours, while things come and go."""

import dataclasses
import threading
import time
from typing import Any

from google.protobuf.duration_pb2 import Duration
from oaktreemodel import v1 as pb

from tests.faults.base import Case, Code
from tests.functional.base import unique


class PagesTest(Case):
    """What is there throughout is listed exactly once."""

    def paged(self, size: int, between: Any = None, **fields: Any) -> list[pb.Server]:
        request, seen = pb.ListServersRequest(page_size=size, **fields), []
        while True:
            answer = self.oaktree.compute.ListServers(request, timeout=20)
            self.assertLessEqual(len(answer.servers), size)
            seen += answer.servers
            if not answer.next_page_token:
                return seen
            request.page_token = answer.next_page_token
            if between:
                between(len(seen))

    def test_the_clouds_small_pages_make_one_list(self) -> None:
        self.simulation.seed('beta', servers=100, images=10, networks=10, security_groups=10, keypairs=10, flavors=10)
        self.assertEqual(len(self.servers('beta')), 100)
        self.assertEqual(self.asked('beta', 'GET', '/servers/detail'), 34)
        where = {'location': {'cloud': 'beta'}}
        o = self.oaktree
        for answer, number in (
            (o.image.ListImages(pb.ListImagesRequest(**where)).images, 10),
            (o.network.ListNetworks(pb.ListNetworksRequest(**where)).networks, 10),
            (o.network.ListSubnets(pb.ListSubnetsRequest(**where)).subnets, 10),
            (o.network.ListSecurityGroups(pb.ListSecurityGroupsRequest(**where)).security_groups, 10),
            (o.compute.ListKeypairs(pb.ListKeypairsRequest(**where)).keypairs, 10),
            (o.compute.ListFlavors(pb.ListFlavorsRequest(**where)).flavors, 10),
        ):
            seeded = [item.id for item in answer if item.name.startswith('seed-')]
            self.assertEqual((len(seeded), len(set(seeded))), (number, number), answer[0].DESCRIPTOR.name)

    def test_a_thousand_servers_are_listed_once_while_others_come_and_go(self) -> None:
        cloud = self.simulation.cloud('alpha')
        self.addCleanup(setattr, cloud, 'profile', cloud.profile)
        cloud.profile = dataclasses.replace(cloud.profile, page=70)
        self.simulation.seed('alpha', servers=1000)
        self.simulation.settings('alpha', build_seconds=0.1, delete_seconds=0.1)
        there = {server.id for server in self.paged(5000, location={'cloud': 'alpha'})}
        self.assertEqual(len(there), 1000)
        mine: list[pb.Server] = []

        def churn(seen: int) -> None:
            # Through oaktree, which then reads the cloud anew.
            if seen % 140 == 0:
                mine.append(self.create('alpha').result().server)
            if seen % 210 == 0:
                request = pb.DeleteServerRequest(
                    location={'cloud': 'alpha'}, name_or_id=mine.pop(0).id, wait=Duration(seconds=5)
                )
                self.oaktree.compute.DeleteServer(request, timeout=10)

        listed = [server.id for server in self.paged(7, churn, location={'cloud': 'alpha'})]
        self.assertEqual(len(listed), len(set(listed)), 'nothing is listed twice')
        self.assertLessEqual(there, set(listed))
        self.assertLessEqual(len(listed), 1000 + 8)

    def test_pages_over_clouds_hold_everything_once(self) -> None:
        for name in self.profiles:
            self.simulation.seed(name, servers=20)
        for size in (1, 7, 20, 39, 40, 41):
            with self.subTest(size):
                listed = [(server.location.cloud, server.id) for server in self.paged(size)]
                self.assertEqual((len(listed), len(set(listed))), (40, 40))

    def test_a_cloud_that_falls_ill_between_two_pages_is_told_of(self) -> None:
        for name in self.profiles:
            self.simulation.seed(name, servers=5)
        request = pb.ListServersRequest(page_size=3, max_age=Duration(), return_partial_success=True)
        first = self.oaktree.compute.ListServers(request)
        self.create('beta').result()
        self.simulation.fault('beta', status=503)
        request.page_token = first.next_page_token
        second = self.oaktree.compute.ListServers(request)
        self.assertEqual([u.location.cloud for u in second.unreachable], ['beta'])
        self.assertEqual(len({server.id for server in (*first.servers, *second.servers)}), 5)

    def test_an_endless_list_ends(self) -> None:
        url = self.simulation.url('beta')
        body = {
            'servers': [{'id': 'e5e1ff1e-7d0a-4d5c-a4d4-0c3f4d1fb3a1', 'name': 'again', 'status': 'ACTIVE'}],
            'servers_links': [{'rel': 'next', 'href': f'{url}/compute/v2.1/servers/detail?marker=e5e1ff1e'}],
        }
        self.simulation.fault('beta', path='/servers/detail', body=body)
        request = pb.ListServersRequest(location={'cloud': 'beta'})
        call = self.oaktree.compute.ListServers.future(request, timeout=30)
        if call.exception():
            with self.fails(Code.UNAVAILABLE, 'CLOUD_ANSWER_BROKEN'):
                call.result()
        else:
            self.assertEqual([server.name for server in call.result().servers], ['again'], 'one server is listed once')
        self.assertLess(self.asked('beta', 'GET', '/servers/detail'), 10)

    def test_empty_pages_end_a_list(self) -> None:
        link = {'rel': 'next', 'href': 'http://elsewhere.invalid/servers/detail?marker=x'}
        self.simulation.fault('beta', path='/servers/detail', body={'servers': [], 'servers_links': [link]})
        self.assertEqual(self.servers('beta'), [])
        self.assertEqual(self.asked('beta', 'GET', '/servers/detail'), 1)

    def test_a_link_leads_to_no_other_host(self) -> None:
        self.simulation.seed('beta', servers=4)
        link = {'rel': 'next', 'href': f'{self.simulation.url("alpha")}/compute/v2.1/servers/detail?limit=3'}
        body = {'servers': [{'id': 'x', 'name': 'x'}], 'servers_links': [link]}
        self.simulation.fault('beta', path='/servers/detail', body=body, count=1)
        self.simulation.forget_requests('alpha')
        self.servers('beta')
        self.assertEqual(self.simulation.requests('alpha'), [])

    def test_a_marker_that_is_deleted_meanwhile_is_no_error(self) -> None:
        """The last server of a page is gone when the next page is asked for, which then is refused."""
        self.simulation.seed('beta', servers=9)
        names = [server['id'] for server in self.nova('beta', 'GET', '/servers')['servers']]
        self.simulation.settings('beta', delete_seconds=0)
        self.servers('alpha')
        self.simulation.fault('beta', path='/servers/detail', latency=0.3)
        call = self.oaktree.compute.ListServers.future(pb.ListServersRequest(location={'cloud': 'beta'}), timeout=15)
        self.eventually('the first page', lambda: self.asked('beta', 'GET', '/servers/detail'))
        self.nova('beta', 'DELETE', f'/servers/{names[2]}')
        self.assertEqual(len(self.nova('beta', 'GET', '/servers?limit=3&sort_dir=asc')['servers']), 3)
        listed = {server.id for server in call.result().servers}
        self.assertLessEqual(set(names) - {names[2]}, listed)

    def test_a_list_while_the_cloud_changes_holds_what_stays(self) -> None:
        self.simulation.seed('beta', servers=30)
        self.simulation.settings('beta', build_seconds=0.05, delete_seconds=0.05)
        there = {server['id'] for server in self.everything('beta')}
        stop = threading.Event()

        def churn() -> None:
            flavor = self.nova('beta', 'GET', '/flavors')['flavors'][0]['id']
            image = self.direct('beta', 'GET', 'image/v2/images')['images'][0]['id']
            while not stop.is_set():
                body = {'name': unique('churn'), 'flavorRef': flavor, 'imageRef': image, 'networks': 'auto'}
                made = self.nova('beta', 'POST', '/servers', {'server': body})['server']['id']
                time.sleep(0.06)
                self.nova('beta', 'DELETE', f'/servers/{made}')

        thread = threading.Thread(target=churn)
        thread.start()
        try:
            for _ in range(10):
                listed = [server.id for server in self.servers('beta')]
                self.assertEqual(len(listed), len(set(listed)))
                self.assertLessEqual(there, set(listed))
        finally:
            stop.set()
            thread.join()

    def everything(self, cloud: str) -> list[Any]:
        return [{'id': server.id} for server in self.servers(cloud)]
