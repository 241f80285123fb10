# SPDX-License-Identifier: Apache-2.0
"""How the interpreter divides its time: between the event loop and threads that work, and between work and garbage."""

import asyncio
import gc
import sys

SWITCH = 0.0005
"""Seconds that a thread goes on while another wants to. The event loop wants to several times for each call, and a thread that
makes messages never pauses by itself. Ten times as long is the interpreter's own choice, which keeps calls waiting."""

YOUNG = 20_000
"""New objects after which it is looked which of them are still used. A page of 1,000 servers has so many, and is gone soon."""


SETTLED = 3.0
"""Seconds after the start when everything is imported."""


def tune() -> None:
    """Set this process up to be a server; in its event loop."""
    sys.setswitchinterval(SWITCH)
    gc.set_threshold(YOUNG, 10, 10)
    # What there is by then is there for good, and would take 50 ms to look through each time.
    asyncio.get_running_loop().call_later(SETTLED, gc.freeze)
