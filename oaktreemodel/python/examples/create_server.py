# SPDX-License-Identifier: Apache-2.0
import sys

import oaktreemodel
from oaktreemodel import v1 as pb

cloud, name, flavor, image = sys.argv[1:]
with oaktreemodel.connect() as oaktree:
    request = pb.CreateServerRequest(
        location={'cloud': cloud}, name=name, flavor=flavor, image=image, auto_ip=True, wait={'seconds': 300}
    )
    print(oaktree.compute.CreateServer(request).server.public_v4)
