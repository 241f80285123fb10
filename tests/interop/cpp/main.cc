// SPDX-License-Identifier: Apache-2.0
//
// What a user does on a cloud, from nothing to nothing, by what its capabilities say: it knows no cloud by name.
//
//   interop TARGET CLOUD NAME
//
// Whatever it makes has a name that begins with NAME. It prints a line with its name and its seconds for each step.

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <functional>
#include <iostream>
#include <random>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <oaktree/transfer.h>

namespace pb = oaktree::v1;

namespace {

using std::chrono::steady_clock;

// For one call, and for one wait of ours; real clouds take their time.
constexpr std::chrono::seconds kPatience{240};
constexpr int kWaitSeconds = 120;

void Check(bool holds, const std::string& wrong) {
  if (!holds) throw std::runtime_error(wrong);
}

template <class T>
T Need(oaktree::Result<T> result) {
  if (!result) throw std::runtime_error(result.error().Text());
  return std::move(*result);
}

// 3 MiB that no way can make smaller.
std::string Data() {
  std::mt19937_64 random(4);
  std::string data(3 << 20, '\0');
  for (char& one : data) one = static_cast<char>(random());
  return data;
}

// What a watch of a cloud's servers and volumes tells: of each thing, what happened to it.
class Events {
 public:
  Events(const oaktree::Client& client, const std::string& cloud) {
    std::vector<pb::WatchSubscription> wanted;
    for (pb::ResourceKind kind : {pb::RESOURCE_KIND_SERVER, pb::RESOURCE_KIND_VOLUME}) {
      pb::WatchSubscription one;
      one.mutable_location()->set_cloud(cloud);
      one.set_kind(kind);
      one.set_watch_id(pb::ResourceKind_Name(kind));
      wanted.push_back(one);
    }
    thread_ = std::thread([this, &client, wanted] {
      auto done = client.Follow(wanted, [this](const pb::WatchResponse& event) { return Take(event); }, &stop_);
      std::lock_guard<std::mutex> lock(mutex_);
      if (!done) error_ = done.error().Text();
      more_.notify_all();
    });
  }

  ~Events() {
    stop_.Cancel();
    thread_.join();
  }

  void Begun() {
    Until("the watches have begun", [this] { return synced_ == 2; });
  }

  void Seen(const std::string& what, const std::string& id) {
    if (!id.empty()) Until(what + " " + id, [&] { return seen_.count(what + " " + id) > 0; });
  }

 private:
  bool Take(const pb::WatchResponse& event) {
    std::lock_guard<std::mutex> lock(mutex_);
    synced_ += event.has_synced() ? 1 : 0;
    for (const pb::WatchChange& change : event.changes().changes()) {
      const std::string& id = change.resource().has_server() ? change.resource().server().id() : change.resource().volume().id();
      const std::string type = pb::WatchChangeType_Name(change.type());
      seen_.insert(type.substr(type.rfind('_') + 1) + " " + id);
    }
    more_.notify_all();
    return true;
  }

  void Until(const std::string& what, const std::function<bool()>& holds) {
    std::unique_lock<std::mutex> lock(mutex_);
    more_.wait_for(lock, kPatience, [&] { return !error_.empty() || holds(); });
    Check(holds(), "not told: " + what + " " + error_);
  }

  std::mutex mutex_;
  std::condition_variable more_;
  std::set<std::string> seen_;
  int synced_ = 0;
  std::string error_;
  oaktree::Cancellation stop_;
  std::thread thread_;
};

// One run of it on one cloud.
class Workload {
 public:
  Workload(const oaktree::Client& client, std::string cloud, std::string name)
      : client_(client), cloud_(std::move(cloud)), name_(std::move(name)) {}

  void Run() {
    can_ = Do(&oaktree::Clouds::GetCapabilities, pb::GetCapabilitiesRequest()).capabilities();
    std::string failure;
    try {
      Step("watch", [this] { events_.emplace(client_, cloud_); events_->Begun(); });
      Step("image", [this] { MakeImage(); });
      Step("keypair", [this] { MakeKeypair(); });
      Step("group", [this] { MakeGroup(); });
      Step("network", [this] { MakeNetwork(); });
      Step("server", [this] { MakeServer(); });
      if (Offers("block-storage")) Step("volume", [this] { MakeVolume(); });
      if (Offers("object-store")) Step("objects", [this] { MakeObjects(); });
      if (Offers("load-balancer")) Step("balancer", [this] { MakeBalancer(); });
      events_->Seen("ADDED", server_);
      events_->Seen("ADDED", volume_);
    } catch (const std::exception& error) {
      failure = error.what();
    }
    Step("tear-down", [this, &failure] { TearDown(failure); });
    Check(failure.empty(), failure);
    events_->Seen("DELETED", server_);
    events_->Seen("DELETED", volume_);
  }

 private:
  template <class Stub, class Request, class Response>
  Response Do(grpc::Status (Stub::*rpc)(grpc::ClientContext*, const Request&, Response*), Request request) {
    request.mutable_location()->set_cloud(cloud_);
    return Need(client_.Call(rpc, request, {kPatience, nullptr}));
  }

  // Has something deleted, before what was made earlier.
  template <class Stub, class Request, class Response>
  void Undo(grpc::Status (Stub::*rpc)(grpc::ClientContext*, const Request&, Response*), Request request) {
    undo_.push_back([this, rpc, request] { Do(rpc, request); });
  }

  template <class Request>
  static Request Named(const std::string& name_or_id) {
    Request request;
    request.set_name_or_id(name_or_id);
    return request;
  }

  template <class Request>
  static Request Waiting(Request request) {
    request.mutable_wait()->set_seconds(kWaitSeconds);
    return request;
  }

  template <class Request>
  Request Called(const std::string& suffix) const {
    Request request;
    request.set_name(name_ + "-" + suffix);
    return request;
  }

  bool Offers(const std::string& service) const {
    return std::any_of(can_.services().begin(), can_.services().end(), [&](const auto& one) { return one.type() == service; });
  }

  void Step(const std::string& name, const std::function<void()>& work) {
    const auto began = steady_clock::now();
    try {
      work();
    } catch (const std::exception& error) {
      throw std::runtime_error(name + ": " + error.what());
    }
    std::printf("%s %.3f\n", name.c_str(), std::chrono::duration<double>(steady_clock::now() - began).count());
    std::fflush(stdout);
  }

  void TearDown(std::string& failure) {
    while (!undo_.empty()) {
      try {
        undo_.back()();
      } catch (const std::exception& error) {
        failure += (failure.empty() ? "" : "; ") + std::string(error.what());
      }
      undo_.pop_back();
    }
  }

  void MakeImage() {
    const std::string data = Data();
    std::istringstream from(data);
    auto about = Called<pb::UploadImageDescription>("image");
    about.mutable_location()->set_cloud(cloud_);
    about.set_disk_format("raw");
    const pb::Image image = Need(oaktree::UploadImage(client_, about, from));
    Undo(&oaktree::Image::DeleteImage, Waiting(Named<pb::DeleteImageRequest>(image.id())));
    const bool whole = image.state() == pb::IMAGE_STATE_ACTIVE && image.size_bytes() == static_cast<std::int64_t>(data.size());
    Check(whole, image.ShortDebugString());
    auto wanted = Named<pb::DownloadImageRequest>(image.id());
    wanted.mutable_location()->set_cloud(cloud_);
    std::ostringstream came;
    Need(oaktree::DownloadImage(client_, wanted, came));
    Check(came.str() == data, "other bytes came than were sent");
  }

  void MakeKeypair() {
    const auto request = Called<pb::CreateKeypairRequest>("keypair");
    keypair_ = request.name();
    const pb::Keypair made = Do(&oaktree::Compute::CreateKeypair, request).keypair();
    Undo(&oaktree::Compute::DeleteKeypair, Named<pb::DeleteKeypairRequest>(keypair_));
    Check(!made.private_key().empty() && !made.public_key().empty(), "a key pair without keys");
  }

  void MakeGroup() {
    auto request = Called<pb::CreateSecurityGroupRequest>("group");
    request.set_description("for a web server");
    group_ = Do(&oaktree::Network::CreateSecurityGroup, request).security_group().id();
    Undo(&oaktree::Network::DeleteSecurityGroup, Named<pb::DeleteSecurityGroupRequest>(group_));
    for (const char* protocol : {"tcp", "icmp"}) {
      pb::CreateSecurityGroupRuleRequest rule;
      rule.set_security_group(group_);
      rule.set_direction(pb::SECURITY_GROUP_DIRECTION_INGRESS);
      rule.set_protocol(protocol);
      rule.set_remote_ip_prefix("0.0.0.0/0");
      if (rule.protocol() == "tcp") rule.set_port_min(80), rule.set_port_max(80);
      Do(&oaktree::Network::CreateSecurityGroupRule, rule);
    }
  }

  // One of one's own where a router can lead out of it, or else one that leads out by itself.
  void MakeNetwork() {
    const auto& networks = can_.networks();
    const auto outside = std::find_if(networks.begin(), networks.end(), [](const auto& one) { return one.floating(); });
    const auto& extensions = can_.network_extensions();
    if (outside == networks.end() || std::find(extensions.begin(), extensions.end(), "router") == extensions.end()) {
      const auto open = std::find_if(networks.begin(), networks.end(), [](const auto& one) {
        return one.attachable() && one.public_() && one.ipv4();
      });
      Check(open != networks.end(), "no network leads outside");
      network_ = open->id();
      return;
    }
    network_ = Do(&oaktree::Network::CreateNetwork, Called<pb::CreateNetworkRequest>("network")).network().id();
    Undo(&oaktree::Network::DeleteNetwork, Named<pb::DeleteNetworkRequest>(network_));
    auto request = Called<pb::CreateSubnetRequest>("subnet");
    request.set_network(network_);
    request.set_cidr("198.18.7.0/24");
    const std::string subnet = Do(&oaktree::Network::CreateSubnet, request).subnet().id();
    Undo(&oaktree::Network::DeleteSubnet, Named<pb::DeleteSubnetRequest>(subnet));
    MakeRouter(outside->id(), subnet);
  }

  void MakeRouter(const std::string& outside, const std::string& subnet) {
    auto request = Called<pb::CreateRouterRequest>("router");
    request.mutable_external_gateway()->set_network(outside);
    const std::string router = Do(&oaktree::Network::CreateRouter, request).router().id();
    Undo(&oaktree::Network::DeleteRouter, Named<pb::DeleteRouterRequest>(router));
    auto add = Named<pb::AddRouterInterfaceRequest>(router);
    add.set_subnet(subnet);
    Do(&oaktree::Network::AddRouterInterface, add);
    auto remove = Named<pb::RemoveRouterInterfaceRequest>(router);
    remove.set_subnet(subnet);
    Undo(&oaktree::Network::RemoveRouterInterface, remove);
  }

  pb::Flavor SmallestFlavor() {
    pb::ListFlavorsRequest request;
    request.mutable_location()->set_cloud(cloud_);
    std::vector<pb::Flavor> found;
    auto listed = client_.ForEachPage(&oaktree::Compute::ListFlavors, request, [&found](const pb::ListFlavorsResponse& page) {
      found.insert(found.end(), page.flavors().begin(), page.flavors().end());
    });
    Check(listed.ok() && !found.empty(), listed.ok() ? "no flavors" : listed.error().Text());
    return *std::min_element(found.begin(), found.end(), [](const auto& one, const auto& other) {
      return std::make_pair(one.ram_mib(), one.disk_gib()) < std::make_pair(other.ram_mib(), other.disk_gib());
    });
  }

  void MakeServer() {
    auto request = Waiting(Called<pb::CreateServerRequest>("server"));
    request.set_flavor(SmallestFlavor().id());
    request.set_image("cirros");
    request.add_networks(network_);
    request.set_key_name(keypair_);
    request.add_security_groups(group_);
    request.set_auto_ip(true);
    (*request.mutable_metadata())["by"] = name_;
    // It may have come half-way.
    Undo(&oaktree::Compute::DeleteServer, Waiting(Named<pb::DeleteServerRequest>(request.name())));
    pb::Server server;
    try {
      server = Do(&oaktree::Compute::CreateServer, request).server();
    } catch (const std::exception&) {
      try {
        undo_.back()();
      } catch (const std::exception&) {
        // There was none; why it was not made is told.
      }
      undo_.pop_back();
      throw;
    }
    server_ = server.id();
    bool reachable = false;
    for (const auto& one : server.addresses()) {
      reachable = reachable || (one.ip() == server.public_v4() && one.floating() == can_.requires_floating_ip());
      if (address_.empty() && !one.floating() && one.ip().find(':') == std::string::npos) address_ = one.ip();
    }
    const bool right = server.state() == pb::SERVER_STATE_ACTIVE && reachable && !address_.empty();
    Check(right && server.key_name() == keypair_, server.ShortDebugString());
  }

  void MakeVolume() {
    auto request = Waiting(Called<pb::CreateVolumeRequest>("volume"));
    request.set_size_gib(1);
    const pb::Volume made = Do(&oaktree::BlockStorage::CreateVolume, request).volume();
    volume_ = made.id();
    Undo(&oaktree::BlockStorage::DeleteVolume, Waiting(Named<pb::DeleteVolumeRequest>(volume_)));
    Check(made.state() == pb::VOLUME_STATE_AVAILABLE, made.ShortDebugString());
    auto copy = Waiting(Called<pb::CreateVolumeSnapshotRequest>("snapshot"));
    copy.set_volume(volume_);
    const std::string copied = Do(&oaktree::BlockStorage::CreateVolumeSnapshot, copy).volume_snapshot().id();
    Undo(&oaktree::BlockStorage::DeleteVolumeSnapshot, Waiting(Named<pb::DeleteVolumeSnapshotRequest>(copied)));
    auto attach = Waiting(Named<pb::AttachVolumeRequest>(volume_));
    attach.set_server(server_);
    const pb::Volume attached = Do(&oaktree::BlockStorage::AttachVolume, attach).volume();
    auto detach = Waiting(Named<pb::DetachVolumeRequest>(volume_));
    detach.set_server(server_);
    Undo(&oaktree::BlockStorage::DetachVolume, detach);
    const bool there = attached.attachments_size() == 1 && attached.attachments(0).server_id() == server_;
    Check(there && attached.state() == pb::VOLUME_STATE_IN_USE, attached.ShortDebugString());
  }

  void MakeObjects() {
    const auto container = Called<pb::CreateContainerRequest>("container");
    Do(&oaktree::ObjectStore::CreateContainer, container);
    Undo(&oaktree::ObjectStore::DeleteContainer, Named<pb::DeleteContainerRequest>(container.name()));
    const std::string data = Data();
    std::istringstream from(data);
    auto about = Called<pb::ObjectDescription>("object");
    about.mutable_location()->set_cloud(cloud_);
    about.set_container(container.name());
    Need(oaktree::UploadObject(client_, about, from));
    auto gone = Named<pb::DeleteObjectRequest>(about.name());
    gone.set_container(container.name());
    Undo(&oaktree::ObjectStore::DeleteObject, gone);
    auto wanted = Named<pb::DownloadObjectRequest>(about.name());
    wanted.mutable_location()->set_cloud(cloud_);
    wanted.set_container(container.name());
    std::ostringstream came;
    Need(oaktree::DownloadObject(client_, wanted, came));
    Check(came.str() == data, "other bytes came than were sent");
  }

  void MakeBalancer() {
    auto request = Waiting(Called<pb::CreateLoadBalancerRequest>("balancer"));
    request.set_network(network_);
    request.set_admin_state_up(true);
    const pb::LoadBalancer balancer = Do(&oaktree::LoadBalancer::CreateLoadBalancer, request).load_balancer();
    Undo(&oaktree::LoadBalancer::DeleteLoadBalancer, Waiting(Named<pb::DeleteLoadBalancerRequest>(balancer.id())));
    const bool active = balancer.state() == pb::LOAD_BALANCER_STATE_ACTIVE && !balancer.address().empty();
    Check(active, balancer.ShortDebugString());
    auto listen = Waiting(Called<pb::CreateListenerRequest>("listener"));
    listen.set_load_balancer(balancer.id());
    listen.set_protocol("HTTP");
    listen.set_protocol_port(80);
    const std::string listener = Do(&oaktree::LoadBalancer::CreateListener, listen).listener().id();
    Undo(&oaktree::LoadBalancer::DeleteListener, Waiting(Named<pb::DeleteListenerRequest>(listener)));
    MakePool(listener);
  }

  void MakePool(const std::string& listener) {
    auto request = Waiting(Called<pb::CreatePoolRequest>("pool"));
    request.set_listener(listener);
    request.set_protocol("HTTP");
    request.set_lb_algorithm("ROUND_ROBIN");
    const std::string pool = Do(&oaktree::LoadBalancer::CreatePool, request).pool().id();
    Undo(&oaktree::LoadBalancer::DeletePool, Waiting(Named<pb::DeletePoolRequest>(pool)));
    auto add = Waiting(Called<pb::CreatePoolMemberRequest>("member"));
    add.set_pool(pool);
    add.set_address(address_);
    add.set_protocol_port(80);
    const pb::PoolMember member = Do(&oaktree::LoadBalancer::CreatePoolMember, add).pool_member();
    auto remove = Waiting(Named<pb::DeletePoolMemberRequest>(member.id()));
    remove.set_pool(pool);
    Undo(&oaktree::LoadBalancer::DeletePoolMember, remove);
    auto watch = Waiting(Called<pb::CreateHealthMonitorRequest>("monitor"));
    watch.set_pool(pool);
    watch.set_type("HTTP");
    watch.set_delay_seconds(5);
    watch.set_timeout_seconds(3);
    watch.set_max_retries(2);
    const std::string monitor = Do(&oaktree::LoadBalancer::CreateHealthMonitor, watch).health_monitor().id();
    Undo(&oaktree::LoadBalancer::DeleteHealthMonitor, Waiting(Named<pb::DeleteHealthMonitorRequest>(monitor)));
    Check(member.address() == address_ && member.pool_id() == pool, member.ShortDebugString());
  }

  const oaktree::Client& client_;
  const std::string cloud_, name_;
  pb::Capabilities can_;
  std::optional<Events> events_;
  std::vector<std::function<void()>> undo_;
  std::string keypair_, group_, network_, server_, volume_, address_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::cerr << "usage: interop TARGET CLOUD NAME\n";
    return 2;
  }
  try {
    const oaktree::Client client = Need(oaktree::Connect(std::string(argv[1])));
    Workload(client, argv[2], argv[3]).Run();
  } catch (const std::exception& error) {
    std::cerr << "FAILED: " << error.what() << "\n";
    return 1;
  }
}
