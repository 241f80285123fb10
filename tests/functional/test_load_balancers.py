# SPDX-License-Identifier: Apache-2.0
"""Load balancers and what they are made of, on the clouds that have them."""

import concurrent.futures
import time
from typing import Any

import grpc
from google.protobuf.duration_pb2 import Duration
from google.protobuf.field_mask_pb2 import FieldMask
from oaktreemodel import v1 as pb

from tests.functional.base import CLOUDS, REAL, WAIT, Case, Cloud, info, only_simulated, unique
from tests.functional.test_watch import Watching

Code = grpc.StatusCode
HAVE = [cloud for cloud in CLOUDS if cloud.load_balancers]
HAVE_NOT = [cloud for cloud in CLOUDS if not cloud.load_balancers]
NOW = Duration()
PARTS = ('LoadBalancer', 'Listener', 'Pool', 'PoolMember', 'HealthMonitor')


class BalancersCase(Case):
    """Makes load balancers that are gone after the test."""

    def setUp(self) -> None:
        self.lb = self.oaktree.load_balancer

    def quicken(self) -> None:
        """Let nothing take time where that is not what a test is about."""
        for cloud in () if REAL else HAVE:
            self.stack.simulation.settings(cloud.name, build_seconds=0, action_seconds=0, delete_seconds=0)
            self.addCleanup(
                self.stack.simulation.settings, cloud.name, build_seconds=0.5, action_seconds=0.3, delete_seconds=0.3
            )

    def location(self, cloud: Cloud) -> dict[str, Any]:
        return {'location': {'cloud': cloud.name}}

    def balancer(self, cloud: Cloud, **fields: Any) -> pb.LoadBalancer:
        # By name, as others may have networks of their own in the project meanwhile.
        given = {'name': unique('lb'), 'network': 'private', 'wait': WAIT, 'admin_state_up': True} | fields
        request = pb.CreateLoadBalancerRequest(**self.location(cloud), **given)
        made = self.lb.CreateLoadBalancer(request, timeout=180).load_balancer
        self.addCleanup(self.drop, cloud, made.id)
        return made

    def drop(self, cloud: Cloud, balancer: str) -> None:
        request = pb.DeleteLoadBalancerRequest(**self.location(cloud), name_or_id=balancer, cascade=True, wait=WAIT)
        try:
            self.lb.DeleteLoadBalancer(request, timeout=180)
        except grpc.RpcError as error:
            if error.code() is not Code.NOT_FOUND:
                raise

    def listener(self, cloud: Cloud, balancer: str, **fields: Any) -> pb.Listener:
        given = {'name': unique('listener'), 'protocol': 'HTTP', 'protocol_port': 80, 'wait': WAIT} | fields
        request = pb.CreateListenerRequest(**self.location(cloud), load_balancer=balancer, **given)
        return self.lb.CreateListener(request, timeout=180).listener

    def pool(self, cloud: Cloud, **fields: Any) -> pb.Pool:
        given = {'name': unique('pool'), 'protocol': 'HTTP', 'lb_algorithm': 'ROUND_ROBIN', 'wait': WAIT} | fields
        return self.lb.CreatePool(pb.CreatePoolRequest(**self.location(cloud), **given), timeout=180).pool

    def member(self, cloud: Cloud, pool: str, **fields: Any) -> pb.PoolMember:
        given = {'name': unique('member'), 'address': '192.0.2.10', 'protocol_port': 8080, 'wait': WAIT} | fields
        request = pb.CreatePoolMemberRequest(**self.location(cloud), pool=pool, **given)
        return self.lb.CreatePoolMember(request, timeout=180).pool_member

    def monitor(self, cloud: Cloud, pool: str, **fields: Any) -> pb.HealthMonitor:
        given = {'name': unique('monitor'), 'type': 'HTTP', 'delay_seconds': 5, 'timeout_seconds': 3, 'max_retries': 2}
        request = pb.CreateHealthMonitorRequest(**self.location(cloud), pool=pool, **given | {'wait': WAIT} | fields)
        return self.lb.CreateHealthMonitor(request, timeout=180).health_monitor


class LoadBalancersTest(BalancersCase):
    """From nothing to nothing."""

    def test_a_load_balancer_gets_an_address_where_none_is_named(self) -> None:
        for cloud in HAVE:
            with self.subTest(cloud.name):
                made = self.unnamed(cloud, description='by a test', tags=['test'])
                self.assertEqual((made.state, made.native_status), (pb.LOAD_BALANCER_STATE_ACTIVE, 'ACTIVE'))
                self.assertEqual((made.location.cloud, made.location.region), (cloud.name, cloud.region))
                self.assertTrue(made.address and made.port_id and made.subnet_id and made.network_id and made.provider)
                self.assertEqual((made.description, list(made.tags), made.admin_state_up), ('by a test', ['test'], True))
                self.assertAlmostEqual(made.create_time.seconds, time.time(), delta=600)
                where = {**self.location(cloud), 'max_age': NOW}
                for name in (made.id, made.name):
                    one = self.lb.GetLoadBalancer(pb.GetLoadBalancerRequest(**where, name_or_id=name)).load_balancer
                    self.assertEqual((one.id, one.address), (made.id, made.address))
                listed = self.lb.ListLoadBalancers(pb.ListLoadBalancersRequest(**where)).load_balancers
                self.assertIn(made.id, [one.id for one in listed])

                request = pb.UpdateLoadBalancerRequest(**self.location(cloud), name_or_id=made.id, wait=WAIT)
                request.name, request.admin_state_up = unique('renamed'), False
                request.update_mask.paths.extend(['name', 'description', 'admin_state_up'])
                changed = self.lb.UpdateLoadBalancer(request, timeout=180).load_balancer
                self.assertEqual((changed.name, changed.description), (request.name, ''))
                self.assertEqual((changed.admin_state_up, changed.state), (False, pb.LOAD_BALANCER_STATE_ACTIVE))

                request = pb.DeleteLoadBalancerRequest(**self.location(cloud), name_or_id=request.name, wait=WAIT)
                self.assertFalse(self.lb.DeleteLoadBalancer(request, timeout=180).HasField('load_balancer'))
                with self.fails(Code.NOT_FOUND, 'NOT_FOUND', made.id):
                    self.lb.GetLoadBalancer(pb.GetLoadBalancerRequest(**where, name_or_id=made.id))

    def unnamed(self, cloud: Cloud, **fields: Any) -> pb.LoadBalancer:
        """On no network by name; where others have networks of their own in the project meanwhile, that is refused."""
        try:
            return self.balancer(cloud, network='', **fields)
        except grpc.RpcError as error:
            told = info(error)
            if not REAL or told.reason != 'MULTIPLE_NETWORKS':
                raise
            self.assertEqual(told.metadata['field'], 'network')
            return self.balancer(cloud, **fields)

    def test_parts_are_made_changed_and_deleted(self) -> None:
        self.quicken()
        for cloud in HAVE:
            with self.subTest(cloud.name):
                balancer = self.balancer(cloud)
                listener = self.listener(cloud, balancer.name, connection_limit=100, allowed_cidrs=['192.0.2.0/24'])
                self.assertEqual((listener.load_balancer_id, listener.protocol), (balancer.id, 'HTTP'))
                self.assertEqual((listener.protocol_port, listener.connection_limit), (80, 100))
                self.assertEqual(list(listener.allowed_cidrs), ['192.0.2.0/24'])
                self.assertEqual(listener.state, pb.LOAD_BALANCER_STATE_ACTIVE)
                cookie = {'type': 'APP_COOKIE', 'cookie_name': 'session'}
                pool = self.pool(cloud, listener=listener.name, session_persistence=cookie)
                self.assertEqual((pool.load_balancer_id, list(pool.listener_ids)), (balancer.id, [listener.id]))
                self.assertEqual(pool.session_persistence, pb.SessionPersistence(**cookie))
                monitor = self.monitor(cloud, pool.name, url_path='/health')
                self.assertEqual((monitor.pool_id, monitor.type), (pool.id, 'HTTP'))
                self.assertEqual((monitor.delay_seconds, monitor.timeout_seconds, monitor.max_retries), (5, 3, 2))
                self.assertEqual((monitor.url_path, monitor.http_method, monitor.max_retries_down), ('/health', 'GET', 3))
                member = self.member(cloud, pool.name, weight=0, backup=True)
                self.assertEqual((member.pool_id, member.address, member.protocol_port), (pool.id, '192.0.2.10', 8080))
                self.assertEqual((member.weight, member.backup), (0, True))
                self.read_back(cloud, balancer, listener, pool, member, monitor)
                self.change(cloud, listener, pool, member, monitor)
                self.delete(cloud, listener, pool, member, monitor)

    def read_back(self, cloud: Cloud, balancer: Any, listener: Any, pool: Any, member: Any, monitor: Any) -> None:
        where = {**self.location(cloud), 'max_age': NOW}
        one = self.lb.GetLoadBalancer(pb.GetLoadBalancerRequest(**where, name_or_id=balancer.id)).load_balancer
        self.assertEqual((list(one.listener_ids), list(one.pool_ids)), ([listener.id], [pool.id]))
        one = self.lb.GetListener(pb.GetListenerRequest(**where, name_or_id=listener.name)).listener
        self.assertEqual((one.id, one.default_pool_id), (listener.id, pool.id))
        one = self.lb.GetPool(pb.GetPoolRequest(**where, name_or_id=pool.name)).pool
        self.assertEqual((list(one.member_ids), one.health_monitor_id), ([member.id], monitor.id))
        one = self.lb.GetHealthMonitor(pb.GetHealthMonitorRequest(**where, name_or_id=monitor.name)).health_monitor
        self.assertEqual(one.id, monitor.id)
        for name in (member.name, member.id):
            one = self.lb.GetPoolMember(pb.GetPoolMemberRequest(**where, name_or_id=name, pool=pool.name)).pool_member
            self.assertEqual((one.id, one.pool_id), (member.id, pool.id))
        listed = self.lb.ListListeners(pb.ListListenersRequest(**where, filter={'load_balancer_id': balancer.id})).listeners
        self.assertEqual([one.id for one in listed], [listener.id])
        listed = self.lb.ListPools(pb.ListPoolsRequest(**where, name_or_id=pool.name)).pools
        self.assertEqual([one.id for one in listed], [pool.id])
        listed = self.lb.ListHealthMonitors(pb.ListHealthMonitorsRequest(**where, filter={'pool_id': pool.id})).health_monitors
        self.assertEqual([one.id for one in listed], [monitor.id])
        listed = self.lb.ListPoolMembers(pb.ListPoolMembersRequest(**where, pool=pool.id)).pool_members
        self.assertEqual([one.id for one in listed], [member.id])

    def change(self, cloud: Cloud, listener: Any, pool: Any, member: Any, monitor: Any) -> None:
        where = {**self.location(cloud), 'wait': WAIT}
        request = pb.UpdateListenerRequest(**where, name_or_id=listener.id, name=unique('renamed'), connection_limit=7)
        changed = self.lb.UpdateListener(request, timeout=180).listener
        self.assertEqual((changed.name, changed.connection_limit), (request.name, 7))
        request = pb.UpdateListenerRequest(**where, name_or_id=listener.id, update_mask=FieldMask(paths=['default_pool']))
        self.assertEqual(self.lb.UpdateListener(request, timeout=180).listener.default_pool_id, '')
        request = pb.UpdateListenerRequest(**where, name_or_id=listener.id, default_pool=pool.name)
        self.assertEqual(self.lb.UpdateListener(request, timeout=180).listener.default_pool_id, pool.id)
        request = pb.UpdatePoolRequest(**where, name_or_id=pool.id, lb_algorithm='LEAST_CONNECTIONS')
        request.update_mask.paths.extend(['lb_algorithm', 'session_persistence'])
        changed = self.lb.UpdatePool(request, timeout=180).pool
        self.assertEqual((changed.lb_algorithm, changed.HasField('session_persistence')), ('LEAST_CONNECTIONS', False))
        request = pb.UpdatePoolMemberRequest(**where, name_or_id=member.name, pool=pool.name, weight=10, backup=False)
        changed = self.lb.UpdatePoolMember(request, timeout=180).pool_member
        self.assertEqual((changed.weight, changed.backup, changed.pool_id), (10, False, pool.id))
        request = pb.UpdateHealthMonitorRequest(**where, name_or_id=monitor.id, delay_seconds=9, expected_codes='200-204')
        changed = self.lb.UpdateHealthMonitor(request, timeout=180).health_monitor
        self.assertEqual((changed.delay_seconds, changed.expected_codes), (9, '200-204'))

    def delete(self, cloud: Cloud, listener: Any, pool: Any, member: Any, monitor: Any) -> None:
        where = {**self.location(cloud), 'wait': WAIT}
        request = pb.DeletePoolMemberRequest(**where, name_or_id=member.id, pool=pool.id)
        self.assertFalse(self.lb.DeletePoolMember(request, timeout=180).HasField('pool_member'))
        request = pb.DeleteHealthMonitorRequest(**where, name_or_id=monitor.id)
        self.assertFalse(self.lb.DeleteHealthMonitor(request, timeout=180).HasField('health_monitor'))
        request = pb.DeletePoolRequest(**where, name_or_id=pool.id)
        self.assertFalse(self.lb.DeletePool(request, timeout=180).HasField('pool'))
        request = pb.DeleteListenerRequest(**where, name_or_id=listener.id)
        self.assertFalse(self.lb.DeleteListener(request, timeout=180).HasField('listener'))
        gone = {**self.location(cloud), 'name_or_id': listener.id}
        with self.fails(Code.NOT_FOUND, 'NOT_FOUND', listener.id):
            self.lb.GetListener(pb.GetListenerRequest(**gone))

    def test_a_load_balancer_with_parts_goes_only_as_a_whole(self) -> None:
        for cloud in HAVE:
            with self.subTest(cloud.name):
                balancer = self.balancer(cloud)
                pool = self.pool(cloud, load_balancer=balancer.id)
                self.member(cloud, pool.id)
                request = pb.DeleteLoadBalancerRequest(**self.location(cloud), name_or_id=balancer.id, wait=WAIT)
                with self.fails(Code.INVALID_ARGUMENT, 'CLOUD_REJECTED', 'children'):
                    self.lb.DeleteLoadBalancer(request, timeout=180)
                request.cascade = True
                self.assertFalse(self.lb.DeleteLoadBalancer(request, timeout=180).HasField('load_balancer'))
                listed = self.lb.ListPools(pb.ListPoolsRequest(**self.location(cloud), name_or_id=pool.id)).pools
                self.assertEqual(list(listed), [])

    def test_changes_at_the_same_time_are_made_one_after_the_other(self) -> None:
        for cloud in HAVE:
            with self.subTest(cloud.name):
                pool = self.pool(cloud, load_balancer=self.balancer(cloud).id)
                with concurrent.futures.ThreadPoolExecutor(4) as threads:
                    asked = [threads.submit(self.member, cloud, pool.id, address=f'192.0.2.{n}') for n in range(1, 5)]
                    made = [one.result() for one in asked]
                where = {**self.location(cloud), 'pool': pool.id}
                listed = self.lb.ListPoolMembers(pb.ListPoolMembersRequest(**where)).pool_members
                self.assertEqual({member.id for member in listed}, {member.id for member in made})
                first = self.lb.ListPoolMembers(pb.ListPoolMembersRequest(**where, page_size=3))
                rest = self.lb.ListPoolMembers(
                    pb.ListPoolMembersRequest(**where, page_size=3, page_token=first.next_page_token)
                )
                self.assertEqual([*first.pool_members, *rest.pool_members], list(listed))
                chosen = self.lb.ListPoolMembers(pb.ListPoolMembersRequest(**where, jmespath="[?address=='192.0.2.2']"))
                self.assertEqual([member.address for member in chosen.pool_members], ['192.0.2.2'])

    def test_without_a_wait_one_that_is_busy_refuses(self) -> None:
        for cloud in HAVE:
            with self.subTest(cloud.name):
                balancer = self.balancer(cloud, wait=None)
                self.assertEqual(balancer.state, pb.LOAD_BALANCER_STATE_CREATING)
                with self.fails(Code.FAILED_PRECONDITION, 'CONFLICT', 'immutable'):
                    self.listener(cloud, balancer.id, wait=None)
                # And with one, it waits for its turn.
                self.assertEqual(self.listener(cloud, balancer.id).state, pb.LOAD_BALANCER_STATE_ACTIVE)

    def test_what_happens_is_watched(self) -> None:
        for cloud in HAVE:
            with self.subTest(cloud.name):
                watched = pb.WatchSubscription(watch_id='1', kind=pb.RESOURCE_KIND_LOAD_BALANCER, **self.location(cloud))
                watching = Watching(self.oaktree.watch, watched).synced()
                self.addCleanup(watching.close)
                made = self.balancer(cloud)
                watching.until('active', lambda w=watching, m=made: (m.id, m.state) in [(t.id, t.state) for _, t in w.changes])
                self.drop(cloud, made.id)
                watching.until('gone', lambda w=watching, m=made: m.id not in w.ids)


class RefusalsTest(BalancersCase):
    """What is wrong is refused, by us or in the cloud's own words, and nothing is left of it."""

    def setUp(self) -> None:
        super().setUp()
        self.quicken()

    def test_a_cloud_without_the_service_says_so(self) -> None:
        for cloud in HAVE_NOT:
            for kind in PARTS:
                request = getattr(pb, f'List{kind}sRequest')(**self.location(cloud))
                if kind == 'PoolMember':
                    request.pool = 'any'
                with self.subTest(kind, cloud=cloud.name), self.fails(Code.FAILED_PRECONDITION, 'SERVICE_ABSENT'):
                    getattr(self.lb, f'List{kind}s')(request)
            with self.subTest(cloud.name), self.fails(Code.FAILED_PRECONDITION, 'SERVICE_ABSENT'):
                self.lb.CreateLoadBalancer(pb.CreateLoadBalancerRequest(**self.location(cloud), name='x'))

    def test_a_cloud_without_the_service_does_not_keep_others_from_being_asked(self) -> None:
        for cloud in HAVE:
            made = self.balancer(cloud)
            self.assertIn(made.id, [one.id for one in self.lb.ListLoadBalancers(pb.ListLoadBalancersRequest()).load_balancers])
            found = self.lb.GetLoadBalancer(pb.GetLoadBalancerRequest(name_or_id=made.name)).load_balancer
            self.assertEqual(found.id, made.id)

    def test_a_missing_field_is_named(self) -> None:
        for call, request, field in (
            (self.lb.CreateLoadBalancer, pb.CreateLoadBalancerRequest(name='x'), 'location.cloud'),
            (self.lb.CreateListener, pb.CreateListenerRequest(protocol='HTTP', protocol_port=80), 'load_balancer'),
            (self.lb.CreateListener, pb.CreateListenerRequest(load_balancer='x', protocol='HTTP'), 'protocol_port'),
            (self.lb.CreatePool, pb.CreatePoolRequest(protocol='HTTP', lb_algorithm='ROUND_ROBIN'), 'load_balancer'),
            (self.lb.CreatePool, pb.CreatePoolRequest(load_balancer='x', protocol='HTTP'), 'lb_algorithm'),
            (self.lb.CreatePoolMember, pb.CreatePoolMemberRequest(pool='x', address='192.0.2.1'), 'protocol_port'),
            (self.lb.CreateHealthMonitor, pb.CreateHealthMonitorRequest(pool='x', type='HTTP'), 'delay_seconds'),
            (self.lb.ListPoolMembers, pb.ListPoolMembersRequest(), 'pool'),
            (self.lb.GetPoolMember, pb.GetPoolMemberRequest(name_or_id='x'), 'pool'),
            (self.lb.UpdateLoadBalancer, pb.UpdateLoadBalancerRequest(name_or_id='x'), 'update_mask'),
            (self.lb.UpdatePoolMember, pb.UpdatePoolMemberRequest(name_or_id='x', pool='x'), 'update_mask'),
            (self.lb.DeleteListener, pb.DeleteListenerRequest(), 'name_or_id'),
        ):
            with self.subTest(field), self.fails(Code.INVALID_ARGUMENT, 'MISSING_FIELD', field):
                call(request)

    def test_names_that_mean_nothing_are_refused(self) -> None:
        for cloud in HAVE:
            for field in ('network', 'subnet'):
                with self.subTest(field), self.fails(Code.NOT_FOUND, 'NOT_FOUND', 'no-such') as told:
                    self.balancer(cloud, **{'network': '', field: 'no-such'})
                self.assertEqual(told.info.metadata['field'], field)
            for call, name in ((self.pool, 'load_balancer'), (self.pool, 'listener')):
                with self.subTest(name), self.fails(Code.NOT_FOUND, 'NOT_FOUND', 'no-such'):
                    call(cloud, **{name: 'no-such'})
            for call in (self.listener, self.member, self.monitor):
                with self.subTest(call.__name__), self.fails(Code.NOT_FOUND, 'NOT_FOUND', 'no-such'):
                    call(cloud, 'no-such')
            request = pb.UpdateListenerRequest(**self.location(cloud), name_or_id='no-such', name='x')
            with self.fails(Code.NOT_FOUND, 'NOT_FOUND', 'no-such'):
                self.lb.UpdateListener(request)

    def test_what_the_cloud_does_not_take_is_told_in_its_words(self) -> None:
        for cloud in HAVE:
            with self.fails(Code.INVALID_ARGUMENT, 'CLOUD_REJECTED', 'vip_address'):
                self.balancer(cloud, address='not-an-address')
            with self.fails(Code.INVALID_ARGUMENT, 'CLOUD_REJECTED', 'name'):
                self.balancer(cloud, name='x' * 256)
            balancer = self.balancer(cloud)
            for words, fields in (
                ('protocol_port', {'protocol_port': 65536}), ('protocol_port', {'protocol_port': -1}),
                ('protocol', {'protocol': 'GOPHER'}), ('allowed_cidrs', {'allowed_cidrs': ['192.0.2.0/33']}),
                ('connection_limit', {'connection_limit': -2}),
            ):  # fmt: skip
                with self.subTest(words), self.fails(Code.INVALID_ARGUMENT, 'CLOUD_REJECTED', words):
                    self.listener(cloud, balancer.id, **fields)
            listener = self.listener(cloud, balancer.id)
            with self.fails(Code.FAILED_PRECONDITION, 'CONFLICT', 'protocol_port 80'):
                self.listener(cloud, balancer.id)
            with self.fails(Code.INVALID_ARGUMENT, 'CLOUD_REJECTED', 'UDP'):
                self.pool(cloud, listener=listener.id, protocol='UDP')
            pool = self.pool(cloud, listener=listener.id)
            with self.fails(Code.FAILED_PRECONDITION, 'CONFLICT', 'default pool'):
                self.pool(cloud, listener=listener.id)
            for words, fields in (('address', {'address': 'x'}), ('weight', {'weight': 257}), ('weight', {'weight': -1})):
                with self.subTest(words), self.fails(Code.INVALID_ARGUMENT, 'CLOUD_REJECTED', words):
                    self.member(cloud, pool.id, **fields)
            self.member(cloud, pool.id)
            with self.fails(Code.FAILED_PRECONDITION, 'CONFLICT', '192.0.2.10'):
                self.member(cloud, pool.id)
            with self.fails(Code.INVALID_ARGUMENT, 'CLOUD_REJECTED', 'max_retries'):
                self.monitor(cloud, pool.id, max_retries=11)
            self.monitor(cloud, pool.id)
            with self.fails(Code.FAILED_PRECONDITION, 'CONFLICT', 'health monitor'):
                self.monitor(cloud, pool.id)

    @only_simulated
    def test_a_failure_on_the_way_names_what_was_made(self) -> None:
        for cloud in HAVE:
            balancer = self.balancer(cloud)
            self.addCleanup(self.stack.simulation.clear_faults, cloud.name)
            fault = {'service': 'load-balancer', 'method': 'GET', 'path': '/lbaas/listeners/{id}', 'status': 500}
            self.stack.simulation.fault(cloud.name, **fault)
            with self.fails(Code.UNAVAILABLE, 'CLOUD_FAILED', 'Listener', 'was made') as told:
                self.listener(cloud, balancer.id)
            self.stack.simulation.clear_faults(cloud.name)
            listed = self.lb.ListListeners(pb.ListListenersRequest(**self.location(cloud), max_age=NOW)).listeners
            self.assertIn(told.info.metadata['listener_id'], [listener.id for listener in listed])

    @only_simulated
    def test_a_quota_that_is_used_up_is_told(self) -> None:
        for cloud in HAVE:
            self.addCleanup(self.stack.simulation.settings, cloud.name, quota={'loadbalancer': -1})
            self.stack.simulation.settings(cloud.name, quota={'loadbalancer': 0})
            with self.fails(Code.RESOURCE_EXHAUSTED, 'QUOTA_EXCEEDED', 'Quota'):
                self.balancer(cloud)
