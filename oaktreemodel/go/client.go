// SPDX-License-Identifier: Apache-2.0

// Package oaktree is a client of an oaktree server: one connection, a client per service, lists that follow their pages,
// watches that go on after a restart, and transfers of images and objects. The messages are in
// opendev.org/x/oaktree/oaktreemodel/go/oaktree/v1.
//
// Every error of a call is an [*Error], which has the server's reason, and works with errors.Is and status.Code, too.
package oaktree

import (
	"errors"
	"os"
	"path/filepath"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/credentials/local"

	pb "opendev.org/x/oaktree/oaktreemodel/go/oaktree/v1"
)

// Client is a connection to an oaktree, with a client of each of its services. It may be used from many goroutines.
type Client struct {
	Conn         *grpc.ClientConn
	BlockStorage pb.BlockStorageServiceClient
	Clouds       pb.CloudServiceClient
	Compute      pb.ComputeServiceClient
	Identity     pb.IdentityServiceClient
	Image        pb.ImageServiceClient
	LoadBalancer pb.LoadBalancerServiceClient
	Network      pb.NetworkServiceClient
	ObjectStore  pb.ObjectStoreServiceClient
	Token        pb.TokenServiceClient
	Watch        pb.WatchServiceClient

	secret bool // nobody else hears what is said: tokens may be told
}

// An Option changes how Connect connects.
type Option func(*settings)

type settings struct {
	target      string
	credentials *Credentials
	transport   credentials.TransportCredentials
	dial        []grpc.DialOption
}

// WithTarget says which oaktree to call: HOST:PORT, or unix:PATH; empty is as without it.
func WithTarget(target string) Option {
	return func(s *settings) { s.target = target }
}

// WithCredentials has calls show tokens of these application credentials, which are had when they are first needed, and
// renewed by themselves.
func WithCredentials(credentials *Credentials) Option {
	return func(s *settings) { s.credentials = credentials }
}

// WithTransportCredentials says how the connection is secured, in place of what Connect would take.
func WithTransportCredentials(transport credentials.TransportCredentials) Option {
	return func(s *settings) { s.transport = transport }
}

// WithDialOptions adds gRPC's own, which win over the ones set here.
func WithDialOptions(options ...grpc.DialOption) Option {
	return func(s *settings) { s.dial = append(s.dial, options...) }
}

// Connect returns a client of the oaktree that the options name, or else of the one at [DefaultTarget]. No connection is
// made before the first call.
//
// The credential file is used where the target is its endpoint, which it is where neither you nor $OAKTREE_TARGET say
// otherwise; see [LoadCredentials]. The connection is then by TLS, unless it is a unix socket. Without credentials it is in
// plain text, which oaktree offers on a unix socket and on loopback only.
func Connect(options ...Option) (*Client, error) {
	var s settings
	for _, option := range options {
		option(&s)
	}
	if err := s.complete(); err != nil {
		return nil, err
	}
	connection := &connection{}
	if s.credentials != nil {
		connection.tokens = newTokens(s.credentials.Clouds)
	}
	secret := strings.HasPrefix(s.target, "unix:") || s.transport.Info().SecurityProtocol != "insecure"
	dial := append(connection.options(), grpc.WithTransportCredentials(s.transport))
	if !secret {
		dial = append(dial, grpc.WithNoProxy()) // plain text is local, whatever the environment says
	}
	conn, err := grpc.NewClient(s.target, append(dial, s.dial...)...)
	if err != nil {
		return nil, err
	}
	if connection.tokens != nil {
		connection.tokens.service = pb.NewTokenServiceClient(conn)
	}
	return &Client{
		Conn:         conn,
		BlockStorage: pb.NewBlockStorageServiceClient(conn),
		Clouds:       pb.NewCloudServiceClient(conn),
		Compute:      pb.NewComputeServiceClient(conn),
		Identity:     pb.NewIdentityServiceClient(conn),
		Image:        pb.NewImageServiceClient(conn),
		LoadBalancer: pb.NewLoadBalancerServiceClient(conn),
		Network:      pb.NewNetworkServiceClient(conn),
		ObjectStore:  pb.NewObjectStoreServiceClient(conn),
		Token:        pb.NewTokenServiceClient(conn),
		Watch:        pb.NewWatchServiceClient(conn),
		secret:       secret,
	}, nil
}

// Close closes the connection; calls under way are cancelled.
func (c *Client) Close() error {
	return c.Conn.Close()
}

// complete fills in what was not said.
func (s *settings) complete() error {
	var err error
	if s.target == "" && s.credentials != nil {
		s.target = s.credentials.Endpoint
	}
	if s.target == "" {
		if s.target, err = DefaultTarget(); err != nil {
			return err
		}
	}
	if s.credentials == nil && !strings.HasPrefix(s.target, "unix:") && exists(DefaultCredentialsPath()) {
		known, err := LoadCredentials("")
		if err != nil {
			return err
		}
		if known.Endpoint == s.target {
			s.credentials = known
		}
	}
	if s.transport == nil {
		s.transport, err = s.usualTransport()
	}
	return err
}

func (s *settings) usualTransport() (credentials.TransportCredentials, error) {
	switch {
	case s.credentials == nil:
		return insecure.NewCredentials(), nil
	case strings.HasPrefix(s.target, "unix:"):
		return local.NewCredentials(), nil
	case s.credentials.CA == nil:
		return credentials.NewClientTLSFromCert(nil, ""), nil
	}
	pool, ok := certificates(s.credentials.CA)
	if !ok {
		return nil, errors.New("the ca of the credential file has no certificate in PEM: name the file of the authority")
	}
	return credentials.NewClientTLSFromCert(pool, ""), nil
}

// DefaultTarget returns $OAKTREE_TARGET, or the endpoint of the credential file if there is one, or the socket of the
// user's own server if it has one, or else its port.
func DefaultTarget() (string, error) {
	if target := os.Getenv("OAKTREE_TARGET"); target != "" {
		return target, nil
	}
	if exists(DefaultCredentialsPath()) {
		known, err := LoadCredentials("")
		if err != nil {
			return "", err
		}
		return known.Endpoint, nil
	}
	folder := os.Getenv("XDG_RUNTIME_DIR")
	if folder == "" {
		home, _ := os.UserHomeDir()
		folder = filepath.Join(home, ".local", "state")
	}
	if socket := filepath.Join(folder, "oaktree", "oaktree.sock"); exists(socket) {
		return "unix:" + socket, nil
	}
	return "127.0.0.1:50051", nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
