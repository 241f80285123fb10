# SPDX-License-Identifier: Apache-2.0
"""Nova v2.1: discovery, microversions, and servers as they pass through their states."""

from __future__ import annotations

import heapq
import re
from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import orjson

from oaktree.simcloud.compute_actions import Actions
from oaktree.simcloud.compute_create import Creation, check_texts, invalid
from oaktree.simcloud.compute_filters import filters
from oaktree.simcloud.compute_groups import BootVolumes, ServerGroups
from oaktree.simcloud.compute_servers import Server, links, shape, view
from oaktree.simcloud.compute_simple import SimpleResources
from oaktree.simcloud.compute_volumes import VolumeAttachments
from oaktree.simcloud.http import Answer, Call, Doc, Refusal, Service, parse_time, route, truth, web_error
from oaktree.simcloud.store import Shelf

if TYPE_CHECKING:
    from oaktree.simcloud.cloud import Cloud

HTML = 'text/html; charset=UTF-8'
FAULTS = {
    400: 'badRequest',
    401: 'unauthorized',
    403: 'forbidden',
    404: 'itemNotFound',
    405: 'badMethod',
    409: 'conflictingRequest',
    413: 'overLimit',
    415: 'badMediaType',
    429: 'overLimit',
    501: 'notImplemented',
    503: 'serviceUnavailable',
}


class Compute(SimpleResources, Creation, ServerGroups, BootVolumes, Actions, VolumeAttachments, Service):
    """The servers of one cloud, and how they change with time."""

    type = 'compute'
    version = '/v2.1'

    def __init__(self, cloud: Cloud) -> None:
        super().__init__(cloud)
        self.reset()

    def reset(self) -> None:
        self.servers: Shelf[Server] = self._shelf()
        self.by_project: dict[str, Shelf[Server]] = {}
        self.recent: OrderedDict[str, Server] = OrderedDict()
        self.used: dict[str, tuple[int, int, int]] = {}
        self.last = 0
        self._plans: list[tuple[float, int, int, Server, Doc]] = []
        self._planned = 0
        self.reset_simple()
        self.reset_groups()

    @staticmethod
    def _shelf() -> Shelf[Server]:
        return Shelf(lambda server: server.seq, lambda server: server.id)

    # -- microversions and errors

    @property
    def maximum(self) -> tuple[int, int]:
        return 2, int(self.cloud.settings.compute_minor)

    def prepare(self, call: Call) -> None:
        self.settle(call.now)
        wanted = call.headers.get('OpenStack-API-Version', '')
        named = re.search(r'(?:^|,)\s*compute\s+(\S+?)\s*(?:,|$)', wanted)
        text = named.group(1) if named else call.headers.get('X-OpenStack-Nova-API-Version', '2.1')
        if text == 'latest':
            call.microversion = self.maximum
            return
        if not re.fullmatch(r'\d+\.\d+', text):
            raise Refusal(400, f'API Version String {text} is of invalid format. Must be of format MajorNum.MinorNum.')
        major, minor = text.split('.')
        if not (2, 1) <= (int(major), int(minor)) <= self.maximum:
            message = f'Version {text} is not supported by the API. Minimum is 2.1 and maximum is 2.{self.maximum[1]}.'
            raise Refusal(406, message)
        call.microversion = (int(major), int(minor))

    def finish(self, call: Call, answer: Answer) -> None:
        version = f'{call.microversion[0]}.{call.microversion[1]}'
        answer.headers['x-compute-request-id'] = call.request_id
        if call.path.startswith('/v2.1/') and answer.status != 401 and answer.headers.get('Content-Type') != HTML:
            answer.headers |= {'OpenStack-API-Version': f'compute {version}', 'X-OpenStack-Nova-API-Version': version}
            answer.headers['Vary'] = 'OpenStack-API-Version, X-OpenStack-Nova-API-Version'

    def refuse(self, call: Call, refusal: Refusal) -> Answer:
        if refusal.status == 401:
            document: Doc = {'error': {'code': 401, 'title': 'Unauthorized', 'message': refusal.message}}
            return Answer(401, document, {'WWW-Authenticate': f'Keystone uri="{self.cloud.url}/identity/v3"'})
        if refusal.kind == 'no path':
            return web_error(call, refusal)
        name = FAULTS.get(refusal.status, 'computeFault')
        return Answer(refusal.status, {name: {'code': refusal.status, 'message': refusal.message}}, refusal.headers)

    # -- discovery

    def _version(self, full: bool) -> Doc:
        href = f'{self.cloud.url}/compute/v2.1/'
        document: Doc = {'id': 'v2.1', 'status': 'CURRENT', 'version': f'2.{self.maximum[1]}', 'min_version': '2.1'}
        document |= {'updated': '2013-07-23T11:33:21Z', 'links': [{'rel': 'self', 'href': href}]}
        if full:
            document['links'].append({'rel': 'describedby', 'type': 'text/html', 'href': 'http://docs.openstack.org/'})
            media = 'application/vnd.openstack.compute+json;version=2.1'
            document['media-types'] = [{'base': 'application/json', 'type': media}]
        return document

    @route('GET', '/', public=True)
    def versions(self, call: Call) -> Answer:
        old: Doc = {'id': 'v2.0', 'status': 'DEPRECATED', 'version': '', 'min_version': '', 'updated': '2025-07-04T12:00:00Z'}
        old |= {'links': [{'rel': 'self', 'href': f'{self.cloud.url}/compute/v2/'}]}
        return Answer(200, {'versions': [old, self._version(full=False)]})

    @route('GET', '/v2.1', public=True)
    def show_version(self, call: Call) -> Answer:
        return Answer(200, {'version': self._version(full=True)})

    # -- time

    def plan(self, server: Server, due: float, changes: Doc) -> None:
        """`changes` come about at `due`, unless something else is planned for the server after a `replan`."""
        self._planned += 1
        heapq.heappush(self._plans, (due, self._planned, server.generation, server, changes))

    def settle(self, now: float) -> None:
        """Brings about everything that was due by now."""
        self.cloud.block_storage.settle(now)
        while self._plans and self._plans[0][0] <= now:
            due, _, generation, server, changes = heapq.heappop(self._plans)
            if generation == server.generation:
                if changes.get('gone'):
                    self.bury(server, due)
                else:
                    self.change(server, due, changes)

    def change(self, server: Server, when: float, changes: Doc) -> None:
        if resized := 'flavor' in changes:
            self.count(server, -1)
        for name, value in changes.items():
            setattr(server, name, value)
        if resized:
            self.count(server, 1)
        server.updated = when
        server.views.clear()
        self.recent[server.id] = server
        self.recent.move_to_end(server.id)

    def enter(self, server: Server) -> None:
        """A new server, counted against its project's quota."""
        self.servers.add(server)
        self.by_project.setdefault(server.project, self._shelf()).add(server)
        self.recent[server.id] = server
        self.count(server, 1)

    def count(self, server: Server, sign: int) -> None:
        instances, cores, ram = self.used.get(server.project, (0, 0, 0))
        self.used[server.project] = (instances + sign, cores + sign * server.flavor['vcpus'], ram + sign * server.flavor['ram'])

    def bury(self, server: Server, when: float) -> None:
        """The server is gone; it shows only in lists of changes from now on."""
        self.servers.remove(server.id)
        self.by_project[server.project].remove(server.id)
        self.count(server, -1)
        rules = self.cloud.network.rules
        for nic in server.nics:
            port = rules.ports.get(nic)
            if port is not None:
                rules.drop_port(port)
        self.release_volumes(server, when)
        self.change(server, when, {'vm_state': 'deleted', 'task_state': None, 'terminated': when, 'nics': []})

    def port_changed(self, device: str, gone: str = '') -> None:
        """Neutron says that the addresses of a server have changed, or that one of its ports is gone."""
        server = self.servers.get(device) if device else None
        if server is not None:
            server.views.clear()
            if gone in server.nics:
                server.nics = [nic for nic in server.nics if nic != gone]

    # -- reading

    def found(self, call: Call, ident: str) -> Server:
        server = self.servers.get(ident)
        if server is None or (server.project != call.project and not call.token.admin):
            raise Refusal(404, f'Instance {ident} could not be found.')
        return server

    def document(self, server: Server, call: Call, single: bool = False) -> bytes:
        key = (shape(call.microversion), call.token.admin, single)
        known = server.views.get(key)
        if known is None:
            rules = self.cloud.network.rules
            document = orjson.dumps(view(server, call.microversion, self.cloud.url, rules, call.token.admin, single))
            known = memoryview(document).tobytes()  # orjson's own buffer is several times as long as its content
            server.views[key] = known
        return known

    @route('GET', '/servers/detail')
    def detail(self, call: Call) -> Answer:
        return self._listed(call, '/servers/detail', lambda server: self.document(server, call))

    @route('GET', '/servers')
    def index(self, call: Call) -> Answer:
        url = self.cloud.url
        return self._listed(
            call, '/servers', lambda s: orjson.dumps({'id': s.id, 'name': s.name, 'links': links(url, 'servers', s.id)})
        )

    def _listed(self, call: Call, path: str, render: Callable[[Server], bytes]) -> Answer:
        limit = min(self.cloud.profile.page, call.integer('limit', self.cloud.profile.page))
        found: list[Server] = []
        passes = filters(call, self.cloud.network.rules)
        if limit and passes is not None:
            for server in self._candidates(call):
                if all(passed(server) for passed in passes):
                    found.append(server)
                    if len(found) == limit:
                        break
        body = b'{"servers":[' + b','.join(map(render, found)) + b']'
        if limit and len(found) == limit:
            link = call.link(f'{self.cloud.url}/compute/v2.1{path}', found[-1].id)
            body += b',"servers_links":' + orjson.dumps([{'rel': 'next', 'href': link}])
        return Answer(200, body + b'}')

    def _everyone(self, call: Call, path: str) -> bool:
        if not truth(call.query.get('all_tenants', '') or ('1' if 'all_tenants' in call.query else '')):
            return False
        if not call.token.admin:
            verb = 'detail' if path.endswith('detail') else 'index'
            raise Refusal(403, f"Policy doesn't allow os_compute_api:servers:{verb}:get_all_tenants to be performed.")
        return True

    def _candidates(self, call: Call) -> Iterator[Server]:
        """The servers behind the marker, newest first or as asked for."""
        everyone = self._everyone(call, call.path)
        mine = self.servers if everyone else self.by_project.get(call.project, self._shelf())
        ident = call.query.get('marker')
        keys = [key for key in call.query.getall('sort_key', []) if key != 'created_at']
        since = call.query.get('changes-since')
        marker = None if ident is None else self.recent.get(ident) if since is not None else mine.get(ident)
        if marker is None and ident is not None:
            raise Refusal(400, f'marker [{ident}] not found')
        if since is not None:
            return iter(self._changed(since, None if everyone else call.project, marker))
        ascending = call.query.get('sort_dir', 'desc') == 'asc'
        if not keys:
            return mine.forward(marker) if ascending else mine.backward(marker)
        names = {'display_name': 'name', 'uuid': 'id', 'updated_at': 'updated', 'launched_at': 'launched'}
        servers = list(mine.backward())
        for key in reversed(keys):
            servers.sort(key=lambda server: str(getattr(server, names.get(key, key), '')), reverse=not ascending)
        return iter(servers[servers.index(marker) + 1 :] if marker else servers)

    def _changed(self, since: str, project: str | None, marker: Server | None) -> list[Server]:
        try:
            start = int(parse_time(since))
        except ValueError:
            raise Refusal(
                400, f"Invalid input for query parameters changes-since. Value: {since}. '{since}' is not a 'date-time'"
            ) from None
        found = []
        for server in reversed(self.recent.values()):
            if int(server.updated) < start:
                break
            if project in (None, server.project) and (marker is None or server.seq < marker.seq):
                found.append(server)
        return sorted(found, key=lambda server: -server.seq)

    @route('GET', '/servers/{id}')
    def show(self, call: Call, ident: str) -> Answer:
        return Answer(200, b'{"server":' + self.document(self.found(call, ident), call, single=True) + b'}')

    @route('DELETE', '/servers/{id}')
    def delete(self, call: Call, ident: str) -> Answer:
        server = self.found(call, ident)
        self.refuse_locked(call, server)
        if server.task_state != 'deleting':
            server.generation += 1
            self.change(server, call.now, {'task_state': 'deleting'})
            self.record(server, call, 'delete')
            self.plan(server, call.now + self.cloud.settings.delete_seconds, {'gone': True})
        return Answer(204)

    @route('PUT', '/servers/{id}')
    def update(self, call: Call, ident: str) -> Answer:
        server, given = self.found(call, ident), call.json('server')
        changes: Doc = {name: given[name] for name in ('name', 'description', 'hostname') if name in given}
        if 'accessIPv4' in given or 'accessIPv6' in given:
            changes['access_ips'] = (
                given.get('accessIPv4', server.access_ips[0]),
                given.get('accessIPv6', server.access_ips[1]),
            )
        if 'description' in given and call.microversion < (2, 19):
            raise invalid('server', given, "Additional properties are not allowed ('description' was unexpected)")
        check_texts({name: changes.get(name) for name in ('name', 'description')})
        if not changes:
            raise Refusal(
                400, f'Invalid input for field/attribute server. Value: {given}. {given} does not have enough properties'
            )
        self.change(server, call.now, changes)
        return Answer(200, b'{"server":' + self.document(server, call, single=True) + b'}')
