// Where the readers of data files get their bytes from: a file, plain or gzipped, or memory.
#pragma once

#include <memory>
#include <span>
#include <string>

namespace hearsay {

class ByteStream {
 public:
  explicit ByteStream(std::string name) : name_(std::move(name)) {}
  virtual ~ByteStream() = default;
  ByteStream(const ByteStream&) = delete;
  ByteStream& operator=(const ByteStream&) = delete;

  /// Fills the front of `into` and returns how many bytes came; 0 means the end. May return fewer
  /// bytes than there is room for. Throws DataError when the bytes cannot be read.
  virtual std::size_t read(std::span<char> into) = 0;

  /// Reads until `into` is full or the stream ends; returns the bytes read.
  std::size_t read_fully(std::span<char> into);

  /// What messages call it: the path.
  const std::string& name() const { return name_; }

 private:
  std::string name_;
};

/// Opens a file. One that starts with the gzip magic is unpacked as it is read, whatever its name.
/// Throws DataError.
std::unique_ptr<ByteStream> open_file(const std::string& path);

/// Unpacks a gzipped block of memory, which must outlive the stream.
std::unique_ptr<ByteStream> open_gzip_memory(std::string name,
                                             std::span<const unsigned char> packed);

}  // namespace hearsay
