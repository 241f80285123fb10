# SPDX-License-Identifier: Apache-2.0
"""What the cloud backend makes of a cloud's answers."""

import unittest
from collections.abc import Callable
from typing import Any
from unittest import mock

from oaktree.backends.cloud import CloudBackend
from oaktree.clouds import Answer
from oaktree.rows.compute import SERVER
from tests.unit.fake import ALPHA, uuid


class StubClouds:
    """Answers each path with a document."""

    def __init__(self, **documents: Any) -> None:
        self.documents = documents

    async def region(self, _place: Any) -> Any:
        return mock.Mock(config={})

    def project(self, _region: Any) -> dict[str, str]:
        return {'id': '', 'name': '', 'domain_id': '', 'domain_name': ''}

    async def request(
        self, _place: Any, _service: str, _method: str, path: str, *, then: Callable[[Answer], Any], **_rest: Any
    ) -> Any:
        return then(Answer(200, {}, self.documents.get(path.strip('/').split('/')[0], {})))


class CloudBackendTest(unittest.IsolatedAsyncioTestCase):
    async def test_what_is_deleted_is_not_there_though_the_cloud_still_shows_it(self) -> None:
        for status, seen in (('ACTIVE', 1), ('DELETED', 0), ('SOFT_DELETED', 0)):
            with self.subTest(status=status):
                backend: Any = CloudBackend(StubClouds(servers={'server': {'id': uuid(1), 'name': 'a', 'status': status}}))  # type: ignore[arg-type]
                self.assertEqual(seen, len((await backend.get(SERVER, ALPHA, uuid(1))).items))
