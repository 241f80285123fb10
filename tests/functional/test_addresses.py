# SPDX-License-Identifier: Apache-2.0
"""What may pass to a server, and the addresses by which it is reached."""

import concurrent.futures
import functools
import time
from typing import Any

import grpc
from google.protobuf.duration_pb2 import Duration
from oaktreemodel import v1 as pb

from tests.functional.base import CLOUDS, WAIT, Case, unique
from tests.functional.network_case import DIRECT, Code, OtherProject


class SecurityGroupsTest(Case):
    """Groups and their rules."""

    def setUp(self) -> None:
        self.network = self.oaktree.network

    def quietly(self, call: Any, request: Any) -> None:
        try:
            call(request, timeout=60)
        except grpc.RpcError as error:
            if error.code() is not Code.NOT_FOUND:
                raise

    def group(self, cloud: Any, **fields: Any) -> pb.SecurityGroup:
        request = pb.CreateSecurityGroupRequest(location={'cloud': cloud.name}, **{'name': unique('group')} | fields)
        group = self.network.CreateSecurityGroup(request, timeout=60).security_group
        delete = pb.DeleteSecurityGroupRequest(location={'cloud': cloud.name}, name_or_id=group.id)
        self.addCleanup(self.quietly, self.network.DeleteSecurityGroup, delete)
        return group

    def get(self, group: pb.SecurityGroup) -> pb.SecurityGroup:
        request = pb.GetSecurityGroupRequest(location={'cloud': group.location.cloud}, name_or_id=group.id)
        return self.network.GetSecurityGroup(request).security_group

    def test_a_group_is_made_read_changed_and_deleted(self) -> None:
        for cloud in CLOUDS:
            with self.subTest(cloud.name):
                group = self.group(cloud, description='made by a test')
                self.assertEqual(
                    (group.location.cloud, group.description, group.stateful), (cloud.name, 'made by a test', True)
                )
                self.assertEqual({rule.direction for rule in group.rules}, {pb.SECURITY_GROUP_DIRECTION_EGRESS})
                self.assertEqual(self.get(group), group)
                where = {'location': {'cloud': cloud.name}, 'name_or_id': group.name}
                name = unique('renamed')
                request = pb.UpdateSecurityGroupRequest(**where, name=name, update_mask={'paths': ['name', 'description']})
                changed = self.network.UpdateSecurityGroup(request).security_group
                self.assertEqual((changed.id, changed.name, changed.description), (group.id, name, ''))
                self.assertEqual(self.get(group), changed)
                with self.fails(Code.INVALID_ARGUMENT, 'INVALID_FIELD', 'update_mask', 'rules'):
                    bad = pb.UpdateSecurityGroupRequest(**where, update_mask={'paths': ['rules']})
                    self.network.UpdateSecurityGroup(bad)
                self.network.DeleteSecurityGroup(pb.DeleteSecurityGroupRequest(name_or_id=group.id))
                with self.fails(Code.NOT_FOUND, 'NOT_FOUND', group.id):
                    self.get(group)

    def test_a_group_that_is_used_stays(self) -> None:
        for cloud in CLOUDS:
            with self.subTest(cloud.name):
                group = self.group(cloud)
                inside = 'private' if cloud.floating else 'public'
                server = self.create_server(cloud, networks=[inside], security_groups=[group.name])
                request = pb.DeleteSecurityGroupRequest(location={'cloud': cloud.name}, name_or_id=group.name)
                with self.fails(Code.FAILED_PRECONDITION, 'CONFLICT', group.id):
                    self.network.DeleteSecurityGroup(request)
                self.delete_server(server)

    def test_rules_come_and_go_with_the_next_read(self) -> None:
        for cloud in CLOUDS:
            with self.subTest(cloud.name):
                group, other = self.group(cloud), self.group(cloud)
                location, before = {'cloud': cloud.name}, len(group.rules)
                made = []
                for fields in (
                    {'protocol': 'tcp', 'port_min': 22, 'port_max': 22, 'remote_ip_prefix': '192.0.2.0/24'},
                    {'protocol': 'ICMP', 'port_min': 8, 'port_max': 0, 'description': 'ping'},
                    {'remote_ip_prefix': '2001:db8::/32', 'direction': pb.SECURITY_GROUP_DIRECTION_EGRESS},
                    {'protocol': 'udp', 'remote_group': other.name, 'ip_version': 6},
                ):
                    request = pb.CreateSecurityGroupRuleRequest(location=location, security_group=group.name, **fields)
                    made.append(self.network.CreateSecurityGroupRule(request).security_group_rule)
                tcp, ping, out, udp = made
                self.assertEqual((tcp.direction, tcp.ip_version, tcp.port_min), (pb.SECURITY_GROUP_DIRECTION_INGRESS, 4, 22))
                self.assertEqual((ping.protocol, ping.port_min, ping.port_max, ping.description), ('icmp', 8, 0, 'ping'))
                self.assertEqual((out.direction, out.ip_version), (pb.SECURITY_GROUP_DIRECTION_EGRESS, 6))
                self.assertEqual((udp.remote_group_id, udp.ip_version, udp.HasField('port_min')), (other.id, 6, False))
                read = {rule.id: rule for rule in self.get(group).rules}
                self.assertEqual([read[rule.id] for rule in made], made)
                with self.fails(Code.FAILED_PRECONDITION, 'CONFLICT', tcp.id):
                    self.network.CreateSecurityGroupRule(
                        pb.CreateSecurityGroupRuleRequest(
                            location=location, security_group=group.id, protocol='tcp', port_min=22, port_max=22,
                            remote_ip_prefix='192.0.2.0/24',
                        )
                    )  # fmt: skip
                for rule in made:
                    self.network.DeleteSecurityGroupRule(pb.DeleteSecurityGroupRuleRequest(name_or_id=rule.id))
                self.assertEqual(len(self.get(group).rules), before)
                with self.fails(Code.NOT_FOUND, 'NOT_FOUND', tcp.id):
                    self.network.DeleteSecurityGroupRule(pb.DeleteSecurityGroupRuleRequest(name_or_id=tcp.id))

    def test_rules_that_mean_nothing_are_refused(self) -> None:
        group = self.group(CLOUDS[0])
        for field, fields in (
            ('direction', {'direction': 9}),
            ('ip_version', {'ip_version': 5}),
            ('ip_version', {'ip_version': 6, 'remote_ip_prefix': '192.0.2.0/24'}),
            ('remote_ip_prefix', {'remote_ip_prefix': '192.0.2.0/33'}),
            ('remote_ip_prefix', {'remote_ip_prefix': 'everywhere'}),
            ('remote_group', {'remote_ip_prefix': '192.0.2.0/24', 'remote_group': 'default'}),
            ('port_min', {'protocol': 'tcp', 'port_min': -1}),
            ('port_max', {'protocol': 'tcp', 'port_max': 65_536}),
            ('port_max', {'protocol': 'tcp', 'port_min': 2, 'port_max': 1}),
            ('port_max', {'protocol': 'icmp', 'port_max': 256}),
        ):
            with self.subTest(str(fields)), self.fails(Code.INVALID_ARGUMENT, 'INVALID_FIELD', field):
                request = pb.CreateSecurityGroupRuleRequest(security_group=group.id, **fields)
                self.network.CreateSecurityGroupRule(request)
        rule = functools.partial(pb.CreateSecurityGroupRuleRequest, security_group=group.id)
        with self.fails(Code.INVALID_ARGUMENT, 'MISSING_FIELD', 'protocol'):
            self.network.CreateSecurityGroupRule(rule(port_min=22))
        with self.fails(Code.INVALID_ARGUMENT, 'CLOUD_REJECTED', 'bogus'):
            self.network.CreateSecurityGroupRule(rule(protocol='bogus'))
        for field, request in (
            ('remote_group', rule(remote_group='no-such')),
            ('security_group', rule(security_group='no-such')),
        ):
            with self.fails(Code.NOT_FOUND, 'NOT_FOUND', 'no-such') as told:
                self.network.CreateSecurityGroupRule(request)
            self.assertEqual(told.info.metadata['field'], field)
        with self.fails(Code.INVALID_ARGUMENT, 'MISSING_FIELD', 'security_group'):
            self.network.CreateSecurityGroupRule(pb.CreateSecurityGroupRuleRequest())
        with self.fails(Code.INVALID_ARGUMENT, 'MISSING_FIELD', 'name'):
            self.network.CreateSecurityGroup(pb.CreateSecurityGroupRequest(location={'cloud': CLOUDS[0].name}))


class FloatingIpsTest(OtherProject):
    """Floating IPs, where the cloud has them."""

    def setUp(self) -> None:
        self.network = self.oaktree.network

    def server(self, **fields: Any) -> pb.Server:
        return self.create_server(self.cloud, networks=[self.inside.id], **fields)

    def address(self, address: pb.FloatingIp) -> pb.FloatingIp:
        return self.at(self.cloud).GetFloatingIp(name_or_id=address.id, max_age=Duration()).floating_ip

    def delete_later(self, *addresses: pb.FloatingIp) -> None:
        for address in addresses:
            self.addCleanup(self.clean, self.at(self.cloud).DeleteFloatingIp, name_or_id=address.id)

    def where(self, server: pb.Server) -> dict[str, Any]:
        return {'location': {'cloud': server.location.cloud}, 'name_or_id': server.id, 'wait': WAIT}

    def test_one_is_made_led_to_a_server_and_away_and_deleted(self) -> None:
        server = self.server()
        free = self.floating(network='public', description='made by a test')
        self.assertEqual((free.port_id, free.description), ('', 'made by a test'))
        request = pb.AddIpsToServerRequest(**self.where(server), ips=[free.address])
        for _ in range(2):
            seen = self.network.AddIpsToServer(request, timeout=180).server
            self.assertEqual(seen.public_v4, free.address)
        self.assertEqual(self.address(free).server_id, server.id)
        other = self.server()
        with self.fails(Code.FAILED_PRECONDITION, 'CONFLICT', free.address):
            self.network.AddIpsToServer(pb.AddIpsToServerRequest(**self.where(other), ips=[free.id]), timeout=180)
        detach = pb.DetachIpFromServerRequest(location={'cloud': self.cloud.name}, floating_ip=free.address)
        with self.fails(Code.FAILED_PRECONDITION, 'NOT_ATTACHED', free.address):
            detach.name_or_id = other.id
            self.network.DetachIpFromServer(detach)
        detach.name_or_id = server.id
        detached = self.network.DetachIpFromServer(detach).floating_ip
        self.assertEqual((detached.id, detached.port_id, detached.fixed_address), (free.id, '', ''))
        self.network.DeleteFloatingIp(pb.DeleteFloatingIpRequest(name_or_id=free.address))
        with self.fails(Code.NOT_FOUND, 'NOT_FOUND', free.id):
            self.address(free)

    def test_one_is_made_for_a_server_or_its_port(self) -> None:
        server = self.server()
        made = self.floating(server=server.name, fixed_address=server.private_v4, wait=WAIT)
        self.assertEqual((made.fixed_address, self.address(made).server_id), (server.private_v4, server.id))
        port = made.port_id
        self.network.DeleteFloatingIp(pb.DeleteFloatingIpRequest(name_or_id=made.id))
        self.assertEqual(self.floating(port=port).port_id, port)

    def test_a_server_gets_a_public_address_once(self) -> None:
        server = self.server()
        request = pb.AddAutoIpRequest(**self.where(server), reuse=False)
        given = self.network.AddAutoIp(request, timeout=180)
        self.delete_later(given.floating_ip)
        self.assertEqual(given.server.public_v4, given.floating_ip.address)
        again = self.network.AddAutoIp(request, timeout=180)
        self.assertFalse(again.HasField('floating_ip'))
        self.delete_server(server)
        with self.fails(Code.NOT_FOUND, 'NOT_FOUND'):
            # What was made for a server goes with it.
            self.address(given.floating_ip)

    def test_what_is_free_is_used_again_and_stays(self) -> None:
        free, server = self.floating(), self.server()
        request = pb.AddIpsToServerRequest(**self.where(server), network='public')
        seen = self.network.AddIpsToServer(request, timeout=180).server
        self.assertTrue(seen.public_v4)
        given = next(one for one in self.listed() if one.server_id == server.id)
        self.delete_server(server)
        self.assertEqual((given.id, self.address(free).port_id), (free.id, ''))

    def listed(self) -> list[pb.FloatingIp]:
        request = pb.ListFloatingIpsRequest(location={'cloud': self.cloud.name}, max_age=Duration())
        return list(self.network.ListFloatingIps(request, timeout=60).floating_ips)

    def test_no_two_servers_get_the_same_one_from_two_oaktrees(self) -> None:
        second = self.second()
        many = 20 if self.stack.simulation else 3
        with concurrent.futures.ThreadPoolExecutor(many) as pool:
            servers = list(pool.map(lambda _: self.server(), range(many)))
            for _ in range(many // 2):
                self.floating()

            def add(number: int) -> pb.AddAutoIpResponse:
                oaktree = (self.oaktree, second)[number % 2]
                return oaktree.network.AddAutoIp(pb.AddAutoIpRequest(**self.where(servers[number])), timeout=180)

            given = list(pool.map(add, range(many)))
        self.delete_later(*(answer.floating_ip for answer in given))
        self.assertEqual(len({answer.floating_ip.id for answer in given}), many)
        self.assertEqual([answer.server.public_v4 for answer in given], [answer.floating_ip.address for answer in given])
        leads = {one.id: one.server_id for one in self.listed()}
        self.assertEqual([leads[answer.floating_ip.id] for answer in given], [server.id for server in servers])

    def test_asking_many_times_for_one_server_gives_it_one(self) -> None:
        server = self.server()
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            calls = [pool.submit(self.network.AddAutoIp, pb.AddAutoIpRequest(**self.where(server))) for _ in range(8)]
            given = [call.result() for call in calls]
        mine = [one for one in self.listed() if one.server_id == server.id]
        self.delete_later(*mine)
        self.assertEqual({answer.server.public_v4 for answer in given}, {one.address for one in mine})
        self.assertEqual(len(mine), 1)

    def test_only_what_is_free_and_old_is_cleaned_up(self) -> None:
        server = self.server()
        attached, free = self.floating(server=server.id), self.floating()
        place = {'location': {'cloud': self.cloud.name}}
        for age in (None, Duration(seconds=600)):
            request = pb.DeleteUnattachedFloatingIpsRequest(**place, min_age=age)
            gone = self.network.DeleteUnattachedFloatingIps(request, timeout=60).floating_ips
            self.assertNotIn(free.id, {one.id for one in gone})
        time.sleep(6)
        young = self.floating()
        request = pb.DeleteUnattachedFloatingIpsRequest(**place, min_age=Duration(seconds=3))
        gone = {one.id for one in self.network.DeleteUnattachedFloatingIps(request, timeout=60).floating_ips}
        self.assertIn(free.id, gone)
        self.assertFalse(gone & {young.id, attached.id})
        self.assertEqual(self.address(attached).server_id, server.id)
        with self.fails(Code.NOT_FOUND, 'NOT_FOUND'):
            self.address(free)
        with self.fails(Code.INVALID_ARGUMENT, 'INVALID_FIELD', 'min_age'):
            request.min_age.seconds = -1
            self.network.DeleteUnattachedFloatingIps(request)

    def test_bad_input_is_refused_before_anything_is_made(self) -> None:
        before = {one.id for one in self.listed()}
        place = {'location': {'cloud': self.cloud.name}}
        create, add = self.network.CreateFloatingIp, self.network.AddIpsToServer
        for call, request, reason, field in (
            (create, pb.CreateFloatingIpRequest(**place, server='x', port='y'), 'INVALID_FIELD', 'port'),
            (create, pb.CreateFloatingIpRequest(**place, fixed_address='10.0.0.9'), 'INVALID_FIELD', 'fixed_address'),
            (create, pb.CreateFloatingIpRequest(**place, port='x', fixed_address='10.0.0'), 'INVALID_FIELD', 'fixed_address'),
            (add, pb.AddIpsToServerRequest(**place, name_or_id='x'), 'MISSING_FIELD', 'ips'),
            (add, pb.AddIpsToServerRequest(**place, name_or_id='x', auto_ip=True, ips=['y']), 'MISSING_FIELD', 'ips'),
            (add, pb.AddIpsToServerRequest(**place, auto_ip=True), 'MISSING_FIELD', 'name_or_id'),
            (self.network.AddAutoIp, pb.AddAutoIpRequest(), 'MISSING_FIELD', 'name_or_id'),
            (self.network.DetachIpFromServer, pb.DetachIpFromServerRequest(name_or_id='x'), 'MISSING_FIELD', 'floating_ip'),
            (self.network.DeleteFloatingIp, pb.DeleteFloatingIpRequest(), 'MISSING_FIELD', 'name_or_id'),
        ):
            with self.subTest(field), self.fails(Code.INVALID_ARGUMENT, reason, field):
                call(request)
        for fields in ({'network': 'no-such'}, {'server': 'no-such'}, {'port': 'no-such'}):
            with self.subTest(str(fields)), self.fails(Code.NOT_FOUND, 'NOT_FOUND', 'no-such') as told:
                create(pb.CreateFloatingIpRequest(**place, **fields))
            self.assertEqual(told.info.metadata['field'], next(iter(fields)))
        for request in (pb.AddAutoIpRequest(name_or_id='no-such'), pb.AddAutoIpRequest(**place, name_or_id='no-such')):
            with self.fails(Code.NOT_FOUND, 'NOT_FOUND', 'no-such'):
                self.network.AddAutoIp(request)
        self.assertEqual({one.id for one in self.listed()}, before)


class NoFloatingIpsTest(Case):
    """Where the cloud has none."""

    def test_a_cloud_without_them_says_so(self) -> None:
        location = {'cloud': DIRECT.name}
        with self.fails(Code.FAILED_PRECONDITION, 'NO_ROUTE_OUT', 'no network'):
            self.oaktree.network.CreateFloatingIp(pb.CreateFloatingIpRequest(location=location))
        with self.fails(Code.INVALID_ARGUMENT, 'MISSING_FIELD', 'location.cloud'):
            self.oaktree.network.CreateFloatingIp(pb.CreateFloatingIpRequest())
        request = pb.DeleteUnattachedFloatingIpsRequest(location=location, min_age=Duration())
        self.assertEqual(list(self.oaktree.network.DeleteUnattachedFloatingIps(request).floating_ips), [])
        server = self.create_server(DIRECT)
        answer = self.oaktree.network.AddAutoIp(
            pb.AddAutoIpRequest(location=location, name_or_id=server.id, wait=WAIT), timeout=180
        )
        self.assertEqual((answer.server.public_v4, answer.HasField('floating_ip')), (server.public_v4, False))
