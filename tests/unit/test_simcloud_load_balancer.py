# SPDX-License-Identifier: Apache-2.0
"""The simulated Octavia, as openstacksdk sees it."""

import time
from typing import Any

from openstack import exceptions

from tests.unit.test_simcloud_base import SimulatedCase


class LoadBalancerTest(SimulatedCase):
    def setUp(self) -> None:
        super().setUp()
        self.cloud = self.connect('alpha')
        self.octavia = self.cloud.load_balancer

    def balancer(self) -> Any:
        network = self.cloud.network.find_network('private')
        return self.rest(self.octavia.create_load_balancer(name='web', vip_network_id=network.id))

    def rest(self, balancer: Any) -> Any:
        end = time.monotonic() + 5
        while (found := self.octavia.get_load_balancer(balancer.id)).provisioning_status != 'ACTIVE':
            self.assertLess(time.monotonic(), end, found.provisioning_status)
            time.sleep(0.01)
        return found

    def test_a_whole_one_is_made_and_goes_with_its_port(self) -> None:
        balancer = self.balancer()
        self.assertEqual('Octavia', self.cloud.network.get_port(balancer.vip_port_id).device_owner)
        listener = self.octavia.create_listener(name='http', protocol='HTTP', protocol_port=80, load_balancer_id=balancer.id)
        self.assertEqual('PENDING_UPDATE', self.octavia.get_load_balancer(balancer.id).provisioning_status)
        self.rest(balancer)
        pool = self.octavia.create_pool(protocol='HTTP', lb_algorithm='ROUND_ROBIN', listener_id=listener.id)
        self.rest(balancer)
        member = self.octavia.create_member(pool, address='192.0.2.1', protocol_port=80)
        self.rest(balancer)
        self.assertEqual('NO_MONITOR', self.octavia.get_member(member.id, pool).operating_status)
        self.octavia.create_health_monitor(pool_id=pool.id, type='HTTP', delay=1, timeout=1, max_retries=1)
        self.rest(balancer)
        self.assertEqual('ONLINE', self.octavia.get_member(member.id, pool).operating_status)
        self.assertEqual(pool.id, self.octavia.get_listener(listener.id).default_pool_id)
        with self.assertRaises(exceptions.BadRequestException):
            self.octavia.delete_load_balancer(balancer.id, ignore_missing=False)
        self.octavia.delete_load_balancer(balancer.id, cascade=True)
        end = time.monotonic() + 5
        while list(self.octavia.load_balancers()):
            self.assertLess(time.monotonic(), end)
            time.sleep(0.01)
        self.assertEqual([], [*self.octavia.listeners(), *self.octavia.pools(), *self.octavia.health_monitors()])
        self.assertIsNone(self.cloud.network.find_port(balancer.vip_port_id))

    def test_one_change_at_a_time(self) -> None:
        self.sim.settings('alpha', build_seconds=60)
        network = self.cloud.network.find_network('private')
        balancer = self.octavia.create_load_balancer(name='web', vip_network_id=network.id)
        for change in (
            lambda: self.octavia.create_pool(protocol='TCP', lb_algorithm='ROUND_ROBIN', loadbalancer_id=balancer.id),
            lambda: self.octavia.update_load_balancer(balancer.id, name='other'),
            lambda: self.octavia.delete_load_balancer(balancer.id),
        ):
            with self.assertRaises(exceptions.ConflictException) as caught:
                change()
            self.assertIn('immutable', str(caught.exception))

    def test_a_list_comes_in_pages(self) -> None:
        balancer = self.balancer()
        for port in (1, 2, 3):
            self.octavia.create_listener(name=f'{port}', protocol='TCP', protocol_port=port, load_balancer_id=balancer.id)
            self.rest(balancer)
        self.assertEqual(['1', '2', '3'], [listener.name for listener in self.octavia.listeners(limit=2)])
        self.assertEqual(['2'], [listener.name for listener in self.octavia.listeners(name='2')])

    def test_those_of_others_are_not_seen(self) -> None:
        balancer = self.balancer()
        other = self.connect('alpha-other').load_balancer
        self.assertEqual([], list(other.load_balancers()))
        with self.assertRaises(exceptions.ForbiddenException):
            other.get_load_balancer(balancer.id)

    def test_beta_has_none(self) -> None:
        for name, has in (('alpha', True), ('beta', False)):
            self.assertEqual(has, self.connect(name).has_service('load-balancer'))
