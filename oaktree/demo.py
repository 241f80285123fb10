# SPDX-License-Identifier: Apache-2.0
"""Two simulated clouds in a process of their own, for ``--demo``."""

import pathlib
import subprocess
import sys
import tempfile

from oaktree.settings import SettingsError


class Clouds:
    """The simulated clouds alpha, of floating IPs, and beta, without them; each has a few servers."""

    names = ('alpha', 'beta')

    def __init__(self) -> None:
        # They end when our end of the pipe closes: also when we are killed.
        self._process = subprocess.Popen(
            [sys.executable, '-m', 'oaktree.simcloud', '--until-eof', '--seed', 'alpha:servers=3', '--seed', 'beta:servers=2'],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )  # fmt: skip
        self._folder = tempfile.TemporaryDirectory(prefix='oaktree-demo-')
        self.config = str(pathlib.Path(self._folder.name, 'clouds.yaml'))
        assert self._process.stdout is not None
        lines = []
        for line in self._process.stdout:
            if line.startswith('...'):
                break
            lines.append(line)
        else:
            raise SettingsError('the simulated clouds did not start')
        pathlib.Path(self.config).write_text(''.join(lines))

    def close(self) -> None:
        """End them."""
        self._process.terminate()
        self._process.wait()
        self._folder.cleanup()
