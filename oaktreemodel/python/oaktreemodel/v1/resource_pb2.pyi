# mypy: disable-error-code="type-arg"
from oaktreemodel.v1 import address_group_pb2 as _address_group_pb2
from oaktreemodel.v1 import address_scope_pb2 as _address_scope_pb2
from oaktreemodel.v1 import application_credential_pb2 as _application_credential_pb2
from oaktreemodel.v1 import container_pb2 as _container_pb2
from oaktreemodel.v1 import flavor_pb2 as _flavor_pb2
from oaktreemodel.v1 import floating_ip_pb2 as _floating_ip_pb2
from oaktreemodel.v1 import health_monitor_pb2 as _health_monitor_pb2
from oaktreemodel.v1 import image_pb2 as _image_pb2
from oaktreemodel.v1 import keypair_pb2 as _keypair_pb2
from oaktreemodel.v1 import listener_pb2 as _listener_pb2
from oaktreemodel.v1 import load_balancer_pb2 as _load_balancer_pb2
from oaktreemodel.v1 import network_pb2 as _network_pb2
from oaktreemodel.v1 import pool_pb2 as _pool_pb2
from oaktreemodel.v1 import port_pb2 as _port_pb2
from oaktreemodel.v1 import rbac_policy_pb2 as _rbac_policy_pb2
from oaktreemodel.v1 import router_pb2 as _router_pb2
from oaktreemodel.v1 import security_group_pb2 as _security_group_pb2
from oaktreemodel.v1 import server_pb2 as _server_pb2
from oaktreemodel.v1 import server_group_pb2 as _server_group_pb2
from oaktreemodel.v1 import subnet_pb2 as _subnet_pb2
from oaktreemodel.v1 import subnet_pool_pb2 as _subnet_pool_pb2
from oaktreemodel.v1 import trunk_pb2 as _trunk_pb2
from oaktreemodel.v1 import volume_pb2 as _volume_pb2
from oaktreemodel.v1 import volume_backup_pb2 as _volume_backup_pb2
from oaktreemodel.v1 import volume_snapshot_pb2 as _volume_snapshot_pb2
from oaktreemodel.v1 import volume_type_pb2 as _volume_type_pb2
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
    RESOURCE_KIND_SERVER_GROUP: _ClassVar[ResourceKind]
    RESOURCE_KIND_VOLUME: _ClassVar[ResourceKind]
    RESOURCE_KIND_VOLUME_SNAPSHOT: _ClassVar[ResourceKind]
    RESOURCE_KIND_VOLUME_BACKUP: _ClassVar[ResourceKind]
    RESOURCE_KIND_VOLUME_TYPE: _ClassVar[ResourceKind]
    RESOURCE_KIND_PORT: _ClassVar[ResourceKind]
    RESOURCE_KIND_ROUTER: _ClassVar[ResourceKind]
    RESOURCE_KIND_SUBNET_POOL: _ClassVar[ResourceKind]
    RESOURCE_KIND_TRUNK: _ClassVar[ResourceKind]
    RESOURCE_KIND_ADDRESS_GROUP: _ClassVar[ResourceKind]
    RESOURCE_KIND_RBAC_POLICY: _ClassVar[ResourceKind]
    RESOURCE_KIND_LOAD_BALANCER: _ClassVar[ResourceKind]
    RESOURCE_KIND_LISTENER: _ClassVar[ResourceKind]
    RESOURCE_KIND_POOL: _ClassVar[ResourceKind]
    RESOURCE_KIND_HEALTH_MONITOR: _ClassVar[ResourceKind]
    RESOURCE_KIND_APPLICATION_CREDENTIAL: _ClassVar[ResourceKind]
    RESOURCE_KIND_ADDRESS_SCOPE: _ClassVar[ResourceKind]
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
RESOURCE_KIND_SERVER_GROUP: ResourceKind
RESOURCE_KIND_VOLUME: ResourceKind
RESOURCE_KIND_VOLUME_SNAPSHOT: ResourceKind
RESOURCE_KIND_VOLUME_BACKUP: ResourceKind
RESOURCE_KIND_VOLUME_TYPE: ResourceKind
RESOURCE_KIND_PORT: ResourceKind
RESOURCE_KIND_ROUTER: ResourceKind
RESOURCE_KIND_SUBNET_POOL: ResourceKind
RESOURCE_KIND_TRUNK: ResourceKind
RESOURCE_KIND_ADDRESS_GROUP: ResourceKind
RESOURCE_KIND_RBAC_POLICY: ResourceKind
RESOURCE_KIND_LOAD_BALANCER: ResourceKind
RESOURCE_KIND_LISTENER: ResourceKind
RESOURCE_KIND_POOL: ResourceKind
RESOURCE_KIND_HEALTH_MONITOR: ResourceKind
RESOURCE_KIND_APPLICATION_CREDENTIAL: ResourceKind
RESOURCE_KIND_ADDRESS_SCOPE: ResourceKind
RESOURCE_KIND_CONTAINER: ResourceKind

class Resource(_message.Message):
    __slots__ = ("flavor", "floating_ip", "image", "keypair", "network", "security_group", "server", "subnet", "server_group", "volume", "volume_snapshot", "volume_backup", "volume_type", "port", "router", "subnet_pool", "trunk", "address_group", "rbac_policy", "load_balancer", "listener", "pool", "health_monitor", "application_credential", "address_scope", "container")
    FLAVOR_FIELD_NUMBER: _ClassVar[int]
    FLOATING_IP_FIELD_NUMBER: _ClassVar[int]
    IMAGE_FIELD_NUMBER: _ClassVar[int]
    KEYPAIR_FIELD_NUMBER: _ClassVar[int]
    NETWORK_FIELD_NUMBER: _ClassVar[int]
    SECURITY_GROUP_FIELD_NUMBER: _ClassVar[int]
    SERVER_FIELD_NUMBER: _ClassVar[int]
    SUBNET_FIELD_NUMBER: _ClassVar[int]
    SERVER_GROUP_FIELD_NUMBER: _ClassVar[int]
    VOLUME_FIELD_NUMBER: _ClassVar[int]
    VOLUME_SNAPSHOT_FIELD_NUMBER: _ClassVar[int]
    VOLUME_BACKUP_FIELD_NUMBER: _ClassVar[int]
    VOLUME_TYPE_FIELD_NUMBER: _ClassVar[int]
    PORT_FIELD_NUMBER: _ClassVar[int]
    ROUTER_FIELD_NUMBER: _ClassVar[int]
    SUBNET_POOL_FIELD_NUMBER: _ClassVar[int]
    TRUNK_FIELD_NUMBER: _ClassVar[int]
    ADDRESS_GROUP_FIELD_NUMBER: _ClassVar[int]
    RBAC_POLICY_FIELD_NUMBER: _ClassVar[int]
    LOAD_BALANCER_FIELD_NUMBER: _ClassVar[int]
    LISTENER_FIELD_NUMBER: _ClassVar[int]
    POOL_FIELD_NUMBER: _ClassVar[int]
    HEALTH_MONITOR_FIELD_NUMBER: _ClassVar[int]
    APPLICATION_CREDENTIAL_FIELD_NUMBER: _ClassVar[int]
    ADDRESS_SCOPE_FIELD_NUMBER: _ClassVar[int]
    CONTAINER_FIELD_NUMBER: _ClassVar[int]
    flavor: _flavor_pb2.Flavor
    floating_ip: _floating_ip_pb2.FloatingIp
    image: _image_pb2.Image
    keypair: _keypair_pb2.Keypair
    network: _network_pb2.Network
    security_group: _security_group_pb2.SecurityGroup
    server: _server_pb2.Server
    subnet: _subnet_pb2.Subnet
    server_group: _server_group_pb2.ServerGroup
    volume: _volume_pb2.Volume
    volume_snapshot: _volume_snapshot_pb2.VolumeSnapshot
    volume_backup: _volume_backup_pb2.VolumeBackup
    volume_type: _volume_type_pb2.VolumeType
    port: _port_pb2.Port
    router: _router_pb2.Router
    subnet_pool: _subnet_pool_pb2.SubnetPool
    trunk: _trunk_pb2.Trunk
    address_group: _address_group_pb2.AddressGroup
    rbac_policy: _rbac_policy_pb2.RbacPolicy
    load_balancer: _load_balancer_pb2.LoadBalancer
    listener: _listener_pb2.Listener
    pool: _pool_pb2.Pool
    health_monitor: _health_monitor_pb2.HealthMonitor
    application_credential: _application_credential_pb2.ApplicationCredential
    address_scope: _address_scope_pb2.AddressScope
    container: _container_pb2.Container
    def __init__(self, flavor: _Optional[_Union[_flavor_pb2.Flavor, _Mapping]] = ..., floating_ip: _Optional[_Union[_floating_ip_pb2.FloatingIp, _Mapping]] = ..., image: _Optional[_Union[_image_pb2.Image, _Mapping]] = ..., keypair: _Optional[_Union[_keypair_pb2.Keypair, _Mapping]] = ..., network: _Optional[_Union[_network_pb2.Network, _Mapping]] = ..., security_group: _Optional[_Union[_security_group_pb2.SecurityGroup, _Mapping]] = ..., server: _Optional[_Union[_server_pb2.Server, _Mapping]] = ..., subnet: _Optional[_Union[_subnet_pb2.Subnet, _Mapping]] = ..., server_group: _Optional[_Union[_server_group_pb2.ServerGroup, _Mapping]] = ..., volume: _Optional[_Union[_volume_pb2.Volume, _Mapping]] = ..., volume_snapshot: _Optional[_Union[_volume_snapshot_pb2.VolumeSnapshot, _Mapping]] = ..., volume_backup: _Optional[_Union[_volume_backup_pb2.VolumeBackup, _Mapping]] = ..., volume_type: _Optional[_Union[_volume_type_pb2.VolumeType, _Mapping]] = ..., port: _Optional[_Union[_port_pb2.Port, _Mapping]] = ..., router: _Optional[_Union[_router_pb2.Router, _Mapping]] = ..., subnet_pool: _Optional[_Union[_subnet_pool_pb2.SubnetPool, _Mapping]] = ..., trunk: _Optional[_Union[_trunk_pb2.Trunk, _Mapping]] = ..., address_group: _Optional[_Union[_address_group_pb2.AddressGroup, _Mapping]] = ..., rbac_policy: _Optional[_Union[_rbac_policy_pb2.RbacPolicy, _Mapping]] = ..., load_balancer: _Optional[_Union[_load_balancer_pb2.LoadBalancer, _Mapping]] = ..., listener: _Optional[_Union[_listener_pb2.Listener, _Mapping]] = ..., pool: _Optional[_Union[_pool_pb2.Pool, _Mapping]] = ..., health_monitor: _Optional[_Union[_health_monitor_pb2.HealthMonitor, _Mapping]] = ..., application_credential: _Optional[_Union[_application_credential_pb2.ApplicationCredential, _Mapping]] = ..., address_scope: _Optional[_Union[_address_scope_pb2.AddressScope, _Mapping]] = ..., container: _Optional[_Union[_container_pb2.Container, _Mapping]] = ...) -> None: ...
