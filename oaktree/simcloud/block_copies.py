# SPDX-License-Identifier: Apache-2.0
"""The snapshots, backups and transfers of a simulated Cinder."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from oaktree.simcloud.block_volumes import check_text
from oaktree.simcloud.http import Answer, Call, Doc, Refusal, micros, route, truth

if TYPE_CHECKING:
    from oaktree.simcloud.cloud import Cloud
    from oaktree.simcloud.store import Shelf


class Copies:
    """/snapshots, /backups and /volume-transfers."""

    cloud: Cloud
    volumes: Shelf[Doc]
    snapshots: Shelf[Doc]
    backups: Shelf[Doc]
    transfers: Shelf[Doc]
    types: list[Doc]
    last: int

    if TYPE_CHECKING:

        def after(self, due: float, change: Callable[[float], None]) -> None: ...
        def found(self, call: Call, shelf: Shelf[Doc], what: str, ident: str) -> Doc: ...
        def admit(self, project: str, **asked: int) -> None: ...
        def become(self, item: Doc, now: float, status: str, seconds: float, then: str, **changes: Any) -> None: ...
        def volume(self, call: Call, ident: str) -> Doc: ...
        def new_volume(self, call: Call, given: Doc, size: int, kind: Doc) -> Doc: ...
        def listed(
            self, call: Call, shelf: Shelf[Doc], key: str, what: str, render: Callable[[Call, Doc], Doc], links: bool = True
        ) -> Answer: ...

    def _new(self, call: Call, shelf: Shelf[Doc], given: Doc, **more: Any) -> Doc:
        self.last += 1
        item: Doc = {'id': str(uuid.uuid4()), 'order': self.last, 'project': call.project, 'user_id': call.token.user_id}
        item |= {'name': given.get('name'), 'description': given.get('description'), 'metadata': given.get('metadata') or {}}
        item |= {'created_at': micros(call.now), 'updated_at': None, **more}
        shelf.add(item)
        return item

    def _links(self, path: str, item: Doc) -> list[Doc]:
        href = f'{self.cloud.url}/block-storage/v3/{path}/{item["id"]}'
        return [{'rel': 'self', 'href': href}, {'rel': 'bookmark', 'href': href.replace('/v3', '')}]

    def _of(self, call: Call, given: Doc) -> Doc:
        if not given.get('volume_id'):
            raise Refusal(400, "Invalid input for field/attribute volume_id. 'volume_id' is a required property")
        return self.volume(call, str(given['volume_id']))

    def _remove(self, shelf: Shelf[Doc], item: Doc, now: float) -> Answer:
        def end(_due: float) -> None:
            if item['id'] in shelf:
                shelf.remove(item['id'])

        item['status'] = 'deleting'
        self.after(now + self.cloud.settings.delete_seconds, end)
        return Answer(202)

    # -- snapshots

    def snapshot_view(self, call: Call, item: Doc) -> Doc:
        names = ('id', 'created_at', 'updated_at', 'name', 'description', 'volume_id', 'status', 'size', 'metadata')
        prefix = 'os-extended-snapshot-attributes:'
        progress = '100%' if item['status'] == 'available' else '0%'
        view: Doc = {name: item[name] for name in names}
        view |= {prefix + 'progress': progress, prefix + 'project_id': item['project']}
        added = ((14, 'group_snapshot_id', None), (41, 'user_id', item['user_id']), (65, 'consumes_quota', True))
        return view | {name: value for minor, name, value in added if call.microversion >= (3, minor)}

    @route('GET', '/snapshots/detail')
    def list_snapshots(self, call: Call) -> Answer:
        return self.listed(call, self.snapshots, 'snapshots', 'Snapshot', self.snapshot_view)

    @route('GET', '/snapshots/{id}')
    def show_snapshot(self, call: Call, ident: str) -> Answer:
        return Answer(200, {'snapshot': self.snapshot_view(call, self.found(call, self.snapshots, 'Snapshot', ident))})

    @route('POST', '/snapshots')
    def create_snapshot(self, call: Call) -> Answer:
        given = call.json('snapshot')
        check_text(given, 'name', 'description')
        volume, force = self._of(call, given), given.get('force')
        if call.microversion >= (3, 66) and force is False:
            raise Refusal(400, "Since microversion 3.66 the 'force' flag is invalid for this request.")
        allowed = ('available', 'in-use') if force or call.microversion >= (3, 66) else ('available',)
        if volume['status'] not in allowed:
            raise Refusal(400, f'Invalid volume: Volume {volume["id"]} status must be {" or ".join(allowed)}, but current '
                          f'status is: {volume["status"]}.')  # fmt: skip
        self.admit(call.project, snapshots=1, gigabytes=volume['size'])
        item = self._new(call, self.snapshots, given, volume_id=volume['id'], size=volume['size'], bootable=volume['bootable'])
        self.become(item, call.now, 'creating', self.cloud.settings.build_seconds, 'available')
        return Answer(202, {'snapshot': self.snapshot_view(call, item)})

    @route('PUT', '/snapshots/{id}')
    def update_snapshot(self, call: Call, ident: str) -> Answer:
        item, given = self.found(call, self.snapshots, 'Snapshot', ident), call.json('snapshot')
        check_text(given, 'name', 'description')
        item |= {name: given[name] for name in ('name', 'description') if name in given} | {'updated_at': micros(call.now)}
        return Answer(200, {'snapshot': self.snapshot_view(call, item)})

    @route('DELETE', '/snapshots/{id}')
    def delete_snapshot(self, call: Call, ident: str) -> Answer:
        item = self.found(call, self.snapshots, 'Snapshot', ident)
        if item['status'] not in ('available', 'error'):
            message = 'Invalid snapshot: Snapshot status must be available or error and must not be part of a group.'
            raise Refusal(400, message)
        return self._remove(self.snapshots, item, call.now)

    # -- backups

    def backup_view(self, call: Call, item: Doc) -> Doc:
        names = (
            'id', 'status', 'size', 'object_count', 'container', 'created_at', 'updated_at', 'name', 'description',
            'fail_reason', 'volume_id', 'is_incremental', 'snapshot_id', 'data_timestamp',
        )  # fmt: skip
        view: Doc = {name: item[name] for name in names}
        dependent = any(one['parent'] == item['id'] for one in self.backups)
        view |= {'availability_zone': 'nova', 'has_dependent_backups': dependent, 'links': self._links('backups', item)}
        if call.token.admin:
            view['os-backup-project-attr:project_id'] = item['project']
        added = ((43, 'metadata', item['metadata']), (56, 'user_id', item['user_id']), (64, 'encryption_key_id', None))
        return view | {name: value for minor, name, value in added if call.microversion >= (3, minor)}

    @route('GET', '/backups/detail')
    def list_backups(self, call: Call) -> Answer:
        return self.listed(call, self.backups, 'backups', 'Backup', self.backup_view)

    @route('GET', '/backups/{id}')
    def show_backup(self, call: Call, ident: str) -> Answer:
        return Answer(200, {'backup': self.backup_view(call, self.found(call, self.backups, 'Backup', ident))})

    @route('POST', '/backups')
    def create_backup(self, call: Call) -> Answer:
        given = call.json('backup')
        check_text(given, 'name', 'description', 'container')
        volume = self._of(call, given)
        source = self._backed_up(call, given, volume)
        parent = ''
        if truth(str(given.get('incremental', ''))):
            known = [one for one in self.backups if one['volume_id'] == volume['id'] and one['status'] == 'available']
            if not known:
                raise Refusal(400, 'Invalid backup: No backups available to do an incremental backup.')
            parent = max(known, key=lambda one: str(one['data_timestamp']))['id']
        self.admit(call.project, backups=1, backup_gigabytes=volume['size'])
        seconds, before = self.cloud.settings.build_seconds, source['status']
        item = self._new(
            call, self.backups, given, volume_id=volume['id'], size=volume['size'], snapshot_id=given.get('snapshot_id'),
            parent=parent, is_incremental=bool(parent), container=given.get('container') or 'volumebackups', object_count=0,
            fail_reason=None, bootable=volume['bootable'],
            data_timestamp=source['created_at'] if source is not volume else micros(call.now),
        )  # fmt: skip
        self.become(source, call.now, 'backing-up', seconds, before)
        self.become(item, call.now, 'creating', seconds, 'available', object_count=volume['size'] * 21)
        return Answer(202, {'backup': {'id': item['id'], 'name': item['name'], 'links': self._links('backups', item)}})

    def _backed_up(self, call: Call, given: Doc, volume: Doc) -> Doc:
        """The volume or snapshot that a backup is made from."""
        if given.get('snapshot_id'):
            snapshot = self.found(call, self.snapshots, 'Snapshot', given['snapshot_id'])
            if snapshot['volume_id'] != volume['id']:
                raise Refusal(400, f'Invalid volume: Volume {volume["id"]} does not match with snapshot.volume_id '
                              f'{snapshot["volume_id"]}.')  # fmt: skip
            if snapshot['status'] != 'available':
                raise Refusal(400, 'Invalid snapshot: Snapshot to be backed up must be available, but the current status is '
                              f'"{snapshot["status"]}".')  # fmt: skip
            return snapshot
        if volume['status'] not in ('available', 'in-use'):
            raise Refusal(400, 'Invalid volume: Volume to be backed up must be available or in-use, but the current status is '
                          f'"{volume["status"]}".')  # fmt: skip
        if volume['status'] == 'in-use' and not given.get('force'):
            raise Refusal(400, 'Invalid volume: Backing up an in-use volume must use the force flag.')
        return volume

    @route('PUT', '/backups/{id}')
    def update_backup(self, call: Call, ident: str) -> Answer:
        if call.microversion < (3, 9):
            raise Refusal(404, 'The resource could not be found.')
        item, given = self.found(call, self.backups, 'Backup', ident), call.json('backup')
        check_text(given, 'name', 'description')
        item |= {name: given[name] for name in ('name', 'description', 'metadata') if name in given}
        item['updated_at'] = micros(call.now)
        return Answer(200, {'backup': {'id': item['id'], 'name': item['name'], 'links': self._links('backups', item)}})

    @route('DELETE', '/backups/{id}')
    def delete_backup(self, call: Call, ident: str) -> Answer:
        item = self.found(call, self.backups, 'Backup', ident)
        if item['status'] not in ('available', 'error'):
            raise Refusal(400, 'Invalid backup: Backup status must be available or error')
        if any(one['parent'] == ident for one in self.backups):
            raise Refusal(400, 'Invalid backup: Incremental backups exist for this backup.')
        return self._remove(self.backups, item, call.now)

    @route('POST', '/backups/{id}/restore')
    def restore_backup(self, call: Call, ident: str) -> Answer:
        item, given = self.found(call, self.backups, 'Backup', ident), call.json('restore')
        if item['status'] != 'available':
            raise Refusal(400, 'Invalid backup: Backup status must be available')
        if given.get('volume_id'):
            volume = self.volume(call, given['volume_id'])
            if volume['status'] != 'available':
                raise Refusal(400, 'Invalid volume: Volume to be restored to must be available')
            if volume['size'] < item['size']:
                raise Refusal(400, f'Invalid volume: volume size {volume["size"]} is too small to restore backup of size '
                              f'{item["size"]}.')  # fmt: skip
        else:
            name = given.get('name') or f'restore_backup_{ident}'
            new = {'name': name, 'description': 'auto-created_from_restore_from_backup'}
            volume = self.new_volume(call, new, item['size'], self.types[0])
        seconds = self.cloud.settings.build_seconds
        self.become(item, call.now, 'restoring', seconds, 'available')
        self.become(volume, call.now, 'restoring-backup', seconds, 'available', bootable=item['bootable'])
        return Answer(202, {'restore': {'backup_id': ident, 'volume_id': volume['id'], 'volume_name': volume['name']}})

    # -- transfers

    def transfer_view(self, call: Call, item: Doc) -> Doc:
        view: Doc = {name: item[name] for name in ('id', 'created_at', 'name', 'volume_id')}
        view |= {'links': self._links('volume-transfers', item), 'no_snapshots': item['no_snapshots']}
        if call.microversion >= (3, 57):
            view |= {'source_project_id': item['project'], 'destination_project_id': None, 'accepted': False}
        return view

    def _since_3_55(self, call: Call) -> None:
        if call.microversion < (3, 55):
            raise Refusal(404, 'The resource could not be found.')

    @route('GET', '/volume-transfers/detail')
    def list_transfers(self, call: Call) -> Answer:
        self._since_3_55(call)
        return self.listed(call, self.transfers, 'transfers', 'Transfer', self.transfer_view)

    @route('GET', '/volume-transfers/{id}')
    def show_transfer(self, call: Call, ident: str) -> Answer:
        self._since_3_55(call)
        return Answer(200, {'transfer': self.transfer_view(call, self.found(call, self.transfers, 'Transfer', ident))})

    @route('POST', '/volume-transfers')
    def create_transfer(self, call: Call) -> Answer:
        self._since_3_55(call)
        given = call.json('transfer')
        check_text(given, 'name')
        volume = self._of(call, given)
        if volume['status'] != 'available':
            raise Refusal(400, 'Invalid volume: status must be available')
        more = {'volume_id': volume['id'], 'no_snapshots': bool(given.get('no_snapshots')), 'key': secrets.token_hex(8)}
        item = self._new(call, self.transfers, given, **more)
        volume.update(status='awaiting-transfer', updated_at=micros(call.now))
        return Answer(202, {'transfer': self.transfer_view(call, item) | {'auth_key': item['key']}})

    @route('POST', '/volume-transfers/{id}/accept')
    def accept_transfer(self, call: Call, ident: str) -> Answer:
        self._since_3_55(call)
        item, given = self.transfers.get(ident), call.json('accept')
        check_text(given, 'auth_key')
        if item is None:
            raise Refusal(404, f'Transfer {ident} could not be found.')
        if given.get('auth_key') != item['key']:
            raise Refusal(400, f'Invalid auth key: Attempt to transfer {ident} with invalid auth key.')
        volume = self.volumes.get(item['volume_id'])
        assert volume is not None, 'one that is offered is not deleted'
        self.admit(call.project, volumes=1, gigabytes=volume['size'])
        for one in self.snapshots:
            if one['volume_id'] == volume['id'] and not item['no_snapshots']:
                one['project'] = call.project
        volume.update(project=call.project, user_id=call.token.user_id, status='available', updated_at=micros(call.now))
        self.transfers.remove(ident)
        body = {'id': ident, 'name': item['name'], 'volume_id': volume['id'], 'links': self._links('volume-transfers', item)}
        return Answer(202, {'transfer': body})

    @route('DELETE', '/volume-transfers/{id}')
    def delete_transfer(self, call: Call, ident: str) -> Answer:
        self._since_3_55(call)
        item = self.found(call, self.transfers, 'Transfer', ident)
        volume = self.volumes.get(item['volume_id'])
        assert volume is not None, 'one that is offered is not deleted'
        volume.update(status='available', updated_at=micros(call.now))
        self.transfers.remove(ident)
        return Answer(202)
