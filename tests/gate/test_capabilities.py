# SPDX-License-Identifier: Apache-2.0
"""On real clouds, what oaktree says that they can do is what their services tell openstacksdk."""

import os
import unittest
from typing import Any

import openstack
from oaktreemodel import v1 as pb

from tests.functional.base import CLOUDS, REAL, Case

VERSIONED = ('block-storage', 'compute', 'identity', 'image', 'network')


class CapabilitiesTest(Case):
    """openstacksdk asks the same cloud with the same credentials."""

    def setUp(self) -> None:
        if not REAL:
            self.skipTest('needs real clouds: tox -e gate')
        os.environ['OS_CLIENT_CONFIG_FILE'] = self.stack.config

        self.both = []
        for cloud in CLOUDS:
            request = pb.GetCapabilitiesRequest(location={'cloud': cloud.name})
            told = self.oaktree.clouds.GetCapabilities(request, timeout=120).capabilities
            self.both.append((self.enterContext(openstack.connect(cloud=cloud.name)), told))

    def test_services_and_versions_agree(self) -> None:
        for sdk, told in self.both:
            # Not the versions of the others: keystoneauth fails on the document in which Octavia tells its own.
            theirs = {kind for kind in ('load-balancer', 'object-store', 'placement', *VERSIONED) if sdk.has_service(kind)}
            self.assertEqual({service.type for service in told.services}, theirs)
            for service in told.services:
                known: tuple[Any, ...] = (None, None, None)
                if service.type in VERSIONED:
                    data = getattr(sdk, service.type.replace('-', '_')).get_endpoint_data()
                    known = data.api_version, data.min_microversion, data.max_microversion
                    self.assertTrue(service.version, service)
                wanted = ['.'.join(map(str, version)) if version else '' for version in known]
                self.assertEqual([service.version, service.min_microversion, service.max_microversion], wanted, service.type)

    def test_zones_extensions_and_images_agree(self) -> None:
        for sdk, told in self.both:
            self.assertEqual(set(told.compute_zones), set(sdk.list_availability_zone_names()))
            self.assertEqual(set(told.volume_zones), {zone.name for zone in sdk.block_storage.availability_zones()})
            self.assertEqual(set(told.network_zones), {zone.name for zone in sdk.network.availability_zones()})
            self.assertEqual(set(told.network_extensions), {one.alias for one in sdk.network.extensions()})
            known = sdk.image.get_images_schema().properties['images']['items']['properties']
            self.assertEqual(set(told.image_disk_formats), {name for name in known['disk_format']['enum'] if name})
            self.assertEqual(set(told.image_container_formats), {name for name in known['container_format']['enum'] if name})
            self.assertEqual(set(told.image_import_methods), set(sdk.image.get_import_info().import_methods['value']))
            self.assertEqual(set(told.image_stores), {store.id for store in sdk.image.stores()})

    def test_the_object_store_agrees(self) -> None:
        for sdk, told in self.both:
            self.assertEqual(told.HasField('object_store'), sdk.has_service('object-store'))
            if told.HasField('object_store'):
                endpoint = sdk.object_store.get_endpoint()
                # The SDK's own method drops the features that it does not know.
                theirs = sdk.session.get(f'{endpoint.rpartition("/v1")[0]}/info').json()
                self.assertEqual(told.object_store.max_object_size_bytes, theirs['swift']['max_file_size'])
                self.assertEqual(told.object_store.max_list_size, theirs['swift']['container_listing_limit'])
                self.assertEqual(told.object_store.max_segments, theirs['slo']['max_manifest_segments'])
                self.assertEqual(told.object_store.min_segment_size_bytes, theirs['slo']['min_segment_size'])
                self.assertEqual(told.object_store.temporary_urls, 'tempurl' in theirs)
                self.assertEqual(set(told.object_store.features), set(theirs))

    def test_quotas_agree(self) -> None:
        for sdk, told in self.both:
            project = sdk.current_project_id
            for service, theirs in (
                ('compute', sdk.compute.get(f'/os-quota-sets/{project}', microversion='2.96').json()['quota_set']),
                ('block-storage', sdk.block_storage.get(f'/os-quota-sets/{project}').json()['quota_set']),
                ('network', sdk.network.get(f'/quotas/{project}').json()['quota']),
            ):
                ours = {name.partition('.')[2]: limit for name, limit in told.quotas.items() if name.startswith(f'{service}.')}
                self.assertTrue(ours, service)
                self.assertEqual(ours, {name: limit for name, limit in theirs.items() if name != 'id'})

    def test_networks_agree(self) -> None:
        for sdk, told in self.both:
            # Others make networks beside this test; those of the cloud stay.
            own = {'public', 'private'}
            outside = {one['name'] for one in sdk.get_external_ipv4_networks()} & own
            # The SDK calls those external, too, that servers can't be put on.
            self.assertEqual({*told.public_networks, *told.floating_networks} & own, outside)
            self.assertEqual(set(told.private_networks) & own, {one['name'] for one in sdk.get_internal_ipv4_networks()} & own)
            floating = {one['name'] for one in sdk.get_external_ipv4_floating_networks()} & own
            self.assertEqual(set(told.floating_networks), floating if told.floating_ips else set())
            self.assertEqual(told.floating_ips, sdk.network.find_extension('router') is not None)
            source = sdk.get_nat_source()
            self.assertEqual([one.id for one in told.networks if one.nat_source], [source['id']] if source else [])

    def test_everything_says_where_it_was_learned(self) -> None:
        service_of = {'share_zones': 'shared-file-system', 'object_store': 'object-store'}
        for _, told in self.both:
            self.assertFalse(told.unlearned)
            here = {service.type for service in told.services}
            fields = {field.name for field in told.DESCRIPTOR.fields} - {'location', 'learned_from', 'unlearned'}
            absent = {field for field, service in service_of.items() if service not in here}
            self.assertEqual(set(told.learned_from), fields - absent)


if __name__ == '__main__':
    unittest.main()
