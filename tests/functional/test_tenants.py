# SPDX-License-Identifier: Apache-2.0
"""Nobody is told of what their own credential does not show them: every List, Get and Watch, by several identities at once.

Two projects, two users of one of them with different roles, and an application credential with access rules, all of whom
have things of the same names on all clouds. What each is told is searched for what is another's, and compared with what a
server tells them that serves nobody else.
"""

import itertools
import pathlib
import random
import unittest
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import grpc
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message_factory import GetMessageClass
from oaktreemodel import v1 as pb

from oaktree.services import SERVICES
from tests.faults.redis import RedisServer
from tests.functional.base import CLOUDS, REAL, WAIT, Cloud, unique
from tests.functional.network_case import alone_in_other_project
from tests.functional.shared import Metadata, SharedServer, bearer, sign_in
from tests.functional.test_token import NAMES, TokenCase
from tests.tls import Authority

Code = grpc.StatusCode
NOW = Duration()
USERS = {'demo': '', 'other': '-other', 'reader': '-reader'}
"""Identity -> how its entries in clouds.yaml end. The last two of the first project, and of nobody else's."""

RULES = [
    {'service': 'compute', 'method': 'GET', 'path': '/v2.1/servers/**'},
    {'service': 'network', 'method': 'GET', 'path': '/v2.0/**'},
]
PROJECT = {'demo': 'demo', 'reader': 'demo', 'ruled': 'demo', 'other': 'other'}

LISTS = {
    f'{service.full_name}/{rpc.name}': rpc
    for service, _, _ in SERVICES for rpc in service.methods if rpc.name.startswith('List')
}  # fmt: skip
GETS = {
    f'{service.full_name}/{rpc.name}': rpc
    for service, _, _ in SERVICES for rpc in service.methods
    if rpc.name.startswith('Get') and 'name_or_id' in rpc.input_type.fields_by_name
}  # fmt: skip
OF_A_PLACE = {
    f'{service.full_name}/{rpc.name}': rpc
    for service, _, _ in SERVICES for rpc in service.methods
    if rpc.name.startswith('Get') and 'name_or_id' not in rpc.input_type.fields_by_name
}  # fmt: skip
WITHIN = {
    'container': 'container',
    'image': 'cirros',
    'router': 'none',
    'server': 'none',
    'pool': 'none',
    'floating_ip': 'none',
}
"""What some of them are about a part of."""


class Thing(NamedTuple):
    """Something that only its owners may know of."""

    cloud: str
    owner: str
    """A project; or a user, whom a key pair belongs to."""
    words: tuple[str, ...]
    """Which nobody else's answer may have."""


@unittest.skipUnless(RedisServer.there_is(), 'there is no redis-server here')
class IsolationTest(TokenCase):
    """Two servers that share a store, as two workers do, in front of all clouds."""

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        alone_in_other_project(cls)
        cls.redis = RedisServer()
        cls.redis.start()
        cls.addClassCleanup(cls.redis.close)
        cls.config = str(pathlib.Path(str(REAL)).with_name('clouds.yaml')) if REAL else cls.stack.config
        cls.name, cls.things, cls.undo = unique('same'), [], []
        cls.tokens = {
            who: {cloud.name: sign_in(cls.config, f'{cloud.name}{end}') for cloud in CLOUDS} for who, end in USERS.items()
        }
        cls.tokens['ruled'] = {cloud.name: cls.ruled(cloud) for cloud in CLOUDS}
        for cloud, who in itertools.product(CLOUDS, USERS):
            cls.make(cloud, who)
        pair = Authority.shared().server()
        options = {'tls_cert': pair.cert, 'tls_key': pair.key, 'store': cls.redis.url}
        cls.servers = [SharedServer(cls.stack.config, *NAMES, **options) for _ in range(2)]
        for server in cls.servers:
            cls.addClassCleanup(server.close)

    @classmethod
    def ruled(cls, cloud: Cloud) -> str:
        """A token by an application credential of demo's that may not do much."""
        metadata, where = bearer(cls.tokens['demo'][cloud.name]), {'location': {'cloud': cloud.name}}
        request = pb.CreateApplicationCredentialRequest(**where, name=unique('ruled'), access_rules=RULES)
        made = cls.shared.identity.CreateApplicationCredential(request, metadata=metadata).application_credential
        drop = pb.DeleteApplicationCredentialRequest(**where, name_or_id=made.id)
        cls.addClassCleanup(cls.oaktree.identity.DeleteApplicationCredential, drop)
        pair = {'client_id': made.id, 'client_secret': made.secret}
        return str(cls.shared.token.CreateToken(pb.CreateTokenRequest(**where, **pair)).access_token)

    @classmethod
    def make(cls, cloud: Cloud, who: str) -> None:
        """One of each kind, of the same name everywhere, as far as this one may."""
        metadata, where = bearer(cls.tokens[who][cloud.name]), {'location': {'cloud': cloud.name}}
        secret = f'of-{who}-{cloud.name}-{uuid.uuid4().hex}'
        compute, network, storage = cls.shared.compute, cls.shared.network, cls.shared.block_storage
        keypair = compute.CreateKeypair(pb.CreateKeypairRequest(**where, name=cls.name), metadata=metadata).keypair
        cls.made(
            cloud, who, (keypair.fingerprint, keypair.public_key), compute.DeleteKeypair, pb.DeleteKeypairRequest, cls.name
        )
        if who == 'reader':
            return
        for kind, create, delete, more in (
            ('SecurityGroup', network.CreateSecurityGroup, network.DeleteSecurityGroup, {'description': secret}),
            ('Network', network.CreateNetwork, network.DeleteNetwork, {'description': secret}),
            (
                'ServerGroup',
                compute.CreateServerGroup,
                compute.DeleteServerGroup,
                {'policy': 2},
            ),
            ('Volume', storage.CreateVolume, storage.DeleteVolume, {'size_gib': 1, 'description': secret, 'wait': WAIT}),
        ):
            request, deletion = (getattr(pb, f'{verb}{kind}Request') for verb in ('Create', 'Delete'))
            answer = create(request(**where, name=cls.name, **more), metadata=metadata, timeout=120)
            one = getattr(answer, answer.DESCRIPTOR.fields[0].name)
            cls.made(cloud, who, (one.id, secret), delete, deletion, one.id)
        if cloud.objects:
            objects = cls.shared.object_store
            objects.CreateContainer(pb.CreateContainerRequest(**where, name=f'{cls.name}-{who}'), metadata=metadata)
            name = f'{cls.name}-{who}'
            cls.made(cloud, who, (name,), objects.DeleteContainer, pb.DeleteContainerRequest, name)

    @classmethod
    def made(cls, cloud: Cloud, who: str, words: tuple[str, ...], delete: Any, request: Any, name: str) -> None:
        owner = f'user {who}' if request is pb.DeleteKeypairRequest else PROJECT[who]
        cls.things.append(Thing(cloud.name, owner, tuple(word for word in words if word)))
        # Their own tokens, as nobody else sees them; and new ones, as beta's do not last.
        config, entry, where = cls.config, f'{cloud.name}{USERS[who]}', {'location': {'cloud': cloud.name}}
        cls.addClassCleanup(
            lambda: delete(request(**where, name_or_id=name), metadata=bearer(sign_in(config, entry)), timeout=60)
        )

    def others(self, who: str, *clouds: str) -> set[str]:
        """The words that this one may not be told by an answer about these clouds."""
        user = 'user demo' if who == 'ruled' else f'user {who}'
        mine = (PROJECT[who], user)
        return {word for one in self.things if one.owner not in mine or one.cloud not in clouds for word in one.words}

    def shows(self, who: str, *clouds: str) -> Metadata:
        return bearer(**{cloud: self.tokens[who][cloud] for cloud in clouds})

    def ask(self, server: SharedServer, path: str, rpc: Any, metadata: Metadata, **fields: Any) -> tuple[Any, str, bytes]:
        """The answer if there is one, how it ended, and everything that was told."""
        request = GetMessageClass(rpc.input_type)()
        for name, value in WITHIN.items():
            if name in rpc.input_type.fields_by_name:
                setattr(request, name, value)
        request.MergeFrom(type(request)(**fields))
        call = server.channel.unary_unary(
            f'/{path}', type(request).SerializeToString, GetMessageClass(rpc.output_type).FromString
        )
        try:
            answer = call(request, metadata=metadata, timeout=60)
        except grpc.RpcError as error:
            told: Any = error
            return None, told.code().name, f'{told.details()} {told.trailing_metadata()}'.encode()
        return answer, 'OK', answer.SerializeToString()

    def unspoken(self, told: bytes, words: set[str], *what: Any) -> None:
        found = [word for word in words if word.encode() in told]
        self.assertEqual(found, [], what)

    def test_every_list_and_get_tells_everybody_what_is_theirs(self) -> None:
        """In any order, all at once, remembered or not."""
        clouds = [(name,) for name in NAMES] + [NAMES]
        work = [
            (who, where, path, rpc, fields)
            for who in PROJECT for where in clouds for path, rpc in (LISTS | OF_A_PLACE).items()
            for fields in ({}, {}, {'max_age': NOW})
            if not (fields and 'max_age' not in rpc.input_type.fields_by_name)
        ]  # fmt: skip
        work += [
            (who, where, path, rpc, {'name_or_id': self.name})
            for who in PROJECT for where in clouds for path, rpc in GETS.items()
        ]  # fmt: skip
        random.Random(4).shuffle(work)
        answered = set()

        def one(job: Any) -> None:
            who, where, path, rpc, fields = job
            place = {} if len(where) > 1 else {'location': {'cloud': where[0]}}
            server = random.choice(self.servers)
            _, ended, told = self.ask(server, path, rpc, self.shows(who, *where), **place, **fields)
            self.assertNotIn(ended, ('INTERNAL', 'UNKNOWN', 'CANCELLED'), (job, told))
            self.unspoken(told, self.others(who, *where), who, where, path, fields)
            if ended == 'OK':
                answered.add(path)

        with ThreadPoolExecutor(12) as pool:
            for _ in pool.map(one, work):
                pass
        self.assertLessEqual({path for path, rpc in LISTS.items() if not self.within(rpc)}, answered)

    def within(self, rpc: Any) -> bool:
        return any(name in rpc.input_type.fields_by_name for name in WITHIN)

    def test_everybody_is_told_the_same_as_by_a_server_of_their_own(self) -> None:
        alone = {who: SharedServer(self.stack.config, *NAMES) for who in PROJECT}
        for server in alone.values():
            self.addCleanup(server.close)
        mine = {'keypairs', 'security_groups', 'server_groups', 'containers', 'application_credentials'}
        for path, rpc in LISTS.items():
            field = rpc.output_type.fields[0].name
            if field not in mine or self.within(rpc):
                # Of the others tests make some at the same time; they are compared by what is theirs, above.
                continue
            for who, cloud in itertools.product(PROJECT, NAMES):
                told = []
                for server in (alone[who], *self.servers):
                    place = {'location': {'cloud': cloud}, 'filter': {'name': self.name}}
                    answer, ended, _ = self.ask(server, path, rpc, self.shows(who, cloud), **place)
                    told.append((ended, sorted(one.id for one in getattr(answer, field, ()))))
                with self.subTest(path, who=who, cloud=cloud):
                    self.assertEqual(told[1:], told[:1] * 2)

    def test_what_is_anothers_is_not_found_by_its_id(self) -> None:
        for path, rpc in GETS.items():
            for who, thing in itertools.product(PROJECT, self.things):
                if thing.words[0] not in self.others(who, thing.cloud):
                    continue
                place = {'location': {'cloud': thing.cloud}, 'name_or_id': thing.words[0]}
                _, ended, told = self.ask(self.servers[0], path, rpc, self.shows(who, thing.cloud), **place)
                with self.subTest(path, who=who, thing=thing):
                    self.assertNotEqual(ended, 'OK')
                    # But for the word that they said themselves.
                    self.unspoken(told, self.others(who, thing.cloud) - {thing.words[0]}, who, path)

    def test_every_watch_begins_with_what_is_theirs(self) -> None:
        kinds = [value.number for value in pb.ResourceKind.DESCRIPTOR.values if value.number]

        def one(job: Any) -> None:
            who, kind, server = job
            told = b''
            subscription = pb.WatchSubscription(watch_id='w', kind=kind)
            stream = server.watch.Watch(
                iter([pb.WatchRequest(subscribe=subscription)]), metadata=self.shows(who, *NAMES), timeout=60
            )
            for response in stream:
                told += response.SerializeToString()
                if response.WhichOneof('event') in ('synced', 'ended'):
                    break
            stream.cancel()
            self.unspoken(told, self.others(who, *NAMES), who, pb.ResourceKind.Name(kind))

        with ThreadPoolExecutor(8) as pool:
            for _ in pool.map(one, itertools.product(PROJECT, kinds, self.servers)):
                pass

    def test_tokens_that_lead_on_are_of_no_use_to_others(self) -> None:
        for cloud in CLOUDS:
            where = {'location': {'cloud': cloud.name}}
            page = pb.ListFlavorsRequest(**where, page_size=1)
            first = self.servers[0].compute.ListFlavors(page, metadata=self.shows('demo', cloud.name))
            page.page_token = first.next_page_token
            # Of the same caller in another process it is.
            self.servers[1].compute.ListFlavors(page, metadata=self.shows('demo', cloud.name))
            for who in ('other', 'reader'):
                with self.subTest(cloud.name, who=who), self.fails(Code.INVALID_ARGUMENT, 'INVALID_PAGE_TOKEN'):
                    self.servers[0].compute.ListFlavors(page, metadata=self.shows(who, cloud.name))

    def test_a_request_id_of_anothers_is_another_one(self) -> None:
        cloud = CLOUDS[0]
        where = {'location': {'cloud': cloud.name}}
        request = pb.CreateSecurityGroupRequest(**where, name=unique('once'), request_id=str(uuid.uuid4()))
        made = {}
        for who in ('demo', 'other'):
            for server in (*self.servers, *self.servers):
                metadata = self.shows(who, cloud.name)
                one = server.network.CreateSecurityGroup(request, metadata=metadata).security_group
                made.setdefault(who, set()).add(one.id)
        for who, ids in made.items():
            for one in ids:
                drop = pb.DeleteSecurityGroupRequest(**where, name_or_id=one)
                self.servers[0].network.DeleteSecurityGroup(drop, metadata=self.shows(who, cloud.name))
        self.assertEqual([len(ids) for ids in made.values()], [1, 1])
        self.assertFalse(made['demo'] & made['other'])

    def test_a_write_is_seen_by_its_own_in_every_process_and_by_nobody_else(self) -> None:
        for cloud in CLOUDS:
            where, name = {'location': {'cloud': cloud.name}}, unique('late')
            listing = pb.ListKeypairsRequest(**where)

            def names(who: str, server: SharedServer, cloud: Cloud = cloud, listing: Any = listing) -> set[str]:
                answer = server.compute.ListKeypairs(listing, metadata=self.shows(who, cloud.name))
                return {one.name for one in answer.keypairs}

            for who, server in itertools.product(USERS, self.servers):
                names(who, server)
            request = pb.CreateKeypairRequest(**where, name=name)
            self.servers[0].compute.CreateKeypair(request, metadata=self.shows('demo', cloud.name))
            try:
                for who, server in itertools.product(USERS, self.servers):
                    with self.subTest(cloud.name, who=who):
                        self.assertEqual(name in names(who, server), who == 'demo')
            finally:
                drop = pb.DeleteKeypairRequest(**where, name_or_id=name)
                self.servers[0].compute.DeleteKeypair(drop, metadata=self.shows('demo', cloud.name))

    def test_a_url_has_the_token_of_who_asks_for_it(self) -> None:
        for cloud, who in itertools.product(CLOUDS, ('demo', 'other')):
            request = pb.CreateImageDownloadUrlRequest(location={'cloud': cloud.name}, name_or_id='cirros')
            told = self.servers[0].image.CreateImageDownloadUrl(request, metadata=self.shows(who, cloud.name))
            self.assertEqual(told.headers['X-Auth-Token'], self.tokens[who][cloud.name])

    def test_a_container_of_the_same_name_is_in_each_project(self) -> None:
        """Where an object store is depends on the project: the second one must not go to the first one's."""
        name = unique('container')
        for cloud in (cloud for cloud in CLOUDS if cloud.objects):
            where, found = {'location': {'cloud': cloud.name}}, set()
            for who in ('demo', 'other'):
                storage, metadata = self.servers[0].object_store, self.shows(who, cloud.name)
                storage.CreateContainer(pb.CreateContainerRequest(**where, name=name), metadata=metadata)
                drop = pb.DeleteContainerRequest(**where, name_or_id=name)
                self.addCleanup(storage.DeleteContainer, drop, metadata=metadata)
                request = pb.GetContainerRequest(**where, name_or_id=name)
                found.add(storage.GetContainer(request, metadata=metadata).container.location.project.id)
            self.assertEqual(len(found), 2)

    def test_who_may_only_look_changes_nothing(self) -> None:
        for cloud in CLOUDS:
            request = pb.CreateSecurityGroupRequest(location={'cloud': cloud.name}, name=unique('no'))
            with self.subTest(cloud.name), self.fails(Code.PERMISSION_DENIED, 'CLOUD_FORBIDDEN'):
                self.servers[0].network.CreateSecurityGroup(request, metadata=self.shows('reader', cloud.name))
