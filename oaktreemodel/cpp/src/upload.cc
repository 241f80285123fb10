// SPDX-License-Identifier: Apache-2.0

#include <algorithm>
#include <cctype>
#include <thread>
#include <vector>

#include <google/protobuf/duration.pb.h>

#include "transfer.h"

namespace oaktree {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

// The most that goes to an object store as one; more goes through oaktree, which makes segments.
constexpr std::int64_t kWholeObject = 1 << 30;
// How long a cloud may take to have an image ready of which it has all bytes.
constexpr std::chrono::minutes kStored{10};
// How long a server may take to delete what an upload that failed has left.
constexpr seconds kClearing{5};

// What a cloud was told by a URL; nothing where it has taken no byte, and oaktree can send them all.
template <class T>
using Tried = std::optional<Result<T>>;

Error Unreadable(const std::string& left) {
  return Problem(grpc::StatusCode::DATA_LOSS, "DATA_UNREADABLE", "the data can't be read; " + left);
}

// Whether a call failed without a word of the server about why, which hence may not have cleared up.
bool BrokenOff(const Transfer& transfer, const Error& error) { return error.reason.empty() && !transfer.Cancelled(); }

// Sends the description, the data in chunks, and what comes last if there is such, and has the answer.
template <class Request, class Answer, class Open, class Last>
Result<Answer> SendAll(Transfer& transfer, Request first, Data& data, Open open, Last last) {
  auto begun = transfer.client.SignedIn();
  if (!begun) return begun.error();
  grpc::ClientContext context;
  const std::shared_ptr<void> guard = transfer.Begin(context);
  Answer answer;
  auto stream = open(&context, &answer);
  bool open_still = stream->Write(first);
  Request part;
  while (open_still) {
    std::string& chunk = *part.mutable_chunk();
    chunk.resize(kChunk);
    const std::int64_t count = data.Read(chunk.data(), kChunk);
    if (count < 0) {
      context.TryCancel();
      stream->Finish();
      return Unreadable("nothing is left");
    }
    if (count == 0) break;
    chunk.resize(static_cast<std::size_t>(count));
    open_still = stream->Write(part);
    if (open_still) transfer.Add(chunk.data(), chunk.size());
  }
  if (open_still) last(*stream);
  stream->WritesDone();
  if (const grpc::Status status = stream->Finish(); !status.ok()) return transfer.client.Failed(status, context, *begun);
  return answer;
}

// Sends the data by a URL; nothing where none was taken, else why it failed, if it did.
std::optional<Result<HttpAnswer>> Put(Transfer& transfer, const HttpRequest& request, std::int64_t size, Data& data,
                                      const std::string& left) {
  const HttpAnswer answer = Send(transfer.Prepared(request), size, [&](char* into, std::size_t room) {
    const std::int64_t count = data.Read(into, room);
    if (count > 0) transfer.Add(into, static_cast<std::size_t>(count));
    return count;
  });
  if (data.broken()) return Result<HttpAnswer>(Unreadable(left));
  if (answer.status / 100 == 2) return Result<HttpAnswer>(answer);
  if (!data.begun()) return std::nullopt;
  const auto code = transfer.Cancelled() ? grpc::StatusCode::CANCELLED : grpc::StatusCode::UNAVAILABLE;
  return Result<HttpAnswer>(Problem(code, "", "the upload ended " + transfer.Far() + ", and " + left +
                                                  ": send it again: " + answer.problem));
}

// Whether the bytes of an image are sent to the image service of a place.
bool TakesImages(const Transfer& transfer, const v1::Location& place) {
  v1::GetCapabilitiesRequest request;
  *request.mutable_location() = place;
  auto found = transfer.client.Call(&Clouds::GetCapabilities, request, transfer.Beside());
  return found && found->capabilities().image_upload_method() == v1::IMAGE_UPLOAD_METHOD_PUT;
}

Result<v1::Image> ImageNow(const Transfer& transfer, const v1::Image& image) {
  v1::GetImageRequest request;
  *request.mutable_location() = PlaceOf(image.location());
  request.set_name_or_id(image.id());
  request.mutable_max_age();
  auto found = transfer.client.Call(&Image::GetImage, request, transfer.Beside());
  if (!found) return found.error();
  return found->image();
}

// Holds an image against what was sent, and against what was said before.
Result<void> Matches(const Transfer& transfer, const v1::Image& image, const v1::UploadImageDescription& about) {
  const std::string what = "image '" + image.name() + "'";
  if (image.size_bytes() != transfer.done || (transfer.total >= 0 && transfer.total != transfer.done)) {
    return Problem(grpc::StatusCode::DATA_LOSS, "CHECKSUM_MISMATCH",
                   what + " has " + std::to_string(image.size_bytes()) + " bytes, and " + std::to_string(transfer.done) +
                       " were sent. Try again.");
  }
  for (auto& checked : {transfer.Check("sha256", about.sha256(), what), transfer.Check("md5", image.checksum(), what),
                        transfer.Check(image.hash_algo(), image.hash_value(), what)}) {
    if (!checked) return checked;
  }
  return {};
}

// Waits until the cloud has all of an image.
Result<v1::Image> Settled(const Transfer& transfer, const v1::Image& made) {
  const auto end = steady_clock::now() + kStored;
  while (true) {
    Result<v1::Image> image = ImageNow(transfer, made);
    if (!image || image->state() == v1::IMAGE_STATE_ACTIVE) return image;
    if (steady_clock::now() > end || transfer.Cancelled()) {
      return Problem(grpc::StatusCode::DEADLINE_EXCEEDED, "", "image " + made.id() + " has its data and did not become active");
    }
    std::this_thread::sleep_for(seconds(1));
  }
}

// Gives a queued image its data, and waits until the cloud has it.
Tried<v1::Image> Fill(Transfer& transfer, const v1::UploadImageDescription& about, const v1::Image& made, Data& data) {
  v1::CreateImageUploadUrlRequest where;
  *where.mutable_location() = PlaceOf(made.location());
  where.set_name_or_id(made.id());
  auto told = transfer.client.Call(&Image::CreateImageUploadUrl, where, transfer.Beside());
  if (!told) return std::nullopt;
  transfer.Sum("md5");
  transfer.Sum("sha512");
  auto put = Put(transfer, RequestOf(*told), transfer.total > 0 ? transfer.total : -1, data, "no image is left");
  if (!put) return std::nullopt;
  if (!*put) return Result<v1::Image>(put->error());
  Result<v1::Image> image = Settled(transfer, made);
  if (!image) return image;
  if (Result<void> good = Matches(transfer, *image, about); !good) return Result<v1::Image>(good.error());
  if (!about.is_protected()) return image;
  v1::UpdateImageRequest protect;
  *protect.mutable_location() = PlaceOf(made.location());
  protect.set_name_or_id(made.id());
  protect.set_is_protected(true);
  protect.set_request_id(NewUuid());
  auto changed = transfer.client.Call(&Image::UpdateImage, protect, transfer.Beside());
  if (!changed) return Result<v1::Image>(changed.error());
  return Result<v1::Image>(changed->image());
}

v1::CreateImageRequest Queued(const v1::UploadImageDescription& about) {
  v1::CreateImageRequest request;
  *request.mutable_location() = about.location();
  request.set_name(about.name());
  request.set_disk_format(about.disk_format());
  request.set_container_format(about.container_format());
  request.set_visibility(about.visibility());
  request.set_min_disk_gib(about.min_disk_gib());
  request.set_min_ram_mib(about.min_ram_mib());
  request.set_hidden(about.hidden());
  *request.mutable_tags() = about.tags();
  *request.mutable_properties() = about.properties();
  request.set_request_id(NewUuid());
  return request;
}

// Makes an image by its URL.
Tried<v1::Image> PutImage(Transfer& transfer, const v1::UploadImageDescription& about, Data& data) {
  auto made = transfer.client.Call(&Image::CreateImage, Queued(about), transfer.Beside());
  if (!made) return Result<v1::Image>(made.error());
  Tried<v1::Image> filled = Fill(transfer, about, made->image(), data);
  if (filled && *filled) {
    transfer.Finish();
    return filled;
  }
  v1::DeleteImageRequest gone;
  *gone.mutable_location() = PlaceOf(made->image().location());
  gone.set_name_or_id(made->image().id());
  // Not the caller's time: also what was cancelled is cleared up.
  auto deleted = transfer.client.Call(&Image::DeleteImage, gone, {kTidy, nullptr});
  if (!deleted) {
    const Error why = filled ? filled->error() : deleted.error();
    return Result<v1::Image>(Told(why, "image " + made->image().id() + " is left: delete it, and send it again"));
  }
  return filled;
}

// What there is of an image whose upload failed, and what to do about it. A server that goes away at once can't delete it; who
// asks the next one finds it.
std::string Left(const Transfer& transfer, const v1::UploadImageDescription& about, const Error& error) {
  if (!BrokenOff(transfer, error)) return "no image is left, so send it again when that is mended";
  v1::ListImagesRequest request;
  *request.mutable_location() = about.location();
  request.set_name_or_id(about.name());
  request.mutable_max_age();
  for (const auto end = steady_clock::now() + kClearing;; std::this_thread::sleep_for(seconds(1))) {
    std::string found;
    Result<void> listed = transfer.client.ForEachPage(
        &Image::ListImages, request,
        [&found](const v1::ListImagesResponse& page) {
          for (const v1::Image& image : page.images()) {
            const bool empty = image.state() == v1::IMAGE_STATE_QUEUED || image.state() == v1::IMAGE_STATE_UPLOADING;
            if (empty) found += (found.empty() ? "" : ", ") + image.id();
          }
        },
        {kTidy, nullptr});
    if (!listed) return "what is left is not known: delete what has the name '" + about.name() + "' and is not active";
    if (found.empty()) return "no image is left: send it again";
    if (steady_clock::now() > end) {
      return "an image of that name is left without its data: delete " + found +
             ", unless somebody else uploads it, and send it again";
    }
  }
}

void Describe(HttpRequest& request, const v1::ObjectDescription& about) {
  auto set = [&request](const char* name, const std::string& value) {
    if (!value.empty()) request.headers[name] = value;
  };
  set("Content-Type", about.content_type().empty() ? "application/octet-stream" : about.content_type());
  set("Content-Encoding", about.content_encoding());
  set("Content-Disposition", about.content_disposition());
  if (about.has_delete_time()) set("X-Delete-At", std::to_string(about.delete_time().seconds()));
}

// Deletes an object that is wrong, and says so.
Error Wrong(const Transfer& transfer, const v1::ObjectDescription& about, const Error& why) {
  v1::DeleteObjectRequest gone;
  *gone.mutable_location() = about.location();
  gone.set_container(about.container());
  gone.set_name_or_id(about.name());
  auto deleted = transfer.client.Call(&ObjectStore::DeleteObject, gone, {kTidy, nullptr});
  return Told(why, "object '" + about.name() + (deleted ? "' is deleted" : "' is there, but wrong: delete it"));
}

// Writes an object by its URL.
Tried<v1::Object> PutObject(Transfer& transfer, const v1::ObjectDescription& about, Data& data) {
  v1::CreateObjectUploadUrlRequest where;
  *where.mutable_location() = about.location();
  where.set_container(about.container());
  where.set_name(about.name());
  auto told = transfer.client.Call(&ObjectStore::CreateObjectUploadUrl, where, transfer.Beside());
  if (!told) return std::nullopt;
  transfer.Sum("md5");
  HttpRequest request = RequestOf(*told);
  Describe(request, about);
  const std::string name = "object '" + about.name() + "'";
  auto put = Put(transfer, request, transfer.total, data, name + " is as it was before");
  if (!put) return std::nullopt;
  if (!*put) return Result<v1::Object>(put->error());
  const auto etag = (*put)->headers.find("etag");
  std::string md5 = etag == (*put)->headers.end() ? "" : etag->second;
  md5.erase(std::remove(md5.begin(), md5.end(), '"'), md5.end());
  for (auto& checked : {transfer.Check("md5", md5, name), transfer.Check("sha256", about.sha256(), name)}) {
    if (!checked) return Result<v1::Object>(Wrong(transfer, about, checked.error()));
  }
  transfer.Finish();
  v1::GetObjectRequest now;
  *now.mutable_location() = about.location();
  now.set_container(about.container());
  now.set_name_or_id(about.name());
  auto found = transfer.client.Call(&ObjectStore::GetObject, now, transfer.Beside());
  if (!found) return Result<v1::Object>(Told(found.error(), name + " is written, and could not be read"));
  return Result<v1::Object>(found->object());
}

}  // namespace

Result<v1::Image> UploadImage(const Client& client, v1::UploadImageDescription about, std::istream& from,
                              const TransferOptions& options) {
  if (!from) return Problem(grpc::StatusCode::INVALID_ARGUMENT, "DATA_UNREADABLE", "the data can't be read: was the file opened?");
  Transfer transfer(client, options);
  if (const std::int64_t size = SizeOf(from); !about.has_size_bytes() && size >= 0) about.set_size_bytes(size);
  if (about.has_size_bytes()) transfer.total = about.size_bytes();
  transfer.Sum("sha256");
  Data data(from);
  if (!options.stream && client.secret() && TakesImages(transfer, about.location())) {
    if (Tried<v1::Image> image = PutImage(transfer, about, data)) return *image;
  }
  v1::UploadImageRequest first;
  *first.mutable_description() = about;
  auto answer = SendAll<v1::UploadImageRequest, v1::UploadImageResponse>(
      transfer, first, data,
      [&client](grpc::ClientContext* context, v1::UploadImageResponse* into) { return client.image->UploadImage(context, into); },
      [&transfer](grpc::ClientWriter<v1::UploadImageRequest>& stream) {
        v1::UploadImageRequest last;
        last.set_sha256(transfer.Hex("sha256"));
        stream.Write(last);
      });
  if (!answer) {
    return Told(answer.error(), "the upload of image '" + about.name() + "' ended " + transfer.Far() + "; " +
                                    Left(transfer, about, answer.error()));
  }
  transfer.Finish();
  return answer->image();
}

Result<v1::Object> UploadObject(const Client& client, v1::ObjectDescription about, std::istream& from,
                                const TransferOptions& options) {
  if (!from) return Problem(grpc::StatusCode::INVALID_ARGUMENT, "DATA_UNREADABLE", "the data can't be read: was the file opened?");
  Transfer transfer(client, options);
  if (const std::int64_t size = SizeOf(from); !about.has_size_bytes() && size >= 0) about.set_size_bytes(size);
  if (about.has_size_bytes()) transfer.total = about.size_bytes();
  transfer.Sum("sha256");
  Data data(from);
  // oaktree checks metadata, and makes segments.
  for (const std::string* one : {&about.content_type(), &about.content_encoding(), &about.content_disposition()}) {
    if (std::any_of(one->begin(), one->end(), [](unsigned char letter) { return std::iscntrl(letter) != 0; })) {
      return Problem(grpc::StatusCode::INVALID_ARGUMENT, "INVALID_FIELD", "a header of the object has a control character");
    }
  }
  const bool whole = transfer.total >= 0 && transfer.total <= kWholeObject && about.segment_size_bytes() == 0;
  if (!options.stream && client.secret() && whole && about.metadata().empty()) {
    if (Tried<v1::Object> object = PutObject(transfer, about, data)) return *object;
  }
  v1::UploadObjectRequest first;
  *first.mutable_description() = about;
  auto answer = SendAll<v1::UploadObjectRequest, v1::UploadObjectResponse>(
      transfer, first, data,
      [&client](grpc::ClientContext* context, v1::UploadObjectResponse* into) {
        return client.object_store->UploadObject(context, into);
      },
      [](grpc::ClientWriter<v1::UploadObjectRequest>&) {});
  if (!answer) {
    const std::string segments = BrokenOff(transfer, answer.error())
                                     ? " (but there may be segments of it in the container " + about.container() +
                                           "_segments, which take space)"
                                     : "";
    return Told(answer.error(), "the upload of object '" + about.name() + "' ended " + transfer.Far() +
                                    ", and the object is as it was before" + segments + ": send it again");
  }
  transfer.Finish();
  if (Result<void> good = transfer.Check("sha256", answer->sha256(), "object '" + about.name() + "'"); !good) {
    return good.error();
  }
  return answer->object();
}

}  // namespace oaktree
