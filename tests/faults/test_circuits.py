# SPDX-License-Identifier: Apache-2.0
"""Broken connections and silence: what passes is not seen by callers, and what stays is told at once."""

import time
from typing import Any

from oaktreemodel import v1 as pb

from oaktree import metrics
from oaktree.gates import ATTEMPTS
from oaktree.rows.compute import SERVER
from tests.faults.base import NOW, Case, Code, Oaktree
from tests.faults.test_throttling import retry_delay
from tests.functional.base import info, unique

WHERE = {'cloud': 'alpha'}
HANGS = {'latency': 60}


class CircuitsTest(Case):
    """alpha, with an api_timeout of a second, so that silence is soon told from slowness."""

    profiles = {'alpha': 'floating'}

    def entries(self) -> dict[str, Any]:
        entries = super().entries()
        entries['alpha']['api_timeout'] = 1
        return entries

    def flavors(self, oaktree: Oaktree, timeout: float = 20) -> Any:
        request = pb.ListFlavorsRequest(location=WHERE, max_age=NOW)
        return oaktree.compute.ListFlavors.future(request, timeout=timeout)

    def opened(self, oaktree: Oaktree, what: str) -> Any:
        """The error that callers are told as soon as the circuit is open."""

        def refused() -> Any:
            error = self.flavors(oaktree).exception()
            return error if error and info(error).metadata.get('circuit') == 'open' else None

        return self.eventually(f'the circuit opens: {what}', refused, 20)

    def test_a_short_break_is_not_seen(self) -> None:
        self.flavors(self.oaktree).result()
        for fault in ({'reset': True}, {'truncate': True}, {'lose': True}, {'status': 502}, {'status': 503}, {'status': 504}):
            with self.subTest(str(fault)):
                self.simulation.clear_faults('alpha')
                self.simulation.forget_requests('alpha')
                self.simulation.fault('alpha', path='/flavors/detail', count=ATTEMPTS - 1, **fault)
                self.assertTrue(self.flavors(self.oaktree).result().flavors)
                self.assertEqual(self.asked('alpha', 'GET', '/flavors/detail'), ATTEMPTS)

    def test_a_delete_whose_answer_was_lost_is_done(self) -> None:
        name = unique('pair')
        self.oaktree.compute.CreateKeypair(pb.CreateKeypairRequest(location=WHERE, name=name), timeout=20)
        self.simulation.fault('alpha', method='DELETE', lose=True, count=1)
        self.oaktree.compute.DeleteKeypair(pb.DeleteKeypairRequest(location=WHERE, name_or_id=name), timeout=20)
        self.assertEqual(self.asked('alpha', 'DELETE', '/os-keypairs/{name}', 404), 1)
        with self.fails(Code.NOT_FOUND, 'NOT_FOUND'):
            self.oaktree.compute.DeleteKeypair(pb.DeleteKeypairRequest(location=WHERE, name_or_id=name), timeout=20)

    def test_a_change_whose_answer_was_lost_is_not_made_twice(self) -> None:
        self.flavors(self.oaktree).result()
        self.simulation.fault('alpha', method='POST', path='/os-keypairs', lose=True)
        with self.fails(Code.UNAVAILABLE, 'CLOUD_UNREACHABLE'):
            self.oaktree.compute.CreateKeypair(pb.CreateKeypairRequest(location=WHERE, name='once'), timeout=20)
        self.assertEqual(self.asked('alpha', 'POST', '/os-keypairs'), 1)

    def test_a_dead_service_is_told_at_once_and_found_again(self) -> None:
        for what, fault in {'resets': {'reset': True}, 'hangs': HANGS, 'nobody behind the proxy': {'status': 502}}.items():
            with self.subTest(what):
                self.simulation.clear_faults('alpha')
                oaktree = self.oaktree = self.serve()
                self.flavors(oaktree).result()
                self.simulation.fault('alpha', service='compute', **fault)
                error = self.opened(oaktree, what)
                self.assertIs(error.code(), Code.UNAVAILABLE)
                self.assertLessEqual(retry_delay(error), 30)
                self.assertIn('oaktree_circuit_open{cloud="alpha",service="compute"} 1.0', metrics.told())
                self.simulation.forget_requests('alpha')
                started = time.monotonic()
                for call in [self.flavors(oaktree) for _ in range(100)]:
                    self.assertIs(call.exception().code(), Code.UNAVAILABLE)
                self.assertLess(time.monotonic() - started, 20, 'of a hundred, one may have been a probe')
                self.assertLessEqual(self.asked('alpha', 'GET', '/flavors/detail'), 3)
                request = pb.ListNetworksRequest(location=WHERE, max_age=NOW)
                self.assertTrue(oaktree.network.ListNetworks(request, timeout=20).networks, 'its network is well')
                self.simulation.clear_faults('alpha')
                self.eventually('it is found again', lambda: not self.flavors(self.oaktree).exception(), 40)
                self.assertIn('oaktree_circuit_open{cloud="alpha",service="compute"} 0.0', metrics.told())

    def test_old_answers_are_given_at_once_while_a_service_is_away(self) -> None:
        self.ttl(SERVER, 0.2)
        oaktree = self.serve()
        request = pb.ListServersRequest(location=WHERE)
        before = oaktree.compute.ListServers(request, timeout=20)
        self.simulation.fault('alpha', service='compute', **HANGS)
        self.opened(oaktree, 'it hangs')
        time.sleep(1.5)
        started = time.monotonic()
        for _ in range(30):
            self.assertEqual(oaktree.compute.ListServers(request, timeout=20).as_of, before.as_of)
        self.assertLess(time.monotonic() - started, 15, 'one or two of them were probes')

    def test_callers_in_a_hurry_do_not_make_a_slow_service_a_dead_one(self) -> None:
        entries = super().entries()
        oaktree = self.serve(entries)
        self.flavors(oaktree).result()
        self.simulation.fault('alpha', service='compute', latency=0.6)
        for _ in range(3):
            calls = [
                oaktree.compute.CreateKeypair.future(pb.CreateKeypairRequest(location=WHERE, name=unique('pair')), timeout=0.2)
                for _ in range(10)
            ]
            for call in calls:
                self.assertIs(call.exception().code(), Code.DEADLINE_EXCEEDED)
        self.assertTrue(self.flavors(oaktree).result().flavors)

    def test_a_keystone_that_hangs_holds_nobody_s_thread(self) -> None:
        self.simulation.fault('alpha', service='identity', **HANGS)
        oaktree = self.serve()
        calls = [
            oaktree.compute.CreateKeypair.future(pb.CreateKeypairRequest(location=WHERE, name=unique('pair')), timeout=20)
            for _ in range(60)
        ]
        started = time.monotonic()
        for call in calls:
            error = call.exception()
            self.assertEqual((error.code(), info(error).reason), (Code.UNAVAILABLE, 'CLOUD_TIMEOUT'), error.details())
        self.assertLess(time.monotonic() - started, 15, 'one attempt for all, of a few requests')
        self.assertLessEqual(self.asked('alpha', 'POST', '/auth/tokens'), 2)
        self.assertEqual(oaktree.server._clouds.waiting('alpha', 'identity'), 0)
        self.opened(oaktree, 'Keystone hangs')
        self.simulation.clear_faults('alpha')
        self.eventually('it is found again', lambda: not self.flavors(oaktree).exception(), 40)

    def test_while_keystone_hangs_a_token_that_ends_soon_still_serves(self) -> None:
        self.flavors(self.oaktree).result()
        (site,) = self.oaktree.server._clouds._sites.values()
        site._renew_at = 0
        self.simulation.fault('alpha', service='identity', **HANGS)
        for _ in range(3):
            self.assertTrue(self.flavors(self.oaktree).result().flavors)
        self.simulation.clear_faults('alpha')
        self.simulation.forget_requests('alpha')
        self.eventually('it is renewed in time', lambda: (self.flavors(self.oaktree).exception(), site._renew_at)[1], 40)
        self.assertEqual(self.asked('alpha', 'POST', '/auth/tokens', 201), 1)
