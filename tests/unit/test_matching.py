# SPDX-License-Identifier: Apache-2.0
"""Filters are equality on proto fields; JMESPath keeps whole items within its bounds."""

import time
import unittest
from typing import Any
from unittest import mock

from hypothesis import given, settings
from hypothesis import strategies as st
from oaktreemodel import v1 as pb

from oaktree import errors, matching

FLAVOR = pb.Flavor(
    location={'cloud': 'alpha', 'region': 'one', 'project': {'id': 'p'}}, id='1', name='m1.tiny', ram_mib=2**40, vcpus=1,
    rxtx_factor=1.5, is_public=True, extra_specs={'hw:cpu_policy': 'dedicated', 'a.b': 'c.d', '': 'empty'},
)  # fmt: skip
SERVER = pb.Server(
    id='s', name='web', state=pb.SERVER_STATE_ACTIVE, tags=['red', 'blue'], create_time={'seconds': 1700000000},
    addresses=[{'ip': '10.0.0.1', 'ip_version': 4}, {'ip': '2001:db8::1', 'ip_version': 6, 'floating': True}],
    metadata={'role': 'web', 'a.b.c': 'x'}, fault={'code': 500},
)  # fmt: skip
GROUP = pb.SecurityGroup(
    name='g', rules=[{'direction': pb.SECURITY_GROUP_DIRECTION_EGRESS}, {'port_min': 22, 'port_max': 22, 'ip_version': 4}],
)  # fmt: skip

REQUESTS = {pb.Flavor: pb.ListFlavorsRequest, pb.Server: pb.ListServersRequest, pb.SecurityGroup: pb.ListSecurityGroupsRequest}


def keeps(item: Any, **fields: Any) -> bool:
    keep = matching.keeper(type(item), REQUESTS[type(item)](**fields))
    return keep is None or keep(item)


class FilterTest(unittest.TestCase):
    def test_equal_fields_of_every_kind_are_kept(self) -> None:
        for item, path, value in (
            (FLAVOR, 'name', 'm1.tiny'), (FLAVOR, 'ram_mib', str(2**40)), (FLAVOR, 'vcpus', '1'),
            (FLAVOR, 'rxtx_factor', '1.5'),
            (FLAVOR, 'is_public', 'true'), (FLAVOR, 'is_public', 'True'),
            (FLAVOR, 'disabled', 'false'), (FLAVOR, 'description', ''),
            (FLAVOR, 'location.cloud', 'alpha'), (FLAVOR, 'location.project.id', 'p'),
            (FLAVOR, 'extra_specs.hw:cpu_policy', 'dedicated'), (FLAVOR, 'extra_specs.a.b', 'c.d'),
            (SERVER, 'state', 'SERVER_STATE_ACTIVE'), (SERVER, 'tags', 'red'), (SERVER, 'tags', 'blue'),
            (SERVER, 'addresses.ip', '10.0.0.1'), (SERVER, 'addresses.ip', '2001:db8::1'),
            (SERVER, 'addresses.ip_version', '6'),
            (SERVER, 'addresses.floating', 'true'), (SERVER, 'metadata.role', 'web'), (SERVER, 'metadata.a.b.c', 'x'),
            (SERVER, 'create_time.seconds', '1700000000'), (SERVER, 'fault.code', '500'), (SERVER, 'flavor.name', ''),
            (GROUP, 'rules.direction', 'SECURITY_GROUP_DIRECTION_EGRESS'), (GROUP, 'rules.port_min', '22'),
        ):  # fmt: skip
            with self.subTest(path, value=value):
                self.assertTrue(keeps(item, filter={path: value}))

    def test_unequal_ones_are_dropped(self) -> None:
        for item, path, value in (
            (FLAVOR, 'name', 'M1.TINY'), (FLAVOR, 'name', 'm1'), (FLAVOR, 'name', ''), (FLAVOR, 'ram_mib', '0'),
            (FLAVOR, 'vcpus', '-1'), (FLAVOR, 'rxtx_factor', '1'), (FLAVOR, 'rxtx_factor', 'nan'),
            (FLAVOR, 'is_public', 'false'),
            (FLAVOR, 'location.cloud', ''), (FLAVOR, 'extra_specs.hw:cpu_policy', 'shared'), (FLAVOR, 'extra_specs.absent', ''),
            (SERVER, 'state', 'SERVER_STATE_UNSPECIFIED'), (SERVER, 'tags', 'green'), (SERVER, 'tags', 'red,blue'),
            (SERVER, 'addresses.ip_version', '5'), (SERVER, 'metadata.a', 'x'), (SERVER, 'volume_ids', ''),
        ):  # fmt: skip
            with self.subTest(path, value=value):
                self.assertFalse(keeps(item, filter={path: value}))

    def test_a_port_that_is_not_set_is_not_port_zero(self) -> None:
        self.assertFalse(keeps(GROUP, filter={'rules.port_min': '0'}))
        echo = pb.SecurityGroup(rules=[{'protocol': 'icmp', 'port_min': 0}])
        self.assertTrue(keeps(echo, filter={'rules.port_min': '0'}))

    def test_all_have_to_be_equal(self) -> None:
        self.assertTrue(keeps(FLAVOR, filter={'name': 'm1.tiny', 'vcpus': '1'}))
        self.assertFalse(keeps(FLAVOR, filter={'name': 'm1.tiny', 'vcpus': '2'}))
        self.assertFalse(keeps(FLAVOR, filter={'name': 'm1.tiny'}, name_or_id='2'))
        self.assertTrue(keeps(FLAVOR, filter={'name': 'm1.tiny'}, name_or_id='1'))

    def test_what_wants_everything_is_no_test(self) -> None:
        self.assertIsNone(matching.keeper(pb.Flavor, pb.ListFlavorsRequest(location={'cloud': 'alpha'})))

    def test_a_wrong_path_is_named(self) -> None:
        for path in (
            '', '.', 'colour', 'name.', '.name', 'name.length', 'location', 'location.', 'location.planet', 'location.project',
            'extra_specs', 'extra_specs.', 'rxtx_factor.x', 'location.cloud.name', 'DESCRIPTOR', '__class__',
        ):  # fmt: skip
            with self.subTest(path), self.assertRaises(errors.Failure) as caught:
                keeps(FLAVOR, filter={path: 'x'})
            self.assertEqual(
                (caught.exception.reason, caught.exception.metadata['field']), ('UNKNOWN_FIELD', f'filter[{path}]')
            )

    def test_a_wrong_value_is_named_with_what_would_be_right(self) -> None:
        for item, path, value, hint in (
            (FLAVOR, 'vcpus', 'many', 'number'), (FLAVOR, 'vcpus', '', 'number'), (FLAVOR, 'vcpus', '1.0', 'number'),
            (FLAVOR, 'vcpus', '9' * 5000, 'vcpus'), (FLAVOR, 'is_public', '1', 'true'), (FLAVOR, 'rxtx_factor', 'x', 'number'),
            (SERVER, 'state', 'ACTIVE', 'SERVER_STATE_ACTIVE'), (SERVER, 'state', '2', 'SERVER_STATE_ACTIVE'),
        ):  # fmt: skip
            with self.subTest(path, value=value[:10]), self.assertRaises(errors.Failure) as caught:
                keeps(item, filter={path: value})
            self.assertEqual(
                (caught.exception.reason, caught.exception.metadata['field']), ('INVALID_FIELD', f'filter[{path}]')
            )
            self.assertIn(hint, caught.exception.message)

    @settings(max_examples=100, deadline=None, derandomize=True, database=None)
    @given(st.text(max_size=20), st.text(max_size=20))
    def test_any_path_and_value_is_a_test_or_a_failure(self, path: str, value: str) -> None:
        for item in (FLAVOR, SERVER, GROUP):
            for prefix in ('', 'extra_specs.', 'metadata.', 'rules.', 'location.'):
                try:
                    keeps(item, filter={prefix + path: value})
                except errors.Failure as failure:
                    self.assertEqual(failure.code, errors.Code.INVALID_ARGUMENT)

    @settings(max_examples=100, deadline=None, derandomize=True, database=None)
    @given(st.builds(pb.Flavor, id=st.text(), name=st.text(), vcpus=st.integers(0, 2**31 - 1), ram_mib=st.integers(0, 2**62),
                     rxtx_factor=st.floats(allow_nan=False), is_public=st.booleans()))  # fmt: skip
    def test_every_item_equals_itself(self, item: Any) -> None:
        for name in ('id', 'name', 'vcpus', 'ram_mib', 'rxtx_factor', 'is_public'):
            self.assertTrue(keeps(item, filter={name: str(getattr(item, name))}), name)


class NameTest(unittest.TestCase):
    def test_a_name_or_an_id_is_matched_whole(self) -> None:
        for name, kept in (('1', True), ('m1.tiny', True), ('m1', False), ('M1.tiny', False), ('*', False), ('', True)):
            self.assertEqual(keeps(FLAVOR, name_or_id=name), kept, name)

    def test_location_drops_other_zones_and_projects(self) -> None:
        there = pb.Server(location={'zone': 'z1', 'project': {'id': 'p', 'name': 'n', 'domain_id': 'd', 'domain_name': 'dn'}})
        for location, kept in (
            ({'zone': 'z1'}, True), ({'zone': 'z2'}, False), ({'project': {'id': 'p'}}, True),
            ({'project': {'id': 'q'}}, False),
            ({'project': {'name': 'n'}}, True), ({'project': {'name': 'p'}}, False), ({'project': {'domain_name': 'x'}}, False),
            ({'project': {}}, True), ({'zone': 'z1', 'project': {'id': 'q'}}, False),
        ):  # fmt: skip
            with self.subTest(str(location)):
                self.assertEqual(keeps(there, location=location), kept)
        # What has neither is everywhere, as a network is in all zones.
        self.assertTrue(keeps(pb.Server(), location={'zone': 'z2', 'project': {'id': 'q'}}))


class JmespathTest(unittest.TestCase):
    ITEMS = tuple(pb.Flavor(id=str(n), name=f'f{n}', vcpus=n, ram_mib=n * 1024) for n in range(6))

    def select(self, expression: str, items: Any = ITEMS) -> list[str]:
        return [item.id for item in matching.selected(matching.compiled(expression), items)]

    def refuses(self, expression: str, *words: str, items: Any = ITEMS) -> errors.Failure:
        with self.assertRaises(errors.Failure) as caught:
            self.select(expression, items)
        self.assertEqual((caught.exception.code, caught.exception.reason), (errors.Code.INVALID_ARGUMENT, 'INVALID_JMESPATH'))
        for word in words:
            self.assertIn(word, caught.exception.message)
        return caught.exception

    def test_it_is_known_whether_each_item_is_judged_by_itself(self) -> None:
        for expression in ('[?vcpus > `2`]', "[?name=='x'] | [?vcpus]", '[?length(@) > `1`]', '[?a || b && !c]'):
            self.assertTrue(matching.judges_each(matching.compiled(expression)), expression)
        for expression in (
            '@',
            '[]',
            '[*]',
            '[0]',
            '[:2]',
            '[?a].b',
            '[?a] | [0:1]',
            'sort_by(@, &name)',
            '[?a][?b]',
            'a',
            '[?a] | @',
        ):
            self.assertFalse(matching.judges_each(matching.compiled(expression)), expression)

    def test_whole_items_are_kept_in_their_own_order(self) -> None:
        for expression, ids in (
            ('@', '012345'), ('[]', '012345'), ('[?vcpus > `3`]', '45'), ("[?name=='f2']", '2'), ("[?name=='no']", ''),
            ('[:2]', '01'), ('[-1:]', '5'), ('reverse(@)', '012345'), ('sort_by(@, &name)[3:]', '345'),
            ('[?to_number(ram_mib) < `2048`]', '01'), ("[?contains(['f1', 'f4'], name)]", '14'),
            ("[?starts_with(name, 'f')] | [:1]", '0'), ('[@[0], @[1]]', '01'), ('[?!disabled]', '012345'),
            ("[?location.cloud=='']", ''),
        ):  # fmt: skip
            with self.subTest(expression):
                self.assertEqual(self.select(expression), list(ids))

    def test_the_same_item_twice_is_kept_once(self) -> None:
        self.assertEqual(self.select('[@[0], @[0], @[0]]'), ['0'])

    def test_anything_but_whole_items_is_refused(self) -> None:
        for expression in (
            '[0]', '[].name', '[].{name: name}', '[*].[name]', 'length(@)', 'to_string(@)', '`[1]`', '[[@]]', 'name', '`null`',
            '[0].name', 'keys([0])', '[?vcpus > `3`] | [0]',
        ):  # fmt: skip
            with self.subTest(expression):
                self.refuses(expression, 'whole items')

    def test_what_is_no_expression_is_refused_in_one_line(self) -> None:
        for expression in (
            '[?name==',
            '[',
            '`',
            "'",
            '[?',
            'no_such(@)',
            'abs(@)',
            '[?abs(name)]',
            'sort_by(@, &properties)',
            '&name',
            '\0',
        ):
            with self.subTest(expression):
                self.assertNotIn('\n', self.refuses(expression).message)

    def test_64_bit_numbers_are_explained(self) -> None:
        # Proto JSON has them as strings, and jmespath compares those with nothing.
        self.refuses('[?ram_mib > `1`]', 'to_number')

    def test_its_length_is_bounded(self) -> None:
        self.select('[]' + ' ' * (matching.EXPRESSION_LENGTH - 2))
        self.refuses('[]' + ' ' * (matching.EXPRESSION_LENGTH - 1), 'longer')

    def test_what_it_builds_is_bounded(self) -> None:
        self.assertEqual(matching.MULTISELECTS, 3)
        self.assertEqual(self.select('[?contains([name], name) && contains([id], id) && contains([id], id)]'), list('012345'))
        for expression in ('[[@,@],[@,@],[@,@]]', '[?[[[[@]]]]]', '{a: {b: {c: {d: @}}}}', 'sort_by(@, &[[[[@]]]])',
                           'map(&[[[[@]]]], @)', '[].[a,b].[c].[d].[e]', '@ | [@] | [@] | [@] | [@]'):  # fmt: skip
            with self.subTest(expression):
                self.refuses(expression, 'builds more')

    def test_its_depth_is_bounded(self) -> None:
        for expression in (
            '(' * 400 + '@' + ')' * 400,
            '!' * 900 + '@',
            '[?' * 300 + '@' + ']' * 300,
            '@' + '|@' * 400,
            '@' + '[]' * 450,
        ):
            with self.subTest(expression[:8]):
                try:
                    self.select(expression)
                except errors.Failure as failure:
                    self.assertEqual(failure.reason, 'INVALID_JMESPATH')

    def test_its_time_is_bounded(self) -> None:
        many = '`[' + ','.join(['1'] * 90) + ']`'
        with mock.patch.object(matching, 'EXPRESSION_SECONDS', 0.05):
            begun = time.monotonic()
            # 90 to the third power of comparisons for each of the items.
            self.refuses(f'@[?{many}[?{many}[?{many}[?@==`1`]]]]', 'took longer', items=self.ITEMS * 60)
            self.assertLess(time.monotonic() - begun, 2)

    @settings(max_examples=200, deadline=None, derandomize=True, database=None)
    @given(st.text(alphabet='[]?*@|&!(){}.,:`\'"<>=-0123456789 \n\\abcname_', max_size=30))
    def test_any_text_is_an_expression_or_a_failure(self, expression: str) -> None:
        try:
            self.select(expression)
        except errors.Failure as failure:
            self.assertEqual(failure.reason, 'INVALID_JMESPATH')
            self.assertLess(failure.status().ByteSize(), 4096)


if __name__ == '__main__':
    unittest.main()
