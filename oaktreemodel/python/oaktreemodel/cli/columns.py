# SPDX-License-Identifier: Apache-2.0
"""What a list shows of each kind of thing: the columns of the openstack command, as far as oaktree knows them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from oaktreemodel.cli.problems import Problem

Row = Mapping[str, Any]
"""A thing as `values.plain` has it, with its place in `cloud`, `region`, `zone` and `project`."""


def networks(row: Row) -> dict[str, list[str]]:
    """The addresses of a server by network."""
    found: dict[str, list[str]] = {}
    for address in row['addresses']:
        found.setdefault(address['network'], []).append(address['ip'])
    return found


def flavor(row: Row) -> str:
    found = row['flavor'] or {}
    return found.get('name') or found.get('id') or ''


def admin_state(row: Row) -> str:
    return 'UP' if row['admin_state_up'] else 'DOWN'


def port_range(row: Row) -> str:
    first, last = row.get('port_min'), row.get('port_max')
    return '' if first is None else f'{first}:{last}'


ID_NAME = {'ID': 'id', 'Name': 'name'}
DESCRIBED = {**ID_NAME, 'Description': 'description'}
BALANCER = {'id': 'id', 'name': 'name', 'project_id': 'project_id'}

COLUMNS: Mapping[str, Mapping[str, str | Callable[[Row], Any]]] = {
    'AddressGroup': {**DESCRIBED, 'Project': 'project_id', 'Addresses': 'addresses'},
    'AddressScope': {**ID_NAME, 'IP Version': 'ip_version', 'Shared': 'shared', 'Project': 'project_id'},
    'ApplicationCredential': {
        **DESCRIBED, 'Project ID': 'project_id', 'Roles': 'roles', 'Unrestricted': 'unrestricted', 'Expires At': 'expire_time',
    },
    'Caller': {'User': 'user_name', 'Project': 'project_name', 'Roles': 'roles', 'Expires At': 'expire_time', 'Owner': 'owner'},
    'Cloud': {'Name': 'name', 'Regions': 'regions'},
    'Container': {'Name': 'name'},
    'Flavor': {
        **ID_NAME, 'RAM': 'ram_mib', 'Disk': 'disk_gib', 'Ephemeral': 'ephemeral_gib', 'VCPUs': 'vcpus',
        'Is Public': 'is_public',
    },
    'FloatingIp': {
        'ID': 'id', 'Floating IP Address': 'address', 'Fixed IP Address': 'fixed_address', 'Port': 'port_id',
        'Floating Network': 'network_id', 'Project': 'project_id',
    },
    'HealthMonitor': {**BALANCER, 'type': 'type', 'admin_state_up': 'admin_state_up'},
    'Image': {**ID_NAME, 'Status': 'state'},
    'ImageMember': {'Image ID': 'image_id', 'Member ID': 'id', 'Status': 'state'},
    'Keypair': {'Name': 'name', 'Fingerprint': 'fingerprint', 'Type': 'type'},
    'Listener': {
        'id': 'id', 'default_pool_id': 'default_pool_id', 'name': 'name', 'project_id': 'project_id', 'protocol': 'protocol',
        'protocol_port': 'protocol_port', 'admin_state_up': 'admin_state_up',
    },
    'LoadBalancer': {
        **BALANCER, 'vip_address': 'address', 'provisioning_status': 'state', 'operating_status': 'operating_status',
        'provider': 'provider',
    },
    'Network': {**ID_NAME, 'Subnets': 'subnet_ids'},
    'Object': {'Name': 'name'},
    'Pool': {
        **BALANCER, 'provisioning_status': 'state', 'protocol': 'protocol', 'lb_algorithm': 'lb_algorithm',
        'admin_state_up': 'admin_state_up',
    },
    'PoolMember': {
        **BALANCER, 'provisioning_status': 'state', 'address': 'address', 'protocol_port': 'protocol_port',
        'operating_status': 'operating_status', 'weight': 'weight',
    },
    'Port': {**ID_NAME, 'MAC Address': 'mac_address', 'Fixed IP Addresses': 'fixed_ips', 'Status': 'state'},
    'PortForwarding': {
        'ID': 'id', 'Internal Port ID': 'port_id', 'Internal IP Address': 'fixed_address', 'Internal Port': 'internal_port',
        'External Port': 'external_port', 'Protocol': 'protocol', 'Description': 'description',
    },
    'RbacPolicy': {'ID': 'id', 'Object Type': 'object_type', 'Object ID': 'object_id'},
    'Router': {**ID_NAME, 'Status': 'state', 'State': admin_state, 'Project': 'project_id'},
    'SecurityGroup': {**DESCRIBED, 'Project': 'project_id'},
    'SecurityGroupRule': {
        'ID': 'id', 'IP Protocol': 'protocol', 'IP Version': 'ip_version', 'IP Range': 'remote_ip_prefix',
        'Port Range': port_range, 'Direction': 'direction', 'Remote Security Group': 'remote_group_id',
    },
    'Server': {**ID_NAME, 'Status': 'state', 'Networks': networks, 'Image': 'image_id', 'Flavor': flavor},
    'ServerGroup': {**ID_NAME, 'Policy': 'policy'},
    'ServerInterface': {'Port ID': 'id', 'Status': 'state', 'Network ID': 'network_id', 'Addresses': 'fixed_addresses'},
    'Subnet': {**ID_NAME, 'Network': 'network_id', 'Subnet': 'cidr'},
    'SubnetPool': {**ID_NAME, 'Prefixes': 'prefixes'},
    'Trunk': {**ID_NAME, 'Parent Port': 'port_id', 'Description': 'description'},
    'Volume': {**ID_NAME, 'Status': 'state', 'Size': 'size_gib', 'Attached to': 'attachments'},
    'VolumeBackup': {**DESCRIBED, 'Status': 'state', 'Size': 'size_gib'},
    'VolumeSnapshot': {**DESCRIBED, 'Status': 'state', 'Size': 'size_gib'},
    'VolumeTransfer': {**ID_NAME, 'Volume': 'volume_id'},
    'VolumeType': {**ID_NAME, 'Is Public': 'is_public'},
}  # fmt: skip

BULKY = {'Capabilities': ('default_max_ages', 'learned_from', 'network_extensions', 'quotas', 'unlearned')}
"""What a table shows with --long only."""


PLACE = ('cloud', 'region', 'zone', 'project_id', 'project_name')
"""What `flat` makes of a location."""


def flat(row: Row) -> dict[str, Any]:
    """The row with its location's levels as fields of their own."""
    if 'location' not in row:
        return dict(row)
    place = row['location'] or {}
    project = place.get('project') or {}
    levels = {key: place.get(key) or '' for key in ('cloud', 'region', 'zone')}
    levels |= {'project_id': project.get('id') or '', 'project_name': project.get('name') or ''}
    return levels | {key: value for key, value in row.items() if key != 'location'}


def chosen(kind: str, fields: Sequence[str], asked: Sequence[str], with_cloud: bool, all_fields: bool) -> dict[str, Any]:
    """The columns of a list: title -> field, or what makes a value of a row."""
    usual = COLUMNS.get(kind) or {title: field for title, field in ID_NAME.items() if field in fields} or {f: f for f in fields}
    columns: dict[str, Any] = {'Cloud': 'cloud'} if with_cloud else {}
    columns |= usual
    if all_fields:
        columns |= {field: field for field in fields if field not in columns.values()}
    if not asked:
        return columns
    by_name = {title.lower(): title for title in columns}
    found = {}
    for name in asked:
        title = by_name.get(name.lower(), name)
        field = name.lower().replace(' ', '_').removeprefix('location.')
        found[title] = columns.get(title) or (field if field.partition('.')[0] in (*fields, *PLACE) else '')
        if not found[title]:
            raise Problem(f'no column {name!r}; there are {", ".join(columns)}, and the fields {", ".join(fields)}', 'USAGE')
    return found


def cells(columns: Mapping[str, Any], row: Row) -> dict[str, Any]:
    """The values of one row."""
    return {title: field(row) if callable(field) else _at(row, field) for title, field in columns.items()}


def _at(row: Any, path: str) -> Any:
    for part in path.split('.'):
        row = row.get(part) if isinstance(row, Mapping) else None
    return row
