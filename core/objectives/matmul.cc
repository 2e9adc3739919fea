#include "core/objectives/matmul.h"

#include <algorithm>
#include <cstring>

namespace hearsay {

namespace {

// A tile of C stays in registers while k runs: kRows x kColumns floats are 8 of the 16 registers
// that every x86-64 and AArch64 CPU has, and the compiler needs no reordering to vectorize it.
constexpr std::size_t kRows = 4;
constexpr std::size_t kColumns = 8;

using Lanes [[gnu::vector_size(16)]] = float;
constexpr std::size_t kLanes = 4;

Lanes load(const float* from) {
  Lanes lanes;
  std::memcpy(&lanes, from, sizeof(lanes));
  return lanes;
}

template <std::size_t rows>
void full_tile(StridedMatrix a, const float* b, float* c, std::size_t n, std::size_t k) {
  Lanes sum[rows][kColumns / kLanes] = {};
  for (std::size_t p = 0; p < k; ++p) {
    const Lanes left = load(b + p * n);
    const Lanes right = load(b + p * n + kLanes);
    for (std::size_t i = 0; i < rows; ++i) {
      const float factor = a.data[i * a.row + p * a.column];
      sum[i][0] += factor * left;
      sum[i][1] += factor * right;
    }
  }
  for (std::size_t i = 0; i < rows; ++i) std::memcpy(c + i * n, sum[i], sizeof(sum[i]));
}

void edge_tile(StridedMatrix a, const float* b, float* c, std::size_t rows, std::size_t columns,
               std::size_t n, std::size_t k) {
  for (std::size_t i = 0; i < rows; ++i) {
    float sum[kColumns] = {};
    for (std::size_t p = 0; p < k; ++p) {
      const float factor = a.data[i * a.row + p * a.column];
      for (std::size_t j = 0; j < columns; ++j) sum[j] += factor * b[p * n + j];
    }
    std::copy_n(sum, columns, c + i * n);
  }
}

}  // namespace

void multiply(StridedMatrix a, const float* b, float* c, std::size_t m, std::size_t n,
              std::size_t k) {
  for (std::size_t j = 0; j < n; j += kColumns) {
    const std::size_t columns = std::min(kColumns, n - j);
    for (std::size_t i = 0; i < m; i += kRows) {
      const std::size_t rows = std::min(kRows, m - i);
      const StridedMatrix part{a.data + i * a.row, a.row, a.column};
      float* out = c + i * n + j;
      if (columns < kColumns) {
        edge_tile(part, b + j, out, rows, columns, n, k);
      } else if (rows == kRows) {
        full_tile<kRows>(part, b + j, out, n, k);
      } else {
        for (std::size_t r = 0; r < rows; ++r)
          full_tile<1>({part.data + r * a.row, a.row, a.column}, b + j, out + r * n, n, k);
      }
    }
  }
}

void transpose(const float* matrix, std::size_t rows, std::size_t columns, float* out) {
  for (std::size_t i = 0; i < rows; ++i)
    for (std::size_t j = 0; j < columns; ++j) out[j * rows + i] = matrix[i * columns + j];
}

}  // namespace hearsay
