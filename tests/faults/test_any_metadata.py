# SPDX-License-Identifier: Apache-2.0
"""Whatever anybody sends as metadata to any RPC: nobody is taken for somebody else, and it is never a mistake of oaktree's.

``OAKTREE_EXAMPLES=1000`` looks further than there is time for each time.
"""

from typing import Any

import grpc
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st
from oaktreemodel import v1 as pb

from oaktree.auth import TOKENS
from tests.faults.test_tokens import TokensTest
from tests.functional import test_any_input
from tests.functional.base import info
from tests.functional.test_any_input import EXAMPLES

PEOPLE = ('alpha', 'alpha-other', 'beta', 'beta-other')
"""Entries of clouds.yaml, each with a token that is good on one cloud."""
KEYS = (
    'authorization', 'oaktree-token-alpha', 'oaktree-token-beta', 'oaktree-token-alpha-bin', 'authorization', 'oaktree-token-',
    'oaktree-token-none', 'oaktree-token', 'x-auth-token', 'cookie', 'x-request-id', 'traceparent',
)  # fmt: skip
SCHEMES = ('Bearer ', 'Bearer ', 'Bearer ', 'bearer ', 'BEARER   ', 'Basic ', '', 'Bearer', 'Bearer,', 'Bearer Bearer ')
MADE_UP = ('', 'x', 'none', 'a b', 'gAAAAA', "' or 1=1", '%00', '../..', '{"a":1}', '~' * 4097, 'x' * 4096, '\x7e', ',', '=')
REASONS = frozenset({'CREDENTIALS_MISSING', 'MALFORMED_TOKEN', 'TOKEN_REFUSED', 'TOO_MANY_TOKENS', 'CLOUD_FORBIDDEN'})
"""Why somebody may be refused here who only lists."""

Metadata = list[tuple[str, str | bytes]]
Pairs = list[tuple[str, str, str]]
"""(key, scheme, whose token; or one that is made up)."""


class AnyMetadataTest(TokensTest):
    def setUp(self) -> None:
        super().setUp()
        self.tokens = {who: self.token(who) for who in PEOPLE}
        self.theirs = {}
        for who, token in self.tokens.items():
            where, shown = {'location': {'cloud': who.partition('-')[0]}}, (('authorization', f'Bearer {token}'),)
            self.shared.compute.CreateKeypair(pb.CreateKeypairRequest(**where, name=f'of-{who}'), metadata=shown)
            self.theirs[who] = f'of-{who}'

    def metadata(self, pairs: Pairs) -> Metadata:
        """As they are sent."""
        sent = [(key, scheme + self.tokens.get(whose, whose)) for key, scheme, whose in pairs]
        return [(key, value.encode() if key.endswith('-bin') else value) for key, value in sent]

    def allowed(self, pairs: Pairs, cloud: str) -> set[str]:
        """Whose key pairs may be seen: of those alone whose good tokens are shown in the right place."""
        places = (f'oaktree-token-{cloud}', 'authorization')
        good = {whose for key, scheme, whose in pairs if key in places and scheme.strip().lower() == 'bearer'}
        return {self.theirs[whose] for whose in good if whose in PEOPLE and whose.partition('-')[0] == cloud}

    def untold(self, error: Any) -> None:
        """That an error quotes nothing of what was shown."""
        words = f'{error.details()} {error.trailing_metadata()}'
        self.assertFalse([who for who, token in self.tokens.items() if token[:30] in words], words)
        self.assertNotIn(error.code(), (grpc.StatusCode.INTERNAL, grpc.StatusCode.UNKNOWN), words)

    def tell(self, pairs: Pairs, cloud: str) -> None:
        request = pb.ListKeypairsRequest(location={'cloud': cloud})
        clouds = [cloud] if cloud else ['alpha', 'beta']
        try:
            seen = self.shared.compute.ListKeypairs(request, metadata=self.metadata(pairs), timeout=20)
        except grpc.RpcError as failed:
            error: Any = failed
            self.untold(error)
            if error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED:
                # gRPC itself refuses so much.
                self.assertGreater(sum(len(value) for _, value in self.metadata(pairs)), 4096)
            else:
                self.assertIn(info(error).reason, REASONS, pairs)
            return
        allowed = {name for one in clouds for name in self.allowed(pairs, one)}
        told = {keypair.name for keypair in seen.keypairs}
        self.assertLessEqual(told & {*self.theirs.values()}, allowed, pairs)
        if not cloud:
            missing = {one.location.cloud for one in seen.unreachable}
            self.assertEqual(missing | {keypair.location.cloud for keypair in seen.keypairs}, {'alpha', 'beta'}, pairs)
        else:
            self.assertTrue(told & allowed, pairs)

    def test_nobody_is_taken_for_somebody_else(self) -> None:
        @settings(max_examples=50 * EXAMPLES, database=None, deadline=None, derandomize=True,
                  phases=[Phase.explicit, Phase.generate], suppress_health_check=list(HealthCheck))  # fmt: skip
        @given(
            pairs=st.lists(
                st.tuples(st.sampled_from(KEYS), st.sampled_from(SCHEMES), st.sampled_from(PEOPLE + PEOPLE + MADE_UP)),
                max_size=4,
            ),
            cloud=st.sampled_from(('alpha', 'beta', '')),
        )
        @example(pairs=[('authorization', 'Bearer ', 'alpha')], cloud='alpha')
        @example(pairs=[('oaktree-token-alpha', 'Bearer ', 'alpha'), ('oaktree-token-beta', 'Bearer ', 'beta')], cloud='')
        @example(pairs=[(f'oaktree-token-{number}', 'Bearer ', 'alpha') for number in range(TOKENS + 1)], cloud='alpha')
        @example(pairs=[('authorization', 'Bearer ', 'alpha'), ('authorization', 'Bearer ', 'alpha-other')], cloud='alpha')
        def each(pairs: Pairs, cloud: str) -> None:
            self.tell(pairs, cloud)

        each()

    def test_no_rpc_answers_who_shows_no_good_token(self) -> None:
        """With requests of all kinds."""
        for service, _, _ in test_any_input.SERVICES:
            for rpc in service.methods:
                self.refused(rpc)

    def refused(self, rpc: Any) -> None:
        kinds = {(False, False): 'unary_unary', (True, False): 'stream_unary', (False, True): 'unary_stream'}
        kind = kinds.get((rpc.client_streaming, rpc.server_streaming), 'stream_stream')
        call = getattr(self.shared.channel, kind)(f'/{rpc.containing_service.full_name}/{rpc.name}')

        @settings(max_examples=EXAMPLES, database=None, deadline=None, derandomize=True, phases=[Phase.generate],
                  suppress_health_check=list(HealthCheck))  # fmt: skip
        @given(
            sent=test_any_input.wires(rpc),
            key=st.sampled_from(KEYS[:4]),
            scheme=st.sampled_from(SCHEMES),
            whose=st.sampled_from(MADE_UP[:10]),
        )
        def each(sent: list[bytes], key: str, scheme: str, whose: str) -> None:
            metadata = self.metadata([(key, scheme, whose)])
            try:
                answer = call(iter(sent) if rpc.client_streaming else sent[0], metadata=metadata, timeout=20)
                told = list(answer) if rpc.server_streaming else [answer]
            except grpc.RpcError as failed:
                error: Any = failed
                self.untold(error)
                return
            for one in told:
                response = test_any_input.GetMessageClass(rpc.output_type).FromString(one)
                # Lists of all clouds say that none was shown a token.
                content = {field.name for field, _ in response.ListFields()} - {'unreachable', 'as_of'}
                self.assertFalse(content, (rpc.name, sent, metadata, response))

        with self.subTest(rpc.name):
            each()
