# SPDX-License-Identifier: Apache-2.0
"""What Neutron takes as a security group rule."""

from __future__ import annotations

import ipaddress

from oaktree.simcloud.http import Doc, Refusal

KNOWN = """any ah dccp egp esp gre hopopt icmp igmp ip ipip ipv6-encap ipv6-frag ipv6-icmp icmpv6 ipv6-nonxt ipv6-opts
    ipv6-route ospf pgm rsvp sctp tcp udp udplite vrrp"""
PROTOCOLS = tuple(KNOWN.split())


def normalized(cidr: str) -> str:
    try:
        return str(ipaddress.ip_network(cidr, strict=False))
    except ValueError:
        raise Refusal(400, f'Invalid CIDR {cidr} given as IP prefix.', 'InvalidCIDR') from None


def check_ports(rule: Doc) -> None:
    """Refuses protocols that Neutron does not know, and ranges of ports that are none."""
    protocol, low, high = rule['protocol'], rule['port_range_min'], rule['port_range_max']
    if protocol is not None and protocol not in PROTOCOLS and not (protocol.isdigit() and int(protocol) < 256):
        listed = ', '.join(map(repr, PROTOCOLS))
        message = f'Security group rule protocol {protocol} not supported. Only protocol values (None, {listed}) and '
        raise Refusal(400, message + 'integer representations [0 to 255] are supported.', 'SecurityGroupRuleInvalidProtocol')
    if protocol in ('tcp', 'udp') and low is not None and high is not None and int(low) > int(high):
        message = 'For TCP/UDP protocols, port_range_min must be <= port_range_max'
        raise Refusal(400, message, 'SecurityGroupInvalidPortRange')
