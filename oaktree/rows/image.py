# SPDX-License-Identifier: Apache-2.0
"""Images as Glance writes them. https://docs.openstack.org/api-ref/image/v2/"""

from typing import Any

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

IMAGE_MEMBER = Resource(
    pb.ImageMember, 'image', '/images', 'members', ttl=0,
    fields={'id': 'member_id', 'native_status': 'status', 'create_time': 'created_at', 'update_time': 'updated_at'},
    states={
        'ACCEPTED': pb.IMAGE_MEMBER_STATE_ACCEPTED, 'PENDING': pb.IMAGE_MEMBER_STATE_PENDING,
        'REJECTED': pb.IMAGE_MEMBER_STATE_REJECTED,
    },
)  # fmt: skip
"""Below one image each, see ``ListImageMembers``."""


def settled(image: Any) -> bool:
    """Whether an image, None for one that is gone, has its data, or will not get it any more by itself."""
    if image is None or image.properties.get('os_glance_failed_import'):
        return True
    return image.state not in (pb.IMAGE_STATE_QUEUED, pb.IMAGE_STATE_UPLOADING)
