# SPDX-License-Identifier: Apache-2.0
"""Octavia v2: one change to a load balancer at a time, and each takes its time."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from typing import TYPE_CHECKING

from oaktree.simcloud.http import Answer, Call, Doc, Refusal, Route, Service, route, truth, web_error
from oaktree.simcloud.load_balancer_address import listen, release
from oaktree.simcloud.load_balancer_kinds import GOES_TO, KINDS, Kind

if TYPE_CHECKING:
    from oaktree.simcloud.cloud import Cloud

PENDING = ('PENDING_CREATE', 'PENDING_UPDATE')
PAGING = ('limit', 'marker', 'page_reverse', 'sort', 'sort_key', 'sort_dir', 'fields')
OF_POOL = '/lbaas/pools/{pool}/members'
FORBIDDEN = 'Policy does not allow this request to be performed.'


class LoadBalancer(Service):
    """Load balancers and all that belongs to them. What begins with an underscore in a document is not shown."""

    type = 'load-balancer'
    version = '/v2.0'

    def __init__(self, cloud: Cloud) -> None:
        super().__init__(cloud)
        self.reset()

    def reset(self) -> None:
        self.tables: dict[str, dict[str, Doc]] = {name: {} for name in KINDS}

    def find(self, method: str, path: str) -> tuple[Route, list[str]]:
        """What discovery calls v2 is served as v2.0 too, which openstacksdk asks for."""
        return super().find(method, f'/v2.0{path[3:]}' if path.startswith('/v2/') else path)

    def template(self, found: Route, values: list[str]) -> str:
        return found.template.replace('{collection}', values[0]) if '{collection}' in found.template else found.template

    def prepare(self, call: Call) -> None:
        self.settle(call.now)

    def refuse(self, call: Call, refusal: Refusal) -> Answer:
        if refusal.status == 401:
            document: Doc = {'error': {'code': 401, 'title': 'Unauthorized', 'message': refusal.message}}
            return Answer(401, document, {'WWW-Authenticate': f'Keystone uri="{self.cloud.url}/identity/v3"'})
        if refusal.kind == 'no path':
            return web_error(call, refusal)
        fault = {'faultcode': 'Client' if refusal.status < 500 else 'Server', 'faultstring': refusal.message, 'debuginfo': None}
        return Answer(refusal.status, fault, refusal.headers)

    # -- time

    def settle(self, now: float) -> None:
        """Whatever is done by now."""
        for balancer in list(self.tables['loadbalancers'].values()):
            if balancer['_due'] <= now:
                self._finish(balancer)

    def _finish(self, balancer: Doc) -> None:
        gone = balancer['provisioning_status'] == 'PENDING_DELETE'
        for name, part in list(self._parts(balancer)):
            if gone or part['provisioning_status'] == 'PENDING_DELETE':
                del self.tables[name][part['id']]
            elif part['provisioning_status'] in PENDING:
                part['provisioning_status'] = 'ACTIVE'
        balancer['_due'] = float('inf')
        if gone:
            release(self.cloud.network.rules, balancer)

    def _parts(self, balancer: Doc) -> Iterator[tuple[str, Doc]]:
        """A load balancer and all that belongs to it."""
        for name, table in self.tables.items():
            for item in table.values():
                if item['_balancer'] == balancer['id']:
                    yield name, item

    def _begin(self, call: Call, balancer: Doc, seconds: float, state: str = 'PENDING_UPDATE') -> None:
        """A change, if none is under way."""
        free = ('ACTIVE', 'ERROR') if state == 'PENDING_DELETE' else ('ACTIVE',)
        if balancer['provisioning_status'] not in free:
            raise Refusal(409, f'Load Balancer {balancer["id"]} is immutable and cannot be updated.')
        balancer |= {'provisioning_status': state, '_due': call.now + seconds}

    def _change(self, call: Call, item: Doc, seconds: float, state: str) -> None:
        self._begin(call, self.tables['loadbalancers'][item['_balancer']], seconds)
        item['provisioning_status'] = state

    # -- reading

    @route('GET', '/', public=True)
    def versions(self, call: Call) -> Answer:
        links = [{'href': f'{self.cloud.url}/load-balancer/v2', 'rel': 'self'}]
        listed = [
            {
                'id': f'v2.{n}',
                'status': 'CURRENT' if n == 30 else 'SUPPORTED',
                'updated': '2016-12-11T00:00:00Z',
                'links': links,
            }
            for n in range(31)
        ]
        return Answer(200, {'versions': listed})

    def _kind(self, collection: str) -> Kind:
        if collection == 'members' or collection not in KINDS:
            raise Refusal(404, 'The resource could not be found.', 'no path')
        return KINDS[collection]

    def _found(self, call: Call, collection: str, ident: str, status: int = 404) -> Doc:
        item = self.tables[collection].get(ident)
        if item is None:
            raise Refusal(status, f'{KINDS[collection].words} {ident} not found.')
        if item['project_id'] != call.project and not call.token.admin:
            raise Refusal(403, FORBIDDEN)
        return item

    def _view(self, collection: str, item: Doc) -> Doc:
        document = {key: value for key, value in item.items() if key[:1] != '_'}
        document['operating_status'] = self._operating(collection, item)
        if collection == 'loadbalancers':
            return document | {name: self._ids(name, '_balancer', item['id']) for name in ('listeners', 'pools')}
        if collection == 'healthmonitors':
            return document | {'pools': [{'id': item['_pool']}]}
        if collection == 'members':
            return document
        document['loadbalancers'] = [{'id': item['_balancer']}]
        if collection == 'pools':
            monitors = self._ids('healthmonitors', '_pool', item['id'])
            document['listeners'] = self._ids('listeners', 'default_pool_id', item['id'])
            document['members'] = self._ids('members', '_pool', item['id'])
            document['healthmonitor_id'] = monitors[0]['id'] if monitors else None
        return document

    def _ids(self, collection: str, key: str, value: str) -> list[Doc]:
        return [{'id': item['id']} for item in self.tables[collection].values() if item[key] == value]

    def _operating(self, collection: str, item: Doc) -> str:
        if not item['admin_state_up'] or item['provisioning_status'] == 'PENDING_CREATE':
            return 'OFFLINE'
        unseen = collection == 'members' and not self._ids('healthmonitors', '_pool', item['_pool'])
        return 'NO_MONITOR' if unseen else 'ONLINE'

    def _list(self, call: Call, collection: str, items: list[Doc]) -> Answer:
        limit = min(call.integer('limit', self.cloud.profile.page) or self.cloud.profile.page, self.cloud.profile.page)
        filters = {key: value for key, value in call.query.items() if key not in PAGING}
        mine = [item for item in items if call.token.admin or item['project_id'] == call.project]
        shown = [item for item in mine if all(str(item.get(key)) == value for key, value in filters.items())]
        if marker := call.query.get('marker'):
            places = [number for number, item in enumerate(shown) if item['id'] == marker]
            if not places:
                raise Refusal(400, f"Supplied pagination marker '{marker}' is not valid.")
            shown = shown[places[0] + 1 :]
        page = shown[:limit]
        body: Doc = {collection: [self._view(collection, item) for item in page]}
        links = []
        if len(page) >= limit:
            href = call.link(f'{self.cloud.url}/load-balancer{call.path}', page[-1]['id'])
            links = [{'rel': 'next', 'href': href}]
        return Answer(200, body | {f'{collection}_links': links})

    @route('GET', '/lbaas/{collection}')
    def list_all(self, call: Call, collection: str) -> Answer:
        self._kind(collection)
        return self._list(call, collection, list(self.tables[collection].values()))

    @route('GET', '/lbaas/{collection}/{id}')
    def show(self, call: Call, collection: str, ident: str) -> Answer:
        kind = self._kind(collection)
        return Answer(200, {kind.singular: self._view(collection, self._found(call, collection, ident))})

    @route('GET', OF_POOL)
    def list_members(self, call: Call, pool: str) -> Answer:
        self._found(call, 'pools', pool)
        return self._list(call, 'members', [item for item in self.tables['members'].values() if item['_pool'] == pool])

    def _member(self, call: Call, pool: str, ident: str) -> Doc:
        item = self._found(call, 'members', ident)
        if item['_pool'] != pool:
            raise Refusal(404, f'Member {ident} not found.')
        return item

    @route('GET', OF_POOL + '/{id}')
    def show_member(self, call: Call, pool: str, ident: str) -> Answer:
        return Answer(200, {'member': self._view('members', self._member(call, pool, ident))})

    # -- making

    def _make(self, call: Call, collection: str, given: Doc, **own: str) -> Doc:
        kind = KINDS[collection]
        given.pop('project_id', None)
        limit = self.cloud.settings.quota.get(kind.singular, -1)
        if 0 <= limit <= sum(item['project_id'] == call.project for item in self.tables[collection].values()):
            raise Refusal(403, f'Quota has been met for resources: {kind.words}')
        ident = str(uuid.uuid4())
        item: Doc = {'id': ident, 'name': '', 'description': '', 'admin_state_up': True, 'tags': [], **kind.defaults}
        if 'description' not in kind.changeable:
            del item['description']
        item |= {key: value for key, value in given.items() if value is not None and key not in own}
        item |= {'project_id': call.project, 'provisioning_status': 'PENDING_CREATE', 'created_at': stamp(call.now)}
        return item | {'updated_at': None, '_balancer': ident} | {f'_{key}': value for key, value in own.items()}

    def _added(self, collection: str, item: Doc) -> Answer:
        self.tables[collection][item['id']] = item
        return Answer(201, {KINDS[collection].singular: self._view(collection, item)})

    @route('POST', '/lbaas/loadbalancers')
    def create_balancer(self, call: Call) -> Answer:
        given = KINDS['loadbalancers'].checked(call.json('loadbalancer'), False)
        item = self._make(call, 'loadbalancers', given)
        item |= listen(call, self.cloud.network.rules, item['id'], given)
        item['_due'] = call.now + self.cloud.settings.build_seconds
        return self._added('loadbalancers', item)

    @route('POST', '/lbaas/listeners')
    def create_listener(self, call: Call) -> Answer:
        given = KINDS['listeners'].checked(call.json('listener'), False)
        balancer = self._found(call, 'loadbalancers', given.pop('loadbalancer_id'))
        self._check_pool(call, given.get('default_pool_id'), balancer['id'], given['protocol'])
        for other in self.tables['listeners'].values():
            ours = other['_balancer'] == balancer['id'] and other['protocol_port'] == given['protocol_port']
            if ours and (other['protocol'] == 'UDP') == (given['protocol'] == 'UDP'):
                port = given['protocol_port']
                raise Refusal(409, f'Another Listener on this Load Balancer is already using protocol_port {port}')
        item = self._make(call, 'listeners', given, balancer=balancer['id'])
        self._begin(call, balancer, self.cloud.settings.action_seconds)
        return self._added('listeners', item)

    def _check_pool(self, call: Call, ident: str | None, balancer: str, protocol: str) -> None:
        """Whether a listener may send its requests to a pool."""
        if ident is None:
            return
        pool = self._found(call, 'pools', ident)
        if pool['_balancer'] != balancer:
            raise Refusal(404, f'Pool {ident} not found.')
        self._check_protocols(protocol, pool['protocol'])

    def _check_protocols(self, listener: str, pool: str) -> None:
        if pool not in GOES_TO[listener]:
            words = f"The pool protocol '{pool}' is invalid while the listener protocol is '{listener}'."
            raise Refusal(400, f'Validation failure: {words}')

    @route('POST', '/lbaas/pools')
    def create_pool(self, call: Call) -> Answer:
        given = KINDS['pools'].checked(call.json('pool'), False)
        check_persistence(given.get('session_persistence'), given['protocol'])
        listener_id, balancer_id = given.pop('listener_id', None), given.pop('loadbalancer_id', None)
        if not listener_id and not balancer_id:
            raise Refusal(400, 'Validation failure: Must provide at least one of: loadbalancer_id, listener_id')
        listener = self._found(call, 'listeners', listener_id) if listener_id else None
        balancer = self._found(call, 'loadbalancers', balancer_id or (listener or {})['_balancer'])
        if listener:
            self._check_protocols(listener['protocol'], given['protocol'])
            if listener['default_pool_id']:
                raise Refusal(409, 'This listener already has a default pool')
        item = self._make(call, 'pools', given, balancer=balancer['id'])
        self._begin(call, balancer, self.cloud.settings.action_seconds)
        if listener:
            listener['default_pool_id'] = item['id']
        return self._added('pools', item)

    @route('POST', OF_POOL)
    def create_member(self, call: Call, pool: str) -> Answer:
        given = KINDS['members'].checked(call.json('member'), False)
        above = self._found(call, 'pools', pool)
        if (subnet := given.get('subnet_id')) and self.cloud.network.rules.subnets.get(subnet) is None:
            raise Refusal(400, f'Subnet {subnet} not found.')
        for other in self.tables['members'].values():
            if (other['_pool'], other['address'], other['protocol_port']) == (pool, given['address'], given['protocol_port']):
                same = f'ip {given["address"]} on protocol_port {given["protocol_port"]}'
                raise Refusal(409, f'Another member on this pool is already using {same}')
        item = self._make(call, 'members', given, balancer=above['_balancer'], pool=pool)
        self._change(call, above, self.cloud.settings.action_seconds, 'PENDING_UPDATE')
        return self._added('members', item)

    @route('POST', '/lbaas/healthmonitors')
    def create_monitor(self, call: Call) -> Answer:
        given = KINDS['healthmonitors'].checked(call.json('healthmonitor'), False)
        check_http(given, given['type'])
        above = self._found(call, 'pools', given.pop('pool_id'))
        if given['type'] in ('HTTP', 'HTTPS'):
            given = {'http_method': 'GET', 'url_path': '/', 'expected_codes': '200'} | given
        if self._ids('healthmonitors', '_pool', above['id']):
            raise Refusal(409, 'This pool already has a health monitor')
        item = self._make(call, 'healthmonitors', given, balancer=above['_balancer'], pool=above['id'])
        self._change(call, above, self.cloud.settings.action_seconds, 'PENDING_UPDATE')
        return self._added('healthmonitors', item)

    # -- changing

    def _update(self, call: Call, collection: str, item: Doc) -> Answer:
        kind = KINDS[collection]
        given = kind.checked(call.json(kind.singular), True)
        if collection == 'listeners':
            self._check_pool(call, given.get('default_pool_id'), item['_balancer'], item['protocol'])
        elif collection == 'pools':
            check_persistence(given.get('session_persistence'), item['protocol'])
        elif collection == 'healthmonitors':
            check_http(given, item['type'])
        self._change(call, item, self.cloud.settings.action_seconds, 'PENDING_UPDATE')
        empty = {'name': '', 'description': '', 'tags': [], 'admin_state_up': False} | kind.defaults
        item |= {key: empty.get(key) if value is None else value for key, value in given.items()}
        item['updated_at'] = stamp(call.now)
        return Answer(200, {kind.singular: self._view(collection, item)})

    @route('PUT', '/lbaas/{collection}/{id}')
    def update(self, call: Call, collection: str, ident: str) -> Answer:
        self._kind(collection)
        return self._update(call, collection, self._found(call, collection, ident))

    @route('PUT', OF_POOL + '/{id}')
    def update_member(self, call: Call, pool: str, ident: str) -> Answer:
        return self._update(call, 'members', self._member(call, pool, ident))

    @route('DELETE', '/lbaas/{collection}/{id}')
    def delete(self, call: Call, collection: str, ident: str) -> Answer:
        self._kind(collection)
        item, seconds = self._found(call, collection, ident), self.cloud.settings.delete_seconds
        if collection == 'loadbalancers':
            if not truth(call.query.get('cascade', '')) and sum(1 for _ in self._parts(item)) > 1:
                raise Refusal(400, f'Validation failure: Cannot delete Load Balancer {ident} - it has children')
            self._begin(call, item, seconds, 'PENDING_DELETE')
            return Answer(204)
        self._change(call, item, seconds, 'PENDING_DELETE')
        if collection == 'pools':
            self._leave(ident)
        return Answer(204)

    def _leave(self, pool: str) -> None:
        """What a pool takes along, and who may not send it anything any more."""
        for name in ('members', 'healthmonitors'):
            for item in self.tables[name].values():
                if item['_pool'] == pool:
                    item['provisioning_status'] = 'PENDING_DELETE'
        for listener in self.tables['listeners'].values():
            if listener['default_pool_id'] == pool:
                listener['default_pool_id'] = None

    @route('DELETE', OF_POOL + '/{id}')
    def delete_member(self, call: Call, pool: str, ident: str) -> Answer:
        self._change(call, self._member(call, pool, ident), self.cloud.settings.delete_seconds, 'PENDING_DELETE')
        return Answer(204)


def stamp(moment: float) -> str:
    """`2026-01-02T03:04:05`, as Octavia writes it, in UTC."""
    return time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(moment))


def check_persistence(given: Doc | None, protocol: str) -> None:
    if given is None:
        return
    kind, cookie = given.get('type'), given.get('cookie_name')
    if kind not in ('SOURCE_IP', 'HTTP_COOKIE', 'APP_COOKIE'):
        values = 'APP_COOKIE, HTTP_COOKIE, SOURCE_IP'
        raise Refusal(400, f"Invalid input for field/attribute type. Value: '{kind}'. Value should be one of: {values}")
    words = ''
    if protocol not in ('UDP', 'SCTP') and given.keys() & {'persistence_timeout', 'persistence_granularity'}:
        words = 'persistence_timeout and persistence_granularity is only for UDP and SCTP protocol pools.'
    elif cookie and kind != 'APP_COOKIE':
        words = 'Field "cookie_name" can only be specified with session persistence of type "APP_COOKIE".'
    elif kind == 'APP_COOKIE' and not cookie:
        words = 'Field "cookie_name" must be specified when using the "APP_COOKIE" session persistence type.'
    if words:
        raise Refusal(400, f'Validation failure: {words}')


def check_http(given: Doc, kind: str) -> None:
    for name in ('http_method', 'url_path', 'expected_codes'):
        if given.get(name) and kind not in ('HTTP', 'HTTPS'):
            raise Refusal(400, f'{name} is not a valid option for health monitors of type {kind}')
    if given.get('domain_name') and not given.get('http_version'):
        raise Refusal(400, "Validation failure: 'http_version' must be specified when 'domain_name' is provided.")
