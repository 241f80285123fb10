// SPDX-License-Identifier: Apache-2.0

// A program that gets its tokens from a cloud's own Keystone, by the OAuth 2.0 library that everybody uses, and shows them
// to a shared oaktree by gRPC's own means.
//
//	oauth2 TARGET CA TOKEN_URL CLOUD
//
// CLIENT_ID and CLIENT_SECRET are in the environment.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"golang.org/x/oauth2/clientcredentials"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/oauth"

	pb "opendev.org/x/oaktree/oaktreemodel/go/oaktree/v1"
)

func run(ctx context.Context, target, ca, tokenURL, cloud string) error {
	secure, err := credentials.NewClientTLSFromFile(ca, "")
	if err != nil {
		return err
	}
	config := clientcredentials.Config{
		ClientID:     os.Getenv("CLIENT_ID"),
		ClientSecret: os.Getenv("CLIENT_SECRET"),
		TokenURL:     tokenURL,
	}
	conn, err := grpc.NewClient(
		target,
		grpc.WithTransportCredentials(secure),
		grpc.WithPerRPCCredentials(oauth.TokenSource{TokenSource: config.TokenSource(ctx)}),
	)
	if err != nil {
		return err
	}
	defer conn.Close()
	where := &pb.Location{Cloud: cloud}
	told, err := pb.NewTokenServiceClient(conn).GetCaller(ctx, &pb.GetCallerRequest{Location: where})
	if err != nil {
		return err
	}
	if len(told.Callers) != 1 || told.Callers[0].ApplicationCredentialId != config.ClientID {
		return fmt.Errorf("somebody else: %v", told)
	}
	listed, err := pb.NewComputeServiceClient(conn).ListFlavors(ctx, &pb.ListFlavorsRequest{Location: where})
	if err != nil {
		return err
	}
	if len(listed.Flavors) == 0 {
		return errors.New("no flavors")
	}
	return nil
}

func main() {
	if len(os.Args) != 5 {
		fmt.Fprintln(os.Stderr, "usage: oauth2 TARGET CA TOKEN_URL CLOUD")
		os.Exit(2)
	}
	if err := run(context.Background(), os.Args[1], os.Args[2], os.Args[3], os.Args[4]); err != nil {
		fmt.Fprintln(os.Stderr, "FAILED:", err)
		os.Exit(1)
	}
}
