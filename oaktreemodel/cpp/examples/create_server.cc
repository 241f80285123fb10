// SPDX-License-Identifier: Apache-2.0
//
// A server with a public address, on any cloud: create_server CLOUD NAME FLAVOR IMAGE

#include <iostream>

#include <oaktree/client.h>

int main(int argc, char** argv) {
  if (argc != 5) {
    std::cerr << "usage: create_server CLOUD NAME FLAVOR IMAGE\n";
    return 2;
  }
  auto client = oaktree::Connect();
  if (!client) {
    std::cerr << client.error().Text() << "\n";
    return 1;
  }
  oaktree::v1::CreateServerRequest request;
  request.mutable_location()->set_cloud(argv[1]);
  request.set_name(argv[2]);
  request.set_flavor(argv[3]);
  request.set_image(argv[4]);
  request.set_auto_ip(true);
  request.mutable_wait()->set_seconds(300);
  auto made = client->Call(&oaktree::Compute::CreateServer, request);
  if (!made) {
    std::cerr << made.error().Text() << "\n";
    return 1;
  }
  std::cout << made->server().public_v4() << "\n";
}
