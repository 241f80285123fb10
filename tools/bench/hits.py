# SPDX-License-Identifier: Apache-2.0
"""Hits: cached ListServers and GetServer against a raw-bytes echo of the same length on the same kind of server.

    python tools/bench/hits.py [--rounds 10] [--seconds 2] [--quick] [--json FILE]

Both run the whole time; the load goes to one and the other in turns, in short slices, as machines are noisy. Ratios are of
neighbouring slices, and the median of them is told: of throughput, and of the server's CPU a call, which noise moves less.
The first slice of each is for warming up.
"""

import statistics
from collections.abc import Iterator

import common
from common import Bench, Row, Target
from google.protobuf.message import Message
from oaktreemodel import v1 as pb

SIZES = {'one': 1, 'hundred': 100, 'five-hundred': 500}
TARGET = 0.9
COLUMNS = {
    'case': '', 'answer_bytes': ',', 'oaktree_calls_per_s': ',.0f', 'echo_calls_per_s': ',.0f', 'throughput_ratio': '.2f',
    'cpu_ratio': '.2f', 'signed_in_ratio': '.2f', 'signed_in_cpu_ratio': '.2f', 'oaktree_us_per_call': ',.0f',
    'echo_us_per_call': ',.0f', 'oaktree_p99_ms': '.1f', 'echo_p99_ms': '.1f',
}  # fmt: skip


def cases(oaktree: Target) -> Iterator[tuple[str, str, Message, int]]:
    """What is asked, and how many bytes the answer has."""
    for cloud, servers in SIZES.items():
        request = pb.ListServersRequest(location={'cloud': cloud})
        answer = oaktree.compute.ListServers(request, timeout=60)
        assert len(answer.servers) == servers, len(answer.servers)
        yield f'ListServers of {servers}', 'ListServers', request, answer.ByteSize()
    wanted = pb.GetServerRequest(location={'cloud': cloud}, name_or_id=answer.servers[servers // 2].id)
    yield f'GetServer, one of {servers}', 'GetServer', wanted, oaktree.compute.GetServer(wanted).ByteSize()


def compare(
    oaktree: Target, shared: Target, echo: Target, method: str, request: Message, size: int, rounds: int, seconds: float
) -> Row:
    pairs: list[tuple[Row, Row, Row]] = []
    for _ in range(rounds + 1):
        ours = oaktree.load(f'{common.COMPUTE}/{method}', [request], seconds=seconds)
        theirs = echo.load(f'/echo/{size}', [request], seconds=seconds)
        pairs.append((ours, theirs, shared.load(f'{common.COMPUTE}/{method}', [request], seconds=seconds)))
    del pairs[0]

    def speed(row: Row) -> float:
        return float(row['calls'] / row['seconds'])

    def cost(row: Row) -> float:
        return float(row['server_cpu_s'] / row['calls'])

    ours, theirs, signed = ([pair[at] for pair in pairs] for at in (0, 1, 2))
    return {
        'answer_bytes': size,
        'oaktree_calls_per_s': statistics.median(map(speed, ours)),
        'echo_calls_per_s': statistics.median(map(speed, theirs)),
        'signed_in_calls_per_s': statistics.median(map(speed, signed)),
        'throughput_ratio': statistics.median(speed(a) / speed(b) for a, b, _ in pairs),
        'signed_in_ratio': statistics.median(speed(c) / speed(a) for a, _, c in pairs),
        'oaktree_us_per_call': statistics.median(map(cost, ours)) * 1e6,
        'echo_us_per_call': statistics.median(map(cost, theirs)) * 1e6,
        'cpu_ratio': statistics.median(cost(b) / cost(a) for a, b, _ in pairs),
        'signed_in_cpu_ratio': statistics.median(cost(a) / cost(c) for a, _, c in pairs),
        'oaktree_p99_ms': common.median(ours, 'p99_s') * 1e3,
        'echo_p99_ms': common.median(theirs, 'p99_s') * 1e3,
        'slices': [{'oaktree': a, 'echo': b, 'signed_in': c} for a, b, c in pairs],
    }


def run(rounds: int = 10, seconds: float = 2) -> list[Row]:
    with Bench(dict.fromkeys(SIZES, 'floating'), SIZES) as bench:
        oaktree, echo, shared = bench.oaktree(), bench.echo(), bench.shared()
        rows = []
        for name, method, request, size in cases(oaktree):
            shared.token = bench.sign_in(request.location.cloud)
            rows.append({'case': name} | compare(oaktree, shared, echo, method, request, size, rounds, seconds))
        return rows


def judge(rows: list[Row]) -> list[Row]:
    """The rows of DESIGN section 10."""
    judged = []
    for row in rows:
        echo = f'echo of {row["answer_bytes"]:,} bytes: {row["echo_calls_per_s"]:,.0f}/s'
        judged.append(common.verdict(f'cached {row["case"]}: throughput', echo, row['throughput_ratio'], TARGET, most=False))
        echo = f'same echo: {row["echo_us_per_call"]:,.0f} us'
        judged.append(common.verdict(f'cached {row["case"]}: CPU a call', echo, row['cpu_ratio'], TARGET, most=False))
        own = f'without a token: {row["oaktree_calls_per_s"]:,.0f}/s'
        judged.append(
            common.verdict(f'{row["case"]} with a token: throughput', own, row['signed_in_ratio'], TARGET, most=False)
        )
    return judged


def main() -> None:
    parser = common.parser(__doc__)
    parser.add_argument('--rounds', type=int, default=10)
    parser.add_argument('--seconds', type=float, default=2)
    options = parser.parse_args()
    rows = run(3, 1) if options.quick else run(options.rounds, options.seconds)
    common.table(rows, COLUMNS)
    print(f'ratios: oaktree to echo, of throughput and of what one CPU second gives; target {TARGET}')
    print(f'signed_in: the same of calls with a token to those without; target {TARGET}')
    common.write(options.json, rows)


if __name__ == '__main__':
    main()
