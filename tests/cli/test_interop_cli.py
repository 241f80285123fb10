# SPDX-License-Identifier: Apache-2.0
"""How the interop workload of the command line fails; how it passes is in tests/interop."""

import os
import signal
import subprocess
import sys

from tests.cli.base import ROOT, CloudCase
from tests.functional.base import unique

SCRIPT = ROOT / 'tests' / 'interop' / 'cli' / 'interop'
MINUTES = 10


class InteropTest(CloudCase):
    def setUp(self) -> None:
        super().setUp()
        program = self.home / 'oaktree'
        program.write_text(f'#!/bin/sh\nexec {sys.executable} -m oaktreemodel.cli "$@"\n')
        program.chmod(0o755)
        os.environ['PATH'] = f'{self.home}:{os.environ["PATH"]}'

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
