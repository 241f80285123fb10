# SPDX-License-Identifier: Apache-2.0
"""What no network service can do: said with the right status, reason and field, and nothing is left of it."""

import uuid
from collections.abc import Iterator
from typing import Any

from google.protobuf.duration_pb2 import Duration
from oaktreemodel import v1 as pb
from oaktreemodel.v1 import network_service_pb2

from tests.functional.base import only_real, only_simulated, unique
from tests.functional.network_case import FLOATING, NOW, At, Code, OtherProject

RPCS = {rpc.name: rpc for rpc in network_service_pb2.DESCRIPTOR.services_by_name['NetworkService'].methods}
NOWHERE = 'no-such'

# RPC -> a request that could be done, if it were not for what each test spoils. @KIND is the id of one that there is.
FULL: dict[str, dict[str, Any]] = {
    'CreateNetwork': {'name': 'x'},
    'CreateSubnet': {'network': '@network', 'cidr': '192.0.2.0/24'},
    'CreatePort': {'network': '@network'},
    'CreateRouter': {'name': 'x'},
    'ListRouterInterfaces': {'router': '@router'},
    'AddRouterInterface': {'name_or_id': '@router', 'subnet': '@subnet'},
    'RemoveRouterInterface': {'name_or_id': '@router', 'subnet': '@subnet'},
    'CreateSubnetPool': {'name': 'x', 'prefixes': ['192.0.2.0/24']},
    'CreateTrunk': {'port': '@port'},
    'AddTrunkSubports': {'name_or_id': '@trunk', 'sub_ports': [{'port': '@port', 'segmentation_id': 9}]},
    'DeleteTrunkSubports': {'name_or_id': '@trunk', 'sub_ports': ['@port']},
    'CreateAddressScope': {'name': 'x', 'ip_version': 4},
    'CreateAddressGroup': {'name': 'x'},
    'AddAddressesToAddressGroup': {'name_or_id': '@address_group', 'addresses': ['192.0.2.1/32']},
    'RemoveAddressesFromAddressGroup': {'name_or_id': '@address_group', 'addresses': ['192.0.2.1/32']},
    'CreateRbacPolicy': {'object_type': 'network', 'object': '@network', 'target_project_id': uuid.uuid4().hex},
    'UpdateRbacPolicy': {'name_or_id': '@rbac_policy', 'target_project_id': uuid.uuid4().hex},
    'GetNetworkQuotas': {},
    'CreateSecurityGroup': {'name': 'x'},
    'CreateSecurityGroupRule': {'security_group': '@security_group'},
    'DeleteSecurityGroupRule': {'name_or_id': '@rule'},
    'CreateFloatingIp': {},
    'DeleteUnattachedFloatingIps': {},
    'AddAutoIp': {'name_or_id': '@server'},
    'AddIpsToServer': {'name_or_id': '@server', 'auto_ip': True},
    'DetachIpFromServer': {'name_or_id': '@server', 'floating_ip': '@floating_ip'},
    'ListPortForwardings': {'floating_ip': '@floating_ip'},
    'GetPortForwarding': {'floating_ip': '@floating_ip', 'name_or_id': '@port_forwarding'},
    'CreatePortForwarding': {
        'floating_ip': '@floating_ip', 'protocol': 'tcp', 'external_port': 7, 'internal_port': 7, 'port': '@port',
    },
    'UpdatePortForwarding': {'floating_ip': '@floating_ip', 'name_or_id': '@port_forwarding', 'external_port': 7},
    'DeletePortForwarding': {'floating_ip': '@floating_ip', 'name_or_id': '@port_forwarding'},
}  # fmt: skip
KINDS = (
    'address_group', 'address_scope', 'floating_ip', 'network', 'port', 'rbac_policy', 'router', 'security_group', 'subnet',
    'subnet_pool', 'trunk',
)  # fmt: skip
MISSING = {'auto_ip': 'ips', 'external_port': 'external_port', 'segmentation_id': 'sub_ports'}
"""What is said to be missing where that is not the field which was left out."""

NOT_NAMES = frozenset({'name', 'object_type', 'target_project_id', 'protocol', 'cidr'})
"""Texts that are no names of what should be there."""

Row = tuple[str, str, dict[str, Any]]


def plural(kind: str) -> str:
    return f'{kind[:-1]}ies' if kind.endswith('y') else f'{kind}s'


def camel(kind: str) -> str:
    return kind.title().replace('_', '')


for _kind in KINDS:
    FULL |= {
        f'List{camel(plural(_kind))}': {},
        f'Get{camel(_kind)}': {'name_or_id': f'@{_kind}'},
        f'Delete{camel(_kind)}': {'name_or_id': f'@{_kind}'},
    }
    if f'Update{camel(_kind)}' in RPCS:
        FULL.setdefault(f'Update{camel(_kind)}', {'name_or_id': f'@{_kind}', 'name': 'x'})


class BadNetworkTest(OtherProject):
    """Of every RPC; in a project where nobody else makes or deletes anything of the kind."""

    there: dict[str, str]

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        at = At(cls.oaktree.network, cls.cloud)
        cls.there = {'network': cls.inside.id, 'router': cls.router.id, 'server': str(uuid.uuid4())}

        def make(kind: str, **fields: Any) -> Any:
            one = getattr(getattr(at, f'Create{camel(kind)}')(**fields), kind)
            cls.there[kind] = one.id
            cls.addClassCleanup(getattr(at, f'Delete{camel(kind)}'), name_or_id=one.id)
            return one

        cls.there['subnet'] = at.GetNetwork(name_or_id=cls.inside.id).network.subnet_ids[0]
        make('port', network=cls.inside.id, name=unique('port'))
        parent = make('port', network=cls.inside.id, name=unique('parent'))
        make('trunk', port=parent.id, name=unique('trunk'))
        make('address_group', name=unique('group'))
        make('address_scope', name=unique('scope'), ip_version=4)
        cls.there['rule'] = make('security_group', name=unique('group')).rules[0].id
        make('subnet_pool', name=unique('pool'), prefixes=['10.66.0.0/16'])
        make('rbac_policy', object_type='network', object=cls.inside.id, target_project_id=uuid.uuid4().hex)
        make('floating_ip')
        cls.port_id = make('port', network=cls.inside.id, name=unique('port')).id
        of = {'floating_ip': cls.there['floating_ip']}
        forwarding = at.CreatePortForwarding(**of, protocol='tcp', external_port=1, internal_port=1, port=cls.port_id)
        cls.there['port_forwarding'] = forwarding.port_forwarding.id
        cls.addClassCleanup(at.DeletePortForwarding, **of, name_or_id=cls.there['port_forwarding'])

    def setUp(self) -> None:
        before = self.everything()
        self.addCleanup(lambda: self.assertEqual(self.everything(), before, 'left behind, changed or deleted'))

    def everything(self) -> dict[str, Any]:
        """All that there is, but for what changes by itself."""
        found = {}
        for kind in KINDS:
            listed = getattr(getattr(self.at(self.cloud), f'List{camel(plural(kind))}')(max_age=NOW), plural(kind))
            mine = [one for one in listed if one.location.project.id == self.inside.location.project.id]
            found[kind] = {one.id: one.name for one in mine}
        address = {'floating_ip': self.there['floating_ip']}
        found['forwarding'] = {one.id: '' for one in self.at(self.cloud).ListPortForwardings(**address).port_forwardings}
        group = self.at(self.cloud).GetSecurityGroup(name_or_id=self.there['security_group'], max_age=NOW).security_group
        return found | {'rule': {rule.id: '' for rule in group.rules}}

    def filled(self, value: Any) -> Any:
        """With ids for what stands for them."""
        if isinstance(value, dict):
            return {key: self.filled(one) for key, one in value.items()}
        if isinstance(value, list):
            return [self.filled(one) for one in value]
        return self.there[value[1:]] if isinstance(value, str) and value[:1] == '@' else value

    def says(self, rpc: str, reason: str, field: str, fields: dict[str, Any], code: Any = Code.INVALID_ARGUMENT) -> None:
        """Expect this reason and, unless it is the cloud that refuses, this field."""
        fields = self.filled({'location': {'cloud': self.cloud.name}} | fields)
        with self.subTest(f'{rpc} {field} {fields}'[:300]):
            with self.fails(code, reason) as told:
                getattr(self.oaktree.network, rpc)(getattr(pb, f'{rpc}Request')(**fields), timeout=60)
            if field:
                self.assertEqual(told.info.metadata['field'], field)

    def each(self, *starts: str, field: str = 'location') -> Iterator[tuple[str, dict[str, Any]]]:
        for rpc, fields in FULL.items():
            if rpc.startswith(starts) and field in RPCS[rpc].input_type.fields_by_name:
                yield rpc, fields

    def test_every_rpc_has_a_row(self) -> None:
        self.assertEqual(set(FULL), set(RPCS))

    def test_a_missing_field_is_named(self) -> None:
        count = 0
        for rpc, fields in self.each(''):
            for field in fields:
                given = {key: value for key, value in fields.items() if key != field}
                missing = MISSING.get(field, field)
                if rpc.startswith('Update') and field not in ('name_or_id', 'floating_ip'):
                    missing = 'update_mask'
                self.says(rpc, 'MISSING_FIELD', missing, given)
                count += 1
        self.assertGreater(count, 60)

    def test_an_unknown_name_is_named(self) -> None:
        for rpc, fields in self.each(''):
            for field, value in fields.items():
                # A server is looked for first.
                behind = field != 'name_or_id' and '@server' in fields.values()
                if isinstance(value, str) and field not in NOT_NAMES and not behind:
                    for wrong in (NOWHERE, str(uuid.uuid4()), 'é' * 300, '../networks'):
                        self.says(rpc, 'NOT_FOUND', field, fields | {field: wrong}, Code.NOT_FOUND)

    def test_names_within_are_looked_up_too(self) -> None:
        for rpc, field, fields in (
            ('CreateSubnet', 'subnet_pool', {'network': '@network', 'subnet_pool': NOWHERE}),
            ('CreatePort', 'security_groups', {'network': '@network', 'security_groups': [NOWHERE]}),
            ('CreatePort', 'fixed_ips.subnet', {'network': '@network', 'fixed_ips': [{'subnet': NOWHERE}]}),
            ('UpdatePort', 'security_groups', {'name_or_id': '@port', 'security_groups': [NOWHERE]}),
            ('CreateRouter', 'external_gateway.network', {'name': 'x', 'external_gateway': {'network': NOWHERE}}),
            ('UpdateRouter', 'external_gateway.network', {'name_or_id': '@router', 'external_gateway': {'network': NOWHERE}}),
            ('AddRouterInterface', 'port', {'name_or_id': '@router', 'port': NOWHERE}),
            ('CreateTrunk', 'sub_ports.port', {'port': '@port', 'sub_ports': [{'port': NOWHERE}]}),
            ('AddTrunkSubports', 'sub_ports.port', {'name_or_id': '@trunk', 'sub_ports': [{'port': NOWHERE}]}),
            ('DeleteTrunkSubports', 'sub_ports', {'name_or_id': '@trunk', 'sub_ports': [NOWHERE]}),
            ('CreateSecurityGroupRule', 'remote_group', {'security_group': '@security_group', 'remote_group': NOWHERE}),
            ('CreateFloatingIp', 'network', {'network': NOWHERE}),
            ('CreateFloatingIp', 'server', {'server': NOWHERE}),
            ('CreateFloatingIp', 'port', {'port': NOWHERE}),
            ('CreatePortForwarding', 'port', FULL['CreatePortForwarding'] | {'port': NOWHERE}),
            ('UpdatePortForwarding', 'port', FULL['UpdatePortForwarding'] | {'port': NOWHERE}),
        ):
            self.says(rpc, 'NOT_FOUND', field, fields, Code.NOT_FOUND)

    def test_a_place_that_is_none_is_refused(self) -> None:
        for rpc, fields in self.each(''):
            self.says(rpc, 'UNKNOWN_CLOUD', 'location.cloud', fields | {'location': {'cloud': NOWHERE}})
            self.says(rpc, 'UNKNOWN_REGION', 'location.region', fields | {'location': {'region': NOWHERE}})

    def test_nothing_is_made_in_another_project(self) -> None:
        where = {'cloud': self.cloud.name, 'project': {'name': 'not-mine'}}
        of_another = ('CreatePortForwarding', 'CreateSecurityGroupRule')
        for rpc, fields in self.each('Create'):
            if rpc not in of_another:
                self.says(rpc, 'INVALID_FIELD', 'location.project', fields | {'location': where})

    def test_what_is_for_oaktree_is_checked(self) -> None:
        for field, reason, value in (
            ('max_age', 'INVALID_FIELD', Duration(seconds=-1)), ('wait', 'INVALID_FIELD', Duration(seconds=-1)),
            ('min_age', 'INVALID_FIELD', Duration(seconds=-1)), ('request_id', 'INVALID_FIELD', 'once'),
            ('update_mask', 'INVALID_FIELD', {'paths': ['colour']}), ('update_mask', 'INVALID_FIELD', {'paths': ['id']}),
            ('page_size', 'INVALID_FIELD', -1), ('page_token', 'INVALID_PAGE_TOKEN', 'made-up'),
            ('jmespath', 'INVALID_JMESPATH', '[?'),
        ):  # fmt: skip
            rows = list(self.each('', field=field))
            self.assertTrue(rows, field)
            for rpc, fields in rows:
                self.says(rpc, reason, field, fields | {field: value})
        for rpc, fields in self.each('List'):
            self.says(rpc, 'UNKNOWN_FIELD', 'filter[colour]', fields | {'filter': {'colour': 'red'}})

    def rejected(self, *rows: Row) -> None:
        """Expect the cloud's refusal, which has this word."""
        for rpc, word, fields in rows:
            full = {'location': {'cloud': self.cloud.name}} | FULL[rpc] | fields
            request = getattr(pb, f'{rpc}Request')(**self.filled(full))
            with self.subTest(f'{rpc} {fields}'[:200]):
                with self.fails(Code.INVALID_ARGUMENT, 'CLOUD_REJECTED', word) as told:
                    getattr(self.oaktree.network, rpc)(request, timeout=60)
                self.assertEqual((told.info.metadata['service'], told.info.metadata['http_status']), ('network', '400'))

    def test_values_that_are_none_are_refused(self) -> None:
        long, huge = 'x' * 256, 2**31 - 1
        named = ('Network', 'Subnet', 'Port', 'Router', 'SecurityGroup', 'Trunk')
        for rpc in (f'{verb}{kind}' for kind in ('SubnetPool', 'AddressGroup') for verb in ('Create', 'Update')):
            for field in ('name', 'description'):
                # Neutron would fail.
                self.says(rpc, 'INVALID_FIELD', field, FULL[rpc] | {field: long})
        too_long = [
            (f'{verb}{kind}', field, {field: long})
            for kind in named for verb in ('Create', 'Update') for field in ('name', 'description')
        ]  # fmt: skip
        self.rejected(
            *too_long,
            ('CreateNetwork', 'mtu', {'mtu_bytes': -1}),
            ('CreateNetwork', 'MTU', {'mtu_bytes': huge}),
            ('CreateSubnet', '192.0.2.0/33', {'cidr': '192.0.2.0/33'}),
            ('CreateSubnet', 'everywhere', {'cidr': 'everywhere'}),
            ('CreateSubnet', 'overlap', {'cidr': '10.7.0.0/24'}),
            ('CreateSubnet', 'overlap', {'cidr': '10.7.0.128/25'}),
            ('CreateSubnet', 'ip_version', {'ip_version': 5}),
            ('CreateSubnet', 'here', {'dns_nameservers': ['here']}),
            ('CreateSubnet', 'x/y', {'host_routes': [{'destination': 'x/y', 'next_hop': '192.0.2.1'}]}),
            ('UpdateSubnet', 'here', {'gateway_ip': 'here'}),
            ('CreatePort', 'zz:zz', {'mac_address': 'zz:zz'}),
            ('CreatePort', '10.7.0.999', {'fixed_ips': [{'ip_address': '10.7.0.999'}]}),
            ('CreatePort', '192.0.2.1', {'fixed_ips': [{'ip_address': '192.0.2.1'}]}),
            ('UpdatePort', 'here', {'allowed_address_pairs': [{'ip_address': 'here'}]}),
            ('UpdateRouter', '192.0.2.9',
             {'routes': [{'destination': '198.51.100.0/24', 'next_hop': '192.0.2.9'}]}),
            ('AddRouterInterface', 'already has a port', {}),
            ('CreateSubnetPool', '192.0.2.0/40', {'prefixes': ['192.0.2.0/40']}),
            ('CreateSubnetPool', '-3', {'default_prefix_length': -3}),
            ('CreateSubnetPool', str(huge), {'default_prefix_length': huge}),
            ('AddTrunkSubports', '5000', {'sub_ports': [{'port': '@port', 'segmentation_id': 5000}]}),
            ('AddTrunkSubports', '-1', {'sub_ports': [{'port': '@port', 'segmentation_id': -1}]}),
            ('CreateAddressGroup', 'everywhere', {'addresses': ['everywhere']}),
            ('AddAddressesToAddressGroup', 'everywhere', {'addresses': ['everywhere']}),
            ('CreateRbacPolicy', 'moon', {'object_type': 'moon'}),
            ('CreateRbacPolicy', 'to_look', {'action': 'to_look'}),
            ('UpdateRbacPolicy', 'nobody', {'target_project_id': 'nobody'}),
            ('CreateSecurityGroupRule', 'bogus', {'protocol': 'bogus'}),
            ('CreatePortForwarding', 'bogus', {'protocol': 'bogus'}),
            ('CreatePortForwarding', str(huge), {'external_port': huge}),
            ('UpdatePortForwarding', '-1', {'external_port': -1}),
        )  # fmt: skip
        for field, fields in (
            ('direction', {'direction': 9}), ('ip_version', {'ip_version': 5}), ('ip_version', {'ip_version': -4}),
            ('ip_version', {'ip_version': 6, 'remote_ip_prefix': '192.0.2.0/24'}),
            ('remote_ip_prefix', {'remote_ip_prefix': '192.0.2.0/33'}), ('port_min', {'protocol': 'tcp', 'port_min': -1}),
            ('port_max', {'protocol': 'udp', 'port_max': huge}), ('port_max', {'protocol': 'icmp', 'port_max': 256}),
            ('port_max', {'protocol': 'tcp', 'port_min': 2, 'port_max': 1}),
        ):  # fmt: skip
            self.says('CreateSecurityGroupRule', 'INVALID_FIELD', field, FULL['CreateSecurityGroupRule'] | fields)
        for address in ('10.7.0', '2001:db8::1', 'here'):
            self.says('CreateFloatingIp', 'INVALID_FIELD', 'fixed_address', {'port': '@port', 'fixed_address': address})

    def test_what_is_in_use_stays(self) -> None:
        taken = self.at(self.cloud).GetPort(name_or_id=self.there['port']).port
        policy = self.at(self.cloud).GetRbacPolicy(name_or_id=self.there['rbac_policy']).rbac_policy
        group = self.at(self.cloud).GetSecurityGroup(name_or_id=self.there['security_group']).security_group
        same = {'object_type': 'network', 'object': '@network', 'target_project_id': policy.target_project_id}
        trunk = self.at(self.cloud).GetTrunk(name_or_id=self.there['trunk']).trunk
        rule = {'direction': group.rules[0].direction, 'ip_version': group.rules[0].ip_version}
        for rpc, fields in (
            ('DeleteNetwork', {}), ('DeleteSubnet', {}), ('DeleteRouter', {}), ('DeleteFloatingIp', {}),
            ('DeletePort', {'name_or_id': trunk.port_id}), ('CreateTrunk', {'port': trunk.port_id}),
            ('CreatePort', {'mac_address': taken.mac_address}),
            ('CreatePort', {'fixed_ips': [{'ip_address': taken.fixed_ips[0].ip_address}]}), ('CreateRbacPolicy', same),
            ('CreateSecurityGroupRule', rule), ('CreateSecurityGroup', {'name': 'default'}),
            ('RemoveRouterInterface', {}),
        ):  # fmt: skip
            self.says(rpc, 'CONFLICT', '', FULL[rpc] | fields, Code.FAILED_PRECONDITION)

    def test_what_is_anothers_is_not_there(self) -> None:
        stranger, where = self.stack.server.network, {'cloud': FLOATING.name}
        for rpc, fields in self.each(''):
            for field in (field for field, value in fields.items() if isinstance(value, str) and value[:1] == '@'):
                if '@server' in fields.values():
                    continue
                given = self.filled(fields | {'location': where})
                request = getattr(pb, f'{rpc}Request')(**given)
                with self.subTest(f'{rpc} {field}'), self.fails(Code.NOT_FOUND, 'NOT_FOUND', getattr(request, field)):
                    getattr(stranger, rpc)(request, timeout=60)
                break

    @only_simulated
    def test_a_spent_quota_is_told(self) -> None:
        rows = {
            'network': 'CreateNetwork', 'subnet': 'CreateSubnet', 'port': 'CreatePort', 'router': 'CreateRouter',
            'floatingip': 'CreateFloatingIp', 'security_group': 'CreateSecurityGroup',
            'security_group_rule': 'CreateSecurityGroupRule', 'rbac_policy': 'CreateRbacPolicy',
            'subnetpool': 'CreateSubnetPool', 'trunk': 'CreateTrunk',
        }  # fmt: skip
        self.addCleanup(self.stack.simulation.settings, FLOATING.name, quota=dict.fromkeys(rows, -1))
        self.stack.simulation.settings(FLOATING.name, quota=dict.fromkeys(rows, 0))
        for kind, rpc in rows.items():
            fields = self.filled({'location': {'cloud': self.cloud.name}} | FULL[rpc])
            with self.subTest(kind), self.fails(Code.RESOURCE_EXHAUSTED, 'QUOTA_EXCEEDED', kind):
                getattr(self.oaktree.network, rpc)(getattr(pb, f'{rpc}Request')(**fields))

    @only_real
    def test_a_real_quota_is_told(self) -> None:
        """Of RBAC policies each project may have ten, unless somebody has changed that."""
        limit = self.at(self.cloud).GetNetworkQuotas(max_age=NOW).quotas.rbac_policies.limit
        at = self.at(self.cloud)
        fields = {'object_type': 'network', 'object': self.inside.id}
        with self.fails(Code.RESOURCE_EXHAUSTED, 'QUOTA_EXCEEDED', 'rbac_policy'):
            for _ in range(limit + 1):
                self.made(at.CreateRbacPolicy, at.DeleteRbacPolicy, **fields, target_project_id=uuid.uuid4().hex)
        self.assertEqual(len(at.ListRbacPolicies(max_age=NOW).rbac_policies), limit)

    def test_an_id_that_was_used_for_another_request_is_refused(self) -> None:
        once = {'request_id': str(uuid.uuid4())}
        at = self.at(self.cloud)
        self.made(at.CreateAddressGroup, at.DeleteAddressGroup, name=unique('once'), **once)
        self.says('CreateAddressGroup', 'REQUEST_ID_REUSED', 'request_id', {'name': 'x'} | once)
