// Settings to YAML that a person can read.
#pragma once

#include <string>

#include "core/params.h"

namespace hearsay {

/// Block style, two spaces a level; below the top level, maps and lists that fit into 90 columns
/// stay on one line. Numbers have the shortest digits that read back as the same double.
std::string to_yaml(const Params& params);

/// A value on one line, as it stands behind its key.
std::string to_flow(const Value& value);

}  // namespace hearsay
