# SPDX-License-Identifier: Apache-2.0
"""What a user sees whose server is restarted, and what a large file costs."""

import os
import re
import subprocess
import sys
import time

from tests.cli.base import SECONDS, Case
from tests.faults.base import Process, closed_port
from tests.functional.base import Stack, only_simulated, unique

MIB = 1 << 20
PEAK = 100 * MIB
"""Of memory, for any upload and download: an interpreter with gRPC, and some chunks."""


class RestartTest(Case):
    def setUp(self) -> None:
        super().setUp()
        self.port = closed_port()
        self.server = self.start()
        os.environ |= {'OAKTREE_TARGET': f'127.0.0.1:{self.port}', 'OAKTREE_CLOUD': 'beta'}

    def start(self) -> Process:
        server = Process(Stack.shared().config, '--listen', f'127.0.0.1:{self.port}', '--cloud', 'alpha', '--cloud', 'beta')
        self.addCleanup(server.close)
        return server

    def begun(self, *arguments: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, '-m', 'oaktreemodel.cli', *arguments]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(process.kill)
        return process

    @only_simulated
    def test_an_upload_that_is_cut_off_ends_with_one_line(self) -> None:
        name = unique('image')
        process = self.begun('image', 'upload', '-', '--name', name)
        assert process.stdin is not None
        for _ in range(8):
            process.stdin.write(os.urandom(MIB))
        process.stdin.flush()
        time.sleep(1)
        self.server.close()
        self.server = self.start()
        _, err = process.communicate(timeout=SECONDS)
        self.assertEqual(process.returncode, 1)
        self.assertRegex(err.decode(), r'\Aerror: [^\n]+ \(UNAVAILABLE\)\n\Z')
        self.addCleanup(self.oaktree, 'image', 'delete', name)

    @only_simulated
    def test_a_watch_goes_on(self) -> None:
        name = unique('net')
        process = self.begun('watch', 'networks', '--name', name, '-f', 'json')
        assert process.stdout is not None
        self.assertIn(b'STARTED', process.stdout.readline())
        self.server.close()
        self.server = self.start()
        made = self.answer('network', 'create', name)
        self.addCleanup(self.oaktree, 'network', 'delete', name)
        line = b''
        while b'"ADDED"' not in line:
            line = process.stdout.readline()
            self.assertTrue(line, 'the watch has ended')
        self.assertIn(made['id'].encode(), line)
        process.kill()
        process.communicate(timeout=SECONDS)

    @only_simulated
    def test_a_large_file_takes_little_memory(self) -> None:
        large = self.home / 'large'
        with large.open('wb') as file:
            file.truncate(512 * MIB)
        name = unique('image')
        self.addCleanup(self.oaktree, 'image', 'delete', name)
        for arguments in (('upload', str(large), '--name', name), ('download', name, '--file', str(self.home / 'back'))):
            self.assertLess(self.peak('image', *arguments), PEAK, arguments)
        self.assertEqual((self.home / 'back').stat().st_size, 512 * MIB)

    def peak(self, *arguments: str) -> int:
        """The most memory that a command had at any time, in bytes."""
        # Not ru_maxrss, which begins with that of whoever started it.
        code = (
            'import sys; from oaktreemodel.cli.main import run; code = run(sys.argv[1:]); '
            'print([line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")][0], file=sys.stderr); '
            'sys.exit(code)'
        )
        command = [sys.executable, '-c', code, *arguments]
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertTrue(re.fullmatch(r'\d+\n', done.stderr), done.stderr)
        return int(done.stderr) * 1024
