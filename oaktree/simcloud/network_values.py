# SPDX-License-Identifier: Apache-2.0
"""What Neutron takes as the value of an attribute."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from typing import Any

from oaktree.simcloud.http import Doc, Refusal

LONGEST = 255
MAC = re.compile('([0-9a-fA-F]{2}:){5}[0-9a-fA-F]{2}')
MODES = ('dhcpv6-stateful', 'dhcpv6-stateless', 'slaac')


def check(given: Doc) -> None:
    """Refuses values that are none, whatever they are of."""
    for name, value in given.items():
        if name in ('name', 'description') and len(value or '') > LONGEST:
            raise _bad(name, f"'{value}' exceeds maximum length of {LONGEST}.")
        if name in CHECKS and value is not None:
            for one in value if isinstance(value, list) else [value]:
                CHECKS[name](name, one)


def _bad(name: str, reason: str) -> Refusal:
    return Refusal(400, f'Invalid input for {name}. Reason: {reason}', 'HTTPBadRequest')


def _address(name: str, value: Any) -> None:
    try:
        ipaddress.ip_address(value)
    except ValueError:
        raise _bad(name, f"'{value}' is not a valid IP address.") from None


def _range(name: str, value: Any) -> None:
    try:
        ipaddress.ip_network(value, strict=False)
    except ValueError:
        raise _bad(name, f"'{value}' is not a valid IP subnet.") from None


def _mac(name: str, value: Any) -> None:
    if not MAC.fullmatch(str(value)):
        raise _bad(name, f"'{value}' is not a valid MAC address.")


def _mode(name: str, value: Any) -> None:
    if value not in MODES:
        raise _bad(name, f"'{value}' is not in {list(MODES)}.")


def _version(name: str, value: Any) -> None:
    if str(value) not in ('4', '6'):
        raise _bad(name, f"'{value}' is not in [4, 6].")


def _not_negative(name: str, value: Any) -> None:
    if not isinstance(value, int) or value < 0:
        raise _bad(name, f"'{value}' should be non-negative.")


def _parts(**checks: Callable[[str, Any], None]) -> Callable[[str, Any], None]:
    """Objects of which these keys are checked where they are given."""

    def check_parts(name: str, value: Any) -> None:
        for key, check_part in checks.items():
            if value.get(key) is not None:
                check_part(name, value[key])

    return check_parts


CHECKS: dict[str, Callable[[str, Any], None]] = {
    'addresses': _range,
    'allocation_pools': _parts(start=_address, end=_address),
    'allowed_address_pairs': _parts(ip_address=_range, mac_address=_mac),
    'default_prefixlen': _not_negative,
    'default_quota': _not_negative,
    'dns_nameservers': _address,
    'fixed_ips': _parts(ip_address=_address),
    'gateway_ip': _address,
    'internal_ip_address': _address,
    'host_routes': _parts(destination=_range, nexthop=_address),
    'ip_version': _version,
    'ipv6_address_mode': _mode,
    'ipv6_ra_mode': _mode,
    'mac_address': _mac,
    'max_prefixlen': _not_negative,
    'min_prefixlen': _not_negative,
    'mtu': _not_negative,
    'prefixes': _range,
    'routes': _parts(destination=_range, nexthop=_address),
}
