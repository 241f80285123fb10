# SPDX-License-Identifier: Apache-2.0
"""ComputeService."""

import asyncio
import dataclasses
import ipaddress
import time
from collections.abc import Sequence
from typing import Any

from oaktreemodel import v1 as pb
from oaktreemodel.v1 import compute_service_pb2

from oaktree import allowances, described_servers, errors, finding, verbs, writes
from oaktree.floating import FloatingAddresses
from oaktree.resource import Place, Resource, Snapshot
from oaktree.rows.compute import FLAVOR, KEYPAIR, POLICIES, SERVER, SERVER_GROUP, SERVER_INTERFACE, deleted, settled
from oaktree.rows.image import IMAGE
from oaktree.rows.network import NETWORK, PORT, SECURITY_GROUP, SUBNET

RUNS = settled(pb.SERVER_STATE_ACTIVE)
RESTS = settled(pb.SERVER_STATE_SUSPENDED)
RUNS_OR_NOT = settled(pb.SERVER_STATE_ACTIVE, pb.SERVER_STATE_STOPPED)
"""Whether a server is as it was before, which may be stopped."""

CONSOLE = Resource(pb.Server, 'compute', '/servers', 'consoles', ttl=0)
"""What is read by a POST to a server, and changes nothing that is remembered of it."""
SNAPSHOT = dataclasses.replace(SERVER, touches=('images', *SERVER.touches))

CONSOLE_BYTES = 2 << 20

PORTS_LOST, PORTS_PAUSE = 3, 0.5
"""Times that a server is asked for again because Nova could not list ports, which is before it makes anything; and the seconds
before each."""

LIMITS = {
    'maxTotalInstances': 'max_servers', 'totalInstancesUsed': 'servers_used', 'maxTotalCores': 'max_cores',
    'totalCoresUsed': 'cores_used', 'maxTotalRAMSize': 'max_ram_mib', 'totalRAMUsed': 'ram_used_mib',
    'maxTotalKeypairs': 'max_keypairs', 'maxServerGroups': 'max_server_groups', 'totalServerGroupsUsed': 'server_groups_used',
    'maxServerGroupMembers': 'max_server_group_members', 'maxServerMeta': 'max_metadata_items',
}  # fmt: skip
QUOTAS = {
    'instances': 'servers', 'cores': 'cores', 'ram': 'ram_mib', 'key_pairs': 'keypairs', 'server_groups': 'server_groups',
    'server_group_members': 'server_group_members', 'metadata_items': 'metadata_items',
}  # fmt: skip


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
    StartServer = writes.act(SERVER, 'os-start', RUNS)
    StopServer = writes.act(SERVER, 'os-stop', settled(pb.SERVER_STATE_STOPPED))
    RebootServer = writes.act(SERVER, 'reboot', RUNS, lambda request: {'type': 'HARD' if request.hard else 'SOFT'})

    PauseServer = writes.act(SERVER, 'pause', RESTS)
    UnpauseServer = writes.act(SERVER, 'unpause', RUNS)
    SuspendServer = writes.act(SERVER, 'suspend', RESTS)
    ResumeServer = writes.act(SERVER, 'resume', RUNS)
    ResizeServer = writes.act(
        # Where no host has room for it, it is soon as it was.
        SERVER, 'resize', settled(pb.SERVER_STATE_RESIZED, pb.SERVER_STATE_ACTIVE, pb.SERVER_STATE_STOPPED),
        needs=('flavor',), names={'flavor': ('flavorRef', FLAVOR)},
    )  # fmt: skip
    ConfirmServerResize = writes.act(SERVER, 'confirmResize', RUNS_OR_NOT)
    RevertServerResize = writes.act(SERVER, 'revertResize', RUNS_OR_NOT)
    RescueServer = writes.act(
        SERVER, 'rescue', settled(pb.SERVER_STATE_RESCUED), names={'image': ('rescue_image_ref', IMAGE)}
    )  # fmt: skip
    UnrescueServer = writes.act(SERVER, 'unrescue', RUNS_OR_NOT)
    ShelveServer = writes.act(SERVER, 'shelve', RESTS)
    UnshelveServer = writes.act(SERVER, 'unshelve', RUNS)
    LockServer = writes.act(SERVER, 'lock', names={'reason': described_servers.reason})
    UnlockServer = writes.act(SERVER, 'unlock')
    ListServerGroups = verbs.list_(SERVER_GROUP)
    GetServerGroup = verbs.get(SERVER_GROUP)
    DeleteServerGroup = writes.delete(SERVER_GROUP)

    async def CreateKeypair(self, request: Any, _context: Any) -> Any:
        """Import a public key, or have Nova make a pair."""
        verbs.required(request, 'name')
        place = await finding.where(self.backend, request.location)
        body = {'name': request.name} | ({'public_key': request.public_key} if request.public_key else {})
        try:
            keypair = await self.backend.create(KEYPAIR, place, {'keypair': body})
        except errors.Failure as failure:
            raise writes.taken(failure) from None
        return pb.CreateKeypairResponse(keypair=keypair)

    async def CreateServer(self, request: Any, _context: Any) -> Any:
        """Make a server, and give it an address in this cloud's own way."""
        described_servers.check(request)
        wait = writes.patience(request)
        place = await finding.where(self.backend, request.location)
        made = await self._make(place, await described_servers.described(self, request, place))
        try:
            server = await self._finish(request, place, made.id, wait)
        except errors.Failure as failure:
            raise failure.told(f'Server {made.id} was made. {failure.message}', server_id=made.id) from None
        return pb.CreateServerResponse(server=server)

    async def _make(self, place: Place, body: Any) -> Any:
        """Nova lists ports before it makes a server, and answers 500 where Neutron lost one of them at that moment."""
        for _ in range(PORTS_LOST):
            try:
                return await self.backend.create(SERVER, place, body)
            except errors.Failure as failure:
                if "PortNotFoundClient'" not in failure.message:
                    raise
            await asyncio.sleep(PORTS_PAUSE)
        return await self.backend.create(SERVER, place, body)

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
            await self.backend.wait(SERVER, place, server_id, RUNS, wait)
        return await self._now(place, server_id)

    async def DeleteServer(self, request: Any, _context: Any) -> Any:
        """Delete a server and the floating IP that was made for it."""
        wait = writes.patience(request)
        # As it is now: there may be two of that name since.
        found = await finding.find(self.backend, SERVER, request.location, request.name_or_id, time.time())
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

    async def UpdateServer(self, request: Any, _context: Any) -> Any:
        """Looked up afterwards: the answer to a PUT says less, up to microversion 2.74."""
        wanted = writes.masked(request)
        found = await writes.now(self, SERVER, request)
        await described_servers.known(self, found.place, wanted)
        body = await writes.described(self, SERVER, request, found.place, {}, wanted)
        await self.backend.update(SERVER, found.place, found.item.id, {'server': body})
        return pb.UpdateServerResponse(server=await self._now(found.place, found.item.id))

    async def RebuildServer(self, request: Any, _context: Any) -> Any:
        """Make a server anew, from the image that it has unless another is named."""
        body: dict[str, Any] = described_servers.user_data(request)
        wait = writes.patience(request)
        found = await writes.now(self, SERVER, request)
        if not (request.image or found.item.image_id):
            raise errors.invalid('image', 'is missing: the server boots from a volume', 'MISSING_FIELD')
        await described_servers.known(self, found.place, body, {'user_data': '2.57'})
        images = await writes.ids(self, IMAGE, found.place, [request.image], 'image') if request.image else []
        body['imageRef'] = images[0] if images else found.item.image_id
        body |= {'name': request.name} if request.name else {}
        body |= {'metadata': dict(request.metadata)} if request.metadata else {}
        await self.backend.write(SERVER, found.place, 'POST', (found.item.id, 'action'), {'rebuild': body})
        done = RUNS_OR_NOT if wait else None
        return pb.RebuildServerResponse(server=await writes.waited(self, SERVER, found.place, found.item, done, wait))

    async def SetServerMetadata(self, request: Any, _context: Any) -> Any:
        """Add to the metadata."""
        verbs.required(request, 'metadata')
        found = await writes.now(self, SERVER, request)
        body = {'metadata': dict(request.metadata)}
        await self.backend.write(SERVER, found.place, 'POST', (found.item.id, 'metadata'), body)
        return pb.SetServerMetadataResponse(server=await self._now(found.place, found.item.id))

    async def DeleteServerMetadata(self, request: Any, _context: Any) -> Any:
        """Each key is a request of its own; whether all are there is seen before the first."""
        verbs.required(request, 'keys')
        found = await writes.now(self, SERVER, request)
        if unknown := [key for key in request.keys if key not in found.item.metadata]:
            raise errors.not_found('Metadata', unknown[0], str(found.place), field='keys')
        paths = [(found.item.id, 'metadata', key) for key in dict.fromkeys(request.keys)]
        await self._each(found, paths, 'DELETE')
        return pb.DeleteServerMetadataResponse(server=await self._now(found.place, found.item.id))

    async def AddServerSecurityGroups(self, request: Any, _context: Any) -> Any:
        """Nova knows security groups by their ids as well."""
        server = await self._regroup(request, 'addSecurityGroup')
        return pb.AddServerSecurityGroupsResponse(server=server)

    async def RemoveServerSecurityGroups(self, request: Any, _context: Any) -> Any:
        """The same backwards."""
        server = await self._regroup(request, 'removeSecurityGroup')
        return pb.RemoveServerSecurityGroupsResponse(server=server)

    async def _regroup(self, request: Any, action: str) -> Any:
        verbs.required(request, 'security_groups')
        found = await writes.now(self, SERVER, request)
        groups = await writes.ids(self, SECURITY_GROUP, found.place, request.security_groups, 'security_groups')
        bodies = [{action: {'name': group}} for group in dict.fromkeys(groups)]
        await self._each(found, [(found.item.id, 'action')] * len(bodies), 'POST', bodies)
        return await self._now(found.place, found.item.id)

    async def _each(self, found: finding.Found, paths: Sequence[Any], method: str, bodies: Sequence[Any] = ()) -> None:
        """One request after the other; a failure tells what is done by then."""
        for done, path in enumerate(paths):
            try:
                await self.backend.write(SERVER, found.place, method, path, bodies[done] if bodies else None)
            except errors.Failure as failure:
                if not done:
                    raise
                message = f'Server {found.item.id} has the first {done} of {len(paths)} changes. {failure.message}'
                raise failure.told(message, server_id=found.item.id) from None

    async def ListServerSecurityGroups(self, request: Any, _context: Any) -> Any:
        """Nova says which, and Neutron what they are."""
        verbs.oldest(request)

        async def read() -> tuple[Place, Snapshot]:
            found = await writes.now(self, SERVER, request, 'server')
            path = f'/servers/{found.item.id}/os-security-groups'
            document, _ = await self.backend.fetch(found.place, 'compute', path)
            ids = {group['id'] for group in document.get('security_groups') or ()}
            every = await self.backend.list(SECURITY_GROUP, found.place, found.as_of)
            return found.place, Snapshot.of([group for group in every.items if group.id in ids], found.as_of)

        return await verbs.list_of_one(self, SECURITY_GROUP, request, pb.ListServerSecurityGroupsResponse, read)

    async def GetServerConsole(self, request: Any, _context: Any) -> Any:
        """What a server wrote; nothing where the cloud's hypervisor does not keep it."""
        if request.lines < 0:
            raise errors.invalid('lines', 'must not be negative')
        found = await finding.find(self.backend, SERVER, request.location, request.name_or_id)
        body = {'os-getConsoleOutput': {'length': request.lines} if request.lines else {}}
        try:
            document = await self.backend.write(CONSOLE, found.place, 'POST', (found.item.id, 'action'), body)
        except errors.Failure as failure:
            if failure.metadata.get('http_status') not in ('400', '501'):
                raise
            document = {}
        # Nova has replaced what is no UTF-8; half a surrogate may be left.
        output = str(document.get('output') or '').encode(errors='replace')
        text = output[-CONSOLE_BYTES:].decode(errors='ignore')
        return pb.GetServerConsoleResponse(output=text, truncated=len(output) > CONSOLE_BYTES)

    async def CreateImageSnapshot(self, request: Any, _context: Any) -> Any:
        """Make an image of a server."""
        verbs.required(request, 'name', 'server')
        wait = writes.patience(request)
        found = await writes.now(self, SERVER, request, 'server')
        body = {'createImage': {'name': request.name, 'metadata': dict(request.metadata)}}
        document = await self.backend.write(SNAPSHOT, found.place, 'POST', (found.item.id, 'action'), body)
        image = pb.Image(id=document.get('image_id') or await self._newest_image(found.place, request.name))
        try:
            last = await writes.waited(self, IMAGE, found.place, image, writes.settled if wait else None, wait)
        except errors.Failure as failure:
            raise writes.made_before(failure, IMAGE, image.id) from None
        return pb.CreateImageSnapshotResponse(image=last)

    async def _newest_image(self, place: Place, name: str) -> str:
        """Up to microversion 2.44 only a header says which image was made."""
        images = (await self.backend.list(IMAGE, place, time.time())).named(name)
        if not images:
            raise errors.not_found('Image', name, str(place))
        return str(max(images, key=lambda image: image.create_time.ToNanoseconds()).id)

    async def ListServerInterfaces(self, request: Any, _context: Any) -> Any:
        """The ports of a server, asked for each time."""
        verbs.oldest(request)

        async def read() -> tuple[Place, Snapshot]:
            found = await writes.now(self, SERVER, request, 'server')
            return found.place, await self._interfaces(found)

        return await verbs.list_of_one(self, SERVER_INTERFACE, request, pb.ListServerInterfacesResponse, read)

    async def _interfaces(self, found: finding.Found) -> Snapshot:
        return await self.backend.read(SERVER_INTERFACE, found.place, f'/servers/{found.item.id}/os-interface')

    async def AttachInterface(self, request: Any, _context: Any) -> Any:
        """A new port on a network, or one that there is."""
        if bool(request.network) == bool(request.port):
            raise errors.invalid(
                'network', 'or port must be set, and not both', 'INVALID_FIELD' if request.port else 'MISSING_FIELD'
            )
        if request.fixed_ip and request.port:
            raise errors.invalid('fixed_ip', 'is for a new port on a network; a port that there is has its own')
        try:
            ipaddress.ip_address(request.fixed_ip or '::')
        except ValueError:
            raise errors.invalid('fixed_ip', 'is no address, such as 192.0.2.7 or 2001:db8::7') from None
        found = await writes.now(self, SERVER, request)
        field, key, kind = ('port', 'port_id', PORT) if request.port else ('network', 'net_id', NETWORK)
        [wanted] = await writes.ids(self, kind, found.place, [getattr(request, field)], field)
        body: dict[str, Any] = {key: wanted}
        if request.fixed_ip:
            await self._check_subnets(found.place, wanted, request.fixed_ip)
            body['fixed_ips'] = [{'ip_address': request.fixed_ip}]
        path = (found.item.id, 'os-interface')
        document = await self.backend.write(SERVER, found.place, 'POST', path, {'interfaceAttachment': body})
        port = document['interfaceAttachment']['port_id']
        try:
            made = (await self._interfaces(found)).named(port)
        except errors.Failure as failure:
            raise failure.told(f'Port {port} is attached. {failure.message}', id=port) from None
        return pb.AttachInterfaceResponse(interface=made[0] if made else pb.ServerInterface(id=port))

    async def _check_subnets(self, place: Place, network: str, address: str) -> None:
        """Nova answers 500 where an address is on none of a network's subnets."""
        subnets = (await self.backend.list(SUBNET, place, time.time())).items
        ranges = [subnet.cidr for subnet in subnets if subnet.network_id == network]
        # Whose network it is may keep them to himself.
        if ranges and not any(ipaddress.ip_address(address) in ipaddress.ip_network(cidr) for cidr in ranges):
            raise errors.invalid('fixed_ip', f'is on none of the subnets of that network, {", ".join(ranges)}')

    async def DetachInterface(self, request: Any, _context: Any) -> Any:
        """Nova takes its time, and shows only by the server's addresses when it is done."""
        verbs.required(request, 'port')
        wait = writes.patience(request)
        found = await writes.now(self, SERVER, request)
        interfaces = await self._interfaces(found)
        if not (named := interfaces.named(request.port)):
            [port] = await writes.ids(self, PORT, found.place, [request.port], 'port')
            named = interfaces.named(port)
        if not named:
            raise errors.not_found('ServerInterface', request.port, str(found.place), field='port')
        await self.backend.write(SERVER, found.place, 'DELETE', (found.item.id, 'os-interface', named[0].id))
        mac = named[0].name

        def done(server: Any) -> bool:
            return server is None or all(address.mac_address != mac for address in server.addresses)

        if wait:
            await self.backend.wait(SERVER, found.place, found.item.id, done, wait, in_full=True)
        return pb.DetachInterfaceResponse()

    async def CreateServerGroup(self, request: Any, _context: Any) -> Any:
        """A policy with its rules, from microversion 2.64 on, or a list of one."""
        verbs.required(request, 'name', 'policy')
        policy = next((word for word, number in POLICIES.items() if number == request.policy), None)
        if policy is None:
            raise errors.invalid('policy', f'{request.policy} is none that this oaktree knows')
        most = request.max_servers_per_host
        if most < 0 or (most and request.policy != pb.SERVER_GROUP_POLICY_ANTI_AFFINITY):
            raise errors.invalid('max_servers_per_host', 'is 1 or more, and for SERVER_GROUP_POLICY_ANTI_AFFINITY only')
        place = await finding.where(self.backend, request.location)
        body: dict[str, Any] = {'name': request.name, 'policy': policy}
        if most > 1:
            await described_servers.known(self, place, ['max_servers_per_host'], {'max_servers_per_host': '2.64'})
            body['rules'] = {'max_server_per_host': most}
        elif not await described_servers.has(self, place, '2.64'):
            await described_servers.known(self, place, ['policy'], {'policy': '2.15' if policy.startswith('soft') else '2.1'})
            body = {'name': request.name, 'policies': [policy]}
        group = await self.backend.create(SERVER_GROUP, place, {'server_group': body})
        return pb.CreateServerGroupResponse(server_group=group)

    async def GetComputeLimits(self, request: Any, _context: Any) -> Any:
        """What there is, and may be."""
        response = pb.GetComputeLimitsResponse()
        return await allowances.answer(self, request, response, 'compute', '/limits', ('limits', 'absolute'), LIMITS)

    async def GetComputeQuotas(self, request: Any, _context: Any) -> Any:
        """What there may be."""
        response = pb.GetComputeQuotasResponse()
        path = f'/os-quota-sets/{allowances.OF_PROJECT}'
        return await allowances.answer(self, request, response, 'compute', path, ('quota_set',), QUOTAS)

    async def _now(self, place: Place, server_id: str) -> Any:
        """The server as the cloud has it now."""
        items = (await self.backend.get(SERVER, place, server_id, time.time())).items
        if not items:
            raise errors.not_found('Server', server_id, str(place))
        return items[0]
