# SPDX-License-Identifier: Apache-2.0
"""Report what an L3 agent would: the status of floating IPs, and the host of a router's ports.

Neutron's own plug-in is patched in place. A second service plug-in would not do: port_forwarding requires the alias
"router", so Neutron would load both, and with two driver controllers no router could be created.
"""

from neutron.services.l3_router import l3_router_plugin
from neutron_lib import constants, context
from neutron_lib.api.definitions import portbindings
from neutron_lib.plugins import directory
from oslo_config import cfg

ROUTER_PORTS = (*constants.ROUTER_INTERFACE_OWNERS, constants.DEVICE_OWNER_ROUTER_GW)


def report(plugin, floating_ip):
    """A floating IP is active as long as it has a port."""
    status = constants.FLOATINGIP_STATUS_ACTIVE if floating_ip.get('port_id') else constants.FLOATINGIP_STATUS_DOWN
    if floating_ip['status'] != status:
        plugin.update_floatingip_status(context.get_admin_context(), floating_ip['id'], status)
        floating_ip['status'] = status
    return floating_ip


def bind_ports(router_id):
    """A port is bound, and so gets active, once it has a host."""
    admin, core = context.get_admin_context(), directory.get_plugin()
    for port in core.get_ports(admin, filters={'device_id': [router_id], 'device_owner': ROUTER_PORTS}):
        if not port.get(portbindings.HOST_ID):
            core.update_port(admin, port['id'], {'port': {portbindings.HOST_ID: cfg.CONF.host}})


def wrap(name):
    """Replace a method of the plug-in by one that is handed the original."""

    def decorate(function):
        plugin = l3_router_plugin.L3RouterPlugin
        original = getattr(plugin, name)
        setattr(plugin, name, lambda self, *args, **kw: function(original, self, *args, **kw))
        return function

    return decorate


def patch():
    @wrap('create_floatingip')
    @wrap('update_floatingip')
    def reported(original, self, *args, **kw):
        return report(self, original(self, *args, **kw))

    @wrap('disassociate_floatingips')
    def disassociate_floatingips(original, self, context_, port_id, *args, **kw):
        admin = context.get_admin_context()
        ids = [f['id'] for f in self.get_floatingips(admin, filters={'port_id': [port_id]})]
        result = original(self, context_, port_id, *args, **kw)
        for id_ in ids:
            # In the caller's transaction: another one would wait for the end of this one, which waits for it.
            self.update_floatingip_status(context_.elevated(), id_, constants.FLOATINGIP_STATUS_DOWN)
        return result

    @wrap('create_router')
    def create_router(original, self, *args, **kw):
        router = original(self, *args, **kw)
        bind_ports(router['id'])
        return router

    @wrap('update_router')
    @wrap('add_router_interface')
    def changed_router(original, self, context_, router_id, *args, **kw):
        result = original(self, context_, router_id, *args, **kw)
        bind_ports(router_id)
        return result
