// SPDX-License-Identifier: Apache-2.0

package oaktree

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	pb "opendev.org/x/oaktree/oaktreemodel/go/oaktree/v1"
)

// stored is how long a cloud may take to have an image ready of which it has all bytes.
const stored = 10 * time.Minute

// clearing is how long a server may take to delete what an upload that failed has left.
const clearing = 5 * time.Second

// UploadImage makes an image of these bytes. They go to the cloud itself where it can be reached from here, else through
// oaktree. After an error there is no such image, or the error says what is left.
func (c *Client) UploadImage(
	ctx context.Context, description *pb.UploadImageDescription, data io.Reader, options ...TransferOption,
) (*pb.Image, error) {
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
	if !t.stream && c.secret && c.takesImages(ctx, about.Location) {
		image, err := t.putImage(ctx, about, data)
		if !errors.Is(err, errUnreached) {
			return image, err
		}
	}
	return t.streamImage(ctx, about, data)
}

// takesImages is whether the bytes of an image are sent to the image service of a place.
func (c *Client) takesImages(ctx context.Context, place *pb.Location) bool {
	found, err := c.Clouds.GetCapabilities(ctx, &pb.GetCapabilitiesRequest{Location: place})
	return err == nil && found.Capabilities.ImageUploadMethod == pb.ImageUploadMethod_IMAGE_UPLOAD_METHOD_PUT
}

func (t *transfer) streamImage(ctx context.Context, about *pb.UploadImageDescription, data io.Reader) (*pb.Image, error) {
	stream, err := t.client.Image.UploadImage(ctx)
	if err != nil {
		return nil, err
	}
	describe := &pb.UploadImageRequest{Part: &pb.UploadImageRequest_Description{Description: about}}
	answer, err := sendAll(t, stream, describe, data, func(chunk []byte) *pb.UploadImageRequest {
		return &pb.UploadImageRequest{Part: &pb.UploadImageRequest_Chunk{Chunk: chunk}}
	}, func() *pb.UploadImageRequest {
		return &pb.UploadImageRequest{Part: &pb.UploadImageRequest_Sha256{Sha256: t.hex("sha256")}}
	})
	if err != nil {
		return nil, fmt.Errorf("the upload of image %q ended %s; %s: %w", about.Name, t.far(), t.left(ctx, about, err), err)
	}
	t.finish()
	return answer.Image, nil
}

// left says what there is of an image whose upload failed, and what to do about it. A server that goes away at once can't
// delete it; who asks the next one finds it.
func (t *transfer) left(ctx context.Context, about *pb.UploadImageDescription, err error) string {
	if !brokenOff(ctx, err) {
		return "no image is left, so send it again when that is mended"
	}
	ctx, cancel := tidying(ctx)
	defer cancel()
	var found []string
	var failure error
	until(ctx, clearing, func() (bool, error) { // what is found when the time is up is told, too
		found, failure = t.unfinished(ctx, about)
		return len(found) == 0, failure
	})
	if failure != nil {
		return fmt.Sprintf("what is left is not known: delete what has the name %q and is not active, and send it again", about.Name)
	}
	if len(found) == 0 {
		return "no image is left: send it again"
	}
	return fmt.Sprintf("an image of that name is left without its data: delete %s, unless somebody else uploads it, and send it again",
		strings.Join(found, ", "))
}

// unfinished has the ids of the images of that name that have no data.
func (t *transfer) unfinished(ctx context.Context, about *pb.UploadImageDescription) (found []string, err error) {
	request := &pb.ListImagesRequest{Location: about.Location, NameOrId: about.Name, MaxAge: durationpb.New(0)}
	for image, err := range t.client.Images(ctx, request) {
		if err != nil {
			return nil, err
		}
		if image.State == pb.ImageState_IMAGE_STATE_QUEUED || image.State == pb.ImageState_IMAGE_STATE_UPLOADING {
			found = append(found, image.Id)
		}
	}
	return found, nil
}

// putImage makes it by its URL.
func (t *transfer) putImage(ctx context.Context, about *pb.UploadImageDescription, data io.Reader) (*pb.Image, error) {
	made, err := t.client.Image.CreateImage(ctx, &pb.CreateImageRequest{
		Location: about.Location, Name: about.Name, DiskFormat: about.DiskFormat, ContainerFormat: about.ContainerFormat,
		Visibility: about.Visibility, MinDiskGib: about.MinDiskGib, MinRamMib: about.MinRamMib, Hidden: about.Hidden,
		Tags: about.Tags, Properties: about.Properties, RequestId: newUUID(),
	})
	if err != nil {
		return nil, err
	}
	image, err := t.fill(ctx, about, made.Image, data)
	if err == nil {
		t.finish()
		return image, nil
	}
	tidy, cancel := tidying(ctx)
	defer cancel()
	if _, failure := t.client.Image.DeleteImage(tidy, &pb.DeleteImageRequest{Location: place(made.Image), NameOrId: made.Image.Id}); failure != nil {
		return nil, fmt.Errorf("image %s is left: delete it, and send it again: %v: %w", made.Image.Id, err, failure)
	}
	return nil, err
}

// fill gives a queued image its data, and waits until the cloud has it.
func (t *transfer) fill(
	ctx context.Context, about *pb.UploadImageDescription, image *pb.Image, data io.Reader,
) (*pb.Image, error) {
	what, err := t.client.Image.CreateImageUploadUrl(ctx, &pb.CreateImageUploadUrlRequest{Location: place(image), NameOrId: image.Id})
	if err != nil {
		return nil, errUnreached
	}
	t.sum("md5", "sha512")
	body := &body{transfer: t, data: data}
	request, err := newRequest(ctx, what, body)
	if err != nil {
		return nil, errUnreached
	}
	if request.ContentLength = max(t.total, -1); t.total == 0 {
		request.ContentLength = -1 // or it would be taken for one without a body
	}
	if _, err := send(request, body); err != nil {
		return nil, t.notPut(err, body, "no image is left")
	}
	err = until(ctx, stored, func() (bool, error) {
		found, err := t.client.Image.GetImage(ctx, &pb.GetImageRequest{Location: place(image), NameOrId: image.Id, MaxAge: durationpb.New(0)})
		image = found.GetImage()
		return image.GetState() == pb.ImageState_IMAGE_STATE_ACTIVE, err
	})
	if err != nil {
		return nil, fmt.Errorf("image %q has its data and did not become active: %w", about.Name, err)
	}
	if err := t.matches(image, about); err != nil || !about.IsProtected {
		return image, err
	}
	changed, err := t.client.Image.UpdateImage(ctx, &pb.UpdateImageRequest{
		Location: place(image), NameOrId: image.Id, IsProtected: true, RequestId: newUUID(),
	})
	return changed.GetImage(), err
}

// matches holds an image against what was sent, and against what was said before.
func (t *transfer) matches(image *pb.Image, about *pb.UploadImageDescription) error {
	what := fmt.Sprintf("image %q", image.Name)
	if image.SizeBytes != t.done || t.total >= 0 && t.total != t.done {
		return damaged(fmt.Sprintf("%s has %d bytes, and %d were sent. Try again.", what, image.SizeBytes, t.done))
	}
	return errors.Join(
		t.check("sha256", about.GetSha256(), what), t.check("md5", image.Checksum, what),
		t.check(image.HashAlgo, image.HashValue, what),
	)
}

// place is where an image is, without what it alone has.
func place(image *pb.Image) *pb.Location {
	return &pb.Location{Cloud: image.GetLocation().GetCloud(), Region: image.GetLocation().GetRegion()}
}

// newUUID is a random (version 4) UUID of RFC 9562.
func newUUID() string {
	b := make([]byte, 16)
	rand.Read(b) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
