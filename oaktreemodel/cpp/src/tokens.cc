// SPDX-License-Identifier: Apache-2.0

#include "tokens.h"

#include <algorithm>
#include <cctype>

#include <grpcpp/security/credentials.h>

namespace oaktree {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// How long before its end a token is renewed, or a quarter of its life if that is less.
constexpr seconds kEarly{120};
// How long signing in to a cloud may take.
constexpr seconds kPatience{10};
// How long it is left alone where it failed.
constexpr seconds kPause{5};

bool Away(const Error& error) {
  return error.code == grpc::StatusCode::UNAVAILABLE || error.code == grpc::StatusCode::DEADLINE_EXCEEDED;
}

class Plugin final : public grpc::MetadataCredentialsPlugin {
 public:
  explicit Plugin(std::shared_ptr<Tokens> tokens) : tokens_(std::move(tokens)) {}

  bool IsBlocking() const override { return true; }

  grpc::Status GetMetadata(grpc::string_ref, grpc::string_ref method, const grpc::AuthContext&,
                           std::multimap<grpc::string, grpc::string>* metadata) override {
    if (method.ends_with("CreateToken")) return grpc::Status::OK;
    if (Result<void> ready = tokens_->Ready(); !ready) return {ready.error().code, ready.error().message};
    for (auto& [key, value] : tokens_->Metadata()) metadata->emplace(key, value);
    return grpc::Status::OK;
  }

  // Not with what it shows.
  grpc::string DebugString() override { return "oaktree tokens"; }

 private:
  const std::shared_ptr<Tokens> tokens_;
};

}  // namespace

Tokens::Tokens(const std::shared_ptr<grpc::Channel>& plain, std::map<std::string, Application> applications)
    : service_(v1::TokenService::NewStub(plain)), applications_(std::move(applications)) {
  for (const auto& [cloud, application] : applications_) known_[cloud];
}

Result<void> Tokens::Ready() {
  std::unique_lock<std::mutex> lock(mutex_);
  bool needed = false;
  // Twice, for the round that is under way may have begun before a token was dropped.
  for (int round = 0; round < 2 && Due(Clock::now(), &needed); ++round) {
    if (!renewing_) {
      if (std::optional<Error> refused = Renew(lock)) return *refused;
    } else if (needed) {
      // Somebody else is about to have it.
      renewed_.wait(lock);
    } else {
      break;  // there is an old one, or the cloud is away
    }
  }
  std::optional<Error> failure;
  for (const auto& [cloud, one] : known_) {
    if (Clock::now() < one.ends) return {};
    if (one.failure) failure = one.failure;
  }
  if (failure) return *failure;
  return {};
}

std::vector<std::pair<std::string, std::string>> Tokens::Metadata() {
  std::lock_guard<std::mutex> lock(mutex_);
  std::vector<std::pair<std::string, std::string>> shown;
  for (const auto& [cloud, one] : known_) {
    if (Clock::now() >= one.ends) continue;
    std::string key = "oaktree-token-" + cloud;
    std::transform(key.begin(), key.end(), key.begin(), [](unsigned char letter) { return std::tolower(letter); });
    shown.emplace_back(key, "Bearer " + one.text);
    if (known_.size() == 1) shown.emplace_back("authorization", "Bearer " + one.text);
  }
  return shown;
}

void Tokens::Drop(Clock::time_point moment) {
  std::lock_guard<std::mutex> lock(mutex_);
  for (auto& [cloud, one] : known_) {
    if (one.made < moment) one.ends = one.due = {};
  }
}

// Whether any is to be had, and whether somebody must wait for it.
bool Tokens::Due(Clock::time_point now, bool* needed) const {
  bool due = false;
  *needed = false;
  for (const auto& [cloud, one] : known_) {
    due = due || now >= one.due;
    *needed = *needed || (now >= one.due && now >= one.ends && !one.failure);
  }
  return due;
}

// Signs in where that is due; returns why a credential was refused, where there is no older token.
std::optional<Error> Tokens::Renew(std::unique_lock<std::mutex>& lock) {
  renewing_ = true;
  std::optional<Error> refused;
  for (const auto& [cloud, application] : applications_) {
    One& one = known_[cloud];
    if (Clock::now() < one.due) continue;
    lock.unlock();
    Result<v1::CreateTokenResponse> made = SignIn(cloud, application);
    lock.lock();
    const Clock::time_point now = Clock::now();
    if (made) {
      one.text = made->access_token();
      one.made = now;
      one.ends = Clock::time_point(seconds(made->expire_time().seconds()));
      // Not at once again where our clock is wrong.
      one.due = std::max<Clock::time_point>(one.ends - std::min<Clock::duration>(kEarly, (one.ends - now) / 4), now + kPause);
      one.failure.reset();
    } else {
      one.due = now + kPause;
      one.failure = made.error();
      if (!Away(made.error()) && now >= one.ends) refused = made.error();
    }
  }
  renewing_ = false;
  renewed_.notify_all();
  return refused;
}

Result<v1::CreateTokenResponse> Tokens::SignIn(const std::string& cloud, const Application& application) {
  v1::CreateTokenRequest request;
  request.mutable_location()->set_cloud(cloud);
  request.set_client_id(application.client_id);
  request.set_client_secret(application.client_secret);
  grpc::ClientContext context;
  context.set_deadline(Clock::now() + kPatience);
  v1::CreateTokenResponse response;
  if (grpc::Status status = service_->CreateToken(&context, request, &response); !status.ok()) return ErrorOf(status);
  return response;
}

std::shared_ptr<grpc::CallCredentials> CallCredentialsOf(std::shared_ptr<Tokens> tokens) {
  return grpc::MetadataCredentialsFromPlugin(std::make_unique<Plugin>(std::move(tokens)));
}

bool Renewable(const Error& error) {
  return error.code == grpc::StatusCode::UNAUTHENTICATED &&
         (error.reason == "TOKEN_EXPIRED" || error.reason == "TOKEN_REFUSED");
}

}  // namespace oaktree
