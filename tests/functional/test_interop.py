# SPDX-License-Identifier: Apache-2.0
"""The same workload, unchanged, on clouds that differ."""

import unittest

from tests.functional.base import CLOUDS, Case
from tests.functional.workload import Workload


class InteropTest(Case):
    """Once on each cloud. On real ones see tests/gate/test_interop.py, too."""

    def test_one_workload_runs_on_every_cloud(self) -> None:
        for cloud in CLOUDS:
            with self.subTest(cloud.name):
                workload = Workload(self.stack.target, cloud.name)
                workload.run()
                self.assertLessEqual({'image', 'server', 'tear down'}, workload.steps.keys())


if __name__ == '__main__':
    unittest.main()
