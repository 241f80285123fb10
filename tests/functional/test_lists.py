# SPDX-License-Identifier: Apache-2.0
"""Reading: the same answers whatever the cloud."""

import time
from typing import Any

import grpc
from google.protobuf.duration_pb2 import Duration
from oaktreemodel import v1 as pb

from tests.functional.base import CLOUDS, UNIQUE, Case, unique

Code = grpc.StatusCode
BALANCING = ('health_monitors', 'listeners', 'load_balancers', 'pools')


class ListsTest(Case):
    """Every List and Get, on every cloud."""

    def reads(self) -> list[tuple[Any, Any, str, Any, Any]]:
        o = self.oaktree
        return [
            (o.identity.ListApplicationCredentials, pb.ListApplicationCredentialsRequest, 'application_credentials',
             o.identity.GetApplicationCredential, pb.GetApplicationCredentialRequest),
            (o.compute.ListFlavors, pb.ListFlavorsRequest, 'flavors', o.compute.GetFlavor, pb.GetFlavorRequest),
            (o.compute.ListKeypairs, pb.ListKeypairsRequest, 'keypairs', o.compute.GetKeypair, pb.GetKeypairRequest),
            (o.compute.ListServers, pb.ListServersRequest, 'servers', o.compute.GetServer, pb.GetServerRequest),
            (o.compute.ListServerGroups, pb.ListServerGroupsRequest, 'server_groups',
             o.compute.GetServerGroup, pb.GetServerGroupRequest),
            (o.image.ListImages, pb.ListImagesRequest, 'images', o.image.GetImage, pb.GetImageRequest),
            (o.load_balancer.ListHealthMonitors, pb.ListHealthMonitorsRequest, 'health_monitors',
             o.load_balancer.GetHealthMonitor, pb.GetHealthMonitorRequest),
            (o.load_balancer.ListListeners, pb.ListListenersRequest, 'listeners',
             o.load_balancer.GetListener, pb.GetListenerRequest),
            (o.load_balancer.ListLoadBalancers, pb.ListLoadBalancersRequest, 'load_balancers',
             o.load_balancer.GetLoadBalancer, pb.GetLoadBalancerRequest),
            (o.load_balancer.ListPools, pb.ListPoolsRequest, 'pools', o.load_balancer.GetPool, pb.GetPoolRequest),
            (o.network.ListNetworks, pb.ListNetworksRequest, 'networks', o.network.GetNetwork, pb.GetNetworkRequest),
            (o.network.ListSubnets, pb.ListSubnetsRequest, 'subnets', o.network.GetSubnet, pb.GetSubnetRequest),
            (o.network.ListAddressScopes, pb.ListAddressScopesRequest, 'address_scopes',
             o.network.GetAddressScope, pb.GetAddressScopeRequest),
            (o.network.ListAddressGroups, pb.ListAddressGroupsRequest, 'address_groups',
             o.network.GetAddressGroup, pb.GetAddressGroupRequest),
            (o.network.ListPorts, pb.ListPortsRequest, 'ports', o.network.GetPort, pb.GetPortRequest),
            (o.network.ListRbacPolicies, pb.ListRbacPoliciesRequest, 'rbac_policies',
             o.network.GetRbacPolicy, pb.GetRbacPolicyRequest),
            (o.network.ListRouters, pb.ListRoutersRequest, 'routers', o.network.GetRouter, pb.GetRouterRequest),
            (o.network.ListSubnetPools, pb.ListSubnetPoolsRequest, 'subnet_pools',
             o.network.GetSubnetPool, pb.GetSubnetPoolRequest),
            (o.network.ListTrunks, pb.ListTrunksRequest, 'trunks', o.network.GetTrunk, pb.GetTrunkRequest),
            (o.network.ListFloatingIps, pb.ListFloatingIpsRequest, 'floating_ips',
             o.network.GetFloatingIp, pb.GetFloatingIpRequest),
            (o.network.ListSecurityGroups, pb.ListSecurityGroupsRequest, 'security_groups',
             o.network.GetSecurityGroup, pb.GetSecurityGroupRequest),
            (o.block_storage.ListVolumes, pb.ListVolumesRequest, 'volumes', o.block_storage.GetVolume, pb.GetVolumeRequest),
            (o.block_storage.ListVolumeTypes, pb.ListVolumeTypesRequest, 'volume_types',
             o.block_storage.GetVolumeType, pb.GetVolumeTypeRequest),
            (o.block_storage.ListVolumeSnapshots, pb.ListVolumeSnapshotsRequest, 'volume_snapshots',
             o.block_storage.GetVolumeSnapshot, pb.GetVolumeSnapshotRequest),
            (o.block_storage.ListVolumeBackups, pb.ListVolumeBackupsRequest, 'volume_backups',
             o.block_storage.GetVolumeBackup, pb.GetVolumeBackupRequest),
            (o.block_storage.ListVolumeTransfers, pb.ListVolumeTransfersRequest, 'volume_transfers',
             o.block_storage.GetVolumeTransfer, pb.GetVolumeTransferRequest),
            (o.object_store.ListContainers, pb.ListContainersRequest, 'containers',
             o.object_store.GetContainer, pb.GetContainerRequest),
        ]  # fmt: skip

    def test_an_empty_location_lists_every_cloud(self) -> None:
        for call, request, field, *_ in self.reads():
            with self.subTest(field):
                answer = call(request(), timeout=60)
                for item in getattr(answer, field):
                    self.assertIn(item.location.cloud, [cloud.name for cloud in CLOUDS])
                    # Nobody has to name a port, and nobody does for a server's.
                    self.assertTrue(item.location.region and item.id and (item.name or field == 'ports'), item)
                self.assertLess(abs(answer.as_of.seconds - time.time()), 3600)
        flavors = self.oaktree.compute.ListFlavors(pb.ListFlavorsRequest()).flavors
        self.assertEqual({flavor.location.cloud for flavor in flavors}, {cloud.name for cloud in CLOUDS})

    def test_what_is_listed_is_found_by_id_and_by_name(self) -> None:
        for call, request, field, get, get_request in self.reads():
            if field == 'containers':
                # Of which a list tells less than a Get does, see test_objects.py.
                continue
            for cloud in CLOUDS:
                if field in BALANCING and not cloud.load_balancers:
                    continue
                items = getattr(call(request(location={'cloud': cloud.name})), field)
                names = [item.name for item in items]
                # What other tests make on a real cloud is theirs to delete at any moment.
                for item in [item for item in items if not item.name.startswith(UNIQUE)][:3]:
                    with self.subTest(field, cloud=cloud.name):
                        one = get(get_request(location={'cloud': cloud.name}, name_or_id=item.id))
                        self.assertEqual(getattr(one, one.DESCRIPTOR.fields[0].name), item)
                        if item.name and names.count(item.name) == 1:
                            one = get(get_request(location={'cloud': cloud.name}, name_or_id=item.name))
                            self.assertEqual(getattr(one, one.DESCRIPTOR.fields[0].name), item)

    def test_pages_hold_every_item_once(self) -> None:
        whole = self.oaktree.compute.ListFlavors(pb.ListFlavorsRequest()).flavors
        self.assertGreater(len(whole), 4)
        for size in (1, 2, 3, len(whole)):
            request, seen = pb.ListFlavorsRequest(page_size=size), []
            for _ in range(len(whole) + 1):
                answer = self.oaktree.compute.ListFlavors(request)
                self.assertLessEqual(len(answer.flavors), size)
                seen += answer.flavors
                request.page_token = answer.next_page_token
                if not request.page_token:
                    break
            self.assertEqual(seen, list(whole), size)

    def test_filters_keep_what_is_equal(self) -> None:
        whole = self.oaktree.compute.ListFlavors(pb.ListFlavorsRequest()).flavors
        for cloud in CLOUDS:
            one = next(flavor for flavor in whole if flavor.name == cloud.flavor)
            for fields in (
                {'name': one.name},
                {'id': one.id},
                {'ram_mib': str(one.ram_mib), 'location.cloud': cloud.name},
                {'is_public': 'true', 'vcpus': str(one.vcpus), 'name': one.name},
            ):
                with self.subTest(str(fields)):
                    self.assertEqual(
                        list(self.oaktree.compute.ListFlavors(pb.ListFlavorsRequest(filter=fields)).flavors), [one]
                    )
        groups = self.oaktree.network.ListSecurityGroups(
            pb.ListSecurityGroupsRequest(filter={'rules.direction': 'SECURITY_GROUP_DIRECTION_INGRESS', 'name': 'default'})
        )
        self.assertEqual(len(groups.security_groups), len(CLOUDS))
        images = self.oaktree.image.ListImages(pb.ListImagesRequest(filter={'state': 'IMAGE_STATE_ACTIVE', 'name': 'cirros'}))
        self.assertEqual(len(images.images), len(CLOUDS))

    def test_jmespath_keeps_whole_items(self) -> None:
        whole = self.oaktree.compute.ListFlavors(pb.ListFlavorsRequest()).flavors
        for expression, wanted in (
            ("[?name=='m1.tiny']", lambda f: f.name == 'm1.tiny'),
            ('[?vcpus > `1`]', lambda f: f.vcpus > 1),
            (
                "[?location.cloud=='beta' && to_number(ram_mib) > `2000`]",
                lambda f: f.location.cloud == 'beta' and f.ram_mib > 2000,
            ),
            ("[?contains(['c2-7', 'm1.large'], name)]", lambda f: f.name in ('c2-7', 'm1.large')),
        ):
            with self.subTest(expression):
                answer = self.oaktree.compute.ListFlavors(pb.ListFlavorsRequest(jmespath=expression))
                self.assertEqual(list(answer.flavors), [f for f in whole if wanted(f)])

    def test_jmespath_is_paged_like_anything_else(self) -> None:
        request = pb.ListFlavorsRequest(jmespath='[?vcpus > `1`]', page_size=2)
        names = []
        while True:
            answer = self.oaktree.compute.ListFlavors(request)
            names += [flavor.name for flavor in answer.flavors]
            if not answer.next_page_token:
                break
            request.page_token = answer.next_page_token
        self.assertEqual(sorted(names), ['c2-15', 'c2-7', 'm1.large', 'm1.medium'])

    def test_zero_age_asks_the_cloud_now(self) -> None:
        before = time.time()
        answer = self.oaktree.compute.ListFlavors(pb.ListFlavorsRequest(max_age=Duration()))
        self.assertGreaterEqual(answer.as_of.ToNanoseconds() / 1e9, before)
        again = self.oaktree.compute.ListFlavors(pb.ListFlavorsRequest())
        self.assertEqual(again.as_of, answer.as_of)

    def test_clouds_are_those_of_the_configuration(self) -> None:
        clouds = self.oaktree.clouds.ListClouds(pb.ListCloudsRequest()).clouds
        self.assertEqual([(c.name, list(c.regions)) for c in clouds], [(c.name, [c.region]) for c in CLOUDS])
        first = self.oaktree.clouds.ListClouds(pb.ListCloudsRequest(page_size=1))
        rest = self.oaktree.clouds.ListClouds(pb.ListCloudsRequest(page_size=1, page_token=first.next_page_token))
        self.assertEqual([c.name for c in (*first.clouds, *rest.clouds)], [c.name for c in CLOUDS])


class KeypairsTest(Case):
    """Key pairs, the smallest thing that can be made."""

    def test_a_key_pair_is_made_imported_found_and_deleted(self) -> None:
        for cloud in CLOUDS:
            with self.subTest(cloud.name):
                location = {'cloud': cloud.name}
                name = unique('key')
                made = self.oaktree.compute.CreateKeypair(pb.CreateKeypairRequest(location=location, name=name)).keypair
                self.addCleanup(self._delete, cloud, name)
                self.assertIn('PRIVATE KEY', made.private_key)
                self.assertEqual((made.id, made.name, made.location.cloud), (name, name, cloud.name))
                listed = self.oaktree.compute.ListKeypairs(pb.ListKeypairsRequest(location=location)).keypairs
                found = next(keypair for keypair in listed if keypair.name == name)
                self.assertEqual((found.fingerprint, found.private_key), (made.fingerprint, ''))
                other = unique('key')
                self.addCleanup(self._delete, cloud, other)
                imported = self.oaktree.compute.CreateKeypair(
                    pb.CreateKeypairRequest(location=location, name=other, public_key=made.public_key)
                ).keypair
                self.assertEqual((imported.fingerprint, imported.private_key), (made.fingerprint, ''))
                with self.fails(Code.ALREADY_EXISTS, 'ALREADY_EXISTS', name):
                    self.oaktree.compute.CreateKeypair(pb.CreateKeypairRequest(location=location, name=name))
                self.oaktree.compute.DeleteKeypair(pb.DeleteKeypairRequest(location=location, name_or_id=name))
                with self.fails(Code.NOT_FOUND, 'NOT_FOUND', name):
                    self.oaktree.compute.GetKeypair(pb.GetKeypairRequest(location=location, name_or_id=name))

    def _delete(self, cloud: Any, name: str) -> None:
        try:
            self.oaktree.compute.DeleteKeypair(pb.DeleteKeypairRequest(location={'cloud': cloud.name}, name_or_id=name))
        except grpc.RpcError as error:
            if error.code() is not Code.NOT_FOUND:
                raise
