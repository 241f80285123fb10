// SPDX-License-Identifier: Apache-2.0

package oaktree_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	oaktree "opendev.org/x/oaktree/oaktreemodel/go"
	pb "opendev.org/x/oaktree/oaktreemodel/go/oaktree/v1"
)

// live is a client of the server that tests/sdk/test_go_client.py has started, and its clouds.
func live(t *testing.T) (*oaktree.Client, []*pb.Cloud) {
	t.Helper()
	target := os.Getenv("OAKTREE_TEST_TARGET")
	if target == "" {
		t.Skip("tests/sdk/test_go_client.py starts the server for this")
	}
	client, err := oaktree.Connect(oaktree.WithTarget(target))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	var clouds []*pb.Cloud
	for cloud, err := range client.AllClouds(t.Context(), &pb.ListCloudsRequest{}) {
		if err != nil {
			t.Fatal(err)
		}
		clouds = append(clouds, cloud)
	}
	return client, clouds
}

func name(what string) string {
	return fmt.Sprintf("oaktree-go-%s-%x", what, time.Now().UnixNano())
}

func random(t *testing.T, size int) []byte {
	data := make([]byte, size)
	rand.Read(data) // never fails
	return data
}

func TestImagesComeBackAsTheyWere(t *testing.T) {
	client, clouds := live(t)
	for _, cloud := range clouds {
		for way, options := range map[string][]oaktree.TransferOption{"any way": nil, "stream": {oaktree.WithStream()}} {
			t.Run(cloud.Name+" by "+way, func(t *testing.T) { imageComesBack(t, client, cloud.Name, options) })
		}
	}
}

func imageComesBack(t *testing.T, client *oaktree.Client, cloud string, options []oaktree.TransferOption) {
	where, sent := &pb.Location{Cloud: cloud}, random(t, 5<<20+3)
	about := &pb.UploadImageDescription{
		Location: where, Name: name("image"), DiskFormat: "raw", IsProtected: true, Tags: []string{"go"},
	}
	var told int64
	progress := oaktree.WithProgress(func(done, total int64) {
		if told = done; total != int64(len(sent)) {
			t.Error(total)
		}
	})
	image, err := client.UploadImage(t.Context(), about, bytes.NewReader(sent), append(options, progress)...)
	if err != nil {
		t.Fatal(err)
	}
	defer remove(t, client, where, image.Id)
	if told != int64(len(sent)) || image.State != pb.ImageState_IMAGE_STATE_ACTIVE || !image.IsProtected || len(image.Tags) != 1 {
		t.Error(told, image)
	}
	var came bytes.Buffer
	request := &pb.DownloadImageRequest{Location: where, NameOrId: image.Id}
	if _, err := client.DownloadImage(t.Context(), request, &came, options...); err != nil || !bytes.Equal(came.Bytes(), sent) {
		t.Error(err, came.Len())
	}
	came.Reset()
	request.OffsetBytes, request.LengthBytes = 1<<20, 1<<20+1
	if _, err := client.DownloadImage(t.Context(), request, &came, options...); err != nil || !bytes.Equal(came.Bytes(), sent[1<<20:2<<20+1]) {
		t.Error(err, came.Len())
	}
}

func remove(t *testing.T, client *oaktree.Client, where *pb.Location, image string) {
	ctx := context.WithoutCancel(t.Context())
	free := &pb.UpdateImageRequest{Location: where, NameOrId: image, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"is_protected"}}}
	if _, err := client.Image.UpdateImage(ctx, free); err != nil {
		t.Error(err)
	}
	if _, err := client.Image.DeleteImage(ctx, &pb.DeleteImageRequest{Location: where, NameOrId: image}); err != nil {
		t.Error(err)
	}
}

func TestAFormatThatACloudDoesNotTakeIsAnError(t *testing.T) {
	client, clouds := live(t)
	about := &pb.UploadImageDescription{Location: &pb.Location{Cloud: clouds[0].Name}, Name: name("image"), DiskFormat: "clay"}
	_, err := client.UploadImage(t.Context(), about, bytes.NewReader(random(t, 1<<20)))
	var known *oaktree.Error
	if !errors.As(err, &known) || known.Reason != "FORMAT_NOT_TAKEN" || known.RequestID == "" {
		t.Error(err)
	}
}

func TestObjectsComeBackAsTheyWere(t *testing.T) {
	client, clouds := live(t)
	stores := 0
	for _, cloud := range clouds {
		where := &pb.Location{Cloud: cloud.Name}
		can, err := client.Clouds.GetCapabilities(t.Context(), &pb.GetCapabilitiesRequest{Location: where})
		if err != nil {
			t.Fatal(err)
		}
		if can.Capabilities.ObjectStore == nil {
			continue
		}
		stores++
		// With a key a URL is told on any connection.
		for _, key := range []string{"", name("key")} {
			t.Run(fmt.Sprint(cloud.Name, " with a key: ", key != ""), func(t *testing.T) { objectComesBack(t, client, where, key) })
		}
	}
	if stores == 0 {
		t.Skip("none of the clouds has an object store")
	}
}

func objectComesBack(t *testing.T, client *oaktree.Client, where *pb.Location, key string) {
	swift, container := client.ObjectStore, name("container")
	request := &pb.CreateContainerRequest{Location: where, Name: container, TempUrlKey: key}
	if _, err := swift.CreateContainer(t.Context(), request); err != nil {
		t.Fatal(err)
	}
	ctx := context.WithoutCancel(t.Context())
	defer func() {
		swift.DeleteObject(ctx, &pb.DeleteObjectRequest{Location: where, Container: container, NameOrId: "a/ü"})
		if _, err := swift.DeleteContainer(ctx, &pb.DeleteContainerRequest{Location: where, NameOrId: container}); err != nil {
			t.Error(err)
		}
	}()
	for _, size := range []int{0, 3<<20 + 5} {
		sent := random(t, size)
		about := &pb.ObjectDescription{Location: where, Container: container, Name: "a/ü", ContentType: "text/plain"}
		object, err := client.UploadObject(t.Context(), about, bytes.NewReader(sent))
		if err != nil {
			t.Fatal(size, err)
		}
		if object.ContentType != "text/plain" || object.SizeBytes != int64(size) {
			t.Error(object)
		}
		var came bytes.Buffer
		request := &pb.DownloadObjectRequest{Location: where, Container: container, NameOrId: "a/ü"}
		if _, err := client.DownloadObject(t.Context(), request, &came); err != nil || !bytes.Equal(came.Bytes(), sent) {
			t.Error(size, err, came.Len())
		}
	}
}

// TestARestartIsSeenByNobody has 100 clients at work, says so, and lets them go on until its input ends.
func TestARestartIsSeenByNobody(t *testing.T) {
	if os.Getenv("OAKTREE_TEST_RESTART") == "" {
		t.Skip("tests/sdk/test_go_client.py restarts the server for this")
	}
	_, clouds := live(t)
	where := &pb.Location{Cloud: clouds[0].Name}
	crowd := &crowd{where: where, ended: make(chan struct{}), under: make(chan struct{}, 100)}
	for i := range 100 {
		crowd.add(t, i)
	}
	for range 100 {
		select {
		case <-crowd.under:
		case <-time.After(2 * time.Minute):
			t.Fatal("not all have begun within two minutes")
		}
	}
	fmt.Println("UNDER WAY")
	io.Copy(io.Discard, os.Stdin)
	close(crowd.ended)
	crowd.all.Wait()
	t.Logf("%d pages, %d changes, %d events", crowd.pages.Load(), crowd.changes.Load(), crowd.events.Load())
	for what, counter := range map[string]*atomic.Int64{"pages": &crowd.pages, "changes": &crowd.changes, "events": &crowd.events} {
		if counter.Load() < 100 && what != "changes" || counter.Load() < 10 {
			t.Error("too few", what, counter.Load())
		}
	}
}

// crowd is clients of three kinds, each with a connection of its own.
type crowd struct {
	where                  *pb.Location
	all                    sync.WaitGroup
	under                  chan struct{}
	ended                  chan struct{}
	pages, changes, events atomic.Int64
}

func (c *crowd) add(t *testing.T, i int) {
	client, err := oaktree.Connect(oaktree.WithTarget(os.Getenv("OAKTREE_TEST_TARGET")))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	work := c.iterate
	switch {
	case i%10 == 0:
		work = c.wait
	case i%2 == 0:
		work = c.watch
	}
	c.all.Add(1)
	go func() {
		defer c.all.Done()
		if err := work(t.Context(), client); err != nil {
			t.Errorf("client %d: %v", i, err)
			c.under <- struct{}{}
		}
	}()
}

// repeat does it once, says so, and goes on until the end, and once more then.
func (c *crowd) repeat(do func() error) error {
	for first, last := true, false; ; first = false {
		if err := do(); err != nil || last {
			return err
		}
		if first {
			c.under <- struct{}{}
		}
		select {
		case <-c.ended:
			last = true
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func (c *crowd) iterate(ctx context.Context, client *oaktree.Client) error {
	request := &pb.ListFlavorsRequest{Location: c.where, PageSize: 2}
	return c.repeat(func() error {
		for _, err := range oaktree.Pages(ctx, client.Compute.ListFlavors, request) {
			if err != nil {
				return err
			}
			c.pages.Add(1)
		}
		return nil
	})
}

func (c *crowd) wait(ctx context.Context, client *oaktree.Client) error {
	wait := durationpb.New(time.Minute)
	return c.repeat(func() error {
		made, err := client.BlockStorage.CreateVolume(ctx, &pb.CreateVolumeRequest{
			Location: c.where, Name: name("volume"), SizeGib: 1, Wait: wait,
		})
		if err != nil {
			return err
		}
		c.changes.Add(1)
		if made.Volume.State != pb.VolumeState_VOLUME_STATE_AVAILABLE {
			return fmt.Errorf("the volume is %s", made.Volume.State)
		}
		_, err = client.BlockStorage.DeleteVolume(ctx, &pb.DeleteVolumeRequest{Location: c.where, NameOrId: made.Volume.Id, Wait: wait})
		return err
	})
}

// watch watches volumes until the end, and has a snapshot after it that is whole.
func (c *crowd) watch(ctx context.Context, client *oaktree.Client) error {
	begun := false
	subscription := &pb.WatchSubscription{Location: c.where, Kind: pb.ResourceKind_RESOURCE_KIND_VOLUME, WatchId: "w"}
	starts := 0
	for response, err := range client.Follow(ctx, subscription) {
		if err != nil {
			return err
		}
		c.events.Add(1)
		if response.GetStarted() != nil {
			starts++
		}
		if response.GetSynced() == nil {
			continue
		}
		if !begun {
			begun = true
			c.under <- struct{}{}
		}
		if starts > 1 {
			return nil // it has come over the restart
		}
	}
	return errors.New("the watch has ended")
}
