# SPDX-License-Identifier: Apache-2.0
"""What a place can do, where a service does not tell all of it."""

from unittest import mock

from oaktreemodel import v1 as pb

from oaktree import capabilities
from tests.faults.base import NOW, Case, Code


class CapabilitiesTest(Case):
    """A service that is ill costs what it would have told, and no more."""

    profiles = {'alpha': 'floating'}

    def ask(self, **fields: object) -> pb.Capabilities:
        request = pb.GetCapabilitiesRequest(location={'cloud': 'alpha'}, **fields)
        return self.oaktree.clouds.GetCapabilities(request, timeout=20).capabilities

    def test_what_a_service_does_not_tell_is_named(self) -> None:
        self.simulation.fault('alpha', service='image', path='/info/import', status=403)
        for _ in range(2):
            found = self.ask()
            self.assertTrue(found.unlearned['image_import_methods'].startswith('image: PERMISSION_DENIED: '), found.unlearned)
            self.assertNotIn('image_import_methods', found.learned_from)
            self.assertIn('qcow2', found.image_disk_formats)
        self.assertEqual(self.asked('alpha', 'GET', '/info/import'), 1)

    def test_what_several_services_tell_is_known_in_part(self) -> None:
        self.simulation.fault('alpha', service='network', path='/quotas/{project}', status=404)
        found = self.ask()
        self.assertEqual({name.partition('.')[0] for name in found.quotas}, {'block-storage', 'compute'})
        self.assertTrue(found.unlearned['quotas'].startswith('network: NOT_FOUND: '), found.unlearned)
        self.assertRegex(found.learned_from['quotas'], 'compute: .*block-storage: ')

    def test_an_answer_that_makes_no_sense_is_no_answer(self) -> None:
        self.simulation.fault('alpha', service='image', path='/schemas/image', body={'properties': []}, status=200)
        found = self.ask()
        self.assertIn('image_disk_formats', found.unlearned)
        self.assertFalse(found.image_disk_formats)

    def test_what_a_service_did_not_tell_is_soon_asked_again(self) -> None:
        self.enterContext(mock.patch.object(capabilities, 'IN_DOUBT', 0.1))
        self.simulation.fault('alpha', service='image', path='/schemas/image', status=500, count=10)
        self.assertIn('image_disk_formats', self.ask().unlearned)
        self.simulation.clear_faults('alpha')
        self.eventually('the formats are known', lambda: 'image_disk_formats' in self.ask().learned_from)

    def test_many_who_ask_cost_the_cloud_what_one_costs(self) -> None:
        request = pb.GetCapabilitiesRequest(location={'cloud': 'alpha'})
        calls = [self.oaktree.clouds.GetCapabilities.future(request, timeout=20) for _ in range(20)]
        self.assertEqual(len({call.result().SerializeToString(deterministic=True) for call in calls}), 1)
        self.assertEqual(self.asked('alpha', 'GET', '/schemas/image'), 1)
        self.ask(max_age=NOW)
        self.assertEqual(self.asked('alpha', 'GET', '/schemas/image'), 2)

    def test_networks_are_never_guessed(self) -> None:
        self.simulation.fault('alpha', service='network', path='/extensions', status=403)
        with self.fails(Code.PERMISSION_DENIED, 'CLOUD_FORBIDDEN'):
            self.ask()

    def test_a_cloud_is_used_as_its_entry_says(self) -> None:
        entries = self.entries()
        entries['alpha'] |= {
            'has_compute': False, 'compute_disabled_reason': 'not ours', 'status': 'deprecated', 'message': 'go to beta',
            'image_format': 'raw', 'private': True, 'oaktree_rate': 50,
            'networks': [{'name': 'private', 'nat_destination': True, 'default_interface': True}],
        }  # fmt: skip
        self.oaktree = self.serve(entries)
        found = self.ask()
        disabled = {service.type: service.disabled_reason for service in found.services if service.disabled_reason}
        self.assertEqual(disabled, {'compute': 'not ours'})
        self.assertNotIn('compute_zones', found.learned_from)
        self.assertEqual((found.status, found.status_message), (pb.CLOUD_STATUS_DEPRECATED, 'go to beta'))
        self.assertEqual((found.image_format, found.prefer_private, found.requests_per_second), ('raw', True, 50))
        chosen = [network.name for network in found.networks if network.nat_destination and network.default_interface]
        self.assertEqual(chosen, ['private'])
