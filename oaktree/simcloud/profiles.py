# SPDX-License-Identifier: Apache-2.0
"""The two kinds of cloud, which differ as vendors do; the same as tools/gate runs with real services."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Profile:
    """What a cloud of this kind offers, and what it looks like at the start."""

    region: str
    page: int
    """The most that Nova, Glance and Neutron put into one page."""
    token_seconds: float
    routers: bool
    """Private networks with routers and floating IPs; without it servers sit on a shared provider network."""
    dhcp: bool
    load_balancers: bool
    object_store: bool
    disk_formats: tuple[str, ...]
    flavors: tuple[tuple[str, int, int, int], ...]
    """Name, MiB of RAM, VCPUs, GiB of disk."""
    extensions: tuple[str, ...]
    volume_types: tuple[str, ...]
    """The first is the default."""


ALL_FORMATS = ('ami', 'ari', 'aki', 'vhd', 'vhdx', 'vmdk', 'raw', 'qcow2', 'vdi', 'iso', 'ploop')

COMMON = """aap-reject-multicast address-group address-scope agent agent-resources-synced agent_sort_key
    allowed-address-pairs availability_zone availability_zone_filter binding binding-extended
    default-subnetpools empty-string-filtering external-net extra_dhcp_opt filter-validation flavors
    ip-substring-filtering multi-provider net-mtu net-mtu-writable network-ip-availability
    network-ip-availability-details network_availability_zone pagination port-device-profile
    port-mac-address-regenerate port-mac-override port-numa-affinity-policy port-numa-affinity-policy-socket
    port-resource-request port-resource-request-groups port-security port-security-groups-filtering project-id
    provider qinq qos qos-bw-limit-direction qos-bw-minimum-ingress qos-default qos-port-network-policy
    qos-pps qos-pps-minimum qos-pps-minimum-rule-alias qos-rule-type-details qos-rule-type-filter
    qos-rules-alias quota-check-limit quota-check-limit-default quota_details quotas rbac-address-group
    rbac-address-scope rbac-policies rbac-security-groups rbac-subnetpool revision-if-match security-group
    security-groups-default-rules security-groups-default-statefulness security-groups-normalized-cidr
    security-groups-remote-address-group security-groups-rules-belongs-to-default-sg
    security-groups-shared-filtering service-type sorting standard-attr-description standard-attr-revisions
    standard-attr-tag standard-attr-timestamp stateful-security-group subnet-external-network
    subnet-service-types subnet_allocation subnet_onboard subnetpool-prefix-ops tag-creation vlan-transparent"""
COMMON_EXTENSIONS = tuple(COMMON.split())
ROUTED = """auto-allocated-topology dns-domain-ports dns-integration dvr expose-port-forwarding-in-fip ext-gw-mode
    extraroute extraroute-atomic fip-port-details floating-ip-port-forwarding
    floating-ip-port-forwarding-description floating-ip-port-forwarding-detail
    floating-ip-port-forwarding-port-ranges floating-ip-router-writable floatingip-pools ip_allocation
    l2_adjacency l3-flavors l3-ha l3-port-ip-change-not-allowed l3_agent_scheduler network_ha qos-fip
    qos-gateway-ip router router-admin-state-down-before-update router_availability_zone segment
    segments-peer-subnet-host-routes standard-attr-segment subnet-segmentid-writable trunk trunk-details"""
ROUTER_EXTENSIONS = tuple(ROUTED.split())

PROFILES = {
    'floating': Profile(
        region='RegionOne',
        page=1000,
        token_seconds=3600,
        routers=True,
        dhcp=False,
        load_balancers=True,
        object_store=True,
        disk_formats=ALL_FORMATS,
        flavors=(('m1.tiny', 512, 1, 1), ('m1.small', 2048, 1, 20), ('m1.medium', 4096, 2, 40), ('m1.large', 8192, 4, 80)),
        extensions=tuple(sorted(COMMON_EXTENSIONS + ROUTER_EXTENSIONS)),
        volume_types=('__DEFAULT__', 'fast', 'shared'),
    ),
    'direct': Profile(
        region='north-2',
        page=3,
        token_seconds=300,
        routers=False,
        dhcp=True,
        load_balancers=False,
        object_store=False,
        disk_formats=('raw', 'iso'),
        flavors=(('c2-7', 7000, 2, 50), ('c2-15', 15000, 4, 100), ('s1-2', 2000, 1, 10)),
        extensions=COMMON_EXTENSIONS,
        volume_types=('classic', 'high-speed'),
    ),
}
