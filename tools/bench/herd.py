# SPDX-License-Identifier: Apache-2.0
"""The herd: how often a cloud is asked when 1,000 callers come at once and nothing is known yet.

    python tools/bench/herd.py [--callers 1000] [--rounds 3] [--processes 1 2] [--quick] [--json FILE]

Each round begins with servers that have just been started, and with a cloud that takes half a second to answer, as clouds do.
The cloud itself counts. With two processes they share a Redis of the round's own; the connections are spread over both by the
kernel, and both must have had their part. The baseline is one caller.
"""

import contextlib
import itertools
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator

import common
from common import Bench, Row
from google.protobuf.message import Message
from oaktreemodel import v1 as pb

LIST, GET = '/servers/detail', '/servers/{id}'
PAGE = 1000
"""Servers that the simulated cloud puts into a page; it says that there is another when one is full."""

LATENCY = 0.5
IMPORTS = 2
"""Seconds."""
COLUMNS = {
    'case': '', 'processes': 'd', 'callers': 'd', 'upstream_requests': 'd', 'one_caller': 'd', 'other_requests': 'd',
    'pages': 'd', 'p50_s': '.2f', 'max_s': '.2f',
}  # fmt: skip


@contextlib.contextmanager
def redis() -> Iterator[str]:
    """A Redis server of our own on a free port; its URL."""
    program = shutil.which('redis-server') or shutil.which('valkey-server')
    if not program:
        raise SystemExit('two processes need a redis-server: apt-get install redis-server')
    with tempfile.TemporaryDirectory(prefix='oaktree-bench-redis-') as folder, socket.create_server(('127.0.0.1', 0)) as free:
        port = free.getsockname()[1]
        free.close()
        command = [program, '--port', str(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        try:
            common.until('Redis', lambda: _answers(port))
            yield f'redis://127.0.0.1:{port}/0'
        finally:
            process.terminate()
            process.wait()


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(('127.0.0.1', port)) == 0


def stampede(bench: Bench, processes: int, method: str, requests: list[Message], callers: int) -> Row:
    """One herd before servers that know nothing; what it asked the cloud for."""
    with contextlib.ExitStack() as stack:
        more: list[str] = []
        if processes > 1:
            more = ['--workers', str(processes), '--store', stack.enter_context(redis())]
        oaktree = stack.enter_context(bench.oaktree(*more, listen='127.0.0.1:0'))
        # What is imported behind the start would pass for work.
        time.sleep(IMPORTS)
        bench.simulation.forget_requests('alpha')
        cpu = oaktree.cpu_by_pid()
        result = oaktree.load(f'{common.COMPUTE}/{method}', requests, burst=callers, connections=min(callers, 40))
        served = [pid for pid, spent in oaktree.cpu_by_pid().items() if spent - cpu[pid] > 0.05]
        if callers > 1 and len(served) < processes:
            raise RuntimeError(f'{len(served)} of {processes} processes have served')
        asked = bench.simulation.requests('alpha')
    servers = sum(r['count'] for r in asked if r['path'] in (LIST, GET))
    return result | {'upstream_requests': servers, 'other_requests': sum(r['count'] for r in asked) - servers, 'asked': asked}


def compare(bench: Bench, case: str, processes: int, method: str, requests: list[Message], callers: int, rounds: int) -> Row:
    """The worst of some rounds: this is a promise, not an average."""
    alone = stampede(bench, processes, method, requests[:1], 1)
    rows = [stampede(bench, processes, method, requests, callers) for _ in range(rounds)]
    worst = max(rows, key=lambda row: int(row['upstream_requests']))
    return {
        'case': case,
        'processes': processes,
        'callers': callers,
        'one_caller': alone['upstream_requests'],
        'rounds': rows,
    } | worst


def run(callers: int = 1000, rounds: int = 3, processes: tuple[int, ...] = (1, 2)) -> list[Row]:
    rows = []
    with Bench({'alpha': 'floating'}, {}) as bench:
        for servers in (PAGE - 100, callers + 100):
            bench.simulation.reset('alpha')
            bench.simulation.seed('alpha', servers=servers)
            for path in (LIST, GET):
                bench.simulation.fault('alpha', path=path, latency=LATENCY)
            if servers < PAGE:
                cases = {'ListServers, all the same': ('ListServers', [pb.ListServersRequest(location={'cloud': 'alpha'})])}
            else:
                ids = bench.ids('alpha')[:callers]
                cases = {'GetServer, all different': ('GetServer', [pb.GetServerRequest(name_or_id=one) for one in ids])}
            for (case, (method, requests)), number in itertools.product(cases.items(), processes):
                rows.append(
                    compare(bench, case, number, method, requests, callers, rounds) | {'pages': -(-(servers + 1) // PAGE)}
                )
    return rows


def judge(rows: list[Row]) -> list[Row]:
    """The rows of DESIGN section 10, and of different ids."""
    return [
        common.verdict(
            f'{row["callers"]:,} cold callers, {row["case"]}, processes: {row["processes"]}: upstream requests',
            f'one caller: {row["one_caller"]}',
            row['upstream_requests'], 1 if row['pages'] == 1 else 2 * row['pages'] * row['processes'],
        )
        for row in rows
    ]  # fmt: skip


def main() -> None:
    parser = common.parser(__doc__)
    parser.add_argument('--callers', type=int, default=1000)
    parser.add_argument('--rounds', type=int, default=3)
    parser.add_argument('--processes', type=int, nargs='+', default=[1, 2])
    options = parser.parse_args()
    rows = run(options.callers, 1 if options.quick else options.rounds, tuple(options.processes))
    common.table(rows, COLUMNS)
    print('target: 1 upstream request for a list of one page; at most 2 a page and process for different ids')
    common.write(options.json, rows)


if __name__ == '__main__':
    main()
