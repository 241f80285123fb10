# SPDX-License-Identifier: Apache-2.0
"""From a place to HTTP: who is logged in where, and the threads that requests are made in.

The only file with threads of its own. Each (cloud, region, service) has bounded pools, so that slow writes and transfers can't
keep reads waiting, and one gate for all (``gates.py``). No thread waits for another's request: what many need, a token or the
versions of a service, one thread gets for all. Nothing here is asked for before a caller asks.
"""

import asyncio
import contextvars
import functools
import importlib
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar

from oaktree import context, errors, gates, keystone, metrics
from oaktree.caller import NOBODY, Visa
from oaktree.exchange import ALONE, Answer, Request, understood
from oaktree.gates import Gate
from oaktree.limits import Limiter
from oaktree.resource import Place
from oaktree.settings import Settings
from oaktree.transfers import Pipe

if TYPE_CHECKING:
    from openstack.config.cloud_region import CloudRegion
    from openstack.proxy import Proxy

    from oaktree.sessions import Site

LOG = logging.getLogger(__name__)
T = TypeVar('T')

THREADS = 8
"""Calls under way to one service of one region, reads and writes each."""

ATTEMPT = 300.0
"""Seconds in which a token, or the versions of a service, must be there, also where there is a long line for them."""

SITES = 256
"""Identities, in each region, whose connections are kept open; the longest unused are closed first."""

HARMLESS = frozenset({'GET', 'HEAD', 'DELETE'})  # These may be made twice.


class Clouds:
    """The clouds of ``clouds.yaml``, each contacted when it is first needed and not before."""

    def __init__(self, settings: Settings) -> None:
        self.names = settings.clouds
        self._path = settings.config
        self._pools: dict[tuple[str, ...], ThreadPoolExecutor] = {
            ('config',): ThreadPoolExecutor(1, thread_name_prefix='config')
        }
        self._gates: dict[tuple[str, str, str], Gate] = {}
        self._regions: dict[str, list[CloudRegion]] = {}
        # By place, hence by caller too: a session has its caller's token.
        self._sites: OrderedDict[Place, Site] = OrderedDict()
        self._anonymous: dict[str, Any] = {}
        self._shared = settings.shared
        self.on_refused: Callable[[str, str], Awaitable[None]]
        """Has Keystone say what is wrong with a cloud's token that a service did not accept."""
        self._attempts: dict[tuple[object, ...], tuple[asyncio.Task[Any], context.Call]] = {}

    async def regions(self, cloud: str) -> 'list[CloudRegion]':
        """The configured regions of a cloud, in the order of the file. Does not contact the cloud."""
        if cloud not in self._regions:
            # One thread for each cloud, as a profile may be a URL that does not answer.
            key = ('config', cloud)
            await self._once(key, lambda: self._run(key, functools.partial(self._configure, cloud)))
        return self._regions[cloud]

    async def region(self, place: Place) -> 'CloudRegion':
        """The configuration of one region."""
        for region in await self.regions(place.cloud):
            if (region.region_name or '') == place.region:
                return region
        raise errors.Failure(errors.Code.UNAVAILABLE, 'CLOUD_FAILED', f'{place} has only just been read: ask again.')

    async def request(
        self,
        place: Place,
        service: str,
        method: str,
        path: str,
        *,
        body: Any = None,
        params: Mapping[str, Any] | None = None,
        microversion: str | None = None,
        headers: Mapping[str, str] | None = None,
        pipe: Pipe | None = None,
        then: Callable[[Answer], T],
    ) -> T:
        """Make one HTTP call and return what ``then`` makes of the answer, in the same thread.

        Reads and deletes are tried again where that may help; any is made again with a new token where its own is refused.

        :param microversion: the newest to speak, where it is not the newest that both sides know.
        :param pipe: takes the bytes of the answer, or has those of the request.
        :raises errors.Failure: for anything but success, with the place in its metadata.
        """
        request = Request(place, service, method, path, body, params, microversion, headers, pipe, then)
        kind, again = ('transfers', False) if pipe else ('reads' if method in ('GET', 'HEAD') else 'writes', method in HARMLESS)
        for last in (False, True):
            ready = await self._ready(place, service, request.refused)
            try:
                return await self._ask(place, service, kind, functools.partial(request.send, *ready), again)
            except errors.Failure:
                if last or not request.refused or (pipe and pipe.begun):
                    raise
        raise AssertionError('the last one returns or raises')

    async def compute(self, place: Place, service: str, work: Callable[[], T]) -> T:
        """Make something of what a service has answered, in a thread beside those that wait for it.

        :raises errors.Failure: where the answer was not what it should have been.
        """

        def alone() -> T:
            with ALONE:
                return work()

        try:
            return await self._run((place.cloud, place.region, service, 'answers'), lambda: understood(place, service, alone))
        except errors.Failure as failure:
            raise failure.at(cloud=place.cloud, region=place.region, service=service) from None

    def check(self, place: Place, service: str) -> None:
        """Say at once what a request would be told that can't be made in this caller's time. Asks nobody.

        :raises errors.Failure: where the service is away, or has stopped us for longer than the running call has.
        """
        site = self._sites.get(place)
        if place.caller.refusal:
            raise place.caller.refusal.at(cloud=place.cloud)
        for name in (service,) if place.caller.visa or (site and site.signed_in()) else (service, 'identity'):
            if gate := self._gates.get((place.cloud, place.region, name)):
                gate.check()

    async def discover(self, place: Place, service: str) -> tuple[str, str, str]:
        """The version, lowest and highest microversion of a service; empty where it does not tell."""
        site, adapter, _ = await self._ready(place, service)
        ask = functools.partial(understood, place, service, lambda: site.versions(adapter))
        return await self._ask(place, service, 'reads', lambda _: ask())

    async def door(self, place: Place, service: str) -> tuple[str, str, float]:
        """Where a service is, the token to go there with, and when that ends."""
        site, adapter, _ = await self._ready(place, service)
        url: str = await self._ask(place, service, 'reads', lambda _: adapter.get_endpoint() or '')
        caller = context.current().caller
        if own := caller.token(place.cloud):
            return url, own, caller.ends({place.cloud})
        return url, *site.best()

    async def catalog(self, place: Place) -> list[str]:
        """The types of the services in this place's catalog."""
        site = await self._site(place)
        return await self._ask(place, 'identity', 'reads', lambda _: site.services())

    async def own_project(self, place: Place) -> dict[str, str]:
        """The project that the place's credential is for."""
        site = await self._site(place)
        return await self._ask(place, 'identity', 'reads', lambda _: site.project())

    def project(self, place: Place) -> Mapping[str, str]:
        """The same; to be called in a thread, after a request."""
        return place.caller.project or self._sites[place].project()

    async def validate(self, cloud: str, token: str) -> Mapping[str, Any]:
        """What Keystone tells of a caller's token."""
        return await self._keystone(cloud, lambda session, url: keystone.validate(session, url, token))

    async def revoke(self, cloud: str, token: str) -> None:
        """End a caller's token."""
        await self._keystone(cloud, lambda session, url: keystone.revoke(session, url, token))

    async def create_token(self, cloud: str, client_id: str, client_secret: str) -> tuple[str, float]:
        """A token by an application credential, and its end in seconds since the epoch."""
        return await self._keystone(cloud, lambda session, url: keystone.create_token(session, url, client_id, client_secret))

    async def _keystone(self, cloud: str, work: Callable[[Any, str], T]) -> T:
        """Ask a cloud's Keystone something of a caller, which shows nothing of our own."""
        region = (await self.regions(cloud))[0]
        place = Place(cloud, region.region_name or '', NOBODY)

        def attempt(_number: int) -> T:
            from oaktree import sessions

            if cloud not in self._anonymous:
                self._anonymous[cloud] = sessions.anonymous(region, self._gates[cloud, place.region, 'identity'])
            return understood(place, 'identity', lambda: work(self._anonymous[cloud], sessions.auth_url(region)))

        return await self._ask(place, 'identity', 'reads', attempt)

    def waiting(self, cloud: str, service: str) -> int:
        """Calls that wait for a thread, or for their turn."""
        in_line = sum(gate.limiter.waiting for gate in self._to(cloud, service))
        return in_line + sum(
            pool._work_queue.qsize() for key, pool in tuple(self._pools.items()) if (key[0], *key[2:3]) == (cloud, service)
        )

    def away(self, cloud: str, service: str) -> int:
        """Regions in which a service does not answer."""
        return sum(gate.circuit.open for gate in self._to(cloud, service))

    def _to(self, cloud: str, service: str) -> list[Gate]:
        return [gate for gate in tuple(self._gates.values()) if (gate.cloud, gate.service) == (cloud, service)]

    def close(self) -> None:
        """Let no new call start; those under way end by their timeouts."""
        for pool in self._pools.values():
            pool.shutdown(wait=False, cancel_futures=True)

    def warm(self) -> None:
        """Import openstacksdk while nobody waits for it yet."""
        self._pools[('config',)].submit(importlib.import_module, 'oaktree.sessions')

    async def _ready(self, place: Place, service: str, refused: str = '') -> 'tuple[Site, Proxy, str | None]':
        """Who asks, by what, and in which microversion."""
        site = await self._site(place, refused)
        if not (known := site.adapters.get(service)):
            self._gate(site.region, place, service).check()
            known = await self._once(
                ('versions', place, service), lambda: self._ask(place, service, 'reads', lambda _: site.adapter(service))
            )
        return site, *known

    async def _site(self, place: Place, refused: str = '') -> 'Site':
        """Where requests go, with a token; one is fetched for all who need it.

        :param refused: the token that a request carried which the service did not accept.
        """
        if place.caller.refusal:
            raise place.caller.refusal.at(cloud=place.cloud)
        if place.caller.visa:
            return await self._visited(place, place.caller.visa, refused)
        if self._shared:
            raise RuntimeError("the credentials of clouds.yaml are nobody's where tokens are asked for")
        site = self._sites.get(place)
        if site and refused:
            site.refuse(refused)
        if not site or not site.signed_in():
            region = await self.region(place)
            self._gate(region, place, 'identity').check()
            await self._once(('token', place), lambda: self._sign_in(region, place))
        elif site.ends_soon() and ('token', place) not in self._attempts:
            self._begin(('token', place), lambda: self._sign_in(site.region, place))
        return self._sites[place]

    async def _visited(self, place: Place, visa: Visa, refused: str) -> 'Site':
        """Where requests of one go who shows tokens.

        :param refused: the token that a request carried which the service did not accept.
        """
        if refused:
            await self._judged(place, visa, refused)
        if not (site := self._sites.get(place)):
            region = await self.region(place)
            await self._once(
                ('visit', place), lambda: self._run(('config',), functools.partial(self._visit, region, place, visa))
            )
            site = self._sites[place]
        self._sites.move_to_end(place)
        return site

    async def _judged(self, place: Place, visa: Visa, refused: str) -> None:
        """Have another token taken, where the request was for all who read this and one has another.

        :raises errors.Failure: why this caller's is refused.
        """
        try:
            await self.on_refused(place.cloud, refused)
        except errors.Failure:
            if context.current().caller.token(place.cloud) or not visa.best()[0]:
                raise
        else:
            words = "Keystone accepts the token, and the service does not: maybe by its application credential's access rules."
            raise errors.Failure(errors.Code.PERMISSION_DENIED, 'TOKEN_NOT_ACCEPTED', words)

    def _visit(self, region: 'CloudRegion', place: Place, visa: Visa) -> None:
        from oaktree.sessions import VisitedSite

        gate = self._gate(region, place, 'identity')
        self._sites[place] = VisitedSite(region, gate, visa)
        while len(self._sites) > SITES:
            self._sites.popitem(last=False)[1].close()

    async def _sign_in(self, region: 'CloudRegion', place: Place) -> None:
        def work(_number: int) -> 'Site':
            from oaktree.sessions import Site

            site = self._sites.get(place) or Site(region, self._gate(region, place, 'identity'))
            site.sign_in()
            return site

        self._sites[place] = await self._ask(place, 'identity', 'writes', work)

    def _gate(self, region: 'CloudRegion', place: Place, service: str) -> Gate:
        key = (place.cloud, place.region, service)
        if (gate := self._gates.get(key)) is None:
            config, labels = region.config, (place.cloud, service)
            limiter = Limiter(config['oaktree_rate'], config['oaktree_burst'])
            gate = self._gates[key] = Gate(*key, limiter, config['api_timeout'])
            metrics.UPSTREAM_WAITING.labels(*labels).set_function(functools.partial(self.waiting, *labels))
            metrics.CIRCUIT_OPEN.labels(*labels).set_function(functools.partial(self.away, *labels))
        return gate

    async def _ask(self, place: Place, service: str, kind: str, work: Callable[[int], T], again: bool = True) -> T:
        """Work in a thread of the service's own; what goes wrong there is told with the place."""
        gate = self._gate(await self.region(place), place, service)

        async def attempt(number: int) -> T:
            try:
                return await self._run((place.cloud, place.region, service, kind), functools.partial(work, number), gate)
            except Exception as error:
                failure = errors.known(error)
                if failure is None:
                    raise
                if failure is not error:
                    # A client is told what it means, and here is what it was.
                    LOG.log(failure.level, '%s: %s: %s: %s', place, service, type(error).__name__, error)
                raise failure from None

        try:
            return await gate.call(attempt, again)
        except errors.Failure as failure:
            raise gate.named(failure) from None

    async def _run(self, key: tuple[str, ...], work: Callable[[], T], gate: Gate | None = None) -> T:
        if key not in self._pools:
            self._pools[key] = ThreadPoolExecutor(THREADS, '/'.join(key), gates.reports_to.set, (gate,))
        return await asyncio.get_running_loop().run_in_executor(self._pools[key], work)

    async def _once(self, key: tuple[object, ...], work: Callable[[], Awaitable[T]]) -> T:
        """One attempt for all who need it at the same time; it does not end with the first of them.

        What it finds it must keep by itself: before those who wait go on, others may come and look for it.
        """
        if key not in self._attempts:
            self._begin(key, work)
        attempt, call = self._attempts[key]
        call.joined(context.current())
        return await asyncio.shield(attempt)

    def _begin(self, key: tuple[object, ...], work: Callable[[], Awaitable[T]]) -> None:
        def over(attempt: 'asyncio.Task[T]') -> None:
            del self._attempts[key]
            if not attempt.cancelled():
                # Also where nobody waits for it any more: asyncio would report what is told already.
                attempt.exception()

        async def run() -> T:
            return await work()

        own, call = contextvars.Context(), context.shared(ATTEMPT)
        own.run(context.begin, call)
        attempt = asyncio.create_task(run(), context=own)
        self._attempts[key] = attempt, call
        attempt.add_done_callback(over)

    def _configure(self, cloud: str) -> None:
        """Read a cloud's entry."""
        from oaktree import sessions

        try:
            self._regions[cloud] = sessions.configure(self._path, cloud, with_credentials=not self._shared)
        except Exception as error:
            LOG.error('cloud %s: %s', cloud, error)
            failure = errors.known(error) or errors.Failure(
                errors.Code.FAILED_PRECONDITION,
                'CLOUD_MISCONFIGURED',
                'Its entry in clouds.yaml is wrong; the log tells how.',
            )
            raise failure.at(cloud=cloud) from None
