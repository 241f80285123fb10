# SPDX-License-Identifier: Apache-2.0
"""The tail: p99 of cached calls while a list of 10,000 servers is refreshed, against p99 without.

    python tools/bench/tail.py [--servers 10000] [--rate 200] [--every 0] [--rounds 6] [--seconds 5] [--quick] [--json FILE]

Cached calls come at a fixed rate, and their latency counts from when they were due. Another client asks for the long list as it
is now (``max_age`` of zero), always anew when it has it, or every so many seconds. Slices with and without it take turns. The
same is done to an echo beside it, which has no list to read: what it suffers is the machine's doing, not oaktree's.
"""

import contextlib
import statistics
import threading
from collections.abc import Iterator
from typing import Any

import common
from common import Bench, Row, Target
from google.protobuf.duration_pb2 import Duration
from oaktreemodel import v1 as pb

TARGET = 5
COLUMNS = {
    'case': '', 'quiet_p50_ms': '.2f', 'busy_p50_ms': '.2f', 'quiet_p99_ms': '.2f', 'busy_p99_ms': '.2f', 'p99_ratio': '.1f',
    'busy_max_ms': '.0f', 'refreshes_per_s': '.2f',
}  # fmt: skip


class Refresher:
    """Another client that wants the long list as it is now, again and again."""

    def __init__(self, oaktree: Target, every: float) -> None:
        self.done = 0
        self._oaktree, self._every = oaktree, every

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        end, thread_end = threading.Event(), threading.Event()

        def refresh() -> None:
            request = pb.ListServersRequest(location={'cloud': 'long'}, max_age=Duration(), page_size=1)
            while not end.is_set():
                self._oaktree.compute.ListServers(request, timeout=120)
                self.done += 1
                end.wait(self._every)
            thread_end.set()

        threading.Thread(target=refresh, daemon=True).start()
        try:
            yield
        finally:
            end.set()
            # The next slice must not have the end of this one's work in it.
            thread_end.wait(120)


def compare(target: Target, call: tuple[str, Any], refresher: Refresher, rate: float, rounds: int, seconds: float) -> Row:
    method, request = call
    quiet: list[Row] = []
    busy: list[Row] = []
    target.load(method, [request], seconds=1)
    before = refresher.done
    for _ in range(rounds):
        quiet.append(target.load(method, [request], seconds=seconds, rate=rate))
        with refresher.running():
            busy.append(target.load(method, [request], seconds=seconds, rate=rate))
    return {
        'quiet_p50_ms': common.median(quiet, 'p50_s') * 1e3,
        'busy_p50_ms': common.median(busy, 'p50_s') * 1e3,
        'quiet_p99_ms': common.median(quiet, 'p99_s') * 1e3,
        'busy_p99_ms': common.median(busy, 'p99_s') * 1e3,
        'p99_ratio': statistics.median(b['p99_s'] / q['p99_s'] for q, b in zip(quiet, busy, strict=True)),
        'busy_max_ms': max(row['max_s'] for row in busy) * 1e3,
        'refreshes_per_s': (refresher.done - before) / sum(row['seconds'] for row in busy),
        'slices': {'quiet': quiet, 'busy': busy},
    }


def run(servers: int = 10_000, rate: float = 200, every: float = 0, rounds: int = 6, seconds: float = 5) -> list[Row]:
    with Bench({'long': 'floating', 'short': 'floating'}, {'long': servers, 'short': 100}) as bench:
        oaktree, echo = bench.oaktree(), bench.echo()
        refresher = Refresher(oaktree, every)
        short = pb.ListServersRequest(location={'cloud': 'short'})
        size = oaktree.compute.ListServers(short, timeout=60).ByteSize()
        long = oaktree.compute.ListServers(pb.ListServersRequest(location={'cloud': 'long'}), timeout=120)
        one = pb.GetServerRequest(location={'cloud': 'long'}, name_or_id=long.servers[0].id)
        cases = {
            'ListServers of 100, another cloud': (oaktree, (f'{common.COMPUTE}/ListServers', short)),
            'GetServer, of the list itself': (oaktree, (f'{common.COMPUTE}/GetServer', one)),
            'echo beside it': (echo, (f'/echo/{size}', short)),
        }
        return [
            {'case': name, 'servers': servers} | compare(target, call, refresher, rate, rounds, seconds)
            for name, (target, call) in cases.items()
        ]


def judge(rows: list[Row]) -> list[Row]:
    """The rows of DESIGN section 10; what happens to the echo is the machine's share."""
    *ours, echo = rows
    return [
        common.verdict(
            f'{row["case"]}: p99 while {row["servers"]:,} servers are listed',
            f'quiet: {row["quiet_p99_ms"]:.1f} ms (the echo suffers {echo["p99_ratio"]:.1f})',
            row['p99_ratio'], TARGET,
        )
        for row in ours
    ]  # fmt: skip


def main() -> None:
    parser = common.parser(__doc__)
    parser.add_argument('--servers', type=int, default=10_000)
    parser.add_argument('--rate', type=float, default=200, help='cached calls a second')
    parser.add_argument('--every', type=float, default=0, help='seconds between two refreshes')
    parser.add_argument('--rounds', type=int, default=6)
    parser.add_argument('--seconds', type=float, default=5)
    options = parser.parse_args()
    rounds, seconds = (2, 4) if options.quick else (options.rounds, options.seconds)
    rows = run(options.servers, options.rate, options.every, rounds, seconds)
    common.table(rows, COLUMNS)
    print(f'{options.rate:g} calls a second; target: p99_ratio at most {TARGET}')
    common.write(options.json, rows)


if __name__ == '__main__':
    main()
