#include "nodes/shared_memory/outbuffers.h"

#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstring>

namespace hearsay {

namespace {

/// What stands in front of the bytes.
struct Head {
  alignas(64) std::atomic<std::uint32_t> readers{0};
};

Head& head_of(const SharedFile& file) {
  return *reinterpret_cast<Head*>(file.data());
}

/// Of one reader, gone when it lets go.
struct Lease {
  explicit Lease(std::shared_ptr<Inbuffer> from, Head& at) : buffer(std::move(from)), head(at) {}
  ~Lease() { head.readers.fetch_sub(1); }
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;

  std::shared_ptr<Inbuffer> buffer;
  Head& head;
};

}  // namespace

const std::string& Outbuffers::share(const Payload& payload) {
  if (!(payload == last_)) {
    buffer_ = &free_buffer(payload->size());
    std::memcpy(buffer_->file.data() + sizeof(Head), payload->data(), payload->size());
    last_ = payload;
  }
  head_of(buffer_->file).readers.fetch_add(1);
  return buffer_->path;
}

Outbuffers::Buffer& Outbuffers::free_buffer(std::size_t size) {
  constexpr std::size_t kPage = 4096;
  const std::size_t needed = sizeof(Head) + size;
  std::unique_ptr<Buffer>* outgrown = nullptr;
  for (std::unique_ptr<Buffer>& buffer : buffers_) {
    if (head_of(buffer->file).readers.load() > 0) continue;
    if (buffer->file.size() >= needed) return *buffer;
    outgrown = &buffer;
  }
  // Messages differ a little in length.
  const std::size_t room = (needed + size / 8 + kPage - 1) / kPage * kPage;
  std::string path = prefix_ + std::to_string(made_++);
  SharedFile file = SharedFile::create(path, room);
  new (file.data()) Head;
  auto made = std::make_unique<Buffer>(Buffer{std::move(path), std::move(file)});
  if (outgrown == nullptr) return *buffers_.emplace_back(std::move(made));
  unlink((*outgrown)->path.c_str());
  *outgrown = std::move(made);
  return **outgrown;
}

void Outbuffers::abandon() {
  let_go();
  for (const std::unique_ptr<Buffer>& buffer : buffers_) unlink(buffer->path.c_str());
  buffers_.clear();
}

Inbuffer::Inbuffer(const std::string& path) : file_(SharedFile::open(path)) {}

std::optional<Payload> Inbuffer::read(const std::shared_ptr<Inbuffer>& buffer, std::size_t size) {
  const SharedFile& file = buffer->file_;
  if (file.size() < sizeof(Head) || file.size() - sizeof(Head) < size) return std::nullopt;
  return Payload(std::make_shared<const Lease>(buffer, head_of(file)),
                 ByteView(file.data() + sizeof(Head), size));
}

}  // namespace hearsay
