# SPDX-License-Identifier: Apache-2.0
"""Files that go up and come down."""

import os
import random
import re
import stat

from tests.cli.base import CloudCase, at_terminal, started
from tests.functional.base import unique

DATA = random.Random(6).randbytes((2 << 20) + 77)


class TransferTest(CloudCase):
    def setUp(self) -> None:
        super().setUp()
        os.environ['OAKTREE_CLOUD'] = 'alpha'
        self.up, self.down = self.home / 'up', self.home / 'down'
        self.up.write_bytes(DATA)

    def test_an_image_on_every_cloud(self) -> None:
        for cloud in self.clouds:
            with self.subTest(cloud.name):
                os.environ['OAKTREE_CLOUD'] = cloud.name
                name = unique('image')
                made = self.answer('image', 'upload', str(self.up), '--name', name, '--disk-format', 'raw', '--property', 'a=b')
                self.addCleanup(self.oaktree, '--cloud', cloud.name, 'image', 'delete', made['id'])
                self.assertEqual((made['name'], made['state'], made['size_bytes']), (name, 'ACTIVE', len(DATA)))
                self.done('image', 'save', name, '--file', str(self.down))
                self.assertEqual(self.down.read_bytes(), DATA)
                self.assertEqual(stat.S_IMODE(self.down.stat().st_mode), stat.S_IMODE(self.up.stat().st_mode))

    def test_by_standard_input_and_output(self) -> None:
        container, name = unique('container'), 'a/b c'
        self.done('container', 'create', container)
        self.addCleanup(self.oaktree, 'container', 'delete', container)
        self.addCleanup(self.oaktree, 'object', 'delete', container, name)
        done = started('object', 'upload', container, '-', '--name', name, input=DATA)
        self.assertEqual((done.returncode, done.stderr), (0, b''))
        done = started('object', 'save', container, name)
        self.assertEqual((done.returncode, done.stderr), (0, b''))
        self.assertEqual(done.stdout, DATA)
        self.assertEqual(self.done('object', 'list', container, '-f', 'value'), f'{name}\n')
        part = started('object', 'download', container, name, '--offset-bytes', '5', '--length-bytes', '3')
        self.assertEqual(part.stdout, DATA[5:8])

    def test_the_format_of_an_image_is_looked_for_in_its_data(self) -> None:
        self.up.write_bytes(b'QFI\xfb' + DATA[:1000])
        name = unique('image')
        made = self.answer('image', 'upload', str(self.up), '--name', name)
        self.addCleanup(self.oaktree, 'image', 'delete', name)
        self.assertEqual(made['disk_format'], 'qcow2')

    def test_what_fails_leaves_the_file_as_it_was(self) -> None:
        self.down.write_text('before')
        self.fails(1, 'NOT_FOUND', 'image', 'download', unique('nothing'), '--file', str(self.down))
        self.assertEqual(self.down.read_text(), 'before')
        self.fails(2, 'USAGE', 'image', 'upload', '-')
        self.assertEqual(sorted(path.name for path in self.home.iterdir()), ['down', 'up'])

    def test_progress_is_for_terminals(self) -> None:
        name = unique('image')
        self.addCleanup(self.oaktree, 'image', 'delete', name)
        code, out, err = at_terminal('image', 'upload', str(self.up), '--name', name, '-f', 'value', '-c', 'state')
        self.assertEqual((code, out.strip()), (0, 'ACTIVE'), err)
        self.assertIn(f'upload {name}', err)
        self.assertIn('2.0/2.0 MiB', err)
        code, out, err = at_terminal('image', 'download', name, '--file', str(self.down))
        self.assertEqual((code, out), (0, ''), err)
        self.assertIn('2.0/2.0 MiB', err)
        self.assertEqual(self.down.read_bytes(), DATA)
        code, _, err = at_terminal('image', 'download', name)
        self.assertEqual(code, 2)
        self.assertIn('give --file', err)


class TerminalTest(CloudCase):
    def test_a_table_is_the_same_at_a_terminal(self) -> None:
        asked = ('flavor', 'list', '--cloud', 'beta', '-c', 'id', '-c', 'name', '-c', 'vcpus')
        code, out, err = at_terminal(*asked)
        self.assertEqual((code, err), (0, ''))
        self.assertEqual(re.sub('\x1b\\[[0-9;]*m', '', out).splitlines(), self.done(*asked).splitlines())

    def test_who_waits_sees_the_state(self) -> None:
        cloud, name = self.clouds[1], unique('waited')
        os.environ['OAKTREE_CLOUD'] = cloud.name
        where = ('--network', cloud.network)
        code, out, err = at_terminal(
            'server', 'create', name, '--flavor', cloud.flavor, '--image', cloud.image, *where, '--wait', '-f', 'value', '-c',
            'state',
        )  # fmt: skip
        self.addCleanup(self.oaktree, 'server', 'delete', name, '--wait')
        self.assertEqual((code, out.strip()), (0, 'ACTIVE'), err)
        self.assertIn(f'server create {name}', err)
        self.assertRegex(err, f'{name}: (BUILDING|ACTIVE)')

    def test_a_table_that_lives(self) -> None:
        code, out, err = at_terminal('watch', 'flavors', 'keypairs', '--cloud', 'beta', '--for', '3', '--name', 's1-2')
        self.assertEqual((code, err), (0, ''))
        self.assertIn('s1-2', out)
        self.assertIn('no keypair', out)

    def test_without_rich_it_is_plain(self) -> None:
        (self.home / 'rich.py').write_text('raise ImportError')
        path = {'PYTHONPATH': f'{self.home}:{os.environ.get("PYTHONPATH", "")}'}
        asked = ('flavor', 'list', '--cloud', 'beta')
        code, out, err = at_terminal(*asked, **path)
        self.assertEqual((code, out.splitlines(), err), (0, self.done(*asked).splitlines(), ''))
        code, out, err = at_terminal('watch', 'flavors', '--cloud', 'beta', '--for', '3', '--name', 's1-2', **path)
        self.assertRegex(out, r'\A\d\d:\d\d:\d\d ADDED beta flavor \S+ s1-2\s+\Z')
        name, file = unique('container'), self.home / 'file'
        file.write_bytes(DATA)
        self.done('container', 'create', name, '--cloud', 'alpha')
        self.addCleanup(self.oaktree, 'container', 'delete', name, '--cloud', 'alpha')
        self.addCleanup(self.oaktree, 'object', 'delete', name, 'file', '--cloud', 'alpha')
        code, _, err = at_terminal('object', 'upload', name, str(file), '--cloud', 'alpha', **path)
        self.assertEqual((code, err), (0, ''))
