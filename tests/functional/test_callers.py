# SPDX-License-Identifier: Apache-2.0
"""A program with nothing but an id and a secret, from its sign-in to the end of its token."""

import pathlib
import time
import urllib.request
from typing import Any

import grpc
import yaml
from google.protobuf.duration_pb2 import Duration
from oaktreemodel import v1 as pb

from oaktree import metrics
from tests.functional.base import CLOUDS, WAIT, Cloud, unique
from tests.functional.shared import Metadata, SharedServer, bearer, sign_in
from tests.functional.test_token import TokenCase

Code = grpc.StatusCode
NOW = Duration()
LIFE = 300
"""Seconds that a token of the real beta lives."""


class CallerTest(TokenCase):
    """On all clouds, over TLS."""

    def servers(self, cloud: Cloud, metadata: Metadata, server: SharedServer | None = None, **fields: Any) -> list[str]:
        request = pb.ListServersRequest(location={'cloud': cloud.name}, **fields)
        return [one.name for one in (server or self.shared).compute.ListServers(request, metadata=metadata).servers]

    def server_request(self, cloud: Cloud, name: str) -> pb.CreateServerRequest:
        network = [] if not self.stack.config or cloud.floating else [cloud.network]
        return pb.CreateServerRequest(
            location={'cloud': cloud.name}, name=name, flavor=cloud.flavor, image=cloud.image, networks=network, wait=WAIT
        )

    def revoke_at_keystone(self, cloud: Cloud, token: str) -> None:
        """Behind oaktree's back."""
        entry = yaml.safe_load(pathlib.Path(self.stack.config).read_text())['clouds'][cloud.name]
        headers = {'X-Auth-Token': token, 'X-Subject-Token': token}
        url = f'{entry["auth"]["auth_url"]}/auth/tokens'
        urllib.request.urlopen(urllib.request.Request(url, headers=headers, method='DELETE'), timeout=20).close()

    def test_an_id_and_a_secret_are_enough_to_make_a_server(self) -> None:
        for cloud in CLOUDS:
            with self.subTest(cloud.name):
                metadata, name = bearer(self.token(cloud)), unique('server')
                made = self.shared.compute.CreateServer(self.server_request(cloud, name), metadata=metadata, timeout=180).server
                self.addCleanup(self.delete_server, made)
                self.assertEqual(made.state, pb.SERVER_STATE_ACTIVE)
                self.assertIn(name, self.servers(cloud, metadata))
                where = {'location': {'cloud': cloud.name}, 'name_or_id': made.id}
                self.shared.compute.DeleteServer(pb.DeleteServerRequest(**where, wait=WAIT), metadata=metadata, timeout=180)
                self.assertNotIn(name, self.servers(cloud, metadata))

    def test_a_new_token_costs_keystone_one_request_however_many_show_it(self) -> None:
        for cloud in CLOUDS:
            with self.subTest(cloud.name):
                metadata = bearer(self.token(cloud))
                asked = metrics.UPSTREAM_REQUESTS.labels(cloud.name, 'identity', 'GET', '200')._value
                before = asked.get()
                request = pb.ListFlavorsRequest(location={'cloud': cloud.name})
                list_flavors = self.shared.compute.ListFlavors.future
                calls = [list_flavors(request, metadata=metadata, timeout=60) for _ in range(1000)]
                self.assertTrue(all(call.result().flavors for call in calls))
                self.assertEqual(asked.get() - before, 1)

    def test_a_token_that_keystone_has_revoked_is_good_no_longer_than_it_is_believed(self) -> None:
        shared = self.server(revalidate=2.0)
        for cloud in CLOUDS:
            with self.subTest(cloud.name):
                token = sign_in(self.stack.config, cloud.name)
                self.servers(cloud, bearer(token), shared)
                self.revoke_at_keystone(cloud, token)
                time.sleep(2)
                self.refused(cloud, bearer(token), shared)

    def test_a_token_that_oaktree_has_revoked_is_good_no_more_at_once(self) -> None:
        for cloud in CLOUDS:
            with self.subTest(cloud.name):
                token = sign_in(self.stack.config, cloud.name)
                self.servers(cloud, bearer(token))
                self.revoke(cloud, token)
                self.refused(cloud, bearer(token), self.shared)

    def refused(self, cloud: Cloud, metadata: Metadata, shared: SharedServer) -> None:
        """That nothing can be read or changed, remembered or not."""
        for fields in ({}, {'max_age': NOW}):
            with self.fails(Code.UNAUTHENTICATED, 'TOKEN_REFUSED'):
                self.servers(cloud, metadata, shared, **fields)
        with self.fails(Code.UNAUTHENTICATED, 'TOKEN_REFUSED'):
            shared.compute.CreateServer(self.server_request(cloud, unique('refused')), metadata=metadata)

    def test_access_rules_bind_what_is_done_through_oaktree(self) -> None:
        rules = [
            {'service': 'compute', 'method': 'GET', 'path': '/v2.1/servers/**'},
            {'service': 'network', 'method': 'GET', 'path': '/v2.0/**'},
        ]
        for cloud in CLOUDS:
            with self.subTest(cloud.name):
                metadata = bearer(self.token(cloud, access_rules=rules))
                self.servers(cloud, metadata, max_age=NOW)
                request = pb.ListKeypairsRequest(location={'cloud': cloud.name})
                with self.fails(Code.PERMISSION_DENIED, 'TOKEN_NOT_ACCEPTED', 'access rules'):
                    self.shared.compute.ListKeypairs(request, metadata=metadata)
                with self.fails(Code.PERMISSION_DENIED, 'TOKEN_NOT_ACCEPTED'):
                    self.shared.compute.CreateServer(self.server_request(cloud, unique('no')), metadata=metadata)
                # And what it may read, it may go on to read.
                self.servers(cloud, metadata, max_age=NOW)
