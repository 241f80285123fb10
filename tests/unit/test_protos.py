# SPDX-License-Identifier: Apache-2.0
"""What every .proto file promises: style, compatibility, and the shape that makes all resources alike."""

import pathlib
import shutil
import subprocess
import sys
import unittest
from collections.abc import Iterator

from google.protobuf import descriptor, descriptor_pb2, message
from oaktreemodel import v1 as pb

ROOT = pathlib.Path(__file__).parents[2]
PROTOS = ROOT / 'protos'

LIST_REQUEST = {
    'location': 1,
    'name_or_id': 2,
    'jmespath': 3,
    'filter': 4,
    'page_size': 5,
    'page_token': 6,
    'max_age': 7,
    'return_partial_success': 8,
}
OF_ONE = 9
"""From here on: what the list is of, where that belongs to one of another kind, and what only its service can select by."""
LIST_RESPONSE = {'next_page_token': 2, 'unreachable': 3, 'as_of': 4}  # and the resources, 1
RESOURCE = {'location': 1, 'id': 2, 'name': 3, 'properties': 99}

# These read a place, not something in it.
OF_A_PLACE = {
    'GetCaller', 'GetCapabilities', 'GetComputeLimits', 'GetComputeQuotas', 'GetNetworkQuotas', 'GetVolumeLimits',
    'GetVolumeQuotas',
}  # fmt: skip


def methods() -> Iterator[descriptor.MethodDescriptor]:
    known = (getattr(pb, name) for name in dir(pb))
    messages = (value for value in known if isinstance(value, type) and issubclass(value, message.Message))
    files = {item.DESCRIPTOR.file.name: item.DESCRIPTOR.file for item in messages}
    for _, file in sorted(files.items()):
        for service in file.services_by_name.values():
            yield from service.methods


def numbers(item: descriptor.Descriptor) -> dict[str, int]:
    return {field.name: field.number for field in item.fields}


def is_read(method: descriptor.MethodDescriptor) -> bool:
    return method.name.startswith(('Download', 'Get', 'List', 'Watch'))


def run(*command: object, cwd: pathlib.Path = PROTOS) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(word) for word in command], cwd=cwd, capture_output=True, text=True, check=False)


class Files(unittest.TestCase):
    def setUp(self) -> None:
        beside = pathlib.Path(sys.executable).parent / 'buf'
        self.buf = str(beside) if beside.exists() else shutil.which('buf') or self.fail('buf-bin is not installed')

    def assert_succeeds(self, *command: object) -> str:
        done = run(*command)
        self.assertEqual(0, done.returncode, done.stdout + done.stderr)
        return done.stdout

    def test_pass_lint(self) -> None:
        self.assert_succeeds(self.buf, 'lint')

    def test_are_formatted(self) -> None:
        self.assertEqual('', self.assert_succeeds(self.buf, 'format', '--diff'))

    def test_break_no_release(self) -> None:
        # All of them, not only the last: a break that slipped through once is still seen by the next run.
        released = sorted((PROTOS / 'released').glob('*.binpb'))
        self.assertTrue(released)
        for image in released:
            with self.subTest(image=image.name):
                self.assert_succeeds(self.buf, 'breaking', '--against', image)

    def test_are_what_the_generated_code_was_made_from(self) -> None:
        self.assert_succeeds(ROOT / 'tools' / 'build_protos.sh', '--check')


class Shape(unittest.TestCase):
    def each(self, prefix: str = '') -> Iterator[descriptor.MethodDescriptor]:
        for method in methods():
            if method.name.startswith(prefix):
                with self.subTest(method=method.full_name):
                    yield method

    def test_there_are_methods(self) -> None:
        self.assertGreater(len(list(methods())), 20)

    def test_every_request_starts_with_a_location(self) -> None:
        for method in self.each():
            first = method.input_type.fields_by_number[1]
            if method.client_streaming:
                # A stream is made of commands, and the first of them is the request.
                first = first.message_type.fields_by_number[1]
            self.assertEqual('location', first.name)
            self.assertEqual(pb.Location.DESCRIPTOR.full_name, first.message_type.full_name)
            self.assertFalse(first.is_repeated)

    def test_every_list_is_asked_for_alike(self) -> None:
        for method in self.each('List'):
            self.assertEqual(LIST_REQUEST, {name: n for name, n in numbers(method.input_type).items() if n < OF_ONE})

    def test_every_list_is_answered_alike(self) -> None:
        for method in self.each('List'):
            resources = method.output_type.fields_by_number[1]
            self.assertTrue(resources.is_repeated)
            self.assertEqual({resources.name: 1, **LIST_RESPONSE}, numbers(method.output_type))

    def test_every_get_takes_a_name_or_an_id(self) -> None:
        for method in self.each('Get'):
            if method.name not in OF_A_PLACE:
                self.assertEqual(2, numbers(method.input_type).get('name_or_id'))

    def test_every_resource_has_the_common_fields(self) -> None:
        for method in self.each('List'):
            resource = method.output_type.fields_by_number[1].message_type
            self.assertEqual(RESOURCE, {name: n for name, n in numbers(resource).items() if name in RESOURCE})

    def test_reads_and_only_reads_say_that_they_change_nothing(self) -> None:
        # Clients try exactly those again by themselves.
        for method in self.each():
            level = method.GetOptions().idempotency_level
            self.assertEqual(is_read(method), level == descriptor_pb2.MethodOptions.NO_SIDE_EFFECTS)

    def test_every_change_can_be_repeated(self) -> None:
        for method in self.each():
            # Bytes can't be had a second time, a URL makes nothing, a token is kept for nobody, and one is not revoked twice.
            once = method.client_streaming or method.name.endswith('Url') or method.containing_service.name == 'TokenService'
            if not (is_read(method) or once):
                field = method.input_type.fields_by_name['request_id']
                self.assertEqual(field.TYPE_STRING, field.type)
