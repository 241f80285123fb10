# SPDX-License-Identifier: Apache-2.0
"""Octavia's kinds of resource: what may be given, and what that may be."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from oaktree.simcloud.http import Doc, Refusal, is_uuid

Check = Callable[[Any], str]
"""What is wrong with a value; empty where nothing is."""


def text(most: int = 255, pattern: str = '') -> Check:
    def check(value: Any) -> str:
        if not isinstance(value, str):
            return f"Wrong type. Expected '<class 'str'>', got '{type(value)}'"
        if len(value) > most:
            return f'Value should have a maximum character requirement of {most}'
        return '' if re.fullmatch(pattern or '(?s).*', value) else f'Value should match the pattern {pattern}'

    return check


def integer(least: int, most: int | None = None) -> Check:
    def check(value: Any) -> str:
        if not isinstance(value, int) or isinstance(value, bool):
            return f"Wrong type. Expected '<class 'int'>', got '{type(value)}'"
        if value < least:
            return f'Value should be greater or equal to {least}'
        return f'Value should be lower or equal to {most}' if most is not None and value > most else ''

    return check


def one_of(*values: Any) -> Check:
    listed = ', '.join(map(str, sorted(values)))
    return lambda value: '' if value in values else f'Value should be one of: {listed}'


def boolean(value: Any) -> str:
    return '' if isinstance(value, bool) else f"Wrong type. Expected '<class 'bool'>', got '{type(value)}'"


def uuid(value: Any) -> str:
    return '' if isinstance(value, str) and is_uuid(value) else 'Value should be UUID format'


def address(value: Any) -> str:
    try:
        ipaddress.ip_address(value)
    except ValueError:
        return 'Value should be IPv4 or IPv6 format'
    return ''


def cidr(value: Any) -> str:
    try:
        ipaddress.ip_network(value)
    except ValueError:
        return 'Value should be IPv4 or IPv6 CIDR format'
    return ''


def enabled(value: Any) -> str:
    if value not in PROVIDERS:
        raise Refusal(400, f"Provider '{value}' is not enabled.")
    return ''


def each(check: Check) -> Check:
    return lambda value: next(filter(None, map(check, value)), '') if isinstance(value, list) else 'Wrong type. Expected a list'


def mapping(value: Any) -> str:
    return '' if isinstance(value, dict) else f"Wrong type. Expected '<class 'dict'>', got '{type(value)}'"


PORT, TIMEOUT, RETRIES, REF = integer(1, 65535), integer(0, 31536000000), integer(1, 10), text()
PROVIDERS = ('amphora', 'amphorav2', 'octavia')
NAMED: dict[str, Check] = {'name': text(), 'admin_state_up': boolean, 'tags': each(text())}
DESCRIBED = NAMED | {'description': text()}


@dataclass(frozen=True)
class Kind:
    """What is particular to one kind."""

    singular: str
    words: str
    """Its name in error documents."""
    changeable: dict[str, Check]
    fixed: dict[str, Check]
    """What only the creator gives."""
    required: tuple[str, ...] = ()
    defaults: Doc = field(default_factory=dict)

    def checked(self, given: Doc, changing: bool) -> Doc:
        """What a request gives, if that may be given. Null is as good as nothing."""
        known = self.changeable if changing else self.changeable | self.fixed | {'project_id': text(36)}
        if unknown := sorted(given.keys() - known.keys()):
            raise Refusal(400, f'Unknown attribute for argument {self.singular}_: {", ".join(unknown)}')
        for name in () if changing else self.required:
            if given.get(name) is None:
                raise invalid(name, None, 'Mandatory field missing.')
        for name, value in given.items():
            if value is not None and (wrong := known[name](value)):
                raise invalid(name, value, wrong)
        return given


def invalid(name: str, value: Any, wrong: str) -> Refusal:
    return Refusal(400, f"Invalid input for field/attribute {name}. Value: '{value}'. {wrong}")


LOAD_BALANCER = Kind(
    'loadbalancer',
    'Load Balancer',
    DESCRIBED | {'vip_qos_policy_id': uuid, 'vip_sg_ids': each(uuid)},
    {'vip_address': address, 'vip_port_id': uuid, 'vip_subnet_id': uuid, 'vip_network_id': uuid, 'provider': enabled}
    | {'flavor_id': uuid, 'availability_zone': text(), 'additional_vips': each(mapping)},
    defaults={'vip_qos_policy_id': None, 'vip_sg_ids': [], 'additional_vips': [], 'provider': 'amphora', 'flavor_id': None}
    | {'availability_zone': None, 'vip_vnic_type': 'normal'},
)
TIMEOUTS = {'client_data': 50000, 'member_connect': 5000, 'member_data': 50000, 'tcp_inspect': 0}
LISTENER = Kind(
    'listener',
    'Listener',
    DESCRIBED
    | {'connection_limit': integer(-1), 'default_pool_id': uuid, 'insert_headers': mapping, 'allowed_cidrs': each(cidr)}
    | {f'timeout_{name}': TIMEOUT for name in TIMEOUTS}
    | {'default_tls_container_ref': REF, 'sni_container_refs': each(REF), 'client_ca_tls_container_ref': REF}
    | {'tls_ciphers': text(2048), 'tls_versions': each(text(32)), 'alpn_protocols': each(text(32))},
    {'loadbalancer_id': uuid, 'protocol_port': PORT}
    | {'protocol': one_of('HTTP', 'HTTPS', 'TCP', 'TERMINATED_HTTPS', 'UDP', 'SCTP', 'PROMETHEUS')},
    required=('loadbalancer_id', 'protocol', 'protocol_port'),
    defaults={'connection_limit': -1, 'default_pool_id': None, 'insert_headers': {}, 'allowed_cidrs': None, 'l7policies': []}
    | {f'timeout_{name}': value for name, value in TIMEOUTS.items()}
    | {'default_tls_container_ref': None, 'sni_container_refs': [], 'client_ca_tls_container_ref': None}
    | {'client_authentication': 'NONE', 'client_crl_container_ref': None, 'tls_ciphers': None, 'tls_versions': None}
    | {'alpn_protocols': None, 'hsts_max_age': None, 'hsts_include_subdomains': False, 'hsts_preload': False},
)
POOL = Kind(
    'pool',
    'Pool',
    DESCRIBED
    | {'lb_algorithm': one_of('ROUND_ROBIN', 'LEAST_CONNECTIONS', 'SOURCE_IP', 'SOURCE_IP_PORT')}
    | {'session_persistence': mapping, 'tls_enabled': boolean, 'tls_container_ref': REF, 'ca_tls_container_ref': REF},
    {'loadbalancer_id': uuid, 'listener_id': uuid}
    | {'protocol': one_of('HTTP', 'HTTPS', 'PROXY', 'PROXYV2', 'TCP', 'UDP', 'SCTP')},
    required=('protocol', 'lb_algorithm'),
    defaults={'session_persistence': None, 'tls_enabled': False, 'tls_container_ref': None, 'ca_tls_container_ref': None}
    | {'crl_container_ref': None, 'tls_ciphers': None, 'tls_versions': None, 'alpn_protocols': None},
)
MEMBER = Kind(
    'member',
    'Member',
    NAMED | {'weight': integer(0, 256), 'backup': boolean, 'monitor_address': address, 'monitor_port': PORT},
    {'address': address, 'protocol_port': PORT, 'subnet_id': uuid},
    required=('address', 'protocol_port'),
    defaults={'weight': 1, 'backup': False, 'monitor_address': None, 'monitor_port': None, 'subnet_id': None}
    | {'vnic_type': 'normal'},
)
HEALTH_MONITOR = Kind(
    'healthmonitor',
    'Health Monitor',
    NAMED
    | {'delay': integer(0), 'timeout': integer(0), 'max_retries': RETRIES, 'max_retries_down': RETRIES}
    | {'http_method': one_of('GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'TRACE', 'OPTIONS', 'PATCH', 'CONNECT')}
    | {'url_path': text(pattern='/.*'), 'expected_codes': text(pattern=r'\d{3}(\s*,\s*\d{3})*|\d{3}-\d{3}')}
    | {'http_version': one_of(1.0, 1.1), 'domain_name': text(pattern=r'[\w-]+(\.[\w-]+)*')},
    {'pool_id': uuid, 'type': one_of('HTTP', 'HTTPS', 'PING', 'TCP', 'TLS-HELLO', 'UDP-CONNECT', 'SCTP')},
    required=('pool_id', 'type', 'delay', 'timeout', 'max_retries'),
    defaults={'max_retries_down': 3, 'http_method': None, 'url_path': None, 'expected_codes': None, 'http_version': None}
    | {'domain_name': None},
)
KINDS = {
    'loadbalancers': LOAD_BALANCER,
    'listeners': LISTENER,
    'pools': POOL,
    'members': MEMBER,
    'healthmonitors': HEALTH_MONITOR,
}
GOES_TO = {
    'TCP': ('HTTP', 'HTTPS', 'PROXY', 'PROXYV2', 'TCP'),
    'HTTP': ('HTTP', 'PROXY', 'PROXYV2'),
    'HTTPS': ('HTTPS', 'PROXY', 'PROXYV2', 'TCP'),
    'TERMINATED_HTTPS': ('HTTP', 'PROXY', 'PROXYV2'),
    'UDP': ('UDP',),
    'SCTP': ('SCTP',),
    'PROMETHEUS': (),
}
"""Protocol of a listener -> those of the pools that it may send its requests to."""
