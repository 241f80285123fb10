# SPDX-License-Identifier: Apache-2.0
"""What is tried again, what is not, and what a service that is away is spared."""

import asyncio
import time
import unittest
from typing import Any
from unittest import mock

import requests
from keystoneauth1 import exceptions as ksa

from oaktree import context, errors, metrics
from oaktree.circuit import FAILURES
from oaktree.gates import ATTEMPTS, SILENCE, Gate
from oaktree.limits import Limiter
from tests.unit.fake import settle

RESET = errors.known(ksa.ConnectFailure('reset'))
SLOW = errors.known(ksa.ConnectTimeout('slow'))


def answer(status: int, **headers: str) -> errors.Failure:
    return errors.refused(status, b'', {name.replace('_', '-'): value for name, value in headers.items()}, 'compute')


class GatesTest(unittest.IsolatedAsyncioTestCase):
    def setUp(self) -> None:
        self.sleeps: list[float] = []
        self.turn = asyncio.sleep
        self.enterContext(mock.patch('oaktree.gates.asyncio.sleep', self.sleep))
        self.tries: list[int] = []

    async def asyncSetUp(self) -> None:
        self.gate = Gate('alpha', 'one', 'compute', Limiter(), 60.0)
        context.begin(context.Call(deadline=time.monotonic() + 60))

    async def sleep(self, seconds: float) -> None:
        if seconds:
            self.sleeps.append(seconds)
        await self.turn(0)

    async def call(self, *outcomes: Any, again: bool = True) -> Any:
        """A call whose attempts end so, one after the other."""
        self.tries.clear()

        async def attempt(number: int) -> Any:
            self.tries.append(number)
            outcome = outcomes[number - 1]
            if isinstance(outcome, Exception):
                raise outcome
            return outcome

        return await self.gate.call(attempt, again)

    def counted(self, metric: Any, *labels: str) -> float:
        value: float = metric.labels(*labels)._value.get()
        return value

    async def test_what_may_pass_is_tried_again(self) -> None:
        for failure in (RESET, answer(429), answer(502), answer(503), answer(504)):
            with self.subTest(str(failure)):
                before = self.counted(metrics.RETRIES, 'alpha', 'compute')
                self.assertEqual(await self.call(failure, failure, 'done'), 'done')
                self.assertEqual(self.tries, [1, 2, 3])
                self.assertEqual(self.counted(metrics.RETRIES, 'alpha', 'compute') - before, 2)

    async def test_attempts_have_an_end(self) -> None:
        with self.assertRaises(errors.Failure) as caught:
            await self.call(*[answer(503)] * 10)
        self.assertEqual(caught.exception.metadata['http_status'], '503')
        self.assertEqual(len(self.tries), ATTEMPTS)

    async def test_what_will_not_pass_is_tried_once(self) -> None:
        for failure in (answer(400), answer(401), answer(403), answer(404), answer(409), answer(500), answer(501), SLOW):
            with self.subTest(str(failure)):
                with self.assertRaises(errors.Failure):
                    await self.call(failure, 'done')
                self.assertEqual(self.tries, [1])
        with self.assertRaises(RuntimeError):
            await self.call(RuntimeError('a mistake of ours'), 'done')
        self.assertEqual(self.tries, [1])

    async def test_what_must_not_happen_twice_is_tried_once(self) -> None:
        for failure in (RESET, answer(429), answer(503)):
            with self.assertRaises(errors.Failure):
                await self.call(failure, 'done', again=False)
            self.assertEqual(self.tries, [1])

    async def test_attempts_are_not_in_step(self) -> None:
        for _ in range(30):
            await self.call(RESET, RESET, 'done')
        self.assertGreater(len(set(self.sleeps)), 50)
        self.assertLess(max(self.sleeps), 1)

    async def test_nothing_is_tried_again_after_the_deadline(self) -> None:
        context.begin(context.Call(deadline=time.monotonic()))
        with self.assertRaises(errors.Failure) as caught:
            await self.call(RESET, 'done')
        self.assertEqual(caught.exception.reason, 'CLOUD_UNREACHABLE')
        self.assertEqual((self.tries, self.sleeps), ([1], []))

    async def test_an_answer_that_asks_for_a_pause_stops_everybody(self) -> None:
        for status, code in ((429, 'RESOURCE_EXHAUSTED'), (413, 'RESOURCE_EXHAUSTED'), (503, 'UNAVAILABLE')):
            with self.subTest(status):
                self.gate = Gate('alpha', 'one', 'compute', Limiter(), 60.0)
                before = self.counted(metrics.THROTTLED, 'alpha', 'compute')
                self.gate.answered('GET', status, {'Retry-After': '120'}, 0.1)
                await settle()
                self.assertEqual(self.counted(metrics.THROTTLED, 'alpha', 'compute') - before, 1)
                with self.assertRaises(errors.Failure) as caught:
                    await self.call('done')
                self.assertEqual(caught.exception.code.name, code)
                self.assertEqual(self.tries, [])
                with self.assertRaises(errors.Failure):
                    self.gate.check()

    async def test_an_answer_that_does_not_ask_for_one_stops_nobody(self) -> None:
        for status, headers in ((429, {}), (503, {}), (503, {'Retry-After': '0'}), (500, {'Retry-After': '120'})):
            self.gate.answered('GET', status, headers, 0.1)
        await settle()
        self.assertEqual(await self.call('done'), 'done')

    async def test_silence_opens_the_circuit_and_an_answer_closes_it(self) -> None:
        silences: tuple[Any, ...] = (
            lambda: self.gate.unanswered('GET', requests.ConnectionError('refused')),
            lambda: self.gate.unanswered('GET', requests.ReadTimeout('slow'), SILENCE),
            lambda: self.gate.unanswered('GET', requests.ConnectTimeout('slow'), SILENCE),
            lambda: self.gate.answered('GET', 502, {}, 0.1),
            lambda: self.gate.answered('GET', 504, {}, 0.1),
        )
        for number, silence in enumerate(silences):
            with self.subTest(number):
                for _ in range(FAILURES):
                    silence()
                await settle()
                self.assertTrue(self.gate.circuit.open)
                with self.assertRaises(errors.Failure) as caught:
                    await self.call('done')
                self.assertEqual((self.tries, caught.exception.code), ([], errors.Code.UNAVAILABLE))
                self.gate.answered('GET', 404, {}, 0.1)
                await settle()
                self.assertEqual(await self.call('done'), 'done')

    async def test_whoever_is_in_a_hurry_says_nothing_of_the_service(self) -> None:
        for _ in range(10 * FAILURES):
            self.gate.unanswered('GET', requests.ReadTimeout('slow'), 0.2)
        for status in (400, 401, 404, 429, 500, 503):
            for _ in range(FAILURES):
                self.gate.answered('GET', status, {}, 0.1)
        await settle()
        self.assertFalse(self.gate.circuit.open)

    async def test_where_api_timeout_is_short_it_is_what_counts(self) -> None:
        self.gate = Gate('alpha', 'one', 'compute', Limiter(), 1.0)
        for _ in range(FAILURES):
            self.gate.unanswered('GET', requests.ReadTimeout('slow'), 1.0)
        await settle()
        self.assertTrue(self.gate.circuit.open)

    async def test_a_retry_ends_where_the_circuit_opens(self) -> None:
        async def attempt(number: int) -> None:
            self.tries.append(number)
            for _ in range(FAILURES):
                self.gate.unanswered('GET', requests.ConnectionError('refused'))
            await settle()
            raise RESET

        with self.assertRaises(errors.Failure) as caught:
            await self.gate.call(attempt, True)
        self.assertEqual(self.tries, [1])
        self.assertEqual(caught.exception.metadata['circuit'], 'open')

    async def test_requests_are_counted_by_how_they_ended(self) -> None:
        labels = [('alpha', 'compute', 'GET', status) for status in ('200', 'timeout', 'unreachable')]
        before = [self.counted(metrics.UPSTREAM_REQUESTS, *each) for each in labels]
        self.gate.answered('GET', 200, {}, 0.1)
        self.gate.unanswered('GET', requests.ReadTimeout('slow'), 0.2)
        self.gate.unanswered('GET', requests.ConnectionError('refused'))
        after = [self.counted(metrics.UPSTREAM_REQUESTS, *each) for each in labels]
        self.assertEqual([now - then for now, then in zip(after, before, strict=True)], [1, 1, 1])

    async def test_a_thread_may_outlive_the_loop(self) -> None:
        gate = await asyncio.to_thread(asyncio.run, self._gate())
        gate.answered('GET', 200, {}, 0.1)
        gate.unanswered('GET', requests.ConnectionError('refused'))

    async def _gate(self) -> Gate:
        return Gate('alpha', 'one', 'compute', Limiter(), 60.0)
