// SPDX-License-Identifier: Apache-2.0

package oaktree

import (
	"bytes"
	"context"
	"crypto/md5"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	pb "opendev.org/x/oaktree/oaktreemodel/go/oaktree/v1"
)

var bytesOf = bytes.Repeat([]byte("0123456789abcdef"), 3<<16) // 3 MiB

// images has one, whose stream breaks off as often as it is told to, each time after one chunk.
type images struct {
	pb.UnimplementedImageServiceServer
	data    []byte
	hash    string
	breaks  int
	offsets []int64
	left    []*pb.Image
	failure error
}

func newImages() *images {
	sum := sha512.Sum512(bytesOf)
	return &images{data: bytesOf, hash: hex.EncodeToString(sum[:])}
}

func (s *images) GetImage(context.Context, *pb.GetImageRequest) (*pb.GetImageResponse, error) {
	return &pb.GetImageResponse{Image: &pb.Image{
		Id: "i", Name: "tree", SizeBytes: int64(len(bytesOf)), HashAlgo: "sha512", HashValue: s.hash,
	}}, nil
}

func (s *images) ListImages(context.Context, *pb.ListImagesRequest) (*pb.ListImagesResponse, error) {
	return &pb.ListImagesResponse{Images: s.left}, nil
}

func (s *images) DownloadImage(request *pb.DownloadImageRequest, stream pb.ImageService_DownloadImageServer) error {
	s.offsets = append(s.offsets, request.OffsetBytes)
	rest := s.data[request.OffsetBytes:]
	if request.LengthBytes > 0 {
		rest = rest[:request.LengthBytes]
	}
	sum := sha256.Sum256(rest)
	for len(rest) > 0 {
		n := min(chunkSize, len(rest))
		stream.Send(&pb.DownloadImageResponse{Part: &pb.DownloadImageResponse_Chunk{Chunk: rest[:n]}})
		rest = rest[n:]
		if s.breaks > 0 {
			s.breaks--
			return status.Error(codes.Unavailable, "the server has gone away")
		}
	}
	return stream.Send(&pb.DownloadImageResponse{Part: &pb.DownloadImageResponse_Sha256{Sha256: hex.EncodeToString(sum[:])}})
}

func (s *images) UploadImage(stream pb.ImageService_UploadImageServer) error {
	s.data = nil
	for {
		request, err := stream.Recv()
		if err == io.EOF {
			sum := sha256.Sum256(s.data)
			return stream.SendAndClose(&pb.UploadImageResponse{Image: &pb.Image{Id: "i"}, Sha256: hex.EncodeToString(sum[:])})
		}
		if err != nil {
			return err
		}
		s.data = append(s.data, request.GetChunk()...)
		if len(s.data) > chunkSize && s.failure != nil {
			return s.failure
		}
	}
}

func TestADownloadGoesOnWhereItWasCutOff(t *testing.T) {
	service := newImages()
	service.breaks = 2
	client := connect(t, WithTarget(serve(t, service)))
	var came bytes.Buffer
	var progress []int64
	image, err := client.DownloadImage(t.Context(), &pb.DownloadImageRequest{NameOrId: "tree"}, &came,
		WithProgress(func(done, total int64) { progress = append(progress, done, total) }))
	if err != nil || image.Id != "i" || !bytes.Equal(came.Bytes(), bytesOf) {
		t.Error(err, image, came.Len())
	}
	if len(service.offsets) != 3 || service.offsets[2] != 2*chunkSize {
		t.Error(service.offsets)
	}
	if len(progress) != 6 || progress[4] != 3<<20 || progress[5] != 3<<20 {
		t.Error(progress)
	}
}

func TestAPartOfADownload(t *testing.T) {
	client := connect(t, WithTarget(serve(t, newImages())))
	var came bytes.Buffer
	request := &pb.DownloadImageRequest{NameOrId: "tree", OffsetBytes: 5, LengthBytes: 7}
	if _, err := client.DownloadImage(t.Context(), request, &came); err != nil || came.String() != "56789ab" {
		t.Error(err, came.String())
	}
}

func TestADownloadOfOtherBytesIsAnError(t *testing.T) {
	service := newImages()
	service.hash = strings.Repeat("0", 128)
	client := connect(t, WithTarget(serve(t, service)))
	_, err := client.DownloadImage(t.Context(), &pb.DownloadImageRequest{NameOrId: "tree"}, io.Discard)
	if status.Code(err) != codes.DataLoss || reasonOf(err) != "CHECKSUM_MISMATCH" {
		t.Error(err)
	}
}

type full struct{}

var errFull = errors.New("no space left")

func (full) Write([]byte) (int, error) { return 0, errFull }

func TestAWriterThatFailsIsNotTriedAgain(t *testing.T) {
	service := newImages()
	client := connect(t, WithTarget(serve(t, service)))
	_, err := client.DownloadImage(t.Context(), &pb.DownloadImageRequest{NameOrId: "tree"}, full{})
	if !errors.Is(err, errFull) || len(service.offsets) != 1 {
		t.Error(err, service.offsets)
	}
}

func TestAnUploadSendsAll(t *testing.T) {
	service := newImages()
	client := connect(t, WithTarget(serve(t, service)))
	image, err := client.UploadImage(t.Context(), &pb.UploadImageDescription{Name: "tree"}, iotest.HalfReader(bytes.NewReader(bytesOf)))
	if err != nil || image.Id != "i" || !bytes.Equal(service.data, bytesOf) {
		t.Error(err, image, len(service.data))
	}
}

func TestAnUploadThatBreaksOffSaysWhatIsLeft(t *testing.T) {
	service := newImages()
	service.failure = status.Error(codes.Unavailable, "the server has gone away")
	client := connect(t, WithTarget(serve(t, service)))
	upload := func(want string) {
		t.Helper()
		_, err := client.UploadImage(t.Context(), &pb.UploadImageDescription{Name: "tree"}, bytes.NewReader(bytesOf))
		if status.Code(err) != codes.Unavailable || !strings.Contains(err.Error(), want) {
			t.Error(err)
		}
	}
	upload("no image is left: send it again")
	service.left = []*pb.Image{{Id: "old", State: pb.ImageState_IMAGE_STATE_ACTIVE}, {Id: "half", State: pb.ImageState_IMAGE_STATE_QUEUED}}
	upload("delete half,")
}

func TestDataThatCanNotBeReadIsAnError(t *testing.T) {
	client := connect(t, WithTarget(serve(t, newImages())))
	data := io.MultiReader(strings.NewReader("x"), iotest.ErrReader(errFull))
	if _, err := client.UploadImage(t.Context(), &pb.UploadImageDescription{}, data); !errors.Is(err, errFull) {
		t.Error(err)
	}
}

// objects has one, and tells a URL for it.
type objects struct {
	pb.UnimplementedObjectStoreServiceServer
	url      string
	streamed int
	deleted  int
}

func (s *objects) object() *pb.Object {
	sum := md5.Sum(bytesOf)
	return &pb.Object{Name: "o", SizeBytes: int64(len(bytesOf)), Etag: hex.EncodeToString(sum[:])}
}

func (s *objects) GetObject(context.Context, *pb.GetObjectRequest) (*pb.GetObjectResponse, error) {
	return &pb.GetObjectResponse{Object: s.object()}, nil
}

func (s *objects) DeleteObject(context.Context, *pb.DeleteObjectRequest) (*pb.DeleteObjectResponse, error) {
	s.deleted++
	return &pb.DeleteObjectResponse{}, nil
}

func (s *objects) CreateObjectUploadUrl(context.Context, *pb.CreateObjectUploadUrlRequest) (*pb.CreateObjectUploadUrlResponse, error) {
	return &pb.CreateObjectUploadUrlResponse{Method: "PUT", Url: s.url, Headers: map[string]string{"X-Auth-Token": secret}}, nil
}

func (s *objects) CreateObjectDownloadUrl(context.Context, *pb.CreateObjectDownloadUrlRequest) (*pb.CreateObjectDownloadUrlResponse, error) {
	return &pb.CreateObjectDownloadUrlResponse{Method: "GET", Url: s.url, Headers: map[string]string{"X-Auth-Token": secret}}, nil
}

func (s *objects) UploadObject(stream pb.ObjectStoreService_UploadObjectServer) error {
	for {
		request, err := stream.Recv()
		if err == io.EOF {
			return stream.SendAndClose(&pb.UploadObjectResponse{Object: s.object()})
		}
		if err != nil {
			return err
		}
		s.streamed += len(request.GetChunk())
	}
}

func (s *objects) DownloadObject(request *pb.DownloadObjectRequest, stream pb.ObjectStoreService_DownloadObjectServer) error {
	stream.Send(&pb.DownloadObjectResponse{Part: &pb.DownloadObjectResponse_Object{Object: s.object()}})
	for rest := bytesOf[request.OffsetBytes:]; len(rest) > 0; rest = rest[min(chunkSize, len(rest)):] {
		chunk := rest[:min(chunkSize, len(rest))]
		s.streamed += len(chunk)
		stream.Send(&pb.DownloadObjectResponse{Part: &pb.DownloadObjectResponse_Chunk{Chunk: chunk}})
	}
	return nil
}

// cloud answers requests of the URL so, and has what they bring.
func (s *objects) cloud(t *testing.T, answer http.HandlerFunc) *Client {
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	s.url = server.URL + "?signature=" + secret
	return connect(t, WithTarget(serve(t, s)))
}

func upload(t *testing.T, client *Client) error {
	_, err := client.UploadObject(t.Context(), &pb.ObjectDescription{Name: "o", Container: "c"}, bytes.NewReader(bytesOf))
	if err != nil && strings.Contains(err.Error(), secret) {
		t.Error("a secret is told")
	}
	return err
}

func TestAnObjectGoesToTheCloudItself(t *testing.T) {
	service, got := &objects{}, []byte(nil)
	client := service.cloud(t, func(w http.ResponseWriter, r *http.Request) {
		got, _ = io.ReadAll(r.Body)
		w.Header().Set("Etag", service.object().Etag)
		if r.Header.Get("X-Auth-Token") != secret || r.ContentLength != int64(len(bytesOf)) {
			w.WriteHeader(http.StatusUnauthorized)
		}
	})
	if err := upload(t, client); err != nil || !bytes.Equal(got, bytesOf) || service.streamed != 0 {
		t.Error(err, len(got), service.streamed)
	}
}

func TestACloudThatTakesNoByteGetsThemByAStream(t *testing.T) {
	service := &objects{}
	client := service.cloud(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) })
	if err := upload(t, client); err != nil || service.streamed != len(bytesOf) {
		t.Error(err, service.streamed)
	}
	service.url, service.streamed = "http://127.0.0.1:1/", 0
	if err := upload(t, client); err != nil || service.streamed != len(bytesOf) {
		t.Error(err, service.streamed)
	}
}

func TestACloudThatBreaksOffIsAnErrorThatSaysWhatIsThere(t *testing.T) {
	service := &objects{}
	client := service.cloud(t, func(_ http.ResponseWriter, r *http.Request) {
		io.CopyN(io.Discard, r.Body, 1<<20)
		panic(http.ErrAbortHandler)
	})
	if err := upload(t, client); err == nil || !strings.Contains(err.Error(), `object "o" is as it was before: send it again`) {
		t.Error(err)
	}
	if service.streamed != 0 {
		t.Error(service.streamed)
	}
}

func TestWhatTheCloudHasOtherwiseIsDeleted(t *testing.T) {
	service := &objects{}
	client := service.cloud(t, func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		w.Header().Set("Etag", strings.Repeat("0", 32))
	})
	if err := upload(t, client); status.Code(err) != codes.DataLoss || service.deleted != 1 {
		t.Error(err, service.deleted)
	}
}

func TestWhatACloudBreaksOffComesByAStream(t *testing.T) {
	service := &objects{}
	client := service.cloud(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Write(bytesOf[:1<<20])
		panic(http.ErrAbortHandler)
	})
	var came bytes.Buffer
	_, err := client.DownloadObject(t.Context(), &pb.DownloadObjectRequest{NameOrId: "o", Container: "c"}, &came)
	if err != nil || !bytes.Equal(came.Bytes(), bytesOf) || service.streamed != 2<<20 {
		t.Error(err, came.Len(), service.streamed)
	}
}
