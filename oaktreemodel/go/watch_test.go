// SPDX-License-Identifier: Apache-2.0

package oaktree

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	pb "opendev.org/x/oaktree/oaktreemodel/go/oaktree/v1"
)

// cutOff ends each stream after one change, until it is to end the watch; it notes the tokens that it is asked with.
type cutOff struct {
	pb.UnimplementedWatchServiceServer
	cuts   []error
	tokens []string
	left   chan struct{}
}

func (c *cutOff) Watch(stream pb.WatchService_WatchServer) error {
	request, err := stream.Recv()
	if err != nil {
		return err
	}
	subscription := request.GetSubscribe()
	c.tokens = append(c.tokens, subscription.ResumeToken)
	n := len(c.tokens)
	answer := func(response *pb.WatchResponse) {
		response.WatchId = subscription.WatchId
		stream.Send(response)
	}
	answer(&pb.WatchResponse{ResumeToken: fmt.Sprint("t", n), Event: &pb.WatchResponse_Changes{Changes: &pb.WatchChanges{}}})
	if c.left != nil {
		<-stream.Context().Done()
		close(c.left)
		return nil
	}
	if n <= len(c.cuts) {
		return c.cuts[n-1]
	}
	answer(&pb.WatchResponse{Event: &pb.WatchResponse_Ended{Ended: &pb.WatchEnded{}}})
	return nil
}

func follow(t *testing.T, watch *cutOff) (events int, last error) {
	watchPause = time.Millisecond
	client := connect(t, WithTarget(serve(t, watch)))
	for _, err := range client.Follow(t.Context(), &pb.WatchSubscription{WatchId: "w"}) {
		if last = err; err == nil {
			events++
		}
	}
	return events, last
}

func TestAWatchGoesOnWhereItWasCutOff(t *testing.T) {
	watch := &cutOff{cuts: []error{
		status.Error(codes.Unavailable, "gone"), status.Error(codes.Canceled, "ended"), failure(codes.Unauthenticated, "TOKEN_EXPIRED"),
	}}
	events, err := follow(t, watch)
	if got := strings.Join(watch.tokens, " "); events != 5 || err != nil || got != " t1 t2 t3" {
		t.Error(events, err, got)
	}
}

func TestAWatchEndsWithWhatCanNotBeMended(t *testing.T) {
	watch := &cutOff{cuts: []error{failure(codes.InvalidArgument, "UNKNOWN_KIND")}}
	if events, err := follow(t, watch); events != 1 || reasonOf(err) != "UNKNOWN_KIND" || len(watch.tokens) != 1 {
		t.Error(events, err, watch.tokens)
	}
}

func TestWhoLeavesTheLoopLeavesTheServer(t *testing.T) {
	watch := &cutOff{left: make(chan struct{})}
	client := connect(t, WithTarget(serve(t, watch)))
	for range client.Follow(t.Context(), &pb.WatchSubscription{WatchId: "w"}) {
		break
	}
	select {
	case <-watch.left:
	case <-time.After(10 * time.Second):
		t.Error("the stream is still open")
	}
}

func TestAWatchOfNoServerIsAnError(t *testing.T) {
	client := connect(t, WithTarget("127.0.0.1:1"))
	for _, err := range client.Follow(t.Context(), &pb.WatchSubscription{WatchId: "w"}) {
		if status.Code(err) != codes.Unavailable {
			t.Error(err)
		}
	}
}
