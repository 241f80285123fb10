# SPDX-License-Identifier: Apache-2.0
"""The ``oaktree`` command, in this process or as users start it, and never with the files of whoever runs the tests."""

import contextlib
import io
import json
import os
import pathlib
import pty
import subprocess
import sys
import tempfile
import threading
import unittest
from concurrent import futures
from typing import Any
from unittest import mock

from oaktreemodel.cli import main

from tests.functional.base import CLOUDS, Stack

ROOT = pathlib.Path(__file__).parents[2]
SECONDS = 120


class Case(unittest.TestCase):
    """A test of the command, with a home of its own."""

    def setUp(self) -> None:
        folder = self.enterContext(tempfile.TemporaryDirectory(prefix='oaktree-cli-'))
        self.home = pathlib.Path(folder)
        self.enterContext(mock.patch.dict(os.environ, {'HOME': folder, 'XDG_CONFIG_HOME': folder, 'NO_COLOR': '1'}))
        for name in ('OAKTREE_TARGET', 'OAKTREE_CLOUD', 'OAKTREE_CREDENTIALS', 'XDG_RUNTIME_DIR'):
            os.environ.pop(name, None)

    def oaktree(self, *arguments: str) -> tuple[int, str, str]:
        """Its exit status, and what it wrote, run in this process."""
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = main.run(arguments)
        return code, out.getvalue(), err.getvalue()

    def done(self, *arguments: str) -> str:
        """What it wrote, where nothing must go wrong."""
        code, out, err = self.oaktree(*arguments)
        self.assertEqual((code, err), (0, ''), arguments)
        return out

    def answer(self, *arguments: str) -> Any:
        """The same, read from JSON."""
        return json.loads(self.done(*arguments, '-f', 'json'))

    def fails(self, code: int, reason: str, *arguments: str) -> str:
        """The one line that an error is told on."""
        found, out, err = self.oaktree(*arguments)
        self.assertEqual((found, out), (code, ''), err)
        self.assertRegex(err, rf'\Aerror: [^\n]+ \({reason}\)\n\Z')
        return err


class CloudCase(Case):
    """A test in front of the shared clouds."""

    clouds = CLOUDS

    def setUp(self) -> None:
        super().setUp()
        self.stack = Stack.shared()
        os.environ['OAKTREE_TARGET'] = self.stack.target


def started(*arguments: str, **options: Any) -> subprocess.CompletedProcess[bytes]:
    """The command in a process of its own."""
    command = [sys.executable, '-m', 'oaktreemodel.cli', *arguments]
    pipes = {'stdout': subprocess.PIPE, 'stderr': subprocess.PIPE}
    return subprocess.run(command, timeout=SECONDS, check=False, **pipes | options)


def at_terminal(*arguments: str, **env: str) -> tuple[int, str, str]:
    """The command's exit status and what it wrote on standard output and standard error, each a terminal."""
    ends = [pty.openpty(), pty.openpty()]
    command = [sys.executable, '-m', 'oaktreemodel.cli', *arguments]
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=ends[0][1], stderr=ends[1][1],
        env={**os.environ, 'TERM': 'xterm', 'COLUMNS': '160', **env},
    )  # fmt: skip
    for _, inner in ends:
        os.close(inner)
    end = threading.Timer(SECONDS, process.kill)
    end.start()
    try:
        # Both at once: a terminal that nobody reads holds a few KiB.
        with futures.ThreadPoolExecutor(2) as readers:
            out, err = readers.map(_read_all, [outer for outer, _ in ends])
        return process.wait(SECONDS), out, err
    finally:
        end.cancel()
        process.kill()
        process.wait()
        for outer, _ in ends:
            os.close(outer)


def _read_all(descriptor: int) -> str:
    found = b''
    # A terminal whose other side has closed is an error to read.
    with contextlib.suppress(OSError):
        while block := os.read(descriptor, 65536):
            found += block
    return found.decode()
