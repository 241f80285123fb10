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

class LoadBalancerState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    LOAD_BALANCER_STATE_UNSPECIFIED: _ClassVar[LoadBalancerState]
    LOAD_BALANCER_STATE_CREATING: _ClassVar[LoadBalancerState]
    LOAD_BALANCER_STATE_ACTIVE: _ClassVar[LoadBalancerState]
    LOAD_BALANCER_STATE_UPDATING: _ClassVar[LoadBalancerState]
    LOAD_BALANCER_STATE_DELETING: _ClassVar[LoadBalancerState]
    LOAD_BALANCER_STATE_ERROR: _ClassVar[LoadBalancerState]
    LOAD_BALANCER_STATE_DELETED: _ClassVar[LoadBalancerState]
LOAD_BALANCER_STATE_UNSPECIFIED: LoadBalancerState
LOAD_BALANCER_STATE_CREATING: LoadBalancerState
LOAD_BALANCER_STATE_ACTIVE: LoadBalancerState
LOAD_BALANCER_STATE_UPDATING: LoadBalancerState
LOAD_BALANCER_STATE_DELETING: LoadBalancerState
LOAD_BALANCER_STATE_ERROR: LoadBalancerState
LOAD_BALANCER_STATE_DELETED: LoadBalancerState

class LoadBalancer(_message.Message):
    __slots__ = ("location", "id", "name", "state", "native_status", "operating_status", "admin_state_up", "address", "network_id", "subnet_id", "port_id", "qos_policy_id", "listener_ids", "pool_ids", "provider", "flavor_id", "description", "tags", "create_time", "update_time", "properties")
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
    ADDRESS_FIELD_NUMBER: _ClassVar[int]
    NETWORK_ID_FIELD_NUMBER: _ClassVar[int]
    SUBNET_ID_FIELD_NUMBER: _ClassVar[int]
    PORT_ID_FIELD_NUMBER: _ClassVar[int]
    QOS_POLICY_ID_FIELD_NUMBER: _ClassVar[int]
    LISTENER_IDS_FIELD_NUMBER: _ClassVar[int]
    POOL_IDS_FIELD_NUMBER: _ClassVar[int]
    PROVIDER_FIELD_NUMBER: _ClassVar[int]
    FLAVOR_ID_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    TAGS_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    PROPERTIES_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    id: str
    name: str
    state: LoadBalancerState
    native_status: str
    operating_status: str
    admin_state_up: bool
    address: str
    network_id: str
    subnet_id: str
    port_id: str
    qos_policy_id: str
    listener_ids: _containers.RepeatedScalarFieldContainer[str]
    pool_ids: _containers.RepeatedScalarFieldContainer[str]
    provider: str
    flavor_id: str
    description: str
    tags: _containers.RepeatedScalarFieldContainer[str]
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    properties: _containers.ScalarMap[str, str]
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., id: _Optional[str] = ..., name: _Optional[str] = ..., state: _Optional[_Union[LoadBalancerState, str]] = ..., native_status: _Optional[str] = ..., operating_status: _Optional[str] = ..., admin_state_up: bool = ..., address: _Optional[str] = ..., network_id: _Optional[str] = ..., subnet_id: _Optional[str] = ..., port_id: _Optional[str] = ..., qos_policy_id: _Optional[str] = ..., listener_ids: _Optional[_Iterable[str]] = ..., pool_ids: _Optional[_Iterable[str]] = ..., provider: _Optional[str] = ..., flavor_id: _Optional[str] = ..., description: _Optional[str] = ..., tags: _Optional[_Iterable[str]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., properties: _Optional[_Mapping[str, str]] = ...) -> None: ...
