# SPDX-License-Identifier: Apache-2.0
"""Server groups of a simulated Nova, which has one host, and volumes that servers boot from."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from oaktree.simcloud.compute_create import MOST, check_texts, invalid
from oaktree.simcloud.compute_servers import Server
from oaktree.simcloud.http import Answer, Call, Doc, Refusal, is_uuid, route
from oaktree.simcloud.store import Shelf

if TYPE_CHECKING:
    from oaktree.simcloud.cloud import Cloud

LARGEST = 2**31 - 1
"""GiB of a volume."""

POLICIES = ('anti-affinity', 'affinity', 'soft-anti-affinity', 'soft-affinity')


class ServerGroups:
    """/os-server-groups."""

    cloud: Cloud

    if TYPE_CHECKING:
        servers: Shelf[Server]

    def reset_groups(self) -> None:
        self.groups: dict[str, Doc] = {}

    def groups_of(self, project: str) -> list[Doc]:
        return [group for group in self.groups.values() if group['project_id'] == project]

    def _group_view(self, call: Call, group: Doc) -> Doc:
        members = [ident for ident in group['members'] if ident in self.servers]
        view: Doc = {'id': group['id'], 'name': group['name'], 'members': members}
        if call.microversion >= (2, 13):
            view |= {'project_id': group['project_id'], 'user_id': group['user_id']}
        if call.microversion >= (2, 64):
            return view | {'policy': group['policy'], 'rules': group['rules']}
        return view | {'policies': [group['policy']], 'metadata': {}}

    def server_group(self, call: Call, ident: str) -> Doc:
        group = self.groups.get(ident)
        if group is None or (group['project_id'] != call.project and not call.token.admin):
            raise Refusal(404, f'Instance group {ident} could not be found.')
        return group

    @route('GET', '/os-server-groups')
    def list_server_groups(self, call: Call) -> Answer:
        first, page = call.integer('offset'), self.cloud.profile.page
        last = first + min(page, call.integer('limit', page))
        mine = self.groups_of(call.project)[first:last]
        return Answer(200, {'server_groups': [self._group_view(call, group) for group in mine]})

    @route('GET', '/os-server-groups/{id}')
    def show_server_group(self, call: Call, ident: str) -> Answer:
        return Answer(200, {'server_group': self._group_view(call, self.server_group(call, ident))})

    @route('DELETE', '/os-server-groups/{id}')
    def delete_server_group(self, call: Call, ident: str) -> Answer:
        del self.groups[self.server_group(call, ident)['id']]
        return Answer(204)

    @route('POST', '/os-server-groups')
    def create_server_group(self, call: Call) -> Answer:
        given = call.json('server_group')
        name, (policy, rules) = given.get('name'), self._policy(call, given)
        check_texts({'name': name or ''})
        if len(self.groups_of(call.project)) >= self.cloud.settings.quota['server_groups']:
            raise Refusal(403, 'Quota exceeded, too many server groups.')
        group: Doc = {'id': str(uuid.uuid4()), 'name': name, 'project_id': call.project, 'user_id': call.token.user_id}
        group |= {'policy': policy, 'rules': rules, 'members': []}
        self.groups[group['id']] = group
        return Answer(200, {'server_group': self._group_view(call, group)})

    @staticmethod
    def _policy(call: Call, given: Doc) -> tuple[str, Doc]:
        """The policy and its rules, in the form of the call's microversion."""
        old = call.microversion < (2, 64)
        allowed = {'name', 'policies'} if old else {'name', 'policy', 'rules'}
        if unknown := [key for key in given if key not in allowed]:
            raise invalid('server_group', given, f'Additional properties are not allowed ({unknown[0]!r} was unexpected)')
        policy = next(iter(given.get('policies') or ()), None) if old else given.get('policy')
        if policy not in (POLICIES if call.microversion >= (2, 15) else POLICIES[:2]):
            raise invalid('policy', policy, f'{policy!r} is not one of {list(POLICIES)}')
        rules = dict(given.get('rules') or {})
        if rules and policy != 'anti-affinity':
            raise Refusal(400, 'Only anti-affinity policy supports rules.')
        if policy == 'anti-affinity' and not old:
            rules = {'max_server_per_host': int(rules.get('max_server_per_host', 1))}
        return str(policy), rules

    def join(self, call: Call, hints: Any) -> Doc | None:
        """The group that the hints of a new server name, if any."""
        ident = (hints or {}).get('group')
        if ident is None:
            return None
        if not is_uuid(str(ident)):
            raise invalid('group', ident, f"{ident!r} is not a 'uuid'")
        if ident not in self.groups or self.groups[ident]['project_id'] != call.project:
            raise Refusal(400, f'Instance group {ident} could not be found.')
        group = self.groups[ident]
        if len([member for member in group['members'] if member in self.servers]) >= MOST:
            raise Refusal(403, 'Quota exceeded, too many servers in group')
        return group

    def crowded(self, group: Doc | None) -> bool:
        """Whether the one host can't take another server of the group."""
        if group is None or group['policy'] != 'anti-affinity':
            return False
        here = [server for ident in group['members'] if (server := self.servers.get(ident)) and server.vm_state != 'error']
        return len(here) > int(group['rules'].get('max_server_per_host', 1))


class BootVolumes:
    """The volumes that a new server asks for."""

    cloud: Cloud

    if TYPE_CHECKING:

        def _own_volume(self, call: Call, ident: str) -> Doc: ...

    def check_volumes(self, call: Call, given: Doc) -> list[Doc]:
        """The block devices of a request that are volumes, checked."""
        devices: list[Doc] = given.get('block_device_mapping_v2') or []
        if devices and not any(str(one.get('boot_index')) == '0' for one in devices):
            raise Refusal(400, 'Block Device Mapping is Invalid: Boot sequence for the instance and image/block device mapping '
                          'combination is not valid.')  # fmt: skip
        wanted = [one for one in devices if one.get('destination_type') == 'volume']
        for one in wanted:
            if one['source_type'] == 'volume':
                try:
                    volume = self._own_volume(call, str(one['uuid']))
                except Refusal:
                    raise Refusal(400, f'Block Device Mapping is Invalid: failed to get volume {one["uuid"]}.') from None
                if volume['status'] != 'available':
                    raise Refusal(400, f'Invalid volume: Volume {volume["id"]} status must be available or downloading to '
                                  f'reserve, but the current status is {volume["status"]}.')  # fmt: skip
                if str(one.get('boot_index')) == '0' and not volume['bootable']:
                    raise Refusal(400, f'Block Device {volume["id"]} is not bootable.')
            elif int(one.get('volume_size') or 0) > LARGEST:
                raise invalid(
                    'volume_size', one['volume_size'], f'{one["volume_size"]} is greater than the maximum of {LARGEST}'
                )
            elif not one.get('volume_size'):
                raise Refusal(400, 'Block Device Mapping is Invalid: You specified more local devices than the limit allows')
        return wanted

    def add_volumes(self, call: Call, server: Server, wanted: list[Doc]) -> None:
        """Attach them, and make those that are to be made of an image."""
        storage = self.cloud.block_storage
        for one, letter in zip(wanted, 'abcdefghijklmnopqrstuvwxyz', strict=False):
            root = str(one.get('boot_index')) == '0'
            if one['source_type'] == 'volume':
                volume = self._own_volume(call, str(one['uuid']))
            else:
                volume = storage.new_volume(call, {'name': ''}, int(one['volume_size']), storage.types[0])
                volume |= {'bootable': True, 'status': 'available', 'image_metadata': {'image_id': str(one['uuid'])}}
            device = '/dev/vda' if root else f'/dev/vd{letter if wanted[0].get("boot_index") == 0 else chr(ord(letter) + 1)}'
            attachment = storage.attach_volume(volume, server.id, device, call.now)
            mine: Doc = {'id': volume['id'], 'device': device, 'tag': None, 'attachment_id': attachment, 'root': root}
            mine |= {'bdm': str(uuid.uuid4()), 'delete_on_termination': bool(one.get('delete_on_termination'))}
            server.volumes = [*server.volumes, mine]
