# mypy: disable-error-code="type-arg"
import datetime

from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import field_mask_pb2 as _field_mask_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from oaktreemodel.v1 import floating_ip_pb2 as _floating_ip_pb2
from oaktreemodel.v1 import location_pb2 as _location_pb2
from oaktreemodel.v1 import network_pb2 as _network_pb2
from oaktreemodel.v1 import security_group_pb2 as _security_group_pb2
from oaktreemodel.v1 import server_pb2 as _server_pb2
from oaktreemodel.v1 import subnet_pb2 as _subnet_pb2
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
