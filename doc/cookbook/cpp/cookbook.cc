// SPDX-License-Identifier: Apache-2.0
//
// The tasks of the cook book: cookbook CLOUD FLAVOR IMAGE FILE, where the cloud has no server of that name yet.

#include <chrono>
#include <fstream>
#include <functional>
#include <iostream>
#include <sstream>
#include <string>
#include <thread>

#include <oaktree/transfer.h>

namespace pb = oaktree::v1;
using oaktree::Client;
using Done = oaktree::Result<void>;

// task 1
Done WhatThereIs(const Client& client, const pb::Location& where) {
  auto listed = client.Call(&oaktree::Clouds::ListClouds, pb::ListCloudsRequest());
  if (!listed) return listed.error();
  for (const pb::Cloud& cloud : listed->clouds()) std::cout << cloud.name() << "\n";
  pb::GetCapabilitiesRequest request;
  *request.mutable_location() = where;
  auto found = client.Call(&oaktree::Clouds::GetCapabilities, request);
  if (!found) return found.error();
  for (const auto& format : found->capabilities().image_disk_formats()) std::cout << format << "\n";
  for (const auto& service : found->capabilities().services()) std::cout << service.type() << "\n";
  return {};
}

// task 2
Done ServersOfAllClouds(const Client& client) {
  pb::ListServersRequest request;
  request.set_jmespath("[?state=='ACTIVE']");
  request.mutable_max_age()->set_seconds(5);
  return client.ForEachPage(&oaktree::Compute::ListServers, request, [](const pb::ListServersResponse& page) {
    for (const pb::Server& server : page.servers()) {
      std::cout << server.location().cloud() << " " << server.name() << " " << server.public_v4() << "\n";
    }
  });
}

// task 3
Done MakeAServer(const Client& client, const pb::Location& where, const std::string& flavor, const std::string& image) {
  pb::CreateKeypairRequest key;
  *key.mutable_location() = where;
  key.set_name("cook");
  auto keypair = client.Call(&oaktree::Compute::CreateKeypair, key);
  if (!keypair) return keypair.error();
  std::cout << keypair->keypair().private_key().size() << " bytes of a private key, shown only now\n";
  pb::CreateServerRequest request;
  *request.mutable_location() = where;
  request.set_name("cook");
  request.set_flavor(flavor);
  request.set_image(image);
  request.set_key_name("cook");
  request.set_auto_ip(true);
  request.mutable_wait()->set_seconds(300);
  auto made = client.Call(&oaktree::Compute::CreateServer, request);
  if (!made) return made.error();
  std::cout << "ssh to " << made->server().public_v4() << "\n";
  return {};
}

// task 4
Done OpenAPort(const Client& client, const pb::Location& where) {
  pb::CreateSecurityGroupRequest group;
  *group.mutable_location() = where;
  group.set_name("cook");
  group.set_description("for the web");
  if (auto made = client.Call(&oaktree::Network::CreateSecurityGroup, group); !made) return made.error();
  pb::CreateSecurityGroupRuleRequest rule;
  *rule.mutable_location() = where;
  rule.set_security_group("cook");
  rule.set_direction(pb::SECURITY_GROUP_DIRECTION_INGRESS);
  rule.set_protocol("tcp");
  rule.set_port_min(443);
  rule.set_port_max(443);
  rule.set_remote_ip_prefix("0.0.0.0/0");
  if (auto made = client.Call(&oaktree::Network::CreateSecurityGroupRule, rule); !made) return made.error();
  pb::AddServerSecurityGroupsRequest add;
  *add.mutable_location() = where;
  add.set_name_or_id("cook");
  add.add_security_groups("cook");
  if (auto added = client.Call(&oaktree::Compute::AddServerSecurityGroups, add); !added) return added.error();
  return {};
}

// task 5
Done GiveItADisk(const Client& client, const pb::Location& where) {
  pb::CreateVolumeRequest volume;
  *volume.mutable_location() = where;
  volume.set_name("cook");
  volume.set_size_gib(1);
  volume.mutable_wait()->set_seconds(300);
  if (auto made = client.Call(&oaktree::BlockStorage::CreateVolume, volume); !made) return made.error();
  pb::AttachVolumeRequest attach;
  *attach.mutable_location() = where;
  attach.set_name_or_id("cook");
  attach.set_server("cook");
  attach.mutable_wait()->set_seconds(300);
  auto done = client.Call(&oaktree::BlockStorage::AttachVolume, attach);
  if (!done) return done.error();
  std::cout << "as " << done->volume().attachments(0).device() << "\n";
  return {};
}

// task 6
Done TakeASnapshot(const Client& client, const pb::Location& where) {
  pb::CreateImageSnapshotRequest request;
  *request.mutable_location() = where;
  request.set_server("cook");
  request.set_name("cook-snapshot");
  request.mutable_wait()->set_seconds(300);
  auto made = client.Call(&oaktree::Compute::CreateImageSnapshot, request);
  if (!made) return made.error();
  std::cout << "boot others from " << made->image().name() << "\n";
  return {};
}

// task 7
Done UploadAnImage(const Client& client, const pb::Location& where, const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  pb::UploadImageDescription about;
  *about.mutable_location() = where;
  about.set_name("cook");
  about.set_disk_format("raw");
  oaktree::TransferOptions options;
  options.progress = [](std::int64_t done, std::int64_t total) { std::cout << done << " of " << total << " bytes\n"; };
  auto image = oaktree::UploadImage(client, about, file, options);
  if (!image) return image.error();
  std::cout << image->name() << " " << image->size_bytes() << " bytes\n";
  return {};
}

// task 8
Done KeepAFile(const Client& client, const pb::Location& where, const std::string& path) {
  pb::CreateContainerRequest container;
  *container.mutable_location() = where;
  container.set_name("cook");
  if (auto made = client.Call(&oaktree::ObjectStore::CreateContainer, container); !made) return made.error();
  std::ifstream file(path, std::ios::binary);
  pb::ObjectDescription about;
  *about.mutable_location() = where;
  about.set_container("cook");
  about.set_name("file");
  if (auto sent = oaktree::UploadObject(client, about, file); !sent) return sent.error();
  pb::DownloadObjectRequest wanted;
  *wanted.mutable_location() = where;
  wanted.set_container("cook");
  wanted.set_name_or_id("file");
  std::ofstream copy("copy", std::ios::binary);
  auto came = oaktree::DownloadObject(client, wanted, copy);
  if (!came) return came.error();
  return {};
}

// task 9
Done SeeWhatChanges(const Client& client, const pb::Location& where) {
  pb::WatchSubscription servers;
  servers.set_watch_id("servers");
  servers.set_kind(pb::RESOURCE_KIND_SERVER);
  *servers.mutable_location() = where;
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(2);
  return client.Follow({servers}, [end](const pb::WatchResponse& event) {
    for (const pb::WatchChange& change : event.changes().changes()) {
      const pb::Server& server = change.resource().server();
      std::cout << pb::WatchChangeType_Name(change.type()) << " " << server.name() << " " << server.native_status() << "\n";
    }
    return !event.has_synced() && std::chrono::steady_clock::now() < end;  // true to go on for ever
  });
}

// task 10
Done CleanUp(const Client& client, const pb::Location& where) {
  pb::DeleteServerRequest server;
  *server.mutable_location() = where;
  server.set_name_or_id("cook");
  server.mutable_wait()->set_seconds(300);
  auto deleted = client.Call(&oaktree::Compute::DeleteServer, server);
  if (!deleted && deleted.error().reason != "NOT_FOUND") return deleted.error();  // gone is what was wanted
  pb::DeleteUnattachedFloatingIpsRequest addresses;
  *addresses.mutable_location() = where;
  addresses.mutable_min_age()->set_seconds(3600);
  if (auto gone = client.Call(&oaktree::Network::DeleteUnattachedFloatingIps, addresses); !gone) return gone.error();
  return {};
}

// the end

int main(int argc, char** argv) {
  if (argc != 5) return 2;
  auto client = oaktree::Connect();
  if (!client) return 1;
  pb::Location where;
  where.set_cloud(argv[1]);
  const std::string flavor = argv[2], image = argv[3], path = argv[4];
  for (const std::function<Done()>& task : std::initializer_list<std::function<Done()>>{
           [&] { return WhatThereIs(*client, where); },
           [&] { return ServersOfAllClouds(*client); },
           [&] { return MakeAServer(*client, where, flavor, image); },
           [&] { return OpenAPort(*client, where); },
           [&] { return GiveItADisk(*client, where); },
           [&] { return TakeASnapshot(*client, where); },
           [&] { return UploadAnImage(*client, where, path); },
           [&] { return KeepAFile(*client, where, path); },
           [&] { return SeeWhatChanges(*client, where); },
           [&] { return CleanUp(*client, where); },
       }) {
    if (Done done = task(); !done) {
      std::cerr << done.error().Text() << "\n";
      return 1;
    }
  }
}
