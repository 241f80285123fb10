# mypy: disable-error-code="type-arg"
from oaktreemodel.v1 import location_pb2 as _location_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ServerInterfaceState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SERVER_INTERFACE_STATE_UNSPECIFIED: _ClassVar[ServerInterfaceState]
    SERVER_INTERFACE_STATE_ACTIVE: _ClassVar[ServerInterfaceState]
    SERVER_INTERFACE_STATE_BUILDING: _ClassVar[ServerInterfaceState]
    SERVER_INTERFACE_STATE_DOWN: _ClassVar[ServerInterfaceState]
    SERVER_INTERFACE_STATE_ERROR: _ClassVar[ServerInterfaceState]
SERVER_INTERFACE_STATE_UNSPECIFIED: ServerInterfaceState
SERVER_INTERFACE_STATE_ACTIVE: ServerInterfaceState
SERVER_INTERFACE_STATE_BUILDING: ServerInterfaceState
SERVER_INTERFACE_STATE_DOWN: ServerInterfaceState
SERVER_INTERFACE_STATE_ERROR: ServerInterfaceState

class ServerInterfaceAddress(_message.Message):
    __slots__ = ("ip", "subnet_id")
    IP_FIELD_NUMBER: _ClassVar[int]
    SUBNET_ID_FIELD_NUMBER: _ClassVar[int]
    ip: str
    subnet_id: str
    def __init__(self, ip: _Optional[str] = ..., subnet_id: _Optional[str] = ...) -> None: ...

class ServerInterface(_message.Message):
    __slots__ = ("location", "id", "name", "state", "native_status", "network_id", "fixed_addresses", "tag", "properties")
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
    NETWORK_ID_FIELD_NUMBER: _ClassVar[int]
    FIXED_ADDRESSES_FIELD_NUMBER: _ClassVar[int]
    TAG_FIELD_NUMBER: _ClassVar[int]
    PROPERTIES_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    id: str
    name: str
    state: ServerInterfaceState
    native_status: str
    network_id: str
    fixed_addresses: _containers.RepeatedCompositeFieldContainer[ServerInterfaceAddress]
    tag: str
    properties: _containers.ScalarMap[str, str]
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., id: _Optional[str] = ..., name: _Optional[str] = ..., state: _Optional[_Union[ServerInterfaceState, str]] = ..., native_status: _Optional[str] = ..., network_id: _Optional[str] = ..., fixed_addresses: _Optional[_Iterable[_Union[ServerInterfaceAddress, _Mapping]]] = ..., tag: _Optional[str] = ..., properties: _Optional[_Mapping[str, str]] = ...) -> None: ...
