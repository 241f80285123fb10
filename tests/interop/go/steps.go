// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"net/netip"
	"slices"

	"google.golang.org/protobuf/proto"

	pb "opendev.org/x/oaktree/oaktreemodel/go/oaktree/v1"
)

// data is 3 MiB that no way can make smaller.
func data() []byte {
	found := make([]byte, 3<<20)
	rand.NewChaCha8([32]byte{4}).Read(found) // never fails
	return found
}

func (w *workload) image(ctx context.Context) error {
	if err := check(slices.Contains(w.can.ImageDiskFormats, "raw"), w.can.ImageDiskFormats); err != nil {
		return err
	}
	sent := data()
	about := &pb.UploadImageDescription{Location: w.cloud, Name: w.name + "-image", DiskFormat: "raw"}
	image, err := w.client.UploadImage(ctx, about, bytes.NewReader(sent))
	if err != nil {
		return err
	}
	w.undo(func(ctx context.Context) error {
		_, err := w.client.Image.DeleteImage(ctx, &pb.DeleteImageRequest{Location: w.cloud, NameOrId: image.Id, Wait: wait})
		return err
	})
	whole := image.State == pb.ImageState_IMAGE_STATE_ACTIVE && image.SizeBytes == int64(len(sent))
	if err := check(whole, image); err != nil {
		return err
	}
	var came bytes.Buffer
	request := &pb.DownloadImageRequest{Location: w.cloud, NameOrId: image.Id}
	if _, err := w.client.DownloadImage(ctx, request, &came); err != nil {
		return err
	}
	return check(bytes.Equal(sent, came.Bytes()), "other bytes came than were sent")
}

func (w *workload) makeKeypair(ctx context.Context) error {
	w.keypair = w.name + "-keypair"
	made, err := w.client.Compute.CreateKeypair(ctx, &pb.CreateKeypairRequest{Location: w.cloud, Name: w.keypair})
	if err != nil {
		return err
	}
	w.undo(func(ctx context.Context) error {
		_, err := w.client.Compute.DeleteKeypair(ctx, &pb.DeleteKeypairRequest{Location: w.cloud, NameOrId: w.keypair})
		return err
	})
	return check(made.Keypair.PrivateKey != "" && made.Keypair.PublicKey != "", "a key pair without keys")
}

func (w *workload) makeGroup(ctx context.Context) error {
	made, err := w.client.Network.CreateSecurityGroup(ctx, &pb.CreateSecurityGroupRequest{
		Location: w.cloud, Name: w.name + "-group", Description: "for a web server",
	})
	if err != nil {
		return err
	}
	w.group = made.SecurityGroup.Id
	w.undo(func(ctx context.Context) error {
		_, err := w.client.Network.DeleteSecurityGroup(ctx, &pb.DeleteSecurityGroupRequest{Location: w.cloud, NameOrId: w.group})
		return err
	})
	for _, rule := range []*pb.CreateSecurityGroupRuleRequest{
		{Protocol: "tcp", PortMin: proto.Int32(80), PortMax: proto.Int32(80)}, {Protocol: "icmp"},
	} {
		rule.Location, rule.SecurityGroup, rule.RemoteIpPrefix = w.cloud, w.group, "0.0.0.0/0"
		rule.Direction = pb.SecurityGroupDirection_SECURITY_GROUP_DIRECTION_INGRESS
		if _, err := w.client.Network.CreateSecurityGroupRule(ctx, rule); err != nil {
			return err
		}
	}
	return nil
}

// makeNetwork makes one of one's own where a router can lead out of it, or else takes one that leads out by itself.
func (w *workload) makeNetwork(ctx context.Context) error {
	outside := slices.IndexFunc(w.can.Networks, func(n *pb.NetworkCapability) bool { return n.Floating })
	if outside < 0 || !slices.Contains(w.can.NetworkExtensions, "router") {
		public := slices.IndexFunc(w.can.Networks, func(n *pb.NetworkCapability) bool { return n.Attachable && n.Public && n.Ipv4 })
		if public < 0 {
			return errors.New("no network leads outside")
		}
		w.network = w.can.Networks[public].Id
		return nil
	}
	made, err := w.client.Network.CreateNetwork(ctx, &pb.CreateNetworkRequest{Location: w.cloud, Name: w.name + "-network"})
	if err != nil {
		return err
	}
	w.network = made.Network.Id
	w.undo(func(ctx context.Context) error {
		_, err := w.client.Network.DeleteNetwork(ctx, &pb.DeleteNetworkRequest{Location: w.cloud, NameOrId: w.network})
		return err
	})
	subnet, err := w.client.Network.CreateSubnet(ctx, &pb.CreateSubnetRequest{
		Location: w.cloud, Name: w.name + "-subnet", Network: w.network, Cidr: "198.18.7.0/24",
	})
	if err != nil {
		return err
	}
	w.undo(func(ctx context.Context) error {
		_, err := w.client.Network.DeleteSubnet(ctx, &pb.DeleteSubnetRequest{Location: w.cloud, NameOrId: subnet.Subnet.Id})
		return err
	})
	return w.makeRouter(ctx, w.can.Networks[outside].Id, subnet.Subnet.Id)
}

func (w *workload) makeRouter(ctx context.Context, outside, subnet string) error {
	made, err := w.client.Network.CreateRouter(ctx, &pb.CreateRouterRequest{
		Location: w.cloud, Name: w.name + "-router", ExternalGateway: &pb.RouterGatewayRequest{Network: outside},
	})
	if err != nil {
		return err
	}
	router := made.Router.Id
	w.undo(func(ctx context.Context) error {
		_, err := w.client.Network.DeleteRouter(ctx, &pb.DeleteRouterRequest{Location: w.cloud, NameOrId: router})
		return err
	})
	_, err = w.client.Network.AddRouterInterface(ctx, &pb.AddRouterInterfaceRequest{
		Location: w.cloud, NameOrId: router, Subnet: subnet,
	})
	if err != nil {
		return err
	}
	w.undo(func(ctx context.Context) error {
		_, err := w.client.Network.RemoveRouterInterface(ctx, &pb.RemoveRouterInterfaceRequest{
			Location: w.cloud, NameOrId: router, Subnet: subnet,
		})
		return err
	})
	return nil
}

func (w *workload) smallestFlavor(ctx context.Context) (*pb.Flavor, error) {
	var found *pb.Flavor
	for flavor, err := range w.client.Flavors(ctx, &pb.ListFlavorsRequest{Location: w.cloud}) {
		if err != nil {
			return nil, err
		}
		smaller := found == nil || flavor.RamMib < found.RamMib ||
			flavor.RamMib == found.RamMib && flavor.DiskGib < found.DiskGib
		if smaller {
			found = flavor
		}
	}
	return found, check(found != nil, "no flavors")
}

func (w *workload) makeServer(ctx context.Context) error {
	flavor, err := w.smallestFlavor(ctx)
	if err != nil {
		return err
	}
	name := w.name + "-server"
	made, err := w.client.Compute.CreateServer(ctx, &pb.CreateServerRequest{
		Location: w.cloud, Name: name, Flavor: flavor.Id, Image: "cirros", Networks: []string{w.network}, KeyName: w.keypair,
		SecurityGroups: []string{w.group}, AutoIp: true, Metadata: map[string]string{"by": w.name}, Wait: wait,
	})
	remove := func(nameOrID string) func(context.Context) error {
		return func(ctx context.Context) error {
			_, err := w.client.Compute.DeleteServer(ctx, &pb.DeleteServerRequest{Location: w.cloud, NameOrId: nameOrID, Wait: wait})
			return err
		}
	}
	if err != nil {
		remove(name)(ctx) // it may have come half-way; why it did not is told
		return err
	}
	server := made.Server
	w.server = server.Id
	w.undo(remove(server.Id))
	return w.checkServer(server)
}

func (w *workload) checkServer(server *pb.Server) error {
	public := false
	for _, one := range server.Addresses {
		public = public || one.Ip == server.PublicV4 && one.Floating == w.can.RequiresFloatingIp
		if ip, err := netip.ParseAddr(one.Ip); err == nil && ip.Is4() && !one.Floating && w.address == "" {
			w.address = one.Ip
		}
	}
	right := server.State == pb.ServerState_SERVER_STATE_ACTIVE && public && w.address != "" && server.KeyName == w.keypair
	return check(right, server)
}

func (w *workload) makeVolume(ctx context.Context) error {
	volumes := w.client.BlockStorage
	made, err := volumes.CreateVolume(ctx, &pb.CreateVolumeRequest{Location: w.cloud, Name: w.name + "-volume", SizeGib: 1, Wait: wait})
	if err != nil {
		return err
	}
	w.volume = made.Volume.Id
	w.undo(func(ctx context.Context) error {
		_, err := volumes.DeleteVolume(ctx, &pb.DeleteVolumeRequest{Location: w.cloud, NameOrId: w.volume, Wait: wait})
		return err
	})
	if err := check(made.Volume.State == pb.VolumeState_VOLUME_STATE_AVAILABLE, made.Volume); err != nil {
		return err
	}
	copied, err := volumes.CreateVolumeSnapshot(ctx, &pb.CreateVolumeSnapshotRequest{
		Location: w.cloud, Name: w.name + "-snapshot", Volume: w.volume, Wait: wait,
	})
	if err != nil {
		return err
	}
	w.undo(func(ctx context.Context) error {
		_, err := volumes.DeleteVolumeSnapshot(ctx, &pb.DeleteVolumeSnapshotRequest{
			Location: w.cloud, NameOrId: copied.VolumeSnapshot.Id, Wait: wait,
		})
		return err
	})
	attached, err := volumes.AttachVolume(ctx, &pb.AttachVolumeRequest{
		Location: w.cloud, NameOrId: w.volume, Server: w.server, Wait: wait,
	})
	if err != nil {
		return err
	}
	w.undo(func(ctx context.Context) error {
		_, err := volumes.DetachVolume(ctx, &pb.DetachVolumeRequest{
			Location: w.cloud, NameOrId: w.volume, Server: w.server, Wait: wait,
		})
		return err
	})
	there := len(attached.Volume.Attachments) == 1 && attached.Volume.Attachments[0].ServerId == w.server
	return check(there && attached.Volume.State == pb.VolumeState_VOLUME_STATE_IN_USE, attached.Volume)
}

func (w *workload) objects(ctx context.Context) error {
	swift, container, name := w.client.ObjectStore, w.name+"-container", w.name+"-object"
	_, err := swift.CreateContainer(ctx, &pb.CreateContainerRequest{Location: w.cloud, Name: container})
	if err != nil {
		return err
	}
	w.undo(func(ctx context.Context) error {
		_, err := swift.DeleteContainer(ctx, &pb.DeleteContainerRequest{Location: w.cloud, NameOrId: container})
		return err
	})
	sent := data()
	about := &pb.ObjectDescription{Location: w.cloud, Container: container, Name: name}
	if _, err := w.client.UploadObject(ctx, about, bytes.NewReader(sent)); err != nil {
		return err
	}
	w.undo(func(ctx context.Context) error {
		_, err := swift.DeleteObject(ctx, &pb.DeleteObjectRequest{Location: w.cloud, Container: container, NameOrId: name})
		return err
	})
	var came bytes.Buffer
	request := &pb.DownloadObjectRequest{Location: w.cloud, Container: container, NameOrId: name}
	if _, err := w.client.DownloadObject(ctx, request, &came); err != nil {
		return err
	}
	return check(bytes.Equal(sent, came.Bytes()), "other bytes came than were sent")
}
