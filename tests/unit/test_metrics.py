# SPDX-License-Identifier: Apache-2.0
"""What Prometheus is told."""

import unittest
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from oaktree import metrics
from oaktree.settings import SettingsError


class TallyTest(unittest.TestCase):
    def test_each_bucket_holds_all_below_it(self) -> None:
        tally = metrics.Tally((0.1, 1))
        for value in (0.05, 0.1, 0.5, 5):
            tally.observe(value)
        self.assertEqual(tally.buckets(), [('0.1', 2), ('1.0', 3), ('+Inf', 4)])
        self.assertAlmostEqual(tally.total, 5.65)


class ServeTest(unittest.IsolatedAsyncioTestCase):
    async def test_it_answers_in_prometheus_words(self) -> None:
        metrics.TALLIES.calls['ListServers'].observe(0.003)
        metrics.gauge('oaktree_test', 'A test.', lambda: 1)
        metrics.gauge('oaktree_test', 'A test.', lambda: 2)
        stop = await metrics.serve('127.0.0.1:0')
        self.addAsyncCleanup(stop)
        families = {family.name: family for family in text_string_to_metric_families(metrics.told())}
        self.assertEqual([sample.value for sample in families['oaktree_test'].samples], [2])
        seconds: Any = families['oaktree_call_seconds']
        self.assertIn(('oaktree_call_seconds_count', {'rpc': 'ListServers'}), [(s.name, s.labels) for s in seconds.samples])

    async def test_a_port_that_is_taken_is_refused(self) -> None:
        with self.assertRaisesRegex(SettingsError, '--metrics'):
            await metrics.serve('192.0.2.1:1')
