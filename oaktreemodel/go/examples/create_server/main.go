package main // SPDX-License-Identifier: Apache-2.0

import (
	"context"
	"log"
	"os"

	"google.golang.org/protobuf/types/known/durationpb"
	oaktree "opendev.org/x/oaktree/oaktreemodel/go"
	pb "opendev.org/x/oaktree/oaktreemodel/go/oaktree/v1"
)

func main() { // CLOUD NAME FLAVOR IMAGE
	client, err := oaktree.Connect()
	if err != nil {
		log.Fatal(err)
	}
	made, err := client.Compute.CreateServer(context.Background(), &pb.CreateServerRequest{
		Location: &pb.Location{Cloud: os.Args[1]}, Name: os.Args[2], Flavor: os.Args[3], Image: os.Args[4],
		AutoIp: true, Wait: &durationpb.Duration{Seconds: 300}})
	if err != nil {
		log.Fatal(err)
	}
	log.Println(made.Server.PublicV4)
}
