// SPDX-License-Identifier: Apache-2.0

package oaktree

import (
	"context"
	"encoding/json"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/known/durationpb"

	pb "opendev.org/x/oaktree/oaktreemodel/go/oaktree/v1"
)

const (
	// usualDeadline is what the server gives a call without one, beside its wait; and some for the way.
	usualDeadline = 65 * time.Second
	// stopPause is how long a server that stops is left alone: the calls of its last moment are cancelled, not refused.
	stopPause = time.Second
)

// connection is what every call of a client goes through.
type connection struct {
	tokens *tokens     // nil where no call shows one
	met    atomic.Bool // whether there was a server: then one that restarts is waited for
}

func (c *connection) options() []grpc.DialOption {
	// Or the retries would all find the connection still backing off.
	reconnect := backoff.DefaultConfig
	reconnect.BaseDelay = 100 * time.Millisecond
	reconnect.MaxDelay = 5 * time.Second
	return []grpc.DialOption{
		grpc.WithDefaultServiceConfig(serviceConfig()),
		grpc.WithConnectParams(grpc.ConnectParams{Backoff: reconnect, MinConnectTimeout: 20 * time.Second}),
		// A call may wait minutes for a server: pings tell a slow answer from a dead connection.
		grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: 60 * time.Second, Timeout: 20 * time.Second}),
		grpc.WithUnaryInterceptor(c.call),
		grpc.WithStreamInterceptor(c.stream),
	}
}

// call makes one call, and once more where its token is refused for an old one, and again where a server stops and has
// refused it without doing anything. Other retries are by the service config.
func (c *connection) call(
	ctx context.Context, method string, request, answer any, conn *grpc.ClientConn, invoke grpc.UnaryInvoker,
	options ...grpc.CallOption,
) error {
	if _, ok := ctx.Deadline(); !ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, usualDeadline+waitOf(request))
		defer cancel()
	}
	for renewed := false; ; {
		signed, err := c.signed(ctx, method)
		if err != nil {
			return err
		}
		var trailer metadata.MD
		// A server that was never there is an error; one that was is waited for, as long as the deadline allows.
		ready := grpc.WaitForReady(c.met.Load())
		all := append([]grpc.CallOption{ready, grpc.Trailer(&trailer)}, options...) // the caller's win
		err = asError(invoke(signed, method, request, answer, conn, all...), trailer)
		if len(trailer) > 0 || err == nil {
			c.met.Store(true)
		}
		switch {
		case renewable(err) && c.tokens != nil && !renewed:
			renewed = true
			c.tokens.drop(signed)
		case reasonOf(err) == "OAKTREE_STOPS" && pause(ctx, stopPause):
		default:
			return err
		}
	}
}

// stream begins one. It is not begun anew: what was sent on it is gone, and who reads it goes on where it was.
func (c *connection) stream(
	ctx context.Context, desc *grpc.StreamDesc, conn *grpc.ClientConn, method string, begin grpc.Streamer,
	options ...grpc.CallOption,
) (grpc.ClientStream, error) {
	signed, err := c.signed(ctx, method)
	if err != nil {
		return nil, err
	}
	stream, err := begin(signed, desc, conn, method, options...)
	if err != nil {
		return nil, asError(err, nil)
	}
	return &signedStream{stream, c, signed}, nil
}

func (c *connection) signed(ctx context.Context, method string) (context.Context, error) {
	if c.tokens == nil || method == pb.TokenService_CreateToken_FullMethodName {
		return ctx, nil
	}
	return c.tokens.signed(ctx)
}

// signedStream has errors as ours are, and drops a token that was refused.
type signedStream struct {
	grpc.ClientStream
	connection *connection
	signed     context.Context
}

func (s *signedStream) RecvMsg(message any) error {
	err := s.ClientStream.RecvMsg(message)
	if err == nil {
		s.connection.met.Store(true)
		return nil
	}
	err = asError(err, s.Trailer())
	if renewable(err) && s.connection.tokens != nil {
		s.connection.tokens.drop(s.signed)
	}
	return err
}

func (s *signedStream) SendMsg(message any) error {
	return asError(s.ClientStream.SendMsg(message), nil)
}

func (s *signedStream) Header() (metadata.MD, error) {
	found, err := s.ClientStream.Header()
	return found, asError(err, nil)
}

// pause waits, and tells whether there was the time to.
func pause(ctx context.Context, length time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(length):
		return true
	}
}

// waitOf is the wait of a request that has one.
func waitOf(request any) time.Duration {
	if waiting, ok := request.(interface{ GetWait() *durationpb.Duration }); ok {
		return waiting.GetWait().AsDuration()
	}
	return 0
}

// serviceConfig returns gRPC's service config: reads are tried again, and only reads, whichever services there are.
func serviceConfig() string {
	type object map[string]any
	text, err := json.Marshal(object{
		"methodConfig": []object{{
			"name": reads(),
			// A server that restarts is back within a second: three more tries, over two seconds.
			"retryPolicy": object{
				"maxAttempts":       4,
				"initialBackoff":    "0.1s",
				"maxBackoff":        "20s",
				"backoffMultiplier": 4,
				// A server that has ended its grace cancels what is under way; a call that we cancel is not tried again.
				"retryableStatusCodes": []string{"UNAVAILABLE", "CANCELLED"},
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
