# mypy: disable-error-code="type-arg"
import datetime

from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import field_mask_pb2 as _field_mask_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from oaktreemodel.v1 import address_group_pb2 as _address_group_pb2
from oaktreemodel.v1 import address_scope_pb2 as _address_scope_pb2
from oaktreemodel.v1 import floating_ip_pb2 as _floating_ip_pb2
from oaktreemodel.v1 import location_pb2 as _location_pb2
from oaktreemodel.v1 import network_pb2 as _network_pb2
from oaktreemodel.v1 import network_quotas_pb2 as _network_quotas_pb2
from oaktreemodel.v1 import port_pb2 as _port_pb2
from oaktreemodel.v1 import port_forwarding_pb2 as _port_forwarding_pb2
from oaktreemodel.v1 import rbac_policy_pb2 as _rbac_policy_pb2
from oaktreemodel.v1 import router_pb2 as _router_pb2
from oaktreemodel.v1 import security_group_pb2 as _security_group_pb2
from oaktreemodel.v1 import server_pb2 as _server_pb2
from oaktreemodel.v1 import subnet_pb2 as _subnet_pb2
from oaktreemodel.v1 import subnet_pool_pb2 as _subnet_pool_pb2
from oaktreemodel.v1 import trunk_pb2 as _trunk_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ListNetworksRequest(_message.Message):
    __slots__ = ("location", "name_or_id", "jmespath", "filter", "page_size", "page_token", "max_age", "return_partial_success")
    class FilterEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    NAME_OR_ID_FIELD_NUMBER: _ClassVar[int]
    JMESPATH_FIELD_NUMBER: _ClassVar[int]
    FILTER_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    MAX_AGE_FIELD_NUMBER: _ClassVar[int]
    RETURN_PARTIAL_SUCCESS_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    name_or_id: str
    jmespath: str
    filter: _containers.ScalarMap[str, str]
    page_size: int
    page_token: str
    max_age: _duration_pb2.Duration
    return_partial_success: bool
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., name_or_id: _Optional[str] = ..., jmespath: _Optional[str] = ..., filter: _Optional[_Mapping[str, str]] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., max_age: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., return_partial_success: bool = ...) -> None: ...

class ListNetworksResponse(_message.Message):
    __slots__ = ("networks", "next_page_token", "unreachable", "as_of")
    NETWORKS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    UNREACHABLE_FIELD_NUMBER: _ClassVar[int]
    AS_OF_FIELD_NUMBER: _ClassVar[int]
    networks: _containers.RepeatedCompositeFieldContainer[_network_pb2.Network]
    next_page_token: str
    unreachable: _containers.RepeatedCompositeFieldContainer[_location_pb2.Unreachable]
    as_of: _timestamp_pb2.Timestamp
    def __init__(self, networks: _Optional[_Iterable[_Union[_network_pb2.Network, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., unreachable: _Optional[_Iterable[_Union[_location_pb2.Unreachable, _Mapping]]] = ..., as_of: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class GetNetworkRequest(_message.Message):
    __slots__ = ("location", "name_or_id", "max_age")
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    NAME_OR_ID_FIELD_NUMBER: _ClassVar[int]
    MAX_AGE_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    name_or_id: str
    max_age: _duration_pb2.Duration
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., name_or_id: _Optional[str] = ..., max_age: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class GetNetworkResponse(_message.Message):
    __slots__ = ("network", "as_of")
    NETWORK_FIELD_NUMBER: _ClassVar[int]
    AS_OF_FIELD_NUMBER: _ClassVar[int]
    network: _network_pb2.Network
    as_of: _timestamp_pb2.Timestamp
    def __init__(self, network: _Optional[_Union[_network_pb2.Network, _Mapping]] = ..., as_of: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class CreateNetworkRequest(_message.Message):
    __slots__ = ("location", "name", "description", "admin_state_up", "shared", "external", "port_security_enabled", "mtu_bytes", "dns_domain", "availability_zone_hints", "tags", "request_id")
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    ADMIN_STATE_UP_FIELD_NUMBER: _ClassVar[int]
    SHARED_FIELD_NUMBER: _ClassVar[int]
    EXTERNAL_FIELD_NUMBER: _ClassVar[int]
    PORT_SECURITY_ENABLED_FIELD_NUMBER: _ClassVar[int]
    MTU_BYTES_FIELD_NUMBER: _ClassVar[int]
    DNS_DOMAIN_FIELD_NUMBER: _ClassVar[int]
    AVAILABILITY_ZONE_HINTS_FIELD_NUMBER: _ClassVar[int]
    TAGS_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    name: str
    description: str
    admin_state_up: bool
    shared: bool
    external: bool
    port_security_enabled: bool
    mtu_bytes: int
    dns_domain: str
    availability_zone_hints: _containers.RepeatedScalarFieldContainer[str]
    tags: _containers.RepeatedScalarFieldContainer[str]
    request_id: str
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., name: _Optional[str] = ..., description: _Optional[str] = ..., admin_state_up: bool = ..., shared: bool = ..., external: bool = ..., port_security_enabled: bool = ..., mtu_bytes: _Optional[int] = ..., dns_domain: _Optional[str] = ..., availability_zone_hints: _Optional[_Iterable[str]] = ..., tags: _Optional[_Iterable[str]] = ..., request_id: _Optional[str] = ...) -> None: ...

class CreateNetworkResponse(_message.Message):
    __slots__ = ("network",)
    NETWORK_FIELD_NUMBER: _ClassVar[int]
    network: _network_pb2.Network
    def __init__(self, network: _Optional[_Union[_network_pb2.Network, _Mapping]] = ...) -> None: ...

class UpdateNetworkRequest(_message.Message):
    __slots__ = ("location", "name_or_id", "name", "description", "admin_state_up", "shared", "external", "port_security_enabled", "mtu_bytes", "dns_domain", "tags", "update_mask", "request_id")
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    NAME_OR_ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    ADMIN_STATE_UP_FIELD_NUMBER: _ClassVar[int]
    SHARED_FIELD_NUMBER: _ClassVar[int]
    EXTERNAL_FIELD_NUMBER: _ClassVar[int]
    PORT_SECURITY_ENABLED_FIELD_NUMBER: _ClassVar[int]
    MTU_BYTES_FIELD_NUMBER: _ClassVar[int]
    DNS_DOMAIN_FIELD_NUMBER: _ClassVar[int]
    TAGS_FIELD_NUMBER: _ClassVar[int]
    UPDATE_MASK_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    name_or_id: str
    name: str
    description: str
    admin_state_up: bool
    shared: bool
    external: bool
    port_security_enabled: bool
    mtu_bytes: int
    dns_domain: str
    tags: _containers.RepeatedScalarFieldContainer[str]
    update_mask: _field_mask_pb2.FieldMask
    request_id: str
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., name_or_id: _Optional[str] = ..., name: _Optional[str] = ..., description: _Optional[str] = ..., admin_state_up: bool = ..., shared: bool = ..., external: bool = ..., port_security_enabled: bool = ..., mtu_bytes: _Optional[int] = ..., dns_domain: _Optional[str] = ..., tags: _Optional[_Iterable[str]] = ..., update_mask: _Optional[_Union[_field_mask_pb2.FieldMask, _Mapping]] = ..., request_id: _Optional[str] = ...) -> None: ...

class UpdateNetworkResponse(_message.Message):
    __slots__ = ("network",)
    NETWORK_FIELD_NUMBER: _ClassVar[int]
    network: _network_pb2.Network
    def __init__(self, network: _Optional[_Union[_network_pb2.Network, _Mapping]] = ...) -> None: ...

class DeleteNetworkRequest(_message.Message):
    __slots__ = ("location", "name_or_id", "request_id")
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    NAME_OR_ID_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    name_or_id: str
    request_id: str
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., name_or_id: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class DeleteNetworkResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ListSubnetsRequest(_message.Message):
    __slots__ = ("location", "name_or_id", "jmespath", "filter", "page_size", "page_token", "max_age", "return_partial_success")
    class FilterEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    NAME_OR_ID_FIELD_NUMBER: _ClassVar[int]
    JMESPATH_FIELD_NUMBER: _ClassVar[int]
    FILTER_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    MAX_AGE_FIELD_NUMBER: _ClassVar[int]
    RETURN_PARTIAL_SUCCESS_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    name_or_id: str
    jmespath: str
    filter: _containers.ScalarMap[str, str]
    page_size: int
    page_token: str
    max_age: _duration_pb2.Duration
    return_partial_success: bool
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., name_or_id: _Optional[str] = ..., jmespath: _Optional[str] = ..., filter: _Optional[_Mapping[str, str]] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., max_age: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., return_partial_success: bool = ...) -> None: ...

class ListSubnetsResponse(_message.Message):
    __slots__ = ("subnets", "next_page_token", "unreachable", "as_of")
    SUBNETS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    UNREACHABLE_FIELD_NUMBER: _ClassVar[int]
    AS_OF_FIELD_NUMBER: _ClassVar[int]
    subnets: _containers.RepeatedCompositeFieldContainer[_subnet_pb2.Subnet]
    next_page_token: str
    unreachable: _containers.RepeatedCompositeFieldContainer[_location_pb2.Unreachable]
    as_of: _timestamp_pb2.Timestamp
    def __init__(self, subnets: _Optional[_Iterable[_Union[_subnet_pb2.Subnet, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., unreachable: _Optional[_Iterable[_Union[_location_pb2.Unreachable, _Mapping]]] = ..., as_of: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class GetSubnetRequest(_message.Message):
    __slots__ = ("location", "name_or_id", "max_age")
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    NAME_OR_ID_FIELD_NUMBER: _ClassVar[int]
    MAX_AGE_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    name_or_id: str
    max_age: _duration_pb2.Duration
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., name_or_id: _Optional[str] = ..., max_age: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class GetSubnetResponse(_message.Message):
    __slots__ = ("subnet", "as_of")
    SUBNET_FIELD_NUMBER: _ClassVar[int]
    AS_OF_FIELD_NUMBER: _ClassVar[int]
    subnet: _subnet_pb2.Subnet
    as_of: _timestamp_pb2.Timestamp
    def __init__(self, subnet: _Optional[_Union[_subnet_pb2.Subnet, _Mapping]] = ..., as_of: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class CreateSubnetRequest(_message.Message):
    __slots__ = ("location", "name", "network", "cidr", "ip_version", "gateway_ip", "no_gateway", "dhcp_enabled", "dns_nameservers", "allocation_pools", "host_routes", "ipv6_address_mode", "ipv6_ra_mode", "subnet_pool", "prefix_length", "use_default_subnet_pool", "description", "tags", "request_id")
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    NETWORK_FIELD_NUMBER: _ClassVar[int]
    CIDR_FIELD_NUMBER: _ClassVar[int]
    IP_VERSION_FIELD_NUMBER: _ClassVar[int]
    GATEWAY_IP_FIELD_NUMBER: _ClassVar[int]
    NO_GATEWAY_FIELD_NUMBER: _ClassVar[int]
    DHCP_ENABLED_FIELD_NUMBER: _ClassVar[int]
    DNS_NAMESERVERS_FIELD_NUMBER: _ClassVar[int]
    ALLOCATION_POOLS_FIELD_NUMBER: _ClassVar[int]
    HOST_ROUTES_FIELD_NUMBER: _ClassVar[int]
    IPV6_ADDRESS_MODE_FIELD_NUMBER: _ClassVar[int]
    IPV6_RA_MODE_FIELD_NUMBER: _ClassVar[int]
    SUBNET_POOL_FIELD_NUMBER: _ClassVar[int]
    PREFIX_LENGTH_FIELD_NUMBER: _ClassVar[int]
    USE_DEFAULT_SUBNET_POOL_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    TAGS_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    name: str
    network: str
    cidr: str
    ip_version: int
    gateway_ip: str
    no_gateway: bool
    dhcp_enabled: bool
    dns_nameservers: _containers.RepeatedScalarFieldContainer[str]
    allocation_pools: _containers.RepeatedCompositeFieldContainer[_subnet_pb2.AllocationPool]
    host_routes: _containers.RepeatedCompositeFieldContainer[_subnet_pb2.HostRoute]
    ipv6_address_mode: str
    ipv6_ra_mode: str
    subnet_pool: str
    prefix_length: int
    use_default_subnet_pool: bool
    description: str
    tags: _containers.RepeatedScalarFieldContainer[str]
    request_id: str
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., name: _Optional[str] = ..., network: _Optional[str] = ..., cidr: _Optional[str] = ..., ip_version: _Optional[int] = ..., gateway_ip: _Optional[str] = ..., no_gateway: bool = ..., dhcp_enabled: bool = ..., dns_nameservers: _Optional[_Iterable[str]] = ..., allocation_pools: _Optional[_Iterable[_Union[_subnet_pb2.AllocationPool, _Mapping]]] = ..., host_routes: _Optional[_Iterable[_Union[_subnet_pb2.HostRoute, _Mapping]]] = ..., ipv6_address_mode: _Optional[str] = ..., ipv6_ra_mode: _Optional[str] = ..., subnet_pool: _Optional[str] = ..., prefix_length: _Optional[int] = ..., use_default_subnet_pool: bool = ..., description: _Optional[str] = ..., tags: _Optional[_Iterable[str]] = ..., request_id: _Optional[str] = ...) -> None: ...

class CreateSubnetResponse(_message.Message):
    __slots__ = ("subnet",)
    SUBNET_FIELD_NUMBER: _ClassVar[int]
    subnet: _subnet_pb2.Subnet
    def __init__(self, subnet: _Optional[_Union[_subnet_pb2.Subnet, _Mapping]] = ...) -> None: ...

class UpdateSubnetRequest(_message.Message):
    __slots__ = ("location", "name_or_id", "name", "description", "gateway_ip", "dhcp_enabled", "dns_nameservers", "allocation_pools", "host_routes", "tags", "update_mask", "request_id")
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    NAME_OR_ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    GATEWAY_IP_FIELD_NUMBER: _ClassVar[int]
    DHCP_ENABLED_FIELD_NUMBER: _ClassVar[int]
    DNS_NAMESERVERS_FIELD_NUMBER: _ClassVar[int]
    ALLOCATION_POOLS_FIELD_NUMBER: _ClassVar[int]
    HOST_ROUTES_FIELD_NUMBER: _ClassVar[int]
    TAGS_FIELD_NUMBER: _ClassVar[int]
    UPDATE_MASK_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    name_or_id: str
    name: str
    description: str
    gateway_ip: str
    dhcp_enabled: bool
    dns_nameservers: _containers.RepeatedScalarFieldContainer[str]
    allocation_pools: _containers.RepeatedCompositeFieldContainer[_subnet_pb2.AllocationPool]
    host_routes: _containers.RepeatedCompositeFieldContainer[_subnet_pb2.HostRoute]
    tags: _containers.RepeatedScalarFieldContainer[str]
    update_mask: _field_mask_pb2.FieldMask
    request_id: str
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., name_or_id: _Optional[str] = ..., name: _Optional[str] = ..., description: _Optional[str] = ..., gateway_ip: _Optional[str] = ..., dhcp_enabled: bool = ..., dns_nameservers: _Optional[_Iterable[str]] = ..., allocation_pools: _Optional[_Iterable[_Union[_subnet_pb2.AllocationPool, _Mapping]]] = ..., host_routes: _Optional[_Iterable[_Union[_subnet_pb2.HostRoute, _Mapping]]] = ..., tags: _Optional[_Iterable[str]] = ..., update_mask: _Optional[_Union[_field_mask_pb2.FieldMask, _Mapping]] = ..., request_id: _Optional[str] = ...) -> None: ...

class UpdateSubnetResponse(_message.Message):
    __slots__ = ("subnet",)
    SUBNET_FIELD_NUMBER: _ClassVar[int]
    subnet: _subnet_pb2.Subnet
    def __init__(self, subnet: _Optional[_Union[_subnet_pb2.Subnet, _Mapping]] = ...) -> None: ...

class DeleteSubnetRequest(_message.Message):
    __slots__ = ("location", "name_or_id", "request_id")
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    NAME_OR_ID_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    name_or_id: str
    request_id: str
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., name_or_id: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class DeleteSubnetResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ListPortsRequest(_message.Message):
    __slots__ = ("location", "name_or_id", "jmespath", "filter", "page_size", "page_token", "max_age", "return_partial_success")
    class FilterEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    NAME_OR_ID_FIELD_NUMBER: _ClassVar[int]
    JMESPATH_FIELD_NUMBER: _ClassVar[int]
    FILTER_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    MAX_AGE_FIELD_NUMBER: _ClassVar[int]
    RETURN_PARTIAL_SUCCESS_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    name_or_id: str
    jmespath: str
    filter: _containers.ScalarMap[str, str]
    page_size: int
    page_token: str
    max_age: _duration_pb2.Duration
    return_partial_success: bool
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., name_or_id: _Optional[str] = ..., jmespath: _Optional[str] = ..., filter: _Optional[_Mapping[str, str]] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., max_age: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., return_partial_success: bool = ...) -> None: ...

class ListPortsResponse(_message.Message):
    __slots__ = ("ports", "next_page_token", "unreachable", "as_of")
    PORTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    UNREACHABLE_FIELD_NUMBER: _ClassVar[int]
    AS_OF_FIELD_NUMBER: _ClassVar[int]
    ports: _containers.RepeatedCompositeFieldContainer[_port_pb2.Port]
    next_page_token: str
    unreachable: _containers.RepeatedCompositeFieldContainer[_location_pb2.Unreachable]
    as_of: _timestamp_pb2.Timestamp
    def __init__(self, ports: _Optional[_Iterable[_Union[_port_pb2.Port, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., unreachable: _Optional[_Iterable[_Union[_location_pb2.Unreachable, _Mapping]]] = ..., as_of: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class GetPortRequest(_message.Message):
    __slots__ = ("location", "name_or_id", "max_age")
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    NAME_OR_ID_FIELD_NUMBER: _ClassVar[int]
    MAX_AGE_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    name_or_id: str
    max_age: _duration_pb2.Duration
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., name_or_id: _Optional[str] = ..., max_age: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class GetPortResponse(_message.Message):
    __slots__ = ("port", "as_of")
    PORT_FIELD_NUMBER: _ClassVar[int]
    AS_OF_FIELD_NUMBER: _ClassVar[int]
    port: _port_pb2.Port
    as_of: _timestamp_pb2.Timestamp
    def __init__(self, port: _Optional[_Union[_port_pb2.Port, _Mapping]] = ..., as_of: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class FixedIpRequest(_message.Message):
    __slots__ = ("subnet", "ip_address")
    SUBNET_FIELD_NUMBER: _ClassVar[int]
    IP_ADDRESS_FIELD_NUMBER: _ClassVar[int]
    subnet: str
    ip_address: str
    def __init__(self, subnet: _Optional[str] = ..., ip_address: _Optional[str] = ...) -> None: ...

class CreatePortRequest(_message.Message):
    __slots__ = ("location", "name", "network", "description", "admin_state_up", "mac_address", "fixed_ips", "no_fixed_ips", "security_groups", "no_security_groups", "allowed_address_pairs", "extra_dhcp_options", "port_security_enabled", "device_id", "device_owner", "vnic_type", "dns_name", "dns_domain", "tags", "request_id")
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    NETWORK_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    ADMIN_STATE_UP_FIELD_NUMBER: _ClassVar[int]
    MAC_ADDRESS_FIELD_NUMBER: _ClassVar[int]
    FIXED_IPS_FIELD_NUMBER: _ClassVar[int]
    NO_FIXED_IPS_FIELD_NUMBER: _ClassVar[int]
    SECURITY_GROUPS_FIELD_NUMBER: _ClassVar[int]
    NO_SECURITY_GROUPS_FIELD_NUMBER: _ClassVar[int]
    ALLOWED_ADDRESS_PAIRS_FIELD_NUMBER: _ClassVar[int]
    EXTRA_DHCP_OPTIONS_FIELD_NUMBER: _ClassVar[int]
    PORT_SECURITY_ENABLED_FIELD_NUMBER: _ClassVar[int]
    DEVICE_ID_FIELD_NUMBER: _ClassVar[int]
    DEVICE_OWNER_FIELD_NUMBER: _ClassVar[int]
    VNIC_TYPE_FIELD_NUMBER: _ClassVar[int]
    DNS_NAME_FIELD_NUMBER: _ClassVar[int]
    DNS_DOMAIN_FIELD_NUMBER: _ClassVar[int]
    TAGS_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    name: str
    network: str
    description: str
    admin_state_up: bool
    mac_address: str
    fixed_ips: _containers.RepeatedCompositeFieldContainer[FixedIpRequest]
    no_fixed_ips: bool
    security_groups: _containers.RepeatedScalarFieldContainer[str]
    no_security_groups: bool
    allowed_address_pairs: _containers.RepeatedCompositeFieldContainer[_port_pb2.AllowedAddressPair]
    extra_dhcp_options: _containers.RepeatedCompositeFieldContainer[_port_pb2.DhcpOption]
    port_security_enabled: bool
    device_id: str
    device_owner: str
    vnic_type: str
    dns_name: str
    dns_domain: str
    tags: _containers.RepeatedScalarFieldContainer[str]
    request_id: str
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., name: _Optional[str] = ..., network: _Optional[str] = ..., description: _Optional[str] = ..., admin_state_up: bool = ..., mac_address: _Optional[str] = ..., fixed_ips: _Optional[_Iterable[_Union[FixedIpRequest, _Mapping]]] = ..., no_fixed_ips: bool = ..., security_groups: _Optional[_Iterable[str]] = ..., no_security_groups: bool = ..., allowed_address_pairs: _Optional[_Iterable[_Union[_port_pb2.AllowedAddressPair, _Mapping]]] = ..., extra_dhcp_options: _Optional[_Iterable[_Union[_port_pb2.DhcpOption, _Mapping]]] = ..., port_security_enabled: bool = ..., device_id: _Optional[str] = ..., device_owner: _Optional[str] = ..., vnic_type: _Optional[str] = ..., dns_name: _Optional[str] = ..., dns_domain: _Optional[str] = ..., tags: _Optional[_Iterable[str]] = ..., request_id: _Optional[str] = ...) -> None: ...

class CreatePortResponse(_message.Message):
    __slots__ = ("port",)
    PORT_FIELD_NUMBER: _ClassVar[int]
    port: _port_pb2.Port
    def __init__(self, port: _Optional[_Union[_port_pb2.Port, _Mapping]] = ...) -> None: ...

class UpdatePortRequest(_message.Message):
    __slots__ = ("location", "name_or_id", "name", "description", "admin_state_up", "mac_address", "fixed_ips", "security_groups", "allowed_address_pairs", "extra_dhcp_options", "port_security_enabled", "device_id", "device_owner", "vnic_type", "dns_name", "dns_domain", "tags", "update_mask", "request_id")
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    NAME_OR_ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    ADMIN_STATE_UP_FIELD_NUMBER: _ClassVar[int]
    MAC_ADDRESS_FIELD_NUMBER: _ClassVar[int]
    FIXED_IPS_FIELD_NUMBER: _ClassVar[int]
    SECURITY_GROUPS_FIELD_NUMBER: _ClassVar[int]
    ALLOWED_ADDRESS_PAIRS_FIELD_NUMBER: _ClassVar[int]
    EXTRA_DHCP_OPTIONS_FIELD_NUMBER: _ClassVar[int]
    PORT_SECURITY_ENABLED_FIELD_NUMBER: _ClassVar[int]
    DEVICE_ID_FIELD_NUMBER: _ClassVar[int]
    DEVICE_OWNER_FIELD_NUMBER: _ClassVar[int]
    VNIC_TYPE_FIELD_NUMBER: _ClassVar[int]
    DNS_NAME_FIELD_NUMBER: _ClassVar[int]
    DNS_DOMAIN_FIELD_NUMBER: _ClassVar[int]
    TAGS_FIELD_NUMBER: _ClassVar[int]
    UPDATE_MASK_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    name_or_id: str
    name: str
    description: str
    admin_state_up: bool
    mac_address: str
    fixed_ips: _containers.RepeatedCompositeFieldContainer[FixedIpRequest]
    security_groups: _containers.RepeatedScalarFieldContainer[str]
    allowed_address_pairs: _containers.RepeatedCompositeFieldContainer[_port_pb2.AllowedAddressPair]
    extra_dhcp_options: _containers.RepeatedCompositeFieldContainer[_port_pb2.DhcpOption]
    port_security_enabled: bool
    device_id: str
    device_owner: str
    vnic_type: str
    dns_name: str
    dns_domain: str
    tags: _containers.RepeatedScalarFieldContainer[str]
    update_mask: _field_mask_pb2.FieldMask
    request_id: str
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., name_or_id: _Optional[str] = ..., name: _Optional[str] = ..., description: _Optional[str] = ..., admin_state_up: bool = ..., mac_address: _Optional[str] = ..., fixed_ips: _Optional[_Iterable[_Union[FixedIpRequest, _Mapping]]] = ..., security_groups: _Optional[_Iterable[str]] = ..., allowed_address_pairs: _Optional[_Iterable[_Union[_port_pb2.AllowedAddressPair, _Mapping]]] = ..., extra_dhcp_options: _Optional[_Iterable[_Union[_port_pb2.DhcpOption, _Mapping]]] = ..., port_security_enabled: bool = ..., device_id: _Optional[str] = ..., device_owner: _Optional[str] = ..., vnic_type: _Optional[str] = ..., dns_name: _Optional[str] = ..., dns_domain: _Optional[str] = ..., tags: _Optional[_Iterable[str]] = ..., update_mask: _Optional[_Union[_field_mask_pb2.FieldMask, _Mapping]] = ..., request_id: _Optional[str] = ...) -> None: ...

class UpdatePortResponse(_message.Message):
    __slots__ = ("port",)
    PORT_FIELD_NUMBER: _ClassVar[int]
    port: _port_pb2.Port
    def __init__(self, port: _Optional[_Union[_port_pb2.Port, _Mapping]] = ...) -> None: ...

class DeletePortRequest(_message.Message):
    __slots__ = ("location", "name_or_id", "request_id")
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    NAME_OR_ID_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    name_or_id: str
    request_id: str
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., name_or_id: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class DeletePortResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ListRoutersRequest(_message.Message):
    __slots__ = ("location", "name_or_id", "jmespath", "filter", "page_size", "page_token", "max_age", "return_partial_success")
    class FilterEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    NAME_OR_ID_FIELD_NUMBER: _ClassVar[int]
    JMESPATH_FIELD_NUMBER: _ClassVar[int]
    FILTER_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    MAX_AGE_FIELD_NUMBER: _ClassVar[int]
    RETURN_PARTIAL_SUCCESS_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    name_or_id: str
    jmespath: str
    filter: _containers.ScalarMap[str, str]
    page_size: int
    page_token: str
    max_age: _duration_pb2.Duration
    return_partial_success: bool
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., name_or_id: _Optional[str] = ..., jmespath: _Optional[str] = ..., filter: _Optional[_Mapping[str, str]] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., max_age: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., return_partial_success: bool = ...) -> None: ...

class ListRoutersResponse(_message.Message):
    __slots__ = ("routers", "next_page_token", "unreachable", "as_of")
    ROUTERS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    UNREACHABLE_FIELD_NUMBER: _ClassVar[int]
    AS_OF_FIELD_NUMBER: _ClassVar[int]
    routers: _containers.RepeatedCompositeFieldContainer[_router_pb2.Router]
    next_page_token: str
    unreachable: _containers.RepeatedCompositeFieldContainer[_location_pb2.Unreachable]
    as_of: _timestamp_pb2.Timestamp
    def __init__(self, routers: _Optional[_Iterable[_Union[_router_pb2.Router, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., unreachable: _Optional[_Iterable[_Union[_location_pb2.Unreachable, _Mapping]]] = ..., as_of: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class GetRouterRequest(_message.Message):
    __slots__ = ("location", "name_or_id", "max_age")
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    NAME_OR_ID_FIELD_NUMBER: _ClassVar[int]
    MAX_AGE_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    name_or_id: str
    max_age: _duration_pb2.Duration
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., name_or_id: _Optional[str] = ..., max_age: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class GetRouterResponse(_message.Message):
    __slots__ = ("router", "as_of")
    ROUTER_FIELD_NUMBER: _ClassVar[int]
    AS_OF_FIELD_NUMBER: _ClassVar[int]
    router: _router_pb2.Router
    as_of: _timestamp_pb2.Timestamp
    def __init__(self, router: _Optional[_Union[_router_pb2.Router, _Mapping]] = ..., as_of: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class RouterGatewayRequest(_message.Message):
    __slots__ = ("network", "snat_enabled", "fixed_ips")
    NETWORK_FIELD_NUMBER: _ClassVar[int]
    SNAT_ENABLED_FIELD_NUMBER: _ClassVar[int]
    FIXED_IPS_FIELD_NUMBER: _ClassVar[int]
    network: str
    snat_enabled: bool
    fixed_ips: _containers.RepeatedCompositeFieldContainer[FixedIpRequest]
    def __init__(self, network: _Optional[str] = ..., snat_enabled: bool = ..., fixed_ips: _Optional[_Iterable[_Union[FixedIpRequest, _Mapping]]] = ...) -> None: ...

class CreateRouterRequest(_message.Message):
    __slots__ = ("location", "name", "description", "admin_state_up", "external_gateway", "distributed", "ha", "flavor_id", "availability_zone_hints", "tags", "request_id")
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    ADMIN_STATE_UP_FIELD_NUMBER: _ClassVar[int]
    EXTERNAL_GATEWAY_FIELD_NUMBER: _ClassVar[int]
    DISTRIBUTED_FIELD_NUMBER: _ClassVar[int]
    HA_FIELD_NUMBER: _ClassVar[int]
    FLAVOR_ID_FIELD_NUMBER: _ClassVar[int]
    AVAILABILITY_ZONE_HINTS_FIELD_NUMBER: _ClassVar[int]
    TAGS_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    name: str
    description: str
    admin_state_up: bool
    external_gateway: RouterGatewayRequest
    distributed: bool
    ha: bool
    flavor_id: str
    availability_zone_hints: _containers.RepeatedScalarFieldContainer[str]
    tags: _containers.RepeatedScalarFieldContainer[str]
    request_id: str
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., name: _Optional[str] = ..., description: _Optional[str] = ..., admin_state_up: bool = ..., external_gateway: _Optional[_Union[RouterGatewayRequest, _Mapping]] = ..., distributed: bool = ..., ha: bool = ..., flavor_id: _Optional[str] = ..., availability_zone_hints: _Optional[_Iterable[str]] = ..., tags: _Optional[_Iterable[str]] = ..., request_id: _Optional[str] = ...) -> None: ...

class CreateRouterResponse(_message.Message):
    __slots__ = ("router",)
    ROUTER_FIELD_NUMBER: _ClassVar[int]
    router: _router_pb2.Router
    def __init__(self, router: _Optional[_Union[_router_pb2.Router, _Mapping]] = ...) -> None: ...

class UpdateRouterRequest(_message.Message):
    __slots__ = ("location", "name_or_id", "name", "description", "admin_state_up", "external_gateway", "routes", "distributed", "ha", "tags", "update_mask", "request_id")
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    NAME_OR_ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    ADMIN_STATE_UP_FIELD_NUMBER: _ClassVar[int]
    EXTERNAL_GATEWAY_FIELD_NUMBER: _ClassVar[int]
    ROUTES_FIELD_NUMBER: _ClassVar[int]
    DISTRIBUTED_FIELD_NUMBER: _ClassVar[int]
    HA_FIELD_NUMBER: _ClassVar[int]
    TAGS_FIELD_NUMBER: _ClassVar[int]
    UPDATE_MASK_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    name_or_id: str
    name: str
    description: str
    admin_state_up: bool
    external_gateway: RouterGatewayRequest
    routes: _containers.RepeatedCompositeFieldContainer[_subnet_pb2.HostRoute]
    distributed: bool
    ha: bool
    tags: _containers.RepeatedScalarFieldContainer[str]
    update_mask: _field_mask_pb2.FieldMask
    request_id: str
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., name_or_id: _Optional[str] = ..., name: _Optional[str] = ..., description: _Optional[str] = ..., admin_state_up: bool = ..., external_gateway: _Optional[_Union[RouterGatewayRequest, _Mapping]] = ..., routes: _Optional[_Iterable[_Union[_subnet_pb2.HostRoute, _Mapping]]] = ..., distributed: bool = ..., ha: bool = ..., tags: _Optional[_Iterable[str]] = ..., update_mask: _Optional[_Union[_field_mask_pb2.FieldMask, _Mapping]] = ..., request_id: _Optional[str] = ...) -> None: ...

class UpdateRouterResponse(_message.Message):
    __slots__ = ("router",)
    ROUTER_FIELD_NUMBER: _ClassVar[int]
    router: _router_pb2.Router
    def __init__(self, router: _Optional[_Union[_router_pb2.Router, _Mapping]] = ...) -> None: ...

class DeleteRouterRequest(_message.Message):
    __slots__ = ("location", "name_or_id", "request_id")
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    NAME_OR_ID_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    name_or_id: str
    request_id: str
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., name_or_id: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class DeleteRouterResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ListRouterInterfacesRequest(_message.Message):
    __slots__ = ("location", "name_or_id", "jmespath", "filter", "page_size", "page_token", "max_age", "return_partial_success", "router")
    class FilterEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    NAME_OR_ID_FIELD_NUMBER: _ClassVar[int]
    JMESPATH_FIELD_NUMBER: _ClassVar[int]
    FILTER_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    MAX_AGE_FIELD_NUMBER: _ClassVar[int]
    RETURN_PARTIAL_SUCCESS_FIELD_NUMBER: _ClassVar[int]
    ROUTER_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    name_or_id: str
    jmespath: str
    filter: _containers.ScalarMap[str, str]
    page_size: int
    page_token: str
    max_age: _duration_pb2.Duration
    return_partial_success: bool
    router: str
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., name_or_id: _Optional[str] = ..., jmespath: _Optional[str] = ..., filter: _Optional[_Mapping[str, str]] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., max_age: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., return_partial_success: bool = ..., router: _Optional[str] = ...) -> None: ...

class ListRouterInterfacesResponse(_message.Message):
    __slots__ = ("ports", "next_page_token", "unreachable", "as_of")
    PORTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    UNREACHABLE_FIELD_NUMBER: _ClassVar[int]
    AS_OF_FIELD_NUMBER: _ClassVar[int]
    ports: _containers.RepeatedCompositeFieldContainer[_port_pb2.Port]
    next_page_token: str
    unreachable: _containers.RepeatedCompositeFieldContainer[_location_pb2.Unreachable]
    as_of: _timestamp_pb2.Timestamp
    def __init__(self, ports: _Optional[_Iterable[_Union[_port_pb2.Port, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., unreachable: _Optional[_Iterable[_Union[_location_pb2.Unreachable, _Mapping]]] = ..., as_of: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class AddRouterInterfaceRequest(_message.Message):
    __slots__ = ("location", "name_or_id", "subnet", "port", "request_id")
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    NAME_OR_ID_FIELD_NUMBER: _ClassVar[int]
    SUBNET_FIELD_NUMBER: _ClassVar[int]
    PORT_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    name_or_id: str
    subnet: str
    port: str
    request_id: str
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., name_or_id: _Optional[str] = ..., subnet: _Optional[str] = ..., port: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class AddRouterInterfaceResponse(_message.Message):
    __slots__ = ("port",)
    PORT_FIELD_NUMBER: _ClassVar[int]
    port: _port_pb2.Port
    def __init__(self, port: _Optional[_Union[_port_pb2.Port, _Mapping]] = ...) -> None: ...

class RemoveRouterInterfaceRequest(_message.Message):
    __slots__ = ("location", "name_or_id", "subnet", "port", "request_id")
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    NAME_OR_ID_FIELD_NUMBER: _ClassVar[int]
    SUBNET_FIELD_NUMBER: _ClassVar[int]
    PORT_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    name_or_id: str
    subnet: str
    port: str
    request_id: str
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., name_or_id: _Optional[str] = ..., subnet: _Optional[str] = ..., port: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class RemoveRouterInterfaceResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ListSubnetPoolsRequest(_message.Message):
    __slots__ = ("location", "name_or_id", "jmespath", "filter", "page_size", "page_token", "max_age", "return_partial_success")
    class FilterEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    NAME_OR_ID_FIELD_NUMBER: _ClassVar[int]
    JMESPATH_FIELD_NUMBER: _ClassVar[int]
    FILTER_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    MAX_AGE_FIELD_NUMBER: _ClassVar[int]
    RETURN_PARTIAL_SUCCESS_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    name_or_id: str
    jmespath: str
    filter: _containers.ScalarMap[str, str]
    page_size: int
    page_token: str
    max_age: _duration_pb2.Duration
    return_partial_success: bool
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., name_or_id: _Optional[str] = ..., jmespath: _Optional[str] = ..., filter: _Optional[_Mapping[str, str]] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., max_age: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., return_partial_success: bool = ...) -> None: ...

class ListSubnetPoolsResponse(_message.Message):
    __slots__ = ("subnet_pools", "next_page_token", "unreachable", "as_of")
    SUBNET_POOLS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    UNREACHABLE_FIELD_NUMBER: _ClassVar[int]
    AS_OF_FIELD_NUMBER: _ClassVar[int]
    subnet_pools: _containers.RepeatedCompositeFieldContainer[_subnet_pool_pb2.SubnetPool]
    next_page_token: str
    unreachable: _containers.RepeatedCompositeFieldContainer[_location_pb2.Unreachable]
    as_of: _timestamp_pb2.Timestamp
    def __init__(self, subnet_pools: _Optional[_Iterable[_Union[_subnet_pool_pb2.SubnetPool, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., unreachable: _Optional[_Iterable[_Union[_location_pb2.Unreachable, _Mapping]]] = ..., as_of: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class GetSubnetPoolRequest(_message.Message):
    __slots__ = ("location", "name_or_id", "max_age")
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    NAME_OR_ID_FIELD_NUMBER: _ClassVar[int]
    MAX_AGE_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    name_or_id: str
    max_age: _duration_pb2.Duration
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., name_or_id: _Optional[str] = ..., max_age: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class GetSubnetPoolResponse(_message.Message):
    __slots__ = ("subnet_pool", "as_of")
    SUBNET_POOL_FIELD_NUMBER: _ClassVar[int]
    AS_OF_FIELD_NUMBER: _ClassVar[int]
    subnet_pool: _subnet_pool_pb2.SubnetPool
    as_of: _timestamp_pb2.Timestamp
    def __init__(self, subnet_pool: _Optional[_Union[_subnet_pool_pb2.SubnetPool, _Mapping]] = ..., as_of: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class CreateSubnetPoolRequest(_message.Message):
    __slots__ = ("location", "name", "prefixes", "description", "default_prefix_length", "min_prefix_length", "max_prefix_length", "default_quota", "shared", "is_default", "address_scope_id", "tags", "request_id")
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    PREFIXES_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    DEFAULT_PREFIX_LENGTH_FIELD_NUMBER: _ClassVar[int]
    MIN_PREFIX_LENGTH_FIELD_NUMBER: _ClassVar[int]
    MAX_PREFIX_LENGTH_FIELD_NUMBER: _ClassVar[int]
    DEFAULT_QUOTA_FIELD_NUMBER: _ClassVar[int]
    SHARED_FIELD_NUMBER: _ClassVar[int]
    IS_DEFAULT_FIELD_NUMBER: _ClassVar[int]
    ADDRESS_SCOPE_ID_FIELD_NUMBER: _ClassVar[int]
    TAGS_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    name: str
    prefixes: _containers.RepeatedScalarFieldContainer[str]
    description: str
    default_prefix_length: int
    min_prefix_length: int
    max_prefix_length: int
    default_quota: int
    shared: bool
    is_default: bool
    address_scope_id: str
    tags: _containers.RepeatedScalarFieldContainer[str]
    request_id: str
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., name: _Optional[str] = ..., prefixes: _Optional[_Iterable[str]] = ..., description: _Optional[str] = ..., default_prefix_length: _Optional[int] = ..., min_prefix_length: _Optional[int] = ..., max_prefix_length: _Optional[int] = ..., default_quota: _Optional[int] = ..., shared: bool = ..., is_default: bool = ..., address_scope_id: _Optional[str] = ..., tags: _Optional[_Iterable[str]] = ..., request_id: _Optional[str] = ...) -> None: ...

class CreateSubnetPoolResponse(_message.Message):
    __slots__ = ("subnet_pool",)
    SUBNET_POOL_FIELD_NUMBER: _ClassVar[int]
    subnet_pool: _subnet_pool_pb2.SubnetPool
    def __init__(self, subnet_pool: _Optional[_Union[_subnet_pool_pb2.SubnetPool, _Mapping]] = ...) -> None: ...

class UpdateSubnetPoolRequest(_message.Message):
    __slots__ = ("location", "name_or_id", "name", "description", "prefixes", "default_prefix_length", "min_prefix_length", "max_prefix_length", "default_quota", "is_default", "address_scope_id", "tags", "update_mask", "request_id")
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    NAME_OR_ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    PREFIXES_FIELD_NUMBER: _ClassVar[int]
    DEFAULT_PREFIX_LENGTH_FIELD_NUMBER: _ClassVar[int]
    MIN_PREFIX_LENGTH_FIELD_NUMBER: _ClassVar[int]
    MAX_PREFIX_LENGTH_FIELD_NUMBER: _ClassVar[int]
    DEFAULT_QUOTA_FIELD_NUMBER: _ClassVar[int]
    IS_DEFAULT_FIELD_NUMBER: _ClassVar[int]
    ADDRESS_SCOPE_ID_FIELD_NUMBER: _ClassVar[int]
    TAGS_FIELD_NUMBER: _ClassVar[int]
    UPDATE_MASK_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    name_or_id: str
    name: str
    description: str
    prefixes: _containers.RepeatedScalarFieldContainer[str]
    default_prefix_length: int
    min_prefix_length: int
    max_prefix_length: int
    default_quota: int
    is_default: bool
    address_scope_id: str
    tags: _containers.RepeatedScalarFieldContainer[str]
    update_mask: _field_mask_pb2.FieldMask
    request_id: str
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., name_or_id: _Optional[str] = ..., name: _Optional[str] = ..., description: _Optional[str] = ..., prefixes: _Optional[_Iterable[str]] = ..., default_prefix_length: _Optional[int] = ..., min_prefix_length: _Optional[int] = ..., max_prefix_length: _Optional[int] = ..., default_quota: _Optional[int] = ..., is_default: bool = ..., address_scope_id: _Optional[str] = ..., tags: _Optional[_Iterable[str]] = ..., update_mask: _Optional[_Union[_field_mask_pb2.FieldMask, _Mapping]] = ..., request_id: _Optional[str] = ...) -> None: ...

class UpdateSubnetPoolResponse(_message.Message):
    __slots__ = ("subnet_pool",)
    SUBNET_POOL_FIELD_NUMBER: _ClassVar[int]
    subnet_pool: _subnet_pool_pb2.SubnetPool
    def __init__(self, subnet_pool: _Optional[_Union[_subnet_pool_pb2.SubnetPool, _Mapping]] = ...) -> None: ...

class DeleteSubnetPoolRequest(_message.Message):
    __slots__ = ("location", "name_or_id", "request_id")
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    NAME_OR_ID_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    name_or_id: str
    request_id: str
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., name_or_id: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class DeleteSubnetPoolResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ListTrunksRequest(_message.Message):
    __slots__ = ("location", "name_or_id", "jmespath", "filter", "page_size", "page_token", "max_age", "return_partial_success")
    class FilterEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    NAME_OR_ID_FIELD_NUMBER: _ClassVar[int]
    JMESPATH_FIELD_NUMBER: _ClassVar[int]
    FILTER_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    MAX_AGE_FIELD_NUMBER: _ClassVar[int]
    RETURN_PARTIAL_SUCCESS_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    name_or_id: str
    jmespath: str
    filter: _containers.ScalarMap[str, str]
    page_size: int
    page_token: str
    max_age: _duration_pb2.Duration
    return_partial_success: bool
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., name_or_id: _Optional[str] = ..., jmespath: _Optional[str] = ..., filter: _Optional[_Mapping[str, str]] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., max_age: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., return_partial_success: bool = ...) -> None: ...

class ListTrunksResponse(_message.Message):
    __slots__ = ("trunks", "next_page_token", "unreachable", "as_of")
    TRUNKS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    UNREACHABLE_FIELD_NUMBER: _ClassVar[int]
    AS_OF_FIELD_NUMBER: _ClassVar[int]
    trunks: _containers.RepeatedCompositeFieldContainer[_trunk_pb2.Trunk]
    next_page_token: str
    unreachable: _containers.RepeatedCompositeFieldContainer[_location_pb2.Unreachable]
    as_of: _timestamp_pb2.Timestamp
    def __init__(self, trunks: _Optional[_Iterable[_Union[_trunk_pb2.Trunk, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., unreachable: _Optional[_Iterable[_Union[_location_pb2.Unreachable, _Mapping]]] = ..., as_of: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class GetTrunkRequest(_message.Message):
    __slots__ = ("location", "name_or_id", "max_age")
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    NAME_OR_ID_FIELD_NUMBER: _ClassVar[int]
    MAX_AGE_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    name_or_id: str
    max_age: _duration_pb2.Duration
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., name_or_id: _Optional[str] = ..., max_age: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class GetTrunkResponse(_message.Message):
    __slots__ = ("trunk", "as_of")
    TRUNK_FIELD_NUMBER: _ClassVar[int]
    AS_OF_FIELD_NUMBER: _ClassVar[int]
    trunk: _trunk_pb2.Trunk
    as_of: _timestamp_pb2.Timestamp
    def __init__(self, trunk: _Optional[_Union[_trunk_pb2.Trunk, _Mapping]] = ..., as_of: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class SubPortRequest(_message.Message):
    __slots__ = ("port", "segmentation_type", "segmentation_id")
    PORT_FIELD_NUMBER: _ClassVar[int]
    SEGMENTATION_TYPE_FIELD_NUMBER: _ClassVar[int]
    SEGMENTATION_ID_FIELD_NUMBER: _ClassVar[int]
    port: str
    segmentation_type: str
    segmentation_id: int
    def __init__(self, port: _Optional[str] = ..., segmentation_type: _Optional[str] = ..., segmentation_id: _Optional[int] = ...) -> None: ...

class CreateTrunkRequest(_message.Message):
    __slots__ = ("location", "name", "port", "sub_ports", "description", "admin_state_up", "tags", "request_id")
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    PORT_FIELD_NUMBER: _ClassVar[int]
    SUB_PORTS_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    ADMIN_STATE_UP_FIELD_NUMBER: _ClassVar[int]
    TAGS_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    name: str
    port: str
    sub_ports: _containers.RepeatedCompositeFieldContainer[SubPortRequest]
    description: str
    admin_state_up: bool
    tags: _containers.RepeatedScalarFieldContainer[str]
    request_id: str
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., name: _Optional[str] = ..., port: _Optional[str] = ..., sub_ports: _Optional[_Iterable[_Union[SubPortRequest, _Mapping]]] = ..., description: _Optional[str] = ..., admin_state_up: bool = ..., tags: _Optional[_Iterable[str]] = ..., request_id: _Optional[str] = ...) -> None: ...

class CreateTrunkResponse(_message.Message):
    __slots__ = ("trunk",)
    TRUNK_FIELD_NUMBER: _ClassVar[int]
    trunk: _trunk_pb2.Trunk
    def __init__(self, trunk: _Optional[_Union[_trunk_pb2.Trunk, _Mapping]] = ...) -> None: ...

class UpdateTrunkRequest(_message.Message):
    __slots__ = ("location", "name_or_id", "name", "description", "admin_state_up", "tags", "update_mask", "request_id")
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    NAME_OR_ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    ADMIN_STATE_UP_FIELD_NUMBER: _ClassVar[int]
    TAGS_FIELD_NUMBER: _ClassVar[int]
    UPDATE_MASK_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    name_or_id: str
    name: str
    description: str
    admin_state_up: bool
    tags: _containers.RepeatedScalarFieldContainer[str]
    update_mask: _field_mask_pb2.FieldMask
    request_id: str
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., name_or_id: _Optional[str] = ..., name: _Optional[str] = ..., description: _Optional[str] = ..., admin_state_up: bool = ..., tags: _Optional[_Iterable[str]] = ..., update_mask: _Optional[_Union[_field_mask_pb2.FieldMask, _Mapping]] = ..., request_id: _Optional[str] = ...) -> None: ...

class UpdateTrunkResponse(_message.Message):
    __slots__ = ("trunk",)
    TRUNK_FIELD_NUMBER: _ClassVar[int]
    trunk: _trunk_pb2.Trunk
    def __init__(self, trunk: _Optional[_Union[_trunk_pb2.Trunk, _Mapping]] = ...) -> None: ...

class DeleteTrunkRequest(_message.Message):
    __slots__ = ("location", "name_or_id", "request_id")
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    NAME_OR_ID_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    name_or_id: str
    request_id: str
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., name_or_id: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class DeleteTrunkResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class AddTrunkSubportsRequest(_message.Message):
    __slots__ = ("location", "name_or_id", "sub_ports", "request_id")
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    NAME_OR_ID_FIELD_NUMBER: _ClassVar[int]
    SUB_PORTS_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    name_or_id: str
    sub_ports: _containers.RepeatedCompositeFieldContainer[SubPortRequest]
    request_id: str
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., name_or_id: _Optional[str] = ..., sub_ports: _Optional[_Iterable[_Union[SubPortRequest, _Mapping]]] = ..., request_id: _Optional[str] = ...) -> None: ...

class AddTrunkSubportsResponse(_message.Message):
    __slots__ = ("trunk",)
    TRUNK_FIELD_NUMBER: _ClassVar[int]
    trunk: _trunk_pb2.Trunk
    def __init__(self, trunk: _Optional[_Union[_trunk_pb2.Trunk, _Mapping]] = ...) -> None: ...

class DeleteTrunkSubportsRequest(_message.Message):
    __slots__ = ("location", "name_or_id", "sub_ports", "request_id")
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    NAME_OR_ID_FIELD_NUMBER: _ClassVar[int]
    SUB_PORTS_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    name_or_id: str
    sub_ports: _containers.RepeatedScalarFieldContainer[str]
    request_id: str
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., name_or_id: _Optional[str] = ..., sub_ports: _Optional[_Iterable[str]] = ..., request_id: _Optional[str] = ...) -> None: ...

class DeleteTrunkSubportsResponse(_message.Message):
    __slots__ = ("trunk",)
    TRUNK_FIELD_NUMBER: _ClassVar[int]
    trunk: _trunk_pb2.Trunk
    def __init__(self, trunk: _Optional[_Union[_trunk_pb2.Trunk, _Mapping]] = ...) -> None: ...

class ListAddressScopesRequest(_message.Message):
    __slots__ = ("location", "name_or_id", "jmespath", "filter", "page_size", "page_token", "max_age", "return_partial_success")
    class FilterEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    NAME_OR_ID_FIELD_NUMBER: _ClassVar[int]
    JMESPATH_FIELD_NUMBER: _ClassVar[int]
    FILTER_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    MAX_AGE_FIELD_NUMBER: _ClassVar[int]
    RETURN_PARTIAL_SUCCESS_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    name_or_id: str
    jmespath: str
    filter: _containers.ScalarMap[str, str]
    page_size: int
    page_token: str
    max_age: _duration_pb2.Duration
    return_partial_success: bool
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., name_or_id: _Optional[str] = ..., jmespath: _Optional[str] = ..., filter: _Optional[_Mapping[str, str]] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., max_age: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., return_partial_success: bool = ...) -> None: ...

class ListAddressScopesResponse(_message.Message):
    __slots__ = ("address_scopes", "next_page_token", "unreachable", "as_of")
    ADDRESS_SCOPES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    UNREACHABLE_FIELD_NUMBER: _ClassVar[int]
    AS_OF_FIELD_NUMBER: _ClassVar[int]
    address_scopes: _containers.RepeatedCompositeFieldContainer[_address_scope_pb2.AddressScope]
    next_page_token: str
    unreachable: _containers.RepeatedCompositeFieldContainer[_location_pb2.Unreachable]
    as_of: _timestamp_pb2.Timestamp
    def __init__(self, address_scopes: _Optional[_Iterable[_Union[_address_scope_pb2.AddressScope, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., unreachable: _Optional[_Iterable[_Union[_location_pb2.Unreachable, _Mapping]]] = ..., as_of: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class GetAddressScopeRequest(_message.Message):
    __slots__ = ("location", "name_or_id", "max_age")
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    NAME_OR_ID_FIELD_NUMBER: _ClassVar[int]
    MAX_AGE_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    name_or_id: str
    max_age: _duration_pb2.Duration
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., name_or_id: _Optional[str] = ..., max_age: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class GetAddressScopeResponse(_message.Message):
    __slots__ = ("address_scope", "as_of")
    ADDRESS_SCOPE_FIELD_NUMBER: _ClassVar[int]
    AS_OF_FIELD_NUMBER: _ClassVar[int]
    address_scope: _address_scope_pb2.AddressScope
    as_of: _timestamp_pb2.Timestamp
    def __init__(self, address_scope: _Optional[_Union[_address_scope_pb2.AddressScope, _Mapping]] = ..., as_of: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class CreateAddressScopeRequest(_message.Message):
    __slots__ = ("location", "name", "ip_version", "request_id")
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    IP_VERSION_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    name: str
    ip_version: int
    request_id: str
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., name: _Optional[str] = ..., ip_version: _Optional[int] = ..., request_id: _Optional[str] = ...) -> None: ...

class CreateAddressScopeResponse(_message.Message):
    __slots__ = ("address_scope",)
    ADDRESS_SCOPE_FIELD_NUMBER: _ClassVar[int]
    address_scope: _address_scope_pb2.AddressScope
    def __init__(self, address_scope: _Optional[_Union[_address_scope_pb2.AddressScope, _Mapping]] = ...) -> None: ...

class UpdateAddressScopeRequest(_message.Message):
    __slots__ = ("location", "name_or_id", "name", "update_mask", "request_id")
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    NAME_OR_ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_MASK_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    name_or_id: str
    name: str
    update_mask: _field_mask_pb2.FieldMask
    request_id: str
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., name_or_id: _Optional[str] = ..., name: _Optional[str] = ..., update_mask: _Optional[_Union[_field_mask_pb2.FieldMask, _Mapping]] = ..., request_id: _Optional[str] = ...) -> None: ...

class UpdateAddressScopeResponse(_message.Message):
    __slots__ = ("address_scope",)
    ADDRESS_SCOPE_FIELD_NUMBER: _ClassVar[int]
    address_scope: _address_scope_pb2.AddressScope
    def __init__(self, address_scope: _Optional[_Union[_address_scope_pb2.AddressScope, _Mapping]] = ...) -> None: ...

class DeleteAddressScopeRequest(_message.Message):
    __slots__ = ("location", "name_or_id", "request_id")
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    NAME_OR_ID_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    name_or_id: str
    request_id: str
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., name_or_id: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class DeleteAddressScopeResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ListAddressGroupsRequest(_message.Message):
    __slots__ = ("location", "name_or_id", "jmespath", "filter", "page_size", "page_token", "max_age", "return_partial_success")
    class FilterEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    NAME_OR_ID_FIELD_NUMBER: _ClassVar[int]
    JMESPATH_FIELD_NUMBER: _ClassVar[int]
    FILTER_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    MAX_AGE_FIELD_NUMBER: _ClassVar[int]
    RETURN_PARTIAL_SUCCESS_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    name_or_id: str
    jmespath: str
    filter: _containers.ScalarMap[str, str]
    page_size: int
    page_token: str
    max_age: _duration_pb2.Duration
    return_partial_success: bool
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., name_or_id: _Optional[str] = ..., jmespath: _Optional[str] = ..., filter: _Optional[_Mapping[str, str]] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., max_age: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., return_partial_success: bool = ...) -> None: ...

class ListAddressGroupsResponse(_message.Message):
    __slots__ = ("address_groups", "next_page_token", "unreachable", "as_of")
    ADDRESS_GROUPS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    UNREACHABLE_FIELD_NUMBER: _ClassVar[int]
    AS_OF_FIELD_NUMBER: _ClassVar[int]
    address_groups: _containers.RepeatedCompositeFieldContainer[_address_group_pb2.AddressGroup]
    next_page_token: str
    unreachable: _containers.RepeatedCompositeFieldContainer[_location_pb2.Unreachable]
    as_of: _timestamp_pb2.Timestamp
    def __init__(self, address_groups: _Optional[_Iterable[_Union[_address_group_pb2.AddressGroup, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., unreachable: _Optional[_Iterable[_Union[_location_pb2.Unreachable, _Mapping]]] = ..., as_of: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class GetAddressGroupRequest(_message.Message):
    __slots__ = ("location", "name_or_id", "max_age")
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    NAME_OR_ID_FIELD_NUMBER: _ClassVar[int]
    MAX_AGE_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    name_or_id: str
    max_age: _duration_pb2.Duration
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., name_or_id: _Optional[str] = ..., max_age: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class GetAddressGroupResponse(_message.Message):
    __slots__ = ("address_group", "as_of")
    ADDRESS_GROUP_FIELD_NUMBER: _ClassVar[int]
    AS_OF_FIELD_NUMBER: _ClassVar[int]
    address_group: _address_group_pb2.AddressGroup
    as_of: _timestamp_pb2.Timestamp
    def __init__(self, address_group: _Optional[_Union[_address_group_pb2.AddressGroup, _Mapping]] = ..., as_of: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class CreateAddressGroupRequest(_message.Message):
    __slots__ = ("location", "name", "description", "addresses", "request_id")
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    ADDRESSES_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    name: str
    description: str
    addresses: _containers.RepeatedScalarFieldContainer[str]
    request_id: str
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., name: _Optional[str] = ..., description: _Optional[str] = ..., addresses: _Optional[_Iterable[str]] = ..., request_id: _Optional[str] = ...) -> None: ...

class CreateAddressGroupResponse(_message.Message):
    __slots__ = ("address_group",)
    ADDRESS_GROUP_FIELD_NUMBER: _ClassVar[int]
    address_group: _address_group_pb2.AddressGroup
    def __init__(self, address_group: _Optional[_Union[_address_group_pb2.AddressGroup, _Mapping]] = ...) -> None: ...

class UpdateAddressGroupRequest(_message.Message):
    __slots__ = ("location", "name_or_id", "name", "description", "update_mask", "request_id")
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    NAME_OR_ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    UPDATE_MASK_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    name_or_id: str
    name: str
    description: str
    update_mask: _field_mask_pb2.FieldMask
    request_id: str
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., name_or_id: _Optional[str] = ..., name: _Optional[str] = ..., description: _Optional[str] = ..., update_mask: _Optional[_Union[_field_mask_pb2.FieldMask, _Mapping]] = ..., request_id: _Optional[str] = ...) -> None: ...

class UpdateAddressGroupResponse(_message.Message):
    __slots__ = ("address_group",)
    ADDRESS_GROUP_FIELD_NUMBER: _ClassVar[int]
    address_group: _address_group_pb2.AddressGroup
    def __init__(self, address_group: _Optional[_Union[_address_group_pb2.AddressGroup, _Mapping]] = ...) -> None: ...

class DeleteAddressGroupRequest(_message.Message):
    __slots__ = ("location", "name_or_id", "request_id")
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    NAME_OR_ID_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    name_or_id: str
    request_id: str
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., name_or_id: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class DeleteAddressGroupResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class AddAddressesToAddressGroupRequest(_message.Message):
    __slots__ = ("location", "name_or_id", "addresses", "request_id")
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    NAME_OR_ID_FIELD_NUMBER: _ClassVar[int]
    ADDRESSES_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    name_or_id: str
    addresses: _containers.RepeatedScalarFieldContainer[str]
    request_id: str
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., name_or_id: _Optional[str] = ..., addresses: _Optional[_Iterable[str]] = ..., request_id: _Optional[str] = ...) -> None: ...

class AddAddressesToAddressGroupResponse(_message.Message):
    __slots__ = ("address_group",)
    ADDRESS_GROUP_FIELD_NUMBER: _ClassVar[int]
    address_group: _address_group_pb2.AddressGroup
    def __init__(self, address_group: _Optional[_Union[_address_group_pb2.AddressGroup, _Mapping]] = ...) -> None: ...

class RemoveAddressesFromAddressGroupRequest(_message.Message):
    __slots__ = ("location", "name_or_id", "addresses", "request_id")
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    NAME_OR_ID_FIELD_NUMBER: _ClassVar[int]
    ADDRESSES_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    name_or_id: str
    addresses: _containers.RepeatedScalarFieldContainer[str]
    request_id: str
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., name_or_id: _Optional[str] = ..., addresses: _Optional[_Iterable[str]] = ..., request_id: _Optional[str] = ...) -> None: ...

class RemoveAddressesFromAddressGroupResponse(_message.Message):
    __slots__ = ("address_group",)
    ADDRESS_GROUP_FIELD_NUMBER: _ClassVar[int]
    address_group: _address_group_pb2.AddressGroup
    def __init__(self, address_group: _Optional[_Union[_address_group_pb2.AddressGroup, _Mapping]] = ...) -> None: ...

class ListRbacPoliciesRequest(_message.Message):
    __slots__ = ("location", "name_or_id", "jmespath", "filter", "page_size", "page_token", "max_age", "return_partial_success")
    class FilterEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    NAME_OR_ID_FIELD_NUMBER: _ClassVar[int]
    JMESPATH_FIELD_NUMBER: _ClassVar[int]
    FILTER_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    MAX_AGE_FIELD_NUMBER: _ClassVar[int]
    RETURN_PARTIAL_SUCCESS_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    name_or_id: str
    jmespath: str
    filter: _containers.ScalarMap[str, str]
    page_size: int
    page_token: str
    max_age: _duration_pb2.Duration
    return_partial_success: bool
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., name_or_id: _Optional[str] = ..., jmespath: _Optional[str] = ..., filter: _Optional[_Mapping[str, str]] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., max_age: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., return_partial_success: bool = ...) -> None: ...

class ListRbacPoliciesResponse(_message.Message):
    __slots__ = ("rbac_policies", "next_page_token", "unreachable", "as_of")
    RBAC_POLICIES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    UNREACHABLE_FIELD_NUMBER: _ClassVar[int]
    AS_OF_FIELD_NUMBER: _ClassVar[int]
    rbac_policies: _containers.RepeatedCompositeFieldContainer[_rbac_policy_pb2.RbacPolicy]
    next_page_token: str
    unreachable: _containers.RepeatedCompositeFieldContainer[_location_pb2.Unreachable]
    as_of: _timestamp_pb2.Timestamp
    def __init__(self, rbac_policies: _Optional[_Iterable[_Union[_rbac_policy_pb2.RbacPolicy, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., unreachable: _Optional[_Iterable[_Union[_location_pb2.Unreachable, _Mapping]]] = ..., as_of: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class GetRbacPolicyRequest(_message.Message):
    __slots__ = ("location", "name_or_id", "max_age")
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    NAME_OR_ID_FIELD_NUMBER: _ClassVar[int]
    MAX_AGE_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    name_or_id: str
    max_age: _duration_pb2.Duration
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., name_or_id: _Optional[str] = ..., max_age: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class GetRbacPolicyResponse(_message.Message):
    __slots__ = ("rbac_policy", "as_of")
    RBAC_POLICY_FIELD_NUMBER: _ClassVar[int]
    AS_OF_FIELD_NUMBER: _ClassVar[int]
    rbac_policy: _rbac_policy_pb2.RbacPolicy
    as_of: _timestamp_pb2.Timestamp
    def __init__(self, rbac_policy: _Optional[_Union[_rbac_policy_pb2.RbacPolicy, _Mapping]] = ..., as_of: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class CreateRbacPolicyRequest(_message.Message):
    __slots__ = ("location", "object_type", "object", "target_project_id", "action", "request_id")
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    OBJECT_TYPE_FIELD_NUMBER: _ClassVar[int]
    OBJECT_FIELD_NUMBER: _ClassVar[int]
    TARGET_PROJECT_ID_FIELD_NUMBER: _ClassVar[int]
    ACTION_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    object_type: str
    object: str
    target_project_id: str
    action: str
    request_id: str
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., object_type: _Optional[str] = ..., object: _Optional[str] = ..., target_project_id: _Optional[str] = ..., action: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class CreateRbacPolicyResponse(_message.Message):
    __slots__ = ("rbac_policy",)
    RBAC_POLICY_FIELD_NUMBER: _ClassVar[int]
    rbac_policy: _rbac_policy_pb2.RbacPolicy
    def __init__(self, rbac_policy: _Optional[_Union[_rbac_policy_pb2.RbacPolicy, _Mapping]] = ...) -> None: ...

class UpdateRbacPolicyRequest(_message.Message):
    __slots__ = ("location", "name_or_id", "target_project_id", "update_mask", "request_id")
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    NAME_OR_ID_FIELD_NUMBER: _ClassVar[int]
    TARGET_PROJECT_ID_FIELD_NUMBER: _ClassVar[int]
    UPDATE_MASK_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    name_or_id: str
    target_project_id: str
    update_mask: _field_mask_pb2.FieldMask
    request_id: str
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., name_or_id: _Optional[str] = ..., target_project_id: _Optional[str] = ..., update_mask: _Optional[_Union[_field_mask_pb2.FieldMask, _Mapping]] = ..., request_id: _Optional[str] = ...) -> None: ...

class UpdateRbacPolicyResponse(_message.Message):
    __slots__ = ("rbac_policy",)
    RBAC_POLICY_FIELD_NUMBER: _ClassVar[int]
    rbac_policy: _rbac_policy_pb2.RbacPolicy
    def __init__(self, rbac_policy: _Optional[_Union[_rbac_policy_pb2.RbacPolicy, _Mapping]] = ...) -> None: ...

class DeleteRbacPolicyRequest(_message.Message):
    __slots__ = ("location", "name_or_id", "request_id")
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    NAME_OR_ID_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    name_or_id: str
    request_id: str
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., name_or_id: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class DeleteRbacPolicyResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class GetNetworkQuotasRequest(_message.Message):
    __slots__ = ("location", "max_age")
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    MAX_AGE_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    max_age: _duration_pb2.Duration
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., max_age: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class GetNetworkQuotasResponse(_message.Message):
    __slots__ = ("quotas", "as_of")
    QUOTAS_FIELD_NUMBER: _ClassVar[int]
    AS_OF_FIELD_NUMBER: _ClassVar[int]
    quotas: _network_quotas_pb2.NetworkQuotas
    as_of: _timestamp_pb2.Timestamp
    def __init__(self, quotas: _Optional[_Union[_network_quotas_pb2.NetworkQuotas, _Mapping]] = ..., as_of: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ListFloatingIpsRequest(_message.Message):
    __slots__ = ("location", "name_or_id", "jmespath", "filter", "page_size", "page_token", "max_age", "return_partial_success")
    class FilterEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    NAME_OR_ID_FIELD_NUMBER: _ClassVar[int]
    JMESPATH_FIELD_NUMBER: _ClassVar[int]
    FILTER_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    MAX_AGE_FIELD_NUMBER: _ClassVar[int]
    RETURN_PARTIAL_SUCCESS_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    name_or_id: str
    jmespath: str
    filter: _containers.ScalarMap[str, str]
    page_size: int
    page_token: str
    max_age: _duration_pb2.Duration
    return_partial_success: bool
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., name_or_id: _Optional[str] = ..., jmespath: _Optional[str] = ..., filter: _Optional[_Mapping[str, str]] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., max_age: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., return_partial_success: bool = ...) -> None: ...

class ListFloatingIpsResponse(_message.Message):
    __slots__ = ("floating_ips", "next_page_token", "unreachable", "as_of")
    FLOATING_IPS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    UNREACHABLE_FIELD_NUMBER: _ClassVar[int]
    AS_OF_FIELD_NUMBER: _ClassVar[int]
    floating_ips: _containers.RepeatedCompositeFieldContainer[_floating_ip_pb2.FloatingIp]
    next_page_token: str
    unreachable: _containers.RepeatedCompositeFieldContainer[_location_pb2.Unreachable]
    as_of: _timestamp_pb2.Timestamp
    def __init__(self, floating_ips: _Optional[_Iterable[_Union[_floating_ip_pb2.FloatingIp, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., unreachable: _Optional[_Iterable[_Union[_location_pb2.Unreachable, _Mapping]]] = ..., as_of: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class GetFloatingIpRequest(_message.Message):
    __slots__ = ("location", "name_or_id", "max_age")
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    NAME_OR_ID_FIELD_NUMBER: _ClassVar[int]
    MAX_AGE_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    name_or_id: str
    max_age: _duration_pb2.Duration
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., name_or_id: _Optional[str] = ..., max_age: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class GetFloatingIpResponse(_message.Message):
    __slots__ = ("floating_ip", "as_of")
    FLOATING_IP_FIELD_NUMBER: _ClassVar[int]
    AS_OF_FIELD_NUMBER: _ClassVar[int]
    floating_ip: _floating_ip_pb2.FloatingIp
    as_of: _timestamp_pb2.Timestamp
    def __init__(self, floating_ip: _Optional[_Union[_floating_ip_pb2.FloatingIp, _Mapping]] = ..., as_of: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ListSecurityGroupsRequest(_message.Message):
    __slots__ = ("location", "name_or_id", "jmespath", "filter", "page_size", "page_token", "max_age", "return_partial_success")
    class FilterEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    NAME_OR_ID_FIELD_NUMBER: _ClassVar[int]
    JMESPATH_FIELD_NUMBER: _ClassVar[int]
    FILTER_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    MAX_AGE_FIELD_NUMBER: _ClassVar[int]
    RETURN_PARTIAL_SUCCESS_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    name_or_id: str
    jmespath: str
    filter: _containers.ScalarMap[str, str]
    page_size: int
    page_token: str
    max_age: _duration_pb2.Duration
    return_partial_success: bool
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., name_or_id: _Optional[str] = ..., jmespath: _Optional[str] = ..., filter: _Optional[_Mapping[str, str]] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., max_age: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., return_partial_success: bool = ...) -> None: ...

class ListSecurityGroupsResponse(_message.Message):
    __slots__ = ("security_groups", "next_page_token", "unreachable", "as_of")
    SECURITY_GROUPS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    UNREACHABLE_FIELD_NUMBER: _ClassVar[int]
    AS_OF_FIELD_NUMBER: _ClassVar[int]
    security_groups: _containers.RepeatedCompositeFieldContainer[_security_group_pb2.SecurityGroup]
    next_page_token: str
    unreachable: _containers.RepeatedCompositeFieldContainer[_location_pb2.Unreachable]
    as_of: _timestamp_pb2.Timestamp
    def __init__(self, security_groups: _Optional[_Iterable[_Union[_security_group_pb2.SecurityGroup, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., unreachable: _Optional[_Iterable[_Union[_location_pb2.Unreachable, _Mapping]]] = ..., as_of: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class GetSecurityGroupRequest(_message.Message):
    __slots__ = ("location", "name_or_id", "max_age")
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    NAME_OR_ID_FIELD_NUMBER: _ClassVar[int]
    MAX_AGE_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    name_or_id: str
    max_age: _duration_pb2.Duration
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., name_or_id: _Optional[str] = ..., max_age: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class GetSecurityGroupResponse(_message.Message):
    __slots__ = ("security_group", "as_of")
    SECURITY_GROUP_FIELD_NUMBER: _ClassVar[int]
    AS_OF_FIELD_NUMBER: _ClassVar[int]
    security_group: _security_group_pb2.SecurityGroup
    as_of: _timestamp_pb2.Timestamp
    def __init__(self, security_group: _Optional[_Union[_security_group_pb2.SecurityGroup, _Mapping]] = ..., as_of: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class CreateSecurityGroupRequest(_message.Message):
    __slots__ = ("location", "name", "description", "stateful", "request_id")
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    STATEFUL_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    name: str
    description: str
    stateful: bool
    request_id: str
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., name: _Optional[str] = ..., description: _Optional[str] = ..., stateful: bool = ..., request_id: _Optional[str] = ...) -> None: ...

class CreateSecurityGroupResponse(_message.Message):
    __slots__ = ("security_group",)
    SECURITY_GROUP_FIELD_NUMBER: _ClassVar[int]
    security_group: _security_group_pb2.SecurityGroup
    def __init__(self, security_group: _Optional[_Union[_security_group_pb2.SecurityGroup, _Mapping]] = ...) -> None: ...

class UpdateSecurityGroupRequest(_message.Message):
    __slots__ = ("location", "name_or_id", "name", "description", "stateful", "update_mask", "request_id")
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    NAME_OR_ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    STATEFUL_FIELD_NUMBER: _ClassVar[int]
    UPDATE_MASK_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    name_or_id: str
    name: str
    description: str
    stateful: bool
    update_mask: _field_mask_pb2.FieldMask
    request_id: str
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., name_or_id: _Optional[str] = ..., name: _Optional[str] = ..., description: _Optional[str] = ..., stateful: bool = ..., update_mask: _Optional[_Union[_field_mask_pb2.FieldMask, _Mapping]] = ..., request_id: _Optional[str] = ...) -> None: ...

class UpdateSecurityGroupResponse(_message.Message):
    __slots__ = ("security_group",)
    SECURITY_GROUP_FIELD_NUMBER: _ClassVar[int]
    security_group: _security_group_pb2.SecurityGroup
    def __init__(self, security_group: _Optional[_Union[_security_group_pb2.SecurityGroup, _Mapping]] = ...) -> None: ...

class DeleteSecurityGroupRequest(_message.Message):
    __slots__ = ("location", "name_or_id", "request_id")
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    NAME_OR_ID_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    name_or_id: str
    request_id: str
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., name_or_id: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class DeleteSecurityGroupResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class CreateSecurityGroupRuleRequest(_message.Message):
    __slots__ = ("location", "security_group", "direction", "ip_version", "protocol", "port_min", "port_max", "remote_ip_prefix", "remote_group", "description", "request_id")
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    SECURITY_GROUP_FIELD_NUMBER: _ClassVar[int]
    DIRECTION_FIELD_NUMBER: _ClassVar[int]
    IP_VERSION_FIELD_NUMBER: _ClassVar[int]
    PROTOCOL_FIELD_NUMBER: _ClassVar[int]
    PORT_MIN_FIELD_NUMBER: _ClassVar[int]
    PORT_MAX_FIELD_NUMBER: _ClassVar[int]
    REMOTE_IP_PREFIX_FIELD_NUMBER: _ClassVar[int]
    REMOTE_GROUP_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    security_group: str
    direction: _security_group_pb2.SecurityGroupDirection
    ip_version: int
    protocol: str
    port_min: int
    port_max: int
    remote_ip_prefix: str
    remote_group: str
    description: str
    request_id: str
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., security_group: _Optional[str] = ..., direction: _Optional[_Union[_security_group_pb2.SecurityGroupDirection, str]] = ..., ip_version: _Optional[int] = ..., protocol: _Optional[str] = ..., port_min: _Optional[int] = ..., port_max: _Optional[int] = ..., remote_ip_prefix: _Optional[str] = ..., remote_group: _Optional[str] = ..., description: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class CreateSecurityGroupRuleResponse(_message.Message):
    __slots__ = ("security_group_rule",)
    SECURITY_GROUP_RULE_FIELD_NUMBER: _ClassVar[int]
    security_group_rule: _security_group_pb2.SecurityGroupRule
    def __init__(self, security_group_rule: _Optional[_Union[_security_group_pb2.SecurityGroupRule, _Mapping]] = ...) -> None: ...

class DeleteSecurityGroupRuleRequest(_message.Message):
    __slots__ = ("location", "name_or_id", "request_id")
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    NAME_OR_ID_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    name_or_id: str
    request_id: str
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., name_or_id: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class DeleteSecurityGroupRuleResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class CreateFloatingIpRequest(_message.Message):
    __slots__ = ("location", "network", "server", "port", "fixed_address", "description", "wait", "request_id")
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    NETWORK_FIELD_NUMBER: _ClassVar[int]
    SERVER_FIELD_NUMBER: _ClassVar[int]
    PORT_FIELD_NUMBER: _ClassVar[int]
    FIXED_ADDRESS_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    WAIT_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    network: str
    server: str
    port: str
    fixed_address: str
    description: str
    wait: _duration_pb2.Duration
    request_id: str
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., network: _Optional[str] = ..., server: _Optional[str] = ..., port: _Optional[str] = ..., fixed_address: _Optional[str] = ..., description: _Optional[str] = ..., wait: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., request_id: _Optional[str] = ...) -> None: ...

class CreateFloatingIpResponse(_message.Message):
    __slots__ = ("floating_ip",)
    FLOATING_IP_FIELD_NUMBER: _ClassVar[int]
    floating_ip: _floating_ip_pb2.FloatingIp
    def __init__(self, floating_ip: _Optional[_Union[_floating_ip_pb2.FloatingIp, _Mapping]] = ...) -> None: ...

class DeleteFloatingIpRequest(_message.Message):
    __slots__ = ("location", "name_or_id", "request_id")
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    NAME_OR_ID_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    name_or_id: str
    request_id: str
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., name_or_id: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class DeleteFloatingIpResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class DeleteUnattachedFloatingIpsRequest(_message.Message):
    __slots__ = ("location", "min_age", "request_id")
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    MIN_AGE_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    min_age: _duration_pb2.Duration
    request_id: str
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., min_age: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., request_id: _Optional[str] = ...) -> None: ...

class DeleteUnattachedFloatingIpsResponse(_message.Message):
    __slots__ = ("floating_ips",)
    FLOATING_IPS_FIELD_NUMBER: _ClassVar[int]
    floating_ips: _containers.RepeatedCompositeFieldContainer[_floating_ip_pb2.FloatingIp]
    def __init__(self, floating_ips: _Optional[_Iterable[_Union[_floating_ip_pb2.FloatingIp, _Mapping]]] = ...) -> None: ...

class AddAutoIpRequest(_message.Message):
    __slots__ = ("location", "name_or_id", "reuse", "wait", "request_id")
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    NAME_OR_ID_FIELD_NUMBER: _ClassVar[int]
    REUSE_FIELD_NUMBER: _ClassVar[int]
    WAIT_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    name_or_id: str
    reuse: bool
    wait: _duration_pb2.Duration
    request_id: str
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., name_or_id: _Optional[str] = ..., reuse: bool = ..., wait: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., request_id: _Optional[str] = ...) -> None: ...

class AddAutoIpResponse(_message.Message):
    __slots__ = ("server", "floating_ip")
    SERVER_FIELD_NUMBER: _ClassVar[int]
    FLOATING_IP_FIELD_NUMBER: _ClassVar[int]
    server: _server_pb2.Server
    floating_ip: _floating_ip_pb2.FloatingIp
    def __init__(self, server: _Optional[_Union[_server_pb2.Server, _Mapping]] = ..., floating_ip: _Optional[_Union[_floating_ip_pb2.FloatingIp, _Mapping]] = ...) -> None: ...

class AddIpsToServerRequest(_message.Message):
    __slots__ = ("location", "name_or_id", "ips", "network", "auto_ip", "reuse", "fixed_address", "wait", "request_id")
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    NAME_OR_ID_FIELD_NUMBER: _ClassVar[int]
    IPS_FIELD_NUMBER: _ClassVar[int]
    NETWORK_FIELD_NUMBER: _ClassVar[int]
    AUTO_IP_FIELD_NUMBER: _ClassVar[int]
    REUSE_FIELD_NUMBER: _ClassVar[int]
    FIXED_ADDRESS_FIELD_NUMBER: _ClassVar[int]
    WAIT_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    name_or_id: str
    ips: _containers.RepeatedScalarFieldContainer[str]
    network: str
    auto_ip: bool
    reuse: bool
    fixed_address: str
    wait: _duration_pb2.Duration
    request_id: str
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., name_or_id: _Optional[str] = ..., ips: _Optional[_Iterable[str]] = ..., network: _Optional[str] = ..., auto_ip: bool = ..., reuse: bool = ..., fixed_address: _Optional[str] = ..., wait: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., request_id: _Optional[str] = ...) -> None: ...

class AddIpsToServerResponse(_message.Message):
    __slots__ = ("server",)
    SERVER_FIELD_NUMBER: _ClassVar[int]
    server: _server_pb2.Server
    def __init__(self, server: _Optional[_Union[_server_pb2.Server, _Mapping]] = ...) -> None: ...

class DetachIpFromServerRequest(_message.Message):
    __slots__ = ("location", "name_or_id", "floating_ip", "request_id")
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    NAME_OR_ID_FIELD_NUMBER: _ClassVar[int]
    FLOATING_IP_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    name_or_id: str
    floating_ip: str
    request_id: str
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., name_or_id: _Optional[str] = ..., floating_ip: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class DetachIpFromServerResponse(_message.Message):
    __slots__ = ("floating_ip",)
    FLOATING_IP_FIELD_NUMBER: _ClassVar[int]
    floating_ip: _floating_ip_pb2.FloatingIp
    def __init__(self, floating_ip: _Optional[_Union[_floating_ip_pb2.FloatingIp, _Mapping]] = ...) -> None: ...

class ListPortForwardingsRequest(_message.Message):
    __slots__ = ("location", "name_or_id", "jmespath", "filter", "page_size", "page_token", "max_age", "return_partial_success", "floating_ip")
    class FilterEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    NAME_OR_ID_FIELD_NUMBER: _ClassVar[int]
    JMESPATH_FIELD_NUMBER: _ClassVar[int]
    FILTER_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    MAX_AGE_FIELD_NUMBER: _ClassVar[int]
    RETURN_PARTIAL_SUCCESS_FIELD_NUMBER: _ClassVar[int]
    FLOATING_IP_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    name_or_id: str
    jmespath: str
    filter: _containers.ScalarMap[str, str]
    page_size: int
    page_token: str
    max_age: _duration_pb2.Duration
    return_partial_success: bool
    floating_ip: str
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., name_or_id: _Optional[str] = ..., jmespath: _Optional[str] = ..., filter: _Optional[_Mapping[str, str]] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., max_age: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., return_partial_success: bool = ..., floating_ip: _Optional[str] = ...) -> None: ...

class ListPortForwardingsResponse(_message.Message):
    __slots__ = ("port_forwardings", "next_page_token", "unreachable", "as_of")
    PORT_FORWARDINGS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    UNREACHABLE_FIELD_NUMBER: _ClassVar[int]
    AS_OF_FIELD_NUMBER: _ClassVar[int]
    port_forwardings: _containers.RepeatedCompositeFieldContainer[_port_forwarding_pb2.PortForwarding]
    next_page_token: str
    unreachable: _containers.RepeatedCompositeFieldContainer[_location_pb2.Unreachable]
    as_of: _timestamp_pb2.Timestamp
    def __init__(self, port_forwardings: _Optional[_Iterable[_Union[_port_forwarding_pb2.PortForwarding, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., unreachable: _Optional[_Iterable[_Union[_location_pb2.Unreachable, _Mapping]]] = ..., as_of: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class GetPortForwardingRequest(_message.Message):
    __slots__ = ("location", "name_or_id", "max_age", "floating_ip")
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    NAME_OR_ID_FIELD_NUMBER: _ClassVar[int]
    MAX_AGE_FIELD_NUMBER: _ClassVar[int]
    FLOATING_IP_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    name_or_id: str
    max_age: _duration_pb2.Duration
    floating_ip: str
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., name_or_id: _Optional[str] = ..., max_age: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., floating_ip: _Optional[str] = ...) -> None: ...

class GetPortForwardingResponse(_message.Message):
    __slots__ = ("port_forwarding", "as_of")
    PORT_FORWARDING_FIELD_NUMBER: _ClassVar[int]
    AS_OF_FIELD_NUMBER: _ClassVar[int]
    port_forwarding: _port_forwarding_pb2.PortForwarding
    as_of: _timestamp_pb2.Timestamp
    def __init__(self, port_forwarding: _Optional[_Union[_port_forwarding_pb2.PortForwarding, _Mapping]] = ..., as_of: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class CreatePortForwardingRequest(_message.Message):
    __slots__ = ("location", "floating_ip", "protocol", "external_port", "internal_port", "external_port_range", "internal_port_range", "port", "fixed_address", "description", "request_id")
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    FLOATING_IP_FIELD_NUMBER: _ClassVar[int]
    PROTOCOL_FIELD_NUMBER: _ClassVar[int]
    EXTERNAL_PORT_FIELD_NUMBER: _ClassVar[int]
    INTERNAL_PORT_FIELD_NUMBER: _ClassVar[int]
    EXTERNAL_PORT_RANGE_FIELD_NUMBER: _ClassVar[int]
    INTERNAL_PORT_RANGE_FIELD_NUMBER: _ClassVar[int]
    PORT_FIELD_NUMBER: _ClassVar[int]
    FIXED_ADDRESS_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    floating_ip: str
    protocol: str
    external_port: int
    internal_port: int
    external_port_range: str
    internal_port_range: str
    port: str
    fixed_address: str
    description: str
    request_id: str
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., floating_ip: _Optional[str] = ..., protocol: _Optional[str] = ..., external_port: _Optional[int] = ..., internal_port: _Optional[int] = ..., external_port_range: _Optional[str] = ..., internal_port_range: _Optional[str] = ..., port: _Optional[str] = ..., fixed_address: _Optional[str] = ..., description: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class CreatePortForwardingResponse(_message.Message):
    __slots__ = ("port_forwarding",)
    PORT_FORWARDING_FIELD_NUMBER: _ClassVar[int]
    port_forwarding: _port_forwarding_pb2.PortForwarding
    def __init__(self, port_forwarding: _Optional[_Union[_port_forwarding_pb2.PortForwarding, _Mapping]] = ...) -> None: ...

class UpdatePortForwardingRequest(_message.Message):
    __slots__ = ("location", "name_or_id", "floating_ip", "protocol", "external_port", "internal_port", "external_port_range", "internal_port_range", "port", "fixed_address", "description", "update_mask", "request_id")
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    NAME_OR_ID_FIELD_NUMBER: _ClassVar[int]
    FLOATING_IP_FIELD_NUMBER: _ClassVar[int]
    PROTOCOL_FIELD_NUMBER: _ClassVar[int]
    EXTERNAL_PORT_FIELD_NUMBER: _ClassVar[int]
    INTERNAL_PORT_FIELD_NUMBER: _ClassVar[int]
    EXTERNAL_PORT_RANGE_FIELD_NUMBER: _ClassVar[int]
    INTERNAL_PORT_RANGE_FIELD_NUMBER: _ClassVar[int]
    PORT_FIELD_NUMBER: _ClassVar[int]
    FIXED_ADDRESS_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    UPDATE_MASK_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    name_or_id: str
    floating_ip: str
    protocol: str
    external_port: int
    internal_port: int
    external_port_range: str
    internal_port_range: str
    port: str
    fixed_address: str
    description: str
    update_mask: _field_mask_pb2.FieldMask
    request_id: str
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., name_or_id: _Optional[str] = ..., floating_ip: _Optional[str] = ..., protocol: _Optional[str] = ..., external_port: _Optional[int] = ..., internal_port: _Optional[int] = ..., external_port_range: _Optional[str] = ..., internal_port_range: _Optional[str] = ..., port: _Optional[str] = ..., fixed_address: _Optional[str] = ..., description: _Optional[str] = ..., update_mask: _Optional[_Union[_field_mask_pb2.FieldMask, _Mapping]] = ..., request_id: _Optional[str] = ...) -> None: ...

class UpdatePortForwardingResponse(_message.Message):
    __slots__ = ("port_forwarding",)
    PORT_FORWARDING_FIELD_NUMBER: _ClassVar[int]
    port_forwarding: _port_forwarding_pb2.PortForwarding
    def __init__(self, port_forwarding: _Optional[_Union[_port_forwarding_pb2.PortForwarding, _Mapping]] = ...) -> None: ...

class DeletePortForwardingRequest(_message.Message):
    __slots__ = ("location", "name_or_id", "floating_ip", "request_id")
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    NAME_OR_ID_FIELD_NUMBER: _ClassVar[int]
    FLOATING_IP_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    name_or_id: str
    floating_ip: str
    request_id: str
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., name_or_id: _Optional[str] = ..., floating_ip: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class DeletePortForwardingResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...
