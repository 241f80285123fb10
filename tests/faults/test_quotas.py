# SPDX-License-Identifier: Apache-2.0
"""A quota that is used up is told as such, and nothing is made. Those of real clouds are not ours to use up."""

from typing import Any

from oaktreemodel import v1 as pb

from tests.faults.base import Case, Code
from tests.functional.base import WAIT

AFFINITY = pb.SERVER_GROUP_POLICY_AFFINITY


class QuotasTest(Case):
    profiles = {'alpha': 'floating'}

    def call(self, rpc: str, **fields: Any) -> Any:
        request = getattr(pb, f'{rpc}Request')(location={'cloud': 'alpha'}, **fields)
        return getattr(self.oaktree.compute, rpc)(request, timeout=20)

    def refuses(self, rpc: str, **fields: Any) -> None:
        with self.fails(Code.RESOURCE_EXHAUSTED, 'QUOTA_EXCEEDED') as told:
            self.call(rpc, **fields)
        self.assertEqual(told.info.metadata['http_status'], '403')

    def quota(self, **quota: int) -> None:
        self.simulation.settings('alpha', quota=quota)

    def test_no_server_is_made_or_grows_beyond_the_quota(self) -> None:
        server = self.create('alpha', name='one', wait=WAIT).result().server
        limits = self.call('GetComputeLimits').limits
        used = {'instances': limits.servers_used, 'cores': limits.cores_used, 'ram': limits.ram_used_mib}
        for name, number in used.items():
            with self.subTest(name):
                self.quota(**{name: number})
                self.refuses('CreateServer', name='two', flavor='m1.tiny', image='cirros', wait=WAIT)
                if name != 'instances':
                    self.refuses('ResizeServer', name_or_id=server.id, flavor='m1.medium', wait=WAIT)
                self.quota(**{name: -1})
        self.assertEqual([(s.name, s.flavor.name) for s in self.servers('alpha')], [('one', 'm1.tiny')])
        self.assertEqual(self.asked('alpha', 'POST', '/servers'), 4)

    def test_no_key_pair_or_server_group_is_made_beyond_the_quota(self) -> None:
        self.quota(key_pairs=1, server_groups=1)
        self.call('CreateKeypair', name='one')
        self.refuses('CreateKeypair', name='two')
        self.call('CreateServerGroup', name='one', policy=AFFINITY)
        self.refuses('CreateServerGroup', name='two', policy=AFFINITY)
        self.assertEqual([keypair.name for keypair in self.call('ListKeypairs').keypairs], ['one'])
        self.assertEqual([group.name for group in self.call('ListServerGroups').server_groups], ['one'])
        quotas = self.call('GetComputeQuotas').quotas
        self.assertEqual((quotas.keypairs, quotas.server_groups), (1, 1))
