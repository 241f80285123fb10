# SPDX-License-Identifier: Apache-2.0
"""What the networks of a place are for: which lead outside, and whether a server needs a floating IP.

shade's rules, with its three habits left out that are wrong in a server: nothing is probed, this machine's own addresses
don't matter, and one failed call is not remembered as "no networks".
"""

import functools
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from oaktreemodel import v1 as pb

from oaktree import errors
from oaktree.resource import Snapshot

if TYPE_CHECKING:
    from openstack.config.cloud_region import CloudRegion


CHOSEN = {(True, 4): 'public_v4', (True, 6): 'public_v6', (False, 4): 'private_v4'}
"""Whether an address is public, and its version -> the field of the server for the first such."""


@dataclass(frozen=True)
class Addressing:
    """The networks of a place, sorted by what they are for. Unknown ones count as private."""

    public: tuple[pb.Network, ...] = ()
    """A server on one of these can be reached from outside."""
    private: tuple[pb.Network, ...] = ()
    """A server on one of these can't, unless it has a floating IP."""
    floating: tuple[pb.Network, ...] = ()
    """Floating IPs come from these."""
    requires_floating_ip: bool = False
    attaches_floating_ips: bool = False
    """Whether a server without a public address is given a floating IP; not where ``clouds.yaml`` says that it needs none."""
    can_claim: bool = False
    """Whether a change can be tied to what was read (``If-Match``), and floating IPs have tags: see ``claims.py``."""
    default: str = ''
    """The network that ``clouds.yaml`` says servers are to use."""
    nat_destination: str = ''
    """The network that ``clouds.yaml`` says floating IPs lead to."""
    default_interface: str = ''
    """The network that ``clouds.yaml`` says is a server's own."""
    as_of: float = 0.0
    """When the networks were read, in seconds since the epoch."""

    def tell(self, server: dict[str, Any]) -> None:
        """Say of each address whether it is public, put those first, and fill the server's chosen addresses.

        :param server: what its message is going to be made of.
        """
        addresses = server.get('addresses', [])
        for address in addresses:
            address['is_public'] = address['floating'] or address['network'] in self._public_names
        addresses.sort(key=_rank)
        for address in addresses:
            field = CHOSEN.get((address['is_public'], address['ip_version']))
            if field and not server.get(field):
                server[field] = address['ip']

    @functools.cached_property
    def _public_names(self) -> frozenset[str]:
        return frozenset(network.name for network in self.public)

    def choose(self, auto_ip: bool, field: str = 'networks') -> pb.Network:
        """The network for a server whose caller names none.

        :param auto_ip: whether it is to be reached from outside.
        :param field: the field of the request that could name one, for the error.
        :raises errors.Failure: where there is none, or no reason to prefer one.
        """
        candidates = self.public if auto_ip and self.public else self.private or self.public
        if self.default and (named := [n for n in candidates if self.default in (n.id, n.name)]):
            return named[0]
        if len(candidates) == 1:
            return candidates[0]
        if not candidates:
            raise errors.Failure(errors.Code.FAILED_PRECONDITION, 'NO_NETWORK',
                                 f'{field}: this project has no network that a server could be put on.')  # fmt: skip
        names = ', '.join(sorted(network.name for network in candidates))
        raise errors.invalid(field, f'name one of them, there are several: {names}', 'MULTIPLE_NETWORKS')


TAGS = frozenset({'standard-attr-tag', 'tag-ext'})
"""Extensions that give tags to floating IPs."""


def _rank(address: Mapping[str, Any]) -> tuple[bool, bool, int]:
    return not address['is_public'], not address['floating'], address['ip_version'] or 0


def classify(networks: Snapshot, extensions: Collection[str], region: 'CloudRegion') -> Addressing:
    """Sort networks by what ``clouds.yaml`` says of them, or else by what they look like.

    * External networks give floating IPs, where there are routers. Servers can be put on one only if it is shared, too.
    * Where there are no routers at all, shared networks are the provider's, and lead outside.
    * Where ``requires_floating_ip`` is false, so do all others.

    https://docs.openstack.org/openstacksdk/latest/user/config/network-config.html
    """
    # By name or id, as in openstacksdk.
    said_public, said_private = (
        {network.id for network in networks.items if not {network.id, network.name}.isdisjoint(said)}
        for said in (region.get_external_networks(), region.get_internal_networks())
    )
    routers = 'router' in extensions and str(region.config.get('floating_ip_source')).lower() != 'none'
    needs = region.requires_floating_ip()
    public, private = [], []
    for network in networks.items:
        if network.external and not network.shared and network.id not in said_private:
            continue
        leads_out = network.external or (not routers and network.shared) or needs is False
        if network.id in said_public or (leads_out and network.id not in said_private):
            public.append(network)
        else:
            private.append(network)
    floating = [n for n in networks.items if n.external and n.id not in said_private] if routers else []
    floating.sort(key=lambda network: (region.get_nat_source() not in (network.id, network.name), network.name))
    return Addressing(
        public=tuple(public),
        private=tuple(private),
        floating=tuple(floating),
        requires_floating_ip=bool(floating) and not public if needs is None else needs,
        attaches_floating_ips=bool(floating) and needs is not False,
        can_claim='revision-if-match' in extensions and any(alias in extensions for alias in TAGS),
        default=region.get_default_network() or region.get_nat_destination() or '',
        nat_destination=region.get_nat_destination() or '',
        default_interface=region.get_default_network() or '',
        as_of=networks.as_of,
    )
