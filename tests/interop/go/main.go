// SPDX-License-Identifier: Apache-2.0

// What a user does on a cloud, from nothing to nothing, by what its capabilities say: it knows no cloud by name.
//
//	interop TARGET CLOUD NAME
//
// Whatever it makes has a name that begins with NAME. It prints a line with its name and its seconds for each step.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	oaktree "opendev.org/x/oaktree/oaktreemodel/go"
	pb "opendev.org/x/oaktree/oaktreemodel/go/oaktree/v1"
)

// patience is for one step; real clouds take their time.
const patience = 240 * time.Second

var wait = durationpb.New(120 * time.Second)

// workload is one run of it on one cloud.
type workload struct {
	client *oaktree.Client
	cloud  *pb.Location
	name   string
	can    *pb.Capabilities
	later  []func(context.Context) error // what deletes what was made, in the order of that
	events *events

	keypair, group, network, server, volume, address string
}

// step does one of them within its time, and prints how long it took.
func (w *workload) step(ctx context.Context, name string, do func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	began := time.Now()
	if err := do(ctx); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	fmt.Printf("%s %.3f\n", name, time.Since(began).Seconds())
	return nil
}

func (w *workload) offers(service string) bool {
	for _, one := range w.can.Services {
		if one.Type == service {
			return true
		}
	}
	return false
}

// run does all steps, and tears down what was made, however they went.
func (w *workload) run(ctx context.Context) (err error) {
	found, err := w.client.Clouds.GetCapabilities(ctx, &pb.GetCapabilitiesRequest{Location: w.cloud})
	if err != nil {
		return err
	}
	w.can = found.Capabilities
	defer func() {
		// Each deletion has its own time.
		err = errors.Join(err, w.step(context.Background(), "tear-down", func(context.Context) error { return w.tearDown() }))
		if err == nil {
			err = w.events.until("DELETED", w.server, w.volume)
		}
	}()
	for _, one := range []struct {
		name string
		do   func(context.Context) error
		when bool
	}{
		{"watch", w.watch, true},
		{"image", w.image, true},
		{"keypair", w.makeKeypair, true},
		{"group", w.makeGroup, true},
		{"network", w.makeNetwork, true},
		{"server", w.makeServer, true},
		{"volume", w.makeVolume, w.offers("block-storage")},
		{"objects", w.objects, w.offers("object-store")},
		{"balancer", w.balancer, w.offers("load-balancer")},
	} {
		if one.when {
			if err := w.step(ctx, one.name, one.do); err != nil {
				return err
			}
		}
	}
	return w.events.until("ADDED", w.server, w.volume)
}

func (w *workload) tearDown() error {
	var failures []error
	for len(w.later) > 0 {
		last := w.later[len(w.later)-1]
		w.later = w.later[:len(w.later)-1]
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		failures = append(failures, last(ctx))
		cancel()
	}
	return errors.Join(failures...)
}

// undo has something done before what was made earlier is deleted.
func (w *workload) undo(do func(context.Context) error) {
	w.later = append(w.later, do)
}

// check fails with what was wrong, where it does not hold.
func check(holds bool, wrong ...any) error {
	if holds {
		return nil
	}
	return errors.New(fmt.Sprint(wrong...))
}

func run(target, cloud, name string) error {
	client, err := oaktree.Connect(oaktree.WithTarget(target))
	if err != nil {
		return err
	}
	defer client.Close()
	w := &workload{client: client, cloud: &pb.Location{Cloud: cloud}, name: name, events: newEvents()}
	return w.run(context.Background())
}

func main() {
	if len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "usage: interop TARGET CLOUD NAME")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2], os.Args[3]); err != nil {
		fmt.Fprintln(os.Stderr, "FAILED:", err)
		os.Exit(1)
	}
}
