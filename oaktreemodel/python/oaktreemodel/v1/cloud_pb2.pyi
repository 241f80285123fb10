# mypy: disable-error-code="type-arg"
from oaktreemodel.v1 import location_pb2 as _location_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Cloud(_message.Message):
    __slots__ = ("location", "id", "name", "regions", "properties")
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
    REGIONS_FIELD_NUMBER: _ClassVar[int]
    PROPERTIES_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    id: str
    name: str
    regions: _containers.RepeatedScalarFieldContainer[str]
    properties: _containers.ScalarMap[str, str]
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., id: _Optional[str] = ..., name: _Optional[str] = ..., regions: _Optional[_Iterable[str]] = ..., properties: _Optional[_Mapping[str, str]] = ...) -> None: ...

class ServiceCapability(_message.Message):
    __slots__ = ("type", "version", "min_microversion", "max_microversion")
    TYPE_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    MIN_MICROVERSION_FIELD_NUMBER: _ClassVar[int]
    MAX_MICROVERSION_FIELD_NUMBER: _ClassVar[int]
    type: str
    version: str
    min_microversion: str
    max_microversion: str
    def __init__(self, type: _Optional[str] = ..., version: _Optional[str] = ..., min_microversion: _Optional[str] = ..., max_microversion: _Optional[str] = ...) -> None: ...

class Capabilities(_message.Message):
    __slots__ = ("location", "services", "floating_ips", "requires_floating_ip", "public_networks", "private_networks", "floating_networks", "image_disk_formats")
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    SERVICES_FIELD_NUMBER: _ClassVar[int]
    FLOATING_IPS_FIELD_NUMBER: _ClassVar[int]
    REQUIRES_FLOATING_IP_FIELD_NUMBER: _ClassVar[int]
    PUBLIC_NETWORKS_FIELD_NUMBER: _ClassVar[int]
    PRIVATE_NETWORKS_FIELD_NUMBER: _ClassVar[int]
    FLOATING_NETWORKS_FIELD_NUMBER: _ClassVar[int]
    IMAGE_DISK_FORMATS_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    services: _containers.RepeatedCompositeFieldContainer[ServiceCapability]
    floating_ips: bool
    requires_floating_ip: bool
    public_networks: _containers.RepeatedScalarFieldContainer[str]
    private_networks: _containers.RepeatedScalarFieldContainer[str]
    floating_networks: _containers.RepeatedScalarFieldContainer[str]
    image_disk_formats: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., services: _Optional[_Iterable[_Union[ServiceCapability, _Mapping]]] = ..., floating_ips: bool = ..., requires_floating_ip: bool = ..., public_networks: _Optional[_Iterable[str]] = ..., private_networks: _Optional[_Iterable[str]] = ..., floating_networks: _Optional[_Iterable[str]] = ..., image_disk_formats: _Optional[_Iterable[str]] = ...) -> None: ...
