# mypy: disable-error-code="type-arg"
import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from oaktreemodel.v1 import location_pb2 as _location_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class PortState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PORT_STATE_UNSPECIFIED: _ClassVar[PortState]
    PORT_STATE_BUILDING: _ClassVar[PortState]
    PORT_STATE_ACTIVE: _ClassVar[PortState]
    PORT_STATE_DOWN: _ClassVar[PortState]
    PORT_STATE_ERROR: _ClassVar[PortState]
PORT_STATE_UNSPECIFIED: PortState
PORT_STATE_BUILDING: PortState
PORT_STATE_ACTIVE: PortState
PORT_STATE_DOWN: PortState
PORT_STATE_ERROR: PortState

class FixedIp(_message.Message):
    __slots__ = ("subnet_id", "ip_address")
    SUBNET_ID_FIELD_NUMBER: _ClassVar[int]
    IP_ADDRESS_FIELD_NUMBER: _ClassVar[int]
    subnet_id: str
    ip_address: str
    def __init__(self, subnet_id: _Optional[str] = ..., ip_address: _Optional[str] = ...) -> None: ...

class AllowedAddressPair(_message.Message):
    __slots__ = ("ip_address", "mac_address")
    IP_ADDRESS_FIELD_NUMBER: _ClassVar[int]
    MAC_ADDRESS_FIELD_NUMBER: _ClassVar[int]
    ip_address: str
    mac_address: str
    def __init__(self, ip_address: _Optional[str] = ..., mac_address: _Optional[str] = ...) -> None: ...

class DhcpOption(_message.Message):
    __slots__ = ("name", "value", "ip_version")
    NAME_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    IP_VERSION_FIELD_NUMBER: _ClassVar[int]
    name: str
    value: str
    ip_version: int
    def __init__(self, name: _Optional[str] = ..., value: _Optional[str] = ..., ip_version: _Optional[int] = ...) -> None: ...

class Port(_message.Message):
    __slots__ = ("location", "id", "name", "state", "native_status", "description", "network_id", "mac_address", "admin_state_up", "fixed_ips", "device_id", "device_owner", "server_id", "security_group_ids", "allowed_address_pairs", "extra_dhcp_options", "port_security_enabled", "vnic_type", "dns_name", "dns_domain", "tags", "create_time", "update_time", "properties")
    class PropertiesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    NATIVE_STATUS_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    NETWORK_ID_FIELD_NUMBER: _ClassVar[int]
    MAC_ADDRESS_FIELD_NUMBER: _ClassVar[int]
    ADMIN_STATE_UP_FIELD_NUMBER: _ClassVar[int]
    FIXED_IPS_FIELD_NUMBER: _ClassVar[int]
    DEVICE_ID_FIELD_NUMBER: _ClassVar[int]
    DEVICE_OWNER_FIELD_NUMBER: _ClassVar[int]
    SERVER_ID_FIELD_NUMBER: _ClassVar[int]
    SECURITY_GROUP_IDS_FIELD_NUMBER: _ClassVar[int]
    ALLOWED_ADDRESS_PAIRS_FIELD_NUMBER: _ClassVar[int]
    EXTRA_DHCP_OPTIONS_FIELD_NUMBER: _ClassVar[int]
    PORT_SECURITY_ENABLED_FIELD_NUMBER: _ClassVar[int]
    VNIC_TYPE_FIELD_NUMBER: _ClassVar[int]
    DNS_NAME_FIELD_NUMBER: _ClassVar[int]
    DNS_DOMAIN_FIELD_NUMBER: _ClassVar[int]
    TAGS_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    PROPERTIES_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    id: str
    name: str
    state: PortState
    native_status: str
    description: str
    network_id: str
    mac_address: str
    admin_state_up: bool
    fixed_ips: _containers.RepeatedCompositeFieldContainer[FixedIp]
    device_id: str
    device_owner: str
    server_id: str
    security_group_ids: _containers.RepeatedScalarFieldContainer[str]
    allowed_address_pairs: _containers.RepeatedCompositeFieldContainer[AllowedAddressPair]
    extra_dhcp_options: _containers.RepeatedCompositeFieldContainer[DhcpOption]
    port_security_enabled: bool
    vnic_type: str
    dns_name: str
    dns_domain: str
    tags: _containers.RepeatedScalarFieldContainer[str]
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    properties: _containers.ScalarMap[str, str]
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., id: _Optional[str] = ..., name: _Optional[str] = ..., state: _Optional[_Union[PortState, str]] = ..., native_status: _Optional[str] = ..., description: _Optional[str] = ..., network_id: _Optional[str] = ..., mac_address: _Optional[str] = ..., admin_state_up: bool = ..., fixed_ips: _Optional[_Iterable[_Union[FixedIp, _Mapping]]] = ..., device_id: _Optional[str] = ..., device_owner: _Optional[str] = ..., server_id: _Optional[str] = ..., security_group_ids: _Optional[_Iterable[str]] = ..., allowed_address_pairs: _Optional[_Iterable[_Union[AllowedAddressPair, _Mapping]]] = ..., extra_dhcp_options: _Optional[_Iterable[_Union[DhcpOption, _Mapping]]] = ..., port_security_enabled: bool = ..., vnic_type: _Optional[str] = ..., dns_name: _Optional[str] = ..., dns_domain: _Optional[str] = ..., tags: _Optional[_Iterable[str]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., properties: _Optional[_Mapping[str, str]] = ...) -> None: ...
