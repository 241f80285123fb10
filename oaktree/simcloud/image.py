# SPDX-License-Identifier: Apache-2.0
"""Glance v2: images, their bytes, members and tags."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import orjson

from oaktree.simcloud.http import Answer, Call, Doc, Refusal, Service, isotime, route, web_error
from oaktree.simcloud.image_data import ImageData
from oaktree.simcloud.image_rules import READ_ONLY, RESERVED, check, matcher, schema
from oaktree.simcloud.store import Shelf

if TYPE_CHECKING:
    from oaktree.simcloud.cloud import Cloud

UNVERIFIED = (
    'This server could not verify that you are authorized to access the document you requested. Either you supplied the '
    'wrong credentials (e.g., bad password), or your browser does not understand how to supply the credentials required.'
)


class Image(ImageData, Service):
    """The images of one cloud. `order` is an image's place in time and never shown."""

    type = 'image'
    version = '/v2'

    def __init__(self, cloud: Cloud) -> None:
        super().__init__(cloud)
        self.reset()

    def reset(self) -> None:
        self.images: Shelf[Doc] = Shelf(lambda image: image['order'], lambda image: str(image['id']))
        self.members: dict[str, dict[str, Doc]] = {}
        self.data: dict[str, list[bytes]] = {}
        self.last = 0
        given = {'name': 'cirros', 'disk_format': 'raw', 'container_format': 'bare', 'visibility': 'public'}
        cirros = self.add(given, self.cloud.project('admin'), 1767225600.0, self.cloud.uuid('image', 'cirros'))
        self.fill(cirros, [b'oaktree ' * 1024], 1767225600.0)

    @property
    def methods(self) -> list[str]:
        """The ways of import. A cloud of the direct kind fetches nothing from elsewhere."""
        return ['glance-direct', 'web-download'] if self.cloud.profile.routers else ['glance-direct']

    def prepare(self, call: Call) -> None:
        self.cloud.compute.settle(call.now)

    def refuse(self, call: Call, refusal: Refusal) -> Answer:
        if refusal.status == 401:
            refusal.message = UNVERIFIED
            refusal.headers['WWW-Authenticate'] = f'Keystone uri="{self.cloud.url}/identity/v3"'
        return web_error(call, refusal)

    # -- discovery

    @route('GET', '/', public=True)
    def versions(self, call: Call) -> Answer:
        listed = []
        for minor in (17, 16, 15, 13, 12, 11, 9, 7, 6, 5, 4, 3, 2, 1, 0):
            status = 'CURRENT' if minor == 17 else 'SUPPORTED'
            links = [{'rel': 'self', 'href': f'{self.cloud.url}/image/v2/'}]
            listed.append({'id': f'v2.{minor}', 'status': status, 'links': links})
        return Answer(300, {'versions': listed})

    @route('GET', '/schemas/image')
    def image_schema(self, call: Call) -> Answer:
        return Answer(200, schema(self.cloud.profile.disk_formats))

    @route('GET', '/schemas/images')
    def images_schema(self, call: Call) -> Answer:
        items = schema(self.cloud.profile.disk_formats)
        listed = {'type': 'array', 'items': items}
        return Answer(
            200, {'name': 'images', 'properties': {'images': listed, 'first': {'type': 'string'}, 'next': {'type': 'string'}}}
        )

    @route('GET', '/info/import')
    def import_info(self, call: Call) -> Answer:
        methods = {'description': 'Import methods available.', 'type': 'array', 'value': self.methods}
        return Answer(200, {'import-methods': methods})

    @route('GET', '/info/stores')
    def stores(self, call: Call) -> Answer:
        return Answer(200, {'stores': [{'id': 'file', 'default': 'true'}]})

    # -- reading

    def shown(self, image: Doc) -> Doc:
        return {key: value for key, value in image.items() if key != 'order'}

    def may_see(self, call: Call, image: Doc) -> bool:
        if call.token.admin or image['owner'] == call.project or image['visibility'] in ('public', 'community'):
            return True
        return image['visibility'] == 'shared' and call.project in self.members.get(image['id'], {})

    def visible(self, call: Call, ident: str) -> Doc | None:
        """The image, if the caller may use it."""
        image = self.images.get(ident)
        return image if image is not None and self.may_see(call, image) else None

    def found(self, call: Call, ident: str) -> Doc:
        image = self.visible(call, ident)
        if image is None:
            raise Refusal(404, f'No image found with ID {ident}')
        return image

    def owned(self, call: Call, ident: str, action: str) -> Doc:
        image = self.found(call, ident)
        if image['owner'] != call.project and not call.token.admin:
            raise Refusal(403, f'You are not authorized to complete {action} action.')
        return image

    def _in_list(self, call: Call, image: Doc, visibility: str | None, member_status: str) -> bool:
        """Whether an image belongs in the caller's list, which is less than the caller may see by id."""
        mine = image['owner'] == call.project
        if image['visibility'] == 'community':
            return visibility in ('community', 'all') or (mine and visibility is None)
        if mine or image['visibility'] == 'public' or (call.token.admin and image['visibility'] == 'private'):
            return True
        member = self.members.get(image['id'], {}).get(call.project)
        return image['visibility'] == 'shared' and member is not None and member_status in ('all', member['status'])

    @route('GET', '/images')
    def index(self, call: Call) -> Answer:
        query = call.query
        page = self.cloud.profile.page
        if not query.get('limit', '0').isdigit():
            raise Refusal(
                400,
                'limit param must be an integer'
                if query['limit'].lstrip('-') == query['limit']
                else 'limit param must be positive',
            )
        limit = min(page, call.integer('limit', min(25, page)))
        wanted = matcher(query)
        visibility, status = query.get('visibility'), query.get('member_status', 'accepted')
        found: list[Doc] = []
        if limit:
            for image in self._candidates(call):
                if self._in_list(call, image, visibility, status) and wanted(image):
                    found.append(image)
                    if len(found) == limit:
                        break
        left = [(key, value) for key, value in query.items() if key != 'marker']
        first = f'/v2/images?{urlencode(left)}' if left else '/v2/images'
        body: Doc = {'images': [self.shown(image) for image in found], 'first': first, 'schema': '/v2/schemas/images'}
        if found and len(found) == limit:
            body['next'] = f'/v2/images?{urlencode([*left, ("marker", found[-1]["id"])])}'
        return Answer(200, body)

    def _candidates(self, call: Call) -> Iterator[Doc]:
        marker = self.images.get(call.query['marker']) if 'marker' in call.query else None
        if marker is None and 'marker' in call.query:
            raise Refusal(400, f'No image found with ID {call.query["marker"]}')
        order = [part.partition(':')[::2] for part in call.query.get('sort', '').split(',') if part]
        directions = call.query.getall('sort_dir', ['desc'])
        for i, key in enumerate(call.query.getall('sort_key', [])):
            order.append((key, directions[min(i, len(directions) - 1)]))
        if not order or order[0][0] == 'created_at':
            return self.images.forward(marker) if order and order[0][1] == 'asc' else self.images.backward(marker)
        images = list(self.images.backward())
        for key, direction in reversed(order):
            images.sort(key=lambda image: (image.get(key) is not None, image.get(key) or 0), reverse=direction != 'asc')
        return iter(images[images.index(marker) + 1 :] if marker else images)

    @route('GET', '/images/{id}')
    def show(self, call: Call, ident: str) -> Answer:
        return Answer(200, self.shown(self.found(call, ident)))

    # -- writing

    def add(self, given: Doc, owner: str, now: float, ident: str = '') -> Doc:
        """A new image without bytes."""
        self.last += 1
        ident = ident or str(uuid.uuid4())
        image: Doc = {
            'order': self.last,
            'name': None,
            'disk_format': None,
            'container_format': None,
            'visibility': 'shared',
            'size': None,
        }
        image |= {'virtual_size': None, 'status': 'queued', 'checksum': None, 'protected': False, 'min_ram': 0, 'min_disk': 0}
        image |= {
            'owner': owner,
            'os_hidden': False,
            'os_hash_algo': None,
            'os_hash_value': None,
            'tags': [],
            **given,
            'id': ident,
        }
        image |= {'created_at': isotime(now), 'updated_at': isotime(now)}
        image |= {'self': f'/v2/images/{ident}', 'file': f'/v2/images/{ident}/file', 'schema': '/v2/schemas/image'}
        self.images.add(image)
        return image

    @route('POST', '/images')
    def create(self, call: Call) -> Answer:
        given = call.json()
        self._check(call, given)
        ident = given.pop('id', '')
        if ident and ident in self.images:
            raise Refusal(409, f'Image ID {ident} already exists!')
        given['tags'] = list(dict.fromkeys(given.get('tags', [])))
        image = self.add(given, given.get('owner') or call.project, call.now, ident)
        headers = {
            'Location': f'/v2/images/{image["id"]}',
            'OpenStack-image-import-methods': ','.join(self.methods),
            'OpenStack-image-store-ids': 'file',
        }
        return Answer(201, self.shown(image), headers)

    def _check(self, call: Call, given: Doc) -> None:
        for name in given:
            if name in READ_ONLY:
                raise Refusal(403, f"Attribute '{name}' is read-only.")
            if name in RESERVED:
                raise Refusal(403, f"Attribute '{name}' is reserved.")
        check(given, self.cloud.profile.disk_formats)
        if given.get('visibility') == 'public' and not call.token.admin:
            raise Refusal(403, 'You are not authorized to complete publicize_image action.')
        if given.get('owner') not in (None, call.project) and not call.token.admin:
            raise Refusal(403, "You are not permitted to create images owned by '{}'.".format(given['owner']))

    @route('PATCH', '/images/{id}')
    def update(self, call: Call, ident: str) -> Answer:
        if not call.headers.get('Content-Type', '').startswith('application/openstack-images-v2'):
            raise Refusal(415, 'The server could not handle the media type of the request.')
        image = self.owned(call, ident, 'modify_image')
        try:
            operations = orjson.loads(call.body)
            changes: dict[str, Any] = {}
            removed = []
            for operation in operations:
                name = operation['path'].lstrip('/').replace('~1', '/').replace('~0', '~')
                if operation['op'] == 'remove':
                    if name not in image:
                        raise Refusal(409, f'Property {name} does not exist.')
                    removed.append(name)
                else:
                    if operation['op'] == 'replace' and name not in image:
                        raise Refusal(409, f'Property {name} does not exist.')
                    changes[name] = operation['value']
        except (orjson.JSONDecodeError, KeyError, TypeError):
            raise Refusal(400, 'Request body must be a JSON array of operation objects.') from None
        self._check(call, changes | dict.fromkeys(removed, ''))
        image |= changes | {'updated_at': isotime(call.now)}
        for name in removed:
            del image[name]
        return Answer(200, self.shown(image))

    @route('DELETE', '/images/{id}')
    def delete(self, call: Call, ident: str) -> Answer:
        if self.visible(call, ident) is None:
            raise Refusal(404, f'Failed to find image {ident} to delete')
        image = self.owned(call, ident, 'delete_image')
        if image['protected']:
            raise Refusal(403, f'Image {ident} is protected and cannot be deleted.')
        self.images.remove(ident)
        self.data.pop(ident, None)
        self.members.pop(ident, None)
        return Answer(204)

    @route('PUT', '/images/{id}/tags/{tag}')
    def add_tag(self, call: Call, ident: str, tag: str) -> Answer:
        image = self.owned(call, ident, 'modify_image')
        check({'tags': [tag]}, self.cloud.profile.disk_formats)
        image['tags'] = list(dict.fromkeys([*image['tags'], tag]))
        return Answer(204)

    @route('DELETE', '/images/{id}/tags/{tag}')
    def remove_tag(self, call: Call, ident: str, tag: str) -> Answer:
        image = self.owned(call, ident, 'modify_image')
        if tag not in image['tags']:
            raise Refusal(404, f'Tag {tag} not found')
        image['tags'] = [other for other in image['tags'] if other != tag]
        return Answer(204)

    @route('POST', '/images/{id}/actions/{action}')
    def act(self, call: Call, ident: str, action: str) -> Answer:
        image = self.owned(call, ident, action)
        states = {'deactivate': ('active', 'deactivated'), 'reactivate': ('deactivated', 'active')}
        if action not in states:
            raise Refusal(404, 'The resource could not be found.')
        before, after = states[action]
        if image['status'] not in (before, after):
            raise Refusal(403, f"Not allowed to {action} image in status '{image['status']}'")
        image['status'] = after
        return Answer(204)

    # -- members

    @route('GET', '/images/{id}/members')
    def list_members(self, call: Call, ident: str) -> Answer:
        image = self.found(call, ident)
        known = self.members.get(ident, {})
        mine = image['owner'] == call.project or call.token.admin
        return Answer(
            200,
            {'members': [m for m in known.values() if mine or m['member_id'] == call.project], 'schema': '/v2/schemas/members'},
        )

    @route('POST', '/images/{id}/members')
    def add_member(self, call: Call, ident: str) -> Answer:
        image = self.owned(call, ident, 'add_member')
        if image['visibility'] != 'shared':
            raise Refusal(403, 'Only shared images have members.')
        project, stamp = str(call.json()['member']), isotime(call.now)
        if project in self.members.get(ident, {}):
            raise Refusal(409, f'The target member {project} is already associated with image {ident}.')
        member = {'member_id': project, 'image_id': ident, 'status': 'pending', 'created_at': stamp, 'updated_at': stamp}
        self.members.setdefault(ident, {})[project] = member | {'schema': '/v2/schemas/member'}
        return Answer(200, self.members[ident][project])

    @route('PUT', '/images/{id}/members/{member}')
    def update_member(self, call: Call, ident: str, project: str) -> Answer:
        self.found(call, ident)
        member = self.members.get(ident, {}).get(project)
        if member is None or (project != call.project and not call.token.admin):
            raise Refusal(404 if member is None else 403, f'{project} not found in the member list of the image {ident}.')
        member |= {'status': call.json()['status'], 'updated_at': isotime(call.now)}
        return Answer(200, member)

    @route('DELETE', '/images/{id}/members/{member}')
    def remove_member(self, call: Call, ident: str, project: str) -> Answer:
        self.owned(call, ident, 'delete_member')
        if self.members.get(ident, {}).pop(project, None) is None:
            raise Refusal(404, f'{project} not found in the member list of the image {ident}.')
        return Answer(204)
