// A file whose contents are memory that processes share. Files lie where files are memory, such as
// /dev/shm.
#pragma once

#include <boost/interprocess/mapped_region.hpp>
#include <cstddef>
#include <string>

#include "core/types.h"

namespace hearsay {

class SharedFile {
 public:
  /// Makes the file, of zeros, with room for all of it: nobody dies of memory that is not there.
  /// Throws TransportError when there is none, or when the file exists.
  static SharedFile create(const std::string& path, std::size_t size);

  /// All of a file of somebody else. Throws TransportError.
  static SharedFile open(const std::string& path);

  std::byte* data() const { return static_cast<std::byte*>(region_.get_address()); }
  std::size_t size() const { return region_.get_size(); }

 private:
  explicit SharedFile(const std::string& path);

  boost::interprocess::mapped_region region_;
};

}  // namespace hearsay
