# SPDX-License-Identifier: Apache-2.0
"""Tokens that Keystone has vouched for, or refused, and for how long that is believed.

Whether a token is good is asked once for all who show it at the same time, and believed for a while; then the next call has
it asked again. They are known here by a keyed hash only, the same in every process that shares a key, so that one process
can tell the others that a token was revoked.
"""

import asyncio
import contextvars
import hashlib
import time
import weakref
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any

import orjson

from oaktree import attempts, context, errors
from oaktree.caller import Caller, Visa

LIFETIME = 300.0
"""Seconds that a token is believed to be good, as by keystonemiddleware."""

REFUSED = 15.0
"""Seconds that a token is believed to be bad."""

MARGIN = 10.0
"""Seconds before its end from which on a token is not used any more, or a quarter of its life if that is less: what is asked
with it takes a while."""

MOST = 10_000
"""Tokens that are known to be good; the longest unused goes first. The bad ones have as many places of their own, so that
whoever makes tokens up drives out nobody's good one."""

TOGETHER = 8
"""Tokens that Keystone is asked about at a time for clients at one address: the others wait, and not for those elsewhere."""

VALIDATION = 60.0
"""Seconds that Keystone may take, for all who wait for it."""

Revoke = Callable[[str, str], Awaitable[None]]
"""(cloud, token): has Keystone end it."""

Validate = Callable[[str, str], Awaitable[Mapping[str, Any]]]
"""(cloud, token) -> the ``token`` that Keystone tells of it."""


class Voucher:
    """What is known of one token."""

    __slots__ = ('caller', 'digest', 'ends', 'failure', 'on_end', 'until')

    def __init__(self, digest: bytes, caller: Caller, until: float, ends: float, failure: errors.Failure | None = None) -> None:
        self.digest, self.caller, self.failure = digest, caller, failure
        self.until, self.ends = until, ends
        """In seconds since the epoch: how long this is believed, and how long the token is good."""
        self.on_end: set[Callable[[], None]] = set()
        """Called when it is good no more before its time."""

    def end(self) -> None:
        """Believe it no longer."""
        self.until = 0.0
        if self.caller.visa:
            self.caller.visa.drop(self.digest)
        for tell in tuple(self.on_end):
            tell()


class Tokens:
    """Vouchers by token."""

    def __init__(self, key: bytes, validate: Validate, revoke: Revoke, lifetime: float = LIFETIME) -> None:
        """:param key: what processes share that are to know tokens by the same hash.
        :param lifetime: seconds that a token is believed to be good; 0 has every call ask."""
        self._hash = hashlib.blake2b(key=hashlib.sha256(b'tokens' + key).digest(), digest_size=32)
        self._lifetime = lifetime
        self._validate, self._revoke = validate, revoke
        self.announce: Callable[[bytes], Awaitable[None]] | None = None
        """Tells other processes that a token was revoked."""
        self._known: OrderedDict[bytes, Voucher] = OrderedDict()
        self._refused: OrderedDict[bytes, Voucher] = OrderedDict()
        self._turns: weakref.WeakValueDictionary[str, asyncio.Semaphore] = weakref.WeakValueDictionary()
        self._asking: dict[bytes, tuple[asyncio.Task[Voucher], context.Call]] = {}
        self._revoked: OrderedDict[bytes, float] = OrderedDict()
        """Until when: Keystone may have vouched for one in the moment before."""
        self._callers: weakref.WeakValueDictionary[str, Caller] = weakref.WeakValueDictionary()

    def __repr__(self) -> str:
        return f'<Tokens [{len(self._known)}]>'

    def digest(self, *parts: str) -> bytes:
        """The keyed hash of a cloud's token, or of what else must not be kept as it is."""
        keyed = self._hash.copy()
        keyed.update('\0'.join(parts).encode())
        return keyed.digest()

    async def voucher(self, cloud: str, token: str) -> Voucher:
        """What there is to be known of a token that is good.

        :raises errors.Failure: where it is not, or nobody can say.
        """
        digest, now = self.digest(cloud, token), time.time()
        known = self._known.get(digest) or self._refused.get(digest)
        if known and not known.failure and now >= known.ends:
            raise expired(cloud)
        if known and now < known.until:
            (self._refused if known.failure else self._known).move_to_end(digest)
        else:
            known = await self._ask(digest, cloud, token)
        if known.failure:
            # Not the one that is kept, which would collect a traceback from each.
            raise known.failure.at(cloud=cloud)
        return known

    async def recheck(self, cloud: str, token: str) -> None:
        """A service has refused a token: have Keystone say what is wrong with it.

        :raises errors.Failure: what is; nothing is raised for one that Keystone still vouches for.
        """
        if known := self._known.get(self.digest(cloud, token)):
            known.until = 0.0
        await self.voucher(cloud, token)

    async def revoke(self, cloud: str, token: str) -> None:
        """Accept a token no more, and have nobody else accept it.

        :raises errors.Failure: where Keystone can't be told; then it is good again before long.
        """
        self.revoked(digest := self.digest(cloud, token))
        if self.announce:
            await self.announce(digest)
        await self._revoke(cloud, token)

    def revoked(self, digest: bytes) -> None:
        """A token is good no more, whatever Keystone may have said a moment ago."""
        now = time.time()
        while self._revoked and (next(iter(self._revoked.values())) < now or len(self._revoked) >= MOST):
            self._revoked.popitem(last=False)
        self._revoked[digest] = now + 2 * VALIDATION
        if known := self._known.pop(digest, None):
            known.end()

    async def _ask(self, digest: bytes, cloud: str, token: str) -> Voucher:
        if digest not in self._asking:
            # In a context of its own: it serves others too, and must not end with the first caller's deadline.
            own, call = contextvars.Context(), context.shared(VALIDATION)
            turn = self._turns.setdefault(attempts.host(context.current().peer), asyncio.Semaphore(TOGETHER))
            own.run(context.begin, call)
            task = asyncio.create_task(self._answer(digest, cloud, token, turn), context=own)
            # Where all have gone away who would have been told how it failed.
            task.add_done_callback(lambda task: task.cancelled() or task.exception())
            self._asking[digest] = task, call
        task, call = self._asking[digest]
        call.joined(context.current())
        return await asyncio.shield(task)

    async def _answer(self, digest: bytes, cloud: str, token: str, turn: asyncio.Semaphore) -> Voucher:
        try:
            async with asyncio.timeout(VALIDATION), turn:
                document = await self._validate(cloud, token)
            if self._revoked.get(digest, 0.0) > time.time():
                raise refused(cloud)
            voucher = self._vouched(digest, cloud, token, document)
        except TimeoutError:
            raise errors.deadline('Asking Keystone about a token').at(cloud=cloud) from None
        except (KeyError, TypeError, ValueError, AttributeError):
            raise errors.broken('identity').at(cloud=cloud) from None
        except errors.Failure as failure:
            if failure.code is not errors.Code.UNAUTHENTICATED:
                # It says nothing of the token.
                raise
            voucher = Voucher(digest, NONE, time.time() + REFUSED, 0.0, failure.at(cloud=cloud))
        finally:
            del self._asking[digest]
        return self._learned(digest, voucher)

    def _learned(self, digest: bytes, voucher: Voucher) -> Voucher:
        """What is known of a token from now on."""
        old = self._known.get(digest)
        if old and old.caller is voucher.caller:
            # The same one, as others wait for its end.
            old.until, old.ends = voucher.until, voucher.ends
            return old
        if old:
            del self._known[digest]
            old.end()
        self._refused.pop(digest, None)
        known = self._refused if voucher.failure else self._known
        known[digest] = voucher
        while len(known) > MOST:
            known.popitem(last=False)
        return voucher

    def _vouched(self, digest: bytes, cloud: str, token: str, document: Mapping[str, Any]) -> Voucher:
        now, end = time.time(), _moment(document['expires_at'])
        ends = end - min(MARGIN, (end - _moment(document['issued_at'])) / 4)
        if now >= ends:
            raise expired(cloud)
        told = _caller(cloud, document)
        caller = self._callers.setdefault(told.name, told)
        assert caller.visa
        caller.visa.admit(digest, token, ends, document)
        return Voucher(digest, caller, min(now + self._lifetime, ends), ends)


NONE = Caller('')
"""Whom a token is for that is not good."""


def expired(cloud: str) -> errors.Failure:
    """A token that was good."""
    words = f'The token for {cloud} has ended: get a new one.'
    return errors.Failure(errors.Code.UNAUTHENTICATED, 'TOKEN_EXPIRED', words, metadata={'cloud': cloud})


def refused(cloud: str) -> errors.Failure:
    """A token that was revoked."""
    words = f'The token for {cloud} was revoked: get a new one.'
    return errors.Failure(errors.Code.UNAUTHENTICATED, 'TOKEN_REFUSED', words, metadata={'cloud': cloud})


def _caller(cloud: str, document: Mapping[str, Any]) -> Caller:
    """Whom Keystone knows by a token. https://docs.openstack.org/api-ref/identity/v3/#validate-and-show-information-for-token"""
    user, project, roles = document['user'], document['project'], document['roles']
    credential = document.get('application_credential') or {}
    # Whatever may change an answer: access rules go with their credential.
    decisive = [
        cloud, project['id'], user['id'], sorted(role['id'] for role in roles), credential.get('id'),
        document.get('is_admin_project'), (document.get('OS-TRUST:trust') or {}).get('id'), document.get('OS-OAUTH1'),
    ]  # fmt: skip
    return Caller(
        hashlib.sha256(orjson.dumps(decisive, option=orjson.OPT_SORT_KEYS)).hexdigest()[:32],
        user_id=user['id'],
        user_name=user['name'],
        user_domain_id=user['domain']['id'],
        user_domain_name=user['domain']['name'],
        project={
            'id': project['id'],
            'name': project['name'],
            'domain_id': project['domain']['id'],
            'domain_name': project['domain']['name'],
        },
        roles=tuple(sorted(role['name'] for role in roles)),
        application_credential_id=credential.get('id', ''),
        visa=Visa(),
    )


def _moment(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()
