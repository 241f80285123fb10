# SPDX-License-Identifier: Apache-2.0
"""Static large objects: a manifest, and the objects that it joins."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import orjson

from oaktree.simcloud.http import Answer, Call, Doc, Refusal
from oaktree.simcloud.image_data import cut
from oaktree.simcloud.object_kinds import Account, Stored, micro


class LargeObjects:
    """What Swift's middleware slo does. https://docs.openstack.org/swift/latest/api/large_objects.html"""

    accounts: dict[str, Account]

    if TYPE_CHECKING:

        def object(self, call: Call, account: str, container: str, name: str, right: str) -> Stored: ...

    def manifest(self, call: Call, account: str, body: bytes) -> Stored:
        """The object that a manifest describes, every part of it looked up and compared."""
        try:
            parts = orjson.loads(body)
            paths = [str(part['path']) for part in parts]
        except (ValueError, KeyError, TypeError):
            raise Refusal(400, 'Manifest must be valid JSON.') from None
        if not paths or len(paths) > 1000:
            raise Refusal(400 if not paths else 413, 'Manifest must have at least one segment, and at most 1000.')
        segments: list[Doc] = []
        wrong = ''
        for part, path in zip(parts, paths, strict=True):
            segment = self._segment(account, path)
            if segment is None:
                wrong += f'{path}, 404 Not Found\n'
            elif part.get('size_bytes') not in (None, segment.size):
                wrong += f'{path}, Size Mismatch\n'
            elif (part.get('etag') or segment.etag) != segment.etag:
                wrong += f'{path}, Etag Mismatch\n'
            else:
                segments.append({
                    'name': path, 'bytes': segment.size, 'hash': segment.etag, 'content_type': segment.content_type,
                    'last_modified': micro(segment.made),
                })  # fmt: skip
        if wrong:
            raise Refusal(400, f'Errors:\n{wrong}')
        etag = hashlib.md5(''.join(segment['hash'] for segment in segments).encode(), usedforsecurity=False).hexdigest()
        size = sum(segment['bytes'] for segment in segments)
        of_manifest = hashlib.md5(body, usedforsecurity=False).hexdigest()
        return Stored([], size, etag, call.now, segments=segments, etag_of_manifest=of_manifest)

    def _segment(self, account: str, path: str) -> Stored | None:
        container, _, name = path.lstrip('/').partition('/')
        found = self.accounts[account].containers.get(container)
        return found.alive().get(name) if found else None

    def blocks(self, account: str, stored: Stored, start: int, end: int) -> list[bytes]:
        """The bytes from start to before end."""
        return list(cut(list(self._all(account, stored)), start, end))

    def _all(self, account: str, stored: Stored) -> Iterator[bytes]:
        if stored.segments is None:
            yield from stored.data
            return
        for segment in stored.segments:
            part = self._segment(account, segment['name'])
            if part is None or part.etag != segment['hash']:
                raise Refusal(409, 'There was a conflict when trying to complete your request.')
            yield from part.data

    def delete_all(self, call: Call, account: str, container: str, name: str, stored: Stored) -> Answer:
        """The object with its segments. The answer is 200, and says in its document how it went."""
        deleted = missing = 0
        for segment in stored.segments or ():
            where, _, of_it = segment['name'].lstrip('/').partition('/')
            found = self.accounts[account].containers.get(where)
            if found and found.objects.pop(of_it, None):
                deleted += 1
            else:
                missing += 1
        del self.accounts[account].containers[container].objects[name]
        report: dict[str, Any] = {'Number Deleted': deleted + 1, 'Number Not Found': missing, 'Errors': []}
        if 'json' in call.headers.get('Accept', ''):
            return Answer(200, report | {'Response Status': '200 OK', 'Response Body': ''})
        return Answer(200, f'Number Deleted: {deleted + 1}\n'.encode(), {'Content-Type': 'text/plain'})
