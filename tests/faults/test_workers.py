# SPDX-License-Identifier: Apache-2.0
"""Several processes on one port: who starts, dies, and ends."""

import asyncio
import errno
import os
import pathlib
import re
import signal
import unittest
import urllib.request
from unittest import mock

import grpc
from oaktreemodel import v1 as pb

from oaktree.settings import SettingsError
from oaktree.workers import Workers, reserve
from tests.faults import base
from tests.faults.redis import RedisServer, free_port

LIST = '/servers/detail'


def children(pid: int) -> list[int]:
    """The processes that one has started. proc_pid_task_children(5)"""
    return [int(child) for child in pathlib.Path(f'/proc/{pid}/task/{pid}/children').read_text().split()]


class WorkersTest(base.Case):
    profiles = {'alpha': 'floating'}

    def workers(self, *options: str) -> base.Process:
        process = base.Process(self.write(self.entries()), '--workers', '2', *options)
        self.addCleanup(process.close)
        return process

    def count(self, target: str) -> int:
        """Servers listed on a connection of its own."""
        with grpc.insecure_channel(target, options=[('grpc.use_local_subchannel_pool', 1)]) as channel:
            compute = pb.ComputeServiceStub(channel)
            return len(compute.ListServers(pb.ListServersRequest(), timeout=20, wait_for_ready=True).servers)

    def test_both_serve_one_port_and_end_together(self) -> None:
        port = free_port(2)
        process = self.workers('--metrics', f'127.0.0.1:{port}')
        self.simulation.seed('alpha', servers=3)

        def calls(number: int) -> float:
            with urllib.request.urlopen(f'http://127.0.0.1:{port + number}/metrics', timeout=5) as answer:
                lines = answer.read().decode().splitlines()
            return sum(
                float(line.split()[-1]) for line in lines if re.match('oaktree_(calls_total|remembered_seconds_count){', line)
            )

        def both() -> bool:
            self.assertEqual(self.count(process.target), 3)
            return all(calls(number) for number in range(2))

        self.eventually('both have served', both, 20)
        pids = children(process.process.pid)
        self.assertEqual(len(pids), 2)
        process.process.send_signal(signal.SIGTERM)
        self.assertEqual(process.end(), 0)
        self.assertEqual([pid for pid in pids if os.path.exists(f'/proc/{pid}')], [])
        self.assertNotIn('Traceback', process.text())

    def test_one_that_dies_is_replaced(self) -> None:
        process = self.workers()
        before = children(process.process.pid)
        os.kill(before[0], signal.SIGKILL)
        self.eventually('another is there', lambda: len(set(children(process.process.pid)) | set(before)) == 3, 20)
        self.eventually('it says why', lambda: 'worker 0 has died with status -9' in process.text())
        for _ in range(4):
            self.assertEqual(self.count(process.target), 0)

    def test_one_that_cannot_be_started_is_tried_again(self) -> None:
        there_is_none = OSError(errno.EAGAIN, 'no more processes')

        async def run() -> tuple[int, list[str]]:
            workers = Workers(1, lambda _number: ['--version'])
            with (
                mock.patch('oaktree.workers.PAUSES', (0.01, 0.01)),
                mock.patch.object(Workers, '_serve', side_effect=[there_is_none, there_is_none, 0, 0]) as serve,
                self.assertLogs('oaktree.workers', 'ERROR') as logs,
            ):
                running = asyncio.create_task(workers._keep(0))
                while serve.call_count < 3:  # noqa: ASYNC110 - nothing tells of it
                    await asyncio.sleep(0.01)
                workers._stopping.set()
                await running
                return serve.call_count, logs.output

        tried, logs = asyncio.run(run())
        self.assertGreaterEqual(tried, 3)
        self.assertIn('worker 0 cannot be started', logs[0])

    def test_they_do_not_outlive_the_one_that_looks_after_them(self) -> None:
        process = self.workers()
        pids = children(process.process.pid)
        process.process.kill()
        process.end()
        self.eventually('they have gone', lambda: not any(os.path.exists(f'/proc/{pid}') for pid in pids), 20)

    def test_a_port_of_others_is_refused(self) -> None:
        process = self.workers()
        with self.assertRaisesRegex(SettingsError, 'cannot be listened on'):
            reserve([process.target])

    @unittest.skipUnless(RedisServer.there_is(), 'there is no redis-server here')
    def test_with_a_store_a_herd_on_both_costs_one_list(self) -> None:
        redis = RedisServer()
        self.addCleanup(redis.close)
        redis.start()
        process = self.workers('--store', redis.url)
        self.simulation.seed('alpha', servers=3)
        self.simulation.fault('alpha', path=LIST, latency=0.5)
        channels = [grpc.insecure_channel(process.target, [('grpc.use_local_subchannel_pool', 1)]) for _ in range(10)]
        calls = [
            pb.ComputeServiceStub(channels[n % 10]).ListServers.future(pb.ListServersRequest(page_size=10 + n), timeout=30)
            for n in range(100)
        ]
        self.assertEqual([len(call.result().servers) for call in calls], [3] * 100)
        self.assertEqual(self.asked('alpha', 'GET', LIST), 1)
        for channel in channels:
            channel.close()
