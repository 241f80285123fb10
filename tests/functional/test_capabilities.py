# SPDX-License-Identifier: Apache-2.0
"""What a place can do, as a caller is told before using it."""

import time
import unittest
from typing import Any

import grpc
from google.protobuf.duration_pb2 import Duration
from oaktreemodel import v1 as pb

from tests.functional.base import CLOUDS, Case

ALWAYS = {
    'services', 'default_max_ages', 'status', 'auth_type', 'interface', 'request_timeout', 'image_upload_method',
    'image_format', 'floating_ip_source', 'security_group_source', 'compute_zones', 'image_disk_formats',
    'image_container_formats', 'image_import_methods', 'network_extensions', 'network_zones', 'networks', 'quotas',
}  # fmt: skip
"""Fields that every cloud with these services tells of."""


class CapabilitiesTest(Case):
    """On both clouds."""

    def ask(self, cloud: str, **fields: Any) -> pb.GetCapabilitiesResponse:
        request = pb.GetCapabilitiesRequest(location={'cloud': cloud}, **fields)
        return self.oaktree.clouds.GetCapabilities(request, timeout=60)

    def test_tell_the_clouds_apart(self) -> None:
        for cloud in CLOUDS:
            with self.subTest(cloud.name):
                capabilities = self.ask(cloud.name).capabilities
                self.assertEqual(capabilities.location.region, cloud.region)
                self.assertEqual(capabilities.floating_ips, cloud.floating)
                self.assertEqual(capabilities.requires_floating_ip, cloud.floating)
                self.assertEqual(list(capabilities.floating_networks), ['public'] if cloud.floating else [])
                self.assertEqual('public' in capabilities.public_networks, not cloud.floating)
                self.assertIn('raw', capabilities.image_disk_formats)
                self.assertEqual('qcow2' in capabilities.image_disk_formats, cloud.floating)
                compute = next(service for service in capabilities.services if service.type == 'compute')
                self.assertEqual((compute.version, compute.min_microversion), ('2.1', '2.1'))
                self.assertTrue(compute.max_microversion.startswith('2.'))

    def test_say_how_each_was_learned(self) -> None:
        fields = pb.Capabilities.DESCRIPTOR.fields_by_name
        for cloud in CLOUDS:
            with self.subTest(cloud.name):
                capabilities = self.ask(cloud.name).capabilities
                self.assertLessEqual(ALWAYS, capabilities.learned_from.keys(), dict(capabilities.unlearned))
                told = {field.name for field, _ in capabilities.ListFields()} - {'location', 'learned_from', 'unlearned'}
                self.assertLessEqual(told, capabilities.learned_from.keys())
                self.assertLessEqual({*capabilities.learned_from, *capabilities.unlearned}, set(fields))
                self.assertEqual(capabilities.learned_from['image_disk_formats'], 'image: GET /schemas/image')

    def test_tell_what_the_services_have(self) -> None:
        for cloud in CLOUDS:
            with self.subTest(cloud.name):
                capabilities = self.ask(cloud.name).capabilities
                self.assertIn('nova', capabilities.compute_zones)
                self.assertIn('bare', capabilities.image_container_formats)
                self.assertIn('glance-direct', capabilities.image_import_methods)
                self.assertEqual('router' in capabilities.network_extensions, cloud.floating)
                self.assertTrue(capabilities.stateless_security_groups)
                self.assertIn('compute.instances', capabilities.quotas)
                self.assertIn('network.port', capabilities.quotas)
                self.assertEqual(capabilities.image_upload_method, pb.IMAGE_UPLOAD_METHOD_PUT)
                self.assertEqual((capabilities.status, capabilities.auth_type), (pb.CLOUD_STATUS_ACTIVE, 'password'))
                self.assertEqual(capabilities.default_max_ages['Server'].seconds, 5)
                types = {service.type for service in capabilities.services}
                self.assertEqual(capabilities.HasField('object_store'), 'object-store' in types)
                self.assertEqual('volume_zones' in capabilities.learned_from, 'block-storage' in types)

    def test_say_what_each_network_is_for(self) -> None:
        for cloud in CLOUDS:
            with self.subTest(cloud.name):
                networks = {network.name: network for network in self.ask(cloud.name).capabilities.networks}
                public = networks['public']
                self.assertEqual((public.floating, public.nat_source, public.attachable),
                                 (cloud.floating, cloud.floating, not cloud.floating))  # fmt: skip
                self.assertEqual((public.public, public.ipv4, public.nat_destination), (not cloud.floating, True, False))
                if cloud.floating:
                    private = networks['private']
                    self.assertEqual((private.public, private.attachable, private.nat_destination), (False, True, True))

    def test_are_remembered_unless_the_caller_wants_new_ones(self) -> None:
        before = time.time()
        first = self.ask('alpha', max_age=Duration())
        self.assertGreaterEqual(first.as_of.ToNanoseconds() / 1e9, before)
        self.assertEqual(self.ask('alpha').as_of, first.as_of)

    def test_bad_ages_are_refused(self) -> None:
        with self.fails(grpc.StatusCode.INVALID_ARGUMENT, 'INVALID_FIELD', 'max_age'):
            self.ask('alpha', max_age=Duration(seconds=-1))


if __name__ == '__main__':
    unittest.main()
