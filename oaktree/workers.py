# SPDX-License-Identifier: Apache-2.0
"""Several processes that serve the same ports, and one that looks after them.

They are spawned, never forked: gRPC does not survive a fork. The kernel gives each new connection to one of them
(SO_REUSEPORT), which a socket in the file system can't have: that one is the first worker's.
"""

import asyncio
import contextlib
import logging
import signal
import socket
import sys
import time
from collections.abc import Callable, Sequence

from oaktree.settings import SettingsError

LOG = logging.getLogger(__name__)

READY = b'oaktree serves '

PAUSES = (1.0, 30.0)
"""Seconds before a worker that has died is started again: the first time, and at most where it keeps dying."""

STOPPING = 20.0
"""Seconds after which a worker that was told to stop is killed: more than calls and background work are given."""

Arguments = Callable[[int], Sequence[str]]
"""The command line of the worker with this number, from 0."""


class Workers:
    """As many workers as were asked for, for as long as we run."""

    def __init__(self, count: int, arguments: Arguments) -> None:
        self._count, self._arguments = count, arguments
        self._stopping = asyncio.Event()
        self._ready = [asyncio.Event() for _ in range(count)]
        self._refused = False

    async def run(self, line: str) -> int:
        """Serve until SIGTERM or SIGINT.

        :param line: what to print when all of them serve.
        :returns: the exit status: 2 where a worker says that something is to be mended first.
        """
        loop = asyncio.get_running_loop()
        for signum in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(signum, self._stopping.set)
        keepers = [asyncio.create_task(self._keep(number)) for number in range(self._count)]
        ready = asyncio.create_task(self._tell(line))
        await self._stopping.wait()
        ready.cancel()
        await asyncio.wait(keepers)
        return 2 if self._refused else 0

    async def _tell(self, line: str) -> None:
        for event in self._ready:
            await event.wait()
        print(line, flush=True)

    async def _keep(self, number: int) -> None:
        """Have one worker, and another when it has died."""
        pause = PAUSES[0]
        while not self._stopping.is_set():
            started = time.monotonic()
            try:
                code = await self._serve(number)
            except OSError as error:
                # There is no memory, or no process number, for it just now.
                LOG.error('worker %d cannot be started: %s', number, error)
                code = -1
            if self._stopping.is_set():
                return
            if code == 2 and not self._ready[number].is_set():
                self._refused = True
                self._stopping.set()
                return
            pause = PAUSES[0] if time.monotonic() - started > PAUSES[1] else min(pause * 2, PAUSES[1])
            LOG.error('worker %d has died with status %s; another starts in %.0f s', number, code, pause)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._stopping.wait()

    async def _serve(self, number: int) -> int:
        """One worker from its start to its end; returns its exit status."""
        # It ends when its standard input does: when we do, in whatever way.
        process = await asyncio.create_subprocess_exec(
            sys.executable, '-m', 'oaktree', *self._arguments(number),
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        reading = asyncio.create_task(self._read(number, process))
        stopping = asyncio.create_task(self._stopping.wait())
        await asyncio.wait([reading, stopping], return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(STOPPING):
                return await process.wait()
        except TimeoutError:
            LOG.error('worker %d does not stop: it is killed', number)
            process.kill()
            return await process.wait()
        finally:
            reading.cancel()

    async def _read(self, number: int, process: asyncio.subprocess.Process) -> None:
        """Read what a worker says until its end: that it serves."""
        assert process.stdout
        async for line in process.stdout:
            if line.startswith(READY):
                self._ready[number].set()


def reserve(addresses: Sequence[str]) -> tuple[list[socket.socket], list[str]]:
    """Take the ports that workers are to share; returns what holds them, and the addresses with chosen ports.

    :raises SettingsError: where a port is taken, by another oaktree's workers too, which would share it without a word.
    """
    held, chosen = [], []
    for address in addresses:
        if address.startswith('unix:'):
            chosen.append(address)
            continue
        host, _, port = address.rpartition(':')
        family = socket.AF_INET6 if ':' in host else socket.AF_INET
        holder = socket.socket(family, socket.SOCK_STREAM)
        try:
            with socket.socket(family, socket.SOCK_STREAM) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind((host.strip('[]'), int(port)))
                number = probe.getsockname()[1]
            holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            holder.bind((host.strip('[]'), number))
        except OSError as error:
            raise SettingsError(f'{address} cannot be listened on: {error.strerror}') from None
        held.append(holder)
        chosen.append(f'{host}:{number}')
    return held, chosen
