# SPDX-License-Identifier: Apache-2.0
"""The interop workload, by a script that has nothing but the ``oaktree`` command."""

import os
import signal
import subprocess
import sys

from tests.cli.base import ROOT, CloudCase
from tests.functional.base import unique

SCRIPT = ROOT / 'tests' / 'interop' / 'cli' / 'interop'
MINUTES = 10
STEPS = ['watch', 'image', 'keypair', 'group', 'network', 'server', 'volume', 'objects', 'balancer', 'tear-down']


class InteropTest(CloudCase):
    def setUp(self) -> None:
        super().setUp()
        program = self.home / 'oaktree'
        program.write_text(f'#!/bin/sh\nexec {sys.executable} -m oaktreemodel.cli "$@"\n')
        program.chmod(0o755)
        os.environ['PATH'] = f'{self.home}:{os.environ["PATH"]}'

    def test_the_whole_workload(self) -> None:
        for cloud in self.clouds:
            with self.subTest(cloud.name):
                left_out = {'objects': not cloud.objects, 'balancer': not cloud.load_balancers}
                done = subprocess.run(
                    [str(SCRIPT), self.stack.target, cloud.name, unique('interop')], capture_output=True, text=True,
                    timeout=MINUTES * 60, check=False,
                )  # fmt: skip
                self.assertEqual((done.returncode, done.stderr), (0, ''), done.stdout)
                steps = [line.split()[0] for line in done.stdout.splitlines()]
                self.assertEqual(steps, [step for step in STEPS if not left_out.get(step)])
                self.assertTrue(all(float(line.split()[1]) >= 0 for line in done.stdout.splitlines()))

    def test_one_that_is_ended_leaves_nothing(self) -> None:
        name = unique('interop')
        process = subprocess.Popen(
            [str(SCRIPT), self.stack.target, 'alpha', name], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        self.addCleanup(process.kill)
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith('network '):
                break
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=MINUTES * 60)
        self.assertEqual(process.returncode, 1)
        os.environ['OAKTREE_CLOUD'] = 'alpha'
        for kind in ('server', 'image', 'keypair', 'security group', 'network', 'subnet', 'router'):
            found = self.done(*kind.split(), 'list', '--max-age', '0', '-f', 'value', '-c', 'name')
            self.assertNotIn(name, found, kind)

    def test_a_cloud_that_is_not_there(self) -> None:
        done = subprocess.run(
            [str(SCRIPT), self.stack.target, 'gamma', 'x'], capture_output=True, text=True, timeout=60, check=False
        )
        self.assertEqual((done.returncode, done.stdout), (1, ''))
        self.assertIn('gamma', done.stderr)
