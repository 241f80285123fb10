# SPDX-License-Identifier: Apache-2.0
"""What oaktree says of an error beyond status and message.

It is a google.rpc.Status in the trailing metadata. The few fields needed of it are read here straight from the wire, so
that nobody has to install googleapis-common-protos; whoever has it can unpack `ErrorDetails.details` with it.
"""

import dataclasses
from collections.abc import Iterator
from typing import Any

import grpc
from google.protobuf import any_pb2, empty_pb2, unknown_fields

ERROR_INFO = 'type.googleapis.com/google.rpc.ErrorInfo'


@dataclasses.dataclass(frozen=True)
class ErrorDetails:
    """The google.rpc.ErrorInfo of an error, and all its details as they came."""

    reason: str
    """A stable word, such as MULTIPLE_MATCHES."""
    domain: str
    """Who gives the reason its meaning: 'oaktree'."""
    metadata: dict[str, str]
    """Where it happened: cloud, region, service, http_status …"""
    details: tuple[any_pb2.Any, ...]


def error_info(error: grpc.RpcError) -> ErrorDetails | None:
    """Returns what the server says of an error; None where it did not come from an oaktree but from the way to it."""
    details = tuple(_details(error))
    for detail in details:
        if detail.type_url == ERROR_INFO:
            return _read_error_info(detail.value, details)
    return None


def _details(error: grpc.RpcError) -> Iterator[any_pb2.Any]:
    trailing_metadata = getattr(error, 'trailing_metadata', None)  # sync and async errors have it, their base has not
    for key, value in (trailing_metadata and trailing_metadata()) or ():
        if key == 'grpc-status-details-bin':
            yield from (any_pb2.Any.FromString(data) for number, data in _fields(value) if number == 3)


def _read_error_info(data: bytes, details: tuple[any_pb2.Any, ...]) -> ErrorDetails:
    texts = {1: '', 2: ''}
    metadata: dict[str, str] = {}
    for number, value in _fields(data):
        if number == 3:
            entry = dict(_fields(value))
            metadata[entry.get(1, b'').decode()] = entry.get(2, b'').decode()
        elif number in texts:
            texts[number] = value.decode()
    return ErrorDetails(texts[1], texts[2], metadata, details)


def _fields(data: bytes) -> Iterator[tuple[int, Any]]:
    """Yields (number, value) of a message's fields; to an empty message all of them are unknown."""
    fields = unknown_fields.UnknownFieldSet(empty_pb2.Empty.FromString(data))
    for field in (fields[i] for i in range(len(fields))):
        yield field.field_number, field.data
