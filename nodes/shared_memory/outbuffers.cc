#include "nodes/shared_memory/outbuffers.h"

#include <unistd.h>

#include <algorithm>

namespace hearsay {

Outbuffers::Buffer& Outbuffers::take(std::size_t size, const Taken& taken) {
  constexpr std::size_t kPage = 4096;
  std::unique_ptr<Buffer>* outgrown = nullptr;
  for (std::unique_ptr<Buffer>& buffer : buffers_) {
    std::erase_if(buffer->uses, taken);
    if (!buffer->uses.empty()) continue;
    if (buffer->file.size() >= size) return *buffer;
    outgrown = &buffer;
  }
  // Messages differ a little in length.
  const std::size_t room = (size + size / 8 + kPage - 1) / kPage * kPage;
  std::string path = prefix_ + std::to_string(made_++);
  SharedFile file = SharedFile::create(path, room);
  auto made = std::make_unique<Buffer>(Buffer{std::move(path), std::move(file), {}});
  if (outgrown == nullptr) return *buffers_.emplace_back(std::move(made));
  unlink((*outgrown)->path.c_str());
  *outgrown = std::move(made);
  return **outgrown;
}

}  // namespace hearsay
