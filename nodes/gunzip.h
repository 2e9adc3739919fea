// Unpacking a stream that may be gzipped, as it comes.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>

namespace hearsay {

/// Passes bytes on: unpacked when the stream starts as a gzip file does, else as they are.
class Gunzip {
 public:
  using Sink = std::function<void(std::span<const char>)>;

  explicit Gunzip(Sink sink);
  ~Gunzip();
  Gunzip(const Gunzip&) = delete;
  Gunzip& operator=(const Gunzip&) = delete;

  /// Throws std::runtime_error for a damaged stream, and what the sink throws.
  void add(std::span<const char> bytes);

  /// The stream has ended. Throws std::runtime_error when it was cut short.
  void finish();

 private:
  struct Inflater;
  void inflate(std::span<const char> bytes);

  Sink sink_;
  std::string head_;  // the first bytes, until the kind is known
  bool known_ = false;
  std::unique_ptr<Inflater> inflater_;  // of a gzipped stream
};

}  // namespace hearsay
