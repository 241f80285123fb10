# SPDX-License-Identifier: Apache-2.0
"""What is told to one caller once is kept nowhere: not in a log, nor in a cache, nor in the open in a shared store."""

import asyncio
import gc
import logging
import time
import unittest
import uuid
from typing import Any

import grpc
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from oaktreemodel import v1 as pb

from oaktree.repeats import Repeats
from tests.faults.redis import RedisServer
from tests.functional.base import CLOUDS, ServerThread, unique
from tests.functional.test_volumes import VolumesCase

Code = grpc.StatusCode
NOW = Duration()
WHERE: dict[str, Any] = {'location': {'cloud': CLOUDS[0].name}}


class Heard(logging.Handler):
    """All that anything of oaktree says, however quietly."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append(f'{record.getMessage()} {vars(record)} {record.exc_text}')


def text(item: Any) -> bytes:
    """What is written in an object itself; in a message, in all of it."""
    if isinstance(item, str):
        return item.encode(errors='replace')
    if isinstance(item, bytes | bytearray | memoryview):
        return bytes(item)
    return item.SerializeToString() if isinstance(item, Message) else b''


def way(root: Any, secret: str, loop: asyncio.AbstractEventLoop) -> str:
    """How a text can be reached from an object, by the types of what leads there; nothing if it cannot be.

    :param loop: the only one that is looked into. gRPC leads to all that it was ever used with in this process, and so to what
        other tests left there: their clouds among it, which know each secret.
    """
    # Everything seen stays here: what is freed meanwhile would lend its id to something else.
    seen: dict[int, tuple[Any, Any]] = {id(root): (root, None)}
    left = [root]
    # Not what programs are made of, which leads to the test itself, and to all that it holds.
    beyond = (type, type(gc), type(way))
    while left:
        item = left.pop()
        if secret.encode() in text(item):
            steps = []
            while item is not None:
                steps.append(type(item).__qualname__)
                item = seen[id(item)][1]
            return ' < '.join(steps)
        new = gc.get_referents(item)
        # Closures and bound methods hold state too.
        new += [cell for f in new if isinstance(f, type(way)) for cell in f.__closure__ or ()]
        for one in new:
            if isinstance(one, asyncio.AbstractEventLoop) and one is not loop:
                continue
            if id(one) not in seen and not isinstance(one, beyond):
                seen[id(one)] = one, item
                left.append(one)
    return ''


class SecretsTest(VolumesCase):
    """The secret of an application credential, and the key of a volume that is offered."""

    store = ''

    def setUp(self) -> None:
        super().setUp()
        names = [cloud.name for cloud in CLOUDS]
        self.own = ServerThread(self.stack.config, *names, store=self.store)
        self.addCleanup(self.own.close)
        self.heard = Heard()
        log = logging.getLogger('oaktree')
        self.addCleanup(log.setLevel, log.level)
        self.addCleanup(log.removeHandler, self.heard)
        log.addHandler(self.heard)
        log.setLevel(logging.DEBUG)

    def credential(self, **fields: Any) -> pb.ApplicationCredential:
        request = pb.CreateApplicationCredentialRequest(**WHERE, name=unique('app'), **fields)
        made = self.own.identity.CreateApplicationCredential(request).application_credential
        gone = pb.DeleteApplicationCredentialRequest(**WHERE, name_or_id=made.id)
        self.addCleanup(self.gone, self.oaktree.identity.DeleteApplicationCredential, gone)
        return made

    def offer(self, **fields: Any) -> pb.VolumeTransfer:
        request = pb.CreateVolumeTransferRequest(**WHERE, name=unique('transfer'), volume=self.volume(WHERE).id, **fields)
        made = self.own.block_storage.CreateVolumeTransfer(request, timeout=60).volume_transfer
        gone = pb.DeleteVolumeTransferRequest(**WHERE, name_or_id=made.id)
        self.addCleanup(self.gone, self.storage.DeleteVolumeTransfer, gone)
        return made

    def read(self, credential: str, transfer: str) -> None:
        """Everything that fills a cache with them."""
        identity, storage = self.own.identity, self.own.block_storage
        for fresh in ({'max_age': NOW}, {}):
            identity.ListApplicationCredentials(pb.ListApplicationCredentialsRequest(**WHERE, **fresh))
            request = pb.GetApplicationCredentialRequest(**WHERE, name_or_id=credential, **fresh)
            self.assertEqual(identity.GetApplicationCredential(request).application_credential.secret, '')
            storage.ListVolumeTransfers(pb.ListVolumeTransfersRequest(**WHERE, **fresh))
            request = pb.GetVolumeTransferRequest(**WHERE, name_or_id=transfer, **fresh)
            self.assertEqual(storage.GetVolumeTransfer(request).volume_transfer.auth_key, '')

    def found(self, secret: str) -> str:
        # gRPC holds on to the last call, and to what became of it, until there is another.
        for _ in range(2):
            self.own.clouds.ListClouds(pb.ListCloudsRequest())
        gc.collect()
        return way(self.own.server, secret, self.own.loop)

    def forgotten(self, secret: str) -> None:
        """Nothing holds it for good; on a busy machine a thread may take a moment to let go of what it has done."""
        for _ in range(20):
            if not (found := self.found(secret)):
                return
            time.sleep(0.1)
        self.fail(f'it is kept: {found}')

    def unsaid(self, secret: str) -> None:
        self.assertTrue(self.heard.said)
        self.assertFalse([line for line in self.heard.said if secret in line])

    def test_nothing_of_a_secret_stays(self) -> None:
        credential, transfer = self.credential(), self.offer()
        self.read(credential.id, transfer.id)
        # What is kept is found this way: their ids.
        self.assertTrue(self.found(credential.id) and self.found(transfer.id))
        for secret in (credential.secret, transfer.auth_key):
            self.assertTrue(secret)
            self.unsaid(secret)
            self.forgotten(secret)

    def test_only_the_answer_to_a_request_id_has_it(self) -> None:
        credential, transfer = (make(request_id=str(uuid.uuid4())) for make in (self.credential, self.offer))
        self.read(credential.id, transfer.id)
        for secret in (credential.secret, transfer.auth_key):
            self.unsaid(secret)
            self.assertTrue(self.found(secret))
        for repeats in (one for one in gc.get_objects() if isinstance(one, Repeats)):
            repeats._known.clear()
        for secret in (credential.secret, transfer.auth_key):
            self.forgotten(secret)

    def test_a_key_that_is_refused_is_not_told_to_the_log(self) -> None:
        transfer = self.offer()
        for key in (f'wrong-{uuid.uuid4()}', f'long-{uuid.uuid4()}' + 'x' * 300):
            request = pb.AcceptVolumeTransferRequest(**WHERE, id=transfer.id, auth_key=key)
            with self.fails(Code.INVALID_ARGUMENT, 'CLOUD_REJECTED'):
                self.own.block_storage.AcceptVolumeTransfer(request, timeout=60)
            self.unsaid(key[:40])
            self.forgotten(key[:40])


@unittest.skipUnless(RedisServer.there_is(), 'there is no redis-server here')
class SharedSecretsTest(SecretsTest):
    """The same where the store is shared with other processes."""

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.redis = RedisServer()
        cls.addClassCleanup(cls.redis.close)
        cls.redis.start()
        cls.store = cls.redis.url

    def read(self, credential: str, transfer: str) -> None:
        super().read(credential, transfer)
        for known in (credential, transfer):
            self.assertIn(known.encode(), self.redis.everything())

    def unsaid(self, secret: str) -> None:
        super().unsaid(secret)
        self.assertNotIn(secret.encode(), self.redis.everything())
