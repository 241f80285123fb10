# SPDX-License-Identifier: Apache-2.0
"""The simulated Glance: lists, uploads, downloads, formats, members."""

import hashlib
import json

from tests.unit.test_simcloud_base import SimulatedCase

PATCH = {'Content-Type': 'application/openstack-images-v2.1-json-patch'}


class ImageTest(SimulatedCase):
    def setUp(self) -> None:
        super().setUp()
        self.cloud = self.connect('alpha')

    def test_bytes_come_back(self) -> None:
        data = bytes(range(256)) * 40_000
        image = self.cloud.image.create_image('mine', data=data, disk_format='raw', container_format='bare')
        image = self.cloud.image.get_image(image.id)
        self.assertEqual(('active', len(data)), (image.status, image.size))
        self.assertEqual(hashlib.sha512(data).hexdigest(), image.hash_value)
        self.assertEqual(data, self.cloud.image.download_image(image).content)
        part = self.cloud.image.get(f'/images/{image.id}/file', headers={'Range': 'bytes=1000000-1000009'})
        self.assertEqual((206, data[1_000_000:1_000_010]), (part.status_code, part.content))
        again = self.cloud.image.put(
            f'/images/{image.id}/file', data=b'x', headers={'Content-Type': 'application/octet-stream'}
        )
        self.assertEqual(409, again.status_code)

    def test_the_direct_cloud_takes_raw_images_only(self) -> None:
        beta = self.connect('beta')
        answer = beta.image.post('/images', json={'name': 'x', 'disk_format': 'qcow2', 'container_format': 'bare'})
        self.assertEqual(400, answer.status_code)
        self.assertIn('is not one of [None,', answer.text)
        enum = beta.image.get('/schemas/image').json()['properties']['disk_format']['enum']
        self.assertEqual([None, 'raw', 'iso'], enum)

    def test_only_the_cloud_with_routers_fetches_images(self) -> None:
        methods = self.cloud.image.get('/info/import').json()['import-methods']['value']
        self.assertEqual(['glance-direct', 'web-download'], methods)
        image = self.cloud.image.post('/images', json={'name': 'x', 'disk_format': 'raw', 'container_format': 'bare'}).json()
        body = {'method': {'name': 'web-download', 'uri': 'ftp://127.0.0.1/x'}}
        self.assertEqual(400, self.cloud.image.post(f'/images/{image["id"]}/import', json=body).status_code)
        body['method']['uri'] = 'http://127.0.0.1:1/x'
        self.assertEqual(202, self.cloud.image.post(f'/images/{image["id"]}/import', json=body).status_code)
        beta = self.connect('beta')
        image = beta.image.post('/images', json={'name': 'x', 'disk_format': 'raw', 'container_format': 'bare'}).json()
        answer = beta.image.post(f'/images/{image["id"]}/import', json=body)
        self.assertEqual((400, True), (answer.status_code, 'not a valid import method' in answer.text))

    def test_pages_and_filters(self) -> None:
        self.sim.seed('beta', images=7)
        beta = self.connect('beta')
        self.assertEqual(8, len(list(beta.image.images())))
        self.assertEqual(3, self.count('beta', service='image', path='/images'))
        self.assertEqual(['cirros'], [image.name for image in beta.image.images(visibility='public')])
        self.assertEqual([], list(beta.image.images(name='none')))

    def test_a_queued_image_has_no_bytes(self) -> None:
        image = self.cloud.image.post('/images', json={'name': 'x', 'disk_format': 'raw', 'container_format': 'bare'}).json()
        self.assertEqual('queued', image['status'])
        self.assertEqual(204, self.cloud.image.get(f'/images/{image["id"]}/file').status_code)

    def test_properties_lie_flat(self) -> None:
        image = self.cloud.image.post('/images', json={'name': 'x', 'os_distro': 'debian'}).json()
        self.assertEqual('debian', image['os_distro'])
        change = [{'op': 'replace', 'path': '/os_distro', 'value': 'fedora'}, {'op': 'add', 'path': '/zig', 'value': 'zag'}]
        answer = self.cloud.image.patch(f'/images/{image["id"]}', data=json.dumps(change), headers=PATCH)
        self.assertEqual(('fedora', 'zag'), (answer.json()['os_distro'], answer.json()['zig']))
        change = [{'op': 'replace', 'path': '/status', 'value': 'active'}]
        answer = self.cloud.image.patch(f'/images/{image["id"]}', data=json.dumps(change), headers=PATCH)
        self.assertEqual(403, answer.status_code)

    def test_images_are_private_until_shared(self) -> None:
        image = self.cloud.image.post('/images', json={'name': 'x'}).json()
        other = self.connect('alpha-other')
        path = f'/images/{image["id"]}'
        self.assertEqual(404, other.image.get(path).status_code)
        project = other.current_project_id
        self.cloud.image.post(f'{path}/members', json={'member': project})
        self.assertEqual(200, other.image.get(path).status_code)
        self.assertEqual(['cirros'], [one.name for one in other.image.images()])
        other.image.put(f'{path}/members/{project}', json={'status': 'accepted'})
        self.assertEqual({'cirros', 'x'}, {one.name for one in other.image.images()})
        self.assertEqual(403, other.image.delete(path).status_code)

    def test_a_protected_image_stays(self) -> None:
        image = self.cloud.image.post('/images', json={'name': 'x', 'protected': True}).json()
        self.assertEqual(403, self.cloud.image.delete(f'/images/{image["id"]}').status_code)
