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

class TrunkState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TRUNK_STATE_UNSPECIFIED: _ClassVar[TrunkState]
    TRUNK_STATE_BUILDING: _ClassVar[TrunkState]
    TRUNK_STATE_ACTIVE: _ClassVar[TrunkState]
    TRUNK_STATE_DOWN: _ClassVar[TrunkState]
    TRUNK_STATE_DEGRADED: _ClassVar[TrunkState]
    TRUNK_STATE_ERROR: _ClassVar[TrunkState]
TRUNK_STATE_UNSPECIFIED: TrunkState
TRUNK_STATE_BUILDING: TrunkState
TRUNK_STATE_ACTIVE: TrunkState
TRUNK_STATE_DOWN: TrunkState
TRUNK_STATE_DEGRADED: TrunkState
TRUNK_STATE_ERROR: TrunkState

class SubPort(_message.Message):
    __slots__ = ("port_id", "segmentation_type", "segmentation_id")
    PORT_ID_FIELD_NUMBER: _ClassVar[int]
    SEGMENTATION_TYPE_FIELD_NUMBER: _ClassVar[int]
    SEGMENTATION_ID_FIELD_NUMBER: _ClassVar[int]
    port_id: str
    segmentation_type: str
    segmentation_id: int
    def __init__(self, port_id: _Optional[str] = ..., segmentation_type: _Optional[str] = ..., segmentation_id: _Optional[int] = ...) -> None: ...

class Trunk(_message.Message):
    __slots__ = ("location", "id", "name", "state", "native_status", "description", "admin_state_up", "port_id", "sub_ports", "tags", "create_time", "update_time", "properties")
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
    PORT_ID_FIELD_NUMBER: _ClassVar[int]
    SUB_PORTS_FIELD_NUMBER: _ClassVar[int]
    TAGS_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    PROPERTIES_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    id: str
    name: str
    state: TrunkState
    native_status: str
    description: str
    admin_state_up: bool
    port_id: str
    sub_ports: _containers.RepeatedCompositeFieldContainer[SubPort]
    tags: _containers.RepeatedScalarFieldContainer[str]
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    properties: _containers.ScalarMap[str, str]
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., id: _Optional[str] = ..., name: _Optional[str] = ..., state: _Optional[_Union[TrunkState, str]] = ..., native_status: _Optional[str] = ..., description: _Optional[str] = ..., admin_state_up: bool = ..., port_id: _Optional[str] = ..., sub_ports: _Optional[_Iterable[_Union[SubPort, _Mapping]]] = ..., tags: _Optional[_Iterable[str]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., properties: _Optional[_Mapping[str, str]] = ...) -> None: ...
