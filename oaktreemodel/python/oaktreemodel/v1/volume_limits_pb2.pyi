# mypy: disable-error-code="type-arg"
from oaktreemodel.v1 import location_pb2 as _location_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class VolumeLimits(_message.Message):
    __slots__ = ("location", "max_volumes", "volumes_used", "max_size_gib", "size_used_gib", "max_snapshots", "snapshots_used", "max_backups", "backups_used", "max_backup_size_gib", "backup_size_used_gib", "properties")
    class PropertiesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    MAX_VOLUMES_FIELD_NUMBER: _ClassVar[int]
    VOLUMES_USED_FIELD_NUMBER: _ClassVar[int]
    MAX_SIZE_GIB_FIELD_NUMBER: _ClassVar[int]
    SIZE_USED_GIB_FIELD_NUMBER: _ClassVar[int]
    MAX_SNAPSHOTS_FIELD_NUMBER: _ClassVar[int]
    SNAPSHOTS_USED_FIELD_NUMBER: _ClassVar[int]
    MAX_BACKUPS_FIELD_NUMBER: _ClassVar[int]
    BACKUPS_USED_FIELD_NUMBER: _ClassVar[int]
    MAX_BACKUP_SIZE_GIB_FIELD_NUMBER: _ClassVar[int]
    BACKUP_SIZE_USED_GIB_FIELD_NUMBER: _ClassVar[int]
    PROPERTIES_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    max_volumes: int
    volumes_used: int
    max_size_gib: int
    size_used_gib: int
    max_snapshots: int
    snapshots_used: int
    max_backups: int
    backups_used: int
    max_backup_size_gib: int
    backup_size_used_gib: int
    properties: _containers.ScalarMap[str, str]
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., max_volumes: _Optional[int] = ..., volumes_used: _Optional[int] = ..., max_size_gib: _Optional[int] = ..., size_used_gib: _Optional[int] = ..., max_snapshots: _Optional[int] = ..., snapshots_used: _Optional[int] = ..., max_backups: _Optional[int] = ..., backups_used: _Optional[int] = ..., max_backup_size_gib: _Optional[int] = ..., backup_size_used_gib: _Optional[int] = ..., properties: _Optional[_Mapping[str, str]] = ...) -> None: ...

class VolumeQuotas(_message.Message):
    __slots__ = ("location", "volumes", "snapshots", "backups", "groups", "size_gib", "volume_size_gib", "backup_size_gib", "properties")
    class PropertiesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    VOLUMES_FIELD_NUMBER: _ClassVar[int]
    SNAPSHOTS_FIELD_NUMBER: _ClassVar[int]
    BACKUPS_FIELD_NUMBER: _ClassVar[int]
    GROUPS_FIELD_NUMBER: _ClassVar[int]
    SIZE_GIB_FIELD_NUMBER: _ClassVar[int]
    VOLUME_SIZE_GIB_FIELD_NUMBER: _ClassVar[int]
    BACKUP_SIZE_GIB_FIELD_NUMBER: _ClassVar[int]
    PROPERTIES_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    volumes: int
    snapshots: int
    backups: int
    groups: int
    size_gib: int
    volume_size_gib: int
    backup_size_gib: int
    properties: _containers.ScalarMap[str, str]
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., volumes: _Optional[int] = ..., snapshots: _Optional[int] = ..., backups: _Optional[int] = ..., groups: _Optional[int] = ..., size_gib: _Optional[int] = ..., volume_size_gib: _Optional[int] = ..., backup_size_gib: _Optional[int] = ..., properties: _Optional[_Mapping[str, str]] = ...) -> None: ...
