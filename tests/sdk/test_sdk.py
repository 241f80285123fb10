# SPDX-License-Identifier: Apache-2.0
"""The same small program in each language that has an SDK, built as a user would and run on every cloud."""

import sys
import unittest

from tests.functional import base
from tests.sdk.programs import HERE, cpp_program, go_program, run_or_fail


class TheFirstProgramOfAUser(unittest.TestCase):
    def works_on_every_cloud(self, *program: object) -> None:
        stack = base.Stack.shared()
        for cloud in stack.clouds:
            with self.subTest(cloud=cloud.name):
                # It waits for two changes, of two minutes at most.
                run_or_fail(*program, stack.target, cloud.name, cloud.flavor, cloud.image)

    def test_works_in_python(self) -> None:
        self.works_on_every_cloud(sys.executable, HERE / 'list_and_create.py')

    def test_works_in_go(self) -> None:
        self.works_on_every_cloud(go_program('list-and-create', HERE / 'go'))

    def test_works_in_cpp(self) -> None:
        self.works_on_every_cloud(cpp_program('list_and_create'))
