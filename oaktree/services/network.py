# SPDX-License-Identifier: Apache-2.0
"""NetworkService."""

from typing import Any

from oaktreemodel import v1 as pb
from oaktreemodel.v1 import network_service_pb2

from oaktree import public_addresses, security_rules, verbs, writes
from oaktree.rows.network import FLOATING_IP, NETWORK, SECURITY_GROUP, SUBNET


@verbs.serves(network_service_pb2.DESCRIPTOR.services_by_name['NetworkService'])
class Network(verbs.Service, pb.NetworkServiceServicer):
    """Networks, subnets, floating IPs and security groups."""

    ListNetworks = verbs.list_(NETWORK)
    GetNetwork = verbs.get(NETWORK)
    ListSubnets = verbs.list_(SUBNET)
    GetSubnet = verbs.get(SUBNET)
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
