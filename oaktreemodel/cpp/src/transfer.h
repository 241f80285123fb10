// SPDX-License-Identifier: Apache-2.0
//
// What transfers have in common, up and down.

#ifndef OAKTREE_SRC_TRANSFER_H
#define OAKTREE_SRC_TRANSFER_H

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <istream>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include <openssl/evp.h>

#include "http.h"
#include "oaktree/transfer.h"

namespace oaktree {

// Bytes of a message, and of what is counted at a time.
constexpr std::size_t kChunk = 1 << 20;
// How long it may take to look, or to delete, behind a transfer that failed.
constexpr std::chrono::seconds kTidy{30};

// The counts and sums of one transfer.
class Transfer {
 public:
  Transfer(const Client& client, const TransferOptions& options);

  // Has these kinds of sum made of all bytes that follow; those that nobody knows are passed over.
  void Sum(const std::string& name);
  // A sum of all bytes so far, in hex; empty where it was not made.
  std::string Hex(const std::string& name) const;
  // Holds a sum that was told against ours; one that is empty, or of a kind that was not made, says nothing.
  Result<void> Check(const std::string& name, const std::string& told, const std::string& what) const;

  // Counts and sums bytes that have passed.
  void Add(const char* data, std::size_t size);
  // Tells the last of the progress, unless it was told.
  void Finish();
  // How far it came, for an error.
  std::string Far() const;

  // Prepares the context of a stream; the guard is to be kept as long.
  std::shared_ptr<void> Begin(grpc::ClientContext& context) const;
  // For the calls and requests beside.
  CallOptions Beside() const;
  std::chrono::milliseconds Left() const;
  bool Cancelled() const;
  HttpRequest Prepared(HttpRequest request) const;

  const Client& client;
  const TransferOptions& options;
  std::int64_t done = 0;
  std::int64_t total = -1;

 private:
  using Digest = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;

  const std::chrono::system_clock::time_point deadline_;
  std::int64_t told_ = 0;
  std::map<std::string, Digest> sums_;
};

// Reads what is left of a stream, chunk by chunk, for gRPC or for HTTP.
class Data {
 public:
  explicit Data(std::istream& from) : from_(from) {}

  std::int64_t Read(char* into, std::size_t size);
  bool begun() const { return begun_; }
  bool broken() const { return from_.bad(); }

 private:
  std::istream& from_;
  bool begun_ = false;
};

// How many bytes a stream has, or -1 where it can't be sought in.
std::int64_t SizeOf(std::istream& data);

// An error of our own.
Error Problem(grpc::StatusCode code, const std::string& reason, const std::string& message);
// The same with words before its message.
Error Told(Error error, const std::string& before);

// A random (version 4) UUID of RFC 9562.
std::string NewUuid();

// Where something is, without what it alone has.
v1::Location PlaceOf(const v1::Location& location);

}  // namespace oaktree

#endif  // OAKTREE_SRC_TRANSFER_H
