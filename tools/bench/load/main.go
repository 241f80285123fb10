// SPDX-License-Identifier: Apache-2.0

// Load for the benchmarks: calls one RPC with requests that are bytes to it, and looks at no answer, so that the server is the
// limit. It reads the requests, in base64, a line each, from standard input, and tells what it has seen as JSON.
//
//	load -target unix:/run/x.sock -method /oaktree.v1.ComputeService/ListServers -seconds 2
package main

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/json"
	"flag"
	"log"
	"os"
	"slices"
	"sync"
	"syscall"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/mem"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

var (
	target      = flag.String("target", "", "address of the server")
	method      = flag.String("method", "", "full name of the RPC")
	connections = flag.Int("connections", 4, "connections, each with its share of the calls")
	inFlight    = flag.Int("in-flight", 32, "calls under way at once, over all connections")
	seconds     = flag.Float64("seconds", 2, "how long")
	rate        = flag.Float64("rate", 0, "calls a second, evenly, however slow the answers; 0: as fast as they come")
	burst       = flag.Int("burst", 0, "so many calls, all at once, in place of -seconds")
	hold        = flag.Bool("hold", false, "open streams and hold them: see hold.go")
	timeout     = flag.Duration("timeout", time.Minute, "deadline of each call")
)

// token is shown by every call; not a flag, which anybody could see.
var token = os.Getenv("OAKTREE_LOAD_TOKEN")

// rawCodec passes bytes on as they are.
type rawCodec struct{}

func (rawCodec) Marshal(v any) (mem.BufferSlice, error) {
	return mem.BufferSlice{mem.SliceBuffer(v.([]byte))}, nil
}

func (rawCodec) Unmarshal(data mem.BufferSlice, v any) error {
	*v.(*int) = data.Len()
	return nil
}

func (rawCodec) Name() string { return "proto" }

// seen is what one caller has seen.
type seen struct {
	latencies []time.Duration
	errors    map[string]int
	bytes     int
}

func (s *seen) call(conn *grpc.ClientConn, request []byte, due time.Time) {
	ctx, cancel := context.WithTimeout(context.Background(), *timeout)
	defer cancel()
	if token != "" {
		ctx = metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+token)
	}
	var size int
	err := conn.Invoke(ctx, *method, request, &size)
	s.latencies = append(s.latencies, time.Since(due))
	s.bytes += size
	if err != nil {
		s.errors[status.Code(err).String()+": "+status.Convert(err).Message()]++
	}
}

func main() {
	flag.Parse()
	var requests [][]byte
	input := bufio.NewReaderSize(os.Stdin, 1<<20)
	conns := make([]*grpc.ClientConn, *connections)
	for i := range conns {
		conns[i] = connect()
	}
	if *hold {
		holdStreams(conns, input)
		return
	}
	lines := bufio.NewScanner(input)
	for lines.Scan() {
		request, err := base64.StdEncoding.DecodeString(lines.Text())
		if err != nil {
			log.Fatal(err)
		}
		requests = append(requests, request)
	}
	for _, conn := range conns {
		awaitReady(conn)
	}
	started := time.Now()
	var all []*seen
	switch {
	case *burst > 0:
		all = together(conns, requests)
	case *rate > 0:
		all = evenly(conns, requests)
	default:
		all = closely(conns, requests)
	}
	report(all, time.Since(started))
}

func connect() *grpc.ClientConn {
	conn, err := grpc.NewClient(*target, grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.ForceCodecV2(rawCodec{}), grpc.MaxCallRecvMsgSize(64<<20)))
	if err != nil {
		log.Fatal(err)
	}
	return conn
}

// awaitReady connects before the clock runs.
func awaitReady(conn *grpc.ClientConn) {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	conn.Connect()
	for state := conn.GetState(); state.String() != "READY"; state = conn.GetState() {
		if !conn.WaitForStateChange(ctx, state) {
			log.Fatalf("%s does not answer", *target)
		}
	}
}

// closely keeps as many calls under way as it is told, each caller beginning the next when it has the answer.
func closely(conns []*grpc.ClientConn, requests [][]byte) []*seen {
	end := time.Now().Add(time.Duration(*seconds * float64(time.Second)))
	return callers(*inFlight, func(number int, s *seen) {
		for at := number; ; at++ {
			now := time.Now()
			if now.After(end) {
				return
			}
			s.call(conns[number%len(conns)], requests[at%len(requests)], now)
		}
	})
}

// evenly begins calls at fixed moments. Latency counts from the moment that a call was due: a server that stops to answer is not
// spared the calls that come meanwhile.
func evenly(conns []*grpc.ClientConn, requests [][]byte) []*seen {
	step, first := time.Duration(float64(time.Second) / *rate), time.Now()
	return callers(int(*rate**seconds), func(number int, s *seen) {
		due := first.Add(time.Duration(number) * step)
		time.Sleep(time.Until(due))
		s.call(conns[number%len(conns)], requests[number%len(requests)], due)
	})
}

// together begins all calls at once.
func together(conns []*grpc.ClientConn, requests [][]byte) []*seen {
	start := make(chan struct{})
	time.AfterFunc(100*time.Millisecond, func() { close(start) })
	return callers(*burst, func(number int, s *seen) {
		<-start
		s.call(conns[number%len(conns)], requests[number%len(requests)], time.Now())
	})
}

func callers(number int, call func(int, *seen)) []*seen {
	all := make([]*seen, number)
	var group sync.WaitGroup
	for i := range all {
		all[i] = &seen{errors: map[string]int{}}
		group.Add(1)
		go func() { defer group.Done(); call(i, all[i]) }()
	}
	group.Wait()
	return all
}

func report(all []*seen, took time.Duration) {
	var latencies []time.Duration
	failed, bytes := map[string]int{}, 0
	for _, s := range all {
		latencies = append(latencies, s.latencies...)
		bytes += s.bytes
		for text, count := range s.errors {
			failed[text] += count
		}
	}
	slices.Sort(latencies)
	percentile := func(p float64) float64 {
		if len(latencies) == 0 {
			return 0
		}
		return latencies[min(len(latencies)-1, int(p*float64(len(latencies))))].Seconds()
	}
	var usage syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &usage)
	cpu := time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
	json.NewEncoder(os.Stdout).Encode(map[string]any{
		"calls": len(latencies), "errors": failed, "seconds": took.Seconds(), "bytes": bytes, "client_cpu_s": cpu.Seconds(),
		"p50_s": percentile(.5), "p90_s": percentile(.9), "p99_s": percentile(.99), "p999_s": percentile(.999), "max_s": percentile(1),
	})
}
