# SPDX-License-Identifier: Apache-2.0
"""Every RPC for volumes and for application credentials refuses what is wrong, and leaves nothing of it."""

import pathlib
import uuid
from typing import Any

import grpc
import yaml
from google.protobuf.duration_pb2 import Duration
from oaktreemodel import v1 as pb

from tests.functional.bad import NO, OTHERS, BadCase, Row
from tests.functional.base import CLOUDS, REAL, ServerThread, unique
from tests.functional.test_volumes import BACKUPS, VolumesCase, steady

Code = grpc.StatusCode
BAD, GONE, STATE = Code.INVALID_ARGUMENT, Code.NOT_FOUND, Code.FAILED_PRECONDITION
LONG = 'x' * 256
HUGE = 1 << 62
NOW = Duration()
KINDS = ('Volume', 'VolumeSnapshot', 'VolumeBackup', 'VolumeTransfer')


class BadVolumesTest(BadCase, VolumesCase):
    """BlockStorageService."""

    def setUp(self) -> None:
        BadCase.setUp(self)
        VolumesCase.setUp(self)
        self.tag = unique('bad')

    def nothing_is_left(self, where: dict[str, Any]) -> None:
        for kind in KINDS:
            request = getattr(pb, f'List{kind}sRequest')(**where, jmespath=f"[?starts_with(name, '{self.tag}')]", max_age=NOW)
            with self.subTest(kind):
                self.assertFalse(getattr(getattr(self.storage, f'List{kind}s')(request), DOCUMENT[kind]))

    def test_what_no_request_may_have(self) -> None:
        for cloud in CLOUDS:
            self.whatever_it_does('BlockStorageService', cloud.name)

    def test_a_cloud_without_the_service_says_so(self) -> None:
        entries = yaml.safe_load(pathlib.Path(self.stack.config).read_text())
        for cloud in CLOUDS:
            entries['clouds'][cloud.name]['has_block_storage'] = False
        server = ServerThread(self.stack.write(yaml.safe_dump(entries)), *(cloud.name for cloud in CLOUDS))
        self.addCleanup(server.close)
        for cloud in CLOUDS:
            self.without('BlockStorageService', server.block_storage, cloud.name)

    def test_what_is_missing_or_not_there(self) -> None:
        for cloud in CLOUDS:
            where = {'location': {'cloud': cloud.name}}
            volume = self.volume(where)
            self.table(self.missing(where, volume))
            self.table(self.elsewhere(where, volume))
            self.nothing_is_left(where)

    def missing(self, where: dict[str, Any], volume: pb.Volume) -> list[Row]:
        o, one, new = self.storage, {**where, 'name_or_id': volume.id}, {**where, 'name': self.tag}
        return [
            (call, request, BAD, 'MISSING_FIELD', field)
            for call, request, field in (
                (o.CreateVolume, pb.CreateVolumeRequest(**new), 'size_gib'),
                (o.UpdateVolume, pb.UpdateVolumeRequest(**one), 'update_mask'),
                (o.ExtendVolume, pb.ExtendVolumeRequest(**one), 'size_gib'),
                (o.RetypeVolume, pb.RetypeVolumeRequest(**one), 'volume_type'),
                (o.AttachVolume, pb.AttachVolumeRequest(**one), 'server'),
                (o.DetachVolume, pb.DetachVolumeRequest(**one), 'server'),
                (o.CreateVolumeSnapshot, pb.CreateVolumeSnapshotRequest(**new), 'volume'),
                (o.UpdateVolumeSnapshot, pb.UpdateVolumeSnapshotRequest(**one), 'update_mask'),
                (o.CreateVolumeBackup, pb.CreateVolumeBackupRequest(**new), 'volume'),
                (o.CreateVolumeTransfer, pb.CreateVolumeTransferRequest(**new), 'volume'),
                (o.AcceptVolumeTransfer, pb.AcceptVolumeTransferRequest(**where, auth_key='x'), 'id'),
                (o.AcceptVolumeTransfer, pb.AcceptVolumeTransferRequest(**where, id=NO), 'auth_key'),
            )
        ]

    def elsewhere(self, where: dict[str, Any], volume: pb.Volume) -> list[Row]:
        """Names of what is not there, and places where nothing of ours is."""
        o, one, new = self.storage, {**where, 'name_or_id': volume.id}, {**where, 'name': self.tag}
        others = {'location': {**where['location'], **OTHERS}, 'name': self.tag}
        rows: list[Row] = [
            (call, request, GONE, 'NOT_FOUND', NO)
            for call, request in (
                *((o.CreateVolume, pb.CreateVolumeRequest(**new, size_gib=1, **{source: NO})) for source in SOURCES),
                (o.RetypeVolume, pb.RetypeVolumeRequest(**one, volume_type=NO)),
                (o.AttachVolume, pb.AttachVolumeRequest(**one, server=NO)),
                (o.DetachVolume, pb.DetachVolumeRequest(**one, server=NO)),
                (o.CreateVolumeSnapshot, pb.CreateVolumeSnapshotRequest(**new, volume=NO)),
                (o.CreateVolumeBackup, pb.CreateVolumeBackupRequest(**new, volume=NO)),
                (o.CreateVolumeBackup, pb.CreateVolumeBackupRequest(**new, volume=volume.id, snapshot=NO)),
                (o.CreateVolumeTransfer, pb.CreateVolumeTransferRequest(**new, volume=NO)),
            )
        ]
        return rows + [
            (call, request, BAD, 'INVALID_FIELD', 'location.project')
            for call, request in (
                (o.CreateVolume, pb.CreateVolumeRequest(**others, size_gib=1)),
                (o.CreateVolumeSnapshot, pb.CreateVolumeSnapshotRequest(**others, volume=volume.id)),
                (o.CreateVolumeBackup, pb.CreateVolumeBackupRequest(**others, volume=volume.id)),
                (o.CreateVolumeTransfer, pb.CreateVolumeTransferRequest(**others, volume=volume.id)),
                (o.AcceptVolumeTransfer, pb.AcceptVolumeTransferRequest(location=others['location'], id=NO, auth_key='x')),
            )
        ]

    def test_what_the_cloud_does_not_take(self) -> None:
        for cloud in CLOUDS:
            where = {'location': {'cloud': cloud.name}}
            volume = self.volume(where)
            snapshot = self.snapshot(where, volume)
            self.table(self.invalid(where, volume, snapshot))
            self.nothing_is_left(where)
            self.assertEqual(steady(self.now(where, volume)), steady(volume))

    def invalid(self, where: dict[str, Any], volume: pb.Volume, snapshot: pb.VolumeSnapshot) -> list[Row]:
        o, one, new = self.storage, {**where, 'name_or_id': volume.id}, {**where, 'name': self.tag}
        long, of, copy = {**where, 'name': self.tag + LONG}, {'volume': volume.id}, {'name_or_id': snapshot.id, **where}
        zone = {'location': {**where['location'], 'zone': 'no-such-zone'}, 'name': self.tag, 'size_gib': 1}
        odd = {LONG: 'x'}
        rejected: list[tuple[Any, Any, str]] = [
            (o.CreateVolume, pb.CreateVolumeRequest(**new, size_gib=-1), 'size'),
            (o.CreateVolume, pb.CreateVolumeRequest(**new, size_gib=HUGE), 'size'),
            (o.CreateVolume, pb.CreateVolumeRequest(**long, size_gib=1), 'name'),
            (o.CreateVolume, pb.CreateVolumeRequest(**new, size_gib=1, description=LONG), 'description'),
            (o.CreateVolume, pb.CreateVolumeRequest(**new, size_gib=1, metadata=odd), 'metadata'),
            (o.CreateVolume, pb.CreateVolumeRequest(**zone), 'no-such-zone'),
            (o.CreateVolume, pb.CreateVolumeRequest(**new, size_gib=-1, snapshot=snapshot.id), 'size'),
            (o.UpdateVolume, pb.UpdateVolumeRequest(**one, name=self.tag + LONG), 'name'),
            (o.UpdateVolume, pb.UpdateVolumeRequest(**one, metadata=odd), 'metadata'),
            (o.ExtendVolume, pb.ExtendVolumeRequest(**one, size_gib=-1), 'size'),
            (o.ExtendVolume, pb.ExtendVolumeRequest(**one, size_gib=1), 'size'),
            (o.ExtendVolume, pb.ExtendVolumeRequest(**one, size_gib=HUGE), 'size'),
            (o.CreateVolumeSnapshot, pb.CreateVolumeSnapshotRequest(**long, **of), 'name'),
            (o.CreateVolumeSnapshot, pb.CreateVolumeSnapshotRequest(**new, **of, description=LONG), 'description'),
            (o.CreateVolumeSnapshot, pb.CreateVolumeSnapshotRequest(**new, **of, metadata=odd), 'metadata'),
            (o.UpdateVolumeSnapshot, pb.UpdateVolumeSnapshotRequest(**copy, name=self.tag + LONG), 'name'),
            (o.CreateVolumeBackup, pb.CreateVolumeBackupRequest(**long, **of), 'name'),
            (o.CreateVolumeBackup, pb.CreateVolumeBackupRequest(**new, **of, container=LONG), 'container'),
            (o.CreateVolumeBackup, pb.CreateVolumeBackupRequest(**new, **of, metadata=odd), 'metadata'),
            (o.CreateVolumeTransfer, pb.CreateVolumeTransferRequest(**long, **of), 'name'),
        ]
        return [(call, request, BAD, 'CLOUD_REJECTED', word) for call, request, word in rejected]

    def test_what_is_in_no_state_for_it(self) -> None:
        for cloud in CLOUDS:
            where = {'location': {'cloud': cloud.name}}
            volume, other = self.volume(where), self.volume(where)
            kinds = self.storage.ListVolumeTypes(pb.ListVolumeTypesRequest(**where)).volume_types
            kind = next(one.name for one in kinds if one.name != volume.volume_type)
            offer = pb.CreateVolumeTransferRequest(**where, name=unique('transfer'), volume=volume.id)
            transfer = self.storage.CreateVolumeTransfer(offer).volume_transfer
            request = pb.DeleteVolumeTransferRequest(**where, name_or_id=transfer.id)
            self.addCleanup(self.gone, self.storage.DeleteVolumeTransfer, request)
            o, one, new = self.storage, {**where, 'name_or_id': volume.id}, {**where, 'name': self.tag}
            self.table(
                (call, request, STATE, 'CONFLICT', '')
                for call, request in (
                    (o.DeleteVolume, pb.DeleteVolumeRequest(**one)),
                    (o.ExtendVolume, pb.ExtendVolumeRequest(**one, size_gib=2)),
                    (o.RetypeVolume, pb.RetypeVolumeRequest(**one, volume_type=kind)),
                    (o.CreateVolume, pb.CreateVolumeRequest(**new, source_volume=volume.id)),
                    (o.CreateVolumeSnapshot, pb.CreateVolumeSnapshotRequest(**new, volume=volume.id)),
                    (o.CreateVolumeBackup, pb.CreateVolumeBackupRequest(**new, volume=volume.id)),
                    (o.CreateVolumeTransfer, pb.CreateVolumeTransferRequest(**new, volume=volume.id)),
                )
            )
            snapshot, of = self.snapshot(where, other), {'volume': other.id}
            # Refused before there is one, so also where nothing makes backups.
            self.table(
                (o.CreateVolumeBackup, pb.CreateVolumeBackupRequest(**new, **fields), STATE, 'CONFLICT', '')
                for fields in ({**of, 'incremental': True}, {'volume': volume.id, 'snapshot': snapshot.id})
            )
            accept = {**where, 'id': transfer.id}
            self.table(
                (o.AcceptVolumeTransfer, pb.AcceptVolumeTransferRequest(**accept, auth_key=key), BAD, 'CLOUD_REJECTED', '')
                for key in ('wrong', LONG)
            )
            self.assertEqual(self.now(where, volume).state, pb.VOLUME_STATE_AWAITING_TRANSFER)
            self.assertEqual(self.now(where, other).state, pb.VOLUME_STATE_AVAILABLE)
            self.nothing_is_left(where)

    def test_backups_in_no_state_for_it(self) -> None:
        for cloud in CLOUDS if BACKUPS else ():
            where = {'location': {'cloud': cloud.name}}
            volume = self.volume(where, size_gib=2)
            backup, small = self.backup(where, volume), self.volume(where)
            o, one = self.storage, {**where, 'name_or_id': backup.id}
            offered = self.volume(where, size_gib=2)
            offer = pb.CreateVolumeTransferRequest(**where, name=unique('transfer'), volume=offered.id)
            transfer = o.CreateVolumeTransfer(offer).volume_transfer
            gone = pb.DeleteVolumeTransferRequest(**where, name_or_id=transfer.id)
            self.addCleanup(self.gone, o.DeleteVolumeTransfer, gone)
            self.table(
                [
                    (o.RestoreVolumeBackup, pb.RestoreVolumeBackupRequest(**one, volume=small.id), STATE, 'CONFLICT', ''),
                    (o.RestoreVolumeBackup, pb.RestoreVolumeBackupRequest(**one, volume=offered.id), STATE, 'CONFLICT', ''),
                    (o.RestoreVolumeBackup, pb.RestoreVolumeBackupRequest(**one, volume=NO), GONE, 'NOT_FOUND', NO),
                    (o.UpdateVolumeBackup, pb.UpdateVolumeBackupRequest(**one), BAD, 'MISSING_FIELD', 'update_mask'),
                    (o.UpdateVolumeBackup, pb.UpdateVolumeBackupRequest(**one, name=LONG), BAD, 'CLOUD_REJECTED', 'name'),
                ]
            )
            self.assertEqual(self.now(where, small).state, pb.VOLUME_STATE_AVAILABLE)

    def test_a_quota_that_is_used_up(self) -> None:
        for cloud in CLOUDS:
            where = {'location': {'cloud': cloud.name}}
            volume = self.volume(where)
            o, one, new = self.storage, {**where, 'name_or_id': volume.id}, {**where, 'name': self.tag}
            over: list[tuple[Any, Any]] = [
                (o.CreateVolume, pb.CreateVolumeRequest(**new, size_gib=9_999_999)),
                (o.ExtendVolume, pb.ExtendVolumeRequest(**one, size_gib=9_999_999)),
            ]
            if not REAL:
                none = {'volumes': 0, 'snapshots': 0, 'backups': 0}
                self.addCleanup(self.stack.simulation.settings, cloud.name, quota=dict.fromkeys(none, 10_000))
                self.stack.simulation.settings(cloud.name, quota=none)
                over += [
                    (o.CreateVolume, pb.CreateVolumeRequest(**new, size_gib=1)),
                    (o.CreateVolumeSnapshot, pb.CreateVolumeSnapshotRequest(**new, volume=volume.id)),
                    (o.CreateVolumeBackup, pb.CreateVolumeBackupRequest(**new, volume=volume.id)),
                ]
            for call, request in over:
                self.refused(call, request, Code.RESOURCE_EXHAUSTED, 'QUOTA_EXCEEDED')
            self.nothing_is_left(where)
            self.assertEqual(self.now(where, volume).size_gib, 1)

    def test_one_request_id_is_for_one_request(self) -> None:
        where, once = {'location': {'cloud': CLOUDS[0].name}}, str(uuid.uuid4())
        volume = self.volume(where, request_id=once)
        request = pb.CreateVolumeRequest(**where, name=self.tag, size_gib=1, request_id=once)
        self.refused(self.storage.CreateVolume, request, BAD, 'REQUEST_ID_REUSED')
        request = pb.DeleteVolumeRequest(**where, name_or_id=volume.id, request_id=once)
        self.refused(self.storage.DeleteVolume, request, BAD, 'REQUEST_ID_REUSED')
        self.nothing_is_left(where)


DOCUMENT = {'Volume': 'volumes', 'VolumeSnapshot': 'volume_snapshots', 'VolumeBackup': 'volume_backups',
            'VolumeTransfer': 'volume_transfers'}  # fmt: skip
SOURCES = ('image', 'snapshot', 'source_volume', 'backup', 'volume_type')


class BadCredentialsTest(BadCase):
    """IdentityService."""

    def test_what_no_request_may_have(self) -> None:
        for cloud in CLOUDS:
            self.whatever_it_does('IdentityService', cloud.name)

    def test_what_the_cloud_does_not_take(self) -> None:
        create = self.oaktree.identity.CreateApplicationCredential
        for cloud in CLOUDS:
            tag, where = unique('bad'), {'location': {'cloud': cloud.name}}
            rule = {'service': 'compute', 'method': 'GET', 'path': '/v2.1/**'}
            for fields, code, reason, named in (
                ({'name': ''}, BAD, 'MISSING_FIELD', 'name'),
                ({'name': tag + LONG}, BAD, 'CLOUD_REJECTED', 'name'),
                ({'location': {**where['location'], **OTHERS}}, BAD, 'INVALID_FIELD', 'location.project'),
                ({'roles': [NO]}, GONE, 'NOT_FOUND', NO),
                ({'roles': ['']}, BAD, 'CLOUD_REJECTED', ''),
                ({'access_rules': [{**rule, 'service': ''}]}, BAD, 'MISSING_FIELD', 'access_rules'),
                ({'access_rules': [{**rule, 'path': '/' + LONG}]}, BAD, 'CLOUD_REJECTED', 'path'),
                ({'access_rules': [{**rule, 'path': 'no-slash'}]}, BAD, 'CLOUD_REJECTED', 'path'),
                ({'access_rules': [{**rule, 'method': 'EAT'}]}, BAD, 'CLOUD_REJECTED', 'method'),
                ({'expire_time': {'seconds': 1}}, BAD, 'CLOUD_REJECTED', 'expires_at'),
                ({'expire_time': {'seconds': 1 << 60}}, BAD, 'INVALID_FIELD', 'expire_time'),
                ({'expire_time': {'seconds': -(1 << 60)}}, BAD, 'INVALID_FIELD', 'expire_time'),
            ):
                request = pb.CreateApplicationCredentialRequest(**{**where, 'name': tag} | fields)
                self.refused(create, request, code, reason, named)
            request = pb.ListApplicationCredentialsRequest(**where, jmespath=f"[?starts_with(name, '{tag}')]", max_age=NOW)
            self.assertFalse(self.oaktree.identity.ListApplicationCredentials(request).application_credentials)
