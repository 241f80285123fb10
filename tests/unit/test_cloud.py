# SPDX-License-Identifier: Apache-2.0
"""What the cloud backend makes of a cloud's answers, and what it asks."""

import asyncio
import copy
import datetime
import email.utils
import unittest
from collections.abc import Callable
from typing import Any
from unittest import mock

from oaktreemodel import v1 as pb

from oaktree import errors
from oaktree.backends import cloud
from oaktree.backends.cloud import CloudBackend
from oaktree.clouds import Answer
from oaktree.resource import Snapshot
from oaktree.rows.compute import FLAVOR, SERVER
from tests.unit.fake import ALPHA, Clock, uuid


class StubClouds:
    """Answers each path with a document, or with one of several in turn; an error is raised."""

    def __init__(self, **documents: Any) -> None:
        self.documents = documents
        self.headers: dict[str, str] = {}
        self.log: list[Any] = []

    async def region(self, _place: Any) -> Any:
        return mock.Mock(config={})

    def project(self, _region: Any) -> dict[str, str]:
        return {'id': '', 'name': '', 'domain_id': '', 'domain_name': ''}

    async def request(
        self, _place: Any, _service: str, _method: str, path: str, *, then: Callable[[Answer], Any],
        params: Any = None, **_rest: Any,
    ) -> Any:  # fmt: skip
        name = path.strip('/').split('/')[0]
        if name in ('servers', 'flavors'):
            self.log.append(params)
        await asyncio.sleep(0)
        document = self.documents.get(name, {})
        if isinstance(document, list):
            document = document.pop(0)
        if isinstance(document, Exception):
            raise document
        # As parsed: whoever reads it may take it apart.
        return then(Answer(200, self.headers, copy.deepcopy(document)))

    async def compute(self, _place: Any, _service: str, work: Callable[[], Any]) -> Any:
        made = work()
        self.log.append('made')
        return made


def server(number: int, status: str = 'ACTIVE', **fields: Any) -> dict[str, Any]:
    return {'id': uuid(number), 'name': f's{number}', 'status': status, **fields}


def page(*servers: Any, more: str = '') -> dict[str, Any]:
    links = {'servers_links': [{'rel': 'next', 'href': f'http://x/servers/detail?limit=2&marker={more}'}]} if more else {}
    return {'servers': list(servers), **links}


def refused() -> errors.Failure:
    return errors.Failure(errors.Code.INVALID_ARGUMENT, 'CLOUD_REFUSED', 'no')


class Case(unittest.IsolatedAsyncioTestCase):
    def backend(self, *servers: Any) -> CloudBackend:
        self.clouds: Any = StubClouds(servers=list(servers))
        return CloudBackend(self.clouds)

    def asked(self) -> list[Any]:
        return [entry for entry in self.clouds.log if entry != 'made']


class GetTest(Case):
    async def test_what_is_deleted_is_not_there_though_the_cloud_still_shows_it(self) -> None:
        for status, seen in (('ACTIVE', 1), ('DELETED', 0), ('SOFT_DELETED', 0)):
            with self.subTest(status=status):
                backend = self.backend({'server': server(1, status)})
                self.assertEqual(seen, len((await backend.get(SERVER, ALPHA, uuid(1))).items))

    async def test_it_lies_where_its_service_says_in_its_own_words(self) -> None:
        for owner, zone in (
            ('project_id', 'availability_zone'), ('tenant_id', 'OS-EXT-AZ:availability_zone'), ('owner', 'availability_zone'),
            ('os-vol-tenant-attr:tenant_id', 'availability_zone'),
            ('os-extended-snapshot-attributes:project_id', 'availability_zone'),
        ):  # fmt: skip
            with self.subTest(owner):
                backend = self.backend({'server': server(1, **{owner: 'p1', zone: 'z1'})})
                [item] = (await backend.get(SERVER, ALPHA, uuid(1))).items
                self.assertEqual((item.location.project.id, item.location.zone), ('p1', 'z1'))


class PagesTest(Case):
    async def test_pages_make_one_list(self) -> None:
        backend = self.backend(page(server(3), server(1), more='1'), page(server(2)))
        snapshot = await backend.list(SERVER, ALPHA)
        self.assertEqual(snapshot.ids, [uuid(1), uuid(2), uuid(3)])
        self.assertEqual(self.asked(), [{'limit': '1000'}, {'limit': '2', 'marker': '1'}])

    async def test_a_page_is_asked_for_before_the_one_before_is_made_of(self) -> None:
        backend = self.backend(page(server(1), more='1'), page(server(2), more='2'), page(server(3)))
        await backend.list(SERVER, ALPHA)
        kinds = ['made' if entry == 'made' else 'ask' for entry in self.clouds.log]
        # Before that the networks are read.
        self.assertEqual(kinds[kinds.index('ask') :], ['ask', 'ask', 'made', 'ask', 'made', 'made', 'made'])

    async def test_a_list_that_leads_round_ends(self) -> None:
        again = page(server(1), more='1')
        backend = self.backend(*[again] * 10)
        self.assertEqual((await backend.list(SERVER, ALPHA)).ids, [uuid(1)])
        self.assertLess(len(self.asked()), 5)

    async def test_an_empty_page_ends_a_list(self) -> None:
        backend = self.backend(page(more='1'), page(server(1)))
        self.assertEqual((await backend.list(SERVER, ALPHA)).ids, [])

    async def test_a_marker_that_is_gone_begins_the_list_anew(self) -> None:
        backend = self.backend(page(server(1), server(2), more='2'), refused(), page(server(1)))
        self.assertEqual((await backend.list(SERVER, ALPHA)).ids, [uuid(1)])

    async def test_a_failure_while_a_page_is_made_of_is_told(self) -> None:
        for pages in (
            (page({'id': ''}, more='1'), page(server(2))),
            (page(server(1), more='1'), page({'id': ''})),
            (page({'id': ''}),),
        ):
            with self.assertRaises(ValueError):
                await self.backend(*pages).list(SERVER, ALPHA)

    async def test_what_is_about_to_change_is_told(self) -> None:
        for fields, moving in (
            ({}, False), ({'status': 'BUILD'}, True), ({'OS-EXT-STS:task_state': 'powering-off'}, True),
        ):  # fmt: skip
            snapshot = await self.backend(page(server(1), server(2, **fields))).list(SERVER, ALPHA)
            self.assertIs(snapshot.moving, moving)


class ChangesTest(Case):
    def setUp(self) -> None:
        self.clock = Clock()
        for module in ('oaktree.backends.cloud.time', 'oaktree.reading.time'):
            self.enterContext(mock.patch(module, self.clock))
        self.enterContext(mock.patch.object(cloud, 'FEW', 2))

    async def listed(self, *then: Any, skew: float = 0.0) -> tuple[CloudBackend, Snapshot]:
        """A backend that has listed three servers, and what it was told."""
        backend = self.backend(page(server(1), server(2), server(3)), *then)
        self.tell_time(skew)
        return backend, await backend.list(SERVER, ALPHA)

    def tell_time(self, skew: float = 0.0) -> None:
        self.clouds.headers = {'Date': email.utils.formatdate(self.clock.now + skew, usegmt=True)}

    async def test_what_has_not_changed_is_the_same_object(self) -> None:
        backend, since = await self.listed(page(server(2), server(3, name='new'), server(4)))
        self.clock.now += 5
        self.tell_time()
        now = await backend.changes(SERVER, ALPHA, since)
        self.assertEqual([item.name for item in now.items], ['s1', 's2', 'new', 's4'])
        self.assertIs(now.items[0], since.items[0])
        self.assertIs(now.items[1], since.items[1], 'told again, but the same')
        self.assertEqual((now.as_of, now.whole, now.clock), (since.as_of + 5, since.whole, since.clock + 5))
        self.assertEqual(since.ids, [uuid(1), uuid(2), uuid(3)], 'what was given stays as it is')

    async def test_what_is_deleted_drops_out(self) -> None:
        backend, since = await self.listed(page(server(1, 'DELETED'), server(2, 'SOFT_DELETED'), server(9, 'DELETED')))
        self.assertEqual((await backend.changes(SERVER, ALPHA, since)).ids, [uuid(3)])

    async def test_the_clouds_clock_counts(self) -> None:
        for skew in (-3600.0, 0.0, 3600.0):
            backend, since = await self.listed(page(), skew=skew)
            await backend.changes(SERVER, ALPHA, since)
            begin = datetime.datetime.fromisoformat(self.asked()[-1]['changes-since']).timestamp()
            self.assertEqual(begin, self.clock.now + skew - cloud.OVERLAP)

    async def test_the_time_that_the_first_page_took_is_looked_back_upon(self) -> None:
        backend = self.backend(page(server(1)))
        original = self.clouds.request

        async def slow(*args: Any, **more: Any) -> Any:
            if args[3] == SERVER.path:
                self.clock.now += 7
                self.tell_time()
            return await original(*args, **more)

        self.clouds.request = slow
        begin = self.clock.now
        self.assertEqual((await backend.list(SERVER, ALPHA)).clock, begin)

    async def test_changes_have_pages_too(self) -> None:
        backend, since = await self.listed(page(server(4), more='4&changes-since=2001'), page(server(5)))
        self.assertEqual(len((await backend.changes(SERVER, ALPHA, since)).ids), 5)
        self.assertEqual(self.asked()[-1], {'limit': '2', 'marker': '4', 'changes-since': '2001'})

    async def test_all_is_read_where_changes_would_not_do(self) -> None:
        whole = page(server(1))

        async def after(seconds: float = 0, headers: bool = True, few: int = 2) -> Any:
            backend, since = await self.listed(whole)
            if not headers:
                since = Snapshot.of(since.items, since.as_of)
            self.clock.now += seconds
            with mock.patch.object(cloud, 'FEW', few):
                now = await backend.changes(SERVER, ALPHA, since)
            self.assertEqual((now.ids, now.whole), ([uuid(1)], self.clock.now))
            return self.asked()[-1]

        for given in ({'seconds': cloud.WHOLE_SECONDS + 1}, {'headers': False}, {'few': 4}):
            with self.subTest(str(given)):
                self.assertEqual(await after(**given), {'limit': '1000'})

    async def test_all_is_read_where_the_cloud_does_not_tell_changes(self) -> None:
        backend, since = await self.listed(refused(), page(server(1)))
        with self.assertLogs('oaktree.backends.cloud', 'WARNING'):
            self.assertEqual((await backend.changes(SERVER, ALPHA, since)).ids, [uuid(1)])

    async def test_other_errors_are_told(self) -> None:
        failure = errors.Failure(errors.Code.UNAVAILABLE, 'CLOUD_UNREACHABLE', 'away')
        backend, since = await self.listed(failure)
        with self.assertRaises(errors.Failure) as caught:
            await backend.changes(SERVER, ALPHA, since)
        self.assertIs(caught.exception, failure)

    async def test_other_kinds_are_listed(self) -> None:
        self.clouds = StubClouds(flavors={'flavors': [{'id': '1', 'name': 'a'}]})
        since = Snapshot.by_id({str(n): pb.Flavor(id=str(n)) for n in range(9)}, self.clock.now, clock=self.clock.now)
        self.assertEqual((await CloudBackend(self.clouds).changes(FLAVOR, ALPHA, since)).ids, ['1'])
        self.assertEqual(self.asked(), [{'limit': '1000'}])

    async def test_a_date_that_is_none_is_no_harm(self) -> None:
        backend = self.backend(page(server(1)))
        self.clouds.headers = {'Date': 'yesterday'}
        self.assertEqual((await backend.list(SERVER, ALPHA)).clock, 0.0)
