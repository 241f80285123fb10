# mypy: disable-error-code="type-arg"
from oaktreemodel.v1 import location_pb2 as _location_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class AddressScope(_message.Message):
    __slots__ = ("location", "id", "name", "ip_version", "shared", "properties")
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
    IP_VERSION_FIELD_NUMBER: _ClassVar[int]
    SHARED_FIELD_NUMBER: _ClassVar[int]
    PROPERTIES_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    id: str
    name: str
    ip_version: int
    shared: bool
    properties: _containers.ScalarMap[str, str]
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., id: _Optional[str] = ..., name: _Optional[str] = ..., ip_version: _Optional[int] = ..., shared: bool = ..., properties: _Optional[_Mapping[str, str]] = ...) -> None: ...
