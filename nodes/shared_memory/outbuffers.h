// Where a node puts the long payloads that it sends: files of memory that all receivers read, used
// again when all have. Only the sender keeps count, from what is left in its rings, so that a
// receiver that dies leaves nothing behind.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/types.h"
#include "nodes/shared_memory/shared_file.h"

namespace hearsay {

class Outbuffers {
 public:
  struct Use {
    NodeId by = 0;
    std::uint64_t place = 0;  // among all that was put into that ring
  };
  struct Buffer {
    std::string path;
    SharedFile file;
    std::vector<Use> uses;
  };
  /// Whether a receiver has taken what was put at that place, or never will.
  using Taken = std::function<bool(const Use&)>;

  /// Files are named `prefix`0, `prefix`1, ...
  explicit Outbuffers(std::string prefix) : prefix_(std::move(prefix)) {}

  /// A buffer of that size that nobody reads any more, a new one if there is none. Throws
  /// TransportError when there is no memory.
  Buffer& take(std::size_t size, const Taken& taken);

 private:
  std::string prefix_;
  std::size_t made_ = 0;
  std::vector<std::unique_ptr<Buffer>> buffers_;
};

}  // namespace hearsay
