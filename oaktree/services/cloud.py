# SPDX-License-Identifier: Apache-2.0
"""CloudService."""

import asyncio
import time
from typing import Any

from oaktreemodel import v1 as pb
from oaktreemodel.v1 import cloud_service_pb2

from oaktree import context, errors, finding, matching, verbs
from oaktree.caller import NOBODY
from oaktree.capabilities import Learner
from oaktree.resource import Place, Snapshot


@verbs.serves(cloud_service_pb2.DESCRIPTOR.services_by_name['CloudService'])
class Cloud(verbs.Service, pb.CloudServiceServicer):
    """The clouds themselves."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._learner = Learner(self.backend)

    async def ListClouds(self, request: Any, _context: Any) -> Any:
        """From the configuration: no cloud is asked, so ``max_age`` is kept whatever it says."""
        verbs.oldest(request)
        regions: dict[str, list[str]] = {}
        for place in await finding.usable(self.backend, request.location):
            regions.setdefault(place.cloud, []).append(place.region)
        clouds = Snapshot.of([_cloud(name, found) for name, found in regions.items()], time.time())
        page, keep = self.pages.asked(request), matching.keeper(pb.Cloud, request)
        read = [(Place('', '', NOBODY), clouds)]
        if request.jmespath:
            read, keep = await asyncio.to_thread(verbs.select, matching.compiled(request.jmespath), read, keep), None
        return await verbs.compose(self.pages, request, pb.ListCloudsResponse, page, keep, read)

    async def GetCapabilities(self, request: Any, _context: Any) -> Any:
        """What ``clouds.yaml`` says, and what the services answer."""
        place = await finding.where(self.backend, request.location)
        try:
            async with asyncio.timeout(context.current().patience() * finding.PATIENCE):
                found, as_of = await self._learner.learn(place, verbs.oldest(request))
        except TimeoutError:
            raise errors.deadline(f'Asking {place} what it can do').at(cloud=place.cloud, region=place.region) from None
        response = pb.GetCapabilitiesResponse(capabilities=found)
        response.as_of.FromNanoseconds(int(as_of * 1e9))
        return response


def _cloud(name: str, regions: list[str]) -> pb.Cloud:
    only = regions[0] if len(regions) == 1 else ''
    return pb.Cloud(location={'cloud': name, 'region': only}, id=name, name=name, regions=regions)
