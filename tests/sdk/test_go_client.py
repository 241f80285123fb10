# SPDX-License-Identifier: Apache-2.0
"""The Go client: its own tests, beside a server and without one, and what it does when that is started anew."""

import os
import pathlib
import subprocess
import tempfile
import unittest
from unittest import mock

import yaml
from google.protobuf.duration_pb2 import Duration
from oaktreemodel import v1 as pb

from oaktree.services import image, object_store
from tests.faults.base import Process
from tests.functional.base import CLOUDS, Case, Cloud, ServerThread, unique
from tests.functional.shared import SharedServer
from tests.sdk.programs import BUILD_SECONDS, HERE, go_program, run_or_fail
from tests.tls import Authority

MODULE = HERE.parents[1] / 'oaktreemodel' / 'go'
INTEROP = HERE.parent / 'interop' / 'go'
ONLY = [word for cloud in CLOUDS for word in ('--cloud', cloud.name)]


class GoCase(Case):
    def checked(self) -> pathlib.Path:
        """The tests as a program."""
        return go_program('client-tests', MODULE, 'test', '-c')


class GoClientTest(GoCase):
    def test_vet_finds_nothing(self) -> None:
        for module in (MODULE, HERE / 'go', INTEROP):
            run_or_fail('go', 'vet', '-race', './...', cwd=module, timeout=BUILD_SECONDS)

    def test_its_tests(self) -> None:
        said = run_or_fail(self.checked(), '-test.v', '-test.timeout=280s', OAKTREE_TEST_TARGET=self.stack.target)
        for test in ('TestImagesComeBackAsTheyWere', 'TestTheExamplesWork', 'TestACallWhoseTokenIsRefusedIsMadeOnceMore'):
            self.assertIn(f'--- PASS: {test}', said)

    def test_on_the_owners_socket_bytes_go_to_the_cloud(self) -> None:
        path = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix='oaktree-go-')), 'sock')
        services = ((image.Image, 'UploadImage'), (image.Image, 'DownloadImage'), (object_store.ObjectStore, 'UploadObject'),
                    (object_store.ObjectStore, 'DownloadObject'))  # fmt: skip
        streams = [self.enterContext(mock.patch.object(*one, autospec=True)) for one in services]
        server = ServerThread(self.stack.config, *(cloud.name for cloud in CLOUDS), listeners=(f'unix:{path}',))
        self.addCleanup(server.close)
        chosen = '-test.run=ComeBackAsTheyWere/.*any_way|ObjectsComeBack'
        said = run_or_fail(self.checked(), '-test.v', chosen, OAKTREE_TEST_TARGET=f'unix:{path}')
        self.assertIn('--- PASS: TestImagesComeBackAsTheyWere', said)
        self.assertEqual([stream.call_count for stream in streams], [0, 0, 0, 0])

    def test_a_restart_is_seen_by_nobody(self) -> None:
        program = self.checked()
        first = Process(self.stack.config, *ONLY)
        self.addCleanup(first.close)
        crowd = subprocess.Popen(
            [program, '-test.v', '-test.run=TestARestartIsSeenByNobody', '-test.timeout=280s'],
            env=os.environ | {'OAKTREE_TEST_TARGET': first.target, 'OAKTREE_TEST_RESTART': '1'},
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        self.addCleanup(crowd.kill)
        assert crowd.stdout
        said = ''
        for line in crowd.stdout:  # it ends by itself, whatever happens
            said += line
            if 'UNDER WAY' in line:
                break
        self.assertIn('UNDER WAY', said)
        first.process.terminate()
        self.assertEqual(first.end(), 0)
        second = Process(self.stack.config, *ONLY, '--listen', first.target)
        self.addCleanup(second.close)
        rest, _ = crowd.communicate(timeout=280)
        self.assertEqual(crowd.returncode, 0, said + rest[-10_000:])
        self.assertIn('--- PASS: TestARestartIsSeenByNobody', rest)

    def test_25_lines_make_a_server_that_can_be_reached(self) -> None:
        source = MODULE / 'examples' / 'create_server'
        self.assertLessEqual(len((source / 'main.go').read_text().splitlines()), 25)
        program = go_program('create-server', MODULE, package='./examples/create_server')
        for cloud in CLOUDS:
            with self.subTest(cloud.name):
                name = unique('go')
                self.addCleanup(self.delete_named, cloud.name, name)
                said = run_or_fail(program, cloud.name, name, cloud.flavor, cloud.image, OAKTREE_TARGET=self.stack.target)
                self.assertRegex(said, r' \d+\.\d+\.\d+\.\d+\n$')

    def delete_named(self, cloud: str, name: str) -> None:
        request = pb.ListServersRequest(location={'cloud': cloud}, name_or_id=name, max_age=Duration())
        for server in self.oaktree.compute.ListServers(request, timeout=60).servers:
            self.delete_server(server)


class GoSignedInTest(GoCase):
    """A shared oaktree: TLS, and a token of each cloud."""

    def entry(self, cloud: Cloud) -> dict[str, str]:
        """A new application credential, as the file has it."""
        where = {'location': {'cloud': cloud.name}}
        request = pb.CreateApplicationCredentialRequest(**where, name=unique('app'))
        made = self.oaktree.identity.CreateApplicationCredential(request).application_credential
        drop = pb.DeleteApplicationCredentialRequest(**where, name_or_id=made.id)
        self.addCleanup(self.oaktree.identity.DeleteApplicationCredential, drop)
        return {'client_id': made.id, 'client_secret': made.secret}

    def test_the_file_is_all_that_a_program_needs(self) -> None:
        shared = SharedServer(self.stack.config, *(cloud.name for cloud in CLOUDS))
        self.addCleanup(shared.close)
        file = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix='oaktree-go-')), 'credentials.yaml')
        clouds = {cloud.name: self.entry(cloud) for cloud in CLOUDS}
        file.write_text(yaml.safe_dump({'endpoint': shared.target, 'ca': str(Authority.shared().file), 'clouds': clouds}))
        file.chmod(0o600)
        said = run_or_fail(
            self.checked(), '-test.v', '-test.run=ComeBackAsTheyWere', OAKTREE_TEST_TARGET=shared.target,
            OAKTREE_CREDENTIALS=str(file),
        )  # fmt: skip
        self.assertIn('--- PASS: TestImagesComeBackAsTheyWere', said)
        for entry in clouds.values():
            self.assertNotIn(entry['client_secret'], said)


if __name__ == '__main__':
    unittest.main()
