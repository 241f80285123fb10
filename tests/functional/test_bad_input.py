# SPDX-License-Identifier: Apache-2.0
"""What no cloud could serve is refused with the field's name, and a way out."""

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import grpc
from google.protobuf.descriptor import FieldDescriptor, MethodDescriptor
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message_factory import GetMessageClass
from google.rpc import error_details_pb2
from oaktreemodel import v1 as pb

from oaktree.services import SERVICES
from tests.functional.base import Case, info, status

Code = grpc.StatusCode
RPCS = [rpc for service, _, _ in SERVICES for rpc in service.methods]
OWNERS = {
    'CreateImageUploadUrl': 'TOKEN_WITHHELD', 'CreateImageDownloadUrl': 'TOKEN_WITHHELD',
    'CreateToken': 'INSECURE_TRANSPORT', 'RevokeToken': 'TOKENS_NOT_USED',
}  # fmt: skip
"""These have to do with tokens, and are refused before they are read where an owner is served in plain text: RPC -> reason."""
NOBODY = 'nobody-has-this-name'
OURS = frozenset({'location', 'name_or_id', 'request_id', 'update_mask', 'wait', 'container', 'floating_ip', 'pool'})


class BadInputTest(Case):
    """INVALID_ARGUMENT with a BadRequest that names the field."""

    def refuses(self, request: pb.ListFlavorsRequest, reason: str, field: str, *words: str) -> None:
        with self.subTest(f'{field} {request}'.replace('\n', ' ')[:80]):
            with self.fails(Code.INVALID_ARGUMENT, reason, field, *words) as told:
                self.oaktree.compute.ListFlavors(request)
            bad = error_details_pb2.BadRequest()
            self.assertTrue(any(detail.Unpack(bad) for detail in status(told.error).details))
            self.assertEqual([violation.field for violation in bad.field_violations], [field])

    def test_an_unknown_place_is_refused(self) -> None:
        self.refuses(pb.ListFlavorsRequest(location={'cloud': 'gamma'}), 'UNKNOWN_CLOUD', 'location.cloud', 'alpha', 'beta')
        self.refuses(pb.ListFlavorsRequest(location={'region': 'nowhere'}), 'UNKNOWN_REGION', 'location.region', 'north-2')

    def test_an_unknown_filter_field_is_refused(self) -> None:
        for path in ('colour', 'location.planet', 'location', 'name.length', 'extra_specs', ''):
            self.refuses(pb.ListFlavorsRequest(filter={path: 'x'}), 'UNKNOWN_FIELD', f'filter[{path}]')
        for path, value in (('vcpus', 'many'), ('is_public', 'perhaps'), ('rxtx_factor', 'x')):
            self.refuses(pb.ListFlavorsRequest(filter={path: value}), 'INVALID_FIELD', f'filter[{path}]', value)

    def test_bad_jmespath_is_refused(self) -> None:
        for expression in (
            '[?name==', 'name', '[].name', '[].{name: name}', 'length(@)', '[0]', 'no_such_function(@)', "to_string(@)",
            '[?abs(name)]', 'x' * 1001, '[[@],[@],[@],[@],[@]]', '(' * 400,
            "join(join('a',[].id),[].id)", "[?ceil(to_number('inf')) > `1`]",
        ):  # fmt: skip
            self.refuses(pb.ListFlavorsRequest(jmespath=expression), 'INVALID_JMESPATH', 'jmespath')

    def test_numbers_that_proto_json_has_as_strings_are_explained(self) -> None:
        self.refuses(pb.ListFlavorsRequest(jmespath='[?ram_mib > `1`]'), 'INVALID_JMESPATH', 'jmespath', 'to_number')

    def test_bad_pages_are_refused(self) -> None:
        self.refuses(pb.ListFlavorsRequest(page_size=-1), 'INVALID_FIELD', 'page_size')
        self.refuses(pb.ListFlavorsRequest(page_token='made-up'), 'INVALID_PAGE_TOKEN', 'page_token')
        token = self.oaktree.compute.ListFlavors(pb.ListFlavorsRequest(page_size=1)).next_page_token
        self.refuses(pb.ListFlavorsRequest(page_token=token[:-4] + 'AAAA'), 'INVALID_PAGE_TOKEN', 'page_token')
        self.refuses(pb.ListFlavorsRequest(page_token=token, name_or_id='x'), 'INVALID_PAGE_TOKEN', 'page_token')
        with self.fails(Code.INVALID_ARGUMENT, 'INVALID_PAGE_TOKEN', 'page_token'):
            self.oaktree.image.ListImages(pb.ListImagesRequest(page_token=token))
        self.assertEqual(len(self.oaktree.compute.ListFlavors(pb.ListFlavorsRequest(page_token=token, page_size=2)).flavors), 2)

    def test_a_negative_age_or_wait_is_refused(self) -> None:
        self.refuses(pb.ListFlavorsRequest(max_age=Duration(seconds=-1)), 'INVALID_FIELD', 'max_age')
        with self.fails(Code.INVALID_ARGUMENT, 'INVALID_FIELD', 'wait'):
            self.oaktree.compute.DeleteServer(pb.DeleteServerRequest(name_or_id='x', wait=Duration(seconds=-1)))

    def test_a_missing_field_is_named(self) -> None:
        compute = self.oaktree.compute
        for call, request, field in (
            (compute.GetServer, pb.GetServerRequest(), 'name_or_id'),
            (compute.DeleteServer, pb.DeleteServerRequest(), 'name_or_id'),
            (compute.StopServer, pb.StopServerRequest(), 'name_or_id'),
            (compute.CreateKeypair, pb.CreateKeypairRequest(location={'cloud': 'alpha'}), 'name'),
            (compute.CreateKeypair, pb.CreateKeypairRequest(name='x'), 'location.cloud'),
            (compute.CreateServer, pb.CreateServerRequest(name='x', image='cirros'), 'flavor'),
            (compute.CreateServer, pb.CreateServerRequest(name='x', flavor='m1.tiny'), 'image'),
            (compute.CreateServer, pb.CreateServerRequest(name='x', flavor='m1.tiny', image='cirros'), 'location.cloud'),
            (self.oaktree.clouds.GetCapabilities, pb.GetCapabilitiesRequest(), 'location.cloud'),
        ):
            with self.subTest(field), self.fails(Code.INVALID_ARGUMENT, 'MISSING_FIELD', field):
                call(request)

    def test_what_is_too_large_or_malformed_is_refused(self) -> None:
        request = pb.CreateServerRequest(location={'cloud': 'alpha'}, name='x', flavor='m1.tiny', image='cirros')
        request.user_data = b'x' * 49_150
        with self.fails(Code.INVALID_ARGUMENT, 'INVALID_FIELD', 'user_data'):
            self.oaktree.compute.CreateServer(request)
        with self.fails(Code.INVALID_ARGUMENT, 'INVALID_FIELD', 'request_id', 'UUID'):
            self.oaktree.compute.DeleteKeypair(pb.DeleteKeypairRequest(name_or_id='x', request_id='once'))

    def test_nothing_is_made_in_another_project(self) -> None:
        location = {'cloud': 'alpha', 'project': {'name': 'not-mine'}}
        with self.fails(Code.INVALID_ARGUMENT, 'INVALID_FIELD', 'location.project', 'demo'):
            self.oaktree.compute.CreateKeypair(pb.CreateKeypairRequest(location=location, name='x'))

    def test_a_name_leads_nowhere_else_in_the_cloud(self) -> None:
        for name in ('..', '../servers', '/', '?all_tenants=1', 'a/b', '%2e%2e', '.', '\0', 'é' * 300):
            with self.subTest(name), self.fails(Code.NOT_FOUND, 'NOT_FOUND'):
                self.oaktree.compute.GetKeypair(pb.GetKeypairRequest(name_or_id=name))
            with self.subTest(name), self.fails(Code.NOT_FOUND, 'NOT_FOUND'):
                self.oaktree.compute.DeleteServer(pb.DeleteServerRequest(name_or_id=name))


def described(rpc: MethodDescriptor) -> tuple[Any, Any]:
    """An empty request, and what in it says what it is about: of a stream, its first field."""
    request: Any = GetMessageClass(rpc.input_type)()
    if not rpc.client_streaming:
        return request, request
    first = rpc.input_type.fields[0]
    inner = getattr(request, first.name).add() if first.is_repeated else getattr(request, first.name)
    inner.SetInParent()
    return request, inner


def having(*fields: str) -> Iterator[MethodDescriptor]:
    """The RPCs whose description has one of these fields."""
    return (rpc for rpc in RPCS if any(field in described(rpc)[1].DESCRIPTOR.fields_by_name for field in fields))


def supply(message: Any, field: FieldDescriptor) -> None:
    """Give a field a value that could be meant."""
    if field.name == 'update_mask':
        message.update_mask.paths.append(next(f.name for f in message.DESCRIPTOR.fields if f.name not in OURS))
    elif field.message_type and field.message_type.GetOptions().map_entry:
        getattr(message, field.name)['key'] = 'value'
    elif field.message_type:
        there = getattr(message, field.name)
        (there.add() if field.is_repeated else there).SetInParent()
    elif field.cpp_type == FieldDescriptor.CPPTYPE_STRING:
        text: Any = b'x' if field.type == FieldDescriptor.TYPE_BYTES else NOBODY
        getattr(message, field.name).append(text) if field.is_repeated else setattr(message, field.name, text)
    else:
        setattr(message, field.name, 1)


class AnyRpcTest(Case):
    """What is true of every RPC, those of tomorrow as well: nothing here names one that is like the others."""

    def sent(self, rpc: MethodDescriptor, content: bytes) -> Any:
        """How a call ends: an error, or None."""
        path, channel = f'/{rpc.containing_service.full_name}/{rpc.name}', self.oaktree.channel
        try:
            if rpc.client_streaming and rpc.server_streaming:
                list(channel.stream_stream(path)(iter([content]), timeout=30))
            elif rpc.client_streaming:
                channel.stream_unary(path)(iter([content]), timeout=30)
            elif rpc.server_streaming:
                list(channel.unary_stream(path)(content, timeout=30))
            else:
                channel.unary_unary(path)(content, timeout=30)
        except grpc.RpcError as error:
            return error
        return None

    def completed(self, rpc: MethodDescriptor, **set_first: str) -> tuple[str, Any]:
        """How a call ends when each field that is said to be missing is given: (reason, error)."""
        request, message = described(rpc)
        for field, value in set_first.items():
            setattr(message.location if field in ('cloud', 'region') else message, field, value)
        for _ in range(12):
            error = self.sent(rpc, request.SerializeToString())
            if error is None or info(error).reason != 'MISSING_FIELD':
                return (info(error).reason if error else 'OK'), error
            path = info(error).metadata['field']
            missing = message.DESCRIPTOR.fields_by_name.get(path.rpartition('.')[2])
            self.assertIsNotNone(missing, f'{path} is missing, and is no field: {error.details()}')
            self.assertFalse(
                message.HasField(path) if missing.has_presence and missing.message_type else False, error.details()
            )
            supply(message, missing)
        return self.fail(f'something is always missing: {error.details()}')

    def named(self, error: Any) -> str:
        """The field that INVALID_ARGUMENT names, in the details as in the message."""
        self.assertIs(error.code(), Code.INVALID_ARGUMENT, error.details())
        bad = error_details_pb2.BadRequest()
        self.assertTrue(any(detail.Unpack(bad) for detail in status(error).details))
        field: str = bad.field_violations[0].field
        self.assertEqual(info(error).metadata['field'], field)
        self.assertTrue(error.details().startswith(f'{field}: '), error.details())
        return field

    def refused(self, rpcs: Any, reason: str, field: str, change: Callable[[Any], Any]) -> None:
        """That each of these RPCs names a field, where something is wrong with it, or what is missing before it."""
        count = 0
        for rpc in rpcs:
            with self.subTest(rpc.name):
                request, message = described(rpc)
                missing: set[str] = set()
                while True:
                    change(message)
                    error = self.sent(rpc, request.SerializeToString())
                    self.assertIsNotNone(error)
                    if rpc.name in OWNERS and info(error).reason == OWNERS[rpc.name]:
                        break
                    named = self.named(error)
                    if info(error).reason == 'MISSING_FIELD' and named not in missing:
                        missing.add(named)
                        if named == 'location.cloud':
                            message.location.cloud = 'alpha'
                        else:
                            supply(message, message.DESCRIPTOR.fields_by_name[named])
                        continue
                    self.assertEqual((info(error).reason, named), (reason, field), error.details())
                    break
                count += 1
        self.assertTrue(count)

    def test_an_empty_request_is_answered_or_names_what_is_missing(self) -> None:
        for rpc in RPCS:
            with self.subTest(rpc.name):
                error = self.sent(rpc, b'')
                if error is None:
                    self.assertTrue(rpc.name.startswith('List') or rpc.name == 'GetCaller')
                elif rpc.name in OWNERS:
                    self.assertEqual(info(error).reason, OWNERS[rpc.name])
                else:
                    self.assertEqual(info(error).reason, 'MISSING_FIELD', error.details())
                    self.named(error)

    def test_an_unknown_place_is_refused_by_all(self) -> None:
        for field, reason in (('cloud', 'UNKNOWN_CLOUD'), ('region', 'UNKNOWN_REGION')):
            for rpc in having('location'):
                if rpc.name in OWNERS or (rpc.client_streaming and rpc.server_streaming):
                    continue
                with self.subTest(rpc.name, field=field):
                    said, error = self.completed(rpc, **{field: 'nowhere'})
                    self.assertEqual(said, reason, error and error.details())
                    self.assertEqual(self.named(error), f'location.{field}')

    def test_what_is_not_there_is_not_found(self) -> None:
        for rpc in having('name_or_id'):
            if rpc.name in OWNERS or rpc.name.startswith('List') or rpc.client_streaming:
                continue  # a list is empty then, and a watch waits for what is not there yet
            for name in (NOBODY, str(uuid.uuid4())):
                with self.subTest(rpc.name, name=name):
                    said, error = self.completed(rpc, cloud='alpha', name_or_id=name)
                    self.assertEqual(said, 'NOT_FOUND', error and error.details())
                    self.assertIs(error.code(), Code.NOT_FOUND)
                    resource = error_details_pb2.ResourceInfo()
                    self.assertTrue(any(detail.Unpack(resource) for detail in status(error).details), error.details())
                    self.assertTrue(resource.resource_type.startswith('oaktree.v1.'), resource)
                    self.assertTrue(resource.resource_name, resource)

    def test_what_is_no_message_is_refused(self) -> None:
        for rpc in RPCS:
            for content in (b'\xff\xff\xff', b'\x0a\x7fx', b'\x0c'):
                with self.subTest(rpc.name, content=content):
                    error = self.sent(rpc, content)
                    self.assertEqual((info(error).reason, self.named(error)), ('MALFORMED_REQUEST', 'request'))

    def test_text_that_is_no_utf_8_is_refused(self) -> None:
        for rpc in RPCS:
            request, message = described(rpc)
            fields = [field for field in message.DESCRIPTOR.fields if field.type == FieldDescriptor.TYPE_STRING]
            for field in fields:
                with self.subTest(rpc.name, field=field.name):
                    request, message = described(rpc)
                    there = getattr(message, field.name)
                    there.append('bad!') if field.is_repeated else setattr(message, field.name, 'bad!')
                    error = self.sent(rpc, request.SerializeToString().replace(b'bad!', b'\xff\xfe\xc0\x80'))
                    self.assertEqual((info(error).reason, self.named(error)), ('MALFORMED_REQUEST', 'request'))

    def test_a_negative_wait_is_refused_by_all(self) -> None:
        self.refused(having('wait'), 'INVALID_FIELD', 'wait', lambda message: setattr(message.wait, 'seconds', -1))

    def test_a_negative_age_is_refused_by_all(self) -> None:
        self.refused(having('max_age'), 'INVALID_FIELD', 'max_age', lambda message: setattr(message.max_age, 'nanos', -1))

    def test_a_request_id_that_is_none_is_refused_by_all(self) -> None:
        for request_id in ('once', 'x' * 70_000, '\0'):
            self.refused(
                having('request_id'),
                'INVALID_FIELD',
                'request_id',
                lambda message, it=request_id: setattr(message, 'request_id', it),
            )

    def test_an_unknown_path_is_refused_by_all(self) -> None:
        for path in ('planet', 'location', 'name_or_id', '', 'name.length', '\0', '*'):

            def change(message: Any, path: str = path) -> None:
                message.update_mask.paths[:] = [path]

            self.refused(having('update_mask'), 'INVALID_FIELD', 'update_mask', change)

    def test_a_number_that_is_no_word_is_refused_by_all(self) -> None:
        for rpc in RPCS:
            for field in described(rpc)[1].DESCRIPTOR.fields:
                # What a watch says of its kind is in test_watch.py.
                if field.enum_type and not field.is_repeated and not rpc.client_streaming:
                    for number in (99, -1):

                        def change(message: Any, name: str = field.name, number: int = number) -> None:
                            setattr(message, name, number)

                        self.refused([rpc], 'INVALID_FIELD', field.name, change)
