# SPDX-License-Identifier: Apache-2.0
"""Many things at once, ACTIVE at once, for benchmarks and full lists."""

from __future__ import annotations

import gc
import random
import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING

from oaktree.simcloud.compute_servers import Server
from oaktree.simcloud.http import Doc, Refusal, isotime

if TYPE_CHECKING:
    from oaktree.simcloud.cloud import Cloud

OVERFLOW = 198 << 24 | 18 << 16
"""198.18.0.0/15: the addresses of seeded servers, which leave the subnet's own to servers that are created."""


def seed(cloud: Cloud, given: Doc, now: float) -> Doc:
    """Adds for the demo project; the answer repeats how many of what."""
    makers: dict[str, Callable[[Cloud, str, int, float], None]] = {
        'servers': servers,
        'images': images,
        'flavors': flavors,
        'networks': networks,
        'keypairs': keypairs,
        'security_groups': security_groups,
        'floating_ips': floating_ips,
    }
    prefix = given.pop('prefix', 'seed')
    unknown = given.keys() - makers.keys()
    if unknown or not all(isinstance(number, int) and number >= 0 for number in given.values()):
        raise Refusal(400, f'expected counts of {sorted(makers)}, and a prefix; got {given}')
    collecting = gc.isenabled()
    gc.disable()
    try:
        for kind, number in given.items():
            makers[kind](cloud, prefix, number, now)
    finally:
        if collecting:
            gc.enable()
    if cloud.alone:
        gc.freeze()
    return given


def quick_uuid() -> str:
    """A random UUID, several times as fast as uuid4."""
    number = random.getrandbits(128) & ~(0xF << 76 | 3 << 62) | 4 << 76 | 2 << 62
    text = f'{number:032x}'
    return f'{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}'


def servers(cloud: Cloud, prefix: str, number: int, now: float) -> None:
    compute, rules, project = cloud.compute, cloud.network.rules, cloud.project('demo')
    user, host, stamp = cloud.identity.users['demo'].id, f'{cloud.name}-compute', isotime(now)
    flavor = next(compute.flavors.forward())
    image = cloud.uuid('image', 'cirros')
    home = next(n for n in rules.networks.shelf if n['name'] == ('private' if cloud.profile.routers else 'public'))
    subnet = rules.subnets.where('network_id', home['id'])[0]['id']
    kind = rules.ports.kind.defaults
    common: Doc = {
        **kind,
        'network_id': home['id'],
        'project_id': project,
        'tenant_id': project,
        'device_owner': 'compute:nova',
    }
    common |= {'binding:host_id': host, 'status': 'ACTIVE', 'binding:vif_type': 'ovs', 'binding:vif_details': {}, 'tags': []}
    common |= {
        'security_groups': [rules.default_group(project, now)['id']],
        'created_at': stamp,
        'updated_at': stamp,
        'revision_number': 4,
    }
    common |= {'qos_network_policy_id': None, 'ip_allocation': 'immediate'}
    for n in range(number):
        compute.last += 1
        name = f'{prefix}-{compute.last:06d}'
        server = Server(quick_uuid(), compute.last, name, project, user, flavor, image, now)
        server.vm_state, server.task_state, server.launched, server.host = 'active', None, now, host
        address = OVERFLOW + compute.last % (1 << 17)
        fixed = [{'subnet_id': subnet, 'ip_address': f'198.{address >> 16 & 255}.{address >> 8 & 255}.{address & 255}'}]
        mac = f'fa:16:3e:{n >> 16 & 255:02x}:{n >> 8 & 255:02x}:{n & 255:02x}'
        port = {**common, 'id': quick_uuid(), 'device_id': server.id, 'mac_address': mac, 'fixed_ips': fixed}
        rules.ports.add(port)
        server.nics = [port['id']]
        compute.enter(server)


def images(cloud: Cloud, prefix: str, number: int, now: float) -> None:
    formats = {'disk_format': 'raw', 'container_format': 'bare', 'visibility': 'private'}
    for n in range(number):
        image = cloud.image.add({'name': f'{prefix}-{n:06d}', **formats}, cloud.project('demo'), now)
        cloud.image.fill(image, [b'seed'], now)


def flavors(cloud: Cloud, prefix: str, number: int, _now: float) -> None:
    for n in range(number):
        cloud.compute.add_flavor(str(uuid.uuid4()), f'{prefix}-{n:06d}', 1024 * (n % 64 + 1), n % 16 + 1, 10 * (n % 8 + 1))


def networks(cloud: Cloud, prefix: str, number: int, now: float) -> None:
    rules, project = cloud.network.rules, cloud.project('demo')
    for n in range(number):
        network = rules.make(rules.networks, project, {'name': f'{prefix}-{n:06d}'}, now)
        cidr = f'172.{16 + (n >> 8) % 16}.{n & 255}.0/24'
        rules.make(
            rules.subnets,
            project,
            {'name': f'{prefix}-{n:06d}', 'network_id': network['id'], 'ip_version': 4, 'cidr': cidr},
            now,
        )


def keypairs(cloud: Cloud, prefix: str, number: int, now: float) -> None:
    for n in range(number):
        cloud.compute.add_keypair(cloud.identity.users['demo'].id, f'{prefix}-{n:06d}', None, 'ssh', now)


def security_groups(cloud: Cloud, prefix: str, number: int, now: float) -> None:
    rules = cloud.network.rules
    for n in range(number):
        rules.make(rules.groups, cloud.project('demo'), {'name': f'{prefix}-{n:06d}'}, now)


def floating_ips(cloud: Cloud, prefix: str, number: int, now: float) -> None:
    rules = cloud.network.rules
    if not cloud.profile.routers:
        raise Refusal(400, 'this cloud has no floating IPs')
    public = next(n for n in rules.networks.shelf if n['router:external'])
    for _ in range(number):
        given = {'floating_network_id': public['id'], 'description': prefix}
        rules.make(rules.tables['floatingips'], cloud.project('demo'), given, now)
