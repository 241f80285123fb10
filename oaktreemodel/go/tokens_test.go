// SPDX-License-Identifier: Apache-2.0

package oaktree

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"

	pb "opendev.org/x/oaktree/oaktreemodel/go/oaktree/v1"
)

// keystone gives tokens that last a while, refuses those that it is told to, and notes what was shown.
type keystone struct {
	pb.UnimplementedTokenServiceServer
	life   time.Duration
	fail   error
	made   atomic.Int32
	mu     sync.Mutex
	refuse []string
	shown  []string
}

func (k *keystone) CreateToken(ctx context.Context, request *pb.CreateTokenRequest) (*pb.CreateTokenResponse, error) {
	sent, _ := metadata.FromIncomingContext(ctx)
	if len(sent.Get("authorization")) > 0 {
		return nil, status.Error(codes.Internal, "a token for a token")
	}
	if k.fail != nil {
		return nil, k.fail
	}
	text := fmt.Sprintf("%s%d", request.Location.Cloud, k.made.Add(1))
	return &pb.CreateTokenResponse{AccessToken: text, ExpireTime: timestamppb.New(time.Now().Add(k.life))}, nil
}

func (k *keystone) GetCaller(ctx context.Context, _ *pb.GetCallerRequest) (*pb.GetCallerResponse, error) {
	sent, _ := metadata.FromIncomingContext(ctx)
	k.mu.Lock()
	defer k.mu.Unlock()
	for cloud := range map[string]bool{"alpha": true, "beta": true} {
		k.shown = append(k.shown, sent.Get("oaktree-token-"+cloud)...)
	}
	for _, one := range k.refuse {
		if slices.Contains(sent.Get("oaktree-token-alpha"), "Bearer "+one) {
			return nil, failure(codes.Unauthenticated, "TOKEN_EXPIRED")
		}
	}
	return &pb.GetCallerResponse{}, nil
}

func signIn(t *testing.T, k *keystone, clouds ...string) *Client {
	t.Helper()
	known := &Credentials{Endpoint: serve(t, k), Clouds: map[string]Application{}}
	for _, cloud := range clouds {
		known.Clouds[cloud] = Application{"id", secret}
	}
	return connect(t, WithCredentials(known), WithTransportCredentials(insecure.NewCredentials()))
}

func TestManyCallsSignInOnce(t *testing.T) {
	k := &keystone{life: time.Hour}
	client := signIn(t, k, "alpha", "beta")
	var all sync.WaitGroup
	for range 40 {
		all.Add(1)
		go func() {
			defer all.Done()
			if _, err := client.Token.GetCaller(t.Context(), &pb.GetCallerRequest{}); err != nil {
				t.Error(err)
			}
		}()
	}
	all.Wait()
	if k.made.Load() != 2 || len(k.shown) != 80 {
		t.Error(k.made.Load(), len(k.shown))
	}
}

func TestATokenIsRenewedBeforeItsEnd(t *testing.T) {
	k := &keystone{life: 2 * time.Second}
	client := signIn(t, k, "alpha")
	for end := time.Now().Add(3 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if _, err := client.Token.GetCaller(t.Context(), &pb.GetCallerRequest{}); err != nil {
			t.Fatal(err)
		}
	}
	if made := k.made.Load(); made < 2 || made > 4 {
		t.Error(made)
	}
}

func TestACallWhoseTokenIsRefusedIsMadeOnceMore(t *testing.T) {
	k := &keystone{life: time.Hour, refuse: []string{"alpha1"}}
	client := signIn(t, k, "alpha")
	if _, err := client.Token.GetCaller(t.Context(), &pb.GetCallerRequest{}); err != nil {
		t.Error(err)
	}
	k.mu.Lock()
	k.refuse = []string{"alpha2", "alpha3"}
	k.mu.Unlock()
	_, err := client.Token.GetCaller(t.Context(), &pb.GetCallerRequest{})
	if reasonOf(err) != "TOKEN_EXPIRED" || k.made.Load() != 3 {
		t.Error(err, k.made.Load())
	}
}

func TestACredentialThatIsRefusedIsAnError(t *testing.T) {
	k := &keystone{fail: failure(codes.Unauthenticated, "CREDENTIALS_REFUSED")}
	client := signIn(t, k, "alpha")
	for range 2 { // the second without asking again
		if _, err := client.Token.GetCaller(t.Context(), &pb.GetCallerRequest{}); reasonOf(err) != "CREDENTIALS_REFUSED" {
			t.Error(err)
		}
	}
	if len(k.shown) != 0 {
		t.Error(k.shown)
	}
}
