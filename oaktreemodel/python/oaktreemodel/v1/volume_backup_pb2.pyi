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

class VolumeBackupState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    VOLUME_BACKUP_STATE_UNSPECIFIED: _ClassVar[VolumeBackupState]
    VOLUME_BACKUP_STATE_CREATING: _ClassVar[VolumeBackupState]
    VOLUME_BACKUP_STATE_AVAILABLE: _ClassVar[VolumeBackupState]
    VOLUME_BACKUP_STATE_RESTORING: _ClassVar[VolumeBackupState]
    VOLUME_BACKUP_STATE_ERROR: _ClassVar[VolumeBackupState]
    VOLUME_BACKUP_STATE_DELETED: _ClassVar[VolumeBackupState]
VOLUME_BACKUP_STATE_UNSPECIFIED: VolumeBackupState
VOLUME_BACKUP_STATE_CREATING: VolumeBackupState
VOLUME_BACKUP_STATE_AVAILABLE: VolumeBackupState
VOLUME_BACKUP_STATE_RESTORING: VolumeBackupState
VOLUME_BACKUP_STATE_ERROR: VolumeBackupState
VOLUME_BACKUP_STATE_DELETED: VolumeBackupState

class VolumeBackup(_message.Message):
    __slots__ = ("location", "id", "name", "state", "native_status", "volume_id", "snapshot_id", "size_gib", "description", "metadata", "container", "object_count", "incremental", "has_dependent_backups", "fail_reason", "data_time", "user_id", "create_time", "update_time", "properties")
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
    STATE_FIELD_NUMBER: _ClassVar[int]
    NATIVE_STATUS_FIELD_NUMBER: _ClassVar[int]
    VOLUME_ID_FIELD_NUMBER: _ClassVar[int]
    SNAPSHOT_ID_FIELD_NUMBER: _ClassVar[int]
    SIZE_GIB_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    CONTAINER_FIELD_NUMBER: _ClassVar[int]
    OBJECT_COUNT_FIELD_NUMBER: _ClassVar[int]
    INCREMENTAL_FIELD_NUMBER: _ClassVar[int]
    HAS_DEPENDENT_BACKUPS_FIELD_NUMBER: _ClassVar[int]
    FAIL_REASON_FIELD_NUMBER: _ClassVar[int]
    DATA_TIME_FIELD_NUMBER: _ClassVar[int]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    PROPERTIES_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    id: str
    name: str
    state: VolumeBackupState
    native_status: str
    volume_id: str
    snapshot_id: str
    size_gib: int
    description: str
    metadata: _containers.ScalarMap[str, str]
    container: str
    object_count: int
    incremental: bool
    has_dependent_backups: bool
    fail_reason: str
    data_time: _timestamp_pb2.Timestamp
    user_id: str
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    properties: _containers.ScalarMap[str, str]
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., id: _Optional[str] = ..., name: _Optional[str] = ..., state: _Optional[_Union[VolumeBackupState, str]] = ..., native_status: _Optional[str] = ..., volume_id: _Optional[str] = ..., snapshot_id: _Optional[str] = ..., size_gib: _Optional[int] = ..., description: _Optional[str] = ..., metadata: _Optional[_Mapping[str, str]] = ..., container: _Optional[str] = ..., object_count: _Optional[int] = ..., incremental: bool = ..., has_dependent_backups: bool = ..., fail_reason: _Optional[str] = ..., data_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., user_id: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., properties: _Optional[_Mapping[str, str]] = ...) -> None: ...
