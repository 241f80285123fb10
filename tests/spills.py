# SPDX-License-Identifier: Apache-2.0
"""Searches what oaktree writes for what is secret.

Where OAKTREE_TEST_WRITTEN names a folder, every process of the tests keeps there what its servers log, as talkative as they
get, and which secrets its simulated clouds gave out or were given. When all tests have ended,
``python -m tests.spills FOLDER`` searches the one for the other, and for whatever looks like a token or a key.
"""

import base64
import os
import pathlib
import re
import sys
import urllib.parse
from collections.abc import Iterable, Iterator
from typing import Any

FOLDER = os.environ.get('OAKTREE_TEST_WRITTEN')

FIELDS = frozenset({'adminPass', 'admin_pass', 'auth_key', 'password', 'private_key', 'secret', 'user_data', 'access_token'})
"""What clouds have secrets in, as their API references name it."""

SHORT = 10
"""Characters; what is shorter is in any text by chance. So is no token of anybody's, and only passwords of people are."""

BEGINNING = 8
"""Bytes that each spelling has at least."""

LOOKS = {
    'a token': re.compile(rb'gAAAAA[\w-]{40,}'),
    'the secret of an application credential': re.compile(rb'(?<![\w-])[\w-]{86}(?![\w-])'),
    'a private key': re.compile(rb'BEGIN [A-Z ]*PRIVATE KEY'),
}
"""What Keystone and Nova make, and their simulations alike."""


def spellings(secret: str) -> Iterator[bytes]:
    """How a secret may have been written."""
    plain = secret.encode()
    yield plain
    yield urllib.parse.quote(secret, safe='').encode()
    for shift in range(3):
        # Wherever it is in what was encoded; but for its ends, which depend on what is beside it.
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            yield encode(bytes(shift) + plain)[4:-4]
    yield plain.hex().encode()


class Secrets(dict[str, str]):
    """By what they are."""

    def found(self, written: bytes) -> list[str]:
        """Which of them are in there."""
        return [name for name, secret in self.items() if any(one in written for one in spellings(secret))]


def keep(kind: str, text: bytes) -> None:
    """Put something into the folder."""
    assert FOLDER
    with pathlib.Path(FOLDER, f'{kind}-{os.getpid()}').open('ab') as file:
        file.write(text + b'\n')


def note(document: Any) -> None:
    """Keep the secrets of what a cloud was sent, or answered."""
    if isinstance(document, dict):
        for key, value in document.items():
            if key in FIELDS and isinstance(value, str) and len(value) >= SHORT:
                keep('secrets', value.encode('unicode_escape'))
            note(value)
    elif isinstance(document, list):
        for value in document:
            note(value)


def begin() -> None:
    """Keep what is logged from now on, and have simulated clouds tell their secrets."""
    import logging

    from oaktree import logs
    from oaktree.simcloud import http

    handler = logging.FileHandler(pathlib.Path(str(FOLDER), f'log-{os.getpid()}'))
    handler.setFormatter(logs._Json())
    logging.getLogger().addHandler(handler)
    logging.getLogger('oaktree').setLevel(logging.DEBUG)
    json, answer = http.Call.json, http.Answer.__init__

    def given(self: http.Call, key: str = '') -> http.Doc:
        document = json(self, key)
        note(document)
        return document

    def told(self: http.Answer, status: int = 200, body: Any = None, *more: Any, **options: Any) -> None:
        note(body)
        answer(self, status, body, *more, **options)

    http.Call.json, http.Answer.__init__ = given, told  # type: ignore[method-assign]


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
