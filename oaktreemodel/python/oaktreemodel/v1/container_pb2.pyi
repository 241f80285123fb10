# mypy: disable-error-code="type-arg"
import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from oaktreemodel.v1 import location_pb2 as _location_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ContainerAccess(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CONTAINER_ACCESS_UNSPECIFIED: _ClassVar[ContainerAccess]
    CONTAINER_ACCESS_PRIVATE: _ClassVar[ContainerAccess]
    CONTAINER_ACCESS_PUBLIC: _ClassVar[ContainerAccess]
    CONTAINER_ACCESS_CUSTOM: _ClassVar[ContainerAccess]
CONTAINER_ACCESS_UNSPECIFIED: ContainerAccess
CONTAINER_ACCESS_PRIVATE: ContainerAccess
CONTAINER_ACCESS_PUBLIC: ContainerAccess
CONTAINER_ACCESS_CUSTOM: ContainerAccess

class Container(_message.Message):
    __slots__ = ("location", "id", "name", "object_count", "size_bytes", "update_time", "access", "read_acl", "write_acl", "metadata", "storage_policy", "signs_urls", "properties")
    class MetadataEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
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
    OBJECT_COUNT_FIELD_NUMBER: _ClassVar[int]
    SIZE_BYTES_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    ACCESS_FIELD_NUMBER: _ClassVar[int]
    READ_ACL_FIELD_NUMBER: _ClassVar[int]
    WRITE_ACL_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    STORAGE_POLICY_FIELD_NUMBER: _ClassVar[int]
    SIGNS_URLS_FIELD_NUMBER: _ClassVar[int]
    PROPERTIES_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    id: str
    name: str
    object_count: int
    size_bytes: int
    update_time: _timestamp_pb2.Timestamp
    access: ContainerAccess
    read_acl: str
    write_acl: str
    metadata: _containers.ScalarMap[str, str]
    storage_policy: str
    signs_urls: bool
    properties: _containers.ScalarMap[str, str]
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., id: _Optional[str] = ..., name: _Optional[str] = ..., object_count: _Optional[int] = ..., size_bytes: _Optional[int] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., access: _Optional[_Union[ContainerAccess, str]] = ..., read_acl: _Optional[str] = ..., write_acl: _Optional[str] = ..., metadata: _Optional[_Mapping[str, str]] = ..., storage_policy: _Optional[str] = ..., signs_urls: bool = ..., properties: _Optional[_Mapping[str, str]] = ...) -> None: ...
