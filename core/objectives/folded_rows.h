// Rows of ones cut into pieces of a few columns, of which most rows share most: one-hot categories
// make far fewer pieces than rows. A product with a model is then a sum of products of its pieces,
// of which each is computed once, and the sum of the rows' gradients that of its pieces'. For
// samples of many rows: a third of the look-ups where rows have 14 columns.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "core/dataset.h"
#include "core/objectives/binary_rows.h"

namespace hearsay {

class FoldedRows {
 public:
  /// Of rows that binary_rows() takes. Null where that would not pay even for a sample of them all.
  /// Sorts a word a row once for each piece of a row, and a thousand rows for each way to cut them.
  static std::unique_ptr<FoldedRows> of(const Rows& rows);

  /// From how many rows on a sample is better taken as pieces.
  std::size_t least_rows() const { return least_rows_; }

  /// Length of the tables below: one value for each piece, and one more that is used.
  std::size_t table_size() const { return pieces_.size() + 1; }

  /// table[p] = sum of x over the columns of piece p. x: d values and a zero.
  void products(const double* x, double* table) const;

  /// y_c += sum of table over the pieces with column c. y: d values.
  void spread(const double* table, double* y) const;

  /// The rows in pieces, for which such tables stand in place of x and y.
  const BinaryRows& rows() const { return *rows_; }

 private:
  FoldedRows() = default;
  void index_columns(std::size_t features);

  std::unique_ptr<BinaryRows> rows_;
  std::size_t least_rows_ = 0;
  static constexpr std::size_t kMostTogether = 4;
  std::vector<std::array<std::uint16_t, kMostTogether>> pieces_;  // columns; d where there is none
  // Column c is in the pieces column_pieces_[column_begin_[c]] .. [column_begin_[c + 1] - 1].
  std::vector<std::uint32_t> column_begin_;
  std::vector<std::uint16_t> column_pieces_;
};

}  // namespace hearsay
