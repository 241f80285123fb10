# SPDX-License-Identifier: Apache-2.0
"""Two servers that share a store, in front of all clouds, where everybody has something."""

import contextlib
import itertools
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple
from unittest import mock

import grpc
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from oaktree.services import SERVICES
from tests.faults import identities
from tests.faults.identities import Identity, Things
from tests.faults.redis import RedisServer
from tests.functional.base import CLOUDS, Case, info, unique
from tests.functional.shared import Metadata, SharedServer
from tests.tls import Authority

NAMES = tuple(cloud.name for cloud in CLOUDS)
RPCS = {f'{service.full_name}/{rpc.name}': rpc for service, _, _ in SERVICES for rpc in service.methods}
READS = {path: rpc for path, rpc in RPCS.items() if rpc.name.startswith(('List', 'Get'))}
PARENTS = {
    'container': 'Container', 'floating_ip': 'FloatingIp', 'image': 'Image', 'pool': 'Pool', 'router': 'Router',
    'server': 'Server',
}  # fmt: skip
"""Field -> what is read that is in it."""
NAMELESS = ('FloatingIp', 'PortForwarding', 'RbacPolicy')
OBJECT = 'a/é'
PASSING = frozenset({'as_of', 'expire_time', 'next_page_token'})
"""What is another each time."""


class Told(NamedTuple):
    """What came of a call."""

    ended: str
    """The code and the reason."""
    content: bytes
    """Of the answer, but for what is another each time."""
    everything: bytes


class IsolationCase(Case):
    """Nothing here is asked by the owner: what there is was made by those whose it is."""

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.quicken()
        undo = contextlib.ExitStack()
        cls.addClassCleanup(undo.close)
        config = cls.stack.config
        maker = SharedServer(cls.stack.config, *NAMES)
        undo.callback(maker.close)
        cls.name = unique('same')
        cls.people = identities.everybody(config, maker, cls.name, undo)
        cls.things = Things(maker, cls.name)
        undo.callback(cls.things.close)
        cls.things.introduce(cls.people.values())
        cls.things.make(cls.people)
        cls.redis = RedisServer()
        undo.callback(cls.redis.close)
        cls.redis.start()

    @classmethod
    def quicken(cls) -> None:
        """Let simulated clouds take no time, and be looked at often."""
        if simulation := cls.stack.simulation:
            for name in NAMES:
                simulation.settings(name, build_seconds=0, action_seconds=0, delete_seconds=0)
                cls.addClassCleanup(simulation.settings, name, build_seconds=0.5, action_seconds=0.3, delete_seconds=0.3)
            cls.enterClassContext(mock.patch('oaktree.backends.watching.INTERVAL', 0.1))

    def two_servers(self) -> list[SharedServer]:
        """New ones, with the store as it is, and one key as all replicas must have."""
        pair = Authority.shared().server()
        return [self.serve(store=self.redis.url, tls_cert=pair.cert, tls_key=pair.key) for _ in range(2)]

    def serve(self, **options: Any) -> SharedServer:
        server = SharedServer(self.stack.config, *NAMES, **options)
        self.addCleanup(server.close)
        return server

    def ask(self, server: Any, path: str, request: Message, metadata: Metadata) -> Told:
        """What is told, and how it ends."""
        call = server.channel.unary_unary(
            f'/{path}', type(request).SerializeToString, GetMessageClass(RPCS[path].output_type).FromString
        )
        try:
            answer, running = call.with_call(request, metadata=metadata, timeout=120)
        except grpc.RpcError as error:
            failed: Any = error
            ended = f'{failed.code().name} {info(failed).reason}'
            return Told(ended, b'', f'{failed.details()} {failed.trailing_metadata()}'.encode())
        everything = answer.SerializeToString() + str(running.trailing_metadata()).encode()
        for part in (answer, *getattr(answer, 'callers', ())):
            for name in PASSING.intersection(part.DESCRIPTOR.fields_by_name):
                part.ClearField(name)
        return Told('OK', answer.SerializeToString(deterministic=True), everything)

    def requests(self, who: Identity, clouds: tuple[str, ...]) -> Iterator[tuple[str, Message]]:
        """Every List and Get about these clouds, by names that others use too and by ids."""
        place = {'location': {'cloud': clouds[0]}} if len(clouds) == 1 else {}
        for path, rpc in READS.items():
            fields = rpc.input_type.fields_by_name
            request = GetMessageClass(rpc.input_type)
            noun = rpc.name.removeprefix('Get')
            inside: dict[str, Any] = {}
            for field in PARENTS.keys() & fields.keys():
                inside = {field: self.parent(who, clouds, PARENTS[field])}
            if not all(inside.values()):
                continue  # There is none of it.
            if rpc.name.startswith('List') or 'name_or_id' not in fields:
                yield path, request(**place, **inside)
            if 'name_or_id' in fields:
                yield path, request(**place, **inside, name_or_id=OBJECT if noun == 'Object' else self.name)
            ids = self.things.ids.get((clouds[0], who.at(clouds[0]).project), {})
            if place and noun in ids and rpc.name.startswith('Get'):
                yield path, request(**place, **inside, name_or_id=ids[noun])

    def parent(self, who: Identity, clouds: tuple[str, ...], noun: str) -> str:
        """What something is in, by a name or id."""
        if noun not in NAMELESS:
            return self.name
        return self.things.ids[clouds[0], who.at(clouds[0]).project].get(noun, '') if len(clouds) == 1 else ''

    def untold(self, everything: bytes, who: Identity, clouds: Iterable[str], path: str, request: Message) -> None:
        """That there is nothing in it that is another's, nor of another cloud, unless they said so; nor anybody's token."""
        said = request.SerializeToString()
        found = [word for word in self.things.forbidden(who, clouds) if word in everything and word not in said]
        found += [b'a token' for one in self.people.values() for token in tuple(one.shown) if token.encode() in everything]
        self.assertEqual(found, [], (who, clouds, path, request))

    def jobs(self) -> list[tuple[Identity, tuple[str, ...], str, Message]]:
        """Everything that everybody can ask."""
        wheres = [*((name,) for name in NAMES), NAMES]
        return [
            (who, where, path, request)
            for who, where in itertools.product(self.people.values(), wheres)
            if who.name != 'mixed' or where == NAMES
            for path, request in self.requests(who, where)
        ]
