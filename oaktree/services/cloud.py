# SPDX-License-Identifier: Apache-2.0
"""CloudService."""

import asyncio
import time
from typing import Any

from oaktreemodel import v1 as pb
from oaktreemodel.v1 import cloud_service_pb2

from oaktree import context, errors, matching, verbs
from oaktree.resource import Place, Snapshot


@verbs.serves(cloud_service_pb2.DESCRIPTOR.services_by_name['CloudService'])
class Cloud(verbs.Service, pb.CloudServiceServicer):
    """The clouds themselves."""

    async def ListClouds(self, request: Any, _context: Any) -> Any:
        """From the configuration: no cloud is asked, so ``max_age`` is kept whatever it says."""
        verbs.oldest(request)
        caller = context.current().caller
        page = self.pages.asked(request)
        regions: dict[str, list[str]] = {}
        for place in await self.backend.places(request.location.cloud, request.location.region, caller):
            regions.setdefault(place.cloud, []).append(place.region)
        clouds = Snapshot.of([_cloud(name, found) for name, found in regions.items()], time.time())
        keep = matching.keeper(pb.Cloud, request)
        read = [(Place('', '', caller), clouds)]
        if request.jmespath:
            read, keep = await asyncio.to_thread(verbs.select, matching.compiled(request.jmespath), read, keep), None
        return await verbs.compose(self.pages, request, pb.ListCloudsResponse, page, keep, read)

    async def GetCapabilities(self, request: Any, _context: Any) -> Any:
        """What is learned from discovery, the networks and the image service's schema."""
        place = await verbs.where(self.backend, request.location)
        try:
            async with asyncio.timeout(context.current().patience() * verbs.PATIENCE):
                return await self._capabilities(place)
        except TimeoutError:
            raise errors.deadline(f'Asking {place} what it can do').at(cloud=place.cloud, region=place.region) from None

    async def _capabilities(self, place: Place) -> Any:
        as_of = time.time()
        services = await self.backend.services(place)
        types = {service.type for service in services}
        capabilities = pb.Capabilities(location={'cloud': place.cloud, 'region': place.region}, services=services)
        if 'network' in types:
            addressing = await self.backend.addressing(place)
            as_of = min(as_of, addressing.as_of)
            capabilities.floating_ips = bool(addressing.floating)
            capabilities.requires_floating_ip = addressing.requires_floating_ip
            capabilities.public_networks.extend(sorted(network.name for network in addressing.public))
            capabilities.private_networks.extend(sorted(network.name for network in addressing.private))
            capabilities.floating_networks.extend(network.name for network in addressing.floating)
        if 'image' in types:
            capabilities.image_disk_formats.extend(await self._disk_formats(place))
        response = pb.GetCapabilitiesResponse(capabilities=capabilities)
        response.as_of.FromNanoseconds(int(as_of * 1e9))
        return response

    async def _disk_formats(self, place: Place) -> list[str]:
        """https://docs.openstack.org/api-ref/image/v2/#image-schemas"""
        schema = await self.backend.fetch(place, 'image', '/schemas/image')
        try:
            return sorted(name for name in schema['properties']['disk_format']['enum'] if name)
        except (KeyError, TypeError):
            raise errors.Failure(errors.Code.UNAVAILABLE, 'CLOUD_ANSWER_BROKEN',
                                 'The image service does not say which formats it takes.') from None  # fmt: skip


def _cloud(name: str, regions: list[str]) -> pb.Cloud:
    only = regions[0] if len(regions) == 1 else ''
    return pb.Cloud(location={'cloud': name, 'region': only}, id=name, name=name, regions=regions)
