# SPDX-License-Identifier: Apache-2.0
"""A cloud that asks us to slow down is left alone by everybody; the deployer may ask for it, too."""

import time
from email.utils import formatdate
from typing import Any

import grpc
from google.rpc import error_details_pb2 as details
from oaktreemodel import v1 as pb

from oaktree.clouds import THREADS
from tests.faults.base import NOW, Case, Code, Oaktree
from tests.functional.base import info, status, unique

KEYPAIRS = '/os-keypairs'


def retry_delay(error: Any) -> int:
    """The seconds of its RetryInfo."""
    found = details.RetryInfo()
    if not any(detail.Unpack(found) for detail in status(error).details):
        raise AssertionError(f'no RetryInfo in {error}')
    seconds: int = found.retry_delay.seconds
    return seconds


class ThrottlingTest(Case):
    """alpha's compute service, as it is asked for key pairs: no two requests are one for the cache."""

    profiles = {'alpha': 'floating'}

    def make(self, oaktree: Oaktree, number: int, timeout: float = 20) -> list[Any]:
        """So many requests at once."""
        requests = [pb.CreateKeypairRequest(location={'cloud': 'alpha'}, name=unique('pair')) for _ in range(number)]
        return [oaktree.compute.CreateKeypair.future(request, timeout=timeout) for request in requests]

    def posts(self, code: int | None = None) -> int:
        return self.asked('alpha', 'POST', KEYPAIRS, code)

    def warmed(self, entries: dict[str, Any] | None = None) -> Oaktree:
        """A server that knows the cloud already."""
        oaktree = self.serve(entries)
        oaktree.compute.ListKeypairs(pb.ListKeypairsRequest(location={'cloud': 'alpha'}), timeout=20)
        return oaktree

    def test_who_can_wait_waits_and_nobody_asks_meanwhile(self) -> None:
        for form in ('seconds', 'date'):
            with self.subTest(form):
                oaktree = self.warmed()
                self.simulation.forget_requests('alpha')
                wait = 2 if form == 'seconds' else formatdate(time.time() + 3, usegmt=True)
                self.simulation.fault('alpha', service='compute', status=429, retry_after=wait, count=1)
                with self.assertRaises(grpc.RpcError) as caught:
                    self.make(oaktree, 1)[0].result()
                self.assertIs(caught.exception.code(), Code.RESOURCE_EXHAUSTED, 'a change is not made twice')
                calls = self.make(oaktree, 40)
                time.sleep(1)
                self.assertEqual(self.posts(), 1, 'nobody asks')
                for call in calls:
                    call.result()
                self.assertEqual((self.posts(), self.posts(429)), (41, 1))

    def test_a_read_waits_and_is_made_again(self) -> None:
        oaktree = self.warmed()
        for code in (429, 503):
            self.simulation.fault('alpha', path='/flavors/detail', status=code, retry_after=1, count=1)
            request = pb.ListFlavorsRequest(location={'cloud': 'alpha'}, max_age=NOW)
            self.assertTrue(oaktree.compute.ListFlavors(request, timeout=20).flavors)

    def test_who_can_not_wait_is_told_at_once(self) -> None:
        for code, expected, reason in (
            (429, Code.RESOURCE_EXHAUSTED, 'RATE_LIMITED'),
            (503, Code.UNAVAILABLE, 'CLOUD_FAILED'),
        ):
            with self.subTest(code):
                oaktree = self.warmed()
                self.simulation.fault('alpha', service='compute', status=code, retry_after=100, count=1)
                self.make(oaktree, 1)[0].exception()
                self.simulation.forget_requests('alpha')
                started = time.monotonic()
                calls: list[Any] = self.make(oaktree, 100, 30)
                where = {'cloud': 'alpha'}
                calls.append(oaktree.compute.ListFlavors.future(pb.ListFlavorsRequest(location=where), timeout=30))
                calls.append(oaktree.compute.GetServer.future(pb.GetServerRequest(location=where, name_or_id='x'), timeout=30))
                for call in calls:
                    error = call.exception()
                    self.assertEqual((error.code(), info(error).reason), (expected, reason), error.details())
                    self.assertTrue(80 < retry_delay(error) <= 101)
                    self.assertEqual((info(error).metadata['cloud'], info(error).metadata['service']), ('alpha', 'compute'))
                self.assertLess(time.monotonic() - started, 15, 'nobody waits for a deadline')
                self.assertEqual([r for r in self.simulation.requests('alpha') if r['service'] == 'compute'], [])
                networks = oaktree.network.ListNetworks(pb.ListNetworksRequest(location=where), timeout=20).networks
                self.assertTrue(networks, 'other services are none the worse')

    def test_a_storm_costs_the_cloud_what_fits_into_the_pools(self) -> None:
        oaktree = self.warmed()
        self.simulation.fault('alpha', service='compute', status=429, retry_after=3)
        self.simulation.forget_requests('alpha')
        for call in self.make(oaktree, 200, 2):
            self.assertIn(call.exception().code(), (Code.RESOURCE_EXHAUSTED, Code.DEADLINE_EXCEEDED))
        self.assertLessEqual(self.posts(), 2 * THREADS)
        self.simulation.clear_faults('alpha')
        for call in self.make(oaktree, 20):
            call.result()

    def test_the_deployer_sets_a_pace(self) -> None:
        entries = self.entries()
        entries['alpha'] |= {'oaktree_rate': 10, 'oaktree_burst': 3}
        oaktree = self.warmed(entries)
        started = time.monotonic()
        calls = self.make(oaktree, 23)
        time.sleep(0.2)
        late = self.make(oaktree, 1, 0.5)[0].exception()
        self.assertIn(late.code(), (Code.RESOURCE_EXHAUSTED, Code.DEADLINE_EXCEEDED), 'the line is too long for it')
        for call in calls:
            call.result()
        self.assertGreaterEqual(time.monotonic() - started, 2 - 0.1, 'twenty more than a burst, at ten a second')

    def test_a_pace_that_is_none_is_told(self) -> None:
        for name, value in (('oaktree_rate', 'fast'), ('oaktree_rate', -1), ('oaktree_burst', 'a lot')):
            with self.subTest(name, value=value):
                entries = self.entries()
                entries['alpha'][name] = value
                with self.fails(Code.FAILED_PRECONDITION, 'CLOUD_MISCONFIGURED'):
                    self.serve(entries).compute.ListFlavors(pb.ListFlavorsRequest(location={'cloud': 'alpha'}), timeout=20)
