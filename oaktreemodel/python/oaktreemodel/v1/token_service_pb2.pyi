# mypy: disable-error-code="type-arg"
import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from oaktreemodel.v1 import location_pb2 as _location_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class CreateTokenRequest(_message.Message):
    __slots__ = ("location", "client_id", "client_secret")
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    CLIENT_ID_FIELD_NUMBER: _ClassVar[int]
    CLIENT_SECRET_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    client_id: str
    client_secret: str
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., client_id: _Optional[str] = ..., client_secret: _Optional[str] = ...) -> None: ...

class CreateTokenResponse(_message.Message):
    __slots__ = ("access_token", "expire_time")
    ACCESS_TOKEN_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    access_token: str
    expire_time: _timestamp_pb2.Timestamp
    def __init__(self, access_token: _Optional[str] = ..., expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class RevokeTokenRequest(_message.Message):
    __slots__ = ("location",)
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ...) -> None: ...

class RevokeTokenResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class GetCallerRequest(_message.Message):
    __slots__ = ("location",)
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ...) -> None: ...

class GetCallerResponse(_message.Message):
    __slots__ = ("callers", "unreachable")
    CALLERS_FIELD_NUMBER: _ClassVar[int]
    UNREACHABLE_FIELD_NUMBER: _ClassVar[int]
    callers: _containers.RepeatedCompositeFieldContainer[Caller]
    unreachable: _containers.RepeatedCompositeFieldContainer[_location_pb2.Unreachable]
    def __init__(self, callers: _Optional[_Iterable[_Union[Caller, _Mapping]]] = ..., unreachable: _Optional[_Iterable[_Union[_location_pb2.Unreachable, _Mapping]]] = ...) -> None: ...

class Caller(_message.Message):
    __slots__ = ("location", "user_id", "user_name", "user_domain_id", "user_domain_name", "roles", "application_credential_id", "expire_time", "owner")
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    USER_NAME_FIELD_NUMBER: _ClassVar[int]
    USER_DOMAIN_ID_FIELD_NUMBER: _ClassVar[int]
    USER_DOMAIN_NAME_FIELD_NUMBER: _ClassVar[int]
    ROLES_FIELD_NUMBER: _ClassVar[int]
    APPLICATION_CREDENTIAL_ID_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    OWNER_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    user_id: str
    user_name: str
    user_domain_id: str
    user_domain_name: str
    roles: _containers.RepeatedScalarFieldContainer[str]
    application_credential_id: str
    expire_time: _timestamp_pb2.Timestamp
    owner: bool
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., user_id: _Optional[str] = ..., user_name: _Optional[str] = ..., user_domain_id: _Optional[str] = ..., user_domain_name: _Optional[str] = ..., roles: _Optional[_Iterable[str]] = ..., application_credential_id: _Optional[str] = ..., expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., owner: bool = ...) -> None: ...
