# SPDX-License-Identifier: Apache-2.0
"""Containers and objects, where a cloud has an object store, and a clear word where it has none."""

import hashlib
import os
import time
import urllib.request
from typing import Any

import grpc
from google.protobuf.duration_pb2 import Duration
from oaktreemodel import v1 as pb

from tests.functional.base import CLOUDS, Case, Cloud, unique

Code = grpc.StatusCode
NOW = Duration()


class ObjectsCase(Case):
    """With a container that is gone after the test."""

    def setUp(self) -> None:
        self.swift = self.oaktree.object_store

    def container(self, cloud: Cloud, **fields: Any) -> dict[str, Any]:
        """What requests for its objects have."""
        name, where = unique('container'), {'location': {'cloud': cloud.name}}
        self.swift.CreateContainer(pb.CreateContainerRequest(**where, name=name, **fields), timeout=60)
        self.addCleanup(self.drop, cloud, name)
        return {**where, 'container': name}

    def names(self, where: dict[str, Any], **fields: Any) -> list[str]:
        return [one.name for one in self.swift.ListObjects(pb.ListObjectsRequest(**where, **fields), timeout=60).objects]

    def drop(self, cloud: Cloud, name: str) -> None:
        where = {'location': {'cloud': cloud.name}}
        try:
            for one in self.names({**where, 'container': name}):
                self.swift.DeleteObject(pb.DeleteObjectRequest(**where, container=name, name_or_id=one), timeout=60)
            self.swift.DeleteContainer(pb.DeleteContainerRequest(**where, name_or_id=name), timeout=60)
        except grpc.RpcError as error:
            if error.code() is not Code.NOT_FOUND:
                raise

    def parts(self, where: dict[str, Any], data: bytes, **fields: Any) -> list[pb.UploadObjectRequest]:
        first = pb.UploadObjectRequest(description={**where, **fields})
        step = 1 << 20
        return [first, *(pb.UploadObjectRequest(chunk=data[at : at + step]) for at in range(0, len(data), step))]

    def upload(self, where: dict[str, Any], data: bytes, **fields: Any) -> pb.UploadObjectResponse:
        return self.swift.UploadObject(iter(self.parts(where, data, **fields)), timeout=120)

    def download(self, where: dict[str, Any], name: str, **fields: Any) -> bytes:
        request = pb.DownloadObjectRequest(**where, name_or_id=name, **fields)
        parts = list(self.swift.DownloadObject(request, timeout=120))
        data = b''.join(part.chunk for part in parts)
        self.assertEqual((parts[0].object.name, parts[-1].sha256), (name, hashlib.sha256(data).hexdigest()))
        return data

    def get(self, where: dict[str, Any], name: str) -> pb.Object:
        return self.swift.GetObject(pb.GetObjectRequest(**where, name_or_id=name), timeout=60).object


WITH = [cloud for cloud in CLOUDS if cloud.objects]


class ContainersTest(ObjectsCase):
    def test_a_cloud_without_an_object_store_says_so(self) -> None:
        for cloud in CLOUDS:
            if not cloud.objects:
                where = {'location': {'cloud': cloud.name}}
                with self.fails(Code.FAILED_PRECONDITION, 'SERVICE_ABSENT'):
                    self.swift.ListContainers(pb.ListContainersRequest(**where), timeout=60)
                with self.fails(Code.FAILED_PRECONDITION, 'SERVICE_ABSENT'):
                    self.swift.GetObject(pb.GetObjectRequest(**where, container='x', name_or_id='x'), timeout=60)

    def test_a_container_is_made_listed_changed_and_deleted(self) -> None:
        for cloud in WITH:
            name = self.container(cloud, metadata={'Purpose': 'a tést', 'other': 'x'})['container']
            where = {'location': {'cloud': cloud.name}, 'name_or_id': name}
            made = self.swift.GetContainer(pb.GetContainerRequest(name_or_id=name), timeout=60).container
            self.assertEqual((made.id, made.location.cloud, made.location.region), (name, cloud.name, cloud.region))
            self.assertEqual(dict(made.metadata), {'purpose': 'a tést', 'other': 'x'})
            self.assertEqual(made.access, pb.CONTAINER_ACCESS_PRIVATE)
            with self.fails(Code.ALREADY_EXISTS, 'ALREADY_EXISTS', name):
                self.swift.CreateContainer(pb.CreateContainerRequest(location=where['location'], name=name), timeout=60)
            listed = self.swift.ListContainers(pb.ListContainersRequest(name_or_id=name, max_age=NOW), timeout=60).containers
            self.assertEqual([(one.id, one.location.project.id) for one in listed], [(name, made.location.project.id)])
            change = pb.UpdateContainerRequest(**where, metadata={'other': '', 'third': '3'}, temp_url_key='secret-of-mine')
            changed = self.swift.UpdateContainer(change, timeout=60).container
            self.assertEqual(dict(changed.metadata), {'purpose': 'a tést', 'third': '3'})
            self.assertTrue(changed.signs_urls)
            self.assertNotIn('secret-of-mine', str(changed))
            change = pb.UpdateContainerRequest(
                **where, metadata={'last': '1'}, update_mask={'paths': ['metadata', 'temp_url_key']}
            )
            changed = self.swift.UpdateContainer(change, timeout=60).container
            self.assertEqual((dict(changed.metadata), changed.signs_urls), ({'last': '1'}, False))
            self.swift.DeleteContainer(pb.DeleteContainerRequest(**where), timeout=60)
            with self.fails(Code.NOT_FOUND, 'NOT_FOUND', name):
                self.swift.GetContainer(pb.GetContainerRequest(**where), timeout=60)

    def test_access_is_given_and_taken(self) -> None:
        for cloud in WITH:
            where = {'location': {'cloud': cloud.name}, 'name_or_id': self.container(cloud)['container']}
            for access, acl in ((pb.CONTAINER_ACCESS_PUBLIC, '.r:*,.rlistings'), (pb.CONTAINER_ACCESS_PRIVATE, '')):
                told = self.swift.SetContainerAccess(pb.SetContainerAccessRequest(**where, access=access), timeout=60)
                again = self.swift.GetContainerAccess(pb.GetContainerAccessRequest(**where), timeout=60)
                self.assertEqual((told.access, told.read_acl, again.access, again.read_acl), (access, acl, access, acl))
            for fields, reason in (({}, 'MISSING_FIELD'), ({'access': 2, 'read_acl': 'x'}, 'INVALID_FIELD')):
                with self.fails(Code.INVALID_ARGUMENT, reason, 'access'):
                    self.swift.SetContainerAccess(pb.SetContainerAccessRequest(**where, **fields), timeout=60)

    def test_bad_names_and_metadata_are_refused(self) -> None:
        location = {'cloud': WITH[0].name}
        for name, reason in (
            ('', 'MISSING_FIELD'),
            ('a/b', 'INVALID_FIELD'),
            ('..', 'INVALID_FIELD'),
            ('x' * 257, 'INVALID_FIELD'),
        ):
            with self.subTest(name), self.fails(Code.INVALID_ARGUMENT, reason, 'name'):
                self.swift.CreateContainer(pb.CreateContainerRequest(location=location, name=name), timeout=60)
        for metadata in ({'a b': 'x'}, {'a': 'x\ny'}, {'a': ' x'}, {'temp-url-key': 'x'}):
            with self.subTest(str(metadata)), self.fails(Code.INVALID_ARGUMENT, 'INVALID_FIELD', 'metadata'):
                self.swift.CreateContainer(
                    pb.CreateContainerRequest(location=location, name='x', metadata=metadata), timeout=60
                )
        missing = {'location': location, 'name_or_id': unique('missing')}
        for call, request in (
            (self.swift.UpdateContainer, pb.UpdateContainerRequest(**missing, metadata={'a': 'b'})),
            (self.swift.DeleteContainer, pb.DeleteContainerRequest(**missing)),
            (self.swift.ListObjects, pb.ListObjectsRequest(location=location, container=missing['name_or_id'])),
        ):
            with self.fails(Code.NOT_FOUND, 'NOT_FOUND'):
                call(request, timeout=60)


class ObjectsTest(ObjectsCase):
    def test_objects_of_all_sizes_come_back_as_they_were(self) -> None:
        for cloud in WITH:
            where = self.container(cloud)
            for size, segment, known in ((0, 0, True), (7, 0, False), (2_500_000, 1 << 20, True), (2_500_000, 1 << 20, False),
                                         (4_500_000, 0, True), (4_500_000, 0, False)):  # fmt: skip
                with self.subTest(size=size, segment=segment, known=known):
                    data = os.urandom(size)
                    fields = {'size_bytes': size, 'sha256': hashlib.sha256(data).hexdigest()} if known else {}
                    told = self.upload(where, data, name='a/ü b', segment_size_bytes=segment, content_type='x/y', **fields)
                    self.assertEqual(told.sha256, hashlib.sha256(data).hexdigest())
                    self.assertEqual((told.object.size_bytes, told.object.content_type), (size, 'x/y'))
                    self.assertEqual(self.download(where, 'a/ü b'), data)
                    self.assertEqual(
                        self.download(where, 'a/ü b', offset_bytes=size // 2, length_bytes=99), data[size // 2 :][:99]
                    )
                    self.assertEqual(self.download(where, 'a/ü b', offset_bytes=size), b'')

    def test_a_segmented_object_goes_with_its_segments(self) -> None:
        for cloud in WITH:
            where = self.container(cloud)
            beside = {**where, 'container': f'{where["container"]}_segments'}
            for _ in range(2):
                self.upload(where, bytes(2_500_000), name='large', segment_size_bytes=1 << 20)
                self.assertTrue(self.get(where, 'large').segmented)
                self.assertEqual(len(self.names(beside)), 3, 'those of the one before are gone')
            self.swift.DeleteObject(pb.DeleteObjectRequest(**where, name_or_id='large'), timeout=60)
            self.assertEqual((self.names(where), self.names(beside)), ([], []))

    def test_a_wrong_sum_or_size_leaves_what_was_there(self) -> None:
        for cloud in WITH:
            where = self.container(cloud)
            self.upload(where, b'before', name='x')
            data = bytes(2_500_000)
            for segment in (0, 1 << 20):
                with self.fails(Code.DATA_LOSS, 'CHECKSUM_MISMATCH'):
                    self.upload(where, data, name='x', size_bytes=len(data), sha256='0' * 64, segment_size_bytes=segment)
                for wrong in (len(data) + 1, len(data) - 1):
                    with self.fails(Code.INVALID_ARGUMENT, 'INVALID_FIELD', 'size_bytes'):
                        self.upload(where, data, name='x', size_bytes=wrong, segment_size_bytes=segment)
            self.assertEqual(self.download(where, 'x'), b'before')
            self.no_segments(where)

    def test_a_cancelled_upload_leaves_nothing(self) -> None:
        for cloud in WITH:
            where = self.container(cloud)
            parts = self.parts(where, bytes(3_500_000), name='x', segment_size_bytes=1 << 20)

            def some(parts: list[Any] = parts) -> Any:
                yield from parts[:-1]
                time.sleep(1)
                yield parts[-1]

            call = self.swift.UploadObject.future(some(), timeout=60)
            time.sleep(0.6)
            call.cancel()
            self.no_segments(where)
            self.assertEqual(self.names(where), [])

    def no_segments(self, where: dict[str, Any]) -> None:
        end, left = time.monotonic() + 30, ['?']
        while left and time.monotonic() < end:
            time.sleep(0.3)
            try:
                left = self.names({**where, 'container': f'{where["container"]}_segments'})
            except grpc.RpcError as error:
                self.assertIs(error.code(), Code.NOT_FOUND)
                left = []
        self.assertEqual(left, [])

    def test_objects_are_listed_by_page_prefix_and_folder(self) -> None:
        for cloud in WITH:
            where = self.container(cloud)
            for name in ('a', 'b/1', 'b/2', 'c/1', 'd'):
                self.upload(where, name.encode(), name=name)
            marker = pb.CreateDirectoryMarkerObjectRequest(**where, name='e', metadata={'k': 'v'})
            self.assertEqual(
                self.swift.CreateDirectoryMarkerObject(marker, timeout=60).object.content_type, 'application/directory'
            )
            self.assertEqual(self.names(where), ['a', 'b/1', 'b/2', 'c/1', 'd', 'e'])
            self.assertEqual(self.names(where, delimiter='/'), ['a', 'b/', 'c/', 'd', 'e'])
            self.assertEqual(self.names(where, prefix='b/'), ['b/1', 'b/2'])
            self.assertEqual(self.names(where, filter={'size_bytes': '3'}), ['b/1', 'b/2', 'c/1'])
            self.assertEqual(self.names(where, jmespath="[?starts_with(name, 'c')]"), ['c/1'])
            request, seen = pb.ListObjectsRequest(**where, page_size=4), []
            while True:
                answer = self.swift.ListObjects(request, timeout=60)
                seen += [one.name for one in answer.objects]
                if not (token := answer.next_page_token):
                    break
                request.page_token = token
            self.assertEqual(seen, ['a', 'b/1', 'b/2', 'c/1', 'd', 'e'])
            one = next(o for o in self.swift.ListObjects(pb.ListObjectsRequest(**where)).objects if o.name == 'b/1')
            got = self.get(where, 'b/1')
            self.assertEqual((got.etag, got.size_bytes, got.update_time), (one.etag, one.size_bytes, one.update_time))

    def test_what_is_told_of_an_object_is_changed(self) -> None:
        for cloud in WITH:
            where = self.container(cloud)
            self.upload(where, b'x', name='x', content_type='text/plain', metadata={'A': '1', 'b': '2'})
            known = {**where, 'name_or_id': 'x'}
            change = pb.UpdateObjectRequest(**known, metadata={'b': '', 'c': 'ü'}, content_disposition='inline')
            changed = self.swift.UpdateObject(change, timeout=60).object
            self.assertEqual(dict(changed.metadata), {'a': '1', 'c': 'ü'})
            self.assertEqual((changed.content_type, changed.content_disposition), ('text/plain', 'inline'))
            self.assertEqual(changed.sha256, hashlib.sha256(b'x').hexdigest())
            change = pb.UpdateObjectRequest(**known, update_mask={'paths': ['metadata', 'content_disposition']})
            changed = self.swift.UpdateObject(change, timeout=60).object
            self.assertEqual((dict(changed.metadata), changed.content_disposition), ({}, ''))
            with self.fails(Code.INVALID_ARGUMENT, 'INVALID_FIELD', 'delete_time'):
                self.swift.UpdateObject(pb.UpdateObjectRequest(**known, delete_time={'seconds': 1}), timeout=60)

    def test_signed_urls_work_without_a_token(self) -> None:
        for cloud in WITH:
            where = self.container(cloud, temp_url_key=unique('key'))
            opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
            put = self.swift.CreateObjectUploadUrl(pb.CreateObjectUploadUrlRequest(**where, name='a/ü'), timeout=60)
            self.assertFalse(put.headers)
            request = urllib.request.Request(put.url, b'by url', dict(put.headers), method=put.method)
            opener.open(request, timeout=60).close()
            self.assertEqual(self.download(where, 'a/ü'), b'by url')
            get = self.swift.CreateObjectDownloadUrl(pb.CreateObjectDownloadUrlRequest(**where, name='a/ü'), timeout=60)
            with opener.open(urllib.request.Request(get.url, method=get.method), timeout=60) as answer:
                self.assertEqual(answer.read(), b'by url')

    def test_a_token_is_told_on_the_socket_only(self) -> None:
        for cloud in WITH:
            where = self.container(cloud)
            for call, request in (
                (self.swift.CreateObjectUploadUrl, pb.CreateObjectUploadUrlRequest),
                (self.swift.CreateObjectDownloadUrl, pb.CreateObjectDownloadUrlRequest),
            ):
                with self.fails(Code.FAILED_PRECONDITION, 'TOKEN_WITHHELD', 'socket'):
                    call(request(**where, name='x'), timeout=60)

    def test_bad_input_is_refused(self) -> None:
        where = self.container(WITH[0])
        with self.fails(Code.INVALID_ARGUMENT, 'MISSING_FIELD', 'description'):
            self.swift.UploadObject(iter([pb.UploadObjectRequest(chunk=b'x')]), timeout=60)
        with self.fails(Code.INVALID_ARGUMENT, 'MISSING_FIELD', 'chunk'):
            self.swift.UploadObject(iter([*self.parts(where, b'', name='x')] * 2), timeout=60)
        with self.fails(Code.INVALID_ARGUMENT, 'INVALID_FIELD', 'chunk'):
            first = self.parts(where, b'', name='x')
            self.swift.UploadObject(iter([*first, pb.UploadObjectRequest(chunk=bytes((1 << 20) + 1))]), timeout=60)
        with self.fails(Code.NOT_FOUND, 'NOT_FOUND'):
            self.upload({**where, 'container': unique('missing')}, b'x', name='x')
        for fields in ({'offset_bytes': -1}, {'length_bytes': -1}):
            with self.fails(Code.INVALID_ARGUMENT, 'INVALID_FIELD'):
                self.download(where, 'x', **fields)
        for name in ('missing', 'mis/sing'):
            with self.fails(Code.NOT_FOUND, 'NOT_FOUND', name):
                self.get(where, name)
            with self.fails(Code.NOT_FOUND, 'NOT_FOUND', name):
                self.swift.DeleteObject(pb.DeleteObjectRequest(**where, name_or_id=name), timeout=60)
