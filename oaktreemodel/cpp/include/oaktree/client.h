// SPDX-License-Identifier: Apache-2.0
//
// A thin client of an oaktree server: one channel, a stub per service, and lists that follow their pages.

#ifndef OAKTREE_CLIENT_H
#define OAKTREE_CLIENT_H

#include <map>
#include <memory>
#include <optional>
#include <string>

#include <grpcpp/grpcpp.h>

#include "oaktree/v1/block_storage_service.grpc.pb.h"
#include "oaktree/v1/cloud_service.grpc.pb.h"
#include "oaktree/v1/compute_service.grpc.pb.h"
#include "oaktree/v1/identity_service.grpc.pb.h"
#include "oaktree/v1/image_service.grpc.pb.h"
#include "oaktree/v1/load_balancer_service.grpc.pb.h"
#include "oaktree/v1/network_service.grpc.pb.h"
#include "oaktree/v1/object_store_service.grpc.pb.h"
#include "oaktree/v1/watch_service.grpc.pb.h"

namespace oaktree {

// A connection to an oaktree, with a stub of each of its services.
struct Client {
  explicit Client(std::shared_ptr<grpc::Channel> channel);

  std::shared_ptr<grpc::Channel> channel;
  std::unique_ptr<v1::BlockStorageService::Stub> block_storage;
  std::unique_ptr<v1::CloudService::Stub> clouds;
  std::unique_ptr<v1::ComputeService::Stub> compute;
  std::unique_ptr<v1::IdentityService::Stub> identity;
  std::unique_ptr<v1::ImageService::Stub> image;
  std::unique_ptr<v1::LoadBalancerService::Stub> load_balancer;
  std::unique_ptr<v1::NetworkService::Stub> network;
  std::unique_ptr<v1::ObjectStoreService::Stub> object_store;
  std::unique_ptr<v1::WatchService::Stub> watch;
};

// Returns $OAKTREE_TARGET, or the socket of the user's own server if it has one, or else its port.
std::string DefaultTarget();

// Returns a client of the oaktree at `target`, or at DefaultTarget() where it is empty. No connection is made before
// the first call. Without `credentials` it is in plain text, which oaktree offers on a unix socket and on loopback only.
Client Connect(const std::string& target = "", std::shared_ptr<grpc::ChannelCredentials> credentials = nullptr);

// The google.rpc.ErrorInfo of an error.
struct ErrorInfo {
  std::string reason;  // a stable word, such as MULTIPLE_MATCHES
  std::string domain;  // who gives the reason its meaning: "oaktree"
  std::map<std::string, std::string> metadata;
};

// Returns what the server says of an error; nothing where it did not come from an oaktree but from the way to it.
std::optional<ErrorInfo> ReadErrorInfo(const grpc::Status& status);

// Calls a List method with `request`, and again for every page that follows, and `use` with each answer.
// `prepare` may set a deadline or metadata on the context of each call.
template <class Stub, class Request, class Response, class Use, class Prepare>
grpc::Status ForEachPage(Stub& stub, grpc::Status (Stub::*list)(grpc::ClientContext*, const Request&, Response*),
                         Request request, Use use, Prepare prepare) {
  while (true) {
    grpc::ClientContext context;
    prepare(context);
    Response page;
    grpc::Status status = (stub.*list)(&context, request, &page);
    if (!status.ok()) return status;
    use(page);
    if (page.next_page_token().empty()) return status;
    request.set_page_token(page.next_page_token());
  }
}

template <class Stub, class Request, class Response, class Use>
grpc::Status ForEachPage(Stub& stub, grpc::Status (Stub::*list)(grpc::ClientContext*, const Request&, Response*),
                         Request request, Use use) {
  return ForEachPage(stub, list, std::move(request), use, [](grpc::ClientContext&) {});
}

}  // namespace oaktree

#endif  // OAKTREE_CLIENT_H
