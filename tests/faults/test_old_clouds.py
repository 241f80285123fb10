# SPDX-License-Identifier: Apache-2.0
"""Clouds whose Nova is old: they do what they can, and what they can't is refused by its field before anything is made."""

from typing import Any

from google.protobuf.field_mask_pb2 import FieldMask
from oaktreemodel import v1 as pb

from tests.faults.base import NOW, Case, Code, Oaktree
from tests.functional.base import WAIT, unique

WHERE: dict[str, Any] = {'location': {'cloud': 'alpha'}}
SERVER = {'flavor': 'm1.tiny', 'image': 'cirros', 'wait': WAIT}
APART = {'policy': pb.SERVER_GROUP_POLICY_ANTI_AFFINITY}


class OldCloudsTest(Case):
    profiles = {'alpha': 'floating'}

    def old(self, minor: int) -> Oaktree:
        """A server that meets a cloud with this microversion."""
        self.simulation.settings('alpha', compute_minor=minor)
        return self.serve()

    def call(self, oaktree: Oaktree, rpc: str, **fields: Any) -> Any:
        return getattr(oaktree.compute, rpc)(getattr(pb, f'{rpc}Request')(**WHERE, **fields), timeout=20)

    def test_a_field_that_nova_is_too_old_for_is_named(self) -> None:
        server = self.call(self.oaktree, 'CreateServer', name='old', description='before', **SERVER).server
        one = {'name_or_id': server.id}
        for needed, rpc, field, fields in (
            (15, 'CreateServerGroup', 'policy', {'name': 'x', 'policy': pb.SERVER_GROUP_POLICY_SOFT_AFFINITY}),
            (19, 'CreateServer', 'description', {'name': 'bad', 'description': 'x', **SERVER}),
            (19, 'UpdateServer', 'description', {**one, 'description': 'x', 'name': 'bad'}),
            (19, 'UpdateServer', 'description', {**one, 'update_mask': FieldMask(paths=['description'])}),
            (52, 'CreateServer', 'tags', {'name': 'bad', 'tags': ['x'], **SERVER}),
            (57, 'RebuildServer', 'user_data', {**one, 'user_data': b'#!/bin/sh\n', 'wait': WAIT}),
            (64, 'CreateServerGroup', 'max_servers_per_host', {'name': 'x', 'max_servers_per_host': 2, **APART}),
            (73, 'LockServer', 'reason', {**one, 'reason': 'x'}),
        ):
            with self.subTest(f'{rpc} {field}'):
                oaktree = self.old(needed - 1)
                self.simulation.forget_requests('alpha')
                with self.fails(Code.INVALID_ARGUMENT, 'CLOUD_TOO_OLD', field, f'2.{needed}') as told:
                    self.call(oaktree, rpc, **fields)
                self.assertEqual(told.info.metadata['field'], field)
                changes = [r for r in self.simulation.requests('alpha') if r['service'] == 'compute' and r['method'] != 'GET']
                self.assertEqual(changes, [])
                self.call(self.old(needed), rpc, **fields)

    def test_a_cloud_without_any_microversion_serves(self) -> None:
        oaktree = self.old(1)
        self.assertTrue(self.call(oaktree, 'CreateKeypair', name='key').keypair.private_key)
        groups = [self.call(oaktree, 'CreateServerGroup', name='x', max_servers_per_host=most, **APART) for most in (0, 1)]
        self.assertEqual({group.server_group.native_policy for group in groups}, {'anti-affinity'})
        fields = {'key_name': 'key', 'auto_ip': True, 'metadata': {'a': 'b'}, 'server_group': groups[0].server_group.id}
        server = self.call(oaktree, 'CreateServer', name='old', **SERVER, **fields).server
        flavor = self.call(oaktree, 'GetFlavor', name_or_id='m1.tiny').flavor
        self.assertEqual((server.state, server.flavor.id), (pb.SERVER_STATE_ACTIVE, flavor.id))
        self.assertTrue(server.public_v4)
        one = {'name_or_id': server.id}
        self.assertEqual(self.call(oaktree, 'UpdateServer', **one, name='older').server.name, 'older')
        self.assertEqual(self.call(oaktree, 'RebuildServer', **one, wait=WAIT).server.state, pb.SERVER_STATE_ACTIVE)
        for rpc in ('LockServer', 'UnlockServer', 'StopServer', 'StartServer', 'PauseServer', 'UnpauseServer'):
            self.assertEqual(self.call(oaktree, rpc, **one).server.id, server.id)
            self.eventually(rpc, lambda: not self.now(oaktree, server).native_task_state)
        image = self.call(oaktree, 'CreateImageSnapshot', server=server.id, name=unique('image'), wait=WAIT).image
        self.assertEqual(image.state, pb.IMAGE_STATE_ACTIVE)
        self.eventually('the server rests', lambda: not self.now(oaktree, server).native_task_state)
        nic = self.call(oaktree, 'AttachInterface', **one, network='private').interface
        self.call(oaktree, 'DetachInterface', **one, port=nic.id, wait=WAIT)
        self.assertEqual(self.call(oaktree, 'ResizeServer', **one, flavor='m1.small', wait=WAIT).server.state,
                         pb.SERVER_STATE_RESIZED)  # fmt: skip
        self.call(oaktree, 'ConfirmServerResize', **one, wait=WAIT)
        self.assertEqual(self.call(oaktree, 'GetComputeLimits').limits.servers_used, 1)
        self.call(oaktree, 'DeleteServer', **one, wait=WAIT)

    def now(self, oaktree: Oaktree, server: pb.Server) -> pb.Server:
        return self.call(oaktree, 'GetServer', name_or_id=server.id, max_age=NOW).server
