# SPDX-License-Identifier: Apache-2.0
"""What ObjectStoreService can't do, it says by status, reason and field, and leaves nothing half-made."""

import hashlib
import unittest
from collections.abc import Iterator
from typing import Any

import grpc
from google.protobuf.duration_pb2 import Duration
from oaktreemodel import v1 as pb
from oaktreemodel.v1 import object_store_service_pb2

from tests.functional.bad_case import BAD, MIB, BadCase, Code, Fields
from tests.functional.base import CLOUDS, unique

HUGE = 2**63 - 1
OLD = Duration(seconds=-1)
WITH = [cloud for cloud in CLOUDS if cloud.objects]
PUBLIC = pb.CONTAINER_ACCESS_PUBLIC
DIGEST = hashlib.sha256(b'x').hexdigest()
OF: Fields = {'container': 'c', 'name_or_id': 'x'}
NEW: Fields = {'container': 'c', 'name': 'x'}

# RPC -> what it can't do without, beside where.
FULL: dict[str, Fields] = {
    'ListContainers': {},
    'GetContainer': {'name_or_id': 'c'},
    'CreateContainer': {'name': 'c'},
    'UpdateContainer': {'name_or_id': 'c', 'metadata': {'a': 'b'}},
    'DeleteContainer': {'name_or_id': 'c'},
    'GetContainerAccess': {'name_or_id': 'c'},
    'SetContainerAccess': {'name_or_id': 'c', 'access': PUBLIC},
    'ListObjects': {'container': 'c'},
    'GetObject': OF,
    'UpdateObject': OF | {'metadata': {'a': 'b'}},
    'DeleteObject': OF,
    'CreateDirectoryMarkerObject': NEW,
    'UploadObject': NEW,
    'DownloadObject': OF,
    'CreateObjectUploadUrl': NEW,
    'CreateObjectDownloadUrl': NEW,
}
URLS = frozenset({'CreateObjectUploadUrl', 'CreateObjectDownloadUrl'})
"""RPCs that ask for no object: whoever makes their request learns whether there is one."""

CONTAINERS = {rpc: 'container' if 'container' in fields else 'name_or_id' for rpc, fields in FULL.items()}
"""The field with a container's name, of all but ListContainers."""


class BadObjectsCase(BadCase):
    service = object_store_service_pb2.DESCRIPTOR.services_by_name['ObjectStoreService']

    def setUp(self) -> None:
        self.stub = self.oaktree.object_store

    def each(self) -> Iterator[tuple[Fields, str]]:
        """Each cloud, and a container in which only the object x may be, with what it has now."""
        for cloud in WITH:
            where, name = {'location': {'cloud': cloud.name}}, unique('bad')
            self.call('CreateContainer', where | {'name': name})
            self.addCleanup(self.ends, where, name)
            self.call('UploadObject', where | {'container': name, 'name': 'x', 'metadata': {'k': 'v'}}, [b'before'])
            yield where, name

    def ends(self, where: Fields, name: str) -> None:
        """Nothing was made, changed, or deleted."""
        of = where | {'container': name}
        left = [one.name for one in self.call('ListObjects', of).objects]
        told = self.call('DownloadObject', of | {'name_or_id': 'x'}) if 'x' in left else []
        for one in left:
            self.call('DeleteObject', of | {'name_or_id': one})
        access = self.call('GetContainerAccess', where | {'name_or_id': name})
        beside = [one.name for one in self.call('ListContainers', where).containers if one.name.startswith(name)]
        segments = []
        if f'{name}_segments' in beside:
            segments = [one.name for one in self.call('ListObjects', where | {'container': f'{name}_segments'}).objects]
        self.call('DeleteContainer', where | {'name_or_id': name})
        self.assertEqual((left, segments), (['x'], []), 'left behind')
        self.assertEqual(b''.join(part.chunk for part in told), b'before')
        self.assertEqual(dict(told[0].object.metadata), {'k': 'v'})
        self.assertEqual((access.read_acl, access.write_acl), ('', ''))
        self.assertLessEqual(set(beside), {name, f'{name}_segments'})


class BadObjectRequestsTest(BadObjectsCase):
    """What is refused of every RPC."""

    def test_every_rpc_has_a_row(self) -> None:
        self.assertEqual(set(FULL), set(self.rpcs()))

    def test_a_missing_field_is_named(self) -> None:
        for rpc, fields in FULL.items():
            for field in fields:
                given = {'location': {'cloud': WITH[0].name}} | {key: one for key, one in fields.items() if key != field}
                self.refuses(rpc, BAD, 'MISSING_FIELD', 'update_mask' if field == 'metadata' else field, given)

    def test_a_place_that_is_none_is_refused(self) -> None:
        for rpc, fields in FULL.items():
            self.refuses(rpc, BAD, 'UNKNOWN_CLOUD', 'location.cloud', fields | {'location': {'cloud': 'gamma'}})
            place = {'cloud': WITH[0].name, 'region': 'x'}
            self.refuses(rpc, BAD, 'UNKNOWN_REGION', 'location.region', fields | {'location': place})
        self.refuses('CreateContainer', BAD, 'MISSING_FIELD', 'location.cloud', FULL['CreateContainer'])

    def test_numbers_and_ids_that_are_none_are_refused(self) -> None:
        for rpc, fields in FULL.items():
            known = self.rpcs()[rpc].input_type.fields_by_name
            for field, value in (
                ('max_age', OLD), ('page_size', -1), ('page_token', 'made-up'), ('request_id', 'once'), ('lifetime', OLD),
                ('offset_bytes', -1), ('offset_bytes', -HUGE), ('length_bytes', -1), ('length_bytes', -HUGE),
                ('lifetime', Duration(seconds=604_801)), ('lifetime', Duration(seconds=10**11)),
            ):  # fmt: skip
                if field in known:
                    reason = 'INVALID_PAGE_TOKEN' if field == 'page_token' else 'INVALID_FIELD'
                    self.refuses(rpc, BAD, reason, field, {'location': {'cloud': WITH[0].name}} | fields | {field: value})

    def test_bad_names_lead_nowhere(self) -> None:
        for rpc, fields in FULL.items():
            where = {'location': {'cloud': WITH[0].name}} | fields
            container = 'name' if rpc == 'CreateContainer' else CONTAINERS[rpc]
            for wrong in ('a/b', '..', '.', '/', 'x' * 257, 'é' * 129):
                if container in fields or rpc == 'CreateContainer':
                    self.refuses(rpc, BAD, 'INVALID_FIELD', container, where | {container: wrong})
            name = 'name' if 'name' in fields else 'name_or_id'
            if 'container' in fields and name in fields:
                for wrong in ('x' * 1025, 'é' * 513, '..', '.'):
                    self.refuses(rpc, BAD, 'INVALID_FIELD', name, where | {name: wrong})

    def test_what_is_not_there_is_named_back(self) -> None:
        for where, container in self.each():
            for rpc, fields in FULL.items():
                missing = CONTAINERS[rpc]
                if missing in fields and rpc not in URLS:
                    for wrong in (unique('missing'), '%2e%2e', '?format=json', '\U0001f333'):
                        self.refuses(rpc, Code.NOT_FOUND, 'NOT_FOUND', '', where | fields | {missing: wrong}, [b'x'])
                if rpc != 'ListObjects' and 'container' in fields and 'name_or_id' in fields:
                    for wrong in ('missing', '../x', 'a/../x', './x', '%78', '?x', 'x/', '\U0001f333'):
                        given = where | fields | {'container': container, 'name_or_id': wrong}
                        self.refuses(rpc, Code.NOT_FOUND, 'NOT_FOUND', '', given)

    def test_bytes_that_are_no_text_are_refused(self) -> None:
        self.assertGreater(self.refuses_no_text(), 40)

    def test_what_is_another_projects_is_not_there(self) -> None:
        for cloud in WITH:
            other, there = self.elsewhere(cloud)
            [(_, container)] = [one for one in self.each() if one[0]['location']['cloud'] == cloud.name]
            for rpc, fields in FULL.items():
                if CONTAINERS[rpc] in fields and rpc not in URLS:
                    with self.subTest(rpc), self.fails(Code.NOT_FOUND, 'NOT_FOUND', container):
                        self.call(rpc, there | fields | {CONTAINERS[rpc]: container}, [b'x'], stub=other.object_store)


class BadObjectValuesTest(BadObjectsCase):
    """What a store would not take, for one thing or for another."""

    def test_no_container_is_made_of_bad_values(self) -> None:
        for where, container in self.each():
            for fields, reason, field in (
                ({'metadata': {'a b': 'x'}}, 'INVALID_FIELD', 'metadata[a b]'),
                ({'metadata': {'': 'x'}}, 'INVALID_FIELD', 'metadata[]'),
                ({'metadata': {'é': 'x'}}, 'INVALID_FIELD', 'metadata[é]'),
                ({'metadata': {'a\n': 'x'}}, 'INVALID_FIELD', 'metadata[a\n]'),
                ({'metadata': {'a': 'x\r\ny: z'}}, 'INVALID_FIELD', 'metadata[a]'),
                ({'metadata': {'temp-url-key': 'x'}}, 'INVALID_FIELD', 'metadata[temp-url-key]'),
                ({'metadata': {'a': 'x' * 257}}, 'CLOUD_REJECTED', ''),
                ({'metadata': {f'k{n}': 'x' for n in range(91)}}, 'CLOUD_REJECTED', ''),
                ({'temp_url_key': 'a\nb'}, 'INVALID_FIELD', 'temp_url_key'),
            ):
                bad = where | {'name': f'{container}-new'} | fields
                self.refuses('CreateContainer', BAD, reason, field, bad)
                self.refuses('UpdateContainer', BAD, reason, field, where | {'name_or_id': container} | fields)
            for fields, reason, field in (
                ({'storage_policy': 'no-such'}, 'CLOUD_REJECTED', ''),
                ({'storage_policy': 'a\nb'}, 'INVALID_FIELD', 'storage_policy'),
                ({'access': 77}, 'INVALID_FIELD', 'access'),
                ({'access': pb.CONTAINER_ACCESS_CUSTOM}, 'INVALID_FIELD', 'access'),
            ):
                self.refuses('CreateContainer', BAD, reason, field, where | {'name': f'{container}-new'} | fields)
            self.refuses('CreateContainer', Code.ALREADY_EXISTS, 'ALREADY_EXISTS', '', where | {'name': container})

    def test_access_is_not_given_by_mistake(self) -> None:
        for where, container in self.each():
            custom = {'access': pb.CONTAINER_ACCESS_CUSTOM}
            for fields, reason, field in (
                ({'access': 77}, 'INVALID_FIELD', 'access'),
                ({'access': PUBLIC, 'write_acl': 'x:y'}, 'INVALID_FIELD', 'access'),
                (custom | {'read_acl': 'a\nX-Container-Write: *'}, 'INVALID_FIELD', 'read_acl'),
                (custom | {'read_acl': '.unknown:x'}, 'CLOUD_REJECTED', ''),
                (custom | {'write_acl': '.r:*'}, 'CLOUD_REJECTED', ''),
            ):
                self.refuses('SetContainerAccess', BAD, reason, field, where | {'name_or_id': container} | fields)

    def test_no_upload_of_bad_bytes_changes_anything(self) -> None:
        for where, container in self.each():
            good = where | {'container': container, 'name': 'x'}
            again = pb.UploadObjectRequest(description=good)
            small = {'segment_size_bytes': MIB}
            for fields, data, reason, field in (
                ({}, [bytes(MIB + 1)], 'INVALID_FIELD', 'chunk'),
                (small, [bytes(MIB), bytes(MIB), bytes(MIB + 1)], 'INVALID_FIELD', 'chunk'),
                ({'size_bytes': 1}, [b'x', b'y'], 'INVALID_FIELD', 'size_bytes'),
                ({'size_bytes': 2 * MIB} | small, [bytes(MIB)] * 3, 'INVALID_FIELD', 'size_bytes'),
                ({'size_bytes': 2}, [b'x'], 'INVALID_FIELD', 'size_bytes'),
                ({'size_bytes': -1}, [], 'INVALID_FIELD', 'size_bytes'),
                ({'size_bytes': -HUGE - 1}, [b'x'], 'INVALID_FIELD', 'size_bytes'),
                ({'size_bytes': HUGE}, [b'x'], 'INVALID_FIELD', 'size_bytes'),
                ({'segment_size_bytes': -1}, [b'x'], 'INVALID_FIELD', 'segment_size_bytes'),
                ({'sha256': 'abc'}, [b'x'], 'INVALID_FIELD', 'sha256'),
                ({'sha256': DIGEST + '\n'}, [b'x'], 'INVALID_FIELD', 'sha256'),
                ({'sha256': 'a\nX-Delete-After: 1', 'size_bytes': 5 * MIB}, [bytes(MIB)] * 5, 'INVALID_FIELD', 'sha256'),
                ({}, [b'y', again], 'MISSING_FIELD', 'chunk'),
                (small, [bytes(MIB)] * 3 + [again], 'MISSING_FIELD', 'chunk'),
                ({}, [b'y', pb.UploadObjectRequest()], 'MISSING_FIELD', 'chunk'),
                ({'content_type': 'a\nb'}, [b'y'], 'INVALID_FIELD', 'content_type'),
                ({'delete_time': {'seconds': 1}}, [b'y'], 'INVALID_FIELD', 'delete_time'),
                ({'metadata': {'a b': 'x'}}, [b'y'], 'INVALID_FIELD', 'metadata[a b]'),
                ({'metadata': {'a': 'x' * 257}}, [b'y'], 'CLOUD_REJECTED', ''),
                ({'metadata': {'a': 'x' * 257}} | small, [bytes(MIB)] * 5, 'CLOUD_REJECTED', ''),
            ):
                self.refuses('UploadObject', BAD, reason, field, good | fields, data)
            for fields, data in (({'sha256': '0' * 64}, [b'y']), ({'sha256': '0' * 64} | small, [bytes(MIB)] * 5)):
                self.refuses('UploadObject', Code.DATA_LOSS, 'CHECKSUM_MISMATCH', '', good | fields, data)

    def test_a_description_comes_first(self) -> None:
        for sent in ([], [pb.UploadObjectRequest(chunk=b'x')], [pb.UploadObjectRequest()]):
            with self.subTest(str(sent)), self.fails(BAD, 'MISSING_FIELD', 'description'):
                self.stub.UploadObject(iter(sent), timeout=60)

    def test_an_object_is_not_changed_to_bad_values(self) -> None:
        for where, container in self.each():
            good = where | {'container': container, 'name_or_id': 'x'}
            for fields, reason, field in (
                ({'update_mask': {'paths': ['colour']}}, 'INVALID_FIELD', 'update_mask'),
                ({'content_disposition': 'a\nb'}, 'INVALID_FIELD', 'content_disposition'),
                ({'delete_time': {'seconds': 1}}, 'INVALID_FIELD', 'delete_time'),
                ({'metadata': {'a/b': 'x'}}, 'INVALID_FIELD', 'metadata[a/b]'),
                ({'metadata': {'a': 'x' * 257}}, 'CLOUD_REJECTED', ''),
            ):
                self.refuses('UpdateObject', BAD, reason, field, good | fields)
            marker = where | {'container': container, 'name': 'd', 'metadata': {'a b': 'x'}}
            self.refuses('CreateDirectoryMarkerObject', BAD, 'INVALID_FIELD', 'metadata[a b]', marker)

    def test_no_part_is_read_that_is_not_there(self) -> None:
        for where, container in self.each():
            good = where | {'container': container, 'name_or_id': 'x'}
            for part in ({'offset_bytes': 7}, {'offset_bytes': HUGE}, {'offset_bytes': HUGE, 'length_bytes': HUGE}):
                self.refuses('DownloadObject', BAD, 'INVALID_FIELD', 'offset_bytes', good | part)
            told: list[Any] = self.call('DownloadObject', good | {'offset_bytes': 4, 'length_bytes': HUGE})
            self.assertEqual(b''.join(one.chunk for one in told), b're')

    def test_a_container_that_is_not_empty_stays(self) -> None:
        for where, container in self.each():
            self.refuses('DeleteContainer', Code.FAILED_PRECONDITION, 'CONFLICT', '', where | {'name_or_id': container})


class NoObjectsTest(BadCase):
    """A cloud without an object store."""

    service = BadObjectsCase.service

    def test_it_says_so_of_every_rpc(self) -> None:
        self.stub = self.oaktree.object_store
        without = [cloud.name for cloud in CLOUDS if not cloud.objects]
        if not without:
            raise unittest.SkipTest('needs a cloud without an object store')
        for rpc, fields in FULL.items():
            with self.subTest(rpc), self.assertRaises(grpc.RpcError) as caught:
                self.call(rpc, fields | {'location': {'cloud': without[0]}})
            self.assertEqual(caught.exception.code(), Code.FAILED_PRECONDITION, caught.exception.details())
