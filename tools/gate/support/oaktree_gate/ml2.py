# SPDX-License-Identifier: Apache-2.0
"""Bind every port on every host and call it active at once: there are no agents here to wait for."""

from neutron_lib import constants
from neutron_lib.api.definitions import portbindings
from neutron_lib.callbacks import events, registry, resources
from neutron_lib.plugins.ml2 import api
from neutron_lib.services.trunk import constants as trunk_constants
from oslo_config import cfg


def trunk_driver():
    """The trunk plug-in refuses to start without a driver that says it is loaded."""
    from neutron.services.trunk.drivers import base

    class GateTrunkDriver(base.DriverBase):
        @property
        def is_loaded(self):
            return True

        @registry.receives(resources.TRUNK_PLUGIN, [events.AFTER_INIT])
        def register(self, resource, event, trigger, payload=None):
            super().register(resource, event, trigger, payload=payload)
            registry.subscribe(self.activate, resources.TRUNK, events.AFTER_CREATE)

        def activate(self, resource, event, trigger, payload):
            payload.states[0].update(status=trunk_constants.TRUNK_ACTIVE_STATUS)

    return GateTrunkDriver(
        'oaktree_gate',
        (portbindings.VIF_TYPE_OVS,),
        (trunk_constants.SEGMENTATION_TYPE_VLAN,),
        agent_type=None,
        can_trunk_bound_port=True,
    )


class GateMechanismDriver(api.MechanismDriver):
    @property
    def connectivity(self):
        return portbindings.CONNECTIVITY_L2

    def initialize(self):
        """Stand in for the agents of those plug-ins that this cloud has, and leave the others unloaded."""
        if 'router' in cfg.CONF.service_plugins:
            from oaktree_gate import l3

            l3.patch()
        if 'trunk' in cfg.CONF.service_plugins:
            self.trunk = trunk_driver()  # kept: the registry holds its subscribers weakly

    def bind_port(self, context):
        details = {
            portbindings.CAP_PORT_FILTER: True,
            portbindings.OVS_HYBRID_PLUG: False,
            portbindings.VIF_DETAILS_CONNECTIVITY: portbindings.CONNECTIVITY_L2,
        }
        for segment in context.segments_to_bind[:1]:
            context.set_binding(segment[api.ID], portbindings.VIF_TYPE_OVS, details, status=constants.PORT_STATUS_ACTIVE)
