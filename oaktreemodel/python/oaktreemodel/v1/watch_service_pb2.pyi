# mypy: disable-error-code="type-arg"
import datetime

from google.protobuf import field_mask_pb2 as _field_mask_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from oaktreemodel.v1 import location_pb2 as _location_pb2
from oaktreemodel.v1 import resource_pb2 as _resource_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class WatchStartReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    WATCH_START_REASON_UNSPECIFIED: _ClassVar[WatchStartReason]
    WATCH_START_REASON_SUBSCRIBED: _ClassVar[WatchStartReason]
    WATCH_START_REASON_TOKEN_EXPIRED: _ClassVar[WatchStartReason]
    WATCH_START_REASON_FELL_BEHIND: _ClassVar[WatchStartReason]

class WatchChangeType(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    WATCH_CHANGE_TYPE_UNSPECIFIED: _ClassVar[WatchChangeType]
    WATCH_CHANGE_TYPE_ADDED: _ClassVar[WatchChangeType]
    WATCH_CHANGE_TYPE_MODIFIED: _ClassVar[WatchChangeType]
    WATCH_CHANGE_TYPE_DELETED: _ClassVar[WatchChangeType]
WATCH_START_REASON_UNSPECIFIED: WatchStartReason
WATCH_START_REASON_SUBSCRIBED: WatchStartReason
WATCH_START_REASON_TOKEN_EXPIRED: WatchStartReason
WATCH_START_REASON_FELL_BEHIND: WatchStartReason
WATCH_CHANGE_TYPE_UNSPECIFIED: WatchChangeType
WATCH_CHANGE_TYPE_ADDED: WatchChangeType
WATCH_CHANGE_TYPE_MODIFIED: WatchChangeType
WATCH_CHANGE_TYPE_DELETED: WatchChangeType

class WatchRequest(_message.Message):
    __slots__ = ("subscribe", "unsubscribe")
    SUBSCRIBE_FIELD_NUMBER: _ClassVar[int]
    UNSUBSCRIBE_FIELD_NUMBER: _ClassVar[int]
    subscribe: WatchSubscription
    unsubscribe: WatchUnsubscription
    def __init__(self, subscribe: _Optional[_Union[WatchSubscription, _Mapping]] = ..., unsubscribe: _Optional[_Union[WatchUnsubscription, _Mapping]] = ...) -> None: ...

class WatchSubscription(_message.Message):
    __slots__ = ("location", "name_or_id", "jmespath", "filter", "kind", "watch_id", "resume_token")
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
    KIND_FIELD_NUMBER: _ClassVar[int]
    WATCH_ID_FIELD_NUMBER: _ClassVar[int]
    RESUME_TOKEN_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    name_or_id: str
    jmespath: str
    filter: _containers.ScalarMap[str, str]
    kind: _resource_pb2.ResourceKind
    watch_id: str
    resume_token: str
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., name_or_id: _Optional[str] = ..., jmespath: _Optional[str] = ..., filter: _Optional[_Mapping[str, str]] = ..., kind: _Optional[_Union[_resource_pb2.ResourceKind, str]] = ..., watch_id: _Optional[str] = ..., resume_token: _Optional[str] = ...) -> None: ...

class WatchUnsubscription(_message.Message):
    __slots__ = ("watch_id",)
    WATCH_ID_FIELD_NUMBER: _ClassVar[int]
    watch_id: str
    def __init__(self, watch_id: _Optional[str] = ...) -> None: ...

class WatchResponse(_message.Message):
    __slots__ = ("watch_id", "resume_token", "as_of", "started", "changes", "synced", "unreachable", "reachable", "ended")
    WATCH_ID_FIELD_NUMBER: _ClassVar[int]
    RESUME_TOKEN_FIELD_NUMBER: _ClassVar[int]
    AS_OF_FIELD_NUMBER: _ClassVar[int]
    STARTED_FIELD_NUMBER: _ClassVar[int]
    CHANGES_FIELD_NUMBER: _ClassVar[int]
    SYNCED_FIELD_NUMBER: _ClassVar[int]
    UNREACHABLE_FIELD_NUMBER: _ClassVar[int]
    REACHABLE_FIELD_NUMBER: _ClassVar[int]
    ENDED_FIELD_NUMBER: _ClassVar[int]
    watch_id: str
    resume_token: str
    as_of: _timestamp_pb2.Timestamp
    started: WatchStarted
    changes: WatchChanges
    synced: WatchSynced
    unreachable: _location_pb2.Unreachable
    reachable: WatchReachable
    ended: WatchEnded
    def __init__(self, watch_id: _Optional[str] = ..., resume_token: _Optional[str] = ..., as_of: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., started: _Optional[_Union[WatchStarted, _Mapping]] = ..., changes: _Optional[_Union[WatchChanges, _Mapping]] = ..., synced: _Optional[_Union[WatchSynced, _Mapping]] = ..., unreachable: _Optional[_Union[_location_pb2.Unreachable, _Mapping]] = ..., reachable: _Optional[_Union[WatchReachable, _Mapping]] = ..., ended: _Optional[_Union[WatchEnded, _Mapping]] = ...) -> None: ...

class WatchStarted(_message.Message):
    __slots__ = ("resumed", "reason")
    RESUMED_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    resumed: bool
    reason: WatchStartReason
    def __init__(self, resumed: bool = ..., reason: _Optional[_Union[WatchStartReason, str]] = ...) -> None: ...

class WatchChange(_message.Message):
    __slots__ = ("type", "resource", "changed_fields")
    TYPE_FIELD_NUMBER: _ClassVar[int]
    RESOURCE_FIELD_NUMBER: _ClassVar[int]
    CHANGED_FIELDS_FIELD_NUMBER: _ClassVar[int]
    type: WatchChangeType
    resource: _resource_pb2.Resource
    changed_fields: _field_mask_pb2.FieldMask
    def __init__(self, type: _Optional[_Union[WatchChangeType, str]] = ..., resource: _Optional[_Union[_resource_pb2.Resource, _Mapping]] = ..., changed_fields: _Optional[_Union[_field_mask_pb2.FieldMask, _Mapping]] = ...) -> None: ...

class WatchChanges(_message.Message):
    __slots__ = ("changes",)
    CHANGES_FIELD_NUMBER: _ClassVar[int]
    changes: _containers.RepeatedCompositeFieldContainer[WatchChange]
    def __init__(self, changes: _Optional[_Iterable[_Union[WatchChange, _Mapping]]] = ...) -> None: ...

class WatchSynced(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class WatchReachable(_message.Message):
    __slots__ = ("location",)
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ...) -> None: ...

class WatchEnded(_message.Message):
    __slots__ = ("code", "reason", "message", "metadata")
    class MetadataEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    CODE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    code: int
    reason: str
    message: str
    metadata: _containers.ScalarMap[str, str]
    def __init__(self, code: _Optional[int] = ..., reason: _Optional[str] = ..., message: _Optional[str] = ..., metadata: _Optional[_Mapping[str, str]] = ...) -> None: ...
