# SPDX-License-Identifier: Apache-2.0
"""The simulated Cinder: volumes and their copies as openstacksdk uses them, states that take time, pages, quotas."""

import time
from collections.abc import Callable
from typing import Any

from openstack import exceptions

from tests.unit.test_simcloud_base import SimulatedCase


class BlockStorageTest(SimulatedCase):
    def setUp(self) -> None:
        super().setUp()
        # Long enough that a busy machine sees the state in between.
        self.sim.settings('alpha', build_seconds=0.4, delete_seconds=0.4, action_seconds=0.4)
        self.cloud = self.connect('alpha')
        self.storage = self.cloud.block_storage

    def until(self, read: Callable[[], Any], status: str) -> Any:
        end = time.monotonic() + 5
        while (item := read()).status != status:
            self.assertLess(time.monotonic(), end, item.status)
            time.sleep(0.01)
        return item

    def eventually(self, read: Callable[[], Any], wanted: Any) -> None:
        end = time.monotonic() + 5
        while (found := read()) != wanted:
            self.assertLess(time.monotonic(), end, found)
            time.sleep(0.01)

    def until_gone(self, get: Callable[[Any], Any], item: Any) -> None:
        end = time.monotonic() + 5
        with self.assertRaises(exceptions.NotFoundException):
            while time.monotonic() < end:
                get(item)
                time.sleep(0.01)

    def volume(self, **fields: Any) -> Any:
        made = self.storage.create_volume(**{'size': 1, 'name': 'one', **fields})
        self.assertEqual('creating', made.status)
        return self.until(lambda: self.storage.get_volume(made), 'available')

    def test_a_volume_goes_through_its_states(self) -> None:
        volume = self.volume(metadata={'a': 'b'})
        self.assertEqual(
            (1, {'a': 'b'}, False, 'nova'), (volume.size, volume.metadata, volume.is_bootable, volume.availability_zone)
        )
        self.storage.extend_volume(volume, 3)
        self.assertEqual('extending', self.storage.get_volume(volume).status)
        self.assertEqual(3, self.until(lambda: self.storage.get_volume(volume), 'available').size)
        self.storage.retype_volume(volume, 'fast')
        self.assertEqual('fast', self.until(lambda: self.storage.get_volume(volume), 'available').volume_type)
        self.storage.delete_volume(volume)
        self.assertEqual('deleting', self.storage.get_volume(volume).status)
        self.until_gone(self.storage.get_volume, volume)

    def test_a_server_has_a_volume_until_it_is_gone(self) -> None:
        server, volume = self.boot(self.cloud), self.volume()
        self.cloud.compute.create_volume_attachment(server, volume_id=volume.id)
        self.assertEqual('reserved', self.storage.get_volume(volume).status)
        used = self.until(lambda: self.storage.get_volume(volume), 'in-use')
        self.assertEqual([(server.id, '/dev/vdb')], [(one['server_id'], one['device']) for one in used.attachments])
        self.assertEqual([volume.id], [one.id for one in self.cloud.compute.get_server(server.id).attached_volumes])
        [attachment] = self.cloud.compute.volume_attachments(server)
        self.assertEqual(used.attachments[0]['attachment_id'], attachment.attachment_id)
        self.assertRaises(exceptions.BadRequestException, self.storage.delete_volume, volume)
        self.remove(self.cloud, server.id)
        self.assertEqual(
            (self.storage.get_volume(volume).status, self.storage.get_volume(volume).attachments), ('available', [])
        )

    def test_a_volume_is_detached_in_its_time(self) -> None:
        server, volume = self.boot(self.cloud), self.volume()
        self.cloud.compute.create_volume_attachment(server, volume_id=volume.id, device='/dev/vdq')
        self.until(lambda: self.storage.get_volume(volume), 'in-use')
        self.cloud.compute.delete_volume_attachment(server, volume)
        self.assertEqual('detaching', self.storage.get_volume(volume).status)
        self.until(lambda: self.storage.get_volume(volume), 'available')
        self.assertEqual([], list(self.cloud.compute.volume_attachments(server)))

    def test_a_shared_volume_has_several_servers(self) -> None:
        volume = self.volume(volume_type='shared')
        servers = [self.boot(self.cloud) for _ in range(2)]
        for count, server in enumerate(servers, 1):
            self.cloud.compute.create_volume_attachment(server, volume_id=volume.id)
            wanted = {one.id for one in servers[:count]}
            self.eventually(lambda: {one['server_id'] for one in self.storage.get_volume(volume).attachments}, wanted)

    def test_copies_are_made_and_restored(self) -> None:
        volume = self.volume()
        snapshot = self.storage.create_snapshot(volume_id=volume.id, name='two')
        self.until(lambda: self.storage.get_snapshot(snapshot), 'available')
        self.assertRaises(exceptions.BadRequestException, self.storage.delete_volume, volume)
        backup = self.storage.create_backup(volume_id=volume.id, name='three')
        self.assertEqual('backing-up', self.storage.get_volume(volume).status)
        self.until(lambda: self.storage.get_backup(backup), 'available')
        restored = self.storage.restore_backup(backup, name='again')
        self.assertEqual('again', self.until(lambda: self.storage.get_volume(restored.volume_id), 'available').name)
        self.storage.delete(f'/volumes/{volume.id}?cascade=true')
        self.until_gone(self.storage.get_volume, volume)
        self.assertEqual([], list(self.storage.snapshots()))

    def test_another_project_takes_a_volume(self) -> None:
        volume, other = self.volume(), self.connect('alpha-other')
        self.assertRaises(exceptions.NotFoundException, other.block_storage.get_volume, volume.id)
        transfer = self.storage.create_transfer(volume_id=volume.id, name='to the others')
        self.assertRaises(exceptions.BadRequestException, other.block_storage.accept_transfer, transfer.id, 'wrong')
        other.block_storage.accept_transfer(transfer.id, transfer.auth_key)
        self.assertEqual('available', other.block_storage.get_volume(volume.id).status)
        self.assertRaises(exceptions.NotFoundException, self.storage.get_volume, volume.id)

    def test_lists_come_in_pages(self) -> None:
        storage = self.connect('beta').block_storage
        ids = {storage.create_volume(size=1, name=f'v{n}').id for n in range(7)}
        self.assertEqual(ids, {volume.id for volume in storage.volumes()})
        self.assertEqual(3, self.count('beta', service='block-storage', path='/volumes/detail'))
        self.assertEqual(['v3'], [volume.name for volume in storage.volumes(name='v3')])
        self.assertEqual(404, storage.get('/volumes/detail?marker=none').status_code)

    def test_quotas_hold(self) -> None:
        self.sim.settings('alpha', quota={'volumes': 1, 'gigabytes': 5})
        answer = self.storage.post('/volumes', json={'volume': {'size': 6}})
        self.assertEqual((413, '0'), (answer.status_code, answer.headers['Retry-After']))
        self.assertIn('quota is 5G and 0G has been consumed', answer.json()['overLimit']['message'])
        self.volume()
        answer = self.storage.post('/volumes', json={'volume': {'size': 1}})
        self.assertIn('Maximum number of volumes allowed (1)', answer.json()['overLimit']['message'])
        limits = self.storage.get_limits().absolute
        self.assertEqual((1, 1, 5), (limits.max_total_volumes, limits.total_volumes_used, limits.max_total_volume_gigabytes))
        quotas = self.storage.get_quota_set(self.cloud.current_project_id, usage=True)
        self.assertEqual((1, 1), (quotas.volumes, quotas.usage['volumes']))

    def test_microversions_are_those_of_the_service(self) -> None:
        old = {'OpenStack-API-Version': 'volume 3.0'}
        volume = self.volume()
        self.assertNotIn('volume_type_id', self.storage.get(f'/volumes/{volume.id}', headers=old).json()['volume'])
        new = self.storage.get('/volumes', headers={'OpenStack-API-Version': 'volume 3.99'})
        self.assertEqual(406, new.status_code)
        self.assertEqual(404, self.storage.get('/volume-transfers/detail', headers=old).status_code)
