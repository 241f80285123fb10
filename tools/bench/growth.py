# SPDX-License-Identifier: Apache-2.0
"""How cost grows: with callers, servers, waiters, clouds and workers.

    python tools/bench/growth.py [--only callers servers ...] [--plots FOLDER] [--quick] [--json FILE]

A table for each, and a plot with --plots (which needs tools/bench/requirements.txt).
"""

import pathlib
import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any

import common
import waiters
from common import Bench, Row, Target
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from oaktreemodel import v1 as pb

NOW = Duration()
ROUNDS = 3
LIST = f'{common.COMPUTE}/ListServers'


def by_callers(numbers: Sequence[int]) -> list[Row]:
    """Cached lists of 100 servers, each caller asking anew when it has its answer; beside an echo of the same length."""
    request = pb.ListServersRequest(location={'cloud': 'alpha'})
    rows = []
    with Bench({'alpha': 'floating'}, {'alpha': 100}) as bench:
        oaktree, echo = bench.oaktree(), bench.echo()
        size = oaktree.compute.ListServers(request, timeout=common.SECONDS).ByteSize()
        for number in numbers:
            load = {'in_flight': number, 'connections': max(min(number, 4), number // 500), 'seconds': 2}
            pairs = [
                (oaktree.load(LIST, [request], **load), echo.load(f'/echo/{size}', [request], **load)) for _ in range(ROUNDS)
            ]
            row: Row = {'callers': number}
            for name, results in zip(('oaktree', 'echo'), zip(*pairs, strict=True), strict=True):
                row |= {
                    f'{name}_calls_per_s': statistics.median(r['calls'] / r['seconds'] for r in results),
                    f'{name}_us_per_call': statistics.median(r['server_cpu_s'] / r['calls'] for r in results) * 1e6,
                    f'{name}_p99_ms': common.median(results, 'p99_s') * 1e3,
                }
            rows.append(row)
    return rows


def measured(oaktree: Target, request: Message) -> Row:
    """CPU and wall time of a call, the median of some."""
    cpu, wall = [], []
    for _ in range(ROUNDS):
        at, before = time.monotonic(), oaktree.cpu()
        oaktree.compute.ListServers(request, timeout=600)
        wall.append(time.monotonic() - at)
        cpu.append(oaktree.cpu() - before)
    return {'wall_s': statistics.median(wall), 'cpu_s': statistics.median(cpu)}


def by_servers(numbers: Sequence[int]) -> list[Row]:
    """A list as the cloud has it now, and one that is cached: the first page of 500 of so many servers."""
    rows = []
    for number in numbers:
        with Bench({'alpha': 'floating'}, {'alpha': number}) as bench, bench.oaktree() as oaktree:
            oaktree.compute.ListFlavors(pb.ListFlavorsRequest(), timeout=common.SECONDS, wait_for_ready=True)
            time.sleep(1)
            idle = oaktree.rss()
            now = measured(oaktree, pb.ListServersRequest(max_age=NOW))
            cached = measured(oaktree, pb.ListServersRequest(max_age={'seconds': 3600}))
            rows.append({
                'servers': number, 'now_s': now['wall_s'], 'now_cpu_s': now['cpu_s'],
                'now_cpu_us_each': now['cpu_s'] / number * 1e6, 'cached_ms': cached['wall_s'] * 1e3,
                'rss_mib': oaktree.rss() / 2**20, 'kib_each': (oaktree.rss() - idle) / number / 1024,
            })  # fmt: skip
    return rows


def by_waiters(numbers: Sequence[int]) -> list[Row]:
    """Requests for servers that change while each is waited for."""
    return waiters.run(numbers, 5)


def by_clouds(numbers: Sequence[int]) -> list[Row]:
    """One list of all clouds, of ten servers each, that each take 0.2 s to answer: as they are now, and cached."""
    rows = []
    for number in numbers:
        clouds = [f'cloud{n}' for n in range(number)]
        with Bench(dict.fromkeys(clouds, 'floating'), dict.fromkeys(clouds, 10)) as bench, bench.oaktree() as oaktree:
            for cloud in clouds:
                bench.simulation.fault(cloud, service='compute', path='/servers/detail', latency=0.2)
            first = time.monotonic()
            answer = oaktree.compute.ListServers(pb.ListServersRequest(page_size=5000), timeout=common.SECONDS)
            first = time.monotonic() - first
            assert len(answer.servers) == 10 * number, len(answer.servers)
            now = measured(oaktree, pb.ListServersRequest(max_age=NOW))
            cached = measured(oaktree, pb.ListServersRequest(max_age={'seconds': 3600}))
            rows.append({
                'clouds': number, 'first_s': first, 'now_s': now['wall_s'], 'now_cpu_ms': now['cpu_s'] * 1e3,
                'cached_ms': cached['wall_s'] * 1e3, 'rss_mib': oaktree.rss() / 2**20,
            })  # fmt: skip
    return rows


def by_workers(numbers: Sequence[int]) -> list[Row]:
    """Cached lists of 100 servers over 32 connections; the load has the same cores."""
    request = pb.ListServersRequest(location={'cloud': 'alpha'})
    rows = []
    with Bench({'alpha': 'floating'}, {'alpha': 100}) as bench:
        targets = {n: bench.oaktree(*(['--workers', str(n)] if n > 1 else []), listen='127.0.0.1:0') for n in numbers}
        load = {'in_flight': 64, 'connections': 32, 'seconds': 2}
        for target in targets.values():
            target.load(LIST, [request], **load)
        results: dict[int, list[Row]] = {n: [] for n in numbers}
        for _ in range(ROUNDS):
            for number, target in targets.items():
                results[number].append(target.load(LIST, [request], **load))
        for number, of in results.items():
            rows.append({
                'workers': number, 'calls_per_s': statistics.median(r['calls'] / r['seconds'] for r in of),
                'us_per_call': statistics.median(r['server_cpu_s'] / r['calls'] for r in of) * 1e6,
                'p99_ms': common.median(of, 'p99_s') * 1e3,
                'client_cores': statistics.median(r['client_cpu_s'] / r['seconds'] for r in of),
                'rss_mib': targets[number].rss() / 2**20,
            })  # fmt: skip
    return rows


PARTS: dict[str, tuple[Callable[[Sequence[int]], list[Row]], Sequence[int], Sequence[int], Sequence[str]]] = {
    'callers': (by_callers, (1, 10, 100, 1000, 10_000), (1, 100, 1000), ('oaktree_calls_per_s', 'echo_calls_per_s')),
    'servers': (by_servers, (100, 1000, 10_000, 100_000), (100, 1000, 10_000), ('now_s', 'now_cpu_s')),
    'waiters': (by_waiters, (1, 10, 100, 1000, 10_000), (1, 100, 1000), ('upstream_requests_per_s',)),
    'clouds': (by_clouds, (1, 2, 5, 10, 20, 50), (1, 10, 50), ('first_s', 'now_s')),
    'workers': (by_workers, (1, 2), (1, 2), ('calls_per_s',)),
}
"""Name -> what measures, how many of it, how many for a quick look, and which columns to plot."""


def run(quick: bool, only: Sequence[str] = tuple(PARTS)) -> dict[str, list[Row]]:
    return {name: PARTS[name][0](PARTS[name][2 if quick else 1]) for name in only}


def columns(rows: list[Row]) -> dict[str, str]:
    return {name: ',d' if isinstance(value, int) else ',.2f' for name, value in rows[0].items() if not isinstance(value, list)}


def plot(name: str, rows: list[Row], folder: pathlib.Path) -> None:
    """One SVG: cost against how many, both logarithmic."""
    import matplotlib

    matplotlib.use('svg')
    # The same figures give the same file.
    matplotlib.rcParams['svg.hashsalt'] = name
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(6, 3.5))
    for column in PARTS[name][3]:
        axes.plot([row[name] for row in rows], [row[column] for row in rows], marker='o', label=column.replace('_', ' '))
    axes.set(xscale='log', yscale='log', xlabel=name)
    axes.grid(which='major', alpha=0.3)
    axes.legend()
    figure.tight_layout()
    folder.mkdir(parents=True, exist_ok=True)
    figure.savefig(folder / f'growth-{name}.svg', metadata={'Date': None})
    pyplot.close(figure)


def main() -> None:
    parser = common.parser(__doc__)
    parser.add_argument('--only', nargs='+', choices=PARTS, default=list(PARTS))
    parser.add_argument('--plots', type=pathlib.Path, metavar='FOLDER')
    options = parser.parse_args()
    results: dict[str, Any] = {}
    for name in options.only:
        results |= run(options.quick, [name])
        print(f'\n{PARTS[name][0].__doc__}')
        common.table(results[name], columns(results[name]))
        if options.plots:
            plot(name, results[name], options.plots)
        common.write(options.json, results)


if __name__ == '__main__':
    main()
