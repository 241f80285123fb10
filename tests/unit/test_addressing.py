# SPDX-License-Identifier: Apache-2.0
"""shade's rules for networks: what ``clouds.yaml`` says of them, or else what they look like."""

import pathlib
import tempfile
import unittest
from typing import Any

import yaml
from oaktreemodel import v1 as pb
from openstack.config import OpenStackConfig

from oaktree import errors
from oaktree.addressing import Addressing, classify
from oaktree.resource import Snapshot

ROUTERS = ('router', 'external-net')


def net(name: str, *, external: bool = False, shared: bool = False) -> Any:
    return pb.Network(id=f'id-of-{name}', name=name, external=external, shared=shared)


PUBLIC = net('public', external=True)
PUBLIC_2 = net('public-2', external=True)
PROVIDER = net('provider', shared=True)
SHARED_EXTERNAL = net('shared-external', external=True, shared=True)
MINE = net('mine')
OTHER = net('other')


class Case(unittest.TestCase):
    def region(self, **settings: Any) -> Any:
        """A region as openstacksdk reads it from a file."""
        cloud = {'auth': {'auth_url': 'http://cloud.example.org/v3', 'username': 'u', 'password': 'p', 'project_name': 'p'}}
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, 'clouds.yaml')
            path.write_text(yaml.safe_dump({'clouds': {'alpha': cloud | settings}}))
            return OpenStackConfig(config_files=[str(path)], secure_files=[], load_envvars=False).get_one('alpha')

    def classify(self, *networks: Any, extensions: Any = ROUTERS, **settings: Any) -> Addressing:
        return classify(Snapshot.of(networks, 7.5), extensions, self.region(**settings))

    def assert_sorted(self, found: Addressing, public: Any = (), private: Any = (), floating: Any = ()) -> None:
        names = [[network.name for network in networks] for networks in (found.public, found.private, found.floating)]
        self.assertEqual(names, [[network.name for network in wanted] for wanted in (public, private, floating)])


class ClassifyTest(Case):
    def test_with_routers_external_networks_give_floating_ips(self) -> None:
        found = self.classify(PUBLIC, MINE, PROVIDER)
        self.assert_sorted(found, private=(MINE, PROVIDER), floating=(PUBLIC,))
        self.assertTrue(found.requires_floating_ip and found.attaches_floating_ips)
        self.assertEqual(found.as_of, 7.5)

    def test_without_routers_shared_networks_lead_outside(self) -> None:
        found = self.classify(PROVIDER, MINE, extensions=())
        self.assert_sorted(found, public=(PROVIDER,), private=(MINE,))
        self.assertFalse(found.requires_floating_ip or found.attaches_floating_ips)

    def test_a_server_can_be_put_on_an_external_network_that_is_shared(self) -> None:
        found = self.classify(SHARED_EXTERNAL, MINE)
        self.assert_sorted(found, public=(SHARED_EXTERNAL,), private=(MINE,), floating=(SHARED_EXTERNAL,))
        self.assertFalse(found.requires_floating_ip)

    def test_no_network_is_no_network(self) -> None:
        self.assert_sorted(self.classify())
        self.assertFalse(self.classify().requires_floating_ip)

    def test_what_clouds_yaml_says_wins(self) -> None:
        found = self.classify(PUBLIC, MINE, OTHER, networks=[{'name': 'mine', 'routes_externally': True}, {'name': 'other'}])
        self.assert_sorted(found, public=(MINE,), private=(OTHER,), floating=(PUBLIC,))
        self.assertFalse(found.requires_floating_ip)
        found = self.classify(PROVIDER, extensions=(), networks=[{'name': 'provider', 'routes_externally': False}])
        self.assert_sorted(found, private=(PROVIDER,))

    def test_an_external_network_that_is_said_to_be_internal_gives_no_floating_ips(self) -> None:
        found = self.classify(PUBLIC, PUBLIC_2, networks=[{'name': 'public', 'routes_externally': False}])
        self.assert_sorted(found, private=(PUBLIC,), floating=(PUBLIC_2,))

    def test_a_network_may_be_named_by_its_id(self) -> None:
        # openstacksdk recommends it where several have one name.
        found = self.classify(PUBLIC, MINE, OTHER, networks=[{'name': 'id-of-mine', 'routes_externally': True}])
        self.assert_sorted(found, public=(MINE,), private=(OTHER,), floating=(PUBLIC,))
        found = self.classify(
            MINE, OTHER, networks=[{'name': 'id-of-other', 'default_interface': True, 'routes_externally': False}]
        )
        self.assertEqual(found.choose(False).name, 'other')

    def test_the_nat_source_comes_first(self) -> None:
        found = self.classify(PUBLIC, PUBLIC_2, networks=[{'name': 'public-2', 'routes_externally': True, 'nat_source': True}])
        self.assertEqual([network.name for network in found.floating], ['public-2', 'public'])
        found = self.classify(PUBLIC_2, PUBLIC)
        self.assertEqual([network.name for network in found.floating], ['public', 'public-2'])

    def test_a_cloud_may_be_said_to_have_no_floating_ips(self) -> None:
        for none in ('None', 'none', None):
            with self.subTest(none):
                found = self.classify(PUBLIC, MINE, PROVIDER, floating_ip_source=none)
                self.assertEqual((found.floating, found.requires_floating_ip, found.attaches_floating_ips), ((), False, False))

    def test_whether_one_is_required_may_be_said(self) -> None:
        found = self.classify(SHARED_EXTERNAL, MINE, requires_floating_ip=True)
        self.assertTrue(found.requires_floating_ip and found.attaches_floating_ips)
        found = self.classify(PUBLIC, MINE, requires_floating_ip=False)
        self.assertFalse(found.requires_floating_ip or found.attaches_floating_ips)
        # Then servers are reached where they are.
        self.assert_sorted(found, public=(MINE,), floating=(PUBLIC,))


class ChooseTest(Case):
    def test_the_only_one_is_chosen(self) -> None:
        self.assertEqual(self.classify(PUBLIC, MINE).choose(True), MINE)
        self.assertEqual(self.classify(PUBLIC, MINE).choose(False), MINE)

    def test_reachable_servers_go_on_a_public_one(self) -> None:
        found = self.classify(PROVIDER, MINE, extensions=())
        self.assertEqual(found.choose(True), PROVIDER)
        self.assertEqual(found.choose(False), MINE)

    def test_where_there_is_no_other_a_public_one_will_do(self) -> None:
        self.assertEqual(self.classify(PROVIDER, extensions=()).choose(False), PROVIDER)

    def test_clouds_yaml_decides_between_several(self) -> None:
        for setting in ('default_interface', 'nat_destination'):
            networks = [
                {'name': 'other', setting: True, 'routes_externally': False},
                {'name': 'mine', 'routes_externally': False},
            ]
            self.assertEqual(self.classify(PUBLIC, MINE, OTHER, networks=networks).choose(True).name, 'other', setting)

    def test_between_several_without_a_word_the_caller_decides(self) -> None:
        with self.assertRaises(errors.Failure) as caught:
            self.classify(PUBLIC, OTHER, MINE).choose(True)
        self.assertEqual(caught.exception.reason, 'MULTIPLE_NETWORKS')
        self.assertIn('mine, other', caught.exception.message)

    def test_none_at_all_is_told(self) -> None:
        with self.assertRaises(errors.Failure) as caught:
            self.classify(PUBLIC).choose(True)
        self.assertEqual((caught.exception.code, caught.exception.reason), (errors.Code.FAILED_PRECONDITION, 'NO_NETWORK'))


class TellTest(Case):
    """Addresses are sorted by what they are; nothing is probed."""

    def tell(self, *addresses: dict[str, Any], public: Any = (), **fields: Any) -> Any:
        server = {'addresses': [{'floating': False} | address for address in addresses], **fields}
        Addressing(public=tuple(public)).tell(server)
        return pb.Server(**server)

    def chosen(self, server: Any) -> tuple[str, str, str]:
        return server.public_v4, server.public_v6, server.private_v4

    FIXED = {'ip': '10.0.0.5', 'ip_version': 4, 'network': 'mine'}
    FLOATING = {'ip': '203.0.113.5', 'ip_version': 4, 'network': 'mine', 'floating': True}
    OUTSIDE = {'ip': '198.51.100.5', 'ip_version': 4, 'network': 'provider'}
    SIX = {'ip': '2001:db8::5', 'ip_version': 6, 'network': 'provider'}
    INNER_SIX = {'ip': 'fd00::5', 'ip_version': 6, 'network': 'mine'}

    def test_floating_addresses_are_public(self) -> None:
        server = self.tell(self.FIXED, self.FLOATING)
        self.assertEqual(self.chosen(server), ('203.0.113.5', '', '10.0.0.5'))
        self.assertEqual([(a.ip, a.is_public) for a in server.addresses], [('203.0.113.5', True), ('10.0.0.5', False)])

    def test_those_of_public_networks_are_too(self) -> None:
        server = self.tell(self.FIXED, self.SIX, self.OUTSIDE, public=[PROVIDER])
        self.assertEqual(self.chosen(server), ('198.51.100.5', '2001:db8::5', '10.0.0.5'))
        self.assertEqual([a.ip for a in server.addresses], ['198.51.100.5', '2001:db8::5', '10.0.0.5'])

    def test_all_others_are_private(self) -> None:
        server = self.tell(self.INNER_SIX, self.FIXED, self.OUTSIDE)
        self.assertEqual(self.chosen(server), ('', '', '10.0.0.5'))
        self.assertFalse(any(address.is_public for address in server.addresses))

    def test_what_the_user_has_said_stays(self) -> None:
        server = self.tell(self.FLOATING, self.SIX, public=[PROVIDER], public_v4='192.0.2.1', public_v6='2001:db8::1')
        self.assertEqual(self.chosen(server), ('192.0.2.1', '2001:db8::1', ''))

    def test_no_address_is_no_address(self) -> None:
        self.assertEqual(self.chosen(self.tell()), ('', '', ''))

    def test_an_address_of_an_unknown_version_is_no_harm(self) -> None:
        server = self.tell(self.FIXED | {'ip_version': 0}, self.FLOATING)
        self.assertEqual(server.public_v4, '203.0.113.5')


if __name__ == '__main__':
    unittest.main()
