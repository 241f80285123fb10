# SPDX-License-Identifier: Apache-2.0
"""How often somebody may fail to sign in."""

import asyncio
import time
import unittest
from unittest import mock

from google.rpc import error_details_pb2 as rpc

from oaktree import attempts, context, errors
from oaktree.attempts import FAILURES, TOGETHER, WINDOW, Attempts, host

REFUSED = errors.Failure(errors.Code.UNAUTHENTICATED, 'CREDENTIALS_REFUSED', 'no')
AWAY = errors.Failure(errors.Code.UNAVAILABLE, 'CLOUD_UNREACHABLE', 'away')


class Keystone:
    """Answers the right secret and refuses others, and counts."""

    def __init__(self) -> None:
        self.asked = self.now = self.most = 0
        self.attempts = Attempts()

    async def sign_in(self, *kinds: str, failure: errors.Failure | None = None) -> str:
        """The reason that an attempt is refused for; empty for a success."""

        async def attempt() -> str:
            self.asked += 1
            self.now += 1
            self.most = max(self.most, self.now)
            await asyncio.sleep(0.001)
            self.now -= 1
            if failure:
                raise failure
            return ''

        try:
            return await self.attempts.make(attempt, *kinds)
        except errors.Failure as refusal:
            return refusal.reason


class AttemptsTest(unittest.IsolatedAsyncioTestCase):
    def setUp(self) -> None:
        self.keystone = Keystone()
        self.clock = self.enterContext(mock.patch.object(attempts, 'time'))
        self.clock.monotonic.return_value = 1000.0

    async def test_guessing_ends_soon(self) -> None:
        reasons = [await self.keystone.sign_in('here', failure=REFUSED) for _ in range(100)]
        self.assertEqual(reasons, ['CREDENTIALS_REFUSED'] * FAILURES + ['TOO_MANY_ATTEMPTS'] * (100 - FAILURES))
        self.assertEqual(self.keystone.asked, FAILURES)

    async def test_guessing_much_at_a_time_is_no_better(self) -> None:
        reasons = await asyncio.gather(*(self.keystone.sign_in('here', failure=REFUSED) for _ in range(1000)))
        self.assertLess(self.keystone.asked, FAILURES + TOGETHER)
        self.assertEqual(reasons.count('TOO_MANY_ATTEMPTS'), 1000 - self.keystone.asked)

    async def test_whoever_has_the_right_secret_is_never_stopped(self) -> None:
        self.assertEqual(set(await asyncio.gather(*(self.keystone.sign_in('here', f'{i % 3}') for i in range(1000)))), {''})
        self.assertEqual(self.keystone.most, TOGETHER)

    async def test_all_that_attempts_have_in_common_is_counted(self) -> None:
        for number in range(FAILURES):
            await self.keystone.sign_in(f'host {number}', 'client', failure=REFUSED)
        self.assertEqual(await self.keystone.sign_in('another host', 'client'), 'TOO_MANY_ATTEMPTS')
        self.assertEqual(await self.keystone.sign_in('host 1', 'another client'), '')

    async def test_a_cloud_that_is_away_is_nobody_s_failure(self) -> None:
        for _ in range(3 * FAILURES):
            self.assertEqual(await self.keystone.sign_in('here', failure=AWAY), 'CLOUD_UNREACHABLE')
        self.assertEqual(await self.keystone.sign_in('here'), '')

    async def test_a_window_has_an_end_and_the_error_tells_it(self) -> None:
        for _ in range(FAILURES):
            await self.keystone.sign_in('here', failure=REFUSED)
        with self.assertRaises(errors.Failure) as caught:
            await self.keystone.attempts.make(mock.AsyncMock(), 'here')
        self.assertIs(caught.exception.code, errors.Code.RESOURCE_EXHAUSTED)
        [detail] = caught.exception.details
        assert isinstance(detail, rpc.RetryInfo)
        self.assertEqual(detail.retry_delay.seconds, WINDOW)
        for seconds, reason in ((WINDOW - 1, 'TOO_MANY_ATTEMPTS'), (WINDOW + 1, '')):
            self.clock.monotonic.return_value = 1000.0 + seconds
            self.assertEqual(await self.keystone.sign_in('here'), reason, seconds)

    async def test_nobody_waits_longer_than_their_call_lasts(self) -> None:
        stuck = [asyncio.create_task(self.keystone.attempts.make(asyncio.Event().wait, 'here')) for _ in range(TOGETHER)]
        await asyncio.sleep(0)
        context.begin(context.Call(deadline=time.monotonic() + 0.05))
        self.assertEqual(await self.keystone.sign_in('here'), 'DEADLINE_EXCEEDED')
        for task in stuck:
            task.cancel()

    async def test_memory_is_bounded(self) -> None:
        self.keystone.attempts = Attempts(known=10)
        for number in range(50):
            await self.keystone.sign_in(f'host {number}', failure=REFUSED)
            await self.keystone.sign_in(f'good host {number}')
        self.assertEqual(list(self.keystone.attempts._failed), [f'host {number}' for number in range(40, 50)])
        self.assertEqual(len(self.keystone.attempts._turns), 0)


class HostTest(unittest.TestCase):
    def test_is_the_same_from_every_port_and_address_of_a_customer(self) -> None:
        for peer, expected in (
            ('ipv4:192.0.2.7:40001', '192.0.2.7'),
            ('ipv4:192.0.2.7:40002', '192.0.2.7'),
            ('ipv6:[2001:db8:1:2:3:4:5:6]:40001', '2001:db8:1:2::/64'),
            ('ipv6:%5B2001:db8:1:2:ffff::1%5D:40001', '2001:db8:1:2::/64'),
            ('ipv6:%5Bfe80::1%25eth0%5D:40001', 'fe80::/64'),
            ('ipv6:[::ffff:192.0.2.7]:40001', '192.0.2.7'),
            ('unix:', 'unix'),
            ('unix:/run/user/1000/oaktree/oaktree.sock', 'unix'),
            ('unix-abstract:x', 'unix-abstract'),
            ('', ''),
        ):
            self.assertEqual(host(peer), expected, peer)


if __name__ == '__main__':
    unittest.main()
