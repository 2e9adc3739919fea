// Orthonormal columns, for low-rank approximations.
#pragma once

#include <cstddef>
#include <span>

namespace hearsay {

/// Column k of a matrix of `rows` rows that is stored column by column.
inline std::span<double> column(std::span<double> columns, std::size_t rows, std::size_t k) {
  return columns.subspan(k * rows, rows);
}

/// Takes the directions of the columns before it off column k, and gives it unit length
/// (Gram-Schmidt). A column that has no direction of its own becomes zero; then returns false.
bool orthonormalize_column(std::span<double> columns, std::size_t rows, std::size_t k);

}  // namespace hearsay
