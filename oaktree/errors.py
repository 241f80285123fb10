# SPDX-License-Identifier: Apache-2.0
"""What went wrong, as a client sees it: one table, and one way to put it on the wire.

Every error carries ``google.rpc.ErrorInfo`` (AIP-193), so that programs read the reason and people the message. A cloud's
refusal keeps the cloud's own words. The text of an exception that nobody foresaw never leaves the server.
"""

import html
import logging
import math
import re
import time
from collections.abc import Iterable, Mapping
from email.utils import parsedate_to_datetime
from typing import Any

import grpc
import orjson
from google.protobuf import any_pb2, duration_pb2
from google.protobuf.message import Message
from google.rpc import error_details_pb2 as rpc
from google.rpc import status_pb2

Code = grpc.StatusCode
DOMAIN = 'oaktree'
WORDS = 1000
"""Bytes of a cloud's or a caller's own words that are passed on: all details together stay under 4 kB."""

NAME = 200
"""Bytes of a name that a caller gave."""

BODY = 16 * 1024
"""Bytes of a page of HTML that are searched for words."""

STATE = re.compile(r'Invalid (volume|snapshot|backup): ')
"""How Cinder, and Nova in its place, begins to say that something is in no state for what is asked: with 400, not with 409."""

QUOTA = re.compile(
    r'quota.{0,40}exceed|exceed.{0,80}quota|over quota|maximum number of .{0,40}exceed|maximum allowed limit|'
    r'quota has been met',
    re.IGNORECASE,
)

DAY = 86400.0

# HTTP status of a cloud -> (status, reason, log level). Others: the hundred.
HTTP = {
    400: (Code.INVALID_ARGUMENT, 'CLOUD_REJECTED', logging.INFO),
    401: (Code.UNAUTHENTICATED, 'CLOUD_CREDENTIALS_REFUSED', logging.WARNING),
    403: (Code.PERMISSION_DENIED, 'CLOUD_FORBIDDEN', logging.INFO),
    404: (Code.NOT_FOUND, 'NOT_FOUND', logging.INFO),
    409: (Code.FAILED_PRECONDITION, 'CONFLICT', logging.INFO),
    413: (Code.RESOURCE_EXHAUSTED, 'RATE_LIMITED', logging.WARNING),
    429: (Code.RESOURCE_EXHAUSTED, 'RATE_LIMITED', logging.WARNING),
    4: (Code.FAILED_PRECONDITION, 'CLOUD_REJECTED', logging.WARNING),
    5: (Code.UNAVAILABLE, 'CLOUD_FAILED', logging.WARNING),
}

# Exception of a library -> (status, reason, what happened, log level). The nearest class wins.
LIBRARY = {
    'keystoneauth1.Unauthorized': (
        Code.UNAUTHENTICATED, 'CLOUD_CREDENTIALS_REFUSED', 'refuses the credentials', logging.WARNING),
    # These are raised for tokens only. Keystone says 404 of an application credential that was deleted.
    'keystoneauth1.NotFound': (
        Code.UNAUTHENTICATED, 'CLOUD_CREDENTIALS_REFUSED', 'refuses the credentials', logging.WARNING),
    'keystoneauth1.Forbidden': (
        Code.UNAUTHENTICATED, 'CLOUD_CREDENTIALS_REFUSED', 'refuses the credentials', logging.WARNING),
    'keystoneauth1.TooManyRequests': (
        Code.RESOURCE_EXHAUSTED, 'RATE_LIMITED', 'issues no more tokens for now', logging.WARNING),
    'openstack.ServiceDisabledException': (
        Code.FAILED_PRECONDITION, 'SERVICE_ABSENT', 'has no such service in its catalog', logging.INFO),
    'keystoneauth1.EndpointNotFound': (
        Code.FAILED_PRECONDITION, 'SERVICE_ABSENT', 'has no such service in its catalog', logging.INFO),
    'keystoneauth1.ConnectTimeout': (
        Code.UNAVAILABLE, 'CLOUD_TIMEOUT', 'did not answer in time', logging.WARNING),
    'keystoneauth1.ConnectFailure': (
        Code.UNAVAILABLE, 'CLOUD_UNREACHABLE', 'cannot be reached', logging.WARNING),
    'keystoneauth1.SSLError': (
        Code.UNAVAILABLE, 'CLOUD_UNREACHABLE', 'has a TLS certificate that is not trusted', logging.WARNING),
    'keystoneauth1.ConnectionError': (
        Code.UNAVAILABLE, 'CLOUD_UNREACHABLE', 'broke the connection', logging.WARNING),
    'keystoneauth1.RetriableConnectionFailure': (
        Code.UNAVAILABLE, 'CLOUD_UNREACHABLE', 'broke the connection', logging.WARNING),
    'keystoneauth1.DiscoveryFailure': (
        Code.UNAVAILABLE, 'CLOUD_UNREACHABLE', 'does not say which versions it speaks', logging.WARNING),
    'keystoneauth1.AuthPluginException': (
        Code.FAILED_PRECONDITION, 'CLOUD_MISCONFIGURED', 'is not configured fully in clouds.yaml', logging.ERROR),
    'keystoneauth1.ClientException': (
        Code.UNAVAILABLE, 'CLOUD_FAILED', 'failed', logging.WARNING),
    'openstack.NotSupported': (
        Code.UNAVAILABLE, 'CLOUD_UNREACHABLE', 'does not say which versions it speaks', logging.WARNING),
    'openstack.SDKException': (
        Code.UNAVAILABLE, 'CLOUD_FAILED', 'failed', logging.WARNING),
    'openstack.ConfigException': (
        Code.FAILED_PRECONDITION, 'CLOUD_MISCONFIGURED', 'is not configured fully in clouds.yaml', logging.ERROR),
    'requests.Timeout': (
        Code.UNAVAILABLE, 'CLOUD_TIMEOUT', 'did not answer in time', logging.WARNING),
    'requests.ConnectTimeout': (
        Code.UNAVAILABLE, 'CLOUD_TIMEOUT', 'did not answer in time', logging.WARNING),
    'requests.SSLError': (
        Code.UNAVAILABLE, 'CLOUD_UNREACHABLE', 'has a TLS certificate that is not trusted', logging.WARNING),
    'requests.ConnectionError': (
        Code.UNAVAILABLE, 'CLOUD_UNREACHABLE', 'cannot be reached', logging.WARNING),
    'requests.RequestException': (
        Code.UNAVAILABLE, 'CLOUD_UNREACHABLE', 'broke the connection', logging.WARNING),
    'urllib3.HTTPError': (
        Code.UNAVAILABLE, 'CLOUD_UNREACHABLE', 'broke the connection', logging.WARNING),
}  # fmt: skip


class Failure(Exception):
    """An error that a client is told of as it stands. Shared by all who wait for the same work: never changed."""

    def __init__(
        self,
        code: grpc.StatusCode,
        reason: str,
        message: str,
        *,
        metadata: Mapping[str, str] | None = None,
        details: Iterable[Message] = (),
        level: int = logging.INFO,
    ) -> None:
        super().__init__(message)
        self.code, self.reason, self.message, self.level = code, reason, message, level
        self.metadata = dict(metadata or {})
        self.details = tuple(details)

    def status(self) -> status_pb2.Status:
        """The whole of it for the wire, with ErrorInfo first."""
        info = rpc.ErrorInfo(reason=self.reason, domain=DOMAIN, metadata=self.metadata)
        number: int = self.code.value[0]
        return status_pb2.Status(code=number, message=self.message, details=map(_packed, (info, *self.details)))

    def at(self, **metadata: str) -> 'Failure':
        """The same at a place."""
        return self.told(self.message, **metadata)

    def told(self, message: str, **metadata: str) -> 'Failure':
        """The same in the words of one who knows what it means for the caller."""
        merged = self.metadata | metadata
        return Failure(self.code, self.reason, message, metadata=merged, details=self.details, level=self.level)


def retold(status: status_pb2.Status) -> Failure:
    """A failure that was told before, of what it was told by."""
    code = next(code for code in Code if code.value[0] == status.code)
    info = rpc.ErrorInfo()
    details = []
    for packed in status.details:
        if not packed.Unpack(info):
            kind: Any = getattr(rpc, packed.TypeName().rpartition('.')[2])
            detail = kind()
            packed.Unpack(detail)
            details.append(detail)
    return Failure(code, info.reason, status.message, metadata=info.metadata, details=details)


def _packed(message: Message) -> any_pb2.Any:
    packed = any_pb2.Any()
    packed.Pack(message)
    return packed


def invalid(field: str, message: str, reason: str = 'INVALID_FIELD', **metadata: str) -> Failure:
    """A request that no cloud could serve: names the field, and the message says what to write instead."""
    field, message = bounded(field, NAME), bounded(message)
    violation = rpc.BadRequest.FieldViolation(field=field, description=message)
    return Failure(Code.INVALID_ARGUMENT, reason, f'{field}: {message}', metadata=metadata | {'field': field},
                   details=[rpc.BadRequest(field_violations=[violation])])  # fmt: skip


def not_found(noun: str, name: str, where: str, **metadata: str) -> Failure:
    """Nothing has this name or id."""
    name, where = bounded(name, NAME), bounded(where, NAME)
    resource = rpc.ResourceInfo(resource_type=f'oaktree.v1.{noun}', resource_name=name)
    return Failure(Code.NOT_FOUND, 'NOT_FOUND', f'No {noun} {name!r} in {where}.', metadata=metadata, details=[resource])


def multiple(noun: str, name: str, candidates: list[str]) -> Failure:
    """Several have this name. ``candidates`` are written ``place: id``."""
    name = bounded(name, NAME)
    shown = ', '.join(candidates[:10]) + (' …' if len(candidates) > 10 else '')
    return Failure(Code.FAILED_PRECONDITION, 'MULTIPLE_MATCHES',
                   f'{len(candidates)} match {noun} {name!r}; use an id or set location: {shown}',
                   metadata={'candidates': shown})  # fmt: skip


def deadline(what: str) -> Failure:
    """The caller's deadline, or the one that callers get who name none, is over."""
    return Failure(Code.DEADLINE_EXCEEDED, 'DEADLINE_EXCEEDED', f'{what} took longer than the deadline allows.')


def broken(service: str) -> Failure:
    """A cloud's answer is not what the API reference says."""
    return Failure(Code.UNAVAILABLE, 'CLOUD_ANSWER_BROKEN',
                   f'The {service} service answered no JSON object, or not the one that was asked for.',
                   level=logging.WARNING)  # fmt: skip


def internal() -> Failure:
    """A mistake of ours. The log has the rest under the request's id."""
    return Failure(Code.INTERNAL, 'INTERNAL', "oaktree made a mistake; its log tells more under this call's x-request-id.",
                   level=logging.ERROR)  # fmt: skip


def refused(status: int, body: bytes, headers: Mapping[str, str], service: str) -> Failure:
    """A cloud's refusal, in its own words and with its own request id."""
    code, reason, level = HTTP.get(status) or HTTP[4 if 400 <= status < 500 else 5]
    words = _words(body) or f'HTTP status {status}'
    details: list[Message] = []
    if status == 400 and STATE.search(words):
        code, reason = Code.FAILED_PRECONDITION, 'CONFLICT'
    if code in (Code.PERMISSION_DENIED, Code.FAILED_PRECONDITION, Code.RESOURCE_EXHAUSTED) and _is_quota(words):
        code, reason = Code.RESOURCE_EXHAUSTED, 'QUOTA_EXCEEDED'
        details.append(rpc.QuotaFailure(violations=[rpc.QuotaFailure.Violation(subject=service, description=words)]))
    elif (wait := retry_after(headers)) is not None:
        details.append(retry_in(wait))
    metadata = {'service': service, 'http_status': str(status)}
    if request_id := headers.get('x-openstack-request-id') or headers.get('x-compute-request-id'):
        metadata['request_id'] = request_id[:100]
    return Failure(code, reason, f'The cloud says: {words}', metadata=metadata, details=details, level=level)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that a cloud asks us to wait, at most a day. RFC 9110 has them written as a number, or as a date."""
    wait = headers.get('Retry-After', '').strip()
    if re.fullmatch('[0-9]+', wait):
        return float(min(int(wait[:9]), DAY))
    try:
        return min(max(0.0, parsedate_to_datetime(wait).timestamp() - time.time()), DAY)
    except (ValueError, OverflowError):
        return None


def retry_in(wait: float) -> rpc.RetryInfo:
    """Tells a client when to ask again: in whole seconds, and not too early."""
    return rpc.RetryInfo(retry_delay=duration_pb2.Duration(seconds=seconds(wait)))


def seconds(wait: float) -> int:
    """Whole seconds, for people."""
    return max(1, math.ceil(wait))


def _is_quota(words: str) -> bool:
    # Not any word of it: what the caller has named may be quoted, and called a quota.
    return QUOTA.search(words) is not None


def _words(body: bytes) -> str:
    """What a cloud's error document says to a person; each service has a form of its own."""
    try:
        document: Any = orjson.loads(body)
    except ValueError:
        # Glance and proxies answer in HTML.
        text = re.sub(r'<(head|style|script).*?</\1>|<[^<>]*>', ' ', body[:BODY].decode(errors='replace'), flags=re.S | re.I)
        return bounded(' '.join(html.unescape(text).split()))
    while isinstance(document, dict) and document:
        known = (document[key] for key in ('message', 'detail', 'faultstring') if document.get(key))
        document = next(known, None) or next(iter(document.values()))
    return bounded(document) if isinstance(document, str) else ''


def bounded(text: str, most: int = WORDS) -> str:
    return text if len(text.encode()) <= most else text.encode()[:most].decode(errors='ignore') + ' …'


def unquoted(message: str) -> str:
    """A message for the log: without the value that Nova quotes from a request, which may be a secret of the caller's."""
    return re.sub(r'(Value: ).*', r'\1...', message, flags=re.S)


def known(error: Exception) -> Failure | None:
    """The failure that a library's exception means; None if nobody foresaw it."""
    if isinstance(error, Failure):
        return error
    for cls in type(error).__mro__:
        if row := LIBRARY.get(f'{cls.__module__.partition(".")[0]}.{cls.__name__}'):
            code, reason, happened, level = row
            status, response = getattr(error, 'http_status', 0), getattr(error, 'response', None)
            wait = None if response is None else retry_after(response.headers)
            return Failure(
                code, reason, f'The cloud {happened}.', metadata={'http_status': str(status)} if status else None,
                details=[] if wait is None else [retry_in(wait)], level=level,
            )  # fmt: skip
    return None
