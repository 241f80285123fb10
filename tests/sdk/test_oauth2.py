# SPDX-License-Identifier: Apache-2.0
"""Tokens that upstream OAuth 2.0 libraries get straight from a cloud's Keystone, shown by what gRPC has for that."""

import os
import pathlib
import unittest
from unittest import mock

import grpc
import yaml
from oaktreemodel import v1 as pb
from oauthlib.oauth2 import BackendApplicationClient
from requests.auth import HTTPBasicAuth
from requests_oauthlib import OAuth2Session

from tests.functional.base import CLOUDS, Case, Cloud, unique
from tests.functional.shared import SharedServer
from tests.sdk.programs import HERE, go_program, run_or_fail
from tests.tls import Authority


class UpstreamLibrariesTest(Case):
    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.shared = SharedServer(cls.stack.config, *(cloud.name for cloud in CLOUDS))
        cls.addClassCleanup(cls.shared.close)

    def credential(self, cloud: Cloud) -> tuple[str, str]:
        """Id and secret of a new application credential."""
        where = {'location': {'cloud': cloud.name}}
        request = pb.CreateApplicationCredentialRequest(**where, name=unique('app'))
        made = self.oaktree.identity.CreateApplicationCredential(request).application_credential
        drop = pb.DeleteApplicationCredentialRequest(**where, name_or_id=made.id)
        self.addCleanup(self.oaktree.identity.DeleteApplicationCredential, drop)
        return made.id, made.secret

    def url(self, cloud: Cloud) -> str:
        """Where a cloud's Keystone gives tokens."""
        entry = yaml.safe_load(pathlib.Path(self.stack.config).read_text())['clouds'][cloud.name]
        return f'{entry["auth"]["auth_url"]}/OS-OAUTH2/token'

    def test_requests_oauthlib(self) -> None:
        # The clouds of a test are on this machine, and speak no TLS.
        self.enterContext(mock.patch.dict(os.environ, {'OAUTHLIB_INSECURE_TRANSPORT': '1'}))
        for cloud in CLOUDS:
            with self.subTest(cloud.name):
                ident, secret = self.credential(cloud)
                session = OAuth2Session(client=BackendApplicationClient(ident))
                token = session.fetch_token(self.url(cloud), auth=HTTPBasicAuth(ident, secret))
                self.assertEqual(token['token_type'], 'Bearer')
                secure = grpc.composite_channel_credentials(
                    grpc.ssl_channel_credentials(Authority.shared().pem),
                    grpc.access_token_call_credentials(token['access_token']),
                )
                with grpc.secure_channel(self.shared.target, secure) as channel:
                    where = {'location': {'cloud': cloud.name}}
                    [caller] = pb.TokenServiceStub(channel).GetCaller(pb.GetCallerRequest(**where)).callers
                    self.assertEqual(caller.application_credential_id, ident)
                    self.assertTrue(pb.ComputeServiceStub(channel).ListFlavors(pb.ListFlavorsRequest(**where)).flavors)

    def test_golang_org_x_oauth2(self) -> None:
        program = go_program('oauth2', HERE / 'go', package='./oauth2')
        for cloud in CLOUDS:
            with self.subTest(cloud.name):
                ident, secret = self.credential(cloud)
                pair = {'CLIENT_ID': ident, 'CLIENT_SECRET': secret}
                ca = Authority.shared().file
                run_or_fail(program, self.shared.target, ca, self.url(cloud), cloud.name, timeout=60, **pair)


if __name__ == '__main__':
    unittest.main()
