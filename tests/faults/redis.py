# SPDX-License-Identifier: Apache-2.0
"""A Redis server of a test's own, which can be killed and started again."""

import contextlib
import json
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time

import redis


def free_port(together: int = 1) -> int:
    """The first of so many ports that nobody uses; not of those that the kernel gives to whoever asks for any."""
    while True:
        port = random.randrange(20_000, 30_000)
        with contextlib.ExitStack() as stack, contextlib.suppress(OSError):
            for number in range(together):
                stack.enter_context(socket.socket()).bind(('127.0.0.1', port + number))
            return port


class RedisServer:
    """Keeps nothing on disk: what is killed is empty when it comes back."""

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f'redis://127.0.0.1:{self.port}'
        self._folder = tempfile.TemporaryDirectory(prefix='oaktree-redis-')
        self._process: subprocess.Popen[bytes] | None = None

    @staticmethod
    def there_is() -> bool:
        """Whether this machine has one."""
        return shutil.which('redis-server') is not None

    def start(self) -> None:
        """Start it, and wait until it answers."""
        self._process = subprocess.Popen(
            ['redis-server', '--port', str(self.port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'],
            cwd=pathlib.Path(self._folder.name), stdout=subprocess.DEVNULL,
        )  # fmt: skip
        end = time.monotonic() + 20
        while not self._answers():
            if time.monotonic() > end or self._process.poll() is not None:
                raise RuntimeError('redis-server does not start')
            time.sleep(0.02)

    def _answers(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(('127.0.0.1', self.port)) == 0

    def publish(self, channel: str, message: str) -> None:
        """Say something on a channel."""
        with socket.create_connection(('127.0.0.1', self.port), 5) as connection:
            connection.sendall(f'PUBLISH {channel} {json.dumps(message)}\r\n'.encode())
            connection.recv(100)

    def everything(self) -> bytes:
        """All that it keeps."""
        with redis.Redis(port=self.port) as client:
            return b' '.join(client.get(key) or b'' for key in client.scan_iter())

    def pause(self) -> None:
        """Have it answer nothing, as where its machine hangs; it keeps what it has."""
        assert self._process
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Have it go on."""
        assert self._process
        self._process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """Have it gone at once, as in a crash."""
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None

    def close(self) -> None:
        self.kill()
        self._folder.cleanup()
