# SPDX-License-Identifier: Apache-2.0
"""The credential file: what it may say, and who may read it."""

import os
import pathlib
import tempfile
import unittest
from unittest import mock

import oaktreemodel
from oaktreemodel import credentials
from oaktreemodel.client import default_target

SECRET = 'hunter2-is-a-secret'
GOOD = f'endpoint: oaktree.example:50051\nclouds:\n  alpha: {{client_id: an-id, client_secret: {SECRET}}}\n'
CLOUDS = f"""clouds:
  alpha:
    auth_type: v3applicationcredential
    auth: {{auth_url: "http://a/v3", application_credential_id: of-clouds-yaml, application_credential_secret: {SECRET}}}
  beta: {{auth: {{auth_url: "http://b/v3", username: u}}}}
"""


class FileTest(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.file = self.folder / 'oaktree' / 'credentials.yaml'
        self.file.parent.mkdir()
        environment = {'XDG_CONFIG_HOME': str(self.folder), 'HOME': str(self.folder), 'XDG_RUNTIME_DIR': str(self.folder)}
        self.enterContext(mock.patch.dict(os.environ, environment))
        for name in ('OAKTREE_TARGET', 'OAKTREE_CREDENTIALS', 'OS_CLIENT_CONFIG_FILE'):
            os.environ.pop(name, None)

    def write(self, text: str, mode: int = 0o600) -> None:
        self.file.write_text(text)
        self.file.chmod(mode)

    def refused(self, *words: str) -> None:
        with self.assertRaises(oaktreemodel.CredentialsError) as caught:
            credentials.load()
        for word in words:
            self.assertIn(word, str(caught.exception))
        self.assertNotIn(SECRET, f'{caught.exception} {caught.exception!r} {caught.exception.__context__!r}'.replace('\\', ''))

    def test_what_it_says_is_read(self) -> None:
        self.write(GOOD)
        found = credentials.load()
        self.assertEqual((found.endpoint, found.ca), ('oaktree.example:50051', None))
        self.assertEqual(found.clouds['alpha'], oaktreemodel.Application('an-id', SECRET))
        self.assertNotIn(SECRET, repr(found))

    def test_nobody_else_may_read_it(self) -> None:
        for mode in (0o640, 0o604, 0o620, 0o660):
            self.write(GOOD, mode)
            self.refused('chmod 600', str(self.file))
        self.write(GOOD)
        with mock.patch('os.geteuid', return_value=os.geteuid() + 1):
            self.refused('is not yours')

    def test_what_is_wrong_is_said_without_a_secret(self) -> None:
        for text, words in (
            (f'clouds: {{alpha: {{client_id: x, client_secret: {SECRET}}}}}', 'has no endpoint'),
            ('endpoint: x:1', 'has no clouds'),
            (f'endpoint: x:1\nclouds: {{alpha: {{client_secret: {SECRET}}}}}', "cloud 'alpha' needs a client_id"),
            (f'endpoint: x:1\nclouds: {{alpha: {SECRET}}}', "cloud 'alpha' needs a client_id"),
            (f'endpoint: x:1\nclouds: {{alpha: {{client_id: 7, client_secret: {SECRET}}}}}', 'both text'),
            (f'endpoint: x:1\n: {SECRET}: [', 'is not valid YAML at line'),
            (SECRET, 'is not a mapping'),
            (f'{GOOD}ca: /nowhere', 'ca /nowhere cannot be read'),
        ):
            with self.subTest(text):
                self.write(text)
                self.refused(words)

    def test_a_cloud_may_be_left_to_clouds_yaml(self) -> None:
        self.write('endpoint: x:1\nclouds: {alpha: {}}')
        self.refused('there is no clouds.yaml')
        (self.folder / '.config' / 'openstack').mkdir(parents=True)
        (self.folder / '.config' / 'openstack' / 'clouds.yaml').write_text(CLOUDS)
        with mock.patch.object(credentials, 'CLOUDS_YAML', credentials.CLOUDS_YAML[1:2]):
            self.assertEqual(credentials.load().clouds['alpha'], oaktreemodel.Application('of-clouds-yaml', SECRET))
            self.write('endpoint: x:1\nclouds: {beta: {}}')
            self.refused("no application credential for 'beta'")

    def test_where_it_leads_comes_after_what_is_said_and_before_what_is_there(self) -> None:
        self.assertEqual(default_target(), '127.0.0.1:50051')
        (self.folder / 'oaktree' / 'oaktree.sock').touch()
        self.assertEqual(default_target(), f'unix:{self.folder}/oaktree/oaktree.sock')
        self.write(GOOD)
        self.assertEqual(default_target(), 'oaktree.example:50051')
        os.environ['OAKTREE_TARGET'] = 'unix:/elsewhere'
        self.assertEqual(default_target(), 'unix:/elsewhere')
        # Which does not need the file, whatever is in it.
        self.write('')
        oaktreemodel.connect().close()
