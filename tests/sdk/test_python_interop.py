# SPDX-License-Identifier: Apache-2.0
"""What users of the Python client write: the interop workload, and the program of its first page."""

import os
import pathlib
import subprocess
import sys
from typing import Any

import oaktreemodel
from google.protobuf.duration_pb2 import Duration
from oaktreemodel import v1 as pb

from tests.functional.base import CLOUDS, Case, unique
from tests.functional.workload import Workload
from tests.sdk.programs import HERE

INTEROP = HERE.parent / 'interop' / 'python' / 'interop'
EXAMPLE = pathlib.Path(oaktreemodel.__file__).parents[1] / 'examples' / 'create_server.py'


class ProgramsTest(Case):
    def run_or_fail(self, *command: object, **env: str) -> str:
        done = subprocess.run(
            [sys.executable, *map(str, command)], env=os.environ | env, timeout=600, text=True, check=False,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        self.assertEqual(0, done.returncode, f'{command}\n{done.stdout[-10_000:]}')
        return done.stdout

    def test_a_workload_that_fails_leaves_nothing(self) -> None:
        name = unique('interop-py')
        # There is a key pair of that name already, which the workload finds when it has made an image.
        self.oaktree.compute.CreateKeypair(pb.CreateKeypairRequest(location={'cloud': 'beta'}, name=f'{name}-keypair'))
        drop = pb.DeleteKeypairRequest(location={'cloud': 'beta'}, name_or_id=f'{name}-keypair')
        self.addCleanup(self.oaktree.compute.DeleteKeypair, drop)
        done = subprocess.run(
            [sys.executable, INTEROP, self.stack.target, 'beta', name], timeout=600, text=True, capture_output=True, check=False
        )
        self.assertEqual(done.returncode, 1)
        self.assertEqual([line.split()[0] for line in done.stdout.splitlines()], ['watch', 'image', 'tear-down'])
        self.assertIn('interop: ', done.stderr)
        self.assertEqual([kind for kind, _ in self.left('beta', name)], ['Keypair'])

    def left(self, cloud: str, name: str) -> list[Any]:
        """What there is of this name, of whatever kind."""
        workload = Workload(self.stack.target, cloud)
        with workload._client:
            return [said for said in workload._everything().values() if name in said[1]]

    def test_a_few_lines_make_a_server_that_can_be_reached(self) -> None:
        self.assertLessEqual(len(EXAMPLE.read_text().splitlines()), 15)
        for cloud in CLOUDS:
            with self.subTest(cloud.name):
                name = unique('py')
                self.addCleanup(self.delete_named, cloud.name, name)
                said = self.run_or_fail(EXAMPLE, cloud.name, name, cloud.flavor, cloud.image, OAKTREE_TARGET=self.stack.target)
                self.assertRegex(said, r'\A\d+\.\d+\.\d+\.\d+\n\Z')

    def delete_named(self, cloud: str, name: str) -> None:
        request = pb.ListServersRequest(location={'cloud': cloud}, name_or_id=name, max_age=Duration())
        for server in self.oaktree.compute.ListServers(request, timeout=60).servers:
            self.delete_server(server)
