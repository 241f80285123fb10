# SPDX-License-Identifier: Apache-2.0
"""The volumes of a simulated Cinder, and what is done to them."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from oaktree.simcloud.http import Answer, Call, Doc, Refusal, micros, route, truth

if TYPE_CHECKING:
    from oaktree.simcloud.cloud import Cloud
    from oaktree.simcloud.store import Shelf

UNDELETABLE = (
    'Invalid volume: Volume status must be available or error or error_restoring or error_extending or error_managing and '
    'must not be migrating, attached, belong to a group, have snapshots, awaiting a transfer, or be disassociated from '
    'snapshots after volume transfer.'
)
RETYPE = (
    'Invalid volume: Retype needs volume to be in available or in-use state, not be part of an active migration or a '
    'consistency group, requested type has to be different that the one from the volume, and for in-use volumes front-end '
    'qos specs cannot change.'
)


def check_text(given: Doc, *names: str) -> None:
    """Refuse what the schema does."""
    for name in names:
        value = given.get(name)
        if value is not None and (not isinstance(value, str) or len(value) > 255):
            raise Refusal(400, f'Invalid input for field/attribute {name}. Value: {value}. {value!r} is too long')
    metadata = given.get('metadata')
    fits = isinstance(metadata, dict) and all(
        isinstance(value, str) and len(value) <= 255 and 0 < len(key) <= 255 for key, value in metadata.items()
    )
    if metadata is not None and not fits:
        raise Refusal(400, f'Invalid input for field/attribute metadata. Value: {metadata}.')


def check_size(name: str, value: Any) -> int:
    """A size as the schema has it."""
    if not isinstance(value, int) or not 1 <= value <= 0x7FFFFFFF:
        raise Refusal(400, f'Invalid input for field/attribute {name}. Value: {value}. {value} is less than the minimum of 1')
    return value


class Volumes:
    """/volumes, and the other end of Nova's /os-volume_attachments."""

    cloud: Cloud
    volumes: Shelf[Doc]
    snapshots: Shelf[Doc]
    backups: Shelf[Doc]
    types: list[Doc]
    last: int

    if TYPE_CHECKING:

        def after(self, due: float, change: Callable[[float], None]) -> None: ...
        def found(self, call: Call, shelf: Shelf[Doc], what: str, ident: str) -> Doc: ...
        def admit(self, project: str, **asked: int) -> None: ...
        def listed(
            self, call: Call, shelf: Shelf[Doc], key: str, what: str, render: Callable[[Call, Doc], Doc], links: bool = True
        ) -> Answer: ...

    def volume_view(self, call: Call, volume: Doc) -> Doc:
        names = (
            'id', 'status', 'size', 'created_at', 'updated_at', 'name', 'description', 'snapshot_id', 'source_volid',
            'metadata', 'user_id', 'multiattach', 'availability_zone',
        )  # fmt: skip
        kind = next(one for one in self.types if one['id'] == volume['type'])
        view: Doc = {name: volume[name] for name in names}
        view |= {'volume_type': kind['name'], 'bootable': str(volume['bootable']).lower(), 'encrypted': False}
        view |= {'attachments': [self._attachment(call, one) for one in volume['attachments'] if one['attached_at']]}
        view |= {'replication_status': None, 'consistencygroup_id': None, 'os-vol-tenant-attr:tenant_id': volume['project']}
        href = f'{self.cloud.url}/block-storage/v3/volumes/{volume["id"]}'
        view['links'] = [{'rel': 'self', 'href': href}, {'rel': 'bookmark', 'href': href.replace('/v3', '')}]
        if volume['image_metadata']:
            view['volume_image_metadata'] = volume['image_metadata']
        if call.token.admin:
            view |= {'migration_status': None, 'os-vol-host-attr:host': f'{self.cloud.name}@files#pool'}
        added: tuple[tuple[int, str, Any], ...] = (
            (13, 'group_id', None), (48, 'shared_targets', False), (48, 'service_uuid', None),
            (63, 'volume_type_id', volume['type']), (65, 'consumes_quota', True),
        )  # fmt: skip
        return view | {name: value for minor, name, value in added if call.microversion >= (3, minor)}

    @staticmethod
    def _attachment(call: Call, one: Doc) -> Doc:
        return one | {'host_name': one['host_name'] if call.token.admin else None, 'attached_at': micros(one['attached_at'])}

    @route('GET', '/volumes/detail')
    def list_volumes(self, call: Call) -> Answer:
        return self.listed(call, self.volumes, 'volumes', 'Volume', self.volume_view)

    @route('GET', '/volumes')
    def list_volume_names(self, call: Call) -> Answer:
        return self.listed(call, self.volumes, 'volumes', 'Volume', lambda _, v: {'id': v['id'], 'name': v['name']})

    def volume(self, call: Call, ident: str) -> Doc:
        return self.found(call, self.volumes, 'Volume', ident)

    @route('GET', '/volumes/{id}')
    def show_volume(self, call: Call, ident: str) -> Answer:
        return Answer(200, {'volume': self.volume_view(call, self.volume(call, ident))})

    # -- making, changing and deleting

    @route('POST', '/volumes')
    def create_volume(self, call: Call) -> Answer:
        given = call.json('volume')
        check_text(given, 'name', 'description')
        kind = self._type(given.get('volume_type') or self.types[0]['id'])
        if given.get('availability_zone') not in (None, 'nova'):
            raise Refusal(400, f"Availability zone '{given['availability_zone']}' is invalid.")
        source, image = self._source(call, given), self._image(call, given)
        size = given.get('size') if given.get('size') is not None else source and source['size']
        if size is None:
            raise Refusal(400, 'Invalid input received: Invalid volume size provided for create request: None (size argument '
                          'must be an integer (or string representation of an integer) and greater than zero).')  # fmt: skip
        if source and check_size('size', size) < source['size']:
            raise Refusal(400, f"Invalid input received: Volume size '{size}'GB cannot be smaller than the original volume "
                          f'size {source["size"]}GB. They must be >= original volume size.')  # fmt: skip
        volume = self.new_volume(call, given, check_size('size', size), kind)
        volume |= {'image_metadata': image, 'bootable': bool(image or (source or {}).get('bootable'))}
        end = 'error' if 'fail-to-build' in (volume['name'] or '') else 'available'
        self.become(volume, call.now, 'creating', self.cloud.settings.build_seconds, end)
        return Answer(202, {'volume': self.volume_view(call, volume)})

    def new_volume(self, call: Call, given: Doc, size: int, kind: Doc) -> Doc:
        """A volume that is not ready yet, counted against its project's quota."""
        most = self.cloud.settings.quota['per_volume_gigabytes']
        if 0 <= most < size:
            raise Refusal(413, 'VolumeSizeExceedsLimit: Requested volume size '
                          f'{size}G is larger than maximum allowed limit {most}G.')  # fmt: skip
        self.admit(call.project, volumes=1, gigabytes=size)
        self.last += 1
        volume: Doc = {'id': str(uuid.uuid4()), 'order': self.last, 'project': call.project, 'user_id': call.token.user_id}
        volume |= {'name': given.get('name'), 'description': given.get('description'), 'size': size, 'type': kind['id']}
        volume |= {'created_at': micros(call.now), 'updated_at': None, 'availability_zone': 'nova', 'status': 'creating'}
        volume |= {'metadata': dict(given.get('metadata') or {}), 'image_metadata': {}, 'bootable': False, 'attachments': []}
        volume |= {'multiattach': kind['extra_specs'].get('multiattach') == '<is> True'}
        volume |= {'snapshot_id': given.get('snapshot_id'), 'source_volid': given.get('source_volid')}
        self.volumes.add(volume)
        return volume

    def _type(self, wanted: str) -> Doc:
        for one in self.types:
            if wanted in (one['id'], one['name']):
                return one
        raise Refusal(404, f'Volume type with name {wanted} could not be found.')

    def _source(self, call: Call, given: Doc) -> Doc | None:
        """What a volume is made from, but for an image."""
        shelves = (('snapshot_id', self.snapshots, 'Snapshot'), ('source_volid', self.volumes, 'Volume'),
                   ('backup_id', self.backups, 'Backup'))  # fmt: skip
        for key, shelf, what in shelves:
            if given.get(key):
                if key == 'backup_id' and call.microversion < (3, 47):
                    raise Refusal(400, "Additional properties are not allowed ('backup_id' was unexpected)")
                source = self.found(call, shelf, what, str(given[key]))
                if source['status'] not in ('available', 'in-use'):
                    kind = 'volume' if key == 'source_volid' else what.lower()
                    raise Refusal(400, f"Invalid {kind}: Originating {what.lower()} status must be one of 'available' values")
                return source
        return None

    def _image(self, call: Call, given: Doc) -> Doc:
        wanted = given.get('imageRef') or given.get('image_id')
        if not wanted:
            return {}
        image = self.cloud.image.visible(call, wanted)
        if image is None:
            raise Refusal(400, 'Invalid image identifier or unable to access requested image.')
        if image['status'] != 'active':
            raise Refusal(400, f'Invalid input received: Image {wanted} is not active.')
        keys = ('disk_format', 'container_format', 'min_disk', 'min_ram', 'size', 'checksum')
        return {'image_id': wanted, 'image_name': image['name']} | {key: str(image[key]) for key in keys}

    def become(self, item: Doc, now: float, status: str, seconds: float, then: str, **changes: Any) -> None:
        """Into a status at once, and out of it after some time."""

        def end(due: float) -> None:
            item.update(changes, status=then, updated_at=micros(due))

        item.update(status=status, updated_at=micros(now))
        self.after(now + seconds, end)

    @route('PUT', '/volumes/{id}')
    def update_volume(self, call: Call, ident: str) -> Answer:
        volume, given = self.volume(call, ident), call.json('volume')
        check_text(given, 'name', 'description')
        changes = {name: given[name] for name in ('name', 'description', 'metadata') if name in given}
        if not changes:
            raise Refusal(400, f'Invalid input for field/attribute volume. Value: {given}. {given} is not valid')
        volume |= changes | {'updated_at': micros(call.now)}
        return Answer(200, {'volume': self.volume_view(call, volume)})

    @route('DELETE', '/volumes/{id}')
    def delete_volume(self, call: Call, ident: str) -> Answer:
        volume = self.volume(call, ident)
        snapshots = [one for one in self.snapshots if one['volume_id'] == ident]
        busy = volume['attachments'] or volume['status'] not in ('available', 'error', 'error_restoring', 'error_extending')
        if busy or (snapshots and not truth(call.query.get('cascade', ''))):
            raise Refusal(400, UNDELETABLE)
        self.drop_volume(volume, call.now, snapshots)
        return Answer(202)

    def drop_volume(self, volume: Doc, now: float, snapshots: list[Doc]) -> None:
        """Deletes it in its time, with these snapshots."""

        def end(_due: float) -> None:
            for one in snapshots:
                if one['id'] in self.snapshots:
                    self.snapshots.remove(one['id'])
            self.volumes.remove(volume['id'])

        for one in (volume, *snapshots):
            one['status'] = 'deleting'
        self.after(now + self.cloud.settings.delete_seconds, end)

    # -- actions

    @route('POST', '/volumes/{id}/action')
    def act_on_volume(self, call: Call, ident: str) -> Answer:
        volume, body = self.volume(call, ident), call.json()
        [(name, given)] = body.items() if len(body) == 1 else [('', {})]
        actions = {'os-extend': self._extend, 'os-retype': self._retype, 'os-set_bootable': self._set_bootable}
        if name not in actions:
            raise Refusal(400, f'There is no such action: {name}')
        return actions[name](call, volume, given or {})

    def _extend(self, call: Call, volume: Doc, given: Doc) -> Answer:
        size, before = check_size('new_size', given.get('new_size')), volume['status']
        if size <= volume['size']:
            raise Refusal(400, 'Invalid input received: New size for extend must be greater than current size. '
                          f'(current: {volume["size"]}, extended: {size}).')  # fmt: skip
        allowed = ('available', 'in-use') if call.microversion >= (3, 42) else ('available',)
        if before not in allowed:
            expected = "{'status': 'available'}"
            raise Refusal(400, f"Invalid volume: Volume {volume['id']} status must be '{expected}' to extend, "
                          f'currently {before}.')  # fmt: skip
        self.admit(volume['project'], gigabytes=size - volume['size'])
        self.become(volume, call.now, 'extending', self.cloud.settings.action_seconds, before, size=size)
        return Answer(202)

    def _retype(self, call: Call, volume: Doc, given: Doc) -> Answer:
        kind, before = self._type(str(given.get('new_type', ''))), volume['status']
        if before not in ('available', 'in-use') or kind['id'] == volume['type']:
            raise Refusal(400, RETYPE)
        shared = kind['extra_specs'].get('multiattach') == '<is> True'
        changes = {'type': kind['id'], 'multiattach': shared}
        self.become(volume, call.now, 'retyping', self.cloud.settings.action_seconds, before, **changes)
        return Answer(202)

    def _set_bootable(self, call: Call, volume: Doc, given: Doc) -> Answer:
        if not isinstance(given.get('bootable'), bool):
            raise Refusal(400, f'Invalid input for field/attribute bootable. Value: {given.get("bootable")}.')
        volume |= {'bootable': given['bootable'], 'updated_at': micros(call.now)}
        return Answer(200)

    # -- what Nova does

    def attach_volume(self, volume: Doc, server: str, device: str, now: float) -> str:
        """Attaches it in its time; returns the id of the attachment.

        :raises Refusal: where it can't be attached, in Cinder's words.
        """
        free = volume['status'] == 'available' or (volume['multiattach'] and volume['status'] == 'in-use')
        if not free:
            raise Refusal(400, f'Invalid input received: Invalid volume: Volume {volume["id"]} status must be available or '
                          f'downloading to reserve, but the current status is {volume["status"]}. (HTTP 400)')  # fmt: skip
        one: Doc = {'id': volume['id'], 'volume_id': volume['id'], 'attachment_id': str(uuid.uuid4()), 'server_id': server}
        one |= {'host_name': f'{self.cloud.name}-compute', 'device': device, 'attached_at': 0.0}

        def end(due: float) -> None:
            if one in volume['attachments']:
                one['attached_at'] = due
                volume.update(status='in-use', updated_at=micros(due))

        volume['attachments'].append(one)
        volume.update(status='in-use' if volume['status'] == 'in-use' else 'reserved', updated_at=micros(now))
        self.after(now + self.cloud.settings.action_seconds, end)
        return str(one['attachment_id'])

    def detach_volume(self, volume: Doc, server: str, now: float, then: Callable[[float], None]) -> None:
        """Detaches it in its time, and does the rest then."""
        if volume['status'] != 'in-use':
            raise Refusal(400, "Invalid volume: Invalid input received: Invalid volume: Unable to detach volume. Volume status "
                          "must be 'in-use' and attach_status must be 'attached' to detach. (HTTP 400)")  # fmt: skip

        def end(due: float) -> None:
            self.release_volume(volume, server, due)
            then(due)

        volume.update(status='detaching', updated_at=micros(now))
        self.after(now + self.cloud.settings.action_seconds, end)

    def release_volume(self, volume: Doc, server: str, now: float) -> None:
        """It is attached to this server no more."""
        volume['attachments'] = [one for one in volume['attachments'] if one['server_id'] != server]
        volume.update(status='in-use' if volume['attachments'] else 'available', updated_at=micros(now))
