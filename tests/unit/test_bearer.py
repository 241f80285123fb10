# SPDX-License-Identifier: Apache-2.0
"""What is known of tokens, for how long, and what becomes of the calls that show them."""

import asyncio
import time
import unittest
from collections import Counter
from typing import Any
from unittest import mock

from oaktree import auth, bearer, context, errors, tokens
from oaktree.caller import NOBODY
from oaktree.tokens import Tokens


def moment(seconds: float) -> str:
    return time.strftime('%Y-%m-%dT%H:%M:%S.000000Z', time.gmtime(time.time() + seconds))


def document(user: str = 'demo', ends: float = 3600, **more: Any) -> dict[str, Any]:
    """As Keystone tells of a token."""
    domain = {'id': 'default', 'name': 'Default'}
    return {
        'user': {'id': f'id-{user}', 'name': user, 'domain': domain},
        'project': {'id': 'p', 'name': 'demo', 'domain': domain},
        'roles': [{'id': 'r', 'name': 'member'}],
        'issued_at': moment(0),
        'expires_at': moment(ends),
        **more,
    }


class Keystone:
    """One that knows these tokens."""

    def __init__(self) -> None:
        self.documents: dict[str, Any] = {}
        self.asked: Counter[str] = Counter()
        self.away = False

    async def validate(self, cloud: str, token: str) -> Any:
        self.asked[token] += 1
        await asyncio.sleep(0)
        if self.away:
            raise errors.Failure(errors.Code.UNAVAILABLE, 'CLOUD_UNREACHABLE', 'Keystone is away.')
        if token not in self.documents:
            raise errors.Failure(errors.Code.UNAUTHENTICATED, 'TOKEN_REFUSED', 'Keystone does not know it.')
        return self.documents[token]

    async def revoke(self, cloud: str, token: str) -> None:
        del self.documents[token]


class Case(unittest.IsolatedAsyncioTestCase):
    def setUp(self) -> None:
        self.keystone = Keystone()
        self.keystone.documents['good'] = document()
        self.tokens = Tokens(b'key', self.keystone.validate, self.keystone.revoke)
        self.auth = auth.TokenAuth(self.tokens, ['alpha', 'beta'])
        context.begin(context.Call())
        self.addCleanup(auth.shown.set, ())

    def admitted(self, token: str = 'good', **others: str) -> Any:
        pairs = [('authorization', f'Bearer {token}')] if token else []
        auth.look(pairs + [(f'oaktree-token-{cloud}', f'Bearer {one}') for cloud, one in others.items()])
        return self.auth.admit('ListServers', mock.Mock(**{'peer.return_value': 'unix:'}))

    async def refused(self, reason: str, token: str = 'good') -> errors.Failure:
        with self.assertRaises(errors.Failure) as caught:
            await self.tokens.voucher('alpha', token)
        self.assertEqual(caught.exception.reason, reason)
        return caught.exception


class TokensTest(Case):
    async def test_one_question_is_enough_for_all_who_ask_at_a_time(self) -> None:
        vouchers = await asyncio.gather(*(self.tokens.voucher('alpha', 'good') for _ in range(1000)))
        self.assertEqual((self.keystone.asked['good'], len(set(vouchers))), (1, 1))

    async def test_it_is_asked_again_after_its_time(self) -> None:
        self.tokens = Tokens(b'key', self.keystone.validate, self.keystone.revoke, lifetime=0.05)
        first = await self.tokens.voucher('alpha', 'good')
        await asyncio.sleep(0.06)
        self.assertIs(await self.tokens.voucher('alpha', 'good'), first)
        self.assertEqual(self.keystone.asked['good'], 2)

    async def test_a_refusal_is_believed_for_a_while(self) -> None:
        for _ in range(3):
            await self.refused('TOKEN_REFUSED', 'bad')
        self.assertEqual(self.keystone.asked['bad'], 1)
        with mock.patch.object(tokens, 'REFUSED', 0.0):
            await self.refused('TOKEN_REFUSED', 'worse')
            await self.refused('TOKEN_REFUSED', 'worse')
        self.assertEqual(self.keystone.asked['worse'], 2)

    async def test_a_keystone_that_is_away_says_nothing_of_the_token(self) -> None:
        self.keystone.away = True
        await self.refused('CLOUD_UNREACHABLE')
        self.keystone.away = False
        self.assertEqual((await self.tokens.voucher('alpha', 'good')).caller.user_name, 'demo')

    async def test_what_keystone_should_not_answer_is_no_mistake_of_ours(self) -> None:
        for broken in ({'user': None}, {'expires_at': 'soon'}, {'expires_at': 7}, {'roles': 3}, {'project': {'id': 'p'}}):
            self.keystone.documents['odd'] = document() | broken
            self.assertEqual((await self.refused('CLOUD_ANSWER_BROKEN', 'odd')).code, errors.Code.UNAVAILABLE)

    async def test_the_same_identity_is_the_same_caller_and_any_other_is_another(self) -> None:
        first = (await self.tokens.voucher('alpha', 'good')).caller
        credential = {'application_credential': {'id': 'c'}}
        admin = {'roles': [{'id': 'r', 'name': 'member'}, {'id': 'a', 'name': 'admin'}]}
        self.keystone.documents |= {
            'again': document(ends=1800), 'other': document('other'), 'credential': document(**credential),
            'admin': document(**admin), 'flag': document(is_admin_project=True),
            'trust': document(**{'OS-TRUST:trust': {'id': 't'}}),
        }  # fmt: skip
        self.assertIs((await self.tokens.voucher('alpha', 'again')).caller, first)
        tokens = ('other', 'credential', 'admin', 'flag', 'trust')
        others = {(await self.tokens.voucher('alpha', one)).caller.name for one in tokens}
        others.add((await self.tokens.voucher('beta', 'good')).caller.name)
        self.assertEqual(len(others | {first.name}), 7)

    async def test_a_token_is_used_no_more_a_little_before_its_end(self) -> None:
        self.keystone.documents['short'] = document(ends=2) | {'issued_at': moment(-2)}
        ends = (await self.tokens.voucher('alpha', 'short')).ends
        self.assertAlmostEqual(ends, time.time() + 1, delta=1)
        await asyncio.sleep(max(0, ends - time.time()))
        await self.refused('TOKEN_EXPIRED', 'short')
        self.assertEqual(self.keystone.asked['short'], 1)

    async def test_a_revoked_token_is_no_good_whatever_keystone_was_about_to_say(self) -> None:
        asking = asyncio.create_task(self.tokens.voucher('alpha', 'good'))
        await asyncio.sleep(0)
        self.tokens.revoked(self.tokens.digest('alpha', 'good'))
        with self.assertRaises(errors.Failure) as caught:
            await asking
        self.assertEqual(caught.exception.reason, 'TOKEN_REFUSED')

    async def test_others_learn_of_a_revocation_before_keystone_does(self) -> None:
        voucher = await self.tokens.voucher('alpha', 'good')
        told = []

        async def announce(digest: bytes) -> None:
            told.append((digest, 'good' in self.keystone.documents))

        self.tokens.announce = announce
        await self.tokens.revoke('alpha', 'good')
        self.assertEqual(told, [(self.tokens.digest('alpha', 'good'), True)])
        assert voucher.caller.visa
        self.assertEqual(voucher.caller.visa.best(), ('', 0.0))
        await self.refused('TOKEN_REFUSED')

    async def test_there_is_a_bound(self) -> None:
        with mock.patch.object(tokens, 'MOST', 10):
            for number in range(30):
                self.keystone.documents[f'{number}'] = document()
                await self.tokens.voucher('alpha', f'{number}')
        self.assertEqual(repr(self.tokens), '<Tokens [10]>')

    async def test_made_up_tokens_drive_out_no_good_one(self) -> None:
        await self.tokens.voucher('alpha', 'good')
        with mock.patch.object(tokens, 'MOST', 10):
            for number in range(30):
                await self.refused('TOKEN_REFUSED', f'made up {number}')
            await self.tokens.voucher('alpha', 'good')
            await self.refused('TOKEN_REFUSED', 'made up 29')
        self.assertEqual((self.keystone.asked['good'], self.keystone.asked['made up 29']), (1, 1))

    async def test_one_address_does_not_have_others_wait(self) -> None:
        answers, asked = asyncio.Event(), 0

        async def validate(cloud: str, token: str) -> Any:
            nonlocal asked
            asked += 1
            if token.startswith('made up'):
                await answers.wait()
            return await self.keystone.validate(cloud, token)

        self.tokens = Tokens(b'key', validate, self.keystone.revoke)
        context.current().peer = 'ipv4:192.0.2.1:1000'
        flood = [asyncio.create_task(self.tokens.voucher('alpha', f'made up {number}')) for number in range(100)]
        await asyncio.sleep(0)
        context.begin(context.Call(peer='ipv4:192.0.2.2:1000'))
        self.assertEqual((await self.tokens.voucher('alpha', 'good')).caller.user_name, 'demo')
        self.assertEqual(asked, tokens.TOGETHER + 1)
        answers.set()
        ended = await asyncio.gather(*flood, return_exceptions=True)
        self.assertEqual({getattr(failure, 'reason', failure) for failure in ended}, {'TOKEN_REFUSED'})

    async def test_nothing_of_a_token_is_seen(self) -> None:
        voucher = await self.tokens.voucher('alpha', 'good')
        self.assertNotIn('good', repr((self.tokens, voucher, voucher.caller, vars(self.tokens)['_known'], self.admitted())))


class BearerTest(Case):
    async def test_answers_are_remembered_by_the_tokens_while_these_are_believed(self) -> None:
        context_of_call = mock.Mock()
        caller = self.admitted()
        self.assertEqual(self.auth.known(context_of_call), '')
        await caller.at('alpha', named=True)
        key = self.auth.known(context_of_call)
        self.assertEqual((bool(key), key), (True, caller.key))
        self.tokens.revoked(self.tokens.digest('alpha', 'good'))
        self.assertEqual(self.auth.known(context_of_call), '')
        self.assertNotEqual(self.admitted().key, key)

    async def test_a_caller_has_a_name_only_where_it_is_known(self) -> None:
        caller = self.admitted(token='', alpha='good')
        with self.assertRaises(RuntimeError):
            caller.named(['alpha'])
        await caller.at('alpha', named=False)
        self.assertEqual(caller.named(['alpha', 'beta']), (await self.tokens.voucher('alpha', 'good')).caller.name)
        self.assertEqual((await caller.at('beta', named=False)).refusal.reason, 'CREDENTIALS_MISSING')

    async def test_the_token_for_one_cloud_is_for_no_list_of_all(self) -> None:
        caller = self.admitted()
        self.assertEqual((await caller.at('alpha', named=False)).refusal.reason, 'CREDENTIALS_MISSING')
        self.assertFalse(self.keystone.asked)

    async def test_nobody_calls_where_no_call_has_begun(self) -> None:
        with self.assertRaises(RuntimeError):
            await NOBODY.at('alpha', named=True)

    async def test_more_tokens_than_are_allowed_are_refused(self) -> None:
        with self.assertRaises(errors.Failure) as caught:
            self.admitted(**{f'cloud{number}': 'x' for number in range(20)})
        self.assertEqual(caught.exception.reason, 'TOO_MANY_TOKENS')

    async def test_a_call_ends_when_its_token_is_revoked(self) -> None:
        caller = self.admitted()
        with self.assertRaises(errors.Failure) as caught, caller.guard(lasting=False):
            await caller.at('alpha', named=True)
            asyncio.get_running_loop().call_later(0.01, self.tokens.revoked, self.tokens.digest('alpha', 'good'))
            await asyncio.sleep(10)
        self.assertEqual(caught.exception.reason, 'TOKEN_REFUSED')
        task = asyncio.current_task()
        assert task
        self.assertEqual(task.cancelling(), 0)

    async def test_a_call_whose_client_goes_is_cancelled_as_ever(self) -> None:
        async def call() -> None:
            caller = self.admitted()
            with caller.guard(lasting=True):
                await caller.at('alpha', named=True)
                await asyncio.sleep(10)

        task = asyncio.create_task(call())
        await asyncio.sleep(0.01)
        task.cancel()
        with self.assertRaises(asyncio.CancelledError):
            await task
        self.assertFalse(self.auth._calls)
        self.assertFalse((await self.tokens.voucher('alpha', 'good')).on_end)

    async def test_only_what_goes_on_for_ever_ends_with_its_token(self) -> None:
        self.keystone.documents['short'] = document(ends=2) | {'issued_at': moment(-2)}
        for lasting in (False, True):
            caller = self.admitted('short' if lasting else 'shorter')
            self.keystone.documents['shorter'] = document(ends=2) | {'issued_at': moment(-2)}
            with self.subTest(lasting=lasting), mock.patch.object(bearer, 'RECHECK', 0.0):
                try:
                    with caller.guard(lasting):
                        await caller.at('alpha', named=True)
                        await asyncio.sleep(2)
                except errors.Failure as failure:
                    self.assertEqual((failure.reason, lasting), ('TOKEN_EXPIRED', True))
                else:
                    self.assertFalse(lasting)
                self.keystone.documents['short'] = document(ends=2) | {'issued_at': moment(-2)}

    async def test_a_watch_that_began_without_a_cloud_ends_when_that_is_back(self) -> None:
        self.keystone.away = True
        caller = self.admitted(token='', alpha='good')
        self.enterContext(mock.patch.multiple(bearer, DOUBT=0.01, RECHECK=0.01))
        with self.assertRaises(errors.Failure) as caught, caller.guard(lasting=True):
            self.assertEqual((await caller.at('alpha', named=False)).refusal.reason, 'CLOUD_UNREACHABLE')
            asyncio.get_running_loop().call_later(0.05, setattr, self.keystone, 'away', False)
            await asyncio.sleep(10)
        self.assertEqual((caught.exception.code, caught.exception.reason), (errors.Code.UNAVAILABLE, 'CLOUD_BACK'))

    async def test_one_identity_has_so_many_calls_at_a_time(self) -> None:
        self.keystone.documents |= {'again': document(), 'other': document('other')}

        async def call(token: str) -> None:
            caller = self.admitted(token)
            with caller.guard(lasting=False):
                await caller.at('alpha', named=True)
                await asyncio.sleep(0.05)

        with mock.patch.object(bearer, 'CALLS', 3):
            calls = [call('good'), call('again'), call('good'), call('good'), call('other')]
            done = await asyncio.gather(*calls, return_exceptions=True)
            self.assertEqual([getattr(one, 'reason', '') for one in done].count('TOO_MANY_CALLS'), 1)
            self.assertIsNone(done[-1], 'the call of another')
            await call('good')
        self.assertFalse(self.auth._calls)

    async def test_what_goes_on_behind_a_call_is_not_counted(self) -> None:
        caller = self.admitted()
        with caller.guard(lasting=False):
            pass
        await caller.at('alpha', named=True)
        self.assertFalse(self.auth._calls)
        self.assertFalse((await self.tokens.voucher('alpha', 'good')).on_end)
