# SPDX-License-Identifier: Apache-2.0
"""Users, projects, and the tokens that a simulated Keystone issues, validates and revokes."""

from __future__ import annotations

import base64
import hashlib
import os
import re
import secrets
from dataclasses import dataclass, field

import orjson

from oaktree.simcloud.http import Doc, micros

DOMAIN = {'id': 'default', 'name': 'Default'}
IMPLIED = {
    'admin': ('admin', 'manager', 'member', 'reader'),
    'manager': ('manager', 'member', 'reader'),
    'member': ('member', 'reader'),
    'reader': ('reader',),
}
"""Role -> itself and those that come with it."""
USERS = {'demo': ('demo', 'member'), 'other': ('other', 'member'), 'reader': ('demo', 'reader'), 'admin': ('admin', 'admin')}
"""Of the start: name -> project and role."""
UNAUTHORIZED = 'The request you have made requires authentication.'


def hexid(cloud: str, kind: str, name: str) -> str:
    """The same id for the same thing at every start."""
    return hashlib.md5(f'{cloud}/{kind}/{name}'.encode(), usedforsecurity=False).hexdigest()


@dataclass
class Project:
    id: str
    name: str


@dataclass
class User:
    id: str
    name: str
    password: str
    roles: dict[str, list[Doc]]
    """By the project's id."""
    credentials: dict[str, Credential] = field(default_factory=dict)


@dataclass
class Credential:
    """An application credential: one project, some roles, perhaps an end and access rules."""

    id: str
    secret: str
    user: User
    project: Project
    document: Doc
    expires: float | None
    rules: list[Doc] | None


class Token:
    """An issued token with its document ready in both forms, with the catalog and without."""

    def __init__(
        self, ident: str, user: User, project: Project | None, methods: list[str], issued: float, expires: float
    ) -> None:
        self.id, self.user, self.project, self.methods = ident, user, project, methods
        self.issued, self.expires = issued, expires
        self.project_id = project.id if project else ''
        self.user_id = user.id
        self.roles: list[Doc] = user.roles.get(self.project_id, [])
        self.credential: Credential | None = None
        self.audit_ids = [base64.urlsafe_b64encode(os.urandom(16)).decode().rstrip('=')]
        self.revoked = False

    @property
    def admin(self) -> bool:
        return any(role['name'] == 'admin' for role in self.roles)

    @property
    def reads_only(self) -> bool:
        """Whether the project's things may be looked at, but not changed."""
        return not any(role['name'] == 'member' for role in self.roles)

    def document(self, catalog: list[Doc] | None) -> bytes:
        token: Doc = {
            'methods': self.methods,
            'user': {'domain': DOMAIN, 'id': self.user.id, 'name': self.user.name, 'password_expires_at': None},
            'audit_ids': self.audit_ids,
            'expires_at': micros(self.expires, 'Z'),
            'issued_at': micros(self.issued, 'Z'),
        }
        if self.project:
            token['project'] = {'domain': DOMAIN, 'id': self.project.id, 'name': self.project.name}
            token['is_domain'] = False
            token['roles'] = self.roles
            if catalog is not None:
                token['catalog'] = catalog
        if self.credential:
            restricted = not self.credential.document['unrestricted']
            token['application_credential'] = {
                'id': self.credential.id,
                'name': self.credential.document['name'],
                'restricted': restricted,
            }
            if self.credential.rules:
                token['application_credential']['access_rules'] = self.credential.rules
        return orjson.dumps({'token': token}).replace(b'$(project_id)s', self.project_id.encode())

    def allows(self, service: str, method: str, path: str) -> bool:
        """Whether the access rules of the token's credential, if it has some, admit this request to a service."""
        if self.credential is None or self.credential.rules is None:
            return True
        for rule in self.credential.rules:
            if rule['service'] == service and rule['method'] == method and path_matches(path, rule['path']):
                return True
        return False


def path_matches(path: str, pattern: str) -> bool:
    """keystonemiddleware's matching: `{tag}` and `*` stand for one part of a path, `**` for any rest."""
    expression = ''
    for part in re.split(r'(\{[^}]*\}|\*\*|\*)', pattern):
        if part == '**':
            expression += '.*'
        elif part == '*' or part[:1] == '{':
            expression += '[^/]+'
        else:
            expression += re.escape(part)
    return re.fullmatch(expression, path) is not None


class TokenTable:
    """Every token that still stands."""

    def __init__(self) -> None:
        self._tokens: dict[str, Token] = {}
        self._issued = 0

    def issue(
        self,
        user: User,
        project: Project | None,
        methods: list[str],
        now: float,
        seconds: float,
        parent: Token | None = None,
        credential: Credential | None = None,
    ) -> Token:
        """A new token; one made from another (`parent`) ends when that one ends."""
        expires = parent.expires if parent else float(int(now) + seconds) if seconds >= 1 else now + seconds
        ident = 'gAAAAA' + secrets.token_urlsafe(133)
        token = Token(ident, user, project, methods, float(int(now)), expires)
        if credential:
            token.credential = credential
            token.roles = [{'id': role['id'], 'name': role['name']} for role in credential.document['roles']]
        if parent:
            token.audit_ids.append(parent.audit_ids[-1])
        self._tokens[ident] = token
        self._issued += 1
        if self._issued % 1000 == 0:
            self._tokens = {ident: old for ident, old in self._tokens.items() if old.expires > now}
        return token

    def find(self, ident: str | None, now: float) -> Token | None:
        token = self._tokens.get((ident or '').strip())
        if token is None or token.expires <= now:
            return None
        if token.credential is not None and token.credential.id not in token.user.credentials:
            return None
        return token

    def revoke(self, token: Token) -> None:
        """Ends this token and those made from it."""
        ended = token.audit_ids[0]
        self._tokens = {
            ident: other for ident, other in self._tokens.items() if other is not token and ended not in other.audit_ids
        }

    def clear(self) -> None:
        self._tokens.clear()
