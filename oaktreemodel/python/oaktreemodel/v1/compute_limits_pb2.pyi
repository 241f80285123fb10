# mypy: disable-error-code="type-arg"
from oaktreemodel.v1 import location_pb2 as _location_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ComputeLimits(_message.Message):
    __slots__ = ("location", "max_servers", "max_cores", "max_ram_mib", "max_keypairs", "max_server_groups", "max_server_group_members", "max_metadata_items", "servers_used", "cores_used", "ram_used_mib", "server_groups_used", "properties")
    class PropertiesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    MAX_SERVERS_FIELD_NUMBER: _ClassVar[int]
    MAX_CORES_FIELD_NUMBER: _ClassVar[int]
    MAX_RAM_MIB_FIELD_NUMBER: _ClassVar[int]
    MAX_KEYPAIRS_FIELD_NUMBER: _ClassVar[int]
    MAX_SERVER_GROUPS_FIELD_NUMBER: _ClassVar[int]
    MAX_SERVER_GROUP_MEMBERS_FIELD_NUMBER: _ClassVar[int]
    MAX_METADATA_ITEMS_FIELD_NUMBER: _ClassVar[int]
    SERVERS_USED_FIELD_NUMBER: _ClassVar[int]
    CORES_USED_FIELD_NUMBER: _ClassVar[int]
    RAM_USED_MIB_FIELD_NUMBER: _ClassVar[int]
    SERVER_GROUPS_USED_FIELD_NUMBER: _ClassVar[int]
    PROPERTIES_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    max_servers: int
    max_cores: int
    max_ram_mib: int
    max_keypairs: int
    max_server_groups: int
    max_server_group_members: int
    max_metadata_items: int
    servers_used: int
    cores_used: int
    ram_used_mib: int
    server_groups_used: int
    properties: _containers.ScalarMap[str, str]
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., max_servers: _Optional[int] = ..., max_cores: _Optional[int] = ..., max_ram_mib: _Optional[int] = ..., max_keypairs: _Optional[int] = ..., max_server_groups: _Optional[int] = ..., max_server_group_members: _Optional[int] = ..., max_metadata_items: _Optional[int] = ..., servers_used: _Optional[int] = ..., cores_used: _Optional[int] = ..., ram_used_mib: _Optional[int] = ..., server_groups_used: _Optional[int] = ..., properties: _Optional[_Mapping[str, str]] = ...) -> None: ...

class ComputeQuotas(_message.Message):
    __slots__ = ("location", "servers", "cores", "ram_mib", "keypairs", "server_groups", "server_group_members", "metadata_items", "properties")
    class PropertiesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    SERVERS_FIELD_NUMBER: _ClassVar[int]
    CORES_FIELD_NUMBER: _ClassVar[int]
    RAM_MIB_FIELD_NUMBER: _ClassVar[int]
    KEYPAIRS_FIELD_NUMBER: _ClassVar[int]
    SERVER_GROUPS_FIELD_NUMBER: _ClassVar[int]
    SERVER_GROUP_MEMBERS_FIELD_NUMBER: _ClassVar[int]
    METADATA_ITEMS_FIELD_NUMBER: _ClassVar[int]
    PROPERTIES_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    servers: int
    cores: int
    ram_mib: int
    keypairs: int
    server_groups: int
    server_group_members: int
    metadata_items: int
    properties: _containers.ScalarMap[str, str]
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., servers: _Optional[int] = ..., cores: _Optional[int] = ..., ram_mib: _Optional[int] = ..., keypairs: _Optional[int] = ..., server_groups: _Optional[int] = ..., server_group_members: _Optional[int] = ..., metadata_items: _Optional[int] = ..., properties: _Optional[_Mapping[str, str]] = ...) -> None: ...
