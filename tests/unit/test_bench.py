# SPDX-License-Identifier: Apache-2.0
"""Benchmarks judge what they measured as DESIGN section 10 says; the documentation knows each of them."""

import importlib
import pathlib
import sys
import unittest
from typing import Any

ROOT = pathlib.Path(__file__).parents[2]
BENCH = ROOT / 'tools' / 'bench'
HELPERS = {'all', 'common', 'echo'}


class Bench(unittest.TestCase):
    def bench(self, name: str) -> Any:
        sys.path.insert(0, str(BENCH))
        self.addCleanup(sys.path.remove, str(BENCH))
        return importlib.import_module(name)

    def held(self, rows: list[dict[str, Any]]) -> list[str]:
        return [row['held'] for row in rows]

    def test_a_hit_holds_at_nine_tenths_of_the_echo(self) -> None:
        row = {'case': '', 'answer_bytes': 1, 'echo_calls_per_s': 1, 'echo_us_per_call': 1}
        judge = self.bench('hits').judge
        row |= {'oaktree_calls_per_s': 1, 'throughput_ratio': 0.9, 'cpu_ratio': 0.89, 'signed_in_ratio': 0.9}
        self.assertEqual(self.held(judge([row])), ['held', 'MISSED', 'held'])

    def test_one_request_more_than_one_is_too_many_for_a_herd(self) -> None:
        row = {'case': '', 'callers': 1000, 'processes': 2, 'one_caller': 1}
        rows = [row | {'pages': 1, 'upstream_requests': n} for n in (1, 2)]
        rows += [row | {'pages': 2, 'upstream_requests': n} for n in (8, 9)]
        self.assertEqual(self.held(self.bench('herd').judge(rows)), ['held', 'MISSED', 'held', 'MISSED'])

    def test_a_poll_for_a_thousand_costs_what_one_for_one_costs(self) -> None:
        rows = [{'waiters': 1000, 'polls_per_s': 1.0, 'requests_per_poll': n} for n in (1.0, 1.0, 1.04, 1.6)]
        self.assertEqual(self.held(self.bench('waiters').judge(rows)), ['held', 'held', 'MISSED'])

    def test_memory_that_grows_from_round_to_round_is_told(self) -> None:
        memory = [{'watches': 10, 'bare_kib_each': 22.0, 'oaktree_kib_each': 30.0}]
        soak = [{'round': n, 'rss_mib': 100.0, 'to_round_10': ratio} for n, ratio in ((10, 1.0), (50, 1.2))]
        rows = self.bench('watchers').judge({'memory': memory, 'soak': soak, 'left': [{'oaktree_polls': 1.0}]})
        self.assertEqual(self.held(rows), ['held', 'MISSED', 'MISSED'])

    def test_an_upload_is_held_against_a_plain_one_of_its_round(self) -> None:
        def row(number: int, way: str, seconds: float, growth: float = 0) -> dict[str, Any]:
            speed = {'seconds': seconds, 'mib_per_s': 100 / seconds}
            return {'round': number, 'way': way, 'mib': 100, 'growth_mib': growth, **speed}

        rows = [row(0, 'up, plain', 1), row(0, 'up, beside', 10), row(0, 'up, stream', 2), row(0, 'up, by URL', 10)]
        self.assertEqual(self.held(self.bench('transfer').judge(rows)), ['held', 'held', 'held'])
        rows += [row(n, way, s, 33) for n in (1, 2) for way, s in (('up, plain', 1), ('up, beside', 1), ('up, stream', 3))]
        rows += [row(n, 'up, by URL', 2) for n in (1, 2)]
        self.assertEqual(self.held(self.bench('transfer').judge(rows)), ['MISSED', 'MISSED', 'MISSED'])

    def test_each_is_documented(self) -> None:
        told = (ROOT / 'doc/source/speed.rst').read_text()
        for path in BENCH.glob('*.py'):
            if path.stem not in HELPERS:
                with self.subTest(path.name):
                    self.assertIn(f'``{path.name}``', told)
