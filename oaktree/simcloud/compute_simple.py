# SPDX-License-Identifier: Apache-2.0
"""Nova's plain resources: flavors, keypairs, limits, quotas, availability zones."""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from typing import TYPE_CHECKING

from oaktree.simcloud.compute_create import MOST, MOST_ITEMS, check_texts, invalid
from oaktree.simcloud.compute_servers import links
from oaktree.simcloud.http import Answer, Call, Doc, Refusal, micros, route
from oaktree.simcloud.store import Shelf

if TYPE_CHECKING:
    from oaktree.simcloud.cloud import Cloud

QUOTAS = ('instances', 'cores', 'ram', 'key_pairs', 'server_groups')


class SimpleResources:
    """What a user of Nova reads beside servers."""

    cloud: Cloud
    used: dict[str, tuple[int, int, int]]

    if TYPE_CHECKING:

        def groups_of(self, project: str) -> list[Doc]: ...

    def reset_simple(self) -> None:
        self.flavors: Shelf[Doc] = Shelf(lambda flavor: flavor['id'], lambda flavor: flavor['id'])
        self.keypairs: dict[str, dict[str, Doc]] = {}
        for name, ram, vcpus, disk in self.cloud.profile.flavors:
            self.add_flavor(self.cloud.uuid('flavor', name), name, ram, vcpus, disk)

    # -- flavors

    def add_flavor(self, ident: str, name: str, ram: int, vcpus: int, disk: int) -> Doc:
        flavor: Doc = {'id': ident, 'name': name, 'ram': ram, 'vcpus': vcpus, 'disk': disk, 'ephemeral': 0, 'swap': 0}
        flavor |= {'is_public': True, 'extra_specs': {}, 'description': None}
        self.flavors.add(flavor)
        return flavor

    def flavor(self, call: Call, ident: str) -> Doc:
        flavor = self.flavors.get(ident)
        if flavor is None or not (flavor['is_public'] or call.token.admin):
            raise Refusal(400, f'Flavor {ident} could not be found.')
        return flavor

    def _flavor_view(self, call: Call, flavor: Doc, full: bool) -> Doc:
        document: Doc = {'id': flavor['id'], 'name': flavor['name'], 'links': links(self.cloud.url, 'flavors', flavor['id'])}
        if call.microversion >= (2, 55):
            document['description'] = flavor['description']
        if not full:
            return document
        document |= {'ram': flavor['ram'], 'disk': flavor['disk'], 'vcpus': flavor['vcpus'], 'rxtx_factor': 1.0}
        document |= {'OS-FLV-EXT-DATA:ephemeral': flavor['ephemeral'], 'OS-FLV-DISABLED:disabled': False}
        document['os-flavor-access:is_public'] = flavor['is_public']
        document['swap'] = flavor['swap'] or (0 if call.microversion >= (2, 75) else '')
        if call.microversion >= (2, 61):
            document['extra_specs'] = flavor['extra_specs']
        return document

    def _list_flavors(self, call: Call, path: str, full: bool) -> Answer:
        page = self.cloud.profile.page
        limit = min(page, call.integer('limit', page))
        marker = self.flavors.get(call.query['marker']) if 'marker' in call.query else None
        if marker is None and 'marker' in call.query:
            raise Refusal(400, f'marker [{call.query["marker"]}] not found')
        public = {'none': None, 'false': False, '0': False}.get(call.query.get('is_public', 'true').lower(), True)
        found: list[Doc] = []
        for flavor in self.flavors.forward(marker):
            seen = flavor['is_public'] if not call.token.admin else public in (None, flavor['is_public'])
            enough = flavor['ram'] >= call.integer('minRam') and flavor['disk'] >= call.integer('minDisk')
            if seen and enough and len(found) < limit:
                found.append(flavor)
        body: Doc = {'flavors': [self._flavor_view(call, flavor, full) for flavor in found]}
        if limit and len(found) == limit:
            link = call.link(f'{self.cloud.url}/compute/v2.1{path}', found[-1]['id'])
            body['flavors_links'] = [{'rel': 'next', 'href': link}]
        return Answer(200, body)

    @route('GET', '/flavors')
    def list_flavors(self, call: Call) -> Answer:
        return self._list_flavors(call, '/flavors', full=False)

    @route('GET', '/flavors/detail')
    def detail_flavors(self, call: Call) -> Answer:
        return self._list_flavors(call, '/flavors/detail', full=True)

    @route('GET', '/flavors/{id}')
    def show_flavor(self, call: Call, ident: str) -> Answer:
        try:
            flavor = self.flavor(call, ident)
        except Refusal as refusal:
            raise Refusal(404, refusal.message) from None
        return Answer(200, {'flavor': self._flavor_view(call, flavor, full=True)})

    @route('GET', '/flavors/{id}/os-extra_specs')
    def flavor_specs(self, call: Call, ident: str) -> Answer:
        flavor = self.flavors.get(ident)
        if flavor is None:
            raise Refusal(404, f'Flavor {ident} could not be found.')
        return Answer(200, {'extra_specs': flavor['extra_specs']})

    # -- keypairs

    def keypair(self, call: Call, name: str) -> Doc | None:
        return self.keypairs.get(call.token.user_id, {}).get(name)

    def _keypair_view(self, call: Call, keypair: Doc, *more: str) -> Doc:
        names = ('name', 'public_key', 'fingerprint', *more, *(('type',) if call.microversion >= (2, 2) else ()))
        return {'keypair': {name: keypair[name] for name in names}}

    @route('GET', '/os-keypairs')
    def list_keypairs(self, call: Call) -> Answer:
        user = call.token.user_id
        if call.query.get('user_id', user) != user and not call.token.admin:
            raise Refusal(403, "Policy doesn't allow os_compute_api:os-keypairs:index to be performed.")
        mine = sorted(self.keypairs.get(call.query.get('user_id', user), {}).values(), key=lambda keypair: str(keypair['name']))
        if call.microversion < (2, 35):
            return Answer(200, {'keypairs': [self._keypair_view(call, keypair) for keypair in mine]})
        page = self.cloud.profile.page
        limit, marker = min(page, call.integer('limit', page)), call.query.get('marker')
        if marker is not None:
            names = [keypair['name'] for keypair in mine]
            if marker not in names:
                raise Refusal(400, f'Marker {marker} could not be found.')
            mine = mine[names.index(marker) + 1 :]
        found = mine[:limit]
        body: Doc = {'keypairs': [self._keypair_view(call, keypair) for keypair in found]}
        if limit and len(found) == limit:
            body['keypairs_links'] = [
                {'rel': 'next', 'href': call.link(f'{self.cloud.url}/compute/v2.1/os-keypairs', found[-1]['name'])}
            ]
        return Answer(200, body)

    @route('GET', '/os-keypairs/{name}')
    def show_keypair(self, call: Call, name: str) -> Answer:
        keypair = self._known(call, name)
        more = ('user_id', 'created_at', 'deleted', 'deleted_at', 'id', 'updated_at')
        return Answer(200, self._keypair_view(call, keypair, *more))

    def _known(self, call: Call, name: str) -> Doc:
        keypair = self.keypair(call, name)
        if keypair is None:
            raise Refusal(404, f'Keypair {name} not found for user {call.token.user_id}')
        return keypair

    @route('DELETE', '/os-keypairs/{name}')
    def delete_keypair(self, call: Call, name: str) -> Answer:
        del self.keypairs[call.token.user_id][self._known(call, name)['name']]
        return Answer(202 if call.microversion < (2, 2) else 204)

    @route('POST', '/os-keypairs')
    def create_keypair(self, call: Call) -> Answer:
        given = call.json('keypair')
        name, public = given.get('name'), given.get('public_key')
        if not isinstance(name, str) or not name.strip():
            raise Refusal(400, f"Invalid input for field/attribute keypair. Value: {given}. 'name' is a required property")
        if not re.fullmatch('[-_ a-zA-Z0-9@.]{1,255}' if call.microversion >= (2, 92) else '[-_ a-zA-Z0-9]{1,255}', name):
            raise invalid('name', name, f'{name!r} does not match the regex')
        check_texts({'name': name})
        if public is None and call.microversion >= (2, 92):
            raise Refusal(
                400, f"Invalid input for field/attribute keypair. Value: {given}. 'public_key' is a required property"
            )
        mine = self.keypairs.setdefault(call.token.user_id, {})
        if name in mine:
            raise Refusal(409, f"Key pair '{name}' already exists.")
        if len(mine) >= self.cloud.settings.quota['key_pairs']:
            raise Refusal(403, 'Quota exceeded, too many key pairs.')
        keypair = self.add_keypair(call.token.user_id, name, public, given.get('type', 'ssh'), call.now)
        if public is None:
            view = self._keypair_view(call, keypair | {'private_key': generated_private_key()}, 'user_id', 'private_key')
        else:
            view = self._keypair_view(call, keypair, 'user_id')
        return Answer(200 if call.microversion < (2, 2) else 201, view)

    def add_keypair(self, user: str, name: str, public: str | None, kind: str, now: float) -> Doc:
        blob = base64.b64encode(b'\0\0\0\7ssh-rsa' + secrets.token_bytes(270)).decode()
        public = public or f'ssh-rsa {blob} Generated-by-Nova'
        keypair: Doc = {'name': name, 'public_key': public, 'fingerprint': fingerprint(public), 'type': kind, 'user_id': user}
        mine = self.keypairs.setdefault(user, {})
        keypair |= {'id': len(mine) + 1, 'created_at': micros(now), 'updated_at': None, 'deleted': False, 'deleted_at': None}
        mine[name] = keypair
        return keypair

    # -- the rest

    @route('GET', '/limits')
    def limits(self, call: Call) -> Answer:
        quota, (instances, cores, ram) = self.cloud.settings.quota, self.used.get(call.project, (0, 0, 0))
        absolute = {'maxTotalInstances': quota['instances'], 'maxTotalCores': quota['cores'], 'maxTotalRAMSize': quota['ram']}
        absolute |= {'maxServerMeta': MOST_ITEMS, 'maxTotalKeypairs': quota['key_pairs']}
        absolute |= {'maxServerGroups': quota['server_groups'], 'maxServerGroupMembers': MOST}
        absolute |= {'totalInstancesUsed': instances, 'totalCoresUsed': cores, 'totalRAMUsed': ram}
        absolute['totalServerGroupsUsed'] = len(self.groups_of(call.project))
        if call.microversion < (2, 39):
            absolute['maxImageMeta'] = 128
        if call.microversion < (2, 36):
            absolute |= {'maxTotalFloatingIps': -1, 'maxSecurityGroups': -1, 'maxSecurityGroupRules': -1}
            absolute |= {'totalFloatingIpsUsed': 0, 'totalSecurityGroupsUsed': 0}
        if call.microversion < (2, 57):
            absolute |= {'maxPersonality': 5, 'maxPersonalitySize': 10240}
        return Answer(200, {'limits': {'rate': [], 'absolute': absolute}})

    @route('GET', '/os-availability-zone')
    def zones(self, call: Call) -> Answer:
        return Answer(200, {'availabilityZoneInfo': [{'zoneName': 'nova', 'zoneState': {'available': True}, 'hosts': None}]})

    def _quota_set(self, project: str) -> Doc:
        fixed = {'metadata_items': MOST_ITEMS, 'server_group_members': MOST}
        return {'id': project, **{name: self.cloud.settings.quota[name] for name in QUOTAS}, **fixed}

    @route('GET', '/os-quota-sets/{id}')
    def quota_set(self, call: Call, project: str) -> Answer:
        if project != call.project and not call.token.admin:
            raise Refusal(403, "Policy doesn't allow os_compute_api:os-quota-sets:show to be performed.")
        return Answer(200, {'quota_set': self._quota_set(project)})

    @route('PUT', '/os-quota-sets/{id}')
    def set_quota(self, call: Call, project: str) -> Answer:
        if not call.token.admin:
            raise Refusal(403, "Policy doesn't allow os_compute_api:os-quota-sets:update to be performed.")
        changes = {name: int(value) for name, value in call.json('quota_set').items() if name in QUOTAS}
        self.cloud.settings.quota |= changes
        return Answer(200, {'quota_set': {name: value for name, value in self._quota_set(project).items() if name != 'id'}})

    @route('GET', '/extensions')
    def extensions(self, call: Call) -> Answer:
        return Answer(200, {'extensions': []})


def fingerprint(public: str) -> str:
    """The MD5 fingerprint of an OpenSSH public key."""
    try:
        raw = base64.b64decode(public.split()[1], validate=True)
        kind = public.split()[0].encode()
        if raw[:4] != len(kind).to_bytes(4) or raw[4:].removeprefix(kind) == raw[4:] or len(raw) <= 4 + len(kind):
            raise ValueError
    except (IndexError, ValueError):
        raise Refusal(400, 'Keypair data is invalid: failed to generate fingerprint') from None
    digest = hashlib.md5(raw, usedforsecurity=False).hexdigest()
    return ':'.join(digest[i : i + 2] for i in range(0, 32, 2))


def generated_private_key() -> str:
    """Looks like a private key and opens nothing."""
    body = base64.b64encode(secrets.token_bytes(1190)).decode()
    lines = '\n'.join(body[i : i + 64] for i in range(0, len(body), 64))
    return f'-----BEGIN RSA PRIVATE KEY-----\n{lines}\n-----END RSA PRIVATE KEY-----\n'
