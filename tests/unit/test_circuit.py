# SPDX-License-Identifier: Apache-2.0
"""A circuit opens when nothing answers, probes ever more seldom, and closes with the first answer."""

import unittest
from unittest import mock

from oaktree import errors
from oaktree.circuit import FAILURES, FIRST, LONGEST, TIMEOUT, Circuit
from tests.unit.fake import Clock

GONE = errors.Failure(errors.Code.UNAVAILABLE, 'CLOUD_UNREACHABLE', 'The cloud cannot be reached.')


class CircuitTest(unittest.TestCase):
    def setUp(self) -> None:
        self.clock = Clock()
        self.enterContext(mock.patch('oaktree.circuit.time', self.clock))
        self.circuit = Circuit()

    def fail_often(self) -> None:
        for _ in range(FAILURES):
            self.circuit.enter()
            self.circuit.failed(GONE)

    def refused(self) -> errors.Failure:
        with self.assertRaises(errors.Failure) as caught:
            self.circuit.enter()
        return caught.exception

    def wait(self) -> float:
        """Seconds until a call is let through, which is then made."""
        began = self.clock.now
        while True:
            try:
                self.circuit.enter()
                return self.clock.now - began
            except errors.Failure:
                self.clock.now += 0.05

    def test_it_opens_after_a_few_failures_in_a_row(self) -> None:
        for _ in range(FAILURES - 1):
            self.circuit.enter()
            self.circuit.failed(GONE)
        self.circuit.enter()
        self.assertFalse(self.circuit.open)
        self.circuit.failed(GONE)
        self.assertTrue(self.circuit.open)
        failure = self.refused()
        self.assertEqual((failure.code, failure.reason), (GONE.code, GONE.reason))
        self.assertIn(GONE.message, failure.message)
        self.assertEqual(failure.details[0].retry_delay.seconds, 1)

    def test_an_answer_in_between_begins_the_count_anew(self) -> None:
        for _ in range(3):
            for _ in range(FAILURES - 1):
                self.circuit.failed(GONE)
            self.circuit.answered()
        self.assertFalse(self.circuit.open)

    def test_timeouts_weigh_more(self) -> None:
        for _ in range(FAILURES // TIMEOUT):
            self.circuit.failed(GONE, TIMEOUT)
        self.assertTrue(self.circuit.open)

    def test_probes_are_single_and_ever_more_seldom(self) -> None:
        self.fail_often()
        most = FIRST
        for _ in range(8):
            self.assertTrue(most / 2 - 0.1 <= self.wait() <= most + 0.1, most)
            self.refused()
            self.circuit.failed(GONE)
            most = min(2 * most, LONGEST)
        self.assertEqual(most, LONGEST)

    def test_a_probe_that_nobody_hears_of_again_holds_nothing_up(self) -> None:
        self.fail_often()
        self.wait()
        self.assertLessEqual(self.wait(), 2 * FIRST + 0.1)

    def test_the_first_answer_closes_it_for_all(self) -> None:
        self.fail_often()
        self.wait()
        self.circuit.answered()
        for _ in range(10):
            self.circuit.enter()
        self.fail_often()
        self.assertLessEqual(self.wait(), FIRST + 0.1, 'and what was before is forgotten')

    def test_processes_do_not_probe_in_step(self) -> None:
        waits = set()
        for _ in range(20):
            self.circuit = Circuit()
            self.fail_often()
            waits.add(round(self.circuit._until - self.clock.now, 6))
        self.assertGreater(len(waits), 10)

    def test_looking_is_no_probe(self) -> None:
        self.fail_often()
        self.clock.now += FIRST
        for _ in range(3):
            self.circuit.check()
        self.circuit.enter()
        with self.assertRaises(errors.Failure):
            self.circuit.check()
