# SPDX-License-Identifier: Apache-2.0
"""Whatever anybody sends to any RPC is answered, or refused with a reason: it is never a mistake of oaktree's.

The requests are made from the descriptors, so a new RPC is tested by being there. They do what they say, to simulated clouds
that nobody else uses; of real clouds they only read. ``OAKTREE_EXAMPLES=1000`` looks further than there is time for each time.
"""

import math
import os
import unittest
import zlib
from typing import Any
from unittest import mock

import grpc
from google.protobuf.descriptor import FieldDescriptor, MethodDescriptor
from google.protobuf.descriptor_pb2 import MethodOptions
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from google.rpc import error_details_pb2
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from oaktreemodel import v1 as pb

from oaktree.services import SERVICES
from tests.functional.base import REAL, Case, Stack, status

Code = grpc.StatusCode
EXAMPLES = int(os.environ.get('OAKTREE_EXAMPLES', '4'))
"""For each RPC."""
ROUND = 20
"""Examples of each RPC, after which the clouds begin anew: full ones only say that they are full."""
TIMEOUT = 30.0
"""Seconds; far more than any call needs that doesn't wait."""
WATCHED = 0.2
"""Seconds after which a watch is given up that goes on."""

ONE = '00000000-0000-4000-8000-0000000000fe'
"""Made into the id of one of what an RPC is about."""


def one(kind: str) -> str:
    """Made into the id of one of a kind, by the name of a field that would have it."""
    return '00000000-0000-4000-9000-' + kind[:12].rjust(12, '0')


NO_TEXT = 'no-utf-8'
"""Made into bytes that are no UTF-8, just before it is sent."""
WORDS = (
    'web', 'cirros', 'private', 'public', 'm1.tiny', 'default', 'alpha', 'beta', 'RegionOne', 'nova', 'admin', 'raw', 'nobody',
    'd290f1ee-6c54-4b01-90e6-d701748f0851', '10.0.0.5', '10.0.0.0/24', '999.0.0.1', '10.0.0.0/99', 'fe80::1', '::/0',
    '0.0.0.0/0', 'fa:16:3e:00:00:01', 'xx:yy', 'tcp', '80', '-1', '65536', '9' * 30, '1e400', 'true', 'name', 'location', '*',
    '.', '..', '../..', 'a/b', '/', '%2e', '%', '?x=1', '#', ' ', '\0', '\n', '\r\nX-Evil: 1', '\x7f\x1b[0m', 'é', '\u202e',
    '\ufffe', '\U0001f333', 'x' * 64, 'x' * 256, 'x' * 70_000, '[', "[?name=='x']", '{}', 'null', 'http://127.0.0.1:1/x', 'http://[',
    'file:///', 'ssh-rsa AAAA', '2026-13-01T00:00:00Z', 'None', NO_TEXT,
)  # fmt: skip
NUMBERS = (0, 1, -1, 2, 80, 255, 65_535, 65_536, 2**31 - 1, -(2**31))
LARGE = (*NUMBERS, 2**32, 2**63 - 1, -(2**63), 253402300800, 315576000001)
TAME: dict[str, tuple[Any, ...]] = {
    **dict.fromkeys(('request_id', 'page_token', 'jmespath', 'sha256', 'public_key', 'import_url'), ('',)),
    'name': ('made', 'made-too'), 'new_name': ('made',), 'flavor': ('m1.tiny',), 'image': ('cirros', 'web'),
    'network': ('private', 'web'), 'networks': ('private', 'web'), 'subnet': ('web',), 'cidr': ('10.9.0.0/24',),
    'ip_version': (4,),
    'disk_format': ('raw',), 'container_format': ('bare',), 'size_gib': (1, 2), 'security_groups': ('web', 'default'),
    'http_method': ('GET', 'PUT'), 'address': ('10.7.0.9',), 'port_min': (80,), 'port_max': (90,), 'page_size': (0, 10),
    'remote_ip_prefix': ('10.0.0.0/8',), 'monitor_address': ('10.0.0.9',), 'protocol_port': (80, 81),
    'protocol': ('HTTP', 'tcp'),
    'keys': ('web',), 'type': ('HTTP',), 'lb_algorithm': ('ROUND_ROBIN',), 'object_type': ('network',),
    'target_project_id': ('*',),
    'tag': ('web',), 'member': ('web',), 'addresses': ('10.3.0.0/24',), 'delay_seconds': (5,), 'timeout_seconds': (4,),
    'max_retries': (3,), 'sub_ports': (), 'ips': ('10.7.0.9',), 'auth_key': ('key',), 'volume_type': ('fast',),
    'metadata': (), 'description': (), 'access': (),
    'prefixes': ('10.64.0.0/16',), 'policy': (1, 'REDIRECT_TO_POOL'), 'count': (1,), 'method': ('GET',),
    **dict.fromkeys(
        (
            'address_group', 'backup', 'container', 'default_pool', 'floating_ip', 'keypair', 'l7_policy', 'listener',
            'load_balancer', 'member', 'object', 'pool', 'port', 'router', 'security_group', 'server', 'server_group',
            'snapshot', 'source_volume', 'subnet_pool', 'trunk', 'volume',
        ),
        ('web',),
    ),
    **{kind: (one(kind), 'web') for kind in ('server', 'volume', 'port', 'subnet', 'router', 'network', 'pool')},
    'name_or_id': (ONE, ONE, 'web'),
    'container': (ONE,),
}  # fmt: skip
"""What makes sense in a field, by its name."""


@st.composite
def scalars(draw: st.DrawFn, field: FieldDescriptor, wild: float) -> Any:
    """One value of a field: one that makes sense, or any."""
    is_text = field.cpp_type == FieldDescriptor.CPPTYPE_STRING and field.type != FieldDescriptor.TYPE_BYTES
    # One that is renamed could not be found again.
    renames = field.name == 'name' and 'name_or_id' in field.containing_type.fields_by_name
    sensible = [value for value in (('web',) if renames else TAME.get(field.name, ())) if isinstance(value, str) == is_text]
    if sensible and field.type != FieldDescriptor.TYPE_BYTES and draw(st.integers(0, 99)) >= 100 * wild:
        return draw(st.sampled_from(sensible))
    if is_text:
        return draw(st.one_of(st.sampled_from(WORDS), st.sampled_from(WORDS), st.text(max_size=20)))
    match field.cpp_type:
        case FieldDescriptor.CPPTYPE_STRING:
            return draw(st.sampled_from((b'', b'x', b'\xff' * 300, b'\0' * ((1 << 20) + 1))))
        case FieldDescriptor.CPPTYPE_BOOL:
            return draw(st.booleans())
        case FieldDescriptor.CPPTYPE_ENUM:
            return draw(st.sampled_from((*field.enum_type.values_by_number, 99, -1)))
        case FieldDescriptor.CPPTYPE_DOUBLE | FieldDescriptor.CPPTYPE_FLOAT:
            return draw(st.sampled_from((0.0, -1.5, 1e30, float('inf'), float('nan'))))
        case kind:
            bits = 31 if kind in (FieldDescriptor.CPPTYPE_INT32, FieldDescriptor.CPPTYPE_UINT32) else 63
            unsigned = kind in (FieldDescriptor.CPPTYPE_UINT32, FieldDescriptor.CPPTYPE_UINT64)
            least = 0 if unsigned else -(2**bits)
            return draw(st.sampled_from([number for number in LARGE if least <= number < 2**bits]))


@st.composite
def messages(draw: st.DrawFn, kind: Any, wild: float, depth: int = 0) -> Message:
    """Any message of a type.

    :param wild: the part of its fields that have any value at all; the others have one that makes sense, or none.
    """
    message: Any = GetMessageClass(kind)()
    for field in kind.fields:
        anything = draw(st.integers(0, 99)) < 100 * wild
        if field.name == 'wait':
            # One that is right would be waited for.
            if anything:
                message.wait.CopyFrom(draw(st.sampled_from([Duration(seconds=s, nanos=n) for s, n in WAITS])))
        elif field.name == 'location' and depth == 0 and not anything:
            message.location.cloud = draw(st.sampled_from(('alpha', 'alpha', 'alpha', 'beta')))
        elif field.name == 'paths' and kind.full_name == 'google.protobuf.FieldMask':
            message.paths.extend(draw(st.lists(st.sampled_from(PATHS), max_size=3)))
        elif depth < 4 and (anything or draw(st.integers(0, 19)) < (18 if field.name in TAME else 3)):
            _fill(draw, message, field, wild, depth)
    return message


WAITS = ((-1, 0), (0, -5), (0, 1), (0, 2_000_000_000), (2**62, 0), (-(2**63), 0), (0, 10_000_000))
PATHS = ('name', 'description', 'metadata', 'tags', 'location', 'id', 'name.x', '', '*', '\0', 'x' * 300, 'Name', NO_TEXT, *(
    sorted({field.name for service, _, _ in SERVICES for rpc in service.methods if rpc.name.startswith('Update')
            for field in rpc.input_type.fields})
))  # fmt: skip


def _fill(draw: st.DrawFn, message: Any, field: FieldDescriptor, wild: float, depth: int) -> None:
    """Set one field, to one value or some."""
    inner, there = field.message_type, getattr(message, field.name)
    count = draw(st.sampled_from((1, 1, 1, 0, 2, 3))) if field.is_repeated else 1
    if inner and inner.GetOptions().map_entry:
        value = inner.fields_by_name['value']
        for _ in range(count):
            key = draw(scalars(inner.fields_by_name['key'], wild))
            if value.message_type:
                there[key].CopyFrom(draw(messages(value.message_type, wild, depth + 1)))
            else:
                there[key] = draw(scalars(value, wild))
    elif field.is_repeated:
        there.extend(draw(messages(inner, wild, depth + 1) if inner else scalars(field, wild)) for _ in range(count))
    elif inner:
        there.CopyFrom(draw(messages(inner, wild, depth + 1)))
    else:
        setattr(message, field.name, draw(scalars(field, wild)))


def _bytes(message: Message) -> bytes:
    return message.SerializeToString().replace(NO_TEXT.encode(), b'\xff' * len(NO_TEXT))


@st.composite
def described(draw: st.DrawFn, kind: Any, wild: float) -> bytes:
    """A first message of a stream, which has the first field only."""
    first = kind.fields[0]
    message = draw(messages(first.message_type, wild))
    return _bytes(GetMessageClass(kind)(**{first.name: [message] if first.is_repeated else message}))


@st.composite
def wires(draw: st.DrawFn, rpc: MethodDescriptor) -> list[bytes]:
    """The bytes of what is sent: one message, or some in any order where it is a stream; now and then what is none."""
    count = draw(st.integers(0, 4)) if rpc.client_streaming else 1
    wild = draw(st.sampled_from((0.0, 0.0, 0.03, 0.1, 0.5)))
    sent = [_bytes(draw(messages(rpc.input_type, wild))) for _ in range(count)]
    if sent and rpc.client_streaming and draw(st.integers(0, 9)):
        # What it is about comes first, mostly.
        sent[0] = draw(described(rpc.input_type, wild))
    if sent and draw(st.integers(0, 19)) == 0:
        tail = draw(st.binary(max_size=50))
        sent[-1] = draw(st.sampled_from((tail, sent[-1] + tail, sent[-1][:-1], sent[-1] * 2)))
    return sent


class AnyInputTest(Case):
    """One test for each service."""

    @classmethod
    def setUpClass(cls) -> None:
        cls.enterClassContext(mock.patch('oaktree.backends.watching.INTERVAL', 0.05))
        cls.begin()

    @classmethod
    def begin(cls) -> None:
        """Clouds that nobody else uses, with one of each kind: then what is sent means something."""
        cls.ids: dict[str, str] = {}
        stack = Stack.shared() if REAL else Stack()
        cls.oaktree = stack.server
        if not REAL:
            cls.addClassCleanup(stack._exit.close)
            cls.ids = furnish(cls.oaktree)

    def failure(self, rpc: MethodDescriptor, sent: list[bytes]) -> Any:
        """The error that a call ends with, if it does."""
        sent = [self.meant(rpc, content) for content in sent]
        path, channel = f'/{rpc.containing_service.full_name}/{rpc.name}', self.oaktree.channel
        many = {(False, False): 'unary_unary', (True, False): 'stream_unary', (False, True): 'unary_stream'}
        kind = many.get((rpc.client_streaming, rpc.server_streaming), 'stream_stream')
        watches = kind == 'stream_stream'
        try:
            call = getattr(channel, kind)(path)
            answer = call(iter(sent) if rpc.client_streaming else sent[0], timeout=WATCHED if watches else TIMEOUT)
            for _ in answer if rpc.server_streaming else ():
                pass
        except grpc.RpcError as error:
            return None if watches and error.code() is Code.DEADLINE_EXCEEDED else error
        return None

    def meant(self, rpc: MethodDescriptor, content: bytes) -> bytes:
        """With the id of the one that an RPC is about, mostly by its name: one that was renamed is still there by its id."""
        about = min(
            (kind for kind in self.ids if kind in rpc.name),
            key=lambda kind: (rpc.name.index(kind), -len(kind)),
            default='Server',
        )
        for kind, its_id in self.ids.items():
            content = content.replace(one(kind.lower()).encode(), its_id.encode())
        return content.replace(ONE.encode(), self.ids.get(about, ONE).encode())

    def explained(self, rpc: MethodDescriptor, error: Any) -> None:
        """That it says whose mistake it was, and what to do."""
        said = f'{rpc.name}: {error.code()}: {error.details()[:500]}'
        self.assertNotIn(error.code(), (Code.INTERNAL, Code.UNKNOWN, Code.UNIMPLEMENTED), said)
        self.assertNotRegex(error.details(), r'Traceback|File "|gAAAA|<.* object at 0x')
        details = {detail.type_url.rpartition('.')[2]: detail.value for detail in status(error).details}
        told = error_details_pb2.ErrorInfo.FromString(details['ErrorInfo'])
        self.assertEqual(told.domain, 'oaktree', said)
        self.assertRegex(told.reason, '^[A-Z][A-Z0-9_]+$', said)
        self.assertTrue(error.details().strip(), said)
        if told.metadata.get('http_status', '') >= '500':
            self.fail(f'a cloud that was not made to fail: {said}')
        if error.code() is Code.INVALID_ARGUMENT and told.reason != 'CLOUD_REJECTED':
            bad = error_details_pb2.BadRequest.FromString(details['BadRequest'])
            self.assertTrue(bad.field_violations[0].field, said)
        if error.code() is Code.NOT_FOUND and 'http_status' not in told.metadata:
            self.assertIn('ResourceInfo', details, said)

    def anything(self, rpcs: list[MethodDescriptor]) -> None:
        """Examples of all these RPCs, in rounds."""
        for number in range(math.ceil(EXAMPLES / ROUND)):
            if number:
                self.doClassCleanups()
                self.setUpClass()
            # What is gone can't be tried.
            for rpc in sorted(rpcs, key=lambda rpc: rpc.name.startswith('Delete')):
                with self.subTest(rpc.name, round=number):
                    self.examples(rpc, number)

    def examples(self, rpc: MethodDescriptor, number: int) -> None:
        @seed(zlib.crc32(rpc.name.encode()) + number)
        @settings(
            max_examples=min(EXAMPLES, ROUND), database=None, deadline=None, report_multiple_bugs=False,
            phases=[Phase.generate], suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @given(sent=wires(rpc))
        def each(sent: list[bytes]) -> None:
            if error := self.failure(rpc, sent):
                try:
                    self.explained(rpc, error)
                except (AssertionError, KeyError) as wrong:
                    raise AssertionError(f'{rpc.name}: {wrong!r}: {error.code()}: {error.details()[:500]}') from None

        each()


def _test_of(rpcs: list[MethodDescriptor]) -> Any:
    def test(self: AnyInputTest) -> None:
        self.anything(rpcs)

    return test


for _service, _, _ in SERVICES:
    _mine = [
        rpc for rpc in _service.methods
        if not REAL or rpc.GetOptions().idempotency_level == MethodOptions.NO_SIDE_EFFECTS
    ]  # fmt: skip
    setattr(AnyInputTest, f'test_{_service.name}', _test_of(_mine))


def furnish(o: Any) -> dict[str, str]:
    """One of each kind in alpha.

    :returns: their ids, by kind.
    """
    ids = {'Container': ONE, 'Object': ONE}  # these have names only
    common: dict[str, Any] = {'location': {'cloud': 'alpha'}, 'name': 'web'}
    wait = {'wait': Duration(seconds=10)}
    for call, request in (
        (o.network.CreateNetwork, pb.CreateNetworkRequest(**common)),
        (o.network.CreateSubnet, pb.CreateSubnetRequest(**common, network='web', cidr='10.7.0.0/24')),
        (o.network.CreateRouter, pb.CreateRouterRequest(**common)),
        (o.network.CreatePort, pb.CreatePortRequest(**common, network='web')),
        (o.network.CreateSecurityGroup, pb.CreateSecurityGroupRequest(**common)),
        (o.network.CreateSubnetPool, pb.CreateSubnetPoolRequest(**common, prefixes=['10.32.0.0/16'])),
        (o.network.CreateAddressGroup, pb.CreateAddressGroupRequest(**common)),
        (o.compute.CreateKeypair, pb.CreateKeypairRequest(**common)),
        (o.compute.CreateServerGroup, pb.CreateServerGroupRequest(**common, policy=pb.SERVER_GROUP_POLICY_SOFT_ANTI_AFFINITY)),
        (o.compute.CreateServer, pb.CreateServerRequest(
            **common, flavor='m1.tiny', image='cirros', networks=['private'], **wait)),
        (o.block_storage.CreateVolume, pb.CreateVolumeRequest(**common, size_gib=1, **wait)),
        (o.block_storage.CreateVolumeSnapshot, pb.CreateVolumeSnapshotRequest(**common, volume='web')),
        (o.block_storage.CreateVolumeBackup, pb.CreateVolumeBackupRequest(**common, volume='web')),
        (o.object_store.CreateContainer, pb.CreateContainerRequest(**common | {'name': ONE})),
        (o.image.CreateImage, pb.CreateImageRequest(**common, disk_format='raw')),
        (o.load_balancer.CreateLoadBalancer, pb.CreateLoadBalancerRequest(**common, network='private', **wait)),
        (o.load_balancer.CreatePool, pb.CreatePoolRequest(
            **common, load_balancer='web', protocol='HTTP', lb_algorithm='ROUND_ROBIN', **wait)),
    ):  # fmt: skip
        made = next(one for _, one in call(request, timeout=TIMEOUT).ListFields() if isinstance(one, Message))
        if len(getattr(made, 'id', '')) == len(ONE):
            ids[made.DESCRIPTOR.name] = made.id
    o.object_store.UploadObject(
        iter([pb.UploadObjectRequest(description={**common, 'container': ONE, 'name': ONE})]), timeout=TIMEOUT
    )
    return ids


if __name__ == '__main__':
    unittest.main()
