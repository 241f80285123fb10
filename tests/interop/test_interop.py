# SPDX-License-Identifier: Apache-2.0
"""The interop workload in each language: a program of its own that is told where, which cloud, and how to name things."""

import concurrent.futures
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest
from typing import Any

from tests.functional.base import CLOUDS, Case, Cloud, unique
from tests.functional.workload import Workload
from tests.sdk.programs import cpp_program, go_program

HERE = pathlib.Path(__file__).parent
STEPS = ['watch', 'image', 'keypair', 'group', 'network', 'server', 'volume', 'objects', 'balancer', 'tear-down']
SECONDS = 600
"""For one run; it ends each of its waits by itself."""


class InteropCase(Case):
    def run_everywhere(self, *program: object, **env: str) -> None:
        """On all clouds at once, as each is a test of its own."""
        with concurrent.futures.ThreadPoolExecutor(len(CLOUDS)) as pool:
            runs = {cloud: pool.submit(self.run_on, cloud, list(map(str, program)), os.environ | env) for cloud in CLOUDS}
        for cloud, run in runs.items():
            with self.subTest(cloud.name):
                self.check(cloud, *run.result())

    def run_on(self, cloud: Cloud, program: list[str], env: dict[str, str]) -> tuple[str, subprocess.CompletedProcess[str]]:
        name = unique('interop')
        command = [*program, self.stack.target, cloud.name, name]
        return name, subprocess.run(command, env=env, capture_output=True, text=True, timeout=SECONDS, check=False)

    def check(self, cloud: Cloud, name: str, done: subprocess.CompletedProcess[str]) -> None:
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        took = dict(line.split() for line in done.stdout.splitlines())
        print(f'{cloud.name}: {sum(map(float, took.values())):.1f} s: {", ".join(done.stdout.splitlines())}', flush=True)
        lacks = {'objects': not cloud.objects, 'balancer': not cloud.load_balancers}
        self.assertEqual(list(took), [step for step in STEPS if not lacks.get(step)])
        self.assertEqual(self.left(cloud.name, name), [])

    def left(self, cloud: str, name: str) -> list[Any]:
        """What there is of this name, of whatever kind."""
        workload = Workload(self.stack.target, cloud)
        with workload._client:
            return [said for said in workload._everything().values() if name in said[1]]


class GoInteropTest(InteropCase):
    def test_on_every_cloud(self) -> None:
        self.run_everywhere(go_program('interop', HERE / 'go'))


class CppInteropTest(InteropCase):
    def test_on_every_cloud(self) -> None:
        self.run_everywhere(cpp_program('interop'))


class PythonInteropTest(InteropCase):
    def test_on_every_cloud(self) -> None:
        self.run_everywhere(sys.executable, HERE / 'python' / 'interop')


class CommandLineInteropTest(InteropCase):
    def test_on_every_cloud(self) -> None:
        folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix='oaktree-interop-')))
        # The name that the package installs, which this environment may have from elsewhere.
        command = folder / 'oaktree'
        command.write_text(f'#!/bin/sh\nexec {sys.executable} -m oaktreemodel.cli "$@"\n')
        command.chmod(0o755)
        self.run_everywhere(HERE / 'cli' / 'interop', PATH=f'{folder}:{os.environ["PATH"]}')


if __name__ == '__main__':
    unittest.main()
