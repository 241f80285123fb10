// SPDX-License-Identifier: Apache-2.0

// Package oaktree is a thin client of an oaktree server: one connection, a client per service, and lists that follow
// their pages. The messages are in opendev.org/x/oaktree/oaktreemodel/go/oaktree/v1.
package oaktree

import (
	"context"
	"encoding/json"
	"iter"
	"os"
	"path/filepath"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"

	pb "opendev.org/x/oaktree/oaktreemodel/go/oaktree/v1"
)

// Client is a connection to an oaktree, with a client of each of its services.
type Client struct {
	Conn         *grpc.ClientConn
	BlockStorage pb.BlockStorageServiceClient
	Clouds       pb.CloudServiceClient
	Compute      pb.ComputeServiceClient
	Identity     pb.IdentityServiceClient
	Image        pb.ImageServiceClient
	LoadBalancer pb.LoadBalancerServiceClient
	Network      pb.NetworkServiceClient
	ObjectStore  pb.ObjectStoreServiceClient
	Watch        pb.WatchServiceClient
}

// Dial returns a client of the oaktree at target, or at DefaultTarget where target is empty. No connection is made
// before the first call. Without grpc.WithTransportCredentials among the options it is in plain text, which oaktree
// offers on a unix socket and on loopback only.
func Dial(target string, options ...grpc.DialOption) (*Client, error) {
	if target == "" {
		target = DefaultTarget()
	}
	conn, err := grpc.NewClient(target, append(defaults(), options...)...)
	if err != nil {
		return nil, err
	}
	return &Client{
		Conn:         conn,
		BlockStorage: pb.NewBlockStorageServiceClient(conn),
		Clouds:       pb.NewCloudServiceClient(conn),
		Compute:      pb.NewComputeServiceClient(conn),
		Identity:     pb.NewIdentityServiceClient(conn),
		Image:        pb.NewImageServiceClient(conn),
		LoadBalancer: pb.NewLoadBalancerServiceClient(conn),
		Network:      pb.NewNetworkServiceClient(conn),
		ObjectStore:  pb.NewObjectStoreServiceClient(conn),
		Watch:        pb.NewWatchServiceClient(conn),
	}, nil
}

// Close closes the connection; calls under way are cancelled.
func (c *Client) Close() error {
	return c.Conn.Close()
}

// DefaultTarget returns $OAKTREE_TARGET, or the socket of the user's own server if it has one, or else its port.
func DefaultTarget() string {
	if target := os.Getenv("OAKTREE_TARGET"); target != "" {
		return target
	}
	folder := os.Getenv("XDG_RUNTIME_DIR")
	if folder == "" {
		home, _ := os.UserHomeDir()
		folder = filepath.Join(home, ".local", "state")
	}
	socket := filepath.Join(folder, "oaktree", "oaktree.sock")
	if _, err := os.Stat(socket); err == nil {
		return "unix:" + socket
	}
	return "127.0.0.1:50051"
}

func defaults() []grpc.DialOption {
	// Or the retries would all find the connection still backing off.
	reconnect := backoff.DefaultConfig
	reconnect.BaseDelay = 100 * time.Millisecond
	return []grpc.DialOption{
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultServiceConfig(serviceConfig()),
		grpc.WithConnectParams(grpc.ConnectParams{Backoff: reconnect, MinConnectTimeout: 20 * time.Second}),
		// A call may wait minutes for a server: pings tell a slow answer from a dead connection.
		grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: 60 * time.Second, Timeout: 20 * time.Second}),
	}
}

// serviceConfig returns gRPC's service config: reads are tried again, and only reads, whichever services there are.
func serviceConfig() string {
	type object map[string]any
	text, err := json.Marshal(object{
		"methodConfig": []object{{
			"name": reads(),
			// A server that restarts is back within a second: three more tries, over two seconds.
			"retryPolicy": object{
				"maxAttempts":          4,
				"initialBackoff":       "0.1s",
				"maxBackoff":           "20s",
				"backoffMultiplier":    4,
				"retryableStatusCodes": []string{"UNAVAILABLE"},
			},
		}},
		"retryThrottling": object{"maxTokens": 100, "tokenRatio": 0.1},
	})
	if err != nil {
		panic(err) // it is made of constants and names
	}
	return string(text)
}

func reads() (names []map[string]string) {
	protoregistry.GlobalFiles.RangeFilesByPackage("oaktree.v1", func(file protoreflect.FileDescriptor) bool {
		for i := range file.Services().Len() {
			methods := file.Services().Get(i).Methods()
			for j := range methods.Len() {
				if isRead(methods.Get(j)) {
					names = append(names, map[string]string{
						"service": string(file.Services().Get(i).FullName()),
						"method":  string(methods.Get(j).Name()),
					})
				}
			}
		}
		return true
	})
	return names
}

func isRead(method protoreflect.MethodDescriptor) bool {
	options, ok := method.Options().(*descriptorpb.MethodOptions)
	return ok && options.GetIdempotencyLevel() == descriptorpb.MethodOptions_NO_SIDE_EFFECTS
}

// Pages calls a List method with request, and again for every page that follows; request stays as it is.
//
//	for page, err := range oaktree.Pages(ctx, client.Compute.ListServers, &oaktreev1.ListServersRequest{}) {
func Pages[Request proto.Message, Response interface{ GetNextPageToken() string }](
	ctx context.Context,
	list func(context.Context, Request, ...grpc.CallOption) (Response, error),
	request Request,
) iter.Seq2[Response, error] {
	return func(yield func(Response, error) bool) {
		following := proto.Clone(request).(Request)
		token := following.ProtoReflect().Descriptor().Fields().ByName("page_token")
		for {
			page, err := list(ctx, following)
			if !yield(page, err) || err != nil || page.GetNextPageToken() == "" {
				return
			}
			following.ProtoReflect().Set(token, protoreflect.ValueOfString(page.GetNextPageToken()))
		}
	}
}
