# SPDX-License-Identifier: Apache-2.0
"""What is set, in a process of its own."""

import subprocess
import sys
import unittest

PROGRAM = """
import asyncio, gc, sys
from oaktree import tuning

async def main():
    tuning.SETTLED = 0
    tuning.tune()
    assert not gc.get_freeze_count()
    await asyncio.sleep(0.01)
    assert gc.get_freeze_count()

asyncio.run(main())
assert sys.getswitchinterval() < 0.005
assert gc.get_threshold()[0] > 700
"""


class TuningTest(unittest.TestCase):
    def test_a_process_is_tuned(self) -> None:
        subprocess.run([sys.executable, '-c', PROGRAM], check=True)
