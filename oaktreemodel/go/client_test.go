// SPDX-License-Identifier: Apache-2.0

package oaktree

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	pb "opendev.org/x/oaktree/oaktreemodel/go/oaktree/v1"
)

// fiveServers gives two at a time, and fails as often as it is told to before it answers.
type fiveServers struct {
	pb.UnimplementedComputeServiceServer
	failures []error
	calls    atomic.Int32
}

func (s *fiveServers) next() error {
	if n := int(s.calls.Add(1)); n <= len(s.failures) {
		return s.failures[n-1]
	}
	return nil
}

func (s *fiveServers) ListServers(_ context.Context, request *pb.ListServersRequest) (*pb.ListServersResponse, error) {
	if err := s.next(); err != nil {
		return nil, err
	}
	answer := &pb.ListServersResponse{}
	start, _ := strconv.Atoi(request.PageToken)
	for i := start; i < min(start+2, 5); i++ {
		answer.Servers = append(answer.Servers, &pb.Server{Name: strconv.Itoa(i)})
	}
	if start+2 < 5 {
		answer.NextPageToken = strconv.Itoa(start + 2)
	}
	return answer, nil
}

func (s *fiveServers) CreateServer(context.Context, *pb.CreateServerRequest) (*pb.CreateServerResponse, error) {
	return &pb.CreateServerResponse{}, s.next()
}

func (s *fiveServers) GetServer(ctx context.Context, _ *pb.GetServerRequest) (*pb.GetServerResponse, error) {
	grpc.SetTrailer(ctx, metadata.Pairs("x-request-id", "abc"))
	return nil, failure(codes.ResourceExhausted, "RATE_LIMITED", retryInfo(7))
}

func TestAListFollowsItsPages(t *testing.T) {
	client := connect(t, WithTarget(serve(t, &fiveServers{})))
	var names []string
	request := &pb.ListServersRequest{PageSize: 2}
	for server, err := range client.Servers(t.Context(), request) {
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, server.Name)
	}
	if got := strings.Join(names, ""); got != "01234" || request.PageToken != "" {
		t.Error(got, request)
	}
}

func TestALoopMayBeLeft(t *testing.T) {
	servers := &fiveServers{}
	client := connect(t, WithTarget(serve(t, servers)))
	for range client.Servers(t.Context(), &pb.ListServersRequest{}) {
		break
	}
	if servers.calls.Load() != 1 {
		t.Error(servers.calls.Load())
	}
}

func TestAReadIsTriedAgain(t *testing.T) {
	gone := status.Error(codes.Unavailable, "not yet")
	client := connect(t, WithTarget(serve(t, &fiveServers{failures: []error{gone, gone, gone}})))
	if _, err := client.Compute.ListServers(t.Context(), &pb.ListServersRequest{}); err != nil {
		t.Error(err)
	}
}

func TestAReadThatAServerHasCancelledIsTriedAgain(t *testing.T) {
	ended := status.Error(codes.Canceled, "CANCELLED")
	client := connect(t, WithTarget(serve(t, &fiveServers{failures: []error{ended}})))
	if _, err := client.Compute.ListServers(t.Context(), &pb.ListServersRequest{}); err != nil {
		t.Error(err)
	}
}

func TestAChangeIsNotTriedAgain(t *testing.T) {
	servers := &fiveServers{failures: []error{status.Error(codes.Unavailable, "who knows")}}
	client := connect(t, WithTarget(serve(t, servers)))
	_, err := client.Compute.CreateServer(t.Context(), &pb.CreateServerRequest{})
	if status.Code(err) != codes.Unavailable || servers.calls.Load() != 1 {
		t.Error(err, servers.calls.Load())
	}
}

func TestAChangeThatAServerThatStopsHasRefusedIsMadeByTheNext(t *testing.T) {
	stops := failure(codes.Unavailable, "OAKTREE_STOPS")
	servers := &fiveServers{failures: []error{stops, stops}}
	client := connect(t, WithTarget(serve(t, servers)))
	_, err := client.Compute.CreateServer(t.Context(), &pb.CreateServerRequest{})
	if err != nil || servers.calls.Load() != 3 {
		t.Error(err, servers.calls.Load())
	}
}

func TestAnErrorTellsWhatTheServerSays(t *testing.T) {
	client := connect(t, WithTarget(serve(t, &fiveServers{})))
	_, err := client.Compute.GetServer(t.Context(), &pb.GetServerRequest{})
	var got *Error
	if !errors.As(err, &got) {
		t.Fatal(err)
	}
	want := Error{Code: codes.ResourceExhausted, Reason: "RATE_LIMITED", Message: "it is so", Cloud: "alpha",
		Region: "RegionOne", RetryDelay: 7 * time.Second, RequestID: "abc", Metadata: got.Metadata, status: got.status}
	if !reflect.DeepEqual(*got, want) || status.Code(err) != codes.ResourceExhausted {
		t.Errorf("%+v", *got)
	}
}

func TestAnErrorOfAContextIsOneOfIts(t *testing.T) {
	client := connect(t, WithTarget(serve(t, &fiveServers{})))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := client.Compute.ListServers(ctx, &pb.ListServersRequest{}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestAServerThatWasNeverThereIsAnErrorSoon(t *testing.T) {
	client := connect(t, WithTarget("127.0.0.1:1"))
	began := time.Now()
	_, err := client.Compute.ListServers(t.Context(), &pb.ListServersRequest{})
	if status.Code(err) != codes.Unavailable || time.Since(began) > 20*time.Second {
		t.Error(err, time.Since(began))
	}
}

func TestEveryListCanBeIterated(t *testing.T) {
	client := reflect.TypeFor[*Client]()
	lists := 0
	protoregistry.GlobalFiles.RangeFilesByPackage("oaktree.v1", func(file protoreflect.FileDescriptor) bool {
		for i := range file.Services().Len() {
			methods := file.Services().Get(i).Methods()
			for j := range methods.Len() {
				name, isList := strings.CutPrefix(string(methods.Get(j).Name()), "List")
				if !isList {
					continue
				}
				lists++
				if name == "Clouds" {
					name = "AllClouds" // Clouds is the service
				}
				if _, ok := client.MethodByName(name); !ok {
					t.Error("Client has no", name)
				}
			}
		}
		return true
	})
	if lists < 30 {
		t.Error(lists)
	}
}

func TestWhereAClientConnects(t *testing.T) {
	folder := t.TempDir()
	for _, name := range []string{"OAKTREE_TARGET", "OAKTREE_CREDENTIALS", "XDG_CONFIG_HOME"} {
		t.Setenv(name, "")
	}
	t.Setenv("HOME", folder)
	t.Setenv("XDG_RUNTIME_DIR", folder)
	target := func(want string) {
		t.Helper()
		if got, err := DefaultTarget(); got != want || err != nil {
			t.Error(got, err)
		}
	}
	target("127.0.0.1:50051")
	socket := filepath.Join(folder, "oaktree", "oaktree.sock")
	write(t, socket, "", 0o600)
	target("unix:" + socket)
	write(t, filepath.Join(folder, ".config", "oaktree", "credentials.yaml"), "endpoint: far:1\nclouds: {a: {client_id: i, client_secret: s}}", 0o600)
	target("far:1")
	t.Setenv("OAKTREE_TARGET", "here:2")
	target("here:2")
}

func write(t *testing.T, path, content string, mode os.FileMode) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), mode); err != nil {
		t.Fatal(err)
	}
	return path
}
