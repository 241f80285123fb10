# SPDX-License-Identifier: Apache-2.0
"""The tasks of the cook book: cookbook.py CLOUD FLAVOR IMAGE FILE, where the cloud has no server of that name yet."""

import itertools
import sys

import grpc
import oaktreemodel
from oaktreemodel import v1 as pb

WAIT = {'seconds': 300}


# task 1
def what_there_is(oaktree: oaktreemodel.Client, cloud: str) -> None:
    for one in oaktree.clouds.ListClouds(pb.ListCloudsRequest()).clouds:
        print(one.name, *one.regions)
    found = oaktree.clouds.GetCapabilities(pb.GetCapabilitiesRequest(location={'cloud': cloud})).capabilities
    print(*found.image_disk_formats, *(service.type for service in found.services))


# task 2
def servers_of_all_clouds(oaktree: oaktreemodel.Client) -> None:
    for server in oaktree.servers(jmespath="[?state=='ACTIVE']", max_age={'seconds': 5}):
        print(server.location.cloud, server.name, server.public_v4)


# task 3
def make_a_server(oaktree: oaktreemodel.Client, cloud: str, flavor: str, image: str) -> None:
    where = pb.Location(cloud=cloud)
    keypair = oaktree.compute.CreateKeypair(pb.CreateKeypairRequest(location=where, name='cook')).keypair
    print(len(keypair.private_key), 'bytes of a private key, shown only now')
    request = pb.CreateServerRequest(
        location=where, name='cook', flavor=flavor, image=image, key_name='cook', auto_ip=True, wait=WAIT
    )
    print('ssh to', oaktree.compute.CreateServer(request, timeout=320).server.public_v4)


# task 4
def open_a_port(oaktree: oaktreemodel.Client, cloud: str) -> None:
    where = pb.Location(cloud=cloud)
    oaktree.network.CreateSecurityGroup(pb.CreateSecurityGroupRequest(location=where, name='cook', description='for the web'))
    oaktree.network.CreateSecurityGroupRule(
        pb.CreateSecurityGroupRuleRequest(
            location=where, security_group='cook', direction=pb.SECURITY_GROUP_DIRECTION_INGRESS, protocol='tcp',
            port_min=443, port_max=443, remote_ip_prefix='0.0.0.0/0',
        )
    )  # fmt: skip
    oaktree.compute.AddServerSecurityGroups(
        pb.AddServerSecurityGroupsRequest(location=where, name_or_id='cook', security_groups=['cook'])
    )


# task 5
def give_it_a_disk(oaktree: oaktreemodel.Client, cloud: str) -> None:
    where = pb.Location(cloud=cloud)
    oaktree.block_storage.CreateVolume(pb.CreateVolumeRequest(location=where, name='cook', size_gib=1, wait=WAIT))
    request = pb.AttachVolumeRequest(location=where, name_or_id='cook', server='cook', wait=WAIT)
    print('as', oaktree.block_storage.AttachVolume(request).volume.attachments[0].device)


# task 6
def take_a_snapshot(oaktree: oaktreemodel.Client, cloud: str) -> None:
    request = pb.CreateImageSnapshotRequest(location={'cloud': cloud}, server='cook', name='cook-snapshot', wait=WAIT)
    print('boot others from', oaktree.compute.CreateImageSnapshot(request).image.name)


# task 7
def upload_an_image(oaktree: oaktreemodel.Client, cloud: str, path: str) -> None:
    def progress(done: int, total: int | None) -> None:
        print(done, 'of', total, 'bytes')

    image = oaktree.upload_image(path, location={'cloud': cloud}, name='cook', disk_format='raw', progress=progress)
    print(image.name, image.size_bytes, 'bytes')


# task 8
def keep_a_file(oaktree: oaktreemodel.Client, cloud: str, path: str) -> None:
    where = {'cloud': cloud}
    oaktree.object_store.CreateContainer(pb.CreateContainerRequest(location=where, name='cook'))
    oaktree.upload_object(path, location=where, container='cook', name='file')
    oaktree.download_object('file', location=where, container='cook').save('copy')


# task 9
def see_what_changes(oaktree: oaktreemodel.Client, cloud: str) -> None:
    servers = pb.WatchSubscription(watch_id='servers', kind=pb.RESOURCE_KIND_SERVER, location={'cloud': cloud})
    for event in itertools.islice(oaktreemodel.follow(oaktree.watch.Watch, servers), 2):  # leave this out to go on for ever
        for change in event.changes.changes:
            print(pb.WatchChangeType.Name(change.type), change.resource.server.name, change.resource.server.native_status)


# task 10
def clean_up(oaktree: oaktreemodel.Client, cloud: str) -> None:
    where = pb.Location(cloud=cloud)
    try:
        oaktree.compute.DeleteServer(pb.DeleteServerRequest(location=where, name_or_id='cook', wait=WAIT))
    except grpc.RpcError as error:
        info = oaktreemodel.error_info(error)
        if info is None or info.reason != 'NOT_FOUND':
            raise
    oaktree.network.DeleteUnattachedFloatingIps(
        pb.DeleteUnattachedFloatingIpsRequest(location=where, min_age={'seconds': 3600})
    )


# the end
if __name__ == '__main__':
    cloud, flavor, image, path = sys.argv[1:]
    with oaktreemodel.connect() as oaktree:
        what_there_is(oaktree, cloud)
        servers_of_all_clouds(oaktree)
        make_a_server(oaktree, cloud, flavor, image)
        open_a_port(oaktree, cloud)
        give_it_a_disk(oaktree, cloud)
        take_a_snapshot(oaktree, cloud)
        upload_an_image(oaktree, cloud, path)
        keep_a_file(oaktree, cloud, path)
        see_what_changes(oaktree, cloud)
        clean_up(oaktree, cloud)
