# SPDX-License-Identifier: Apache-2.0
"""The workload on real clouds, as many times in a row as OAKTREE_INTEROP_ROUNDS says, on all of them at once."""

import concurrent.futures
import os
import time
import unittest

from tests.functional.base import CLOUDS, REAL, Case
from tests.functional.workload import Workload

ROUNDS = int(os.environ.get('OAKTREE_INTEROP_ROUNDS') or 1)


class InteropTest(Case):
    """Each run compares every collection before and after, for what it made."""

    def setUp(self) -> None:
        if not REAL:
            self.skipTest('needs real clouds: tox -e gate')

    def test_the_workload_passes_again_and_again(self) -> None:
        with concurrent.futures.ThreadPoolExecutor(len(CLOUDS)) as pool:
            for cloud, rounds in zip(CLOUDS, pool.map(self.rounds, [cloud.name for cloud in CLOUDS]), strict=True):
                self.assertEqual(len(rounds), ROUNDS, cloud.name)

    def rounds(self, cloud: str) -> list[float]:
        took = []
        for number in range(ROUNDS):
            workload, began = Workload(self.stack.target, cloud), time.monotonic()
            try:
                workload.run()
            except BaseException as error:
                # At once, as the other cloud may take its time.
                print(f'{cloud} round {number + 1} failed: {error!r}', flush=True)
                raise
            took.append(time.monotonic() - began)
            steps = ', '.join(f'{step} {seconds:.0f}' for step, seconds in workload.steps.items())
            print(f'{cloud} round {number + 1}: {took[-1]:.1f} s: {steps}', flush=True)
        return took


if __name__ == '__main__':
    unittest.main()
