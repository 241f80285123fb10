# SPDX-License-Identifier: Apache-2.0
"""What calls are called on the command line: by a rule, and where the openstack command says otherwise, by a table."""

from __future__ import annotations

import dataclasses
import functools
import re
from collections.abc import Mapping

from oaktreemodel.v1.methods import METHODS

VERBS = {'Get': 'show', 'List': 'list', 'Update': 'set'}

NOUNS = {
    'HealthMonitor': 'loadbalancer healthmonitor',
    'Listener': 'loadbalancer listener',
    'LoadBalancer': 'loadbalancer',
    'Pool': 'loadbalancer pool',
    'PoolMember': 'loadbalancer member',
    'PortForwarding': 'floating ip port forwarding',
    'RbacPolicy': 'network rbac',
    'Trunk': 'network trunk',
    'VolumeTransfer': 'volume transfer request',
}

NAMES = {
    'AddAddressesToAddressGroup': 'address group add address',
    'AddAutoIp': 'server add auto ip',
    'AddIpsToServer': 'server add floating ip',
    'AttachInterface': 'server interface attach',
    'CreateDirectoryMarkerObject': 'object directory create',
    'CreateImageSnapshot': 'server image create',
    'DeleteTrunkSubports': 'network trunk remove subport',
    'DeleteUnattachedFloatingIps': 'floating ip delete unattached',
    'DetachInterface': 'server interface detach',
    'DetachIpFromServer': 'server remove floating ip',
    'GetServerConsole': 'console log show',
    'RemoveAddressesFromAddressGroup': 'address group remove address',
}
"""Of calls whose name the rule does not get right."""

PARENTS = {
    'ImageMember': 'image', 'Object': 'container', 'PoolMember': 'pool', 'PortForwarding': 'floating_ip',
    'RouterInterface': 'router', 'ServerInterface': 'server', 'ServerSecurityGroup': 'server', 'UploadUrl': 'container',
    'DownloadUrl': 'container',
}  # fmt: skip
"""What things are below, which comes first."""

POSITIONALS = {
    'AcceptVolumeTransfer': ('id',),
    'AddAddressesToAddressGroup': ('name_or_id', 'addresses'),
    'AddImageMember': ('name_or_id', 'member'),
    'AddImageTag': ('name_or_id', 'tag'),
    'AddIpsToServer': ('name_or_id', 'ips'),
    'AddServerSecurityGroups': ('name_or_id', 'security_groups'),
    'AttachVolume': ('name_or_id', 'server'),
    'CreateFloatingIp': ('network',),
    'CreateHealthMonitor': ('pool',),
    'CreateImageSnapshot': ('server',),
    'CreateListener': ('load_balancer',),
    'CreatePoolMember': ('pool',),
    'CreatePortForwarding': ('floating_ip',),
    'CreateRbacPolicy': ('object',),
    'CreateSecurityGroupRule': ('security_group',),
    'CreateVolumeBackup': ('volume',),
    'CreateVolumeTransfer': ('volume',),
    'DeleteServerMetadata': ('name_or_id', 'keys'),
    'DeleteTrunkSubports': ('name_or_id', 'sub_ports'),
    'DetachInterface': ('name_or_id', 'port'),
    'DetachIpFromServer': ('name_or_id', 'floating_ip'),
    'DetachVolume': ('name_or_id', 'server'),
    'ExtendVolume': ('name_or_id', 'size_gib'),
    'GetCapabilities': ('location.cloud',),
    'RemoveAddressesFromAddressGroup': ('name_or_id', 'addresses'),
    'RemoveImageMember': ('name_or_id', 'member'),
    'RemoveImageTag': ('name_or_id', 'tag'),
    'RemoveServerSecurityGroups': ('name_or_id', 'security_groups'),
    'RetypeVolume': ('name_or_id', 'volume_type'),
    'UpdateImageMember': ('name_or_id', 'member'),
}
"""Of calls that take others than their parent's, and their own, name."""

ALIASES: Mapping[str, tuple[str, tuple[str, ...], str]] = {
    'capabilities': ('GetCapabilities', ('location.cloud',), ''),
    'clouds': ('ListClouds', (), ''),
    'image add project': ('AddImageMember', ('name_or_id', 'member'), ''),
    'image remove project': ('RemoveImageMember', ('name_or_id', 'member'), ''),
    'image save': ('DownloadImage', ('name_or_id',), ''),
    'object create': ('UploadObject', ('container',), ''),
    'object save': ('DownloadObject', ('container', 'name_or_id'), ''),
    'router add port': ('AddRouterInterface', ('name_or_id', 'port'), ''),
    'router add subnet': ('AddRouterInterface', ('name_or_id', 'subnet'), ''),
    'router remove port': ('RemoveRouterInterface', ('name_or_id', 'port'), ''),
    'router remove subnet': ('RemoveRouterInterface', ('name_or_id', 'subnet'), ''),
    'security group rule list': ('GetSecurityGroup', ('name_or_id',), 'rules'),
    'server add volume': ('AttachVolume', ('server', 'name_or_id'), ''),
    'server remove volume': ('DetachVolume', ('server', 'name_or_id'), ''),
    'whoami': ('GetCaller', (), ''),
}
"""Other names for calls, with what is given without an option: mostly the openstack command's, in its order.
Of some only a part of the answer is shown."""

OWNERS = {
    'AddAddressesToAddressGroup': 'address_group', 'AddAutoIp': 'server', 'AddIpsToServer': 'server',
    'AttachInterface': 'server', 'DeleteSecurityGroupRule': 'security_group_rule', 'DetachInterface': 'server',
    'DetachIpFromServer': 'server', 'RemoveAddressesFromAddressGroup': 'address_group',
}  # fmt: skip
"""What `name_or_id` is the name of, where the call's name does not begin with it."""

SINGLE = ('Add', 'Attach', 'Create', 'Detach', 'Download', 'Get', 'List', 'Remove', 'Set', 'Update')
"""What is done to one thing at a time."""


@dataclasses.dataclass(frozen=True)
class Command:
    """A call as it is asked for."""

    words: str
    service: str
    rpc: str
    reads: bool
    positionals: tuple[str, ...] | None = None
    """None for those that `positionals` finds."""
    part: str = ''
    """The field of the answer's resource that is shown as a list, in place of the resource."""

    @property
    def verb(self) -> str:
        return parts(self.rpc)[0]

    @property
    def noun(self) -> str:
        """What it is about, as the API calls one of it."""
        noun = self.rpc.removeprefix(self.verb)
        return singular(noun) if self.verb == 'List' else noun


@functools.cache
def commands() -> Mapping[str, Command]:
    """All of them, by their words."""
    found = {rpc: Command(words(rpc), service, rpc, reads) for service, rpc, reads in METHODS}
    named = {command.words: command for command in found.values()}
    for alias, (rpc, given, part) in ALIASES.items():
        named[alias] = dataclasses.replace(found[rpc], words=alias, positionals=given, part=part)
    return named


def words(rpc: str) -> str:
    """ListServers is `server list`."""
    if rpc in NAMES:
        return NAMES[rpc]
    verb, *rest = parts(rpc)
    if verb in ('Add', 'Remove'):
        owner, *what = rest
        return f'{spelled(owner)} {verb.lower()} {" ".join(what).lower()}'.removesuffix('s')
    noun = ''.join(rest)
    if verb == 'List':
        noun = singular(noun)
    return f'{spelled(noun)} {VERBS.get(verb, verb.lower())}'.strip()


def spelled(noun: str) -> str:
    """SecurityGroup is `security group`."""
    return NOUNS.get(noun) or ' '.join(parts(noun)).lower()


def parts(name: str) -> list[str]:
    return re.findall('[A-Z][a-z0-9]*', name)


def snake(name: str) -> str:
    return '_'.join(parts(name)).lower()


def singular(word: str) -> str:
    if word.endswith('ies'):
        return f'{word[:-3]}y'
    return word[:-2] if word.endswith(('sses', 'xes')) else word.removesuffix('s')


def positionals(command: Command, fields: Mapping[str, object]) -> tuple[str, ...]:
    """Which fields of the request are given without an option."""
    if command.positionals is not None:
        return command.positionals
    if command.rpc in POSITIONALS:
        return POSITIONALS[command.rpc]
    found = [parent for noun, parent in PARENTS.items() if command.rpc.endswith((noun, f'{noun}s')) and parent in fields]
    if command.verb != 'List':
        found += [field for field in ('name_or_id', 'name') if field in fields][:1]
    return tuple(found)


def takes_several(command: Command, given: tuple[str, ...]) -> bool:
    """Whether it can be asked for many at once, as `server delete` can."""
    return given[-1:] == ('name_or_id',) and command.verb not in SINGLE


def owner(command: Command, fields: Mapping[str, object]) -> str:
    """What `name_or_id` is the name of: `server` for ResizeServer, ConfirmServerResize and DeleteServerMetadata."""
    parent = PARENTS.get(singular(command.noun))
    if command.rpc in OWNERS or (parent and parent not in fields):
        return OWNERS.get(command.rpc) or str(parent)
    kinds = (other.noun for other in commands().values() if other.verb == 'List' and command.noun.startswith(other.noun))
    return snake(max(kinds, key=len, default=command.noun))
