# SPDX-License-Identifier: Apache-2.0
"""Of many who want one floating IP, one has it at a time, however their requests come in between."""

import asyncio
import random
import time
import unittest
from typing import Any

from oaktreemodel import v1 as pb

from oaktree import claims, errors
from oaktree.caller import OWNER
from oaktree.resource import Place, Snapshot

PLACE = Place('alpha', '', OWNER)


class Cloud:
    """One floating IP and its tags; each request takes its own time."""

    def __init__(self, seed: int = 0, *tags: str) -> None:
        self.address: Any = pb.FloatingIp(id='f', address='203.0.113.9', tags=tags)
        self.fails: errors.Failure | None = None
        self._random = random.Random(seed)

    async def pause(self) -> None:
        for _ in range(self._random.randrange(6)):
            await asyncio.sleep(0)

    async def write(self, _resource: Any, _place: Place, method: str, path: tuple[str, ...], *_: Any) -> dict[str, Any]:
        await self.pause()
        if self.fails:
            raise self.fails
        tags = self.address.tags
        if method == 'PUT':
            tags.append(path[2])
        elif path[2] in tags:
            tags.remove(path[2])
        await self.pause()
        return {}

    async def get(self, *_: Any) -> Snapshot:
        await self.pause()
        copy = pb.FloatingIp()
        copy.CopyFrom(self.address or copy)
        await self.pause()
        return Snapshot.of([copy] if self.address else [], time.time())

    def held(self) -> Any:
        return claims.held(self, PLACE, pb.FloatingIp(id='f', address='203.0.113.9'))  # type: ignore[arg-type]


class ClaimsTest(unittest.IsolatedAsyncioTestCase):
    async def test_one_has_it_at_a_time(self) -> None:
        won = lost = 0
        for seed in range(300):
            cloud, inside = Cloud(seed), 0

            async def take(cloud: Cloud = cloud) -> bool:
                nonlocal inside
                try:
                    async with cloud.held():
                        inside += 1
                        self.assertEqual(inside, 1)
                        await cloud.pause()
                        inside -= 1
                except claims.Held:
                    return False
                return True

            got = await asyncio.gather(*(take() for _ in range(4)))
            won, lost = won + sum(got), lost + len(got) - sum(got)
            self.assertEqual(list(cloud.address.tags), [])
        self.assertGreater(won, 0)
        self.assertGreater(lost, 0)

    async def test_a_tag_counts_until_it_is_forgotten(self) -> None:
        young, old = (f'{claims.PREFIX}{int(time.time() - age)}-x' for age in (claims.FORGOTTEN - 60, claims.FORGOTTEN + 1))
        held = Cloud(0, young, 'mine')
        with self.assertRaises(claims.Held) as told:
            async with held.held():
                self.fail('somebody else has it')
        self.assertEqual((told.exception.reason, told.exception.metadata), ('CONFLICT', {'floating_ip_id': 'f'}))
        self.assertEqual(list(held.address.tags), [young, 'mine'])
        self.assertTrue(claims.is_claimed(held.address))
        free = Cloud(0, old, 'mine')
        self.assertFalse(claims.is_claimed(free.address))
        async with free.held() as address:
            self.assertEqual(address.id, 'f')
        self.assertEqual(list(free.address.tags), ['mine'])

    async def test_it_stays_held_where_a_change_may_still_be_made(self) -> None:
        for code, left in ((errors.Code.UNAVAILABLE, 1), (errors.Code.INVALID_ARGUMENT, 0)):
            cloud = Cloud()
            with self.assertRaises(errors.Failure):
                async with cloud.held():
                    raise errors.Failure(code, 'X', 'x')
            self.assertEqual(len(cloud.address.tags), left)

    async def test_one_that_is_gone_is_nobodys(self) -> None:
        for code in (errors.Code.NOT_FOUND, errors.Code.UNAVAILABLE):
            cloud = Cloud()
            cloud.address, cloud.fails = None, errors.Failure(code, 'X', 'x')
            with self.assertRaises(claims.Held):
                async with cloud.held():
                    self.fail('it is not there')
        cloud = Cloud()
        cloud.fails = errors.Failure(errors.Code.UNAVAILABLE, 'CLOUD_FAILED', 'x')
        with self.assertRaises(errors.Failure) as told:
            async with cloud.held():
                self.fail('it could not be marked')
        self.assertEqual(told.exception.reason, 'CLOUD_FAILED')
