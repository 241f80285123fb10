# SPDX-License-Identifier: Apache-2.0
"""Neutron v2.0: discovery, and one set of verbs for all its collections."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from oaktree.simcloud.http import Answer, Call, Doc, Refusal, Route, Service, route, truth, web_error
from oaktree.simcloud.network_rules import Rules, not_found
from oaktree.simcloud.network_tables import Table
from oaktree.simcloud.network_values import check

if TYPE_CHECKING:
    from oaktree.simcloud.cloud import Cloud

PAGING = ('limit', 'marker', 'page_reverse', 'sort_key', 'sort_dir', 'fields')
TAGS = ('tags', 'tags-any', 'not-tags', 'not-tags-any')
TYPES = {
    400: 'HTTPBadRequest',
    401: 'HTTPUnauthorized',
    403: 'PolicyNotAuthorized',
    404: 'HTTPNotFound',
    405: 'HTTPMethodNotAllowed',
}
ALIASES = {'tenant_id': 'project_id'}


class Network(Service):
    """The verbs; what each kind of resource demands is in `Rules`."""

    type = 'network'
    version = '/v2.0'

    def __init__(self, cloud: Cloud) -> None:
        super().__init__(cloud)
        self.reset()

    def reset(self) -> None:
        self.rules = Rules(self.cloud)

    def template(self, found: Route, values: list[str]) -> str:
        return found.template.replace('{collection}', values[0]) if '{collection}' in found.template else found.template

    def prepare(self, call: Call) -> None:
        self.cloud.compute.settle(call.now)

    def refuse(self, call: Call, refusal: Refusal) -> Answer:
        if refusal.status == 401:
            document: Doc = {'error': {'code': 401, 'title': 'Unauthorized', 'message': refusal.message}}
            return Answer(401, document, {'WWW-Authenticate': f'Keystone uri="{self.cloud.url}/identity/v3"'})
        if refusal.kind == 'no path':
            return web_error(call, refusal)
        error = {
            'type': refusal.kind or TYPES.get(refusal.status, 'HTTPInternalServerError'),
            'message': refusal.message,
            'detail': '',
        }
        return Answer(refusal.status, {'NeutronError': error}, refusal.headers)

    # -- discovery

    def _self(self) -> Doc:
        return {'rel': 'self', 'href': f'{self.cloud.url}/network/v2.0/'}

    @route('GET', '/', public=True)
    def versions(self, call: Call) -> Answer:
        return Answer(200, {'versions': [{'id': 'v2.0', 'status': 'CURRENT', 'links': [self._self()]}]})

    @route('GET', '/v2.0')
    def resources(self, call: Call) -> Answer:
        tables = self.rules.tables.values()
        link = self._self()['href']
        listed = [
            {'name': t.kind.singular, 'collection': t.kind.plural, 'links': [{'rel': 'self', 'href': link + t.kind.plural}]}
            for t in tables
        ]
        return Answer(200, {'resources': listed})

    def _extension(self, alias: str) -> Doc:
        name = alias.replace('-', ' ').replace('_', ' ').capitalize()
        return {'alias': alias, 'name': name, 'description': name, 'updated': '2014-01-01T00:00:00-00:00', 'links': []}

    @route('GET', '/extensions')
    def extensions(self, call: Call) -> Answer:
        return Answer(200, {'extensions': [self._extension(alias) for alias in self.cloud.profile.extensions]})

    @route('GET', '/extensions/{alias}')
    def extension(self, call: Call, alias: str) -> Answer:
        if alias not in self.cloud.profile.extensions:
            raise Refusal(404, f'Extension with alias {alias} does not exist', 'no path')
        return Answer(200, {'extension': self._extension(alias)})

    @route('GET', '/availability_zones')
    def zones(self, call: Call) -> Answer:
        return Answer(200, {'availability_zones': []})

    @route('GET', '/qos/policies')
    def qos_policies(self, call: Call) -> Answer:
        return Answer(200, {'policies': []})

    @route('GET', '/quotas/{project}')
    def quotas(self, call: Call, project: str) -> Answer:
        if project != call.project and not call.token.admin:
            raise Refusal(403, 'rule:get_quota is disallowed by policy', 'PolicyNotAuthorized')
        return Answer(200, {'quota': self.rules.quotas()})

    @route('GET', '/quotas/{project}/details')
    def quota_details(self, call: Call, project: str) -> Answer:
        if project != call.project and not call.token.admin:
            raise Refusal(403, 'rule:get_quota is disallowed by policy', 'PolicyNotAuthorized')
        used = self.rules.used(project)
        details = {name: {'limit': most, 'used': used[name], 'reserved': 0} for name, most in self.rules.quotas().items()}
        return Answer(200, {'quota': details})

    # -- reading

    def _table(self, collection: str) -> Table:
        table = self.rules.tables.get(collection)
        if table is None:
            raise Refusal(404, 'The resource could not be found.', 'no path')
        return table

    def _visible(self, call: Call, table: Table, item: Doc) -> bool:
        if call.token.admin or item['project_id'] == call.project:
            return True
        return self.rules.shared(table, item) or self.rules.granted(item, call.project)

    def _find(self, call: Call, table: Table, ident: str) -> Doc:
        item = table.get(ident)
        if item is None or not self._visible(call, table, item):
            raise not_found(table.kind, ident)
        return item

    def _view(self, call: Call, table: Table, item: Doc) -> Doc:
        document = self.rules.view(table, item, call.token.admin)
        wanted = call.query.getall('fields', [])
        return {key: document[key] for key in wanted if key in document} if wanted else document

    def _filters(self, call: Call, table: Table) -> list[tuple[str, set[str]]]:
        filters: dict[str, set[str]] = {}
        bad = [key for key in call.query if key not in PAGING and key not in TAGS and key not in table.kind.filters]
        if bad:
            raise Refusal(400, f'{sorted(set(bad))} is invalid attribute for filtering', 'HTTPBadRequest')
        for key, value in call.query.items():
            if key not in PAGING:
                filters.setdefault(ALIASES.get(key, key), set()).add(value)
        return list(filters.items())

    def _page(self, call: Call) -> tuple[int, bool]:
        limit = call.query.get('limit', '0')
        if not limit.isdigit():
            raise Refusal(400, f"Bad limit request: Limit must be an integer 0 or greater and not '{limit}'.", 'BadRequest')
        most = self.cloud.profile.page
        return min(most, int(limit)) or most, truth(call.query.get('page_reverse', ''))

    def _candidates(self, call: Call, table: Table, filters: list[tuple[str, set[str]]], reverse: bool) -> Iterator[Doc]:
        """The items behind the marker in the order asked for, by an index where a filter has one."""
        marker = table.get(call.query['marker']) if 'marker' in call.query else None
        if marker is None and 'marker' in call.query:
            raise not_found(table.kind, call.query['marker'])
        keys, directions = call.query.getall('sort_key', []), call.query.getall('sort_dir', [])
        if len(keys) != len(directions):
            raise Refusal(400, 'The number of sort_keys and sort_dirs must be same', 'HTTPBadRequest')
        indexed = table.narrow(filters)
        if not keys and indexed is None:
            return table.shelf.backward(marker) if reverse else table.shelf.forward(marker)
        items = sorted(indexed if indexed is not None else table.shelf, key=lambda item: str(item['id']))
        for key, direction in reversed(list(zip(keys, directions, strict=True))):
            items.sort(key=lambda item: (item.get(key) is None, item.get(key) or 0), reverse=direction == 'desc')
        if reverse:
            items.reverse()
        return iter(items[items.index(marker) + 1 :] if marker is not None and marker in items else items)

    @route('GET', '/{collection}')
    def list_all(self, call: Call, collection: str) -> Answer:
        table = self._table(collection)
        filters = self._filters(call, table)
        limit, reverse = self._page(call)
        found: list[Doc] = []
        for item in self._candidates(call, table, filters, reverse):
            if self._visible(call, table, item) and all(
                self.rules.matches(table, item, key, values) for key, values in filters
            ):
                found.append(item)
                if len(found) == limit:
                    break
        if reverse:
            found.reverse()
        body: Doc = {table.kind.key: [self._view(call, table, item) for item in found]}
        links = []
        base = f'{self.cloud.url}/network/v2.0/{collection}'
        first, last = (found[0]['id'], found[-1]['id']) if found else ('', '')
        if len(found) >= limit or reverse:
            links.append({'rel': 'next', 'href': call.link(base, last, ('page_reverse',))})
        if len(found) >= limit or not reverse:
            links.append({'rel': 'previous', 'href': call.link(base, first, ('page_reverse',)) + '&page_reverse=True'})
        return Answer(200, body | {f'{table.kind.key}_links': links} if links else body)

    @route('GET', '/{collection}/{id}')
    def show(self, call: Call, collection: str, ident: str) -> Answer:
        table = self._table(collection)
        return Answer(200, {table.kind.singular: self._view(call, table, self._find(call, table, ident))})

    # -- writing

    @route('POST', '/{collection}')
    def create(self, call: Call, collection: str) -> Answer:
        table = self._table(collection)
        body = call.json()
        if table.kind.key in body:
            created = [self.rules.create(call, table, given) for given in body[table.kind.key]]
            return Answer(201, {table.kind.key: [self._view(call, table, item) for item in created]})
        if not isinstance(body.get(table.kind.singular), dict):
            raise Refusal(400, f"Unable to find '{table.kind.singular}' in request body", 'HTTPBadRequest')
        item = self.rules.create(call, table, body[table.kind.singular])
        return Answer(201, {table.kind.singular: self._view(call, table, item)})

    @route('PUT', '/{collection}/{id}')
    def update(self, call: Call, collection: str, ident: str) -> Answer:
        table = self._table(collection)
        item = self._owned(call, table, ident, 'update')
        self._match(call, item)
        self.rules.update(call, table, item, call.json(table.kind.singular))
        return Answer(200, {table.kind.singular: self._view(call, table, item)})

    @route('DELETE', '/{collection}/{id}')
    def delete(self, call: Call, collection: str, ident: str) -> Answer:
        table = self._table(collection)
        item = self._owned(call, table, ident, 'delete')
        self._match(call, item)
        self.rules.delete(table, item)
        return Answer(204)

    def _match(self, call: Call, item: Doc) -> None:
        """Refuses a change to what has changed since its caller read it."""
        wanted, current = call.headers.get('If-Match', ''), item['revision_number']
        if wanted.startswith('revision_number=') and wanted != f'revision_number={current}':
            message = f'Constrained to {wanted.partition("=")[2]}, but current revision is {current}'
            raise Refusal(412, message, 'RevisionNumberConstraintFailed')

    def _owned(self, call: Call, table: Table, ident: str, verb: str) -> Doc:
        item = self._find(call, table, ident)
        if item['project_id'] != call.project and not call.token.admin:
            raise Refusal(403, f'rule:{verb}_{table.kind.singular} is disallowed by policy', 'PolicyNotAuthorized')
        return item

    @route('PUT', '/routers/{id}/add_router_interface')
    def add_interface(self, call: Call, ident: str) -> Answer:
        router = self._owned(call, self._table('routers'), ident, 'add_router_interface')
        return Answer(200, self.rules.add_interface(call, router, call.json()))

    @route('PUT', '/routers/{id}/remove_router_interface')
    def remove_interface(self, call: Call, ident: str) -> Answer:
        router = self._owned(call, self._table('routers'), ident, 'remove_router_interface')
        return Answer(200, self.rules.remove_interface(router, call.json()))

    @route('PUT', '/trunks/{id}/add_subports')
    def add_sub_ports(self, call: Call, ident: str) -> Answer:
        trunk = self._owned(call, self._table('trunks'), ident, 'add_subports')
        return Answer(200, self.rules.add_sub_ports(call, trunk, call.json()['sub_ports']))

    @route('PUT', '/trunks/{id}/remove_subports')
    def remove_sub_ports(self, call: Call, ident: str) -> Answer:
        trunk = self._owned(call, self._table('trunks'), ident, 'remove_subports')
        return Answer(200, self.rules.remove_sub_ports(call, trunk, call.json()['sub_ports']))

    @route('PUT', '/address-groups/{id}/add_addresses')
    def add_addresses(self, call: Call, ident: str) -> Answer:
        group, given = self._addresses(call, ident)
        self.rules.add_addresses(call, group, given)
        return self.show(call, 'address-groups', ident)

    @route('PUT', '/address-groups/{id}/remove_addresses')
    def remove_addresses(self, call: Call, ident: str) -> Answer:
        group, given = self._addresses(call, ident)
        self.rules.remove_addresses(call, group, given)
        return self.show(call, 'address-groups', ident)

    @route('GET', '/floatingips/{id}/port_forwardings')
    def list_forwardings(self, call: Call, ident: str) -> Answer:
        found = self.rules.forwardings(self._find(call, self._table('floatingips'), ident))
        limit, _ = self._page(call)
        page = [one for one in found if one['id'] > call.query.get('marker', '')][:limit]
        base = f'{self.cloud.url}/network/v2.0/floatingips/{ident}/port_forwardings'
        links = [{'rel': 'next', 'href': call.link(base, page[-1]['id'])}] if len(page) == limit else []
        return Answer(200, {'port_forwardings': page, 'port_forwardings_links': links})

    @route('GET', '/floatingips/{id}/port_forwardings/{forwarding}')
    def show_forwarding(self, call: Call, ident: str, forwarding: str) -> Answer:
        fip = self._find(call, self._table('floatingips'), ident)
        return Answer(200, {'port_forwarding': self.rules.forwarding(fip, forwarding)})

    @route('POST', '/floatingips/{id}/port_forwardings')
    def create_forwarding(self, call: Call, ident: str) -> Answer:
        fip, given = self._owned(call, self._table('floatingips'), ident, 'update'), call.json('port_forwarding')
        return Answer(201, {'port_forwarding': self.rules.make_forwarding(call, fip, given)})

    @route('PUT', '/floatingips/{id}/port_forwardings/{forwarding}')
    def update_forwarding(self, call: Call, ident: str, forwarding: str) -> Answer:
        fip, given = self._owned(call, self._table('floatingips'), ident, 'update'), call.json('port_forwarding')
        return Answer(200, {'port_forwarding': self.rules.change_forwarding(call, fip, forwarding, given)})

    @route('DELETE', '/floatingips/{id}/port_forwardings/{forwarding}')
    def delete_forwarding(self, call: Call, ident: str, forwarding: str) -> Answer:
        self.rules.drop_forwarding(call, self._owned(call, self._table('floatingips'), ident, 'update'), forwarding)
        return Answer(204)

    def _addresses(self, call: Call, ident: str) -> tuple[Doc, list[str]]:
        given: list[str] = call.json()['addresses']
        check({'addresses': given})
        return self._owned(call, self._table('address-groups'), ident, 'update'), given

    # -- tags

    @route('GET', '/{collection}/{id}/tags')
    def list_tags(self, call: Call, collection: str, ident: str) -> Answer:
        return Answer(200, {'tags': self._find(call, self._table(collection), ident)['tags']})

    @route('PUT', '/{collection}/{id}/tags')
    def replace_tags(self, call: Call, collection: str, ident: str) -> Answer:
        tags = list(dict.fromkeys(call.json()['tags']))
        self._tag(call, collection, ident, tags)
        return Answer(200, {'tags': tags})

    @route('DELETE', '/{collection}/{id}/tags')
    def clear_tags(self, call: Call, collection: str, ident: str) -> Answer:
        self._tag(call, collection, ident, [])
        return Answer(204)

    @route('PUT', '/{collection}/{id}/tags/{tag}')
    def add_tag(self, call: Call, collection: str, ident: str, tag: str) -> Answer:
        tags = self._find(call, self._table(collection), ident)['tags']
        self._tag(call, collection, ident, tags if tag in tags else [*tags, tag])
        return Answer(201, b'null')

    @route('DELETE', '/{collection}/{id}/tags/{tag}')
    def remove_tag(self, call: Call, collection: str, ident: str, tag: str) -> Answer:
        tags = self._find(call, self._table(collection), ident)['tags']
        if tag not in tags:
            raise Refusal(404, f'Tag {tag} could not be found.', 'TagNotFound')
        self._tag(call, collection, ident, [other for other in tags if other != tag])
        return Answer(204)

    def _tag(self, call: Call, collection: str, ident: str, tags: list[str]) -> None:
        table = self._table(collection)
        self.rules.change(table, self._owned(call, table, ident, 'update'), {'tags': tags}, call.now)
