# SPDX-License-Identifier: Apache-2.0
"""Every row of DESIGN section 10 beside its baseline: what was measured, and whether the target holds.

    python tools/bench/all.py [--quick] [--only hits tail ...] [--json FILE] [--csv FILE]

Takes half an hour, with --quick some five minutes. Exit status 1 when a target is missed. ``--csv
doc/source/figures/speed.csv`` is what the documentation shows.
"""

import csv
import json
import os
import pathlib
import platform
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import common
import grpc
import herd
import hits
import start
import tail
import transfer
import waiters
import watchers
from common import Row


def cold_list(servers: int, runs: int) -> dict[str, Any]:
    """What cold_list.py measures; it has a command line only."""
    with common.Bench({}, {}) as bench:
        path = bench.path('json')
        command = [sys.executable, str(common.HERE / 'cold_list.py'), '--servers', str(servers), '--runs', str(runs)]
        subprocess.run([*command, '--json', str(path)], check=True, stdout=subprocess.DEVNULL)
        result: dict[str, Any] = json.loads(path.read_text())
        return result


def judge_cold_list(result: dict[str, Any]) -> list[Row]:
    runs = result['runs']
    sdk = f'openstacksdk: {common.median(runs, "openstacksdk_cpu_s"):.1f} s'
    slow, at_once = (f'curl: {common.median(runs, f"{kind}curl_wall_s"):.2f} s' for kind in ('slow_', ''))
    what = f'cold list of {result["servers"]:,} servers'
    return [
        common.verdict(f'{what}: CPU of openstacksdk to ours', sdk, common.median(runs, 'cpu_ratio'), 50, most=False),
        common.verdict(f'{what}: wall, {result["page_seconds"]} s a page', slow, common.median(runs, 'slow_wall_ratio'), 1.5),
        common.verdict(f'{what}: wall, pages at once', at_once, common.median(runs, 'wall_ratio'), 1.5),
    ]


PARTS: dict[str, tuple[Callable[[], Any], Callable[[], Any], Callable[[Any], list[Row]]]] = {
    'hits': (hits.run, lambda: hits.run(3, 1), hits.judge),
    'tail': (tail.run, lambda: tail.run(rounds=2, seconds=4), tail.judge),
    'cold_list': (lambda: cold_list(10_000, 3), lambda: cold_list(2_000, 1), judge_cold_list),
    'herd': (herd.run, lambda: herd.run(rounds=1), herd.judge),
    'waiters': (waiters.run, lambda: waiters.run((1, 1000), 5), waiters.judge),
    'watchers': (watchers.run, lambda: watchers.run((1000,), 12), watchers.judge),
    'start': (start.run, lambda: start.run(3), start.judge),
    'transfer': (transfer.run, lambda: transfer.run(256, 1), transfer.judge),
}
"""Name -> as it is meant, as a quick look, and what to make of it."""


def machine() -> Row:
    return {
        'when': time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime()), 'cores': os.cpu_count(), 'load': os.getloadavg(),
        'python': platform.python_version(), 'grpc': grpc.__version__,
    }  # fmt: skip


def write_csv(rows: list[Row], path: pathlib.Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open('w', newline='') as file:
        writer = csv.DictWriter(file, common.VERDICT, extrasaction='ignore', lineterminator='\n')
        writer.writeheader()
        writer.writerows(rows)


def main() -> None:
    parser = common.parser(__doc__)
    parser.add_argument('--only', nargs='+', choices=PARTS, default=list(PARTS))
    parser.add_argument('--csv', type=pathlib.Path, metavar='FILE', help='write the table there')
    options = parser.parse_args()
    results: dict[str, Any] = {'machine': machine(), 'quick': options.quick, 'table': [], 'parts': {}}
    for name in options.only:
        thorough, quick, judge = PARTS[name]
        print(f'{name} ...', file=sys.stderr)
        try:
            results['parts'][name] = (quick if options.quick else thorough)()
            results['table'] += judge(results['parts'][name])
        except Exception as error:
            # The others can be measured all the same.
            results['table'].append({'what': name, 'baseline': '', 'measured': str(error)[:60], 'target': '', 'held': 'FAILED'})
        common.write(options.json, results)
    common.table(results['table'], common.VERDICT)
    if options.csv:
        write_csv(results['table'], options.csv)
    sys.exit(any(row['held'] != 'held' for row in results['table']))


if __name__ == '__main__':
    main()
