# SPDX-License-Identifier: Apache-2.0
"""Pages hold every item once and fit what clients accept; a token is good for its own list only."""

import asyncio
import unittest
from typing import Any
from unittest import mock

from cryptography import fernet
from oaktreemodel import v1 as pb

from oaktree import context, errors, paging, verbs
from oaktree.caller import OWNER, Owner
from oaktree.paging import Pages, cut
from oaktree.resource import Place, Snapshot
from tests.unit.fake import ALPHA, BETA, Clock

CLIENT_LIMIT = 4 * 1024 * 1024
"""What gRPC clients accept without being told otherwise."""


def servers(number: int, size: int = 0, prefix: str = 's') -> list[Any]:
    return [
        pb.Server(id=f'{prefix}{n:05}', name='even' if n % 2 == 0 else 'odd', description='x' * size) for n in range(number)
    ]


def composed(*args: Any) -> Any:
    """The page that a caller gets who lists this."""
    return asyncio.run(verbs.compose(*args))


class Case(unittest.TestCase):
    def setUp(self) -> None:
        self.pages = Pages(bytes(32))
        self.addCleanup(context.begin, context.Call())

    def read(self, *snapshots: tuple[Place, Snapshot], keep: Any = None, **fields: Any) -> list[Any]:
        """All pages of a list."""
        request, answers = pb.ListServersRequest(**fields), []
        while True:
            page = self.pages.asked(request)
            answers.append(composed(self.pages, request, pb.ListServersResponse, page, keep, snapshots))
            self.assertLess(len(answers), 10_000)
            if not answers[-1].next_page_token:
                return answers
            request.page_token = answers[-1].next_page_token

    def sizes(self, answers: list[Any]) -> list[int]:
        return [len(answer.servers) for answer in answers]


class PagesTest(Case):
    def test_pages_hold_every_item_once_in_order_of_place_and_id(self) -> None:
        alpha, beta = servers(7, prefix='a'), servers(4, prefix='b')
        read = ((BETA, Snapshot.of(beta[::-1], 1.0)), (ALPHA, Snapshot.of(alpha[::-1], 2.0)))
        for size in (1, 2, 3, 7, 8, 11, 100):
            with self.subTest(size):
                answers = self.read(*read, page_size=size)
                self.assertEqual([item for answer in answers for item in answer.servers], alpha + beta)
                self.assertTrue(all(number == size for number in self.sizes(answers)[:-1]))
                self.assertTrue(self.sizes(answers)[-1])

    def test_two_places_may_have_the_same_id(self) -> None:
        both = [(place, Snapshot.of(servers(3), 1.0)) for place in (ALPHA, BETA)]
        self.assertEqual(self.sizes(self.read(*both, page_size=2)), [2, 2, 2])

    def test_filtered_pages_are_full_too(self) -> None:
        answers = self.read((ALPHA, Snapshot.of(servers(20), 1.0)), keep=lambda item: item.name == 'odd', page_size=3)
        self.assertEqual(self.sizes(answers), [3, 3, 3, 1])

    def test_a_last_page_that_is_just_full_has_no_token(self) -> None:
        self.assertEqual(self.sizes(self.read((ALPHA, Snapshot.of(servers(6), 1.0)), page_size=3)), [3, 3])
        odd = self.read((ALPHA, Snapshot.of(servers(7), 1.0)), keep=lambda item: item.name == 'odd', page_size=3)
        self.assertEqual(self.sizes(odd), [3])

    def test_nothing_is_one_empty_page(self) -> None:
        self.assertEqual(self.sizes(self.read((ALPHA, Snapshot.of([], 1.0)), (BETA, Snapshot.of([], 1.0)))), [0])

    def test_an_item_that_has_gone_or_come_does_not_shift_the_rest(self) -> None:
        request = pb.ListServersRequest(page_size=2)
        all_of_them = servers(6)
        first = composed(
            self.pages,
            request,
            pb.ListServersResponse,
            self.pages.asked(request),
            None,
            [(ALPHA, Snapshot.of(all_of_them, 1.0))],
        )
        request.page_token = first.next_page_token
        newcomer = pb.Server(id='s00000a')
        changed = [newcomer, *(item for item in all_of_them if item.id != 's00001')]
        rest = composed(
            self.pages, request, pb.ListServersResponse, self.pages.asked(request), None, [(ALPHA, Snapshot.of(changed, 1.0))]
        )
        self.assertEqual([item.id for item in rest.servers], ['s00002', 's00003'])

    def test_as_of_is_that_of_the_oldest_place(self) -> None:
        (answer,) = self.read((ALPHA, Snapshot.of(servers(1), 7.5)), (BETA, Snapshot.of(servers(1), 9.0)))
        self.assertEqual(answer.as_of.ToNanoseconds(), 7_500_000_000)

    def test_later_pages_ask_for_nothing_older_than_the_first(self) -> None:
        request = pb.ListServersRequest(page_size=1)
        self.assertIsNone(self.pages.asked(request).fresh_since)
        request.page_token = self.pages.following(request, ('alpha', 'one', 's1'), 7.5)
        self.assertEqual(self.pages.asked(request), paging.Page(1, ('alpha', 'one', 's1'), 7.5))


class SizeTest(Case):
    def test_the_size_has_a_default_and_a_maximum(self) -> None:
        for asked, given in ((0, 500), (1, 1), (5000, 5000), (5001, 5000), (2**31 - 1, 5000)):
            self.assertEqual(self.pages.asked(pb.ListServersRequest(page_size=asked)).size, given)
        with self.assertRaises(errors.Failure) as caught:
            self.pages.asked(pb.ListServersRequest(page_size=-1))
        self.assertIn('page_size', caught.exception.message)

    def test_no_answer_is_larger_than_clients_accept(self) -> None:
        for number, size in ((5000, 2000), (400, 100_000), (5000, 1), (3, 3_000_000)):
            with self.subTest(size=size):
                items = servers(number, size)
                answers = self.read((ALPHA, Snapshot.of(items, 1.0)), page_size=5000)
                self.assertLess(max(answer.ByteSize() for answer in answers), CLIENT_LIMIT)
                self.assertEqual(sum(self.sizes(answers)), number)

    def test_nor_is_one_of_several_places(self) -> None:
        places = [Place(name, 'one', OWNER) for name in ('a', 'b', 'c')]
        answers = self.read(*((place, Snapshot.of(servers(1500, 2000), 1.0)) for place in places), page_size=5000)
        self.assertEqual(sum(self.sizes(answers)), 4500)
        self.assertLess(max(answer.ByteSize() for answer in answers), CLIENT_LIMIT)

    def test_one_that_is_too_large_by_itself_is_not_left_out(self) -> None:
        taken, _, more = cut(servers(3, paging.BYTES + 1), 10, None)
        self.assertEqual((len(taken), more), (1, True))


class TokenTest(Case):
    def token(self, request: Any) -> str:
        return self.pages.following(request, ('alpha', 'one', 's1'), 7.5)

    def refuses(self, request: Any, *words: str) -> None:
        with self.assertRaises(errors.Failure) as caught:
            self.pages.asked(request)
        self.assertEqual((caught.exception.code, caught.exception.reason), (errors.Code.INVALID_ARGUMENT, 'INVALID_PAGE_TOKEN'))
        for word in ('page_token', *words):
            self.assertIn(word, caught.exception.message)

    def test_only_the_page_may_change(self) -> None:
        fields: dict[str, Any] = {'name_or_id': 'x', 'filter': {'state': 'SERVER_STATE_ACTIVE'}, 'location': {'cloud': 'alpha'}}
        token = self.token(pb.ListServersRequest(**fields))
        self.assertEqual(self.pages.asked(pb.ListServersRequest(**fields, page_token=token, page_size=9)).size, 9)
        for change in (
            {'name_or_id': 'y'}, {'filter': {}}, {'filter': {'state': 'SERVER_STATE_ERROR'}}, {'location': {'cloud': 'beta'}},
            {'jmespath': '[]'}, {'max_age': {'seconds': 1}}, {'return_partial_success': True},
        ):  # fmt: skip
            with self.subTest(str(change)):
                self.refuses(pb.ListServersRequest(**fields | change, page_token=token), 'another request')

    def test_another_rpc_refuses_it(self) -> None:
        token = self.token(pb.ListServersRequest())
        self.refuses(pb.ListImagesRequest(page_token=token), 'another request')

    def test_another_caller_is_refused(self) -> None:
        token = self.token(pb.ListServersRequest())
        context.begin(context.Call(caller=Owner('another')))
        self.refuses(pb.ListServersRequest(page_token=token))

    def test_another_server_refuses_it(self) -> None:
        another = Pages(b'another key, also 32 bytes long.')
        token = another.following(pb.ListServersRequest(), ('', '', ''), 0.0)
        self.refuses(pb.ListServersRequest(page_token=token), 'this oaktree')

    def test_another_server_with_the_same_key_accepts_it(self) -> None:
        token = self.token(pb.ListServersRequest())
        self.assertEqual(Pages(bytes(32)).asked(pb.ListServersRequest(page_token=token)).after, ('alpha', 'one', 's1'))

    def test_a_changed_one_is_refused(self) -> None:
        token = self.token(pb.ListServersRequest())
        for changed in (
            token[:-1],
            token[:-5] + 'AAAA=',
            token + 'A',
            'gAAAA' + token[5:-8] + 'AAAAAAA=',
            'made-up',
            'é',
            '\0',
        ):
            with self.subTest(changed[-10:]):
                self.refuses(pb.ListServersRequest(page_token=changed))

    def test_an_expired_one_is_refused(self) -> None:
        clock = Clock()
        with mock.patch.object(fernet, 'time', clock):
            token = self.token(pb.ListServersRequest())
            clock.now += paging.LIFETIME - 1
            self.pages.asked(pb.ListServersRequest(page_token=token))
            clock.now += 2
            self.refuses(pb.ListServersRequest(page_token=token), 'hour')

    def test_it_tells_its_holder_nothing(self) -> None:
        token = self.pages.following(pb.ListServersRequest(), ('secret-cloud', 'secret-region', 'secret-id'), 7.5)
        self.assertNotIn('secret', token)
        self.assertNotEqual(
            token, self.pages.following(pb.ListServersRequest(), ('secret-cloud', 'secret-region', 'secret-id'), 7.5)
        )


if __name__ == '__main__':
    unittest.main()
