# SPDX-License-Identifier: Apache-2.0
"""A large collection as it is now, of what it was and what has changed since."""

import time
from typing import Any
from unittest import mock

from oaktree.backends import cloud
from oaktree.caller import OWNER
from oaktree.resource import Place, Snapshot
from oaktree.rows.compute import SERVER
from tests.faults.base import Case

ALPHA = Place('alpha', 'RegionOne', OWNER)
PATH = '/servers/detail'


class ChangesTest(Case):
    """Whatever happened, the same as a list of all."""

    def setUp(self) -> None:
        super().setUp()
        self.simulation.seed('alpha', servers=2500)
        self.simulation.settings('alpha', build_seconds=0, delete_seconds=0)
        # What was seeded has just been made, and would be told again for so long.
        self.enterContext(mock.patch.object(cloud, 'OVERLAP', 1.0))
        time.sleep(3)

    def run_on(self, coroutine: Any) -> Any:
        return self.oaktree._run(coroutine)

    def whole(self) -> Snapshot:
        """All of it, read by a cloud backend that remembers nothing."""
        return self.run_on(self.bare().list(SERVER, ALPHA))

    def bare(self) -> cloud.CloudBackend:
        return cloud.CloudBackend(self.oaktree.server._clouds)

    def test_one_small_request_tells_what_has_changed(self) -> None:
        backend = self.oaktree.backend
        since = self.run_on(backend.list(SERVER, ALPHA))
        self.assertEqual((len(since.ids), self.asked('alpha', 'GET', PATH)), (2500, 3))
        gone, renamed, stopped = since.ids[0], since.ids[1000], since.ids[2000]
        self.nova('alpha', 'DELETE', f'/servers/{gone}')
        self.nova('alpha', 'PUT', f'/servers/{renamed}', {'server': {'name': 'renamed'}})
        self.nova('alpha', 'POST', f'/servers/{stopped}/action', {'os-stop': None})
        made = self.create('alpha').result().server

        def caught_up() -> Snapshot | None:
            now = self.run_on(backend.changes(SERVER, ALPHA, since))
            return now if now.named(stopped)[0].native_status == 'SHUTOFF' else None

        self.simulation.forget_requests('alpha')
        now = self.eventually('the server is stopped', caught_up)
        self.assertLess(self.asked('alpha', 'GET', PATH), 20, 'no pages')
        self.assertEqual([item.name for item in now.named(renamed)], ['renamed'])
        self.assertEqual(set(now.ids) - set(since.ids), {made.id})
        self.assertEqual(set(since.ids) - set(now.ids), {gone})
        self.assertEqual(now.whole, since.whole)
        before = dict(zip(since.ids, since.items, strict=True))
        same = sum(before.get(item_id) is item for item_id, item in zip(now.ids, now.items, strict=True))
        self.assertEqual(same, 2500 - 3)
        whole = self.whole()
        self.assertEqual((whole.ids, whole.items), (now.ids, now.items))

    def test_one_request_is_made_each_time(self) -> None:
        backend = self.bare()
        snapshot = self.run_on(backend.list(SERVER, ALPHA))
        self.simulation.forget_requests('alpha')
        for _ in range(5):
            self.nova('alpha', 'PUT', f'/servers/{snapshot.ids[7]}', {'server': {'name': str(time.monotonic())}})
            snapshot = self.run_on(backend.changes(SERVER, ALPHA, snapshot))
        self.assertEqual(self.asked('alpha', 'GET', PATH), 5)
        whole = self.whole()
        self.assertEqual((whole.ids, whole.items), (snapshot.ids, snapshot.items))

    def test_all_is_read_again_when_it_is_time(self) -> None:
        backend = self.bare()
        since = self.run_on(backend.list(SERVER, ALPHA))
        self.simulation.forget_requests('alpha')
        with mock.patch.object(cloud, 'WHOLE_SECONDS', 0.0):
            now = self.run_on(backend.changes(SERVER, ALPHA, since))
        self.assertEqual(self.asked('alpha', 'GET', PATH), 3)
        self.assertGreater(now.whole, since.whole)
