# SPDX-License-Identifier: Apache-2.0
"""The RPCs that give floating IPs to servers and take them away."""

import ipaddress
import time
from typing import Any

from oaktreemodel import v1 as pb

from oaktree import errors, finding, verbs, writes
from oaktree.claimed_addresses import ClaimedAddresses, Ports
from oaktree.floating import mark
from oaktree.resource import Place
from oaktree.rows.compute import SERVER
from oaktree.rows.network import FLOATING_IP, NETWORK

MIN_AGE = 3600.0
"""Seconds that an unattached floating IP is left alone where its deletion does not say: its owner may be about to attach it."""


async def create(self: verbs.Service, request: Any, _context: Any) -> Any:
    """Make one, for a server, a port, or later."""
    wait = writes.patience(request)
    if request.server and request.port:
        raise errors.invalid('port', 'can only be set without server')
    if request.fixed_address and not (request.server or request.port):
        raise errors.invalid('fixed_address', 'is of a server or a port: set one of them')
    _check_address(request)
    place = await finding.where(self.backend, request.location)
    claimed = ClaimedAddresses(self.backend, place)
    networks = await _networks(self, claimed, request, place)
    if not (request.server or request.port):
        return pb.CreateFloatingIpResponse(floating_ip=await claimed.make(networks[0], request.description))
    servers = await writes.ids(self, SERVER, place, [request.server], 'server') if request.server else []
    ports = await _ports(claimed, request, servers, place)
    made = await claimed.give(ports, networks, reuse=False, description=request.description)
    if servers and wait:
        try:
            await claimed.shown(servers[0], made.address, wait)
        except errors.Failure as failure:
            raise writes.made_before(failure, FLOATING_IP, made.id) from None
    return pb.CreateFloatingIpResponse(floating_ip=made)


async def delete_unattached(self: verbs.Service, request: Any, _context: Any) -> Any:
    """Delete what leads nowhere and is old enough."""
    age = verbs.seconds(request, 'min_age') if request.HasField('min_age') else MIN_AGE
    place = await finding.where(self.backend, request.location)
    gone = await ClaimedAddresses(self.backend, place).delete_unattached(age)
    return pb.DeleteUnattachedFloatingIpsResponse(floating_ips=gone)


async def add_auto_ip(self: verbs.Service, request: Any, _context: Any) -> Any:
    """Give a server a public address, whichever way."""
    wait = writes.patience(request)
    server, place = await _server(self, request, wait)
    given, server = await _auto(ClaimedAddresses(self.backend, place), request, server, wait, None)
    return pb.AddAutoIpResponse(server=server, floating_ip=given)


async def add_ips_to_server(self: verbs.Service, request: Any, _context: Any) -> Any:
    """Give a server these floating IPs, or one of this network, or any."""
    wait = writes.patience(request)
    if sum(map(bool, (request.ips, request.network, request.auto_ip))) != 1:
        raise errors.invalid('ips', 'set one of ips, network and auto_ip', 'MISSING_FIELD')
    _check_address(request)
    server, place = await _server(self, request, wait)
    claimed = ClaimedAddresses(self.backend, place)
    if not request.ips:
        networks = await _networks(self, claimed, request, place) if request.network else None
        _, server = await _auto(claimed, request, server, wait, networks)
        return pb.AddIpsToServerResponse(server=server)
    addresses = await _addresses(self, request, place)
    ports = await claimed.ports('device_id', server.id, request.fixed_address)
    for at, address in enumerate(addresses):
        try:
            await claimed.lead(address, ports)
        except errors.Failure as failure:
            done = ', '.join(one.address for one in addresses[:at]) or 'none'
            raise failure.told(f'{address.address} was not added ({done} before it). {failure.message}') from None
    return pb.AddIpsToServerResponse(server=await claimed.shown(server.id, addresses[-1].address, wait))


async def detach_ip_from_server(self: verbs.Service, request: Any, _context: Any) -> Any:
    """Take one from a server."""
    verbs.required(request, 'name_or_id', 'floating_ip')
    found = await writes.now(self, SERVER, request)
    here = pb.Location(cloud=found.place.cloud, region=found.place.region)
    one = (await finding.find(self.backend, FLOATING_IP, here, request.floating_ip, time.time(), 'floating_ip')).item
    claimed = ClaimedAddresses(self.backend, found.place)
    if one.port_id not in {port for port, _ in await claimed.ports('device_id', found.item.id)}:
        raise errors.Failure(errors.Code.FAILED_PRECONDITION, 'NOT_ATTACHED',
                             f'Floating IP {one.address} does not lead to server {found.item.id}.',
                             metadata={'field': 'floating_ip'})  # fmt: skip
    return pb.DetachIpFromServerResponse(floating_ip=await claimed.detach(one))


async def _auto(claimed: ClaimedAddresses, request: Any, server: Any, wait: float, networks: list[str] | None) -> Any:
    """What a server was given, if anything, and the server.

    :param networks: where it must come from; None where any public address will do.
    """
    if networks is None and server.public_v4:
        return None, server
    fixed_address = getattr(request, 'fixed_address', '')
    ports = await claimed.ports('device_id', server.id, fixed_address)
    reuse = request.reuse if request.HasField('reuse') else True
    given = await claimed.give(ports, networks or await claimed.networks(), reuse, mark(server.id))
    try:
        return given, await claimed.shown(server.id, given.address, wait)
    except errors.Failure as failure:
        message = f'Floating IP {given.address} was given to the server. {failure.message}'
        raise failure.told(message, floating_ip_id=given.id) from None


async def _server(self: verbs.Service, request: Any, wait: float) -> tuple[Any, Place]:
    """The server, with its ports if it is there in time."""
    found = await writes.now(self, SERVER, request)
    server = found.item
    if server.state == pb.SERVER_STATE_BUILDING and wait:
        server = await writes.waited(self, SERVER, found.place, server, _is_built, wait)
    return server, found.place


def _is_built(server: Any) -> bool:
    return server is None or server.state != pb.SERVER_STATE_BUILDING


async def _addresses(self: verbs.Service, request: Any, place: Place) -> list[Any]:
    """The floating IPs that a request names."""
    here, now = pb.Location(cloud=place.cloud, region=place.region), time.time()
    return [(await finding.find(self.backend, FLOATING_IP, here, name, now, 'ips')).item for name in request.ips]


async def _networks(self: verbs.Service, claimed: ClaimedAddresses, request: Any, place: Place) -> list[str]:
    """Where a floating IP is to come from."""
    networks = await claimed.networks()
    return await writes.ids(self, NETWORK, place, [request.network], 'network') if request.network else networks


async def _ports(claimed: ClaimedAddresses, request: Any, servers: list[str], place: Place) -> Ports:
    """Where a floating IP is to lead."""
    if servers:
        return await claimed.ports('device_id', servers[0], request.fixed_address)
    for by in ('id', 'name'):
        ports = await claimed.ports(by, request.port, request.fixed_address)
        if len({port for port, _ in ports}) > 1:
            raise errors.multiple('Port', request.port, [f'{place}: {port}' for port, _ in ports])
        if ports:
            return ports
    raise errors.not_found('Port', request.port, str(place), field='port')


def _check_address(request: Any) -> None:
    try:
        ipaddress.IPv4Address(request.fixed_address or '0.0.0.0')
    except ValueError:
        raise errors.invalid('fixed_address', 'is no IPv4 address, such as 192.0.2.7') from None
