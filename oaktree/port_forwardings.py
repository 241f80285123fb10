# SPDX-License-Identifier: Apache-2.0
"""Port forwardings, which belong to their floating IP as members do to a pool: they are asked for there, each time.

https://docs.openstack.org/api-ref/network/v2/#floating-ips-port-forwarding
"""

import time
from typing import Any
from urllib.parse import quote

from oaktreemodel import v1 as pb

from oaktree import errors, finding, neutron_words, verbs, writes
from oaktree.claimed_addresses import ClaimedAddresses
from oaktree.resource import Place, Snapshot
from oaktree.rows.network import FLOATING_IP, PORT, PORT_FORWARDING

OF_FLOATING_IP = frozenset({'floating_ip'})
NAMES: writes.Names = {'port': ('internal_port_id', PORT), 'description': neutron_words.short('description')}


async def list_(self: verbs.Service, request: Any, _context: Any) -> Any:
    """Of the one floating IP that is named."""

    async def read() -> tuple[Place, Snapshot]:
        address = await _address(self, request, verbs.oldest(request))
        return address.place, await _all(self, address)

    return await verbs.list_of_one(self, PORT_FORWARDING, request, pb.ListPortForwardingsResponse, read)


async def get(self: verbs.Service, request: Any, _context: Any) -> Any:
    """By id, among those of the floating IP."""
    address, asked = await _address(self, request, verbs.oldest(request)), time.time()
    response = pb.GetPortForwardingResponse(port_forwarding=await _one(self, address, request.name_or_id))
    response.as_of.FromNanoseconds(int(asked * 1e9))
    return response


async def create(self: verbs.Service, request: Any, _context: Any) -> Any:
    """POST one."""
    verbs.required(request, 'floating_ip', 'protocol', 'port')
    for field in ('external_port', 'internal_port'):
        # Neutron does not look, and fails.
        if not (getattr(request, field) or getattr(request, f'{field}_range')):
            raise errors.invalid(field, f'is missing: set it, or {field}_range', 'MISSING_FIELD')
    wanted = [field.name for field, _ in request.ListFields() if field.name not in writes.OURS | OF_FLOATING_IP]
    _check(wanted)
    address = await _address(self, request, time.time())
    body = await _words(self, address.place, request, wanted)
    if not request.fixed_address:
        ports = await ClaimedAddresses(self.backend, address.place).ports('id', body['internal_port_id'])
        if not ports:
            raise errors.invalid('port', 'has no IPv4 address that a floating IP could lead to')
        body['internal_ip_address'] = ports[0][1]
    path = (address.item.id, PORT_FORWARDING.key)
    document = await self.backend.write(FLOATING_IP, address.place, 'POST', path, {PORT_FORWARDING.one: body})
    made = document[PORT_FORWARDING.one]['id']
    try:
        return pb.CreatePortForwardingResponse(port_forwarding=await _one(self, address, made))
    except errors.Failure as failure:
        raise writes.made_before(failure, PORT_FORWARDING, made) from None


async def update(self: verbs.Service, request: Any, _context: Any) -> Any:
    """PUT what is to be different."""
    wanted = writes.masked(request, OF_FLOATING_IP)
    _check(wanted)
    address = await _address(self, request, time.time())
    found = await _one(self, address, request.name_or_id)
    body = await _words(self, address.place, request, wanted)
    path = (address.item.id, PORT_FORWARDING.key, found.id)
    await self.backend.write(FLOATING_IP, address.place, 'PUT', path, {PORT_FORWARDING.one: body})
    # The answer to a PUT has what was before beside what is.
    return pb.UpdatePortForwardingResponse(port_forwarding=await _one(self, address, found.id))


async def delete(self: verbs.Service, request: Any, _context: Any) -> Any:
    """DELETE one."""
    address = await _address(self, request, time.time())
    found = await _one(self, address, request.name_or_id)
    await self.backend.write(FLOATING_IP, address.place, 'DELETE', (address.item.id, PORT_FORWARDING.key, found.id))
    return pb.DeletePortForwardingResponse()


async def _address(self: verbs.Service, request: Any, fresh_since: float | None) -> finding.Found:
    return await finding.find(self.backend, FLOATING_IP, request.location, request.floating_ip, fresh_since, 'floating_ip')


async def _all(self: verbs.Service, address: finding.Found) -> Snapshot:
    path = f'{FLOATING_IP.collection}/{quote(address.item.id, safe="")}/{PORT_FORWARDING.key}'
    snapshot = await self.backend.read(PORT_FORWARDING, address.place, path)
    for one in snapshot.items:
        # Asked for by this call alone, so it is ours. The cloud says neither whose it is nor of what.
        one.floating_ip_id = address.item.id
        one.location.CopyFrom(address.item.location)
    return snapshot


async def _one(self: verbs.Service, address: finding.Found, item_id: str) -> Any:
    """The one with this id, as the cloud has it now."""
    if not item_id:
        raise errors.invalid('name_or_id', 'is missing', 'MISSING_FIELD')
    found = (await _all(self, address)).named(item_id)
    if not found:
        where = f'floating IP {address.item.address} of {address.place}'
        raise errors.not_found('PortForwarding', item_id, where, field='name_or_id')
    return found[0]


async def _words(self: verbs.Service, place: Place, request: Any, wanted: list[str]) -> dict[str, Any]:
    body = await writes.described(self, PORT_FORWARDING, request, place, NAMES, wanted)
    return body | ({'protocol': body['protocol'].lower()} if 'protocol' in body else {})


def _check(wanted: list[str]) -> None:
    """Refuse what says the same twice."""
    for field in ('external_port', 'internal_port'):
        if field in wanted and f'{field}_range' in wanted:
            raise errors.invalid(f'{field}_range', f'contradicts {field}: set one of them')
