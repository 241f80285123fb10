// SPDX-License-Identifier: Apache-2.0
//
// What a call has come to: what was asked for, or an error. Nothing here throws.

#ifndef OAKTREE_RESULT_H
#define OAKTREE_RESULT_H

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include <grpcpp/support/status.h>

namespace oaktree {

// How a call failed. Program against `code` and `reason`; show the text to people.
struct Error {
  grpc::StatusCode code = grpc::StatusCode::UNKNOWN;
  // A stable word, such as MULTIPLE_MATCHES; empty where the error did not come from an oaktree but from the way to it: no
  // server there, or your own deadline.
  std::string reason;
  // One sentence for a person.
  std::string message;
  // Where it happened, if it was in one place.
  std::string cloud, region;
  // How long to wait before it makes sense to try again; zero where the server does not say.
  std::chrono::milliseconds retry_delay{0};
  // What the server's log has the call under; empty where the server was not reached.
  std::string request_id;
  // More for programs, such as http_status, candidates, or the server_id of what was made.
  std::map<std::string, std::string> metadata;

  // The code, the reason if there is one, and the message.
  std::string Text() const;
};

// The error of a status that is not OK; `request_id` is the x-request-id of its trailers.
Error ErrorOf(const grpc::Status& status, std::string request_id = "");

// A T, or the error because of which there is none.
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : held_(std::move(value)) {}
  Result(Error error) : held_(std::move(error)) {}

  bool ok() const { return held_.index() == 0; }
  explicit operator bool() const { return ok(); }

  // Only where it is ok.
  T& operator*() { return *std::get_if<T>(&held_); }
  const T& operator*() const { return *std::get_if<T>(&held_); }
  T* operator->() { return std::get_if<T>(&held_); }
  const T* operator->() const { return std::get_if<T>(&held_); }

  // Only where it is not.
  const Error& error() const { return *std::get_if<Error>(&held_); }

 private:
  std::variant<T, Error> held_;
};

// Done, or an error.
template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}

  bool ok() const { return !error_; }
  explicit operator bool() const { return ok(); }
  const Error& error() const { return *error_; }

 private:
  std::optional<Error> error_;
};

}  // namespace oaktree

#endif  // OAKTREE_RESULT_H
