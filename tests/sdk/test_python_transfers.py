# SPDX-License-Identifier: Apache-2.0
"""Uploads and downloads of the Python clients, against a server of a few lines."""

import asyncio
import concurrent.futures
import hashlib
import io
import pathlib
import random
import tempfile
import types
import unittest
from collections.abc import Iterator
from typing import Any
from unittest import mock

import grpc
import oaktreemodel
from oaktreemodel import v1 as pb

MIB = 1 << 20
DATA = random.Random(6).randbytes(5 * MIB + 3)


class Images(pb.ImageServiceServicer):
    """Has one image, whose stream breaks off as often as it is told to, each time after one chunk."""

    def __init__(self) -> None:
        self.breaks, self.hash = 0, hashlib.sha512(DATA).hexdigest()
        self.offsets: list[int] = []
        self.left: list[pb.Image] = []
        self.came = b''
        self.failure: grpc.StatusCode | None = None

    def GetImage(self, request: pb.GetImageRequest, context: Any) -> pb.GetImageResponse:
        return pb.GetImageResponse(
            image={'id': 'i', 'name': 'tree', 'size_bytes': len(DATA), 'hash_algo': 'sha512', 'hash_value': self.hash}
        )

    def ListImages(self, request: pb.ListImagesRequest, context: Any) -> pb.ListImagesResponse:
        return pb.ListImagesResponse(images=self.left)

    def DownloadImage(self, request: pb.DownloadImageRequest, context: Any) -> Iterator[pb.DownloadImageResponse]:
        self.offsets.append(request.offset_bytes)
        if self.breaks < 0:
            context.abort(grpc.StatusCode.UNAVAILABLE, 'the server comes and goes')
        end = request.offset_bytes + request.length_bytes if request.length_bytes else len(DATA)
        rest = DATA[request.offset_bytes : end]
        for start in range(0, len(rest), MIB):
            yield pb.DownloadImageResponse(chunk=rest[start : start + MIB])
            if self.breaks:
                self.breaks -= 1
                context.abort(grpc.StatusCode.UNAVAILABLE, 'the server has gone away')
        yield pb.DownloadImageResponse(sha256=hashlib.sha256(rest).hexdigest())

    def UploadImage(self, requests: Any, context: Any) -> pb.UploadImageResponse:
        for request in requests:
            self.came += request.chunk
            if self.failure and len(self.came) > MIB:
                context.abort(self.failure, 'broken off')
        return pb.UploadImageResponse(image={'id': 'i'})


class ScriptedTest(unittest.TestCase):
    """Against a server of a few lines."""

    def setUp(self) -> None:
        self.images = Images()  # type: ignore[abstract]
        server = grpc.server(concurrent.futures.ThreadPoolExecutor(2))
        pb.add_ImageServiceServicer_to_server(self.images, server)
        port = server.add_insecure_port('127.0.0.1:0')
        server.start()
        self.addCleanup(lambda: server.stop(0).wait())
        self.enterContext(mock.patch('oaktreemodel.download.PAUSE', 0.01))
        self.enterContext(mock.patch('oaktreemodel.transfers.CLEARING', 0.1))
        self.target = f'127.0.0.1:{port}'
        self.oaktree = self.enterContext(oaktreemodel.connect(self.target))
        self.told: list[tuple[int, int | None]] = []

    def progress(self, done: int, total: int | None) -> None:
        self.told.append((done, total))

    def test_a_download_goes_on_where_it_was_cut_off(self) -> None:
        self.images.breaks = 2
        self.assertEqual(b''.join(self.oaktree.download_image('tree', progress=self.progress)), DATA)
        self.assertEqual(self.images.offsets, [0, MIB, 2 * MIB])
        self.assertEqual(self.told, [(mib * MIB, len(DATA)) for mib in range(1, 6)] + [(len(DATA), len(DATA))])

    def test_a_download_that_comes_no_further_ends(self) -> None:
        self.images.breaks = -1
        with self.assertRaises(grpc.RpcError) as caught:
            list(self.oaktree.download_image('tree'))
        [note] = caught.exception.__notes__
        self.assertEqual(note, "the download of image 'tree' ended after 0.0 MiB of 5.0 MiB")
        self.assertEqual(set(self.images.offsets), {0})

    def test_a_download_of_other_bytes_is_an_error(self) -> None:
        self.images.hash = '0' * 128
        target = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()), 'tree')
        target.write_text('before')
        with self.assertRaises(oaktreemodel.ChecksumError):
            self.oaktree.download_image('tree').save(target)
        self.assertEqual((target.read_text(), len(list(target.parent.iterdir()))), ('before', 1))

    def test_every_kind_of_source(self) -> None:
        path = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()), 'tree')
        path.write_bytes(DATA)
        moved = io.BytesIO(b'before' + DATA)
        moved.seek(6)
        kinds: list[Any] = [path, str(path), DATA, moved, (DATA[i : i + 77777] for i in range(0, len(DATA), 77777)), [DATA]]
        for data in (*kinds, path.open('rb')):
            with self.subTest(type(data)):
                self.images.came, self.told = b'', []
                self.oaktree.upload_image(data, name='tree', progress=self.progress)
                self.assertEqual(self.images.came, DATA)
                self.assertEqual(self.told[-1][0], len(DATA))
                known = not isinstance(data, list | types.GeneratorType)
                self.assertEqual(self.told[-1][1], len(DATA) if known else None)
        data.close()  # type: ignore[attr-defined]

    def test_an_upload_that_is_cut_off_names_what_is_left(self) -> None:
        self.images.failure = grpc.StatusCode.UNAVAILABLE
        for left, words in (
            ([], 'no image is left: send it again'),
            ([pb.Image(id='j', state='IMAGE_STATE_QUEUED')], 'delete j,'),
        ):
            self.images.left, self.images.came = left, b''
            with self.assertRaises(grpc.RpcError) as caught:
                self.oaktree.upload_image(DATA, name='tree')
            self.assertRegex(
                caught.exception.__notes__[0], rf"^the upload of image 'tree' ended after .* of 5\.0 MiB; .*{words}"
            )

    def test_a_source_that_fails_is_the_error(self) -> None:
        def data() -> Iterator[bytes]:
            yield DATA[:MIB]
            raise KeyError('disk')

        with self.assertRaises(KeyError):
            self.oaktree.upload_image(data(), name='tree')
        with self.assertRaisesRegex(oaktreemodel.TransferError, 'has 5242883 bytes, not 7'):
            self.oaktree.upload_image(DATA, name='tree', size_bytes=7)

    def test_a_coroutine_that_is_cancelled_sends_no_more(self) -> None:
        sent: list[int] = []
        begun = asyncio.Event()

        async def data() -> Any:
            for _ in range(600):
                sent.append(1)
                begun.set()
                yield DATA[:1000]
                await asyncio.sleep(0.05)

        async def main() -> None:
            async with oaktreemodel.aio.connect(self.target) as oaktree:
                task = asyncio.create_task(oaktree.upload_image(data(), name='tree'))
                await asyncio.wait_for(begun.wait(), 20)
                task.cancel()
                with self.assertRaises(asyncio.CancelledError):
                    await task
                before = len(sent)
                await asyncio.sleep(0.5)
                self.assertLessEqual(len(sent), before + 2)

        asyncio.run(main())


if __name__ == '__main__':
    unittest.main()
