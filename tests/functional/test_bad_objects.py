# SPDX-License-Identifier: Apache-2.0
"""Every RPC of containers and objects refuses what makes no sense, by its status, a reason and the field; nothing is left
half-made."""

from typing import Any

import grpc
from google.protobuf.duration_pb2 import Duration
from oaktreemodel import v1 as pb
from oaktreemodel.v1 import object_store_service_pb2

from tests.functional.base import CLOUDS, ServerThread, unique
from tests.functional.test_bad_images import HUGE, INVALID, MIB, NEGATIVE, no_text
from tests.functional.test_objects import ObjectsCase

Code = grpc.StatusCode
SERVICE = object_store_service_pb2.DESCRIPTOR.services_by_name['ObjectStoreService']

OF_CONTAINER = ('GetContainer', 'UpdateContainer', 'DeleteContainer', 'GetContainerAccess', 'SetContainerAccess')
OF_OBJECT = ('GetObject', 'UpdateObject', 'DeleteObject', 'DownloadObject')
NEW = ('CreateDirectoryMarkerObject', 'CreateObjectUploadUrl', 'CreateObjectDownloadUrl')
"""Those that call an object ``name``, which need not be there."""

OTHERS = ('ListContainers', 'CreateContainer', 'ListObjects', 'UploadObject')
NEEDS: dict[str, dict[str, Any]] = {
    'UpdateContainer': {'metadata': {'a': 'b'}}, 'SetContainerAccess': {'access': pb.CONTAINER_ACCESS_PRIVATE},
    'UpdateObject': {'content_type': 'x/y'},
}  # fmt: skip
"""What else a request must have, to be refused for nothing but its name."""

BAD_CONTAINERS = (
    ('', 'MISSING_FIELD'), ('a/b', 'INVALID_FIELD'), ('..', 'INVALID_FIELD'), ('.', 'INVALID_FIELD'),
    ('x' * 257, 'INVALID_FIELD'), ('é' * 129, 'INVALID_FIELD'),
)  # fmt: skip
BAD_OBJECTS = (
    ('', 'MISSING_FIELD'),
    ('.', 'INVALID_FIELD'),
    ('..', 'INVALID_FIELD'),
    ('x' * 1025, 'INVALID_FIELD'),
    ('é' * 513, 'INVALID_FIELD'),
)
BAD_METADATA = (
    {'a b': 'x'}, {'': 'x'}, {'a:b': 'x'}, {'é': 'x'}, {'x' * 129: 'x'}, {'a': 'x\ny'}, {'a': 'x\r\nX-Evil: 1'}, {'a': '\0'},
    {'a': ' x'},
)  # fmt: skip


class BadObjectsCase(ObjectsCase):
    def setUp(self) -> None:
        super().setUp()
        self.cloud = next(cloud for cloud in CLOUDS if cloud.objects)

    def ask(self, rpc: str, **fields: Any) -> Any:
        """One call, to its end."""
        request = getattr(pb, f'{rpc}Request')(**{'location': {'cloud': self.cloud.name}} | fields)
        answer = getattr(self.swift, rpc)(request, timeout=60)
        return list(answer) if rpc == 'DownloadObject' else answer

    def refuses(self, rpc: str, code: Code, reason: str, *words: str, **fields: Any) -> None:
        with self.subTest(f'{rpc} {fields}'[:120]), self.fails(code, reason, *words):
            self.ask(rpc, **fields)

    def refuses_upload(self, where: Any, code: Code, reason: str, *words: str, sent: Any = (), **fields: Any) -> None:
        """An upload of whatever is sent behind a description that is good but for these fields."""
        first = pb.UploadObjectRequest(description={**where, 'name': 'x', **fields})
        with self.subTest(f'UploadObject {fields}'[:120]), self.fails(code, reason, *words):
            self.swift.UploadObject(iter([first, *sent]), timeout=60)


class NamesTest(BadObjectsCase):
    def test_every_rpc_is_looked_at(self) -> None:
        self.assertEqual({rpc.name for rpc in SERVICE.methods}, {*OF_CONTAINER, *OF_OBJECT, *NEW, *OTHERS})

    def test_bytes_that_are_no_text_are_refused(self) -> None:
        no_text(self, SERVICE)

    def test_a_container_must_be_named_and_be_there(self) -> None:
        for name, reason in BAD_CONTAINERS:
            for rpc in OF_CONTAINER:
                self.refuses(rpc, INVALID, reason, 'name_or_id', name_or_id=name, **NEEDS.get(rpc, {}))
            for rpc in OF_OBJECT:
                self.refuses(rpc, INVALID, reason, 'container', container=name, name_or_id='x', **NEEDS.get(rpc, {}))
            for rpc in NEW:
                self.refuses(rpc, INVALID, reason, 'container', container=name, name='x')
            self.refuses('ListObjects', INVALID, reason, 'container', container=name)
            self.refuses('CreateContainer', INVALID, reason, 'name', name=name)
            self.refuses_upload({'location': {'cloud': self.cloud.name}, 'container': name}, INVALID, reason, 'container')
        none = unique('none')
        for name in (none, '%2e%2e', '?x=1', 'a\nb', '%00'):
            for rpc in OF_CONTAINER:
                self.refuses(rpc, Code.NOT_FOUND, 'NOT_FOUND', name_or_id=name, **NEEDS.get(rpc, {}))
        for rpc in OF_OBJECT:
            self.refuses(rpc, Code.NOT_FOUND, 'NOT_FOUND', container=none, name_or_id='x', **NEEDS.get(rpc, {}))
        self.refuses('CreateDirectoryMarkerObject', Code.NOT_FOUND, 'NOT_FOUND', container=none, name='x')
        self.refuses('ListObjects', Code.NOT_FOUND, 'NOT_FOUND', container=none)
        where = {'location': {'cloud': self.cloud.name}, 'container': none}
        for fields in ({}, {'segment_size_bytes': 1}):
            self.refuses_upload(where, Code.NOT_FOUND, 'NOT_FOUND', sent=[pb.UploadObjectRequest(chunk=b'xy')], **fields)
        self.refuses('GetContainer', Code.NOT_FOUND, 'NOT_FOUND', name_or_id=f'{none}_segments')

    def test_an_object_must_be_named_and_be_there(self) -> None:
        where = self.container(self.cloud)
        for name, reason in BAD_OBJECTS:
            for rpc in OF_OBJECT:
                self.refuses(rpc, INVALID, reason, 'name_or_id', **where, name_or_id=name, **NEEDS.get(rpc, {}))
            for rpc in NEW:
                self.refuses(rpc, INVALID, reason, 'name', **where, name=name)
            self.refuses_upload(where, INVALID, reason, 'name', name=name)
        for name in ('none', '../none', 'a//b', '?x=1', '%00', 'a\nb'):
            for rpc in OF_OBJECT:
                self.refuses(rpc, Code.NOT_FOUND, 'NOT_FOUND', **where, name_or_id=name, **NEEDS.get(rpc, {}))
        self.assertEqual(self.names(where), [])

    def test_a_list_refuses_what_it_does_not_understand(self) -> None:
        where = self.container(self.cloud)
        for rpc, container in (('ListContainers', {}), ('ListObjects', {'container': where['container']})):
            for fields, reason, field in (
                ({'page_size': -1}, 'INVALID_FIELD', 'page_size'), ({'page_token': 'x'}, 'INVALID_PAGE_TOKEN', 'page_token'),
                ({'filter': {'hue': 'x'}}, 'UNKNOWN_FIELD', 'filter[hue]'),
                ({'jmespath': '[?'}, 'INVALID_JMESPATH', 'jmespath'),
                ({'max_age': NEGATIVE}, 'INVALID_FIELD', 'max_age'),
                ({'location': {'cloud': 'none'}}, 'UNKNOWN_CLOUD', 'location.cloud'),
            ):  # fmt: skip
                self.refuses(rpc, INVALID, reason, field, **fields, **container)
        for rpc in ('GetContainer', 'GetContainerAccess'):
            self.refuses(rpc, INVALID, 'INVALID_FIELD', 'max_age', name_or_id=where['container'], max_age=NEGATIVE)
        self.refuses('GetObject', INVALID, 'INVALID_FIELD', 'max_age', **where, name_or_id='x', max_age=NEGATIVE)

    def test_another_tenants_container_is_not_there(self) -> None:
        name, theirs = unique('container'), {'location': {'cloud': f'{self.cloud.name}-other'}}
        other = ServerThread(self.stack.config, f'{self.cloud.name}-other')
        self.addCleanup(other.close)
        other.object_store.CreateContainer(pb.CreateContainerRequest(**theirs, name=name), timeout=60)
        self.addCleanup(other.object_store.DeleteContainer, pb.DeleteContainerRequest(**theirs, name_or_id=name))
        for rpc in OF_CONTAINER:
            self.refuses(rpc, Code.NOT_FOUND, 'NOT_FOUND', name_or_id=name, **NEEDS.get(rpc, {}))
        self.refuses('ListObjects', Code.NOT_FOUND, 'NOT_FOUND', container=name)


class ValuesTest(BadObjectsCase):
    """What is said of containers and objects."""

    def test_what_no_container_is_like_is_not_made(self) -> None:
        name = unique('container')
        self.addCleanup(self.drop, self.cloud, name)
        for fields, reason, field in (
            *(({'metadata': metadata}, 'INVALID_FIELD', 'metadata') for metadata in BAD_METADATA),
            ({'access': pb.CONTAINER_ACCESS_CUSTOM}, 'INVALID_FIELD', 'access'), ({'access': 77}, 'INVALID_FIELD', 'access'),
            ({'storage_policy': 'a\nb'}, 'INVALID_FIELD', 'storage_policy'),
            ({'temp_url_key': '\n'}, 'INVALID_FIELD', 'temp_url_key'),
            ({'storage_policy': 'none-such'}, 'CLOUD_REJECTED', ''), ({'request_id': 'once'}, 'INVALID_FIELD', 'request_id'),
            ({'metadata': {'a': 'x' * 257}}, 'CLOUD_REJECTED', ''),
        ):  # fmt: skip
            self.refuses('CreateContainer', INVALID, reason, field, name=name, **fields)
        self.refuses('GetContainer', Code.NOT_FOUND, 'NOT_FOUND', name_or_id=name)

    def test_what_no_container_is_like_it_does_not_become(self) -> None:
        name = self.container(self.cloud, metadata={'a': '1'})['container']
        for fields, reason, field in (
            *(({'metadata': metadata}, 'INVALID_FIELD', 'metadata') for metadata in BAD_METADATA),
            ({}, 'MISSING_FIELD', 'update_mask'), ({'update_mask': {'paths': ['access']}}, 'INVALID_FIELD', 'update_mask'),
            ({'read_acl': 'a\nb'}, 'INVALID_FIELD', 'read_acl'), ({'write_acl': '\0'}, 'INVALID_FIELD', 'write_acl'),
            ({'read_acl': '.none:x'}, 'CLOUD_REJECTED', ''), ({'metadata': {'a': 'x' * 257}}, 'CLOUD_REJECTED', ''),
        ):  # fmt: skip
            self.refuses('UpdateContainer', INVALID, reason, field, name_or_id=name, **fields)
        for fields, reason, field in (
            ({}, 'MISSING_FIELD', 'access'), ({'access': 77}, 'INVALID_FIELD', 'access'),
            ({'access': pb.CONTAINER_ACCESS_PRIVATE, 'read_acl': '*'}, 'INVALID_FIELD', 'access'),
            ({'access': pb.CONTAINER_ACCESS_CUSTOM, 'read_acl': '\n'}, 'INVALID_FIELD', 'read_acl'),
        ):  # fmt: skip
            self.refuses('SetContainerAccess', INVALID, reason, field, name_or_id=name, **fields)
        found = self.ask('GetContainer', name_or_id=name).container
        self.assertEqual((dict(found.metadata), found.access), ({'a': '1'}, pb.CONTAINER_ACCESS_PRIVATE))

    def test_a_container_with_an_object_is_not_deleted(self) -> None:
        where = self.container(self.cloud)
        self.upload(where, b'x', name='x')
        self.refuses('DeleteContainer', Code.FAILED_PRECONDITION, 'CONFLICT', name_or_id=where['container'])
        self.assertEqual(self.names(where), ['x'])

    def test_what_no_object_is_like_it_does_not_become(self) -> None:
        where = self.container(self.cloud)
        self.upload(where, b'123', name='x', metadata={'a': '1'})
        past = {'seconds': 1}
        for fields, reason, field in (
            *(({'metadata': metadata}, 'INVALID_FIELD', 'metadata') for metadata in BAD_METADATA),
            ({'content_type': 'a\nb'}, 'INVALID_FIELD', 'content_type'),
            ({'delete_time': past}, 'INVALID_FIELD', 'delete_time'),
            ({'metadata': {'a': 'x' * 257}}, 'CLOUD_REJECTED', ''),
        ):  # fmt: skip
            self.refuses('UpdateObject', INVALID, reason, field, **where, name_or_id='x', **fields)
            self.refuses_upload(where, INVALID, reason, field, **{'name': 'y', **fields})
        self.refuses('UpdateObject', INVALID, 'MISSING_FIELD', 'update_mask', **where, name_or_id='x')
        self.refuses(
            'UpdateObject', INVALID, 'INVALID_FIELD', 'update_mask', **where, name_or_id='x', update_mask={'paths': ['x']}
        )
        for metadata in BAD_METADATA:
            self.refuses(
                'CreateDirectoryMarkerObject', INVALID, 'INVALID_FIELD', 'metadata', **where, name='y', metadata=metadata
            )
        for rpc in NEW[1:]:
            for lifetime in (NEGATIVE, Duration(seconds=8 * 86400), Duration(seconds=300_000_000_000)):
                self.refuses(rpc, INVALID, 'INVALID_FIELD', 'lifetime', **where, name='x', lifetime=lifetime)
        self.assertEqual(self.names(where), ['x'])
        self.assertEqual(dict(self.get(where, 'x').metadata), {'a': '1'})


class BytesTest(BadObjectsCase):
    """What is sent and asked for of data."""

    def test_a_stream_that_makes_no_sense_leaves_nothing(self) -> None:
        where, part = self.container(self.cloud), pb.UploadObjectRequest
        chunk, description = part(chunk=b'x'), part(description={**where, 'name': 'x'})
        for sent in ([], [chunk], [part()], [chunk, description]):
            with self.subTest(len(sent)), self.fails(INVALID, 'MISSING_FIELD', 'description'):
                self.swift.UploadObject(iter(sent), timeout=60)
        for segment in (0, 1 << 19):
            about = {'segment_size_bytes': segment}
            for sent, reason in (
                ([description], 'MISSING_FIELD'), ([chunk, part()], 'MISSING_FIELD'),
                ([part(chunk=bytes(MIB)), description], 'MISSING_FIELD'), ([part(chunk=bytes(MIB + 1))], 'INVALID_FIELD'),
                ([part(chunk=bytes(MIB)), part(chunk=bytes(2 * MIB))], 'INVALID_FIELD'),
            ):  # fmt: skip
                self.refuses_upload(where, INVALID, reason, 'chunk', sent=sent, **about)
            for size in (-1, 0, 1, 3, HUGE):
                self.refuses_upload(
                    where, INVALID, 'INVALID_FIELD', 'size_bytes', sent=[chunk, chunk], size_bytes=size, **about
                )
            self.refuses_upload(where, Code.DATA_LOSS, 'CHECKSUM_MISMATCH', sent=[chunk], sha256='0' * 64, **about)
            self.refuses_upload(where, INVALID, 'INVALID_FIELD', 'sha256', sent=[chunk], sha256='x', **about)
        for segment in (-1, -HUGE):
            fields = {'segment_size_bytes': segment}
            self.refuses_upload(where, INVALID, 'INVALID_FIELD', 'segment_size_bytes', sent=[chunk], **fields)
        self.assertEqual(self.names(where), [])
        self.no_segments(where)

    def no_segments(self, where: dict[str, Any]) -> None:
        name = f'{where["container"]}_segments'
        with self.subTest('segments'):
            try:
                left = self.names({**where, 'container': name})
            except grpc.RpcError as error:
                self.assertIs(error.code(), Code.NOT_FOUND)
                left = []
            self.assertEqual(left, [])

    def test_bytes_that_are_not_there_are_not_sent(self) -> None:
        where = self.container(self.cloud)
        self.upload(where, b'123', name='x')
        for fields in (
            {'offset_bytes': -1}, {'length_bytes': -1}, {'offset_bytes': 4}, {'offset_bytes': HUGE}, {'offset_bytes': -HUGE},
            {'length_bytes': -HUGE},
        ):  # fmt: skip
            self.refuses('DownloadObject', INVALID, 'INVALID_FIELD', *fields, **where, name_or_id='x', **fields)
        self.assertEqual(self.download(where, 'x', offset_bytes=1, length_bytes=HUGE), b'23')
