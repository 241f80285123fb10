# SPDX-License-Identifier: Apache-2.0
"""Files with secrets."""

import os
from pathlib import Path


def read(path: Path) -> bytes:
    """What is in one, unless it is our own user's and open to others, as OpenSSH has it. Who else owns one has seen to that.

    :raises OSError: where it can't be read.
    :raises ValueError: where others could.
    """
    with path.open('rb') as file:
        stat = os.fstat(file.fileno())
        if stat.st_uid == os.geteuid() and stat.st_mode & 0o077:
            raise ValueError(f'{path} is open to others than you (mode {stat.st_mode & 0o777:04o}): chmod 600 it')
        return file.read()
