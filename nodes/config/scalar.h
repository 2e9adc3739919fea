// Scalars of a config to values, stricter than YAML.
#pragma once

#include <optional>
#include <string>
#include <variant>

#include "core/params.h"
#include "nodes/config/tree.h"

namespace hearsay {

/// Why a scalar was refused, for the end of a message; may be empty when the description of what is
/// allowed says enough.
struct ScalarRefusal {
  std::string hint;
};

/// Reads a scalar as a setting of type boolean, integer, number, text or choice, range included.
/// Stricter than YAML: no quoted numbers, no octal or hexadecimal notation and no leading zeros, no
/// infinities, no exponents in whole numbers, and nothing that does not fit (1e400).
std::variant<Value, ScalarRefusal> read_scalar(const Param& param, const ConfigTree& tree);

}  // namespace hearsay
