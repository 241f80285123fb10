# SPDX-License-Identifier: Apache-2.0
"""What a command loads before it does anything: each module is start-up time. tools/bench/command_line.py has the seconds."""

import subprocess
import sys

from tests.cli.base import CloudCase

LATE = {
    'rich',
    'yaml',
    'google.protobuf.json_format',
    'oaktreemodel.v1.comments',
    'oaktreemodel.cli.live',
    'oaktreemodel.cli.doctor',
}


class StartTest(CloudCase):
    def loaded(self, *arguments: str) -> set[str]:
        """The modules that a command ends with."""
        code = 'import sys; from oaktreemodel.cli.main import run; run(sys.argv[1:]); print(*sys.modules, file=sys.stderr)'
        done = subprocess.run([sys.executable, '-c', code, *arguments], capture_output=True, text=True, timeout=60, check=True)
        return set(done.stderr.split())

    def test_a_list_loads_the_service_that_it_calls(self) -> None:
        found = self.loaded('flavor', 'list')
        services = {name for name in found if name.startswith('oaktreemodel.v1.') and name.endswith('_service_pb2')}
        self.assertEqual(services, {'oaktreemodel.v1.compute_service_pb2'})
        self.assertFalse(found & LATE)

    def test_help_and_words_load_no_grpc(self) -> None:
        for arguments in (('--help',), ('server',), ('sever', 'list'), ('__complete', '2', 'oaktree', 'server', 're')):
            with self.subTest(arguments):
                self.assertNotIn('grpc', self.loaded(*arguments))
