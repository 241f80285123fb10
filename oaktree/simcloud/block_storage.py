# SPDX-License-Identifier: Apache-2.0
"""Cinder v3: discovery, microversions, lists, volume types, limits and quotas, and what comes about with time."""

from __future__ import annotations

import heapq
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from oaktree.simcloud.block_copies import Copies
from oaktree.simcloud.block_volumes import Volumes
from oaktree.simcloud.compute import FAULTS
from oaktree.simcloud.http import Answer, Call, Doc, Refusal, Service, route, truth, web_error
from oaktree.simcloud.store import Shelf

if TYPE_CHECKING:
    from oaktree.simcloud.cloud import Cloud

MAXIMUM = (3, 71)
LIMITS = {
    'volumes': ('maxTotalVolumes', 'totalVolumesUsed'),
    'gigabytes': ('maxTotalVolumeGigabytes', 'totalGigabytesUsed'),
    'snapshots': ('maxTotalSnapshots', 'totalSnapshotsUsed'),
    'backups': ('maxTotalBackups', 'totalBackupsUsed'),
    'backup_gigabytes': ('maxTotalBackupGigabytes', 'totalBackupGigabytesUsed'),
}
OVER = {
    'gigabytes': 'VolumeSizeExceedsAvailableQuota: Requested volume or snapshot exceeds allowed gigabytes quota. '
    'Requested {asked}G, quota is {quota}G and {used}G has been consumed.',
    'backup_gigabytes': 'VolumeBackupSizeExceedsAvailableQuota: Requested backup exceeds allowed Backup gigabytes quota. '
    'Requested {asked}G, quota is {quota}G and {used}G has been consumed.',
    'volumes': "VolumeLimitExceeded: Maximum number of volumes allowed ({quota}) exceeded for quota 'volumes'.",
    'snapshots': 'SnapshotLimitExceeded: Maximum number of snapshots allowed ({quota}) exceeded',
    'backups': 'BackupLimitExceeded: Maximum number of backups allowed ({quota}) exceeded',
}


class BlockStorage(Volumes, Copies, Service):
    """The volumes of one cloud and their copies."""

    type = 'block-storage'
    version = '/v3'

    def __init__(self, cloud: Cloud) -> None:
        super().__init__(cloud)
        self.reset()

    def reset(self) -> None:
        self.last = 0
        self._plans: list[tuple[float, int, Callable[[float], None]]] = []
        self._planned = 0
        self.volumes, self.snapshots, self.backups, self.transfers = (self._shelf() for _ in range(4))
        self.types: list[Doc] = [
            {
                'id': self.cloud.uuid('volume type', name),
                'name': name,
                'is_public': True,
                'description': f'{name} storage',
                'extra_specs': {'multiattach': '<is> True'} if name == 'shared' else {},
                'os-volume-type-access:is_public': True,
                'qos_specs_id': None,
            }
            for name in self.cloud.profile.volume_types
        ]

    @staticmethod
    def _shelf() -> Shelf[Doc]:
        return Shelf(lambda item: item['order'], lambda item: str(item['id']))

    # -- microversions and errors

    def prepare(self, call: Call) -> None:
        self.settle(call.now)
        named = re.search(r'(?:^|,)\s*volume\s+(\S+?)\s*(?:,|$)', call.headers.get('OpenStack-API-Version', ''))
        text = named.group(1) if named else '3.0'
        if text == 'latest':
            call.microversion = MAXIMUM
            return
        if not re.fullmatch(r'\d+\.\d+', text):
            raise Refusal(400, f'API Version String {text} is of invalid format. Must be of format MajorNum.MinorNum.')
        major, minor = map(int, text.split('.'))
        if not (3, 0) <= (major, minor) <= MAXIMUM:
            raise Refusal(406, f'Version {text} is not supported by the API. Minimum is 3.0 and maximum is 3.{MAXIMUM[1]}.')
        call.microversion = (major, minor)

    def finish(self, call: Call, answer: Answer) -> None:
        answer.headers['x-compute-request-id'] = call.request_id
        if call.path.startswith('/v3/') and answer.status != 401:
            version = f'{call.microversion[0]}.{call.microversion[1]}' if call.microversion >= (3, 0) else '3.0'
            answer.headers |= {'OpenStack-API-Version': f'volume {version}', 'Vary': 'OpenStack-API-Version'}

    def refuse(self, call: Call, refusal: Refusal) -> Answer:
        if refusal.status == 401:
            document: Doc = {'error': {'code': 401, 'title': 'Unauthorized', 'message': refusal.message}}
            return Answer(401, document, {'WWW-Authenticate': f'Keystone uri="{self.cloud.url}/identity/v3"'})
        if refusal.kind == 'no path':
            return web_error(call, refusal)
        name = FAULTS.get(refusal.status, 'computeFault')
        headers = refusal.headers | ({'Retry-After': '0'} if refusal.status == 413 else {})
        return Answer(refusal.status, {name: {'code': refusal.status, 'message': refusal.message}}, headers)

    # -- discovery

    def _version(self) -> Doc:
        version: Doc = {'id': 'v3.0', 'status': 'CURRENT', 'version': f'3.{MAXIMUM[1]}', 'min_version': '3.0'}
        version |= {'updated': '2023-08-31T00:00:00Z'}
        version['media-types'] = [{'base': 'application/json', 'type': 'application/vnd.openstack.volume+json;version=3'}]
        href = f'{self.cloud.url}/block-storage/v3/'
        describedby = {'rel': 'describedby', 'type': 'text/html', 'href': 'https://docs.openstack.org/'}
        return version | {'links': [describedby, {'rel': 'self', 'href': href}]}

    @route('GET', '/', public=True)
    def versions(self, call: Call) -> Answer:
        return Answer(300, {'versions': [self._version()]})

    @route('GET', '/v3')
    def show_version(self, call: Call) -> Answer:
        return Answer(200, {'versions': [self._version()]})

    # -- time

    def after(self, due: float, change: Callable[[float], None]) -> None:
        """Something that comes about then."""
        self._planned += 1
        heapq.heappush(self._plans, (due, self._planned, change))

    def settle(self, now: float) -> None:
        """Brings about everything that was due by now."""
        while self._plans and self._plans[0][0] <= now:
            due, _, change = heapq.heappop(self._plans)
            change(due)

    # -- reading

    def listed(
        self, call: Call, shelf: Shelf[Doc], key: str, what: str, render: Callable[[Call, Doc], Doc], links: bool = True
    ) -> Answer:
        """One page of a collection, newest first; `what` is its name in errors."""
        page = self.cloud.profile.page
        limit = min(call.integer('limit', page) or page, page)
        marker = call.query.get('marker')
        if marker is not None and marker not in shelf:
            raise Refusal(404, f'{what} {marker} could not be found.')
        everyone = call.token.admin and truth(call.query.get('all_tenants', ''))
        wanted = {name: call.query[name] for name in ('name', 'status', 'volume_id') if name in call.query}
        found: list[Doc] = []
        for item in shelf.backward(shelf.get(marker) if marker else None):
            if (everyone or item['project'] == call.project) and all(item.get(k) == v for k, v in wanted.items()):
                found.append(item)
                if len(found) == limit:
                    break
        body: Doc = {key: [render(call, item) for item in found]}
        if links and len(found) == limit:
            address = f'{self.cloud.url}/block-storage{call.path}'
            body[f'{key}_links'] = [{'rel': 'next', 'href': call.link(address, found[-1]['id'])}]
        return Answer(200, body)

    def found(self, call: Call, shelf: Shelf[Doc], what: str, ident: str) -> Doc:
        """One that the caller may see."""
        item = shelf.get(ident)
        if item is None or (item['project'] != call.project and not call.token.admin):
            raise Refusal(404, f'{what} {ident} could not be found.')
        return item

    @route('GET', '/types')
    def list_types(self, call: Call) -> Answer:
        """There are no links to the next page."""
        limit = min(call.integer('limit', self.cloud.profile.page), self.cloud.profile.page)
        ids = [one['id'] for one in self.types]
        start = ids.index(call.query['marker']) + 1 if call.query.get('marker') in ids else 0
        return Answer(200, {'volume_types': self.types[start : start + limit]})

    @route('GET', '/types/{id}')
    def show_type(self, call: Call, ident: str) -> Answer:
        wanted = self.types[0]['id'] if ident == 'default' else ident
        for one in self.types:
            if one['id'] == wanted:
                return Answer(200, {'volume_type': one})
        raise Refusal(404, f'Volume type {ident} could not be found.')

    @route('GET', '/os-availability-zone')
    def zones(self, call: Call) -> Answer:
        return Answer(200, {'availabilityZoneInfo': [{'zoneName': 'nova', 'zoneState': {'available': True}}]})

    # -- limits and quotas

    def used(self, project: str) -> dict[str, int]:
        mine = {
            name: [item for item in shelf if item['project'] == project]
            for name, shelf in (('volumes', self.volumes), ('snapshots', self.snapshots), ('backups', self.backups))
        }
        counts = {name: len(items) for name, items in mine.items()}
        sizes = {name: sum(item['size'] for item in items) for name, items in mine.items()}
        return counts | {'gigabytes': sizes['volumes'] + sizes['snapshots'], 'backup_gigabytes': sizes['backups']}

    def admit(self, project: str, **asked: int) -> None:
        """Refuse what a project has no quota for."""
        used, quota = self.used(project), self.cloud.settings.quota
        for name in sorted(asked, key=lambda name: 'gigabytes' not in name):
            if 0 <= quota[name] < used[name] + asked[name]:
                raise Refusal(413, OVER[name].format(asked=asked[name], quota=quota[name], used=used[name]))

    @route('GET', '/limits')
    def limits(self, call: Call) -> Answer:
        used, quota = self.used(call.project), self.cloud.settings.quota
        absolute: Doc = {}
        for name, (most, now) in LIMITS.items():
            absolute |= {most: quota[name], now: used[name]}
        return Answer(200, {'limits': {'rate': [], 'absolute': absolute}})

    @route('GET', '/os-quota-sets/{id}')
    def quota_set(self, call: Call, project: str) -> Answer:
        if project != call.project and not call.token.admin:
            raise Refusal(403, "Policy doesn't allow volume_extension:quotas:show to be performed.")
        quota, used = self.cloud.settings.quota, self.used(project)
        values = {name: quota[name] for name in (*LIMITS, 'per_volume_gigabytes', 'groups')}
        values |= {f'{kind}_{one["name"]}': -1 for one in self.types for kind in ('volumes', 'gigabytes', 'snapshots')}
        if not truth(call.query.get('usage', '')):
            return Answer(200, {'quota_set': {'id': project, **values}})
        full = {name: {'limit': most, 'in_use': used.get(name, 0), 'reserved': 0} for name, most in values.items()}
        return Answer(200, {'quota_set': {'id': project, **full}})
