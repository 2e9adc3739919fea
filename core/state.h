// What must be saved of an object so that it continues bit for bit: one function per class lists
// its state, and saving, restoring and comparing are visitors of that list.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "core/types.h"

namespace hearsay {

class StateVisitor {
 public:
  virtual ~StateVisitor() = default;
  virtual void vector(std::string_view name, VectorView values) = 0;
  virtual void integer(std::string_view name, std::uint64_t& value) = 0;
  /// How many items follow: who restores makes room for them, so a number from a file is checked.
  virtual void count(std::string_view name, std::uint64_t& value) { integer(name, value); }
  virtual void counters(std::string_view name, std::span<std::uint32_t> values) = 0;
};

}  // namespace hearsay
