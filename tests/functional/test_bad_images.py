# SPDX-License-Identifier: Apache-2.0
"""What ImageService can't do, it says by status, reason and field, and leaves nothing half-made."""

import hashlib
import time
import uuid
from collections.abc import Iterator
from typing import Any

from google.protobuf.duration_pb2 import Duration
from oaktreemodel import v1 as pb
from oaktreemodel.v1 import image_service_pb2

from tests.functional.bad_case import BAD, MIB, STATE, BadCase, Code, Fields
from tests.functional.base import CLOUDS, unique

NOW = Duration()
HUGE = 2**63 - 1
NOBODY = '00000000-0000-4000-8000-000000000000'
ACCEPTED = pb.IMAGE_MEMBER_STATE_ACCEPTED
RAW: Fields = {'disk_format': 'raw'}
DIGEST = hashlib.sha256(b'x').hexdigest()

# RPC -> what it can't do without, beside where. The first is what it is about, if there must be such a thing.
FULL: dict[str, Fields] = {
    'ListImages': {},
    'GetImage': {'name_or_id': 'x'},
    'CreateImage': {'name': 'x'},
    'UpdateImage': {'name_or_id': 'x', 'name': 'y'},
    'DeleteImage': {'name_or_id': 'x'},
    'UploadImage': {'name': 'x', 'disk_format': 'raw'},
    'DownloadImage': {'name_or_id': 'x'},
    'CreateImageUploadUrl': {'name_or_id': 'x'},
    'CreateImageDownloadUrl': {'name_or_id': 'x'},
    'DeactivateImage': {'name_or_id': 'x'},
    'ReactivateImage': {'name_or_id': 'x'},
    'AddImageTag': {'name_or_id': 'x', 'tag': 't'},
    'RemoveImageTag': {'name_or_id': 'x', 'tag': 't'},
    'ListImageMembers': {'image': 'x'},
    'AddImageMember': {'name_or_id': 'x', 'member': NOBODY},
    'UpdateImageMember': {'name_or_id': 'x', 'member': NOBODY, 'state': ACCEPTED},
    'RemoveImageMember': {'name_or_id': 'x', 'member': NOBODY},
}
OWNED = frozenset({'CreateImageUploadUrl', 'CreateImageDownloadUrl'})
"""RPCs that refuse whoever does not call on the owner's socket, before all else."""

SUBJECT = {rpc: next((f for f in ('name_or_id', 'image') if f in fields), '') for rpc, fields in FULL.items()}
ABOUT = [rpc for rpc in FULL if SUBJECT[rpc] and rpc not in OWNED]


class BadImagesCase(BadCase):
    service = image_service_pb2.DESCRIPTOR.services_by_name['ImageService']

    def setUp(self) -> None:
        self.stub = self.oaktree.image

    def each(self) -> Iterator[tuple[str, Fields, str]]:
        """Each cloud, and a name of which nothing may be left."""
        for cloud in CLOUDS:
            where, name = {'location': {'cloud': cloud.name}}, unique('bad')
            self.addCleanup(self.leaves_nothing, where, name)
            yield cloud.name, where, name

    def leaves_nothing(self, where: Fields, name: str) -> None:
        left = [one for one in self.stub.ListImages(pb.ListImagesRequest(**where, max_age=NOW)).images if name in one.name]
        for image in left:
            self.stub.DeleteImage(pb.DeleteImageRequest(**where, name_or_id=image.id))
        self.assertEqual([(image.name, image.native_status) for image in left], [], 'left behind')

    def make(self, where: Fields, **fields: Any) -> pb.Image:
        """A queued image that is gone after the test."""
        image = self.stub.CreateImage(pb.CreateImageRequest(**where, name=unique('image'), **fields), timeout=60).image
        self.addCleanup(self.stub.DeleteImage, pb.DeleteImageRequest(**where, name_or_id=image.id))
        return image


class BadImageRequestsTest(BadImagesCase):
    """What is refused of every RPC."""

    def test_every_rpc_has_a_row(self) -> None:
        self.assertEqual(set(FULL), set(self.rpcs()))

    def test_a_missing_field_is_named(self) -> None:
        for rpc in FULL.keys() - OWNED:
            for field in FULL[rpc]:
                given = {'location': {'cloud': 'alpha'}} | {key: one for key, one in FULL[rpc].items() if key != field}
                if (rpc, field) == ('UpdateImageMember', 'member'):
                    continue  # It is the caller's own project then.
                missing = 'update_mask' if (rpc, field) == ('UpdateImage', 'name') else field
                self.refuses(rpc, BAD, 'MISSING_FIELD', missing, given)

    def test_a_place_that_is_none_is_refused(self) -> None:
        for rpc in FULL.keys() - OWNED:
            self.refuses(rpc, BAD, 'UNKNOWN_CLOUD', 'location.cloud', FULL[rpc] | {'location': {'cloud': 'gamma'}})
            self.refuses(
                rpc, BAD, 'UNKNOWN_REGION', 'location.region', FULL[rpc] | {'location': {'cloud': 'alpha', 'region': 'x'}}
            )
        for rpc in ('CreateImage', 'UploadImage'):
            self.refuses(rpc, BAD, 'MISSING_FIELD', 'location.cloud', FULL[rpc])

    def test_numbers_and_ids_that_are_none_are_refused(self) -> None:
        for rpc in FULL.keys() - OWNED:
            known = self.rpcs()[rpc].input_type.fields_by_name
            for field, value in (
                ('wait', Duration(seconds=-1)), ('max_age', Duration(nanos=-1)), ('page_size', -1), ('request_id', 'once'),
                ('offset_bytes', -1), ('offset_bytes', -HUGE), ('length_bytes', -1), ('length_bytes', -HUGE),
            ):  # fmt: skip
                if field in known:
                    fields = {'location': {'cloud': 'alpha'}} | FULL[rpc] | {field: value}
                    self.refuses(rpc, BAD, 'INVALID_FIELD', field, fields)

    def test_a_name_that_nothing_has_is_named_back(self) -> None:
        for _, where, name in self.each():
            for rpc in ABOUT:
                for wrong in (name, NOBODY, 'x' * 3000, '../images', '?limit=1', '..', '\0', 'é' * 300, '\U0001f333'):
                    self.refuses(rpc, Code.NOT_FOUND, 'NOT_FOUND', SUBJECT[rpc], where | FULL[rpc] | {SUBJECT[rpc]: wrong})

    def test_bytes_that_are_no_text_are_refused(self) -> None:
        self.assertGreater(self.refuses_no_text(), 40)

    def test_what_is_another_projects_is_not_there(self) -> None:
        for cloud in CLOUDS:
            with self.subTest(cloud.name):
                other, where = self.elsewhere(cloud)
                image = self.make({'location': {'cloud': cloud.name}}, **RAW, visibility='private')
                for rpc in ABOUT:
                    with self.subTest(rpc), self.fails(Code.NOT_FOUND, 'NOT_FOUND', image.id):
                        self.call(rpc, where | FULL[rpc] | {SUBJECT[rpc]: image.id}, stub=other.image)
                found = self.stub.GetImage(pb.GetImageRequest(location=image.location, name_or_id=image.id, max_age=NOW)).image
                self.assertEqual(found, image)

    def test_no_url_is_told_of_anything_by_tcp(self) -> None:
        for _, where, name in self.each():
            for rpc in OWNED:
                for wrong in (name, '', '..', 'x' * 3000):
                    self.refuses(rpc, STATE, 'TOKEN_WITHHELD', '', where | {'name_or_id': wrong})


class BadImageValuesTest(BadImagesCase):
    """What a cloud would not take, for one thing or for another."""

    def test_no_image_is_made_of_bad_values(self) -> None:
        for _, where, name in self.each():
            good = where | {'name': name} | RAW
            for rpc, data in (('CreateImage', []), ('UploadImage', [b'x'])):
                for fields, reason, field in (
                    ({'disk_format': 'floppy'}, 'FORMAT_NOT_TAKEN', 'disk_format'),
                    ({'container_format': 'box'}, 'FORMAT_NOT_TAKEN', 'container_format'),
                    ({'properties': {'id': 'x'}}, 'INVALID_FIELD', 'properties'),
                    ({'name': name + 'x' * 256}, 'CLOUD_REJECTED', ''),
                    ({'visibility': 'secret'}, 'CLOUD_REJECTED', ''),
                    ({'tags': ['x' * 256]}, 'CLOUD_REJECTED', ''),
                    ({'min_disk_gib': -1}, 'CLOUD_REJECTED', ''),
                    ({'min_ram_mib': -1}, 'CLOUD_REJECTED', ''),
                    ({'min_disk_gib': HUGE}, 'CLOUD_REJECTED', ''),
                    ({'min_ram_mib': HUGE}, 'CLOUD_REJECTED', ''),
                    ({'properties': {'x' * 256: 'x'}}, 'INVALID_FIELD', 'properties'),
                ):
                    self.refuses(rpc, BAD, reason, field, good | fields, data)

    def test_no_upload_of_bad_bytes_leaves_an_image(self) -> None:
        digest = pb.UploadImageRequest(sha256=DIGEST)
        for _, where, name in self.each():
            good = where | {'name': name} | RAW
            again = pb.UploadImageRequest(description=good)
            for fields, data, reason, field in (
                ({}, [bytes(MIB + 1)], 'INVALID_FIELD', 'chunk'),
                ({}, [b'x', bytes(3 * MIB)], 'INVALID_FIELD', 'chunk'),
                ({'size_bytes': 1}, [b'x', b'y'], 'INVALID_FIELD', 'size_bytes'),
                ({'size_bytes': 0}, [b'x'], 'INVALID_FIELD', 'size_bytes'),
                ({'size_bytes': -1}, [], 'INVALID_FIELD', 'size_bytes'),
                ({'size_bytes': -HUGE - 1}, [b'x'], 'INVALID_FIELD', 'size_bytes'),
                ({'sha256': 'é' * 64}, [b'x'], 'INVALID_FIELD', 'sha256'),
                ({'sha256': DIGEST + '\n'}, [b'x'], 'INVALID_FIELD', 'sha256'),
                ({}, [b'x', pb.UploadImageRequest(sha256='0' * 63)], 'INVALID_FIELD', 'sha256'),
                ({}, [again], 'INVALID_FIELD', 'part'),
                ({}, [b'x', pb.UploadImageRequest()], 'INVALID_FIELD', 'part'),
                ({}, [b'x', digest, b''], 'INVALID_FIELD', 'part'),
                ({}, [b'x', digest, digest], 'INVALID_FIELD', 'part'),
            ):
                self.refuses('UploadImage', BAD, reason, field, good | fields, data)
            for fields, data in (
                ({'size_bytes': HUGE}, [b'x']), ({'size_bytes': 2}, [b'x']), ({'sha256': '0' * 64}, [b'x']),
                ({}, [b'y', digest]), ({'sha256': DIGEST}, []),
            ):  # fmt: skip
                self.refuses('UploadImage', Code.DATA_LOSS, 'CHECKSUM_MISMATCH', '', good | fields, data)

    def test_a_description_comes_first(self) -> None:
        chunk = pb.UploadImageRequest(chunk=b'x')
        for sent in ([], [chunk], [pb.UploadImageRequest()], [pb.UploadImageRequest(sha256=DIGEST)]):
            with self.subTest(str(sent)), self.fails(BAD, 'MISSING_FIELD', 'description'):
                self.stub.UploadImage(iter(sent), timeout=60)

    def test_an_unknown_format_is_refused_before_a_byte_is_sent(self) -> None:
        for _, where, name in self.each():
            for fields in ({'disk_format': 'floppy'}, {'container_format': 'box'}):
                asked: list[int] = []

                def slow(first: Fields, asked: list[int] = asked) -> Iterator[Any]:
                    yield pb.UploadImageRequest(description=first)
                    # The answer comes, although nothing but the description was ever sent.
                    end = time.monotonic() + 30
                    while not asked and time.monotonic() < end:
                        time.sleep(0.02)

                with self.fails(BAD, 'FORMAT_NOT_TAKEN', *fields):
                    try:
                        self.stub.UploadImage(slow(where | {'name': name} | RAW | fields), timeout=20)
                    finally:
                        asked.append(1)

    def test_records_are_not_changed_to_bad_values(self) -> None:
        for _, where, name in self.each():
            image = self.make(where, **RAW)
            good = where | {'name_or_id': image.id}
            for fields, reason, field in (
                ({'update_mask': {'paths': ['colour']}}, 'INVALID_FIELD', 'update_mask'),
                ({'update_mask': {'paths': ['id']}}, 'INVALID_FIELD', 'update_mask'),
                ({'properties': {'status': 'active'}}, 'INVALID_FIELD', 'properties'),
                ({'name': name + 'x' * 256}, 'CLOUD_REJECTED', ''),
                ({'visibility': 'secret'}, 'CLOUD_REJECTED', ''),
                ({'min_disk_gib': -1}, 'CLOUD_REJECTED', ''),
                ({'min_ram_mib': HUGE}, 'CLOUD_REJECTED', ''),
                ({'tags': ['x' * 256]}, 'CLOUD_REJECTED', ''),
            ):
                self.refuses('UpdateImage', BAD, reason, field, good | fields)
            self.refuses('AddImageTag', BAD, 'CLOUD_REJECTED', '', good | {'tag': 'x' * 256})
            for tag in ('no-such', 'a/b', '?x=1', '\0'):
                self.refuses('RemoveImageTag', Code.NOT_FOUND, 'NOT_FOUND', '', good | {'tag': tag})
            for rpc, field in (
                ('AddImageTag', 'tag'),
                ('RemoveImageTag', 'tag'),
                ('AddImageMember', 'member'),
                ('RemoveImageMember', 'member'),
            ):
                for wrong in ('.', '..'):
                    self.refuses(rpc, BAD, 'INVALID_FIELD', field, good | {field: wrong})
            found = self.stub.GetImage(pb.GetImageRequest(**good, max_age=NOW)).image
            self.assertEqual(found, image)

    def test_an_image_in_the_wrong_state_stays_as_it_is(self) -> None:
        for _, where, _name in self.each():
            image = self.make(where, **RAW, visibility='private')
            good = where | {'name_or_id': image.id}
            self.refuses('DownloadImage', STATE, 'NO_DATA', '', good)
            for rpc in ('DeactivateImage', 'ReactivateImage'):
                self.refuses(rpc, Code.FAILED_PRECONDITION, 'CONFLICT', '', good)
            self.refuses('AddImageMember', Code.PERMISSION_DENIED, 'CLOUD_FORBIDDEN', '', good | {'member': uuid.uuid4().hex})
            found = self.stub.GetImage(pb.GetImageRequest(**good, max_age=NOW)).image
            self.assertEqual(found, image)

    def test_no_part_is_read_that_is_not_there(self) -> None:
        for _, where, _name in self.each():
            fields = where | {'name': unique('image')} | RAW
            image = self.call('UploadImage', fields, [b'123']).image
            good = where | {'name_or_id': image.id}
            self.addCleanup(self.stub.DeleteImage, pb.DeleteImageRequest(**good))
            for part in ({'offset_bytes': 4}, {'offset_bytes': HUGE}, {'offset_bytes': HUGE, 'length_bytes': HUGE}):
                self.refuses('DownloadImage', BAD, 'INVALID_FIELD', 'offset_bytes', good | part)
            for part, wanted in (({'length_bytes': HUGE}, b'123'), ({'offset_bytes': 2, 'length_bytes': HUGE}, b'3')):
                told = self.call('DownloadImage', good | part)
                self.assertEqual(b''.join(one.chunk for one in told), wanted)
