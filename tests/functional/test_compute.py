# SPDX-License-Identifier: Apache-2.0
"""What servers can be told, and what they are grouped by; the same requests on every cloud."""

import contextlib
import time
from collections.abc import Iterator
from typing import Any

import grpc
from google.protobuf.duration_pb2 import Duration
from google.protobuf.field_mask_pb2 import FieldMask
from oaktreemodel import v1 as pb

from tests.functional.base import CLOUDS, REAL, WAIT, Case, Cloud, info, unique

Code = grpc.StatusCode
NOW = Duration()
LONG = 240
"""Seconds for one call."""
OTHER_FLAVORS = {'alpha': 'm1.small', 'beta': 'c2-7'}
NOBODY = '00000000-0000-4000-8000-000000000000'


class ComputeCase(Case):
    """A test that changes servers."""

    def setUp(self) -> None:
        self.compute = self.oaktree.compute

    def each(self) -> list[tuple[Cloud, dict[str, Any]]]:
        return [(cloud, {'location': {'cloud': cloud.name}}) for cloud in CLOUDS]

    def now(self, server: pb.Server) -> pb.Server:
        request = pb.GetServerRequest(location={'cloud': server.location.cloud}, name_or_id=server.id, max_age=NOW)
        return self.compute.GetServer(request, timeout=60).server

    def tell(self, verb: str, server: pb.Server, **fields: Any) -> pb.Server:
        """An RPC that is about one server, called by its name and waited for."""
        request = getattr(pb, f'{verb}Request')(location={'cloud': server.location.cloud}, name_or_id=server.id, **fields)
        if 'wait' in request.DESCRIPTOR.fields_by_name:
            request.wait.CopyFrom(WAIT)
        return getattr(self.compute, verb)(request, timeout=LONG).server

    @contextlib.contextmanager
    def unless_it_cannot(self) -> Iterator[None]:
        """Not every hypervisor of a real cloud can do everything."""
        try:
            yield
        except grpc.RpcError as error:
            if REAL and info(error).metadata['http_status'] in ('400', '409', '501'):
                self.skipTest(f'this cloud cannot: {error.details()}')
            raise


class ActionsTest(ComputeCase):
    """There and back again."""

    def test_a_server_is_paused_suspended_and_shelved_and_runs_again(self) -> None:
        c, p = self.compute, pb
        suspended, active = pb.SERVER_STATE_SUSPENDED, pb.SERVER_STATE_ACTIVE
        for cloud, where in self.each():
            with self.subTest(cloud.name):
                server = self.create_server(cloud)
                where |= {'name_or_id': server.id, 'wait': WAIT}
                for call, request, state in (
                    (c.PauseServer, p.PauseServerRequest, suspended), (c.UnpauseServer, p.UnpauseServerRequest, active),
                    (c.SuspendServer, p.SuspendServerRequest, suspended), (c.ResumeServer, p.ResumeServerRequest, active),
                    (c.ShelveServer, p.ShelveServerRequest, suspended), (c.UnshelveServer, p.UnshelveServerRequest, active),
                ):  # fmt: skip
                    with self.subTest(request.__name__), self.unless_it_cannot():
                        self.assertEqual(call(request(**where), timeout=LONG).server.state, state)
                with self.fails(Code.FAILED_PRECONDITION, 'CONFLICT', 'resume'):
                    c.ResumeServer(pb.ResumeServerRequest(**where), timeout=LONG)

    def test_a_server_is_rescued_and_boots_again(self) -> None:
        c = self.compute
        for cloud, where in self.each():
            with self.subTest(cloud.name):
                server = self.create_server(cloud)
                where |= {'name_or_id': server.id, 'wait': WAIT}
                for image in ('', cloud.image):
                    with self.unless_it_cannot():
                        rescued = c.RescueServer(pb.RescueServerRequest(**where, image=image), timeout=LONG).server
                    self.assertEqual(rescued.state, pb.SERVER_STATE_RESCUED)
                    back = c.UnrescueServer(pb.UnrescueServerRequest(**where), timeout=LONG).server
                    self.assertEqual(back.state, pb.SERVER_STATE_ACTIVE)
                with self.fails(Code.NOT_FOUND, 'NOT_FOUND', 'no-such') as told:
                    c.RescueServer(pb.RescueServerRequest(**where, image='no-such'))
                self.assertEqual(told.info.metadata['field'], 'image')

    def test_a_resize_is_taken_back_or_confirmed(self) -> None:
        c = self.compute
        for cloud, where in self.each():
            with self.subTest(cloud.name):
                server, flavor = self.create_server(cloud), OTHER_FLAVORS[cloud.name]
                where |= {'name_or_id': server.id, 'wait': WAIT}
                with self.fails(Code.INVALID_ARGUMENT, 'MISSING_FIELD', 'flavor'):
                    c.ResizeServer(pb.ResizeServerRequest(**where))
                with self.fails(Code.INVALID_ARGUMENT, 'CLOUD_REJECTED'):
                    c.ResizeServer(pb.ResizeServerRequest(**where, flavor=cloud.flavor))
                for end, name in ((c.RevertServerResize, cloud.flavor), (c.ConfirmServerResize, flavor)):
                    with self.unless_it_cannot():
                        resized = c.ResizeServer(pb.ResizeServerRequest(**where, flavor=flavor), timeout=LONG).server
                    self.assertEqual((resized.state, resized.flavor.name), (pb.SERVER_STATE_RESIZED, flavor))
                    kind = pb.RevertServerResizeRequest if name == cloud.flavor else pb.ConfirmServerResizeRequest
                    ended = end(kind(**where), timeout=LONG).server
                    self.assertEqual((ended.state, ended.flavor.name), (pb.SERVER_STATE_ACTIVE, name))
                with self.fails(Code.FAILED_PRECONDITION, 'CONFLICT'):
                    c.ConfirmServerResize(pb.ConfirmServerResizeRequest(**where))

    def test_a_locked_server_is_left_alone(self) -> None:
        c = self.compute
        for cloud, where in self.each():
            with self.subTest(cloud.name):
                server = self.create_server(cloud)
                where |= {'name_or_id': server.id}
                locked = c.LockServer(pb.LockServerRequest(**where, reason='for a test'), timeout=60).server
                self.addCleanup(c.UnlockServer, pb.UnlockServerRequest(**where))
                self.assertTrue(locked.locked)
                with self.fails(Code.FAILED_PRECONDITION, 'CONFLICT', 'locked'):
                    c.StopServer(pb.StopServerRequest(**where))
                self.assertFalse(c.UnlockServer(pb.UnlockServerRequest(**where), timeout=60).server.locked)

    def test_a_server_is_made_anew(self) -> None:
        c = self.compute
        for cloud, where in self.each():
            with self.subTest(cloud.name):
                server, name = self.create_server(cloud, metadata={'old': 'x'}), unique('anew')
                where |= {'name_or_id': server.id, 'wait': WAIT}
                request = pb.RebuildServerRequest(**where, name=name, metadata={'new': 'y'}, user_data=b'#!/bin/sh\n')
                anew = c.RebuildServer(request, timeout=LONG).server
                self.assertEqual((anew.id, anew.name, anew.state), (server.id, name, pb.SERVER_STATE_ACTIVE))
                self.assertEqual((dict(anew.metadata), anew.image_id), ({'new': 'y'}, server.image_id))
                self.assertEqual({a.ip for a in anew.addresses}, {a.ip for a in server.addresses})
                with self.fails(Code.NOT_FOUND, 'NOT_FOUND', 'no-such'):
                    c.RebuildServer(pb.RebuildServerRequest(**where, image='no-such'))
                with self.fails(Code.INVALID_ARGUMENT, 'INVALID_FIELD', 'user_data'):
                    c.RebuildServer(pb.RebuildServerRequest(**where, user_data=b'x' * 49_150))

    def test_nothing_is_done_to_a_server_that_is_not_there(self) -> None:
        for verb, fields in (
            ('PauseServer', {}), ('ResizeServer', {'flavor': 'm1.tiny'}), ('LockServer', {}), ('RebuildServer', {}),
            ('UpdateServer', {'name': 'x'}), ('SetServerMetadata', {'metadata': {'a': 'b'}}), ('GetServerConsole', {}),
            ('DeleteServerMetadata', {'keys': ['a']}), ('AddServerSecurityGroups', {'security_groups': ['default']}),
            ('AttachInterface', {'port': NOBODY}), ('DetachInterface', {'port': NOBODY}),
        ):  # fmt: skip
            missing = pb.Server(id=NOBODY, location={'cloud': CLOUDS[0].name})
            with self.subTest(verb), self.fails(Code.NOT_FOUND, 'NOT_FOUND', NOBODY):
                self.tell(verb, missing, **fields)


class ChangesTest(ComputeCase):
    """What a server is called, and what is said of it."""

    def test_a_server_is_renamed_and_described(self) -> None:
        c = self.compute
        for cloud, where in self.each():
            with self.subTest(cloud.name):
                server, name = self.create_server(cloud, description='before'), unique('renamed')
                self.assertEqual(server.description, 'before')
                where |= {'name_or_id': server.id}
                renamed = c.UpdateServer(pb.UpdateServerRequest(**where, name=name), timeout=60).server
                self.assertEqual((renamed.name, renamed.description), (name, 'before'))
                request = pb.UpdateServerRequest(**where, update_mask=FieldMask(paths=['description']))
                self.assertEqual(c.UpdateServer(request, timeout=60).server.description, '')
                self.assertEqual(self.now(server).name, name)
                with self.fails(Code.INVALID_ARGUMENT, 'MISSING_FIELD', 'update_mask'):
                    c.UpdateServer(pb.UpdateServerRequest(**where))
                with self.fails(Code.INVALID_ARGUMENT, 'INVALID_FIELD', 'update_mask', 'flavor'):
                    c.UpdateServer(pb.UpdateServerRequest(**where, update_mask=FieldMask(paths=['flavor'])))
                with self.fails(Code.INVALID_ARGUMENT, 'CLOUD_REJECTED'):
                    c.UpdateServer(pb.UpdateServerRequest(**where, name='x' * 256))

    def test_metadata_is_added_and_taken(self) -> None:
        c = self.compute
        for cloud, where in self.each():
            with self.subTest(cloud.name):
                server = self.create_server(cloud, metadata={'a': '1', 'b': '2'})
                where |= {'name_or_id': server.id}
                more = c.SetServerMetadata(
                    pb.SetServerMetadataRequest(**where, metadata={'b': '3', 'c': '4'}), timeout=60
                ).server
                self.assertEqual(dict(more.metadata), {'a': '1', 'b': '3', 'c': '4'})
                with self.fails(Code.NOT_FOUND, 'NOT_FOUND', 'no-such') as told:
                    c.DeleteServerMetadata(pb.DeleteServerMetadataRequest(**where, keys=['a', 'no-such']))
                self.assertEqual(told.info.metadata['field'], 'keys')
                less = c.DeleteServerMetadata(pb.DeleteServerMetadataRequest(**where, keys=['a', 'b', 'a']), timeout=60).server
                self.assertEqual(dict(less.metadata), {'c': '4'})
                for call, request in (
                    (c.SetServerMetadata, pb.SetServerMetadataRequest),
                    (c.DeleteServerMetadata, pb.DeleteServerMetadataRequest),
                ):  # fmt: skip
                    with self.fails(Code.INVALID_ARGUMENT, 'MISSING_FIELD'):
                        call(request(**where))
                with self.fails(Code.INVALID_ARGUMENT, 'CLOUD_REJECTED'):
                    c.SetServerMetadata(pb.SetServerMetadataRequest(**where, metadata={'a': 'x' * 256}))

    def groups(self, server: pb.Server, **fields: Any) -> list[str]:
        request = pb.ListServerSecurityGroupsRequest(location={'cloud': server.location.cloud}, server=server.name, **fields)
        return [group.name for group in self.compute.ListServerSecurityGroups(request, timeout=60).security_groups]

    def test_a_server_leaves_and_joins_its_security_groups(self) -> None:
        c = self.compute
        for cloud, where in self.each():
            with self.subTest(cloud.name):
                server = self.create_server(cloud)
                where |= {'name_or_id': server.id, 'security_groups': ['default']}
                self.assertEqual(self.groups(server), ['default'])
                self.assertEqual(self.groups(server, name_or_id='no-such'), [])
                self.assertEqual(self.groups(server, filter={'name': 'default'}), ['default'])
                self.assertEqual(self.groups(server, jmespath="[?name!='default']"), [])
                c.RemoveServerSecurityGroups(pb.RemoveServerSecurityGroupsRequest(**where), timeout=60)
                self.assertEqual(self.groups(server), [])
                with self.fails(Code.NOT_FOUND, 'NOT_FOUND'):
                    c.RemoveServerSecurityGroups(pb.RemoveServerSecurityGroupsRequest(**where))
                c.AddServerSecurityGroups(pb.AddServerSecurityGroupsRequest(**where), timeout=60)
                self.assertEqual(self.groups(server), ['default'])
                with self.fails(Code.NOT_FOUND, 'NOT_FOUND', 'no-such') as told:
                    c.AddServerSecurityGroups(pb.AddServerSecurityGroupsRequest(**where | {'security_groups': ['no-such']}))
                self.assertEqual(told.info.metadata['field'], 'security_groups')
        with self.fails(Code.INVALID_ARGUMENT, 'MISSING_FIELD', 'server'):
            c.ListServerSecurityGroups(pb.ListServerSecurityGroupsRequest())

    def test_a_console_is_read(self) -> None:
        c = self.compute
        for cloud, where in self.each():
            with self.subTest(cloud.name):
                server = self.create_server(cloud)
                where |= {'name_or_id': server.id}
                console = c.GetServerConsole(pb.GetServerConsoleRequest(**where), timeout=60)
                self.assertFalse(console.truncated)
                last = c.GetServerConsole(pb.GetServerConsoleRequest(**where, lines=1), timeout=60).output
                self.assertLessEqual(len(last.strip().splitlines()), 1)
                if not REAL:
                    self.assertIn('login:', console.output)
                    self.assertEqual(last, 'LAST LINE')
                with self.fails(Code.INVALID_ARGUMENT, 'INVALID_FIELD', 'lines'):
                    c.GetServerConsole(pb.GetServerConsoleRequest(**where, lines=-1))

    def test_an_image_is_made_of_a_server(self) -> None:
        c = self.compute
        for cloud, where in self.each():
            with self.subTest(cloud.name):
                server, name = self.create_server(cloud), unique('snapshot')
                self.oaktree.image.ListImages(pb.ListImagesRequest(**where), timeout=60)
                request = pb.CreateImageSnapshotRequest(
                    **where, name=name, server=server.name, metadata={'of': 'a test'}, wait=WAIT
                )
                image = c.CreateImageSnapshot(request, timeout=LONG).image
                gone = pb.DeleteImageRequest(**where, name_or_id=image.id)
                self.addCleanup(self.oaktree.image.DeleteImage, gone, timeout=60)
                self.assertEqual((image.name, image.state, image.location.cloud), (name, pb.IMAGE_STATE_ACTIVE, cloud.name))
                self.assertEqual(image.properties['of'], 'a test')
                listed = self.oaktree.image.ListImages(pb.ListImagesRequest(**where, name_or_id=name), timeout=60).images
                self.assertEqual([one.id for one in listed], [image.id])
                for fields in ({'name': name}, {'server': server.id}):
                    with self.fails(Code.INVALID_ARGUMENT, 'MISSING_FIELD'):
                        c.CreateImageSnapshot(pb.CreateImageSnapshotRequest(**where, **fields))


class InterfacesTest(ComputeCase):
    """The ports of a server."""

    def interfaces(self, server: pb.Server) -> list[pb.ServerInterface]:
        request = pb.ListServerInterfacesRequest(location={'cloud': server.location.cloud}, server=server.id)
        return list(self.compute.ListServerInterfaces(request, timeout=60).interfaces)

    def network(self, interface: pb.ServerInterface) -> str:
        where = {'cloud': interface.location.cloud}
        request = pb.GetNetworkRequest(location=where, name_or_id=interface.network_id)
        return self.oaktree.network.GetNetwork(request, timeout=60).network.name

    def test_an_interface_is_attached_and_detached(self) -> None:
        c = self.compute
        for cloud, where in self.each():
            with self.subTest(cloud.name):
                server = self.create_server(cloud)
                [first] = self.interfaces(server)
                self.assertEqual((first.location.cloud, first.state), (cloud.name, pb.SERVER_INTERFACE_STATE_ACTIVE))
                self.assertEqual({a.ip for a in first.fixed_addresses}, {a.ip for a in server.addresses})
                self.assertEqual({first.name}, {a.mac_address for a in server.addresses})
                where |= {'name_or_id': server.id}
                request = pb.AttachInterfaceRequest(**where, network=self.network(first))
                second = c.AttachInterface(request, timeout=LONG).interface
                self.assertEqual(second.network_id, first.network_id)
                self.assertTrue(second.fixed_addresses)
                self.assertEqual({one.id for one in self.interfaces(server)}, {first.id, second.id})
                c.DetachInterface(pb.DetachInterfaceRequest(**where, port=second.id, wait=WAIT), timeout=LONG)
                self.assertEqual([one.id for one in self.interfaces(server)], [first.id])
                self.assertNotIn(second.name, {a.mac_address for a in self.now(server).addresses})
                self.refuses(where, second)

    def delete_port(self, where: dict[str, Any], port: str) -> None:
        # Nova lets go of it some time after it is detached, and may delete one that it has made itself.
        with contextlib.suppress(grpc.RpcError):
            self.oaktree.network.DeletePort(pb.DeletePortRequest(**where, name_or_id=port), timeout=60)

    def port(self, where: dict[str, Any], network: str) -> pb.Port:
        request = pb.CreatePortRequest(**where, name=unique('port'), network=network)
        port = self.oaktree.network.CreatePort(request, timeout=60).port
        self.addCleanup(self.delete_port, where, port.id)
        return port

    def test_a_port_is_meant_by_its_name(self) -> None:
        c = self.compute
        for cloud, where in self.each():
            with self.subTest(cloud.name):
                first = self.create_server(cloud)
                network = self.interfaces(first)[0].network_id
                ports = [self.port(where, network) for _ in range(2)]
                server = self.create_server(cloud, ports=[ports[0].name])
                self.assertEqual([one.id for one in self.interfaces(server)], [ports[0].id])
                self.assertEqual({a.ip for a in server.addresses}, {one.ip_address for one in ports[0].fixed_ips})
                here = where | {'name_or_id': server.id}
                request = pb.AttachInterfaceRequest(**here, port=ports[1].name)
                self.assertEqual(c.AttachInterface(request, timeout=LONG).interface.id, ports[1].id)
                for elsewhere in (first.name, self.interfaces(first)[0].id):
                    with self.fails(Code.NOT_FOUND, 'NOT_FOUND', elsewhere) as told:
                        c.DetachInterface(pb.DetachInterfaceRequest(**here, port=elsewhere))
                    self.assertEqual(told.info.metadata['field'], 'port')
                c.DetachInterface(pb.DetachInterfaceRequest(**here, port=ports[1].name, wait=WAIT), timeout=LONG)
                self.assertEqual([one.id for one in self.interfaces(server)], [ports[0].id])

    def test_a_load_balancer_listens_on_a_port_by_its_name(self) -> None:
        lb = self.oaktree.load_balancer
        for cloud, where in self.each():
            if not cloud.load_balancers:
                continue
            with self.subTest(cloud.name):
                port = self.port(where, 'private')
                # A port may have several addresses.
                subnet = port.fixed_ips[0].subnet_id
                request = pb.CreateLoadBalancerRequest(**where, name=unique('lb'), port=port.name, subnet=subnet, wait=WAIT)
                if REAL:
                    # The gate's Octavia has made-up ports in place of Neutron's.
                    with self.fails(Code.INVALID_ARGUMENT, 'CLOUD_REJECTED', 'VIP port'):
                        lb.CreateLoadBalancer(request, timeout=LONG)
                else:
                    made = lb.CreateLoadBalancer(request, timeout=LONG).load_balancer
                    gone = pb.DeleteLoadBalancerRequest(**where, name_or_id=made.id, wait=WAIT)
                    self.addCleanup(lb.DeleteLoadBalancer, gone, timeout=LONG)
                    self.assertEqual((made.port_id, made.address), (port.id, port.fixed_ips[0].ip_address))
                with self.fails(Code.NOT_FOUND, 'NOT_FOUND', 'no-such') as told:
                    lb.CreateLoadBalancer(pb.CreateLoadBalancerRequest(**where, name=unique('lb'), port='no-such'))
                self.assertEqual(told.info.metadata['field'], 'port')

    def refuses(self, where: dict[str, Any], gone: pb.ServerInterface) -> None:
        c, network = self.compute, self.network(gone)
        with self.fails(Code.NOT_FOUND, 'NOT_FOUND', gone.id) as told:
            c.DetachInterface(pb.DetachInterfaceRequest(**where, port=gone.id))
        self.assertEqual(told.info.metadata['field'], 'port')
        for code, reason, field, fields in (
            (Code.INVALID_ARGUMENT, 'MISSING_FIELD', 'network', {}),
            (Code.INVALID_ARGUMENT, 'INVALID_FIELD', 'network', {'network': network, 'port': gone.id}),
            (Code.INVALID_ARGUMENT, 'INVALID_FIELD', 'fixed_ip', {'port': gone.id, 'fixed_ip': '10.0.0.1'}),
            (Code.INVALID_ARGUMENT, 'INVALID_FIELD', 'fixed_ip', {'network': network, 'fixed_ip': 'no address'}),
            (Code.INVALID_ARGUMENT, 'INVALID_FIELD', 'fixed_ip', {'network': network, 'fixed_ip': '192.0.2.1'}),
            (Code.NOT_FOUND, 'NOT_FOUND', 'port', {'port': NOBODY}),
            (Code.NOT_FOUND, 'NOT_FOUND', 'network', {'network': 'no-such'}),
        ):  # fmt: skip
            with self.subTest(str(fields)), self.fails(code, reason) as told:
                c.AttachInterface(pb.AttachInterfaceRequest(**where, **fields), timeout=LONG)
            self.assertEqual(told.info.metadata['field'], field)
        with self.fails(Code.INVALID_ARGUMENT, 'MISSING_FIELD', 'server'):
            c.ListServerInterfaces(pb.ListServerInterfacesRequest())


class CreatedServersTest(ComputeCase):
    """What a server can be made of."""

    def delete_volume(self, cloud: Cloud, volume: str) -> None:
        request = pb.DeleteVolumeRequest(location={'cloud': cloud.name}, name_or_id=volume, wait=WAIT)
        try:
            self.oaktree.block_storage.DeleteVolume(request, timeout=LONG)
        except grpc.RpcError as error:
            if error.code() is not Code.NOT_FOUND:
                raise

    def volumes(self, where: dict[str, Any]) -> set[str]:
        request = pb.ListVolumesRequest(**where, max_age=NOW)
        return {volume.id for volume in self.oaktree.block_storage.ListVolumes(request, timeout=60).volumes}

    def test_a_server_boots_from_a_volume_that_goes_with_it(self) -> None:
        for cloud, where in self.each():
            with self.subTest(cloud.name):
                fields = {'boot_from_volume': True, 'volume_size_gib': 2, 'terminate_volume': True}
                server = self.create_server(cloud, **fields, config_drive=True, tags=['one', 'two'], description='by a test')
                self.assertEqual((server.state, server.image_id, len(server.volume_ids)), (pb.SERVER_STATE_ACTIVE, '', 1))
                self.assertEqual((server.config_drive, sorted(server.tags)), (True, ['one', 'two']))
                request = pb.GetVolumeRequest(**where, name_or_id=server.volume_ids[0], max_age=NOW)
                self.assertEqual(self.oaktree.block_storage.GetVolume(request, timeout=60).volume.size_gib, 2)
                with self.fails(Code.INVALID_ARGUMENT, 'MISSING_FIELD', 'image', 'volume'):
                    self.compute.RebuildServer(pb.RebuildServerRequest(**where, name_or_id=server.id))
                self.delete_server(server)
                end = time.monotonic() + 60
                while server.volume_ids[0] in self.volumes(where) and time.monotonic() < end:
                    time.sleep(0.5)
                self.assertNotIn(server.volume_ids[0], self.volumes(where))

    def test_a_server_boots_from_a_volume_that_there_is(self) -> None:
        for cloud, where in self.each():
            with self.subTest(cloud.name):
                made = []
                for fields in ({'image': cloud.image}, {}):
                    request = pb.CreateVolumeRequest(**where, name=unique('disk'), size_gib=2, wait=WAIT, **fields)
                    made.append(self.oaktree.block_storage.CreateVolume(request, timeout=LONG).volume)
                    self.addCleanup(self.delete_volume, cloud, made[-1].id)
                server = self.create_server(cloud, image='', boot_volume=made[0].name, volumes=[made[1].name])
                self.assertEqual(sorted(server.volume_ids), sorted(volume.id for volume in made))
                self.delete_server(server)
                self.assertLessEqual({volume.id for volume in made}, self.volumes(where))

    def test_a_server_has_several_interfaces(self) -> None:
        for cloud, where in self.each():
            with self.subTest(cloud.name):
                first = self.create_server(cloud)
                request = pb.ListServerInterfacesRequest(**where, server=first.id)
                network = self.compute.ListServerInterfaces(request, timeout=60).interfaces[0].network_id
                server = self.create_server(cloud, networks=[network, network])
                request.server = server.id
                interfaces = self.compute.ListServerInterfaces(request, timeout=60).interfaces
                self.assertEqual([one.network_id for one in interfaces], [network] * 2)

    def test_what_contradicts_itself_is_refused(self) -> None:
        for field, fields in (
            ('boot_volume', {'boot_volume': 'x'}), ('boot_volume', {'boot_volume': 'x', 'image': '', 'boot_from_volume': True}),
            ('volume_size_gib', {'volume_size_gib': 1}), ('volume_size_gib', {'volume_size_gib': -1, 'boot_from_volume': True}),
            ('terminate_volume', {'terminate_volume': True}),
        ):  # fmt: skip
            with self.subTest(str(fields)), self.fails(Code.INVALID_ARGUMENT, 'INVALID_FIELD', field):
                self.create_server(CLOUDS[0], **fields)
        for field, fields in (
            ('boot_volume', {'boot_volume': 'no-such', 'image': ''}), ('volumes', {'volumes': ['no-such']}),
            ('server_group', {'server_group': 'no-such'}),
        ):  # fmt: skip
            with self.subTest(field), self.fails(Code.NOT_FOUND, 'NOT_FOUND', 'no-such') as told:
                self.create_server(CLOUDS[0], **fields)
            self.assertEqual(told.info.metadata['field'], field)
        with self.fails(Code.INVALID_ARGUMENT, 'CLOUD_REJECTED'):
            self.create_server(CLOUDS[0], tags=['x' * 61])


class ServerGroupsTest(ComputeCase):
    """Who shares a host, and who does not."""

    def group(self, where: dict[str, Any], **fields: Any) -> pb.ServerGroup:
        fields = {'name': unique('group'), 'policy': pb.SERVER_GROUP_POLICY_ANTI_AFFINITY} | fields
        group = self.compute.CreateServerGroup(pb.CreateServerGroupRequest(**where, **fields), timeout=60).server_group
        self.addCleanup(self.gone, where, group.id)
        return group

    def gone(self, where: dict[str, Any], name: str) -> None:
        with contextlib.suppress(grpc.RpcError):
            self.compute.DeleteServerGroup(pb.DeleteServerGroupRequest(**where, name_or_id=name), timeout=60)

    def test_a_server_group_is_made_joined_and_deleted(self) -> None:
        c = self.compute
        for cloud, where in self.each():
            with self.subTest(cloud.name):
                self.oaktree.compute.ListServerGroups(pb.ListServerGroupsRequest(**where), timeout=60)
                group = self.group(where, max_servers_per_host=2)
                self.assertEqual((group.policy, group.native_policy), (pb.SERVER_GROUP_POLICY_ANTI_AFFINITY, 'anti-affinity'))
                self.assertEqual((group.max_servers_per_host, group.location.cloud), (2, cloud.name))
                self.assertEqual((group.location.region, bool(group.user_id)), (cloud.region, True))
                server = self.create_server(cloud, server_group=group.name)
                request = pb.GetServerGroupRequest(**where, name_or_id=group.name)
                self.assertEqual(list(c.GetServerGroup(request, timeout=60).server_group.server_ids), [server.id])
                c.DeleteServerGroup(pb.DeleteServerGroupRequest(**where, name_or_id=group.name), timeout=60)
                listed = c.ListServerGroups(pb.ListServerGroupsRequest(**where), timeout=60).server_groups
                self.assertNotIn(group.id, [one.id for one in listed])
                with self.fails(Code.NOT_FOUND, 'NOT_FOUND', group.name):
                    c.DeleteServerGroup(pb.DeleteServerGroupRequest(**where, name_or_id=group.name))

    def test_every_policy_is_known(self) -> None:
        for cloud, where in self.each():
            with self.subTest(cloud.name):
                for policy in pb.ServerGroupPolicy.values()[1:]:
                    self.assertEqual(self.group(where, policy=policy).policy, policy)

    def test_one_host_holds_one_of_an_anti_affinity_group(self) -> None:
        for cloud, where in self.each():
            with self.subTest(cloud.name):
                group = self.group(where)
                first, second = (self.create_server(cloud, server_group=group.id) for _ in range(2))
                self.assertEqual(first.state, pb.SERVER_STATE_ACTIVE)
                if second.state == pb.SERVER_STATE_ERROR:
                    self.assertIn('No valid host', second.fault.message)
                else:
                    # A real cloud may have more than one.
                    self.assertTrue(REAL)
                    self.assertNotEqual(second.host_id, first.host_id)

    def test_bad_groups_are_refused(self) -> None:
        affinity = pb.SERVER_GROUP_POLICY_AFFINITY
        for cloud, where in self.each():
            with self.subTest(cloud.name):
                for reason, field, fields in (
                    ('MISSING_FIELD', 'name', {'policy': affinity}), ('MISSING_FIELD', 'policy', {'name': 'x'}),
                    ('INVALID_FIELD', 'policy', {'name': 'x', 'policy': 77}),
                    ('INVALID_FIELD', 'max_servers_per_host', {'name': 'x', 'policy': affinity, 'max_servers_per_host': 1}),
                    ('CLOUD_REJECTED', '', {'name': 'x' * 256, 'policy': affinity}),
                ):  # fmt: skip
                    with self.subTest(f'{fields}'[:60]), self.fails(Code.INVALID_ARGUMENT, reason, field):
                        self.compute.CreateServerGroup(pb.CreateServerGroupRequest(**where, **fields))


class LimitsTest(ComputeCase):
    """What there may be."""

    def test_limits_count_what_there_is(self) -> None:
        c = self.compute
        for cloud, where in self.each():
            with self.subTest(cloud.name):
                before = c.GetComputeLimits(pb.GetComputeLimitsRequest(**where), timeout=60)
                server = self.create_server(cloud)
                after = c.GetComputeLimits(pb.GetComputeLimitsRequest(**where), timeout=60)
                self.assertGreater(after.as_of.ToNanoseconds(), before.as_of.ToNanoseconds())
                if not REAL:
                    self.assertEqual(after.limits.servers_used, before.limits.servers_used + 1)
                    self.assertEqual(after.limits.cores_used, before.limits.cores_used + server.flavor.vcpus)
                    self.assertEqual(after.limits.ram_used_mib, before.limits.ram_used_mib + server.flavor.ram_mib)
                quotas = c.GetComputeQuotas(pb.GetComputeQuotasRequest(**where), timeout=60).quotas
                for mine, theirs in (('servers', 'max_servers'), ('cores', 'max_cores'), ('ram_mib', 'max_ram_mib')):
                    self.assertTrue(quotas.HasField(mine))
                    self.assertEqual(getattr(quotas, mine), getattr(after.limits, theirs), mine)
                self.assertEqual((quotas.location.cloud, bool(quotas.location.project.id)), (cloud.name, True))
        with self.fails(Code.INVALID_ARGUMENT, 'MISSING_FIELD', 'location.cloud'):
            c.GetComputeLimits(pb.GetComputeLimitsRequest())
        with self.fails(Code.INVALID_ARGUMENT, 'INVALID_FIELD', 'max_age'):
            c.GetComputeQuotas(pb.GetComputeQuotasRequest(max_age=Duration(seconds=-1)))
