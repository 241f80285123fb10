// SPDX-License-Identifier: Apache-2.0

#include <algorithm>
#include <thread>

#include "tokens.h"
#include "transfer.h"

namespace oaktree {
namespace {

using std::chrono::seconds;

// How often in a row a download is begun again without another byte of it having come; and how long before each.
constexpr int kTries = 10;
constexpr seconds kPause{1};

// One part of a stream.
struct Part {
  const std::string& chunk;
  const std::string& sha256;
  bool moved;  // it is of other data than before
};

// What is downloaded.
struct Wanted {
  std::string name;
  std::int64_t offset = 0;
  std::int64_t length = -1;  // -1 is all that follows
  std::int64_t size = 0;     // of the whole
  // Tells the request by which the cloud gives it, if it may be known.
  std::function<std::optional<HttpRequest>()> url;
  // Has `use` take the stream of a part, until it returns an error.
  std::function<Result<void>(std::int64_t offset, std::int64_t length, const std::function<Result<void>(const Part&)>& use)> parts;
  // Checks all of the data.
  std::function<Result<void>()> whole;
};

const char* const kWriting = "DATA_UNWRITABLE";

// Writes, counts and sums.
Result<void> Take(Transfer& transfer, std::ostream& to, const char* data, std::size_t size) {
  to.write(data, static_cast<std::streamsize>(size));
  if (!to) return Problem(grpc::StatusCode::DATA_LOSS, kWriting, "what has come can't be written");
  transfer.Add(data, size);
  return {};
}

// Fetches it from the cloud itself, as far as that goes; a stream brings what is missing then.
Result<void> Get(Transfer& transfer, const Wanted& source, std::ostream& to) {
  std::optional<HttpRequest> request = source.url();
  if (!request) return {};
  long expected = 200;
  if (transfer.total < source.size) {
    expected = 206;
    request->headers["Range"] =
        "bytes=" + std::to_string(source.offset) + "-" + std::to_string(source.offset + transfer.total - 1);
  }
  Result<void> written;
  Fetch(transfer.Prepared(*request), expected, [&](const char* data, std::size_t size) {
    const auto rest = static_cast<std::size_t>(transfer.total - transfer.done);
    written = Take(transfer, to, data, std::min(size, rest));
    return written.ok() && transfer.done < transfer.total;
  });
  return written;
}

// Fetches what is missing through oaktree, by one stream.
Result<void> StreamOnce(Transfer& transfer, const Wanted& source, std::ostream& to) {
  const bool from_the_start = transfer.done == 0;
  const std::int64_t length = source.length < 0 ? -1 : transfer.total - transfer.done;
  return source.parts(source.offset + transfer.done, length, [&](const Part& part) -> Result<void> {
    if (part.moved) {
      return Problem(grpc::StatusCode::ABORTED, "", "it was written anew meanwhile, and what has come is of no use: begin anew");
    }
    if (from_the_start) {
      if (Result<void> good = transfer.Check("sha256", part.sha256, source.name); !good) return good;
    }
    return Take(transfer, to, part.chunk.data(), part.chunk.size());
  });
}

bool Again(const Transfer& transfer, const Error& error) {
  const bool lost = error.code == grpc::StatusCode::UNAVAILABLE || error.code == grpc::StatusCode::CANCELLED;
  return (lost && !transfer.Cancelled()) || Renewable(error);
}

// Writes all that is wanted, by whatever way, and checks it.
Result<void> All(Transfer& transfer, const Wanted& source, std::ostream& to) {
  auto failed = [&](const Error& error) { return Told(error, "the download of " + source.name + " ended " + transfer.Far()); };
  std::int64_t rest = std::max<std::int64_t>(0, source.size - source.offset);
  if (source.length >= 0) rest = std::min(rest, source.length);
  transfer.total = rest;
  if (!transfer.options.stream && transfer.client.secret() && rest > 0) {
    if (Result<void> got = Get(transfer, source, to); !got) return failed(got.error());
  }
  for (int tries = 0; transfer.done < rest; ++tries) {
    const std::int64_t before = transfer.done;
    Result<void> got = StreamOnce(transfer, source, to);
    if (got) break;
    if (transfer.done > before) tries = 0;
    if (!Again(transfer, got.error()) || tries >= kTries) return failed(got.error());
    std::this_thread::sleep_for(kPause);
  }
  if (transfer.done != rest) {
    return failed(Problem(grpc::StatusCode::DATA_LOSS, "CHECKSUM_MISMATCH",
                          std::to_string(transfer.done) + " bytes have come, not " + std::to_string(rest) + ". Try again."));
  }
  if (!to.flush()) return failed(Problem(grpc::StatusCode::DATA_LOSS, kWriting, "what has come can't be written"));
  transfer.Finish();
  return rest == source.size ? source.whole() : Result<void>();
}

// Reads a stream of answers to its end.
template <class Answer, class Open, class Use>
Result<void> ReadAll(const Transfer& transfer, Open open, Use use) {
  auto begun = transfer.client.SignedIn();
  if (!begun) return begun.error();
  grpc::ClientContext context;
  const std::shared_ptr<void> guard = transfer.Begin(context);
  auto stream = open(&context);
  Answer answer;
  while (stream->Read(&answer)) {
    if (Result<void> used = use(answer); !used) {
      context.TryCancel();
      stream->Finish();
      return used;
    }
  }
  if (const grpc::Status status = stream->Finish(); !status.ok()) return transfer.client.Failed(status, context, *begun);
  return {};
}

}  // namespace

Result<v1::Image> DownloadImage(const Client& client, const v1::DownloadImageRequest& wanted, std::ostream& to,
                                const TransferOptions& options) {
  Transfer transfer(client, options);
  v1::GetImageRequest now;
  *now.mutable_location() = wanted.location();
  now.set_name_or_id(wanted.name_or_id());
  now.mutable_max_age();
  auto found = client.Call(&Image::GetImage, now, transfer.Beside());
  if (!found) return found.error();
  const v1::Image image = found->image();
  transfer.Sum("sha256");
  transfer.Sum(image.hash_algo());
  Wanted source;
  source.name = "image '" + image.name() + "'";
  source.offset = wanted.offset_bytes();
  source.length = wanted.length_bytes() > 0 ? wanted.length_bytes() : -1;
  source.size = image.size_bytes();
  source.url = [&]() -> std::optional<HttpRequest> {
    v1::CreateImageDownloadUrlRequest where;
    *where.mutable_location() = PlaceOf(image.location());
    where.set_name_or_id(image.id());
    auto told = client.Call(&Image::CreateImageDownloadUrl, where, transfer.Beside());
    if (!told) return std::nullopt;
    return RequestOf(*told);
  };
  source.parts = [&](std::int64_t offset, std::int64_t length, const std::function<Result<void>(const Part&)>& use) {
    v1::DownloadImageRequest request;
    *request.mutable_location() = PlaceOf(image.location());
    request.set_name_or_id(image.id());
    request.set_offset_bytes(offset);
    request.set_length_bytes(std::max<std::int64_t>(0, length));
    return ReadAll<v1::DownloadImageResponse>(
        transfer, [&](grpc::ClientContext* context) { return client.image->DownloadImage(context, request); },
        [&](const v1::DownloadImageResponse& got) { return use({got.chunk(), got.sha256(), false}); });
  };
  source.whole = [&] { return transfer.Check(image.hash_algo(), image.hash_value(), source.name); };
  if (Result<void> all = All(transfer, source, to); !all) return all.error();
  return image;
}

Result<v1::Object> DownloadObject(const Client& client, const v1::DownloadObjectRequest& wanted, std::ostream& to,
                                  const TransferOptions& options) {
  Transfer transfer(client, options);
  v1::GetObjectRequest now;
  *now.mutable_location() = wanted.location();
  now.set_container(wanted.container());
  now.set_name_or_id(wanted.name_or_id());
  auto found = client.Call(&ObjectStore::GetObject, now, transfer.Beside());
  if (!found) return found.error();
  const v1::Object object = found->object();
  transfer.Sum("sha256");
  if (!object.segmented()) transfer.Sum("md5");
  Wanted source;
  source.name = "object '" + object.name() + "'";
  source.offset = wanted.offset_bytes();
  source.length = wanted.has_length_bytes() ? wanted.length_bytes() : -1;
  source.size = object.size_bytes();
  source.url = [&]() -> std::optional<HttpRequest> {
    v1::CreateObjectDownloadUrlRequest where;
    *where.mutable_location() = wanted.location();
    where.set_container(wanted.container());
    where.set_name(object.name());
    auto told = client.Call(&ObjectStore::CreateObjectDownloadUrl, where, transfer.Beside());
    if (!told) return std::nullopt;
    return RequestOf(*told);
  };
  source.parts = [&](std::int64_t offset, std::int64_t length, const std::function<Result<void>(const Part&)>& use) {
    v1::DownloadObjectRequest request = wanted;
    request.set_offset_bytes(offset);
    request.clear_length_bytes();
    if (length >= 0) request.set_length_bytes(length);
    return ReadAll<v1::DownloadObjectResponse>(
        transfer, [&](grpc::ClientContext* context) { return client.object_store->DownloadObject(context, request); },
        [&](const v1::DownloadObjectResponse& got) {
          const bool moved = got.has_object() && got.object().etag() != object.etag();
          return use({got.chunk(), got.sha256(), moved});
        });
  };
  source.whole = [&]() -> Result<void> {
    if (Result<void> good = transfer.Check("sha256", object.sha256(), source.name); !good) return good;
    return transfer.Check("md5", object.etag(), source.name);
  };
  if (Result<void> all = All(transfer, source, to); !all) return all.error();
  return object;
}

}  // namespace oaktree
