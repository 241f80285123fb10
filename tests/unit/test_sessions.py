# SPDX-License-Identifier: Apache-2.0
"""Entries of clouds.yaml, tokens, and whose request is whose."""

import json
import pathlib
import tempfile
import time
import unittest
from datetime import UTC, datetime
from typing import Any
from unittest import mock

from oaktree import gates, sessions
from oaktree.gates import SILENCE
from oaktree.sessions import EARLY, LATE, Session, Site, Transport

AUTH = {'auth_url': 'http://127.0.0.1:1/identity/v3', 'username': 'u', 'password': 'p', 'project_name': 'p'}


class ConfigureTest(unittest.TestCase):
    def configure(self, **entry: Any) -> Any:
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, 'clouds.yaml')
            path.write_text(json.dumps({'clouds': {'alpha': {'auth': AUTH, 'region_name': 'one'} | entry}}))
            (region,) = sessions.configure(path, 'alpha')
            return region.config

    def test_nothing_is_limited_but_the_time(self) -> None:
        config = self.configure()
        self.assertEqual((config['api_timeout'], config['oaktree_rate']), (sessions.CALL_TIMEOUT, 0))

    def test_a_burst_is_a_second_s_worth(self) -> None:
        for entry, burst in (
            ({'oaktree_rate': 20}, 20),
            ({'oaktree_rate': 0.5}, 1),
            ({'oaktree_rate': 20, 'oaktree_burst': 5}, 5),
            ({'oaktree_rate': '20', 'oaktree_burst': '50'}, 50),
        ):
            with self.subTest(**entry):
                self.assertEqual(self.configure(**entry)['oaktree_burst'], burst)

    def test_what_is_no_number_is_refused(self) -> None:
        for name in ('api_timeout', 'oaktree_rate', 'oaktree_burst'):
            for value in ('fast', 0, -1, 'nan', 'inf'):
                with self.subTest(name, value=value), self.assertRaises(ValueError):
                    self.configure(**{name: value})


class TransportTest(unittest.TestCase):
    def test_requests_for_tokens_are_keystone_s_whoever_makes_them(self) -> None:
        for auth_url in ('http://cloud/identity/v3', 'http://cloud/identity/v3/', 'http://cloud/identity'):
            transport = Transport('alpha', auth_url, mock.sentinel.identity)
            gates.reports_to.set(mock.sentinel.compute)
            self.addCleanup(gates.reports_to.set, None)
            for url, whose in (
                ('http://cloud/identity/v3/auth/tokens', mock.sentinel.identity),
                ('http://cloud/identity/v3', mock.sentinel.identity),
                ('http://cloud/identity/', mock.sentinel.identity),
                ('http://cloud/compute/v2.1/servers', mock.sentinel.compute),
                ('http://cloud/identity2/v3/servers', mock.sentinel.compute),
            ):
                with self.subTest(url, auth_url=auth_url):
                    self.assertIs(transport._gate(url), whose)

    def test_nobody_waits_long_for_a_connection(self) -> None:
        transport = Transport('alpha', 'http://cloud/identity/v3', mock.Mock())
        request = mock.Mock(url='http://cloud/compute', method='GET')
        for timeout, expected in ((60.0, (SILENCE, 60.0)), (0.2, (0.2, 0.2))):
            with mock.patch('keystoneauth1.session.TCPKeepAliveAdapter.send') as send:
                transport.send(request, timeout=timeout)
            self.assertEqual(send.call_args.kwargs['timeout'], expected)


class SiteTest(unittest.TestCase):
    def setUp(self) -> None:
        self.session = Session()
        self.session.auth = self.auth = mock.Mock()
        region = mock.Mock(config={'api_timeout': 60.0, 'auth': AUTH})
        region.get_session.return_value = self.session
        region.name = 'alpha'
        with mock.patch('oaktree.sessions.Connection'):
            self.site = Site(region, mock.Mock())

    def sign_in(self, token: str, seconds: float) -> None:
        expires = datetime.fromtimestamp(time.time() + seconds, UTC)
        self.auth.get_auth_ref.return_value = mock.Mock(auth_token=token, expires=expires)
        self.site.sign_in()

    def test_a_refused_token_is_dropped_if_it_is_the_one_in_use(self) -> None:
        self.assertFalse(self.site.signed_in())
        self.sign_in('first', 3600)
        self.site.refuse('first')
        self.assertFalse(self.site.signed_in())
        self.sign_in('second', 3600)
        self.site.refuse('first')
        self.assertTrue(self.site.signed_in(), 'another has got a new one meanwhile')

    def test_a_service_that_refuses_every_token_gets_no_more_of_them(self) -> None:
        with mock.patch.object(sessions, 'time') as clock:
            clock.monotonic.return_value, clock.time.return_value = 1000.0, 1000.0
            for seconds, dropped in ((0, True), (5, False), (9, False), (11, True)):
                self.site._token, self.site._ends = 'token', 5000.0
                clock.monotonic.return_value = 1000.0 + seconds
                self.site.refuse('token')
                self.assertEqual(self.site.signed_in(), not dropped, seconds)

    def test_a_token_is_renewed_before_its_end(self) -> None:
        for life, soon, ended in (
            (3600, 3600 - EARLY, 3600 - LATE),
            (300, 225, 300 - LATE),
        ):
            for age in (0, soon - 1, soon + 1, ended - 1, ended + 1):
                with self.subTest(life=life, age=age):
                    self.sign_in('token', life)
                    with mock.patch('oaktree.sessions.time.time', return_value=time.time() + age):
                        self.assertEqual(self.site.ends_soon(), age > soon)
                        self.assertEqual(self.site.signed_in(), age < ended)

    def test_the_session_never_drops_a_token_by_itself(self) -> None:
        self.assertFalse(self.session.invalidate())
        self.auth.invalidate.assert_not_called()
