# SPDX-License-Identifier: Apache-2.0
"""The table of shade's methods."""

import csv
import pathlib
import unittest

from oaktree.services import SERVICES

ROOT = pathlib.Path(__file__).parents[2]
with (ROOT / 'doc' / 'shade.csv').open(newline='') as file:
    ROWS = list(csv.DictReader(file))


class TableTest(unittest.TestCase):
    def test_has_every_method_once_with_a_call_or_a_reason(self) -> None:
        self.assertEqual((len(ROWS), len({row['method'] for row in ROWS})), (395, 395))
        self.assertEqual([], [row['method'] for row in ROWS if not row['rpc'] and not row['note']])

    def test_names_calls_that_there_are(self) -> None:
        there = {rpc.name for service, _, _ in SERVICES for rpc in service.methods}
        named = {name for row in ROWS for name in row['rpc'].split()}
        self.assertEqual(set(), named - there)


if __name__ == '__main__':
    unittest.main()
