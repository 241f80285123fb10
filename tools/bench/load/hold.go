// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"context"
	"encoding/base64"
	"fmt"
	"log"
	"strings"
	"sync"

	"google.golang.org/grpc"
)

// held is one open stream.
type held struct {
	cancel context.CancelFunc
	over   chan struct{}
}

// holdStreams does what it is told, a line each, and says when it is done: "open 1000 BASE64" opens so many bidirectional streams,
// sends this on each, waits for one answer and reads on; "close" cancels all.
func holdStreams(conns []*grpc.ClientConn, input *bufio.Reader) {
	var open []held
	for {
		line, err := input.ReadString('\n')
		if err != nil {
			return
		}
		var number int
		var text string
		if _, err := fmt.Sscanf(line, "open %d %s", &number, &text); err == nil {
			request, err := base64.StdEncoding.DecodeString(text)
			if err != nil {
				log.Fatal(err)
			}
			open = append(open, openStreams(conns, number, request)...)
		} else if strings.HasPrefix(line, "close") {
			for _, one := range open {
				one.cancel()
			}
			for _, one := range open {
				<-one.over
			}
			open = nil
		}
		fmt.Println(len(open))
	}
}

func openStreams(conns []*grpc.ClientConn, number int, request []byte) []held {
	description := &grpc.StreamDesc{ClientStreams: true, ServerStreams: true}
	opened := make([]held, number)
	var group sync.WaitGroup
	// A few at once: this is about what they take while they are open.
	turns := make(chan struct{}, 64)
	for i := range opened {
		group.Add(1)
		turns <- struct{}{}
		go func() {
			defer func() { <-turns; group.Done() }()
			ctx, cancel := context.WithCancel(context.Background())
			stream, err := conns[i%len(conns)].NewStream(ctx, description, *method, grpc.WaitForReady(true))
			var size int
			if err == nil {
				err = stream.SendMsg(request)
			}
			if err == nil {
				err = stream.RecvMsg(&size)
			}
			if err != nil {
				log.Fatal(err)
			}
			opened[i] = held{cancel, make(chan struct{})}
			go func() {
				defer close(opened[i].over)
				for stream.RecvMsg(&size) == nil {
				}
			}()
		}()
	}
	group.Wait()
	return opened
}
