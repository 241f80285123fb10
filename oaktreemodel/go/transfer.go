// SPDX-License-Identifier: Apache-2.0

package oaktree

import (
	"context"
	"crypto/md5"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"os"
	"strings"
	"time"
)

const (
	// chunkSize is how many bytes go in one message.
	chunkSize = 1 << 20
	// transferDeadline is what the server gives a transfer without one.
	transferDeadline = 24 * time.Hour
	// tidyPatience is how long it may take to look, or to delete, behind a transfer that failed.
	tidyPatience = 30 * time.Second
)

// A TransferOption changes how bytes are sent or fetched.
type TransferOption func(*transfer)

// WithProgress has tell called with the bytes that are done, and all there are or -1 where that is not known: from the
// goroutine that called, or one that it waits for, at most once for each MiB, and at the end. It is not called while another
// call of it is under way.
func WithProgress(tell func(done, total int64)) TransferOption {
	return func(t *transfer) { t.tell = tell }
}

// WithStream has the bytes go through oaktree, also where the cloud could be reached.
func WithStream() TransferOption {
	return func(t *transfer) { t.stream = true }
}

// transfer is what both ways have in common.
type transfer struct {
	client *Client
	tell   func(done, total int64)
	stream bool
	done   int64
	told   int64
	total  int64
	// sums are by the names that clouds have for them.
	sums map[string]hash.Hash
}

func (c *Client) transfer(options []TransferOption) *transfer {
	t := &transfer{client: c, total: -1, sums: map[string]hash.Hash{}}
	for _, option := range options {
		option(t)
	}
	return t
}

// sum has these kinds of it made of all bytes that follow.
func (t *transfer) sum(names ...string) {
	for _, name := range names {
		switch name {
		case "md5":
			t.sums[name] = md5.New()
		case "sha256":
			t.sums[name] = sha256.New()
		case "sha512":
			t.sums[name] = sha512.New()
		}
	}
}

// hex is a sum of all bytes so far; empty where it was not made.
func (t *transfer) hex(name string) string {
	if one := t.sums[name]; one != nil {
		return hex.EncodeToString(one.Sum(nil))
	}
	return ""
}

// add counts and sums bytes that have passed.
func (t *transfer) add(chunk []byte) {
	for _, one := range t.sums {
		one.Write(chunk) // never fails
	}
	t.done += int64(len(chunk))
	if t.done-t.told >= chunkSize {
		t.progress()
	}
}

func (t *transfer) progress() {
	t.told = t.done
	if t.tell != nil {
		t.tell(t.done, t.total)
	}
}

// finish tells the last of the progress, unless it was told.
func (t *transfer) finish() {
	if t.told != t.done || t.done == 0 {
		t.progress()
	}
}

// far says how far it came, for an error.
func (t *transfer) far() string {
	if t.total < 0 {
		return "after " + mebibytes(t.done)
	}
	return fmt.Sprintf("after %s of %s", mebibytes(t.done), mebibytes(t.total))
}

// check holds a sum that was told against ours; one that is empty, or of a kind that was not made, says nothing.
func (t *transfer) check(name, told, what string) error {
	if ours := t.hex(name); told != "" && ours != "" && !strings.EqualFold(ours, told) {
		return damaged(fmt.Sprintf("%s is not what was sent, by its %s: %s, not %s. Try again.", what, name, ours, told))
	}
	return nil
}

// bounded has a deadline in any case.
func bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	if _, ok := ctx.Deadline(); ok {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, transferDeadline)
}

// tidying is a context for what is to be done although the caller's has ended.
func tidying(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), tidyPatience)
}

// sizeOf is how many bytes a reader has, or -1 where it does not tell.
func sizeOf(data io.Reader) int64 {
	switch data := data.(type) {
	case interface{ Len() int }:
		return int64(data.Len())
	case *os.File:
		state, err := data.Stat()
		if err != nil || !state.Mode().IsRegular() {
			return -1
		}
		at, err := data.Seek(0, io.SeekCurrent)
		if err != nil {
			return -1
		}
		return max(0, state.Size()-at)
	}
	return -1
}
