// SPDX-License-Identifier: Apache-2.0
//
// What a user's first program does, in C++: lists servers everywhere, makes one, deletes it.
//
//   list_and_create TARGET CLOUD FLAVOR IMAGE [NETWORK]

#include <cstdio>
#include <iostream>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include <oaktree/client.h>

namespace pb = oaktree::v1;

namespace {

constexpr int kPatienceSeconds = 120;

// A random (version 4) UUID of RFC 9562.
std::string NewUuid() {
  std::random_device device;
  unsigned word[4] = {device(), device(), device(), device()};
  word[1] = (word[1] & 0xffff0fffU) | 0x4000U;
  word[2] = (word[2] & 0x3fffffffU) | 0x80000000U;
  char text[37];
  std::snprintf(text, sizeof text, "%08x-%04x-%04x-%04x-%04x%08x", word[0], word[1] >> 16, word[1] & 0xffffU,
                word[2] >> 16, word[2] & 0xffffU, word[3]);
  return text;
}

void Check(bool holds, const std::string& what) {
  if (!holds) throw std::runtime_error(what);
}

template <class T>
T Need(oaktree::Result<T> result) {
  if (!result) throw std::runtime_error(result.error().Text());
  return std::move(*result);
}

void ListEverywhere(const oaktree::Client& client) {
  pb::ListServersRequest request;
  request.set_page_size(2);
  auto listed = client.ForEachPage(&oaktree::Compute::ListServers, request, [](const pb::ListServersResponse& page) {
    for (const pb::Server& server : page.servers()) {
      std::cout << server.location().cloud() << " " << server.location().region() << " " << server.name() << "\n";
    }
  });
  if (!listed) throw std::runtime_error(listed.error().Text());
}

pb::Server Create(const oaktree::Client& client, const pb::CreateServerRequest& request) {
  const pb::Server server = Need(client.Call(&oaktree::Compute::CreateServer, request)).server();
  std::string address = server.public_v4();
  if (address.empty() && server.addresses_size() > 0) address = server.addresses(0).ip();
  std::cout << "created " << server.location().cloud() << " " << server.id() << " " << address << "\n";
  Check(server.state() == pb::SERVER_STATE_ACTIVE, "its state is " + server.native_status());
  Check(!address.empty(), "it has no address");
  return server;
}

oaktree::Result<pb::DeleteServerResponse> Delete(const oaktree::Client& client, const std::string& cloud,
                                                 const std::string& name_or_id) {
  pb::DeleteServerRequest request;
  request.mutable_location()->set_cloud(cloud);
  request.set_name_or_id(name_or_id);
  request.mutable_wait()->set_seconds(kPatienceSeconds);
  request.set_request_id(NewUuid());
  return client.Call(&oaktree::Compute::DeleteServer, request);
}

void CheckGone(const oaktree::Client& client, const std::string& cloud, const std::string& name_or_id) {
  pb::GetServerRequest request;
  request.mutable_location()->set_cloud(cloud);
  request.set_name_or_id(name_or_id);
  const auto found = client.Call(&oaktree::Compute::GetServer, request);
  Check(!found, "it is still there");
  const oaktree::Error& error = found.error();
  Check(error.code == grpc::StatusCode::NOT_FOUND && error.reason == "NOT_FOUND", error.Text());
  Check(!error.request_id.empty(), "no request id");
  std::cout << "gone " << error.reason << "\n";
}

void Run(const std::vector<std::string>& arguments) {
  const oaktree::Client client = Need(oaktree::Connect(arguments[0]));
  ListEverywhere(client);

  const std::string& cloud = arguments[1];
  pb::CreateServerRequest request;
  request.mutable_location()->set_cloud(cloud);
  request.set_name("sdk-cpp-" + NewUuid().substr(0, 8));
  request.set_flavor(arguments[2]);
  request.set_image(arguments[3]);
  if (arguments.size() > 4) request.add_networks(arguments[4]);
  request.set_auto_ip(true);
  request.mutable_wait()->set_seconds(kPatienceSeconds);
  request.set_request_id(NewUuid());
  pb::Server server;
  try {
    server = Create(client, request);
  } catch (...) {
    (void)Delete(client, cloud, request.name());  // also a create that failed may have made something
    throw;
  }
  Need(Delete(client, cloud, server.id()));
  CheckGone(client, cloud, server.id());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 5) {
    std::cerr << "usage: list_and_create TARGET CLOUD FLAVOR IMAGE [NETWORK]\n";
    return 2;
  }
  try {
    Run({argv + 1, argv + argc});
  } catch (const std::exception& error) {
    std::cerr << "FAILED: " << error.what() << "\n";
    return 1;
  }
  return 0;
}
