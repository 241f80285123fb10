# SPDX-License-Identifier: Apache-2.0
"""What a request for a new server says, in Nova's words. https://docs.openstack.org/api-ref/compute/#create-server"""

import asyncio
import base64
from collections.abc import Iterable, Mapping
from typing import Any

from oaktreemodel import v1 as pb

from oaktree import errors, finding, verbs, writes
from oaktree.resource import Document, Place
from oaktree.rows.block_storage import VOLUME
from oaktree.rows.compute import FLAVOR, SERVER_GROUP
from oaktree.rows.image import IMAGE
from oaktree.rows.network import NETWORK, PORT, SECURITY_GROUP

USER_DATA = 49_149
"""Bytes of user data: 64 KiB - 1 in base64, which is Nova's bound."""

SAME = ('name', 'key_name', 'config_drive', 'description')
"""Fields that are sent as they are, by their own names."""

NEWER = {'description': '2.19', 'tags': '2.52'}
"""Fields that not every Nova knows, and the microversion that brought them."""


def check(request: Any) -> None:
    """Refuse what no cloud could make, before anything is looked up."""
    verbs.required(request, 'name', 'flavor', *(() if request.boot_volume else ('image',)))
    user_data(request)
    if request.boot_volume and (request.image or request.boot_from_volume):
        raise errors.invalid('boot_volume', 'is the volume to boot from: leave image and boot_from_volume out')
    if request.volume_size_gib < 0 or (request.volume_size_gib and not request.boot_from_volume):
        raise errors.invalid('volume_size_gib', 'is the size of the volume that boot_from_volume makes, 1 or more')
    if request.terminate_volume and not (request.boot_from_volume or request.boot_volume):
        raise errors.invalid('terminate_volume', 'needs boot_from_volume or boot_volume')


def user_data(request: Any) -> dict[str, str]:
    """The user data of a request, if it has any."""
    if len(request.user_data) > USER_DATA:
        raise errors.invalid('user_data', f'is longer than {USER_DATA} bytes')
    return {'user_data': base64.b64encode(request.user_data).decode()} if request.user_data else {}


async def known(
    self: verbs.Service, place: Place, given: Iterable[str], versions: Mapping[str, str] = NEWER
) -> None:  # fmt: skip
    """Refuse fields that a cloud's Nova is too old for: it would say so less plainly, or pass over them in silence."""
    for field in given:
        if field in versions and not await has(self, place, versions[field]):
            raise errors.invalid(
                field, f'needs compute microversion {versions[field]}, and {place} is older: leave it out', 'CLOUD_TOO_OLD'
            )


async def has(self: verbs.Service, place: Place, version: str) -> bool:
    """Whether a cloud's Nova has this microversion."""
    newest = await self.backend.microversion(place, 'compute') or '2.1'
    return [int(part) for part in newest.split('.')] >= [int(part) for part in version.split('.')]


async def reason(self: verbs.Service, place: Place, request: Any) -> dict[str, str]:
    """Why a server is locked."""
    await known(self, place, ['reason'], {'reason': '2.73'})
    return {'locked_reason': request.reason}


async def described(self: verbs.Service, request: Any, place: Place) -> Document:
    """The body of the POST, every name looked up."""
    await known(self, place, (field.name for field, _ in request.ListFields()))
    found: list[Any] = await asyncio.gather(
        finding.find(self.backend, FLAVOR, _at(place), request.flavor, field='flavor'),
        writes.ids(self, IMAGE, place, _given(request.image), 'image'),
        _networks(self, request, place),
        writes.ids(self, SECURITY_GROUP, place, request.security_groups, 'security_groups'),
        writes.ids(self, VOLUME, place, _given(request.boot_volume), 'boot_volume'),
        writes.ids(self, VOLUME, place, request.volumes, 'volumes'),
        writes.ids(self, SERVER_GROUP, place, _given(request.server_group), 'server_group'),
    )
    flavor, image, networks, groups, boot, volumes, server_group = found
    disks = _disks(request, flavor.item, image, boot, volumes)
    server: dict[str, Any] = {field: value for field in SAME if (value := getattr(request, field))}
    server |= {'flavorRef': flavor.item.id, 'networks': networks, 'metadata': dict(request.metadata), **user_data(request)}
    server['imageRef'] = image[0] if image and not request.boot_from_volume else ''
    if groups:
        server['security_groups'] = [{'name': group} for group in groups]
    if request.location.zone:
        server['availability_zone'] = request.location.zone
    if request.tags:
        server['tags'] = list(request.tags)
    if disks:
        server['block_device_mapping_v2'] = disks
    return {'server': server} | ({'os:scheduler_hints': {'group': server_group[0]}} if server_group else {})


def _at(place: Place) -> Any:
    return pb.Location(cloud=place.cloud, region=place.region)


def _given(name: str) -> list[str]:
    return [name] if name else []


async def _networks(self: verbs.Service, request: Any, place: Place) -> list[dict[str, str]]:
    """What the server is to be attached to, in order."""
    if request.networks or request.ports:
        networks = await writes.ids(self, NETWORK, place, request.networks, 'networks')
        ports = await writes.ids(self, PORT, place, request.ports, 'ports')
        return [{'uuid': network} for network in networks] + [{'port': port} for port in ports]
    return [{'uuid': (await self.backend.addressing(place)).choose(request.auto_ip).id}]


def _disks(request: Any, flavor: Any, image: list[str], boot: list[str], volumes: list[str]) -> list[dict[str, Any]]:
    """What the server boots from where that is not its own disk alone, and what else is attached to it."""
    root: dict[str, Any] = {'boot_index': 0, 'delete_on_termination': request.terminate_volume}
    if boot:
        root |= {'uuid': boot[0], 'source_type': 'volume', 'destination_type': 'volume'}
    elif request.boot_from_volume:
        if not (size := request.volume_size_gib or flavor.disk_gib):
            raise errors.invalid('volume_size_gib', 'is missing: the flavor has no root disk to tell it', 'MISSING_FIELD')
        root |= {'uuid': image[0], 'source_type': 'image', 'destination_type': 'volume', 'volume_size': size}
    elif volumes:
        root |= {'uuid': image[0], 'source_type': 'image', 'destination_type': 'local', 'delete_on_termination': True}
    else:
        return []
    more = {'boot_index': -1, 'source_type': 'volume', 'destination_type': 'volume', 'delete_on_termination': False}
    return [root, *({**more, 'uuid': volume} for volume in volumes)]
