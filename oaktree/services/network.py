# SPDX-License-Identifier: Apache-2.0
"""NetworkService."""

from oaktreemodel import v1 as pb
from oaktreemodel.v1 import network_service_pb2

from oaktree import verbs
from oaktree.rows.network import FLOATING_IP, NETWORK, SECURITY_GROUP, SUBNET


@verbs.serves(network_service_pb2.DESCRIPTOR.services_by_name['NetworkService'])
class Network(verbs.Service, pb.NetworkServiceServicer):
    """Networks, subnets, floating IPs and security groups, to be listed and found."""

    ListNetworks = verbs.list_(NETWORK)
    GetNetwork = verbs.get(NETWORK)
    ListSubnets = verbs.list_(SUBNET)
    GetSubnet = verbs.get(SUBNET)
    ListFloatingIps = verbs.list_(FLOATING_IP)
    GetFloatingIp = verbs.get(FLOATING_IP)
    ListSecurityGroups = verbs.list_(SECURITY_GROUP)
    GetSecurityGroup = verbs.get(SECURITY_GROUP)
