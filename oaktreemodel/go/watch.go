// SPDX-License-Identifier: Apache-2.0

package oaktree

import (
	"context"
	"io"
	"iter"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	pb "opendev.org/x/oaktree/oaktreemodel/go/oaktree/v1"
)

// watchPause is how long it takes until a watch that was cut off is begun again.
var watchPause = time.Second

// Follow subscribes to all of these and has what the server tells, until it has ended them all, or for ever.
//
// It goes on where it was when the connection has been lost, once the server can be reached again, or when a token has come
// to its end. Each subscription needs a WatchId of its own. To stop, leave the loop, or cancel ctx; the latter is an error.
func (c *Client) Follow(ctx context.Context, subscriptions ...*pb.WatchSubscription) iter.Seq2[*pb.WatchResponse, error] {
	return func(yield func(*pb.WatchResponse, error) bool) {
		f := &following{client: c, wanted: map[string]*pb.WatchSubscription{}}
		for _, one := range subscriptions {
			f.wanted[one.WatchId] = proto.CloneOf(one)
		}
		for len(f.wanted) > 0 {
			more, err := f.once(ctx, yield)
			if !more {
				return
			}
			switch {
			case err == nil || f.begun && renewable(err): // where it was, with the next token
			case f.begun && lost(ctx, err) && pause(ctx, watchPause):
			default:
				yield(nil, err)
				return
			}
		}
	}
}

// following is a watch that outlives its streams.
type following struct {
	client *Client
	wanted map[string]*pb.WatchSubscription // with how far each has come
	begun  bool
}

// once watches by one stream, and tells whether more is wanted, and why the stream has ended before it was over.
func (f *following) once(ctx context.Context, yield func(*pb.WatchResponse, error) bool) (bool, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	// A server that was never there is an error, as for every other call; one that was is waited for.
	stream, err := f.client.Watch.Watch(ctx, grpc.WaitForReady(f.begun))
	if err != nil {
		return true, err
	}
	for _, one := range f.wanted {
		if stream.Send(&pb.WatchRequest{Command: &pb.WatchRequest_Subscribe{Subscribe: one}}) != nil {
			break // Recv says why
		}
	}
	if err := stream.CloseSend(); err != nil {
		return true, err
	}
	for {
		response, err := stream.Recv()
		if err == io.EOF {
			return true, nil
		}
		if err != nil {
			return true, err
		}
		f.begun = true
		if one := f.wanted[response.WatchId]; one != nil && response.ResumeToken != "" {
			one.ResumeToken = response.ResumeToken
		}
		if response.GetEnded() != nil {
			delete(f.wanted, response.WatchId)
		}
		if !yield(response, nil) {
			return false, nil
		}
	}
}
