# SPDX-License-Identifier: Apache-2.0
"""Keystone v3: discovery, tokens, the catalog, and application credentials."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

import orjson

from oaktree.simcloud.credentials import ApplicationCredentials
from oaktree.simcloud.http import Answer, Call, Doc, Refusal, Service, route
from oaktree.simcloud.tokens import DOMAIN, IMPLIED, UNAUTHORIZED, USERS, Credential, Project, Token, TokenTable, User, hexid

if TYPE_CHECKING:
    from oaktree.simcloud.cloud import Cloud

TITLES = {
    400: 'Bad Request',
    401: 'Unauthorized',
    403: 'Forbidden',
    404: 'Not Found',
    405: 'Method Not Allowed',
    409: 'Conflict',
}
UNRECOGNIZED = 'Could not recognize Fernet token'


class Identity(ApplicationCredentials, Service):
    """The users and tokens of one cloud; it also judges the tokens that reach the other services."""

    type = 'identity'
    version = '/v3'

    def __init__(self, cloud: Cloud) -> None:
        super().__init__(cloud)
        self.tokens = TokenTable()
        self.reset()

    def reset(self) -> None:
        """The users of the start; tokens already issued stay valid."""
        name = self.cloud.name
        self.projects = {n: Project(hexid(name, 'project', n), n) for n, _ in USERS.values()}
        self.users: dict[str, User] = {}
        for n, (project, role) in USERS.items():
            roles = [{'id': hexid(name, 'role', r), 'name': r} for r in IMPLIED[role]]
            self.users[n] = User(hexid(name, 'user', n), n, self.cloud.password, {self.projects[project].id: roles})

    def refuse(self, call: Call, refusal: Refusal) -> Answer:
        if refusal.kind.startswith('oauth2:'):
            error = {'error': refusal.kind[7:], 'error_description': refusal.message}
            return Answer(refusal.status, error, refusal.headers)
        title = TITLES.get(refusal.status, 'Error')
        if refusal.status == 401:
            refusal.headers.setdefault('WWW-Authenticate', f'Keystone uri="{self.cloud.url}/identity/v3"')
        return Answer(
            refusal.status, {'error': {'code': refusal.status, 'message': refusal.message, 'title': title}}, refusal.headers
        )

    def finish(self, call: Call, answer: Answer) -> None:
        answer.headers['Vary'] = 'X-Auth-Token'

    def authenticate(self, call: Call, service: str) -> Token:
        """The caller of any service, by the X-Auth-Token header."""
        token = self.tokens.find(call.headers.get('X-Auth-Token'), call.now)
        validating = service == 'identity' and call.method == 'GET' and call.path == '/v3/auth/tokens'
        if token is None or not (validating or token.allows(service, call.method, call.path)):
            raise Refusal(401, UNAUTHORIZED, 'Unauthorized')
        return token

    # -- discovery

    def _version(self) -> Doc:
        links = [{'rel': 'self', 'href': f'{self.cloud.url}/identity/v3/'}]
        media = [{'base': 'application/json', 'type': 'application/vnd.openstack.identity-v3+json'}]
        return {'id': 'v3.14', 'status': 'stable', 'updated': '2020-04-07T00:00:00Z', 'links': links, 'media-types': media}

    @route('GET', '/', public=True)
    def versions(self, call: Call) -> Answer:
        return Answer(300, {'versions': {'values': [self._version()]}}, {'Location': f'{self.cloud.url}/identity/v3/'})

    @route('GET', '/v3', public=True)
    def show_version(self, call: Call) -> Answer:
        return Answer(200, {'version': self._version()})

    # -- tokens

    @route('POST', '/auth/tokens', public=True)
    def issue(self, call: Call) -> Answer:
        auth = call.json('auth')
        try:
            token = self._issue(call, auth)
        except (KeyError, TypeError, AttributeError):
            raise Refusal(400, 'Expecting to find valid JSON in auth: a required property is missing') from None
        catalog = None if 'nocatalog' in call.query else self.cloud.catalog
        return Answer(201, token.document(catalog), {'X-Subject-Token': token.id})

    def _issue(self, call: Call, auth: Doc) -> Token:
        identity = auth['identity']
        method = identity['methods'][0]
        scope = auth.get('scope')
        parent = credential = None
        if method == 'password':
            user = self._user(identity['password']['user'])
            if user is None or identity['password']['user']['password'] != user.password:
                raise Refusal(401, UNAUTHORIZED)
        elif method == 'application_credential':
            credential = self._credential(identity['application_credential'], call.now)
            if scope:
                text = 'Error authenticating with application credential: Application credentials cannot request a scope.'
                raise Refusal(401, text)
            user = credential.user
        elif method == 'token':
            parent = self.tokens.find(identity['token']['id'], call.now)
            if parent is None:
                raise Refusal(404, UNRECOGNIZED)
            if parent.credential is not None:
                action = 'Using a delegated token to create another token is not allowed.'
                raise Refusal(403, f'You are not authorized to perform the requested action: {action}.')
            user = parent.user
        else:
            raise Refusal(401, 'Attempted to authenticate with an unsupported method.')
        project = credential.project if credential else self._scope(user, scope)
        methods = ['token', *(m for m in parent.methods if m != 'token')] if parent else [method]
        return self.tokens.issue(user, project, methods, call.now, self.cloud.settings.token_seconds, parent, credential)

    def _user(self, given: Doc) -> User | None:
        if 'id' in given:
            return next((user for user in self.users.values() if user.id == given['id']), None)
        domain = given['domain']
        return (
            self.users.get(given['name']) if DOMAIN['id'] == domain.get('id') or DOMAIN['name'] == domain.get('name') else None
        )

    def _credential(self, given: Doc, now: float) -> Credential:
        if 'id' in given:
            everyone = self.users.values()
            found = next((user.credentials[given['id']] for user in everyone if given['id'] in user.credentials), None)
        else:
            owner = self._user(given['user'])
            named = owner.credentials.values() if owner else ()
            found = next((c for c in named if c.document['name'] == given['name']), None)
        if found is None and 'id' in given:
            raise Refusal(404, f'Could not find Application Credential: {given["id"]}.')
        if found is None or found.secret != given['secret'] or (found.expires is not None and found.expires <= now):
            raise Refusal(401, UNAUTHORIZED)
        return found

    def _scope(self, user: User, scope: Doc | str | None) -> Project | None:
        if not scope or scope == 'unscoped' or (isinstance(scope, dict) and 'unscoped' in scope):
            return None
        wanted = scope['project'] if isinstance(scope, dict) and 'project' in scope else None
        if wanted is None:
            raise Refusal(401, UNAUTHORIZED)
        for project in self.projects.values():
            mine = project.id in user.roles
            named = (
                'domain' in wanted and DOMAIN.items() & dict(wanted['domain']).items() and project.name == wanted.get('name')
            )
            if mine and (named or project.id == wanted.get('id')):
                return project
        raise Refusal(401, UNAUTHORIZED)

    def _subject(self, call: Call, action: str) -> Token:
        """The token that a request is about: any for an administrator, otherwise the caller's own."""
        ident = call.headers.get('X-Subject-Token')
        if ident is None:
            raise Refusal(403, f'You are not authorized to perform the requested action: identity:{action}.')
        subject = self.tokens.find(ident, call.now)
        if subject is None:
            raise Refusal(404, UNRECOGNIZED)
        if not call.token.admin and subject.user_id != call.token.user_id:
            raise Refusal(403, f'You are not authorized to perform the requested action: identity:{action}.')
        return subject

    @route('HEAD', '/auth/tokens')
    def check(self, call: Call) -> Answer:
        return self.validate(call)

    @route('GET', '/auth/tokens')
    def validate(self, call: Call) -> Answer:
        subject = self._subject(call, 'validate_token')
        knows_rules = float(call.headers.get('OpenStack-Identity-Access-Rules') or 0) >= 1
        if subject.credential and subject.credential.rules is not None and not knows_rules:
            raise Refusal(404, 'Failed to validate token')
        catalog = None if 'nocatalog' in call.query else self.cloud.catalog
        return Answer(200, subject.document(catalog), {'X-Subject-Token': subject.id})

    @route('DELETE', '/auth/tokens')
    def revoke(self, call: Call) -> Answer:
        self.tokens.revoke(self._subject(call, 'revoke_token'))
        return Answer(204)

    @route('GET', '/auth/catalog')
    def show_catalog(self, call: Call) -> Answer:
        if not call.token.project:
            action = 'a project-scoped token is required to produce a service catalog.'
            raise Refusal(403, f'You are not authorized to perform the requested action: {action}.')
        links = {'self': f'{self.cloud.url}/identity/v3/auth/catalog'}
        body = orjson.dumps({'catalog': self.cloud.catalog, 'links': links})
        return Answer(200, body.replace(b'$(project_id)s', call.project.encode()))

    @route('GET', '/auth/projects')
    def list_projects(self, call: Call) -> Answer:
        mine = [self._project(p) for p in self.projects.values() if p.id in call.token.user.roles]
        return Answer(
            200,
            {
                'projects': mine,
                'links': {'next': None, 'self': f'{self.cloud.url}/identity/v3/auth/projects', 'previous': None},
            },
        )

    def _project(self, project: Project) -> Doc:
        document: Doc = {'id': project.id, 'name': project.name, 'domain_id': 'default', 'description': '', 'enabled': True}
        document |= {'parent_id': 'default', 'is_domain': False, 'tags': [], 'options': {}}
        return document | {'links': {'self': f'{self.cloud.url}/identity/v3/projects/{project.id}'}}

    @route('GET', '/projects/{id}')
    def show_project(self, call: Call, ident: str) -> Answer:
        found = next((p for p in self.projects.values() if p.id == ident), None)
        if found is None or (found.id not in call.token.user.roles and not call.token.admin):
            raise Refusal(403, 'You are not authorized to perform the requested action: identity:get_project.')
        return Answer(200, {'project': self._project(found)})

    @route('GET', '/projects')
    def all_projects(self, call: Call) -> Answer:
        if not call.token.admin:
            raise Refusal(403, 'You are not authorized to perform the requested action: identity:list_projects.')
        wanted = [self._project(p) for p in self.projects.values() if call.query.get('name') in (None, p.name)]
        return Answer(
            200,
            {'projects': wanted, 'links': {'next': None, 'self': f'{self.cloud.url}/identity/v3/projects', 'previous': None}},
        )

    @route('POST', '/OS-OAUTH2/token', public=True)
    def oauth2(self, call: Call) -> Answer:
        form = {key: values[0] for key, values in parse_qs(call.body.decode()).items()}
        grant = form.get('grant_type')
        if grant is None:
            raise Refusal(400, 'The parameter grant_type is required.', 'oauth2:invalid_request')
        if grant != 'client_credentials':
            raise Refusal(400, f'The parameter grant_type {grant} is not supported.', 'oauth2:unsupported_grant_type')
        client, secret = form.get('client_id', ''), form.get('client_secret', '')
        kind, _, encoded = call.headers.get('Authorization', '').partition(' ')
        if kind.lower() == 'basic':
            try:
                client, _, secret = base64.b64decode(encoded).decode().partition(':')
            except (binascii.Error, UnicodeDecodeError):
                client = ''
        challenge = {'WWW-Authenticate': f'Keystone uri="{self.cloud.url}/identity/v3"'}
        if not client or not secret:
            raise Refusal(401, 'Client authentication failed.', 'oauth2:invalid_client', challenge)
        try:
            credential = self._credential({'id': client, 'secret': secret}, call.now)
        except Refusal as refusal:
            if refusal.status == 404:
                text = 'An unknown error occurred and failed to get an OAuth2.0 access token.'
                raise Refusal(404, text, 'oauth2:other_error') from None
            raise Refusal(401, refusal.message, 'oauth2:invalid_client', challenge) from None
        seconds = self.cloud.settings.token_seconds
        token = self.tokens.issue(
            credential.user, credential.project, ['application_credential'], call.now, seconds, None, credential
        )
        return Answer(200, {'access_token': token.id, 'token_type': 'Bearer', 'expires_in': int(seconds)})
