#include "core/simd/piece_sums.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

#include "core/random.h"
#include "tests/core/simd/targets.h"

namespace hearsay {
namespace {

using namespace hearsay::testing;

struct Case {
  std::vector<double> table;
  std::vector<std::uint64_t> words;
};

/// Rows of words whose places lie anywhere in a table of all 65,536 entries, its ends among them.
Case random_case(std::size_t words) {
  Stream stream({.seed = words});
  Case result{std::vector<double>(65536), {0, ~std::uint64_t{0}}};
  for (double& value : result.table) value = 2.0 * stream.uniform() - 1.0;
  while (result.words.size() < words) result.words.push_back(stream());
  return result;
}

double plain_sum(const Case& from, std::size_t first, std::size_t count) {
  double sum = 0.0;
  for (std::size_t w = first; w < first + count; ++w) {
    const std::uint64_t word = from.words[w];
    sum += (from.table[word & 0xffffU] + from.table[word >> 16U & 0xffffU]) +
           (from.table[word >> 32U & 0xffffU] + from.table[word >> 48U]);
  }
  return sum;
}

TEST(PieceSums, AreThoseOfTheirWordsInOrderOnEveryCpu) {
  const Case from = random_case(600);
  on_every_cpu([&] {
    for (const std::size_t per_row : {1, 2, 3, 16})
      for (const std::size_t rows : {0, 1, 7, 8, 9, 37}) {
        for (const auto way : {simd::LookUp::gathers, simd::LookUp::loads}) {
          std::vector<double> sums(rows + 1, -7.0);
          simd::piece_sums(from.words.data(), per_row, rows, from.table.data(), sums.data(), way);
          for (std::size_t r = 0; r < rows; ++r)
            ASSERT_EQ(sums[r], plain_sum(from, r * per_row, per_row)) << per_row << " " << r;
          EXPECT_EQ(sums[rows], -7.0) << "written behind the last";
        }
      }
  });
}

}  // namespace
}  // namespace hearsay
