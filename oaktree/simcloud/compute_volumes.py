# SPDX-License-Identifier: Apache-2.0
"""Volumes in the servers of a simulated Nova."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from oaktree.simcloud.compute_servers import Server
from oaktree.simcloud.http import Answer, Call, Doc, Refusal, route

if TYPE_CHECKING:
    from oaktree.simcloud.cloud import Cloud

ATTACHABLE = ('active', 'paused', 'stopped', 'resized', 'soft-delete', 'suspended', 'shelved', 'shelved_offloaded')


class VolumeAttachments:
    """/servers/{id}/os-volume_attachments. Nova keeps which volumes are in a server, Cinder which servers a volume is in."""

    cloud: Cloud

    if TYPE_CHECKING:

        def found(self, call: Call, ident: str) -> Server: ...
        def _check(
            self, call: Call, server: Server, name: str, states: tuple[str, ...], tasks: tuple[str | None, ...] = (None,)
        ) -> None: ...

    def _attachment(self, call: Call, server: Server, one: Doc, made: bool = False) -> Doc:
        view: Doc = {'volumeId': one['id'], 'serverId': server.id, 'device': one['device']}
        since_289 = call.microversion >= (2, 89) and not made
        if not since_289:
            view['id'] = one['id']
        if call.microversion >= (2, 70):
            view['tag'] = one['tag']
        if call.microversion >= (2, 79):
            view['delete_on_termination'] = one['delete_on_termination']
        return view | ({'attachment_id': one['attachment_id'], 'bdm_uuid': one['bdm']} if since_289 else {})

    def _attached(self, server: Server, volume: str) -> Doc:
        for one in server.volumes:
            if one['id'] == volume:
                return one
        raise Refusal(404, f'Instance {server.id} is not attached to volume {volume}')

    @route('GET', '/servers/{id}/os-volume_attachments')
    def list_attachments(self, call: Call, ident: str) -> Answer:
        server = self.found(call, ident)
        return Answer(200, {'volumeAttachments': [self._attachment(call, server, one) for one in server.volumes]})

    @route('GET', '/servers/{id}/os-volume_attachments/{volume}')
    def show_attachment(self, call: Call, ident: str, volume: str) -> Answer:
        server = self.found(call, ident)
        return Answer(200, {'volumeAttachment': self._attachment(call, server, self._attached(server, volume))})

    def _own_volume(self, call: Call, ident: str) -> Doc:
        volume = self.cloud.block_storage.volumes.get(ident)
        if volume is None or (volume['project'] != call.project and not call.token.admin):
            raise Refusal(404, f'Volume {ident} could not be found.')
        return volume

    @route('POST', '/servers/{id}/os-volume_attachments')
    def attach_volume(self, call: Call, ident: str) -> Answer:
        server, given = self.found(call, ident), call.json('volumeAttachment')
        self._check(call, server, 'attach_volume', ATTACHABLE)
        volume = self._own_volume(call, str(given.get('volumeId', '')))
        if any(one['id'] == volume['id'] for one in server.volumes):
            raise Refusal(400, f'Invalid volume: volume {volume["id"]} already attached')
        if volume['attachments'] and not volume['multiattach']:
            ids = ' '.join(one['server_id'] for one in volume['attachments'])
            raise Refusal(400, f'Invalid volume: volume {volume["id"]} is already attached to instances: {ids}')
        taken = {one['device'] for one in server.volumes} | {'/dev/vda'}
        device = given.get('device') or next(d for d in (f'/dev/vd{c}' for c in 'bcdefghijklmnopqrstuvwxyz') if d not in taken)
        if device in taken:
            raise Refusal(409, f'The supplied device path ({device}) is in use.')
        if not device.startswith('/dev/'):
            raise Refusal(400, f'The supplied device path ({device}) is invalid.')
        attachment = self.cloud.block_storage.attach_volume(volume, server.id, device, call.now)
        one: Doc = {'id': volume['id'], 'device': device, 'tag': given.get('tag'), 'attachment_id': attachment}
        one |= {'bdm': str(uuid.uuid4()), 'delete_on_termination': bool(given.get('delete_on_termination'))}
        server.volumes = [*server.volumes, one]
        server.views.clear()
        return Answer(200, {'volumeAttachment': self._attachment(call, server, one, made=True)})

    @route('DELETE', '/servers/{id}/os-volume_attachments/{volume}')
    def detach_volume(self, call: Call, ident: str, volume_id: str) -> Answer:
        server = self.found(call, ident)
        volume = self._own_volume(call, volume_id)
        one = self._attached(server, volume_id)
        self._check(call, server, 'detach_volume', ATTACHABLE)
        if one.get('root'):
            raise Refusal(400, 'Cannot detach a root device volume')

        def end(_due: float) -> None:
            server.volumes = [other for other in server.volumes if other is not one]
            server.views.clear()

        self.cloud.block_storage.detach_volume(volume, server.id, call.now, end)
        return Answer(202)

    def release_volumes(self, server: Server, now: float) -> None:
        """The server is gone: so are those of its volumes that are to go with it."""
        storage = self.cloud.block_storage
        for one in server.volumes:
            volume = storage.volumes.get(one['id'])
            if volume is not None:
                storage.release_volume(volume, server.id, now)
                if one['delete_on_termination'] and not volume['attachments']:
                    storage.drop_volume(volume, now, [])
        server.volumes = []
