#include "nodes/shared_memory/shared_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <boost/interprocess/exceptions.hpp>
#include <boost/interprocess/file_mapping.hpp>
#include <cerrno>
#include <system_error>

#include "nodes/transport_error.h"

namespace hearsay {

namespace {

[[noreturn]] void give_up(const std::string& path, const std::string& what, int error) {
  throw TransportError(
      fmt::format("cannot {} {}: {}", what, path, std::generic_category().message(error)));
}

}  // namespace

SharedFile::SharedFile(const std::string& path) {
  namespace ipc = boost::interprocess;
  try {
    region_ = ipc::mapped_region(ipc::file_mapping(path.c_str(), ipc::read_write), ipc::read_write);
  } catch (const ipc::interprocess_exception& error) {
    give_up(path, "share", error.get_native_error());
  }
}

SharedFile SharedFile::create(const std::string& path, std::size_t size) {
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0) give_up(path, "make", errno);
  const int error = posix_fallocate(file, 0, static_cast<off_t>(size));
  close(file);
  if (error != 0) {
    unlink(path.c_str());
    give_up(path, fmt::format("reserve {} KiB of shared memory for", (size + 1023) / 1024), error);
  }
  return SharedFile(path);
}

SharedFile SharedFile::open(const std::string& path) {
  return SharedFile(path);
}

}  // namespace hearsay
