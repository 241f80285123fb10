# SPDX-License-Identifier: Apache-2.0
"""The rows of load balancers and application credentials against openstacksdk, as ``test_normalise.py`` has the others.

The documents are by the API references, one of each kind with every field filled.
"""

import unittest
from typing import Any

from oaktreemodel import v1 as pb
from openstack.identity.v3 import application_credential as sdk_credential
from openstack.load_balancer.v2 import health_monitor as sdk_monitor
from openstack.load_balancer.v2 import listener as sdk_listener
from openstack.load_balancer.v2 import load_balancer as sdk_balancer
from openstack.load_balancer.v2 import member as sdk_member
from openstack.load_balancer.v2 import pool as sdk_pool

from oaktree.resource import Resource, in_transition
from oaktree.rows import identity, load_balancer
from tests.unit.fake import uuid
from tests.unit.test_normalise import Attribute, expected, make, plain

ONE, OTHER = uuid(1), uuid(2)

STATUS: dict[str, Attribute] = {
    'id': 'id', 'name': 'name', 'native_status': 'provisioning_status', 'operating_status': 'operating_status',
    'admin_state_up': 'is_admin_state_up', 'tags': 'tags', 'create_time': 'created_at', 'update_time': 'updated_at',
}  # fmt: skip
BALANCER: dict[str, Attribute] = {
    **STATUS, 'description': 'description', 'address': 'vip_address', 'network_id': 'vip_network_id',
    'subnet_id': 'vip_subnet_id', 'port_id': 'vip_port_id', 'qos_policy_id': 'vip_qos_policy_id', 'provider': 'provider',
    'flavor_id': 'flavor_id', 'listener_ids': lambda sdk: [one['id'] for one in sdk.listeners],
    'pool_ids': lambda sdk: [one['id'] for one in sdk.pools],
}  # fmt: skip
LISTENER: dict[str, Attribute] = {
    **STATUS, 'description': 'description', 'load_balancer_id': lambda sdk: sdk.load_balancers[0]['id'],
    'client_data_timeout_ms': 'timeout_client_data', 'member_connect_timeout_ms': 'timeout_member_connect',
    'member_data_timeout_ms': 'timeout_member_data', 'tcp_inspect_timeout_ms': 'timeout_tcp_inspect',
    **{name: name for name in (
        'protocol', 'protocol_port', 'default_pool_id', 'connection_limit', 'allowed_cidrs', 'insert_headers',
        'default_tls_container_ref', 'sni_container_refs', 'tls_versions', 'tls_ciphers',
    )},
}  # fmt: skip
POOL: dict[str, Attribute] = {
    **STATUS, 'description': 'description', 'load_balancer_id': lambda sdk: sdk.loadbalancers[0]['id'],
    'listener_ids': lambda sdk: [one['id'] for one in sdk.listeners], 'member_ids': lambda sdk: [m['id'] for m in sdk.members],
    'health_monitor_id': 'health_monitor_id', 'protocol': 'protocol', 'lb_algorithm': 'lb_algorithm',
    'tls_enabled': 'tls_enabled', 'ca_tls_container_ref': 'ca_tls_container_ref',
    'session_persistence': lambda sdk: sdk.session_persistence and {
        'type': sdk.session_persistence['type'], 'cookie_name': sdk.session_persistence['cookie_name'],
        'timeout_seconds': sdk.session_persistence['persistence_timeout'],
        'granularity': sdk.session_persistence['persistence_granularity'],
    },
}  # fmt: skip
MEMBER: dict[str, Attribute] = {
    **STATUS, **{name: name for name in (
        'address', 'protocol_port', 'subnet_id', 'weight', 'backup', 'monitor_address', 'monitor_port',
    )},
}  # fmt: skip
MONITOR: dict[str, Attribute] = {
    **STATUS, 'pool_id': lambda sdk: sdk.pools[0]['id'], 'delay_seconds': 'delay', 'timeout_seconds': 'timeout',
    **{name: name for name in ('type', 'max_retries', 'max_retries_down', 'http_method', 'url_path', 'expected_codes')},
}  # fmt: skip
CREDENTIAL: dict[str, Attribute] = {
    'id': 'id', 'name': 'name', 'description': 'description', 'unrestricted': 'unrestricted', 'expire_time': 'expires_at',
    'roles': lambda sdk: [role['name'] for role in sdk.roles], 'access_rules': 'access_rules', 'secret': 'secret',
}  # fmt: skip

COMMON = {
    'id': ONE, 'name': 'one', 'project_id': 'p', 'provisioning_status': 'ACTIVE', 'operating_status': 'ONLINE',
    'admin_state_up': True, 'tags': ['a'], 'created_at': '2026-11-23T01:02:03', 'updated_at': '2026-11-23T01:02:04',
}  # fmt: skip
DOCUMENTS: dict[Resource, tuple[Any, dict[str, Attribute], dict[str, Any]]] = {
    load_balancer.LOAD_BALANCER: (sdk_balancer.LoadBalancer, BALANCER, COMMON | {
        'description': 'd', 'vip_address': '192.0.2.1', 'vip_port_id': OTHER, 'vip_subnet_id': OTHER, 'vip_network_id': OTHER,
        'vip_qos_policy_id': OTHER, 'provider': 'ovn', 'flavor_id': OTHER, 'listeners': [{'id': OTHER}],
        'pools': [{'id': OTHER}], 'availability_zone': 'az', 'additional_vips': [],
    }),
    load_balancer.LISTENER: (sdk_listener.Listener, LISTENER, COMMON | {
        'description': 'd', 'loadbalancers': [{'id': OTHER}], 'protocol': 'HTTP', 'protocol_port': 80,
        'default_pool_id': OTHER, 'connection_limit': -1, 'allowed_cidrs': ['192.0.2.0/24'],
        'insert_headers': {'X-Forwarded-For': 'true'}, 'default_tls_container_ref': 'http://b/1',
        'sni_container_refs': ['http://b/2'], 'tls_versions': ['TLSv1.3'], 'tls_ciphers': 'A:B', 'timeout_client_data': 1,
        'timeout_member_connect': 2, 'timeout_member_data': 3, 'timeout_tcp_inspect': 4, 'l7policies': [],
    }),
    load_balancer.POOL: (sdk_pool.Pool, POOL, COMMON | {
        'description': 'd', 'loadbalancers': [{'id': OTHER}], 'listeners': [{'id': OTHER}], 'members': [{'id': OTHER}],
        'healthmonitor_id': OTHER, 'protocol': 'UDP', 'lb_algorithm': 'SOURCE_IP', 'tls_enabled': True,
        'ca_tls_container_ref': 'http://b/1', 'tls_container_ref': 'http://b/2',
        'session_persistence': {
            'type': 'SOURCE_IP', 'cookie_name': 'c', 'persistence_timeout': 9, 'persistence_granularity': '255.255.255.0',
        },
    }),
    load_balancer.POOL_MEMBER: (sdk_member.Member, MEMBER, COMMON | {
        'address': '192.0.2.1', 'protocol_port': 80, 'subnet_id': OTHER, 'weight': 5, 'backup': True,
        'monitor_address': '192.0.2.2', 'monitor_port': 81, 'vnic_type': 'normal',
    }),
    load_balancer.HEALTH_MONITOR: (sdk_monitor.HealthMonitor, MONITOR, COMMON | {
        'pools': [{'id': OTHER}], 'type': 'HTTP', 'delay': 1, 'timeout': 2, 'max_retries': 3, 'max_retries_down': 4,
        'http_method': 'GET', 'url_path': '/', 'expected_codes': '200', 'http_version': 1.1, 'domain_name': 'a.example',
    }),
    identity.APPLICATION_CREDENTIAL: (sdk_credential.ApplicationCredential, CREDENTIAL, {
        'id': 'a1', 'name': 'one', 'description': 'd', 'project_id': 'p', 'unrestricted': True, 'secret': 's',
        'expires_at': '2026-11-23T01:02:03.000000', 'roles': [{'id': 'r', 'name': 'member', 'domain_id': None}],
        'access_rules': [{'id': 'x', 'service': 'compute', 'method': 'GET', 'path': '/v2.1/servers'}],
        'system': None, 'user_id': 'u', 'links': {'self': 'http://k/a1'},
    }),
}  # fmt: skip
NOT_OF_THE_SDK = {
    'location', 'properties', 'state',
    # The SDK does not know these, or from the path alone.
    'domain_name', 'http_version', 'pool_id', 'tls_container_ref',
}  # fmt: skip


class OracleTest(unittest.TestCase):
    """Field by field the same as openstacksdk."""

    def agree(self, resource: Resource, document: dict[str, Any]) -> None:
        kind, table, _ = DOCUMENTS[resource]
        ours, sdk = make(resource, document), kind.existing(**document)
        for field, attribute in table.items():
            with self.subTest(resource.noun, field=field):
                descriptor = ours.DESCRIPTOR.fields_by_name[field]
                single = descriptor.message_type is not None and not descriptor.is_repeated
                got = None if single and not ours.HasField(field) else plain(getattr(ours, field))
                theirs = attribute(sdk) if callable(attribute) else getattr(sdk, attribute)
                self.assertEqual(got, expected(descriptor, theirs))

    def test_every_document_agrees(self) -> None:
        for resource, (_, _, document) in DOCUMENTS.items():
            self.agree(resource, document)

    def test_what_is_null_is_empty(self) -> None:
        kept = ('id', 'loadbalancers', 'listeners', 'members', 'pools', 'roles')
        for resource, (_, _, document) in DOCUMENTS.items():
            self.agree(resource, {key: value if key in kept else None for key, value in document.items()})

    def test_every_field_is_compared_and_filled(self) -> None:
        for resource, (_, table, document) in DOCUMENTS.items():
            with self.subTest(resource.noun):
                fields = {field.name for field in resource.message.DESCRIPTOR.fields}
                self.assertEqual(fields - set(table) - NOT_OF_THE_SDK, set())
                self.assertEqual(set(table) - {field.name for field, _ in make(resource, document).ListFields()}, set())

    def test_every_row_is_compared(self) -> None:
        modules = (identity, load_balancer)
        rows = {row for module in modules for row in vars(module).values() if isinstance(row, Resource)}
        self.assertEqual(rows, set(DOCUMENTS))

    def test_what_only_octavia_has_is_told(self) -> None:
        monitor = make(load_balancer.HEALTH_MONITOR, DOCUMENTS[load_balancer.HEALTH_MONITOR][2])
        self.assertEqual((monitor.http_version, monitor.domain_name, monitor.pool_id), (1.1, 'a.example', OTHER))
        pool = make(load_balancer.POOL, DOCUMENTS[load_balancer.POOL][2])
        self.assertEqual(pool.tls_container_ref, 'http://b/2')

    def test_nothing_is_told_twice(self) -> None:
        told = {resource.noun: set(make(resource, one[2]).properties) for resource, one in DOCUMENTS.items()}
        self.assertEqual(told['LoadBalancer'], {'additional_vips'})
        self.assertEqual(told['Listener'], {'l7policies'})
        self.assertEqual(told['PoolMember'], {'vnic_type'})
        self.assertFalse(told['Pool'] | told['HealthMonitor'] | told['ApplicationCredential'])


class StatesTest(unittest.TestCase):
    """The provisioning status is what one waits for."""

    def test_every_status_has_a_state(self) -> None:
        states = set()
        for status in load_balancer.STATES:
            one = make(load_balancer.LISTENER, COMMON | {'provisioning_status': status})
            states.add(one.state)
            self.assertEqual(one.native_status, status)
            self.assertEqual(in_transition(one), status.startswith('PENDING_'))
            self.assertEqual(load_balancer.at_rest(one), not status.startswith('PENDING_'))
        self.assertEqual(states, {value.number for value in pb.LoadBalancerState.DESCRIPTOR.values} - {0})
        self.assertEqual(make(load_balancer.LISTENER, COMMON | {'provisioning_status': 'NEW'}).state, 0)


if __name__ == '__main__':
    unittest.main()
