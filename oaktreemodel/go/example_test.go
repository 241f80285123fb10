// SPDX-License-Identifier: Apache-2.0

package oaktree_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	oaktree "opendev.org/x/oaktree/oaktreemodel/go"
	pb "opendev.org/x/oaktree/oaktreemodel/go/oaktree/v1"
)

// A server with an address that can be reached from outside, on any cloud, and its end.
func Example() {
	client, err := oaktree.Connect()
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	ctx, where, wait := context.Background(), &pb.Location{Cloud: "alpha"}, durationpb.New(5*time.Minute)
	made, err := client.Compute.CreateServer(ctx, &pb.CreateServerRequest{
		Location: where, Name: "web", Flavor: "m1.tiny", Image: "cirros", AutoIp: true, Wait: wait,
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(made.Server.State, made.Server.PublicV4)
	_, err = client.Compute.DeleteServer(ctx, &pb.DeleteServerRequest{Location: where, NameOrId: made.Server.Id, Wait: wait})
	if err != nil {
		log.Fatal(err)
	}
}

// The credential file says which oaktree to call, and how to sign in; tokens are renewed by themselves.
func ExampleWithCredentials() {
	credentials, err := oaktree.LoadCredentials("")
	if err != nil {
		log.Fatal(err)
	}
	client, err := oaktree.Connect(oaktree.WithCredentials(credentials))
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
}

// All servers of all clouds.
func ExampleClient_Servers() {
	client, err := oaktree.Connect()
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	for server, err := range client.Servers(context.Background(), &pb.ListServersRequest{}) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(server.Location.Cloud, server.Name, server.PublicV4)
	}
}

// Pages also tell which places could not be read.
func ExamplePages() {
	client, err := oaktree.Connect()
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	request := &pb.ListServersRequest{ReturnPartialSuccess: true}
	for page, err := range oaktree.Pages(context.Background(), client.Compute.ListServers, request) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(len(page.Servers), "servers, not read:", page.Unreachable)
	}
}

// What there is, and how it changes for half a minute. A restart of the server is survived.
func ExampleClient_Follow() {
	client, err := oaktree.Connect()
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	servers := &pb.WatchSubscription{WatchId: "servers", Kind: pb.ResourceKind_RESOURCE_KIND_SERVER}
	for event, err := range client.Follow(ctx, servers) {
		if errors.Is(err, context.DeadlineExceeded) {
			break
		}
		if err != nil {
			log.Fatal(err)
		}
		for _, change := range event.GetChanges().GetChanges() {
			fmt.Println(change.Type, change.Resource.GetServer().Name)
		}
	}
}

// An image of a file, or whatever else can be read.
func ExampleClient_UploadImage() {
	client, err := oaktree.Connect()
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	ctx, where := context.Background(), &pb.Location{Cloud: "alpha"}
	about := &pb.UploadImageDescription{Location: where, Name: "tree", DiskFormat: "raw"}
	progress := oaktree.WithProgress(func(done, total int64) { fmt.Fprintf(os.Stderr, "\r%d of %d bytes", done, total) })
	image, err := client.UploadImage(ctx, about, strings.NewReader("the bytes of a disk"), progress)
	if err != nil {
		log.Fatal(err)
	}
	if _, err = client.DownloadImage(ctx, &pb.DownloadImageRequest{Location: where, NameOrId: image.Id}, os.Stdout); err != nil {
		log.Fatal(err)
	}
	if _, err = client.Image.DeleteImage(ctx, &pb.DeleteImageRequest{Location: where, NameOrId: image.Id}); err != nil {
		log.Fatal(err)
	}
}

// An object goes in from a reader, and out to a writer.
func ExampleClient_UploadObject() {
	client, err := oaktree.Connect()
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	ctx, where := context.Background(), &pb.Location{Cloud: "alpha"}
	if _, err := client.ObjectStore.CreateContainer(ctx, &pb.CreateContainerRequest{Location: where, Name: "woods"}); err != nil {
		log.Fatal(err)
	}
	about := &pb.ObjectDescription{Location: where, Container: "woods", Name: "oak"}
	if _, err := client.UploadObject(ctx, about, strings.NewReader("a tree")); err != nil {
		log.Fatal(err)
	}
	request := &pb.DownloadObjectRequest{Location: where, Container: "woods", NameOrId: "oak"}
	if _, err := client.DownloadObject(ctx, request, io.Discard); err != nil {
		log.Fatal(err)
	}
	gone := &pb.DeleteObjectRequest{Location: where, Container: "woods", NameOrId: "oak"}
	if _, err := client.ObjectStore.DeleteObject(ctx, gone); err != nil {
		log.Fatal(err)
	}
	if _, err := client.ObjectStore.DeleteContainer(ctx, &pb.DeleteContainerRequest{Location: where, NameOrId: "woods"}); err != nil {
		log.Fatal(err)
	}
}

// What went wrong, for programs.
func ExampleError() {
	client, err := oaktree.Connect()
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	_, err = client.Compute.GetServer(context.Background(), &pb.GetServerRequest{NameOrId: "no-such-server"})
	var known *oaktree.Error
	if errors.As(err, &known) {
		fmt.Println(known.Code, known.Reason, known.RetryDelay)
	}
}

// The examples end the process where they fail. They are about clouds that are called as the simulated ones.
func TestTheExamplesWork(t *testing.T) {
	live(t)
	t.Setenv("OAKTREE_TARGET", os.Getenv("OAKTREE_TEST_TARGET"))
	for _, example := range []func(){
		Example, ExampleClient_Servers, ExamplePages, ExampleClient_UploadImage, ExampleClient_UploadObject, ExampleError,
	} {
		example()
	}
}
