# SPDX-License-Identifier: Apache-2.0
"""Load balancers and what they are made of as Octavia writes them. https://docs.openstack.org/api-ref/load-balancer/v2/

What others call the status is its provisioning status: whether a change is under way, which is what one waits for.
"""

from collections.abc import Callable
from typing import Any

from oaktreemodel import v1 as pb

from oaktree.resource import Document, Resource

STATES = {
    'ACTIVE': pb.LOAD_BALANCER_STATE_ACTIVE,
    'DELETED': pb.LOAD_BALANCER_STATE_DELETED,
    'ERROR': pb.LOAD_BALANCER_STATE_ERROR,
    'PENDING_CREATE': pb.LOAD_BALANCER_STATE_CREATING,
    'PENDING_DELETE': pb.LOAD_BALANCER_STATE_DELETING,
    'PENDING_UPDATE': pb.LOAD_BALANCER_STATE_UPDATING,
}


def _state(document: Document) -> int:
    return STATES.get(str(document.get('provisioning_status')), pb.LOAD_BALANCER_STATE_UNSPECIFIED)


def _ids(key: str) -> Callable[[Document], list[str]]:
    """Of others, which a list has by id only, and the answer to a POST in full."""
    return lambda document: [one['id'] for one in document.get(key) or ()]


def _id(key: str) -> Callable[[Document], str]:
    """Of the only one in a list."""
    return lambda document: next((one['id'] for one in document.get(key) or ()), '')


COMMON: dict[str, str | Callable[[Document], Any]] = {
    'state': _state, 'native_status': 'provisioning_status', 'create_time': 'created_at', 'update_time': 'updated_at',
}  # fmt: skip

LOAD_BALANCER = Resource(
    pb.LoadBalancer, 'load-balancer', '/lbaas/loadbalancers', 'loadbalancers', ttl=5,
    touches=('listeners', 'pools', 'healthmonitors', 'ports'),
    fields={
        **COMMON, 'address': 'vip_address', 'network_id': 'vip_network_id', 'subnet_id': 'vip_subnet_id',
        'port_id': 'vip_port_id', 'qos_policy_id': 'vip_qos_policy_id', 'listener_ids': _ids('listeners'),
        'pool_ids': _ids('pools'),
    },
    used=frozenset({'availability_zone', 'listeners', 'pools'}),
)  # fmt: skip

LISTENER = Resource(
    pb.Listener, 'load-balancer', '/lbaas/listeners', 'listeners', ttl=5, touches=('loadbalancers', 'pools'),
    fields={
        **COMMON, 'load_balancer_id': _id('loadbalancers'), 'client_data_timeout_ms': 'timeout_client_data',
        'member_connect_timeout_ms': 'timeout_member_connect', 'member_data_timeout_ms': 'timeout_member_data',
        'tcp_inspect_timeout_ms': 'timeout_tcp_inspect',
    },
    used=frozenset({'loadbalancers'}),
)  # fmt: skip

PERSISTENCE = {
    'type': 'type', 'cookie_name': 'cookie_name', 'timeout_seconds': 'persistence_timeout',
    'granularity': 'persistence_granularity',
}  # fmt: skip
"""Field of SessionPersistence -> Octavia's key."""


def _persistence(document: Document) -> dict[str, Any] | None:
    given = document.get('session_persistence')
    return {field: given[key] for field, key in PERSISTENCE.items() if given.get(key)} if given else None


POOL = Resource(
    pb.Pool, 'load-balancer', '/lbaas/pools', 'pools', ttl=5, touches=('loadbalancers', 'listeners', 'healthmonitors'),
    fields={
        **COMMON, 'load_balancer_id': _id('loadbalancers'), 'listener_ids': _ids('listeners'), 'member_ids': _ids('members'),
        'health_monitor_id': 'healthmonitor_id', 'session_persistence': _persistence,
    },
    used=frozenset({'loadbalancers', 'listeners', 'members'}),
)  # fmt: skip

POOL_MEMBER = Resource(
    # Each pool has its own: the path is behind that of the pool.
    pb.PoolMember, 'load-balancer', '/lbaas/pools', 'members', ttl=5, fields=COMMON,
)  # fmt: skip

HEALTH_MONITOR = Resource(
    pb.HealthMonitor, 'load-balancer', '/lbaas/healthmonitors', 'healthmonitors', ttl=5,
    touches=('loadbalancers', 'listeners', 'pools'),
    fields={**COMMON, 'pool_id': _id('pools'), 'delay_seconds': 'delay', 'timeout_seconds': 'timeout'},
    used=frozenset({'pools'}),
)  # fmt: skip


def at_rest(item: Any) -> bool:
    """Whether a load balancer, None for one that is gone, takes a change, or will not take one any more."""
    return item is None or not item.native_status.startswith('PENDING_')
