# SPDX-License-Identifier: Apache-2.0
"""Tests. What is logged on the way is for the tests that look at it, and not for the screen."""

import logging

from tests import spills

logging.getLogger().addHandler(logging.NullHandler())
if spills.FOLDER:
    spills.begin()
