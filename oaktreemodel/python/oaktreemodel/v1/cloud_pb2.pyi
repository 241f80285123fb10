# mypy: disable-error-code="type-arg"
import datetime

from google.protobuf import duration_pb2 as _duration_pb2
from oaktreemodel.v1 import location_pb2 as _location_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class CloudStatus(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CLOUD_STATUS_UNSPECIFIED: _ClassVar[CloudStatus]
    CLOUD_STATUS_ACTIVE: _ClassVar[CloudStatus]
    CLOUD_STATUS_DEPRECATED: _ClassVar[CloudStatus]
    CLOUD_STATUS_SHUTDOWN: _ClassVar[CloudStatus]

class ImageUploadMethod(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    IMAGE_UPLOAD_METHOD_UNSPECIFIED: _ClassVar[ImageUploadMethod]
    IMAGE_UPLOAD_METHOD_PUT: _ClassVar[ImageUploadMethod]
    IMAGE_UPLOAD_METHOD_TASK: _ClassVar[ImageUploadMethod]
CLOUD_STATUS_UNSPECIFIED: CloudStatus
CLOUD_STATUS_ACTIVE: CloudStatus
CLOUD_STATUS_DEPRECATED: CloudStatus
CLOUD_STATUS_SHUTDOWN: CloudStatus
IMAGE_UPLOAD_METHOD_UNSPECIFIED: ImageUploadMethod
IMAGE_UPLOAD_METHOD_PUT: ImageUploadMethod
IMAGE_UPLOAD_METHOD_TASK: ImageUploadMethod

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
    __slots__ = ("type", "version", "min_microversion", "max_microversion", "disabled_reason")
    TYPE_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    MIN_MICROVERSION_FIELD_NUMBER: _ClassVar[int]
    MAX_MICROVERSION_FIELD_NUMBER: _ClassVar[int]
    DISABLED_REASON_FIELD_NUMBER: _ClassVar[int]
    type: str
    version: str
    min_microversion: str
    max_microversion: str
    disabled_reason: str
    def __init__(self, type: _Optional[str] = ..., version: _Optional[str] = ..., min_microversion: _Optional[str] = ..., max_microversion: _Optional[str] = ..., disabled_reason: _Optional[str] = ...) -> None: ...

class NetworkCapability(_message.Message):
    __slots__ = ("id", "name", "public", "attachable", "floating", "ipv4", "ipv6", "nat_source", "nat_destination", "default_interface")
    ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    PUBLIC_FIELD_NUMBER: _ClassVar[int]
    ATTACHABLE_FIELD_NUMBER: _ClassVar[int]
    FLOATING_FIELD_NUMBER: _ClassVar[int]
    IPV4_FIELD_NUMBER: _ClassVar[int]
    IPV6_FIELD_NUMBER: _ClassVar[int]
    NAT_SOURCE_FIELD_NUMBER: _ClassVar[int]
    NAT_DESTINATION_FIELD_NUMBER: _ClassVar[int]
    DEFAULT_INTERFACE_FIELD_NUMBER: _ClassVar[int]
    id: str
    name: str
    public: bool
    attachable: bool
    floating: bool
    ipv4: bool
    ipv6: bool
    nat_source: bool
    nat_destination: bool
    default_interface: bool
    def __init__(self, id: _Optional[str] = ..., name: _Optional[str] = ..., public: bool = ..., attachable: bool = ..., floating: bool = ..., ipv4: bool = ..., ipv6: bool = ..., nat_source: bool = ..., nat_destination: bool = ..., default_interface: bool = ...) -> None: ...

class ObjectStoreCapability(_message.Message):
    __slots__ = ("max_object_size_bytes", "segments", "min_segment_size_bytes", "max_segments", "temporary_urls", "max_list_size", "features")
    MAX_OBJECT_SIZE_BYTES_FIELD_NUMBER: _ClassVar[int]
    SEGMENTS_FIELD_NUMBER: _ClassVar[int]
    MIN_SEGMENT_SIZE_BYTES_FIELD_NUMBER: _ClassVar[int]
    MAX_SEGMENTS_FIELD_NUMBER: _ClassVar[int]
    TEMPORARY_URLS_FIELD_NUMBER: _ClassVar[int]
    MAX_LIST_SIZE_FIELD_NUMBER: _ClassVar[int]
    FEATURES_FIELD_NUMBER: _ClassVar[int]
    max_object_size_bytes: int
    segments: bool
    min_segment_size_bytes: int
    max_segments: int
    temporary_urls: bool
    max_list_size: int
    features: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, max_object_size_bytes: _Optional[int] = ..., segments: bool = ..., min_segment_size_bytes: _Optional[int] = ..., max_segments: _Optional[int] = ..., temporary_urls: bool = ..., max_list_size: _Optional[int] = ..., features: _Optional[_Iterable[str]] = ...) -> None: ...

class Capabilities(_message.Message):
    __slots__ = ("location", "services", "floating_ips", "requires_floating_ip", "public_networks", "private_networks", "floating_networks", "image_disk_formats", "learned_from", "unlearned", "vendor", "status", "status_message", "auth_type", "interface", "request_timeout", "requests_per_second", "default_max_ages", "compute_zones", "volume_zones", "network_zones", "share_zones", "image_format", "image_container_formats", "image_upload_method", "image_import_methods", "image_stores", "image_required_properties", "networks", "network_extensions", "floating_ip_source", "security_group_source", "stateless_security_groups", "use_external_network", "use_internal_network", "prefer_private", "prefer_ipv4", "object_store", "quotas")
    class LearnedFromEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    class UnlearnedEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    class DefaultMaxAgesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: _duration_pb2.Duration
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...
    class ImageRequiredPropertiesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    class QuotasEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: int
        def __init__(self, key: _Optional[str] = ..., value: _Optional[int] = ...) -> None: ...
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    SERVICES_FIELD_NUMBER: _ClassVar[int]
    FLOATING_IPS_FIELD_NUMBER: _ClassVar[int]
    REQUIRES_FLOATING_IP_FIELD_NUMBER: _ClassVar[int]
    PUBLIC_NETWORKS_FIELD_NUMBER: _ClassVar[int]
    PRIVATE_NETWORKS_FIELD_NUMBER: _ClassVar[int]
    FLOATING_NETWORKS_FIELD_NUMBER: _ClassVar[int]
    IMAGE_DISK_FORMATS_FIELD_NUMBER: _ClassVar[int]
    LEARNED_FROM_FIELD_NUMBER: _ClassVar[int]
    UNLEARNED_FIELD_NUMBER: _ClassVar[int]
    VENDOR_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    STATUS_MESSAGE_FIELD_NUMBER: _ClassVar[int]
    AUTH_TYPE_FIELD_NUMBER: _ClassVar[int]
    INTERFACE_FIELD_NUMBER: _ClassVar[int]
    REQUEST_TIMEOUT_FIELD_NUMBER: _ClassVar[int]
    REQUESTS_PER_SECOND_FIELD_NUMBER: _ClassVar[int]
    DEFAULT_MAX_AGES_FIELD_NUMBER: _ClassVar[int]
    COMPUTE_ZONES_FIELD_NUMBER: _ClassVar[int]
    VOLUME_ZONES_FIELD_NUMBER: _ClassVar[int]
    NETWORK_ZONES_FIELD_NUMBER: _ClassVar[int]
    SHARE_ZONES_FIELD_NUMBER: _ClassVar[int]
    IMAGE_FORMAT_FIELD_NUMBER: _ClassVar[int]
    IMAGE_CONTAINER_FORMATS_FIELD_NUMBER: _ClassVar[int]
    IMAGE_UPLOAD_METHOD_FIELD_NUMBER: _ClassVar[int]
    IMAGE_IMPORT_METHODS_FIELD_NUMBER: _ClassVar[int]
    IMAGE_STORES_FIELD_NUMBER: _ClassVar[int]
    IMAGE_REQUIRED_PROPERTIES_FIELD_NUMBER: _ClassVar[int]
    NETWORKS_FIELD_NUMBER: _ClassVar[int]
    NETWORK_EXTENSIONS_FIELD_NUMBER: _ClassVar[int]
    FLOATING_IP_SOURCE_FIELD_NUMBER: _ClassVar[int]
    SECURITY_GROUP_SOURCE_FIELD_NUMBER: _ClassVar[int]
    STATELESS_SECURITY_GROUPS_FIELD_NUMBER: _ClassVar[int]
    USE_EXTERNAL_NETWORK_FIELD_NUMBER: _ClassVar[int]
    USE_INTERNAL_NETWORK_FIELD_NUMBER: _ClassVar[int]
    PREFER_PRIVATE_FIELD_NUMBER: _ClassVar[int]
    PREFER_IPV4_FIELD_NUMBER: _ClassVar[int]
    OBJECT_STORE_FIELD_NUMBER: _ClassVar[int]
    QUOTAS_FIELD_NUMBER: _ClassVar[int]
    location: _location_pb2.Location
    services: _containers.RepeatedCompositeFieldContainer[ServiceCapability]
    floating_ips: bool
    requires_floating_ip: bool
    public_networks: _containers.RepeatedScalarFieldContainer[str]
    private_networks: _containers.RepeatedScalarFieldContainer[str]
    floating_networks: _containers.RepeatedScalarFieldContainer[str]
    image_disk_formats: _containers.RepeatedScalarFieldContainer[str]
    learned_from: _containers.ScalarMap[str, str]
    unlearned: _containers.ScalarMap[str, str]
    vendor: str
    status: CloudStatus
    status_message: str
    auth_type: str
    interface: str
    request_timeout: _duration_pb2.Duration
    requests_per_second: float
    default_max_ages: _containers.MessageMap[str, _duration_pb2.Duration]
    compute_zones: _containers.RepeatedScalarFieldContainer[str]
    volume_zones: _containers.RepeatedScalarFieldContainer[str]
    network_zones: _containers.RepeatedScalarFieldContainer[str]
    share_zones: _containers.RepeatedScalarFieldContainer[str]
    image_format: str
    image_container_formats: _containers.RepeatedScalarFieldContainer[str]
    image_upload_method: ImageUploadMethod
    image_import_methods: _containers.RepeatedScalarFieldContainer[str]
    image_stores: _containers.RepeatedScalarFieldContainer[str]
    image_required_properties: _containers.ScalarMap[str, str]
    networks: _containers.RepeatedCompositeFieldContainer[NetworkCapability]
    network_extensions: _containers.RepeatedScalarFieldContainer[str]
    floating_ip_source: str
    security_group_source: str
    stateless_security_groups: bool
    use_external_network: bool
    use_internal_network: bool
    prefer_private: bool
    prefer_ipv4: bool
    object_store: ObjectStoreCapability
    quotas: _containers.ScalarMap[str, int]
    def __init__(self, location: _Optional[_Union[_location_pb2.Location, _Mapping]] = ..., services: _Optional[_Iterable[_Union[ServiceCapability, _Mapping]]] = ..., floating_ips: bool = ..., requires_floating_ip: bool = ..., public_networks: _Optional[_Iterable[str]] = ..., private_networks: _Optional[_Iterable[str]] = ..., floating_networks: _Optional[_Iterable[str]] = ..., image_disk_formats: _Optional[_Iterable[str]] = ..., learned_from: _Optional[_Mapping[str, str]] = ..., unlearned: _Optional[_Mapping[str, str]] = ..., vendor: _Optional[str] = ..., status: _Optional[_Union[CloudStatus, str]] = ..., status_message: _Optional[str] = ..., auth_type: _Optional[str] = ..., interface: _Optional[str] = ..., request_timeout: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., requests_per_second: _Optional[float] = ..., default_max_ages: _Optional[_Mapping[str, _duration_pb2.Duration]] = ..., compute_zones: _Optional[_Iterable[str]] = ..., volume_zones: _Optional[_Iterable[str]] = ..., network_zones: _Optional[_Iterable[str]] = ..., share_zones: _Optional[_Iterable[str]] = ..., image_format: _Optional[str] = ..., image_container_formats: _Optional[_Iterable[str]] = ..., image_upload_method: _Optional[_Union[ImageUploadMethod, str]] = ..., image_import_methods: _Optional[_Iterable[str]] = ..., image_stores: _Optional[_Iterable[str]] = ..., image_required_properties: _Optional[_Mapping[str, str]] = ..., networks: _Optional[_Iterable[_Union[NetworkCapability, _Mapping]]] = ..., network_extensions: _Optional[_Iterable[str]] = ..., floating_ip_source: _Optional[str] = ..., security_group_source: _Optional[str] = ..., stateless_security_groups: bool = ..., use_external_network: bool = ..., use_internal_network: bool = ..., prefer_private: bool = ..., prefer_ipv4: bool = ..., object_store: _Optional[_Union[ObjectStoreCapability, _Mapping]] = ..., quotas: _Optional[_Mapping[str, int]] = ...) -> None: ...
