# SPDX-License-Identifier: Apache-2.0
"""Searches all that tests had servers write for what is secret: ``python -m tests.search FOLDER``.

That is what simulated clouds gave out or were given, and whatever looks like a token or a key.
"""

import pathlib
import re
import sys
from collections.abc import Iterable

from tests.spills import spellings

BEGINNING = 8
"""Bytes that each spelling has at least."""

LOOKS = {
    'a token': re.compile(rb'gAAAAA[\w-]{40,}'),
    'the secret of an application credential': re.compile(rb'(?<![\w-])[\w-]{86}(?![\w-])'),
    'a private key': re.compile(rb'BEGIN [A-Z ]*PRIVATE KEY'),
}
"""What Keystone and Nova make, and their simulations alike."""


class Known:
    """Secrets, to be searched for all at once."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._beginnings: dict[bytes, list[bytes]] = {}
        for secret in secrets:
            for one in spellings(secret):
                self._beginnings.setdefault(one[:BEGINNING], []).append(one)

    def there(self, line: bytes) -> bool:
        """Whether one of them is in there."""
        beginnings = self._beginnings
        return any(
            line.startswith(one, at)
            for at in range(len(line) - BEGINNING + 1)
            for one in beginnings.get(line[at : at + BEGINNING], ())
        )


def search(folder: pathlib.Path) -> list[str]:
    """What was found, and where."""
    secrets = {line.decode('unicode_escape') for file in folder.glob('secrets-*') for line in file.read_bytes().splitlines()}
    files = sorted({*folder.iterdir()} - {*folder.glob('secrets-*')})
    known, lines, found = Known(secrets), 0, []
    for file in files:
        for number, line in enumerate(file.read_bytes().splitlines(), 1):
            lines += 1
            kinds = [kind for kind, looks in LOOKS.items() if looks.search(line)]
            kinds += ['a secret that a cloud knows'] if known.there(line) else []
            found += [f'{file}:{number}: {kind}' for kind in kinds]
    print(f'{lines:,} lines in {len(files)} files, {len(secrets):,} secrets: {len(found)} found')
    return found


def main() -> None:
    folder = pathlib.Path(sys.argv[1])
    if not any(folder.iterdir()):
        sys.exit(f'{folder}: nothing was written')
    if found := search(folder):
        sys.exit('\n'.join(found[:50]))


if __name__ == '__main__':
    main()
