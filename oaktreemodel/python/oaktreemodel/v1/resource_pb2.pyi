# mypy: disable-error-code="type-arg"
from oaktreemodel.v1 import container_pb2 as _container_pb2
from oaktreemodel.v1 import flavor_pb2 as _flavor_pb2
from oaktreemodel.v1 import floating_ip_pb2 as _floating_ip_pb2
from oaktreemodel.v1 import image_pb2 as _image_pb2
from oaktreemodel.v1 import keypair_pb2 as _keypair_pb2
from oaktreemodel.v1 import network_pb2 as _network_pb2
from oaktreemodel.v1 import security_group_pb2 as _security_group_pb2
from oaktreemodel.v1 import server_pb2 as _server_pb2
from oaktreemodel.v1 import subnet_pb2 as _subnet_pb2
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ResourceKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RESOURCE_KIND_UNSPECIFIED: _ClassVar[ResourceKind]
    RESOURCE_KIND_FLAVOR: _ClassVar[ResourceKind]
    RESOURCE_KIND_FLOATING_IP: _ClassVar[ResourceKind]
    RESOURCE_KIND_IMAGE: _ClassVar[ResourceKind]
    RESOURCE_KIND_KEYPAIR: _ClassVar[ResourceKind]
    RESOURCE_KIND_NETWORK: _ClassVar[ResourceKind]
    RESOURCE_KIND_SECURITY_GROUP: _ClassVar[ResourceKind]
    RESOURCE_KIND_SERVER: _ClassVar[ResourceKind]
    RESOURCE_KIND_SUBNET: _ClassVar[ResourceKind]
    RESOURCE_KIND_CONTAINER: _ClassVar[ResourceKind]
RESOURCE_KIND_UNSPECIFIED: ResourceKind
RESOURCE_KIND_FLAVOR: ResourceKind
RESOURCE_KIND_FLOATING_IP: ResourceKind
RESOURCE_KIND_IMAGE: ResourceKind
RESOURCE_KIND_KEYPAIR: ResourceKind
RESOURCE_KIND_NETWORK: ResourceKind
RESOURCE_KIND_SECURITY_GROUP: ResourceKind
RESOURCE_KIND_SERVER: ResourceKind
RESOURCE_KIND_SUBNET: ResourceKind
RESOURCE_KIND_CONTAINER: ResourceKind

class Resource(_message.Message):
    __slots__ = ("flavor", "floating_ip", "image", "keypair", "network", "security_group", "server", "subnet", "container")
    FLAVOR_FIELD_NUMBER: _ClassVar[int]
    FLOATING_IP_FIELD_NUMBER: _ClassVar[int]
    IMAGE_FIELD_NUMBER: _ClassVar[int]
    KEYPAIR_FIELD_NUMBER: _ClassVar[int]
    NETWORK_FIELD_NUMBER: _ClassVar[int]
    SECURITY_GROUP_FIELD_NUMBER: _ClassVar[int]
    SERVER_FIELD_NUMBER: _ClassVar[int]
    SUBNET_FIELD_NUMBER: _ClassVar[int]
    CONTAINER_FIELD_NUMBER: _ClassVar[int]
    flavor: _flavor_pb2.Flavor
    floating_ip: _floating_ip_pb2.FloatingIp
    image: _image_pb2.Image
    keypair: _keypair_pb2.Keypair
    network: _network_pb2.Network
    security_group: _security_group_pb2.SecurityGroup
    server: _server_pb2.Server
    subnet: _subnet_pb2.Subnet
    container: _container_pb2.Container
    def __init__(self, flavor: _Optional[_Union[_flavor_pb2.Flavor, _Mapping]] = ..., floating_ip: _Optional[_Union[_floating_ip_pb2.FloatingIp, _Mapping]] = ..., image: _Optional[_Union[_image_pb2.Image, _Mapping]] = ..., keypair: _Optional[_Union[_keypair_pb2.Keypair, _Mapping]] = ..., network: _Optional[_Union[_network_pb2.Network, _Mapping]] = ..., security_group: _Optional[_Union[_security_group_pb2.SecurityGroup, _Mapping]] = ..., server: _Optional[_Union[_server_pb2.Server, _Mapping]] = ..., subnet: _Optional[_Union[_subnet_pb2.Subnet, _Mapping]] = ..., container: _Optional[_Union[_container_pb2.Container, _Mapping]] = ...) -> None: ...
