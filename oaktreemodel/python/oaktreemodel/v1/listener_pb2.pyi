# mypy: disable-error-code="type-arg"
import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from oaktreemodel.v1 import load_balancer_pb2 as _load_balancer_pb2
from oaktreemodel.v1 import location_pb2 as _location_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Listener(_message.Message):
    __slots__ = ("location", "id", "name", "state", "native_status", "operating_status", "admin_state_up", "load_balancer_id", "protocol", "protocol_port", "default_pool_id", "connection_limit", "allowed_cidrs", "insert_headers", "default_tls_container_ref", "sni_container_refs", "tls_versions", "tls_ciphers", "client_data_timeout_ms", "member_connect_timeout_ms", "member_data_timeout_ms", "tcp_inspect_timeout_ms", "description", "tags", "create_time", "update_time", "properties")
    class InsertHeadersEntry(_message.Message):
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
    OPERATING_STATUS_FIELD_NUMBER: _ClassVar[int]
    ADMIN_STATE_UP_FIELD_NUMBER: _ClassVar[int]
    LOAD_BALANCER_ID_FIELD_NUMBER: _ClassVar[int]
    PROTOCOL_FIELD_NUMBER: _ClassVar[int]
    PROTOCOL_PORT_FIELD_NUMBER: _ClassVar[int]
    DEFAULT_POOL_ID_FIELD_NUMBER: _ClassVar[int]
    CONNECTION_LIMIT_FIELD_NUMBER: _ClassVar[int]
    ALLOWED_CIDRS_FIELD_NUMBER: _ClassVar[int]
    INSERT_HEADERS_FIELD_NUMBER: _ClassVar[int]
    DEFAULT_TLS_CONTAINER_REF_FIELD_NUMBER: _ClassVar[int]
    SNI_CONTAINER_REFS_FIELD_NUMBER: _ClassVar[int]
    TLS_VERSIONS_FIELD_NUMBER: _ClassVar[int]
    TLS_CIPHERS_FIELD_NUMBER: _ClassVar[int]
    CLIENT_DATA_TIMEOUT_MS_FIELD_NUMBER: _ClassVar[int]
    MEMBER_CONNECT_TIMEOUT_MS_FIELD_NUMBER: _ClassVar[int]
    MEMBER_DATA_TIMEOUT_MS_FIELD_NUMBER: _ClassVar[int]
    TCP_INSPECT_TIMEOUT_MS_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    TAGS_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    PROPERTIES_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    id: str
    name: str
    state: _load_balancer_pb2.LoadBalancerState
    native_status: str
    operating_status: str
    admin_state_up: bool
    load_balancer_id: str
    protocol: str
    protocol_port: int
    default_pool_id: str
    connection_limit: int
    allowed_cidrs: _containers.RepeatedScalarFieldContainer[str]
    insert_headers: _containers.ScalarMap[str, str]
    default_tls_container_ref: str
    sni_container_refs: _containers.RepeatedScalarFieldContainer[str]
    tls_versions: _containers.RepeatedScalarFieldContainer[str]
    tls_ciphers: str
    client_data_timeout_ms: int
    member_connect_timeout_ms: int
    member_data_timeout_ms: int
    tcp_inspect_timeout_ms: int
    description: str
    tags: _containers.RepeatedScalarFieldContainer[str]
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    properties: _containers.ScalarMap[str, str]
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., id: _Optional[str] = ..., name: _Optional[str] = ..., state: _Optional[_Union[_load_balancer_pb2.LoadBalancerState, str]] = ..., native_status: _Optional[str] = ..., operating_status: _Optional[str] = ..., admin_state_up: bool = ..., load_balancer_id: _Optional[str] = ..., protocol: _Optional[str] = ..., protocol_port: _Optional[int] = ..., default_pool_id: _Optional[str] = ..., connection_limit: _Optional[int] = ..., allowed_cidrs: _Optional[_Iterable[str]] = ..., insert_headers: _Optional[_Mapping[str, str]] = ..., default_tls_container_ref: _Optional[str] = ..., sni_container_refs: _Optional[_Iterable[str]] = ..., tls_versions: _Optional[_Iterable[str]] = ..., tls_ciphers: _Optional[str] = ..., client_data_timeout_ms: _Optional[int] = ..., member_connect_timeout_ms: _Optional[int] = ..., member_data_timeout_ms: _Optional[int] = ..., tcp_inspect_timeout_ms: _Optional[int] = ..., description: _Optional[str] = ..., tags: _Optional[_Iterable[str]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., properties: _Optional[_Mapping[str, str]] = ...) -> None: ...
