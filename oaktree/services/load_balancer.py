# SPDX-License-Identifier: Apache-2.0
"""LoadBalancerService."""

import time
from typing import Any
from urllib.parse import quote

from oaktreemodel import v1 as pb
from oaktreemodel.v1 import load_balancer_service_pb2

from oaktree import balancing, errors, finding, verbs, writes
from oaktree.resource import Document, Place, Snapshot
from oaktree.rows.load_balancer import HEALTH_MONITOR, LISTENER, LOAD_BALANCER, PERSISTENCE, POOL, POOL_MEMBER, at_rest
from oaktree.rows.network import NETWORK, PORT, SUBNET

ADDRESS = {'network': ('vip_network_id', NETWORK), 'subnet': ('vip_subnet_id', SUBNET), 'port': ('vip_port_id', PORT)}
DEFAULT_POOL = {'default_pool': ('default_pool_id', POOL)}
BY_SUBNET = {'subnet': ('subnet_id', SUBNET)}
OF_POOL = frozenset({'pool'})


def _pool_words(body: dict[str, Any]) -> dict[str, Any]:
    if 'session_persistence' not in body:
        return body
    given = body['session_persistence']
    return body | {'session_persistence': {PERSISTENCE[field]: value for field, value in given.items()} or None}


@verbs.serves(load_balancer_service_pb2.DESCRIPTOR.services_by_name['LoadBalancerService'])
class LoadBalancer(verbs.Service, pb.LoadBalancerServiceServicer):
    """Load balancers and what they are made of."""

    ListLoadBalancers = verbs.list_(LOAD_BALANCER)
    GetLoadBalancer = verbs.get(LOAD_BALANCER)
    UpdateLoadBalancer = balancing.update(LOAD_BALANCER)
    DeleteLoadBalancer = balancing.delete(LOAD_BALANCER)
    ListListeners = verbs.list_(LISTENER)
    GetListener = verbs.get(LISTENER)
    CreateListener = balancing.create(LISTENER, needs=('load_balancer', 'protocol', 'protocol_port'), names=DEFAULT_POOL)
    UpdateListener = balancing.update(LISTENER, names=DEFAULT_POOL)
    DeleteListener = balancing.delete(LISTENER)
    ListPools = verbs.list_(POOL)
    GetPool = verbs.get(POOL)
    CreatePool = balancing.create(POOL, needs=('protocol', 'lb_algorithm'), words=_pool_words)
    UpdatePool = balancing.update(POOL, words=_pool_words)
    DeletePool = balancing.delete(POOL)
    ListHealthMonitors = verbs.list_(HEALTH_MONITOR)
    GetHealthMonitor = verbs.get(HEALTH_MONITOR)
    CreateHealthMonitor = balancing.create(
        HEALTH_MONITOR, needs=('pool', 'type', 'delay_seconds', 'timeout_seconds', 'max_retries')
    )
    UpdateHealthMonitor = balancing.update(HEALTH_MONITOR)
    DeleteHealthMonitor = balancing.delete(HEALTH_MONITOR)

    async def CreateLoadBalancer(self, request: Any, _context: Any) -> Any:
        """Make a load balancer, on the network that servers without an address of their own get where none is named."""
        wait = writes.patience(request)
        place = await finding.where(self.backend, request.location)
        body = await writes.described(self, LOAD_BALANCER, request, place, ADDRESS)
        if request.location.zone:
            body['availability_zone'] = request.location.zone
        if not (request.network or request.subnet or request.port):
            body['vip_network_id'] = (await self.backend.addressing(place)).choose(False, 'network').id
        made = await self.backend.create(LOAD_BALANCER, place, {'loadbalancer': body})
        try:
            last = await writes.waited(self, LOAD_BALANCER, place, made, at_rest, wait) if wait else made
        except errors.Failure as failure:
            raise writes.made_before(failure, LOAD_BALANCER, made.id) from None
        return pb.CreateLoadBalancerResponse(load_balancer=last)

    async def ListPoolMembers(self, request: Any, _context: Any) -> Any:
        """Of the one pool that is named."""

        async def read() -> tuple[Place, Snapshot]:
            pool = await self._pool(request, verbs.oldest(request))
            return pool.place, await self._members(pool)

        return await verbs.list_of_one(self, POOL_MEMBER, request, pb.ListPoolMembersResponse, read)

    async def GetPoolMember(self, request: Any, _context: Any) -> Any:
        """By name or id, among those of the pool."""
        verbs.required(request, 'name_or_id')
        pool, asked = await self._pool(request, verbs.oldest(request)), time.time()
        response = pb.GetPoolMemberResponse(pool_member=await self._member(pool, request.name_or_id))
        response.as_of.FromNanoseconds(int(asked * 1e9))
        return response

    async def CreatePoolMember(self, request: Any, _context: Any) -> Any:
        """Add a member."""
        verbs.required(request, 'pool', 'address', 'protocol_port')
        turn, pool = await self._turn(request)
        wanted = [field.name for field, _ in request.ListFields() if field.name not in writes.OURS | OF_POOL]
        body = await writes.described(self, POOL_MEMBER, request, pool.place, BY_SUBNET, wanted)
        made = (await self._change(turn, pool, 'POST', (), body))['member']['id']
        member = await turn.made(POOL_MEMBER, made, lambda: self._member(pool, made))
        return pb.CreatePoolMemberResponse(pool_member=member)

    async def UpdatePoolMember(self, request: Any, _context: Any) -> Any:
        """Change a member."""
        verbs.required(request, 'name_or_id')
        wanted = writes.masked(request, OF_POOL)
        turn, pool = await self._turn(request)
        member = await self._member(pool, request.name_or_id)
        body = balancing.nothings(await writes.described(self, POOL_MEMBER, request, pool.place, {}, wanted))
        await self._change(turn, pool, 'PUT', (member.id,), body)
        await turn.ended()
        return pb.UpdatePoolMemberResponse(pool_member=await self._member(pool, member.id))

    async def DeletePoolMember(self, request: Any, _context: Any) -> Any:
        """Take a member out."""
        verbs.required(request, 'name_or_id')
        turn, pool = await self._turn(request)
        member = await self._member(pool, request.name_or_id)
        await self._change(turn, pool, 'DELETE', (member.id,))
        await turn.ended()
        left = (await self._members(pool)).named(member.id)
        return pb.DeletePoolMemberResponse(pool_member=left[0] if left else None)

    async def _pool(self, request: Any, fresh_since: float | None) -> finding.Found:
        return await finding.find(self.backend, POOL, request.location, request.pool, fresh_since, 'pool')

    async def _turn(self, request: Any) -> tuple[balancing.Turn, finding.Found]:
        """The turn of a change to a member, and the pool."""
        turn, pool = balancing.Turn(self, writes.patience(request)), await self._pool(request, time.time())
        await turn.of(pool)
        return turn, pool

    async def _change(
        self, turn: balancing.Turn, pool: finding.Found, method: str, path: tuple[str, ...], body: Any = None
    ) -> Document:  # fmt: skip
        whole = (pool.item.id, 'members', *path)
        told = None if body is None else {'member': body}
        return await turn.take(lambda: self.backend.write(POOL, pool.place, method, whole, told))

    async def _members(self, pool: finding.Found) -> Snapshot:
        path = f'{POOL.collection}/{quote(pool.item.id, safe="")}/members'
        snapshot = await self.backend.read(POOL_MEMBER, pool.place, path)
        for member in snapshot.items:
            # Asked for by this call alone, so it is ours. The cloud does not say whose it is.
            member.pool_id = pool.item.id
        return snapshot

    async def _member(self, pool: finding.Found, name_or_id: str) -> Any:
        """The one that a name or id means, as the cloud has it now."""
        found = (await self._members(pool)).named(name_or_id)
        if not found:
            raise errors.not_found('PoolMember', name_or_id, f'pool {pool.item.id} of {pool.place}', field='name_or_id')
        if len(found) > 1:
            raise errors.multiple('PoolMember', name_or_id, [f'{pool.place}: {member.id}' for member in found])
        return found[0]
