// SPDX-License-Identifier: Apache-2.0
//
// Signing in: tokens are had when they are first needed, renewed before their end, and shown by every call.

#ifndef OAKTREE_SRC_TOKENS_H
#define OAKTREE_SRC_TOKENS_H

#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "oaktree/client.h"

namespace oaktree {

// The tokens of one client, whichever thread calls.
class Tokens {
 public:
  using Clock = std::chrono::system_clock;

  // `plain` is a channel that shows no tokens.
  Tokens(const std::shared_ptr<grpc::Channel>& plain, std::map<std::string, Application> applications);

  // Has a token for each cloud, but for those that are away. Fails where a credential is refused, or no cloud at all can be
  // signed in to.
  Result<void> Ready();

  // What a call shows.
  std::vector<std::pair<std::string, std::string>> Metadata();

  // Shows those no more that were had before `moment`.
  void Drop(Clock::time_point moment);

 private:
  // What is known for one cloud.
  struct One {
    std::string text;
    Clock::time_point made, ends, due;  // `due` is when another is to be had
    std::optional<Error> failure;       // why there is none
  };

  bool Due(Clock::time_point now, bool* needed) const;
  std::optional<Error> Renew(std::unique_lock<std::mutex>& lock);
  Result<v1::CreateTokenResponse> SignIn(const std::string& cloud, const Application& application);

  const std::unique_ptr<Token> service_;
  const std::map<std::string, Application> applications_;
  std::mutex mutex_;
  std::condition_variable renewed_;
  bool renewing_ = false;
  std::map<std::string, One> known_;
};

// Has gRPC show them with every call of a channel, those of the stubs too.
std::shared_ptr<grpc::CallCredentials> CallCredentialsOf(std::shared_ptr<Tokens> tokens);

// Whether a call has failed for its token, and another may do.
bool Renewable(const Error& error);

}  // namespace oaktree

#endif  // OAKTREE_SRC_TOKENS_H
