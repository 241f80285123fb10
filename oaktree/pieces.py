# SPDX-License-Identifier: Apache-2.0
"""JSON read in pieces: whoever parses holds the interpreter until it is done, and 10 MB at once take 100 ms or more.

The services write a list first in its document, so such a list is cut between two of its elements. Where to cut is a guess
that costs little. Whether it was right, the parser says: what is before a cut, taken for a list of its own, is valid if, and
only if, the cut is behind an element of that very list.
"""

import re
from typing import Any

import orjson

PIECE = 32 * 1024
"""Bytes that are parsed at once, in a quarter of a millisecond or so."""

HEAD = re.compile(rb'[ \t\n\r]*\{[ \t\n\r]*"(\w+)"[ \t\n\r]*:[ \t\n\r]*\[[ \t\n\r]*(?=\{)')
NEXT = re.compile(rb'[ \t\n\r]*,[ \t\n\r]*(?=\{)')
END = re.compile(rb'[ \t\n\r]*\]')
BRACE = re.compile(rb'[{}]')
BRACE_OR_STRING = re.compile(rb'[{}]|"(?:[^"\\]++|\\.)*+"', re.DOTALL)


def parse(body: bytes) -> Any:
    """The same as ``orjson.loads``, and the same errors.

    :raises ValueError: where it is not JSON.
    """
    head = HEAD.match(body)
    if not head or len(body) <= 2 * PIECE:
        return orjson.loads(body)
    elements: list[Any] = []
    start: int = head.end()
    while len(body) - start > PIECE and (piece := _piece(body, start)):
        elements += piece[0]
        if not (following := NEXT.match(body, piece[1])):
            if not END.match(body, piece[1]):
                # An element of another kind, or no JSON: behind the cut it could be taken for the first of a list.
                return orjson.loads(body)
            start = piece[1]
            break
        start = following.end()
    try:
        # The rest of the list and of the document, under a name that no document has.
        document = orjson.loads(b'{"\\u0000rest":[%b' % body[start:])
    except ValueError:
        return orjson.loads(body)
    return {head[1].decode(): elements + document.pop('\0rest'), **document}


def _piece(body: bytes, start: int) -> tuple[list[Any], int] | None:
    """The elements that begin here, and where the last of them ends; None where the list can't be cut."""
    for find in (_guess, _search):
        if end := find(body, start):
            try:
                return orjson.loads(b'[%b]' % body[start:end]), end
            except ValueError:
                # It was not behind an element: one of the strings has a brace.
                pass
    return None


def _guess(body: bytes, start: int) -> int:
    """Where an element probably ends, or 0: counts braces, but takes no time to tell which are in strings."""
    least = start + PIECE
    depth = body.count(b'{', start, least) - body.count(b'}', start, least)
    return _closed(BRACE, body, least, least + PIECE, depth, least)


def _search(body: bytes, start: int) -> int:
    """Where an element ends, or 0."""
    return _closed(BRACE_OR_STRING, body, start, len(body), 0, start + PIECE)


def _closed(tokens: re.Pattern[bytes], body: bytes, start: int, end: int, depth: int, least: int) -> int:
    """The first position, not before ``least``, that is behind the closing brace of the outermost object."""
    for token in tokens.finditer(body, start, end):
        if token[0] == b'{':
            depth += 1
        elif token[0] == b'}':
            depth -= 1
            if not depth and token.end() >= least:
                return token.end()
    return 0
