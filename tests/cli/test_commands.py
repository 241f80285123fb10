# SPDX-License-Identifier: Apache-2.0
"""What commands do on two clouds, and what they say when they can't."""

import csv
import io
import json
import os
import pathlib

import yaml
from oaktreemodel import v1 as pb

from tests.cli.base import CloudCase, started
from tests.functional.base import ServerThread, only_simulated, unique


class ListTest(CloudCase):
    def flavors(self, cloud: str) -> list[pb.Flavor]:
        request = pb.ListFlavorsRequest(location={'cloud': cloud})
        return sorted(self.stack.server.compute.ListFlavors(request).flavors, key=lambda flavor: flavor.id)

    def test_a_list_is_of_all_clouds_unless_one_is_named(self) -> None:
        rows = self.answer('flavor', 'list')
        self.assertEqual({row['Cloud'] for row in rows}, {cloud.name for cloud in self.clouds})
        self.assertIn(self.clouds[0].flavor, [row['Name'] for row in rows])
        for cloud in self.clouds:
            with self.subTest(cloud.name):
                rows = self.answer('flavor', 'list', '--cloud', cloud.name)
                self.assertEqual(sorted(row['ID'] for row in rows), [flavor.id for flavor in self.flavors(cloud.name)])
                self.assertNotIn('Cloud', rows[0])

    def test_the_cloud_may_come_first_or_from_the_environment(self) -> None:
        beta = self.answer('flavor', 'list', '--cloud', 'beta')
        self.assertEqual(self.answer('--cloud', 'beta', 'flavor', 'list'), beta)
        os.environ['OAKTREE_CLOUD'] = 'beta'
        self.assertEqual(self.answer('flavor', 'list'), beta)
        self.assertGreater(len(self.answer('flavor', 'list', '--cloud', '')), len(beta))

    def test_each_format_says_the_same(self) -> None:
        asked = ('flavor', 'list', '--cloud', 'alpha', '-c', 'name', '-c', 'RAM', '-c', 'Is Public')
        wanted = [{'Name': one.name, 'RAM': one.ram_mib, 'Is Public': one.is_public} for one in self.flavors('alpha')]
        found = {form: self.done(*asked, '-f', form) for form in ('json', 'yaml', 'csv', 'value')}
        self.assertCountEqual(json.loads(found['json']), wanted)
        self.assertCountEqual(yaml.safe_load(found['yaml']), wanted)
        rows = [{key: str(value) for key, value in row.items()} for row in wanted]
        read = list(csv.DictReader(io.StringIO(found['csv'])))
        self.assertCountEqual(read, rows)
        self.assertCountEqual(found['value'].splitlines(), [' '.join(row.values()) for row in rows])
        table = [[cell.strip() for cell in line.split('|')[1:-1]] for line in self.done(*asked).splitlines() if '|' in line]
        self.assertEqual(table[0], list(wanted[0]))
        self.assertCountEqual(table[1:], [list(row.values()) for row in rows])

    def test_any_field_is_a_column(self) -> None:
        row = self.answer(
            'image', 'list', '--cloud', 'alpha', '--name', 'cirros', '-c', 'disk_format', '-c', 'location.region'
        )[:1]
        self.assertEqual([list(one) for one in row], [['disk_format', 'location.region']])
        self.assertTrue(all(row[0].values()), row)
        everything = self.answer('image', 'list', '--cloud', 'alpha', '--name', 'cirros', '--long')[0]
        self.assertIn('hash_value', everything)
        self.assertLess({'ID', 'Name', 'Status'}, set(everything))
        message = self.fails(2, 'USAGE', 'image', 'list', '-c', 'colour')
        self.assertIn("no column 'colour'; there are Cloud, ID, Name, Status", message)

    def test_filters_are_the_servers(self) -> None:
        found = self.answer('flavor', 'list', '--filter', f'name={self.clouds[0].flavor}')
        self.assertEqual({row['Name'] for row in found}, {self.clouds[0].flavor})
        found = self.answer('flavor', 'list', '--cloud', 'alpha', '--jmespath', '[?to_number(ram_mib) > `4000`]')
        self.assertTrue(found)
        self.assertTrue(all(row['RAM'] > 4000 for row in found))

    @only_simulated
    def test_a_cloud_that_is_down_is_told_beside_the_others(self) -> None:
        entries = yaml.safe_load(pathlib.Path(self.stack.config).read_text())
        entries['clouds']['beta']['auth']['auth_url'] = 'http://127.0.0.1:9/identity/v3'
        server = ServerThread(self.stack.write(yaml.safe_dump(entries)), 'alpha', 'beta')
        self.addCleanup(server.close)
        code, out, err = self.oaktree('--target', server.target, 'flavor', 'list', '-f', 'value', '-c', 'cloud')
        self.assertEqual((code, set(out.split())), (0, {'alpha'}))
        self.assertRegex(err, r'\Awarning: beta: [^\n]+ \(CLOUD_UNREACHABLE\)\n\Z')
        self.fails(1, 'CLOUD_UNREACHABLE', '--target', server.target, 'flavor', 'list', '--cloud', 'beta')
        # What is not found may be where nobody answers.
        self.fails(1, 'CLOUD_UNREACHABLE', '--target', server.target, 'flavor', 'list', '--name', unique('no-flavor'))

    def test_a_service_that_one_cloud_has_not_is_no_error_of_a_list(self) -> None:
        self.assertEqual({row['Cloud'] for row in self.answer('container', 'list')} - {'alpha'}, set())
        self.fails(1, 'SERVICE_ABSENT', 'container', 'list', '--cloud', 'beta')


class ErrorTest(CloudCase):
    def test_errors_name_what_helps(self) -> None:
        message = self.fails(1, 'NOT_FOUND', 'server', 'show', 'nobody')
        self.assertIn("'nobody'", message)
        self.assertIn('give --flavor', self.fails(1, 'MISSING_FIELD', 'server', 'create', 'x', '--cloud', 'alpha'))
        self.assertIn('give --cloud', self.fails(1, 'MISSING_FIELD', 'network', 'create', 'x'))

    def test_a_server_that_is_not_there(self) -> None:
        message = self.fails(1, 'UNAVAILABLE', 'server', 'list', '--target', '127.0.0.1:9')
        self.assertIn('127.0.0.1:9 does not answer', message)
        self.assertIn('oaktree doctor', message)

    def test_a_server_that_speaks_no_tls(self) -> None:
        # gRPC has lines of its own to say of it, unless it is told otherwise before it is loaded.
        folder = self.home / 'oaktree'
        folder.mkdir()
        text = f'endpoint: {self.stack.target}\nclouds: {{alpha: {{client_id: a, client_secret: b}}}}\n'
        (folder / 'credentials.yaml').write_text(text)
        (folder / 'credentials.yaml').chmod(0o600)
        env = {name: value for name, value in os.environ.items() if name not in ('GRPC_VERBOSITY', 'OAKTREE_TARGET')}
        done = started('flavor', 'list', env=env)
        self.assertEqual((done.returncode, done.stdout), (1, b''))
        self.assertRegex(done.stderr.decode(), r'\Aerror: [^\n]+ \(UNAVAILABLE\)\n\Z')

    def test_what_is_no_command(self) -> None:
        self.assertIn("did you mean 'server list'", self.fails(2, 'USAGE', 'sever', 'list'))
        self.assertIn('see oaktree --help', self.fails(2, 'USAGE', 'xyzzy'))
        self.assertIn('--flavour', self.fails(2, 'USAGE', 'server', 'create', 'x', '--flavour', 'y'))
        self.assertIn('SERVER', self.fails(2, 'USAGE', 'server', 'show'))
        self.assertIn('anti-affinity', self.fails(2, 'USAGE', 'server', 'group', 'create', 'x', '--policy', 'near'))
        self.assertIn('KEY=VALUE', self.fails(2, 'USAGE', 'volume', 'create', 'x', '--property', 'key'))

    def test_a_file_that_is_not_there(self) -> None:
        self.assertIn('/no/file', self.fails(1, 'FILE', 'image', 'upload', '/no/file', '--cloud', 'alpha'))
        self.assertIn('/no/file', self.fails(2, 'USAGE', 'server', 'create', 'x', '--user-data', '/no/file'))

    def test_help_is_for_nouns_and_for_all(self) -> None:
        self.assertIn('oaktree server resize confirm', self.done('server', '--help'))
        self.assertIn('security group rule', self.done('--help'))
        code, out, _ = self.oaktree('server')
        self.assertEqual(code, 2)
        self.assertIn('oaktree server list', out)

    def test_a_reader_that_has_enough_is_no_error(self) -> None:
        reader, writer = os.pipe()
        os.close(reader)
        try:
            done = started('flavor', 'list', stdout=writer)
        finally:
            os.close(writer)
        self.assertEqual(done.stderr, b'')


class ThingsTest(CloudCase):
    def test_a_server_from_its_making_to_its_end(self) -> None:
        for cloud in self.clouds:
            with self.subTest(cloud.name):
                os.environ['OAKTREE_CLOUD'] = cloud.name
                name = unique('cli')
                made = self.answer(
                    'server', 'create', name, '--flavor', cloud.flavor, '--image', cloud.image, '--property', 'a=b',
                    '--description', 'one', '--wait', *(('--network', cloud.network) if cloud.network else ()),
                )  # fmt: skip
                self.addCleanup(self.oaktree, 'server', 'delete', made['id'], '--cloud', cloud.name)
                self.assertEqual((made['name'], made['state'], made['metadata']), (name, 'ACTIVE', {'a': 'b'}))
                self.assertEqual(self.answer('server', 'set', name, '--unset', 'description')['description'], '')
                [row] = self.answer('server', 'list', '--name', name, '--max-age', '0')
                self.assertEqual((row['ID'], row['Status'], row['Flavor']), (made['id'], 'ACTIVE', cloud.flavor))
                self.assertEqual(row['Image'], cloud.image)
                asked = ('server', 'list', '--name', name, '-f', 'value', '-c', 'image_id')
                self.assertEqual(self.done(*asked), f'{made["image_id"]}\n')
                self.assertEqual(list(row['Networks']), [cloud.network])
                self.assertEqual(self.done('server', 'stop', name, '--wait'), '')
                self.assertEqual(self.done('server', 'show', name, '--max-age', '0', '-f', 'value', '-c', 'state'), 'STOPPED\n')
                self.done('server', 'delete', name, '--wait')
                self.fails(1, 'NOT_FOUND', 'server', 'show', name, '--max-age', '0')

    def test_one_of_several_that_fails_keeps_none_back(self) -> None:
        os.environ['OAKTREE_CLOUD'] = 'alpha'
        names = [unique('net') for _ in range(2)]
        for name in names:
            self.done('network', 'create', name)
        code, out, err = self.oaktree('network', 'delete', names[0], 'nowhere', names[1])
        self.assertEqual((code, out, err.count('\n')), (1, '', 1))
        self.assertIn('nowhere', err)
        left = self.done('network', 'list', '--max-age', '0', '-f', 'value', '-c', 'name')
        self.assertFalse(set(names) & set(left.split()))

    def test_rules_of_a_security_group(self) -> None:
        os.environ['OAKTREE_CLOUD'] = 'beta'
        name = unique('group')
        self.done('security', 'group', 'create', name)
        self.addCleanup(self.oaktree, 'security', 'group', 'delete', name)
        self.done('security', 'group', 'rule', 'create', name, '--ingress', '--protocol', 'tcp', '--dst-port', '80:90')
        rows = self.answer('security', 'group', 'rule', 'list', name, '--max-age', '0')
        self.assertIn(('tcp', '80:90', 'INGRESS'), [(row['IP Protocol'], row['Port Range'], row['Direction']) for row in rows])

    def test_a_private_key_is_printed_as_a_file_wants_it(self) -> None:
        os.environ['OAKTREE_CLOUD'] = 'alpha'
        name = unique('key')
        self.addCleanup(self.oaktree, 'keypair', 'delete', name)
        self.assertRegex(self.done('keypair', 'create', name), r'\A-----BEGIN [^\n]+\n(.+\n)+-----END [^\n]+\n\Z')

    def test_capabilities_by_the_short_name(self) -> None:
        found = self.answer('capabilities', 'alpha')
        self.assertEqual((found['cloud'], found['floating_ips']), ('alpha', True))
        self.assertIn('learned_from', found)
        self.assertNotIn('learned_from', self.done('capabilities', 'alpha'))
        self.assertEqual([row['Name'] for row in self.answer('clouds')], [cloud.name for cloud in self.clouds])

    def test_a_name_cannot_steer_the_terminal(self) -> None:
        os.environ['OAKTREE_CLOUD'] = 'beta'
        name = f'{unique("net")}\x1b[31m'
        made = self.answer('network', 'create', name)
        self.addCleanup(self.oaktree, 'network', 'delete', made['id'])
        self.assertEqual(made['name'], name)
        for code, out, err in (
            self.oaktree('network', 'list', '--max-age', '0'),
            self.oaktree('network', 'show', made['id']),
            self.oaktree('server', 'show', '\x1b[31m'),
        ):
            self.assertNotIn('\x1b', out + err, code)
