// Lists of rows for the tests.
#pragma once

#include <cstdint>
#include <numeric>
#include <vector>

namespace hearsay::testing {

/// The numbers begin .. end - 1.
inline std::vector<std::uint32_t> rows_from(std::size_t begin, std::size_t end) {
  std::vector<std::uint32_t> rows(end - begin);
  std::iota(rows.begin(), rows.end(), static_cast<std::uint32_t>(begin));
  return rows;
}

}  // namespace hearsay::testing
