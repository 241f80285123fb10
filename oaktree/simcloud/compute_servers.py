# SPDX-License-Identifier: Apache-2.0
"""A server of a simulated Nova, and its documents in every microversion."""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from oaktree.simcloud.http import Doc, isotime, micros

if TYPE_CHECKING:
    from oaktree.simcloud.network_rules import Rules

Version = tuple[int, int]
BREAKS: list[Version] = [(2, n) for n in (1, 3, 9, 16, 19, 26, 47, 63, 71, 73, 90, 96)]
"""The microversions from which a server's document looks different."""

REBUILDS = dict.fromkeys(('rebuilding', 'rebuild_block_device_mapping', 'rebuild_spawning'), 'REBUILD')
RESIZES = dict.fromkeys(('resize_prep', 'resize_migrating', 'resize_migrated', 'resize_finish'), 'RESIZE')
STATUSES: dict[str, tuple[str, dict[str, str]]] = {
    'active': (
        'ACTIVE',
        {'rebooting': 'REBOOT', 'rebooting_hard': 'HARD_REBOOT', 'updating_password': 'PASSWORD', **REBUILDS, **RESIZES},
    ),
    'building': ('BUILD', {}),
    'stopped': ('SHUTOFF', {**REBUILDS, **RESIZES}),
    'resized': ('VERIFY_RESIZE', {'resize_reverting': 'REVERT_RESIZE'}),
    'paused': ('PAUSED', {}),
    'suspended': ('SUSPENDED', {}),
    'rescued': ('RESCUE', {}),
    'error': ('ERROR', REBUILDS),
    'deleted': ('DELETED', {}),
    'shelved': ('SHELVED', {}),
    'shelved_offloaded': ('SHELVED_OFFLOADED', {}),
}
POWER = {
    'building': 0,
    'error': 0,
    'paused': 3,
    'stopped': 4,
    'suspended': 4,
    'shelved': 4,
    'shelved_offloaded': 4,
    'deleted': 0,
}


class Server:
    """What Nova knows of a server. `seq` is its place in time; `views` its documents, forgotten at every change."""

    __slots__ = (
        'access_ips',
        'actions',
        'config_drive',
        'created',
        'description',
        'fault',
        'flavor',
        'generation',
        'groups',
        'host',
        'hostname',
        'id',
        'image',
        'key_name',
        'launched',
        'locked',
        'locked_reason',
        'metadata',
        'name',
        'nics',
        'pinned_zone',
        'project',
        'requested',
        'reservation',
        'resized_from',
        'seq',
        'tags',
        'task_state',
        'terminated',
        'updated',
        'user',
        'user_data',
        'views',
        'vm_state',
        'volumes',
    )

    def __init__(
        self, ident: str, seq: int, name: str, project: str, user: str, flavor: Doc, image: str, created: float
    ) -> None:
        self.id, self.seq, self.name, self.project, self.user = ident, seq, name, project, user
        self.flavor, self.image = flavor, image
        self.created = self.updated = created
        self.launched: float | None = None
        self.terminated: float | None = None
        self.vm_state = 'building'
        self.task_state: str | None = 'scheduling'
        self.host = ''
        self.hostname = name.lower().replace(' ', '-').replace('_', '-')
        self.key_name: str | None = None
        self.metadata: dict[str, str] = {}
        self.tags: list[str] = []
        self.description: str | None = None
        self.locked = False
        self.locked_reason: str | None = None
        self.groups: list[str] = []
        self.nics: list[str] = []
        self.volumes: list[Doc] = []
        self.fault: Doc | None = None
        self.config_drive = ''
        self.user_data: str | None = None
        self.pinned_zone: str | None = None
        self.reservation = ''
        self.resized_from: Doc | None = None
        self.access_ips = ('', '')
        self.requested = ''
        self.generation = 0
        self.actions: list[Doc] = []
        self.views: dict[tuple[int, bool, bool], bytes] = {}

    @property
    def status(self) -> str:
        status, tasks = STATUSES[self.vm_state]
        return tasks.get(self.task_state or '', status)

    @property
    def power_state(self) -> int:
        return POWER.get(self.vm_state, 1)

    def host_id(self) -> str:
        return hashed(self.project, self.host) if self.host else ''


@lru_cache(1024)
def hashed(project: str, host: str) -> str:
    return hashlib.sha224((project + host).encode(), usedforsecurity=False).hexdigest()


def shape(version: Version) -> int:
    """Versions of the same shape have the same documents."""
    return bisect_right(BREAKS, version)


def links(url: str, collection: str, ident: str) -> list[Doc]:
    return [
        {'rel': 'self', 'href': f'{url}/compute/v2.1/{collection}/{ident}'},
        {'rel': 'bookmark', 'href': f'{url}/compute/{collection}/{ident}'},
    ]


def addresses(server: Server, rules: Rules) -> dict[str, list[Doc]]:
    """The addresses by network name, as Nova shows them once a server is built."""
    found: dict[str, list[Doc]] = {}
    floating: dict[str, list[Doc]] = {}
    for nic in server.nics:
        port = rules.ports.get(nic)
        network = rules.networks.get(port['network_id']) if port else None
        if port is None or network is None:
            continue
        mac = port['mac_address']
        mine = found.setdefault(network['name'], [])
        for ip in port['fixed_ips']:
            mine.append(_address(ip['ip_address'], 'fixed', mac))
        for fip in rules.floating_ips(nic):
            floating.setdefault(network['name'], []).append(_address(fip['floating_ip_address'], 'floating', mac))
    for name, more in floating.items():
        found[name].extend(more)
    return found


def _address(address: str, kind: str, mac: str) -> Doc:
    return {'version': 6 if ':' in address else 4, 'addr': address, 'OS-EXT-IPS:type': kind, 'OS-EXT-IPS-MAC:mac_addr': mac}


def group_names(server: Server, rules: Rules) -> list[Doc]:
    names: dict[str, None] = {}
    for nic in server.nics:
        for group in (rules.ports.get(nic) or {}).get('security_groups', ()):
            names[(rules.groups.get(group) or {}).get('name', group)] = None
    return [{'name': name} for name in names]


def view(server: Server, version: Version, url: str, rules: Rules, admin: bool, single: bool) -> Doc:
    """The full document; `single` is a GET of this one server, which shows a little more than a list."""
    document: Doc = {
        'id': server.id,
        'name': server.name,
        'status': server.status,
        'tenant_id': server.project,
        'user_id': server.user,
        'metadata': server.metadata,
        'hostId': server.host_id(),
        'image': _image(server, url),
        'flavor': _flavor(server, version, url),
        'created': isotime(server.created),
        'updated': isotime(server.updated),
        'addresses': {} if server.vm_state == 'building' else addresses(server, rules),
        'accessIPv4': server.access_ips[0],
        'accessIPv6': server.access_ips[1],
        'links': links(url, 'servers', server.id),
        'OS-DCF:diskConfig': 'MANUAL',
        'OS-EXT-AZ:availability_zone': 'nova' if server.host else (server.pinned_zone or ''),
        'config_drive': server.config_drive,
        'key_name': server.key_name,
        'OS-SRV-USG:launched_at': micros(server.launched) if server.launched else None,
        'OS-SRV-USG:terminated_at': micros(server.terminated) if server.terminated else None,
        'OS-EXT-STS:task_state': server.task_state,
        'OS-EXT-STS:vm_state': server.vm_state,
        'OS-EXT-STS:power_state': server.power_state,
        'os-extended-volumes:volumes_attached': [_volume(one, version) for one in server.volumes],
    }
    if server.status in ('ACTIVE', 'BUILD', 'REBUILD', 'RESIZE', 'VERIFY_RESIZE', 'MIGRATING'):
        document['progress'] = 0
    if server.fault is not None and server.status in ('ERROR', 'DELETED'):
        document['fault'] = server.fault
    groups = [] if server.task_state == 'scheduling' else group_names(server, rules)
    if groups:
        document['security_groups'] = groups
    if admin:
        document |= _admin_view(server, version)
    return document | _later(server, version, admin, single)


def _later(server: Server, version: Version, admin: bool, single: bool) -> Doc:
    """The fields that microversions have added."""
    added: tuple[tuple[int, str, Any], ...] = (
        (9, 'locked', server.locked),
        (19, 'description', server.description),
        (26, 'tags', server.tags),
        (63, 'trusted_image_certificates', None),
        (73, 'locked_reason', server.locked_reason),
        (90, 'OS-EXT-SRV-ATTR:hostname', server.hostname),
        (96, 'pinned_availability_zone', server.pinned_zone),
    )
    fields = {name: value for minor, name, value in added if version >= (2, minor)}
    if single and version >= (2, 71):
        fields['server_groups'] = []
    if admin and version >= (2, 16):
        fields['host_status'] = 'UP' if server.host else ''
    return fields


def _image(server: Server, url: str) -> Doc | str:
    if not server.image:
        return ''
    return {'id': server.image, 'links': [{'rel': 'bookmark', 'href': f'{url}/compute/images/{server.image}'}]}


def _volume(one: Doc, version: Version) -> Doc:
    return {'id': one['id']} | ({'delete_on_termination': one['delete_on_termination']} if version >= (2, 3) else {})


def _flavor(server: Server, version: Version, url: str) -> Doc:
    flavor = server.flavor
    if version < (2, 47):
        return {'id': flavor['id'], 'links': [{'rel': 'bookmark', 'href': f'{url}/compute/flavors/{flavor["id"]}'}]}
    document = {'vcpus': flavor['vcpus'], 'ram': flavor['ram'], 'disk': flavor['disk'], 'ephemeral': flavor['ephemeral']}
    return document | {'swap': flavor['swap'], 'original_name': flavor['name'], 'extra_specs': flavor['extra_specs']}


def _admin_view(server: Server, version: Version) -> Doc:
    prefix = 'OS-EXT-SRV-ATTR:'
    host = server.host or None
    document: Doc = {
        prefix + 'host': host,
        prefix + 'hypervisor_hostname': host,
        prefix + 'instance_name': f'instance-{server.seq:08x}',
    }
    if version >= (2, 3):
        document |= {
            prefix + 'hostname': server.hostname,
            prefix + 'kernel_id': '',
            prefix + 'ramdisk_id': '',
            prefix + 'launch_index': 0,
        }
        document |= {prefix + 'reservation_id': server.reservation, prefix + 'root_device_name': '/dev/vda'}
        document |= {prefix + 'user_data': server.user_data}
    return document
