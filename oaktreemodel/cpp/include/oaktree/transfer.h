// SPDX-License-Identifier: Apache-2.0
//
// Bytes of images and objects, up and down: to or from the cloud itself where it can be reached from here, else through oaktree.
// Memory does not grow with the size. Checksums are compared.

#ifndef OAKTREE_TRANSFER_H
#define OAKTREE_TRANSFER_H

#include <chrono>
#include <cstdint>
#include <functional>
#include <istream>
#include <ostream>

#include "oaktree/client.h"

namespace oaktree {

// Is told of the bytes that are done and all there are, or -1 where that is not known: at most once for each MiB, and at the
// end, by the thread that transfers.
using Progress = std::function<void(std::int64_t done, std::int64_t total)>;

struct TransferOptions {
  Progress progress;
  bool stream = false;                    // through oaktree, also where the cloud could be reached
  std::chrono::milliseconds timeout{0};   // zero is a day
  Cancellation* cancellation = nullptr;
};

// Makes an image of these bytes. After an error there is no such image, or the error says what is left. The size is found where
// the stream can be sought in, unless the description has it.
Result<v1::Image> UploadImage(const Client& client, v1::UploadImageDescription description, std::istream& data,
                              const TransferOptions& options = {});

// Writes an object of these bytes, in place of any that has the name. After an error the object is as it was before, or the
// error says otherwise.
Result<v1::Object> UploadObject(const Client& client, v1::ObjectDescription description, std::istream& data,
                                const TransferOptions& options = {});

// Writes the data of an image, or the part that the request names, to a stream. Where the way breaks off, it goes on where it
// was. What came is held against the hashes that are known; where they differ, the error has code DATA_LOSS, and what was written
// is of no use.
Result<v1::Image> DownloadImage(const Client& client, const v1::DownloadImageRequest& request, std::ostream& to,
                                const TransferOptions& options = {});

// The same of an object.
Result<v1::Object> DownloadObject(const Client& client, const v1::DownloadObjectRequest& request, std::ostream& to,
                                  const TransferOptions& options = {});

}  // namespace oaktree

#endif  // OAKTREE_TRANSFER_H
