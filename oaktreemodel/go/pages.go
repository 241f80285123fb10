// SPDX-License-Identifier: Apache-2.0

package oaktree

import (
	"context"
	"iter"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// Pages calls a List method with request, and again for every page that follows; request stays as it is. A page names the
// places that it could not read; to have just what is listed, there are [Client.Servers] and the like.
//
//	for page, err := range oaktree.Pages(ctx, client.Compute.ListServers, &oaktreev1.ListServersRequest{}) {
//
// After an error there is nothing more.
func Pages[Request proto.Message, Response interface{ GetNextPageToken() string }](
	ctx context.Context,
	list func(context.Context, Request, ...grpc.CallOption) (Response, error),
	request Request,
) iter.Seq2[Response, error] {
	return func(yield func(Response, error) bool) {
		following := proto.Clone(request).(Request)
		token := following.ProtoReflect().Descriptor().Fields().ByName("page_token")
		for {
			page, err := list(ctx, following)
			if !yield(page, err) || err != nil || page.GetNextPageToken() == "" {
				return
			}
			following.ProtoReflect().Set(token, protoreflect.ValueOfString(page.GetNextPageToken()))
		}
	}
}

// each has the things of all pages, one by one.
func each[Request proto.Message, Response interface{ GetNextPageToken() string }, Item any](
	ctx context.Context,
	list func(context.Context, Request, ...grpc.CallOption) (Response, error),
	request Request,
	items func(Response) []Item,
) iter.Seq2[Item, error] {
	return func(yield func(Item, error) bool) {
		for page, err := range Pages(ctx, list, request) {
			if err != nil {
				var none Item
				yield(none, err)
				return
			}
			for _, item := range items(page) {
				if !yield(item, nil) {
					return
				}
			}
		}
	}
}
