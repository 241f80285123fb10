# SPDX-License-Identifier: Apache-2.0
"""From an entry of ``clouds.yaml`` to sessions with a token, and to adapters that know their endpoint.

The only file that imports openstacksdk, which takes half a second: import it in a thread, and when a cloud is asked for.
All functions that ask a cloud are for threads.
"""

import copy
import functools
import math
import pathlib
import socket
import time
from typing import Any

import keystoneauth1.session
import os_service_types
import requests
from keystoneauth1 import access, discover
from keystoneauth1.identity.access import AccessInfoPlugin
from openstack.config import OpenStackConfig
from openstack.config.cloud_region import CloudRegion
from openstack.connection import Connection
from openstack.proxy import Proxy
from openstack.utils import maximum_supported_microversion
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

from oaktree import metrics
from oaktree.caller import Visa
from oaktree.gates import SILENCE, Gate, reports_to
from oaktree.tokens import expired
from oaktree.transfers import Abandoned, carries

CALL_TIMEOUT = 60.0
"""Seconds for one HTTP call, unless the cloud's ``api_timeout`` or the caller's deadline is shorter."""

CONNECTIONS = 64
"""Connections to one address that are kept open. There is one for each thread; requests by itself keeps ten."""

EARLY = 120.0
"""Seconds before its end at which a token is renewed, or a quarter of its life if that is less. Nobody waits for that."""

LATE = 10.0
"""Seconds before its end from which on a token is not used any more."""

REFUSALS = 10.0
"""Seconds between two tokens that are given up because a service refused them."""

MICROVERSIONS = {'block-storage': '3.71', 'compute': '2.96'}
"""The newest microversion whose answers the rows are written for; older clouds are asked in their own newest."""

STALL = 60.0
"""Seconds in which a cloud must take a piece of what is sent to it."""

TYPES = os_service_types.ServiceTypes()
"""Old catalogs say ``volumev3`` for ``block-storage``."""

# 10 KiB by itself, which makes 150 turns of a page.
requests.models.CONTENT_CHUNK_SIZE = 1 << 20


def configure(path: pathlib.Path, cloud: str, with_credentials: bool = True) -> list[CloudRegion]:
    """Read a cloud's entry: its regions, in the order of the file.

    :param with_credentials: whether they can sign in. Otherwise nothing in them could be used for a caller by mistake.
    :raises Exception: of many kinds, for an entry that is wrong.
    """
    secure = [str(path.with_name(f'secure{suffix}')) for suffix in ('.yaml', '.yml', '.json')]
    config = OpenStackConfig(config_files=[str(path)], secure_files=secure, load_envvars=False, session_constructor=Session)
    config._cache_auth = False
    regions = [config.get_one(cloud, region_name=region['name']) for region in config._get_regions(cloud)]
    for region in regions:
        settings = region.config
        # The session's own calls, for tokens and discovery, would otherwise wait for ever.
        settings['api_timeout'] = _number(settings, 'api_timeout', CALL_TIMEOUT, 86400)
        settings['oaktree_rate'] = rate = _number(settings, 'oaktree_rate', 0, 1e6)
        settings['oaktree_burst'] = max(1.0, _number(settings, 'oaktree_burst', rate, 1e6))
        if not with_credentials:
            settings['auth'], region._auth = {'auth_url': settings['auth'].get('auth_url')}, None
    return regions


def _number(settings: dict[str, Any], name: str, default: float, most: float) -> float:
    if (value := settings.get(name)) is None:
        return float(default)
    if not 0 < (number := float(value)) < most:
        raise ValueError(f'{name}: {value!r} is not between 0 and {most:g}')
    return number


class Session(keystoneauth1.session.Session):
    """A session that does not renew its token by itself.

    keystoneauth would, after a 401, drop whatever token it has then, also one that another thread has just brought; and
    where there is none, because yet another is about to bring one, it would give up.
    """

    def invalidate(self, auth: Any = None) -> bool:
        return False


class _Cut:
    """A connection that the end of a call can cut, whatever its thread waits for."""

    def request(self: Any, *args: Any, **options: Any) -> None:
        if pipe := carries.get():
            if self.sock is None:
                self.connect()
            self.sock.settimeout(STALL)
            # Not the method of a TLS socket, which would take its state from under the thread.
            pipe.cut = functools.partial(socket.socket.shutdown, self.sock, socket.SHUT_RDWR)
        super().request(*args, **options)  # type: ignore[misc]


class _Plain(_Cut, HTTPConnection):
    pass


class _Secure(_Cut, HTTPSConnection):
    pass


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _Plain


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _Secure


class Transport(keystoneauth1.session.TCPKeepAliveAdapter):
    """Sees every request to a region, also those for tokens and versions, and tells the gate how it ended."""

    def __init__(self, cloud: str, auth_url: str, identity: Gate) -> None:
        """:param identity: the gate of requests below ``auth_url``; others belong to their thread's."""
        super().__init__(pool_maxsize=CONNECTIONS)
        self._cloud, self._identity = cloud, identity
        self._base = auth_url.rstrip('/').removesuffix('/v3')

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, **options)
        self.poolmanager.pool_classes_by_scheme = {'http': _PlainPool, 'https': _SecurePool}

    def send(self, request: Any, stream: bool = False, timeout: Any = None, **options: Any) -> Any:  # type: ignore[override]
        ours = self._gate(request.url)
        started = time.monotonic()
        try:
            connect = min(timeout, SILENCE)
            response = super().send(request, stream=stream, timeout=(connect, timeout), **options)
            if not stream:
                # Now, as it may break off, or end here.
                response.content  # noqa: B018
        except requests.RequestException as error:
            pipe = carries.get()
            if pipe and pipe.abandoned:
                # It was us.
                raise Abandoned from None
            ours.unanswered(request.method, error, timeout if isinstance(error, requests.Timeout) else None)
            raise
        ours.answered(request.method, response.status_code, response.headers, time.monotonic() - started)
        if response.status_code == 201 and request.url.endswith('/auth/tokens'):
            metrics.TOKENS.labels(self._cloud).inc()
        return response

    def _gate(self, url: str) -> Gate:
        rest = url.removeprefix(self._base)
        for_token = rest != url and (rest in ('', '/') or rest.startswith('/v3'))
        return self._identity if for_token else reports_to.get() or self._identity


class Site:
    """One region of a cloud, as one caller is logged in to it."""

    def __init__(self, region: CloudRegion, identity: Gate) -> None:
        self.region = region
        self._session: Any = region.get_session()
        self._session.timeout = min(SILENCE, region.config['api_timeout'])
        auth: Any = self._session.auth
        # Renewing is our affair: in time, and not in a thread that has something else to do.
        auth.MIN_TOKEN_LIFE_SECONDS = LATE / 2
        self._auth = auth
        self.adapters: dict[str, tuple[Proxy, str | None]] = {}
        """Adapters with the microversion to speak, as far as known."""
        self._token = self.user_id = ''
        self._renew_at = self._ends = 0.0
        self._refused = -math.inf
        _mount(self._session, region, identity)
        self._connection = Connection(config=region)
        # Its cache mixes tenants, keeps errors, and is deaf to max_age; what clouds.yaml says of it is for other programs.
        self._connection.cache_enabled = False

    def sign_in(self) -> None:
        """Get a new token. One at a time; meanwhile other threads use the one that there is."""
        access = self._auth.get_auth_ref(self._session)
        self._auth.auth_ref = access
        now = time.time()
        ends = access.expires.timestamp() if access.expires else now + 3600
        self._renew_at, self._ends = ends - min(EARLY, (ends - now) / 4), ends - LATE
        self._token, self.user_id = access.auth_token, access.user_id or ''

    def refuse(self, token: str) -> None:
        """A service has refused this token: it is not used any more, if it is still the one in use.

        Unless another was only just refused: then a service refuses whatever it is given, and more tokens would not help.
        """
        now = time.monotonic()
        if token == self._token and now - self._refused >= REFUSALS:
            self._token, self._refused = '', now

    def signed_in(self) -> bool:
        """Whether there is a token to be used."""
        return bool(self._token) and time.time() < self._ends

    def ends_soon(self) -> bool:
        """Whether it is time for a new token."""
        return time.time() >= self._renew_at

    def adapter(self, service: str) -> tuple[Proxy, str | None]:
        """The adapter of a service, and the microversion to speak. One at a time for each service: it would be made twice."""
        adapter: Proxy = getattr(self._connection, service.replace('-', '_'))
        # What is tried again, and when, is for the gate to say, not for a thread that sleeps.
        adapter.status_code_retries = adapter.connect_retries = 0
        if ours := MICROVERSIONS.get(service):
            # Raises where the cloud can't be asked just now; the SDK would take that for a cloud without microversions.
            adapter.get_endpoint_data()
        newest = maximum_supported_microversion(adapter, ours)
        if newest or not ours:
            # Not where it should have told and did not, for it may just be ill: what is kept is kept for good.
            self.adapters[service] = adapter, newest
        return adapter, newest

    def versions(self, adapter: Proxy) -> tuple[str, str, str]:
        """The version, lowest and highest microversion of a service; empty where it does not tell."""
        data = adapter.get_endpoint_data()
        known = (data.api_version, data.min_microversion, data.max_microversion) if data else (None, None, None)
        version, low, high = (discover.version_to_string(v) if v else '' for v in known)
        return version, low, high

    def best(self) -> tuple[str, float]:
        """A token, and its end in seconds since the epoch."""
        return self._token, self._ends

    def shown(self, own: str) -> str:
        """The token for a request, unless the session has it already.

        :param own: that of the call that makes the request, if any.
        """
        return ''

    def project(self) -> dict[str, str]:
        """What the token is for."""
        access = self._auth.get_access(self._session)
        return {name: getattr(access, f'project_{name}') or '' for name in ('id', 'name', 'domain_id', 'domain_name')}

    def close(self) -> None:
        """Close connections; requests under way come to their end."""
        self._session.session.close()

    def services(self) -> list[str]:
        """The official types of the services in the catalog."""
        catalog = self._auth.get_access(self._session).service_catalog
        region = self.region
        found = catalog.get_endpoints(region_name=region.region_name or None, interface=region.get_interface())
        return sorted({TYPES.get_service_type(kind) or kind for kind in found})


class VisitedSite(Site):
    """One region of a cloud as it is seen by an identity that shows tokens of its own. It can't get any."""

    def __init__(self, region: CloudRegion, identity: Gate, visa: Visa) -> None:
        # Not a new one, which would make text of numbers.
        own = copy.copy(region)
        own._auth, own._keystone_session = Shown(visa), None
        # openstacksdk writes into it where a service is, and in some of these addresses is the project.
        own.config = copy.deepcopy(region.config)
        own._discovery_cache = DISCOVERED.setdefault((region.name, region.region_name), {})
        super().__init__(own, identity)
        self._visa, self.user_id = visa, visa.document['user']['id']

    def best(self) -> tuple[str, float]:
        token, ends = self._visa.best()
        if not token:
            raise expired(self.region.name)
        return token, ends

    def shown(self, own: str) -> str:
        return own or self.best()[0]

    def close(self) -> None:
        super().close()
        # Which holds the last 256 adapters that it was used with, and all that hangs on them.
        Proxy._extract_name.cache_clear()


class Shown(AccessInfoPlugin):
    """Tells openstacksdk of a token that somebody has shown, by which nothing is renewed and no scope is changed."""

    def __init__(self, visa: Visa) -> None:
        self._visa = visa
        super().__init__(self.get_access(None))

    def get_access(self, session: Any, **_: Any) -> Any:
        return access.create(body={'token': self._visa.document}, auth_token=self._visa.best()[0])


DISCOVERED: dict[tuple[str, str], dict[str, Any]] = {}
"""The versions of a region's services, which are the same for all."""


def anonymous(region: CloudRegion, identity: Gate) -> Session:
    """A session that shows nothing."""
    verify, cert = region.get_requests_verify_args()
    session = Session(verify=verify, cert=cert, timeout=min(SILENCE, region.config['api_timeout']))
    _mount(session, region, identity)
    return session


def auth_url(region: CloudRegion) -> str:
    """Where Keystone is."""
    return str(region.config.get('auth', {}).get('auth_url') or '')


def _mount(session: Any, region: CloudRegion, identity: Gate) -> None:
    for scheme in ('http://', 'https://'):
        session.mount(scheme, Transport(region.name, auth_url(region), identity))
