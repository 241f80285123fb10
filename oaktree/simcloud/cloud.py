# SPDX-License-Identifier: Apache-2.0
"""One simulated cloud: its services, its settings, and what it looks like at the start."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field, fields

from oaktree.simcloud.block_storage import BlockStorage
from oaktree.simcloud.compute import Compute
from oaktree.simcloud.faults import Faults
from oaktree.simcloud.http import Doc, Refusal
from oaktree.simcloud.identity import Identity
from oaktree.simcloud.image import Image
from oaktree.simcloud.load_balancer import LoadBalancer
from oaktree.simcloud.network import Network
from oaktree.simcloud.object_store import ObjectStore
from oaktree.simcloud.profiles import PROFILES
from oaktree.simcloud.tokens import USERS, hexid

QUOTA = {
    'instances': 10_000, 'cores': 100_000, 'ram': 100_000_000, 'key_pairs': 10_000, 'server_groups': 1000,
    'volumes': 10_000, 'snapshots': 10_000, 'backups': 10_000,
    'gigabytes': 1_000_000, 'backup_gigabytes': 1_000_000, 'per_volume_gigabytes': -1, 'groups': 10,
}  # fmt: skip


@dataclass
class Settings:
    """How long things take, in seconds, and how much a project may have."""

    build_seconds: float = 0.5
    delete_seconds: float = 0.3
    action_seconds: float = 0.3
    token_seconds: float = 3600
    compute_minor: float = 96
    """Nova's newest microversion is 2 and this: less for an old one."""
    quota: dict[str, int] = field(default_factory=lambda: dict(QUOTA))


class Cloud:
    """The state of one cloud. Used from the event loop's thread alone."""

    password = 'simulated'
    alone = False
    """The process serves clouds and nothing else, so that seeds may be kept out of the garbage collector's way."""

    def __init__(self, name: str, profile: str, url: str) -> None:
        self.name, self.profile, self.url = name, PROFILES[profile], url
        self.settings = Settings(token_seconds=self.profile.token_seconds)
        self.faults = Faults()
        self.identity = Identity(self)
        self.network = Network(self)
        self.image = Image(self)
        self.block_storage = BlockStorage(self)
        self.compute = Compute(self)
        self.load_balancer = LoadBalancer(self)
        self.object_store = ObjectStore(self)
        self.catalog = self._catalog()

    def reset(self, tokens: bool = False) -> None:
        """Back to the start, also the settings; tokens are kept unless `tokens` says to revoke them."""
        self.settings = Settings(token_seconds=self.profile.token_seconds)
        self.faults.reset()
        if tokens:
            self.identity.tokens.clear()
        for service in (
            self.identity, self.network, self.image, self.block_storage, self.compute, self.load_balancer,
            self.object_store,
        ):  # fmt: skip
            service.reset()

    def tune(self, changes: Doc) -> None:
        known = {f.name for f in fields(Settings)}
        if not changes.keys() <= known:
            raise Refusal(400, f'unknown settings {sorted(changes.keys() - known)}; there are {sorted(known)}')
        for name, value in changes.items():
            if name == 'quota':
                self.settings.quota |= {key: int(number) for key, number in value.items()}
            else:
                setattr(self.settings, name, float(value))

    def uuid(self, kind: str, name: str) -> str:
        """An id that the same thing of the start has in every run."""
        return str(uuid.UUID(hexid(self.name, kind, name)))

    def project(self, name: str) -> str:
        return self.identity.projects[name].id

    def _catalog(self) -> list[Doc]:
        urls = {
            'identity': ('keystone', '/identity/v3'),
            'compute': ('nova', '/compute/v2.1'),
            'image': ('glance', '/image'),
            'network': ('neutron', '/network'),
            'block-storage': ('cinder', '/block-storage/v3'),
        }
        if self.profile.load_balancers:
            urls['load-balancer'] = ('octavia', '/load-balancer')
        if self.profile.object_store:
            urls['object-store'] = ('swift', '/object-store/v1/AUTH_$(project_id)s')
        catalog: list[Doc] = []
        for type_, (name, path) in urls.items():
            endpoints = [
                {
                    'id': hexid(self.name, interface, type_),
                    'interface': interface,
                    'region': self.profile.region,
                    'region_id': self.profile.region,
                    'url': self.url + path,
                }
                for interface in ('public', 'internal', 'admin')
            ]
            catalog.append({'endpoints': endpoints, 'id': hexid(self.name, 'service', type_), 'type': type_, 'name': name})
        return catalog

    def clouds_yaml(self, users: Iterable[str]) -> dict[str, Doc]:
        """The entries for a clouds.yaml: NAME for the user demo, NAME-other and so on for the others."""
        entries = {}
        for user in users:
            auth = {'auth_url': f'{self.url}/identity/v3', 'username': user, 'password': self.password}
            auth |= {'project_name': USERS[user][0], 'user_domain_id': 'default', 'project_domain_id': 'default'}
            label = self.name if user == 'demo' else f'{self.name}-{user}'
            entries[label] = {'auth': auth, 'region_name': self.profile.region, 'identity_api_version': '3'}
        return entries
