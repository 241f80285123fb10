# SPDX-License-Identifier: Apache-2.0
"""Bytes: an image up and down through oaktree's streams, beside a plain HTTP request of the same size.

    python tools/bench/transfer.py [--mib 2048] [--rounds 3] [--config clouds.yaml --cloud NAME] [--quick] [--json FILE]

The baseline is a PUT to Glance, with a token of openstacksdk. The stream takes turns with it. By URL it is the same request,
with what oaktree tells: both run at the same time, or there would be nothing to see but how busy the machine is. Images are
deleted before the next are made, so there must be room for two. Memory is what the
server has at most while bytes pass, above what it had after a small image up and down, with which it imports and connects.
What is sent is one MiB, again and again: a simulated cloud keeps that once.
"""

import concurrent.futures
import contextlib
import hashlib
import http.client
import itertools
import multiprocessing
import os
import pathlib
import random
import threading
import time
import uuid
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import urlsplit

import common
import grpc
from common import Bench, Row
from oaktreemodel import v1 as pb

MIB = 1 << 20
BLOCK = random.Random(7).randbytes(MIB)
"""The same in every process."""

MEMORY, STREAM, URL = 32, 0.5, 0.95
"""Targets: MiB of memory at most, and parts of the plain request's throughput at least."""

LOOK = 0.02
"""Seconds between two looks at the server's memory."""

HOUR = 3600
IMPORTS = 5.0
"""Seconds in which a client is ready to begin."""

COLUMNS = {'way': '', 'mib': 'd', 'seconds': '.2f', 'mib_per_s': '.1f', 'server_cpu_s': '.2f', 'growth_mib': '.1f'}


class Peak:
    """The most memory that a server has while a block runs."""

    def __init__(self, server: common.Target) -> None:
        self._server, self._over = server, threading.Event()
        self.bytes = server.rss()
        self._thread = threading.Thread(target=self._look)

    def _look(self) -> None:
        while not self._over.wait(LOOK):
            self.bytes = max(self.bytes, self._server.rss())

    def __enter__(self) -> 'Peak':
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()


class Client:
    """One way to send and fetch; in a process of its own, so that none has what another has warmed up or left behind."""

    def __init__(self, address: str, cloud: str, mib: int) -> None:
        self._where, self._mib, self._digest = {'cloud': cloud}, mib, hashlib.sha256()
        self._image = pb.ImageServiceStub(grpc.insecure_channel(address, [('grpc.max_receive_message_length', -1)]))

    def put(self, url: str, headers: dict[str, str]) -> None:
        answer = ask('PUT', url, headers | {'Content-Length': str(self._mib * MIB)}, itertools.repeat(BLOCK, self._mib))
        answer.read()

    def get(self, url: str, headers: dict[str, str]) -> str:
        answer = ask('GET', url, headers)
        while chunk := answer.read(MIB):
            self._digest.update(chunk)
        return self._digest.hexdigest()

    def put_by_url(self, image_id: str) -> None:
        told = self._image.CreateImageUploadUrl(pb.CreateImageUploadUrlRequest(location=self._where, name_or_id=image_id))
        self.put(told.url, dict(told.headers))

    def get_by_url(self, image_id: str) -> str:
        request = pb.CreateImageDownloadUrlRequest(location=self._where, name_or_id=image_id)
        told = self._image.CreateImageDownloadUrl(request)
        return self.get(told.url, dict(told.headers))

    def upload(self, sha256: str) -> str:
        about = {'location': self._where, 'name': f'bench-{uuid.uuid4()}', 'disk_format': 'raw', 'sha256': sha256}
        first = pb.UploadImageRequest(description={**about, 'size_bytes': self._mib * MIB})
        chunks = (pb.UploadImageRequest(chunk=BLOCK) for _ in range(self._mib))
        answer = self._image.UploadImage(itertools.chain([first], chunks), timeout=HOUR)
        if answer.sha256 != sha256:
            raise RuntimeError('the bytes that have arrived are others')
        image_id: str = answer.image.id
        return image_id

    def download(self, image_id: str) -> str:
        told = ''
        for part in self._image.DownloadImage(pb.DownloadImageRequest(location=self._where, name_or_id=image_id), timeout=HOUR):
            self._digest.update(part.chunk)
            told = part.sha256
        if told != self._digest.hexdigest():
            raise RuntimeError('the server tells another sum')
        return told


def ask(method: str, url: str, headers: dict[str, str], body: Iterable[bytes] | None = None) -> http.client.HTTPResponse:
    """One plain HTTP request."""
    parsed = urlsplit(url)
    assert parsed.hostname
    kind = http.client.HTTPSConnection if parsed.scheme == 'https' else http.client.HTTPConnection
    connection = kind(parsed.hostname, parsed.port, timeout=HOUR, blocksize=MIB)
    connection.request(method, parsed.path, body, headers)
    answer = connection.getresponse()
    if not 200 <= answer.status < 300:
        raise RuntimeError(f'{method} {url}: {answer.status} {answer.read()[:200]!r}')
    return answer


def timed(moment: float, what: str, address: str, cloud: str, mib: int, *arguments: Any) -> tuple[Any, float]:
    """What a client's method returns that is called at this moment, and the seconds that it took."""
    client = Client(address, cloud, mib)
    time.sleep(max(0, moment - time.time()))
    begun = time.monotonic()
    return getattr(client, what)(*arguments), time.monotonic() - begun


class Transfers:
    """One size of image, in all ways."""

    def __init__(self, server: common.Target, connection: Any, cloud: str, mib: int) -> None:
        self._server, self._connection, self._cloud, self._mib = server, connection, cloud, mib
        digest = hashlib.sha256()
        for _ in range(mib):
            digest.update(BLOCK)
        self._sha256, self.at_rest = digest.hexdigest(), 0

    @contextlib.contextmanager
    def _record(self) -> Iterator[str]:
        """The id of an image without data, which openstacksdk makes."""
        image = self._connection.image.create_image(name=f'bench-{uuid.uuid4()}', disk_format='raw', container_format='bare')
        try:
            yield image.id
        finally:
            self._connection.image.delete_image(image.id)

    def _measured(self, *clients: tuple[Any, ...]) -> list[tuple[Row, Any]]:
        """Transfers that begin at the same time: each what it is called, and a client's method with its arguments."""
        cpu, spawn = self._server.cpu(), multiprocessing.get_context('spawn')
        with Peak(self._server) as peak, concurrent.futures.ProcessPoolExecutor(len(clients), spawn) as pool:
            about = self._server.address, self._cloud, self._mib
            moment = time.time() + (IMPORTS if len(clients) > 1 else 0)
            begun = [pool.submit(timed, moment, what, *about, *arguments) for _, what, *arguments in clients]
            ended = [one.result() for one in begun]
        spent = {'server_cpu_s': self._server.cpu() - cpu, 'growth_mib': (peak.bytes - self.at_rest) / MIB}
        rows = []
        for (way, *_), (result, seconds) in zip(clients, ended, strict=True):
            if way.startswith('down') and result != self._sha256:
                raise RuntimeError('other bytes have come back')
            rows.append(({'way': way, 'mib': self._mib, 'seconds': seconds, 'mib_per_s': self._mib / seconds, **spent}, result))
        return rows

    def _plain(self, image_id: str) -> tuple[str, dict[str, str]]:
        url = f'{self._connection.image.get_endpoint().rstrip("/").removesuffix("/v2")}/v2/images/{image_id}/file'
        return url, {'X-Auth-Token': self._connection.session.get_token(), 'Content-Type': 'application/octet-stream'}

    def plain(self) -> Iterator[Row]:
        with self._record() as image_id:
            yield self._measured(('up, plain', 'put', *self._plain(image_id)))[0][0]
            yield self._measured(('down, plain', 'get', *self._plain(image_id)))[0][0]

    def by_url(self) -> Iterator[Row]:
        with self._record() as plain, self._record() as told:
            up = self._measured(('up, beside', 'put', *self._plain(plain)), ('up, by URL', 'put_by_url', told))
            yield from (row for row, _ in up)
            yield self._measured(('down, by URL', 'get_by_url', told))[0][0]

    def streamed(self) -> Iterator[Row]:
        [(row, image_id)] = self._measured(('up, stream', 'upload', self._sha256))
        try:
            yield row
            yield self._measured(('down, stream', 'download', image_id))[0][0]
        finally:
            self._connection.image.delete_image(image_id)


def run(mib: int = 2048, rounds: int = 3, config: pathlib.Path | None = None, cloud: str = 'alpha') -> list[Row]:
    import openstack

    rows: list[Row] = []
    with Bench({} if config else {cloud: 'floating'}, {}) as bench:
        bench.config = config or bench.config
        os.environ['OS_CLIENT_CONFIG_FILE'] = str(bench.config)
        connection = openstack.connect(cloud=cloud)
        server = bench.oaktree('--cloud', cloud)
        for _ in Transfers(server, connection, cloud, 4).streamed():
            pass
        transfers = Transfers(server, connection, cloud, mib)
        transfers.at_rest = server.rss()
        for number in range(rounds):
            for way in (transfers.plain, transfers.streamed, transfers.by_url):
                rows += [row | {'round': number} for row in way()]
    return rows


def judge(rows: list[Row]) -> list[Row]:
    """The rows of DESIGN section 10. Ratios are of one round, whose ways follow each other at once."""
    seconds = {(row['round'], row['way']): row['seconds'] for row in rows}
    table = []
    for way, base, target in (('up, stream', 'up, plain', STREAM), ('up, by URL', 'up, beside', URL)):
        mine = [row for row in rows if row['way'] == way]
        ratios = [{'ratio': seconds[row['round'], base] / row['seconds']} for row in mine]
        speed = common.median([row for row in rows if row['way'] == base], 'mib_per_s')
        what = f'{mine[0]["mib"]:,} MiB {way}: throughput to that of a plain PUT'
        table.append(common.verdict(what, f'plain: {speed:.0f} MiB/s', common.median(ratios, 'ratio'), target, most=False))
    streamed = [row for row in rows if row['way'].endswith('stream')]
    most = max(row['growth_mib'] for row in streamed)
    table.append(common.verdict(f'{streamed[0]["mib"]:,} MiB up and down: RSS growth', 'after 4 MiB', most, MEMORY, ' MiB'))
    return table


def main() -> None:
    parser = common.parser(__doc__)
    parser.add_argument('--mib', type=int, help='the size of the image; 2048, or with --quick 256')
    parser.add_argument('--rounds', type=int, help='3, or with --quick 1')
    parser.add_argument('--config', type=pathlib.Path, metavar='FILE', help='clouds.yaml of a real cloud')
    parser.add_argument('--cloud', default='alpha', metavar='NAME', help='of that file')
    options = parser.parse_args()
    mib, rounds = options.mib or (256 if options.quick else 2048), options.rounds or (1 if options.quick else 3)
    rows = run(mib, rounds, options.config, options.cloud)
    common.table(rows, COLUMNS)
    common.table(judge(rows), common.VERDICT)
    common.write(options.json, rows)


if __name__ == '__main__':
    main()
