# SPDX-License-Identifier: Apache-2.0
"""The same small program in each language that has an SDK, built as a user would and run on every cloud."""

import hashlib
import os
import pathlib
import shutil
import subprocess
import sys
import unittest

from tests.functional import base

HERE = pathlib.Path(__file__).parent
CACHE = pathlib.Path(os.environ.get('XDG_CACHE_HOME') or pathlib.Path.home() / '.cache') / 'oaktree-build'
# A CMake build folder belongs to one source folder, and there may be several checkouts.
CHECKOUT = hashlib.sha256(str(HERE.resolve()).encode()).hexdigest()[:8]


def missing(*tools: str, library: str = '') -> str:
    """Returns the names of those that are not installed."""
    absent = [tool for tool in tools if not shutil.which(tool)]
    if library and not absent and subprocess.run(['pkg-config', '--exists', library], check=False).returncode:
        absent.append(library)
    return ', '.join(absent)


class TheFirstProgramOfAUser(unittest.TestCase):
    def run_or_fail(self, *command: object, timeout: float, cwd: pathlib.Path = HERE) -> str:
        done = subprocess.run(
            [str(word) for word in command],
            cwd=cwd,
            timeout=timeout,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        self.assertEqual(0, done.returncode, f'{command}\n{done.stdout[-10_000:]}')
        return done.stdout

    def works_on_every_cloud(self, *program: object) -> None:
        stack = base.Stack.shared()
        for cloud in stack.clouds:
            with self.subTest(cloud=cloud.name):
                # It waits for two changes, of two minutes at most.
                self.run_or_fail(*program, stack.target, cloud.name, cloud.flavor, cloud.image, timeout=300)

    def test_works_in_python(self) -> None:
        self.works_on_every_cloud(sys.executable, HERE / 'list_and_create.py')

    def test_works_in_go(self) -> None:
        if absent := missing('go'):
            self.skipTest(f'not installed: {absent}')
        program = CACHE / f'sdk-go-{CHECKOUT}'
        self.run_or_fail('go', 'build', '-o', program, '.', cwd=HERE / 'go', timeout=600)
        self.works_on_every_cloud(program)

    def test_works_in_cpp(self) -> None:
        if absent := missing('cmake', 'g++', 'pkg-config', 'protoc', 'grpc_cpp_plugin', library='grpc++'):
            self.skipTest(f'not installed: {absent}')
        built = self.run_or_fail(HERE / 'cpp' / 'build.sh', timeout=1200)
        self.works_on_every_cloud(pathlib.Path(built.splitlines()[-1], 'list_and_create'))
