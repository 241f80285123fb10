# SPDX-License-Identifier: Apache-2.0
"""Tokens: had for an application credential, used, told of and revoked; and what guessing one costs."""

import concurrent.futures
import pathlib
import tempfile
import time
from collections.abc import Iterator
from typing import Any

import grpc
import yaml
from google.protobuf.timestamp_pb2 import Timestamp
from google.rpc import error_details_pb2
from keystoneauth1.identity.v3 import Password
from keystoneauth1.session import Session
from oaktreemodel import v1 as pb

from oaktree.attempts import FAILURES, TOGETHER, WINDOW
from tests.functional.base import CLOUDS, Case, Cloud, ServerThread, only_simulated, status, unique
from tests.functional.shared import SharedServer, bearer

Code = grpc.StatusCode
ALPHA = CLOUDS[0]
NAMES = tuple(cloud.name for cloud in CLOUDS)
OAUTH2, TOKENS = '/OS-OAUTH2/token', '/auth/tokens'
NOBODY = {'client_id': 'f' * 32, 'client_secret': 'no-such-secret'}


class TokenCase(Case):
    """Tests that talk to a shared server."""

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.shared = SharedServer(cls.stack.config, *NAMES)
        cls.addClassCleanup(cls.shared.close)

    def server(self, kind: type[ServerThread] = SharedServer, **options: Any) -> Any:
        """One of the test's own."""
        server = kind(self.stack.config, *NAMES, **options)
        self.addCleanup(server.close)
        return server

    def socket(self) -> str:
        """An address on which nobody else can call."""
        folder = self.enterContext(tempfile.TemporaryDirectory(prefix='oaktree-test-'))
        return f'unix:{pathlib.Path(folder, "oaktree.sock")}'

    def credential(self, cloud: Cloud, **fields: Any) -> dict[str, str]:
        """A new application credential, as CreateToken takes it."""
        where = {'location': {'cloud': cloud.name}}
        request = pb.CreateApplicationCredentialRequest(**where, name=unique('app'), **fields)
        made = self.oaktree.identity.CreateApplicationCredential(request).application_credential
        drop = pb.DeleteApplicationCredentialRequest(**where, name_or_id=made.id)
        self.addCleanup(self.oaktree.identity.DeleteApplicationCredential, drop)
        return {'client_id': made.id, 'client_secret': made.secret}

    def create(self, cloud: Cloud, server: Any = None, **pair: str) -> pb.CreateTokenResponse:
        request = pb.CreateTokenRequest(location={'cloud': cloud.name}, **pair)
        made: pb.CreateTokenResponse = (server or self.shared).token.CreateToken(request)
        return made

    def token(self, cloud: Cloud, **fields: Any) -> str:
        """A new token by a new credential."""
        return self.create(cloud, **self.credential(cloud, **fields)).access_token

    def callers(self, *shown: tuple[str, str], cloud: str = '', server: Any = None) -> pb.GetCallerResponse:
        request = pb.GetCallerRequest(location={'cloud': cloud})
        told: pb.GetCallerResponse = (server or self.shared).token.GetCaller(request, metadata=shown)
        return told

    def revoke(self, cloud: Cloud, token: str) -> None:
        self.shared.token.RevokeToken(pb.RevokeTokenRequest(location={'cloud': cloud.name}), metadata=bearer(token))


class CreateTokenTest(TokenCase):
    def test_a_credential_gives_a_token_that_calls_may_show(self) -> None:
        for cloud in CLOUDS:
            with self.subTest(cloud.name):
                pair = self.credential(cloud)
                made = self.create(cloud, **pair)
                # The real clouds' tokens last an hour or five minutes.
                self.assertTrue(200 < made.expire_time.seconds - time.time() <= 3601)
                where = {'location': {'cloud': cloud.name}}
                listed = self.shared.compute.ListFlavors(pb.ListFlavorsRequest(**where), metadata=bearer(made.access_token))
                self.assertTrue(listed.flavors)
                [caller] = self.callers(*bearer(made.access_token), cloud=cloud.name).callers
                self.assertEqual(caller.application_credential_id, pair['client_id'])
                other = self.create(cloud, **pair)
                self.assertNotEqual(other.access_token, made.access_token, 'whoever revokes theirs revokes no other')

    def test_what_the_cloud_does_not_know_is_refused(self) -> None:
        for cloud in CLOUDS:
            pair = self.credential(cloud)
            for wrong in ({'client_secret': 'wrong-secret'}, {'client_id': NOBODY['client_id']}):
                with self.subTest(cloud.name, wrong=wrong), self.fails(Code.UNAUTHENTICATED, 'CREDENTIALS_REFUSED') as told:
                    self.create(cloud, **pair | wrong)
                for secret in (pair['client_secret'], 'wrong-secret'):
                    self.assertNotIn(secret, str(status(told.error)))
                self.assertEqual(told.info.metadata['cloud'], cloud.name)

    def test_a_credential_that_has_ended_gives_none(self) -> None:
        end = int(time.time()) + 3
        pair = self.credential(ALPHA, expire_time=Timestamp(seconds=end))
        self.create(ALPHA, **pair)
        time.sleep(max(0.0, end + 1 - time.time()))
        with self.fails(Code.UNAUTHENTICATED, 'CREDENTIALS_REFUSED'):
            self.create(ALPHA, **pair)

    def test_what_can_be_no_credential_is_refused_before_anybody_is_asked(self) -> None:
        for field, value, reason in (
            ('client_id', '', 'MISSING_FIELD'),
            ('client_secret', '', 'MISSING_FIELD'),
            ('client_id', 'with:colon', 'INVALID_FIELD'),
            ('client_id', 'x' * 256, 'INVALID_FIELD'),
            ('client_secret', 'x' * 4097, 'INVALID_FIELD'),
        ):
            with self.subTest(field, reason=reason), self.fails(Code.INVALID_ARGUMENT, reason, field) as told:
                self.create(ALPHA, **NOBODY | {field: value})
            self.assertEqual(told.info.metadata['field'], field)
            self.assertNotIn(NOBODY['client_secret'], str(status(told.error)))
        for where, reason in (('', 'MISSING_FIELD'), ('gamma', 'UNKNOWN_CLOUD')):
            with self.subTest(where), self.fails(Code.INVALID_ARGUMENT, reason, 'location.cloud', ALPHA.name):
                self.shared.token.CreateToken(pb.CreateTokenRequest(location={'cloud': where}, **NOBODY))

    def test_no_secret_is_sent_in_plain_text(self) -> None:
        with self.fails(Code.UNAUTHENTICATED, 'INSECURE_TRANSPORT', 'TLS'):
            self.oaktree.token.CreateToken(pb.CreateTokenRequest(location={'cloud': ALPHA.name}, **NOBODY))

    def test_both_kinds_of_server_give_one_on_their_socket(self) -> None:
        pair = self.credential(ALPHA)
        for kind in (ServerThread, SharedServer):
            with self.subTest(kind.__name__):
                token = self.create(ALPHA, self.server(kind, listeners=(self.socket(),)), **pair).access_token
                self.callers(*bearer(token), cloud=ALPHA.name)

    def test_no_log_has_a_secret_or_a_token(self) -> None:
        pair = self.credential(ALPHA)
        with self.assertLogs(level='DEBUG') as logs:
            token = self.create(ALPHA, **pair).access_token
            self.callers(*bearer(token), cloud=ALPHA.name)
            with self.fails(Code.UNAUTHENTICATED, 'CREDENTIALS_REFUSED'):
                self.create(ALPHA, **pair | {'client_secret': 'wrong-secret'})
            self.revoke(ALPHA, token)
        written = str([(record.getMessage(), vars(record)) for record in logs.records])
        self.assertIn('CreateToken', written)
        for secret in (pair['client_secret'], 'wrong-secret', token):
            self.assertNotIn(secret, written)


@only_simulated
class SimulatedTest(TokenCase):
    """What a cloud must be made to do."""

    def setUp(self) -> None:
        assert self.stack.simulation
        self.sim = self.stack.simulation
        self.addCleanup(self.sim.clear_faults, ALPHA.name)

    def asked(self, *paths: str) -> int:
        """Requests to Keystone for a token so far."""
        return sum(one['count'] for one in self.sim.requests(ALPHA.name) if one['method'] == 'POST' and one['path'] in paths)

    def test_a_cloud_without_oauth2_gives_a_token_too(self) -> None:
        pair = self.credential(ALPHA)
        self.sim.fault(ALPHA.name, path=OAUTH2, status=404, body='<h1>Not Found</h1>')
        made = self.create(ALPHA, **pair)
        self.assertAlmostEqual(made.expire_time.seconds, time.time() + 3600, delta=10)
        [caller] = self.callers(*bearer(made.access_token), cloud=ALPHA.name).callers
        self.assertEqual(caller.application_credential_id, pair['client_id'])
        for wrong in ({'client_secret': 'wrong-secret'}, {'client_id': NOBODY['client_id']}):
            with self.subTest(wrong=wrong), self.fails(Code.UNAUTHENTICATED, 'CREDENTIALS_REFUSED'):
                self.create(ALPHA, **pair | wrong)

    def test_guessing_costs_the_cloud_little_and_stops_nobody_who_is_there(self) -> None:
        server, pair = self.server(), self.credential(ALPHA)
        token = self.create(ALPHA, server, **pair).access_token
        before = self.asked(OAUTH2, TOKENS)
        reasons = list(self.guesses(server, 100, pair))
        asked = self.asked(OAUTH2, TOKENS) - before
        self.assertTrue(FAILURES <= asked < FAILURES + TOGETHER, asked)
        self.assertEqual(reasons.count('CREDENTIALS_REFUSED'), asked)
        self.assertEqual(reasons.count('TOO_MANY_ATTEMPTS'), 100 - asked)
        with self.fails(Code.RESOURCE_EXHAUSTED, 'TOO_MANY_ATTEMPTS') as told:
            self.create(ALPHA, server, **pair)
        retry = error_details_pb2.RetryInfo()
        self.assertTrue(any(detail.Unpack(retry) for detail in status(told.error).details))
        self.assertTrue(0 < retry.retry_delay.seconds <= WINDOW)
        self.assertEqual(self.asked(OAUTH2, TOKENS) - before, asked)
        self.assertTrue(self.callers(*bearer(token), cloud=ALPHA.name, server=server).callers)

    def guesses(self, server: Any, number: int, pair: dict[str, str]) -> Iterator[str]:
        """Why each of so many at once was refused."""
        request = pb.CreateTokenRequest(location={'cloud': ALPHA.name}, **pair | {'client_secret': 'wrong-secret'})
        calls = [server.token.CreateToken.future(request) for _ in range(number)]
        for call in calls:
            found = error_details_pb2.ErrorInfo()
            any(detail.Unpack(found) for detail in status(call.exception()).details)
            yield found.reason

    def test_whoever_goes_away_has_guessed_all_the_same(self) -> None:
        server = self.server()
        self.sim.fault(ALPHA.name, path=OAUTH2, latency=0.2)
        before = self.asked(OAUTH2)
        for _ in range(2 * FAILURES):
            with self.assertRaises(grpc.RpcError):
                server.token.CreateToken(pb.CreateTokenRequest(location={'cloud': ALPHA.name}, **NOBODY), timeout=0.05)
        end = time.monotonic() + 10
        while (reasons := list(self.guesses(server, 1, NOBODY))) != ['TOO_MANY_ATTEMPTS']:
            self.assertLess(time.monotonic(), end, reasons)
        self.assertLess(self.asked(OAUTH2) - before, FAILURES + TOGETHER)

    def test_many_who_are_right_are_all_let_in(self) -> None:
        server, pair = self.server(), self.credential(ALPHA)
        with concurrent.futures.ThreadPoolExecutor(50) as pool:
            tokens = set(pool.map(lambda _: self.create(ALPHA, server, **pair).access_token, range(50)))
        self.assertEqual(len(tokens), 50)

    def test_a_cloud_that_is_away_is_nobody_s_failure(self) -> None:
        server, pair = self.server(), self.credential(ALPHA)
        self.sim.fault(ALPHA.name, path=OAUTH2, status=500)
        for _ in range(FAILURES + 1):
            with self.fails(Code.UNAVAILABLE, 'CLOUD_FAILED'):
                self.create(ALPHA, server, **pair)
        self.sim.clear_faults(ALPHA.name)
        self.assertTrue(self.create(ALPHA, server, **pair).access_token)

    def test_a_token_that_is_bound_to_a_certificate_is_not_taken(self) -> None:
        bound = {'token': {'oauth2_credential': {'x5t#S256': 'thumb'}, 'project': {'id': 'x'}}}
        self.sim.fault(ALPHA.name, method='GET', path=TOKENS, status=200, body=bound)
        with self.fails(Code.UNAUTHENTICATED, 'TOKEN_BOUND', 'RFC 8705'):
            self.callers(*bearer(self.token(ALPHA)), cloud=ALPHA.name)


class GetCallerTest(TokenCase):
    def test_a_caller_is_told_who_it_is(self) -> None:
        for cloud in CLOUDS:
            with self.subTest(cloud.name):
                pair = self.credential(cloud, roles=['reader'])
                made = self.create(cloud, **pair)
                told = self.callers(*bearer(made.access_token), cloud=cloud.name)
                [caller] = told.callers
                owner = self.callers(cloud=cloud.name, server=self.oaktree).callers[0]
                self.assertEqual(caller.location, owner.location)
                self.assertTrue(caller.location.project.id)
                self.assertEqual((list(caller.roles), caller.owner, len(told.unreachable)), (['reader'], False, 0))
                self.assertEqual(caller.application_credential_id, pair['client_id'])
                self.assertTrue(caller.user_id and caller.user_name and caller.user_domain_id and caller.user_domain_name)
                self.assertTrue(0 <= made.expire_time.seconds - caller.expire_time.seconds <= 60)

    def test_each_cloud_has_a_token_of_its_own(self) -> None:
        tokens = {cloud.name: self.token(cloud) for cloud in CLOUDS}
        told = self.callers(*bearer(**tokens))
        self.assertEqual([caller.location.cloud for caller in told.callers], list(NAMES))
        self.assertFalse(told.unreachable)
        told = self.callers(*bearer(**{ALPHA.name: tokens[ALPHA.name]}))
        self.assertEqual([caller.location.cloud for caller in told.callers], [ALPHA.name])
        self.assertEqual([(one.location.cloud, one.reason) for one in told.unreachable], [(NAMES[1], 'CREDENTIALS_MISSING')])
        told = self.callers(*bearer(**tokens | {ALPHA.name: 'wrong'}))
        self.assertEqual([(one.location.cloud, one.reason) for one in told.unreachable], [(ALPHA.name, 'TOKEN_REFUSED')])

    def test_whoever_is_nobody_is_told_why(self) -> None:
        alpha, beta = (self.token(cloud) for cloud in CLOUDS)
        for shown, cloud, reason in (
            ((), ALPHA.name, 'CREDENTIALS_MISSING'),
            ((), '', 'CREDENTIALS_MISSING'),
            (bearer(alpha), '', 'CREDENTIALS_MISSING'),
            (bearer(**{ALPHA.name: alpha}), NAMES[1], 'CREDENTIALS_MISSING'),
            (bearer(beta), ALPHA.name, 'TOKEN_REFUSED'),
            (bearer(alpha[:-1] + 'x'), ALPHA.name, 'TOKEN_REFUSED'),
        ):
            with self.subTest(cloud, reason=reason), self.fails(Code.UNAUTHENTICATED, reason):
                self.callers(*shown, cloud=cloud)

    def test_the_owner_is_told_so(self) -> None:
        told = self.callers(server=self.oaktree)
        self.assertEqual([caller.location.cloud for caller in told.callers], list(NAMES))
        for caller in told.callers:
            self.assertTrue(caller.owner and caller.location.project.id and caller.location.project.name)
            self.assertFalse(caller.HasField('expire_time'))


class RevokeTokenTest(TokenCase):
    def test_a_revoked_token_is_refused_at_once(self) -> None:
        for cloud in CLOUDS:
            with self.subTest(cloud.name):
                pair = self.credential(cloud)
                token, other = (self.create(cloud, **pair).access_token for _ in range(2))
                where = {'location': {'cloud': cloud.name}}
                flavors = pb.ListFlavorsRequest(**where)
                for _ in range(2):
                    # Also what is remembered.
                    self.shared.compute.ListFlavors(flavors, metadata=bearer(token))
                self.revoke(cloud, token)
                with self.fails(Code.UNAUTHENTICATED, 'TOKEN_REFUSED'):
                    self.shared.compute.ListFlavors(flavors, metadata=bearer(token))
                with self.fails(Code.UNAUTHENTICATED, 'TOKEN_REFUSED'):
                    self.revoke(cloud, token)
                # Keystone was told, too: whoever has not heard of it asks there.
                with self.fails(Code.UNAUTHENTICATED, 'TOKEN_REFUSED'):
                    self.callers(*bearer(token), cloud=cloud.name, server=self.server())
                self.assertTrue(self.callers(*bearer(other), cloud=cloud.name).callers, 'of the same credential')

    def test_the_token_that_is_shown_for_a_cloud_is_meant(self) -> None:
        tokens = {cloud.name: self.token(cloud) for cloud in CLOUDS}
        with self.fails(Code.INVALID_ARGUMENT, 'MISSING_FIELD', 'location.cloud', *NAMES):
            self.shared.token.RevokeToken(pb.RevokeTokenRequest(), metadata=bearer(**tokens))
        only = bearer(**{ALPHA.name: tokens[ALPHA.name]})
        self.shared.token.RevokeToken(pb.RevokeTokenRequest(), metadata=only)
        told = self.callers(*bearer(**tokens))
        self.assertEqual([caller.location.cloud for caller in told.callers], [NAMES[1]])

    def test_one_that_access_rules_forbid_to_revoke_is_not_said_to_have_ended(self) -> None:
        rule = {'service': 'compute', 'method': 'GET', 'path': '/v2.1/flavors/detail'}
        with self.fails(Code.PERMISSION_DENIED, 'TOKEN_NOT_ACCEPTED', 'delete the credential'):
            self.revoke(ALPHA, self.token(ALPHA, access_rules=[rule]))

    def test_the_owner_has_none(self) -> None:
        with self.fails(Code.FAILED_PRECONDITION, 'TOKENS_NOT_USED', 'owner'):
            self.oaktree.token.RevokeToken(pb.RevokeTokenRequest(location={'cloud': ALPHA.name}))

    def test_a_token_for_no_project_is_not_taken(self) -> None:
        auth = yaml.safe_load(pathlib.Path(self.stack.config).read_text())['clouds'][ALPHA.name]['auth']
        given = {name: auth[name] for name in ('auth_url', 'username', 'password')}
        domain = {'user_domain_id': auth.get('user_domain_id', 'default')}
        token = Session(auth=Password(**given, **domain, unscoped=True)).get_token()
        with self.fails(Code.UNAUTHENTICATED, 'TOKEN_UNSCOPED', 'project'):
            self.callers(*bearer(token), cloud=ALPHA.name)
