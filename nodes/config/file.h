// The text of a config file.
#pragma once

#include <string>

namespace hearsay {

/// Throws ConfigError for a file that is missing, a folder, or above 4 MiB, of which no more is
/// read.
std::string read_config_file(const std::string& path);

}  // namespace hearsay
