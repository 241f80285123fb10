# SPDX-License-Identifier: Apache-2.0
"""A wrong ``clouds.yaml`` stops the start with one line that says what to mend, and never what is in the file."""

import os
import pathlib
import tempfile
import unittest
from unittest import mock

from oaktree import settings

GOOD = '{auth: {auth_url: "http://x/v3", password: hunter2}}'

SECRET = 'hunter2'

BROKEN = {
    'a tab': f'clouds:\n\talpha: {SECRET}\n',
    'an open bracket': f'clouds: {{alpha: {{auth: {{password: {SECRET}\n',
    'an open quote': f'clouds:\n  alpha:\n    auth:\n      password: "{SECRET}\n',
    'a colon': f'clouds:\n  alpha:\n    auth:\n      password: a: {SECRET}\n',
    'an unknown alias': f'clouds: {{alpha: {{auth: {{password: *{SECRET}}}}}}}\n',
    'an unknown tag': f'clouds: {{alpha: {{auth: {{password: !{SECRET} x}}}}}}\n',
    'a reserved character': f'clouds: {{alpha: {{auth: {{password: @{SECRET}}}}}}}\n',
    'a percent sign': f'clouds:\n  alpha:\n    auth:\n      password: %{SECRET}\n',
    'a wrong escape': f'clouds: {{alpha: {{auth: {{password: "\\{SECRET}"}}}}}}\n',
    'a key of a list': f'clouds: {{[{SECRET}]: x}}\n',
    'a wrong merge': f'clouds: {{alpha: {{<<: {SECRET}}}}}\n',
    'a control character': f'clouds: "{SECRET}\x01"\n',
    'two documents': f'clouds: {{alpha: {GOOD}}}\n---\n{SECRET}\n',
    'a password like a day': f'clouds: {{alpha: {{auth: {{password: 2024-13-45}}, x: {SECRET}}}}}\n',
    'a number that is none': f'clouds: {{alpha: {{auth: {{password: !!int {SECRET}}}}}}}\n',
    'a time that is none': f'clouds: {{alpha: {{auth: {{password: !!timestamp {SECRET}}}}}}}\n',
    'bytes that are none': f'clouds: {{alpha: {{auth: {{password: !!binary "{SECRET}=é"}}}}}}\n',
    'depth': '[' * 3000 + SECRET,
}


class Case(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        patch = mock.patch.dict(os.environ, HOME=str(self.folder))
        patch.start()
        self.addCleanup(patch.stop)
        os.environ.pop('OS_CLIENT_CONFIG_FILE', None)
        os.environ.pop('XDG_RUNTIME_DIR', None)

    def write(self, content: str | bytes, name: str = 'clouds.yaml') -> str:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return str(path)

    def refuses(self, content: str | bytes, *words: str, only: tuple[str, ...] = ()) -> str:
        path = self.write(content)
        with self.assertRaises(settings.SettingsError) as caught:
            settings.load(path, only)
        text = str(caught.exception)
        for word in (path, *words):
            self.assertIn(word, text)
        self.assertNotIn('\n', text)
        self.assertNotIn(SECRET, text)
        return text


class LoadTest(Case):
    def test_all_clouds_of_the_file_are_served_in_its_order(self) -> None:
        loaded = settings.load(self.write(f'clouds: {{zeta: {GOOD}, alpha: {GOOD}}}'), ())
        self.assertEqual(loaded.clouds, ('zeta', 'alpha'))
        self.assertEqual(loaded.config, (self.folder / 'clouds.yaml').resolve())

    def test_or_those_that_are_named(self) -> None:
        loaded = settings.load(self.write(f'clouds: {{zeta: {GOOD}, alpha: {GOOD}}}'), ('alpha',))
        self.assertEqual(loaded.clouds, ('alpha',))

    def test_settings_stay_as_they_are(self) -> None:
        loaded = settings.load(self.write(f'clouds: {{alpha: {GOOD}}}'), (), grace=3.0)
        self.assertEqual(loaded.grace, 3.0)
        with self.assertRaises(AttributeError):
            loaded.grace = 4.0  # type: ignore[misc]

    def test_a_profile_stands_for_an_auth_url(self) -> None:
        for cloud in ('{profile: vexxhost}', '{cloud: vexxhost, auth: {}}', '{auth_type: none}'):
            self.assertEqual(settings.load(self.write(f'clouds: {{alpha: {cloud}}}'), ()).clouds, ('alpha',))

    def test_broken_yaml_is_told_without_its_content(self) -> None:
        for name, content in BROKEN.items():
            with self.subTest(name):
                self.refuses(content, 'YAML')

    def test_the_line_of_a_mistake_is_told(self) -> None:
        self.refuses(BROKEN['a colon'], 'line 4')

    def test_what_is_no_text_is_refused(self) -> None:
        self.refuses(b'\xff\xfe\x00hunter2')
        self.refuses(b'clouds: \xe9', 'YAML')

    def test_a_file_without_clouds_is_refused(self) -> None:
        for content in ('', 'null', '[]', 'text', '5', '{}', 'clouds:', 'clouds: []', 'clouds: {}', 'cloud: {alpha: {}}'):
            with self.subTest(content):
                self.refuses(content, 'has no clouds')

    def test_a_cloud_that_is_no_cloud_is_named(self) -> None:
        for cloud, word in (('null', 'mapping'), ('text', 'mapping'), ('{auth: []}', 'auth'), ('{}', 'auth_url'),
                            ('{auth: {password: hunter2}}', 'auth_url')):  # fmt: skip
            with self.subTest(cloud):
                self.refuses(f'clouds: {{good: {GOOD}, alpha: {cloud}}}', "'alpha'", word)

    def test_an_unknown_cloud_is_named_with_those_there_are(self) -> None:
        self.refuses(f'clouds: {{alpha: {GOOD}, beta: {GOOD}}}', "'gamma'", 'alpha, beta', only=('alpha', 'gamma'))

    def test_a_file_that_cannot_be_read_is_refused(self) -> None:
        for path, word in ((self.folder / 'missing.yaml', 'No such file'), (self.folder, 'directory')):
            with self.assertRaises(settings.SettingsError) as caught:
                settings.load(str(path), ())
            self.assertIn(str(path), str(caught.exception))
            self.assertIn(word, str(caught.exception))


class FindTest(Case):
    """Where ``clouds.yaml`` is looked for: as by openstacksdk."""

    def setUp(self) -> None:
        super().setUp()
        here = os.getcwd()
        os.chdir(self.folder)
        self.addCleanup(os.chdir, here)
        # What this machine has in /etc is none of our business.
        patch = mock.patch.object(settings, 'SEARCH', settings.SEARCH[:2])
        patch.start()
        self.addCleanup(patch.stop)

    def found(self) -> tuple[str, ...]:
        return settings.load(None, ()).clouds

    def test_the_places_are_searched_in_their_order(self) -> None:
        with self.assertRaises(settings.SettingsError) as caught:
            self.found()
        self.assertIn('--demo', str(caught.exception))
        for number, name in enumerate(
            ('.config/openstack/clouds.yml', '.config/openstack/clouds.yaml', 'clouds.json', 'clouds.yaml')
        ):
            self.write(f'{{"clouds": {{"c{number}": {{"auth": {{"auth_url": "http://x"}}}}}}}}', name)
            self.assertEqual(self.found(), (f'c{number}',))

    def test_a_named_one_is_the_only_one(self) -> None:
        self.write(f'clouds: {{here: {GOOD}}}')
        with mock.patch.dict(os.environ, OS_CLIENT_CONFIG_FILE=self.write(f'clouds: {{named: {GOOD}}}', 'other.yaml')):
            self.assertEqual(self.found(), ('named',))
        with (
            mock.patch.dict(os.environ, OS_CLIENT_CONFIG_FILE=str(self.folder / 'missing')),
            self.assertRaises(settings.SettingsError),
        ):
            self.found()

    def test_openstacksdk_looks_in_the_same_places(self) -> None:
        from openstack.config import loader

        # The user's own folder is worked out when it is imported, of another home than this test has.
        theirs = {os.path.dirname(path) for path in loader.CONFIG_FILES}
        self.assertIn('/etc/openstack', theirs)
        self.assertTrue(any(folder.endswith('/.config/openstack') for folder in theirs), theirs)
        self.assertEqual({os.path.splitext(path)[1] for path in loader.CONFIG_FILES}, {'.yaml', '.yml', '.json'})


class ListenTest(Case):
    def test_the_socket_is_where_clients_look_for_it(self) -> None:
        self.assertEqual(settings.default_listeners()[0], f'unix:{self.folder}/.local/state/oaktree/oaktree.sock')
        with mock.patch.dict(os.environ, XDG_RUNTIME_DIR='/run/user/7'):
            self.assertEqual(settings.default_listeners(), ('unix:/run/user/7/oaktree/oaktree.sock', '127.0.0.1:50051'))


if __name__ == '__main__':
    unittest.main()
