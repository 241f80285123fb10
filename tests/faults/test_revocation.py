# SPDX-License-Identifier: Apache-2.0
"""The server's token is revoked while it is in use: one new one, and nobody notices; and no token is ever in a log."""

from typing import Any

from oaktreemodel import v1 as pb

from tests.faults.base import NOW
from tests.faults.test_processes import ProcessCase
from tests.functional.base import unique

WHERE = {'cloud': 'alpha'}


class RevocationTest(ProcessCase):
    profiles = {'alpha': 'floating'}

    def setUp(self) -> None:
        super().setUp()
        self.start('--log-level', 'debug')
        self.network = pb.NetworkServiceStub(self.channel)
        self.image = pb.ImageServiceStub(self.channel)
        self.simulation.seed('alpha', servers=20)
        self.ids = [server['id'] for server in self.nova('alpha', 'GET', '/servers')['servers']]

    def calls(self, number: int) -> list[Any]:
        """So many at once: changes that are all their own, and reads of all services between them."""
        begun = []
        for index in range(number):
            request: Any
            match index % 5:
                case 0:
                    request = pb.ListNetworksRequest(location=WHERE, max_age=NOW)
                    begun.append(self.network.ListNetworks.future(request, timeout=60))
                case 1:
                    request = pb.GetServerRequest(location=WHERE, name_or_id=self.ids[index % 20], max_age=NOW)
                    begun.append(self.compute.GetServer.future(request, timeout=60))
                case 2:
                    request = pb.ListImagesRequest(location=WHERE, max_age=NOW)
                    begun.append(self.image.ListImages.future(request, timeout=60))
                case _:
                    request = pb.CreateKeypairRequest(location=WHERE, name=unique('pair'))
                    begun.append(self.compute.CreateKeypair.future(request, timeout=60))
        return begun

    def tokens(self) -> set[str]:
        """Those that the cloud has issued and not forgotten."""
        return set(self.simulation.cloud('alpha').identity.tokens._tokens)

    def test_one_new_token_and_no_failed_call(self) -> None:
        for call in self.calls(10):
            call.result()
        self.simulation.fault('alpha', service='compute', latency=0.1)
        self.simulation.fault('alpha', service='network', latency=0.1)
        seen = self.tokens()
        self.simulation.forget_requests('alpha')
        calls = self.calls(200)
        self.eventually('they are under way', lambda: self.asked('alpha', 'POST', '/os-keypairs', 201) >= 8)
        revoke = self.simulation.cloud('alpha').identity.tokens.clear
        loop = self.simulation._loop
        assert loop
        loop.call_soon_threadsafe(revoke)
        failed = [call.exception() for call in calls if call.exception()]
        self.assertEqual(failed, [])
        self.assertGreater(sum(r['count'] for r in self.simulation.requests('alpha') if r['status'] == 401), 0)
        self.assertEqual(self.asked('alpha', 'POST', '/auth/tokens'), 1, 'one new token')
        self.assertEqual(self.asked('alpha', 'POST', '/os-keypairs', 201), 80, 'and nothing was done twice')
        self.assertFalse([token for token in seen | self.tokens() if token in self.process.text()])

    def test_no_log_has_a_token(self) -> None:
        faults: tuple[dict[str, Any], ...] = (
            {'status': 503}, {'status': 401}, {'status': 429, 'retry_after': 1}, {'reset': True}, {'truncate': True},
            {'malformed': True}, {'status': 500, 'body': 'x'},
        )  # fmt: skip
        seen: set[str] = set()
        for service in ('compute', 'identity'):
            for fault in faults:
                self.simulation.clear_faults('alpha')
                self.simulation.fault('alpha', service=service, **fault)
                for call in self.calls(5):
                    call.exception()
                seen |= self.tokens()
        self.assertGreater(len(seen), 1)
        self.assertIn('WARNING', self.process.text())
        self.assertFalse([token for token in seen if token in self.process.text()])
