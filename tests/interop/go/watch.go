// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"sync"
	"time"

	pb "opendev.org/x/oaktree/oaktreemodel/go/oaktree/v1"
)

// events is what a watch has told: of each thing, what happened to it.
type events struct {
	mu     sync.Mutex
	seen   map[string]bool
	synced int
	err    error
	more   chan struct{} // closed, and made anew, with each event
}

func newEvents() *events {
	return &events{seen: map[string]bool{}, more: make(chan struct{})}
}

// watch begins to watch servers and volumes, in a goroutine.
func (w *workload) watch(step context.Context) error {
	// It outlives its step: the process ends it.
	ctx := context.WithoutCancel(step)
	go func() {
		for response, err := range w.client.Follow(ctx,
			&pb.WatchSubscription{Location: w.cloud, Kind: pb.ResourceKind_RESOURCE_KIND_SERVER, WatchId: "servers"},
			&pb.WatchSubscription{Location: w.cloud, Kind: pb.ResourceKind_RESOURCE_KIND_VOLUME, WatchId: "volumes"},
		) {
			w.events.add(response, err)
		}
	}()
	return w.events.wait("the watches have begun", func() bool { return w.events.synced >= 2 })
}

func (e *events) add(response *pb.WatchResponse, err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.err = err
	if response.GetSynced() != nil {
		e.synced++
	}
	for _, change := range response.GetChanges().GetChanges() {
		id := change.Resource.GetServer().GetId() + change.Resource.GetVolume().GetId()
		e.seen[change.Type.String()+id] = true
	}
	close(e.more)
	e.more = make(chan struct{})
}

// until waits until this has happened to all of these, but for those that were not made.
func (e *events) until(what string, ids ...string) error {
	for _, id := range ids {
		happened := func() bool { return id == "" || e.seen["WATCH_CHANGE_TYPE_"+what+id] }
		if err := e.wait(id+" is told to be "+what, happened); err != nil {
			return err
		}
	}
	return nil
}

func (e *events) wait(what string, happened func() bool) error {
	end := time.After(patience)
	for {
		e.mu.Lock()
		done, more, err := happened(), e.more, e.err
		e.mu.Unlock()
		if done || err != nil {
			return err
		}
		select {
		case <-more:
		case <-end:
			return fmt.Errorf("not within %s: %s", patience, what)
		}
	}
}
