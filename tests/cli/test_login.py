# SPDX-License-Identifier: Apache-2.0
"""Signing in, and what the doctor finds, with a server that others call."""

import contextlib
import os
import pty
import stat
import subprocess
import sys

import yaml
from oaktreemodel import v1 as pb

from tests.cli.base import CloudCase, started
from tests.functional.base import unique
from tests.functional.shared import SharedServer
from tests.tls import Authority


class SignedInCase(CloudCase):
    """With a shared server, and application credentials for it."""

    def setUp(self) -> None:
        super().setUp()
        os.environ.pop('OAKTREE_TARGET')
        self.shared = SharedServer(self.stack.config, *(cloud.name for cloud in self.clouds))
        self.addCleanup(self.shared.close)
        self.ca = str(Authority.shared().file)
        self.path = self.home / 'oaktree' / 'credentials.yaml'

    def credential(self, cloud: str) -> tuple[str, str]:
        """Id and secret of a new application credential."""
        where = {'location': {'cloud': cloud}}
        identity = self.stack.server.identity
        request = pb.CreateApplicationCredentialRequest(**where, name=unique('app'))
        made = identity.CreateApplicationCredential(request).application_credential
        self.addCleanup(
            identity.DeleteApplicationCredential, pb.DeleteApplicationCredentialRequest(**where, name_or_id=made.id)
        )
        return made.id, made.secret

    def login(self, cloud: str, ident: str, secret: str, *more: str) -> tuple[int, str, str]:
        done = started(
            'login', self.shared.target, '--cloud', cloud, '--client-id', ident, '--client-secret-stdin', '--ca', self.ca,
            *more, input=f'{secret}\n'.encode(),
        )  # fmt: skip
        return done.returncode, done.stdout.decode(), done.stderr.decode()


class LoginTest(SignedInCase):
    def test_the_file_is_written_for_each_cloud_in_turn(self) -> None:
        pairs = {}
        for cloud in self.clouds:
            pairs[cloud.name] = self.credential(cloud.name)
            code, out, err = self.login(cloud.name, *pairs[cloud.name])
            self.assertEqual((code, err), (0, ''))
            self.assertIn(f'signed in to {cloud.name} as ', out)
            self.assertNotIn(pairs[cloud.name][1], out)
        self.assertEqual(stat.S_IMODE(self.path.stat().st_mode), 0o600)
        self.assertEqual([path.name for path in self.path.parent.iterdir()], ['credentials.yaml'])
        wanted = {name: {'client_id': ident, 'client_secret': secret} for name, (ident, secret) in pairs.items()}
        document = {'endpoint': self.shared.target, 'ca': self.ca, 'clouds': wanted}
        self.assertEqual(yaml.safe_load(self.path.read_text()), document)
        rows = self.answer('flavor', 'list')
        self.assertEqual({row['Cloud'] for row in rows}, set(pairs))
        self.assertEqual({row['Cloud'] for row in self.answer('whoami')}, set(pairs))

    def test_a_credential_that_is_refused_is_not_written(self) -> None:
        ident, _ = self.credential('alpha')
        code, out, err = self.login('alpha', ident, 'not-the-secret')
        self.assertEqual((code, out), (1, ''))
        self.assertRegex(err, r'\Aerror: [^\n]+ \(CREDENTIALS_REFUSED\)\n\Z')
        self.assertNotIn('not-the-secret', err)
        self.assertFalse(self.path.exists())

    def test_the_file_of_another_endpoint_is_kept(self) -> None:
        self.path.parent.mkdir()
        self.path.write_text('endpoint: elsewhere:1\nclouds: {gamma: {client_id: a, client_secret: b}}\n')
        ident, secret = self.credential('alpha')
        code, _, err = self.login('alpha', ident, secret)
        self.assertEqual(code, 1)
        self.assertIn('--replace', err)
        self.assertIn('gamma', self.path.read_text())
        self.assertEqual(self.login('alpha', ident, secret, '--replace')[0], 0)
        self.assertEqual(list(yaml.safe_load(self.path.read_text())['clouds']), ['alpha'])

    def test_nobody_is_asked_who_is_not_there(self) -> None:
        done = started('login', 'host:1', '--cloud', 'alpha', stdin=subprocess.DEVNULL)
        self.assertEqual(done.returncode, 2)
        self.assertIn(b'--client-id', done.stderr)
        self.fails(2, 'USAGE', 'login', 'unix:/run/oaktree.sock')


class DoctorTest(SignedInCase):
    def doctor(self, *arguments: str) -> tuple[int, str]:
        code, out, err = self.oaktree('doctor', *arguments)
        self.assertEqual(err, '')
        return code, out

    def sign_in(self) -> None:
        for cloud in self.clouds:
            self.assertEqual(self.login(cloud.name, *self.credential(cloud.name))[0], 0)

    def change(self, **fields: object) -> None:
        self.path.write_text(yaml.safe_dump(yaml.safe_load(self.path.read_text()) | fields))

    def test_all_is_well(self) -> None:
        self.sign_in()
        code, out = self.doctor()
        self.assertEqual((code, 'FAIL' in out), (0, False), out)
        for words in ('TLS: TLSv1', 'token of alpha', 'token of beta', 'serves alpha, beta', 'alpha/RegionOne: answers'):
            self.assertIn(words, out)

    def test_a_server_of_ones_own(self) -> None:
        code, out = self.doctor('--target', self.stack.target)
        self.assertEqual((code, 'FAIL' in out), (0, False), out)
        self.assertIn('answers its owner', out)

    def test_nobody_listens(self) -> None:
        code, out = self.doctor('--target', '127.0.0.1:9')
        self.assertEqual(code, 1)
        self.assertIn('nobody listens there: start `oaktree-server`', out)
        self.assertIn('nobody listens there', self.doctor('--target', f'unix:{self.home}/none.sock')[1])

    def test_a_certificate_that_is_not_trusted(self) -> None:
        self.sign_in()
        self.change(ca=None)
        code, out = self.doctor()
        self.assertEqual(code, 1)
        self.assertRegex(out, 'FAIL  TLS: .*name the CA')

    def test_a_file_that_others_can_read(self) -> None:
        self.sign_in()
        self.path.chmod(0o644)
        code, out = self.doctor()
        self.assertEqual(code, 1)
        self.assertIn('chmod 600', out)
        self.assertIn('chmod 600', self.fails(1, 'CREDENTIALS', 'flavor', 'list'))

    def test_a_credential_that_is_gone(self) -> None:
        self.sign_in()
        secret = 'not-the-secret'
        clouds = yaml.safe_load(self.path.read_text())['clouds']
        clouds['beta']['client_secret'] = secret
        self.change(clouds=clouds)
        code, out = self.doctor()
        self.assertEqual(code, 1)
        self.assertRegex(out, r'FAIL  token of beta: .* \(CREDENTIALS_REFUSED\)')
        self.assertIn('ok    token of alpha', out)
        self.assertNotIn(secret, out)


class AskedTest(SignedInCase):
    def test_what_is_not_given_is_asked_for_without_echo(self) -> None:
        ident, secret = self.credential('alpha')
        asked = {'Cloud: ': 'alpha', 'Client id: ': ident, 'Client secret: ': secret}
        # Whoever asks for a secret opens the terminal of its session, so it needs a session, and one of its own.
        code = 'import fcntl, runpy, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); runpy.run_module("oaktreemodel.cli")'
        outer, inner = pty.openpty()
        self.addCleanup(os.close, outer)
        process = subprocess.Popen(
            [sys.executable, '-c', code, 'login', self.shared.target, '--ca', self.ca], stdin=inner, stdout=inner, stderr=inner,
            start_new_session=True,
        )  # fmt: skip
        self.addCleanup(process.kill)
        os.close(inner)
        text = ''
        for question, answer in asked.items():
            while not text.endswith(question):
                text += os.read(outer, 4096).decode()
            os.write(outer, f'{answer}\n'.encode())
        with contextlib.suppress(OSError):
            while block := os.read(outer, 4096).decode():
                text += block
        self.assertEqual(process.wait(60), 0, text)
        self.assertIn('signed in to alpha', text)
        self.assertNotIn(ident, text)
        self.assertNotIn(secret, text)
        self.assertEqual(
            yaml.safe_load(self.path.read_text())['clouds']['alpha'], {'client_id': ident, 'client_secret': secret}
        )
