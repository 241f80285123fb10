// SPDX-License-Identifier: Apache-2.0
//
// Requests that go to a cloud itself, as oaktree tells them.

#ifndef OAKTREE_SRC_HTTP_H
#define OAKTREE_SRC_HTTP_H

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "oaktree/client.h"

namespace oaktree {

struct HttpRequest {
  std::string method, url;
  std::map<std::string, std::string> headers;
  std::chrono::milliseconds timeout{0};
  Cancellation* cancellation = nullptr;
};

struct HttpAnswer {
  long status = 0;                             // 0: there was none
  std::map<std::string, std::string> headers;  // in small letters
  std::string problem;                         // without the URL, which may be signed
};

// Fills a buffer; returns how much, 0 at the end, -1 where there is no more to be had.
using Source = std::function<std::int64_t(char* into, std::size_t size)>;
// Takes bytes; returns whether it wants more.
using Sink = std::function<bool(const char* data, std::size_t size)>;

// A request of `message`, a CreateObjectUploadUrlResponse or the like.
template <class Message>
HttpRequest RequestOf(const Message& message) {
  HttpRequest request{message.method(), message.url(), {}, {}, nullptr};
  request.headers.insert(message.headers().begin(), message.headers().end());
  return request;
}

// Makes a request with a body of `size` bytes, or -1 where that is not known. It is asked for before it is sent, so that a cloud
// that refuses has not read any.
HttpAnswer Send(const HttpRequest& request, std::int64_t size, const Source& source);

// Makes a request, and has `sink` take the body where the status is `expected`.
HttpAnswer Fetch(const HttpRequest& request, long expected, const Sink& sink);

}  // namespace oaktree

#endif  // OAKTREE_SRC_HTTP_H
