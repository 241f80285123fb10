# mypy: disable-error-code="type-arg"
import datetime

from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import field_mask_pb2 as _field_mask_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from oaktreemodel.v1 import compute_limits_pb2 as _compute_limits_pb2
from oaktreemodel.v1 import flavor_pb2 as _flavor_pb2
from oaktreemodel.v1 import image_pb2 as _image_pb2
from oaktreemodel.v1 import keypair_pb2 as _keypair_pb2
from oaktreemodel.v1 import location_pb2 as _location_pb2
from oaktreemodel.v1 import security_group_pb2 as _security_group_pb2
from oaktreemodel.v1 import server_pb2 as _server_pb2
from oaktreemodel.v1 import server_group_pb2 as _server_group_pb2
from oaktreemodel.v1 import server_interface_pb2 as _server_interface_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ListFlavorsRequest(_message.Message):
    __slots__ = ("location", "name_or_id", "jmespath", "filter", "page_size", "page_token", "max_age", "return_partial_success")
    class FilterEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    NAME_OR_ID_FIELD_NUMBER: _ClassVar[int]
    JMESPATH_FIELD_NUMBER: _ClassVar[int]
    FILTER_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    MAX_AGE_FIELD_NUMBER: _ClassVar[int]
    RETURN_PARTIAL_SUCCESS_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    name_or_id: str
    jmespath: str
    filter: _containers.ScalarMap[str, str]
    page_size: int
    page_token: str
    max_age: _duration_pb2.Duration
    return_partial_success: bool
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., name_or_id: _Optional[str] = ..., jmespath: _Optional[str] = ..., filter: _Optional[_Mapping[str, str]] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., max_age: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., return_partial_success: bool = ...) -> None: ...

class ListFlavorsResponse(_message.Message):
    __slots__ = ("flavors", "next_page_token", "unreachable", "as_of")
    FLAVORS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    UNREACHABLE_FIELD_NUMBER: _ClassVar[int]
    AS_OF_FIELD_NUMBER: _ClassVar[int]
    flavors: _containers.RepeatedCompositeFieldContainer[_flavor_pb2.Flavor]
    next_page_token: str
    unreachable: _containers.RepeatedCompositeFieldContainer[_location_pb2.Unreachable]
    as_of: _timestamp_pb2.Timestamp
    def __init__(self, flavors: _Optional[_Iterable[_Union[_flavor_pb2.Flavor, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., unreachable: _Optional[_Iterable[_Union[_location_pb2.Unreachable, _Mapping]]] = ..., as_of: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class GetFlavorRequest(_message.Message):
    __slots__ = ("location", "name_or_id", "max_age")
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    NAME_OR_ID_FIELD_NUMBER: _ClassVar[int]
    MAX_AGE_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    name_or_id: str
    max_age: _duration_pb2.Duration
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., name_or_id: _Optional[str] = ..., max_age: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class GetFlavorResponse(_message.Message):
    __slots__ = ("flavor", "as_of")
    FLAVOR_FIELD_NUMBER: _ClassVar[int]
    AS_OF_FIELD_NUMBER: _ClassVar[int]
    flavor: _flavor_pb2.Flavor
    as_of: _timestamp_pb2.Timestamp
    def __init__(self, flavor: _Optional[_Union[_flavor_pb2.Flavor, _Mapping]] = ..., as_of: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ListKeypairsRequest(_message.Message):
    __slots__ = ("location", "name_or_id", "jmespath", "filter", "page_size", "page_token", "max_age", "return_partial_success")
    class FilterEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    NAME_OR_ID_FIELD_NUMBER: _ClassVar[int]
    JMESPATH_FIELD_NUMBER: _ClassVar[int]
    FILTER_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    MAX_AGE_FIELD_NUMBER: _ClassVar[int]
    RETURN_PARTIAL_SUCCESS_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    name_or_id: str
    jmespath: str
    filter: _containers.ScalarMap[str, str]
    page_size: int
    page_token: str
    max_age: _duration_pb2.Duration
    return_partial_success: bool
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., name_or_id: _Optional[str] = ..., jmespath: _Optional[str] = ..., filter: _Optional[_Mapping[str, str]] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., max_age: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., return_partial_success: bool = ...) -> None: ...

class ListKeypairsResponse(_message.Message):
    __slots__ = ("keypairs", "next_page_token", "unreachable", "as_of")
    KEYPAIRS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    UNREACHABLE_FIELD_NUMBER: _ClassVar[int]
    AS_OF_FIELD_NUMBER: _ClassVar[int]
    keypairs: _containers.RepeatedCompositeFieldContainer[_keypair_pb2.Keypair]
    next_page_token: str
    unreachable: _containers.RepeatedCompositeFieldContainer[_location_pb2.Unreachable]
    as_of: _timestamp_pb2.Timestamp
    def __init__(self, keypairs: _Optional[_Iterable[_Union[_keypair_pb2.Keypair, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., unreachable: _Optional[_Iterable[_Union[_location_pb2.Unreachable, _Mapping]]] = ..., as_of: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class GetKeypairRequest(_message.Message):
    __slots__ = ("location", "name_or_id", "max_age")
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    NAME_OR_ID_FIELD_NUMBER: _ClassVar[int]
    MAX_AGE_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    name_or_id: str
    max_age: _duration_pb2.Duration
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., name_or_id: _Optional[str] = ..., max_age: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class GetKeypairResponse(_message.Message):
    __slots__ = ("keypair", "as_of")
    KEYPAIR_FIELD_NUMBER: _ClassVar[int]
    AS_OF_FIELD_NUMBER: _ClassVar[int]
    keypair: _keypair_pb2.Keypair
    as_of: _timestamp_pb2.Timestamp
    def __init__(self, keypair: _Optional[_Union[_keypair_pb2.Keypair, _Mapping]] = ..., as_of: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class CreateKeypairRequest(_message.Message):
    __slots__ = ("location", "name", "public_key", "request_id")
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    PUBLIC_KEY_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    name: str
    public_key: str
    request_id: str
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., name: _Optional[str] = ..., public_key: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class CreateKeypairResponse(_message.Message):
    __slots__ = ("keypair",)
    KEYPAIR_FIELD_NUMBER: _ClassVar[int]
    keypair: _keypair_pb2.Keypair
    def __init__(self, keypair: _Optional[_Union[_keypair_pb2.Keypair, _Mapping]] = ...) -> None: ...

class DeleteKeypairRequest(_message.Message):
    __slots__ = ("location", "name_or_id", "request_id")
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    NAME_OR_ID_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    name_or_id: str
    request_id: str
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., name_or_id: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class DeleteKeypairResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ListServersRequest(_message.Message):
    __slots__ = ("location", "name_or_id", "jmespath", "filter", "page_size", "page_token", "max_age", "return_partial_success")
    class FilterEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    NAME_OR_ID_FIELD_NUMBER: _ClassVar[int]
    JMESPATH_FIELD_NUMBER: _ClassVar[int]
    FILTER_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    MAX_AGE_FIELD_NUMBER: _ClassVar[int]
    RETURN_PARTIAL_SUCCESS_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    name_or_id: str
    jmespath: str
    filter: _containers.ScalarMap[str, str]
    page_size: int
    page_token: str
    max_age: _duration_pb2.Duration
    return_partial_success: bool
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., name_or_id: _Optional[str] = ..., jmespath: _Optional[str] = ..., filter: _Optional[_Mapping[str, str]] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., max_age: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., return_partial_success: bool = ...) -> None: ...

class ListServersResponse(_message.Message):
    __slots__ = ("servers", "next_page_token", "unreachable", "as_of")
    SERVERS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    UNREACHABLE_FIELD_NUMBER: _ClassVar[int]
    AS_OF_FIELD_NUMBER: _ClassVar[int]
    servers: _containers.RepeatedCompositeFieldContainer[_server_pb2.Server]
    next_page_token: str
    unreachable: _containers.RepeatedCompositeFieldContainer[_location_pb2.Unreachable]
    as_of: _timestamp_pb2.Timestamp
    def __init__(self, servers: _Optional[_Iterable[_Union[_server_pb2.Server, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., unreachable: _Optional[_Iterable[_Union[_location_pb2.Unreachable, _Mapping]]] = ..., as_of: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class GetServerRequest(_message.Message):
    __slots__ = ("location", "name_or_id", "max_age")
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    NAME_OR_ID_FIELD_NUMBER: _ClassVar[int]
    MAX_AGE_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    name_or_id: str
    max_age: _duration_pb2.Duration
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., name_or_id: _Optional[str] = ..., max_age: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class GetServerResponse(_message.Message):
    __slots__ = ("server", "as_of")
    SERVER_FIELD_NUMBER: _ClassVar[int]
    AS_OF_FIELD_NUMBER: _ClassVar[int]
    server: _server_pb2.Server
    as_of: _timestamp_pb2.Timestamp
    def __init__(self, server: _Optional[_Union[_server_pb2.Server, _Mapping]] = ..., as_of: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class CreateServerRequest(_message.Message):
    __slots__ = ("location", "name", "flavor", "image", "networks", "key_name", "security_groups", "metadata", "user_data", "auto_ip", "wait", "request_id", "ports", "boot_from_volume", "volume_size_gib", "boot_volume", "terminate_volume", "volumes", "config_drive", "server_group", "description", "tags")
    class MetadataEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    FLAVOR_FIELD_NUMBER: _ClassVar[int]
    IMAGE_FIELD_NUMBER: _ClassVar[int]
    NETWORKS_FIELD_NUMBER: _ClassVar[int]
    KEY_NAME_FIELD_NUMBER: _ClassVar[int]
    SECURITY_GROUPS_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    USER_DATA_FIELD_NUMBER: _ClassVar[int]
    AUTO_IP_FIELD_NUMBER: _ClassVar[int]
    WAIT_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    PORTS_FIELD_NUMBER: _ClassVar[int]
    BOOT_FROM_VOLUME_FIELD_NUMBER: _ClassVar[int]
    VOLUME_SIZE_GIB_FIELD_NUMBER: _ClassVar[int]
    BOOT_VOLUME_FIELD_NUMBER: _ClassVar[int]
    TERMINATE_VOLUME_FIELD_NUMBER: _ClassVar[int]
    VOLUMES_FIELD_NUMBER: _ClassVar[int]
    CONFIG_DRIVE_FIELD_NUMBER: _ClassVar[int]
    SERVER_GROUP_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    TAGS_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    name: str
    flavor: str
    image: str
    networks: _containers.RepeatedScalarFieldContainer[str]
    key_name: str
    security_groups: _containers.RepeatedScalarFieldContainer[str]
    metadata: _containers.ScalarMap[str, str]
    user_data: bytes
    auto_ip: bool
    wait: _duration_pb2.Duration
    request_id: str
    ports: _containers.RepeatedScalarFieldContainer[str]
    boot_from_volume: bool
    volume_size_gib: int
    boot_volume: str
    terminate_volume: bool
    volumes: _containers.RepeatedScalarFieldContainer[str]
    config_drive: bool
    server_group: str
    description: str
    tags: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., name: _Optional[str] = ..., flavor: _Optional[str] = ..., image: _Optional[str] = ..., networks: _Optional[_Iterable[str]] = ..., key_name: _Optional[str] = ..., security_groups: _Optional[_Iterable[str]] = ..., metadata: _Optional[_Mapping[str, str]] = ..., user_data: _Optional[bytes] = ..., auto_ip: bool = ..., wait: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., request_id: _Optional[str] = ..., ports: _Optional[_Iterable[str]] = ..., boot_from_volume: bool = ..., volume_size_gib: _Optional[int] = ..., boot_volume: _Optional[str] = ..., terminate_volume: bool = ..., volumes: _Optional[_Iterable[str]] = ..., config_drive: bool = ..., server_group: _Optional[str] = ..., description: _Optional[str] = ..., tags: _Optional[_Iterable[str]] = ...) -> None: ...

class CreateServerResponse(_message.Message):
    __slots__ = ("server",)
    SERVER_FIELD_NUMBER: _ClassVar[int]
    server: _server_pb2.Server
    def __init__(self, server: _Optional[_Union[_server_pb2.Server, _Mapping]] = ...) -> None: ...

class DeleteServerRequest(_message.Message):
    __slots__ = ("location", "name_or_id", "wait", "request_id")
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    NAME_OR_ID_FIELD_NUMBER: _ClassVar[int]
    WAIT_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    name_or_id: str
    wait: _duration_pb2.Duration
    request_id: str
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., name_or_id: _Optional[str] = ..., wait: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., request_id: _Optional[str] = ...) -> None: ...

class DeleteServerResponse(_message.Message):
    __slots__ = ("server",)
    SERVER_FIELD_NUMBER: _ClassVar[int]
    server: _server_pb2.Server
    def __init__(self, server: _Optional[_Union[_server_pb2.Server, _Mapping]] = ...) -> None: ...

class StartServerRequest(_message.Message):
    __slots__ = ("location", "name_or_id", "wait", "request_id")
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    NAME_OR_ID_FIELD_NUMBER: _ClassVar[int]
    WAIT_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    name_or_id: str
    wait: _duration_pb2.Duration
    request_id: str
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., name_or_id: _Optional[str] = ..., wait: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., request_id: _Optional[str] = ...) -> None: ...

class StartServerResponse(_message.Message):
    __slots__ = ("server",)
    SERVER_FIELD_NUMBER: _ClassVar[int]
    server: _server_pb2.Server
    def __init__(self, server: _Optional[_Union[_server_pb2.Server, _Mapping]] = ...) -> None: ...

class StopServerRequest(_message.Message):
    __slots__ = ("location", "name_or_id", "wait", "request_id")
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    NAME_OR_ID_FIELD_NUMBER: _ClassVar[int]
    WAIT_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    name_or_id: str
    wait: _duration_pb2.Duration
    request_id: str
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., name_or_id: _Optional[str] = ..., wait: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., request_id: _Optional[str] = ...) -> None: ...

class StopServerResponse(_message.Message):
    __slots__ = ("server",)
    SERVER_FIELD_NUMBER: _ClassVar[int]
    server: _server_pb2.Server
    def __init__(self, server: _Optional[_Union[_server_pb2.Server, _Mapping]] = ...) -> None: ...

class RebootServerRequest(_message.Message):
    __slots__ = ("location", "name_or_id", "wait", "request_id", "hard")
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    NAME_OR_ID_FIELD_NUMBER: _ClassVar[int]
    WAIT_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    HARD_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    name_or_id: str
    wait: _duration_pb2.Duration
    request_id: str
    hard: bool
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., name_or_id: _Optional[str] = ..., wait: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., request_id: _Optional[str] = ..., hard: bool = ...) -> None: ...

class RebootServerResponse(_message.Message):
    __slots__ = ("server",)
    SERVER_FIELD_NUMBER: _ClassVar[int]
    server: _server_pb2.Server
    def __init__(self, server: _Optional[_Union[_server_pb2.Server, _Mapping]] = ...) -> None: ...

class UpdateServerRequest(_message.Message):
    __slots__ = ("location", "name_or_id", "update_mask", "name", "description", "request_id")
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    NAME_OR_ID_FIELD_NUMBER: _ClassVar[int]
    UPDATE_MASK_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    name_or_id: str
    update_mask: _field_mask_pb2.FieldMask
    name: str
    description: str
    request_id: str
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., name_or_id: _Optional[str] = ..., update_mask: _Optional[_Union[_field_mask_pb2.FieldMask, _Mapping]] = ..., name: _Optional[str] = ..., description: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class UpdateServerResponse(_message.Message):
    __slots__ = ("server",)
    SERVER_FIELD_NUMBER: _ClassVar[int]
    server: _server_pb2.Server
    def __init__(self, server: _Optional[_Union[_server_pb2.Server, _Mapping]] = ...) -> None: ...

class RebuildServerRequest(_message.Message):
    __slots__ = ("location", "name_or_id", "wait", "request_id", "image", "name", "metadata", "user_data")
    class MetadataEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    NAME_OR_ID_FIELD_NUMBER: _ClassVar[int]
    WAIT_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    IMAGE_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    USER_DATA_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    name_or_id: str
    wait: _duration_pb2.Duration
    request_id: str
    image: str
    name: str
    metadata: _containers.ScalarMap[str, str]
    user_data: bytes
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., name_or_id: _Optional[str] = ..., wait: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., request_id: _Optional[str] = ..., image: _Optional[str] = ..., name: _Optional[str] = ..., metadata: _Optional[_Mapping[str, str]] = ..., user_data: _Optional[bytes] = ...) -> None: ...

class RebuildServerResponse(_message.Message):
    __slots__ = ("server",)
    SERVER_FIELD_NUMBER: _ClassVar[int]
    server: _server_pb2.Server
    def __init__(self, server: _Optional[_Union[_server_pb2.Server, _Mapping]] = ...) -> None: ...

class SetServerMetadataRequest(_message.Message):
    __slots__ = ("location", "name_or_id", "metadata", "request_id")
    class MetadataEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    NAME_OR_ID_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    name_or_id: str
    metadata: _containers.ScalarMap[str, str]
    request_id: str
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., name_or_id: _Optional[str] = ..., metadata: _Optional[_Mapping[str, str]] = ..., request_id: _Optional[str] = ...) -> None: ...

class SetServerMetadataResponse(_message.Message):
    __slots__ = ("server",)
    SERVER_FIELD_NUMBER: _ClassVar[int]
    server: _server_pb2.Server
    def __init__(self, server: _Optional[_Union[_server_pb2.Server, _Mapping]] = ...) -> None: ...

class DeleteServerMetadataRequest(_message.Message):
    __slots__ = ("location", "name_or_id", "keys", "request_id")
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    NAME_OR_ID_FIELD_NUMBER: _ClassVar[int]
    KEYS_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    name_or_id: str
    keys: _containers.RepeatedScalarFieldContainer[str]
    request_id: str
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., name_or_id: _Optional[str] = ..., keys: _Optional[_Iterable[str]] = ..., request_id: _Optional[str] = ...) -> None: ...

class DeleteServerMetadataResponse(_message.Message):
    __slots__ = ("server",)
    SERVER_FIELD_NUMBER: _ClassVar[int]
    server: _server_pb2.Server
    def __init__(self, server: _Optional[_Union[_server_pb2.Server, _Mapping]] = ...) -> None: ...

class ListServerSecurityGroupsRequest(_message.Message):
    __slots__ = ("location", "name_or_id", "jmespath", "filter", "page_size", "page_token", "max_age", "return_partial_success", "server")
    class FilterEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    NAME_OR_ID_FIELD_NUMBER: _ClassVar[int]
    JMESPATH_FIELD_NUMBER: _ClassVar[int]
    FILTER_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    MAX_AGE_FIELD_NUMBER: _ClassVar[int]
    RETURN_PARTIAL_SUCCESS_FIELD_NUMBER: _ClassVar[int]
    SERVER_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    name_or_id: str
    jmespath: str
    filter: _containers.ScalarMap[str, str]
    page_size: int
    page_token: str
    max_age: _duration_pb2.Duration
    return_partial_success: bool
    server: str
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., name_or_id: _Optional[str] = ..., jmespath: _Optional[str] = ..., filter: _Optional[_Mapping[str, str]] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., max_age: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., return_partial_success: bool = ..., server: _Optional[str] = ...) -> None: ...

class ListServerSecurityGroupsResponse(_message.Message):
    __slots__ = ("security_groups", "next_page_token", "unreachable", "as_of")
    SECURITY_GROUPS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    UNREACHABLE_FIELD_NUMBER: _ClassVar[int]
    AS_OF_FIELD_NUMBER: _ClassVar[int]
    security_groups: _containers.RepeatedCompositeFieldContainer[_security_group_pb2.SecurityGroup]
    next_page_token: str
    unreachable: _containers.RepeatedCompositeFieldContainer[_location_pb2.Unreachable]
    as_of: _timestamp_pb2.Timestamp
    def __init__(self, security_groups: _Optional[_Iterable[_Union[_security_group_pb2.SecurityGroup, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., unreachable: _Optional[_Iterable[_Union[_location_pb2.Unreachable, _Mapping]]] = ..., as_of: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class AddServerSecurityGroupsRequest(_message.Message):
    __slots__ = ("location", "name_or_id", "security_groups", "request_id")
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    NAME_OR_ID_FIELD_NUMBER: _ClassVar[int]
    SECURITY_GROUPS_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    name_or_id: str
    security_groups: _containers.RepeatedScalarFieldContainer[str]
    request_id: str
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., name_or_id: _Optional[str] = ..., security_groups: _Optional[_Iterable[str]] = ..., request_id: _Optional[str] = ...) -> None: ...

class AddServerSecurityGroupsResponse(_message.Message):
    __slots__ = ("server",)
    SERVER_FIELD_NUMBER: _ClassVar[int]
    server: _server_pb2.Server
    def __init__(self, server: _Optional[_Union[_server_pb2.Server, _Mapping]] = ...) -> None: ...

class RemoveServerSecurityGroupsRequest(_message.Message):
    __slots__ = ("location", "name_or_id", "security_groups", "request_id")
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    NAME_OR_ID_FIELD_NUMBER: _ClassVar[int]
    SECURITY_GROUPS_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    name_or_id: str
    security_groups: _containers.RepeatedScalarFieldContainer[str]
    request_id: str
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., name_or_id: _Optional[str] = ..., security_groups: _Optional[_Iterable[str]] = ..., request_id: _Optional[str] = ...) -> None: ...

class RemoveServerSecurityGroupsResponse(_message.Message):
    __slots__ = ("server",)
    SERVER_FIELD_NUMBER: _ClassVar[int]
    server: _server_pb2.Server
    def __init__(self, server: _Optional[_Union[_server_pb2.Server, _Mapping]] = ...) -> None: ...

class GetServerConsoleRequest(_message.Message):
    __slots__ = ("location", "name_or_id", "lines")
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    NAME_OR_ID_FIELD_NUMBER: _ClassVar[int]
    LINES_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    name_or_id: str
    lines: int
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., name_or_id: _Optional[str] = ..., lines: _Optional[int] = ...) -> None: ...

class GetServerConsoleResponse(_message.Message):
    __slots__ = ("output", "truncated")
    OUTPUT_FIELD_NUMBER: _ClassVar[int]
    TRUNCATED_FIELD_NUMBER: _ClassVar[int]
    output: str
    truncated: bool
    def __init__(self, output: _Optional[str] = ..., truncated: bool = ...) -> None: ...

class CreateImageSnapshotRequest(_message.Message):
    __slots__ = ("location", "name", "server", "metadata", "wait", "request_id")
    class MetadataEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    SERVER_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    WAIT_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    name: str
    server: str
    metadata: _containers.ScalarMap[str, str]
    wait: _duration_pb2.Duration
    request_id: str
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., name: _Optional[str] = ..., server: _Optional[str] = ..., metadata: _Optional[_Mapping[str, str]] = ..., wait: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., request_id: _Optional[str] = ...) -> None: ...

class CreateImageSnapshotResponse(_message.Message):
    __slots__ = ("image",)
    IMAGE_FIELD_NUMBER: _ClassVar[int]
    image: _image_pb2.Image
    def __init__(self, image: _Optional[_Union[_image_pb2.Image, _Mapping]] = ...) -> None: ...

class PauseServerRequest(_message.Message):
    __slots__ = ("location", "name_or_id", "wait", "request_id")
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    NAME_OR_ID_FIELD_NUMBER: _ClassVar[int]
    WAIT_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    name_or_id: str
    wait: _duration_pb2.Duration
    request_id: str
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., name_or_id: _Optional[str] = ..., wait: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., request_id: _Optional[str] = ...) -> None: ...

class PauseServerResponse(_message.Message):
    __slots__ = ("server",)
    SERVER_FIELD_NUMBER: _ClassVar[int]
    server: _server_pb2.Server
    def __init__(self, server: _Optional[_Union[_server_pb2.Server, _Mapping]] = ...) -> None: ...

class UnpauseServerRequest(_message.Message):
    __slots__ = ("location", "name_or_id", "wait", "request_id")
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    NAME_OR_ID_FIELD_NUMBER: _ClassVar[int]
    WAIT_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    name_or_id: str
    wait: _duration_pb2.Duration
    request_id: str
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., name_or_id: _Optional[str] = ..., wait: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., request_id: _Optional[str] = ...) -> None: ...

class UnpauseServerResponse(_message.Message):
    __slots__ = ("server",)
    SERVER_FIELD_NUMBER: _ClassVar[int]
    server: _server_pb2.Server
    def __init__(self, server: _Optional[_Union[_server_pb2.Server, _Mapping]] = ...) -> None: ...

class SuspendServerRequest(_message.Message):
    __slots__ = ("location", "name_or_id", "wait", "request_id")
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    NAME_OR_ID_FIELD_NUMBER: _ClassVar[int]
    WAIT_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    name_or_id: str
    wait: _duration_pb2.Duration
    request_id: str
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., name_or_id: _Optional[str] = ..., wait: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., request_id: _Optional[str] = ...) -> None: ...

class SuspendServerResponse(_message.Message):
    __slots__ = ("server",)
    SERVER_FIELD_NUMBER: _ClassVar[int]
    server: _server_pb2.Server
    def __init__(self, server: _Optional[_Union[_server_pb2.Server, _Mapping]] = ...) -> None: ...

class ResumeServerRequest(_message.Message):
    __slots__ = ("location", "name_or_id", "wait", "request_id")
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    NAME_OR_ID_FIELD_NUMBER: _ClassVar[int]
    WAIT_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    name_or_id: str
    wait: _duration_pb2.Duration
    request_id: str
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., name_or_id: _Optional[str] = ..., wait: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., request_id: _Optional[str] = ...) -> None: ...

class ResumeServerResponse(_message.Message):
    __slots__ = ("server",)
    SERVER_FIELD_NUMBER: _ClassVar[int]
    server: _server_pb2.Server
    def __init__(self, server: _Optional[_Union[_server_pb2.Server, _Mapping]] = ...) -> None: ...

class ResizeServerRequest(_message.Message):
    __slots__ = ("location", "name_or_id", "wait", "request_id", "flavor")
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    NAME_OR_ID_FIELD_NUMBER: _ClassVar[int]
    WAIT_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    FLAVOR_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    name_or_id: str
    wait: _duration_pb2.Duration
    request_id: str
    flavor: str
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., name_or_id: _Optional[str] = ..., wait: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., request_id: _Optional[str] = ..., flavor: _Optional[str] = ...) -> None: ...

class ResizeServerResponse(_message.Message):
    __slots__ = ("server",)
    SERVER_FIELD_NUMBER: _ClassVar[int]
    server: _server_pb2.Server
    def __init__(self, server: _Optional[_Union[_server_pb2.Server, _Mapping]] = ...) -> None: ...

class ConfirmServerResizeRequest(_message.Message):
    __slots__ = ("location", "name_or_id", "wait", "request_id")
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    NAME_OR_ID_FIELD_NUMBER: _ClassVar[int]
    WAIT_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    name_or_id: str
    wait: _duration_pb2.Duration
    request_id: str
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., name_or_id: _Optional[str] = ..., wait: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., request_id: _Optional[str] = ...) -> None: ...

class ConfirmServerResizeResponse(_message.Message):
    __slots__ = ("server",)
    SERVER_FIELD_NUMBER: _ClassVar[int]
    server: _server_pb2.Server
    def __init__(self, server: _Optional[_Union[_server_pb2.Server, _Mapping]] = ...) -> None: ...

class RevertServerResizeRequest(_message.Message):
    __slots__ = ("location", "name_or_id", "wait", "request_id")
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    NAME_OR_ID_FIELD_NUMBER: _ClassVar[int]
    WAIT_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    name_or_id: str
    wait: _duration_pb2.Duration
    request_id: str
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., name_or_id: _Optional[str] = ..., wait: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., request_id: _Optional[str] = ...) -> None: ...

class RevertServerResizeResponse(_message.Message):
    __slots__ = ("server",)
    SERVER_FIELD_NUMBER: _ClassVar[int]
    server: _server_pb2.Server
    def __init__(self, server: _Optional[_Union[_server_pb2.Server, _Mapping]] = ...) -> None: ...

class RescueServerRequest(_message.Message):
    __slots__ = ("location", "name_or_id", "wait", "request_id", "image")
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    NAME_OR_ID_FIELD_NUMBER: _ClassVar[int]
    WAIT_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    IMAGE_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    name_or_id: str
    wait: _duration_pb2.Duration
    request_id: str
    image: str
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., name_or_id: _Optional[str] = ..., wait: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., request_id: _Optional[str] = ..., image: _Optional[str] = ...) -> None: ...

class RescueServerResponse(_message.Message):
    __slots__ = ("server",)
    SERVER_FIELD_NUMBER: _ClassVar[int]
    server: _server_pb2.Server
    def __init__(self, server: _Optional[_Union[_server_pb2.Server, _Mapping]] = ...) -> None: ...

class UnrescueServerRequest(_message.Message):
    __slots__ = ("location", "name_or_id", "wait", "request_id")
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    NAME_OR_ID_FIELD_NUMBER: _ClassVar[int]
    WAIT_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    name_or_id: str
    wait: _duration_pb2.Duration
    request_id: str
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., name_or_id: _Optional[str] = ..., wait: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., request_id: _Optional[str] = ...) -> None: ...

class UnrescueServerResponse(_message.Message):
    __slots__ = ("server",)
    SERVER_FIELD_NUMBER: _ClassVar[int]
    server: _server_pb2.Server
    def __init__(self, server: _Optional[_Union[_server_pb2.Server, _Mapping]] = ...) -> None: ...

class ShelveServerRequest(_message.Message):
    __slots__ = ("location", "name_or_id", "wait", "request_id")
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    NAME_OR_ID_FIELD_NUMBER: _ClassVar[int]
    WAIT_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    name_or_id: str
    wait: _duration_pb2.Duration
    request_id: str
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., name_or_id: _Optional[str] = ..., wait: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., request_id: _Optional[str] = ...) -> None: ...

class ShelveServerResponse(_message.Message):
    __slots__ = ("server",)
    SERVER_FIELD_NUMBER: _ClassVar[int]
    server: _server_pb2.Server
    def __init__(self, server: _Optional[_Union[_server_pb2.Server, _Mapping]] = ...) -> None: ...

class UnshelveServerRequest(_message.Message):
    __slots__ = ("location", "name_or_id", "wait", "request_id")
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    NAME_OR_ID_FIELD_NUMBER: _ClassVar[int]
    WAIT_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    name_or_id: str
    wait: _duration_pb2.Duration
    request_id: str
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., name_or_id: _Optional[str] = ..., wait: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., request_id: _Optional[str] = ...) -> None: ...

class UnshelveServerResponse(_message.Message):
    __slots__ = ("server",)
    SERVER_FIELD_NUMBER: _ClassVar[int]
    server: _server_pb2.Server
    def __init__(self, server: _Optional[_Union[_server_pb2.Server, _Mapping]] = ...) -> None: ...

class LockServerRequest(_message.Message):
    __slots__ = ("location", "name_or_id", "request_id", "reason")
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    NAME_OR_ID_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    name_or_id: str
    request_id: str
    reason: str
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., name_or_id: _Optional[str] = ..., request_id: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class LockServerResponse(_message.Message):
    __slots__ = ("server",)
    SERVER_FIELD_NUMBER: _ClassVar[int]
    server: _server_pb2.Server
    def __init__(self, server: _Optional[_Union[_server_pb2.Server, _Mapping]] = ...) -> None: ...

class UnlockServerRequest(_message.Message):
    __slots__ = ("location", "name_or_id", "request_id")
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    NAME_OR_ID_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    name_or_id: str
    request_id: str
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., name_or_id: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class UnlockServerResponse(_message.Message):
    __slots__ = ("server",)
    SERVER_FIELD_NUMBER: _ClassVar[int]
    server: _server_pb2.Server
    def __init__(self, server: _Optional[_Union[_server_pb2.Server, _Mapping]] = ...) -> None: ...

class ListServerInterfacesRequest(_message.Message):
    __slots__ = ("location", "name_or_id", "jmespath", "filter", "page_size", "page_token", "max_age", "return_partial_success", "server")
    class FilterEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    NAME_OR_ID_FIELD_NUMBER: _ClassVar[int]
    JMESPATH_FIELD_NUMBER: _ClassVar[int]
    FILTER_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    MAX_AGE_FIELD_NUMBER: _ClassVar[int]
    RETURN_PARTIAL_SUCCESS_FIELD_NUMBER: _ClassVar[int]
    SERVER_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    name_or_id: str
    jmespath: str
    filter: _containers.ScalarMap[str, str]
    page_size: int
    page_token: str
    max_age: _duration_pb2.Duration
    return_partial_success: bool
    server: str
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., name_or_id: _Optional[str] = ..., jmespath: _Optional[str] = ..., filter: _Optional[_Mapping[str, str]] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., max_age: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., return_partial_success: bool = ..., server: _Optional[str] = ...) -> None: ...

class ListServerInterfacesResponse(_message.Message):
    __slots__ = ("interfaces", "next_page_token", "unreachable", "as_of")
    INTERFACES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    UNREACHABLE_FIELD_NUMBER: _ClassVar[int]
    AS_OF_FIELD_NUMBER: _ClassVar[int]
    interfaces: _containers.RepeatedCompositeFieldContainer[_server_interface_pb2.ServerInterface]
    next_page_token: str
    unreachable: _containers.RepeatedCompositeFieldContainer[_location_pb2.Unreachable]
    as_of: _timestamp_pb2.Timestamp
    def __init__(self, interfaces: _Optional[_Iterable[_Union[_server_interface_pb2.ServerInterface, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., unreachable: _Optional[_Iterable[_Union[_location_pb2.Unreachable, _Mapping]]] = ..., as_of: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class AttachInterfaceRequest(_message.Message):
    __slots__ = ("location", "name_or_id", "network", "port", "fixed_ip", "request_id")
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    NAME_OR_ID_FIELD_NUMBER: _ClassVar[int]
    NETWORK_FIELD_NUMBER: _ClassVar[int]
    PORT_FIELD_NUMBER: _ClassVar[int]
    FIXED_IP_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    name_or_id: str
    network: str
    port: str
    fixed_ip: str
    request_id: str
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., name_or_id: _Optional[str] = ..., network: _Optional[str] = ..., port: _Optional[str] = ..., fixed_ip: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class AttachInterfaceResponse(_message.Message):
    __slots__ = ("interface",)
    INTERFACE_FIELD_NUMBER: _ClassVar[int]
    interface: _server_interface_pb2.ServerInterface
    def __init__(self, interface: _Optional[_Union[_server_interface_pb2.ServerInterface, _Mapping]] = ...) -> None: ...

class DetachInterfaceRequest(_message.Message):
    __slots__ = ("location", "name_or_id", "port", "wait", "request_id")
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    NAME_OR_ID_FIELD_NUMBER: _ClassVar[int]
    PORT_FIELD_NUMBER: _ClassVar[int]
    WAIT_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    name_or_id: str
    port: str
    wait: _duration_pb2.Duration
    request_id: str
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., name_or_id: _Optional[str] = ..., port: _Optional[str] = ..., wait: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., request_id: _Optional[str] = ...) -> None: ...

class DetachInterfaceResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ListServerGroupsRequest(_message.Message):
    __slots__ = ("location", "name_or_id", "jmespath", "filter", "page_size", "page_token", "max_age", "return_partial_success")
    class FilterEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    NAME_OR_ID_FIELD_NUMBER: _ClassVar[int]
    JMESPATH_FIELD_NUMBER: _ClassVar[int]
    FILTER_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    MAX_AGE_FIELD_NUMBER: _ClassVar[int]
    RETURN_PARTIAL_SUCCESS_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    name_or_id: str
    jmespath: str
    filter: _containers.ScalarMap[str, str]
    page_size: int
    page_token: str
    max_age: _duration_pb2.Duration
    return_partial_success: bool
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., name_or_id: _Optional[str] = ..., jmespath: _Optional[str] = ..., filter: _Optional[_Mapping[str, str]] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., max_age: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., return_partial_success: bool = ...) -> None: ...

class ListServerGroupsResponse(_message.Message):
    __slots__ = ("server_groups", "next_page_token", "unreachable", "as_of")
    SERVER_GROUPS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    UNREACHABLE_FIELD_NUMBER: _ClassVar[int]
    AS_OF_FIELD_NUMBER: _ClassVar[int]
    server_groups: _containers.RepeatedCompositeFieldContainer[_server_group_pb2.ServerGroup]
    next_page_token: str
    unreachable: _containers.RepeatedCompositeFieldContainer[_location_pb2.Unreachable]
    as_of: _timestamp_pb2.Timestamp
    def __init__(self, server_groups: _Optional[_Iterable[_Union[_server_group_pb2.ServerGroup, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., unreachable: _Optional[_Iterable[_Union[_location_pb2.Unreachable, _Mapping]]] = ..., as_of: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class GetServerGroupRequest(_message.Message):
    __slots__ = ("location", "name_or_id", "max_age")
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    NAME_OR_ID_FIELD_NUMBER: _ClassVar[int]
    MAX_AGE_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    name_or_id: str
    max_age: _duration_pb2.Duration
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., name_or_id: _Optional[str] = ..., max_age: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class GetServerGroupResponse(_message.Message):
    __slots__ = ("server_group", "as_of")
    SERVER_GROUP_FIELD_NUMBER: _ClassVar[int]
    AS_OF_FIELD_NUMBER: _ClassVar[int]
    server_group: _server_group_pb2.ServerGroup
    as_of: _timestamp_pb2.Timestamp
    def __init__(self, server_group: _Optional[_Union[_server_group_pb2.ServerGroup, _Mapping]] = ..., as_of: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class CreateServerGroupRequest(_message.Message):
    __slots__ = ("location", "name", "policy", "max_servers_per_host", "request_id")
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    POLICY_FIELD_NUMBER: _ClassVar[int]
    MAX_SERVERS_PER_HOST_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    name: str
    policy: _server_group_pb2.ServerGroupPolicy
    max_servers_per_host: int
    request_id: str
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., name: _Optional[str] = ..., policy: _Optional[_Union[_server_group_pb2.ServerGroupPolicy, str]] = ..., max_servers_per_host: _Optional[int] = ..., request_id: _Optional[str] = ...) -> None: ...

class CreateServerGroupResponse(_message.Message):
    __slots__ = ("server_group",)
    SERVER_GROUP_FIELD_NUMBER: _ClassVar[int]
    server_group: _server_group_pb2.ServerGroup
    def __init__(self, server_group: _Optional[_Union[_server_group_pb2.ServerGroup, _Mapping]] = ...) -> None: ...

class DeleteServerGroupRequest(_message.Message):
    __slots__ = ("location", "name_or_id", "request_id")
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    NAME_OR_ID_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    name_or_id: str
    request_id: str
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., name_or_id: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class DeleteServerGroupResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class GetComputeLimitsRequest(_message.Message):
    __slots__ = ("location", "max_age")
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    MAX_AGE_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    max_age: _duration_pb2.Duration
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., max_age: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class GetComputeLimitsResponse(_message.Message):
    __slots__ = ("limits", "as_of")
    LIMITS_FIELD_NUMBER: _ClassVar[int]
    AS_OF_FIELD_NUMBER: _ClassVar[int]
    limits: _compute_limits_pb2.ComputeLimits
    as_of: _timestamp_pb2.Timestamp
    def __init__(self, limits: _Optional[_Union[_compute_limits_pb2.ComputeLimits, _Mapping]] = ..., as_of: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class GetComputeQuotasRequest(_message.Message):
    __slots__ = ("location", "max_age")
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    MAX_AGE_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    max_age: _duration_pb2.Duration
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., max_age: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class GetComputeQuotasResponse(_message.Message):
    __slots__ = ("quotas", "as_of")
    QUOTAS_FIELD_NUMBER: _ClassVar[int]
    AS_OF_FIELD_NUMBER: _ClassVar[int]
    quotas: _compute_limits_pb2.ComputeQuotas
    as_of: _timestamp_pb2.Timestamp
    def __init__(self, quotas: _Optional[_Union[_compute_limits_pb2.ComputeQuotas, _Mapping]] = ..., as_of: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
