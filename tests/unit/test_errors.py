# SPDX-License-Identifier: Apache-2.0
"""What a client is told of an error: one table, the cloud's own words, and never more than fits."""

import importlib
import logging
import random
import time
import unittest
from email.utils import formatdate
from typing import Any
from unittest import mock

import openstack.exceptions
import requests
from google.protobuf import any_pb2
from google.rpc import error_details_pb2 as rpc
from google.rpc import status_pb2
from keystoneauth1 import exceptions as ksa

from oaktree import errors
from tests.unit.fake import Clock

Code = errors.Code

STATUSES = (
    (400, Code.INVALID_ARGUMENT, 'CLOUD_REJECTED', logging.INFO),
    (401, Code.UNAUTHENTICATED, 'CLOUD_CREDENTIALS_REFUSED', logging.WARNING),
    (403, Code.PERMISSION_DENIED, 'CLOUD_FORBIDDEN', logging.INFO),
    (404, Code.NOT_FOUND, 'NOT_FOUND', logging.INFO),
    (405, Code.FAILED_PRECONDITION, 'CLOUD_REJECTED', logging.WARNING),
    (409, Code.FAILED_PRECONDITION, 'CONFLICT', logging.INFO),
    (413, Code.RESOURCE_EXHAUSTED, 'RATE_LIMITED', logging.WARNING),
    (422, Code.FAILED_PRECONDITION, 'CLOUD_REJECTED', logging.WARNING),
    (429, Code.RESOURCE_EXHAUSTED, 'RATE_LIMITED', logging.WARNING),
    (500, Code.UNAVAILABLE, 'CLOUD_FAILED', logging.WARNING),
    (502, Code.UNAVAILABLE, 'CLOUD_FAILED', logging.WARNING),
    (503, Code.UNAVAILABLE, 'CLOUD_FAILED', logging.WARNING),
    (504, Code.UNAVAILABLE, 'CLOUD_FAILED', logging.WARNING),
    # What no service sends, and a broken proxy may.
    (204, Code.UNAVAILABLE, 'CLOUD_FAILED', logging.WARNING),
    (300, Code.UNAVAILABLE, 'CLOUD_FAILED', logging.WARNING),
    (499, Code.FAILED_PRECONDITION, 'CLOUD_REJECTED', logging.WARNING),
    (600, Code.UNAVAILABLE, 'CLOUD_FAILED', logging.WARNING),
    (999, Code.UNAVAILABLE, 'CLOUD_FAILED', logging.WARNING),
)

NOVA = b'{"itemNotFound": {"code": 404, "message": "Instance 1 could not be found."}}'
NEUTRON = b'{"NeutronError": {"type": "NetworkNotFound", "message": "Network 1 could not be found.", "detail": ""}}'
KEYSTONE = b'{"error": {"code": 401, "message": "The request you have made requires authentication.", "title": "Unauthorized"}}'
OCTAVIA = b'{"faultcode": "Client", "faultstring": "Pool 1 not found.", "debuginfo": null}'
GLANCE = (
    b'<html>\n <head>\n  <title>404 Not Found</title>\n </head>\n <body>\n  <h1>404 Not Found</h1>\n'
    b'  No image found with ID 1<br /><br />\n\n\n </body>\n</html>'
)
HAPROXY = b'<html><body><h1>503 Service Unavailable</h1>\nNo server is available to handle this request.\n</body></html>\n'


def refused(status: int, body: bytes = b'', service: str = 'compute', **headers: str) -> errors.Failure:
    return errors.refused(status, body, {name.replace('_', '-'): value for name, value in headers.items()}, service)


def details(failure: errors.Failure) -> list[Any]:
    """The details as a client unpacks them."""
    kinds = (rpc.ErrorInfo, rpc.QuotaFailure, rpc.RetryInfo, rpc.BadRequest, rpc.ResourceInfo)
    status = status_pb2.Status.FromString(failure.status().SerializeToString())
    return [next(unpacked(any_, kind) for kind in kinds if any_.Is(kind.DESCRIPTOR)) for any_ in status.details]


def unpacked(packed: any_pb2.Any, kind: Any) -> Any:
    message = kind()
    packed.Unpack(message)
    return message


class RefusedTest(unittest.TestCase):
    def test_every_status_has_its_code_reason_and_level(self) -> None:
        for status, code, reason, level in STATUSES:
            with self.subTest(status):
                failure = refused(status, b'{"x": {"message": "No."}}')
                self.assertEqual((failure.code, failure.reason, failure.level), (code, reason, level))
                self.assertEqual(failure.metadata['http_status'], str(status))
                self.assertEqual(failure.message, 'The cloud says: No.')

    def test_the_table_is_tested_whole(self) -> None:
        self.assertLessEqual({status for status in errors.HTTP if status >= 100}, {row[0] for row in STATUSES})

    def test_no_status_at_all_is_unforeseen(self) -> None:
        for status in range(100, 1000):
            refused(status)

    def test_the_clouds_own_words_are_kept(self) -> None:
        for body, words in (
            (NOVA, 'Instance 1 could not be found.'),
            (NEUTRON, 'Network 1 could not be found.'),
            (KEYSTONE, 'The request you have made requires authentication.'),
            (OCTAVIA, 'Pool 1 not found.'),
            (GLANCE, '404 Not Found No image found with ID 1'),
            (HAPROXY, '503 Service Unavailable No server is available to handle this request.'),
            (b'{"message": "Authentication required"}', 'Authentication required'),
            (b'{"conflictingRequest": {"message": "", "code": 409, "detail": "Why."}}', 'Why.'),
            (b'<p>a &lt; b &amp;&nbsp;c</p>', 'a < b & c'),
            (b'plain\n\ttext', 'plain text'),
            ('<p>Zugriff verweigert: Übergröße</p>'.encode(), 'Zugriff verweigert: Übergröße'),
        ):
            with self.subTest(words):
                self.assertEqual(refused(404, body).message, f'The cloud says: {words}')

    def test_where_there_are_none_the_status_speaks(self) -> None:
        for body in (
            b'', b'{}', b'[]', b'null', b'5', b'""', b'{"x": {}}', b'{"x": {"code": 404}}',
            b'{"message": 5}', b'   ', b'<a></a>',
            b'{"message": {"message": {"code": []}}}', b'[' * 5000, b'{"a":' * 5000,
        ):  # fmt: skip
            with self.subTest(body[:40]):
                message = refused(404, body).message
                self.assertTrue(message.startswith('The cloud says: '), message)
                self.assertTrue(message.removeprefix('The cloud says: ').strip(), message)

    def test_a_script_is_no_words(self) -> None:
        body = b'<head><style>p {color: red}</style></head><body><script>alert(1)</script>Away.</body>'
        self.assertEqual(refused(503, body).message, 'The cloud says: Away.')

    def test_the_request_id_of_the_cloud_is_passed_on(self) -> None:
        for header in ('x-openstack-request-id', 'x-compute-request-id'):
            self.assertEqual(errors.refused(404, NOVA, {header: 'req-1'}, 'compute').metadata['request_id'], 'req-1')
        self.assertNotIn('request_id', refused(404, NOVA).metadata)
        self.assertLessEqual(len(refused(404, NOVA, x_openstack_request_id='r' * 9999).metadata['request_id']), 100)


class QuotaTest(unittest.TestCase):
    def test_a_quota_is_told_as_one(self) -> None:
        for status, words in (
            (403, 'Quota exceeded for cores: Requested 4, but already used 20 of 20 cores'),
            (409, "Quota exceeded for resources: ['floatingip']."),
            (403, 'Quota has been met for resources: Load Balancer'),
            (413, 'VolumeLimitExceeded: Maximum number of volumes allowed (10) exceeded for quota volumes.'),
            (413, 'SnapshotLimitExceeded: Maximum number of snapshots allowed (10) exceeded'),
            (413, 'VolumeSizeExceedsLimit: Requested volume size 9G is larger than maximum allowed limit 8G.'),
        ):
            with self.subTest(status):
                failure = refused(status, f'{{"forbidden": {{"message": "{words}"}}}}'.encode(), 'network')
                self.assertEqual((failure.code, failure.reason), (Code.RESOURCE_EXHAUSTED, 'QUOTA_EXCEEDED'))
                _, quota = details(failure)
                self.assertEqual([(v.subject, v.description) for v in quota.violations], [('network', words)])

    def test_not_every_word_of_quotas_is_one(self) -> None:
        for status in (400, 404, 500):
            self.assertNotEqual(refused(status, b'{"x": {"message": "No quota class of that name"}}').reason, 'QUOTA_EXCEEDED')


class StateTest(unittest.TestCase):
    """Cinder has one status for what is in no state for a request, and for a request that is wrong."""

    def test_a_wrong_state_is_a_conflict(self) -> None:
        for words in (
            'Invalid volume: Volume status must be available or error and must not be migrating.',
            'Invalid snapshot: Snapshot status must be available or error and must not be part of a group.',
            'Invalid backup: Incremental backups exist for this backup.',
            # Nova tells what Cinder has told it.
            'Invalid input received: Invalid volume: Volume x status must be available to reserve. (HTTP 400)',
        ):
            with self.subTest(words):
                failure = refused(400, f'{{"badRequest": {{"message": "{words}"}}}}'.encode())
                self.assertEqual((failure.code, failure.reason), (Code.FAILED_PRECONDITION, 'CONFLICT'))

    def test_a_wrong_request_is_none(self) -> None:
        for words in ('Invalid input received: New size must be greater.', 'Invalid volume type: x', 'Invalid volume size'):
            with self.subTest(words):
                failure = refused(400, f'{{"badRequest": {{"message": "{words}"}}}}'.encode())
                self.assertEqual((failure.code, failure.reason), (Code.INVALID_ARGUMENT, 'CLOUD_REJECTED'))


class RetryTest(unittest.TestCase):
    def test_when_to_come_again_is_told(self) -> None:
        for status in (413, 429, 503):
            info, retry = details(refused(status, b'', Retry_After='17'))
            self.assertEqual((info.metadata['http_status'], retry.retry_delay.seconds), (str(status), 17))

    def test_for_ever_is_a_day(self) -> None:
        for text in ('9' * 20, '9' * 5000):
            (_, retry) = details(refused(429, b'', Retry_After=text))
            self.assertEqual(retry.retry_delay.seconds, 86400)

    def test_a_date_is_told_as_the_seconds_until_then(self) -> None:
        clock = Clock()
        with mock.patch('oaktree.errors.time', clock):
            for after, seconds in ((90, 90), (0, 1), (-3600, 1), (10**6, 86400)):
                with self.subTest(after):
                    text = formatdate(clock.now + after, usegmt=True)
                    (_, retry) = details(refused(429, b'', Retry_After=text))
                    self.assertEqual(retry.retry_delay.seconds, seconds)

    def test_what_is_neither_is_not_told(self) -> None:
        for text in ('', 'soon', '-1', '1.5', 'Fri, 31 Dec', 'Fri, 31 Dec 99999 23:59:59 GMT', '²', '\u0661'):
            with self.subTest(text):
                self.assertEqual(len(details(refused(429, b'', Retry_After=text))), 1)


class SizeTest(unittest.TestCase):
    """A client that gets more than 8 KiB of trailing metadata loses the error altogether."""

    def assert_fits(self, failure: errors.Failure) -> None:
        failure = failure.at(cloud='c' * 60, region='r' * 60, service='s' * 30)
        self.assertLess(failure.status().ByteSize(), 4096)
        # On the wire the message is there once more, percent-encoded.
        encoded = sum(1 if 0x20 <= byte < 0x7F and byte != 0x25 else 3 for byte in failure.message.encode())
        self.assertLess(encoded + failure.status().ByteSize() * 4 / 3, 8000)

    def test_whatever_the_cloud_says_fits(self) -> None:
        noise = random.Random(7).randbytes(100_000)
        for status in (400, 403, 409, 413, 429, 503):
            for words in (
                'x' * 100_000,
                'é' * 100_000,
                '额' * 100_000,
                '😀' * 100_000,
                'quota 额' * 50_000,
                '%' * 100_000,
                '\0' * 9999,
            ):
                with self.subTest(words[:8], status=status):
                    self.assert_fits(
                        refused(status, f'{{"x": {{"message": "{words}"}}}}'.encode(), x_openstack_request_id='é' * 999)
                    )
                    self.assert_fits(refused(status, f'<p>{words}</p>'.encode()))
            self.assert_fits(refused(status, noise, Retry_After='5'))
            self.assert_fits(refused(status, b'quota' + noise))

    def test_whatever_the_caller_says_fits(self) -> None:
        for words in ('x' * 100_000, '额' * 100_000):
            for failure in (
                errors.not_found('Server', words, 'alpha/one'),
                errors.invalid(f'filter[{words}]', 'has no such field', 'UNKNOWN_FIELD'),
                errors.invalid('filter[vcpus]', f'{words} is no value of this field'),
                errors.multiple('Server', words, [f'alpha/one: {n}' for n in range(1000)]),
            ):
                with self.subTest(failure.reason):
                    self.assert_fits(failure)

    def test_a_hostile_body_takes_no_time(self) -> None:
        # Reading the words holds the interpreter's lock: everybody waits for it.
        for piece in (b'<', b'<head', b'<script>', b'<a ', b'&', b'&#'):
            with self.subTest(piece):
                begun = time.process_time()
                refused(500, piece * (100_000 // len(piece)))
                self.assertLess(time.process_time() - begun, 1)


class StatusTest(unittest.TestCase):
    def test_error_info_is_first_and_complete(self) -> None:
        for failure in (
            errors.invalid('name', 'is missing'), errors.not_found('Server', 'x', 'alpha'),
            errors.multiple('Server', 'x', ['a: 1']),
            errors.deadline('Reading'), errors.internal(), refused(404, NOVA), refused(429, b'', Retry_After='1'),
        ):  # fmt: skip
            with self.subTest(failure.reason):
                info = details(failure)[0]
                self.assertIsInstance(info, rpc.ErrorInfo)
                self.assertEqual((info.domain, info.reason), ('oaktree', failure.reason))
                self.assertRegex(info.reason, '^[A-Z]+(_[A-Z]+)*$')
                self.assertEqual(failure.status().code, failure.code.value[0])
                self.assertEqual(failure.status().message, failure.message)

    def test_a_bad_field_is_named(self) -> None:
        _, bad = details(errors.invalid('name', 'is missing'))
        self.assertEqual([(v.field, v.description) for v in bad.field_violations], [('name', 'is missing')])

    def test_what_was_not_found_is_named(self) -> None:
        _, resource = details(errors.not_found('Server', 'web', 'alpha'))
        self.assertEqual((resource.resource_type, resource.resource_name), ('oaktree.v1.Server', 'web'))

    def test_a_shared_failure_is_never_changed(self) -> None:
        failure = refused(404, NOVA)
        placed = failure.at(cloud='alpha')
        told = placed.told('In other words.', server_id='s')
        self.assertEqual(set(failure.metadata), {'service', 'http_status'})
        self.assertEqual(set(placed.metadata), {'service', 'http_status', 'cloud'})
        self.assertEqual((told.message, told.metadata['server_id']), ('In other words.', 's'))
        self.assertEqual((placed.message, told.code, told.reason, told.level), (failure.message, *attributes(failure)))

    def test_a_mistake_of_ours_tells_nothing_of_itself(self) -> None:
        self.assertIn('log', errors.internal().message)
        self.assertEqual(errors.internal().level, logging.ERROR)


def attributes(failure: errors.Failure) -> tuple[Any, ...]:
    return failure.code, failure.reason, failure.level


class KnownTest(unittest.TestCase):
    """Exceptions of the libraries."""

    def test_every_row_is_a_class_of_its_library(self) -> None:
        for name in errors.LIBRARY:
            with self.subTest(name):
                library, _, cls = name.partition('.')
                module = importlib.import_module(f'{library}.exceptions')
                self.assertTrue(issubclass(getattr(module, cls), Exception))
                self.assertEqual(getattr(module, cls).__module__.partition('.')[0], library)

    def test_each_has_its_code_and_reason(self) -> None:
        away, wrong = (Code.UNAVAILABLE, 'CLOUD_UNREACHABLE'), (Code.FAILED_PRECONDITION, 'CLOUD_MISCONFIGURED')
        for error, code, reason in (
            (ksa.Unauthorized(), Code.UNAUTHENTICATED, 'CLOUD_CREDENTIALS_REFUSED'),
            (ksa.EndpointNotFound(), Code.FAILED_PRECONDITION, 'SERVICE_ABSENT'),
            (ksa.ConnectTimeout(), Code.UNAVAILABLE, 'CLOUD_TIMEOUT'),
            (ksa.ConnectFailure(), *away),
            (ksa.SSLError(), *away),
            (ksa.ConnectionError(), *away),
            (ksa.RetriableConnectionFailure(), *away),
            (ksa.DiscoveryFailure(), *away),
            (ksa.AuthPluginException(), *wrong),
            (ksa.ClientException(), Code.UNAVAILABLE, 'CLOUD_FAILED'),
            (openstack.exceptions.ConfigException(), *wrong),
            (openstack.exceptions.NotSupported(), Code.UNAVAILABLE, 'CLOUD_UNREACHABLE'),
            (openstack.exceptions.SDKException(), Code.UNAVAILABLE, 'CLOUD_FAILED'),
            (requests.RequestException(), *away),
            # By their nearest ancestor:
            (ksa.UnknownConnectionError('x', ValueError()), *away),
            (ksa.MissingRequiredOptions([]), *wrong),
            (ksa.NoMatchingPlugin('x'), *wrong),
            (ksa.VersionNotAvailable(), *away),
            (ksa.EmptyCatalog(), Code.FAILED_PRECONDITION, 'SERVICE_ABSENT'),
            (ksa.CatalogException(), Code.UNAVAILABLE, 'CLOUD_FAILED'),
            (ksa.ServiceUnavailable(), Code.UNAVAILABLE, 'CLOUD_FAILED'),
            (requests.exceptions.ChunkedEncodingError(), *away),
            (requests.exceptions.JSONDecodeError('x', 'y', 0), *away),
        ):
            with self.subTest(type(error).__name__):
                failure = errors.known(error)
                assert failure is not None
                self.assertEqual((failure.code, failure.reason), (code, reason))

    def test_a_class_of_the_same_name_elsewhere_is_not_known(self) -> None:
        self.assertIsNone(errors.known(ConnectionError('of Python')))
        self.assertIsNone(errors.known(type('Unauthorized', (Exception,), {'__module__': 'elsewhere'})()))

    def test_the_text_of_an_exception_is_not_told(self) -> None:
        failure = errors.known(ksa.ConnectFailure('Unable to connect to https://admin:hunter2@cloud'))
        assert failure is not None
        self.assertNotIn('hunter2', failure.status().SerializeToString().decode(errors='replace'))

    def test_what_nobody_foresaw_is_not_known(self) -> None:
        for error in (ValueError(), KeyError('x'), RuntimeError(), OSError()):
            self.assertIsNone(errors.known(error))

    def test_a_failure_is_itself(self) -> None:
        failure = errors.internal()
        self.assertIs(errors.known(failure), failure)


if __name__ == '__main__':
    unittest.main()
