# SPDX-License-Identifier: Apache-2.0
"""A first client: lists the servers of all clouds, makes one on the first cloud, and deletes it."""

import oaktreemodel
from google.protobuf.duration_pb2 import Duration
from oaktreemodel import v1 as pb

WAIT = Duration(seconds=120)


def show(server: pb.Server) -> None:
    state = pb.ServerState.Name(server.state).removeprefix('SERVER_STATE_')
    address = server.public_v4 or server.private_v4
    print(f'  {server.location.cloud:8} {server.location.region:10} {server.name:16} {state:10} {address}')


def main() -> None:
    with oaktreemodel.connect() as oaktree:
        print('\nServers of all clouds, by one call:')
        for server in oaktree.servers():
            show(server)

        cloud = oaktree.clouds.ListClouds(pb.ListCloudsRequest()).clouds[0].name
        flavor = min(oaktree.flavors(location={'cloud': cloud}), key=lambda flavor: flavor.ram_mib)
        image = next(oaktree.images(location={'cloud': cloud}))
        print(f'\nMaking a server with an address on {cloud} ...')
        request = pb.CreateServerRequest(
            location={'cloud': cloud}, name='first-steps', flavor=flavor.name, image=image.name, auto_ip=True, wait=WAIT
        )
        server = oaktree.compute.CreateServer(request, timeout=150).server
        show(server)

        print('Deleting it, and the floating IP that was made for it ...')
        request = pb.DeleteServerRequest(location={'cloud': cloud}, name_or_id=server.id, wait=WAIT)
        oaktree.compute.DeleteServer(request, timeout=150)
        print('Done.')


if __name__ == '__main__':
    main()
