# SPDX-License-Identifier: Apache-2.0
"""Nobody is told of what their own credential does not show them, whoever else asks.

Several identities have things of the same names on all clouds. What each is told by every List, Get and Watch is what a server
tells them that serves nobody else, and has nothing in it that only others know.
"""

import random
import time
import unittest
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from unittest import mock

from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from oaktreemodel import v1 as pb

from tests.faults.identities import Identity, Services
from tests.faults.isolation_case import NAMES, PARENTS, READS, RPCS, IsolationCase, Told
from tests.faults.redis import RedisServer
from tests.functional.shared import SharedServer, bearer
from tests.functional.test_watch import Watching

NOW = Duration()
SHARED = frozenset({'Flavor', 'VolumeType', 'Cloud', 'Capabilities', 'ComputeLimits', 'ComputeQuotas', 'NetworkQuotas',
                    'VolumeLimits', 'VolumeQuotas', 'ContainerAccess', 'ServerConsole'})  # fmt: skip
"""Whose answers name nothing of a project's own."""
BY_NAME = frozenset({'Keypair', 'Container', 'Object'})
"""Which have no ids of their own."""
KINDS = [kind for kind in pb.ResourceKind.values() if kind]
ENDS = frozenset({'synced', 'unreachable', 'ended'})
"""Events that end the beginning of a watch."""
Job = tuple[Identity, tuple[str, ...], str, Message]


@unittest.skipUnless(RedisServer.there_is(), 'there is no redis-server here')
class IsolationTest(IsolationCase):
    def alone(self) -> dict[tuple[str, tuple[str, ...], str, bytes], Told]:
        """What a server of their own tells everybody."""
        expected = {}
        servers = {name: self.serve() for name in self.people}

        def ask_all(who: Identity) -> None:
            for one, where, path, request in self.jobs():
                if one is who:
                    told = self.ask(servers[who.name], path, request, who.metadata(where))
                    expected[who.name, where, path, request.SerializeToString()] = told
                    self.untold(told.everything, who, where, path, request)

        with ThreadPoolExecutor(len(servers)) as pool:
            list(pool.map(ask_all, self.people.values()))
        return expected

    def test_everybody_is_told_what_a_server_of_their_own_tells(self) -> None:
        """All at once and in any order, of what was read before or not, by one process or another."""
        expected = self.alone()
        self.covers(expected)
        dice = random.Random(5)
        for part in (1.0, 0.2):  # The second time the processes know nothing, and the store all.
            jobs = [job for job in self.jobs() if dice.random() < part]
            work = [*jobs, *dice.sample(jobs, len(jobs) // 2)]
            dice.shuffle(work)
            servers = self.two_servers()
            bad = {name: self.revoked(servers[0], who) for name, who in self.people.items()}

            def ask(job: Job, servers: list[SharedServer] = servers, bad: dict[str, Any] = bad) -> None:
                who, where, path, request = job
                known = expected[who.name, where, path, request.SerializeToString()]
                server = dice.choice(servers)
                if dice.random() < 0.1:
                    told = self.ask(server, path, request, bad[who.name](where))
                    self.assertEqual(told.ended, 'UNAUTHENTICATED TOKEN_REFUSED', job)
                if 'max_age' in request.DESCRIPTOR.fields_by_name and dice.random() < 0.05:
                    request = type(request).FromString(request.SerializeToString())
                    request.max_age.CopyFrom(NOW)
                told = self.ask(server, path, request, who.metadata(where))
                self.untold(told.everything, who, where, path, request)
                self.assertEqual(told.ended, known.ended, (who, where, path, request, told))
                self.assertEqual(told.content, known.content, (who, where, path, request))

            with ThreadPoolExecutor(12) as pool:
                list(pool.map(ask, work))

    def revoked(self, server: SharedServer, who: Identity) -> Any:
        """Makes metadata of tokens that are good no more."""
        tokens = {cloud: who.at(cloud).another(cloud) for cloud in NAMES}
        for cloud, token in tokens.items():
            if who.name != 'ruled':
                server.token.RevokeToken(pb.RevokeTokenRequest(location={'cloud': cloud}), metadata=bearer(token))
            else:
                # Its rules do not let it end itself.
                tokens[cloud] = token[:-8] + 'AAAAAAAA'
        return lambda where: bearer(**{cloud: tokens[cloud] for cloud in where})

    def covers(self, expected: dict[Any, Told]) -> None:
        """That what is another's could have been told: everybody who has something was told of it."""
        unseen = {(name, path) for name in ('demo', 'other') for path in READS}
        for (name, where, path, _), told in expected.items():
            own = (word.encode() for word, whose in self.things.words.items() for cloud, owner in whose
                   if cloud in where and owner in (self.people[name].project, self.people[name].user))  # fmt: skip
            noun = path.rpartition('/')[2].removeprefix('Get').removeprefix('List')
            if told.ended == 'OK' and (noun in SHARED or noun[:-1] in SHARED or any(word in told.everything for word in own)):
                unseen.discard((name, path))
        self.assertEqual(unseen, set())
        looks = {path for path, rpc in RPCS.items() if rpc.GetOptions().idempotency_level == 1}
        self.assertEqual(
            {path.rpartition('/')[2] for path in looks - READS.keys()}, {'Watch', 'DownloadImage', 'DownloadObject'}
        )

    def test_what_is_anothers_is_as_what_is_not(self) -> None:
        """By its id, it can be neither found nor changed, and there is no difference to an id of nothing."""
        server, asked = self.serve(), set()

        def compare(job: tuple[Identity, str, str, Message, Message]) -> None:
            who, cloud, path, request, nothing = job
            told = self.ask(server, path, request, who.metadata([cloud]))
            self.untold(told.everything, who, [cloud], path, request)
            if told.ended != 'PERMISSION_DENIED CLOUD_FORBIDDEN' or 'LoadBalancer' not in path:
                # Octavia itself tells that it is there.
                self.assertEqual(told.ended, self.ask(server, path, nothing, who.metadata([cloud])).ended, job)
            self.assertNotEqual(told.ended, 'OK', job)
            asked.add(path.rpartition('/')[2])

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(compare, self.foreign()))
        self.assertLess({'GetServer', 'DeleteServer', 'UpdateVolume', 'ListServerInterfaces', 'DeletePortForwarding'}, asked)
        for (cloud, project), ids in self.things.ids.items():
            owner = self.people[project.removeprefix('project ')]
            for noun in ids.keys() - BY_NAME - SHARED:
                with self.subTest(noun, owner=owner, cloud=cloud):
                    path, request = self.by_id(f'Get{noun}', cloud, ids)
                    self.assertEqual(self.ask(server, path, request, owner.metadata([cloud])).ended, 'OK')

    def foreign(self) -> Iterator[tuple[Identity, str, str, Message, Message]]:
        """Calls about what is another's, and the same about nothing."""
        for (cloud, project), ids in self.things.ids.items():
            nothing = dict.fromkeys(ids, str(uuid.uuid4()))
            for path, rpc in RPCS.items():
                verb = next((verb for verb in ('Get', 'Update', 'Delete', 'List') if rpc.name.startswith(verb)), None)
                noun = rpc.name.removeprefix(verb or '')
                below = (
                    {PARENTS[field] for field in PARENTS.keys() & rpc.input_type.fields_by_name.keys()}
                    if verb == 'List'
                    else set()
                )
                if verb and ({noun} | below) & ids.keys() - BY_NAME - SHARED:
                    stranger = self.people['other' if project == 'project demo' else 'demo']
                    yield stranger, cloud, path, self.by_id(rpc.name, cloud, ids)[1], self.by_id(rpc.name, cloud, nothing)[1]

    def by_id(self, name: str, cloud: str, ids: dict[str, str]) -> tuple[str, Message]:
        """The path of an RPC, and a request about what has one of these ids, by noun."""
        path, rpc = next((path, rpc) for path, rpc in RPCS.items() if rpc.name == name)
        fields: dict[str, Any] = {field: ids[noun] for field, noun in PARENTS.items() if noun in ids}
        fields['name_or_id'] = ids.get(name.removeprefix('Get').removeprefix('Update').removeprefix('Delete'), '')
        if name.startswith('Update'):
            fields |= {'name': 'taken', 'description': 'taken'}
        known = {field: value for field, value in fields.items() if field in rpc.input_type.fields_by_name}
        return path, GetMessageClass(rpc.input_type)(location={'cloud': cloud}, **known)

    def test_every_watch_begins_with_what_a_server_of_their_own_tells(self) -> None:
        """Of all kinds, while the others watch the same."""
        # There is nothing to look at again.
        self.enterContext(mock.patch('oaktree.backends.watching.INTERVAL', 10.0))
        expected = {name: self.watched(self.serve(), who) for name, who in self.people.items()}
        for name in ('demo', 'other'):
            seen = {key.split()[0] for key, told in expected[name].items() if told}
            self.assertEqual(seen, {str(kind) for kind in KINDS}, name)
        for server in self.two_servers():
            with ThreadPoolExecutor(len(self.people)) as pool:
                told = pool.map(lambda who, server=server: self.watched(server, who), self.people.values())
            for name, watched in zip(self.people, told, strict=True):
                self.assertEqual(watched, expected[name], name)

    def watched(self, server: SharedServer, who: Identity) -> dict[str, set[bytes]]:
        """What watches of all kinds tell at first, of each cloud; searched for what they should not."""
        found: dict[str, set[bytes]] = {}
        for cloud in NAMES:
            where = {'location': {'cloud': cloud}}
            subscriptions = [
                pb.WatchSubscription(**where, kind=kind, watch_id=f'{kind} {cloud} {name}', name_or_id=name)
                for kind in KINDS
                for name in ('', self.name)
            ]
            watching = Watching(Services(server, who, cloud).watch, *subscriptions)
            names = {one.watch_id for one in subscriptions}
            watching.until('told of all', lambda watching=watching, names=names: names == {
                event.watch_id for event in watching.events if event.WhichOneof('event') in ENDS
            })  # fmt: skip
            watching.call.cancel()
            for event in watching.events:
                self.untold(event.SerializeToString(), who, [cloud], 'Watch', subscriptions[0])
                told = found.setdefault(event.watch_id, set())
                told |= {one.resource.SerializeToString(deterministic=True) for one in event.changes.changes}
        return found

    def test_a_watch_tells_of_changes_in_its_own_project_alone(self) -> None:
        """Of two projects, something of the same name is made and deleted at the same time."""
        kinds, late = (pb.RESOURCE_KIND_KEYPAIR, pb.RESOURCE_KIND_SECURITY_GROUP), f'{self.name}-late'
        server = self.two_servers()[0]
        subscriptions = [pb.WatchSubscription(kind=kind, watch_id=str(kind), name_or_id=late) for kind in kinds]
        watches = {
            name: Watching(Services(server, who, *NAMES).watch, *subscriptions) for name, who in self.people.items()
        }  # fmt: skip
        for name in ('demo', 'other', 'reader'):
            watches[name].until('begun', lambda watch=watches[name]: watch.count('synced') == len(kinds))
        made = {(name, cloud): self.come_and_go(server, self.people[name], cloud, late)
                for name in ('demo', 'other') for cloud in NAMES}  # fmt: skip
        for name, both in (('demo', 2), ('other', 2), ('reader', 1)):
            own = {
                ident for (maker, _), ids in made.items() if (maker == 'other') == (name == 'other') for ident in ids[-both:]
            }
            for what in ('ADDED', 'DELETED'):
                watches[name].until(f'{name} {what}', lambda watch=watches[name], what=what, own=own: own <= {
                    thing.id for kind, thing in watch.changes if kind == what
                })  # fmt: skip
        for name, watch in watches.items():
            watch.call.cancel()
            for event in watch.events:
                self.untold(event.SerializeToString(), self.people[name], NAMES, 'Watch', subscriptions[0])

    def come_and_go(self, server: SharedServer, who: Identity, cloud: str, name: str) -> list[str]:
        """Makes a key pair and a security group, and deletes them a while later; their ids."""
        services, where = Services(server, who, cloud), {'location': {'cloud': cloud}}
        keypair = services.compute.CreateKeypair(pb.CreateKeypairRequest(**where, name=name)).keypair
        group = services.network.CreateSecurityGroup(pb.CreateSecurityGroupRequest(**where, name=name)).security_group
        self.things.tell(keypair.public_key, cloud, who.user)
        self.things.tell(group.id, cloud, who.project)
        time.sleep(0.5)
        services.compute.DeleteKeypair(pb.DeleteKeypairRequest(**where, name_or_id=name))
        services.network.DeleteSecurityGroup(pb.DeleteSecurityGroupRequest(**where, name_or_id=group.id))
        return [keypair.id, group.id]
