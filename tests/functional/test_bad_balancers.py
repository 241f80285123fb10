# SPDX-License-Identifier: Apache-2.0
"""Every RPC for load balancers refuses what is wrong, and leaves nothing of it."""

import dataclasses
from collections.abc import Iterable
from typing import Any

import grpc
from google.protobuf.duration_pb2 import Duration
from oaktreemodel import v1 as pb

from tests.functional.bad import NO, OTHERS, BadCase, Row
from tests.functional.base import Cloud, only_simulated, unique
from tests.functional.test_load_balancers import HAVE, HAVE_NOT, BalancersCase

Code = grpc.StatusCode
BAD, GONE = Code.INVALID_ARGUMENT, Code.NOT_FOUND
LONG = 'x' * 256
HUGE = (1 << 31) - 1
NOW = Duration()


@dataclasses.dataclass
class Whole:
    """A load balancer with one of each part."""

    balancer: Any
    listener: Any
    pool: Any
    member: Any
    monitor: Any


class BadBalancersTest(BadCase, BalancersCase):
    """LoadBalancerService."""

    def setUp(self) -> None:
        BadCase.setUp(self)
        BalancersCase.setUp(self)
        self.quicken()
        self.tag = unique('bad')

    def whole(self, cloud: Cloud) -> Whole:
        balancer = self.balancer(cloud)
        listener = self.listener(cloud, balancer.id)
        pool = self.pool(cloud, listener=listener.id)
        return Whole(balancer, listener, pool, self.member(cloud, pool.id), self.monitor(cloud, pool.id))

    def nothing_is_left(self, cloud: Cloud, whole: Whole | None = None) -> None:
        """Of what was refused; and what is there is what it was."""
        lists: dict[str, dict[str, Any]] = {'load_balancers': {}, 'listeners': {}, 'pools': {}, 'health_monitors': {}}
        if whole:
            lists['pool_members'] = {'pool': whole.pool.id}
        for answer, fields in lists.items():
            kind = ''.join(word.capitalize() for word in answer.split('_'))
            fields |= {**self.location(cloud), 'jmespath': f"[?starts_with(name, '{self.tag}')]", 'max_age': NOW}
            with self.subTest(kind):
                self.assertFalse(getattr(getattr(self.lb, f'List{kind}')(getattr(pb, f'List{kind}Request')(**fields)), answer))

    def test_what_no_request_may_have(self) -> None:
        for cloud in HAVE:
            self.whatever_it_does('LoadBalancerService', cloud.name)

    def test_a_cloud_without_the_service_says_so(self) -> None:
        for cloud in HAVE_NOT:
            self.without('LoadBalancerService', self.lb, cloud.name)

    def test_what_is_missing_or_not_there(self) -> None:
        for cloud in HAVE:
            whole = self.whole(cloud)
            self.table(self.missing(cloud, whole))
            self.table(self.not_there(cloud, whole))
            self.nothing_is_left(cloud, whole)

    def missing(self, cloud: Cloud, whole: Whole) -> Iterable[Row]:
        needs: dict[str, dict[str, Any]] = {
            'Listener': {'load_balancer': whole.balancer.id, 'protocol': 'HTTP', 'protocol_port': 81},
            'Pool': {'load_balancer': whole.balancer.id, 'protocol': 'HTTP', 'lb_algorithm': 'ROUND_ROBIN'},
            'PoolMember': {'pool': whole.pool.id, 'address': '192.0.2.11', 'protocol_port': 80},
            'HealthMonitor': {'pool': whole.pool.id, **PROBE},
        }
        for kind, fields in needs.items():
            for field in fields:
                given = {**self.location(cloud), 'name': self.tag, **fields}
                del given[field]
                request = getattr(pb, f'Create{kind}Request')(**given)
                yield getattr(self.lb, f'Create{kind}'), request, BAD, 'MISSING_FIELD', field
        for kind, part in PARTS.items():
            fields = self.one(cloud, kind, getattr(whole, part), whole)
            request = getattr(pb, f'Update{kind}Request')(**fields)
            yield getattr(self.lb, f'Update{kind}'), request, BAD, 'MISSING_FIELD', 'update_mask'
        for rpc in ('ListPoolMembers', 'GetPoolMember', 'UpdatePoolMember', 'DeletePoolMember'):
            given = self.location(cloud) | ({} if rpc.startswith('List') else {'name_or_id': whole.member.id})
            given |= {'weight': 1} if rpc.startswith('Update') else {}
            yield getattr(self.lb, rpc), getattr(pb, f'{rpc}Request')(**given), BAD, 'MISSING_FIELD', 'pool'

    def one(self, cloud: Cloud, kind: str, item: Any, whole: Whole) -> dict[str, Any]:
        """What names one."""
        return {**self.location(cloud), 'name_or_id': item.id} | ({'pool': whole.pool.id} if kind == 'PoolMember' else {})

    def not_there(self, cloud: Cloud, whole: Whole) -> Iterable[Row]:
        lb, new, balancer = self.lb, {**self.location(cloud), 'name': self.tag}, whole.balancer.id
        listener = {'load_balancer': balancer, 'protocol': 'HTTP', 'protocol_port': 81}
        pool = {'protocol': 'HTTP', 'lb_algorithm': 'ROUND_ROBIN'}
        member = {'address': '192.0.2.11', 'protocol_port': 80}
        for call, request in (
            (lb.CreateLoadBalancer, pb.CreateLoadBalancerRequest(**new, network=NO)),
            (lb.CreateLoadBalancer, pb.CreateLoadBalancerRequest(**new, subnet=NO)),
            (lb.CreateListener, pb.CreateListenerRequest(**new | listener | {'load_balancer': NO})),
            (lb.CreateListener, pb.CreateListenerRequest(**new, **listener, default_pool=NO)),
            (lb.CreatePool, pb.CreatePoolRequest(**new, **pool, load_balancer=NO)),
            (lb.CreatePool, pb.CreatePoolRequest(**new, **pool, listener=NO)),
            (lb.CreatePoolMember, pb.CreatePoolMemberRequest(**new, **member, pool=NO)),
            (lb.CreatePoolMember, pb.CreatePoolMemberRequest(**new, **member, pool=whole.pool.id, subnet=NO)),
            (lb.CreateHealthMonitor, pb.CreateHealthMonitorRequest(**new, **PROBE, pool=NO)),
            (lb.UpdateListener, pb.UpdateListenerRequest(**self.one(cloud, '', whole.listener, whole), default_pool=NO)),
        ):
            yield call, request, GONE, 'NOT_FOUND', NO
        others = {'location': {'cloud': cloud.name, **OTHERS}, 'name': self.tag, 'network': 'private'}
        yield lb.CreateLoadBalancer, pb.CreateLoadBalancerRequest(**others), BAD, 'INVALID_FIELD', 'location.project'

    def test_what_the_cloud_does_not_take(self) -> None:
        for cloud in HAVE:
            whole = self.whole(cloud)
            self.table(self.rejected(cloud, whole))
            self.table(self.conflicts(cloud, whole))
            self.nothing_is_left(cloud, whole)
            request = pb.GetPoolMemberRequest(**self.one(cloud, 'PoolMember', whole.member, whole), max_age=NOW)
            self.assertEqual(self.lb.GetPoolMember(request).pool_member.weight, whole.member.weight)

    def rejected(self, cloud: Cloud, whole: Whole) -> Iterable[Row]:
        """What may not be said of a new one, and what may not be said of one that is there; with a word of the answer."""
        base: dict[str, dict[str, Any]] = {
            'LoadBalancer': {'network': 'private'},
            'Listener': {'load_balancer': whole.balancer.id, 'protocol': 'HTTP', 'protocol_port': 81},
            'Pool': {'load_balancer': whole.balancer.id, 'protocol': 'HTTP', 'lb_algorithm': 'ROUND_ROBIN'},
            'PoolMember': {'pool': whole.pool.id, 'address': '192.0.2.11', 'protocol_port': 80},
            'HealthMonitor': {'pool': whole.pool.id, **PROBE},
        }
        for kind, field, value, word, changeable in VALUES:
            word = word or field
            given = {**self.location(cloud), 'name': self.tag, **base[kind], field: value}
            if field == 'name':
                given['name'] = self.tag + LONG
            request = getattr(pb, f'Create{kind}Request')(**given)
            yield getattr(self.lb, f'Create{kind}'), request, BAD, 'CLOUD_REJECTED', word
            if changeable:
                given = self.one(cloud, kind, getattr(whole, PARTS[kind]), whole) | {field: given[field]}
                request = getattr(pb, f'Update{kind}Request')(**given)
                yield getattr(self.lb, f'Update{kind}'), request, BAD, 'CLOUD_REJECTED', word

    def conflicts(self, cloud: Cloud, whole: Whole) -> Iterable[Row]:
        """What there is already, and what others need."""
        where, new, lb = self.location(cloud), {**self.location(cloud), 'name': self.tag}, self.lb
        listener = {'load_balancer': whole.balancer.id, 'protocol': 'HTTP', 'protocol_port': 80}
        pool = {'listener': whole.listener.id, 'protocol': 'HTTP', 'lb_algorithm': 'ROUND_ROBIN'}
        member = {'pool': whole.pool.id, 'address': whole.member.address, 'protocol_port': whole.member.protocol_port}
        for call, request in (
            (lb.CreateListener, pb.CreateListenerRequest(**new, **listener)),
            (lb.CreatePool, pb.CreatePoolRequest(**new, **pool)),
            (lb.CreatePoolMember, pb.CreatePoolMemberRequest(**new, **member)),
            (lb.CreateHealthMonitor, pb.CreateHealthMonitorRequest(**new, **PROBE, pool=whole.pool.id)),
        ):
            yield call, request, Code.FAILED_PRECONDITION, 'CONFLICT', ''
        gone = pb.DeleteLoadBalancerRequest(**where, name_or_id=whole.balancer.id)
        yield lb.DeleteLoadBalancer, gone, BAD, 'CLOUD_REJECTED', 'children'

    @only_simulated
    def test_a_quota_that_is_used_up(self) -> None:
        for cloud in HAVE:
            whole = self.whole(cloud)
            names = ('loadbalancer', 'listener', 'pool', 'member', 'healthmonitor')
            self.addCleanup(self.stack.simulation.settings, cloud.name, quota=dict.fromkeys(names, -1))
            new = {**self.location(cloud), 'name': self.tag}
            bare = self.pool(cloud, load_balancer=whole.balancer.id)
            self.stack.simulation.settings(cloud.name, quota=dict.fromkeys(names, 0))
            of = {'load_balancer': whole.balancer.id, 'protocol': 'HTTP'}
            for call, request in (
                (self.lb.CreateLoadBalancer, pb.CreateLoadBalancerRequest(**new, network='private')),
                (self.lb.CreateListener, pb.CreateListenerRequest(**new, **of, protocol_port=81)),
                (self.lb.CreatePool, pb.CreatePoolRequest(**new, **of, lb_algorithm='ROUND_ROBIN')),
                (self.lb.CreatePoolMember,
                 pb.CreatePoolMemberRequest(**new, pool=bare.id, address='192.0.2.11', protocol_port=80)),
                (self.lb.CreateHealthMonitor, pb.CreateHealthMonitorRequest(**new, pool=bare.id, **PROBE)),
            ):  # fmt: skip
                self.refused(call, request, Code.RESOURCE_EXHAUSTED, 'QUOTA_EXCEEDED')
            self.nothing_is_left(cloud, whole)


PARTS = {'LoadBalancer': 'balancer', 'Listener': 'listener', 'Pool': 'pool', 'PoolMember': 'member',
         'HealthMonitor': 'monitor'}  # fmt: skip
PROBE = {'type': 'HTTP', 'delay_seconds': 5, 'timeout_seconds': 3, 'max_retries': 2}
VALUES: tuple[tuple[str, str, Any, str, bool], ...] = (
    *((kind, 'name', LONG, 'name', True) for kind in PARTS),
    *((kind, 'description', LONG, 'description', True) for kind in ('LoadBalancer', 'Listener', 'Pool')),
    *((kind, 'tags', [LONG], 'tags', True) for kind in PARTS),
    ('LoadBalancer', 'address', 'not-an-address', 'vip_address', False),
    ('LoadBalancer', 'provider', NO, NO, False),
    ('LoadBalancer', 'flavor_id', NO, 'flavor_id', False),
    ('LoadBalancer', 'qos_policy_id', NO, 'vip_qos_policy_id', True),
    ('Listener', 'protocol', 'GOPHER', 'protocol', False),
    ('Listener', 'protocol_port', -1, 'protocol_port', False),
    ('Listener', 'protocol_port', HUGE, 'protocol_port', False),
    ('Listener', 'connection_limit', -2, 'connection_limit', True),
    ('Listener', 'allowed_cidrs', ['192.0.2.0/33'], 'allowed_cidrs', True),
    ('Listener', 'client_data_timeout_ms', -1, 'timeout_client_data', True),
    ('Pool', 'protocol', 'GOPHER', 'protocol', False),
    ('Pool', 'lb_algorithm', 'BEST', 'lb_algorithm', True),
    ('Pool', 'session_persistence', {'type': 'MEMORY'}, 'type', True),
    ('PoolMember', 'address', 'not-an-address', 'address', False),
    ('PoolMember', 'protocol_port', -1, 'protocol_port', False),
    ('PoolMember', 'protocol_port', HUGE, 'protocol_port', False),
    ('PoolMember', 'weight', -1, 'weight', True),
    ('PoolMember', 'weight', HUGE, 'weight', True),
    ('PoolMember', 'monitor_port', HUGE, 'monitor_port', True),
    ('PoolMember', 'monitor_address', 'not-an-address', 'monitor_address', True),
    ('HealthMonitor', 'type', 'SMELL', 'type', False),
    ('HealthMonitor', 'delay_seconds', -1, 'delay', True),
    ('HealthMonitor', 'timeout_seconds', -1, 'timeout', True),
    ('HealthMonitor', 'max_retries', 11, 'max_retries', True),
    ('HealthMonitor', 'max_retries_down', 11, 'max_retries_down', True),
    ('HealthMonitor', 'http_method', 'EAT', 'http_method', True),
    ('HealthMonitor', 'url_path', 'no-slash', 'url_path', True),
    ('HealthMonitor', 'expected_codes', 'good', 'expected_codes', True),
)
"""(kind, field, value, a word of the answer, whether an update has the field too)"""
