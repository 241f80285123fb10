# SPDX-License-Identifier: Apache-2.0
"""Every call ends in the one table and in one record of the log."""

import asyncio
import io
import json
import logging
import math
import time
import unittest
from typing import Any
from unittest import mock

import grpc
from google.rpc import error_details_pb2, status_pb2
from oaktreemodel import v1 as pb

from oaktree import context, errors, logs
from oaktree.answers import Answers
from oaktree.interceptors import CallHandlers
from tests.unit.fake import owner_auth, until

Code = grpc.StatusCode
SECRET = 'hunter2'


class Servicer(pb.ComputeServiceServicer):
    """Does what a test says."""

    def __init__(self) -> None:
        self.work: Any = None

    async def ListServers(self, request: Any, _context: Any) -> Any:
        await self.work(request)
        return pb.ListServersResponse()

    async def CreateServer(self, request: Any, _context: Any) -> Any:
        await self.work(request)
        return pb.CreateServerResponse()


class Case(unittest.IsolatedAsyncioTestCase):
    """A servicer behind the interceptor, asked over loopback."""

    async def asyncSetUp(self) -> None:
        self.servicer = Servicer()
        handlers = CallHandlers(Answers(lambda *_: math.inf, lambda: 0), owner_auth())
        pb.add_ComputeServiceServicer_to_server(self.servicer, handlers)
        self.server = grpc.aio.server(handlers=[handlers])
        port = self.server.add_insecure_port('127.0.0.1:0')
        await self.server.start()
        self.channel = grpc.aio.insecure_channel(f'127.0.0.1:{port}')
        self.stub = pb.ComputeServiceStub(self.channel)
        self.records: list[logging.LogRecord] = []
        handler = logging.Handler()
        handler.emit = self.records.append  # type: ignore[method-assign]
        self.log = logging.getLogger('oaktree.calls')
        self.log.addHandler(handler)
        self.log.setLevel(logging.DEBUG)
        self.log.propagate = False

    async def asyncTearDown(self) -> None:
        await self.channel.close()
        await self.server.stop(None)
        self.log.handlers.clear()
        self.log.propagate = True
        self.log.setLevel(logging.NOTSET)

    async def ask(self, work: Any, request: Any = None, **options: Any) -> Any:
        """The error that a client gets, and the context that the servicer had."""
        seen: list[context.Call] = []

        async def noticed(asked: Any) -> None:
            seen.append(context.current())
            await work(asked)

        self.servicer.work = noticed
        call = self.stub.CreateServer if isinstance(request, pb.CreateServerRequest) else self.stub.ListServers
        try:
            await call(request or pb.ListServersRequest(), **{'timeout': 30} | options)
        except grpc.aio.AioRpcError as error:
            return error, seen[0]
        return None, seen[0]

    def wire(self, error: Any) -> bytes:
        """Everything that a client is sent of an error."""
        return b'\n'.join(
            [error.details().encode(), *(v if isinstance(v, bytes) else v.encode() for _, v in error.trailing_metadata())]
        )

    def info(self, error: Any) -> Any:
        status = status_pb2.Status.FromString(dict(error.trailing_metadata())['grpc-status-details-bin'])
        info = error_details_pb2.ErrorInfo()
        self.assertTrue(status.details[0].Unpack(info))
        self.assertEqual((status.code, status.message), (error.code().value[0], error.details()))
        return info


async def nothing(_request: Any) -> None:
    return None


class ErrorsTest(Case):
    async def test_a_mistake_of_ours_tells_a_client_nothing_and_the_log_everything(self) -> None:
        async def mistake(_request: Any) -> None:
            raise RuntimeError(f'password={SECRET}') from KeyError(SECRET)

        error, call = await self.ask(mistake)
        self.assertEqual((error.code(), self.info(error).reason), (Code.INTERNAL, 'INTERNAL'))
        self.assertNotIn(SECRET.encode(), self.wire(error))
        self.assertNotIn(b'RuntimeError', self.wire(error))
        # What a user looks for in our log.
        self.assertEqual(dict(error.trailing_metadata())['x-request-id'], call.request_id)
        (record,) = self.records
        self.assertEqual((record.levelno, record.facts['request_id']), (logging.ERROR, call.request_id))  # type: ignore[attr-defined]
        self.assertIn('mistake', logging.Formatter().format(record))
        self.assertIn('RuntimeError', logging.Formatter().format(record))

    async def test_a_failure_is_told_as_it_stands(self) -> None:
        failure = errors.refused(409, b'{"x": {"message": "No."}}', {'x-openstack-request-id': 'req-1'}, 'compute')

        async def fail(_request: Any) -> None:
            raise failure.at(cloud='alpha')

        error, _ = await self.ask(fail)
        info = self.info(error)
        self.assertEqual(
            (error.code(), info.reason, error.details()), (Code.FAILED_PRECONDITION, 'CONFLICT', 'The cloud says: No.')
        )
        self.assertEqual(
            dict(info.metadata), {'cloud': 'alpha', 'service': 'compute', 'http_status': '409', 'request_id': 'req-1'}
        )
        (record,) = self.records
        self.assertEqual((record.levelno, record.exc_info), (logging.INFO, None))

    async def test_an_exception_of_a_library_is_known(self) -> None:
        from keystoneauth1.exceptions import ConnectFailure

        async def fail(_request: Any) -> None:
            raise ConnectFailure(f'https://admin:{SECRET}@cloud')

        error, _ = await self.ask(fail)
        self.assertEqual((error.code(), self.info(error).reason), (Code.UNAVAILABLE, 'CLOUD_UNREACHABLE'))
        self.assertNotIn(SECRET.encode(), self.wire(error))

    async def test_a_cloud_that_is_away_need_not_be_asked_again_at_once(self) -> None:
        for code, told in ((Code.UNAVAILABLE, '-1'), (Code.NOT_FOUND, None)):

            async def fail(_request: Any, code: Any = code) -> None:
                raise errors.Failure(code, 'REASON', 'No.')

            error, _ = await self.ask(fail)
            self.assertEqual(dict(error.trailing_metadata()).get('grpc-retry-pushback-ms'), told)

    async def test_the_longest_words_of_a_cloud_arrive(self) -> None:
        for words in ('x' * 100_000, '额' * 100_000, 'quota 额' * 50_000):

            async def fail(_request: Any, words: str = words) -> None:
                raise errors.refused(403, f'{{"x": {{"message": "{words}"}}}}'.encode(), {}, 'compute')

            error, _ = await self.ask(fail)
            self.assertIn(error.code(), (Code.PERMISSION_DENIED, Code.RESOURCE_EXHAUSTED))
            self.assertIn(self.info(error).reason, ('CLOUD_FORBIDDEN', 'QUOTA_EXCEEDED'))

    async def test_an_unknown_rpc_is_told_with_its_reason(self) -> None:
        method = self.channel.unary_unary('/oaktree.v1.ComputeService/NoSuchRpc')
        with self.assertRaises(grpc.aio.AioRpcError) as caught:
            await method(b'', timeout=30)
        self.assertEqual((caught.exception.code(), self.info(caught.exception).reason), (Code.UNIMPLEMENTED, 'UNKNOWN_RPC'))

    async def test_what_is_no_message_is_refused(self) -> None:
        method = self.channel.unary_unary('/oaktree.v1.ComputeService/ListServers')
        with self.assertRaises(grpc.aio.AioRpcError) as caught:
            await method(b'\xff\xff\xff', timeout=30)
        self.assertEqual(
            (caught.exception.code(), self.info(caught.exception).reason), (Code.INVALID_ARGUMENT, 'MALFORMED_REQUEST')
        )


class CallTest(Case):
    async def test_a_good_end_is_one_record(self) -> None:
        error, call = await self.ask(nothing)
        self.assertIsNone(error)
        (record,) = self.records
        facts = record.facts  # type: ignore[attr-defined]
        self.assertEqual((record.getMessage(), facts['rpc'], facts['code']), ('ListServers OK', 'ListServers', 'OK'))
        self.assertEqual((facts['request_id'], facts['caller']), (call.request_id, 'owner'))

    async def test_a_client_names_its_request(self) -> None:
        for named, used in (('mine-1', True), ('x' * 64, True), ('x' * 65, False), ('a b', False), ('a/b', False), ('', False)):
            _, call = await self.ask(nothing, metadata=[('x-request-id', named)])
            self.assertEqual(call.request_id == named, used, named)

    async def test_the_deadline_is_the_clients(self) -> None:
        _, call = await self.ask(nothing, timeout=7)
        self.assertTrue(5 < call.deadline - time.monotonic() <= 7)

    async def test_or_one_that_is_long_enough_for_the_wait(self) -> None:
        default = context.DEFAULT_TIMEOUT
        for request, bound in (
            (pb.ListServersRequest(), default),
            (pb.CreateServerRequest(wait={'seconds': 500}), default + 500),
            (pb.CreateServerRequest(wait={'seconds': -500}), default),
            (pb.CreateServerRequest(wait={'seconds': 10**9}), default + context.MAX_WAIT),
        ):
            _, call = await self.ask(nothing, request, timeout=None)
            self.assertTrue(bound - 5 < call.deadline - time.monotonic() <= bound, request)

    async def test_a_client_that_goes_is_no_mistake_of_ours(self) -> None:
        started = asyncio.Event()

        async def hang(_request: Any) -> None:
            started.set()
            await asyncio.Event().wait()

        asking = asyncio.create_task(self.ask(hang))
        await started.wait()
        asking.cancel()
        await until(lambda: bool(self.records))
        (record,) = self.records
        self.assertEqual((record.levelno, record.facts['code']), (logging.INFO, 'CANCELLED'))  # type: ignore[attr-defined]

    async def test_calls_do_not_see_each_other(self) -> None:
        seen: dict[str, str] = {}

        async def work(request: Any) -> None:
            before = context.current().request_id
            await asyncio.sleep(0.002)
            seen[request.name_or_id] = before if before == context.current().request_id else 'mixed up'

        self.servicer.work = work
        await asyncio.gather(
            *(
                self.stub.ListServers(pb.ListServersRequest(name_or_id=str(n)), metadata=[('x-request-id', f'r{n}')])
                for n in range(20)
            )
        )
        self.assertEqual(seen, {str(n): f'r{n}' for n in range(20)})


class LogsTest(unittest.TestCase):
    """The formats that records are written in."""

    def written(self, form: str, message: str, **facts: Any) -> str:
        stream = io.StringIO()
        root = logging.getLogger()
        handlers, level, own = root.handlers[:], root.level, logging.getLogger('oaktree').level
        try:
            with mock.patch('sys.stderr', stream):
                logs.setup('info', form)
                logging.getLogger('oaktree.calls').info(message, extra={'facts': facts})
                logging.getLogger('keystoneauth').debug('X-Auth-Token: %s', SECRET)
        finally:
            root.handlers[:], root.level = handlers, level
            logging.getLogger('oaktree').setLevel(own)
        return stream.getvalue()

    def test_a_record_is_one_line_whatever_is_in_it(self) -> None:
        for form in logs.FORMATS:
            with self.subTest(form):
                text = self.written(form, 'The cloud says: a\nb\r\nc', clouds=['alpha', 'beta'], request_id='r1')
                self.assertEqual(len(text.splitlines()), 1, text)
                self.assertNotIn(SECRET, text)

    def test_json_is_json(self) -> None:
        entry = json.loads(self.written('json', 'ListServers OK', rpc='ListServers', clouds=['alpha'], milliseconds=1.5))
        self.assertEqual(
            (entry['message'], entry['level'], entry['clouds'], entry['milliseconds']),
            ('ListServers OK', 'info', ['alpha'], 1.5),
        )

    def test_text_tells_the_facts(self) -> None:
        self.assertIn(
            'ListServers OK request_id=r1 clouds=alpha,beta',
            self.written('text', 'ListServers OK', request_id='r1', clouds=['alpha', 'beta']),
        )


if __name__ == '__main__':
    unittest.main()
