// SPDX-License-Identifier: Apache-2.0

package oaktree

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"
)

// cloudHTTP makes the requests that go to a cloud itself.
var cloudHTTP = &http.Client{
	Transport: &http.Transport{
		Proxy: http.ProxyFromEnvironment,
		// A cloud that can't be reached from here is not waited for: oaktree can reach it.
		DialContext:           (&net.Dialer{Timeout: 5 * time.Second}).DialContext,
		TLSHandshakeTimeout:   10 * time.Second,
		ExpectContinueTimeout: 5 * time.Second,
		DisableCompression:    true,
		ForceAttemptHTTP2:     true,
	},
	// The token is for this place alone.
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// told is an HTTP request as oaktree tells it.
type told interface {
	GetMethod() string
	GetUrl() string
	GetHeaders() map[string]string
}

func newRequest(ctx context.Context, what told, body io.Reader) (*http.Request, error) {
	request, err := http.NewRequestWithContext(ctx, what.GetMethod(), what.GetUrl(), body)
	if err != nil {
		return nil, errors.New("oaktree tells a URL that is none")
	}
	for name, value := range what.GetHeaders() {
		request.Header.Set(name, value)
	}
	return request, nil
}

// send makes a request that has a body. It is asked for before it is sent, so that a cloud that refuses has not read any.
func send(request *http.Request, body *body) (http.Header, error) {
	request.Header.Set("Expect", "100-continue")
	response, err := cloudHTTP.Do(request)
	body.Close() // the transport may still read
	if err != nil {
		return nil, withoutURL(err)
	}
	defer response.Body.Close()
	if response.StatusCode/100 != 2 {
		return nil, fmt.Errorf("the cloud answers %s", response.Status)
	}
	return response.Header, nil
}

// withoutURL is an error of HTTP without the URL, which may be signed.
func withoutURL(err error) error {
	var known *url.Error
	if errors.As(err, &known) {
		return known.Err
	}
	return err
}

// body is data that is read for an HTTP request. It knows whether any was, and is read no more once it is closed.
type body struct {
	mu       sync.Mutex
	transfer *transfer
	data     io.Reader
	begun    bool
	closed   bool
	err      error // of the data, which HTTP would hide
}

func (b *body) Read(into []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return 0, net.ErrClosed
	}
	b.begun = true
	n, err := b.data.Read(into)
	b.transfer.add(into[:n])
	if err != nil && err != io.EOF {
		b.err = err
	}
	return n, err
}

func (b *body) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
	return nil
}
