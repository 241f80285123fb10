# SPDX-License-Identifier: Apache-2.0
"""From a place to HTTP: sessions and adapters of openstacksdk, and the threads that they need.

The only file with threads of its own, and the only one that imports openstacksdk. Each (cloud, region, service) has two
bounded pools, so that slow writes can't keep reads waiting. Nothing here is asked for before a caller asks.
"""

import asyncio
import functools
import importlib
import logging
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from oaktree import context, errors, pieces
from oaktree.resource import Place
from oaktree.settings import Settings

if TYPE_CHECKING:
    from openstack.config.cloud_region import CloudRegion
    from openstack.connection import Connection
    from openstack.proxy import Proxy

LOG = logging.getLogger(__name__)
T = TypeVar('T')

THREADS = 8
"""Calls under way to one service of one region, reads and writes each."""

CALL_TIMEOUT = 60.0
"""Seconds for one HTTP call, unless the cloud's ``api_timeout`` or the caller's deadline is shorter."""

MICROVERSIONS = {'compute': '2.96'}
"""The newest microversion whose answers the rows are written for; older clouds are asked in their own newest."""


@dataclass(frozen=True)
class Answer:
    """What a cloud answered, the document parsed; an empty one where there was no body."""

    status: int
    headers: Mapping[str, str]
    document: dict[str, Any]


class Clouds:
    """The clouds of ``clouds.yaml``, each contacted when it is first needed and not before."""

    def __init__(self, settings: Settings) -> None:
        self.names = settings.clouds
        self._path = settings.config
        self._pools: dict[tuple[str, ...], ThreadPoolExecutor] = {
            ('config',): ThreadPoolExecutor(1, thread_name_prefix='config')
        }
        self._regions: dict[str, list[CloudRegion]] = {}
        self._configuring: dict[str, asyncio.Future[None]] = {}
        # By place, hence by caller too: a connection has its caller's token.
        self._adapters: dict[tuple[Place, str], tuple[Proxy, str | None]] = {}
        self._connections: dict[Place, Connection] = {}
        self._locks: dict[tuple[Place, str], threading.Lock] = {}

    async def regions(self, cloud: str) -> 'list[CloudRegion]':
        """The configured regions of a cloud, in the order of the file. Does not contact the cloud."""
        if cloud not in self._regions:
            if cloud not in self._configuring:
                # One thread for each cloud, as a profile may be a URL that does not answer; and one attempt for all callers.
                attempt = asyncio.ensure_future(self._run(('config', cloud), self._configure, cloud))
                self._configuring[cloud] = attempt
                attempt.add_done_callback(functools.partial(self._configured, cloud))
            await asyncio.shield(self._configuring[cloud])
        return self._regions[cloud]

    def _configured(self, cloud: str, attempt: 'asyncio.Future[None]') -> None:
        del self._configuring[cloud]
        if not attempt.cancelled():
            # Also where nobody waits for it any more: asyncio would report what is told already.
            attempt.exception()

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
        body: Mapping[str, Any] | None = None,
        params: Mapping[str, Any] | None = None,
        microversion: str | None = None,
        then: Callable[[Answer], T],
    ) -> T:
        """Make one HTTP call and return what ``then`` makes of the answer, in the same thread.

        :param microversion: the newest to speak, where it is not the newest that both sides know.
        :raises errors.Failure: for anything but success, with the place in its metadata.
        """
        region = await self.region(place)
        call = context.current()

        def work() -> T:
            adapter, newest = self._adapter(region, place, service)
            # Here, as we may have waited for a thread, or for the one that made the adapter.
            if not (remaining := call.remaining()):
                raise errors.deadline(f'{method} {path}')
            timeout = min(remaining, region.config['api_timeout'])
            options = {'params': params, 'microversion': _lower(newest, microversion)} | (
                {} if body is None else {'json': body}
            )
            answer = _send(adapter, service, method, path, timeout, call.request_id, options)
            return _understood(place, service, lambda: then(answer))

        return await self._ask(place, service, 'reads' if method == 'GET' else 'writes', work)

    async def compute(self, place: Place, service: str, work: Callable[[], T]) -> T:
        """Make something of what a service has answered, in a thread beside those that wait for it.

        :raises errors.Failure: where the answer was not what it should have been.
        """
        return await self._ask(place, service, 'answers', lambda: _understood(place, service, work))

    async def discover(self, place: Place, service: str) -> tuple[str, str, str]:
        """The version, lowest and highest microversion of a service; empty where it does not tell."""
        region = await self.region(place)

        def work() -> tuple[str, str, str]:
            from keystoneauth1 import discover

            data = self._adapter(region, place, service)[0].get_endpoint_data()
            known = (data.api_version, data.min_microversion, data.max_microversion) if data else (None, None, None)
            version, low, high = (discover.version_to_string(v) if v else '' for v in known)
            return version, low, high

        return await self._ask(place, service, 'reads', work)

    async def catalog(self, place: Place) -> list[str]:
        """The types of the services in this place's catalog."""
        region = await self.region(place)

        def work() -> list[str]:
            return sorted(
                _access(region).service_catalog.get_endpoints(
                    region_name=place.region or None, interface=region.get_interface()
                )
            )

        return await self._ask(place, 'identity', 'reads', work)

    async def own_project(self, place: Place) -> dict[str, str]:
        """The project that the place's credential is for."""
        region = await self.region(place)
        return await self._ask(place, 'identity', 'reads', lambda: self.project(region))

    def project(self, region: 'CloudRegion') -> dict[str, str]:
        """The project of this region's session; to be called in a thread, after a request."""
        access = _access(region)
        return {
            'id': access.project_id or '',
            'name': access.project_name or '',
            'domain_id': access.project_domain_id or '',
            'domain_name': access.project_domain_name or '',
        }

    def close(self) -> None:
        """Let no new call start; those under way end by their timeouts."""
        for pool in self._pools.values():
            pool.shutdown(wait=False, cancel_futures=True)

    async def _ask(self, place: Place, service: str, kind: str, work: Callable[[], T]) -> T:
        """Work in a thread of the service's own; what goes wrong there is told with the place."""
        try:
            return await self._run((place.cloud, place.region, service, kind), work)
        except Exception as error:
            failure = errors.known(error)
            if failure is None:
                raise
            if failure is not error:
                # A client is told what it means, and here is what it was.
                LOG.log(failure.level, '%s: %s: %s: %s', place, service, type(error).__name__, error)
            raise failure.at(cloud=place.cloud, region=place.region, service=service) from None

    async def _run(self, key: tuple[str, ...], work: Callable[..., T], *args: Any) -> T:
        if key not in self._pools:
            self._pools[key] = ThreadPoolExecutor(THREADS, thread_name_prefix='/'.join(key))
        return await asyncio.get_running_loop().run_in_executor(self._pools[key], work, *args)

    def warm(self) -> None:
        """Import openstacksdk while nobody waits for it yet."""
        self._pools[('config',)].submit(importlib.import_module, 'openstack.connection')

    def _configure(self, cloud: str) -> None:
        """Read a cloud's entry."""
        from openstack.config import OpenStackConfig

        secure = [str(self._path.with_name(f'secure{suffix}')) for suffix in ('.yaml', '.yml', '.json')]
        config = OpenStackConfig(config_files=[str(self._path)], secure_files=secure, load_envvars=False)
        config._cache_auth = False
        try:
            regions = [config.get_one(cloud, region_name=region['name']) for region in config._get_regions(cloud)]
            for region in regions:
                # The session's own calls, for tokens and discovery, would otherwise wait for ever.
                region.config['api_timeout'] = _seconds(region.config.get('api_timeout') or CALL_TIMEOUT)
        except Exception as error:
            LOG.error('cloud %s: %s', cloud, error)
            failure = errors.known(error) or errors.Failure(
                errors.Code.FAILED_PRECONDITION,
                'CLOUD_MISCONFIGURED',
                'Its entry in clouds.yaml is wrong; the log tells how.',
            )
            raise failure.at(cloud=cloud) from None
        self._regions[cloud] = regions

    def _adapter(self, region: 'CloudRegion', place: Place, service: str) -> 'tuple[Proxy, str | None]':
        """The adapter of a service and the microversion to speak; in a thread, since it asks the cloud the first time."""
        key = (place, service)
        if known := self._adapters.get(key):
            return known
        with self._locks.setdefault((place, ''), threading.Lock()):
            # Racing threads would make a session and a token each.
            if (connection := self._connections.get(place)) is None:
                connection = self._connections[place] = _connect(region)
        with self._locks.setdefault(key, threading.Lock()):
            # A lock for each service, as discovery asks it, and one that hangs must not hang the others.
            if known := self._adapters.get(key):
                return known
            adapter: Proxy = getattr(connection, service.replace('-', '_'))
            # What is tried again, and when, is for callers to say, not for a thread that sleeps.
            adapter.status_code_retries = adapter.connect_retries = 0
            ours = MICROVERSIONS.get(service)
            newest = _newest(adapter, ours)
            if newest or not ours:
                # Not where it should have told and did not, for it may just be ill: what is kept is kept for good.
                self._adapters[key] = adapter, newest
            return adapter, newest


def _seconds(value: Any) -> float:
    if not 0 < (seconds := float(value)) < 86400:
        raise ValueError(f'api_timeout: {value!r} is no number of seconds')
    return seconds


def _access(region: 'CloudRegion') -> Any:
    """What the session's token says; asks for one where there is none yet."""
    session: Any = region.get_session()
    return session.auth.get_access(session)


def _lower(newest: str | None, wanted: str | None) -> str | None:
    """The microversion to ask for: what is wanted, unless the cloud is older than that, or has none at all."""
    if newest is None or wanted is None:
        return newest
    return min(newest, wanted, key=lambda version: [int(part) for part in version.split('.')])


def _newest(adapter: 'Proxy', ours: str | None) -> str | None:
    from openstack.utils import maximum_supported_microversion

    if ours:
        # Raises where the cloud can't be asked just now; the SDK would take that for a cloud without microversions.
        adapter.get_endpoint_data()
    return maximum_supported_microversion(adapter, ours)


def _connect(region: 'CloudRegion') -> 'Connection':
    """A connection with room for as many calls as there are threads: requests keeps ten open, and others for one call."""
    from keystoneauth1.session import TCPKeepAliveAdapter
    from openstack.connection import Connection

    for scheme in ('http://', 'https://'):
        region.get_session().mount(scheme, TCPKeepAliveAdapter(pool_maxsize=2 * THREADS))
    connection = Connection(config=region)
    # Its cache mixes tenants, keeps errors, and is deaf to max_age; what clouds.yaml says of it is for other programs.
    connection.cache_enabled = False
    return connection


def _send(
    adapter: 'Proxy', service: str, method: str, path: str, timeout: float, request_id: str, options: dict[str, Any]
) -> Answer:
    options |= {'raise_exc': False, 'timeout': timeout, 'global_request_id': f'req-{request_id}'}
    response = adapter.request(path, method, **options)
    if response.status_code == 401:
        # Another thread may have renewed the token between our request and its answer; keystoneauth then gives up.
        response = adapter.request(path, method, **options)
    if not 200 <= response.status_code < 300:
        raise errors.refused(response.status_code, response.content, response.headers, service)
    return Answer(response.status_code, response.headers, _document(response.content, service))


def _understood(place: Place, service: str, work: Callable[[], T]) -> T:
    try:
        return work()
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        LOG.warning('%s: the %s service answered what it should not', place, service, exc_info=error)
        raise _broken(service) from None


def _document(body: bytes, service: str) -> dict[str, Any]:
    if not body:
        return {}
    try:
        document = pieces.parse(body)
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise _broken(service)
    return document


def _broken(service: str) -> errors.Failure:
    return errors.Failure(errors.Code.UNAVAILABLE, 'CLOUD_ANSWER_BROKEN',
                          f'The {service} service answered no JSON object, or not the one that was asked for.',
                          level=logging.WARNING)  # fmt: skip
