# SPDX-License-Identifier: Apache-2.0
"""What can be done to a server of a simulated Nova, and what hangs on one: metadata, tags, ports, groups."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, NamedTuple

from oaktree.simcloud.compute_create import check_items, check_metadata, check_texts, invalid
from oaktree.simcloud.compute_servers import Server, addresses, group_names
from oaktree.simcloud.http import NO_PATH, Answer, Call, Doc, Refusal, is_address, micros, route

if TYPE_CHECKING:
    from oaktree.simcloud.cloud import Cloud

LIVING = ('active', 'stopped', 'paused', 'suspended')


class Action(NamedTuple):
    """A plain action: from which states, its name in errors, the task it shows, the state it ends in ('' = as before)."""

    states: tuple[str, ...]
    name: str
    task: str
    end: str
    status: int = 202


ACTIONS = {
    'os-start': Action(('stopped',), 'start', 'powering-on', 'active'),
    'os-stop': Action(('active', 'error'), 'stop', 'powering-off', 'stopped'),
    'pause': Action(('active',), 'pause', 'pausing', 'paused'),
    'unpause': Action(('paused',), 'unpause', 'unpausing', 'active'),
    'suspend': Action(('active',), 'suspend', 'suspending', 'suspended'),
    'resume': Action(('suspended',), 'resume', 'resuming', 'active'),
    'shelve': Action(LIVING, 'shelve', 'shelving', 'shelved_offloaded'),
    'unshelve': Action(('shelved', 'shelved_offloaded'), 'unshelve', 'unshelving', 'active'),
    'unrescue': Action(('rescued',), 'unrescue', 'unrescuing', 'active'),
    'rescue': Action(('active', 'stopped', 'error'), 'rescue', 'rescuing', 'rescued', 200),
    'confirmResize': Action(('resized',), 'confirmResize', '', 'active', 204),
    'revertResize': Action(('resized',), 'revertResize', 'resize_reverting', 'active'),
    'resize': Action(('active', 'stopped'), 'resize', 'resize_prep', 'resized'),
    'rebuild': Action(('active', 'stopped', 'error'), 'rebuild', 'rebuilding', ''),
    'changePassword': Action(('active',), 'changePassword', 'updating_password', ''),
    'createImage': Action(LIVING, 'createImage', 'image_snapshot', ''),
}
HARD_TASKS = (None, 'rebooting', 'rebooting_hard', 'resuming', 'unpausing', 'pausing', 'suspending')


class Actions:
    """POST /servers/{id}/action, and the small resources below a server."""

    cloud: Cloud

    if TYPE_CHECKING:

        def found(self, call: Call, ident: str) -> Server: ...
        def change(self, server: Server, when: float, changes: Doc) -> None: ...
        def plan(self, server: Server, due: float, changes: Doc) -> None: ...
        def document(self, server: Server, call: Call, single: bool = False) -> bytes: ...
        def flavor(self, call: Call, ident: str) -> Doc: ...
        def count(self, server: Server, sign: int) -> None: ...
        def check_growth(self, call: Call, old: Doc, new: Doc) -> None: ...

    def refuse_locked(self, call: Call, server: Server) -> None:
        if server.locked and not call.token.admin:
            raise Refusal(409, f'Instance {server.id} is locked')

    def record(self, server: Server, call: Call, action: str) -> None:
        entry: Doc = {
            'action': action,
            'instance_uuid': server.id,
            'request_id': call.request_id,
            'user_id': call.token.user_id,
        }
        entry |= {
            'project_id': call.project,
            'start_time': micros(int(call.now)),
            'message': None,
            'updated_at': micros(int(call.now)),
        }
        server.actions.insert(0, entry)

    @route('POST', '/servers/{id}/action')
    def action(self, call: Call, ident: str) -> Answer:
        body = call.json()
        if len(body) != 1:
            raise Refusal(400, 'Malformed request body')
        [(name, given)] = body.items()
        server = self.found(call, ident)
        special = {
            'reboot': self._reboot,
            'lock': self._lock,
            'unlock': self._unlock,
            'os-getConsoleOutput': self._console,
            'addSecurityGroup': self._add_group,
            'removeSecurityGroup': self._remove_group,
            'forceDelete': self._force_delete,
        }.get(name)
        if special is not None:
            return special(call, server, given or {})
        if name not in ACTIONS:
            raise Refusal(400, f'There is no such action: {name}')
        return self._plain(call, server, name, given or {})

    def _check(
        self, call: Call, server: Server, name: str, states: tuple[str, ...], tasks: tuple[str | None, ...] = (None,)
    ) -> None:
        if name != 'createImage':
            # Which changes nothing.
            self.refuse_locked(call, server)
        for attribute, state, allowed in (('vm_state', server.vm_state, states), ('task_state', server.task_state, tasks)):
            if state not in allowed:
                raise Refusal(409, f"Cannot '{name}' instance {server.id} while it is in {attribute} {state}")

    def _plain(self, call: Call, server: Server, name: str, given: Doc) -> Answer:
        action = ACTIONS[name]
        self._check(call, server, action.name, action.states)
        answer = Answer(action.status)
        end: Doc = {'vm_state': action.end or server.vm_state, 'task_state': None}
        if name == 'resize':
            flavor = self.flavor(call, str(given.get('flavorRef', '')))
            if flavor['id'] == server.flavor['id']:
                raise Refusal(400, 'When resizing, instances must change flavor!')
            self.check_growth(call, server.flavor, flavor)
            end |= {'resized_from': server.flavor, 'flavor': flavor}
        elif name == 'revertResize':
            end |= {'flavor': server.resized_from, 'resized_from': None}
        elif name == 'rebuild':
            answer = self._rebuild(call, server, given)
        elif name == 'createImage':
            answer = self._snapshot(call, server, given)
        elif name == 'rescue':
            if given.get('rescue_image_ref') and self.cloud.image.visible(call, str(given['rescue_image_ref'])) is None:
                raise Refusal(400, f'Cannot rescue instance {server.id}: Rescue image not found')
            answer = Answer(200, {'adminPass': uuid.uuid4().hex[:12]})
        server.generation += 1
        self.record(server, call, action.name)
        self.change(server, call.now, {'task_state': action.task or None})
        self.plan(server, call.now + self.cloud.settings.action_seconds * bool(action.task), end)
        if name == 'rebuild':
            return Answer(202, b'{"server":' + self.document(server, call, single=True) + b'}')
        return answer

    def _rebuild(self, call: Call, server: Server, given: Doc) -> Answer:
        image = self.cloud.image.visible(call, str(given.get('imageRef', '')))
        if image is None:
            raise Refusal(400, 'Cannot find image for rebuild')
        if 'user_data' in given and call.microversion < (2, 57):
            raise invalid('rebuild', given, "Additional properties are not allowed ('user_data' was unexpected)")
        check_texts({'name': given.get('name')})
        check_metadata(given.get('metadata', {}))
        check_items(given.get('metadata', {}))
        server.image, server.name = image['id'], given.get('name', server.name)
        server.metadata = dict(given.get('metadata', server.metadata))
        server.user_data = given.get('user_data', server.user_data)
        return Answer(202)

    def _snapshot(self, call: Call, server: Server, given: Doc) -> Answer:
        if not given.get('name'):
            raise Refusal(400, "Invalid input for field/attribute createImage. 'name' is a required property")
        check_texts({'name': given['name']})
        check_metadata(given.get('metadata', {}))
        image = self.cloud.image.snapshot(call, server.image, given, call.now + self.cloud.settings.action_seconds)
        if call.microversion >= (2, 45):
            return Answer(202, {'image_id': image})
        return Answer(202, None, {'Location': f'{self.cloud.url}/image/v2/images/{image}'})

    def _reboot(self, call: Call, server: Server, given: Doc) -> Answer:
        kind = str(given.get('type', '')).upper()
        if kind not in ('SOFT', 'HARD'):
            reason = f"{given.get('type')!r} is not one of ['HARD', 'Hard', 'hard', 'SOFT', 'Soft', 'soft']"
            raise Refusal(400, f'Invalid input for field/attribute type. Value: {given.get("type")}. {reason}')
        if kind == 'SOFT':
            self._check(call, server, 'reboot', ('active',))
        else:
            self._check(call, server, 'reboot', ('active', 'stopped', 'paused', 'suspended', 'error'), HARD_TASKS)
        server.generation += 1
        self.record(server, call, 'reboot')
        self.change(server, call.now, {'task_state': 'rebooting' if kind == 'SOFT' else 'rebooting_hard'})
        end = {'vm_state': 'active', 'task_state': None, 'fault': None}
        self.plan(server, call.now + self.cloud.settings.action_seconds, end)
        return Answer(202)

    def _lock(self, call: Call, server: Server, given: Doc) -> Answer:
        # Up to 2.72 Nova looks at nothing that is said with it.
        reason = given.get('locked_reason') if call.microversion >= (2, 73) else None
        check_texts({'locked_reason': reason})
        self.change(server, call.now, {'locked': True, 'locked_reason': reason})
        return Answer(202)

    def _unlock(self, call: Call, server: Server, given: Doc) -> Answer:
        self.change(server, call.now, {'locked': False, 'locked_reason': None})
        return Answer(202)

    def _console(self, call: Call, server: Server, given: Doc) -> Answer:
        if server.vm_state == 'building':
            raise Refusal(409, f'Instance {server.id} is not ready')
        lines = [f'{server.name} login:', 'FAKE CONSOLE OUTPUT', 'ANOTHER', 'LAST LINE']
        length = given.get('length')
        return Answer(200, {'output': '\n'.join(lines[-int(length) :] if length is not None else lines)})

    def _force_delete(self, call: Call, server: Server, given: Doc) -> Answer:
        server.generation += 1
        self.change(server, call.now, {'task_state': 'deleting'})
        self.plan(server, call.now + self.cloud.settings.delete_seconds, {'gone': True})
        return Answer(202)

    def _grouped(self, call: Call, server: Server, given: Doc, add: bool) -> Answer:
        rules = self.cloud.network.rules
        name = str(given.get('name', ''))
        groups = rules.group_named(server.project, name)
        if not groups:
            raise Refusal(404, f'Security group {name} not found for project {server.project}.')
        ports = [port for nic in server.nics if (port := rules.ports.get(nic)) is not None]
        if not add and not any(groups[0]['id'] in port['security_groups'] for port in ports):
            raise Refusal(404, f'Security group {name} not associated with the instance {server.id}')
        for port in ports:
            others = [group for group in port['security_groups'] if group != groups[0]['id']]
            rules.change(rules.ports, port, {'security_groups': [*others, groups[0]['id']] if add else others}, call.now)
        server.views.clear()
        return Answer(202)

    def _add_group(self, call: Call, server: Server, given: Doc) -> Answer:
        return self._grouped(call, server, given, add=True)

    def _remove_group(self, call: Call, server: Server, given: Doc) -> Answer:
        return self._grouped(call, server, given, add=False)

    # -- below a server

    @route('GET', '/servers/{id}/os-security-groups')
    def server_groups(self, call: Call, ident: str) -> Answer:
        server, rules = self.found(call, ident), self.cloud.network.rules
        names = {group['name'] for group in group_names(server, rules)}
        groups = [g for g in rules.groups.shelf if g['project_id'] == server.project and g['name'] in names]
        listed = [
            {'id': g['id'], 'name': g['name'], 'description': g['description'], 'tenant_id': g['project_id'], 'rules': []}
            for g in groups
        ]
        return Answer(200, {'security_groups': listed})

    @route('GET', '/servers/{id}/ips')
    def ips(self, call: Call, ident: str) -> Answer:
        server = self.found(call, ident)
        known = {} if server.vm_state == 'building' else addresses(server, self.cloud.network.rules)
        return Answer(
            200,
            {
                'addresses': {
                    name: [{'version': a['version'], 'addr': a['addr']} for a in found] for name, found in known.items()
                }
            },
        )

    @route('GET', '/servers/{id}/os-interface')
    def interfaces(self, call: Call, ident: str) -> Answer:
        server, rules = self.found(call, ident), self.cloud.network.rules
        ports = [port for nic in server.nics if (port := rules.ports.get(nic)) is not None]
        return Answer(200, {'interfaceAttachments': [self._interface(call, port) for port in ports]})

    def _interface(self, call: Call, port: Doc) -> Doc:
        document: Doc = {
            'net_id': port['network_id'],
            'port_id': port['id'],
            'mac_addr': port['mac_address'],
            'port_state': port['status'],
        }
        if call.microversion >= (2, 70):
            document['tag'] = None
        return document | {'fixed_ips': port['fixed_ips']}

    @route('POST', '/servers/{id}/os-interface')
    def attach_interface(self, call: Call, ident: str) -> Answer:
        server, given = self.found(call, ident), call.json('interfaceAttachment')
        self._check(call, server, 'attach_interface', ('active', 'paused', 'stopped'))
        wanted = {
            'uuid': given.get('net_id'),
            'port': given.get('port_id'),
            'fixed_ip': (given.get('fixed_ips') or [{}])[0].get('ip_address'),
        }
        if wanted['fixed_ip'] is not None and not is_address(str(wanted['fixed_ip'])):
            raise invalid('ip_address', wanted['fixed_ip'], f"{wanted['fixed_ip']!r} is not a 'ipv4'")
        for name, shelf in (('port', self.cloud.network.rules.ports), ('uuid', self.cloud.network.rules.networks)):
            if wanted[name] and shelf.get(wanted[name]) is None:
                raise Refusal(404, f'{"Port id" if name == "port" else "Network"} {wanted[name]} could not be found.')
        port = self.cloud.compute.attach(call, server, wanted)
        server.views.clear()
        return Answer(200, {'interfaceAttachment': self._interface(call, port)})

    @route('DELETE', '/servers/{id}/os-interface/{port}')
    def detach_interface(self, call: Call, ident: str, port_id: str) -> Answer:
        server, rules = self.found(call, ident), self.cloud.network.rules
        port = rules.ports.get(port_id)
        if port is None or port_id not in server.nics:
            raise Refusal(404, f'Port id {port_id} could not be found.')
        self._check(call, server, 'detach_interface', ('active', 'paused', 'stopped'))
        rules.drop_port(port)
        return Answer(202)

    @route('GET', '/servers/{id}/os-instance-actions')
    def events(self, call: Call, ident: str) -> Answer:
        actions = self.found(call, ident).actions
        drop = 'updated_at' if call.microversion < (2, 58) else ''
        return Answer(200, {'instanceActions': [{k: v for k, v in action.items() if k != drop} for action in actions]})

    @route('GET', '/servers/{id}/topology')
    def topology(self, call: Call, ident: str) -> Answer:
        self.found(call, ident)
        if call.microversion < (2, 78):
            raise Refusal(404, NO_PATH)
        return Answer(200, {'nodes': [], 'pagesize_kb': None})

    @route('GET', '/servers/{id}/metadata')
    def metadata(self, call: Call, ident: str) -> Answer:
        return Answer(200, {'metadata': self.found(call, ident).metadata})

    def _metadata(self, call: Call, ident: str, given: Any, keep: bool) -> Answer:
        server = self.found(call, ident)
        self._check(call, server, 'update metadata', LIVING, (server.task_state,))
        check_metadata(given)
        metadata = {**server.metadata, **given} if keep else dict(given)
        check_items(metadata)
        self.change(server, call.now, {'metadata': metadata})
        return Answer(200, {'metadata': metadata})

    @route('POST', '/servers/{id}/metadata')
    def add_metadata(self, call: Call, ident: str) -> Answer:
        return self._metadata(call, ident, call.json('metadata'), keep=True)

    @route('PUT', '/servers/{id}/metadata')
    def replace_metadata(self, call: Call, ident: str) -> Answer:
        return self._metadata(call, ident, call.json('metadata'), keep=False)

    @route('GET', '/servers/{id}/metadata/{key}')
    def one_metadatum(self, call: Call, ident: str, key: str) -> Answer:
        metadata = self.found(call, ident).metadata
        if key not in metadata:
            raise Refusal(404, 'Metadata item was not found')
        return Answer(200, {'meta': {key: metadata[key]}})

    @route('PUT', '/servers/{id}/metadata/{key}')
    def put_metadatum(self, call: Call, ident: str, key: str) -> Answer:
        given = call.json('meta')
        self._metadata(call, ident, given, keep=True)
        return Answer(200, {'meta': given})

    @route('DELETE', '/servers/{id}/metadata/{key}')
    def delete_metadatum(self, call: Call, ident: str, key: str) -> Answer:
        server = self.found(call, ident)
        self._check(call, server, 'delete metadata', LIVING, (server.task_state,))
        if key not in server.metadata:
            raise Refusal(404, 'Metadata item was not found')
        self.change(server, call.now, {'metadata': {k: v for k, v in server.metadata.items() if k != key}})
        return Answer(204)

    @route('GET', '/servers/{id}/tags')
    def server_tags(self, call: Call, ident: str) -> Answer:
        return Answer(200, {'tags': self.found(call, ident).tags})

    @route('PUT', '/servers/{id}/tags')
    def replace_server_tags(self, call: Call, ident: str) -> Answer:
        server = self.found(call, ident)
        self.change(server, call.now, {'tags': sorted(set(call.json()['tags']))})
        return Answer(200, {'tags': server.tags})

    @route('DELETE', '/servers/{id}/tags')
    def clear_server_tags(self, call: Call, ident: str) -> Answer:
        self.change(self.found(call, ident), call.now, {'tags': []})
        return Answer(204)

    @route('PUT', '/servers/{id}/tags/{tag}')
    def add_server_tag(self, call: Call, ident: str, tag: str) -> Answer:
        server = self.found(call, ident)
        known = tag in server.tags
        self.change(server, call.now, {'tags': sorted({*server.tags, tag})})
        return Answer(204 if known else 201)

    @route('DELETE', '/servers/{id}/tags/{tag}')
    def delete_server_tag(self, call: Call, ident: str, tag: str) -> Answer:
        server = self.found(call, ident)
        if tag not in server.tags:
            raise Refusal(404, f"Instance {ident} has no tag '{tag}'")
        self.change(server, call.now, {'tags': [other for other in server.tags if other != tag]})
        return Answer(204)
