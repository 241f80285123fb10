# SPDX-License-Identifier: Apache-2.0
"""A server that knows every call of the API, answers nearly each with nothing, and remembers what it was asked."""

import hashlib
from collections.abc import Iterator
from concurrent import futures
from typing import Any

import grpc
from oaktreemodel import v1 as pb
from oaktreemodel.v1.methods import METHODS

SIZE = 20
WHERE = {'cloud': 'alpha', 'region': 'here'}
FOUND = {
    'GetImage': pb.GetImageResponse(image={'id': 'text', 'location': WHERE, 'size_bytes': SIZE}),
    'GetObject': pb.GetObjectResponse(object={'name': 'text', 'location': WHERE, 'size_bytes': SIZE}),
}
"""Who downloads asks for this first."""

STREAMS = {'DownloadImage', 'DownloadObject', 'UploadImage', 'UploadObject', 'Watch'}


class Recorder(grpc.GenericRpcHandler):
    """To be closed after use."""

    def __init__(self) -> None:
        self.requests: dict[str, list[Any]] = {}
        """Of each call, what was asked last."""
        self._known = {f'/oaktree.v1.{service}/{rpc}': rpc for service, rpc, _ in METHODS}
        self._server = grpc.server(futures.ThreadPoolExecutor(4), handlers=[self])
        self.target = f'127.0.0.1:{self._server.add_insecure_port("127.0.0.1:0")}'
        self._server.start()

    def close(self) -> None:
        self._server.stop(None).wait(10)

    def service(self, details: Any) -> Any:
        rpc = self._known.get(details.method)
        if rpc is None:
            return None
        read, write = getattr(pb, f'{rpc}Request').FromString, getattr(pb, f'{rpc}Response').SerializeToString
        if rpc in STREAMS:
            streams = {'Download': (False, True), 'Upload': (True, False), 'Watch': (True, True)}
            asks, answers = next(value for word, value in streams.items() if rpc.startswith(word))
            kind = f'{"stream" if asks else "unary"}_{"stream" if answers else "unary"}'
            make = getattr(grpc, f'{kind}_rpc_method_handler')
            return make(getattr(self, f'_{kind}')(rpc), read, write)
        return grpc.unary_unary_rpc_method_handler(self._unary_unary(rpc), read, write)

    def _unary_unary(self, rpc: str) -> Any:
        def answer(request: Any, _: Any) -> Any:
            self.requests[rpc] = [request]
            return FOUND.get(rpc) or getattr(pb, f'{rpc}Response')()

        return answer

    def _stream_unary(self, rpc: str) -> Any:
        def answer(requests: Iterator[Any], _: Any) -> Any:
            self.requests[rpc] = list(requests)
            data = b''.join(one.chunk for one in self.requests[rpc])
            return getattr(pb, f'{rpc}Response')(sha256=hashlib.sha256(data).hexdigest())

        return answer

    def _unary_stream(self, rpc: str) -> Any:
        def answer(request: Any, _: Any) -> Iterator[Any]:
            self.requests[rpc] = [request]
            made = getattr(pb, f'{rpc}Response')
            data = bytes(request.length_bytes or SIZE - request.offset_bytes)
            yield made(**{rpc.removeprefix('Download').lower(): {}})
            yield made(chunk=data)
            yield made(sha256=hashlib.sha256(data).hexdigest())

        return answer

    def _stream_stream(self, rpc: str) -> Any:
        def answer(requests: Iterator[Any], _: Any) -> Iterator[Any]:
            request = next(requests)
            self.requests[rpc] = [request]
            yield pb.WatchResponse(watch_id=request.subscribe.watch_id, ended={})

        return answer
