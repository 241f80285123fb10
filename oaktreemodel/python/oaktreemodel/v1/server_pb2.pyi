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

class ServerState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SERVER_STATE_UNSPECIFIED: _ClassVar[ServerState]
    SERVER_STATE_BUILDING: _ClassVar[ServerState]
    SERVER_STATE_ACTIVE: _ClassVar[ServerState]
    SERVER_STATE_STOPPED: _ClassVar[ServerState]
    SERVER_STATE_SUSPENDED: _ClassVar[ServerState]
    SERVER_STATE_ERROR: _ClassVar[ServerState]
    SERVER_STATE_DELETED: _ClassVar[ServerState]
    SERVER_STATE_REBOOTING: _ClassVar[ServerState]
    SERVER_STATE_RESCUED: _ClassVar[ServerState]
    SERVER_STATE_RESIZED: _ClassVar[ServerState]
SERVER_STATE_UNSPECIFIED: ServerState
SERVER_STATE_BUILDING: ServerState
SERVER_STATE_ACTIVE: ServerState
SERVER_STATE_STOPPED: ServerState
SERVER_STATE_SUSPENDED: ServerState
SERVER_STATE_ERROR: ServerState
SERVER_STATE_DELETED: ServerState
SERVER_STATE_REBOOTING: ServerState
SERVER_STATE_RESCUED: ServerState
SERVER_STATE_RESIZED: ServerState

class Address(_message.Message):
    __slots__ = ("ip", "ip_version", "network", "floating", "is_public", "mac_address")
    IP_FIELD_NUMBER: _ClassVar[int]
    IP_VERSION_FIELD_NUMBER: _ClassVar[int]
    NETWORK_FIELD_NUMBER: _ClassVar[int]
    FLOATING_FIELD_NUMBER: _ClassVar[int]
    IS_PUBLIC_FIELD_NUMBER: _ClassVar[int]
    MAC_ADDRESS_FIELD_NUMBER: _ClassVar[int]
    ip: str
    ip_version: int
    network: str
    floating: bool
    is_public: bool
    mac_address: str
    def __init__(self, ip: _Optional[str] = ..., ip_version: _Optional[int] = ..., network: _Optional[str] = ..., floating: bool = ..., is_public: bool = ..., mac_address: _Optional[str] = ...) -> None: ...

class ServerFlavor(_message.Message):
    __slots__ = ("id", "name", "vcpus", "ram_mib", "disk_gib")
    ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    VCPUS_FIELD_NUMBER: _ClassVar[int]
    RAM_MIB_FIELD_NUMBER: _ClassVar[int]
    DISK_GIB_FIELD_NUMBER: _ClassVar[int]
    id: str
    name: str
    vcpus: int
    ram_mib: int
    disk_gib: int
    def __init__(self, id: _Optional[str] = ..., name: _Optional[str] = ..., vcpus: _Optional[int] = ..., ram_mib: _Optional[int] = ..., disk_gib: _Optional[int] = ...) -> None: ...

class ServerFault(_message.Message):
    __slots__ = ("code", "message", "create_time")
    CODE_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    code: int
    message: str
    create_time: _timestamp_pb2.Timestamp
    def __init__(self, code: _Optional[int] = ..., message: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class Server(_message.Message):
    __slots__ = ("location", "id", "name", "state", "native_status", "addresses", "public_v4", "public_v6", "private_v4", "create_time", "metadata", "update_time", "launch_time", "native_task_state", "flavor", "image_id", "key_name", "security_groups", "volume_ids", "user_id", "description", "tags", "locked", "config_drive", "host_id", "fault", "properties")
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
    ADDRESSES_FIELD_NUMBER: _ClassVar[int]
    PUBLIC_V4_FIELD_NUMBER: _ClassVar[int]
    PUBLIC_V6_FIELD_NUMBER: _ClassVar[int]
    PRIVATE_V4_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    LAUNCH_TIME_FIELD_NUMBER: _ClassVar[int]
    NATIVE_TASK_STATE_FIELD_NUMBER: _ClassVar[int]
    FLAVOR_FIELD_NUMBER: _ClassVar[int]
    IMAGE_ID_FIELD_NUMBER: _ClassVar[int]
    KEY_NAME_FIELD_NUMBER: _ClassVar[int]
    SECURITY_GROUPS_FIELD_NUMBER: _ClassVar[int]
    VOLUME_IDS_FIELD_NUMBER: _ClassVar[int]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    TAGS_FIELD_NUMBER: _ClassVar[int]
    LOCKED_FIELD_NUMBER: _ClassVar[int]
    CONFIG_DRIVE_FIELD_NUMBER: _ClassVar[int]
    HOST_ID_FIELD_NUMBER: _ClassVar[int]
    FAULT_FIELD_NUMBER: _ClassVar[int]
    PROPERTIES_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    id: str
    name: str
    state: ServerState
    native_status: str
    addresses: _containers.RepeatedCompositeFieldContainer[Address]
    public_v4: str
    public_v6: str
    private_v4: str
    create_time: _timestamp_pb2.Timestamp
    metadata: _containers.ScalarMap[str, str]
    update_time: _timestamp_pb2.Timestamp
    launch_time: _timestamp_pb2.Timestamp
    native_task_state: str
    flavor: ServerFlavor
    image_id: str
    key_name: str
    security_groups: _containers.RepeatedScalarFieldContainer[str]
    volume_ids: _containers.RepeatedScalarFieldContainer[str]
    user_id: str
    description: str
    tags: _containers.RepeatedScalarFieldContainer[str]
    locked: bool
    config_drive: bool
    host_id: str
    fault: ServerFault
    properties: _containers.ScalarMap[str, str]
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., id: _Optional[str] = ..., name: _Optional[str] = ..., state: _Optional[_Union[ServerState, str]] = ..., native_status: _Optional[str] = ..., addresses: _Optional[_Iterable[_Union[Address, _Mapping]]] = ..., public_v4: _Optional[str] = ..., public_v6: _Optional[str] = ..., private_v4: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., metadata: _Optional[_Mapping[str, str]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., launch_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., native_task_state: _Optional[str] = ..., flavor: _Optional[_Union[ServerFlavor, _Mapping]] = ..., image_id: _Optional[str] = ..., key_name: _Optional[str] = ..., security_groups: _Optional[_Iterable[str]] = ..., volume_ids: _Optional[_Iterable[str]] = ..., user_id: _Optional[str] = ..., description: _Optional[str] = ..., tags: _Optional[_Iterable[str]] = ..., locked: bool = ..., config_drive: bool = ..., host_id: _Optional[str] = ..., fault: _Optional[_Union[ServerFault, _Mapping]] = ..., properties: _Optional[_Mapping[str, str]] = ...) -> None: ...
