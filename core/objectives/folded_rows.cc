#include "core/objectives/folded_rows.h"

#include <algorithm>
#include <array>
#include <limits>
#include <span>

namespace hearsay {

namespace {

/// Of a column, so that a word has room for four.
constexpr unsigned kBits = 16;

/// The rows that the cut is chosen by, and the samples that it is chosen for, as a part of them.
constexpr std::size_t kProbed = 1024;
constexpr std::size_t kShares = 16;

/// What row r has in places `begin` to `end` of its list of columns, as one word; the number of
/// columns stands for those behind the last.
std::uint64_t piece(const Rows& rows, std::size_t r, std::size_t begin, std::size_t end) {
  std::uint64_t word = 0;
  for (std::size_t place = begin; place < end; ++place) {
    const std::uint64_t at = rows.row_begin[r] + place;
    word = word << kBits | (at < rows.row_begin[r + 1] ? rows.columns[at] : rows.features);
  }
  return word;
}

std::vector<std::uint64_t> different_pieces(const Rows& rows, std::size_t step, std::size_t begin,
                                            std::size_t end) {
  std::vector<std::uint64_t> words;
  words.reserve(rows.count / step + 1);
  for (std::size_t r = 0; r < rows.count; r += step) words.push_back(piece(rows, r, begin, end));
  std::sort(words.begin(), words.end());
  words.erase(std::unique(words.begin(), words.end()), words.end());
  return words;
}

/// Where rows of up to `length` columns are best cut: the ends of the pieces. Counted in look-ups,
/// to and fro: two a row and piece, and `most` for a product of a piece and one for each of its
/// columns for its sum.
std::vector<std::size_t> best_cut(const Rows& rows, std::size_t length, std::size_t most) {
  const std::size_t step = (rows.count + kProbed - 1) / kProbed;
  std::vector<std::size_t> cost(length + 1, std::numeric_limits<std::size_t>::max());
  std::vector<std::size_t> begin_of(length + 1);
  cost[0] = 0;
  for (std::size_t begin = 0; begin < length; ++begin)
    for (std::size_t end = begin + 1; end <= std::min(begin + most, length); ++end) {
      const std::size_t pieces = different_pieces(rows, step, begin, end).size();
      const std::size_t total =
          cost[begin] + 2 * rows.count / kShares + pieces * (most + end - begin);
      if (total >= cost[end]) continue;
      cost[end] = total;
      begin_of[end] = begin;
    }
  std::vector<std::size_t> ends;
  for (std::size_t end = length; end > 0; end = begin_of[end]) ends.push_back(end);
  std::reverse(ends.begin(), ends.end());
  return ends;
}

/// The sum of values[k] over some numbers k, in four lanes.
double sum_at(std::span<const std::uint16_t> numbers, const double* values) {
  std::array<double, 4> lane{};
  std::size_t k = 0;
  for (; k + 4 <= numbers.size(); k += 4)
    for (std::size_t l = 0; l < 4; ++l) lane[l] += values[numbers[k + l]];
  for (std::size_t l = 0; k < numbers.size(); ++k, ++l) lane[l] += values[numbers[k]];
  return (lane[0] + lane[2]) + (lane[1] + lane[3]);
}

}  // namespace

std::unique_ptr<FoldedRows> FoldedRows::of(const Rows& rows) {
  std::size_t length = 0;
  for (std::size_t r = 0; r < rows.count; ++r)
    length = std::max<std::size_t>(length, rows.row_begin[r + 1] - rows.row_begin[r]);
  // Longer rows would take long to cut, and are rarely of categories.
  constexpr std::size_t kLongest = 64;
  if (length < 2 || length > kLongest) return nullptr;

  std::unique_ptr<FoldedRows> result(new FoldedRows());
  auto& pieces = result->pieces_;
  const std::vector<std::size_t> ends = best_cut(rows, length, kMostTogether);
  std::vector<std::uint32_t> numbers(rows.count * ends.size());  // row by row
  std::size_t begin = 0;
  for (std::size_t k = 0; k < ends.size(); ++k) {
    const std::vector<std::uint64_t> words = different_pieces(rows, 1, begin, ends[k]);
    const std::size_t first = pieces.size();
    if (first + words.size() > std::numeric_limits<std::uint16_t>::max()) return nullptr;
    for (const std::uint64_t word : words) {
      auto& columns = pieces.emplace_back();
      columns.fill(static_cast<std::uint16_t>(rows.features));
      for (std::size_t place = 0; place < ends[k] - begin; ++place)
        columns.at(place) = static_cast<std::uint16_t>(word >> (kBits * place));
    }
    for (std::size_t r = 0; r < rows.count; ++r) {
      const auto at = std::lower_bound(words.begin(), words.end(), piece(rows, r, begin, ends[k]));
      numbers[r * ends.size() + k] = static_cast<std::uint32_t>(first + (at - words.begin()));
    }
    begin = ends[k];
  }

  result->index_columns(rows.features);

  // What a sample saves must be twice what its tables take.
  const std::size_t look_ups = rows.columns.size() / rows.count;  // a row
  if (look_ups <= ends.size()) return nullptr;
  const std::size_t tables = kMostTogether * pieces.size() + result->column_pieces_.size();
  result->least_rows_ = tables / (look_ups - ends.size()) + 1;
  if (result->least_rows_ > rows.count) return nullptr;

  Rows folded;
  folded.count = rows.count;
  folded.features = pieces.size();
  folded.columns = std::move(numbers);
  folded.values.assign(folded.columns.size(), 1.0F);
  for (std::size_t r = 0; r <= rows.count; ++r) folded.row_begin.push_back(r * ends.size());
  result->rows_ = binary_rows(folded);
  return result;
}

void FoldedRows::index_columns(std::size_t features) {
  column_begin_.assign(features + 1, 0);
  for (const auto& columns : pieces_)
    for (const std::uint16_t column : columns)
      if (column < features) ++column_begin_[column + 1U];
  for (std::size_t c = 0; c < features; ++c) column_begin_[c + 1] += column_begin_[c];
  column_pieces_.resize(column_begin_.back());
  std::vector<std::uint32_t> next = column_begin_;
  for (std::size_t p = 0; p < pieces_.size(); ++p)
    for (const std::uint16_t column : pieces_[p])
      if (column < features) column_pieces_[next[column]++] = static_cast<std::uint16_t>(p);
}

void FoldedRows::products(const double* x, double* table) const {
  for (const auto& columns : pieces_)
    *table++ = (x[columns[0]] + x[columns[1]]) + (x[columns[2]] + x[columns[3]]);
  *table = 0.0;
}

void FoldedRows::spread(const double* table, double* y) const {
  const std::span<const std::uint16_t> pieces(column_pieces_);
  for (std::size_t c = 0; c + 1 < column_begin_.size(); ++c)
    y[c] +=
        sum_at(pieces.subspan(column_begin_[c], column_begin_[c + 1] - column_begin_[c]), table);
}

}  // namespace hearsay
