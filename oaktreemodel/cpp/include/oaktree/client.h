// SPDX-License-Identifier: Apache-2.0
//
// A client of an oaktree server: one connection with a stub per service, calls that sign in and say what went wrong, lists that
// follow their pages, and watches that go on after a restart. Bytes of images and objects are in transfer.h.
//
//   auto client = oaktree::Connect();
//   if (!client) return Fail(client.error());
//   auto made = client->Call(&oaktree::Compute::CreateServer, request);

#ifndef OAKTREE_CLIENT_H
#define OAKTREE_CLIENT_H

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <grpcpp/grpcpp.h>

#include "oaktree/credentials.h"
#include "oaktree/result.h"
#include "oaktree/v1/block_storage_service.grpc.pb.h"
#include "oaktree/v1/cloud_service.grpc.pb.h"
#include "oaktree/v1/compute_service.grpc.pb.h"
#include "oaktree/v1/identity_service.grpc.pb.h"
#include "oaktree/v1/image_service.grpc.pb.h"
#include "oaktree/v1/load_balancer_service.grpc.pb.h"
#include "oaktree/v1/network_service.grpc.pb.h"
#include "oaktree/v1/object_store_service.grpc.pb.h"
#include "oaktree/v1/token_service.grpc.pb.h"
#include "oaktree/v1/watch_service.grpc.pb.h"

namespace oaktree {

using BlockStorage = v1::BlockStorageService::Stub;
using Clouds = v1::CloudService::Stub;
using Compute = v1::ComputeService::Stub;
using Identity = v1::IdentityService::Stub;
using Image = v1::ImageService::Stub;
using LoadBalancer = v1::LoadBalancerService::Stub;
using Network = v1::NetworkService::Stub;
using ObjectStore = v1::ObjectStoreService::Stub;
using Token = v1::TokenService::Stub;
using Watch = v1::WatchService::Stub;

// Ends what is under way, from another thread: a call, a watch or a transfer then fails with CANCELLED.
class Cancellation {
 public:
  void Cancel();
  bool cancelled() const;

  // For the client: has `context` be cancelled with it while the returned guard lives.
  std::shared_ptr<void> Guard(grpc::ClientContext& context);

 private:
  mutable std::mutex mutex_;
  bool cancelled_ = false;
  std::vector<grpc::ClientContext*> contexts_;
};

struct CallOptions {
  // How long it may take; zero is 65 seconds and the request's own `wait`.
  std::chrono::milliseconds timeout{0};
  Cancellation* cancellation = nullptr;
};

struct ConnectOptions {
  std::string target;                     // HOST:PORT or unix:PATH; empty is DefaultTarget()
  std::optional<Credentials> credentials;  // to sign in with; else the credential file's where the target is its endpoint
  std::shared_ptr<grpc::ChannelCredentials> transport;  // in place of the usual: plain text without credentials, else TLS
  grpc::ChannelArguments arguments;       // gRPC's own, beside the ones set here
};

// A connection to an oaktree. May be used by many threads at once.
class Client {
 public:
  std::shared_ptr<grpc::Channel> channel;
  std::unique_ptr<BlockStorage> block_storage;
  std::unique_ptr<Clouds> clouds;
  std::unique_ptr<Compute> compute;
  std::unique_ptr<Identity> identity;
  std::unique_ptr<Image> image;
  std::unique_ptr<LoadBalancer> load_balancer;
  std::unique_ptr<Network> network;
  std::unique_ptr<ObjectStore> object_store;
  std::unique_ptr<Token> token;
  std::unique_ptr<Watch> watch;

  // Makes a call: client.Call(&oaktree::Compute::CreateServer, request).
  //
  // A call whose token is refused for an old one is made once more; one that a server has refused since it stops, again, within
  // its time. A server that was there once is waited for. Other retries are gRPC's, of reads.
  template <class Stub, class Request, class Response>
  Result<Response> Call(grpc::Status (Stub::*rpc)(grpc::ClientContext*, const Request&, Response*), const Request& request,
                        CallOptions options = {}) const {
    Response response;
    Result<void> done = Make(request, options, [&](grpc::ClientContext* context) {
      response.Clear();
      return (stub(static_cast<Stub*>(nullptr))->*rpc)(context, request, &response);
    });
    if (!done) return done.error();
    return response;
  }

  // Calls a List method, and again for every page that follows, and `use` with each answer; the deadline is of each call.
  template <class Stub, class Request, class Response, class Use>
  Result<void> ForEachPage(grpc::Status (Stub::*list)(grpc::ClientContext*, const Request&, Response*), Request request, Use use,
                           CallOptions options = {}) const {
    while (true) {
      Result<Response> page = Call(list, request, options);
      if (!page) return page.error();
      use(*page);
      if (page->next_page_token().empty()) return {};
      request.set_page_token(page->next_page_token());
    }
  }

  // Subscribes to all of these and calls `use` with what the server tells, until that returns false, or the server has ended
  // them all. Goes on where it was when the connection was lost, or a token has come to its end. Each subscription needs a
  // watch_id of its own.
  Result<void> Follow(std::vector<v1::WatchSubscription> subscriptions,
                      const std::function<bool(const v1::WatchResponse&)>& use, Cancellation* cancellation = nullptr) const;

  // For transfer.h: whether nobody else hears what is said.
  bool secret() const;

  // For streams of your own: signs in where that is due; returns when, for Failed.
  Result<std::chrono::system_clock::time_point> SignedIn() const;
  // For the same: the error of a call, having taken note of a token that was refused.
  Error Failed(const grpc::Status& status, const grpc::ClientContext& context, std::chrono::system_clock::time_point begun) const;

 private:
  friend Result<Client> Connect(ConnectOptions options);
  struct Shared;

  Client(std::shared_ptr<grpc::Channel> connection, std::shared_ptr<Shared> shared);
  Result<void> Make(const google::protobuf::Message& request, const CallOptions& options,
                    const std::function<grpc::Status(grpc::ClientContext*)>& call) const;

  BlockStorage* stub(BlockStorage*) const { return block_storage.get(); }
  Clouds* stub(Clouds*) const { return clouds.get(); }
  Compute* stub(Compute*) const { return compute.get(); }
  Identity* stub(Identity*) const { return identity.get(); }
  Image* stub(Image*) const { return image.get(); }
  LoadBalancer* stub(LoadBalancer*) const { return load_balancer.get(); }
  Network* stub(Network*) const { return network.get(); }
  ObjectStore* stub(ObjectStore*) const { return object_store.get(); }
  Token* stub(Token*) const { return token.get(); }

  std::shared_ptr<Shared> shared_;
};

// Returns $OAKTREE_TARGET, or the endpoint of the credential file if there is one, or the socket of the user's own server if it
// has one, or else its port.
Result<std::string> DefaultTarget();

// Returns a client of the oaktree that the options name. No connection is made before the first call.
//
// The credential file is used where the target is its endpoint, which it is where neither you nor $OAKTREE_TARGET say
// otherwise. The connection is then by TLS, unless it is a unix socket. Without credentials it is in plain text, which oaktree
// offers on a unix socket and on loopback only.
Result<Client> Connect(ConnectOptions options = {});

// The same with all but the target as usual.
Result<Client> Connect(const std::string& target);

}  // namespace oaktree

#endif  // OAKTREE_CLIENT_H
