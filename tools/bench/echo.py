# SPDX-License-Identifier: Apache-2.0
"""What gRPC alone costs: a grpc.aio server that looks at no request and answers with the same bytes each time.

    python tools/bench/echo.py ADDRESS

``/echo/N`` answers N bytes; ``/echo/Hold`` answers the first message of a stream with it and then holds the stream open, as a
watch of something that never changes does.
"""

import asyncio
import sys
from collections.abc import AsyncIterator
from typing import Any

import grpc
import uvloop

from oaktree.server import OPTIONS


class Echo(grpc.GenericRpcHandler):
    """Makes each method's handler once."""

    def __init__(self) -> None:
        self._made: dict[str, Any] = {'Hold': grpc.stream_stream_rpc_method_handler(hold)}

    def service(self, details: grpc.HandlerCallDetails) -> Any:
        name = details.method.rpartition('/')[2]
        if name not in self._made:
            self._made[name] = answering(bytes(int(name)))
        return self._made[name]


def answering(content: bytes) -> Any:
    async def answer(_request: bytes, _context: Any) -> bytes:
        return content

    return grpc.unary_unary_rpc_method_handler(answer)


async def hold(requests: AsyncIterator[bytes], _context: Any) -> AsyncIterator[bytes]:
    async for request in requests:
        yield request


async def serve(address: str) -> None:
    server = grpc.aio.server(handlers=[Echo()], options=OPTIONS)
    server.add_insecure_port(address)
    await server.start()
    print(f'echo on {address}', flush=True)
    await server.wait_for_termination()


if __name__ == '__main__':
    uvloop.install()
    asyncio.run(serve(sys.argv[1]))
