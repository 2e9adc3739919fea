// The text of a config file.
#pragma once

#include <string>

namespace hearsay {

/// Throws ConfigError for a file that is missing, a folder, or above 16 MiB.
std::string read_config_file(const std::string& path);

}  // namespace hearsay
