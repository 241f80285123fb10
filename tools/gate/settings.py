# SPDX-License-Identifier: Apache-2.0
"""Where the gate keeps its things, and the two vendor profiles."""

import hashlib
import os
import pathlib
import typing

HERE = pathlib.Path(__file__).resolve().parent
SUPPORT = HERE / 'support'
LOCK = HERE / 'requirements.txt'

ROOT = pathlib.Path(os.environ.get('OAKTREE_GATE_DIR') or '~/.cache/oaktree-gate').expanduser().resolve()
VENV = ROOT / 'venv'
BIN = VENV / 'bin'
PYTHON = BIN / 'python'
ETC = VENV / 'etc'
INFRA = ROOT / 'infra'
DB_SOCKET = INFRA / 'mysql.sock'

# RabbitMQ, its distribution port and epmd: three ports in a row. A second gate on one machine needs others.
AMQP_PORT = int(os.environ.get('OAKTREE_GATE_INFRA_PORT') or 20990)

PASSWORD = 'gate'
# The project of each, and the one role there.
USERS = {'demo': ('demo', 'member'), 'other': ('other', 'member'), 'reader': ('demo', 'reader')}
ADMIN = {'admin': ('admin', 'admin')}


def lock_id():
    """Changes with the pinned services, and with them the schemas of their databases."""
    pins = [line for line in LOCK.read_text().splitlines(keepends=True) if not line.startswith('#')]
    return hashlib.sha256(''.join(pins).encode()).hexdigest()[:12]


class Profile(typing.NamedTuple):
    """What one vendor's cloud does differently from another's."""

    region: str
    plugins: tuple  # of Neutron; without 'router' there are no floating IPs
    disk_formats: str  # that Glance accepts; '' stands for its own default, which is nearly all
    image_format: str  # of the public image
    token_seconds: int
    page: int  # no list answers more than this at once
    absent: tuple  # services this vendor does not offer
    flavors: tuple  # (name, MiB of memory, VCPUs, GiB of disk)

    @property
    def routed(self):
        return 'router' in self.plugins


PROFILES = {
    'floating': Profile(
        region='RegionOne',
        plugins=('router', 'qos', 'trunk', 'port_forwarding', 'segments'),
        disk_formats='',
        image_format='qcow2',
        token_seconds=3600,
        page=1000,
        absent=(),
        flavors=(('m1.tiny', 512, 1, 1), ('m1.small', 2048, 1, 20), ('m1.medium', 4096, 2, 40), ('m1.large', 8192, 4, 80)),
    ),
    'direct': Profile(
        region='north-2',
        plugins=('qos',),
        disk_formats='raw,iso',
        image_format='raw',
        token_seconds=300,
        page=3,
        absent=('swift',),
        flavors=(('c2-7', 7000, 2, 50), ('c2-15', 15000, 4, 100), ('s1-2', 2000, 1, 10)),
    ),
}
