# SPDX-License-Identifier: Apache-2.0
"""Volumes and their copies as Cinder writes them. https://docs.openstack.org/api-ref/block-storage/v3/"""

from typing import Any

from oaktreemodel import v1 as pb

from oaktree.normalise import timestamp
from oaktree.resource import Document, Resource

TIMES = {'create_time': 'created_at', 'update_time': 'updated_at'}


def _attachments(document: Document) -> list[dict[str, Any]]:
    return [
        {
            'id': one.get('attachment_id') or '',
            'server_id': one.get('server_id') or '',
            'device': one.get('device') or '',
            'create_time': timestamp(one.get('attached_at')),
            'host_name': one.get('host_name') or '',
        }
        for one in document.get('attachments') or ()
    ]


VOLUME = Resource(
    pb.Volume, 'block-storage', '/volumes/detail', 'volumes', ttl=5, touches=('snapshots',),
    fields={
        **TIMES, 'native_status': 'status', 'size_gib': 'size', 'source_volume_id': 'source_volid',
        'image_metadata': 'volume_image_metadata', 'attachments': _attachments,
        # Cinder writes it as text.
        'bootable': lambda d: str(d.get('bootable')).lower() == 'true',
    },
    # Also by the names that clouds of different age give the owner and the zone, which the location has.
    used=frozenset({'attachments', 'availability_zone', 'bootable', 'os-vol-tenant-attr:tenant_id'}),
    states={
        'ATTACHING': pb.VOLUME_STATE_BUSY, 'AVAILABLE': pb.VOLUME_STATE_AVAILABLE,
        'AWAITING-TRANSFER': pb.VOLUME_STATE_AWAITING_TRANSFER, 'BACKING-UP': pb.VOLUME_STATE_BUSY,
        'CREATING': pb.VOLUME_STATE_CREATING, 'DELETING': pb.VOLUME_STATE_DELETED, 'DETACHING': pb.VOLUME_STATE_BUSY,
        'DOWNLOADING': pb.VOLUME_STATE_CREATING, 'ERROR': pb.VOLUME_STATE_ERROR, 'ERROR_BACKING-UP': pb.VOLUME_STATE_ERROR,
        'ERROR_DELETING': pb.VOLUME_STATE_ERROR, 'ERROR_EXTENDING': pb.VOLUME_STATE_ERROR,
        'ERROR_RESTORING': pb.VOLUME_STATE_ERROR, 'EXTENDING': pb.VOLUME_STATE_BUSY, 'IN-USE': pb.VOLUME_STATE_IN_USE,
        'MAINTENANCE': pb.VOLUME_STATE_BUSY, 'RESERVED': pb.VOLUME_STATE_BUSY, 'RESTORING-BACKUP': pb.VOLUME_STATE_BUSY,
        'RETYPING': pb.VOLUME_STATE_BUSY, 'REVERTING': pb.VOLUME_STATE_BUSY, 'UNMANAGING': pb.VOLUME_STATE_DELETED,
        'UPLOADING': pb.VOLUME_STATE_BUSY,
    },
)  # fmt: skip

VOLUME_TYPE = Resource(
    pb.VolumeType, 'block-storage', '/types', 'volume_types', ttl=3600, used=frozenset({'os-volume-type-access:is_public'}),
)  # fmt: skip

VOLUME_SNAPSHOT = Resource(
    pb.VolumeSnapshot, 'block-storage', '/snapshots/detail', 'snapshots', ttl=30,
    fields={**TIMES, 'native_status': 'status', 'size_gib': 'size', 'progress': 'os-extended-snapshot-attributes:progress'},
    used=frozenset({'os-extended-snapshot-attributes:project_id'}),
    states={
        'AVAILABLE': pb.VOLUME_SNAPSHOT_STATE_AVAILABLE, 'BACKING-UP': pb.VOLUME_SNAPSHOT_STATE_BUSY,
        'CREATING': pb.VOLUME_SNAPSHOT_STATE_CREATING, 'DELETED': pb.VOLUME_SNAPSHOT_STATE_DELETED,
        'DELETING': pb.VOLUME_SNAPSHOT_STATE_DELETED, 'ERROR': pb.VOLUME_SNAPSHOT_STATE_ERROR,
        'ERROR_DELETING': pb.VOLUME_SNAPSHOT_STATE_ERROR, 'RESTORING': pb.VOLUME_SNAPSHOT_STATE_BUSY,
        'UNMANAGING': pb.VOLUME_SNAPSHOT_STATE_BUSY, 'UPDATING': pb.VOLUME_SNAPSHOT_STATE_BUSY,
    },
)  # fmt: skip

VOLUME_BACKUP = Resource(
    # The volume is busy while it is copied or overwritten.
    pb.VolumeBackup, 'block-storage', '/backups/detail', 'backups', ttl=30, touches=('volumes', 'snapshots'),
    fields={
        **TIMES, 'native_status': 'status', 'size_gib': 'size', 'data_time': 'data_timestamp',
        # A POST calls it by our name.
        'incremental': lambda d: bool(d.get('is_incremental')),
    },
    used=frozenset({'availability_zone', 'is_incremental', 'os-backup-project-attr:project_id'}),
    states={
        'AVAILABLE': pb.VOLUME_BACKUP_STATE_AVAILABLE, 'CREATING': pb.VOLUME_BACKUP_STATE_CREATING,
        'DELETED': pb.VOLUME_BACKUP_STATE_DELETED, 'DELETING': pb.VOLUME_BACKUP_STATE_DELETED,
        'ERROR': pb.VOLUME_BACKUP_STATE_ERROR, 'ERROR_DELETING': pb.VOLUME_BACKUP_STATE_ERROR,
        'RESTORING': pb.VOLUME_BACKUP_STATE_RESTORING,
    },
)  # fmt: skip

VOLUME_TRANSFER = Resource(
    pb.VolumeTransfer, 'block-storage', '/volume-transfers/detail', 'transfers', ttl=30, touches=('volumes', 'snapshots'),
    fields={'create_time': 'created_at'},
)  # fmt: skip


def attached(server_id: str, volume: Any) -> bool:
    """Whether a volume is attached to a server by now."""
    return any(one.server_id == server_id for one in volume.attachments)
