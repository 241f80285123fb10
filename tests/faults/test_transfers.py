# SPDX-License-Identifier: Apache-2.0
"""Transfers whose clients go away, at any point of them, leave nothing behind: neither in a cloud nor in the server.

OAKTREE_TEST_CLOUDS makes it the same storm before real clouds.
"""

import asyncio
import collections
import concurrent.futures
import contextlib
import dataclasses
import os
import random
import threading
import time
from collections.abc import Iterator
from typing import Any

import grpc
from oaktreemodel import v1 as pb

from oaktree.clouds import THREADS
from tests.faults.base import NOW, Case, Code, Oaktree
from tests.functional.base import CLOUDS, REAL, unique

SEED = int(os.environ.get('OAKTREE_TEST_SEED') or random.randrange(1 << 32))
TRANSFERS, AT_ONCE = 500, 32
CHUNK, SEGMENT = 64 * 1024, 128 * 1024
CHUNKS = 12
"""Of what is sent; less than that of a segment, and more than several of them."""

LARGE, FETCHED = 16 << 20, 6
"""Bytes of what there is to fetch: more than all that is kept on the way takes, so that a download that nobody reads is stuck;
and parts of it that are read at most."""

MEMORY = 192
"""MiB that the client, the server and the simulated clouds may take together while all these are under way, beyond what they
took before. It is half of what the server alone may have for 24 transfers, as many as it has threads for."""

ENDED = (Code.CANCELLED, Code.DEADLINE_EXCEEDED)


@dataclasses.dataclass
class Transfer:
    """One that is to be cancelled when so many chunks have passed, a moment later."""

    kind: str
    cloud: str
    name: str
    chunks: int
    segmented: bool
    size_known: bool
    at: int
    """Past the last chunk, it is all there, and the call may have succeeded before it is cancelled."""
    moment: float
    timeout: float
    """Short for those that a deadline ends."""

    @classmethod
    def random(cls, chance: random.Random) -> 'Transfer':
        kind = chance.choice(('image up', 'image down', 'object up', 'object up', 'object down'))
        cloud = chance.choice([cloud.name for cloud in CLOUDS if cloud.objects or kind.startswith('image')])
        chunks = chance.randrange(CHUNKS) if kind.endswith('up') else FETCHED
        return cls(
            kind, cloud, unique('storm'), chunks, chance.random() < 0.6, chance.random() < 0.5, chance.randrange(chunks + 2),
            chance.choice((0, chance.random() / 20, chance.random())), chance.choice((60, 60, 60, chance.random())),
        )  # fmt: skip

    def about(self) -> dict[str, Any]:
        size = {'size_bytes': self.chunks * CHUNK} if self.size_known else {}
        return {'location': {'cloud': self.cloud}, 'name': self.name} | size


class Storm:
    """Many transfers at once, each of which its client ends."""

    def __init__(self, oaktree: Oaktree, container: str, sources: dict[tuple[str, str], str]) -> None:
        """:param sources: what there is to fetch, by cloud and kind."""
        self._oaktree, self._container, self._sources = oaktree, container, sources
        self.ended: collections.Counter[Any] = collections.Counter()
        self.complete: set[str] = set()
        """Those that were sent to their end: if there is anything of them, it is whole."""

    def run(self, transfers: list[Transfer]) -> None:
        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            for code in pool.map(self._one, transfers):
                self.ended[code] += 1

    def _one(self, transfer: Transfer) -> Any:
        return self._send(transfer) if transfer.kind.endswith('up') else self._fetch(transfer)

    def _send(self, transfer: Transfer) -> Any:
        image, reached, over = transfer.kind.startswith('image'), threading.Event(), threading.Event()

        def parts() -> Iterator[Any]:
            kind = pb.UploadImageRequest if image else pb.UploadObjectRequest
            more = {'disk_format': 'raw'} if image else {'container': self._container}
            if not image and transfer.segmented:
                more['segment_size_bytes'] = SEGMENT
            for number in range(transfer.chunks + 1):
                if number == transfer.at:
                    reached.set()
                    over.wait(30)
                    return
                yield kind(chunk=bytes([number]) * CHUNK) if number else kind(description=transfer.about() | more)
            self.complete.add(transfer.name)
            reached.set()

        stub = self._oaktree.image.UploadImage if image else self._oaktree.object_store.UploadObject
        call = stub.future(parts(), timeout=transfer.timeout)
        call.add_done_callback(lambda _: reached.set())
        reached.wait(60)
        time.sleep(transfer.moment)
        call.cancel()
        over.set()
        return self._end(call, transfer)

    def _fetch(self, transfer: Transfer) -> Any:
        source = self._sources[transfer.cloud, transfer.kind.partition(' ')[0]]
        about = {'location': {'cloud': transfer.cloud}, 'name_or_id': source}
        if transfer.kind.startswith('image'):
            call = self._oaktree.image.DownloadImage(pb.DownloadImageRequest(**about), timeout=transfer.timeout)
        else:
            request = pb.DownloadObjectRequest(**about, container=self._container)
            call = self._oaktree.object_store.DownloadObject(request, timeout=transfer.timeout)
        with contextlib.suppress(grpc.RpcError):
            for _ in zip(range(transfer.at), call, strict=False):
                pass
            time.sleep(transfer.moment)
        call.cancel()
        return self._end(call, transfer)

    def _end(self, call: Any, transfer: Transfer) -> Any:
        """How it ended; with all that is known of it where that is not how these are to end."""
        code = call.code()
        return code if code in (Code.OK, *ENDED) else f'{code.name} {call.details()} {transfer}'


class CancelledTransfersTest(Case):
    def setUp(self) -> None:
        super().setUp()
        self.chance = random.Random(SEED)
        self.container, self.where = unique('container'), {'location': {'cloud': 'alpha'}}

    def serve(self, *arguments: Any, **options: Any) -> Oaktree:
        if not REAL:
            return super().serve(*arguments, **options)
        oaktree = Oaktree(REAL, *(cloud.name for cloud in CLOUDS))
        self.addCleanup(oaktree.close)
        return oaktree

    def test_five_hundred_leave_nothing(self) -> None:
        storm = Storm(self.oaktree, self.container, self.sources())
        self.stuck(storm)
        tasks, memory = self.tasks(), resident()
        with Most() as most:
            storm.run([Transfer.random(self.chance) for _ in range(TRANSFERS)])
        with self.subTest(f'OAKTREE_TEST_SEED={SEED} has the same again'):
            self.assertLessEqual(set(storm.ended), {Code.OK, *ENDED}, storm.ended)
            self.assertGreater(sum(storm.ended[code] for code in ENDED), TRANSFERS * 0.6, storm.ended)
            self.assertLess((most.bytes - memory) >> 20, MEMORY)
            self.eventually('no work in the background', lambda: not self.oaktree.server._background.running, 60)
            self.nothing_half(storm)
            self.eventually('no more tasks than before', lambda: self.tasks() <= tasks, 30)
            self.stuck(storm)
        if REAL:
            ended = {getattr(code, 'name', code): count for code, count in storm.ended.items()}
            print(f'{ended}, {(most.bytes - memory) >> 20} MiB at most, seed {SEED}')

    def sources(self) -> dict[tuple[str, str], str]:
        """What there is to fetch."""
        self.oaktree.object_store.CreateContainer(pb.CreateContainerRequest(**self.where, name=self.container), timeout=60)
        self.addCleanup(self.drop_container)
        sources, name = {('alpha', 'object'): 'source'}, unique('source')
        chunks = [random.randbytes(1 << 20)] * (LARGE >> 20)
        about = {**self.where, 'container': self.container, 'name': 'source', 'size_bytes': LARGE}
        first = pb.UploadObjectRequest(description=about)
        parts = [first, *(pb.UploadObjectRequest(chunk=chunk) for chunk in chunks)]
        self.oaktree.object_store.UploadObject(iter(parts), timeout=60)
        for cloud in CLOUDS:
            about = {'location': {'cloud': cloud.name}, 'name': name, 'disk_format': 'raw'}
            images = [pb.UploadImageRequest(description=about), *(pb.UploadImageRequest(chunk=chunk) for chunk in chunks)]
            image = self.oaktree.image.UploadImage(iter(images), timeout=60).image
            self.addCleanup(self.drop_image, image)
            sources[cloud.name, 'image'] = image.id
        return sources

    def stuck(self, storm: Storm) -> None:
        """As many downloads as there are threads for begin at once, which they can only if no other has kept one."""
        calls = []
        for cloud, kind in storm._sources:
            about = {'location': {'cloud': cloud}, 'name_or_id': storm._sources[cloud, kind]}
            for _ in range(THREADS):
                if kind == 'image':
                    calls.append(self.oaktree.image.DownloadImage(pb.DownloadImageRequest(**about), timeout=60))
                else:
                    request = pb.DownloadObjectRequest(**about, container=self.container)
                    calls.append(self.oaktree.object_store.DownloadObject(request, timeout=60))
        for call in calls:
            self.assertNotEqual(next(call).WhichOneof('part'), 'chunk')
            self.assertEqual(next(call).WhichOneof('part'), 'chunk')
        for call in calls:
            call.cancel()

    def nothing_half(self, storm: Storm) -> None:
        """What was sent to its end may be there, and is whole then; of the others there is nothing."""
        for cloud in CLOUDS:
            self.eventually(f'{cloud.name}: only whole images', lambda cloud=cloud.name: self.whole(cloud, storm), 60)
        for name in self.objects(self.container):
            if name != 'source':
                self.assertIn(name, storm.complete)
                request = pb.DeleteObjectRequest(**self.where, container=self.container, name_or_id=name)
                self.oaktree.object_store.DeleteObject(request, timeout=60)
        self.eventually('no segments', lambda: not self.objects(f'{self.container}_segments'), 60)

    def whole(self, cloud: str, storm: Storm) -> bool:
        request = pb.ListImagesRequest(location={'cloud': cloud}, max_age=NOW, page_size=1000)
        left = [i for i in self.oaktree.image.ListImages(request, timeout=60).images if i.name.startswith('oaktree-storm-')]
        for image in left:
            if image.name in storm.complete and image.state == pb.IMAGE_STATE_ACTIVE:
                self.drop_image(image)
        return all(image.name in storm.complete and image.state == pb.IMAGE_STATE_ACTIVE for image in left)

    def objects(self, container: str) -> list[str]:
        request = pb.ListObjectsRequest(**self.where, container=container, page_size=1000)
        try:
            return [one.name for one in self.oaktree.object_store.ListObjects(request, timeout=60).objects]
        except grpc.RpcError as error:
            self.assertIs(error.code(), Code.NOT_FOUND)
            return []

    def tasks(self) -> int:
        async def count() -> int:
            return len(asyncio.all_tasks())

        return int(self.oaktree._run(count()))

    def drop_image(self, image: pb.Image) -> None:
        self.oaktree.image.DeleteImage(pb.DeleteImageRequest(location=image.location, name_or_id=image.id), timeout=60)

    def drop_container(self) -> None:
        for name in self.objects(self.container):
            request = pb.DeleteObjectRequest(**self.where, container=self.container, name_or_id=name)
            self.oaktree.object_store.DeleteObject(request, timeout=60)
        self.oaktree.object_store.DeleteContainer(pb.DeleteContainerRequest(**self.where, name_or_id=self.container))


class Most:
    """The most memory that this process has while a block runs."""

    def __init__(self) -> None:
        self.bytes, self._over = resident(), threading.Event()
        self._thread = threading.Thread(target=self._look)

    def _look(self) -> None:
        while not self._over.wait(0.02):
            self.bytes = max(self.bytes, resident())

    def __enter__(self) -> 'Most':
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()


def resident() -> int:
    with open('/proc/self/statm') as told:
        return int(told.read().split()[1]) * os.sysconf('SC_PAGE_SIZE')
