# SPDX-License-Identifier: Apache-2.0
"""What the tests of bad input to images and objects have in common."""

import os
import pathlib
import unittest
from collections.abc import Iterator
from typing import Any

import grpc
from google.protobuf.internal import encoder
from oaktreemodel import v1 as pb

from tests.functional.base import REAL, Case, Cloud, ServerThread

Code = grpc.StatusCode
BAD, STATE = Code.INVALID_ARGUMENT, Code.FAILED_PRECONDITION
MIB = 1 << 20
Fields = dict[str, Any]


class BadCase(Case):
    """A test whose every call fails."""

    service: Any
    """Its descriptor."""
    stub: Any
    """What calls it."""

    def rpcs(self) -> dict[str, Any]:
        return {rpc.name: rpc for rpc in self.service.methods}

    def call(self, rpc: str, fields: Fields, data: list[Any] | None = None, stub: Any = None) -> Any:
        """Call it and read all of the answer; an upload has its fields in the description, and then these parts."""
        request_type = getattr(pb, f'{rpc}Request')
        method = getattr(stub or self.stub, rpc)
        if not self.rpcs()[rpc].client_streaming:
            answer = method(request_type(**fields), timeout=60)
            return list(answer) if self.rpcs()[rpc].server_streaming else answer
        return method(self.parts(request_type, fields, data or []), timeout=60)

    def parts(self, request_type: Any, fields: Fields, data: list[Any]) -> Iterator[Any]:
        yield request_type(description=fields)
        for one in data:
            yield request_type(chunk=one) if isinstance(one, bytes) else one

    def refuses(
        self, rpc: str, code: grpc.StatusCode, reason: str, field: str, fields: Fields, data: list[Any] | None = None
    ) -> None:
        """Expect this status and reason and, unless it is the cloud that refuses, this field."""
        with self.subTest(f'{rpc} {reason} {field} {fields}'[:200]):
            with self.fails(code, reason) as told:
                self.call(rpc, fields, data)
            self.assertEqual(told.info.metadata['field'], field, told.error.details())

    def refuses_no_text(self) -> int:
        """Expect every RPC to refuse what is no UTF-8 in every field of text; returns how many there were."""
        count = 0
        for rpc in self.service.methods:
            kind = f'{"stream" if rpc.client_streaming else "unary"}_{"stream" if rpc.server_streaming else "unary"}'
            raw = getattr(self.oaktree.channel, kind)(f'/{self.service.full_name}/{rpc.name}')
            message = rpc.input_type
            outer = message.fields_by_name['description'] if rpc.client_streaming else None
            for field in (outer.message_type if outer else message).fields:
                if field.type != field.TYPE_STRING:
                    continue
                sent = encoder.TagBytes(field.number, 2) + b'\2\xc3\x28'
                if outer:
                    sent = encoder.TagBytes(outer.number, 2) + bytes([len(sent)]) + sent
                with self.subTest(f'{rpc.name} {field.name}'), self.fails(BAD, 'MALFORMED_REQUEST'):
                    answer = raw(iter([sent]) if outer else sent, timeout=60)
                    list(answer) if rpc.server_streaming else answer
                count += 1
        return count

    def elsewhere(self, cloud: Cloud) -> tuple[ServerThread, Fields]:
        """A server for another project of a cloud, and where that is."""
        config = str(pathlib.Path(REAL).with_name('clouds.yaml')) if REAL else self.stack.config
        if not os.path.exists(config):
            raise unittest.SkipTest('needs a second project: NAME-other in a clouds.yaml beside that of OAKTREE_TEST_CLOUDS')
        server = ServerThread(config, f'{cloud.name}-other')
        self.addCleanup(server.close)
        return server, {'location': {'cloud': f'{cloud.name}-other'}}
