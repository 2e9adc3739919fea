// SHA-256 (FIPS 180-4), by OpenSSL.
#pragma once

#include <memory>
#include <span>
#include <string>

namespace hearsay {

class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;

  void add(std::span<const char> bytes);

  /// The digest of all bytes added, in lower-case hexadecimal. The object is used up.
  std::string hex();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace hearsay
