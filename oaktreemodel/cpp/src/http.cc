// SPDX-License-Identifier: Apache-2.0

#include "http.h"

#include <algorithm>
#include <cctype>
#include <memory>
#include <mutex>

#include <curl/curl.h>

namespace oaktree {
namespace {

// Seconds: a cloud that can't be reached from here is not waited for, as oaktree can reach it.
constexpr long kConnect = 5;
// Seconds without a byte after which a request is over.
constexpr long kSilence = 60;
// How long a cloud is asked before it is sent a body all the same.
constexpr long kExpectMilliseconds = 5000;

struct Running {
  const HttpRequest& request;
  const Source* source = nullptr;
  const Sink* sink = nullptr;
  long expected = 0;
  CURL* curl = nullptr;
  HttpAnswer answer = {};
};

std::size_t OnHeader(char* data, std::size_t, std::size_t size, void* user) {
  const std::string line(data, size);
  const std::size_t colon = line.find(':');
  if (colon == std::string::npos) return size;
  std::string name = line.substr(0, colon), value = line.substr(colon + 1);
  std::transform(name.begin(), name.end(), name.begin(), [](unsigned char letter) { return std::tolower(letter); });
  value.erase(0, value.find_first_not_of(" \t"));
  value.erase(value.find_last_not_of(" \t\r\n") + 1);
  static_cast<Running*>(user)->answer.headers[name] = value;
  return size;
}

std::size_t OnRead(char* into, std::size_t, std::size_t size, void* user) {
  const std::int64_t count = (*static_cast<Running*>(user)->source)(into, size);
  return count < 0 ? CURL_READFUNC_ABORT : static_cast<std::size_t>(count);
}

std::size_t OnWrite(char* data, std::size_t, std::size_t size, void* user) {
  auto* running = static_cast<Running*>(user);
  long status = 0;
  curl_easy_getinfo(running->curl, CURLINFO_RESPONSE_CODE, &status);
  if (running->sink == nullptr) return size;
  // What is not what was asked for may be long.
  if (status != running->expected) return 0;
  return (*running->sink)(data, size) ? size : 0;
}

int OnProgress(void* user, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  const Cancellation* cancellation = static_cast<Running*>(user)->request.cancellation;
  return cancellation != nullptr && cancellation->cancelled() ? 1 : 0;
}

HttpAnswer Perform(Running& running, std::int64_t size) {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
  const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> curl(curl_easy_init(), curl_easy_cleanup);
  const HttpRequest& request = running.request;
  curl_slist* lines = nullptr;
  for (const auto& [name, value] : request.headers) lines = curl_slist_append(lines, (name + ": " + value).c_str());
  if (running.source != nullptr) lines = curl_slist_append(lines, "Expect: 100-continue");
  const std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> headers(lines, curl_slist_free_all);
  running.curl = curl.get();
  curl_easy_setopt(curl.get(), CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl.get(), CURLOPT_FOLLOWLOCATION, 0L);  // the token is for this place alone
  curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_CONNECTTIMEOUT, kConnect);
  if (running.sink != nullptr) {
    // Not for a body that is sent: the cloud may take its time to store it.
    curl_easy_setopt(curl.get(), CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(curl.get(), CURLOPT_LOW_SPEED_TIME, kSilence);
  }
  curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT_MS, static_cast<long>(request.timeout.count()));
  curl_easy_setopt(curl.get(), CURLOPT_EXPECT_100_TIMEOUT_MS, kExpectMilliseconds);
  curl_easy_setopt(curl.get(), CURLOPT_HEADERFUNCTION, OnHeader);
  curl_easy_setopt(curl.get(), CURLOPT_HEADERDATA, &running);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, OnWrite);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &running);
  curl_easy_setopt(curl.get(), CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(curl.get(), CURLOPT_XFERINFOFUNCTION, OnProgress);
  curl_easy_setopt(curl.get(), CURLOPT_XFERINFODATA, &running);
  if (running.source != nullptr) {
    curl_easy_setopt(curl.get(), CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(curl.get(), CURLOPT_READFUNCTION, OnRead);
    curl_easy_setopt(curl.get(), CURLOPT_READDATA, &running);
    curl_easy_setopt(curl.get(), CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(size));
    curl_easy_setopt(curl.get(), CURLOPT_UPLOAD_BUFFERSIZE, 512L * 1024);
  }
  curl_easy_setopt(curl.get(), CURLOPT_CUSTOMREQUEST, request.method.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_HTTPHEADER, headers.get());
  const CURLcode code = curl_easy_perform(curl.get());
  if (code == CURLE_OK) {
    curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &running.answer.status);
    running.answer.problem = "the cloud answers " + std::to_string(running.answer.status);
  } else {
    running.answer.problem = curl_easy_strerror(code);
  }
  return running.answer;
}

}  // namespace

HttpAnswer Send(const HttpRequest& request, std::int64_t size, const Source& source) {
  Running running{request};
  running.source = &source;
  return Perform(running, size);
}

HttpAnswer Fetch(const HttpRequest& request, long expected, const Sink& sink) {
  Running running{request};
  running.sink = &sink;
  running.expected = expected;
  return Perform(running, 0);
}

}  // namespace oaktree
