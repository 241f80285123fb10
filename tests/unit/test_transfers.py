# SPDX-License-Identifier: Apache-2.0
"""Bytes pass a few chunks at a time, and both sides end with the call."""

import asyncio
import unittest
from collections.abc import AsyncIterator, Iterator
from unittest import mock

from oaktree import transfers
from oaktree.transfers import CHUNK, CHUNKS, PIECE, Abandoned, Pipe, received, sent
from tests.unit.fake import until


class Response:
    """What requests makes of an HTTP response."""

    def __init__(self, chunks: int, then: Exception | None = None) -> None:
        self.headers, self._chunks, self._then, self.read, self.closed = {'Content-Type': 'x'}, chunks, then, 0, False

    @property
    def raw(self) -> 'Response':
        return self

    def stream(self, size: int, decode_content: bool) -> Iterator[bytes]:
        assert not decode_content, 'bytes are passed on as they are kept'
        for _ in range(self._chunks):
            self.read += 1
            yield b'x' * size
        if self._then:
            raise self._then

    def close(self) -> None:
        self.closed = True


async def chunks(count: int, then: Exception | None = None, made: list[int] | None = None) -> AsyncIterator[bytes]:
    for number in range(count):
        if made is not None:
            made.append(number)
        yield bytes([number]) * CHUNK
    if then:
        raise then


class UploadTest(unittest.IsolatedAsyncioTestCase):
    async def test_everything_arrives_in_order(self) -> None:
        pipe = Pipe()
        body = await sent(pipe, chunks(5), asyncio.to_thread(self.take, pipe))
        self.assertEqual(body, [bytes([number]) * PIECE for number in range(5) for _ in range(CHUNK // PIECE)])

    def take(self, pipe: Pipe) -> list[bytes]:
        return [bytes(piece) for piece in pipe.options(1, {})[2]['data']]

    async def test_the_length_is_told_where_it_is_known(self) -> None:
        self.assertEqual(Pipe(size=7).options(1, {})[2]['data'].len, 7)
        for size in (None, 0):
            self.assertFalse(hasattr(Pipe(size=size).options(1, {})[2]['data'], 'len'))

    async def test_a_slow_cloud_keeps_the_caller_waiting(self) -> None:
        pipe, made, go = Pipe(), [], asyncio.Event()

        async def slow() -> list[bytes]:
            await go.wait()
            return await asyncio.to_thread(self.take, pipe)

        sending = asyncio.create_task(sent(pipe, chunks(50, made=made), slow()))
        await asyncio.sleep(0.1)
        self.assertEqual(len(made), CHUNKS + 1)
        go.set()
        self.assertEqual(len(await sending), 50 * CHUNK // PIECE)

    async def test_a_caller_that_breaks_off_is_no_end_of_the_bytes(self) -> None:
        pipe, errors = Pipe(), []

        def take() -> None:
            try:
                self.take(pipe)
            except Exception as error:
                errors.append(error)
                raise

        with self.assertRaises(KeyError):
            await sent(pipe, chunks(2, KeyError('x')), asyncio.to_thread(take))
        await until(lambda: errors)
        self.assertIsInstance(errors[0], Abandoned)

    async def test_a_cancelled_call_cuts_the_connection(self) -> None:
        pipe, ended = Pipe(), asyncio.Event()
        pipe.cut = cut = mock.Mock(side_effect=OSError)

        async def endless() -> AsyncIterator[bytes]:
            yield b'x'
            await asyncio.sleep(100)

        async def request() -> None:
            try:
                await asyncio.to_thread(self.take, pipe)
            finally:
                ended.set()

        sending = asyncio.create_task(sent(pipe, endless(), request()))
        await until(lambda: pipe.begun)
        sending.cancel()
        with self.assertRaises(asyncio.CancelledError):
            await sending
        self.assertTrue(ended.is_set())
        cut.assert_called_once_with()

    async def test_a_refusal_ends_an_upload_that_is_under_way(self) -> None:
        async def refuse() -> None:
            raise KeyError('refused')

        made: list[int] = []
        with self.assertRaises(KeyError):
            await sent(Pipe(), chunks(50, made=made), refuse())
        self.assertLessEqual(len(made), CHUNKS + 1)


class DownloadTest(unittest.IsolatedAsyncioTestCase):
    async def test_everything_arrives(self) -> None:
        pipe = Pipe(receives=True)
        async with received(pipe, asyncio.to_thread(pipe.fill, Response(5))) as download:
            self.assertEqual(download.headers, {'Content-Type': 'x'})
            self.assertEqual([len(chunk) async for chunk in download.chunks], [CHUNK] * 5)

    async def test_a_slow_caller_keeps_the_cloud_waiting(self) -> None:
        pipe, response = Pipe(receives=True), Response(50)
        async with received(pipe, asyncio.to_thread(pipe.fill, response)) as download:
            await asyncio.sleep(0.1)
            self.assertEqual(response.read, CHUNKS + 1)
            self.assertEqual(len([chunk async for chunk in download.chunks]), 50)

    async def test_a_download_that_breaks_off_fails(self) -> None:
        pipe = Pipe(receives=True)
        with self.assertRaises(KeyError):
            async with received(pipe, asyncio.to_thread(pipe.fill, Response(3, KeyError('x')))) as download:
                async for _ in download.chunks:
                    pass

    async def test_a_refusal_is_told_at_once(self) -> None:
        async def refuse() -> None:
            raise KeyError('refused')

        with self.assertRaises(KeyError):
            async with received(Pipe(receives=True), refuse()):
                self.fail('there are no headers')

    async def test_whoever_has_enough_lets_the_thread_go(self) -> None:
        pipe = Pipe(receives=True)
        response, ended = Response(50), []

        def fill() -> None:
            try:
                pipe.fill(response)
            finally:
                ended.append(1)

        with mock.patch.object(transfers, 'ENDING', 10):
            async with received(pipe, asyncio.to_thread(fill)) as download:
                await anext(download.chunks)
        self.assertEqual((ended, response.closed), ([1], True))
        self.assertLess(response.read, 10)


if __name__ == '__main__':
    unittest.main()
