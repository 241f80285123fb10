# SPDX-License-Identifier: Apache-2.0
"""What oaktree says of an error beyond status and message.

It is a google.rpc.Status in the trailing metadata. The few fields needed of it are read here straight from the wire, so
that nobody has to install googleapis-common-protos; whoever has it can unpack `ErrorDetails.details` with it.
"""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Iterable, Iterator
from typing import Any

import grpc
from google.protobuf import any_pb2, empty_pb2, unknown_fields
from google.protobuf.duration_pb2 import Duration

ERROR_INFO = 'type.googleapis.com/google.rpc.ErrorInfo'
RETRY_INFO = 'type.googleapis.com/google.rpc.RetryInfo'

RENEWABLE = frozenset({'TOKEN_EXPIRED', 'TOKEN_REFUSED'})
"""Reasons for which a new token helps."""

CLOSED = 'Channel closed!'
"""What gRPC says of a call that was under way when its own client was closed."""


class TransferError(Exception):
    """An upload or a download that has failed, though no call has. The text says what is left, and what to do."""

    reason = 'TRANSFER_FAILED'
    """A stable word."""


class ChecksumError(TransferError, ValueError):
    """Bytes that are not what they were when they were sent."""

    reason = 'CHECKSUM_MISMATCH'


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
    request_id: str = ''
    """What the server's log has the call under."""

    @property
    def cloud(self) -> str:
        """Where it happened, if it was in one cloud."""
        return self.metadata.get('cloud', '')

    @property
    def region(self) -> str:
        """Where in it."""
        return self.metadata.get('region', '')

    @property
    def retry_delay(self) -> datetime.timedelta | None:
        """How long to wait before it makes sense to try again; None where the server does not say."""
        for detail in self.details:
            if detail.type_url == RETRY_INFO:
                for number, value in _fields(detail.value):
                    if number == 1:
                        return Duration.FromString(value).ToTimedelta()
        return None


def error_info(error: grpc.RpcError) -> ErrorDetails | None:
    """Returns what the server says of an error; None where it did not come from an oaktree but from the way to it."""
    trailing_metadata = getattr(error, 'trailing_metadata', None)  # sync and async errors have it, their base has not
    return read((trailing_metadata and trailing_metadata()) or ())


def read(metadata: Iterable[tuple[str, Any]]) -> ErrorDetails | None:
    """Returns what trailing metadata say of an error."""
    known = dict(tuple(metadata))  # not as the mapping that asyncio has, which changes between releases
    packed = known.get('grpc-status-details-bin', b'')
    details = tuple(any_pb2.Any.FromString(data) for number, data in _fields(packed) if number == 3)
    for detail in details:
        if detail.type_url == ERROR_INFO:
            return _read_error_info(detail.value, details, str(known.get('x-request-id', '')))
    return None


def is_renewable(code: grpc.StatusCode | None, info: ErrorDetails | None) -> bool:
    """Returns whether a call has failed for its token, and another may do."""
    return code is grpc.StatusCode.UNAUTHENTICATED and info is not None and info.reason in RENEWABLE


def renewable(error: Any) -> bool:
    """The same of an error."""
    return is_renewable(error.code(), error_info(error))


def lost(error: Any) -> bool:
    """Returns whether a call was cut off by what may be over soon: also by a server that cancels what is left when it ends."""
    code = error.code()
    return code is grpc.StatusCode.UNAVAILABLE or (code is grpc.StatusCode.CANCELLED and error.details() != CLOSED)


def _read_error_info(data: bytes, details: tuple[any_pb2.Any, ...], request_id: str) -> ErrorDetails:
    texts = {1: '', 2: ''}
    metadata: dict[str, str] = {}
    for number, value in _fields(data):
        if number == 3:
            entry = dict(_fields(value))
            metadata[entry.get(1, b'').decode()] = entry.get(2, b'').decode()
        elif number in texts:
            texts[number] = value.decode()
    return ErrorDetails(texts[1], texts[2], metadata, details, request_id)


def _fields(data: bytes) -> Iterator[tuple[int, Any]]:
    """Yields (number, value) of a message's fields; to an empty message all of them are unknown."""
    fields = unknown_fields.UnknownFieldSet(empty_pb2.Empty.FromString(data))
    for field in (fields[i] for i in range(len(fields))):
        yield field.field_number, field.data
