# mypy: disable-error-code="type-arg"
from oaktreemodel.v1 import location_pb2 as _location_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ServerGroupPolicy(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SERVER_GROUP_POLICY_UNSPECIFIED: _ClassVar[ServerGroupPolicy]
    SERVER_GROUP_POLICY_AFFINITY: _ClassVar[ServerGroupPolicy]
    SERVER_GROUP_POLICY_ANTI_AFFINITY: _ClassVar[ServerGroupPolicy]
    SERVER_GROUP_POLICY_SOFT_AFFINITY: _ClassVar[ServerGroupPolicy]
    SERVER_GROUP_POLICY_SOFT_ANTI_AFFINITY: _ClassVar[ServerGroupPolicy]
SERVER_GROUP_POLICY_UNSPECIFIED: ServerGroupPolicy
SERVER_GROUP_POLICY_AFFINITY: ServerGroupPolicy
SERVER_GROUP_POLICY_ANTI_AFFINITY: ServerGroupPolicy
SERVER_GROUP_POLICY_SOFT_AFFINITY: ServerGroupPolicy
SERVER_GROUP_POLICY_SOFT_ANTI_AFFINITY: ServerGroupPolicy

class ServerGroup(_message.Message):
    __slots__ = ("location", "id", "name", "policy", "max_servers_per_host", "server_ids", "user_id", "native_policy", "properties")
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
    POLICY_FIELD_NUMBER: _ClassVar[int]
    MAX_SERVERS_PER_HOST_FIELD_NUMBER: _ClassVar[int]
    SERVER_IDS_FIELD_NUMBER: _ClassVar[int]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    NATIVE_POLICY_FIELD_NUMBER: _ClassVar[int]
    PROPERTIES_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    id: str
    name: str
    policy: ServerGroupPolicy
    max_servers_per_host: int
    server_ids: _containers.RepeatedScalarFieldContainer[str]
    user_id: str
    native_policy: str
    properties: _containers.ScalarMap[str, str]
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., id: _Optional[str] = ..., name: _Optional[str] = ..., policy: _Optional[_Union[ServerGroupPolicy, str]] = ..., max_servers_per_host: _Optional[int] = ..., server_ids: _Optional[_Iterable[str]] = ..., user_id: _Optional[str] = ..., native_policy: _Optional[str] = ..., properties: _Optional[_Mapping[str, str]] = ...) -> None: ...
