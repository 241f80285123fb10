# SPDX-License-Identifier: Apache-2.0
"""WatchService."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any

from oaktreemodel import v1 as pb
from oaktreemodel.v1 import watch_service_pb2

from oaktree import context, errors, finding, matching, resuming, verbs
from oaktree.backends.base import Watchable
from oaktree.changelog import LENGTH, Change, Cursor
from oaktree.rows.every import ROWS

KINDS = {field.number: (field.name, ROWS[field.message_type.name]) for field in pb.Resource.DESCRIPTOR.fields}  # type: ignore[union-attr]
"""Number of a kind -> its field in Resource, and its row."""

NAME = 64
"""Characters of a watch_id."""

WATCHES = 100
"""Subscriptions that a stream may have at a time."""

Write = Callable[[Any], Awaitable[None]]


@verbs.serves(watch_service_pb2.DESCRIPTOR.services_by_name['WatchService'])
class Watch(verbs.Service, pb.WatchServiceServicer):
    """What there is, and how it changes."""

    backend: Watchable

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._tokens = resuming.Tokens()
        self.streams: set[_Stream] = set()

    async def Watch(self, requests: AsyncIterator[Any], grpc_context: Any) -> None:  # type: ignore[override]
        """One task reads a request at a time; this one does the rest."""
        stream = _Stream(self.backend, self._tokens)
        self.streams.add(stream)
        try:
            await stream.serve(requests, grpc_context.write)
        finally:
            self.streams.remove(stream)
            stream.close()

    def stop(self) -> None:
        """End all watches: they would go on for ever."""
        for stream in self.streams:
            stream.stop()


class _Stream:
    """The subscriptions of one client."""

    __slots__ = ('_awake', '_backend', '_sleep', '_stopping', '_tokens', '_watches')

    def __init__(self, backend: Watchable, tokens: resuming.Tokens) -> None:
        self._backend, self._tokens = backend, tokens
        self._watches: dict[str, _Watch] = {}
        self._awake = self._stopping = False
        self._sleep: asyncio.Future[None] | None = None

    def wake(self, _: Any = None) -> None:
        """Have a look at what there is to do."""
        self._awake = True
        if self._sleep and not self._sleep.done():
            self._sleep.set_result(None)

    def stop(self) -> None:
        """End it, and tell the client to come back."""
        self._stopping = True
        self.wake()

    def close(self) -> None:
        """Leave nothing that leads back to this: a circle would stay in memory until the garbage is looked through."""
        for watch in self._watches.values():
            watch.close()
        self._watches.clear()
        self._sleep = None

    async def serve(self, requests: AsyncIterator[Any], write: Write) -> None:
        """Do as the client says and tell it what happens, until there is nothing left to tell."""
        reading: asyncio.Future[Any] | None = self._read(requests)
        try:
            while reading or self._watches:
                self._awake = False
                if self._stopping:
                    raise errors.Failure(errors.Code.UNAVAILABLE, 'OAKTREE_STOPS', 'This oaktree stops: watch again.')
                if reading and reading.done():
                    request = reading.result()
                    reading = self._read(requests) if request else None
                    if request:
                        await self._obey(request, write)
                    self._awake = True
                for watch in tuple(self._watches.values()):
                    await self._serve(watch, write)
                if not self._awake:
                    self._sleep = asyncio.get_running_loop().create_future()
                    await self._sleep
                    self._sleep = None
        finally:
            if reading:
                reading.cancel()

    def _read(self, requests: AsyncIterator[Any]) -> 'asyncio.Future[Any]':
        reading = asyncio.ensure_future(anext(requests, None))
        reading.add_done_callback(self.wake)
        return reading

    async def _serve(self, watch: '_Watch', write: Write) -> None:
        """One event of a watch; there may be more behind it."""
        try:
            event = await watch.next()
        except errors.Failure as failure:
            event = _ended(failure)
            del self._watches[watch.name]
            watch.close()
        if event:
            await write(pb.WatchResponse(watch_id=watch.name, **event))
            self.wake()

    async def _obey(self, request: Any, write: Write) -> None:
        command = request.WhichOneof('command')
        if not command:
            raise errors.invalid('command', 'is missing: subscribe or unsubscribe', 'MISSING_FIELD')
        name = getattr(request, command).watch_id
        if not 0 < len(name) <= NAME:
            raise errors.invalid(f'{command}.watch_id', f'must have 1 to {NAME} characters')
        if command == 'unsubscribe':
            if watch := self._watches.pop(name, None):
                watch.close()
                await write(pb.WatchResponse(watch_id=name, ended={}))
            return
        if name in self._watches:
            raise errors.invalid('subscribe.watch_id', f'{name!r} is the name of another subscription of this stream')
        try:
            self._watches[name] = await self._subscribe(request.subscribe)
        except errors.Failure as failure:
            await write(pb.WatchResponse(watch_id=name, **_ended(failure)))

    async def _subscribe(self, subscription: Any) -> '_Watch':
        if len(self._watches) >= WATCHES:
            raise errors.Failure(errors.Code.RESOURCE_EXHAUSTED, 'TOO_MANY_WATCHES',
                                 f'A stream has {WATCHES} subscriptions at most: open another.')  # fmt: skip
        call = context.current()
        # The stream may go on for ever; what begins a subscription may not.
        call.deadline = time.monotonic() + context.DEFAULT_TIMEOUT
        watch = _Watch(subscription, self._tokens)
        places = await finding.allowed(self._backend, subscription.location)
        identity = call.caller.named({place.cloud for place in places})
        watch.begin(subscription, identity, lambda mark: [
            self._backend.watch(watch.resource, place, self.wake, mark.get((place.cloud, place.region))) for place in places
        ])  # fmt: skip
        return watch


class _Watch:
    """One subscription. What it has told is not kept, only how far it is."""

    __slots__ = ('_cursors', '_digest', '_expression', '_field', '_keep', '_skipped', '_start', '_synced', '_tokens',
                 'name', 'resource')  # fmt: skip

    def __init__(self, subscription: Any, tokens: resuming.Tokens) -> None:
        if subscription.kind not in KINDS:
            names = ', '.join(pb.ResourceKind.Name(kind) for kind in KINDS)
            raise errors.invalid('kind', f'must be one of {names}', 'UNKNOWN_KIND')
        self._field, self.resource = KINDS[subscription.kind]
        self.name = subscription.watch_id
        self._keep = matching.keeper(self.resource.message, subscription)
        self._expression = matching.compiled(subscription.jmespath) if subscription.jmespath else None
        if self._expression and not matching.judges_each(self._expression):
            raise errors.invalid('jmespath', 'must judge each item by itself here, as [?name==`x`] does', 'INVALID_JMESPATH')
        self._digest, self._tokens = '', tokens
        self._cursors: Sequence[Cursor] = ()
        self._start: pb.WatchStarted | None = None
        self._synced, self._skipped = False, 0

    def begin(self, subscription: Any, identity: str, follow: Callable[[resuming.Marks], Sequence[Cursor]]) -> None:
        """Follow from where the token leads, if that is still known of every place that had been read."""
        token, self._digest = subscription.resume_token, resuming.digest(subscription, identity)
        marks = self._tokens.open(token, self._digest) or {}
        self._cursors = follow(marks)
        was_read = {place for place, (_, _, after) in marks.items() if after != ''}
        known = {(c.log.place.cloud, c.log.place.region) for c in self._cursors if c.after != ''}
        resumed = bool(marks) and was_read <= known
        if not resumed:
            for cursor in self._cursors:
                cursor.restart()
        reason = pb.WATCH_START_REASON_SUBSCRIBED if resumed or not token else pb.WATCH_START_REASON_TOKEN_EXPIRED
        self._start = pb.WatchStarted(resumed=resumed, reason=reason)

    def close(self) -> None:
        for cursor in self._cursors:
            cursor.close()

    async def next(self) -> dict[str, Any] | None:
        """The next event, as a field of the response; None if there is none for now.

        :raises errors.Failure: why this is the end of it.
        """
        if any(cursor.behind for cursor in self._cursors):
            for cursor in self._cursors:
                cursor.restart()
            self._start, self._synced = pb.WatchStarted(reason=pb.WATCH_START_REASON_FELL_BEHIND), False
        if start := self._start:
            self._start = None
            return {'started': start}
        for cursor in self._cursors:
            if cursor.told is not cursor.log.failure:
                cursor.told = cursor.log.failure
                return _reached(cursor)
        for cursor in self._cursors:
            if changes := await self._changes(cursor):
                return {'changes': pb.WatchChanges(changes=changes)} | self._progress()
        if not self._synced and all(cursor.done or cursor.told for cursor in self._cursors):
            self._synced = True
            return {'synced': pb.WatchSynced()} | self._progress()
        return None

    def _progress(self) -> dict[str, Any]:
        self._skipped = 0
        read = [c.log.snapshot.whole for c in self._cursors if c.log.snapshot]
        as_of = {'seconds': int(min(read)), 'nanos': int(min(read) % 1 * 1e9)} if read else None
        return {'resume_token': self._tokens.seal(self._digest, self._cursors), 'as_of': as_of}

    async def _changes(self, cursor: Cursor) -> list[pb.WatchChange]:
        """The next of a place's changes that match, as many as are read in one go."""
        while changes := cursor.read():
            if told := await self._matching(changes):
                return told
            self._skipped += len(changes)
            if self._skipped > LENGTH // 4:
                # Or the client's token would become too old, though nothing happens that it should know.
                self._synced = False
            # Others have their turn.
            await asyncio.sleep(0)
        return []

    async def _matching(self, changes: Sequence[Change]) -> list[pb.WatchChange]:
        test = await self._selected(changes) if self._expression else self._keep
        told = []
        for change in changes:
            old, new = change.old, change.new
            if test:
                old = old if old is not None and test(old) else None
                new = new if new is not None and test(new) else None
            if old is not None or new is not None:
                told.append(self._told(change, old, new))
        return told

    async def _selected(self, changes: Sequence[Change]) -> matching.Keep:
        """Whether one of these objects matches the expression too; in a thread, as it may take seconds."""
        items = [item for change in changes for item in (change.old, change.new) if item is not None]
        items = [item for item in items if self._keep is None or self._keep(item)]
        kept = {id(item) for item in await asyncio.to_thread(matching.selected, self._expression, items)}
        return lambda item: id(item) in kept

    def _told(self, change: Change, old: Any, new: Any) -> pb.WatchChange:
        """A change as it looks to one for whom there is only what matches."""
        if new is None:
            # As it is now, where it is still there.
            last = change.old if change.new is None else change.new
            return pb.WatchChange(type=pb.WATCH_CHANGE_TYPE_DELETED, resource={self._field: last})
        if old is None:
            return pb.WatchChange(type=pb.WATCH_CHANGE_TYPE_ADDED, resource={self._field: new})
        return pb.WatchChange(type=pb.WATCH_CHANGE_TYPE_MODIFIED, resource={self._field: new},
                              changed_fields={'paths': change.paths})  # fmt: skip


def _reached(cursor: Cursor) -> dict[str, Any]:
    """Whether a place can be read."""
    place = cursor.log.place
    if cursor.told:
        return {'unreachable': finding.unreachable(place, cursor.told)}
    return {'reachable': pb.WatchReachable(location={'cloud': place.cloud, 'region': place.region})}


def _ended(failure: errors.Failure) -> dict[str, Any]:
    code: int = failure.code.value[0]
    return {'ended': pb.WatchEnded(code=code, reason=failure.reason, message=failure.message, metadata=failure.metadata)}
