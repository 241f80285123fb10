# SPDX-License-Identifier: Apache-2.0
"""Swift v1: accounts, containers and objects."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from oaktree.simcloud.http import Answer, Call, Doc, Refusal, Route, Service, route
from oaktree.simcloud.object_access import Access
from oaktree.simcloud.object_kinds import (
    HTML,
    LIMITS,
    Account,
    Container,
    Stored,
    check_metadata,
    http_time,
    micro,
    page,
    swift_error,
    whole,
)
from oaktree.simcloud.object_large import LargeObjects

if TYPE_CHECKING:
    from oaktree.simcloud.cloud import Cloud

OBJECT = '/{account}/{container}/{object}'
REFERRERS = ('.r', '.ref', '.referer', '.referrer')


class ObjectStore(LargeObjects, Access, Service):
    """The accounts of one cloud, each made when it is first asked for, as those of Swift are."""

    type = 'object-store'
    version = '/v1'

    def __init__(self, cloud: Cloud) -> None:
        super().__init__(cloud)
        self.reset()

    def reset(self) -> None:
        self.accounts: dict[str, Account] = {}

    def find(self, method: str, path: str) -> tuple[Route, list[str]]:
        """An object's name may have slashes, also at its ends."""
        if path == '/info':
            return self.routes.find(method, path)
        if not path.startswith('/v1/'):
            raise Refusal(404, 'The resource could not be found.', 'no path')
        account, container, name = [*path[4:].split('/', 2), '', ''][:3]
        if len(parts := unquote(container).split('/', 1)) == 2:
            container, name = parts[0], parts[1] + (f'/{name}' if name else '')
        return self.routes.find(method, '/'.join(['', account, quote(unquote(container)), quote(unquote(name), safe='')]))

    def refuse(self, call: Call, refusal: Refusal) -> Answer:
        if refusal.status == 401:
            refusal.headers['Www-Authenticate'] = 'Swift realm="unknown"'
        return swift_error(refusal)

    def finish(self, call: Call, answer: Answer) -> None:
        answer.headers['X-Trans-Id'] = call.request_id.replace('req-', 'tx')
        if call.method == 'HEAD':
            answer.headers.setdefault('Content-Length', '0')
            answer.body, answer.blocks = b'', None

    @route('GET', '/info', public=True)
    def info(self, call: Call) -> Answer:
        return Answer(200, {
            'swift': LIMITS | {'version': '2.30.0', 'policies': [{'name': 'Policy-0', 'default': True}]},
            'slo': {'max_manifest_segments': 1000, 'max_manifest_size': 8388608, 'min_segment_size': 1},
            'tempurl': {'methods': ['GET', 'HEAD', 'PUT', 'POST', 'DELETE'], 'allowed_digests': ['sha1', 'sha256', 'sha512']},
            'bulk_delete': {'max_deletes_per_request': 10000, 'max_failed_deletes': 1000},
        })  # fmt: skip

    # -- accounts

    @route('GET', '/{account}', public=True)
    @route('HEAD', '/{account}', public=True)
    def list_containers(self, call: Call, account: str) -> Answer:
        found = self.authorized(call, account)
        rows = {
            container.name: {'name': container.name, 'count': len(container.alive()), 'bytes': container.bytes,
                             'last_modified': micro(container.made)}
            for container in found.containers.values()
        }  # fmt: skip
        total = sum(container.bytes for container in found.containers.values())
        headers = {'X-Account-Container-Count': str(len(rows)), 'X-Account-Bytes-Used': str(total)}
        headers |= {f'X-Account-Meta-{key.title()}': value for key, value in found.metadata.items()}
        return listing(call, page(call, rows), headers)

    @route('POST', '/{account}', public=True)
    def update_account(self, call: Call, account: str) -> Answer:
        merge(call, 'account', self.authorized(call, account).metadata)
        return Answer(204)

    # -- containers

    @route('GET', '/{account}/{container}', public=True)
    @route('HEAD', '/{account}/{container}', public=True)
    def list_objects(self, call: Call, account: str, container: str) -> Answer:
        found = self.container(call, account, container, 'list')
        headers = {
            'X-Container-Object-Count': str(len(found.alive())), 'X-Container-Bytes-Used': str(found.bytes),
            'X-Timestamp': f'{found.made:.5f}', 'Last-Modified': http_time(found.made), 'X-Storage-Policy': 'Policy-0',
        }  # fmt: skip
        if call.method == 'HEAD' or self.owns(call, account):
            headers |= {f'X-Container-Meta-{key.title()}': value for key, value in found.metadata.items()}
            headers |= {f'X-Container-{key}': acl for key, acl in (('Read', found.read), ('Write', found.write)) if acl}
        rows = {name: stored.row(name) for name, stored in found.alive().items()}
        return listing(call, page(call, rows), headers)

    @route('PUT', '/{account}/{container}', public=True)
    def create_container(self, call: Call, account: str, container: str) -> Answer:
        owner = self.authorized(call, account)
        if len(container.encode()) > LIMITS['max_container_name_length']:
            raise Refusal(400, f'Container name length of {len(container.encode())} longer than 256')
        if (policy := call.headers.get('X-Storage-Policy', 'Policy-0')) != 'Policy-0':
            raise Refusal(400, f'Invalid X-Storage-Policy {policy!r}')
        check(call)
        known = container in owner.containers
        found = owner.containers.get(container) or Container(container, call.now)
        self._describe(call, found)
        owner.containers[container] = found
        return Answer(202, b'<html><h1>Accepted</h1></html>', HTML) if known else Answer(201)

    @route('POST', '/{account}/{container}', public=True)
    def update_container(self, call: Call, account: str, container: str) -> Answer:
        found = self.container(call, account, container, 'own')
        check(call)
        self._describe(call, found)
        return Answer(204)

    def _describe(self, call: Call, container: Container) -> None:
        merge(call, 'container', container.metadata)
        for name in ('read', 'write'):
            if (acl := call.headers.get(f'X-Container-{name}')) is not None:
                setattr(container, name, acl)

    @route('DELETE', '/{account}/{container}', public=True)
    def delete_container(self, call: Call, account: str, container: str) -> Answer:
        if self.container(call, account, container, 'own').alive():
            raise Refusal(409, 'There was a conflict when trying to complete your request.')
        del self.accounts[account].containers[container]
        return Answer(204)

    # -- objects

    @route('PUT', OBJECT, public=True, streams=True)
    async def put_object(self, call: Call, account: str, container: str, name: str) -> Answer:
        found = self.container(call, account, container, 'write', name)
        if len(name.encode()) > LIMITS['max_object_name_length']:
            raise Refusal(400, f'Object name length of {len(name.encode())} longer than 1024')
        if int(call.headers.get('Content-Length', 0)) > LIMITS['max_file_size']:
            raise Refusal(413, 'Your request is too large.')
        blocks, md5 = await received(call)
        if call.query.get('multipart-manifest') == 'put':
            stored = self.manifest(call, account, b''.join(blocks))
        else:
            stored = Stored(blocks, sum(map(len, blocks)), md5, call.now)
            if (etag := call.headers.get('ETag', '').strip('"')) and etag != md5:
                raise Refusal(422, 'Unable to process the contained instructions')
        room = found.metadata.get('quota-bytes')
        if room and found.bytes + stored.size > int(room):
            raise Refusal(413, 'Upload exceeds quota.')
        stored.describe(call)
        if call.now > found.gone.get(name, 0):
            # Of a PUT and a DELETE, that counts which began later.
            found.objects[name] = stored
        return Answer(201, None, {'ETag': stored.shown_etag, 'Last-Modified': http_time(stored.made)})

    @route('GET', OBJECT, public=True)
    @route('HEAD', OBJECT, public=True)
    def get_object(self, call: Call, account: str, container: str, name: str) -> Answer:
        stored = self.object(call, account, container, name, 'read')
        headers = stored.headers()
        if call.query.get('multipart-manifest') == 'get' and stored.segments is not None:
            del headers['Content-Length']
            return Answer(200, stored.segments, {**headers, 'Content-Type': 'application/json; charset=utf-8'})
        if call.headers.get('If-Match', stored.shown_etag).strip('"') != stored.etag:
            raise Refusal(412, 'A precondition for this request was not met.')
        start, end = whole(call, stored.size)
        status = 200
        if (start, end) != (0, stored.size):
            status, headers['Content-Range'] = 206, f'bytes {start}-{end - 1}/{stored.size}'
        headers['Content-Length'] = str(end - start)
        return Answer(status, None, headers, self.blocks(account, stored, start, end))

    @route('POST', OBJECT, public=True)
    def update_object(self, call: Call, account: str, container: str, name: str) -> Answer:
        stored = self.object(call, account, container, name, 'write')
        kept = stored.content_type
        stored.describe(call)
        stored.content_type = call.headers.get('Content-Type') or kept
        return Answer(202, b'<html><h1>Accepted</h1><p>The request is accepted for processing.</p></html>', HTML)

    @route('DELETE', OBJECT, public=True)
    def delete_object(self, call: Call, account: str, container: str, name: str) -> Answer:
        self.container(call, account, container, 'write', name).gone[name] = call.now
        stored = self.object(call, account, container, name, 'write')
        if call.query.get('multipart-manifest') == 'delete':
            return self.delete_all(call, account, container, name, stored)
        del self.accounts[account].containers[container].objects[name]
        return Answer(204)

    def object(self, call: Call, account: str, container: str, name: str, right: str) -> Stored:
        found = self.container(call, account, container, right, name)
        if name not in found.alive():
            raise Refusal(404, 'The resource could not be found.')
        return found.objects[name]


async def received(call: Call) -> tuple[list[bytes], str]:
    """A body that has come to its end; nothing of one that has not."""
    md5, blocks = hashlib.md5(usedforsecurity=False), []
    try:
        async for block in call.parts():
            md5.update(block)
            blocks.append(block)
    except Exception:
        raise Refusal(499, 'Client Disconnect') from None
    return [b''.join(blocks)] if blocks else [], md5.hexdigest()


def listing(call: Call, rows: list[Doc], headers: dict[str, str]) -> Answer:
    if call.method == 'HEAD':
        return Answer(204, None, headers)
    if call.query.get('format') == 'json' or 'json' in call.headers.get('Accept', ''):
        return Answer(200, rows, headers | {'Content-Type': 'application/json; charset=utf-8'})
    text = ''.join(f'{row.get("name") or row.get("subdir")}\n' for row in rows)
    return Answer(200 if rows else 204, text.encode() or None, headers | {'Content-Type': 'text/plain; charset=utf-8'})


def check(call: Call) -> None:
    """Refuse what is said of a container before any of it is kept."""
    check_metadata({key: value for key, value in call.headers.items() if key.lower().startswith('x-container-meta-')})
    for name in ('Read', 'Write'):
        acl = call.headers.get(f'X-Container-{name}', '')
        for part in acl.split(','):
            first, colon, _ = part.strip().partition(':')
            if first.startswith('.') and first not in (REFERRERS if colon else ('.rlistings',)):
                raise Refusal(400, f'X-Container-{name} Input: Unknown designator in ACL {acl!r}')
            if name == 'Write' and first in REFERRERS:
                raise Refusal(400, f'X-Container-Write Input: Referrers not allowed in write ACL: {acl!r}')


def merge(call: Call, kind: str, metadata: dict[str, str]) -> None:
    """Metadata that is not named stays; an empty value removes one."""
    check_metadata({key: value for key, value in call.headers.items() if key.lower().startswith(f'x-{kind}-meta-')})
    for key, value in call.headers.items():
        start, _, name = key.lower().partition('-meta-')
        if start == f'x-{kind}' and value:
            metadata[name] = value
        elif start in (f'x-{kind}', f'x-remove-{kind}') and name:
            metadata.pop(name, None)
