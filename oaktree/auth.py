# SPDX-License-Identifier: Apache-2.0
"""Who may call: the owner alone, or whoever shows a token that the cloud in question accepts.

An oaktree is one or the other, on all its addresses. Where tokens are asked for, the server's own credentials are nobody's.
"""

import contextvars
import itertools
import re
from collections import Counter, OrderedDict
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any, Protocol

from oaktree import context, errors
from oaktree.bearer import Bearer, Shown
from oaktree.caller import OWNER, Credentials
from oaktree.tokens import Tokens

HEADER, EACH = 'authorization', 'oaktree-token-'
"""Metadata that hold a token: for the one cloud that a call is about, and for the cloud that is named."""

TOKENS = 20
"""Tokens that a call may show."""

TOKEN = re.compile(r'[\x21-\x7e]{1,4096}', re.ASCII)

OPEN = frozenset({'CreateToken'})
"""RPCs that need no token."""

CALLERS = 10_000
"""Sets of tokens that are known by their hash; the longest unused goes first."""


shown: contextvars.ContextVar[Sequence[str]] = contextvars.ContextVar('shown', default=())
"""The metadata of the running call that hold tokens, each key before its value."""


def look(metadata: Iterable[tuple[str, str | bytes]]) -> None:
    """Remember what of a call's metadata is a token. gRPC has them at hand once, and takes its time to tell them again."""
    found: list[str] = []
    for key, value in metadata:
        if key == HEADER or key.startswith(EACH):
            # Bytes are no token, and refused as an empty one is.
            found += key, value if isinstance(value, str) else ''
    shown.set(found)


class Auth(Protocol):
    """Tells who calls."""

    def known(self, grpc_context: Any) -> str:
        """What tells the caller's answers from anybody else's, if nobody need be asked for that; empty otherwise."""

    def admit(self, rpc: str, grpc_context: Any) -> Credentials:
        """What a call shows.

        :raises errors.Failure: where it may not be made by whoever makes it.
        """


class OwnerAuth:
    """Everybody is the owner, so nobody else may be here."""

    def __init__(self, peers: Any) -> None:
        """:param peers: knows whose process is at the other end of a connection."""
        self._peers = peers

    def known(self, grpc_context: Any) -> str:
        return '' if shown.get() or self._peers.stranger(grpc_context.peer()) else OWNER.name

    def admit(self, rpc: str, grpc_context: Any) -> Credentials:
        call = context.current()
        call.peer = grpc_context.peer()
        call.secure = call.peer.startswith('unix:')
        if self._peers.stranger(call.peer):
            raise errors.Failure(errors.Code.PERMISSION_DENIED, 'STRANGER',
                                 'This oaktree is for the user alone who started it: start one of your own.')  # fmt: skip
        if not shown.get():
            return OWNER
        if not call.secure:
            raise errors.Failure(errors.Code.UNAUTHENTICATED, 'INSECURE_TRANSPORT',
                                 'A token has come in plain text: revoke it, and show none here.')  # fmt: skip
        raise errors.Failure(errors.Code.UNAUTHENTICATED, 'TOKEN_NOT_EXPECTED',
                             "This oaktree uses its owner's credentials, and takes no tokens: show none.")  # fmt: skip


class TokenAuth:
    """Everybody is who their tokens say."""

    def __init__(self, tokens: Tokens, clouds: Collection[str], certified: Callable[[Any], bool] | None = None) -> None:
        """:param clouds: their names.
        :param certified: whether whoever is at the other end may be there, where certificates are asked for."""
        self._tokens, self._clouds, self._certified = tokens, clouds, certified
        self._known: OrderedDict[bytes, Shown] = OrderedDict()
        self._serials = itertools.count()
        self._calls: Counter[str] = Counter()

    def known(self, grpc_context: Any) -> str:
        if self._certified and not self._certified(grpc_context):
            return ''
        known = self._known.get(self._tokens.digest(*shown.get()))
        return known.serial if known and known.vouchers and known.good() else ''

    def admit(self, rpc: str, grpc_context: Any) -> Credentials:
        call = context.current()
        call.peer = grpc_context.peer()
        if self._certified and not self._certified(grpc_context):
            raise errors.Failure(errors.Code.PERMISSION_DENIED, 'CLIENT_NAME_NOT_ALLOWED',
                                 "Your certificate has none of the names that --client-name allows here.")  # fmt: skip
        tokens = shown.get()
        if not tokens and rpc not in OPEN:
            raise errors.Failure(errors.Code.UNAUTHENTICATED, 'CREDENTIALS_MISSING',
                                 'There is no token: send "authorization: Bearer TOKEN"; CreateToken gives one.')  # fmt: skip
        given, digest = _parsed(tokens, self._clouds), self._tokens.digest(*tokens)
        known = self._known.get(digest)
        if not known or not known.good():
            # What was remembered for the old one is not given any more.
            known = self._known[digest] = Shown(f'token-{next(self._serials)}')
        self._known.move_to_end(digest)
        while len(self._known) > CALLERS:
            self._known.popitem(last=False)
        return Bearer(self._tokens, given, known, self._calls)


def _parsed(tokens: Sequence[str], clouds: Collection[str]) -> dict[str, str]:
    """Tokens by cloud; an empty name stands for the one that a call is about."""
    if len(tokens) > 2 * TOKENS:
        raise errors.invalid('metadata', f'has more than {TOKENS} tokens', 'TOO_MANY_TOKENS')
    found: dict[str, str] = {}
    lower = {cloud.lower(): cloud for cloud in clouds}
    for key, value in zip(tokens[::2], tokens[1::2], strict=True):
        kind, _, token = value.partition(' ')
        if key == EACH:
            raise errors.Failure(errors.Code.UNAUTHENTICATED, 'MALFORMED_TOKEN', f'{EACH} names no cloud.')
        if kind.lower() != 'bearer' or not TOKEN.fullmatch(token := token.strip()):
            words = f'{key} must be "Bearer", a space, and a token of Keystone.'
            raise errors.Failure(errors.Code.UNAUTHENTICATED, 'MALFORMED_TOKEN', words)
        # Names of metadata have no capitals.
        cloud = '' if key == HEADER else lower.get(key.removeprefix(EACH), key.removeprefix(EACH))
        if found.setdefault(cloud, token) != token:
            raise errors.Failure(errors.Code.UNAUTHENTICATED, 'MALFORMED_TOKEN', f'{key} is there twice, and not the same.')
    return found
