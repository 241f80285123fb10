# SPDX-License-Identifier: Apache-2.0
"""The pace that the deployer allows, and the pauses that a cloud asks for."""

import asyncio
import unittest
from collections.abc import Coroutine
from typing import Any
from unittest import mock

from oaktree import errors
from oaktree.limits import LONGEST_PAUSE, SPREAD, Limiter
from tests.unit.fake import Clock, settle

BUSY = errors.Failure(errors.Code.RESOURCE_EXHAUSTED, 'RATE_LIMITED', 'The cloud says: slow down')
ILL = errors.Failure(errors.Code.UNAVAILABLE, 'CLOUD_FAILED', 'The cloud says: not now')


class LimitsTest(unittest.IsolatedAsyncioTestCase):
    def setUp(self) -> None:
        self.clock = Clock()
        self.enterContext(mock.patch('oaktree.limits.time', self.clock))
        self.sleepers: list[tuple[float, asyncio.Future[None]]] = []
        self.enterContext(mock.patch('oaktree.limits.asyncio', mock.Mock(Lock=asyncio.Lock, sleep=self.sleep)))
        self.passed: list[int] = []

    async def sleep(self, seconds: float) -> None:
        sleeper: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.sleepers.append((self.clock.now + seconds, sleeper))
        await sleeper

    async def advance(self, seconds: float) -> None:
        """Let so much time pass."""
        end = self.clock.now + seconds
        while True:
            await settle(200)
            due = [sleeper for sleeper in self.sleepers if sleeper[0] <= end and not sleeper[1].done()]
            if not due:
                break
            first = min(due, key=lambda sleeper: sleeper[0])
            self.clock.now = max(self.clock.now, first[0])
            first[1].set_result(None)
        self.clock.now = end

    def call(self, limiter: Limiter, number: int, patience: float = 1000) -> 'asyncio.Task[None]':
        end = self.clock.now + patience

        async def run() -> None:
            await limiter.admit(lambda: end - self.clock.now)
            self.passed.append(number)

        coroutine: Coroutine[Any, Any, None] = run()
        task = asyncio.create_task(coroutine)
        self.addCleanup(task.cancel)
        return task

    async def test_without_a_rate_nobody_waits(self) -> None:
        limiter = Limiter()
        for number in range(1000):
            await limiter.admit(lambda: 0.1)
            self.passed.append(number)
        self.assertEqual(len(self.passed), 1000)
        self.assertEqual(limiter.waiting, 0)

    async def test_a_burst_passes_and_then_so_many_a_second_in_turn(self) -> None:
        limiter = Limiter(rate=2, burst=3)
        for number in range(10):
            self.call(limiter, number)
        await self.advance(0)
        self.assertEqual(self.passed, [0, 1, 2])
        self.assertEqual(limiter.waiting, 7)
        await self.advance(1)
        self.assertEqual(self.passed, [0, 1, 2, 3, 4])
        await self.advance(2.5)
        self.assertEqual(self.passed, list(range(10)))
        self.assertEqual(limiter.waiting, 0)

    async def test_a_long_rest_saves_up_no_more_than_a_burst(self) -> None:
        limiter = Limiter(rate=2, burst=3)
        self.clock.now += 3600
        for number in range(10):
            self.call(limiter, number)
        await self.advance(0)
        self.assertEqual(len(self.passed), 3)

    async def test_who_leaves_the_line_holds_nobody_up(self) -> None:
        limiter = Limiter(rate=1, burst=1)
        calls = [self.call(limiter, number) for number in range(200)]
        await self.advance(0)
        for call in calls[1:199]:
            call.cancel()
        await self.advance(1)
        self.assertEqual(self.passed, [0, 199])
        self.assertEqual(limiter.waiting, 0)

    async def test_who_would_wait_too_long_is_told_at_once(self) -> None:
        limiter = Limiter(rate=1, burst=1)
        for number in range(5):
            self.call(limiter, number)
        await self.advance(0)
        with self.assertRaises(errors.Failure) as caught:
            await limiter.admit(lambda: 4)
        self.assertEqual((caught.exception.code, caught.exception.reason), (BUSY.code, 'RATE_LIMITED'))
        self.assertEqual(caught.exception.details[0].retry_delay.seconds, 5)
        self.assertIn('oaktree_rate', caught.exception.message)
        self.call(limiter, 5, 6)
        await self.advance(5)
        self.assertEqual(self.passed, list(range(6)))

    async def test_a_pause_holds_everybody_who_can_wait(self) -> None:
        limiter = Limiter()
        limiter.pause(20, BUSY)
        for number in range(50):
            self.call(limiter, number, patience=30)
        await self.advance(19.9)
        self.assertEqual(self.passed, [])
        self.assertEqual(limiter.waiting, 50)
        await self.advance(0.1 + SPREAD)
        self.assertEqual(self.passed, list(range(50)))

    async def test_who_can_not_wait_is_told_why_and_for_how_long(self) -> None:
        for cause in (BUSY, ILL):
            limiter = Limiter()
            limiter.pause(20, cause)
            with self.assertRaises(errors.Failure) as caught:
                await limiter.admit(lambda: 19)
            self.assertEqual((caught.exception.code, caught.exception.reason), (cause.code, cause.reason))
            self.assertIn(caught.exception.details[0].retry_delay.seconds, (20, 21))

    async def test_whose_turn_moves_too_far_away_is_told_so(self) -> None:
        limiter = Limiter()
        limiter.pause(2, BUSY)
        call = self.call(limiter, 0, patience=10)
        await self.advance(1)
        limiter.pause(60, BUSY)
        await self.advance(2 + SPREAD)
        self.assertIsInstance(call.exception(), errors.Failure)
        self.assertEqual(self.passed, [])

    async def test_a_pause_has_an_end(self) -> None:
        limiter = Limiter()
        limiter.pause(86400, BUSY)
        self.call(limiter, 0)
        await self.advance(LONGEST_PAUSE + SPREAD)
        self.assertEqual(self.passed, [0])

    async def test_a_shorter_pause_does_not_end_a_longer_one(self) -> None:
        limiter = Limiter()
        limiter.pause(60, BUSY)
        limiter.pause(1, BUSY)
        limiter.pause(0, BUSY)
        self.call(limiter, 0)
        await self.advance(59)
        self.assertEqual(self.passed, [])
        await self.advance(1 + SPREAD)
        self.assertEqual(self.passed, [0])
