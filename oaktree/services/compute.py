# SPDX-License-Identifier: Apache-2.0
"""ComputeService."""

import asyncio
import base64
import time
from typing import Any

from oaktreemodel import v1 as pb
from oaktreemodel.v1 import compute_service_pb2

from oaktree import errors, verbs, writes
from oaktree.floating import FloatingAddresses
from oaktree.resource import Place
from oaktree.rows.compute import FLAVOR, KEYPAIR, SERVER, deleted, settled
from oaktree.rows.image import IMAGE
from oaktree.rows.network import NETWORK, SECURITY_GROUP

USER_DATA = 49_149
"""Bytes of user data: 64 KiB - 1 in base64, which is Nova's bound."""


@verbs.serves(compute_service_pb2.DESCRIPTOR.services_by_name['ComputeService'])
class Compute(verbs.Service, pb.ComputeServiceServicer):
    """Servers and what they are made of."""

    ListFlavors = verbs.list_(FLAVOR)
    GetFlavor = verbs.get(FLAVOR)
    ListKeypairs = verbs.list_(KEYPAIR)
    GetKeypair = verbs.get(KEYPAIR)
    DeleteKeypair = writes.delete(KEYPAIR)
    ListServers = verbs.list_(SERVER)
    GetServer = verbs.get(SERVER)
    StartServer = writes.act(SERVER, 'os-start', settled(pb.SERVER_STATE_ACTIVE))
    StopServer = writes.act(SERVER, 'os-stop', settled(pb.SERVER_STATE_STOPPED))
    RebootServer = writes.act(
        SERVER, 'reboot', settled(pb.SERVER_STATE_ACTIVE), lambda request: {'type': 'HARD' if request.hard else 'SOFT'}
    )

    async def CreateKeypair(self, request: Any, _context: Any) -> Any:
        """Import a public key, or have Nova make a pair."""
        verbs.required(request, 'name')
        place = await verbs.where(self.backend, request.location)
        body = {'name': request.name} | ({'public_key': request.public_key} if request.public_key else {})
        try:
            keypair = await self.backend.create(KEYPAIR, place, {'keypair': body})
        except errors.Failure as failure:
            raise writes.taken(failure) from None
        return pb.CreateKeypairResponse(keypair=keypair)

    async def CreateServer(self, request: Any, _context: Any) -> Any:
        """Make a server, and give it an address in this cloud's own way."""
        verbs.required(request, 'name', 'flavor', 'image')
        if len(request.user_data) > USER_DATA:
            raise errors.invalid('user_data', f'is longer than {USER_DATA} bytes')
        wait = writes.patience(request)
        place = await verbs.where(self.backend, request.location)
        made = await self.backend.create(SERVER, place, {'server': await self._description(request, place)})
        try:
            server = await self._finish(request, place, made.id, wait)
        except errors.Failure as failure:
            raise failure.told(f'Server {made.id} was made. {failure.message}', server_id=made.id) from None
        return pb.CreateServerResponse(server=server)

    async def _finish(self, request: Any, place: Place, server_id: str, wait: float) -> Any:
        """Wait for a new server, and see to its address; returns it as far as it has come."""
        if request.auto_ip and (await self.backend.addressing(place)).attaches_floating_ips:
            # Goes on when the wait is over, or the client gone: the address follows.
            attaching = self.background.start(
                FloatingAddresses(self.backend, place).attach(server_id, wait), f'the address of server {server_id}'
            )
            await asyncio.wait([attaching], timeout=wait)
            if attaching.done():
                return attaching.result()
        elif wait:
            await self.backend.wait(SERVER, place, server_id, settled(pb.SERVER_STATE_ACTIVE), wait)
        return await self._now(place, server_id)

    async def _description(self, request: Any, place: Place) -> dict[str, Any]:
        """The request in Nova's words, every name looked up. https://docs.openstack.org/api-ref/compute/#create-server"""
        flavor, image, networks, groups = await asyncio.gather(
            writes.ids(self, FLAVOR, place, [request.flavor], 'flavor'),
            writes.ids(self, IMAGE, place, [request.image], 'image'),
            self._networks(request, place),
            writes.ids(self, SECURITY_GROUP, place, request.security_groups, 'security_groups'),
        )
        description: dict[str, Any] = {
            'name': request.name,
            'flavorRef': flavor[0],
            'imageRef': image[0],
            'networks': [{'uuid': network} for network in networks],
            'metadata': dict(request.metadata),
        }
        if groups:
            description['security_groups'] = [{'name': group} for group in groups]
        if request.key_name:
            description['key_name'] = request.key_name
        if request.user_data:
            description['user_data'] = base64.b64encode(request.user_data).decode()
        if request.location.zone:
            description['availability_zone'] = request.location.zone
        return description

    async def _networks(self, request: Any, place: Place) -> list[str]:
        if request.networks:
            return await writes.ids(self, NETWORK, place, request.networks, 'networks')
        return [(await self.backend.addressing(place)).choose(request.auto_ip).id]

    async def DeleteServer(self, request: Any, _context: Any) -> Any:
        """Delete a server and the floating IP that was made for it."""
        wait = writes.patience(request)
        # As it is now: there may be two of that name since.
        found = await verbs.find(self.backend, SERVER, request.location, request.name_or_id, time.time())
        floating = FloatingAddresses(self.backend, found.place)
        # Looked up first: where the network service is away nothing is done, rather than half of it.
        made_for_it = await floating.made_for(found.item.id)
        try:
            await self.backend.delete(SERVER, found.place, found.item.id)
        except errors.Failure as failure:
            # Gone already, past us or in an attempt before: what was made for it is not to stay.
            if failure.code is errors.Code.NOT_FOUND:
                await floating.release(made_for_it, found.item.id)
            raise
        await floating.release(made_for_it, found.item.id)
        last = await self.backend.wait(SERVER, found.place, found.item.id, deleted, wait)
        if last is None:
            return pb.DeleteServerResponse()
        if deleted(last):
            raise errors.Failure(errors.Code.FAILED_PRECONDITION, 'DELETE_FAILED',
                                 f'The cloud could not delete server {last.id}: {last.fault.message}',
                                 metadata={'cloud': found.place.cloud, 'server_id': last.id})  # fmt: skip
        return pb.DeleteServerResponse(server=last)

    async def _now(self, place: Place, server_id: str) -> Any:
        """The server as the cloud has it now."""
        items = (await self.backend.get(SERVER, place, server_id, time.time())).items
        if not items:
            raise errors.not_found('Server', server_id, str(place))
        return items[0]
