#include "core/objectives/folded_rows.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <utility>

#include "core/simd/piece_sums.h"

namespace hearsay {

namespace {

using simd::kPlaceBits;
using simd::kPlaces;

/// The rows that the cut is chosen by.
constexpr std::size_t kProbed = 1024;

/// A row, or what it has in some places of its list of columns, as one word.
using Word = std::uint64_t;

std::uint64_t place_in(Word word, std::size_t place) {
  return word >> (kPlaceBits * place) & 0xffffU;
}

/// What row r has in places `begin` to `end`; the number of columns stands for those behind the
/// last.
Word piece(const Rows& rows, std::size_t r, std::size_t begin, std::size_t end) {
  Word word = 0;
  for (std::size_t k = 0; k < kPlaces; ++k) {
    const std::uint64_t at = rows.row_begin[r] + begin + k;
    const bool there = begin + k < end && at < rows.row_begin[r + 1];
    word |= Word{there ? rows.columns[at] : rows.features} << (kPlaceBits * k);
  }
  return word;
}

std::size_t count_pieces(const Rows& rows, std::size_t step, std::size_t begin, std::size_t end) {
  std::vector<Word> words;
  words.reserve(rows.count / step + 1);
  for (std::size_t r = 0; r < rows.count; r += step) words.push_back(piece(rows, r, begin, end));
  std::sort(words.begin(), words.end());
  return static_cast<std::size_t>(std::unique(words.begin(), words.end()) - words.begin());
}

/// Of a product and a sum, in look-ups, to and fro: two a row and piece, and for a piece its own
/// columns once and all places once.
std::size_t cost_of(std::size_t rows, std::size_t pieces, std::size_t columns) {
  return 2 * rows + pieces * (kPlaces + columns);
}

/// Lists of the numbers that for_all(use) gives as use(list, number), in that order.
template <class ForAll>
ListSums lists_of(std::size_t lists, std::size_t size, ForAll for_all) {
  std::vector<std::uint32_t> begin(lists + 1);
  for_all([&](std::size_t list, std::size_t) { ++begin[list + 1]; });
  std::partial_sum(begin.begin(), begin.end(), begin.begin());
  std::vector<std::uint32_t> numbers(begin.back());
  std::vector<std::uint32_t> next = begin;
  for_all([&](std::size_t list, std::size_t number) {
    numbers[next[list]++] = static_cast<std::uint32_t>(number);
  });
  return {begin, numbers, size};
}

}  // namespace

Cut best_cut(const Rows& rows, std::size_t sample) {
  std::size_t length = 0;
  for (std::size_t r = 0; r < rows.count; ++r)
    length = std::max<std::size_t>(length, rows.row_begin[r + 1] - rows.row_begin[r]);
  // Longer rows would take long to cut, and are rarely of categories.
  constexpr std::size_t kLongest = 64;
  if (length < 2 || length > kLongest || rows.features > std::numeric_limits<std::uint16_t>::max())
    return {};

  const std::size_t step = (rows.count + kProbed - 1) / kProbed;
  std::vector<std::size_t> cost(length + 1, std::numeric_limits<std::size_t>::max());
  std::vector<std::size_t> begin_of(length + 1);
  cost[0] = 0;
  for (std::size_t begin = 0; begin < length; ++begin)
    for (std::size_t end = begin + 1; end <= std::min(begin + kPlaces, length); ++end) {
      const std::size_t pieces = count_pieces(rows, step, begin, end);
      const std::size_t total = cost[begin] + cost_of(sample, pieces, end - begin);
      if (total >= cost[end]) continue;
      cost[end] = total;
      begin_of[end] = begin;
    }
  Cut ends;
  for (std::size_t end = length; end > 0; end = begin_of[end]) ends.push_back(end);
  std::reverse(ends.begin(), ends.end());
  return ends;
}

std::unique_ptr<FoldedRows> FoldedRows::of(const Rows& rows, std::span<const std::uint32_t> sample,
                                           const Cut& cut) {
  if (cut.empty()) return nullptr;
  std::unique_ptr<FoldedRows> result(new FoldedRows());
  result->words_a_row_ = (cut.size() + kPlaces - 1) / kPlaces;
  result->rows_.assign(sample.size() * result->words_a_row_, 0);

  auto& pieces = result->pieces_;
  std::vector<std::pair<Word, std::uint32_t>> words(sample.size());  // and whose
  std::size_t cost = 0;
  std::size_t whole_cost = 0;
  const auto write = [&](std::size_t row, std::size_t k, std::uint64_t number) {
    result->rows_[row * result->words_a_row_ + k / kPlaces] |= number
                                                               << (kPlaceBits * (k % kPlaces));
  };
  for (std::size_t k = 0, begin = 0; k < cut.size(); begin = cut[k++]) {
    for (std::uint32_t row = 0; row < sample.size(); ++row)
      words[row] = {piece(rows, sample[row], begin, cut[k]), row};
    std::sort(words.begin(), words.end());
    const std::size_t first = pieces.size();
    for (const auto& [word, row] : words) {
      if (pieces.size() == first || pieces.back() != word) pieces.push_back(word);
      write(row, k, pieces.size() - 1);
    }
    cost += cost_of(sample.size(), pieces.size() - first, cut[k] - begin);
  }
  if (pieces.size() >= std::numeric_limits<std::uint16_t>::max()) return nullptr;
  for (std::size_t row = 0; row < sample.size(); ++row)
    for (std::size_t k = cut.size(); k < kPlaces * result->words_a_row_; ++k)
      write(row, k, pieces.size());

  for (const std::uint32_t r : sample)
    whole_cost += 2 * (rows.row_begin[r + 1] - rows.row_begin[r]);
  if (cost >= whole_cost) return nullptr;
  result->make_lists(sample.size(), rows.features);
  return result;
}

void FoldedRows::make_lists(std::size_t rows, std::size_t features) {
  of_rows_ = lists_of(pieces_.size(), rows, [&](auto use) {
    for (std::size_t w = 0; w < rows_.size(); ++w)
      for (std::size_t place = 0; place < kPlaces; ++place)
        if (const std::uint64_t p = place_in(rows_[w], place); p < pieces_.size())
          use(p, w / words_a_row_);
  });
  of_pieces_ = lists_of(features, pieces_.size(), [&](auto use) {
    for (std::size_t p = 0; p < pieces_.size(); ++p)
      for (std::size_t place = 0; place < kPlaces; ++place)
        if (const std::uint64_t c = place_in(pieces_[p], place); c < features) use(c, p);
  });
}

void FoldedRows::products(const double* x, double* table) const {
  simd::piece_sums(pieces_.data(), 1, pieces_.size(), x, table);
  table[pieces_.size()] = 0.0;
}

void FoldedRows::dots(std::size_t begin, std::size_t count, const double* table,
                      double* margins) const {
  simd::piece_sums(rows_.data() + begin * words_a_row_, words_a_row_, count, table, margins);
}

void FoldedRows::add(const double* factors, double* table, double* y) const {
  std::fill_n(table, table_size(), 0.0);
  of_rows_.add(factors, table);
  of_pieces_.add(table, y);
}

}  // namespace hearsay
