# SPDX-License-Identifier: Apache-2.0
"""Watching: what a List has, and then each change, on every cloud."""

import queue
import threading
from collections.abc import Callable, Iterator
from typing import Any

import grpc
from google.protobuf.duration_pb2 import Duration
from oaktreemodel import v1 as pb

from tests.functional.base import CLOUDS, Case, Cloud, unique

Code = grpc.StatusCode
SECONDS = 180.0
"""For what a cloud does; real ones take their time."""


class Watching:
    """A watch that a thread reads, and what its client has of it."""

    def __init__(self, stub: Any, *subscriptions: pb.WatchSubscription) -> None:
        self._requests: queue.Queue[Any] = queue.Queue()
        for subscription in subscriptions:
            self._requests.put(pb.WatchRequest(subscribe=subscription))
        self.call = stub.Watch(iter(self._requests.get, None))
        self.known: dict[tuple[str, str], Any] = {}
        """By cloud and id."""
        self.events: list[pb.WatchResponse] = []
        self.changes: list[tuple[str, Any]] = []
        """Type and thing, since the snapshot."""
        self._more = threading.Condition()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        synced = False
        try:
            for response in self.call:
                with self._more:
                    self.events.append(response)
                    synced |= response.HasField('synced')
                    for change in response.changes.changes:
                        self._apply(change, synced)
                    self._more.notify_all()
        except grpc.RpcError:
            pass

    def _apply(self, change: Any, synced: bool) -> None:
        thing = getattr(change.resource, change.resource.WhichOneof('kind'))
        if change.type == pb.WATCH_CHANGE_TYPE_DELETED:
            del self.known[thing.location.cloud, thing.id]
        else:
            self.known[thing.location.cloud, thing.id] = thing
        if synced:
            self.changes.append((pb.WatchChangeType.Name(change.type).removeprefix('WATCH_CHANGE_TYPE_'), thing))

    @property
    def ids(self) -> set[str]:
        return {item_id for _, item_id in self.known}

    def send(self, **command: Any) -> None:
        self._requests.put(pb.WatchRequest(**command))

    def until(self, what: str, true: Callable[[], Any], seconds: float = SECONDS) -> Any:
        """Wait until something is true of what was read."""
        with self._more:
            if not self._more.wait_for(true, seconds):
                raise AssertionError(f'not within {seconds} s: {what}; {self.events[-3:]}')
            return true()

    def synced(self) -> 'Watching':
        self.until('synced', lambda: self.count('synced'))
        return self

    def count(self, event: str) -> int:
        return sum(response.WhichOneof('event') == event for response in self.events)

    def close(self) -> None:
        self._requests.put(None)
        self.call.cancel()


def subscription(kind: int = pb.RESOURCE_KIND_KEYPAIR, watch_id: str = 'w', **fields: Any) -> pb.WatchSubscription:
    return pb.WatchSubscription(kind=kind, watch_id=watch_id, **fields)  # type: ignore[arg-type]


class WatchTest(Case):
    """The same on every cloud."""

    def watch(self, *subscriptions: pb.WatchSubscription) -> Watching:
        watching = Watching(self.oaktree.watch, *subscriptions)
        self.addCleanup(watching.close)
        return watching

    def keypair(self, cloud: str, name: str) -> None:
        self.oaktree.compute.CreateKeypair(pb.CreateKeypairRequest(location={'cloud': cloud}, name=name), timeout=60)
        self.addCleanup(self.drop, cloud, name)

    def drop(self, cloud: str, name: str) -> None:
        try:
            request = pb.DeleteKeypairRequest(location={'cloud': cloud}, name_or_id=name)
            self.oaktree.compute.DeleteKeypair(request, timeout=60)
        except grpc.RpcError as error:
            if error.code() is not Code.NOT_FOUND:
                raise

    def lists(self) -> Iterator[tuple[int, list[Any]]]:
        o = self.oaktree
        for stub, names in (
            (o.block_storage, ('VolumeBackups', 'VolumeSnapshots', 'VolumeTypes', 'Volumes')),
            (o.compute, ('Flavors', 'Keypairs', 'ServerGroups', 'Servers')),
            (o.image, ('Images',)),
            (o.network, ('FloatingIps', 'Networks', 'SecurityGroups', 'Subnets')),
        ):
            for name in names:
                answer = getattr(stub, f'List{name}')(getattr(pb, f'List{name}Request')(), timeout=60)
                things = answer.ListFields()[0][1] if answer.ListFields()[0][0].number == 1 else []
                kind = answer.DESCRIPTOR.fields[0].name.removesuffix('s')
                yield pb.ResourceKind.Value(f'RESOURCE_KIND_{kind.upper()}'), list(things)

    def test_a_snapshot_has_what_a_list_has(self) -> None:
        for kind, things in self.lists():
            with self.subTest(pb.ResourceKind.Name(kind)):
                known = self.watch(subscription(kind)).synced().known
                # Others may be at work on a real cloud: what is listed and stays is in both.
                again = dict(self.lists())[kind]
                stayed = [thing for thing in things if thing in again]
                self.assertEqual([known.get((thing.location.cloud, thing.id)) for thing in stayed], stayed)

    def test_a_server_is_seen_from_its_beginning_to_its_end(self) -> None:
        for cloud in CLOUDS:
            with self.subTest(cloud.name):
                self.follows_a_server(cloud, unique('watched'))

    def follows_a_server(self, cloud: Cloud, name: str) -> None:
        watching = self.watch(subscription(pb.RESOURCE_KIND_SERVER, filter={'name': name})).synced()
        server = self.create_server(cloud, name=name)
        running = pb.SERVER_STATE_ACTIVE
        seen = watching.until('it runs', lambda: [s for s in watching.known.values() if s.state == running])
        self.assertEqual((seen[0].id, seen[0].location.cloud), (server.id, cloud.name))
        self.delete_server(server)
        watching.until('it is gone', lambda: not watching.known)
        self.assertEqual((watching.changes[0][0], watching.changes[-1][0]), ('ADDED', 'DELETED'))
        modified = [c for e in watching.events for c in e.changes.changes if c.type == pb.WATCH_CHANGE_TYPE_MODIFIED]
        self.assertTrue(all(change.changed_fields.paths for change in modified), 'what is modified says how')

    def test_several_subscriptions_share_a_stream_and_end_one_by_one(self) -> None:
        alpha, beta = CLOUDS
        names = {cloud.name: unique('key') for cloud in CLOUDS}
        watching = self.watch(*(subscription(watch_id=c.name, location={'cloud': c.name}) for c in CLOUDS))
        watching.until('both', lambda: watching.count('synced') >= 2)
        for cloud in CLOUDS:
            self.keypair(cloud.name, names[cloud.name])
        watching.until('both keys', lambda: set(names.values()) <= watching.ids)
        watching.send(unsubscribe={'watch_id': beta.name})
        ended = watching.until('the end of one', lambda: [e for e in watching.events if e.HasField('ended')])
        self.assertEqual((ended[0].watch_id, ended[0].ended.code), (beta.name, 0))
        before = len(watching.events)
        for cloud in CLOUDS:
            self.drop(cloud.name, names[cloud.name])
        watching.until('the key of the other', lambda: names[alpha.name] not in watching.ids)
        self.assertEqual({e.watch_id for e in watching.events[before:]}, {alpha.name})
        self.assertIn(names[beta.name], watching.ids)

    def test_who_comes_back_is_told_what_has_changed_meanwhile(self) -> None:
        cloud, name = CLOUDS[0], unique('key')
        wanted = subscription(location={'cloud': cloud.name})
        first = self.watch(wanted).synced()
        wanted.resume_token = [e for e in first.events if e.resume_token][-1].resume_token
        first.close()
        self.keypair(cloud.name, name)
        second = self.watch(wanted).synced()
        self.assertTrue(second.events[0].started.resumed)
        second.until('the key', lambda: name in second.ids)
        self.assertNotIn(next(iter(first.known), None), second.known, 'only what has changed')

    def test_jmespath_and_names_select_as_in_a_list(self) -> None:
        cloud = CLOUDS[0]
        flavors = {'kind': pb.RESOURCE_KIND_FLAVOR, 'location': {'cloud': cloud.name}}
        for fields in ({'name_or_id': cloud.flavor}, {'jmespath': f"[?name=='{cloud.flavor}']"}):
            known = self.watch(subscription(**flavors, **fields)).synced().known
            self.assertEqual([flavor.name for flavor in known.values()], [cloud.flavor])

    def test_one_mistake_is_told_and_the_other_watch_goes_on(self) -> None:
        watching = self.watch(
            subscription(watch_id='wrong', filter={'nme': 'x'}),
            subscription(watch_id='elsewhere', location={'cloud': 'nowhere'}),
            subscription(watch_id='right'),
        ).synced()
        ended = {e.watch_id: e.ended.reason for e in watching.events if e.HasField('ended')}
        self.assertEqual(ended, {'wrong': 'UNKNOWN_FIELD', 'elsewhere': 'UNKNOWN_CLOUD'})

    def test_misuse_ends_the_stream_with_the_reason(self) -> None:
        with self.fails(Code.INVALID_ARGUMENT, 'MISSING_FIELD', 'command'):
            list(self.oaktree.watch.Watch(iter([pb.WatchRequest()]), timeout=60))

    def test_bytes_that_are_no_request_end_the_stream(self) -> None:
        call = self.oaktree.channel.stream_stream('/oaktree.v1.WatchService/Watch')
        with self.fails(Code.INVALID_ARGUMENT, 'MALFORMED_REQUEST'):
            list(call(iter([b'\xff']), timeout=60))

    def test_a_deadline_ends_it(self) -> None:
        with self.assertRaises(grpc.RpcError) as caught:
            list(self.oaktree.watch.Watch(iter([pb.WatchRequest(subscribe=subscription())]), timeout=1))
        self.assertIs(caught.exception.code(), Code.DEADLINE_EXCEEDED)

    def test_a_wait_and_a_watch_of_the_same(self) -> None:
        cloud = CLOUDS[0]
        watching = self.watch(subscription(pb.RESOURCE_KIND_SERVER, location={'cloud': cloud.name})).synced()
        server = self.create_server(cloud, auto_ip=True, wait=Duration(seconds=120))
        self.assertTrue(server.public_v4)
        watching.until('its address', lambda: watching.known.get((cloud.name, server.id), pb.Server()).public_v4)
