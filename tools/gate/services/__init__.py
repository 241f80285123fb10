# SPDX-License-Identifier: Apache-2.0
"""The OpenStack services the gate can run, in the order they are started."""

from services.core import Glance, Keystone, Neutron, Nova, Placement
from services.more import Designate, Heat, Octavia
from services.storage import Cinder, Swift

SERVICES = {s.name: s for s in (Keystone, Glance, Placement, Nova, Neutron, Cinder, Swift, Heat, Designate, Octavia)}
DEFAULT = ('keystone', 'glance', 'placement', 'nova', 'neutron')
