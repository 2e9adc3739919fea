#include "core/aggregators/columns.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "tests/core/vectors.h"

namespace hearsay {
namespace {

using namespace hearsay::testing;

TEST(SortedColumns, SortsEachCoordinateOfAnyNumberOfVectors) {
  for (std::size_t n = 1; n <= 40; ++n) {
    for (const std::size_t d : {1U, 63U, 64U, 65U, 150U}) {
      Workspace work;
      PeerVectors peers(n, d, work);
      std::vector<Vector> rows;
      for (std::size_t i = 0; i < n; ++i) {
        rows.push_back(gaussian_vector(d, 100 * n + i));
        for (float& value : rows.back()) value = std::round(2.0F * value);  // ties
        peers.add(rows.back(), 1.0F);
      }
      std::size_t seen = 0;
      for_sorted_columns(peers, work, [&](const SortedColumns& columns) {
        ASSERT_EQ(columns.first(), seen);
        for (std::size_t c = 0; c < columns.size(); ++c, ++seen) {
          Vector expected;
          for (const Vector& row : rows) expected.push_back(row[seen] + 0.0F);
          std::sort(expected.begin(), expected.end());
          for (std::size_t r = 0; r < n; ++r)
            ASSERT_EQ(columns.at(r)[c], expected[r]) << n << " vectors, coordinate " << seen;
        }
      });
      ASSERT_EQ(seen, d);
    }
  }
}

TEST(SortedColumns, TakesMinusZeroForZero) {
  Workspace work;
  PeerVectors peers(2, 1, work);
  peers.add(Vector{0.0F}, 1.0F);
  peers.add(Vector{-0.0F}, 1.0F);
  for_sorted_columns(peers, work, [](const SortedColumns& columns) {
    EXPECT_EQ(bits_of(columns.at(0)), bits_of(Vector{0.0F}));
    EXPECT_EQ(bits_of(columns.at(1)), bits_of(Vector{0.0F}));
  });
}

}  // namespace
}  // namespace hearsay
