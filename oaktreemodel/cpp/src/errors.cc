// SPDX-License-Identifier: Apache-2.0

#include <google/protobuf/any.pb.h>
#include <google/protobuf/duration.pb.h>
#include <google/protobuf/unknown_field_set.h>

#include "oaktree/result.h"

namespace oaktree {
namespace {

namespace proto = google::protobuf;

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

std::string Field(const std::string& message, int number) {
  std::string text;
  ForEachField(message, number, [&text](const std::string& field) { text = field; });
  return text;
}

// google.rpc.ErrorInfo
void ReadInfo(const std::string& info, Error& error) {
  error.reason = Field(info, 1);
  ForEachField(info, 3, [&error](const std::string& entry) { error.metadata[Field(entry, 1)] = Field(entry, 2); });
  if (auto cloud = error.metadata.find("cloud"); cloud != error.metadata.end()) error.cloud = cloud->second;
  if (auto region = error.metadata.find("region"); region != error.metadata.end()) error.region = region->second;
}

// google.rpc.RetryInfo
void ReadRetry(const std::string& info, Error& error) {
  proto::Duration delay;
  delay.ParseFromString(Field(info, 1));
  error.retry_delay = std::chrono::milliseconds(delay.seconds() * 1000 + delay.nanos() / 1000000);
}

const char* Name(grpc::StatusCode code) {
  static const char* const names[] = {"OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND",
                                      "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION",
                                      "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS",
                                      "UNAUTHENTICATED"};
  return code >= 0 && code < static_cast<int>(std::size(names)) ? names[code] : "UNKNOWN";
}

}  // namespace

std::string Error::Text() const {
  return std::string(Name(code)) + (reason.empty() ? "" : " " + reason) + ": " + message;
}

Error ErrorOf(const grpc::Status& status, std::string request_id) {
  Error error;
  error.code = status.error_code();
  error.message = status.error_message();
  error.request_id = std::move(request_id);
  // google.rpc.Status
  ForEachField(status.error_details(), 3, [&error](const std::string& field) {
    proto::Any detail;
    if (!detail.ParseFromString(field)) return;
    if (detail.type_url() == "type.googleapis.com/google.rpc.ErrorInfo") ReadInfo(detail.value(), error);
    if (detail.type_url() == "type.googleapis.com/google.rpc.RetryInfo") ReadRetry(detail.value(), error);
  });
  return error;
}

}  // namespace oaktree
