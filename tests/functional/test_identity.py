# SPDX-License-Identifier: Apache-2.0
"""Application credentials: made, used to sign in, and taken away again."""

import pathlib
import time
import uuid
from typing import Any

import grpc
import yaml
from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp
from keystoneauth1.exceptions import ClientException
from keystoneauth1.identity.v3 import ApplicationCredential
from keystoneauth1.session import Session
from oaktreemodel import v1 as pb

from tests.functional.base import CLOUDS, Case, Cloud, unique

Code = grpc.StatusCode
NOW = Duration()


class ApplicationCredentialsTest(Case):
    """A user's own."""

    def setUp(self) -> None:
        self.identity = self.oaktree.identity

    def make(self, cloud: Cloud, **fields: Any) -> pb.ApplicationCredential:
        request = pb.CreateApplicationCredentialRequest(location={'cloud': cloud.name}, **{'name': unique('app')} | fields)
        made = self.identity.CreateApplicationCredential(request).application_credential
        self.addCleanup(self.drop, cloud, made.id)
        return made

    def drop(self, cloud: Cloud, name: str) -> None:
        request = pb.DeleteApplicationCredentialRequest(location={'cloud': cloud.name}, name_or_id=name)
        try:
            self.identity.DeleteApplicationCredential(request)
        except grpc.RpcError as error:
            if error.code() is not Code.NOT_FOUND:
                raise

    def sign_in(self, cloud: Cloud, made: pb.ApplicationCredential) -> Any:
        """What Keystone says of who signs in with it."""
        entry = yaml.safe_load(pathlib.Path(self.stack.config).read_text())['clouds'][cloud.name]
        auth = ApplicationCredential(
            entry['auth']['auth_url'], application_credential_id=made.id, application_credential_secret=made.secret
        )
        return auth.get_access(Session())

    def test_one_is_made_used_and_deleted(self) -> None:
        for cloud in CLOUDS:
            with self.subTest(cloud.name):
                ends = Timestamp(seconds=int(time.time()) + 3600)
                rule = {'service': 'compute', 'method': 'GET', 'path': '/v2.1/servers/**'}
                with self.assertLogs('oaktree', 'DEBUG') as logs:
                    made = self.make(cloud, description='by a test', roles=['reader'], access_rules=[rule], expire_time=ends)
                self.assertTrue(made.secret)
                self.assertNotIn(made.secret, str([(record.getMessage(), vars(record)) for record in logs.records]))
                self.assertEqual((made.description, list(made.roles), made.expire_time), ('by a test', ['reader'], ends))
                self.assertFalse(made.unrestricted)
                self.assertEqual((made.location.cloud, made.location.region), (cloud.name, cloud.region))
                told = made.access_rules[0]
                self.assertEqual({'service': told.service, 'method': told.method, 'path': told.path}, rule)

                access = self.sign_in(cloud, made)
                self.assertEqual((access.role_names, access.project_id), (['reader'], made.location.project.id))
                where = {'location': {'cloud': cloud.name}, 'max_age': NOW}
                for name in (made.id, made.name):
                    request = pb.GetApplicationCredentialRequest(**where, name_or_id=name)
                    one = self.identity.GetApplicationCredential(request).application_credential
                    self.assertEqual((one.id, one.secret, one.expire_time), (made.id, '', ends))
                request = pb.ListApplicationCredentialsRequest(**where)
                listed = self.identity.ListApplicationCredentials(request).application_credentials
                self.assertEqual([one.secret for one in listed if one.id == made.id], [''])

                request = pb.DeleteApplicationCredentialRequest(location={'cloud': cloud.name}, name_or_id=made.name)
                self.identity.DeleteApplicationCredential(request)
                with self.fails(Code.NOT_FOUND, 'NOT_FOUND', made.id):
                    self.identity.GetApplicationCredential(pb.GetApplicationCredentialRequest(**where, name_or_id=made.id))
                with self.assertRaises(ClientException):
                    self.sign_in(cloud, made)

    def test_without_more_it_may_do_what_its_maker_may(self) -> None:
        for cloud in CLOUDS:
            with self.subTest(cloud.name):
                made = self.make(cloud)
                self.assertIn('member', made.roles)
                self.assertFalse(made.HasField('expire_time') or made.access_rules)
                self.assertTrue(self.make(cloud, unrestricted=True).unrestricted)

    def test_a_repeated_request_tells_the_same_secret(self) -> None:
        fields = {'request_id': str(uuid.uuid4()), 'name': unique('app')}
        made, again = (self.make(CLOUDS[0], **fields) for _ in range(2))
        self.assertEqual(made, again)
        self.assertTrue(made.secret)

    def test_what_is_wrong_is_refused(self) -> None:
        for cloud in CLOUDS:
            taken = self.make(cloud)
            half = {'service': 'compute', 'method': 'GET'}
            for code, reason, words, fields in (
                (Code.INVALID_ARGUMENT, 'MISSING_FIELD', 'name', {'name': ''}),
                (Code.ALREADY_EXISTS, 'ALREADY_EXISTS', taken.name, {'name': taken.name}),
                (Code.INVALID_ARGUMENT, 'MISSING_FIELD', 'access_rules', {'access_rules': [half]}),
                (Code.INVALID_ARGUMENT, 'CLOUD_REJECTED', 'method', {'access_rules': [half | {'path': '/x', 'method': 'EAT'}]}),
                (Code.INVALID_ARGUMENT, 'CLOUD_REJECTED', 'expires_at', {'expire_time': Timestamp(seconds=1)}),
                (Code.INVALID_ARGUMENT, 'INVALID_FIELD', 'expire_time', {'expire_time': Timestamp(seconds=1 << 60)}),
                (Code.NOT_FOUND, 'NOT_FOUND', 'no-such', {'roles': ['no-such']}),
                (Code.INVALID_ARGUMENT, 'CLOUD_REJECTED', 'unassigned role', {'roles': ['admin']}),
            ):
                with self.subTest(words, cloud=cloud.name), self.fails(code, reason, words):
                    self.make(cloud, **fields)
        with self.fails(Code.INVALID_ARGUMENT, 'MISSING_FIELD', 'location.cloud'):
            self.identity.CreateApplicationCredential(pb.CreateApplicationCredentialRequest(name='x'))
        with self.fails(Code.NOT_FOUND, 'NOT_FOUND', 'no-such'):
            self.identity.DeleteApplicationCredential(pb.DeleteApplicationCredentialRequest(name_or_id='no-such'))
