# SPDX-License-Identifier: Apache-2.0
"""Those who call one oaktree on the same clouds: what each shows, what each has there, and what only they may know."""

import contextlib
import pathlib
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import yaml
from keystoneauth1.access import AccessInfo
from keystoneauth1.identity.v3 import ApplicationCredential, Password
from keystoneauth1.session import Session
from oaktreemodel import v1 as pb

from tests.functional.base import CLOUDS, Cloud
from tests.functional.shared import Metadata, bearer
from tests.gate.one_of_each import OneOfEach

AGE = 100.0
"""Seconds after which somebody shows a new token: some live for 300."""

RULES = (
    {'service': 'compute', 'method': 'GET', 'path': '/v2.1/servers/**'},
    {'service': 'network', 'method': 'GET', 'path': '/v2.0/**'},
)
"""What an application credential may do here; everything else it may not."""


class Identity:
    """Somebody, on each cloud."""

    def __init__(self, name: str, project: str, user: str, access: Callable[[str], AccessInfo]) -> None:
        """:param project: what those who are in the same one have in common.
        :param user: likewise.
        :param access: signs in to a cloud."""
        self.name, self.project, self.user = name, project, user
        self._access = access
        self._known: dict[str, tuple[float, AccessInfo]] = {}
        self.shown: set[str] = set()
        """Every token that there was."""

    def __repr__(self) -> str:
        return self.name

    def access(self, cloud: str) -> AccessInfo:
        """What Keystone says of this one's newest token."""
        made, known = self._known.get(cloud, (-AGE, None))
        if not known or time.monotonic() - made > AGE:
            known = self._access(cloud)
            self._known[cloud] = time.monotonic(), known
            self.shown.add(known.auth_token)
        return known

    def another(self, cloud: str) -> str:
        """A token of the same identity, of nobody's but who asks for it."""
        token: str = self._access(cloud).auth_token
        self.shown.add(token)
        return token

    def token(self, cloud: str) -> str:
        token: str = self.access(cloud).auth_token
        return token

    def metadata(self, clouds: Iterable[str]) -> Metadata:
        """A token for each of these clouds."""
        return bearer(**{cloud: self.token(cloud) for cloud in clouds})

    def at(self, cloud: str) -> 'Identity':
        """Whose token it is."""
        return self


class Mixed(Identity):
    """Somebody with rights of several: another one on each cloud."""

    def __init__(self, name: str, by_cloud: dict[str, Identity]) -> None:
        super().__init__(name, '', '', lambda cloud: by_cloud[cloud].access(cloud))
        self._by_cloud = by_cloud

    def at(self, cloud: str) -> Identity:
        return self._by_cloud[cloud]


class Services:
    """A server's services, called by one identity with tokens for these clouds."""

    def __init__(self, server: Any, who: Identity, *clouds: str) -> None:
        self._server, self._who, self._clouds = server, who, clouds

    def __getattr__(self, service: str) -> '_Calls':
        return _Calls(getattr(self._server, service), lambda: self._who.metadata(self._clouds))


class _Calls:
    def __init__(self, stub: Any, metadata: Callable[[], Metadata]) -> None:
        self._stub, self._metadata = stub, metadata

    def __getattr__(self, rpc: str) -> Callable[..., Any]:
        call = getattr(self._stub, rpc)
        # Not before it is called, which for what undoes something may be after the end of today's token.
        return lambda request, **options: call(request, metadata=self._metadata(), **options)


class Things:
    """One of each kind for everybody who may have some, of the same name everywhere."""

    def __init__(self, server: Any, name: str) -> None:
        """:param server: one that they are made through."""
        self._server, self.name = server, name
        self._undos: list[contextlib.ExitStack] = []
        self.ids: dict[tuple[str, str], dict[str, str]] = {}
        """Cloud and project -> noun -> id; also of what is there for all."""
        self.words: dict[str, list[tuple[str, str]]] = {}
        """Word -> whose it is: a cloud, and a project or user."""

    def make(self, people: Mapping[str, Identity]) -> None:
        """All kinds in both projects, and what somebody may have who may change nothing in one."""
        making = []
        with ThreadPoolExecutor(8) as pool:
            for cloud in CLOUDS:
                for make, name in ((self._make, 'demo'), (self._make, 'other'), (self._make_own, 'reader')):
                    self._undos.append(contextlib.ExitStack())
                    making.append(pool.submit(make, people[name], cloud, self._undos[-1]))
        for made in making:
            made.result()

    def close(self) -> None:
        """Delete them."""
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(contextlib.ExitStack.close, self._undos))

    def _make(self, who: Identity, cloud: Cloud, undo: contextlib.ExitStack) -> None:
        word = f'secret-of-{who.project}-{cloud.name}-{self.name}'
        each = OneOfEach(Services(self._server, who, cloud.name), cloud, undo, self._named, word)
        if cloud.floating:
            each.home = self.name  # Not every project has the one that the first has.
        each.make()
        volume = each.create('block_storage', 'Volume', name=self._named('lonely-volume'), size_gib=1)
        each.create('block_storage', 'VolumeBackup', volume=volume.id, description=word)
        own = {noun: ident for noun, ident in each.ids.items() if noun not in ('Keypair', 'Container', 'Object')}
        credential = own['ApplicationCredential']
        for ident in {*own.values()} - {credential}:
            self.tell(ident, cloud.name, who.project)
        self.tell(word, cloud.name, who.project)
        self.tell(credential, cloud.name, who.user)
        self._tell_keypair(who, cloud)
        where = {'location': {'cloud': cloud.name}}
        flavors = each.oaktree.compute.ListFlavors(pb.ListFlavorsRequest(**where)).flavors
        types = each.oaktree.block_storage.ListVolumeTypes(pb.ListVolumeTypesRequest(**where)).volume_types
        self.ids[cloud.name, who.project] = each.ids | {'Flavor': flavors[0].id, 'VolumeType': types[0].id}

    def _make_own(self, who: Identity, cloud: Cloud, undo: contextlib.ExitStack) -> None:
        each = OneOfEach(Services(self._server, who, cloud.name), cloud, undo, self._named)
        each.create('compute', 'Keypair')
        self.tell(each.create('identity', 'ApplicationCredential').id, cloud.name, who.user)
        self._tell_keypair(who, cloud)

    def tell(self, word: str, *whose: str) -> None:
        """Say of a word who may be told it."""
        cloud, owner = whose
        self.words.setdefault(word, []).append((cloud, owner))

    def introduce(self, everybody: Iterable[Identity]) -> None:
        """Who they are: the ids of their users and projects."""
        for who in everybody:
            for cloud in CLOUDS:
                access, own = who.access(cloud.name), who.at(cloud.name)
                # Whose things all in a project may see, they may see the name of.
                self.tell(access.user_id, cloud.name, own.user if own.name == 'reader' else own.project)
                self.tell(access.project_id, cloud.name, own.project)

    def forbidden(self, who: Identity, clouds: Iterable[str]) -> set[bytes]:
        """What this one may not be told by an answer about these clouds."""
        mine = {(cloud, owner) for cloud in clouds for owner in (who.at(cloud).project, who.at(cloud).user)}
        return {word.encode() for word, whose in self.words.items() if not mine.intersection(whose)}

    def _named(self, noun: str) -> str:
        return f'{self.name}-{noun}' if '-' in noun else self.name

    def _tell_keypair(self, who: Identity, cloud: Cloud) -> None:
        request = pb.GetKeypairRequest(location={'cloud': cloud.name}, name_or_id=self.name)
        keypair = Services(self._server, who, cloud.name).compute.GetKeypair(request).keypair
        self.tell(keypair.fingerprint, cloud.name, who.user)
        self.tell(keypair.public_key, cloud.name, who.user)


def by_password(config: str, ending: str) -> Callable[[str], AccessInfo]:
    """Signs in as a cloud's entry in a clouds.yaml with such a name does."""
    entries = yaml.safe_load(pathlib.Path(config).read_text())['clouds']

    def access(cloud: str) -> AccessInfo:
        auth = entries[f'{cloud}{ending}']['auth']
        return Password(**auth).get_access(Session())

    return access


def by_credential(
    config: str, server: Any, owner: Identity, name: str, undo: contextlib.ExitStack
) -> Callable[[str], AccessInfo]:
    """Signs in by an application credential of somebody's that may do little."""
    entries = yaml.safe_load(pathlib.Path(config).read_text())['clouds']
    made = {}
    for cloud in CLOUDS:
        services, where = Services(server, owner, cloud.name), {'location': {'cloud': cloud.name}}
        request = pb.CreateApplicationCredentialRequest(**where, name=name, access_rules=RULES)
        made[cloud.name] = one = services.identity.CreateApplicationCredential(request).application_credential
        undo.callback(
            services.identity.DeleteApplicationCredential, pb.DeleteApplicationCredentialRequest(**where, name_or_id=one.id)
        )

    def access(cloud: str) -> AccessInfo:
        url, one = entries[cloud]['auth']['auth_url'], made[cloud]
        return ApplicationCredential(
            url, application_credential_id=one.id, application_credential_secret=one.secret
        ).get_access(Session())

    return access


def everybody(config: str, server: Any, name: str, undo: contextlib.ExitStack) -> dict[str, Identity]:
    """Two projects; two users of one of them, with different roles; an application credential of one of those."""
    demo = Identity('demo', 'project demo', 'user demo', by_password(config, ''))
    other = Identity('other', 'project other', 'user other', by_password(config, '-other'))
    reader = Identity('reader', 'project demo', 'user reader', by_password(config, '-reader'))
    ruled = Identity('ruled', 'project demo', 'user demo', by_credential(config, server, demo, f'{name}-ruled', undo))
    one, two = (cloud.name for cloud in CLOUDS)
    mixed = Mixed('mixed', {one: demo, two: other})
    return {who.name: who for who in (demo, other, reader, ruled, mixed)}
