# SPDX-License-Identifier: Apache-2.0
"""Passwords, application credentials, and tokens that end in mid-flight."""

import time
from typing import Any

from oaktreemodel import v1 as pb

from tests.faults.base import NOW, Case, Code, Oaktree


def reads(oaktree: Oaktree) -> list[Any]:
    """Twenty reads at once, no two of which are one for the cache."""
    compute, network = oaktree.compute, oaktree.network
    lists = (
        (compute.ListFlavors, pb.ListFlavorsRequest),
        (compute.ListKeypairs, pb.ListKeypairsRequest),
        (compute.ListServers, pb.ListServersRequest),
        (oaktree.image.ListImages, pb.ListImagesRequest),
        (network.ListNetworks, pb.ListNetworksRequest),
        (network.ListSubnets, pb.ListSubnetsRequest),
        (network.ListFloatingIps, pb.ListFloatingIpsRequest),
        (network.ListSecurityGroups, pb.ListSecurityGroupsRequest),
        (compute.GetFlavor, pb.GetFlavorRequest),
        (network.GetNetwork, pb.GetNetworkRequest),
    )
    names = {
        pb.GetFlavorRequest: {'alpha': 'm1.tiny', 'beta': 's1-2'},
        pb.GetNetworkRequest: {'alpha': 'public', 'beta': 'public'},
    }
    calls = []
    for cloud in ('alpha', 'beta'):
        for call, request in lists:
            fields = {'name_or_id': names[request][cloud]} if request in names else {}
            calls.append(call.future(request(location={'cloud': cloud}, max_age=NOW, **fields), timeout=20))
    return calls


class CredentialsTest(Case):
    """Nobody but the deployer has to know how a cloud is logged in to."""

    def test_a_wrong_password_is_told_apart_from_a_dead_cloud(self) -> None:
        entries = self.entries()
        entries['beta']['auth']['password'] = 'not-the-password'
        oaktree = self.serve(entries)
        request = pb.ListServersRequest(location={'cloud': 'beta'})
        for _ in range(2):
            with self.fails(Code.UNAUTHENTICATED, 'CLOUD_CREDENTIALS_REFUSED') as told:
                oaktree.compute.ListServers(request, timeout=10)
            self.assertNotIn('not-the-password', str(told.error))
            self.assertEqual(told.info.metadata['cloud'], 'beta')
        with self.fails(Code.UNAUTHENTICATED, 'CLOUD_CREDENTIALS_REFUSED'):
            oaktree.clouds.GetCapabilities(pb.GetCapabilitiesRequest(location={'cloud': 'beta'}), timeout=10)
        answer = oaktree.compute.ListServers(pb.ListServersRequest(return_partial_success=True), timeout=10)
        self.assertEqual([(u.location.cloud, u.reason) for u in answer.unreachable], [('beta', 'CLOUD_CREDENTIALS_REFUSED')])

    def test_reads_survive_a_revocation(self) -> None:
        for call in reads(self.oaktree):
            call.result()
        for name in self.profiles:
            self.simulation.reset(name, tokens=True)
            self.simulation.forget_requests(name)
        for call in reads(self.oaktree):
            call.result()
        for name in self.profiles:
            with self.subTest(name):
                self.assertGreater(sum(r['count'] for r in self.simulation.requests(name) if r['status'] == 401), 0)
                tokens = self.asked(name, 'POST', '/auth/tokens')
                self.assertGreaterEqual(tokens, 1)
                self.assertLessEqual(tokens, 4, 'one renewal is for all who need it')

    def test_reads_in_the_air_survive_a_revocation(self) -> None:
        for call in reads(self.oaktree):
            call.result()
        for name in self.profiles:
            self.simulation.fault(name, method='GET', latency=0.4)
        calls = reads(self.oaktree)
        time.sleep(0.15)
        for name in self.profiles:
            self.simulation.reset(name, tokens=True)
        for call in calls:
            call.result()

    def test_a_write_survives_a_revocation_and_is_made_once(self) -> None:
        self.servers()
        for name in self.profiles:
            self.simulation.reset(name, tokens=True)
            self.simulation.forget_requests(name)
            request = pb.CreateKeypairRequest(location={'cloud': name}, name='once')
            self.assertEqual(self.oaktree.compute.CreateKeypair(request, timeout=10).keypair.name, 'once')
            self.assertEqual(self.asked(name, 'POST', '/os-keypairs', 401), 1)
            self.assertEqual(self.asked(name, 'POST', '/os-keypairs') - self.asked(name, 'POST', '/os-keypairs', 401), 1)

    def test_tokens_that_end_soon_are_renewed(self) -> None:
        for name in self.profiles:
            # Longer than a request takes on a busy machine: one that is refused twice is lost.
            self.simulation.settings(name, token_seconds=3)
        end = time.monotonic() + 4.5
        while time.monotonic() < end:
            for call in reads(self.oaktree):
                call.result()

    def test_a_token_that_has_ended_is_renewed(self) -> None:
        # The cloud forgets it well before the time that it had promised.
        self.servers()
        for name in self.profiles:
            self.simulation.reset(name, tokens=True)
        time.sleep(0.1)
        self.servers()

    def test_an_application_credential_works_until_it_is_deleted(self) -> None:
        entries = self.entries()
        collection = f'identity/v3/users/{self.simulation.cloud("alpha").identity.users["demo"].id}/application_credentials'
        made = self.direct('alpha', 'POST', collection, {'application_credential': {'name': 'oaktree'}})[
            'application_credential'
        ]
        entries['alpha']['auth_type'] = 'v3applicationcredential'
        entries['alpha']['auth'] = {
            'auth_url': entries['alpha']['auth']['auth_url'],
            'application_credential_id': made['id'],
            'application_credential_secret': made['secret'],
        }
        self.simulation.seed('alpha', servers=2)
        oaktree = self.serve(entries)
        request = pb.ListServersRequest(location={'cloud': 'alpha'}, max_age=NOW)
        servers = oaktree.compute.ListServers(request, timeout=10).servers
        self.assertEqual(len(servers), 2)
        self.assertEqual(servers[0].location.project.name, 'demo')
        self.direct('alpha', 'DELETE', f'{collection}/{made["id"]}')
        with self.fails(Code.UNAUTHENTICATED, 'CLOUD_CREDENTIALS_REFUSED') as told:
            oaktree.compute.ListServers(request, timeout=10)
        self.assertNotIn(made['secret'], str(told.error))
