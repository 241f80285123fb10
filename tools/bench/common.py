# SPDX-License-Identifier: Apache-2.0
"""What the benchmarks share: processes to measure, load for them, and tables of what came out."""

import argparse
import base64
import contextlib
import functools
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import grpc
from google.protobuf.message import Message
from oaktreemodel import v1 as pb

from oaktree.simcloud import Simulation

HERE = pathlib.Path(__file__).parent
FIGURES = HERE.parent.parent / 'doc/source/figures'
COMPUTE = '/oaktree.v1.ComputeService'
READY_SECONDS = 60

Row = dict[str, Any]


class Process:
    """A server in a process of its own, with what it has cost so far."""

    def __init__(self, command: Sequence[str], **more: Any) -> None:
        self._popen = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, **more)
        assert self._popen.stdout is not None
        self.banner = self._popen.stdout.readline().strip()
        if not self.banner:
            raise RuntimeError(f'{" ".join(command)} did not start')

    @property
    def pids(self) -> list[int]:
        """The process and its children: workers are measured with what starts them."""
        return [self._popen.pid, *children(self._popen.pid)]

    def cpu(self) -> float:
        return sum(map(cpu_seconds, self.pids))

    def rss(self) -> int:
        """Bytes of memory, of all processes."""
        return sum(map(resident, self.pids))

    def stop(self) -> None:
        self._popen.terminate()
        try:
            self._popen.wait(20)
        except subprocess.TimeoutExpired:
            self._popen.kill()
            self._popen.wait()


def children(pid: int) -> list[int]:
    found: list[int] = []
    for task in pathlib.Path(f'/proc/{pid}/task').glob('*/children'):
        for child in map(int, task.read_text().split()):
            found += [child, *children(child)]
    return found


def cpu_seconds(pid: int) -> float:
    """User and system time of a process so far. proc(5), /proc/pid/schedstat is in nanoseconds, per thread."""
    return sum(int(task.read_text().split()[0]) for task in pathlib.Path(f'/proc/{pid}/task').glob('*/schedstat')) / 1e9


def resident(pid: int) -> int:
    return int(pathlib.Path(f'/proc/{pid}/statm').read_text().split()[1]) * os.sysconf('SC_PAGE_SIZE')


class Bench:
    """A folder, simulated clouds, and what runs in front of them; all ended together."""

    def __init__(self, profiles: Mapping[str, str], seeds: Mapping[str, int]) -> None:
        self._stack = contextlib.ExitStack()
        self.simulation = self._stack.enter_context(Simulation(profiles))
        self.folder = pathlib.Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix='oaktree-bench-')))
        self.config = self.folder / 'clouds.yaml'
        entries = json.loads(self.simulation.clouds_yaml)['clouds']
        self.config.write_text(json.dumps({'clouds': {name: entries[name] for name in profiles}}))
        for name, servers in seeds.items():
            self.simulation.seed(name, servers=servers)
        self._sockets = 0

    def __enter__(self) -> 'Bench':
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _unix(self) -> str:
        self._sockets += 1
        return f'unix:{self.folder}/{self._sockets}.sock'

    def _process(self, command: Sequence[str]) -> Process:
        process = Process(command)
        self._stack.callback(process.stop)
        return process

    def oaktree(self, *more: str, listen: str = '') -> 'Target':
        """A server for these clouds; logs as it does by default, into a file."""
        address = listen or self._unix()
        log = open(self.folder / f'oaktree-{self._sockets}.log', 'w')  # noqa: SIM115 it is the process's own
        self._stack.callback(log.close)
        command = [sys.executable, '-m', 'oaktree', '--config', str(self.config), '--listen', address, *more]
        process = Process(command, stderr=log)
        self._stack.callback(process.stop)
        # With port 0 it says which one it has got.
        return Target(process, address if address.startswith('unix:') else process.banner.rpartition(' on ')[2])

    def echo(self) -> 'Target':
        address = self._unix()
        return Target(self._process([sys.executable, str(HERE / 'echo.py'), address]), address)

    def asked(self, cloud: str, path: str = '/servers/detail', method: str = 'GET') -> int:
        """How many such requests a cloud has answered."""
        return sum(r['count'] for r in self.simulation.requests(cloud) if (r['method'], r['path']) == (method, path))


class Target:
    """A running server and its address."""

    def __init__(self, process: Process, address: str) -> None:
        self.process, self.address = process, address

    @functools.cached_property
    def compute(self) -> Any:
        return pb.ComputeServiceStub(grpc.insecure_channel(self.address))

    def load(self, method: str, requests: Sequence[Message | bytes], **options: Any) -> Row:
        """Run the load generator; adds the server's CPU to what it says.

        :raises RuntimeError: when a call has failed: figures of failed calls mean nothing.
        """
        cpu = self.process.cpu()
        result = start_load(self.address, method, requests, **options)()
        result['server_cpu_s'] = self.process.cpu() - cpu
        return result

    def load_beside(self, method: str, requests: Sequence[Message | bytes], **options: Any) -> Callable[[], Row]:
        return start_load(self.address, method, requests, **options)


@functools.cache
def load_program() -> str:
    """The load generator, compiled where Go keeps its own; some seconds the first time."""
    program = pathlib.Path(tempfile.gettempdir(), f'oaktree-bench-load-{os.getuid()}')
    subprocess.run(['go', 'build', '-o', str(program), '.'], cwd=HERE / 'load', check=True)
    return str(program)


def start_load(address: str, method: str, requests: Sequence[Message | bytes], **options: Any) -> Callable[[], Row]:
    """Begin to call; what is returned waits for the end and gives the figures."""
    flags = [f'-{name.replace("_", "-")}={value}' for name, value in options.items()]
    command = [load_program(), f'-target={address}', f'-method={method}', *flags]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None
    contents = (request if isinstance(request, bytes) else request.SerializeToString() for request in requests)
    process.stdin.write(''.join(base64.b64encode(content).decode() + '\n' for content in contents))
    process.stdin.close()
    process.stdin = None

    def finish() -> Row:
        output, _ = process.communicate()
        if process.returncode:
            raise RuntimeError(f'{" ".join(command)} failed')
        result: Row = json.loads(output)
        if result['errors']:
            raise RuntimeError(f'{method}: {result["errors"]}')
        return result

    return finish


def median(rows: Sequence[Row], name: str) -> float:
    return statistics.median(row[name] for row in rows)


def until(what: str, test: Callable[[], Any], seconds: float = READY_SECONDS) -> Any:
    """Wait for something that comes soon."""
    end = time.monotonic() + seconds
    while not (result := test()):
        if time.monotonic() > end:
            raise TimeoutError(what)
        time.sleep(0.02)
    return result


def table(rows: Sequence[Row], columns: Mapping[str, str]) -> None:
    """Print rows; columns are names and formats."""
    cells = [list(columns)] + [[format(row.get(name, ''), form) if name in row else '' for name, form in columns.items()] for row in rows]
    widths = [max(len(line[at]) for line in cells) for at in range(len(columns))]
    for line in cells:
        first, *rest = (cell.ljust(width) if at == 0 else cell.rjust(width) for at, (cell, width) in enumerate(zip(line, widths, strict=True)))
        print('  '.join([first, *rest]))


def parser(description: str | None) -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument('--quick', action='store_true', help='fewer and shorter rounds: for a look, not for a figure')
    made.add_argument('--json', type=pathlib.Path, metavar='FILE')
    return made


def write(path: pathlib.Path | None, results: Any) -> None:
    if path:
        path.write_text(json.dumps(results, indent=2) + '\n')
