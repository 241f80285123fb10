# SPDX-License-Identifier: Apache-2.0
"""What Keystone is asked of callers' tokens, and what is made of its answers; against a simulated one."""

import http.server
import logging
import threading
import time
import unittest
from collections.abc import Callable
from typing import Any

import keystoneauth1.session

from oaktree import errors, keystone
from tests.unit.test_simcloud_base import SimulatedCase

OAUTH2, TOKENS = '/OS-OAUTH2/token', '/auth/tokens'


class KeystoneCase(SimulatedCase):
    def setUp(self) -> None:
        super().setUp()
        self.url = self.sim.url('alpha') + '/identity/v3'
        self.session = keystoneauth1.session.Session(timeout=10)

    def password(self, scope: Any = 'demo') -> str:
        """A token of the user demo."""
        user = {'name': 'demo', 'domain': {'id': 'default'}, 'password': 'simulated'}
        auth: dict[str, Any] = {'identity': {'methods': ['password'], 'password': {'user': user}}}
        if scope:
            auth['scope'] = {'project': {'name': scope, 'domain': {'id': 'default'}}}
        answer = self.http('POST', self.url + TOKENS, {'auth': auth})
        return str(answer.headers['X-Subject-Token'])

    def credential(self, **fields: Any) -> tuple[str, str]:
        """Id and secret of an application credential of demo's."""
        token = self.password()
        user = keystone.validate(self.session, self.url, token)['user']['id']
        url, body = f'{self.url}/users/{user}/application_credentials', {'application_credential': {'name': 'robot'} | fields}
        made = self.http('POST', url, body, X_Auth_Token=token).json()['application_credential']
        return made['id'], made['secret']

    def asked(self) -> list[tuple[str, str, int]]:
        """What was asked since this was called before."""
        asked = [(one['method'], one['path'], one['status']) for one in self.sim.requests('alpha') for _ in range(one['count'])]
        self.http('DELETE', self.sim.url('alpha') + '/_sim/requests')
        return asked

    def fails(self, reason: str, work: Callable[..., Any], *args: Any) -> errors.Failure:
        with self.assertRaises(errors.Failure) as caught:
            work(self.session, self.url, *args)
        self.assertEqual(caught.exception.reason, reason, caught.exception.message)
        return caught.exception


class Redirecting(http.server.BaseHTTPRequestHandler):
    """Sends everybody to /elsewhere, and tells who went there."""

    seen: list[str] = []

    def answer(self) -> None:
        self.seen.append(self.path)
        self.send_response(307)
        self.send_header('Location', '/elsewhere')
        self.send_header('Content-Length', '0')
        self.end_headers()

    do_GET = do_POST = do_DELETE = answer

    def log_message(self, *_: Any) -> None:
        """Nothing: it would be in the output of the tests."""


class RedirectTest(unittest.TestCase):
    def test_no_secret_is_taken_elsewhere(self) -> None:
        server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Redirecting)
        self.addCleanup(server.server_close)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.shutdown)
        session, url = keystoneauth1.session.Session(timeout=10), f'http://127.0.0.1:{server.server_port}/v3'
        for work, args in (
            (keystone.validate, ('token',)),
            (keystone.revoke, ('token',)),
            (keystone.create_token, ('id', 'secret')),
        ):
            with self.assertRaises(errors.Failure) as caught:
                work(session, url, *args)
            self.assertEqual(caught.exception.reason, 'CLOUD_MISCONFIGURED')
        self.assertEqual(Redirecting.seen, ['/v3/auth/tokens'] * 2 + ['/v3/OS-OAUTH2/token'])


class ValidateTest(KeystoneCase):
    def test_one_request_tells_all(self) -> None:
        token = self.password()
        for url in (self.url, self.url + '/', self.url.removesuffix('/v3'), self.url.removesuffix('v3')):
            self.asked()
            document = keystone.validate(self.session, url, token)
            self.assertEqual(self.asked(), [('GET', TOKENS, 200)], url)
        self.assertEqual((document['user']['name'], document['project']['name']), ('demo', 'demo'))
        self.assertIn('catalog', document)

    def test_access_rules_are_no_obstacle(self) -> None:
        rule = {'service': 'compute', 'method': 'GET', 'path': '/v2.1/servers'}
        token, _ = keystone.create_token(self.session, self.url, *self.credential(access_rules=[rule]))
        self.assertIn('application_credential', keystone.validate(self.session, self.url, token))

    def test_a_token_that_is_not_known_is_refused(self) -> None:
        gone = self.password()
        keystone.revoke(self.session, self.url, gone)
        for token in ('unknown', gone):
            failure = self.fails('TOKEN_REFUSED', keystone.validate, token)
            self.assertIs(failure.code, errors.Code.UNAUTHENTICATED)
            self.assertNotIn(token, failure.message)

    def test_a_token_without_a_project_is_refused(self) -> None:
        self.fails('TOKEN_UNSCOPED', keystone.validate, self.password(scope=None))

    def test_a_token_that_is_bound_to_a_certificate_is_refused(self) -> None:
        token = self.password()
        document = keystone.validate(self.session, self.url, token) | {'oauth2_credential': {'x5t#S256': 'thumb'}}
        self.sim.fault('alpha', path=TOKENS, status=200, body={'token': document})
        self.fails('TOKEN_BOUND', keystone.validate, token)

    def test_what_is_no_keystone_is_not_taken_for_its_word(self) -> None:
        token = self.password()
        for status, body, code in (
            (404, '<h1>Not Found</h1>', errors.Code.FAILED_PRECONDITION),
            (301, '', errors.Code.FAILED_PRECONDITION),
            (200, '<h1>Welcome</h1>', errors.Code.UNAVAILABLE),
            (200, '[]', errors.Code.UNAVAILABLE),
            (200, '{"token": 1}', errors.Code.UNAVAILABLE),
            (500, token, errors.Code.UNAVAILABLE),
            (403, token, errors.Code.PERMISSION_DENIED),
            (429, '', errors.Code.RESOURCE_EXHAUSTED),
        ):
            with self.subTest(status=status, body=body):
                self.sim.fault('alpha', path=TOKENS, status=status, body=body, count=1)
                with self.assertRaises(errors.Failure) as caught:
                    keystone.validate(self.session, self.url, token)
                self.assertIs(caught.exception.code, code)
                self.assertNotIn(token, caught.exception.message)

    def test_a_cloud_that_is_away_says_nothing_of_a_token(self) -> None:
        self.sim.fault('alpha', path=TOKENS, reset=True)
        with self.assertRaises(Exception) as caught:
            keystone.validate(self.session, self.url, 'token')
        failure = errors.known(caught.exception)
        assert failure
        self.assertIs(failure.code, errors.Code.UNAVAILABLE)


class CreateTokenTest(KeystoneCase):
    def test_oauth2_gives_a_token_in_one_request(self) -> None:
        pair = self.credential()
        self.asked()
        before = time.time()
        token, ends = keystone.create_token(self.session, self.url, *pair)
        self.assertEqual(self.asked(), [('POST', OAUTH2, 200)])
        self.assertTrue(before + 3600 <= ends <= time.time() + 3600)
        self.assertEqual(keystone.validate(self.session, self.url, token)['application_credential']['id'], pair[0])

    def test_a_cloud_without_oauth2_is_asked_as_others_are(self) -> None:
        pair = self.credential()
        for status, body in (
            (404, '<h1>Not Found</h1>'),
            (404, {'error': {'code': 404, 'message': 'The resource could not be found.', 'title': 'Not Found'}}),
            (400, {'error': {'code': 400, 'message': 'Expecting to find application/json', 'title': 'Bad Request'}}),
            (403, '<h1>Forbidden</h1>'),
            (405, ''),
            (501, ''),
            (401, {'error': 'invalid_client', 'error_description': keystone.DISABLED}),
        ):
            with self.subTest(status=status, body=body):
                self.sim.fault('alpha', path=OAUTH2, status=status, body=body, count=1)
                self.asked()
                token, ends = keystone.create_token(self.session, self.url, *pair)
                self.assertEqual(self.asked(), [('POST', OAUTH2, status), ('POST', TOKENS, 201)])
                self.assertAlmostEqual(ends, time.time() + 3600, delta=10)
                self.assertEqual(keystone.validate(self.session, self.url, token)['project']['name'], 'demo')

    def test_what_keystone_does_not_know_is_refused(self) -> None:
        ident, secret = self.credential()
        for oauth2 in (True, False):
            if not oauth2:
                self.sim.fault('alpha', path=OAUTH2, status=404, body='')
            for pair in ((ident, secret + 'x'), ('f' * 32, secret)):
                with self.subTest(pair=pair, oauth2=oauth2):
                    failure = self.fails('CREDENTIALS_REFUSED', keystone.create_token, *pair)
                    self.assertIs(failure.code, errors.Code.UNAUTHENTICATED)
                    for word in pair:
                        self.assertNotIn(word, failure.message)

    def test_a_credential_that_has_ended_is_refused(self) -> None:
        end = time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime(time.time() + 2))
        pair = self.credential(expires_at=end)
        keystone.create_token(self.session, self.url, *pair)
        time.sleep(2)
        self.fails('CREDENTIALS_REFUSED', keystone.create_token, *pair)

    def test_a_secret_of_any_characters_is_shown_as_it_is(self) -> None:
        for number, secret in enumerate(('p@ss:w%rd +&=', 'Schlüssel ☃', 'a"b\\c\n')):
            for oauth2 in (True, False):
                with self.subTest(secret=secret, oauth2=oauth2):
                    pair = self.credential(secret=secret, name=f'{number} {oauth2}')
                    if not oauth2:
                        self.sim.fault('alpha', path=OAUTH2, status=404, body='', count=1)
                    keystone.create_token(self.session, self.url, *pair)

    def test_an_id_with_a_colon_is_not_sent(self) -> None:
        self.asked()
        self.fails('INVALID_FIELD', keystone.create_token, 'a:b', 'secret')
        self.assertEqual(self.asked(), [])

    def test_answers_that_make_no_sense_are_the_cloud_s_fault(self) -> None:
        for path, status, body in (
            (OAUTH2, 200, ''),
            (OAUTH2, 200, '<h1>Welcome</h1>'),
            (OAUTH2, 200, {'access_token': '', 'expires_in': 3600}),
            (OAUTH2, 200, {'access_token': 'token', 'expires_in': 'soon'}),
            (OAUTH2, 200, {'access_token': 'token'}),
            (TOKENS, 201, {'token': {'expires_at': 'soon'}}),
            (TOKENS, 201, []),
        ):
            with self.subTest(path=path, body=body):
                self.sim.clear_faults('alpha')
                if path == TOKENS:
                    self.sim.fault('alpha', path=OAUTH2, status=404, body='')
                self.sim.fault('alpha', path=path, status=status, body=body)
                self.fails('CLOUD_ANSWER_BROKEN', keystone.create_token, 'id', 'secret')

    def test_what_is_no_keystone_refuses_nobody(self) -> None:
        pair = self.credential()
        self.sim.fault('alpha', path=OAUTH2, status=404, body='')
        for status in (401, 403, 404, 405):
            with self.subTest(status=status):
                self.sim.fault('alpha', path=TOKENS, status=status, body='<h1>There is no such page</h1>', count=1)
                with self.assertRaises(errors.Failure) as caught:
                    keystone.create_token(self.session, self.url, *pair)
                self.assertIsNot(caught.exception.code, errors.Code.UNAUTHENTICATED)

    def test_no_secret_is_logged_or_told(self) -> None:
        ident, secret = self.credential()
        with self.assertLogs(level=logging.DEBUG) as logs:
            token, _ = keystone.create_token(self.session, self.url, ident, secret)
            self.sim.fault('alpha', path=OAUTH2, status=404, body='', count=1)
            other, _ = keystone.create_token(self.session, self.url, ident, secret)
            keystone.validate(self.session, self.url, token)
            keystone.revoke(self.session, self.url, token)
            self.sim.fault('alpha', path=OAUTH2, status=500, body=secret)
            failure = self.fails('CLOUD_FAILED', keystone.create_token, ident, secret)
        written = '\n'.join(logs.output)
        self.assertIn(OAUTH2, written, 'it is at this level that requests are logged')
        for word in (secret, token, other):
            self.assertNotIn(word, written)
            self.assertNotIn(word, f'{failure!r} {failure}')


class RevokeTest(KeystoneCase):
    def test_a_token_ends_in_one_request(self) -> None:
        token = self.password()
        self.asked()
        keystone.revoke(self.session, self.url, token)
        self.assertEqual(self.asked(), [('DELETE', TOKENS, 204)])
        self.fails('TOKEN_REFUSED', keystone.validate, token)

    def test_one_that_has_ended_before_is_a_success(self) -> None:
        token = self.password()
        for _ in range(2):
            keystone.revoke(self.session, self.url, token)

    def test_one_that_may_not_end_itself_is_not_taken_for_ended(self) -> None:
        rule = {'service': 'compute', 'method': 'GET', 'path': '/v2.1/servers'}
        token, _ = keystone.create_token(self.session, self.url, *self.credential(access_rules=[rule]))
        failure = self.fails('TOKEN_NOT_ACCEPTED', keystone.revoke, token)
        self.assertIs(failure.code, errors.Code.PERMISSION_DENIED)
        keystone.validate(self.session, self.url, token)

    def test_a_cloud_that_fails_has_not_revoked_it(self) -> None:
        self.sim.fault('alpha', path=TOKENS, method='DELETE', status=500)
        self.fails('CLOUD_FAILED', keystone.revoke, self.password())
