# SPDX-License-Identifier: Apache-2.0
"""Volumes and their copies, from nothing to nothing, by the same requests on every cloud."""

import contextlib
import time
import uuid
from collections.abc import Callable
from typing import Any

import grpc
from google.protobuf.duration_pb2 import Duration
from google.protobuf.field_mask_pb2 import FieldMask
from oaktreemodel import v1 as pb

from tests.functional.base import CLOUDS, REAL, WAIT, Case, Cloud, unique

Code = grpc.StatusCode
NOW = Duration()
LONG = 240
"""Seconds for one call."""

# The gate runs no store of backups: Cinder would make one that fails, and could not delete it.
BACKUPS = not REAL

PLACES: list[tuple[Cloud, dict[str, Any]]] = [(cloud, {'location': {'cloud': cloud.name}}) for cloud in CLOUDS]


class VolumesCase(Case):
    """A test that makes volumes."""

    def setUp(self) -> None:
        self.storage = self.oaktree.block_storage

    def volume(self, where: dict[str, Any], **fields: Any) -> pb.Volume:
        """A volume that is gone after the test, with its snapshots."""
        fields = {'name': unique('volume'), 'size_gib': 1, 'wait': WAIT} | fields
        volume = self.storage.CreateVolume(pb.CreateVolumeRequest(**where, **fields), timeout=LONG).volume
        request = pb.DeleteVolumeRequest(**where, name_or_id=volume.id, cascade=True)
        self.addCleanup(self.gone, self.storage.DeleteVolume, request)
        return volume

    def snapshot(self, where: dict[str, Any], volume: pb.Volume, **fields: Any) -> pb.VolumeSnapshot:
        request = pb.CreateVolumeSnapshotRequest(**where, name=unique('snapshot'), volume=volume.id, wait=WAIT, **fields)
        return self.storage.CreateVolumeSnapshot(request, timeout=LONG).volume_snapshot

    def backup(self, where: dict[str, Any], volume: pb.Volume, **fields: Any) -> pb.VolumeBackup:
        request = pb.CreateVolumeBackupRequest(**where, name=unique('backup'), volume=volume.id, wait=WAIT, **fields)
        backup = self.storage.CreateVolumeBackup(request, timeout=LONG).volume_backup
        request = pb.DeleteVolumeBackupRequest(**where, name_or_id=backup.id, wait=WAIT)
        self.addCleanup(self.gone, self.storage.DeleteVolumeBackup, request)
        return backup

    def server(self, cloud: Cloud) -> pb.Server:
        """On a network by name, as others may have networks of their own in the project meanwhile."""
        return self.create_server(cloud, networks=['private' if cloud.floating else 'public'])

    def gone(self, delete: Callable[..., Any], request: Any) -> None:
        try:
            delete(request, timeout=LONG)
        except grpc.RpcError as error:
            if error.code() is not Code.NOT_FOUND:
                raise

    def now(self, where: dict[str, Any], volume: pb.Volume) -> pb.Volume:
        request = pb.GetVolumeRequest(**where, name_or_id=volume.id, max_age=NOW)
        return self.storage.GetVolume(request, timeout=60).volume


def steady(volume: pb.Volume) -> pb.Volume:
    """Without what Cinder goes on to note down after it has called a volume available."""
    kept = pb.Volume()
    kept.CopyFrom(volume)
    for field in ('properties', 'update_time'):
        kept.ClearField(field)
    return kept


class VolumesTest(VolumesCase):
    """What a volume goes through."""

    def test_a_volume_is_made_found_changed_and_deleted(self) -> None:
        for cloud, where in PLACES:
            with self.subTest(cloud.name):
                metadata = {'made': 'by a test'}
                fields = {'description': 'for a test', 'metadata': metadata}
                volume = self.volume({'location': {'cloud': cloud.name, 'zone': 'nova'}}, **fields)
                self.assertEqual((volume.state, volume.native_status), (pb.VOLUME_STATE_AVAILABLE, 'available'))
                self.assertEqual((volume.location.cloud, volume.location.region), (cloud.name, cloud.region))
                self.assertEqual(volume.location.zone, 'nova')
                self.assertTrue(volume.location.project.name)
                self.assertEqual((volume.size_gib, volume.description, dict(volume.metadata)), (1, 'for a test', metadata))
                self.assertTrue(volume.volume_type and volume.create_time.seconds)
                self.assertFalse(volume.bootable or volume.attachments)
                listed = self.storage.ListVolumes(pb.ListVolumesRequest(**where, name_or_id=volume.name)).volumes
                self.assertEqual(list(map(steady, listed)), [steady(volume)])

                request = pb.UpdateVolumeRequest(
                    **where, name_or_id=volume.id, name=unique('renamed'), metadata={'now': 'this'}
                )
                changed = self.storage.UpdateVolume(request).volume
                self.assertEqual((changed.name, dict(changed.metadata)), (request.name, {'now': 'this'}))
                self.assertEqual(changed.description, 'for a test')
                request = pb.UpdateVolumeRequest(**where, name_or_id=volume.id, update_mask=FieldMask(paths=['description']))
                self.assertEqual(self.storage.UpdateVolume(request).volume.description, '')
                self.assertEqual(self.now(where, volume).name, changed.name)

                request = pb.DeleteVolumeRequest(**where, name_or_id=volume.id, wait=WAIT)
                self.assertFalse(self.storage.DeleteVolume(request, timeout=LONG).HasField('volume'))
                with self.fails(Code.NOT_FOUND, 'NOT_FOUND', volume.id):
                    self.now(where, volume)

    def test_a_volume_grows_and_changes_its_type(self) -> None:
        for cloud, where in PLACES:
            with self.subTest(cloud.name):
                volume = self.volume(where)
                request = pb.ExtendVolumeRequest(**where, name_or_id=volume.id, size_gib=2, wait=WAIT)
                grown = self.storage.ExtendVolume(request, timeout=LONG).volume
                self.assertEqual((grown.size_gib, grown.state), (2, pb.VOLUME_STATE_AVAILABLE))
                for size, reason in ((0, 'MISSING_FIELD'), (1, 'CLOUD_REJECTED'), (-3, 'CLOUD_REJECTED')):
                    with self.fails(Code.INVALID_ARGUMENT, reason, 'size'):
                        self.storage.ExtendVolume(pb.ExtendVolumeRequest(**where, name_or_id=volume.id, size_gib=size))
                kinds = self.storage.ListVolumeTypes(pb.ListVolumeTypesRequest(**where)).volume_types
                others = [kind for kind in kinds if kind.name != volume.volume_type and 'multiattach' not in kind.extra_specs]
                for kind in others[:1]:
                    request = pb.RetypeVolumeRequest(**where, name_or_id=volume.id, volume_type=kind.name, wait=WAIT)
                    retyped = self.storage.RetypeVolume(request, timeout=LONG).volume
                    self.assertEqual((retyped.volume_type, retyped.state), (kind.name, pb.VOLUME_STATE_AVAILABLE))
                    self.assertEqual(
                        self.storage.GetVolumeType(pb.GetVolumeTypeRequest(**where, name_or_id=kind.id)).volume_type, kind
                    )
                    with self.fails(Code.FAILED_PRECONDITION, 'CONFLICT', 'different'):
                        self.storage.RetypeVolume(request, timeout=LONG)
                with self.fails(Code.NOT_FOUND, 'NOT_FOUND', 'no-such'):
                    self.storage.RetypeVolume(pb.RetypeVolumeRequest(**where, name_or_id=volume.id, volume_type='no-such'))

    def test_volumes_are_made_from_images_and_each_other(self) -> None:
        for cloud, where in PLACES:
            with self.subTest(cloud.name):
                volume = self.volume(where, image=cloud.image)
                self.assertTrue(volume.bootable)
                self.assertEqual(volume.image_metadata['image_name'], cloud.image)
                snapshot = self.snapshot(where, volume)
                for source in ({'source_volume': volume.name}, {'snapshot': snapshot.name}):
                    copy = self.volume(where, size_gib=0, **source)
                    self.assertEqual((copy.size_gib, copy.state), (1, pb.VOLUME_STATE_AVAILABLE))
                    self.assertIn({'source_volume': volume.id, 'snapshot': snapshot.id}[next(iter(source))],
                                  (copy.source_volume_id, copy.snapshot_id))  # fmt: skip
                for bootable, wanted in ((False, False), (None, True)):
                    request = pb.SetVolumeBootableRequest(**where, name_or_id=volume.id, bootable=bootable)
                    self.assertEqual(self.storage.SetVolumeBootable(request).volume.bootable, wanted)

    def test_a_volume_is_attached_and_detached(self) -> None:
        for cloud, where in PLACES:
            with self.subTest(cloud.name):
                server, volume = self.server(cloud), self.volume(where)
                pair = {**where, 'name_or_id': volume.name, 'server': server.name}
                attached = self.storage.AttachVolume(pb.AttachVolumeRequest(**pair, wait=WAIT), timeout=LONG).volume
                self.assertEqual(attached.state, pb.VOLUME_STATE_IN_USE)
                self.assertEqual([one.server_id for one in attached.attachments], [server.id])
                self.assertTrue(attached.attachments[0].device and attached.attachments[0].create_time.seconds)
                request = pb.GetServerRequest(**where, name_or_id=server.id)
                self.assertEqual(list(self.oaktree.compute.GetServer(request).server.volume_ids), [volume.id])
                self.refused_in_use(where, cloud, server, volume)
                detached = self.storage.DetachVolume(pb.DetachVolumeRequest(**pair, wait=WAIT), timeout=LONG).volume
                self.assertEqual((detached.state, len(detached.attachments)), (pb.VOLUME_STATE_AVAILABLE, 0))
                request.max_age.CopyFrom(NOW)
                end = time.monotonic() + 30
                # Nova forgets it a moment after Cinder does.
                while self.oaktree.compute.GetServer(request).server.volume_ids:
                    self.assertLess(time.monotonic(), end)
                    time.sleep(0.5)
                with self.fails(Code.NOT_FOUND, 'NOT_FOUND', 'is not attached'):
                    self.storage.DetachVolume(pb.DetachVolumeRequest(**pair))

    def refused_in_use(self, where: dict[str, Any], cloud: Cloud, server: pb.Server, volume: pb.Volume) -> None:
        """What can't be done to a volume while a server has it, and that it is copied all the same."""
        with self.fails(Code.FAILED_PRECONDITION, 'CONFLICT', 'attached'):
            self.storage.AttachVolume(pb.AttachVolumeRequest(**where, name_or_id=volume.id, server=server.id))
        with self.fails(Code.FAILED_PRECONDITION, 'CONFLICT', 'attached'):
            self.storage.DeleteVolume(pb.DeleteVolumeRequest(**where, name_or_id=volume.id))
        with self.fails(Code.FAILED_PRECONDITION, 'CONFLICT', 'available'):
            self.storage.CreateVolumeTransfer(pb.CreateVolumeTransferRequest(**where, name='x', volume=volume.id))
        self.assertEqual(self.snapshot(where, volume).state, pb.VOLUME_SNAPSHOT_STATE_AVAILABLE)

    def test_a_server_that_goes_leaves_its_volume(self) -> None:
        for cloud, where in PLACES:
            with self.subTest(cloud.name):
                server, volume = self.server(cloud), self.volume(where)
                request = pb.AttachVolumeRequest(**where, name_or_id=volume.id, server=server.id, device='/dev/vdx', wait=WAIT)
                self.storage.AttachVolume(request, timeout=LONG)
                self.delete_server(server)
                self.assertEqual(self.now(where, volume).state, pb.VOLUME_STATE_AVAILABLE)

    def test_the_same_request_id_makes_one_volume(self) -> None:
        _, where = PLACES[0]
        fields = {'request_id': str(uuid.uuid4()), 'name': unique('volume'), 'size_gib': 1, 'wait': WAIT}
        first = self.volume(where, **fields)
        self.assertEqual(self.storage.CreateVolume(pb.CreateVolumeRequest(**where, **fields)).volume, first)
        listed = self.storage.ListVolumes(pb.ListVolumesRequest(name_or_id=fields['name'], max_age=NOW)).volumes
        self.assertEqual(len(listed), 1)

    def test_limits_and_quotas_are_told(self) -> None:
        for cloud, where in PLACES:
            with self.subTest(cloud.name):
                limits = self.storage.GetVolumeLimits(pb.GetVolumeLimitsRequest(**where, max_age=NOW)).limits
                self.assertEqual(limits.location.cloud, cloud.name)
                self.assertTrue(limits.max_volumes and limits.max_size_gib and limits.max_snapshots)
                self.volume(where)
                after = self.storage.GetVolumeLimits(pb.GetVolumeLimitsRequest(**where)).limits
                self.assertGreaterEqual(after.volumes_used, 1)
                self.assertGreaterEqual(after.size_used_gib, 1)
                answer = self.storage.GetVolumeQuotas(pb.GetVolumeQuotasRequest(**where))
                self.assertTrue(answer.as_of.seconds)
                quotas = answer.quotas
                self.assertEqual((quotas.volumes, quotas.size_gib), (limits.max_volumes, limits.max_size_gib))
                self.assertTrue(quotas.location.project.id)
                with self.fails(Code.RESOURCE_EXHAUSTED, 'QUOTA_EXCEEDED', 'quota'):
                    self.volume(where, size_gib=9_999_999)


class CopiesTest(VolumesCase):
    """Snapshots, backups and transfers."""

    def test_a_snapshot_is_made_changed_and_deleted_with_its_volume(self) -> None:
        for cloud, where in PLACES:
            with self.subTest(cloud.name):
                volume = self.volume(where)
                snapshot = self.snapshot(where, volume, description='before', metadata={'a': 'b'})
                self.assertEqual((snapshot.state, snapshot.volume_id), (pb.VOLUME_SNAPSHOT_STATE_AVAILABLE, volume.id))
                self.assertEqual((snapshot.size_gib, snapshot.description, dict(snapshot.metadata)), (1, 'before', {'a': 'b'}))
                request = pb.UpdateVolumeSnapshotRequest(**where, name_or_id=snapshot.id, name=unique('renamed'))
                self.assertEqual(self.storage.UpdateVolumeSnapshot(request).volume_snapshot.name, request.name)
                get = pb.GetVolumeSnapshotRequest(**where, name_or_id=request.name)
                self.assertEqual(self.storage.GetVolumeSnapshot(get).volume_snapshot.id, snapshot.id)
                listed = self.storage.ListVolumeSnapshots(
                    pb.ListVolumeSnapshotsRequest(**where, filter={'volume_id': volume.id})
                )
                self.assertEqual([one.id for one in listed.volume_snapshots], [snapshot.id])
                with self.fails(Code.FAILED_PRECONDITION, 'CONFLICT', 'snapshots'):
                    self.storage.DeleteVolume(pb.DeleteVolumeRequest(**where, name_or_id=volume.id))
                request = pb.DeleteVolumeRequest(**where, name_or_id=volume.id, cascade=True, wait=WAIT)
                self.assertFalse(self.storage.DeleteVolume(request, timeout=LONG).HasField('volume'))
                with self.fails(Code.NOT_FOUND, 'NOT_FOUND', snapshot.id):
                    self.storage.GetVolumeSnapshot(pb.GetVolumeSnapshotRequest(**where, name_or_id=snapshot.id, max_age=NOW))

    def test_a_snapshot_is_deleted_alone(self) -> None:
        _, where = PLACES[0]
        snapshot = self.snapshot(where, self.volume(where))
        request = pb.DeleteVolumeSnapshotRequest(**where, name_or_id=snapshot.name, wait=WAIT)
        self.assertFalse(self.storage.DeleteVolumeSnapshot(request, timeout=LONG).HasField('volume_snapshot'))

    def test_a_backup_is_made_changed_restored_and_deleted(self) -> None:
        for cloud, where in PLACES if BACKUPS else ():
            with self.subTest(cloud.name):
                volume = self.volume(where)
                backup = self.backup(where, volume, description='full', metadata={'a': 'b'})
                self.assertEqual((backup.state, backup.volume_id), (pb.VOLUME_BACKUP_STATE_AVAILABLE, volume.id))
                self.assertEqual((backup.size_gib, backup.description, dict(backup.metadata)), (1, 'full', {'a': 'b'}))
                self.assertTrue(backup.container and backup.create_time.seconds and not backup.incremental)
                more = self.backup(where, volume, incremental=True, snapshot=self.snapshot(where, volume).id)
                self.assertTrue(more.incremental and more.snapshot_id)
                request = pb.UpdateVolumeBackupRequest(**where, name_or_id=backup.id, name=unique('renamed'))
                changed = self.storage.UpdateVolumeBackup(request).volume_backup
                self.assertEqual((changed.name, changed.description), (request.name, 'full'))
                get = pb.GetVolumeBackupRequest(**where, name_or_id=request.name)
                self.assertTrue(self.storage.GetVolumeBackup(get).volume_backup.has_dependent_backups)
                with self.fails(Code.FAILED_PRECONDITION, 'CONFLICT', 'Incremental'):
                    self.storage.DeleteVolumeBackup(pb.DeleteVolumeBackupRequest(**where, name_or_id=backup.id))
                self.restored(where, volume, backup)
                for one in (more, backup):
                    request = pb.DeleteVolumeBackupRequest(**where, name_or_id=one.id, wait=WAIT)
                    self.assertFalse(self.storage.DeleteVolumeBackup(request, timeout=LONG).HasField('volume_backup'))

    def restored(self, where: dict[str, Any], volume: pb.Volume, backup: pb.VolumeBackup) -> None:
        """Into the volume that it was made from, into a new one, and as the source of a third."""
        request = pb.RestoreVolumeBackupRequest(**where, name_or_id=backup.id, volume=volume.name, wait=WAIT)
        again = self.storage.RestoreVolumeBackup(request, timeout=LONG).volume
        self.assertEqual((again.id, again.state), (volume.id, pb.VOLUME_STATE_AVAILABLE))
        request = pb.RestoreVolumeBackupRequest(**where, name_or_id=backup.id, name=unique('restored'), wait=WAIT)
        new = self.storage.RestoreVolumeBackup(request, timeout=LONG).volume
        self.addCleanup(self.gone, self.storage.DeleteVolume, pb.DeleteVolumeRequest(**where, name_or_id=new.id))
        self.assertEqual((new.name, new.size_gib, new.state), (request.name, 1, pb.VOLUME_STATE_AVAILABLE))
        self.assertNotEqual(new.id, volume.id)
        self.assertEqual(self.volume(where, size_gib=0, backup=backup.id).state, pb.VOLUME_STATE_AVAILABLE)

    def test_a_volume_is_given_to_another_project(self) -> None:
        for cloud, where in PLACES:
            with self.subTest(cloud.name):
                volume = self.volume(where)
                with self.fails(Code.INVALID_ARGUMENT, 'MISSING_FIELD', 'volume'):
                    self.storage.CreateVolumeTransfer(pb.CreateVolumeTransferRequest(**where, name='x'))
                request = pb.CreateVolumeTransferRequest(**where, name=unique('transfer'), volume=volume.name)
                transfer = self.storage.CreateVolumeTransfer(request).volume_transfer
                self.assertEqual((transfer.name, transfer.volume_id), (request.name, volume.id))
                self.assertTrue(transfer.auth_key)
                self.assertEqual(self.now(where, volume).state, pb.VOLUME_STATE_AWAITING_TRANSFER)
                for found in (
                    *self.storage.ListVolumeTransfers(
                        pb.ListVolumeTransfersRequest(**where, name_or_id=transfer.id)
                    ).volume_transfers,
                    self.storage.GetVolumeTransfer(
                        pb.GetVolumeTransferRequest(**where, name_or_id=transfer.name)
                    ).volume_transfer,
                ):
                    self.assertEqual((found.id, found.auth_key, found.accepted), (transfer.id, '', False))
                with self.fails(Code.INVALID_ARGUMENT, 'CLOUD_REJECTED', 'auth key'):
                    self.storage.AcceptVolumeTransfer(pb.AcceptVolumeTransferRequest(**where, id=transfer.id, auth_key='wrong'))
                self.given(cloud, volume, transfer)
                with self.fails(Code.NOT_FOUND, 'NOT_FOUND', volume.id):
                    self.now(where, volume)

    def given(self, cloud: Cloud, volume: pb.Volume, transfer: pb.VolumeTransfer) -> None:
        """The other project, which sees the volume from then on, takes it."""
        with contextlib.closing(self.stack.other(cloud)) as server:
            other = server.block_storage
            with self.fails(Code.NOT_FOUND, 'NOT_FOUND', volume.id):
                other.GetVolume(pb.GetVolumeRequest(name_or_id=volume.id))
            with self.fails(Code.NOT_FOUND, 'NOT_FOUND', volume.id):
                other.DeleteVolume(pb.DeleteVolumeRequest(name_or_id=volume.id))
            request = pb.AcceptVolumeTransferRequest(id=transfer.id, auth_key=transfer.auth_key)
            taken = other.AcceptVolumeTransfer(request, timeout=60).volume
            self.assertEqual((taken.id, taken.state), (volume.id, pb.VOLUME_STATE_AVAILABLE))
            self.assertEqual(taken.location.cloud, f'{cloud.name}-other')
            other.DeleteVolume(pb.DeleteVolumeRequest(name_or_id=volume.id, wait=WAIT), timeout=LONG)

    def test_an_offer_is_taken_back(self) -> None:
        for cloud, where in PLACES:
            with self.subTest(cloud.name):
                volume = self.volume(where)
                request = pb.CreateVolumeTransferRequest(**where, name=unique('transfer'), volume=volume.id, no_snapshots=True)
                transfer = self.storage.CreateVolumeTransfer(request).volume_transfer
                self.assertTrue(transfer.no_snapshots)
                self.storage.DeleteVolumeTransfer(pb.DeleteVolumeTransferRequest(**where, name_or_id=transfer.id))
                self.assertEqual(self.now(where, volume).state, pb.VOLUME_STATE_AVAILABLE)
                with self.fails(Code.NOT_FOUND, 'NOT_FOUND', transfer.id):
                    self.storage.GetVolumeTransfer(pb.GetVolumeTransferRequest(**where, name_or_id=transfer.id, max_age=NOW))


class BadVolumesTest(VolumesCase):
    """What can't be done leaves nothing behind."""

    def test_a_missing_field_is_named(self) -> None:
        where, o = {'location': {'cloud': CLOUDS[0].name}}, self.storage
        volume = self.volume(where)
        one = {**where, 'name_or_id': volume.id}
        for call, request, field in (
            (o.CreateVolume, pb.CreateVolumeRequest(**where, name='x'), 'size_gib'),
            (o.CreateVolume, pb.CreateVolumeRequest(**where, name='x', image='cirros'), 'size_gib'),
            (o.CreateVolume, pb.CreateVolumeRequest(name='x', size_gib=1), 'location.cloud'),
            (o.UpdateVolume, pb.UpdateVolumeRequest(**one), 'update_mask'),
            (o.UpdateVolume, pb.UpdateVolumeRequest(**where, name='x'), 'name_or_id'),
            (o.DeleteVolume, pb.DeleteVolumeRequest(**where), 'name_or_id'),
            (o.SetVolumeBootable, pb.SetVolumeBootableRequest(**where), 'name_or_id'),
            (o.RetypeVolume, pb.RetypeVolumeRequest(**one), 'volume_type'),
            (o.AttachVolume, pb.AttachVolumeRequest(**one), 'server'),
            (o.DetachVolume, pb.DetachVolumeRequest(**one), 'server'),
            (o.CreateVolumeSnapshot, pb.CreateVolumeSnapshotRequest(**where, name='x'), 'volume'),
            (o.UpdateVolumeSnapshot, pb.UpdateVolumeSnapshotRequest(**where, name='x'), 'name_or_id'),
            (o.DeleteVolumeSnapshot, pb.DeleteVolumeSnapshotRequest(**where), 'name_or_id'),
            (o.CreateVolumeBackup, pb.CreateVolumeBackupRequest(**where, name='x'), 'volume'),
            (o.RestoreVolumeBackup, pb.RestoreVolumeBackupRequest(**where), 'name_or_id'),
            (o.AcceptVolumeTransfer, pb.AcceptVolumeTransferRequest(**where, auth_key='x'), 'id'),
            (o.AcceptVolumeTransfer, pb.AcceptVolumeTransferRequest(**where, id='x'), 'auth_key'),
            (o.GetVolumeLimits, pb.GetVolumeLimitsRequest(), 'location.cloud'),
            (o.GetVolumeQuotas, pb.GetVolumeQuotasRequest(), 'location.cloud'),
        ):
            name = type(request).__name__
            with self.subTest(name, field=field), self.fails(Code.INVALID_ARGUMENT, 'MISSING_FIELD', field):
                call(request)

    def test_names_that_mean_nothing_are_refused(self) -> None:
        where, o = {'location': {'cloud': CLOUDS[0].name}}, self.storage
        volume = self.volume(where)
        one, no, new = {**where, 'name_or_id': volume.id}, 'no-such', {**where, 'name': unique('none'), 'size_gib': 1}
        for call, request, field in (
            (o.CreateVolume, pb.CreateVolumeRequest(**new, image=no), 'image'),
            (o.CreateVolume, pb.CreateVolumeRequest(**new, snapshot=no), 'snapshot'),
            (o.CreateVolume, pb.CreateVolumeRequest(**new, source_volume=no), 'source_volume'),
            (o.CreateVolume, pb.CreateVolumeRequest(**new, backup=no), 'backup'),
            (o.CreateVolume, pb.CreateVolumeRequest(**new, volume_type=no), 'volume_type'),
            (o.AttachVolume, pb.AttachVolumeRequest(**one, server=no), 'server'),
            (o.DetachVolume, pb.DetachVolumeRequest(**one, server=no), 'server'),
            (o.CreateVolumeSnapshot, pb.CreateVolumeSnapshotRequest(**where, name='x', volume=no), 'volume'),
            (o.CreateVolumeBackup, pb.CreateVolumeBackupRequest(**where, name='x', volume=volume.id, snapshot=no), 'snapshot'),
            (o.DeleteVolume, pb.DeleteVolumeRequest(**where, name_or_id=str(uuid.uuid4())), ''),
            (o.DeleteVolumeBackup, pb.DeleteVolumeBackupRequest(**where, name_or_id=no), ''),
            (o.DeleteVolumeTransfer, pb.DeleteVolumeTransferRequest(**where, name_or_id=no), ''),
            (o.AcceptVolumeTransfer, pb.AcceptVolumeTransferRequest(**where, id=str(uuid.uuid4()), auth_key='x'), ''),
        ):
            with self.subTest(type(request).__name__, field=field):
                with self.fails(Code.NOT_FOUND, 'NOT_FOUND') as told:
                    call(request)
                if field:
                    self.assertEqual(told.info.metadata['field'], field)
        self.assertFalse(o.ListVolumes(pb.ListVolumesRequest(**where, name_or_id=new['name'], max_age=NOW)).volumes)

    def test_what_no_cloud_takes_is_refused(self) -> None:
        for cloud, where in PLACES:
            with self.subTest(cloud.name):
                new = {**where, 'name': unique('none')}
                zone = {**new, 'location': {**where['location'], 'zone': 'no-such-zone'}}
                for request in (
                    pb.CreateVolumeRequest(**new, size_gib=-1),
                    pb.CreateVolumeRequest(**new, size_gib=1 << 62),
                    pb.CreateVolumeRequest(**{**new, 'name': 'x' * 256}, size_gib=1),
                    pb.CreateVolumeRequest(**new, size_gib=1, metadata={'x': 'y' * 256}),
                    pb.CreateVolumeRequest(**zone, size_gib=1),
                ):
                    with self.subTest(str(request)[:80]), self.fails(Code.INVALID_ARGUMENT, 'CLOUD_REJECTED'):
                        self.storage.CreateVolume(request)
                listed = self.storage.ListVolumes(pb.ListVolumesRequest(**where, name_or_id=new['name'], max_age=NOW))
                self.assertFalse(listed.volumes)

    def test_a_volume_that_could_not_be_made_says_so(self) -> None:
        # A simulated cloud fails by the name.
        for _, where in () if REAL else PLACES:
            self.assertEqual(self.volume(where, name=unique('fail-to-build')).state, pb.VOLUME_STATE_ERROR)
