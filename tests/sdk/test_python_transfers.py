# SPDX-License-Identifier: Apache-2.0
"""Uploads and downloads of the Python clients, by URL and by stream, and what becomes of them when something is in the way."""

import asyncio
import concurrent.futures
import hashlib
import io
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from collections.abc import Iterator
from typing import Any
from unittest import mock

import grpc
import oaktreemodel
import yaml
from google.protobuf.duration_pb2 import Duration
from oaktreemodel import v1 as pb

from oaktree.services import image, object_store
from tests.faults.base import Process
from tests.functional.base import CLOUDS, Case, Cloud, ServerThread, unique
from tests.functional.shared import SharedServer
from tests.tls import Authority

MIB = 1 << 20
DATA = random.Random(6).randbytes(5 * MIB + 3)
ONLY = [word for cloud in CLOUDS for word in ('--cloud', cloud.name)]
LARGE = int(os.environ.get('OAKTREE_TEST_MIB', '48'))
"""MiB of the image whose way is watched; 1024 by hand."""

GROWTH = 48
"""MiB that a client may grow by meanwhile, whatever the size: some chunks, and what gRPC keeps of them."""

STREAMS = ((image.Image, 'UploadImage'), (image.Image, 'DownloadImage'), (object_store.ObjectStore, 'UploadObject'),
           (object_store.ObjectStore, 'DownloadObject'))  # fmt: skip


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
        self.images.breaks = 1000
        download = self.oaktree.download_image('tree', offset_bytes=len(DATA) - 1)
        with mock.patch.object(Images, 'DownloadImage', side_effect=grpc.RpcError), self.assertRaises(grpc.RpcError) as caught:
            list(download)
        self.assertIn('ended after 0.0 MiB of 0.0 MiB', caught.exception.__notes__[0])

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
                self.assertEqual(
                    self.told[-1][1], None if isinstance(data, list | Iterator) and data in kinds[4:] else len(DATA)
                )
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

        async def data() -> Any:
            for _ in range(600):
                sent.append(1)
                yield DATA[:1000]
                await asyncio.sleep(0.05)

        async def main() -> None:
            async with oaktreemodel.aio.connect(self.target) as oaktree:
                task = asyncio.create_task(oaktree.upload_image(data(), name='tree'))
                while not sent:
                    await asyncio.sleep(0.01)
                task.cancel()
                with self.assertRaises(asyncio.CancelledError):
                    await task
                before = len(sent)
                await asyncio.sleep(0.5)
                self.assertLessEqual(len(sent), before + 2)

        asyncio.run(main())


class LiveTest(Case):
    def round_trip(self, oaktree: oaktreemodel.Client, cloud: str, stream: bool) -> None:
        told: list[tuple[int, int | None]] = []
        how: dict[str, Any] = {'stream': stream, 'progress': lambda *far: told.append(far), 'location': {'cloud': cloud}}
        image = oaktree.upload_image(
            io.BytesIO(DATA), **how, name=unique('image'), disk_format='raw', is_protected=True, tags=['p']
        )
        self.addCleanup(self.drop, cloud, image.id)
        self.assertEqual((image.state, image.is_protected, list(image.tags)), (pb.IMAGE_STATE_ACTIVE, True, ['p']))
        self.assertEqual(told[-1], (len(DATA), len(DATA)))
        self.assertEqual(b''.join(oaktree.download_image(image.id, **how)), DATA)
        part = oaktree.download_image(image.id, **how, offset_bytes=MIB, length_bytes=MIB + 1)
        self.assertEqual((part.total, b''.join(part)), (MIB + 1, DATA[MIB : 2 * MIB + 1]))

    def drop(self, cloud: str, ident: str) -> None:
        where: dict[str, Any] = {'location': {'cloud': cloud}, 'name_or_id': ident}
        self.oaktree.image.UpdateImage(pb.UpdateImageRequest(**where, update_mask={'paths': ['is_protected']}))
        self.oaktree.image.DeleteImage(pb.DeleteImageRequest(**where))

    def container(self, cloud: str, *names: str, key: str = '') -> dict[str, Any]:
        where: dict[str, Any] = {'location': {'cloud': cloud}}
        swift, name = self.oaktree.object_store, unique('container')
        swift.CreateContainer(pb.CreateContainerRequest(**where, name=name, temp_url_key=key))
        self.addCleanup(swift.DeleteContainer, pb.DeleteContainerRequest(**where, name_or_id=name))
        for one in names:
            self.addCleanup(swift.DeleteObject, pb.DeleteObjectRequest(**where, container=name, name_or_id=one))
        return where | {'container': name}

    def objects(self, oaktree: oaktreemodel.Client, key: str = '', **how: Any) -> None:
        for cloud in (cloud.name for cloud in CLOUDS if cloud.objects):
            where = self.container(cloud, 'a/ü', key=key)
            for data in (b'', DATA):
                made = oaktree.upload_object(data, name='a/ü', content_type='text/plain', **where, **how)
                self.assertEqual((made.size_bytes, made.content_type), (len(data), 'text/plain'))
                self.assertEqual(b''.join(oaktree.download_object('a/ü', **where, **how)), data)

    def test_by_stream_on_every_cloud(self) -> None:
        with oaktreemodel.connect(self.stack.target) as oaktree:
            for cloud in CLOUDS:
                self.round_trip(oaktree, cloud.name, True)
            self.objects(oaktree, stream=True)

    def test_on_the_owners_socket_bytes_go_to_the_cloud(self) -> None:
        path = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix='oaktree-py-')), 'sock')
        streams = [self.enterContext(mock.patch.object(*one, autospec=True)) for one in STREAMS]
        server = ServerThread(self.stack.config, *(cloud.name for cloud in CLOUDS), listeners=(f'unix:{path}',))
        self.addCleanup(server.close)
        with oaktreemodel.connect(f'unix:{path}') as oaktree:
            for cloud in CLOUDS:
                self.round_trip(oaktree, cloud.name, False)
            self.objects(oaktree)
        self.assertEqual([stream.call_count for stream in streams], [0, 0, 0, 0])

    def test_a_key_has_objects_go_to_the_cloud_on_any_connection(self) -> None:
        with oaktreemodel.connect(self.stack.target) as oaktree, mock.patch('oaktreemodel.direct.open_url') as opened:
            from oaktreemodel import direct

            del direct
            opened.side_effect = OSError('no way there')
            self.objects(oaktree, key=unique('key'))  # all the same
        self.assertGreaterEqual(opened.call_count, 3)
        with oaktreemodel.connect(self.stack.target) as oaktree:
            self.objects(oaktree, key=unique('key'))

    def test_where_the_cloud_is_not_reached_the_stream_is_taken(self) -> None:
        path = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix='oaktree-py-')), 'sock')
        server = ServerThread(self.stack.config, *(cloud.name for cloud in CLOUDS), listeners=(f'unix:{path}',))
        self.addCleanup(server.close)
        with (
            oaktreemodel.connect(f'unix:{path}') as oaktree,
            mock.patch('socket.create_connection', side_effect=OSError('away')),
        ):
            self.round_trip(oaktree, CLOUDS[0].name, False)
            self.objects(oaktree)
        self.assertEqual(self.unfinished(CLOUDS[0].name), [])

    def unfinished(self, cloud: str, name: str = '') -> list[str]:
        asked = pb.ListImagesRequest(location={'cloud': cloud}, name_or_id=name, max_age=Duration())
        found = self.oaktree.image.ListImages(asked).images
        return [
            one.id for one in found if one.state == pb.IMAGE_STATE_QUEUED and (name or one.name.startswith('oaktree-image'))
        ]

    def test_signed_in_by_the_file_in_coroutines(self) -> None:
        shared = SharedServer(self.stack.config, *(cloud.name for cloud in CLOUDS))
        self.addCleanup(shared.close)
        file = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix='oaktree-py-')), 'credentials.yaml')
        clouds = {cloud.name: self.entry(cloud) for cloud in CLOUDS}
        file.write_text(yaml.safe_dump({'endpoint': shared.target, 'ca': str(Authority.shared().file), 'clouds': clouds}))
        file.chmod(0o600)
        self.enterContext(mock.patch.dict(os.environ, {'OAKTREE_CREDENTIALS': str(file)}))
        asyncio.run(self.signed_in(shared))

    async def signed_in(self, shared: SharedServer) -> None:
        from oaktreemodel import tokens

        async with oaktreemodel.aio.connect() as oaktree:
            with mock.patch.object(tokens.Tokens, '_renew', autospec=True, side_effect=tokens.Tokens._renew) as renewed:
                requests = [pb.ListFlavorsRequest(location={'cloud': cloud.name}) for cloud in CLOUDS] * 10
                answers = await asyncio.gather(*(oaktree.compute.ListFlavors(one) for one in requests))
                self.assertTrue(all(answer.flavors for answer in answers))
                self.assertEqual([len(call.args[1]) for call in renewed.call_args_list if call.args[1]], [len(CLOUDS)])
            for cloud in CLOUDS:
                where: dict[str, Any] = {'location': {'cloud': cloud.name}}
                image = await oaktree.upload_image(io.BytesIO(DATA), **where, name=unique('image'), disk_format='raw')
                self.addCleanup(self.drop, cloud.name, image.id)
                parts = [chunk async for chunk in oaktree.download_image(image.id, **where)]
                self.assertEqual(b''.join(parts), DATA)
            # A token that the server refuses is replaced by the way.
            assert oaktree._server.tokens
            for token in oaktree._server.tokens._tokens.values():
                token.text = 'of no use'
            self.assertTrue([one async for one in oaktree.flavors(**where)])

    def entry(self, cloud: Cloud) -> dict[str, str]:
        """A new application credential, as the file has it."""
        where: dict[str, Any] = {'location': {'cloud': cloud.name}}
        request = pb.CreateApplicationCredentialRequest(**where, name=unique('app'))
        made = self.oaktree.identity.CreateApplicationCredential(request).application_credential
        drop = pb.DeleteApplicationCredentialRequest(**where, name_or_id=made.id)
        self.addCleanup(self.oaktree.identity.DeleteApplicationCredential, drop)
        return {'client_id': made.id, 'client_secret': made.secret}


class RestartTest(LiveTest):
    def setUp(self) -> None:
        self.first = Process(self.stack.config, *ONLY)
        self.addCleanup(self.first.close)

    def again(self) -> None:
        """Has the server killed, and another in its place."""
        self.first.close()
        self.addCleanup(Process(self.stack.config, *ONLY, '--listen', self.first.target).close)

    def slow(self, begun: threading.Event, go_on: threading.Event) -> Iterator[bytes]:
        yield from (DATA[:MIB] for _ in range(4))
        time.sleep(0.5)  # until they are on their way
        begun.set()
        go_on.wait(60)
        yield from (DATA[:MIB] for _ in range(4))

    def cut(self, upload: Any) -> None:
        """An upload during which the server is started anew."""
        name, begun, go_on = unique('image'), threading.Event(), threading.Event()
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            ended = pool.submit(upload, self.slow(begun, go_on), name)
            self.assertTrue(begun.wait(60))
            self.again()
            go_on.set()
            with self.assertRaises(grpc.RpcError) as caught:
                ended.result(120)
        [note] = caught.exception.__notes__
        left = self.unfinished('alpha', name)
        for ident in left:
            self.assertIn(f'delete {ident}', note)
            self.oaktree.image.DeleteImage(pb.DeleteImageRequest(location={'cloud': 'alpha'}, name_or_id=ident))
        if not left:
            self.assertIn('no image is left', note)

    def test_an_upload_is_cut_off(self) -> None:
        def upload(data: Any, name: str) -> Any:
            with oaktreemodel.connect(self.first.target) as oaktree:
                return oaktree.upload_image(data, location={'cloud': 'alpha'}, name=name, disk_format='raw', size_bytes=8 * MIB)

        self.cut(upload)

    def test_an_upload_of_a_coroutine_is_cut_off(self) -> None:
        async def upload(data: Any, name: str) -> Any:
            async with oaktreemodel.aio.connect(self.first.target) as oaktree:
                return await oaktree.upload_image(data, location={'cloud': 'alpha'}, name=name, disk_format='raw')

        self.cut(lambda data, name: asyncio.run(upload(data, name)))

    def test_a_download_goes_on(self) -> None:
        where: dict[str, Any] = {'location': {'cloud': 'alpha'}}
        data = DATA * 8  # more than is on its way at a time
        with oaktreemodel.connect(self.first.target) as oaktree:
            image = oaktree.upload_image(data, **where, name=unique('image'), disk_format='raw')
            self.addCleanup(self.drop, 'alpha', image.id)
            download = oaktree.download_image(image.id, **where)
            came = next(download)
            self.again()
            self.assertEqual(came + b''.join(download), data)


LARGE_ONE = """
import hashlib, itertools, resource, sys, time
import oaktreemodel
target, name, mib, way = sys.argv[1:]
mib, told = int(mib), []
chunk = bytes(range(256)) * 4096
where = {'location': {'cloud': 'alpha'}}

def peak():
    return int(next(line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM'))) // 1024

class Sink:
    digest = hashlib.sha256()
    def write(self, part):
        self.digest.update(part)

def blocking():
    with oaktreemodel.connect(target) as oaktree:
        list(oaktree.flavors(**where))
        before, began = peak(), time.monotonic()
        image = oaktree.upload_image(itertools.repeat(chunk, mib), progress=lambda *far: told.append(far), name=name,
                                     disk_format='raw', size_bytes=mib << 20, **where)
        up, began = time.monotonic() - began, time.monotonic()
        oaktree.download_image(image.id, **where).save(Sink())
        return before, up, time.monotonic() - began

async def awaited():
    async with oaktreemodel.aio.connect(target) as oaktree:
        [one async for one in oaktree.flavors(**where)]
        before, began = peak(), time.monotonic()
        image = await oaktree.upload_image(itertools.repeat(chunk, mib), progress=lambda *far: told.append(far), name=name,
                                           disk_format='raw', size_bytes=mib << 20, **where)
        up, began = time.monotonic() - began, time.monotonic()
        await oaktree.download_image(image.id, **where).save(Sink())
        return before, up, time.monotonic() - began

if way == 'aio':
    import asyncio
    before, up, down = asyncio.run(awaited())
else:
    before, up, down = blocking()
right = hashlib.sha256()
for _ in range(mib):
    right.update(chunk)
assert Sink.digest.hexdigest() == right.hexdigest() and told[-1] == (mib << 20, mib << 20) and len(told) == mib, told[-1]
print(peak() - before, f'{before} MiB before, up in {up:.1f} s, down in {down:.1f} s')
"""


class LargeTest(LiveTest):
    def test_memory_is_bounded(self) -> None:
        path = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix='oaktree-py-')), 'sock')
        server = Process(self.stack.config, *ONLY, '--listen', f'unix:{path}')
        self.addCleanup(server.close)
        for way in ('blocking', 'aio'):
            for target in (self.stack.target, f'unix:{path}'):
                with self.subTest(way=way, target=target):
                    name = unique('image')
                    done = subprocess.run(
                        [sys.executable, '-c', LARGE_ONE, target, name, str(LARGE), way],
                        capture_output=True, text=True, timeout=60 + LARGE, check=False,
                    )  # fmt: skip
                    self.assertEqual(done.returncode, 0, done.stderr)
                    self.drop('alpha', name)
                    print(f'{LARGE} MiB, {way}, {target.partition(":")[0]}: {done.stdout}', end='', file=sys.stderr)
                    self.assertLess(int(done.stdout.split()[0]), GROWTH, done.stdout)


if __name__ == '__main__':
    unittest.main()
