# SPDX-License-Identifier: Apache-2.0
"""Who may do what in Swift: tokens, access lists of containers, and URLs that are signed."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING
from urllib.parse import unquote

from oaktree.simcloud.http import Call, Refusal
from oaktree.simcloud.object_kinds import Account, Container

if TYPE_CHECKING:
    from oaktree.simcloud.cloud import Cloud

DIGESTS = {40: 'sha1', 64: 'sha256', 128: 'sha512'}
UNVERIFIED = 'This server could not verify that you are authorized to access the document you requested.'
FORBIDDEN = 'Access was denied to this resource.'


class Access:
    """The rights of a call."""

    cloud: Cloud
    accounts: dict[str, Account]

    def owns(self, call: Call, account: str) -> bool:
        """Whether a call has a token of the account's project; to Swift, a reader is a stranger."""
        return 'X-Auth-Token' in call.headers and self._signed_in(call) == account and not call.token.reads_only

    def authorized(self, call: Call, account: str) -> Account:
        """The account, for its own project."""
        if not self.owns(call, account):
            raise Refusal(403 if 'X-Auth-Token' in call.headers else 401, FORBIDDEN)
        return self.accounts.setdefault(account, Account())

    def container(self, call: Call, account: str, container: str, right: str, name: str = '') -> Container:
        """A container, for who has this right to it: own, list, read or write."""
        found = self.accounts.get(account, Account()).containers.get(container)
        if 'temp_url_sig' in call.query:
            self._check_signature(call, account, found)
        elif not self.owns(call, account):
            self._check_lists(call, found, right)
        if found is None:
            raise Refusal(404, 'The resource could not be found.')
        return found

    def _signed_in(self, call: Call) -> str:
        call.token = self.cloud.identity.authenticate(call, 'object-store')
        return f'AUTH_{call.project}'

    def _check_lists(self, call: Call, container: Container | None, right: str) -> None:
        known = 'X-Auth-Token' in call.headers
        acl = (container.write if right == 'write' else container.read).split(',') if container else []
        if '.r:*' in acl and (right == 'read' or (right == 'list' and '.rlistings' in acl and call.method == 'GET')):
            return
        users = {f'{call.project}:*', f'{call.project}:{call.token.user_id}', '*:*'} if known else set()
        if right == 'own' or not users & set(acl):
            raise Refusal(403, FORBIDDEN) if known else Refusal(401, UNVERIFIED)

    def _check_signature(self, call: Call, account: str, container: Container | None) -> None:
        """https://docs.openstack.org/swift/latest/api/temporary_url_middleware.html"""
        sources = [self.accounts.get(account, Account()).metadata, container.metadata if container else {}]
        keys = [source[name] for source in sources for name in ('temp-url-key', 'temp-url-key-2') if name in source]
        given, expires = call.query['temp_url_sig'], call.query.get('temp_url_expires', '')
        digest = DIGESTS.get(len(given), '')
        path = unquote(call.request.rel_url.raw_path)
        # Who may PUT or GET may also look.
        methods = ('HEAD', 'GET', 'PUT') if call.method == 'HEAD' else (call.method,)
        right = {
            hmac.new(key.encode(), f'{method}\n{expires}\n{path}'.encode(), digest).hexdigest()
            for key in keys for method in methods if digest
        }  # fmt: skip
        if not expires.isdigit() or int(expires) < call.now or given not in right:
            raise Refusal(401, 'Temp URL invalid')
