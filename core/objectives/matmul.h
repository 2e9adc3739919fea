// Products of small row-major float matrices whose bits depend on the values alone.
#pragma once

#include <cstddef>

namespace hearsay {

/// A matrix factor read through strides: entry (i, k) is data[i * row + k * column]. So a
/// transposed matrix is a view with its strides swapped.
struct StridedMatrix {
  const float* data;
  std::size_t row;
  std::size_t column;
};

/// C = A B, where A is m x k, B is k x n and C is m x n, both row-major without gaps.
/// c_ij = ((0 + a_i0 b_0j) + a_i1 b_1j) + ..., in float, whatever the sizes, the alignment and the
/// SIMD width; a library's product promises none of that (Eigen picks its order of summation by
/// size, cache and register width). C must not overlap A or B.
void multiply(StridedMatrix a, const float* b, float* c, std::size_t m, std::size_t n,
              std::size_t k);

/// out = transpose of the row-major rows x columns matrix.
void transpose(const float* matrix, std::size_t rows, std::size_t columns, float* out);

}  // namespace hearsay
