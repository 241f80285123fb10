# SPDX-License-Identifier: Apache-2.0
"""Images, from nothing to nothing: their data, what is said of them, and whom they are shared with."""

import hashlib
import http.server
import io
import os
import pathlib
import tempfile
import threading
import time
import urllib.request
import uuid
from collections.abc import Iterator
from typing import Any

import grpc
import oaktreemodel
from google.protobuf.duration_pb2 import Duration
from google.protobuf.field_mask_pb2 import FieldMask
from oaktreemodel import v1 as pb

from tests.functional.base import CLOUDS, WAIT, Case, ServerThread, only_simulated, unique

Code = grpc.StatusCode
MIB = 1 << 20
NOW = Duration()
Description = pb.UploadImageDescription


class ImagesCase(Case):
    """Images that are gone after the test."""

    def setUp(self) -> None:
        self.image = self.oaktree.image

    def drop(self, cloud: str, name: str) -> None:
        # An empty name would be that of every image.
        for image in self.named(cloud, name) if name else ():
            try:
                self.image.DeleteImage(pb.DeleteImageRequest(location={'cloud': cloud}, name_or_id=image.id))
            except grpc.RpcError as error:
                if error.code() is not Code.NOT_FOUND:
                    raise

    def named(self, cloud: str, name: str) -> list[pb.Image]:
        request = pb.ListImagesRequest(location={'cloud': cloud}, name_or_id=name, max_age=NOW)
        return list(self.image.ListImages(request).images)

    def upload(self, cloud: str, data: list[bytes], *, last: str = '', **fields: Any) -> pb.UploadImageResponse:
        fields = {'name': unique('image'), 'disk_format': 'raw'} | fields
        self.addCleanup(self.drop, cloud, fields['name'])
        return self.image.UploadImage(parts(cloud, data, last, **fields), timeout=120)

    def create(self, cloud: str, **fields: Any) -> pb.Image:
        fields = {'name': unique('image')} | fields
        self.addCleanup(self.drop, cloud, fields['name'])
        return self.image.CreateImage(pb.CreateImageRequest(location={'cloud': cloud}, **fields), timeout=180).image

    def download(self, cloud: str, name_or_id: str, **fields: Any) -> tuple[pb.Image, bytes, str]:
        request = pb.DownloadImageRequest(location={'cloud': cloud}, name_or_id=name_or_id, **fields)
        first, *chunks, last = self.image.DownloadImage(request, timeout=120)
        data = b''.join(part.chunk for part in chunks)
        self.assertEqual(last.sha256, hashlib.sha256(data).hexdigest())
        return first.image, data, last.sha256


def parts(cloud: str, data: list[bytes], last: str = '', **fields: Any) -> Iterator[pb.UploadImageRequest]:
    yield pb.UploadImageRequest(description=Description(location={'cloud': cloud}, **fields))
    for chunk in data:
        yield pb.UploadImageRequest(chunk=chunk)
    if last:
        yield pb.UploadImageRequest(sha256=last)


class DataTest(ImagesCase):
    """UploadImage and DownloadImage."""

    def test_bytes_come_back_as_they_were(self) -> None:
        data = [os.urandom(MIB), os.urandom(MIB), os.urandom(12_345)]
        whole = b''.join(data)
        digest = hashlib.sha256(whole).hexdigest()
        for cloud in CLOUDS:
            with self.subTest(cloud.name):
                made = self.upload(
                    cloud.name, data, last=digest, size_bytes=len(whole), properties={'os_distro': 'debian'}, tags=['a', 'b'],
                    min_disk_gib=1, min_ram_mib=64, visibility='private',
                )  # fmt: skip
                image = made.image
                self.assertEqual((image.state, image.size_bytes, made.sha256), (pb.IMAGE_STATE_ACTIVE, len(whole), digest))
                self.assertEqual((image.disk_format, image.container_format, image.visibility), ('raw', 'bare', 'private'))
                self.assertEqual((image.min_disk_gib, image.min_ram_mib, sorted(image.tags)), (1, 64, ['a', 'b']))
                self.assertEqual(image.properties['os_distro'], 'debian')
                self.assertEqual(self.named(cloud.name, image.name), [image])
                self.assertEqual(self.download(cloud.name, image.name), (image, whole, digest))
                for offset, length, wanted in (
                    (0, 10, whole[:10]), (MIB - 5, 10, whole[MIB - 5 : MIB + 5]), (len(whole) - 3, 0, whole[-3:]),
                    (len(whole) - 3, 99, whole[-3:]), (len(whole), 0, b''),
                ):  # fmt: skip
                    part = self.download(cloud.name, image.id, offset_bytes=offset, length_bytes=length)
                    self.assertEqual(part[1], wanted)

    def test_the_client_sends_files_and_checks_what_comes(self) -> None:
        cloud, name = CLOUDS[0].name, unique('image')
        self.addCleanup(self.drop, cloud, name)
        data = b'line\n' * 500_000
        with oaktreemodel.connect(self.stack.target) as oaktree:
            image = oaktree.upload_image(io.BytesIO(data), location={'cloud': cloud}, name=name, disk_format='raw')
            self.assertEqual(image.size_bytes, len(data))
            self.assertEqual(b''.join(oaktree.download_image(name, location={'cloud': cloud})), data)
            self.assertEqual(b''.join(oaktree.download_image(name, offset_bytes=1, length_bytes=3)), b'ine')

    def test_no_byte_and_an_unknown_number_of_bytes_are_images(self) -> None:
        for cloud in CLOUDS:
            for data in ([], [b'x'], [b'', b'x' * 100, b'']):
                with self.subTest(cloud.name, chunks=len(data)):
                    made = self.upload(cloud.name, data)
                    self.assertEqual(made.image.size_bytes, sum(map(len, data)))
                    self.assertEqual(self.download(cloud.name, made.image.id)[1], b''.join(data))

    def test_an_image_is_protected_when_it_is_whole(self) -> None:
        for cloud in CLOUDS:
            with self.subTest(cloud.name):
                name = unique('image')
                with self.fails(Code.DATA_LOSS, 'CHECKSUM_MISMATCH'):
                    self.upload(cloud.name, [b'x'], name=name, is_protected=True, last='0' * 64)
                self.assertEqual(self.named(cloud.name, name), [])
                image = self.upload(cloud.name, [b'x'], name=name, is_protected=True).image
                self.assertTrue(image.is_protected)
                where = {'location': image.location, 'name_or_id': image.id}
                self.image.UpdateImage(pb.UpdateImageRequest(**where, update_mask=FieldMask(paths=['is_protected'])))

    def test_what_is_damaged_leaves_nothing(self) -> None:
        wrong = hashlib.sha256(b'other').hexdigest()
        for cloud in CLOUDS:
            for fields in ({'sha256': wrong}, {'last': wrong}, {'size_bytes': 7}):
                with self.subTest(cloud.name, **fields):
                    name = unique('image')
                    with self.fails(Code.DATA_LOSS, 'CHECKSUM_MISMATCH'):
                        self.upload(cloud.name, [b'12', b'3456'], name=name, **fields)
                    self.assertEqual(self.named(cloud.name, name), [])

    def test_what_makes_no_sense_leaves_nothing(self) -> None:
        cloud, name = CLOUDS[0].name, unique('image')
        description = pb.UploadImageRequest(description=Description(location={'cloud': cloud}, name=name, disk_format='raw'))
        chunk, digest = pb.UploadImageRequest(chunk=b'x'), pb.UploadImageRequest(sha256=hashlib.sha256(b'x').hexdigest())
        for sent, reason, field in (
            ([], 'MISSING_FIELD', 'description'),
            ([chunk, description], 'MISSING_FIELD', 'description'),
            ([description, description], 'INVALID_FIELD', 'part'),
            ([description, pb.UploadImageRequest()], 'INVALID_FIELD', 'part'),
            ([description, chunk, digest, chunk], 'INVALID_FIELD', 'part'),
            ([description, chunk, pb.UploadImageRequest(sha256='no')], 'INVALID_FIELD', 'sha256'),
        ):
            with self.subTest(field), self.fails(Code.INVALID_ARGUMENT, reason, field):
                self.image.UploadImage(iter(sent), timeout=60)
        for fields, reason, field in (
            ({'name': ''}, 'MISSING_FIELD', 'name'), ({'disk_format': ''}, 'MISSING_FIELD', 'disk_format'),
            ({'sha256': 'abc'}, 'INVALID_FIELD', 'sha256'), ({'size_bytes': 1}, 'INVALID_FIELD', 'size_bytes'),
            ({'size_bytes': -1}, 'INVALID_FIELD', 'size_bytes'),
            ({'properties': {'status': 'x'}}, 'INVALID_FIELD', 'properties'),
        ):  # fmt: skip
            with self.subTest(field), self.fails(Code.INVALID_ARGUMENT, reason, field):
                fields = {'name': name, 'disk_format': 'raw'} | fields
                self.image.UploadImage(parts(cloud, [b'xy'], **fields), timeout=60)
        self.assertEqual(self.named(cloud, name), [])

    def test_a_format_that_a_cloud_does_not_take_is_refused_at_once(self) -> None:
        cloud, sent = CLOUDS[1].name, []

        def endless() -> Iterator[bytes]:
            while len(sent) < 1000:
                sent.append(1)
                time.sleep(0.01)
                yield b'x' * MIB

        name = unique('image')
        with self.fails(Code.INVALID_ARGUMENT, 'FORMAT_NOT_TAKEN', 'disk_format', 'qcow2', 'raw'):
            self.image.UploadImage(parts(cloud, endless(), name=name, disk_format='qcow2'), timeout=120)  # type: ignore[arg-type]
        self.assertLess(len(sent), 1000)
        with self.fails(Code.INVALID_ARGUMENT, 'FORMAT_NOT_TAKEN', 'disk_format'):
            self.create(cloud, name=name, disk_format='qcow2')
        self.assertEqual(self.named(cloud, name), [])

    def test_a_cancelled_upload_leaves_nothing(self) -> None:
        for cloud in CLOUDS:
            for chunks in range(4):
                with self.subTest(cloud.name, chunks=chunks):
                    name, sent = unique('image'), threading.Event()

                    def some(count: int = chunks, sent: threading.Event = sent) -> Iterator[bytes]:
                        for _ in range(count):
                            yield b'x' * MIB
                        sent.set()
                        time.sleep(0.3)

                    request = parts(cloud.name, some(), name=name, disk_format='raw')  # type: ignore[arg-type]
                    call = self.image.UploadImage.future(request, timeout=60)
                    sent.wait(10)
                    time.sleep(0.05 * chunks)
                    call.cancel()
                    end = time.monotonic() + 20
                    time.sleep(0.5)
                    while self.named(cloud.name, name) and time.monotonic() < end:
                        time.sleep(0.2)
                    self.assertEqual(self.named(cloud.name, name), [])

    def test_a_cancelled_download_ends(self) -> None:
        cloud = CLOUDS[0].name
        made = self.upload(cloud, [b'x' * MIB] * 20)
        for _ in range(12):
            call = self.image.DownloadImage(pb.DownloadImageRequest(location={'cloud': cloud}, name_or_id=made.image.id))
            next(call), next(call)
            call.cancel()
        # More of them than there are threads: each has given its own back.
        self.assertEqual(len(self.download(cloud, made.image.id)[1]), 20 * MIB)

    def test_what_can_not_be_downloaded_is_refused(self) -> None:
        cloud = CLOUDS[0].name
        queued = self.create(cloud, disk_format='raw')
        with self.fails(Code.FAILED_PRECONDITION, 'NO_DATA', 'queued'):
            self.download(cloud, queued.id)
        with self.fails(Code.NOT_FOUND, 'NOT_FOUND'):
            self.download(cloud, unique('none'))
        image = self.upload(cloud, [b'123']).image
        for fields in ({'offset_bytes': -1}, {'length_bytes': -1}, {'offset_bytes': 4}):
            with self.subTest(**fields), self.fails(Code.INVALID_ARGUMENT, 'INVALID_FIELD', *fields):
                self.download(cloud, image.id, **fields)

    def test_a_url_is_told_on_the_socket_only(self) -> None:
        cloud = CLOUDS[0].name
        queued = self.create(cloud, disk_format='raw', container_format='bare')
        where = {'location': {'cloud': cloud}, 'name_or_id': queued.id}
        for call, request in (
            (self.image.CreateImageUploadUrl, pb.CreateImageUploadUrlRequest(**where)),
            (self.image.CreateImageDownloadUrl, pb.CreateImageDownloadUrlRequest(**where)),
        ):
            with self.fails(Code.FAILED_PRECONDITION, 'TOKEN_WITHHELD', 'socket'):
                call(request)
        with tempfile.TemporaryDirectory(prefix='oaktree-') as folder:
            path = pathlib.Path(folder, 'own', 'oaktree.sock')
            server = ServerThread(self.stack.config, cloud, listeners=(f'unix:{path}',))
            self.addCleanup(server.close)
            image = server.image
            up = image.CreateImageUploadUrl(pb.CreateImageUploadUrlRequest(**where))
            self.assertEqual((up.method, fetch(up, b'by url')), ('PUT', b''))
            self.assertGreater(up.expire_time.seconds, time.time())
            down = image.CreateImageDownloadUrl(pb.CreateImageDownloadUrlRequest(**where))
            self.assertEqual((down.method, fetch(down)), ('GET', b'by url'))
            with self.fails(Code.FAILED_PRECONDITION, 'CONFLICT', 'active'):
                image.CreateImageUploadUrl(pb.CreateImageUploadUrlRequest(**where))


def fetch(told: Any, body: bytes | None = None) -> bytes:
    request = urllib.request.Request(told.url, body, dict(told.headers), method=told.method)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=60) as answer:
        data: bytes = answer.read()
    return data


class RecordsTest(ImagesCase):
    """What is said of an image."""

    def update(self, image: pb.Image, **fields: Any) -> pb.Image:
        request = pb.UpdateImageRequest(location=image.location, name_or_id=image.id, **fields)
        return self.image.UpdateImage(request).image

    def test_an_image_is_made_changed_and_deleted(self) -> None:
        for cloud in CLOUDS:
            with self.subTest(cloud.name):
                image = self.create(
                    cloud.name, disk_format='raw', properties={'os_distro': 'debian'}, request_id=str(uuid.uuid4())
                )
                self.assertEqual((image.state, image.container_format), (pb.IMAGE_STATE_QUEUED, 'bare'))
                renamed = unique('renamed')
                self.addCleanup(self.drop, cloud.name, renamed)
                image = self.update(
                    image, name=renamed, visibility='private', min_disk_gib=2, min_ram_mib=128, is_protected=True, tags=['x'],
                    properties={'os_distro': '', 'os_version': '12', 'a/b~c': 'd'},
                )  # fmt: skip
                self.assertEqual((image.name, image.visibility, image.min_disk_gib), (renamed, 'private', 2))
                self.assertEqual((image.min_ram_mib, image.is_protected, list(image.tags)), (128, True, ['x']))
                self.assertEqual((image.properties['os_version'], image.properties['a/b~c']), ('12', 'd'))
                self.assertNotIn('os_distro', image.properties)
                request = pb.DeleteImageRequest(location={'cloud': cloud.name}, name_or_id=image.id, wait=WAIT)
                with self.fails(Code.PERMISSION_DENIED, 'CLOUD_FORBIDDEN', 'protected'):
                    self.image.DeleteImage(request)
                image = self.update(image, update_mask=FieldMask(paths=['is_protected', 'min_disk_gib', 'tags']))
                self.assertEqual((image.is_protected, image.min_disk_gib, list(image.tags)), (False, 0, []))
                self.assertFalse(self.image.DeleteImage(request, timeout=180).HasField('image'))
                self.assertEqual(self.named(cloud.name, renamed), [])
                with self.fails(Code.NOT_FOUND, 'NOT_FOUND'):
                    self.image.DeleteImage(request)

    def test_tags_come_and_go(self) -> None:
        for cloud in CLOUDS:
            with self.subTest(cloud.name):
                image = self.create(cloud.name)
                where = {'location': {'cloud': cloud.name}, 'name_or_id': image.id}
                for _ in range(2):
                    self.assertEqual(
                        list(self.image.AddImageTag(pb.AddImageTagRequest(**where, tag='a b')).image.tags), ['a b']
                    )
                self.assertFalse(self.image.RemoveImageTag(pb.RemoveImageTagRequest(**where, tag='a b')).image.tags)
                with self.fails(Code.NOT_FOUND, 'NOT_FOUND'):
                    self.image.RemoveImageTag(pb.RemoveImageTagRequest(**where, tag='a b'))

    def test_data_can_be_withheld(self) -> None:
        for cloud in CLOUDS:
            with self.subTest(cloud.name):
                image = self.upload(cloud.name, [b'123']).image
                where = {'location': {'cloud': cloud.name}, 'name_or_id': image.id}
                image = self.image.DeactivateImage(pb.DeactivateImageRequest(**where)).image
                self.assertEqual(image.state, pb.IMAGE_STATE_DEACTIVATED)
                with self.fails(Code.PERMISSION_DENIED, 'CLOUD_FORBIDDEN', 'deactivated'):
                    self.download(cloud.name, image.id)
                image = self.image.ReactivateImage(pb.ReactivateImageRequest(**where)).image
                self.assertEqual(image.state, pb.IMAGE_STATE_ACTIVE)
                self.assertEqual(self.download(cloud.name, image.id)[1], b'123')
                queued = self.create(cloud.name)
                with self.fails(Code.FAILED_PRECONDITION, 'CONFLICT', 'queued'):
                    self.image.DeactivateImage(pb.DeactivateImageRequest(location={'cloud': cloud.name}, name_or_id=queued.id))

    def test_an_image_is_shared(self) -> None:
        for cloud in CLOUDS:
            with self.subTest(cloud.name):
                image = self.create(cloud.name, visibility='shared')
                where, other = {'location': {'cloud': cloud.name}, 'name_or_id': image.id}, uuid.uuid4().hex
                member = self.image.AddImageMember(pb.AddImageMemberRequest(**where, member=other)).image_member
                self.assertEqual((member.id, member.image_id, member.state), (other, image.id, pb.IMAGE_MEMBER_STATE_PENDING))
                listed = pb.ListImageMembersRequest(location={'cloud': cloud.name}, image=image.name)
                self.assertEqual(list(self.image.ListImageMembers(listed).image_members), [member])
                listed.name_or_id = 'none'
                self.assertFalse(self.image.ListImageMembers(listed).image_members)
                with self.fails(Code.FAILED_PRECONDITION, 'CONFLICT'):
                    self.image.AddImageMember(pb.AddImageMemberRequest(**where, member=other))
                with self.fails(Code.PERMISSION_DENIED, 'CLOUD_FORBIDDEN'):
                    # What another project says of it is for that project to say.
                    state = pb.IMAGE_MEMBER_STATE_ACCEPTED
                    self.image.UpdateImageMember(pb.UpdateImageMemberRequest(**where, member=other, state=state))
                removing = pb.RemoveImageMemberRequest(**where, member=other)
                self.image.RemoveImageMember(removing)
                with self.fails(Code.NOT_FOUND, 'NOT_FOUND'):
                    self.image.RemoveImageMember(removing)

    def test_a_shared_image_is_accepted(self) -> None:
        other = self.stack.other(CLOUDS[0])
        self.addCleanup(other.close)
        mine = other.clouds.ListClouds(pb.ListCloudsRequest()).clouds
        image = self.create('alpha', visibility='shared')
        project = self.project_of(other)
        self.assertTrue(mine)
        self.image.AddImageMember(pb.AddImageMemberRequest(location={'cloud': 'alpha'}, name_or_id=image.id, member=project))
        for state in (pb.IMAGE_MEMBER_STATE_ACCEPTED, pb.IMAGE_MEMBER_STATE_REJECTED, pb.IMAGE_MEMBER_STATE_PENDING):
            request = pb.UpdateImageMemberRequest(name_or_id=image.id, state=state)
            self.assertEqual(other.image.UpdateImageMember(request).image_member.state, state)
        self.assertNotIn(image.id, {one.id for one in other.image.ListImages(pb.ListImagesRequest(max_age=NOW)).images})

    def project_of(self, server: ServerThread) -> str:
        """The id of the project that a server's credential is for."""
        made = server.image.CreateImage(pb.CreateImageRequest(name=unique('image'))).image
        server.image.DeleteImage(pb.DeleteImageRequest(name_or_id=made.id))
        return made.location.project.id

    @only_simulated
    def test_a_cloud_fetches_an_image(self) -> None:
        web = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Page)
        threading.Thread(target=web.serve_forever, daemon=True).start()
        self.addCleanup(web.server_close)
        self.addCleanup(web.shutdown)
        url = f'http://127.0.0.1:{web.server_port}'
        image = self.create('alpha', disk_format='raw', import_url=f'{url}/image', wait=WAIT)
        self.assertEqual((image.state, image.size_bytes), (pb.IMAGE_STATE_ACTIVE, len(Page.data)))
        self.assertEqual(self.download('alpha', image.id)[1], Page.data)
        image = self.create('alpha', disk_format='raw', import_url=f'{url}/none', wait=WAIT)
        self.assertEqual(image.state, pb.IMAGE_STATE_QUEUED)
        self.assertTrue(image.properties['os_glance_failed_import'])
        with self.fails(Code.FAILED_PRECONDITION, 'IMPORT_NOT_OFFERED', 'UploadImage'):
            self.create('beta', disk_format='raw', import_url=f'{url}/image')

    def test_bad_records_are_refused(self) -> None:
        image = self.create('alpha')
        for fields, reason, field in (
            ({'name': ''}, 'MISSING_FIELD', 'name'),
            ({'import_url': 'http://x/'}, 'MISSING_FIELD', 'disk_format'),
            ({'import_url': 'file:///etc/passwd', 'disk_format': 'raw'}, 'INVALID_FIELD', 'import_url'),
            ({'import_url': 'http://[', 'disk_format': 'raw'}, 'INVALID_FIELD', 'import_url'),
            ({'properties': {'id': 'x'}}, 'INVALID_FIELD', 'properties'),
            ({'container_format': 'box'}, 'FORMAT_NOT_TAKEN', 'container_format'),
        ):
            with self.subTest(field), self.fails(Code.INVALID_ARGUMENT, reason, field):
                self.create('alpha', **fields)
        with self.fails(Code.INVALID_ARGUMENT, 'CLOUD_REJECTED'):
            self.create('alpha', visibility='secret')
        for fields, field in (({}, 'update_mask'), ({'properties': {'status': 'x'}}, 'properties')):
            with self.subTest(field), self.assertRaises(grpc.RpcError) as caught:
                self.update(image, **fields)
            self.assertEqual(caught.exception.code(), Code.INVALID_ARGUMENT)
        where = {'location': {'cloud': 'alpha'}, 'name_or_id': image.id}
        for call, request, field in (
            (self.image.AddImageTag, pb.AddImageTagRequest(**where), 'tag'),
            (self.image.AddImageMember, pb.AddImageMemberRequest(**where), 'member'),
            (self.image.UpdateImageMember, pb.UpdateImageMemberRequest(**where), 'state'),
            (self.image.RemoveImageMember, pb.RemoveImageMemberRequest(**where), 'member'),
            (self.image.ListImageMembers, pb.ListImageMembersRequest(), 'image'),
            (self.image.DeleteImage, pb.DeleteImageRequest(), 'name_or_id'),
        ):
            with self.subTest(field), self.fails(Code.INVALID_ARGUMENT, 'MISSING_FIELD', field):
                call(request)


class Page(http.server.BaseHTTPRequestHandler):
    """A web server with one image."""

    data = os.urandom(100_000)

    def do_GET(self) -> None:
        found = self.path == '/image'
        self.send_response(200 if found else 404)
        self.send_header('Content-Length', str(len(self.data) if found else 0))
        self.end_headers()
        self.wfile.write(self.data if found else b'')

    def log_message(self, *_args: Any) -> None:
        pass
