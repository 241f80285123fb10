# SPDX-License-Identifier: Apache-2.0
"""The start-up of the command line: a list of flavors by `oaktree` and by `openstack`, end to end, on the same cloud.

    python tools/bench/command_line.py --openstack VENV/bin/openstack [--rounds 11] [--quick] [--json FILE]

`pip install python-openstackclient` into a folder of its own is the baseline. They take turns, so that what else the machine
does meets both; the first round of each warms the caches and counts for nothing. The bare interpreter is there to tell how
much of a figure is Python's own start.
"""

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence

import common
from common import Bench, Row

SECONDS_TARGET, SHARE_TARGET = 0.4, 0.2
COLUMNS = {'what': '', 'median': '.3f', 'min': '.3f', 'max': '.3f'}


def seconds(command: Sequence[str], environment: Mapping[str, str], mark: str) -> float:
    """How long a command takes, whose output must have this in it."""
    began = time.monotonic()
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=common.SECONDS, check=True)
    took = time.monotonic() - began
    if mark not in done.stdout:
        raise RuntimeError(f'{command} has not told of {mark}: {done.stderr}')
    return took


def run(openstack: str, rounds: int = 11) -> list[Row]:
    with Bench({'alpha': 'floating'}, {}) as bench:
        server = bench.oaktree('--cloud', 'alpha')
        ours = {name: value for name, value in os.environ.items() if name != 'PYTHONDONTWRITEBYTECODE'}
        # The other is in a folder of its own, and must find nothing of ours.
        theirs = {name: value for name, value in ours.items() if name != 'PYTHONPATH'}
        ours |= {'OAKTREE_TARGET': server.address}
        theirs |= {'OS_CLIENT_CONFIG_FILE': str(bench.config), 'OS_CLOUD': 'alpha'}
        commands = {
            'oaktree flavor list': ([sys.executable, '-m', 'oaktreemodel.cli', 'flavor', 'list'], ours, 'm1.tiny'),
            'openstack flavor list': ([openstack, 'flavor', 'list'], theirs, 'm1.tiny'),
            'python': ([sys.executable, '-c', 'print()'], ours, ''),
        }
        taken: dict[str, list[float]] = {what: [] for what in commands}
        for _ in range(rounds + 1):
            for what, command in commands.items():
                taken[what].append(seconds(*command))
    return [common.spread(what, values[1:]) for what, values in taken.items()]


def judge(rows: list[Row]) -> list[Row]:
    """Rows as those of DESIGN section 10."""
    ours, theirs, _ = (row['median'] for row in rows)
    baseline = f'openstack flavor list: {theirs:.2f} s'
    return [
        common.verdict('oaktree flavor list, end to end', baseline, ours, SECONDS_TARGET, ' s'),
        common.verdict('the same, to openstack', baseline, ours / theirs, SHARE_TARGET),
    ]


def main() -> None:
    parser = common.parser(__doc__)
    parser.add_argument('--openstack', default='openstack', metavar='PROGRAM', help='default the one on PATH')
    parser.add_argument('--rounds', type=int, default=11)
    options = parser.parse_args()
    rows = run(options.openstack, 3 if options.quick else options.rounds)
    common.table(rows, COLUMNS)
    common.table(judge(rows), common.VERDICT)
    common.write(options.json, rows)


if __name__ == '__main__':
    main()
