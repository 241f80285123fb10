# SPDX-License-Identifier: Apache-2.0
"""The C++ client, by the program tests/sdk/cpp/checks.cc."""

import os
import pathlib
import subprocess
import tempfile
from unittest import mock

import yaml
from google.protobuf.duration_pb2 import Duration
from oaktreemodel import v1 as pb

from oaktree.services import image, object_store
from tests.faults.base import Process
from tests.functional.base import CLOUDS, Case, Cloud, ServerThread, unique
from tests.functional.shared import SharedServer
from tests.sdk.programs import HERE, cpp_program, run_or_fail
from tests.tls import Authority

ONLY = [word for cloud in CLOUDS for word in ('--cloud', cloud.name)]
MIB = int(os.environ.get('OAKTREE_TEST_MIB') or 32)
EXAMPLE = HERE.parents[1] / 'oaktreemodel' / 'cpp' / 'examples' / 'create_server.cc'


class CppCase(Case):
    def checks(self, *what: object, target: str = '', **env: str) -> str:
        return run_or_fail(cpp_program('checks'), *what, OAKTREE_TARGET=target or self.stack.target, **env)

    def begun(self, until: str, *what: object, target: str) -> 'subprocess.Popen[str]':
        """The program at work, once it has said so."""
        process = subprocess.Popen(
            [str(cpp_program('checks')), *map(str, what)], env=os.environ | {'OAKTREE_TARGET': target},
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        self.addCleanup(process.kill)
        assert process.stdout
        said = ''
        for line in process.stdout:  # it ends by itself, whatever happens
            said += line
            if until in line:
                return process
        raise AssertionError(said)


class CppClientTest(CppCase):
    def test_bytes_come_back_as_they_were(self) -> None:
        for cloud in CLOUDS:
            with self.subTest(cloud.name):
                self.assertEqual('OBJECTS' in self.checks('transfers', cloud.name), cloud.objects)

    def test_on_the_owners_socket_bytes_go_to_the_cloud(self) -> None:
        path = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix='oaktree-cpp-')), 'sock')
        streams = [self.counted(*one) for one in (
            (image.Image, 'UploadImage'), (image.Image, 'DownloadImage'), (object_store.ObjectStore, 'UploadObject'),
            (object_store.ObjectStore, 'DownloadObject'),
        )]  # fmt: skip
        names = [cloud.name for cloud in CLOUDS]
        private, port = (
            ServerThread(self.stack.config, *names, listeners=(f'unix:{path}',)),
            ServerThread(self.stack.config, *names),
        )
        for server in (private, port):
            self.addCleanup(server.close)
        counts = []
        for target in (f'unix:{path}', port.target):
            self.checks('transfers', 'alpha', target=target)
            counts.append([stream.call_count for stream in streams])
            for stream in streams:
                stream.reset_mock()
        # All of it goes once by the usual way, and once by stream, which is the only way for who is on a port.
        self.assertEqual(counts[1], [2 * count for count in counts[0]])
        self.assertTrue(all(counts[0]))

    def counted(self, service: type, method: str) -> mock.Mock:
        real = service.__dict__[method]
        return self.enterContext(mock.patch.object(service, method, autospec=True, side_effect=real))

    def test_errors_tell_what_happened(self) -> None:
        said = self.checks('errors', 'alpha').splitlines()
        self.assertRegex(said[0], '^NOT_FOUND NOT_FOUND: .*no-such-server')
        self.assertRegex(said[2], '^request [0-9a-f-]{36}$')
        self.assertIn('CANCELLED', said[3])

    def test_40_lines_make_a_server_that_can_be_reached(self) -> None:
        self.assertLessEqual(len(EXAMPLE.read_text().splitlines()), 40)
        program = cpp_program('create_server')
        for cloud in CLOUDS:
            with self.subTest(cloud.name):
                name = unique('cpp')
                self.addCleanup(self.delete_named, cloud.name, name)
                said = run_or_fail(program, cloud.name, name, cloud.flavor, cloud.image, OAKTREE_TARGET=self.stack.target)
                self.assertRegex(said, r'^\d+\.\d+\.\d+\.\d+\n$')

    def delete_named(self, cloud: str, name: str) -> None:
        request = pb.ListServersRequest(location={'cloud': cloud}, name_or_id=name, max_age=Duration())
        for server in self.oaktree.compute.ListServers(request, timeout=60).servers:
            self.delete_server(server)


class CppRestartTest(CppCase):
    def setUp(self) -> None:
        super().setUp()
        self.first = Process(self.stack.config, *ONLY)
        self.addCleanup(self.first.close)

    def restart(self) -> None:
        self.first.process.terminate()
        self.assertEqual(self.first.end(), 0)
        second = Process(self.stack.config, *ONLY, '--listen', self.first.target)
        self.addCleanup(second.close)

    def test_a_hundred_clients_do_not_see_it(self) -> None:
        crowd = self.begun('UNDER WAY', 'crowd', 'alpha', target=self.first.target)
        self.restart()
        rest, _ = crowd.communicate(timeout=280)
        self.assertEqual(crowd.returncode, 0, rest[-10_000:])
        self.assertRegex(rest, r'\d{3,} pages, \d{2,} changes, 40 restarts')

    def test_an_upload_fails_cleanly(self) -> None:
        name = unique('image')
        upload = self.begun('PAUSED', 'large', 'alpha', MIB, name, target=self.first.target)
        self.first.process.kill()
        self.first.end()
        second = Process(self.stack.config, *ONLY, '--listen', self.first.target)
        self.addCleanup(second.close)
        said, _ = upload.communicate('\n', timeout=120)
        self.assertEqual(upload.returncode, 1, said)
        self.assertIn(f"the upload of image '{name}' ended after", said)
        request = pb.ListImagesRequest(location={'cloud': 'alpha'}, name_or_id=name, max_age=Duration())
        left = self.oaktree.image.ListImages(request).images
        # Nobody was there to delete it; the error names what is left.
        self.assertIn(f'delete {left[0].id}' if left else 'no image is left', said)
        for one in left:
            self.oaktree.image.DeleteImage(pb.DeleteImageRequest(location={'cloud': 'alpha'}, name_or_id=one.id))

    def test_an_upload_takes_no_memory(self) -> None:
        upload = self.begun('PAUSED', 'large', 'alpha', MIB, unique('image'), target=self.first.target)
        said, _ = upload.communicate('\n', timeout=600)
        self.assertEqual(upload.returncode, 0, said)
        words = dict(line.split(maxsplit=1) for line in said.splitlines() if ' ' in line)
        self.assertEqual(words['ACTIVE'], str(MIB << 20))
        self.assertGreaterEqual(int(words['TOLD']), MIB)
        self.assertLess(int(words['GREW'].split()[0]), 16)


class CppSignedInTest(CppCase):
    """A shared oaktree: TLS, and a token of each cloud."""

    def entry(self, cloud: Cloud) -> dict[str, str]:
        """A new application credential, as the file has it."""
        where = {'location': {'cloud': cloud.name}}
        request = pb.CreateApplicationCredentialRequest(**where, name=unique('app'))
        made = self.oaktree.identity.CreateApplicationCredential(request).application_credential
        drop = pb.DeleteApplicationCredentialRequest(**where, name_or_id=made.id)
        self.addCleanup(self.oaktree.identity.DeleteApplicationCredential, drop)
        return {'client_id': made.id, 'client_secret': made.secret}

    def setUp(self) -> None:
        super().setUp()
        shared = SharedServer(self.stack.config, *(cloud.name for cloud in CLOUDS))
        self.addCleanup(shared.close)
        self.target = shared.target
        self.file = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix='oaktree-cpp-')), 'credentials.yaml')
        self.clouds = {cloud.name: self.entry(cloud) for cloud in CLOUDS}
        self.write()

    def write(self, mode: int = 0o600) -> None:
        document = {'endpoint': self.target, 'ca': str(Authority.shared().file), 'clouds': self.clouds}
        self.file.write_text(yaml.safe_dump(document))
        self.file.chmod(mode)

    def test_the_file_is_all_that_a_program_needs(self) -> None:
        said = self.checks('transfers', 'alpha', target=self.target, OAKTREE_CREDENTIALS=str(self.file))
        for entry in self.clouds.values():
            self.assertNotIn(entry['client_secret'], said)

    def test_a_file_for_others_to_read_is_refused(self) -> None:
        self.write(0o644)
        with self.assertRaisesRegex(AssertionError, 'CREDENTIALS: .* can be read or changed by others: chmod 600'):
            self.checks('errors', 'alpha', target=self.target, OAKTREE_CREDENTIALS=str(self.file))

    def test_a_wrong_secret_is_told_and_not_shown(self) -> None:
        self.clouds['alpha']['client_secret'] = 'not-the-secret-of-it'
        self.write()
        with self.assertRaises(AssertionError) as refused:
            self.checks('transfers', 'alpha', target=self.target, OAKTREE_CREDENTIALS=str(self.file))
        self.assertIn('UNAUTHENTICATED', str(refused.exception))
        self.assertNotIn('not-the-secret-of-it', str(refused.exception))
