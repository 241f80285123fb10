# SPDX-License-Identifier: Apache-2.0
"""The servicers, a file each, and the only list of them."""

from collections.abc import Callable
from typing import Any

from google.protobuf.descriptor import ServiceDescriptor
from oaktreemodel import v1 as pb
from oaktreemodel.v1 import (
    block_storage_service_pb2,
    cloud_service_pb2,
    compute_service_pb2,
    identity_service_pb2,
    image_service_pb2,
    load_balancer_service_pb2,
    network_service_pb2,
    object_store_service_pb2,
    token_service_pb2,
    watch_service_pb2,
)

from oaktree.services.block_storage import BlockStorage
from oaktree.services.cloud import Cloud
from oaktree.services.compute import Compute
from oaktree.services.identity import Identity
from oaktree.services.image import Image
from oaktree.services.load_balancer import LoadBalancer
from oaktree.services.network import Network
from oaktree.services.object_store import ObjectStore
from oaktree.services.token import Token
from oaktree.services.watch import Watch
from oaktree.verbs import Service

SERVICES: tuple[tuple[ServiceDescriptor, type[Service], Callable[..., Any]], ...] = (
    (
        block_storage_service_pb2.DESCRIPTOR.services_by_name['BlockStorageService'],
        BlockStorage,
        pb.add_BlockStorageServiceServicer_to_server,
    ),
    (cloud_service_pb2.DESCRIPTOR.services_by_name['CloudService'], Cloud, pb.add_CloudServiceServicer_to_server),
    (compute_service_pb2.DESCRIPTOR.services_by_name['ComputeService'], Compute, pb.add_ComputeServiceServicer_to_server),
    (identity_service_pb2.DESCRIPTOR.services_by_name['IdentityService'], Identity, pb.add_IdentityServiceServicer_to_server),
    (image_service_pb2.DESCRIPTOR.services_by_name['ImageService'], Image, pb.add_ImageServiceServicer_to_server),
    (
        load_balancer_service_pb2.DESCRIPTOR.services_by_name['LoadBalancerService'],
        LoadBalancer,
        pb.add_LoadBalancerServiceServicer_to_server,
    ),
    (network_service_pb2.DESCRIPTOR.services_by_name['NetworkService'], Network, pb.add_NetworkServiceServicer_to_server),
    (
        object_store_service_pb2.DESCRIPTOR.services_by_name['ObjectStoreService'],
        ObjectStore,
        pb.add_ObjectStoreServiceServicer_to_server,
    ),
    (token_service_pb2.DESCRIPTOR.services_by_name['TokenService'], Token, pb.add_TokenServiceServicer_to_server),
    (watch_service_pb2.DESCRIPTOR.services_by_name['WatchService'], Watch, pb.add_WatchServiceServicer_to_server),
)
