# SPDX-License-Identifier: Apache-2.0
"""Floating IPs that oaktree makes for servers of its callers, and takes away with them."""

import logging
import time
from collections.abc import Sequence
from typing import Any

from oaktreemodel import v1 as pb

from oaktree import errors
from oaktree.backends.base import Backend
from oaktree.resource import Place
from oaktree.rows.compute import SERVER, settled
from oaktree.rows.network import FLOATING_IP

LOG = logging.getLogger(__name__)

ATTACH_SECONDS = 600.0
"""Seconds that a server may take until it can be given its address, where its caller does not wait longer."""


MARK = 'made by oaktree for server '


def mark(server_id: str) -> str:
    """The description of a floating IP that was made for a server: what tells it from those that its owner made."""
    return f'{MARK}{server_id}'


def is_mark(description: str) -> bool:
    """Whether a floating IP was made for some server."""
    return description.startswith(MARK)


class FloatingAddresses:
    """The floating IPs of one place."""

    def __init__(self, backend: Backend, place: Place) -> None:
        self._backend, self._place = backend, place

    async def attach(self, server_id: str, wait: float) -> Any:
        """Give a server a floating IP as soon as it runs, unless it has a public address; returns the server."""
        end = time.monotonic() + max(wait, ATTACH_SECONDS)
        server = await self._wait(server_id, settled(pb.SERVER_STATE_ACTIVE), end)
        if server.state == pb.SERVER_STATE_ERROR or server.public_v4:
            return server
        if server.state != pb.SERVER_STATE_ACTIVE:
            raise errors.Failure(errors.Code.DEADLINE_EXCEEDED, 'DEADLINE_EXCEEDED', 'It did not run in time for an address.',
                                 metadata={'server_id': server_id}, level=logging.WARNING)  # fmt: skip
        try:
            await self._make(server_id)
        except errors.Failure as failure:
            raise failure.told(f'It runs without a public address: {failure.message}', server_id=server_id) from None
        # Nova learns of the address from Neutron.
        left = max(0.0, end - time.monotonic())
        last = await self._backend.wait(SERVER, self._place, server_id, _addressed, left, in_full=True)
        if last is None or last.state == pb.SERVER_STATE_DELETED:
            # Deleted meanwhile, by one who could not know of the address yet.
            await self.release(await self.made_for(server_id), server_id)
            raise errors.not_found('Server', server_id, str(self._place))
        return last

    async def made_for(self, server_id: str) -> Sequence[Any]:
        """The floating IPs that were made for a server."""
        try:
            if not (await self._backend.addressing(self._place)).floating:
                return ()
        except errors.Failure as failure:
            if failure.reason == 'SERVICE_ABSENT':
                return ()
            raise
        everything = await self._backend.list(FLOATING_IP, self._place, time.time())
        return [address for address in everything.items if address.description == mark(server_id)]

    async def release(self, addresses: Sequence[Any], server_id: str) -> None:
        """Delete the floating IPs of a server that is going."""
        for address in addresses:
            try:
                await self._backend.delete(FLOATING_IP, self._place, address.id)
            except errors.Failure as failure:
                if failure.code is errors.Code.NOT_FOUND:
                    continue
                message = f'Server {server_id} is being deleted, floating IP {address.id} remains: {failure.message}'
                raise failure.told(message, server_id=server_id, floating_ip_id=address.id) from None

    async def _wait(self, server_id: str, done: Any, end: float) -> Any:
        server = await self._backend.wait(SERVER, self._place, server_id, done, max(0.0, end - time.monotonic()))
        if server is None:
            raise errors.not_found('Server', server_id, str(self._place))
        return server

    async def _make(self, server_id: str) -> None:
        """Make one for the first port that the cloud lets us reach from a network of floating IPs."""
        words = 'it has no port with an IPv4 address.'
        networks = (await self._backend.addressing(self._place)).floating
        for port, fixed in await self._ports(server_id):
            for network in networks:
                body = {
                    'floating_network_id': network.id, 'port_id': port, 'fixed_ip_address': fixed,
                    'description': mark(server_id),
                }  # fmt: skip
                try:
                    await self._backend.create(FLOATING_IP, self._place, {'floatingip': body})
                except errors.Failure as failure:
                    if failure.code is not errors.Code.NOT_FOUND:
                        raise
                    # No router leads from this port to that network.
                    words = failure.message
                else:
                    return
        raise errors.Failure(errors.Code.FAILED_PRECONDITION, 'NO_ROUTE_OUT',
                             f'No floating IP can lead to any of its ports: {words}')  # fmt: skip

    async def _ports(self, server_id: str) -> list[tuple[str, str]]:
        """Port ids and IPv4 addresses of a server. https://docs.openstack.org/api-ref/network/v2/#list-ports"""
        document, _ = await self._backend.fetch(self._place, 'network', '/ports', {'device_id': server_id})
        return [
            (port['id'], fixed['ip_address'])
            for port in document.get('ports', ())
            for fixed in port.get('fixed_ips', ())
            if '.' in fixed['ip_address']
        ]


def _addressed(server: Any) -> bool:
    """Whether a server has its address, or will not have it any more."""
    return server is None or server.state == pb.SERVER_STATE_DELETED or bool(server.public_v4)
