# SPDX-License-Identifier: Apache-2.0
"""What an entry of ``clouds.yaml`` says of a place, as the part of its capabilities that nobody need be asked for."""

from typing import TYPE_CHECKING, Any

from google.protobuf.duration_pb2 import Duration
from oaktreemodel import v1 as pb

if TYPE_CHECKING:
    from openstack.config.cloud_region import CloudRegion

STATUS = {
    'active': pb.CLOUD_STATUS_ACTIVE,
    'deprecated': pb.CLOUD_STATUS_DEPRECATED,
    'shutdown': pb.CLOUD_STATUS_SHUTDOWN,
}

KEYS = {
    'vendor': 'profile', 'status': 'status', 'status_message': 'message', 'auth_type': 'auth_type', 'interface': 'interface',
    'request_timeout': 'api_timeout', 'requests_per_second': 'oaktree_rate', 'image_format': 'image_format',
    'image_upload_method': 'image_api_use_tasks', 'image_required_properties': 'disable_vendor_agent',
    'floating_ip_source': 'floating_ip_source', 'security_group_source': 'secgroup_source',
    'use_external_network': 'use_external_network', 'use_internal_network': 'use_internal_network',
    'prefer_private': 'private', 'prefer_ipv4': 'force_ipv4',
}  # fmt: skip
"""Field of the capabilities -> key of the entry, all of which have a default."""


def told(region: 'CloudRegion') -> pb.Capabilities:
    """https://docs.openstack.org/openstacksdk/latest/user/config/configuration.html and its vendor profiles."""
    config: dict[str, Any] = region.config
    tasks = config.get('image_api_use_tasks')
    timeout = Duration()
    timeout.FromNanoseconds(int(config['api_timeout'] * 1e9))
    interface = region.get_interface()
    return pb.Capabilities(
        vendor=str(config.get('profile') or ''),
        status=STATUS.get(config.get('status') or '', pb.CLOUD_STATUS_UNSPECIFIED),
        status_message=str(config.get('message') or ''),
        auth_type=str(config.get('auth_type') or ''),
        interface=interface if isinstance(interface, str) else ', '.join(map(str, interface or ())),
        request_timeout=timeout,
        requests_per_second=config['oaktree_rate'],
        image_format=str(config.get('image_format') or ''),
        image_upload_method=pb.IMAGE_UPLOAD_METHOD_TASK if tasks else pb.IMAGE_UPLOAD_METHOD_PUT,
        image_required_properties={key: str(value) for key, value in (config.get('disable_vendor_agent') or {}).items()},
        floating_ip_source=str(config.get('floating_ip_source')).lower(),
        security_group_source=str(config.get('secgroup_source')).lower(),
        use_external_network=bool(config.get('use_external_network', True)),
        use_internal_network=bool(config.get('use_internal_network', True)),
        prefer_private=bool(config.get('private', False)),
        prefer_ipv4=bool(config.get('force_ipv4', False)),
        learned_from={field: f'clouds.yaml: {key}' for field, key in KEYS.items()},
    )


def disabled(region: 'CloudRegion', service: str) -> str:
    """Why a service is not to be used although it is there; empty where it is."""
    if region.config.get(f'has_{service.replace("-", "_")}', True):
        return ''
    return region.get_disabled_reason(service) or f'has_{service.replace("-", "_")} is false in clouds.yaml'
