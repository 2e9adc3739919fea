// Saving and restoring the state of a part, for the tests.
#pragma once

#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "core/state.h"

namespace hearsay::testing {

/// What a part lists, in order.
struct SavedState : StateVisitor {
  std::vector<std::pair<std::string, Vector>> vectors;
  std::vector<std::pair<std::string, std::uint64_t>> integers;
  std::vector<std::pair<std::string, std::vector<std::uint32_t>>> all_counters;

  void vector(std::string_view name, VectorView values) override {
    vectors.emplace_back(name, Vector(values.begin(), values.end()));
  }
  void integer(std::string_view name, std::uint64_t& value) override {
    integers.emplace_back(name, value);
  }
  void counters(std::string_view name, std::span<std::uint32_t> values) override {
    all_counters.emplace_back(name, std::vector<std::uint32_t>(values.begin(), values.end()));
  }

  const Vector& at(std::string_view name) const {
    for (const auto& entry : vectors)
      if (entry.first == name) return entry.second;
    throw std::out_of_range(std::string(name));
  }
};

template <class Part>
SavedState saved(Part& part) {
  SavedState state;
  part.visit_state(state);
  return state;
}

/// Writes a saved state into a part that lists the same.
struct Restore : StateVisitor {
  explicit Restore(SavedState saved_state) : state(std::move(saved_state)) {}

  void vector(std::string_view, VectorView values) override {
    const Vector& from = state.vectors.at(next_vector++).second;
    std::copy(from.begin(), from.end(), values.begin());
  }
  void integer(std::string_view, std::uint64_t& value) override {
    value = state.integers.at(next_integer++).second;
  }
  void counters(std::string_view, std::span<std::uint32_t> values) override {
    const auto& from = state.all_counters.at(next_counters++).second;
    std::copy(from.begin(), from.end(), values.begin());
  }

  SavedState state;
  std::size_t next_vector = 0;
  std::size_t next_integer = 0;
  std::size_t next_counters = 0;
};

template <class Part>
void copy_state(Part& from, Part& to) {
  Restore restore(saved(from));
  to.visit_state(restore);
}

}  // namespace hearsay::testing
