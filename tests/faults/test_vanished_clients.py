# SPDX-License-Identifier: Apache-2.0
"""A client goes away in the middle of a change: what it has begun is finished, and nothing goes on for ever."""

import time
from typing import Any

import grpc
from google.protobuf.duration_pb2 import Duration
from oaktreemodel import v1 as pb

from tests.faults.base import FLAVORS, NOW, Case, Code
from tests.functional.base import unique

WAIT = Duration(seconds=30)


class VanishedClientsTest(Case):
    """Calls cancelled, and connections closed."""

    def begin(self, channel: Any = None, cloud: str = 'alpha', **fields: Any) -> Any:
        fields = {'auto_ip': True, 'wait': WAIT} | fields
        compute = pb.ComputeServiceStub(channel) if channel else self.oaktree.compute
        request = pb.CreateServerRequest(
            location={'cloud': cloud}, name=unique('server'), flavor=FLAVORS[cloud], image='cirros', **fields
        )
        return compute.CreateServer.future(request, timeout=40)

    def is_quiet(self) -> None:
        """Nobody waits, nobody polls, and no request is made any more."""
        self.eventually('no polls', lambda: '0 polls, 0 waiters' in repr(self.oaktree.backend))
        self.eventually('no reads', lambda: '0 being read' in repr(self.oaktree.backend._base))
        before = {name: self.simulation.requests(name) for name in self.profiles}
        time.sleep(5 * self.interval)
        self.assertEqual({name: self.simulation.requests(name) for name in self.profiles}, before)

    def made(self, cloud: str = 'alpha') -> None:
        self.eventually('the server was made', lambda: self.asked(cloud, 'POST', '/servers', 202))

    def test_a_cancelled_creation_ends_well(self) -> None:
        for auto_ip in (True, False):
            with self.subTest(auto_ip=auto_ip):
                self.simulation.reset('alpha')
                call = self.begin(auto_ip=auto_ip)
                self.made()
                call.cancel()
                self.follows(auto_ip)

    def follows(self, auto_ip: bool) -> None:
        server = self.eventually(
            'it runs', lambda: next((s for s in self.servers() if s.state == pb.SERVER_STATE_ACTIVE), None)
        )
        if auto_ip:
            self.eventually('its address', lambda: self.servers()[0].public_v4)
            self.assertEqual([address.server_id for address in self.addresses()], [server.id])
        self.is_quiet()
        self.assertEqual(len(self.servers()), 1)
        self.assertEqual(self.asked('alpha', 'DELETE', '/servers/{id}'), 0)

    def test_a_closed_connection_ends_well(self) -> None:
        channel = grpc.insecure_channel(self.oaktree.target, (('grpc.use_local_subchannel_pool', 1),))
        call = self.begin(channel)
        self.made()
        channel.close()
        self.assertIs(call.code(), Code.CANCELLED)
        self.follows(True)

    def test_a_deadline_ends_well(self) -> None:
        self.simulation.settings('alpha', build_seconds=6)
        request = pb.CreateServerRequest(
            location={'cloud': 'alpha'}, name=unique('server'), flavor='m1.tiny', image='cirros', auto_ip=True, wait=WAIT
        )
        server = self.oaktree.compute.CreateServer(request, timeout=5).server
        self.assertEqual(server.state, pb.SERVER_STATE_BUILDING, 'the client learns what was made before its time is over')
        self.follows(True)

    def test_a_client_that_goes_while_the_cloud_makes_the_server(self) -> None:
        """The cloud has not yet told the server's id when the client goes."""
        self.simulation.fault('alpha', method='POST', path='/servers', latency=0.7)
        call = self.begin()
        self.eventually('networks were asked for', lambda: self.asked('alpha', 'GET', '/flavors/detail'))
        time.sleep(0.3)
        self.assertEqual(self.asked('alpha', 'POST', '/servers'), 0)
        call.cancel()
        self.made()
        self.follows(True)

    def test_a_client_that_goes_leaves_no_old_list(self) -> None:
        """A list that is read while the write of a vanished client is under way is not kept."""
        self.servers('alpha')
        self.simulation.fault('alpha', method='POST', path='/os-keypairs', latency=0.7)
        request = pb.ListKeypairsRequest(location={'cloud': 'alpha'})
        self.assertEqual(len(self.oaktree.compute.ListKeypairs(request).keypairs), 0)
        call = self.oaktree.compute.CreateKeypair.future(pb.CreateKeypairRequest(location={'cloud': 'alpha'}, name='mine'))
        time.sleep(0.2)
        call.cancel()
        time.sleep(0.1)
        self.assertEqual(len(self.oaktree.compute.ListKeypairs(request).keypairs), 0)
        self.eventually('the pair was made', lambda: self.asked('alpha', 'POST', '/os-keypairs'))
        time.sleep(0.1)
        self.assertEqual([k.name for k in self.oaktree.compute.ListKeypairs(request).keypairs], ['mine'])

    def test_a_repeat_finds_what_its_vanished_first_has_begun(self) -> None:
        fields = {'request_id': '8a4ae0ab-9f6d-4d8a-9c5e-1f2f9b6c3c8e', 'wait': WAIT, 'auto_ip': True}
        name = unique('server')
        call = self.create('alpha', name=name, **fields)
        self.made()
        call.cancel()
        server = self.create('alpha', name=name, **fields).result().server
        self.assertTrue(server.public_v4)
        self.assertEqual(self.asked('alpha', 'POST', '/servers'), 1)
        self.is_quiet()

    def test_a_cancelled_list_costs_the_others_nothing(self) -> None:
        self.simulation.seed('alpha', servers=2)
        self.simulation.fault('alpha', path='/servers/detail', latency=0.5)
        request = pb.ListServersRequest(location={'cloud': 'alpha'}, max_age=NOW)
        calls = [self.oaktree.compute.ListServers.future(request, timeout=10) for _ in range(4)]
        time.sleep(0.3)
        calls[0].cancel()
        for call in calls[1:]:
            self.assertEqual(len(call.result().servers), 2)
        self.is_quiet()

    def test_a_short_deadline_costs_the_others_nothing(self) -> None:
        self.simulation.seed('alpha', servers=2)
        self.simulation.fault('alpha', path='/servers/detail', latency=1)
        request = pb.ListServersRequest(location={'cloud': 'alpha'})
        hasty = self.oaktree.compute.ListServers.future(request, timeout=0.5)
        patient = self.oaktree.compute.ListServers.future(request, timeout=10)
        self.assertIs(hasty.code(), Code.DEADLINE_EXCEEDED)
        self.assertEqual(len(patient.result().servers), 2)
        self.assertEqual(self.asked('alpha', 'GET', '/servers/detail'), 1)

    def test_a_wait_goes_on_while_the_cloud_cannot_be_asked(self) -> None:
        self.simulation.settings('alpha', build_seconds=1)
        call = self.begin(auto_ip=False)
        self.made()
        self.simulation.fault('alpha', service='compute', method='GET', status=503)
        time.sleep(1.2)
        self.assertFalse(call.done())
        self.simulation.clear_faults('alpha')
        self.assertEqual(call.result().server.state, pb.SERVER_STATE_ACTIVE)
        self.is_quiet()

    def test_a_server_that_somebody_deletes_ends_the_wait(self) -> None:
        self.simulation.settings('alpha', build_seconds=30)
        calls = [self.begin(auto_ip=auto_ip) for auto_ip in (True, False)]
        self.eventually('both were made', lambda: self.asked('alpha', 'POST', '/servers', 202) == 2)
        for server in self.nova('alpha', 'GET', '/servers')['servers']:
            self.nova('alpha', 'DELETE', f'/servers/{server["id"]}')
        for call in calls:
            with self.fails(Code.NOT_FOUND, 'NOT_FOUND'):
                call.result(timeout=10)
        self.is_quiet()
        self.assertEqual(self.addresses(), [])
