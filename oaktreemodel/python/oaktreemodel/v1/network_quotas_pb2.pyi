# mypy: disable-error-code="type-arg"
from oaktreemodel.v1 import location_pb2 as _location_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class NetworkQuota(_message.Message):
    __slots__ = ("limit", "used", "reserved")
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    USED_FIELD_NUMBER: _ClassVar[int]
    RESERVED_FIELD_NUMBER: _ClassVar[int]
    limit: int
    used: int
    reserved: int
    def __init__(self, limit: _Optional[int] = ..., used: _Optional[int] = ..., reserved: _Optional[int] = ...) -> None: ...

class NetworkQuotas(_message.Message):
    __slots__ = ("location", "networks", "subnets", "ports", "routers", "floating_ips", "security_groups", "security_group_rules", "subnet_pools", "rbac_policies", "trunks", "others")
    class OthersEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: NetworkQuota
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[NetworkQuota, _Mapping]] = ...) -> None: ...
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    NETWORKS_FIELD_NUMBER: _ClassVar[int]
    SUBNETS_FIELD_NUMBER: _ClassVar[int]
    PORTS_FIELD_NUMBER: _ClassVar[int]
    ROUTERS_FIELD_NUMBER: _ClassVar[int]
    FLOATING_IPS_FIELD_NUMBER: _ClassVar[int]
    SECURITY_GROUPS_FIELD_NUMBER: _ClassVar[int]
    SECURITY_GROUP_RULES_FIELD_NUMBER: _ClassVar[int]
    SUBNET_POOLS_FIELD_NUMBER: _ClassVar[int]
    RBAC_POLICIES_FIELD_NUMBER: _ClassVar[int]
    TRUNKS_FIELD_NUMBER: _ClassVar[int]
    OTHERS_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    networks: NetworkQuota
    subnets: NetworkQuota
    ports: NetworkQuota
    routers: NetworkQuota
    floating_ips: NetworkQuota
    security_groups: NetworkQuota
    security_group_rules: NetworkQuota
    subnet_pools: NetworkQuota
    rbac_policies: NetworkQuota
    trunks: NetworkQuota
    others: _containers.MessageMap[str, NetworkQuota]
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., networks: _Optional[_Union[NetworkQuota, _Mapping]] = ..., subnets: _Optional[_Union[NetworkQuota, _Mapping]] = ..., ports: _Optional[_Union[NetworkQuota, _Mapping]] = ..., routers: _Optional[_Union[NetworkQuota, _Mapping]] = ..., floating_ips: _Optional[_Union[NetworkQuota, _Mapping]] = ..., security_groups: _Optional[_Union[NetworkQuota, _Mapping]] = ..., security_group_rules: _Optional[_Union[NetworkQuota, _Mapping]] = ..., subnet_pools: _Optional[_Union[NetworkQuota, _Mapping]] = ..., rbac_policies: _Optional[_Union[NetworkQuota, _Mapping]] = ..., trunks: _Optional[_Union[NetworkQuota, _Mapping]] = ..., others: _Optional[_Mapping[str, NetworkQuota]] = ...) -> None: ...
