# SPDX-License-Identifier: Apache-2.0
"""What went wrong, on one line, with what helps."""

from __future__ import annotations

from typing import Any

import grpc
from google.protobuf.duration_pb2 import Duration
from oaktreemodel.errors import ErrorDetails, error_info

RETRY_INFO = 'type.googleapis.com/google.rpc.RetryInfo'


class Problem(Exception):
    """Something that the command line itself finds wrong."""

    def __init__(self, message: str, reason: str) -> None:
        super().__init__(message)
        self.reason = reason


def line(message: str, reason: str) -> str:
    """The line that a failed command ends with."""
    told = ' '.join(''.join(one if one.isprintable() else ' ' for one in message).split())
    return f'error: {told.removesuffix(".")} ({reason})'


def of_call(error: Any, target: str) -> tuple[str, str]:
    """What to say of a call that has failed, and its reason."""
    found = error_info(error)
    message, code = error.details() or '', error.code()
    if found:
        return message + _option(found, message) + _again(found), found.reason
    if code is grpc.StatusCode.UNAVAILABLE:
        return f'{target} does not answer as an oaktree would; `oaktree doctor` says why, --target names another', code.name
    if code is grpc.StatusCode.DEADLINE_EXCEEDED:
        return 'the answer took too long; --deadline SECONDS waits longer', code.name
    if code is grpc.StatusCode.UNIMPLEMENTED:
        return f'the oaktree at {target} is older than this command, and does not know this call', code.name
    return message, code.name


def _option(info: ErrorDetails, message: str) -> str:
    """The option for a field that the server misses; its message begins with the field's name."""
    field = message.partition(':')[0]
    if info.reason != 'MISSING_FIELD' or ' ' in field:
        return ''
    return f'; give --{field.removeprefix("location.").replace("_", "-")}'


def _again(info: ErrorDetails) -> str:
    """When it may be tried again, where the server says."""
    for detail in info.details:
        if detail.type_url == RETRY_INFO:
            # Its only field is a Duration, with the number 1.
            data = detail.value
            seconds = Duration.FromString(data[2 : 2 + data[1]]).ToNanoseconds() / 1e9 if data[:1] == b'\n' else 0
            return f'; try again in {seconds:g} s' if seconds else ''
    return ''
