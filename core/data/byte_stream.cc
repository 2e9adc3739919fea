#include "core/data/byte_stream.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "core/dataset.h"

namespace hearsay {

std::size_t ByteStream::read_fully(std::span<char> into) {
  std::size_t done = 0;
  while (done < into.size()) {
    const std::size_t count = read(into.subspan(done));
    if (count == 0) break;
    done += count;
  }
  return done;
}

namespace {

class FileStream : public ByteStream {
 public:
  explicit FileStream(const std::string& path)
      : ByteStream(path), file_(gzopen(path.c_str(), "rb")) {
    if (file_ == nullptr)
      throw DataError(fmt::format("{}: cannot be opened: {}", path, std::strerror(errno)));
    gzbuffer(file_, 1U << 17U);
  }
  ~FileStream() override { gzclose(file_); }
  FileStream(const FileStream&) = delete;
  FileStream& operator=(const FileStream&) = delete;

  std::size_t read(std::span<char> into) override {
    const auto room = static_cast<unsigned>(std::min<std::size_t>(into.size(), 1U << 30U));
    const int count = gzread(file_, into.data(), room);
    if (count > 0) return static_cast<std::size_t>(count);
    // A gzip file that was cut short ends without an error of gzread; only gzerror tells.
    int status = Z_OK;
    const char* reason = gzerror(file_, &status);
    if (count < 0 || (status != Z_OK && status != Z_STREAM_END))
      throw DataError(fmt::format("{}: cannot be read: {}", name(),
                                  status == Z_ERRNO ? std::strerror(errno) : reason));
    return 0;
  }

 private:
  gzFile file_;
};

class GzipMemoryStream : public ByteStream {
 public:
  GzipMemoryStream(std::string name, std::span<const unsigned char> packed)
      : ByteStream(std::move(name)) {
    constexpr int kGzipOnly = 16;
    inflateInit2(&state_, kGzipOnly + MAX_WBITS);
    state_.next_in = const_cast<unsigned char*>(packed.data());  // NOLINT: zlib does not write here
    state_.avail_in = static_cast<unsigned>(packed.size());
  }
  ~GzipMemoryStream() override { inflateEnd(&state_); }
  GzipMemoryStream(const GzipMemoryStream&) = delete;
  GzipMemoryStream& operator=(const GzipMemoryStream&) = delete;

  std::size_t read(std::span<char> into) override {
    if (ended_ || into.empty()) return 0;
    state_.next_out = reinterpret_cast<unsigned char*>(into.data());
    state_.avail_out = static_cast<unsigned>(std::min<std::size_t>(into.size(), 1U << 30U));
    const unsigned room = state_.avail_out;
    const int status = inflate(&state_, Z_NO_FLUSH);
    ended_ = status == Z_STREAM_END;
    if (status != Z_OK && !ended_) throw DataError(fmt::format("{}: cannot be unpacked", name()));
    return room - state_.avail_out;
  }

 private:
  z_stream state_{};
  bool ended_ = false;
};

}  // namespace

std::unique_ptr<ByteStream> open_file(const std::string& path) {
  return std::make_unique<FileStream>(path);
}

std::unique_ptr<ByteStream> open_gzip_memory(std::string name,
                                             std::span<const unsigned char> packed) {
  return std::make_unique<GzipMemoryStream>(std::move(name), packed);
}

}  // namespace hearsay
