# SPDX-License-Identifier: Apache-2.0
"""What ComputeService can't do, it says by status, reason and field, and leaves nothing half-made."""

import contextlib
from collections.abc import Iterator
from typing import Any

import grpc
from google.protobuf.duration_pb2 import Duration
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.internal import encoder
from oaktreemodel import v1 as pb
from oaktreemodel.v1 import compute_service_pb2

from oaktree.settings import SettingsError
from tests.functional.base import CLOUDS, WAIT, Case, Cloud, ServerThread, unique

Code = grpc.StatusCode
NOW = Duration()
LONG = 240
"""Seconds for one call."""
NOBODY = '00000000-0000-4000-8000-000000000000'
BAD, STATE = Code.INVALID_ARGUMENT, Code.FAILED_PRECONDITION
RPCS = {rpc.name: rpc for rpc in compute_service_pb2.DESCRIPTOR.services_by_name['ComputeService'].methods}
AFFINITY = pb.SERVER_GROUP_POLICY_AFFINITY

NEEDED: dict[str, dict[str, Any]] = {
    'CreateKeypair': {'name': 'x'}, 'CreateServer': {'name': 'x', 'flavor': 'x', 'image': 'x'},
    'ResizeServer': {'flavor': 'x'}, 'UpdateServer': {'name': 'x'}, 'SetServerMetadata': {'metadata': {'a': 'b'}},
    'DeleteServerMetadata': {'keys': ['a']}, 'AddServerSecurityGroups': {'security_groups': ['default']},
    'RemoveServerSecurityGroups': {'security_groups': ['default']}, 'CreateImageSnapshot': {'name': 'x'},
    'AttachInterface': {'network': 'x'}, 'DetachInterface': {'port': 'x'},
    'CreateServerGroup': {'name': 'x', 'policy': AFFINITY},
}  # fmt: skip
"""What an RPC can't do without, beside the server or whatever it is about."""

ODDLY = ('GetServer', 'DeleteServer', 'DeleteKeypair', 'DeleteServerGroup', 'GetFlavor', 'GetServerConsole')
"""RPCs that are tried with odd names: what is asked by another verb would show how they are written into a path."""

TEXTS = ('x' * 256, ' x', 'x ', 'a\nb', '\0')
"""No name for Nova: too long, with spaces around it, with what can't be printed."""


METADATA = ({'': 'x'}, {'x' * 256: ''}, {'a': 'x' * 256}, {'a/b': ''})
TAGS = (['x' * 61], ['a,b'], ['a/b'], [''], [f'{n}' for n in range(51)])
TOO_MANY = {f'{n}': '' for n in range(129)}
"""One more than Nova allows, unless its operator says otherwise."""


def subject(rpc: str) -> str:
    """The field that says what an RPC is about; empty where it is about nothing that there is."""
    fields = RPCS[rpc].input_type.fields_by_name
    if rpc.startswith('List'):
        return 'server' if 'server' in fields else ''
    return next((name for name in ('name_or_id', 'server') if name in fields), '')


def request(rpc: str, **fields: Any) -> Any:
    return getattr(pb, f'{rpc}Request')(**fields)


class BadCase(Case):
    """A test whose every call fails."""

    def call(self, rpc: str, **fields: Any) -> Any:
        return getattr(self.oaktree.compute, rpc)(request(rpc, **fields), timeout=LONG)

    def refuses(self, rpc: str, code: grpc.StatusCode, why: str, about: str = '', /, **fields: Any) -> None:
        """Expect this status and reason, and the field that it is about."""
        shown = {name: value for name, value in fields.items() if name not in ('location', 'name_or_id', 'wait')}
        with self.subTest(f'{rpc} {why} {shown}'[:120]):
            with self.fails(code, why) as told:
                self.call(rpc, **fields)
            self.assertEqual(told.info.metadata['field'], about, told.error.details())

    def leaves_nothing(self, where: dict[str, Any], name: str) -> None:
        """Nothing that ComputeService can make has this in its name."""
        compute, image = self.oaktree.compute, self.oaktree.image
        left = []
        for delete, request_of, listed in (
            (compute.DeleteServer, pb.DeleteServerRequest,
             compute.ListServers(pb.ListServersRequest(**where, max_age=NOW)).servers),
            (compute.DeleteKeypair, pb.DeleteKeypairRequest,
             compute.ListKeypairs(pb.ListKeypairsRequest(**where, max_age=NOW)).keypairs),
            (compute.DeleteServerGroup, pb.DeleteServerGroupRequest,
             compute.ListServerGroups(pb.ListServerGroupsRequest(**where, max_age=NOW)).server_groups),
            (image.DeleteImage, pb.DeleteImageRequest, image.ListImages(pb.ListImagesRequest(**where, max_age=NOW)).images),
        ):  # fmt: skip
            for one in listed:
                if name in one.name:
                    left.append(one.name)
                    delete(request_of(**where, name_or_id=one.id), timeout=60)
        self.assertEqual(left, [])


class EveryRpcTest(BadCase):
    """What holds for each of them, told by its request's fields. None of it is asked of a cloud but names."""

    def test_a_missing_field_is_named(self) -> None:
        where = {'location': {'cloud': CLOUDS[0].name}}
        for rpc in RPCS:
            if about := subject(rpc):
                self.refuses(rpc, BAD, 'MISSING_FIELD', about, **where, **NEEDED.get(rpc, {}))
            for field in NEEDED.get(rpc, {}):
                left = {name: value for name, value in NEEDED[rpc].items() if name != field}
                missing = 'update_mask' if rpc == 'UpdateServer' else field
                self.refuses(rpc, BAD, 'MISSING_FIELD', missing, **where, **left, **({about: CLOUDS[0].name} if about else {}))
            if not (about or rpc.startswith('List')):
                self.refuses(rpc, BAD, 'MISSING_FIELD', 'location.cloud', **NEEDED.get(rpc, {}))

    def test_an_unknown_place_is_named(self) -> None:
        for rpc in RPCS:
            about = {subject(rpc): 'x'} if subject(rpc) else {}
            for location, reason, field in (
                ({'cloud': 'gamma'}, 'UNKNOWN_CLOUD', 'location.cloud'),
                ({'cloud': 'x' * 5000}, 'UNKNOWN_CLOUD', 'location.cloud'),
                ({'cloud': CLOUDS[0].name, 'region': 'no-such'}, 'UNKNOWN_REGION', 'location.region'),
            ):  # fmt: skip
                self.refuses(rpc, BAD, reason, field, location=location, **about, **NEEDED.get(rpc, {}))

    def test_a_number_below_zero_or_a_malformed_id_is_refused(self) -> None:
        for rpc, method in RPCS.items():
            known = method.input_type.fields_by_name
            given = (
                {'location': {'cloud': CLOUDS[0].name}} | NEEDED.get(rpc, {}) | ({subject(rpc): 'x'} if subject(rpc) else {})
            )
            for field, value in (
                ('wait', Duration(seconds=-1)), ('max_age', Duration(nanos=-1)), ('page_size', -1), ('lines', -(2**31)),
                ('request_id', 'once'), ('request_id', 'x' * 5000),
            ):  # fmt: skip
                if field in known:
                    self.refuses(rpc, BAD, 'INVALID_FIELD', field, **given, **{field: value})

    def test_a_name_that_nothing_has_is_named_back(self) -> None:
        odd = ('x' * 3000, '../flavors', '?all_tenants=1', '%2e', '..', '\0', 'é' * 300, '\U0001f333')
        for cloud in CLOUDS:
            for rpc in filter(subject, RPCS):
                for name in ('no-such', NOBODY, *(odd if rpc in ODDLY else ())):
                    fields = {'location': {'cloud': cloud.name}, subject(rpc): name} | NEEDED.get(rpc, {})
                    self.refuses(rpc, Code.NOT_FOUND, 'NOT_FOUND', subject(rpc), **fields)

    def test_bytes_that_are_no_text_are_refused(self) -> None:
        for rpc, method in RPCS.items():
            path = f'/{method.containing_service.full_name}/{rpc}'
            raw = self.oaktree.channel.unary_unary(path, None, None)
            for field in method.input_type.fields:
                if field.type != field.TYPE_STRING:
                    continue
                with self.subTest(f'{rpc} {field.name}'), self.fails(BAD, 'MALFORMED_REQUEST'):
                    raw(encoder.TagBytes(field.number, 2) + b'\2\xc3\x28', timeout=60)

    def test_what_is_another_projects_is_not_there(self) -> None:
        for cloud in CLOUDS:
            with self.subTest(cloud.name), self.elsewhere(cloud) as (other, where):
                server = self.create_server(cloud)
                for rpc in RPCS:
                    if subject(rpc) and 'Keypair' not in rpc and 'Flavor' not in rpc:
                        fields = where | NEEDED.get(rpc, {}) | {subject(rpc): server.id}
                        with self.subTest(rpc), self.fails(Code.NOT_FOUND, 'NOT_FOUND', server.id):
                            getattr(other.compute, rpc)(request(rpc, **fields), timeout=LONG)
                mine = pb.ListServerInterfacesRequest(location={'cloud': cloud.name}, server=server.id)
                [nic] = self.oaktree.compute.ListServerInterfaces(mine, timeout=60).interfaces
                good = where | {'name': unique('bad'), 'flavor': cloud.flavor, 'image': cloud.image}
                with self.fails(Code.NOT_FOUND, 'NOT_FOUND', nic.id) as told:
                    other.compute.CreateServer(pb.CreateServerRequest(**good, ports=[nic.id]), timeout=LONG)
                self.assertEqual(told.info.metadata['field'], 'ports')
                found = self.call('GetServer', location={'cloud': cloud.name}, name_or_id=server.id, max_age=NOW).server
                self.assertEqual((found.state, found.locked, found.name), (pb.SERVER_STATE_ACTIVE, False, server.name))

    @contextlib.contextmanager
    def elsewhere(self, cloud: Cloud) -> Iterator[tuple[ServerThread, dict[str, Any]]]:
        """A server for another project of a cloud."""
        name = f'{cloud.name}-other'
        try:
            server = ServerThread(self.stack.config, name)
        except SettingsError as error:
            self.skipTest(str(error))
        with contextlib.closing(server):
            yield server, {'location': {'cloud': name}}


class BadValuesTest(BadCase):
    """What a cloud would not take, for one thing or for another."""

    def each(self) -> Iterator[tuple[Cloud, dict[str, Any], str]]:
        """Each cloud, and a name of which nothing may be left."""
        for cloud in CLOUDS:
            where, name = {'location': {'cloud': cloud.name}}, unique('bad')
            self.addCleanup(self.leaves_nothing, where, name)
            yield cloud, where, name

    def test_no_server_is_made_of_bad_values(self) -> None:
        for cloud, where, name in self.each():
            good = where | {'name': name, 'flavor': cloud.flavor, 'image': cloud.image, 'wait': WAIT}
            for values in (
                *({'name': name + text} for text in TEXTS if text != ' x'), {'name': f' {name}'}, {'name': f'{name}\U0001f333'},
                {'description': 'x' * 256}, {'description': 'a\nb'}, {'key_name': 'no-such'}, {'key_name': 'x' * 256},
                *({'metadata': metadata} for metadata in METADATA), *({'tags': tags} for tags in TAGS),
                {'location': {'cloud': cloud.name, 'zone': 'no-such'}}, {'location': {'cloud': cloud.name, 'zone': 'x' * 256}},
                {'boot_from_volume': True, 'volume_size_gib': 2**62},
            ):  # fmt: skip
                self.refuses('CreateServer', BAD, 'CLOUD_REJECTED', **good | values)
            for code, reason, field, values in (
                (BAD, 'INVALID_FIELD', 'volume_size_gib', {'boot_from_volume': True, 'volume_size_gib': -1}),
                (BAD, 'INVALID_FIELD', 'volume_size_gib', {'volume_size_gib': 1}),
                (BAD, 'INVALID_FIELD', 'terminate_volume', {'terminate_volume': True}),
                (BAD, 'INVALID_FIELD', 'boot_volume', {'boot_volume': 'x'}),
                (BAD, 'INVALID_FIELD', 'boot_volume', {'boot_volume': 'x', 'image': '', 'boot_from_volume': True}),
                (BAD, 'INVALID_FIELD', 'user_data', {'user_data': b'x' * 49_150}),
                (BAD, 'INVALID_FIELD', 'location.project', {'location': {'cloud': cloud.name, 'project': {'name': 'no-such'}}}),
                *((Code.NOT_FOUND, 'NOT_FOUND', field, {field: 'no-such'}) for field in ('flavor', 'image', 'server_group')),
                *((Code.NOT_FOUND, 'NOT_FOUND', field, {field: [no]}) for no in ('no-such', NOBODY)
                  for field in ('networks', 'ports', 'security_groups', 'volumes')),
                (Code.NOT_FOUND, 'NOT_FOUND', 'boot_volume', {'boot_volume': 'no-such', 'image': ''}),
                (Code.RESOURCE_EXHAUSTED, 'QUOTA_EXCEEDED', '', {'metadata': TOO_MANY}),
            ):  # fmt: skip
                self.refuses('CreateServer', code, reason, field, **good | values)

    def test_no_key_pair_is_made_of_bad_values(self) -> None:
        for _, where, name in self.each():
            for values in (
                {'name': name + 'x' * 256}, {'name': f'{name}/x'}, {'name': f'{name} \xe9'}, {'name': f' {name}'},
                {'public_key': 'no key'}, {'public_key': 'ssh-rsa AAAA'}, {'public_key': 'ssh-rsa ' + 'A' * 100_000},
            ):  # fmt: skip
                self.refuses('CreateKeypair', BAD, 'CLOUD_REJECTED', **where | {'name': name} | values)
            self.call('CreateKeypair', **where, name=name)
            try:
                self.refuses('CreateKeypair', Code.ALREADY_EXISTS, 'ALREADY_EXISTS', **where, name=name)
            finally:
                self.oaktree.compute.DeleteKeypair(pb.DeleteKeypairRequest(**where, name_or_id=name), timeout=60)

    def test_no_server_group_is_made_of_bad_values(self) -> None:
        apart = pb.SERVER_GROUP_POLICY_ANTI_AFFINITY
        for _, where, name in self.each():
            for reason, field, values in (
                *(('CLOUD_REJECTED', '', {'name': name + text}) for text in TEXTS if text != ' x'),
                ('INVALID_FIELD', 'policy', {'policy': 77}), ('INVALID_FIELD', 'policy', {'policy': -1}),
                ('INVALID_FIELD', 'max_servers_per_host', {'max_servers_per_host': 1}),
                ('INVALID_FIELD', 'max_servers_per_host', {'max_servers_per_host': -1, 'policy': apart}),
                ('INVALID_FIELD', 'max_servers_per_host', {'max_servers_per_host': -(2**31), 'policy': apart}),
            ):  # fmt: skip
                self.refuses('CreateServerGroup', BAD, reason, field, **where | {'name': name, 'policy': AFFINITY} | values)

    def test_a_server_stays_as_it_was(self) -> None:
        for cloud, where, name in self.each():
            server = self.create_server(cloud, metadata={'kept': 'yes'}, description='kept')
            rejected, quota = (BAD, 'CLOUD_REJECTED'), (Code.RESOURCE_EXHAUSTED, 'QUOTA_EXCEEDED')
            missing, wrong = (Code.NOT_FOUND, 'NOT_FOUND'), (BAD, 'INVALID_FIELD')
            for rpc, told, values in (
                *(('UpdateServer', rejected, {'name': text}) for text in TEXTS),
                ('UpdateServer', rejected, {'description': 'x' * 256}),
                ('UpdateServer', rejected, {'update_mask': FieldMask(paths=['name'])}),
                ('UpdateServer', (*wrong, 'update_mask'), {'update_mask': FieldMask(paths=['id', 'name'])}),
                *(('SetServerMetadata', rejected, {'metadata': metadata}) for metadata in METADATA),
                ('SetServerMetadata', quota, {'metadata': TOO_MANY}),
                ('DeleteServerMetadata', (*missing, 'keys'), {'keys': ['kept', 'no-such']}),
                ('DeleteServerMetadata', (*missing, 'keys'), {'keys': ['../metadata']}),
                ('AddServerSecurityGroups', (*missing, 'security_groups'), {'security_groups': ['no-such']}),
                ('RemoveServerSecurityGroups', (*missing, 'security_groups'), {'security_groups': [NOBODY]}),
                ('LockServer', rejected, {'reason': 'x' * 256}),
                *(('DetachInterface', (*missing, 'port'), {'port': port}) for port in ('no-such', NOBODY)),
                *(('RebuildServer', rejected, {'name': text}) for text in TEXTS),
                *(('RebuildServer', rejected, {'metadata': metadata}) for metadata in METADATA),
                ('RebuildServer', quota, {'metadata': TOO_MANY}),
                ('RebuildServer', (*missing, 'image'), {'image': 'no-such'}),
                ('RebuildServer', (*wrong, 'user_data'), {'user_data': b'x' * 49_150}),
                ('ResizeServer', (*missing, 'flavor'), {'flavor': 'no-such'}),
                ('ResizeServer', rejected, {'flavor': cloud.flavor}),
                ('RescueServer', (*missing, 'image'), {'image': NOBODY}),
            ):  # fmt: skip
                self.refuses(rpc, *told, **where, name_or_id=server.id, **values)
            for values in (*({'name': name + text} for text in TEXTS if text != ' x'), {'metadata': {'x' * 256: ''}}):
                self.refuses('CreateImageSnapshot', *rejected, **where | {'server': server.id, 'name': name} | values)
            self.same(server)

    def same(self, server: pb.Server) -> None:
        where = {'cloud': server.location.cloud}
        now = self.call('GetServer', location=where, name_or_id=server.id, max_age=NOW).server
        for field in (
            'state',
            'name',
            'description',
            'metadata',
            'image_id',
            'flavor',
            'addresses',
            'security_groups',
            'locked',
        ):
            self.assertEqual(getattr(now, field), getattr(server, field), field)


class WrongStateTest(BadCase):
    """What a server's state does not allow."""

    def conflicts(self, server: pb.Server, *rpcs: str, **values: Any) -> None:
        for rpc in rpcs:
            fields = {'location': {'cloud': server.location.cloud}, subject(rpc): server.id} | NEEDED.get(rpc, {}) | values
            self.refuses(rpc, STATE, 'CONFLICT', **fields)

    def told(self, rpc: str, server: pb.Server) -> int:
        where = {'location': {'cloud': server.location.cloud}, 'name_or_id': server.id}
        wait = {'wait': WAIT} if 'wait' in RPCS[rpc].input_type.fields_by_name else {}
        return self.call(rpc, **where, **wait).server.state

    def test_a_server_does_only_what_its_state_allows(self) -> None:
        for cloud in CLOUDS:
            with self.subTest(cloud.name):
                server = self.create_server(cloud, metadata={'a': 'b'})
                back = ('UnpauseServer', 'ResumeServer', 'UnrescueServer', 'UnshelveServer', 'ConfirmServerResize',
                        'RevertServerResize')  # fmt: skip
                self.conflicts(server, 'StartServer', *back)
                self.assertEqual(self.told('PauseServer', server), pb.SERVER_STATE_SUSPENDED)
                self.conflicts(server, 'PauseServer', 'StartServer', 'StopServer', 'SuspendServer', 'RebootServer', *back[1:])
                self.conflicts(server, 'RescueServer', 'RebuildServer')
                self.conflicts(server, 'ResizeServer', flavor=self.bigger(cloud))
                self.assertEqual(self.told('UnpauseServer', server), pb.SERVER_STATE_ACTIVE)
                self.assertEqual(self.told('StopServer', server), pb.SERVER_STATE_STOPPED)
                self.conflicts(server, 'StopServer', 'PauseServer', 'SuspendServer', 'RebootServer', *back)

    def bigger(self, cloud: Cloud) -> str:
        listed = self.call('ListFlavors', location={'cloud': cloud.name}).flavors
        return next(flavor.name for flavor in listed if flavor.name != cloud.flavor)

    def test_a_locked_server_is_changed_by_nothing(self) -> None:
        for cloud in CLOUDS:
            with self.subTest(cloud.name):
                server = self.create_server(cloud, auto_ip=True, metadata={'a': 'b'})
                where = {'location': {'cloud': cloud.name}}
                request = pb.ListServerInterfacesRequest(**where, server=server.id)
                [nic] = self.oaktree.compute.ListServerInterfaces(request, timeout=60).interfaces
                self.told('LockServer', server)
                self.addCleanup(self.told, 'UnlockServer', server)
                self.conflicts(
                    server, 'StopServer', 'RebootServer', 'PauseServer', 'SuspendServer', 'ShelveServer', 'RescueServer',
                    'RebuildServer', 'SetServerMetadata', 'DeleteServerMetadata', 'DeleteServer',
                )  # fmt: skip
                self.conflicts(server, 'ResizeServer', flavor=self.bigger(cloud))
                self.conflicts(server, 'AttachInterface', network=nic.network_id)
                self.conflicts(server, 'DetachInterface', port=nic.id)
                now = self.call('GetServer', **where, name_or_id=server.id, max_age=NOW).server
                self.assertEqual((now.state, dict(now.metadata)), (pb.SERVER_STATE_ACTIVE, {'a': 'b'}))
                # The floating IP that was made for it, too.
                self.assertEqual(now.public_v4, server.public_v4)

    def test_what_is_in_use_is_not_used_twice(self) -> None:
        for cloud in CLOUDS:
            with self.subTest(cloud.name):
                where, name = {'location': {'cloud': cloud.name}}, unique('bad')
                server, other = self.create_server(cloud), self.create_server(cloud)
                request = pb.ListServerInterfacesRequest(**where, server=server.id)
                [nic] = self.oaktree.compute.ListServerInterfaces(request, timeout=60).interfaces
                self.conflicts(other, 'AttachInterface', network='', port=nic.id)
                good = where | {'name': name, 'flavor': cloud.flavor, 'image': cloud.image, 'wait': WAIT}
                self.refuses('CreateServer', STATE, 'CONFLICT', **good, ports=[nic.id])
                self.leaves_nothing(where, name)
