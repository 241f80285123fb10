# SPDX-License-Identifier: Apache-2.0
"""Images as Glance writes them. https://docs.openstack.org/api-ref/image/v2/"""

from oaktreemodel import v1 as pb

from oaktree.resource import Resource

IMAGE = Resource(
    pb.Image, 'image', '/images', 'images', ttl=60,
    fields={
        'native_status': 'status', 'size_bytes': 'size', 'virtual_size_bytes': 'virtual_size', 'min_disk_gib': 'min_disk',
        'min_ram_mib': 'min_ram', 'hash_algo': 'os_hash_algo', 'hash_value': 'os_hash_value', 'hidden': 'os_hidden',
        'is_protected': 'protected',
        'create_time': 'created_at', 'update_time': 'updated_at',
    },
    states={
        'ACTIVE': pb.IMAGE_STATE_ACTIVE, 'DEACTIVATED': pb.IMAGE_STATE_DEACTIVATED, 'DELETED': pb.IMAGE_STATE_DELETED,
        'IMPORTING': pb.IMAGE_STATE_UPLOADING, 'KILLED': pb.IMAGE_STATE_ERROR, 'PENDING_DELETE': pb.IMAGE_STATE_DELETED,
        'QUEUED': pb.IMAGE_STATE_QUEUED, 'SAVING': pb.IMAGE_STATE_UPLOADING, 'UPLOADING': pb.IMAGE_STATE_UPLOADING,
    },
)  # fmt: skip
