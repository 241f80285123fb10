# SPDX-License-Identifier: Apache-2.0
"""Every RPC of images refuses what makes no sense, by its status, a reason and the field; nothing is left half-made."""

import pathlib
import tempfile
import uuid
from collections.abc import Iterator
from typing import Any

import grpc
from google.protobuf.descriptor import FieldDescriptor, MethodDescriptor, ServiceDescriptor
from google.protobuf.duration_pb2 import Duration
from oaktreemodel import v1 as pb
from oaktreemodel.v1 import image_service_pb2

from tests.functional.base import CLOUDS, Case, ServerThread, unique
from tests.functional.test_images import ImagesCase, parts

Code = grpc.StatusCode
INVALID = Code.INVALID_ARGUMENT
SERVICE = image_service_pb2.DESCRIPTOR.services_by_name['ImageService']
MIB, HUGE, NEGATIVE = 1 << 20, (1 << 63) - 1, Duration(seconds=-1)

LISTS = ('ListImages', 'ListImageMembers')
OF_ONE = (
    'GetImage', 'UpdateImage', 'DeleteImage', 'DownloadImage', 'CreateImageUploadUrl', 'CreateImageDownloadUrl',
    'DeactivateImage', 'ReactivateImage', 'AddImageTag', 'RemoveImageTag', 'AddImageMember', 'UpdateImageMember',
    'RemoveImageMember',
)  # fmt: skip
NEEDS: dict[str, dict[str, Any]] = {
    'UpdateImage': {'name': 'x'}, 'AddImageTag': {'tag': 'x'}, 'RemoveImageTag': {'tag': 'x'},
    'AddImageMember': {'member': 'x'},
    'UpdateImageMember': {'member': 'x', 'state': pb.IMAGE_MEMBER_STATE_ACCEPTED}, 'RemoveImageMember': {'member': 'x'},
}  # fmt: skip
"""What else a request must have, to be refused for nothing but its name."""

ON_SOCKET = ('CreateImageUploadUrl', 'CreateImageDownloadUrl')
"""Those that are served on the owner's socket only, whatever they ask for."""


def no_text(case: Case, service: ServiceDescriptor) -> None:
    """Bytes that are no UTF-8, in every field of every RPC where text is due."""
    for rpc in service.methods:
        for path, content in no_texts(rpc):
            with case.subTest(rpc.name, field=path), case.fails(INVALID, 'MALFORMED_REQUEST', 'request'):
                name = f'/{service.full_name}/{rpc.name}'
                if rpc.client_streaming:
                    case.oaktree.channel.stream_unary(name)(iter([content]), timeout=60)
                elif rpc.server_streaming:
                    list(case.oaktree.channel.unary_stream(name)(content, timeout=60))
                else:
                    case.oaktree.channel.unary_unary(name)(content, timeout=60)


def no_texts(rpc: MethodDescriptor) -> Iterator[tuple[str, bytes]]:
    """https://protobuf.dev/programming-guides/encoding: a field's number and kind, its length, its bytes."""
    for field in rpc.input_type.fields:
        if field.type == FieldDescriptor.TYPE_STRING:
            yield field.name, bytes([field.number << 3 | 2, 1, 0xE9])
        elif field.name in ('location', 'description'):
            inner = field.message_type.fields_by_name['cloud' if field.name == 'location' else 'name']
            yield f'{field.name}.{inner.name}', bytes([field.number << 3 | 2, 3, inner.number << 3 | 2, 1, 0xE9])


class BadImagesCase(ImagesCase):
    def setUp(self) -> None:
        super().setUp()
        self.cloud, self.name = CLOUDS[0].name, unique('image')

    def ask(self, rpc: str, via: Any = None, **fields: Any) -> Any:
        """One call, to its end."""
        request = getattr(pb, f'{rpc}Request')(**{'location': {'cloud': self.cloud}} | fields)
        answer = getattr(via or self.image, rpc)(request, timeout=120)
        return list(answer) if rpc == 'DownloadImage' else answer

    def refuses(self, rpc: str, code: Code, reason: str, *words: str, **fields: Any) -> None:
        with self.subTest(f'{rpc} {fields}'[:100]), self.fails(code, reason, *words):
            self.ask(rpc, **fields)

    def refuses_upload(self, code: Code, reason: str, *words: str, sent: Any = (), **fields: Any) -> None:
        """An upload of whatever is sent behind a description that is good but for these fields."""
        fields = {'name': self.name, 'disk_format': 'raw'} | fields
        with self.subTest(f'UploadImage {fields}'[:100]), self.fails(code, reason, *words):
            self.image.UploadImage(iter([*parts(self.cloud, [], **fields), *sent]), timeout=120)


class NamesTest(BadImagesCase):
    """Requests that no image could be meant by."""

    def test_every_rpc_is_looked_at(self) -> None:
        self.assertEqual({rpc.name for rpc in SERVICE.methods}, {*LISTS, *OF_ONE, 'CreateImage', 'UploadImage'})

    def test_bytes_that_are_no_text_are_refused(self) -> None:
        no_text(self, SERVICE)

    def test_an_image_must_be_named_and_be_there(self) -> None:
        with tempfile.TemporaryDirectory(prefix='oaktree-') as folder:
            own = ServerThread(self.stack.config, self.cloud, listeners=(f'unix:{pathlib.Path(folder, "own", "sock")}',))
            self.addCleanup(own.close)
            for rpc in OF_ONE:
                via, more = own.image if rpc in ON_SOCKET else self.image, NEEDS.get(rpc, {})
                with self.subTest(rpc), self.fails(INVALID, 'MISSING_FIELD', 'name_or_id'):
                    self.ask(rpc, via, **more)
                for name in (str(uuid.uuid4()), 'é' * 2000, '../images', 'a\nb', '%00', '?x=1'):
                    with self.subTest(rpc, name=name[:20]), self.fails(Code.NOT_FOUND, 'NOT_FOUND') as told:
                        self.ask(rpc, via, **more, name_or_id=name)
                    self.assertEqual(told.info.metadata['field'], 'name_or_id')

    def test_a_list_refuses_what_it_does_not_understand(self) -> None:
        for rpc in LISTS:
            image = {'image': 'cirros'} if rpc == 'ListImageMembers' else {}
            for fields, reason, field in (
                ({'page_size': -1}, 'INVALID_FIELD', 'page_size'), ({'page_token': 'x'}, 'INVALID_PAGE_TOKEN', 'page_token'),
                ({'filter': {'hue': 'x'}}, 'UNKNOWN_FIELD', 'filter[hue]'),
                ({'jmespath': '[?'}, 'INVALID_JMESPATH', 'jmespath'),
                ({'location': {'cloud': 'none'}}, 'UNKNOWN_CLOUD', 'location.cloud'),
            ):  # fmt: skip
                self.refuses(rpc, INVALID, reason, field, **fields, **image)
        self.refuses('ListImages', INVALID, 'INVALID_FIELD', 'max_age', max_age=NEGATIVE)
        self.refuses('GetImage', INVALID, 'INVALID_FIELD', 'max_age', max_age=NEGATIVE, name_or_id='cirros')
        self.refuses('ListImageMembers', INVALID, 'MISSING_FIELD', 'image')
        self.refuses('ListImageMembers', Code.NOT_FOUND, 'NOT_FOUND', image=unique('none'))


class RecordsTest(BadImagesCase):
    """What is said of images."""

    BAD = (
        ({'properties': {'status': 'active'}}, 'INVALID_FIELD', 'properties'),
        ({'visibility': 'secret'}, 'CLOUD_REJECTED', 'visibility'),
        ({'name': 'x' * 256}, 'CLOUD_REJECTED', 'name'),
        ({'tags': ['x' * 256]}, 'CLOUD_REJECTED', ''),
        ({'min_disk_gib': -1}, 'CLOUD_REJECTED', ''), ({'min_ram_mib': -1}, 'CLOUD_REJECTED', ''),
        ({'min_disk_gib': HUGE}, 'CLOUD_REJECTED', ''), ({'min_ram_mib': HUGE}, 'CLOUD_REJECTED', ''),
        ({'properties': {'x' * 256: 'y'}}, 'INVALID_FIELD', 'properties'),
        ({'properties': {'': 'y'}}, 'INVALID_FIELD', 'properties'),
    )  # fmt: skip
    """Of any image: the fields, the reason, and a word that is told."""

    FORMATS = (
        ({'disk_format': 'tape'}, 'FORMAT_NOT_TAKEN', 'disk_format'),
        ({'container_format': 'box'}, 'FORMAT_NOT_TAKEN', 'container_format'),
    )  # fmt: skip

    def test_what_no_image_is_like_is_not_made(self) -> None:
        self.addCleanup(self.drop, self.cloud, self.name)
        for fields, reason, word in (*self.BAD, *self.FORMATS):
            self.refuses('CreateImage', INVALID, reason, word, **{'name': self.name, 'disk_format': 'raw'} | fields)
            self.refuses_upload(INVALID, reason, word, **fields)
        for fields, reason, field in (
            ({'name': ''}, 'MISSING_FIELD', 'name'),
            ({'import_url': 'http://x/'}, 'MISSING_FIELD', 'disk_format'),
            ({'import_url': 'file:///etc/passwd', 'disk_format': 'raw'}, 'INVALID_FIELD', 'import_url'),
            ({'wait': NEGATIVE}, 'INVALID_FIELD', 'wait'),
            ({'request_id': 'once'}, 'INVALID_FIELD', 'request_id'),
        ):
            self.refuses('CreateImage', INVALID, reason, field, **{'name': self.name} | fields)
        self.refuses('CreateImage', Code.PERMISSION_DENIED, 'CLOUD_FORBIDDEN', name=self.name, visibility='public')
        self.refuses_upload(Code.PERMISSION_DENIED, 'CLOUD_FORBIDDEN', visibility='public')
        self.assertEqual(self.named(self.cloud, self.name), [])
        self.assertEqual(self.named(self.cloud, 'x' * 256), [])

    def test_what_no_image_is_like_it_does_not_become(self) -> None:
        image = self.create(self.cloud, name=self.name, disk_format='raw')
        for fields, reason, word in (
            *self.BAD,
            ({}, 'MISSING_FIELD', 'update_mask'), ({'update_mask': {'paths': ['id']}}, 'INVALID_FIELD', 'update_mask'),
            ({'name': 'x', 'request_id': 'once'}, 'INVALID_FIELD', 'request_id'),
        ):  # fmt: skip
            self.refuses('UpdateImage', INVALID, reason, word, name_or_id=image.id, **fields)
        self.refuses('UpdateImage', Code.PERMISSION_DENIED, 'CLOUD_FORBIDDEN', name_or_id=image.id, visibility='public')
        for rpc, fields, reason, word in (
            ('AddImageTag', {}, 'MISSING_FIELD', 'tag'),
            ('RemoveImageTag', {}, 'MISSING_FIELD', 'tag'),
            ('AddImageTag', {'tag': 'x' * 256}, 'CLOUD_REJECTED', ''),
            ('AddImageMember', {}, 'MISSING_FIELD', 'member'),
            ('RemoveImageMember', {}, 'MISSING_FIELD', 'member'),
            ('UpdateImageMember', {}, 'MISSING_FIELD', 'state'),
            ('UpdateImageMember', {'state': 77}, 'MISSING_FIELD', 'state'),
            ('DeleteImage', {'wait': NEGATIVE}, 'INVALID_FIELD', 'wait'),
            ('DeleteImage', {'request_id': 'once'}, 'INVALID_FIELD', 'request_id'),
        ):
            self.refuses(rpc, INVALID, reason, word, name_or_id=image.id, **fields)
        self.refuses('RemoveImageTag', Code.NOT_FOUND, 'NOT_FOUND', name_or_id=image.id, tag='none')
        self.refuses('RemoveImageMember', Code.NOT_FOUND, 'NOT_FOUND', name_or_id=image.id, member=uuid.uuid4().hex)
        self.assertEqual(self.named(self.cloud, self.name), [image])

    def test_another_tenants_image_is_not_there_or_not_ours(self) -> None:
        """One that is private is not there; of one that is public, nothing can be changed."""
        other = ServerThread(self.stack.config, f'{self.cloud}-other')
        self.addCleanup(other.close)
        theirs = {'location': {'cloud': f'{self.cloud}-other'}}
        made = other.image.CreateImage(pb.CreateImageRequest(**theirs, name=self.name, visibility='private')).image
        self.addCleanup(other.image.DeleteImage, pb.DeleteImageRequest(**theirs, name_or_id=made.id))
        for rpc in OF_ONE:
            if rpc not in ON_SOCKET:
                self.refuses(rpc, Code.NOT_FOUND, 'NOT_FOUND', name_or_id=made.id, **NEEDS.get(rpc, {}))
                if rpc not in ('GetImage', 'DownloadImage', 'UpdateImageMember', 'RemoveImageMember', 'RemoveImageTag'):
                    denied = Code.PERMISSION_DENIED, 'CLOUD_FORBIDDEN'
                    self.refuses(rpc, *denied, name_or_id='cirros', **NEEDS.get(rpc, {}))
        self.assertEqual(other.image.GetImage(pb.GetImageRequest(**theirs, name_or_id=made.id)).image.name, self.name)

    def test_an_image_in_the_wrong_state_is_left_as_it_is(self) -> None:
        queued = self.create(self.cloud, name=self.name, disk_format='raw')
        self.refuses('DownloadImage', Code.FAILED_PRECONDITION, 'NO_DATA', 'queued', name_or_id=queued.id)
        for rpc in ('DeactivateImage', 'ReactivateImage'):
            self.refuses(rpc, Code.FAILED_PRECONDITION, 'CONFLICT', 'queued', name_or_id=queued.id)
        self.assertEqual(self.named(self.cloud, self.name), [queued])


class BytesTest(BadImagesCase):
    """What is sent and asked for of data."""

    def test_a_stream_that_makes_no_sense_leaves_nothing(self) -> None:
        chunk, part = pb.UploadImageRequest(chunk=b'x'), pb.UploadImageRequest
        description = next(parts(self.cloud, [], name=self.name, disk_format='raw'))
        for sent in ([], [chunk], [part()], [part(sha256='0' * 64), description]):
            with self.subTest(len(sent)), self.fails(INVALID, 'MISSING_FIELD', 'description'):
                self.image.UploadImage(iter(sent), timeout=60)
        for sent, field in (
            ([description], 'part'), ([chunk, part()], 'part'), ([part(sha256='0' * 63)], 'sha256'),
            ([chunk, part(sha256='x' * 64)], 'sha256'), ([part(chunk=bytes(MIB + 1))], 'chunk'),
            ([chunk, part(chunk=bytes(2 * MIB))], 'chunk'),
        ):  # fmt: skip
            self.refuses_upload(INVALID, 'INVALID_FIELD', field, sent=sent)
        with self.assertRaises(grpc.RpcError) as caught:
            # gRPC's own word, before the message is one of ours.
            self.image.UploadImage(iter([description, part(chunk=bytes(5 * MIB))]), timeout=60)
        self.assertIs(caught.exception.code(), Code.RESOURCE_EXHAUSTED)
        for fields, reason, field in (
            ({'name': ''}, 'MISSING_FIELD', 'name'), ({'disk_format': ''}, 'MISSING_FIELD', 'disk_format'),
            ({'size_bytes': 1}, 'INVALID_FIELD', 'size_bytes'), ({'size_bytes': 0}, 'INVALID_FIELD', 'size_bytes'),
            ({'size_bytes': -1}, 'INVALID_FIELD', 'size_bytes'), ({'sha256': 'x'}, 'INVALID_FIELD', 'sha256'),
        ):  # fmt: skip
            self.refuses_upload(INVALID, reason, field, sent=[chunk, chunk], **fields)
        self.refuses_upload(Code.DATA_LOSS, 'CHECKSUM_MISMATCH', sent=[chunk], sha256='0' * 64)
        self.refuses_upload(Code.DATA_LOSS, 'CHECKSUM_MISMATCH', sent=[chunk], size_bytes=HUGE)
        self.assertEqual(self.named(self.cloud, self.name), [])

    def test_bytes_that_are_not_there_are_not_sent(self) -> None:
        image = self.upload(self.cloud, [b'123'], name=self.name).image
        for fields in (
            {'offset_bytes': -1}, {'length_bytes': -1}, {'offset_bytes': 4}, {'offset_bytes': HUGE}, {'offset_bytes': -HUGE},
            {'length_bytes': -HUGE},
        ):  # fmt: skip
            self.refuses('DownloadImage', INVALID, 'INVALID_FIELD', *fields, name_or_id=image.id, **fields)
        self.assertEqual(self.download(self.cloud, image.id, offset_bytes=1, length_bytes=HUGE)[1], b'23')
