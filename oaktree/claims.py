# SPDX-License-Identifier: Apache-2.0
"""A floating IP for one caller alone, as long as it takes to say where it leads.

``If-Match`` does not keep two apart who write at the same moment: Neutron, whose database refuses the second, tries that again
by itself, and then without the condition. So each first adds a tag of its own, and then looks. Of two, whoever looks later
sees the tag of the other; if both do, both leave it alone. That holds for all oaktrees, whatever they share.
https://docs.openstack.org/api-ref/network/v2/#standard-attributes-tag-extension
"""

import contextlib
import time
import uuid
from collections.abc import AsyncIterator
from typing import Any

from oaktree import errors
from oaktree.backends.base import Backend
from oaktree.resource import Place
from oaktree.rows.network import FLOATING_IP

PREFIX = 'oaktree-claim-'
"""How such a tag begins; behind it are the seconds since the epoch when it was added, and what makes it unique."""

FORGOTTEN = 600.0
"""Seconds after which a tag is that of an oaktree which broke off, whatever the clocks of the two say."""

UNSURE = frozenset({errors.Code.UNAVAILABLE, errors.Code.DEADLINE_EXCEEDED, errors.Code.INTERNAL})
"""Status of a change that may be made all the same, and later."""


class Held(errors.Failure):
    """Somebody else is about to change it, or it is gone."""

    def __init__(self, address: Any) -> None:
        super().__init__(
            errors.Code.FAILED_PRECONDITION, 'CONFLICT',
            f'Floating IP {address.address} is being changed by another just now; try again.',
            metadata={'floating_ip_id': address.id},
        )  # fmt: skip


def is_claimed(address: Any) -> bool:
    """Whether somebody has said to be about to change one."""
    now = time.time()
    return any(now - _since(tag) < FORGOTTEN for tag in address.tags if tag.startswith(PREFIX))


@contextlib.asynccontextmanager
async def held(backend: Backend, place: Place, address: Any) -> AsyncIterator[Any]:
    """The floating IP as it is now, and stays until the block ends, for all who ask first.

    :raises Held: where another has it, or it is gone.
    """
    mine = f'{PREFIX}{int(time.time())}-{uuid.uuid4().hex}'
    try:
        await backend.write(FLOATING_IP, place, 'PUT', (address.id, 'tags', mine))
    except errors.Failure as failure:
        # Of one that is not there Neutron fails, or says so.
        if failure.code in UNSURE | {errors.Code.NOT_FOUND} and await _now(backend, place, address) is None:
            raise Held(address) from None
        raise
    try:
        now = await _now(backend, place, address)
        if now is None:
            raise Held(address)
        others = [tag for tag in now.tags if tag.startswith(PREFIX) and tag != mine]
        if any(time.time() - _since(tag) < FORGOTTEN for tag in others):
            raise Held(address)
        for tag in others:
            await _drop(backend, place, address, tag)
        yield now
    except errors.Failure as failure:
        if failure.code not in UNSURE:
            await _drop(backend, place, address, mine)
        raise
    await _drop(backend, place, address, mine)


async def _now(backend: Backend, place: Place, address: Any) -> Any:
    return next(iter((await backend.get(FLOATING_IP, place, address.id, time.time())).items), None)


async def _drop(backend: Backend, place: Place, address: Any, tag: str) -> None:
    try:
        await backend.write(FLOATING_IP, place, 'DELETE', (address.id, 'tags', tag))
    except errors.Failure as failure:
        # What could not be taken off counts for nothing after a while.
        if failure.code not in UNSURE | {errors.Code.NOT_FOUND}:
            raise


def _since(tag: str) -> float:
    seconds = tag.removeprefix(PREFIX).partition('-')[0]
    return float(seconds) if seconds.isdigit() else 0.0
