# SPDX-License-Identifier: Apache-2.0
"""Sealed tokens that say how far a watch has come, so that its client can go on from there on another stream."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from cryptography.fernet import Fernet, InvalidToken

from oaktree.changelog import Cursor, Mark

Marks = Mapping[tuple[str, str], Mark]
"""How far a watch has come, by cloud and region."""


class Tokens:
    """Seals and opens them. What they lead into is in the memory of this process, so the key need not outlive it."""

    def __init__(self) -> None:
        self._fernet = Fernet(Fernet.generate_key())

    def seal(self, digest: str, cursors: Sequence[Cursor]) -> str:
        """The token of a subscription that is so far."""
        marks = [(cursor.log.place.cloud, cursor.log.place.region, *cursor.mark) for cursor in cursors]
        return self._fernet.encrypt(orjson.dumps((digest, marks))).decode()

    def open(self, token: str, digest: str) -> Marks | None:
        """How far a subscription was; None for a token that is not of this server, or of another subscription."""
        try:
            sealed, marks = orjson.loads(self._fernet.decrypt(token.encode()))
        except (InvalidToken, ValueError):
            return None
        return {(cloud, region): tuple(mark) for cloud, region, *mark in marks} if sealed == digest else None


def digest(subscription: Any, identity: str) -> str:
    """Tells subscriptions apart by what they select, and by caller."""
    bare = type(subscription)()
    bare.CopyFrom(subscription)
    bare.watch_id, bare.resume_token = '', ''
    own = f'{identity}\0'.encode()
    return hashlib.sha256(own + bare.SerializeToString(deterministic=True)).hexdigest()[:32]
