# SPDX-License-Identifier: Apache-2.0
"""What a client of Watch is told, over loopback, of clouds in memory."""

import asyncio
import collections
import gc
import unittest
from typing import Any
from unittest import mock

import grpc
from oaktreemodel import v1 as pb

from oaktree import changelog, errors
from oaktree.answers import Answers
from oaktree.backends import watching
from oaktree.backends.watching import WatchingBackend
from oaktree.interceptors import CallHandlers
from oaktree.rows.compute import FLAVOR, SERVER
from oaktree.services.watch import KINDS, WATCHES, Watch
from tests.unit.fake import ALPHA, BETA, FakeBackend, owner_auth, until

Code = grpc.StatusCode
AWAY = errors.Failure(errors.Code.UNAVAILABLE, 'CLOUD_FAILED', 'The cloud says: no.')
ADDED, MODIFIED, DELETED = 'ADDED', 'MODIFIED', 'DELETED'


def server(number: int, **fields: Any) -> pb.Server:
    return pb.Server(id=f's{number:05}', **fields)


def alive() -> 'collections.Counter[str]':
    """How many there are of everything that a watch is made of."""
    names = (type(thing).__name__ for thing in gc.get_objects())
    wanted = {'Cursor', 'Log', 'Change', '_Poll', '_Waiter', '_Stream', '_Watch', '_Requests', 'WatchSubscription'}
    return collections.Counter(name for name in names if name in wanted)


class Stream:
    """One call of Watch, read event by event."""

    def __init__(self, stub: Any) -> None:
        self.call = stub.Watch()

    async def subscribe(self, watch_id: str = 'w', kind: int = pb.RESOURCE_KIND_SERVER, **fields: Any) -> None:
        subscription = pb.WatchSubscription(watch_id=watch_id, kind=kind, **fields)  # type: ignore[arg-type]
        await self.call.write(pb.WatchRequest(subscribe=subscription))

    async def unsubscribe(self, watch_id: str = 'w') -> None:
        await self.call.write(pb.WatchRequest(unsubscribe={'watch_id': watch_id}))

    async def next(self, event: str = '') -> Any:
        """The next response; it must be of this event."""
        async with asyncio.timeout(20):
            response = await self.call.read()
        if event and (response is grpc.aio.EOF or response.WhichOneof('event') != event):
            raise AssertionError(f'not {event}: {response}')
        return response

    async def changes(self) -> list[tuple[str, str]]:
        """What the next response says has changed, as pairs of type and id."""
        return [
            (pb.WatchChangeType.Name(change.type).removeprefix('WATCH_CHANGE_TYPE_'), change.resource.server.id)
            for change in (await self.next('changes')).changes.changes
        ]

    async def synced(self) -> Any:
        """Read to the end of the snapshot; returns what was added, and the token."""
        ids: list[str] = []
        while (response := await self.next()).WhichOneof('event') != 'synced':
            ids += [change.resource.server.id for change in response.changes.changes]
        return ids, response.resume_token


class Case(unittest.IsolatedAsyncioTestCase):
    async def asyncSetUp(self) -> None:
        asyncio.get_running_loop().slow_callback_duration = 10
        for name, value in (('INTERVAL', 0.005), ('SLOW', 0.02)):
            self.enterContext(mock.patch.object(watching, name, value))
        self.cloud = FakeBackend(ALPHA, BETA)
        self.watching = WatchingBackend(self.cloud)
        unused: Any = None
        self.servicer = Watch(self.watching, unused, unused, unused)
        handlers = CallHandlers(Answers(lambda *_: 0.0, lambda: 0), owner_auth())
        pb.add_WatchServiceServicer_to_server(self.servicer, handlers)  # type: ignore[no-untyped-call]
        self.server = grpc.aio.server(handlers=[handlers])
        port = self.server.add_insecure_port('127.0.0.1:0')
        await self.server.start()
        self.channel = grpc.aio.insecure_channel(f'127.0.0.1:{port}')
        self.stub = pb.WatchServiceStub(self.channel)

    async def asyncTearDown(self) -> None:
        await self.channel.close()
        await self.server.stop(None)
        await self.nothing_goes_on()

    async def nothing_goes_on(self) -> None:
        await until(lambda: not (self.watching.polls or self.watching.watchers or self.servicer.streams))

    def put(self, *servers: pb.Server, place: Any = ALPHA) -> None:
        self.cloud.put(place, SERVER, *servers)

    async def watch(self, **fields: Any) -> Stream:
        """A stream with one subscription, after its start."""
        stream = Stream(self.stub)
        await stream.subscribe(**fields)
        self.started = (await stream.next('started')).started
        return stream


class EventsTest(Case):
    async def test_a_snapshot_and_then_each_change(self) -> None:
        self.put(server(1), server(2))
        stream = await self.watch()
        self.assertEqual((self.started.resumed, self.started.reason), (False, pb.WATCH_START_REASON_SUBSCRIBED))
        first = await stream.next('changes')
        self.assertEqual([c.resource.server for c in first.changes.changes], [server(1), server(2)])
        self.assertTrue(first.watch_id == 'w' and first.resume_token and first.HasField('as_of'))
        await stream.next('synced')
        self.put(server(1), server(2, name='new', state=pb.SERVER_STATE_ACTIVE), server(3))
        second = (await stream.next('changes')).changes.changes
        self.assertEqual([c.type for c in second], [pb.WATCH_CHANGE_TYPE_MODIFIED, pb.WATCH_CHANGE_TYPE_ADDED])
        self.assertEqual(list(second[0].changed_fields.paths), ['name', 'state'])
        self.assertEqual(second[0].resource.server.name, 'new')
        self.put(server(2, name='new', state=pb.SERVER_STATE_ACTIVE), server(3))
        self.assertEqual(await stream.changes(), [(DELETED, 's00001')])

    async def test_what_begins_or_ceases_to_match_comes_and_goes(self) -> None:
        for fields in ({'filter': {'state': 'SERVER_STATE_ACTIVE'}}, {'jmespath': "[?state=='SERVER_STATE_ACTIVE']"}):
            with self.subTest(fields):
                active = {'state': pb.SERVER_STATE_ACTIVE}
                self.put(server(1, **active), server(2))
                stream = await self.watch(**fields)
                self.assertEqual((await stream.synced())[0], ['s00001'])
                self.put(server(1), server(2, **active), server(3))
                self.assertEqual(await stream.changes(), [(DELETED, 's00001'), (ADDED, 's00002')])
                self.put(server(1), server(2, name='x', **active), server(3))
                self.assertEqual(await stream.changes(), [(MODIFIED, 's00002')])
                stream.call.cancel()

    async def test_one_by_name_or_id(self) -> None:
        self.put(server(1, name='a'), server(2, name='b'))
        self.assertEqual((await (await self.watch(name_or_id='b')).synced())[0], ['s00002'])
        later = await self.watch(name_or_id='s00009')
        self.assertEqual((await later.synced())[0], [])
        self.put(server(9))
        self.assertEqual(await later.changes(), [(ADDED, 's00009')])

    async def test_several_places_are_one(self) -> None:
        self.put(server(1))
        self.put(server(2), place=BETA)
        stream = await self.watch()
        self.assertCountEqual((await stream.synced())[0], ['s00001', 's00002'])
        self.put(place=BETA)
        self.assertEqual(await stream.changes(), [(DELETED, 's00002')])
        only = await self.watch(location={'cloud': 'alpha'})
        self.assertEqual((await only.synced())[0], ['s00001'])

    async def test_a_place_that_is_away_is_told_and_the_rest_goes_on(self) -> None:
        self.put(server(1))
        self.put(server(2), place=BETA)
        self.cloud.failures[BETA] = AWAY
        with self.assertLogs('oaktree.backends', 'WARNING') as logs:
            stream = await self.watch()
            events = [await stream.next() for _ in range(3)]
            self.assertEqual({e.WhichOneof('event') for e in events}, {'unreachable', 'changes', 'synced'})
            away = next(e for e in events if e.HasField('unreachable')).unreachable
            self.assertEqual((away.location.cloud, away.reason, away.message), ('beta', 'CLOUD_FAILED', AWAY.message))
            del self.cloud.failures[BETA]
            self.assertEqual((await stream.next('reachable')).reachable.location.cloud, 'beta')
            self.assertEqual(await stream.changes(), [(ADDED, 's00002')])
            self.cloud.failures[BETA] = AWAY
            await stream.next('unreachable')
            self.put(place=BETA)
            del self.cloud.failures[BETA]
            await stream.next('reachable')
            self.assertEqual(await stream.changes(), [(DELETED, 's00002')])
        self.assertEqual(len(logs.output), 2, 'once each time, not at every look')

    async def test_a_place_that_says_nothing_does_not_hold_up_the_rest(self) -> None:
        self.put(server(1))
        self.cloud.silent.add(BETA)
        with mock.patch.object(watching, 'PATIENCE', 0.05), self.assertLogs('oaktree.backends', 'WARNING'):
            stream = await self.watch()
            self.assertEqual((await stream.synced())[0], ['s00001'])

    async def test_a_mistake_of_ours_is_an_unreachable_place(self) -> None:
        self.put(server(1))
        self.cloud.failures[BETA] = ValueError('secret')
        with self.assertLogs('oaktree.backends', 'ERROR'):
            stream = await self.watch()
            events = [await stream.next() for _ in range(3)]
        self.assertEqual([e.unreachable.reason for e in events if e.HasField('unreachable')], ['INTERNAL'])
        self.assertNotIn('secret', str(events))

    async def test_all_who_watch_and_wait_share_one_poll(self) -> None:
        self.put(server(1))
        streams = [await self.watch(location={'cloud': 'alpha'}) for _ in range(50)]
        for stream in streams:
            await stream.synced()
        waiting = asyncio.create_task(self.watching.wait(SERVER, ALPHA, 's00001', lambda s: bool(s and s.name), 30))
        await until(lambda: self.watching.waiters == 1)
        self.assertEqual((self.watching.polls, self.watching.watchers), (1, 50))
        self.put(server(1, name='x'))
        self.assertEqual((await waiting).name, 'x')
        for stream in streams:
            self.assertEqual(await stream.changes(), [(MODIFIED, 's00001')])

    async def test_every_kind_that_a_resource_may_be_is_watched(self) -> None:
        self.assertEqual(set(KINDS), set(pb.ResourceKind.values()) - {0})
        for number, (field, row) in KINDS.items():
            self.assertEqual(pb.ResourceKind.Name(number), f'RESOURCE_KIND_{field.upper()}')  # type: ignore[arg-type]
            self.cloud.put(ALPHA, row, row.message(id='x'))
            stream = await self.watch(kind=number, location={'cloud': 'alpha'})
            (change,) = (await stream.next('changes')).changes.changes
            self.assertEqual((change.resource.WhichOneof('kind'), getattr(change.resource, field).id), (field, 'x'))

    async def test_a_message_is_never_too_large(self) -> None:
        self.put(*(server(n, metadata={'x': 'y' * 5_000}) for n in range(2_000)), server(9999, metadata={'x': 'y' * 2**21}))
        stream = await self.watch()
        self.assertEqual(len((await stream.synced())[0]), 2001)


class SubscriptionsTest(Case):
    async def test_one_ends_and_the_others_go_on(self) -> None:
        self.put(server(1))
        stream = await self.watch(watch_id='a')
        await stream.synced()
        await stream.subscribe('b', location={'cloud': 'beta'})
        await stream.synced()
        await stream.unsubscribe('b')
        ended = await stream.next('ended')
        self.assertEqual((ended.watch_id, ended.ended.code), ('b', 0))
        await stream.unsubscribe('b')
        self.put(server(1), server(2))
        self.assertEqual(await stream.changes(), [(ADDED, 's00002')])
        self.assertEqual(self.watching.watchers, 2)
        # The name is free again.
        await stream.subscribe('b')
        self.assertEqual((await stream.next('started')).watch_id, 'b')

    async def test_what_is_wrong_with_one_ends_that_one(self) -> None:
        stream = await self.watch(watch_id='good')
        await stream.synced()
        for fields, reason in (
            ({'filter': {'nme': 'x'}}, 'UNKNOWN_FIELD'),
            ({'jmespath': '[?'}, 'INVALID_JMESPATH'),
            ({'jmespath': '[0:1]'}, 'INVALID_JMESPATH'),
            ({'jmespath': '[?name] | [0]'}, 'INVALID_JMESPATH'),
            ({'jmespath': '[?name].id'}, 'INVALID_JMESPATH'),
            ({'kind': 0}, 'UNKNOWN_KIND'),
            ({'kind': 999}, 'UNKNOWN_KIND'),
        ):
            with self.subTest(fields):
                await stream.subscribe('bad', **fields)
                ended = (await stream.next('ended')).ended
                self.assertEqual((ended.code, ended.reason), (Code.INVALID_ARGUMENT.value[0], reason))
                self.assertTrue(ended.message and ended.metadata['field'])
        self.put(server(1))
        self.assertEqual(await stream.changes(), [(ADDED, 's00001')])

    async def test_an_expression_that_fails_later_ends_that_one(self) -> None:
        stream = await self.watch(jmespath='[?abs(name) > `1`]')
        await stream.synced()
        self.put(server(1, name='x'))
        self.assertEqual((await stream.next('ended')).ended.reason, 'INVALID_JMESPATH')
        await until(lambda: self.watching.watchers == 0)

    async def test_misuse_of_the_stream_ends_the_stream(self) -> None:
        async def twice(stream: Stream) -> None:
            await stream.subscribe('w')
            await stream.subscribe('w')

        wrong: list[Any] = [
            twice,
            lambda stream: stream.call.write(pb.WatchRequest()),
            lambda stream: stream.subscribe(''),
            lambda stream: stream.subscribe('x' * 65),
            lambda stream: stream.unsubscribe(''),
        ]
        for misuse in wrong:
            stream = Stream(self.stub)
            await misuse(stream)
            with self.assertRaises(grpc.aio.AioRpcError) as caught:
                while await stream.next() is not grpc.aio.EOF:
                    pass
                raise AssertionError('it ended well')
            self.assertIs(caught.exception.code(), Code.INVALID_ARGUMENT)
            self.assertIn('x-request-id', dict(caught.exception.trailing_metadata()))

    async def test_there_is_a_bound(self) -> None:
        stream = Stream(self.stub)
        for number in range(WATCHES + 1):
            await stream.subscribe(str(number), location={'cloud': 'alpha'})
        while not (response := await stream.next()).HasField('ended'):
            pass
        self.assertEqual((response.watch_id, response.ended.reason), (str(WATCHES), 'TOO_MANY_WATCHES'))

    async def test_it_goes_on_when_the_client_has_nothing_more_to_say(self) -> None:
        stream = await self.watch()
        await stream.call.done_writing()
        await stream.synced()
        self.put(server(1))
        self.assertEqual(await stream.changes(), [(ADDED, 's00001')])

    async def test_it_ends_well_when_there_is_nothing_left(self) -> None:
        stream = await self.watch()
        await stream.unsubscribe()
        await stream.call.done_writing()
        while await stream.next() is not grpc.aio.EOF:
            pass
        self.assertIs(await stream.call.code(), Code.OK)

    async def test_a_server_that_stops_says_so(self) -> None:
        stream, idle = await self.watch(), Stream(self.stub)
        await idle.unsubscribe('none')
        await until(lambda: len(self.servicer.streams) == 2)
        self.servicer.stop()
        for one in (stream, idle):
            with self.assertRaises(grpc.aio.AioRpcError) as caught:
                while await one.next() is not grpc.aio.EOF:
                    pass
            self.assertIs(caught.exception.code(), Code.UNAVAILABLE)


class ResumptionTest(Case):
    async def again(self, token: str, **fields: Any) -> Stream:
        await self.nothing_goes_on()
        return await self.watch(resume_token=token, **fields)

    async def left(self, **fields: Any) -> str:
        """The token of one who has read everything and gone."""
        stream = await self.watch(**fields)
        token: str = (await stream.synced())[1]
        stream.call.cancel()
        return token

    async def test_only_what_has_changed_since_is_told(self) -> None:
        self.put(server(1), server(2), server(3))
        token = await self.left()
        self.put(server(1), server(2, name='x'))
        stream = await self.again(token)
        self.assertTrue(self.started.resumed)
        # What is missing twice has gone: it may be told of with the rest, or by itself afterwards.
        told = []
        async with asyncio.timeout(20):
            while (DELETED, 's00003') not in told:
                response = await stream.next()
                told += [
                    (pb.WatchChangeType.Name(c.type).removeprefix('WATCH_CHANGE_TYPE_'), c.resource.server.id)
                    for c in response.changes.changes
                ]
        self.assertEqual(told, [(MODIFIED, 's00002'), (DELETED, 's00003')])

    async def test_amid_a_snapshot_it_goes_on_from_there(self) -> None:
        self.put(*map(server, range(2000)))
        stream = await self.watch()
        first = await stream.next('changes')
        known = {c.resource.server.id for c in first.changes.changes}
        stream.call.cancel()
        self.put(*map(server, range(1, 2000)))
        stream = await self.again(first.resume_token)
        self.assertTrue(self.started.resumed)
        while True:
            response = await stream.next()
            known |= {c.resource.server.id for c in response.changes.changes if c.type != pb.WATCH_CHANGE_TYPE_DELETED}
            known -= {c.resource.server.id for c in response.changes.changes if c.type == pb.WATCH_CHANGE_TYPE_DELETED}
            if response.HasField('changes') and 's00000' not in known and len(known) == 1999:
                break

    async def test_what_is_not_known_any_more_begins_anew(self) -> None:
        with mock.patch.object(watching, 'GRACE', 0.05):
            self.put(server(1))
            token = await self.left()
            await self.nothing_goes_on()
            await until(lambda: not self.watching._polls)
            stream = await self.again(token)
            self.assertEqual((self.started.resumed, self.started.reason), (False, pb.WATCH_START_REASON_TOKEN_EXPIRED))
            self.assertEqual((await stream.synced())[0], ['s00001'])

    async def test_a_token_of_anything_else_begins_anew(self) -> None:
        self.put(server(1))
        token = await self.left()
        for fields in ({'name_or_id': 's00001'}, {'location': {'cloud': 'alpha'}}, {'filter': {'id': 's00001'}}):
            stream = await self.watch(resume_token=token, **fields)
            self.assertFalse(self.started.resumed)
            self.assertEqual((await stream.synced())[0], ['s00001'])
        for garbage in ('x', token[:-4], token.swapcase(), '☃'):
            await self.watch(resume_token=garbage)
            self.assertEqual(self.started.reason, pb.WATCH_START_REASON_TOKEN_EXPIRED)

    async def test_a_place_that_was_away_comes_whole(self) -> None:
        self.put(server(1))
        self.put(server(2), place=BETA)
        self.cloud.failures[BETA] = AWAY
        with self.assertLogs('oaktree.backends', 'WARNING'):
            token = await self.left()
        del self.cloud.failures[BETA]
        stream = await self.again(token)
        self.assertTrue(self.started.resumed)
        self.assertEqual((await stream.synced())[0], ['s00002'])

    async def test_a_client_that_sees_little_of_what_happens_has_a_good_token_all_the_same(self) -> None:
        with mock.patch('oaktree.services.watch.LENGTH', 40), mock.patch.object(changelog, 'LENGTH', 40):
            self.put(server(1))
            stream = await self.watch(filter={'name': 'mine'}, location={'cloud': 'alpha'})
            token = (await stream.synced())[1]
            for turn in range(12):
                self.put(server(1, native_status=str(turn)))
                await until(lambda turn=turn: self.head() == turn + 1)  # type: ignore[misc]
            self.assertNotEqual((await stream.next('synced')).resume_token, token)

    def head(self) -> int:
        return next(poll.log.head for (place, _), poll in self.watching._polls.items() if place == ALPHA)


class SlowReadersTest(Case):
    async def test_one_who_falls_behind_is_told_and_begins_anew(self) -> None:
        with mock.patch.object(changelog, 'LENGTH', 50):
            self.put(*map(server, range(20)))
            stream = await self.watch(location={'cloud': 'alpha'})
            await stream.synced()
            # As large as flow control lets nobody send ahead.
            for turn in range(40):
                self.put(*(server(n, name=str(turn), metadata={'x': 'y' * 100_000}) for n in range(20)))
                await until(lambda turn=turn: self.name() == str(turn))  # type: ignore[misc]
            known: dict[str, str] = {}
            fell = False
            while not (fell and len(known) == 20 and set(known.values()) == {'39'}):
                response = await stream.next()
                if response.HasField('started'):
                    self.assertEqual(response.started.reason, pb.WATCH_START_REASON_FELL_BEHIND)
                    fell, known = True, {}
                known |= {c.resource.server.id: c.resource.server.name for c in response.changes.changes}
            await stream.next('synced')

    def name(self) -> str:
        snapshot = next(poll.log.snapshot for (place, _), poll in self.watching._polls.items() if place == ALPHA)
        assert snapshot
        return str(snapshot.items[0].name)


class LeftoversTest(Case):
    async def test_fifty_rounds_of_open_and_cancel_leave_nothing(self) -> None:
        with mock.patch.object(watching, 'GRACE', 0.01):
            self.put(*map(server, range(10)))
            self.cloud.put(ALPHA, FLAVOR, pb.Flavor(id='f'))
            gc.collect()
            before, kept = len(asyncio.all_tasks()), alive()
            for turn in range(50):
                streams = [await self.watch() for _ in range(5)]
                if turn % 2:
                    for stream in streams:
                        await stream.subscribe('f', pb.RESOURCE_KIND_FLAVOR)
                        await stream.synced()
                for stream in streams:
                    stream.call.cancel()
                await self.nothing_goes_on()
            await until(lambda: not self.watching._polls)
            await until(lambda: len(asyncio.all_tasks()) <= before)
            del stream, streams
            gc.collect()
            # Other tests may have left some, and those may go meanwhile.
            self.assertEqual(alive() - kept, collections.Counter())

    async def test_nothing_is_left_for_the_garbage_collector(self) -> None:
        # It looks at what has lived for a while very seldom.
        gc.collect()
        gc.disable()
        self.addCleanup(gc.enable)
        kept = alive()
        for _ in range(3):
            stream = await self.watch()
            await stream.synced()
            stream.call.cancel()
            await self.nothing_goes_on()
        await until(lambda: not (alive() - kept).keys() & {'Cursor', '_Stream', '_Watch'})

    async def test_one_who_goes_amid_a_look_leaves_nothing(self) -> None:
        self.cloud.hold()
        with mock.patch.object(watching, 'GRACE', 0.01):
            stream = await self.watch()
            await until(lambda: self.cloud.count('list') == 2)
            stream.call.cancel()
            await self.nothing_goes_on()
            self.assertFalse(self.watching._polls)

    async def test_a_client_that_does_not_read_can_go(self) -> None:
        self.put(*(server(n, metadata={'x': 'y' * 100_000}) for n in range(500)))
        stream = await self.watch()
        await asyncio.sleep(0.05)
        stream.call.cancel()
        await self.nothing_goes_on()


class IntervalTest(Case):
    async def test_it_grows_when_nothing_moves_and_a_change_through_us_cuts_it_short(self) -> None:
        self.enterContext(mock.patch.object(watching, 'SLOW', 60))
        self.enterContext(mock.patch.object(watching, 'INTERVAL', 0.01))
        self.put(server(1))
        stream = await self.watch(location={'cloud': 'alpha'})
        await stream.synced()
        await asyncio.sleep(0.5)
        # 0.01 + 0.02 + 0.04 ... : far from 50.
        self.assertLess(self.cloud.count('list') + self.cloud.count('changes'), 9)
        await self.watching.create(SERVER, ALPHA, {})
        self.put(server(1), server(2))
        before = asyncio.get_running_loop().time()
        self.assertEqual(await stream.changes(), [(ADDED, 's00002')])
        self.assertLess(asyncio.get_running_loop().time() - before, 10)

    async def test_it_stays_short_while_something_moves(self) -> None:
        self.enterContext(mock.patch.object(watching, 'SLOW', 3600))
        self.put(server(1, native_status='BUILD'))
        stream = await self.watch(location={'cloud': 'alpha'})
        await stream.synced()
        await until(lambda: self.cloud.count('changes') > 30)


if __name__ == '__main__':
    unittest.main()
