#include "nodes/config/file.h"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "nodes/config.h"

namespace hearsay {

std::string read_config_file(const std::string& path) {
  // yaml-cpp takes up to 3 s and 250 MB for a MiB.
  constexpr std::size_t kMost = std::size_t{4} << 20U;
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored))
    throw ConfigError(path + ": is a directory, allowed is a YAML file");
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  std::string text;
  std::array<char, 65536> block{};
  // What is read has a bound, for /dev/zero has no end.
  while (file && text.size() <= kMost) {
    file.read(block.data(), block.size());
    text.append(block.data(), static_cast<std::size_t>(file.gcount()));
  }
  if (text.size() > kMost) throw ConfigError(path + ": is larger than 4 MiB, which is no config");
  if (!file.eof())
    throw ConfigError(fmt::format("{}: cannot be read: {}", path,
                                  errno != 0 ? std::strerror(errno) : "input error"));
  return text;
}

}  // namespace hearsay
