// SPDX-License-Identifier: Apache-2.0

package oaktree

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	pb "opendev.org/x/oaktree/oaktreemodel/go/oaktree/v1"
)

const (
	// downloadTries is how often in a row a download is begun again without another byte of it having come.
	downloadTries = 10
	// downloadPause is how long that takes each time.
	downloadPause = time.Second
)

// errMoved is that the rest of a download belongs to other bytes than its beginning.
var errMoved = errors.New("it was written anew meanwhile, and what has come is of no use: begin anew")

// source is what is downloaded.
type source struct {
	name string
	// offset and length are the part that is wanted; length -1 is all that follows.
	offset, length int64
	// size is of the whole.
	size int64
	// url tells the request by which the cloud gives it.
	url func(ctx context.Context) (told, error)
	// parts has the stream of a part; length -1 is all that follows.
	parts func(ctx context.Context, offset, length int64) (func() (part, error), error)
	// whole checks all of the data.
	whole func() error
}

// part is of a stream.
type part struct {
	chunk  []byte
	sha256 string
	moved  bool // it is of other data than before
}

// DownloadImage writes the data of an image, or a part of it, to a writer. It comes from the cloud itself where that can be
// reached from here, else through oaktree; where the way breaks off, it goes on where it was. What came is held against the
// hashes that are known; where they differ, the error has code DataLoss, and what was written is of no use.
func (c *Client) DownloadImage(
	ctx context.Context, request *pb.DownloadImageRequest, to io.Writer, options ...TransferOption,
) (*pb.Image, error) {
	ctx, cancel := bounded(ctx)
	defer cancel()
	t := c.transfer(options)
	found, err := c.Image.GetImage(ctx, &pb.GetImageRequest{
		Location: request.Location, NameOrId: request.NameOrId, MaxAge: durationpb.New(0),
	})
	if err != nil {
		return nil, err
	}
	image := found.Image
	t.sum("sha256", image.HashAlgo)
	s := &source{
		name: fmt.Sprintf("image %q", image.Name), offset: request.OffsetBytes, length: request.LengthBytes, size: image.SizeBytes,
		parts: func(ctx context.Context, offset, length int64) (func() (part, error), error) {
			return c.imageParts(ctx, image, offset, length)
		},
		whole: func() error { return t.check(image.HashAlgo, image.HashValue, fmt.Sprintf("image %q", image.Name)) },
	}
	if s.length == 0 {
		s.length = -1
	}
	if c.secret {
		s.url = func(ctx context.Context) (told, error) {
			return c.Image.CreateImageDownloadUrl(ctx, &pb.CreateImageDownloadUrlRequest{Location: place(image), NameOrId: image.Id})
		}
	}
	return image, t.fetch(ctx, s, to)
}

func (c *Client) imageParts(ctx context.Context, image *pb.Image, offset, length int64) (func() (part, error), error) {
	request := &pb.DownloadImageRequest{Location: place(image), NameOrId: image.Id, OffsetBytes: offset, LengthBytes: max(0, length)}
	stream, err := c.Image.DownloadImage(ctx, request)
	if err != nil {
		return nil, err
	}
	return func() (part, error) {
		got, err := stream.Recv()
		return part{chunk: got.GetChunk(), sha256: got.GetSha256()}, err
	}, nil
}

// DownloadObject writes the data of an object, or a part of it, to a writer, as [Client.DownloadImage] does for images.
func (c *Client) DownloadObject(
	ctx context.Context, request *pb.DownloadObjectRequest, to io.Writer, options ...TransferOption,
) (*pb.Object, error) {
	ctx, cancel := bounded(ctx)
	defer cancel()
	t := c.transfer(options)
	found, err := c.ObjectStore.GetObject(ctx, &pb.GetObjectRequest{
		Location: request.Location, NameOrId: request.NameOrId, Container: request.Container,
	})
	if err != nil {
		return nil, err
	}
	object := found.Object
	t.sum("sha256")
	if !object.Segmented {
		t.sum("md5")
	}
	s := &source{
		name: fmt.Sprintf("object %q", object.Name), offset: request.OffsetBytes, length: -1, size: object.SizeBytes,
		url: func(ctx context.Context) (told, error) {
			return c.ObjectStore.CreateObjectDownloadUrl(ctx, &pb.CreateObjectDownloadUrlRequest{
				Location: request.Location, Container: request.Container, Name: object.Name,
			})
		},
		parts: func(ctx context.Context, offset, length int64) (func() (part, error), error) {
			return c.objectParts(ctx, request, object, offset, length)
		},
		whole: func() error {
			name := fmt.Sprintf("object %q", object.Name)
			return errors.Join(t.check("sha256", object.Sha256, name), t.check("md5", object.Etag, name))
		},
	}
	if request.LengthBytes != nil {
		s.length = *request.LengthBytes
	}
	return object, t.fetch(ctx, s, to)
}

func (c *Client) objectParts(
	ctx context.Context, wanted *pb.DownloadObjectRequest, object *pb.Object, offset, length int64,
) (func() (part, error), error) {
	request := proto.CloneOf(wanted)
	request.OffsetBytes, request.LengthBytes = offset, nil
	if length >= 0 {
		request.LengthBytes = &length
	}
	stream, err := c.ObjectStore.DownloadObject(ctx, request)
	if err != nil {
		return nil, err
	}
	return func() (part, error) {
		got, err := stream.Recv()
		now := got.GetObject()
		return part{got.GetChunk(), got.GetSha256(), now != nil && now.Etag != object.Etag}, err
	}, nil
}

// fetch writes all that is wanted, by whatever way, and checks it.
func (t *transfer) fetch(ctx context.Context, s *source, to io.Writer) error {
	rest := max(0, s.size-s.offset)
	if s.length >= 0 {
		rest = min(rest, s.length)
	}
	t.total = rest
	if s.url != nil && !t.stream && rest > 0 {
		if err := t.get(ctx, s, to); isWriting(err) {
			return s.failed(t, err)
		}
	}
	for tries := 0; t.done < rest; tries++ {
		before := t.done
		err := t.streamOnce(ctx, s, to)
		if err == nil {
			break
		}
		if t.done > before {
			tries = 0
		}
		again := lost(ctx, err) || renewable(err)
		if !again || isWriting(err) || tries >= downloadTries || !pause(ctx, downloadPause) {
			return s.failed(t, err)
		}
	}
	if t.done != rest {
		return s.failed(t, damaged(fmt.Sprintf("%d bytes have come, not %d. Try again.", t.done, rest)))
	}
	t.finish()
	if rest == s.size {
		return s.whole()
	}
	return nil
}

func (s *source) failed(t *transfer, err error) error {
	return fmt.Errorf("the download of %s ended %s: %w", s.name, t.far(), err)
}

// get fetches it from the cloud itself, as far as that goes; a stream brings what is missing then.
func (t *transfer) get(ctx context.Context, s *source, to io.Writer) error {
	what, err := s.url(ctx)
	if err != nil {
		return err
	}
	request, err := newRequest(ctx, what, nil)
	if err != nil {
		return err
	}
	expected := http.StatusOK
	if t.total < s.size {
		request.Header.Set("Range", fmt.Sprintf("bytes=%d-%d", s.offset, s.offset+t.total-1))
		expected = http.StatusPartialContent
	}
	response, err := cloudHTTP.Do(request)
	if err != nil {
		return withoutURL(err)
	}
	defer response.Body.Close()
	if response.StatusCode != expected {
		return fmt.Errorf("the cloud answers %s", response.Status)
	}
	_, err = io.Copy(&writer{t, to}, io.LimitReader(response.Body, t.total))
	return err
}

// streamOnce fetches what is missing through oaktree, by one stream.
func (t *transfer) streamOnce(ctx context.Context, s *source, to io.Writer) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	length := int64(-1)
	if s.length >= 0 {
		length = t.total - t.done
	}
	next, err := s.parts(ctx, s.offset+t.done, length)
	if err != nil {
		return err
	}
	whole, target := t.done == 0, &writer{t, to}
	for {
		part, err := next()
		switch {
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		case part.moved:
			return errMoved
		case part.sha256 != "" && whole:
			if err := t.check("sha256", part.sha256, s.name); err != nil {
				return err
			}
		}
		if _, err := target.Write(part.chunk); err != nil {
			return err
		}
	}
}

// writer counts and sums what it writes.
type writer struct {
	transfer *transfer
	to       io.Writer
}

// writeError is that of the caller's writer, which is no reason to try again.
type writeError struct{ error }

func (e writeError) Unwrap() error { return e.error }

func isWriting(err error) bool {
	var known writeError
	return errors.As(err, &known)
}

func (w *writer) Write(chunk []byte) (int, error) {
	if len(chunk) == 0 {
		return 0, nil
	}
	n, err := w.to.Write(chunk)
	w.transfer.add(chunk[:n])
	if err == nil && n < len(chunk) {
		err = io.ErrShortWrite
	}
	if err != nil {
		return n, writeError{err}
	}
	return n, nil
}
