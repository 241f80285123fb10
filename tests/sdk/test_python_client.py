# SPDX-License-Identifier: Apache-2.0
"""The thin Python client, against a server of a few lines."""

import asyncio
import concurrent.futures
import os
import pathlib
import tempfile
import unittest
from typing import Any
from unittest import mock

import grpc
import oaktreemodel
from google.protobuf import any_pb2
from google.rpc import error_details_pb2, status_pb2
from oaktreemodel import v1 as pb

ERROR = error_details_pb2.ErrorInfo(reason='SERVER_NOT_FOUND', domain='oaktree', metadata={'cloud': 'alpha'})


def told(info: oaktreemodel.ErrorDetails) -> Any:
    return info.cloud, info.region, info.request_id, info.retry_delay and info.retry_delay.total_seconds()


class FiveServers(pb.ComputeServiceServicer):
    """Has five servers, gives two at a time, and fails as often as it is told to before it answers."""

    def __init__(self) -> None:
        self.failures = 0
        self.calls = 0

    def count(self, context: Any) -> None:
        self.calls += 1
        if self.calls <= self.failures:
            context.abort(grpc.StatusCode.UNAVAILABLE, 'not yet')

    def ListServers(self, request: pb.ListServersRequest, context: Any) -> pb.ListServersResponse:
        self.count(context)
        start = int(request.page_token or 0)
        servers = [pb.Server(name=str(number)) for number in range(start, min(start + 2, 5))]
        return pb.ListServersResponse(servers=servers, next_page_token=str(start + 2) if start + 2 < 5 else '')

    def GetServer(self, request: pb.GetServerRequest, context: Any) -> pb.GetServerResponse:
        detail = any_pb2.Any()
        detail.Pack(ERROR)
        again = any_pb2.Any()
        again.Pack(error_details_pb2.RetryInfo(retry_delay={'seconds': 1, 'nanos': 500_000_000}))
        status = status_pb2.Status(code=grpc.StatusCode.NOT_FOUND.value[0], message='none', details=[detail, again])
        context.set_trailing_metadata([('grpc-status-details-bin', status.SerializeToString()), ('x-request-id', 'req-1')])
        context.abort(grpc.StatusCode.NOT_FOUND, 'none')
        raise AssertionError('abort raises')

    def CreateServer(self, request: pb.CreateServerRequest, context: Any) -> pb.CreateServerResponse:
        self.count(context)
        return pb.CreateServerResponse()


class Client(unittest.TestCase):
    def setUp(self) -> None:
        self.server = FiveServers()  # type: ignore[abstract]
        server = grpc.server(concurrent.futures.ThreadPoolExecutor(1))
        pb.add_ComputeServiceServicer_to_server(self.server, server)
        port = server.add_insecure_port('127.0.0.1:0')
        server.start()
        self.addCleanup(lambda: server.stop(0).wait())
        self.target = f'127.0.0.1:{port}'
        self.oaktree = self.enterContext(oaktreemodel.connect(self.target))

    def test_a_list_follows_its_pages(self) -> None:
        self.assertEqual(['0', '1', '2', '3', '4'], [server.name for server in self.oaktree.servers(page_size=2)])

    def test_following_pages_leaves_the_request_alone(self) -> None:
        request = pb.ListServersRequest(page_size=2)
        self.assertEqual(3, len(list(oaktreemodel.pages(self.oaktree.compute.ListServers, request))))
        self.assertEqual(pb.ListServersRequest(page_size=2), request)

    def test_a_read_is_tried_again(self) -> None:
        self.server.failures = 3
        self.assertEqual(2, len(self.oaktree.compute.ListServers(pb.ListServersRequest()).servers))

    def test_a_change_is_not_tried_again(self) -> None:
        self.server.failures = 1
        with self.assertRaises(grpc.RpcError):
            self.oaktree.compute.CreateServer(pb.CreateServerRequest())
        self.assertEqual(1, self.server.calls)

    def test_an_error_tells_its_reason(self) -> None:
        with self.assertRaises(grpc.RpcError) as caught:
            self.oaktree.compute.GetServer(pb.GetServerRequest())
        info = oaktreemodel.error_info(caught.exception)
        assert info is not None
        self.assertEqual(('SERVER_NOT_FOUND', 'oaktree', {'cloud': 'alpha'}), (info.reason, info.domain, info.metadata))
        unpacked = error_details_pb2.ErrorInfo()
        self.assertTrue(info.details[0].Unpack(unpacked))
        self.assertEqual(ERROR, unpacked)
        self.assertEqual(('alpha', '', 'req-1', 1.5), told(info))

    def test_coroutines_list_and_fail_alike(self) -> None:
        async def main() -> None:
            async with oaktreemodel.aio.connect(self.target) as oaktree:
                self.assertEqual(['0', '1', '2', '3', '4'], [server.name async for server in oaktree.servers(page_size=2)])
                with self.assertRaises(grpc.RpcError) as caught:
                    await oaktree.compute.GetServer(pb.GetServerRequest())
                info = oaktreemodel.error_info(caught.exception)
                assert info is not None
                self.assertEqual(('SERVER_NOT_FOUND', ('alpha', '', 'req-1', 1.5)), (info.reason, told(info)))
                self.server.calls, self.server.failures = 0, 3
                self.assertEqual(2, len((await oaktree.compute.ListServers(pb.ListServersRequest())).servers))

        asyncio.run(main())

    def test_an_error_on_the_way_has_no_reason(self) -> None:
        with self.assertRaises(grpc.RpcError) as caught:
            self.oaktree.clouds.ListClouds(pb.ListCloudsRequest())  # which this server does not have
        self.assertIsNone(oaktreemodel.error_info(caught.exception))


class CutOff(pb.WatchServiceServicer):
    """Ends each stream after one change, until it is told to end the watch; notes the tokens that it is asked with."""

    def __init__(self, cuts: int, code: grpc.StatusCode = grpc.StatusCode.UNAVAILABLE) -> None:
        self.cuts, self.code = cuts, code
        self.tokens: list[str] = []

    def Watch(self, requests: Any, context: Any) -> Any:
        subscription = next(requests).subscribe
        self.tokens.append(subscription.resume_token)
        yield pb.WatchResponse(watch_id=subscription.watch_id, resume_token=f't{len(self.tokens)}', changes={})
        if len(self.tokens) <= self.cuts:
            context.abort(self.code, 'cut off')
        yield pb.WatchResponse(watch_id=subscription.watch_id, ended={})


class Follow(unittest.TestCase):
    def serve(self, servicer: CutOff) -> str:
        server = grpc.server(concurrent.futures.ThreadPoolExecutor(1))
        pb.add_WatchServiceServicer_to_server(servicer, server)
        port = server.add_insecure_port('127.0.0.1:0')
        server.start()
        self.addCleanup(lambda: server.stop(0).wait())
        return f'127.0.0.1:{port}'

    def follow(self, servicer: CutOff) -> list[str | None]:
        target = self.serve(servicer)
        self.enterContext(mock.patch('oaktreemodel.client.PAUSE', 0))
        subscription = pb.WatchSubscription(watch_id='w')
        with oaktreemodel.connect(target) as oaktree:
            events = list(oaktreemodel.follow(oaktree.watch.Watch, subscription))
        self.assertEqual(pb.WatchSubscription(watch_id='w'), subscription)
        return [event.WhichOneof('event') for event in events]

    def test_goes_on_where_it_was_cut_off(self) -> None:
        servicer = CutOff(2)  # type: ignore[abstract]
        self.assertEqual(['changes', 'changes', 'changes', 'ended'], self.follow(servicer))
        self.assertEqual(['', 't1', 't2'], servicer.tokens)

    def test_goes_on_when_the_server_cancels_it(self) -> None:
        self.assertEqual(['changes', 'changes', 'ended'], self.follow(CutOff(1, grpc.StatusCode.CANCELLED)))  # type: ignore[abstract]

    def test_coroutines_go_on_alike(self) -> None:
        for code in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED):
            servicer = CutOff(2, code)  # type: ignore[abstract]
            self.enterContext(mock.patch('oaktreemodel.client.PAUSE', 0))
            target = self.serve(servicer)

            async def main(target: str = target) -> list[str | None]:
                async with oaktreemodel.aio.connect(target) as oaktree:
                    watch = oaktreemodel.aio.follow(oaktree.watch.Watch, pb.WatchSubscription(watch_id='w'))
                    return [event.WhichOneof('event') async for event in watch]

            self.assertEqual(['changes', 'changes', 'changes', 'ended'], asyncio.run(main()))
            self.assertEqual(['', 't1', 't2'], servicer.tokens)

    def test_ends_with_what_cannot_be_mended(self) -> None:
        servicer = CutOff(1, grpc.StatusCode.INVALID_ARGUMENT)  # type: ignore[abstract]
        with self.assertRaises(grpc.RpcError):
            self.follow(servicer)
        self.assertEqual(1, len(servicer.tokens))

    def test_ends_where_there_is_no_server(self) -> None:
        with oaktreemodel.connect('127.0.0.1:1') as oaktree, self.assertRaises(grpc.RpcError):
            next(oaktreemodel.follow(oaktree.watch.Watch, pb.WatchSubscription(watch_id='w')))

    def test_one_who_leaves_the_loop_leaves_the_server(self) -> None:
        servicer = CutOff(0)  # type: ignore[abstract]
        server = grpc.server(concurrent.futures.ThreadPoolExecutor(1))
        pb.add_WatchServiceServicer_to_server(servicer, server)
        port = server.add_insecure_port('127.0.0.1:0')
        server.start()
        self.addCleanup(lambda: server.stop(0).wait())
        with oaktreemodel.connect(f'127.0.0.1:{port}') as oaktree:
            for _ in range(3):
                # The server has one thread: a stream that stayed open would keep the next from being served.
                events = oaktreemodel.follow(oaktree.watch.Watch, pb.WatchSubscription(watch_id='w'))
                next(events)
                events.close()  # type: ignore[attr-defined]
        self.assertEqual(3, len(servicer.tokens))


class DefaultTarget(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))

    def target(self, **environ: str) -> str:
        with mock.patch.dict(os.environ, {'HOME': str(self.folder), **environ}, clear=True):
            return oaktreemodel.default_target()

    def make_socket(self, *folders: str) -> str:
        socket = self.folder.joinpath(*folders, 'oaktree', 'oaktree.sock')
        socket.parent.mkdir(parents=True)
        socket.touch()
        return f'unix:{socket}'

    def test_is_a_port_where_there_is_no_socket(self) -> None:
        self.assertEqual('127.0.0.1:50051', self.target(XDG_RUNTIME_DIR=str(self.folder)))

    def test_is_the_socket_in_the_runtime_folder(self) -> None:
        self.assertEqual(self.make_socket(), self.target(XDG_RUNTIME_DIR=str(self.folder)))

    def test_is_the_socket_at_home_without_a_runtime_folder(self) -> None:
        self.assertEqual(self.make_socket('.local', 'state'), self.target())

    def test_is_what_the_environment_says(self) -> None:
        self.make_socket('.local', 'state')
        self.assertEqual('example:1', self.target(OAKTREE_TARGET='example:1'))
