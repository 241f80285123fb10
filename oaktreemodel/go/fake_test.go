// SPDX-License-Identifier: Apache-2.0

package oaktree

import (
	"net"
	"testing"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/protoadapt"
	"google.golang.org/protobuf/types/known/durationpb"

	pb "opendev.org/x/oaktree/oaktreemodel/go/oaktree/v1"
)

// serve starts a server with these services, and returns where it is.
func serve(t *testing.T, services ...any) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := grpc.NewServer()
	for _, one := range services {
		switch one := one.(type) {
		case pb.ComputeServiceServer:
			pb.RegisterComputeServiceServer(server, one)
		case pb.ImageServiceServer:
			pb.RegisterImageServiceServer(server, one)
		case pb.ObjectStoreServiceServer:
			pb.RegisterObjectStoreServiceServer(server, one)
		case pb.TokenServiceServer:
			pb.RegisterTokenServiceServer(server, one)
		case pb.WatchServiceServer:
			pb.RegisterWatchServiceServer(server, one)
		default:
			t.Fatalf("no service: %T", one)
		}
	}
	go server.Serve(listener)
	t.Cleanup(server.Stop)
	return listener.Addr().String()
}

// connect returns a client that needs nothing of this machine's configuration.
func connect(t *testing.T, options ...Option) *Client {
	t.Helper()
	t.Setenv("OAKTREE_CREDENTIALS", t.TempDir()+"/none")
	client, err := Connect(options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	return client
}

// failure is an error as an oaktree gives it.
func failure(code codes.Code, reason string, more ...protoadapt.MessageV1) error {
	info := &errdetails.ErrorInfo{
		Reason: reason, Domain: "oaktree", Metadata: map[string]string{"cloud": "alpha", "region": "RegionOne"},
	}
	told, err := status.New(code, "it is so").WithDetails(append(more, info)...)
	if err != nil {
		panic(err)
	}
	return told.Err()
}

func retryInfo(seconds int64) protoadapt.MessageV1 {
	return protoadapt.MessageV1Of(&errdetails.RetryInfo{RetryDelay: &durationpb.Duration{Seconds: seconds}})
}
