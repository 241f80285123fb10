# SPDX-License-Identifier: Apache-2.0
"""What is on the clouds: a line for each object, to be compared before and after a run."""

import argparse
import contextlib
import os
import pathlib
import sys
import time
from collections.abc import Iterator
from typing import Any

import openstack
import yaml

from tests.functional.base import CLOUDS
from tests.gate.sdk_tables import KINDS

PATIENCE = 60
"""Seconds that a cloud may take to clear up after the last delete was answered."""


ABSENT = (openstack.exceptions.NotFoundException, openstack.exceptions.ForbiddenException)
"""How a cloud without an extension answers."""


def objects() -> list[str]:
    """Every object of the collections that a test may touch, as openstacksdk sees it with the same credentials."""
    config = os.environ['OS_CLIENT_CONFIG_FILE'] = os.environ['OAKTREE_TEST_CLOUDS']
    known = yaml.safe_load(pathlib.Path(config).read_text())['clouds']
    found = []
    for name in (name for cloud in CLOUDS for name in (cloud.name, f'{cloud.name}-other') if name in known):
        with openstack.connect(cloud=name) as connection:
            for kind, item in everything(connection):
                found.append(f'{name} {kind} {item.id} {item.name or ""}'.rstrip())
    return sorted(found)


def everything(connection: Any) -> Iterator[tuple[str, Any]]:
    """Each thing with its kind: all that oaktree lists, and what is inside of it.

    Not the access rules of application credentials: Keystone keeps them for the user's next one, and finds them again by
    what they say.
    """
    for noun, kind in KINDS.items():
        if kind.parent or not connection.has_service(kind.service.replace('_', '-')):
            continue
        with contextlib.suppress(*ABSENT):
            for item in kind.theirs(connection):
                yield noun, item
                yield from inside(connection, noun, item)
    yield from (('SecurityGroupRule', rule) for rule in connection.network.security_group_rules())


def inside(connection: Any, noun: str, item: Any) -> Iterator[tuple[str, Any]]:
    """What can be listed only below something else. It may be gone by now."""
    with contextlib.suppress(*ABSENT):
        for child, field in INSIDE.get(noun, ()):
            yield from ((child, one) for one in KINDS[child].theirs(connection, getattr(item, field)))


INSIDE = {'Container': [('Object', 'name')], 'FloatingIp': [('PortForwarding', 'id')], 'Pool': [('PoolMember', 'id')]}
"""By noun: what to look for below each, and what to ask with."""


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
