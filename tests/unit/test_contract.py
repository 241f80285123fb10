# SPDX-License-Identifier: Apache-2.0
"""Every RPC is served, and called by a test that enters by the front door."""

import ast
import pathlib
import unittest

from google.protobuf import message
from oaktreemodel import v1 as pb

from oaktree.services import SERVICES

FUNCTIONAL = pathlib.Path(__file__).parents[1] / 'functional'


def called() -> set[str]:
    """The attributes that the functional tests use; comments and strings don't count."""
    return {
        node.attr
        for path in FUNCTIONAL.glob('*.py')
        for node in ast.walk(ast.parse(path.read_text(), str(path)))
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load)
    }


class ContractTest(unittest.TestCase):
    def test_every_service_of_the_protos_is_served(self) -> None:
        known = (getattr(pb, name) for name in dir(pb))
        kinds = (kind for kind in known if isinstance(kind, type) and issubclass(kind, message.Message))
        described = {service.full_name for kind in kinds for service in kind.DESCRIPTOR.file.services_by_name.values()}
        self.assertTrue(described)
        self.assertEqual({service.full_name for service, _, _ in SERVICES}, described)

    def test_every_rpc_has_a_functional_test(self) -> None:
        names = called()
        for service, _, _ in SERVICES:
            for rpc in service.methods:
                with self.subTest(rpc.full_name):
                    verb = 'test_lists.py' if rpc.name.startswith(('List', 'Get')) else f'a test of {rpc.input_type.name}'
                    self.assertIn(
                        rpc.name,
                        names,
                        f'nothing in {FUNCTIONAL.name}/ calls {rpc.full_name}: add it to {FUNCTIONAL.name}/ ({verb})',
                    )

    def test_every_rpc_is_bound_by_its_own_servicer(self) -> None:
        for service, servicer, _ in SERVICES:
            for rpc in service.methods:
                self.assertIn(rpc.name, vars(servicer), f'{servicer.__module__} has no {rpc.full_name}')


if __name__ == '__main__':
    unittest.main()
