// SPDX-License-Identifier: Apache-2.0

#include "transfer.h"

#include <strings.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <random>

namespace oaktree {
namespace {

using std::chrono::milliseconds;
using std::chrono::system_clock;

// What the server gives a transfer without a deadline.
constexpr std::chrono::hours kUsual{24};

std::string Mebibytes(std::int64_t count) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f MiB", static_cast<double>(count) / (1 << 20));
  return text;
}

const EVP_MD* Kind(const std::string& name) {
  if (name == "md5") return EVP_md5();
  if (name == "sha256") return EVP_sha256();
  if (name == "sha512") return EVP_sha512();
  return nullptr;
}

}  // namespace

Transfer::Transfer(const Client& of, const TransferOptions& given)
    : client(of),
      options(given),
      deadline_(system_clock::now() + (given.timeout.count() > 0 ? given.timeout : milliseconds(kUsual))) {}

void Transfer::Sum(const std::string& name) {
  const EVP_MD* kind = Kind(name);
  if (kind == nullptr || sums_.count(name) > 0) return;
  Digest digest(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  EVP_DigestInit_ex(digest.get(), kind, nullptr);
  sums_.emplace(name, std::move(digest));
}

std::string Transfer::Hex(const std::string& name) const {
  const auto found = sums_.find(name);
  if (found == sums_.end()) return "";
  // More may follow.
  const Digest copy(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  EVP_MD_CTX_copy_ex(copy.get(), found->second.get());
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  unsigned int size = 0;
  EVP_DigestFinal_ex(copy.get(), bytes.data(), &size);
  std::string text;
  for (unsigned int i = 0; i < size; ++i) {
    char pair[3];
    std::snprintf(pair, sizeof pair, "%02x", bytes[i]);
    text += pair;
  }
  return text;
}

Result<void> Transfer::Check(const std::string& name, const std::string& told, const std::string& what) const {
  const std::string ours = Hex(name);
  if (told.empty() || ours.empty() || strcasecmp(told.c_str(), ours.c_str()) == 0) return {};
  return Problem(grpc::StatusCode::DATA_LOSS, "CHECKSUM_MISMATCH",
                 what + " is not what was sent, by its " + name + ": " + ours + ", not " + told + ". Try again.");
}

void Transfer::Add(const char* data, std::size_t size) {
  for (const auto& [name, digest] : sums_) EVP_DigestUpdate(digest.get(), data, size);
  done += static_cast<std::int64_t>(size);
  if (done - told_ >= static_cast<std::int64_t>(kChunk)) {
    told_ = done;
    if (options.progress) options.progress(done, total);
  }
}

void Transfer::Finish() {
  if ((told_ != done || done == 0) && options.progress) options.progress(done, total);
  told_ = done;
}

std::string Transfer::Far() const {
  return "after " + Mebibytes(done) + (total < 0 ? "" : " of " + Mebibytes(total));
}

std::shared_ptr<void> Transfer::Begin(grpc::ClientContext& context) const {
  context.set_deadline(deadline_);
  return options.cancellation ? options.cancellation->Guard(context) : nullptr;
}

CallOptions Transfer::Beside() const { return {Left(), options.cancellation}; }

milliseconds Transfer::Left() const {
  return std::max(milliseconds(1), std::chrono::duration_cast<milliseconds>(deadline_ - system_clock::now()));
}

bool Transfer::Cancelled() const {
  return (options.cancellation && options.cancellation->cancelled()) || system_clock::now() >= deadline_;
}

HttpRequest Transfer::Prepared(HttpRequest request) const {
  request.timeout = Left();
  request.cancellation = options.cancellation;
  return request;
}

std::int64_t Data::Read(char* into, std::size_t size) {
  begun_ = true;
  from_.read(into, static_cast<std::streamsize>(size));
  return from_.bad() ? -1 : static_cast<std::int64_t>(from_.gcount());
}

std::int64_t SizeOf(std::istream& data) {
  const std::istream::pos_type at = data.tellg();
  if (at == std::istream::pos_type(-1)) {
    data.clear();
    return -1;
  }
  data.seekg(0, std::ios::end);
  const std::istream::pos_type end = data.tellg();
  data.clear();
  data.seekg(at);
  return end == std::istream::pos_type(-1) ? -1 : static_cast<std::int64_t>(end - at);
}

Error Problem(grpc::StatusCode code, const std::string& reason, const std::string& message) {
  Error error;
  error.code = code;
  error.reason = reason;
  error.message = message;
  return error;
}

Error Told(Error error, const std::string& before) {
  error.message = before + ": " + error.message;
  return error;
}

std::string NewUuid() {
  std::random_device device;
  unsigned word[4] = {device(), device(), device(), device()};
  word[1] = (word[1] & 0xffff0fffU) | 0x4000U;
  word[2] = (word[2] & 0x3fffffffU) | 0x80000000U;
  char text[37];
  std::snprintf(text, sizeof text, "%08x-%04x-%04x-%04x-%04x%08x", word[0], word[1] >> 16, word[1] & 0xffffU, word[2] >> 16,
                word[2] & 0xffffU, word[3]);
  return text;
}

v1::Location PlaceOf(const v1::Location& location) {
  v1::Location place;
  place.set_cloud(location.cloud());
  place.set_region(location.region());
  return place;
}

}  // namespace oaktree
