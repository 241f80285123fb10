# SPDX-License-Identifier: Apache-2.0
"""What a call shows where tokens are asked for, and the end of calls whose tokens are good no more."""

import asyncio
import contextlib
import math
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Collection
from typing import Any

from oaktree import errors
from oaktree.caller import Caller
from oaktree.tokens import Tokens, Voucher, refused

CALLS = 5000
"""Calls that one identity may have under way, watches included."""

DOUBT = 10.0
"""Seconds after which it is asked again for a token of which its cloud could say nothing."""

RECHECK = 1.0
"""Seconds between two such questions at least."""


class Shown:
    """What was vouched for of those who show the same tokens."""

    __slots__ = ('serial', 'vouchers')

    def __init__(self, serial: str) -> None:
        self.serial = serial
        """What their answers are remembered by."""
        self.vouchers: dict[str, Voucher] = {}
        """By cloud."""

    def good(self) -> bool:
        """Whether all that was vouched for is believed."""
        now = time.time()
        return all(now < voucher.until for voucher in self.vouchers.values())


class Bearer:
    """The tokens of one call."""

    def __init__(self, tokens: Tokens, given: dict[str, str], shown: Shown, calls: 'Counter[str]') -> None:
        """:param given: by cloud; that of an empty name is for the one cloud that the call is about.
        :param calls: that are under way, by identity."""
        self._tokens, self._given, self._shown, self._calls = tokens, given, shown, calls
        self._guard: Guard | None = None
        self._revoke: Callable[[str, str], Awaitable[None]]

    def __repr__(self) -> str:
        return f'<Bearer [{len(self._given)} tokens]>'

    @property
    def key(self) -> str:
        """What answers to whoever shows just this are remembered by."""
        return self._shown.serial

    async def at(self, cloud: str, named: bool) -> Caller:
        token = self._given.get(cloud) or (self._given.get('', '') if named else '')
        try:
            if not token:
                raise _missing(cloud, named)
            voucher = self._shown.vouchers.get(cloud) or await self._tokens.voucher(cloud, token)
            self._shown.vouchers[cloud] = voucher
            if self._guard:
                self._guard.hold(cloud, token, voucher)
            return voucher.caller
        except errors.Failure as failure:
            told = failure.at(cloud=cloud)
            if named:
                raise told from None
            if token and self._guard and told.code is not errors.Code.UNAUTHENTICATED:
                self._guard.doubt(cloud, token)
            return Caller(f'refused:{cloud}:{told.reason}', refusal=told)

    def named(self, clouds: Collection[str]) -> str:
        vouchers = self._shown.vouchers
        if not (names := [vouchers[cloud].caller.name for cloud in sorted(clouds) if cloud in vouchers]):
            # Never one name for two who are not known.
            raise RuntimeError('who calls is not known yet')
        return '|'.join(names)

    def token(self, cloud: str) -> str:
        return (self._given.get(cloud) or self._given.get('', '')) if cloud in self._shown.vouchers else ''

    def ends(self, clouds: Collection[str]) -> float:
        vouchers = self._shown.vouchers
        return min((vouchers[cloud].ends for cloud in clouds if cloud in vouchers), default=math.inf)

    async def revoke(self, cloud: str) -> None:
        """Have a cloud and oaktree accept its token no more.

        :raises errors.Failure: where Keystone can't be told.
        """
        token = self.token(cloud)
        if self._guard:
            # It is this call that ends it, and it is to be told how that went.
            self._guard.release(cloud)
        await self._tokens.revoke(cloud, token)

    def facts(self, clouds: Collection[str]) -> Any:
        vouchers = self._shown.vouchers
        return {cloud: _facts(vouchers[cloud].caller) for cloud in sorted(clouds) if cloud in vouchers}

    def guard(self, lasting: bool) -> 'Guard':
        """End the running call where its tokens are good no more, and count it.

        :param lasting: whether it goes on for ever, and so not beyond the end of a token. Others have begun in time.
        """
        self._guard = Guard(self._tokens, self._calls, lasting)
        return self._guard


class Guard(contextlib.AbstractContextManager['Guard']):
    """Watches over the tokens of the running call, from when each is first used."""

    def __init__(self, tokens: Tokens, calls: 'Counter[str]', lasting: bool) -> None:
        self._tokens, self._calls, self._lasting = tokens, calls, lasting
        self._held: dict[str, tuple[str, Voucher]] = {}
        self._doubts: dict[str, str] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._looking: asyncio.Task[None] | None = None
        self._failure: errors.Failure | None = None
        self._over = False

    def __enter__(self) -> 'Guard':
        self._task = asyncio.current_task()
        return self

    def hold(self, cloud: str, token: str, voucher: Voucher) -> None:
        """The call uses this token.

        :raises errors.Failure: where whose token it is has too many calls under way.
        """
        if cloud in self._held or self._over:
            # What goes on behind a call that has ended is not its caller's any more.
            return
        name = voucher.caller.name
        if self._calls[name] >= CALLS:
            raise errors.Failure(errors.Code.RESOURCE_EXHAUSTED, 'TOO_MANY_CALLS',
                                 f'You have {CALLS} calls under way: let some end first.')  # fmt: skip
        self._calls[name] += 1
        self._held[cloud] = token, voucher
        voucher.on_end.add(self._look)
        self._arm(voucher.until)

    def release(self, cloud: str) -> None:
        """The call does not need this one any more."""
        _, voucher = self._held.pop(cloud)
        voucher.on_end.discard(self._look)
        self._calls[name := voucher.caller.name] -= 1
        if not self._calls[name]:
            del self._calls[name]

    def doubt(self, cloud: str, token: str) -> None:
        """The call would use this one, too, but its cloud is away."""
        if self._lasting and not self._over:
            self._doubts[cloud] = token
            self._arm(time.time() + DOUBT)

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        self._over = True
        for cloud in tuple(self._held):
            self.release(cloud)
        if self._timer:
            self._timer.cancel()
        if self._looking:
            self._looking.cancel()
        if self._failure and kind is asyncio.CancelledError:
            assert self._task
            self._task.uncancel()
            raise self._failure from None

    def _arm(self, when: float) -> None:
        loop = asyncio.get_running_loop()
        at = loop.time() + max(RECHECK, when - time.time())
        if self._timer and not self._timer.cancelled():
            if self._timer.when() <= at:
                return
            self._timer.cancel()
        self._timer = loop.call_at(at, self._look)

    def _look(self) -> None:
        self._timer = None
        if not self._looking or self._looking.done():
            self._looking = asyncio.create_task(self._recheck())

    async def _recheck(self) -> None:
        try:
            for cloud, (token, voucher) in tuple(self._held.items()):
                if not self._lasting and voucher.until > 0 and time.time() >= voucher.ends:
                    continue
                found = await self._tokens.voucher(cloud, token)
                if found.caller is not voucher.caller:
                    raise refused(cloud)
                self._arm(found.until)
            for cloud, token in self._doubts.items():
                try:
                    await self._tokens.voucher(cloud, token)
                except errors.Failure:
                    self._arm(time.time() + DOUBT)
                else:
                    raise _back(cloud)
        except errors.Failure as failure:
            self._failure = failure
            assert self._task
            self._task.cancel()


def _missing(cloud: str, named: bool) -> errors.Failure:
    how = 'or "authorization: Bearer TOKEN"' if named else 'or name one cloud in location.cloud'
    words = f'There is no token for {cloud}: send "oaktree-token-{cloud}: Bearer TOKEN", {how}.'
    return errors.Failure(errors.Code.UNAUTHENTICATED, 'CREDENTIALS_MISSING', words)


def _back(cloud: str) -> errors.Failure:
    words = f'{cloud} was away when this began, and is back: begin again.'
    return errors.Failure(errors.Code.UNAVAILABLE, 'CLOUD_BACK', words, metadata={'cloud': cloud})


def _facts(caller: Caller) -> dict[str, str]:
    return {'user_id': caller.user_id, 'project_id': caller.project['id']}
