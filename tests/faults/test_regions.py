# SPDX-License-Identifier: Apache-2.0
"""One cloud of two regions: one keystone, and the rest of it twice."""

from typing import Any

from oaktreemodel import v1 as pb

from tests.faults.base import NOW, Case, Code

ONE, TWO = 'RegionOne', 'RegionTwo'


class RegionsTest(Case):
    """alpha's catalog has the services of another simulated cloud as its second region."""

    profiles = {'alpha': 'floating', 'second': 'floating'}

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        first, second = cls.simulation.cloud('alpha'), cls.simulation.cloud('second')
        second.identity.tokens = first.identity.tokens
        for service, other in zip(first.catalog, second.catalog, strict=True):
            endpoints = service['endpoints'] if service['type'] == 'identity' else other['endpoints']
            service['endpoints'] = service['endpoints'] + [
                endpoint | {'region': TWO, 'region_id': TWO} for endpoint in endpoints
            ]

    def entries(self) -> dict[str, Any]:
        entry = super().entries()['alpha']
        del entry['region_name']
        return {'alpha': entry | {'regions': [ONE, TWO]}}

    def keypairs(self, region: str) -> list[tuple[str, str]]:
        request = pb.ListKeypairsRequest(location={'cloud': 'alpha', 'region': region}, max_age=NOW)
        return [(k.location.region, k.name) for k in self.oaktree.compute.ListKeypairs(request, timeout=10).keypairs]

    def test_both_are_told_of_and_listed(self) -> None:
        clouds = self.oaktree.clouds.ListClouds(pb.ListCloudsRequest()).clouds
        self.assertEqual([(c.name, list(c.regions), c.location.region) for c in clouds], [('alpha', [ONE, TWO], '')])
        flavors = self.oaktree.compute.ListFlavors(pb.ListFlavorsRequest(filter={'name': 'm1.tiny'})).flavors
        self.assertEqual([flavor.location.region for flavor in flavors], [ONE, TWO])
        for region in (ONE, TWO):
            answer = self.oaktree.compute.ListFlavors(pb.ListFlavorsRequest(location={'region': region}))
            self.assertEqual({flavor.location.region for flavor in answer.flavors}, {region})

    def test_what_is_made_in_one_is_not_in_the_other(self) -> None:
        for region in (ONE, TWO):
            request = pb.CreateKeypairRequest(location={'cloud': 'alpha', 'region': region}, name=f'of-{region}')
            self.assertEqual(self.oaktree.compute.CreateKeypair(request, timeout=10).keypair.location.region, region)
        for region in (ONE, TWO):
            self.assertEqual(self.keypairs(region), [(region, f'of-{region}')])
        self.assertEqual(self.keypairs(''), [(ONE, f'of-{ONE}'), (TWO, f'of-{TWO}')])
        get = pb.GetKeypairRequest(location={'cloud': 'alpha'}, name_or_id=f'of-{TWO}')
        self.assertEqual(self.oaktree.compute.GetKeypair(get, timeout=10).keypair.location.region, TWO)
        self.oaktree.compute.DeleteKeypair(pb.DeleteKeypairRequest(name_or_id=f'of-{TWO}'), timeout=10)
        self.assertEqual(self.keypairs(''), [(ONE, f'of-{ONE}')])

    def test_a_create_needs_one_of_them(self) -> None:
        with self.fails(Code.INVALID_ARGUMENT, 'MISSING_FIELD', 'location.region', ONE, TWO):
            self.oaktree.compute.CreateKeypair(pb.CreateKeypairRequest(location={'cloud': 'alpha'}, name='x'))
        with self.fails(Code.INVALID_ARGUMENT, 'UNKNOWN_REGION', 'location.region', 'RegionThree', ONE, TWO):
            self.oaktree.compute.CreateKeypair(pb.CreateKeypairRequest(location={'region': 'RegionThree'}, name='x'))
        with self.fails(Code.INVALID_ARGUMENT, 'UNKNOWN_REGION', 'location.region'):
            self.oaktree.compute.ListServers(pb.ListServersRequest(location={'cloud': 'alpha', 'region': 'RegionThree'}))

    def test_one_that_is_away_costs_the_other_nothing(self) -> None:
        self.simulation.seed('alpha', keypairs=2)
        self.keypairs('')
        self.simulation.fault('second', status=503)
        request = pb.ListKeypairsRequest(max_age=NOW, return_partial_success=True)
        answer = self.oaktree.compute.ListKeypairs(request, timeout=10)
        self.assertEqual(len(answer.keypairs), 2)
        self.assertEqual([(u.location.region, u.reason) for u in answer.unreachable], [(TWO, 'CLOUD_FAILED')])

    def test_one_that_the_catalog_does_not_have_is_told_of(self) -> None:
        entries = self.entries()
        entries['alpha']['regions'] = [ONE, 'Atlantis']
        oaktree = self.serve(entries)
        request = pb.ListFlavorsRequest(return_partial_success=True)
        answer = oaktree.compute.ListFlavors(request, timeout=10)
        self.assertEqual({flavor.location.region for flavor in answer.flavors}, {ONE})
        self.assertEqual([(u.location.region, u.reason) for u in answer.unreachable], [('Atlantis', 'SERVICE_ABSENT')])
        with self.fails(Code.FAILED_PRECONDITION, 'SERVICE_ABSENT'):
            oaktree.compute.ListServers(pb.ListServersRequest(location={'region': 'Atlantis'}), timeout=10)
