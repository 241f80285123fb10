// SPDX-License-Identifier: Apache-2.0

#include "oaktree/client.h"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/duration.pb.h>
#include <grpcpp/security/credentials.h>

#include "tokens.h"

namespace oaktree {
namespace {

namespace proto = google::protobuf;
using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::system_clock;

// What the server gives a call without a deadline, beside its wait; and some for the way.
constexpr seconds kUsual{65};
// How long a server that stops is left alone: the calls of its last moment are cancelled, not refused.
constexpr seconds kStopPause{1};

std::string Environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

bool Exists(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::exists(path, ignored);
}

bool IsSocket(const std::string& target) { return target.rfind("unix:", 0) == 0; }

// The calls that change nothing, as the service config names them.
std::string Reads() {
  const proto::FileDescriptor* files[] = {
      v1::ListVolumesRequest::descriptor()->file(),
      v1::ListCloudsRequest::descriptor()->file(),
      v1::ListServersRequest::descriptor()->file(),
      v1::ListApplicationCredentialsRequest::descriptor()->file(),
      v1::ListImagesRequest::descriptor()->file(),
      v1::ListLoadBalancersRequest::descriptor()->file(),
      v1::ListNetworksRequest::descriptor()->file(),
      v1::ListContainersRequest::descriptor()->file(),
      v1::GetCallerRequest::descriptor()->file(),
      v1::WatchRequest::descriptor()->file(),
  };
  std::string names;
  for (const proto::FileDescriptor* file : files) {
    const proto::ServiceDescriptor* service = file->service(0);
    for (int i = 0; i < service->method_count(); ++i) {
      const proto::MethodDescriptor* method = service->method(i);
      if (method->options().idempotency_level() != proto::MethodOptions::NO_SIDE_EFFECTS) continue;
      if (!names.empty()) names += ",";
      names += R"({"service":")" + std::string(service->full_name()) + R"(","method":")" + std::string(method->name()) + R"("})";
    }
  }
  return names;
}

// Reads are tried again, and only reads. A server that restarts is back within a second: three more tries, over two seconds.
// One that has ended its grace cancels what is under way; a call that we cancel is not tried again. What throttles retries is one
// for all channels of a process to a server.
std::string ServiceConfig() {
  return R"({"methodConfig":[{"name":[)" + Reads() + R"(],"retryPolicy":{"maxAttempts":4,"initialBackoff":"0.1s",)" +
         R"("maxBackoff":"20s","backoffMultiplier":4,"retryableStatusCodes":["UNAVAILABLE","CANCELLED"]}}],)" +
         R"("retryThrottling":{"maxTokens":1000,"tokenRatio":0.1}})";
}

grpc::ChannelArguments Usual(grpc::ChannelArguments arguments, bool plain) {
  arguments.SetServiceConfigJSON(ServiceConfig());
  // Or the retries would all find the channel still backing off.
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 5000);
  // A call may wait minutes for a server: pings tell a slow answer from a dead connection.
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 60000);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 20000);
  arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  if (plain) arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);  // plain text is local, whatever http_proxy says
  return arguments;
}

// The `wait` of a request that has one.
milliseconds WaitOf(const proto::Message& request) {
  const proto::FieldDescriptor* field = request.GetDescriptor()->FindFieldByName("wait");
  if (field == nullptr || field->message_type() != proto::Duration::descriptor()) return milliseconds(0);
  const auto& wait = static_cast<const proto::Duration&>(request.GetReflection()->GetMessage(request, field));
  return milliseconds(std::clamp<std::int64_t>(wait.seconds(), 0, 1 << 20) * 1000 + wait.nanos() / 1000000);
}

std::string RequestId(const grpc::ClientContext& context) {
  const auto& trailers = context.GetServerTrailingMetadata();
  const auto found = trailers.find("x-request-id");
  return found == trailers.end() ? "" : std::string(found->second.data(), found->second.size());
}

bool Lost(const Error& error, const Cancellation* cancellation) {
  return error.code == grpc::StatusCode::UNAVAILABLE ||
         (error.code == grpc::StatusCode::CANCELLED && !(cancellation && cancellation->cancelled()));
}

}  // namespace

// What every call of a client goes through.
struct Client::Shared {
  std::shared_ptr<Tokens> tokens;  // none where no call shows one
  bool secret = false;
  std::atomic<bool> met{false};  // whether there was a server: then one that restarts is waited for
};

Client::Client(std::shared_ptr<grpc::Channel> connection, std::shared_ptr<Shared> shared)
    : channel(std::move(connection)),
      block_storage(v1::BlockStorageService::NewStub(channel)),
      clouds(v1::CloudService::NewStub(channel)),
      compute(v1::ComputeService::NewStub(channel)),
      identity(v1::IdentityService::NewStub(channel)),
      image(v1::ImageService::NewStub(channel)),
      load_balancer(v1::LoadBalancerService::NewStub(channel)),
      network(v1::NetworkService::NewStub(channel)),
      object_store(v1::ObjectStoreService::NewStub(channel)),
      token(v1::TokenService::NewStub(channel)),
      watch(v1::WatchService::NewStub(channel)),
      shared_(std::move(shared)) {}

bool Client::secret() const { return shared_->secret; }

Result<system_clock::time_point> Client::SignedIn() const {
  if (shared_->tokens) {
    if (Result<void> ready = shared_->tokens->Ready(); !ready) return ready.error();
  }
  return system_clock::now();
}

Error Client::Failed(const grpc::Status& status, const grpc::ClientContext& context, system_clock::time_point begun) const {
  Error error = ErrorOf(status, RequestId(context));
  if (!error.request_id.empty()) shared_->met = true;
  if (shared_->tokens && Renewable(error)) shared_->tokens->Drop(begun);
  return error;
}

Result<void> Client::Make(const proto::Message& request, const CallOptions& options,
                          const std::function<grpc::Status(grpc::ClientContext*)>& call) const {
  const auto deadline = system_clock::now() + (options.timeout.count() > 0 ? options.timeout : kUsual + WaitOf(request));
  const bool signs_in = request.GetDescriptor() == v1::CreateTokenRequest::descriptor();
  for (bool renewed = false;;) {
    Result<system_clock::time_point> begun = signs_in ? system_clock::now() : SignedIn();
    if (!begun) return begun.error();
    grpc::ClientContext context;
    context.set_deadline(deadline);
    // A server that was never there is an error; one that was is waited for.
    context.set_wait_for_ready(shared_->met);
    std::shared_ptr<void> guard = options.cancellation ? options.cancellation->Guard(context) : nullptr;
    const grpc::Status status = call(&context);
    if (status.ok()) {
      shared_->met = true;
      return {};
    }
    Error error = Failed(status, context, *begun);
    const bool stops = error.reason == "OAKTREE_STOPS" && system_clock::now() + kStopPause < deadline;
    if (shared_->tokens && Renewable(error) && !renewed) {
      renewed = true;
    } else if (stops && !(options.cancellation && options.cancellation->cancelled())) {
      std::this_thread::sleep_for(kStopPause);
    } else {
      return error;
    }
  }
}

Result<void> Client::Follow(std::vector<v1::WatchSubscription> subscriptions,
                            const std::function<bool(const v1::WatchResponse&)>& use, Cancellation* cancellation) const {
  for (bool met = false; !subscriptions.empty();) {
    Result<system_clock::time_point> begun = SignedIn();
    if (!begun) return begun.error();
    grpc::ClientContext context;
    // A server that was never there is an error, as for every other call; one that was is waited for.
    context.set_wait_for_ready(met);
    std::shared_ptr<void> guard = cancellation ? cancellation->Guard(context) : nullptr;
    auto stream = watch->Watch(&context);
    v1::WatchRequest request;
    for (const v1::WatchSubscription& one : subscriptions) {
      *request.mutable_subscribe() = one;
      if (!stream->Write(request)) break;  // Finish says why
    }
    stream->WritesDone();
    v1::WatchResponse response;
    while (stream->Read(&response)) {
      met = true;
      const auto mine = std::find_if(subscriptions.begin(), subscriptions.end(), [&response](const auto& one) {
        return one.watch_id() == response.watch_id();
      });
      if (mine != subscriptions.end() && !response.resume_token().empty()) mine->set_resume_token(response.resume_token());
      if (mine != subscriptions.end() && response.has_ended()) subscriptions.erase(mine);
      if (!use(response)) {
        context.TryCancel();
        stream->Finish();
        return {};
      }
    }
    const grpc::Status status = stream->Finish();
    if (status.ok()) continue;
    const Error error = Failed(status, context, *begun);
    if (met && Renewable(error)) continue;  // where it was, with the next token
    if (!met || !Lost(error, cancellation)) return error;
    std::this_thread::sleep_for(kStopPause);
  }
  return {};
}

Result<std::string> DefaultTarget() {
  if (std::string target = Environment("OAKTREE_TARGET"); !target.empty()) return target;
  if (Exists(DefaultCredentialsPath())) {
    Result<Credentials> known = LoadCredentials();
    if (!known) return known.error();
    return known->endpoint;
  }
  std::string folder = Environment("XDG_RUNTIME_DIR");
  if (folder.empty()) folder = Environment("HOME") + "/.local/state";
  const std::string socket = folder + "/oaktree/oaktree.sock";
  return Exists(socket) ? "unix:" + socket : std::string("127.0.0.1:50051");
}

Result<Client> Connect(ConnectOptions options) {
  if (options.target.empty() && options.credentials) options.target = options.credentials->endpoint;
  if (options.target.empty()) {
    Result<std::string> target = DefaultTarget();
    if (!target) return target.error();
    options.target = *target;
  }
  if (!options.credentials && !IsSocket(options.target) && Exists(DefaultCredentialsPath())) {
    Result<Credentials> known = LoadCredentials();
    if (!known) return known.error();
    if (known->endpoint == options.target) options.credentials = *known;
  }
  auto shared = std::make_shared<Client::Shared>();
  shared->secret = options.credentials || options.transport || IsSocket(options.target);
  const grpc::ChannelArguments arguments = Usual(options.arguments, !options.transport && !options.credentials);
  std::shared_ptr<grpc::ChannelCredentials> transport = options.transport;
  if (!transport && !options.credentials) {
    transport = grpc::InsecureChannelCredentials();
  } else if (!transport && IsSocket(options.target)) {
    transport = grpc::experimental::LocalCredentials(UDS);
  } else if (!transport) {
    grpc::SslCredentialsOptions trusted;
    trusted.pem_root_certs = options.credentials->ca;
    transport = grpc::SslCredentials(trusted);
  }
  if (options.credentials) {
    const auto plain = grpc::CreateCustomChannel(options.target, transport, arguments);
    shared->tokens = std::make_shared<Tokens>(plain, options.credentials->clouds);
    transport = grpc::CompositeChannelCredentials(transport, CallCredentialsOf(shared->tokens));
  }
  return Client(grpc::CreateCustomChannel(options.target, transport, arguments), std::move(shared));
}

Result<Client> Connect(const std::string& target) {
  ConnectOptions options;
  options.target = target;
  return Connect(std::move(options));
}

void Cancellation::Cancel() {
  std::lock_guard<std::mutex> lock(mutex_);
  cancelled_ = true;
  for (grpc::ClientContext* context : contexts_) context->TryCancel();
}

bool Cancellation::cancelled() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return cancelled_;
}

std::shared_ptr<void> Cancellation::Guard(grpc::ClientContext& context) {
  std::lock_guard<std::mutex> lock(mutex_);
  contexts_.push_back(&context);
  if (cancelled_) context.TryCancel();
  return std::shared_ptr<void>(nullptr, [this, one = &context](void*) {
    std::lock_guard<std::mutex> lock(mutex_);
    contexts_.erase(std::find(contexts_.begin(), contexts_.end(), one));
  });
}

}  // namespace oaktree
