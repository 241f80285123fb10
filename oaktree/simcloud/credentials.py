# SPDX-License-Identifier: Apache-2.0
"""A user's application credentials in Keystone."""

from __future__ import annotations

import base64
import secrets
import uuid
from typing import TYPE_CHECKING

from oaktree.simcloud.http import Answer, Call, Doc, Refusal, micros, parse_time, route
from oaktree.simcloud.tokens import IMPLIED, Credential, User, hexid

if TYPE_CHECKING:
    from oaktree.simcloud.cloud import Cloud

FORBIDDEN = 'You are not authorized to perform the requested action: identity:{}.'
MALFORMED = (
    'The server could not comply with the request since it is either malformed or otherwise incorrect. '
    'The client is assumed to be in error.'
)
COLLECTION = '/users/{user}/application_credentials'
ROLES = tuple(dict.fromkeys(role for roles in IMPLIED.values() for role in roles))
METHODS = ('DELETE', 'GET', 'HEAD', 'PATCH', 'POST', 'PUT')


class ApplicationCredentials:
    """Create, list, show, delete; each user only for itself, and never with a restricted credential's own token."""

    cloud: Cloud
    users: dict[str, User]

    def _owner(self, call: Call, ident: str, action: str, plural: str = '') -> User:
        if call.token.user_id != ident:
            raise Refusal(403, FORBIDDEN.format(f'{action}_application_credential{plural}'))
        return call.token.user

    def _link(self, user: str) -> str:
        return f'{self.cloud.url}/identity/v3/users/{user}/application_credentials'

    def _found(self, call: Call, user: User, ident: str) -> Credential:
        found = user.credentials.get(ident)
        if found is None:
            raise Refusal(404, f'Could not find Application Credential: {ident}.')
        return found

    @route('GET', COLLECTION)
    def list_credentials(self, call: Call, user: str) -> Answer:
        owner = self._owner(call, user, 'list', 's')
        name = call.query.get('name')
        documents = [c.document for c in owner.credentials.values() if name in (None, c.document['name'])]
        links = {'next': None, 'self': self._link(user), 'previous': None}
        return Answer(200, {'application_credentials': documents, 'links': links})

    @route('GET', COLLECTION + '/{id}')
    def show_credential(self, call: Call, user: str, ident: str) -> Answer:
        owner = self._owner(call, user, 'get')
        return Answer(200, {'application_credential': self._found(call, owner, ident).document})

    @route('DELETE', COLLECTION + '/{id}')
    def delete_credential(self, call: Call, user: str, ident: str) -> Answer:
        owner = self._owner(call, user, 'delete')
        self._refuse_restricted(call)
        del owner.credentials[self._found(call, owner, ident).id]
        return Answer(204)

    @route('POST', COLLECTION)
    def create_credential(self, call: Call, user: str) -> Answer:
        given = call.json('application_credential')
        owner = self._owner(call, user, 'create')
        self._refuse_restricted(call)
        if call.token.project is None:
            raise Refusal(400, 'Application credentials need a project-scoped token.')
        if not isinstance(given.get('name'), str) or not given['name']:
            raise Refusal(400, "'name' is a required property")
        if len(given['name']) > 255:
            raise Refusal(400, f"Invalid input for field 'name': {given['name']!r} is too long")
        if any(c.document['name'] == given['name'] for c in owner.credentials.values()):
            raise Refusal(
                409,
                'Conflict occurred attempting to store application_credential - Duplicate entry found with name '
                f'{given["name"]}.',
            )
        ident, expires = uuid.uuid4().hex, given.get('expires_at')
        secret = given.get('secret') or base64.urlsafe_b64encode(secrets.token_bytes(64)).decode().rstrip('=')
        end = parse_time(expires) if expires else None
        if end is not None and end <= call.now:
            raise Refusal(400, "The 'expires_at' must not be before now. " + MALFORMED)
        rules = given.get('access_rules')
        check_rules(rules)
        document: Doc = {'id': ident, 'name': given['name'], 'description': given.get('description')}
        document |= {
            'user_id': owner.id,
            'project_id': call.project,
            'system': None,
            'expires_at': micros(end) if end else None,
        }
        document |= {'unrestricted': given.get('unrestricted'), 'roles': self._roles(call, given.get('roles'))}
        if rules is not None:
            rules = [{'id': uuid.uuid4().hex} | rule for rule in rules]
            document['access_rules'] = rules
        document['links'] = {'self': f'{self.cloud.url}/identity/v3/application_credentials/{ident}'}
        owner.credentials[ident] = Credential(ident, secret, owner, call.token.project, document, end, rules)
        return Answer(201, {'application_credential': document | {'secret': secret}})

    def _roles(self, call: Call, wanted: list[Doc] | None) -> list[Doc]:
        mine = call.token.roles
        chosen = mine if not wanted else []
        for one in wanted or ():
            if not (one.get('name') or one.get('id')):
                raise Refusal(400, "Invalid input for field 'name': '' should be non-empty")
            found = next((role for role in ROLES if one.get('name') == role or one.get('id') == self._role(role)), None)
            if found is None:
                raise Refusal(404, f'Could not find role: {one.get("id") or one.get("name")}.')
            implied = IMPLIED[found]
            if not all(any(role['name'] == name for role in mine) for name in implied):
                words = 'Cannot create an application credential with unassigned role'
                raise Refusal(400, f'Invalid application credential: {words}')
            chosen += [role for role in mine if role['name'] in implied and role not in chosen]
        more = {'domain_id': None, 'description': None, 'options': {'immutable': True}}
        return [{'id': role['id'], 'name': role['name']} | more for role in chosen]

    def _role(self, name: str) -> str:
        return hexid(self.cloud.name, 'role', name)

    def _refuse_restricted(self, call: Call) -> None:
        credential = call.token.credential
        if credential is not None and not credential.document['unrestricted']:
            action = "Using method 'application_credential' is not allowed for managing additional application credentials."
            raise Refusal(403, f'You are not authorized to perform the requested action: {action}.')


def check_rules(rules: list[Doc] | None) -> None:
    for rule in rules or ():
        if rule.get('method') not in METHODS:
            raise Refusal(400, f"Invalid input for field 'method': {rule.get('method')!r} is not one of {list(METHODS)}")
        if len(str(rule.get('path'))) > 225:
            raise Refusal(400, f"Invalid input for field 'path': {rule.get('path')!r} is too long")
        if not str(rule.get('path')).startswith('/'):
            raise Refusal(400, f"Invalid input for field 'path': {rule.get('path')!r} does not match '^/\\\\.*'")
