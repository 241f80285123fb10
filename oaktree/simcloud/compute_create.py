# SPDX-License-Identifier: Apache-2.0
"""POST /servers as Nova takes it: what is refused at once, what is built, what ends in ERROR."""

from __future__ import annotations

import base64
import binascii
import re
import secrets
import unicodedata
import uuid
from typing import TYPE_CHECKING, Any

from oaktree.simcloud.compute_servers import Server, links
from oaktree.simcloud.http import Answer, Call, Doc, Refusal, is_uuid, isotime, route

if TYPE_CHECKING:
    from oaktree.simcloud.cloud import Cloud

FIELDS = """name flavorRef imageRef networks key_name security_groups metadata user_data availability_zone min_count max_count
    config_drive block_device_mapping block_device_mapping_v2 description tags hostname adminPass accessIPv4 accessIPv6
    return_reservation_id personality OS-DCF:diskConfig trusted_image_certificates host hypervisor_hostname"""
UUIDLIKE = '00000000-0000-0000-0000-000000000000'
ALLOWED = frozenset(FIELDS.split())
MOST_ITEMS = 128
"""Pieces of metadata that a server may have."""
MOST = 10
"""Servers that a group may have."""
UNPRINTABLE = ('Cc', 'Cf', 'Cn', 'Co', 'Cs', 'Zl', 'Zp')


def invalid(field: str, value: Any, reason: str) -> Refusal:
    return Refusal(400, f'Invalid input for field/attribute {field}. Value: {value}. {reason}')


def check_metadata(metadata: Any) -> None:
    """Text, at most 255 characters of it for each."""
    if not isinstance(metadata, dict):
        raise invalid('metadata', metadata, f"{metadata!r} is not of type 'object'")
    for key, value in metadata.items():
        if not re.fullmatch('[a-zA-Z0-9-_:. ]{1,255}', key):
            raise invalid('metadata', metadata, f'{key!r} does not match any of the regexes')
        if not isinstance(value, str):
            raise invalid(key, value, f"{value!r} is not of type 'string'")
        if len(value) > 255:
            raise invalid(key, value, f'{value!r} is too long')


def check_items(metadata: Doc) -> None:
    """Not more of them than the project may have."""
    if len(metadata) > MOST_ITEMS:
        raise Refusal(403, f'Maximum number of metadata items exceeds {MOST_ITEMS}')


def check_schema(call: Call, given: Doc) -> None:
    """What Nova's JSON schema refuses."""
    for name in ('name', 'flavorRef'):
        if name not in given:
            raise invalid('server', given, f"'{name}' is a required property")
    if call.microversion >= (2, 37) and 'networks' not in given:
        raise invalid('server', given, "'networks' is a required property")
    unknown = [name for name in given if name not in ALLOWED]
    for name, minor in (('description', 19), ('tags', 52), ('hostname', 90)):
        if name in given and call.microversion < (2, minor):
            unknown.append(name)
    if unknown:
        listed = ', '.join(f"'{name}'" for name in unknown)
        verb = 'was' if len(unknown) == 1 else 'were'
        raise invalid('server', given, f'Additional properties are not allowed ({listed} {verb} unexpected)')
    check_texts({name: given.get(name) for name in ('name', 'description')})
    for field in ('key_name', 'availability_zone'):
        if given.get(field) is not None and not 0 < len(given[field]) <= 255:
            raise invalid(field, given[field], f'{given[field]!r} is too long')
    check_metadata(given.get('metadata', {}))
    check_items(given.get('metadata', {}))
    networks = given.get('networks', [])
    if isinstance(networks, list) and not all(is_uuid(str(n.get('uuid') or n.get('port') or UUIDLIKE)) for n in networks):
        raise invalid('networks', networks, f'{networks!r} is not valid under any of the given schemas')
    if isinstance(networks, str) and (networks not in ('auto', 'none') or call.microversion < (2, 37)):
        raise invalid('networks', networks, f'{networks!r} is not valid under any of the given schemas')


def check_texts(texts: Doc) -> None:
    """What is called something, and said of it, in at most 255 characters that can be printed; no spaces around a name."""
    for name, text in texts.items():
        if text is None:
            continue
        if not isinstance(text, str) or len(text) > 255 or (name == 'name' and not text):
            raise invalid(name, text, f'{text!r} is too long' if text else "'' should be non-empty")
        # Nova's regular expression knows nothing beyond U+FFFF.
        if not all(char <= '\uffff' and unicodedata.category(char) not in UNPRINTABLE for char in text) or (
            name == 'name' and text != text.strip()
        ):
            raise invalid(name, text, f'{text!r} does not match the regex: printable characters')


def check_tags(tags: Any) -> None:
    """At most fifty, each short and without what would end it in a path."""
    for tag in tags or ():
        if not isinstance(tag, str) or not 0 < len(tag) <= 60 or '/' in tag or ',' in tag:
            raise invalid('tags', tags, f'{tag!r} does not match any of the regexes')
    if len(tags or ()) > 50:
        raise invalid('tags', tags, f'{tags!r} is too long')


def check_user_data(given: str | None) -> None:
    if given is None:
        return
    if len(given) > 65535:
        raise invalid('user_data', given[:50], 'It is too long')
    try:
        base64.b64decode(given)
    except (binascii.Error, ValueError):
        raise Refusal(400, 'User data needs to be valid base 64.') from None


class Creation:
    """Makes servers and their ports."""

    cloud: Cloud
    last: int
    used: dict[str, tuple[int, int, int]]

    if TYPE_CHECKING:

        def flavor(self, call: Call, ident: str) -> Doc: ...
        def keypair(self, call: Call, name: str) -> Doc | None: ...
        def enter(self, server: Server) -> None: ...
        def plan(self, server: Server, due: float, changes: Doc) -> None: ...
        def record(self, server: Server, call: Call, action: str) -> None: ...
        def join(self, call: Call, hints: Any) -> Doc | None: ...
        def crowded(self, group: Doc | None) -> bool: ...
        def check_volumes(self, call: Call, given: Doc) -> list[Doc]: ...
        def add_volumes(self, call: Call, server: Server, wanted: list[Doc]) -> None: ...

    @route('POST', '/servers')
    def create(self, call: Call) -> Answer:
        given = call.json('server')
        check_schema(call, given)
        check_user_data(given.get('user_data'))
        low = int(given.get('min_count') or 1)
        high = int(given.get('max_count') or low)
        if low > high:
            raise Refusal(400, 'min_count must be <= max_count')
        check_tags(given.get('tags'))
        if not given.get('imageRef') and not given.get('block_device_mapping_v2') and not given.get('block_device_mapping'):
            raise Refusal(400, 'Invalid imageRef provided.' if 'imageRef' in given else 'Missing imageRef attribute')
        flavor = self.flavor(call, str(given['flavorRef']))
        image = self._image(call, str(given.get('imageRef') or ''), flavor)
        if given.get('key_name') is not None and self.keypair(call, given['key_name']) is None:
            raise Refusal(400, 'Invalid key_name provided.')
        zone = given.get('availability_zone')
        if zone not in (None, 'nova'):
            raise Refusal(400, 'The requested availability zone is not available')
        groups = self._groups(call, given)
        group, volumes = self.join(call, call.json().get('os:scheduler_hints')), self.check_volumes(call, given)
        wanted = self._networks(call, given.get('networks'), high)
        high = self._quota(call, flavor, low, high)
        reservation = f'r-{secrets.token_hex(4)}'
        servers = []
        for number in range(high):
            name = given['name'].strip() if high == 1 else f'{given["name"].strip()}-{number + 1}'
            server = self._new(call, name, flavor, image, given)
            server.reservation, server.groups, server.pinned_zone = reservation, groups, zone
            servers.append(server)
            if group:
                group['members'].append(server.id)
            self.add_volumes(call, server, volumes)
            self._build(call, server, wanted, self.crowded(group))
        if given.get('return_reservation_id'):
            return Answer(202, {'reservation_id': reservation})
        link = links(self.cloud.url, 'servers', servers[0].id)
        body: Doc = {'id': servers[0].id, 'links': link, 'OS-DCF:diskConfig': given.get('OS-DCF:diskConfig', 'MANUAL')}
        body |= {'security_groups': given.get('security_groups', [{'name': 'default'}])}
        body |= {'adminPass': given.get('adminPass') or secrets.token_urlsafe(9)[:12]}
        return Answer(202, {'server': body}, {'Location': link[0]['href']})

    def _image(self, call: Call, ident: str, flavor: Doc) -> str:
        if not ident:
            return ''
        image = self.cloud.image.visible(call, ident)
        if image is None:
            raise Refusal(400, 'Can not find requested image')
        if image['status'] != 'active':
            raise Refusal(400, f'Image {ident} is not active.')
        if (image['min_ram'] or 0) > flavor['ram']:
            raise Refusal(400, "Flavor's memory is too small for requested image.")
        if (image['min_disk'] or 0) > flavor['disk']:
            raise Refusal(
                400,
                f"Flavor's disk is smaller than the minimum size specified in image metadata. Flavor disk is "
                f'{flavor["disk"] << 30} bytes, minimum size is {image["min_disk"] << 30} bytes.',
            )
        return ident

    def _groups(self, call: Call, given: Doc) -> list[str]:
        """The ids of the security groups that are asked for by name."""
        rules = self.cloud.network.rules
        found: list[str] = []
        for group in given.get('security_groups') or []:
            named = rules.group_named(call.project, group.get('name', ''))
            if not named and group.get('name') != 'default':
                raise Refusal(400, f"Unable to find security_group with name or id '{group.get('name')}'")
            if len(named) > 1:
                raise Refusal(409, f"Multiple security groups found matching '{group['name']}'. Use an ID to be more specific.")
            found.extend(one['id'] for one in named)
        return found or [rules.default_group(call.project, call.now)['id']]

    def _networks(self, call: Call, networks: Any, count: int) -> list[Doc]:
        """What each server shall be attached to, checked."""
        if networks == 'none':
            return []
        if networks in (None, 'auto', []):
            tables = self.cloud.network.rules.networks.shelf
            mine = [n for n in tables if n['shared'] or (n['project_id'] == call.project and not n['router:external'])]
            if len(mine) > 1:
                raise Refusal(409, 'Multiple possible networks found, use a Network ID to be more specific.')
            return [{'uuid': network['id']} for network in mine]
        for wanted in networks:
            self._check_network(call, wanted)
            if wanted.get('fixed_ip') and count > 1:
                raise Refusal(400, 'Failed to launch instances: Invalid fixed IP and max_count request.')
        return list(networks)

    def _check_network(self, call: Call, wanted: Doc) -> None:
        rules = self.cloud.network.rules
        if wanted.get('port'):
            port = rules.ports.get(wanted['port'])
            if port is None or (port['project_id'] != call.project and not call.token.admin):
                raise Refusal(400, f'Port id {wanted["port"]} could not be found.')
            if port['device_id']:
                raise Refusal(409, f'Port {wanted["port"]} is still in use.')
            return
        if not wanted.get('uuid'):
            raise Refusal(400, "Bad network format: missing 'uuid'")
        network = rules.networks.get(wanted['uuid'])
        mine = network is not None and (network['project_id'] == call.project or call.token.admin)
        if network is None or not (mine or network['shared'] or network['router:external']):
            raise Refusal(400, f'Network {wanted["uuid"]} could not be found.')
        if not rules.subnets.where('network_id', network['id']):
            raise Refusal(400, f'Network {network["id"]} requires a subnet in order to boot instances on.')

    def _quota(self, call: Call, flavor: Doc, low: int, high: int) -> int:
        """How many of the servers the project's quota lets through."""
        used = self.used.get(call.project, (0, 0, 0))
        for name, mine, each in zip(('instances', 'cores', 'ram'), used, (1, flavor['vcpus'], flavor['ram']), strict=True):
            allowed = self.cloud.settings.quota.get(name, -1)
            if allowed >= 0:
                if mine + low * each > allowed:
                    message = f'Quota exceeded for {name}: Requested {low * each}, but already used {mine} of {allowed} {name}'
                    raise Refusal(403, message)
                high = min(high, (allowed - mine) // each)
        return high

    def check_growth(self, call: Call, old: Doc, new: Doc) -> None:
        """Whether the project's quota lets a server have a larger flavor."""
        _, *used = self.used.get(call.project, (0, 0, 0))
        for name, mine, more in zip(
            ('cores', 'ram'), used, (new['vcpus'] - old['vcpus'], new['ram'] - old['ram']), strict=True
        ):  # fmt: skip
            if 0 <= self.cloud.settings.quota[name] < mine + more and more > 0:
                allowed = self.cloud.settings.quota[name]
                raise Refusal(403, f'Quota exceeded for {name}: Requested {more}, but already used {mine} of {allowed} {name}')

    def _new(self, call: Call, name: str, flavor: Doc, image: str, given: Doc) -> Server:
        self.last += 1
        server = Server(str(uuid.uuid4()), self.last, name, call.project, call.token.user_id, flavor, image, call.now)
        server.key_name, server.metadata = given.get('key_name'), dict(given.get('metadata', {}))
        server.tags, server.user_data = sorted(set(given.get('tags', []))), given.get('user_data')
        server.description = given.get('description') if call.microversion >= (2, 19) else name
        server.hostname = given.get('hostname') or server.hostname
        server.config_drive = 'True' if given.get('config_drive') in (True, 'true', 'True', '1') else ''
        server.access_ips = (given.get('accessIPv4', ''), given.get('accessIPv6', ''))
        self.enter(server)
        self.record(server, call, 'create')
        return server

    def _build(self, call: Call, server: Server, wanted: list[Doc], crowded: bool) -> None:
        seconds = self.cloud.settings.build_seconds
        try:
            for network in wanted:
                self.attach(call, server, network)
            nowhere = crowded or 'fail-to-build' in server.name
            problem = 'No valid host was found. There are not enough hosts available.' if nowhere else ''
        except Refusal as refusal:
            problem = f'Build of instance {server.id} aborted: {refusal.message}'
        host = f'{self.cloud.name}-compute'
        if problem:
            fault = {'code': 500, 'created': isotime(call.now + seconds), 'message': problem}
            end: Doc = {'vm_state': 'error', 'task_state': None, 'fault': fault}
        else:
            end = {'vm_state': 'active', 'task_state': None, 'launched': call.now + seconds}
            self.plan(server, call.now + seconds * 0.2, {'task_state': 'networking', 'host': host})
            self.plan(server, call.now + seconds * 0.5, {'task_state': 'spawning'})
        self.plan(server, call.now + seconds, end)

    def attach(self, call: Call, server: Server, wanted: Doc) -> Doc:
        """The port by which a server sits on a network: made, or the one that is asked for."""
        rules = self.cloud.network.rules
        owner: Doc = {'device_id': server.id, 'device_owner': 'compute:nova', 'binding:host_id': f'{self.cloud.name}-compute'}
        if self.cloud.profile.routers:
            owner['dns_name'] = server.hostname
        if wanted.get('port'):
            self._check_network(call, wanted)
            port = rules.ports.get(wanted['port'])
            assert port is not None
            rules.change(rules.ports, port, owner | {'status': 'ACTIVE', 'binding:vif_type': 'ovs'}, call.now)
        else:
            if not wanted.get('uuid'):
                wanted = self._networks(call, None, 1)[0]
            fixed = [{'ip_address': wanted['fixed_ip']}] if wanted.get('fixed_ip') else None
            given = owner | {'network_id': wanted['uuid'], 'security_groups': server.groups or None, 'fixed_ips': fixed}
            network = rules.networks.get(wanted['uuid']) or {}
            if network.get('router:external') and not network['shared'] and not call.token.admin:
                raise Refusal(403, 'Failed to allocate the network(s), not rescheduling.')
            port = rules.make(rules.ports, server.project, given, call.now)
        server.nics = [*server.nics, port['id']]
        return port
