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

class ImageState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    IMAGE_STATE_UNSPECIFIED: _ClassVar[ImageState]
    IMAGE_STATE_QUEUED: _ClassVar[ImageState]
    IMAGE_STATE_UPLOADING: _ClassVar[ImageState]
    IMAGE_STATE_ACTIVE: _ClassVar[ImageState]
    IMAGE_STATE_DEACTIVATED: _ClassVar[ImageState]
    IMAGE_STATE_ERROR: _ClassVar[ImageState]
    IMAGE_STATE_DELETED: _ClassVar[ImageState]
IMAGE_STATE_UNSPECIFIED: ImageState
IMAGE_STATE_QUEUED: ImageState
IMAGE_STATE_UPLOADING: ImageState
IMAGE_STATE_ACTIVE: ImageState
IMAGE_STATE_DEACTIVATED: ImageState
IMAGE_STATE_ERROR: ImageState
IMAGE_STATE_DELETED: ImageState

class Image(_message.Message):
    __slots__ = ("location", "id", "name", "state", "native_status", "disk_format", "container_format", "visibility", "size_bytes", "virtual_size_bytes", "min_disk_gib", "min_ram_mib", "checksum", "hash_algo", "hash_value", "is_protected", "hidden", "tags", "create_time", "update_time", "properties")
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
    DISK_FORMAT_FIELD_NUMBER: _ClassVar[int]
    CONTAINER_FORMAT_FIELD_NUMBER: _ClassVar[int]
    VISIBILITY_FIELD_NUMBER: _ClassVar[int]
    SIZE_BYTES_FIELD_NUMBER: _ClassVar[int]
    VIRTUAL_SIZE_BYTES_FIELD_NUMBER: _ClassVar[int]
    MIN_DISK_GIB_FIELD_NUMBER: _ClassVar[int]
    MIN_RAM_MIB_FIELD_NUMBER: _ClassVar[int]
    CHECKSUM_FIELD_NUMBER: _ClassVar[int]
    HASH_ALGO_FIELD_NUMBER: _ClassVar[int]
    HASH_VALUE_FIELD_NUMBER: _ClassVar[int]
    IS_PROTECTED_FIELD_NUMBER: _ClassVar[int]
    HIDDEN_FIELD_NUMBER: _ClassVar[int]
    TAGS_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    PROPERTIES_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    id: str
    name: str
    state: ImageState
    native_status: str
    disk_format: str
    container_format: str
    visibility: str
    size_bytes: int
    virtual_size_bytes: int
    min_disk_gib: int
    min_ram_mib: int
    checksum: str
    hash_algo: str
    hash_value: str
    is_protected: bool
    hidden: bool
    tags: _containers.RepeatedScalarFieldContainer[str]
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    properties: _containers.ScalarMap[str, str]
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., id: _Optional[str] = ..., name: _Optional[str] = ..., state: _Optional[_Union[ImageState, str]] = ..., native_status: _Optional[str] = ..., disk_format: _Optional[str] = ..., container_format: _Optional[str] = ..., visibility: _Optional[str] = ..., size_bytes: _Optional[int] = ..., virtual_size_bytes: _Optional[int] = ..., min_disk_gib: _Optional[int] = ..., min_ram_mib: _Optional[int] = ..., checksum: _Optional[str] = ..., hash_algo: _Optional[str] = ..., hash_value: _Optional[str] = ..., is_protected: bool = ..., hidden: bool = ..., tags: _Optional[_Iterable[str]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., properties: _Optional[_Mapping[str, str]] = ...) -> None: ...
