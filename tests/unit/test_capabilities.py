# SPDX-License-Identifier: Apache-2.0
"""The questions that capabilities are learned by."""

import pathlib
import unittest

from oaktreemodel import v1 as pb

from oaktree import capabilities, configuration, rows

FIELDS = set(pb.Capabilities.DESCRIPTOR.fields_by_name) - {'location', 'learned_from', 'unlearned'}


class QuestionsTest(unittest.TestCase):
    def test_every_field_is_learned_somewhere(self) -> None:
        asked = {field for question in capabilities.QUESTIONS for field in question.fields}
        self.assertEqual(FIELDS, {*asked, *configuration.KEYS, *capabilities.NETWORKS, 'services', 'default_max_ages'})

    def test_ages_are_those_of_all_rows(self) -> None:
        modules = {path.stem for path in pathlib.Path(rows.__path__[0]).glob('[a-z]*.py')} - {'every'}
        self.assertEqual(modules, {row.service.replace('-', '_') for row in capabilities.ROWS.values()})

    def test_a_store_tells_what_it_can_do_beside_its_accounts(self) -> None:
        found = pb.Capabilities()
        capabilities._info(found, {'swift': {'max_file_size': 5}, 'slo': {'min_segment_size': 1}, 'tempurl': {}})
        store = found.object_store
        self.assertEqual((store.max_object_size_bytes, store.segments, store.temporary_urls), (5, True, True))
        self.assertEqual(list(store.features), ['slo', 'swift', 'tempurl'])


if __name__ == '__main__':
    unittest.main()
