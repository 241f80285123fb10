# mypy: disable-error-code="type-arg"
import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from oaktreemodel.v1 import location_pb2 as _location_pb2
from oaktreemodel.v1 import port_pb2 as _port_pb2
from oaktreemodel.v1 import subnet_pb2 as _subnet_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class RouterState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ROUTER_STATE_UNSPECIFIED: _ClassVar[RouterState]
    ROUTER_STATE_BUILDING: _ClassVar[RouterState]
    ROUTER_STATE_ACTIVE: _ClassVar[RouterState]
    ROUTER_STATE_DOWN: _ClassVar[RouterState]
    ROUTER_STATE_ERROR: _ClassVar[RouterState]
ROUTER_STATE_UNSPECIFIED: RouterState
ROUTER_STATE_BUILDING: RouterState
ROUTER_STATE_ACTIVE: RouterState
ROUTER_STATE_DOWN: RouterState
ROUTER_STATE_ERROR: RouterState

class RouterGateway(_message.Message):
    __slots__ = ("network_id", "snat_enabled", "fixed_ips")
    NETWORK_ID_FIELD_NUMBER: _ClassVar[int]
    SNAT_ENABLED_FIELD_NUMBER: _ClassVar[int]
    FIXED_IPS_FIELD_NUMBER: _ClassVar[int]
    network_id: str
    snat_enabled: bool
    fixed_ips: _containers.RepeatedCompositeFieldContainer[_port_pb2.FixedIp]
    def __init__(self, network_id: _Optional[str] = ..., snat_enabled: bool = ..., fixed_ips: _Optional[_Iterable[_Union[_port_pb2.FixedIp, _Mapping]]] = ...) -> None: ...

class Router(_message.Message):
    __slots__ = ("location", "id", "name", "state", "native_status", "description", "admin_state_up", "external_gateway", "routes", "distributed", "ha", "flavor_id", "zones", "tags", "create_time", "update_time", "properties")
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
    ADMIN_STATE_UP_FIELD_NUMBER: _ClassVar[int]
    EXTERNAL_GATEWAY_FIELD_NUMBER: _ClassVar[int]
    ROUTES_FIELD_NUMBER: _ClassVar[int]
    DISTRIBUTED_FIELD_NUMBER: _ClassVar[int]
    HA_FIELD_NUMBER: _ClassVar[int]
    FLAVOR_ID_FIELD_NUMBER: _ClassVar[int]
    ZONES_FIELD_NUMBER: _ClassVar[int]
    TAGS_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    PROPERTIES_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    id: str
    name: str
    state: RouterState
    native_status: str
    description: str
    admin_state_up: bool
    external_gateway: RouterGateway
    routes: _containers.RepeatedCompositeFieldContainer[_subnet_pb2.HostRoute]
    distributed: bool
    ha: bool
    flavor_id: str
    zones: _containers.RepeatedScalarFieldContainer[str]
    tags: _containers.RepeatedScalarFieldContainer[str]
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    properties: _containers.ScalarMap[str, str]
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., id: _Optional[str] = ..., name: _Optional[str] = ..., state: _Optional[_Union[RouterState, str]] = ..., native_status: _Optional[str] = ..., description: _Optional[str] = ..., admin_state_up: bool = ..., external_gateway: _Optional[_Union[RouterGateway, _Mapping]] = ..., routes: _Optional[_Iterable[_Union[_subnet_pb2.HostRoute, _Mapping]]] = ..., distributed: bool = ..., ha: bool = ..., flavor_id: _Optional[str] = ..., zones: _Optional[_Iterable[str]] = ..., tags: _Optional[_Iterable[str]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., properties: _Optional[_Mapping[str, str]] = ...) -> None: ...
