// SPDX-License-Identifier: Apache-2.0

package oaktree

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	pb "opendev.org/x/oaktree/oaktreemodel/go/oaktree/v1"
)

// wholeObject is the most that goes to an object store as one; more goes through oaktree, which makes segments.
const wholeObject = 1 << 30

// errUnreached is that a cloud has taken no byte by its URL: oaktree can send them all.
var errUnreached = errors.New("the cloud was not reached")

// UploadObject writes an object of these bytes, in place of any that has the name. They go to the cloud itself where it
// can be reached from here, and can take them as they are; else through oaktree. After an error the object is as it was
// before, or the error says otherwise.
func (c *Client) UploadObject(
	ctx context.Context, description *pb.ObjectDescription, data io.Reader, options ...TransferOption,
) (*pb.Object, error) {
	ctx, cancel := bounded(ctx)
	defer cancel()
	t, about := c.transfer(options), proto.CloneOf(description)
	if size := sizeOf(data); about.SizeBytes == nil && size >= 0 {
		about.SizeBytes = proto.Int64(size)
	}
	if about.SizeBytes != nil {
		t.total = *about.SizeBytes
	}
	t.sum("sha256")
	// oaktree checks metadata, and makes segments.
	if !t.stream && t.total >= 0 && t.total <= wholeObject && about.SegmentSizeBytes == 0 && len(about.Metadata) == 0 {
		object, err := t.putObject(ctx, about, data)
		if !errors.Is(err, errUnreached) {
			return object, err
		}
	}
	stream, err := c.ObjectStore.UploadObject(ctx)
	if err != nil {
		return nil, err
	}
	describe := &pb.UploadObjectRequest{Part: &pb.UploadObjectRequest_Description{Description: about}}
	answer, err := sendAll(t, stream, describe, data, func(chunk []byte) *pb.UploadObjectRequest {
		return &pb.UploadObjectRequest{Part: &pb.UploadObjectRequest_Chunk{Chunk: chunk}}
	}, nil)
	if err != nil {
		return nil, fmt.Errorf("the upload of object %q ended %s, and the object is as it was before%s: send it again: %w",
			about.Name, t.far(), segmentsLeft(ctx, about, err), err)
	}
	t.finish()
	return answer.Object, t.check("sha256", answer.Sha256, fmt.Sprintf("object %q", about.Name))
}

// segmentsLeft says what a server that has gone away may not have cleared up.
func segmentsLeft(ctx context.Context, about *pb.ObjectDescription, err error) string {
	if brokenOff(ctx, err) {
		return fmt.Sprintf(" (but there may be segments of it in the container %s_segments, which take space)", about.Container)
	}
	return ""
}

// putObject writes it by its URL.
func (t *transfer) putObject(ctx context.Context, about *pb.ObjectDescription, data io.Reader) (*pb.Object, error) {
	swift := t.client.ObjectStore
	what, err := swift.CreateObjectUploadUrl(ctx, &pb.CreateObjectUploadUrlRequest{
		Location: about.Location, Name: about.Name, Container: about.Container,
	})
	if err != nil {
		return nil, errUnreached
	}
	t.sum("md5")
	body := &body{transfer: t, data: data}
	request, err := newRequest(ctx, what, body)
	if err != nil {
		return nil, errUnreached
	}
	describeObject(request, about)
	headers, err := send(request, body)
	if err != nil {
		return nil, t.notPut(err, body, fmt.Sprintf("object %q is as it was before", about.Name))
	}
	name := fmt.Sprintf("object %q", about.Name)
	wrong := errors.Join(t.check("md5", headers.Get("Etag"), name), t.check("sha256", about.Sha256, name))
	if wrong != nil {
		ctx, cancel := tidying(ctx)
		defer cancel()
		gone := &pb.DeleteObjectRequest{Location: about.Location, NameOrId: about.Name, Container: about.Container}
		if _, err := swift.DeleteObject(ctx, gone); err != nil {
			return nil, fmt.Errorf("%s is there, but wrong: delete it: %w", name, wrong)
		}
		return nil, fmt.Errorf("%s is deleted: %w", name, wrong)
	}
	t.finish()
	found, err := swift.GetObject(ctx, &pb.GetObjectRequest{Location: about.Location, NameOrId: about.Name, Container: about.Container})
	if err != nil {
		return nil, fmt.Errorf("%s is written, and could not be read: %w", name, err)
	}
	return found.Object, nil
}

func describeObject(request *http.Request, about *pb.ObjectDescription) {
	request.ContentLength = about.GetSizeBytes()
	if request.ContentLength == 0 {
		request.Body = http.NoBody
	}
	given := map[string]string{
		"Content-Type": about.ContentType, "Content-Encoding": about.ContentEncoding,
		"Content-Disposition": about.ContentDisposition,
	}
	if given["Content-Type"] == "" {
		given["Content-Type"] = "application/octet-stream"
	}
	if about.DeleteTime != nil {
		given["X-Delete-At"] = strconv.FormatInt(about.DeleteTime.Seconds, 10)
	}
	for name, value := range given {
		if value != "" {
			request.Header.Set(name, value)
		}
	}
}

// notPut is why bytes could not be sent by a URL: errUnreached where none was read, and they can all be sent otherwise.
func (t *transfer) notPut(err error, body *body, left string) error {
	if body.err != nil {
		return fmt.Errorf("the data can't be read; %s: %w", left, body.err)
	}
	if !body.begun {
		return errUnreached
	}
	return fmt.Errorf("the upload ended %s, and %s: send it again: %w", t.far(), left, err)
}

// brokenOff is whether a call failed without a word of the server about why, which hence may not have cleared up.
func brokenOff(ctx context.Context, err error) bool {
	var known *Error
	return ctx.Err() == nil && errors.As(err, &known) && known.Reason == ""
}

// sendAll sends the description, the data in chunks, and what comes last if there is such, and has the answer.
func sendAll[Request, Answer any](
	t *transfer, stream grpc.ClientStreamingClient[Request, Answer], first *Request, data io.Reader,
	part func(chunk []byte) *Request, last func() *Request,
) (*Answer, error) {
	// io.EOF of Send is that the call has failed; its answer says why.
	err := stream.Send(first)
	for err == nil {
		chunk := make([]byte, chunkSize) // a message must not change once it is sent
		n, failure := io.ReadFull(data, chunk)
		if n > 0 {
			if err = stream.Send(part(chunk[:n])); err == nil {
				t.add(chunk[:n])
			}
		}
		if failure == io.EOF || failure == io.ErrUnexpectedEOF {
			break
		}
		if failure != nil {
			return nil, fmt.Errorf("the data can't be read: %w", failure)
		}
	}
	if err == nil && last != nil {
		err = stream.Send(last())
	}
	if err != nil && err != io.EOF {
		return nil, err
	}
	return stream.CloseAndRecv()
}

// until asks again and again, each second, up to a while.
func until(ctx context.Context, length time.Duration, done func() (bool, error)) error {
	for end := time.Now().Add(length); ; {
		if ok, err := done(); ok || err != nil {
			return err
		}
		if time.Now().After(end) {
			return fmt.Errorf("not within %s", length)
		}
		if !pause(ctx, time.Second) {
			return asError(ctx.Err(), nil)
		}
	}
}
