# SPDX-License-Identifier: Apache-2.0
"""On real clouds, what oaktree lists is what openstacksdk lists, field for field."""

import contextlib
import os
import re
import time
from typing import Any

import openstack
from google.protobuf.duration_pb2 import Duration
from oaktreemodel import v1 as pb

from oaktree.rows.every import ROWS
from tests.functional.base import CLOUDS, REAL, Case, Cloud
from tests.gate.one_of_each import OneOfEach
from tests.gate.sdk_tables import ABSENT, ACCOUNT, EXCEPTIONS, KINDS, Kind, in_order
from tests.unit.test_normalise import expected, plain

NOW = Duration()
TRIES = 5
"""Times that a collection is read: others make and delete things beside this test."""


class SdkAgreesTest(Case):
    """openstacksdk, with the same credentials at the same time, is the measure."""

    maxDiff = None

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        if REAL:
            undo = contextlib.ExitStack()
            cls.addClassCleanup(undo.close)
            cls.each = {cloud.name: OneOfEach(cls.oaktree, cloud, undo).make() for cloud in CLOUDS}

    def setUp(self) -> None:
        if not REAL:
            self.skipTest('needs real clouds: tox -e gate')
        os.environ['OS_CLIENT_CONFIG_FILE'] = self.stack.config

    def test_every_row_and_field_is_compared_or_excused(self) -> None:
        self.assertEqual(set(KINDS), set(ROWS))
        known = set()
        for noun, kind in KINDS.items():
            fields = {field.name for field in ROWS[noun].message.DESCRIPTOR.fields}
            excused = {name for name in fields for key in (f'*.{name}', f'{noun}.{name}') if key in EXCEPTIONS}
            known |= {f'{noun}.{name}' for name in fields} | {f'*.{name}' for name in fields}
            with self.subTest(noun):
                self.assertEqual(fields - set(kind.table) - excused, set())
                self.assertEqual(set(kind.table) - fields, set())
        self.assertEqual(set(EXCEPTIONS) - known, set(), 'exceptions for what does not exist')

    def test_everything_that_is_listed_agrees(self) -> None:
        for cloud in CLOUDS:
            with openstack.connect(cloud=cloud.name) as sdk:
                for noun, kind in KINDS.items():
                    with self.subTest(noun, cloud=cloud.name):
                        self.agree(cloud, noun, kind, sdk)

    def agree(self, cloud: Cloud, noun: str, kind: Kind, sdk: Any) -> None:
        """What did not change while both were asked, ours among it, is the same to both."""
        each = self.each[cloud.name]
        if noun not in each.ids and self.absent(noun, each):
            return
        below = [each.parents[noun]] if kind.parent else []
        for left in reversed(range(TRIES)):
            before = self.theirs(kind, sdk, below)
            ours = self.ours(cloud, noun, kind, below)
            after = self.theirs(kind, sdk, below)
            steady = {key for key in before.keys() & after.keys() if dict(before[key]) == dict(after[key])}
            if each.ids.get(noun, '') in {'', *steady} and steady <= ours.keys() <= before.keys() | after.keys():
                break
            if left:
                time.sleep(1)
        self.assertLessEqual(steady, ours.keys(), 'listed by openstacksdk, and not by oaktree')
        self.assertLessEqual(ours.keys(), before.keys() | after.keys(), 'listed by oaktree, and not by openstacksdk')
        self.assertTrue(steady, 'nothing to compare')
        if noun in each.ids:
            self.assertIn(each.ids[noun], steady)
        for key in sorted(steady):
            self.same(noun, kind, ours[key], after[key], sdk)

    def absent(self, noun: str, each: OneOfEach) -> bool:
        """Whether there is a reason why there are none; a service or extension that the cloud has not is one."""
        row = ROWS[noun]
        extension = NEEDS.get(noun, '')
        return noun in ABSENT or row.service not in each.services or bool(extension and extension not in each.extensions)

    def theirs(self, kind: Kind, sdk: Any, below: list[str]) -> dict[str, Any]:
        return {getattr(item, kind.key or 'id'): item for item in kind.theirs(sdk, *below)}

    def ours(self, cloud: Cloud, noun: str, kind: Kind, below: list[str]) -> dict[str, Any]:
        plural = re.sub(r'y$', 'ie', noun) + 's'
        request = getattr(pb, f'List{plural}Request')(location={'cloud': cloud.name}, max_age=NOW)
        if kind.parent:
            setattr(request, kind.parent, below[0])
        response = getattr(getattr(self.oaktree, kind.service), f'List{plural}')(request, timeout=60)
        found = {item.id: item for item in getattr(response, response.DESCRIPTOR.fields[0].name)}
        self.assertFalse(response.next_page_token)
        return found

    def same(self, noun: str, kind: Kind, ours: Any, theirs: Any, sdk: Any) -> None:
        for field, attribute in kind.table.items():
            if f'{noun}.{field}' in EXCEPTIONS:
                continue
            with self.subTest(noun, id=ours.id, field=field):
                descriptor = ours.DESCRIPTOR.fields_by_name[field]
                value = attribute(theirs) if callable(attribute) else getattr(theirs, attribute)
                single = descriptor.message_type is not None and not descriptor.is_repeated
                got = None if single and not ours.HasField(field) else plain(getattr(ours, field))
                path = f'{noun}.{field}'
                self.assertEqual(in_order(path, got), in_order(path, expected(descriptor, value)))
        with self.subTest(noun, id=ours.id, field='location'):
            where = ours.location
            self.assertEqual((where.cloud, where.region), (sdk.config.name, sdk.config.region_name))
            owner = sdk.current_project_id if kind.owner == ACCOUNT else getattr(theirs, kind.owner) if kind.owner else ''
            self.assertEqual(where.project.id, owner)
            self.assertEqual(where.zone, (getattr(theirs, kind.zone) or '') if kind.zone else '')
        if 'state' in ours.DESCRIPTOR.fields_by_name:
            with self.subTest(noun, id=ours.id, field='state'):
                self.assertEqual(bool(ours.state), bool(ours.native_status), ours.native_status)

    def test_a_servers_addresses_are_those_of_the_cloud_layer(self) -> None:
        for cloud in CLOUDS:
            with self.subTest(cloud.name), openstack.connect(cloud=cloud.name) as sdk:
                request = pb.GetServerRequest(
                    location={'cloud': cloud.name}, name_or_id=self.each[cloud.name].ids['Server'], max_age=NOW
                )
                server = self.oaktree.compute.GetServer(request, timeout=60).server
                theirs = sdk.get_server(server.id)
                self.assertTrue(server.public_v4)
                self.assertEqual(
                    (server.public_v4, server.public_v6, server.private_v4),
                    (theirs.public_v4 or '', theirs.public_v6 or '', theirs.private_v4 or ''),
                )


NEEDS = {
    'AddressGroup': 'address-group', 'AddressScope': 'address-scope', 'FloatingIp': 'router',
    'PortForwarding': 'floating-ip-port-forwarding',
    'Router': 'router', 'Trunk': 'trunk',
}  # fmt: skip
"""The extension without which a network service has none of these."""
