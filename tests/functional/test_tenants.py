# SPDX-License-Identifier: Apache-2.0
"""What one gets from a call is of no use to others, and done for nobody else: tokens that lead on, ids of requests, URLs."""

import itertools
import unittest
import uuid
from typing import Any

import grpc
from oaktreemodel import v1 as pb

from tests.faults.redis import RedisServer
from tests.functional.base import CLOUDS, Cloud, unique
from tests.functional.identities import Services
from tests.functional.isolation_case import IsolationCase
from tests.functional.shared import SharedServer

Code = grpc.StatusCode


@unittest.skipUnless(RedisServer.there_is(), 'there is no redis-server here')
class TenantsTest(IsolationCase):
    needs_things = False

    def setUp(self) -> None:
        super().setUp()
        self.servers = self.two_servers()

    def services(self, who: str, cloud: Cloud, server: SharedServer | None = None) -> Services:
        return Services(server or self.servers[0], self.people[who], cloud.name)

    def test_a_page_token_is_of_no_use_to_others(self) -> None:
        for cloud in CLOUDS:
            page = pb.ListFlavorsRequest(location={'cloud': cloud.name}, page_size=1)
            page.page_token = self.services('demo', cloud).compute.ListFlavors(page).next_page_token
            # Of the same caller in another process it is.
            self.services('demo', cloud, self.servers[1]).compute.ListFlavors(page)
            for who in ('other', 'reader', 'ruled'):
                with self.subTest(cloud.name, who=who), self.fails(Code.INVALID_ARGUMENT, 'INVALID_PAGE_TOKEN'):
                    self.services(who, cloud).compute.ListFlavors(page)

    def test_a_request_id_of_anothers_is_another_one(self) -> None:
        cloud = CLOUDS[0]
        where = {'location': {'cloud': cloud.name}}
        request = pb.CreateSecurityGroupRequest(**where, name=unique('once'), request_id=str(uuid.uuid4()))
        made: dict[str, set[str]] = {'demo': set(), 'other': set()}
        for who, server, _ in itertools.product(made, self.servers, range(2)):
            network = self.services(who, cloud, server).network
            one = network.CreateSecurityGroup(request).security_group.id
            if one not in made[who]:
                self.addCleanup(network.DeleteSecurityGroup, pb.DeleteSecurityGroupRequest(**where, name_or_id=one))
            made[who].add(one)
        self.assertEqual([len(ids) for ids in made.values()], [1, 1])
        self.assertFalse(made['demo'] & made['other'])

    def test_a_write_is_seen_by_its_own_in_every_process_and_by_nobody_else(self) -> None:
        people = ('demo', 'other', 'reader')
        for cloud in CLOUDS:
            where, name = {'location': {'cloud': cloud.name}}, unique('late')

            def names(who: str, server: SharedServer, cloud: Cloud = cloud, where: Any = where) -> set[str]:
                answer = self.services(who, cloud, server).compute.ListKeypairs(pb.ListKeypairsRequest(**where))
                return {one.name for one in answer.keypairs}

            for who, server in itertools.product(people, self.servers):
                names(who, server)
            compute = self.services('demo', cloud).compute
            compute.CreateKeypair(pb.CreateKeypairRequest(**where, name=name))
            self.addCleanup(compute.DeleteKeypair, pb.DeleteKeypairRequest(**where, name_or_id=name))
            for who, server in itertools.product(people, self.servers):
                with self.subTest(cloud.name, who=who):
                    self.assertEqual(name in names(who, server), who == 'demo')

    def test_a_url_has_the_token_of_who_asks_for_it(self) -> None:
        for cloud, who in itertools.product(CLOUDS, ('demo', 'other')):
            request = pb.CreateImageDownloadUrlRequest(location={'cloud': cloud.name}, name_or_id='cirros')
            told = self.services(who, cloud).image.CreateImageDownloadUrl(request)
            self.assertEqual(told.headers['X-Auth-Token'], self.people[who].token(cloud.name))

    def test_a_container_of_the_same_name_is_in_each_project(self) -> None:
        """Where an object store is depends on the project: the second one must not go to the first one's."""
        name = unique('container')
        for cloud in (cloud for cloud in CLOUDS if cloud.objects):
            where = {'location': {'cloud': cloud.name}}
            for who in ('demo', 'other'):
                storage = self.services(who, cloud).object_store
                storage.CreateContainer(pb.CreateContainerRequest(**where, name=name))
                self.addCleanup(storage.DeleteContainer, pb.DeleteContainerRequest(**where, name_or_id=name))
                found = storage.GetContainer(pb.GetContainerRequest(**where, name_or_id=name)).container
                self.assertEqual(found.location.project.id, self.people[who].access(cloud.name).project_id)

    def test_who_may_only_look_changes_nothing(self) -> None:
        for cloud in CLOUDS:
            request = pb.CreateSecurityGroupRequest(location={'cloud': cloud.name}, name=unique('no'))
            with self.subTest(cloud.name), self.fails(Code.PERMISSION_DENIED, 'CLOUD_FORBIDDEN'):
                self.services('reader', cloud).network.CreateSecurityGroup(request)
