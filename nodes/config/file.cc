#include "nodes/config/file.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "nodes/config.h"

namespace hearsay {

std::string read_config_file(const std::string& path) {
  constexpr std::streamoff kMost = 16 << 20;
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored))
    throw ConfigError(path + ": is a directory, allowed is a YAML file");
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (file) text << file.rdbuf();
  if (!file || file.bad())
    throw ConfigError(fmt::format("{}: cannot be read: {}", path,
                                  errno != 0 ? std::strerror(errno) : "input error"));
  if (static_cast<std::streamoff>(text.str().size()) > kMost)
    throw ConfigError(path + ": is larger than 16 MiB, which is no config");
  return text.str();
}

}  // namespace hearsay
