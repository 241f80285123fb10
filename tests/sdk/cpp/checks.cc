// SPDX-License-Identifier: Apache-2.0
//
// What tests/sdk/test_cpp_client.py has the client do, at $OAKTREE_TARGET or where the credential file says:
//
//   checks transfers CLOUD        images and objects, up and down, by the usual way and by stream
//   checks large CLOUD MIB NAME   one image, which says PAUSED half-way and goes on with the next line of standard input
//   checks crowd CLOUD            100 clients, which say UNDER WAY and go on until standard input ends
//   checks errors CLOUD           what errors tell

#include <atomic>
#include <fstream>
#include <iostream>
#include <mutex>
#include <random>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <oaktree/transfer.h>

namespace pb = oaktree::v1;

namespace {

void Check(bool holds, const std::string& wrong) {
  if (!holds) throw std::runtime_error(wrong);
}

template <class T>
T Need(oaktree::Result<T> result) {
  if (!result) throw std::runtime_error(result.error().Text());
  return std::move(*result);
}

std::string Unique(const std::string& what) { return "oaktree-" + what + "-" + std::to_string(std::random_device()()); }

std::string Random(std::size_t size) {
  std::mt19937_64 random(size);
  std::string data(size, '\0');
  for (char& one : data) one = static_cast<char>(random());
  return data;
}

// MIB mebibytes that are made as they are read, and can't be sought in. Half-way it waits for a line of standard input.
class Large : public std::streambuf {
 public:
  explicit Large(std::size_t mebibytes) : left_(mebibytes), half_(mebibytes / 2), block_(Random(1 << 20)) {}

 protected:
  int_type underflow() override {
    if (left_ == 0) return traits_type::eof();
    if (left_-- == half_) {
      std::cout << "PAUSED" << std::endl;
      std::string line;
      std::getline(std::cin, line);
    }
    setg(block_.data(), block_.data(), block_.data() + block_.size());
    return traits_type::to_int_type(block_[0]);
  }

 private:
  std::size_t left_, half_;
  std::string block_;
};

long ResidentKib() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.rfind("VmHWM:", 0) == 0) return std::stol(line.substr(6));
  }
  return 0;
}

pb::Location Where(const std::string& cloud) {
  pb::Location where;
  where.set_cloud(cloud);
  return where;
}

void DeleteImage(const oaktree::Client& client, const pb::Location& where, const std::string& id) {
  pb::DeleteImageRequest request;
  *request.mutable_location() = where;
  request.set_name_or_id(id);
  Need(client.Call(&oaktree::Image::DeleteImage, request));
}

void ImageComesBack(const oaktree::Client& client, const pb::Location& where, std::size_t size, bool stream) {
  const std::string data = Random(size);
  std::istringstream from(data);
  std::int64_t told = -1;
  oaktree::TransferOptions options;
  options.stream = stream;
  options.progress = [&told](std::int64_t done, std::int64_t) { told = done; };
  pb::UploadImageDescription about;
  *about.mutable_location() = where;
  about.set_name(Unique("image"));
  about.set_disk_format("raw");
  const pb::Image image = Need(oaktree::UploadImage(client, about, from, options));
  Check(image.state() == pb::IMAGE_STATE_ACTIVE && told == static_cast<std::int64_t>(size), image.ShortDebugString());
  pb::DownloadImageRequest wanted;
  *wanted.mutable_location() = where;
  wanted.set_name_or_id(image.id());
  std::ostringstream came;
  Need(oaktree::DownloadImage(client, wanted, came, options));
  Check(came.str() == data, "other bytes came than were sent");
  if (size > 2000) {
    wanted.set_offset_bytes(1000);
    wanted.set_length_bytes(500);
    std::ostringstream part;
    Need(oaktree::DownloadImage(client, wanted, part, options));
    Check(part.str() == data.substr(1000, 500), "another part came than was wanted");
  }
  DeleteImage(client, where, image.id());
}

void ObjectComesBack(const oaktree::Client& client, const pb::Location& where, const std::string& container, std::size_t size,
                     bool stream) {
  const std::string data = Random(size);
  std::istringstream from(data);
  oaktree::TransferOptions options;
  options.stream = stream;
  pb::ObjectDescription about;
  *about.mutable_location() = where;
  about.set_container(container);
  about.set_name("a/ü");
  about.set_content_type("text/plain");
  const pb::Object object = Need(oaktree::UploadObject(client, about, from, options));
  Check(object.size_bytes() == static_cast<std::int64_t>(size) && object.content_type() == "text/plain", object.ShortDebugString());
  pb::DownloadObjectRequest wanted;
  *wanted.mutable_location() = where;
  wanted.set_container(container);
  wanted.set_name_or_id("a/ü");
  std::ostringstream came;
  Need(oaktree::DownloadObject(client, wanted, came, options));
  Check(came.str() == data, "other bytes came than were sent");
  about.set_sha256(std::string(64, '0'));
  std::istringstream again(data);
  const auto wrong = oaktree::UploadObject(client, about, again, options);
  Check(!wrong && wrong.error().code == grpc::StatusCode::DATA_LOSS, wrong ? "a wrong sum was taken" : wrong.error().Text());
}

void Transfers(const oaktree::Client& client, const std::string& cloud) {
  const pb::Location where = Where(cloud);
  for (bool stream : {false, true}) {
    for (std::size_t size : {std::size_t(0), std::size_t((3 << 20) + 5)}) ImageComesBack(client, where, size, stream);
  }
  pb::GetCapabilitiesRequest request;
  *request.mutable_location() = where;
  bool objects = false;
  const auto found = Need(client.Call(&oaktree::Clouds::GetCapabilities, request));
  for (const auto& one : found.capabilities().services()) {
    objects = objects || one.type() == "object-store";
  }
  if (!objects) return;
  pb::CreateContainerRequest make;
  *make.mutable_location() = where;
  make.set_name(Unique("container"));
  Need(client.Call(&oaktree::ObjectStore::CreateContainer, make));
  for (bool stream : {false, true}) {
    for (std::size_t size : {std::size_t(0), std::size_t((3 << 20) + 5)}) {
      ObjectComesBack(client, where, make.name(), size, stream);
    }
  }
  std::cout << "OBJECTS" << std::endl;
}

void LargeImage(const oaktree::Client& client, const std::string& cloud, std::size_t mebibytes, const std::string& name) {
  Large buffer(mebibytes);
  std::istream from(&buffer);
  pb::UploadImageDescription about;
  *about.mutable_location() = Where(cloud);
  about.set_name(name);
  about.set_disk_format("raw");
  const long before = ResidentKib();
  int told = 0;
  oaktree::TransferOptions options;
  options.progress = [&told](std::int64_t, std::int64_t) { ++told; };
  const auto image = oaktree::UploadImage(client, about, from, options);
  std::cout << "TOLD " << told << "\nGREW " << (ResidentKib() - before) / 1024 << " MiB\n";
  if (!image) throw std::runtime_error(image.error().Text());
  std::cout << "ACTIVE " << image->size_bytes() << std::endl;
  DeleteImage(client, Where(cloud), image->id());
}

// Clients of three kinds, each with a connection of its own, until the end, and once more then.
struct Crowd {
  const pb::Location where;
  std::atomic<bool> ended{false};
  std::atomic<int> under{0}, pages{0}, changes{0}, restarts{0};

  void Repeat(const std::function<void()>& work) {
    for (bool first = true, last = false; !last; first = false) {
      last = ended;
      work();
      if (first) ++under;
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
  }

  void Iterate(const oaktree::Client& client) {
    pb::ListFlavorsRequest request;
    *request.mutable_location() = where;
    request.set_page_size(2);
    Repeat([&] {
      auto done = client.ForEachPage(&oaktree::Compute::ListFlavors, request, [this](const pb::ListFlavorsResponse&) { ++pages; });
      if (!done) throw std::runtime_error(done.error().Text());
    });
  }

  void Wait(const oaktree::Client& client) {
    Repeat([&] {
      pb::CreateVolumeRequest make;
      *make.mutable_location() = where;
      make.set_name(Unique("volume"));
      make.set_size_gib(1);
      make.mutable_wait()->set_seconds(60);
      const pb::Volume made = Need(client.Call(&oaktree::BlockStorage::CreateVolume, make)).volume();
      Check(made.state() == pb::VOLUME_STATE_AVAILABLE, made.ShortDebugString());
      pb::DeleteVolumeRequest gone;
      *gone.mutable_location() = where;
      gone.set_name_or_id(made.id());
      gone.mutable_wait()->set_seconds(60);
      Need(client.Call(&oaktree::BlockStorage::DeleteVolume, gone));
      ++changes;
    });
  }

  // Until it has come over the restart, and has all there is again.
  void Watch(const oaktree::Client& client) {
    pb::WatchSubscription one;
    *one.mutable_location() = where;
    one.set_kind(pb::RESOURCE_KIND_VOLUME);
    one.set_watch_id("w");
    int starts = 0;
    bool begun = false;
    auto done = client.Follow({one}, [&](const pb::WatchResponse& event) {
      starts += event.has_started() ? 1 : 0;
      if (!event.has_synced()) return true;
      if (!begun) ++under;
      begun = true;
      return starts < 2;
    });
    if (!done) throw std::runtime_error(done.error().Text());
    ++restarts;
  }
};

void RunCrowd(const std::string& cloud) {
  Crowd crowd{Where(cloud)};
  std::mutex mutex;
  std::string failures;
  std::vector<std::thread> threads;
  for (int i = 0; i < 100; ++i) {
    threads.emplace_back([&crowd, &mutex, &failures, i] {
      try {
        oaktree::ConnectOptions options;
        options.arguments.SetInt("oaktree.client", i);  // or they would share one connection
        const oaktree::Client client = Need(oaktree::Connect(options));
        if (i % 10 == 0) {
          crowd.Wait(client);
        } else if (i % 2 == 0) {
          crowd.Watch(client);
        } else {
          crowd.Iterate(client);
        }
      } catch (const std::exception& error) {
        ++crowd.under;
        std::lock_guard<std::mutex> lock(mutex);
        failures += "client " + std::to_string(i) + ": " + error.what() + "\n";
      }
    });
  }
  while (crowd.under < 100) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  std::cout << "UNDER WAY" << std::endl;
  std::cin.ignore(1 << 20, std::char_traits<char>::eof());
  crowd.ended = true;
  for (std::thread& one : threads) one.join();
  std::cout << crowd.pages << " pages, " << crowd.changes << " changes, " << crowd.restarts << " restarts\n";
  Check(failures.empty(), failures);
}

void Errors(const oaktree::Client& client, const std::string& cloud) {
  pb::GetServerRequest request;
  *request.mutable_location() = Where(cloud);
  request.set_name_or_id("no-such-server");
  const auto found = client.Call(&oaktree::Compute::GetServer, request);
  Check(!found, "there is one");
  const oaktree::Error& error = found.error();
  std::cout << error.Text() << "\ncloud " << error.cloud << "\nrequest " << error.request_id << "\n";
  oaktree::Cancellation cancellation;
  cancellation.Cancel();
  std::cout << client.Call(&oaktree::Compute::GetServer, request, {std::chrono::seconds(1), &cancellation}).error().Text() << "\n";
}

void Run(const std::vector<std::string>& arguments) {
  const std::string& what = arguments.at(0);
  const std::string& cloud = arguments.at(1);
  if (what == "crowd") return RunCrowd(cloud);
  const oaktree::Client client = Need(oaktree::Connect());
  if (what == "transfers") Transfers(client, cloud);
  if (what == "large") LargeImage(client, cloud, std::stoul(arguments.at(2)), arguments.at(3));
  if (what == "errors") Errors(client, cloud);
  std::cout << "DONE" << std::endl;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    Run({argv + 1, argv + argc});
  } catch (const std::exception& error) {
    std::cerr << "FAILED: " << error.what() << "\n";
    return 1;
  }
}
