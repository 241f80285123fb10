// SPDX-License-Identifier: Apache-2.0

package oaktree

import (
	"context"
	"errors"
	"io"
	"strconv"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

// Error is how a call failed. Program against Code and Reason; show the text to people.
type Error struct {
	// Code is gRPC's.
	Code codes.Code
	// Reason is a stable word, such as MULTIPLE_MATCHES; empty where the error did not come from an oaktree but from the
	// way to it: no server there, or your own deadline.
	Reason string
	// Message is one sentence for a person.
	Message string
	// Cloud and Region are where it happened, if it was in one place.
	Cloud, Region string
	// RetryDelay is how long to wait before it makes sense to try again; 0 where the server does not say.
	RetryDelay time.Duration
	// RequestID is what the server's log has the call under; empty where the server was not reached.
	RequestID string
	// Metadata has more for programs, such as http_status, candidates, or the server_id of what was made.
	Metadata map[string]string

	status *status.Status
}

// Error has the code, the reason if there is one, and the message.
func (e *Error) Error() string {
	text := e.Code.String()
	if e.Reason != "" {
		text += " " + e.Reason
	}
	return text + ": " + e.Message
}

// GRPCStatus returns it as gRPC has it, with all its details, for status.Code and status.Convert.
func (e *Error) GRPCStatus() *status.Status {
	return e.status
}

// Is has errors.Is find context.Canceled and context.DeadlineExceeded, which gRPC does not.
func (e *Error) Is(target error) bool {
	return target == context.Canceled && e.Code == codes.Canceled ||
		target == context.DeadlineExceeded && e.Code == codes.DeadlineExceeded
}

// asError is err as an *Error, with what the server said behind the answer.
func asError(err error, trailer metadata.MD) error {
	var known *Error
	if err == nil || errors.Is(err, io.EOF) || errors.As(err, &known) {
		return err
	}
	told, ok := status.FromError(err)
	if !ok {
		told = status.FromContextError(err)
	}
	found := &Error{Code: told.Code(), Message: told.Message(), status: told}
	for _, detail := range told.Details() {
		switch detail := detail.(type) {
		case *errdetails.ErrorInfo:
			found.Reason, found.Metadata = detail.Reason, detail.Metadata
			found.Cloud, found.Region = detail.Metadata["cloud"], detail.Metadata["region"]
		case *errdetails.RetryInfo:
			found.RetryDelay = detail.GetRetryDelay().AsDuration()
		}
	}
	if ids := trailer.Get("x-request-id"); len(ids) > 0 {
		found.RequestID = ids[0]
	}
	return found
}

// damaged is bytes that are not what they were when they were sent.
func damaged(what string) error {
	told := status.New(codes.DataLoss, what)
	return &Error{Code: codes.DataLoss, Reason: "CHECKSUM_MISMATCH", Message: what, status: told}
}

// reasonOf is the reason of an error, or an empty one.
func reasonOf(err error) string {
	var known *Error
	if errors.As(err, &known) {
		return known.Reason
	}
	return ""
}

// lost is whether a call was cut off by what may be over soon: also by a server that cancels what is left when it ends.
func lost(ctx context.Context, err error) bool {
	code := status.Code(err)
	return code == codes.Unavailable || code == codes.Canceled && ctx.Err() == nil
}

// renewable is whether a call has failed for its token, and another may do.
func renewable(err error) bool {
	reason := reasonOf(err)
	return status.Code(err) == codes.Unauthenticated && (reason == "TOKEN_EXPIRED" || reason == "TOKEN_REFUSED")
}

// mebibytes is for people.
func mebibytes(n int64) string {
	return strconv.FormatFloat(float64(n)/(1<<20), 'f', 1, 64) + " MiB"
}
