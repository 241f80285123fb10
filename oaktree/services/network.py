# SPDX-License-Identifier: Apache-2.0
"""NetworkService."""

import time
from typing import Any

from oaktreemodel import v1 as pb
from oaktreemodel.v1 import network_service_pb2

from oaktree import errors, finding, port_forwardings, public_addresses, security_rules, verbs, writes
from oaktree import neutron_words as say
from oaktree.resource import Document, Place, Resource, Snapshot
from oaktree.rows.network import (
    ADDRESS_GROUP,
    ADDRESS_SCOPE,
    FLOATING_IP,
    NETWORK,
    PORT,
    RBAC_POLICY,
    ROUTER,
    SECURITY_GROUP,
    SUBNET,
    SUBNET_POOL,
    TRUNK,
)

TAGS = ('tags',)
"""Neutron takes them with a POST only since 2024, and never with a PUT of the rest."""

SUBNET_WORDS: writes.Names = {'gateway_ip': say.or_nothing('gateway_ip'), 'host_routes': say.routes('host_routes')}
PORT_WORDS: writes.Names = {
    'security_groups': ('security_groups', SECURITY_GROUP), 'fixed_ips': say.fixed_ips, 'extra_dhcp_options': say.dhcp_options,
}  # fmt: skip
ROUTER_WORDS: writes.Names = {'external_gateway': say.gateway, 'routes': say.routes('routes')}

SHORT: writes.Names = {'name': say.short('name'), 'description': say.short('description')}

INTERFACES = frozenset({
    'network:router_interface', 'network:router_interface_distributed', 'network:ha_router_replicated_interface',
})  # fmt: skip
"""Owners of the ports by which routers are on their networks. Others are of their inner workings, and of their gateways."""

QUOTAS = {
    'network': 'networks', 'subnet': 'subnets', 'port': 'ports', 'router': 'routers', 'floatingip': 'floating_ips',
    'security_group': 'security_groups', 'security_group_rule': 'security_group_rules', 'subnetpool': 'subnet_pools',
    'rbac_policy': 'rbac_policies', 'trunk': 'trunks',
}  # fmt: skip
"""Neutron's key -> ours."""


@verbs.serves(network_service_pb2.DESCRIPTOR.services_by_name['NetworkService'])
class Network(verbs.Service, pb.NetworkServiceServicer):
    """Networks, what is on them, and what may pass."""

    ListNetworks = verbs.list_(NETWORK)
    GetNetwork = verbs.get(NETWORK)
    CreateNetwork = writes.create(NETWORK, needs=('name',), apart=TAGS)
    UpdateNetwork = writes.update(NETWORK, apart=TAGS)
    DeleteNetwork = writes.delete(NETWORK)
    ListSubnets = verbs.list_(SUBNET)
    GetSubnet = verbs.get(SUBNET)
    CreateSubnet = writes.create(
        SUBNET, needs=('network',), apart=TAGS, more=say.subnet,
        names={
            **SUBNET_WORDS, 'network': ('network_id', NETWORK), 'subnet_pool': say.subnet_pool,
            'no_gateway': say.instead_of('gateway_ip', 'no_gateway', 'gateway_ip', None),
            'prefix_length': say.renamed('prefix_length', 'prefixlen'),
            'use_default_subnet_pool': say.renamed('use_default_subnet_pool', 'use_default_subnetpool'),
        },
    )  # fmt: skip
    UpdateSubnet = writes.update(SUBNET, apart=TAGS, names=SUBNET_WORDS)
    DeleteSubnet = writes.delete(SUBNET)
    ListPorts = verbs.list_(PORT)
    GetPort = verbs.get(PORT)
    CreatePort = writes.create(
        PORT, needs=('network',), apart=TAGS,
        names={
            **PORT_WORDS, 'network': ('network_id', NETWORK),
            'no_fixed_ips': say.instead_of('fixed_ips', 'no_fixed_ips', 'fixed_ips', []),
            'no_security_groups': say.instead_of('security_groups', 'no_security_groups', 'security_groups', []),
        },
    )  # fmt: skip
    UpdatePort = writes.update(PORT, apart=TAGS, names=PORT_WORDS)
    DeletePort = writes.delete(PORT)
    ListRouters = verbs.list_(ROUTER)
    GetRouter = verbs.get(ROUTER)
    CreateRouter = writes.create(ROUTER, needs=('name',), apart=TAGS, names=ROUTER_WORDS)
    UpdateRouter = writes.update(ROUTER, apart=TAGS, names=ROUTER_WORDS)
    DeleteRouter = writes.delete(ROUTER)
    ListSubnetPools = verbs.list_(SUBNET_POOL)
    GetSubnetPool = verbs.get(SUBNET_POOL)
    CreateSubnetPool = writes.create(SUBNET_POOL, needs=('name', 'prefixes'), apart=TAGS, names=SHORT)
    UpdateSubnetPool = writes.update(SUBNET_POOL, apart=TAGS, names=SHORT)
    DeleteSubnetPool = writes.delete(SUBNET_POOL)
    ListTrunks = verbs.list_(TRUNK)
    GetTrunk = verbs.get(TRUNK)
    CreateTrunk = writes.create(
        TRUNK, needs=('port',), apart=TAGS, names={'port': ('port_id', PORT), 'sub_ports': say.sub_ports}
    )
    UpdateTrunk = writes.update(TRUNK, apart=TAGS)
    DeleteTrunk = writes.delete(TRUNK)
    ListAddressScopes = verbs.list_(ADDRESS_SCOPE)
    GetAddressScope = verbs.get(ADDRESS_SCOPE)
    CreateAddressScope = writes.create(ADDRESS_SCOPE, needs=('name', 'ip_version'))
    UpdateAddressScope = writes.update(ADDRESS_SCOPE)
    DeleteAddressScope = writes.delete(ADDRESS_SCOPE)
    ListAddressGroups = verbs.list_(ADDRESS_GROUP)
    GetAddressGroup = verbs.get(ADDRESS_GROUP)
    CreateAddressGroup = writes.create(ADDRESS_GROUP, needs=('name',), names=SHORT)
    UpdateAddressGroup = writes.update(ADDRESS_GROUP, names=SHORT)
    DeleteAddressGroup = writes.delete(ADDRESS_GROUP)
    ListRbacPolicies = verbs.list_(RBAC_POLICY)
    GetRbacPolicy = verbs.get(RBAC_POLICY)
    CreateRbacPolicy = writes.create(
        RBAC_POLICY, needs=('object_type', 'object', 'target_project_id'), names={'object': say.shared_object},
        more=say.rbac_policy,
    )  # fmt: skip
    UpdateRbacPolicy = writes.update(RBAC_POLICY)
    DeleteRbacPolicy = writes.delete(RBAC_POLICY)
    ListFloatingIps = verbs.list_(FLOATING_IP)
    GetFloatingIp = verbs.get(FLOATING_IP)
    ListSecurityGroups = verbs.list_(SECURITY_GROUP)
    GetSecurityGroup = verbs.get(SECURITY_GROUP)
    CreateSecurityGroup = writes.create(SECURITY_GROUP, needs=('name',))
    UpdateSecurityGroup = writes.update(SECURITY_GROUP)
    DeleteSecurityGroup = writes.delete(SECURITY_GROUP)
    CreateSecurityGroupRule: Any = security_rules.create
    DeleteSecurityGroupRule: Any = security_rules.delete
    CreateFloatingIp: Any = public_addresses.create
    DeleteFloatingIp = writes.delete(FLOATING_IP)
    DeleteUnattachedFloatingIps: Any = public_addresses.delete_unattached
    AddAutoIp: Any = public_addresses.add_auto_ip
    AddIpsToServer: Any = public_addresses.add_ips_to_server
    DetachIpFromServer: Any = public_addresses.detach_ip_from_server
    ListPortForwardings: Any = port_forwardings.list_
    GetPortForwarding: Any = port_forwardings.get
    CreatePortForwarding: Any = port_forwardings.create
    UpdatePortForwarding: Any = port_forwardings.update
    DeletePortForwarding: Any = port_forwardings.delete

    async def ListRouterInterfaces(self, request: Any, _context: Any) -> Any:
        """The router's own ports, asked for each time."""

        async def read() -> tuple[Place, Snapshot]:
            found = await finding.find(self.backend, ROUTER, request.location, request.router, verbs.oldest(request), 'router')
            ports = await self.backend.read(PORT, found.place, PORT.path, {'device_id': found.item.id})
            return found.place, Snapshot.of([port for port in ports.items if port.device_owner in INTERFACES], ports.as_of)

        return await verbs.list_of_one(self, PORT, request, pb.ListRouterInterfacesResponse, read)

    async def AddRouterInterface(self, request: Any, _context: Any) -> Any:
        """Put a router on a subnet."""
        found, answer = await self._put(ROUTER, request, 'add_router_interface', say.interface)
        port_id = answer.get('port_id', '')
        try:
            ports = (await self.backend.get(PORT, found.place, port_id, time.time())).items
        except errors.Failure as failure:
            raise writes.made_before(failure, PORT, port_id) from None
        return pb.AddRouterInterfaceResponse(port=ports[0] if ports else None)

    async def RemoveRouterInterface(self, request: Any, _context: Any) -> Any:
        """Take a router off a subnet."""
        await self._put(ROUTER, request, 'remove_router_interface', say.interface)
        return pb.RemoveRouterInterfaceResponse()

    async def AddTrunkSubports(self, request: Any, _context: Any) -> Any:
        """Have a trunk carry more ports."""
        verbs.required(request, 'sub_ports')
        return await self._changed(TRUNK, request, 'add_subports', say.sub_ports, pb.AddTrunkSubportsResponse)

    async def DeleteTrunkSubports(self, request: Any, _context: Any) -> Any:
        """Have a trunk carry fewer ports."""

        async def ports(self: verbs.Service, place: Place, request: Any) -> dict[str, Any]:
            return {
                'sub_ports': [{'port_id': one} for one in await writes.ids(self, PORT, place, request.sub_ports, 'sub_ports')]
            }

        verbs.required(request, 'sub_ports')
        return await self._changed(TRUNK, request, 'remove_subports', ports, pb.DeleteTrunkSubportsResponse)

    async def AddAddressesToAddressGroup(self, request: Any, _context: Any) -> Any:
        """Make an address group larger."""
        verbs.required(request, 'addresses')
        return await self._changed(
            ADDRESS_GROUP, request, 'add_addresses', _addresses, pb.AddAddressesToAddressGroupResponse
        )  # fmt: skip

    async def RemoveAddressesFromAddressGroup(self, request: Any, _context: Any) -> Any:
        """Make an address group smaller."""
        verbs.required(request, 'addresses')
        return await self._changed(
            ADDRESS_GROUP, request, 'remove_addresses', _addresses, pb.RemoveAddressesFromAddressGroupResponse
        )  # fmt: skip

    async def GetNetworkQuotas(self, request: Any, _context: Any) -> Any:
        """Of the credential's own project. https://docs.openstack.org/api-ref/network/v2/#quotas-details-extension-quota-details"""
        age = verbs.seconds(request, 'max_age')
        place = await finding.where(self.backend, request.location)
        project = await self.backend.project(place)
        try:
            document, as_of = await self.backend.fetch(place, 'network', f'/quotas/{project.id}/details', max_age=age)
        except errors.Failure as failure:
            if failure.code is not errors.Code.NOT_FOUND:
                raise
            # An old cloud, that tells the limits only.
            document, as_of = await self.backend.fetch(place, 'network', f'/quotas/{project.id}', max_age=age)
        kinds = {key: _quota(value) for key, value in document.get('quota', {}).items() if isinstance(value, int | dict)}
        known = {field: kinds.pop(key) for key, field in QUOTAS.items() if key in kinds}
        location = pb.Location(cloud=place.cloud, region=place.region, project=project)
        response = pb.GetNetworkQuotasResponse(quotas=pb.NetworkQuotas(location=location, others=kinds, **known))
        response.as_of.FromNanoseconds(int(as_of * 1e9))
        return response

    async def _put(self, resource: Resource, request: Any, action: str, words: writes.Say) -> tuple[finding.Found, Document]:
        """Change what is a part of one."""
        found = await writes.now(self, resource, request)
        body = await words(self, found.place, request)
        return found, await self.backend.write(resource, found.place, 'PUT', (found.item.id, action), body)

    async def _changed(self, resource: Resource, request: Any, action: str, words: writes.Say, answer: type[Any]) -> Any:
        """The same, and the one as it is then."""
        found, _ = await self._put(resource, request, action, words)
        return answer(**{resource.one: await writes.waited(self, resource, found.place, found.item, None, 0)})


async def _addresses(_service: verbs.Service, _place: Place, request: Any) -> dict[str, Any]:
    return {'addresses': list(request.addresses)}


def _quota(value: Any) -> pb.NetworkQuota:
    """A limit, or with what is used of it."""
    told = value if isinstance(value, dict) else {'limit': value}
    return pb.NetworkQuota(**{name: int(told.get(name) or 0) for name in ('limit', 'used', 'reserved')})
