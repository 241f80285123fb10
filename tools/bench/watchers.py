# SPDX-License-Identifier: Apache-2.0
"""Watchers: what memory an open watch takes, against a bare bidirectional stream; and whether any of it stays behind.

    python tools/bench/watchers.py [--watches 1000 10000] [--rounds 50] [--quick] [--json FILE]

Each watch is a stream of its own, for the servers of a cloud that has ten; the bare streams are those of an echo on the same
kind of server. Memory is that of the server's process, which is new each time, as what was given back is taken again first; a
few streams are opened and closed before, to pay for what all share. The soak opens and cancels a thousand watches 50
times: round 10 is the baseline of round 50. What is then left, the server's own metrics tell.
"""

import contextlib
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Sequence

import common
from common import Bench, Row, Target
from google.protobuf.message import Message
from oaktreemodel import v1 as pb

WATCH = '/oaktree.v1.WatchService/Watch'
KIB = 1024
KIB_TARGET, SOAK_TARGET = 30, 1.1
STREAMS = 500
"""Streams of a connection: half of what the server allows."""

LEFT = ('oaktree_watchers', 'oaktree_waiters', 'oaktree_polls')
LINGER = 120
"""Seconds after which nothing is left: a poll is kept a while for those who come back."""

COLUMNS = {
    'watches': ',d',
    'oaktree_kib_each': '.1f',
    'bare_kib_each': '.1f',
    'ratio': '.2f',
    'oaktree_rss_mib': '.0f',
    'opening_s': '.1f',
}
SOAK_COLUMNS = {'soak': '', 'rss_mib': '.1f', 'to_round_10': '.3f'}


class Holder:
    """Streams to a server that are open until they are told to close."""

    def __init__(self, target: Target, method: str, request: Message, most: int) -> None:
        self._request = common.encoded(request)
        command = common.load_command(target.address, method, hold='true', connections=-(-most // STREAMS))
        self._popen = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def _tell(self, line: str) -> int:
        assert self._popen.stdin is not None and self._popen.stdout is not None
        self._popen.stdin.write(f'{line}\n')
        self._popen.stdin.flush()
        answer = self._popen.stdout.readline()
        if not answer:
            raise RuntimeError(f'{line.split()[0]} has failed')
        return int(answer)

    def open(self, number: int) -> int:
        return self._tell(f'open {number} {self._request}')

    def close(self) -> int:
        return self._tell('close')

    def end(self) -> None:
        self._popen.kill()
        self._popen.wait()


@contextlib.contextmanager
def holding(target: Target, method: str, request: Message, most: int) -> Iterator[Holder]:
    holder = Holder(target, method, request, most)
    try:
        yield holder
    finally:
        holder.end()


def memory(target: Target, method: str, request: Message, number: int) -> Row:
    """Bytes that a stream takes with so many open."""
    with holding(target, method, request, number) as holder:
        holder.open(10)
        holder.close()
        time.sleep(2)
        before, started = target.rss(), time.monotonic()
        holder.open(number)
        opening = time.monotonic() - started
        # What they are told first has been told by then.
        time.sleep(5)
        return {'each': (target.rss() - before) / number, 'rss': target.rss(), 'opening_s': opening}


def compare(bench: Bench, numbers: Sequence[int]) -> list[Row]:
    rows = []
    for number in numbers:
        with bench.oaktree() as oaktree, bench.echo() as echo:
            oaktree.compute.ListServers(pb.ListServersRequest(), timeout=common.SECONDS)
            ours = memory(oaktree, WATCH, subscription(), number)
            bare = memory(echo, '/echo/Hold', subscription(), number)
        rows.append({
            'watches': number, 'oaktree_kib_each': ours['each'] / KIB, 'bare_kib_each': bare['each'] / KIB,
            'ratio': ours['each'] / bare['each'], 'oaktree_rss_mib': ours['rss'] / KIB**2, 'opening_s': ours['opening_s'],
        })  # fmt: skip
    return rows


def subscription() -> Message:
    return pb.WatchRequest(subscribe={'watch_id': 'bench', 'kind': pb.RESOURCE_KIND_SERVER, 'location': {'cloud': 'alpha'}})


def soak(bench: Bench, rounds: int, number: int) -> tuple[list[Row], dict[str, float]]:
    """Memory after rounds of opening and cancelling, and what the metrics say is left."""
    with socket.create_server(('127.0.0.1', 0)) as free:
        metrics = f'127.0.0.1:{free.getsockname()[1]}'
    rows: list[Row] = []
    with bench.oaktree('--metrics', metrics) as oaktree:
        with holding(oaktree, WATCH, subscription(), number) as holder:
            for count in range(1, rounds + 1):
                holder.open(number)
                holder.close()
                if count in (1, rounds) or count % 10 == 0:
                    time.sleep(1)
                    rows.append({'soak': f'round {count}', 'round': count, 'rss_mib': oaktree.rss() / KIB**2})
        base = next((row['rss_mib'] for row in rows if row['round'] == 10), rows[0]['rss_mib'])
        for row in rows:
            row['to_round_10'] = row['rss_mib'] / base
        with contextlib.suppress(TimeoutError):
            common.until('nothing is left', lambda: not any(left(metrics).values()), LINGER)
        return rows, left(metrics)


def left(metrics: str) -> dict[str, float]:
    """The gauges of what goes on."""
    with urllib.request.urlopen(f'http://{metrics}/metrics', timeout=common.SECONDS) as answer:
        lines = [line.split() for line in answer.read().decode().splitlines() if line.startswith(LEFT)]
    found = {name: float(value) for name, value in lines}
    if not found:
        raise RuntimeError(f'there are no metrics {", ".join(LEFT)}')
    return found


def run(numbers: Sequence[int] = (1000, 10_000), rounds: int = 50) -> dict[str, list[Row]]:
    with Bench({'alpha': 'floating'}, {'alpha': 10}) as bench:
        rows = compare(bench, numbers)
        rounds_rows, remains = soak(bench, rounds, 1000)
    return {'memory': rows, 'soak': rounds_rows, 'left': [remains]}


def judge(results: dict[str, list[Row]]) -> list[Row]:
    """The rows of DESIGN section 10, and the soak."""
    judged = [
        common.verdict(
            f'memory of each of {row["watches"]:,} watches',
            f'bare stream: {row["bare_kib_each"]:.1f} KiB',
            row['oaktree_kib_each'], KIB_TARGET, ' KiB',
        )
        for row in results['memory']
    ]  # fmt: skip
    first, last = next(row for row in results['soak'] if row['round'] == 10), results['soak'][-1]
    of = f'round 10: {first["rss_mib"]:.0f} MiB'
    judged.append(
        common.verdict(f'RSS after round {last["round"]} of opening and cancelling', of, last['to_round_10'], SOAK_TARGET)
    )
    judged.append(common.verdict('watchers, waiters and polls left', 'none', sum(results['left'][0].values()), 0))
    return judged


def main() -> None:
    parser = common.parser(__doc__)
    parser.add_argument('--watches', type=int, nargs='+', default=[1000, 10_000])
    parser.add_argument('--rounds', type=int, default=50)
    options = parser.parse_args()
    results = run((1000,), 12) if options.quick else run(options.watches, options.rounds)
    common.table(results['memory'], COLUMNS)
    print(f'target: at most {KIB_TARGET} KiB each\n')
    common.table(results['soak'], SOAK_COLUMNS)
    print(f'target: round 50 at most {SOAK_TARGET} of round 10; left: {results["left"][0]}')
    common.write(options.json, results)


if __name__ == '__main__':
    main()
