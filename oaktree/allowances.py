# SPDX-License-Identifier: Apache-2.0
"""How much a project may have, and has: its quotas and limits, which each service tells in a document of its own."""

from collections.abc import Mapping, Sequence
from typing import Any

from oaktreemodel import v1 as pb

from oaktree import finding, normalise, verbs

OF_PROJECT = '{project}'
"""Stands in a path for the project's id."""


async def answer(
    self: verbs.Service, request: Any, response: Any, service: str, path: str, within: Sequence[str], fields: Mapping[str, str]
) -> Any:
    """Fill a response whose first field has the numbers.

    :param within: the keys that lead to them in the cloud's document.
    :param fields: the cloud's key of a number -> its field; what has none becomes a property.
    """
    age = verbs.seconds(request, 'max_age')
    place = await finding.where(self.backend, request.location)
    location = pb.Location(cloud=place.cloud, region=place.region)
    if OF_PROJECT in path:
        location.project.CopyFrom(await self.backend.project(place))
        path = path.replace(OF_PROJECT, location.project.id)
    document, as_of = await self.backend.fetch(place, service, path, max_age=age)
    for key in within:
        document = document.get(key) or {}
    message = getattr(response, response.DESCRIPTOR.fields[0].name)
    message.location.CopyFrom(location)
    normalise.numbered(message, fields, document)
    response.as_of.FromNanoseconds(int(as_of * 1e9))
    return response
