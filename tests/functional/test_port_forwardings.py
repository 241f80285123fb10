# SPDX-License-Identifier: Apache-2.0
"""Several servers behind one floating IP."""

import uuid
from typing import Any

from google.protobuf.duration_pb2 import Duration
from oaktreemodel import v1 as pb

from tests.functional.network_case import DIRECT, NOW, Code, OtherProject


class PortForwardingsTest(OtherProject):
    """Port forwardings."""

    def setUp(self) -> None:
        self.network = self.oaktree.network
        self.here = self.at(self.cloud)
        self.address = self.floating(network='public')

    def forwarding(self, port: pb.Port, **fields: Any) -> pb.PortForwarding:
        wanted = {'floating_ip': self.address.id, 'protocol': 'tcp', 'external_port': 80, 'internal_port': 8080} | fields
        made = self.here.CreatePortForwarding(**wanted, port=port.id).port_forwarding
        which = {'floating_ip': self.address.id, 'name_or_id': made.id}
        self.addCleanup(self.clean, self.here.DeletePortForwarding, **which)
        return made

    def listed(self, **fields: Any) -> list[pb.PortForwarding]:
        wanted = {'floating_ip': self.address.id} | fields
        return list(self.here.ListPortForwardings(**wanted).port_forwardings)

    def test_one_is_made_changed_and_deleted(self) -> None:
        first, second = self.port(self.cloud, self.inside), self.port(self.cloud, self.inside)
        self.assertEqual(self.listed(), [])
        made = self.forwarding(first, floating_ip=self.address.address, protocol='TCP', description='for a test')
        self.assertEqual((made.name, made.floating_ip_id, made.location), (made.id, self.address.id, self.address.location))
        self.assertEqual((made.port_id, made.fixed_address), (first.id, first.fixed_ips[0].ip_address))
        self.assertEqual(
            (made.protocol, made.external_port, made.internal_port, made.description), ('tcp', 80, 8080, 'for a test')
        )
        this = {'floating_ip': self.address.address, 'name_or_id': made.id}
        self.assertEqual(self.here.GetPortForwarding(**this).port_forwarding, made)
        self.assertEqual(self.listed(), [made])
        changed = self.here.UpdatePortForwarding(**this, external_port=443, port=second.name).port_forwarding
        self.assertEqual((changed.external_port, changed.port_id), (443, second.id))
        self.assertEqual((changed.fixed_address, changed.description), (second.fixed_ips[0].ip_address, 'for a test'))
        bare = self.here.UpdatePortForwarding(**this, protocol='udp', update_mask={'paths': ['description', 'protocol']})
        self.assertEqual((bare.port_forwarding.description, bare.port_forwarding.protocol), ('', 'udp'))
        self.assertEqual(self.listed(), [bare.port_forwarding])
        self.here.DeletePortForwarding(**this)
        self.refused('GetPortForwarding', self.cloud, 'NOT_FOUND', made.id, **this)
        self.refused('DeletePortForwarding', self.cloud, 'NOT_FOUND', made.id, **this)
        self.assertEqual(self.listed(), [])

    def test_several_ports_are_led_at_once(self) -> None:
        port = self.port(self.cloud, self.inside)
        ranges = {'external_port_range': '8000:8010', 'internal_port_range': '9000:9010'}
        many = self.forwarding(port, external_port=0, internal_port=0, **ranges)
        self.assertEqual((many.external_port_range, many.internal_port_range), ('8000:8010', '9000:9010'))
        self.assertEqual((many.external_port, many.internal_port), (0, 0))
        one = self.forwarding(port, external_port_range='8020:8022', external_port=0, internal_port=7)
        self.assertEqual((one.external_port, one.internal_port, one.internal_port_range), (0, 7, '7:7'))
        this = {'floating_ip': self.address.id, 'name_or_id': many.id}
        now = self.here.UpdatePortForwarding(**this, external_port=22, internal_port=23).port_forwarding
        self.assertEqual((now.external_port, now.internal_port, now.external_port_range), (22, 23, '22:22'))
        again = self.here.UpdatePortForwarding(**this, **ranges).port_forwarding
        self.assertEqual(again, many)

    def test_a_list_is_filtered_and_paged(self) -> None:
        port = self.port(self.cloud, self.inside)
        made = [self.forwarding(port, external_port=number, internal_port=number) for number in (21, 22, 23)]
        made.append(self.forwarding(port, external_port=21, internal_port=21, protocol='udp'))
        self.assertEqual({one.id for one in self.listed()}, {one.id for one in made})
        self.assertEqual(self.listed(filter={'protocol': 'udp'}), [made[-1]])
        self.assertEqual(self.listed(name_or_id=made[1].id), [made[1]])
        self.assertEqual({one.id for one in self.listed(jmespath='[?external_port==`21`]')}, {made[0].id, made[-1].id})
        page = self.here.ListPortForwardings(floating_ip=self.address.id, page_size=3)
        rest = self.listed(page_size=3, page_token=page.next_page_token)
        self.assertEqual([one.id for one in (*page.port_forwardings, *rest)], sorted(one.id for one in made))

    def test_an_address_that_has_some_is_not_free(self) -> None:
        port = self.port(self.cloud, self.inside)
        self.forwarding(port)
        this = {'name_or_id': self.address.id}
        self.assertEqual(self.here.GetFloatingIp(**this, max_age=NOW).floating_ip.router_id, self.router.id)
        self.refused('DeleteFloatingIp', self.cloud, 'CONFLICT', self.address.id, **this)
        gone = self.here.DeleteUnattachedFloatingIps(min_age=Duration()).floating_ips
        self.assertNotIn(self.address.id, {one.id for one in gone})
        server = self.create_server(self.cloud, networks=[self.inside.id])
        given = self.here.AddAutoIp(name_or_id=server.id)
        self.addCleanup(self.clean, self.here.DeleteFloatingIp, name_or_id=given.floating_ip.id)
        self.assertNotEqual(given.floating_ip.id, self.address.id)
        self.refused('AddIpsToServer', self.cloud, 'CONFLICT', self.address.id, name_or_id=server.id, ips=[self.address.id])

    def test_they_go_with_their_port(self) -> None:
        first, second = self.port(self.cloud, self.inside), self.port(self.cloud, self.inside)
        self.forwarding(first)
        left = self.forwarding(second, external_port=81)
        self.here.DeletePort(name_or_id=first.id)
        self.assertEqual(self.listed(), [left])
        self.here.DeletePort(name_or_id=second.id)
        self.assertEqual(self.listed(), [])
        self.assertEqual(self.here.GetFloatingIp(name_or_id=self.address.id, max_age=NOW).floating_ip.router_id, '')

    def test_a_repeated_create_makes_one(self) -> None:
        port = self.port(self.cloud, self.inside)
        once = {'request_id': str(uuid.uuid4())}
        self.assertEqual(self.forwarding(port, **once), self.forwarding(port, **once))
        self.assertEqual(len(self.listed()), 1)

    def test_what_can_be_none_is_refused(self) -> None:
        port, bare = self.port(self.cloud, self.inside), self.port(self.cloud, self.inside, no_fixed_ips=True)
        made = self.forwarding(port)
        of = {'floating_ip': self.address.id}
        new = of | {'protocol': 'tcp', 'external_port': 1, 'internal_port': 2, 'port': port.id}
        this = of | {'name_or_id': made.id}
        for rpc, reason, word, fields in (
            ('ListPortForwardings', 'MISSING_FIELD', 'floating_ip', {}),
            ('ListPortForwardings', 'UNKNOWN_FIELD', 'colour', of | {'filter': {'colour': 'red'}}),
            ('ListPortForwardings', 'INVALID_FIELD', 'max_age', of | {'max_age': Duration(seconds=-1)}),
            ('GetPortForwarding', 'MISSING_FIELD', 'floating_ip', {'name_or_id': made.id}),
            ('GetPortForwarding', 'MISSING_FIELD', 'name_or_id', of),
            ('CreatePortForwarding', 'MISSING_FIELD', 'floating_ip', new | {'floating_ip': ''}),
            ('CreatePortForwarding', 'MISSING_FIELD', 'protocol', new | {'protocol': ''}),
            ('CreatePortForwarding', 'MISSING_FIELD', 'port', new | {'port': ''}),
            ('CreatePortForwarding', 'MISSING_FIELD', 'external_port', new | {'external_port': 0}),
            ('CreatePortForwarding', 'MISSING_FIELD', 'internal_port', new | {'internal_port': 0}),
            ('CreatePortForwarding', 'INVALID_FIELD', 'external_port_range', new | {'external_port_range': '1:2'}),
            ('CreatePortForwarding', 'INVALID_FIELD', 'description', new | {'description': 'é' * 256}),
            ('CreatePortForwarding', 'INVALID_FIELD', 'port', new | {'port': bare.id}),
            ('CreatePortForwarding', 'CLOUD_REJECTED', 'bogus', new | {'protocol': 'bogus'}),
            ('CreatePortForwarding', 'CLOUD_REJECTED', 'external_port', new | {'external_port': -1}),
            ('CreatePortForwarding', 'CLOUD_REJECTED', '65536', new | {'external_port': 65_536}),
            ('CreatePortForwarding', 'CLOUD_REJECTED', '2147483647', new | {'internal_port': 2**31 - 1}),
            ('CreatePortForwarding', 'CLOUD_REJECTED', 'here', new | {'fixed_address': 'here'}),
            ('CreatePortForwarding', 'CLOUD_REJECTED', '10.7.0.251', new | {'fixed_address': '10.7.0.251'}),
            ('CreatePortForwarding', 'CLOUD_REJECTED', 'collision', new | {'external_port': made.external_port}),
            ('CreatePortForwarding', 'CLOUD_REJECTED', 'collision', new | {'internal_port': made.internal_port}),
            ('CreatePortForwarding', 'CLOUD_REJECTED', 'abc', new | {'external_port': 0, 'external_port_range': 'abc'}),
            ('CreatePortForwarding', 'CLOUD_REJECTED', 'lower', new | {'external_port': 0, 'external_port_range': '9:8'}),
            ('CreatePortForwarding', 'CLOUD_REJECTED', 'N-N',
             new | {'external_port': 0, 'external_port_range': '1:9', 'internal_port': 0, 'internal_port_range': '1:2'}),
            ('UpdatePortForwarding', 'MISSING_FIELD', 'floating_ip', {'name_or_id': made.id, 'external_port': 1}),
            ('UpdatePortForwarding', 'MISSING_FIELD', 'name_or_id', of | {'external_port': 1}),
            ('UpdatePortForwarding', 'MISSING_FIELD', 'update_mask', this),
            ('UpdatePortForwarding', 'INVALID_FIELD', 'update_mask', this | {'update_mask': {'paths': ['floating_ip']}}),
            ('UpdatePortForwarding', 'INVALID_FIELD', 'description', this | {'description': 'x' * 256}),
            ('UpdatePortForwarding', 'CLOUD_REJECTED', 'external_port', this | {'update_mask': {'paths': ['external_port']}}),
            ('UpdatePortForwarding', 'CLOUD_REJECTED', 'bogus', this | {'protocol': 'bogus'}),
            ('UpdatePortForwarding', 'CLOUD_REJECTED', 'internal IP', this | {'fixed_address': '10.7.0.251'}),
            ('DeletePortForwarding', 'MISSING_FIELD', 'floating_ip', {'name_or_id': made.id}),
            ('DeletePortForwarding', 'MISSING_FIELD', 'name_or_id', of),
        ):  # fmt: skip
            self.refused(rpc, self.cloud, reason, word, **fields)
        for rpc, fields in (
            ('ListPortForwardings', {'floating_ip': 'no-such'}), ('CreatePortForwarding', new | {'floating_ip': 'no-such'}),
            ('CreatePortForwarding', new | {'port': 'no-such'}), ('GetPortForwarding', of | {'name_or_id': 'no-such'}),
            ('UpdatePortForwarding', of | {'name_or_id': 'no-such', 'external_port': 1}),
            ('UpdatePortForwarding', this | {'port': 'no-such'}), ('DeletePortForwarding', of | {'name_or_id': 'no-such'}),
        ):  # fmt: skip
            self.refused(rpc, self.cloud, 'NOT_FOUND', 'no-such', **fields)
        self.assertEqual(self.listed(), [made])

    def test_what_is_taken_stays_as_it_is(self) -> None:
        first, second = self.port(self.cloud, self.inside), self.port(self.cloud, self.inside)
        island = self.network_without_a_way_out()
        whole = self.floating(port=first.id)
        new = {'protocol': 'tcp', 'external_port': 1, 'internal_port': 2}
        create = 'CreatePortForwarding'
        self.refused(create, self.cloud, 'CONFLICT', whole.address, **new, floating_ip=whole.id, port=second.id)
        self.refused(create, self.cloud, 'CONFLICT', whole.address, **new, floating_ip=self.address.id, port=first.id)
        self.refused(create, self.cloud, 'CLOUD_REJECTED', 'not reachable', **new, floating_ip=self.address.id, port=island.id)
        self.assertEqual(self.listed(), [])
        self.assertEqual(self.listed(floating_ip=whole.id), [])

    def network_without_a_way_out(self) -> pb.Port:
        network = self.made(self.here.CreateNetwork, self.here.DeleteNetwork, name='oaktree-island')
        self.subnet(self.cloud, network)
        return self.port(self.cloud, network)

    def test_another_project_neither_sees_nor_changes_them(self) -> None:
        made = self.forwarding(self.port(self.cloud, self.inside))
        stranger = self.stack.server.network
        where = {'location': {'cloud': self.cloud.name.removesuffix('-other')}, 'floating_ip': self.address.id}
        for call, request in (
            (stranger.ListPortForwardings, pb.ListPortForwardingsRequest(**where)),
            (stranger.GetPortForwarding, pb.GetPortForwardingRequest(**where, name_or_id=made.id)),
            (stranger.CreatePortForwarding, pb.CreatePortForwardingRequest(
                **where, protocol='tcp', external_port=1, internal_port=2, port=made.port_id)),
            (stranger.UpdatePortForwarding, pb.UpdatePortForwardingRequest(**where, name_or_id=made.id, external_port=1)),
            (stranger.DeletePortForwarding, pb.DeletePortForwardingRequest(**where, name_or_id=made.id)),
        ):  # fmt: skip
            with self.subTest(request), self.fails(Code.NOT_FOUND, 'NOT_FOUND', self.address.id) as told:
                call(request)
            self.assertEqual(told.info.metadata['field'], 'floating_ip')
        self.assertEqual(self.listed(), [made])

    def test_a_cloud_without_floating_ips_has_none(self) -> None:
        where = {'location': {'cloud': DIRECT.name}, 'floating_ip': self.address.id}
        with self.fails(Code.NOT_FOUND, 'NOT_FOUND', self.address.id):
            self.stack.server.network.ListPortForwardings(pb.ListPortForwardingsRequest(**where))
