# SPDX-License-Identifier: Apache-2.0
"""BlockStorageService."""

from typing import Any

from oaktreemodel import v1 as pb
from oaktreemodel.v1 import block_storage_service_pb2

from oaktree import allowances, errors, finding, verbs, writes
from oaktree.backends.base import Done
from oaktree.resource import Document, Place
from oaktree.rows.block_storage import VOLUME, VOLUME_BACKUP, VOLUME_SNAPSHOT, VOLUME_TRANSFER, VOLUME_TYPE, attached
from oaktree.rows.compute import SERVER
from oaktree.rows.image import IMAGE

SOURCES: writes.Names = {
    'image': ('imageRef', IMAGE), 'snapshot': ('snapshot_id', VOLUME_SNAPSHOT), 'source_volume': ('source_volid', VOLUME),
    'backup': ('backup_id', VOLUME_BACKUP), 'volume_type': ('volume_type', VOLUME_TYPE),
}  # fmt: skip
OF_VOLUME: writes.Names = {'volume': ('volume_id', VOLUME), 'snapshot': ('snapshot_id', VOLUME_SNAPSHOT)}

NEW_VOLUME: verbs.Verb = writes.create(VOLUME, names=SOURCES, zone='availability_zone', done=writes.settled)

LIMITS = {
    'maxTotalVolumes': 'max_volumes', 'totalVolumesUsed': 'volumes_used', 'maxTotalVolumeGigabytes': 'max_size_gib',
    'totalGigabytesUsed': 'size_used_gib', 'maxTotalSnapshots': 'max_snapshots', 'totalSnapshotsUsed': 'snapshots_used',
    'maxTotalBackups': 'max_backups', 'totalBackupsUsed': 'backups_used',
    'maxTotalBackupGigabytes': 'max_backup_size_gib', 'totalBackupGigabytesUsed': 'backup_size_used_gib',
}  # fmt: skip
QUOTAS = {
    'volumes': 'volumes', 'snapshots': 'snapshots', 'backups': 'backups', 'groups': 'groups', 'gigabytes': 'size_gib',
    'per_volume_gigabytes': 'volume_size_gib', 'backup_gigabytes': 'backup_size_gib',
}  # fmt: skip


def _forced(_request: Any) -> dict[str, bool]:
    """Also of a volume that is in use. From microversion 3.66 on that goes without saying, for snapshots."""
    return {'force': True}


def _new_size(request: Any) -> dict[str, int]:
    verbs.required(request, 'size_gib')
    return {'new_size': request.size_gib}


@verbs.serves(block_storage_service_pb2.DESCRIPTOR.services_by_name['BlockStorageService'])
class BlockStorage(verbs.Service, pb.BlockStorageServiceServicer):
    """Volumes and their copies."""

    ListVolumes = verbs.list_(VOLUME)
    GetVolume = verbs.get(VOLUME)
    UpdateVolume = writes.update(VOLUME)
    DeleteVolume = writes.delete(VOLUME, lambda request: {'cascade': 'true'} if request.cascade else {})
    SetVolumeBootable = writes.act(
        VOLUME, 'os-set_bootable', body=lambda request: {'bootable': request.bootable or not request.HasField('bootable')}
    )
    ExtendVolume = writes.act(VOLUME, 'os-extend', writes.settled, _new_size)
    ListVolumeTypes = verbs.list_(VOLUME_TYPE)
    GetVolumeType = verbs.get(VOLUME_TYPE)
    ListVolumeSnapshots = verbs.list_(VOLUME_SNAPSHOT)
    GetVolumeSnapshot = verbs.get(VOLUME_SNAPSHOT)
    CreateVolumeSnapshot = writes.create(
        VOLUME_SNAPSHOT, needs=('volume',), names=OF_VOLUME, done=writes.settled, more=_forced
    )  # fmt: skip
    UpdateVolumeSnapshot = writes.update(VOLUME_SNAPSHOT)
    DeleteVolumeSnapshot = writes.delete(VOLUME_SNAPSHOT)
    ListVolumeBackups = verbs.list_(VOLUME_BACKUP)
    GetVolumeBackup = verbs.get(VOLUME_BACKUP)
    CreateVolumeBackup = writes.create(
        VOLUME_BACKUP, needs=('volume',), names=OF_VOLUME, zone='availability_zone', done=writes.settled, more=_forced
    )
    DeleteVolumeBackup = writes.delete(VOLUME_BACKUP)
    ListVolumeTransfers = verbs.list_(VOLUME_TRANSFER)
    GetVolumeTransfer = verbs.get(VOLUME_TRANSFER)
    DeleteVolumeTransfer = writes.delete(VOLUME_TRANSFER)

    async def CreateVolume(self, request: Any, _context: Any) -> Any:
        """What a volume is made from has a size, but for an image."""
        if not (request.size_gib or request.snapshot or request.source_volume or request.backup):
            raise errors.invalid('size_gib', 'is missing: only a snapshot, a volume or a backup has one', 'MISSING_FIELD')
        return await NEW_VOLUME.call(self, VOLUME, request, pb.CreateVolumeResponse)

    async def RetypeVolume(self, request: Any, _context: Any) -> Any:
        """Give a volume another type."""
        verbs.required(request, 'volume_type')
        wait = writes.patience(request)
        found = await writes.now(self, VOLUME, request)
        [new_type] = await writes.ids(self, VOLUME_TYPE, found.place, [request.volume_type], 'volume_type')
        body = {'new_type': new_type, 'migration_policy': 'on-demand' if request.migrate else 'never'}
        await self.backend.write(VOLUME, found.place, 'POST', (found.item.id, 'action'), {'os-retype': body})
        return pb.RetypeVolumeResponse(volume=await self._volume(found, writes.settled, wait))

    async def AttachVolume(self, request: Any, _context: Any) -> Any:
        """Nova attaches volumes. https://docs.openstack.org/api-ref/compute/#attach-a-volume-to-an-instance"""
        verbs.required(request, 'server')
        wait = writes.patience(request)
        found = await writes.now(self, VOLUME, request)
        [server] = await writes.ids(self, SERVER, found.place, [request.server], 'server')
        body = {'volumeId': found.item.id} | ({'device': request.device} if request.device else {})
        path = (server, 'os-volume_attachments')
        await self.backend.write(SERVER, found.place, 'POST', path, {'volumeAttachment': body})

        def done(volume: Any) -> bool:
            # Available again where the server could not take it.
            settled = writes.settled(volume)
            return settled and (volume is None or attached(server, volume) or volume.state != pb.VOLUME_STATE_IN_USE)

        return pb.AttachVolumeResponse(volume=await self._volume(found, done, wait))

    async def DetachVolume(self, request: Any, _context: Any) -> Any:
        """Nova detaches volumes. https://docs.openstack.org/api-ref/compute/#detach-a-volume-from-an-instance"""
        verbs.required(request, 'server')
        wait = writes.patience(request)
        found = await writes.now(self, VOLUME, request)
        [server] = await writes.ids(self, SERVER, found.place, [request.server], 'server')
        await self.backend.write(SERVER, found.place, 'DELETE', (server, 'os-volume_attachments', found.item.id))
        return pb.DetachVolumeResponse(volume=await self._volume(found, writes.settled, wait))

    async def UpdateVolumeBackup(self, request: Any, _context: Any) -> Any:
        """Cinder answers with no more than the name."""
        wanted = writes.masked(request)
        found = await writes.now(self, VOLUME_BACKUP, request)
        body = await writes.described(self, VOLUME_BACKUP, request, found.place, {}, wanted)
        await self.backend.update(VOLUME_BACKUP, found.place, found.item.id, {'backup': body})
        backup = await writes.waited(self, VOLUME_BACKUP, found.place, found.item, None, 0)
        return pb.UpdateVolumeBackupResponse(volume_backup=backup)

    async def RestoreVolumeBackup(self, request: Any, _context: Any) -> Any:
        """Write a backup to a volume, a new one unless one is named."""
        wait = writes.patience(request)
        found = await writes.now(self, VOLUME_BACKUP, request)
        body = {'name': request.name} if request.name else {}
        if request.volume:
            [body['volume_id']] = await writes.ids(self, VOLUME, found.place, [request.volume], 'volume')
        path = (found.item.id, 'restore')
        document = await self.backend.write(VOLUME_BACKUP, found.place, 'POST', path, {'restore': body})
        made = _told(document.get('restore'), found.place)
        try:
            return pb.RestoreVolumeBackupResponse(volume=await self._volume(made, writes.settled, wait))
        except errors.Failure as failure:
            raise failure if request.volume else writes.made_before(failure, VOLUME, made.item.id) from None

    async def CreateVolumeTransfer(self, request: Any, _context: Any) -> Any:
        """Offer a volume. Nobody but the one who asked ever sees the key, which is not read again."""
        verbs.required(request, 'volume')
        place = await finding.where(self.backend, request.location)
        body = await writes.described(self, VOLUME_TRANSFER, request, place, OF_VOLUME)
        made = await self.backend.create(VOLUME_TRANSFER, place, {'transfer': body})
        return pb.CreateVolumeTransferResponse(volume_transfer=made)

    async def AcceptVolumeTransfer(self, request: Any, _context: Any) -> Any:
        """Take a volume over; what it is found by is an id, as it belongs to others."""
        verbs.required(request, 'id', 'auth_key')
        place = await finding.where(self.backend, request.location)
        path, body = (request.id, 'accept'), {'accept': {'auth_key': request.auth_key}}
        document = await self.backend.write(VOLUME_TRANSFER, place, 'POST', path, body)
        volume = await self._volume(_told(document.get('transfer'), place), None, 0)
        return pb.AcceptVolumeTransferResponse(volume=volume)

    async def GetVolumeLimits(self, request: Any, _context: Any) -> Any:
        """What there is, and may be."""
        response = pb.GetVolumeLimitsResponse()
        return await allowances.answer(self, request, response, 'block-storage', '/limits', ('limits', 'absolute'), LIMITS)

    async def GetVolumeQuotas(self, request: Any, _context: Any) -> Any:
        """What there may be."""
        response = pb.GetVolumeQuotasResponse()
        path = f'/os-quota-sets/{allowances.OF_PROJECT}'
        return await allowances.answer(self, request, response, 'block-storage', path, ('quota_set',), QUOTAS)

    async def _volume(self, found: finding.Found, done: Done | None, wait: float) -> Any:
        """A volume after a change."""
        return await writes.waited(self, VOLUME, found.place, found.item, done if wait else None, wait)


def _told(document: Document | None, place: Place) -> finding.Found:
    """The volume that an answer is about."""
    if not (volume_id := (document or {}).get('volume_id')):
        raise errors.Failure(errors.Code.UNAVAILABLE, 'CLOUD_ANSWER_BROKEN', 'The cloud does not tell which volume it took.')
    return finding.Found(pb.Volume(id=volume_id), place, 0)
