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
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Self

import grpc
from google.protobuf.message import Message
from keystoneauth1.identity.v3 import Password
from keystoneauth1.session import Session
from oaktreemodel import v1 as pb

from oaktree.simcloud import Simulation

HERE = pathlib.Path(__file__).parent
COMPUTE = '/oaktree.v1.ComputeService'
SECONDS = 60
"""Whatever should come soon has come by then."""

Row = dict[str, Any]


class Target:
    """A server in processes of its own, and what it has cost so far."""

    def __init__(self, command: Sequence[str], address: str, **more: Any) -> None:
        self._popen = subprocess.Popen([*command, address], stdout=subprocess.PIPE, text=True, **more)
        assert self._popen.stdout is not None
        banner = self._popen.stdout.readline().strip()
        if not banner:
            raise RuntimeError(f'{" ".join(command)} {address} did not start')
        # With port 0 it says which one it has got.
        self.address = address if address.startswith('unix:') else banner.rpartition(' on ')[2]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._popen.terminate()
        try:
            self._popen.wait(20)
        except subprocess.TimeoutExpired:
            self._popen.kill()
            self._popen.wait()

    @functools.cached_property
    def compute(self) -> Any:
        return pb.ComputeServiceStub(grpc.insecure_channel(self.address, [('grpc.max_receive_message_length', -1)]))

    def cpu_by_pid(self) -> dict[int, float]:
        """CPU seconds of the process and of its workers."""
        return {pid: cpu_seconds(pid) for pid in (self._popen.pid, *children(self._popen.pid))}

    def cpu(self) -> float:
        return sum(self.cpu_by_pid().values())

    def rss(self) -> int:
        """Bytes of memory of the process and of its workers."""
        return sum(map(resident, (self._popen.pid, *children(self._popen.pid))))

    token = ''
    """What calls show, if anything."""

    def load(self, method: str, requests: Sequence[Message], **options: Any) -> Row:
        """Call, as the load generator's flags say, and add the server's CPU to what it tells."""
        cpu = self.cpu()
        result = start_load(self.address, method, requests, self.token, **options)()
        return result | {'server_cpu_s': self.cpu() - cpu}


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
        self._number = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def path(self, suffix: str) -> pathlib.Path:
        """A name for a file that is not there yet."""
        self._number += 1
        return self.folder / f'{self._number}.{suffix}'

    def command(self, *more: str) -> list[str]:
        return [sys.executable, '-m', 'oaktree', '--config', str(self.config), *more, '--listen']

    def oaktree(self, *more: str, listen: str = '') -> Target:
        """A server for these clouds, which logs as it does by default, into a file. It ends with its ``with``, or with us."""
        log = self._stack.enter_context(self.path('log').open('w'))
        return self._ended(Target(self.command(*more), listen or f'unix:{self.path("sock")}', stderr=log))

    def shared(self) -> Target:
        """One that takes tokens, on a socket as well."""
        cert, key = str(self.path('pem')), str(self.path('key'))
        made = 'openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 -subj /CN=localhost'
        subprocess.run([*made.split(), '-out', cert, '-keyout', key], check=True, capture_output=True)
        return self.oaktree('--tls-cert', cert, '--tls-key', key)

    def sign_in(self, cloud: str) -> str:
        """A token of this cloud's user."""
        auth = json.loads(self.config.read_text())['clouds'][cloud]['auth']
        token: str = Session(auth=Password(**auth)).get_token()
        return token

    def echo(self) -> Target:
        return self._ended(Target([sys.executable, str(HERE / 'echo.py')], f'unix:{self.path("sock")}'))

    def _ended(self, target: Target) -> Target:
        self._stack.enter_context(target)
        return target

    def ids(self, cloud: str) -> list[str]:
        """The ids of all servers, which nobody is told who asks the cloud in the ordinary way: it would count."""
        return [server.id for server in self.simulation.cloud(cloud).compute.servers.forward()]


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


@functools.cache
def load_program() -> str:
    """The load generator, compiled; some seconds the first time."""
    program = pathlib.Path(os.environ.get('XDG_CACHE_HOME') or '~/.cache').expanduser() / 'oaktree/bench-load'
    program.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(['go', 'build', '-o', str(program), '.'], cwd=HERE / 'load', check=True)
    return str(program)


def load_command(address: str, method: str, **options: Any) -> list[str]:
    """The load generator's command line: its flags are in load/main.go."""
    flags = {'target': address, 'method': method} | options
    return [load_program(), *(f'-{name.replace("_", "-")}={value}' for name, value in flags.items())]


def encoded(request: Message) -> str:
    return base64.b64encode(request.SerializeToString()).decode()


def start_load(address: str, method: str, requests: Sequence[Message], token: str = '', **options: Any) -> Callable[[], Row]:
    """Begin to call; what is returned waits for the end and gives the figures.

    :param token: that each call shows.
    It raises RuntimeError when a call has failed, as figures of failed calls mean nothing.
    """
    command = load_command(address, method, **options)
    environment = os.environ | {'OAKTREE_LOAD_TOKEN': token}
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)
    assert process.stdin is not None
    process.stdin.write(''.join(f'{encoded(request)}\n' for request in requests))
    process.stdin.close()
    process.stdin = None

    def finish() -> Row:
        output, _ = process.communicate()
        if process.returncode:
            raise RuntimeError(f'the load for {method} has failed')
        result: Row = json.loads(output)
        if result['errors']:
            raise RuntimeError(f'{method}: {result["errors"]}')
        return result

    return finish


def median(rows: Sequence[Row], name: str) -> float:
    return statistics.median(row[name] for row in rows)


def spread(what: str, values: Sequence[float]) -> Row:
    return {'what': what, 'median': statistics.median(values), 'min': min(values), 'max': max(values), 'values': list(values)}


VERDICT = {'what': '', 'baseline': '', 'measured': '', 'target': '', 'held': ''}


def verdict(what: str, baseline: str, measured: float, target: float, unit: str = '', most: bool = True) -> Row:
    """A row of the table of DESIGN section 10: at most, or else at least, its target."""
    held = measured <= target if most else measured >= target
    return {
        'what': what, 'baseline': baseline, 'measured': f'{measured:,.3g}{unit}', 'value': measured,
        'target': f'{"≤" if most else "≥"} {target:g}{unit}', 'held': 'held' if held else 'MISSED',
    }  # fmt: skip


def until(what: str, test: Callable[[], Any], seconds: float = SECONDS) -> Any:
    """Wait for something that comes soon."""
    end = time.monotonic() + seconds
    while not (result := test()):
        if time.monotonic() > end:
            raise TimeoutError(what)
        time.sleep(0.02)
    return result


def table(rows: Sequence[Row], columns: Mapping[str, str]) -> None:
    """Print rows; the columns are names and formats."""
    lines = [list(columns)]
    lines += [[format(row[name], form) if name in row else '' for name, form in columns.items()] for row in rows]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for first, *rest in lines:
        print('  '.join([first.ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(rest, widths[1:], strict=True))]))


def parser(description: str | None) -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument('--quick', action='store_true', help='fewer and shorter rounds: for a look, not for a figure')
    made.add_argument('--json', type=pathlib.Path, metavar='FILE', help='write all figures there')
    return made


def write(path: pathlib.Path | None, results: Any) -> None:
    if path:
        path.write_text(json.dumps(results, indent=2) + '\n')
