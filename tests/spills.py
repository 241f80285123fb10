# SPDX-License-Identifier: Apache-2.0
"""Searches what oaktree writes for what is secret.

Where OAKTREE_TEST_WRITTEN names a folder, every process of the tests keeps there what its servers log, as talkative as they
get, and which secrets its simulated clouds gave out or were given. When all tests have ended,
``python -m tests.search FOLDER`` searches the one for the other.
"""

import base64
import os
import pathlib
import urllib.parse
from collections.abc import Iterator
from typing import Any

FOLDER = os.environ.get('OAKTREE_TEST_WRITTEN')

FIELDS = frozenset({'adminPass', 'admin_pass', 'auth_key', 'password', 'private_key', 'secret', 'user_data', 'access_token'})
"""What clouds have secrets in, as their API references name it."""

SHORT, DIFFERENT = 10, 6
"""Characters, and how many different ones; what has less is in any text by chance. So is no token of anybody's, and only
passwords of people are."""


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
            if key in FIELDS and isinstance(value, str) and len(value) >= SHORT and len({*value}) >= DIFFERENT:
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
