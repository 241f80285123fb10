# SPDX-License-Identifier: Apache-2.0
"""ImageService."""

from oaktreemodel import v1 as pb
from oaktreemodel.v1 import image_service_pb2

from oaktree import verbs
from oaktree.rows.image import IMAGE


@verbs.serves(image_service_pb2.DESCRIPTOR.services_by_name['ImageService'])
class Image(verbs.Service, pb.ImageServiceServicer):
    """Images, to be listed and found."""

    ListImages = verbs.list_(IMAGE)
    GetImage = verbs.get(IMAGE)
