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

class VolumeState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    VOLUME_STATE_UNSPECIFIED: _ClassVar[VolumeState]
    VOLUME_STATE_CREATING: _ClassVar[VolumeState]
    VOLUME_STATE_AVAILABLE: _ClassVar[VolumeState]
    VOLUME_STATE_IN_USE: _ClassVar[VolumeState]
    VOLUME_STATE_BUSY: _ClassVar[VolumeState]
    VOLUME_STATE_AWAITING_TRANSFER: _ClassVar[VolumeState]
    VOLUME_STATE_ERROR: _ClassVar[VolumeState]
    VOLUME_STATE_DELETED: _ClassVar[VolumeState]
VOLUME_STATE_UNSPECIFIED: VolumeState
VOLUME_STATE_CREATING: VolumeState
VOLUME_STATE_AVAILABLE: VolumeState
VOLUME_STATE_IN_USE: VolumeState
VOLUME_STATE_BUSY: VolumeState
VOLUME_STATE_AWAITING_TRANSFER: VolumeState
VOLUME_STATE_ERROR: VolumeState
VOLUME_STATE_DELETED: VolumeState

class VolumeAttachment(_message.Message):
    __slots__ = ("id", "server_id", "device", "create_time", "host_name")
    ID_FIELD_NUMBER: _ClassVar[int]
    SERVER_ID_FIELD_NUMBER: _ClassVar[int]
    DEVICE_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    HOST_NAME_FIELD_NUMBER: _ClassVar[int]
    id: str
    server_id: str
    device: str
    create_time: _timestamp_pb2.Timestamp
    host_name: str
    def __init__(self, id: _Optional[str] = ..., server_id: _Optional[str] = ..., device: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., host_name: _Optional[str] = ...) -> None: ...

class Volume(_message.Message):
    __slots__ = ("location", "id", "name", "state", "native_status", "size_gib", "description", "volume_type", "bootable", "encrypted", "multiattach", "attachments", "metadata", "image_metadata", "snapshot_id", "source_volume_id", "user_id", "create_time", "update_time", "volume_type_id", "properties")
    class MetadataEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    class ImageMetadataEntry(_message.Message):
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
    STATE_FIELD_NUMBER: _ClassVar[int]
    NATIVE_STATUS_FIELD_NUMBER: _ClassVar[int]
    SIZE_GIB_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    VOLUME_TYPE_FIELD_NUMBER: _ClassVar[int]
    BOOTABLE_FIELD_NUMBER: _ClassVar[int]
    ENCRYPTED_FIELD_NUMBER: _ClassVar[int]
    MULTIATTACH_FIELD_NUMBER: _ClassVar[int]
    ATTACHMENTS_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    IMAGE_METADATA_FIELD_NUMBER: _ClassVar[int]
    SNAPSHOT_ID_FIELD_NUMBER: _ClassVar[int]
    SOURCE_VOLUME_ID_FIELD_NUMBER: _ClassVar[int]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    VOLUME_TYPE_ID_FIELD_NUMBER: _ClassVar[int]
    PROPERTIES_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    id: str
    name: str
    state: VolumeState
    native_status: str
    size_gib: int
    description: str
    volume_type: str
    bootable: bool
    encrypted: bool
    multiattach: bool
    attachments: _containers.RepeatedCompositeFieldContainer[VolumeAttachment]
    metadata: _containers.ScalarMap[str, str]
    image_metadata: _containers.ScalarMap[str, str]
    snapshot_id: str
    source_volume_id: str
    user_id: str
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    volume_type_id: str
    properties: _containers.ScalarMap[str, str]
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., id: _Optional[str] = ..., name: _Optional[str] = ..., state: _Optional[_Union[VolumeState, str]] = ..., native_status: _Optional[str] = ..., size_gib: _Optional[int] = ..., description: _Optional[str] = ..., volume_type: _Optional[str] = ..., bootable: bool = ..., encrypted: bool = ..., multiattach: bool = ..., attachments: _Optional[_Iterable[_Union[VolumeAttachment, _Mapping]]] = ..., metadata: _Optional[_Mapping[str, str]] = ..., image_metadata: _Optional[_Mapping[str, str]] = ..., snapshot_id: _Optional[str] = ..., source_volume_id: _Optional[str] = ..., user_id: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., volume_type_id: _Optional[str] = ..., properties: _Optional[_Mapping[str, str]] = ...) -> None: ...
