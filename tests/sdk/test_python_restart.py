# SPDX-License-Identifier: Apache-2.0
"""A hundred Python clients, each with a connection of its own, while the server is started anew: none of them sees it."""

import asyncio
import concurrent.futures
import threading
import time
import unittest
from typing import Any

import grpc
import oaktreemodel
from google.protobuf.duration_pb2 import Duration
from oaktreemodel import v1 as pb

from tests.faults.base import Process
from tests.functional.base import CLOUDS, Case, unique

COUNT = 100
WHERE = {'location': {'cloud': CLOUDS[0].name}}
ONLY = [word for cloud in CLOUDS for word in ('--cloud', cloud.name)]
WATCHED = pb.WatchSubscription(**WHERE, kind=pb.RESOURCE_KIND_VOLUME, watch_id='w')
FLAVORS = pb.ListFlavorsRequest(**WHERE, page_size=2)
WAIT = Duration(seconds=60)


def creation() -> pb.CreateVolumeRequest:
    return pb.CreateVolumeRequest(**WHERE, name=unique('volume'), size_gib=1, wait=WAIT)


def deletion(volume: pb.Volume) -> pb.DeleteVolumeRequest:
    assert volume.state == pb.VOLUME_STATE_AVAILABLE, volume
    return pb.DeleteVolumeRequest(**WHERE, name_or_id=volume.id, wait=WAIT)


class Crowd:
    """How far they are."""

    def __init__(self) -> None:
        self.under = threading.Semaphore(0)
        self.ended = threading.Event()
        """When they may stop, after one turn more."""
        self.done = {'pages': 0, 'changes': 0, 'events': 0}

    def take(self, response: pb.WatchResponse, starts: int) -> int:
        """Notes an event; returns how often the watch has been begun."""
        self.done['events'] += 1
        event = response.WhichOneof('event')
        if event == 'synced' and starts == 1:
            self.under.release()
        return starts + (event == 'started')

    def over(self, response: pb.WatchResponse, starts: int) -> bool:
        """Whether the watch has come over the restart."""
        return starts > 1 and response.WhichOneof('event') == 'synced'


class Blocking(Crowd):
    """Clients in threads."""

    def run(self, target: str) -> None:
        with concurrent.futures.ThreadPoolExecutor(COUNT) as pool:
            works = [self.wait if i % 10 == 0 else self.watch if i % 2 == 0 else self.iterate for i in range(COUNT)]
            for done in concurrent.futures.as_completed([pool.submit(self.one, work, target) for work in works]):
                done.result()

    def one(self, work: Any, target: str) -> None:
        with oaktreemodel.connect(target) as oaktree:
            work(oaktree)

    def repeat(self, do: Any) -> None:
        do()
        self.under.release()
        while not self.ended.wait(0.1):
            do()
        do()

    def iterate(self, oaktree: oaktreemodel.Client) -> None:
        def do() -> None:
            for _ in oaktreemodel.pages(oaktree.compute.ListFlavors, FLAVORS):
                self.done['pages'] += 1

        self.repeat(do)

    def wait(self, oaktree: oaktreemodel.Client) -> None:
        def do() -> None:
            oaktree.block_storage.DeleteVolume(deletion(oaktree.block_storage.CreateVolume(creation()).volume))
            self.done['changes'] += 1

        self.repeat(do)

    def watch(self, oaktree: oaktreemodel.Client) -> None:
        starts = 0
        for response in oaktreemodel.follow(oaktree.watch.Watch, WATCHED):
            starts = self.take(response, starts)
            if self.over(response, starts):
                return


class Awaited(Crowd):
    """Clients in coroutines."""

    def run(self, target: str) -> None:
        asyncio.run(self.all(target))

    async def all(self, target: str) -> None:
        works = [self.wait if i % 10 == 0 else self.watch if i % 2 == 0 else self.iterate for i in range(COUNT)]
        async with asyncio.TaskGroup() as group:
            for work in works:
                group.create_task(self.one(work, target))

    async def one(self, work: Any, target: str) -> None:
        async with oaktreemodel.aio.connect(target) as oaktree:
            await work(oaktree)

    async def repeat(self, do: Any) -> None:
        await do()
        self.under.release()
        while not self.ended.is_set():
            await asyncio.sleep(0.1)
            await do()
        await do()

    async def iterate(self, oaktree: oaktreemodel.aio.AsyncClient) -> None:
        async def do() -> None:
            async for _ in oaktreemodel.aio.pages(oaktree.compute.ListFlavors, FLAVORS):
                self.done['pages'] += 1

        await self.repeat(do)

    async def wait(self, oaktree: oaktreemodel.aio.AsyncClient) -> None:
        async def do() -> None:
            made = await oaktree.block_storage.CreateVolume(creation())
            await oaktree.block_storage.DeleteVolume(deletion(made.volume))
            self.done['changes'] += 1

        await self.repeat(do)

    async def watch(self, oaktree: oaktreemodel.aio.AsyncClient) -> None:
        starts = 0
        async for response in oaktreemodel.aio.follow(oaktree.watch.Watch, WATCHED):
            starts = self.take(response, starts)
            if self.over(response, starts):
                return


class RestartTest(Case):
    def test_is_seen_by_no_thread(self) -> None:
        self.is_seen_by_nobody(Blocking())

    def test_is_seen_by_no_coroutine(self) -> None:
        self.is_seen_by_nobody(Awaited())

    def is_seen_by_nobody(self, crowd: Blocking | Awaited) -> None:
        first = Process(self.stack.config, *ONLY)
        self.addCleanup(first.close)
        failures: list[BaseException] = []

        def run() -> None:
            try:
                crowd.run(first.target)
            except BaseException as error:
                failures.append(error)
                crowd.under.release(COUNT)

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        self.addCleanup(crowd.ended.set)
        end = time.monotonic() + 120
        for _ in range(COUNT):
            self.assertTrue(crowd.under.acquire(timeout=max(0, end - time.monotonic())), 'not all have begun')
        self.assertEqual(failures, [])
        first.process.terminate()
        self.assertEqual(first.end(), 0)
        second = Process(self.stack.config, *ONLY, '--listen', first.target)
        self.addCleanup(second.close)
        crowd.ended.set()
        thread.join(200)
        self.assertFalse(thread.is_alive(), 'they have not come to their end')
        self.assertEqual([_told(error) for error in failures], [])
        self.assertGreaterEqual(crowd.done['changes'], 10)
        self.assertGreaterEqual(min(crowd.done['pages'], crowd.done['events']), COUNT)


def _told(error: BaseException) -> Any:
    if isinstance(error, BaseExceptionGroup):
        return [_told(one) for one in error.exceptions]
    return (error.code(), error.details()) if isinstance(error, grpc.RpcError) else repr(error)  # type: ignore[attr-defined]


if __name__ == '__main__':
    unittest.main()
