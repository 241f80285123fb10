# SPDX-License-Identifier: Apache-2.0
"""Documents read in pieces are what they are when read at once."""

import json
import unittest
from typing import Any
from unittest import mock

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from oaktree import pieces

TEXT = st.text(st.sampled_from('{}[]",:\\ aé\n\0'), max_size=6) | st.text(max_size=4)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=8,
)
OBJECTS = st.dictionaries(TEXT, VALUES, min_size=1, max_size=5)
# Mostly what services write, and sometimes what they don't.
LISTS = st.lists(OBJECTS, max_size=8) | st.lists(OBJECTS | VALUES, max_size=8)
DOCUMENTS = st.tuples(LISTS, st.dictionaries(TEXT, VALUES | LISTS, max_size=3)).map(lambda two: {'servers': two[0], **two[1]})
FORMS = st.sampled_from(
    [{}, {'separators': (',', ':')}, {'indent': 1}, {'ensure_ascii': False}, {'indent': '\t', 'ensure_ascii': False}]
)


class Case(unittest.TestCase):
    def setUp(self) -> None:
        self.piece(16)

    def piece(self, size: int) -> None:
        patch = mock.patch.object(pieces, 'PIECE', size)
        patch.start()
        self.addCleanup(patch.stop)

    def assert_same(self, body: bytes) -> None:
        """What orjson makes of it, or refuses, pieces make and refuse."""
        try:
            wanted = orjson.loads(body)
        except ValueError:
            self.assertRaises(ValueError, pieces.parse, body)
        else:
            self.assertEqual(pieces.parse(body), wanted)


class PiecesTest(Case):
    @given(DOCUMENTS, FORMS)
    @settings(max_examples=150, deadline=None)
    def test_any_document_is_the_same(self, document: Any, form: dict[str, Any]) -> None:
        try:
            body = json.dumps(document, **form).encode()
        except UnicodeEncodeError:
            return
        self.assert_same(body)

    @given(DOCUMENTS, st.data())
    @settings(max_examples=150, deadline=None)
    def test_a_broken_one_is_refused_as_ever(self, document: Any, data: st.DataObject) -> None:
        body = json.dumps(document).encode()
        at = data.draw(st.integers(0, len(body)))
        left_out = data.draw(st.integers(0, 3))
        put_in = data.draw(st.sampled_from([b'', b'{', b'}', b'"', b']', b',', b'[', b'\\', b'}, {', b'\xff']))
        self.assert_same(body[:at] + put_in + body[at + left_out :])

    def test_a_comma_that_lacks_is_missed_wherever_it_lacks(self) -> None:
        body = json.dumps({'servers': [{'id': str(n)} for n in range(20)]}).encode()
        for at in (at for at in range(len(body)) if body[at : at + 2] == b', '):
            self.assert_same(body[:at] + body[at + 1 :])

    def test_braces_in_strings_do_not_matter(self) -> None:
        for text in ('{', '}', '}, {', '"}', '\\"}', '{"a": [', '}]}'):
            with self.subTest(text):
                servers = [{'id': str(n), 'name': text, 'tags': [{'a': text}]} for n in range(50)]
                self.assert_same(json.dumps({'servers': servers, 'servers_links': [{'href': text}]}).encode())

    def test_a_name_that_comes_twice_is_the_last(self) -> None:
        servers = json.dumps([{'id': str(n)} for n in range(20)])
        for second in ('[]', '[{"id": "x"}]', '7'):
            self.assert_same(f'{{"servers": {servers}, "servers": {second}}}'.encode())

    def test_a_long_list_is_never_parsed_at_once(self) -> None:
        self.piece(1000)
        for text in ('plain', '}', '{'):
            servers = [{'id': str(n), 'name': text, 'nested': [{}, {'a': [{}]}]} for n in range(1000)]
            body = json.dumps({'servers': servers, 'servers_links': [{}]}).encode()
            with mock.patch.object(pieces, 'orjson', wraps=orjson) as parser:
                self.assertEqual(pieces.parse(body)['servers'], servers)
            longest = max(len(call.args[0]) for call in parser.loads.call_args_list)
            # Up to the end of an element, where that is guessed in vain one piece further at most.
            self.assertLess(longest, 2100, text)

    def test_what_is_short_is_parsed_at_once(self) -> None:
        self.piece(pieces.PIECE * 1000)
        with mock.patch.object(pieces, 'orjson', wraps=orjson) as parser:
            pieces.parse(b'{"servers": [{}, {}]}')
        parser.loads.assert_called_once_with(b'{"servers": [{}, {}]}')


if __name__ == '__main__':
    unittest.main()
