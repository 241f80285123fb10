# SPDX-License-Identifier: Apache-2.0
"""Floating IPs for servers that are there already: a free one of the project's, or a new one.

Never one that leads elsewhere; but Neutron moves a floating IP wherever a PUT says. So each PUT is tied to the revision that
was read (``If-Match``), and made by one at a time (``claims.py``): of all who see one free, in whatever process, one gets it.
Where a cloud can't do that, no free one is taken: a POST that names a port makes one which nobody else has ever seen free.
https://docs.openstack.org/api-ref/network/v2/#revisions
"""

import random
import time
from collections.abc import Sequence
from typing import Any

from oaktreemodel import v1 as pb

from oaktree import claims, errors
from oaktree.backends.base import Backend
from oaktree.floating import FloatingAddresses, is_mark
from oaktree.resource import Place
from oaktree.rows.compute import SERVER
from oaktree.rows.network import FLOATING_IP

TAKEN = '412'
"""HTTP status of a change to one that has changed since it was read."""

TRIES = 3

Ports = Sequence[tuple[str, str]]
"""Port ids, each with one of its IPv4 addresses."""


class ClaimedAddresses:
    """The floating IPs of one place, to be led to ports and away from them."""

    def __init__(self, backend: Backend, place: Place) -> None:
        self._backend, self._place = backend, place

    async def networks(self) -> list[str]:
        """The ids of the networks that floating IPs come from, the best first."""
        networks = (await self._backend.addressing(self._place)).floating
        if not networks:
            raise no_route('This cloud has no network that floating IPs come from.')
        return [network.id for network in networks]

    async def ports(self, by: str, value: str, fixed_address: str = '') -> Ports:
        """Of a server (by ``device_id``), or the port of this ``id`` or ``name``. https://docs.openstack.org/api-ref/network/v2/#list-ports"""
        document, _ = await self._backend.fetch(self._place, 'network', '/ports', {by: value})
        return [
            (port['id'], fixed['ip_address'])
            for port in document.get('ports', ())
            for fixed in port.get('fixed_ips', ())
            if '.' in fixed['ip_address'] and fixed_address in ('', fixed['ip_address'])
        ]

    async def give(self, ports: Ports, networks: Sequence[str], reuse: bool, description: str) -> Any:
        """Lead one to the first port that can be reached from one of these networks.

        :param description: of a new one.
        """
        words = 'it has no such port with an IPv4 address; a server that is being built gets its ports while you wait.'
        for port, fixed in ports:
            for network in networks:
                try:
                    claimed = await self._claim(network, port, fixed) if reuse else None
                    return claimed or await self._make(network, port, fixed, description)
                except errors.Failure as failure:
                    if failure.reason == 'CONFLICT' and (there := await self._leading(port, fixed)):
                        # Somebody else has given it one meanwhile.
                        return there
                    if failure.code is not errors.Code.NOT_FOUND:
                        raise
                    # No router leads from this port to that network.
                    words = failure.message
        raise no_route(f'No floating IP can lead there: {words}')

    async def make(self, network: str, description: str) -> Any:
        """A new one that leads nowhere."""
        body = {'floating_network_id': network, 'description': description}
        return await self._backend.create(FLOATING_IP, self._place, {'floatingip': body})

    async def lead(self, address: Any, ports: Ports) -> Any:
        """Lead one that is free to the first of these ports that can have it."""
        if any(address.port_id == port for port, _ in ports):
            return address
        if address.port_id:
            raise errors.Failure(errors.Code.FAILED_PRECONDITION, 'CONFLICT',
                                 f'Floating IP {address.address} leads to another port; detach it first.')  # fmt: skip
        last = no_route('The server has no such port with an IPv4 address.')
        for port, fixed in ports:
            try:
                return await self._attach(address, port, fixed)
            except errors.Failure as failure:
                if failure.reason != 'CONFLICT' and failure.code is not errors.Code.NOT_FOUND:
                    raise
                last = failure
        raise last

    async def detach(self, address: Any) -> Any:
        """Lead one nowhere. From now on it is its owner's, also if it was made for a server."""
        await self._put(address, None, None)
        return await self._now(address) or address

    async def delete_unattached(self, min_age: float) -> list[Any]:
        """Delete those of the project that lead nowhere and have not changed for so many seconds."""
        listed = await self._backend.list(FLOATING_IP, self._place, time.time())
        before = (listed.clock or listed.as_of) - min_age
        gone: list[Any] = []
        for address in await self._free(listed.items):
            changed = max(address.create_time.seconds, address.update_time.seconds)
            # One that does not say how old it is may be young.
            if min_age and (not changed or changed + 1 > before):
                continue
            try:
                if await self._delete(address):
                    gone.append(address)
            except errors.Failure as failure:
                done = ', '.join(one.address for one in gone) or 'none'
                message = f'Deleted: {done}. Floating IP {address.id} remains: {failure.message}'
                raise failure.told(errors.bounded(message), floating_ip_id=address.id, deleted=str(len(gone))) from None
        return gone

    async def shown(self, server_id: str, address: str, wait: float) -> Any:
        """The server once it shows an address, which Nova learns from Neutron; or as it is when the wait is over."""

        def done(server: Any) -> bool:
            return _is_gone(server) or any(one.ip == address for one in server.addresses)

        if wait:
            last = await self._backend.wait(SERVER, self._place, server_id, done, wait, in_full=True)
        else:
            last = next(iter((await self._backend.get(SERVER, self._place, server_id, time.time())).items), None)
        if _is_gone(last):
            # Deleted meanwhile, by one who could not know of the address yet.
            floating = FloatingAddresses(self._backend, self._place)
            await floating.release(await floating.made_for(server_id), server_id)
            raise errors.not_found('Server', server_id, str(self._place))
        return last

    async def _claim(self, network: str, port: str, fixed: str) -> Any:
        """A free one, which leads to this port now; None where there is none."""
        if not await self._can_claim():
            return None
        listed = await self._backend.list(FLOATING_IP, self._place, time.time())
        # What was made for a server goes with it, and may be going now.
        free = [
            one
            for one in await self._free(listed.items)
            if one.network_id == network and not is_mark(one.description) and not claims.is_claimed(one)
        ]
        # All who ask at this moment see the same ones: better not to begin with the same.
        random.shuffle(free)
        for address in free:
            try:
                return await self._attach(address, port, fixed)
            except claims.Held:
                continue
            except errors.Failure as failure:
                if failure.metadata.get('http_status') not in (TAKEN, '404'):
                    raise
        return None

    async def _free(self, addresses: Sequence[Any]) -> list[Any]:
        """Those that lead nowhere, and are the project's own: an administrator sees those of others.

        One that has port forwardings leads to no port as a whole, but has a router.
        """
        mine = (await self._backend.project(self._place)).id
        return [
            one
            for one in addresses
            if not (one.port_id or one.fixed_address or one.router_id) and one.location.project.id == mine
        ]

    async def _make(self, network: str, port: str, fixed: str, description: str) -> Any:
        body = {'floating_network_id': network, 'port_id': port, 'fixed_ip_address': fixed, 'description': description}
        return await self._backend.create(FLOATING_IP, self._place, {'floatingip': body})

    async def _can_claim(self) -> bool:
        return (await self._backend.addressing(self._place)).can_claim

    async def _attach(self, address: Any, port: str, fixed: str) -> Any:
        """Lead one that is free to a port, before anybody else leads it elsewhere."""
        if await self._can_claim():
            async with claims.held(self._backend, self._place, address) as now:
                if now.port_id not in ('', port):
                    raise claims.Held(address)
                await self._put(now, port, fixed)
        else:
            await self._put(address, port, fixed)
        return await self._now(address) or address

    async def _put(self, address: Any, port: str | None, fixed: str | None) -> None:
        """Change where one leads, if that is still as it was read."""
        body: dict[str, Any] = {'port_id': port, 'fixed_ip_address': fixed} if port else {'port_id': None}
        if is_mark(address.description):
            # Not to be deleted any more with the server that it was made for.
            body['description'] = ''
        now = address
        for last in (False,) * TRIES + (True,):
            try:
                await self._backend.write(FLOATING_IP, self._place, 'PUT', (address.id,), {'floatingip': body}, _if(now))
                break
            except errors.Failure as failure:
                if failure.metadata.get('http_status') != TAKEN:
                    raise
                now = await self._now(address)
                if now is not None and (now.port_id, now.fixed_address) == (port or '', fixed or ''):
                    # A request that was made twice meets its own work.
                    break
                # Neutron itself changes the status some time after each change of ours.
                if last or now is None or _use(now) != _use(address):
                    message = f'Floating IP {address.address} has been changed by another meanwhile.'
                    raise failure.told(message, floating_ip_id=address.id) from None

    async def _delete(self, address: Any) -> bool:
        """Delete one unless it has changed meanwhile; returns whether it is gone by our doing."""
        try:
            if await self._can_claim():
                async with claims.held(self._backend, self._place, address) as now:
                    return await self._delete_free(now)
            now = await self._now(address)
            return now is not None and await self._delete_free(now)
        except claims.Held:
            return False

    async def _delete_free(self, address: Any) -> bool:
        if address.port_id or address.router_id:
            return False
        try:
            await self._backend.write(FLOATING_IP, self._place, 'DELETE', (address.id,), None, _if(address))
        except errors.Failure as failure:
            if failure.metadata.get('http_status') in (TAKEN, '404', '409'):
                return False
            raise
        return True

    async def _now(self, address: Any) -> Any:
        return next(iter((await self._backend.get(FLOATING_IP, self._place, address.id, time.time())).items), None)

    async def _leading(self, port: str, fixed: str) -> Any:
        listed = await self._backend.list(FLOATING_IP, self._place, time.time())
        return next((one for one in listed.items if (one.port_id, one.fixed_address) == (port, fixed)), None)


def no_route(message: str) -> errors.Failure:
    """Nothing from outside can lead there."""
    return errors.Failure(errors.Code.FAILED_PRECONDITION, 'NO_ROUTE_OUT', message)


def _is_gone(server: Any) -> bool:
    return server is None or server.state == pb.SERVER_STATE_DELETED


def _use(address: Any) -> tuple[str, str, str]:
    """What one is for."""
    return address.port_id, address.fixed_address, address.description


def _if(address: Any) -> dict[str, str]:
    """What makes a cloud that compares revisions refuse a change to one that has changed."""
    revision = address.properties.get('revision_number', '')
    return {'If-Match': f'revision_number={revision}'} if revision else {}
