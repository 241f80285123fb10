# SPDX-License-Identifier: Apache-2.0
"""A simulated cloud's door: finds the service and route, applies faults, checks the token, counts, answers."""

from __future__ import annotations

import asyncio
import inspect
import logging
import socket
import struct

from aiohttp.web import BaseRequest, Response, StreamResponse

from oaktree.simcloud import rights
from oaktree.simcloud.cloud import Cloud
from oaktree.simcloud.control import Control
from oaktree.simcloud.faults import Fault
from oaktree.simcloud.http import Answer, Call, Refusal, Route, Service

log = logging.getLogger(__name__)


class Front:
    """The handler of every request to one cloud."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self.control = Control(cloud)
        services: tuple[Service, ...] = (
            cloud.identity,
            cloud.compute,
            cloud.image,
            cloud.network,
            cloud.block_storage,
            self.control,
        )
        if cloud.profile.load_balancers:
            services += (cloud.load_balancer,)
        if cloud.profile.object_store:
            services += (cloud.object_store,)
        self.services = {service.type: service for service in services}

    async def __call__(self, request: BaseRequest) -> StreamResponse:
        path = request.rel_url.raw_path
        name = path.split('/', 2)[1]
        service = self.services.get(name)
        if service is None:
            return Response(status=404, text='There is no such service here.\n')
        call = Call(self.cloud, request, path[len(name) + 1 :] or '/')
        counted, fault = '(no such path)', None
        try:
            route, values = service.find(call.method, call.path)
            counted = service.template(route, values)
            fault = None if service is self.control else self.cloud.faults.next(name, call.method, counted)
            if fault is not None and fault.latency:
                await asyncio.sleep(fault.latency)
            answer = stand_in(fault) or await self._serve(service, route, values, call)
        except Refusal as refusal:
            answer = service.refuse(call, refusal)
        except Exception:
            log.exception('%s %s', call.method, request.rel_url)
            answer = service.refuse(call, Refusal(500, 'The simulated cloud itself is at fault; its log says how.'))
        if service is not self.control:
            self.cloud.faults.counts[name, call.method, counted, answer.status] += 1
        service.finish(call, answer)
        answer.headers['x-openstack-request-id'] = call.request_id
        return await send(request, answer, fault)

    async def _serve(self, service: Service, route: Route, values: list[str], call: Call) -> Answer:
        if not route.streams and call.request.can_read_body:
            call.body = await call.request.read()
        if not route.public:
            call.token = self.cloud.identity.authenticate(call, service.type)
            rights.check(service, call, route.template)
        service.prepare(call)
        result = route.handler(call, *values)
        answer: Answer = await result if inspect.isawaitable(result) else result
        return answer


def stand_in(fault: Fault | None) -> Answer | None:
    """The answer of a fault that answers in the service's place."""
    if fault is None or not (fault.status or fault.malformed or fault.reset or fault.body is not None):
        return None
    headers = {} if fault.retry_after is None else {'Retry-After': str(fault.retry_after)}
    if fault.malformed:
        return Answer(fault.status or 200, b'{"servers": [{"id": "1234', headers)
    body = {'error': {'code': fault.status, 'message': 'A fault of the simulated cloud.', 'title': 'Fault'}}
    given = fault.body.encode() if isinstance(fault.body, str) else fault.body
    return Answer(fault.status or 200, body if given is None else given, headers)


async def send(request: BaseRequest, answer: Answer, fault: Fault | None) -> StreamResponse:
    if fault is not None and (fault.reset or fault.lose):
        reset(request)
    if fault is not None and fault.truncate:
        return await truncate(request, answer)
    if answer.blocks is not None:
        return await stream(request, answer, answer.blocks)
    return Response(status=answer.status, body=answer.body, headers=answer.headers)


def reset(request: BaseRequest) -> None:
    """Closes the connection with a TCP reset."""
    transport = request.transport
    if transport is not None:
        raw = transport.get_extra_info('socket')
        if raw is not None:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
        transport.abort()


async def stream(request: BaseRequest, answer: Answer, blocks: list[bytes]) -> StreamResponse:
    response = StreamResponse(status=answer.status, headers=answer.headers)
    response.content_length = sum(map(len, blocks))
    await response.prepare(request)
    for block in blocks:
        for start in range(0, len(block), 1 << 20):
            await response.write(memoryview(block)[start : start + (1 << 20)])
    return response


async def truncate(request: BaseRequest, answer: Answer) -> StreamResponse:
    """Sends half of the body under the length of all of it, and closes."""
    response = StreamResponse(status=answer.status, headers=answer.headers)
    response.content_length = len(answer.body)
    await response.prepare(request)
    await response.write(answer.body[: len(answer.body) // 2])
    if request.transport is not None:
        request.transport.close()
    return response
