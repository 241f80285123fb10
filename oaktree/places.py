# SPDX-License-Identifier: Apache-2.0
"""The places that names of clouds and regions select, and who the caller is there."""

import asyncio
import contextlib
from collections.abc import Sequence

from oaktree import context, errors
from oaktree.caller import Caller, Credentials
from oaktree.clouds import Clouds
from oaktree.resource import Place

CONFIG_PATIENCE = 0.5
"""The part of a caller's deadline that reading a cloud's entry may take: a profile may be a URL."""


class Places:
    """All that there are."""

    def __init__(self, clouds: Clouds) -> None:
        self._clouds = clouds
        self._regions: dict[str, Sequence[str]] = {}
        """By cloud, where its entry has been read."""

    def one(self, cloud: str) -> str:
        """The one cloud that is meant.

        :raises errors.Failure: INVALID_ARGUMENT where there is a choice, or no such cloud.
        """
        names = self._clouds.names
        if cloud in names or (len(names) == 1 and not cloud):
            return cloud or names[0]
        # Whoever signs in may have put a secret there by mistake: it is not told again.
        what, reason = ('is of no cloud here', 'UNKNOWN_CLOUD') if cloud else ('is missing', 'MISSING_FIELD')
        raise errors.invalid('location.cloud', f'{what}: name one of {", ".join(names)}', reason)

    async def select(self, cloud: str, region: str, caller: Credentials) -> Sequence[Place]:
        """See :meth:`oaktree.backends.base.Backend.places`."""
        wanted = self._named(cloud)
        callers = await self._callers(wanted, caller)
        if unread := [name for name in wanted if name not in self._regions]:
            await asyncio.gather(*map(self._read_regions, unread))
        places = [
            Place(name, found, callers[name])
            for name in wanted
            # Whoever reads where nothing is known is told why; the other clouds are none the worse.
            for found in self._regions.get(name, [region])
        ]
        selected = [place for place in places if not region or place.region == region]
        if not selected:
            known = ', '.join(sorted({place.region for place in places}))
            raise errors.invalid('location.region', f'there is no region {region!r}, only {known}', 'UNKNOWN_REGION')
        return selected

    async def _callers(self, clouds: Sequence[str], credentials: Credentials) -> dict[str, Caller]:
        """Who calls, for each cloud.

        :raises errors.Failure: where it is nobody, on any of them.
        """
        context.current().clouds.update(clouds)
        if len(clouds) == 1:
            return {clouds[0]: await credentials.at(clouds[0], named=True)}

        async def one(cloud: str) -> Caller:
            try:
                async with asyncio.timeout(context.current().patience() * CONFIG_PATIENCE):
                    return await credentials.at(cloud, named=False)
            except TimeoutError:
                late = errors.deadline(f'Asking {cloud} about the token').at(cloud=cloud)
                return Caller(f'refused:{cloud}:{late.reason}', refusal=late)

        callers = dict(zip(clouds, await asyncio.gather(*map(one, clouds)), strict=True))
        refusals = [caller.refusal for caller in callers.values() if caller.refusal]
        if len(refusals) == len(callers):
            # What is wrong with a token says more than that there is none.
            raise min(refusals, key=lambda refusal: refusal.reason == 'CREDENTIALS_MISSING')
        return callers

    async def _read_regions(self, cloud: str) -> None:
        """Learn the names of a cloud's regions, unless its entry is wrong, or its profile's address does not answer."""
        with contextlib.suppress(errors.Failure, TimeoutError):
            async with asyncio.timeout(context.current().patience() * CONFIG_PATIENCE):
                self._regions[cloud] = [region.region_name or '' for region in await self._clouds.regions(cloud)]

    def _named(self, cloud: str) -> Sequence[str]:
        names = self._clouds.names
        if cloud and cloud not in names:
            raise errors.invalid('location.cloud', f'there is no cloud {cloud!r}, only {", ".join(names)}', 'UNKNOWN_CLOUD')
        return [cloud] if cloud else names
