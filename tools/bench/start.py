# SPDX-License-Identifier: Apache-2.0
"""The start: seconds until oaktree is ready, and what memory it takes idle.

    python tools/bench/start.py [--starts 10] [--quick] [--json FILE]

Ready is when the health service says SERVING, asked over the socket from the outside. Idle is three seconds later, when what is
imported behind the start is there too, and again after a first list. The baseline is the start of the bare echo server.
"""

import contextlib
import statistics
import subprocess
import sys
import time

import common
import grpc
from common import Bench, Row
from grpc_health.v1 import health_pb2, health_pb2_grpc
from oaktreemodel import v1 as pb

READY_TARGET, RSS_TARGET = 1.0, 90
IDLE_SECONDS = 3
COLUMNS = {'what': '', 'median': '.2f', 'min': '.2f', 'max': '.2f', 'baseline': '.2f', 'target': '.0f'}


def seconds_to_ready(command: list[str], address: str, ready: str) -> tuple[subprocess.Popen[bytes], float]:
    """Start, and ask again and again from the first moment."""
    started = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    options = [
        ('grpc.initial_reconnect_backoff_ms', 10),
        ('grpc.min_reconnect_backoff_ms', 10),
        ('grpc.max_reconnect_backoff_ms', 10),
    ]
    with grpc.insecure_channel(address, options) as channel:
        if ready == 'connection':
            grpc.channel_ready_future(channel).result(common.SECONDS)
        else:
            check = health_pb2_grpc.HealthStub(channel).Check
            serving = health_pb2.HealthCheckResponse.SERVING
            assert check(health_pb2.HealthCheckRequest(), wait_for_ready=True, timeout=common.SECONDS).status == serving
    return process, time.monotonic() - started


def run(starts: int = 10) -> list[Row]:
    ready, idle, used, echo_ready, echo_idle = [], [], [], [], []
    with Bench({'alpha': 'floating'}, {'alpha': 3}) as bench:
        for number in range(starts):
            address = f'unix:{bench.folder}/start-{number}.sock'
            command = [sys.executable, '-m', 'oaktree', '--config', str(bench.config), '--listen', address]
            process, seconds = seconds_to_ready(command, address, 'health')
            with contextlib.ExitStack() as stack:
                stack.callback(process.wait)
                stack.callback(process.terminate)
                ready.append(seconds)
                time.sleep(IDLE_SECONDS)
                idle.append(common.resident(process.pid) / 2**20)
                with grpc.insecure_channel(address) as channel:
                    pb.ComputeServiceStub(channel).ListServers(pb.ListServersRequest(), timeout=60)
                used.append(common.resident(process.pid) / 2**20)
            address = f'unix:{bench.folder}/echo-{number}.sock'
            process, seconds = seconds_to_ready([sys.executable, str(common.HERE / 'echo.py'), address], address, 'connection')
            echo_ready.append(seconds)
            echo_idle.append(common.resident(process.pid) / 2**20)
            process.terminate()
            process.wait()

    return [
        common.spread('ready, s', ready) | {'baseline': statistics.median(echo_ready), 'target': READY_TARGET},
        common.spread('idle RSS, MiB', idle) | {'baseline': statistics.median(echo_idle), 'target': RSS_TARGET},
        common.spread('RSS after a first list, MiB', used),
    ]


def judge(rows: list[Row]) -> list[Row]:
    """The rows of DESIGN section 10."""
    ready, idle, _ = rows
    return [
        common.verdict('ready after start', f'bare echo: {ready["baseline"]:.2f} s', ready['median'], READY_TARGET, ' s'),
        common.verdict('idle RSS', f'bare echo: {idle["baseline"]:.0f} MiB', idle['median'], RSS_TARGET, ' MiB'),
    ]


def main() -> None:
    parser = common.parser(__doc__)
    parser.add_argument('--starts', type=int, default=10)
    options = parser.parse_args()
    rows = run(3 if options.quick else options.starts)
    common.table(rows, COLUMNS)
    common.write(options.json, rows)


if __name__ == '__main__':
    main()
