# SPDX-License-Identifier: Apache-2.0
"""Uploads and downloads of the Python clients, by URL and by stream, and what becomes of them when something is in the way."""

import asyncio
import concurrent.futures
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
from oaktreemodel import direct, tokens
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


class TransferCase(Case):
    def drop(self, cloud: str, ident: str) -> None:
        where: dict[str, Any] = {'location': {'cloud': cloud}, 'name_or_id': ident}
        self.oaktree.image.UpdateImage(pb.UpdateImageRequest(**where, update_mask={'paths': ['is_protected']}))
        self.oaktree.image.DeleteImage(pb.DeleteImageRequest(**where))

    def unfinished(self, cloud: str, name: str) -> list[str]:
        asked = pb.ListImagesRequest(location={'cloud': cloud}, name_or_id=name, max_age=Duration())
        found = self.oaktree.image.ListImages(asked).images
        return [one.id for one in found if one.state == pb.IMAGE_STATE_QUEUED]


class LiveTest(TransferCase):
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
        with oaktreemodel.connect(self.stack.target) as oaktree, mock.patch.object(direct, 'open_url') as opened:
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
                token.text = token.text[:-4] + 'AAAA'
            self.assertTrue([one async for one in oaktree.flavors(**where)])

    def entry(self, cloud: Cloud) -> dict[str, str]:
        """A new application credential, as the file has it."""
        where: dict[str, Any] = {'location': {'cloud': cloud.name}}
        request = pb.CreateApplicationCredentialRequest(**where, name=unique('app'))
        made = self.oaktree.identity.CreateApplicationCredential(request).application_credential
        drop = pb.DeleteApplicationCredentialRequest(**where, name_or_id=made.id)
        self.addCleanup(self.oaktree.identity.DeleteApplicationCredential, drop)
        return {'client_id': made.id, 'client_secret': made.secret}


class RestartTest(TransferCase):
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


class LargeTest(TransferCase):
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
