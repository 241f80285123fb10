# SPDX-License-Identifier: Apache-2.0
"""What no cloud could serve is refused with the field's name, and a way out."""

import grpc
from google.protobuf.duration_pb2 import Duration
from google.rpc import error_details_pb2
from oaktreemodel import v1 as pb

from tests.functional.base import Case, status

Code = grpc.StatusCode


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
