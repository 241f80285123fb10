# SPDX-License-Identifier: Apache-2.0
"""What is wrong in the same way with the requests of every RPC of a service."""

import uuid
from collections.abc import Iterable, Iterator
from typing import Any

import grpc
from google.protobuf import descriptor_pool
from google.protobuf.duration_pb2 import Duration
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.message import Message
from oaktreemodel import v1 as pb

from tests.functional.base import Case

Code = grpc.StatusCode
NO = 'no-such'
OURS = frozenset({'filter', 'jmespath', 'page_size', 'page_token', 'max_age', 'wait', 'request_id', 'update_mask'})
OTHERS = {'project': {'name': 'not-mine'}}
Row = tuple[Any, Message, grpc.StatusCode, str, str]
"""(call, request, status, reason, field that the error names or a word that it has)"""


class BadCase(Case):
    """Refusals that a table foretells."""

    seen: set[str]

    def setUp(self) -> None:
        self.seen = set()

    def refused(self, call: Any, request: Message, code: grpc.StatusCode, reason: str, named: str = '', *words: str) -> None:
        """Expect this of one request: where it is ours to refuse, the field, and where it is the cloud's, the word."""
        self.seen.add(type(request).__name__.removesuffix('Request'))
        with self.subTest(f'{type(request).__name__}({request})'.replace('\n', ' ')[:160], named=named):
            with self.fails(code, reason, *words) as told:
                call(request, timeout=120)
            if named and (reason in ('NOT_FOUND', 'ALREADY_EXISTS') or reason.startswith('CLOUD')):
                self.assertIn(named, told.error.details())
            elif named:
                self.assertEqual(told.info.metadata.get('field'), named, told.error.details())

    def table(self, rows: Iterable[Row]) -> None:
        """All of these."""
        for row in rows:
            self.refused(*row)

    def whatever_it_does(self, service: str, cloud: str) -> None:
        """What no RPC of a service takes."""
        stub = getattr(pb, f'{service}Stub')(self.oaktree.channel)
        for rpc in rpcs(service):
            call, kind, has = getattr(stub, rpc.name), getattr(pb, rpc.input_type.name), rpc.input_type.fields_by_name
            for field, value, reason, named in WRONG:
                if field in has:
                    self.refused(call, filled(kind, cloud, **{field: value}), Code.INVALID_ARGUMENT, reason, named or field)
            where = {'location': {'cloud': cloud, 'region': NO}}
            self.refused(call, filled(kind, cloud, **where), Code.INVALID_ARGUMENT, 'UNKNOWN_REGION', 'location.region')
            if 'name_or_id' in has and 'filter' not in has:
                self.refused(call, filled(kind, cloud, name_or_id=''), Code.INVALID_ARGUMENT, 'MISSING_FIELD')
                for name in (NO, str(uuid.uuid4()), '../volumes', 'é' * 300):
                    self.refused(call, filled(kind, cloud, name_or_id=name), Code.NOT_FOUND, 'NOT_FOUND')
        self.assertEqual(self.seen, {rpc.name for rpc in rpcs(service)})

    def without(self, service: str, stub: Any, cloud: str) -> None:
        """What a cloud without the service answers to each of its RPCs."""
        for rpc in rpcs(service):
            call, kind = getattr(stub, rpc.name), getattr(pb, rpc.input_type.name)
            self.refused(call, filled(kind, cloud, bare=True), Code.FAILED_PRECONDITION, 'SERVICE_ABSENT')
        self.assertEqual(self.seen, {rpc.name for rpc in rpcs(service)})


WRONG: tuple[tuple[str, Any, str, str], ...] = (
    ('location', {'cloud': NO}, 'UNKNOWN_CLOUD', 'location.cloud'),
    ('request_id', 'once', 'INVALID_FIELD', ''),
    ('wait', Duration(seconds=-1), 'INVALID_FIELD', ''),
    ('max_age', Duration(seconds=-1), 'INVALID_FIELD', ''),
    ('page_size', -1, 'INVALID_FIELD', ''),
    ('page_token', 'made-up', 'INVALID_PAGE_TOKEN', ''),
    ('jmespath', '[?name==', 'INVALID_JMESPATH', ''),
    ('filter', {NO: 'x'}, 'UNKNOWN_FIELD', f'filter[{NO}]'),
    ('update_mask', FieldMask(paths=['no_such']), 'INVALID_FIELD', ''),
)
"""(field, value, reason, field that the error names if it is another)"""


def rpcs(service: str) -> Iterator[Any]:
    """The methods of a service."""
    found: Any = descriptor_pool.Default().FindServiceByName(f'oaktree.v1.{service}')
    yield from found.methods


def filled(kind: Any, cloud: str, bare: bool = False, **given: Any) -> Any:
    """A request that has all that it needs, but of what there is not.

    :param bare: leave out what is looked up in another service, and all that a request must not have beside others.
    """
    fields: dict[str, Any] = {'location': {'cloud': cloud}}
    for field in kind.DESCRIPTOR.fields:
        if field.is_repeated or field.message_type or field.name in OURS or (bare and field.name in ELSEWHERE):
            continue
        if field.type == field.TYPE_STRING:
            fields[field.name] = str(uuid.uuid4()) if field.name == 'id' else NO
        elif not field.has_presence and field.type not in (field.TYPE_BOOL, field.TYPE_DOUBLE):
            fields[field.name] = 1
    if 'filter' in kind.DESCRIPTOR.fields_by_name:
        fields.pop('name_or_id')
    return kind(**fields | given)


ELSEWHERE = frozenset({'image', 'network', 'port', 'subnet'})
