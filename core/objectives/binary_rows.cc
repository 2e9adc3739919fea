#include "core/objectives/binary_rows.h"

#include <algorithm>
#include <array>
#include <functional>
#include <limits>
#include <utility>
#include <vector>

namespace hearsay {

namespace {

/// The longest rows that are brought to one length.
constexpr std::size_t kMostUnrolled = 32;

/// y_c += factor for some columns c. All are read before one is written: they differ, which the
/// compiler cannot know, but for those beyond the last column, where it does not matter.
template <class Column>
void add_four(const Column* columns, double factor, double* y) {
  const std::size_t column0 = columns[0];
  const std::size_t column1 = columns[1];
  const std::size_t column2 = columns[2];
  const std::size_t column3 = columns[3];
  const double sum0 = y[column0] + factor;
  const double sum1 = y[column1] + factor;
  const double sum2 = y[column2] + factor;
  const double sum3 = y[column3] + factor;
  y[column0] = sum0;
  y[column1] = sum1;
  y[column2] = sum2;
  y[column3] = sum3;
}

/// Inlined where `length` is a constant, this is a line of code without a branch.
template <class Column>
[[gnu::always_inline]] inline double dot(const Column* columns, std::size_t length,
                                         const double* x) {
  std::array<double, 4> lane{};
  std::size_t k = 0;
  for (; k + 4 <= length; k += 4)
    for (std::size_t l = 0; l < 4; ++l) lane[l] += x[columns[k + l]];
  for (std::size_t l = 0; k < length; ++k, ++l) lane[l] += x[columns[k]];
  return (lane[0] + lane[2]) + (lane[1] + lane[3]);
}

template <class Column>
[[gnu::always_inline]] inline void add(const Column* columns, std::size_t length, double factor,
                                       double* y) {
  std::size_t k = 0;
  for (; k + 4 <= length; k += 4) add_four(columns + k, factor, y);
  for (; k < length; ++k) y[columns[k]] += factor;
}

/// Row r holds columns[begin[r]] .. columns[begin[r + 1] - 1].
template <class Column>
class RaggedRows final : public BinaryRows {
 public:
  explicit RaggedRows(const Rows& rows)
      : columns_(rows.columns.begin(), rows.columns.end()),
        begin_(rows.row_begin.begin(), rows.row_begin.end()) {}

  void dots(std::span<const std::uint32_t> rows, const double* x, double* margins) const override {
    for (std::size_t k = 0; k < rows.size(); ++k)
      margins[k] = dot(start(rows[k]), length(rows[k]), x);
  }

  void add(std::span<const std::uint32_t> rows, const double* factors, double* y) const override {
    for (std::size_t k = 0; k < rows.size(); ++k)
      hearsay::add(start(rows[k]), length(rows[k]), factors[k], y);
  }

 private:
  const Column* start(std::uint32_t r) const { return columns_.data() + begin_[r]; }
  std::size_t length(std::uint32_t r) const { return begin_[r + 1] - begin_[r]; }

  std::vector<Column> columns_;
  std::vector<std::uint32_t> begin_;
};

/// Row r holds kLength columns from kLength * r on, of which the last may be the one beyond all.
template <class Column, std::size_t kLength>
class EvenRows final : public BinaryRows {
 public:
  explicit EvenRows(const Rows& rows)
      : columns_(rows.count * kLength, static_cast<Column>(rows.features)) {
    for (std::size_t r = 0; r < rows.count; ++r)
      std::copy(rows.columns.begin() + static_cast<std::ptrdiff_t>(rows.row_begin[r]),
                rows.columns.begin() + static_cast<std::ptrdiff_t>(rows.row_begin[r + 1]),
                columns_.begin() + static_cast<std::ptrdiff_t>(kLength * r));
  }

  void dots(std::span<const std::uint32_t> rows, const double* x, double* margins) const override {
    for (std::size_t k = 0; k < rows.size(); ++k) margins[k] = dot(start(rows[k]), kLength, x);
  }

  void add(std::span<const std::uint32_t> rows, const double* factors, double* y) const override {
    for (std::size_t k = 0; k < rows.size(); ++k)
      hearsay::add(start(rows[k]), kLength, factors[k], y);
  }

 private:
  const Column* start(std::uint32_t r) const { return columns_.data() + kLength * r; }

  std::vector<Column> columns_;
};

bool ascends(const Rows& rows, std::size_t r) {
  const auto begin = rows.columns.begin() + static_cast<std::ptrdiff_t>(rows.row_begin[r]);
  const auto end = rows.columns.begin() + static_cast<std::ptrdiff_t>(rows.row_begin[r + 1]);
  return std::adjacent_find(begin, end, std::greater_equal<>()) == end;
}

std::size_t longest(const Rows& rows) {
  std::uint64_t length = 0;
  for (std::size_t r = 0; r < rows.count; ++r)
    length = std::max(length, rows.row_begin[r + 1] - rows.row_begin[r]);
  return length;
}

template <class Column, std::size_t... kLengths>
std::unique_ptr<BinaryRows> make_even(const Rows& rows, std::size_t length,
                                      std::index_sequence<kLengths...> /*from 0*/) {
  std::unique_ptr<BinaryRows> result;
  ((kLengths + 1 == length
        ? static_cast<void>(result = std::make_unique<EvenRows<Column, kLengths + 1>>(rows))
        : static_cast<void>(0)),
   ...);
  return result;
}

template <class Column>
std::unique_ptr<BinaryRows> make(const Rows& rows) {
  const std::size_t length = longest(rows);
  const bool even =
      length > 0 && length <= kMostUnrolled && 4 * rows.count * length <= 5 * rows.columns.size();
  if (even) return make_even<Column>(rows, length, std::make_index_sequence<kMostUnrolled>());
  return std::make_unique<RaggedRows<Column>>(rows);
}

}  // namespace

std::unique_ptr<BinaryRows> binary_rows(const Rows& rows) {
  if (!rows.sparse() || rows.columns.size() > std::numeric_limits<std::uint32_t>::max())
    return nullptr;
  if (!std::all_of(rows.values.begin(), rows.values.end(), [](float v) { return v == 1.0F; }))
    return nullptr;
  for (std::size_t r = 0; r < rows.count; ++r)
    if (!ascends(rows, r)) return nullptr;
  if (rows.features <= std::numeric_limits<std::uint8_t>::max()) return make<std::uint8_t>(rows);
  if (rows.features <= std::numeric_limits<std::uint16_t>::max()) return make<std::uint16_t>(rows);
  return nullptr;
}

}  // namespace hearsay
