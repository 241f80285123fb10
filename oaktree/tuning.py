# SPDX-License-Identifier: Apache-2.0
"""How the interpreter divides its time: between the event loop and threads that work, and between work and garbage; and how
threads share memory."""

import asyncio
import contextlib
import ctypes
import gc
import sys

SWITCH = 0.0001
"""Seconds that a thread goes on while another wants to. The event loop wants to several times for each call, and a thread that
makes messages never pauses by itself. The interpreter's own choice, 50 times as long, keeps calls waiting."""

GARBAGE = (30_000, 1, 100)
"""New objects after which those are looked through, how many such looks come before one at those a little older, and how many
of these before one at all. A look takes half a microsecond for each object, in which nothing else runs: a page of 1,000
servers is 20,000 objects while it is read, and a list of 100,000 that is kept, as many. The last look finds what lived long
and then was left in a circle, which is little."""

M_ARENA_MAX, ARENAS = -8, 2
"""mallopt(3), and heaps that the threads of a process share. By default they have up to eight for each core, and what the
chunks of a transfer leave free in one of them is of no use to the others: 20 MiB for an upload."""

SETTLED = 3.0
"""Seconds after the start when everything is imported."""


def tune() -> None:
    """Set this process up to be a server; in its event loop."""
    sys.setswitchinterval(SWITCH)
    gc.set_threshold(*GARBAGE)
    with contextlib.suppress(AttributeError, OSError):
        # Where the C library is another than glibc, it has ways of its own.
        ctypes.CDLL(None).mallopt(M_ARENA_MAX, ARENAS)
    # What there is by then is there for good, and would take 50 ms to look through each time.
    asyncio.get_running_loop().call_later(SETTLED, gc.freeze)
