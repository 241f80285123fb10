# SPDX-License-Identifier: Apache-2.0
"""Simulated OpenStack clouds over real HTTP, in memory: for `oaktree --demo`, tests, faults and benchmarks.

`python -m oaktree.simcloud` runs them as a program; `Simulation` runs them in a thread of the calling process.
"""

from __future__ import annotations

from oaktree.simcloud.simulation import CLOUDS, Clouds, Simulation

__all__ = ['CLOUDS', 'Clouds', 'Simulation']
