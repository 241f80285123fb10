// SPDX-License-Identifier: Apache-2.0

// The tasks of the cook book: cookbook CLOUD FLAVOR IMAGE FILE, where the cloud has no server of that name yet.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	oaktree "opendev.org/x/oaktree/oaktreemodel/go"
	pb "opendev.org/x/oaktree/oaktreemodel/go/oaktree/v1"
)

var wait = durationpb.New(5 * time.Minute)

// task 1
func whatThereIs(ctx context.Context, client *oaktree.Client, where *pb.Location) error {
	for cloud, err := range client.AllClouds(ctx, &pb.ListCloudsRequest{}) {
		if err != nil {
			return err
		}
		fmt.Println(cloud.Name, cloud.Regions)
	}
	found, err := client.Clouds.GetCapabilities(ctx, &pb.GetCapabilitiesRequest{Location: where})
	if err != nil {
		return err
	}
	fmt.Println(found.Capabilities.ImageDiskFormats)
	for _, service := range found.Capabilities.Services {
		fmt.Println(service.Type, service.MaxMicroversion)
	}
	return nil
}

// task 2
func serversOfAllClouds(ctx context.Context, client *oaktree.Client) error {
	request := &pb.ListServersRequest{Jmespath: "[?state=='ACTIVE']", MaxAge: durationpb.New(5 * time.Second)}
	for server, err := range client.Servers(ctx, request) {
		if err != nil {
			return err
		}
		fmt.Println(server.Location.Cloud, server.Name, server.PublicV4)
	}
	return nil
}

// task 3
func makeAServer(ctx context.Context, client *oaktree.Client, where *pb.Location, flavor, image string) error {
	key, err := client.Compute.CreateKeypair(ctx, &pb.CreateKeypairRequest{Location: where, Name: "cook"})
	if err != nil {
		return err
	}
	fmt.Println(len(key.Keypair.PrivateKey), "bytes of a private key, shown only now")
	made, err := client.Compute.CreateServer(ctx, &pb.CreateServerRequest{
		Location: where, Name: "cook", Flavor: flavor, Image: image, KeyName: "cook", AutoIp: true, Wait: wait,
	})
	if err != nil {
		return err
	}
	fmt.Println("ssh to", made.Server.PublicV4)
	return nil
}

// task 4
func openAPort(ctx context.Context, client *oaktree.Client, where *pb.Location) error {
	_, err := client.Network.CreateSecurityGroup(ctx, &pb.CreateSecurityGroupRequest{
		Location: where, Name: "cook", Description: "for the web",
	})
	if err != nil {
		return err
	}
	_, err = client.Network.CreateSecurityGroupRule(ctx, &pb.CreateSecurityGroupRuleRequest{
		Location: where, SecurityGroup: "cook", Direction: pb.SecurityGroupDirection_SECURITY_GROUP_DIRECTION_INGRESS,
		Protocol: "tcp", PortMin: proto.Int32(443), PortMax: proto.Int32(443), RemoteIpPrefix: "0.0.0.0/0",
	})
	if err != nil {
		return err
	}
	_, err = client.Compute.AddServerSecurityGroups(ctx, &pb.AddServerSecurityGroupsRequest{
		Location: where, NameOrId: "cook", SecurityGroups: []string{"cook"},
	})
	return err
}

// task 5
func giveItADisk(ctx context.Context, client *oaktree.Client, where *pb.Location) error {
	_, err := client.BlockStorage.CreateVolume(ctx, &pb.CreateVolumeRequest{
		Location: where, Name: "cook", SizeGib: 1, Wait: wait,
	})
	if err != nil {
		return err
	}
	done, err := client.BlockStorage.AttachVolume(ctx, &pb.AttachVolumeRequest{
		Location: where, NameOrId: "cook", Server: "cook", Wait: wait,
	})
	if err != nil {
		return err
	}
	fmt.Println("as", done.Volume.Attachments[0].Device)
	return nil
}

// task 6
func takeASnapshot(ctx context.Context, client *oaktree.Client, where *pb.Location) error {
	made, err := client.Compute.CreateImageSnapshot(ctx, &pb.CreateImageSnapshotRequest{
		Location: where, Server: "cook", Name: "cook-snapshot", Wait: wait,
	})
	if err != nil {
		return err
	}
	fmt.Println("boot others from", made.Image.Name)
	return nil
}

// task 7
func uploadAnImage(ctx context.Context, client *oaktree.Client, where *pb.Location, path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	about := &pb.UploadImageDescription{Location: where, Name: "cook", DiskFormat: "raw"}
	image, err := client.UploadImage(ctx, about, file, oaktree.WithProgress(func(done, total int64) {
		fmt.Printf("%d of %d bytes\n", done, total)
	}))
	if err != nil {
		return err
	}
	fmt.Println(image.Name, image.SizeBytes, "bytes")
	return nil
}

// task 8
func keepAFile(ctx context.Context, client *oaktree.Client, where *pb.Location, path string) error {
	_, err := client.ObjectStore.CreateContainer(ctx, &pb.CreateContainerRequest{Location: where, Name: "cook"})
	if err != nil {
		return err
	}
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	_, err = client.UploadObject(ctx, &pb.ObjectDescription{Location: where, Container: "cook", Name: "file"}, file)
	if err != nil {
		return err
	}
	to, err := os.Create("copy")
	if err != nil {
		return err
	}
	_, err = client.DownloadObject(ctx, &pb.DownloadObjectRequest{Location: where, Container: "cook", NameOrId: "file"}, to)
	return errors.Join(err, to.Close())
}

// task 9
func seeWhatChanges(ctx context.Context, client *oaktree.Client, where *pb.Location) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second) // leave this out to go on for ever
	defer cancel()
	servers := &pb.WatchSubscription{WatchId: "servers", Kind: pb.ResourceKind_RESOURCE_KIND_SERVER, Location: where}
	for event, err := range client.Follow(ctx, servers) {
		if errors.Is(err, context.DeadlineExceeded) {
			break
		}
		if err != nil {
			return err
		}
		for _, change := range event.GetChanges().GetChanges() {
			fmt.Println(change.Type, change.Resource.GetServer().Name, change.Resource.GetServer().NativeStatus)
		}
	}
	return nil
}

// task 10
func cleanUp(ctx context.Context, client *oaktree.Client, where *pb.Location) error {
	_, err := client.Compute.DeleteServer(ctx, &pb.DeleteServerRequest{Location: where, NameOrId: "cook", Wait: wait})
	var told *oaktree.Error
	if errors.As(err, &told) && told.Reason == "NOT_FOUND" {
		err = nil // it is gone, which is what was wanted
	}
	if err != nil {
		return err
	}
	_, err = client.Network.DeleteUnattachedFloatingIps(ctx, &pb.DeleteUnattachedFloatingIpsRequest{
		Location: where, MinAge: durationpb.New(time.Hour),
	})
	return err
}

// the end

func main() {
	client, err := oaktree.Connect()
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	ctx, where, flavor, image, path := context.Background(), &pb.Location{Cloud: os.Args[1]}, os.Args[2], os.Args[3], os.Args[4]
	for _, task := range []func() error{
		func() error { return whatThereIs(ctx, client, where) },
		func() error { return serversOfAllClouds(ctx, client) },
		func() error { return makeAServer(ctx, client, where, flavor, image) },
		func() error { return openAPort(ctx, client, where) },
		func() error { return giveItADisk(ctx, client, where) },
		func() error { return takeASnapshot(ctx, client, where) },
		func() error { return uploadAnImage(ctx, client, where, path) },
		func() error { return keepAFile(ctx, client, where, path) },
		func() error { return seeWhatChanges(ctx, client, where) },
		func() error { return cleanUp(ctx, client, where) },
	} {
		if err := task(); err != nil {
			log.Fatal(err)
		}
	}
}
