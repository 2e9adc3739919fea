// Where a node puts the long payloads that it sends: files of memory that all receivers read in
// place, used again when all have let go of theirs.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/types.h"
#include "nodes/payload.h"
#include "nodes/shared_memory/shared_file.h"

namespace hearsay {

class Outbuffers {
 public:
  /// Files are named `prefix`0, `prefix`1, ...
  explicit Outbuffers(std::string prefix) : prefix_(std::move(prefix)) {}

  /// The file that has a copy of the payload, counted as read by one more. A broadcast, one call
  /// straight after the other, copies it once. Throws TransportError when there is no memory.
  const std::string& share(const Payload& payload);

  /// A broadcast is over.
  void let_go() { last_ = {}; }

  /// Forgets all buffers: who read them may be dead. Their bytes stay for those who still do.
  void abandon();

 private:
  struct Buffer {
    std::string path;
    SharedFile file;
  };

  Buffer& free_buffer(std::size_t size);

  std::string prefix_;
  std::size_t made_ = 0;
  std::vector<std::unique_ptr<Buffer>> buffers_;
  Payload last_;
  Buffer* buffer_ = nullptr;  // that it is in
};

/// A file of somebody else's, as a reader has it.
class Inbuffer {
 public:
  /// Throws TransportError.
  explicit Inbuffer(const std::string& path);

  /// The first `size` bytes, for as long as the payload is held; nothing when it has not as many.
  /// One call for each time that it was shared.
  static std::optional<Payload> read(const std::shared_ptr<Inbuffer>& buffer, std::size_t size);

 private:
  SharedFile file_;
};

}  // namespace hearsay
