// A sparse matrix times a matrix of rows: gossip steps of many nodes at once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace hearsay::simd {

/// Row i has the entries row_begin[i] .. row_begin[i + 1] - 1, ascending in column.
struct SparseMatrix {
  std::vector<std::uint32_t> row_begin = {0};
  std::vector<std::uint32_t> columns;
  std::vector<float> values;

  std::size_t rows() const { return row_begin.size() - 1; }

  /// A run: rows of 2 to kLongestInRun entries, of which each has the values of the row before it,
  /// one column further on, as in a ring. Ascending; the rows between them are in none.
  struct Run {
    std::uint32_t begin = 0;
    std::uint32_t end = 0;
  };
  static constexpr std::size_t kLongestInRun = 6;
  std::vector<Run> runs;

  /// Finds them, once the matrix is complete. mix_rows() takes less time with them, which is all.
  void find_runs();

 private:
  bool continues(std::size_t row) const;
};

/// What the width of the rows is a multiple of.
constexpr std::size_t kMixWidth = 16;

/// y_i = x_i + gamma (((0 + w_ij x_j) + w_ik x_k) + ...) for every row i of w, in the order of its
/// entries, in float, products and sums apart: the same bits on every CPU. x and y hold rows of
/// `width` floats, a multiple of kMixWidth, one behind the other, and do not overlap. False when a
/// value of y is not finite. `next`: what is x in the next call, to be fetched from memory
/// meanwhile (the rows are read in the order of the graph, which no CPU foresees); null if there is
/// none.
bool mix_rows(const SparseMatrix& w, float gamma, const float* x, std::size_t width, float* y,
              const float* next = nullptr);

}  // namespace hearsay::simd
