# SPDX-License-Identifier: Apache-2.0
"""The programs that the cook book is cut from, each on clouds of its own."""

import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

from tests.sdk.programs import cpp_program, go_program

BOOK = pathlib.Path(__file__).parents[2] / 'doc' / 'cookbook'
DATA = os.urandom(3 << 20)


class CookBookTest(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix='oaktree-cook-')))
        (self.folder / 'disk').write_bytes(DATA)
        self.target = f'unix:{self.folder}/sock'
        server = subprocess.Popen(
            [sys.executable, '-m', 'oaktree', '--demo', '--listen', self.target],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip
        self.addCleanup(server.wait, 60)
        self.addCleanup(server.terminate)
        self.addCleanup(server.stdout.close)
        self.assertIn('oaktree serves alpha, beta', server.stdout.readline())

    def all_tasks_of(self, *program: object) -> str:
        done = subprocess.run(
            [*map(str, program), 'alpha', 'm1.tiny', 'cirros', 'disk'],
            cwd=self.folder, env=os.environ | {'OAKTREE_TARGET': self.target}, timeout=120, text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
        )  # fmt: skip
        self.assertEqual(done.returncode, 0, done.stdout[-10_000:])
        return done.stdout

    def check(self, said: str) -> None:
        """What all of them say, each in its way."""
        self.assertIn('qcow2', said)
        self.assertRegex(said, r'ssh to 203\.0\.113\.\d+')
        for words in ('as /dev/vdb', 'cook-snapshot', f'cook {len(DATA)} bytes', 'ADDED'):
            self.assertIn(words, said)
        self.assertEqual((self.folder / 'copy').read_bytes(), DATA)

    def test_in_python(self) -> None:
        self.check(self.all_tasks_of(sys.executable, BOOK / 'cookbook.py'))

    def test_in_go(self) -> None:
        self.check(self.all_tasks_of(go_program('cookbook', BOOK / 'go')))

    def test_in_cpp(self) -> None:
        self.check(self.all_tasks_of(cpp_program('cookbook')))

    def test_in_the_shell(self) -> None:
        # The name that the package installs, which this environment may have from elsewhere.
        command = self.folder / 'oaktree'
        command.write_text(f'#!/bin/sh\nexec {sys.executable} -m oaktreemodel.cli "$@"\n')
        command.chmod(0o755)
        said = self.all_tasks_of('env', f'PATH={self.folder}:{os.environ["PATH"]}', BOOK / 'cookbook.sh')
        for words in ('qcow2', '203.0.113.', '/dev/vdb', 'cook-snapshot', str(len(DATA)), 'ADDED'):
            self.assertIn(words, said)
        self.assertEqual((self.folder / 'copy').read_bytes(), DATA)
