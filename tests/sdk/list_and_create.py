# SPDX-License-Identifier: Apache-2.0
"""What a user's first program does, in Python: lists servers everywhere, makes one, deletes it.

list_and_create.py TARGET CLOUD FLAVOR IMAGE [NETWORK]
"""

import contextlib
import sys
import uuid

import grpc
import oaktreemodel
from google.protobuf import duration_pb2
from oaktreemodel import v1 as pb

PATIENCE = duration_pb2.Duration(seconds=120)


def check(holds: bool, what: str) -> None:
    if not holds:
        raise SystemExit(f'FAILED: {what}')


def list_everywhere(oaktree: oaktreemodel.Client) -> None:
    for server in oaktree.servers(page_size=2):
        print(server.location.cloud, server.location.region, server.name)


def create(oaktree: oaktreemodel.Client, cloud: str, name: str, flavor: str, image: str, networks: list[str]) -> pb.Server:
    request = pb.CreateServerRequest(
        location=pb.Location(cloud=cloud),
        name=name,
        flavor=flavor,
        image=image,
        networks=networks,
        auto_ip=True,
        wait=PATIENCE,
        request_id=str(uuid.uuid4()),
    )
    server = oaktree.compute.CreateServer(request).server
    address = server.public_v4 or next((address.ip for address in server.addresses), '')
    print('created', server.location.cloud, server.id, address)
    check(server.state == pb.SERVER_STATE_ACTIVE, f'its state is {server.native_status}')
    check(bool(address), 'it has no address')
    return server


def delete(oaktree: oaktreemodel.Client, cloud: str, name_or_id: str) -> None:
    oaktree.compute.DeleteServer(
        pb.DeleteServerRequest(
            location=pb.Location(cloud=cloud), name_or_id=name_or_id, wait=PATIENCE, request_id=str(uuid.uuid4())
        )
    )


def check_gone(oaktree: oaktreemodel.Client, cloud: str, name_or_id: str) -> None:
    try:
        oaktree.compute.GetServer(pb.GetServerRequest(location=pb.Location(cloud=cloud), name_or_id=name_or_id))
    except grpc.RpcError as error:
        info = oaktreemodel.error_info(error)
        check(error.code() == grpc.StatusCode.NOT_FOUND, f'status is {error.code()}')
        check(info is not None and info.domain == 'oaktree' and bool(info.reason), f'no reason in {info}')
        print('gone', info.reason if info else '')
    else:
        check(False, 'it is still there')


def main(target: str, cloud: str, flavor: str, image: str, *networks: str) -> None:
    name = f'sdk-python-{uuid.uuid4().hex[:8]}'
    with oaktreemodel.connect(target) as oaktree:
        list_everywhere(oaktree)
        try:
            server = create(oaktree, cloud, name, flavor, image, list(networks))
        except BaseException:
            with contextlib.suppress(grpc.RpcError):  # also a create that failed may have made something
                delete(oaktree, cloud, name)
            raise
        delete(oaktree, cloud, server.id)
        check_gone(oaktree, cloud, server.id)


if __name__ == '__main__':
    main(*sys.argv[1:])
