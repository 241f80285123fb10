# SPDX-License-Identifier: Apache-2.0
"""Flavors, key pairs and servers as Nova writes them. https://docs.openstack.org/api-ref/compute/"""

from collections.abc import Callable
from typing import Any

from oaktreemodel import v1 as pb

from oaktree.normalise import timestamp
from oaktree.resource import Document, Resource

FLAVOR = Resource(
    pb.Flavor, 'compute', '/flavors/detail', 'flavors', ttl=3600,
    fields={
        'ram_mib': 'ram', 'disk_gib': 'disk', 'ephemeral_gib': 'OS-FLV-EXT-DATA:ephemeral', 'swap_mib': 'swap',
        'is_public': 'os-flavor-access:is_public', 'disabled': 'OS-FLV-DISABLED:disabled',
    },
)  # fmt: skip


def _keypair(key: str) -> Any:
    """Lists wrap each one in an object of its own, answers to a Get or a POST do not."""
    return lambda document: document.get('keypair', document).get(key) or ''


KEYPAIR = Resource(
    pb.Keypair, 'compute', '/os-keypairs', 'keypairs', ttl=60,
    fields={
        'id': _keypair('name'), 'name': _keypair('name'), 'type': _keypair('type'), 'public_key': _keypair('public_key'),
        'fingerprint': _keypair('fingerprint'), 'private_key': _keypair('private_key'),
    },
    used=frozenset({'keypair', 'user_id'}),
)  # fmt: skip


SERVER_STATES = {
    'ACTIVE': pb.SERVER_STATE_ACTIVE,
    'BUILD': pb.SERVER_STATE_BUILDING,
    'DELETED': pb.SERVER_STATE_DELETED,
    'ERROR': pb.SERVER_STATE_ERROR,
    'HARD_REBOOT': pb.SERVER_STATE_REBOOTING,
    'MIGRATING': pb.SERVER_STATE_ACTIVE,
    'PASSWORD': pb.SERVER_STATE_ACTIVE,
    'PAUSED': pb.SERVER_STATE_SUSPENDED,
    'REBOOT': pb.SERVER_STATE_REBOOTING,
    'REBUILD': pb.SERVER_STATE_BUILDING,
    'RESCUE': pb.SERVER_STATE_RESCUED,
    'RESIZE': pb.SERVER_STATE_BUILDING,
    'REVERT_RESIZE': pb.SERVER_STATE_BUILDING,
    'SHELVED': pb.SERVER_STATE_SUSPENDED,
    'SHELVED_OFFLOADED': pb.SERVER_STATE_SUSPENDED,
    'SHUTOFF': pb.SERVER_STATE_STOPPED,
    'SOFT_DELETED': pb.SERVER_STATE_DELETED,
    'SUSPENDED': pb.SERVER_STATE_SUSPENDED,
    'VERIFY_RESIZE': pb.SERVER_STATE_RESIZED,
}


def _state(document: Document) -> int:
    # A server that is being deleted stays ACTIVE, or whatever it was, until it is gone.
    if document.get('OS-EXT-STS:task_state') in ('deleting', 'soft-deleting'):
        return pb.SERVER_STATE_DELETED
    return SERVER_STATES.get(str(document.get('status')).upper(), pb.SERVER_STATE_UNSPECIFIED)


def _flavor(document: Document) -> dict[str, Any] | None:
    """From microversion 2.47 the flavor as it was; before, its id only."""
    flavor = document.get('flavor')
    if not flavor:
        return None
    return {
        'id': flavor.get('id', ''),
        'name': flavor.get('original_name', ''),
        'vcpus': flavor.get('vcpus', 0),
        'ram_mib': flavor.get('ram', 0),
        'disk_gib': flavor.get('disk', 0),
    }


def _fault(document: Document) -> dict[str, Any] | None:
    fault = document.get('fault')
    if not fault:
        return None
    created = timestamp(fault.get('created', ''))
    return {'code': fault.get('code', 0), 'message': fault.get('message', ''), 'create_time': created}


def _addresses(document: Document) -> list[dict[str, Any]]:
    """Every address of every network. Which of them are public is the place's to say, see ``addressing.py``."""
    return [
        {
            'ip': one['addr'],
            'ip_version': one.get('version', 0),
            'network': network,
            'floating': one.get('OS-EXT-IPS:type') == 'floating',
            'mac_address': one.get('OS-EXT-IPS-MAC:mac_addr', ''),
        }
        for network, members in (document.get('addresses') or {}).items()
        for one in members
    ]


SERVER = Resource(
    pb.Server, 'compute', '/servers/detail', 'servers', ttl=5,
    touches=('floatingips', 'ports', 'server_groups', 'volumes'),
    fields={
        'state': _state, 'native_status': 'status', 'native_task_state': 'OS-EXT-STS:task_state',
        'create_time': 'created', 'update_time': 'updated', 'launch_time': 'OS-SRV-USG:launched_at',
        'flavor': _flavor, 'fault': _fault, 'addresses': _addresses,
        # Where the user has not said so, Addressing.tell finds them among the addresses.
        'public_v4': 'accessIPv4', 'public_v6': 'accessIPv6',
        # An empty string where the server boots from a volume.
        'image_id': lambda d: (d.get('image') or {}).get('id', ''),
        # Each port has its own list, and Nova puts them all in one.
        'security_groups': lambda d: sorted({group['name'] for group in d.get('security_groups') or ()}),
        'volume_ids': lambda d: [v['id'] for v in d.get('os-extended-volumes:volumes_attached') or ()],
        'host_id': 'hostId', 'config_drive': lambda d: str(d.get('config_drive')) == 'True',
    },
    # adminPass: the answer to a POST has it, and nobody else should. server_groups: a Get has it and a list has not, and
    # whether two answers are of the same server as it was must not hang on who asked.
    used=frozenset({
        'adminPass', 'image', 'config_drive', 'OS-EXT-AZ:availability_zone', 'os-extended-volumes:volumes_attached',
        'server_groups',
    }),
)  # fmt: skip


POLICIES = {
    'affinity': pb.SERVER_GROUP_POLICY_AFFINITY,
    'anti-affinity': pb.SERVER_GROUP_POLICY_ANTI_AFFINITY,
    'soft-affinity': pb.SERVER_GROUP_POLICY_SOFT_AFFINITY,
    'soft-anti-affinity': pb.SERVER_GROUP_POLICY_SOFT_ANTI_AFFINITY,
}


def _policy(document: Document) -> str:
    """A list of one, up to microversion 2.63."""
    return document.get('policy') or next(iter(document.get('policies') or ()), '')


SERVER_GROUP = Resource(
    pb.ServerGroup, 'compute', '/os-server-groups', 'server_groups', ttl=30,
    fields={
        'policy': lambda d: POLICIES.get(_policy(d), 0), 'native_policy': _policy, 'server_ids': 'members',
        'max_servers_per_host': lambda d: (d.get('rules') or {}).get('max_server_per_host'),
    },
    # metadata: up to microversion 2.63, and nobody can write it.
    used=frozenset({'policies', 'rules', 'metadata'}),
)  # fmt: skip

INTERFACE_STATES = {
    'ACTIVE': pb.SERVER_INTERFACE_STATE_ACTIVE,
    'BUILD': pb.SERVER_INTERFACE_STATE_BUILDING,
    'DOWN': pb.SERVER_INTERFACE_STATE_DOWN,
    'ERROR': pb.SERVER_INTERFACE_STATE_ERROR,
}

SERVER_INTERFACE = Resource(
    # They are listed for a server: the path is what that has in front of its id.
    pb.ServerInterface, 'compute', '/servers', 'interfaceAttachments', ttl=0,
    fields={
        'id': 'port_id', 'name': 'mac_addr', 'native_status': 'port_state', 'network_id': 'net_id',
        'state': lambda d: INTERFACE_STATES.get(str(d.get('port_state')).upper(), 0),
        'fixed_addresses': lambda d: [
            {'ip': one.get('ip_address', ''), 'subnet_id': one.get('subnet_id', '')} for one in d.get('fixed_ips') or ()
        ],
    },
    used=frozenset({'fixed_ips', 'port_state'}),
)  # fmt: skip


def settled(*targets: int) -> Callable[[Any], bool]:
    """Whether a server, None for one that is gone, has reached one of these states or will not reach it any more."""

    def done(server: Any) -> bool:
        return server is None or server.state == pb.SERVER_STATE_ERROR or (
            server.state in targets and not server.native_task_state
        )  # fmt: skip

    return done


def deleted(server: Any) -> bool:
    """Whether the deletion of a server, None for one that is gone, has come to its end, good or bad."""
    return server is None or (server.state == pb.SERVER_STATE_ERROR and not server.native_task_state)
