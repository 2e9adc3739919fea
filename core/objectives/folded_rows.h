// Rows of ones cut into pieces of up to four columns, of which most rows share most: one-hot
// categories make far fewer pieces than rows. A product with a model is then a sum of products of
// its pieces, of which each is computed once, and the sum of the rows' gradients that of its
// pieces'. For the rows of a node that takes full gradients: a third of the look-ups where rows
// have 14 columns.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "core/dataset.h"
#include "core/objectives/list_sums.h"

namespace hearsay {

/// Where rows are cut: the ends of the pieces, as places in a row's list of columns.
using Cut = std::vector<std::size_t>;

/// Where rows that binary_rows() takes are best cut for samples of `sample` of them; none where
/// pieces have no meaning. Sorts a thousand rows for each way to take a piece out of them.
Cut best_cut(const Rows& rows, std::size_t sample);

class FoldedRows {
 public:
  /// The rows of a sample, in its order, cut like that. Null where that does not pay. Sorts a word
  /// a row once for each piece of a row. Memory: 16 bytes a
  /// row and four pieces, and the pieces.
  static std::unique_ptr<FoldedRows> of(const Rows& rows, std::span<const std::uint32_t> sample,
                                        const Cut& cut);

  /// Length of the table of products: one value for each piece, and one more that is used.
  std::size_t table_size() const { return pieces_.size() + 1; }

  /// table[p] = sum of x over the columns of piece p. x: d values and a zero.
  void products(const double* x, double* table) const;

  /// margins[k] = a_r'x of row begin + k of the sample, for k < count, from the products of x.
  void dots(std::size_t begin, std::size_t count, const double* table, double* margins) const;

  /// y += sum_k factors[k] a_r of all rows of the sample. factors: one a row, and a zero behind. y:
  /// d values. table: room for the sums of the pieces.
  void add(const double* factors, double* table, double* y) const;

 private:
  FoldedRows() = default;
  void make_lists(std::size_t rows, std::size_t features);

  std::size_t words_a_row_ = 0;
  std::vector<std::uint64_t> rows_;    // numbers of pieces, see simd/piece_sums.h
  std::vector<std::uint64_t> pieces_;  // columns; d where there is none
  ListSums of_rows_;                   // by piece, those that have it
  ListSums of_pieces_;                 // by column
};

}  // namespace hearsay
