// SPDX-License-Identifier: Apache-2.0

#include "oaktree/client.h"

#include <cstdlib>
#include <filesystem>
#include <utility>

#include <google/protobuf/any.pb.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/unknown_field_set.h>

namespace oaktree {
namespace {

namespace proto = google::protobuf;

std::string Environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

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
      v1::WatchRequest::descriptor()->file(),
  };
  std::string names;
  for (const proto::FileDescriptor* file : files) {
    const proto::ServiceDescriptor* service = file->service(0);
    for (int i = 0; i < service->method_count(); ++i) {
      const proto::MethodDescriptor* method = service->method(i);
      if (method->options().idempotency_level() != proto::MethodOptions::NO_SIDE_EFFECTS) continue;
      if (!names.empty()) names += ",";
      names += R"({"service":")" + std::string(service->full_name()) + R"(","method":")" +
               std::string(method->name()) + R"("})";
    }
  }
  return names;
}

// Reads are tried again, and only reads. A server that restarts is back within a second: three more tries, over two
// seconds.
std::string ServiceConfig() {
  return R"({"methodConfig":[{"name":[)" + Reads() + R"(],"retryPolicy":{"maxAttempts":4,"initialBackoff":"0.1s",)" +
         R"("maxBackoff":"20s","backoffMultiplier":4,"retryableStatusCodes":["UNAVAILABLE"]}}],)" +
         R"("retryThrottling":{"maxTokens":100,"tokenRatio":0.1}})";
}

// Calls `use` with the content of every field `number` of a message: so google.rpc is read, as neither gRPC nor
// protobuf installs its generated code.
template <class Use>
void ForEachField(const std::string& message, int number, Use use) {
  proto::UnknownFieldSet fields;
  fields.ParseFromString(message);
  for (int i = 0; i < fields.field_count(); ++i) {
    const proto::UnknownField& field = fields.field(i);
    if (field.number() == number && field.type() == proto::UnknownField::TYPE_LENGTH_DELIMITED) {
      use(std::string(field.length_delimited()));
    }
  }
}

std::string Text(const std::string& message, int number) {
  std::string text;
  ForEachField(message, number, [&text](const std::string& field) { text = field; });
  return text;
}

}  // namespace

Client::Client(std::shared_ptr<grpc::Channel> connection)
    : channel(std::move(connection)),
      block_storage(v1::BlockStorageService::NewStub(channel)),
      clouds(v1::CloudService::NewStub(channel)),
      compute(v1::ComputeService::NewStub(channel)),
      identity(v1::IdentityService::NewStub(channel)),
      image(v1::ImageService::NewStub(channel)),
      load_balancer(v1::LoadBalancerService::NewStub(channel)),
      network(v1::NetworkService::NewStub(channel)),
      object_store(v1::ObjectStoreService::NewStub(channel)),
      watch(v1::WatchService::NewStub(channel)) {}

std::string DefaultTarget() {
  if (std::string target = Environment("OAKTREE_TARGET"); !target.empty()) return target;
  std::string folder = Environment("XDG_RUNTIME_DIR");
  if (folder.empty()) folder = Environment("HOME") + "/.local/state";
  const std::string socket = folder + "/oaktree/oaktree.sock";
  std::error_code ignored;
  return std::filesystem::exists(socket, ignored) ? "unix:" + socket : "127.0.0.1:50051";
}

Client Connect(const std::string& target, std::shared_ptr<grpc::ChannelCredentials> credentials) {
  grpc::ChannelArguments arguments;
  arguments.SetServiceConfigJSON(ServiceConfig());
  // Or the retries would all find the channel still backing off.
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  // A call may wait minutes for a server: pings tell a slow answer from a dead connection.
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 60000);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 20000);
  arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  if (credentials == nullptr) {
    arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);  // plain text is local, whatever http_proxy says
    credentials = grpc::InsecureChannelCredentials();
  }
  return Client(grpc::CreateCustomChannel(target.empty() ? DefaultTarget() : target, credentials, arguments));
}

std::optional<ErrorInfo> ReadErrorInfo(const grpc::Status& status) {
  std::optional<ErrorInfo> found;
  ForEachField(status.error_details(), 3, [&found](const std::string& field) {
    proto::Any detail;
    detail.ParseFromString(field);
    if (found || detail.type_url() != "type.googleapis.com/google.rpc.ErrorInfo") return;
    found = ErrorInfo{Text(detail.value(), 1), Text(detail.value(), 2), {}};
    ForEachField(detail.value(), 3,
                 [&found](const std::string& entry) { found->metadata[Text(entry, 1)] = Text(entry, 2); });
  });
  return found;
}

}  // namespace oaktree
