# SPDX-License-Identifier: Apache-2.0
"""Address scopes, which both clouds have."""

import unittest

from tests.functional.base import CLOUDS, unique
from tests.functional.network_case import NOW, NetworkCase


class AddressScopesTest(NetworkCase):
    def test_one_is_made_renamed_and_deleted(self) -> None:
        for cloud in CLOUDS:
            with self.subTest(cloud.name):
                at, name = self.at(cloud), unique('scope')
                scope = self.made(at.CreateAddressScope, at.DeleteAddressScope, name=name, ip_version=6)
                self.assertEqual((scope.name, scope.ip_version, scope.shared), (name, 6, False))
                self.assertEqual(at.GetAddressScope(name_or_id=name, max_age=NOW).address_scope, scope)
                renamed = at.UpdateAddressScope(name_or_id=scope.id, name=unique('renamed')).address_scope
                self.assertEqual((renamed.id, renamed.name == name), (scope.id, False))
                self.assertIn(renamed, at.ListAddressScopes().address_scopes)
                at.DeleteAddressScope(name_or_id=scope.id)
                self.refused('GetAddressScope', cloud, 'NOT_FOUND', name_or_id=scope.id)

    def test_what_none_can_be_is_refused(self) -> None:
        for cloud in CLOUDS:
            self.refused('CreateAddressScope', cloud, 'MISSING_FIELD', 'name', ip_version=4)
            self.refused('CreateAddressScope', cloud, 'MISSING_FIELD', 'ip_version', name='x')
            self.refused('CreateAddressScope', cloud, 'CLOUD_REJECTED', '5', name='x', ip_version=5)


if __name__ == '__main__':
    unittest.main()
