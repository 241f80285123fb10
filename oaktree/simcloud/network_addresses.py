# SPDX-License-Identifier: Apache-2.0
"""Which addresses of which subnet are taken."""

from __future__ import annotations

import ipaddress
import random

from oaktree.simcloud.http import Doc, Refusal


def random_mac() -> str:
    number = random.getrandbits(24)
    return f'fa:16:3e:{number >> 16:02x}:{number >> 8 & 255:02x}:{number & 255:02x}'


def cidr_defaults(subnet: Doc) -> None:
    """Fills the gateway and the pools that Neutron derives from a CIDR."""
    try:
        network = ipaddress.ip_network(subnet['cidr'] or '', strict=False)
    except ValueError:
        raise Refusal(400, f'Invalid input for operation: {subnet["cidr"]} is not in a CIDR format.', 'InvalidInput') from None
    if network.version != int(subnet['ip_version']):
        message = f"Invalid input for operation: cidr '{network}' does not match the ip_version '{subnet['ip_version']}'."
        raise Refusal(400, message, 'InvalidInput')
    subnet['cidr'], subnet['ip_version'] = str(network), network.version
    first, last = int(network.network_address) + 1, int(network.broadcast_address) - (network.version == 4)
    make = type(network.network_address)
    if subnet['gateway_ip'] is None:
        subnet['gateway_ip'] = str(make(first))
    if not subnet['allocation_pools']:
        gateway = int(ipaddress.ip_address(subnet['gateway_ip'])) if subnet['gateway_ip'] else 0
        spans = [(first, gateway - 1), (gateway + 1, last)] if first <= gateway <= last else [(first, last)]
        subnet['allocation_pools'] = [{'start': str(make(a)), 'end': str(make(b))} for a, b in spans if a <= b]
    check_pools(subnet)


def check_pools(subnet: Doc) -> None:
    """Refuses ranges that are none, or not of the subnet."""
    network = ipaddress.ip_network(subnet['cidr'])
    for pool in subnet['allocation_pools']:
        if not pool.get('start') or not pool.get('end'):
            reason = f"Invalid data format for IP pool: '{pool}'."
            raise Refusal(400, f'Invalid input for allocation_pools. Reason: {reason}', 'HTTPBadRequest')
        start, end = ipaddress.ip_address(pool['start']), ipaddress.ip_address(pool['end'])
        if start.version != end.version or int(start) > int(end):
            message = f'The allocation pool {start}-{end} is not valid.'
            raise Refusal(400, message, 'InvalidAllocationPool')
        if start not in network or end not in network:
            message = f'The allocation pool {start}-{end} spans beyond the subnet cidr {network}.'
            raise Refusal(400, message, 'OutOfBoundsAllocationPool')


class Addresses:
    """The pools of every subnet. Freed addresses come back when a pool has been gone through."""

    def __init__(self) -> None:
        self._taken: dict[str, set[str]] = {}
        self._next: dict[str, int] = {}

    def open(self, subnet: Doc) -> None:
        self._taken[subnet['id']] = set()
        self._next[subnet['id']] = 0

    def take(self, subnet: Doc) -> str | None:
        """A free address of the subnet's pools, or None."""
        spans = [
            (ipaddress.ip_address(pool['start']), ipaddress.ip_address(pool['end'])) for pool in subnet['allocation_pools']
        ]
        size = sum(int(end) - int(start) + 1 for start, end in spans)
        taken, ident = self._taken[subnet['id']], subnet['id']
        if len(taken) >= size + 256:
            return None
        for step in range(min(size, len(taken) + 1)):
            offset = (self._next[ident] + step) % size
            for start, end in spans:
                span = int(end) - int(start) + 1
                if offset < span:
                    address = str(type(start)(int(start) + offset))
                    break
                offset -= span
            if address not in taken:
                self._next[ident] = (self._next[ident] + step + 1) % size
                taken.add(address)
                return address
        return None

    def claim(self, subnet: Doc, address: str) -> str:
        """This very address."""
        if address in self._taken[subnet['id']]:
            message = f'IP address {address} already allocated in subnet {subnet["id"]}.'
            raise Refusal(409, message, 'IpAddressAlreadyAllocated')
        self._taken[subnet['id']].add(address)
        return address

    def release(self, fixed_ips: list[Doc]) -> None:
        for ip in fixed_ips:
            self._taken.get(ip['subnet_id'], set()).discard(ip['ip_address'])

    def assign(self, network: str, subnets: list[Doc], wanted: list[Doc] | None) -> list[Doc]:
        """The fixed IPs of a new port: one of each IP version, or what was asked for."""
        if wanted is None:
            versions = {
                subnet['ip_version']: [s for s in subnets if s['ip_version'] == subnet['ip_version']] for subnet in subnets
            }
            return [self._any(network, group) for _, group in sorted(versions.items())]
        fixed = []
        for ip in wanted:
            mine = [s for s in subnets if ip.get('subnet_id') in (None, s['id'])]
            if not mine:
                raise Refusal(
                    400,
                    f'Invalid input for operation: Failed to create port on network {network}, because fixed_ips included '
                    f'invalid subnet {ip["subnet_id"]}.',
                    'InvalidInput',
                )
            fixed.append(self._one(mine, ip['ip_address']) if ip.get('ip_address') else self._any(network, mine))
        return fixed

    def _any(self, network: str, subnets: list[Doc]) -> Doc:
        for subnet in subnets:
            address = self.take(subnet)
            if address is not None:
                return {'subnet_id': subnet['id'], 'ip_address': address}
        raise Refusal(409, f'No more IP addresses available on network {network}.', 'IpAddressGenerationFailure')

    def _one(self, subnets: list[Doc], address: str) -> Doc:
        for subnet in subnets:
            if ipaddress.ip_address(address) in ipaddress.ip_network(subnet['cidr']):
                return {'subnet_id': subnet['id'], 'ip_address': self.claim(subnet, address)}
        message = f'IP address {address} is not a valid IP for any of the subnets on the specified network.'
        raise Refusal(400, message, 'InvalidIpForNetwork')
