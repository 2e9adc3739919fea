// Sparse rows whose values are all one, as of categories in one-hot form: column numbers alone, as
// narrow as they can be, and where rows are of about the same length all of one length, for which
// the loops are unrolled. They give the same bits as the rows that they are made of.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "core/dataset.h"

namespace hearsay {

class BinaryRows {
 public:
  virtual ~BinaryRows() = default;

  /// margins[k] = a_r'x for row r = rows[k], in the lanes of SparseRow::dot. x: d values and a
  /// zero.
  virtual void dots(std::span<const std::uint32_t> rows, const double* x,
                    double* margins) const = 0;

  /// y += factors[k] * a_r for all rows in turn. y: d values, and one more that is used.
  virtual void add(std::span<const std::uint32_t> rows, const double* factors, double* y) const = 0;
};

/// Null if the rows are not sparse, if a value is not one, if a row's columns do not ascend, or if
/// there are more than 65,535 columns or 2^32 - 1 entries. A few passes over the entries; one or
/// two bytes each, a quarter more at most where they are brought to one length.
std::unique_ptr<BinaryRows> binary_rows(const Rows& rows);

}  // namespace hearsay
