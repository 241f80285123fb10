# SPDX-License-Identifier: Apache-2.0
"""What is on the clouds: a line for each object, to be compared before and after a run."""

import argparse
import os
import pathlib
import sys
import time

import openstack

from tests.functional.base import CLOUDS

PATIENCE = 60
"""Seconds that a cloud may take to clear up after the last delete was answered."""


def objects() -> list[str]:
    """Every object of the collections that a test may touch, as openstacksdk sees it with the same credentials."""
    found = []
    os.environ['OS_CLIENT_CONFIG_FILE'] = os.environ['OAKTREE_TEST_CLOUDS']
    for cloud in CLOUDS:
        with openstack.connect(cloud=cloud.name) as connection:
            compute, network = connection.compute, connection.network
            collections = {
                'server': compute.servers, 'server group': compute.server_groups, 'keypair': compute.keypairs,
                'image': connection.image.images,
                'network': network.networks, 'subnet': network.subnets, 'port': network.ports,
                'security group': network.security_groups, 'rule': network.security_group_rules,
                'subnet pool': network.subnet_pools, 'address group': network.address_groups,
                'RBAC policy': network.rbac_policies,
            }  # fmt: skip
            if connection.has_service('block-storage'):
                storage = connection.block_storage
                collections |= {
                    'volume': storage.volumes, 'snapshot': storage.snapshots, 'backup': storage.backups,
                    'transfer': storage.transfers,
                }  # fmt: skip
            if cloud.objects:
                collections['container'] = connection.object_store.containers
            if cloud.floating:
                collections |= {'floating IP': network.ips, 'router': network.routers, 'trunk': network.trunks}
            for kind, listing in collections.items():
                found += [f'{cloud.name} {kind} {item.id} {item.name or ""}'.rstrip() for item in listing()]
    return sorted(found)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--until-same-as', type=pathlib.Path, metavar='FILE', help='wait until it is as it was then')
    options = parser.parse_args()
    if not options.until_same_as:
        print('\n'.join(objects()))
        return 0
    before, end = options.until_same_as.read_text().splitlines(), time.monotonic() + PATIENCE
    while (now := objects()) != before:
        if time.monotonic() > end:
            print(
                'left behind: ', sorted(set(now) - set(before)), '; missing: ', sorted(set(before) - set(now)), file=sys.stderr
            )
            return 1
        time.sleep(2)
    print(f'nothing left behind: {len(now)} objects, as before')
    return 0


if __name__ == '__main__':
    sys.exit(main())
