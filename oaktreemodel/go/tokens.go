// SPDX-License-Identifier: Apache-2.0

package oaktree

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	pb "opendev.org/x/oaktree/oaktreemodel/go/oaktree/v1"
)

const (
	// early is how long before its end a token is renewed, or a quarter of its life if that is less.
	early = 120 * time.Second
	// signInPatience is how long signing in to a cloud may take.
	signInPatience = 10 * time.Second
	// signInPause is how long it is left alone where it failed.
	signInPause = 5 * time.Second
)

// token is what is known for one cloud.
type token struct {
	text      string
	ends, due time.Time // when it is of no use any more, and when another is to be had
	failure   error     // why there is none
}

// tokens are those of one client, whichever goroutine calls.
type tokens struct {
	service      pb.TokenServiceClient
	applications map[string]Application

	mu      sync.Mutex
	known   map[string]*token
	renewal *renewal // under way, or nil
}

// renewal is one round of signing in, which who has no token waits for.
type renewal struct {
	done    chan struct{}
	refused error
}

func newTokens(applications map[string]Application) *tokens {
	t := &tokens{applications: applications, known: map[string]*token{}}
	for cloud := range applications {
		t.known[cloud] = &token{}
	}
	return t
}

// Format shows nothing of the tokens.
func (t *tokens) Format(state fmt.State, _ rune) {
	fmt.Fprintf(state, "{tokens of %d clouds}", len(t.applications))
}

// signed returns a context whose calls show a token for each cloud, but for those that are away.
//
// It fails where a credential is refused, or no cloud at all can be signed in to.
func (t *tokens) signed(ctx context.Context) (context.Context, error) {
	// Twice, for the round that is under way may have begun before a token was dropped.
	for range 2 {
		current, wait := t.renew()
		if !wait {
			break
		}
		select {
		case <-current.done:
			if current.refused != nil {
				return nil, current.refused
			}
		case <-ctx.Done():
			return nil, asError(ctx.Err(), nil)
		}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	var shown []string
	var failure error
	now := time.Now()
	for cloud, one := range t.known {
		if now.Before(one.ends) {
			shown = append(shown, "oaktree-token-"+strings.ToLower(cloud), "Bearer "+one.text)
			if len(t.known) == 1 {
				shown = append(shown, "authorization", "Bearer "+one.text)
			}
		} else if one.failure != nil {
			failure = one.failure
		}
	}
	if len(shown) == 0 && failure != nil {
		return nil, failure
	}
	return metadata.AppendToOutgoingContext(ctx, shown...), nil
}

// drop has the tokens that a call has shown not be shown any more.
func (t *tokens) drop(ctx context.Context) {
	sent, _ := metadata.FromOutgoingContext(ctx)
	t.mu.Lock()
	defer t.mu.Unlock()
	for cloud, one := range t.known {
		for _, value := range sent.Get("oaktree-token-" + strings.ToLower(cloud)) {
			if value == "Bearer "+one.text {
				one.ends, one.due = time.Time{}, time.Time{}
			}
		}
	}
}

// renew begins to sign in where that is due, and tells whether the caller is to wait for it: not while there is an old
// token, or the cloud is away.
func (t *tokens) renew() (*renewal, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := time.Now()
	var due []string
	wait := false
	for cloud, one := range t.known {
		if !now.Before(one.due) {
			due = append(due, cloud)
			wait = wait || !now.Before(one.ends)
		}
	}
	if len(due) == 0 {
		return nil, false
	}
	if t.renewal == nil {
		t.renewal = &renewal{done: make(chan struct{})}
		go t.signInAll(t.renewal, due)
	}
	return t.renewal, wait
}

// signInAll signs in to these clouds, at once.
func (t *tokens) signInAll(current *renewal, clouds []string) {
	var all sync.WaitGroup
	refused := make([]error, len(clouds))
	for i, cloud := range clouds {
		all.Add(1)
		go func() {
			defer all.Done()
			refused[i] = t.signIn(cloud)
		}()
	}
	all.Wait()
	t.mu.Lock()
	defer t.mu.Unlock()
	current.refused = cmp.Or(refused...)
	t.renewal = nil
	close(current.done)
}

// signIn gets the token of one cloud, and returns an error where that was refused, and there is no older one.
func (t *tokens) signIn(cloud string) error {
	// Not the caller's context: others wait for it, too.
	ctx, cancel := context.WithTimeout(context.Background(), signInPatience)
	defer cancel()
	one := t.applications[cloud]
	made, err := t.service.CreateToken(ctx, &pb.CreateTokenRequest{
		Location: &pb.Location{Cloud: cloud}, ClientId: one.ClientID, ClientSecret: one.ClientSecret,
	})
	t.mu.Lock()
	defer t.mu.Unlock()
	known, now := t.known[cloud], time.Now()
	known.failure = err
	if err != nil {
		known.due = now.Add(signInPause)
		away := status.Code(err) == codes.Unavailable || status.Code(err) == codes.DeadlineExceeded
		if away || now.Before(known.ends) {
			return nil
		}
		return err
	}
	known.text, known.ends = made.AccessToken, made.ExpireTime.AsTime()
	known.due = known.ends.Add(-min(early, known.ends.Sub(now)/4))
	return nil
}
