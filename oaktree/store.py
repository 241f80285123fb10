# SPDX-License-Identifier: Apache-2.0
"""What several processes share, in Redis or Valkey: lists that one of them has read, and news of what each has written.

What is kept there is the bytes of messages, and sealed answers to changes (``promises.py``). It may go away and come back
at any time: whoever finds it gone goes on alone. Redis itself must be private to those who may see
everything that the clouds.yaml gives.

Each collection of each identity has a generation, which every write counts up, and which is part of the name under which a
list is kept: so one that was read before a write can't be found after it, however late it is put there.
"""

import asyncio
import contextlib
import contextvars
import hashlib
import logging
import struct
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeVar

import orjson
import redis.asyncio
from google.protobuf.descriptor_pb2 import FileDescriptorProto
from redis.asyncio.lock import Lock
from redis.exceptions import LockError, RedisError

from oaktree import metrics
from oaktree.resource import Resource, Snapshot

LOG = logging.getLogger(__name__)

TIMEOUT = 1.0
"""Seconds that a request to the store may take."""

PAUSE = 1.0
"""Seconds without a request, after one has failed."""

LOCK = 10.0
"""Seconds after which a reader that has died is not waited for any more."""

LOOK = (0.01, 0.2)
"""Seconds between two looks at what another process is reading: the first, and the longest."""

ACKNOWLEDGE = 0.1
"""Seconds that a write waits for the others to have forgotten what it touched."""

LIFETIME = 6 * 3600
"""Seconds that a list is kept: longer than any is of use."""

BEAT = 5.0
"""Seconds of silence after which we make ourselves heard; after as many again without hearing ourselves, nobody hears us."""

HEAD = struct.Struct('!ddd?')
"""When a list was read, when all of it, by the cloud's clock, and whether something of it is moving."""

CHANNEL = 'oaktree:forget'
GONE = (RedisError, OSError, asyncio.TimeoutError)

T = TypeVar('T')
Forget = Callable[[str | None, Sequence[str]], None]
"""(identity, collections); an identity of None stands for everything."""

Good = Callable[[Snapshot], bool]
Read = Callable[[], Awaitable[Snapshot]]


DROP = "return redis.call('get', KEYS[1]) == ARGV[1] and redis.call('del', KEYS[1])"
"""Run by Redis, with nothing in between."""


class SharedStore:
    """One store, seen from one process."""

    def __init__(self, url: str) -> None:
        """:param url: ``redis://``, ``rediss://`` or ``unix://``, as redis-py takes it. It may hold a password."""
        self._redis: Any = redis.asyncio.Redis.from_url(
            url, socket_timeout=TIMEOUT, socket_connect_timeout=TIMEOUT, health_check_interval=5
        )
        self.on_forget: Forget = _nothing
        self.on_revoke: Callable[[bytes], None] = _nothing
        """Called with the hash of a token that another process has revoked."""
        self._origin = str(uuid.uuid4())
        self._away_until = 0.0
        self._listening: asyncio.Task[None] | None = None
        self._owed: dict[str, set[str]] = {}
        """Collections by identity that we have written to, and could not tell the store."""
        self._settling: asyncio.Task[None] | None = None
        self._acknowledged: dict[str, tuple[int, asyncio.Future[None]]] = {}

    @property
    def away(self) -> bool:
        """Whether the store did not answer when it was last asked."""
        return time.monotonic() < self._away_until

    def start(self) -> None:
        """Listen for what others write."""
        self._listening = asyncio.create_task(self._listen())

    async def stop(self) -> None:
        """Listen no more."""
        if tasks := [task for task in (self._listening, self._settling) if task]:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
        with contextlib.suppress(*GONE):
            await self._redis.aclose()

    async def once(self, identity: str, resource: Resource, good: Good, read: Read) -> Snapshot:
        """A list that another process has read, if it is good enough; or else what we read, or another does meanwhile."""
        pause = LOOK[0]
        # While something is owed, what is there may be from before we wrote.
        while not self.away and not self._owed:
            try:
                name = await self._name(identity, resource)
                if found := await self._get(name, resource, good):
                    metrics.STORE.labels('found').inc()
                    return found
                # One for all generations: writes in between must not have everybody read at once.
                lock = self._redis.lock(f'oaktree:lock:{identity}:{resource.key}', timeout=LOCK, blocking=False)
                ours = await lock.acquire()
            except GONE as error:
                self._gone(error)
                break
            if ours:
                return await self._read(name, resource, good, read, lock)
            await asyncio.sleep(pause)
            pause = min(pause * 1.5, LOOK[1])
        metrics.STORE.labels('away').inc()
        return await read()

    async def forget(self, identity: str, collections: Sequence[str]) -> None:
        """Have every process forget these collections; returns when they have, or at the latest after a tenth of a second.

        Where the store does not answer it will be told as soon as it does; until then we go on alone.
        """
        if not self.away:
            try:
                await self._wrote(identity, collections)
                return
            except GONE as error:
                self._gone(error)
        self._owed.setdefault(identity, set()).update(collections)
        if not self._settling or self._settling.done():
            self._settling = asyncio.create_task(self._settle(), context=contextvars.Context())

    async def revoke(self, digest: bytes) -> None:
        """Have every process take a token for no good; they know it by this hash. One that can't be told learns of it later."""
        try:
            await self._tell({'revoked': digest.hex()}, 'a token')
        except GONE as error:
            self._gone(error)

    async def claim(self, name: str, content: bytes, seconds: int) -> bool | None:
        """Put something where there is nothing, for so long; whether there was nothing, or None where there is no store."""
        return await self._asked(self._redis.set(name, content, ex=seconds, nx=True), bool)

    async def look(self, name: str) -> bytes | None:
        """What is there."""
        return await self._asked(self._redis.get(name), lambda content: content)

    async def keep(self, name: str, content: bytes, seconds: int) -> None:
        """Put something there in place of what is."""
        await self._asked(self._redis.set(name, content, ex=seconds), bool)

    async def extend(self, name: str, seconds: int) -> None:
        """Have what is there stay for so long from now."""
        await self._asked(self._redis.expire(name, seconds), bool)

    async def drop(self, name: str, content: bytes) -> None:
        """Have nothing there, unless it is something else by now."""
        await self._asked(self._redis.eval(DROP, 1, name, content), bool)

    async def _asked(self, asking: Awaitable[Any], then: Callable[[Any], T]) -> T | None:
        try:
            return then(await asking)
        except GONE as error:
            self._gone(error)
            return None

    async def _settle(self) -> None:
        """Tell what is owed, as soon as there is somebody to tell."""
        while self._owed:
            await asyncio.sleep(PAUSE)
            for identity, collections in tuple(self._owed.items()):
                # Not taken out before they are told, for as long we go on alone; and more may come meanwhile.
                self._owed[identity] = set()
                try:
                    await self._wrote(identity, tuple(collections))
                except GONE as error:
                    self._owed[identity] |= collections
                    self._gone(error)
                    break
                if not self._owed[identity]:
                    del self._owed[identity]

    async def _wrote(self, identity: str, collections: Sequence[str]) -> None:
        generations = [_generation(identity, collection) for collection in collections]
        await self._tell({'identity': identity, 'collections': collections}, ', '.join(collections), generations)

    async def _tell(self, news: Mapping[str, Any], what: str, generations: Sequence[str] = ()) -> None:
        """Tell all processes, ourselves among them, and wait a moment for their word that they know.

        :param generations: that are over by this.
        """
        number = str(uuid.uuid4())
        done = asyncio.get_running_loop().create_future()
        # Ours among them, and there can be no answer before we know how many there will be.
        self._acknowledged[number] = 0, done
        message = {'origin': self._origin, 'number': number, **news}
        try:
            pipeline = self._redis.pipeline(transaction=False)
            for generation in generations:
                pipeline.incr(generation)
            pipeline.publish(CHANNEL, orjson.dumps(message))
            async with asyncio.timeout(TIMEOUT):
                listeners = (await pipeline.execute())[-1]
            heard, _ = self._acknowledged[number]
            self._acknowledged[number] = heard - listeners, done
            if heard < listeners and not (await asyncio.wait([done], timeout=ACKNOWLEDGE))[0]:
                LOG.warning('another process has not said that it forgot %s', what)
        finally:
            del self._acknowledged[number]

    async def _read(
        self,
        name: str,
        resource: Resource,
        good: Callable[[Snapshot], bool],
        read: Callable[[], Awaitable[Snapshot]],
        lock: Lock,
    ) -> Snapshot:
        """Our own reading, while nobody else reads the same."""
        async with self._held(lock):
            with contextlib.suppress(*GONE):
                # Between our look and our lock another may have put it there.
                if found := await self._get(name, resource, good):
                    metrics.STORE.labels('found').inc()
                    return found
            snapshot = await read()
            metrics.STORE.labels('read').inc()
            try:
                content = await asyncio.to_thread(_packed, snapshot)
                await self._redis.set(name, content, ex=LIFETIME)
            except GONE as error:
                self._gone(error)
            return snapshot

    @contextlib.asynccontextmanager
    async def _held(self, lock: Lock) -> AsyncIterator[None]:
        """Keep a lock for as long as a reading takes, and not for longer if we die."""

        async def renew() -> None:
            with contextlib.suppress(*GONE):
                while True:
                    await asyncio.sleep(LOCK / 3)
                    await lock.reacquire()

        renewing = asyncio.create_task(renew())
        try:
            yield
        finally:
            renewing.cancel()
            with contextlib.suppress(LockError, *GONE):
                await lock.release()

    async def _get(self, name: str, resource: Resource, good: Good) -> Snapshot | None:
        """The list of this name, if it is good: what is too old is not worth the time to unpack it."""
        head = await self._redis.getrange(name, 0, HEAD.size - 1)
        if len(head) < HEAD.size or not good(_headed(head)) or not (content := await self._redis.get(name)):
            return None
        # Another may be there by now, and only be newer.
        return await asyncio.to_thread(_unpacked, content, resource.message)

    async def _name(self, identity: str, resource: Resource) -> str:
        generation = int(await self._redis.get(_generation(identity, resource.key)) or 0)
        return f'oaktree:lists:{identity}:{resource.key}:{_model(resource.message)}:{generation}'

    async def _listen(self) -> None:
        """Hear what others have written, for as long as we run."""
        while True:
            try:
                async with self._redis.pubsub(ignore_subscribe_messages=True) as channel:
                    await channel.subscribe(CHANNEL, f'{CHANNEL}:{self._origin}')
                    # What was written while we did not listen, we can't know.
                    self.on_forget(None, ())
                    LOG.info('the shared store is there')
                    await self._attend(channel)
            except GONE as error:
                self._gone(error)
            except Exception:
                LOG.exception('what the shared store told could not be understood')
            await asyncio.sleep(PAUSE)

    async def _attend(self, channel: Any) -> None:
        """Hear what comes, until nothing does: a connection may be dead without either end being told."""
        heard = time.monotonic()
        while True:
            if message := await channel.get_message(timeout=TIMEOUT):
                heard = time.monotonic()
                await self._heard(orjson.loads(message['data']))
            silence = time.monotonic() - heard
            if silence > 2 * BEAT:
                raise ConnectionError('nothing is heard any more, not even ourselves')
            if silence > BEAT:
                await self._redis.publish(f'{CHANNEL}:{self._origin}', b'{}')

    async def _heard(self, message: dict[str, Any]) -> None:
        if (number := message.get('acknowledged')) and (entry := self._acknowledged.get(number)):
            heard, done = entry[0] + 1, entry[1]
            self._acknowledged[number] = heard, done
            if heard == 0 and not done.done():
                done.set_result(None)
        if 'origin' not in message:
            return
        if message['origin'] != self._origin:
            metrics.FORGOTTEN.inc()
            if 'revoked' in message:
                self.on_revoke(bytes.fromhex(message['revoked']))
            else:
                self.on_forget(message['identity'], message['collections'])
        await self._redis.publish(f'{CHANNEL}:{message["origin"]}', orjson.dumps({'acknowledged': message['number']}))

    def _gone(self, error: BaseException) -> None:
        if not self.away:
            # Never its URL, which may hold a password.
            LOG.warning('the shared store is away, we go on alone: %s', type(error).__name__)
        self._away_until = time.monotonic() + PAUSE


def _nothing(*_: Any) -> None:
    return None


def _generation(identity: str, collection: str) -> str:
    return f'oaktree:generation:{identity}:{collection}'


def _model(message: Any) -> str:
    """Tells models apart: one oaktree must not take for its own what another version wrote."""
    description = FileDescriptorProto()
    message.DESCRIPTOR.file.CopyToProto(description)
    return hashlib.sha256(description.SerializeToString(deterministic=True)).hexdigest()[:16]


def _packed(snapshot: Snapshot) -> bytes:
    """The head, then each message behind its length."""
    parts = [HEAD.pack(snapshot.as_of, snapshot.whole, snapshot.clock, snapshot.moving)]
    for item in snapshot.items:
        content = item.SerializeToString()
        parts += struct.pack('!I', len(content)), content
    return b''.join(parts)


def _headed(head: bytes) -> Snapshot:
    """A list as far as its head tells of it: whether it is good is told by that."""
    as_of, whole, clock, moving = HEAD.unpack(head)
    return Snapshot((), (), as_of, whole, moving, clock=clock)


def _unpacked(content: bytes, message: Any) -> Snapshot:
    as_of, whole, clock, _ = HEAD.unpack_from(content)
    at, items = HEAD.size, []
    while at < len(content):
        (length,) = struct.unpack_from('!I', content, at)
        at += 4
        items.append(message.FromString(content[at : at + length]))
        at += length
    return Snapshot.by_id({item.id: item for item in items}, as_of, whole, clock)
