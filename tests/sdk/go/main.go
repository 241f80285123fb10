// SPDX-License-Identifier: Apache-2.0

// What a user's first program does, in Go: lists servers everywhere, makes one, deletes it.
//
//	main TARGET CLOUD FLAVOR IMAGE [NETWORK]
package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"

	oaktree "opendev.org/x/oaktree/oaktreemodel/go"
	pb "opendev.org/x/oaktree/oaktreemodel/go/oaktree/v1"
)

var patience = durationpb.New(120 * time.Second)

// newUUID is a random (version 4) UUID of RFC 9562.
func newUUID() string {
	b := make([]byte, 16)
	rand.Read(b) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

func listEverywhere(ctx context.Context, client *oaktree.Client) error {
	for page, err := range oaktree.Pages(ctx, client.Compute.ListServers, &pb.ListServersRequest{PageSize: 2}) {
		if err != nil {
			return err
		}
		for _, server := range page.Servers {
			fmt.Println(server.Location.Cloud, server.Location.Region, server.Name)
		}
	}
	return nil
}

func create(ctx context.Context, client *oaktree.Client, request *pb.CreateServerRequest) (*pb.Server, error) {
	answer, err := client.Compute.CreateServer(ctx, request)
	if err != nil {
		return nil, err
	}
	server := answer.Server
	address := server.PublicV4
	if address == "" && len(server.Addresses) > 0 {
		address = server.Addresses[0].Ip
	}
	fmt.Println("created", server.Location.Cloud, server.Id, address)
	if server.State != pb.ServerState_SERVER_STATE_ACTIVE {
		return nil, fmt.Errorf("its state is %s", server.NativeStatus)
	}
	if address == "" {
		return nil, errors.New("it has no address")
	}
	return server, nil
}

func remove(ctx context.Context, client *oaktree.Client, cloud, nameOrID string) error {
	_, err := client.Compute.DeleteServer(ctx, &pb.DeleteServerRequest{
		Location: &pb.Location{Cloud: cloud}, NameOrId: nameOrID, Wait: patience, RequestId: newUUID(),
	})
	return err
}

func checkGone(ctx context.Context, client *oaktree.Client, cloud, nameOrID string) error {
	_, err := client.Compute.GetServer(ctx, &pb.GetServerRequest{
		Location: &pb.Location{Cloud: cloud}, NameOrId: nameOrID,
	})
	if err == nil {
		return errors.New("it is still there")
	}
	if status.Code(err) != codes.NotFound {
		return err
	}
	for _, detail := range status.Convert(err).Details() {
		if info, ok := detail.(*errdetails.ErrorInfo); ok && info.Domain == "oaktree" && info.Reason != "" {
			fmt.Println("gone", info.Reason)
			return nil
		}
	}
	return fmt.Errorf("no reason in %w", err)
}

func run(ctx context.Context, target, cloud, flavor, image string, networks []string) error {
	client, err := oaktree.Connect(oaktree.WithTarget(target))
	if err != nil {
		return err
	}
	defer client.Close()
	if err := listEverywhere(ctx, client); err != nil {
		return err
	}
	name := "sdk-go-" + newUUID()[:8]
	server, err := create(ctx, client, &pb.CreateServerRequest{
		Location:  &pb.Location{Cloud: cloud},
		Name:      name,
		Flavor:    flavor,
		Image:     image,
		Networks:  networks,
		AutoIp:    true,
		Wait:      patience,
		RequestId: newUUID(),
	})
	if err != nil {
		remove(ctx, client, cloud, name) // also a create that failed may have made something
		return err
	}
	if err := remove(ctx, client, cloud, server.Id); err != nil {
		return err
	}
	return checkGone(ctx, client, cloud, server.Id)
}

func main() {
	if len(os.Args) < 5 {
		fmt.Fprintln(os.Stderr, "usage: main TARGET CLOUD FLAVOR IMAGE [NETWORK]")
		os.Exit(2)
	}
	if err := run(context.Background(), os.Args[1], os.Args[2], os.Args[3], os.Args[4], os.Args[5:]); err != nil {
		fmt.Fprintln(os.Stderr, "FAILED:", err)
		os.Exit(1)
	}
}
