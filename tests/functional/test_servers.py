# SPDX-License-Identifier: Apache-2.0
"""Servers, from nothing to nothing, by the same requests on every cloud."""

import concurrent.futures
import time
import uuid

import grpc
from google.protobuf.duration_pb2 import Duration
from oaktreemodel import v1 as pb

from tests.functional.base import CLOUDS, WAIT, Case, unique

Code = grpc.StatusCode


class ServersTest(Case):
    """One request for clouds that give addresses in different ways."""

    def get(self, server: pb.Server) -> pb.Server:
        request = pb.GetServerRequest(location={'cloud': server.location.cloud}, name_or_id=server.id, max_age=Duration())
        return self.oaktree.compute.GetServer(request, timeout=60).server

    def addresses(self, cloud: str) -> list[pb.FloatingIp]:
        request = pb.ListFloatingIpsRequest(location={'cloud': cloud}, max_age=Duration())
        return list(self.oaktree.network.ListFloatingIps(request, timeout=60).floating_ips)

    def test_a_server_gets_a_public_address_and_takes_it_along(self) -> None:
        for cloud in CLOUDS:
            with self.subTest(cloud.name):
                server = self.create_server(cloud, auto_ip=True, metadata={'made': 'by a test'}, user_data=b'#!/bin/sh\n')
                self.assertEqual(server.state, pb.SERVER_STATE_ACTIVE)
                self.assertEqual((server.location.cloud, server.location.region), (cloud.name, cloud.region))
                self.assertTrue(server.public_v4)
                self.assertEqual(server.addresses[0].ip, server.public_v4)
                self.assertTrue(server.addresses[0].is_public)
                self.assertEqual(server.addresses[0].floating, cloud.floating)
                self.assertEqual(bool(server.private_v4), cloud.floating)
                self.assertEqual(dict(server.metadata), {'made': 'by a test'})
                self.assertEqual(server.flavor.name, cloud.flavor)
                made = [address for address in self.addresses(cloud.name) if address.server_id == server.id]
                self.assertEqual([address.address for address in made], [server.public_v4] if cloud.floating else [])

                request = pb.DeleteServerRequest(location={'cloud': cloud.name}, name_or_id=server.id, wait=WAIT)
                self.assertFalse(self.oaktree.compute.DeleteServer(request, timeout=180).HasField('server'))
                with self.fails(Code.NOT_FOUND, 'NOT_FOUND', server.id):
                    self.get(server)
                left = {address.id for address in self.addresses(cloud.name)}
                self.assertFalse(left & {address.id for address in made})

    def test_an_address_follows_where_nobody_waits(self) -> None:
        for cloud in CLOUDS:
            with self.subTest(cloud.name):
                server = self.create_server(cloud, auto_ip=True, wait=None)
                self.assertNotEqual(server.state, pb.SERVER_STATE_ERROR)
                end = time.monotonic() + 120
                while not server.public_v4 and time.monotonic() < end:
                    time.sleep(0.5)
                    server = self.get(server)
                self.assertTrue(server.public_v4)

    def test_a_server_stops_starts_and_reboots(self) -> None:
        for cloud in CLOUDS:
            with self.subTest(cloud.name):
                server = self.create_server(cloud)
                where = {'location': {'cloud': cloud.name}, 'name_or_id': server.name, 'wait': WAIT}
                stopped = self.oaktree.compute.StopServer(pb.StopServerRequest(**where), timeout=180).server
                self.assertEqual(stopped.state, pb.SERVER_STATE_STOPPED)
                with self.fails(Code.FAILED_PRECONDITION, 'CONFLICT', 'stop') as told:
                    self.oaktree.compute.StopServer(pb.StopServerRequest(**where), timeout=180)
                self.assertEqual(told.info.metadata['http_status'], '409')
                self.assertTrue(told.info.metadata['request_id'].startswith('req-'))
                started = self.oaktree.compute.StartServer(pb.StartServerRequest(**where), timeout=180).server
                self.assertEqual(started.state, pb.SERVER_STATE_ACTIVE)
                for hard in (False, True):
                    request = pb.RebootServerRequest(**where, hard=hard)
                    self.assertEqual(
                        self.oaktree.compute.RebootServer(request, timeout=180).server.state, pb.SERVER_STATE_ACTIVE
                    )

    def test_what_a_write_changes_is_in_the_next_list(self) -> None:
        for cloud in CLOUDS:
            with self.subTest(cloud.name):
                request = pb.ListServersRequest(location={'cloud': cloud.name})
                self.oaktree.compute.ListServers(request)
                server = self.create_server(cloud)
                listed = {s.id: s for s in self.oaktree.compute.ListServers(request).servers}
                self.assertEqual(listed[server.id].state, pb.SERVER_STATE_ACTIVE)
                self.delete_server(server)
                self.assertNotIn(server.id, {s.id for s in self.oaktree.compute.ListServers(request).servers})

    def test_the_same_request_id_makes_one_server(self) -> None:
        cloud = CLOUDS[-1]
        fields = {'request_id': str(uuid.uuid4()), 'name': unique('server')}
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            servers = list(pool.map(lambda _: self.create_server(cloud, **fields), range(4)))
        servers.append(self.create_server(cloud, **fields))
        self.assertEqual(len({server.id for server in servers}), 1)
        named = pb.ListServersRequest(name_or_id=fields['name'], max_age=Duration())
        self.assertEqual(len(self.oaktree.compute.ListServers(named).servers), 1)
        with self.fails(Code.INVALID_ARGUMENT, 'REQUEST_ID_REUSED', 'request_id'):
            self.create_server(cloud, **fields | {'name': unique('server')})

    def test_two_of_one_name_are_told_apart_by_id(self) -> None:
        name = unique('twin')
        twins = [self.create_server(cloud, name=name) for cloud in CLOUDS]
        with self.fails(Code.FAILED_PRECONDITION, 'MULTIPLE_MATCHES', *(twin.id for twin in twins)):
            self.oaktree.compute.GetServer(pb.GetServerRequest(name_or_id=name))
        with self.fails(Code.FAILED_PRECONDITION, 'MULTIPLE_MATCHES'):
            self.oaktree.compute.DeleteServer(pb.DeleteServerRequest(name_or_id=name))
        for twin in twins:
            self.assertEqual(self.oaktree.compute.GetServer(pb.GetServerRequest(name_or_id=twin.id)).server.id, twin.id)
            one = self.oaktree.compute.GetServer(pb.GetServerRequest(location={'cloud': twin.location.cloud}, name_or_id=name))
            self.assertEqual(one.server.id, twin.id)

    def test_names_that_mean_nothing_are_refused_before_anything_is_made(self) -> None:
        cloud = CLOUDS[0]
        for field, value in (
            ('flavor', 'no-such'), ('image', 'no-such'), ('networks', ['no-such']), ('security_groups', ['no-such']),
        ):  # fmt: skip
            with self.subTest(field), self.fails(Code.NOT_FOUND, 'NOT_FOUND', 'no-such') as told:
                self.create_server(cloud, **{field: value})
            self.assertEqual(told.info.metadata['field'], field)
        with self.fails(Code.INVALID_ARGUMENT, 'CLOUD_REJECTED', 'key_name'):
            self.create_server(cloud, key_name='no-such')

    def test_a_wait_that_is_too_short_tells_how_far_things_are(self) -> None:
        cloud = CLOUDS[0]
        started = time.monotonic()
        server = self.create_server(cloud, wait=Duration(nanos=50_000_000))
        self.assertLess(time.monotonic() - started, 20)
        self.assertIn(server.state, (pb.SERVER_STATE_BUILDING, pb.SERVER_STATE_ACTIVE))
