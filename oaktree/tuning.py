# SPDX-License-Identifier: Apache-2.0
"""How the interpreter shares its time between the event loop and threads that work, and when it looks for garbage."""

import gc
import os
import sys

SWITCH = float(os.environ.get('SW', 0.0005))
"""Seconds that a thread works on while another wants to. The loop has to ask several times for each call."""

YOUNG = int(os.environ.get('YO', 20_000))
"""New objects after which those are looked through: a page of 1,000 servers has so many, and is gone soon after."""


def tune() -> None:
    """Set this process's interpreter up for a server."""
    sys.setswitchinterval(SWITCH)
    gc.set_threshold(YOUNG, 10, 10)
